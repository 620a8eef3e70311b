/** `InFlight`: what is under way, so that an end can wait for it. */

import { LinkedList } from '../../base/linked-list.js';
import { ClosedError, DoubleReleaseError } from '../../base/wait-errors.js';
import { checkWait, Waiter, type WaitOptions } from '../../base/waiter.js';
import { systemTimer, type Timer } from '../../ports/timer.js';

const NO_OPTIONS: WaitOptions = Object.freeze({});

/** Something that has begun. */
export class Passage {
  #leave: (() => void) | undefined;

  /** @internal */
  constructor(leave: () => void) {
    this.#leave = leave;
  }

  /** It has ended. @throws DoubleReleaseError the second time */
  leave(): void {
    const leave = this.#leave;
    if (leave === undefined) throw new DoubleReleaseError('A passage');
    this.#leave = undefined;
    leave();
  }

  [Symbol.dispose](): void {
    if (this.#leave !== undefined) this.leave();
  }
}

export class InFlight {
  readonly #timer: Timer;
  readonly #waiters = new LinkedList<Waiter<void>>();
  #count = 0;
  #closed: ClosedError | undefined = undefined;

  constructor(options: { timer?: Timer } = {}) {
    this.#timer = options.timer ?? systemTimer;
  }

  /** How much is under way. */
  get count(): number {
    return this.#count;
  }

  get closed(): boolean {
    return this.#closed !== undefined;
  }

  /** Something begins; `leave()` it once. O(1). @throws ClosedError when nothing may begin any more */
  enter(): Passage {
    if (this.#closed !== undefined) throw this.#closed;
    this.#count++;
    return new Passage(this.#onLeave);
  }

  /** Runs a function that counts as under way until it ends. Rejects with `ClosedError`, and as the function. */
  async track<R>(fn: () => R | PromiseLike<R>): Promise<R> {
    const passage = this.enter();
    try {
      return await fn();
    } finally {
      passage.leave();
    }
  }

  /** Lets nothing begin any more. Idempotent. */
  close(): void {
    this.#closed ??= new ClosedError('What is going to end');
  }

  /** Waits until nothing is under way. Rejects with `signal.reason` or `TimeoutError`; nothing is cut off then. */
  drained(options: WaitOptions = NO_OPTIONS): Promise<void> {
    checkWait(options);
    if (options.signal?.aborted) return Promise.reject(options.signal.reason);
    if (this.#count === 0) return Promise.resolve();
    const waiter = new Waiter<void>();
    this.#waiters.push(waiter);
    waiter.heed(options, this.#timer, 'InFlight.drained');
    return waiter.promise;
  }

  readonly #onLeave = (): void => {
    this.#count--;
    if (this.#count > 0) return;
    for (let waiter = this.#waiters.first; waiter !== undefined; waiter = this.#waiters.first) waiter.grant();
  };
}
