/** `CuckooFilter`: a set of keys in a few bits each, that errs on one side only and forgets again. */

import { Arena } from '../../../bindings/arena.js';
import { ENVELOPE_BYTES, envelope, refused, seal, unseal } from '../../../bindings/envelope.js';
import { ArenaFullError, AshlarError } from '../../../bindings/errors.js';
import { Adopted, type HandleOptions, type StructureKind } from '../../../bindings/handle.js';
import {
  type CuckooFilterKernel,
  cuckooFilterKernel,
  HEADER_BYTES,
  MAX_TABLES,
} from '../../../bindings/kernels/sketches/cuckoo-filter.js';
import {
  type Crossing,
  eachRecord,
  eachU32,
  listed,
  type SketchKey,
  type SketchKeys,
  u32Of,
} from '../../../bindings/keys.js';
import { Made, type SeededOptions, Sketch, seedWords } from '../../../bindings/sketch.js';
import { isShape, rateOf, type Shape, shapeFor, tableBytes } from './sizing.js';

const KIND: StructureKind = { number: 14, name: 'CuckooFilter' };
const VERSION = 1;
const DEFAULT_CAPACITY = 1_000_000;
const DEFAULT_RATE = 0.01;

/** Options of `CuckooFilter.create()` and `new CuckooFilter()`. */
export interface CuckooFilterOptions extends SeededOptions {
  /** Slots of a bucket, 1 to 8. Default 4, at which 95 % of the slots can be in use; a key can be held twice as often. */
  bucketSize?: number;
  /** Fingerprints an insertion moves before the filter counts as full, 1 to 65 535. Default 500. */
  maxKicks?: number;
  /**
   * A filter that is full gets another table, so many times as large as the last: 0 (the default) for none, or a power
   * of two up to 32 768. Each table adds its own false positives.
   */
  expansion?: number;
}

export interface SizedCuckooFilterOptions extends CuckooFilterOptions {
  /** Keys the filter is sized for, those that are there more than once counted as often. From 1. Default 1 000 000. */
  capacity?: number;
  /** Share of absent keys for which `has` is true at that many keys. Default 0.01. Above 11 % the filter is better than asked. */
  falsePositiveRate?: number;
}

export interface CuckooFilterStats {
  /** Fingerprints held. */
  readonly size: number;
  readonly tables: number;
  readonly buckets: number;
  readonly bucketSize: number;
  readonly slots: number;
  /** size / slots. */
  readonly load: number;
  /** Bits of a slot. */
  readonly fingerprintBits: number;
  readonly insertions: number;
  readonly deletions: number;
  readonly maxKicks: number;
  readonly expansion: number;
  /** Bytes of all slots. */
  readonly bytes: number;
}

/** A key found no room. The filter holds exactly what it held. */
export class CuckooFilterFullError extends AshlarError {
  /** Fingerprints in the filter. */
  readonly size: number;
  readonly slots: number;

  constructor(size: number, slots: number) {
    super(
      'CUCKOO_FILTER_FULL',
      `The CuckooFilter is full: ${size} of ${slots} slots are in use and the key found no room (or is there as often as it can be). The filter is unchanged.`,
    );
    this.size = size;
    this.slots = slots;
  }
}

/**
 * A filter from which keys can be deleted, at about the memory of a `BloomFilter` (B. Fan et al., CoNEXT 2014). It is a
 * bag: a key that is added twice must be deleted twice; a key can be held twice as often as a bucket has slots.
 *
 * Delete only what was added: deleting a false positive takes another key's fingerprint away.
 */
export class CuckooFilter extends Sketch<CuckooFilterKernel> {
  /**
   * @throws RangeError, TypeError for options that no filter has
   * @throws ArenaFullError
   * @throws NameError when the name is taken
   */
  constructor(options: SizedCuckooFilterOptions | Adopted | Made = {}) {
    super(KIND, cuckooFilterKernel, options, (_, kernel) => {
      const sized = options as SizedCuckooFilterOptions;
      const { capacity = DEFAULT_CAPACITY, falsePositiveRate = DEFAULT_RATE } = sized;
      return make(kernel, shapeFor(capacity, falsePositiveRate, sized), sized.seed, capacity, falsePositiveRate);
    });
  }

  /** A filter for `capacity` keys at a false-positive rate of `falsePositiveRate`. Throws as the constructor. */
  static create(capacity: number, falsePositiveRate = DEFAULT_RATE, options: CuckooFilterOptions = {}): CuckooFilter {
    return new CuckooFilter({ ...options, capacity, falsePositiveRate });
  }

  /** The filter of this name, also after a snapshot. @throws NameError when there is none, or it is something else */
  static open(arena: Arena, name: string): CuckooFilter {
    const { root, handle } = arena.findName(name, KIND.number, KIND.name);
    return handle instanceof CuckooFilter ? handle : new CuckooFilter(new Adopted(arena, root));
  }

  /**
   * The filter that `toBytes()` wrote. O(bytes).
   *
   * @throws SnapshotError when the bytes are truncated, altered, of another format, or say what no filter is
   * @throws ArenaFullError
   */
  static fromBytes(bytes: Uint8Array, options: HandleOptions = {}): CuckooFilter {
    const arena = options.arena ?? Arena.default;
    if (options.name !== undefined) arena.assertNameFree(options.name);
    return new CuckooFilter(new Made(arena, load(arena, bytes), options.name));
  }

  /** Keys the first table was sized for. */
  get capacity(): number {
    return this.float(24);
  }

  /** The false-positive rate of one table at its capacity. */
  get falsePositiveRate(): number {
    return this.float(32);
  }

  /** Seed of the hash, a u64. */
  get seed(): bigint {
    return this.wide(16);
  }

  /** Keys held, those that are there more than once counted as often. */
  get size(): number {
    const tables = this.word(44);
    let sum = 0;
    for (let i = 0; i < tables; i++) sum += this.word(76 + 8 * i);
    return sum;
  }

  stats(): CuckooFilterStats {
    const shape = this.#shape();
    const tables = this.word(44);
    let [buckets, bytes] = [0, 0];
    for (let i = 0; i < tables; i++) {
      buckets += this.kernel.tableBuckets(this.alive, i);
      bytes += this.kernel.tableBytes(this.alive, i);
    }
    const [size, slots] = [this.size, buckets * shape.bucketSize];
    return {
      size,
      tables,
      buckets,
      bucketSize: shape.bucketSize,
      slots,
      load: size / slots,
      fingerprintBits: this.word(64),
      insertions: this.float(48),
      deletions: this.float(56),
      maxKicks: shape.maxKicks,
      expansion: shape.expansion,
      bytes,
    };
  }

  /** The share of absent keys for which `has` is true now, from the slots in use. */
  currentFalsePositiveRate(): number {
    const shape = this.#shape();
    const tables = this.word(44);
    let none = 1;
    for (let i = 0; i < tables; i++) {
      const buckets = this.kernel.tableBuckets(this.alive, i);
      none *= 1 - rateOf({ ...shape, buckets }, this.word(76 + 8 * i));
    }
    return 1 - none;
  }

  /**
   * Adds a key, also one that is there. O(1) expected.
   *
   * @throws CuckooFilterFullError when there is no room; the filter is as it was
   * @throws ArenaFullError when the arena has no room for the key or for another table; the same
   */
  add(key: SketchKey): this {
    this.#done(
      typeof key === 'number'
        ? this.kernel.addU32(this.alive, u32Of(key))
        : this.kernel.add(this.alive, this.staged(key), this.stagedBytes),
    );
    return this;
  }

  /** Adds a key unless `has(key)`; whether it was added. Throws as `add`. */
  addIfAbsent(key: SketchKey): boolean {
    return this.#done(
      typeof key === 'number'
        ? this.kernel.addNewU32(this.alive, u32Of(key))
        : this.kernel.addNew(this.alive, this.staged(key), this.stagedBytes),
    );
  }

  /** False: the key is not there. True: it is, or this is one of the false positives. O(1). */
  has(key: SketchKey): boolean {
    const filter = this.alive;
    if (typeof key === 'number') return this.kernel.hasU32(filter, u32Of(key)) !== 0;
    return this.kernel.has(filter, this.staged(key), this.stagedBytes) !== 0;
  }

  /** How often the key is there, or more: keys that share its fingerprint and buckets count too. O(1). */
  count(key: SketchKey): number {
    const filter = this.alive;
    if (typeof key === 'number') return this.kernel.countOfU32(filter, u32Of(key));
    return this.kernel.countOf(filter, this.staged(key), this.stagedBytes);
  }

  /** Deletes a key once; whether it seemed to be there. Delete only what was added. O(1). */
  delete(key: SketchKey): boolean {
    const filter = this.alive;
    if (typeof key === 'number') return this.kernel.removeU32(filter, u32Of(key)) !== 0;
    return this.kernel.remove(filter, this.staged(key), this.stagedBytes) !== 0;
  }

  /**
   * Adds many keys with few crossings, all or none.
   *
   * @throws as `add`; the filter then holds what it held
   */
  addMany(keys: SketchKeys): this {
    this.#insert(keys, false);
    return this;
  }

  /** Adds those of the keys that are not there, all or none: 1 for each that was added, else 0. Throws as `addMany`. */
  addManyIfAbsent(keys: SketchKeys): Uint8Array<ArrayBuffer> {
    return this.#insert(keys, true);
  }

  /** For each key 1 when `has` would be true, else 0. */
  hasMany(keys: SketchKeys): Uint8Array<ArrayBuffer> {
    const [filter, kernel] = [this.alive, this.kernel];
    return this.#each(
      keys,
      (at, count, out) => kernel.hasManyU32(filter, at, count, out),
      (at, count, out) => kernel.hasMany(filter, at, count, out),
    );
  }

  /** Deletes each key once: 1 for each that seemed to be there, else 0. */
  deleteMany(keys: SketchKeys): Uint8Array<ArrayBuffer> {
    const [filter, kernel] = [this.alive, this.kernel];
    return this.#each(
      keys,
      (at, count, out) => kernel.removeManyU32(filter, at, count, out),
      (at, count, out) => kernel.removeMany(filter, at, count, out),
    );
  }

  /** Forgets every key, and the tables behind the first. O(bytes). */
  clear(): void {
    this.kernel.clear(this.alive);
  }

  /**
   * The filter as bytes, the same on every platform. O(bytes). The layout is on the room's page. Bytes of a filter are
   * those of its history: two filters with the same keys may differ.
   */
  toBytes(): Uint8Array<ArrayBuffer> {
    const filter = this.alive;
    const tables = this.word(44);
    let bytes = HEADER_BYTES;
    for (let i = 0; i < tables; i++) bytes += this.kernel.tableBytes(filter, i);
    const out = envelope(KIND, VERSION, bytes);
    const u8 = this.arena.u8Until(filter + HEADER_BYTES);
    out.set(u8.subarray(filter, filter + HEADER_BYTES), ENVELOPE_BYTES);
    let to = ENVELOPE_BYTES + HEADER_BYTES;
    for (let i = 0; i < tables; i++) {
      const [from, size] = [this.kernel.table(filter, i) >>> 0, this.kernel.tableBytes(filter, i)];
      out.set(this.arena.u8Until(from + size).subarray(from, from + size), to);
      to += size;
    }
    return seal(this.arena, out);
  }

  /** Verifies every invariant; throws when one is broken. O(bytes). For tests and fuzzers. */
  check(): void {
    const broken = this.kernel.check(this.alive);
    if (broken !== 0) throw new Error(`CuckooFilter: invariant ${broken} is broken`);
  }

  #shape(): Shape {
    return {
      buckets: this.word(0),
      bucketSize: this.word(4),
      fingerprints: this.word(8),
      maxKicks: this.word(12),
      expansion: this.word(40),
    };
  }

  #done(status: number): boolean {
    if (status >= 0) return status > 0;
    throw this.#refusal(status);
  }

  #refusal(status: number): AshlarError {
    if (status === -2) return new ArenaFullError(this.arena, 'a table of a CuckooFilter');
    const { size, slots } = this.stats();
    return new CuckooFilterFullError(size, slots);
  }

  #each(keys: SketchKeys, numbers: Crossing, records: Crossing): Uint8Array<ArrayBuffer> {
    const list = listed(keys);
    const out = new Uint8Array(list.length);
    if (list instanceof Uint32Array) eachU32(this.arena, list, numbers, out);
    else eachRecord(this.arena, list, records, out);
    return out;
  }

  #insert(keys: SketchKeys, onlyNew: boolean): Uint8Array<ArrayBuffer> {
    const filter = this.alive;
    const list = listed(keys);
    const flag = onlyNew ? 1 : 0;
    let [tried, failed] = [0, 0];
    const insertions = this.float(48);
    const crossing =
      (add: CuckooFilterKernel['addMany']): Crossing =>
      (at, count, out) => {
        if (failed !== 0) return;
        const done = add(filter, at, count, out, flag);
        tried += done;
        const last = done === 0 ? 0 : ((this.arena.u8Until(out + done)[out + done - 1] as number) << 24) >> 24;
        if (last < 0) failed = last;
      };
    const status = this.#each(list, crossing(this.kernel.addManyU32), crossing(this.kernel.addMany));
    if (failed === 0) return status;
    this.#undo(list, status.subarray(0, tried - 1), insertions);
    throw this.#refusal(failed);
  }

  /** Takes back the first keys of a batch, those whose status is 1. */
  #undo(list: Uint32Array | readonly SketchKey[], status: Uint8Array, insertions: number): void {
    const deletions = this.float(56);
    for (let i = status.length - 1; i >= 0; i--) if (status[i] === 1) this.delete(list[i] as SketchKey);
    this.kernel.dropEmpty(this.alive);
    this.arena.f64[(this.alive + 48) >>> 3] = insertions;
    this.arena.f64[(this.alive + 56) >>> 3] = deletions;
  }
}

function make(
  kernel: CuckooFilterKernel,
  shape: Shape,
  seed: number | bigint | undefined,
  capacity: number,
  rate: number,
): number {
  const [low, high] = seedWords(seed);
  const { buckets, bucketSize, fingerprints, maxKicks, expansion } = shape;
  return kernel.create(buckets, bucketSize, fingerprints, maxKicks, expansion, low, high, capacity, rate) >>> 0;
}

/** Makes a filter of bytes that are not trusted; returns its address. */
function load(arena: Arena, bytes: Uint8Array): number {
  const payload = unseal(arena, KIND, VERSION, bytes);
  if (payload.length < HEADER_BYTES) throw refused(KIND, `${payload.length} bytes are no header`);
  const head = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const [buckets = 0, bucketSize = 0, fingerprints = 0, maxKicks = 0] = [0, 4, 8, 12].map((at) =>
    head.getUint32(at, true),
  );
  const [expansion, tables] = [head.getUint32(40, true), head.getUint32(44, true)];
  const shape = { buckets, bucketSize, fingerprints, maxKicks, expansion };
  const [capacity, rate] = [head.getFloat64(24, true), head.getFloat64(32, true)];
  const [insertions, deletions] = [head.getFloat64(48, true), head.getFloat64(56, true)];
  const plausible =
    isShape(shape) &&
    capacity >= 1 &&
    capacity <= 2 ** 40 &&
    rate > 0 &&
    rate < 1 &&
    Number.isSafeInteger(insertions) &&
    Number.isSafeInteger(deletions) &&
    deletions >= 0 &&
    tables >= 1 &&
    tables <= (expansion === 0 ? 1 : MAX_TABLES);
  if (!plausible) throw refused(KIND, 'a field of the header is out of range');
  const sizes = Array.from({ length: tables }, (_, i) => tableBytes({ ...shape, buckets: buckets * expansion ** i }));
  const wanted = sizes.reduce((sum, size) => sum + size, HEADER_BYTES);
  if (wanted !== payload.length) throw refused(KIND, `${payload.length} bytes where ${wanted} were stated`);
  const kernel = arena.kernel(cuckooFilterKernel);
  // A Buffer's `slice` would be a view: of memory that may be this arena's.
  const copy = new Uint8Array(payload);
  const filter = make(kernel, shape, head.getBigUint64(16, true), capacity, rate);
  if (filter === 0) throw new ArenaFullError(arena, 'a CuckooFilter', wanted);
  try {
    fill(arena, kernel, filter, copy, sizes);
  } catch (error) {
    kernel.destroy(filter);
    throw error;
  }
  arena.f64[(filter + 48) >>> 3] = insertions;
  arena.f64[(filter + 56) >>> 3] = deletions;
  return filter;
}

function fill(arena: Arena, kernel: CuckooFilterKernel, filter: number, payload: Uint8Array, sizes: number[]): void {
  let from = HEADER_BYTES;
  let sum = 0;
  for (const [i, size] of sizes.entries()) {
    const status = i === 0 ? 1 : kernel.grow(filter);
    if (status === -1) throw refused(KIND, `it cannot have ${sizes.length} tables`);
    if (status !== 1) throw new ArenaFullError(arena, 'a table of a CuckooFilter', size);
    const table = kernel.table(filter, i) >>> 0;
    arena.u8Until(table + size).set(payload.subarray(from, from + size), table);
    from += size;
  }
  if (kernel.refresh(filter) !== 0) throw refused(KIND, 'a slot holds no fingerprint');
  for (let i = 0; i < sizes.length; i++) sum += arena.u32[(filter + 76 + 8 * i) >>> 2] as number;
  const head = new DataView(payload.buffer, payload.byteOffset, HEADER_BYTES);
  if (sum !== head.getFloat64(48, true) - head.getFloat64(56, true)) {
    throw refused(KIND, `${sum} fingerprints, which is not insertions less deletions`);
  }
}
