/**
 * `SkipList`: an ordered map with ranks, off the JavaScript heap.
 *
 * W. Pugh, "Skip lists: a probabilistic alternative to balanced trees" (1990), with spans at every link, by which an
 * entry is selected by its index and a key's rank is counted. The layout is drawn in
 * assembly/structures/skip-list/layout.ts.
 */

import { Arena } from '../../../bindings/arena.js';
import { refused } from '../../../bindings/envelope.js';
import { ArenaFullError } from '../../../bindings/errors.js';
import { Adopted, type StructureKind } from '../../../bindings/handle.js';
import { type SkipListKernel, skipListKernel } from '../../../bindings/kernels/structures/skip-list.js';
import { type Bytes, roomFor, stageBytes } from '../../../bindings/keys.js';
import {
  type Given,
  kindsOf,
  numberOf,
  type OrderedKind,
  OrderedMap,
  type OrderedMapOptions,
  type Taken,
  unpacked,
  valueAt,
} from '../../../bindings/ordered-map.js';
import { checkProbability, DEFAULT_PROBABILITY, isProbability, seedOf, seedWords } from './levels.js';

const KIND: StructureKind = { number: 30, name: 'SkipList' };

// Words of the list's header; see assembly/structures/skip-list/layout.ts.
const LEVELS = 12 >> 2;
const SEED = 24 >> 2;
const P = 32 >> 3;

export interface SkipListOptions<K extends OrderedKind, V extends OrderedKind> extends OrderedMapOptions<K, V> {
  /**
   * Probability that a node has one level more, above 0 and at most 0.9. Default 0.25: 1.33 links a node. A smaller
   * one saves memory, a larger one makes the time of a search vary less.
   */
  p?: number;
  /**
   * Where the drawing of levels begins, an integer from 0 to 2^64 − 1. Default 0: the same operations build the same
   * list everywhere. Pass a secret one when whoever chooses keys must not be able to foresee the levels.
   */
  seed?: number | bigint;
}

export interface SkipListStats {
  readonly size: number;
  /** Levels of the highest node; at most 32. */
  readonly levels: number;
  readonly p: number;
  /** Everything the list costs its arena, allocator headers included. */
  readonly bytes: number;
}

/**
 * An ordered map. Keys are numbers (NaN one key above all others, −0 the key +0) or bytes, ordered byte by byte;
 * values are numbers or bytes. Both live in the arena. About 40 bytes an entry of numbers. Every operation on one key
 * is O(log n) expected, whatever the keys, as long as their chooser does not know the seed.
 */
export class SkipList<K extends OrderedKind = 'f64', V extends OrderedKind = K> extends OrderedMap<K, V> {
  readonly #kernel: SkipListKernel;

  /**
   * @throws RangeError for options that no list has
   * @throws ArenaFullError
   * @throws NameError when the name is taken
   */
  constructor(options: SkipListOptions<K, V> | Adopted = {}) {
    const arena = options.arena ?? Arena.default;
    const kernel = arena.kernel(skipListKernel);
    const { p = DEFAULT_PROBABILITY, seed = 0 } = options instanceof Adopted ? {} : options;
    checkProbability(p);
    const [low, high] = seedWords(seed);
    super(arena, kernel, KIND, options, (keys, values) => kernel.create(keys, values, low, high, p));
    this.#kernel = kernel;
  }

  /**
   * The list that was made in this arena under this name, also after a snapshot. Opening an open list gives the same
   * object.
   *
   * @throws NameError when there is none, or it is another kind of structure
   */
  static open<K extends OrderedKind = 'f64', V extends OrderedKind = K>(arena: Arena, name: string): SkipList<K, V> {
    const { root, handle } = arena.findName(name, KIND.number, KIND.name);
    return handle instanceof SkipList ? (handle as SkipList<K, V>) : new SkipList<K, V>(new Adopted(arena, root));
  }

  /**
   * The list that `toBytes()` wrote. O(n log n).
   *
   * @param options where it goes; `keys` and `values`, when given, must be those of the bytes
   * @throws SnapshotError when the bytes are damaged, or hold something else
   * @throws ArenaFullError
   */
  static fromBytes<K extends OrderedKind = 'f64', V extends OrderedKind = K>(
    bytes: Uint8Array,
    options: OrderedMapOptions<K, V> = {},
  ): SkipList<K, V> {
    const packed = unpacked(options.arena ?? Arena.default, KIND, bytes);
    const [low, high, p] = packed.traits;
    if (!isProbability(p)) throw refused(KIND, `a probability of ${p}`);
    const seed = seedOf(low, high);
    return new SkipList<K, V>({ ...kindsOf(KIND, packed, options), p, seed }).unpack(KIND, packed);
  }

  get [Symbol.toStringTag](): string {
    return 'SkipList';
  }

  /** The value, bytes as a copy, or undefined. O(log n). */
  get(key: Given<K>): Taken<V> | undefined {
    if (!this.byteKeys && !this.byteValues) {
      const list = this.alive;
      const value = this.#kernel.getFF(list, numberOf(key, 'key'));
      // NaN is a missing key or a value that is NaN.
      const found = !Number.isNaN(value) || this.#kernel.findF(list, key as number) !== 0;
      return found ? (value as Taken<V>) : undefined;
    }
    const cell = this.#find(key);
    return cell === 0 ? undefined : (valueAt(this.arena, cell, this.byteValues) as Taken<V>);
  }

  /** O(log n). */
  has(key: Given<K>): boolean {
    return this.#find(key) !== 0;
  }

  #find(key: Given<K>): number {
    const list = this.alive;
    if (!this.byteKeys) return this.#kernel.findF(list, numberOf(key, 'key')) >>> 0;
    const room = roomFor(key as Bytes);
    const at = this.arena.scratch(room);
    return this.#kernel.findB(list, at, stageBytes(this.arena, at, key as Bytes, room)) >>> 0;
  }

  /**
   * O(log n).
   *
   * @throws TypeError when key or value is not what the list takes
   * @throws ArenaFullError the list is as it was
   */
  set(key: Given<K>, value: Given<V>): this {
    const list = this.alive;
    const kernel = this.#kernel;
    const arena = this.arena;
    let status: number;
    if (!this.byteKeys && !this.byteValues) {
      status = kernel.setFF(list, numberOf(key, 'key'), numberOf(value, 'value'));
    } else {
      const keyRoom = this.byteKeys ? roomFor(key as Bytes) : 0;
      const valueRoom = this.byteValues ? roomFor(value as Bytes, 'value') : 0;
      const number = this.byteKeys ? (this.byteValues ? 0 : numberOf(value, 'value')) : numberOf(key, 'key');
      const at = arena.scratch(keyRoom + valueRoom);
      const keyBytes = this.byteKeys ? stageBytes(arena, at, key as Bytes, keyRoom) : 0;
      const to = at + keyBytes;
      const valueBytes = this.byteValues ? stageBytes(arena, to, value as Bytes, valueRoom) : 0;
      if (!this.byteKeys) status = kernel.setFB(list, number, to, valueBytes);
      else if (this.byteValues) status = kernel.setBB(list, at, keyBytes, to, valueBytes);
      else status = kernel.setBF(list, at, keyBytes, number);
    }
    if (status < 0) throw new ArenaFullError(arena, 'an entry');
    return this;
  }

  /** True when there was such a key. O(log n). */
  delete(key: Given<K>): boolean {
    const list = this.alive;
    if (!this.byteKeys) return this.#kernel.removeF(list, numberOf(key, 'key')) !== 0;
    const room = roomFor(key as Bytes);
    const at = this.arena.scratch(room);
    return this.#kernel.removeB(list, at, stageBytes(this.arena, at, key as Bytes, room)) !== 0;
  }

  /** A new list with the same entries, in this arena or another. O(n log n). */
  clone(options: { arena?: Arena; name?: string } = {}): SkipList<K, V> {
    const [low, high, p] = this.traits();
    const seed = seedOf(low, high);
    const kinds = { keys: this.keyKind, values: this.valueKind };
    return new SkipList<K, V>({ arena: this.arena, ...options, ...kinds, p, seed }).fillFrom(this);
  }

  /** The list as bytes: its entries, p and seed. The same bytes on every platform. O(n). */
  toBytes(): Uint8Array<ArrayBuffer> {
    return this.pack(KIND);
  }

  protected traits(): readonly [low: number, high: number, p: number] {
    const list = this.alive;
    const u32 = this.arena.u32;
    const seed = (list >>> 2) + SEED;
    return [u32[seed] as number, u32[seed + 1] as number, this.arena.f64[(list >>> 3) + P] as number];
  }

  /** How the list stands. O(1). */
  stats(): SkipListStats {
    const levels = this.arena.u32[(this.alive >>> 2) + LEVELS] as number;
    return { size: this.size, levels, p: this.traits()[2], bytes: this.bytes() };
  }
}
