/** `BloomFilter`: a set of keys in a few bits each, that errs on one side only. */

import type { Arena } from '../../../bindings/arena.js';
import { Adopted, type HandleOptions, type StructureKind } from '../../../bindings/handle.js';
import { CLASSIC } from '../../../bindings/kernels/sketches/bloom-filter.js';
import { Made } from '../../../bindings/sketch.js';
import { Filter, type FilterOptions, type Maker, madeFrom, newFilter, type SizedFilterOptions } from './filter.js';
import { isShape, MAX_K, rateOf, shapeFor } from './sizing.js';

const KIND: StructureKind = { number: 10, name: 'BloomFilter' };

export interface BloomFilterOptions extends SizedFilterOptions {
  /** Bits, instead of what `falsePositiveRate` needs; a multiple of 512, up to 2^31. Goes with `hashes`. */
  bits?: number;
  /** Bits a key, 1 to 64. Goes with `bits`. */
  hashes?: number;
}

/**
 * A set that may say yes to a key that was never added, at a rate chosen beforehand, and never says no to one that
 * was. 9.6 bits a key at 1 %, 4.8 more for each further factor of ten (B. Bloom, CACM 1970).
 *
 * Cells are found by enhanced double hashing with a third value (Dillinger, Manolios 2004) on one xxh64. Up to 2^31
 * bits, 224 million keys at 1 %.
 */
export class BloomFilter extends Filter {
  protected readonly variety = CLASSIC;

  /**
   * @throws RangeError for a capacity, rate or shape that no filter has
   * @throws ArenaFullError
   * @throws NameError when the name is taken
   */
  constructor(options: BloomFilterOptions | Adopted | Made = {}) {
    const sized = options instanceof Adopted || options instanceof Made ? {} : options;
    super(KIND, options, makerOf(sized));
  }

  /**
   * A filter for `capacity` distinct keys at a false-positive rate of `falsePositiveRate`.
   *
   * @throws as the constructor
   */
  static create(capacity: number, falsePositiveRate = 0.01, options: FilterOptions = {}): BloomFilter {
    return new BloomFilter({ ...options, capacity, falsePositiveRate });
  }

  /**
   * The filter that was made in this arena under this name, also after a snapshot.
   *
   * @throws NameError when there is none, or it is another kind of structure
   */
  static open(arena: Arena, name: string): BloomFilter {
    const { root, handle } = arena.findName(name, KIND.number, KIND.name);
    return handle instanceof BloomFilter ? handle : new BloomFilter(new Adopted(arena, root));
  }

  /**
   * The filter that `toBytes()` wrote. O(bytes).
   *
   * @throws SnapshotError when the bytes are truncated, altered, or of another format or version
   * @throws ArenaFullError
   */
  static fromBytes(bytes: Uint8Array, options: HandleOptions = {}): BloomFilter {
    return new BloomFilter(madeFrom(KIND.name, CLASSIC, bytes, options));
  }

  /** Bits of the filter. */
  get bits(): number {
    return this.word(8);
  }

  /**
   * Adds every key of `other`, as if each had been added here. O(bytes).
   *
   * @throws RangeError when bits, hashes or seed differ
   */
  merge(other: BloomFilter): this {
    this.unite(other);
    return this;
  }

  /** A new filter with the keys of both, exactly what adding them to one would have given. Throws as `merge`. */
  union(other: BloomFilter, options: HandleOptions = { arena: this.arena }): BloomFilter {
    return this.#changed(options, (fresh) => fresh.unite(other));
  }

  /**
   * A new filter that answers for keys in both. It has more false positives than one that was filled with those keys
   * alone. Throws as `merge`.
   */
  intersection(other: BloomFilter, options: HandleOptions = { arena: this.arena }): BloomFilter {
    return this.#changed(options, (fresh) => fresh.cut(other));
  }

  /** A changed copy; nothing is left of it when the change is refused. */
  #changed(options: HandleOptions, change: (fresh: BloomFilter) => void): BloomFilter {
    const fresh = new BloomFilter(this.copied(options));
    try {
      change(fresh);
    } catch (error) {
      fresh.dispose();
      throw error;
    }
    return fresh;
  }
}

function makerOf(options: BloomFilterOptions): Maker {
  const { bits, hashes } = options;
  if (bits === undefined && hashes === undefined) {
    return newFilter(KIND.name, CLASSIC, options, (capacity, rate) => shapeFor(CLASSIC, capacity, rate));
  }
  const shape = { cells: Number(bits), k: Number(hashes) };
  const integers = Number.isInteger(shape.cells) && Number.isInteger(shape.k);
  if (!integers || !isShape(CLASSIC, shape)) {
    throw new RangeError(
      `bits must be a multiple of 512 up to 2^31 and hashes from 1 to ${MAX_K}, got ${bits} and ${hashes}`,
    );
  }
  // Sized by hand: the capacity at which half of the bits are set, unless told, and the rate there.
  const capacity = options.capacity ?? Math.max(1, Math.round((shape.cells / shape.k) * Math.LN2));
  return newFilter(
    KIND.name,
    CLASSIC,
    { ...options, capacity },
    () => shape,
    (it, n) => rateOf(CLASSIC, it, n),
  );
}
