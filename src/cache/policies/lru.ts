/** Least recently used: one list, in the order of the last use. */

import { capacityOf } from './capacity.js';
import type { EvictionPolicy, PolicyOptions } from './policy.js';
import { SlotLists } from './slot-lists.js';

/** Everything O(1), 8 bytes an entry. One scan longer than the capacity throws everything out. */
export class LruPolicy<K> implements EvictionPolicy<K> {
  readonly name = 'lru';
  readonly #list = new SlotLists(1);
  #count = 0;

  /** @throws RangeError when the capacity is below 1 */
  constructor(options: PolicyOptions) {
    capacityOf(options);
  }

  reserve(slots: number): void {
    this.#list.reserve(slots);
  }

  insert(slot: number, _key: K, _weight: number): void {
    this.#list.add(0, slot);
    this.#count++;
  }

  access(slot: number): void {
    this.#list.move(0, slot);
  }

  reweigh(_slot: number, _weight: number): void {}

  evict(_incoming: K | undefined): number {
    const slot = this.#list.oldest(0);
    if (slot < 0) return -1;
    this.remove(slot);
    return slot;
  }

  remove(slot: number): void {
    this.#list.remove(slot);
    this.#count--;
  }

  clear(): void {
    this.#list.clear();
    this.#count = 0;
  }

  check(): void {
    const listed = this.#list.slotsOf(0).length;
    if (listed !== this.#count) throw new Error(`lru: ${this.#count} entries, ${listed} in the list`);
  }
}
