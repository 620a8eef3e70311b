/**
 * Percentiles of the latest latencies, by nearest rank over a ring of samples. Adding is O(1); asking sorts the ring, at most
 * once every sixteenth of it, so that it is O(log n) amortised.
 */

export class LatencyWindow {
  readonly #samples: Float64Array;
  readonly #sorted: Float64Array;
  #added = 0;
  #sortedAt = 0;
  #sortedCount = 0;

  /** @param size samples kept, an integer from 1 */
  constructor(size: number) {
    if (!(Number.isSafeInteger(size) && size >= 1 && size <= 1e6)) {
      throw new RangeError(`window must be an integer from 1 to 1000000, got ${size}`);
    }
    this.#samples = new Float64Array(size);
    this.#sorted = new Float64Array(size);
  }

  /** Samples that are there. */
  get count(): number {
    return Math.min(this.#added, this.#samples.length);
  }

  add(latencyMs: number): void {
    this.#samples[this.#added % this.#samples.length] = latencyMs;
    this.#added++;
  }

  /** The latency that a share of the samples does not exceed, `undefined` without samples. @param quantile in (0, 1] */
  percentile(quantile: number): number | undefined {
    const count = this.count;
    if (count === 0) return undefined;
    // A ring that fills is sorted at each question that follows a sample; a full one may be a sixteenth behind.
    if (count !== this.#sortedCount || this.#added - this.#sortedAt > this.#samples.length >> 4) {
      this.#sorted.set(this.#samples);
      this.#sorted.subarray(0, count).sort();
      this.#sortedAt = this.#added;
      this.#sortedCount = count;
    }
    return this.#sorted[Math.max(0, Math.ceil(quantile * count) - 1)];
  }
}
