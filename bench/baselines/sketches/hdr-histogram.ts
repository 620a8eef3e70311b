/** The twin of `HdrHistogram` in plain TypeScript: the same buckets, counts in a `Float64Array`, a range that is fixed. */
export class HdrHistogramTwin {
  readonly #counts: Float64Array;
  readonly #half: number;
  readonly #reach: number;
  /** 2^−b for each bucket b. */
  readonly #scale: Float64Array;
  #total = 0;

  constructor(highest: number, digits: number) {
    this.#half = Math.ceil(Math.log2(2 * 10 ** digits)) - 1;
    this.#reach = 2 ** (this.#half + 1);
    let buckets = 1;
    for (let reach = this.#reach; reach <= highest; reach *= 2) buckets++;
    this.#counts = new Float64Array((buckets + 1) << this.#half);
    this.#scale = Float64Array.from({ length: buckets + 1 }, (_, bucket) => 2 ** -bucket);
  }

  record(value: number): void {
    const high = value / this.#reach;
    const bucket = high < 1 ? 0 : high < 2 ** 32 ? 32 - Math.clz32(high) : 64 - Math.clz32(high / 2 ** 32);
    const index = (bucket << this.#half) + ((value * (this.#scale[bucket] as number)) | 0);
    this.#counts[index] = (this.#counts[index] as number) + 1;
    this.#total++;
  }

  valueAtPercentile(percentile: number): number {
    const wanted = Math.max(1, Math.ceil((percentile / 100) * this.#total - 1e-6));
    const counts = this.#counts;
    let [sum, index] = [0, 0];
    for (; index < counts.length; index++) {
      sum += counts[index] as number;
      if (sum >= wanted) break;
    }
    const bucket = Math.max(0, (index >> this.#half) - 1);
    return (index - (bucket << this.#half) + 1) * 2 ** bucket - 1;
  }
}
