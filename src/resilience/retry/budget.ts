/**
 * Retry budgets: how many retries there may be for the calls there are, over all calls that share the budget. They keep a
 * failing dependency from being asked several times as often as a healthy one.
 *
 * Two that are known: `RetryBudget`, Finagle's, a share of the calls of the last seconds and a few more; `RetryThrottle`,
 * gRPC's (proposal A6), a bucket that failures empty and successes fill.
 */

import { type Clock, systemClock } from '../../ports/clock.js';
import { checkDelay, checkNumber } from '../policy/check.js';

/** What a retry asks. Implementations may be shared by any number of policies. */
export interface Budget {
  /** A call begins: its first attempt. */
  deposit(): void;
  /** May a retry be made? Taken when it may. */
  withdraw(): boolean;
  /** An attempt succeeded. */
  succeeded(): void;
  /** An attempt failed in a way that could be retried. */
  failed(): void;
}

export interface RetryBudgetOptions {
  /** Retries for each call. 0.2 allows one for five calls. Default 0.2. */
  retryRatio?: number;
  /** Retries that may be made whatever the calls, per second. Default 10. */
  minRetriesPerSecond?: number;
  /** How long a call counts, from 100 ms. Default 10 000. */
  ttlMs?: number;
  /** Default the platform's. */
  clock?: Pick<Clock, 'monotonic'>;
}

const SLICES = 10;

/** Finagle's budget: a token bucket whose tokens are forgotten after `ttlMs`, kept in ten slices. O(1). */
export class RetryBudget implements Budget {
  readonly #ratio: number;
  readonly #reserve: number;
  readonly #sliceMs: number;
  readonly #clock: Pick<Clock, 'monotonic'>;
  /** Balance of each slice: what calls brought less what retries took. */
  readonly #slices = new Float64Array(SLICES);
  #slice: number;

  /** @throws TypeError, RangeError when an option cannot be */
  constructor(options: RetryBudgetOptions = {}) {
    const { retryRatio = 0.2, minRetriesPerSecond = 10, ttlMs = 10_000, clock = systemClock } = options;
    checkNumber('retryRatio', retryRatio, 0, 1000);
    checkNumber('minRetriesPerSecond', minRetriesPerSecond, 0, 1e9);
    checkDelay('ttlMs', ttlMs, 100);
    this.#ratio = retryRatio;
    this.#reserve = (minRetriesPerSecond * ttlMs) / 1000;
    this.#sliceMs = ttlMs / SLICES;
    this.#clock = clock;
    this.#slice = Math.floor(clock.monotonic() / this.#sliceMs);
  }

  /** Retries that may be made now. */
  get balance(): number {
    this.#turn();
    return Math.floor(this.#sum() + EPSILON);
  }

  deposit(): void {
    this.#turn();
    this.#slices[this.#slice % SLICES] = (this.#slices[this.#slice % SLICES] as number) + this.#ratio;
  }

  withdraw(): boolean {
    this.#turn();
    // Five times 0.2 is a little less than 1.
    if (this.#sum() + EPSILON < 1) return false;
    this.#slices[this.#slice % SLICES] = (this.#slices[this.#slice % SLICES] as number) - 1;
    return true;
  }

  succeeded(): void {}

  failed(): void {}

  #sum(): number {
    let sum = this.#reserve;
    for (let i = 0; i < SLICES; i++) sum += this.#slices[i] as number;
    return sum;
  }

  /** Forgets slices that are over. */
  #turn(): void {
    const now = Math.floor(this.#clock.monotonic() / this.#sliceMs);
    if (now <= this.#slice) return;
    for (let slice = Math.max(this.#slice + 1, now - SLICES + 1); slice <= now; slice++)
      this.#slices[slice % SLICES] = 0;
    this.#slice = now;
  }
}

const EPSILON = 1e-9;

export interface RetryThrottleOptions {
  /** What the bucket holds, and begins with; gRPC allows up to 1000. Default 100. */
  maxTokens?: number;
  /** What a success adds; a failure takes 1. Default 0.1. */
  tokenRatio?: number;
}

/** gRPC's throttle: retries are made while the bucket is more than half full. O(1). */
export class RetryThrottle implements Budget {
  readonly #maxTokens: number;
  readonly #tokenRatio: number;
  #tokens: number;

  /** @throws TypeError, RangeError when an option cannot be */
  constructor(options: RetryThrottleOptions = {}) {
    const { maxTokens = 100, tokenRatio = 0.1 } = options;
    checkNumber('maxTokens', maxTokens, 1, 1000);
    checkNumber('tokenRatio', tokenRatio, 0.001, 1000);
    this.#maxTokens = maxTokens;
    this.#tokenRatio = tokenRatio;
    this.#tokens = maxTokens;
  }

  get tokens(): number {
    return this.#tokens;
  }

  deposit(): void {}

  withdraw(): boolean {
    return this.#tokens > this.#maxTokens / 2;
  }

  succeeded(): void {
    this.#tokens = Math.min(this.#maxTokens, this.#tokens + this.#tokenRatio);
  }

  failed(): void {
    this.#tokens = Math.max(0, this.#tokens - 1);
  }
}
