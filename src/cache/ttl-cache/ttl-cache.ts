/**
 * `TTLCache`: entries that end by time. Each ends when its time has come, by one timer for all; when the cache is full,
 * the one that would end soonest goes.
 *
 * Time is monotonic, in milliseconds: an entry has ended as soon as its time to live has passed since it was written,
 * or used where its age begins anew. An ended entry is never given, whether the timer has come or not.
 */

import { type Clock, systemClock } from '../../ports/clock.js';
import { systemTimer, type Timer } from '../../ports/timer.js';
import { ExpiryHeap } from './expiry-heap.js';

/** Entries at most, as in the other caches: a `Map` in which keys come and go may throw beyond. */
const MOST_ENTRIES = 2 ** 23;
/** Timers of the platform take 2^31 − 1 milliseconds at most; who fires early is set again. */
const MOST_DELAY_MS = 2 ** 31 - 1;

/** Its time had come (`stale`), it was replaced (`set`), had to make room (`evict`), or was deleted or cleared. */
export type TTLDisposeReason = 'stale' | 'set' | 'evict' | 'delete';

export interface TTLCacheOptions<K, V> {
  /**
   * Milliseconds that an entry lives, infinite for ever; or what gives them for each that is set. Default: none, and
   * each `set` must say.
   */
  readonly ttl?: number | ((value: V, key: K) => number) | undefined;
  /** Entries at most, up to 8,388,608, which is the default. */
  readonly max?: number | undefined;
  /** An entry that is gotten begins its life anew. Default false: it lives from when it was written. */
  readonly updateAgeOnGet?: boolean | undefined;
  readonly updateAgeOnHas?: boolean | undefined;
  /** A value that is replaced leaves the time of its entry as it is. Default false. */
  readonly noUpdateTTL?: boolean | undefined;
  /** Told of each value that leaves, when it has left. */
  readonly dispose?: ((value: V, key: K, reason: TTLDisposeReason) => void) | undefined;
  readonly noDisposeOnSet?: boolean | undefined;
  /** Ends entries by a timer, which keeps no process alive. Default true; without, they end when they are met. */
  readonly autopurge?: boolean | undefined;
  readonly clock?: Clock | undefined;
  readonly timer?: Timer | undefined;
}

export interface TTLSetOptions {
  /** Milliseconds; infinite for ever. */
  readonly ttl?: number | undefined;
  readonly noUpdateTTL?: boolean | undefined;
  readonly noDisposeOnSet?: boolean | undefined;
}

export interface TTLGetOptions {
  readonly updateAgeOnGet?: boolean | undefined;
  /** What the entry lives from now on, where its age begins anew. Default: what it was given before. */
  readonly ttl?: number | undefined;
}

export interface TTLHasOptions {
  readonly updateAgeOnHas?: boolean | undefined;
  readonly ttl?: number | undefined;
}

export interface TTLCacheStats {
  readonly size: number;
  readonly hits: number;
  readonly misses: number;
  /** hits / (hits + misses); 0 before the first. */
  readonly hitRatio: number;
  readonly additions: number;
  readonly evictions: number;
  readonly expirations: number;
}

export class TTLCache<K, V> {
  readonly #options: TTLCacheOptions<K, V>;
  readonly #max: number;
  readonly #clock: Clock;
  readonly #timer: Timer;
  readonly #map = new Map<K, number>();
  readonly #keys: (K | undefined)[] = [];
  readonly #values: (V | undefined)[] = [];
  readonly #ttls: number[] = [];
  readonly #free: number[] = [];
  readonly #heap = new ExpiryHeap();
  #armedFor = Number.POSITIVE_INFINITY;
  #disarm: (() => void) | undefined;
  #hits = 0;
  #misses = 0;
  #additions = 0;
  #evictions = 0;
  #expirations = 0;

  /** @throws RangeError or TypeError when `max` or `ttl` is not what it should be */
  constructor(options: TTLCacheOptions<K, V> = {}) {
    const { max = Number.POSITIVE_INFINITY, ttl, clock = systemClock, timer = systemTimer } = options;
    if (max !== Number.POSITIVE_INFINITY && !(Number.isInteger(max) && max > 0 && max <= MOST_ENTRIES)) {
      throw new RangeError(`max must be an integer from 1 to ${MOST_ENTRIES} or Infinity, got ${String(max)}`);
    }
    if (ttl !== undefined && typeof ttl !== 'function') checkTtl(ttl);
    this.#options = { ...options };
    this.#max = Math.min(max, MOST_ENTRIES);
    this.#clock = clock;
    this.#timer = timer;
  }

  get max(): number {
    return this.#max;
  }

  /** Entries that there are, with those that have ended and were not met yet. */
  get size(): number {
    return this.#map.size;
  }

  /** @throws RangeError when no time to live is known, or it is no positive number; the cache is as it was */
  set(key: K, value: V, options: TTLSetOptions = {}): this {
    const { noUpdateTTL = this.#options.noUpdateTTL, noDisposeOnSet = this.#options.noDisposeOnSet } = options;
    const ttl = checkTtl(options.ttl ?? this.#ttlFor(value, key));
    const now = this.#clock.monotonic();
    const slot = this.#live(key, now);
    if (slot === undefined) {
      if (this.#map.size >= this.#max) this.#evict(now);
      // Who was told of an eviction may have set the key, or others.
      if (this.#map.has(key) || this.#map.size >= this.#max) return this.set(key, value, options);
      this.#add(key, value, ttl, now);
      return this;
    }
    const old = this.#values[slot] as V;
    this.#values[slot] = value;
    if (!noUpdateTTL) this.#setTime(slot, ttl, now);
    if (old !== value && !noDisposeOnSet) this.#options.dispose?.(old, key, 'set');
    return this;
  }

  get(key: K, options: TTLGetOptions = {}): V | undefined {
    const now = this.#clock.monotonic();
    const slot = this.#live(key, now);
    if (slot === undefined) {
      this.#misses++;
      return undefined;
    }
    this.#hits++;
    const { updateAgeOnGet = this.#options.updateAgeOnGet, ttl } = options;
    if (updateAgeOnGet) this.#setTime(slot, checkTtl(ttl ?? this.#ttls[slot]), now);
    return this.#values[slot];
  }

  has(key: K, options: TTLHasOptions = {}): boolean {
    const now = this.#clock.monotonic();
    const slot = this.#live(key, now);
    if (slot === undefined) return false;
    const { updateAgeOnHas = this.#options.updateAgeOnHas, ttl } = options;
    if (updateAgeOnHas) this.#setTime(slot, checkTtl(ttl ?? this.#ttls[slot]), now);
    return true;
  }

  /** The value, without being a use, and without ending what it meets. */
  peek(key: K): V | undefined {
    const slot = this.#map.get(key);
    return slot === undefined || this.#hasEnded(slot, this.#clock.monotonic()) ? undefined : this.#values[slot];
  }

  /** Milliseconds that the entry still lives; 0 when there is none, infinite when it does for ever. */
  getRemainingTTL(key: K): number {
    const slot = this.#map.get(key);
    return slot === undefined ? 0 : Math.max(0, this.#heap.dueOf(slot) - this.#clock.monotonic());
  }

  /** Lets the entry live so long from now on. @returns whether there is one */
  setTTL(key: K, ttl: number): boolean {
    checkTtl(ttl);
    const now = this.#clock.monotonic();
    const slot = this.#live(key, now);
    if (slot !== undefined) this.#setTime(slot, ttl, now);
    return slot !== undefined;
  }

  /** @returns whether the key was there, and had not ended */
  delete(key: K): boolean {
    const slot = this.#live(key, this.#clock.monotonic());
    if (slot !== undefined) this.#end(slot, 'delete');
    return slot !== undefined;
  }

  /** Ends all entries, the one that would end soonest first. */
  clear(): void {
    const slots = this.#options.dispose === undefined ? [] : this.#heap.inOrder();
    const gone = Array.from(slots, (slot) => [this.#values[slot] as V, this.#keys[slot] as K] as const);
    this.#map.clear();
    for (const list of [this.#keys, this.#values, this.#ttls, this.#free]) list.length = 0;
    this.#heap.clear();
    this.cancelTimer();
    for (const [value, key] of gone) this.#options.dispose?.(value, key, 'delete');
  }

  /** Ends all entries whose time has come, in order of time. @returns whether there were any */
  purgeStale(): boolean {
    const now = this.#clock.monotonic();
    let ended = 0;
    for (const most = this.#map.size; ended < most; ended++) {
      const slot = this.#heap.first();
      if (slot < 0 || !this.#hasEnded(slot, now)) break;
      this.#end(slot, 'stale');
    }
    return ended > 0;
  }

  /** Entries that have not ended, the one that will end soonest first. O(n log n). */
  *entries(): Generator<[K, V], void, undefined> {
    for (const slot of this.#heap.inOrder()) {
      // It may have gone since, and the slot be another's.
      const key = this.#keys[slot] as K;
      if (this.#map.get(key) !== slot || this.#hasEnded(slot, this.#clock.monotonic())) continue;
      yield [key, this.#values[slot] as V];
    }
  }

  *keys(): Generator<K, void, undefined> {
    for (const [key] of this.entries()) yield key;
  }

  *values(): Generator<V, void, undefined> {
    for (const [, value] of this.entries()) yield value;
  }

  [Symbol.iterator](): Generator<[K, V], void, undefined> {
    return this.entries();
  }

  forEach(callback: (value: V, key: K, cache: this) => unknown): void {
    for (const [key, value] of this.entries()) callback(value, key, this);
  }

  /** Stops the timer until the next `set`. */
  cancelTimer(): void {
    this.#disarm?.();
    this.#disarm = undefined;
    this.#armedFor = Number.POSITIVE_INFINITY;
  }

  stats(): TTLCacheStats {
    const reads = this.#hits + this.#misses;
    return {
      size: this.size,
      hits: this.#hits,
      misses: this.#misses,
      hitRatio: reads === 0 ? 0 : this.#hits / reads,
      additions: this.#additions,
      evictions: this.#evictions,
      expirations: this.#expirations,
    };
  }

  /** Clears the cache and its timer. */
  [Symbol.dispose](): void {
    this.clear();
  }

  get [Symbol.toStringTag](): string {
    return 'TTLCache';
  }

  #ttlFor(value: V, key: K): number | undefined {
    const { ttl } = this.#options;
    return typeof ttl === 'function' ? ttl(value, key) : ttl;
  }

  /** The slot of a key that has not ended; one that has is ended now. */
  #live(key: K, now: number): number | undefined {
    const slot = this.#map.get(key);
    if (slot === undefined || !this.#hasEnded(slot, now)) return slot;
    this.#end(slot, 'stale');
    return undefined;
  }

  #hasEnded(slot: number, now: number): boolean {
    return this.#heap.dueOf(slot) <= now;
  }

  #add(key: K, value: V, ttl: number, now: number): void {
    const slot = this.#free.pop() ?? this.#keys.length;
    this.#keys[slot] = key;
    this.#values[slot] = value;
    this.#map.set(key, slot);
    this.#additions++;
    this.#setTime(slot, ttl, now);
  }

  #setTime(slot: number, ttl: number, now: number): void {
    this.#ttls[slot] = ttl;
    this.#heap.put(slot, now + ttl);
    if (this.#options.autopurge !== false && now + ttl < this.#armedFor) this.#arm(now + ttl, now);
  }

  #evict(now: number): void {
    const slot = this.#heap.first();
    this.#end(slot, this.#hasEnded(slot, now) ? 'stale' : 'evict');
  }

  #end(slot: number, reason: TTLDisposeReason): void {
    const key = this.#keys[slot] as K;
    const value = this.#values[slot] as V;
    this.#map.delete(key);
    this.#keys[slot] = undefined;
    this.#values[slot] = undefined;
    this.#heap.remove(slot);
    this.#free.push(slot);
    if (reason === 'stale') this.#expirations++;
    else if (reason === 'evict') this.#evictions++;
    if (this.#map.size === 0) this.cancelTimer();
    this.#options.dispose?.(value, key, reason);
  }

  #arm(due: number, now: number): void {
    this.cancelTimer();
    if (due === Number.POSITIVE_INFINITY) return;
    this.#armedFor = due;
    const delayMs = Math.min(MOST_DELAY_MS, Math.max(1, Math.ceil(due - now)));
    // `every`, because it keeps no process alive, as `after` would; it fires once.
    this.#disarm = this.#timer.every(delayMs, () => {
      this.cancelTimer();
      try {
        this.purgeStale();
      } finally {
        const next = this.#heap.first();
        if (next >= 0) this.#arm(this.#heap.dueOf(next), this.#clock.monotonic());
      }
    });
  }
}

function checkTtl(ttl: unknown): number {
  if (typeof ttl === 'number' && ttl > 0) return ttl;
  throw new RangeError(`ttl must be a positive number of milliseconds or Infinity, got ${String(ttl)}`);
}
