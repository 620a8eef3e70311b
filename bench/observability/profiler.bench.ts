/** What a watched event loop and a drawn profile cost. Nobody on npm draws flame graphs without a browser or a process. */

import { EventLoopProfiler, flameGraph, foldedText, parseFolded } from '../../src/observability/profiler/index.js';
import { generator } from '../harness/random.js';
import { defineSuite, ownCopy } from '../harness/suite.js';

const STACKS = 10_000;
const TICKS = 10_000;

/** Stacks of up to twenty functions out of two hundred. */
function folded(): string {
  const random = generator(7);
  const lines = Array.from({ length: STACKS }, () => {
    const depth = 1 + Math.floor(random() * 20);
    const names = Array.from({ length: depth }, (_, at) => `function${Math.floor(random() * 3) + 10 * at}`);
    return `${names.join(';')} ${1 + Math.floor(random() * 100)}`;
  });
  return lines.join('\n');
}

function tickAll(tick: () => void, count: number): number {
  for (let i = 0; i < count; i++) tick();
  return count;
}

export const suite = defineSuite('observability/profiler', (bench) => {
  bench.compare({
    operation: 'flame graph: read, drawn',
    size: STACKS,
    distribution: 'random stacks',
    contenders: [
      {
        name: 'parseFolded and flameGraph',
        kind: 'ours',
        prepare: () => {
          const text = folded();
          return { run: () => flameGraph(parseFolded(text)).length };
        },
      },
    ],
  });
  bench.compare({
    operation: 'folded stacks: written',
    size: STACKS,
    distribution: 'random stacks',
    contenders: [
      {
        name: 'foldedText',
        kind: 'ours',
        prepare: () => {
          const root = parseFolded(folded());
          return { run: () => foldedText(root).length };
        },
      },
    ],
  });
  bench.compare({
    operation: 'event loop: one look',
    size: TICKS,
    distribution: 'on time',
    contenders: [
      {
        name: 'EventLoopProfiler',
        kind: 'ours',
        prepare: () => {
          let tick = () => {};
          let now = 0;
          const clock = { now: () => 0, monotonic: () => (now += 10) };
          const timer = {
            after: () => () => {},
            every: (_: number, callback: () => void) => {
              tick = callback;
              return () => {};
            },
          };
          new EventLoopProfiler({ clock, timer }).start();
          const loop = ownCopy(tickAll);
          return { run: () => loop(tick, TICKS) };
        },
      },
    ],
  });
});
