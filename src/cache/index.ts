/** `ashlar/cache`: everything of this shelf. Each room also has an import path of its own. */

export {
  Cache,
  type CacheOptions,
  type CacheStats,
  type DisposeReason,
  type Disposer,
  type Entry,
  FetchEndedError,
  type Fetcher,
  type FetcherFetchOptions,
  type FetcherOptions,
  type FetchOptions,
  type GetOptions,
  type HasOptions,
  type Inserter,
  type InsertReason,
  type Memoizer,
  type MemoizerMemoOptions,
  type MemoizerOptions,
  type MemoOptions,
  type PeekOptions,
  type PolicyCacheOptions,
  type PolicyName,
  type SetOptions,
  type SizeCalculator,
  type Status,
} from './cache/index.js';
export { LFUCache, type LFUCacheOptions } from './lfu-cache/index.js';
export { LRUCache } from './lru-cache/index.js';
export { type Memo, type Memoized, type MemoizeOptions, type MemoStats, memoize, memoOf } from './memoize/index.js';
export {
  TTLCache,
  type TTLCacheOptions,
  type TTLCacheStats,
  type TTLDisposeReason,
  type TTLGetOptions,
  type TTLHasOptions,
  type TTLSetOptions,
} from './ttl-cache/index.js';
