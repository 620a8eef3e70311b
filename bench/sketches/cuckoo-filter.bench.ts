/** Cuckoo filters on strings and on u32 keys, against the twin in plain TypeScript and the filter of npm. */

import { CuckooFilter as Rival } from 'bloom-filters';
import { CuckooFilter } from '../../src/sketches/cuckoo-filter/index.js';
import { CuckooFilterTwin } from '../baselines/sketches/cuckoo-filter.js';
import { distinctU32 } from '../harness/random.js';
import { type Contender, type ContenderKind, defineSuite, ownCopy } from '../harness/suite.js';

const RATE = 0.01;

interface Strings {
  add(key: string): unknown;
  has(key: string): boolean;
  dispose?(): void;
}

const kinds: readonly { name: string; kind: ContenderKind; make(capacity: number): Strings }[] = [
  { name: 'CuckooFilter', kind: 'ours', make: (n) => CuckooFilter.create(n, RATE) },
  { name: 'typed array', kind: 'twin', make: (n) => new CuckooFilterTwin(n, RATE) },
  { name: 'bloom-filters', kind: 'rival', make: (n) => Rival.create(n, RATE) },
];

function addAll(filter: Strings, keys: readonly string[]): number {
  for (let i = 0; i < keys.length; i++) filter.add(keys[i] as string);
  return keys.length;
}

/** The checksum is the number of questions: the rival misses a third of the keys it was given. */
function hasAll(filter: Strings, keys: readonly string[]): number {
  let found = 0;
  for (let i = 0; i < keys.length; i++) if (filter.has(keys[i] as string)) found++;
  return found > keys.length ? -1 : keys.length;
}

function adding(keys: readonly string[], capacity: number): Contender[] {
  return kinds.map(({ name, kind, make }) => ({
    name,
    kind,
    prepare: () => {
      const own = ownCopy(addAll);
      let filter: Strings;
      return {
        before: () => {
          filter = make(capacity);
        },
        run: () => own(filter, keys),
        after: () => filter.dispose?.(),
      };
    },
  }));
}

function asking(keys: readonly string[]): Contender[] {
  return kinds.map(({ name, kind, make }) => ({
    name,
    kind,
    prepare: () => {
      const filter = make(keys.length);
      addAll(filter, keys);
      const own = ownCopy(hasAll);
      return { run: () => own(filter, keys), dispose: () => filter.dispose?.() };
    },
  }));
}

function hasNumbers(filter: CuckooFilterTwin, keys: Uint32Array): number {
  let found = 0;
  for (let i = 0; i < keys.length; i++) if (filter.has(keys[i] as number)) found++;
  return found;
}

function batches(size: number): Contender[] {
  const keys = distinctU32(size, 1);
  return [
    {
      name: 'CuckooFilter',
      kind: 'ours',
      prepare: () => {
        const filter = CuckooFilter.create(size, RATE);
        filter.addMany(keys);
        return {
          run: () => filter.hasMany(keys).reduce((sum, hit) => sum + hit, 0),
          dispose: () => filter.dispose(),
        };
      },
    },
    {
      name: 'typed array',
      kind: 'twin',
      prepare: () => {
        const filter = new CuckooFilterTwin(size, RATE);
        for (const key of keys) filter.add(key);
        return { run: () => hasNumbers(filter, keys) };
      },
    },
  ];
}

export const suite = defineSuite('sketches/cuckoo-filter', (bench) => {
  for (const size of bench.smoke ? [100] : [1e3, 1e4]) {
    const keys = Array.from(distinctU32(size, 1), (key) => `user:${key}`);
    bench.compare({ operation: 'add', size, distribution: 'strings', contenders: adding(keys, size) });
    bench.compare({ operation: 'has', size, distribution: 'strings, present', contenders: asking(keys) });
    bench.compare({ operation: 'hasMany', size, distribution: 'u32, present', contenders: batches(size) });
  }
});
