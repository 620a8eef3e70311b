import { afterEach, describe, expect, it } from 'vitest';
import { ENVELOPE_BYTES, envelope, seal } from '../../bindings/envelope.js';
import { Arena, ArenaFullError, SnapshotError } from '../../bindings/index.js';
import { Quadtree } from '../../src/structures/quadtree/index.js';
import { claims } from '../sketches/claims.js';
import { seededRandom, testSeed } from '../support/random.js';

const seed = testSeed('quadtree claims');
const square = { minX: 0, minY: 0, maxX: 100, maxY: 100 };

function somePoints(count: number, from = seed): Float64Array {
  const random = seededRandom(from);
  return new Float64Array(2 * count).map(() => random.next() * 100);
}

function numbers(count: number, from = 0): Uint32Array {
  return Uint32Array.from({ length: count }, (_, i) => from + i);
}

let arena = new Arena({ seed: 1 });
afterEach(() => {
  arena.check();
  arena = new Arena({ seed: 1 });
});

claims({
  name: 'Quadtree',
  kind: 52,
  make: (options) => new Quadtree({ ...options, bounds: square }),
  small: (options) => new Quadtree({ ...options, bounds: square, capacity: 4, maxDepth: 3 }),
  fromBytes: (bytes, options) => Quadtree.fromBytes(bytes, options),
  open: (from, name) => Quadtree.open(from, name),
  fill: (tree, round) => void tree.insertMany(numbers(90, round * 90), somePoints(90, round)),
  exercise: (tree) => {
    tree.search(0, 0, 50, 50);
    tree.searchCircle(3, 3, 20);
    tree.nearest(1, 1, 5);
    tree.stats();
    for (const { id, x, y } of tree) tree.remove(id, x, y);
    tree.insert(1, 0, 0);
  },
  tooLarge: (full) => {
    using tree = new Quadtree({ arena: full, bounds: square });
    tree.insertMany(undefined, somePoints(20_000));
  },
});

describe('Quadtree', () => {
  it('divides a quadrant that is full, and unites quadrants with few points', () => {
    const tree = new Quadtree({ arena, bounds: square, capacity: 4 });
    for (const [id, [x, y]] of [
      [10, 10],
      [60, 10],
      [10, 60],
      [60, 60],
    ].entries() as IterableIterator<[number, [number, number]]>) {
      tree.insert(id, x, y);
    }
    expect(tree.stats()).toMatchObject({ size: 4, inners: 0, buckets: 1, depth: 0 });
    tree.insert(4, 90, 90);
    expect(tree.stats()).toMatchObject({ size: 5, inners: 1, buckets: 4, depth: 1 });
    tree.remove(4, 90, 90);
    tree.remove(0, 10, 10);
    expect(tree.stats()).toMatchObject({ size: 3, inners: 1, buckets: 3 });
    tree.remove(1, 60, 10);
    expect(tree.stats()).toMatchObject({ size: 2, inners: 0, buckets: 1 });
    tree.check();
    expect([...tree.all()].sort()).toEqual([2, 3]);
  });

  it('finds points in boxes and circles, edges and corners of the bounds included', () => {
    const tree = new Quadtree({ arena, bounds: square, capacity: 1 });
    for (const [id, [x, y]] of [
      [0, 0],
      [100, 0],
      [0, 100],
      [100, 100],
      [50, 50],
    ].entries() as IterableIterator<[number, [number, number]]>) {
      tree.insert(id, x, y);
    }
    expect([...tree.search(50, 50, 100, 100)].sort()).toEqual([3, 4]);
    expect([...tree.search(-Infinity, -Infinity, Infinity, 0)].sort()).toEqual([0, 1]);
    expect([...tree.searchCircle(50, 50, Math.sqrt(5000))].length).toBe(5);
    expect([...tree.searchCircle(50, 50, 70)]).toEqual([4]);
    expect([...tree.searchCircle(-30, -40, 50)]).toEqual([0]);
    expect([...tree.nearest(200, 60, 2)]).toEqual([3, 1]);
    expect(tree.bounds).toEqual(square);
    tree.check();
  });

  it('bounds its depth where points fall together', () => {
    const tree = new Quadtree({ arena, bounds: square, capacity: 4, maxDepth: 6 });
    for (let i = 0; i < 1000; i++) tree.insert(i, 33, 33);
    expect(tree.stats()).toMatchObject({ size: 1000, depth: 6, inners: 6, buckets: 250 });
    tree.check();
    expect(tree.search(33, 33, 33, 33).length).toBe(1000);
    expect([...tree.nearest(33, 33, 3)]).toEqual([0, 1, 2]);
    for (let i = 0; i < 1000; i++) expect(tree.remove(i, 33, 33)).toBe(true);
    expect(tree.stats()).toMatchObject({ inners: 0, buckets: 0 });
  });

  it('covers the world where it is not told what to', () => {
    const tree = new Quadtree({ arena });
    tree.insert(0xffff_ffff, -180, 90);
    expect([...tree.nearest(0, 0)]).toEqual([0xffff_ffff]);
    expect(() => tree.insert(1, 181, 0)).toThrow(
      /A point must lie within the bounds, x from -180 to 180 and y from -90 to 90, got 181, 0/,
    );
  });

  it('takes bounds as wide as numbers go, and as narrow', () => {
    for (const [low, high] of [
      [-Number.MAX_VALUE, Number.MAX_VALUE],
      [0, Number.MIN_VALUE],
      [1, 1 + Number.EPSILON],
    ] as const) {
      const bounds = { minX: low, minY: low, maxX: high, maxY: high };
      const tree = new Quadtree({ arena, bounds, capacity: 2, maxDepth: 32 });
      for (let i = 0; i < 20; i++) tree.insert(i, i % 2 ? low : high, i % 3 ? low : high);
      tree.check();
      expect(tree.search(low, low, high, high).length).toBe(20);
      const again = Quadtree.fromBytes(tree.toBytes(), { arena });
      for (let i = 0; i < 20; i++) expect(again.remove(i, i % 2 ? low : high, i % 3 ? low : high)).toBe(true);
    }
  });

  it('moves a point within its quadrant and out of it', () => {
    const tree = new Quadtree({ arena, bounds: square }).insertMany(undefined, somePoints(2000));
    const points = somePoints(2000);
    const random = seededRandom(seed);
    for (let i = 0; i < 2000; i++) {
      const [x, y] = points.subarray(2 * i, 2 * i + 2) as unknown as [number, number];
      const near = random.below(2) === 0;
      const to = [near ? Math.min(100, x + 0.01) : random.next() * 100, near ? y : random.next() * 100] as const;
      expect(tree.move(i, x, y, ...to)).toBe(true);
      expect(tree.has(i, ...to)).toBe(true);
    }
    tree.check();
    expect(tree.size).toBe(2000);
  });

  it('limits results, and writes them where it is told to', () => {
    const tree = new Quadtree({ arena, bounds: square }).insertMany(undefined, somePoints(50_000));
    for (const limit of [0, 1, 15, 16, 17, 16_383, 16_384, 16_400, 40_000, 50_000, 60_000, Infinity]) {
      for (const find of [
        (options: object) => tree.search(0, 0, 100, 100, options),
        (options: object) => tree.searchCircle(50, 50, 80, options),
      ]) {
        expect(new Set(find({ limit })).size).toBe(Math.min(limit, 50_000));
        const into = new Uint32Array(45_000);
        const view = find({ limit, into });
        expect(view.length).toBe(Math.min(limit, 45_000));
        expect(view.buffer).toBe(into.buffer);
        expect(new Set(view).size).toBe(view.length);
      }
    }
    expect(new Set(tree.search(0.5, 0.5, 100, 100)).size).toBeGreaterThan(45_000);
    const out = new Uint32Array(20_000);
    expect(tree.searchInto(0, 0, 100, 100, out)).toBe(20_000);
    expect(tree.searchInto(0, 0, 100, 100, out.subarray(0, 10))).toBe(10);
    expect(tree.searchInto(200, 0, 300, 100, out)).toBe(0);
  });

  it('iterates over a copy made at the beginning', () => {
    const tree = new Quadtree({ arena, bounds: square }).insertMany(undefined, somePoints(3000));
    let seen = 0;
    for (const { id, x, y } of tree) {
      expect(tree.remove(id, x, y)).toBe(true);
      seen++;
    }
    expect(seen).toBe(3000);
    expect(tree.size).toBe(0);
    const { ids, points } = tree.toArrays();
    expect([ids.length, points.length]).toEqual([0, 0]);
  });

  it('refuses what is no id, no place and no option, and nothing has changed', () => {
    const tree = new Quadtree({ arena, bounds: square });
    tree.insert(1, 1, 1);
    const before = tree.toBytes();
    for (const [x, y, message] of [
      [-1, 1, /must lie within the bounds, x from 0 to 100 and y from 0 to 100, got -1, 1/],
      [1, 100.1, RangeError],
      [Number.NaN, 1, RangeError],
      [1, Infinity, RangeError],
      ['1', 1, /x must be a number, got 1/],
      [1, undefined, /y must be a number, got undefined/],
    ] as [number, number, RegExp][]) {
      for (const use of [
        () => tree.insert(1, x, y),
        () => tree.remove(1, x, y),
        () => tree.has(1, x, y),
        () => tree.move(1, x, y, 2, 2),
        () => tree.move(1, 1, 1, x, y),
      ]) {
        expect(use).toThrow(message);
      }
    }
    for (const id of [-1, 1.5, 2 ** 32, Number.NaN]) expect(() => tree.insert(id, 0, 0)).toThrow(RangeError);
    expect(() => tree.insert('1' as never, 0, 0)).toThrow(/An id must be a number, got 1/);
    expect(() => tree.search(2, 0, 1, 1)).toThrow(/minX ≤ maxX/);
    expect(() => tree.search('a' as never, 0, 1, 1)).toThrow(TypeError);
    expect(() => tree.search(0, 0, 1, 1, { limit: 0.5 })).toThrow(RangeError);
    expect(() => tree.search(0, 0, 1, 1, { into: [] as never })).toThrow(TypeError);
    expect(() => tree.searchInto(0, 0, 1, 1, undefined as never)).toThrow(TypeError);
    expect(() => tree.searchCircle(0, 0, -1)).toThrow(/radius must be at least 0, got -1/);
    expect(() => tree.searchCircle(0, Number.NaN, 1)).toThrow(RangeError);
    expect(() => tree.nearest(0, Infinity)).toThrow(RangeError);
    expect(() => tree.nearest(0, 0, -1)).toThrow(RangeError);
    expect(() => tree.nearest(0, 0, 1, { filter: 1 as never })).toThrow(TypeError);
    expect(() => tree.insertMany(undefined, new Float64Array(3))).toThrow(/two numbers a point, got 3/);
    expect(() => tree.insertMany(numbers(2), new Float64Array(2))).toThrow(/2 ids, but 1 points/);
    expect(() => tree.insertMany(undefined, Float64Array.of(1, 1, 1, 101))).toThrow(/points\[2\] must lie within/);
    expect(() => tree.insertMany(undefined, [1, 1] as never)).toThrow(TypeError);
    for (const bounds of [null, 1, { minX: 0 }, { ...square, maxX: 0 }, { ...square, maxY: Infinity }]) {
      expect(() => new Quadtree({ arena, bounds: bounds as never })).toThrow(/bounds/);
    }
    expect(() => new Quadtree({ arena, capacity: 65 })).toThrow(/capacity must be an integer from 1 to 64, got 65/);
    expect(() => new Quadtree({ arena, maxDepth: 33 })).toThrow(RangeError);
    expect(Buffer.compare(tree.toBytes(), before)).toBe(0);
  });

  it('holds what it held where the arena is full, point by point, in batches and moving', () => {
    const small = new Arena({ maxBytes: 1 << 18 });
    small.scratch(80_000);
    const used = small.bytesUsed;
    const tree = new Quadtree({ arena: small, bounds: square, capacity: 3 });
    const points = somePoints(20_000);
    let held = 0;
    for (; held < 20_000; held++) {
      try {
        tree.insert(held, points[2 * held] as number, points[2 * held + 1] as number);
      } catch (error) {
        if (!(error instanceof ArenaFullError)) throw error;
        break;
      }
    }
    expect(held).toBeGreaterThan(1000);
    tree.check();
    const before = [...tree.all()].sort().join();
    expect(() => tree.insertMany(undefined, points)).toThrow(ArenaFullError);
    tree.check();
    expect([...tree.all()].sort().join()).toBe(before);
    let refused = 0;
    for (let i = 0; i < held; i++) {
      const [x, y] = points.subarray(2 * i, 2 * i + 2) as unknown as [number, number];
      try {
        tree.move(i, x, y, 100 - x, 100 - y);
        expect(tree.remove(i, 100 - x, 100 - y)).toBe(true);
      } catch (error) {
        if (!(error instanceof ArenaFullError)) throw error;
        refused++;
        expect(tree.remove(i, x, y)).toBe(true);
      }
      if (i % 50 === 0) tree.check();
    }
    expect(refused).toBeGreaterThan(0);
    expect(tree.size).toBe(0);
    tree.dispose();
    expect(small.bytesUsed).toBe(used);
    small.check();
  });

  it('gives memory back as points leave, and all of it when it is cleared', () => {
    const tree = new Quadtree({ arena, bounds: square });
    tree.search(0, 0, 1, 1);
    const used = arena.bytesUsed;
    const points = somePoints(5000);
    tree.insertMany(undefined, points);
    for (let i = 0; i < 5000; i++) tree.remove(i, points[2 * i] as number, points[2 * i + 1] as number);
    expect(arena.bytesUsed).toBe(used);
    tree.insertMany(undefined, points);
    tree.nearest(1, 1, 10);
    tree.clear();
    expect(arena.bytesUsed).toBe(used);
    tree.check();
  });

  it('refuses bytes whose quadrants make no tree', () => {
    const tree = new Quadtree({ arena, bounds: square, capacity: 4, maxDepth: 5 });
    tree.insertMany(undefined, somePoints(40));
    const payload = tree.toBytes().slice(ENVELOPE_BYTES);
    const quadrants = 48 + 40 * 20;
    const forged = (change: (words: DataView) => void) => {
      const bytes = envelope({ number: 52, name: '' }, 1, payload.length);
      bytes.set(payload, ENVELOPE_BYTES);
      change(new DataView(bytes.buffer, ENVELOPE_BYTES));
      return seal(arena, bytes);
    };
    expect(Quadtree.fromBytes(forged(() => undefined)).size).toBe(40);
    for (const change of [
      (words: DataView) => words.setFloat64(0, Number.NaN, true),
      (words: DataView) => words.setFloat64(16, 0, true),
      (words: DataView) => words.setUint32(32, 0, true),
      (words: DataView) => words.setUint32(32, 65, true),
      (words: DataView) => words.setUint32(36, 33, true),
      (words: DataView) => words.setUint32(36, 1, true),
      (words: DataView) => words.setUint32(40, 0xffff_ffff, true),
      (words: DataView) => words.setUint32(44, 1, true),
      (words: DataView) => words.setFloat64(48, 101, true),
      (words: DataView) => words.setFloat64(48, Number.NaN, true),
      (words: DataView) => words.setFloat64(48, 99, true),
      (words: DataView) => words.setUint32(quadrants, 40, true),
      (words: DataView) => words.setUint32(quadrants + 4, 0xffff_fffe, true),
      (words: DataView) => words.setUint32(payload.length - 4, 0xffff_ffff, true),
    ]) {
      expect(() => Quadtree.fromBytes(forged(change)), change.toString()).toThrow(SnapshotError);
    }
  });
});
