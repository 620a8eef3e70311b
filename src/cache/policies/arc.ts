/**
 * ARC: two LRU lists, T1 of what was asked for once and T2 of what was asked for again; the keys that left them, B1 and
 * B2; and a target for the size of T1 that grows when a key of B1 comes back and shrinks when one of B2 does.
 *
 * Megiddo, Modha, "ARC: A Self-Tuning, Low Overhead Replacement Cache" (FAST 2003), figure 4, to the letter: the target is
 * a real number and moves by the ratio of |B1| and |B2|, not rounded. Where entries have weights, sizes are sums of them,
 * and the target moves by the weight of what came back times that ratio.
 */

import { systemRandom } from '../../ports/random.js';
import { capacityOf } from './capacity.js';
import { Ghosts } from './ghosts.js';
import { KeyHasher } from './key-hasher.js';
import type { EvictionPolicy, PolicyOptions } from './policy.js';
import { sameKey } from './same-key.js';
import { grown, SlotLists } from './slot-lists.js';

const T1 = 0;
const T2 = 1;

/** Where the key that room is made for was remembered. */
type Origin = 'b1' | 'b2' | 'nowhere';

/** Everything O(1). 21 bytes an entry and its key, and as many keys again that are remembered. */
export class ArcPolicy<K> implements EvictionPolicy<K> {
  readonly name = 'arc';
  readonly #capacity: number;
  readonly #lists = new SlotLists(2);
  readonly #b1 = new Ghosts<K>();
  readonly #b2 = new Ghosts<K>();
  readonly #hasher = new KeyHasher(systemRandom.u32());
  #hashes = new Int32Array(0);
  #listOf = new Uint8Array(0);
  #weights = new Float64Array(0);
  #keys: (K | undefined)[] = [];
  #t1Weight = 0;
  #t2Weight = 0;
  /** p: the target for the weight of T1, from 0 to the capacity. */
  #target = 0;
  #count = 0;
  #isExpecting = false;
  #expected: K | undefined;
  #expectedHash = 0;
  #origin: Origin = 'nowhere';

  /** @throws RangeError when the capacity is below 1 */
  constructor(options: PolicyOptions) {
    this.#capacity = capacityOf(options);
  }

  reserve(slots: number): void {
    this.#lists.reserve(slots);
    this.#hashes = grown(this.#hashes, slots);
    this.#listOf = grown(this.#listOf, slots);
    this.#weights = grown(this.#weights, slots);
  }

  insert(slot: number, key: K, weight: number): void {
    this.#expect(key);
    const list = this.#origin === 'nowhere' ? T1 : T2;
    this.#isExpecting = false;
    this.#expected = undefined;
    this.#forgetFor(list, weight);
    this.#hashes[slot] = this.#expectedHash;
    this.#weights[slot] = weight;
    this.#keys[slot] = key;
    this.#count++;
    this.#put(list, slot);
  }

  access(slot: number): void {
    if (this.#listOf[slot] === T1) {
      this.#take(slot);
      this.#put(T2, slot);
    } else this.#lists.move(T2, slot);
  }

  reweigh(slot: number, weight: number): void {
    const more = weight - (this.#weights[slot] as number);
    this.#weights[slot] = weight;
    if (this.#listOf[slot] === T1) this.#t1Weight += more;
    else this.#t2Weight += more;
  }

  evict(incoming: K | undefined): number {
    if (incoming === undefined) return this.#replace(false);
    this.#expect(incoming);
    if (this.#origin !== 'nowhere') return this.#replace(this.#origin === 'b2');
    // Case IV of the paper. A: L1 is full; B: it is not.
    if (this.#t1Weight + this.#b1.weight >= this.#capacity) {
      if (this.#b1.size === 0 && this.#lists.newest(T1) >= 0) return this.#end(this.#lists.oldest(T1));
      this.#b1.dropOldest();
    } else if (this.#t1Weight + this.#t2Weight + this.#b1.weight + this.#b2.weight >= 2 * this.#capacity) {
      this.#b2.dropOldest();
    }
    return this.#replace(false);
  }

  remove(slot: number): void {
    this.#end(slot);
  }

  clear(): void {
    this.#lists.clear();
    this.#b1.clear();
    this.#b2.clear();
    this.#keys = [];
    this.#t1Weight = 0;
    this.#t2Weight = 0;
    this.#target = 0;
    this.#count = 0;
    this.#isExpecting = false;
    this.#expected = undefined;
  }

  check(): void {
    let count = 0;
    for (const [list, counted] of [this.#t1Weight, this.#t2Weight].entries()) {
      let weight = 0;
      for (const slot of this.#lists.slotsOf(list)) {
        if (this.#listOf[slot] !== list) throw new Error(`arc: slot ${slot} is not in the list it stands in`);
        count++;
        weight += this.#weights[slot] as number;
      }
      if (Math.abs(weight - counted) > 1e-6 * (1 + weight)) {
        throw new Error(`arc: T${list + 1} weighs ${weight}, counted as ${counted}`);
      }
    }
    if (count !== this.#count) throw new Error(`arc: ${this.#count} entries, ${count} in the lists`);
    const remembered = new Set([...this.#b1.keys(), ...this.#b2.keys()]);
    if (remembered.size !== this.#b1.size + this.#b2.size) throw new Error('arc: a key is in B1 and in B2');
    if (!(this.#target >= 0 && this.#target <= this.#capacity)) throw new Error(`arc: the target is ${this.#target}`);
  }

  /** REPLACE(x, p): the oldest of T1 or of T2 is ended and remembered; its slot, or −1 when there is none. */
  #replace(isInB2: boolean): number {
    const t1 = this.#lists.oldest(T1);
    const t2 = this.#lists.oldest(T2);
    const isT1 = t1 >= 0 && (this.#t1Weight > this.#target || (isInB2 && this.#t1Weight === this.#target) || t2 < 0);
    const slot = isT1 ? t1 : t2;
    if (slot < 0) return -1;
    const ghosts = isT1 ? this.#b1 : this.#b2;
    ghosts.add(this.#keys[slot] as K, this.#hashes[slot] as number, this.#weights[slot] as number);
    return this.#end(slot);
  }

  /** Cases II and III: looks a key up among those remembered and moves the target, once for each miss. */
  #expect(key: K): void {
    if (this.#isExpecting && sameKey(key, this.#expected)) return;
    this.#isExpecting = true;
    this.#expected = key;
    const hash = this.#hasher.hash(key);
    this.#expectedHash = hash;
    const b1 = this.#b1.weight;
    const b2 = this.#b2.weight;
    let weight = this.#b1.take(key, hash);
    if (weight >= 0) {
      this.#origin = 'b1';
      this.#target = Math.min(this.#capacity, this.#target + weight * Math.max(1, b2 / b1));
      return;
    }
    weight = this.#b2.take(key, hash);
    this.#origin = weight >= 0 ? 'b2' : 'nowhere';
    if (weight >= 0) this.#target = Math.max(0, this.#target - weight * Math.max(1, b1 / b2));
  }

  /**
   * Keeps |L1| ≤ c and |L1| + |L2| ≤ 2c. Where all weigh 1 and only evictions end entries, `evict` has done so already.
   */
  #forgetFor(list: number, weight: number): void {
    const cached = this.#t1Weight + this.#t2Weight + weight;
    const t1 = this.#t1Weight + (list === T1 ? weight : 0);
    while (this.#b1.size > 0 && t1 + this.#b1.weight > this.#capacity) this.#b1.dropOldest();
    while (this.#b2.size > 0 && cached + this.#b1.weight + this.#b2.weight > 2 * this.#capacity) this.#b2.dropOldest();
  }

  #end(slot: number): number {
    this.#take(slot);
    this.#keys[slot] = undefined;
    this.#count--;
    return slot;
  }

  #put(list: number, slot: number): void {
    this.#lists.add(list, slot);
    this.#listOf[slot] = list;
    if (list === T1) this.#t1Weight += this.#weights[slot] as number;
    else this.#t2Weight += this.#weights[slot] as number;
  }

  #take(slot: number): void {
    this.#lists.remove(slot);
    if (this.#listOf[slot] === T1) this.#t1Weight -= this.#weights[slot] as number;
    else this.#t2Weight -= this.#weights[slot] as number;
  }
}
