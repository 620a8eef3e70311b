/** Count-min sketches of 2719 × 7 counters on a skewed stream, against the twin in plain TypeScript and the one of npm. */

import { CountMinSketch as Rival } from 'bloom-filters';
import { CountMinSketch } from '../../src/sketches/count-min-sketch/index.js';
import { CountMinSketchTwin } from '../baselines/sketches/count-min-sketch.js';
import { zipfIndices } from '../harness/random.js';
import { type Contender, type ContenderKind, defineSuite, ownCopy } from '../harness/suite.js';

const [WIDTH, DEPTH] = [2719, 7];

interface Counter {
  add(key: string): unknown;
  estimate(key: string): number;
  dispose?(): void;
}

class RivalCounter implements Counter {
  readonly #rival = new Rival(WIDTH, DEPTH);

  add(key: string): void {
    this.#rival.update(key);
  }

  estimate(key: string): number {
    return this.#rival.count(key);
  }
}

const kinds: readonly { name: string; kind: ContenderKind; make(): Counter }[] = [
  { name: 'CountMinSketch', kind: 'ours', make: () => CountMinSketch.withDimensions(WIDTH, DEPTH) },
  { name: 'typed array', kind: 'twin', make: () => new CountMinSketchTwin(WIDTH, DEPTH) },
  { name: 'bloom-filters', kind: 'rival', make: () => new RivalCounter() },
];

function addAll(counter: Counter, keys: readonly string[]): number {
  for (let i = 0; i < keys.length; i++) counter.add(keys[i] as string);
  return keys.length;
}

/** The checksum is how many keys are there, which is all: hashes differ, and with them how much too high the counts are. */
function estimateAll(counter: Counter, keys: readonly string[]): number {
  let found = 0;
  for (let i = 0; i < keys.length; i++) if (counter.estimate(keys[i] as string) > 0) found++;
  return found;
}

function strings(keys: readonly string[], work: typeof addAll, filled: boolean): Contender[] {
  return kinds.map(({ name, kind, make }) => ({
    name,
    kind,
    prepare: () => {
      const counter = make();
      if (filled) addAll(counter, keys);
      const own = ownCopy(work);
      return { run: () => own(counter, keys), dispose: () => counter.dispose?.() };
    },
  }));
}

function addNumbers(counter: CountMinSketchTwin, keys: Uint32Array): void {
  for (let i = 0; i < keys.length; i++) counter.add(keys[i] as number);
}

function found(counts: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < counts.length; i++) sum += (counts[i] as number) > 0 ? 1 : 0;
  return sum;
}

function batches(keys: Uint32Array): { add: Contender[]; estimate: Contender[] } {
  const ours = (run: (sketch: CountMinSketch) => number): Contender => ({
    name: 'CountMinSketch',
    kind: 'ours',
    prepare: () => {
      const sketch = CountMinSketch.withDimensions(WIDTH, DEPTH).addMany(keys);
      return { run: () => run(sketch), dispose: () => sketch.dispose() };
    },
  });
  const twin = (run: (sketch: CountMinSketchTwin) => number): Contender => ({
    name: 'typed array',
    kind: 'twin',
    prepare: () => {
      const sketch = new CountMinSketchTwin(WIDTH, DEPTH);
      addNumbers(sketch, keys);
      return { run: () => run(sketch) };
    },
  });
  const out = new Uint32Array(keys.length);
  return {
    add: [
      ours((sketch) => sketch.addMany(keys) && keys.length),
      twin((sketch) => {
        addNumbers(sketch, keys);
        return keys.length;
      }),
    ],
    estimate: [
      ours((sketch) => found(sketch.estimateMany(keys))),
      twin((sketch) => {
        for (let i = 0; i < keys.length; i++) out[i] = sketch.estimate(keys[i] as number);
        return found(out);
      }),
    ],
  };
}

export const suite = defineSuite('sketches/count-min-sketch', (bench) => {
  for (const size of bench.smoke ? [100] : [1e4, 1e5]) {
    const numbers = zipfIndices(size, size, 1);
    const { add, estimate } = batches(numbers);
    bench.compare({ operation: 'addMany', size, distribution: 'u32, zipf', contenders: add });
    bench.compare({ operation: 'estimateMany', size, distribution: 'u32, zipf', contenders: estimate });
  }
  const size = bench.smoke ? 100 : 1e3;
  const keys = Array.from(zipfIndices(size, size, 1), (key) => `user:${key}`);
  bench.compare({ operation: 'add', size, distribution: 'strings, zipf', contenders: strings(keys, addAll, false) });
  const contenders = strings(keys, estimateAll, true);
  bench.compare({ operation: 'estimate', size, distribution: 'strings, zipf', contenders });
});
