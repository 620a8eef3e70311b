/** Where items come from: anything that can be iterated, and streams, which not every platform lets be iterated. */

export type Source<T> = Iterable<T> | AsyncIterable<T> | ReadableStream<T>;

/** What `next` gives may be a promise or not: arrays need none. */
export interface SourceIterator<T> {
  next(): IteratorResult<T> | PromiseLike<IteratorResult<T>>;
  return?(): unknown;
}

/** @throws TypeError when it cannot be iterated */
export function iteratorOf<T>(source: Source<T>): SourceIterator<T> {
  if (typeof source === 'string') return (source as Iterable<T>)[Symbol.iterator]();
  if (typeof source !== 'object' || source === null) {
    throw new TypeError(`A source must be an iterable or a stream, got ${source === null ? 'null' : typeof source}`);
  }
  if (Symbol.asyncIterator in source) return source[Symbol.asyncIterator]();
  if (Symbol.iterator in source) return source[Symbol.iterator]();
  if ('getReader' in source) return readerOf(source);
  throw new TypeError('A source must be an iterable or a stream, got an object that is neither');
}

function readerOf<T>(stream: ReadableStream<T>): SourceIterator<T> {
  const reader = stream.getReader();
  return {
    next: () => reader.read() as Promise<IteratorResult<T>>,
    return: () => reader.cancel(),
  };
}

/** Tells a source that nothing more is asked of it. It is not waited for: it may be busy with what was asked last. */
export function letGo(iterator: SourceIterator<unknown>): void {
  try {
    void Promise.resolve(iterator.return?.()).catch(() => undefined);
  } catch {
    // What goes wrong when a source ends early is not what its user asked about.
  }
}
