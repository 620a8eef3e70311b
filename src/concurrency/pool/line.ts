/** Who waits for something to be lent: by priority and then in order, each until a signal or a timeout. */

import { PriorityList } from '../../base/priority-list.js';
import { QueueFullError } from '../../base/wait-errors.js';
import { Waiter } from '../../base/waiter.js';
import type { Times } from '../worker-pool/times.js';
import { Deadlines } from './deadlines.js';
import type { Lease } from './entry.js';
import type { Settings } from './options.js';
import type { AcquireOptions } from './types.js';

class LeaseWaiter<T> extends Waiter<Lease<T>> {
  sinceMs = 0;
}

export class Line<T> {
  readonly #settings: Settings<T>;
  readonly #times: Times | undefined;
  readonly #left: () => void;
  readonly #waiters = new PriorityList<LeaseWaiter<T>>();
  /** Of waits that were not told how long to be. */
  readonly #deadlines: Deadlines<Lease<T>> | undefined;
  readonly #what: string;
  /** Waits that ended with what was waited for, in vain, and before they began. */
  readonly counts = { waited: 0, givenUp: 0, refused: 0 };

  /** @param left told when somebody has given up */
  constructor(settings: Settings<T>, times: Times | undefined, left: () => void) {
    const { acquireTimeoutMs, name, clock, timer } = settings;
    this.#settings = settings;
    this.#times = times;
    this.#left = left;
    this.#what = `${name}: acquire`;
    this.#deadlines =
      acquireTimeoutMs === Number.POSITIVE_INFINITY
        ? undefined
        : new Deadlines(acquireTimeoutMs, this.#what, clock, timer, this.#onGivenUp);
  }

  get size(): number {
    return this.#waiters.size;
  }

  /** Waits. @returns a promise that rejects with `signal.reason`, `TimeoutError` or `QueueFullError` */
  wait(options: AcquireOptions): Promise<Lease<T>> {
    const { maxWaiting, timer, clock, name } = this.#settings;
    if (this.#waiters.size >= maxWaiting) {
      this.counts.refused++;
      return Promise.reject(new QueueFullError(name, maxWaiting));
    }
    const waiter = new LeaseWaiter<T>();
    if (this.#times !== undefined) waiter.sinceMs = clock.monotonic();
    this.#waiters.push(waiter, options.priority ?? 0);
    const { signal, timeoutMs } = options;
    if (signal !== undefined || timeoutMs !== undefined) {
      waiter.heed({ signal, timeoutMs }, timer, this.#what, this.#onGivenUp);
    }
    if (timeoutMs === undefined) this.#deadlines?.add(waiter);
    return waiter.promise;
  }

  /** Gives the first what it waits for. Somebody must wait. */
  grant(lease: Lease<T>): void {
    const waiter = this.#waiters.first as LeaseWaiter<T>;
    this.counts.waited++;
    this.#times?.record(this.#settings.clock.monotonic() - waiter.sinceMs);
    waiter.grant(lease);
    this.#ended();
  }

  failAll(error: unknown): void {
    for (const waiter of this.#waiters) waiter.fail(error);
    this.#ended();
  }

  readonly #onGivenUp = (): void => {
    this.counts.givenUp++;
    this.#ended();
    this.#left();
  };

  #ended(): void {
    if (this.#waiters.size === 0) this.#deadlines?.clear();
  }
}
