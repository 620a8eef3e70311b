/** `HdrHistogram`: counts of values over many orders of magnitude, to a fixed number of significant digits. */

import { Arena } from '../../../bindings/arena.js';
import { DecodeError } from '../../../bindings/decode-error.js';
import { ENVELOPE_BYTES, envelope, refused, seal, unseal } from '../../../bindings/envelope.js';
import { ArenaFullError } from '../../../bindings/errors.js';
import { Adopted, type HandleOptions, type StructureKind } from '../../../bindings/handle.js';
import { type HdrHistogramKernel, hdrHistogramKernel } from '../../../bindings/kernels/sketches/hdr-histogram.js';
import { checkInteger, Made, Sketch } from '../../../bindings/sketch.js';
import { checkBytes, describe, stage } from '../../../bindings/staging.js';
import {
  type Entry,
  type HistogramStep,
  levelSteps,
  type PercentileStep,
  percentileSteps,
  recordedSteps,
} from './iteration.js';

const KIND: StructureKind = { number: 19, name: 'HdrHistogram' };
const VERSION = 1;
const HEAD_BYTES = 24;
const MOST = Number.MAX_SAFE_INTEGER;
const V2_COOKIE = 0x1c84_9303;
const V2_HEAD_BYTES = 40;
/** Doubles, or words, that one crossing carries. */
const CHUNK = 8192;
/** Counts that one crossing lists. */
const ENTRIES = 2048;

export interface HdrHistogramOptions extends HandleOptions {
  /** Values below are not told apart. From 1 to 2^52. Default 1. */
  lowestDiscernibleValue?: number;
  /** At least twice the lowest, at most 2^53 − 1. Default 2, and `autoResize`. */
  highestTrackableValue?: number;
  /** Decimal digits that are kept of a value, 1 to 5. Default 3: a value is off by at most one part in a thousand. */
  significantDigits?: number;
  /** Whether the range grows when a value is above it. Default true, unless `highestTrackableValue` is given. */
  autoResize?: boolean;
}

export interface HdrHistogramStats {
  readonly totalCount: number;
  /** Places for counts, eight bytes each. */
  readonly slots: number;
  readonly buckets: number;
  /** Bytes of the arena, allocator headers aside. */
  readonly bytes: number;
}

/**
 * A histogram after Gil Tene's HdrHistogram. Values are integers from 0 to 2^53 − 1 (fractions are dropped), and so are
 * counts and their total. What it answers is an "equivalent" value: the highest, where nothing else is said, of those it
 * does not tell apart.
 */
export class HdrHistogram extends Sketch<HdrHistogramKernel> {
  /**
   * @throws RangeError, TypeError for options that no histogram has
   * @throws ArenaFullError
   * @throws NameError when the name is taken
   */
  constructor(options: HdrHistogramOptions | Adopted | Made = {}) {
    super(KIND, hdrHistogramKernel, options, (_, kernel) => {
      const wanted = options as HdrHistogramOptions;
      const { lowestDiscernibleValue: lowest = 1, significantDigits: digits = 3 } = wanted;
      const { highestTrackableValue: highest = 2 * lowest } = wanted;
      const { autoResize = wanted.highestTrackableValue === undefined } = wanted;
      checkInteger(lowest, 'lowestDiscernibleValue', 1, 2 ** 52 - 1);
      checkInteger(highest, 'highestTrackableValue', 2 * lowest, MOST);
      checkInteger(digits, 'significantDigits', 1, 5);
      return kernel.create(lowest, highest, digits, autoResize ? 1 : 0);
    });
  }

  /** The same as the constructor. */
  static create(options: HdrHistogramOptions = {}): HdrHistogram {
    return new HdrHistogram(options);
  }

  /** The histogram of this name, also after a snapshot. @throws NameError when there is none, or it is something else */
  static open(arena: Arena, name: string): HdrHistogram {
    const { root, handle } = arena.findName(name, KIND.number, KIND.name);
    return handle instanceof HdrHistogram ? handle : new HdrHistogram(new Adopted(arena, root));
  }

  /**
   * The histogram that `toBytes()` wrote. O(slots).
   *
   * @throws SnapshotError when the bytes are truncated, altered, of another format, or say what no histogram is
   * @throws ArenaFullError
   */
  static fromBytes(bytes: Uint8Array, options: HandleOptions = {}): HdrHistogram {
    const arena = options.arena ?? Arena.default;
    if (options.name !== undefined) arena.assertNameFree(options.name);
    const payload = unseal(arena, KIND, VERSION, bytes);
    if (payload.length < HEAD_BYTES) throw refused(KIND, `${payload.length} bytes are no header`);
    const head = new DataView(payload.buffer, payload.byteOffset, HEAD_BYTES);
    const [digits, resizes] = [head.getUint32(0, true), head.getUint32(4, true)];
    const [lowest, highest] = [head.getFloat64(8, true), head.getFloat64(16, true)];
    if (!isShape(lowest, highest, digits) || resizes > 1) throw refused(KIND, 'a field of the header is out of range');
    const root = build(arena, { lowest, highest, digits, resizes, counts: payload.slice(HEAD_BYTES) }, (at) =>
      refused(KIND, `the counts are wrong at byte ${HEAD_BYTES + at}`),
    );
    const made = new HdrHistogram(new Made(arena, root, options.name));
    if (same(made.#payload(), payload)) return made;
    made.dispose();
    throw refused(KIND, 'the counts are not written as this version writes them');
  }

  /**
   * The histogram that bytes of the V2 encoding hold, as HdrHistogram's implementations in other languages write it.
   * Its range grows by itself.
   *
   * @throws DecodeError when the bytes are something else, cut short, or hold what no histogram here can
   * @throws ArenaFullError
   */
  static decode(bytes: Uint8Array, options: HandleOptions = {}): HdrHistogram {
    const arena = options.arena ?? Arena.default;
    if (options.name !== undefined) arena.assertNameFree(options.name);
    checkBytes(bytes, 'What HdrHistogram.decode takes');
    const root = build(arena, readV2(bytes), (at) => bad('a count is wrong', V2_HEAD_BYTES + at));
    return new HdrHistogram(new Made(arena, root, options.name));
  }

  // ── Recording ───────────────────────────────────────────────────────────────────────────────────

  /**
   * Counts a value. O(1).
   *
   * @throws RangeError for what is no value, or above a range that does not grow
   * @throws ArenaFullError when the range cannot grow; the histogram is as it was
   */
  record(value: number): void {
    const status = this.kernel.record(this.alive, value);
    if (status !== 0) this.#refuse(status, value);
  }

  /** Counts a value `count` times. Throws as `record`, and RangeError when the total would pass 2^53 − 1. */
  recordWithCount(value: number, count: number): void {
    checkInteger(count, 'count', 0, MOST);
    const status = this.kernel.recordCount(this.alive, value, count);
    if (status !== 0) this.#refuse(status, value);
  }

  /**
   * Counts a value, and those that would have been measured had the measurer not been waiting for this one: value −
   * interval, value − 2 · interval, … down to the interval (coordinated omission). O(slots), however many that are.
   * Throws as `recordWithCount`.
   *
   * @param expectedInterval between two measurements, from 0; with 0 nothing is corrected
   */
  recordWithExpectedInterval(value: number, expectedInterval: number, count = 1): void {
    checkInteger(expectedInterval, 'expectedInterval', 0, MOST);
    checkInteger(count, 'count', 0, MOST);
    const status = this.kernel.recordCorrected(this.alive, value, count, expectedInterval);
    if (status !== 0) this.#refuse(status, value);
  }

  /** Counts many values, all or none. Throws as `record`. A `Uint32Array` or `Float64Array` is copied as it is. */
  recordMany(values: Uint32Array | Float64Array | readonly number[]): void {
    const root = this.alive;
    const list = numbersOf(values);
    const bytes = list.BYTES_PER_ELEMENT;
    const at = stage(this.arena, Math.min(CHUNK, list.length) * bytes + 8, list);
    const wide = list instanceof Float64Array;
    const put = (from: number): number => {
      const piece = list.subarray(from, from + CHUNK);
      if (wide) this.arena.f64.set(piece, at >>> 3);
      else this.arena.u32.set(piece, at >>> 2);
      return piece.length;
    };
    let most = 0;
    for (let from = 0; from < list.length; from += CHUNK) {
      const count = put(from);
      const largest = wide ? this.kernel.largestF64(at, count) : this.kernel.largestU32(at, count);
      if (largest < 0) this.#refuse(largest, list.find((value) => !(value >= 0 && value <= MOST)) as number);
      most = Math.max(most, largest);
    }
    if (this.totalCount + list.length > MOST) this.#refuse(-3, most);
    const status = this.kernel.reserve(root, most);
    if (status !== 0) this.#refuse(status, most);
    for (let from = 0; from < list.length; from += CHUNK) {
      // What was staged last for the question is still there when it was all of it.
      const count = list.length <= CHUNK ? list.length : put(from);
      if (wide) this.kernel.recordManyF64(root, at, count);
      else this.kernel.recordManyU32(root, at, count);
    }
  }

  /**
   * Adds the counts of another histogram, of any shape; each count goes to where its lowest value belongs. O(slots).
   *
   * @throws RangeError when a value is above a range that does not grow, or the total would pass 2^53 − 1
   * @throws ArenaFullError; the histogram is as it was
   */
  add(other: HdrHistogram): this {
    const root = this.alive;
    const [at, count, most] = this.#stagePairs(other);
    const status = this.kernel.addPairs(root, at, count);
    if (status !== 0) this.#refuse(status, most);
    return this;
  }

  /** As `add`. */
  merge(other: HdrHistogram): this {
    return this.add(other);
  }

  /** A new histogram of the shape of this one with the counts of both. Throws as `add`. */
  merged(other: HdrHistogram, options: HandleOptions = { arena: this.arena }): HdrHistogram {
    const fresh = this.copy(options);
    try {
      return fresh.add(other);
    } catch (error) {
      fresh.dispose();
      throw error;
    }
  }

  /**
   * Takes the counts of another histogram away. O(slots).
   *
   * @throws RangeError when it counts a value more often than this one does; the histogram is as it was
   */
  subtract(other: HdrHistogram): this {
    const root = this.alive;
    const [at, count] = this.#stagePairs(other);
    const wrong = this.kernel.subtractPairs(root, at, count);
    if (wrong === 0) return this;
    const [value, wanted] = this.arena.f64.subarray((at >>> 3) + 2 * (wrong - 1), (at >>> 3) + 2 * wrong);
    throw new RangeError(
      `Cannot subtract ${wanted} counts of ${value}: there are ${this.countAt(value as number)}. The histogram is unchanged.`,
    );
  }

  /** A new histogram of the same shape and counts. O(slots). */
  copy(options: HandleOptions = { arena: this.arena }): HdrHistogram {
    return HdrHistogram.fromBytes(this.toBytes(), options);
  }

  /**
   * A new histogram in which each value has been recorded as by `recordWithExpectedInterval`: to correct what was
   * recorded without. O(slots²) at most.
   */
  copyCorrectedForCoordinatedOmission(
    expectedInterval: number,
    options: HandleOptions = { arena: this.arena },
  ): HdrHistogram {
    const fresh = this.copy(options);
    try {
      fresh.reset();
      for (const { high, count } of this.#entries()) fresh.recordWithExpectedInterval(high, expectedInterval, count);
    } catch (error) {
      fresh.dispose();
      throw error;
    }
    return fresh;
  }

  /** Forgets all counts; the range stays. O(slots). */
  reset(): void {
    this.kernel.reset(this.alive);
  }

  /** The same as `reset`. */
  clear(): void {
    this.reset();
  }

  // ── Asking ──────────────────────────────────────────────────────────────────────────────────────

  get totalCount(): number {
    return this.kernel.total(this.alive);
  }

  get lowestDiscernibleValue(): number {
    return this.kernel.lowestDiscernible(this.alive);
  }

  get highestTrackableValue(): number {
    return this.kernel.highestTrackable(this.alive);
  }

  get significantDigits(): number {
    return this.word(8);
  }

  get autoResize(): boolean {
    return this.word(12) !== 0;
  }

  set autoResize(resizes: boolean) {
    this.kernel.setResizes(this.alive, resizes ? 1 : 0);
  }

  /** The lowest of the values equivalent to the smallest one recorded; 0 when there is none. O(slots). */
  get min(): number {
    return this.kernel.lowestFrom(this.alive, 0);
  }

  /** The same of those above 0, or above what is not told from 0. */
  get minNonZero(): number {
    return this.kernel.lowestFrom(this.alive, 1);
  }

  /** The highest of the values equivalent to the largest one recorded; 0 when there is none. O(slots). */
  get max(): number {
    return this.kernel.highestRecorded(this.alive);
  }

  /** Mean of the values, each taken as the middle of its equivalents; 0 when there is none. O(slots). */
  get mean(): number {
    return this.kernel.mean(this.alive);
  }

  /** Standard deviation, by the same middles. O(slots). */
  get stdDeviation(): number {
    return this.kernel.stdDeviation(this.alive);
  }

  /**
   * The value at or below which that share of the recorded values is; 0 when there is none. O(slots).
   *
   * @param percentile from 0, the lowest value, to 100; more counts as 100
   * @throws RangeError when it is below 0 or no number
   */
  valueAtPercentile(percentile: number): number {
    const root = this.alive;
    if (!(percentile >= 0)) throw new RangeError(`percentile must be from 0 to 100, got ${percentile}`);
    const exact = (Math.min(percentile, 100) / 100) * this.totalCount;
    // A share that comes out a hair above an integer is that integer.
    const wanted = Math.max(1, Math.ceil(exact - ulpOf(exact)));
    return this.kernel.valueAtCount(root, wanted, percentile === 0 ? 1 : 0);
  }

  /** `valueAtPercentile` of each. */
  valuesAtPercentiles(percentiles: readonly number[]): number[] {
    return percentiles.map((percentile) => this.valueAtPercentile(percentile));
  }

  /** The share, in percent, of recorded values that are at or below this one; 100 when there is none. O(slots). */
  percentileAtOrBelow(value: number): number {
    const root = this.alive;
    const total = this.totalCount;
    return total === 0 ? 100 : (100 * this.kernel.countBetween(root, 0, checkValue(value))) / total;
  }

  /** Counts of the values equivalent to this one. O(1). */
  countAt(value: number): number {
    return this.kernel.countBetween(this.alive, checkValue(value), value);
  }

  /** Counts of the values from one to another, both with all their equivalents. O(slots). */
  countBetween(low: number, high: number): number {
    return this.kernel.countBetween(this.alive, checkValue(low), checkValue(high));
  }

  lowestEquivalentValue(value: number): number {
    return this.kernel.lowestOf(this.alive, checkValue(value));
  }

  highestEquivalentValue(value: number): number {
    return this.kernel.lowestOf(this.alive, checkValue(value)) + this.kernel.rangeOf(this.alive, value) - 1;
  }

  medianEquivalentValue(value: number): number {
    return this.kernel.lowestOf(this.alive, checkValue(value)) + Math.floor(this.kernel.rangeOf(this.alive, value) / 2);
  }

  /** How many values are equivalent to this one, itself included. */
  sizeOfEquivalentRange(value: number): number {
    return this.kernel.rangeOf(this.alive, checkValue(value));
  }

  /** Whether both have the same counts of the same values, their ranges aside. */
  equals(other: HdrHistogram): boolean {
    if (!(other instanceof HdrHistogram)) return false;
    const [mine, its] = [this.#entries(), other.#entries()];
    return mine.length === its.length && mine.every((entry, i) => sameEntry(entry, its[i] as Entry));
  }

  stats(): HdrHistogramStats {
    const slots = this.word(4);
    return { totalCount: this.totalCount, slots, buckets: this.word(56), bytes: 64 + 8 * slots };
  }

  // ── Iterating: over what was there when the iteration began ─────────────────────────────────────

  /** A step for each value with a count. */
  recorded(): IterableIterator<HistogramStep> {
    return recordedSteps(this.#entries(), this.totalCount);
  }

  /** Steps of `size` values each, up to the last with a count. */
  linear(size: number): IterableIterator<HistogramStep> {
    checkInteger(size, 'size', 1, MOST);
    return levelSteps(this.#entries(), this.totalCount, size, (level) => level + size);
  }

  /** Steps up to `first`, `first · base`, `first · base²` … */
  logarithmic(first: number, base = 2): IterableIterator<HistogramStep> {
    checkInteger(first, 'first', 1, MOST);
    if (!(base > 1 && base <= MOST)) throw new RangeError(`base must be above 1, got ${base}`);
    return levelSteps(this.#entries(), this.totalCount, first, (level) => Math.max(level + 1, level * base));
  }

  /** Steps by percentile, `ticks` of equal size in each half of the distance to 100. */
  percentiles(ticks = 5): IterableIterator<PercentileStep> {
    checkInteger(ticks, 'ticks', 1, 1000);
    return percentileSteps(this.#entries(), this.totalCount, ticks);
  }

  [Symbol.iterator](): IterableIterator<HistogramStep> {
    return this.recorded();
  }

  /** The percentiles as the text that HdrHistogram's tools read and plot. */
  percentileDistribution(ticks = 5, valueUnitRatio = 1): string {
    const digits = this.significantDigits;
    const value = (it: number) => (it / valueUnitRatio).toFixed(digits).padStart(12);
    const lines = ['       Value     Percentile TotalCount 1/(1-Percentile)', ''];
    for (const step of this.percentiles(ticks)) {
      const share = step.level / 100;
      const line = `${value(step.value)} ${share.toFixed(12)} ${String(step.totalCount).padStart(10)}`;
      lines.push(share === 1 ? line : `${line} ${(1 / (1 - share)).toFixed(2).padStart(14)}`);
    }
    const count = (it: number) => String(it).padStart(12);
    lines.push(`#[Mean    = ${value(this.mean)}, StdDeviation   = ${value(this.stdDeviation)}]`);
    lines.push(`#[Max     = ${value(this.max)}, Total count    = ${count(this.totalCount)}]`);
    lines.push(`#[Buckets = ${count(this.word(56))}, SubBuckets     = ${count(2 << this.word(44))}]`, '');
    return lines.join('\n');
  }

  // ── Bytes ───────────────────────────────────────────────────────────────────────────────────────

  /** The histogram as bytes, the same on every platform. O(slots). The layout is on the room's page. */
  toBytes(): Uint8Array<ArrayBuffer> {
    const payload = this.#payload();
    const out = envelope(KIND, VERSION, payload.length);
    out.set(payload, ENVELOPE_BYTES);
    return seal(this.arena, out);
  }

  /** The histogram in the V2 encoding of HdrHistogram, not compressed. O(slots). */
  encode(): Uint8Array<ArrayBuffer> {
    const counts = this.#counts();
    const out = new Uint8Array(V2_HEAD_BYTES + counts.length);
    const head = new DataView(out.buffer);
    head.setUint32(0, V2_COOKIE | 0x10);
    head.setUint32(4, counts.length);
    head.setUint32(12, this.significantDigits);
    head.setBigUint64(16, BigInt(this.lowestDiscernibleValue));
    head.setBigUint64(24, BigInt(this.highestTrackableValue));
    head.setFloat64(32, 1);
    out.set(counts, V2_HEAD_BYTES);
    return out;
  }

  /** Verifies every invariant; throws when one is broken. O(slots). For tests and fuzzers. */
  check(): void {
    const broken = this.kernel.check(this.alive);
    if (broken !== 0) throw new Error(`HdrHistogram: invariant ${broken} is broken`);
  }

  #payload(): Uint8Array<ArrayBuffer> {
    const counts = this.#counts();
    const out = new Uint8Array(HEAD_BYTES + counts.length);
    const head = new DataView(out.buffer);
    head.setUint32(0, this.significantDigits, true);
    head.setUint32(4, this.autoResize ? 1 : 0, true);
    head.setFloat64(8, this.lowestDiscernibleValue, true);
    head.setFloat64(16, this.highestTrackableValue, true);
    out.set(counts, HEAD_BYTES);
    return out;
  }

  /** The counts in ZigZag LEB128, which both formats share. */
  #counts(): Uint8Array<ArrayBuffer> {
    const root = this.alive;
    const at = this.arena.scratch(9 * this.kernel.used(root) + 8);
    const end = at + this.kernel.encode(root, at);
    return this.arena.u8Until(end).slice(at, end);
  }

  #entries(): Entry[] {
    const root = this.alive;
    const at = this.arena.scratch(ENTRIES * 24);
    const used = this.kernel.used(root);
    const list: Entry[] = [];
    for (let from = 0; from < used; from += ENTRIES) {
      const count = this.kernel.entries(root, from, Math.min(ENTRIES, used - from), at);
      const values = this.arena.f64.subarray(at >>> 3, (at >>> 3) + 3 * count);
      for (let i = 0; i < values.length; i += 3) {
        list.push({ low: values[i] as number, high: values[i + 1] as number, count: values[i + 2] as number });
      }
    }
    return list;
  }

  #stagePairs(other: HdrHistogram): [at: number, count: number, most: number] {
    if (!(other instanceof HdrHistogram)) throw new TypeError(`Expected an HdrHistogram, got ${describe(other)}`);
    const list = other.#entries();
    const at = this.arena.scratch(16 * list.length + 8);
    const f64 = this.arena.f64;
    for (let i = 0; i < list.length; i++) {
      const { low, count } = list[i] as Entry;
      f64[(at >>> 3) + 2 * i] = low;
      f64[(at >>> 3) + 2 * i + 1] = count;
    }
    return [at, list.length, list[list.length - 1]?.low ?? 0];
  }

  #refuse(status: number, value: number): never {
    if (status === -2) throw new ArenaFullError(this.arena, 'a larger range of an HdrHistogram');
    if (status === -3) throw new RangeError(`The counts would pass 2^53 − 1; there are ${this.totalCount}`);
    if (typeof value !== 'number') throw new TypeError(`A value must be a number, got ${describe(value)}`);
    if (status === -4) throw new RangeError(`A value must be from 0 to ${MOST}, got ${value}`);
    throw new RangeError(
      `${value} is above the highest trackable value, ${this.highestTrackableValue}, and autoResize is off`,
    );
  }
}

interface Shape {
  readonly lowest: number;
  readonly highest: number;
  readonly digits: number;
  readonly resizes: number;
  readonly counts: Uint8Array;
}

function isShape(lowest: number, highest: number, digits: number): boolean {
  const integers = Number.isInteger(lowest) && Number.isInteger(highest);
  return integers && lowest >= 1 && highest >= 2 * lowest && highest <= MOST && digits >= 1 && digits <= 5;
}

/** Makes a histogram with encoded counts; returns its address. */
function build(arena: Arena, of: Shape, wrong: (at: number) => Error): number {
  const kernel = arena.kernel(hdrHistogramKernel);
  const { counts } = of;
  const at = stage(arena, counts.length + 8, counts);
  const root = kernel.create(of.lowest, of.highest, of.digits, of.resizes) >>> 0;
  if (root === 0) throw new ArenaFullError(arena, 'an HdrHistogram');
  arena.u8Until(at + counts.length).set(counts, at);
  const place = kernel.decode(root, at, counts.length);
  if (place === 0) return root;
  kernel.destroy(root);
  throw wrong(place - 1);
}

function readV2(bytes: Uint8Array): Shape {
  if (bytes.length < V2_HEAD_BYTES) throw bad(`${bytes.length} bytes are no header`, 0);
  const head = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if ((head.getUint32(0) & ~0xf0) >>> 0 !== V2_COOKIE) throw bad('they do not begin with the cookie of V2', 0);
  const length = head.getUint32(4);
  if (length > bytes.length - V2_HEAD_BYTES) throw bad(`${length} bytes of counts are stated, fewer are there`, 4);
  // hdr-histogram-js writes a 1 here, and does not shift; a histogram that is shifted has more.
  if (head.getUint32(8) > 1) throw bad('a normalizing index offset is not supported', 8);
  const digits = head.getUint32(12);
  const [lowest, highest] = [Number(head.getBigInt64(16)), Number(head.getBigInt64(24))];
  // Other implementations name a highest value beyond the integers a double has: it is cut to them.
  if (!isShape(lowest, Math.min(highest, MOST), digits)) throw bad(`${lowest}, ${highest}, ${digits}: no shape`, 12);
  const counts = bytes.slice(V2_HEAD_BYTES, V2_HEAD_BYTES + length);
  return { lowest, highest: Math.min(highest, MOST), digits, resizes: 1, counts };
}

function bad(problem: string, at: number): DecodeError {
  return new DecodeError('HdrHistogram V2', problem, at);
}

function numbersOf(values: Uint32Array | Float64Array | readonly number[]): Uint32Array | Float64Array {
  if (values instanceof Uint32Array || values instanceof Float64Array) return values;
  const plain = Array.isArray(values);
  if (!plain && !ArrayBuffer.isView(values)) {
    throw new TypeError(`values must be a typed array or an array of numbers, got ${describe(values)}`);
  }
  if (plain) {
    const wrong = values.findIndex((value) => typeof value !== 'number');
    if (wrong >= 0) throw new TypeError(`A value must be a number, got ${describe(values[wrong])}`);
  }
  return Float64Array.from(values as readonly number[]);
}

function checkValue(value: number): number {
  if (typeof value !== 'number') throw new TypeError(`A value must be a number, got ${describe(value)}`);
  if (!(value >= 0 && value <= MOST)) throw new RangeError(`A value must be from 0 to ${MOST}, got ${value}`);
  return value;
}

/** The distance from a positive double to the next. */
function ulpOf(value: number): number {
  return value === 0 ? 0 : 2 ** (Math.floor(Math.log2(value)) - 52);
}

function sameEntry(a: Entry, b: Entry): boolean {
  return a.low === b.low && a.high === b.high && a.count === b.count;
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
