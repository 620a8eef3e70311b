/** Histograms with given upper bounds. */

import type { Book } from './book.js';
import type { Description } from './family.js';
import { type ExemplarLabels, ObservingFamily, ObservingSeries, refuseValue } from './observing.js';
import type { HistogramPoint } from './point.js';

/** Seconds, where nothing else is said: those of Prometheus's own client. */
export const DEFAULT_BOUNDS: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const MOST_BOUNDS = 1000;

/** One histogram of given label values. Cells: the sum, then the count of each bucket. */
export class HistogramSeries extends ObservingSeries {
  readonly #bounds: Float64Array;

  constructor(book: Book, values: readonly string[], text: string, bounds: Float64Array) {
    super(book, values, text);
    this.#bounds = bounds;
  }

  /** As of all that observe. O(log bounds); few bounds are gone through. */
  override observe(value: number, exemplar?: ExemplarLabels): void {
    // biome-ignore lint/suspicious/noSelfCompare: the cheapest way to find NaN, and whatever is no number beside it.
    if (typeof value !== 'number' || value !== value) refuseValue(value);
    let cells = this.book.ledger.cells;
    const at = this.at;
    if (at >= cells.length) {
      const current = this.current();
      if (current === undefined) return;
      cells = current;
    }
    const bucket = bucketOf(this.#bounds, value);
    cells[at] = (cells[at] as number) + value;
    const cell = at + 1 + bucket;
    cells[cell] = (cells[cell] as number) + 1;
    if (exemplar !== undefined) this.keepExemplar(bucket, value, exemplar);
  }
}

export class Histogram<L extends string = string> extends ObservingFamily<L, HistogramSeries> {
  /** Upper bounds, ascending; the last bucket has none. */
  readonly bounds: readonly number[];
  readonly #bounds: Float64Array;

  constructor(book: Book, description: Description, maxSeries?: number) {
    const bounds = description.shape.bounds as readonly number[];
    super(book, description, bounds.length + 2, maxSeries);
    this.bounds = bounds;
    this.#bounds = Float64Array.from(bounds);
  }

  override point(series: HistogramSeries): HistogramPoint {
    const [sum, ...counts] = this.merged(series);
    return {
      kind: 'histogram',
      bounds: this.bounds,
      counts,
      count: counts.reduce((all, count) => all + count, 0),
      sum: sum as number,
    };
  }

  protected override make(values: readonly string[], text: string): HistogramSeries {
    return new HistogramSeries(this.book, values, text, this.#bounds);
  }
}

/** Bounds as they may be given. @throws TypeError, RangeError */
export function checkBounds(bounds: readonly number[]): readonly number[] {
  if (!Array.isArray(bounds)) throw new TypeError('The buckets of a histogram must be an array of upper bounds');
  if (bounds.length === 0 || bounds.length > MOST_BOUNDS) {
    throw new RangeError(`A histogram has from 1 to ${MOST_BOUNDS} bounds, got ${bounds.length}`);
  }
  // The last bucket is there in any case.
  const finite = bounds[bounds.length - 1] === Number.POSITIVE_INFINITY ? bounds.slice(0, -1) : bounds;
  for (const [i, bound] of finite.entries()) {
    if (!Number.isFinite(bound) || (i > 0 && !(bound > (finite[i - 1] as number)))) {
      throw new RangeError(`The bounds of a histogram must be finite and ascending, got ${bounds.join(', ')}`);
    }
  }
  return finite;
}

/** `count` bounds from `start`, each `width` above the one before. */
export function linearBuckets(start: number, width: number, count: number): number[] {
  checkSeries(count);
  if (!(width > 0)) throw new RangeError(`width must be above 0, got ${width}`);
  return Array.from({ length: count }, (_, i) => start + i * width);
}

/** `count` bounds from `start`, each `factor` times the one before. */
export function exponentialBuckets(start: number, factor: number, count: number): number[] {
  checkSeries(count);
  if (!(start > 0 && factor > 1))
    throw new RangeError(`start must be above 0 and factor above 1, got ${start}, ${factor}`);
  const bounds: number[] = [];
  for (let i = 0, bound = start; i < count; i++, bound *= factor) bounds.push(bound);
  return bounds;
}

function checkSeries(count: number): void {
  if (!(Number.isInteger(count) && count >= 1 && count <= MOST_BOUNDS)) {
    throw new RangeError(`count must be an integer from 1 to ${MOST_BOUNDS}, got ${count}`);
  }
}

/** The first bound that is not below the value, `bounds.length` where all are. */
function bucketOf(bounds: Float64Array, value: number): number {
  let low = 0;
  let count = bounds.length;
  while (count > 0) {
    const half = count >> 1;
    const below = (bounds[low + half] as number) < value;
    low = below ? low + half + 1 : low;
    count = below ? count - half - 1 : half;
  }
  return low;
}
