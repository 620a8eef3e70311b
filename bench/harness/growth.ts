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
      contenders: [...growing, freshMemory].map(({ name, kind, prepare }) => ({
        name,
        kind,
        prepare: () => prepare(size),
      })),
    });
  }
}

const CONTROL_BYTES = 64;

/**
 * No structure at all: each operation writes 64 bytes of memory that nobody has touched yet. What of its operations is
 * slow is the clock, the scheduler, the page faults and the collector of the machine, and happens to every contender.
 */
const freshMemory: Growing = {
  name: 'no structure, fresh memory',
  kind: 'control',
  prepare: (size) => {
    const memory = new Uint8Array(size * CONTROL_BYTES);
    return (i) => {
      memory.fill(i, i * CONTROL_BYTES, (i + 1) * CONTROL_BYTES);
    };
  },
};
