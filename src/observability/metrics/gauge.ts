/** Gauges: values that go up and down. */

import { describe } from '../../../bindings/staging.js';
import type { Book } from './book.js';
import { type Description, Family, type Labels } from './family.js';
import type { NumberPoint } from './point.js';
import { Series } from './series.js';

/** How the values of several threads become one. */
export type GaugeMerge = 'sum' | 'min' | 'max' | 'mean';

/** One gauge of given label values. */
export class GaugeSeries extends Series {
  /** O(1). NaN and infinities are values, too. @throws TypeError for what is no number */
  set(value: number): void {
    if (typeof value !== 'number') refuse(value);
    const cells = this.cellsToWrite();
    if (cells !== undefined) cells[this.at] = value;
  }

  /** O(1). @throws TypeError */
  inc(by = 1): void {
    if (typeof by !== 'number') refuse(by);
    const cells = this.cellsToWrite();
    if (cells !== undefined) cells[this.at] = (cells[this.at] as number) + by;
  }

  /** O(1). @throws TypeError */
  dec(by = 1): void {
    if (typeof by !== 'number') refuse(by);
    this.inc(-by);
  }

  /** The time now, in seconds since 1970. */
  setToCurrentTime(): void {
    this.set(this.book.clock.now() / 1000);
  }

  /** Runs a function, and counts it as under way until it has ended, however it ends. */
  track<R>(fn: () => R): R {
    this.inc();
    let result: R;
    try {
      result = fn();
    } catch (error) {
      this.dec();
      throw error;
    }
    if (typeof (result as { then?: unknown } | undefined)?.then !== 'function') {
      this.dec();
      return result;
    }
    return (result as PromiseLike<unknown> & R).then(
      (value: unknown) => {
        this.dec();
        return value;
      },
      (reason: unknown) => {
        this.dec();
        throw reason;
      },
    ) as R;
  }

  private cellsToWrite(): Float64Array | undefined {
    const { cells } = this.book.ledger;
    return this.at < cells.length ? cells : this.current();
  }
}

export class Gauge<L extends string = string> extends Family<L, GaugeSeries> {
  readonly #merge: GaugeMerge;

  constructor(book: Book, description: Description, maxSeries?: number) {
    // The value, and of how many threads it is.
    super(book, description, 2, maxSeries);
    this.#merge = description.shape.merge as GaugeMerge;
  }

  /** Sets a metric without labels. */
  set(value: number): void;
  /** Sets the gauge of these label values. */
  set(labels: Labels<L>, value: number): void;
  set(labels: Labels<L> | number, value?: number): void {
    if (typeof labels === 'object') this.labels(labels).set(value as number);
    else this.single().set(labels);
  }

  inc(by?: number): void;
  inc(labels: Labels<L>, by?: number): void;
  inc(labels: Labels<L> | number = 1, by?: number): void {
    if (typeof labels === 'object') this.labels(labels).inc(by);
    else this.single().inc(labels);
  }

  dec(by?: number): void;
  dec(labels: Labels<L>, by?: number): void;
  dec(labels: Labels<L> | number = 1, by?: number): void {
    if (typeof labels === 'object') this.labels(labels).dec(by);
    else this.single().dec(labels);
  }

  /** The value of these label values, all threads together. */
  value(labels?: Labels<L>): number {
    return this.point(labels === undefined ? this.single() : this.labels(labels)).value;
  }

  override point(series: GaugeSeries): NumberPoint {
    const [value, threads] = this.merged(series);
    return {
      kind: 'number',
      value: this.#merge === 'mean' ? (value as number) / (threads as number) : (value as number),
    };
  }

  protected override get valueIsOfThread(): boolean {
    return true;
  }

  protected override make(values: readonly string[], text: string): GaugeSeries {
    return new GaugeSeries(this.book, values, text);
  }

  protected override merge(out: Float64Array, cells: Float64Array, at: number, nth: number): void {
    const value = cells[at] as number;
    const before = out[0] as number;
    out[1] = nth + 1;
    if (nth === 0) out[0] = value;
    else if (this.#merge === 'min') out[0] = Math.min(before, value);
    else if (this.#merge === 'max') out[0] = Math.max(before, value);
    else out[0] = before + value;
  }
}

function refuse(value: unknown): never {
  throw new TypeError(`The value of a gauge must be a number, got ${describe(value)}`);
}
