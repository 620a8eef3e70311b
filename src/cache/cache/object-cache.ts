/** What all caches of keys and values can do besides reading and writing: iterate, fetch, memoise, move house. */

import type { EvictionPolicy } from '../policies/policy.js';
import { CacheCore } from './core.js';
import { type FetchHost, type FlightOptions, takeOff } from './fetching.js';
import { Flight } from './flight.js';
import { enter, statusOfTime } from './status.js';
import type {
  CacheOptions,
  ContextArguments,
  Entry,
  Fetcher,
  FetchOptions,
  GetOptions,
  Memoizer,
  MemoOptions,
} from './types.js';

export abstract class ObjectCache<K, V, FC = unknown> extends CacheCore<K, V, FC> {
  readonly #host: FetchHost<K, V, FC> | undefined;
  readonly #memoMethod: Memoizer<K, V, FC> | undefined;

  constructor(options: CacheOptions<K, V, FC>, policy?: EvictionPolicy<K>) {
    super(options, policy);
    this.#memoMethod = options.memoMethod;
    if (options.fetchMethod !== undefined) this.#host = this.#fetchHost(options.fetchMethod);
  }

  get fetchMethod(): Fetcher<K, V, FC> | undefined {
    return this.#host?.fetchMethod;
  }

  get memoMethod(): Memoizer<K, V, FC> | undefined {
    return this.#memoMethod;
  }

  /** Entries that are not stale, the most recently used first; with a policy, the last added first. */
  *entries(): Generator<[K, V], void, undefined> {
    for (const slot of this.#shown(false)) {
      if (this.#isSettled(slot)) yield [this.#keyAt(slot), this.table.values[slot] as V];
    }
  }

  /** The same, the other way round. */
  *rentries(): Generator<[K, V], void, undefined> {
    for (const slot of this.#shown(true)) {
      if (this.#isSettled(slot)) yield [this.#keyAt(slot), this.table.values[slot] as V];
    }
  }

  *keys(): Generator<K, void, undefined> {
    for (const [key] of this.entries()) yield key;
  }

  *rkeys(): Generator<K, void, undefined> {
    for (const [key] of this.rentries()) yield key;
  }

  *values(): Generator<V, void, undefined> {
    for (const [, value] of this.entries()) yield value;
  }

  *rvalues(): Generator<V, void, undefined> {
    for (const [, value] of this.rentries()) yield value;
  }

  [Symbol.iterator](): Generator<[K, V], void, undefined> {
    return this.entries();
  }

  /** The first value in order for which `test` holds, gotten as by `get`. O(n). */
  find(test: (value: V, key: K, cache: this) => boolean, options: GetOptions<K, V> = {}): V | undefined {
    for (const slot of this.#shown(false)) {
      const value = this.table.valueAt(slot);
      const key = this.#keyAt(slot);
      if (value !== undefined && test(value, key, this)) return this.read(key, options);
    }
    return undefined;
  }

  /** Calls back for each entry that is not stale, in order; of one that is fetched with its stale value. O(n). */
  forEach(callback: (value: V, key: K, cache: this) => unknown, thisArgument: unknown = this): void {
    this.#each(false, callback, thisArgument);
  }

  /** The same, the other way round. */
  rforEach(callback: (value: V, key: K, cache: this) => unknown, thisArgument: unknown = this): void {
    this.#each(true, callback, thisArgument);
  }

  /** The value with what is left of its time to live, its size, and now; it changes nothing. */
  info(key: K): Entry<V> | undefined {
    const slot = this.table.map.get(key);
    const value = slot === undefined ? undefined : this.table.valueAt(slot);
    if (slot === undefined || value === undefined) return undefined;
    const entry: Entry<V> = { value };
    const { expiry, sizes } = this.table;
    if (expiry !== undefined && expiry.ttlOf(slot) !== 0) {
      entry.ttl = expiry.remaining(slot, this.ports.now());
      entry.start = this.ports.wallNow();
    }
    if (sizes !== undefined) entry.size = sizes[slot] as number;
    return entry;
  }

  /** All entries, stale ones too, the least recently used first, for `load` of another cache, elsewhere or later. */
  dump(): [K, Entry<V>][] {
    const dumped: [K, Entry<V>][] = [];
    const { expiry, sizes } = this.table;
    for (const slot of this.table.inOrder(true)) {
      const value = this.table.valueAt(slot);
      if (value === undefined) continue;
      const entry: Entry<V> = { value };
      if (expiry !== undefined) {
        entry.ttl = expiry.ttlOf(slot);
        entry.start = Math.floor(this.ports.wallNow() - (this.ports.now() - expiry.startOf(slot)));
      }
      if (sizes !== undefined) entry.size = sizes[slot] as number;
      dumped.push([this.#keyAt(slot), entry]);
    }
    return dumped;
  }

  /** Clears the cache and sets what `dump` gave, with the times that have passed since. */
  load(dumped: Iterable<readonly [K, Readonly<Entry<V>>]>): void {
    const entries = [...dumped];
    this.clear();
    for (const [key, { value, ttl, size, start }] of entries) {
      const age = start ? this.ports.wallNow() - start : 0;
      this.write(key, value, { ttl, size, start: start ? this.ports.now() - age : start });
    }
  }

  /** The value, fetched by `fetchMethod` where it is missing or stale; concurrent calls for a key share one fetch. */
  fetch(key: K, ...given: ContextArguments<FC, FetchOptions<K, V, FC>>): Promise<V | undefined> {
    const [options = {}] = given as [FetchOptions<K, V, FC>?];
    if (options.status !== undefined && options.context) options.status.context = options.context;
    return this.#fetch(key, options);
  }

  /** As `fetch`, but rejects where that gives undefined. */
  forceFetch(key: K, ...given: ContextArguments<FC, FetchOptions<K, V, FC>>): Promise<V> {
    const [options = {}] = given as [FetchOptions<K, V, FC>?];
    if (options.status !== undefined && options.context) options.status.context = options.context;
    return this.#forceFetch(key, options);
  }

  /** The value, computed by `memoMethod` where it is missing or stale. */
  memo(key: K, ...given: ContextArguments<FC, MemoOptions<K, V, FC>>): V {
    const { context, status, forceRefresh, ...options } = (given[0] ?? {}) as MemoOptions<K, V, FC>;
    if (this.#memoMethod === undefined) throw new TypeError('memo() needs the option memoMethod of the constructor');
    if (status !== undefined) {
      enter(status, 'memo', key, this);
      if (context) status.context = context;
      if (forceRefresh) status.forceRefresh = true;
    }
    const found = this.read(key, options);
    const hit = !forceRefresh && found !== undefined;
    if (status !== undefined) status.memo = hit ? 'hit' : 'miss';
    const value = hit ? found : this.#memoMethod(key, found, { options, context: context as FC });
    if (status !== undefined) status.value = value;
    if (!hit) this.write(key, value, options);
    return value;
  }

  async #forceFetch(key: K, options: FetchOptions<K, V, FC>): Promise<V> {
    const value = await this.#fetch(key, options);
    if (value === undefined) throw new Error('fetch() returned undefined');
    return value;
  }

  async #fetch(key: K, options: FetchOptions<K, V, FC>): Promise<V | undefined> {
    const { status, forceRefresh = false, context, signal } = options;
    const { allowStale = this.allowStale, updateAgeOnGet = this.updateAgeOnGet } = options;
    if (status !== undefined) {
      enter(status, 'fetch', key, this);
      if (forceRefresh) status.forceRefresh = true;
    }
    if (this.#host === undefined) {
      if (status !== undefined) status.fetch = 'get';
      return this.read(key, options);
    }
    const slot = this.table.map.get(key);
    if (slot === undefined) {
      this.countRead(false);
      if (status !== undefined) status.fetch = 'miss';
      return this.#take(takeOff(this.#host, key, this.#filled(options), context));
    }
    const stored = this.table.values[slot];
    if (stored instanceof Flight) {
      const stale = allowStale ? stored.stale : undefined;
      this.countRead(stale !== undefined);
      if (status !== undefined) {
        status.fetch = 'inflight';
        if (stale !== undefined) status.returnedStale = true;
      }
      return stale ?? this.#join(stored, signal);
    }
    const isStale = this.table.isStale(slot);
    this.countRead(!isStale && !forceRefresh);
    if (!forceRefresh && !isStale) {
      if (status !== undefined) status.fetch = 'hit';
      this.table.use(slot);
      if (updateAgeOnGet) this.table.expiry?.renew(slot);
      if (status !== undefined) statusOfTime(status, this.table.expiry, slot);
      return stored;
    }
    const flight = takeOff(this.#host, key, this.#filled(options), context);
    if (status !== undefined) {
      status.fetch = isStale ? 'stale' : 'refresh';
      if (allowStale && isStale && flight.stale !== undefined) status.returnedStale = true;
    }
    return allowStale && flight.stale !== undefined ? flight.stale : this.#take(flight);
  }

  #take(flight: Flight<V>): Promise<V | undefined> {
    flight.awaited = true;
    return flight.promise;
  }

  /** Waits for a flight that another began: its signal ends this wait only. */
  #join(flight: Flight<V>, signal: AbortSignal | undefined): Promise<V | undefined> {
    const landed = this.#take(flight);
    if (signal === undefined) return landed;
    return new Promise((resolve, reject) => {
      const abort = () => reject(signal.reason);
      if (signal.aborted) abort();
      signal.addEventListener('abort', abort);
      landed.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
    });
  }

  /** The options that hold for a fetch, in an object of their own, which the fetch method may change. */
  #filled(options: FetchOptions<K, V, FC>): FlightOptions<K, V> {
    return {
      allowStale: options.allowStale ?? this.allowStale,
      updateAgeOnGet: options.updateAgeOnGet ?? this.updateAgeOnGet,
      noDeleteOnStaleGet: options.noDeleteOnStaleGet ?? this.noDeleteOnStaleGet,
      ttl: options.ttl ?? this.ttl,
      noDisposeOnSet: options.noDisposeOnSet ?? this.noDisposeOnSet,
      size: options.size ?? 0,
      sizeCalculation: options.sizeCalculation ?? this.sizeCalculation,
      noUpdateTTL: options.noUpdateTTL ?? this.noUpdateTTL,
      noDeleteOnFetchRejection: options.noDeleteOnFetchRejection ?? this.noDeleteOnFetchRejection,
      allowStaleOnFetchRejection: options.allowStaleOnFetchRejection ?? this.allowStaleOnFetchRejection,
      allowStaleOnFetchAbort: options.allowStaleOnFetchAbort ?? this.allowStaleOnFetchAbort,
      ignoreFetchAbort: options.ignoreFetchAbort ?? this.ignoreFetchAbort,
      status: options.status,
      signal: options.signal,
    };
  }

  #fetchHost(fetchMethod: Fetcher<K, V, FC>): FetchHost<K, V, FC> {
    return {
      fetchMethod,
      slotOf: (key) => this.table.map.get(key),
      storedAt: (slot) => this.table.values[slot],
      replaceAt: (slot, stored) => {
        this.table.values[slot] = stored;
      },
      write: (key, value, options, from) => this.write(key, value, options, from),
      end: (key) => this.endFetched(key),
    };
  }

  #each(oldestFirst: boolean, callback: (value: V, key: K, cache: this) => unknown, thisArgument: unknown): void {
    for (const slot of this.#shown(oldestFirst)) {
      const value = this.table.valueAt(slot);
      if (value !== undefined) callback.call(thisArgument, value, this.#keyAt(slot), this);
    }
  }

  /** Slots in order, without those of stale entries unless `allowStale`. */
  *#shown(oldestFirst: boolean): Generator<number, void, undefined> {
    for (const slot of this.table.inOrder(oldestFirst)) if (this.allowStale || !this.table.isStale(slot)) yield slot;
  }

  #isSettled(slot: number): boolean {
    return !(this.table.values[slot] instanceof Flight);
  }

  #keyAt(slot: number): K {
    return this.table.keys[slot] as K;
  }
}
