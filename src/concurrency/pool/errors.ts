/** What a pool fails with. An aborted wait has no error here: it rejects with `signal.reason` itself. */

import { AshlarError } from '../../../bindings/errors.js';

/** Nothing could be made several times in a row: nobody waits for it until `retryAfterMs` have passed. `cause` is the last failure. */
export class PoolUnavailableError extends AshlarError {
  readonly failures: number;
  readonly retryAfterMs: number;

  constructor(what: string, failures: number, retryAfterMs: number, cause: unknown) {
    const after = Math.ceil(retryAfterMs);
    super('POOL_UNAVAILABLE', `${what} could make nothing ${failures} times in a row, and tries again in ${after} ms`, {
      cause,
    });
    this.failures = failures;
    this.retryAfterMs = retryAfterMs;
  }
}

/** What was lent is used after it was given back. */
export class ReleasedError extends AshlarError {
  constructor(what: string) {
    super('RELEASED', `${what} was given back: take another`);
  }
}
