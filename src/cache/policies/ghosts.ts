/**
 * Keys that are no longer cached, in the order in which they went: what 2Q, ARC and S3-FIFO remember.
 *
 * A ring of keys and a map from each to its place in the ring. A key that is taken out of the middle leaves a hole, which
 * is skipped when the oldest is dropped; a ring full of holes is closed up. Everything is O(1) amortised. The policy
 * bounds the weight, and so the length.
 */
export class Ghosts<K> {
  readonly #places = new Map<K, number>();
  #keys: (K | typeof HOLE)[] = new Array<K | typeof HOLE>(FIRST_LENGTH).fill(HOLE);
  #weights = new Float64Array(FIRST_LENGTH);
  /** Of the oldest place, and how many places from there on are keys or holes. */
  #from = 0;
  #used = 0;
  #weight = 0;

  /** The sum of weights. */
  get weight(): number {
    return this.#weight;
  }

  get size(): number {
    return this.#places.size;
  }

  /** A key that is not among them becomes the newest. */
  add(key: K, weight: number): void {
    if (this.#used === this.#keys.length) this.#makeRoom();
    const place = (this.#from + this.#used) & (this.#keys.length - 1);
    this.#keys[place] = key;
    this.#weights[place] = weight;
    this.#used++;
    this.#weight += weight;
    this.#places.set(key, place);
  }

  /** Forgets a key and returns its weight; −1 when it is not among them. */
  take(key: K): number {
    const place = this.#places.get(key);
    if (place === undefined) return -1;
    this.#places.delete(key);
    this.#keys[place] = HOLE;
    const weight = this.#weights[place] as number;
    this.#forget(weight);
    return weight;
  }

  /** Forgets the oldest key; nothing where there is none. */
  dropOldest(): void {
    while (this.#used > 0) {
      const place = this.#from;
      const key = this.#keys[place] as K | typeof HOLE;
      this.#from = (place + 1) & (this.#keys.length - 1);
      this.#used--;
      if (key === HOLE) continue;
      this.#keys[place] = HOLE;
      this.#places.delete(key as K);
      this.#forget(this.#weights[place] as number);
      return;
    }
  }

  clear(): void {
    this.#places.clear();
    this.#keys = new Array<K | typeof HOLE>(FIRST_LENGTH).fill(HOLE);
    this.#weights = new Float64Array(FIRST_LENGTH);
    this.#from = 0;
    this.#used = 0;
    this.#weight = 0;
  }

  /** The keys, oldest first. For tests. @throws Error where map, ring and weight disagree */
  keys(): K[] {
    const keys: K[] = [];
    let weight = 0;
    for (let i = 0; i < this.#used; i++) {
      const place = (this.#from + i) & (this.#keys.length - 1);
      const key = this.#keys[place] as K | typeof HOLE;
      if (key === HOLE) continue;
      if (this.#places.get(key as K) !== place) throw new Error(`Ghost ${String(key)} is not where the map says`);
      keys.push(key as K);
      weight += this.#weights[place] as number;
    }
    if (keys.length !== this.#places.size) throw new Error(`${this.#places.size} ghosts, ${keys.length} in the ring`);
    if (Math.abs(weight - this.#weight) > 1e-6 * (1 + weight)) {
      throw new Error(`Ghosts weigh ${weight}, counted as ${this.#weight}`);
    }
    return keys;
  }

  #forget(weight: number): void {
    // Sums of fractions drift; an empty list weighs nothing.
    this.#weight = this.#places.size === 0 ? 0 : this.#weight - weight;
  }

  /** Closes the holes up where they are half of the ring, else doubles it. */
  #makeRoom(): void {
    const length = this.#keys.length;
    const wanted = this.#places.size * 2 <= length ? length : length * 2;
    const keys = new Array<K | typeof HOLE>(wanted).fill(HOLE);
    const weights = new Float64Array(wanted);
    let to = 0;
    for (let i = 0; i < this.#used; i++) {
      const place = (this.#from + i) & (length - 1);
      const key = this.#keys[place] as K | typeof HOLE;
      if (key === HOLE) continue;
      keys[to] = key;
      weights[to] = this.#weights[place] as number;
      this.#places.set(key as K, to++);
    }
    this.#keys = keys;
    this.#weights = weights;
    this.#from = 0;
    this.#used = to;
  }
}

/** A power of two. */
const FIRST_LENGTH = 16;
/** Stands for a key that was taken out: no key of a caller is this one. */
const HOLE: unique symbol = Symbol('hole');
