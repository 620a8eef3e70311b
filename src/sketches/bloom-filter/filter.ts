/** What the Bloom filters share: keys, batches, bytes, and the arithmetic between filters of one shape. */

import { Arena } from '../../../bindings/arena.js';
import { ArenaFullError } from '../../../bindings/errors.js';
import type { Adopted, HandleOptions, StructureKind } from '../../../bindings/handle.js';
import {
  type BloomFilterKernel,
  bloomFilterKernel,
  HEADER_BYTES,
} from '../../../bindings/kernels/sketches/bloom-filter.js';
import { eachRecord, eachU32, listed, type SketchKey, type SketchKeys, u32Of } from '../../../bindings/keys.js';
import { Made, type SeededOptions, Sketch, seedWords } from '../../../bindings/sketch.js';
import { describe } from '../../../bindings/staging.js';
import { filterBytes, headOf, loadFilter, refused, shapeAt } from './bytes.js';
import { dataBytesOf, estimateOf, type Shape, type Variety } from './sizing.js';

/** Options of every Bloom filter. */
export type FilterOptions = SeededOptions;

/** Options of a filter that is sized for a number of keys. */
export interface SizedFilterOptions extends FilterOptions {
  /** Distinct keys at which the false-positive rate is reached. From 1. Default 1 000 000. */
  capacity?: number;
  /** Share of absent keys for which `has` may be true, above 0 and below 1. Default 0.01. */
  falsePositiveRate?: number;
}

const DEFAULT_CAPACITY = 1_000_000;
const DEFAULT_RATE = 0.01;

/** What makes a filter when there is none yet. */
export type Maker = (arena: Arena, kernel: BloomFilterKernel) => number;

/** Keys, whatever the cells are. */
export abstract class KeyFilter extends Sketch<BloomFilterKernel> {
  protected constructor(kind: StructureKind, options: HandleOptions | Adopted | Made, make: Maker) {
    super(kind, bloomFilterKernel, options, make);
  }

  /**
   * Adds a key. O(k).
   *
   * @returns true when the filter had not held it; false when it already seemed to
   * @throws TypeError, RangeError for what is no key
   * @throws ArenaFullError when the key is too long to be staged, or a scalable filter cannot grow; nothing has changed
   */
  add(key: SketchKey): boolean {
    return this.addKey(key) > 0;
  }

  /** What the kernel answers: 1 changed, 0 not, −1 a series needs another layer. */
  protected addKey(key: SketchKey): number {
    const filter = this.alive;
    if (typeof key === 'number') return this.kernel.addU32(filter, u32Of(key));
    return this.kernel.add(filter, this.staged(key), this.stagedBytes);
  }

  /** False: the key was never added. True: it was, or this is one of the false positives. O(k). */
  has(key: SketchKey): boolean {
    const filter = this.alive;
    if (typeof key === 'number') return this.kernel.hasU32(filter, u32Of(key)) !== 0;
    return this.kernel.has(filter, this.staged(key), this.stagedBytes) !== 0;
  }

  /**
   * Adds many keys with few crossings. All are looked at before the first is added.
   *
   * @returns how many the filter had not held
   * @throws as `add`; nothing has changed then
   */
  addMany(keys: SketchKeys): number {
    const filter = this.alive;
    const list = listed(keys);
    let added = 0;
    if (list instanceof Uint32Array) {
      // What a question's answers would take is room to work in.
      eachU32(this.arena, list, (at, count, work) => {
        added += this.kernel.addManyU32(filter, at, count, work);
      });
    } else {
      eachRecord(this.arena, list, (at, count) => {
        added += this.kernel.addMany(filter, at, count);
      });
    }
    return added;
  }

  /** For each key 1 when `has` would be true, else 0. */
  hasMany(keys: SketchKeys): Uint8Array<ArrayBuffer> {
    const filter = this.alive;
    const list = listed(keys);
    const out = new Uint8Array(list.length);
    if (list instanceof Uint32Array) {
      eachU32(this.arena, list, (at, count, to) => this.kernel.hasManyU32(filter, at, count, to), out);
    } else {
      eachRecord(this.arena, list, (at, count, to) => this.kernel.hasMany(filter, at, count, to), out);
    }
    return out;
  }

  /** Forgets every key. O(bytes). */
  clear(): void {
    this.kernel.clear(this.alive);
  }
}

/** A filter of one array of cells. */
export abstract class Filter extends KeyFilter {
  protected abstract readonly variety: Variety;

  /** Distinct keys the filter was sized for. */
  get capacity(): number {
    return this.float(24);
  }

  /** The false-positive rate the filter was sized for, reached at `capacity` keys. */
  get falsePositiveRate(): number {
    return this.float(32);
  }

  /** Keys that changed the filter when they were added; after a union or intersection, the estimated count. */
  get additions(): number {
    return this.float(40);
  }

  /** Cells a key has. */
  get hashes(): number {
    return this.word(12);
  }

  /** Seed of the hash, a u64. */
  get seed(): bigint {
    return this.wide(16);
  }

  /** Bytes of the cells. With 64 of header that is also the length of `toBytes()`. */
  get dataBytes(): number {
    return dataBytesOf(this.variety, this.word(8));
  }

  protected get shape(): Shape {
    return { cells: this.word(8), k: this.word(12) };
  }

  /** Distinct keys, estimated from the cells in use; Infinity when all are. O(bytes). */
  estimatedCount(): number {
    return estimateOf(this.variety, this.shape, this.kernel.ones(this.alive));
  }

  /** The share of absent keys for which `has` is true now, from the cells in use. O(bytes). */
  currentFalsePositiveRate(): number {
    const { cells, k } = this.shape;
    return (this.kernel.ones(this.alive) / cells) ** k;
  }

  /** Whether both have the same shape, seed and cells. O(bytes). */
  equals(other: Filter): boolean {
    if (!this.#fits(other)) return false;
    const [near, temporary] = this.#near(other);
    try {
      return this.kernel.equal(this.alive, near) !== 0;
    } finally {
      if (temporary) this.kernel.destroy(near);
    }
  }

  /**
   * The filter as bytes, the same on every platform: header, checksum, cells. O(bytes). The layout is on the room's
   * page.
   */
  toBytes(): Uint8Array<ArrayBuffer> {
    return filterBytes(this.arena, this.kernel, this.alive, HEADER_BYTES + this.dataBytes);
  }

  /** Adds what `other` holds to this one. */
  protected unite(other: Filter): void {
    this.#combine(other, this.kernel.unite);
  }

  /** Keeps what `other` holds too. */
  protected cut(other: Filter): void {
    this.#combine(other, this.kernel.intersect);
  }

  #combine(other: Filter, operation: (filter: number, other: number) => void): void {
    const filter = this.alive;
    if (!(other instanceof Filter)) throw new TypeError(`Expected a ${this.constructor.name}, got ${describe(other)}`);
    if (!this.#fits(other)) {
      throw new RangeError(
        `${this.#describe()} does not go with ${other.#describe()}: cells, hashes and seed must agree`,
      );
    }
    const [near, temporary] = this.#near(other);
    operation(filter, near);
    if (temporary) this.kernel.destroy(near);
    const estimate = Math.round(this.estimatedCount());
    this.arena.f64[(filter + 40) >>> 3] = Math.min(estimate, Number.MAX_SAFE_INTEGER);
  }

  #fits(other: Filter): boolean {
    const [mine, its] = [this.shape, other.shape];
    return this.variety === other.variety && mine.cells === its.cells && mine.k === its.k && this.seed === other.seed;
  }

  #describe(): string {
    const { cells, k } = this.shape;
    return `a ${this.constructor.name} of ${cells} cells, ${k} hashes and seed ${this.seed}`;
  }

  /** The address of `other` in this arena, of a copy that must be freed if it lives in another. */
  #near(other: Filter): [address: number, temporary: boolean] {
    if (other.arena === this.arena) return [other.alive, false];
    const bytes = other.toBytes();
    return [loadFilter(this.arena, this.kernel, this.constructor.name, this.variety, bytes, other.shape), true];
  }

  /** A copy of this filter, without a handle. */
  protected copied(options: HandleOptions): Made {
    return madeFrom(this.constructor.name, this.variety, this.toBytes(), options);
  }
}

/** The filter that bytes hold, without a handle. */
export function madeFrom(what: string, variety: Variety, bytes: Uint8Array, options: HandleOptions): Made {
  const head = headOf(what, variety, bytes);
  const shape = shapeAt(what, variety, head, 0);
  if (bytes.length !== shape.bytes) {
    throw refused(what, `they should be ${shape.bytes} and are ${bytes.length} (truncated or extended)`);
  }
  const arena = options.arena ?? Arena.default;
  const kernel = arena.kernel(bloomFilterKernel);
  if (options.name !== undefined) arena.assertNameFree(options.name);
  return new Made(arena, loadFilter(arena, kernel, what, variety, bytes, shape), options.name);
}

/** Makes an empty filter from options, which name a capacity and a rate or a shape. */
export function newFilter(
  what: string,
  variety: Variety,
  options: SizedFilterOptions,
  shapeOf: (capacity: number, rate: number) => Shape,
  rateAt: (shape: Shape, capacity: number) => number = () => options.falsePositiveRate ?? DEFAULT_RATE,
): Maker {
  return (arena, kernel) => {
    const capacity = options.capacity ?? DEFAULT_CAPACITY;
    const shape = shapeOf(capacity, options.falsePositiveRate ?? DEFAULT_RATE);
    const [low, high] = seedWords(options.seed);
    const rate = rateAt(shape, capacity);
    const filter = kernel.create(variety, shape.cells | 0, shape.k, low, high, capacity, rate) >>> 0;
    if (filter === 0) throw new ArenaFullError(arena, `a ${what}`, HEADER_BYTES + dataBytesOf(variety, shape.cells));
    return filter;
  };
}
