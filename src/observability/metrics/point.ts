/** What a series shows at one moment, all threads together. */

export interface NumberPoint {
  readonly kind: 'number';
  readonly value: number;
}

/** Counts of what was observed, in buckets with given upper bounds, which belong to their buckets. */
export interface HistogramPoint {
  readonly kind: 'histogram';
  readonly bounds: readonly number[];
  /** Of each bucket alone; one more than bounds, for what is above them all. */
  readonly counts: readonly number[];
  readonly count: number;
  readonly sum: number;
}

/** A run of buckets of an exponential histogram: the one of index i holds (base^i, base^(i+1)]. */
export interface ExponentialBuckets {
  /** Index of the first. */
  readonly offset: number;
  readonly counts: readonly number[];
}

/** base = 2^(2^−scale). */
export interface ExponentialPoint {
  readonly kind: 'exponential';
  readonly scale: number;
  readonly zeroCount: number;
  readonly zeroThreshold: number;
  readonly positive: ExponentialBuckets;
  readonly negative: ExponentialBuckets;
  readonly count: number;
  readonly sum: number;
}

export interface SummaryPoint {
  readonly kind: 'summary';
  readonly quantiles: readonly number[];
  /** NaN where nothing was observed. */
  readonly values: readonly number[];
  readonly count: number;
  readonly sum: number;
}

export interface StatesPoint {
  readonly kind: 'states';
  readonly states: readonly string[];
  readonly values: readonly boolean[];
}

export type Point = NumberPoint | HistogramPoint | ExponentialPoint | SummaryPoint | StatesPoint;
