/**
 * The tiers of a `TieredCache`, read from the nearest to the farthest, and written all.
 *
 * Memory is a `CacheAside` whose load goes through the tiers and, at last, to where values come from: so one load is under
 * way for a key whichever tier ends up answering. What a farther tier had is written to the nearer ones, and what was loaded
 * to all, behind the caller's back.
 */

import { isPromiseLike } from '../../base/promise-like.js';
import { systemClock } from '../../ports/clock.js';
import { systemRandom } from '../../ports/random.js';
import { systemTimer } from '../../ports/timer.js';
import { CacheAside } from '../patterns/cache-aside.js';
import type { Flight } from '../patterns/flight.js';
import {
  checkRead,
  type EntryOptions,
  type Load,
  type LoadContext,
  type ReadOptions,
  ttlOf,
} from '../patterns/options.js';
import { type Envelope, seal, unseal } from './envelope.js';
import { allVersions, GuardedTier, type TierPorts } from './guarded-tier.js';
import { andThen, type MaybePromise } from './maybe-promise.js';
import type { Codec, TieredCacheOptions, TieredCacheStats } from './options.js';
import { NumberedWrites, type Parcel, sealedFor } from './parcel.js';
import type { TierError } from './tier-error.js';

type Versions = MaybePromise<Map<string, string> | undefined>;

/** A key that memory has not, on its way through the tiers. */
interface Want<V> {
  readonly key: string;
  readonly flight: Flight<V>;
  readonly load: Load<string, V> | undefined;
  /** Tags that were known before anything was read; the value has them, whatever its load says. */
  readonly tags: readonly string[];
  /** For each tier that was asked, the versions that these had then. */
  readonly versions: Versions[];
  readonly ahead: boolean;
}

const DEFAULT_READ_AHEAD = 16;
const FOR_EVER = Number.POSITIVE_INFINITY;

export class TieredEngine<V> {
  readonly memory: CacheAside<string, V>;
  readonly tiers: readonly GuardedTier[];
  readonly #ports: TierPorts;
  readonly #codec: Codec<V>;
  readonly #load: Load<string, V> | undefined;
  /** The load of whoever gives none. */
  readonly #through: Load<string, V>;
  readonly #memoryTtl: number;
  readonly #entry: { readonly ttl: number; readonly grace: number };
  readonly #negativeTtl: number;
  readonly #refreshAheadMs: number;
  readonly #readAhead: ((key: string) => Iterable<string>) | undefined;
  readonly #maxReadAhead: number;
  readonly #onError: ((error: unknown, key?: string) => void) | undefined;
  readonly #writes = new NumberedWrites();
  readonly #behind = new Set<PromiseLike<unknown>>();
  #ahead = 0;
  #readAheads = 0;
  #loads = 0;

  /** @throws TypeError, RangeError */
  constructor(options: TieredCacheOptions<V>) {
    const { memory = {}, tiers = [], load, codec = JSON_CODEC as Codec<V>, readAhead, onError } = options;
    const {
      maxReadAhead = DEFAULT_READ_AHEAD,
      clock = systemClock,
      timer = systemTimer,
      random = systemRandom,
    } = options;
    for (const [name, fn] of Object.entries({ load, readAhead, encode: codec.encode, decode: codec.decode })) {
      if (fn !== undefined && typeof fn !== 'function')
        throw new TypeError(`${name} must be a function, got ${typeof fn}`);
    }
    if (!(Number.isSafeInteger(maxReadAhead) && maxReadAhead >= 0)) {
      throw new RangeError(`maxReadAhead must be an integer of at least 0, got ${maxReadAhead}`);
    }
    checkRead({ ttl: memory.ttl });
    const { ttl: memoryTtl, ...bounds } = memory;
    this.#ports = { clock, timer, random };
    this.#onError = onError;
    this.#codec = codec;
    this.#load = load;
    this.#through = (key, context) => this.#lookUp(key, context, load, false);
    this.#memoryTtl = ttlOf(memoryTtl ?? 0);
    this.#entry = { ttl: options.ttl ?? 0, grace: options.grace ?? 0 };
    this.#negativeTtl = options.negativeTtl ?? 0;
    this.#refreshAheadMs = options.refreshAheadMs ?? 0;
    this.#readAhead = readAhead;
    this.#maxReadAhead = maxReadAhead;
    const { memory: _, tiers: __, load: ___, ...own } = options;
    this.memory = new CacheAside<string, V>({ ...own, ...bounds }, (key) => this.#writes.overtake(key));
    this.tiers = tiers.map((tier) => new GuardedTier(tier, this.#ports, (error) => onError?.(error)));
  }

  get(key: string, load: Load<string, V> | undefined, options: ReadOptions | undefined): Promise<V | undefined> {
    if (load === undefined || load === this.#load) return this.memory.get(key, this.#through, options);
    return this.memory.get(key, (same, context) => this.#lookUp(same, context, load, false), options);
  }

  /** Loads again, past all tiers. */
  refresh(key: string, load: Load<string, V> | undefined, options: ReadOptions): Promise<V | undefined> {
    const past: Load<string, V> = (same, context) => {
      const want = this.#wantOf(same, context, load ?? this.#load, false);
      for (const at of this.tiers.keys()) this.#noteVersions(at, want);
      return this.#origin(want);
    };
    return this.memory.get(key, past, { ...options, forceRefresh: true });
  }

  async set(key: string, value: V, options: EntryOptions): Promise<void> {
    checkRead(options);
    const { ttl = this.#entry.ttl, grace = this.#entry.grace, tags = [] } = options;
    const text = this.#encode(value);
    this.memory.keep(key, value, { ttl: Math.min(ttlOf(ttl), this.#memoryTtl), grace, tags });
    // Before the tiers, so that nobody writes an older value after this, and afterwards, for who read a tier too soon.
    this.memory.announce(key);
    const parcel = this.#parcelOf(text, ttlOf(ttl), grace, tags);
    const failures = await this.#writes.run(key, (isLatest) =>
      Promise.all(this.tiers.map((tier) => this.#mustWriteTo(tier, key, parcel, isLatest))),
    );
    this.memory.announce(key);
    throwFirst(failures);
  }

  async delete(key: string): Promise<void> {
    this.memory.delete(key);
    const failures = await this.#writes.run(key, () => Promise.all(this.tiers.map((tier) => tier.mustDelete([key]))));
    // Who read a tier before it was done may have brought the value back.
    this.memory.delete(key);
    throwFirst(failures);
  }

  async expire(key: string): Promise<void> {
    this.memory.expire(key);
    const failures = await this.#writes.run(key, (isLatest) =>
      Promise.all(this.tiers.map((tier) => this.#expireIn(tier, key, isLatest))),
    );
    this.memory.expire(key);
    throwFirst(failures);
  }

  async invalidateTags(tags: readonly string[]): Promise<void> {
    checkRead({ tags });
    this.memory.invalidateTags(tags);
    const failures = await Promise.all(this.tiers.map((tier) => tier.mustInvalidate(tags)));
    this.memory.invalidateTags(tags);
    throwFirst(failures);
  }

  async clear(): Promise<void> {
    this.memory.clear();
    this.#writes.overtake(undefined);
    const failures = await Promise.all(this.tiers.map((tier) => tier.mustClear()));
    this.memory.clear();
    throwFirst(failures);
  }

  stats(): TieredCacheStats {
    return {
      memory: this.memory.stats(),
      tiers: this.tiers.map((tier) => tier.stats()),
      loads: this.#loads,
      readAheads: this.#readAheads,
    };
  }

  /** Resolves when what was written behind callers' backs until now is written, or has failed. */
  async settled(): Promise<void> {
    await Promise.all(this.#behind);
  }

  async close(): Promise<void> {
    await this.settled();
    await this.memory.close();
  }

  #wantOf(key: string, context: LoadContext<V>, load: Load<string, V> | undefined, ahead: boolean): Want<V> {
    // Memory's contexts are its flights.
    const flight = context as Flight<V>;
    return { key, flight, load, tags: flight.tags, versions: [], ahead };
  }

  /** Versions of tags are asked for before the value is: what is invalidated while it is loaded must be noticed. */
  #noteVersions(at: number, want: Want<V>): void {
    if (want.tags.length > 0) want.versions[at] = this.tiers[at]?.versions(want.tags);
  }

  #lookUp(
    key: string,
    context: LoadContext<V>,
    load: Load<string, V> | undefined,
    ahead: boolean,
  ): Promise<V | undefined> | V | undefined {
    return this.#from(0, this.#wantOf(key, context, load, ahead)) as Promise<V | undefined> | V | undefined;
  }

  #from(at: number, want: Want<V>): MaybePromise<V | undefined> {
    const tier = this.tiers[at];
    if (tier === undefined) return this.#origin(want);
    this.#noteVersions(at, want);
    const text = tier.read(want.key);
    return isPromiseLike(text) ? text.then((read) => this.#met(at, read, want)) : this.#met(at, text, want);
  }

  /** What a tier gave: the value, or on to the next. */
  #met(at: number, sealed: string | undefined, want: Want<V>): MaybePromise<V | undefined> {
    const tier = this.tiers[at] as GuardedTier;
    if (sealed === undefined) {
      tier.misses++;
      return this.#from(at + 1, want);
    }
    const envelope = unseal(sealed);
    if (envelope === undefined) return this.#garbled(at, want, new Error('It holds what is no envelope'));
    if (envelope.tags.length === 0) return this.#weigh(at, envelope, want);
    const names = envelope.tags.map(([tag]) => tag);
    return andThen(allVersions(tier, names, want.versions[at]), (versions) => {
      if (envelope.tags.every(([tag, version]) => versions?.get(tag) === version))
        return this.#weigh(at, envelope, want);
      tier.misses++;
      return this.#from(at + 1, want);
    });
  }

  /** A value that no tag forbids: given when it is fresh, kept in mind when it is stale. */
  #weigh(at: number, envelope: Envelope, want: Want<V>): MaybePromise<V | undefined> {
    const tier = this.tiers[at] as GuardedTier;
    const { freshUntil, staleUntil, text } = envelope;
    const now = this.#ports.clock.now();
    let value: V | undefined;
    try {
      value = text === undefined ? undefined : this.#codec.decode(text);
    } catch (error) {
      return this.#garbled(at, want, error);
    }
    const { flight } = want;
    const tags = envelope.tags.map(([tag]) => tag);
    if (now >= freshUntil) {
      tier.stale++;
      if (value !== undefined && now < staleUntil) flight.offerStale(value, staleUntil - now, tags);
      return this.#from(at + 1, want);
    }
    if (flight.early && !this.#isNewer(flight, freshUntil - now)) return this.#from(at + 1, want);
    tier.hits++;
    flight.tags = tags;
    flight.grace = staleUntil === FOR_EVER ? 0 : staleUntil - freshUntil;
    flight.ttl = Math.min(freshUntil - now, this.#memoryTtl);
    if (at > 0) this.#writeBehind(want, { text, freshUntil, staleUntil, tags }, at);
    return value;
  }

  /** Whether a value will be fresh for longer than the one in memory, and long enough not to be refreshed at once. */
  #isNewer(flight: Flight<V>, freshMs: number): boolean {
    const held = flight.stale;
    const heldMs = held === undefined ? 0 : held.freshUntil - this.#ports.clock.monotonic();
    // Tiers count in whole milliseconds.
    return freshMs > heldMs + 1 && freshMs > this.#refreshAheadMs;
  }

  #garbled(at: number, want: Want<V>, error: unknown): MaybePromise<V | undefined> {
    const tier = this.tiers[at] as GuardedTier;
    tier.errors++;
    this.#onError?.(error, want.key);
    return this.#from(at + 1, want);
  }

  /** Where values come from. */
  #origin(want: Want<V>): Promise<V | undefined> | V | undefined {
    const { key, flight, load } = want;
    if (load === undefined) {
      flight.noStore = true;
      return undefined;
    }
    this.#loads++;
    if (this.#readAhead !== undefined && !want.ahead) this.#loadAhead(want, load, this.#readAhead);
    const value = load(key, flight);
    return (isPromiseLike(value) ? value.then((loaded) => this.#loaded(want, loaded)) : this.#loaded(want, value)) as
      | Promise<V | undefined>
      | V
      | undefined;
  }

  #loaded(want: Want<V>, value: V | undefined): V | undefined {
    const { flight } = want;
    if (flight.noStore) return value;
    for (const tag of want.tags) if (!flight.tags.includes(tag)) flight.tags = [...flight.tags, tag];
    const { grace, tags } = flight;
    const ttl = ttlOf(flight.ttl);
    if (this.tiers.length > 0 && flight.current && (value !== undefined || this.#negativeTtl > 0)) {
      const parcel =
        value === undefined
          ? this.#parcelOf(undefined, this.#negativeTtl, 0, tags)
          : this.#parcelOf(this.#encode(value), ttl, grace, tags);
      this.#writeBehind(want, parcel, this.tiers.length);
    }
    flight.ttl = Math.min(ttl, this.#memoryTtl);
    return value;
  }

  #loadAhead({ key, tags }: Want<V>, load: Load<string, V>, related: (key: string) => Iterable<string>): void {
    const loadOne: Load<string, V> = (next, context) => this.#lookUp(next, context, load, true);
    for (const next of related(key)) {
      if (this.#ahead >= this.#maxReadAhead) return;
      if (this.memory.knows(next) || this.memory.isLoading(next)) continue;
      this.#ahead++;
      this.#readAheads++;
      this.memory.get(next, loadOne, { tags }).then(
        () => this.#ahead--,
        (error: unknown) => {
          this.#ahead--;
          this.#onError?.(error, next);
        },
      );
    }
  }

  #parcelOf(text: string | undefined, ttl: number, grace: number, tags: readonly string[]): Parcel {
    const freshUntil = ttl === FOR_EVER ? FOR_EVER : this.#ports.clock.now() + ttl;
    return { text, freshUntil, staleUntil: freshUntil + grace, tags };
  }

  /** Writes to the first `count` tiers, and nobody waits for it. */
  #writeBehind(want: Want<V>, parcel: Parcel, count: number): void {
    const { key, flight, versions } = want;
    const done = this.#writes.run(key, (isLatest) => {
      // What was set, deleted or invalidated meanwhile must not come back.
      const isGood = () => isLatest() && flight.current && this.memory.holds(parcel.tags, flight.stamp);
      const waits: PromiseLike<unknown>[] = [];
      for (const [at, tier] of this.tiers.slice(0, count).entries()) {
        const wait = this.#writeTo(tier, key, parcel, versions[at], isGood);
        if (isPromiseLike(wait)) waits.push(wait);
      }
      return waits.length === 0 ? undefined : Promise.all(waits);
    });
    if (!isPromiseLike(done)) return;
    this.#behind.add(done);
    done.then(() => this.#behind.delete(done));
  }

  #writeTo(
    tier: GuardedTier,
    key: string,
    parcel: Parcel,
    known: Versions,
    isGood: () => boolean,
  ): MaybePromise<unknown> {
    if (parcel.tags.length === 0)
      return isGood() ? tier.write(key, ...sealedFor(tier, parcel, this.#ports.clock.now(), undefined)) : undefined;
    return andThen(allVersions(tier, parcel.tags, known), (versions) => {
      if (versions === undefined || !isGood()) return undefined;
      return tier.write(key, ...sealedFor(tier, parcel, this.#ports.clock.now(), versions));
    });
  }

  async #expireIn(tier: GuardedTier, key: string, isLatest: () => boolean): Promise<TierError | undefined> {
    const sealed = await tier.read(key);
    const envelope = sealed === undefined ? undefined : unseal(sealed);
    const now = this.#ports.clock.now();
    if (!isLatest()) return undefined;
    const staleUntil = Math.min(
      envelope?.staleUntil ?? now,
      envelope?.freshUntil === FOR_EVER ? now + this.#entry.grace : FOR_EVER,
    );
    if (envelope === undefined || staleUntil <= now) return tier.mustDelete([key]);
    return tier.mustWrite(
      key,
      seal({ ...envelope, freshUntil: Math.min(now, envelope.freshUntil), staleUntil }),
      staleUntil - now,
    );
  }

  async #mustWriteTo(
    tier: GuardedTier,
    key: string,
    parcel: Parcel,
    isLatest: () => boolean,
  ): Promise<TierError | undefined> {
    const versions = parcel.tags.length === 0 ? undefined : await tier.mustVersions(parcel.tags);
    if (versions instanceof Error) return versions;
    return isLatest() ? tier.mustWrite(key, ...sealedFor(tier, parcel, this.#ports.clock.now(), versions)) : undefined;
  }

  #encode(value: V): string {
    const text: unknown = this.tiers.length === 0 ? '' : this.#codec.encode(value);
    if (typeof text !== 'string') throw new TypeError(`The codec made ${typeof text} of a value: it must be a string`);
    return text;
  }
}

/** JSON has no `undefined`, dates become strings, and maps empty objects: whoever has such values brings a codec. */
const JSON_CODEC: Codec<unknown> = {
  encode: (value) => JSON.stringify(value),
  decode: (text) => JSON.parse(text),
};

function throwFirst(failures: readonly (TierError | undefined)[]): void {
  const failed = failures.filter((failure) => failure !== undefined);
  if (failed.length > 1) throw new AggregateError(failed, failed.map(({ message }) => message).join('; '));
  if (failed[0] !== undefined) throw failed[0];
}
