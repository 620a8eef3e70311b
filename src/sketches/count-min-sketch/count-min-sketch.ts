/** `CountMinSketch`: how often each key came, in a table of fixed size; the answer is never too low. */

import { Arena } from '../../../bindings/arena.js';
import { ENVELOPE_BYTES, envelope, refused, seal, unseal } from '../../../bindings/envelope.js';
import { ArenaFullError } from '../../../bindings/errors.js';
import { Adopted, type HandleOptions, type StructureKind } from '../../../bindings/handle.js';
import {
  type CountMinSketchKernel,
  countMinSketchKernel,
  HEADER_BYTES,
  MOST_CELLS,
  MOST_DEPTH,
} from '../../../bindings/kernels/sketches/count-min-sketch.js';
import {
  type Crossing,
  eachRecord,
  eachU32,
  listed,
  type SketchKey,
  type SketchKeys,
  u32Of,
} from '../../../bindings/keys.js';
import { checkInteger, Made, type SeededOptions, Sketch, seedWords } from '../../../bindings/sketch.js';

const KIND: StructureKind = { number: 15, name: 'CountMinSketch' };
const VERSION = 1;
const DEFAULT_WIDTH = 2719;
const DEFAULT_DEPTH = 7;
const MOST_COUNT = 2 ** 32 - 1;
const MOST_WEIGHT = 2 ** 32;
/** Keys of a crossing of numbers (bindings/keys.ts). */
const CHUNK_U32 = 4096;

/** Options of `CountMinSketch.withError()` and `CountMinSketch.withDimensions()`. */
export interface CountMinSketchOptions extends SeededOptions {
  /**
   * Whether an addition raises only the counters that the new estimate is above. Default false. Estimates are then better,
   * and still never too low; `innerProduct` and `estimateMeanMin` lose their meaning.
   */
  conservative?: boolean;
}

/** Options of `new CountMinSketch()`. */
export interface SizedCountMinSketchOptions extends CountMinSketchOptions {
  /** Counters of a row, from 1. Default 2719: an estimate is too high by 0.1 % of the total at most. */
  width?: number;
  /** Rows, 1 to 64. Default 7: that holds for 99.9 % of the keys. */
  depth?: number;
}

export interface CountMinSketchStats {
  readonly width: number;
  readonly depth: number;
  /** The counts of all additions. */
  readonly total: number;
  readonly conservative: boolean;
  /** Bytes of all counters. */
  readonly bytes: number;
}

/** The frequency of keys, estimated from above (G. Cormode, S. Muthukrishnan, 2005). */
export class CountMinSketch extends Sketch<CountMinSketchKernel> {
  /**
   * @throws RangeError, TypeError for options that no sketch has
   * @throws ArenaFullError
   * @throws NameError when the name is taken
   */
  constructor(options: SizedCountMinSketchOptions | Adopted | Made = {}) {
    super(KIND, countMinSketchKernel, options, (_, kernel) => {
      const sized = options as SizedCountMinSketchOptions;
      const { width = DEFAULT_WIDTH, depth = DEFAULT_DEPTH, conservative = false, seed } = sized;
      checkInteger(width, 'width', 1, MOST_CELLS);
      checkInteger(depth, 'depth', 1, MOST_DEPTH);
      if (width * depth > MOST_CELLS) {
        throw new RangeError(`A sketch has at most ${MOST_CELLS} counters, got ${width} × ${depth}`);
      }
      if (typeof conservative !== 'boolean') {
        throw new TypeError(`conservative must be a boolean, got ${typeof conservative}`);
      }
      return kernel.create(width, depth, conservative ? 1 : 0, ...seedWords(seed));
    });
  }

  /**
   * A sketch whose estimates are too high by more than `epsilon` · `total` for a share of `delta` of the keys at most:
   * ⌈e / epsilon⌉ counters in each of ⌈ln(1 / delta)⌉ rows. Both above 0 and below 1. Throws as the constructor.
   */
  static withError(epsilon = 0.001, delta = 0.001, options: CountMinSketchOptions = {}): CountMinSketch {
    checkShare(epsilon, 'epsilon');
    checkShare(delta, 'delta');
    const [width, depth] = [Math.ceil(Math.E / epsilon), Math.ceil(-Math.log(delta))];
    return new CountMinSketch({ ...options, width, depth: Math.max(1, depth) });
  }

  /** A sketch of `depth` rows of `width` counters. Throws as the constructor. */
  static withDimensions(width: number, depth: number, options: CountMinSketchOptions = {}): CountMinSketch {
    return new CountMinSketch({ ...options, width, depth });
  }

  /** The sketch of this name, also after a snapshot. @throws NameError when there is none, or it is something else */
  static open(arena: Arena, name: string): CountMinSketch {
    const { root, handle } = arena.findName(name, KIND.number, KIND.name);
    return handle instanceof CountMinSketch ? handle : new CountMinSketch(new Adopted(arena, root));
  }

  /**
   * The sketch that `toBytes()` wrote. O(bytes).
   *
   * @throws SnapshotError when the bytes are truncated, altered, of another format, or say what no sketch is
   * @throws ArenaFullError
   */
  static fromBytes(bytes: Uint8Array, options: HandleOptions = {}): CountMinSketch {
    const arena = options.arena ?? Arena.default;
    if (options.name !== undefined) arena.assertNameFree(options.name);
    return new CountMinSketch(new Made(arena, load(arena, bytes), options.name));
  }

  get width(): number {
    return this.word(0);
  }

  get depth(): number {
    return this.word(4);
  }

  /** Seed of the hash, a u64. */
  get seed(): bigint {
    return this.wide(8);
  }

  /** The counts of all additions, up to 2^53 − 1. */
  get total(): number {
    return this.float(16);
  }

  get conservative(): boolean {
    return this.word(24) === 1;
  }

  /** e / width: what `errorBound` is of the total. */
  get epsilon(): number {
    return Math.E / this.width;
  }

  /** e^−depth: the share of keys whose estimate may be above the bound. */
  get delta(): number {
    return Math.exp(-this.depth);
  }

  /** For all but a share `delta` of the keys an estimate is above the true count by no more than this. */
  get errorBound(): number {
    return this.epsilon * this.total;
  }

  stats(): CountMinSketchStats {
    const { width, depth, total, conservative } = this;
    return { width, depth, total, conservative, bytes: 4 * width * depth };
  }

  /**
   * Adds a key `count` times (0 to 2^32 − 1); returns its estimate after that. Counters end at 2^32 − 1. O(depth).
   *
   * @throws ArenaFullError when the arena has no room to hand over the key
   */
  add(key: SketchKey, count = 1): number {
    const root = this.alive;
    checkCount(count);
    if (typeof key === 'number') return this.kernel.addU32(root, u32Of(key), count | 0) >>> 0;
    return this.kernel.add(root, this.staged(key), this.stagedBytes, count | 0) >>> 0;
  }

  /**
   * Adds many keys, once each, each `counts` times, or each as often as its element of `counts` says; all or, when it
   * throws, none.
   */
  addMany(keys: SketchKeys, counts: number | Uint32Array | readonly number[] = 1): this {
    const [root, kernel] = [this.alive, this.kernel];
    const list = listed(keys);
    const words = wordsOf(counts, list.length);
    if (words === undefined) {
      this.#each(
        list,
        (at, number) => kernel.addManyU32(root, at, number, 0),
        (at, number) => kernel.addMany(root, at, number, 0),
      );
      return this;
    }
    this.#beside(list, (block) => {
      let done = 0;
      const staged = (add: CountMinSketchKernel['addMany']) => (at: number, number: number) => {
        this.arena.u32.set(words.subarray(done, done + number), block >>> 2);
        add(root, at, number, block);
        done += number;
      };
      this.#each(list, staged(kernel.addManyU32), staged(kernel.addMany));
    });
    return this;
  }

  /** How often the key was added, or more; 2^32 − 1 where counters have ended. O(depth). */
  estimate(key: SketchKey): number {
    const root = this.alive;
    if (typeof key === 'number') return this.kernel.estimateU32(root, u32Of(key)) >>> 0;
    return this.kernel.estimate(root, this.staged(key), this.stagedBytes) >>> 0;
  }

  /** The estimate of each key. */
  estimateMany(keys: SketchKeys): Uint32Array<ArrayBuffer> {
    const [root, kernel] = [this.alive, this.kernel];
    const list = listed(keys);
    const out = new Uint32Array(list.length);
    this.#beside(list, (block) => {
      let done = 0;
      const read = (estimate: CountMinSketchKernel['estimateMany']) => (at: number, number: number) => {
        estimate(root, at, number, block);
        out.set(this.arena.u32.subarray(block >>> 2, (block >>> 2) + number), done);
        done += number;
      };
      this.#each(list, read(kernel.estimateManyU32), read(kernel.estimateMany));
    });
    return out;
  }

  /**
   * The estimate less what other keys are expected to have added to it: the median of the rows, not below 0 nor above
   * `estimate` (F. Deng, D. Rafiei, "New estimation algorithms for streaming data: count-min can do more", 2007). It may be
   * too low, and is nearer on average where keys are many and rare.
   */
  estimateMeanMin(key: SketchKey): number {
    const root = this.alive;
    const { width, depth, total } = this;
    const number = typeof key === 'number' ? u32Of(key) : undefined;
    const staged = typeof key === 'number' ? 0 : this.staged(key);
    const block = this.arena.alloc(4 * depth);
    if (number !== undefined) this.kernel.rowsU32(root, number, block);
    else this.kernel.rows(root, staged, this.stagedBytes, block);
    const cells = [...this.arena.u32.subarray(block >>> 2, (block >>> 2) + depth)];
    this.arena.free(block);
    const least = Math.min(...cells);
    if (width === 1) return least;
    const rest = cells.map((cell) => cell - (total - cell) / (width - 1)).sort((a, b) => a - b);
    const middle = ((rest[(depth - 1) >> 1] as number) + (rest[depth >> 1] as number)) / 2;
    return Math.min(least, Math.max(0, middle));
  }

  /**
   * Adds `weight` times what was added to another sketch of the same width, depth and seed. Counters are rounded down, and end
   * at 0 and 2^32 − 1. O(counters).
   *
   * @throws RangeError when the sketches do not fit each other, or the weight is beyond ±2^32
   */
  merge(other: CountMinSketch, weight = 1): this {
    return this.assign([this, other], [1, weight]);
  }

  /**
   * Sets this sketch to the weighted sum of others, of which it may be one itself. Without `weights` each counts once.
   * Throws as `merge`; the sketch is then as it was.
   */
  assign(sketches: readonly CountMinSketch[], weights: readonly number[] = sketches.map(() => 1)): this {
    const [root, arena] = [this.alive, this.arena];
    if (weights.length !== sketches.length) {
      throw new RangeError(`There must be a weight for each of ${sketches.length} sketches, got ${weights.length}`);
    }
    for (const sketch of sketches) this.#checkFits(sketch);
    for (const weight of weights) checkWeight(weight);
    const copies: CountMinSketch[] = [];
    try {
      const sources = sketches.map((sketch) => {
        if (sketch.arena === arena) return sketch;
        const copy = CountMinSketch.fromBytes(sketch.toBytes(), { arena });
        copies.push(copy);
        return copy;
      });
      const at = arena.scratch(16 * sources.length);
      for (const [i, source] of sources.entries()) {
        arena.u32[(at + 16 * i) >>> 2] = source.alive;
        arena.f64[(at + 16 * i + 8) >>> 3] = weights[i] as number;
      }
      this.kernel.combine(root, at, sources.length);
    } finally {
      for (const copy of copies) copy.dispose();
    }
    return this;
  }

  /**
   * About Σ a(key) · b(key) over all keys, never too low: the size of a join. O(counters).
   *
   * @throws RangeError when the sketches do not fit each other
   */
  innerProduct(other: CountMinSketch): number {
    const root = this.alive;
    this.#checkFits(other);
    if (other.arena === this.arena) return this.kernel.inner(root, other.alive);
    const copy = CountMinSketch.fromBytes(other.toBytes(), { arena: this.arena });
    try {
      return this.kernel.inner(root, copy.alive);
    } finally {
      copy.dispose();
    }
  }

  /**
   * Multiplies every counter and the total by `factor`, 0 to 1, default a half, and rounds down: what is old counts less. An
   * estimate is from then on not below the decayed count less one for each decay. O(counters).
   */
  decay(factor = 0.5): this {
    const root = this.alive;
    if (typeof factor !== 'number') throw new TypeError(`factor must be a number, got ${typeof factor}`);
    if (!(factor >= 0 && factor <= 1)) throw new RangeError(`factor must be from 0 to 1, got ${factor}`);
    this.kernel.decay(root, factor);
    return this;
  }

  /** Forgets every key. O(counters). */
  clear(): void {
    this.kernel.clear(this.alive);
  }

  /** The sketch as bytes, the same on every platform. O(counters). The layout is on the room's page. */
  toBytes(): Uint8Array<ArrayBuffer> {
    const root = this.alive;
    const size = HEADER_BYTES + 4 * this.width * this.depth;
    const out = envelope(KIND, VERSION, size);
    out.set(this.arena.u8Until(root + size).subarray(root, root + size), ENVELOPE_BYTES);
    return seal(this.arena, out);
  }

  /** Verifies every invariant; throws when one is broken. For tests and fuzzers. */
  check(): void {
    const broken = this.kernel.check(this.alive);
    if (broken !== 0) throw new Error(`CountMinSketch: invariant ${broken} is broken`);
  }

  #each(list: Uint32Array | readonly SketchKey[], numbers: Crossing, records: Crossing): void {
    if (list instanceof Uint32Array) eachU32(this.arena, list, numbers);
    else eachRecord(this.arena, list, records);
  }

  /** Runs `work` with a block that has a word for each key of a crossing. */
  #beside(list: Uint32Array | readonly SketchKey[], work: (block: number) => void): void {
    const keys = list instanceof Uint32Array ? Math.min(list.length, CHUNK_U32) : list.length;
    if (keys === 0) return;
    const block = this.arena.alloc(4 * keys);
    try {
      work(block);
    } finally {
      this.arena.free(block);
    }
  }

  #checkFits(other: unknown): void {
    if (!(other instanceof CountMinSketch)) throw new TypeError(`Expected a CountMinSketch, got ${typeof other}`);
    if (other.width !== this.width || other.depth !== this.depth || other.seed !== this.seed) {
      throw new RangeError(
        `Sketches must have one width, depth and seed: ${this.width} × ${this.depth}, seed ${this.seed} here, ${other.width} × ${other.depth}, seed ${other.seed} there`,
      );
    }
  }
}

function checkShare(value: unknown, what: string): void {
  if (typeof value !== 'number') throw new TypeError(`${what} must be a number, got ${typeof value}`);
  if (!(value > 0 && value < 1)) throw new RangeError(`${what} must be above 0 and below 1, got ${value}`);
}

function checkWeight(weight: unknown): void {
  if (typeof weight !== 'number') throw new TypeError(`A weight must be a number, got ${typeof weight}`);
  if (!(Math.abs(weight) <= MOST_WEIGHT)) {
    throw new RangeError(`A weight must be from −${MOST_WEIGHT} to ${MOST_WEIGHT}, got ${weight}`);
  }
}

function checkCount(count: unknown): void {
  checkInteger(count, 'count', 0, MOST_COUNT);
}

/** The count of each of so many keys; undefined when it is 1 for all. */
function wordsOf(counts: number | Uint32Array | readonly number[], length: number): Uint32Array | undefined {
  if (typeof counts === 'number') {
    checkCount(counts);
    return counts === 1 ? undefined : new Uint32Array(length).fill(counts);
  }
  if (!(counts instanceof Uint32Array) && !Array.isArray(counts)) {
    throw new TypeError(`counts must be a number, a Uint32Array or an array of numbers, got ${typeof counts}`);
  }
  if (counts.length !== length) {
    throw new RangeError(`There must be a count for each of ${length} keys, got ${counts.length}`);
  }
  // A copy: a view of the arena's own memory would not survive its growth.
  if (counts instanceof Uint32Array) return counts.slice();
  for (const count of counts) checkCount(count);
  return Uint32Array.from(counts);
}

/** Makes a sketch of bytes that are not trusted; returns its address. */
function load(arena: Arena, bytes: Uint8Array): number {
  const payload = new Uint8Array(unseal(arena, KIND, VERSION, bytes));
  if (payload.length < HEADER_BYTES) throw refused(KIND, `${payload.length} bytes are no header`);
  const head = new DataView(payload.buffer);
  const [width, depth, conservative, unused] = [0, 4, 24, 28].map((at) => head.getUint32(at, true)) as [
    number,
    number,
    number,
    number,
  ];
  const total = head.getFloat64(16, true);
  const plausible =
    width >= 1 &&
    depth >= 1 &&
    depth <= MOST_DEPTH &&
    width * depth <= MOST_CELLS &&
    conservative <= 1 &&
    unused === 0 &&
    Number.isSafeInteger(total) &&
    total >= 0 &&
    !Object.is(total, -0);
  if (!plausible) throw refused(KIND, 'a field of the header is out of range');
  const wanted = HEADER_BYTES + 4 * width * depth;
  if (wanted !== payload.length) throw refused(KIND, `${payload.length} bytes where ${wanted} were stated`);
  const kernel = arena.kernel(countMinSketchKernel);
  const root = kernel.create(width, depth, conservative, 0, 0) >>> 0;
  if (root === 0) throw new ArenaFullError(arena, 'a CountMinSketch', wanted);
  arena.u8Until(root + wanted).set(payload, root);
  return root;
}
