/**
 * Calls of one thread that wait at one end of a ring without holding the thread up: each in its turn tries again when the
 * bell rings. One watch serves all of them, so that however many wait and give up, the platform keeps one wait.
 */

import { type Bell, SLICE_MS } from '../../../bindings/bell.js';
import { LinkedList } from '../../base/linked-list.js';
import { QueueFullError } from '../../base/wait-errors.js';
import { checkWait, Waiter, type WaitOptions } from '../../base/waiter.js';
import type { Timer } from '../../ports/timer.js';

/** What an attempt gives while there is nothing to take, or no room. */
export const NOT_YET = Symbol('not yet');
/** The same while another thread is at this end: nobody will ring. */
export const BUSY = Symbol('busy');

export type Attempt<V> = () => V | typeof NOT_YET | typeof BUSY;

/** Where no bell is heard, or somebody was busy: how soon to look again. */
const POLL_MS = 1;

class Call extends Waiter<unknown> {
  readonly attempt: Attempt<unknown>;

  constructor(attempt: Attempt<unknown>) {
    super();
    this.attempt = attempt;
  }
}

export class Line {
  readonly #bell: Bell;
  readonly #timer: Timer;
  readonly #maxQueue: number;
  readonly #calls = new LinkedList<Call>();
  /** Ends the watch there is. */
  #unwatch: (() => void) | undefined = undefined;

  constructor(bell: Bell, timer: Timer, maxQueue: number) {
    this.#bell = bell;
    this.#timer = timer;
    this.#maxQueue = maxQueue;
  }

  get waiting(): number {
    return this.#calls.size;
  }

  /**
   * What `attempt` gives, now or later, after all who waited before.
   *
   * @returns a promise that rejects with `signal.reason`, `TimeoutError`, `QueueFullError`, or what `attempt` throws
   */
  wait<V>(attempt: Attempt<V>, options: WaitOptions, what: string): Promise<V> {
    checkWait(options);
    if (options.signal?.aborted) return Promise.reject(options.signal.reason);
    if (this.#calls.size === 0) {
      try {
        const value = attempt();
        if (value !== NOT_YET && value !== BUSY) return Promise.resolve(value);
      } catch (error) {
        return Promise.reject(error);
      }
    }
    if (this.#calls.size >= this.#maxQueue) return Promise.reject(new QueueFullError(what, this.#maxQueue));
    const call = new Call(attempt);
    this.#calls.push(call);
    call.heed(options, this.#timer, what, () => {
      if (this.#calls.size === 0) this.#unwatch?.();
    });
    if (this.#unwatch === undefined) this.#watch();
    return call.promise as Promise<V>;
  }

  /** Ends every wait in vain. */
  fail(reason: unknown): void {
    for (let call = this.#calls.first; call !== undefined; call = this.#calls.first) call.fail(reason);
    this.#unwatch?.();
  }

  /** Listens, lets those try whose turn it is, and watches for those who are left. */
  #watch(): void {
    const listened = this.#bell.listen();
    const busy = this.#serve();
    if (this.#calls.size === 0) return;
    const heard = busy ? undefined : this.#bell.heard(listened);
    let watching = true;
    // The timer also keeps the process alive, which a wait for another thread does not on every platform.
    const cancel = this.#timer.after(heard === undefined || heard === true ? POLL_MS : SLICE_MS, () => again());
    const end = (): void => {
      watching = false;
      cancel();
      this.#unwatch = undefined;
    };
    const again = (): void => {
      if (!watching) return;
      end();
      this.#watch();
    };
    this.#unwatch = end;
    if (heard === true) void Promise.resolve().then(again);
    else void heard?.then(again);
  }

  /** Whether it ended because another thread was busy. */
  #serve(): boolean {
    for (let call = this.#calls.first; call !== undefined; call = this.#calls.first) {
      try {
        const value = call.attempt();
        if (value === NOT_YET || value === BUSY) return value === BUSY;
        call.grant(value);
      } catch (error) {
        call.fail(error);
      }
    }
    return false;
  }
}
