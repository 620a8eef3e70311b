/** What caches of this room stand in front of: a database, a service, a file; whatever loads by key, and stores. */

export interface StoreOptions {
  /** Aborted when the outcome is of no use to anybody any more. */
  readonly signal: AbortSignal;
}

/** What can be read through. */
export interface LoadStore<K, V> {
  /** The value; `undefined` where there is none. */
  load(key: K, options: StoreOptions): Promise<V | undefined> | V | undefined;
  /** Several at once: those that there are. Without it, `load` is called for each. */
  loadMany?(keys: readonly K[], options: StoreOptions): Promise<ReadonlyMap<K, V>> | ReadonlyMap<K, V>;
}

/** What can be written through. Writes are repeated when they fail: storing twice must be as good as once. */
export interface BackingStore<K, V> extends LoadStore<K, V> {
  store(key: K, value: V, options: StoreOptions): Promise<unknown> | unknown;
  delete(key: K, options: StoreOptions): Promise<unknown> | unknown;
  /** Several changes at once, of a key each: all, or it rejects. Without it, they are made one by one. */
  writeMany?(changes: readonly Change<K, V>[], options: StoreOptions): Promise<unknown> | unknown;
}

/** A value that is to be stored; without `value`, a key that is to be deleted. */
export interface Change<K, V> {
  readonly key: K;
  readonly value: V | undefined;
}

/** Refuses what is no store. @throws TypeError */
export function checkStore(store: unknown, methods: readonly string[]): void {
  for (const method of methods) {
    if (typeof (store as Record<string, unknown> | undefined)?.[method] !== 'function') {
      throw new TypeError(`store must have a method ${method}(), got ${store === null ? 'null' : typeof store}`);
    }
  }
}
