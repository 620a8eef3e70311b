/** Latencies counted in fixed buckets, as Prometheus wants them. */

/** Upper bounds in seconds. */
export const LATENCY_BOUNDS_SECONDS = [
  0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1,
] as const;

export class LatencyHistogram {
  /** Observations within each bound and above the one before; the last count is of those above all bounds. */
  readonly counts = new Array<number>(LATENCY_BOUNDS_SECONDS.length + 1).fill(0);
  sumSeconds = 0;
  count = 0;

  record(milliseconds: number): void {
    const seconds = milliseconds / 1000;
    let bucket = 0;
    while (bucket < LATENCY_BOUNDS_SECONDS.length && seconds > (LATENCY_BOUNDS_SECONDS[bucket] as number)) bucket++;
    this.counts[bucket] = (this.counts[bucket] as number) + 1;
    this.sumSeconds += seconds;
    this.count++;
  }

  reset(): void {
    this.counts.fill(0);
    this.sumSeconds = 0;
    this.count = 0;
  }
}
