/** `U32Map`: a map from u32 to f64 outside the JavaScript heap, with the interface of `Map` and batch forms. */

import { Arena } from '../../../bindings/arena.js';
import { ArenaFullError } from '../../../bindings/errors.js';
import { Adopted, type StructureKind } from '../../../bindings/handle.js';
import { type NumberMapKernel, numberMapKernel, u32Face } from '../../../bindings/kernels/structures/number-map.js';
import { type FirstArgument, NumberMap, type NumberMapOptions, sorted } from './number-map.js';

const KIND: StructureKind = { number: 2, name: 'U32Map' };

/**
 * A map whose keys are integers from 0 to 2^32 − 1 and whose values are numbers, kept exactly: NaN, −0 and ±Infinity
 * too. About 14.4 bytes an entry, 16 below some 40 000 entries (`Map`: 29 to 69). No operation ever rehashes more than one small segment, so none
 * stalls, however large the map is. The keys' places are secret to the arena's seed: no set of keys chosen from
 * outside can slow it.
 *
 * Not for a few hundred entries, where `Map` is as fast, nor where insertion order matters.
 */
export class U32Map extends NumberMap<Uint32Array> {
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
    super(arena, u32Face(kernel), KIND, options);
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
  static open(arena: Arena, name: string): U32Map {
    const { root, handle } = arena.findName(name, KIND.number, KIND.name);
    return handle instanceof U32Map ? handle : new U32Map(null, new Adopted(arena, root));
  }

  /** The value, or undefined. A key that is no u32 is in no map. O(1). */
  get(key: number): number | undefined {
    const map = this.alive;
    if (key >>> 0 !== key) return undefined;
    const value = this.#kernel.u32Get(map, key | 0);
    // NaN is a missing key or a value that is NaN.
    return !Number.isNaN(value) || this.#kernel.u32Has(map, key | 0) !== 0 ? value : undefined;
  }

  /** O(1). */
  has(key: number): boolean {
    const map = this.alive;
    return key >>> 0 === key && this.#kernel.u32Has(map, key | 0) !== 0;
  }

  /**
   * O(1), and at most a few tens of microseconds.
   *
   * @throws TypeError when the key or the value is not a number
   * @throws RangeError when the key is not an integer from 0 to 2^32 − 1
   * @throws ArenaFullError the map is as it was
   */
  set(key: number, value: number): this {
    const map = this.alive;
    if (key >>> 0 !== key || typeof value !== 'number') throw misuse(key, value);
    if (this.#kernel.u32Set(map, key | 0, value) < 0) throw new ArenaFullError(this.arena, 'a new entry');
    return this;
  }

  /** True when there was such an entry. Its memory is kept for others: see `shrink()`. O(1). */
  delete(key: number): boolean {
    const map = this.alive;
    return key >>> 0 === key && this.#kernel.u32Delete(map, key | 0) !== 0;
  }

  get [Symbol.toStringTag](): string {
    return 'U32Map';
  }

  protected makeKeys(length: number): Uint32Array {
    return new Uint32Array(length);
  }

  protected checkKeys(keys: Uint32Array): void {
    if (!(keys instanceof Uint32Array)) throw new TypeError(`keys must be a Uint32Array, got ${describe(keys)}`);
  }
}

function misuse(key: unknown, value: unknown): Error {
  if (typeof key !== 'number') return new TypeError(`A key of a U32Map must be a number, got ${describe(key)}`);
  if (key >>> 0 !== key) return new RangeError(`A key of a U32Map must be an integer from 0 to 4294967295, got ${key}`);
  return new TypeError(`A value of a U32Map must be a number, got ${describe(value)}`);
}

function describe(value: unknown): string {
  return value === null ? 'null' : typeof value === 'object' ? value.constructor?.name : typeof value;
}
