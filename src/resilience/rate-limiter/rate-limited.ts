/** `rateLimited`: a function that a rate limiter stands before. */

import { AshlarError } from '../../../bindings/errors.js';
import type { WaitOptions } from '../../base/waiter.js';
import type { AnyRateLimiter, RateLimitKey, RateLimitResult } from './contract.js';

/** The limiter refused: nothing was called. */
export class RateLimitedError extends AshlarError {
  /** What the limiter answered. */
  readonly result: RateLimitResult;
  /** Milliseconds until it would be let through. */
  readonly retryAfterMs: number;

  constructor(result: RateLimitResult) {
    super('RATE_LIMITED', `The rate limit of ${result.limit} is used up for ${result.retryAfterMs} ms`);
    this.result = result;
    this.retryAfterMs = result.retryAfterMs;
  }
}

export interface RateLimitedOptions<Args extends unknown[]> extends WaitOptions {
  /** Whose limit it is. Default one key for all calls. */
  key?: RateLimitKey | ((...args: Args) => RateLimitKey);
  /** Units of a call. Default 1. */
  cost?: number | ((...args: Args) => number);
  /** Whether calls wait for their turn, by `acquire` with `signal` and `timeoutMs`; otherwise they are refused. Default false. */
  wait?: boolean;
}

/**
 * The function as it is, called when the limiter lets it through, with its `this` and its arguments.
 * `@((method) => rateLimited(limiter, method))` decorates a method.
 *
 * @returns a function whose promise rejects with `RateLimitedError`, or as `acquire` does, or as the function
 */
export function rateLimited<This, Args extends unknown[], R>(
  limiter: AnyRateLimiter,
  fn: (this: This, ...args: Args) => R | PromiseLike<R>,
  options: RateLimitedOptions<Args> = {},
): (this: This, ...args: Args) => Promise<R> {
  const { key = '', cost = 1, wait = false, signal, timeoutMs } = options;
  if (typeof limiter?.consume !== 'function') throw new TypeError('limiter must be a rate limiter');
  if (typeof fn !== 'function') throw new TypeError(`What is limited must be a function, got ${typeof fn}`);
  return async function (this: This, ...args: Args): Promise<R> {
    const who = typeof key === 'function' ? key(...args) : key;
    const units = typeof cost === 'function' ? cost(...args) : cost;
    if (wait) await limiter.acquire(who, units, { signal, timeoutMs });
    else {
      const result = await limiter.consume(who, units);
      if (!result.allowed) throw new RateLimitedError(result);
    }
    return fn.apply(this, args);
  };
}
