/** Why a wait ended without what was waited for. An aborted wait has no error here: it rejects with `signal.reason` itself. */

import { AshlarError } from '../../bindings/errors.js';

/** What was waited for did not come in time. */
export class TimeoutError extends AshlarError {
  readonly timeoutMs: number;

  constructor(what: string, timeoutMs: number) {
    super('TIMEOUT', `${what} timed out after ${timeoutMs} ms`);
    this.timeoutMs = timeoutMs;
  }
}

/** As many wait already as may: the bound of a queue. */
export class QueueFullError extends AshlarError {
  readonly limit: number;

  constructor(what: string, limit: number) {
    super('QUEUE_FULL', `${what}: ${limit} wait already, and no more may`);
    this.limit = limit;
  }
}

/** The thing is closed, and gives or takes nothing more. */
export class ClosedError extends AshlarError {
  constructor(what: string, options?: ErrorOptions) {
    super('CLOSED', `${what} is closed`, options);
  }
}

/** What was lent was given back before. */
export class DoubleReleaseError extends AshlarError {
  constructor(what: string) {
    super('DOUBLE_RELEASE', `${what} was released before: release it once`);
  }
}
