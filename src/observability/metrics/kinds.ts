/** The options of each type of metric, and what they describe. */

import { checkInteger } from '../../../bindings/sketch.js';
import { describe } from '../../../bindings/staging.js';
import type { Book } from './book.js';
import { Counter } from './counter.js';
import { ExponentialHistogram } from './exponential.js';
import type { Description, Family, Labels, MetricType } from './family.js';
import { Gauge, type GaugeMerge } from './gauge.js';
import { HdrFamily } from './hdr.js';
import { checkBounds, DEFAULT_BOUNDS, Histogram } from './histogram.js';
import { LogLinear } from './log-linear.js';
import { checkLabelNames, checkMetricName } from './names.js';
import type { Series } from './series.js';
import { Info, StateSet } from './states.js';
import { Summary } from './summary.js';

/** Runs before each scrape. */
export type Callback = (metric: never) => unknown;

export interface MetricOptions<L extends string> {
  /** Letters, digits, `_` and `:`. */
  name: string;
  /** What it says, in a sentence. */
  help: string;
  /** Such as `seconds` or `bytes`; the name must end in it. */
  unit?: string;
  /** Names of its labels. Default none. */
  labels?: readonly L[];
  /** Series at most. Default the registry's. */
  maxSeries?: number;
}

export interface CounterOptions<L extends string> extends MetricOptions<L> {
  /** Called, and awaited, before each scrape. */
  collect?: (counter: Counter<L>) => void | PromiseLike<void>;
}

export interface GaugeOptions<L extends string> extends MetricOptions<L> {
  /** What threads' values become: default their `'sum'`. */
  merge?: GaugeMerge;
  /** Called, and awaited, before each scrape. */
  collect?: (gauge: Gauge<L>) => void | PromiseLike<void>;
  /** The value, asked for before each scrape; for a metric without labels. */
  read?: () => number | PromiseLike<number>;
}

export interface HistogramOptions<L extends string> extends MetricOptions<L> {
  /** Upper bounds, ascending. Default from 5 ms to 10 s, in seconds. */
  buckets?: readonly number[];
}

export interface ExponentialOptions<L extends string> extends MetricOptions<L> {
  /** Buckets for values of each sign, 4 to 1024. Default 160: then a span of 1 to 1000 is told apart to 4.4 %. */
  maxBuckets?: number;
}

/** The range and the error of log-linear buckets. */
interface RangeOptions {
  /** Smaller values are counted as this one. Default 1e-6: a microsecond, of seconds. */
  lowest?: number;
  /** Larger values are counted as this one. Default 1e4. */
  highest?: number;
  /** How far off a quantile is at most, as a share of it, from 0.0001 to 0.25. Default 0.01. */
  relativeError?: number;
  /** Shown, from 0 to 1. Default 0.5, 0.9, 0.95, 0.99 and 0.999. */
  quantiles?: readonly number[];
}

export interface HdrOptions<L extends string> extends MetricOptions<L>, RangeOptions {
  /** Upper bounds to be shown by, as a histogram; else quantiles of all time are shown, as a summary. */
  buckets?: readonly number[];
}

export interface SummaryOptions<L extends string> extends MetricOptions<L>, RangeOptions {
  /** How long a value counts, in milliseconds. Default ten minutes. */
  windowMs?: number;
  /** Slices of the window, 1 to 60: it moves on by one at a time. Default 5. */
  slices?: number;
}

export interface InfoOptions<L extends string> extends Omit<MetricOptions<L>, 'labels' | 'unit'> {
  /** Labels and their values. */
  facts: Labels<L>;
}

export interface StateSetOptions<State extends string, L extends string> extends Omit<MetricOptions<L>, 'unit'> {
  /** Names of the states. */
  states: readonly State[];
}

const DEFAULT_QUANTILES = [0.5, 0.9, 0.95, 0.99, 0.999];
const DEFAULT_RANGE = { lowest: 1e-6, highest: 1e4, relativeError: 0.01 };
const DEFAULT_BUCKETS = 160;
const DEFAULT_WINDOW_MS = 600_000;
const DEFAULT_SLICES = 5;
const MOST_STATES = 100;
const MERGES: readonly GaugeMerge[] = ['sum', 'min', 'max', 'mean'];

export function describeCounter<L extends string>(options: CounterOptions<L>): Description {
  return describeAs('counter', options, {}, { suffix: '_total' });
}

export function describeGauge<L extends string>(options: GaugeOptions<L>): Description {
  const { merge = 'sum', read, collect, labels = [] } = options;
  if (!MERGES.includes(merge))
    throw new RangeError(`merge must be one of ${MERGES.join(', ')}, got ${describe(merge)}`);
  if (read !== undefined && (collect !== undefined || labels.length > 0)) {
    throw new TypeError('read is for a gauge without labels and without collect');
  }
  return describeAs('gauge', options, { merge });
}

export function describeHistogram<L extends string>(options: HistogramOptions<L>): Description {
  const bounds = checkBounds(options.buckets ?? DEFAULT_BOUNDS);
  return describeAs('histogram', options, { bounds: [...bounds] }, { reserved: ['le'] });
}

export function describeExponential<L extends string>(options: ExponentialOptions<L>): Description {
  const { maxBuckets = DEFAULT_BUCKETS } = options;
  checkInteger(maxBuckets, 'maxBuckets', 4, 1024);
  return describeAs('exponential', options, { maxBuckets }, { reserved: ['le'] });
}

export function describeHdr<L extends string>(options: HdrOptions<L>): Description {
  const bounds = options.buckets === undefined ? {} : { bounds: [...checkBounds(options.buckets)] };
  return describeAs('hdr', options, { ...rangeOf(options), ...bounds }, { reserved: ['le', 'quantile'] });
}

export function describeSummary<L extends string>(options: SummaryOptions<L>): Description {
  const { windowMs = DEFAULT_WINDOW_MS, slices = DEFAULT_SLICES } = options;
  checkInteger(slices, 'slices', 1, 60);
  if (!(windowMs >= slices && windowMs <= 2 ** 31)) {
    throw new RangeError(`windowMs must be from ${slices} to 2^31, got ${windowMs}`);
  }
  return describeAs('summary', options, { ...rangeOf(options), windowMs, slices }, { reserved: ['quantile'] });
}

export function describeInfo<L extends string>(options: InfoOptions<L>): Description {
  if (typeof options.facts !== 'object' || options.facts === null) {
    throw new TypeError(`facts must be an object, got ${describe(options.facts)}`);
  }
  const labels = Object.keys(options.facts);
  return describeAs('info', { ...options, labels }, {}, { suffix: '_info' });
}

export function describeStateSet<State extends string, L extends string>(
  options: StateSetOptions<State, L>,
): Description {
  const { states } = options;
  if (!Array.isArray(states) || states.length === 0 || states.length > MOST_STATES) {
    throw new RangeError(`states must be an array of 1 to ${MOST_STATES} names`);
  }
  if (new Set(states).size !== states.length) throw new RangeError(`A state is there twice: ${states.join(', ')}`);
  return describeAs('stateset', options, { states: [...states] }, { reserved: [options.name] });
}

/** The metric that a description describes. */
export function makeFamily(
  book: Book,
  description: Description,
  maxSeries: number | undefined,
): Family<string, Series> {
  const Kind = KINDS[description.type];
  return new Kind(book, description, maxSeries) as unknown as Family<string, Series>;
}

const KINDS: Readonly<Record<MetricType, new (book: Book, it: Description, maxSeries?: number) => unknown>> = {
  counter: Counter,
  gauge: Gauge,
  histogram: Histogram,
  exponential: ExponentialHistogram,
  hdr: HdrFamily,
  summary: Summary,
  info: Info,
  stateset: StateSet,
};

function describeAs<L extends string>(
  type: MetricType,
  options: MetricOptions<L>,
  shape: Description['shape'],
  { suffix = '', reserved = [] as readonly string[] } = {},
): Description {
  const { help, unit = '', labels = [] } = options;
  checkMetricName(options.name);
  if (typeof help !== 'string') throw new TypeError(`help must be a string, got ${describe(help)}`);
  checkLabelNames(labels, reserved);
  const name = suffix !== '' && options.name.endsWith(suffix) ? options.name.slice(0, -suffix.length) : options.name;
  checkMetricName(name);
  if (unit !== '' && !name.endsWith(`_${unit}`)) {
    throw new RangeError(`The name of a metric in ${unit} must end in _${unit}, got "${name}"`);
  }
  return { type, name, help, unit, labels: [...labels], shape };
}

function rangeOf(options: RangeOptions) {
  const { lowest, highest, relativeError } = new LogLinear({
    lowest: options.lowest ?? DEFAULT_RANGE.lowest,
    highest: options.highest ?? DEFAULT_RANGE.highest,
    relativeError: options.relativeError ?? DEFAULT_RANGE.relativeError,
  });
  const quantiles = options.quantiles ?? DEFAULT_QUANTILES;
  for (const [i, share] of quantiles.entries()) {
    if (!(share >= 0 && share <= 1) || (i > 0 && share <= (quantiles[i - 1] as number))) {
      throw new RangeError(`quantiles must be from 0 to 1 and ascending, got ${quantiles.join(', ')}`);
    }
  }
  return { lowest, highest, relativeError, quantiles: [...quantiles] };
}
