/** `InsuredRateLimiter`: a second limiter answers where the first fails, as Redis may. */

import { QueueFullError, TimeoutError } from '../../base/wait-errors.js';
import type { WaitOptions } from '../../base/waiter.js';
import { MOST_DELAY_MS } from '../../base/waiter.js';
import { type Clock, systemClock } from '../../ports/clock.js';
import { systemTimer, type Timer } from '../../ports/timer.js';
import { checkPositive } from './algorithms.js';
import type { AnyRateLimiter, AsyncRateLimiter, RateLimitKey, RateLimitResult } from './contract.js';

export interface InsuredRateLimiterOptions {
  /** Milliseconds after which the first counts as failed. Default `Infinity`: whenever it rejects. */
  timeoutMs?: number;
  /** Milliseconds for which the first is not asked after it failed. Default 0: it is asked each time. */
  pauseMs?: number;
  /** Told what the first failed with. */
  onFailure?: (error: unknown) => void;
  /** Default the platform's. */
  clock?: Clock;
  /** Default the platform's. */
  timer?: Timer;
}

const NO_OPTIONS: WaitOptions = Object.freeze({});

/**
 * What the first cannot answer, the insurance does: with a limit of its own, which knows nothing of what the first let through.
 * Misuse, a TypeError or RangeError, is no failure. A call that was late may have taken units all the same.
 */
export class InsuredRateLimiter implements AsyncRateLimiter {
  readonly #first: AnyRateLimiter;
  readonly #insurance: AnyRateLimiter;
  readonly #options: InsuredRateLimiterOptions;
  readonly #clock: Clock;
  readonly #timer: Timer;
  /** By the monotonic clock. */
  #pausedUntil = Number.NEGATIVE_INFINITY;

  /** @throws TypeError, RangeError for options */
  constructor(first: AnyRateLimiter, insurance: AnyRateLimiter, options: InsuredRateLimiterOptions = {}) {
    for (const it of [first, insurance]) {
      if (typeof it?.consume !== 'function')
        throw new TypeError('Both of an insured rate limiter must be rate limiters');
    }
    const { timeoutMs = Number.POSITIVE_INFINITY, pauseMs = 0, clock = systemClock, timer = systemTimer } = options;
    if (timeoutMs !== Number.POSITIVE_INFINITY) checkPositive(timeoutMs, 'timeoutMs', MOST_DELAY_MS);
    if (pauseMs !== 0) checkPositive(pauseMs, 'pauseMs');
    this.#first = first;
    this.#insurance = insurance;
    this.#options = { ...options, timeoutMs, pauseMs };
    this.#clock = clock;
    this.#timer = timer;
  }

  get limit(): number {
    return this.#first.limit;
  }

  get windowMs(): number {
    return this.#first.windowMs;
  }

  /** Whether the insurance answers now, since the first failed less than `pauseMs` ago. */
  get paused(): boolean {
    return this.#clock.monotonic() < this.#pausedUntil;
  }

  consume(key: RateLimitKey, cost?: number): Promise<RateLimitResult> {
    return this.#ask((it) => it.consume(key, cost));
  }

  peek(key: RateLimitKey, cost?: number): Promise<RateLimitResult> {
    return this.#ask((it) => it.peek(key, cost));
  }

  penalty(key: RateLimitKey, units?: number): Promise<RateLimitResult> {
    return this.#ask((it) => it.penalty(key, units));
  }

  reward(key: RateLimitKey, units?: number): Promise<RateLimitResult> {
    return this.#ask((it) => it.reward(key, units));
  }

  block(key: RateLimitKey, ms: number): Promise<RateLimitResult> {
    return this.#ask((it) => it.block(key, ms));
  }

  delete(key: RateLimitKey): Promise<boolean> {
    return this.#ask((it) => it.delete(key));
  }

  /** Waits in the line of the first, and where that fails, of the insurance. A wait that ends by its signal, its timeout or a full queue is no failure. */
  acquire(key: RateLimitKey, cost?: number, options: WaitOptions = NO_OPTIONS): Promise<RateLimitResult> {
    const { signal } = options;
    const ended = (error: unknown) =>
      error instanceof TimeoutError ||
      error instanceof QueueFullError ||
      (signal?.aborted === true && error === signal.reason);
    return this.#ask((it) => it.acquire(key, cost, options), ended, true);
  }

  async #ask<T>(
    call: (limiter: AnyRateLimiter) => T | Promise<T>,
    isAnswer: (error: unknown) => boolean = () => false,
    patient = false,
  ): Promise<T> {
    if (this.paused) return call(this.#insurance);
    try {
      return await (patient ? call(this.#first) : this.#inTime(call));
    } catch (error) {
      if (error instanceof TypeError || error instanceof RangeError || isAnswer(error)) throw error;
      this.#pausedUntil = this.#clock.monotonic() + (this.#options.pauseMs as number);
      this.#options.onFailure?.(error);
      return call(this.#insurance);
    }
  }

  #inTime<T>(call: (limiter: AnyRateLimiter) => T | Promise<T>): T | Promise<T> {
    const timeoutMs = this.#options.timeoutMs as number;
    if (timeoutMs === Number.POSITIVE_INFINITY) return call(this.#first);
    return new Promise<T>((resolve, reject) => {
      const late = () => reject(new LateError('The first of an insured rate limiter', timeoutMs));
      const cancel = this.#timer.after(timeoutMs, late);
      Promise.resolve()
        .then(() => call(this.#first))
        .then(resolve, reject)
        .finally(cancel);
    });
  }
}

/** The first did not answer in time. */
class LateError extends TimeoutError {}
