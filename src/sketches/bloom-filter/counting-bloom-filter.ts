/** `CountingBloomFilter`: a Bloom filter from which keys can be deleted. */

import type { Arena } from '../../../bindings/arena.js';
import { Adopted, type HandleOptions, type StructureKind } from '../../../bindings/handle.js';
import { COUNTING } from '../../../bindings/kernels/sketches/bloom-filter.js';
import { roomFor, type SketchKey, stageBytes, u32Of } from '../../../bindings/keys.js';
import { Made } from '../../../bindings/sketch.js';
import { Filter, type FilterOptions, madeFrom, newFilter, type SizedFilterOptions } from './filter.js';
import { shapeFor } from './sizing.js';

const KIND: StructureKind = { number: 12, name: 'CountingBloomFilter' };

/**
 * A `BloomFilter` with a 4-bit counter where that has a bit, at four times the memory, so that keys can be deleted
 * (L. Fan et al., "Summary Cache", 1998). A counter that reaches 15 stays there, which can leave a deleted key behind
 * but never loses one. Up to 2^31 counters.
 */
export class CountingBloomFilter extends Filter {
  protected readonly variety = COUNTING;

  /**
   * @throws RangeError for a capacity or rate that no filter has
   * @throws ArenaFullError
   * @throws NameError when the name is taken
   */
  constructor(options: SizedFilterOptions | Adopted | Made = {}) {
    const sized = options instanceof Adopted || options instanceof Made ? {} : options;
    super(
      KIND,
      options,
      newFilter(KIND.name, COUNTING, sized, (n, rate) => shapeFor(COUNTING, n, rate)),
    );
  }

  /** A filter for `capacity` distinct keys at a false-positive rate of `falsePositiveRate`. Throws as the constructor. */
  static create(capacity: number, falsePositiveRate = 0.01, options: FilterOptions = {}): CountingBloomFilter {
    return new CountingBloomFilter({ ...options, capacity, falsePositiveRate });
  }

  /** The filter of this name, also after a snapshot. @throws NameError when there is none, or it is something else */
  static open(arena: Arena, name: string): CountingBloomFilter {
    const { root, handle } = arena.findName(name, KIND.number, KIND.name);
    return handle instanceof CountingBloomFilter ? handle : new CountingBloomFilter(new Adopted(arena, root));
  }

  /**
   * The filter that `toBytes()` wrote. O(bytes).
   *
   * @throws SnapshotError when the bytes are truncated, altered, or of another format or version
   * @throws ArenaFullError
   */
  static fromBytes(bytes: Uint8Array, options: HandleOptions = {}): CountingBloomFilter {
    return new CountingBloomFilter(madeFrom(KIND.name, COUNTING, bytes, options));
  }

  /** Counters of the filter. */
  get counters(): number {
    return this.word(8);
  }

  /**
   * Takes back one `add` of a key. Deleting a key that was never added, but seems to be there, damages the filter:
   * others may vanish. O(k).
   *
   * @returns false when the key certainly is not there; nothing has changed then
   */
  delete(key: SketchKey): boolean {
    const filter = this.alive;
    if (typeof key === 'number') return this.kernel.removeU32(filter, u32Of(key)) !== 0;
    const room = roomFor(key);
    const at = this.arena.scratch(room);
    return this.kernel.remove(filter, at, stageBytes(this.arena, at, key, room)) !== 0;
  }

  /** How often a key was added, or more; 15 stands for 15 and above. O(k). */
  countOf(key: SketchKey): number {
    const filter = this.alive;
    if (typeof key === 'number') return this.kernel.countOfU32(filter, u32Of(key));
    const room = roomFor(key);
    const at = this.arena.scratch(room);
    return this.kernel.countOf(filter, at, stageBytes(this.arena, at, key, room));
  }

  /** Counters that have reached 15 and no longer go down. O(bytes). */
  saturatedCounters(): number {
    return this.kernel.saturated(this.alive) >>> 0;
  }

  /**
   * Adds the counters of `other` to this one's. O(bytes).
   *
   * @throws RangeError when counters, hashes or seed differ
   */
  merge(other: CountingBloomFilter): this {
    const additions = this.additions + other.additions;
    this.unite(other);
    this.arena.f64[(this.alive + 40) >>> 3] = additions;
    return this;
  }
}
