/** A tier as the cache uses it: with a bound on its time, a pause after it failed, tags, and counters. */

import { isPromiseLike } from '../../base/promise-like.js';
import { MOST_DELAY_MS } from '../../base/waiter.js';
import type { Clock } from '../../ports/clock.js';
import type { Random } from '../../ports/random.js';
import type { Timer } from '../../ports/timer.js';
import { within } from '../patterns/flight.js';
import { checkDurations } from '../patterns/options.js';
import { andThen, type MaybePromise } from './maybe-promise.js';
import type { Tier, TierOptions, TierStats } from './tier.js';
import { TierError } from './tier-error.js';

export interface TierPorts {
  readonly clock: Clock;
  readonly timer: Timer;
  readonly random: Random;
}

/** Tags' versions are kept this long: after it, what has the tag is invalid. */
const TAG_TTL_MS = 7 * 24 * 3600 * 1000;
/** Before a tag's name, where its version is. */
const TAG_PREFIX = '#tag:';

export class GuardedTier {
  readonly name: string;
  /** Milliseconds for which a value is fresh here at most. */
  readonly ttl: number;
  hits = 0;
  misses = 0;
  stale = 0;
  writes = 0;
  errors = 0;
  #skipped = 0;
  readonly #tier: Tier;
  readonly #timeoutMs: number;
  readonly #pauseMs: number;
  readonly #ports: TierPorts;
  readonly #onError: (error: unknown) => void;
  #pausedUntil = Number.NEGATIVE_INFINITY;

  /** @throws TypeError, RangeError */
  constructor(given: Tier | TierOptions, ports: TierPorts, onError: (error: unknown) => void) {
    const options = given !== null && typeof given === 'object' && 'tier' in given ? given : { tier: given };
    const { tier, ttl = 0, timeoutMs = 1000, pauseMs = 1000 } = options as TierOptions;
    for (const method of ['get', 'set', 'delete'] as const) {
      if (typeof tier?.[method] !== 'function') throw new TypeError(`A tier must have a method ${method}()`);
    }
    checkDurations({ ttl, timeoutMs, pauseMs });
    this.name = String(tier.name);
    this.ttl = ttl === 0 ? Number.POSITIVE_INFINITY : ttl;
    this.#tier = tier;
    this.#timeoutMs = timeoutMs;
    this.#pauseMs = pauseMs;
    this.#ports = ports;
    this.#onError = onError;
  }

  stats(): TierStats {
    const { name, hits, misses, stale, writes, errors } = this;
    return { name, hits, misses, stale, writes, errors, skipped: this.#skipped };
  }

  /** The text; `undefined`, too, when the tier failed or was not asked. Never throws. */
  read(key: string): MaybePromise<string | undefined> {
    if (this.#paused) return undefined;
    return this.#guarded('get', () => this.#tier.get(key), noText);
  }

  /** Writes what was loaded; who failed is told to `onError`. Never throws. */
  write(key: string, text: string, ttlMs: number): MaybePromise<unknown> {
    if (this.#paused) return undefined;
    this.writes++;
    return this.#guarded('set', () => this.#tier.set(key, text, lifeOf(ttlMs)), noText);
  }

  /** The versions of tags; those that have none are given one. `undefined`, as a whole, when the tier failed. */
  versions(tags: readonly string[]): MaybePromise<Map<string, string> | undefined> {
    if (this.#paused) return undefined;
    return this.#guarded('tags', () => this.#versions(tags), noText);
  }

  /** A write that somebody asked for: made even where the tier has failed. @returns what went wrong */
  async mustWrite(key: string, text: string, ttlMs: number): Promise<TierError | undefined> {
    this.writes++;
    return this.#must('set', () => this.#tier.set(key, text, lifeOf(ttlMs)));
  }

  async mustVersions(tags: readonly string[]): Promise<Map<string, string> | TierError> {
    let versions: Map<string, string> = new Map();
    const failed = await this.#must('tags', async () => {
      versions = await this.#versions(tags);
    });
    return failed ?? versions;
  }

  mustDelete(keys: readonly string[]): Promise<TierError | undefined> {
    return this.#must('delete', () => this.#tier.delete(keys));
  }

  /** What has one of the tags has no version to compare its own with, and is invalid. O(tags). */
  mustInvalidate(tags: readonly string[]): Promise<TierError | undefined> {
    return this.mustDelete(tags.map((tag) => TAG_PREFIX + tag));
  }

  mustClear(): Promise<TierError | undefined> {
    return this.#must('clear', () => {
      if (this.#tier.clear === undefined) throw new Error('it has no method clear()');
      return this.#tier.clear();
    });
  }

  get #paused(): boolean {
    if (this.#pausedUntil === Number.NEGATIVE_INFINITY) return false;
    if (this.#ports.clock.monotonic() >= this.#pausedUntil) return false;
    this.#skipped++;
    return true;
  }

  async #versions(tags: readonly string[]): Promise<Map<string, string>> {
    const tier = this.#tier;
    const keys = tags.map((tag) => TAG_PREFIX + tag);
    const found = await (tier.getMany?.(keys) ?? Promise.all(keys.map((key) => tier.get(key))));
    const versions = new Map<string, string>();
    const made: PromiseLike<unknown>[] = [];
    for (const [at, tag] of tags.entries()) {
      // Two who make one at the same time: what the first wrote with its own is invalid, and loaded once more.
      const version = found[at] ?? this.#newVersion();
      versions.set(tag, version);
      if (found[at] !== undefined) continue;
      const done = tier.set(TAG_PREFIX + tag, version, TAG_TTL_MS);
      if (isPromiseLike(done)) made.push(done);
    }
    if (made.length > 0) await Promise.all(made);
    return versions;
  }

  #newVersion(): string {
    const { random } = this.#ports;
    return random.u32().toString(36) + random.u32().toString(36);
  }

  /** What the tier answers, or the fallback when it fails or takes too long. */
  #guarded<T>(what: string, action: () => MaybePromise<T>, fallback: () => T | undefined): MaybePromise<T | undefined> {
    let answer: MaybePromise<T>;
    try {
      answer = action();
    } catch (error) {
      this.#failed(what, error);
      return fallback();
    }
    if (!isPromiseLike(answer)) return answer;
    return this.#timed(answer, what).then(undefined, (error: unknown) => {
      this.#failed(what, error);
      return fallback();
    });
  }

  async #must(what: string, action: () => MaybePromise<unknown>): Promise<TierError | undefined> {
    try {
      const answer = action();
      if (isPromiseLike(answer)) await this.#timed(answer, what);
      return undefined;
    } catch (error) {
      return this.#failed(what, error);
    }
  }

  #timed<T>(answer: PromiseLike<T>, what: string): PromiseLike<T> {
    if (this.#timeoutMs > MOST_DELAY_MS) return answer;
    return within(answer, this.#ports.timer, this.#timeoutMs, `${what} of tier "${this.name}"`);
  }

  #failed(what: string, cause: unknown): TierError {
    this.errors++;
    if (this.#pauseMs > 0) this.#pausedUntil = this.#ports.clock.monotonic() + this.#pauseMs;
    const error = new TierError(this.name, what, cause);
    this.#onError(error);
    return error;
  }
}

/** The versions of those tags that `known` has not, too. */
export function allVersions(
  tier: GuardedTier,
  tags: readonly string[],
  known: MaybePromise<Map<string, string> | undefined>,
): MaybePromise<Map<string, string> | undefined> {
  return andThen(known, (versions) => {
    const more = tags.filter((tag) => !versions?.has(tag));
    if (more.length === 0) return versions;
    return andThen(tier.versions(more), (others) => others && new Map([...(versions ?? []), ...others]));
  });
}

const noText = () => undefined;

function lifeOf(ttlMs: number): number {
  return ttlMs === Number.POSITIVE_INFINITY ? ttlMs : Math.max(1, Math.ceil(ttlMs));
}
