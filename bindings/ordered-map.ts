/**
 * `OrderedMap`: what the ordered maps share. Each writes out the operations on one key itself, for speed: a call site
 * that meets two kernels is slow. Everything here crosses rarely, or many entries at a time.
 *
 * Every order is one of ranks: a bound becomes the number of keys before it, and a batch of a range is what stands at
 * the ranks from there on.
 */

import type { Arena } from './arena.js';
import { ENVELOPE_BYTES, envelope, refused, seal, unseal } from './envelope.js';
import { ArenaFullError } from './errors.js';
import { Adopted, Handle, type HandleOptions, type StructureKind } from './handle.js';
import { type Bytes, roomFor, stageBytes, stageRecord } from './keys.js';
import { describe } from './staging.js';

/** What a map's keys or values are. */
export type OrderedKind = 'f64' | 'bytes';
/** A key or value as it is given: bytes may be a string, which stands for its UTF-8 bytes. */
export type Given<Kind extends OrderedKind> = Kind extends 'f64' ? number : Bytes;
/** A key or value as it comes back: bytes are a copy. */
export type Taken<Kind extends OrderedKind> = Kind extends 'f64' ? number : Uint8Array<ArrayBuffer>;
/** Values of many keys: missing ones are `missing` or undefined. */
export type TakenMany<Kind extends OrderedKind> = Kind extends 'f64'
  ? Float64Array
  : (Uint8Array<ArrayBuffer> | undefined)[];

export interface OrderedMapOptions<K extends OrderedKind, V extends OrderedKind> extends HandleOptions {
  /** What keys are: numbers, or bytes ordered byte by byte. Default `'f64'`. */
  keys?: K;
  /** What values are. Default: what keys are. */
  values?: V;
}

/** The ends of a range. */
export interface BoundOptions {
  /**
   * Whether the ends belong to the range: both, or each of them. Default `[true, false]`: from `from` up to, but not
   * including, `to`. `true` includes both, `false` neither.
   */
  inclusive?: boolean | readonly [from: boolean, to: boolean];
}

export interface RangeOptions extends BoundOptions {
  /** The same entries, the last one first. Default false. */
  reverse?: boolean;
  /** Entries at most, 0 or more. Default: all. */
  limit?: number;
}

/** What the kernels of ordered maps export; `F` takes a number, `B` an address and a length. */
export interface OrderedKernel {
  destroy(map: number): void;
  clear(map: number): void;
  /** Address of the key's cell, or 0. */
  findF(map: number, key: number): number;
  findB(map: number, at: number, bytes: number): number;
  /** The value, or NaN when the key is missing; numbers to numbers only. */
  getFF(map: number, key: number): number;
  /** 1 for a new key, 0 for an old one, −1 when the budget is full. */
  setFF(map: number, key: number, value: number): number;
  setFB(map: number, key: number, value: number, valueBytes: number): number;
  setBF(map: number, at: number, bytes: number, value: number): number;
  setBB(map: number, at: number, bytes: number, value: number, valueBytes: number): number;
  removeF(map: number, key: number): number;
  removeB(map: number, at: number, bytes: number): number;
  rankF(map: number, key: number, orEqual: number): number;
  rankB(map: number, at: number, bytes: number, orEqual: number): number;
  removeRange(map: number, from: number, end: number): number;
  scan(map: number, start: number, count: number, reverse: number, keys: number, values: number): number;
  getMany(map: number, keys: number, count: number, values: number, missing: number): number;
  setMany(map: number, keys: number, count: number, values: number): number;
  removeMany(map: number, keys: number, count: number): number;
  /** 0, or −1 when the budget is full. The map must be empty. */
  loadBegin(map: number, total: number): number;
  /** Appends entries: f64s or records of (u32 length, bytes). How many went in; then `loadProblem` says why not more. */
  loadSome(map: number, keys: number, values: number, count: number): number;
  /** 0 fine, −1 the budget is full, −2 a key is not above the one before. After anything but 0 the map is empty. */
  loadEnd(map: number, broken: number): number;
  bytesOf(map: number): number;
  check(map: number): number;
}

// Words of every ordered map's header.
const KINDS = 0;
const COUNT = 1;
const VERSION = 2;
const BYTE_KEYS = 1;
const BYTE_VALUES = 2;

/** Entries of an iteration's first batch, and of the later ones. */
const FIRST_BATCH = 16;
const LARGE_BATCH = 512;
/** Numbers that cross at once; they and their values stay in the second-level cache. */
const CHUNK = 2048;
/** Bytes of records that cross at once, unless one alone is longer. */
const CHUNK_BYTES = 64 * 1024;
/** More entries never fit a 4 GiB arena. */
const MAX_ENTRIES = 0x1000_0000;
const FULL = -1;

// The payload of the envelope; the class says what it keeps at TRAITS.
const PAYLOAD_KINDS = 0;
const PAYLOAD_COUNT = 4;
const PAYLOAD_TRAITS = 8;
const PAYLOAD_HEAD_BYTES = 24;
const VERSION_OF_PAYLOAD = 1;

/** One batch of entries, as the kernel wrote it: numbers, or addresses and lengths. */
interface Batch {
  readonly count: number;
  readonly keys: Float64Array | Uint32Array;
  readonly values: Float64Array | Uint32Array;
}

/** A stretch of a walk. */
interface Walk<K extends OrderedKind> {
  readonly from: Given<K> | undefined;
  readonly to: Given<K> | undefined;
  readonly includeFrom: boolean;
  readonly includeTo: boolean;
  readonly reverse: boolean;
  readonly limit: number;
}

export abstract class OrderedMap<K extends OrderedKind, V extends OrderedKind> extends Handle {
  readonly #kernel: OrderedKernel;
  protected readonly byteKeys: boolean;
  protected readonly byteValues: boolean;

  protected constructor(
    arena: Arena,
    kernel: OrderedKernel,
    kind: StructureKind,
    options: OrderedMapOptions<K, V> | Adopted,
    create: (byteKeys: number, byteValues: number) => number,
  ) {
    const adopted = options instanceof Adopted;
    const pointer = adopted
      ? options.root
      : Handle.allocate(arena, options.name, () => {
          const keys = checkKind(options.keys ?? 'f64', 'keys');
          const made = create(keys, checkKind(options.values ?? options.keys ?? 'f64', 'values')) >>> 0;
          if (made === 0) throw new ArenaFullError(arena, `a ${kind.name}`);
          return made;
        });
    super(arena, pointer, kernel.destroy, !adopted && options.name === undefined);
    this.#kernel = kernel;
    const kinds = arena.u32[(pointer >>> 2) + KINDS] as number;
    this.byteKeys = (kinds & BYTE_KEYS) !== 0;
    this.byteValues = (kinds & BYTE_VALUES) !== 0;
    if (adopted) arena.opened(pointer, this);
    else this.enterName(options.name, kind);
  }

  abstract get(key: Given<K>): Taken<V> | undefined;
  abstract set(key: Given<K>, value: Given<V>): this;
  abstract has(key: Given<K>): boolean;
  abstract delete(key: Given<K>): boolean;

  /** Entries. O(1). */
  get size(): number {
    return this.arena.u32[(this.alive >>> 2) + COUNT] as number;
  }

  /** What keys are. */
  get keyKind(): K {
    return (this.byteKeys ? 'bytes' : 'f64') as K;
  }

  /** What values are. */
  get valueKind(): V {
    return (this.byteValues ? 'bytes' : 'f64') as V;
  }

  /** Deletes every entry and gives their memory back to the arena. O(n). */
  clear(): void {
    this.#kernel.clear(this.alive);
  }

  // ── By rank ─────────────────────────────────────────────────────────────────────────────────────

  /** How many keys are below this one: the index of a key that is there, and where one that is not would go. O(log n). */
  rankOf(key: Given<K>): number {
    return this.#rank(key, false);
  }

  /**
   * The entry at an index of the order; a negative one counts from the end. O(log n).
   *
   * @throws TypeError when the index is no integer
   */
  at(index: number): [Taken<K>, Taken<V>] | undefined {
    if (!Number.isInteger(index)) throw new TypeError(`An index must be an integer, got ${describe(index)}`);
    const size = this.size;
    const rank = index < 0 ? index + size : index;
    return rank < 0 || rank >= size ? undefined : this.#entryAt(rank);
  }

  /** The entry with the lowest key. O(log n). */
  first(): [Taken<K>, Taken<V>] | undefined {
    return this.at(0);
  }

  /** The entry with the highest key. O(log n). */
  last(): [Taken<K>, Taken<V>] | undefined {
    return this.at(-1);
  }

  /** The entry of the lowest key above this one. O(log n). */
  higher(key: Given<K>): [Taken<K>, Taken<V>] | undefined {
    return this.at(this.#rank(key, true));
  }

  /** The entry of the lowest key that is this one or above it. O(log n). */
  ceiling(key: Given<K>): [Taken<K>, Taken<V>] | undefined {
    return this.at(this.#rank(key, false));
  }

  /** The entry of the highest key below this one. O(log n). */
  lower(key: Given<K>): [Taken<K>, Taken<V>] | undefined {
    const rank = this.#rank(key, false);
    return rank === 0 ? undefined : this.at(rank - 1);
  }

  /** The entry of the highest key that is this one or below it. O(log n). */
  floor(key: Given<K>): [Taken<K>, Taken<V>] | undefined {
    const rank = this.#rank(key, true);
    return rank === 0 ? undefined : this.at(rank - 1);
  }

  /** Takes the entry with the lowest key out. O(log n). */
  popFirst(): [Taken<K>, Taken<V>] | undefined {
    const entry = this.at(0);
    if (entry !== undefined) this.#kernel.removeRange(this.alive, 0, 1);
    return entry;
  }

  /** Takes the entry with the highest key out. O(log n). */
  popLast(): [Taken<K>, Taken<V>] | undefined {
    const entry = this.at(-1);
    if (entry !== undefined) this.#kernel.removeRange(this.alive, this.size - 1, this.size);
    return entry;
  }

  /** How many keys lie in a range. O(log n). */
  count(from?: Given<K>, to?: Given<K>, options: BoundOptions = {}): number {
    const [low, high] = this.#ranks(this.#walkOf(from, to, options));
    return Math.max(0, high - low);
  }

  /** Deletes the entries of a range; returns how many. O(log n + deleted). */
  deleteRange(from?: Given<K>, to?: Given<K>, options: BoundOptions = {}): number {
    const [low, high] = this.#ranks(this.#walkOf(from, to, options));
    return low < high ? this.#kernel.removeRange(this.alive, low, high) >>> 0 : 0;
  }

  #rank(key: Given<K>, orEqual: boolean): number {
    const map = this.alive;
    if (!this.byteKeys) return this.#kernel.rankF(map, numberOf(key, 'key'), orEqual ? 1 : 0) >>> 0;
    const room = roomFor(key as Bytes);
    const at = this.arena.scratch(room);
    return this.#kernel.rankB(map, at, stageBytes(this.arena, at, key as Bytes, room), orEqual ? 1 : 0) >>> 0;
  }

  #ranks(walk: Walk<K>): [low: number, high: number] {
    const low = walk.from === undefined ? 0 : this.#rank(walk.from, !walk.includeFrom);
    return [low, walk.to === undefined ? this.size : this.#rank(walk.to, walk.includeTo)];
  }

  #entryAt(rank: number): [Taken<K>, Taken<V>] {
    const batch = this.#fetch(rank, 1, false);
    return [this.#key(batch, 0), this.#value(batch, 0)];
  }

  // ── Iteration ───────────────────────────────────────────────────────────────────────────────────

  /**
   * The entries whose keys lie between two bounds, in order; a bound left out is no bound. O(log n), and O(1) an entry.
   *
   * The map may change meanwhile. An entry that is there from the beginning to the end is yielded exactly once, with
   * the value it has when it is reached; one deleted before it is reached is not yielded; one added is yielded if, and
   * only if, its key is still ahead.
   *
   * @throws TypeError or RangeError, at once, for bounds and options that are none
   * @throws DisposedError when the map is disposed of before the iteration has ended
   */
  range(from?: Given<K>, to?: Given<K>, options: RangeOptions = {}): IterableIterator<[Taken<K>, Taken<V>]> {
    const walk = this.#walkOf(from, to, options);
    this.#ranks(walk);
    return this.#entries(walk);
  }

  /** All entries in ascending order; see `range` for what happens when the map changes. */
  entries(): IterableIterator<[Taken<K>, Taken<V>]> {
    return this.range();
  }

  /** All keys in ascending order. */
  *keys(): IterableIterator<Taken<K>> {
    for (const entry of this.range()) yield entry[0];
  }

  /** All values, in ascending order of their keys. */
  *values(): IterableIterator<Taken<V>> {
    for (const entry of this.range()) yield entry[1];
  }

  [Symbol.iterator](): IterableIterator<[Taken<K>, Taken<V>]> {
    return this.range();
  }

  /** Calls back for each entry, with the guarantees of `range`. */
  forEach(callback: (value: Taken<V>, key: Taken<K>, map: this) => void, thisArg?: unknown): void {
    for (const [key, value] of this.range()) callback.call(thisArg, value, key, this);
  }

  #walkOf(from: Given<K> | undefined, to: Given<K> | undefined, options: RangeOptions): Walk<K> {
    const { inclusive = [true, false], reverse = false, limit = Number.POSITIVE_INFINITY } = options;
    const both = typeof inclusive === 'boolean' ? [inclusive, inclusive] : inclusive;
    if (!Array.isArray(both) || both.length !== 2 || both.some((it) => typeof it !== 'boolean')) {
      throw new TypeError(`inclusive must be a boolean or a pair of them, got ${describe(inclusive)}`);
    }
    if (typeof limit !== 'number' || !(limit >= 0)) {
      throw new RangeError(`limit must be a number of entries, 0 or more, got ${describe(limit)}`);
    }
    return {
      from: own(from),
      to: own(to),
      includeFrom: both[0] as boolean,
      includeTo: both[1] as boolean,
      reverse: reverse === true,
      limit,
    };
  }

  *#entries(walk: Walk<K>): Generator<[Taken<K>, Taken<V>], undefined> {
    const { reverse } = walk;
    const last = new LastKey();
    let left = walk.limit;
    let room = FIRST_BATCH;
    while (left >= 1) {
      let [low, high] = this.#ranks(walk);
      if (last.key !== undefined) {
        if (reverse) high = Math.min(high, this.#rank(last.key as Given<K>, false));
        else low = Math.max(low, this.#rank(last.key as Given<K>, true));
      }
      const wanted = Math.min(high - low, room, Math.floor(left));
      if (wanted <= 0) return;
      const batch = this.#fetch(reverse ? high - 1 : low, wanted, reverse);
      const version = this.#version;
      for (let i = 0; i < batch.count; i++) {
        const key = this.#key(batch, i);
        last.keep(key);
        left--;
        yield [key, this.#value(batch, i)];
        // What was fetched may be stale: fetch again from behind the entry just yielded.
        if (this.#version !== version) break;
      }
      room = LARGE_BATCH;
    }
  }

  get #version(): number {
    return this.arena.u32[(this.alive >>> 2) + VERSION] as number;
  }

  /** Entries from a rank on, upwards or downwards. */
  #fetch(start: number, count: number, reverse: boolean): Batch {
    const arena = this.arena;
    const at = arena.scratch(16 * count);
    const values = at + 8 * count;
    const got = this.#kernel.scan(this.alive, start, count, reverse ? 1 : 0, at, values) >>> 0;
    return {
      count: got,
      keys: take(arena, at, got, this.byteKeys),
      values: take(arena, values, got, this.byteValues),
    };
  }

  #key(batch: Batch, i: number): Taken<K> {
    return (this.byteKeys ? this.#copy(batch.keys, i) : batch.keys[i]) as Taken<K>;
  }

  #value(batch: Batch, i: number): Taken<V> {
    return (this.byteValues ? this.#copy(batch.values, i) : batch.values[i]) as Taken<V>;
  }

  #copy(places: Float64Array | Uint32Array, i: number): Uint8Array<ArrayBuffer> {
    const from = places[2 * i] as number;
    const end = from + (places[2 * i + 1] as number);
    return this.arena.u8Until(end).slice(from, end);
  }

  // ── Many entries a call ─────────────────────────────────────────────────────────────────────────

  /**
   * Copies entries into typed arrays: those from index `from` on, as many as `keys` holds. By far the fastest way
   * through a map of numbers to numbers. O(log n + copied).
   *
   * @param values as long as `keys`; left out when only keys are wanted
   * @param options `reverse`: from index `from` downwards
   * @returns how many entries were copied; 0 when there is none at `from`
   */
  scan(
    this: OrderedMap<'f64', 'f64'>,
    from: number,
    keys: Float64Array,
    values?: Float64Array,
    options: { reverse?: boolean } = {},
  ): number {
    const map = this.alive;
    if (!Number.isInteger(from) || from < 0)
      throw new RangeError(`from must be an index from 0, got ${describe(from)}`);
    if (this.byteKeys || this.byteValues) throw new TypeError('scan copies numbers; this map has bytes: use range()');
    checkDoubles(keys, 'keys');
    if (values !== undefined) {
      checkDoubles(values, 'values');
      if (values.length !== keys.length) throw unequal(keys.length, values.length);
    }
    const wanted = Math.max(0, Math.min(keys.length, options.reverse ? from + 1 : this.size - from));
    const room = Math.min(wanted, CHUNK);
    const at = this.arena.scratch(16 * room);
    const cells = at + 8 * room;
    let done = 0;
    while (done < wanted) {
      const count = Math.min(room, wanted - done);
      const start = options.reverse ? from - done : from + done;
      const got = this.#kernel.scan(map, start, count, options.reverse ? 1 : 0, at, cells) >>> 0;
      if (got === 0) break;
      const f64 = this.arena.f64;
      keys.set(f64.subarray(at >>> 3, (at >>> 3) + got), done);
      values?.set(f64.subarray(cells >>> 3, (cells >>> 3) + got), done);
      done += got;
    }
    return done;
  }

  /**
   * Values of many keys: of numbers a Float64Array, of bytes a list.
   *
   * @param missing stands for the value of a key that is not there, where values are numbers. Default NaN
   */
  getMany(keys: ArrayLike<Given<K>>, missing = Number.NaN): TakenMany<V> {
    const map = this.alive;
    if (this.byteValues) {
      const list: unknown[] = [];
      for (let i = 0; i < keys.length; i++) list.push(this.get(keys[i] as Given<K>));
      return list as TakenMany<V>;
    }
    const out = new Float64Array(keys.length);
    if (this.byteKeys) {
      for (let i = 0; i < keys.length; i++) out[i] = (this.get(keys[i] as Given<K>) as number | undefined) ?? missing;
      return out as TakenMany<V>;
    }
    const numbers = doublesOf(keys, 'key');
    const at = this.arena.scratch(16 * CHUNK);
    const values = at + 8 * CHUNK;
    for (let from = 0; from < numbers.length; from += CHUNK) {
      const count = this.#put(numbers, from, at);
      this.#kernel.getMany(map, at, count, values, missing);
      out.set(this.arena.f64.subarray(values >>> 3, (values >>> 3) + count), from);
    }
    return out as TakenMany<V>;
  }

  /**
   * Sets `keys[i]` to `values[i]`, in order. All are looked at before the first is set.
   *
   * @throws RangeError when the two differ in length
   * @throws ArenaFullError naming the entry that did not fit; those before it are set
   */
  setMany(keys: ArrayLike<Given<K>>, values: ArrayLike<Given<V>>): this {
    const map = this.alive;
    if (keys.length !== values.length) throw unequal(keys.length, values.length);
    if (this.byteKeys || this.byteValues) {
      this.#checkAll(keys, values);
      for (let i = 0; i < keys.length; i++) this.set(keys[i] as Given<K>, values[i] as Given<V>);
      return this;
    }
    const numbers = doublesOf(keys, 'key');
    const doubles = doublesOf(values, 'value');
    const at = this.arena.scratch(16 * CHUNK);
    for (let from = 0; from < numbers.length; from += CHUNK) {
      const count = this.#put(numbers, from, at);
      this.#put(doubles, from, at + 8 * CHUNK);
      const done = this.#kernel.setMany(map, at, count, at + 8 * CHUNK) >>> 0;
      if (done < count) throw new ArenaFullError(this.arena, `entry ${from + done} of the batch`);
    }
    return this;
  }

  /** Deletes many keys; returns how many of them were there. */
  deleteMany(keys: ArrayLike<Given<K>>): number {
    const map = this.alive;
    let deleted = 0;
    if (this.byteKeys) {
      for (let i = 0; i < keys.length; i++) if (this.delete(keys[i] as Given<K>)) deleted++;
      return deleted;
    }
    const numbers = doublesOf(keys, 'key');
    const at = this.arena.scratch(8 * CHUNK);
    for (let from = 0; from < numbers.length; from += CHUNK) {
      deleted += this.#kernel.removeMany(map, at, this.#put(numbers, from, at)) >>> 0;
    }
    return deleted;
  }

  #put(numbers: Float64Array, from: number, at: number): number {
    const chunk = numbers.subarray(from, from + CHUNK);
    this.arena.f64.set(chunk, at >>> 3);
    return chunk.length;
  }

  #checkAll(keys: ArrayLike<unknown>, values: ArrayLike<unknown>): void {
    for (let i = 0; i < keys.length; i++) {
      if (this.byteKeys) roomFor(keys[i] as Bytes);
      else numberOf(keys[i], 'key');
      if (this.byteValues) roomFor(values[i] as Bytes, 'value');
      else numberOf(values[i], 'value');
    }
  }

  /**
   * Fills an empty map with entries that are sorted already, several times as fast as setting them. O(n).
   *
   * @throws RangeError when the map is not empty, the lists differ in length, or a key is not above the one before it;
   *   the map is empty then
   * @throws ArenaFullError the map is empty then
   */
  load(keys: ArrayLike<Given<K>>, values: ArrayLike<Given<V>>): this {
    if (this.size !== 0) throw new RangeError(`load fills an empty map, this one has ${this.size} entries`);
    if (keys.length !== values.length) throw unequal(keys.length, values.length);
    if (this.byteKeys || this.byteValues) this.#checkAll(keys, values);
    const broken = this.#load(keys, values);
    if (broken >= 0) throw new RangeError(`load takes keys in ascending order, the one at ${broken} is not`);
    return this;
  }

  /** Loads what was checked; the index of a key that is not above the one before it, or −1. */
  #load(keys: ArrayLike<Given<K>>, values: ArrayLike<Given<V>>): number {
    const map = this.alive;
    const total = keys.length;
    const numbers = this.byteKeys ? undefined : doublesOf(keys as ArrayLike<number>, 'key');
    const doubles = this.byteValues ? undefined : doublesOf(values as ArrayLike<number>, 'value');
    const kernel = this.#kernel;
    // Everything that is staged has its room before the first entry goes in.
    const keyRoom = numbers ? 8 * CHUNK : recordRoom(keys as ArrayLike<Bytes>);
    const valueRoom = doubles ? 8 * CHUNK : recordRoom(values as ArrayLike<Bytes>);
    const at = this.arena.scratch(keyRoom + valueRoom);
    if (total > MAX_ENTRIES || kernel.loadBegin(map, total) !== 0)
      throw new ArenaFullError(this.arena, `${total} entries`);
    let from = 0;
    let count = 0;
    let done = 0;
    try {
      while (from < total && done === count) {
        count = Math.min(CHUNK, total - from);
        if (!numbers) count = this.#putRecords(keys as ArrayLike<Bytes>, from, count, at, keyRoom);
        if (!doubles) count = this.#putRecords(values as ArrayLike<Bytes>, from, count, at + keyRoom, valueRoom);
        if (numbers) this.arena.f64.set(numbers.subarray(from, from + count), at >>> 3);
        if (doubles) this.arena.f64.set(doubles.subarray(from, from + count), (at + keyRoom) >>> 3);
        done = kernel.loadSome(map, at, at + keyRoom, count) >>> 0;
        from += done;
      }
    } catch (error) {
      kernel.loadEnd(map, 1);
      throw error;
    }
    const problem = kernel.loadEnd(map, from < total ? 1 : 0);
    if (problem === FULL) throw new ArenaFullError(this.arena, `${total} entries`);
    return problem === 0 ? -1 : from;
  }

  /** Stages records from `from` on, as many of `count` as there is room for. */
  #putRecords(parts: ArrayLike<Bytes>, from: number, count: number, at: number, room: number): number {
    let end = at;
    for (let i = 0; i < count; i++) {
      const part = parts[from + i] as Bytes;
      const needed = roomFor(part);
      if (end + 4 + needed > at + room) return i;
      end = stageRecord(this.arena, end, part, needed);
    }
    return count;
  }

  // ── Bytes ───────────────────────────────────────────────────────────────────────────────────────

  /** Two words and a number that the class wants to find again. */
  protected abstract traits(): readonly [low: number, high: number, number: number];

  protected pack(kind: StructureKind): Uint8Array<ArrayBuffer> {
    const count = this.size;
    const lengths: [keys: number, values: number] = [0, 0];
    this.#eachBatch((batch) => {
      if (this.byteKeys) lengths[0] += totalOf(batch.keys as Uint32Array);
      if (this.byteValues) lengths[1] += totalOf(batch.values as Uint32Array);
    });
    const keysAt = ENVELOPE_BYTES + PAYLOAD_HEAD_BYTES;
    const valuesAt = keysAt + count * (this.byteKeys ? 4 : 8);
    const keyBytesAt = valuesAt + count * (this.byteValues ? 4 : 8);
    const valueBytesAt = keyBytesAt + lengths[0];
    const out = envelope(kind, VERSION_OF_PAYLOAD, valueBytesAt + lengths[1] - ENVELOPE_BYTES);
    const view = new DataView(out.buffer);
    const [low, high, number] = this.traits();
    view.setUint8(ENVELOPE_BYTES + PAYLOAD_KINDS, this.byteKeys ? 1 : 0);
    view.setUint8(ENVELOPE_BYTES + PAYLOAD_KINDS + 1, this.byteValues ? 1 : 0);
    view.setUint32(ENVELOPE_BYTES + PAYLOAD_COUNT, count, true);
    view.setUint32(ENVELOPE_BYTES + PAYLOAD_TRAITS, low, true);
    view.setUint32(ENVELOPE_BYTES + PAYLOAD_TRAITS + 4, high, true);
    view.setFloat64(ENVELOPE_BYTES + PAYLOAD_TRAITS + 8, number, true);
    const keys: Column = { lengths: keysAt, bytes: keyBytesAt };
    const values: Column = { lengths: valuesAt, bytes: valueBytesAt };
    this.#eachBatch((batch) => {
      this.#pour(view, keys, batch.keys, batch.count, this.byteKeys);
      this.#pour(view, values, batch.values, batch.count, this.byteValues);
    });
    return seal(this.arena, out);
  }

  #eachBatch(use: (batch: Batch) => void): void {
    const size = this.size;
    for (let from = 0; from < size; from += LARGE_BATCH)
      use(this.#fetch(from, Math.min(LARGE_BATCH, size - from), false));
  }

  #pour(view: DataView, to: Column, from: Float64Array | Uint32Array, count: number, bytes: boolean): void {
    for (let i = 0; i < count; i++) {
      if (!bytes) {
        view.setFloat64(to.lengths, from[i] as number, true);
        to.lengths += 8;
        continue;
      }
      const start = from[2 * i] as number;
      const length = from[2 * i + 1] as number;
      view.setUint32(to.lengths, length, true);
      to.lengths += 4;
      new Uint8Array(view.buffer).set(this.arena.u8Until(start + length).subarray(start, start + length), to.bytes);
      to.bytes += length;
    }
  }

  /** Fills a map just made with what was packed; disposes of it when that fails. */
  protected unpack(kind: StructureKind, packed: Packed): this {
    try {
      const broken = this.#load(packed.keys as ArrayLike<Given<K>>, packed.values as ArrayLike<Given<V>>);
      if (broken >= 0) throw refused(kind, `the key at ${broken} is not above the one before it`);
    } catch (error) {
      this.dispose();
      throw error;
    }
    return this;
  }

  /** Fills a map just made with the entries of another. */
  protected fillFrom(other: OrderedMap<K, V>): this {
    try {
      const keys: Given<K>[] = [];
      const values: Given<V>[] = [];
      other.#eachBatch((batch) => {
        for (let i = 0; i < batch.count; i++) {
          keys.push(other.#key(batch, i) as Given<K>);
          values.push(other.#value(batch, i) as Given<V>);
        }
      });
      this.#load(keys, values);
    } catch (error) {
      this.dispose();
      throw error;
    }
    return this;
  }

  /** Bytes the map costs its arena, allocator headers included. O(1). */
  protected bytes(): number {
    return this.#kernel.bytesOf(this.alive);
  }

  /** Verifies every invariant; throws when one is broken. O(n). For tests and fuzzers. */
  check(): void {
    const broken = this.#kernel.check(this.alive);
    if (broken !== 0) throw new Error(`${this.constructor.name}: invariant ${broken} is broken`);
  }
}

/** Where a column of the payload is being written. */
interface Column {
  lengths: number;
  bytes: number;
}

/** The last key an iteration gave out. Its consumer may write into the bytes it got, so they are kept apart. */
class LastKey {
  key: number | Uint8Array | undefined;
  #spare = new Uint8Array(32);

  keep(key: number | Uint8Array): void {
    if (typeof key === 'number') {
      this.key = key;
      return;
    }
    const length = key.length;
    if (length > this.#spare.length) this.#spare = new Uint8Array(2 * length);
    this.#spare.set(key);
    const before = this.key as Uint8Array | undefined;
    if (before?.length !== length || before.buffer !== this.#spare.buffer) this.key = this.#spare.subarray(0, length);
  }
}

/** A payload taken apart. */
export interface Packed {
  readonly byteKeys: boolean;
  readonly byteValues: boolean;
  readonly traits: readonly [low: number, high: number, number: number];
  readonly keys: ArrayLike<number | Uint8Array>;
  readonly values: ArrayLike<number | Uint8Array>;
}

/**
 * Takes an envelope apart and checks all that can be checked without a map: kinds, lengths, canonical numbers.
 *
 * @throws SnapshotError
 */
export function unpacked(arena: Arena, kind: StructureKind, bytes: Uint8Array): Packed {
  const payload = unseal(arena, kind, VERSION_OF_PAYLOAD, bytes);
  if (payload.length < PAYLOAD_HEAD_BYTES) throw refused(kind, `${payload.length} bytes of payload`);
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const kinds = view.getUint32(PAYLOAD_KINDS, true);
  if ((kinds & ~0x101) !== 0) throw refused(kind, `kinds of keys and values 0x${kinds.toString(16)}`);
  const byteKeys = (kinds & 1) !== 0;
  const byteValues = kinds >= 0x100;
  const count = view.getUint32(PAYLOAD_COUNT, true);
  const width = (byteKeys ? 4 : 8) + (byteValues ? 4 : 8);
  const bytesAt = PAYLOAD_HEAD_BYTES + count * width;
  if (bytesAt > payload.length) throw refused(kind, `${count} entries in ${payload.length} bytes`);
  const cursor = { at: bytesAt };
  const keys = column(kind, view, PAYLOAD_HEAD_BYTES, count, byteKeys, cursor);
  const values = column(kind, view, PAYLOAD_HEAD_BYTES + count * (byteKeys ? 4 : 8), count, byteValues, cursor);
  if (cursor.at !== payload.length) throw refused(kind, 'its lengths and its bytes do not agree');
  for (let i = 0; i < count && !byteKeys; i++) {
    const key = keys[i] as number;
    // Either would come back as another key.
    const odd = Number.isNaN(key)
      ? view.getBigUint64(PAYLOAD_HEAD_BYTES + 8 * i, true) !== NAN_BITS
      : Object.is(key, -0);
    if (odd) throw refused(kind, `the key at ${i} is no key`);
  }
  const low = view.getUint32(PAYLOAD_TRAITS, true);
  const high = view.getUint32(PAYLOAD_TRAITS + 4, true);
  return { byteKeys, byteValues, traits: [low, high, view.getFloat64(PAYLOAD_TRAITS + 8, true)], keys, values };
}

const NAN_BITS = /* @__PURE__ */ BigInt('0x7ff8000000000000');

function column(
  kind: StructureKind,
  view: DataView,
  at: number,
  count: number,
  bytes: boolean,
  cursor: { at: number },
): ArrayLike<number | Uint8Array> {
  if (!bytes) {
    const numbers = new Float64Array(count);
    for (let i = 0; i < count; i++) numbers[i] = view.getFloat64(at + 8 * i, true);
    return numbers;
  }
  const parts: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    const length = view.getUint32(at + 4 * i, true);
    if (length > view.byteLength - cursor.at) throw refused(kind, `a length of ${length} reaches beyond its end`);
    parts.push(new Uint8Array(view.buffer, view.byteOffset + cursor.at, length));
    cursor.at += length;
  }
  return parts;
}

/** The kinds of a packed map as options, unless others were asked for. */
export function kindsOf<K extends OrderedKind, V extends OrderedKind>(
  kind: StructureKind,
  packed: Packed,
  options: OrderedMapOptions<K, V>,
): OrderedMapOptions<K, V> {
  const keys = packed.byteKeys ? 'bytes' : 'f64';
  const values = packed.byteValues ? 'bytes' : 'f64';
  if ((options.keys ?? keys) !== keys || (options.values ?? values) !== values) {
    throw refused(kind, `they hold ${keys} keys and ${values} values`);
  }
  return { ...options, keys: keys as K, values: values as V };
}

/** The value at a cell of the arena. */
export function valueAt(arena: Arena, cell: number, bytes: boolean): number | Uint8Array<ArrayBuffer> {
  if (!bytes) return arena.f64[cell >>> 3] as number;
  const u32 = arena.u32;
  const block = u32[cell >>> 2] as number;
  const end = block + 4 + (u32[block >>> 2] as number);
  return arena.u8Until(end).slice(block + 4, end);
}

/** A number, or TypeError. */
export function numberOf(value: unknown, what: string): number {
  if (typeof value !== 'number') throw new TypeError(`A ${what} of this map must be a number, got ${describe(value)}`);
  return value;
}

/** A bound or key that its owner cannot change any more. */
function own<Key>(key: Key): Key {
  return (ArrayBuffer.isView(key) ? (key as unknown as Uint8Array).slice() : key) as Key;
}

function take(arena: Arena, at: number, count: number, bytes: boolean): Float64Array | Uint32Array {
  if (bytes) return arena.u32.slice(at >>> 2, (at >>> 2) + 2 * count);
  return arena.f64.slice(at >>> 3, (at >>> 3) + count);
}

/** Sum of the lengths of (address, length) pairs. */
function totalOf(places: Uint32Array): number {
  let total = 0;
  for (let i = 1; i < places.length; i += 2) total += places[i] as number;
  return total;
}

function checkKind(kind: string, option: string): number {
  if (kind !== 'f64' && kind !== 'bytes')
    throw new RangeError(`${option} must be 'f64' or 'bytes', got ${describe(kind)}`);
  return kind === 'bytes' ? 1 : 0;
}

function checkDoubles(values: unknown, what: string): void {
  if (!(values instanceof Float64Array)) throw new TypeError(`${what} must be a Float64Array, got ${describe(values)}`);
}

function doublesOf(values: ArrayLike<unknown>, what: string): Float64Array {
  if (values instanceof Float64Array) return values;
  const out = new Float64Array(values.length);
  for (let i = 0; i < out.length; i++) out[i] = numberOf(values[i], what);
  return out;
}

/** Bytes to stage a chunk of records in: at least the longest. */
function recordRoom(parts: ArrayLike<Bytes>): number {
  let room = CHUNK_BYTES;
  for (let i = 0; i < parts.length; i++) room = Math.max(room, 4 + roomFor(parts[i] as Bytes));
  return (room + 7) & ~7;
}

function unequal(keys: number, values: number): RangeError {
  return new RangeError(`There must be as many values as keys, got ${keys} keys and ${values} values`);
}
