/** `SharedHistogram`: counts of values that all threads of a shared arena record into, without waiting for each other. */

import type { Arena } from '../../../bindings/arena.js';
import { Adopted, type HandleOptions, type StructureKind } from '../../../bindings/handle.js';
import {
  DIGITS,
  PARTS,
  type SharedHistogramKernel,
  sharedHistogramKernel,
} from '../../../bindings/kernels/sketches/shared-histogram.js';
import { checkInteger, Sketch } from '../../../bindings/sketch.js';
import { describe } from '../../../bindings/staging.js';
import { HdrHistogram } from '../hdr-histogram/index.js';

export interface SharedHistogramOptions extends HandleOptions {
  /** Values below are not told apart. From 1 to 2^52. Default 1. */
  lowestDiscernibleValue?: number;
  /** At least twice the lowest, at most 2^53 − 1, which is the default: every value. */
  highestTrackableValue?: number;
  /** Decimal digits that are kept of a value, 1 to 5. Default 3: a value is off by at most one part in a thousand. */
  significantDigits?: number;
  /**
   * Copies of the counts among which the threads are spread, 1 to 128; more are faster where threads record alike values at
   * once, and take their memory each. Default 4, or 1 where the arena is not shared.
   */
  parts?: number;
}

export interface SharedHistogramStats {
  readonly totalCount: number;
  /** Places for counts in each part, eight bytes each. */
  readonly slots: number;
  readonly parts: number;
  /** Bytes of the arena, allocator headers aside. */
  readonly bytes: number;
}

const KIND: StructureKind = { number: 62, name: 'SharedHistogram' };
const MOST = Number.MAX_SAFE_INTEGER;
const MOST_PARTS = 128;
const USUAL_PARTS = 4;
const ROOT_BYTES = 64;
/** Counts that one crossing lists, and bytes of each in the list. */
const CHUNK = 2048;
const ENTRY_BYTES = 24;

/**
 * A histogram after Gil Tene's HdrHistogram of a fixed range. Each recording is one atomic instruction: none is lost, and a
 * thread that is killed has recorded or has not. What it answers is that of an `HdrHistogram` made of what is there.
 */
export class SharedHistogram extends Sketch<SharedHistogramKernel> {
  /** Address of the counts that this thread adds to. */
  readonly #counts: number;

  /**
   * @throws RangeError, TypeError for options that no histogram has
   * @throws ArenaFullError
   * @throws NameError when the name is taken
   */
  constructor(options: SharedHistogramOptions | Adopted = {}) {
    super(KIND, sharedHistogramKernel, options, (arena, kernel) => {
      const wanted = options as SharedHistogramOptions;
      const { lowestDiscernibleValue: lowest = 1, highestTrackableValue: highest = MOST } = wanted;
      const { significantDigits: digits = 3, parts = arena.isShared ? USUAL_PARTS : 1 } = wanted;
      checkInteger(lowest, 'lowestDiscernibleValue', 1, 2 ** 52 - 1);
      checkInteger(highest, 'highestTrackableValue', 2 * lowest, MOST);
      checkInteger(digits, 'significantDigits', 1, 5);
      checkInteger(parts, 'parts', 1, MOST_PARTS);
      return kernel.create(lowest, highest, digits, parts);
    });
    this.#counts = this.kernel.partOf(this.alive, this.arena.participant?.number ?? 0);
  }

  /** The histogram of this name. @throws NameError when there is none, or it is something else */
  static open(arena: Arena, name: string): SharedHistogram {
    const { root, handle } = arena.findName(name, KIND.number, KIND.name);
    return handle instanceof SharedHistogram ? handle : new SharedHistogram(new Adopted(arena, root));
  }

  /** Counts a value; fractions are dropped. O(1), and waits for nobody. @throws RangeError for what is no value in range */
  record(value: number): void {
    if (this.kernel.record(this.alive, this.#counts, value, 1) !== 0) this.#refuse(value);
  }

  /** Counts a value `count` times. Throws as `record`. */
  recordWithCount(value: number, count: number): void {
    checkInteger(count, 'count', 0, MOST);
    if (this.kernel.record(this.alive, this.#counts, value, count) !== 0) this.#refuse(value);
  }

  /**
   * An `HdrHistogram` of what was recorded: everything before the call, nothing after it, and of what others record
   * meanwhile some. O(slots · parts).
   *
   * @param options of the new histogram: by default it is in `Arena.default`
   * @throws RangeError when more was recorded than 2^53 − 1
   */
  snapshot(options: HandleOptions = {}): HdrHistogram {
    return this.#collect(options, false);
  }

  /** As `snapshot`, and forgets it: what others record meanwhile is in this one or in the next, and never lost. */
  reset(options: HandleOptions = {}): HdrHistogram {
    return this.#collect(options, true);
  }

  /** O(slots · parts), as all that follows. */
  get totalCount(): number {
    return this.kernel.total(this.alive);
  }

  /** The lowest of the values equivalent to the smallest one recorded; 0 when there is none. */
  get min(): number {
    return this.#ask((histogram) => histogram.min);
  }

  /** The highest of the values equivalent to the largest one recorded; 0 when there is none. */
  get max(): number {
    return this.#ask((histogram) => histogram.max);
  }

  /** Mean of the values, each taken as the middle of its equivalents; 0 when there is none. */
  get mean(): number {
    return this.#ask((histogram) => histogram.mean);
  }

  get stdDeviation(): number {
    return this.#ask((histogram) => histogram.stdDeviation);
  }

  /** The value at or below which that share of the recorded values is, from 0 to 100; 0 when there is none. */
  valueAtPercentile(percentile: number): number {
    return this.#ask((histogram) => histogram.valueAtPercentile(percentile));
  }

  /** `valueAtPercentile` of each, of one moment. */
  valuesAtPercentiles(percentiles: readonly number[]): number[] {
    return this.#ask((histogram) => histogram.valuesAtPercentiles(percentiles));
  }

  get lowestDiscernibleValue(): number {
    return this.kernel.lowest(this.alive);
  }

  get highestTrackableValue(): number {
    return this.kernel.highest(this.alive);
  }

  get significantDigits(): number {
    return this.word(DIGITS);
  }

  stats(): SharedHistogramStats {
    const slots = this.kernel.length(this.alive) >>> 0;
    const parts = this.word(PARTS);
    return { totalCount: this.totalCount, slots, parts, bytes: ROOT_BYTES + 8 * slots * parts };
  }

  #ask<T>(question: (histogram: HdrHistogram) => T): T {
    const histogram = this.snapshot();
    try {
      return question(histogram);
    } finally {
      histogram.dispose();
    }
  }

  #collect(options: HandleOptions, taking: boolean): HdrHistogram {
    const root = this.alive;
    const { lowestDiscernibleValue, highestTrackableValue, significantDigits } = this;
    // Made first, and of the full range: nothing fails once counts have been taken.
    const histogram = new HdrHistogram({
      ...options,
      lowestDiscernibleValue,
      highestTrackableValue,
      significantDigits,
    });
    const at = this.arena.scratch(CHUNK * ENTRY_BYTES);
    const slots = this.kernel.length(root) >>> 0;
    for (let from = 0; from < slots; from += CHUNK) {
      const count = this.kernel.entries(root, from, CHUNK, at, taking ? 1 : 0);
      const list = this.arena.f64.slice(at >>> 3, (at >>> 3) + 3 * count);
      for (let i = 0; i < list.length; i += 3) {
        histogram.recordWithCount(list[i] as number, list[i + 2] as number);
      }
    }
    return histogram;
  }

  #refuse(value: unknown): never {
    if (typeof value !== 'number') throw new TypeError(`A value must be a number, got ${describe(value)}`);
    throw new RangeError(`A value must be from 0 to ${this.highestTrackableValue}, got ${value}`);
  }
}
