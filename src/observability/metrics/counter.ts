/** Counters: sums that only grow. */

import { describe } from '../../../bindings/staging.js';
import type { Book } from './book.js';
import { type Description, Family, type Labels } from './family.js';
import type { NumberPoint } from './point.js';
import { Series } from './series.js';

type ExemplarLabels = Readonly<Record<string, string>>;

/** One counter of given label values. */
export class CounterSeries extends Series {
  /**
   * Adds 1, or a number from 0. O(1): one addition to a double.
   *
   * @param exemplar labels that lead to what was counted, a trace for example
   * @throws TypeError, RangeError for what is no finite number from 0
   */
  inc(by = 1, exemplar?: ExemplarLabels): void {
    if (typeof by !== 'number' || !(by >= 0 && by < Number.POSITIVE_INFINITY)) refuse(by);
    let cells = this.book.ledger.cells;
    if (this.at >= cells.length) {
      const current = this.current();
      if (current === undefined) return;
      cells = current;
    }
    cells[this.at] = (cells[this.at] as number) + by;
    if (exemplar !== undefined) this.keepExemplar(0, by, exemplar);
  }
}

export class Counter<L extends string = string> extends Family<L, CounterSeries> {
  constructor(book: Book, description: Description, maxSeries?: number) {
    super(book, description, 1, maxSeries);
  }

  /** Counts for a metric without labels. Throws as `CounterSeries.inc`. */
  inc(by?: number, exemplar?: ExemplarLabels): void;
  /** Counts for these label values. Throws as that and as `labels`. */
  inc(labels: Labels<L>, by?: number, exemplar?: ExemplarLabels): void;
  inc(labels: Labels<L> | number = 1, by?: number | ExemplarLabels, exemplar?: ExemplarLabels): void {
    if (typeof labels === 'object') this.labels(labels).inc(by as number | undefined, exemplar);
    else this.single().inc(labels, by as ExemplarLabels | undefined);
  }

  /** The sum of these label values, all threads together. */
  value(labels?: Labels<L>): number {
    return this.point(labels === undefined ? this.single() : this.labels(labels)).value;
  }

  override point(series: CounterSeries): NumberPoint {
    return { kind: 'number', value: this.merged(series)[0] as number };
  }

  protected override make(values: readonly string[], text: string): CounterSeries {
    return new CounterSeries(this.book, values, text);
  }
}

function refuse(by: unknown): never {
  if (typeof by !== 'number') throw new TypeError(`A counter grows by a number, got ${describe(by)}`);
  throw new RangeError(`A counter grows by a finite number from 0, got ${by}`);
}
