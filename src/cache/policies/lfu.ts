/**
 * Least frequently used, least recently among equals.
 *
 * One list holds all entries by frequency, and by recency within a frequency. A class is all entries of one frequency:
 * they stand together, and the class knows its newest. So a hit moves an entry past the newest of the next class, which
 * is the neighbour of its own, in O(1) (Shah, Mitra, Matani, "An O(1) algorithm for implementing the LFU cache eviction
 * scheme", 2010, with the lists of each frequency laid end to end).
 *
 *     oldest  1 1 1 │ 2 2 │ 5 │ 9 9  newest
 *                 ↑     ↑   ↑     ↑  newest of each class
 */

import { capacityOf } from './capacity.js';
import type { EvictionPolicy, PolicyOptions } from './policy.js';
import { grown, SlotLists } from './slot-lists.js';

export interface LfuOptions extends PolicyOptions {
  /**
   * Ageing: after so many insertions and accesses every frequency is halved, rounded up, so that what was popular once
   * makes way. An integer from 1. Default none: frequencies only grow. Halving is O(entries), so ten times the number
   * of entries is a sensible least.
   */
  readonly ageAfter?: number;
}

/** Everything O(1) but for ageing; 28 bytes an entry. Without ageing, what was popular stays. */
export class LfuPolicy<K> implements EvictionPolicy<K> {
  readonly name = 'lfu';
  readonly #ageAfter: number;
  readonly #list = new SlotLists(1);
  /** By slot: its class. By class: the frequency, and the slot of the newest. */
  #classOf = new Int32Array(0);
  #frequency = new Float64Array(0);
  #newest = new Int32Array(0);
  /** A stack of classes that are not in use. */
  #free = new Int32Array(0);
  #freeCount = 0;
  #count = 0;
  #sinceAgeing = 0;

  /** @throws RangeError when the capacity is below 1, or `ageAfter` no integer from 1 */
  constructor(options: LfuOptions) {
    capacityOf(options);
    const { ageAfter = Number.POSITIVE_INFINITY } = options;
    if (ageAfter !== Number.POSITIVE_INFINITY && !(Number.isInteger(ageAfter) && ageAfter >= 1)) {
      throw new RangeError(`ageAfter must be an integer from 1, got ${String(ageAfter)}`);
    }
    this.#ageAfter = ageAfter;
  }

  reserve(slots: number): void {
    const before = this.#classOf.length;
    if (slots <= before) return;
    this.#list.reserve(slots);
    this.#classOf = grown(this.#classOf, slots);
    this.#frequency = grown(this.#frequency, slots);
    this.#newest = grown(this.#newest, slots);
    this.#free = grown(this.#free, slots);
    // As many classes as slots are enough: none is empty, and a class that is left is freed before one is made.
    for (let id = slots - 1; id >= before; id--) this.#free[this.#freeCount++] = id;
  }

  insert(slot: number, _key: K, _weight: number): void {
    this.#count++;
    const first = this.#list.oldest(0);
    const id = first < 0 ? -1 : (this.#classOf[first] as number);
    if (id >= 0 && this.#frequency[id] === 1) {
      this.#list.addNewerThan(this.#newest[id] as number, slot);
      this.#enter(slot, id);
    } else {
      this.#list.addOldest(0, slot);
      this.#enter(slot, this.#newClass(1));
    }
    if (++this.#sinceAgeing >= this.#ageAfter) this.#age();
  }

  access(slot: number): void {
    const id = this.#classOf[slot] as number;
    const frequency = (this.#frequency[id] as number) + 1;
    const newest = this.#newest[id] as number;
    const beyond = this.#list.newer(newest);
    const next = beyond < 0 ? -1 : (this.#classOf[beyond] as number);
    const joins = next >= 0 && this.#frequency[next] === frequency;
    if (joins) {
      this.#leave(slot, id);
      this.#list.remove(slot);
      this.#list.addNewerThan(this.#newest[next] as number, slot);
      this.#enter(slot, next);
    } else if (slot === newest && this.#isAlone(slot, id)) {
      this.#frequency[id] = frequency;
    } else {
      this.#leave(slot, id);
      if (slot !== newest) {
        this.#list.remove(slot);
        this.#list.addNewerThan(newest, slot);
      }
      this.#enter(slot, this.#newClass(frequency));
    }
    if (++this.#sinceAgeing >= this.#ageAfter) this.#age();
  }

  reweigh(_slot: number, _weight: number): void {}

  evict(_incoming: K | undefined): number {
    const slot = this.#list.oldest(0);
    if (slot < 0) return -1;
    this.remove(slot);
    return slot;
  }

  remove(slot: number): void {
    this.#leave(slot, this.#classOf[slot] as number);
    this.#list.remove(slot);
    this.#count--;
  }

  clear(): void {
    this.#list.clear();
    this.#freeCount = 0;
    for (let id = this.#free.length - 1; id >= 0; id--) this.#free[this.#freeCount++] = id;
    this.#count = 0;
    this.#sinceAgeing = 0;
  }

  check(): void {
    const slots = this.#list.slotsOf(0);
    if (slots.length !== this.#count) throw new Error(`lfu: ${this.#count} entries, ${slots.length} in the list`);
    let last = -1;
    let classes = 0;
    for (const [at, slot] of slots.entries()) {
      const id = this.#classOf[slot] as number;
      const frequency = this.#frequency[id] as number;
      if (id !== last) {
        classes++;
        const before = last < 0 ? 0 : (this.#frequency[last] as number);
        if (frequency <= before) throw new Error(`lfu: frequency ${frequency} stands behind ${before}`);
      }
      const isLast = at + 1 === slots.length || this.#classOf[slots[at + 1] as number] !== id;
      if (isLast !== (this.#newest[id] === slot)) throw new Error(`lfu: slot ${slot} and its class disagree`);
      last = id;
    }
    if (classes + this.#freeCount !== this.#free.length) throw new Error(`lfu: a class is lost`);
  }

  /** The slot, already in its place in the list, is the newest of a class. */
  #enter(slot: number, id: number): void {
    this.#classOf[slot] = id;
    this.#newest[id] = slot;
  }

  /** Before the slot goes: its class has another newest, or is free. */
  #leave(slot: number, id: number): void {
    if (this.#newest[id] !== slot) return;
    const older = this.#list.older(slot);
    if (older >= 0 && this.#classOf[older] === id) this.#newest[id] = older;
    else this.#free[this.#freeCount++] = id;
  }

  /** Whether the newest of a class is all of it. */
  #isAlone(newest: number, id: number): boolean {
    const older = this.#list.older(newest);
    return older < 0 || this.#classOf[older] !== id;
  }

  #newClass(frequency: number): number {
    const id = this.#free[--this.#freeCount] as number;
    this.#frequency[id] = frequency;
    return id;
  }

  /** Halves every frequency, rounded up. Classes that become equal are joined; the order stays. */
  #age(): void {
    this.#sinceAgeing = 0;
    let before = -1;
    for (let slot = this.#list.oldest(0); slot >= 0; ) {
      const id = this.#classOf[slot] as number;
      const newest = this.#newest[id] as number;
      const beyond = this.#list.newer(newest);
      const frequency = Math.ceil((this.#frequency[id] as number) / 2);
      if (before >= 0 && this.#frequency[before] === frequency) {
        for (let each = slot; each !== beyond; each = this.#list.newer(each)) this.#classOf[each] = before;
        this.#newest[before] = newest;
        this.#free[this.#freeCount++] = id;
      } else {
        this.#frequency[id] = frequency;
        before = id;
      }
      slot = beyond;
    }
  }
}
