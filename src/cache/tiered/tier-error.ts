/** What a write rejects with when a tier did not take it. */

import { AshlarError } from '../../../bindings/errors.js';

/** A tier failed while it was written to. The others were written all the same. */
export class TierError extends AshlarError {
  /** The tier's name. */
  readonly tier: string;

  constructor(tier: string, what: string, cause: unknown) {
    super('CACHE_TIER', `Tier "${tier}" failed at ${what}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
    this.tier = tier;
  }
}
