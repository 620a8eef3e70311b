/** A latch: tasks wait until so many things have happened; then it is open for good. */

import { LinkedList } from '../../base/linked-list.js';
import { QueueFullError } from '../../base/wait-errors.js';
import { checkWait, Waiter, type WaitOptions } from '../../base/waiter.js';
import { systemTimer, type Timer } from '../../ports/timer.js';

const DEFAULT_MAX_QUEUE = 10_000;
const NO_OPTIONS: WaitOptions = Object.freeze({});

export interface CountDownLatchOptions {
  /** How many may wait. Default 10 000. */
  maxQueue?: number;
  /** Default the platform's. */
  timer?: Timer;
}

export class CountDownLatch {
  readonly #maxQueue: number;
  readonly #timer: Timer;
  readonly #waiters = new LinkedList<Waiter<void>>();
  #count: number;

  /** @param count what must happen so many times, an integer from 0 */
  constructor(count: number, options: CountDownLatchOptions = {}) {
    const { maxQueue = DEFAULT_MAX_QUEUE, timer = systemTimer } = options;
    checkCount('count', count, 0);
    if (!(maxQueue >= 0)) throw new RangeError(`maxQueue must be from 0, got ${maxQueue}`);
    this.#count = count;
    this.#maxQueue = maxQueue;
    this.#timer = timer;
  }

  /** What still must happen. */
  get count(): number {
    return this.#count;
  }

  get waiting(): number {
    return this.#waiters.size;
  }

  /** Something happened, `times` times; nothing below 0. At 0 all who wait go on, in order. */
  countDown(times = 1): void {
    checkCount('times', times, 1);
    this.#count = Math.max(0, this.#count - times);
    if (this.#count > 0) return;
    for (let waiter = this.#waiters.first; waiter !== undefined; waiter = this.#waiters.first) waiter.grant();
  }

  /** Waits for 0. Rejects with `signal.reason`, `TimeoutError` or `QueueFullError`. O(1). */
  wait(options: WaitOptions = NO_OPTIONS): Promise<void> {
    checkWait(options);
    if (options.signal?.aborted) return Promise.reject(options.signal.reason);
    if (this.#count === 0) return Promise.resolve();
    if (this.#waiters.size >= this.#maxQueue) {
      return Promise.reject(new QueueFullError('CountDownLatch.wait', this.#maxQueue));
    }
    const waiter = new Waiter<void>();
    this.#waiters.push(waiter);
    waiter.heed(options, this.#timer, 'CountDownLatch.wait');
    return waiter.promise;
  }
}

function checkCount(name: string, value: number, least: number): void {
  if (!(Number.isSafeInteger(value) && value >= least)) {
    throw new RangeError(`${name} must be an integer from ${least}, got ${String(value)}`);
  }
}
