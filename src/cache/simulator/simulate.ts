/** What a policy would have hit. */

import type { EvictionPolicy } from '../policies/policy.js';
import type { Trace } from './trace.js';

export interface Outcome {
  readonly requests: number;
  readonly hits: number;
  /** Hits per request, from 0 to 1; 0 where there are no requests. */
  readonly hitRatio: number;
  /** The same by size: what of the bytes that were asked for came from the cache. */
  readonly byteHitRatio: number;
}

/**
 * Asks a fresh policy for every key of a trace, as a cache would that takes in whatever it misses.
 *
 * An entry larger than the capacity is a miss and leaves the cache as it was. One that comes again with another size is a
 * hit, and then weighs that.
 *
 * @param capacity what the policy was made with
 * @param hits where given, byte i becomes 1 if request i was a hit, else 0
 */
export function simulate(policy: EvictionPolicy<number>, trace: Trace, capacity: number, hits?: Uint8Array): Outcome {
  const run = new Run(policy, trace, capacity);
  for (let i = 0; i < trace.keys.length; i++) {
    const hit = run.request(trace.keys[i] as number, trace.sizes?.[i] ?? 1);
    if (hits !== undefined) hits[i] = hit ? 1 : 0;
  }
  return run.outcome();
}

/** An outcome of sums; ratios are 0 where nothing was asked for. */
export function outcomeOf(requests: number, hits: number, bytes: number, hitBytes: number): Outcome {
  return {
    requests,
    hits,
    hitRatio: requests === 0 ? 0 : hits / requests,
    byteHitRatio: bytes === 0 ? 0 : hitBytes / bytes,
  };
}

/** A cache without values: slots by key, keys and sizes by slot. */
class Run {
  readonly #policy: EvictionPolicy<number>;
  readonly #capacity: number;
  readonly #slotOf: Int32Array;
  readonly #keyOf: number[] = [];
  readonly #sizeOf: number[] = [];
  readonly #free: number[] = [];
  #reserved = 0;
  #used = 0;
  #requests = 0;
  #hits = 0;
  #bytes = 0;
  #hitBytes = 0;

  constructor(policy: EvictionPolicy<number>, trace: Trace, capacity: number) {
    this.#policy = policy;
    this.#capacity = capacity;
    this.#slotOf = new Int32Array(trace.distinct).fill(-1);
  }

  request(key: number, size: number): boolean {
    this.#requests++;
    this.#bytes += size;
    const slot = this.#slotOf[key] as number;
    if (slot < 0) {
      if (size <= this.#capacity) this.#insert(key, size);
      return false;
    }
    this.#hits++;
    this.#hitBytes += size;
    this.#policy.access(slot);
    if (size !== this.#sizeOf[slot]) this.#resize(slot, size);
    return true;
  }

  outcome(): Outcome {
    return outcomeOf(this.#requests, this.#hits, this.#bytes, this.#hitBytes);
  }

  #insert(key: number, size: number): void {
    while (this.#used + size > this.#capacity) this.#end(this.#policy.evict(key));
    this.#endDue();
    const slot = this.#free.pop() ?? this.#keyOf.length;
    if (slot >= this.#reserved) {
      this.#reserved = Math.max(64, 2 * this.#reserved);
      this.#policy.reserve(this.#reserved);
    }
    this.#slotOf[key] = slot;
    this.#keyOf[slot] = key;
    this.#sizeOf[slot] = size;
    this.#used += size;
    this.#policy.insert(slot, key, size);
  }

  #resize(slot: number, size: number): void {
    this.#used += size - (this.#sizeOf[slot] as number);
    this.#sizeOf[slot] = size;
    this.#policy.reweigh(slot, size);
    while (this.#used > this.#capacity) this.#end(this.#policy.evict(undefined));
    this.#endDue();
  }

  #endDue(): void {
    if (this.#policy.evictDue === undefined) return;
    for (let slot = this.#policy.evictDue(); slot >= 0; slot = this.#policy.evictDue()) this.#end(slot);
  }

  #end(slot: number): void {
    if (slot < 0) throw new Error(`${this.#policy.name} has no entry left, and ${this.#used} are in use`);
    this.#slotOf[this.#keyOf[slot] as number] = -1;
    this.#used -= this.#sizeOf[slot] as number;
    this.#free.push(slot);
  }
}
