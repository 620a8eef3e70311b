/** Values on their way to tiers, and which of them are still worth writing. */

import { isPromiseLike } from '../../base/promise-like.js';
import { seal } from './envelope.js';
import type { GuardedTier } from './guarded-tier.js';

/** A value as it is to be written. */
export interface Parcel {
  /** `undefined`: there is no value. */
  readonly text: string | undefined;
  /** Milliseconds since the Unix epoch, as `staleUntil`. */
  readonly freshUntil: number;
  readonly staleUntil: number;
  readonly tags: readonly string[];
}

/** The text for a tier, and for how many milliseconds it is good for there. */
export function sealedFor(
  tier: GuardedTier,
  parcel: Parcel,
  now: number,
  versions: ReadonlyMap<string, string> | undefined,
): [text: string, ttlMs: number] {
  const freshUntil = Math.min(parcel.freshUntil, now + tier.ttl);
  // What is fresh for ever has no end that grace could begin at.
  const grace = parcel.freshUntil === Number.POSITIVE_INFINITY ? 0 : parcel.staleUntil - parcel.freshUntil;
  const staleUntil = freshUntil + grace;
  const tags = parcel.tags.map((tag) => [tag, versions?.get(tag) ?? ''] as const);
  return [seal({ freshUntil, staleUntil, tags, text: parcel.text }), staleUntil - now];
}

/**
 * Of the writes to one key, the last to begin is the last to reach each tier: each has a number, and is not made once a
 * later one has begun. As many numbers are remembered as keys are being written.
 */
export class NumberedWrites {
  readonly #latest = new Map<string, number>();
  #numbered = 0;

  /** Runs a write; `isLatest` says whether no later one of the key has begun. */
  run<R>(key: string, write: (isLatest: () => boolean) => R): R {
    const number = ++this.#numbered;
    this.#latest.set(key, number);
    const end = () => {
      if (this.#latest.get(key) === number) this.#latest.delete(key);
    };
    const result = write(() => this.#latest.get(key) === number);
    if (isPromiseLike(result)) result.then(end, end);
    else end();
    return result;
  }

  /** No write of the key that is under way is the latest any more; without a key, of none. */
  overtake(key: string | undefined): void {
    if (key === undefined) this.#latest.clear();
    else this.#latest.delete(key);
  }
}
