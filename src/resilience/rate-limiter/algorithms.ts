/** The limits one can set, and what each comes to in the terms that all implementations share. */

import {
  FIXED_WINDOW,
  GCRA,
  LEAKY_BUCKET,
  LEAKY_QUEUE,
  SLIDING_COUNTER,
  SLIDING_LOG,
  TOKEN_BUCKET,
} from '../../../bindings/kernels/resilience/rate-limiter.js';
import { checkInteger } from '../../../bindings/sketch.js';

export interface TokenBucketLimit {
  /** Tokens there are at most, and at first: an integer from 1. */
  capacity: number;
  /** Tokens that come back in each interval, evenly: above 0. */
  refill: number;
  /** Milliseconds. Default 1000. */
  intervalMs?: number;
}

export interface LeakyBucketLimit {
  /** Units the bucket holds: an integer from 1. */
  capacity: number;
  /** Units that leak out in each interval, evenly: above 0. */
  leak: number;
  /** Milliseconds. Default 1000. */
  intervalMs?: number;
  /**
   * `'meter'`: what fits is let through at once, and the rest refused. `'queue'`: units leave one after the other at the rate
   * of the leak; `acquire` waits its turn, and is refused when the bucket, which is the queue, is full. Default `'meter'`.
   */
  as?: 'meter' | 'queue';
}

export interface WindowLimit {
  /** Units in each window: an integer from 1. */
  limit: number;
  /** Milliseconds: above 0. */
  windowMs: number;
}

export interface GcraLimit {
  /** Units in each period: an integer from 1. */
  limit: number;
  /** Milliseconds: above 0. */
  periodMs: number;
  /** Units at once: an integer from 1. Default `limit`. redis-cell's max_burst is one less. */
  burst?: number;
}

/** A limit, by any of the six algorithms. */
export type RateLimit =
  | ({ algorithm: 'token-bucket' } & TokenBucketLimit)
  | ({ algorithm: 'leaky-bucket' } & LeakyBucketLimit)
  | ({ algorithm: 'fixed-window' | 'sliding-window-log' | 'sliding-window-counter' } & WindowLimit)
  | ({ algorithm: 'gcra' } & GcraLimit);

/** A limit in numbers. */
export interface ResolvedLimit {
  /** The kernel's number of the algorithm. */
  readonly algorithm: number;
  /** Units there are at most. */
  readonly limit: number;
  /** Units a millisecond that come back; 0 for windows. */
  readonly rate: number;
  /** Milliseconds: of the window, or between two units. */
  readonly period: number;
  /** Milliseconds in which `limit` units come back from none: what a policy is stated by. */
  readonly windowMs: number;
}

/** Most units, but of a log. */
const MOST_UNITS = 0xffff_ffff;
/** Most moments that a log keeps for each key. */
const MOST_LOGGED = 1_000_000;
/** A hundred years. */
const MOST_MS = 3_155_760_000_000;

/** @throws TypeError, RangeError for what is no limit */
export function resolveLimit(options: RateLimit): ResolvedLimit {
  const { algorithm } = options;
  switch (algorithm) {
    case 'token-bucket':
      return bucket(TOKEN_BUCKET, options.capacity, options.refill, 'refill', options.intervalMs);
    case 'leaky-bucket':
      return bucket(leakyBucket(options.as ?? 'meter'), options.capacity, options.leak, 'leak', options.intervalMs);
    case 'fixed-window':
      return windowed(FIXED_WINDOW, options, MOST_UNITS);
    case 'sliding-window-counter':
      return windowed(SLIDING_COUNTER, options, MOST_UNITS);
    case 'sliding-window-log':
      return windowed(SLIDING_LOG, options, MOST_LOGGED);
    case 'gcra':
      return cellRate(options);
    default:
      throw new RangeError(
        `algorithm must be token-bucket, leaky-bucket, fixed-window, sliding-window-log, sliding-window-counter or gcra, got ${String(algorithm)}`,
      );
  }
}

function leakyBucket(as: unknown): number {
  if (as !== 'meter' && as !== 'queue') throw new RangeError(`as must be 'meter' or 'queue', got ${String(as)}`);
  return as === 'meter' ? LEAKY_BUCKET : LEAKY_QUEUE;
}

function bucket(
  algorithm: number,
  capacity: number,
  units: number,
  what: string,
  intervalMs: number = 1000,
): ResolvedLimit {
  checkInteger(capacity, 'capacity', 1, MOST_UNITS);
  checkPositive(units, what, MOST_UNITS);
  checkPositive(intervalMs, 'intervalMs', MOST_MS);
  const rate = units / intervalMs;
  const windowMs = capacity / rate;
  if (!(windowMs <= 1000 * MOST_MS))
    throw new RangeError(`A bucket must fill within 100 000 years, not in ${windowMs} ms`);
  return { algorithm, limit: capacity, rate, period: intervalMs / units, windowMs };
}

function windowed(algorithm: number, { limit, windowMs }: WindowLimit, most: number): ResolvedLimit {
  checkInteger(limit, 'limit', 1, most);
  checkPositive(windowMs, 'windowMs', MOST_MS);
  return { algorithm, limit, rate: 0, period: windowMs, windowMs };
}

function cellRate({ limit, periodMs, burst = limit }: GcraLimit): ResolvedLimit {
  checkInteger(limit, 'limit', 1, MOST_UNITS);
  checkPositive(periodMs, 'periodMs', MOST_MS);
  checkInteger(burst, 'burst', 1, MOST_UNITS);
  const interval = periodMs / limit;
  return { algorithm: GCRA, limit: burst, rate: 1 / interval, period: interval, windowMs: burst * interval };
}

/** An option above 0 that may be a fraction. @throws TypeError, RangeError */
export function checkPositive(value: unknown, what: string, most = MOST_MS): asserts value is number {
  if (typeof value !== 'number') throw new TypeError(`${what} must be a number, got ${typeof value}`);
  if (!(value > 0 && value <= most)) throw new RangeError(`${what} must be above 0 and at most ${most}, got ${value}`);
}

/** How long a key is blocked: `Infinity` until it is deleted. @throws TypeError, RangeError */
export function checkBlock(ms: unknown): asserts ms is number {
  if (ms !== Number.POSITIVE_INFINITY) checkPositive(ms, 'The milliseconds of a block');
}

/** Units that are asked for: an integer from 0. @throws TypeError, RangeError */
export function checkCost(cost: unknown): asserts cost is number {
  checkInteger(cost, 'cost', 0, MOST_UNITS);
}
