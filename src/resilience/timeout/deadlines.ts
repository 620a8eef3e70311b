/**
 * The calls that a timeout watches, in the order of their deadlines, and one platform timer for the first of them. While no
 * call is out there is no timer, so that none keeps a process alive.
 */

import { Link, LinkedList } from '../../base/linked-list.js';
import { TimeoutError } from '../../base/wait-errors.js';
import type { Clock } from '../../ports/clock.js';
import type { Cancel, Timer } from '../../ports/timer.js';
import type { Call } from '../policy/call.js';

/** One call with a deadline. */
export class TimedCall extends Link {
  /** The child that is aborted at the deadline. */
  readonly call: Call;
  readonly timeoutMs: number;
  readonly startMs: number;
  readonly #deadlines: Deadlines;
  /** Rejects who waits, where they do not wait for the function. */
  readonly #reject: ((reason: unknown) => void) | undefined;
  /** Set when the deadline came first. */
  error: TimeoutError | undefined = undefined;
  /** Cancels its own timer, where it has one. */
  cancel: Cancel | undefined = undefined;
  #over = false;
  /** The call above, and who listens to it, where anything could abort. */
  #above: Call | undefined = undefined;
  #onAbort: (() => void) | undefined = undefined;

  constructor(
    deadlines: Deadlines,
    call: Call,
    timeoutMs: number,
    startMs: number,
    reject?: (reason: unknown) => void,
  ) {
    super();
    this.#deadlines = deadlines;
    this.call = call;
    this.timeoutMs = timeoutMs;
    this.startMs = startMs;
    this.#reject = reject;
  }

  /** The deadline came: the function hears of it first, then who waits. */
  expire(): TimeoutError {
    const error = new TimeoutError('A call', this.timeoutMs);
    this.error = error;
    this.#giveUp(error);
    return error;
  }

  /** Gives the call up when whoever called does. */
  heed(above: Call): void {
    this.#above = above;
    this.#onAbort = () => this.#giveUp(above.reason);
    above.listen(this.#onAbort);
  }

  /** It is over: watched no longer. False when it was over before. */
  finish(): boolean {
    if (this.#over) return false;
    this.#over = true;
    this.call.end();
    if (this.#onAbort !== undefined) this.#above?.unlisten(this.#onAbort);
    this.#deadlines.remove(this);
    return true;
  }

  #giveUp(reason: unknown): void {
    this.call.abort(reason);
    if (this.#reject === undefined) {
      // Who waits for the function stays until it ends; the deadline is over.
      this.#deadlines.remove(this);
      return;
    }
    if (this.finish()) this.#reject(reason);
  }
}

export class Deadlines {
  readonly #clock: Clock;
  readonly #timer: Timer;
  readonly #onTimeout: (error: TimeoutError) => void;
  readonly #calls = new LinkedList<TimedCall>();
  #cancel: Cancel | undefined = undefined;

  constructor(clock: Clock, timer: Timer, onTimeout: (error: TimeoutError) => void) {
    this.#clock = clock;
    this.#timer = timer;
    this.#onTimeout = onTimeout;
  }

  /** Watches a call whose deadline is not before that of any other watched. */
  add(timed: TimedCall): void {
    this.#calls.push(timed);
    if (this.#cancel === undefined) this.#arm(timed.timeoutMs);
  }

  /** Watches a call with any deadline, by a timer of its own. */
  addAlone(timed: TimedCall): void {
    timed.cancel = this.#timer.after(timed.timeoutMs, () => this.#onTimeout(timed.expire()));
  }

  remove(timed: TimedCall): void {
    timed.cancel?.();
    timed.cancel = undefined;
    if (this.#calls.remove(timed) && this.#calls.size === 0) {
      this.#cancel?.();
      this.#cancel = undefined;
    }
  }

  #arm(delayMs: number): void {
    this.#cancel = this.#timer.after(delayMs, this.#onTimer);
  }

  readonly #onTimer = (): void => {
    this.#cancel = undefined;
    const nowMs = this.#clock.monotonic();
    for (let first = this.#calls.first; first !== undefined; first = this.#calls.first) {
      const leftMs = first.startMs + first.timeoutMs - nowMs;
      if (leftMs > 0) {
        // The timer was for one that ended, or came a little early. Expiring may have begun a call that armed it.
        if (this.#cancel === undefined) this.#arm(leftMs);
        return;
      }
      this.#onTimeout(first.expire());
    }
  };
}
