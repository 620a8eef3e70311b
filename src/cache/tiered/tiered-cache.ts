/** `TieredCache`: memory, shared memory, Redis and where values come from, as one cache. */

import type { EntryOptions, Load, ReadOptions } from '../patterns/options.js';
import { TieredEngine } from './engine.js';
import type { TieredCacheOptions, TieredCacheStats } from './options.js';

const NONE: ReadOptions = Object.freeze({});

/** What can be done with keys: of the whole cache, or of a namespace. */
export class TieredNamespace<V> {
  readonly #engine: TieredEngine<V>;
  /** Before each key. */
  readonly #prefix: string;
  /** What all entries here have, beside their own. */
  readonly #tags: readonly string[];

  /** @internal `TieredCache.namespace` makes them. */
  constructor(engine: TieredEngine<V>, prefix: string, tags: readonly string[]) {
    this.#engine = engine;
    this.#prefix = prefix;
    this.#tags = tags;
  }

  /**
   * The value: from the nearest tier that has it fresh, or loaded, once for all who ask; `undefined` where there is none.
   *
   * @param load where the value comes from; default the cache's own
   * @throws (rejects) the load's error where there is no stale value; `signal.reason`; `TimeoutError`; `ClosedError`
   */
  get(key: string, load?: Load<string, V>, options?: ReadOptions): Promise<V | undefined> {
    if (this.#prefix === '') return this.#engine.get(key, load, options);
    return this.#engine.get(this.#prefix + key, this.#unprefixed(load), this.#with(options ?? NONE));
  }

  /** The values of those keys that there are; each as `get` gives it. */
  async getMany(keys: Iterable<string>, load?: Load<string, V>, options?: ReadOptions): Promise<Map<string, V>> {
    const wanted = [...new Set(keys)];
    const values = await Promise.all(wanted.map((key) => this.get(key, load, options)));
    const found = new Map<string, V>();
    for (const [at, value] of values.entries()) if (value !== undefined) found.set(wanted[at] as string, value);
    return found;
  }

  /** Loads the value again, whatever the tiers have. */
  refresh(key: string, load?: Load<string, V>, options: ReadOptions = NONE): Promise<V | undefined> {
    return this.#engine.refresh(this.#prefix + key, this.#unprefixed(load), this.#with(options));
  }

  /** The value, when memory has it fresh. */
  peek(key: string): V | undefined {
    return this.#engine.memory.peek(this.#prefix + key);
  }

  /**
   * Sets a value in all tiers; other processes on the bus forget theirs.
   *
   * @throws (rejects) `TierError`, or an `AggregateError` of them, when a tier did not take it; the others have it
   */
  set(key: string, value: V, options: EntryOptions = NONE): Promise<void> {
    return this.#engine.set(this.#prefix + key, value, this.#with(options));
  }

  /** Deletes a key from all tiers. @throws (rejects) as `set` */
  delete(key: string): Promise<void> {
    return this.#engine.delete(this.#prefix + key);
  }

  /** The value is stale from now on, in all tiers: loaded again, and given where that fails. @throws (rejects) as `set` */
  expire(key: string): Promise<void> {
    return this.#engine.expire(this.#prefix + key);
  }

  /** All entries with one of the tags are invalid, in all tiers. O(tags), however many entries that are. */
  invalidateTags(tags: readonly string[]): Promise<void> {
    return this.#engine.invalidateTags(tags);
  }

  /** All entries of the namespace are invalid, those of namespaces within it too. O(1). */
  clear(): Promise<void> {
    return this.#engine.invalidateTags(this.#tags.slice(-1));
  }

  /**
   * Keys of their own, `name:key` in the whole cache, that can be cleared together. What is set under that name through the
   * whole cache is the same entry, and does not belong to the namespace.
   *
   * @throws TypeError for a name that is empty or no string
   */
  namespace(name: string): TieredNamespace<V> {
    if (typeof name !== 'string' || name === '') throw new TypeError('A namespace needs a name that is not empty');
    const prefix = `${this.#prefix}${name}:`;
    return new TieredNamespace(this.#engine, prefix, [...this.#tags, `#namespace:${prefix}`]);
  }

  protected get engine(): TieredEngine<V> {
    return this.#engine;
  }

  #with<O extends EntryOptions>(options: O): O {
    if (this.#tags.length === 0) return options;
    return { ...options, tags: options.tags === undefined ? this.#tags : [...this.#tags, ...options.tags] };
  }

  /** A load is given the key as its caller knows it. */
  #unprefixed(load: Load<string, V> | undefined): Load<string, V> | undefined {
    return load && ((key, context) => load(key.slice(this.#prefix.length), context));
  }
}

/**
 * A cache in tiers: objects in this thread's memory, then those it is given (shared memory, Redis …), then where values come
 * from. All operations are O(tiers) and the answers of the tiers; a hit in memory asks nobody.
 */
export class TieredCache<V> extends TieredNamespace<V> {
  /** @throws TypeError, RangeError */
  constructor(options: TieredCacheOptions<V> = {}) {
    super(new TieredEngine<V>(options), '', []);
  }

  /** Resolves when what others say on the bus is heard, at once without bus; false when it could not be. */
  get ready(): Promise<boolean> {
    return this.engine.memory.ready;
  }

  /** Deletes everything from all tiers. @throws (rejects) `TierError` also for tiers that cannot */
  override clear(): Promise<void> {
    return this.engine.clear();
  }

  stats(): TieredCacheStats {
    return this.engine.stats();
  }

  /** Resolves when what loads brought is in all tiers, or has failed there. */
  settled(): Promise<void> {
    return this.engine.settled();
  }

  /** Writes what is to be written, forgets memory, and leaves the bus. Tiers and their clients stay as they are. */
  close(): Promise<void> {
    return this.engine.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
