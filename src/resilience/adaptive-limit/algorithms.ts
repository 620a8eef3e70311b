/**
 * How many calls should be out at once, from how long they take: AIMD, Vegas and Gradient2, as in Netflix's
 * concurrency-limits, whose defaults these have.
 *
 * By Little's law what a service can do at once is its rate times its latency without a queue. Each algorithm tries more
 * while latency stays what it is without a queue, and less when it rises. All of it is arithmetic; O(1) for each sample.
 */

import { checkInteger, checkNumber } from '../policy/check.js';

/** A call that ended, or what many of a window were. */
export interface LimitSample {
  /** How long it took, in milliseconds. */
  readonly rttMs: number;
  /** Calls that were out when it began, itself among them. */
  readonly inFlight: number;
  /** It was refused or timed out on the other side: too many were out. */
  readonly dropped: boolean;
  /** When it ended, by a monotonic clock. */
  readonly nowMs: number;
}

export interface LimitAlgorithm {
  /** How many may be out: a whole number from 1. */
  readonly limit: number;
  update(sample: LimitSample): void;
}

export interface AimdOptions {
  /** Default 20. */
  initialLimit?: number;
  /** Default 20. */
  minLimit?: number;
  /** Default 200. */
  maxLimit?: number;
  /** What the limit is multiplied by, from 0.5, below 1. Default 0.9. */
  backoffRatio?: number;
  /** A call that takes longer counts as dropped. Default 5000. */
  timeoutMs?: number;
}

/** Additive increase, multiplicative decrease: looks at drops alone, as TCP did before Vegas. */
export class Aimd implements LimitAlgorithm {
  readonly #bounds: Bounds;
  readonly #backoffRatio: number;
  readonly #timeoutMs: number;
  #limit: number;

  constructor(options: AimdOptions = {}) {
    const { backoffRatio = 0.9, timeoutMs = 5000 } = options;
    this.#bounds = boundsOf(options, 20, 200);
    checkNumber('backoffRatio', backoffRatio, 0.5, 1 - Number.EPSILON);
    checkNumber('timeoutMs', timeoutMs, Number.MIN_VALUE, Number.MAX_VALUE);
    this.#backoffRatio = backoffRatio;
    this.#timeoutMs = timeoutMs;
    this.#limit = this.#bounds.initialLimit;
  }

  get limit(): number {
    return this.#limit;
  }

  update({ rttMs, inFlight, dropped }: LimitSample): void {
    if (dropped || rttMs > this.#timeoutMs) this.#limit = Math.floor(this.#limit * this.#backoffRatio);
    // Who does not use the limit learns nothing about it.
    else if (inFlight * 2 >= this.#limit) this.#limit++;
    this.#limit = within(this.#bounds, this.#limit);
  }
}

export interface VegasOptions {
  /** Default 20. */
  initialLimit?: number;
  /** Default 1000. */
  maxLimit?: number;
  /** How much of a change is made at once, above 0 and at most 1. Default 1. */
  smoothing?: number;
  /** After how many calls, in limits, the latency without a queue is learnt anew. Default 30. */
  probeMultiplier?: number;
}

/**
 * Vegas (Brakmo, O'Malley and Peterson, SIGCOMM 1994): the queue is what the limit holds beyond what the least latency
 * accounts for; between alpha and beta calls in it the limit stays. Latency is learnt anew now and then, at a moment that
 * differs from instance to instance by half; here it follows from the count, so that a run can be repeated.
 */
export class Vegas implements LimitAlgorithm {
  readonly #bounds: Bounds;
  readonly #smoothing: number;
  readonly #probeMultiplier: number;
  #estimate: number;
  #leastRttMs = 0;
  #sinceProbe = 0;
  #jitter = 0.75;

  constructor(options: VegasOptions = {}) {
    const { smoothing = 1, probeMultiplier = 30 } = options;
    this.#bounds = boundsOf({ ...options, minLimit: 1 }, 1, 1000);
    checkNumber('smoothing', smoothing, Number.MIN_VALUE, 1);
    checkNumber('probeMultiplier', probeMultiplier, 1, 1e9);
    this.#smoothing = smoothing;
    this.#probeMultiplier = probeMultiplier;
    this.#estimate = this.#bounds.initialLimit;
  }

  get limit(): number {
    return Math.floor(this.#estimate);
  }

  update({ rttMs, inFlight, dropped }: LimitSample): void {
    if (!(rttMs > 0)) return;
    if (++this.#sinceProbe >= this.#jitter * this.#probeMultiplier * this.#estimate) {
      // A multiplicative walk over [0.5, 1): neighbours in time differ, and chance is not needed.
      this.#jitter = 0.5 + ((this.#jitter - 0.5 + 0.309) % 0.5);
      this.#sinceProbe = 0;
      this.#leastRttMs = rttMs;
      return;
    }
    if (this.#leastRttMs === 0 || rttMs < this.#leastRttMs) {
      this.#leastRttMs = rttMs;
      return;
    }
    const wanted = this.#wanted(rttMs, inFlight, dropped);
    if (wanted === undefined) return;
    const limit = within(this.#bounds, wanted);
    this.#estimate = (1 - this.#smoothing) * this.#estimate + this.#smoothing * limit;
  }

  #wanted(rttMs: number, inFlight: number, dropped: boolean): number | undefined {
    const estimate = this.#estimate;
    const step = Math.max(1, Math.floor(Math.log10(Math.floor(estimate))));
    if (dropped) return estimate - step;
    if (inFlight * 2 < estimate) return undefined;
    const queue = Math.ceil(estimate * (1 - this.#leastRttMs / rttMs));
    if (queue <= step) return estimate + 6 * step;
    if (queue < 3 * step) return estimate + step;
    return queue > 6 * step ? estimate - step : undefined;
  }
}

export interface Gradient2Options {
  /** Default 20. */
  initialLimit?: number;
  /** Default 20. */
  minLimit?: number;
  /** Default 200. */
  maxLimit?: number;
  /** Calls that may queue. Default 4. */
  queueSize?: number;
  /** How much of a change is made at once, above 0 and at most 1. Default 0.2. */
  smoothing?: number;
  /** How many times its long average a latency may be. From 1. Default 1.5. */
  rttTolerance?: number;
  /** Samples of the long average. Default 600. */
  longWindow?: number;
}

/** Samples that the long average begins with as a plain mean. */
const WARM_UP = 10;

/** Gradient2: the limit follows the ratio of the long average of latency to the latency now. */
export class Gradient2 implements LimitAlgorithm {
  readonly #bounds: Bounds;
  readonly #queueSize: number;
  readonly #smoothing: number;
  readonly #tolerance: number;
  readonly #weight: number;
  #estimate: number;
  #longRttMs = 0;
  #samples = 0;
  #sumMs = 0;

  constructor(options: Gradient2Options = {}) {
    const { queueSize = 4, smoothing = 0.2, rttTolerance = 1.5, longWindow = 600 } = options;
    this.#bounds = boundsOf(options, 20, 200);
    checkInteger('queueSize', queueSize, 0);
    checkNumber('smoothing', smoothing, Number.MIN_VALUE, 1);
    checkNumber('rttTolerance', rttTolerance, 1, 1000);
    checkInteger('longWindow', longWindow, 1);
    this.#queueSize = queueSize;
    this.#smoothing = smoothing;
    this.#tolerance = rttTolerance;
    this.#weight = 2 / (longWindow + 1);
    this.#estimate = this.#bounds.initialLimit;
  }

  get limit(): number {
    return Math.floor(this.#estimate);
  }

  update({ rttMs, inFlight }: LimitSample): void {
    if (!(rttMs > 0)) return;
    this.#learn(rttMs);
    // After a slow time the average is far above what is usual again: it comes down faster than it would.
    if (this.#longRttMs / rttMs > 2) this.#longRttMs *= 0.95;
    if (inFlight < this.#estimate / 2) return;
    const gradient = Math.max(0.5, Math.min(1, (this.#tolerance * this.#longRttMs) / rttMs));
    const wanted = this.#estimate * gradient + this.#queueSize;
    this.#estimate = within(this.#bounds, this.#estimate * (1 - this.#smoothing) + wanted * this.#smoothing);
  }

  #learn(rttMs: number): void {
    if (this.#samples < WARM_UP) {
      this.#samples++;
      this.#sumMs += rttMs;
      this.#longRttMs = this.#sumMs / this.#samples;
    } else this.#longRttMs += (rttMs - this.#longRttMs) * this.#weight;
  }
}

export interface WindowedOptions {
  /** The least length of a window, in milliseconds. Default 1000. */
  minWindowMs?: number;
  /** The most. A window is twice its least latency in between. Default 1000. */
  maxWindowMs?: number;
  /** Samples that a window needs. Default 10. */
  minSamples?: number;
  /** Faster calls are not counted: they did nothing. Default 0.1. */
  minRttMs?: number;
}

/** Gives another algorithm one sample a window: the mean latency, the most that were out, and whether any was dropped. */
export class Windowed implements LimitAlgorithm {
  readonly #algorithm: LimitAlgorithm;
  readonly #options: Required<WindowedOptions>;
  #endsMs = Number.NEGATIVE_INFINITY;
  #samples = 0;
  #sumMs = 0;
  #leastMs = Number.POSITIVE_INFINITY;
  #inFlight = 0;
  #dropped = false;

  constructor(algorithm: LimitAlgorithm, options: WindowedOptions = {}) {
    const { minWindowMs = 1000, maxWindowMs = Math.max(1000, minWindowMs), minSamples = 10, minRttMs = 0.1 } = options;
    checkNumber('minWindowMs', minWindowMs, 1, 1e9);
    checkNumber('maxWindowMs', maxWindowMs, minWindowMs, 1e9);
    checkInteger('minSamples', minSamples, 1);
    checkNumber('minRttMs', minRttMs, 0, 1e9);
    this.#algorithm = algorithm;
    this.#options = { minWindowMs, maxWindowMs, minSamples, minRttMs };
  }

  get limit(): number {
    return this.#algorithm.limit;
  }

  update({ rttMs, inFlight, dropped, nowMs }: LimitSample): void {
    if (rttMs < this.#options.minRttMs) return;
    this.#samples++;
    this.#sumMs += rttMs;
    this.#leastMs = Math.min(this.#leastMs, rttMs);
    this.#inFlight = Math.max(this.#inFlight, inFlight);
    this.#dropped ||= dropped;
    if (this.#endsMs === Number.NEGATIVE_INFINITY) this.#endsMs = nowMs + this.#options.minWindowMs;
    if (nowMs < this.#endsMs || this.#samples < this.#options.minSamples) return;
    const { minWindowMs, maxWindowMs } = this.#options;
    this.#endsMs = nowMs + Math.min(Math.max(this.#leastMs * 2, minWindowMs), maxWindowMs);
    const sample = { rttMs: this.#sumMs / this.#samples, inFlight: this.#inFlight, dropped: this.#dropped, nowMs };
    this.#samples = 0;
    this.#sumMs = 0;
    this.#leastMs = Number.POSITIVE_INFINITY;
    this.#inFlight = 0;
    this.#dropped = false;
    this.#algorithm.update(sample);
  }
}

interface Bounds {
  readonly initialLimit: number;
  readonly minLimit: number;
  readonly maxLimit: number;
}

function boundsOf(options: Partial<Bounds>, least: number, most: number): Bounds {
  const { maxLimit = Math.max(most, options.minLimit ?? 0, options.initialLimit ?? 0) } = options;
  checkInteger('maxLimit', maxLimit, 1);
  const { minLimit = Math.min(least, maxLimit, options.initialLimit ?? least) } = options;
  checkInteger('minLimit', minLimit, 1, maxLimit);
  const { initialLimit = Math.min(maxLimit, Math.max(minLimit, 20)) } = options;
  checkInteger('initialLimit', initialLimit, minLimit, maxLimit);
  return { initialLimit, minLimit, maxLimit };
}

function within(bounds: Bounds, limit: number): number {
  return Math.max(bounds.minLimit, Math.min(bounds.maxLimit, limit));
}
