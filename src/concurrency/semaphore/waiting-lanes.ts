/**
 * Those who wait, by priority and then in order: a list for each priority that somebody waits with.
 *
 * With p different priorities, adding is O(log p), and O(p) words are moved when a priority is new; finding the first is
 * O(1) amortised. While all have priority 0 there is one list.
 */

import { type Link, LinkedList } from '../../base/linked-list.js';

/** Empty lists that may stay besides as many as wait. */
const SPARE_LANES = 16;

class Lane<W extends Link> extends LinkedList<W> {
  readonly priority: number;
  readonly #all: { size: number };

  constructor(priority: number, all: { size: number }) {
    super();
    this.priority = priority;
    this.#all = all;
  }

  override push(waiter: W): void {
    super.push(waiter);
    this.#all.size++;
  }

  override remove(waiter: W): boolean {
    const removed = super.remove(waiter);
    if (removed) this.#all.size--;
    return removed;
  }
}

export class WaitingLanes<W extends Link> implements Iterable<W> {
  readonly #count = { size: 0 };
  /** Where nearly all wait; there for good. */
  readonly #usual = new Lane<W>(0, this.#count);
  /** By rising priority. Others than the usual one go when they are met empty. */
  #lanes: Lane<W>[] = [this.#usual];

  get size(): number {
    return this.#count.size;
  }

  get first(): W | undefined {
    const lanes = this.#lanes;
    for (let at = lanes.length - 1; at > 0; at--) {
      const lane = lanes[at] as Lane<W>;
      if (lane.size > 0) return lane.first;
      if (lane !== this.#usual) lanes.splice(at, 1);
    }
    return (lanes[0] as Lane<W>).first;
  }

  push(waiter: W, priority: number): void {
    if (priority === 0) this.#usual.push(waiter);
    else this.#lane(priority).push(waiter);
  }

  /** All who wait, in order. The one met may leave meanwhile. */
  *[Symbol.iterator](): Iterator<W> {
    for (const lane of [...this.#lanes].reverse()) {
      for (let waiter = lane.first; waiter !== undefined; ) {
        // Once the waiter has left, it no longer knows who follows.
        const next = waiter.next as W | undefined;
        yield waiter;
        waiter = next;
      }
    }
  }

  #lane(priority: number): Lane<W> {
    if (this.#lanes.length > this.size + SPARE_LANES) {
      this.#lanes = this.#lanes.filter((lane) => lane.size > 0 || lane === this.#usual);
    }
    const lanes = this.#lanes;
    let low = 0;
    for (let high = lanes.length; low < high; ) {
      const middle = (low + high) >>> 1;
      if ((lanes[middle] as Lane<W>).priority < priority) low = middle + 1;
      else high = middle;
    }
    const found = lanes[low];
    if (found?.priority === priority) return found;
    const lane = new Lane<W>(priority, this.#count);
    lanes.splice(low, 0, lane);
    return lane;
  }
}
