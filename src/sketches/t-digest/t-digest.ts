/** `TDigest`: quantiles of a stream in a few kilobytes, most exact where it matters, at the ends. */

import { Arena } from '../../../bindings/arena.js';
import { ENVELOPE_BYTES, envelope, refused, seal, unseal } from '../../../bindings/envelope.js';
import { ArenaFullError } from '../../../bindings/errors.js';
import { Adopted, type HandleOptions, type StructureKind } from '../../../bindings/handle.js';
import { mostCentroids, type TDigestKernel, tDigestKernel } from '../../../bindings/kernels/sketches/t-digest.js';
import { Made, Sketch } from '../../../bindings/sketch.js';
import { describe } from '../../../bindings/staging.js';

const KIND: StructureKind = { number: 18, name: 'TDigest' };
const VERSION = 1;
const HEADER_BYTES = 48;
const NODE_BYTES = 16;
const DEFAULT_COMPRESSION = 100;
const MOST_COMPRESSION = 65_536;
/** Values that cross at once. */
const CHUNK = 2048;

/** k₁, the arcsine, or k₂, the logarithm, which is more exact at the ends and less in the middle. */
export type TDigestScale = 'k1' | 'k2';

export interface TDigestOptions extends HandleOptions {
  /** δ, 1 to 65 536: there are some δ centroids, 2δ + 16 at most. Default 100. */
  compression?: number;
  /** The scale function. Default `'k1'`. */
  scale?: TDigestScale;
}

/** Values that were united: their mean, and how many they are. */
export interface TDigestCentroid {
  readonly mean: number;
  readonly weight: number;
}

export interface TDigestStats {
  readonly compression: number;
  readonly scale: TDigestScale;
  /** Nodes there is room for, centroids and waiting values together. */
  readonly capacity: number;
  readonly centroids: number;
  /** Values that wait to be merged, and their weight. */
  readonly waiting: number;
  readonly waitingWeight: number;
  /** Weight of all values. */
  readonly total: number;
  /** How often waiting values were merged. */
  readonly merges: number;
  readonly bytes: number;
}

/** Quantiles, estimated: the merging t-digest of T. Dunning and O. Ertl (2019). */
export class TDigest extends Sketch<TDigestKernel> {
  /**
   * @throws RangeError, TypeError for options that no digest has
   * @throws ArenaFullError
   * @throws NameError when the name is taken
   */
  constructor(options: TDigestOptions | Adopted | Made = {}) {
    super(KIND, tDigestKernel, options, (_, kernel) => {
      const { compression = DEFAULT_COMPRESSION, scale = 'k1' } = options as TDigestOptions;
      if (typeof compression !== 'number') {
        throw new TypeError(`compression must be a number, got ${typeof compression}`);
      }
      if (!isCompression(compression)) {
        throw new RangeError(`compression must be from 1 to ${MOST_COMPRESSION}, got ${compression}`);
      }
      if (scale !== 'k1' && scale !== 'k2') {
        throw new RangeError(`scale must be 'k1' or 'k2', got ${describe(scale)}`);
      }
      return kernel.create(compression, scale === 'k1' ? 1 : 2);
    });
  }

  /** The digest of this name, also after a snapshot. @throws NameError when there is none, or it is something else */
  static open(arena: Arena, name: string): TDigest {
    const { root, handle } = arena.findName(name, KIND.number, KIND.name);
    return handle instanceof TDigest ? handle : new TDigest(new Adopted(arena, root));
  }

  /**
   * The digest that `toBytes()` wrote. O(bytes).
   *
   * @throws SnapshotError when the bytes are truncated, altered, of another format, or say what no digest is
   * @throws ArenaFullError
   */
  static fromBytes(bytes: Uint8Array, options: HandleOptions = {}): TDigest {
    const arena = options.arena ?? Arena.default;
    if (options.name !== undefined) arena.assertNameFree(options.name);
    return new TDigest(new Made(arena, load(arena, bytes), options.name));
  }

  /** δ. */
  get compression(): number {
    return this.float(0);
  }

  get scale(): TDigestScale {
    return this.word(8) === 1 ? 'k1' : 'k2';
  }

  /** Weight of all values: how many they are, when none was given a weight. At most 2^53 − 1. */
  get total(): number {
    return this.float(24);
  }

  /** The least value, exactly; NaN when there is none. */
  get min(): number {
    return this.total === 0 ? Number.NaN : this.float(32);
  }

  /** The greatest value, exactly; NaN when there is none. */
  get max(): number {
    return this.total === 0 ? Number.NaN : this.float(40);
  }

  stats(): TDigestStats {
    const [centroids, waiting, capacity] = [this.word(16), this.word(20), this.word(12)];
    const from = ((this.kernel.nodes(this.alive) >>> 0) + centroids * NODE_BYTES) >>> 3;
    const nodes = this.arena.f64.subarray(from, from + 2 * waiting);
    let waitingWeight = 0;
    for (let i = 1; i < nodes.length; i += 2) waitingWeight += nodes[i] as number;
    return {
      compression: this.compression,
      scale: this.scale,
      capacity,
      centroids,
      waiting,
      waitingWeight,
      total: this.total,
      merges: this.float(48),
      bytes: 72 + 2 * NODE_BYTES * capacity,
    };
  }

  /**
   * Adds a finite value, once or with a weight, an integer from 1. O(1) on average.
   *
   * @throws RangeError for NaN, an infinity, or a total above 2^53 − 1; the digest is as it was
   */
  add(value: number, weight = 1): this {
    const root = this.alive;
    checkValue(value);
    checkWeight(weight);
    this.#checkTotal(weight);
    this.kernel.add(root, value, weight);
    return this;
  }

  /** Adds many values, once or each with its weight; all or, when it throws, none. Throws as `add`. */
  addMany(values: Float64Array | Iterable<number>, weights?: Float64Array | readonly number[]): this {
    const { alive: root, arena, kernel } = this;
    // Copies: a view of the arena's own memory would not survive its growth.
    const list = listOf(values, 'values');
    for (let i = 0; i < list.length; i++) checkValue(list[i]);
    const heavy = weights === undefined ? undefined : listOf(weights, 'weights');
    if (heavy !== undefined && heavy.length !== list.length) {
      throw new RangeError(`There must be a weight for each of ${list.length} values, got ${heavy.length}`);
    }
    let sum = list.length;
    if (heavy !== undefined) {
      sum = 0;
      for (let i = 0; i < heavy.length; i++) {
        checkWeight(heavy[i]);
        sum += heavy[i] as number;
      }
    }
    this.#checkTotal(sum);
    const room = arena.scratch(16 * CHUNK);
    const beside = room + 8 * CHUNK;
    for (let from = 0; from < list.length; from += CHUNK) {
      const chunk = list.subarray(from, from + CHUNK);
      arena.f64.set(chunk, room >>> 3);
      if (heavy !== undefined) arena.f64.set(heavy.subarray(from, from + CHUNK), beside >>> 3);
      kernel.addMany(root, room, chunk.length, heavy === undefined ? 0 : beside);
    }
    return this;
  }

  /**
   * Adds all that another digest holds, of any compression and scale, in any arena. O(centroids of the other).
   *
   * @throws RangeError when the total would pass 2^53 − 1
   * @throws ArenaFullError when the other is in another arena and there is no room for a copy here
   */
  merge(other: TDigest): this {
    const root = this.alive;
    if (!(other instanceof TDigest)) throw new TypeError(`Expected a TDigest, got ${describe(other)}`);
    this.#checkTotal(other.total);
    if (other.arena === this.arena && other !== this) {
      this.kernel.merge(root, other.alive);
      return this;
    }
    const copy = TDigest.fromBytes(other.toBytes(), { arena: this.arena });
    this.kernel.merge(root, copy.alive);
    copy.dispose();
    return this;
  }

  /**
   * The value below which a share `q` of all values lies, 0 to 1: the least for 0, the greatest for 1. Values that were not united
   * with others are answered as they are; between them it is interpolated. NaN when there are no values.
   */
  quantile(q: number): number {
    const root = this.alive;
    checkShare(q, 'q');
    return this.kernel.valueAt(root, q * this.total);
  }

  /** The quantile of each `q`. */
  quantiles(qs: Iterable<number>): Float64Array<ArrayBuffer> {
    return Float64Array.from(qs, (q) => this.quantile(q));
  }

  /** The share of values below `value`, with half of those that are equal to it. NaN when there are no values. */
  cdf(value: number): number {
    return this.#below(value) / this.total;
  }

  /** The `cdf` of each value. */
  cdfs(values: Iterable<number>): Float64Array<ArrayBuffer> {
    return Float64Array.from(values, (value) => this.cdf(value));
  }

  /**
   * How many values are below `value`, with half of those that are equal to it, rounded down: −1 below the least value, the
   * total above the greatest. NaN when there are no values.
   */
  rank(value: number): number {
    const below = this.#below(value);
    return this.total === 0 ? Number.NaN : value < this.float(32) ? -1 : Math.floor(below);
  }

  /** `rank` from the greatest value down: −1 above it, the total below the least. */
  reverseRank(value: number): number {
    const { total } = this;
    const below = this.#below(value);
    return total === 0 ? Number.NaN : value > this.float(40) ? -1 : Math.floor(total - below);
  }

  /** The value of a rank from 0, the least; +∞ from the total on. NaN when there are no values. */
  byRank(rank: number): number {
    const root = this.alive;
    checkRank(rank);
    const { total } = this;
    return total === 0 ? Number.NaN : rank >= total ? Infinity : this.kernel.valueAt(root, rank);
  }

  /** The value of a rank from 0, the greatest; −∞ from the total on. NaN when there are no values. */
  byReverseRank(rank: number): number {
    checkRank(rank);
    const { total } = this;
    return total > 0 && rank >= total ? -Infinity : this.byRank(Math.max(0, total - 1 - rank));
  }

  /**
   * The mean of the values between the quantiles `low` and `high`, the first rounded down to a whole value and the second up. NaN
   * when there are no values.
   *
   * @throws RangeError unless 0 ≤ low < high ≤ 1
   */
  trimmedMean(low: number, high: number): number {
    const root = this.alive;
    checkShare(low, 'low');
    checkShare(high, 'high');
    if (!(low < high)) throw new RangeError(`low must be below high, got ${low} and ${high}`);
    const { total } = this;
    return this.kernel.meanBetween(root, Math.floor(total * low), Math.ceil(total * high));
  }

  /** The centroids in order, as they are when this is called. Later changes do not show. */
  centroids(): TDigestCentroid[] {
    const nodes = this.#nodes();
    return Array.from({ length: nodes.length / 2 }, (_, i) => ({
      mean: nodes[2 * i] as number,
      weight: nodes[2 * i + 1] as number,
    }));
  }

  [Symbol.iterator](): IterableIterator<TDigestCentroid> {
    return this.centroids()[Symbol.iterator]();
  }

  /** Forgets every value. O(1). */
  clear(): void {
    this.kernel.clear(this.alive);
  }

  /** The digest as bytes, the same on every platform; merges what waits first. O(centroids). The layout is on the room's page. */
  toBytes(): Uint8Array<ArrayBuffer> {
    const nodes = this.#nodes();
    const out = envelope(KIND, VERSION, HEADER_BYTES + 8 * nodes.length);
    const head = new DataView(out.buffer, ENVELOPE_BYTES);
    head.setFloat64(0, this.compression, true);
    head.setUint32(8, this.word(8), true);
    head.setUint32(12, nodes.length / 2, true);
    for (const [i, of] of [24, 32, 40, 48].entries()) head.setFloat64(16 + 8 * i, this.float(of), true);
    for (const [i, value] of nodes.entries()) head.setFloat64(HEADER_BYTES + 8 * i, value, true);
    return seal(this.arena, out);
  }

  /** Verifies every invariant; throws when one is broken. For tests and fuzzers. */
  check(): void {
    const broken = this.kernel.check(this.alive);
    if (broken !== 0) throw new Error(`TDigest: invariant ${broken} is broken`);
  }

  /** Mean and weight of each centroid, once nothing waits. */
  #nodes(): Float64Array {
    const root = this.alive;
    this.kernel.flush(root);
    const from = (this.kernel.nodes(root) >>> 0) >>> 3;
    return this.arena.f64.slice(from, from + 2 * this.word(16));
  }

  #below(value: number): number {
    const root = this.alive;
    if (typeof value !== 'number') throw new TypeError(`value must be a number, got ${describe(value)}`);
    if (Number.isNaN(value)) throw new RangeError('value must not be NaN');
    return this.kernel.weightBelow(root, value);
  }

  #checkTotal(more: number): void {
    const sum = this.total + more;
    if (!(sum <= Number.MAX_SAFE_INTEGER)) throw new RangeError(`The total must not pass 2^53 − 1, got ${sum}`);
  }
}

function isCompression(compression: number): boolean {
  return compression >= 1 && compression <= MOST_COMPRESSION;
}

function checkValue(value: unknown): void {
  if (typeof value !== 'number') throw new TypeError(`A value must be a number, got ${describe(value)}`);
  if (!Number.isFinite(value)) throw new RangeError(`A value must be finite, got ${value}`);
}

function checkWeight(weight: unknown): void {
  if (typeof weight !== 'number') throw new TypeError(`A weight must be a number, got ${describe(weight)}`);
  if (!(Number.isSafeInteger(weight) && weight >= 1)) {
    throw new RangeError(`A weight must be an integer from 1 to 2^53 − 1, got ${weight}`);
  }
}

function checkShare(share: unknown, what: string): void {
  if (typeof share !== 'number') throw new TypeError(`${what} must be a number, got ${describe(share)}`);
  if (!(share >= 0 && share <= 1)) throw new RangeError(`${what} must be from 0 to 1, got ${share}`);
}

function checkRank(rank: unknown): void {
  if (typeof rank !== 'number') throw new TypeError(`A rank must be a number, got ${describe(rank)}`);
  if (!(Number.isInteger(rank) && rank >= 0)) throw new RangeError(`A rank must be an integer from 0, got ${rank}`);
}

/** The numbers as doubles; anything that is no number is refused before it could become one. */
function listOf(values: Iterable<number>, what: string): Float64Array {
  if (values instanceof Float64Array) return values.slice();
  if (values === null || typeof values !== 'object' || !(Symbol.iterator in values)) {
    throw new TypeError(`${what} must be a Float64Array or an iterable of numbers, got ${describe(values)}`);
  }
  const list = [...values];
  for (const value of list) {
    if (typeof value !== 'number') throw new TypeError(`${what} must be numbers, got ${describe(value)}`);
  }
  return Float64Array.from(list);
}

/** Makes a digest of bytes that are not trusted; returns its address. */
function load(arena: Arena, bytes: Uint8Array): number {
  const payload = new Uint8Array(unseal(arena, KIND, VERSION, bytes));
  if (payload.length < HEADER_BYTES) throw refused(KIND, `${payload.length} bytes are no header`);
  const head = new DataView(payload.buffer);
  const compression = head.getFloat64(0, true);
  const [scale, count] = [head.getUint32(8, true), head.getUint32(12, true)];
  const merges = head.getFloat64(40, true);
  const plausible =
    isCompression(compression) &&
    (scale === 1 || scale === 2) &&
    Number.isSafeInteger(merges) &&
    merges >= 0 &&
    !Object.is(merges, -0) &&
    !Object.is(head.getFloat64(16, true), -0);
  if (!plausible || count > mostCentroids(compression)) throw refused(KIND, 'a field of the header is out of range');
  const wanted = HEADER_BYTES + NODE_BYTES * count;
  if (wanted !== payload.length) throw refused(KIND, `${payload.length} bytes where ${wanted} were stated`);
  const kernel = arena.kernel(tDigestKernel);
  const root = kernel.create(compression, scale) >>> 0;
  if (root === 0) throw new ArenaFullError(arena, 'a TDigest', wanted);
  const from = kernel.nodes(root) >>> 0;
  const u8 = arena.u8Until(from + NODE_BYTES * count);
  // Total, least, greatest, merges: they follow each other here and there.
  u8.set(payload.subarray(16, HEADER_BYTES), root + 24);
  u8.set(payload.subarray(HEADER_BYTES), from);
  arena.u32[(root + 16) >>> 2] = count;
  const broken = kernel.check(root);
  if (broken !== 0) {
    kernel.destroy(root);
    throw refused(KIND, `invariant ${broken} does not hold`);
  }
  return root;
}
