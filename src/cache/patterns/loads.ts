/** The loads of a cache that are under way, and what is done with what they bring. */

import { isPromiseLike } from '../../base/promise-like.js';
import { MOST_DELAY_MS } from '../../base/waiter.js';
import type { Cache } from '../cache/cache.js';
import { Flight, Held, type Origin, within } from './flight.js';
import { type EntryOptions, type Load, type ReadOptions, type Settings, ttlOf } from './options.js';
import type { TagVersions } from './tag-versions.js';

export class Loads<K, V> {
  loads = 0;
  failures = 0;
  staleHits = 0;
  timeouts = 0;
  readonly #flights = new Map<K, Flight<V>>();
  readonly #cache: Cache<K, Held<V>>;
  readonly #settings: Settings;
  readonly #tags: TagVersions;
  readonly #onError: ((error: unknown, key?: K) => void) | undefined;
  readonly #offered: (flight: Flight<V>, value: V, graceMs: number, tags: readonly string[]) => void;

  constructor(
    cache: Cache<K, Held<V>>,
    settings: Settings,
    tags: TagVersions,
    onError: ((error: unknown, key?: K) => void) | undefined,
  ) {
    this.#cache = cache;
    this.#settings = settings;
    this.#tags = tags;
    this.#onError = onError;
    this.#offered = (flight, value, graceMs, held) => {
      if (!tags.holds(held, flight.stamp)) return;
      const now = settings.clock.monotonic();
      flight.stale = new Held(value, now, now + graceMs, now, { loadMs: 0, tags: held, stamp: flight.stamp });
    };
  }

  /** How many are under way: at most one for each key that is asked for. */
  get size(): number {
    return this.#flights.size;
  }

  has(key: K): boolean {
    return this.#flights.has(key);
  }

  get(key: K): Flight<V> | undefined {
    return this.#flights.get(key);
  }

  /** Waits for a flight, as patiently as the options and the settings say. */
  wait(flight: Flight<V>, options: ReadOptions): Promise<V | undefined> {
    const settings = this.#settings;
    const { signal, softTimeoutMs = settings.softTimeoutMs, hardTimeoutMs = settings.hardTimeoutMs } = options;
    if (softTimeoutMs > MOST_DELAY_MS && hardTimeoutMs > MOST_DELAY_MS) return flight.join(signal);
    return flight.joinWithin(signal, settings.timer, softTimeoutMs, hardTimeoutMs, (stale) => {
      if (stale) this.staleHits++;
      else this.timeouts++;
    });
  }

  /** Begins to load; whoever loads the key already is joined by nobody any more. */
  begin(key: K, load: Load<K, V>, options: EntryOptions, stale: Held<V> | undefined, early: boolean): Flight<V> {
    const { clock, timer, loadTimeoutMs } = this.#settings;
    const flight: Flight<V> = new Flight<V>(
      this.entryOf(options),
      { stamp: this.#tags.stamp, startedMs: clock.monotonic(), stale, early },
      () => {
        flight.current = false;
        this.#land(key, flight);
      },
      this.#offered,
    );
    this.loads++;
    let result: ReturnType<typeof load>;
    try {
      result = load(key, flight);
    } catch (error) {
      result = Promise.reject(error);
    }
    this.ground(key);
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
  ground(key: K): void {
    const flight = this.#flights.get(key);
    if (flight === undefined) return;
    flight.current = false;
    this.#flights.delete(key);
  }

  /** As `ground`, of all. */
  groundAll(): void {
    for (const flight of this.#flights.values()) flight.current = false;
    this.#flights.clear();
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
    this.keep(key, value, ttlOf(ttl), grace, { loadMs, tags, stamp });
    return value;
  }

  #failed(key: K, flight: Flight<V>, error: unknown): V | undefined {
    this.failures++;
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
    this.staleHits++;
    this.#onError?.(error, key);
    return stale.value;
  }

  /** Holds a value, or that there is none, where that is to be remembered. */
  keep(key: K, value: V | undefined, ttl: number, grace: number, origin: Origin): void {
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

  /** What options and settings say of an entry together. */
  entryOf({ ttl, grace, tags }: EntryOptions): { ttl: number; grace: number; tags: readonly string[] } {
    const settings = this.#settings;
    const own = settings.tags;
    return {
      ttl: ttl === undefined ? settings.ttl : ttlOf(ttl),
      grace: grace ?? settings.grace,
      tags: tags === undefined || tags.length === 0 ? own : own.length === 0 ? tags : [...own, ...tags],
    };
  }
}
