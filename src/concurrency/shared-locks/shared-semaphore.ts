/** `SharedSemaphore` and `SharedMutex`: permits that the threads of a shared arena take, wait for and give back. */

import type { Arena } from '../../../bindings/arena.js';
import { Adopted, type StructureKind } from '../../../bindings/handle.js';
import { checkInteger } from '../../../bindings/sketch.js';
import type { WaitOptions } from '../../base/waiter.js';
import { Preference } from './permit-table.js';
import {
  NO_OPTIONS,
  SharedLock,
  type SharedLockOptions,
  type SharedOpenOptions,
  type SharedPermit,
  type SyncWaitOptions,
  whileHolding,
} from './shared-lock.js';

export interface SharedSemaphoreOptions extends SharedLockOptions {
  /** Permits, 1 to 2^30. */
  permits: number;
  /**
   * Who comes first: `'fifo'`, who waits longest, in whatever thread, even when others would fit; or `'barging'`, whoever
   * fits. Default `'fifo'`.
   */
  order?: 'fifo' | 'barging';
}

const SEMAPHORE: StructureKind = { number: 68, name: 'SharedSemaphore' };
const MUTEX: StructureKind = { number: 69, name: 'SharedMutex' };
const MOST_PERMITS = 2 ** 30;

/**
 * A counting semaphore between threads. Taking what is free is O(places that were ever used at once), as is giving back
 * while others wait.
 */
export class SharedSemaphore extends SharedLock {
  /**
   * @throws TypeError when the arena is not shared; RangeError for options
   * @throws ArenaFullError
   * @throws NameError when the name is taken
   */
  constructor(options: SharedSemaphoreOptions | Adopted, open: SharedOpenOptions = {}) {
    super(SEMAPHORE, options, open, () => {
      const { permits, order = 'fifo' } = options as SharedSemaphoreOptions;
      checkInteger(permits, 'permits', 1, MOST_PERMITS);
      if (order !== 'fifo' && order !== 'barging') {
        throw new RangeError(`order must be 'fifo' or 'barging', got ${String(order)}`);
      }
      return { capacity: permits, preference: order === 'fifo' ? Preference.inOrder : Preference.anyWhoFits };
    });
  }

  /** The semaphore of this name. @throws NameError when there is none, or it is something else */
  static open(arena: Arena, name: string, options: SharedOpenOptions = {}): SharedSemaphore {
    const { root, handle } = arena.findName(name, SEMAPHORE.number, SEMAPHORE.name);
    return handle instanceof SharedSemaphore ? handle : new SharedSemaphore(new Adopted(arena, root), options);
  }

  /** Permits in all. */
  get capacity(): number {
    this.alive;
    return this.table.capacity;
  }

  /** Permits that nobody holds. */
  get available(): number {
    this.alive;
    return this.table.available;
  }

  /**
   * Waits for permits without holding the thread up.
   *
   * @param weight how many, an integer from 1 to `capacity`. Default 1
   * @returns a promise that rejects with `signal.reason`, `TimeoutError`, `QueueFullError` or `ClosedError`
   */
  acquire(weight = 1, options: WaitOptions = NO_OPTIONS): Promise<SharedPermit> {
    this.#check(weight);
    return this.take(weight, options, 'acquire');
  }

  /**
   * Waits for permits, and holds the thread up: for workers.
   *
   * @throws TimeoutError, QueueFullError, ClosedError; SharedArenaError on a thread that must not wait
   */
  acquireSync(weight = 1, options: SyncWaitOptions = NO_OPTIONS): SharedPermit {
    this.#check(weight);
    return this.takeSync(weight, options, 'acquireSync');
  }

  /** Permits without waiting, or `undefined`. */
  tryAcquire(weight = 1): SharedPermit | undefined {
    this.#check(weight);
    return this.takeNow(weight, 'tryAcquire');
  }

  /** Runs a function while holding permits; they are given back however it ends. Rejects as `acquire`, and as the function. */
  use<R>(
    fn: (permit: SharedPermit) => R | PromiseLike<R>,
    options: WaitOptions & { weight?: number } = NO_OPTIONS,
  ): Promise<R> {
    return whileHolding(this.acquire(options.weight, options), fn);
  }

  /** Holders that died and whose permits came back. */
  get abandoned(): number {
    this.alive;
    return this.table.died;
  }

  #check(weight: number): void {
    checkInteger(weight, 'weight', 1, this.capacity);
  }
}

/**
 * Mutual exclusion between threads, in order of asking. Whoever comes after a thread that died while it held the mutex
 * gets a permit that says so (`abandoned`).
 */
export class SharedMutex extends SharedLock {
  /** Throws as `SharedSemaphore`. */
  constructor(options: SharedLockOptions | Adopted, open: SharedOpenOptions = {}) {
    super(MUTEX, options, open, () => ({ capacity: 1, preference: Preference.inOrder }));
  }

  /** The mutex of this name. @throws NameError when there is none, or it is something else */
  static open(arena: Arena, name: string, options: SharedOpenOptions = {}): SharedMutex {
    const { root, handle } = arena.findName(name, MUTEX.number, MUTEX.name);
    return handle instanceof SharedMutex ? handle : new SharedMutex(new Adopted(arena, root), options);
  }

  get locked(): boolean {
    this.alive;
    return this.table.available === 0;
  }

  /** Waits for the mutex without holding the thread up. Rejects as `SharedSemaphore.acquire`. */
  acquire(options: WaitOptions = NO_OPTIONS): Promise<SharedPermit> {
    return this.take(1, options, 'acquire');
  }

  /** Waits for the mutex, and holds the thread up. Throws as `SharedSemaphore.acquireSync`. */
  acquireSync(options: SyncWaitOptions = NO_OPTIONS): SharedPermit {
    return this.takeSync(1, options, 'acquireSync');
  }

  tryAcquire(): SharedPermit | undefined {
    return this.takeNow(1, 'tryAcquire');
  }

  /** Runs a function while holding the mutex, which is given back however it ends. */
  use<R>(fn: (permit: SharedPermit) => R | PromiseLike<R>, options: WaitOptions = NO_OPTIONS): Promise<R> {
    return whileHolding(this.acquire(options), fn);
  }

  /** The same, holding the thread up, for a function that does not wait. */
  useSync<R>(fn: (permit: SharedPermit) => R, options: SyncWaitOptions = NO_OPTIONS): R {
    const permit = this.acquireSync(options);
    try {
      return fn(permit);
    } finally {
      permit.release();
    }
  }

  /** Threads that died while they held it. */
  get abandoned(): number {
    this.alive;
    return this.table.died;
  }
}
