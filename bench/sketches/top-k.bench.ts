/** The hundred most frequent strings of a skewed stream, against Space-Saving in plain TypeScript and the one of npm. */

import { TopK as Rival } from 'bloom-filters';
import { TopK } from '../../src/sketches/top-k/index.js';
import { TopKTwin } from '../baselines/sketches/top-k.js';
import { zipfIndices } from '../harness/random.js';
import { type Contender, type ContenderKind, defineSuite, ownCopy } from '../harness/suite.js';

const K = 100;

interface Counter {
  add(key: string): unknown;
  /** The most frequent key. */
  first(): string | undefined;
  dispose?(): void;
}

function ours(algorithm: 'heavy-keeper' | 'space-saving'): Counter {
  const sketch = new TopK({ k: K, algorithm });
  return { add: (key) => sketch.add(key), first: () => sketch.list()[0]?.key, dispose: () => sketch.dispose() };
}

function twin(): Counter {
  const sketch = new TopKTwin(K);
  return { add: (key) => sketch.add(key), first: () => sketch.list()[0]?.key };
}

function rival(): Counter {
  const sketch = new Rival(K, 0.001, 0.99);
  return { add: (key) => sketch.add(key), first: () => sketch.values()[0]?.value };
}

const kinds: readonly { name: string; kind: ContenderKind; make(): Counter }[] = [
  { name: 'TopK, HeavyKeeper', kind: 'ours', make: () => ours('heavy-keeper') },
  { name: 'Map and heap, Space-Saving', kind: 'twin', make: twin },
  { name: 'bloom-filters', kind: 'rival', make: rival },
];

function addAll(counter: Counter, keys: readonly string[]): number {
  for (let i = 0; i < keys.length; i++) counter.add(keys[i] as string);
  return keys.length;
}

/** The checksum: all keys were added, and the most frequent one leads. */
function contenders(keys: readonly string[], of: typeof kinds): Contender[] {
  return of.map(({ name, kind, make }) => ({
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
          if (counter.first() !== 'user:0') throw new Error(`${name} has ${counter.first()} for the most frequent key`);
          counter.dispose?.();
        },
      };
    },
  }));
}

function batches(keys: readonly string[], algorithm: 'heavy-keeper' | 'space-saving'): Contender[] {
  return [
    {
      name: `TopK.addMany`,
      kind: 'ours',
      prepare: () => {
        const sketch = new TopK({ k: K, algorithm });
        return { run: () => sketch.addMany(keys).length, dispose: () => sketch.dispose() };
      },
    },
    {
      name: 'Map and heap, Space-Saving',
      kind: 'twin',
      prepare: () => {
        const sketch = new TopKTwin(K);
        return { run: () => addAll({ add: (key) => sketch.add(key), first: () => undefined }, keys) };
      },
    },
  ];
}

export const suite = defineSuite('sketches/top-k', (bench) => {
  const saving = kinds.map((one) =>
    one.kind === 'ours' ? { ...one, name: 'TopK, Space-Saving', make: () => ours('space-saving') } : one,
  );
  for (const size of bench.smoke ? [200] : [1e3, 1e5]) {
    const keys = Array.from(zipfIndices(size, size, 1), (key) => `user:${key}`);
    const slow = size > 1e4;
    const of = (list: typeof kinds) => (slow ? list.filter(({ kind }) => kind !== 'rival') : list);
    bench.compare({
      operation: 'add, HeavyKeeper',
      size,
      distribution: 'zipf',
      contenders: contenders(keys, of(kinds)),
    });
    bench.compare({
      operation: 'add, Space-Saving',
      size,
      distribution: 'zipf',
      contenders: contenders(keys, of(saving)),
    });
    const many = batches(keys, 'heavy-keeper');
    bench.compare({ operation: 'addMany, HeavyKeeper', size, distribution: 'zipf', contenders: many });
  }
});
