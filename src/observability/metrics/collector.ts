/**
 * `MetricsCollector`: rates, error rates and latencies by name, over a window that slides. What most programs want to know,
 * without a registry, labels or a server that asks.
 */

import { describe } from '../../../bindings/staging.js';
import { type Clock, systemClock } from '../../ports/clock.js';
import { LogLinear } from './log-linear.js';

export interface MetricsCollectorOptions {
  /** What the answers are about, in milliseconds. Default 60 000. */
  windowMs?: number;
  /** Slices of the window, 2 to 100: it moves on by one at a time. Default 12. */
  slices?: number;
  /** Names at most; what comes by others is counted together under `'(other)'`. Default 1000. */
  maxNames?: number;
  /** How far off a percentile is at most, as a share of it, from 0.0001 to 0.25. Default 0.01. */
  relativeError?: number;
  /** Default the platform's. */
  clock?: Clock;
}

/** What was recorded under a name in the window. Times are in milliseconds, and NaN where nothing was recorded. */
export interface CollectedStats {
  readonly count: number;
  readonly errors: number;
  /** Errors as a share of the count, from 0 to 1; 0 where nothing was recorded. */
  readonly errorRate: number;
  readonly ratePerSecond: number;
  readonly errorsPerSecond: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  /** Since the beginning, or the last `reset`. */
  readonly totalCount: number;
  readonly totalErrors: number;
}

/** Under which names beyond `maxNames` are counted. */
export const OTHER_NAMES = '(other)';
const DEFAULT_WINDOW_MS = 60_000;
const DEFAULT_SLICES = 12;
const DEFAULT_MAX_NAMES = 1000;
/** A microsecond to eleven days, in milliseconds. */
const RANGE = { lowest: 1e-3, highest: 1e9 };

/** What was recorded in one slice of time. */
interface Slice {
  epoch: number;
  count: number;
  errors: number;
  sum: number;
  min: number;
  max: number;
  readonly counts: Float64Array;
}

class Track {
  readonly slices: (Slice | undefined)[];
  totalCount = 0;
  totalErrors = 0;

  constructor(slices: number) {
    this.slices = new Array<Slice | undefined>(slices).fill(undefined);
  }
}

export class MetricsCollector {
  readonly windowMs: number;
  readonly #clock: Clock;
  readonly #slices: number;
  readonly #sliceMs: number;
  readonly #maxNames: number;
  readonly #shape: LogLinear;
  readonly #tracks = new Map<string, Track>();
  #startMs: number;

  /** @throws TypeError, RangeError */
  constructor(options: MetricsCollectorOptions = {}) {
    const { windowMs = DEFAULT_WINDOW_MS, slices = DEFAULT_SLICES, maxNames = DEFAULT_MAX_NAMES } = options;
    const { relativeError = 0.01, clock = systemClock } = options;
    check('windowMs', windowMs, 1, 2 ** 40);
    check('slices', slices, 2, 100);
    check('maxNames', maxNames, 1, 1_000_000);
    if (!Number.isInteger(slices)) throw new RangeError(`slices must be an integer, got ${slices}`);
    this.windowMs = windowMs;
    this.#clock = clock;
    this.#slices = slices;
    this.#sliceMs = windowMs / slices;
    this.#maxNames = maxNames;
    this.#shape = new LogLinear({ ...RANGE, relativeError });
    this.#startMs = clock.monotonic();
  }

  /**
   * Records one call. O(1).
   *
   * @param ms how long it took, from 0
   * @param ok whether it succeeded
   * @throws TypeError, RangeError; nothing is recorded then
   */
  record(name: string, ms: number, ok = true): void {
    if (typeof name !== 'string') throw new TypeError(`name must be a string, got ${describe(name)}`);
    if (typeof ms !== 'number') throw new TypeError(`ms must be a number, got ${describe(ms)}`);
    if (!(ms >= 0 && ms < Number.POSITIVE_INFINITY)) throw new RangeError(`ms must be finite and from 0, got ${ms}`);
    const track = this.#tracks.get(name) ?? this.#begin(name);
    const slice = this.#slice(track);
    slice.count++;
    slice.sum += ms;
    if (ms < slice.min) slice.min = ms;
    if (ms > slice.max) slice.max = ms;
    const bucket = this.#shape.indexOf(ms);
    slice.counts[bucket] = (slice.counts[bucket] as number) + 1;
    track.totalCount++;
    if (ok) return;
    slice.errors++;
    track.totalErrors++;
  }

  /** Runs a function and records how long it took and whether it threw; of a promise, whether it was rejected. */
  time<R>(name: string, fn: () => R): R {
    const startMs = this.#clock.monotonic();
    const end = (ok: boolean): void => this.record(name, Math.max(0, this.#clock.monotonic() - startMs), ok);
    let result: R;
    try {
      result = fn();
    } catch (error) {
      end(false);
      throw error;
    }
    if (typeof (result as { then?: unknown } | undefined)?.then !== 'function') {
      end(true);
      return result;
    }
    return (result as PromiseLike<unknown> & R).then(
      (value: unknown) => {
        end(true);
        return value;
      },
      (reason: unknown) => {
        end(false);
        throw reason;
      },
    ) as R;
  }

  /** What was recorded under a name in the window; all zeros where nothing ever was. O(slices · buckets). */
  stats(name: string): CollectedStats {
    const nowMs = this.#clock.monotonic();
    const epoch = this.#epochAt(nowMs);
    const track = this.#tracks.get(name);
    const counts = new Float64Array(this.#shape.length);
    const all = { count: 0, errors: 0, sum: 0, min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY };
    for (const slice of track?.slices ?? []) {
      if (slice === undefined || slice.epoch > epoch || slice.epoch <= epoch - this.#slices) continue;
      all.count += slice.count;
      all.errors += slice.errors;
      all.sum += slice.sum;
      all.min = Math.min(all.min, slice.min);
      all.max = Math.max(all.max, slice.max);
      for (let i = 0; i < counts.length; i++) counts[i] = (counts[i] as number) + (slice.counts[i] as number);
    }
    const { count, errors, sum, min, max } = all;
    const seconds = this.#coveredMs(nowMs, epoch) / 1000;
    const quantile = (share: number): number => this.#shape.quantile(share, counts, 0, count, min, max);
    return {
      count,
      errors,
      errorRate: count === 0 ? 0 : errors / count,
      ratePerSecond: seconds > 0 ? count / seconds : 0,
      errorsPerSecond: seconds > 0 ? errors / seconds : 0,
      min: count === 0 ? Number.NaN : min,
      max: count === 0 ? Number.NaN : max,
      mean: sum / count,
      p50: quantile(0.5),
      p95: quantile(0.95),
      p99: quantile(0.99),
      totalCount: track?.totalCount ?? 0,
      totalErrors: track?.totalErrors ?? 0,
    };
  }

  /** `stats` of every name, in the order in which they came. */
  all(): Map<string, CollectedStats> {
    return new Map([...this.#tracks.keys()].map((name) => [name, this.stats(name)]));
  }

  /** Forgets everything recorded. */
  reset(): void {
    this.#tracks.clear();
    this.#startMs = this.#clock.monotonic();
  }

  #begin(name: string): Track {
    const known = this.#tracks.size < this.#maxNames ? undefined : this.#tracks.get(OTHER_NAMES);
    if (known !== undefined) return known;
    const track = new Track(this.#slices);
    this.#tracks.set(this.#tracks.size < this.#maxNames ? name : OTHER_NAMES, track);
    return track;
  }

  /** The slice of now, emptied where it was one of the past. */
  #slice(track: Track): Slice {
    const epoch = this.#epochAt(this.#clock.monotonic());
    const index = epoch % this.#slices;
    let slice = track.slices[index];
    if (slice === undefined) {
      slice = { epoch, ...EMPTY, counts: new Float64Array(this.#shape.length) };
      track.slices[index] = slice;
    } else if (slice.epoch !== epoch) {
      Object.assign(slice, EMPTY);
      slice.epoch = epoch;
      slice.counts.fill(0);
    }
    return slice;
  }

  #epochAt(nowMs: number): number {
    return Math.max(0, Math.floor((nowMs - this.#startMs) / this.#sliceMs));
  }

  /** How long the slices that are read reach back. */
  #coveredMs(nowMs: number, epoch: number): number {
    const firstMs = this.#startMs + Math.max(0, epoch - this.#slices + 1) * this.#sliceMs;
    return nowMs - firstMs;
  }
}

const EMPTY = { count: 0, errors: 0, sum: 0, min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY };

function check(name: string, value: unknown, least: number, most: number): void {
  if (typeof value !== 'number') throw new TypeError(`${name} must be a number, got ${describe(value)}`);
  if (!(value >= least && value <= most))
    throw new RangeError(`${name} must be from ${least} to ${most}, got ${value}`);
}
