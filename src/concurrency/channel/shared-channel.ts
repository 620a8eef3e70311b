/**
 * `SharedChannel`: a channel between the threads of a shared arena. Values are turned into bytes, handed over by a
 * `SharedRing`, and turned back into values.
 */

import type { Arena } from '../../../bindings/arena.js';
import { describe } from '../../../bindings/staging.js';
import { QueueFullError } from '../../base/wait-errors.js';
import type { WaitOptions } from '../../base/waiter.js';
import { type RingWaitOptions, SharedRing, type SharedRingOpenOptions } from '../../structures/shared-ring/index.js';
import { readableOf, valuesOf, writableOf } from './streams.js';

/** How values become bytes, and values again; the same in all threads of a channel. */
export interface ValueCodec<T> {
  encode(value: T): Uint8Array;
  decode(bytes: Uint8Array<ArrayBuffer>): T;
}

export interface SharedChannelOpenOptions<T> extends SharedRingOpenOptions {
  /** Default JSON, which takes what `JSON.stringify` takes. `bytesCodec` takes bytes as they are. */
  codec?: ValueCodec<T>;
  /**
   * What this thread does when the channel is full: `'wait'`; `'drop-oldest'`, takes the oldest value out; `'drop-newest'`, drops
   * its own; `'reject'`, fails with a `QueueFullError`. Default `'wait'`.
   */
  overflow?: 'wait' | 'drop-oldest' | 'drop-newest' | 'reject';
}

export interface SharedChannelOptions<T> extends SharedChannelOpenOptions<T> {
  /** A shared one. */
  arena: Arena;
  /** By which other threads open it. */
  name: string;
  /** Values held, from 1. Default as many as have room. */
  capacity?: number;
  /** Bytes of values held, each with 4 more, 8 to 2^30. Default a megabyte. */
  capacityBytes?: number;
  /** Whether one thread sends, or any number. One is faster. Default `'many'`. */
  senders?: 'one' | 'many';
  /** Whether one thread receives, or any number. Default `'many'`. */
  receivers?: 'one' | 'many';
}

const DEFAULT_BYTES = 2 ** 20;
const OVERFLOWS: readonly unknown[] = ['wait', 'drop-oldest', 'drop-newest', 'reject'];
const NO_OPTIONS: WaitOptions = Object.freeze({});

const encoder = /* @__PURE__ */ new TextEncoder();
const decoder = /* @__PURE__ */ new TextDecoder();

/** Values as JSON. */
export const jsonCodec: ValueCodec<unknown> = {
  encode(value) {
    const text = JSON.stringify(value);
    if (text === undefined) throw new TypeError(`JSON has nothing for ${describe(value)}: give the channel a codec`);
    return encoder.encode(text);
  },
  decode: (bytes) => JSON.parse(decoder.decode(bytes)),
};

/** Bytes as they are: what is received is a copy. */
export const bytesCodec: ValueCodec<Uint8Array> = { encode: (bytes) => bytes, decode: (bytes) => bytes };

export class SharedChannel<T> implements AsyncIterable<T> {
  readonly #ring: SharedRing;
  readonly #codec: ValueCodec<T>;
  readonly #overflow: NonNullable<SharedChannelOpenOptions<T>['overflow']>;
  #dropped = 0;

  /**
   * @throws TypeError, RangeError when an option cannot be
   * @throws ArenaFullError
   * @throws NameError when the name is taken
   */
  constructor(options: SharedChannelOptions<T> | SharedRing, open: SharedChannelOpenOptions<T> = {}) {
    const { codec = jsonCodec as ValueCodec<T>, overflow = 'wait' } = options instanceof SharedRing ? open : options;
    if (!OVERFLOWS.includes(overflow)) {
      throw new RangeError(`overflow must be one of ${OVERFLOWS.join(', ')}, got ${String(overflow)}`);
    }
    if (typeof codec?.encode !== 'function' || typeof codec.decode !== 'function') {
      throw new TypeError(`codec must have the methods encode and decode, got ${describe(codec)}`);
    }
    this.#ring = options instanceof SharedRing ? options : makeRing(options);
    this.#codec = codec;
    this.#overflow = overflow;
  }

  /** The channel of this name. @throws NameError when there is none, or it is something else */
  static open<T>(arena: Arena, name: string, options: SharedChannelOpenOptions<T> = {}): SharedChannel<T> {
    return new SharedChannel<T>(SharedRing.open(arena, name, options), options);
  }

  // ── Sending ─────────────────────────────────────────────────────────────────────────────────────

  /**
   * Puts a value in, waiting for room where need be.
   *
   * @returns whether it was taken: false when it was dropped. Rejects with `ClosedError`, `QueueFullError`, `signal.reason`,
   *   `TimeoutError`, `RingSeatError`, or what the codec throws; the value was not sent then
   */
  async send(value: T, options: WaitOptions = NO_OPTIONS): Promise<boolean> {
    const bytes = this.#codec.encode(value);
    if (this.#overflow !== 'wait') {
      options.signal?.throwIfAborted();
      return this.#sendNow(bytes, 'SharedChannel.send');
    }
    await this.#ring.pushAsync(bytes, options);
    return true;
  }

  /** The same, holding the thread up: for workers. @throws as `send` rejects; SharedArenaError where it must not wait */
  sendSync(value: T, options: RingWaitOptions = NO_OPTIONS): boolean {
    const bytes = this.#codec.encode(value);
    if (this.#overflow !== 'wait') return this.#sendNow(bytes, 'SharedChannel.sendSync');
    this.#ring.push(bytes, options);
    return true;
  }

  /** Sends without waiting; false when there is no room, or the value was dropped. @throws ClosedError */
  trySend(value: T): boolean {
    const bytes = this.#codec.encode(value);
    return this.#overflow.startsWith('drop')
      ? this.#sendNow(bytes, 'SharedChannel.trySend')
      : this.#ring.tryPush(bytes);
  }

  #sendNow(bytes: Uint8Array, what: string): boolean {
    while (!this.#ring.tryPush(bytes)) {
      // Others may only have been at it.
      if (!this.#isFullFor(bytes)) continue;
      if (this.#overflow === 'reject') throw new QueueFullError(what, this.#ring.capacity);
      if (this.#overflow === 'drop-newest') {
        this.#dropped++;
        return false;
      }
      if (this.#ring.tryShift() !== undefined) this.#dropped++;
    }
    return true;
  }

  #isFullFor(bytes: Uint8Array): boolean {
    const ring = this.#ring;
    return ring.size >= ring.capacity || ring.usedBytes + ((bytes.length + 7) & ~3) > ring.capacityBytes;
  }

  // ── Receiving ───────────────────────────────────────────────────────────────────────────────────

  /**
   * Waits for the next value; `undefined` when the channel is closed and empty. Rejects with `signal.reason`, `TimeoutError`,
   * `QueueFullError`, `RingSeatError`, or what the codec throws.
   */
  async receive(options: WaitOptions = NO_OPTIONS): Promise<T | undefined> {
    const bytes = await this.#ring.shiftAsync(options);
    return bytes === undefined ? undefined : this.#codec.decode(bytes);
  }

  /** As `receive`, as the result of an iterator: `done` tells a closed channel from any value. */
  async next(options: WaitOptions = NO_OPTIONS): Promise<IteratorResult<T, undefined>> {
    const bytes = this.#ring.tryShift() ?? (await this.#ring.shiftAsync(options));
    return bytes === undefined ? { value: undefined, done: true } : { value: this.#codec.decode(bytes), done: false };
  }

  /** As `receive`, holding the thread up: for workers. */
  receiveSync(options: RingWaitOptions = NO_OPTIONS): T | undefined {
    const bytes = this.#ring.shift(options);
    return bytes === undefined ? undefined : this.#codec.decode(bytes);
  }

  /** The next value without waiting, or `undefined`. */
  tryReceive(): T | undefined {
    const bytes = this.#ring.tryShift();
    return bytes === undefined ? undefined : this.#codec.decode(bytes);
  }

  /** Up to so many values that are there, without waiting. */
  tryReceiveMany(most: number): T[] {
    return this.#ring.tryShiftMany(most).map((bytes) => this.#codec.decode(bytes));
  }

  /** Each value that this loop receives, until the channel is closed and empty. Leaving the loop closes nothing. */
  values(options: WaitOptions = NO_OPTIONS): AsyncIterableIterator<T> {
    return valuesOf(this, options);
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    return this.values();
  }

  /** A stream of the values. Cancelling it ends its wait and closes nothing, unless `closeOnCancel`. */
  toReadable(options: { closeOnCancel?: boolean } = {}): ReadableStream<T> {
    return readableOf(this, options.closeOnCancel ?? false);
  }

  /** A stream that sends what is written, with the channel's back-pressure. Closing or aborting it closes the channel. */
  toWritable(): WritableStream<T> {
    return writableOf(this);
  }

  // ── The channel ─────────────────────────────────────────────────────────────────────────────────

  /** Takes no value any more, of whatever thread: who sends gets a `ClosedError`, who receives what is left. Idempotent. */
  close(): void {
    if (!this.#ring.disposed) this.#ring.close();
  }

  get closed(): boolean {
    return this.#ring.disposed || this.#ring.closed;
  }

  /** Values held; while others send and receive, about so many. */
  get size(): number {
    return this.#ring.size;
  }

  get capacity(): number {
    return this.#ring.capacity;
  }

  /** Lets another thread be the one sender or the one receiver, where this thread is. */
  release(): void {
    this.#ring.release();
  }

  /** `sent` and `received` count for all threads, `dropped` for this one. */
  stats(): { readonly size: number; readonly sent: number; readonly received: number; readonly dropped: number } {
    const { size, pushed, shifted } = this.#ring.stats();
    return { size, sent: pushed, received: shifted, dropped: this.#dropped };
  }

  /** Frees the channel for all threads, when the others are done. Calls that wait here get a `ClosedError`. */
  dispose(): void {
    this.#ring.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

function makeRing<T>(options: SharedChannelOptions<T>): SharedRing {
  if (options === null || typeof options !== 'object') {
    throw new TypeError(`SharedChannel takes options with a shared arena, got ${describe(options)}`);
  }
  const { capacityBytes = DEFAULT_BYTES, senders = 'many', receivers = 'many', ...rest } = options;
  return new SharedRing({ ...rest, capacityBytes, producers: senders, consumers: receivers });
}
