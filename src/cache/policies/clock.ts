/**
 * CLOCK, also called second chance: a ring of entries, a bit for each that its use sets, and a hand that clears bits until
 * it meets one that is not set.
 *
 * Corbató, "A paging experiment with the Multics system" (1968). New entries stand behind the hand with their bit clear:
 * it is the last place the hand comes to.
 */

import { capacityOf } from './capacity.js';
import type { EvictionPolicy, PolicyOptions } from './policy.js';
import { grown, SlotLists } from './slot-lists.js';

/** A hit writes one byte. Eviction is amortised O(1): it clears only bits that hits have set. 9 bytes an entry. */
export class ClockPolicy<K> implements EvictionPolicy<K> {
  readonly name = 'clock';
  readonly #ring = new SlotLists(1);
  #used = new Uint8Array(0);
  /** The slot that is looked at next; negative stands for the oldest. */
  #hand = -1;
  #count = 0;

  /** @throws RangeError when the capacity is below 1 */
  constructor(options: PolicyOptions) {
    capacityOf(options);
  }

  reserve(slots: number): void {
    this.#ring.reserve(slots);
    this.#used = grown(this.#used, slots);
  }

  insert(slot: number, _key: K, _weight: number): void {
    this.#used[slot] = 0;
    this.#count++;
    // The hand goes from older to newer: behind it is the older side.
    const behind = this.#hand < 0 ? -1 : this.#ring.older(this.#hand);
    if (this.#hand < 0) this.#ring.add(0, slot);
    else if (behind < 0) this.#ring.addOldest(0, slot);
    else this.#ring.addNewerThan(behind, slot);
  }

  access(slot: number): void {
    this.#used[slot] = 1;
  }

  reweigh(_slot: number, _weight: number): void {}

  evict(_incoming: K | undefined): number {
    if (this.#count === 0) return -1;
    const used = this.#used;
    let slot = this.#hand < 0 ? this.#ring.oldest(0) : this.#hand;
    while (used[slot] === 1) {
      used[slot] = 0;
      slot = this.#after(slot);
    }
    this.#hand = slot;
    this.remove(slot);
    return slot;
  }

  remove(slot: number): void {
    if (slot === this.#hand) this.#hand = this.#ring.newer(slot);
    this.#ring.remove(slot);
    this.#count--;
  }

  clear(): void {
    this.#ring.clear();
    this.#hand = -1;
    this.#count = 0;
  }

  check(): void {
    const slots = this.#ring.slotsOf(0);
    if (slots.length !== this.#count) throw new Error(`clock: ${this.#count} entries, ${slots.length} in the ring`);
    if (this.#hand >= 0 && !slots.includes(this.#hand)) {
      throw new Error(`clock: the hand is at ${this.#hand}, no entry`);
    }
  }

  #after(slot: number): number {
    const newer = this.#ring.newer(slot);
    return newer < 0 ? this.#ring.oldest(0) : newer;
  }
}
