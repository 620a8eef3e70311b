/**
 * `Bitmap`: a set of u32 in compressed form, a roaring bitmap, outside the JavaScript heap.
 *
 * S. Chambi, D. Lemire, O. Kaser, R. Godin, "Better bitmap performance with Roaring bitmaps" (2016); D. Lemire et al.,
 * "Roaring Bitmaps: Implementation of an Optimized Software Library" (2018). The layout is drawn in
 * assembly/structures/bitmap/layout.ts.
 */

import { Arena } from '../../../bindings/arena.js';
import { DecodeError } from '../../../bindings/decode-error.js';
import { ENVELOPE_BYTES, envelope, refused, seal, unseal } from '../../../bindings/envelope.js';
import { ArenaFullError } from '../../../bindings/errors.js';
import { Adopted, type HandleOptions, type StructureKind } from '../../../bindings/handle.js';
import {
  AND,
  AND_NOT,
  ARRAY,
  BITMAP,
  type BitmapKernel,
  bitmapKernel,
  COUNT,
  OR,
  PROBLEMS,
  RUN,
  SIZE,
  VERSION,
  XOR,
} from '../../../bindings/kernels/structures/bitmap.js';
import { Made, Sketch } from '../../../bindings/sketch.js';
import { checkBytes, describe, putBytes, putWords, stage } from '../../../bindings/staging.js';

export interface BitmapValuesOptions {
  /** Where to begin; the value itself is met when it is there. Default: the least value, or the greatest with `reverse`. */
  from?: number;
  /** From the greatest to the least. Default false. */
  reverse?: boolean;
}

/** What `stats()` tells. */
export interface BitmapStats {
  readonly size: number;
  /** Containers in all: one for each 65 536 values of which any is there. */
  readonly containers: number;
  /** Containers that list up to 4096 values. */
  readonly arrays: number;
  /** Containers of 65 536 bits. */
  readonly bitmaps: number;
  /** Containers that list runs. */
  readonly runs: number;
  /** Bytes the bitmap costs its arena, allocator headers included. */
  readonly bytes: number;
  /** Bytes of `toPortable()`. */
  readonly portableBytes: number;
}

const KIND: StructureKind = { number: 50, name: 'Bitmap' };
const FORMAT_VERSION = 1;
const END = 2 ** 32;
const NONE = new Uint32Array(0);
/** Values that go in, and come out, in one crossing. */
const CHUNK = 65_536;
const CHUNK_OUT = 16_384;
/** Values of an iteration's first batch, also after a change, and of the later ones. */
const FIRST_BATCH = 64;
const LARGE_BATCH = 2048;
/** Bytes of containers that are written in one crossing; one container fits. */
const PIECE_BYTES = 64 * 1024;

/** The address of a bitmap that is not disposed. */
let rootOf: (bitmap: Bitmap) => number;

/** Another bitmap as a kernel of this arena sees it. */
interface Peer {
  readonly root: number;
  /** True where it is a copy, to be destroyed. */
  readonly own: boolean;
}

/**
 * A set of integers from 0 to 2^32 − 1, in order. Each 65 536 of them that share their upper half are kept as an array of their lower
 * halves, as bits, or as runs, whichever is small. Bitmaps of other arenas can take part in everything: they are copied first.
 */
export class Bitmap extends Sketch<BitmapKernel> implements Iterable<number> {
  static {
    rootOf = (bitmap) => bitmap.alive;
  }

  /**
   * @throws ArenaFullError
   * @throws NameError when the name is taken
   */
  constructor(options: HandleOptions | Adopted | Made = {}) {
    super(KIND, bitmapKernel, options, (_, kernel) => kernel.create());
  }

  /** The bitmap of this name, also after a snapshot. @throws NameError when there is none, or it is something else */
  static open(arena: Arena, name: string): Bitmap {
    const { root, handle } = arena.findName(name, KIND.number, KIND.name);
    return handle instanceof Bitmap ? handle : new Bitmap(new Adopted(arena, root));
  }

  /**
   * A bitmap of these values, in any order, some perhaps more than once. O(n).
   *
   * @throws TypeError, RangeError for what is no integer from 0 to 2^32 − 1
   * @throws ArenaFullError
   */
  static from(values: Uint32Array | Iterable<number>, options: HandleOptions = {}): Bitmap {
    const words = isWords(values) ? values : Uint32Array.from(checkedValues(values));
    const bitmap = new Bitmap(options);
    try {
      bitmap.addMany(words);
    } catch (error) {
      bitmap.dispose();
      throw error;
    }
    return bitmap;
  }

  /**
   * The bitmap that `toBytes()` wrote. O(bytes).
   *
   * @throws SnapshotError when the bytes are truncated, altered, of another format, or say what no bitmap is
   * @throws ArenaFullError
   */
  static fromBytes(bytes: Uint8Array, options: HandleOptions = {}): Bitmap {
    return adopt(options, (arena) =>
      load(arena, unseal(arena, KIND, FORMAT_VERSION, bytes), 1, (problem, offset) =>
        refused(KIND, `${problem}, at ${offset} of the payload`),
      ),
    );
  }

  /**
   * The bitmap that bytes of the portable Roaring format hold, whoever wrote them. They are trusted in nothing. O(bytes).
   *
   * @throws TypeError when `bytes` are no Uint8Array
   * @throws DecodeError when they are not exactly one bitmap of the format
   * @throws ArenaFullError
   */
  static fromPortable(bytes: Uint8Array, options: HandleOptions = {}): Bitmap {
    checkBytes(bytes, 'What Bitmap.fromPortable takes');
    return adopt(options, (arena) =>
      load(arena, bytes, 0, (problem, offset) => new DecodeError('roaring', problem, offset)),
    );
  }

  /** A new bitmap of what both have. O(containers of both). @throws ArenaFullError */
  static and(a: Bitmap, b: Bitmap, options: HandleOptions = {}): Bitmap {
    return combined(a, b, AND, options);
  }

  /** A new bitmap of what either has. Costs and throws as `and`. */
  static or(a: Bitmap, b: Bitmap, options: HandleOptions = {}): Bitmap {
    return combined(a, b, OR, options);
  }

  /** A new bitmap of what exactly one has. Costs and throws as `and`. */
  static xor(a: Bitmap, b: Bitmap, options: HandleOptions = {}): Bitmap {
    return combined(a, b, XOR, options);
  }

  /** A new bitmap of what `a` has and `b` has not. Costs and throws as `and`. */
  static andNot(a: Bitmap, b: Bitmap, options: HandleOptions = {}): Bitmap {
    return combined(a, b, AND_NOT, options);
  }

  get [Symbol.toStringTag](): string {
    return 'Bitmap';
  }

  /** Values, 0 to 2^32. O(1). */
  get size(): number {
    return this.word(SIZE) + this.word(SIZE + 4) * END;
  }

  // ── Single values ───────────────────────────────────────────────────────────────────────────────

  /**
   * True when the value was not there. O(log c + w), of c containers, and w up to 4096 values that move in an array.
   *
   * @throws TypeError, RangeError when the value is no integer from 0 to 2^32 − 1
   * @throws ArenaFullError the bitmap is as it was
   */
  add(value: number): boolean {
    const root = this.alive;
    if (value >>> 0 !== value) throw misuse('A value', value);
    const status = this.kernel.add(root, value);
    if (status < 0) throw this.#full('a value');
    return status !== 0;
  }

  /**
   * True when the value was there. Costs and throws as `add`: what is removed from within a run divides it, and what leaves a container
   * of bits may turn it into an array.
   */
  remove(value: number): boolean {
    const root = this.alive;
    if (value >>> 0 !== value) throw misuse('A value', value);
    const status = this.kernel.remove(root, value);
    if (status < 0) throw this.#full('a container of fewer values');
    return status !== 0;
  }

  /** O(log c + log v), of c containers and v values or runs in one. @throws as `add`, but never ArenaFullError */
  has(value: number): boolean {
    const root = this.alive;
    if (value >>> 0 !== value) throw misuse('A value', value);
    return this.kernel.has(root, value) !== 0;
  }

  // ── Many values ─────────────────────────────────────────────────────────────────────────────────

  /**
   * Adds values in any order, all or none; returns how many were new. O(n).
   *
   * @throws TypeError when they are no Uint32Array
   * @throws ArenaFullError the bitmap holds what it held
   */
  addMany(values: Uint32Array): number {
    const before = this.size;
    this.#applyMany(values, OR);
    return this.size - before;
  }

  /** Removes values in any order, all or none; returns how many were there. Costs and throws as `addMany`. */
  removeMany(values: Uint32Array): number {
    const before = this.size;
    this.#applyMany(values, AND_NOT);
    return before - this.size;
  }

  /** A bitmap of the values, and then an operation on two: it alone can fail half-way, and leaves no trace then. */
  #applyMany(values: Uint32Array, operation: number): void {
    const { alive: root, arena, kernel, size } = this;
    checkU32s(values);
    if (values.length === 0) return;
    const many = built(arena, kernel, values);
    try {
      if (operation === OR && size === 0) kernel.swap(root, many);
      else if (kernel.apply(root, many, operation, 1) === 0) throw this.#full(`a change of ${values.length} values`);
    } finally {
      kernel.destroy(many);
    }
  }

  /** Whether each value is there, 0 or 1. O(n log c). @throws TypeError when they are no Uint32Array */
  hasMany(values: Uint32Array): Uint8Array<ArrayBuffer> {
    const { alive: root, arena, kernel } = this;
    checkU32s(values);
    const out = new Uint8Array(values.length);
    const room = Math.min(CHUNK_OUT, values.length);
    const at = stage(arena, 5 * room, values);
    for (let from = 0; from < values.length; from += room) {
      const count = Math.min(room, values.length - from);
      putWords(arena, at, values.subarray(from, from + count));
      const flags = at + 4 * room;
      kernel.hasMany(root, at, count, flags);
      out.set(arena.u8Until(flags + count).subarray(flags, flags + count), from);
    }
    return out;
  }

  // ── Ranges ──────────────────────────────────────────────────────────────────────────────────────

  /**
   * Adds the values from `from` up to, but not including, `end`; returns how many were new. O(containers of the range).
   *
   * @throws TypeError, RangeError when a bound is no integer from 0 to 2^32, or `end` below `from`
   * @throws ArenaFullError the bitmap holds what it held
   */
  addRange(from: number, end: number): number {
    const before = this.size;
    this.#changeRange(from, end, OR);
    return this.size - before;
  }

  /** Removes the values of a range; returns how many were there. See `addRange`. */
  removeRange(from: number, end: number): number {
    const before = this.size;
    this.#changeRange(from, end, AND_NOT);
    return before - this.size;
  }

  /** Removes the values of a range that are there, and adds those that are not. See `addRange`. */
  flipRange(from: number, end: number): this {
    this.#changeRange(from, end, XOR);
    return this;
  }

  #changeRange(from: number, end: number, operation: number): void {
    const root = this.alive;
    checkRange(from, end);
    if (from === end) return;
    if (this.kernel.range(root, from, end - 1, operation) === 0) throw this.#full('a range');
  }

  /** True when every value of a range is there, as it is of one that is empty. Costs and throws as `countRange`. */
  hasRange(from: number, end: number): boolean {
    return this.countRange(from, end) === end - from;
  }

  /**
   * How many values of a range are there. O(containers of the range).
   *
   * @throws TypeError, RangeError when a bound is no integer from 0 to 2^32, or `end` below `from`
   */
  countRange(from: number, end: number): number {
    const root = this.alive;
    checkRange(from, end);
    return from === end ? 0 : this.kernel.countRange(root, from, end - 1);
  }

  // ── In order ────────────────────────────────────────────────────────────────────────────────────

  /** The least value, or undefined. O(1). */
  get min(): number | undefined {
    return this.#nearest(0, false);
  }

  /** The greatest value, or undefined. O(1). */
  get max(): number | undefined {
    return this.#nearest(END - 1, true);
  }

  #nearest(from: number, reverse: boolean): number | undefined {
    const { alive: root, arena, kernel } = this;
    const at = arena.scratch(4);
    const found = reverse ? kernel.scanDown(root, from, at, 1) : kernel.scanUp(root, from, at, 1);
    return found === 0 ? undefined : arena.u32[at >>> 2];
  }

  /**
   * The value at an index of the order, which the literature calls select; a negative one counts from the end. O(containers).
   *
   * @throws TypeError when the index is no integer
   */
  at(index: number): number | undefined {
    const size = this.size;
    if (!Number.isInteger(index)) throw new TypeError(`An index must be an integer, got ${describe(index)}`);
    const rank = index < 0 ? index + size : index;
    return rank < 0 || rank >= size ? undefined : this.kernel.at(this.alive, rank) >>> 0;
  }

  /**
   * How many values are below this one: the index of one that is there, and where one that is not would go. What the literature calls
   * rank counts the value itself too. O(containers).
   *
   * @throws TypeError, RangeError when the value is no integer from 0 to 2^32 − 1
   */
  rankOf(value: number): number {
    const root = this.alive;
    if (value >>> 0 !== value) throw misuse('A value', value);
    return this.kernel.rank(root, value);
  }

  /**
   * The values in order, up or down.
   *
   * The bitmap may change meanwhile: what follows is then what stands behind the value met last. No value is met twice.
   *
   * @throws TypeError, RangeError when `from` is no integer from 0 to 2^32 − 1
   */
  values(options: BitmapValuesOptions = {}): IterableIterator<number> {
    const reverse = options.reverse === true;
    const { from = reverse ? END - 1 : 0 } = options;
    if (from >>> 0 !== from) throw misuse('from', from);
    void this.alive;
    return new ValueIterator(this, (next, room) => this.#scan(next, reverse, room), from, reverse);
  }

  [Symbol.iterator](): IterableIterator<number> {
    return this.values();
  }

  #scan(from: number, reverse: boolean, room: number): Batch {
    const { alive: root, arena, kernel } = this;
    const at = arena.scratch(4 * room);
    const count = reverse ? kernel.scanDown(root, from, at, room) : kernel.scanUp(root, from, at, room);
    const words = arena.u32;
    return { values: words.slice(at >>> 2, (at >>> 2) + count), words, versionAt: (root + VERSION) >>> 2 };
  }

  /** All values, ascending. O(n). @throws RangeError where an array cannot be so long */
  toArray(): Uint32Array<ArrayBuffer> {
    const { alive: root, arena, kernel, size } = this;
    const out = new Uint32Array(size);
    const at = arena.scratch(4 * Math.min(CHUNK_OUT, size));
    for (let done = 0, from = 0; done < size; from = (out[done - 1] as number) + 1) {
      const count = kernel.scanUp(root, from, at, Math.min(CHUNK_OUT, size - done));
      out.set(arena.u32.subarray(at >>> 2, (at >>> 2) + count), done);
      done += count;
    }
    return out;
  }

  // ── Two bitmaps ─────────────────────────────────────────────────────────────────────────────────

  /**
   * Keeps what the other has too. O(containers of both).
   *
   * @throws TypeError when the other is no Bitmap
   * @throws ArenaFullError the bitmap holds what it held
   */
  and(other: Bitmap): this {
    return this.#apply(other, AND);
  }

  /** Adds what the other has. O(containers of the other). Throws as `and`. */
  or(other: Bitmap): this {
    return this.#apply(other, OR);
  }

  /** Keeps what the other has not, and adds what only the other has. O(containers of the other). Throws as `and`. */
  xor(other: Bitmap): this {
    return this.#apply(other, XOR);
  }

  /** Removes what the other has. O(containers of the other). Throws as `and`. */
  andNot(other: Bitmap): this {
    return this.#apply(other, AND_NOT);
  }

  #apply(other: Bitmap, operation: number): this {
    const { alive: root, kernel } = this;
    checkBitmap(other);
    if (other === this) {
      if (operation === XOR || operation === AND_NOT) this.clear();
      return this;
    }
    this.#with(other, (peer) => {
      if (operation === AND) {
        const made = kernel.combine(root, peer.root, AND) >>> 0;
        if (made === 0) throw this.#full('an intersection');
        kernel.swap(root, made);
        kernel.destroy(made);
      } else if (kernel.apply(root, peer.root, operation, peer.own ? 1 : 0) === 0) {
        throw this.#full('what another bitmap holds');
      }
    });
    return this;
  }

  /** Calls with the other bitmap as it is, or a copy of it in this arena that ends with the call. */
  #with<T>(other: Bitmap, use: (peer: Peer) => T): T {
    checkBitmap(other);
    const { arena, kernel } = this;
    if (other.arena === arena) return use({ root: other.alive, own: false });
    const root = moved(other, arena);
    try {
      return use({ root, own: true });
    } finally {
      kernel.destroy(root);
    }
  }

  /** How many values `Bitmap.and` would have. O(containers of both); nothing is made. @throws TypeError */
  andCount(other: Bitmap): number {
    const root = this.alive;
    return this.#with(other, (peer) => this.kernel.countShared(root, peer.root));
  }

  /** How many values `Bitmap.or` would have. See `andCount`. */
  orCount(other: Bitmap): number {
    const both = this.andCount(other);
    return this.size + other.size - both;
  }

  /** How many values `Bitmap.xor` would have. See `andCount`. */
  xorCount(other: Bitmap): number {
    const both = this.andCount(other);
    return this.size + other.size - 2 * both;
  }

  /** How many values `Bitmap.andNot` would have. See `andCount`. */
  andNotCount(other: Bitmap): number {
    return this.size - this.andCount(other);
  }

  /** True when some value is in both. Ends with the first container in which one is. @throws TypeError */
  intersects(other: Bitmap): boolean {
    const root = this.alive;
    return this.#with(other, (peer) => this.kernel.meet(root, peer.root) !== 0);
  }

  /** True when the other has every value of this one. @throws TypeError */
  isSubsetOf(other: Bitmap): boolean {
    const root = this.alive;
    return this.#with(other, (peer) => this.kernel.within(root, peer.root) !== 0);
  }

  /** True when both have the same values, whatever their containers. @throws TypeError */
  equals(other: Bitmap): boolean {
    checkBitmap(other);
    return this.size === other.size && this.isSubsetOf(other);
  }

  /** The Jaccard index: what both have as a share of what either has, 0 to 1; 1 where neither has anything. @throws TypeError */
  jaccard(other: Bitmap): number {
    const both = this.andCount(other);
    const either = this.size + other.size - both;
    return either === 0 ? 1 : both / either;
  }

  // ── Upkeep ──────────────────────────────────────────────────────────────────────────────────────

  /**
   * Turns containers into runs where these take fewer bytes, and cuts all blocks to what they hold; returns how many bytes the arena got
   * back. What there is no room to turn stays as it is. O(bytes).
   */
  optimize(): number {
    const { alive: root, kernel } = this;
    const before = kernel.bytesOf(root);
    kernel.optimize(root);
    kernel.shrink(root);
    return before - kernel.bytesOf(root);
  }

  /** Cuts all blocks to what they hold; returns how many bytes the arena got back. O(containers). */
  shrink(): number {
    const { alive: root, kernel } = this;
    const before = kernel.bytesOf(root);
    kernel.shrink(root);
    return before - kernel.bytesOf(root);
  }

  /** A bitmap with the same values and containers, in this arena or another. O(bytes). @throws ArenaFullError, NameError */
  clone(options: HandleOptions = {}): Bitmap {
    void this.alive;
    return adopt({ arena: this.arena, ...options }, (arena) => {
      if (arena !== this.arena) return moved(this, arena);
      const root = this.kernel.copy(this.alive) >>> 0;
      if (root === 0) throw this.#full('a copy');
      return root;
    });
  }

  /** Removes every value and gives the memory back. O(containers). */
  clear(): void {
    this.kernel.clear(this.alive);
  }

  /** Bytes of the portable Roaring format, as every implementation of it reads them. O(bytes). */
  toPortable(): Uint8Array<ArrayBuffer> {
    const out = new Uint8Array(this.kernel.portableSize(this.alive));
    this.#write(out);
    return out;
  }

  /** The bitmap as bytes: an envelope around the portable format. O(bytes). */
  toBytes(): Uint8Array<ArrayBuffer> {
    const out = envelope(KIND, FORMAT_VERSION, this.kernel.portableSize(this.alive));
    this.#write(out.subarray(ENVELOPE_BYTES));
    return seal(this.arena, out);
  }

  #write(out: Uint8Array): void {
    const { alive: root, arena, kernel } = this;
    const head = kernel.portableHead(root);
    const at = arena.scratch(Math.max(head, PIECE_BYTES));
    kernel.writeHead(root, at);
    out.set(arena.u8Until(at + head).subarray(at, at + head));
    const containers = this.word(COUNT);
    for (let next = 0, done = head; next < containers; ) {
      next = kernel.writeContainers(root, next, at, PIECE_BYTES);
      const bytes = arena.resultLow;
      out.set(arena.u8Until(at + bytes).subarray(at, at + bytes), done);
      done += bytes;
    }
  }

  /** How the bitmap stands. O(containers). */
  stats(): BitmapStats {
    const { alive: root, kernel, size } = this;
    return {
      size,
      containers: this.word(COUNT),
      arrays: kernel.countOfKind(root, ARRAY),
      bitmaps: kernel.countOfKind(root, BITMAP),
      runs: kernel.countOfKind(root, RUN),
      bytes: kernel.bytesOf(root),
      portableBytes: kernel.portableSize(root),
    };
  }

  /** Verifies every invariant; throws when one is broken. O(bytes). For tests and fuzzers. */
  check(): void {
    const broken = this.kernel.check(this.alive);
    if (broken !== 0) throw new Error(`Bitmap: invariant ${broken} is broken`);
  }

  #full(what: string): ArenaFullError {
    return new ArenaFullError(this.arena, what);
  }
}

/** A batch of values, and how to see that it is still what the bitmap holds. */
interface Batch {
  readonly values: Uint32Array;
  /** The arena's memory, of no length once it has grown, and where in it the version stands. */
  readonly words: Uint32Array;
  readonly versionAt: number;
}

/** Values in batches; a batch is forgotten when the bitmap changes. */
class ValueIterator implements IterableIterator<number> {
  readonly #bitmap: Bitmap;
  readonly #fetch: (from: number, room: number) => Batch;
  readonly #step: number;
  #values: Uint32Array = NONE;
  #index = 0;
  #words: Uint32Array = NONE;
  #versionAt = 0;
  #seen: number | undefined;
  /** Where the next batch begins; no u32 at the end. */
  #from: number;

  constructor(bitmap: Bitmap, fetch: (from: number, room: number) => Batch, from: number, reverse: boolean) {
    this.#bitmap = bitmap;
    this.#fetch = fetch;
    this.#from = from;
    this.#step = reverse ? -1 : 1;
  }

  next(): IteratorResult<number, undefined> {
    const index = this.#index;
    const values = this.#values;
    if (index < values.length && this.#words[this.#versionAt] === this.#seen && !this.#bitmap.disposed) {
      this.#index = index + 1;
      return { value: values[index] as number, done: false };
    }
    return this.#refill();
  }

  #refill(): IteratorResult<number, undefined> {
    if (this.#index > 0) this.#from = (this.#values[this.#index - 1] as number) + this.#step;
    // Where it changes all the time, much of a large batch would be fetched in vain.
    const room = this.#index > 0 && this.#index === this.#values.length ? LARGE_BATCH : FIRST_BATCH;
    this.#index = 0;
    this.#values = NONE;
    if (this.#from < 0 || this.#from >= END) return { value: undefined, done: true };
    const { values, words, versionAt } = this.#fetch(this.#from, room);
    if (values.length === 0) return this.return();
    this.#values = values;
    this.#words = words;
    this.#versionAt = versionAt;
    this.#seen = words[versionAt];
    this.#index = 1;
    return { value: values[0] as number, done: false };
  }

  return(): IteratorResult<number, undefined> {
    this.#values = NONE;
    this.#index = 0;
    this.#from = -1;
    return { value: undefined, done: true };
  }

  [Symbol.iterator](): this {
    return this;
  }
}

// ── Bitmaps that come to be ───────────────────────────────────────────────────────────────────────

/** A handle for a root that is made when nothing else can fail but that. */
function adopt(options: HandleOptions, make: (arena: Arena) => number): Bitmap {
  const arena = options.arena ?? Arena.default;
  arena.assertAlive();
  if (options.name !== undefined) arena.assertNameFree(options.name);
  return new Bitmap(new Made(arena, make(arena), options.name));
}

/** A root of these values. */
function built(arena: Arena, kernel: BitmapKernel, values: Uint32Array): number {
  const room = Math.min(CHUNK, values.length);
  const at = stage(arena, 4 * room, values);
  const root = kernel.create() >>> 0;
  if (root === 0) throw new ArenaFullError(arena, 'a Bitmap');
  for (let from = 0; from < values.length; from += room) {
    const some = values.subarray(from, from + room);
    putWords(arena, at, some);
    if (kernel.addMany(root, at, some.length) === 0) {
      kernel.destroy(root);
      throw new ArenaFullError(arena, `a Bitmap of ${values.length} values`);
    }
  }
  return root;
}

function combined(a: Bitmap, b: Bitmap, operation: number, options: HandleOptions): Bitmap {
  checkBitmap(a);
  checkBitmap(b);
  return adopt({ arena: a.arena, ...options }, (arena) => {
    const kernel = arena.kernel(bitmapKernel);
    const copies: number[] = [];
    const here = (bitmap: Bitmap) => {
      if (bitmap.arena === arena) return rootOf(bitmap);
      const root = moved(bitmap, arena);
      copies.push(root);
      return root;
    };
    try {
      const made = kernel.combine(here(a), here(b), operation) >>> 0;
      if (made === 0) throw new ArenaFullError(arena, 'a Bitmap of two');
      return made;
    } finally {
      for (const root of copies) kernel.destroy(root);
    }
  });
}

/** A root in another arena with the same values and containers. */
function moved(bitmap: Bitmap, arena: Arena): number {
  return load(arena, bitmap.toPortable(), 0, (problem) => new Error(`Bitmap: it cannot be copied: ${problem}`));
}

/** Makes a root of bytes that are not trusted; returns its address. */
function load(
  arena: Arena,
  bytes: Uint8Array,
  strict: number,
  wrong: (problem: string, offset: number) => Error,
): number {
  const kernel = arena.kernel(bitmapKernel);
  // A view of the arena itself may be detached when it grows.
  const length = bytes.length;
  const at = arena.alloc(length);
  try {
    if (bytes.length !== length) throw new TypeError('The bytes are a view of the arena, which grew: pass a copy');
    putBytes(arena, at, bytes);
    const root = kernel.readPortable(at, length, strict) >>> 0;
    if (root !== 0) return root;
    const problem = PROBLEMS[arena.resultLow];
    throw problem === undefined ? new ArenaFullError(arena, 'a Bitmap', length) : wrong(problem, arena.resultHigh);
  } finally {
    arena.free(at);
  }
}

// ── What callers pass ─────────────────────────────────────────────────────────────────────────────

function misuse(what: string, value: unknown): Error {
  if (typeof value !== 'number') return new TypeError(`${what} must be a number, got ${describe(value)}`);
  return new RangeError(`${what} must be an integer from 0 to 4294967295, got ${value}`);
}

function isWords(values: unknown): values is Uint32Array {
  return Object.prototype.toString.call(values) === '[object Uint32Array]';
}

function checkU32s(values: unknown): asserts values is Uint32Array {
  if (!isWords(values)) throw new TypeError(`values must be a Uint32Array, got ${describe(values)}`);
}

function* checkedValues(values: Iterable<number>): Iterable<number> {
  if (values === null || typeof values !== 'object' || !(Symbol.iterator in values)) {
    throw new TypeError(`values must be a Uint32Array or an iterable of numbers, got ${describe(values)}`);
  }
  for (const value of values) {
    if (value >>> 0 !== value) throw misuse('A value', value);
    yield value;
  }
}

function checkBitmap(bitmap: unknown): asserts bitmap is Bitmap {
  if (!(bitmap instanceof Bitmap)) throw new TypeError(`The other set must be a Bitmap, got ${describe(bitmap)}`);
}

function checkRange(from: unknown, end: unknown): void {
  for (const [what, bound] of [
    ['from', from],
    ['end', end],
  ] as const) {
    if (typeof bound !== 'number') throw new TypeError(`${what} must be a number, got ${describe(bound)}`);
    if (!(Number.isInteger(bound) && bound >= 0 && bound <= END)) {
      throw new RangeError(`${what} must be an integer from 0 to 4294967296, got ${bound}`);
    }
  }
  if ((from as number) > (end as number)) {
    throw new RangeError(`end must not be below from, got ${String(from)} and ${String(end)}`);
  }
}
