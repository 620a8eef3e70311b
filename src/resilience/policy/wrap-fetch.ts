/**
 * `fetch` under a policy. Inside the policy a response with a failing status is an error, so that it is retried, hedged and
 * counted; outside it is a response again, as callers of `fetch` expect.
 */

import { AshlarError } from '../../../bindings/errors.js';
import { type Clock, systemClock } from '../../ports/clock.js';
import { checkCallback } from './check.js';
import type { ExecuteOptions, Policy, PolicyContext } from './policy.js';
import { parseRetryAfter } from './retry-after.js';

/** A response whose status is a failure. */
export class HttpStatusError extends AshlarError {
  readonly response: Response;
  readonly status: number;
  /** What `Retry-After` asked for, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(response: Response, retryAfterMs: number | undefined) {
    super('HTTP_STATUS', `HTTP ${response.status} ${response.statusText}`.trimEnd());
    this.response = response;
    this.status = response.status;
    this.retryAfterMs = retryAfterMs;
  }
}

type Fetch = (input: RequestInfo | URL, init?: RequestInit) => Promise<Response>;

export interface WrapFetchOptions extends Omit<ExecuteOptions, 'signal'> {
  /** Which responses are failures. Default: status 429, and 500 and above. */
  isFailure?: ((response: Response) => boolean) | undefined;
  /** Rejects with the `HttpStatusError` when the last response is a failure, instead of giving that response. Default false. */
  throwOnFailure?: boolean | undefined;
  /** The header that carries `idempotencyKey`, where there is one. Default `'Idempotency-Key'`. */
  idempotencyHeader?: string | undefined;
  /** What fetches. Default the platform's, looked up at each call. */
  fetch?: Fetch | undefined;
  /** For dates in `Retry-After`. Default the platform's. */
  clock?: Clock | undefined;
}

/**
 * A `fetch` whose every request runs under a policy.
 *
 * The signal of a request is the caller's and the policy's together. Bodies of responses that are not handed out are
 * cancelled. A request whose body is a stream can be sent once: attempts after the first fail with fetch's TypeError.
 *
 * @throws TypeError when an option cannot be
 */
export function wrapFetch(policy: Policy, options: WrapFetchOptions = {}): Fetch {
  const {
    isFailure = failsByStatus,
    throwOnFailure = false,
    idempotencyHeader = 'Idempotency-Key',
    fetch: fetching,
    clock = systemClock,
    ...execute
  } = options;
  checkCallback('isFailure', isFailure);
  checkCallback('fetch', fetching);
  if (typeof policy?.execute !== 'function') throw new TypeError(`policy must be a Policy, got ${typeof policy}`);

  return async (input, init) => {
    const signal = init?.signal ?? (isRequest(input) ? input.signal : undefined) ?? undefined;
    const failed: Response[] = [];
    const attempt = async (context: PolicyContext): Promise<Response> => {
      // A Request's body can be read once: each attempt has a copy, and the original stays unread.
      const target = isRequest(input) ? input.clone() : input;
      const response = await (fetching ?? fetch)(target, {
        ...init,
        signal: both(signal, context.signal),
        ...withKey(input, init, idempotencyHeader, context.idempotencyKey),
      });
      if (!isFailure(response)) return response;
      failed.push(response);
      throw new HttpStatusError(response, parseRetryAfter(response.headers.get('retry-after'), clock.now()));
    };

    let given: Response | undefined;
    try {
      given = await policy.execute(attempt, { ...execute, signal });
      return given;
    } catch (thrown) {
      if (throwOnFailure || !(thrown instanceof HttpStatusError) || !failed.includes(thrown.response)) {
        if (thrown instanceof HttpStatusError) given = thrown.response;
        throw thrown;
      }
      given = thrown.response;
      return given;
    } finally {
      for (const response of failed) if (response !== given) response.body?.cancel().catch(() => {});
    }
  };
}

function failsByStatus(response: Response): boolean {
  return response.status === 429 || response.status >= 500;
}

function isRequest(input: RequestInfo | URL): input is Request {
  return typeof input === 'object' && 'clone' in input;
}

/** The caller's signal stays in it, since a body is read after the policy has let the call go. */
function both(caller: AbortSignal | undefined, policy: AbortSignal): AbortSignal {
  return caller === undefined || caller === policy ? policy : AbortSignal.any([caller, policy]);
}

function withKey(
  input: RequestInfo | URL,
  init: RequestInit | undefined,
  header: string,
  key: string | undefined,
): { headers?: Headers } {
  if (key === undefined) return {};
  const headers = new Headers(init?.headers ?? (isRequest(input) ? input.headers : undefined));
  if (!headers.has(header)) headers.set(header, key);
  return { headers };
}
