/** Pacing: long work in short turns of the event loop. */

import type { Timer } from '../../ports/timer.js';

export class Pace {
  readonly #timer: Timer;
  readonly #turn: number;
  readonly #signal: AbortSignal | undefined;
  #spent = 0;

  /** @param turn how much may be spent in one turn */
  constructor(timer: Timer, turn: number, signal: AbortSignal | undefined) {
    this.#timer = timer;
    this.#turn = turn;
    this.#signal = signal;
  }

  /** Counts work that was done; true when it is time to `rest`. */
  spend(cost: number): boolean {
    this.#spent += cost;
    return this.#spent >= this.#turn;
  }

  /** Gives the event loop its turn. Rejects with exactly the signal's reason once that is aborted. */
  rest(): Promise<void> {
    this.#spent = 0;
    const signal = this.#signal;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const cancel = this.#timer.after(0, () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
      const onAbort = (): void => {
        cancel();
        signal?.removeEventListener('abort', onAbort);
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', onAbort);
    });
  }
}

/** Waits for a promise, but no longer than that, and no longer than until the signal is aborted. False when it has not ended. */
export function within(
  promise: Promise<unknown>,
  timer: Timer,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const end = (settle: () => void) => () => {
      cancel();
      signal?.removeEventListener('abort', onAbort);
      settle();
    };
    const onAbort = end(() => reject(signal?.reason));
    const cancel = timer.after(
      timeoutMs,
      end(() => resolve(false)),
    );
    signal?.addEventListener('abort', onAbort, { once: true });
    promise.then(
      end(() => resolve(true)),
      end(() => resolve(true)),
    );
  });
}

/** Waits until a promise has ended, however, but no longer than until the signal is aborted. */
export function settled(promise: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      signal?.removeEventListener('abort', onAbort);
      reject(signal?.reason);
    };
    const end = (): void => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    };
    signal?.addEventListener('abort', onAbort);
    promise.then(end, end);
  });
}
