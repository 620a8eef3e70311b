/**
 * Hedged calls (Dean and Barroso, "The Tail at Scale", 2013): when a call takes longer than is usual, a second one is made,
 * and the first success counts; the others are aborted.
 *
 * For what may be done twice only. Bounds: `maxHedges` besides the first, and the budget, where there is one. An attempt that
 * fails lets the next begin at once; when all have failed, the last error is thrown.
 */

import { AshlarError } from '../../../bindings/errors.js';
import { Events, type Listener } from '../../base/events.js';
import { type Clock, systemClock } from '../../ports/clock.js';
import { type Cancel, systemTimer, type Timer } from '../../ports/timer.js';
import type { Call } from '../policy/call.js';
import { checkCallback, checkDelay, checkInteger, checkNumber } from '../policy/check.js';
import { LatencyWindow } from '../policy/latency.js';
import { type Next, Policy, type PolicyContext } from '../policy/policy.js';
import type { Budget } from '../retry/budget.js';

/** Why an attempt was aborted: another one came first, or the call ended. */
export class HedgeLostError extends AshlarError {
  constructor() {
    super('HEDGE_LOST', 'Another attempt of the same call came first');
  }
}

/** A delay from a percentile of the latest successes. */
export interface HedgePercentile {
  /** Above 0 and at most 1. Default 0.95: one call in twenty is hedged. */
  quantile?: number;
  /** The delay while there are few samples, in milliseconds, and the most. */
  maxMs: number;
  /** The least delay. Default 1. */
  minMs?: number;
  /** Samples kept. Default 256. */
  window?: number;
  /** Samples without which the delay is `maxMs`. Default 20. */
  minimumSamples?: number;
}

export interface HedgeOptions {
  /** How long to wait for an attempt before the next one, in milliseconds; 0 begins all at once. */
  delayMs: number | HedgePercentile;
  /** Attempts besides the first, from 1 to 100. Default 1. */
  maxHedges?: number;
  /** Which errors let another attempt begin or be waited for; others end the call. Default all. */
  hedgeIf?: (error: unknown, context: PolicyContext) => boolean;
  /** Shared by calls: how many hedges there may be. Default any number. */
  budget?: Budget;
  clock?: Clock;
  timer?: Timer;
}

export interface HedgeEvents {
  /** Another attempt begins. */
  hedge: { readonly attempt: number };
  /** A call ended; `attempt` is the one that succeeded. */
  success: { readonly attempt: number; readonly attempts: number };
}

/** A policy that makes a second call when the first is slow. @throws TypeError, RangeError when an option cannot be */
export function hedge(options: number | HedgeOptions): Hedge {
  return new Hedge(options);
}

interface Settings {
  readonly maxHedges: number;
  readonly hedgeIf: HedgeOptions['hedgeIf'];
  readonly budget: Budget | undefined;
  readonly clock: Clock;
  readonly timer: Timer;
  readonly events: Events<HedgeEvents>;
  readonly latencies: LatencyWindow | undefined;
}

export class Hedge extends Policy {
  readonly #fixedMs: number;
  readonly #percentile: Required<HedgePercentile> | undefined;
  readonly #settings: Settings;

  constructor(given: number | HedgeOptions) {
    super();
    const options: HedgeOptions = typeof given === 'number' ? { delayMs: given } : given;
    const { delayMs, maxHedges = 1, hedgeIf, budget, clock = systemClock, timer = systemTimer } = options;
    if (typeof delayMs === 'object' && delayMs !== null) this.#percentile = settle(delayMs);
    else checkDelay('delayMs', delayMs);
    checkInteger('maxHedges', maxHedges, 1, 100);
    checkCallback('hedgeIf', hedgeIf);
    if (budget !== undefined && typeof budget?.withdraw !== 'function') {
      throw new TypeError(`budget must be a Budget, got ${typeof budget}`);
    }
    this.#fixedMs = typeof delayMs === 'number' ? delayMs : 0;
    const latencies = this.#percentile && new LatencyWindow(this.#percentile.window);
    this.#settings = { maxHedges, hedgeIf, budget, clock, timer, events: new Events(), latencies };
  }

  /** How long a call that begins now waits before it is hedged. */
  get delayMs(): number {
    const percentile = this.#percentile;
    if (percentile === undefined) return this.#fixedMs;
    const latencies = this.#settings.latencies as LatencyWindow;
    if (latencies.count < percentile.minimumSamples) return percentile.maxMs;
    const usualMs = latencies.percentile(percentile.quantile) as number;
    return Math.min(percentile.maxMs, Math.max(percentile.minMs, usualMs));
  }

  /** Adds a listener to an event; what comes back removes it. */
  on<K extends keyof HedgeEvents>(event: K, listener: Listener<HedgeEvents[K]>): () => void {
    return this.#settings.events.on(event, listener);
  }

  run<R>(next: Next<R>, call: Call): Promise<R> {
    if (call.aborted) return Promise.reject(call.reason);
    return new Promise((resolve, reject) => {
      new Race(this.#settings, this.delayMs, next, call, resolve, reject).begin();
    });
  }
}

/** One call and its attempts. */
class Race<R> {
  readonly #settings: Settings;
  readonly #delayMs: number;
  readonly #next: Next<R>;
  readonly #call: Call;
  readonly #resolve: (value: R) => void;
  readonly #reject: (reason: unknown) => void;
  readonly #attempts: Call[] = [];
  #out = 0;
  #over = false;
  #mayHedge = true;
  #cancelTimer: Cancel | undefined = undefined;

  constructor(
    settings: Settings,
    delayMs: number,
    next: Next<R>,
    call: Call,
    resolve: (value: R) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#settings = settings;
    this.#delayMs = delayMs;
    this.#next = next;
    this.#call = call;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  begin(): void {
    this.#call.listen(this.#onAbort);
    this.#settings.budget?.deposit();
    this.#attempt();
  }

  #attempt(): void {
    const attempt = this.#attempts.length + 1;
    const call = this.#call.scope(attempt);
    this.#attempts.push(call);
    this.#out++;
    if (attempt > 1 && this.#settings.events.active) this.#settings.events.emit('hedge', { attempt });
    const startMs = this.#settings.latencies === undefined ? 0 : this.#settings.clock.monotonic();
    void this.#follow(call, startMs);
    // One that failed at once may have begun the next already.
    if (this.#over || this.#attempts.length !== attempt || attempt > this.#settings.maxHedges) return;
    this.#cancelTimer = this.#settings.timer.after(this.#delayMs, () => this.#hedge());
  }

  async #follow(call: Call, startMs: number): Promise<void> {
    try {
      const value = await this.#next(call);
      if (this.#over) return;
      const { latencies, budget, events, clock } = this.#settings;
      latencies?.add(clock.monotonic() - startMs);
      budget?.succeeded();
      if (events.active) events.emit('success', { attempt: call.attempt, attempts: this.#attempts.length });
      // What has ended is not aborted with the others.
      call.end();
      this.#end();
      this.#resolve(value);
    } catch (error) {
      if (!this.#over) this.#failed(error, call);
    }
  }

  #failed(error: unknown, call: Call): void {
    this.#out--;
    call.end();
    const { hedgeIf, budget } = this.#settings;
    if (hedgeIf === undefined || this.#asked(hedgeIf, error, call)) {
      budget?.failed();
      this.#cancelTimer?.();
      if (this.#hedge() || this.#out > 0) return;
    }
    this.#end();
    this.#reject(error);
  }

  /** A predicate that throws says no. */
  #asked(hedgeIf: NonNullable<HedgeOptions['hedgeIf']>, error: unknown, call: Call): boolean {
    try {
      return hedgeIf(error, call);
    } catch {
      return false;
    }
  }

  /** Begins another attempt, where one may be made. */
  #hedge(): boolean {
    if (this.#over || !this.#mayHedge || this.#attempts.length > this.#settings.maxHedges) return false;
    if (this.#settings.budget !== undefined && !this.#settings.budget.withdraw()) {
      this.#mayHedge = false;
      return false;
    }
    this.#attempt();
    return true;
  }

  readonly #onAbort = (): void => {
    const { reason } = this.#call;
    if (this.#over) return;
    this.#end(reason);
    this.#reject(reason);
  };

  /** Nobody waits any more: what is still out is aborted. */
  #end(reason?: unknown): void {
    this.#over = true;
    this.#cancelTimer?.();
    this.#call.unlisten(this.#onAbort);
    if (this.#attempts.length > 1 || reason !== undefined) {
      const lost = reason ?? new HedgeLostError();
      for (const attempt of this.#attempts) attempt.abort(lost);
    }
    for (const attempt of this.#attempts) attempt.end();
  }
}

function settle(options: HedgePercentile): Required<HedgePercentile> {
  const { quantile = 0.95, maxMs, minMs = 1, window = 256, minimumSamples = 20 } = options;
  checkNumber('quantile', quantile, Number.MIN_VALUE, 1);
  checkDelay('maxMs', maxMs);
  checkNumber('minMs', minMs, 0, maxMs);
  checkInteger('window', window, 1, 1e6);
  checkInteger('minimumSamples', minimumSamples, 1, window);
  return { quantile, maxMs, minMs, window, minimumSamples };
}
