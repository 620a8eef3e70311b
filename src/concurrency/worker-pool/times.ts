/** How long something took, in milliseconds, recorded in microseconds. */

import { HdrHistogram } from '../../sketches/hdr-histogram/index.js';

export interface TimesStats {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

export class Times {
  readonly #micros = new HdrHistogram();
  /** What was said last, once it is disposed of. */
  #last: TimesStats | undefined = undefined;

  record(ms: number): void {
    if (this.#last === undefined) this.#micros.record(ms * 1000);
  }

  stats(): TimesStats {
    if (this.#last !== undefined) return this.#last;
    const histogram = this.#micros;
    if (histogram.totalCount === 0) return { count: 0, mean: 0, p50: 0, p90: 0, p99: 0, max: 0 };
    const at = (percentile: number): number => histogram.valueAtPercentile(percentile) / 1000;
    return {
      count: histogram.totalCount,
      mean: histogram.mean / 1000,
      p50: at(50),
      p90: at(90),
      p99: at(99),
      max: histogram.max / 1000,
    };
  }

  dispose(): void {
    this.#last ??= this.stats();
    this.#micros.dispose();
  }
}
