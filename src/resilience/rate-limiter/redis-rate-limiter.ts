/** `RedisRateLimiter`: a limit that all who talk to one Redis keep together, by any of the six algorithms. */

import { LEAKY_QUEUE } from '../../../bindings/kernels/resilience/rate-limiter.js';
import { checkInteger } from '../../../bindings/sketch.js';
import { type Command, commandOf, type RedisClient } from '../../base/redis-client.js';
import type { WaitOptions } from '../../base/waiter.js';
import type { Clock } from '../../ports/clock.js';
import { systemTimer, type Timer } from '../../ports/timer.js';
import { checkBlock, checkCost, type RateLimit, type ResolvedLimit, resolveLimit } from './algorithms.js';
import type { AsyncRateLimiter, RateLimitKey, RateLimitResult } from './contract.js';
import { keyText } from './key-text.js';
import { SCRIPTS } from './redis-scripts.js';
import { checkAcquire, DEFAULT_MAX_QUEUE, WaitingLines } from './waiting-lines.js';

export type RedisRateLimiterOptions = RateLimit & {
  /** A client of the package `ioredis` (also its cluster) or `redis`. Connecting and closing it is up to you. */
  client: RedisClient;
  /** Before each key. Default `'limit:'`. */
  prefix?: string;
  /** Milliseconds for which a key is blocked that was refused, `Infinity` until it is deleted. Default 0: not at all. */
  blockMs?: number;
  /** What tells the time, by `now()`. Default the server's own clock, on which all agree. */
  clock?: Clock;
  /** Who is asked again later, while somebody waits. Default the platform's. */
  timer?: Timer;
  /** How many may wait in `acquire` here, from 0. Default 10 000; the next one gets a `QueueFullError`. */
  maxQueue?: number;
};

const NO_OPTIONS: WaitOptions = Object.freeze({});
/** What an endless block is in milliseconds. */
const FOR_EVER_MS = 1e15;

/**
 * Each call is one atomic script, sent by its digest; one that the server does not know is sent whole. A call rejects with what
 * the client rejects with.
 */
export class RedisRateLimiter implements AsyncRateLimiter {
  readonly limit: number;
  readonly windowMs: number;
  readonly #command: Command;
  readonly #prefix: string;
  readonly #plan: ResolvedLimit;
  readonly #script: string;
  readonly #blockMs: number;
  readonly #clock: Clock | undefined;
  readonly #lines: WaitingLines;
  #digest: Promise<string> | undefined;

  /** @throws TypeError, RangeError for options */
  constructor(options: RedisRateLimiterOptions) {
    const {
      client,
      prefix = 'limit:',
      blockMs = 0,
      clock,
      timer = systemTimer,
      maxQueue = DEFAULT_MAX_QUEUE,
    } = options;
    if (typeof prefix !== 'string') throw new TypeError(`prefix must be a string, got ${typeof prefix}`);
    if (blockMs !== 0) checkBlock(blockMs);
    if (maxQueue !== Number.POSITIVE_INFINITY) checkInteger(maxQueue, 'maxQueue', 0, Number.MAX_SAFE_INTEGER);
    this.#command = commandOf(client);
    this.#plan = resolveLimit(options);
    this.#script = SCRIPTS[this.#plan.algorithm] as string;
    this.#prefix = prefix;
    this.#blockMs = blockMs;
    this.#clock = clock;
    this.limit = this.#plan.limit;
    this.windowMs = this.#plan.windowMs;
    this.#lines = new WaitingLines({
      timer,
      maxQueue,
      maxLine: this.#plan.algorithm === LEAKY_QUEUE ? this.limit : Number.POSITIVE_INFINITY,
      giveBack: (key, cost) => void this.#run('reward', key, cost).catch(() => {}),
    });
  }

  /** Takes units, all or none. One round trip. */
  async consume(key: RateLimitKey, cost = 1): Promise<RateLimitResult> {
    return this.#run('consume', keyText(key), cost);
  }

  async peek(key: RateLimitKey, cost = 1): Promise<RateLimitResult> {
    return this.#run('peek', keyText(key), cost);
  }

  /** The same as `peek`, of a key that is known; `undefined` for one that is as if nobody had asked for it. */
  async get(key: RateLimitKey): Promise<RateLimitResult | undefined> {
    const result = await this.peek(key);
    return result.resetMs === 0 ? undefined : result;
  }

  async penalty(key: RateLimitKey, units = 1): Promise<RateLimitResult> {
    return this.#run('penalty', keyText(key), units);
  }

  async reward(key: RateLimitKey, units = 1): Promise<RateLimitResult> {
    const id = keyText(key);
    const result = await this.#run('reward', id, units);
    this.#lines.wake(id);
    return result;
  }

  async block(key: RateLimitKey, ms: number): Promise<RateLimitResult> {
    checkBlock(ms);
    return this.#run('block', keyText(key), 1, ms);
  }

  async delete(key: RateLimitKey): Promise<boolean> {
    const id = keyText(key);
    const there = Number(await this.#command('DEL', this.#prefix + id)) > 0;
    this.#lines.wake(id);
    return there;
  }

  /** `delete`. */
  reset(key: RateLimitKey): Promise<boolean> {
    return this.delete(key);
  }

  /**
   * Waits until the units are there, and takes them. Who waits longest here for a key comes first; who waits elsewhere may come
   * between.
   *
   * @throws RangeError at once when the cost is more than the limit
   * @returns a promise that rejects with `signal.reason`, `TimeoutError`, `QueueFullError`, or what the client rejects with
   */
  acquire(key: RateLimitKey, cost = 1, options: WaitOptions = NO_OPTIONS): Promise<RateLimitResult> {
    checkCost(cost);
    checkAcquire(cost, this.limit, options);
    if (options.signal?.aborted) return Promise.reject(options.signal.reason);
    const id = keyText(key);
    return this.#lines.join(id, cost, options, () => this.#run('consume', id, cost));
  }

  /** Ends all waits with a `ClosedError`. The client stays as it is. */
  [Symbol.dispose](): void {
    this.#lines.close('The RedisRateLimiter');
  }

  async #run(op: string, id: string, units: number, ms = 0): Promise<RateLimitResult> {
    checkCost(units);
    const { limit, period } = this.#plan;
    const finite = (value: number) => String(Math.min(value, FOR_EVER_MS));
    const args = [
      '1',
      this.#prefix + id,
      op,
      String(units),
      this.#clock === undefined ? '' : String(this.#clock.now()),
      String(limit),
      String(period),
      finite(this.#blockMs),
      finite(ms),
    ];
    const reply = (await this.#evaluate(args)) as unknown[];
    const [allowed, remaining, retry, reset] = reply.map(Number) as [number, number, number, number];
    return {
      allowed: allowed === 1,
      remaining,
      retryAfterMs: retry < 0 ? Number.POSITIVE_INFINITY : retry,
      resetMs: retry < 0 && reset > FOR_EVER_MS / 2 ? Number.POSITIVE_INFINITY : reset,
      limit,
    };
  }

  async #evaluate(args: readonly string[]): Promise<unknown> {
    this.#digest ??= sha1(this.#script);
    try {
      return await this.#command('EVALSHA', await this.#digest, ...args);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return this.#command('EVAL', this.#script, ...args);
    }
  }
}

async function sha1(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-1', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
