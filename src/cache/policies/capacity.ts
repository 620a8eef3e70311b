/** The capacity that a policy is given. */

import type { PolicyOptions } from './policy.js';

/**
 * A finite capacity: one without a bound counts as 2^53 − 1, so that shares of it are numbers.
 *
 * @throws RangeError when it is below 1
 */
export function capacityOf(options: PolicyOptions): number {
  const { capacity } = options;
  if (typeof capacity !== 'number' || !(capacity >= 1)) {
    throw new RangeError(`capacity must be a number of at least 1, got ${String(capacity)}`);
  }
  return Math.min(capacity, Number.MAX_SAFE_INTEGER);
}
