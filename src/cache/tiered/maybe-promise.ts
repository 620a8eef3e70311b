/** What may be there at once: tiers in memory answer without a promise, and whoever reads them waits for none. */

import { isPromiseLike } from '../../base/promise-like.js';

export type MaybePromise<T> = T | PromiseLike<T>;

/** Goes on with the value, now or when it is there. */
export function andThen<T, R>(value: MaybePromise<T>, next: (value: T) => MaybePromise<R>): MaybePromise<R> {
  return isPromiseLike(value) ? value.then(next) : next(value);
}
