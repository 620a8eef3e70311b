/** A cache around a policy as naive as can be, which refuses what no policy may say. */

import type { EvictionPolicy } from '../../../src/cache/policies/index.js';

export interface DriverOptions {
  readonly capacity: number;
  /** Whether it asks for what is due. Default true. */
  readonly asksForDue?: boolean;
  /** Which of the free slots is used next, by index; default the one that was freed last. */
  readonly pick?: (free: readonly number[]) => number;
  /** How many slots are reserved at first and at a time. Default 1. */
  readonly step?: number;
}

export class Driver<K> {
  readonly policy: EvictionPolicy<K>;
  readonly slots = new Map<K, number>();
  readonly #keys = new Map<number, K>();
  readonly #weights = new Map<number, number>();
  readonly #options: DriverOptions;
  readonly #free: number[] = [];
  #reserved = 0;
  /** Keys in the order in which they were evicted. */
  readonly evicted: K[] = [];
  /** The sum of weights. */
  used = 0;

  constructor(policy: EvictionPolicy<K>, options: DriverOptions) {
    this.policy = policy;
    this.#options = options;
  }

  /** Whether it was cached. */
  request(key: K, weight = 1): boolean {
    const slot = this.slots.get(key);
    if (slot !== undefined) {
      this.policy.access(slot);
      if (this.#weights.get(slot) !== weight) this.reweigh(key, weight);
      return true;
    }
    if (weight > this.#options.capacity) return false;
    this.#makeRoom(key, weight);
    const free = this.#slot();
    this.slots.set(key, free);
    this.#keys.set(free, key);
    this.#weights.set(free, weight);
    this.used += weight;
    this.policy.insert(free, key, weight);
    return false;
  }

  reweigh(key: K, weight: number): void {
    const slot = this.slots.get(key) as number;
    this.used += weight - (this.#weights.get(slot) as number);
    this.#weights.set(slot, weight);
    this.policy.reweigh(slot, weight);
    this.#makeRoom(undefined, 0);
  }

  remove(key: K): void {
    const slot = this.slots.get(key);
    if (slot === undefined) return;
    this.policy.remove(slot);
    this.#forget(slot);
  }

  clear(): void {
    this.policy.clear();
    for (const slot of [...this.#keys.keys()]) this.#forget(slot);
  }

  /** Evicts everything; returns the keys in that order. */
  drain(): K[] {
    const from = this.evicted.length;
    while (this.#end(this.policy.evict(undefined)));
    if (this.slots.size > 0) throw new Error(`${this.slots.size} entries are never evicted`);
    return this.evicted.slice(from);
  }

  #makeRoom(incoming: K | undefined, weight: number): void {
    while (this.used + weight > this.#options.capacity) {
      if (!this.#end(this.policy.evict(incoming))) throw new Error('Nothing is left to evict');
    }
    if (this.#options.asksForDue === false || this.policy.evictDue === undefined) return;
    while (this.#end(this.policy.evictDue()));
  }

  #end(slot: number): boolean {
    if (slot === -1) return false;
    if (!this.#keys.has(slot)) throw new Error(`${this.policy.name} evicts slot ${slot}, which holds nothing`);
    this.evicted.push(this.#keys.get(slot) as K);
    this.#forget(slot);
    return true;
  }

  #forget(slot: number): void {
    this.slots.delete(this.#keys.get(slot) as K);
    this.#keys.delete(slot);
    this.used -= this.#weights.get(slot) as number;
    this.#weights.delete(slot);
    this.#free.push(slot);
  }

  #slot(): number {
    if (this.#free.length === 0) {
      const before = this.#reserved;
      this.#reserved += this.#options.step ?? 1;
      this.policy.reserve(this.#reserved);
      for (let slot = this.#reserved - 1; slot >= before; slot--) this.#free.push(slot);
    }
    const at = this.#options.pick?.(this.#free) ?? this.#free.length - 1;
    return this.#free.splice(at, 1)[0] as number;
  }
}
