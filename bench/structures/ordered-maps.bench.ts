/** `BTree` and `SkipList` against the twin in plain TypeScript and the ordered maps of npm. */

import { TreeMap } from 'data-structure-typed';
import { OrderedMap as SdslMap } from 'js-sdsl';
import sortedBTree, { type SortedBTree } from 'sorted-btree';
import { BTree } from '../../src/structures/b-tree/index.js';
import { SkipList, SortedSet } from '../../src/structures/skip-list/index.js';
import { BTreeTwin } from '../baselines/structures/b-tree.js';
import { distinctU32, shuffled } from '../harness/random.js';
import { type Contender, type ContenderKind, defineSuite, ownCopy, type Prepared } from '../harness/suite.js';

/** What all contenders can do. */
interface Sorted<Key> {
  get(key: Key): number | undefined;
  set(key: Key, value: number): unknown;
  dispose?(): void;
}

interface Kind<Key> {
  readonly name: string;
  readonly kind: ContenderKind;
  readonly make: () => Sorted<Key>;
  /** Copies everything in order; returns how many entries. */
  readonly copy?: (map: never, keys: Float64Array, values: Float64Array) => number;
}

class Sdsl<Key> extends SdslMap<Key, number> implements Sorted<Key> {
  get(key: Key): number | undefined {
    return this.getElementByKey(key);
  }
  set(key: Key, value: number): unknown {
    return this.setElement(key, value);
  }
}

/** @param compare what sorted-btree is faster with than with its own, if anything */
function rivals<Key>(compare?: (a: Key, b: Key) => number): Kind<Key>[] {
  return [
    {
      name: 'sorted-btree',
      kind: 'rival',
      make: () => new sortedBTree.default<Key, number>(undefined, compare),
      copy: (map: SortedBTree<number, number>, keys, values) => {
        let i = 0;
        map.forEachPair((key, value) => {
          keys[i] = key;
          values[i++] = value;
        });
        return i;
      },
    },
    {
      name: 'js-sdsl',
      kind: 'rival',
      make: () => new Sdsl<Key>(),
      copy: (map: Sdsl<number>, keys, values) => {
        let i = 0;
        map.forEach((entry) => {
          keys[i] = entry[0];
          values[i++] = entry[1];
        });
        return i;
      },
    },
    { name: 'data-structure-typed', kind: 'rival', make: () => new TreeMap<Key, number>() },
  ];
}

const scan = (map: BTree, keys: Float64Array, values: Float64Array) => map.scan(0, keys, values);
const numberKinds: readonly Kind<number>[] = [
  { name: 'BTree', kind: 'ours', make: () => new BTree(), copy: scan as never },
  { name: 'SkipList', kind: 'ours', make: () => new SkipList(), copy: scan as never },
  {
    name: 'typed arrays',
    kind: 'twin',
    make: () => new BTreeTwin(),
    copy: (map: BTreeTwin, keys, values) => map.copyTo(keys, values),
  },
  ...rivals<number>(),
];
const stringKinds: readonly Kind<string>[] = [
  { name: 'BTree', kind: 'ours', make: () => new BTree({ keys: 'bytes', values: 'f64' }) },
  { name: 'SkipList', kind: 'ours', make: () => new SkipList({ keys: 'bytes', values: 'f64' }) },
  ...rivals<string>((a, b) => (a < b ? -1 : a > b ? 1 : 0)),
];

function getAll(map: Sorted<unknown>, keys: ArrayLike<unknown>): number {
  let sum = 0;
  for (let i = 0; i < keys.length; i++) sum += map.get(keys[i]) as number;
  return sum;
}

function setAll(map: Sorted<unknown>, keys: ArrayLike<unknown>): number {
  for (let i = 0; i < keys.length; i++) map.set(keys[i], i);
  return keys.length;
}

/** A loop over a map that is filled once. */
function reading<Key>(kind: Kind<Key>, keys: ArrayLike<Key>, loop: (map: Sorted<Key>) => number): Contender {
  return {
    name: kind.name,
    kind: kind.kind,
    prepare: (): Prepared => {
      const map = kind.make();
      setAll(map as Sorted<unknown>, keys);
      return { run: () => loop(map), dispose: () => map.dispose?.() };
    },
  };
}

/** A loop that fills a map made anew for each iteration. */
function filling<Key>(kind: Kind<Key>, loop: (map: Sorted<Key>) => number): Contender {
  return {
    name: kind.name,
    kind: kind.kind,
    prepare: (): Prepared => {
      let map: Sorted<Key>;
      return {
        before: () => {
          map = kind.make();
        },
        run: () => loop(map),
        after: () => map.dispose?.(),
      };
    },
  };
}

export const suite = defineSuite('structures/ordered-maps', (bench) => {
  for (const size of bench.smoke ? [100] : [1e4, 2e5]) {
    const u32 = distinctU32(size, 1);
    const numbers = Float64Array.from(u32, (key) => key / 7);
    const asked = shuffled(numbers, 2);
    const add = (operation: string, distribution: string, contenders: Contender[]) =>
      bench.compare({ operation, size, distribution, contenders });
    const each = <Key>(
      kinds: readonly Kind<Key>[],
      keys: ArrayLike<Key>,
      loop: typeof getAll,
      over?: ArrayLike<Key>,
    ): Contender[] =>
      kinds.map((kind) => {
        const own = ownCopy(loop) as (map: Sorted<Key>, keys: ArrayLike<Key>) => number;
        return over === undefined
          ? filling(kind, (map) => own(map, keys))
          : reading(kind, keys, (map) => own(map, over));
      });
    add('get', 'f64, uniform', each(numberKinds, numbers, getAll, asked));
    add('set of new keys', 'f64, growing from empty', each(numberKinds, numbers, setAll));
    add('set of old keys', 'f64, uniform', each(numberKinds, numbers, setAll, asked));
    copies(bench, size, numbers);
    const strings = Array.from(u32, (key) => `user:${key}`);
    const askedStrings = Array.from(shuffled(u32, 2), (key) => `user:${key}`);
    add('get', 'strings', each(stringKinds, strings, getAll, askedStrings));
    add('set of new keys', 'strings, growing from empty', each(stringKinds, strings, setAll));
    sets(bench, size, strings, askedStrings);
  }
});

/** Everything into two typed arrays: a batch call of ours beside the loop that others need for it. */
function copies(bench: Parameters<typeof suite.declare>[0], size: number, numbers: Float64Array): void {
  const [keys, values] = [new Float64Array(size), new Float64Array(size)];
  bench.compare({
    operation: 'full scan',
    size,
    distribution: 'f64, into arrays',
    contenders: numberKinds.flatMap((kind) => {
      const { copy } = kind;
      return copy === undefined ? [] : [reading(kind, numbers, (map) => copy(map as never, keys, values))];
    }),
  });
}

/** npm has no sorted set with ranks: a B-tree of [score, member] beside a Map is what one would build. */
function sets(
  bench: Parameters<typeof suite.declare>[0],
  size: number,
  members: readonly string[],
  asked: readonly string[],
): void {
  const fill = (set: Scores) => {
    for (let i = 0; i < members.length; i++) set.add(members[i] as string, i % 1000);
  };
  const kinds: readonly { name: string; kind: ContenderKind; make: () => Scores }[] = [
    { name: 'SortedSet', kind: 'ours', make: () => new SortedSet() },
    { name: 'Map and sorted-btree', kind: 'rival', make: () => new Composed() },
  ];
  bench.compare({
    operation: 'sorted set: change a score',
    size,
    distribution: 'strings',
    contenders: kinds.map(({ name, kind, make }) => ({
      name,
      kind,
      prepare: () => {
        const set = make();
        fill(set);
        let round = 0;
        const run = () => {
          round++;
          for (let i = 0; i < asked.length; i++) set.add(asked[i] as string, (i + 7 * round) % 1000);
          return set.size;
        };
        return { run, dispose: () => set.dispose?.() };
      },
    })),
  });
}

interface Scores {
  readonly size: number;
  add(member: string, score: number): unknown;
  dispose?(): void;
}

class Composed implements Scores {
  readonly #scores = new Map<string, number>();
  readonly #order = new sortedBTree.default<[number, string], true>(undefined, (a, b) =>
    a[0] !== b[0] ? a[0] - b[0] : a[1] < b[1] ? -1 : a[1] > b[1] ? 1 : 0,
  );
  get size(): number {
    return this.#scores.size;
  }
  add(member: string, score: number): void {
    const old = this.#scores.get(member);
    if (old === score) return;
    if (old !== undefined) this.#order.delete([old, member]);
    this.#scores.set(member, score);
    this.#order.set([score, member], true);
  }
}
