/** The R-tree against the twin in plain TypeScript, flatbush (static), and rbush with rbush-knn (dynamic). */

import Flatbush from 'flatbush';
import RBush from 'rbush';
import knn from 'rbush-knn';
import { RTree } from '../../src/structures/r-tree/index.js';
import { RTreeTwin } from '../baselines/structures/r-tree.js';
import { generator } from '../harness/random.js';
import { type Contender, type ContenderKind, defineSuite, ownCopy } from '../harness/suite.js';

interface Item {
  readonly minX: number;
  readonly minY: number;
  readonly maxX: number;
  readonly maxY: number;
  readonly id: number;
}

/** What each contender can do with boxes; a result is the number of entries found, or a sum of their ids. */
interface Index {
  search?(minX: number, minY: number, maxX: number, maxY: number): number;
  nearest?(x: number, y: number, k: number): number;
  insert?(i: number): void;
  remove?(i: number): void;
  dispose?(): void;
}

interface Kind {
  readonly name: string;
  readonly kind: ContenderKind;
  /** An index of all of the boxes; of none where it is to be filled one by one. */
  readonly make: (of: Data, full: boolean) => Index;
}

/** The boxes, and the objects that rbush holds. */
class Data {
  readonly items: readonly Item[];
  constructor(readonly boxes: Float64Array<ArrayBuffer>) {
    this.items = Array.from({ length: boxes.length / 4 }, (_, id) => {
      const [minX, minY, maxX, maxY] = boxes.subarray(4 * id, 4 * id + 4) as unknown as [
        number,
        number,
        number,
        number,
      ];
      return { minX, minY, maxX, maxY, id };
    });
  }
}

function sum(ids: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < ids.length; i++) total = (total + (ids[i] as number)) | 0;
  return total;
}

const ours = (name: string, packing: 'str' | 'hilbert'): Kind => ({
  name,
  kind: 'ours',
  make: ({ boxes }, full) => {
    const tree = new RTree();
    if (full) tree.bulkLoad(undefined, boxes, { packing });
    const at = (i: number) => boxes[i] as number;
    return {
      search: (a, b, c, d) => tree.search(a, b, c, d).length,
      nearest: (x, y, k) => sum(tree.nearest(x, y, k)),
      insert: (i) => tree.insert(i, at(4 * i), at(4 * i + 1), at(4 * i + 2), at(4 * i + 3)),
      remove: (i) => void tree.remove(i, at(4 * i), at(4 * i + 1), at(4 * i + 2), at(4 * i + 3)),
      dispose: () => tree.dispose(),
    };
  },
});
const packed = ours('RTree', 'str');
const hilbert = ours('RTree, Hilbert', 'hilbert');
const twin: Kind = {
  name: 'typed arrays',
  kind: 'twin',
  make: ({ boxes }, full) => {
    const tree = new RTreeTwin();
    if (full) tree.bulkLoad(boxes);
    const at = (i: number) => boxes[i] as number;
    return {
      search: (a, b, c, d) => tree.search(a, b, c, d).length,
      insert: (i) => tree.insert(i, at(4 * i), at(4 * i + 1), at(4 * i + 2), at(4 * i + 3)),
    };
  },
};
const flatbush: Kind = {
  name: 'flatbush',
  kind: 'rival',
  make: ({ boxes }) => {
    const tree = new Flatbush(boxes.length / 4);
    for (let i = 0; i < boxes.length; i += 4) {
      tree.add(boxes[i] as number, boxes[i + 1] as number, boxes[i + 2] as number, boxes[i + 3] as number);
    }
    tree.finish();
    return {
      search: (a, b, c, d) => tree.search(a, b, c, d).length,
      nearest: (x, y, k) => sum(tree.neighbors(x, y, k)),
    };
  },
};
const rbush: Kind = {
  name: 'rbush',
  kind: 'rival',
  make: ({ items }, full) => {
    const tree = new RBush<Item>();
    if (full) tree.load(items.slice());
    return {
      search: (minX, minY, maxX, maxY) => tree.search({ minX, minY, maxX, maxY }).length,
      nearest: (x, y, k) => sum(knn(tree, x, y, k).map((item) => item.id)),
      insert: (i) => void tree.insert(items[i] as Item),
      remove: (i) => void tree.remove(items[i] as Item),
    };
  },
};

function askAll(index: Index, corners: Float64Array, side: number): number {
  let found = 0;
  for (let i = 0; i < corners.length; i += 2) {
    const [x, y] = [corners[i] as number, corners[i + 1] as number];
    found += (index.search as NonNullable<Index['search']>)(x, y, x + side, y + side);
  }
  return found;
}

function nearestAll(index: Index, points: Float64Array, k: number): number {
  let total = 0;
  for (let i = 0; i < points.length; i += 2) {
    total =
      (total + (index.nearest as NonNullable<Index['nearest']>)(points[i] as number, points[i + 1] as number, k)) | 0;
  }
  return total;
}

function insertAll(index: Index, count: number): number {
  for (let i = 0; i < count; i++) (index.insert as NonNullable<Index['insert']>)(i);
  return (index.search as NonNullable<Index['search']>)(0, 0, 1e9, 1e9);
}

function removeSome(index: Index, count: number): number {
  for (let i = 0; i < count; i++) (index.remove as NonNullable<Index['remove']>)(i);
  return (index.search as NonNullable<Index['search']>)(0, 0, 1e9, 1e9);
}

/** Builds, untimed, and asks. */
function asked(
  kind: Kind,
  data: Data,
  build: (kind: Kind, data: Data) => Index,
  ask: (index: Index) => number,
): Contender {
  return {
    name: kind.name,
    kind: kind.kind,
    prepare: () => {
      const index = build(kind, data);
      return { run: () => ask(index), dispose: () => index.dispose?.() };
    },
  };
}

/** Changes an index that is made anew, untimed, before each iteration. */
function changed(
  kind: Kind,
  data: Data,
  full: boolean,
  change: (index: Index, count: number) => number,
  count: number,
): Contender {
  return {
    name: kind.name,
    kind: kind.kind,
    prepare: () => {
      const loop = ownCopy(change);
      let index: Index;
      return {
        before: () => {
          index = kind.make(data, full);
        },
        run: () => loop(index, count),
        after: () => index.dispose?.(),
      };
    },
  };
}

export const suite = defineSuite('structures/r-tree', (bench) => {
  for (const size of bench.sizes) {
    // Entries of one density whatever their number: about a tenth of the plane is covered.
    const width = Math.sqrt(size);
    const random = generator(size);
    const boxes = new Float64Array(4 * size);
    for (let i = 0; i < boxes.length; i += 4) {
      const [x, y] = [random() * width, random() * width];
      boxes.set([x, y, x + random() * 0.6, y + random() * 0.6], i);
    }
    let kept: Data | undefined;
    const data = () => {
      kept ??= new Data(boxes);
      return kept;
    };
    // Places of no size, so that no two are equally near.
    let spots: Data | undefined;
    const points = () => {
      spots ??= new Data(boxes.map((_, i) => boxes[i & ~2] as number));
      return spots;
    };
    const queries = new Float64Array(2 * Math.min(size, 1000)).map(() => random() * width);
    const add = (operation: string, operations: number, contenders: Contender[]) =>
      bench.compare({ operation, size, distribution: 'uniform boxes', operations, contenders });
    const lazily = (kinds: readonly Kind[], contender: (kind: Kind) => Contender): Contender[] =>
      kinds.map((kind) => ({ name: kind.name, kind: kind.kind, prepare: () => contender(kind).prepare() }));

    for (const [name, kinds] of [
      ['bulk load', [packed, hilbert, twin, flatbush]],
      ['bulk load, dynamic', [packed, rbush]],
    ] as const) {
      const loads = lazily(kinds, (kind) => ({
        name: kind.name,
        kind: kind.kind,
        prepare: () => {
          const given = data();
          let index: Index;
          return {
            run: () => {
              index = kind.make(given, true);
              return 1;
            },
            after: () => index.dispose?.(),
          };
        },
      }));
      add(name, size, loads);
    }
    for (const results of [10, 1000]) {
      const side = Math.sqrt(results);
      for (const [name, kinds] of [
        ['loaded', [packed, hilbert, twin, flatbush]],
        ['loaded, dynamic', [packed, rbush]],
      ] as const) {
        add(
          `search for ${results}, ${name}`,
          queries.length / 2,
          lazily(kinds, (kind) => {
            const loop = ownCopy(askAll);
            return asked(
              kind,
              data(),
              (it, given) => it.make(given, true),
              (index) => loop(index, queries, side),
            );
          }),
        );
      }
      add(
        `search for ${results}, inserted`,
        queries.length / 2,
        lazily([packed, twin, rbush], (kind) => {
          const loop = ownCopy(askAll);
          const build = (it: Kind, given: Data) => {
            const index = it.make(given, false);
            insertAll(index, size);
            return index;
          };
          return asked(kind, data(), build, (index) => loop(index, queries, side));
        }),
      );
    }
    for (const k of [1, 10]) {
      bench.compare({
        operation: `nearest ${k}`,
        size,
        distribution: 'uniform points',
        operations: queries.length / 2,
        contenders: lazily([packed, flatbush, rbush], (kind) => {
          const loop = ownCopy(nearestAll);
          return asked(
            kind,
            points(),
            (it, given) => it.make(given, true),
            (index) => loop(index, queries, k),
          );
        }),
      });
    }
    add(
      'insert',
      size,
      lazily([packed, twin, rbush], (kind) => changed(kind, data(), false, insertAll, size)),
    );
    const removed = Math.ceil(size / 10);
    add(
      'remove a tenth',
      removed,
      lazily([packed, rbush], (kind) => changed(kind, data(), true, removeSome, removed)),
    );
    bench.memory({
      operation: 'memory',
      size,
      distribution: 'uniform boxes',
      contenders: [
        {
          name: 'RTree',
          kind: 'ours',
          make: () => {
            const tree = new RTree().bulkLoad(undefined, boxes);
            return { held: tree, bytes: tree.stats().bytes };
          },
        },
        { name: 'flatbush', kind: 'rival', make: () => ({ held: flatbush.make(new Data(boxes), true) }) },
        { name: 'rbush', kind: 'rival', make: () => ({ held: rbush.make(new Data(boxes), true) }) },
      ],
    });
  }
});
