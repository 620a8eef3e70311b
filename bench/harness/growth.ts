/** Latency of single insertions while a structure grows from nothing: the case that shows a rehash that stalls. */

import type { BenchContext, ContenderKind } from './suite.js';

export interface Growing {
  readonly name: string;
  readonly kind: ContenderKind;
  /** Makes an empty structure and returns its insertion of the i-th entry, i from 0. */
  prepare(size: number): (i: number) => void;
}

/** Declares growth to 1e6 entries, with --large also to 1e7. */
export function benchGrowth(
  bench: BenchContext,
  what: string,
  distribution: string,
  growing: readonly Growing[],
): void {
  const sizes = bench.smoke ? [2000] : bench.large ? [1e6, 1e7] : [1e6];
  for (const size of sizes) {
    bench.latency({
      operation: `${what} while growing`,
      size,
      distribution,
      contenders: growing.map(({ name, kind, prepare }) => ({ name, kind, prepare: () => prepare(size) })),
    });
  }
}
