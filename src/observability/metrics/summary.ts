/**
 * Summaries: quantiles of what was observed in a window that slides.
 *
 * The window is a ring of slices, each a log-linear histogram with the number of its slice of time since 1970 beside it. Who
 * observes in a slice of another number empties it first; who reads takes the slices whose numbers are in the window. So
 * nothing is rotated by a timer, and threads agree on slices without talking. Where the wall clock goes back, slices of the
 * future are not read, and are emptied when it is their turn.
 */

import type { Book } from './book.js';
import type { Description } from './family.js';
import { refuseNegative } from './hdr.js';
import { LogLinear, type LogLinearRange } from './log-linear.js';
import { type ExemplarLabels, ObservingFamily, ObservingSeries } from './observing.js';
import type { SummaryPoint } from './point.js';

// Cells: sum and count of all time, then of each slice: number, least, greatest, counts.
const SUM = 0;
const COUNT = 1;
const SLICES = 2;
const EPOCH = 0;
const MIN = 1;
const MAX = 2;
const COUNTS = 3;

interface Window {
  readonly shape: LogLinear;
  readonly slices: number;
  readonly sliceMs: number;
}

export class SummarySeries extends ObservingSeries {
  readonly #window: Window;

  constructor(book: Book, values: readonly string[], text: string, window: Window) {
    super(book, values, text);
    this.#window = window;
  }

  /** As of all that observe. O(1), and O(buckets) where a slice begins. @throws RangeError for a value below 0 */
  override observe(value: number, _exemplar?: ExemplarLabels): void {
    if (typeof value !== 'number' || !(value >= 0)) refuseNegative(value);
    const { shape, slices, sliceMs } = this.#window;
    const cells = this.at < this.book.ledger.cells.length ? this.book.ledger.cells : this.current();
    if (cells === undefined) return;
    const at = this.at;
    // Numbers begin at 1: 0 says that a slice was never used.
    const epoch = Math.floor(this.book.clock.now() / sliceMs) + 1;
    const slice = at + SLICES + (epoch % slices) * (COUNTS + shape.length);
    if (cells[slice] !== epoch) {
      cells[slice] = 0;
      cells.fill(0, slice + COUNTS, slice + COUNTS + shape.length);
      cells[slice + MIN] = value;
      cells[slice + MAX] = value;
      cells[slice] = epoch;
    }
    const cell = slice + COUNTS + shape.indexOf(value);
    cells[cell] = (cells[cell] as number) + 1;
    if (value < (cells[slice + MIN] as number)) cells[slice + MIN] = value;
    if (value > (cells[slice + MAX] as number)) cells[slice + MAX] = value;
    cells[at + SUM] = (cells[at + SUM] as number) + value;
    cells[at + COUNT] = (cells[at + COUNT] as number) + 1;
  }
}

export class Summary<L extends string = string> extends ObservingFamily<L, SummarySeries> {
  readonly quantiles: readonly number[];
  readonly #window: Window;

  constructor(book: Book, description: Description, maxSeries?: number) {
    const { windowMs, slices, quantiles } = description.shape as {
      windowMs: number;
      slices: number;
      quantiles: readonly number[];
    };
    const shape = new LogLinear(description.shape as unknown as LogLinearRange);
    super(book, description, SLICES + slices * (COUNTS + shape.length), maxSeries);
    this.quantiles = quantiles;
    this.#window = { shape, slices, sliceMs: windowMs / slices };
  }

  override point(series: SummarySeries): SummaryPoint {
    const { shape } = this.#window;
    const cells = this.merged(series);
    const total = cells[SLICES + EPOCH] as number;
    const from = SLICES + COUNTS;
    const [min, max] = [cells[SLICES + MIN] as number, cells[SLICES + MAX] as number];
    const values = this.quantiles.map((share) => shape.quantile(share, cells, from, total, min, max));
    return {
      kind: 'summary',
      quantiles: this.quantiles,
      values,
      count: cells[COUNT] as number,
      sum: cells[SUM] as number,
    };
  }

  protected override make(values: readonly string[], text: string): SummarySeries {
    return new SummarySeries(this.book, values, text, this.#window);
  }

  /** Merges the slices of the window into the first slice of `out`, whose number becomes their count. */
  protected override merge(out: Float64Array, cells: Float64Array, at: number): void {
    const { shape, slices, sliceMs } = this.#window;
    const now = Math.floor(this.book.clock.now() / sliceMs) + 1;
    out[SUM] = (out[SUM] as number) + (cells[at + SUM] as number);
    out[COUNT] = (out[COUNT] as number) + (cells[at + COUNT] as number);
    for (let nth = 0; nth < slices; nth++) {
      const slice = at + SLICES + nth * (COUNTS + shape.length);
      const epoch = cells[slice] as number;
      if (epoch === 0 || epoch > now || epoch <= now - slices) continue;
      const empty = out[SLICES + EPOCH] === 0;
      const [min, max] = [cells[slice + MIN] as number, cells[slice + MAX] as number];
      out[SLICES + MIN] = empty ? min : Math.min(out[SLICES + MIN] as number, min);
      out[SLICES + MAX] = empty ? max : Math.max(out[SLICES + MAX] as number, max);
      for (let i = 0; i < shape.length; i++) {
        const count = cells[slice + COUNTS + i] as number;
        if (count === 0) continue;
        out[SLICES + COUNTS + i] = (out[SLICES + COUNTS + i] as number) + count;
        out[SLICES + EPOCH] = (out[SLICES + EPOCH] as number) + count;
      }
    }
  }
}
