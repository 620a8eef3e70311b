/** The ways to walk a histogram: by what was recorded, in even steps, in growing steps, by percentiles. */

/** A count that is not 0: the values that share it, from the lowest to the highest. */
export interface Entry {
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/** A step of an iteration. */
export interface HistogramStep {
  /** The step's values are those above the step before, up to this one. */
  readonly value: number;
  /** Counts added in this step. */
  readonly count: number;
  /** Counts up to here. */
  readonly totalCount: number;
  /** 100 · totalCount / all counts. */
  readonly percentile: number;
}

export interface PercentileStep extends HistogramStep {
  /** The percentile the step was to reach; `percentile` is where the values got. */
  readonly level: number;
}

export function* recordedSteps(entries: readonly Entry[], total: number): Generator<HistogramStep, void> {
  let sum = 0;
  for (const { high, count } of entries) {
    sum += count;
    yield { value: high, count, totalCount: sum, percentile: (100 * sum) / total };
  }
}

/** Steps that end below `first`, `next(first)` and so on; a count belongs to the step its lowest value is in. */
export function* levelSteps(
  entries: readonly Entry[],
  total: number,
  first: number,
  next: (level: number) => number,
): Generator<HistogramStep, void> {
  let sum = 0;
  let level = first;
  for (let i = 0; i < entries.length; level = next(level)) {
    const before = sum;
    for (; i < entries.length && (entries[i] as Entry).low < level; i++) sum += (entries[i] as Entry).count;
    yield { value: level - 1, count: sum - before, totalCount: sum, percentile: (100 * sum) / total };
  }
}

/**
 * Steps of equal size in each half of the distance to 100 %: with five ticks 0, 10, 20 … 50, 55, 60 … 75, 77.5 …
 * The last step is 100 %.
 */
export function* percentileSteps(
  entries: readonly Entry[],
  total: number,
  ticks: number,
): Generator<PercentileStep, void> {
  let [sum, reported, level] = [0, 0, 0];
  for (let i = 0; i < entries.length; i++) {
    const { high, count } = entries[i] as Entry;
    sum += count;
    const percentile = (100 * sum) / total;
    while (percentile >= level) {
      yield { value: high, count: sum - reported, totalCount: sum, percentile, level };
      reported = sum;
      if (level >= 100) return;
      if (i === entries.length - 1) break;
      level = nextLevel(level, ticks);
    }
  }
  const last = entries[entries.length - 1];
  if (last !== undefined) yield { value: last.high, count: 0, totalCount: sum, percentile: 100, level: 100 };
}

function nextLevel(level: number, ticks: number): number {
  const halves = Math.floor(Math.log2(100 / (100 - level))) + 1;
  return level + 100 / (ticks * 2 ** halves);
}
