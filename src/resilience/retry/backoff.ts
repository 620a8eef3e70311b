/**
 * How long to wait before the next attempt: fixed, linear, exponential, each with or without jitter.
 *
 * Jitter spreads what would otherwise come back all at once. Its three forms are those of Brooker, "Exponential Backoff And
 * Jitter" (AWS Architecture Blog, 2015). With d the delay without jitter: full, uniform in [0, d); equal, d / 2 + uniform in
 * [0, d / 2); decorrelated, uniform in [base, 3 × the delay before).
 */

import { MOST_DELAY_MS } from '../../base/waiter.js';
import type { Random } from '../../ports/random.js';
import { checkDelay, checkNumber } from '../policy/check.js';

/**
 * The delay before a retry, in milliseconds.
 *
 * @param retry which retry it is, from 1
 * @param previousMs the delay before the retry before it; 0 for the first
 */
export type Backoff = (retry: number, previousMs: number, random: Random) => number;

export type Jitter = 'none' | 'full' | 'equal';

const DEFAULT_MAX_MS = 30_000;

/** Always the same. */
export function fixedBackoff(delayMs: number): Backoff {
  checkDelay('delayMs', delayMs);
  return () => delayMs;
}

export interface LinearBackoffOptions {
  /** Before the first retry. */
  initialMs: number;
  /** Added for each retry after it. Default `initialMs`. */
  incrementMs?: number;
  /** Default 30 000. */
  maxMs?: number;
  /** Default `'none'`. */
  jitter?: Jitter;
}

/** `initialMs + (retry − 1) × incrementMs`. */
export function linearBackoff(options: LinearBackoffOptions): Backoff {
  const { initialMs, incrementMs = initialMs, maxMs = DEFAULT_MAX_MS, jitter = 'none' } = options;
  checkDelay('initialMs', initialMs);
  checkDelay('incrementMs', incrementMs);
  checkDelay('maxMs', maxMs);
  return jittered((retry) => Math.min(maxMs, initialMs + (retry - 1) * incrementMs), jitter);
}

export interface ExponentialBackoffOptions {
  /** Before the first retry. Default 100. */
  initialMs?: number;
  /** From 1. Default 2. */
  multiplier?: number;
  /** Default 30 000. */
  maxMs?: number;
  /** Default `'full'`. */
  jitter?: Jitter;
}

/** `initialMs × multiplier^(retry − 1)`. */
export function exponentialBackoff(options: ExponentialBackoffOptions = {}): Backoff {
  const { initialMs = 100, multiplier = 2, maxMs = DEFAULT_MAX_MS, jitter = 'full' } = options;
  checkDelay('initialMs', initialMs);
  checkNumber('multiplier', multiplier, 1, Number.MAX_VALUE);
  checkDelay('maxMs', maxMs);
  // Of a large power, infinity: the least of it and the most is the most; but nothing times infinity is no number.
  if (initialMs === 0) return () => 0;
  return jittered((retry) => Math.min(maxMs, initialMs * multiplier ** (retry - 1)), jitter);
}

export interface DecorrelatedBackoffOptions {
  /** The least delay. Default 100. */
  baseMs?: number;
  /** Default 30 000. */
  maxMs?: number;
}

/** Uniform from the base to three times the delay before, so that each caller walks a way of its own. */
export function decorrelatedBackoff(options: DecorrelatedBackoffOptions = {}): Backoff {
  const { baseMs = 100, maxMs = DEFAULT_MAX_MS } = options;
  checkDelay('baseMs', baseMs);
  checkDelay('maxMs', maxMs);
  return (_retry, previousMs, random) => {
    const most = Math.max(previousMs, baseMs) * 3;
    return Math.min(maxMs, baseMs + random.float() * (most - baseMs));
  };
}

/** A back-off with jitter. */
export function jittered(backoff: Backoff, jitter: Jitter): Backoff {
  if (jitter === 'none') return backoff;
  if (jitter === 'full') return (retry, previous, random) => random.float() * backoff(retry, previous, random);
  if (jitter === 'equal') {
    return (retry, previous, random) => {
      const half = backoff(retry, previous, random) / 2;
      return half + random.float() * half;
    };
  }
  throw new RangeError(`jitter must be 'none', 'full' or 'equal', got ${String(jitter)}`);
}

/** What a back-off said, as what a timer takes. @throws RangeError when it said what is no time */
export function delayOf(backoff: Backoff, retry: number, previousMs: number, random: Random): number {
  const delayMs = backoff(retry, previousMs, random);
  if (!(delayMs >= 0)) throw new RangeError(`A backoff must give milliseconds from 0, got ${String(delayMs)}`);
  return Math.min(delayMs, MOST_DELAY_MS);
}
