/** Caches compared by rounds, each on a cache that stays: what was cold in one is warm in the next. */

import type { Comparison, Contender } from '../harness/suite.js';

/** A name, what it is, and how one is opened: what comes back asks it. */
export type Opened<Get> = readonly [name: string, kind: Contender['kind'], open: () => Get];

export function comparison<Get>(
  operation: string,
  size: number,
  distribution: string,
  contenders: readonly Opened<Get>[],
  run: (get: Get, round: number) => Promise<number>,
): Comparison {
  return {
    operation,
    size,
    distribution,
    contenders: contenders.map(([name, kind, open]) => ({
      name,
      kind,
      prepare: () => {
        const get = open();
        let round = 0;
        return { run: () => run(get, round++) };
      },
    })),
  };
}
