/**
 * A list by priority and then in order: a linked list for each priority that is there.
 *
 * With p different priorities, adding is O(log p), and O(p) words are moved when a priority is new; finding the first is
 * O(1) amortised. While all have priority 0 there is one list.
 */

import { type Link, LinkedList } from './linked-list.js';

/** Empty lists that may stay besides as many as there are elements. */
const SPARE_LANES = 16;

class Lane<L extends Link> extends LinkedList<L> {
  readonly priority: number;
  readonly #all: { size: number };

  constructor(priority: number, all: { size: number }) {
    super();
    this.priority = priority;
    this.#all = all;
  }

  override push(link: L): void {
    super.push(link);
    this.#all.size++;
  }

  override unshift(link: L): void {
    super.unshift(link);
    this.#all.size++;
  }

  override remove(link: L): boolean {
    const removed = super.remove(link);
    if (removed) this.#all.size--;
    return removed;
  }
}

export class PriorityList<L extends Link> implements Iterable<L> {
  readonly #count = { size: 0 };
  /** Where nearly all are; there for good. */
  readonly #usual = new Lane<L>(0, this.#count);
  /** By rising priority. Others than the usual one go when they are met empty. */
  #lanes: Lane<L>[] = [this.#usual];

  get size(): number {
    return this.#count.size;
  }

  get first(): L | undefined {
    const lanes = this.#lanes;
    for (let at = lanes.length - 1; at > 0; at--) {
      const lane = lanes[at] as Lane<L>;
      if (lane.size > 0) return lane.first;
      if (lane !== this.#usual) lanes.splice(at, 1);
    }
    return (lanes[0] as Lane<L>).first;
  }

  /** The first of the lowest priority. */
  get lowest(): L | undefined {
    const lanes = this.#lanes;
    for (let at = 0; at < lanes.length; at++) {
      const lane = lanes[at] as Lane<L>;
      if (lane.size > 0) return lane.first;
      if (lane !== this.#usual) lanes.splice(at--, 1);
    }
    return undefined;
  }

  /** The last of the lowest priority. */
  get last(): L | undefined {
    return (this.lowest?.list as Lane<L> | undefined)?.last;
  }

  push(link: L, priority: number): void {
    if (priority === 0) this.#usual.push(link);
    else this.#lane(priority).push(link);
  }

  /** Adds before the first of its priority. */
  unshift(link: L, priority: number): void {
    if (priority === 0) this.#usual.unshift(link);
    else this.#lane(priority).unshift(link);
  }

  /** All, in order. The one met may leave meanwhile. */
  *[Symbol.iterator](): Iterator<L> {
    for (const lane of [...this.#lanes].reverse()) {
      for (let link = lane.first; link !== undefined; ) {
        // Once it has left, it no longer knows who follows.
        const next = link.next as L | undefined;
        yield link;
        link = next;
      }
    }
  }

  #lane(priority: number): Lane<L> {
    if (this.#lanes.length > this.size + SPARE_LANES) {
      this.#lanes = this.#lanes.filter((lane) => lane.size > 0 || lane === this.#usual);
    }
    const lanes = this.#lanes;
    let low = 0;
    for (let high = lanes.length; low < high; ) {
      const middle = (low + high) >>> 1;
      if ((lanes[middle] as Lane<L>).priority < priority) low = middle + 1;
      else high = middle;
    }
    const found = lanes[low];
    if (found?.priority === priority) return found;
    const lane = new Lane<L>(priority, this.#count);
    lanes.splice(low, 0, lane);
    return lane;
  }
}
