/**
 * Changes on their way to a store: coalesced by key, written in batches, tried again when the store refuses.
 *
 * Invariants: of one key, one change is being written at most, and one waits behind it. A change leaves the queue when the
 * store took it, or when it was tried `maxAttempts` times and is handed to `onLost`. There are `maxPending` at most; who
 * comes then waits, in order.
 */

import { LinkedList } from '../../base/linked-list.js';
import { ClosedError } from '../../base/wait-errors.js';
import { failAll, MOST_DELAY_MS, Waiter, type WaitOptions } from '../../base/waiter.js';
import type { Clock } from '../../ports/clock.js';
import type { Random } from '../../ports/random.js';
import type { Timer } from '../../ports/timer.js';
import type { BackingStore, Change } from './store.js';

export interface WriteQueueSettings<K, V> {
  readonly delayMs: number;
  readonly batchSize: number;
  readonly concurrency: number;
  readonly maxPending: number;
  readonly retryMs: number;
  readonly maxRetryMs: number;
  readonly maxAttempts: number;
  readonly clock: Clock;
  readonly timer: Timer;
  readonly random: Random;
  /** Told of each change that the store took. */
  readonly onWritten: (change: Change<K, V>) => void;
  /** Told of each change that is given up. */
  readonly onLost: (change: Change<K, V>, error: unknown) => void;
  /** Told of each attempt that failed. */
  readonly onRefused: (error: unknown, key: K) => void;
}

/** A change that was accepted. */
interface Pending<K, V> {
  readonly key: K;
  value: V | undefined;
  /** When it was accepted, counted from 1; of changes that became one, when the first was. */
  number: number;
  dueAt: number;
  /** How often this value was refused. */
  attempts: number;
  /** How often the key was, one value or another, without being taken between. */
  refusals: number;
}

/** Who waits for room, with what it brings. */
class Bringer<K, V> extends Waiter<void> {
  readonly change: Change<K, V>;
  readonly accepted: () => void;

  constructor(change: Change<K, V>, accepted: () => void) {
    super();
    this.change = change;
    this.accepted = accepted;
  }
}

/** Who waits until all up to a number is written. */
class Flusher extends Waiter<void> {
  readonly upTo: number;

  constructor(upTo: number) {
    super();
    this.upTo = upTo;
  }
}

export class WriteQueue<K, V> {
  readonly #store: BackingStore<K, V>;
  readonly #settings: WriteQueueSettings<K, V>;
  readonly #signal = new AbortController().signal;
  readonly #pending = new Map<K, Pending<K, V>>();
  readonly #writing = new Map<K, Pending<K, V>>();
  readonly #bringers = new LinkedList<Bringer<K, V>>();
  readonly #flushers = new LinkedList<Flusher>();
  #cancelTimer: (() => void) | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  #batches = 0;
  #accepted = 0;
  #closed = false;
  written = 0;
  coalesced = 0;
  retries = 0;
  lost = 0;

  constructor(store: BackingStore<K, V>, settings: WriteQueueSettings<K, V>) {
    this.#store = store;
    this.#settings = settings;
  }

  get pending(): number {
    return this.#pending.size;
  }

  get writing(): number {
    return this.#writing.size;
  }

  get waiting(): number {
    return this.#bringers.size;
  }

  /** The newest change of a key that is not in the store for certain. */
  peek(key: K): Change<K, V> | undefined {
    return this.#pending.get(key) ?? this.#writing.get(key);
  }

  /** All changes that are not in the store for certain; of a key that is being written and waits, both, in order. */
  changes(): Change<K, V>[] {
    return [...this.#writing.values(), ...this.#pending.values()].map(({ key, value }) => ({ key, value }));
  }

  /**
   * Accepts a change, at once or when there is room.
   *
   * @param accepted called in the same turn as the change is accepted
   */
  add(change: Change<K, V>, options: WaitOptions, accepted: () => void): Promise<void> {
    if (this.#closed) return Promise.reject(new ClosedError('The cache'));
    const { signal } = options;
    if (signal?.aborted) return Promise.reject(signal.reason);
    // Behind those who wait, also where there would be room: an older change of the key may be among them.
    if (this.#bringers.size === 0 && this.#hasRoom(change.key)) {
      this.#accept(change);
      accepted();
      return Promise.resolve();
    }
    const bringer = new Bringer(change, accepted);
    this.#bringers.push(bringer);
    bringer.heed(options, this.#settings.timer, 'The wait for room in the write queue');
    return bringer.promise;
  }

  /** Resolves when the store has what was accepted until now. What waits to be tried again is tried at once. */
  flush(options: WaitOptions): Promise<void> {
    if (options.signal?.aborted) return Promise.reject(options.signal.reason);
    if (this.#pending.size + this.#writing.size === 0) return Promise.resolve();
    const now = this.#settings.clock.monotonic();
    for (const change of this.#pending.values()) change.dueAt = now;
    const flusher = new Flusher(this.#accepted);
    this.#flushers.push(flusher);
    flusher.heed(options, this.#settings.timer, 'The flush');
    this.#pump();
    return flusher.promise;
  }

  /** Accepts nothing more; who waits for room gets a `ClosedError`. What was accepted goes on to the store. */
  close(): void {
    this.#closed = true;
    failAll(this.#bringers, new ClosedError('The cache'));
  }

  #hasRoom(key: K): boolean {
    return this.#pending.has(key) || this.#pending.size + this.#writing.size < this.#settings.maxPending;
  }

  #accept({ key, value }: Change<K, V>): void {
    const { clock, delayMs, batchSize } = this.#settings;
    const number = ++this.#accepted;
    const waiting = this.#pending.get(key);
    if (waiting !== undefined) {
      waiting.value = value;
      waiting.attempts = 0;
      this.coalesced++;
      return;
    }
    const dueAt = clock.monotonic() + delayMs;
    this.#pending.set(key, { key, value, number, dueAt, attempts: 0, refusals: 0 });
    if (this.#pending.size >= batchSize) this.#pump();
    else this.#wakeAt(dueAt);
  }

  /** Begins as many batches as may be written at once. */
  #pump(): void {
    while (this.#batches < this.#settings.concurrency) {
      const batch = this.#take();
      if (batch.length === 0) break;
      void this.#write(batch);
    }
    this.#wake();
  }

  /** Changes that are due, or make a batch full, and whose key is not being written. */
  #take(): Pending<K, V>[] {
    const { clock, batchSize } = this.#settings;
    const now = clock.monotonic();
    const full = this.#pending.size >= batchSize;
    const batch: Pending<K, V>[] = [];
    for (const change of this.#pending.values()) {
      const due = change.dueAt <= now || (full && change.refusals === 0);
      if (!due || this.#writing.has(change.key)) continue;
      batch.push(change);
      if (batch.length === batchSize) break;
    }
    for (const change of batch) {
      this.#pending.delete(change.key);
      this.#writing.set(change.key, change);
    }
    return batch;
  }

  async #write(batch: readonly Pending<K, V>[]): Promise<void> {
    this.#batches++;
    const refused = await this.#attempt(batch);
    this.#batches--;
    for (const change of batch) this.#writing.delete(change.key);
    for (const change of batch) {
      if (refused.has(change)) this.#again(change, refused.get(change));
      else {
        this.written++;
        later(() => this.#settings.onWritten(change));
      }
    }
    this.#admit();
    this.#tellFlushers();
    this.#pump();
  }

  /** @returns what the store refused, and why */
  async #attempt(batch: readonly Pending<K, V>[]): Promise<Map<Pending<K, V>, unknown>> {
    const store = this.#store;
    const options = { signal: this.#signal };
    const refused = new Map<Pending<K, V>, unknown>();
    if (store.writeMany !== undefined) {
      try {
        // Copies: what waits to be tried again may change meanwhile.
        const changes = batch.map(({ key, value }) => ({ key, value }));
        await store.writeMany(changes, options);
      } catch (error) {
        for (const change of batch) refused.set(change, error);
      }
      return refused;
    }
    await Promise.all(
      batch.map(async (change) => {
        try {
          if (change.value === undefined) await store.delete(change.key, options);
          else await store.store(change.key, change.value, options);
        } catch (error) {
          refused.set(change, error);
        }
      }),
    );
    return refused;
  }

  /** A change that the store refused waits again, longer each time; where a newer one waits already, that takes its place. */
  #again(change: Pending<K, V>, error: unknown): void {
    const { maxAttempts, onLost, onRefused, clock } = this.#settings;
    later(() => onRefused(error, change.key));
    change.attempts++;
    change.refusals++;
    const dueAt = clock.monotonic() + this.#backOff(change.refusals);
    const newer = this.#pending.get(change.key);
    if (newer !== undefined) {
      newer.number = change.number;
      newer.refusals = change.refusals;
      newer.dueAt = dueAt;
      this.coalesced++;
    } else if (change.attempts >= maxAttempts) {
      this.lost++;
      later(() => onLost({ key: change.key, value: change.value }, error));
    } else {
      this.retries++;
      change.dueAt = dueAt;
      this.#pending.set(change.key, change);
    }
  }

  /** Twice as long each time, up to the bound; half of it by chance, so that many do not come at once. */
  #backOff(refusals: number): number {
    const { retryMs, maxRetryMs, random } = this.#settings;
    const most = Math.min(maxRetryMs, retryMs * 2 ** (refusals - 1));
    return most / 2 + (most / 2) * random.float();
  }

  /** Accepts from those who wait for room, in order. */
  #admit(): void {
    for (let bringer = this.#bringers.first; bringer !== undefined; bringer = this.#bringers.first) {
      if (!this.#hasRoom(bringer.change.key)) return;
      // Out of the list first: what is accepted may begin a batch.
      this.#bringers.remove(bringer);
      this.#accept(bringer.change);
      bringer.accepted();
      bringer.grant();
    }
  }

  #tellFlushers(): void {
    if (this.#flushers.size === 0) return;
    let oldest = Number.POSITIVE_INFINITY;
    for (const { number } of this.#pending.values()) oldest = Math.min(oldest, number);
    for (const { number } of this.#writing.values()) oldest = Math.min(oldest, number);
    // Who came first waits for the least.
    for (let first = this.#flushers.first; first !== undefined; first = this.#flushers.first) {
      if (first.upTo >= oldest) return;
      first.grant();
    }
  }

  /** Sets the timer for what is due next. */
  #wake(): void {
    let dueAt = Number.POSITIVE_INFINITY;
    if (this.#batches < this.#settings.concurrency) {
      for (const change of this.#pending.values()) {
        if (!this.#writing.has(change.key)) dueAt = Math.min(dueAt, change.dueAt);
      }
    }
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#timerAt = Number.POSITIVE_INFINITY;
    this.#wakeAt(dueAt);
  }

  #wakeAt(dueAt: number): void {
    if (dueAt >= this.#timerAt) return;
    this.#cancelTimer?.();
    const { clock, timer } = this.#settings;
    this.#timerAt = dueAt;
    this.#cancelTimer = timer.after(Math.min(MOST_DELAY_MS, Math.max(0, dueAt - clock.monotonic())), () => {
      this.#cancelTimer = undefined;
      this.#timerAt = Number.POSITIVE_INFINITY;
      this.#pump();
    });
  }
}

/** Calls back when the queue is in order: what a callback throws is an unhandled rejection, and stops nothing. */
function later(callback: () => void): void {
  void Promise.resolve().then(callback);
}
