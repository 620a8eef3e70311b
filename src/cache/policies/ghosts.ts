/**
 * Keys that are no longer cached, in the order in which they went: what 2Q, ARC and S3-FIFO remember.
 *
 * A ring of keys, and a hash table of chains through it. A `Map` would do, at three times the time of a miss: the policies
 * have a key's hash at hand, and typed arrays leave nothing to the collector. Keys are compared, not fingerprints: nothing
 * is remembered that was not there.
 *
 *     heads   hash → place of the first of its chain, or −1
 *     chains  place → place of the next, or −1
 *     hashes, weights, keys   by place
 *
 * A key that is taken out of the middle leaves a hole, which is skipped when the oldest is dropped; a ring full of holes
 * is closed up. Everything is O(1) amortised. The policy bounds the weight, and so the length.
 */

import { sameKey } from './same-key.js';

export class Ghosts<K> {
  #keys: (K | typeof HOLE)[] = holes<K>(FIRST_LENGTH);
  #hashes = new Int32Array(FIRST_LENGTH);
  #weights = new Float64Array(FIRST_LENGTH);
  #chains = new Int32Array(FIRST_LENGTH);
  #heads = new Int32Array(FIRST_LENGTH).fill(-1);
  /** Of the oldest place, and how many places from there on are keys or holes. */
  #from = 0;
  #used = 0;
  #size = 0;
  #weight = 0;

  /** The sum of weights. */
  get weight(): number {
    return this.#weight;
  }

  get size(): number {
    return this.#size;
  }

  /** A key that is not among them becomes the newest. @param hash of the key, 32 bits */
  add(key: K, hash: number, weight: number): void {
    if (this.#used === this.#keys.length) this.#makeRoom();
    const place = (this.#from + this.#used) & (this.#keys.length - 1);
    this.#used++;
    this.#size++;
    this.#weight += weight;
    this.#put(place, key, hash, weight);
  }

  /** Forgets a key and returns its weight; −1 when it is not among them. */
  take(key: K, hash: number): number {
    let place = this.#heads[hash & (this.#heads.length - 1)] as number;
    while (place >= 0) {
      if (this.#hashes[place] === hash && sameKey(this.#keys[place], key)) {
        this.#forget(place);
        return this.#weights[place] as number;
      }
      place = this.#chains[place] as number;
    }
    return -1;
  }

  /** Forgets the oldest key; nothing where there is none. */
  dropOldest(): void {
    while (this.#used > 0) {
      const place = this.#from;
      this.#from = (place + 1) & (this.#keys.length - 1);
      this.#used--;
      if (this.#keys[place] === HOLE) continue;
      this.#forget(place);
      return;
    }
  }

  clear(): void {
    this.#resize(FIRST_LENGTH);
    this.#from = 0;
    this.#used = 0;
    this.#size = 0;
    this.#weight = 0;
  }

  /** The keys, oldest first. For tests. @throws Error where chains, ring and weight disagree */
  keys(): K[] {
    const keys: K[] = [];
    let weight = 0;
    for (let i = 0; i < this.#used; i++) {
      const place = (this.#from + i) & (this.#keys.length - 1);
      const key = this.#keys[place] as K | typeof HOLE;
      if (key === HOLE) continue;
      let at = this.#heads[(this.#hashes[place] as number) & (this.#heads.length - 1)] as number;
      while (at >= 0 && at !== place) at = this.#chains[at] as number;
      if (at < 0) throw new Error(`Ghost ${String(key)} is in no chain`);
      keys.push(key as K);
      weight += this.#weights[place] as number;
    }
    if (keys.length !== this.#size) throw new Error(`${this.#size} ghosts, ${keys.length} in the ring`);
    if (Math.abs(weight - this.#weight) > 1e-6 * (1 + weight)) {
      throw new Error(`Ghosts weigh ${weight}, counted as ${this.#weight}`);
    }
    return keys;
  }

  #put(place: number, key: K, hash: number, weight: number): void {
    const bucket = hash & (this.#heads.length - 1);
    this.#keys[place] = key;
    this.#hashes[place] = hash;
    this.#weights[place] = weight;
    this.#chains[place] = this.#heads[bucket] as number;
    this.#heads[bucket] = place;
  }

  /** The place becomes a hole, and leaves its chain. */
  #forget(place: number): void {
    const bucket = (this.#hashes[place] as number) & (this.#heads.length - 1);
    const chains = this.#chains;
    let at = this.#heads[bucket] as number;
    if (at === place) this.#heads[bucket] = chains[place] as number;
    else {
      while (chains[at] !== place) at = chains[at] as number;
      chains[at] = chains[place] as number;
    }
    this.#keys[place] = HOLE;
    // Sums of fractions drift; an empty list weighs nothing.
    this.#weight = --this.#size === 0 ? 0 : this.#weight - (this.#weights[place] as number);
  }

  /** Closes the holes up where they are half of the ring, else doubles it. */
  #makeRoom(): void {
    const [keys, hashes, weights, from, used] = [this.#keys, this.#hashes, this.#weights, this.#from, this.#used];
    this.#resize(this.#size * 2 <= keys.length ? keys.length : keys.length * 2);
    let to = 0;
    for (let i = 0; i < used; i++) {
      const place = (from + i) & (keys.length - 1);
      const key = keys[place] as K | typeof HOLE;
      if (key !== HOLE) this.#put(to++, key as K, hashes[place] as number, weights[place] as number);
    }
    this.#from = 0;
    this.#used = to;
  }

  #resize(length: number): void {
    this.#keys = holes<K>(length);
    this.#hashes = new Int32Array(length);
    this.#weights = new Float64Array(length);
    this.#chains = new Int32Array(length);
    this.#heads = new Int32Array(length).fill(-1);
  }
}

/** A power of two. */
const FIRST_LENGTH = 16;
/** Stands for a key that was taken out: no key of a caller is this one. */
const HOLE: unique symbol = Symbol('hole');

function holes<K>(length: number): (K | typeof HOLE)[] {
  return new Array<K | typeof HOLE>(length).fill(HOLE);
}
