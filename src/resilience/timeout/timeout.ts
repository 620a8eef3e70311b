/**
 * A timeout: tells a call at its deadline that it is over, by its signal, and by default does not wait for it to listen.
 *
 * All calls of one policy with a fixed time end in the order in which they began, so one platform timer, for the oldest,
 * serves them all: beginning and ending a call are O(1). Deadlines are of the monotonic clock: one that jumps ends nothing.
 */

import { Events, type Listener } from '../../base/events.js';
import type { TimeoutError } from '../../base/wait-errors.js';
import { type Clock, systemClock } from '../../ports/clock.js';
import { systemTimer, type Timer } from '../../ports/timer.js';
import type { Call } from '../policy/call.js';
import { checkDelay, checkInteger, checkNumber } from '../policy/check.js';
import { LatencyWindow } from '../policy/latency.js';
import { type Next, Policy } from '../policy/policy.js';
import { Deadlines, TimedCall } from './deadlines.js';

/** A time from a percentile of the latest successes, so that a timeout follows what is usual. */
export interface AdaptiveTimeout {
  /** Which percentile, above 0 and at most 1. Default 0.99. */
  quantile?: number;
  /** What it is multiplied by. Default 2. */
  multiplier?: number;
  /** The least time, and the time while there are few samples is `maxMs`. Default 1. */
  minMs?: number;
  /** The most time. */
  maxMs: number;
  /** Samples kept. Default 256. */
  window?: number;
  /** Samples without which the time is `maxMs`. Default 20. */
  minimumSamples?: number;
}

export interface TimeoutOptions {
  /** The time, from 0 to 2^31 − 1 milliseconds, or how it follows from latencies. */
  timeoutMs: number | AdaptiveTimeout;
  /**
   * `'aggressive'`: rejects at the deadline and at an abort, whatever the function does; what it gives later is dropped.
   * `'cooperative'`: waits until the function ends, and rejects only when it then threw. Default `'aggressive'`.
   */
  mode?: 'aggressive' | 'cooperative';
  clock?: Clock;
  timer?: Timer;
}

export interface TimeoutEvents {
  /** A deadline came before the end. */
  timeout: TimeoutError;
}

/** A policy that bounds how long a call takes. @throws TypeError, RangeError when an option cannot be */
export function timeout(options: number | TimeoutOptions): Timeout {
  return new Timeout(options);
}

export class Timeout extends Policy {
  readonly #fixedMs: number;
  readonly #adaptive: Required<AdaptiveTimeout> | undefined;
  readonly #latencies: LatencyWindow | undefined;
  readonly #cooperative: boolean;
  readonly #clock: Clock;
  readonly #deadlines: Deadlines;
  readonly #events = new Events<TimeoutEvents>();

  constructor(given: number | TimeoutOptions) {
    super();
    const options: TimeoutOptions = typeof given === 'number' ? { timeoutMs: given } : given;
    const { timeoutMs, mode = 'aggressive', clock = systemClock, timer = systemTimer } = options;
    if (mode !== 'aggressive' && mode !== 'cooperative') {
      throw new RangeError(`mode must be 'aggressive' or 'cooperative', got ${String(mode)}`);
    }
    if (typeof timeoutMs === 'object' && timeoutMs !== null) {
      this.#adaptive = settle(timeoutMs);
      this.#latencies = new LatencyWindow(this.#adaptive.window);
    } else checkDelay('timeoutMs', timeoutMs);
    this.#fixedMs = typeof timeoutMs === 'number' ? timeoutMs : 0;
    this.#cooperative = mode === 'cooperative';
    this.#clock = clock;
    this.#deadlines = new Deadlines(clock, timer, (error) => {
      if (this.#events.active) this.#events.emit('timeout', error);
    });
  }

  /** The time of a call that begins now. */
  get timeoutMs(): number {
    const adaptive = this.#adaptive;
    if (adaptive === undefined) return this.#fixedMs;
    const latencies = this.#latencies as LatencyWindow;
    if (latencies.count < adaptive.minimumSamples) return adaptive.maxMs;
    const usualMs = latencies.percentile(adaptive.quantile) as number;
    return Math.min(adaptive.maxMs, Math.max(adaptive.minMs, usualMs * adaptive.multiplier));
  }

  /** Adds a listener to an event; what comes back removes it. */
  on<K extends keyof TimeoutEvents>(event: K, listener: Listener<TimeoutEvents[K]>): () => void {
    return this.#events.on(event, listener);
  }

  run<R>(next: Next<R>, call: Call): Promise<R> {
    if (call.aborted) return Promise.reject(call.reason);
    return this.#cooperative ? this.#cooperate(next, call) : this.#race(next, call);
  }

  async #cooperate<R>(next: Next<R>, call: Call): Promise<R> {
    const timed = this.#begin(call);
    try {
      const value = await next(timed.call);
      this.#learn(timed);
      return value;
    } catch (error) {
      // What was thrown because of the deadline is the deadline.
      throw timed.error ?? error;
    } finally {
      timed.finish();
    }
  }

  #race<R>(next: Next<R>, call: Call): Promise<R> {
    return new Promise((resolve, reject) => {
      const timed = this.#begin(call, reject);
      if (call.abortable) timed.heed(call);
      const won = (value: R): void => {
        if (!timed.finish()) return;
        this.#learn(timed);
        resolve(value);
      };
      const lost = (error: unknown): void => {
        if (timed.finish()) reject(error);
      };
      try {
        const result = next(timed.call);
        if (isThenable(result)) result.then(won, lost);
        else won(result);
      } catch (error) {
        lost(error);
      }
    });
  }

  #begin(call: Call, reject?: (reason: unknown) => void): TimedCall {
    const timeoutMs = this.timeoutMs;
    const timed = new TimedCall(this.#deadlines, call.scope(), timeoutMs, this.#clock.monotonic(), reject);
    if (this.#adaptive === undefined) this.#deadlines.add(timed);
    else this.#deadlines.addAlone(timed);
    return timed;
  }

  #learn(timed: TimedCall): void {
    if (this.#latencies !== undefined && timed.error === undefined) {
      this.#latencies.add(this.#clock.monotonic() - timed.startMs);
    }
  }
}

function isThenable<R>(value: R | PromiseLike<R>): value is PromiseLike<R> {
  return typeof value === 'object' && value !== null && typeof (value as PromiseLike<R>).then === 'function';
}

function settle(options: AdaptiveTimeout): Required<AdaptiveTimeout> {
  const { quantile = 0.99, multiplier = 2, minMs = 1, maxMs, window = 256, minimumSamples = 20 } = options;
  checkNumber('quantile', quantile, Number.MIN_VALUE, 1);
  checkNumber('multiplier', multiplier, Number.MIN_VALUE, 1e9);
  checkDelay('maxMs', maxMs);
  checkNumber('minMs', minMs, 0, maxMs);
  checkInteger('window', window, 1, 1e6);
  checkInteger('minimumSamples', minimumSamples, 1, window);
  return { quantile, multiplier, minMs, maxMs, window, minimumSamples };
}
