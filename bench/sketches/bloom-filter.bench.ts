/** Bloom filters on strings and on u32 keys, against the twin in plain TypeScript and the filters of npm. */

import { BloomFilter as Rival } from 'bloom-filters';
import { BloomFilter as Mnemonist } from 'mnemonist';
import { BlockedBloomFilter, BloomFilter } from '../../src/sketches/bloom-filter/index.js';
import { BloomFilterTwin } from '../baselines/sketches/bloom-filter.js';
import { distinctU32, shuffled } from '../harness/random.js';
import { type Contender, type ContenderKind, defineSuite, ownCopy } from '../harness/suite.js';

const RATE = 0.01;

/** What all contenders can do. */
interface Strings {
  add(key: string): unknown;
  has(key: string): boolean;
}

interface Kind {
  readonly name: string;
  readonly kind: ContenderKind;
  readonly make: (capacity: number) => Strings & { dispose?: () => void };
}

class MnemonistStrings extends Mnemonist implements Strings {
  has(key: string): boolean {
    return this.test(key);
  }
}

const kinds: readonly Kind[] = [
  { name: 'BloomFilter', kind: 'ours', make: (n) => BloomFilter.create(n, RATE) },
  { name: 'BlockedBloomFilter', kind: 'ours', make: (n) => BlockedBloomFilter.create(n, RATE) },
  { name: 'typed array', kind: 'twin', make: (n) => new BloomFilterTwin(n, RATE) },
  { name: 'mnemonist', kind: 'rival', make: (n) => new MnemonistStrings({ capacity: n, errorRate: RATE }) },
  { name: 'bloom-filters', kind: 'rival', make: (n) => Rival.create(n, RATE) },
];

function addAll(filter: Strings, keys: readonly string[]): number {
  for (let i = 0; i < keys.length; i++) filter.add(keys[i] as string);
  return keys.length;
}

/** The checksum: no filter may miss a key it has. */
function hasAll(filter: Strings, keys: readonly string[]): number {
  let found = 0;
  for (let i = 0; i < keys.length; i++) if (filter.has(keys[i] as string)) found++;
  return found;
}

/** Absent keys: false positives differ, so the checksum is the number of questions. */
function askAll(filter: Strings, keys: readonly string[]): number {
  let found = 0;
  for (let i = 0; i < keys.length; i++) if (filter.has(keys[i] as string)) found++;
  return found > keys.length ? -1 : keys.length;
}

function onStrings(
  kind: Kind,
  capacity: number,
  fill: readonly string[],
  keys: readonly string[],
  loop: typeof addAll,
): Contender {
  return {
    name: kind.name,
    kind: kind.kind,
    prepare: () => {
      const filter = kind.make(capacity);
      addAll(filter, fill);
      const own = ownCopy(loop);
      return { run: () => own(filter, keys), dispose: () => filter.dispose?.() };
    },
  };
}

interface Batches {
  addMany(keys: Uint32Array): unknown;
  hasMany(keys: Uint32Array): Uint8Array;
  dispose(): void;
}

function batched(name: string, make: () => Batches, keys: Uint32Array, adding: boolean): Contender {
  return {
    name,
    kind: 'ours',
    prepare: () => {
      const filter = make();
      filter.addMany(keys);
      const run = () => {
        if (adding) filter.addMany(keys);
        else if (filter.hasMany(keys)[keys.length - 1] !== 1) return -1;
        return keys.length;
      };
      return { run, dispose: () => filter.dispose() };
    },
  };
}

/** Loops for who has no batches. The rivals take text: a number must become one, which is part of the cost. */
function addNumbers(filter: { add(key: string): unknown }, keys: Uint32Array): number {
  for (let i = 0; i < keys.length; i++) filter.add(String(keys[i]));
  return keys.length;
}
function hasNumbers(filter: { has(key: string): boolean }, keys: Uint32Array): number {
  let found = 0;
  for (let i = 0; i < keys.length; i++) if (filter.has(String(keys[i]))) found++;
  return found;
}
function addTwin(filter: BloomFilterTwin, keys: Uint32Array): number {
  for (let i = 0; i < keys.length; i++) filter.addU32(keys[i] as number);
  return keys.length;
}
function hasTwin(filter: BloomFilterTwin, keys: Uint32Array): number {
  let found = 0;
  for (let i = 0; i < keys.length; i++) if (filter.hasU32(keys[i] as number)) found++;
  return found;
}

function numbers(size: number, adding: boolean): Contender[] {
  const keys = distinctU32(size, 1);
  const rivals = kinds.filter((it) => it.kind === 'rival');
  return [
    batched('BloomFilter', () => BloomFilter.create(size, RATE), keys, adding),
    batched('BlockedBloomFilter', () => BlockedBloomFilter.create(size, RATE), keys, adding),
    {
      name: 'typed array',
      kind: 'twin',
      prepare: () => {
        const filter = new BloomFilterTwin(size, RATE);
        addTwin(filter, keys);
        const own = ownCopy(adding ? addTwin : hasTwin);
        return { run: () => own(filter, keys) };
      },
    },
    ...rivals.map(
      (rival): Contender => ({
        name: rival.name,
        kind: 'rival',
        prepare: () => {
          const filter = rival.make(size);
          addNumbers(filter, keys);
          const own = adding ? ownCopy(addNumbers) : ownCopy(hasNumbers);
          return { run: () => own(filter, keys) };
        },
      }),
    ),
  ];
}

export const suite = defineSuite('sketches/bloom-filter', (bench) => {
  for (const size of bench.smoke ? [100] : [1e4, 1e6]) {
    const asked = shuffled(distinctU32(size, 1), 2);
    const keys = Array.from(asked, (key) => `user:${key}`);
    const absent = Array.from(asked, (key) => `none:${key}`);
    // A rival takes some 10 µs a key: a tenth of the large set is asked for, in a filter that holds all of it.
    const some = keys.slice(0, Math.min(size, 1e5));
    const others = absent.slice(0, some.length);
    const add = (operation: string, distribution: string, contenders: Contender[], operations = some.length) =>
      bench.compare({ operation, size, distribution, operations, contenders });
    add(
      'add',
      'strings',
      kinds.map((it) => onStrings(it, size, [], some, addAll)),
    );
    add(
      'has',
      'strings, present',
      kinds.map((it) => onStrings(it, size, some, some, hasAll)),
    );
    add(
      'has',
      'strings, absent',
      kinds.map((it) => onStrings(it, size, some, others, askAll)),
    );
    if (size <= 1e4) {
      add('addMany', 'u32', numbers(size, true), size);
      add('hasMany', 'u32, present', numbers(size, false), size);
    }
  }
});
