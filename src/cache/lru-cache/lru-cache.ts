/** `LRUCache`: the most recently used entries, with the options and methods of the package `lru-cache`. */

import { ObjectCache } from '../cache/object-cache.js';
import type * as Types from '../cache/types.js';

/**
 * Keeps the most recently used entries, up to a number, a sum of sizes, or an age.
 *
 * All calls are O(1), but for those that say otherwise. Memory is taken as entries come, not for `max` at once.
 */
export class LRUCache<K, V, FC = unknown> extends ObjectCache<K, V, FC> {
  /** @throws TypeError when none of `max`, `maxSize` and `ttl` is given, or an option is not what it should be */
  constructor(options: Types.CacheOptions<K, V, FC>) {
    super(options);
  }

  get [Symbol.toStringTag](): string {
    return 'LRUCache';
  }
}

/** The types by the names that they have in the package. */
export declare namespace LRUCache {
  type Options<K, V, FC> = Types.CacheOptions<K, V, FC>;
  type GetOptions<K, V, _FC = unknown> = Types.GetOptions<K, V>;
  type PeekOptions<K, V, _FC = unknown> = Types.PeekOptions<K, V>;
  type HasOptions<K, V, _FC = unknown> = Types.HasOptions<K, V>;
  type SetOptions<K, V, _FC = unknown> = Types.SetOptions<K, V>;
  type FetchOptions<K, V, FC = unknown> = Types.FetchOptions<K, V, FC>;
  type FetcherFetchOptions<K, V, _FC = unknown> = Types.FetcherFetchOptions<K, V>;
  type FetcherOptions<K, V, FC = unknown> = Types.FetcherOptions<K, V, FC>;
  type Fetcher<K, V, FC = unknown> = Types.Fetcher<K, V, FC>;
  type MemoOptions<K, V, FC = unknown> = Types.MemoOptions<K, V, FC>;
  type MemoizerMemoOptions<K, V, _FC = unknown> = Types.MemoizerMemoOptions<K, V>;
  type MemoizerOptions<K, V, FC = unknown> = Types.MemoizerOptions<K, V, FC>;
  type Memoizer<K, V, FC = unknown> = Types.Memoizer<K, V, FC>;
  type Disposer<K, V> = Types.Disposer<K, V>;
  type DisposeReason = Types.DisposeReason;
  type Inserter<K, V> = Types.Inserter<K, V>;
  type InsertReason = Types.InsertReason;
  type SizeCalculator<K, V> = Types.SizeCalculator<K, V>;
  type Status<K, V> = Types.Status<K, V>;
  type Entry<V> = Types.Entry<V>;
  type Size = number;
  type Count = number;
  type Milliseconds = number;
}
