/** `IndexedHeap`: a priority queue whose ids can be found again: changed, removed, asked for. */

import { Arena } from '../../../bindings/arena.js';
import { ArenaFullError } from '../../../bindings/errors.js';
import { Adopted, type HandleOptions, type StructureKind } from '../../../bindings/handle.js';
import { FLIP, INDEXED, MAX_ID, STABLE, VARIANT } from '../../../bindings/kernels/structures/heap.js';
import {
  ArrayHeap,
  checkBatch,
  checkCount,
  type HeapEntries,
  isIndexed,
  load,
  Made,
  makeHeap,
  misuse,
  variantOf,
} from './array-heap.js';

/** Options of `new IndexedHeap()`. */
export interface IndexedHeapOptions extends HandleOptions {
  /** The greatest priority comes first. Default false: the least does. */
  max?: boolean;
  /** Of equal priorities the id that was pushed first comes first, whatever its priority was since. Default false. */
  stable?: boolean;
  /** Entries to make room for at once. Default 0. */
  capacity?: number;
  /** The greatest id there will be: a table takes 4 bytes an id up to the greatest used. Default 16 777 215. */
  maxId?: number;
}

/** Options of `IndexedHeap.fromBytes`. */
export interface IndexedHeapBytesOptions extends HandleOptions {
  /** The greatest id to accept. Default 16 777 215. */
  maxId?: number;
}

const KIND: StructureKind = { number: 21, name: 'IndexedHeap' };
const DEFAULT_MAX_ID = 2 ** 24 - 1;
/** Four bytes for each id up to this are what an arena can hold. */
const LARGEST_MAX_ID = 2 ** 30 - 2 ** 20 - 1;

// Kinds of change, as the kernel counts them.
const ANY = 0;
const LOWER = 1;
const HIGHER = 2;

/**
 * A 4-ary heap with each id at most once, and a table of where it stands. Ids should be small integers, as indices of an
 * array are: the table costs four bytes for every id up to the greatest used. Everything O(log n), questions O(1).
 */
export class IndexedHeap extends ArrayHeap {
  readonly #maxId: number;

  /**
   * @throws RangeError for a capacity or a maxId there is not
   * @throws ArenaFullError
   * @throws NameError when the name is taken
   */
  constructor(options: IndexedHeapOptions | Adopted | Made = {}) {
    super(KIND, options, (arena, kernel) => {
      const { stable, max, capacity = 0, maxId } = options as IndexedHeapOptions;
      const limit = checkMaxId(maxId);
      const heap = makeHeap(arena, kernel, KIND, variantOf(4, stable) | INDEXED, max, capacity);
      kernel.setMaxId(heap, limit);
      return heap;
    });
    this.#maxId = this.word(MAX_ID);
  }

  /** The heap that was made in this arena under this name, also after a snapshot. */
  static open(arena: Arena, name: string): IndexedHeap {
    const { root, handle } = arena.findName(name, KIND.number, KIND.name);
    return handle instanceof IndexedHeap ? handle : new IndexedHeap(new Adopted(arena, root));
  }

  /**
   * A heap of what `toBytes` gave.
   *
   * @throws SnapshotError for anything else, and for ids above `maxId`
   */
  static fromBytes(bytes: Uint8Array, options: IndexedHeapBytesOptions = {}): IndexedHeap {
    const arena = options.arena ?? Arena.default;
    if (options.name !== undefined) arena.assertNameFree(options.name);
    const root = load(arena, KIND, bytes, isIndexed, checkMaxId(options.maxId));
    return new IndexedHeap(new Made(arena, root, options.name));
  }

  get max(): boolean {
    return this.word(FLIP) !== 0;
  }

  get stable(): boolean {
    return (this.word(VARIANT) & STABLE) !== 0;
  }

  /** The greatest id it takes. */
  get maxId(): number {
    return this.#maxId;
  }

  /**
   * Adds an id that is not in the heap. O(log n).
   *
   * @throws TypeError, RangeError when the id is no integer from 0 to `maxId`, is there already, or the priority no number
   * @throws ArenaFullError the heap is as it was
   */
  push(id: number, priority: number): void {
    const heap = this.alive;
    this.#checkEntry(id, priority);
    const done = this.kernel.pushId(heap, id, priority);
    if (done < 0) throw new RangeError(`The id ${id} is in the heap already: update() changes its priority`);
    if (done === 0) throw new ArenaFullError(this.arena, 'a new entry');
  }

  /**
   * Adds an id, or changes its priority. O(log n).
   *
   * @returns true when it was new
   * @throws as `push`
   */
  set(id: number, priority: number): boolean {
    const heap = this.alive;
    this.#checkEntry(id, priority);
    if (this.kernel.updateId(heap, id, priority, ANY) === 1) return false;
    this.push(id, priority);
    return true;
  }

  /** Gives an id another priority; false when it is not in the heap. O(log n). */
  update(id: number, priority: number): boolean {
    return this.#change(id, priority, ANY);
  }

  /**
   * Gives an id a lower priority, or the same; false when it is not in the heap. O(log n).
   *
   * @throws RangeError when the priority is higher than the one it has; nothing has changed
   */
  decreaseKey(id: number, priority: number): boolean {
    return this.#change(id, priority, LOWER);
  }

  /**
   * Gives an id a higher priority, or the same; false when it is not in the heap. O(log n).
   *
   * @throws RangeError when the priority is lower than the one it has; nothing has changed
   */
  increaseKey(id: number, priority: number): boolean {
    return this.#change(id, priority, HIGHER);
  }

  #change(id: number, priority: number, kind: number): boolean {
    const heap = this.alive;
    if (typeof priority !== 'number' || Number.isNaN(priority)) throw misuse(0, priority);
    if (id >>> 0 !== id) return false;
    const done = this.kernel.updateId(heap, id, priority, kind);
    if (done < 0) {
      const [name, way] = kind === LOWER ? ['decreaseKey', 'above'] : ['increaseKey', 'below'];
      throw new RangeError(`${name}: ${priority} is ${way} the priority of ${id}, ${this.priorityOf(id)}`);
    }
    return done === 1;
  }

  /** Removes an id; false when it was not in the heap. O(log n). */
  remove(id: number): boolean {
    return this.kernel.removeId(this.alive, this.#known(id)) === 1;
  }

  /** O(1). */
  has(id: number): boolean {
    return this.kernel.hasId(this.alive, this.#known(id)) === 1;
  }

  /** The priority of an id, or undefined. O(1). */
  priorityOf(id: number): number | undefined {
    const priority = this.kernel.priorityOfId(this.alive, this.#known(id));
    return Number.isNaN(priority) ? undefined : priority;
  }

  /** What is no id is an id that is nowhere. */
  #known(id: number): number {
    return id >>> 0 === id ? id : -1;
  }

  #checkEntry(id: number, priority: number): void {
    if (id >>> 0 !== id || typeof priority !== 'number' || Number.isNaN(priority)) throw misuse(id, priority);
    if (id > this.#maxId) throw new RangeError(`An id of this heap is at most ${this.#maxId} (maxId), got ${id}`);
  }

  /** Removes the entry that comes first and returns its id, or undefined. O(log n). */
  pop(): number | undefined {
    const id = this.kernel.pop(this.alive);
    // maxId keeps −1, which is 2^32 − 1, from being an id.
    return id === -1 ? undefined : id;
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
   * Adds many ids, all or none. O(k log n).
   *
   * @throws as `push`; the heap is as it was
   */
  pushMany(ids: Uint32Array, priorities: Float64Array): this {
    const heap = this.alive;
    checkBatch(ids, priorities);
    for (let i = 0; i < ids.length; i++) this.#checkEntry(ids[i] as number, 0);
    const count = ids.length;
    this.makeRoom(count);
    this.eachChunk(count, ids, priorities, (at, values, some, from) => {
      const done = this.kernel.pushIds(heap, at, values, some);
      if (done === some) return;
      const id = ids[from + done] as number;
      const known = this.has(id);
      for (let i = 0; i < from + done; i++) this.kernel.removeId(heap, ids[i] as number);
      if (known) throw new RangeError(`The id ${id} is in the heap already, or comes twice`);
      throw new ArenaFullError(this.arena, `${count} entries`);
    });
    return this;
  }

  /** Removes up to `count` entries, in order. */
  popMany(count: number): HeapEntries {
    const heap = this.alive;
    checkCount('count', count);
    return this.popInto(count, (some, ids, values) => this.kernel.popMany(heap, some, ids, values));
  }

  /** Yields and removes the entries in order. Entries pushed or changed meanwhile take part as they are then. */
  *drain(): IterableIterator<[id: number, priority: number]> {
    for (let entry = this.popEntry(); entry !== undefined; entry = this.popEntry()) yield entry;
  }
}

function checkMaxId(maxId = DEFAULT_MAX_ID): number {
  if (!Number.isInteger(maxId) || maxId < 0 || maxId > LARGEST_MAX_ID) {
    throw new RangeError(`maxId must be an integer from 0 to ${LARGEST_MAX_ID}, got ${maxId}`);
  }
  return maxId;
}
