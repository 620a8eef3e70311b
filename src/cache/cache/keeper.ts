/** Who keeps a cache within its bounds: what ends, for whatever reason, ends here. */

import { Expiry } from './expiry.js';
import type { Farewells } from './farewells.js';
import type { FetchEnd } from './flight.js';
import type { Ports } from './settings.js';
import type { SlotTable } from './slot-table.js';
import type { DisposeReason } from './types.js';

export class Keeper<K, V> {
  evictions = 0;
  expirations = 0;
  readonly #table: SlotTable<K, V>;
  readonly #farewells: Farewells<K, V>;
  /** Entries at most. */
  readonly #limit: number;
  /** The sum of sizes at most; 0 where they are not counted. */
  readonly #maxSize: number;

  constructor(table: SlotTable<K, V>, farewells: Farewells<K, V>, limit: number, maxSize: number) {
    this.#table = table;
    this.#farewells = farewells;
    this.#limit = limit;
    this.#maxSize = maxSize;
  }

  /** Evicts until there is room for one more entry, and it has that size. */
  makeRoom(incoming: K, size: number): void {
    let evicted = false;
    while (this.#table.size >= this.#limit && this.#evict(incoming)) evicted = true;
    this.fit(incoming, size, evicted);
  }

  /** Evicts until the sizes, and what comes, fit; then what the policy ends together with what it ended. */
  fit(incoming: K | undefined, size: number, begun: boolean): void {
    let evicted = begun;
    while (this.#maxSize !== 0 && this.#table.calculatedSize + size > this.#maxSize && this.#evict(incoming)) {
      evicted = true;
    }
    if (evicted) this.#evictDue();
  }

  /** The short way into a full cache without sizes, times and callbacks: the new entry takes the slot of one that goes. */
  replaceVictim(key: K, value: V): void {
    this.evictions++;
    this.#table.replace(this.#table.victim(key), key, value);
    if (this.#table.policy !== undefined) this.#evictDue();
  }

  pop(): V | undefined {
    try {
      for (;;) {
        const slot = this.#table.victim(undefined);
        if (slot < 0) return undefined;
        const value = this.#table.valueAt(slot);
        this.#endAt(slot, 'evict', 'evicted');
        if (value !== undefined) return value;
      }
    } finally {
      this.#farewells.afterwards();
    }
  }

  clear(): void {
    const table = this.#table;
    const gone = Array.from(table.inOrder(true), (slot) => [table.values[slot], table.keys[slot] as K] as const);
    table.clear();
    for (const [value, key] of gone) this.#farewells.tell(value, key, 'delete', 'deleted');
    this.#farewells.afterwards();
  }

  /** Ends the entry of a key. @returns whether there was one */
  end(key: K, reason: DisposeReason): boolean {
    const slot = this.#table.map.get(key);
    if (slot === undefined) return false;
    this.#table.policy?.remove(slot);
    this.#endAt(slot, reason, 'deleted');
    return true;
  }

  /** From now on entries may have times to live. */
  beginExpiry({ timer, now }: Ports, resolutionMs: () => number, autopurge: boolean): void {
    if (this.#table.expiry !== undefined) return;
    const expire = (slot: number) => {
      this.#table.policy?.remove(slot);
      this.#endAt(slot, 'expire', 'deleted');
      this.#farewells.afterwards();
    };
    this.#table.expiry = new Expiry({ timer, resolutionMs, clock: now, expire }, this.#table.reserved, autopurge);
  }

  #evict(incoming: K | undefined): boolean {
    const slot = this.#table.victim(incoming);
    if (slot < 0) return false;
    this.#endAt(slot, 'evict', 'evicted');
    return true;
  }

  #evictDue(): void {
    const { policy } = this.#table;
    if (policy?.evictDue === undefined) return;
    for (let slot = policy.evictDue(); slot >= 0; slot = policy.evictDue()) this.#endAt(slot, 'evict', 'evicted');
  }

  /** Ends the entry of a slot, which the policy has forgotten already. */
  #endAt(slot: number, reason: DisposeReason, why: FetchEnd): void {
    const key = this.#table.keys[slot] as K;
    const value = this.#table.values[slot];
    this.#table.remove(slot);
    if (reason === 'evict') this.evictions++;
    else if (reason === 'expire') this.expirations++;
    this.#farewells.tell(value, key, reason, why);
  }
}
