/**
 * `MetricsRegistry`: counters, gauges, histograms and summaries, by name and labels, recorded off the JavaScript heap and
 * added up over all threads of a shared arena.
 */

import { Arena } from '../../../bindings/arena.js';
import { disposeSymbol } from '../../../bindings/dispose.js';
import { Adopted } from '../../../bindings/handle.js';
import { checkInteger } from '../../../bindings/sketch.js';
import { describe } from '../../../bindings/staging.js';
import { type Clock, systemClock } from '../../ports/clock.js';
import { systemTimer, type Timer } from '../../ports/timer.js';
import { type Book, makeBook, type OverflowPolicy } from './book.js';
import type { Counter } from './counter.js';
import type { ExponentialHistogram } from './exponential.js';
import { type ExposeOptions, expose, type Sheet } from './expose.js';
import type { Description, Family } from './family.js';
import { ForeignLedgers } from './foreign.js';
import type { Gauge } from './gauge.js';
import type { HdrFamily } from './hdr.js';
import type { Histogram } from './histogram.js';
import {
  type Callback,
  type CounterOptions,
  describeCounter,
  describeExponential,
  describeGauge,
  describeHdr,
  describeHistogram,
  describeInfo,
  describeStateSet,
  describeSummary,
  type ExponentialOptions,
  type GaugeOptions,
  type HdrOptions,
  type HistogramOptions,
  type InfoOptions,
  makeFamily,
  type StateSetOptions,
  type SummaryOptions,
} from './kinds.js';
import { Ledgers, METRICS_KIND } from './ledger.js';
import { checkLabelNames, labelText } from './names.js';
import type { Series } from './series.js';
import type { Info, StateSet } from './states.js';
import type { Summary } from './summary.js';

export type AnyFamily = Family<string, Series>;

export interface MetricsRegistryOptions {
  /** Where the numbers stand. Default `Arena.default`. */
  arena?: Arena;
  /** Enters the registry in the arena's directory, by which other threads, and who restores a snapshot, open it. */
  name?: string;
  /** Labels of every series, such as the instance. */
  labels?: Readonly<Record<string, string>>;
  /** Series of one metric at most, where the metric says nothing else. From 1 to 10 million. Default 10 000. */
  maxSeries?: number;
  /**
   * What becomes of label values beyond that: `'collapse'`, one series counts them all, whose labels are `__overflow__`;
   * `'drop'`, nothing counts them; `'throw'`, a `CardinalityError`. Default `'collapse'`. `stats().overflowed` counts them.
   */
  overflow?: OverflowPolicy;
  /** Default the platform's, as the timer. */
  clock?: Clock;
  timer?: Timer;
  /** Told when a callback of a metric throws; it shows what it showed before. Default: `stats().callbackErrors` counts. */
  onError?: (error: unknown, metric: string) => void;
}

export interface MetricsStats {
  readonly metrics: number;
  /** All threads' together, as far as they have been seen by a scrape. */
  readonly series: number;
  /** Recordings by label values that had no place. */
  readonly overflowed: number;
  readonly callbackErrors: number;
  /** Metrics of other threads under names that mean something else here: they are not shown. */
  readonly conflicts: number;
}

const DEFAULT_MAX_SERIES = 10_000;
const MOST_SERIES = 10_000_000;
/** Metrics of one registry. */
const MOST_METRICS = 100_000;

export class MetricsRegistry {
  /** @internal Labels of every series, as the text formats write them. */
  readonly labelText: string;
  /** Labels of every series. */
  readonly constantLabels: Readonly<Record<string, string>>;
  readonly clock: Clock;
  /** @internal */
  readonly timer: Timer;
  readonly #book: Book;
  readonly #ledgers: Ledgers;
  readonly #families = new Map<string, AnyFamily>();
  readonly #callbacks = new Map<string, () => unknown>();
  readonly #foreign: ForeignLedgers;
  readonly #onError: ((error: unknown, metric: string) => void) | undefined;
  #callbackErrors = 0;

  /** @throws TypeError, RangeError, ArenaFullError, NameError when the name is taken */
  constructor(options: MetricsRegistryOptions | (MetricsRegistryOptions & { adopted: Adopted }) = {}) {
    const { labels = {}, maxSeries = DEFAULT_MAX_SERIES, overflow = 'collapse' } = options;
    const { clock = systemClock, timer = systemTimer, onError } = options;
    checkInteger(maxSeries, 'maxSeries', 1, MOST_SERIES);
    if (!['collapse', 'drop', 'throw'].includes(overflow)) {
      throw new RangeError(`overflow must be 'collapse', 'drop' or 'throw', got ${describe(overflow)}`);
    }
    checkLabelNames(Object.keys(labels));
    const where = 'adopted' in options ? options.adopted : { ...pick(options, 'arena'), ...pick(options, 'name') };
    this.#ledgers = new Ledgers(where, () => Arena.default);
    this.#ledgers.registry = this;
    this.constantLabels = { ...labels };
    this.labelText = labelText(Object.keys(labels), Object.values(labels).map(String));
    this.clock = clock;
    this.timer = timer;
    this.#onError = onError;
    this.#book = makeBook(this.#ledgers, this.#ledgers.own(), { clock, overflow, maxSeries });
    this.#foreign = new ForeignLedgers(this.#ledgers, this.#book.ledger, {
      find: (description) => this.#counterpart(description),
    });
    if (this.#book.ledger.found) this.#foreign.inherit();
  }

  /**
   * The registry of this name in an arena, with what other threads, or this one before a snapshot, have counted in it. The
   * options are this thread's own; where it has the registry open already, that one is given, with those it has.
   *
   * @throws NameError when there is none, or it is something else
   */
  static open(
    arena: Arena,
    name: string,
    options: Omit<MetricsRegistryOptions, 'arena' | 'name'> = {},
  ): MetricsRegistry {
    const { root, handle } = arena.findName(name, METRICS_KIND.number, METRICS_KIND.name);
    // A ledger is written by one registry.
    if (handle instanceof Ledgers && handle.registry instanceof MetricsRegistry) return handle.registry;
    return new MetricsRegistry({ ...options, adopted: new Adopted(arena, root) });
  }

  // Each of these gives the metric that is there under the name, where it was described alike. They throw TypeError or
  // RangeError for options that cannot be and for names that are taken, and ArenaFullError.

  /** A sum that only grows. `_total` is appended to its name where it is not there. */
  counter<const L extends string = never>(options: CounterOptions<L>): Counter<L> {
    return this.#enter(describeCounter(options), options, options.collect) as unknown as Counter<L>;
  }

  /** A value that goes up and down, or is asked for by `read`. */
  gauge<const L extends string = never>(options: GaugeOptions<L>): Gauge<L> {
    const { read } = options;
    const gauge = this.#enter(
      describeGauge(options),
      options,
      read === undefined ? options.collect : async (it: Gauge<L>) => (it as unknown as Gauge<never>).set(await read()),
    );
    return gauge as unknown as Gauge<L>;
  }

  /** Counts of values by given upper bounds. */
  histogram<const L extends string = never>(options: HistogramOptions<L>): Histogram<L> {
    return this.#enter(describeHistogram(options), options, undefined) as unknown as Histogram<L>;
  }

  /** Counts of values by bounds that follow from the values: powers of 2^(2^−scale). */
  exponentialHistogram<const L extends string = never>(options: ExponentialOptions<L>): ExponentialHistogram<L> {
    return this.#enter(describeExponential(options), options, undefined) as unknown as ExponentialHistogram<L>;
  }

  /** Counts of values from 0 over a wide range, to a fixed relative error. */
  hdrHistogram<const L extends string = never>(options: HdrOptions<L>): HdrFamily<L> {
    return this.#enter(describeHdr(options), options, undefined) as unknown as HdrFamily<L>;
  }

  /** Quantiles of the values of a window that slides. */
  summary<const L extends string = never>(options: SummaryOptions<L>): Summary<L> {
    return this.#enter(describeSummary(options), options, undefined) as unknown as Summary<L>;
  }

  /** Facts, as labels of a series whose value is 1. */
  info<const L extends string>(options: InfoOptions<L>): Info<L> {
    const info = this.#enter(describeInfo(options), options, undefined) as unknown as Info<L>;
    info.set(options.facts);
    return info;
  }

  /** States that are on or off. */
  stateSet<const State extends string, const L extends string = never>(
    options: StateSetOptions<State, L>,
  ): StateSet<State, L> {
    return this.#enter(describeStateSet(options), options, undefined) as unknown as StateSet<State, L>;
  }

  /** The metric of this name, `undefined` when there is none. */
  get(name: string): AnyFamily | undefined {
    return this.#families.get(name) ?? this.#families.get(name.replace(/_total$/, ''));
  }

  /** The metrics, in the order in which they came. */
  metrics(): IterableIterator<AnyFamily> {
    return this.#families.values();
  }

  /** Forgets a metric; what its series go on recording is dropped. False when there is none. */
  unregister(name: string): boolean {
    const family = this.get(name);
    if (family === undefined) return false;
    family.retire();
    this.#callbacks.delete(family.name);
    return this.#families.delete(family.name);
  }

  /**
   * What Prometheus scrapes, piece by piece. Between pieces the event loop gets its turn, so that no scrape, however large,
   * keeps others waiting: see `ExposeOptions`.
   */
  expose(options: ExposeOptions = {}): AsyncGenerator<string, void, void> {
    return expose(this.#sheet(), options);
  }

  /** The same in one text. */
  async text(options: ExposeOptions = {}): Promise<string> {
    let text = '';
    for await (const piece of this.expose(options)) text += piece;
    return text;
  }

  stats(): MetricsStats {
    let series = 0;
    for (const family of this.#families.values()) series += family.size;
    return {
      metrics: this.#families.size,
      series,
      overflowed: this.#book.overflowed,
      callbackErrors: this.#callbackErrors,
      conflicts: this.#foreign.conflicts,
    };
  }

  /** @internal What an exposition or an exporter reads. */
  #sheet(): Sheet {
    return {
      labelText: this.labelText,
      constantLabels: this.constantLabels,
      clock: this.clock,
      timer: this.timer,
      families: () => this.#families.values(),
      callbacks: () => this.#run(),
      sync: () => this.#foreign.sync(),
    };
  }

  /** @internal */
  static sheetOf(registry: MetricsRegistry): Sheet {
    return registry.#sheet();
  }

  /** Frees the cells, for all threads. Idempotent. */
  dispose(): void {
    this.#ledgers.dispose();
    this.#book.ledger.cells = new Float64Array(0);
  }

  [disposeSymbol](): void {
    this.dispose();
  }

  #enter(description: Description, options: { maxSeries?: number }, callback: Callback | undefined): AnyFamily {
    const { maxSeries } = options;
    if (maxSeries !== undefined) checkInteger(maxSeries, 'maxSeries', 1, MOST_SERIES);
    for (const name of description.labels) {
      if (Object.hasOwn(this.constantLabels, name))
        throw new RangeError(`Every series has the label "${name}" already`);
    }
    let family = this.#families.get(description.name);
    if (family?.claimed && (!alike(family.description, description) || callback !== undefined)) {
      throw new RangeError(`There is a metric named "${description.name}" already, and it is another one`);
    }
    if (family !== undefined && !alike(family.description, description)) {
      family.retire();
      this.#foreign.forget(family);
      this.#families.delete(family.name);
      family = undefined;
    }
    if (family === undefined) {
      if (this.#families.size >= MOST_METRICS) throw new RangeError(`A registry has at most ${MOST_METRICS} metrics`);
      this.#refuseTakenSamples(description);
      family = makeFamily(this.#book, description, maxSeries);
    }
    if (!family.claimed && callback === undefined) family.begin();
    family.claimed = true;
    this.#families.set(family.name, family);
    const known = family;
    if (callback !== undefined) this.#callbacks.set(family.name, () => callback(known as never));
    return family;
  }

  /** The metric for what another ledger describes; `undefined` where its name means something else here. */
  #counterpart(description: Description): AnyFamily | undefined {
    const family = this.#families.get(description.name);
    if (family !== undefined) return alike(family.description, description) ? family : undefined;
    if (this.#families.size >= MOST_METRICS) return undefined;
    const made = makeFamily(this.#book, description, undefined);
    this.#families.set(made.name, made);
    return made;
  }

  /** A gauge `x_count` and a histogram `x` would show samples of one name. */
  #refuseTakenSamples(description: Description): void {
    for (const family of this.#families.values()) {
      for (const [one, other] of [
        [family.description, description],
        [description, family.description],
      ] as const) {
        const suffix = other.name.startsWith(one.name) ? other.name.slice(one.name.length) : '';
        if (suffix !== '' && SAMPLE_SUFFIXES[one.type].includes(suffix)) {
          throw new RangeError(`"${one.name}" shows "${other.name}", too: one of them needs another name`);
        }
      }
    }
  }

  async #run(): Promise<void> {
    const running = [...this.#callbacks].map(async ([name, callback]) => {
      try {
        await callback();
      } catch (error) {
        this.#callbackErrors++;
        this.#onError?.(error, name);
      }
    });
    await Promise.all(running);
  }
}

const SAMPLE_SUFFIXES: Readonly<Record<Description['type'], readonly string[]>> = {
  counter: ['_total', '_created'],
  gauge: [],
  histogram: ['_bucket', '_count', '_sum', '_created'],
  exponential: ['_bucket', '_count', '_sum', '_created'],
  hdr: ['_bucket', '_count', '_sum', '_created'],
  summary: ['_count', '_sum', '_created'],
  info: ['_info'],
  stateset: [],
};

function alike(one: Description, other: Description): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function pick<T extends object, K extends keyof T>(from: T, key: K): Pick<T, K> | object {
  return from[key] === undefined ? {} : { [key]: from[key] };
}
