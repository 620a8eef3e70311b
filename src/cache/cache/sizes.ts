/** What an entry counts, where sizes are counted. */

import { isPositiveInteger } from './settings.js';
import type { SizeCalculator } from './types.js';

/** @throws TypeError when neither the size that was given nor the one that is calculated is a positive integer */
export function sizeOf<K, V>(
  key: K,
  value: V,
  given: number | undefined,
  calculate: SizeCalculator<K, V> | undefined,
): number {
  if (isPositiveInteger(given)) return given;
  if (typeof calculate !== 'function') {
    throw new TypeError(`size must be a positive integer where there is no sizeCalculation, got ${given}`);
  }
  const size = calculate(value, key);
  if (!isPositiveInteger(size)) {
    throw new TypeError(`sizeCalculation must return a positive integer, got ${size}`);
  }
  return size;
}

/** @throws TypeError when a size is given to a cache that counts none */
export function checkUnsized(size: number | undefined, calculate: unknown): 0 {
  if (size || calculate !== undefined) throw new TypeError('A size needs a cache with maxSize or maxEntrySize');
  return 0;
}
