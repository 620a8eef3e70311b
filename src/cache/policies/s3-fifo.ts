/**
 * S3-FIFO: three queues in the order of insertion. A small one takes what is new, so that what is asked for once leaves
 * quickly; the main one takes what was asked for again; ghosts are the keys that left the small one.
 *
 * Yang, Zhang, Qiu, Yue, Rashmi, "FIFO queues are all you need for cache eviction" (SOSP 2023), algorithm 1, with the
 * sizes of its text: small a tenth of the capacity, main the rest, as many ghosts as main has room for, counters up to 3.
 * Sizes that are no whole numbers are rounded down, as in the authors' simulator.
 *
 * The algorithm evicts from main when an entry moves there from the small queue and main is full, and then goes on until
 * the small queue gives one up too. `evict` names the first of them, `evictDue` the others.
 */

import { systemRandom } from '../../ports/random.js';
import { capacityOf } from './capacity.js';
import { Ghosts } from './ghosts.js';
import { KeyHasher } from './key-hasher.js';
import type { EvictionPolicy, PolicyOptions } from './policy.js';
import { grown, SlotLists } from './slot-lists.js';

const SMALL = 0;
const MAIN = 1;
/** Ended, and not yet named to the cache. */
const DUE = 2;

const SMALL_SHARE = 0.1;
const GHOST_SHARE = 0.9;
const MOST_USES = 3;

/** A hit writes one byte. Eviction is amortised O(1). 22 bytes an entry and its key, and the keys of ghosts. */
export class S3FifoPolicy<K> implements EvictionPolicy<K> {
  readonly name = 's3-fifo';
  readonly #smallCapacity: number;
  readonly #mainCapacity: number;
  readonly #ghostCapacity: number;
  readonly #queues = new SlotLists(3);
  readonly #ghosts = new Ghosts<K>();
  readonly #hasher = new KeyHasher(systemRandom.u32());
  #hashes = new Int32Array(0);
  #uses = new Uint8Array(0);
  #queueOf = new Uint8Array(0);
  #weights = new Float64Array(0);
  #keys: (K | undefined)[] = [];
  #smallWeight = 0;
  #mainWeight = 0;
  #dueCount = 0;
  #count = 0;

  /** @throws RangeError when the capacity is below 1 */
  constructor(options: PolicyOptions) {
    const capacity = capacityOf(options);
    this.#smallCapacity = Math.max(1, Math.floor(capacity * SMALL_SHARE));
    this.#mainCapacity = capacity - this.#smallCapacity;
    this.#ghostCapacity = Math.floor(capacity * GHOST_SHARE);
  }

  reserve(slots: number): void {
    this.#queues.reserve(slots);
    this.#hashes = grown(this.#hashes, slots);
    this.#uses = grown(this.#uses, slots);
    this.#queueOf = grown(this.#queueOf, slots);
    this.#weights = grown(this.#weights, slots);
  }

  insert(slot: number, key: K, weight: number): void {
    const hash = this.#hasher.hash(key);
    this.#hashes[slot] = hash;
    this.#uses[slot] = 0;
    this.#weights[slot] = weight;
    this.#keys[slot] = key;
    this.#count++;
    this.#put(this.#ghosts.take(key, hash) >= 0 ? MAIN : SMALL, slot);
  }

  access(slot: number): void {
    const uses = this.#uses[slot] as number;
    if (uses < MOST_USES) this.#uses[slot] = uses + 1;
  }

  reweigh(slot: number, weight: number): void {
    const more = weight - (this.#weights[slot] as number);
    this.#weights[slot] = weight;
    if (this.#queueOf[slot] === SMALL) this.#smallWeight += more;
    else if (this.#queueOf[slot] === MAIN) this.#mainWeight += more;
  }

  evict(_incoming: K | undefined): number {
    // A round may end nothing: all of the small queue may move to a main that has room.
    while (this.#dueCount === 0 && this.#count > 0) {
      const hasSmall = this.#queues.newest(SMALL) >= 0;
      if (hasSmall && (this.#smallWeight >= this.#smallCapacity || this.#queues.newest(MAIN) < 0)) this.#evictSmall();
      else this.#evictMain();
    }
    return this.evictDue();
  }

  evictDue(): number {
    if (this.#dueCount === 0) return -1;
    const slot = this.#queues.oldest(DUE);
    this.remove(slot);
    return slot;
  }

  remove(slot: number): void {
    this.#take(slot);
    this.#keys[slot] = undefined;
    this.#count--;
  }

  clear(): void {
    this.#queues.clear();
    this.#ghosts.clear();
    this.#keys = [];
    this.#smallWeight = 0;
    this.#mainWeight = 0;
    this.#dueCount = 0;
    this.#count = 0;
  }

  check(): void {
    const weights = [0, 0];
    let count = 0;
    for (const queue of [SMALL, MAIN, DUE]) {
      const slots = this.#queues.slotsOf(queue);
      count += slots.length;
      for (const slot of slots) {
        if (this.#queueOf[slot] !== queue) throw new Error(`s3-fifo: slot ${slot} is not in the queue it stands in`);
        if (queue !== DUE) weights[queue] = (weights[queue] as number) + (this.#weights[slot] as number);
      }
      if (queue === DUE && slots.length !== this.#dueCount) throw new Error('s3-fifo: wrong count of what is due');
    }
    if (count !== this.#count) throw new Error(`s3-fifo: ${this.#count} entries, ${count} in the queues`);
    for (const [queue, weight] of [this.#smallWeight, this.#mainWeight].entries()) {
      if (Math.abs(weight - (weights[queue] as number)) > 1e-6 * (1 + weight)) {
        throw new Error(`s3-fifo: queue ${queue} weighs ${weights[queue]}, counted as ${weight}`);
      }
    }
    this.#ghosts.keys();
    if (this.#ghosts.weight > this.#ghostCapacity) throw new Error('s3-fifo: too many ghosts');
  }

  /** Ends the oldest of the small queue that was used at most once; those before it move to main. */
  #evictSmall(): void {
    for (let slot = this.#queues.oldest(SMALL); slot >= 0; slot = this.#queues.oldest(SMALL)) {
      this.#take(slot);
      if ((this.#uses[slot] as number) <= 1) {
        this.#remember(slot);
        this.#put(DUE, slot);
        return;
      }
      this.#uses[slot] = 0;
      this.#put(MAIN, slot);
      if (this.#mainWeight > this.#mainCapacity) this.#evictMain();
    }
  }

  /** Ends the oldest of main that was not used since it was last looked at; those before it go round once more. */
  #evictMain(): void {
    for (let slot = this.#queues.oldest(MAIN); slot >= 0; slot = this.#queues.oldest(MAIN)) {
      const uses = this.#uses[slot] as number;
      if (uses === 0) {
        this.#take(slot);
        this.#put(DUE, slot);
        return;
      }
      this.#uses[slot] = uses - 1;
      this.#queues.move(MAIN, slot);
    }
  }

  #remember(slot: number): void {
    const weight = this.#weights[slot] as number;
    if (weight > this.#ghostCapacity) return;
    while (this.#ghosts.size > 0 && this.#ghosts.weight + weight > this.#ghostCapacity) this.#ghosts.dropOldest();
    this.#ghosts.add(this.#keys[slot] as K, this.#hashes[slot] as number, weight);
  }

  #put(queue: number, slot: number): void {
    this.#queues.add(queue, slot);
    this.#queueOf[slot] = queue;
    if (queue === SMALL) this.#smallWeight += this.#weights[slot] as number;
    else if (queue === MAIN) this.#mainWeight += this.#weights[slot] as number;
    else this.#dueCount++;
  }

  #take(slot: number): void {
    this.#queues.remove(slot);
    const queue = this.#queueOf[slot] as number;
    if (queue === SMALL) this.#smallWeight -= this.#weights[slot] as number;
    else if (queue === MAIN) this.#mainWeight -= this.#weights[slot] as number;
    else this.#dueCount--;
  }
}
