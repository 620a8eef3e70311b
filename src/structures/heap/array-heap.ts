/** What the heaps that are an array in the arena share: everything but the order of their operations. */

import { Arena } from '../../../bindings/arena.js';
import { ENVELOPE_BYTES, envelope, refused, seal, unseal } from '../../../bindings/envelope.js';
import { ArenaFullError } from '../../../bindings/errors.js';
import { Adopted, Handle, type HandleOptions, type StructureKind } from '../../../bindings/handle.js';
import {
  ARITY_MASK,
  BASE,
  CAPACITY,
  COUNT,
  FLIP,
  type HeapKernel,
  heapKernel,
  INDEXED,
  MIN_MAX,
  NEXT,
  SLOT_BYTES,
  SLOT_ID,
  STABLE,
  VARIANT,
} from '../../../bindings/kernels/structures/heap.js';
import { describe } from '../../../bindings/staging.js';

/** What `stats()` tells. */
export interface HeapStats {
  /** Entries. */
  readonly size: number;
  /** Entries there is room for without growing. */
  readonly capacity: number;
  /** Bytes the heap costs its arena, allocator headers included. */
  readonly bytes: number;
}

/** Entries as two arrays of one length. */
export interface HeapEntries {
  readonly ids: Uint32Array<ArrayBuffer>;
  readonly priorities: Float64Array<ArrayBuffer>;
}

/** A heap that exists already, without a handle. */
export class Made {
  constructor(
    readonly arena: Arena,
    readonly root: number,
    readonly name: string | undefined,
  ) {}
}

/** Entries passed in one crossing; they stay in the first-level cache. */
const CHUNK = 1024;
const VERSION = 1;
const HEAD_BYTES = 16;
/** More entries than this never fit an arena. */
const MAX_COUNT = 0x0fe0_0000;

export abstract class ArrayHeap extends Handle implements Iterable<[id: number, priority: number]> {
  protected readonly kernel: HeapKernel;
  readonly #kind: StructureKind;

  protected constructor(
    kind: StructureKind,
    options: HandleOptions | Adopted | Made,
    make: (arena: Arena, kernel: HeapKernel) => number,
  ) {
    const arena = options.arena ?? Arena.default;
    const kernel = arena.kernel(heapKernel);
    const adopted = options instanceof Adopted;
    const ready = adopted || options instanceof Made;
    const name = adopted ? undefined : options.name;
    const root = ready ? options.root : Handle.allocate(arena, name, () => make(arena, kernel));
    super(arena, root, kernel.destroy, !adopted && name === undefined);
    this.kernel = kernel;
    this.#kind = kind;
    if (adopted) arena.opened(root, this);
    else this.enterName(name, kind);
  }

  /** Entries. O(1). */
  get size(): number {
    return this.arena.u32[(this.alive >>> 2) + COUNT] as number;
  }

  /** Removes every entry; keeps the memory. O(n). */
  clear(): void {
    this.kernel.clear(this.alive);
  }

  /**
   * Makes room for `count` entries in all.
   *
   * @throws ArenaFullError the heap is as it was
   */
  reserve(count: number): void {
    const heap = this.alive;
    checkCount('count', count);
    if (this.kernel.reserve(heap, count) === 0) throw new ArenaFullError(this.arena, `room for ${count} entries`);
  }

  /** Gives back the memory that the entries do not need. In an arena too full to move them it does nothing. O(n). */
  shrink(): void {
    this.kernel.shrink(this.alive);
  }

  stats(): HeapStats {
    const heap = this.alive;
    return { size: this.size, capacity: this.word(CAPACITY), bytes: this.kernel.bytesOf(heap) >>> 0 };
  }

  /** Verifies every invariant; throws when one is broken. O(n), O(n log n) when stable. For tests and fuzzers. */
  check(): void {
    const broken = checkOf(this.kernel, this.alive, this.word(VARIANT));
    if (broken < 0) throw new ArenaFullError(this.arena, 'working space of check()');
    if (broken !== 0) throw new Error(`${this.#kind.name}: invariant ${broken} is broken`);
  }

  /**
   * Entries in no particular order, as they stand when the iteration begins: a copy is made then, and what happens to the
   * heap later does not show.
   */
  *entries(): IterableIterator<[id: number, priority: number]> {
    const { ids, priorities } = this.toArrays();
    for (let i = 0; i < ids.length; i++) yield [ids[i] as number, priorities[i] as number];
  }

  [Symbol.iterator](): IterableIterator<[id: number, priority: number]> {
    return this.entries();
  }

  /** Copies of the entries, in no particular order. O(n). */
  toArrays(): HeapEntries {
    const heap = this.alive;
    const out = room(this.size);
    const at = this.arena.scratch(CHUNK * SLOT_BYTES);
    for (let from = 0; from < out.ids.length; from += CHUNK) {
      const count = Math.min(CHUNK, out.ids.length - from);
      this.kernel.dump(heap, from, count, at);
      const [words, doubles] = [this.arena.u32, this.arena.f64];
      for (let i = 0; i < count; i++) {
        out.priorities[from + i] = doubles[(at >>> 3) + 2 * i] as number;
        out.ids[from + i] = words[(at >>> 2) + 4 * i + 2] as number;
      }
    }
    return out;
  }

  /** The heap as bytes: the same everywhere, and the same again after `fromBytes`. O(n). */
  toBytes(): Uint8Array<ArrayBuffer> {
    const heap = this.alive;
    const count = this.size;
    const bytes = envelope(this.#kind, VERSION, HEAD_BYTES + count * SLOT_BYTES);
    const head = new DataView(bytes.buffer, ENVELOPE_BYTES);
    head.setUint32(0, this.word(VARIANT), true);
    head.setUint32(4, this.word(FLIP) & 1, true);
    head.setUint32(8, count, true);
    head.setUint32(12, this.word(NEXT), true);
    const at = this.arena.scratch(CHUNK * SLOT_BYTES);
    for (let from = 0; from < count; from += CHUNK) {
      const some = Math.min(CHUNK, count - from);
      this.kernel.dump(heap, from, some, at);
      const end = at + some * SLOT_BYTES;
      bytes.set(this.arena.u8Until(end).subarray(at, end), ENVELOPE_BYTES + HEAD_BYTES + from * SLOT_BYTES);
    }
    return seal(this.arena, bytes);
  }

  /** Word `index` of the header. */
  protected word(index: number): number {
    return this.arena.u32[(this.alive >>> 2) + index] as number;
  }

  /** Id in the first slot of a heap that is not empty. */
  protected firstId(heap: number): number {
    const u32 = this.arena.u32;
    return u32[((u32[(heap >>> 2) + BASE] as number) >>> 2) + SLOT_ID] as number;
  }

  /** Room for so many more, with as much again to come; so that a batch goes in whole or not at all. */
  protected makeRoom(more: number): void {
    const heap = this.alive;
    const needed = this.size + more;
    const capacity = this.word(CAPACITY);
    if (needed > capacity) {
      const ample = needed <= MAX_COUNT && this.kernel.reserve(heap, Math.max(needed, 2 * capacity)) !== 0;
      if (!ample && (needed > MAX_COUNT || this.kernel.reserve(heap, needed) === 0)) {
        throw new ArenaFullError(this.arena, `${more} more entries`, more * SLOT_BYTES);
      }
    }
    if (this.kernel.reserveSequences(heap, more) === 0) throw new ArenaFullError(this.arena, 'sequence numbers');
  }

  /** Carries `length` entries to the staging block, a chunk at a time. */
  protected eachChunk(
    length: number,
    ids: Uint32Array,
    priorities: Float64Array,
    cross: (ids: number, priorities: number, count: number, from: number) => void,
  ): void {
    if (length === 0) return;
    const at = this.arena.scratch(CHUNK * 12);
    if (ids.length !== length || priorities.length !== length) {
      throw new TypeError('The input is a view of the arena itself, which grew and detached it: pass a copy');
    }
    for (let from = 0; from < length; from += CHUNK) {
      const end = Math.min(from + CHUNK, length);
      this.arena.f64.set(priorities.subarray(from, end), at >>> 3);
      this.arena.u32.set(ids.subarray(from, end), (at + CHUNK * 8) >>> 2);
      cross(at + CHUNK * 8, at, end - from, from);
    }
  }

  /** Takes `count` entries out with `pop`, a chunk at a time. */
  protected popInto(
    count: number,
    pop: (count: number, ids: number, priorities: number) => number,
    size = this.size,
  ): HeapEntries {
    const out = room(Math.min(count, size));
    if (out.ids.length === 0) return out;
    const at = this.arena.scratch(CHUNK * 12);
    for (let from = 0; from < out.ids.length; from += CHUNK) {
      const some = Math.min(CHUNK, out.ids.length - from);
      pop(some, at + CHUNK * 8, at);
      out.priorities.set(this.arena.f64.subarray(at >>> 3, (at >>> 3) + some), from);
      const words = (at + CHUNK * 8) >>> 2;
      out.ids.set(this.arena.u32.subarray(words, words + some), from);
    }
    return out;
  }
}

function room(count: number): HeapEntries {
  return { ids: new Uint32Array(count), priorities: new Float64Array(count) };
}

function checkOf(kernel: HeapKernel, heap: number, variant: number): number {
  return variant === MIN_MAX ? kernel.minMaxCheck(heap) : kernel.check(heap);
}

/** Makes a heap of bytes that are not trusted; returns its address. */
export function load(
  arena: Arena,
  kind: StructureKind,
  bytes: Uint8Array,
  isVariant: (variant: number) => boolean,
  maxId?: number,
): number {
  const payload = unseal(arena, kind, VERSION, bytes);
  if (payload.length < HEAD_BYTES) throw refused(kind, 'they have no header');
  const head = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const [variant, greatest, count, next] = [0, 4, 8, 12].map((at) => head.getUint32(at, true)) as [
    number,
    number,
    number,
    number,
  ];
  if (!isVariant(variant) || greatest > 1 || payload.length !== HEAD_BYTES + count * SLOT_BYTES) {
    throw refused(kind, 'their header and their length do not go together');
  }
  if ((variant & STABLE) === 0 && next !== 0) throw refused(kind, 'they count entries of a heap that does not');
  const kernel = arena.kernel(heapKernel);
  const heap = kernel.create(variant, greatest) >>> 0;
  if (heap === 0) throw new ArenaFullError(arena, `a ${kind.name}`);
  try {
    if (count > 0 && kernel.reserve(heap, count) === 0) throw new ArenaFullError(arena, `${count} entries`);
    kernel.setNext(heap, next);
    fillFrom(arena, kernel, heap, payload.subarray(HEAD_BYTES), kind);
    if (maxId !== undefined) enterPositions(arena, kernel, heap, payload.subarray(HEAD_BYTES), kind, maxId);
    const broken = checkOf(kernel, heap, variant);
    if (broken < 0) throw new ArenaFullError(arena, 'working space to check what was read');
    if (broken !== 0) throw refused(kind, `invariant ${broken} is broken`);
  } catch (error) {
    kernel.destroy(heap);
    throw error;
  }
  return heap;
}

function fillFrom(arena: Arena, kernel: HeapKernel, heap: number, entries: Uint8Array, kind: StructureKind): void {
  const at = arena.scratch(CHUNK * SLOT_BYTES);
  for (let from = 0; from < entries.length; from += CHUNK * SLOT_BYTES) {
    const piece = entries.subarray(from, from + CHUNK * SLOT_BYTES);
    arena.u8Until(at + piece.length).set(piece, at);
    if (kernel.fill(heap, at, piece.length / SLOT_BYTES) === 0) throw refused(kind, 'an entry is none');
  }
}

function enterPositions(
  arena: Arena,
  kernel: HeapKernel,
  heap: number,
  entries: Uint8Array,
  kind: StructureKind,
  maxId: number,
): void {
  const view = new DataView(entries.buffer, entries.byteOffset, entries.length);
  let greatest = -1;
  for (let at = 0; at < entries.length; at += SLOT_BYTES) greatest = Math.max(greatest, view.getUint32(at + 8, true));
  if (greatest > maxId) throw refused(kind, `the id ${greatest} is above maxId, ${maxId}`);
  kernel.setMaxId(heap, maxId);
  if (greatest >= 0 && kernel.reservePositions(heap, greatest) === 0) {
    throw new ArenaFullError(arena, `positions up to the id ${greatest}`);
  }
  if (kernel.fillPositions(heap) === 0) throw refused(kind, 'an id comes twice');
}

// ── What callers pass ─────────────────────────────────────────────────────────────────────────────

/** Tells what is wrong with an id or a priority that is. */
export function misuse(id: unknown, priority: unknown): Error {
  if (typeof id !== 'number') return new TypeError(`An id must be a number, got ${describe(id)}`);
  if (id >>> 0 !== id) return new RangeError(`An id must be an integer from 0 to 4294967295, got ${id}`);
  if (typeof priority !== 'number') return new TypeError(`A priority must be a number, got ${describe(priority)}`);
  return new RangeError('A priority must not be NaN');
}

export function checkBatch(ids: Uint32Array, priorities: Float64Array): void {
  if (!(ids instanceof Uint32Array)) throw new TypeError(`ids must be a Uint32Array, got ${describe(ids)}`);
  if (!(priorities instanceof Float64Array)) {
    throw new TypeError(`priorities must be a Float64Array, got ${describe(priorities)}`);
  }
  if (ids.length !== priorities.length) {
    throw new RangeError(`${ids.length} ids, but ${priorities.length} priorities`);
  }
  for (let i = 0; i < priorities.length; i++) {
    if (Number.isNaN(priorities[i])) throw new RangeError(`A priority must not be NaN: priorities[${i}] is`);
  }
}

export function checkCount(what: string, count: number): void {
  if (!Number.isInteger(count) || count < 0 || count > MAX_COUNT) {
    throw new RangeError(`${what} must be an integer from 0 to ${MAX_COUNT}, got ${count}`);
  }
}

/** Number of a variant for these options. */
export function variantOf(arity: number, stable: boolean | undefined): number {
  if (arity !== 2 && arity !== 4 && arity !== 8) throw new RangeError(`arity must be 2, 4 or 8, got ${arity}`);
  return Math.log2(arity) + (stable === true ? STABLE : 0);
}

/** Makes an empty heap with room for `capacity`. */
export function makeHeap(
  arena: Arena,
  kernel: HeapKernel,
  kind: StructureKind,
  variant: number,
  max: boolean | undefined,
  capacity: number,
): number {
  checkCount('capacity', capacity);
  const heap = kernel.create(variant, max === true ? 1 : 0) >>> 0;
  if (heap === 0) throw new ArenaFullError(arena, `a ${kind.name}`);
  if (capacity > 0 && kernel.reserve(heap, capacity) === 0) {
    kernel.destroy(heap);
    throw new ArenaFullError(arena, `a ${kind.name} for ${capacity} entries`);
  }
  return heap;
}

export function isPlain(variant: number): boolean {
  return (variant & ARITY_MASK) !== 0 && variant <= STABLE + ARITY_MASK;
}

export function isIndexed(variant: number): boolean {
  return (variant & ~STABLE) === (INDEXED | 2);
}
