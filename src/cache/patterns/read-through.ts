/** `ReadThrough`: a cache that knows itself where values come from. */

import { CacheAside, type CacheAsideStats } from './cache-aside.js';
import type { CacheAsideOptions, Load, ReadOptions } from './options.js';
import { checkStore, type LoadStore } from './store.js';

export interface ReadThroughOptions<K, V, S extends LoadStore<K, V> = LoadStore<K, V>> extends CacheAsideOptions<K, V> {
  /** Where values come from. */
  readonly store: S;
}

/** A cache in front of a store that is read. */
export class ReadThrough<K, V, S extends LoadStore<K, V> = LoadStore<K, V>> {
  readonly store: S;
  /** What is held. */
  protected readonly cache: CacheAside<K, V>;
  readonly #load: Load<K, V>;

  /** @throws TypeError, RangeError */
  constructor(options: ReadThroughOptions<K, V, S>) {
    checkStore(options?.store, ['load']);
    this.store = options.store;
    this.cache = new CacheAside<K, V>(options);
    this.#load = (key, context) => this.loadOne(key, context.signal);
  }

  /** The value, from the cache or the store; `undefined` where there is none. See `CacheAside.get`. */
  get(key: K, options?: ReadOptions): Promise<V | undefined> {
    return this.cache.get(key, this.#load, options);
  }

  /** Those of the keys that there are; what is not in the cache is loaded by one `loadMany`, where the store has it. */
  getMany(keys: Iterable<K>, options?: ReadOptions): Promise<Map<K, V>> {
    return this.cache.getMany(keys, (missing, { signal }) => this.loadSeveral(missing, signal), options);
  }

  /** Loads the value again, whatever the cache has. */
  refresh(key: K, options?: ReadOptions): Promise<V | undefined> {
    return this.cache.get(key, this.#load, { ...options, forceRefresh: true });
  }

  /** The value, when it is fresh. */
  peek(key: K): V | undefined {
    return this.cache.peek(key);
  }

  has(key: K): boolean {
    return this.cache.has(key);
  }

  /** Forgets what the cache has of a key, here and on the bus; the store is not touched. */
  invalidate(key: K): boolean {
    return this.cache.delete(key);
  }

  /** Forgets all entries with one of the tags. O(tags). */
  invalidateTags(tags: readonly string[]): void {
    this.cache.invalidateTags(tags);
  }

  /** Forgets everything the cache has; the store is not touched. */
  clear(): void {
    this.cache.clear();
  }

  stats(): CacheAsideStats {
    return this.cache.stats();
  }

  close(): Promise<void> {
    return this.cache.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  protected loadOne(key: K, signal: AbortSignal): Promise<V | undefined> | V | undefined {
    return this.store.load(key, { signal });
  }

  protected async loadSeveral(keys: readonly K[], signal: AbortSignal): Promise<ReadonlyMap<K, V>> {
    const { store } = this;
    if (keys.length === 0) return new Map();
    if (store.loadMany !== undefined) return store.loadMany(keys, { signal });
    const values = await Promise.all(keys.map((key) => store.load(key, { signal })));
    const found = new Map<K, V>();
    for (const [at, value] of values.entries()) if (value !== undefined) found.set(keys[at] as K, value);
    return found;
  }
}
