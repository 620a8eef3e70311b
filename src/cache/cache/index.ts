/** `ashlar/cache/cache`: entries in one process, ended by the policy of one's choice. */
export type { PolicyName } from '../policies/policy.js';
export { Cache, type PolicyCacheOptions } from './cache.js';
export { FetchEndedError } from './flight.js';
export type {
  CacheOptions,
  CacheStats,
  DisposeReason,
  Disposer,
  Entry,
  Fetcher,
  FetcherFetchOptions,
  FetcherOptions,
  FetchOptions,
  GetOptions,
  HasOptions,
  Inserter,
  InsertReason,
  Memoizer,
  MemoizerMemoOptions,
  MemoizerOptions,
  MemoOptions,
  PeekOptions,
  SetOptions,
  SizeCalculator,
  Status,
} from './types.js';
