/** What every metric is: a name, labels, and a series for each combination of their values. */

import { AshlarError } from '../../../bindings/errors.js';
import { describe } from '../../../bindings/staging.js';
import type { Book } from './book.js';
import { LabelTree, type LabelValue } from './label-tree.js';
import { type Entry, METRIC_ENTRY, SERIES_ENTRY } from './ledger.js';
import { labelText } from './names.js';
import type { Point } from './point.js';
import { NOWHERE, type Part, type Series } from './series.js';

export type MetricType = 'counter' | 'gauge' | 'histogram' | 'exponential' | 'hdr' | 'summary' | 'info' | 'stateset';

export type Labels<L extends string> = Readonly<Record<L, LabelValue>>;

/** What tells one metric from another: threads that mean the same one describe it alike. */
export interface Description {
  readonly type: MetricType;
  /** Without what the exposition appends, such as `_total`. */
  readonly name: string;
  readonly help: string;
  readonly unit: string;
  readonly labels: readonly string[];
  /** What else there is to a metric of this type: bounds, for example. */
  readonly shape: Readonly<Record<string, unknown>>;
}

/** A metric has as many series as it may, and its registry's policy is to throw. */
export class CardinalityError extends AshlarError {
  readonly metric: string;
  readonly maxSeries: number;

  constructor(metric: string, maxSeries: number) {
    super('METRIC_CARDINALITY', `The metric "${metric}" has ${maxSeries} series and may have no more`);
    this.metric = metric;
    this.maxSeries = maxSeries;
  }
}

/** What every label of the series has that stands for those without a place. */
export const OVERFLOW_VALUE = '__overflow__';
const MOST_VALUE_CHARACTERS = 1024;

/** What is left of a removed series. */
interface Parked {
  readonly address: number;
  readonly cells: number;
}

export abstract class Family<L extends string, S extends Series> {
  readonly type: MetricType;
  readonly name: string;
  readonly help: string;
  readonly unit: string;
  readonly labelNames: readonly L[];
  /** @internal */
  readonly description: Description;
  /** Series there are at most. */
  readonly maxSeries: number;
  /** @internal Whether somebody in this thread asked for the metric, or it came with a ledger. */
  claimed = false;
  protected readonly book: Book;
  protected readonly cellCount: number;
  /** The one series of a metric without labels. */
  #only: S | undefined = undefined;
  readonly #tree = new LabelTree<S>();
  readonly #series = new Map<string, S>();
  /** Entries of series that were removed, by their values. */
  readonly #removed = new Map<string, Parked>();
  #entry = 0;
  #overflowSeries: S | undefined = undefined;
  #sums: Float64Array | undefined = undefined;

  protected constructor(book: Book, description: Description, cellCount: number, maxSeries = book.maxSeries) {
    this.book = book;
    this.description = description;
    this.type = description.type;
    this.name = description.name;
    this.help = description.help;
    this.unit = description.unit;
    this.labelNames = description.labels as readonly L[];
    this.cellCount = cellCount;
    this.maxSeries = maxSeries;
  }

  /**
   * The series of these label values, to be kept where it is used again and again: then nothing is looked up. O(labels).
   *
   * @throws TypeError for a label that is missing or unknown, or a value that is none
   * @throws CardinalityError where there are too many, and the registry's policy is to throw
   * @throws ArenaFullError
   */
  labels(labels: Labels<L>): S {
    if (this.labelNames.length === 0) return this.#bare(labels);
    return this.#tree.byName(this.labelNames, labels) ?? this.#admitByName(labels);
  }

  /** The series of these label values, in the order of the labels. Throws as `labels`. */
  with(...values: readonly LabelValue[]): S {
    const { length } = values;
    if (length !== this.labelNames.length) throw this.#wrongLabels(`got ${length} values`);
    return length === 0 ? this.single() : (this.#tree.byValue(values) ?? this.#admit(values));
  }

  /** Forgets a series: it is no longer shown, and what those who kept it record is dropped. False when there is none. */
  remove(labels: Labels<L>): boolean {
    const values = this.#named(labels).map((value) => String(value));
    const series = this.#series.get(keyOf(values));
    if (series === undefined || series.entry === 0) return false;
    this.#forget(series);
    return true;
  }

  /** Forgets all series of this thread. */
  clear(): void {
    for (const series of [...this.#series.values()]) if (series.entry !== 0) this.#forget(series);
    if (this.labelNames.length === 0) this.#only = this.#enter([]);
  }

  /** Series there are, those of other threads included as far as they have been seen. */
  get size(): number {
    return this.#series.size;
  }

  /** @internal The series to show. */
  *shown(): Generator<S> {
    for (const series of this.#series.values()) if (this.#isShown(series)) yield series;
  }

  /** @internal What a series shows. */
  abstract point(series: S): Point;

  /** @internal Cells to be read for one series: what a scrape is paced by. */
  get weight(): number {
    return this.cellCount;
  }

  /** @internal Labels are there: a metric without any has its one series from the start. */
  begin(): this {
    if (this.labelNames.length === 0) this.single();
    return this;
  }

  /** @internal Goes on with a series of this thread's ledger. */
  inherit(metric: number, entry: Entry): void {
    this.#entry = metric;
    const values = JSON.parse(entry.text) as string[];
    if (this.valueIsOfThread && this.book.ledgers.arena.isShared) {
      // What the thread before had measured of itself went with it.
      this.book.ledgers.setLive(entry.address, false);
      this.inheritRemoved(entry);
      return;
    }
    const series = this.#series.get(entry.text) ?? this.#plant(values, entry.text);
    this.#own(series, entry);
    this.#tree.add(values, series);
    if (values.length === 0) this.#only = series;
  }

  /** @internal The same metric in this thread's ledger, without series so far. */
  inheritMetric(metric: number): void {
    this.#entry = metric;
  }

  /** @internal Goes on with the entry of a series that was removed. */
  inheritRemoved(entry: Entry): void {
    this.#removed.set(entry.text, { address: entry.address, cells: entry.cells });
  }

  /** @internal The metric was replaced or forgotten: its series record no more. */
  retire(): void {
    for (const series of [...this.#series.values()]) if (series.entry !== 0) this.#forget(series);
    this.#series.clear();
  }

  /** @internal Takes what another thread counts into a series. */
  join(text: string, part: Part): void {
    const values = JSON.parse(text) as string[];
    let series = this.#series.get(text);
    if (series === undefined) {
      if (this.#series.size >= 2 * this.maxSeries) return;
      series = this.#plant(values, text);
      if (values.length === 0) this.#only = series;
    }
    series.parts ??= [];
    series.parts.push(part);
  }

  /** Whether the value is one of the thread itself, and nothing once the thread has ended. */
  protected get valueIsOfThread(): boolean {
    return false;
  }

  /** Makes a series without cells. */
  protected abstract make(values: readonly string[], text: string): S;

  /** Writes the first values where they are not all 0. */
  protected init(_cells: Float64Array, _at: number): void {}

  /** Adds the cells of one thread to those of the others. `nth` is 0 for the first, before which `out` is all 0. */
  protected merge(out: Float64Array, cells: Float64Array, at: number, _nth: number): void {
    for (let i = 0; i < out.length; i++) out[i] = (out[i] as number) + (cells[at + i] as number);
  }

  /** All threads' cells of a series, merged. Valid until the next call. */
  protected merged(series: S): Float64Array {
    this.#sums ??= new Float64Array(this.cellCount);
    const out = this.#sums.fill(0);
    const cells = this.book.ledger.refreshed();
    let nth = 0;
    if (series.at !== NOWHERE) this.merge(out, cells, series.at, nth++);
    for (const part of series.parts ?? []) if (this.#counts(part)) this.merge(out, cells, part.at, nth++);
    return out;
  }

  /** When the oldest part of a series was made, in milliseconds since 1970. */
  createdMs(series: S): number {
    let first = series.at === NOWHERE ? Number.POSITIVE_INFINITY : series.createdMs;
    for (const part of series.parts ?? []) if (this.#counts(part)) first = Math.min(first, part.createdMs);
    return first;
  }

  #counts(part: Part): boolean {
    const { ledgers } = this.book;
    return ledgers.isLive(part.entry) && (!this.valueIsOfThread || ledgers.isAttended(part.ledger));
  }

  #isShown(series: S): boolean {
    return series.at !== NOWHERE || (series.parts?.some((part) => this.#counts(part)) ?? false);
  }

  /** The one series of a metric without labels. @throws TypeError where it has labels */
  protected single(): S {
    const only = this.#only;
    if (only !== undefined && only.at !== NOWHERE) return only;
    if (this.labelNames.length > 0) throw this.#wrongLabels('got none');
    this.#only = this.#enter([]);
    return this.#only;
  }

  #named(labels: Labels<L>): LabelValue[] {
    if (typeof labels !== 'object' || labels === null) {
      throw new TypeError(`The labels of "${this.name}" must be an object, got ${describe(labels)}`);
    }
    for (const name of Object.keys(labels)) {
      if (!this.labelNames.includes(name as L)) throw this.#wrongLabels(`got the label "${name}"`);
    }
    return this.labelNames.map((name) => labels[name]);
  }

  #bare(labels: Labels<L>): S {
    this.#named(labels);
    return this.single();
  }

  #admitByName(labels: Labels<L>): S {
    return this.#admit(this.#named(labels));
  }

  /** The series of values that are not in the tree as they are. */
  #admit(given: readonly LabelValue[]): S {
    const values = given.map((value, i) => this.#textOf(value, i));
    const key = keyOf(values);
    const known = this.#series.get(key);
    if (known !== undefined && known.at !== NOWHERE) {
      this.#tree.add(given, known);
      return known;
    }
    if (known === undefined && this.#isFull()) return this.#overflow();
    const series = this.#enter(values, key);
    this.#tree.add(given, series);
    return series;
  }

  /** Threads read entries of a shared arena at any time: there, those of removed series are not for other values. */
  #isFull(): boolean {
    const removed = this.book.ledgers.arena.isShared ? this.#removed.size : 0;
    return this.#series.size + removed >= this.maxSeries;
  }

  #textOf(value: LabelValue | undefined, index: number): string {
    if (typeof value === 'string') {
      if (value.length <= MOST_VALUE_CHARACTERS) return value;
      throw new RangeError(
        `The label "${this.labelNames[index]}" of "${this.name}" must have at most ${MOST_VALUE_CHARACTERS} characters, got ${value.length}`,
      );
    }
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    throw new TypeError(
      `The label "${this.labelNames[index]}" of "${this.name}" must be a string, a number or a boolean, got ${describe(value)}`,
    );
  }

  #wrongLabels(got: string): TypeError {
    const names = this.labelNames.length === 0 ? 'no labels' : `the labels ${this.labelNames.join(', ')}`;
    return new TypeError(`"${this.name}" has ${names}, ${got}`);
  }

  #overflow(): S {
    const { book } = this;
    if (book.overflow === 'throw') throw new CardinalityError(this.name, this.maxSeries);
    book.overflowed++;
    const values = this.labelNames.map(() => OVERFLOW_VALUE);
    if (book.overflow === 'drop') this.#overflowSeries ??= this.make(values, '');
    else this.#overflowSeries ??= this.#enter(values);
    return this.#overflowSeries;
  }

  /** A series of this thread, with cells. */
  #enter(values: readonly string[], key: string = keyOf(values)): S {
    const { ledger, clock } = this.book;
    if (this.#entry === 0) {
      const text = JSON.stringify(this.description);
      this.#entry = ledger.add(METRIC_ENTRY, text, { createdMs: clock.now() }).address;
    }
    const entry =
      this.#revive(key) ??
      ledger.add(SERIES_ENTRY, key, {
        metric: this.#entry,
        cellCount: this.cellCount,
        createdMs: clock.now(),
        init: (cells, at) => this.init(cells, at),
      });
    const series = this.#series.get(key) ?? this.#plant(values, key);
    this.#own(series, entry);
    this.#tree.add(values, series);
    return series;
  }

  /** The entry of a removed series: of these values, or of any where nobody else reads. */
  #revive(key: string): Entry | undefined {
    const { ledger, ledgers, clock } = this.book;
    let parked = this.#removed.get(key);
    if (parked !== undefined) {
      this.#removed.delete(key);
    } else if (!ledgers.arena.isShared && this.#removed.size > 0) {
      const [other, any] = this.#removed.entries().next().value as [string, Parked];
      ledger.rename(any.address, key);
      this.#removed.delete(other);
      parked = any;
    }
    if (parked === undefined) return undefined;
    const { address, cells } = parked;
    const createdMs = clock.now();
    ledger.refreshed().fill(0, cells, cells + this.cellCount);
    this.init(ledger.cells, cells);
    ledger.setCreated(address, createdMs);
    ledgers.setLive(address, true);
    return { address, what: SERIES_ENTRY, text: key, metric: this.#entry, cells, cellCount: this.cellCount, createdMs };
  }

  #own(series: S, entry: Entry): void {
    series.entry = entry.address;
    series.at = entry.cells;
    series.createdMs = entry.createdMs;
  }

  /** Enters a new series among the others. */
  #plant(values: readonly string[], key: string): S {
    const series = this.make(values, labelText(this.labelNames, values));
    this.#series.set(key, series);
    return series;
  }

  #forget(series: S): void {
    this.book.ledgers.setLive(series.entry, false);
    const key = keyOf(series.labelValues);
    this.#removed.set(key, { address: series.entry, cells: series.at });
    series.at = NOWHERE;
    series.entry = 0;
    this.#series.delete(key);
    this.#tree.remove(series);
    if (this.#only === series) this.#only = undefined;
    if (this.#overflowSeries === series) this.#overflowSeries = undefined;
    if (series.parts !== undefined) this.#plant(series.labelValues, key).parts = series.parts;
  }
}

/** Label values as the ledger has them, which is what series are known by. */
function keyOf(values: readonly string[]): string {
  return JSON.stringify(values);
}
