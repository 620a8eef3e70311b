/**
 * Retry: runs a function again when it failed in a way that may pass, after a delay.
 *
 * Bounds: `maxAttempts`, `maxElapsedMs`, and the budget, where there is one. What comes out in the end is what the last
 * attempt gave or threw, nothing wrapped around it. A delay ends at once by the signal, with exactly its reason.
 */

import { Events, type Listener } from '../../base/events.js';
import { type Clock, systemClock } from '../../ports/clock.js';
import { type Random, systemRandom } from '../../ports/random.js';
import { systemTimer, type Timer } from '../../ports/timer.js';
import type { Call } from '../policy/call.js';
import { checkCallback, checkDelayOrNever, checkInteger } from '../policy/check.js';
import { type Next, Policy, type PolicyContext } from '../policy/policy.js';
import { parseRetryAfter } from '../policy/retry-after.js';
import { sleep } from '../policy/sleep.js';
import { type Backoff, delayOf, exponentialBackoff, fixedBackoff } from './backoff.js';
import type { Budget } from './budget.js';

/** What an attempt ended with. */
export type Outcome = { readonly error: unknown } | { readonly value: unknown };

export interface RetryOptions {
  /** Attempts in all, the first among them; from 1, or `Infinity`. Default 3. */
  maxAttempts?: number;
  /** No retry begins later than this after the call began, delays included. Default `Infinity`. */
  maxElapsedMs?: number;
  /** The delays; a number is a fixed one, in milliseconds. Default exponential from 100 ms with full jitter. */
  backoff?: Backoff | number;
  /** Which errors may pass. Default all. What an aborted call throws is never retried. */
  retryIf?: (error: unknown, context: PolicyContext) => boolean;
  /** Which results are failures. Default none. */
  retryIfResult?: (value: unknown, context: PolicyContext) => boolean;
  /**
   * What the other side asked to wait, in milliseconds: at least that is waited. Default: the error's `retryAfterMs`, or the
   * header `Retry-After` of the error's `response` or of the result. `false`: nothing is asked.
   */
  retryAfter?: false | ((outcome: Outcome) => number | undefined);
  /** Who asks for more is not waited for: the call fails. Default 60 000. */
  maxRetryAfterMs?: number;
  /** Shared by calls: how many retries there may be. Default any number. */
  budget?: Budget;
  /** Makes the key that all attempts of a call carry, where the caller gave none. */
  idempotencyKey?: () => string;
  clock?: Clock;
  timer?: Timer;
  random?: Random;
}

/** Why a call was not tried again. */
export type GiveUpReason = 'attempts' | 'elapsed' | 'retry-after' | 'budget' | 'not-retryable' | 'aborted';

export interface RetryEvents {
  /** A retry follows, after `delayMs`. */
  retry: { readonly attempt: number; readonly delayMs: number; readonly outcome: Outcome };
  /** A failure is final. */
  giveUp: { readonly attempt: number; readonly reason: GiveUpReason; readonly outcome: Outcome };
  /** An attempt succeeded. */
  success: { readonly attempt: number };
}

const DEFAULT_BACKOFF = exponentialBackoff();

/** A policy that tries again. @throws TypeError, RangeError when an option cannot be */
export function retry(options: RetryOptions = {}): Retry {
  return new Retry(options);
}

export class Retry extends Policy {
  readonly #maxAttempts: number;
  readonly #maxElapsedMs: number;
  readonly #backoff: Backoff;
  readonly #retryIf: RetryOptions['retryIf'];
  readonly #retryIfResult: RetryOptions['retryIfResult'];
  readonly #retryAfter: (outcome: Outcome) => number | undefined;
  readonly #maxRetryAfterMs: number;
  readonly #budget: Budget | undefined;
  readonly #idempotencyKey: (() => string) | undefined;
  readonly #clock: Clock;
  readonly #timer: Timer;
  readonly #random: Random;
  readonly #events = new Events<RetryEvents>();

  constructor(options: RetryOptions = {}) {
    super();
    const { maxAttempts = 3, maxElapsedMs = Number.POSITIVE_INFINITY, backoff = DEFAULT_BACKOFF } = options;
    const { retryAfter, maxRetryAfterMs = 60_000, budget, clock = systemClock } = options;
    if (maxAttempts !== Number.POSITIVE_INFINITY) checkInteger('maxAttempts', maxAttempts, 1);
    checkDelayOrNever('maxElapsedMs', maxElapsedMs);
    checkDelayOrNever('maxRetryAfterMs', maxRetryAfterMs);
    for (const name of ['retryIf', 'retryIfResult', 'idempotencyKey'] as const) checkCallback(name, options[name]);
    if (retryAfter !== false) checkCallback('retryAfter', retryAfter);
    if (budget !== undefined && typeof budget?.withdraw !== 'function') {
      throw new TypeError(`budget must be a Budget, got ${typeof budget}`);
    }
    if (typeof backoff !== 'number') checkCallback('backoff', backoff);
    this.#maxAttempts = maxAttempts;
    this.#maxElapsedMs = maxElapsedMs;
    this.#backoff = typeof backoff === 'number' ? fixedBackoff(backoff) : backoff;
    this.#retryIf = options.retryIf;
    this.#retryIfResult = options.retryIfResult;
    this.#retryAfter = retryAfter === false ? () => undefined : (retryAfter ?? ((outcome) => askedFor(outcome, clock)));
    this.#maxRetryAfterMs = maxRetryAfterMs;
    this.#budget = budget;
    this.#idempotencyKey = options.idempotencyKey;
    this.#clock = clock;
    this.#timer = options.timer ?? systemTimer;
    this.#random = options.random ?? systemRandom;
  }

  /** Adds a listener to an event; what comes back removes it. */
  on<K extends keyof RetryEvents>(event: K, listener: Listener<RetryEvents[K]>): () => void {
    return this.#events.on(event, listener);
  }

  async run<R>(next: Next<R>, call: Call): Promise<R> {
    const key = call.idempotencyKey ?? this.#idempotencyKey?.();
    const startMs = this.#maxElapsedMs === Number.POSITIVE_INFINITY ? 0 : this.#clock.monotonic();
    this.#budget?.deposit();
    for (let attempt = 1, delayMs = 0; ; attempt++) {
      const tried =
        attempt === 1 && key === call.idempotencyKey && call.attempt === 1 ? call : call.retried(attempt, key);
      let outcome: Outcome;
      try {
        const value = await next(tried);
        if (!this.#retryIfResult?.(value, tried)) {
          this.#succeed(attempt);
          return value;
        }
        outcome = { value };
      } catch (error) {
        outcome = { error };
      }
      const wait = this.#waitBefore(attempt, delayMs, outcome, tried, startMs);
      if (wait === undefined) return unwrap<R>(outcome, call);
      delayMs = wait.delayMs;
      await sleep(wait.waitMs, call, this.#timer);
      // The abort may have come between the end of the delay and this moment.
      if (call.aborted) throw call.reason;
    }
  }

  #succeed(attempt: number): void {
    this.#budget?.succeeded();
    if (this.#events.active) this.#events.emit('success', { attempt });
  }

  /** How long to wait before the next attempt, or `undefined` when there is none. */
  #waitBefore(
    attempt: number,
    previousMs: number,
    outcome: Outcome,
    call: Call,
    startMs: number,
  ): { readonly delayMs: number; readonly waitMs: number } | undefined {
    if (call.aborted) return this.#giveUp(attempt, 'aborted', outcome);
    if ('error' in outcome && this.#retryIf !== undefined && !this.#retryIf(outcome.error, call)) {
      return this.#giveUp(attempt, 'not-retryable', outcome);
    }
    this.#budget?.failed();
    if (attempt >= this.#maxAttempts) return this.#giveUp(attempt, 'attempts', outcome);
    const delayMs = delayOf(this.#backoff, attempt, previousMs, this.#random);
    const askedMs = this.#retryAfter(outcome) ?? 0;
    if (askedMs > this.#maxRetryAfterMs) return this.#giveUp(attempt, 'retry-after', outcome);
    const waitMs = Math.max(delayMs, askedMs);
    if (this.#maxElapsedMs !== Number.POSITIVE_INFINITY) {
      const elapsedMs = this.#clock.monotonic() - startMs;
      if (elapsedMs + waitMs > this.#maxElapsedMs) return this.#giveUp(attempt, 'elapsed', outcome);
    }
    // Asked last: what is taken from it is used.
    if (this.#budget !== undefined && !this.#budget.withdraw()) return this.#giveUp(attempt, 'budget', outcome);
    if (this.#events.active) this.#events.emit('retry', { attempt, delayMs: waitMs, outcome });
    return { delayMs, waitMs };
  }

  #giveUp(attempt: number, reason: GiveUpReason, outcome: Outcome): undefined {
    if (this.#events.active) this.#events.emit('giveUp', { attempt, reason, outcome });
  }
}

function unwrap<R>(outcome: Outcome, call: Call): R {
  if ('error' in outcome) throw call.aborted ? call.reason : outcome.error;
  return outcome.value as R;
}

/** What an error of ours, or a response, says about when to come back. */
function askedFor(outcome: Outcome, clock: Clock): number | undefined {
  const said = 'error' in outcome ? outcome.error : outcome.value;
  if (typeof said !== 'object' || said === null) return undefined;
  const { retryAfterMs, response } = said as { retryAfterMs?: unknown; response?: unknown };
  if (typeof retryAfterMs === 'number' && retryAfterMs >= 0) return retryAfterMs;
  const headers = (response ?? said) as { headers?: { get?: (name: string) => unknown } } | null;
  if (typeof headers?.headers?.get !== 'function') return undefined;
  const value = headers.headers.get('retry-after');
  return typeof value === 'string' ? parseRetryAfter(value, clock.now()) : undefined;
}
