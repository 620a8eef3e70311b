/** The three lists of W-TinyLFU, each in the order of use, with their weights. */

import { grown, SlotLists } from './slot-lists.js';

export const WINDOW = 0;
export const PROBATION = 1;
export const PROTECTED = 2;

/** Everything O(1). */
export class Segments {
  readonly #lists = new SlotLists(3);
  readonly #totals = new Float64Array(3);
  #segmentOf = new Uint8Array(0);
  #weights = new Float64Array(0);
  #count = 0;

  reserve(slots: number): void {
    this.#lists.reserve(slots);
    this.#segmentOf = grown(this.#segmentOf, slots);
    this.#weights = grown(this.#weights, slots);
  }

  /** The sum of weights in a segment. */
  weight(segment: number): number {
    return this.#totals[segment] as number;
  }

  of(slot: number): number {
    return this.#segmentOf[slot] as number;
  }

  weightOf(slot: number): number {
    return this.#weights[slot] as number;
  }

  /** Negative where the segment is empty. */
  oldest(segment: number): number {
    return this.#lists.oldest(segment);
  }

  /** A new entry is the newest of the window. */
  insert(slot: number, weight: number): void {
    this.#weights[slot] = weight;
    this.#segmentOf[slot] = WINDOW;
    this.#lists.add(WINDOW, slot);
    this.#totals[WINDOW] = this.weight(WINDOW) + weight;
    this.#count++;
  }

  /** The entry becomes the newest of a segment, its own or another. */
  move(segment: number, slot: number): void {
    const before = this.#segmentOf[slot] as number;
    this.#lists.move(segment, slot);
    if (before === segment) return;
    this.#segmentOf[slot] = segment;
    this.#lose(before, slot);
    this.#totals[segment] = this.weight(segment) + this.weightOf(slot);
  }

  reweigh(slot: number, weight: number): void {
    const segment = this.of(slot);
    this.#totals[segment] = this.weight(segment) + weight - this.weightOf(slot);
    this.#weights[slot] = weight;
  }

  remove(slot: number): void {
    this.#lists.remove(slot);
    this.#lose(this.of(slot), slot);
    this.#count--;
  }

  clear(): void {
    this.#lists.clear();
    this.#totals.fill(0);
    this.#count = 0;
  }

  /** @throws Error that names the broken invariant */
  check(): void {
    let count = 0;
    for (let segment = 0; segment < 3; segment++) {
      let weight = 0;
      for (const slot of this.#lists.slotsOf(segment)) {
        if (this.of(slot) !== segment) throw new Error(`w-tinylfu: slot ${slot} is not in the segment it stands in`);
        count++;
        weight += this.weightOf(slot);
      }
      const counted = this.weight(segment);
      if (Math.abs(weight - counted) > 1e-6 * (1 + weight)) {
        throw new Error(`w-tinylfu: segment ${segment} weighs ${weight}, counted as ${counted}`);
      }
    }
    if (count !== this.#count) throw new Error(`w-tinylfu: ${this.#count} entries, ${count} in the segments`);
  }

  #lose(segment: number, slot: number): void {
    // Sums of fractions drift; an empty segment weighs nothing.
    const isEmpty = this.#lists.oldest(segment) < 0;
    this.#totals[segment] = isEmpty ? 0 : this.weight(segment) - this.weightOf(slot);
  }
}
