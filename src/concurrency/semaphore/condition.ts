/**
 * A condition variable over a mutex (Hoare 1974; the semantics are Mesa's, Lampson and Redell 1980): a task gives the mutex
 * up, waits to be told that something changed, and has the mutex again when it goes on. What it waited for may have
 * changed back by then: `waitUntil` looks again.
 */

import { LinkedList } from '../../base/linked-list.js';
import { QueueFullError } from '../../base/wait-errors.js';
import { checkWait, Waiter, type WaitOptions } from '../../base/waiter.js';
import { systemTimer, type Timer } from '../../ports/timer.js';
import type { Mutex } from './mutex.js';
import type { Permit } from './permit.js';

const DEFAULT_MAX_QUEUE = 10_000;

export interface ConditionOptions {
  /** How many may wait. Default 10 000. */
  maxQueue?: number;
  /** Default the platform's. */
  timer?: Timer;
}

export class Condition {
  readonly #mutex: Mutex;
  readonly #timer: Timer;
  readonly #maxQueue: number;
  readonly #waiters = new LinkedList<Waiter<void>>();

  constructor(mutex: Mutex, options: ConditionOptions = {}) {
    const { maxQueue = DEFAULT_MAX_QUEUE, timer = systemTimer } = options;
    if (!(maxQueue >= 0)) throw new RangeError(`maxQueue must be from 0, got ${maxQueue}`);
    this.#mutex = mutex;
    this.#timer = timer;
    this.#maxQueue = maxQueue;
  }

  /**
   * Gives the mutex up, waits to be notified, and takes it again.
   *
   * @param permit the mutex's, which is released
   * @returns the permit that is held afterwards. A wait that is given up rejects, and the mutex is **not** held then
   * @throws DoubleReleaseError when the permit was given back before
   */
  async wait(permit: Permit, options: WaitOptions = {}): Promise<Permit> {
    checkWait(options);
    if (options.signal?.aborted) {
      permit.release();
      throw options.signal.reason;
    }
    if (this.#waiters.size >= this.#maxQueue) {
      permit.release();
      throw new QueueFullError('Condition.wait', this.#maxQueue);
    }
    const waiter = new Waiter<void>();
    // Enrolled before the mutex is free: a notification in between is not missed.
    permit.release();
    this.#waiters.push(waiter);
    waiter.heed(options, this.#timer, 'Condition.wait');
    await waiter.promise;
    return this.#mutex.acquire({ signal: options.signal });
  }

  /** Waits until `predicate` holds, which is asked while the mutex is held, first at once. `timeoutMs` bounds each wait. */
  async waitUntil(permit: Permit, predicate: () => boolean, options: WaitOptions = {}): Promise<Permit> {
    let held = permit;
    try {
      while (!predicate()) held = await this.wait(held, options);
    } catch (thrown) {
      // A predicate that throws leaves no mutex behind, as any other end in vain.
      if (!held.released) held.release();
      throw thrown;
    }
    return held;
  }

  /** Wakes the one who waited longest; false when nobody waits. Best called while holding the mutex. */
  notify(): boolean {
    const waiter = this.#waiters.first;
    waiter?.grant();
    return waiter !== undefined;
  }

  /** Wakes all who wait now, in order; returns how many. */
  notifyAll(): number {
    const woken = this.#waiters.size;
    for (let left = woken; left > 0; left--) this.#waiters.first?.grant();
    return woken;
  }

  /** How many wait to be notified. */
  get waiting(): number {
    return this.#waiters.size;
  }
}
