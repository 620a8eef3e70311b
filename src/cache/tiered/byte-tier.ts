/** `byteTier`: a `ByteCache` as a tier; in a shared arena, one for all threads. */

import type { Tier } from './tier.js';

/** What is used of a `ByteCache`. */
export interface ByteCacheLike {
  getString(key: string): string | undefined;
  set(key: string, value: string, options?: { ttl?: number }): boolean;
  delete(key: string): boolean;
  clear(): void;
}

export interface ByteTierOptions {
  readonly cache: ByteCacheLike;
  /** Before each key, where several caches share one `ByteCache`. Then there is no `clear()`. Default none. */
  readonly prefix?: string | undefined;
  /** Default `'memory'`. */
  readonly name?: string | undefined;
}

/** Answers at once, without a promise. @throws TypeError */
export function byteTier({ cache, prefix = '', name = 'memory' }: ByteTierOptions): Tier {
  if (typeof cache?.getString !== 'function') throw new TypeError('cache must be a ByteCache');
  return {
    name,
    get: (key) => cache.getString(prefix + key),
    getMany: (keys) => keys.map((key) => cache.getString(prefix + key)),
    set: (key, text, ttlMs) => cache.set(prefix + key, text, { ttl: ttlMs === Number.POSITIVE_INFINITY ? 0 : ttlMs }),
    delete: (keys) => {
      for (const key of keys) cache.delete(prefix + key);
    },
    ...(prefix === '' ? { clear: () => cache.clear() } : {}),
  };
}
