/** `F64Map`: a map from f64 to f64 outside the JavaScript heap, with the interface of `Map` and batch forms. */

import { Arena } from '../../../bindings/arena.js';
import { ArenaFullError } from '../../../bindings/errors.js';
import { Adopted, type StructureKind } from '../../../bindings/handle.js';
import { f64Face, type NumberMapKernel, numberMapKernel } from '../../../bindings/kernels/structures/number-map.js';
import { type FirstArgument, NumberMap, type NumberMapOptions, sorted } from './number-map.js';

const KIND: StructureKind = { number: 3, name: 'F64Map' };

/**
 * A map whose keys are numbers and whose values are numbers. Keys are the same when `Map` says so: NaN equals NaN,
 * and −0 is +0 (an iteration yields +0). Values are kept exactly: NaN, −0 and ±Infinity too. About 20.5 bytes an
 * entry, 23 below some 40 000 entries (`Map`: 45 to 69). No operation ever rehashes more than one small segment, so none stalls, however large the
 * map is. The keys' places are secret to the arena's seed: no set of keys chosen from outside can slow it.
 *
 * Not for a few hundred entries, where `Map` is as fast, nor where insertion order matters. Keys that are integers
 * below 2^32 are smaller and faster in a `U32Map`.
 */
export class F64Map extends NumberMap<Float64Array> {
  readonly #kernel: NumberMapKernel;

  /**
   * @param entries pairs to begin with; may be left out before `options`
   * @throws ArenaFullError
   * @throws NameError when the name is taken
   */
  constructor(options?: NumberMapOptions);
  constructor(entries: Iterable<readonly [number, number]> | null | undefined, options?: NumberMapOptions | Adopted);
  constructor(first?: FirstArgument, second: NumberMapOptions | Adopted = {}) {
    const { entries, options } = sorted(first, second);
    const arena = options.arena ?? Arena.default;
    const kernel = arena.kernel(numberMapKernel);
    super(arena, f64Face(kernel), KIND, options);
    this.#kernel = kernel;
    try {
      for (const [key, value] of entries) this.set(key, value);
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /**
   * The map that was made in this arena under this name, also after a snapshot. Opening an open map gives the same
   * object.
   *
   * @throws NameError when there is none, or it is another kind of structure
   */
  static open(arena: Arena, name: string): F64Map {
    const { root, handle } = arena.findName(name, KIND.number, KIND.name);
    return handle instanceof F64Map ? handle : new F64Map(null, new Adopted(arena, root));
  }

  /** The value, or undefined. A key that is no number is in no map. O(1). */
  get(key: number): number | undefined {
    const map = this.alive;
    if (typeof key !== 'number') return undefined;
    const value = this.#kernel.f64Get(map, key);
    // NaN is a missing key or a value that is NaN.
    return !Number.isNaN(value) || this.#kernel.f64Has(map, key) !== 0 ? value : undefined;
  }

  /** O(1). */
  has(key: number): boolean {
    const map = this.alive;
    return typeof key === 'number' && this.#kernel.f64Has(map, key) !== 0;
  }

  /**
   * O(1), and at most a few tens of microseconds.
   *
   * @throws TypeError when the key or the value is not a number
   * @throws ArenaFullError the map is as it was
   */
  set(key: number, value: number): this {
    const map = this.alive;
    if (typeof key !== 'number' || typeof value !== 'number') throw misuse(key, value);
    if (this.#kernel.f64Set(map, key, value) < 0) throw new ArenaFullError(this.arena, 'a new entry');
    return this;
  }

  /** True when there was such an entry. Its memory is kept for others: see `shrink()`. O(1). */
  delete(key: number): boolean {
    const map = this.alive;
    return typeof key === 'number' && this.#kernel.f64Delete(map, key) !== 0;
  }

  get [Symbol.toStringTag](): string {
    return 'F64Map';
  }

  protected makeKeys(length: number): Float64Array {
    return new Float64Array(length);
  }

  protected checkKeys(keys: Float64Array): void {
    if (!(keys instanceof Float64Array)) throw new TypeError(`keys must be a Float64Array, got ${describe(keys)}`);
  }
}

function misuse(key: unknown, value: unknown): Error {
  if (typeof key !== 'number') return new TypeError(`A key of an F64Map must be a number, got ${describe(key)}`);
  return new TypeError(`A value of an F64Map must be a number, got ${describe(value)}`);
}

function describe(value: unknown): string {
  return value === null ? 'null' : typeof value === 'object' ? value.constructor?.name : typeof value;
}
