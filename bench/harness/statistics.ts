/** The few statistics the reports use. No distribution is assumed: bench times are skewed. */

export interface Estimate {
  readonly median: number;
  /** 95 % confidence interval of the median, from the order statistics. */
  readonly low: number;
  readonly high: number;
  readonly samples: number;
}

/** Median of the samples with its confidence interval. Sorts a copy. */
export function estimate(samples: readonly number[]): Estimate {
  const sorted = [...samples].sort((a, b) => a - b);
  const n = sorted.length;
  // The rank of the median is binomial(n, ½): its mean ± 1.96 standard deviations.
  const spread = 0.98 * Math.sqrt(n);
  const at = (rank: number) => sorted[Math.min(n - 1, Math.max(0, Math.round(rank)))] ?? Number.NaN;
  const median = n % 2 === 1 ? at((n - 1) / 2) : (at(n / 2 - 1) + at(n / 2)) / 2;
  return { median, low: at(n / 2 - spread - 0.5), high: at(n / 2 + spread - 0.5), samples: n };
}

/** Counts durations in classes 1/16 of a power of two wide: any quantile to 6 %, whatever the count. */
export class Histogram {
  readonly #counts = new Float64Array(64 * 16);
  count = 0;
  max = 0;

  /** @param ns a duration in nanoseconds, 0 or more */
  record(ns: number): void {
    this.count++;
    if (ns > this.max) this.max = ns;
    const whole = ns < 16 ? 16 : ns;
    const power = Math.floor(Math.log2(whole));
    const step = Math.floor((whole / 2 ** power - 1) * 16);
    const at = power * 16 + step;
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
  }

  /** Upper bound of the class that holds the quantile; 0.5 is the median. */
  quantile(q: number): number {
    let left = Math.ceil(this.count * q);
    for (let i = 0; i < this.#counts.length; i++) {
      left -= this.#counts[i] ?? 0;
      if (left <= 0) return Math.min(this.max, 2 ** (i >> 4) * (1 + ((i & 15) + 1) / 16));
    }
    return this.max;
  }
}
