/**
 * Slots in order of when they are due: an indexed 4-ary heap over typed arrays.
 *
 * Slots that are due at the same time stand in the order in which they were put in. What comes later than all others,
 * as with one time to live for all it does, is put in at O(1); else `put` and `remove` are O(log n). Space: 24 bytes a
 * slot.
 */

/** Slots that are made at first. */
const FIRST_SLOTS = 64;

export class ExpiryHeap {
  /** By slot: when it is due, and the how manieth it was put in. */
  #due = new Float64Array(FIRST_SLOTS);
  #order = new Float64Array(FIRST_SLOTS);
  /** By slot: its place in the heap, −1 outside of it. */
  #place = new Int32Array(FIRST_SLOTS).fill(-1);
  #heap = new Int32Array(FIRST_SLOTS);
  #count = 0;
  #put = 0;

  /** The slot that is due first; −1 when there is none. */
  first(): number {
    return this.#count === 0 ? -1 : (this.#heap[0] as number);
  }

  dueOf(slot: number): number {
    return this.#due[slot] as number;
  }

  /** The slot is due at that time, and no longer when it was due before. */
  put(slot: number, due: number): void {
    while (slot >= this.#due.length) this.#grow();
    this.remove(slot);
    this.#due[slot] = due;
    this.#order[slot] = this.#put++;
    this.#rise(slot, this.#count++);
  }

  remove(slot: number): void {
    const place = this.#place[slot] as number;
    if (place < 0) return;
    this.#place[slot] = -1;
    const last = this.#heap[--this.#count] as number;
    if (last === slot) return;
    this.#rise(last, place);
    this.#sink(last, this.#place[last] as number);
  }

  clear(): void {
    this.#place.fill(-1);
    this.#count = 0;
  }

  /** All slots, the one that is due first first. O(n log n). */
  inOrder(): Int32Array {
    return this.#heap.slice(0, this.#count).sort((a, b) => (this.#isBefore(a, b) ? -1 : 1));
  }

  #isBefore(a: number, b: number): boolean {
    const dueOfA = this.#due[a] as number;
    const dueOfB = this.#due[b] as number;
    return dueOfA < dueOfB || (dueOfA === dueOfB && (this.#order[a] as number) < (this.#order[b] as number));
  }

  /** Puts a slot at a place, or above it where it belongs. */
  #rise(slot: number, from: number): void {
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 2;
      const other = this.#heap[parent] as number;
      if (!this.#isBefore(slot, other)) break;
      this.#set(place, other);
      place = parent;
    }
    this.#set(place, slot);
  }

  /** Puts a slot at a place, or below it where it belongs. */
  #sink(slot: number, from: number): void {
    let place = from;
    for (;;) {
      const child = this.#leastChild(place);
      if (child < 0) break;
      const other = this.#heap[child] as number;
      if (!this.#isBefore(other, slot)) break;
      this.#set(place, other);
      place = child;
    }
    this.#set(place, slot);
  }

  #leastChild(place: number): number {
    const begin = 4 * place + 1;
    const end = Math.min(begin + 4, this.#count);
    if (begin >= end) return -1;
    let least = begin;
    for (let child = begin + 1; child < end; child++) {
      if (this.#isBefore(this.#heap[child] as number, this.#heap[least] as number)) least = child;
    }
    return least;
  }

  #set(place: number, slot: number): void {
    this.#heap[place] = slot;
    this.#place[slot] = place;
  }

  #grow(): void {
    const slots = 2 * this.#due.length;
    const due = new Float64Array(slots);
    const order = new Float64Array(slots);
    const place = new Int32Array(slots).fill(-1);
    const heap = new Int32Array(slots);
    due.set(this.#due);
    order.set(this.#order);
    place.set(this.#place);
    heap.set(this.#heap);
    this.#due = due;
    this.#order = order;
    this.#place = place;
    this.#heap = heap;
  }
}
