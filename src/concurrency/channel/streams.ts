/** Channels as Web Streams and iterators, and iterables as channels. */

import type { WaitOptions } from '../../base/waiter.js';
import type { Channel } from './channel.js';

/** What gives values, and what takes them, of a channel of any kind. */
interface Outlet<T> {
  next(options: WaitOptions): Promise<IteratorResult<T, undefined>>;
  close(): void;
}

interface Inlet<T> {
  send(value: T, options: WaitOptions): Promise<boolean>;
  close(...reason: [reason?: unknown]): void;
}

/** Sends what a source gives until it ends; the channel is closed then, or with the source's error. */
export async function pump<T>(
  source: Iterable<T> | AsyncIterable<T> | ReadableStream<T>,
  channel: Channel<T>,
): Promise<void> {
  try {
    if ('getReader' in source) await pumpStream(source, channel);
    else await pumpIterable(source, channel);
    channel.close();
  } catch (reason) {
    // A channel that was closed meanwhile is what sending failed by: it stays closed as it was.
    channel.close(reason);
  }
}

async function pumpIterable<T>(source: Iterable<T> | AsyncIterable<T>, channel: Channel<T>): Promise<void> {
  for await (const value of source) await channel.send(value);
}

/** By a reader: not every platform's streams are iterable. */
async function pumpStream<T>(source: ReadableStream<T>, channel: Channel<T>): Promise<void> {
  const reader = source.getReader();
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) await channel.send(read.value);
  } catch (reason) {
    await reader.cancel(reason).catch(() => undefined);
    throw reason;
  } finally {
    reader.releaseLock();
  }
}

export function readableOf<T>(channel: Outlet<T>, closeOnCancel: boolean): ReadableStream<T> {
  const cancelled = new AbortController();
  return new ReadableStream<T>(
    {
      async pull(controller) {
        const { value, done } = await channel.next({ signal: cancelled.signal });
        if (cancelled.signal.aborted) return;
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel(reason) {
        cancelled.abort(reason);
        if (closeOnCancel) channel.close();
      },
    },
    // The stream takes no value out of the channel before somebody reads it.
    { highWaterMark: 0 },
  );
}

export function writableOf<T>(channel: Inlet<T>): WritableStream<T> {
  return new WritableStream<T>({
    async write(value, controller) {
      await channel.send(value, { signal: controller.signal });
    },
    close: () => channel.close(),
    abort: (reason) => channel.close(reason),
  });
}

/** Each value that a loop receives. Leaving the loop closes nothing. */
export function valuesOf<T>(channel: Outlet<T>, options: WaitOptions): AsyncIterableIterator<T> {
  const iterator: AsyncIterableIterator<T> = {
    next: () => channel.next(options),
    return: () => Promise.resolve({ value: undefined, done: true }),
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
}
