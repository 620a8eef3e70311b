/** `MinMaxHeap`: a priority queue with two ends. */

import { Arena } from '../../../bindings/arena.js';
import { ArenaFullError } from '../../../bindings/errors.js';
import { Adopted, type HandleOptions, type StructureKind } from '../../../bindings/handle.js';
import { MIN_MAX, SLOT_ID } from '../../../bindings/kernels/structures/heap.js';
import { ArrayHeap, checkBatch, checkCount, type HeapEntries, load, Made, makeHeap, misuse } from './array-heap.js';

/** Options of `new MinMaxHeap()`. */
export interface MinMaxHeapOptions extends HandleOptions {
  /** Entries to make room for at once. Default 0. */
  capacity?: number;
}

const KIND: StructureKind = { number: 22, name: 'MinMaxHeap' };
const LEAST = 0;
const GREATEST = 1;

/**
 * A min-max heap (Atkinson, Sack, Santoro and Strothotte, 1986): the least and the greatest are found in O(1) and removed
 * in O(log n). Ids are any u32, priorities any number but NaN, −0 being 0. Sixteen bytes an entry.
 */
export class MinMaxHeap extends ArrayHeap {
  /**
   * @throws ArenaFullError
   * @throws NameError when the name is taken
   */
  constructor(options: MinMaxHeapOptions | Adopted | Made = {}) {
    super(KIND, options, (arena, kernel) =>
      makeHeap(arena, kernel, KIND, MIN_MAX, false, (options as MinMaxHeapOptions).capacity ?? 0),
    );
  }

  /** The heap that was made in this arena under this name, also after a snapshot. */
  static open(arena: Arena, name: string): MinMaxHeap {
    const { root, handle } = arena.findName(name, KIND.number, KIND.name);
    return handle instanceof MinMaxHeap ? handle : new MinMaxHeap(new Adopted(arena, root));
  }

  /**
   * A heap of what `toBytes` gave.
   *
   * @throws SnapshotError for anything else
   */
  static fromBytes(bytes: Uint8Array, options: HandleOptions = {}): MinMaxHeap {
    const arena = options.arena ?? Arena.default;
    if (options.name !== undefined) arena.assertNameFree(options.name);
    const root = load(arena, KIND, bytes, (variant) => variant === MIN_MAX);
    return new MinMaxHeap(new Made(arena, root, options.name));
  }

  /**
   * Adds an entry. O(log n).
   *
   * @throws TypeError, RangeError when the id is no u32 or the priority no number
   * @throws ArenaFullError the heap is as it was
   */
  push(id: number, priority: number): void {
    const heap = this.alive;
    if (id >>> 0 !== id || typeof priority !== 'number' || Number.isNaN(priority)) throw misuse(id, priority);
    if (this.kernel.minMaxPush(heap, id, priority) === 0) throw new ArenaFullError(this.arena, 'a new entry');
  }

  /** Removes the entry of the least priority and returns its id, or undefined. O(log n). */
  popMin(): number | undefined {
    return this.#pop(LEAST);
  }

  /** Removes the entry of the greatest priority and returns its id, or undefined. O(log n). */
  popMax(): number | undefined {
    return this.#pop(GREATEST);
  }

  #pop(end: number): number | undefined {
    const id = this.kernel.minMaxPop(this.alive, end);
    return id !== -1 || this.arena.resultLow !== 0 ? id >>> 0 : undefined;
  }

  /** The id of the least priority, or undefined. O(1). */
  peekMin(): number | undefined {
    return this.size === 0 ? undefined : this.firstId(this.alive);
  }

  /** The id of the greatest priority, or undefined. O(1). */
  peekMax(): number | undefined {
    if (this.size === 0) return undefined;
    return this.arena.u32[(this.kernel.minMaxGreatest(this.alive) >>> 2) + SLOT_ID];
  }

  /** The least priority, or undefined. O(1). */
  minPriority(): number | undefined {
    return this.size === 0 ? undefined : this.kernel.minMaxPriority(this.alive, LEAST);
  }

  /** The greatest priority, or undefined. O(1). */
  maxPriority(): number | undefined {
    return this.size === 0 ? undefined : this.kernel.minMaxPriority(this.alive, GREATEST);
  }

  /**
   * Adds many entries, all or none. O(n + k) when they are at least as many as there are, else O(k log n).
   *
   * @throws as `push`
   */
  pushMany(ids: Uint32Array, priorities: Float64Array): this {
    const heap = this.alive;
    checkBatch(ids, priorities);
    const count = ids.length;
    const rebuild = count >= this.size;
    this.makeRoom(count);
    this.eachChunk(count, ids, priorities, (at, values, some) =>
      this.kernel.minMaxAddMany(heap, at, values, some, rebuild ? 0 : 1),
    );
    if (rebuild) this.kernel.minMaxBuild(heap);
    return this;
  }

  /** Removes up to `count` entries, the least first. */
  popMinMany(count: number): HeapEntries {
    return this.#popMany(count, LEAST);
  }

  /** Removes up to `count` entries, the greatest first. */
  popMaxMany(count: number): HeapEntries {
    return this.#popMany(count, GREATEST);
  }

  #popMany(count: number, end: number): HeapEntries {
    const heap = this.alive;
    checkCount('count', count);
    return this.popInto(count, (some, ids, values) => this.kernel.minMaxPopMany(heap, end, some, ids, values));
  }
}
