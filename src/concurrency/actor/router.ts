/** `router`: one reference for many actors, and `broadcast`, for all of them at once. */

import { checkWait, type WaitOptions } from '../../base/waiter.js';
import { type Random, systemRandom } from '../../ports/random.js';
import { ActorStoppedError } from './errors.js';
import { ActorRef, type EndReason } from './ref.js';

export type Routing = 'round-robin' | 'random' | 'smallest-mailbox' | 'consistent-hash';

export interface RouterOptions<M> {
  /** Default `'round-robin'`. */
  routing?: Routing;
  /** Of `'consistent-hash'`: messages of one key go to one actor, and few keys move when one is no more. */
  key?: (message: M) => string;
  /** Of `'random'`. Default the platform's. */
  random?: Random;
  /** Default `'router'`. */
  name?: string;
}

/** Actors of a router that are no more get nothing more. It ends with the last one. */
abstract class Group<M, R, Answer> extends ActorRef<M, Answer> {
  readonly path: string;
  protected readonly routees: ActorRef<M, R>[];
  readonly #watchers = new Set<(reason: EndReason) => void>();

  constructor(routees: readonly ActorRef<M, R>[], name: string) {
    super();
    if (!Array.isArray(routees) || routees.length === 0 || !routees.every((each) => each instanceof ActorRef)) {
      throw new TypeError('A router needs an array of actors');
    }
    this.path = name;
    this.routees = [...routees];
    for (const ref of routees) {
      ref.watch((reason) => {
        const at = this.routees.indexOf(ref);
        if (at >= 0) this.routees.splice(at, 1);
        if (this.routees.length > 0) return;
        for (const listener of [...this.#watchers]) listener(reason);
        this.#watchers.clear();
      });
    }
  }

  get pending(): number {
    return this.routees.reduce((sum, { pending }) => sum + pending, 0);
  }

  get ended(): boolean {
    return this.routees.length === 0;
  }

  watch(listener: (reason: EndReason) => void): () => void {
    if (this.ended) {
      listener('stopped');
      return () => {};
    }
    this.#watchers.add(listener);
    return () => void this.#watchers.delete(listener);
  }
}

class Router<M, R> extends Group<M, R, R> {
  readonly #pick: (message: M) => ActorRef<M, R> | undefined;

  constructor(routees: readonly ActorRef<M, R>[], options: RouterOptions<M>) {
    super(routees, options.name ?? 'router');
    this.#pick = picker(this.routees, options);
  }

  tell(message: M): boolean {
    return this.#pick(message)?.tell(message) ?? false;
  }

  ask(message: M, options?: WaitOptions): Promise<R> {
    return this.#pick(message)?.ask(message, options) ?? Promise.reject(new ActorStoppedError(this.path));
  }
}

class Broadcast<M, R> extends Group<M, R, R[]> {
  tell(message: M): boolean {
    return this.routees.map((ref) => ref.tell(message)).every(Boolean) && !this.ended;
  }

  ask(message: M, options: WaitOptions = {}): Promise<R[]> {
    checkWait(options);
    return Promise.all(this.routees.map((ref) => ref.ask(message, options)));
  }
}

/** Each message goes to one of them. Picking is O(1), but for `'smallest-mailbox'` and `'consistent-hash'`: O(actors). */
export function router<M, R>(routees: readonly ActorRef<M, R>[], options: RouterOptions<M> = {}): ActorRef<M, R> {
  return new Router(routees, options);
}

/** Each message goes to all of them; an `ask` waits for all answers, and rejects with the first that fails. */
export function broadcast<M, R>(routees: readonly ActorRef<M, R>[], name = 'broadcast'): ActorRef<M, R[]> {
  return new Broadcast(routees, name);
}

function picker<M, R>(
  routees: readonly ActorRef<M, R>[],
  { routing = 'round-robin', key, random = systemRandom }: RouterOptions<M>,
): (message: M) => ActorRef<M, R> | undefined {
  let next = 0;
  switch (routing) {
    case 'round-robin':
      return () => {
        if (next >= routees.length) next = 0;
        return routees[next++];
      };
    case 'random':
      return () => routees[Math.floor(random.float() * routees.length)];
    case 'smallest-mailbox':
      return () => most(routees, ({ pending }) => -pending);
    case 'consistent-hash':
      if (typeof key !== 'function') throw new TypeError("routing 'consistent-hash' needs a function key");
      // The highest of the hashes of key and path (rendezvous hashing, D. Thaler and C. Ravishankar, 1998).
      return (message) => {
        const of = key(message);
        return most(routees, ({ path }) => hash(`${of}\n${path}`));
      };
    default:
      throw new RangeError(
        `routing must be round-robin, random, smallest-mailbox or consistent-hash, got ${String(routing)}`,
      );
  }
}

function most<T>(items: readonly T[], score: (item: T) => number): T | undefined {
  let best: T | undefined;
  let highest = Number.NEGATIVE_INFINITY;
  for (const item of items) {
    const its = score(item);
    if (its > highest) {
      highest = its;
      best = item;
    }
  }
  return best;
}

/** FNV-1a over UTF-16, with the finalizer of murmur3, since the highest bits count. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
