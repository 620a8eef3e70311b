/** What `U32Map` and `F64Map` share: everything but the operations on one key, which each writes out for speed. */

import type { Arena } from '../../../bindings/arena.js';
import { ArenaFullError } from '../../../bindings/errors.js';
import { Adopted, Handle, type HandleOptions, type StructureKind } from '../../../bindings/handle.js';
import type { NumberMapFace } from '../../../bindings/kernels/structures/number-map.js';

/** Options of `new U32Map()` and `new F64Map()`. */
export interface NumberMapOptions extends HandleOptions {
  /** Entries to make room for at once. Default 0: the map grows as it fills. */
  capacity?: number;
}

/** What `stats()` tells. Bytes are bytes of the arena. */
export interface NumberMapStats {
  /** Entries. */
  readonly size: number;
  /** Entries and free places. */
  readonly slots: number;
  /** size / slots; about 0.9 in a map that grew by itself, 0.8 below some 40 000 entries. */
  readonly load: number;
  /** Everything the map costs its arena, allocator headers included. */
  readonly bytes: number;
  /** Parts that grow one at a time, each of at most 2304 entries. */
  readonly segments: number;
  /** Entries of the directory that finds a segment by the top bits of a hash. */
  readonly directoryEntries: number;
  /** Entries of the largest segment. */
  readonly largestSegment: number;
  /** Entries that stand outside the bucket they belong to. */
  readonly displaced: number;
  /** The longest way of one of those from its bucket, in buckets. */
  readonly longestProbe: number;
}

/** A constructor's first argument: entries, as `Map` takes them, or options at once. */
export type FirstArgument = Iterable<readonly [number, number]> | NumberMapOptions | null | undefined;

/** Tells a constructor's entries from its options. */
export function sorted<Options>(
  first: FirstArgument,
  options: Options,
): { entries: Iterable<readonly [number, number]>; options: Options | NumberMapOptions } {
  if (first === undefined || first === null) return { entries: [], options };
  return Symbol.iterator in first ? { entries: first, options } : { entries: [], options: first };
}

// Offsets in the map's header; see assembly/structures/number-map/layout.ts.
const COUNT = 8 >> 2;
const MUTATIONS = 12 >> 2;

/** Most entries a map may be asked to reserve room for; more never fit a 4 GiB arena. */
const MAX_CAPACITY = 335_000_000;
/** Keys passed to the kernel in one call; their staging block stays in the first-level cache. */
const CHUNK = 1024;
const SMALL_BATCH = 16;
const LARGE_BATCH = 512;

/** Entries an iteration has fetched ahead. */
interface Batch<Keys> {
  keys: Keys;
  values: Float64Array;
  count: number;
}

export abstract class NumberMap<Keys extends Uint32Array | Float64Array>
  extends Handle
  implements Iterable<[number, number]>
{
  readonly #face: NumberMapFace;

  protected constructor(arena: Arena, face: NumberMapFace, kind: StructureKind, options: NumberMapOptions | Adopted) {
    const adopted = options instanceof Adopted;
    const pointer = adopted
      ? options.root
      : Handle.allocate(arena, options.name, () => create(arena, face, kind, options.capacity ?? 0));
    super(arena, pointer, face.destroy, !adopted && options.name === undefined);
    this.#face = face;
    if (adopted) arena.opened(pointer, this);
    else this.enterName(options.name, kind);
  }

  abstract get(key: number): number | undefined;
  abstract set(key: number, value: number): this;
  protected abstract makeKeys(length: number): Keys;
  /** Throws for what `setMany` cannot take as keys. */
  protected abstract checkKeys(keys: Keys): void;

  /** Entries. O(1). */
  get size(): number {
    return this.arena.u32[(this.alive >>> 2) + COUNT] as number;
  }

  /** Deletes every entry and frees its memory. O(segments). */
  clear(): void {
    this.#face.clear(this.alive);
  }

  // ── Iteration ───────────────────────────────────────────────────────────────────────────────────

  /**
   * Entries as `[key, value]`, in an order that is fixed by the keys and the arena's seed (not by insertion).
   *
   * The map may change meanwhile. An entry that is there from the beginning to the end is yielded exactly once, with
   * the value it has when it is reached; one deleted before it is reached is not yielded; one added is yielded if,
   * and only if, its place in the order is still ahead. O(1) an entry.
   *
   * @throws DisposedError when the map is disposed of before the iteration has ended
   */
  *entries(): MapIterator<[number, number]> {
    const batch = this.#newBatch();
    let [low, high] = [0, 0];
    let room = SMALL_BATCH;
    do {
      this.#scan(batch, low, high, room);
      low = this.arena.resultLow;
      high = this.arena.resultHigh;
      const mutations = this.#mutations;
      room = LARGE_BATCH;
      for (let i = 0; i < batch.count; i++) {
        const key = batch.keys[i] as number;
        yield [key, batch.values[i] as number];
        if (this.#mutations !== mutations) {
          // What was fetched may be stale: fetch again from behind the entry just yielded.
          this.#face.after(this.alive, key);
          low = this.arena.resultLow;
          high = this.arena.resultHigh;
          room = SMALL_BATCH;
          break;
        }
      }
    } while (low !== 0 || high !== 0);
    return undefined;
  }

  /** Keys, in the order of `entries()`. */
  *keys(): MapIterator<number> {
    for (const entry of this.entries()) yield entry[0];
    return undefined;
  }

  /** Values, in the order of `entries()`. */
  *values(): MapIterator<number> {
    for (const entry of this.entries()) yield entry[1];
    return undefined;
  }

  [Symbol.iterator](): MapIterator<[number, number]> {
    return this.entries();
  }

  /** Calls back for each entry, with the guarantees of `entries()`. */
  forEach(callback: (value: number, key: number, map: this) => void, thisArg?: unknown): void {
    const batch = this.#newBatch();
    let [low, high] = [0, 0];
    let room = SMALL_BATCH;
    do {
      this.#scan(batch, low, high, room);
      low = this.arena.resultLow;
      high = this.arena.resultHigh;
      const mutations = this.#mutations;
      room = LARGE_BATCH;
      for (let i = 0; i < batch.count; i++) {
        const key = batch.keys[i] as number;
        callback.call(thisArg, batch.values[i] as number, key, this);
        if (this.#mutations !== mutations) {
          this.#face.after(this.alive, key);
          low = this.arena.resultLow;
          high = this.arena.resultHigh;
          room = SMALL_BATCH;
          break;
        }
      }
    } while (low !== 0 || high !== 0);
  }

  get #mutations(): number {
    return this.arena.u32[(this.alive >>> 2) + MUTATIONS] as number;
  }

  #newBatch(): Batch<Keys> {
    const length = Math.min(LARGE_BATCH, Math.max(SMALL_BATCH, this.size));
    return { keys: this.makeKeys(length), values: new Float64Array(length), count: 0 };
  }

  /** Fetches the entries from a cursor on. The next cursor is left in the arena's result cell. */
  #scan(batch: Batch<Keys>, low: number, high: number, wanted: number): void {
    let room = Math.min(wanted, batch.values.length);
    for (;;) {
      const at = this.arena.scratch(room * 24);
      const count = this.#face.scan(this.alive, low, high, at, at + room * 8, at + room * 16, room);
      if (count >= 0) {
        const u8 = this.arena.u8Until(at + room * 24);
        const keyBytes = this.#face.keyBytes;
        bytesOf(batch.values).set(u8.subarray(at + room * 8, at + room * 8 + count * 8));
        bytesOf(batch.keys).set(u8.subarray(at + room * 16, at + room * 16 + count * keyBytes));
        batch.count = count;
        return;
      }
      // One bucket holds more than there is room for; it cannot be cut in two.
      room = -count;
      batch.keys = this.makeKeys(room);
      batch.values = new Float64Array(room);
    }
  }

  // ── Many keys a call ────────────────────────────────────────────────────────────────────────────

  /**
   * Values of many keys, at a fraction of the cost of as many `get`s: the kernel fetches them side by side.
   *
   * @param out takes the values; at least as long as `keys`. Default: a new array
   * @param missing stands for keys that are not in the map. Default NaN
   * @returns `out`
   * @throws RangeError when `out` is too short; nothing is written then
   */
  getMany(keys: Keys, out: Float64Array = new Float64Array(keys.length), missing = Number.NaN): Float64Array {
    const map = this.alive;
    this.checkKeys(keys);
    checkLength('out', out, keys);
    const at = this.#stage(keys.length, 8);
    const values = at + CHUNK * 8;
    for (let from = 0; from < keys.length; from += CHUNK) {
      const count = this.#put(keys, from, at);
      this.#face.getMany(map, at, count, values, missing);
      out.set(this.arena.f64.subarray(values >>> 3, (values >>> 3) + count), from);
    }
    return out;
  }

  /** For each key 1 when it is in the map, else 0. */
  hasMany(keys: Keys): Uint8Array {
    const map = this.alive;
    this.checkKeys(keys);
    const out = new Uint8Array(keys.length);
    const at = this.#stage(keys.length, 5);
    const homes = at + CHUNK * 8;
    const found = homes + CHUNK * 4;
    for (let from = 0; from < keys.length; from += CHUNK) {
      const count = this.#put(keys, from, at);
      this.#face.hasMany(map, at, count, found, homes);
      out.set(this.arena.u8Until(found + count).subarray(found, found + count), from);
    }
    return out;
  }

  /**
   * Sets `keys[i]` to `values[i]` for all i, in order. All or nothing.
   *
   * @throws RangeError when the arrays differ in length
   * @throws ArenaFullError the map is as it was
   */
  setMany(keys: Keys, values: Float64Array): this {
    const map = this.alive;
    this.checkKeys(keys);
    if (!(values instanceof Float64Array)) throw new TypeError('setMany: values must be a Float64Array');
    if (values.length !== keys.length)
      throw new RangeError(`setMany: ${keys.length} keys, but ${values.length} values`);
    const at = this.#stage(keys.length, 9);
    const staged = at + CHUNK * 8;
    const added = staged + CHUNK * 8;
    const log: UndoLog[] = [];
    for (let from = 0; from < keys.length; from += CHUNK) {
      const count = this.#put(keys, from, at);
      this.arena.f64.set(values.subarray(from, from + count), staged >>> 3);
      const done = this.#face.setMany(map, at, count, staged, added);
      if (done === count && from + count === keys.length) break;
      // What this chunk replaced, in case a later one does not fit.
      log.push({
        from,
        replaced: this.arena.f64.slice(staged >>> 3, (staged >>> 3) + done),
        added: this.arena.u8Until(added + done).slice(added, added + done),
      });
      if (done === count) continue;
      this.#undo(keys, log, at);
      throw new ArenaFullError(this.arena, `setMany of ${keys.length} entries`);
    }
    return this;
  }

  #undo(keys: Keys, log: UndoLog[], at: number): void {
    for (const { from, replaced, added } of log.reverse()) {
      this.#put(keys, from, at);
      this.arena.f64.set(replaced, (at >>> 3) + CHUNK);
      this.arena.u8Until(at + CHUNK * 17).set(added, at + CHUNK * 16);
      this.#face.undoMany(this.alive, at, replaced.length, at + CHUNK * 8, at + CHUNK * 16);
    }
  }

  /** Deletes many keys; returns how many of them were in the map. */
  deleteMany(keys: Keys): number {
    const map = this.alive;
    this.checkKeys(keys);
    const at = this.#stage(keys.length, 0);
    let deleted = 0;
    for (let from = 0; from < keys.length; from += CHUNK) {
      const count = this.#put(keys, from, at);
      deleted += this.#face.deleteMany(map, at, count);
    }
    return deleted;
  }

  /** A staging block: a chunk of keys of eight bytes each, then so many bytes more a key. */
  #stage(length: number, more: number): number {
    return length === 0 ? 0 : this.arena.scratch(CHUNK * (8 + more));
  }

  /** Copies a chunk of keys to `at`; returns how many. */
  #put(keys: Keys, from: number, at: number): number {
    const chunk = keys.subarray(from, from + CHUNK);
    this.arena.u8Until(at + chunk.byteLength).set(bytesOf(chunk), at);
    return chunk.length;
  }

  // ── Memory ──────────────────────────────────────────────────────────────────────────────────────

  /**
   * Makes room for `count` entries in all, so that they go in without growing. O(count).
   *
   * @throws RangeError when `count` is not an integer from 0 to 335 million
   * @throws ArenaFullError the entries are as they were; some of the room may have been made
   */
  reserve(count: number): void {
    checkCapacity(count);
    if (this.#face.reserve(this.alive, count) === 0) {
      throw new ArenaFullError(this.arena, `room for ${count} entries`);
    }
  }

  /**
   * Gives the memory that the entries do not need back to the arena. Deleting alone does not: places stay free for
   * entries to come. O(size). In an arena too full to move things about it does what it can.
   */
  shrink(): void {
    this.#face.shrink(this.alive);
  }

  /** How the map stands. O(size). */
  stats(): NumberMapStats {
    const at = this.arena.scratch(32);
    this.#face.stats(this.alive, at);
    const words = this.arena.u32.subarray(at >>> 2, (at >>> 2) + 8);
    const [size = 0, slots = 0, bytes = 0, segments = 0, directoryEntries = 0, largestSegment = 0] = words;
    const [displaced = 0, longestProbe = 0] = words.subarray(6);
    return {
      size,
      slots,
      load: size / slots,
      bytes,
      segments,
      directoryEntries,
      largestSegment,
      displaced,
      longestProbe,
    };
  }

  /** Verifies every invariant; throws when one is broken. O(size). For tests and fuzzers. */
  check(): void {
    const broken = this.#face.check(this.alive);
    if (broken < 0) throw new ArenaFullError(this.arena, 'working space of check()');
    if (broken !== 0) throw new Error(`${this.constructor.name}: invariant ${broken} is broken`);
  }
}

interface UndoLog {
  readonly from: number;
  readonly replaced: Float64Array;
  readonly added: Uint8Array;
}

function create(arena: Arena, face: NumberMapFace, kind: StructureKind, capacity: number): number {
  checkCapacity(capacity);
  const pointer = face.create() >>> 0;
  if (pointer !== 0) {
    if (capacity === 0 || face.reserve(pointer, capacity) !== 0) return pointer;
    face.destroy(pointer);
  }
  throw new ArenaFullError(arena, capacity > 0 ? `a ${kind.name} for ${capacity} entries` : `a ${kind.name}`);
}

function checkCapacity(capacity: number): void {
  if (!Number.isInteger(capacity) || capacity < 0 || capacity > MAX_CAPACITY) {
    throw new RangeError(`capacity must be an integer from 0 to ${MAX_CAPACITY}, got ${capacity}`);
  }
}

function checkLength(what: string, out: Float64Array, keys: { length: number }): void {
  if (!(out instanceof Float64Array)) throw new TypeError(`${what} must be a Float64Array`);
  if (out.length < keys.length) throw new RangeError(`${what} has ${out.length} places for ${keys.length} keys`);
}

function bytesOf(array: Uint32Array | Float64Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
