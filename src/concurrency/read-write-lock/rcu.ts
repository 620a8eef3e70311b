/**
 * Read-copy-update for async tasks (McKenney and Slingwine 1998): readers take the value there is, at once; a writer makes
 * another and publishes it; the old one is retired when its last reader has left.
 */

import { LinkedList } from '../../base/linked-list.js';
import { DoubleReleaseError, QueueFullError } from '../../base/wait-errors.js';
import { checkWait, Waiter, type WaitOptions } from '../../base/waiter.js';
import { systemTimer, type Timer } from '../../ports/timer.js';
import { Mutex } from '../semaphore/index.js';

const DEFAULT_MAX_QUEUE = 10_000;

export interface RcuOptions<T> {
  /** Called once with each value that was replaced, when nobody reads it any more: to close or free it. It must not throw. */
  onRetire?: (value: T) => void;
  /** How many updates, and how many calls of `synchronize`, may wait. Default 10 000. */
  maxQueue?: number;
  /** Default the platform's. */
  timer?: Timer;
}

interface Version<T> {
  readonly value: T;
  readonly number: number;
  readers: number;
}

class GraceWaiter extends Waiter<void> {
  readonly number: number;

  constructor(number: number) {
    super();
    this.number = number;
  }
}

/** The value as it was when reading began. */
export class RcuSnapshot<T> {
  readonly value: T;
  #release: (() => void) | undefined;

  constructor(value: T, release: () => void) {
    this.value = value;
    this.#release = release;
  }

  /** @throws DoubleReleaseError the second time */
  release(): void {
    const release = this.#release;
    if (release === undefined) throw new DoubleReleaseError('A snapshot');
    this.#release = undefined;
    release();
  }

  [Symbol.dispose](): void {
    if (this.#release !== undefined) this.release();
  }
}

export class Rcu<T> {
  readonly #onRetire: ((value: T) => void) | undefined;
  readonly #timer: Timer;
  readonly #maxQueue: number;
  readonly #updates: Mutex;
  #current: Version<T>;
  /** Versions that were replaced and are still read, the oldest first: at most one for each reader. */
  readonly #old = new Set<Version<T>>();
  readonly #waiters = new LinkedList<GraceWaiter>();

  constructor(value: T, options: RcuOptions<T> = {}) {
    const { onRetire, maxQueue = DEFAULT_MAX_QUEUE, timer = systemTimer } = options;
    this.#current = { value, number: 0, readers: 0 };
    this.#onRetire = onRetire;
    this.#maxQueue = maxQueue;
    this.#timer = timer;
    this.#updates = new Mutex({ maxQueue, timer });
  }

  /** What is published; it may be retired at the next `await`. */
  get current(): T {
    return this.#current.value;
  }

  /** How many values are published or still read. */
  get versions(): number {
    return this.#old.size + 1;
  }

  /** The value, which is not retired until the snapshot is released. O(1), never waits. */
  read(): RcuSnapshot<T> {
    const version = this.#current;
    version.readers++;
    return new RcuSnapshot(version.value, () => this.#leave(version));
  }

  /** Publishes what the function makes of the value; it must not change that one. Updates come one after the other. */
  update(fn: (value: T) => T | PromiseLike<T>, options: WaitOptions = {}): Promise<T> {
    return this.#updates.use(async () => {
      const value = await fn(this.#current.value);
      const replaced = this.#current;
      this.#current = { value, number: replaced.number + 1, readers: 0 };
      if (replaced.readers > 0) this.#old.add(replaced);
      else this.#onRetire?.(replaced.value);
      return value;
    }, options);
  }

  /** Waits until whatever was replaced before this call is read no more: the grace period. */
  synchronize(options: WaitOptions = {}): Promise<void> {
    checkWait(options);
    if (options.signal?.aborted) return Promise.reject(options.signal.reason);
    if (this.#old.size === 0) return Promise.resolve();
    if (this.#waiters.size >= this.#maxQueue) {
      return Promise.reject(new QueueFullError('Rcu.synchronize', this.#maxQueue));
    }
    const waiter = new GraceWaiter(this.#current.number);
    this.#waiters.push(waiter);
    waiter.heed(options, this.#timer, 'Rcu.synchronize');
    return waiter.promise;
  }

  #leave(version: Version<T>): void {
    version.readers--;
    if (version.readers > 0 || !this.#old.delete(version)) return;
    this.#onRetire?.(version.value);
    const oldest = this.#old.values().next().value?.number ?? this.#current.number;
    for (let first = this.#waiters.first; first !== undefined; first = this.#waiters.first) {
      if (first.number > oldest) return;
      first.grant();
    }
  }
}
