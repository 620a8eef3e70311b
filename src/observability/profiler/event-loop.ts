/** How late the event loop is: a timer that should fire at even times, and how long after them it does. */

import { checkInteger } from '../../../bindings/sketch.js';
import { type Clock, systemClock } from '../../ports/clock.js';
import { type Cancel, systemTimer, type Timer } from '../../ports/timer.js';

export interface EventLoopProfilerOptions {
  /** How often it looks, in milliseconds. Default 10: shorter blocks may go unseen. */
  resolutionMs?: number;
  /** Delays from here on are listed as blocks, in milliseconds. Default 20. */
  blockMs?: number;
  /** Blocks that are listed, the longest ones. Default 16. */
  maxBlocks?: number;
  /** Default the platform's. */
  clock?: Clock;
  timer?: Timer;
}

/** A time in which nothing else could run, by `Clock.monotonic`. */
export interface LoopBlock {
  readonly startMs: number;
  readonly durationMs: number;
  /** What ran, outermost first, where a CPU profile was taken at the same time. */
  readonly stack?: readonly string[];
}

export interface LoopReport {
  readonly samples: number;
  /** Delays, in milliseconds; 0 where there were no samples. */
  readonly mean: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** The longest first. */
  readonly blocks: readonly LoopBlock[];
}

/** Delays are kept in bins that grow by a tenth: from 0.1 ms to an hour. */
const BINS = 192;
const FIRST_MS = 0.1;
const GROWTH = 1.1;

export class EventLoopProfiler {
  readonly #resolutionMs: number;
  readonly #blockMs: number;
  readonly #maxBlocks: number;
  readonly #clock: Clock;
  readonly #timer: Timer;
  readonly #edges: Float64Array;
  readonly #counts = new Float64Array(BINS);
  #blocks: LoopBlock[] = [];
  #samples = 0;
  #sum = 0;
  #max = 0;
  #lastMs = 0;
  #cancel: Cancel | undefined = undefined;

  /** @throws TypeError, RangeError */
  constructor(options: EventLoopProfilerOptions = {}) {
    const { resolutionMs = 10, blockMs = 20, maxBlocks = 16, clock = systemClock, timer = systemTimer } = options;
    checkInteger(resolutionMs, 'resolutionMs', 1, 60_000);
    checkInteger(maxBlocks, 'maxBlocks', 0, 10_000);
    if (!(blockMs > 0)) throw new RangeError(`blockMs must be above 0, got ${blockMs}`);
    this.#resolutionMs = resolutionMs;
    this.#blockMs = blockMs;
    this.#maxBlocks = maxBlocks;
    this.#clock = clock;
    this.#timer = timer;
    this.#edges = new Float64Array(BINS);
    for (let i = 0, edge = FIRST_MS; i < BINS; i++, edge *= GROWTH) this.#edges[i] = edge;
  }

  /** Begins to look; what was seen before is kept. Idempotent. */
  start(): void {
    if (this.#cancel !== undefined) return;
    this.#lastMs = this.#clock.monotonic();
    this.#cancel = this.#timer.every(this.#resolutionMs, () => this.#tick());
  }

  /** Stops looking. A block that has just ended counts. Idempotent. */
  stop(): LoopReport {
    if (this.#cancel !== undefined) {
      this.#cancel();
      this.#cancel = undefined;
      if (this.#clock.monotonic() - this.#lastMs > this.#resolutionMs) this.#tick();
    }
    return this.report();
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  report(): LoopReport {
    const { p50, p99 } = { p50: this.#quantile(0.5), p99: this.#quantile(0.99) };
    const samples = this.#samples;
    return {
      samples,
      mean: samples === 0 ? 0 : this.#sum / samples,
      p50,
      p99,
      max: this.#max,
      blocks: [...this.#blocks],
    };
  }

  #tick(): void {
    const nowMs = this.#clock.monotonic();
    const delayMs = Math.max(0, nowMs - this.#lastMs - this.#resolutionMs);
    const dueMs = nowMs - delayMs;
    this.#lastMs = nowMs;
    this.#samples++;
    this.#sum += delayMs;
    this.#max = Math.max(this.#max, delayMs);
    let bin = 0;
    while (bin < BINS - 1 && (this.#edges[bin] as number) < delayMs) bin++;
    this.#counts[bin] = (this.#counts[bin] as number) + 1;
    if (delayMs < this.#blockMs) return;
    // Whatever kept the loop began at some time in the period before the timer was due.
    this.#blocks.push({ startMs: dueMs, durationMs: delayMs });
    this.#blocks.sort((a, b) => b.durationMs - a.durationMs);
    if (this.#blocks.length > this.#maxBlocks) this.#blocks.pop();
  }

  #quantile(share: number): number {
    const wanted = Math.ceil(share * this.#samples);
    let seen = 0;
    for (let bin = 0; bin < BINS && wanted > 0; bin++) {
      seen += this.#counts[bin] as number;
      if (seen >= wanted) return bin === 0 ? 0 : Math.min(this.#max, this.#edges[bin] as number);
    }
    return 0;
  }
}
