/** `Heap`: a priority queue of u32 ids with f64 priorities, outside the JavaScript heap; and heap sort. */

import { Arena } from '../../../bindings/arena.js';
import { ArenaFullError } from '../../../bindings/errors.js';
import { Adopted, type HandleOptions, type StructureKind } from '../../../bindings/handle.js';
import { ARITY_MASK, FLIP, STABLE, VARIANT } from '../../../bindings/kernels/structures/heap.js';
import {
  ArrayHeap,
  checkBatch,
  checkCount,
  type HeapEntries,
  isPlain,
  load,
  Made,
  makeHeap,
  misuse,
  variantOf,
} from './array-heap.js';

/** Options of `new Heap()`. */
export interface HeapOptions extends HandleOptions {
  /** The greatest priority comes first. Default false: the least does. */
  max?: boolean;
  /** Children a node has: 2, 4 or 8. Default 4, which is the fastest: its children fill one cache line. */
  arity?: 2 | 4 | 8;
  /** Of equal priorities the first pushed comes first. Default false: any. Makes a pop a third to twice as dear. */
  stable?: boolean;
  /** Entries to make room for at once. Default 0. */
  capacity?: number;
}

const KIND: StructureKind = { number: 20, name: 'Heap' };

/**
 * A d-ary heap. Ids are any u32, the same one as often as wanted; priorities any number but NaN, −0 being 0. Sixteen
 * bytes an entry. Pushing costs what an entry rises, constant for random priorities; popping O(log n).
 */
export class Heap extends ArrayHeap {
  /**
   * @throws RangeError for an arity or a capacity there is not
   * @throws ArenaFullError
   * @throws NameError when the name is taken
   */
  constructor(options: HeapOptions | Adopted | Made = {}) {
    super(KIND, options, (arena, kernel) => {
      const { arity = 4, stable, max, capacity = 0 } = options as HeapOptions;
      return makeHeap(arena, kernel, KIND, variantOf(arity, stable), max, capacity);
    });
  }

  /**
   * A heap of these entries, built in O(n).
   *
   * @throws as `pushMany`
   */
  static from(ids: Uint32Array, priorities: Float64Array, options: HeapOptions = {}): Heap {
    checkBatch(ids, priorities);
    const heap = new Heap({ ...options, capacity: Math.max(ids.length, options.capacity ?? 0) });
    try {
      return heap.pushMany(ids, priorities);
    } catch (error) {
      heap.dispose();
      throw error;
    }
  }

  /** The heap that was made in this arena under this name, also after a snapshot. */
  static open(arena: Arena, name: string): Heap {
    const { root, handle } = arena.findName(name, KIND.number, KIND.name);
    return handle instanceof Heap ? handle : new Heap(new Adopted(arena, root));
  }

  /**
   * A heap of what `toBytes` gave.
   *
   * @throws SnapshotError for anything else
   */
  static fromBytes(bytes: Uint8Array, options: HandleOptions = {}): Heap {
    const arena = options.arena ?? Arena.default;
    if (options.name !== undefined) arena.assertNameFree(options.name);
    return new Heap(new Made(arena, load(arena, KIND, bytes, isPlain), options.name));
  }

  get max(): boolean {
    return this.word(FLIP) !== 0;
  }

  get arity(): number {
    return 1 << (this.word(VARIANT) & ARITY_MASK);
  }

  get stable(): boolean {
    return (this.word(VARIANT) & STABLE) !== 0;
  }

  /**
   * Adds an entry. O(log n), and O(1) on average when priorities come in random order.
   *
   * @throws TypeError, RangeError when the id is no u32 or the priority no number
   * @throws ArenaFullError the heap is as it was
   */
  push(id: number, priority: number): void {
    const heap = this.alive;
    if (id >>> 0 !== id || typeof priority !== 'number' || Number.isNaN(priority)) throw misuse(id, priority);
    if (this.kernel.push(heap, id, priority) === 0) throw new ArenaFullError(this.arena, 'a new entry');
  }

  /** Removes the entry that comes first and returns its id, or undefined. O(log n). */
  pop(): number | undefined {
    const id = this.kernel.pop(this.alive);
    // −1 is the id 2^32 − 1, or nothing.
    return id !== -1 || this.arena.resultLow !== 0 ? id >>> 0 : undefined;
  }

  /** Removes the entry that comes first and returns it, or undefined. O(log n). */
  popEntry(): [id: number, priority: number] | undefined {
    const priority = this.peekPriority();
    return priority === undefined ? undefined : [this.pop() as number, priority];
  }

  /** The id that comes first, or undefined. O(1). */
  peek(): number | undefined {
    return this.size === 0 ? undefined : this.firstId(this.alive);
  }

  /** The priority that comes first, or undefined. O(1). */
  peekPriority(): number | undefined {
    return this.size === 0 ? undefined : this.kernel.firstPriority(this.alive);
  }

  /**
   * Pops, then pushes, in one way down: what a loop over the next event, or a top-k, does. Returns what `pop` would.
   *
   * @throws as `push`
   */
  replace(id: number, priority: number): number | undefined {
    const heap = this.alive;
    if (id >>> 0 !== id || typeof priority !== 'number' || Number.isNaN(priority)) throw misuse(id, priority);
    const first = this.peek();
    if (first === undefined) this.push(id, priority);
    else if (this.kernel.replaceFirst(heap, id, priority) === 0) throw new ArenaFullError(this.arena, 'a new entry');
    return first;
  }

  /**
   * Adds many entries, all or none. O(n + k) when they are at least as many as there are, else O(k log n).
   *
   * @throws TypeError, RangeError when the arrays are of other types or lengths, or a priority is NaN
   * @throws ArenaFullError the heap is as it was
   */
  pushMany(ids: Uint32Array, priorities: Float64Array): this {
    const heap = this.alive;
    checkBatch(ids, priorities);
    const count = ids.length;
    const rebuild = count >= this.size;
    this.makeRoom(count);
    this.eachChunk(count, ids, priorities, (at, values, some) => {
      if (rebuild) this.kernel.appendMany(heap, at, values, some);
      else this.kernel.addMany(heap, at, values, some);
    });
    if (rebuild) this.kernel.build(heap);
    return this;
  }

  /** Removes up to `count` entries, in order. */
  popMany(count: number): HeapEntries {
    const heap = this.alive;
    checkCount('count', count);
    return this.popInto(count, (some, ids, values) => this.kernel.popMany(heap, some, ids, values));
  }

  /** Yields and removes the entries in order. Entries pushed meanwhile take part. */
  *drain(): IterableIterator<[id: number, priority: number]> {
    for (let entry = this.popEntry(); entry !== undefined; entry = this.popEntry()) yield entry;
  }

  /**
   * The entries in order, without removing them. O(n log n) and, for a moment, a copy of the heap in the arena.
   *
   * @throws ArenaFullError
   */
  toSorted(): HeapEntries {
    const size = this.size;
    // The staging block comes first: what is left must be the copy's.
    this.arena.scratch(16 * 1024);
    const copy = this.kernel.cloneEntries(this.alive) >>> 0;
    if (copy === 0) throw new ArenaFullError(this.arena, `a copy of ${size} entries`);
    try {
      return this.popInto(size, (some, ids, values) => this.kernel.popMany(copy, some, ids, values), size);
    } finally {
      this.kernel.destroy(copy);
    }
  }

  /**
   * Adds the entries of another heap of the same order, from any arena, which stays as it is. O(n + m). In a stable heap
   * the other's come behind those of equal priority that are here.
   *
   * @throws RangeError when the other has the greatest first and this the least, or the other way round
   * @throws ArenaFullError the heap is as it was
   */
  merge(other: Heap): this {
    const heap = this.alive;
    if (!(other instanceof Heap)) throw new TypeError('merge takes a Heap');
    if (other.max !== this.max)
      throw new RangeError('merge takes a heap of the same order: max on both, or on neither');
    const near = other.arena === this.arena ? other : Heap.fromBytes(other.toBytes(), { arena: this.arena });
    try {
      if (this.kernel.merge(heap, near.alive) === 0) throw new ArenaFullError(this.arena, `${other.size} more entries`);
    } finally {
      if (near !== other) near.dispose();
    }
    return this;
  }
}

/**
 * Sorts numbers in place by heap sort, NaN last, −0 as 0. O(n log n) at worst, 16 bytes of the arena a number for a moment. Not
 * stable, which numbers cannot show. `TypedArray.prototype.sort` is faster from some 100 000 on.
 *
 * @throws ArenaFullError the array is as it was
 */
export function heapSort(values: Float64Array, options: { arena?: Arena; descending?: boolean } = {}): Float64Array {
  if (!(values instanceof Float64Array)) throw new TypeError('heapSort takes a Float64Array');
  let count = 0;
  const numbers = values.filter((value) => !Number.isNaN(value));
  const heap = Heap.from(new Uint32Array(numbers.length), numbers, {
    max: options.descending === true,
    ...(options.arena ? { arena: options.arena } : {}),
  });
  try {
    while (heap.size > 0) {
      const { priorities } = heap.popMany(1 << 16);
      values.set(priorities, count);
      count += priorities.length;
    }
  } finally {
    heap.dispose();
  }
  return values.fill(Number.NaN, count);
}
