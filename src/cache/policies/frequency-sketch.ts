/**
 * How often keys were asked for of late: a count-min sketch of 4-bit counters that are halved as it fills.
 *
 * Einziger, Friedman, Manes, "TinyLFU: A Highly Efficient Cache Admission Policy" (2017). Sixteen counters an entry, in
 * blocks of 64 bytes: a key has four counters, one in each quarter of its block, so that it costs one cache line (as in
 * Caffeine). When ten times as many increments were counted as there are entries, all counters are halved.
 *
 * With a doorkeeper, a Bloom filter takes the first time each key comes, and only what comes again is counted; it is
 * emptied when the counters are halved.
 */

import { mixed } from './key-hasher.js';

/** Of a block, with 8 counters each. */
const BLOCK_WORDS = 16;
const MOST = 15;
const LEAST_ENTRIES = 8;
const SAMPLES_PER_ENTRY = 10;
/** Bits of the doorkeeper for each entry of the sketch: one of a hundred newcomers is let in at once when it is full. */
const DOOR_BITS = 32;
const DOOR_HASHES = 3;

export class FrequencySketch {
  #counters: Int32Array = new Int32Array(0);
  #door: Int32Array | undefined;
  #blockMask = 0;
  #period: number;
  #additions = 0;

  /**
   * @param entries how many entries it is to tell apart
   * @param period after how many increments counters are halved
   */
  constructor(entries: number, period: number, doorkeeper: boolean) {
    this.#period = period;
    if (doorkeeper) this.#door = new Int32Array(0);
    this.reserve(entries);
  }

  /** How many increments there are between two halvings. */
  static periodOf(entries: number): number {
    return SAMPLES_PER_ENTRY * Math.max(LEAST_ENTRIES, entries);
  }

  set period(period: number) {
    this.#period = period;
  }

  /**
   * Tells at least `entries` apart. No estimate changes: a table twice as long is two copies of the one before, since a
   * key's block is found by the low bits of its hash.
   */
  reserve(entries: number): void {
    let words = Math.max(this.#counters.length, BLOCK_WORDS);
    while (words * 8 < entries * 16) words *= 2;
    if (words === this.#counters.length) return;
    this.#counters = repeated(this.#counters, words);
    this.#blockMask = words / BLOCK_WORDS - 1;
    if (this.#door !== undefined) this.#door = repeated(this.#door, (words / 2) * (DOOR_BITS / 32));
  }

  clear(): void {
    this.#counters.fill(0);
    this.#door?.fill(0);
    this.#additions = 0;
  }

  /** Counts one more for the key of this hash, up to 15. O(1) amortised. */
  increment(hash: number): void {
    if (this.#door !== undefined && this.#enters(this.#door, hash)) return;
    const counters = this.#counters;
    const block = (hash & this.#blockMask) * BLOCK_WORDS;
    const spread = mixed(hash ^ 0x9e37_79b9);
    // Written out: a loop over the four quarters is a tenth slower.
    const added =
      incrementAt(counters, block, spread) |
      incrementAt(counters, block + 4, spread >>> 8) |
      incrementAt(counters, block + 8, spread >>> 16) |
      incrementAt(counters, block + 12, spread >>> 24);
    this.#additions += added;
    if (this.#additions >= this.#period) this.#halve();
  }

  /** At least as often as it came since it was forgotten, up to 15 (16 with a doorkeeper). */
  estimate(hash: number): number {
    const counters = this.#counters;
    const block = (hash & this.#blockMask) * BLOCK_WORDS;
    const spread = mixed(hash ^ 0x9e37_79b9);
    let least = MOST;
    for (let quarter = 0; quarter < 4; quarter++) {
      const bits = spread >>> (quarter * 8);
      const count = ((counters[block + quarter * 4 + (bits & 3)] as number) >>> (bits & 0x1c)) & MOST;
      if (count < least) least = count;
    }
    return this.#door !== undefined && isIn(this.#door, hash) ? least + 1 : least;
  }

  /** Whether this is the first time of a key, which the doorkeeper then has seen. */
  #enters(door: Int32Array, hash: number): boolean {
    let isNew = false;
    for (let i = 0; i < DOOR_HASHES; i++) {
      const bit = doorBit(door, hash, i);
      const mask = 1 << (bit & 31);
      const held = door[bit >>> 5] as number;
      if ((held & mask) !== 0) continue;
      door[bit >>> 5] = held | mask;
      isNew = true;
    }
    if (isNew && ++this.#additions >= this.#period) this.#halve();
    return isNew;
  }

  #halve(): void {
    const counters = this.#counters;
    let odd = 0;
    for (let i = 0; i < counters.length; i++) {
      const held = counters[i] as number;
      odd += bitCount(held & 0x1111_1111);
      counters[i] = (held >>> 1) & 0x7777_7777;
    }
    // Each increment counted in four counters, and each that was odd has lost half of one.
    this.#additions = (this.#additions - (odd >>> 2)) >>> 1;
    this.#door?.fill(0);
  }
}

/**
 * One more in a quarter of a block, up to 15: 1 if there was room. Five bits say which of its four words, and which of
 * the eight counters in it.
 */
function incrementAt(counters: Int32Array, quarter: number, bits: number): number {
  const word = quarter + (bits & 3);
  const shift = bits & 0x1c;
  const held = counters[word] as number;
  if (((held >>> shift) & MOST) === MOST) return 0;
  counters[word] = held + (1 << shift);
  return 1;
}

function isIn(door: Int32Array, hash: number): boolean {
  for (let i = 0; i < DOOR_HASHES; i++) {
    const bit = doorBit(door, hash, i);
    if (((door[bit >>> 5] as number) & (1 << (bit & 31))) === 0) return false;
  }
  return true;
}

/** Low bits of the hash again, so that a filter twice as long is two copies of the one before. */
function doorBit(door: Int32Array, hash: number, i: number): number {
  return (i === 0 ? hash : mixed(hash + Math.imul(i, 0x5851_f42d))) & (door.length * 32 - 1);
}

/** Copies of an array, one after the other; zeros where it is empty. Lengths are powers of two. */
function repeated(array: Int32Array, length: number): Int32Array {
  const longer = new Int32Array(length);
  if (array.length > 0) for (let at = 0; at < length; at += array.length) longer.set(array, at);
  return longer;
}

function bitCount(word: number): number {
  // One bit in each nibble: they add up to at most 8.
  return Math.imul(word, 0x1111_1111) >>> 28;
}
