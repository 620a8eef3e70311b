/** `LFUCache`: the most frequently used entries, and among equals the most recently used. */

import { ObjectCache } from '../cache/object-cache.js';
import { MOST_ENTRIES } from '../cache/settings.js';
import type { CacheOptions } from '../cache/types.js';
import { LfuPolicy } from '../policies/lfu.js';

export interface LFUCacheOptions<K, V, FC = unknown> extends CacheOptions<K, V, FC> {
  /**
   * Halves every frequency after so many insertions and accesses, so that what was popular once makes way. An integer
   * from 1; ten times the number of entries is a sensible least, because halving is O(entries). Default: never.
   */
  readonly ageAfter?: number | undefined;
}

/** Options and methods are those of `LRUCache`; every call is O(1), but for ageing and those that say otherwise. */
export class LFUCache<K, V, FC = unknown> extends ObjectCache<K, V, FC> {
  /** @throws RangeError when `ageAfter` is no integer from 1; TypeError as `LRUCache` */
  constructor(options: LFUCacheOptions<K, V, FC>) {
    const { max = 0, maxSize = 0, ageAfter } = options;
    const capacity = max || maxSize || MOST_ENTRIES;
    super(options, new LfuPolicy<K>({ capacity, ...(ageAfter === undefined ? {} : { ageAfter }) }));
  }

  get [Symbol.toStringTag](): string {
    return 'LFUCache';
  }
}
