/** What a circuit breaker can be told, and what follows where nothing is said. */

import type { Clock } from '../../ports/clock.js';
import type { Random } from '../../ports/random.js';
import { checkCallback, checkDelay, checkDelayOrNever, checkInteger, checkNumber } from '../policy/check.js';
import type { PolicyContext } from '../policy/policy.js';
import type { Backoff } from '../retry/backoff.js';
import { delayOf, fixedBackoff } from '../retry/backoff.js';
import type { CircuitOpenError } from './circuit-breaker.js';
import type { BreakerDump } from './dump.js';
import type { MachineConfig } from './machine.js';
import { ConsecutiveWindow, CountWindow, type RateRule, TimeWindow, type Window } from './windows.js';

/**
 * What an outcome counts as. A number is a failure of that weight, above 0 and at most 31: two of 0.5 are one failure, so
 * that kinds of errors can have thresholds of their own. `undefined` decides nothing.
 */
export type Verdict = 'success' | 'failure' | 'ignore' | number | undefined;

export type Classify = (
  outcome: { readonly error?: unknown; readonly value?: unknown },
  context: PolicyContext,
) => Verdict;

export interface CircuitBreakerOptions {
  /** What is counted: failures in a row, the last calls, or the calls of the last seconds. Default `'count'`. */
  window?: 'consecutive' | 'count' | 'time';
  /** Window `'consecutive'`: opens after as many failures without a success in between. Default 5. */
  consecutiveFailures?: number;
  /** Window `'count'`: how many calls, from 1 to 1 000 000. Default 100. */
  windowCalls?: number;
  /** Window `'time'`: how long, from 1 ms. Default 10 000. */
  windowMs?: number;
  /** Window `'time'`: in how many steps it moves, from 1 to 1000. Default 10. */
  buckets?: number;
  /** Opens when as much of the calls failed, above 0 and at most 1. Default 0.5. */
  failureRate?: number;
  /** Windows `'count'` and `'time'`: a call that takes longer is slow, in milliseconds. Default `Infinity`: none is measured. */
  slowCallMs?: number;
  /** Opens when as much of the calls was slow, above 0 and at most 1. Default 1. */
  slowCallRate?: number;
  /** Rates of fewer calls say nothing. Default 20, and at most `windowCalls`. */
  minimumCalls?: number;
  /** How long it stays open; a back-off is asked with how often it opened in a row. Default 30 000. */
  openMs?: number | Backoff;
  /** Calls let through to see whether it may close; they are judged by the same rates. Default 1. */
  halfOpenCalls?: number;
  /** Probes that took longer without an end count as failed, or `Infinity`. Default 60 000. */
  maxHalfOpenMs?: number;
  /** Default: what is thrown is a failure, unless the caller aborted; what is given is a success. */
  classify?: Classify;
  /** Gives the result while the circuit lets nothing through. It must be of the type of what is executed. */
  fallback?: (error: CircuitOpenError, context: PolicyContext) => unknown;
  /** What a breaker dumped. */
  from?: BreakerDump;
  clock?: Clock;
  /** For back-offs with jitter. */
  random?: Random;
}

export interface Settled {
  readonly machine: MachineConfig;
  readonly timed: boolean;
  readonly slowCallMs: number;
}

/** The options with their defaults. @throws TypeError, RangeError */
export function settle(options: CircuitBreakerOptions, random: Random): Settled {
  const { window: type = 'count', openMs = 30_000, halfOpenCalls = 1, maxHalfOpenMs = 60_000 } = options;
  const { slowCallMs = Number.POSITIVE_INFINITY } = options;
  checkInteger('halfOpenCalls', halfOpenCalls, 1, 1e6);
  checkDelayOrNever('maxHalfOpenMs', maxHalfOpenMs);
  checkDelayOrNever('slowCallMs', slowCallMs);
  if (type === 'consecutive' && slowCallMs !== Number.POSITIVE_INFINITY) {
    throw new RangeError(`slowCallMs needs a window of calls or of time, got ${slowCallMs} with window 'consecutive'`);
  }
  checkCallback('classify', options.classify);
  checkCallback('fallback', options.fallback);
  if (typeof openMs !== 'function') checkDelay('openMs', openMs);
  const backoff = typeof openMs === 'function' ? openMs : fixedBackoff(openMs);
  const rule = type === 'consecutive' ? undefined : ruleOf(options, type);
  return {
    machine: {
      window: windowOf(options, type, rule),
      rule,
      halfOpenCalls,
      maxHalfOpenMs,
      openMsOf: (opening, previousMs) => delayOf(backoff, opening, previousMs, random),
    },
    timed: type === 'time',
    slowCallMs,
  };
}

function ruleOf(options: CircuitBreakerOptions, type: string): RateRule {
  const { failureRate = 0.5, slowCallRate = 1, windowCalls = 100 } = options;
  const most = type === 'count' ? windowCalls : Number.MAX_SAFE_INTEGER;
  const { minimumCalls = Math.min(20, most) } = options;
  checkNumber('failureRate', failureRate, Number.MIN_VALUE, 1);
  checkNumber('slowCallRate', slowCallRate, Number.MIN_VALUE, 1);
  checkInteger('windowCalls', windowCalls, 1, 1e6);
  checkInteger('minimumCalls', minimumCalls, 1, most);
  return { failureRate, slowCallRate, minimumCalls };
}

function windowOf(options: CircuitBreakerOptions, type: unknown, rule: RateRule | undefined): Window {
  const { consecutiveFailures = 5, windowCalls = 100, windowMs = 10_000, buckets = 10 } = options;
  if (rule === undefined) {
    checkInteger('consecutiveFailures', consecutiveFailures, 1, 1e6);
    return new ConsecutiveWindow(consecutiveFailures);
  }
  if (type === 'count') return new CountWindow(windowCalls, rule);
  if (type !== 'time') throw new RangeError(`window must be 'consecutive', 'count' or 'time', got ${String(type)}`);
  checkDelay('windowMs', windowMs, 1);
  checkInteger('buckets', buckets, 1, 1000);
  return new TimeWindow(windowMs, buckets, rule);
}
