/**
 * The deadlines of waits that all wait for the same time: who began first ends first, so that one timer serves them all, and most
 * waits, which end before, cost a place in a list and no timer.
 */

import { TimeoutError } from '../../base/wait-errors.js';
import type { Waiter } from '../../base/waiter.js';
import type { Clock } from '../../ports/clock.js';
import type { Cancel, Timer } from '../../ports/timer.js';

/** Places at the front that may be empty before the rest moves up. */
const MOST_EMPTY = 1024;

export class Deadlines<V> {
  readonly #timeoutMs: number;
  readonly #what: string;
  readonly #clock: Clock;
  readonly #timer: Timer;
  readonly #expired: () => void;
  /** Who waits, from `#first` on, and until when; who waits no more is skipped. */
  #waiters: Waiter<V>[] = [];
  #untilMs: number[] = [];
  #first = 0;
  #cancel: Cancel | undefined = undefined;

  constructor(timeoutMs: number, what: string, clock: Clock, timer: Timer, expired: () => void) {
    this.#timeoutMs = timeoutMs;
    this.#what = what;
    this.#clock = clock;
    this.#timer = timer;
    this.#expired = expired;
  }

  /** A wait that has begun: it is in its list. */
  add(waiter: Waiter<V>): void {
    this.#skip();
    this.#waiters.push(waiter);
    this.#untilMs.push(this.#clock.monotonic() + this.#timeoutMs);
    this.#cancel ??= this.#timer.after(this.#timeoutMs, this.#look);
  }

  /** Nobody waits any more. */
  clear(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#waiters.length === 0) return;
    this.#waiters = [];
    this.#untilMs = [];
    this.#first = 0;
  }

  readonly #look = (): void => {
    this.#cancel = undefined;
    const nowMs = this.#clock.monotonic();
    for (;;) {
      this.#skip();
      const untilMs = this.#untilMs[this.#first];
      if (untilMs === undefined) return this.clear();
      if (untilMs > nowMs) {
        // The platform's timers count whole milliseconds.
        this.#cancel = this.#timer.after(Math.ceil(untilMs - nowMs), this.#look);
        return;
      }
      this.#waiters[this.#first]?.fail(new TimeoutError(this.#what, this.#timeoutMs));
      this.#expired();
    }
  };

  #skip(): void {
    const waiters = this.#waiters;
    while (this.#first < waiters.length && waiters[this.#first]?.list === undefined) this.#first++;
    if (this.#first < MOST_EMPTY || this.#first * 2 < waiters.length) return;
    this.#waiters = waiters.slice(this.#first);
    this.#untilMs = this.#untilMs.slice(this.#first);
    this.#first = 0;
  }
}
