/** `WriteThrough`: what is set is in the store before it is in the cache. */

import { Mutex } from '../../concurrency/semaphore/mutex.js';
import { checkRead, type EntryOptions } from './options.js';
import { ReadThrough, type ReadThroughOptions } from './read-through.js';
import { type BackingStore, checkStore } from './store.js';

export interface WriteOptions extends EntryOptions {
  /** Ends the wait for the turn of a key with exactly `signal.reason`, and is handed to the store. */
  readonly signal?: AbortSignal | undefined;
}

export type WriteThroughOptions<K, V> = ReadThroughOptions<K, V, BackingStore<K, V>>;

const NONE: WriteOptions = Object.freeze({});

/**
 * A cache in front of a store that is read and written. Writes of one key are made one after the other, in the order of the
 * calls, so that cache and store end with the same value; of different keys, side by side. When the store refuses, the key
 * leaves the cache, since nobody knows what the store has now, and the caller is given the store's error.
 */
export class WriteThrough<K, V> extends ReadThrough<K, V, BackingStore<K, V>> {
  /** Whose turn it is, by key; there as long as someone writes. */
  readonly #turns = new Map<K, Mutex>();

  /** @throws TypeError, RangeError */
  constructor(options: WriteThroughOptions<K, V>) {
    checkStore(options?.store, ['load', 'store', 'delete']);
    super(options);
  }

  /** Stores a value. Resolves when it is in the store and in the cache. */
  set(key: K, value: V, options: WriteOptions = NONE): Promise<void> {
    checkRead(options);
    const write = (signal: AbortSignal) => this.store.store(key, value, { signal });
    return this.#inTurn(key, options, write, () => this.cache.set(key, value, options));
  }

  /** Deletes a key. Resolves when it is neither in the store nor in the cache. */
  delete(key: K, options: WriteOptions = NONE): Promise<void> {
    checkRead(options);
    const write = (signal: AbortSignal) => this.store.delete(key, { signal });
    return this.#inTurn(key, options, write, () => this.cache.delete(key));
  }

  async #inTurn(
    key: K,
    { signal }: WriteOptions,
    write: (signal: AbortSignal) => unknown,
    written: () => void,
  ): Promise<void> {
    const turn = this.#turns.get(key) ?? new Mutex();
    this.#turns.set(key, turn);
    const permit = await turn.acquire({ signal });
    try {
      await write(signal ?? new AbortController().signal);
      written();
    } catch (error) {
      this.cache.delete(key);
      throw error;
    } finally {
      permit.release();
      if (!turn.locked && turn.waiting === 0) this.#turns.delete(key);
    }
  }
}
