/** The quadtree against the twin in plain TypeScript and d3-quadtree. */

import { type Quadtree as D3Quadtree, quadtree } from 'd3-quadtree';
import { Quadtree } from '../../src/structures/quadtree/index.js';
import { QuadtreeTwin } from '../baselines/structures/quadtree.js';
import { generator } from '../harness/random.js';
import { type Contender, type ContenderKind, defineSuite, ownCopy } from '../harness/suite.js';

interface Point {
  x: number;
  y: number;
  readonly id: number;
}

/** What each contender can do; a result is the number of points found, or a sum of their ids. */
interface Index {
  insert(i: number): void;
  search(minX: number, minY: number, maxX: number, maxY: number): number;
  nearest?(x: number, y: number): number;
  remove?(i: number): void;
  /** Moves a point a little. */
  move?(i: number, step: number): void;
  dispose?(): void;
}

interface Kind {
  readonly name: string;
  readonly kind: ContenderKind;
  readonly make: (points: Float64Array, side: number) => Index;
}

const ours: Kind = {
  name: 'Quadtree',
  kind: 'ours',
  make: (points, side) => {
    const tree = new Quadtree({ bounds: { minX: 0, minY: 0, maxX: side, maxY: side } });
    const places = points.slice();
    const at = (i: number) => places[i] as number;
    return {
      insert: (i) => tree.insert(i, at(2 * i), at(2 * i + 1)),
      search: (a, b, c, d) => tree.search(a, b, c, d).length,
      nearest: (x, y) => tree.nearest(x, y)[0] as number,
      remove: (i) => void tree.remove(i, at(2 * i), at(2 * i + 1)),
      move: (i, step) => {
        const x = at(2 * i);
        places[2 * i] = Math.min(side, x + step);
        tree.move(i, x, at(2 * i + 1), at(2 * i), at(2 * i + 1));
      },
      dispose: () => tree.dispose(),
    };
  },
};
const twin: Kind = {
  name: 'typed arrays',
  kind: 'twin',
  make: (points, side) => {
    const tree = new QuadtreeTwin(side);
    return {
      insert: (i) => tree.insert(i, points[2 * i] as number, points[2 * i + 1] as number),
      search: (a, b, c, d) => tree.search(a, b, c, d).length,
    };
  },
};
const d3: Kind = {
  name: 'd3-quadtree',
  kind: 'rival',
  make: (points, side) => {
    const tree = quadtree<Point>()
      .x((it) => it.x)
      .y((it) => it.y)
      .extent([
        [0, 0],
        [side, side],
      ]);
    const items = Array.from({ length: points.length / 2 }, (_, id): Point => {
      return { x: points[2 * id] as number, y: points[2 * id + 1] as number, id };
    });
    return {
      insert: (i) => void tree.add(items[i] as Point),
      search: (a, b, c, d) => within(tree, a, b, c, d).length,
      nearest: (x, y) => (tree.find(x, y) as Point).id,
      remove: (i) => void tree.remove(items[i] as Point),
      move: (i, step) => {
        const item = items[i] as Point;
        tree.remove(item);
        item.x = Math.min(side, item.x + step);
        tree.add(item);
      },
    };
  },
};

/** Search as d3-quadtree's documentation has it. */
function within(tree: D3Quadtree<Point>, minX: number, minY: number, maxX: number, maxY: number): number[] {
  const out: number[] = [];
  tree.visit((node, x0, y0, x1, y1) => {
    if (!('length' in node)) {
      for (let leaf: typeof node | undefined = node; leaf !== undefined; leaf = leaf.next) {
        const { x, y, id } = leaf.data;
        if (x >= minX && x <= maxX && y >= minY && y <= maxY) out.push(id);
      }
    }
    return x0 > maxX || y0 > maxY || x1 < minX || y1 < minY;
  });
  return out;
}

function insertAll(index: Index, count: number): number {
  for (let i = 0; i < count; i++) index.insert(i);
  return index.search(0, 0, 1e9, 1e9);
}

function removeSome(index: Index, count: number): number {
  for (let i = 0; i < count; i++) (index.remove as NonNullable<Index['remove']>)(i);
  return index.search(0, 0, 1e9, 1e9);
}

function moveSome(index: Index, count: number): number {
  for (let i = 0; i < count; i++) (index.move as NonNullable<Index['move']>)(i, 0.1);
  return index.search(0, 0, 1e9, 1e9);
}

function askAll(index: Index, corners: Float64Array, side: number): number {
  let found = 0;
  for (let i = 0; i < corners.length; i += 2) {
    const [x, y] = [corners[i] as number, corners[i + 1] as number];
    found += index.search(x, y, x + side, y + side);
  }
  return found;
}

function nearestAll(index: Index, places: Float64Array): number {
  let total = 0;
  for (let i = 0; i < places.length; i += 2) {
    total += (index.nearest as NonNullable<Index['nearest']>)(places[i] as number, places[i + 1] as number);
  }
  return total;
}

export const suite = defineSuite('structures/quadtree', (bench) => {
  for (const size of bench.sizes) {
    // One point a unit of the plane on average, whatever their number.
    const side = Math.sqrt(size);
    const random = generator(size);
    const points = new Float64Array(2 * size).map(() => random() * side);
    const queries = new Float64Array(2 * Math.min(size, 1000)).map(() => random() * side);
    const add = (operation: string, operations: number, contenders: Contender[]) =>
      bench.compare({ operation, size, distribution: 'uniform', operations, contenders });

    const changed = (kind: Kind, full: boolean, change: typeof insertAll, count: number): Contender => ({
      name: kind.name,
      kind: kind.kind,
      prepare: () => {
        const loop = ownCopy(change);
        let index: Index;
        return {
          before: () => {
            index = kind.make(points, side);
            if (full) insertAll(index, size);
          },
          run: () => loop(index, count),
          after: () => index.dispose?.(),
        };
      },
    });
    const asked = (kind: Kind, ask: (index: Index) => number): Contender => ({
      name: kind.name,
      kind: kind.kind,
      prepare: () => {
        const index = kind.make(points, side);
        insertAll(index, size);
        return { run: () => ask(index), dispose: () => index.dispose?.() };
      },
    });

    add(
      'insert',
      size,
      [ours, twin, d3].map((kind) => changed(kind, false, insertAll, size)),
    );
    for (const results of [10, 1000]) {
      add(
        `search for ${results}`,
        queries.length / 2,
        [ours, twin, d3].map((kind) => {
          const loop = ownCopy(askAll);
          return asked(kind, (index) => loop(index, queries, Math.sqrt(results)));
        }),
      );
    }
    add(
      'nearest 1',
      queries.length / 2,
      [ours, d3].map((kind) => {
        const loop = ownCopy(nearestAll);
        return asked(kind, (index) => loop(index, queries));
      }),
    );
    const some = Math.ceil(size / 10);
    add(
      'remove a tenth',
      some,
      [ours, d3].map((kind) => changed(kind, true, removeSome, some)),
    );
    add(
      'move a tenth',
      some,
      [ours, d3].map((kind) => changed(kind, true, moveSome, some)),
    );
    bench.memory({
      operation: 'memory',
      size,
      distribution: 'uniform',
      contenders: [
        {
          name: 'Quadtree',
          kind: 'ours',
          make: () => {
            const tree = new Quadtree({ bounds: { minX: 0, minY: 0, maxX: side, maxY: side } });
            tree.insertMany(undefined, points);
            return { held: tree, bytes: tree.stats().bytes };
          },
        },
        {
          name: 'd3-quadtree',
          kind: 'rival',
          make: () => {
            const index = d3.make(points, side);
            insertAll(index, size);
            return { held: index };
          },
        },
      ],
    });
  }
});
