/**
 * `BTree`: an ordered map with ranks, off the JavaScript heap.
 *
 * A B+ tree (R. Bayer, E. McCreight 1972; D. Comer 1979) of nodes with up to 64 keys, with the number of entries below
 * each child. The layout is drawn in assembly/structures/b-tree/layout.ts.
 */

import { Arena } from '../../../bindings/arena.js';
import { refused } from '../../../bindings/envelope.js';
import { ArenaFullError } from '../../../bindings/errors.js';
import { Adopted, type StructureKind } from '../../../bindings/handle.js';
import { type BTreeKernel, bTreeKernel } from '../../../bindings/kernels/structures/b-tree.js';
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

const KIND: StructureKind = { number: 32, name: 'BTree' };

// Words of the tree's header; see assembly/structures/b-tree/layout.ts.
const HEIGHT = 12 >> 2;
const NODES = 28 >> 2;

export interface BTreeStats {
  readonly size: number;
  /** Levels; 0 when the tree is empty, 1 when it is one leaf. */
  readonly height: number;
  /** Nodes, leaves included. */
  readonly nodes: number;
  /** Everything the tree costs its arena, allocator headers included. */
  readonly bytes: number;
}

/**
 * An ordered map. Keys are numbers (NaN one key above all others, −0 the key +0) or bytes, ordered byte by byte;
 * values are numbers or bytes. Both live in the arena. 17 to 34 bytes an entry of numbers. Every operation on one key is
 * O(log n), and splits or merges at most one node a level.
 */
export class BTree<K extends OrderedKind = 'f64', V extends OrderedKind = K> extends OrderedMap<K, V> {
  readonly #kernel: BTreeKernel;

  /**
   * @throws RangeError for kinds of keys or values that there are not
   * @throws ArenaFullError
   * @throws NameError when the name is taken
   */
  constructor(options: OrderedMapOptions<K, V> | Adopted = {}) {
    const arena = options.arena ?? Arena.default;
    const kernel = arena.kernel(bTreeKernel);
    super(arena, kernel, KIND, options, kernel.create);
    this.#kernel = kernel;
  }

  /**
   * The tree that was made in this arena under this name, also after a snapshot. Opening an open tree gives the same
   * object.
   *
   * @throws NameError when there is none, or it is another kind of structure
   */
  static open<K extends OrderedKind = 'f64', V extends OrderedKind = K>(arena: Arena, name: string): BTree<K, V> {
    const { root, handle } = arena.findName(name, KIND.number, KIND.name);
    return handle instanceof BTree ? (handle as BTree<K, V>) : new BTree<K, V>(new Adopted(arena, root));
  }

  /**
   * The tree that `toBytes()` wrote. O(n).
   *
   * @param options where it goes; `keys` and `values`, when given, must be those of the bytes
   * @throws SnapshotError when the bytes are damaged, or hold something else
   * @throws ArenaFullError
   */
  static fromBytes<K extends OrderedKind = 'f64', V extends OrderedKind = K>(
    bytes: Uint8Array,
    options: OrderedMapOptions<K, V> = {},
  ): BTree<K, V> {
    const packed = unpacked(options.arena ?? Arena.default, KIND, bytes);
    if (packed.traits.some((it) => !Object.is(it, 0))) throw refused(KIND, 'bytes that must be zero are not');
    return new BTree<K, V>(kindsOf(KIND, packed, options)).unpack(KIND, packed);
  }

  get [Symbol.toStringTag](): string {
    return 'BTree';
  }

  /** The value, bytes as a copy, or undefined. O(log n). */
  get(key: Given<K>): Taken<V> | undefined {
    if (!this.byteKeys && !this.byteValues) {
      const tree = this.alive;
      const value = this.#kernel.getFF(tree, numberOf(key, 'key'));
      // NaN is a missing key or a value that is NaN.
      const found = !Number.isNaN(value) || this.#kernel.findF(tree, key as number) !== 0;
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
    const tree = this.alive;
    if (!this.byteKeys) return this.#kernel.findF(tree, numberOf(key, 'key')) >>> 0;
    const room = roomFor(key as Bytes);
    const at = this.arena.scratch(room);
    return this.#kernel.findB(tree, at, stageBytes(this.arena, at, key as Bytes, room)) >>> 0;
  }

  /**
   * O(log n).
   *
   * @throws TypeError when key or value is not what the tree takes
   * @throws ArenaFullError the tree is as it was
   */
  set(key: Given<K>, value: Given<V>): this {
    const tree = this.alive;
    const kernel = this.#kernel;
    const arena = this.arena;
    let status: number;
    if (!this.byteKeys && !this.byteValues) {
      status = kernel.setFF(tree, numberOf(key, 'key'), numberOf(value, 'value'));
    } else {
      const keyRoom = this.byteKeys ? roomFor(key as Bytes) : 0;
      const valueRoom = this.byteValues ? roomFor(value as Bytes, 'value') : 0;
      const number = this.byteKeys ? (this.byteValues ? 0 : numberOf(value, 'value')) : numberOf(key, 'key');
      const at = arena.scratch(keyRoom + valueRoom);
      const keyBytes = this.byteKeys ? stageBytes(arena, at, key as Bytes, keyRoom) : 0;
      const to = at + keyBytes;
      const valueBytes = this.byteValues ? stageBytes(arena, to, value as Bytes, valueRoom) : 0;
      if (!this.byteKeys) status = kernel.setFB(tree, number, to, valueBytes);
      else if (this.byteValues) status = kernel.setBB(tree, at, keyBytes, to, valueBytes);
      else status = kernel.setBF(tree, at, keyBytes, number);
    }
    if (status < 0) throw new ArenaFullError(arena, 'an entry');
    return this;
  }

  /** True when there was such a key. O(log n). */
  delete(key: Given<K>): boolean {
    const tree = this.alive;
    if (!this.byteKeys) return this.#kernel.removeF(tree, numberOf(key, 'key')) !== 0;
    const room = roomFor(key as Bytes);
    const at = this.arena.scratch(room);
    return this.#kernel.removeB(tree, at, stageBytes(this.arena, at, key as Bytes, room)) !== 0;
  }

  /** A new tree with the same entries, in this arena or another. O(n). */
  clone(options: { arena?: Arena; name?: string } = {}): BTree<K, V> {
    const kinds = { keys: this.keyKind, values: this.valueKind };
    return new BTree<K, V>({ arena: this.arena, ...options, ...kinds }).fillFrom(this);
  }

  /** The tree as bytes: its entries. The same bytes on every platform, however the tree came to be. O(n). */
  toBytes(): Uint8Array<ArrayBuffer> {
    return this.pack(KIND);
  }

  protected traits(): readonly [low: number, high: number, number: number] {
    return [0, 0, 0];
  }

  /** How the tree stands. O(1). */
  stats(): BTreeStats {
    const words = this.alive >>> 2;
    const u32 = this.arena.u32;
    return {
      size: this.size,
      height: u32[words + HEIGHT] as number,
      nodes: u32[words + NODES] as number,
      bytes: this.bytes(),
    };
  }
}
