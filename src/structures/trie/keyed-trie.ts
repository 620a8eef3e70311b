/**
 * `KeyedTrie`: what the three tries are, but for the nodes they are made of. Keys are bytes in the arena, in the order of their
 * bytes; values are numbers beside them, or JavaScript objects in a list of the handle's.
 */

import { Arena } from '../../../bindings/arena.js';
import { ENVELOPE_BYTES, envelope, refused, seal, unseal } from '../../../bindings/envelope.js';
import { ArenaFullError } from '../../../bindings/errors.js';
import { Adopted, Handle, type HandleOptions, type StructureKind } from '../../../bindings/handle.js';
import {
  COUNT,
  FLAGS,
  FULL,
  MAX_KEY_BYTES,
  NODES,
  OBJECTS,
  RECORD_HEAD,
  STRING_KEYS,
  TOO_LONG,
  type TrieKernel,
  trieKernel,
  VERSION,
  WEIGHTED,
} from '../../../bindings/kernels/structures/trie.js';
import { type Bytes, roomFor, stageBytes, stageRecord } from '../../../bindings/keys.js';
import { describe } from '../../../bindings/staging.js';
import { readString } from '../../../bindings/strings.js';
import { queryOf, tokensOf } from './pattern.js';

/** What the keys of a trie are when they come back. */
export type TrieKeys = 'string' | 'bytes';
/** A key as it comes back; bytes are a copy. */
export type TrieKey<K extends TrieKeys> = K extends 'bytes' ? Uint8Array<ArrayBuffer> : string;
/** The values of many keys: numbers with `missing` for those that are not there, or a list with undefined for them. */
export type TrieValues<V> = V extends number ? Float64Array<ArrayBuffer> : (V | undefined)[];

export interface TrieOptions<K extends TrieKeys = TrieKeys> extends HandleOptions {
  /**
   * What keys come back as, and what a character is to `match` and `fuzzy`: strings and code points, or bytes and bytes.
   * Given they may always be either; a string stands for its UTF-8 bytes. Default `'string'`.
   */
  keys?: K;
  /**
   * What values are: `'f64'`, numbers in the arena, or `'objects'`, anything at all, kept by the handle: such a trie has no
   * name, no bytes and no place in snapshots. Default `'f64'`.
   */
  values?: 'f64' | 'objects';
  /**
   * Whether each entry has a weight of its own for `complete`, 8 bytes. Default false: its value is its weight.
   */
  weights?: boolean;
}

/** Which keys, and which way. */
export interface TrieRangeOptions {
  /** Only keys behind this one in the order of the walk, which need not be there: where the last page ended. */
  after?: Bytes;
  /** The last key first. Default false. */
  reverse?: boolean;
  /** Entries at most, 0 or more. Default: all. */
  limit?: number;
}

export interface TrieLimit {
  /** Entries at most, 0 or more. Default: all. */
  limit?: number;
}

export interface TrieStats {
  readonly size: number;
  /** Nodes, of all kinds. */
  readonly nodes: number;
  /** Everything the trie costs its arena, allocator headers included; objects are not in it. */
  readonly bytes: number;
  /** `bytes` for each key; 0 when there is none. */
  readonly bytesPerKey: number;
}

/** Entries of an iteration's first batch, and of the later ones. */
const FIRST_BATCH = 16;
const LARGE_BATCH = 512;
/** Bytes that a batch of records takes, unless one alone is longer. */
const BATCH_BYTES = 8 * 1024;
const FIRST_BATCH_BYTES = 1024;
/** Keys that cross at once, and their bytes, unless one alone is longer. */
const CHUNK = 1024;
const CHUNK_BYTES = 64 * 1024;
const MAX_DISTANCE = 255;
const DEFAULT_COMPLETIONS = 10;

// The payload of the envelope.
const PAYLOAD_VERSION = 1;
const PAYLOAD_HEAD_BYTES = 8;
const PACKED_STRINGS = 1;
const PACKED_WEIGHTS = 2;

/** What a walk gives out, where it stands in the arena. */
interface Found {
  /** Address of the key. */
  readonly from: number;
  readonly end: number;
  readonly distance: number;
  readonly value: number;
  /** Address of value and weight, for those who want their bits. */
  readonly bits: number;
}

/** A stretch of keys. */
interface Stretch {
  readonly prefix: Bytes;
  readonly after: Bytes | undefined;
  readonly reverse: boolean;
  readonly limit: number;
}

/** Some entries, copied out of the arena. */
interface Batch {
  /** The keys, where they are strings and wanted. */
  readonly texts: string[] | undefined;
  /** What the kernel wrote, as bytes, unless the strings say it all. */
  readonly raw: Uint8Array<ArrayBuffer> | undefined;
  /** Where each key begins and ends in `raw`. */
  readonly places: number[];
  readonly values: number[];
  /** Whether there are no entries behind these. */
  readonly last: boolean;
}

/** What a payload says, once that was found to make sense. */
export interface PackedTrie {
  readonly keys: TrieKeys;
  readonly weights: boolean;
  readonly fill: (trie: KeyedTrie<number, TrieKeys>) => void;
}

export abstract class KeyedTrie<V = number, K extends TrieKeys = 'string'> extends Handle {
  readonly #kernel: TrieKernel;
  readonly #byBytes: boolean;
  readonly #weighted: boolean;
  /** Values that are objects, at the numbers that stand for them in the arena, and the numbers that are free. */
  #objects: (V | undefined)[] | undefined;
  #free: number[] = [];
  #stagedBytes = 0;

  protected constructor(kind: StructureKind, type: number, options: TrieOptions<K> | Adopted) {
    const arena = options.arena ?? Arena.default;
    const kernel = arena.kernel(trieKernel);
    const adopted = options instanceof Adopted;
    const name = adopted ? undefined : options.name;
    const root = adopted
      ? options.root
      : Handle.allocate(arena, name, () => {
          const made = kernel.create(type | flagsOf(options)) >>> 0;
          if (made === 0) throw new ArenaFullError(arena, `a ${kind.name}`);
          return made;
        });
    super(arena, root, kernel.destroy, !adopted && name === undefined);
    this.#kernel = kernel;
    const flags = arena.u32[(root >>> 2) + FLAGS] as number;
    this.#byBytes = (flags & STRING_KEYS) === 0;
    this.#weighted = (flags & WEIGHTED) !== 0;
    this.#objects = (flags & OBJECTS) === 0 ? undefined : [];
    if (adopted) arena.opened(root, this);
    else this.enterName(name, kind);
  }

  /** What keys come back as. */
  get keyKind(): K {
    return (this.#byBytes ? 'bytes' : 'string') as K;
  }

  /** Entries. O(1). */
  get size(): number {
    return this.arena.u32[(this.alive >>> 2) + COUNT] as number;
  }

  // ── One key ─────────────────────────────────────────────────────────────────────────────────────

  /** The value, or undefined. O(length of the key). */
  get(key: Bytes): V | undefined {
    const trie = this.alive;
    const at = this.#stage(key);
    const value = this.#kernel.get(trie, at, this.#stagedBytes);
    if (Number.isNaN(value)) {
      // A missing key, or a value that is NaN.
      return this.#kernel.find(trie, at, this.#stagedBytes) === 0 ? undefined : (value as V);
    }
    return this.#objects === undefined ? (value as V) : this.#objects[value];
  }

  /** O(length of the key). */
  has(key: Bytes): boolean {
    const trie = this.alive;
    const at = this.#stage(key);
    return this.#kernel.find(trie, at, this.#stagedBytes) !== 0;
  }

  /**
   * O(length of the key).
   *
   * @param weight for `complete`, in a trie with weights. Default 0
   * @throws TypeError when the value is no number in a trie of numbers, or there is a weight in one without weights
   * @throws RangeError when the key is longer than 16 777 215 bytes
   * @throws ArenaFullError the trie is as it was
   */
  set(key: Bytes, value: V, weight?: number): this {
    const trie = this.alive;
    if (this.#objects === undefined) checkNumber(value, 'A value');
    this.#checkWeight(weight);
    const at = this.#stage(key);
    const bytes = this.#stagedBytes;
    if (bytes > MAX_KEY_BYTES) throw new RangeError(`A key must have ${MAX_KEY_BYTES} bytes at most, got ${bytes}`);
    if (this.#objects !== undefined) {
      this.#setObject(trie, at, bytes, value, weight ?? 0);
    } else if (this.#kernel.set(trie, at, bytes, value as number, weight ?? 0) === FULL) {
      throw new ArenaFullError(this.arena, 'an entry');
    }
    return this;
  }

  #setObject(trie: number, at: number, bytes: number, value: V, weight: number): void {
    const objects = this.#objects as (V | undefined)[];
    const cell = this.#kernel.find(trie, at, bytes);
    const slot = cell === 0 ? (this.#free.at(-1) ?? objects.length) : this.#kernel.valueOf(cell);
    if (this.#kernel.set(trie, at, bytes, slot, weight) === FULL) throw new ArenaFullError(this.arena, 'an entry');
    if (cell === 0 && slot < objects.length) this.#free.pop();
    objects[slot] = value;
  }

  /** True when there was such a key. O(length of the key). */
  delete(key: Bytes): boolean {
    const trie = this.alive;
    const at = this.#stage(key);
    const bytes = this.#stagedBytes;
    if (this.#objects !== undefined) {
      const cell = this.#kernel.find(trie, at, bytes);
      if (cell === 0) return false;
      this.#forget(this.#kernel.valueOf(cell));
    }
    return this.#kernel.remove(trie, at, bytes) !== 0;
  }

  #forget(slot: number): void {
    (this.#objects as (V | undefined)[])[slot] = undefined;
    this.#free.push(slot);
  }

  /** The weight of a key, or undefined. O(length of the key). */
  weightOf(key: Bytes): number | undefined {
    const trie = this.alive;
    const at = this.#stage(key);
    const cell = this.#kernel.find(trie, at, this.#stagedBytes) >>> 0;
    if (cell === 0) return undefined;
    return this.#kernel.valueOf(this.#weighted ? cell + 8 : cell);
  }

  /** Deletes every entry and gives their memory back to the arena. O(nodes). */
  clear(): void {
    this.#kernel.clear(this.alive);
    if (this.#objects === undefined) return;
    this.#objects = [];
    this.#free = [];
  }

  // ── Prefixes ────────────────────────────────────────────────────────────────────────────────────

  /** The entry of the longest key that `key` begins with, or undefined. O(length of the key). */
  longestPrefix(key: Bytes): [TrieKey<K>, V] | undefined {
    const trie = this.alive;
    const at = this.#stage(key);
    const cell = this.#kernel.longestPrefix(trie, at, this.#stagedBytes);
    if (cell === 0) return undefined;
    const end = at + this.arena.resultLow;
    return [this.#key(this.arena.u8Until(end), at, end), this.#value(this.#kernel.valueOf(cell))];
  }

  /** Whether any key begins with `prefix`. O(length of the prefix). */
  startsWith(prefix: Bytes): boolean {
    const trie = this.alive;
    const at = this.#stage(prefix, 'prefix');
    return this.#kernel.startsWith(trie, at, this.#stagedBytes) !== 0;
  }

  /** How many keys begin with `prefix`. O(nodes below it). */
  countPrefix(prefix: Bytes): number {
    const trie = this.alive;
    const at = this.#stage(prefix, 'prefix');
    const count = this.#kernel.countPrefix(trie, at, this.#stagedBytes);
    if (count === FULL) throw this.#noRoom();
    return count;
  }

  /** Deletes every key that begins with `prefix`; returns how many. O(nodes below it). */
  deletePrefix(prefix: Bytes): number {
    const trie = this.alive;
    const slots: number[] = [];
    if (this.#objects !== undefined) {
      const staged = this.#stage(prefix, 'prefix');
      const walk = this.#kernel.scanBegin(trie, staged, this.#stagedBytes);
      this.#walk(walk, Number.POSITIVE_INFINITY, (found) => slots.push(found.value));
    }
    const at = this.#stage(prefix, 'prefix');
    const deleted = this.#kernel.removePrefix(trie, at, this.#stagedBytes) >>> 0;
    for (const slot of slots) this.#forget(slot);
    return deleted;
  }

  // ── Iteration ───────────────────────────────────────────────────────────────────────────────────

  /**
   * The entries whose keys begin with `prefix`, in the order of their bytes, which for strings is that of their code points.
   *
   * The trie may change meanwhile. An entry that is there from the beginning to the end is yielded exactly once, with
   * the value it has when it is reached; one deleted before it is reached is not yielded; one added is yielded if, and
   * only if, its key is still ahead.
   *
   * @throws TypeError or RangeError, at once, for a prefix and options that are none
   * @throws DisposedError when the trie is disposed of before the iteration has ended
   */
  withPrefix(prefix: Bytes, options: TrieRangeOptions = {}): IterableIterator<[TrieKey<K>, V]> {
    return this.#iterate(stretch(prefix, options), true, (batch, i) => [
      this.#keyAt(batch, i),
      this.#valueAt(batch, i),
    ]);
  }

  /** All entries, or those whose keys begin with `prefix`; see `withPrefix`. */
  entries(prefix: Bytes = '', options: TrieRangeOptions = {}): IterableIterator<[TrieKey<K>, V]> {
    return this.withPrefix(prefix, options);
  }

  /** All keys, or those that begin with `prefix`; see `withPrefix`. */
  keys(prefix: Bytes = '', options: TrieRangeOptions = {}): IterableIterator<TrieKey<K>> {
    return this.#iterate(stretch(prefix, options), true, (batch, i) => this.#keyAt(batch, i));
  }

  /** All values, or those whose keys begin with `prefix`, in the order of the keys; see `withPrefix`. */
  values(prefix: Bytes = '', options: TrieRangeOptions = {}): IterableIterator<V> {
    return this.#iterate(stretch(prefix, options), false, (batch, i) => this.#valueAt(batch, i));
  }

  [Symbol.iterator](): IterableIterator<[TrieKey<K>, V]> {
    return this.withPrefix('');
  }

  /** Calls back for each entry, with the guarantees of `withPrefix`. */
  forEach(callback: (value: V, key: TrieKey<K>, trie: this) => void, thisArg?: unknown): void {
    for (const [key, value] of this) callback.call(thisArg, value, key, this);
  }

  *#iterate<T>(of: Stretch, wantKeys: boolean, item: (batch: Batch, i: number) => T): Generator<T, undefined> {
    let { after, limit } = of;
    for (let most = FIRST_BATCH; limit >= 1; most = LARGE_BATCH) {
      const texts: string[] | undefined = wantKeys && !this.#byBytes ? [] : undefined;
      const batch = this.#fetch(of, after, Math.min(most, limit), texts);
      const version = this.#version;
      const count = batch.values.length;
      let done = 0;
      while (done < count) {
        limit--;
        yield item(batch, done++);
        // What was fetched may be stale: fetch again from behind the entry just yielded.
        if (this.#version !== version) break;
      }
      if (done === count && batch.last) return;
      after = batch.raw?.slice(batch.places[2 * done - 2], batch.places[2 * done - 1]) ?? batch.texts?.[done - 1];
    }
  }

  get #version(): number {
    return this.arena.u32[(this.alive >>> 2) + VERSION] as number;
  }

  /** Some entries of a stretch, those behind `after` where there is such a key. */
  #fetch({ prefix, reverse }: Stretch, after: Bytes | undefined, most: number, texts: string[] | undefined): Batch {
    const trie = this.alive;
    const arena = this.arena;
    const prefixRoom = roomFor(prefix, 'prefix');
    const afterRoom = after === undefined ? 0 : roomFor(after);
    const staged = (prefixRoom + afterRoom + 7) & ~7;
    for (let room = most > FIRST_BATCH ? BATCH_BYTES : FIRST_BATCH_BYTES; ; ) {
      const at = arena.scratch(staged + room);
      const prefixBytes = stageBytes(arena, at, prefix, prefixRoom);
      const behind = at + prefixBytes;
      const afterBytes = after === undefined ? 0 : stageBytes(arena, behind, after, afterRoom);
      const seeks = after === undefined ? 0 : 1;
      const out = at + staged;
      const back = reverse ? 1 : 0;
      const got = this.#kernel.scan(trie, at, prefixBytes, behind, afterBytes, seeks, back, out, room, most);
      if (got === FULL) throw this.#noRoom();
      if (got !== TOO_LONG) {
        return this.#copied(out, got, texts);
      }
      room = arena.resultLow;
    }
  }

  /** Copies the records that a scan has just written. A typed array costs more than a few strings: none where it can be. */
  #copied(out: number, count: number, texts: string[] | undefined): Batch {
    const arena = this.arena;
    const { u32, f64, resultLow } = arena;
    const u8 = arena.u8Until(resultLow);
    const places: number[] = [];
    const values: number[] = [];
    let raw = texts === undefined;
    for (let at = out, i = 0; i < count; i++) {
      const from = at + RECORD_HEAD;
      const end = from + (u32[at >>> 2] as number);
      places.push(from - out, end - out);
      values.push(f64[(at + 8) >>> 3] as number);
      if (texts !== undefined) {
        const text = readString(u8, from, end);
        texts.push(text);
        // Bytes that are not UTF-8 would not be found again by this string.
        raw ||= text.includes('\ufffd');
      }
      at = out + ((end - out + 7) & ~7);
    }
    return { texts, raw: raw ? u8.slice(out, resultLow) : undefined, places, values, last: arena.resultHigh === 1 };
  }

  /** Takes what a walk gives out, and ends it. */
  #walk(walk: number, limit: number, take: (found: Found) => void): void {
    if (walk === 0) throw this.#noRoom();
    const kernel = this.#kernel;
    const arena = this.arena;
    let room = BATCH_BYTES;
    try {
      for (let left = limit; left >= 1; ) {
        const out = arena.scratch(room);
        const got = kernel.walkNext(walk, out, room, Math.min(left, LARGE_BATCH));
        if (got === 0) return;
        if (got === FULL) throw this.#noRoom();
        if (got === TOO_LONG) {
          room = arena.resultLow;
          continue;
        }
        const { u32, f64 } = arena;
        let at = out;
        for (let i = 0; i < got; i++) {
          const from = at + RECORD_HEAD;
          const end = from + (u32[at >>> 2] as number);
          const distance = u32[(at + 4) >>> 2] as number;
          take({ from, end, distance, value: f64[(at + 8) >>> 3] as number, bits: at + 8 });
          at = ((end + 7) & ~7) >>> 0;
        }
        left -= got;
      }
    } finally {
      if (!this.disposed) kernel.walkEnd(walk);
    }
  }

  #noRoom(): ArenaFullError {
    return new ArenaFullError(this.arena, 'the path of a walk');
  }

  #key(u8: Uint8Array, from: number, end: number): TrieKey<K> {
    return (this.#byBytes ? u8.slice(from, end) : readString(u8, from, end)) as TrieKey<K>;
  }

  #value(value: number): V {
    return (this.#objects === undefined ? value : this.#objects[value]) as V;
  }

  #keyAt(batch: Batch, i: number): TrieKey<K> {
    if (batch.texts !== undefined) return batch.texts[i] as TrieKey<K>;
    const raw = batch.raw as Uint8Array;
    return this.#key(raw, batch.places[2 * i] as number, batch.places[2 * i + 1] as number);
  }

  #valueAt(batch: Batch, i: number): V {
    return this.#value(batch.values[i] as number);
  }

  // ── Searching ───────────────────────────────────────────────────────────────────────────────────

  /**
   * The entries whose keys match a pattern, in order. `?` is any one character, `*` any number of them, and a backslash before a
   * character makes it stand for itself. A character is a code point in a trie of strings, a byte in one of bytes.
   * No node is looked at twice: O(nodes that can match · pattern / 64).
   *
   * @throws RangeError for a pattern of more than 1023 bytes and wildcards, or one that ends in the middle of an escape
   */
  match(pattern: Bytes, options: TrieLimit = {}): [TrieKey<K>, V][] {
    const trie = this.alive;
    const tokens = tokensOf(pattern);
    const limit = checkLimit(options.limit);
    const at = this.arena.scratch(2 * tokens.length);
    this.arena.u8Until(at + 2 * tokens.length).set(new Uint8Array(tokens.buffer, 0, 2 * tokens.length), at);
    return this.#collect(this.#kernel.matchBegin(trie, at, tokens.length), limit);
  }

  /**
   * The entries whose keys are within an edit distance (insertions, deletions and substitutions of characters) of `query`, with
   * that distance: the nearest first, equally near ones in order. A character is a code point in a trie of strings, a byte in
   * one of bytes. O(nodes within the distance · (2 · maxDistance + 1)).
   *
   * @param maxDistance an integer from 0 to 255
   * @throws RangeError for a query of more than 1024 characters, or another distance
   */
  fuzzy(query: Bytes, maxDistance: number, options: TrieLimit = {}): [TrieKey<K>, V, number][] {
    const trie = this.alive;
    if (!(Number.isInteger(maxDistance) && maxDistance >= 0 && maxDistance <= MAX_DISTANCE)) {
      throw new RangeError(`maxDistance must be an integer from 0 to ${MAX_DISTANCE}, got ${describe(maxDistance)}`);
    }
    const characters = queryOf(query, !this.#byBytes);
    const limit = checkLimit(options.limit);
    const at = this.arena.scratch(4 * characters.length);
    this.arena.u32.set(characters, at >>> 2);
    const walk = this.#kernel.fuzzyBegin(trie, at, characters.length, maxDistance);
    const results: [TrieKey<K>, V, number][] = [];
    this.#walk(walk, Number.POSITIVE_INFINITY, ({ from, end, value, distance }) => {
      results.push([this.#key(this.arena.u8Until(end), from, end), this.#value(value), distance]);
    });
    results.sort((a, b) => a[2] - b[2]);
    return results.slice(0, limit);
  }

  /**
   * The entries of highest weight whose keys begin with `prefix`, the heaviest first, equally heavy ones in order. Only what can be
   * among them is looked at: about O(limit · depth · log) where weights differ, however many keys there are.
   *
   * @param limit entries at most, default 10
   * @throws TypeError when values are objects and there are no weights
   */
  complete(prefix: Bytes, limit: number = DEFAULT_COMPLETIONS): [TrieKey<K>, V][] {
    const trie = this.alive;
    if (this.#objects !== undefined && !this.#weighted) {
      throw new TypeError('complete ranks by weight: make a trie of objects with `weights: true`');
    }
    const most = checkLimit(limit);
    const at = this.#stage(prefix, 'prefix');
    return this.#collect(this.#kernel.completeBegin(trie, at, this.#stagedBytes), most);
  }

  #collect(walk: number, limit: number): [TrieKey<K>, V][] {
    const results: [TrieKey<K>, V][] = [];
    this.#walk(walk, limit, ({ from, end, value }) => {
      results.push([this.#key(this.arena.u8Until(end), from, end), this.#value(value)]);
    });
    return results;
  }

  // ── Many keys ───────────────────────────────────────────────────────────────────────────────────

  /**
   * Values of many keys: a Float64Array in a trie of numbers, else a list.
   *
   * @param missing stands for the value of a key that is not there, where values are numbers. Default NaN
   */
  getMany(keys: Iterable<Bytes>, missing = Number.NaN): TrieValues<V> {
    const trie = this.alive;
    const list = listed(keys);
    const out = new Float64Array(list.length);
    this.#cross(list, (records, numbers, from, count) => {
      this.#kernel.getMany(trie, records, count, numbers, this.#objects === undefined ? missing : -1);
      out.set(this.arena.f64.subarray(numbers >>> 3, (numbers >>> 3) + count), from);
    });
    const objects = this.#objects;
    if (objects === undefined) return out as TrieValues<V>;
    return Array.from(out, (slot) => (slot < 0 ? undefined : objects[slot])) as TrieValues<V>;
  }

  /** A 1 for each key that is there, a 0 for each that is not. */
  hasMany(keys: Iterable<Bytes>): Uint8Array<ArrayBuffer> {
    const trie = this.alive;
    const list = listed(keys);
    const out = new Uint8Array(list.length);
    this.#cross(list, (records, numbers, from, count) => {
      this.#kernel.hasMany(trie, records, count, numbers);
      out.set(this.arena.u8Until(numbers + count).subarray(numbers, numbers + count), from);
    });
    return out;
  }

  /**
   * Sets `keys[i]` to `values[i]`, in order. All are looked at before the first is set.
   *
   * @throws RangeError when they differ in number
   * @throws ArenaFullError naming the entry that did not fit; those before it are set
   */
  setMany(keys: Iterable<Bytes>, values: ArrayLike<V>, weights?: ArrayLike<number>): this {
    const trie = this.alive;
    const list = listed(keys);
    if (values.length !== list.length || (weights !== undefined && weights.length !== list.length)) {
      const given = `${list.length} keys, ${values.length} values`;
      const also = weights === undefined ? '' : ` and ${weights.length} weights`;
      throw new RangeError(`There must be as many values as keys, got ${given}${also}`);
    }
    if (weights !== undefined && !this.#weighted) throw noWeights();
    for (const key of list) checkLength(key);
    const loads = weights === undefined ? undefined : doublesOf(weights, 'A weight');
    if (this.#objects !== undefined) {
      for (let i = 0; i < list.length; i++) this.set(list[i] as Bytes, values[i] as V, loads?.[i]);
      return this;
    }
    const numbers = doublesOf(values as ArrayLike<unknown>, 'A value');
    this.#cross(list, (records, at, from, count, beside) => {
      const heavy = at + beside;
      const { f64 } = this.arena;
      f64.set(numbers.subarray(from, from + count), at >>> 3);
      if (loads === undefined) f64.fill(0, heavy >>> 3, (heavy >>> 3) + count);
      else f64.set(loads.subarray(from, from + count), heavy >>> 3);
      const done = this.#kernel.setMany(trie, records, count, at, heavy) >>> 0;
      if (done < count) throw new ArenaFullError(this.arena, `entry ${from + done} of the batch`);
    });
    return this;
  }

  /** Deletes many keys; returns how many of them were there. */
  deleteMany(keys: Iterable<Bytes>): number {
    const trie = this.alive;
    const list = listed(keys);
    let deleted = 0;
    if (this.#objects !== undefined) {
      for (const key of list) if (this.delete(key)) deleted++;
      return deleted;
    }
    this.#cross(list, (records, _numbers, _from, count) => {
      deleted += this.#kernel.removeMany(trie, records, count) >>> 0;
    });
    return deleted;
  }

  /** Stages keys chunk by chunk, as records, beside room for two numbers a key, the second ones `beside` behind the first. */
  #cross(
    list: readonly Bytes[],
    use: (records: number, numbers: number, from: number, count: number, beside: number) => void,
  ): void {
    const arena = this.arena;
    const most = Math.min(CHUNK, list.length);
    // A few keys take what they take.
    let room = CHUNK_BYTES;
    if (most < CHUNK)
      room = Math.min(
        room,
        list.reduce((sum, key) => sum + 4 + roomFor(key), 0),
      );
    for (let from = 0; from < list.length; ) {
      room = Math.max(room, 4 + roomFor(list[from] as Bytes));
      const numbers = arena.scratch(16 * most + room);
      const records = numbers + 16 * most;
      const last = records + room;
      let end = records;
      let count = 0;
      for (; count < most && from + count < list.length; count++) {
        const key = list[from + count] as Bytes;
        const needed = roomFor(key);
        if (end + 4 + needed > last) break;
        end = stageRecord(arena, end, key, needed);
      }
      use(records, numbers, from, count, 8 * most);
      from += count;
    }
  }

  #stage(key: Bytes, what?: string): number {
    const room = roomFor(key, what);
    const at = this.arena.scratch(room);
    this.#stagedBytes = stageBytes(this.arena, at, key, room);
    return at;
  }

  #checkWeight(weight: number | undefined): void {
    if (weight === undefined) return;
    if (!this.#weighted) throw noWeights();
    checkNumber(weight, 'A weight');
  }

  // ── Bytes ───────────────────────────────────────────────────────────────────────────────────────

  protected pack(kind: StructureKind): Uint8Array<ArrayBuffer> {
    if (this.#objects !== undefined)
      throw new TypeError(`A ${kind.name} of objects has no bytes: its values are not in it`);
    const count = this.size;
    const width = this.#weighted ? 20 : 12;
    const keysAt = ENVELOPE_BYTES + PAYLOAD_HEAD_BYTES + count * width;
    let keyBytes = 0;
    const all = () => this.#kernel.scanBegin(this.alive, 0, 0);
    this.#walk(all(), Number.POSITIVE_INFINITY, ({ from, end }) => {
      keyBytes += end - from;
    });
    const out = envelope(kind, PAYLOAD_VERSION, keysAt + keyBytes - ENVELOPE_BYTES);
    const view = new DataView(out.buffer);
    const traits = (this.#byBytes ? 0 : PACKED_STRINGS) | (this.#weighted ? PACKED_WEIGHTS : 0);
    view.setUint32(ENVELOPE_BYTES, traits, true);
    view.setUint32(ENVELOPE_BYTES + 4, count, true);
    const valuesAt = ENVELOPE_BYTES + PAYLOAD_HEAD_BYTES;
    const lengthsAt = valuesAt + (width - 4) * count;
    let i = 0;
    let to = keysAt;
    this.#walk(all(), Number.POSITIVE_INFINITY, ({ from, end, bits }) => {
      const u8 = this.arena.u8Until(end);
      out.set(u8.subarray(bits, bits + 8), valuesAt + 8 * i);
      if (this.#weighted) out.set(u8.subarray(bits + 8, bits + 16), valuesAt + 8 * (count + i));
      view.setUint32(lengthsAt + 4 * i, end - from, true);
      out.set(u8.subarray(from, end), to);
      to += end - from;
      i++;
    });
    return seal(this.arena, out);
  }

  /** What stands in an envelope of this kind, checked as far as that goes without a trie. */
  protected static unpack(arena: Arena, kind: StructureKind, bytes: Uint8Array): PackedTrie {
    const payload = unseal(arena, kind, PAYLOAD_VERSION, bytes);
    if (payload.length < PAYLOAD_HEAD_BYTES) throw refused(kind, `${payload.length} bytes of payload`);
    const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
    const traits = view.getUint32(0, true);
    if (traits > (PACKED_STRINGS | PACKED_WEIGHTS)) throw refused(kind, `traits 0x${traits.toString(16)}`);
    const weights = (traits & PACKED_WEIGHTS) !== 0;
    const count = view.getUint32(4, true);
    const lengthsAt = PAYLOAD_HEAD_BYTES + (weights ? 16 : 8) * count;
    if (lengthsAt + 4 * count > payload.length) throw refused(kind, `${count} entries in ${payload.length} bytes`);
    const keys = keysIn(kind, payload, view, lengthsAt, count);
    const doubles = new Float64Array(payload.slice(PAYLOAD_HEAD_BYTES, lengthsAt).buffer);
    return {
      keys: (traits & PACKED_STRINGS) !== 0 ? 'string' : 'bytes',
      weights,
      fill: (trie) => {
        try {
          trie.setMany(keys, doubles.subarray(0, count), weights ? doubles.subarray(count) : undefined);
        } catch (error) {
          trie.dispose();
          throw error;
        }
      },
    };
  }

  // ── The rest ────────────────────────────────────────────────────────────────────────────────────

  /** Nodes of each kind the header counts. */
  protected nodeCounts(): Uint32Array {
    const at = (this.alive >>> 2) + NODES;
    return this.arena.u32.slice(at, at + 5);
  }

  /** How the trie stands. O(1). */
  stats(): TrieStats {
    const bytes = this.#kernel.bytesOf(this.alive);
    const size = this.size;
    const nodes = this.nodeCounts().reduce((sum, count) => sum + count, 0);
    return { size, nodes, bytes, bytesPerKey: size === 0 ? 0 : bytes / size };
  }

  /** Verifies every invariant; throws when one is broken. O(nodes). For tests and fuzzers. */
  check(): void {
    const broken = this.#kernel.check(this.alive);
    if (broken === FULL) throw this.#noRoom();
    if (broken !== 0) throw new Error(`${this.constructor.name}: invariant ${broken} is broken`);
    const objects = this.#objects;
    if (objects !== undefined && objects.length - this.#free.length !== this.size) {
      throw new Error(`${this.constructor.name}: there are not as many objects as entries`);
    }
  }
}

function flagsOf(options: TrieOptions): number {
  const { keys = 'string', values = 'f64', weights = false } = options;
  if (keys !== 'string' && keys !== 'bytes') {
    throw new RangeError(`keys must be 'string' or 'bytes', got ${describe(keys)}`);
  }
  if (values !== 'f64' && values !== 'objects') {
    throw new RangeError(`values must be 'f64' or 'objects', got ${describe(values)}`);
  }
  if (typeof weights !== 'boolean') throw new TypeError(`weights must be a boolean, got ${describe(weights)}`);
  if (values === 'objects' && options.name !== undefined) {
    throw new TypeError('A trie of objects has no name: snapshots of its arena do not have its values');
  }
  return (keys === 'string' ? STRING_KEYS : 0) | (values === 'objects' ? OBJECTS : 0) | (weights ? WEIGHTED : 0);
}

/** The keys of a payload, each above the one before it. */
function keysIn(
  kind: StructureKind,
  payload: Uint8Array,
  view: DataView,
  lengthsAt: number,
  count: number,
): Uint8Array[] {
  const keys: Uint8Array[] = [];
  let at = lengthsAt + 4 * count;
  for (let i = 0; i < count; i++) {
    const length = view.getUint32(lengthsAt + 4 * i, true);
    if (length > MAX_KEY_BYTES || length > payload.length - at) {
      throw refused(kind, `a key of ${length} bytes reaches beyond its end`);
    }
    const key = payload.subarray(at, at + length);
    if (i > 0 && !isBelow(keys[i - 1] as Uint8Array, key)) {
      throw refused(kind, `the key at ${i} is not above the one before it`);
    }
    keys.push(key);
    at += length;
  }
  if (at !== payload.length) throw refused(kind, 'its lengths and its bytes do not agree');
  return keys;
}

function isBelow(a: Uint8Array, b: Uint8Array): boolean {
  const common = Math.min(a.length, b.length);
  for (let i = 0; i < common; i++) if (a[i] !== b[i]) return (a[i] as number) < (b[i] as number);
  return a.length < b.length;
}

function stretch(prefix: Bytes, options: TrieRangeOptions): Stretch {
  roomFor(prefix, 'prefix');
  const { after, reverse = false, limit } = options;
  if (after !== undefined) roomFor(after);
  return { prefix: own(prefix), after: own(after), reverse: reverse === true, limit: checkLimit(limit) };
}

/** A key that its owner cannot change any more. */
function own<T>(key: T): T {
  return (ArrayBuffer.isView(key) ? (key as unknown as Uint8Array).slice() : key) as T;
}

function checkLimit(limit: number = Number.POSITIVE_INFINITY): number {
  if (typeof limit !== 'number' || !(limit >= 0)) {
    throw new RangeError(`limit must be a number of entries, 0 or more, got ${describe(limit)}`);
  }
  return limit;
}

function checkNumber(value: unknown, what: string): void {
  if (typeof value !== 'number') throw new TypeError(`${what} must be a number, got ${describe(value)}`);
}

/** No more than an arena's key can have; three bytes a character are what a string has at most. */
function checkLength(key: Bytes): void {
  const most = typeof key === 'string' ? key.length : roomFor(key);
  if (most > MAX_KEY_BYTES) throw new RangeError(`A key must have ${MAX_KEY_BYTES} bytes at most, got ${most}`);
}

function noWeights(): TypeError {
  return new TypeError('This trie has no weights: make it with `weights: true`, or let values be weights');
}

function doublesOf(values: ArrayLike<unknown>, what: string): Float64Array {
  if (values instanceof Float64Array) return values;
  const out = new Float64Array(values.length);
  for (let i = 0; i < out.length; i++) {
    checkNumber(values[i], what);
    out[i] = values[i] as number;
  }
  return out;
}

function listed(keys: Iterable<Bytes>): readonly Bytes[] {
  if (keys === null || typeof keys !== 'object' || !(Symbol.iterator in keys) || ArrayBuffer.isView(keys)) {
    throw new TypeError(`keys must be an iterable of keys, got ${describe(keys)}`);
  }
  const list = Array.isArray(keys) ? (keys as Bytes[]) : [...keys];
  for (let i = 0; i < list.length; i++) roomFor(list[i] as Bytes);
  return list;
}
