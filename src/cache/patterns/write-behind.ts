/** `WriteBehind`: what is set is in the cache at once, and in the store a little later. */

import { checkWait, type WaitOptions } from '../../base/waiter.js';
import { systemClock } from '../../ports/clock.js';
import { systemRandom } from '../../ports/random.js';
import { systemTimer } from '../../ports/timer.js';
import type { CacheAsideStats } from './cache-aside.js';
import { checkDurations, checkRead } from './options.js';
import { ReadThrough, type ReadThroughOptions } from './read-through.js';
import { type BackingStore, type Change, checkStore } from './store.js';
import { WriteQueue } from './write-queue.js';
import type { WriteOptions } from './write-through.js';

export interface WriteBehindOptions<K, V> extends ReadThroughOptions<K, V, BackingStore<K, V>> {
  /** Milliseconds that a change waits for others of its key, and of its batch. Default 100. */
  readonly delayMs?: number | undefined;
  /** Changes that are written at once; as many that wait are written without delay. Default 100. */
  readonly batchSize?: number | undefined;
  /** Batches that are written side by side. Default 1. */
  readonly concurrency?: number | undefined;
  /** Changes that wait or are being written; who sets more waits for room. Default 10 000. */
  readonly maxPending?: number | undefined;
  /** Milliseconds before the second attempt at most; doubled for each further one. Default 100. */
  readonly retryMs?: number | undefined;
  /** Milliseconds between attempts at most. Default 30 000. */
  readonly maxRetryMs?: number | undefined;
  /** Attempts after which a change is given to `onLost`. Default infinity: `maxPending` bounds what waits. */
  readonly maxAttempts?: number | undefined;
  /** Told of each change that was given up; needed where `maxAttempts` is finite. */
  readonly onLost?: ((change: Change<K, V>, error: unknown) => void) | undefined;
}

export interface WriteBehindStats extends CacheAsideStats {
  /** Changes that wait to be written. */
  readonly pending: number;
  readonly writing: number;
  /** Calls that wait for room. */
  readonly waiting: number;
  /** Changes that the store took. */
  readonly written: number;
  /** Changes that a newer one of their key replaced before they were written. */
  readonly coalesced: number;
  readonly retries: number;
  readonly lost: number;
}

const NONE: WriteOptions = Object.freeze({});

/**
 * A cache in front of a store that is read, and written behind the callers' back.
 *
 * Guarantee: of each key, the last change that `set` or `delete` accepted (their promise resolved) is written at least once,
 * and changes of one key in their order, as long as the process lives and until it was tried `maxAttempts` times. Between,
 * changes of a key may be left out. `flush` and `close` resolve when the store has what was accepted. A process that dies
 * loses what `changes()` would show: for anything that must not be lost then, write through.
 */
export class WriteBehind<K, V> extends ReadThrough<K, V, BackingStore<K, V>> {
  readonly #queue: WriteQueue<K, V>;

  /** @throws TypeError, RangeError */
  constructor(options: WriteBehindOptions<K, V>) {
    checkStore(options?.store, ['load', 'store', 'delete']);
    const settings = queueSettingsOf(options);
    super(options);
    this.#queue = new WriteQueue(options.store, {
      ...settings,
      onWritten: ({ key }) => this.cache.announce(key),
      onLost: (change, error) => {
        // The cache has what the store has not.
        this.cache.delete(change.key);
        options.onLost?.(change, error);
      },
      onRefused: (error, key) => options.onError?.(error, key),
    });
  }

  /** Sets a value. Resolves when it is accepted: at once, or when there is room. */
  async set(key: K, value: V, options: WriteOptions = NONE): Promise<void> {
    checkRead(options);
    await this.#queue.add({ key, value }, { signal: options.signal }, () => this.cache.keep(key, value, options));
  }

  /** Deletes a key. Resolves when that is accepted. */
  async delete(key: K, options: WriteOptions = NONE): Promise<void> {
    checkRead(options);
    await this.#queue.add({ key, value: undefined }, { signal: options.signal }, () => this.cache.drop(key));
  }

  /** Resolves when the store has all that was accepted until now. */
  async flush(options: WaitOptions = {}): Promise<void> {
    checkWait(options);
    await this.#queue.flush(options);
  }

  /** Changes that the store has not for certain: what a process that must go now has to put elsewhere. */
  changes(): Change<K, V>[] {
    return this.#queue.changes();
  }

  /**
   * Accepts nothing more, and resolves when the store has what was accepted. Where the signal or the timeout end that, the
   * queue goes on trying, and `close` may be called again.
   */
  override async close(options: WaitOptions = {}): Promise<void> {
    checkWait(options);
    this.#queue.close();
    await this.#queue.flush(options);
    await super.close();
  }

  override stats(): WriteBehindStats {
    const { pending, writing, waiting, written, coalesced, retries, lost } = this.#queue;
    return { ...super.stats(), pending, writing, waiting, written, coalesced, retries, lost };
  }

  /** What is not yet written is newer than what the store has. */
  protected override loadOne(key: K, signal: AbortSignal): Promise<V | undefined> | V | undefined {
    const change = this.#queue.peek(key);
    return change === undefined ? super.loadOne(key, signal) : change.value;
  }

  protected override async loadSeveral(keys: readonly K[], signal: AbortSignal): Promise<ReadonlyMap<K, V>> {
    const changes = new Map(keys.map((key) => [key, this.#queue.peek(key)]));
    const found = new Map(
      await super.loadSeveral(
        keys.filter((key) => changes.get(key) === undefined),
        signal,
      ),
    );
    for (const [key, change] of changes) if (change?.value !== undefined) found.set(key, change.value);
    return found;
  }
}

function queueSettingsOf<K, V>(options: WriteBehindOptions<K, V>) {
  const { delayMs = 100, retryMs = 100, maxRetryMs = 30_000, batchSize = 100, concurrency = 1 } = options;
  const { maxPending = 10_000, maxAttempts = Number.POSITIVE_INFINITY, onLost } = options;
  checkDurations({ delayMs, retryMs, maxRetryMs });
  for (const [name, count] of Object.entries({ batchSize, concurrency, maxPending, maxAttempts })) {
    if (Number.isSafeInteger(count) && count > 0) continue;
    if (name === 'maxAttempts' && count === Number.POSITIVE_INFINITY) continue;
    throw new RangeError(`${name} must be a positive integer, got ${String(count)}`);
  }
  if (onLost !== undefined && typeof onLost !== 'function') {
    throw new TypeError(`onLost must be a function, got ${typeof onLost}`);
  }
  if (maxAttempts !== Number.POSITIVE_INFINITY && onLost === undefined) {
    throw new TypeError('maxAttempts needs onLost: someone must be told of what is given up');
  }
  return {
    delayMs,
    retryMs,
    maxRetryMs,
    batchSize,
    concurrency,
    maxPending,
    maxAttempts,
    clock: options.clock ?? systemClock,
    timer: options.timer ?? systemTimer,
    random: options.random ?? systemRandom,
  };
}
