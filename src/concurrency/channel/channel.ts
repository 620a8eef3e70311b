/**
 * A channel (Hoare, "Communicating sequential processes", 1978; Go's semantics): any number of tasks send values, any
 * number receive them, each value once, in order.
 *
 * Sending, receiving and giving up are O(1). Invariants: who receives waits only while the channel is empty; who sends waits
 * only while it is full, behind those who came before.
 */

import { LinkedList } from '../../base/linked-list.js';
import { ClosedError, QueueFullError } from '../../base/wait-errors.js';
import { checkWait, type WaitOptions } from '../../base/waiter.js';
import { systemTimer, type Timer } from '../../ports/timer.js';
import { type Failure, type Receiver, ResultReceiver, type Sender, ValueReceiver, ValueSender } from './parties.js';
import { Queue } from './queue.js';
import { pump, readableOf, valuesOf, writableOf } from './streams.js';

const DEFAULT_MAX_QUEUE = 10_000;
const DEFAULT_LIMIT = 1_000_000;
const NO_OPTIONS: WaitOptions = Object.freeze({});

/** What happens to a value when the channel is full. */
export type Overflow = 'wait' | 'drop-oldest' | 'drop-newest' | 'reject';

export interface ChannelOptions<T> {
  /** Values held, from 0. Default 0: who sends waits for who receives. */
  capacity?: number;
  /**
   * When it is full: `'wait'`, who sends waits; `'drop-oldest'`, the oldest value is dropped; `'drop-newest'`, the new one is;
   * `'reject'`, sending fails with a `QueueFullError`. Default `'wait'`.
   */
  overflow?: Overflow;
  /** Called with each value that was dropped. It must not throw. */
  onDrop?: ((value: T) => void) | undefined;
  /** How many may wait to send, and how many to receive. Default 10 000 each. */
  maxQueue?: number;
  /** Default the platform's. */
  timer?: Timer;
}

export interface ChannelStats {
  /** Values held now. */
  readonly size: number;
  readonly capacity: number;
  readonly waitingSenders: number;
  readonly waitingReceivers: number;
  /** Values taken in so far, handed over directly or held. */
  readonly sent: number;
  readonly received: number;
  readonly dropped: number;
}

export class Channel<T> implements AsyncIterable<T> {
  readonly capacity: number;
  readonly #overflow: Overflow;
  readonly #onDrop: ((value: T) => void) | undefined;
  readonly #maxQueue: number;
  readonly #timer: Timer;
  readonly #values = new Queue<T>();
  readonly #receivers = new LinkedList<Receiver<T>>();
  readonly #senders = new LinkedList<Sender<T>>();
  /** What sending gives when it need not wait: no promise is made for it. */
  readonly #done = Promise.resolve(true);
  readonly #notDone = Promise.resolve(false);
  #closed: ClosedError | undefined = undefined;
  #failure: Failure | undefined = undefined;
  #sent = 0;
  #received = 0;
  #dropped = 0;

  /** @throws TypeError, RangeError when an option cannot be */
  constructor(options: ChannelOptions<T> = {}) {
    const { capacity = 0, overflow = 'wait', onDrop, maxQueue = DEFAULT_MAX_QUEUE, timer = systemTimer } = options;
    if (!(Number.isSafeInteger(capacity) && capacity >= 0)) {
      throw new RangeError(`capacity must be an integer from 0, got ${String(capacity)}`);
    }
    if (!['wait', 'drop-oldest', 'drop-newest', 'reject'].includes(overflow)) {
      throw new RangeError(
        `overflow must be 'wait', 'drop-oldest', 'drop-newest' or 'reject', got ${String(overflow)}`,
      );
    }
    if (overflow === 'drop-oldest' && capacity === 0)
      throw new RangeError('A channel that drops the oldest holds at least 1 value, got 0');
    if (!(maxQueue >= 0)) throw new RangeError(`maxQueue must be from 0, got ${String(maxQueue)}`);
    this.capacity = capacity;
    this.#overflow = overflow;
    this.#onDrop = onDrop;
    this.#maxQueue = maxQueue;
    this.#timer = timer;
  }

  /** Holds some values; who sends more waits. */
  static bounded<T>(capacity: number, options?: Omit<ChannelOptions<T>, 'capacity'>): Channel<T> {
    return new Channel<T>({ ...options, capacity });
  }

  /** Sending never waits; beyond `limit` values, by default a million, it fails, since memory has a bound. */
  static unbounded<T>(options: { limit?: number; timer?: Timer } = {}): Channel<T> {
    const { limit = DEFAULT_LIMIT, timer = systemTimer } = options;
    return new Channel<T>({ capacity: limit, overflow: 'reject', timer });
  }

  /** When full, drops the new value, or the oldest one. */
  static dropping<T>(capacity: number, which: 'newest' | 'oldest' = 'newest', onDrop?: (value: T) => void): Channel<T> {
    return new Channel<T>({ capacity, overflow: which === 'oldest' ? 'drop-oldest' : 'drop-newest', onDrop });
  }

  /** Holds the last values: when full, drops the oldest. */
  static sliding<T>(capacity: number, onDrop?: (value: T) => void): Channel<T> {
    return new Channel<T>({ capacity, overflow: 'drop-oldest', onDrop });
  }

  /** Holds nothing: who sends waits for who receives. */
  static rendezvous<T>(options?: Omit<ChannelOptions<T>, 'capacity' | 'overflow'>): Channel<T> {
    return new Channel<T>({ ...options, capacity: 0 });
  }

  /**
   * A channel that is filled from an iterable or a stream, and closed at its end, or with its error. When the
   * channel is closed by somebody else, the iteration ends, or the stream is cancelled, with the next value.
   */
  static from<T>(
    source: Iterable<T> | AsyncIterable<T> | ReadableStream<T>,
    options: ChannelOptions<T> = {},
  ): Channel<T> {
    const channel = new Channel<T>(options);
    void pump(source, channel);
    return channel;
  }

  /**
   * Hands a value over or has it held, waiting for room where need be.
   *
   * @returns whether it was taken: false when it was dropped. Rejects with `ClosedError`, `QueueFullError`, `signal.reason`
   *   or `TimeoutError`; the value was not sent then
   */
  send(value: T, options: WaitOptions = NO_OPTIONS): Promise<boolean> {
    if (options !== NO_OPTIONS) {
      checkWait(options);
      if (options.signal?.aborted) return Promise.reject(options.signal.reason);
    }
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    if (this.#offer(value)) return this.#done;
    if (this.#overflow === 'drop-newest') {
      this.#drop(value);
      return this.#notDone;
    }
    if (this.#overflow === 'reject') return Promise.reject(new QueueFullError('Channel.send', this.capacity));
    if (this.#senders.size >= this.#maxQueue) return Promise.reject(new QueueFullError('Channel.send', this.#maxQueue));
    const sender = new ValueSender(value);
    this.#senders.push(sender);
    if (options !== NO_OPTIONS) sender.heed(options, this.#timer, 'Channel.send');
    return sender.promise;
  }

  /** Sends without waiting; false when there is no room. @throws ClosedError */
  trySend(value: T): boolean {
    if (this.#closed !== undefined) throw this.#closed;
    if (this.#offer(value)) return true;
    if (this.#overflow === 'drop-newest') this.#drop(value);
    return false;
  }

  /**
   * Waits for the next value; `undefined` when the channel is closed and empty. (Values that may be `undefined` themselves:
   * `next`. A promise sent as a value is awaited by whoever awaits this.)
   *
   * Rejects with `signal.reason`, `TimeoutError`, `QueueFullError`, or what the channel was closed with.
   */
  receive(options: WaitOptions = NO_OPTIONS): Promise<T | undefined> {
    if (options !== NO_OPTIONS) {
      checkWait(options);
      if (options.signal?.aborted) return Promise.reject(options.signal.reason);
    }
    if (this.#holds()) return Promise.resolve(this.#take());
    if (this.#closed !== undefined) {
      return this.#failure === undefined ? Promise.resolve(undefined) : Promise.reject(this.#failure.reason);
    }
    const receiver = new ValueReceiver<T>();
    if (!this.enrolReceiver(receiver)) return Promise.reject(new QueueFullError('Channel.receive', this.#maxQueue));
    if (options !== NO_OPTIONS) receiver.heed(options, this.#timer, 'Channel.receive');
    return receiver.promise;
  }

  /** As `receive`, as the result of an iterator: `done` tells a closed channel from any value. */
  next(options: WaitOptions = NO_OPTIONS): Promise<IteratorResult<T, undefined>> {
    if (options !== NO_OPTIONS) {
      checkWait(options);
      if (options.signal?.aborted) return Promise.reject(options.signal.reason);
    }
    if (this.#holds()) return Promise.resolve({ value: this.#take(), done: false });
    if (this.#closed !== undefined) {
      return this.#failure === undefined
        ? Promise.resolve({ value: undefined, done: true })
        : Promise.reject(this.#failure.reason);
    }
    const receiver = new ResultReceiver<T>();
    if (!this.enrolReceiver(receiver)) return Promise.reject(new QueueFullError('Channel.next', this.#maxQueue));
    if (options !== NO_OPTIONS) receiver.heed(options, this.#timer, 'Channel.next');
    return receiver.promise;
  }

  /** The next value without waiting, or `undefined`. */
  tryReceive(): T | undefined {
    return this.#holds() ? this.#take() : undefined;
  }

  /** Up to so many values, without waiting: what is held, and what those who wait to send hand over. */
  tryReceiveMany(most = Number.POSITIVE_INFINITY): T[] {
    const values: T[] = [];
    while (values.length < most && this.#holds()) values.push(this.#take());
    return values;
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

  /**
   * No value is taken any more: who waits to send gets a `ClosedError`; what is held can be received, and after it
   * `undefined`, or `reason` as a rejection where one is given. Idempotent.
   */
  close(...reason: [reason?: unknown]): void {
    if (this.#closed !== undefined) return;
    const [cause] = reason;
    this.#closed = new ClosedError('The channel', cause === undefined ? undefined : { cause });
    if (cause !== undefined) this.#failure = { reason: cause };
    for (let sender = this.#senders.first; sender !== undefined; sender = this.#senders.first) {
      this.#senders.remove(sender);
      sender.refused(this.#closed);
    }
    for (let receiver = this.#receivers.first; receiver !== undefined; receiver = this.#receivers.first) {
      this.#receivers.remove(receiver);
      receiver.end(this.#failure);
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Drops what is held; returns how many values. Who waits to send hands over what then fits. */
  clear(): number {
    const cleared = this.#values.size;
    this.#values.clear();
    while (this.#values.size < this.capacity && this.#admit());
    return cleared;
  }

  /** Values held. */
  get size(): number {
    return this.#values.size;
  }

  get closed(): boolean {
    return this.#closed !== undefined;
  }

  stats(): ChannelStats {
    return {
      size: this.#values.size,
      capacity: this.capacity,
      waitingSenders: this.#senders.size,
      waitingReceivers: this.#receivers.size,
      sent: this.#sent,
      received: this.#received,
      dropped: this.#dropped,
    };
  }

  /** @internal Whether receiving need not wait; a closed channel does not make it wait. */
  get canReceive(): boolean {
    return this.#holds() || this.#closed !== undefined;
  }

  /** @internal Whether sending need not wait. */
  get canSend(): boolean {
    const room = this.#receivers.size > 0 || this.#values.size < this.capacity;
    return room || this.#overflow !== 'wait' || this.#closed !== undefined;
  }

  /** @internal Whether a full channel fails who sends. */
  get refuses(): boolean {
    return this.#overflow === 'reject';
  }

  /** @internal */
  get failure(): Failure | undefined {
    return this.#failure;
  }

  /** @internal False when as many wait as may. */
  enrolReceiver(receiver: Receiver<T>): boolean {
    if (this.#receivers.size >= this.#maxQueue) return false;
    this.#receivers.push(receiver);
    return true;
  }

  /** @internal False when as many wait as may. */
  enrolSender(sender: Sender<T>): boolean {
    if (this.#senders.size >= this.#maxQueue) return false;
    this.#senders.push(sender);
    return true;
  }

  /** Takes a value in where there is room, or makes room by dropping the oldest. */
  #offer(value: T): boolean {
    const receiver = this.#receivers.first;
    if (receiver !== undefined) {
      this.#receivers.remove(receiver);
      this.#received++;
      this.#sent++;
      receiver.receive(value);
      return true;
    }
    if (this.#values.size >= this.capacity) {
      if (this.#overflow !== 'drop-oldest') return false;
      const oldest = this.#values.shift();
      this.#values.push(value);
      this.#sent++;
      this.#drop(oldest);
      return true;
    }
    this.#values.push(value);
    this.#sent++;
    return true;
  }

  #holds(): boolean {
    return this.#values.size > 0 || this.#senders.size > 0;
  }

  /** The next value; only when there is one. */
  #take(): T {
    this.#received++;
    if (this.#values.size === 0) {
      const sender = this.#senders.shift() as Sender<T>;
      this.#sent++;
      sender.sent();
      return sender.value;
    }
    const value = this.#values.shift();
    if (this.#senders.size > 0) this.#admit();
    return value;
  }

  /** Holds the value of the first who waits to send. */
  #admit(): boolean {
    const sender = this.#senders.shift();
    if (sender === undefined) return false;
    this.#sent++;
    this.#values.push(sender.value);
    sender.sent();
    return true;
  }

  #drop(value: T): void {
    this.#dropped++;
    this.#onDrop?.(value);
  }
}
