/**
 * SIEVE: a queue in the order of insertion, a bit for each entry, and a hand that goes from old to new and keeps what has
 * its bit set where it stands, so that new entries are sifted out before old ones that are in use.
 *
 * Zhang, Yang, Yue, Vigfusson, Rashmi, "SIEVE is Simpler than LRU" (NSDI 2024), algorithm 1.
 */

import { capacityOf } from './capacity.js';
import type { EvictionPolicy, PolicyOptions } from './policy.js';
import { grown, SlotLists } from './slot-lists.js';

/** A hit writes one byte. Eviction is amortised O(1): it clears only bits that hits have set. 9 bytes an entry. */
export class SievePolicy<K> implements EvictionPolicy<K> {
  readonly name = 'sieve';
  readonly #queue = new SlotLists(1);
  #visited = new Uint8Array(0);
  /** The slot that is looked at next; negative stands for the oldest. */
  #hand = -1;
  #count = 0;

  /** @throws RangeError when the capacity is below 1 */
  constructor(options: PolicyOptions) {
    capacityOf(options);
  }

  reserve(slots: number): void {
    this.#queue.reserve(slots);
    this.#visited = grown(this.#visited, slots);
  }

  insert(slot: number, _key: K, _weight: number): void {
    this.#visited[slot] = 0;
    this.#queue.add(0, slot);
    this.#count++;
  }

  access(slot: number): void {
    this.#visited[slot] = 1;
  }

  reweigh(_slot: number, _weight: number): void {}

  evict(_incoming: K | undefined): number {
    if (this.#count === 0) return -1;
    const queue = this.#queue;
    const visited = this.#visited;
    let slot = this.#hand < 0 ? queue.oldest(0) : this.#hand;
    while (visited[slot] === 1) {
      visited[slot] = 0;
      slot = queue.newer(slot);
      if (slot < 0) slot = queue.oldest(0);
    }
    this.#hand = slot;
    this.remove(slot);
    return slot;
  }

  remove(slot: number): void {
    if (slot === this.#hand) this.#hand = this.#queue.newer(slot);
    this.#queue.remove(slot);
    this.#count--;
  }

  clear(): void {
    this.#queue.clear();
    this.#hand = -1;
    this.#count = 0;
  }

  check(): void {
    const slots = this.#queue.slotsOf(0);
    if (slots.length !== this.#count) throw new Error(`sieve: ${this.#count} entries, ${slots.length} in the queue`);
    if (this.#hand >= 0 && !slots.includes(this.#hand)) {
      throw new Error(`sieve: the hand is at ${this.#hand}, no entry`);
    }
  }
}
