/** Several limits at once, of which each must let through: ten a second and a thousand a day. */

import { checkInteger } from '../../../bindings/sketch.js';
import type { WaitOptions } from '../../base/waiter.js';
import { systemTimer, type Timer } from '../../ports/timer.js';
import { checkCost } from './algorithms.js';
import type { AnyRateLimiter, AsyncRateLimiter, RateLimiter, RateLimitKey, RateLimitResult } from './contract.js';
import { keyText } from './key-text.js';
import { checkAcquire, DEFAULT_MAX_QUEUE, WaitingLines } from './waiting-lines.js';

/** Of all together: what is least, what takes longest. `limit` is of the one that has least left. */
export interface UnionResult extends RateLimitResult {
  /** What each would say alone, in order. */
  readonly results: readonly RateLimitResult[];
}

export interface UnionOptions {
  /** Who is asked again later, while somebody waits. Default the platform's. */
  timer?: Timer;
  /** How many may wait in `acquire`, from 0. Default 10 000; the next one gets a `QueueFullError`. */
  maxQueue?: number;
}

const NO_OPTIONS: WaitOptions = Object.freeze({});

/** All or none: where one refuses, none has taken anything. Who waits here waits in a line of the union's own. */
abstract class Union<Member extends AnyRateLimiter> {
  protected readonly members: readonly Member[];
  readonly #lines: WaitingLines;

  constructor(members: readonly Member[], options: UnionOptions = {}) {
    if (!Array.isArray(members) || members.length === 0) throw new TypeError('A union needs an array of rate limiters');
    for (const member of members) {
      if (typeof member?.consume !== 'function') throw new TypeError('Each of a union must be a rate limiter');
    }
    const { timer = systemTimer, maxQueue = DEFAULT_MAX_QUEUE } = options;
    if (maxQueue !== Number.POSITIVE_INFINITY) checkInteger(maxQueue, 'maxQueue', 0, Number.MAX_SAFE_INTEGER);
    this.members = [...members];
    this.#lines = new WaitingLines({
      timer,
      maxQueue,
      maxLine: Number.POSITIVE_INFINITY,
      giveBack: (id, cost) => void Promise.all(this.members.map((member) => member.reward(id, cost))).catch(() => {}),
    });
  }

  /** The least of all. */
  get limit(): number {
    return Math.min(...this.members.map(({ limit }) => limit));
  }

  get windowMs(): number {
    return Math.max(...this.members.map(({ windowMs }) => windowMs));
  }

  /** `windowMs` of each, in order. */
  get windows(): readonly number[] {
    return this.members.map(({ windowMs }) => windowMs);
  }

  abstract consume(key: RateLimitKey, cost?: number): UnionResult | Promise<UnionResult>;

  /** Waits until all let through, and takes from all. As `acquire` of one. */
  acquire(key: RateLimitKey, cost = 1, options: WaitOptions = NO_OPTIONS): Promise<UnionResult> {
    checkCost(cost);
    checkAcquire(cost, this.limit, options);
    if (options.signal?.aborted) return Promise.reject(options.signal.reason);
    const own = key instanceof Uint8Array ? key.slice() : key;
    return this.#lines.join(keyText(key), cost, options, () => this.consume(own, cost)) as Promise<UnionResult>;
  }

  /** Ends all waits here with a `ClosedError`. The members stay as they are. */
  [Symbol.dispose](): void {
    this.#lines.close('The union of rate limiters');
  }

  protected wake(key: RateLimitKey): void {
    this.#lines.wake(keyText(key));
  }
}

/** Limits that answer at once. */
export class RateLimiterUnion extends Union<RateLimiter> implements RateLimiter {
  consume(key: RateLimitKey, cost = 1): UnionResult {
    const before = this.members.map((member) => member.peek(key, cost));
    const refused = before.some(({ allowed }) => !allowed);
    // Only those are asked that refuse, so that they count it, and block where they are to; were one to let through after all,
    // because another thread gave something back, it gets it back.
    const results = this.members.map((member, i) => {
      const seen = before[i] as RateLimitResult;
      return refused && seen.allowed ? seen : member.consume(key, cost);
    });
    const lost = refused || results.some(({ allowed }) => !allowed);
    if (lost) {
      for (const [i, member] of this.members.entries()) {
        const took = results[i] !== before[i] && results[i]?.allowed === true;
        if (took) member.reward(key, cost);
      }
    }
    return together(results, !lost);
  }

  peek(key: RateLimitKey, cost = 1): UnionResult {
    return together(this.members.map((member) => member.peek(key, cost)));
  }

  penalty(key: RateLimitKey, units = 1): UnionResult {
    return together(this.members.map((member) => member.penalty(key, units)));
  }

  reward(key: RateLimitKey, units = 1): UnionResult {
    const result = together(this.members.map((member) => member.reward(key, units)));
    this.wake(key);
    return result;
  }

  block(key: RateLimitKey, ms: number): UnionResult {
    return together(this.members.map((member) => member.block(key, ms)));
  }

  delete(key: RateLimitKey): boolean {
    const there = this.members.map((member) => member.delete(key)).includes(true);
    this.wake(key);
    return there;
  }
}

/** Limits anywhere. Between the taking and the giving back of what one refused, others may be refused that need not be. */
export class AsyncRateLimiterUnion extends Union<AnyRateLimiter> implements AsyncRateLimiter {
  /** Where a member fails, what the others took is given back, and the failure is thrown. */
  async consume(key: RateLimitKey, cost = 1): Promise<UnionResult> {
    const outcomes = await Promise.allSettled(this.members.map(async (member) => member.consume(key, cost)));
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    const all = outcomes.every((outcome) => outcome.status === 'fulfilled' && outcome.value.allowed);
    if (!all) {
      const returns = outcomes.map(async (outcome, i) => {
        if (outcome.status === 'fulfilled' && outcome.value.allowed) await this.members[i]?.reward(key, cost);
      });
      await Promise.allSettled(returns);
    }
    if (failed !== undefined) throw failed.reason;
    return together(outcomes.map((outcome) => (outcome as PromiseFulfilledResult<RateLimitResult>).value));
  }

  async peek(key: RateLimitKey, cost = 1): Promise<UnionResult> {
    return together(await Promise.all(this.members.map((member) => member.peek(key, cost))));
  }

  async penalty(key: RateLimitKey, units = 1): Promise<UnionResult> {
    return together(await Promise.all(this.members.map((member) => member.penalty(key, units))));
  }

  async reward(key: RateLimitKey, units = 1): Promise<UnionResult> {
    const result = together(await Promise.all(this.members.map((member) => member.reward(key, units))));
    this.wake(key);
    return result;
  }

  async block(key: RateLimitKey, ms: number): Promise<UnionResult> {
    return together(await Promise.all(this.members.map((member) => member.block(key, ms))));
  }

  async delete(key: RateLimitKey): Promise<boolean> {
    const there = (await Promise.all(this.members.map((member) => member.delete(key)))).includes(true);
    this.wake(key);
    return there;
  }
}

function together(
  results: readonly RateLimitResult[],
  allowed = results.every((result) => result.allowed),
): UnionResult {
  const least = results.reduce((a, b) => (b.remaining < a.remaining ? b : a));
  return {
    allowed,
    remaining: least.remaining,
    retryAfterMs: Math.max(...results.map(({ retryAfterMs }) => retryAfterMs)),
    resetMs: Math.max(...results.map(({ resetMs }) => resetMs)),
    limit: least.limit,
    results,
  };
}
