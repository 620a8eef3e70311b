import { afterEach, describe, expect, it } from 'vitest';
import { ENVELOPE_BYTES, envelope, seal } from '../../bindings/envelope.js';
import { Arena, ArenaFullError, SnapshotError } from '../../bindings/index.js';
import { RTree } from '../../src/structures/r-tree/index.js';
import { claims } from '../sketches/claims.js';
import { seededRandom, testSeed } from '../support/random.js';

const seed = testSeed('r-tree claims');

function numbers(count: number, from = 0): Uint32Array {
  return Uint32Array.from({ length: count }, (_, i) => from + i);
}

/** Small boxes all over a square of 100. */
function someBoxes(count: number, from = seed): Float64Array {
  const random = seededRandom(from);
  const boxes = new Float64Array(4 * count);
  for (let i = 0; i < 4 * count; i += 4) {
    const [x, y] = [random.next() * 100, random.next() * 100];
    boxes.set([x, y, x + random.next(), y + random.next()], i);
  }
  return boxes;
}

function insertAll(tree: RTree, boxes: Float64Array, from = 0): void {
  for (let i = 0; i < boxes.length / 4; i++)
    tree.insert(from + i, ...(boxes.subarray(4 * i, 4 * i + 4) as never as Box));
}

type Box = [number, number, number, number];

let arena = new Arena({ seed: 1 });
afterEach(() => {
  arena.check();
  arena = new Arena({ seed: 1 });
});

claims({
  name: 'RTree',
  kind: 51,
  make: (options) => new RTree(options),
  fromBytes: (bytes, options) => RTree.fromBytes(bytes, options),
  open: (from, name) => RTree.open(from, name),
  fill: (tree, round) => insertAll(tree, someBoxes(90, round), round * 90),
  exercise: (tree) => {
    tree.search(0, 0, 50, 50);
    tree.nearest(1, 1, 5);
    tree.remove(0, 0, 0, 0, 0);
    tree.stats();
    for (const { id, minX, minY, maxX, maxY } of tree) tree.remove(id, minX, minY, maxX, maxY);
  },
  tooLarge: (full) => {
    using tree = new RTree({ arena: full });
    tree.bulkLoad(undefined, someBoxes(10_000));
  },
  small: (options) => new RTree(options),
});

describe('RTree', () => {
  it('finds what meets a box, touching edges included', () => {
    const tree = new RTree({ arena });
    tree.insert(1, 0, 0, 10, 10);
    tree.insert(2, 5, 5, 15, 15);
    tree.insert(3, 20, 20, 20, 20);
    expect([...tree.search(10, 10, 12, 12)].sort()).toEqual([1, 2]);
    expect([...tree.search(15, 15, 20, 20)].sort()).toEqual([2, 3]);
    expect([...tree.search(16, 16, 19, 19)]).toEqual([]);
    expect([...tree.search(0, 0, 12, 12, { relation: 'within' })]).toEqual([1]);
    expect([...tree.search(6, 6, 7, 7, { relation: 'contains' })].sort()).toEqual([1, 2]);
    expect([...tree.search(20, 20, 20, 20, { relation: 'contains' })]).toEqual([3]);
    expect(tree.collides(15, 15, 16, 16)).toBe(true);
    expect(tree.collides(15.1, 15, 16, 16)).toBe(false);
    expect(tree.bounds).toEqual({ minX: 0, minY: 0, maxX: 20, maxY: 20 });
    expect([...tree].map(({ id }) => id).sort()).toEqual([1, 2, 3]);
    expect([...tree][0]).toEqual({ id: 1, minX: 0, minY: 0, maxX: 10, maxY: 10 });
  });

  it('is empty to begin with', () => {
    const tree = new RTree({ arena });
    expect(tree.size).toBe(0);
    expect(tree.bounds).toBeUndefined();
    expect(tree.all().length).toBe(0);
    expect(tree.search(-Infinity, -Infinity, Infinity, Infinity).length).toBe(0);
    expect(tree.nearest(0, 0, 3).length).toBe(0);
    expect(tree.remove(1, 0, 0, 0, 0)).toBe(false);
    expect(tree.bulkLoad(undefined, new Float64Array(0)).size).toBe(0);
    expect([...tree]).toEqual([]);
  });

  it('removes one of entries that are alike, and only by its exact box', () => {
    const tree = new RTree({ arena });
    for (let i = 0; i < 100; i++) tree.insert(7, 1, 2, 3, 4);
    expect(tree.remove(7, 1, 2, 3, 5)).toBe(false);
    expect(tree.remove(8, 1, 2, 3, 4)).toBe(false);
    for (let left = 100; left > 0; left--) {
      expect(tree.size).toBe(left);
      expect(tree.remove(7, 1, 2, 3, 4)).toBe(true);
      tree.check();
    }
    expect(tree.has(7, 1, 2, 3, 4)).toBe(false);
    expect(tree.stats()).toMatchObject({ size: 0, height: 1, nodes: 1 });
  });

  it('takes every u32 as an id, and −0 as 0', () => {
    const tree = new RTree({ arena });
    tree.insert(0xffff_ffff, -0, -0, 0, 0);
    expect([...tree.search(0, 0, 0, 0)]).toEqual([0xffff_ffff]);
    expect([...tree.nearest(1, 1)]).toEqual([0xffff_ffff]);
    expect(tree.remove(0xffff_ffff, 0, 0, -0, -0)).toBe(true);
  });

  it('takes boxes without end, whose searches are right and whose shape matters', () => {
    const tree = new RTree({ arena });
    const edges = [-Infinity, -1e308, -5, 0, 5, 1e308, Infinity];
    const random = seededRandom(seed);
    const boxes = Array.from({ length: 400 }, (): Box => {
      const pick = () => [random.below(7), random.below(7)].sort((a, b) => a - b).map((i) => edges[i]) as Box;
      const [x, y] = [pick(), pick()];
      return [x[0], y[0], x[1], y[1]];
    });
    for (const [id, box] of boxes.entries()) tree.insert(id, ...box);
    const packed = new RTree({ arena }).bulkLoad(undefined, Float64Array.from(boxes.flat()));
    const hilbert = new RTree({ arena }).bulkLoad(undefined, Float64Array.from(boxes.flat()), { packing: 'hilbert' });
    for (const one of [tree, packed, hilbert]) {
      one.check();
      for (const [a, b, c, d] of boxes.slice(0, 50)) {
        const wanted = boxes.flatMap((it, id) => (it[0] <= c && it[1] <= d && it[2] >= a && it[3] >= b ? [id] : []));
        expect([...one.search(a, b, c, d)].sort((x, y) => x - y).join()).toBe(wanted.join());
      }
      expect(new Set(one.nearest(1, 1, 400)).size).toBe(400);
      for (const [id, box] of boxes.entries()) expect(one.remove(id, ...box)).toBe(true);
      one.check();
    }
  });

  it('limits results, and writes them where it is told to', () => {
    const tree = new RTree({ arena }).bulkLoad(undefined, someBoxes(50_000));
    const everything: Box = [-1, -1, 102, 102];
    expect(tree.search(...everything).length).toBe(50_000);
    expect(new Set(tree.search(...everything)).size).toBe(50_000);
    for (const limit of [0, 1, 15, 16, 17, 16_383, 16_384, 16_400, 40_000, 50_000, 60_000, Infinity]) {
      expect(new Set(tree.search(...everything, { limit })).size).toBe(Math.min(limit, 50_000));
      const into = new Uint32Array(45_000).fill(0xffff_ffff);
      const view = tree.search(...everything, { limit, into });
      expect(view.length).toBe(Math.min(limit, 45_000));
      expect(view.buffer).toBe(into.buffer);
      expect(new Set(view).size).toBe(view.length);
      expect(into.fill(0, 0, view.length).every((id, i) => id === (i < view.length ? 0 : 0xffff_ffff))).toBe(true);
    }
    const out = new Uint32Array(20_000);
    expect(tree.searchInto(...everything, out)).toBe(20_000);
    expect(tree.searchInto(...everything, out.subarray(0, 10))).toBe(10);
    expect(tree.searchInto(200, 200, 201, 201, out)).toBe(0);
    expect(tree.searchInto(...everything, new Uint32Array(0))).toBe(0);
  });

  it('gives the nearest in order, of equal distance the least id first, whatever the shape of the tree', () => {
    const line = Float64Array.from({ length: 400 }, (_, i) => (i >> 2) % 100);
    const boxes = line.map((_, i) => line[i & ~3] as number);
    const packed = new RTree({ arena }).bulkLoad(numbers(100).reverse(), boxes);
    const grown = new RTree({ arena });
    for (let i = 0; i < 100; i++) grown.insert(99 - i, i, i, i, i);
    for (const tree of [packed, grown]) {
      expect([...tree.nearest(50, 50, 5)]).toEqual([49, 48, 50, 47, 51]);
      expect([...tree.nearest(50, 50, 9, { maxDistance: Math.SQRT2 })]).toEqual([49, 48, 50]);
      expect([...tree.nearest(50, 50, 3, { filter: (id) => id < 10 })]).toEqual([9, 8, 7]);
      expect(tree.nearest(50, 50, Infinity).length).toBe(100);
      expect(tree.nearest(50, 50, 0).length).toBe(0);
      expect(tree.nearest(50, 50, 4, { filter: () => false }).length).toBe(0);
    }
  });

  it('loads into a tree that is lower, higher or as high', () => {
    for (const [before, more] of [
      [1, 1],
      [16, 16],
      [17, 3000],
      [3000, 17],
      [3000, 3000],
      [300, 5000],
      [5000, 1],
    ] as const) {
      for (const packing of ['str', 'hilbert'] as const) {
        const tree = new RTree({ arena });
        insertAll(tree, someBoxes(before, 1));
        tree.bulkLoad(numbers(more, before), someBoxes(more, 2), { packing });
        tree.check();
        expect(tree.size).toBe(before + more);
        expect(new Set(tree.all()).size).toBe(before + more);
        expect(new Set(tree.search(-1, -1, 102, 102)).size).toBe(before + more);
        tree.dispose();
      }
    }
  });

  it('packs a bulk load into full nodes', () => {
    const tree = new RTree({ arena }).bulkLoad(undefined, someBoxes(16 * 16 * 16));
    expect(tree.stats()).toMatchObject({ height: 3, nodes: 1 + 16 + 256 });
    const { ids, boxes } = tree.toArrays();
    const again = new RTree({ arena }).bulkLoad(ids, boxes);
    expect(again.size).toBe(4096);
    again.check();
  });

  it('iterates over a copy made at the beginning', () => {
    const tree = new RTree({ arena }).bulkLoad(undefined, someBoxes(3000));
    let seen = 0;
    for (const { id, minX, minY, maxX, maxY } of tree) {
      expect(tree.remove(id, minX, minY, maxX, maxY)).toBe(true);
      seen++;
    }
    expect(seen).toBe(3000);
    expect(tree.size).toBe(0);
    tree.check();
  });

  it('refuses what is no id, no box, no point and no option, and nothing has changed', () => {
    const tree = new RTree({ arena });
    tree.insert(1, 1, 1, 2, 2);
    const before = tree.toBytes();
    for (const [box, message] of [
      [[2, 1, 1, 2], /minX ≤ maxX and minY ≤ maxY and no NaN, got 2, 1, 1, 2/],
      [[1, 2, 2, 1], RangeError],
      [[Number.NaN, 1, 2, 2], RangeError],
      [[1, 1, 2, Number.NaN], RangeError],
      [['1', 1, 2, 2], /minX must be a number, got 1/],
      [[1, 1, 2, undefined], /maxY must be a number, got undefined/],
    ] as [Box, RegExp | typeof RangeError][]) {
      for (const use of [
        () => tree.insert(1, ...box),
        () => tree.remove(1, ...box),
        () => tree.has(1, ...box),
        () => tree.search(...box),
        () => tree.searchInto(...box, new Uint32Array(1)),
        () => tree.collides(...box),
      ]) {
        expect(use).toThrow(message);
      }
    }
    for (const id of [-1, 1.5, 2 ** 32, Number.NaN]) expect(() => tree.insert(id, 0, 0, 0, 0)).toThrow(RangeError);
    expect(() => tree.insert('1' as never, 0, 0, 0, 0)).toThrow(/An id must be a number, got 1/);
    expect(() => tree.search(0, 0, 1, 1, { relation: 'near' as never })).toThrow(/relation must be one of intersects/);
    expect(() => tree.search(0, 0, 1, 1, { limit: -1 })).toThrow(RangeError);
    expect(() => tree.search(0, 0, 1, 1, { into: [] as never })).toThrow(TypeError);
    expect(() => tree.searchInto(0, 0, 1, 1, undefined as never)).toThrow(TypeError);
    expect(() => tree.nearest(Number.NaN, 0)).toThrow(/x must be finite, got NaN/);
    expect(() => tree.nearest(0, Infinity)).toThrow(/y must be finite/);
    expect(() => tree.nearest(0, 0, 1.5)).toThrow(RangeError);
    expect(() => tree.nearest(0, 0, 1, { maxDistance: -1 })).toThrow(RangeError);
    expect(() => tree.nearest(0, 0, 1, { filter: 1 as never })).toThrow(TypeError);
    expect(() => tree.bulkLoad(undefined, new Float64Array(5))).toThrow(/four numbers a box, got 5/);
    expect(() => tree.bulkLoad(numbers(2), new Float64Array(4))).toThrow(/2 ids, but 1 boxes/);
    expect(() => tree.bulkLoad([1] as never, new Float64Array(4))).toThrow(TypeError);
    expect(() => tree.bulkLoad(undefined, [0, 0, 0, 0] as never)).toThrow(TypeError);
    expect(() => tree.bulkLoad(undefined, new Float64Array(4), { packing: 'omt' as never })).toThrow(RangeError);
    const wrong = someBoxes(10).fill(Number.NaN, 22, 23);
    expect(() => tree.bulkLoad(undefined, wrong)).toThrow(/boxes\[20\] must have minX ≤ maxX/);
    expect(Buffer.compare(tree.toBytes(), before)).toBe(0);
  });

  it('holds what it held where the arena is full, entry by entry and in bulk', () => {
    const small = new Arena({ maxBytes: 1 << 18 });
    small.scratch(80_000);
    const used = small.bytesUsed;
    const tree = new RTree({ arena: small });
    const boxes = someBoxes(20_000);
    let held = 0;
    for (; held < 20_000; held++) {
      try {
        tree.insert(held, ...(boxes.subarray(4 * held, 4 * held + 4) as never as Box));
      } catch (error) {
        if (!(error instanceof ArenaFullError)) throw error;
        break;
      }
    }
    expect(held).toBeGreaterThan(2000);
    const before = tree.toBytes();
    expect(tree.size).toBe(held);
    for (const some of [100, 1000, 5000]) {
      expect(() => tree.bulkLoad(undefined, boxes.subarray(0, 4 * some))).toThrow(ArenaFullError);
    }
    expect(Buffer.compare(tree.toBytes(), before)).toBe(0);
    tree.check();
    // Removing never needs what is not there.
    for (let i = 0; i < held; i++) {
      expect(tree.remove(i, ...(boxes.subarray(4 * i, 4 * i + 4) as never as Box))).toBe(true);
      if (i % 50 === 0) {
        tree.check();
        const again = RTree.fromBytes(tree.toBytes());
        again.check();
        again.dispose();
      }
    }
    tree.check();
    tree.dispose();
    expect(small.bytesUsed).toBe(used);
    small.check();
  });

  it('holds what it held wherever in a bulk load the memory ends', () => {
    const boxes = someBoxes(900);
    for (let room = 60_000; room < 160_000; room += 1777) {
      const small = new Arena({ maxBytes: 1 << 18 });
      small.scratch(80_000);
      const tree = new RTree({ arena: small });
      insertAll(tree, someBoxes(40, 3));
      const filler = small.alloc((1 << 18) - small.bytesUsed - room);
      const before = tree.toBytes();
      try {
        tree.bulkLoad(undefined, boxes);
        expect(tree.size).toBe(940);
      } catch (error) {
        if (!(error instanceof ArenaFullError)) throw error;
        expect(Buffer.compare(tree.toBytes(), before)).toBe(0);
      }
      tree.check();
      small.free(filler);
      tree.dispose();
      small.check();
    }
  });

  it('gives its memory back when it is cleared, and bounds it when entries come and go', () => {
    const tree = new RTree({ arena });
    tree.search(0, 0, 1, 1);
    const used = arena.bytesUsed;
    const boxes = someBoxes(2000);
    insertAll(tree, boxes);
    const full = tree.stats().bytes;
    for (let round = 0; round < 5; round++) {
      for (let i = 0; i < 2000; i++) tree.remove(i, ...(boxes.subarray(4 * i, 4 * i + 4) as never as Box));
      insertAll(tree, boxes);
    }
    expect(tree.stats().bytes).toBeLessThan(1.3 * full);
    tree.nearest(1, 1, 10);
    tree.clear();
    expect(arena.bytesUsed).toBe(used);
    tree.check();
  });

  it('refuses bytes whose nodes make no tree', () => {
    const tree = new RTree({ arena }).bulkLoad(undefined, someBoxes(100));
    const payload = tree.toBytes().slice(ENVELOPE_BYTES);
    const forged = (change: (words: DataView) => void) => {
      const bytes = envelope({ number: 51, name: '' }, 1, payload.length);
      bytes.set(payload, ENVELOPE_BYTES);
      change(new DataView(bytes.buffer, ENVELOPE_BYTES));
      return seal(arena, bytes);
    };
    expect(RTree.fromBytes(forged(() => undefined)).size).toBe(100);
    for (const change of [
      (words: DataView) => words.setUint32(0, 3, true),
      (words: DataView) => words.setUint32(4, 101, true),
      (words: DataView) => words.setUint32(8, 2, true),
      (words: DataView) => words.setUint32(12, 1, true),
      (words: DataView) => words.setUint32(16, 0xffff_ffff, true),
      (words: DataView) => words.setUint8(24, 17),
      (words: DataView) => words.setUint8(24, 3),
      (words: DataView) => words.setFloat64(words.byteLength - 36 * 100, Number.NaN, true),
      (words: DataView) => words.setFloat64(words.byteLength - 36 * 100, 1e9, true),
    ]) {
      expect(() => RTree.fromBytes(forged(change))).toThrow(SnapshotError);
    }
  });
});
