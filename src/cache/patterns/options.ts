/** How caches of this room are made and asked, and what is checked of it. */

import { type Clock, systemClock } from '../../ports/clock.js';
import { type Random, systemRandom } from '../../ports/random.js';
import { systemTimer, type Timer } from '../../ports/timer.js';
import type { PolicyName } from '../policies/policy.js';
import type { InvalidationBus } from './bus.js';

/** How long a value is good for. */
export interface EntryOptions {
  /** Milliseconds for which the value is fresh; 0 is for ever. Default the cache's. */
  readonly ttl?: number | undefined;
  /** Milliseconds after that for which it is stale: given where a load fails or takes too long. Default the cache's. */
  readonly grace?: number | undefined;
  /** What the value is invalidated with. */
  readonly tags?: readonly string[] | undefined;
}

/** How long a caller waits. */
export interface PatienceOptions {
  /** Milliseconds after which a stale value is given, while the load goes on; 0 gives it at once. Default infinity. */
  readonly softTimeoutMs?: number | undefined;
  /** Milliseconds after which the wait ends, with a stale value or a `TimeoutError`; the load goes on. Default infinity. */
  readonly hardTimeoutMs?: number | undefined;
}

/** One read. */
export interface ReadOptions extends EntryOptions, PatienceOptions {
  /** Ends the wait of this caller with exactly `signal.reason`. When all who wait have gone, the load is aborted. */
  readonly signal?: AbortSignal | undefined;
  /** Loads again what is fresh. Default false. */
  readonly forceRefresh?: boolean | undefined;
}

/** What a load is told, and may tell. What it changes holds for keeping the result. */
export interface LoadContext<V> {
  /** Aborted when nobody waits any more, or the load takes longer than it may. */
  readonly signal: AbortSignal;
  /** The value that is to be replaced, while it has grace. */
  readonly staleValue: V | undefined;
  ttl: number;
  grace: number;
  tags: readonly string[];
  /** The result is given to those who wait, and not kept. Default false. */
  noStore: boolean;
  /** Hands over a stale value that was met on the way: it is given where the load fails or takes too long. */
  offerStale(value: V, graceMs: number, tags: readonly string[]): void;
}

/** Loads the value of a key; `undefined` where there is none. */
export type Load<K, V> = (key: K, context: LoadContext<V>) => Promise<V | undefined> | V | undefined;

export interface CacheAsideOptions<K, V> extends EntryOptions, PatienceOptions {
  /** Entries at most. Default 10 000. */
  readonly max?: number | undefined;
  /** The sum of sizes at most. Default: sizes are not counted. */
  readonly maxSize?: number | undefined;
  readonly sizeCalculation?: ((value: V, key: K) => number) | undefined;
  /** Which entry goes when room is needed. Default `'lru'`. */
  readonly policy?: PolicyName | undefined;
  /** Milliseconds for which it is remembered that there is no value. Default 0: it is asked for each time. */
  readonly negativeTtl?: number | undefined;
  /**
   * Milliseconds for which it is remembered that a load failed: until then the stale value is given, or else the error,
   * and nothing is loaded. Default 0.
   */
  readonly failureTtl?: number | undefined;
  /** A read in the last so many milliseconds of freshness loads again in the background. Default 0. */
  readonly refreshAheadMs?: number | undefined;
  /**
   * Loads again before freshness ends with a chance that rises towards the end, and with how long the load took, so that
   * many processes do not all do it at once: XFetch (Vattani, Chierichetti, Lowenstein 2015), whose β this is; 1 is the
   * optimum where loads take as long as they do on average. Default 0: not.
   */
  readonly earlyBeta?: number | undefined;
  /** Milliseconds after which a load is aborted, and fails with a `TimeoutError`. Default infinity. */
  readonly loadTimeoutMs?: number | undefined;
  /** Tags that are remembered as invalidated. Default 100 000; beyond it more is invalidated than need be. */
  readonly maxTags?: number | undefined;
  /** Tells caches of the same in other threads, processes or tabs what is no longer so. Keys are strings or numbers then. */
  readonly bus?: InvalidationBus | undefined;
  /** Told of failures that no caller sees: of a refresh in the background, of a load whose stale value was given, of the bus. */
  readonly onError?: ((error: unknown, key?: K) => void) | undefined;
  readonly clock?: Clock | undefined;
  readonly timer?: Timer | undefined;
  readonly random?: Random | undefined;
}

/** The options with their defaults; for ever is infinity. */
export interface Settings {
  readonly ttl: number;
  readonly grace: number;
  readonly tags: readonly string[];
  readonly negativeTtl: number;
  readonly failureTtl: number;
  readonly refreshAheadMs: number;
  readonly earlyBeta: number;
  readonly softTimeoutMs: number;
  readonly hardTimeoutMs: number;
  readonly loadTimeoutMs: number;
  readonly clock: Clock;
  readonly timer: Timer;
  readonly random: Random;
}

export const DEFAULT_MAX = 10_000;
const FOR_EVER = Number.POSITIVE_INFINITY;

/** @throws TypeError, RangeError */
export function settingsOf<K, V>(options: CacheAsideOptions<K, V>): Settings {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`options must be an object, got ${options === null ? 'null' : typeof options}`);
  }
  const { negativeTtl = 0, failureTtl = 0, refreshAheadMs = 0, earlyBeta = 0, onError } = options;
  const { softTimeoutMs = FOR_EVER, hardTimeoutMs = FOR_EVER, loadTimeoutMs = FOR_EVER } = options;
  checkDurations({ negativeTtl, failureTtl, refreshAheadMs, earlyBeta });
  checkDurations({ softTimeoutMs, hardTimeoutMs, loadTimeoutMs });
  checkRead(options);
  if (onError !== undefined && typeof onError !== 'function') {
    throw new TypeError(`onError must be a function, got ${typeof onError}`);
  }
  return {
    ttl: ttlOf(options.ttl ?? 0),
    grace: options.grace ?? 0,
    tags: options.tags ?? [],
    negativeTtl,
    failureTtl,
    refreshAheadMs,
    earlyBeta,
    softTimeoutMs,
    hardTimeoutMs,
    loadTimeoutMs,
    clock: options.clock ?? systemClock,
    timer: options.timer ?? systemTimer,
    random: options.random ?? systemRandom,
  };
}

/** The time to live as a duration: 0 stands for for ever. */
export function ttlOf(ttl: number): number {
  return ttl === 0 ? FOR_EVER : ttl;
}

/** Refuses options of a read or of an entry that are none. @throws TypeError, RangeError */
export function checkRead({ ttl, grace, softTimeoutMs, hardTimeoutMs, tags, signal }: ReadOptions): void {
  checkDurations({ ttl, grace, softTimeoutMs, hardTimeoutMs });
  if (tags !== undefined && !(Array.isArray(tags) && tags.every((tag) => typeof tag === 'string'))) {
    throw new TypeError('tags must be an array of strings');
  }
  if (signal !== undefined && typeof signal?.addEventListener !== 'function') {
    throw new TypeError(`signal must be an AbortSignal, got ${signal === null ? 'null' : typeof signal}`);
  }
}

/** @throws TypeError, RangeError naming what is no number, or less than 0 */
export function checkDurations(durations: Readonly<Record<string, unknown>>): void {
  for (const name in durations) {
    const value = durations[name];
    if (value === undefined) continue;
    if (typeof value !== 'number') throw new TypeError(`${name} must be a number, got ${typeof value}`);
    if (!(value >= 0)) throw new RangeError(`${name} must be at least 0, got ${value}`);
  }
}
