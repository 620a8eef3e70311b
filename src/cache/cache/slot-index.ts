/**
 * Keys to slot numbers, as a `Map` has them, and twice as fast for integers.
 *
 * Integers of 32 bits stand in an open table of two words a place, slot + 1 and key, probed one after the other and at most
 * half full; what is deleted is closed up, so that no tombstones stay. All other keys are in a `Map`, whose hash of a
 * string is the one the engine keeps. The table's hash has a random seed, so that nobody can choose keys that collide.
 */

import { systemRandom } from '../../ports/random.js';

/** Places of the table at first; a power of two. */
const FIRST_PLACES = 16;

export class SlotIndex<K> {
  readonly #others = new Map<K, number>();
  readonly #multiplier = (systemRandom.u32() & 0x000f_fff0) ^ 0x9e37_79b9;
  #table = new Int32Array(2 * FIRST_PLACES);
  /** What is left of a hash when it is shifted is a place. */
  #shift = 32 - Math.log2(FIRST_PLACES);
  #count = 0;

  get size(): number {
    return this.#count + this.#others.size;
  }

  get(key: K): number | undefined {
    // Zero without a sign: a Map, too, takes −0 for 0.
    if (typeof key !== 'number' || (key | 0) !== key) return this.#others.get(key);
    const table = this.#table;
    const mask = table.length - 1;
    for (let at = this.#placeOf(key); ; at = (at + 2) & mask) {
      const slot = table[at] as number;
      if (slot === 0) return undefined;
      if (table[at + 1] === key) return slot - 1;
    }
  }

  has(key: K): boolean {
    return this.get(key) !== undefined;
  }

  set(key: K, slot: number): void {
    if (typeof key !== 'number' || (key | 0) !== key) {
      this.#others.set(key, slot);
      return;
    }
    if (4 * (this.#count + 1) > this.#table.length) this.#grow();
    this.#put(key, slot);
  }

  delete(key: K): boolean {
    if (typeof key !== 'number' || (key | 0) !== key) return this.#others.delete(key);
    const table = this.#table;
    const mask = table.length - 1;
    let at = this.#placeOf(key);
    for (; table[at + 1] !== key || table[at] === 0; at = (at + 2) & mask) if (table[at] === 0) return false;
    // What stands behind and belongs before moves up.
    for (let next = (at + 2) & mask; table[next] !== 0; next = (next + 2) & mask) {
      const home = this.#placeOf(table[next + 1] as number);
      if (((next - home) & mask) < ((next - at) & mask)) continue;
      table[at] = table[next] as number;
      table[at + 1] = table[next + 1] as number;
      at = next;
    }
    table[at] = 0;
    this.#count--;
    return true;
  }

  clear(): void {
    this.#others.clear();
    this.#table = new Int32Array(2 * FIRST_PLACES);
    this.#shift = 32 - Math.log2(FIRST_PLACES);
    this.#count = 0;
  }

  #placeOf(key: number): number {
    return (Math.imul(key ^ (key >>> 15), this.#multiplier) >>> this.#shift) << 1;
  }

  #put(key: number, slot: number): void {
    const table = this.#table;
    const mask = table.length - 1;
    let at = this.#placeOf(key);
    while (table[at] !== 0 && table[at + 1] !== key) at = (at + 2) & mask;
    if (table[at] === 0) this.#count++;
    table[at] = slot + 1;
    table[at + 1] = key;
  }

  #grow(): void {
    const old = this.#table;
    this.#table = new Int32Array(2 * old.length);
    this.#shift--;
    this.#count = 0;
    for (let at = 0; at < old.length; at += 2) {
      if (old[at] !== 0) this.#put(old[at + 1] as number, (old[at] as number) - 1);
    }
  }
}
