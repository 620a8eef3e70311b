import { afterEach, describe, expect, it } from 'vitest';
import { Arena } from '../../bindings/index.js';
import { Quadtree } from '../../src/structures/quadtree/index.js';
import { type SeededRandom, seededRandom, testSeed } from '../support/random.js';

const seed = testSeed('quadtree');

interface Point {
  readonly id: number;
  readonly x: number;
  readonly y: number;
}

/** Places from few to many, so that points fall together; the edges of the bounds among them. */
function somePlace(random: SeededRandom, grid: number): [x: number, y: number] {
  const place = () => (grid === 0 ? random.next() * 100 : (random.below(grid + 1) * 100) / grid);
  return [place(), place()];
}

function sorted(ids: Iterable<number>): string {
  return [...ids].sort((a, b) => a - b).join(' ');
}

/** Compares every kind of query with a walk over all points. */
function agree(tree: Quadtree, points: readonly Point[], random: SeededRandom, grid: number): void {
  tree.check();
  expect(tree.size).toBe(points.length);
  for (let query = 0; query < 6; query++) {
    const [a, b] = somePlace(random, grid);
    const side = [0, 10, 30, 100, 1e9, Infinity][query] as number;
    const inBox = points.filter((it) => it.x >= a && it.x <= a + side && it.y >= b - side && it.y <= b);
    expect(sorted(tree.search(a, b - side, a + side, b))).toBe(sorted(inBox.map((it) => it.id)));
    const far = points.map((it) => [(it.x - a) * (it.x - a) + (it.y - b) * (it.y - b), it.id] as const);
    const inCircle = far.filter(([squared]) => squared <= side * side);
    expect(sorted(tree.searchCircle(a, b, side))).toBe(sorted(inCircle.map(([, id]) => id)));
    const k = random.below(20);
    const near = inCircle.sort((p, q) => p[0] - q[0] || p[1] - q[1]).map(([, id]) => id);
    expect([...tree.nearest(a, b, k, { maxDistance: side })]).toEqual(near.slice(0, k));
    const odd = near.filter((id) => id % 3 === 1).slice(0, k);
    expect([...tree.nearest(a, b, k, { maxDistance: side, filter: (id) => id % 3 === 1 })]).toEqual(odd);
  }
}

let arena = new Arena({ seed: 1 });
afterEach(() => {
  arena.check();
  arena = new Arena({ seed: 1 });
});

describe('Quadtree and a list do the same', () => {
  for (const [grid, capacity, maxDepth] of [
    [0, 16, 20],
    [0, 1, 32],
    [3, 7, 4],
    [60, 4, 3],
    [60, 64, 0],
  ] as const) {
    it(`through insertions, removals, moves and bytes: ${grid === 0 ? 'anywhere' : `grid of ${grid}`}, ${capacity} a bucket, ${maxDepth} deep`, () => {
      const random = seededRandom(seed + grid);
      let tree = new Quadtree({ arena, capacity, maxDepth, bounds: { minX: 0, minY: 0, maxX: 100, maxY: 100 } });
      let points: Point[] = [];
      let nextId = 0;
      for (let round = 0; round < 50; round++) {
        const growing = round % 20 < 12;
        const what = random.below(10);
        if (what < 7) {
          for (let i = 0; i < 60; i++) {
            const [x, y] = somePlace(random, grid);
            const at = random.below(points.length);
            const old = points[at];
            if (old === undefined || random.below(10) < (growing ? 7 : 2)) {
              tree.insert(nextId, x, y);
              points.push({ id: nextId++, x, y });
            } else if (random.below(2) === 0) {
              expect(tree.move(old.id, old.x, old.y, x, y)).toBe(true);
              points[at] = { id: old.id, x, y };
              expect(tree.has(old.id, x, y)).toBe(true);
            } else {
              expect(tree.has(old.id, old.x, old.y)).toBe(true);
              expect(tree.remove(old.id, old.x, old.y)).toBe(true);
              expect(tree.remove(old.id, old.x, old.y)).toBe(false);
              expect(tree.move(old.id, old.x, old.y, x, y)).toBe(false);
              points[at] = points.at(-1) as Point;
              points.pop();
            }
            if (i % 10 === 0) tree.check();
          }
        } else if (what === 7 && growing) {
          const more = Array.from({ length: random.below(random.below(2) === 0 ? 20 : 1500) }, () => {
            const [x, y] = somePlace(random, grid);
            return { id: nextId++, x, y };
          });
          tree.insertMany(
            Uint32Array.from(more, (it) => it.id),
            Float64Array.from(more.flatMap((it) => [it.x, it.y])),
          );
          points.push(...more);
        } else if (what === 8) {
          const bytes = tree.toBytes();
          tree.dispose();
          tree = Quadtree.fromBytes(bytes, { arena });
          expect(Buffer.compare(tree.toBytes(), bytes)).toBe(0);
        } else if (what === 9 && random.below(6) === 0) {
          tree.clear();
          points = [];
        }
        agree(tree, points, random, grid);
      }
      for (const { id, x, y } of points) expect(tree.remove(id, x, y)).toBe(true);
      agree(tree, [], random, grid);
      expect(tree.stats()).toMatchObject({ inners: 0, buckets: 0, depth: 0 });
      tree.dispose();
    });
  }
});
