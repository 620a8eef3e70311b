/** HyperLogLogs of precision 14 on strings and on u32 keys, against the twin in plain TypeScript and the one of npm. */

import { HyperLogLog as Rival } from 'bloom-filters';
import { HyperLogLog } from '../../src/sketches/hyper-log-log/index.js';
import { HyperLogLogTwin } from '../baselines/sketches/hyper-log-log.js';
import { distinctU32 } from '../harness/random.js';
import { type Contender, type ContenderKind, defineSuite, ownCopy } from '../harness/suite.js';

interface Counter {
  add(key: string): unknown;
  count(): number;
  dispose?(): void;
}

class RivalCounter implements Counter {
  readonly #rival = new Rival(2 ** 14);

  add(key: string): void {
    this.#rival.update(key);
  }

  count(): number {
    return this.#rival.count();
  }
}

const kinds: readonly { name: string; kind: ContenderKind; make(): Counter }[] = [
  { name: 'HyperLogLog', kind: 'ours', make: () => new HyperLogLog() },
  { name: 'typed array', kind: 'twin', make: () => new HyperLogLogTwin() },
  { name: 'bloom-filters', kind: 'rival', make: () => new RivalCounter() },
];

function addAll(counter: Counter, keys: readonly string[]): number {
  for (let i = 0; i < keys.length; i++) counter.add(keys[i] as string);
  return keys.length;
}

/** The checksum says whether the estimate is within a tenth: hashes differ, and with them the last digits. */
function verdict(estimate: number, size: number): number {
  return Math.abs(estimate / size - 1) < 0.1 ? size : estimate;
}

function adding(keys: readonly string[]): Contender[] {
  return kinds.map(({ name, kind, make }) => ({
    name,
    kind,
    prepare: () => {
      const own = ownCopy(addAll);
      let counter: Counter;
      return {
        before: () => {
          counter = make();
        },
        run: () => own(counter, keys),
        after: () => {
          // The rival's estimate has no correction of small counts: it is off by more at 1000 keys.
          if (kind !== 'rival' && verdict(counter.count(), keys.length) !== keys.length)
            throw new Error(`${name} is wrong`);
          counter.dispose?.();
        },
      };
    },
  }));
}

function counting(keys: readonly string[]): Contender[] {
  return kinds.map(({ name, kind, make }) => ({
    name,
    kind,
    prepare: () => {
      const counter = make();
      addAll(counter, keys);
      return {
        run: () => {
          let sum = 0;
          for (let i = 0; i < 100; i++) sum += counter.count() > 0 ? 1 : 0;
          return sum;
        },
        dispose: () => counter.dispose?.(),
      };
    },
  }));
}

function addNumbers(counter: HyperLogLogTwin, keys: Uint32Array): void {
  for (let i = 0; i < keys.length; i++) counter.add(keys[i] as number);
}

function batches(size: number): Contender[] {
  const keys = distinctU32(size, 1);
  return [
    {
      name: 'HyperLogLog',
      kind: 'ours',
      prepare: () => {
        let sketch: HyperLogLog;
        return {
          before: () => {
            sketch = new HyperLogLog();
          },
          run: () => {
            sketch.addMany(keys);
            return verdict(sketch.count(), size);
          },
          after: () => sketch.dispose(),
        };
      },
    },
    {
      name: 'typed array',
      kind: 'twin',
      prepare: () => ({
        run: () => {
          const sketch = new HyperLogLogTwin();
          addNumbers(sketch, keys);
          return verdict(sketch.count(), size);
        },
      }),
    },
  ];
}

export const suite = defineSuite('sketches/hyper-log-log', (bench) => {
  for (const size of bench.smoke ? [100] : [1e3, 1e5]) {
    const keys = Array.from(distinctU32(size, 1), (key) => `user:${key}`);
    bench.compare({ operation: 'add', size, distribution: 'strings', contenders: adding(keys) });
    bench.compare({ operation: 'count', size, distribution: 'strings', operations: 100, contenders: counting(keys) });
    bench.compare({ operation: 'addMany', size, distribution: 'u32', contenders: batches(size) });
  }
  if (!bench.smoke) {
    bench.compare({ operation: 'addMany', size: 1e6, distribution: 'u32', contenders: batches(1e6) });
  }
});
