/** Fan-in: several sources become one stream, as values come, taking turns, or in sorted order. */

import { Waiter } from '../../base/waiter.js';
import { iteratorOf, letGo, type Source, type SourceIterator } from './source.js';

export interface FanInOptions<T> {
  /**
   * `'arrival'`: each value as it comes. `'round-robin'`: one of each source in turn. `'sorted'`: the least of all by
   * `compare`; each source must be sorted by it. Default `'arrival'`.
   */
  order?: 'arrival' | 'round-robin' | 'sorted';
  /** For `'sorted'`. Default by `<`. */
  compare?: (a: T, b: T) => number;
  /** `'fail-fast'`: the first source that fails ends all. `'ignore'`: it is left out from then on. Default `'fail-fast'`. */
  failures?: 'fail-fast' | 'ignore';
  /** Called with each source's failure. It must not throw. */
  onFailure?: ((reason: unknown, source: number) => void) | undefined;
  /** Ends everything: the iteration rejects with exactly `signal.reason`. */
  signal?: AbortSignal | undefined;
}

/** One value of each source is asked for ahead, no more. */
interface Feed<T> {
  readonly iterator: SourceIterator<T>;
  readonly source: number;
  state: 'asking' | 'ready' | 'ended';
  value: T | undefined;
}

/**
 * Merges sources. With n of them, a value costs O(1) by arrival and turn, and O(n) sorted.
 *
 * @throws TypeError, RangeError when an argument cannot be
 */
export function fanIn<T>(sources: Iterable<Source<T>>, options: FanInOptions<T> = {}): AsyncGenerator<T, undefined> {
  const { order = 'arrival', failures = 'fail-fast' } = options;
  if (order !== 'arrival' && order !== 'round-robin' && order !== 'sorted') {
    throw new RangeError(`order must be 'arrival', 'round-robin' or 'sorted', got ${String(order)}`);
  }
  if (failures !== 'fail-fast' && failures !== 'ignore') {
    throw new RangeError(`failures must be 'fail-fast' or 'ignore', got ${String(failures)}`);
  }
  return new Merger<T>([...sources], order, options).run();
}

class Merger<T> {
  readonly #sources: readonly Source<T>[];
  readonly #order: 'arrival' | 'round-robin' | 'sorted';
  readonly #options: FanInOptions<T>;
  /** Those that have not ended. */
  #feeds: Feed<T>[] = [];
  /** By arrival: those whose value came, in order; each at most once. */
  readonly #arrived: Feed<T>[] = [];
  #turn = 0;
  #failure: { readonly reason: unknown } | undefined = undefined;
  #waiter: Waiter<void> | undefined = undefined;

  constructor(sources: readonly Source<T>[], order: 'arrival' | 'round-robin' | 'sorted', options: FanInOptions<T>) {
    this.#sources = sources;
    this.#order = order;
    this.#options = options;
  }

  async *run(): AsyncGenerator<T, undefined> {
    const { signal } = this.#options;
    signal?.throwIfAborted();
    const onAbort = () => this.#fail(signal?.reason);
    signal?.addEventListener('abort', onAbort);
    try {
      for (const [source, it] of this.#sources.entries()) {
        this.#feeds.push({ iterator: iteratorOf(it), source, state: 'ended', value: undefined });
      }
      for (const feed of [...this.#feeds]) this.#ask(feed);
      for (;;) {
        if (this.#failure !== undefined) throw this.#failure.reason;
        const feed = this.#next();
        if (feed !== undefined) {
          const value = feed.value as T;
          this.#ask(feed);
          yield value;
        } else if (this.#feeds.length === 0) return undefined;
        else {
          this.#waiter = new Waiter<void>();
          await this.#waiter.promise;
        }
      }
    } finally {
      signal?.removeEventListener('abort', onAbort);
      for (const { iterator } of this.#feeds) letGo(iterator);
    }
  }

  /** The feed whose value is next, if that is known. */
  #next(): Feed<T> | undefined {
    if (this.#order === 'arrival') return this.#arrived.shift();
    if (this.#order === 'round-robin') {
      const at = this.#turn % Math.max(1, this.#feeds.length);
      const feed = this.#feeds[at];
      if (feed?.state !== 'ready') return undefined;
      this.#turn = at + 1;
      return feed;
    }
    // A source that has not answered could have less than all.
    if (this.#feeds.some(({ state }) => state !== 'ready')) return undefined;
    const { compare = byLess } = this.#options;
    return this.#feeds.reduce<Feed<T> | undefined>(
      (least, feed) => (least === undefined || compare(feed.value as T, least.value as T) < 0 ? feed : least),
      undefined,
    );
  }

  #ask(feed: Feed<T>): void {
    feed.state = 'asking';
    feed.value = undefined;
    try {
      const step = feed.iterator.next();
      if (!('then' in step)) return this.#answer(feed, step);
      step.then(
        (result) => this.#answer(feed, result),
        (reason) => this.#failed(feed, reason),
      );
    } catch (reason) {
      this.#failed(feed, reason);
    }
  }

  #answer(feed: Feed<T>, result: IteratorResult<T>): void {
    if (result.done) this.#end(feed);
    else {
      feed.state = 'ready';
      feed.value = result.value;
      if (this.#order === 'arrival') this.#arrived.push(feed);
    }
    this.#wake();
  }

  #failed(feed: Feed<T>, reason: unknown): void {
    this.#end(feed);
    this.#options.onFailure?.(reason, feed.source);
    if (this.#options.failures === 'ignore') this.#wake();
    else this.#fail(reason);
  }

  #end(feed: Feed<T>): void {
    feed.state = 'ended';
    const at = this.#feeds.indexOf(feed);
    this.#feeds.splice(at, 1);
    // The turn of those behind it stays theirs.
    if (at < this.#turn) this.#turn--;
  }

  #fail(reason: unknown): void {
    this.#failure ??= { reason };
    this.#wake();
  }

  #wake(): void {
    const waiter = this.#waiter;
    this.#waiter = undefined;
    waiter?.grant();
  }
}

function byLess<T>(a: T, b: T): number {
  return a < b ? -1 : b < a ? 1 : 0;
}
