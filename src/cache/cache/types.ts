/** Options, results and callbacks of the caches: the names and meanings of the package `lru-cache`, version 11. */

import type { Clock } from '../../ports/clock.js';
import type { Timer } from '../../ports/timer.js';

/**
 * Why a value left: it had to make room (`evict`), was replaced (`set`), deleted or cleared (`delete`), had outlived its
 * time (`expire`), or the fetch that was to renew it failed or found nothing (`fetch`).
 */
export type DisposeReason = 'evict' | 'set' | 'delete' | 'expire' | 'fetch';
/** A key that was not there (`add`), the same value again (`update`), another value (`replace`). */
export type InsertReason = 'add' | 'update' | 'replace';

export type Disposer<K, V> = (value: V, key: K, reason: DisposeReason) => void;
export type Inserter<K, V> = (value: V, key: K, reason: InsertReason) => void;
/** The size of an entry, in any unit; a positive integer. */
export type SizeCalculator<K, V> = (value: V, key: K) => number;

/** Loads what `fetch` did not find. What is changed in `options` holds for storing the result. */
export type Fetcher<K, V, FC = unknown> = (
  key: K,
  staleValue: V | undefined,
  options: FetcherOptions<K, V, FC>,
  // biome-ignore lint/suspicious/noConfusingVoidType: a fetch method that returns nothing is one that found nothing.
) => Promise<V | undefined | void> | V | undefined | void;

export interface FetcherOptions<K, V, FC = unknown> {
  /** Aborted when the result is of no use any more. */
  readonly signal: AbortSignal;
  readonly options: FetcherFetchOptions<K, V>;
  readonly context: FC;
}

/** Computes what `memo` did not find. */
export type Memoizer<K, V, FC = unknown> = (key: K, staleValue: V | undefined, options: MemoizerOptions<K, V, FC>) => V;

export interface MemoizerOptions<K, V, FC = unknown> {
  readonly options: MemoizerMemoOptions<K, V>;
  readonly context: FC;
}

/** Options of reading. */
export interface GetOptions<K, V> {
  /** Gives a stale value once more before it goes. Default false. */
  allowStale?: boolean | undefined;
  /** Lets the time to live begin again. Default false. */
  updateAgeOnGet?: boolean | undefined;
  /** Leaves a stale entry where it is. Default false. */
  noDeleteOnStaleGet?: boolean | undefined;
  status?: Status<K, V> | undefined;
}

export interface PeekOptions<K, V> {
  allowStale?: boolean | undefined;
  status?: Status<K, V> | undefined;
}

export interface HasOptions<K, V> {
  /** Lets the time to live begin again. Default false. */
  updateAgeOnHas?: boolean | undefined;
  status?: Status<K, V> | undefined;
}

/** Options of writing. */
export interface SetOptions<K, V> {
  /** Milliseconds; 0 is for ever. Default: the cache's. */
  ttl?: number | undefined;
  /** The moment from which the time to live counts, by the cache's monotonic clock. Default now. */
  start?: number | undefined;
  /** The entry's size, where the cache counts sizes. Default: what `sizeCalculation` says. */
  size?: number | undefined;
  sizeCalculation?: SizeCalculator<K, V> | undefined;
  /** Does not dispose of a value that is replaced. Default false. */
  noDisposeOnSet?: boolean | undefined;
  /** Leaves the time to live of an entry that is there as it is. Default false. */
  noUpdateTTL?: boolean | undefined;
  status?: Status<K, V> | undefined;
}

/** What a fetch method may change, and `fetch` be given. */
export interface FetcherFetchOptions<K, V>
  extends GetOptions<K, V>,
    Pick<SetOptions<K, V>, 'ttl' | 'size' | 'sizeCalculation' | 'noDisposeOnSet' | 'noUpdateTTL'> {
  /** A fetch that fails leaves the stale value in the cache. Default false. */
  noDeleteOnFetchRejection?: boolean | undefined;
  /** A fetch that fails gives the stale value, or undefined, instead of its error. Default false. */
  allowStaleOnFetchRejection?: boolean | undefined;
  /** A fetch that was aborted goes on and its result is stored. Default false. */
  ignoreFetchAbort?: boolean | undefined;
  /** A fetch that was aborted gives the stale value, or undefined, at once. Default false. */
  allowStaleOnFetchAbort?: boolean | undefined;
}

export interface FetchOptions<K, V, FC = unknown> extends FetcherFetchOptions<K, V> {
  /** Loads again what is not stale. Default false. */
  forceRefresh?: boolean | undefined;
  /** Handed to the fetch method. */
  context?: FC | undefined;
  /** Ends the wait with `signal.reason`; the signal of the call that began the fetch aborts the fetch. */
  signal?: AbortSignal | undefined;
}

export interface MemoizerMemoOptions<K, V>
  extends GetOptions<K, V>,
    Pick<SetOptions<K, V>, 'ttl' | 'size' | 'start' | 'sizeCalculation' | 'noDisposeOnSet' | 'noUpdateTTL'> {}

export interface MemoOptions<K, V, FC = unknown> extends MemoizerMemoOptions<K, V> {
  /** Computes again what is there. Default false. */
  forceRefresh?: boolean | undefined;
  /** Handed to the memo method. */
  context?: FC | undefined;
}

/** Options of a call whose context must be given where its type says so. */
export type ContextArguments<FC, O> = unknown extends FC
  ? [options?: O]
  : FC extends undefined
    ? [options?: O]
    : [options: O & { context: FC }];

/** How a cache is made. At least one of `max`, `maxSize` and `ttl` must be given. */
export interface CacheOptions<K, V, FC = unknown> {
  /** Entries at most, up to 8,388,608. Default 0: that many, or as many as `maxSize` has room for. */
  max?: number | undefined;
  /** The sum of sizes at most. Default 0: sizes are not counted. */
  maxSize?: number | undefined;
  /** A larger entry is not stored. Default `maxSize`. */
  maxEntrySize?: number | undefined;
  sizeCalculation?: SizeCalculator<K, V> | undefined;
  /** What an entry counts while it is fetched for the first time. Default 1. */
  backgroundFetchSize?: number | undefined;
  /** Milliseconds until an entry is stale. Default 0: never. */
  ttl?: number | undefined;
  /** Milliseconds for which the time is not read again. Default 1; 0 reads it always. */
  ttlResolution?: number | undefined;
  /** Ends stale entries as they become stale, by one timer. Default false: when they are met. */
  ttlAutopurge?: boolean | undefined;
  updateAgeOnGet?: boolean | undefined;
  updateAgeOnHas?: boolean | undefined;
  allowStale?: boolean | undefined;
  noDeleteOnStaleGet?: boolean | undefined;
  /** Told of each value that leaves, as it leaves: the entry is gone already. */
  dispose?: Disposer<K, V> | undefined;
  /** The same, when all that the call had to do is done. */
  disposeAfter?: Disposer<K, V> | undefined;
  /** Told of each value that is stored. */
  onInsert?: Inserter<K, V> | undefined;
  noDisposeOnSet?: boolean | undefined;
  noUpdateTTL?: boolean | undefined;
  fetchMethod?: Fetcher<K, V, FC> | undefined;
  memoMethod?: Memoizer<K, V, FC> | undefined;
  noDeleteOnFetchRejection?: boolean | undefined;
  allowStaleOnFetchRejection?: boolean | undefined;
  allowStaleOnFetchAbort?: boolean | undefined;
  ignoreFetchAbort?: boolean | undefined;
  /** Where the time comes from. Default the platform's clock: times to live count by its monotonic time. */
  clock?: Clock | undefined;
  /** The time that times to live count by, for whoever comes from `lru-cache`; before `clock`. */
  perf?: { now(): number } | undefined;
  /** Default the platform's. */
  timer?: Timer | undefined;
}

/** An entry as `info` shows it and `dump` writes it. */
export interface Entry<V> {
  value: V;
  /** Of `dump`: the time to live; of `info`: what is left of it. Milliseconds. */
  ttl?: number;
  size?: number;
  /** Milliseconds since the Unix epoch from which `ttl` counts. */
  start?: number;
}

/** What has happened since the cache was made. */
export interface CacheStats {
  readonly size: number;
  readonly calculatedSize: number;
  /** Reads by `get`, `fetch` and `memo` that found a value that was not stale. */
  readonly hits: number;
  readonly misses: number;
  /** hits / (hits + misses); 0 before the first. */
  readonly hitRatio: number;
  /** Entries that were made, those of fetches among them. */
  readonly additions: number;
  readonly evictions: number;
  readonly expirations: number;
}

/** An object that a call was given to tell what it did. Only what applies is set. */
export interface Status<K, V> {
  op?: 'get' | 'set' | 'memo' | 'fetch' | 'has' | 'peek';
  cache?: unknown;
  key?: K;
  value?: V;
  oldValue?: V;
  set?: InsertReason | 'miss' | 'deleted';
  get?: 'stale' | 'hit' | 'miss' | 'fetching' | 'stale-fetching';
  has?: 'hit' | 'stale' | 'miss';
  peek?: 'hit' | 'miss' | 'stale';
  memo?: 'hit' | 'miss';
  fetch?: 'get' | 'inflight' | 'miss' | 'hit' | 'stale' | 'refresh';
  context?: unknown;
  forceRefresh?: boolean;
  ttl?: number;
  start?: number;
  now?: number;
  remainingTTL?: number;
  entrySize?: number;
  totalCalculatedSize?: number;
  maxEntrySizeExceeded?: true;
  returnedStale?: true;
  fetchDispatched?: true;
  fetchUpdated?: true;
  fetchError?: unknown;
  fetchAborted?: true;
  fetchAbortIgnored?: true;
  fetchResolved?: true;
  fetchRejected?: true;
}
