/** What limits add to a call that succeeds: one call after the other. Of npm, only fixed limits can be compared. */

import * as cockatiel from 'cockatiel';
import { Aimd, adaptiveLimit, Gradient2, Vegas, Windowed } from '../../src/resilience/adaptive-limit/index.js';
import { loadShedder } from '../../src/resilience/load-shedder/index.js';
import { type Contender, defineSuite, ownCopy } from '../harness/suite.js';

interface Executes {
  execute(fn: () => Promise<number>): Promise<number>;
}

async function calls(policy: Executes, turns: number): Promise<number> {
  let sum = 0;
  const fn = async () => 1;
  for (let i = 0; i < turns; i++) sum += await policy.execute(fn);
  return sum;
}

export const suite = defineSuite('resilience/limits', (bench) => {
  const turns = bench.smoke ? 100 : 10_000;
  const contender = (name: string, kind: Contender['kind'], make: () => Executes): Contender => ({
    name,
    kind,
    prepare: () => {
      const own = ownCopy(calls);
      const policy = make();
      return { run: () => own(policy, turns) };
    },
  });
  const compare = (operation: string, distribution: string, ours: () => Executes): void =>
    bench.compare({
      operation,
      size: turns,
      distribution,
      contenders: [
        contender('ashlar', 'ours', ours),
        contender('cockatiel, a fixed bulkhead', 'rival', () => cockatiel.bulkhead(100)),
        contender('bare await', 'control', () => ({ execute: (fn) => fn() })),
      ],
    });

  compare('load shedder', 'room for all', () => loadShedder({ limit: 100 }));
  compare('adaptive limit', 'Aimd', () => adaptiveLimit({ algorithm: new Aimd() }));
  compare('adaptive limit', 'Vegas', () => adaptiveLimit({ algorithm: new Vegas() }));
  compare('adaptive limit', 'Gradient2, windowed', () => adaptiveLimit({ algorithm: new Windowed(new Gradient2()) }));
});
