/** Something that is done once, when it is first asked for; who asks meanwhile or later gets the same result. */

import { LinkedList } from '../../base/linked-list.js';
import { QueueFullError } from '../../base/wait-errors.js';
import { checkWait, failAll, Waiter, type WaitOptions } from '../../base/waiter.js';
import { systemTimer, type Timer } from '../../ports/timer.js';

const DEFAULT_MAX_QUEUE = 10_000;
const NO_OPTIONS: WaitOptions = Object.freeze({});

export interface OnceOptions {
  /** Whether a failure is forgotten, so that the next who asks tries again. Default false: it failed once and for all. */
  resetOnFailure?: boolean;
  /** How many may wait with a signal or a timeout. Default 10 000. */
  maxQueue?: number;
  /** Default the platform's. */
  timer?: Timer;
}

export class Once<T> {
  readonly #fn: () => T | PromiseLike<T>;
  readonly #resetOnFailure: boolean;
  readonly #maxQueue: number;
  readonly #timer: Timer;
  readonly #waiters = new LinkedList<Waiter<T>>();
  #run: Promise<T> | undefined = undefined;
  #state: 'idle' | 'running' | 'done' | 'failed' = 'idle';

  constructor(fn: () => T | PromiseLike<T>, options: OnceOptions = {}) {
    if (typeof fn !== 'function') throw new TypeError(`What is done once must be a function, got ${typeof fn}`);
    const { resetOnFailure = false, maxQueue = DEFAULT_MAX_QUEUE, timer = systemTimer } = options;
    if (!(maxQueue >= 0)) throw new RangeError(`maxQueue must be from 0, got ${maxQueue}`);
    this.#fn = fn;
    this.#resetOnFailure = resetOnFailure;
    this.#maxQueue = maxQueue;
    this.#timer = timer;
  }

  get state(): 'idle' | 'running' | 'done' | 'failed' {
    return this.#state;
  }

  /**
   * The result, for which the function runs when this is asked first. A signal or a timeout ends this caller's wait, not the
   * run, which others may wait for.
   */
  get(options: WaitOptions = NO_OPTIONS): Promise<T> {
    checkWait(options);
    if (options.signal?.aborted) return Promise.reject(options.signal.reason);
    const run = this.#run ?? this.#begin();
    if (this.#state !== 'running') return run;
    if (options.signal === undefined && options.timeoutMs === undefined) return run;
    if (this.#waiters.size >= this.#maxQueue) return Promise.reject(new QueueFullError('Once.get', this.#maxQueue));
    const waiter = new Waiter<T>();
    this.#waiters.push(waiter);
    waiter.heed(options, this.#timer, 'Once.get');
    return waiter.promise;
  }

  /** Forgets the result, so that the next who asks makes another. @throws TypeError while it runs */
  reset(): void {
    if (this.#state === 'running') throw new TypeError('A Once cannot be reset while it runs');
    this.#run = undefined;
    this.#state = 'idle';
  }

  #begin(): Promise<T> {
    this.#state = 'running';
    // A function that throws at once fails as one that rejects. A failure that nobody waits for is nobody's.
    const run = (async () => this.#fn())();
    this.#run = run;
    run.then(
      (value) => {
        this.#state = 'done';
        for (let waiter = this.#waiters.first; waiter !== undefined; waiter = this.#waiters.first) waiter.grant(value);
      },
      (reason) => {
        this.#state = this.#resetOnFailure ? 'idle' : 'failed';
        if (this.#resetOnFailure) this.#run = undefined;
        failAll(this.#waiters, reason);
      },
    );
    return run;
  }
}
