/**
 * Mutual exclusion of async tasks: one holds the mutex, the others wait in order.
 *
 * Whoever names a `token` (any object or symbol that stands for the task) may take it again while it holds it: it is free
 * when all permits of that token are back. Without a token, taking it twice waits for oneself.
 */

import { systemTimer } from '../../ports/timer.js';
import { holding, type Lender, Permit } from './permit.js';
import { type AcquireOptions, Semaphore, type SemaphoreOptions } from './semaphore.js';

export type MutexOptions = Pick<SemaphoreOptions, 'maxQueue' | 'timer'>;

/** Stands for a task. */
export type HolderToken = object | symbol;

export interface LockOptions extends AcquireOptions {
  /** Who asks; the holder gets the mutex again at once. */
  token?: HolderToken | undefined;
}

const NO_OPTIONS: LockOptions = Object.freeze({});

export class Mutex implements Lender {
  readonly #semaphore: Semaphore;
  /** The permit of the semaphore that a token holds, shared by all permits of the token. */
  #held: Permit | undefined = undefined;
  #token: HolderToken | undefined = undefined;
  #depth = 0;

  /** @throws TypeError, RangeError when an option cannot be */
  constructor(options: MutexOptions = {}) {
    const { maxQueue, timer = systemTimer } = options;
    this.#semaphore = new Semaphore(1, maxQueue === undefined ? { timer } : { maxQueue, timer });
  }

  /**
   * Waits for the mutex and takes it. O(1).
   *
   * @returns a promise that rejects with `signal.reason`, `TimeoutError`, `QueueFullError` or `ClosedError`
   */
  acquire(options: LockOptions = NO_OPTIONS): Promise<Permit> {
    const { token } = options;
    if (token === undefined) return this.#semaphore.acquire(1, options);
    checkToken(token);
    if (token === this.#token) {
      if (options.signal?.aborted) return Promise.reject(options.signal.reason);
      return Promise.resolve(this.#again());
    }
    // Taken before anything else runs, so that the token is known when it asks again.
    const free = this.#semaphore.tryFor(1, options);
    return free === undefined ? this.#acquireFor(token, options) : Promise.resolve(this.#begin(free, token));
  }

  /** The mutex without waiting, or `undefined`. */
  tryAcquire(token?: HolderToken): Permit | undefined {
    if (token === undefined) return this.#semaphore.tryAcquire();
    checkToken(token);
    if (token === this.#token) return this.#again();
    const permit = this.#semaphore.tryAcquire();
    return permit && this.#begin(permit, token);
  }

  /** Runs a function while holding the mutex, which is given back however it ends. */
  use<R>(fn: () => R | PromiseLike<R>, options: LockOptions = NO_OPTIONS): Promise<R> {
    if (options.token === undefined) return this.#semaphore.use(fn, options);
    if (typeof fn !== 'function') throw new TypeError(`What is run must be a function, got ${typeof fn}`);
    return holding(this.acquire(options), fn);
  }

  /** A function that runs under `use`, with its `this` and its arguments. `@((method) => it.wrap(method))` decorates a method. */
  wrap<This, Args extends unknown[], R>(
    fn: (this: This, ...args: Args) => R | PromiseLike<R>,
    options?: AcquireOptions,
  ): (this: This, ...args: Args) => Promise<R> {
    return this.#semaphore.wrap(fn, options);
  }

  get locked(): boolean {
    return this.#semaphore.available === 0;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#semaphore.waiting;
  }

  get closed(): boolean {
    return this.#semaphore.closed;
  }

  /** Lends itself no more: those who wait get a `ClosedError`. Idempotent. */
  close(cause?: unknown): void {
    this.#semaphore.close(cause);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Closes, and waits until it is free. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#semaphore[Symbol.asyncDispose]();
  }

  /** @internal Permits are released by themselves. */
  takeBack(): void {
    this.#depth--;
    if (this.#depth > 0) return;
    const held = this.#held;
    this.#held = undefined;
    this.#token = undefined;
    held?.release();
  }

  async #acquireFor(token: HolderToken, options: LockOptions): Promise<Permit> {
    return this.#begin(await this.#semaphore.acquire(1, options), token);
  }

  #begin(held: Permit, token: HolderToken): Permit {
    this.#held = held;
    this.#token = token;
    return this.#again();
  }

  #again(): Permit {
    this.#depth++;
    return new Permit(this, 1);
  }
}

function checkToken(token: unknown): void {
  if ((typeof token === 'object' && token !== null) || typeof token === 'symbol' || typeof token === 'function') return;
  throw new TypeError(`token must be an object or a symbol, got ${token === null ? 'null' : typeof token}`);
}
