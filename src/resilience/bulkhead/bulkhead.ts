/**
 * A bulkhead: how many calls may be out at once, and how many may wait for that. What is slow then fills its own
 * compartment, and not the ship.
 *
 * It is a semaphore: a call that finds room begins at once, and the room of one that ends goes to who waits longest, the
 * highest priority first.
 */

import { AshlarError } from '../../../bindings/errors.js';
import { Events, type Listener } from '../../base/events.js';
import { QueueFullError, TimeoutError } from '../../base/wait-errors.js';
import type { Permit } from '../../concurrency/semaphore/index.js';
import { Semaphore } from '../../concurrency/semaphore/index.js';
import { systemTimer, type Timer } from '../../ports/timer.js';
import type { Call } from '../policy/call.js';
import { checkDelayOrNever, checkInteger } from '../policy/check.js';
import { type Next, Policy } from '../policy/policy.js';

/** No room, and no place in the queue, or none in time. */
export class BulkheadFullError extends AshlarError {
  readonly limit: number;
  readonly maxQueue: number;

  constructor(limit: number, maxQueue: number, options?: ErrorOptions) {
    super('BULKHEAD_FULL', `The bulkhead is full: ${limit} calls are out, and at most ${maxQueue} may wait`, options);
    this.limit = limit;
    this.maxQueue = maxQueue;
  }
}

export interface BulkheadOptions {
  /** Calls that may be out at once, an integer from 1. */
  limit: number;
  /** Calls that may wait, an integer from 0. Default 0: without room a call is refused at once. */
  maxQueue?: number;
  /** How long a call may wait. Default `Infinity`. */
  maxWaitMs?: number;
  timer?: Timer;
}

export interface BulkheadEvents {
  rejected: BulkheadFullError;
}

/** A policy that bounds how many calls are out. @throws TypeError, RangeError when an option cannot be */
export function bulkhead(options: number | BulkheadOptions): Bulkhead {
  return new Bulkhead(options);
}

export class Bulkhead extends Policy {
  readonly #semaphore: Semaphore;
  readonly #limit: number;
  readonly #maxQueue: number;
  readonly #maxWaitMs: number;
  readonly #events = new Events<BulkheadEvents>();

  constructor(given: number | BulkheadOptions) {
    super();
    const options: BulkheadOptions = typeof given === 'number' ? { limit: given } : given;
    const { limit, maxQueue = 0, maxWaitMs = Number.POSITIVE_INFINITY, timer = systemTimer } = options;
    checkInteger('limit', limit, 1);
    checkInteger('maxQueue', maxQueue, 0);
    checkDelayOrNever('maxWaitMs', maxWaitMs);
    this.#semaphore = new Semaphore(limit, { maxQueue, timer });
    this.#limit = limit;
    this.#maxQueue = maxQueue;
    this.#maxWaitMs = maxWaitMs;
  }

  /** Adds a listener to an event; what comes back removes it. */
  on<K extends keyof BulkheadEvents>(event: K, listener: Listener<BulkheadEvents[K]>): () => void {
    return this.#events.on(event, listener);
  }

  /** Calls that are out. */
  get active(): number {
    return this.#limit - this.#semaphore.available;
  }

  /** Calls that wait. */
  get waiting(): number {
    return this.#semaphore.waiting;
  }

  async run<R>(next: Next<R>, call: Call): Promise<R> {
    const permit = this.#semaphore.tryAcquire() ?? (await this.#wait(call));
    try {
      return await next(call);
    } finally {
      permit.release();
    }
  }

  async #wait(call: Call): Promise<Permit> {
    try {
      return await this.#semaphore.acquire(1, {
        signal: call.abortable ? call.signal : undefined,
        priority: call.priority,
        timeoutMs: this.#maxWaitMs,
      });
    } catch (cause) {
      if (call.aborted || !(cause instanceof QueueFullError || cause instanceof TimeoutError)) throw cause;
      const error = new BulkheadFullError(this.#limit, this.#maxQueue, { cause });
      if (this.#events.active) this.#events.emit('rejected', error);
      throw error;
    }
  }
}
