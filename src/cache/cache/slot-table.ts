/**
 * The entries of a cache: one `SlotIndex` from keys to slot numbers, and what belongs to a slot in arrays.
 *
 *     map      key → slot                  1 … as many as there are
 *     keys     slot → key
 *     values   slot → value, or a Flight while it is fetched
 *     links    2 · slot → the next older slot, 2 · slot + 1 → the next newer; slot 0 is the head of the circular list
 *     sizes    slot → size                 only where sizes are counted
 *     expiry   times to live               only where there are any
 *
 * The list is in order of use where there is no policy, and its oldest goes first; else in order of insertion, and the
 * policy says which goes. Typed arrays grow by doubling. A free slot is used before a new one.
 *
 * Everything is O(1), but for `inOrder` and `clear`. Nothing here calls back.
 */

import type { EvictionPolicy } from '../policies/policy.js';
import type { Expiry } from './expiry.js';
import { Flight } from './flight.js';
import { SlotIndex } from './slot-index.js';

/** Slots that are made at first. */
const FIRST_SLOTS = 64;

export type Stored<V> = V | Flight<V> | undefined;

export class SlotTable<K, V> {
  readonly map = new SlotIndex<K>();
  // Begun with what is no number, so that the engine keeps values of every type in one kind of array.
  readonly keys: (K | undefined)[] = [undefined];
  readonly values: Stored<V>[] = [undefined];
  links = new Int32Array(2 * FIRST_SLOTS);
  sizes: Float64Array | undefined;
  expiry: Expiry | undefined;
  readonly policy: EvictionPolicy<K> | undefined;
  size = 0;
  calculatedSize = 0;
  readonly #free: number[] = [];
  /** Whether a policy is told sizes; else every entry weighs 1. */
  readonly #weighs: boolean;

  constructor(policy: EvictionPolicy<K> | undefined, sized: boolean, weighs: boolean) {
    this.policy = policy;
    this.#weighs = weighs;
    if (sized) this.sizes = new Float64Array(FIRST_SLOTS);
    policy?.reserve(FIRST_SLOTS);
  }

  /** Slots there is room for. */
  get reserved(): number {
    return this.links.length >>> 1;
  }

  /** The entry was read or written. */
  use(slot: number): void {
    if (this.policy !== undefined) this.policy.access(slot);
    else this.moveToFront(slot);
  }

  moveToFront(slot: number): void {
    const links = this.links;
    const first = links[0] as number;
    if (slot === first) return;
    const at = slot << 1;
    const older = links[at] as number;
    const newer = links[at | 1] as number;
    links[newer << 1] = older;
    links[(older << 1) | 1] = newer;
    links[at] = first;
    links[at | 1] = 0;
    links[(first << 1) | 1] = slot;
    links[0] = slot;
  }

  /** A key that is not there comes in front. */
  add(key: K, value: Stored<V>, size: number): number {
    const slot = this.#takeSlot();
    this.keys[slot] = key;
    this.values[slot] = value;
    this.map.set(key, slot);
    const links = this.links;
    const first = links[0] as number;
    links[slot << 1] = first;
    links[(slot << 1) | 1] = 0;
    links[(first << 1) | 1] = slot;
    links[0] = slot;
    this.size++;
    if (this.sizes !== undefined) {
      this.sizes[slot] = size;
      this.calculatedSize += size;
    }
    if (this.policy !== undefined) this.policy.insert(slot, key, this.#weighs ? size : 1);
    return slot;
  }

  /**
   * Where there are neither sizes nor times: a new key takes the slot of a victim, which the policy has forgotten.
   * What stood there is overwritten, and no slot becomes free in between.
   */
  replace(slot: number, key: K, value: V): void {
    this.map.delete(this.keys[slot] as K);
    this.keys[slot] = key;
    this.values[slot] = value;
    this.map.set(key, slot);
    this.moveToFront(slot);
    if (this.policy !== undefined) this.policy.insert(slot, key, 1);
  }

  resize(slot: number, size: number): void {
    if (this.sizes === undefined) return;
    this.calculatedSize += size - (this.sizes[slot] as number);
    this.sizes[slot] = size;
    if (this.#weighs) this.policy?.reweigh(slot, size);
  }

  /** The slot that is to make room, which the policy has forgotten; −1 when there is none. */
  victim(incoming: K | undefined): number {
    if (this.policy !== undefined) return this.policy.evict(incoming);
    return this.size === 0 ? -1 : (this.links[1] as number);
  }

  /** The entry is gone; a policy knows it already. */
  remove(slot: number): void {
    this.map.delete(this.keys[slot] as K);
    this.keys[slot] = undefined;
    this.values[slot] = undefined;
    const links = this.links;
    const older = links[slot << 1] as number;
    const newer = links[(slot << 1) | 1] as number;
    // Its own links stay: an iteration that stands on it finds its way back to the list.
    links[newer << 1] = older;
    links[(older << 1) | 1] = newer;
    if (this.sizes !== undefined) {
      this.calculatedSize -= this.sizes[slot] as number;
      this.sizes[slot] = 0;
    }
    this.expiry?.remove(slot);
    this.#free.push(slot);
    this.size--;
  }

  clear(): void {
    this.map.clear();
    this.keys.length = 1;
    this.values.length = 1;
    this.links.fill(0);
    this.sizes?.fill(0);
    this.expiry?.clear();
    this.policy?.clear();
    this.#free.length = 0;
    this.size = 0;
    this.calculatedSize = 0;
  }

  /** The value that can be had now: of a fetch under way the stale one. */
  valueAt(slot: number): V | undefined {
    const stored = this.values[slot];
    return stored instanceof Flight ? stored.stale : stored;
  }

  isStale(slot: number): boolean {
    return this.expiry?.isStale(slot) ?? false;
  }

  /**
   * Slots in order, newest or oldest first, as many at most as there are when it begins. The table may change
   * meanwhile: an entry that has moved or gone does not lead the iteration astray, and none is visited twice unless
   * it was moved ahead of it.
   */
  *inOrder(oldestFirst: boolean): Generator<number, void, undefined> {
    const onward = oldestFirst ? 1 : 0;
    const back = 1 - onward;
    let slot = this.links[onward] as number;
    for (let left = this.size; left > 0 && slot !== 0; left--) {
      const before = this.links[2 * slot + back];
      const after = this.links[2 * slot + onward] as number;
      yield slot;
      const stayed = this.#isLive(slot) && this.links[2 * slot + back] === before;
      slot = stayed ? (this.links[2 * slot + onward] as number) : this.#nextLive(after, onward);
    }
  }

  #isLive(slot: number): boolean {
    return this.map.get(this.keys[slot] as K) === slot;
  }

  #nextLive(from: number, onward: 0 | 1): number {
    let slot = from;
    for (let steps = this.reserved; steps > 0 && slot !== 0 && !this.#isLive(slot); steps--) {
      slot = this.links[2 * slot + onward] as number;
    }
    return this.#isLive(slot) ? slot : 0;
  }

  #takeSlot(): number {
    const slot = this.#free.pop() ?? this.keys.length;
    if (slot === this.reserved) this.#grow();
    return slot;
  }

  #grow(): void {
    const slots = 2 * this.reserved;
    const links = new Int32Array(2 * slots);
    links.set(this.links);
    this.links = links;
    if (this.sizes !== undefined) {
      const sizes = new Float64Array(slots);
      sizes.set(this.sizes);
      this.sizes = sizes;
    }
    this.expiry?.reserve(slots);
    this.policy?.reserve(slots);
  }
}
