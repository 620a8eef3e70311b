/** One step of one component: a function that runs until it ends, its deadline comes, or it is given up. */

import type { Clock } from '../../ports/clock.js';
import type { Timer } from '../../ports/timer.js';

export class Step {
  readonly #clock: Clock;
  readonly #timer: Timer;
  readonly #controller = new AbortController();
  readonly #startMs: number;
  #running: Promise<unknown> = Promise.resolve();

  constructor(clock: Clock, timer: Timer) {
    this.#clock = clock;
    this.#timer = timer;
    this.#startMs = clock.monotonic();
  }

  get tookMs(): number {
    return this.#clock.monotonic() - this.#startMs;
  }

  /** Whether its function may still be at it, with nobody waiting. */
  get gaveUp(): boolean {
    return this.#controller.signal.aborted;
  }

  /** It is no longer wanted: its function hears of it, and who waits goes on. */
  abort(reason: unknown): void {
    this.#controller.abort(reason);
  }

  /** Calls back if the function still comes to its end, after nobody waited for it any more. */
  ifItEnds(callback: () => void): void {
    this.#running.then(callback, () => {});
  }

  /** Rejects as the function does, with what it was aborted with, or with `late()` once so much time has passed. */
  run(fn: (signal: AbortSignal) => unknown, timeoutMs: number, late: () => Error): Promise<void> {
    const { signal } = this.#controller;
    return new Promise<void>((resolve, reject) => {
      const cancel =
        timeoutMs === Number.POSITIVE_INFINITY ? undefined : this.#timer.after(timeoutMs, () => this.abort(late()));
      const end = (): void => {
        cancel?.();
        signal.removeEventListener('abort', onAbort);
      };
      const onAbort = (): void => {
        end();
        reject(signal.reason);
      };
      signal.addEventListener('abort', onAbort);
      // A function that throws at once fails as one that rejects.
      this.#running = (async () => fn(signal))();
      this.#running.then(
        () => {
          end();
          resolve();
        },
        (reason) => {
          end();
          reject(reason);
        },
      );
    });
  }
}
