/** `PriorityQueue`: a priority queue of JavaScript values, by a number each has or by a comparator. */

import type { Arena } from '../../../bindings/arena.js';
import { disposeSymbol } from '../../../bindings/dispose.js';
import { Heap } from './heap.js';

/** Options of a queue of values that have a number. */
export interface NumberedQueueOptions<T> {
  /** What a value's priority is. Asked once, when the value is pushed. */
  priority: (value: T) => number;
  /** The greatest priority comes first. Default false. */
  max?: boolean;
  /** Of equal priorities the first pushed comes first. Default false. */
  stable?: boolean;
  /** Where the priorities live. Default `Arena.default`. */
  arena?: Arena;
}

/** Options of a queue of values that can be compared. */
export interface ComparedQueueOptions<T> {
  /** Negative when `a` comes before `b`, positive when after, 0 when neither. */
  compare: (a: T, b: T) => number;
  /** Of values that compare as 0 the first pushed comes first. Default false. */
  stable?: boolean;
}

interface Order<T> {
  readonly size: number;
  push(value: T): void;
  pop(): T | undefined;
  peek(): T | undefined;
  clear(): void;
  values(): T[];
  dispose(): void;
}

/**
 * The values live in a JavaScript array. By `priority` their numbers live in a `Heap` in the arena, whose ids are indices of that
 * array; by `compare` nothing is in an arena. Neither is shared, named or part of a snapshot.
 */
export class PriorityQueue<T> implements Iterable<T> {
  readonly #order: Order<T>;

  constructor(options: NumberedQueueOptions<T> | ComparedQueueOptions<T>) {
    if (typeof options !== 'object' || options === null) {
      throw new TypeError('PriorityQueue takes { priority } or { compare }');
    }
    if ('priority' in options && typeof options.priority === 'function') this.#order = new ByNumber(options);
    else if ('compare' in options && typeof options.compare === 'function') this.#order = new ByComparison(options);
    else throw new TypeError('PriorityQueue takes a function, as { priority } or as { compare }');
  }

  get size(): number {
    return this.#order.size;
  }

  /**
   * Adds a value. O(log n).
   *
   * @throws RangeError when its priority is NaN; the queue is as it was
   * @throws ArenaFullError the queue is as it was
   */
  push(value: T): void {
    this.#order.push(value);
  }

  /** Removes the value that comes first and returns it, or undefined. O(log n). */
  pop(): T | undefined {
    return this.#order.pop();
  }

  /** The value that comes first, or undefined. O(1). */
  peek(): T | undefined {
    return this.#order.peek();
  }

  clear(): void {
    this.#order.clear();
  }

  /** The values in no particular order, as they stand when the iteration begins. */
  [Symbol.iterator](): IterableIterator<T> {
    return this.#order.values()[Symbol.iterator]() as IterableIterator<T>;
  }

  /** Yields and removes the values in order. Values pushed meanwhile take part. */
  *drain(): IterableIterator<T> {
    while (this.size > 0) yield this.pop() as T;
  }

  /** Gives the arena's memory back and forgets the values. Idempotent. */
  dispose(): void {
    this.#order.dispose();
  }

  [disposeSymbol](): void {
    this.dispose();
  }
}

class ByNumber<T> implements Order<T> {
  readonly #heap: Heap;
  readonly #priority: (value: T) => number;
  #values: (T | undefined)[] = [];
  #free: number[] = [];

  constructor({ priority, max, stable, arena }: NumberedQueueOptions<T>) {
    this.#priority = priority;
    this.#heap = new Heap({ max: max === true, stable: stable === true, ...(arena ? { arena } : {}) });
  }

  get size(): number {
    return this.#heap.size;
  }

  push(value: T): void {
    const priority = this.#priority(value);
    const slot = this.#free.length > 0 ? (this.#free[this.#free.length - 1] as number) : this.#values.length;
    this.#heap.push(slot, priority);
    if (slot === this.#values.length) this.#values.push(value);
    else {
      this.#free.pop();
      this.#values[slot] = value;
    }
  }

  pop(): T | undefined {
    const slot = this.#heap.pop();
    if (slot === undefined) return undefined;
    const value = this.#values[slot];
    this.#values[slot] = undefined;
    this.#free.push(slot);
    return value;
  }

  peek(): T | undefined {
    const slot = this.#heap.peek();
    return slot === undefined ? undefined : this.#values[slot];
  }

  clear(): void {
    this.#heap.clear();
    this.#values = [];
    this.#free = [];
  }

  values(): T[] {
    return [...this.#heap.toArrays().ids].map((slot) => this.#values[slot] as T);
  }

  dispose(): void {
    this.#heap.dispose();
    this.#values = [];
    this.#free = [];
  }
}

/** A binary heap in an array; bottom-up, since a comparator's calls are what it costs. */
class ByComparison<T> implements Order<T> {
  readonly #compare: (a: T, b: T) => number;
  #values: T[] = [];
  /** Sequence numbers of the values of a stable queue. */
  #sequences: number[] | undefined;
  #next = 0;

  constructor({ compare, stable }: ComparedQueueOptions<T>) {
    this.#compare = compare;
    this.#sequences = stable === true ? [] : undefined;
  }

  get size(): number {
    return this.#values.length;
  }

  push(value: T): void {
    // The way up is found before anything moves: a comparator that throws leaves the queue as it was.
    this.#raise(this.#values.length, value, this.#next);
    this.#next++;
  }

  pop(): T | undefined {
    const values = this.#values;
    if (values.length === 0) return undefined;
    const first = values[0] as T;
    const end = values.length - 1;
    const path = this.#pathDown(end);
    const last = values[end] as T;
    const sequence = this.#sequences?.[end] ?? 0;
    // The last entry's place on the path, from below.
    let depth = path.length - 1;
    while (depth > 0 && this.#comes(last, sequence, path[depth] as number)) depth--;
    for (let i = 1; i <= depth; i++) this.#move(path[i] as number, path[i - 1] as number);
    if (end > 0) this.#put(path[depth] as number, last, sequence);
    values.pop();
    this.#sequences?.pop();
    return first;
  }

  peek(): T | undefined {
    return this.#values[0];
  }

  clear(): void {
    this.#values = [];
    this.#next = 0;
    if (this.#sequences !== undefined) this.#sequences = [];
  }

  values(): T[] {
    return [...this.#values];
  }

  dispose(): void {
    this.clear();
  }

  /** Indices from the root down, always to the child that comes first, among the first `end`. */
  #pathDown(end: number): number[] {
    const path = [0];
    for (let at = 0; 2 * at + 1 < end; ) {
      const left = 2 * at + 1;
      const right = left + 1;
      at = right < end && this.#comes(this.#values[right] as T, this.#sequences?.[right] ?? 0, left) ? right : left;
      path.push(at);
    }
    return path;
  }

  #raise(from: number, value: T, sequence: number): void {
    const path = [from];
    for (let at = from; at > 0; ) {
      at = (at - 1) >> 1;
      if (!this.#comes(value, sequence, at)) break;
      path.push(at);
    }
    for (let i = 1; i < path.length; i++) this.#move(path[i] as number, path[i - 1] as number);
    this.#put(path[path.length - 1] as number, value, sequence);
  }

  /** Does the value come before the one at `index`? */
  #comes(value: T, sequence: number, index: number): boolean {
    const order = this.#compare(value, this.#values[index] as T);
    return order < 0 || (order === 0 && this.#sequences !== undefined && sequence < (this.#sequences[index] as number));
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#values[from] as T, this.#sequences?.[from] ?? 0);
  }

  #put(at: number, value: T, sequence: number): void {
    this.#values[at] = value;
    if (this.#sequences !== undefined) this.#sequences[at] = sequence;
  }
}
