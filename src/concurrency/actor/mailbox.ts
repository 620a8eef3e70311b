/** The messages an actor has not come to, in order, as many as it may have. */

import { checkInteger } from '../../../bindings/sketch.js';

export interface MailboxOptions {
  /** Messages it holds, those that are stashed included: an integer from 1. Default 1000. */
  capacity?: number;
  /** What happens to a message that finds it full: it is refused, or the oldest makes room for it. Default `'reject'`. */
  whenFull?: 'reject' | 'drop-oldest';
}

const DEFAULT_CAPACITY = 1000;
const MOST = 2 ** 30;
/** Places passed over before they are given back. */
const SLACK = 64;

export class Mailbox<E> {
  readonly capacity: number;
  readonly dropsOldest: boolean;
  #items: (E | undefined)[] = [];
  #first = 0;

  constructor({ capacity = DEFAULT_CAPACITY, whenFull = 'reject' }: MailboxOptions = {}) {
    checkInteger(capacity, 'capacity', 1, MOST);
    if (whenFull !== 'reject' && whenFull !== 'drop-oldest') {
      throw new RangeError(`whenFull must be 'reject' or 'drop-oldest', got ${String(whenFull)}`);
    }
    this.capacity = capacity;
    this.dropsOldest = whenFull === 'drop-oldest';
  }

  get size(): number {
    return this.#items.length - this.#first;
  }

  push(item: E): void {
    this.#items.push(item);
  }

  shift(): E | undefined {
    if (this.#first === this.#items.length) return undefined;
    const item = this.#items[this.#first];
    this.#items[this.#first++] = undefined;
    if (this.#first === this.#items.length) {
      this.#items.length = 0;
      this.#first = 0;
    } else if (this.#first >= SLACK && this.#first * 2 >= this.#items.length) {
      this.#items.splice(0, this.#first);
      this.#first = 0;
    }
    return item;
  }

  /** The first that is not kept leaves; `undefined` when all are. O(n). */
  take(matches: (item: E) => boolean): E | undefined {
    for (let i = this.#first; i < this.#items.length; i++) {
      const item = this.#items[i] as E;
      if (!matches(item)) continue;
      this.#items.splice(i, 1);
      return item;
    }
    return undefined;
  }

  /** Puts these before all others, in their order. */
  putBack(items: readonly E[]): void {
    this.#items.splice(0, this.#first, ...items);
    this.#first = 0;
  }
}
