/** What every rate limiter does, wherever its keys are. */

import type { WaitOptions } from '../../base/waiter.js';

/** A key: bytes, a string that stands for its UTF-8 bytes, or a safe integer, which is no string of digits. */
export type RateLimitKey = string | Uint8Array | number;

export interface RateLimitResult {
  /** Whether the units were taken. Where they were not, nothing was. */
  readonly allowed: boolean;
  /** Units that could be taken now. */
  readonly remaining: number;
  /** Whole milliseconds until the same would be let through if nobody else asked; 0 when it was, `Infinity` for never. */
  readonly retryAfterMs: number;
  /** Whole milliseconds until the key is as if nobody had asked for it. */
  readonly resetMs: number;
  /** Units there are at most. */
  readonly limit: number;
}

/** The methods of a limiter that answers at once. */
export interface RateLimiter {
  /** Units there are at most. */
  readonly limit: number;
  /** Milliseconds in which the limit comes back from nothing. */
  readonly windowMs: number;
  /** Takes units, all or none. */
  consume(key: RateLimitKey, cost?: number): RateLimitResult;
  /** What `consume` would answer; nothing changes. */
  peek(key: RateLimitKey, cost?: number): RateLimitResult;
  /** Takes units whether they are there or not, as far as there are any. `allowed` is then about one more. */
  penalty(key: RateLimitKey, units?: number): RateLimitResult;
  /** Gives units back, as far as any were taken. */
  reward(key: RateLimitKey, units?: number): RateLimitResult;
  /** Lets nothing through for so long, `Infinity` until `delete`; then the key is as if nobody had asked for it. */
  block(key: RateLimitKey, ms: number): RateLimitResult;
  /** Forgets a key, blocked or not; whether there was anything to forget. */
  delete(key: RateLimitKey): boolean;
  /** Waits until the units are there, and takes them: who waits longest comes first. */
  acquire(key: RateLimitKey, cost?: number, options?: WaitOptions): Promise<RateLimitResult>;
}

/** The same of a limiter elsewhere. */
export interface AsyncRateLimiter {
  readonly limit: number;
  readonly windowMs: number;
  consume(key: RateLimitKey, cost?: number): Promise<RateLimitResult>;
  peek(key: RateLimitKey, cost?: number): Promise<RateLimitResult>;
  penalty(key: RateLimitKey, units?: number): Promise<RateLimitResult>;
  reward(key: RateLimitKey, units?: number): Promise<RateLimitResult>;
  block(key: RateLimitKey, ms: number): Promise<RateLimitResult>;
  delete(key: RateLimitKey): Promise<boolean>;
  acquire(key: RateLimitKey, cost?: number, options?: WaitOptions): Promise<RateLimitResult>;
}

export type AnyRateLimiter = RateLimiter | AsyncRateLimiter;
