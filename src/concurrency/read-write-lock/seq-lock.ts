/**
 * A sequence lock for async tasks: readers take nothing and wait for nobody; they look afterwards whether somebody wrote
 * meanwhile, and read again if so (Linux's seqlock; Boehm, "Can seqlocks get along with programming language memory
 * models?", 2012).
 *
 * In one thread a read without `await` is never torn. This is for reads that await between parts that must agree.
 */

import { checkWait, type WaitOptions } from '../../base/waiter.js';
import { systemTimer, type Timer } from '../../ports/timer.js';
import { Mutex } from '../semaphore/index.js';

/** Readings before a reader holds the writers up. */
const DEFAULT_ATTEMPTS = 8;

export interface SeqLockOptions {
  /** How often a read may be disturbed before it holds the writers up, so that it ends. From 1, default 8. */
  maxAttempts?: number;
  /** How many writers may wait. Default 10 000. */
  maxQueue?: number;
  /** Default the platform's. */
  timer?: Timer;
}

export class SeqLock {
  readonly #writers: Mutex;
  readonly #maxAttempts: number;
  /** Odd while somebody writes. */
  #sequence = 0;

  constructor(options: SeqLockOptions = {}) {
    const { maxAttempts = DEFAULT_ATTEMPTS, maxQueue, timer = systemTimer } = options;
    if (!(Number.isSafeInteger(maxAttempts) && maxAttempts >= 1)) {
      throw new RangeError(`maxAttempts must be an integer from 1, got ${maxAttempts}`);
    }
    this.#maxAttempts = maxAttempts;
    this.#writers = new Mutex(maxQueue === undefined ? { timer } : { maxQueue, timer });
  }

  /** Grows by two with each write, and is odd while one goes on. */
  get sequence(): number {
    return this.#sequence;
  }

  /** The sequence to validate a read by, or `undefined` while somebody writes. */
  begin(): number | undefined {
    return this.#sequence % 2 === 0 ? this.#sequence : undefined;
  }

  /** Whether nobody has begun to write since `begin` gave this. */
  validate(stamp: number): boolean {
    return this.#sequence === stamp;
  }

  /**
   * Gives what a function read while nobody wrote. The function may run several times, and may see halves of a write when
   * it does: it must only read. What it throws counts only when it was not disturbed.
   */
  async read<R>(fn: () => R | PromiseLike<R>, options: WaitOptions = {}): Promise<R> {
    checkWait(options);
    for (let attempt = 0; attempt < this.#maxAttempts; attempt++) {
      options.signal?.throwIfAborted();
      const stamp = this.begin();
      // Reading while somebody writes is in vain: wait for the writer instead.
      if (stamp === undefined) break;
      try {
        const result = await fn();
        if (this.validate(stamp)) return result;
      } catch (thrown) {
        if (this.validate(stamp)) throw thrown;
      }
    }
    return this.#writers.use(fn, options);
  }

  /** Runs a function alone among the writers. Rejects as `Mutex.acquire` and as the function does. */
  write<R>(fn: () => R | PromiseLike<R>, options: WaitOptions = {}): Promise<R> {
    return this.#writers.use(async () => {
      this.#sequence++;
      try {
        return await fn();
      } finally {
        this.#sequence++;
      }
    }, options);
  }

  /** Refuses further writers with a `ClosedError`; reads that need not wait go on. */
  [Symbol.dispose](): void {
    this.#writers.close();
  }
}
