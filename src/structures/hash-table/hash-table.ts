/**
 * `HashTable`: byte keys to byte values, off the JavaScript heap, with `Map`'s interface.
 *
 * Extendible hashing over segments of at most 2048 slots: growth rebuilds or splits one segment at a time, so no
 * operation stalls however large the table is. The layout is drawn in assembly/structures/hash-table/layout.ts.
 */

import { Arena } from '../../../bindings/arena.js';
import { fixedSeed } from '../../../bindings/entropy.js';
import { ArenaFullError } from '../../../bindings/errors.js';
import { Adopted, Handle, type HandleOptions, type StructureKind } from '../../../bindings/handle.js';
import {
  HASHES,
  type HashTableKernel,
  hashTableKernel,
  PROBINGS,
  SCAN_HEADER_WORDS,
  SCAN_RECORD_WORDS,
} from '../../../bindings/kernels/structures/hash-table.js';
import { type Bytes, roomFor, roomForPart, stageBytes, stagePart, stageRecord } from '../../../bindings/keys.js';
import { readString } from '../../../bindings/strings.js';

/** How entries find their place within a segment. */
export type Probing = (typeof PROBINGS)[number];
/** Which function hashes the keys. Only `siphash13` resists keys chosen to collide. */
export type TableHash = (typeof HASHES)[number];

export interface HashTableOptions extends HandleOptions {
  /** Default `'robin-hood'`, the best of the five in the bench. */
  probing?: Probing;
  /** Default `'siphash13'`, keyed by the arena's seed. The others are faster on long keys and can be flooded. */
  hash?: TableHash;
  /**
   * Share of a segment's slots that may be taken before it grows, above 0 and below 1 (chained: up to 8, entries per
   * chain). Default 0.875 for robin-hood and swiss, 0.75 for linear and quadratic, 1 for chained.
   */
  loadFactor?: number;
  /** Entries to make room for at once. Default 0. */
  capacity?: number;
  /** Fixes this table's hash seed instead of the arena's, for reproducible iteration order. */
  seed?: number | bigint;
}

export interface HashTableStats {
  readonly probing: Probing;
  readonly hash: TableHash;
  readonly size: number;
  readonly loadFactor: number;
  /** Segments; each holds at most 2048 slots. */
  readonly segments: number;
  /** Cells of the directory that finds a segment. */
  readonly directoryCells: number;
  /** Bytes of segments and directory. */
  readonly indexBytes: number;
  /** Bytes of entries, with their lengths and the allocator's overhead. */
  readonly entryBytes: number;
}

const KIND: StructureKind = { number: 1, name: 'HashTable' };
const DEFAULT_LOAD: Readonly<Record<Probing, number>> = {
  linear: 0.75,
  quadratic: 0.75,
  'robin-hood': 0.875,
  swiss: 0.875,
  chained: 1,
};
const MAX_CAPACITY = 0x0800_0000;
/** Entries an iterator fetches at a time. */
const SCAN_BATCH = 128;
/** Bytes of staged keys or records that one batch call carries at most. */
const BATCH_BYTES = 256 * 1024;
/** Up to this long a value is copied out byte by byte. */
const SHORT_BYTES = 64;

export class HashTable extends Handle implements Iterable<[Uint8Array, Uint8Array]> {
  readonly #kernel: HashTableKernel;

  constructor(options: HashTableOptions | Adopted = {}) {
    const arena = options.arena ?? Arena.default;
    const kernel = arena.kernel(hashTableKernel);
    const adopted = options instanceof Adopted;
    const pointer = adopted ? options.root : Handle.allocate(arena, options.name, () => create(arena, kernel, options));
    super(arena, pointer, kernel.destroy, !adopted && options.name === undefined);
    this.#kernel = kernel;
    if (adopted) arena.opened(pointer, this);
    else this.enterName(options.name, KIND);
  }

  /**
   * The table that was made in this arena under this name, also after a snapshot. Opening a table that is already
   * open gives the same object.
   *
   * @throws NameError when there is none, or it is another kind of structure
   */
  static open(arena: Arena, name: string): HashTable {
    const { root, handle } = arena.findName(name, KIND.number, KIND.name);
    return handle instanceof HashTable ? handle : new HashTable(new Adopted(arena, root));
  }

  /** Entries in the table. */
  get size(): number {
    return this.#kernel.size(this.alive) >>> 0;
  }

  get [Symbol.toStringTag](): string {
    return 'HashTable';
  }

  // ── One entry ───────────────────────────────────────────────────────────────────────────────────

  /** A copy of the value, or `undefined` when the key is absent. O(1) expected. */
  get(key: Bytes): Uint8Array<ArrayBuffer> | undefined;
  /**
   * The same for a key that is part of a larger array, `source[from]` to `source[end − 1]`, as in a buffer that was just
   * read: making a view of it would cost more than finding it.
   *
   * @throws TypeError, RangeError when there is no such part
   */
  get(source: Uint8Array, from: number, end: number): Uint8Array<ArrayBuffer> | undefined;
  get(key: Bytes, from?: number, end?: number): Uint8Array<ArrayBuffer> | undefined {
    const table = this.alive;
    if (from !== undefined) return this.#getPart(table, key as Uint8Array, from, end as number);
    const room = roomFor(key);
    const at = this.arena.scratch(room);
    const length = this.#kernel.get(table, at, stageBytes(this.arena, at, key, room));
    if (length === -1) return undefined;
    return this.#copy(this.arena.resultLow, length);
  }

  #getPart(table: number, source: Uint8Array, from: number, end: number): Uint8Array<ArrayBuffer> | undefined {
    const bytes = roomForPart(source, from, end);
    const at = this.arena.scratch(bytes);
    stagePart(this.arena, at, source, from, end);
    const length = this.#kernel.get(table, at, bytes);
    return length === -1 ? undefined : this.#copy(this.arena.resultLow, length);
  }

  /** The value decoded as UTF-8, or `undefined` when the key is absent. O(1) expected. */
  getString(key: Bytes): string | undefined {
    const table = this.alive;
    const room = roomFor(key);
    const at = this.arena.scratch(room);
    const length = this.#kernel.get(table, at, stageBytes(this.arena, at, key, room));
    if (length === -1) return undefined;
    const from = this.arena.resultLow;
    return readString(this.arena.u8Until(from + length), from, from + length);
  }

  /**
   * Copies the value into `target` and allocates nothing.
   *
   * @returns the value's length in bytes, or −1 when the key is absent; a value longer than the room in `target`
   *   from `offset` on is not copied, its length still returned
   */
  getInto(key: Bytes, target: Uint8Array, offset = 0): number {
    const table = this.alive;
    const room = roomFor(key);
    const at = this.arena.scratch(room);
    const length = this.#kernel.get(table, at, stageBytes(this.arena, at, key, room));
    if (length === -1 || length > target.length - offset) return length;
    const from = this.arena.resultLow;
    const u8 = this.arena.u8Until(from + length);
    if (length <= SHORT_BYTES) copyShort(u8, from, target, offset, length);
    else target.set(u8.subarray(from, from + length), offset);
    return length;
  }

  /** Whether the key is present. O(1) expected. */
  has(key: Bytes): boolean {
    const table = this.alive;
    const room = roomFor(key);
    const at = this.arena.scratch(room);
    return this.#kernel.has(table, at, stageBytes(this.arena, at, key, room)) !== 0;
  }

  /**
   * Stores a value, in place where it fits the old one's room. O(1) expected; growth touches one segment.
   *
   * @throws ArenaFullError with the table unchanged
   */
  set(key: Bytes, value: Bytes): this {
    const table = this.alive;
    const arena = this.arena;
    const keyRoom = roomFor(key);
    const valueRoom = roomFor(value, 'value');
    const at = arena.scratch(keyRoom + valueRoom);
    const keyBytes = stageBytes(arena, at, key, keyRoom);
    const valueBytes = stageBytes(arena, at + keyBytes, value, valueRoom);
    if (this.#kernel.set(table, at, keyBytes, at + keyBytes, valueBytes) !== 0) {
      throw new ArenaFullError(arena, 'an entry', keyBytes + valueBytes);
    }
    return this;
  }

  /** Removes an entry; true when the key was present. O(1) expected. */
  delete(key: Bytes): boolean {
    const table = this.alive;
    const room = roomFor(key);
    const at = this.arena.scratch(room);
    return this.#kernel.remove(table, at, stageBytes(this.arena, at, key, room)) !== 0;
  }

  /** Removes every entry and gives their memory back to the arena. O(n). */
  clear(): void {
    this.#kernel.clear(this.alive);
  }

  // ── Batches: one crossing for many entries ──────────────────────────────────────────────────────

  /** `get` for each key, in order. */
  getMany(keys: Iterable<Bytes>): (Uint8Array<ArrayBuffer> | undefined)[] {
    const out: (Uint8Array<ArrayBuffer> | undefined)[] = [];
    this.#lookUp(keys, (u8, from, end) => out.push(from === 0 ? undefined : u8.slice(from, end)));
    return out;
  }

  /** `getString` for each key, in order. */
  getManyStrings(keys: Iterable<Bytes>): (string | undefined)[] {
    const out: (string | undefined)[] = [];
    this.#lookUp(keys, (u8, from, end) => out.push(from === 0 ? undefined : readString(u8, from, end)));
    return out;
  }

  #lookUp(keys: Iterable<Bytes>, emit: (u8: Uint8Array<ArrayBuffer>, from: number, end: number) => void): void {
    this.#inBatches(keys, 1, (at, count, end) => {
      const out = end + ((8 - (end % 8)) % 8);
      this.#kernel.getMany(this.alive, at, count, out);
      const u8 = this.arena.u8Until(out + 8 * count);
      const u32 = this.arena.u32;
      for (let i = 0; i < count; i++) {
        const from = u32[(out >>> 2) + 2 * i] as number;
        emit(u8, from, from + (u32[(out >>> 2) + 2 * i + 1] as number));
      }
    });
  }

  /**
   * Stores each pair, in order.
   *
   * @throws ArenaFullError naming the pair that did not fit; the pairs before it are stored
   */
  setMany(pairs: Iterable<readonly [Bytes, Bytes]>): this {
    let stored = 0;
    this.#inBatches(flatten(pairs), 2, (at, count) => {
      const done = this.#kernel.setMany(this.alive, at, count) >>> 0;
      stored += done;
      if (done < count) throw new ArenaFullError(this.arena, `pair ${stored} of the batch`);
    });
    return this;
  }

  /** Removes each key; returns how many were present. */
  deleteMany(keys: Iterable<Bytes>): number {
    let removed = 0;
    this.#inBatches(keys, 1, (at, count) => {
      removed += this.#kernel.removeMany(this.alive, at, count) >>> 0;
    });
    return removed;
  }

  /**
   * Stages (u32 length, bytes) records, `perItem` of them an item, and runs `call` each time the staging block is full.
   * A caller's iterator may use this table: nothing stays staged while it runs.
   */
  #inBatches(parts: Iterable<Bytes>, perItem: number, call: (at: number, items: number, end: number) => void): void {
    let pending: Bytes[] = [];
    let room = 0;
    const flush = () => {
      if (pending.length === 0) return;
      const at = this.arena.scratch(room + 8 * pending.length + 8);
      let end = at;
      for (const part of pending) end = stageRecord(this.arena, end, part, roomFor(part));
      const items = pending.length / perItem;
      pending = [];
      room = 0;
      call(at, items, end);
    };
    for (const part of parts) {
      room += 4 + roomFor(part, 'key or value');
      pending.push(part);
      if (room >= BATCH_BYTES && pending.length % perItem === 0) flush();
    }
    flush();
  }

  // ── Iteration ───────────────────────────────────────────────────────────────────────────────────

  /**
   * Copies of all entries, in ascending order of their hash: an order that depends on the seed, not on insertion.
   *
   * The table may be changed while iterating. An entry that is there from beginning to end is yielded exactly once,
   * with the value it has at that moment; one deleted before it is reached is not yielded; one added is yielded if its
   * hash still lies ahead.
   */
  *entries(): IterableIterator<[Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>]> {
    for (const record of this.#records()) {
      yield [this.#copy(record.keyAt, record.keyBytes), this.#copy(record.valueAt, record.valueBytes)];
    }
  }

  /** Copies of all keys; see `entries` for order and guarantees. */
  *keys(): IterableIterator<Uint8Array<ArrayBuffer>> {
    for (const record of this.#records()) yield this.#copy(record.keyAt, record.keyBytes);
  }

  /** Copies of all values; see `entries` for order and guarantees. */
  *values(): IterableIterator<Uint8Array<ArrayBuffer>> {
    for (const record of this.#records()) yield this.#copy(record.valueAt, record.valueBytes);
  }

  /** All entries decoded as UTF-8; see `entries` for order and guarantees. */
  *stringEntries(): IterableIterator<[string, string]> {
    for (const record of this.#records()) {
      yield [this.#text(record.keyAt, record.keyBytes), this.#text(record.valueAt, record.valueBytes)];
    }
  }

  [Symbol.iterator](): IterableIterator<[Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>]> {
    return this.entries();
  }

  /** Calls `callback(value, key, table)` for each entry; see `entries` for order and guarantees. */
  forEach(
    callback: (value: Uint8Array<ArrayBuffer>, key: Uint8Array<ArrayBuffer>, table: this) => void,
    thisArg?: unknown,
  ): void {
    for (const [key, value] of this.entries()) callback.call(thisArg, value, key, this);
  }

  /**
   * Walks the table by hash. Addresses are good until the consumer has run: it may have moved entries, so when the
   * table's version changed, the walk asks again from just after the last hash it gave. Entries of one hash are
   * copied at once, because a cursor cannot stand between them.
   */
  *#records(): Generator<Located> {
    const kernel = this.#kernel;
    for (let from = 0, atEnd = false; !atEnd; ) {
      const block = kernel.scan(this.alive, from, SCAN_BATCH) >>> 0;
      if (block === 0) throw new ArenaFullError(this.arena, 'the batch of an iteration');
      const words = this.arena.u32;
      const base = block >>> 2;
      const count = words[base] as number;
      let next = words[base + 1] as number;
      atEnd = words[base + 2] === 1;
      const records = words.slice(base + SCAN_HEADER_WORDS, base + SCAN_HEADER_WORDS + count * SCAN_RECORD_WORDS);
      kernel.endScan(block);
      const version = kernel.version(this.alive);
      for (let i = 0; i < count; ) {
        const hash = records[i * SCAN_RECORD_WORDS] as number;
        let end = i + 1;
        while (end < count && records[end * SCAN_RECORD_WORDS] === hash) end++;
        if (end - i === 1) yield located(records, i);
        else yield* this.#group(records, i, end);
        i = end;
        if (i < count && kernel.version(this.alive) !== version) {
          next = hash + 1;
          atEnd = false;
          break;
        }
      }
      from = next;
    }
  }

  /** Entries that share a full hash: those still present when their turn comes. */
  *#group(records: Uint32Array, first: number, end: number): Generator<Located> {
    const keys: Uint8Array[] = [];
    for (let i = first; i < end; i++) {
      const { keyAt, keyBytes } = located(records, i);
      keys.push(this.#copy(keyAt, keyBytes));
    }
    for (const key of keys) {
      const room = roomFor(key);
      const at = this.arena.scratch(room);
      const valueBytes = this.#kernel.get(this.alive, at, stageBytes(this.arena, at, key, key.length));
      if (valueBytes !== -1) yield { keyAt: at, keyBytes: key.length, valueAt: this.arena.resultLow, valueBytes };
    }
  }

  #copy(from: number, bytes: number): Uint8Array<ArrayBuffer> {
    return this.arena.u8Until(from + bytes).slice(from, from + bytes);
  }

  #text(from: number, bytes: number): string {
    return readString(this.arena.u8Until(from + bytes), from, from + bytes);
  }

  // ── The rest ────────────────────────────────────────────────────────────────────────────────────

  /** Gives back the room that deletions left. O(slots): milliseconds for a million entries. */
  shrink(): void {
    this.#kernel.shrink(this.alive);
  }

  /** Figures about the table's shape and memory. O(1). */
  stats(): HashTableStats {
    const table = this.alive;
    const at = this.arena.scratch(STATS_BYTES);
    this.#kernel.stats(table, at);
    const word = (index: number) => this.arena.u32[(at >>> 2) + index] as number;
    const directoryCells = word(4);
    return {
      probing: PROBINGS[word(0)] as Probing,
      hash: HASHES[word(1)] as TableHash,
      size: word(2),
      loadFactor: word(5) / 256,
      segments: word(3),
      directoryCells,
      indexBytes: word(6) + 4 * directoryCells,
      entryBytes: this.arena.f64[(at >>> 3) + 4] as number,
    };
  }

  /** Verifies every invariant; throws when one is broken. O(n). For tests and fuzzers. */
  check(): void {
    const broken = this.#kernel.check(this.alive);
    if (broken !== 0) throw new Error(`HashTable: invariant ${broken} is broken`);
  }
}

const STATS_BYTES = 40;

interface Located {
  readonly keyAt: number;
  readonly keyBytes: number;
  readonly valueAt: number;
  readonly valueBytes: number;
}

function located(records: Uint32Array, index: number): Located {
  const at = index * SCAN_RECORD_WORDS;
  return {
    keyAt: records[at + 1] as number,
    keyBytes: records[at + 2] as number,
    valueAt: records[at + 3] as number,
    valueBytes: records[at + 4] as number,
  };
}

function create(arena: Arena, kernel: HashTableKernel, options: HashTableOptions): number {
  const probing = options.probing ?? 'robin-hood';
  const hash = options.hash ?? 'siphash13';
  const capacity = options.capacity ?? 0;
  const probingNumber = indexIn(PROBINGS, probing, 'probing');
  const hashNumber = indexIn(HASHES, hash, 'hash');
  const loadFactor = options.loadFactor ?? DEFAULT_LOAD[probing];
  const maxLoad = probing === 'chained' ? 8 : 0.97;
  if (!(loadFactor >= 0.1 && loadFactor <= maxLoad)) {
    throw new RangeError(`loadFactor must be from 0.1 to ${maxLoad} for ${probing} probing, got ${loadFactor}`);
  }
  if (!Number.isInteger(capacity) || capacity < 0 || capacity > MAX_CAPACITY) {
    throw new RangeError(`capacity must be an integer from 0 to ${MAX_CAPACITY}, got ${capacity}`);
  }
  const table = kernel.create(probingNumber, hashNumber, Math.round(loadFactor * 256), capacity) >>> 0;
  if (table === 0) throw new ArenaFullError(arena, 'a hash table');
  if (options.seed !== undefined) kernel.setSeed(table, ...fixedSeed(options.seed));
  return table;
}

function indexIn(names: readonly string[], name: string, option: string): number {
  const index = names.indexOf(name);
  if (index < 0) throw new RangeError(`${option} must be one of ${names.join(', ')}, got ${String(name)}`);
  return index;
}

/** Eight at a time: a loop of so few rounds predicts well, and beats making a view for `TypedArray.set`. */
function copyShort(source: Uint8Array, from: number, target: Uint8Array, to: number, length: number): void {
  let i = 0;
  for (; i + 8 <= length; i += 8) {
    const a = from + i;
    const b = to + i;
    target[b] = source[a] as number;
    target[b + 1] = source[a + 1] as number;
    target[b + 2] = source[a + 2] as number;
    target[b + 3] = source[a + 3] as number;
    target[b + 4] = source[a + 4] as number;
    target[b + 5] = source[a + 5] as number;
    target[b + 6] = source[a + 6] as number;
    target[b + 7] = source[a + 7] as number;
  }
  for (; i < length; i++) target[to + i] = source[from + i] as number;
}

function* flatten(pairs: Iterable<readonly [Bytes, Bytes]>): Generator<Bytes> {
  for (const [key, value] of pairs) {
    yield key;
    yield value;
  }
}
