/** `RememberingRateLimiter`: answers here for a limiter elsewhere, as long as its last refusal says all there is to say. */

import { checkInteger } from '../../../bindings/sketch.js';
import type { WaitOptions } from '../../base/waiter.js';
import { type Clock, systemClock } from '../../ports/clock.js';
import type { AsyncRateLimiter, RateLimitKey, RateLimitResult } from './contract.js';
import { keyText } from './key-text.js';

export interface RememberingRateLimiterOptions {
  /** Keys whose refusals are remembered: the one refused longest ago is forgotten. Default 10 000. */
  maxKeys?: number;
  /** Milliseconds for which a refusal is remembered at most, since what was taken elsewhere may be given back. Default 60 000. */
  maxMs?: number;
  /** Default the platform's; its `monotonic()` is what counts. */
  clock?: Clock;
}

interface Refusal {
  readonly cost: number;
  readonly untilMs: number;
  readonly resetAtMs: number;
  readonly limit: number;
}

/**
 * A block in memory, in front of a limiter that is a network away: once so many units were refused for so long, who asks for as
 * many or more before is refused without asking. What passes through here (`reward`, `delete`) is heeded; what others give back
 * elsewhere is not seen until the refusal is over.
 */
export class RememberingRateLimiter implements AsyncRateLimiter {
  readonly #limiter: AsyncRateLimiter;
  readonly #clock: Clock;
  readonly #maxKeys: number;
  readonly #maxMs: number;
  readonly #refusals = new Map<string, Refusal>();

  /** @throws TypeError, RangeError for options */
  constructor(limiter: AsyncRateLimiter, options: RememberingRateLimiterOptions = {}) {
    if (typeof limiter?.consume !== 'function') throw new TypeError('What is remembered must be a rate limiter');
    const { maxKeys = 10_000, maxMs = 60_000, clock = systemClock } = options;
    checkInteger(maxKeys, 'maxKeys', 1, 2 ** 24 - 1);
    checkInteger(maxMs, 'maxMs', 1, Number.MAX_SAFE_INTEGER);
    this.#limiter = limiter;
    this.#clock = clock;
    this.#maxKeys = maxKeys;
    this.#maxMs = maxMs;
  }

  get limit(): number {
    return this.#limiter.limit;
  }

  get windowMs(): number {
    return this.#limiter.windowMs;
  }

  /** Keys whose refusals are remembered, those among them that are over. */
  get size(): number {
    return this.#refusals.size;
  }

  async consume(key: RateLimitKey, cost = 1): Promise<RateLimitResult> {
    const id = keyText(key);
    const known = this.#remembered(id, cost);
    if (known !== undefined) return known;
    const result = await this.#limiter.consume(key, cost);
    if (!result.allowed && result.retryAfterMs > 0) this.#remember(id, cost, result);
    return result;
  }

  peek(key: RateLimitKey, cost?: number): Promise<RateLimitResult> {
    return this.#limiter.peek(key, cost);
  }

  penalty(key: RateLimitKey, units?: number): Promise<RateLimitResult> {
    return this.#limiter.penalty(key, units);
  }

  async reward(key: RateLimitKey, units?: number): Promise<RateLimitResult> {
    const result = await this.#limiter.reward(key, units);
    this.#refusals.delete(keyText(key));
    return result;
  }

  block(key: RateLimitKey, ms: number): Promise<RateLimitResult> {
    this.#refusals.delete(keyText(key));
    return this.#limiter.block(key, ms);
  }

  async delete(key: RateLimitKey): Promise<boolean> {
    const there = await this.#limiter.delete(key);
    this.#refusals.delete(keyText(key));
    return there;
  }

  /** Waits in the line of the limiter itself. */
  acquire(key: RateLimitKey, cost?: number, options?: WaitOptions): Promise<RateLimitResult> {
    return this.#limiter.acquire(key, cost, options);
  }

  #remembered(id: string, cost: number): RateLimitResult | undefined {
    const refusal = this.#refusals.get(id);
    if (refusal === undefined) return undefined;
    const left = refusal.untilMs - this.#clock.monotonic();
    if (left <= 0) {
      this.#refusals.delete(id);
      return undefined;
    }
    if (cost < refusal.cost) return undefined;
    const resetMs = Math.max(0, Math.ceil(refusal.resetAtMs - this.#clock.monotonic()));
    return { allowed: false, remaining: 0, retryAfterMs: Math.ceil(left), resetMs, limit: refusal.limit };
  }

  #remember(id: string, cost: number, { retryAfterMs, resetMs, limit }: RateLimitResult): void {
    // What will never be let through says nothing about less.
    if (cost > limit) return;
    const now = this.#clock.monotonic();
    this.#refusals.delete(id);
    if (this.#refusals.size >= this.#maxKeys) {
      for (const oldest of this.#refusals.keys()) {
        this.#refusals.delete(oldest);
        break;
      }
    }
    const untilMs = now + Math.min(retryAfterMs, this.#maxMs);
    this.#refusals.set(id, { cost, untilMs, resetAtMs: now + resetMs, limit });
  }
}
