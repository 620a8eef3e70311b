/**
 * Latency heat maps (Brendan Gregg, "Visualizing System Latency", ACM Queue 2010): time from left to right, latency from the
 * bottom up, and how often as colour. Two modes, a creeping tail, a pause every minute: what one percentile hides.
 */

import { checkInteger } from '../../../bindings/sketch.js';
import { describe } from '../../../bindings/staging.js';
import { type Clock, systemClock } from '../../ports/clock.js';
import { type HeatMapCells, heatMapSvg, heatMapText, type SvgOptions, type TextOptions } from './render.js';

export interface LatencyHeatMapOptions {
  /** How long a column lasts, in milliseconds. Default 1000. */
  columnMs?: number;
  /** Columns that are kept, the newest ones; 1 to 2000. Default 120. */
  columns?: number;
  /** Rows, 2 to 200. Default 32. */
  rows?: number;
  /** Latencies up to here are in the first row, in milliseconds. Above 0; default 0.1. */
  lowestMs?: number;
  /** Latencies above are in the last row. Default 10 000. */
  highestMs?: number;
  /** Default the platform's. */
  clock?: Clock;
}

/** Counts of values from `from` on, up to `to`: what histograms hold. */
export interface CountedRange {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** What has its counts as steps: an `HdrHistogram`. */
export interface SteppedHistogram {
  recorded(): Iterable<{ readonly value: number; readonly count: number }>;
}

export class LatencyHeatMap {
  readonly #clock: Clock;
  readonly #columnMs: number;
  readonly #columns: number;
  readonly #edges: Float64Array;
  /** Columns in a ring, each of as many counts as there are rows. */
  readonly #counts: Float64Array;
  /** Which column of all time each of the ring's is; −1 for none. */
  readonly #numbers: Float64Array;
  #startMs: number;
  #newest = 0;

  /** @throws TypeError, RangeError */
  constructor(options: LatencyHeatMapOptions = {}) {
    const { columnMs = 1000, columns = 120, rows = 32, lowestMs = 0.1, highestMs = 10_000 } = options;
    const { clock = systemClock } = options;
    checkInteger(columns, 'columns', 1, 2000);
    checkInteger(rows, 'rows', 2, 200);
    if (!(columnMs >= 1)) throw new RangeError(`columnMs must be from 1, got ${describe(columnMs)}`);
    if (!(lowestMs > 0 && highestMs > lowestMs && highestMs < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`lowestMs must be above 0, and highestMs above it, got ${lowestMs} and ${highestMs}`);
    }
    this.#clock = clock;
    this.#columnMs = columnMs;
    this.#columns = columns;
    this.#edges = edgesBetween(lowestMs, highestMs, rows);
    this.#counts = new Float64Array(columns * rows);
    this.#numbers = new Float64Array(columns).fill(-1);
    this.#startMs = clock.monotonic();
  }

  /** Counts a latency now. O(log rows). @throws TypeError, RangeError for what is no finite number from 0 */
  record(ms: number): void {
    this.#add(ms, 1);
  }

  /**
   * Counts what a histogram holds now, such as that of the last interval: an `HdrHistogram`, or the buckets of one of the metrics.
   *
   * @param perMs how many of its units are a millisecond: 1000 for microseconds, 0.001 for seconds. Default 1
   */
  recordHistogram(histogram: SteppedHistogram | Iterable<CountedRange>, perMs = 1): void {
    if (!(perMs > 0)) throw new RangeError(`perMs must be above 0, got ${describe(perMs)}`);
    const all = [];
    if ('recorded' in histogram) {
      for (const { value, count } of histogram.recorded()) all.push({ ms: value / perMs, count });
    } else {
      for (const { from, to, count } of histogram) all.push({ ms: (from + to) / 2 / perMs, count });
    }
    for (const { ms, count } of all) if (count > 0) this.#add(ms, count);
  }

  /** What is counted now: all rows of the columns up to this moment. */
  cells(): HeatMapCells {
    const rows = this.#edges.length;
    this.#moveOn();
    const first = Math.max(0, this.#newest - this.#columns + 1);
    const columns: number[][] = [];
    for (let number = first; number <= this.#newest; number++) {
      const slot = number % this.#columns;
      const isThere = this.#numbers[slot] === number;
      columns.push(
        isThere ? [...this.#counts.subarray(slot * rows, (slot + 1) * rows)] : new Array<number>(rows).fill(0),
      );
    }
    return { columns, edgesMs: [...this.#edges], columnMs: this.#columnMs, firstMs: first * this.#columnMs };
  }

  /** As an SVG document. */
  toSvg(options: SvgOptions = {}): string {
    return heatMapSvg(this.cells(), options);
  }

  /** For a terminal. */
  toText(options: TextOptions = {}): string {
    return heatMapText(this.cells(), options);
  }

  /** Forgets everything. */
  reset(): void {
    this.#numbers.fill(-1);
    this.#startMs = this.#clock.monotonic();
    this.#newest = 0;
  }

  #add(ms: number, count: number): void {
    if (typeof ms !== 'number') throw new TypeError(`A latency must be a number, got ${describe(ms)}`);
    if (!(ms >= 0 && ms < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`A latency must be finite and from 0, got ${ms}`);
    }
    this.#moveOn();
    const rows = this.#edges.length;
    const slot = this.#newest % this.#columns;
    if (this.#numbers[slot] !== this.#newest) {
      this.#numbers[slot] = this.#newest;
      this.#counts.fill(0, slot * rows, (slot + 1) * rows);
    }
    const at = slot * rows + rowOf(this.#edges, ms);
    this.#counts[at] = (this.#counts[at] as number) + count;
  }

  #moveOn(): void {
    const number = Math.floor((this.#clock.monotonic() - this.#startMs) / this.#columnMs);
    this.#newest = Math.max(this.#newest, number);
  }
}

/** Upper ends of the rows, each the same factor above the one before; the last row has none. */
function edgesBetween(lowestMs: number, highestMs: number, rows: number): Float64Array {
  const edges = new Float64Array(rows);
  const factor = (highestMs / lowestMs) ** (1 / (rows - 1));
  let edge = lowestMs;
  for (let row = 0; row < rows - 1; row++, edge *= factor) edges[row] = edge;
  edges[rows - 1] = Number.POSITIVE_INFINITY;
  return edges;
}

/** The first row whose end is not below the latency. */
function rowOf(edges: Float64Array, ms: number): number {
  let low = 0;
  let high = edges.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((edges[middle] as number) < ms) low = middle + 1;
    else high = middle;
  }
  return low;
}
