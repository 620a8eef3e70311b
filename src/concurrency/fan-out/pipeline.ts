/**
 * Pipelines over streams of values: each stage takes from the one before when it is asked, so that nothing runs ahead further
 * than the stages' `maxPending`.
 */

import type { WorkContext } from './crew.js';
import { type FanOutOptions, fanOut } from './fan-out.js';
import { iteratorOf, letGo, type Source } from './source.js';

const DEFAULT_TO_ARRAY_LIMIT = 1_000_000;

/** A lazy pipeline, to be run once. */
export class Pipeline<T> implements AsyncIterable<T> {
  readonly #source: Source<T>;

  private constructor(source: Source<T>) {
    this.#source = source;
  }

  /** From an iterable, an async iterable or a stream. */
  static from<T>(source: Source<T>): Pipeline<T> {
    return new Pipeline(source);
  }

  /** Works on the values by `fanOut`, with its options. */
  map<R>(
    work: (value: T, context: WorkContext) => R | PromiseLike<R>,
    options?: FanOutOptions<T>,
  ): Pipeline<Awaited<R>> {
    return new Pipeline(fanOut(this.#source, work, options));
  }

  /** Any number of values for each, by `fanOut`. */
  flatMap<R>(
    work: (value: T, context: WorkContext) => Iterable<R> | PromiseLike<Iterable<R>>,
    options?: FanOutOptions<T>,
  ): Pipeline<R> {
    return new Pipeline(flattened(fanOut(this.#source, work, options)));
  }

  filter(test: (value: T) => boolean | PromiseLike<boolean>): Pipeline<T> {
    return new Pipeline(filtered(valuesOf(this.#source), test));
  }

  /** Calls a function with each value, and passes it on. */
  tap(look: (value: T) => unknown): Pipeline<T> {
    return this.filter(async (value) => {
      await look(value);
      return true;
    });
  }

  /** Values in groups of `size`; the last has what is left. @throws RangeError */
  batch(size: number): Pipeline<T[]> {
    if (!(Number.isSafeInteger(size) && size >= 1)) throw new RangeError(`size must be an integer from 1, got ${size}`);
    return new Pipeline(batched(valuesOf(this.#source), size));
  }

  /** The first values; the stages before are ended then. @throws RangeError */
  take(count: number): Pipeline<T> {
    if (!(Number.isSafeInteger(count) && count >= 0)) {
      throw new RangeError(`count must be an integer from 0, got ${count}`);
    }
    return new Pipeline(taken(valuesOf(this.#source), count));
  }

  [Symbol.asyncIterator](): AsyncIterator<T> {
    return valuesOf(this.#source)[Symbol.asyncIterator]();
  }

  /** Runs it, and folds the values. */
  async reduce<A>(fold: (accumulated: A, value: T) => A | PromiseLike<A>, initial: A): Promise<A> {
    let accumulated = initial;
    for await (const value of this) accumulated = await fold(accumulated, value);
    return accumulated;
  }

  /** Runs it, one value after the other; returns how many there were. */
  async forEach(use: (value: T) => unknown): Promise<number> {
    let count = 0;
    for await (const value of this) {
      await use(value);
      count++;
    }
    return count;
  }

  /** Runs it. @throws RangeError beyond `limit` values, by default a million */
  async toArray(limit = DEFAULT_TO_ARRAY_LIMIT): Promise<T[]> {
    const all: T[] = [];
    for await (const value of this) {
      if (all.length >= limit) throw new RangeError(`The pipeline gave more than ${limit} values`);
      all.push(value);
    }
    return all;
  }

  /** A stream that runs it as it is read. */
  toReadable(): ReadableStream<T> {
    const iterator = this[Symbol.asyncIterator]();
    return new ReadableStream<T>(
      {
        async pull(controller) {
          const { value, done } = await iterator.next();
          if (done) controller.close();
          else controller.enqueue(value);
        },
        async cancel() {
          await iterator.return?.();
        },
      },
      { highWaterMark: 0 },
    );
  }
}

/** Any source as an async iterable that lets go of it when the loop is left. */
async function* valuesOf<T>(source: Source<T>): AsyncGenerator<T, undefined> {
  const iterator = iteratorOf(source);
  let ended = false;
  try {
    for (;;) {
      const step = await nextOf(iterator);
      if (step.done) break;
      yield step.value;
    }
    ended = true;
    return undefined;
  } finally {
    if (!ended) letGo(iterator);
  }
}

async function nextOf<T>(iterator: { next(): IteratorResult<T> | PromiseLike<IteratorResult<T>> }) {
  return await iterator.next();
}

async function* flattened<R>(groups: AsyncIterable<Iterable<R>>): AsyncGenerator<R, undefined> {
  for await (const group of groups) yield* group;
  return undefined;
}

async function* filtered<T>(
  values: AsyncIterable<T>,
  test: (value: T) => boolean | PromiseLike<boolean>,
): AsyncGenerator<T, undefined> {
  for await (const value of values) if (await test(value)) yield value;
  return undefined;
}

async function* batched<T>(values: AsyncIterable<T>, size: number): AsyncGenerator<T[], undefined> {
  let group: T[] = [];
  for await (const value of values) {
    group.push(value);
    if (group.length < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
  return undefined;
}

async function* taken<T>(values: AsyncIterable<T>, count: number): AsyncGenerator<T, undefined> {
  if (count === 0) return undefined;
  let left = count;
  for await (const value of values) {
    yield value;
    if (--left === 0) return undefined;
  }
  return undefined;
}
