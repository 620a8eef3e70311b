/**
 * Producers and consumers around a bounded buffer (Dijkstra 1965): who produces waits while it is full, so many consumers
 * work at the same time, and what is urgent comes first.
 *
 * Producing and taking are O(1), with p different priorities O(log p). Invariant: while a consumer is free and the queue
 * runs, nothing is buffered; while there is room, no producer waits.
 */

import { Link, LinkedList } from '../../base/linked-list.js';
import { PriorityList } from '../../base/priority-list.js';
import { ClosedError, QueueFullError } from '../../base/wait-errors.js';
import { checkWait, Waiter, type WaitOptions } from '../../base/waiter.js';
import { type Clock, systemClock } from '../../ports/clock.js';
import { systemTimer, type Timer } from '../../ports/timer.js';

const DEFAULT_CAPACITY = 1024;
const DEFAULT_MAX_QUEUE = 10_000;
const NO_OPTIONS: ProduceOptions = Object.freeze({});

/** What happens to an item when the buffer is full. */
export type DropPolicy = 'wait' | 'drop-oldest' | 'drop-newest' | 'drop-lowest' | 'reject';
const POLICIES: readonly string[] = ['wait', 'drop-oldest', 'drop-newest', 'drop-lowest', 'reject'];

export interface ProducerConsumerOptions<T> {
  /** How many items are consumed at the same time, from 1. Default 1. */
  consumers?: number;
  /** Items buffered, from 0, those being consumed not counted. Default 1024. */
  capacity?: number;
  /**
   * When the buffer is full: `'wait'`, who produces waits; `'drop-oldest'`, the oldest item of the lowest priority goes;
   * `'drop-newest'`, the new one goes; `'drop-lowest'`, the one of the lowest priority that came last goes, the new one where
   * it is no higher; `'reject'`, producing fails with a `QueueFullError`. Default `'wait'`.
   */
  overflow?: DropPolicy;
  /** Called with each item that was dropped. It must not throw. */
  onDrop?: ((item: T) => void) | undefined;
  /** Called when consuming an item failed. It must not throw. Without it, `drain` rejects with the first failure. */
  onError?: ((error: unknown, item: T) => void) | undefined;
  /** How many producers may wait. Default 10 000. */
  maxQueue?: number;
  /** Default the platform's. */
  clock?: Clock;
  /** Default the platform's. */
  timer?: Timer;
}

export interface ProduceOptions extends WaitOptions {
  /** Higher ones are consumed first, equal ones in order. Default 0. */
  priority?: number | undefined;
}

/** What a consumer is told besides its item. */
export interface Consumption {
  /** Aborts when `stop` is called. */
  readonly signal: AbortSignal;
  readonly priority: number;
  /** How long the item was buffered. */
  readonly waitedMs: number;
}

export interface ProducerConsumerStats {
  readonly buffered: number;
  readonly consuming: number;
  readonly waitingProducers: number;
  readonly produced: number;
  readonly consumed: number;
  readonly failed: number;
  readonly dropped: number;
  /** Most items ever buffered. */
  readonly peakBuffered: number;
  /** Of all items consumed, in milliseconds. */
  readonly meanWaitMs: number;
  /** Of all items consumed, failures too, in milliseconds. */
  readonly meanConsumeMs: number;
}

class Item<T> extends Link {
  readonly value: T;
  readonly priority: number;
  bufferedAtMs = 0;

  constructor(value: T, priority: number) {
    super();
    this.value = value;
    this.priority = priority;
  }
}

class Producer<T> extends Waiter<boolean> {
  readonly item: Item<T>;

  constructor(item: Item<T>) {
    super();
    this.item = item;
  }
}

export class ProducerConsumer<T> {
  readonly #consume: (item: T, consumption: Consumption) => unknown;
  readonly #capacity: number;
  readonly #overflow: DropPolicy;
  readonly #onDrop: ((item: T) => void) | undefined;
  readonly #onError: ((error: unknown, item: T) => void) | undefined;
  readonly #maxQueue: number;
  readonly #clock: Clock;
  readonly #timer: Timer;
  readonly #buffer = new PriorityList<Item<T>>();
  readonly #producers = new PriorityList<Producer<T>>();
  readonly #idle = new LinkedList<Waiter<void>>();
  readonly #stopping = new AbortController();
  #consumers: number;
  #consuming = 0;
  #paused = false;
  #closed: ClosedError | undefined = undefined;
  #failure: { readonly reason: unknown } | undefined = undefined;
  readonly #counts = { produced: 0, consumed: 0, failed: 0, dropped: 0, peakBuffered: 0, waitedMs: 0, consumedMs: 0 };

  /**
   * @param consume works on one item; what it returns is awaited
   * @throws TypeError, RangeError when an argument cannot be
   */
  constructor(consume: (item: T, consumption: Consumption) => unknown, options: ProducerConsumerOptions<T> = {}) {
    const { consumers = 1, capacity = DEFAULT_CAPACITY, overflow = 'wait', maxQueue = DEFAULT_MAX_QUEUE } = options;
    if (typeof consume !== 'function') throw new TypeError(`consume must be a function, got ${typeof consume}`);
    checkCount('consumers', consumers, 1);
    checkCount('capacity', capacity, 0);
    if (!(maxQueue >= 0)) throw new RangeError(`maxQueue must be from 0, got ${String(maxQueue)}`);
    if (!POLICIES.includes(overflow)) {
      throw new RangeError(`overflow must be one of ${POLICIES.join(', ')}, got ${String(overflow)}`);
    }
    this.#consume = consume;
    this.#consumers = consumers;
    this.#capacity = capacity;
    this.#overflow = overflow;
    this.#onDrop = options.onDrop;
    this.#onError = options.onError;
    this.#maxQueue = maxQueue;
    this.#clock = options.clock ?? systemClock;
    this.#timer = options.timer ?? systemTimer;
  }

  /**
   * Hands an item to a consumer, who begins within this call, or has it buffered, waiting for room where need be. It does not
   * wait for the consumption to end.
   *
   * @returns whether it was taken: false when it was dropped at once. Rejects with `ClosedError`, `QueueFullError`,
   *   `signal.reason` or `TimeoutError`; the item was not produced then
   */
  produce(value: T, options: ProduceOptions = NO_OPTIONS): Promise<boolean> {
    if (options !== NO_OPTIONS) {
      checkWait(options);
      if (options.signal?.aborted) return Promise.reject(options.signal.reason);
    }
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    const item = this.#itemOf(value, options);
    if (this.#offer(item)) return Promise.resolve(true);
    if (this.#overflow === 'reject') return Promise.reject(new QueueFullError('produce', this.#capacity));
    if (this.#overflow !== 'wait') {
      this.#drop(item);
      return Promise.resolve(false);
    }
    if (this.#producers.size >= this.#maxQueue) return Promise.reject(new QueueFullError('produce', this.#maxQueue));
    const producer = new Producer(item);
    this.#producers.push(producer, item.priority);
    if (options !== NO_OPTIONS) producer.heed(options, this.#timer, 'produce', () => this.#tellIdle());
    return producer.promise;
  }

  /** Produces without waiting; false when there is no room, or the item was dropped. @throws ClosedError */
  tryProduce(value: T, options: Pick<ProduceOptions, 'priority'> = NO_OPTIONS): boolean {
    if (this.#closed !== undefined) throw this.#closed;
    const item = this.#itemOf(value, options);
    if (this.#offer(item)) return true;
    if (this.#overflow === 'drop-newest' || this.#overflow === 'drop-lowest' || this.#overflow === 'drop-oldest') {
      this.#drop(item);
    }
    return false;
  }

  /** Produces what a source gives, one after the other, with back-pressure. Returns how many were taken. */
  async produceFrom(source: Iterable<T> | AsyncIterable<T>, options: ProduceOptions = NO_OPTIONS): Promise<number> {
    let taken = 0;
    for await (const value of source) if (await this.produce(value, options)) taken++;
    return taken;
  }

  /** Changes how many are consumed at the same time. Fewer take effect as items are done. */
  resize(consumers: number): void {
    checkCount('consumers', consumers, 1);
    this.#consumers = consumers;
    this.#startMore();
  }

  /** Begins no further item until `resume`. Those being consumed go on. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#startMore();
  }

  /** Waits until nothing is buffered, consumed, or waits to be produced. */
  onIdle(options: WaitOptions = NO_OPTIONS): Promise<void> {
    checkWait(options);
    if (options.signal?.aborted) return Promise.reject(options.signal.reason);
    if (this.#isIdle()) return Promise.resolve();
    if (this.#idle.size >= this.#maxQueue) return Promise.reject(new QueueFullError('onIdle', this.#maxQueue));
    const waiter = new Waiter<void>();
    this.#idle.push(waiter);
    waiter.heed(options, this.#timer, 'onIdle');
    return waiter.promise;
  }

  /**
   * Takes nothing more, and waits until all there is was consumed, what producers wait with included. A paused one resumes.
   *
   * Rejects as `onIdle`, with the work still going on; and with the first failure of a consumer where there is no `onError`.
   */
  async drain(options: WaitOptions = NO_OPTIONS): Promise<void> {
    this.#closed ??= new ClosedError('The queue of producers and consumers');
    this.resume();
    await this.onIdle(options);
    if (this.#failure !== undefined) throw this.#failure.reason;
  }

  /**
   * Takes nothing more, drops what is buffered, refuses who waits, and aborts the signal of the consumers. Idempotent.
   *
   * @returns a promise that they have ended
   */
  stop(reason?: unknown): Promise<void> {
    this.#closed ??= new ClosedError(
      'The queue of producers and consumers',
      reason === undefined ? undefined : { cause: reason },
    );
    for (const producer of this.#producers) producer.fail(this.#closed);
    for (const item of this.#buffer) {
      item.list?.remove(item);
      this.#drop(item);
    }
    if (!this.#stopping.signal.aborted) this.#stopping.abort(reason ?? this.#closed);
    this.#tellIdle();
    return this.onIdle();
  }

  /** As `drain`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.drain();
  }

  stats(): ProducerConsumerStats {
    const { produced, consumed, failed, dropped, peakBuffered, waitedMs, consumedMs } = this.#counts;
    const ended = consumed + failed;
    return {
      buffered: this.#buffer.size,
      consuming: this.#consuming,
      waitingProducers: this.#producers.size,
      produced,
      consumed,
      failed,
      dropped,
      peakBuffered,
      meanWaitMs: ended === 0 ? 0 : waitedMs / ended,
      meanConsumeMs: ended === 0 ? 0 : consumedMs / ended,
    };
  }

  #itemOf(value: T, { priority = 0 }: ProduceOptions): Item<T> {
    if (typeof priority !== 'number' || Number.isNaN(priority)) {
      throw new TypeError(`priority must be a number, got ${String(priority)}`);
    }
    return new Item(value, priority);
  }

  /** Has a consumer take the item, or buffers it, where there is room or room is made by dropping another. */
  #offer(item: Item<T>): boolean {
    const isFree = !this.#paused && this.#consuming < this.#consumers;
    if (!isFree && this.#buffer.size >= this.#capacity) {
      const victim = this.#victimFor(item);
      if (victim === undefined) return false;
      victim.list?.remove(victim);
      this.#take(item);
      this.#drop(victim);
      return true;
    }
    this.#take(item);
    return true;
  }

  #victimFor(item: Item<T>): Item<T> | undefined {
    if (this.#overflow === 'drop-oldest') {
      const oldest = this.#buffer.lowest;
      return oldest !== undefined && oldest.priority <= item.priority ? oldest : undefined;
    }
    if (this.#overflow !== 'drop-lowest') return undefined;
    const lowest = this.#buffer.last;
    return lowest !== undefined && lowest.priority < item.priority ? lowest : undefined;
  }

  #take(item: Item<T>): void {
    this.#counts.produced++;
    item.bufferedAtMs = this.#clock.monotonic();
    this.#buffer.push(item, item.priority);
    this.#startMore();
    this.#counts.peakBuffered = Math.max(this.#counts.peakBuffered, this.#buffer.size);
  }

  #startMore(): void {
    while (!this.#paused && this.#consuming < this.#consumers && this.#buffer.size + this.#producers.size > 0) {
      this.#consuming++;
      void this.#consumer();
    }
  }

  /** Consumes one item after the other while there are any. */
  async #consumer(): Promise<void> {
    for (let item = this.#next(); item !== undefined; item = this.#next()) await this.#consumeOne(item);
    this.#consuming--;
    this.#tellIdle();
  }

  #next(): Item<T> | undefined {
    if (this.#paused || this.#consuming > this.#consumers) return undefined;
    const item = this.#buffer.first;
    // Without a buffer, producers hand over directly.
    if (item === undefined) return this.#admitted();
    item.list?.remove(item);
    const next = this.#admitted();
    if (next !== undefined) this.#buffer.push(next, next.priority);
    return item;
  }

  /** What the first producer who waits has, who waits no longer. */
  #admitted(): Item<T> | undefined {
    const producer = this.#producers.first;
    if (producer === undefined) return undefined;
    this.#counts.produced++;
    producer.item.bufferedAtMs = this.#clock.monotonic();
    producer.grant(true);
    return producer.item;
  }

  async #consumeOne(item: Item<T>): Promise<void> {
    const counts = this.#counts;
    const beganMs = this.#clock.monotonic();
    const waitedMs = beganMs - item.bufferedAtMs;
    counts.waitedMs += waitedMs;
    try {
      await this.#consume(item.value, { signal: this.#stopping.signal, priority: item.priority, waitedMs });
      counts.consumed++;
    } catch (reason) {
      counts.failed++;
      if (this.#onError === undefined) this.#failure ??= { reason };
      else this.#onError(reason, item.value);
    }
    counts.consumedMs += this.#clock.monotonic() - beganMs;
  }

  #drop({ value }: Item<T>): void {
    this.#counts.dropped++;
    this.#onDrop?.(value);
  }

  #isIdle(): boolean {
    return this.#consuming === 0 && this.#buffer.size === 0 && this.#producers.size === 0;
  }

  #tellIdle(): void {
    if (!this.#isIdle()) return;
    for (let waiter = this.#idle.first; waiter !== undefined; waiter = this.#idle.first) waiter.grant();
  }
}

function checkCount(name: string, value: number, least: number): void {
  if (!(Number.isSafeInteger(value) && value >= least)) {
    throw new RangeError(`${name} must be an integer from ${least}, got ${String(value)}`);
  }
}
