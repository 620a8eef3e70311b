/** `NumberRing`: a bounded queue of u32 or f64 outside the JavaScript heap. */

import { Arena } from '../../../bindings/arena.js';
import { bytesOf } from '../../../bindings/elements.js';
import { refused } from '../../../bindings/envelope.js';
import { Adopted, type HandleOptions } from '../../../bindings/handle.js';
import { COUNT, F64, FIRST, SLOTS, U32, VARIANT } from '../../../bindings/kernels/structures/ring-buffer.js';
import { checkInteger, Made } from '../../../bindings/sketch.js';
import { describe } from '../../../bindings/staging.js';
import { KIND, load, MAX_CAPACITY, policyOf, Ring, type RingFromBytesOptions, rootOf, type WhenFull } from './ring.js';

export interface NumberRingOptions extends HandleOptions {
  /** Numbers there is room for, 1 to 2^28. It never changes. */
  capacity: number;
  /** Default `'f64'`: doubles, bit by bit. `'u32'`: integers from 0 to 2^32 − 1, in half the memory. */
  type?: 'f64' | 'u32';
  /** Default `'reject'`. */
  whenFull?: WhenFull;
}

export interface NumberRingStats {
  readonly size: number;
  readonly capacity: number;
  /** Numbers that were let go of for newer ones, since the ring was made or cleared. */
  readonly overwritten: number;
  /** Numbers that were not taken. */
  readonly rejected: number;
  /** Bytes the ring costs its arena, allocator headers included. */
  readonly bytes: number;
}

export type RingNumbers = Float64Array | Uint32Array;

const isNumbers = (variant: number): boolean => variant === U32 || variant === F64;

/** A ring of numbers: everything is O(1), batches are copies of memory. */
export class NumberRing extends Ring<number> {
  readonly #wide: boolean;

  /** @throws TypeError, RangeError for options; ArenaFullError; NameError when the name is taken */
  constructor(options: NumberRingOptions | Adopted | Made) {
    super(options, (kernel) => {
      const { capacity, type = 'f64', whenFull } = options as NumberRingOptions;
      checkInteger(capacity, 'capacity', 1, MAX_CAPACITY);
      if (type !== 'f64' && type !== 'u32') throw new RangeError(`type must be 'f64' or 'u32', got ${type}`);
      return kernel.create(type === 'f64' ? F64 : U32, policyOf(whenFull), capacity, 0);
    });
    this.#wide = this.word(VARIANT) === F64;
  }

  /** The ring of this name, also after a snapshot. @throws NameError when there is none, or it is something else */
  static open(arena: Arena, name: string): NumberRing {
    const { root, handle } = rootOf(arena, name, 'NumberRing', isNumbers);
    return handle instanceof NumberRing ? handle : new NumberRing(new Adopted(arena, root));
  }

  /**
   * The ring that `toBytes()` wrote. O(capacity).
   *
   * @throws SnapshotError when the bytes are truncated, altered, of another format, or say what no ring is
   * @throws ArenaFullError
   */
  static fromBytes(bytes: Uint8Array, options: RingFromBytesOptions = {}): NumberRing {
    const arena = options.arena ?? Arena.default;
    const root = load(arena, bytes, options, isNumbers, (kernel, made, { variant, count, elements }) => {
      if (elements.length !== count * (variant === F64 ? 8 : 4)) throw refused(KIND, `${count} numbers are not there`);
      kernel.admit(made, count);
      const slots = arena.u32[(made + SLOTS) >>> 2] as number;
      arena.u8Until(slots + elements.length).set(elements, slots);
    });
    return new NumberRing(new Made(arena, root, options.name));
  }

  get type(): 'f64' | 'u32' {
    return this.#wide ? 'f64' : 'u32';
  }

  /**
   * Adds the newest. False when the ring is full and refuses. O(1).
   *
   * @throws TypeError, RangeError for what the ring cannot hold
   */
  push(value: number): boolean {
    if (this.#wide ? typeof value !== 'number' : value >>> 0 !== value) throw misuse(value, this.#wide);
    return this.kernel.push(this.alive, value) !== 0;
  }

  /**
   * Adds many, in order; how many were taken: a ring that refuses takes the first, as far as there is room. One that
   * overwrites takes all, and what does not fit at all counts as overwritten at once. O(count).
   *
   * @throws TypeError when `values` is not a Float64Array of an f64 ring, a Uint32Array of a u32 ring
   */
  pushMany(values: RingNumbers): number {
    const root = this.alive;
    this.#checkArray(values, 'values');
    const { length } = values;
    const taken = this.kernel.admit(root, length) >>> 0;
    const kept = this.whenFull === 'reject' ? values.subarray(0, taken) : values.subarray(length - taken);
    const [first, second] = this.#parts(this.word(COUNT) - taken, taken);
    first.set(kept.subarray(0, first.length));
    second.set(kept.subarray(first.length));
    return this.whenFull === 'reject' ? taken : length;
  }

  /** Takes the oldest. O(1). */
  shift(): number | undefined {
    return this.size === 0 ? undefined : this.kernel.shift(this.alive);
  }

  /** Takes the newest. O(1). */
  pop(): number | undefined {
    return this.size === 0 ? undefined : this.kernel.pop(this.alive);
  }

  /** Takes up to `count` of the oldest, oldest first. */
  shiftMany(count = this.size): RingNumbers {
    return this.shiftInto(this.#make(Math.min(checkCount(count), this.size)));
  }

  /** Takes as many of the oldest as `out` holds; returns the part of `out` that was filled. */
  shiftInto<Numbers extends RingNumbers>(out: Numbers): Numbers {
    const root = this.alive;
    this.#checkArray(out, 'out');
    const count = Math.min(out.length, this.size);
    this.#copy(0, count, out);
    this.kernel.drop(root, count);
    return out.subarray(0, count) as Numbers;
  }

  /** Takes up to `count` of the newest, newest first. */
  popMany(count = this.size): RingNumbers {
    const root = this.alive;
    const size = this.size;
    const out = this.#make(Math.min(checkCount(count), size));
    this.#copy(size - out.length, out.length, out);
    this.kernel.dropNewest(root, out.length);
    return out.reverse();
  }

  /** A copy of the numbers, oldest first. O(n). */
  toArray(): RingNumbers {
    const out = this.#make(this.size);
    this.#copy(0, out.length, out);
    return out;
  }

  stats(): NumberRingStats {
    return this.counters();
  }

  /** The ring as bytes: the same everywhere, and the same again after `fromBytes`. O(n). */
  toBytes(): Uint8Array<ArrayBuffer> {
    const elements = bytesOf(this.toArray());
    const { bytes, at } = this.headed(elements.length);
    bytes.set(elements, at);
    return this.sealed(bytes);
  }

  protected read(index: number): number {
    return this.kernel.at(this.alive, index);
  }

  #copy(from: number, count: number, out: RingNumbers): void {
    const [first, second] = this.#parts(from, count);
    out.set(first);
    out.set(second, first.length);
  }

  /** The memory of `count` numbers from position `from` on: up to where the ring ends, and from its beginning. */
  #parts(from: number, count: number): [RingNumbers, RingNumbers] {
    const { capacity } = this;
    const slot = (this.word(FIRST) + from) % capacity;
    const slots = this.word(SLOTS);
    const all = this.#wide ? this.arena.f64 : this.arena.u32;
    const base = this.#wide ? slots >>> 3 : slots >>> 2;
    const straight = Math.min(count, capacity - slot);
    return [all.subarray(base + slot, base + slot + straight), all.subarray(base, base + count - straight)];
  }

  #make(count: number): RingNumbers {
    return this.#wide ? new Float64Array(count) : new Uint32Array(count);
  }

  #checkArray(values: RingNumbers, what: string): void {
    const wanted = this.#wide ? 'Float64Array' : 'Uint32Array';
    if (Object.prototype.toString.call(values) !== `[object ${wanted}]`) {
      throw new TypeError(`${what} must be a ${wanted}, got ${describe(values)}`);
    }
  }
}

export function checkCount(count: number): number {
  if (Number.isInteger(count) && count >= 0) return count;
  throw new RangeError(`count must be a non-negative integer, got ${count}`);
}

function misuse(value: unknown, wide: boolean): Error {
  if (wide || typeof value !== 'number') return new TypeError(`A value must be a number, got ${describe(value)}`);
  return new RangeError(`A value of a u32 ring must be an integer from 0 to 4294967295, got ${value}`);
}
