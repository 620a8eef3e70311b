import { afterEach, describe, expect, it } from 'vitest';
import { Arena } from '../../bindings/index.js';
import { RTree, type RTreeRelation } from '../../src/structures/r-tree/index.js';
import { type SeededRandom, seededRandom, testSeed } from '../support/random.js';

const seed = testSeed('r-tree');

type Box = [minX: number, minY: number, maxX: number, maxY: number];
interface Entry {
  readonly id: number;
  readonly box: Box;
}

/** Coordinates from few values to many, so that edges touch and boxes are alike; points, boxes and lines. */
function someBox(random: SeededRandom, grid: number): Box {
  const place = () => (grid === 0 ? random.next() * 100 : random.below(grid));
  const [x, y] = [place(), place()];
  const size = random.below(3);
  if (size === 0) return [x, y, x, y];
  const extent = () => (grid === 0 ? random.next() * (size === 1 ? 2 : 20) : random.below(size === 1 ? 2 : 6));
  return [x, y, x + extent(), y + extent()];
}

const relations: Record<RTreeRelation, (own: Box, asked: Box) => boolean> = {
  intersects: (own, asked) => own[0] <= asked[2] && own[1] <= asked[3] && own[2] >= asked[0] && own[3] >= asked[1],
  within: (own, asked) => own[0] >= asked[0] && own[1] >= asked[1] && own[2] <= asked[2] && own[3] <= asked[3],
  contains: (own, asked) => own[0] <= asked[0] && own[1] <= asked[1] && own[2] >= asked[2] && own[3] >= asked[3],
};

function distance(box: Box, x: number, y: number): number {
  const dx = Math.max(box[0] - x, x - box[2], 0);
  const dy = Math.max(box[1] - y, y - box[3], 0);
  return dx * dx + dy * dy;
}

function sorted(ids: Iterable<number>): string {
  return [...ids].sort((a, b) => a - b).join(' ');
}

/** Compares every kind of query with a walk over all entries. */
function agree(tree: RTree, entries: readonly Entry[], random: SeededRandom, grid: number): void {
  tree.check();
  expect(tree.size).toBe(entries.length);
  for (let query = 0; query < 6; query++) {
    const asked = someBox(random, grid);
    if (query === 5) asked.splice(0, 4, -Infinity, -Infinity, Infinity, Infinity);
    for (const relation of ['intersects', 'within', 'contains'] as const) {
      const wanted = sorted(entries.filter((it) => relations[relation](it.box, asked)).map((it) => it.id));
      expect(sorted(tree.search(...asked, { relation }))).toBe(wanted);
      if (relation !== 'intersects') continue;
      expect(sorted(tree.search(...asked))).toBe(wanted);
      expect(tree.collides(...asked)).toBe(wanted !== '');
    }
    const [x, y] = asked.map((it) => (Number.isFinite(it) ? it : 0)) as Box;
    const k = random.below(20);
    const maxDistance = random.below(2) === 0 ? Infinity : random.next() * 30;
    const near = entries
      .map((it) => [distance(it.box, x, y), it.id] as const)
      .filter(([far]) => far <= maxDistance * maxDistance)
      .sort((a, b) => a[0] - b[0] || a[1] - b[1])
      .map(([, id]) => id);
    expect([...tree.nearest(x, y, k, { maxDistance })]).toEqual(near.slice(0, k));
    const odd = near.filter((id) => id % 3 === 1).slice(0, k);
    expect([...tree.nearest(x, y, k, { maxDistance, filter: (id) => id % 3 === 1 })]).toEqual(odd);
  }
}

let arena = new Arena({ seed: 1 });
afterEach(() => {
  arena.check();
  arena = new Arena({ seed: 1 });
});

describe('RTree and a list do the same', () => {
  for (const grid of [0, 4, 60]) {
    it(`through insertions, removals, bulk loads and bytes, ${grid === 0 ? 'anywhere' : `on a grid of ${grid}`}`, () => {
      const random = seededRandom(seed + grid);
      let tree = new RTree({ arena });
      let entries: Entry[] = [];
      let nextId = 0;
      for (let round = 0; round < 60; round++) {
        const growing = round % 20 < 12;
        const what = random.below(10);
        if (what < 7) {
          for (let i = 0; i < 60; i++) {
            if (random.below(10) < (growing ? 8 : 2)) {
              const entry = { id: nextId++, box: someBox(random, grid) };
              tree.insert(entry.id, ...entry.box);
              entries.push(entry);
            } else if (entries.length > 0) {
              const at = random.below(entries.length);
              const { id, box } = entries[at] as Entry;
              expect(tree.has(id, ...box)).toBe(true);
              expect(tree.remove(id, ...box)).toBe(true);
              expect(tree.remove(id, ...box)).toBe(false);
              entries[at] = entries.at(-1) as Entry;
              entries.pop();
            }
            if (i % 10 === 0) tree.check();
          }
        } else if (what === 7 && growing) {
          const more = Array.from({ length: random.below(random.below(2) === 0 ? 20 : 700) }, () => ({
            id: nextId++,
            box: someBox(random, grid),
          }));
          const packing = random.below(2) === 0 ? 'str' : 'hilbert';
          tree.bulkLoad(
            Uint32Array.from(more, (it) => it.id),
            Float64Array.from(more.flatMap((it) => it.box)),
            { packing },
          );
          entries.push(...more);
        } else if (what === 8) {
          const bytes = tree.toBytes();
          tree.dispose();
          tree = RTree.fromBytes(bytes, { arena });
          expect(Buffer.compare(tree.toBytes(), bytes)).toBe(0);
        } else if (what === 9 && random.below(6) === 0) {
          tree.clear();
          entries = [];
        }
        agree(tree, entries, random, grid);
      }
      for (const { id, box } of entries) expect(tree.remove(id, ...box)).toBe(true);
      agree(tree, [], random, grid);
      tree.dispose();
    });
  }
});
