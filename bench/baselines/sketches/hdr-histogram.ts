/** The twin of `HdrHistogram` in plain TypeScript: the same buckets, counts in a `Float64Array`, a range that is fixed. */
export class HdrHistogramTwin {
  readonly #counts: Float64Array;
  readonly #half: number;
  #total = 0;

  constructor(highest: number, digits: number) {
    this.#half = Math.ceil(Math.log2(2 * 10 ** digits)) - 1;
    let buckets = 1;
    for (let reach = 2 ** (this.#half + 1); reach <= highest; reach *= 2) buckets++;
    this.#counts = new Float64Array((buckets + 1) * 2 ** this.#half);
  }

  record(value: number): void {
    const half = this.#half;
    const high = Math.floor(value / 2 ** (half + 1));
    const bucket = high === 0 ? 0 : high < 2 ** 31 ? 32 - Math.clz32(high) : 64 - Math.clz32(high / 2 ** 32);
    const index = bucket * 2 ** half + Math.floor(value / 2 ** bucket);
    this.#counts[index] = (this.#counts[index] as number) + 1;
    this.#total++;
  }

  valueAtPercentile(percentile: number): number {
    const wanted = Math.max(1, Math.ceil((percentile / 100) * this.#total));
    let [sum, index] = [0, 0];
    for (; index < this.#counts.length; index++) {
      sum += this.#counts[index] as number;
      if (sum >= wanted) break;
    }
    const bucket = Math.max(0, (index >> this.#half) - 1);
    return (index - bucket * 2 ** this.#half + 1) * 2 ** bucket - 1;
  }
}
