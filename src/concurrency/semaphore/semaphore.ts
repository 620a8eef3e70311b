/**
 * A counting semaphore for async tasks (Dijkstra, "Over de sequentialiteit van procesbeschrijvingen", 1962): permits that
 * tasks take, wait for, and give back.
 *
 * A permit that is given back goes straight to the one who waited longest: nobody can take it in between. Taking and giving
 * back are O(1), with priorities O(log p) in the number of different ones that wait. Invariant of the order `'fifo'`: while
 * anybody waits, the first of them does not fit.
 */

import { PriorityList } from '../../base/priority-list.js';
import { ClosedError, QueueFullError } from '../../base/wait-errors.js';
import { checkWait, Waiter, type WaitOptions } from '../../base/waiter.js';
import { systemTimer, type Timer } from '../../ports/timer.js';
import { holding, type Lender, Permit } from './permit.js';

/** Most waiters, where nothing else is said: some 3 MB of them. */
const DEFAULT_MAX_QUEUE = 10_000;
const NO_OPTIONS: AcquireOptions = Object.freeze({});

export interface SemaphoreOptions {
  /**
   * Who comes first: `'fifo'`, who waits longest, even when a newcomer would fit and the first does not; or `'barging'`,
   * newcomers take what is free, which wastes less and can starve who wants much. Default `'fifo'`.
   */
  order?: 'fifo' | 'barging';
  /** How many may wait, from 0. Default 10 000; the next one gets a `QueueFullError`. */
  maxQueue?: number;
  /** Default the platform's. */
  timer?: Timer;
}

export interface AcquireOptions extends WaitOptions {
  /** Who waits with a higher one comes first; equal ones in order. Default 0. */
  priority?: number | undefined;
}

export interface UseOptions extends AcquireOptions {
  /** Permits taken. Default 1. */
  weight?: number;
}

export interface SemaphoreStats {
  readonly capacity: number;
  readonly available: number;
  readonly waiting: number;
  /** Grants so far, waited for or not. */
  readonly acquired: number;
  /** Waits that ended by signal or timeout. */
  readonly givenUp: number;
  /** Calls that the bound of the queue refused. */
  readonly refused: number;
}

/** One who waits for permits. */
class PermitWaiter extends Waiter<Permit> {
  readonly permit: Permit;

  constructor(permit: Permit) {
    super();
    this.permit = permit;
  }
}

export class Semaphore implements Lender {
  readonly #timer: Timer;
  readonly #barging: boolean;
  readonly #maxQueue: number;
  readonly #lanes = new PriorityList<PermitWaiter>();
  #capacity: number;
  /** Below 0 while permits are out that `resize` took away. */
  #available: number;
  #closed: ClosedError | undefined = undefined;
  #idle: Waiter<void>[] = [];
  #acquired = 0;
  #givenUp = 0;
  #refused = 0;

  /**
   * @param capacity permits, an integer from 0
   * @throws TypeError, RangeError when an option cannot be
   */
  constructor(capacity: number, options: SemaphoreOptions = {}) {
    const { order = 'fifo', maxQueue = DEFAULT_MAX_QUEUE, timer = systemTimer } = options;
    checkCount('capacity', capacity, 0);
    if (order !== 'fifo' && order !== 'barging') {
      throw new RangeError(`order must be 'fifo' or 'barging', got ${String(order)}`);
    }
    if (maxQueue !== Number.POSITIVE_INFINITY) checkCount('maxQueue', maxQueue, 0);
    this.#capacity = capacity;
    this.#available = capacity;
    this.#barging = order === 'barging';
    this.#maxQueue = maxQueue;
    this.#timer = timer;
  }

  /**
   * Waits for permits and takes them.
   *
   * @param weight how many, an integer from 1 to `capacity`. Default 1
   * @throws RangeError, TypeError at once, for arguments that cannot be
   * @returns a promise that rejects with `signal.reason`, `TimeoutError`, `QueueFullError` or `ClosedError`
   */
  acquire(weight = 1, options: AcquireOptions = NO_OPTIONS): Promise<Permit> {
    this.#checkWeight(weight);
    if (options !== NO_OPTIONS) {
      checkAcquire(options);
      if (options.signal?.aborted) return Promise.reject(options.signal.reason);
    }
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    if (this.#fits(weight)) return Promise.resolve(this.#lend(weight));
    return this.#wait(weight, options);
  }

  /** @internal What `acquire` gives at once, where it does. */
  tryFor(weight: number, options: AcquireOptions): Permit | undefined {
    this.#checkWeight(weight);
    if (this.#closed !== undefined || !this.#fits(weight)) return undefined;
    if (options !== NO_OPTIONS) {
      checkAcquire(options);
      if (options.signal?.aborted) return undefined;
    }
    return this.#lend(weight);
  }

  /** Permits without waiting, or `undefined`. @throws RangeError */
  tryAcquire(weight = 1): Permit | undefined {
    this.#checkWeight(weight);
    return this.#closed === undefined && this.#fits(weight) ? this.#lend(weight) : undefined;
  }

  /**
   * Runs a function while holding permits; they are given back however it ends. Where they are free it runs at once.
   * Rejects as `acquire` does, and as the function.
   */
  use<R>(fn: () => R | PromiseLike<R>, options: UseOptions = NO_OPTIONS): Promise<R> {
    if (typeof fn !== 'function') throw new TypeError(`What is run must be a function, got ${typeof fn}`);
    const { weight = 1 } = options;
    return holding(this.tryFor(weight, options) ?? this.acquire(weight, options), fn);
  }

  /** A function that runs under `use`, with its `this` and its arguments. `@((method) => it.wrap(method))` decorates a method. */
  wrap<This, Args extends unknown[], R>(
    fn: (this: This, ...args: Args) => R | PromiseLike<R>,
    options?: UseOptions,
  ): (this: This, ...args: Args) => Promise<R> {
    const semaphore = this;
    return function (this: This, ...args: Args) {
      return semaphore.use(() => fn.apply(this, args), options);
    };
  }

  /** Permits in all. */
  get capacity(): number {
    return this.#capacity;
  }

  /** Permits that nobody holds; below 0 while more are out than `resize` left. */
  get available(): number {
    return this.#available;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#lanes.size;
  }

  get closed(): boolean {
    return this.#closed !== undefined;
  }

  /**
   * Changes the number of permits. More are handed out at once; fewer take effect as permits come back. Who waits for more
   * than there now are is told so by a RangeError: it would wait for ever, and those behind it too.
   */
  resize(capacity: number): void {
    checkCount('capacity', capacity, 0);
    this.#available += capacity - this.#capacity;
    this.#capacity = capacity;
    for (const waiter of this.#lanes) {
      if (waiter.permit.weight > capacity) waiter.fail(weightError(waiter.permit.weight, capacity));
    }
    this.#handOn();
    this.#tellIdle();
  }

  /** Waits until no permit is out and nobody waits. */
  onIdle(options: WaitOptions = NO_OPTIONS): Promise<void> {
    checkWait(options);
    if (options.signal?.aborted) return Promise.reject(options.signal.reason);
    if (this.#isIdle()) return Promise.resolve();
    if (this.#idle.length >= this.#maxQueue + 1)
      return Promise.reject(new QueueFullError('Semaphore.onIdle', this.#maxQueue));
    const waiter = new Waiter<void>();
    this.#idle.push(waiter);
    waiter.heed(options, this.#timer, 'Semaphore.onIdle', (gone) => {
      this.#idle = this.#idle.filter((each) => each !== gone);
    });
    return waiter.promise;
  }

  /** Lends nothing more: those who wait get a `ClosedError`, permits that are out come back as ever. Idempotent. */
  close(cause?: unknown): void {
    if (this.#closed !== undefined) return;
    this.#closed = new ClosedError('The semaphore', cause === undefined ? undefined : { cause });
    for (const waiter of this.#lanes) waiter.fail(this.#closed);
    this.#tellIdle();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Closes, and waits until every permit is back. */
  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return this.onIdle();
  }

  stats(): SemaphoreStats {
    return {
      capacity: this.#capacity,
      available: this.#available,
      waiting: this.#lanes.size,
      acquired: this.#acquired,
      givenUp: this.#givenUp,
      refused: this.#refused,
    };
  }

  /** @internal Permits are released by themselves. */
  takeBack(weight: number): void {
    this.#available += weight;
    if (this.#lanes.size > 0) this.#handOn();
    if (this.#idle.length > 0) this.#tellIdle();
  }

  #fits(weight: number): boolean {
    return weight <= this.#available && (this.#barging || this.#lanes.size === 0);
  }

  #lend(weight: number): Permit {
    this.#available -= weight;
    this.#acquired++;
    return new Permit(this, weight);
  }

  #wait(weight: number, options: AcquireOptions): Promise<Permit> {
    if (this.#lanes.size >= this.#maxQueue) {
      this.#refused++;
      return Promise.reject(new QueueFullError('Semaphore.acquire', this.#maxQueue));
    }
    const waiter = new PermitWaiter(new Permit(this, weight));
    this.#lanes.push(waiter, options.priority ?? 0);
    if (options !== NO_OPTIONS) waiter.heed(options, this.#timer, 'Semaphore.acquire', this.#onGivenUp);
    return waiter.promise;
  }

  /** The one who gave up may have been what the others waited behind. */
  readonly #onGivenUp = (): void => {
    this.#givenUp++;
    this.#handOn();
    this.#tellIdle();
  };

  #handOn(): void {
    const lanes = this.#lanes;
    for (let waiter = lanes.first; waiter !== undefined; waiter = lanes.first) {
      const { permit } = waiter;
      if (permit.weight > this.#available) return;
      this.#available -= permit.weight;
      this.#acquired++;
      waiter.grant(permit);
    }
  }

  #isIdle(): boolean {
    return this.#available === this.#capacity && this.#lanes.size === 0;
  }

  #tellIdle(): void {
    if (this.#idle.length === 0 || !this.#isIdle()) return;
    const told = this.#idle;
    this.#idle = [];
    for (const waiter of told) waiter.grant();
  }

  #checkWeight(weight: number): void {
    if (Number.isInteger(weight) && weight >= 1 && weight <= this.#capacity) return;
    checkCount('weight', weight, 1);
    throw weightError(weight, this.#capacity);
  }
}

function weightError(weight: number, capacity: number): RangeError {
  return new RangeError(`weight must be at most the capacity, ${capacity}, got ${weight}`);
}

function checkCount(name: string, value: number, least: number): void {
  if (typeof value !== 'number') throw new TypeError(`${name} must be a number, got ${typeof value}`);
  if (!(Number.isSafeInteger(value) && value >= least)) {
    throw new RangeError(`${name} must be an integer from ${least}, got ${value}`);
  }
}

function checkAcquire(options: AcquireOptions): void {
  checkWait(options);
  const { priority = 0 } = options;
  if (typeof priority !== 'number' || Number.isNaN(priority)) {
    throw new TypeError(`priority must be a number, got ${String(priority)}`);
  }
}
