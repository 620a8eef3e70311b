/** Sends OTLP over HTTP as JSON, and tries again as the specification says. */

import { AshlarError } from '../../../bindings/errors.js';
import { describe } from '../../../bindings/staging.js';
import { type Random, systemRandom } from '../../ports/random.js';
import { systemTimer, type Timer } from '../../ports/timer.js';

export interface OtlpSenderOptions {
  /** Where to, for example `http://localhost:4318/v1/metrics`. */
  url: string | URL;
  /** Sent with each request, such as an API key. */
  headers?: Readonly<Record<string, string>>;
  /** How long one attempt may take, in milliseconds. Default 10 000. */
  timeoutMs?: number;
  /** Attempts, from 1 to 20. Default 5. */
  maxAttempts?: number;
  /** The longest pause before the second attempt; it doubles with each, up to 30 s. Default 1000. */
  backoffMs?: number;
  /** Default the platform's. */
  fetch?: typeof fetch;
  timer?: Timer;
  random?: Random;
}

/** What the collector said of a request that it took. */
export interface OtlpAnswer {
  /** Data points or spans that it refused. */
  readonly rejected: number;
  /** Why; empty where it said nothing. */
  readonly message: string;
}

/** A collector did not take what was sent. */
export class OtlpExportError extends AshlarError {
  /** The HTTP status of the last attempt; `undefined` where there was no answer. */
  readonly status: number | undefined;
  readonly attempts: number;

  constructor(message: string, status: number | undefined, attempts: number, options?: ErrorOptions) {
    super('OTLP_EXPORT', message, options);
    this.status = status;
    this.attempts = attempts;
  }
}

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_ATTEMPTS = 5;
const MOST_ATTEMPTS = 20;
const DEFAULT_BACKOFF_MS = 1000;
const MOST_BACKOFF_MS = 30_000;
/** Answers by which a collector asks to be tried again. */
const RETRYABLE = new Set([429, 502, 503, 504]);
/** Of an answer that says why, as much as an error shows. */
const MOST_TEXT = 200;

export class OtlpSender {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #timeoutMs: number;
  readonly #maxAttempts: number;
  readonly #backoffMs: number;
  readonly #fetch: typeof fetch;
  readonly #timer: Timer;
  readonly #random: Random;

  /** @throws TypeError, RangeError */
  constructor(options: OtlpSenderOptions) {
    const { url, headers = {}, timeoutMs = DEFAULT_TIMEOUT_MS, maxAttempts = DEFAULT_ATTEMPTS } = options;
    const { backoffMs = DEFAULT_BACKOFF_MS, timer = systemTimer, random = systemRandom } = options;
    this.#url = new URL(url).href;
    if (!(timeoutMs >= 1)) throw new RangeError(`timeoutMs must be from 1, got ${describe(timeoutMs)}`);
    if (!(backoffMs >= 0)) throw new RangeError(`backoffMs must be from 0, got ${describe(backoffMs)}`);
    if (!(Number.isInteger(maxAttempts) && maxAttempts >= 1 && maxAttempts <= MOST_ATTEMPTS)) {
      throw new RangeError(`maxAttempts must be an integer from 1 to ${MOST_ATTEMPTS}, got ${describe(maxAttempts)}`);
    }
    this.#headers = headers;
    this.#timeoutMs = timeoutMs;
    this.#maxAttempts = maxAttempts;
    this.#backoffMs = backoffMs;
    this.#fetch = options.fetch ?? ((...request) => fetch(...request));
    this.#timer = timer;
    this.#random = random;
  }

  /**
   * Sends a message.
   *
   * @returns a promise that rejects with exactly `signal.reason`, or with `OtlpExportError` once nothing is left to try
   */
  async send(message: object, signal?: AbortSignal): Promise<OtlpAnswer> {
    const body = JSON.stringify(message);
    for (let attempt = 1; ; attempt++) {
      signal?.throwIfAborted();
      const outcome = await this.#attempt(body, signal);
      if ('answer' in outcome) return outcome.answer;
      const { error, status, retryAfterMs } = outcome;
      if (attempt === this.#maxAttempts || (status !== undefined && !RETRYABLE.has(status))) {
        const what = status === undefined ? `No answer from ${this.#url}` : `${this.#url} answered ${status}${error}`;
        const cause = status === undefined ? { cause: error } : undefined;
        throw new OtlpExportError(`${what}, after ${attempt} of ${this.#maxAttempts} attempts`, status, attempt, cause);
      }
      await this.#pause(retryAfterMs ?? this.#backoff(attempt), signal);
    }
  }

  async #attempt(body: string, signal: AbortSignal | undefined): Promise<Attempt> {
    const ended = new AbortController();
    const onAbort = (): void => ended.abort(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    const cancel = this.#timer.after(this.#timeoutMs, () => ended.abort(new Error('The attempt took too long')));
    try {
      const response = await this.#fetch(this.#url, {
        method: 'POST',
        headers: { ...this.#headers, 'content-type': 'application/json' },
        body,
        signal: ended.signal,
      });
      const text = await response.text();
      if (response.ok) return { answer: answerOf(text) };
      const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
      return {
        status: response.status,
        error: text === '' ? '' : `: ${text.slice(0, MOST_TEXT)}`,
        retryAfterMs: seconds >= 0 ? Math.min(seconds * 1000, MOST_BACKOFF_MS) : undefined,
      };
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      return { status: undefined, error, retryAfterMs: undefined };
    } finally {
      cancel();
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Full jitter: any time up to a bound that doubles. */
  #backoff(attempt: number): number {
    return this.#random.float() * Math.min(MOST_BACKOFF_MS, this.#backoffMs * 2 ** (attempt - 1));
  }

  #pause(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const onAbort = (): void => {
        cancel();
        signal?.removeEventListener('abort', onAbort);
        reject(signal?.reason);
      };
      const cancel = this.#timer.after(delayMs, () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }
}

type Attempt =
  | { readonly answer: OtlpAnswer }
  | { readonly status: number | undefined; readonly error: unknown; readonly retryAfterMs: number | undefined };

/** An answer may say that parts were refused; an empty one says that all is well. */
function answerOf(text: string): OtlpAnswer {
  try {
    const { partialSuccess } = JSON.parse(text) as {
      partialSuccess?: { rejectedDataPoints?: string | number; rejectedSpans?: string | number; errorMessage?: string };
    };
    const rejected = Number(partialSuccess?.rejectedDataPoints ?? partialSuccess?.rejectedSpans ?? 0);
    return { rejected: rejected > 0 ? rejected : 0, message: partialSuccess?.errorMessage ?? '' };
  } catch {
    return { rejected: 0, message: '' };
  }
}
