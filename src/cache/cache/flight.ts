/** A fetch that is under way. It stands in the cache in the place of the value that it is to bring. */

import { AshlarError } from '../../../bindings/errors.js';

export class Flight<V> {
  readonly controller = new AbortController();
  /** What is there until the fetch is done. */
  readonly stale: V | undefined;
  promise: Promise<V | undefined> = Promise.resolve(undefined);
  /** Whether someone was given the promise, and so will see its rejection. */
  awaited = false;

  constructor(stale: V | undefined) {
    this.stale = stale;
  }

  abort(why: FetchEnd): void {
    this.controller.abort(new FetchEndedError(why));
  }
}

export type FetchEnd = 'replaced' | 'evicted' | 'deleted';

/** What an unfinished fetch rejects with when its entry was set, evicted or deleted. */
export class FetchEndedError extends AshlarError {
  readonly reason: FetchEnd;

  constructor(reason: FetchEnd) {
    super('CACHE_FETCH_ENDED', reason);
    this.reason = reason;
  }
}
