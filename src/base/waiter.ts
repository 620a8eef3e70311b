/**
 * Waiting: one promise in one list, which ends by being granted, by its signal, or by its timeout, whichever comes
 * first. When it ends it is in no list, its abort listener is removed and its timer is cancelled, so that a million waits
 * with one signal leave nothing behind.
 */

import { Link, type LinkedList } from './linked-list.js';
import { TimeoutError } from './wait-errors.js';

/** How long a caller is ready to wait. */
export interface WaitOptions {
  /** Ends the wait: it rejects with exactly `signal.reason`. */
  signal?: AbortSignal | undefined;
  /** Ends the wait with a `TimeoutError`, in milliseconds from 0 to 2^31 − 1; `Infinity`, the default, never does. */
  timeoutMs?: number | undefined;
}

/** What a wait needs of a timer. */
export interface Delay {
  after(delayMs: number, callback: () => void): () => void;
}

/** What platforms' timers can count to: beyond it they fire at once. */
export const MOST_DELAY_MS = 2 ** 31 - 1;

let resolveNext: (value: never) => void;
let rejectNext: (reason: unknown) => void;
/** One function takes the two of every promise: a closure less for each wait. */
const capture = (resolve: (value: never) => void, reject: (reason: unknown) => void): void => {
  resolveNext = resolve;
  rejectNext = reject;
};

/** One wait for a `V`. It begins in no list. */
export class Waiter<V> extends Link {
  readonly promise: Promise<V>;
  readonly #resolve: (value: V) => void;
  readonly #reject: (reason: unknown) => void;
  #signal: AbortSignal | undefined = undefined;
  #onAbort: (() => void) | undefined = undefined;
  #cancelTimer: (() => void) | undefined = undefined;

  constructor() {
    super();
    this.promise = new Promise<V>(capture as unknown as ConstructorParameters<typeof Promise<V>>[0]);
    this.#resolve = resolveNext as (value: V) => void;
    this.#reject = rejectNext;
  }

  /** Ends the wait with what was waited for. */
  grant(value: V): void {
    this.#end();
    this.#resolve(value);
  }

  /** Ends the wait in vain. */
  fail(reason: unknown): void {
    this.#end();
    this.#reject(reason);
  }

  /**
   * Lets the options end the wait. `onGivenUp` hears of it when the waiter has left its list, and before its caller does.
   *
   * @param what of the timeout's message, as in `Semaphore.acquire`
   */
  heed(options: WaitOptions, timer: Delay, what: string, onGivenUp?: (waiter: this, reason: unknown) => void): void {
    const { signal, timeoutMs = Number.POSITIVE_INFINITY } = options;
    if (signal !== undefined) {
      this.#signal = signal;
      this.#onAbort = () => this.#giveUp(signal.reason, onGivenUp);
      signal.addEventListener('abort', this.#onAbort);
    }
    if (timeoutMs !== Number.POSITIVE_INFINITY) {
      this.#cancelTimer = timer.after(timeoutMs, () => this.#giveUp(new TimeoutError(what, timeoutMs), onGivenUp));
    }
  }

  #giveUp(reason: unknown, onGivenUp: ((waiter: this, reason: unknown) => void) | undefined): void {
    this.#end();
    onGivenUp?.(this, reason);
    this.#reject(reason);
  }

  #end(): void {
    this.list?.remove(this);
    if (this.#onAbort !== undefined) {
      this.#signal?.removeEventListener('abort', this.#onAbort);
      this.#onAbort = undefined;
      this.#signal = undefined;
    }
    if (this.#cancelTimer !== undefined) {
      this.#cancelTimer();
      this.#cancelTimer = undefined;
    }
  }
}

/** Refuses options that are none. @throws TypeError, RangeError */
export function checkWait(options: WaitOptions): void {
  const { signal, timeoutMs } = options;
  if (signal !== undefined && typeof signal?.addEventListener !== 'function') {
    throw new TypeError(`signal must be an AbortSignal, got ${signal === null ? 'null' : typeof signal}`);
  }
  if (timeoutMs === undefined || timeoutMs === Number.POSITIVE_INFINITY) return;
  if (typeof timeoutMs !== 'number') throw new TypeError(`timeoutMs must be a number, got ${typeof timeoutMs}`);
  if (!(timeoutMs >= 0 && timeoutMs <= MOST_DELAY_MS)) {
    throw new RangeError(`timeoutMs must be from 0 to ${MOST_DELAY_MS}, or Infinity, got ${timeoutMs}`);
  }
}

/** Ends every wait of a list in vain. */
export function failAll<V>(list: LinkedList<Waiter<V>>, reason: unknown): void {
  // What is granted or fails leaves the list: this ends when all that waited do, since callers run later.
  for (let waiter = list.first; waiter !== undefined; waiter = list.first) waiter.fail(reason);
}
