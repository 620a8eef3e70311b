/** `CacheAside`: the cache is asked first; what it has not is loaded by the caller, once for all who ask, and kept. */

import { ClosedError } from '../../base/wait-errors.js';
import { Cache } from '../cache/cache.js';
import type { Held } from './flight.js';
import { loadTogether } from './load-together.js';
import { Loads } from './loads.js';
import {
  type CacheAsideOptions,
  checkRead,
  DEFAULT_MAX,
  type EntryOptions,
  type Load,
  type ReadOptions,
  type Settings,
  settingsOf,
} from './options.js';
import { type News, Peers } from './peers.js';
import { TagVersions } from './tag-versions.js';

export interface CacheAsideStats {
  /** Entries, those among them that are stale, and keys known to have no value. */
  readonly size: number;
  /** Reads that were answered by a fresh entry. */
  readonly hits: number;
  /** Reads that had to be loaded, or wait for a load. */
  readonly misses: number;
  /** Reads that were given a stale value. */
  readonly staleHits: number;
  /** Of the misses: those that waited for a load that was under way. */
  readonly joined: number;
  readonly loads: number;
  readonly failures: number;
  /** Of the loads: those in the background, before freshness ended. */
  readonly refreshes: number;
  /** Waits that a hard timeout ended without a value. */
  readonly timeouts: number;
  readonly inFlight: number;
  readonly evictions: number;
}

const NONE: ReadOptions = Object.freeze({});

/**
 * Entries with a freshness and a grace period, in front of whatever loads. All O(1), and in the number of an entry's tags.
 *
 * A value whose load began before its key was set, deleted, or one of its tags invalidated, is given to those who waited
 * for it, and not kept.
 */
export class CacheAside<K, V> {
  readonly #cache: Cache<K, Held<V>>;
  readonly #loads: Loads<K, V>;
  readonly #settings: Settings;
  readonly #tags: TagVersions;
  readonly #peers: Peers | undefined;
  readonly #onError: ((error: unknown, key?: K) => void) | undefined;
  readonly #forgotten: ((key: K | undefined) => void) | undefined;
  #closed = false;
  #hits = 0;
  #misses = 0;
  #joined = 0;
  #refreshes = 0;

  /**
   * @param forgotten told of each key that another on the bus says is no longer so; `undefined` is all of them
   * @throws TypeError, RangeError
   */
  constructor(options: CacheAsideOptions<K, V> = {}, forgotten?: (key: K | undefined) => void) {
    this.#forgotten = forgotten;
    this.#settings = settingsOf(options);
    this.#tags = new TagVersions(options.maxTags);
    this.#cache = makeCache(options);
    this.#onError = options.onError;
    this.#loads = new Loads(this.#cache, this.#settings, this.#tags, options.onError);
    const { bus } = options;
    if (bus !== undefined) {
      const heard = (news: News) => this.#heard(news);
      this.#peers = new Peers(bus, this.#settings.random, heard, (error) => this.#onError?.(error));
    }
  }

  /** Resolves when what others say on the bus is heard, at once without bus; false when it could not be. */
  get ready(): Promise<boolean> {
    return this.#peers?.ready ?? Promise.resolve(true);
  }

  /**
   * The value: fresh from the cache, or loaded. Who asks while it is being loaded waits for that load.
   *
   * A load that fails gives the stale value where there is grace, and else rejects with the load's own error.
   *
   * @returns `undefined` where the load gave that
   * @throws (rejects) `signal.reason`; `TimeoutError` after `hardTimeoutMs` or `loadTimeoutMs`; `ClosedError`
   * @throws TypeError, RangeError for options
   */
  get(key: K, load: Load<K, V>, options: ReadOptions = NONE): Promise<V | undefined> {
    if (options !== NONE) {
      checkRead(options);
      const { signal } = options;
      if (signal?.aborted) return Promise.reject(signal.reason);
    }
    const held = this.#cache.get(key);
    if (held !== undefined && !options.forceRefresh && this.#tags.holds(held.tags, held.stamp)) {
      const { refreshAt } = held;
      if (refreshAt === Number.POSITIVE_INFINITY) {
        this.#hits++;
        return held.given;
      }
      const now = this.#settings.clock.monotonic();
      if (now < refreshAt || this.#isFresh(key, held, now, load, options)) {
        this.#hits++;
        return held.given;
      }
    }
    return this.#miss(key, load, options, held);
  }

  /**
   * Several values; those that are neither fresh nor under way are loaded by one call.
   *
   * @returns a map of those that there are
   */
  async getMany(
    keys: Iterable<K>,
    loadMany: (
      keys: readonly K[],
      context: { readonly signal: AbortSignal },
    ) => Promise<ReadonlyMap<K, V>> | ReadonlyMap<K, V>,
    options: ReadOptions = NONE,
  ): Promise<Map<K, V>> {
    checkRead(options);
    options.signal?.throwIfAborted();
    const wanted = [...new Set(keys)];
    const missing = wanted.filter(
      (key) => options.forceRefresh || (!this.#loads.has(key) && this.peek(key) === undefined),
    );
    const together = loadTogether(missing, loadMany);
    const values = await Promise.all(wanted.map((key) => this.get(key, together, options)));
    const found = new Map<K, V>();
    for (const [at, value] of values.entries()) if (value !== undefined) found.set(wanted[at] as K, value);
    return found;
  }

  /** The value, when it is fresh: nothing is loaded, counted, or kept any longer. */
  peek(key: K): V | undefined {
    return this.#freshNow(key)?.value;
  }

  /** Whether there is a fresh value. */
  has(key: K): boolean {
    return this.peek(key) !== undefined;
  }

  /** Whether the key is fresh, be it that there is no value. */
  knows(key: K): boolean {
    return this.#freshNow(key) !== undefined;
  }

  /** Whether the key is being loaded. */
  isLoading(key: K): boolean {
    return this.#loads.has(key);
  }

  /** Keeps a value. Loads of it that are under way are not kept, and other caches on the bus forget theirs. */
  set(key: K, value: V, options: EntryOptions = NONE): void {
    this.#checkKey(key);
    this.keep(key, value, options);
    this.#tell({ keys: [key] });
  }

  /** As `set`, and no other cache is told. */
  keep(key: K, value: V, options: EntryOptions = NONE): void {
    checkRead(options);
    if (this.#closed) throw new ClosedError('The cache');
    this.#loads.ground(key);
    const { ttl, grace, tags } = this.#loads.entryOf(options);
    this.#loads.keep(key, value, ttl, grace, { loadMs: 0, tags, stamp: this.#tags.stamp });
  }

  /** Forgets a key, here and in other caches on the bus. @returns whether it was there */
  delete(key: K): boolean {
    this.#checkKey(key);
    const there = this.drop(key);
    this.#tell({ keys: [key] });
    return there;
  }

  /** As `delete`, and no other cache is told. */
  drop(key: K): boolean {
    this.#loads.ground(key);
    return this.#cache.delete(key);
  }

  /** The value is stale from now on, here and on the bus: loaded again, and given where that fails. */
  expire(key: K): boolean {
    this.#checkKey(key);
    const there = this.#expireHere(key);
    this.#tell({ expired: [key] });
    return there;
  }

  /** Forgets all entries with one of the tags, here and on the bus. O(tags), however many entries that are. */
  invalidateTags(tags: readonly string[]): void {
    checkRead({ tags });
    for (const tag of tags) this.#tags.invalidate(tag);
    this.#tell({ tags });
  }

  /** As `invalidateTags`, and no other cache is told. */
  dropTags(tags: readonly string[]): void {
    for (const tag of tags) this.#tags.invalidate(tag);
  }

  /** Whether a value with these tags that began to be loaded at `stamp` may be kept. */
  holds(tags: readonly string[], stamp: number): boolean {
    return this.#tags.holds(tags, stamp);
  }

  /**
   * Changes what the cache stands in front of, and forgets the key when that is done or has failed: what was loaded
   * meanwhile may be from before.
   */
  async update<R>(key: K, write: () => Promise<R> | R): Promise<R> {
    try {
      return await write();
    } finally {
      this.delete(key);
    }
  }

  /** Forgets everything, here and on the bus. */
  clear(): void {
    this.dropAll();
    this.#tell({ all: true });
  }

  /** As `clear`, and no other cache is told. */
  dropAll(): void {
    this.#loads.groundAll();
    this.#cache.clear();
  }

  stats(): CacheAsideStats {
    const { size, evictions } = this.#cache.stats();
    return {
      size,
      hits: this.#hits,
      misses: this.#misses,
      staleHits: this.#loads.staleHits,
      joined: this.#joined,
      loads: this.#loads.loads,
      failures: this.#loads.failures,
      refreshes: this.#refreshes,
      timeouts: this.#loads.timeouts,
      inFlight: this.#loads.size,
      evictions,
    };
  }

  /** Forgets everything, and leaves the bus. Loads under way end for those who wait; reads reject with `ClosedError`. */
  async close(): Promise<void> {
    this.#closed = true;
    this.dropAll();
    await this.#peers?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The other caches on the bus forget the key, and this one does not. */
  announce(key: K): void {
    this.#checkKey(key);
    this.#tell({ keys: [key] });
  }

  #tell(news: News): void {
    if (this.#peers !== undefined) void this.#peers.tell(news);
  }

  /** Before anything changes. @throws TypeError for keys that cannot travel */
  #checkKey(key: K): void {
    if (this.#peers === undefined || typeof key === 'string' || typeof key === 'number') return;
    throw new TypeError(`With a bus, keys are strings or numbers, got ${typeof key}`);
  }

  #heard(news: News): void {
    for (const key of news.keys ?? []) {
      this.drop(key as K);
      this.#forgotten?.(key as K);
    }
    for (const key of news.expired ?? []) {
      this.#expireHere(key as K);
      this.#forgotten?.(key as K);
    }
    this.dropTags(news.tags ?? []);
    if (news.all) {
      this.dropAll();
      this.#forgotten?.(undefined);
    }
  }

  #freshNow(key: K): Held<V> | undefined {
    const held = this.#cache.peek(key);
    if (held === undefined || !this.#tags.holds(held.tags, held.stamp)) return undefined;
    const { freshUntil } = held;
    return freshUntil === Number.POSITIVE_INFINITY || this.#settings.clock.monotonic() < freshUntil ? held : undefined;
  }

  #expireHere(key: K): boolean {
    this.#loads.ground(key);
    const held = this.#freshNow(key);
    if (held === undefined) return false;
    const { clock, grace } = this.#settings;
    held.freshUntil = Number.NEGATIVE_INFINITY;
    if (held.staleUntil === Number.POSITIVE_INFINITY) held.staleUntil = clock.monotonic() + grace;
    held.refreshAt = Number.NEGATIVE_INFINITY;
    return true;
  }

  /** Whether an entry that thinks about loading again is fresh still; perhaps it begins to load, in the background. */
  #isFresh(key: K, held: Held<V>, now: number, load: Load<K, V>, options: EntryOptions): boolean {
    if (now >= held.freshUntil) return false;
    const { refreshAheadMs, earlyBeta, random } = this.#settings;
    if (now < held.failedUntil || this.#loads.has(key)) return true;
    const due = now >= held.freshUntil - refreshAheadMs;
    if (due || now - held.loadMs * earlyBeta * Math.log(1 - random.float()) >= held.freshUntil) {
      this.#refreshes++;
      this.#loads.begin(key, load, options, held, true).goOn();
    }
    return true;
  }

  #miss(key: K, load: Load<K, V>, options: ReadOptions, held: Held<V> | undefined): Promise<V | undefined> {
    if (this.#closed) return Promise.reject(new ClosedError('The cache'));
    let stale: Held<V> | undefined;
    if (held !== undefined) {
      const now = this.#settings.clock.monotonic();
      if (!this.#tags.holds(held.tags, held.stamp)) this.#cache.delete(key);
      else if (now < held.staleUntil) stale = held;
      if (now < held.failedUntil && !options.forceRefresh && this.#tags.holds(held.tags, held.stamp)) {
        if (stale === undefined) return Promise.reject(held.error);
        this.#loads.staleHits++;
        return stale.given;
      }
    }
    this.#misses++;
    const underWay = options.forceRefresh ? undefined : this.#loads.get(key);
    // What began before a tag was invalidated is not for who asks afterwards.
    if (underWay === undefined || !this.#tags.holds(underWay.tags, underWay.stamp))
      return this.#loads.wait(this.#loads.begin(key, load, options, stale, false), options);
    this.#joined++;
    return this.#loads.wait(underWay, options);
  }
}

function makeCache<K, V>(options: CacheAsideOptions<K, V>): Cache<K, Held<V>> {
  const { max = DEFAULT_MAX, maxSize, sizeCalculation, policy } = options;
  if (sizeCalculation !== undefined && typeof sizeCalculation !== 'function') {
    throw new TypeError(`sizeCalculation must be a function, got ${typeof sizeCalculation}`);
  }
  const sizeOf = (held: Held<V>, key: K) =>
    held.value === undefined || sizeCalculation === undefined ? 1 : sizeCalculation(held.value, key);
  return new Cache<K, Held<V>>({
    max,
    policy,
    ...(maxSize === undefined ? {} : { maxSize, sizeCalculation: sizeOf }),
  });
}
