/** `RTree`: boxes and points in the plane, found by place, outside the JavaScript heap. */

import { Arena } from '../../../bindings/arena.js';
import { ENVELOPE_BYTES, envelope, refused, seal, unseal } from '../../../bindings/envelope.js';
import { ArenaFullError } from '../../../bindings/errors.js';
import { Adopted, type HandleOptions, type StructureKind } from '../../../bindings/handle.js';
import {
  COUNT,
  DEPTH,
  HEIGHT,
  MAX_HEIGHT,
  MOST,
  NODES,
  type RTreeKernel,
  rTreeKernel,
  SPARSE,
} from '../../../bindings/kernels/structures/r-tree.js';
import { joinedWords } from '../../../bindings/parts.js';
import { Made, Sketch } from '../../../bindings/sketch.js';
import { describe } from '../../../bindings/staging.js';

/** A box, its edges included. A point is a box of zero size. */
export interface RTreeBox {
  readonly minX: number;
  readonly minY: number;
  readonly maxX: number;
  readonly maxY: number;
}

export interface RTreeEntry extends RTreeBox {
  readonly id: number;
}

/** Entries as flat arrays, as `bulkLoad` takes them: minX, minY, maxX, maxY of each. */
export interface RTreeArrays {
  readonly ids: Uint32Array<ArrayBuffer>;
  readonly boxes: Float64Array<ArrayBuffer>;
}

/**
 * What an entry must be to the box that is asked for: meet it (edges that touch do), lie within it, or contain it, its
 * edges included.
 */
export type RTreeRelation = 'intersects' | 'within' | 'contains';

export interface RTreeSearchOptions {
  /** Default `'intersects'`. */
  relation?: RTreeRelation;
  /** Results at most; which ones is not defined. Default: all. */
  limit?: number;
  /** Where the ids go: the result is then a view of it. Its length is a limit too. Default: an array of their number. */
  into?: Uint32Array;
}

export interface RTreeNearestOptions {
  /** Entries farther away do not count. Default Infinity. */
  maxDistance?: number;
  /** Only entries for whose id it is true count. It must not change the tree. */
  filter?: (id: number) => boolean;
}

export interface RTreeLoadOptions {
  /**
   * How entries are grouped: `'str'` (the default) by sort-tile-recursive, `'hilbert'` along the Hilbert curve, which takes half as
   * long again to build and is searched about as fast.
   */
  packing?: 'str' | 'hilbert';
}

/** What `stats()` tells. */
export interface RTreeStats {
  readonly size: number;
  /** Levels of the tree, at least 1. */
  readonly height: number;
  readonly nodes: number;
  /** Bytes the tree costs its arena, allocator headers, spare nodes and working space included. */
  readonly bytes: number;
}

const KIND: StructureKind = { number: 51, name: 'RTree' };
const VERSION = 1;
const HEAD_BYTES = 16;
const RELATIONS: readonly string[] = ['intersects', 'within', 'contains'];
const NO_LIMIT = 0xffff_ffff;
/** Ids that come back in one crossing, with the places of one node beyond them. */
const ROOM = 16 * 1024 + MOST;
/** Entries that are copied out in one crossing. */
const CHUNK = 1024;
/** More entries than this never fit an arena. */
const MAX_COUNT = 0x0600_0000;
const BOX_BYTES = 32;

/**
 * An R*-tree (N. Beckmann, H.-P. Kriegel, R. Schneider, B. Seeger, 1990) of boxes with ids. Ids are any u32 and the caller's: an index
 * into an array of objects, say; the same one may come more than once. Coordinates are any numbers but NaN.
 */
export class RTree extends Sketch<RTreeKernel> implements Iterable<RTreeEntry> {
  /**
   * @throws ArenaFullError
   * @throws NameError when the name is taken
   */
  constructor(options: HandleOptions | Adopted | Made = {}) {
    super(KIND, rTreeKernel, options, (_, kernel) => kernel.create());
  }

  /** The tree of this name, also after a snapshot. @throws NameError when there is none, or it is something else */
  static open(arena: Arena, name: string): RTree {
    const { root, handle } = arena.findName(name, KIND.number, KIND.name);
    return handle instanceof RTree ? handle : new RTree(new Adopted(arena, root));
  }

  /**
   * The tree that `toBytes()` wrote. O(bytes).
   *
   * @throws SnapshotError when the bytes are truncated, altered, of another format, or say what no tree is
   * @throws ArenaFullError
   */
  static fromBytes(bytes: Uint8Array, options: HandleOptions = {}): RTree {
    const arena = options.arena ?? Arena.default;
    if (options.name !== undefined) arena.assertNameFree(options.name);
    return new RTree(new Made(arena, load(arena, unseal(arena, KIND, VERSION, bytes)), options.name));
  }

  /** Entries. O(1). */
  get size(): number {
    return this.word(COUNT);
  }

  /** The least box that holds all entries, or undefined when there are none. O(1). */
  get bounds(): RTreeBox | undefined {
    const tree = this.alive;
    if (this.size === 0) return undefined;
    const at = this.arena.scratch(BOX_BYTES);
    this.kernel.bounds(tree, at);
    return boxAt(this.arena.f64, at >>> 3);
  }

  // ── Entries ─────────────────────────────────────────────────────────────────────────────────────

  /**
   * Adds an entry; the same id, and the same box, as often as wanted. O(log n).
   *
   * @throws TypeError, RangeError when the id is no u32, a coordinate no number, or the box inside out
   * @throws ArenaFullError the tree is as it was
   */
  insert(id: number, minX: number, minY: number, maxX: number, maxY: number): void {
    const tree = this.alive;
    if (id >>> 0 !== id || !isBox(minX, minY, maxX, maxY)) throw misuse(id, minX, minY, maxX, maxY);
    if (this.kernel.insert(tree, id, minX, minY, maxX, maxY) === 0) throw new ArenaFullError(this.arena, 'a new entry');
  }

  /**
   * Removes one entry with this id and exactly this box; false when there is none. The box says where to look: O(log n), and more
   * where many boxes cover each other.
   *
   * @throws as `insert`, but never ArenaFullError
   */
  remove(id: number, minX: number, minY: number, maxX: number, maxY: number): boolean {
    const tree = this.alive;
    if (id >>> 0 !== id || !isBox(minX, minY, maxX, maxY)) throw misuse(id, minX, minY, maxX, maxY);
    return this.kernel.remove(tree, id, minX, minY, maxX, maxY) !== 0;
  }

  /** True when there is an entry with this id and exactly this box. Costs and throws as `remove`. */
  has(id: number, minX: number, minY: number, maxX: number, maxY: number): boolean {
    const tree = this.alive;
    if (id >>> 0 !== id || !isBox(minX, minY, maxX, maxY)) throw misuse(id, minX, minY, maxX, maxY);
    return this.kernel.find(tree, id, minX, minY, maxX, maxY) !== 0;
  }

  /**
   * Adds many entries at once, all or none: the fastest way to fill a tree, and the one to the tree that is searched fastest. They are
   * packed into full nodes, O(n log n), and become the tree, or a branch of the one there is: as good where they lie elsewhere, less
   * so where they lie among its entries. For a moment it takes 64 bytes an entry besides the tree.
   *
   * @param ids one for each box; undefined for 0, 1, 2 …
   * @param boxes minX, minY, maxX, maxY of each
   * @throws TypeError, RangeError when an array is of another type or length, or a box is none
   * @throws ArenaFullError the tree is as it was
   */
  bulkLoad(ids: Uint32Array | undefined, boxes: Float64Array, options: RTreeLoadOptions = {}): this {
    const tree = this.alive;
    const { packing = 'str' } = options;
    if (packing !== 'str' && packing !== 'hilbert') {
      throw new RangeError(`packing must be 'str' or 'hilbert', got ${describe(packing)}`);
    }
    const count = checkArrays(ids, boxes);
    if (count === 0) return this;
    const { arena, kernel } = this;
    if (count > MAX_COUNT) throw new ArenaFullError(arena, `${count} entries`);
    const few = Math.ceil(count / 8);
    // As load.ts draws it.
    const counters = BOX_BYTES * (count + few) + 16 * count;
    const refs = counters + kernel.countersBytes();
    const at = arena.alloc(refs + 4 * (count + few));
    try {
      if (boxes.length !== 4 * count || (ids !== undefined && ids.length !== count)) {
        throw new TypeError('The input is a view of the arena itself, which grew and detached it: pass a copy');
      }
      arena.f64.set(boxes, at >>> 3);
      const bad = kernel.badBox(at, count);
      if (bad >= 0) throw boxMisuse(`boxes[${4 * bad}]`, ...(boxes.subarray(4 * bad, 4 * bad + 4) as unknown as Four));
      putIds(arena.u32, (at + refs) >>> 2, ids, count);
      const spare = at + BOX_BYTES * count;
      const keys = spare + BOX_BYTES * few;
      const hilbert = packing === 'hilbert' ? 1 : 0;
      const done = kernel.loadEntries(
        tree,
        at,
        spare,
        keys,
        keys + 8 * count,
        at + refs,
        at + refs + 4 * count,
        at + counters,
        count,
        hilbert,
      );
      if (done === 0) throw new ArenaFullError(arena, `${count} more entries`);
    } finally {
      arena.free(at);
    }
    return this;
  }

  /** Removes every entry and gives the memory back. O(nodes). */
  clear(): void {
    this.kernel.clear(this.alive);
  }

  // ── Search ──────────────────────────────────────────────────────────────────────────────────────

  /**
   * Ids of the entries that meet a box, in no defined order. O(log n + results) where boxes do not cover each other.
   *
   * @throws TypeError, RangeError for a box that is none, and options that are none
   */
  search(
    minX: number,
    minY: number,
    maxX: number,
    maxY: number,
    options?: RTreeSearchOptions,
  ): Uint32Array<ArrayBufferLike> {
    const tree = this.alive;
    if (!isBox(minX, minY, maxX, maxY)) throw boxMisuse('The box', minX, minY, maxX, maxY);
    if (options !== undefined) return this.#searchWith(minX, minY, maxX, maxY, options);
    const arena = this.arena;
    const at = arena.scratch(4 * ROOM);
    const count = this.kernel.search(tree, 0, minX, minY, maxX, maxY, at, ROOM, NO_LIMIT, 0);
    const u32 = arena.u32;
    if (u32[(tree + DEPTH) >>> 2] === 0) return u32.slice(at >>> 2, (at >>> 2) + count);
    return this.#searchOn(0, minX, minY, maxX, maxY, at, count, NO_LIMIT);
  }

  /**
   * Writes the ids of the entries that meet a box to `out`, as many as fit; returns how many. Allocates nothing.
   *
   * @throws TypeError, RangeError when `out` is no Uint32Array, or the box is none
   */
  searchInto(minX: number, minY: number, maxX: number, maxY: number, out: Uint32Array): number {
    const tree = this.alive;
    if (!isBox(minX, minY, maxX, maxY)) throw boxMisuse('The box', minX, minY, maxX, maxY);
    checkOut(out, 'out');
    return this.#fill(tree, 0, minX, minY, maxX, maxY, out, out.length);
  }

  /** True when some entry meets the box: the search that ends at the first. */
  collides(minX: number, minY: number, maxX: number, maxY: number): boolean {
    const tree = this.alive;
    if (!isBox(minX, minY, maxX, maxY)) throw boxMisuse('The box', minX, minY, maxX, maxY);
    return this.kernel.collides(tree, minX, minY, maxX, maxY) !== 0;
  }

  /**
   * Ids of the `k` entries nearest to a point, the nearest first, of equal distance the least id first. The distance to a box is 0 inside
   * it and else that to its edge. O(log n + k log k) for boxes that do not cover each other; with a filter it looks again, for four times
   * as many, until `k` pass.
   *
   * @throws TypeError, RangeError when the point is not finite, `k` no count, or an option is none
   * @throws ArenaFullError when there is no room to work in
   */
  nearest(x: number, y: number, k = 1, options: RTreeNearestOptions = {}): Uint32Array<ArrayBuffer> {
    const tree = this.alive;
    const { maxDistance = Number.POSITIVE_INFINITY, filter } = options;
    checkNearest(x, y, k, maxDistance, filter);
    const squared = maxDistance * maxDistance;
    if (filter === undefined) return this.#nearest(tree, x, y, Math.min(k, this.size), squared);
    const size = this.size;
    const out = new Uint32Array(Math.min(k, size));
    let passed = 0;
    let seen = 0;
    for (let asked = Math.min(2 * k, size); passed < out.length && seen < size; asked = Math.min(4 * asked, size)) {
      // The order is fixed: a longer list begins with the shorter one.
      const ids = this.#nearest(this.alive, x, y, asked, squared);
      for (; seen < ids.length && passed < out.length; seen++) {
        const id = ids[seen] as number;
        if (filter(id)) out[passed++] = id;
      }
      if (ids.length < asked) break;
    }
    return out.slice(0, passed);
  }

  #nearest(tree: number, x: number, y: number, k: number, squared: number): Uint32Array<ArrayBuffer> {
    if (k === 0) return new Uint32Array(0);
    const arena = this.arena;
    const at = arena.scratch(16 * k);
    const count = this.kernel.nearest(tree, x, y, k, squared, at);
    if (count < 0) throw new ArenaFullError(arena, 'the queue of a search for the nearest');
    return arena.u32.slice(at >>> 2, (at >>> 2) + count);
  }

  #searchWith(
    minX: number,
    minY: number,
    maxX: number,
    maxY: number,
    options: RTreeSearchOptions,
  ): Uint32Array<ArrayBufferLike> {
    const { relation = 'intersects', limit = NO_LIMIT, into } = options;
    const number = RELATIONS.indexOf(relation);
    if (number < 0) throw new RangeError(`relation must be one of ${RELATIONS.join(', ')}, got ${describe(relation)}`);
    checkCount('limit', limit);
    if (into !== undefined) {
      checkOut(into, 'into');
      return into.subarray(0, this.#fill(this.alive, number, minX, minY, maxX, maxY, into, limit));
    }
    if (limit === 0) return new Uint32Array(0);
    const most = Math.min(limit, NO_LIMIT);
    const at = this.arena.scratch(4 * ROOM);
    const count = this.kernel.search(this.alive, number, minX, minY, maxX, maxY, at, ROOM, most, 0);
    return this.#searchOn(number, minX, minY, maxX, maxY, at, count, most);
  }

  /** The results of a search of which `count` are staged, with those that are still to come. */
  #searchOn(
    relation: number,
    minX: number,
    minY: number,
    maxX: number,
    maxY: number,
    at: number,
    count: number,
    limit: number,
  ): Uint32Array<ArrayBuffer> {
    const { arena, kernel } = this;
    const parts: Uint32Array<ArrayBuffer>[] = [];
    let total = 0;
    for (;;) {
      const wanted = Math.min(count, limit - total);
      parts.push(arena.u32.slice(at >>> 2, (at >>> 2) + wanted));
      total += wanted;
      if (total === limit || this.word(DEPTH) === 0) break;
      count = kernel.search(this.alive, relation, minX, minY, maxX, maxY, at, ROOM, limit - total, 1);
    }
    return joinedWords(parts);
  }

  /** Writes results to `out`, up to `limit`; returns how many. */
  #fill(
    tree: number,
    relation: number,
    minX: number,
    minY: number,
    maxX: number,
    maxY: number,
    out: Uint32Array,
    limit: number,
  ): number {
    const most = Math.min(limit, out.length);
    if (most === 0) return 0;
    const { arena, kernel } = this;
    const at = arena.scratch(4 * ROOM);
    let total = 0;
    for (let more = 0; ; more = 1) {
      const count = kernel.search(tree, relation, minX, minY, maxX, maxY, at, ROOM, most - total, more);
      const wanted = Math.min(count, most - total);
      const u32 = arena.u32;
      if (wanted < 32) for (let i = 0; i < wanted; i++) out[total + i] = u32[(at >>> 2) + i] as number;
      else out.set(u32.subarray(at >>> 2, (at >>> 2) + wanted), total);
      total += wanted;
      if (total === most || u32[(tree + DEPTH) >>> 2] === 0) return total;
    }
  }

  // ── All of it ───────────────────────────────────────────────────────────────────────────────────

  /** Ids of all entries, in no defined order. O(n). */
  all(): Uint32Array<ArrayBuffer> {
    return this.toArrays().ids;
  }

  /** Copies of all entries, in no defined order; `bulkLoad` takes them. O(n). */
  toArrays(): RTreeArrays {
    const tree = this.alive;
    const ids = new Uint32Array(this.size);
    const boxes = new Float64Array(4 * ids.length);
    this.#eachChunk(tree, (from, at, idsAt, count) => {
      boxes.set(this.arena.f64.subarray(at >>> 3, (at >>> 3) + 4 * count), 4 * from);
      ids.set(this.arena.u32.subarray(idsAt >>> 2, (idsAt >>> 2) + count), from);
    });
    return { ids, boxes };
  }

  /** Entries as they stand when the iteration begins: a copy is made then, and what happens to the tree later does not show. */
  *entries(): IterableIterator<RTreeEntry> {
    const { ids, boxes } = this.toArrays();
    for (let i = 0; i < ids.length; i++) yield { id: ids[i] as number, ...boxAt(boxes, 4 * i) };
  }

  [Symbol.iterator](): IterableIterator<RTreeEntry> {
    return this.entries();
  }

  stats(): RTreeStats {
    const bytes = this.kernel.bytesOf(this.alive) >>> 0;
    return { size: this.size, height: this.word(HEIGHT), nodes: this.word(NODES), bytes };
  }

  /** Verifies every invariant; throws when one is broken. O(n). For tests and fuzzers. */
  check(): void {
    const broken = this.kernel.check(this.alive);
    if (broken !== 0) throw new Error(`RTree: invariant ${broken} is broken`);
  }

  /** The tree as bytes: the same everywhere, and the same again after `fromBytes`. O(n). */
  toBytes(): Uint8Array<ArrayBuffer> {
    const { arena, kernel } = this;
    const tree = this.alive;
    const [height, count] = [this.word(HEIGHT), this.size];
    const nodes = Array.from({ length: height }, (_, level) => kernel.levelNodes(tree, level) >>> 0);
    const plan = planOf(nodes, count);
    const bytes = envelope(KIND, VERSION, plan.end);
    const head = new DataView(bytes.buffer, ENVELOPE_BYTES);
    [height, count, this.word(SPARSE), 0, ...nodes].forEach((word, i) => {
      head.setUint32(4 * i, word, true);
    });
    const at = arena.scratch(Math.max(4096, nodes[0] as number));
    let counts = ENVELOPE_BYTES + plan.counts;
    nodes.forEach((some, level) => {
      kernel.levelCounts(tree, level, at);
      bytes.set(arena.u8Until(at + some).subarray(at, at + some), counts);
      counts += some;
    });
    this.#eachChunk(tree, (from, boxes, ids, some) => {
      const u8 = arena.u8Until(ids + 4 * some);
      bytes.set(u8.subarray(boxes, boxes + BOX_BYTES * some), ENVELOPE_BYTES + plan.boxes + BOX_BYTES * from);
      bytes.set(u8.subarray(ids, ids + 4 * some), ENVELOPE_BYTES + plan.ids + 4 * from);
    });
    return seal(arena, bytes);
  }

  /** Carries all entries to the staging block, a chunk at a time. */
  #eachChunk(tree: number, take: (from: number, boxes: number, ids: number, count: number) => void): void {
    const at = this.arena.scratch((BOX_BYTES + 4) * CHUNK);
    const ids = at + BOX_BYTES * CHUNK;
    for (let from = 0, more = 0; ; more = 1) {
      const count = this.kernel.dumpEntries(tree, ids, at, CHUNK, more);
      take(from, at, ids, count);
      from += count;
      if (this.arena.u32[(tree + DEPTH) >>> 2] === 0) return;
    }
  }
}

// ── Bytes ─────────────────────────────────────────────────────────────────────────────────────────

/** Where everything stands in a payload. */
function planOf(nodes: readonly number[], count: number): { counts: number; boxes: number; ids: number; end: number } {
  const counts = HEAD_BYTES + 4 * nodes.length;
  const boxes = Math.ceil((counts + nodes.reduce((sum, some) => sum + some, 0)) / 8) * 8;
  const ids = boxes + BOX_BYTES * count;
  return { counts, boxes, ids, end: ids + 4 * count };
}

/** Makes a tree of a payload that is not trusted; returns its address. */
function load(arena: Arena, payload: Uint8Array): number {
  const words = new DataView(payload.buffer, payload.byteOffset, payload.length);
  if (payload.length < HEAD_BYTES) throw refused(KIND, 'they have no header');
  const height = words.getUint32(0, true);
  const count = words.getUint32(4, true);
  if (height > MAX_HEIGHT || words.getUint32(12, true) !== 0 || payload.length < HEAD_BYTES + 4 * height) {
    throw refused(KIND, 'their header is none');
  }
  const nodes = Array.from({ length: height }, (_, level) => words.getUint32(HEAD_BYTES + 4 * level, true));
  const plan = planOf(nodes, count);
  if (payload.length !== plan.end) throw refused(KIND, 'their header and their length do not go together');
  const padding = payload.subarray(plan.counts + nodes.reduce((sum, some) => sum + some, 0), plan.boxes);
  if (padding.some((byte) => byte !== 0)) throw refused(KIND, 'what fills up is not zero');
  const kernel = arena.kernel(rTreeKernel);
  const tree = kernel.create() >>> 0;
  if (tree === 0) throw new ArenaFullError(arena, 'an RTree');
  let at = 0;
  try {
    const links = Math.ceil(plan.end / 8) * 8;
    at = arena.alloc(links + 4 * (nodes[0] ?? 0));
    arena.u8Until(at + payload.length).set(payload, at);
    const done = kernel.build(
      tree,
      height,
      count,
      words.getUint32(8, true),
      at + HEAD_BYTES,
      at + plan.counts,
      at + plan.ids,
      at + plan.boxes,
      at + links,
    );
    if (done === 0) throw new ArenaFullError(arena, `an RTree of ${count} entries`);
    if (done < 0) throw refused(KIND, 'their nodes make no tree, or a box is none');
  } catch (error) {
    kernel.destroy(tree);
    throw error;
  } finally {
    if (at !== 0) arena.free(at);
  }
  return tree;
}

// ── What callers pass ─────────────────────────────────────────────────────────────────────────────

type Four = [number, number, number, number];

/** False for NaN, for what is no number, and for what is inside out. */
function isBox(minX: number, minY: number, maxX: number, maxY: number): boolean {
  return (
    typeof minX === 'number' &&
    typeof minY === 'number' &&
    typeof maxX === 'number' &&
    typeof maxY === 'number' &&
    minX <= maxX &&
    minY <= maxY
  );
}

/** Tells what is wrong with an id or a box that is. */
function misuse(id: unknown, ...box: readonly unknown[]): Error {
  if (typeof id !== 'number') return new TypeError(`An id must be a number, got ${describe(id)}`);
  if (id >>> 0 !== id) return new RangeError(`An id must be an integer from 0 to 4294967295, got ${id}`);
  return boxMisuse('A box', ...(box as Four));
}

function boxMisuse(what: string, minX: unknown, minY: unknown, maxX: unknown, maxY: unknown): Error {
  const given = [minX, minY, maxX, maxY];
  const wrong = given.findIndex((it) => typeof it !== 'number');
  const names = ['minX', 'minY', 'maxX', 'maxY'];
  if (wrong >= 0) return new TypeError(`${what}: ${names[wrong]} must be a number, got ${describe(given[wrong])}`);
  return new RangeError(
    `${what} must have minX ≤ maxX and minY ≤ maxY and no NaN, got ${minX}, ${minY}, ${maxX}, ${maxY}`,
  );
}

function checkArrays(ids: Uint32Array | undefined, boxes: Float64Array): number {
  if (!(boxes instanceof Float64Array)) throw new TypeError(`boxes must be a Float64Array, got ${describe(boxes)}`);
  if (ids !== undefined && !(ids instanceof Uint32Array)) {
    throw new TypeError(`ids must be a Uint32Array or undefined, got ${describe(ids)}`);
  }
  if (boxes.length % 4 !== 0) throw new RangeError(`boxes must have four numbers a box, got ${boxes.length}`);
  const count = boxes.length / 4;
  if (ids !== undefined && ids.length !== count) throw new RangeError(`${ids.length} ids, but ${count} boxes`);
  return count;
}

function checkOut(out: unknown, what: string): void {
  if (!(out instanceof Uint32Array)) throw new TypeError(`${what} must be a Uint32Array, got ${describe(out)}`);
}

function checkCount(what: string, count: unknown): void {
  if (typeof count !== 'number') throw new TypeError(`${what} must be a number, got ${describe(count)}`);
  if (count !== Number.POSITIVE_INFINITY && (!Number.isInteger(count) || count < 0)) {
    throw new RangeError(`${what} must be an integer from 0, got ${count}`);
  }
}

function checkNearest(x: unknown, y: unknown, k: unknown, maxDistance: unknown, filter: unknown): void {
  for (const [name, value] of [
    ['x', x],
    ['y', y],
  ]) {
    if (typeof value !== 'number') throw new TypeError(`${name} must be a number, got ${describe(value)}`);
    if (!Number.isFinite(value)) throw new RangeError(`${name} must be finite, got ${value}`);
  }
  checkCount('k', k);
  if (typeof maxDistance !== 'number') {
    throw new TypeError(`maxDistance must be a number, got ${describe(maxDistance)}`);
  }
  if (!(maxDistance >= 0)) throw new RangeError(`maxDistance must be at least 0, got ${maxDistance}`);
  if (filter !== undefined && typeof filter !== 'function') {
    throw new TypeError(`filter must be a function, got ${describe(filter)}`);
  }
}

function putIds(u32: Uint32Array, at: number, ids: Uint32Array | undefined, count: number): void {
  if (ids !== undefined) u32.set(ids, at);
  else for (let i = 0; i < count; i++) u32[at + i] = i;
}

function boxAt(from: Float64Array, at: number): RTreeBox {
  const [minX, minY, maxX, maxY] = from.subarray(at, at + 4) as unknown as Four;
  return { minX, minY, maxX, maxY };
}
