/** A tier behind the process's own memory: texts by key, for a time. */

import type { MaybePromise } from './maybe-promise.js';

/** What holds texts outside the objects of this thread: shared memory, Redis, a file, another service. */
export interface Tier {
  /** For statistics and errors. */
  readonly name: string;
  /** The text, `undefined` where there is none. */
  get(key: string): MaybePromise<string | undefined>;
  /** Several, in the order of the keys. Without it, `get` is called for each. */
  getMany?(keys: readonly string[]): MaybePromise<readonly (string | undefined)[]>;
  /** Keeps a text for `ttlMs` milliseconds, a positive integer or infinity. It may leave sooner. */
  set(key: string, text: string, ttlMs: number): MaybePromise<unknown>;
  delete(keys: readonly string[]): MaybePromise<unknown>;
  /** Everything that this tier holds of this cache. */
  clear?(): MaybePromise<unknown>;
}

/** How a tier is used. */
export interface TierOptions {
  readonly tier: Tier;
  /** Milliseconds for which a value is fresh here at most. Default: as long as it is anywhere. */
  readonly ttl?: number | undefined;
  /** Milliseconds after which an answer is not waited for any more. Default 1000. */
  readonly timeoutMs?: number | undefined;
  /** Milliseconds for which a tier that failed is not asked; deletions always are. Default 1000. */
  readonly pauseMs?: number | undefined;
}

export interface TierStats {
  readonly name: string;
  readonly hits: number;
  readonly misses: number;
  /** Values that were there, and stale. */
  readonly stale: number;
  readonly writes: number;
  /** Calls that failed or took too long, and texts that could not be understood. */
  readonly errors: number;
  /** Calls that were not made because the tier had failed. */
  readonly skipped: number;
}
