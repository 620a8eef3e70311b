/** `CacheAside`: the cache is asked first; what it has not is loaded by the caller, once for all who ask, and kept. */

import { isPromiseLike } from '../../base/promise-like.js';
import { ClosedError } from '../../base/wait-errors.js';
import { MOST_DELAY_MS } from '../../base/waiter.js';
import { Cache } from '../cache/cache.js';
import { Flight, Held, within } from './flight.js';
import {
  type CacheAsideOptions,
  checkRead,
  DEFAULT_MAX,
  type EntryOptions,
  type Load,
  type ReadOptions,
  type Settings,
  settingsOf,
  ttlOf,
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
  readonly #flights = new Map<K, Flight<V>>();
  readonly #settings: Settings;
  readonly #tags: TagVersions;
  readonly #peers: Peers | undefined;
  readonly #onError: ((error: unknown, key?: K) => void) | undefined;
  readonly #offered: (flight: Flight<V>, value: V, graceMs: number, tags: readonly string[]) => void;
  #closed = false;
  #hits = 0;
  #misses = 0;
  #staleHits = 0;
  #joined = 0;
  #loads = 0;
  #failures = 0;
  #refreshes = 0;
  #timeouts = 0;

  /** @throws TypeError, RangeError */
  constructor(options: CacheAsideOptions<K, V> = {}) {
    this.#settings = settingsOf(options);
    this.#tags = new TagVersions(options.maxTags);
    this.#cache = makeCache(options);
    this.#onError = options.onError;
    this.#offered = (flight, value, graceMs, tags) => {
      if (!this.#tags.holds(tags, flight.stamp)) return;
      const now = this.#settings.clock.monotonic();
      flight.stale = new Held(value, now, now + graceMs, now, { loadMs: 0, tags, stamp: flight.stamp });
    };
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
      if (now < refreshAt || this.#isFresh(key, held, now, load)) {
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
      (key) => options.forceRefresh || (!this.#flights.has(key) && this.peek(key) === undefined),
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
    return this.#flights.has(key);
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
    this.#ground(key);
    const { ttl, grace, tags } = this.#entryOf(options);
    this.#store(key, value, ttl, grace, { loadMs: 0, tags, stamp: this.#tags.stamp });
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
    this.#ground(key);
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
    for (const flight of this.#flights.values()) flight.current = false;
    this.#flights.clear();
    this.#cache.clear();
  }

  stats(): CacheAsideStats {
    const { size, evictions } = this.#cache.stats();
    return {
      size,
      hits: this.#hits,
      misses: this.#misses,
      staleHits: this.#staleHits,
      joined: this.#joined,
      loads: this.#loads,
      failures: this.#failures,
      refreshes: this.#refreshes,
      timeouts: this.#timeouts,
      inFlight: this.#flights.size,
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
    for (const key of news.keys ?? []) this.drop(key as K);
    for (const key of news.expired ?? []) this.#expireHere(key as K);
    this.dropTags(news.tags ?? []);
    if (news.all) this.dropAll();
  }

  #entryOf({ ttl, grace, tags }: EntryOptions): { ttl: number; grace: number; tags: readonly string[] } {
    const settings = this.#settings;
    const own = settings.tags;
    return {
      ttl: ttl === undefined ? settings.ttl : ttlOf(ttl),
      grace: grace ?? settings.grace,
      tags: tags === undefined || tags.length === 0 ? own : own.length === 0 ? tags : [...own, ...tags],
    };
  }

  #freshNow(key: K): Held<V> | undefined {
    const held = this.#cache.peek(key);
    if (held === undefined || !this.#tags.holds(held.tags, held.stamp)) return undefined;
    const { freshUntil } = held;
    return freshUntil === Number.POSITIVE_INFINITY || this.#settings.clock.monotonic() < freshUntil ? held : undefined;
  }

  #expireHere(key: K): boolean {
    this.#ground(key);
    const held = this.#freshNow(key);
    if (held === undefined) return false;
    const { clock, grace } = this.#settings;
    held.freshUntil = Number.NEGATIVE_INFINITY;
    if (held.staleUntil === Number.POSITIVE_INFINITY) held.staleUntil = clock.monotonic() + grace;
    held.refreshAt = Number.NEGATIVE_INFINITY;
    return true;
  }

  /** Whether an entry that thinks about loading again is fresh still; perhaps it begins to load, in the background. */
  #isFresh(key: K, held: Held<V>, now: number, load: Load<K, V>): boolean {
    if (now >= held.freshUntil) return false;
    const { refreshAheadMs, earlyBeta, random } = this.#settings;
    if (now < held.failedUntil || this.#flights.has(key)) return true;
    const due = now >= held.freshUntil - refreshAheadMs;
    if (due || now - held.loadMs * earlyBeta * Math.log(1 - random.float()) >= held.freshUntil) {
      this.#refreshes++;
      this.#begin(key, load, NONE, held).goOn();
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
        this.#staleHits++;
        return stale.given;
      }
    }
    this.#misses++;
    const underWay = options.forceRefresh ? undefined : this.#flights.get(key);
    // What began before a tag was invalidated is not for who asks afterwards.
    if (underWay === undefined || !this.#tags.holds(underWay.tags, underWay.stamp))
      return this.#wait(this.#begin(key, load, options, stale), options);
    this.#joined++;
    return this.#wait(underWay, options);
  }

  #wait(flight: Flight<V>, options: ReadOptions): Promise<V | undefined> {
    const settings = this.#settings;
    const { signal, softTimeoutMs = settings.softTimeoutMs, hardTimeoutMs = settings.hardTimeoutMs } = options;
    if (softTimeoutMs > MOST_DELAY_MS && hardTimeoutMs > MOST_DELAY_MS) return flight.join(signal);
    return flight.joinWithin(signal, settings.timer, softTimeoutMs, hardTimeoutMs, (stale) => {
      if (stale) this.#staleHits++;
      else this.#timeouts++;
    });
  }

  #begin(key: K, load: Load<K, V>, options: ReadOptions, stale: Held<V> | undefined): Flight<V> {
    const { clock, timer, loadTimeoutMs } = this.#settings;
    const flight: Flight<V> = new Flight<V>(
      this.#entryOf(options),
      { stamp: this.#tags.stamp, startedMs: clock.monotonic(), stale },
      () => {
        flight.current = false;
        this.#land(key, flight);
      },
      this.#offered,
    );
    this.#loads++;
    let result: ReturnType<typeof load>;
    try {
      result = load(key, flight);
    } catch (error) {
      result = Promise.reject(error);
    }
    this.#ground(key);
    this.#flights.set(key, flight);
    if (!isPromiseLike(result)) {
      flight.begin(Promise.resolve(this.#arrived(key, flight, result)));
      return flight;
    }
    const timed =
      loadTimeoutMs > MOST_DELAY_MS
        ? result
        : within(result, timer, loadTimeoutMs, 'A load', (error) => flight.abort(error));
    flight.begin(
      timed.then(
        (value) => this.#arrived(key, flight, value),
        (error: unknown) => this.#failed(key, flight, error),
      ),
    );
    return flight;
  }

  /** What is being loaded for the key is not kept, and nobody joins it any more. */
  #ground(key: K): void {
    const flight = this.#flights.get(key);
    if (flight === undefined) return;
    flight.current = false;
    this.#flights.delete(key);
  }

  /** @returns whether the flight was still the one under way for its key */
  #land(key: K, flight: Flight<V>): boolean {
    return this.#flights.get(key) === flight && this.#flights.delete(key);
  }

  #arrived(key: K, flight: Flight<V>, value: V | undefined): V | undefined {
    if (!this.#land(key, flight)) return value;
    if (flight.noStore) return value;
    const loadMs = this.#settings.clock.monotonic() - flight.startedMs;
    const { ttl, grace, tags, stamp } = flight;
    this.#store(key, value, ttlOf(ttl), grace, { loadMs, tags, stamp });
    return value;
  }

  #failed(key: K, flight: Flight<V>, error: unknown): V | undefined {
    this.#failures++;
    if (!this.#land(key, flight)) throw error;
    const now = this.#settings.clock.monotonic();
    const failedUntil = now + this.#settings.failureTtl;
    const { stale } = flight;
    const good =
      stale !== undefined &&
      this.#tags.holds(stale.tags, stale.stamp) &&
      now < Math.max(stale.staleUntil, stale.freshUntil);
    if (!good) {
      const origin = { loadMs: 0, tags: flight.tags, stamp: flight.stamp };
      if (failedUntil > now) this.#cache.set(key, Held.failed(error, failedUntil, origin));
      throw error;
    }
    stale.failedUntil = failedUntil;
    stale.error = error;
    // It may have been evicted meanwhile, or never have been here.
    if (this.#cache.peek(key) !== stale) this.#cache.set(key, stale);
    this.#staleHits++;
    this.#onError?.(error, key);
    return stale.value;
  }

  #store(
    key: K,
    value: V | undefined,
    ttl: number,
    grace: number,
    origin: { loadMs: number; tags: readonly string[]; stamp: number },
  ): void {
    const { clock, negativeTtl, refreshAheadMs, earlyBeta } = this.#settings;
    if (value === undefined && negativeTtl === 0) {
      this.#cache.delete(key);
      return;
    }
    const lasts = value === undefined ? negativeTtl : ttl;
    if (lasts === Number.POSITIVE_INFINITY) {
      this.#cache.set(key, new Held(value, lasts, lasts, lasts, origin));
      return;
    }
    const freshUntil = clock.monotonic() + lasts;
    const staleUntil = value === undefined ? freshUntil : freshUntil + grace;
    const refreshAt =
      value === undefined ? freshUntil : earlyBeta > 0 ? Number.NEGATIVE_INFINITY : freshUntil - refreshAheadMs;
    this.#cache.set(key, new Held(value, freshUntil, staleUntil, refreshAt, origin));
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

/** A load of each key that is one load of all; aborted when all are. */
function loadTogether<K, V>(
  keys: readonly K[],
  loadMany: (
    keys: readonly K[],
    context: { readonly signal: AbortSignal },
  ) => Promise<ReadonlyMap<K, V>> | ReadonlyMap<K, V>,
): Load<K, V> {
  const controller = new AbortController();
  const together = new Set(keys);
  let left = keys.length;
  let all: Promise<ReadonlyMap<K, V>> | undefined;
  return async (key, { signal }) => {
    // Who is asked for later than the others, because another load failed to bring it, is loaded alone.
    if (!together.has(key)) return (await loadMany([key], { signal })).get(key);
    signal.addEventListener('abort', () => {
      if (--left === 0) controller.abort(signal.reason);
    });
    all ??= (async () => loadMany(keys, { signal: controller.signal }))();
    return (await all).get(key);
  };
}
