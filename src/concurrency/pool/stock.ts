/** What a pool holds: all of it, what is idle in the order in which it came back, and what is lent. */

import { LinkedList } from '../../base/linked-list.js';
import { Entry } from './entry.js';
import type { Made } from './maker.js';
import type { Settings } from './options.js';

export class Stock<T> {
  readonly #settings: Settings<T>;
  readonly #all = new Set<Entry<T>>();
  readonly #byHandle = new WeakMap<Made, Entry<T>>();
  readonly idle = new LinkedList<Entry<T>>();
  readonly lent = new LinkedList<Entry<T>>();

  constructor(settings: Settings<T>) {
    this.#settings = settings;
  }

  get size(): number {
    return this.#all.size;
  }

  all(): Entry<T>[] {
    return [...this.#all];
  }

  of(handle: Made): Entry<T> | undefined {
    return this.#byHandle.get(handle);
  }

  /** Takes something in that was made, to end at a time of its own. */
  add(value: T, handle: Made, nowMs: number): Entry<T> {
    const { maxLifetimeMs, lifetimeJitter, random } = this.#settings;
    const endless = maxLifetimeMs === Number.POSITIVE_INFINITY;
    const lifetimeMs = endless ? maxLifetimeMs : maxLifetimeMs * (1 - lifetimeJitter * random.float());
    const entry = new Entry(value, nowMs + lifetimeMs, nowMs);
    this.#all.add(entry);
    this.#byHandle.set(handle, entry);
    return entry;
  }

  remove(entry: Entry<T>): void {
    entry.list?.remove(entry);
    this.#all.delete(entry);
  }

  /** The idle one whose turn it is, out of its list. */
  next(): Entry<T> | undefined {
    const entry = this.#settings.order === 'lifo' ? this.idle.last : this.idle.first;
    if (entry !== undefined) this.idle.remove(entry);
    return entry;
  }

  /** So many that can go: what is idle for longest, and then what was lent first. */
  surplus(count: number): Entry<T>[] {
    const found: Entry<T>[] = [];
    for (const list of [this.idle, this.lent]) {
      for (let entry = list.first; entry !== undefined && found.length < count; ) {
        found.push(entry);
        entry = entry.next as Entry<T> | undefined;
      }
    }
    return found;
  }
}
