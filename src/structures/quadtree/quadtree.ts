/** `Quadtree`: points in a square of the plane, found by place, cheap to move, outside the JavaScript heap. */

import { Arena } from '../../../bindings/arena.js';
import { ENVELOPE_BYTES, envelope, refused, seal, unseal } from '../../../bindings/envelope.js';
import { ArenaFullError } from '../../../bindings/errors.js';
import { Adopted, type HandleOptions, type StructureKind } from '../../../bindings/handle.js';
import {
  BOUNDS,
  BUCKETS,
  CAPACITY,
  CHAIN,
  COUNT,
  DEEPEST,
  DEPTH,
  INNERS,
  MAX_DEPTH,
  type QuadtreeKernel,
  quadtreeKernel,
} from '../../../bindings/kernels/structures/quadtree.js';
import { joinedWords } from '../../../bindings/parts.js';
import { checkInteger, Made, Sketch } from '../../../bindings/sketch.js';
import { describe } from '../../../bindings/staging.js';

/** The part of the plane a tree covers, its edges included. */
export interface QuadtreeBounds {
  readonly minX: number;
  readonly minY: number;
  readonly maxX: number;
  readonly maxY: number;
}

export interface QuadtreeOptions extends HandleOptions {
  /** Where points may lie: finite, and more than a line. Default −180 to 180 by −90 to 90. */
  bounds?: QuadtreeBounds;
  /** Points of a quadrant before it is divided in four, 1 to 64. Default 32. */
  capacity?: number;
  /**
   * Divisions one above the other, 0 to 32: quadrants so deep take any number of points. Default 20, with which they are a
   * millionth of the bounds on each side.
   */
  maxDepth?: number;
}

export interface QuadtreePoint {
  readonly id: number;
  readonly x: number;
  readonly y: number;
}

/** Points as flat arrays, as `insertMany` takes them: x, y of each. */
export interface QuadtreeArrays {
  readonly ids: Uint32Array<ArrayBuffer>;
  readonly points: Float64Array<ArrayBuffer>;
}

export interface QuadtreeSearchOptions {
  /** Results at most; which ones is not defined. Default: all. */
  limit?: number;
  /** Where the ids go: the result is then a view of it. Its length is a limit too. Default: an array of their number. */
  into?: Uint32Array;
}

export interface QuadtreeNearestOptions {
  /** Points farther away do not count. Default Infinity. */
  maxDistance?: number;
  /** Only points for whose id it is true count. It must not change the tree. */
  filter?: (id: number) => boolean;
}

/** What `stats()` tells. */
export interface QuadtreeStats {
  readonly size: number;
  /** Divisions one above the other, 0 where none is. */
  readonly depth: number;
  /** Quadrants that are divided. */
  readonly inners: number;
  /** Blocks of up to `capacity` points. */
  readonly buckets: number;
  readonly capacity: number;
  readonly maxDepth: number;
  /** Bytes the tree costs its arena, allocator headers included. */
  readonly bytes: number;
}

const KIND: StructureKind = { number: 52, name: 'Quadtree' };
const VERSION = 1;
const WORLD: QuadtreeBounds = { minX: -180, minY: -90, maxX: 180, maxY: 90 };
const DEFAULT_CAPACITY = 32;
const MAX_CAPACITY = 64;
const DEFAULT_DEPTH = 20;
const NO_LIMIT = 0xffff_ffff;
/** Ids that come back in one crossing, with the points of one bucket beyond them. */
const ROOM = 16 * 1024 + MAX_CAPACITY;
/** Points that come out in one crossing, and that go in: those fit the smallest staging block. */
const CHUNK = 1024;
const CHUNK_IN = 192;
const POINT_BYTES = 16;
// Payload: bounds, u32 capacity, maxDepth, points, quadrants; then points, ids, quadrants.
const HEAD_BYTES = 48;

/** How a search asks the kernel. */
type Ask = (out: number, limit: number, more: number) => number;

/**
 * A point-region quadtree with buckets (R. Finkel, J. Bentley, 1974; H. Samet, 1984). Ids are any u32 and the caller's; the same one, and
 * the same place, may come more than once.
 */
export class Quadtree extends Sketch<QuadtreeKernel> implements Iterable<QuadtreePoint> {
  readonly #bounds: QuadtreeBounds;

  /**
   * @throws TypeError, RangeError for bounds, a capacity or a depth that there is not
   * @throws ArenaFullError
   * @throws NameError when the name is taken
   */
  constructor(options: QuadtreeOptions | Adopted | Made = {}) {
    super(KIND, quadtreeKernel, options, (_, kernel) => {
      const { bounds = WORLD, capacity = DEFAULT_CAPACITY, maxDepth = DEFAULT_DEPTH } = options as QuadtreeOptions;
      checkBounds(bounds);
      checkInteger(capacity, 'capacity', 1, MAX_CAPACITY);
      checkInteger(maxDepth, 'maxDepth', 0, DEEPEST);
      return kernel.create(capacity, maxDepth, bounds.minX, bounds.minY, bounds.maxX, bounds.maxY);
    });
    this.#bounds = {
      minX: this.float(BOUNDS),
      minY: this.float(BOUNDS + 8),
      maxX: this.float(BOUNDS + 16),
      maxY: this.float(BOUNDS + 24),
    };
  }

  /** The tree of this name, also after a snapshot. @throws NameError when there is none, or it is something else */
  static open(arena: Arena, name: string): Quadtree {
    const { root, handle } = arena.findName(name, KIND.number, KIND.name);
    return handle instanceof Quadtree ? handle : new Quadtree(new Adopted(arena, root));
  }

  /**
   * The tree that `toBytes()` wrote. O(bytes).
   *
   * @throws SnapshotError when the bytes are truncated, altered, of another format, or say what no tree is
   * @throws ArenaFullError
   */
  static fromBytes(bytes: Uint8Array, options: HandleOptions = {}): Quadtree {
    const arena = options.arena ?? Arena.default;
    if (options.name !== undefined) arena.assertNameFree(options.name);
    return new Quadtree(new Made(arena, load(arena, unseal(arena, KIND, VERSION, bytes)), options.name));
  }

  /** Points. O(1). */
  get size(): number {
    return this.word(COUNT);
  }

  /** Where points may lie. */
  get bounds(): QuadtreeBounds {
    return this.#bounds;
  }

  // ── Points ──────────────────────────────────────────────────────────────────────────────────────

  /**
   * Adds a point; the same id, and the same place, as often as wanted. O(depth).
   *
   * @throws TypeError, RangeError when the id is no u32, a coordinate no number, or the point outside the bounds
   * @throws ArenaFullError the tree is as it was
   */
  insert(id: number, x: number, y: number): void {
    const tree = this.alive;
    if (id >>> 0 !== id || !this.#covers(x, y)) throw misuse(id, x, y, this.#bounds);
    if (this.kernel.insert(tree, id, x, y) === 0) throw new ArenaFullError(this.arena, 'a new point');
  }

  /**
   * Adds many points, all or none.
   *
   * @param ids one for each point; undefined for 0, 1, 2 …
   * @param points x, y of each
   * @throws TypeError, RangeError when an array is of another type or length, or a point lies outside the bounds
   * @throws ArenaFullError the tree holds what it held
   */
  insertMany(ids: Uint32Array | undefined, points: Float64Array): this {
    const tree = this.alive;
    const count = checkArrays(ids, points);
    for (let i = 0; i < count; i++) {
      const [x, y] = [points[2 * i] as number, points[2 * i + 1] as number];
      if (!this.#covers(x, y)) throw outside(`points[${2 * i}]`, x, y, this.#bounds);
    }
    const { arena, kernel } = this;
    const at = arena.scratch((POINT_BYTES + 4) * CHUNK_IN);
    if (points.length !== 2 * count || (ids !== undefined && ids.length !== count)) {
      throw new TypeError('The input is a view of the arena itself, which grew and detached it: pass a copy');
    }
    const idsAt = at + POINT_BYTES * CHUNK_IN;
    for (let from = 0; from < count; from += CHUNK_IN) {
      const some = Math.min(CHUNK_IN, count - from);
      arena.f64.set(points.subarray(2 * from, 2 * (from + some)), at >>> 3);
      const u32 = arena.u32;
      if (ids !== undefined) u32.set(ids.subarray(from, from + some), idsAt >>> 2);
      else for (let i = 0; i < some; i++) u32[(idsAt >>> 2) + i] = from + i;
      const done = kernel.insertMany(tree, idsAt, at, some) >>> 0;
      if (done < some) {
        for (let i = 0; i < from + done; i++) {
          kernel.remove(tree, ids?.[i] ?? i, points[2 * i] as number, points[2 * i + 1] as number);
        }
        throw new ArenaFullError(arena, `${count} more points`);
      }
    }
    return this;
  }

  /**
   * Removes one point with this id at exactly this place; false when there is none. Quadrants with few points left become one
   * again. O(depth), and O(points) of a quadrant of the greatest depth.
   *
   * @throws as `insert`, but never ArenaFullError
   */
  remove(id: number, x: number, y: number): boolean {
    const tree = this.alive;
    if (id >>> 0 !== id || !this.#covers(x, y)) throw misuse(id, x, y, this.#bounds);
    return this.kernel.remove(tree, id, x, y) !== 0;
  }

  /** True when there is a point with this id at exactly this place. Costs and throws as `remove`. */
  has(id: number, x: number, y: number): boolean {
    const tree = this.alive;
    if (id >>> 0 !== id || !this.#covers(x, y)) throw misuse(id, x, y, this.#bounds);
    return this.kernel.has(tree, id, x, y) !== 0;
  }

  /**
   * Moves one point from exactly this place to another; false when there is none. Within its quadrant it costs no more than finding it.
   *
   * @throws as `insert`; the point is then where it was
   */
  move(id: number, x: number, y: number, toX: number, toY: number): boolean {
    const tree = this.alive;
    if (id >>> 0 !== id || !this.#covers(x, y)) throw misuse(id, x, y, this.#bounds);
    if (!this.#covers(toX, toY)) throw misuse(id, toX, toY, this.#bounds);
    const done = this.kernel.move(tree, id, x, y, toX, toY);
    if (done < 0) throw new ArenaFullError(this.arena, 'a point in another place');
    return done !== 0;
  }

  /** Removes every point and gives the memory back. O(quadrants). */
  clear(): void {
    this.kernel.clear(this.alive);
  }

  #covers(x: number, y: number): boolean {
    const { minX, minY, maxX, maxY } = this.#bounds;
    return typeof x === 'number' && typeof y === 'number' && x >= minX && x <= maxX && y >= minY && y <= maxY;
  }

  // ── Search ──────────────────────────────────────────────────────────────────────────────────────

  /**
   * Ids of the points in a box, its edges included, in no defined order. The box may reach beyond the bounds.
   *
   * @throws TypeError, RangeError for a box that is none, and options that are none
   */
  search(
    minX: number,
    minY: number,
    maxX: number,
    maxY: number,
    options?: QuadtreeSearchOptions,
  ): Uint32Array<ArrayBufferLike> {
    const tree = this.alive;
    checkBox(minX, minY, maxX, maxY);
    const { kernel } = this;
    return this.#collect(options, (out, limit, more) =>
      kernel.searchBox(tree, minX, minY, maxX, maxY, out, ROOM, limit, more),
    );
  }

  /** Writes the ids of the points in a box to `out`, as many as fit; returns how many. Throws as `search`. */
  searchInto(minX: number, minY: number, maxX: number, maxY: number, out: Uint32Array): number {
    const tree = this.alive;
    checkBox(minX, minY, maxX, maxY);
    checkOut(out, 'out');
    const { kernel } = this;
    return this.#fill(out, out.length, (at, limit, more) =>
      kernel.searchBox(tree, minX, minY, maxX, maxY, at, ROOM, limit, more),
    );
  }

  /**
   * Ids of the points no farther from a place than `radius`, in no defined order. The place may lie outside the bounds.
   *
   * @throws TypeError, RangeError for a place or a radius that is none, and options that are none
   */
  searchCircle(x: number, y: number, radius: number, options?: QuadtreeSearchOptions): Uint32Array<ArrayBufferLike> {
    const tree = this.alive;
    checkPlace(x, y);
    checkDistance('radius', radius);
    const { kernel } = this;
    const squared = radius * radius;
    return this.#collect(options, (out, limit, more) =>
      kernel.searchCircle(tree, x, y, squared, out, ROOM, limit, more),
    );
  }

  /**
   * Ids of the `k` points nearest to a place, the nearest first, of equal distance the least id first; with a filter it looks again, for
   * four times as many, until `k` pass.
   *
   * @throws TypeError, RangeError when the place is not finite, `k` no count, or an option is none
   * @throws ArenaFullError when there is no room to work in
   */
  nearest(x: number, y: number, k = 1, options: QuadtreeNearestOptions = {}): Uint32Array<ArrayBuffer> {
    const { maxDistance = Number.POSITIVE_INFINITY, filter } = options;
    const size = this.size;
    checkPlace(x, y);
    checkCount('k', k);
    checkDistance('maxDistance', maxDistance);
    if (filter === undefined) return this.#nearest(x, y, Math.min(k, size), maxDistance);
    if (typeof filter !== 'function') throw new TypeError(`filter must be a function, got ${describe(filter)}`);
    const out = new Uint32Array(Math.min(k, size));
    let passed = 0;
    let seen = 0;
    for (let asked = Math.min(2 * k, size); passed < out.length && seen < size; asked = Math.min(4 * asked, size)) {
      // The order is fixed: a longer list begins with the shorter one.
      const ids = this.#nearest(x, y, asked, maxDistance);
      for (; seen < ids.length && passed < out.length; seen++) {
        const id = ids[seen] as number;
        if (filter(id)) out[passed++] = id;
      }
      if (ids.length < asked) break;
    }
    return out.slice(0, passed);
  }

  #nearest(x: number, y: number, k: number, maxDistance: number): Uint32Array<ArrayBuffer> {
    if (k === 0) return new Uint32Array(0);
    const arena = this.arena;
    const at = arena.scratch(16 * k);
    const count = this.kernel.nearest(this.alive, x, y, k, maxDistance * maxDistance, at);
    if (count < 0) throw new ArenaFullError(arena, 'the queue of a search for the nearest');
    return arena.u32.slice(at >>> 2, (at >>> 2) + count);
  }

  /** True while a traversal is not at its end. */
  get #more(): boolean {
    const at = this.alive >>> 2;
    const u32 = this.arena.u32;
    return u32[at + (DEPTH >>> 2)] !== 0 || u32[at + (CHAIN >>> 2)] !== 0;
  }

  #collect(options: QuadtreeSearchOptions | undefined, ask: Ask): Uint32Array<ArrayBufferLike> {
    const { limit = NO_LIMIT, into } = options ?? {};
    checkCount('limit', limit);
    if (into !== undefined) {
      checkOut(into, 'into');
      return into.subarray(0, this.#fill(into, limit, ask));
    }
    const most = Math.min(limit, NO_LIMIT);
    const parts: Uint32Array<ArrayBuffer>[] = [];
    let total = 0;
    if (most === 0) return new Uint32Array(0);
    const at = this.arena.scratch(4 * ROOM);
    for (let more = 0; ; more = 1) {
      const wanted = Math.min(ask(at, most - total, more), most - total);
      parts.push(this.arena.u32.slice(at >>> 2, (at >>> 2) + wanted));
      total += wanted;
      if (total === most || !this.#more) return joinedWords(parts);
    }
  }

  /** Writes results to `out`, up to `limit`; returns how many. */
  #fill(out: Uint32Array, limit: number, ask: Ask): number {
    const most = Math.min(limit, out.length);
    if (most === 0) return 0;
    const at = this.arena.scratch(4 * ROOM);
    let total = 0;
    for (let more = 0; ; more = 1) {
      const wanted = Math.min(ask(at, most - total, more), most - total);
      const u32 = this.arena.u32;
      if (wanted < 32) for (let i = 0; i < wanted; i++) out[total + i] = u32[(at >>> 2) + i] as number;
      else out.set(u32.subarray(at >>> 2, (at >>> 2) + wanted), total);
      total += wanted;
      if (total === most || !this.#more) return total;
    }
  }

  // ── All of it ───────────────────────────────────────────────────────────────────────────────────

  /** Ids of all points, quadrant by quadrant. O(n). */
  all(): Uint32Array<ArrayBuffer> {
    return this.toArrays().ids;
  }

  /** Copies of all points, quadrant by quadrant; `insertMany` takes them. O(n). */
  toArrays(): QuadtreeArrays {
    const ids = new Uint32Array(this.size);
    const points = new Float64Array(2 * ids.length);
    this.#eachChunk((from, at, idsAt, count) => {
      points.set(this.arena.f64.subarray(at >>> 3, (at >>> 3) + 2 * count), 2 * from);
      ids.set(this.arena.u32.subarray(idsAt >>> 2, (idsAt >>> 2) + count), from);
    });
    return { ids, points };
  }

  /** Points as they stand when the iteration begins: a copy is made then, and what happens to the tree later does not show. */
  *entries(): IterableIterator<QuadtreePoint> {
    const { ids, points } = this.toArrays();
    for (let i = 0; i < ids.length; i++) {
      yield { id: ids[i] as number, x: points[2 * i] as number, y: points[2 * i + 1] as number };
    }
  }

  [Symbol.iterator](): IterableIterator<QuadtreePoint> {
    return this.entries();
  }

  stats(): QuadtreeStats {
    const tree = this.alive;
    return {
      size: this.size,
      depth: this.kernel.depthOf(tree),
      inners: this.word(INNERS),
      buckets: this.word(BUCKETS),
      capacity: this.word(CAPACITY),
      maxDepth: this.word(MAX_DEPTH),
      bytes: this.kernel.bytesOf(tree) >>> 0,
    };
  }

  /** Verifies every invariant; throws when one is broken. O(n · depth). For tests and fuzzers. */
  check(): void {
    const broken = this.kernel.check(this.alive);
    if (broken !== 0) throw new Error(`Quadtree: invariant ${broken} is broken`);
  }

  /** The tree as bytes: the same everywhere, and the same again after `fromBytes`. O(n). */
  toBytes(): Uint8Array<ArrayBuffer> {
    const { arena, kernel } = this;
    const tree = this.alive;
    const count = this.size;
    const quadrants = 1 + 4 * this.word(INNERS);
    const points = ENVELOPE_BYTES + HEAD_BYTES;
    const ids = points + POINT_BYTES * count;
    const bytes = envelope(KIND, VERSION, HEAD_BYTES + (POINT_BYTES + 4) * count + 4 * quadrants);
    const head = new DataView(bytes.buffer, ENVELOPE_BYTES);
    const { minX, minY, maxX, maxY } = this.#bounds;
    [minX, minY, maxX, maxY].forEach((edge, i) => {
      head.setFloat64(8 * i, edge, true);
    });
    [this.word(CAPACITY), this.word(MAX_DEPTH), count, quadrants].forEach((word, i) => {
      head.setUint32(32 + 4 * i, word, true);
    });
    this.#eachChunk((from, at, idsAt, some) => {
      const u8 = arena.u8Until(idsAt + 4 * some);
      bytes.set(u8.subarray(at, at + POINT_BYTES * some), points + POINT_BYTES * from);
      bytes.set(u8.subarray(idsAt, idsAt + 4 * some), ids + 4 * from);
    });
    const at = arena.scratch(4 * quadrants);
    kernel.dumpQuadrants(tree, at);
    bytes.set(arena.u8Until(at + 4 * quadrants).subarray(at, at + 4 * quadrants), ids + 4 * count);
    return seal(arena, bytes);
  }

  /** Carries all points to the staging block, a chunk at a time. */
  #eachChunk(take: (from: number, points: number, ids: number, count: number) => void): void {
    const tree = this.alive;
    const at = this.arena.scratch((POINT_BYTES + 4) * CHUNK);
    const ids = at + POINT_BYTES * CHUNK;
    for (let from = 0, more = 0; ; more = 1) {
      const count = this.kernel.dumpPoints(tree, ids, at, CHUNK, more);
      take(from, at, ids, count);
      from += count;
      if (!this.#more) return;
    }
  }
}

// ── Bytes ─────────────────────────────────────────────────────────────────────────────────────────

/** Makes a tree of a payload that is not trusted; returns its address. */
function load(arena: Arena, payload: Uint8Array): number {
  if (payload.length < HEAD_BYTES) throw refused(KIND, 'they have no header');
  const head = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const [minX, minY, maxX, maxY] = [0, 8, 16, 24].map((at) => head.getFloat64(at, true)) as Four;
  const [capacity, maxDepth, count, quadrants] = [32, 36, 40, 44].map((at) => head.getUint32(at, true)) as Four;
  if (!isBounds({ minX, minY, maxX, maxY }) || capacity < 1 || capacity > MAX_CAPACITY || maxDepth > DEEPEST) {
    throw refused(KIND, 'no tree has such bounds, capacity or depth');
  }
  const ids = POINT_BYTES * count;
  if (payload.length !== HEAD_BYTES + ids + 4 * count + 4 * quadrants) {
    throw refused(KIND, 'their header and their length do not go together');
  }
  const kernel = arena.kernel(quadtreeKernel);
  const tree = kernel.create(capacity, maxDepth, minX, minY, maxX, maxY) >>> 0;
  if (tree === 0) throw new ArenaFullError(arena, 'a Quadtree');
  let at = 0;
  try {
    const body = payload.subarray(HEAD_BYTES);
    at = arena.alloc(body.length);
    arena.u8Until(at + body.length).set(body, at);
    const done = kernel.build(tree, at + ids + 4 * count, quadrants, at + ids, at, count);
    if (done === 0) throw new ArenaFullError(arena, `a Quadtree of ${count} points`);
    if (done < 0) throw refused(KIND, 'their quadrants make no tree');
    const broken = kernel.check(tree);
    if (broken !== 0) throw refused(KIND, `invariant ${broken} is broken`);
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

/** Tells what is wrong with an id or a point that is. */
function misuse(id: unknown, x: unknown, y: unknown, bounds: QuadtreeBounds): Error {
  if (typeof id !== 'number') return new TypeError(`An id must be a number, got ${describe(id)}`);
  if (id >>> 0 !== id) return new RangeError(`An id must be an integer from 0 to 4294967295, got ${id}`);
  return outside('A point', x, y, bounds);
}

function outside(what: string, x: unknown, y: unknown, bounds: QuadtreeBounds): Error {
  const { minX, minY, maxX, maxY } = bounds;
  if (typeof x !== 'number') return new TypeError(`${what}: x must be a number, got ${describe(x)}`);
  if (typeof y !== 'number') return new TypeError(`${what}: y must be a number, got ${describe(y)}`);
  return new RangeError(
    `${what} must lie within the bounds, x from ${minX} to ${maxX} and y from ${minY} to ${maxY}, got ${x}, ${y}`,
  );
}

/** Finite, and wider and higher than nothing; the middle of what is as wide as numbers go is still a number. */
function isBounds({ minX, minY, maxX, maxY }: QuadtreeBounds): boolean {
  return [minX, minY, maxX, maxY].every(Number.isFinite) && minX < maxX && minY < maxY;
}

function checkBounds(bounds: unknown): asserts bounds is QuadtreeBounds {
  if (typeof bounds !== 'object' || bounds === null) {
    throw new TypeError(`bounds must be an object of minX, minY, maxX, maxY, got ${describe(bounds)}`);
  }
  const { minX, minY, maxX, maxY } = bounds as QuadtreeBounds;
  for (const edge of [minX, minY, maxX, maxY] as unknown[]) {
    if (typeof edge !== 'number') throw new TypeError(`An edge of bounds must be a number, got ${describe(edge)}`);
  }
  if (!isBounds({ minX, minY, maxX, maxY })) {
    throw new RangeError(
      `bounds must be finite, with minX < maxX and minY < maxY, got ${minX}, ${minY}, ${maxX}, ${maxY}`,
    );
  }
}

function checkBox(minX: unknown, minY: unknown, maxX: unknown, maxY: unknown): void {
  for (const edge of [minX, minY, maxX, maxY]) {
    if (typeof edge !== 'number') throw new TypeError(`An edge of a box must be a number, got ${describe(edge)}`);
  }
  if (!((minX as number) <= (maxX as number) && (minY as number) <= (maxY as number))) {
    throw new RangeError(
      `A box must have minX ≤ maxX and minY ≤ maxY and no NaN, got ${minX}, ${minY}, ${maxX}, ${maxY}`,
    );
  }
}

function checkPlace(x: unknown, y: unknown): void {
  if (typeof x !== 'number' || typeof y !== 'number') {
    throw new TypeError(`x and y must be numbers, got ${describe(x)}, ${describe(y)}`);
  }
  if (!Number.isFinite(x) || !Number.isFinite(y)) throw new RangeError(`x and y must be finite, got ${x}, ${y}`);
}

function checkDistance(what: string, distance: unknown): void {
  if (typeof distance !== 'number') throw new TypeError(`${what} must be a number, got ${describe(distance)}`);
  if (!(distance >= 0)) throw new RangeError(`${what} must be at least 0, got ${distance}`);
}

function checkArrays(ids: Uint32Array | undefined, points: Float64Array): number {
  if (!(points instanceof Float64Array)) throw new TypeError(`points must be a Float64Array, got ${describe(points)}`);
  if (ids !== undefined && !(ids instanceof Uint32Array)) {
    throw new TypeError(`ids must be a Uint32Array or undefined, got ${describe(ids)}`);
  }
  if (points.length % 2 !== 0) throw new RangeError(`points must have two numbers a point, got ${points.length}`);
  const count = points.length / 2;
  if (ids !== undefined && ids.length !== count) throw new RangeError(`${ids.length} ids, but ${count} points`);
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
