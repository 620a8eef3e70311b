/**
 * W-TinyLFU: a small LRU window takes what is new; what leaves it contests with the next to leave the main space, and the
 * one that was asked for less often of late goes. Main is a segmented LRU: probation, and protected for what was asked for
 * again there.
 *
 * Einziger, Friedman, Manes, "TinyLFU: A Highly Efficient Cache Admission Policy" (ACM TOS 2017): window 1 % of the
 * capacity, main 99 %, of which 80 % are protected. The window adapts as in Caffeine (Einziger, Eytan, Friedman, Manes,
 * "Adaptive Software Cache Management", Middleware 2018): after each ten times the capacity of requests it grows or
 * shrinks by a step that keeps its direction while the hit ratio does not fall, turns when it does, and wears off.
 *
 * As in Caffeine too, a candidate that loses but was asked for six times or more is taken once in 128 all the same, so
 * that nobody who makes keys collide can keep one out for ever.
 */

import { type Random, seededRandom } from '../../ports/random.js';
import { capacityOf } from './capacity.js';
import { FrequencySketch } from './frequency-sketch.js';
import { KeyHasher } from './key-hasher.js';
import type { EvictionPolicy, PolicyOptions } from './policy.js';
import { PROBATION, PROTECTED, Segments, WINDOW } from './segments.js';
import { grown } from './slot-lists.js';

export interface WTinyLfuOptions extends PolicyOptions {
  /** Whether the window adapts to the hit ratio. Default true. */
  readonly adaptive?: boolean;
  /** Whether keys are counted from their second time on only, which saves counters where most come once. Default false. */
  readonly doorkeeper?: boolean;
  /** What decides the rare exceptions; default a source with a fixed seed, so that runs repeat. */
  readonly random?: Random;
}

const MAIN_SHARE = 0.99;
const PROTECTED_SHARE = 0.8;
const STEP_SHARE = 0.0625;
const STEP_DECAY = 0.98;
/** A change of the hit ratio from which on steps begin anew. */
const RESTART_CHANGE = 0.05;
const WARM_FREQUENCY = 6;
const WARM_CHANCE = 128;
const SEED = 0x5eed;
/** Entries that the sketch has room for at the least, where the capacity allows it. */
const LEAST_SKETCH = 1024;

/** Everything amortised O(1). 21 bytes an entry, and 8 to 16 of the sketch. */
export class WTinyLfuPolicy<K> implements EvictionPolicy<K> {
  readonly name = 'w-tinylfu';
  readonly #capacity: number;
  readonly #adaptive: boolean;
  readonly #random: Random;
  readonly #hasher = new KeyHasher();
  readonly #sketch: FrequencySketch;
  readonly #segments = new Segments();
  #hashes = new Int32Array(0);
  #slots = 0;
  /** Whether all entries weigh 1, so that the capacity counts them. */
  #isUnit = true;
  #windowCapacity = 0;
  #protectedCapacity = 0;
  #sampleSize: number;
  #hits = 0;
  #requests = 0;
  #step = 0;
  #lastHitRatio = 0;

  /** @throws RangeError when the capacity is below 1 */
  constructor(options: WTinyLfuOptions) {
    this.#capacity = capacityOf(options);
    this.#adaptive = options.adaptive ?? true;
    this.#random = options.random ?? seededRandom(SEED);
    this.#sampleSize = FrequencySketch.periodOf(this.#capacity);
    const entries = Math.min(this.#capacity, LEAST_SKETCH);
    this.#sketch = new FrequencySketch(entries, this.#sampleSize, options.doorkeeper ?? false);
    this.#resetShares();
  }

  reserve(slots: number): void {
    this.#slots = Math.max(this.#slots, slots);
    this.#segments.reserve(slots);
    this.#hashes = grown(this.#hashes, slots);
    this.#sketch.reserve(Math.min(this.#capacity, slots));
    if (!this.#isUnit) this.#resample();
  }

  insert(slot: number, key: K, weight: number): void {
    if (weight !== 1) this.#becomeWeighted();
    const hash = this.#hasher.hash(key);
    this.#hashes[slot] = hash;
    this.#sketch.increment(hash);
    this.#segments.insert(slot, weight);
    this.#settle();
    this.#sampled();
  }

  access(slot: number): void {
    this.#sketch.increment(this.#hashes[slot] as number);
    const segments = this.#segments;
    const segment = segments.of(slot);
    // What is heavier than all of the protected space stays on probation.
    const isPromoted = segment === PROBATION && segments.weightOf(slot) <= this.#protectedCapacity;
    segments.move(isPromoted ? PROTECTED : segment, slot);
    if (isPromoted) this.#demote();
    this.#hits++;
    this.#sampled();
  }

  reweigh(slot: number, weight: number): void {
    if (weight !== 1) this.#becomeWeighted();
    this.#segments.reweigh(slot, weight);
    this.#settle();
    this.#demote();
  }

  evict(_incoming: K | undefined): number {
    const segments = this.#segments;
    // Whatever comes in weighs something: a window that is full gives one up.
    const isFull = segments.weight(WINDOW) >= this.#windowCapacity;
    const candidate = isFull ? segments.oldest(WINDOW) : -1;
    let victim = segments.oldest(PROBATION);
    if (victim < 0) victim = segments.oldest(PROTECTED);
    if (victim < 0) victim = candidate < 0 ? segments.oldest(WINDOW) : candidate;
    if (victim < 0) return -1;
    if (candidate >= 0 && candidate !== victim) {
      if (this.#admits(candidate, victim)) segments.move(PROBATION, candidate);
      else victim = candidate;
    }
    segments.remove(victim);
    return victim;
  }

  remove(slot: number): void {
    this.#segments.remove(slot);
  }

  clear(): void {
    this.#segments.clear();
    this.#sketch.clear();
    this.#resetShares();
  }

  check(): void {
    this.#segments.check();
    const window = this.#segments.weight(WINDOW);
    if (window > this.#windowCapacity && this.#isUnit) throw new Error(`w-tinylfu: the window holds ${window}`);
    if (this.#segments.weight(PROTECTED) > this.#protectedCapacity) throw new Error('w-tinylfu: too much is protected');
  }

  #resetShares(): void {
    this.#windowCapacity = Math.max(1, this.#capacity - Math.floor(MAIN_SHARE * this.#capacity));
    this.#protectedCapacity = Math.floor(PROTECTED_SHARE * (this.#capacity - this.#windowCapacity));
    this.#step = -STEP_SHARE * this.#capacity;
    this.#lastHitRatio = 0;
    this.#hits = 0;
    this.#requests = 0;
  }

  /** From here on the number of entries is known from the slots only. */
  #becomeWeighted(): void {
    if (!this.#isUnit) return;
    this.#isUnit = false;
    this.#resample();
  }

  #resample(): void {
    this.#sampleSize = FrequencySketch.periodOf(Math.min(this.#capacity, this.#slots));
    this.#sketch.period = this.#sampleSize;
  }

  #admits(candidate: number, victim: number): boolean {
    const ours = this.#sketch.estimate(this.#hashes[candidate] as number);
    const theirs = this.#sketch.estimate(this.#hashes[victim] as number);
    if (ours > theirs) return true;
    return ours >= WARM_FREQUENCY && this.#random.u32() % WARM_CHANCE === 0;
  }

  /** What the window has no room for goes on probation, uncontested where there is room for all. */
  #settle(): void {
    const segments = this.#segments;
    while (segments.weight(WINDOW) > this.#windowCapacity) segments.move(PROBATION, segments.oldest(WINDOW));
  }

  #demote(): void {
    const segments = this.#segments;
    while (segments.weight(PROTECTED) > this.#protectedCapacity) segments.move(PROBATION, segments.oldest(PROTECTED));
  }

  #sampled(): void {
    if (++this.#requests >= this.#sampleSize) this.#climb();
  }

  /** Moves room between the window and the protected space, in the direction in which the hit ratio does not fall. */
  #climb(): void {
    const hitRatio = this.#hits / this.#requests;
    const change = hitRatio - this.#lastHitRatio;
    this.#lastHitRatio = hitRatio;
    this.#hits = 0;
    this.#requests = 0;
    if (!this.#adaptive) return;
    const amount = change >= 0 ? this.#step : -this.#step;
    const restart = STEP_SHARE * this.#capacity * (amount >= 0 ? 1 : -1);
    this.#step = Math.abs(change) >= RESTART_CHANGE ? restart : STEP_DECAY * amount;
    const whole = Math.trunc(amount);
    if (whole > 0) this.#growWindow(Math.min(whole, this.#protectedCapacity));
    else if (whole < 0) this.#shrinkWindow(Math.min(-whole, this.#windowCapacity - 1));
  }

  /** What leaves main for the larger window are its oldest: they were next to go, and get more time. */
  #growWindow(amount: number): void {
    const segments = this.#segments;
    this.#windowCapacity += amount;
    this.#protectedCapacity -= amount;
    this.#demote();
    for (let left = amount; ; ) {
      const slot = segments.oldest(PROBATION);
      if (slot < 0 || segments.weightOf(slot) > left) return;
      left -= segments.weightOf(slot);
      segments.move(WINDOW, slot);
    }
  }

  #shrinkWindow(amount: number): void {
    this.#windowCapacity -= amount;
    this.#protectedCapacity += amount;
    this.#settle();
  }
}
