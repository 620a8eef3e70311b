/**
 * What every eviction policy of an in-process cache is: a state machine over slot numbers, without clock or values.
 *
 * The cache owns the map from keys to slots, the values, sizes and times. It tells its policy what happens to a slot;
 * the policy answers one question: which slot goes next. Slots are small numbers that are used again after they were
 * freed, so a policy keeps its lists and counters in typed arrays indexed by slot. Only what a policy remembers about
 * keys that are no longer cached (ghosts, a frequency sketch) is kept by key.
 *
 * Order of calls for a key that is not cached: `evict` as often as room is needed (each names one slot, which the
 * policy has forgotten when it returns), then `insert`. For a key that is: `access`, whether it was read or written,
 * and `reweigh` after a write that changed its weight. Everything else that ends an entry (deleted, expired) is
 * `remove`.
 *
 * Capacity and weights are in one unit: entries (each of weight 1) where the cache has a `max`, else sizes. A weight is a
 * positive number. A policy trusts its caller: it is told of slots that are in use as it was told they are.
 */

export type PolicyName = 'lru' | 'lfu' | 'w-tinylfu' | 's3-fifo' | 'sieve' | 'clock' | '2q' | 'arc';

export interface PolicyOptions {
  /** The sum of weights that is cached at most; at least 1. Targets for parts of a policy are shares of it. */
  readonly capacity: number;
}

export interface EvictionPolicy<K> {
  readonly name: PolicyName;
  /** Slots below `slots` may be used from now on. Called before the first insertion, and with more when the cache grows. */
  reserve(slots: number): void;
  /** A key that was not cached is now in `slot`. O(1). */
  insert(slot: number, key: K, weight: number): void;
  /** The entry in `slot` was read, or its value replaced. O(1). */
  access(slot: number): void;
  /** The entry in `slot` now weighs `weight`. O(1). */
  reweigh(slot: number, weight: number): void;
  /**
   * Chooses the entry to end so that there is room for `incoming`, forgets it and returns its slot; −1 when no entry
   * is left. `incoming` is undefined where room is made for no key in particular (a cache that was asked to shrink).
   * Amortised O(1).
   */
  evict(incoming: K | undefined): number;
  /**
   * Another entry that the paper ends together with the one `evict` named, though there is room already: forgotten, and
   * its slot returned; −1 when there is none. A cache asks after each round of evictions until it is told −1. One that
   * does not ask holds such entries until its next `evict`, which names them first; nothing else breaks.
   */
  evictDue?(): number;
  /** The entry in `slot` is gone for another reason than this policy's choice, and leaves no ghost. O(1). */
  remove(slot: number): void;
  /** Every entry is gone, and all that was remembered with them. */
  clear(): void;
  /** Throws an Error that names the broken invariant. For tests; O(n). */
  check(): void;
}
