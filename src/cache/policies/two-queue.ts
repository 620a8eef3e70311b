/**
 * 2Q, the full version: what is new stands in a queue, A1in; keys that left it are remembered in A1out; what is asked for
 * while it is remembered goes to Am, which is LRU.
 *
 * Johnson, Shasha, "2Q: A Low Overhead High Performance Buffer Management Replacement Algorithm" (VLDB 1994), with its
 * Kin of a quarter of the capacity and Kout of half, rounded down. A key that comes back leaves A1out before room is made
 * for it: the paper does not say which is first, and Caffeine's simulator does the same.
 */

import { systemRandom } from '../../ports/random.js';
import { capacityOf } from './capacity.js';
import { Ghosts } from './ghosts.js';
import { KeyHasher } from './key-hasher.js';
import type { EvictionPolicy, PolicyOptions } from './policy.js';
import { sameKey } from './same-key.js';
import { grown, SlotLists } from './slot-lists.js';

const A1_IN = 0;
const AM = 1;

const IN_SHARE = 0.25;
const OUT_SHARE = 0.5;

/** Everything O(1). 21 bytes an entry and its key, and the keys that are remembered. */
export class TwoQueuePolicy<K> implements EvictionPolicy<K> {
  readonly name = '2q';
  readonly #inCapacity: number;
  readonly #outCapacity: number;
  readonly #queues = new SlotLists(2);
  readonly #out = new Ghosts<K>();
  readonly #hasher = new KeyHasher(systemRandom.u32());
  #hashes = new Int32Array(0);
  #queueOf = new Uint8Array(0);
  #weights = new Float64Array(0);
  #keys: (K | undefined)[] = [];
  #inWeight = 0;
  #count = 0;
  /** The key that room was made for, and whether it was remembered. */
  #isExpecting = false;
  #expected: K | undefined;
  #expectedHash = 0;
  #wasOut = false;

  /** @throws RangeError when the capacity is below 1 */
  constructor(options: PolicyOptions) {
    const capacity = capacityOf(options);
    this.#inCapacity = Math.floor(capacity * IN_SHARE);
    this.#outCapacity = Math.floor(capacity * OUT_SHARE);
  }

  reserve(slots: number): void {
    this.#queues.reserve(slots);
    this.#hashes = grown(this.#hashes, slots);
    this.#queueOf = grown(this.#queueOf, slots);
    this.#weights = grown(this.#weights, slots);
  }

  insert(slot: number, key: K, weight: number): void {
    this.#expect(key);
    const queue = this.#wasOut ? AM : A1_IN;
    this.#isExpecting = false;
    this.#expected = undefined;
    this.#queues.add(queue, slot);
    this.#hashes[slot] = this.#expectedHash;
    this.#queueOf[slot] = queue;
    this.#weights[slot] = weight;
    this.#keys[slot] = key;
    if (queue === A1_IN) this.#inWeight += weight;
    this.#count++;
  }

  access(slot: number): void {
    if (this.#queueOf[slot] === AM) this.#queues.move(AM, slot);
  }

  reweigh(slot: number, weight: number): void {
    if (this.#queueOf[slot] === A1_IN) this.#inWeight += weight - (this.#weights[slot] as number);
    this.#weights[slot] = weight;
  }

  evict(incoming: K | undefined): number {
    if (incoming !== undefined) this.#expect(incoming);
    const oldestOfAm = this.#queues.oldest(AM);
    if (oldestOfAm >= 0 && this.#inWeight <= this.#inCapacity) {
      this.remove(oldestOfAm);
      return oldestOfAm;
    }
    const slot = this.#queues.oldest(A1_IN);
    if (slot < 0) return -1;
    const key = this.#keys[slot] as K;
    this.remove(slot);
    this.#out.add(key, this.#hashes[slot] as number, this.#weights[slot] as number);
    while (this.#out.size > 0 && this.#out.weight > this.#outCapacity) this.#out.dropOldest();
    return slot;
  }

  remove(slot: number): void {
    this.#queues.remove(slot);
    this.#keys[slot] = undefined;
    this.#count--;
    if (this.#queueOf[slot] !== A1_IN) return;
    this.#inWeight = this.#queues.newest(A1_IN) < 0 ? 0 : this.#inWeight - (this.#weights[slot] as number);
  }

  clear(): void {
    this.#queues.clear();
    this.#out.clear();
    this.#keys = [];
    this.#inWeight = 0;
    this.#count = 0;
    this.#isExpecting = false;
    this.#expected = undefined;
  }

  check(): void {
    let count = 0;
    for (const queue of [A1_IN, AM]) {
      let weight = 0;
      for (const slot of this.#queues.slotsOf(queue)) {
        if (this.#queueOf[slot] !== queue) throw new Error(`2q: slot ${slot} is not in the queue it stands in`);
        count++;
        weight += this.#weights[slot] as number;
      }
      if (queue === A1_IN && Math.abs(weight - this.#inWeight) > 1e-6 * (1 + weight)) {
        throw new Error(`2q: A1in weighs ${weight}, counted as ${this.#inWeight}`);
      }
    }
    if (count !== this.#count) throw new Error(`2q: ${this.#count} entries, ${count} in the queues`);
    this.#out.keys();
    if (this.#out.weight > this.#outCapacity) throw new Error('2q: A1out is too long');
  }

  /** Looks a key up among those remembered, once, however often room is made for it. */
  #expect(key: K): void {
    if (this.#isExpecting && sameKey(key, this.#expected as K)) return;
    this.#isExpecting = true;
    this.#expected = key;
    this.#expectedHash = this.#hasher.hash(key);
    this.#wasOut = this.#out.take(key, this.#expectedHash) >= 0;
  }
}
