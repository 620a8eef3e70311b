/** Histograms over a wide range with a fixed relative error, after HdrHistogram. */

import type { Book } from './book.js';
import type { Description, Labels } from './family.js';
import { LogLinear, type LogLinearRange } from './log-linear.js';
import { type ExemplarLabels, ObservingFamily, ObservingSeries, refuseValue } from './observing.js';
import type { HistogramPoint, SummaryPoint } from './point.js';

const SUM = 0;
const MIN = 1;
const MAX = 2;
const COUNTS = 3;

/** One histogram of given label values. Cells: sum, least, greatest, and the count of each bucket. */
export class HdrSeries extends ObservingSeries {
  readonly #shape: LogLinear;

  constructor(book: Book, values: readonly string[], text: string, shape: LogLinear) {
    super(book, values, text);
    this.#shape = shape;
  }

  /** As of all that observe. O(1), and independent of the range. @throws RangeError for a value below 0 */
  override observe(value: number, exemplar?: ExemplarLabels): void {
    if (typeof value !== 'number' || !(value >= 0)) refuseNegative(value);
    let cells = this.book.ledger.cells;
    const at = this.at;
    if (at >= cells.length) {
      const current = this.current();
      if (current === undefined) return;
      cells = current;
    }
    const cell = at + COUNTS + this.#shape.indexOf(value);
    cells[cell] = (cells[cell] as number) + 1;
    cells[at] = (cells[at] as number) + value;
    if (value < (cells[at + MIN] as number)) cells[at + MIN] = value;
    if (value > (cells[at + MAX] as number)) cells[at + MAX] = value;
    if (exemplar !== undefined) this.keepExemplar(0, value, exemplar);
  }
}

/** What one series of a `HdrFamily` holds. */
export interface HdrReading {
  readonly count: number;
  readonly sum: number;
  /** NaN where nothing was observed, as the next two. */
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** The value that this share of what was observed, from 0 to 1, is at or below. */
  quantile(share: number): number;
  /** Buckets that are not empty, ascending. */
  readonly buckets: readonly { readonly from: number; readonly to: number; readonly count: number }[];
}

export class HdrFamily<L extends string = string> extends ObservingFamily<L, HdrSeries> {
  readonly #shape: LogLinear;
  readonly #bounds: readonly number[] | undefined;
  readonly #quantiles: readonly number[];

  constructor(book: Book, description: Description, maxSeries?: number) {
    const shape = new LogLinear(description.shape as unknown as LogLinearRange);
    super(book, description, COUNTS + shape.length, maxSeries);
    this.#shape = shape;
    this.#bounds = description.shape.bounds as readonly number[] | undefined;
    this.#quantiles = (description.shape.quantiles as readonly number[] | undefined) ?? [];
  }

  /** What was observed for these label values, all threads together. O(buckets). */
  read(labels?: Labels<L>): HdrReading {
    const series = labels === undefined ? this.single() : this.labels(labels);
    const cells = this.merged(series).slice();
    const count = countOf(cells);
    const [sum, min, max] = cells as unknown as [number, number, number];
    const buckets = [];
    for (let i = 0; i < this.#shape.length; i++) {
      const inside = cells[COUNTS + i] as number;
      if (inside === 0) continue;
      buckets.push({ from: this.#shape.lowerEdge(i), to: this.#shape.lowerEdge(i + 1), count: inside });
    }
    const some = (value: number): number => (count === 0 ? Number.NaN : value);
    return {
      count,
      sum,
      min: some(min),
      max: some(max),
      mean: some(sum / count),
      quantile: (share) => this.#shape.quantile(share, cells, COUNTS, count, min, max),
      buckets,
    };
  }

  override point(series: HdrSeries): HistogramPoint | SummaryPoint {
    const cells = this.merged(series);
    const sum = cells[SUM] as number;
    if (this.#bounds !== undefined) return this.#inBounds(cells, this.#bounds, sum);
    const count = countOf(cells);
    const values = this.#quantiles.map((share) =>
      this.#shape.quantile(share, cells, COUNTS, count, cells[MIN] as number, cells[MAX] as number),
    );
    return { kind: 'summary', quantiles: this.#quantiles, values, count, sum };
  }

  /** Fine buckets in coarse ones: each goes to where its middle belongs. */
  #inBounds(cells: Float64Array, bounds: readonly number[], sum: number): HistogramPoint {
    const counts = new Array<number>(bounds.length + 1).fill(0);
    let bucket = 0;
    let count = 0;
    for (let i = 0; i < this.#shape.length; i++) {
      const inside = cells[COUNTS + i] as number;
      if (inside === 0) continue;
      while (bucket < bounds.length && this.#shape.middle(i) > (bounds[bucket] as number)) bucket++;
      counts[bucket] = (counts[bucket] as number) + inside;
      count += inside;
    }
    return { kind: 'histogram', bounds, counts, count, sum };
  }

  protected override make(values: readonly string[], text: string): HdrSeries {
    return new HdrSeries(this.book, values, text, this.#shape);
  }

  protected override init(cells: Float64Array, at: number): void {
    cells[at + MIN] = Number.POSITIVE_INFINITY;
    cells[at + MAX] = Number.NEGATIVE_INFINITY;
  }

  protected override merge(out: Float64Array, cells: Float64Array, at: number, nth: number): void {
    if (nth === 0) {
      out.set(cells.subarray(at, at + out.length));
      return;
    }
    out[SUM] = (out[SUM] as number) + (cells[at] as number);
    out[MIN] = Math.min(out[MIN] as number, cells[at + MIN] as number);
    out[MAX] = Math.max(out[MAX] as number, cells[at + MAX] as number);
    for (let i = COUNTS; i < out.length; i++) out[i] = (out[i] as number) + (cells[at + i] as number);
  }
}

function countOf(cells: Float64Array): number {
  let count = 0;
  for (let i = COUNTS; i < cells.length; i++) count += cells[i] as number;
  return count;
}

/** Refuses what a histogram of values from 0 cannot hold. */
export function refuseNegative(value: unknown): never {
  if (typeof value !== 'number' || Number.isNaN(value)) refuseValue(value);
  throw new RangeError(`What is observed here must be from 0, got ${value}`);
}
