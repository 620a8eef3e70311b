/**
 * The core of every in-process cache: what is read, written and ended, and who is told.
 *
 * Callbacks are called when the entry in question is gone and the cache is in order, so that they may use it; where a
 * callback changes what the call was about to change, the call takes notice.
 */

import type { EvictionPolicy } from '../policies/policy.js';
import { Farewells } from './farewells.js';
import { Flight } from './flight.js';
import { Keeper } from './keeper.js';
import { CacheSettings, isPositiveInteger, MOST_ENTRIES, type Ports, portsOf } from './settings.js';
import { checkUnsized, sizeOf } from './sizes.js';
import type { SlotIndex } from './slot-index.js';
import { SlotTable, type Stored } from './slot-table.js';
import { enter, statusOfTime } from './status.js';
import type {
  CacheOptions,
  CacheStats,
  Disposer,
  GetOptions,
  HasOptions,
  Inserter,
  InsertReason,
  PeekOptions,
  SetOptions,
} from './types.js';

/** Which way a call without options takes: a short one, where neither sizes, times, callbacks nor fetches are. */
const FULL = 0;
const RECENCY = 1;
const POLICY = 2;

const NONE: { readonly status?: undefined } = Object.freeze({});

export abstract class CacheCore<K, V, FC = unknown> extends CacheSettings<K, V> {
  readonly max: number;
  readonly maxSize: number;
  readonly #farewells: Farewells<K, V>;
  readonly #onInsert: Inserter<K, V> | undefined;
  readonly #table: SlotTable<K, V>;
  readonly #keeper: Keeper<K, V>;
  // The same objects as the table's, one step nearer.
  readonly #map: SlotIndex<K>;
  readonly #values: Stored<V>[];
  readonly #limit: number;
  #links: Int32Array;
  readonly #ports: Ports;
  #ttl: number;
  #way: typeof FULL | typeof RECENCY | typeof POLICY;
  #hits = 0;
  #misses = 0;
  #additions = 0;

  constructor(options: CacheOptions<K, V, FC>, policy?: EvictionPolicy<K>) {
    super(options as CacheOptions<K, V, never>);
    const { max = 0, maxSize = 0, ttl = 0, dispose, disposeAfter, onInsert, fetchMethod } = options;
    this.max = max;
    this.maxSize = maxSize;
    this.#farewells = new Farewells(dispose, disposeAfter);
    this.#onInsert = onInsert;
    this.#limit = max || MOST_ENTRIES;
    this.#ports = portsOf(options);
    const watched = !!(dispose ?? disposeAfter ?? onInsert);
    const sized = this.maxEntrySize !== 0;
    this.#table = new SlotTable(policy, sized, sized && max === 0);
    this.#keeper = new Keeper(this.#table, this.#farewells, this.#limit, maxSize);
    this.#map = this.#table.map;
    this.#values = this.#table.values;
    this.#links = this.#table.links;
    this.#ttl = ttl;
    const plain = !watched && fetchMethod === undefined && !sized && ttl === 0;
    this.#way = !plain ? FULL : policy === undefined ? RECENCY : POLICY;
    if (ttl !== 0) this.#beginExpiry();
  }

  get dispose(): Disposer<K, V> | undefined {
    return this.#farewells.dispose;
  }

  get disposeAfter(): Disposer<K, V> | undefined {
    return this.#farewells.disposeAfter;
  }

  get onInsert(): Inserter<K, V> | undefined {
    return this.#onInsert;
  }

  get size(): number {
    return this.#table.size;
  }

  /** The sum of sizes; 0 where they are not counted. */
  get calculatedSize(): number {
    return this.#table.calculatedSize;
  }

  /** The time to live of what is set from now on, in milliseconds; 0 for ever. */
  get ttl(): number {
    return this.#ttl;
  }

  set ttl(ttl: number) {
    checkTtl(ttl);
    this.#ttl = ttl;
    if (ttl !== 0) this.#way = FULL;
  }

  /** The value, which is now the most recently used. */
  get(key: K, options?: GetOptions<K, V>): V | undefined {
    if (options !== undefined || this.#way !== RECENCY) return this.#getBy(key, options);
    const slot = this.#map.get(key);
    if (slot === undefined) {
      this.#misses++;
      return undefined;
    }
    this.#hits++;
    // `moveToFront` of the table, written out: the call costs a tenth of a hit.
    const links = this.#links;
    const first = links[0] as number;
    if (slot !== first) {
      const at = slot << 1;
      const older = links[at] as number;
      const newer = links[at | 1] as number;
      links[newer << 1] = older;
      links[(older << 1) | 1] = newer;
      links[at] = first;
      links[at | 1] = 0;
      links[(first << 1) | 1] = slot;
      links[0] = slot;
    }
    return this.#values[slot] as V;
  }

  #getBy(key: K, options: GetOptions<K, V> | undefined): V | undefined {
    if (options === undefined && this.#way === POLICY) {
      const slot = this.#map.get(key);
      this.countRead(slot !== undefined);
      if (slot === undefined) return undefined;
      this.#table.policy?.access(slot);
      return this.#values[slot] as V;
    }
    const { status } = options ?? NONE;
    if (status !== undefined) enter(status, 'get', key, this);
    const value = this.read(key, options ?? NONE);
    if (status !== undefined && value !== undefined) status.value = value;
    return value;
  }

  /** Stores a value, which is now the most recently used; undefined deletes the key. */
  set(key: K, value: V | undefined, options?: SetOptions<K, V>): this {
    if (options !== undefined || value === undefined || this.#way === FULL) return this.#setBy(key, value, options);
    const slot = this.#map.get(key);
    if (slot !== undefined) {
      this.#table.use(slot);
      this.#values[slot] = value;
      return this;
    }
    this.#additions++;
    if (this.#table.size < this.#limit) this.#add(key, value, 0);
    else this.#keeper.replaceVictim(key, value);
    return this;
  }

  #setBy(key: K, value: V | undefined, options: SetOptions<K, V> = NONE): this {
    const { status } = options;
    if (status !== undefined) {
      enter(status, 'set', key, this);
      if (value !== undefined) status.value = value;
    }
    this.write(key, value, options);
    return this;
  }

  /** Whether there is a value that is not stale. Its place in the order stays. */
  has(key: K, options: HasOptions<K, V> = NONE): boolean {
    const { status, updateAgeOnHas = this.updateAgeOnHas } = options;
    if (status !== undefined) enter(status, 'has', key, this);
    const slot = this.#map.get(key);
    if (slot === undefined) {
      if (status !== undefined) status.has = 'miss';
      return false;
    }
    if (this.#table.valueAt(slot) === undefined) return false;
    const stale = this.#table.isStale(slot);
    if (!stale && updateAgeOnHas) this.#table.expiry?.renew(slot);
    if (status !== undefined) {
      status.has = stale ? 'stale' : 'hit';
      statusOfTime(status, this.#table.expiry, slot);
    }
    return !stale;
  }

  /** The value; its place in the order and its age stay. */
  peek(key: K, options: PeekOptions<K, V> = NONE): V | undefined {
    const { status, allowStale = this.allowStale } = options;
    const slot = this.#map.get(key);
    const hidden = slot !== undefined && !allowStale && this.#table.isStale(slot);
    const value = slot === undefined || hidden ? undefined : this.#table.valueAt(slot);
    if (status !== undefined) {
      enter(status, 'peek', key, this);
      status.peek = hidden ? 'stale' : value === undefined ? 'miss' : 'hit';
      if (value !== undefined) status.value = value;
    }
    return value;
  }

  /** @returns whether the key was there */
  delete(key: K): boolean {
    const there = this.#keeper.end(key, 'delete');
    this.#farewells.afterwards();
    return there;
  }

  /** Ends all entries, the oldest first; fetches under way are aborted. */
  clear(): void {
    this.#keeper.clear();
  }

  /** Evicts the entry whose turn it is, by recency the least recently used, and gives its value. */
  pop(): V | undefined {
    return this.#keeper.pop();
  }

  /** Ends all stale entries, first expired first. @returns whether there were any */
  purgeStale(): boolean {
    return this.#table.expiry?.purge(() => this.#table.inOrder(true)) ?? false;
  }

  /** Milliseconds until the entry is stale, negative when it is; infinite without time to live, 0 without entry. */
  getRemainingTTL(key: K): number {
    const slot = this.#map.get(key);
    if (slot === undefined) return 0;
    const { expiry } = this.#table;
    return expiry?.remaining(slot, expiry.now()) ?? Number.POSITIVE_INFINITY;
  }

  stats(): CacheStats {
    const reads = this.#hits + this.#misses;
    return {
      size: this.size,
      calculatedSize: this.calculatedSize,
      hits: this.#hits,
      misses: this.#misses,
      hitRatio: reads === 0 ? 0 : this.#hits / reads,
      additions: this.#additions,
      evictions: this.#keeper.evictions,
      expirations: this.#keeper.expirations,
    };
  }

  /** Clears the cache and lets go of its timers. */
  [Symbol.dispose](): void {
    this.clear();
    this.#table.expiry?.dispose();
  }

  // What follows is for the other files of this room.

  protected get table(): SlotTable<K, V> {
    return this.#table;
  }

  protected get ports(): Ports {
    return this.#ports;
  }

  protected countRead(hit: boolean): void {
    if (hit) this.#hits++;
    else this.#misses++;
  }

  /** `get` without the head of its status. */
  protected read(key: K, options: GetOptions<K, V>): V | undefined {
    const { status, allowStale = this.allowStale, updateAgeOnGet = this.updateAgeOnGet } = options;
    const table = this.#table;
    const slot = this.#map.get(key);
    if (slot === undefined) {
      this.#misses++;
      if (status !== undefined) status.get = 'miss';
      return undefined;
    }
    const stored = table.values[slot];
    const fetching = stored instanceof Flight;
    const value = fetching ? stored.stale : stored;
    if (status !== undefined) statusOfTime(status, table.expiry, slot);
    if (!table.isStale(slot)) {
      this.countRead(value !== undefined);
      if (status !== undefined) status.get = fetching ? 'fetching' : 'hit';
      table.use(slot);
      if (updateAgeOnGet) table.expiry?.renew(slot);
      return value;
    }
    this.#misses++;
    const { noDeleteOnStaleGet = this.noDeleteOnStaleGet } = options;
    if (!fetching && !noDeleteOnStaleGet) {
      this.#keeper.end(key, 'expire');
      this.#farewells.afterwards();
    }
    if (status !== undefined) {
      status.get = fetching ? 'stale-fetching' : 'stale';
      if (allowStale && value !== undefined) status.returnedStale = true;
    }
    return allowStale ? value : undefined;
  }

  /** `set` without the head of its status. `from` is the fetch that brought the value. */
  protected write(key: K, value: Stored<V>, options: SetOptions<K, V>, from?: Flight<V>): void {
    const { status } = options;
    if (value === undefined) {
      if (status !== undefined) status.set = 'deleted';
      this.delete(key);
      return;
    }
    const ttl = options.ttl ?? this.#ttl;
    checkTtl(ttl);
    const size = this.#sizeOf(key, value, options);
    if ((this.maxEntrySize && size > this.maxEntrySize) || (this.maxSize && size > this.maxSize)) {
      // What is there is no longer what the key stands for.
      this.#keeper.end(key, 'set');
      this.#farewells.afterwards();
      if (status !== undefined) Object.assign(status, { set: 'miss', maxEntrySizeExceeded: true });
      return;
    }
    if (!this.#map.has(key)) this.#keeper.makeRoom(key, size);
    // Who was told of an eviction may have stored the key.
    const slot = this.#map.get(key);
    if (slot === undefined) this.#insert(key, value, size, ttl, options);
    else this.#update(slot, key, value, size, ttl, options, from);
    this.#farewells.afterwards();
  }

  /** Ends an entry whose fetch has failed or found nothing. */
  protected endFetched(key: K): void {
    this.#keeper.end(key, 'fetch');
    this.#farewells.afterwards();
  }

  #add(key: K, value: V | Flight<V>, size: number): number {
    const slot = this.#table.add(key, value, size);
    this.#links = this.#table.links;
    return slot;
  }

  #insert(key: K, value: V | Flight<V>, size: number, ttl: number, options: SetOptions<K, V>): void {
    const { status } = options;
    this.#additions++;
    const slot = this.#add(key, value, size);
    this.#setTime(slot, ttl, options);
    if (status !== undefined) {
      if (!(value instanceof Flight)) status.value = value;
      status.set = 'add';
      this.#statusOfEntry(slot, options);
    }
    if (!(value instanceof Flight)) this.#onInsert?.(value, key, 'add');
  }

  #update(
    slot: number,
    key: K,
    value: V | Flight<V>,
    size: number,
    ttl: number,
    options: SetOptions<K, V>,
    from: Flight<V> | undefined,
  ): void {
    const { status, noUpdateTTL = this.noUpdateTTL, noDisposeOnSet = this.noDisposeOnSet } = options;
    const table = this.#table;
    table.use(slot);
    const old = table.values[slot];
    const oldValue = old instanceof Flight ? old.stale : old;
    table.values[slot] = value;
    if (value !== old) table.resize(slot, size);
    if (!noUpdateTTL) this.#setTime(slot, ttl, options);
    const reason: InsertReason = oldValue === undefined ? 'add' : value === oldValue ? 'update' : 'replace';
    if (status !== undefined && !(value instanceof Flight)) {
      status.value = value;
      status.set = reason;
      if (value !== old && oldValue !== undefined) status.oldValue = oldValue;
    }
    if (!noDisposeOnSet) {
      if (old instanceof Flight && old !== from) old.abort('replaced');
      if (oldValue !== undefined && oldValue !== value) this.#farewells.dismiss(oldValue, key, 'set');
    }
    // A policy may end the very entry that has grown: so who is told of insertions is told before.
    const early = table.policy !== undefined;
    if (early && !(value instanceof Flight)) this.#onInsert?.(value, key, reason);
    if (value !== old) this.#keeper.fit(undefined, 0, false);
    if (status !== undefined) this.#statusOfEntry(slot, options, value !== old);
    if (!early && !(value instanceof Flight)) this.#onInsert?.(value, key, reason);
  }

  #sizeOf(key: K, value: V | Flight<V>, { size, sizeCalculation = this.sizeCalculation }: SetOptions<K, V>): number {
    if (this.#table.sizes === undefined) return checkUnsized(size, sizeCalculation);
    if (value instanceof Flight) return isPositiveInteger(size) ? size : this.backgroundFetchSize;
    return sizeOf(key, value, size, sizeCalculation);
  }

  #setTime(slot: number, ttl: number, { start }: SetOptions<K, V>): void {
    if (ttl !== 0) this.#beginExpiry();
    this.#table.expiry?.set(slot, ttl, start);
  }

  #beginExpiry(): void {
    this.#way = FULL;
    this.#keeper.beginExpiry(this.#ports, () => this.ttlResolution, this.ttlAutopurge);
  }

  #statusOfEntry(slot: number, { status }: SetOptions<K, V>, sized = true): void {
    if (status === undefined) return;
    const { sizes, expiry, calculatedSize } = this.#table;
    if (sizes !== undefined && sized) {
      status.entrySize = sizes[slot] as number;
      status.totalCalculatedSize = calculatedSize;
    }
    statusOfTime(status, expiry, slot);
  }
}

function checkTtl(ttl: unknown): void {
  if (typeof ttl !== 'number' || Number.isNaN(ttl)) {
    throw new TypeError(`ttl must be a number of milliseconds, got ${String(ttl)}`);
  }
}
