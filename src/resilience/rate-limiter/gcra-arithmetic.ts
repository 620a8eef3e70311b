/**
 * The generic cell rate algorithm in the arithmetic of the Redis module redis-cell: whole nanoseconds, as `CL.THROTTLE`
 * answers with. Nothing here keeps state: the theoretical arrival time goes in and comes out.
 *
 * Source: ITU-T I.371, annex A; the answers are those of redis-cell's own table of cases.
 */

/** What `CL.THROTTLE key maxBurst count period [quantity]` is told. */
export interface ThrottleQuota {
  /** Units at once beyond the first: an integer from 0. The limit is one more. */
  readonly maxBurst: bigint;
  /** Units in each period, from 1. */
  readonly count: bigint;
  /** Seconds, from 1. */
  readonly periodSeconds: bigint;
}

/** Times in nanoseconds. */
export interface ThrottleAnswer {
  readonly limited: boolean;
  readonly limit: bigint;
  readonly remaining: bigint;
  /** Until the same would be let through; −1 s when it was, or never will be. */
  readonly retryAfterNs: bigint;
  /** Until the whole limit is there again. */
  readonly resetAfterNs: bigint;
  /** What to keep: the new theoretical arrival time, or `undefined` to keep what there is. */
  readonly arrivalNs: bigint | undefined;
}

const SECOND_NS = 1_000_000_000n;
const MILLISECOND_NS = 1_000_000n;
const MICROSECOND_NS = 1000n;
const LEAST = -(2n ** 63n);
const MOST = 2n ** 63n - 1n;

/**
 * Asks for `quantity` units at `nowNs`; 0 only looks. O(1).
 *
 * @param arrivalNs what was kept, `undefined` for a key that is not there
 * @throws RangeError when a number is out of its range, or the quota needs more than 64 bits
 */
export function throttle(
  quota: ThrottleQuota,
  arrivalNs: bigint | undefined,
  nowNs: bigint,
  quantity = 1n,
): ThrottleAnswer {
  const { maxBurst, count, periodSeconds } = quota;
  atLeast('maxBurst', maxBurst, 0n);
  atLeast('count', count, 1n);
  atLeast('periodSeconds', periodSeconds, 1n);
  atLeast('quantity', quantity, 0n);
  const limit = maxBurst + 1n;
  // Through a double, as redis-cell divides: 3 in a second are 333 333 333 ns apart.
  const emissionNs = BigInt(Math.trunc(Number(periodSeconds * SECOND_NS) / Number(count)));
  const toleranceNs = inRange(emissionNs * limit);
  const incrementNs = inRange(emissionNs * quantity);
  const earlierNs = arrivalNs ?? nowNs;
  const newNs = inRange((nowNs > earlierNs ? nowNs : earlierNs) + incrementNs);
  const aheadNs = nowNs - (newNs - toleranceNs);
  const limited = aheadNs < 0n;
  const resetAfterNs = (limited ? earlierNs : newNs) - nowNs;
  return {
    limited,
    limit,
    remaining: left(toleranceNs - resetAfterNs, emissionNs),
    retryAfterNs: limited && incrementNs <= toleranceNs ? -aheadNs : -SECOND_NS,
    resetAfterNs,
    arrivalNs: limited ? undefined : newNs,
  };
}

/**
 * Nanoseconds as the seconds that `CL.THROTTLE` answers with: whole milliseconds beyond a second count as one more, so that
 * nobody asks too early.
 */
export function throttleSeconds(ns: bigint): bigint {
  return ns / SECOND_NS + ((ns % SECOND_NS) / MILLISECOND_NS > 0n ? 1n : 0n);
}

/** Whole units in what is left of the tolerance, by microseconds where the interval has any. */
function left(nextNs: bigint, emissionNs: bigint): bigint {
  if (nextNs <= -emissionNs) return 0n;
  const emissionUs = emissionNs / MICROSECOND_NS;
  if (emissionUs === 0n) return emissionNs === 0n ? 0n : nextNs / emissionNs;
  return BigInt(Math.trunc(Number(nextNs / MICROSECOND_NS) / Number(emissionUs)));
}

function atLeast(what: string, value: bigint, least: bigint): void {
  if (typeof value !== 'bigint') throw new TypeError(`${what} must be a bigint, got ${typeof value}`);
  if (value < least || value > MOST) throw new RangeError(`${what} must be from ${least} to 2^63 − 1, got ${value}`);
}

function inRange(ns: bigint): bigint {
  if (ns < LEAST || ns > MOST) throw new RangeError('The quota and the quantity need more than 64 bits of nanoseconds');
  return ns;
}
