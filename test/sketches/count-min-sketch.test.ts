import { describe, expect, it } from 'vitest';
import { Arena, ArenaFullError } from '../../bindings/index.js';
import { xxh64 } from '../../src/codecs/hash/index.js';
import { CountMinSketch } from '../../src/sketches/count-min-sketch/index.js';
import { seededRandom, testSeed } from '../support/random.js';
import { claims } from './claims.js';

const seed = testSeed('CountMinSketch');

function numbers(count: number, from = 0): Uint32Array {
  return Uint32Array.from({ length: count }, (_, i) => from + i);
}

const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

/** The counters of a sketch, row after row, from its bytes. */
function cellsOf(sketch: CountMinSketch): Uint32Array {
  return new Uint32Array(sketch.toBytes().slice(24 + 32).buffer);
}

const WORD = (1n << 64n) - 1n;

/** The naive oracle: the same hashes, in rows that are arrays. */
class Naive {
  readonly rows: number[][];
  readonly width: number;
  readonly conservative: boolean;

  constructor(width: number, depth: number, conservative: boolean) {
    this.width = width;
    this.conservative = conservative;
    this.rows = Array.from({ length: depth }, () => new Array<number>(width).fill(0));
  }

  places(key: string): number[] {
    const hash = xxh64(new TextEncoder().encode(key), 0);
    return this.rows.map((_, i) => {
      let mixed = (hash + BigInt(i) * 0x9e3779b97f4a7c15n) & WORD;
      mixed = ((mixed ^ (mixed >> 32n)) * 0xd6e8feb86659fd93n) & WORD;
      mixed ^= mixed >> 32n;
      return Number(((mixed >> 32n) * BigInt(this.width)) >> 32n);
    });
  }

  estimate(key: string): number {
    return Math.min(...this.places(key).map((at, i) => this.rows[i]?.[at] as number));
  }

  add(key: string, count: number): number {
    const goal = this.estimate(key) + count;
    this.places(key).forEach((at, i) => {
      const row = this.rows[i] as number[];
      const old = row[at] as number;
      row[at] = Math.min(2 ** 32 - 1, this.conservative ? Math.max(old, goal) : old + count);
    });
    return this.estimate(key);
  }
}

for (const conservative of [false, true]) {
  claims({
    name: conservative ? 'CountMinSketch, conservative' : 'CountMinSketch',
    kind: 15,
    make: (options) => CountMinSketch.withDimensions(30, 3, { ...options, conservative }),
    fromBytes: (bytes, options) => CountMinSketch.fromBytes(bytes, options),
    open: (arena, name) => CountMinSketch.open(arena, name),
    fill: (sketch, round) => void sketch.addMany(numbers(70, round * 70)),
    exercise: (sketch) => {
      sketch.add('a', 7);
      sketch.estimate(3);
      sketch.estimateMeanMin('a');
      sketch.innerProduct(sketch);
      sketch.decay(0.3);
      sketch.stats();
    },
    tooLarge: (arena) => CountMinSketch.withDimensions(100_000, 7, { arena }),
  });
}

describe('CountMinSketch', () => {
  it('agrees with the naive oracle, plain and conservative, also where counters end', () => {
    const random = seededRandom(seed);
    for (const [width, depth, conservative] of [
      [1, 1, false],
      [7, 2, false],
      [50, 5, false],
      [50, 5, true],
      [13, 3, true],
    ] as const) {
      const sketch = CountMinSketch.withDimensions(width, depth, { conservative });
      const naive = new Naive(width, depth, conservative);
      let total = 0;
      for (let step = 0; step < 600; step++) {
        const key = `key ${random.below(100)}`;
        const count = random.below(50) === 0 ? random.below(2 ** 32) : random.below(4);
        expect(sketch.add(key, count)).toBe(naive.add(key, count));
        total += count;
      }
      expect([...cellsOf(sketch)]).toEqual(naive.rows.flat());
      expect(sketch.total).toBe(total);
      sketch.check();
      sketch.dispose();
    }
  });

  it('is never too low, and too high by more than the bound for fewer keys than promised', () => {
    for (const conservative of [false, true]) {
      const random = seededRandom(seed + 1);
      const sketch = CountMinSketch.withError(0.002, 0.01, { conservative, seed });
      expect([sketch.width, sketch.depth]).toEqual([1360, 5]);
      const truth = new Uint32Array(20_000);
      const keys = Uint32Array.from({ length: 200_000 }, () => Math.floor(random.next() ** 4 * truth.length));
      for (const key of keys) truth[key] = (truth[key] as number) + 1;
      sketch.addMany(keys);
      const found = sketch.estimateMany(numbers(truth.length));
      let [low, beyond] = [0, 0];
      found.forEach((count, i) => {
        if (count < (truth[i] as number)) low++;
        if (count > (truth[i] as number) + sketch.errorBound) beyond++;
      });
      expect(low).toBe(0);
      expect(beyond / truth.length).toBeLessThanOrEqual(sketch.delta);
      expect(sketch.errorBound).toBeCloseTo((Math.E / 1360) * 200_000, 6);
      expect(sketch.total).toBe(200_000);
    }
  });

  it('the conservative update never estimates more than the plain one, and mostly less', () => {
    const random = seededRandom(seed + 2);
    const plain = CountMinSketch.withDimensions(200, 4);
    const careful = CountMinSketch.withDimensions(200, 4, { conservative: true });
    const keys = Uint32Array.from({ length: 20_000 }, () => random.below(3000));
    plain.addMany(keys);
    careful.addMany(keys);
    const [a, b] = [plain.estimateMany(numbers(3000)), careful.estimateMany(numbers(3000))];
    let [above, below] = [0, 0];
    a.forEach((count, i) => {
      if ((b[i] as number) > count) above++;
      if ((b[i] as number) < count) below++;
    });
    expect(above).toBe(0);
    expect(below).toBeGreaterThan(2000);
  });

  it('batches are single additions, of strings, bytes and numbers, with counts and without', () => {
    const keys = ['a', Uint8Array.of(98), 7, 'a', 'x'.repeat(70_000), '', 2 ** 32 - 1];
    const counts = [1, 2, 3, 4, 5, 0, 2 ** 32 - 1];
    for (const conservative of [false, true]) {
      const [batch, single] = [0, 1].map(() => CountMinSketch.withDimensions(100, 4, { conservative })) as [
        CountMinSketch,
        CountMinSketch,
      ];
      batch.addMany(keys, counts).addMany(keys).addMany(keys, 9).addMany(keys, Uint32Array.from(counts));
      keys.forEach((key, i) => {
        single.add(key, counts[i]);
      });
      for (const key of keys) single.add(key);
      for (const key of keys) single.add(key, 9);
      keys.forEach((key, i) => {
        single.add(key, counts[i]);
      });
      if (!conservative) expect(same(batch.toBytes(), single.toBytes())).toBe(true);
      expect([...batch.estimateMany(keys)]).toEqual(keys.map((key) => single.estimate(key)));
      const many = numbers(10_000);
      batch.addMany(many, numbers(10_000, 1));
      for (const key of many) single.add(key, key + 1);
      expect(batch.estimateMany(many).join()).toBe([...many].map((key) => single.estimate(key)).join());
    }
  });

  it('merging is adding everything to one, with weights, also across arenas and with itself', () => {
    for (const arena of [Arena.default, new Arena()]) {
      const a = CountMinSketch.withDimensions(64, 3);
      const b = CountMinSketch.withDimensions(64, 3, { arena });
      const expected = CountMinSketch.withDimensions(64, 3);
      a.addMany(numbers(100));
      b.addMany(numbers(100, 50), 5);
      expected.addMany(numbers(100), 2).addMany(numbers(100, 50), 15);
      const sum = CountMinSketch.withDimensions(64, 3).addMany(['old'], 3);
      sum.assign([a, b], [2, 3]);
      expect(same(sum.toBytes(), expected.toBytes())).toBe(true);
      a.merge(a).merge(b, 3);
      expect(same(a.toBytes(), expected.toBytes())).toBe(true);
      a.merge(b, -3).merge(b, -1e9);
      expect(a.total).toBe(0);
      expect(Math.max(...cellsOf(a))).toBeLessThan(2 ** 32 - 1);
      b.merge(b, 2 ** 32);
      expect(Math.max(...cellsOf(b))).toBe(2 ** 32 - 1);
      expect(b.estimate(60)).toBe(2 ** 32 - 1);
      b.assign([]);
      expect(b.total + Math.max(...cellsOf(b))).toBe(0);
    }
  });

  it('decays by halves and by any factor, rounding down', () => {
    for (const factor of [0.5, 0.3, 0, 1]) {
      const sketch = CountMinSketch.withDimensions(37, 3);
      sketch.addMany(numbers(200), numbers(200, 7)).add('much', 2 ** 32 - 1);
      const before = cellsOf(sketch);
      const { total } = sketch;
      sketch.decay(factor);
      expect([...cellsOf(sketch)]).toEqual([...before].map((cell) => Math.floor(cell * factor)));
      expect(sketch.total).toBe(Math.floor(total * factor));
      sketch.check();
    }
  });

  it('the inner product is that of the rows, and not below the true one', () => {
    const a = CountMinSketch.withError(0.001, 0.01);
    const b = CountMinSketch.withError(0.001, 0.01, { arena: new Arena() });
    let truth = 0;
    a.addMany(numbers(1000), numbers(1000));
    b.addMany(numbers(1000, 500), numbers(1000, 500));
    for (let key = 500; key < 1000; key++) truth += key * key;
    expect(a.innerProduct(b)).toBeGreaterThanOrEqual(truth);
    expect(a.innerProduct(b)).toBeLessThanOrEqual(truth + a.epsilon * a.total * b.total);
  });

  it('the mean-min estimate is nearer for rare keys', () => {
    const random = seededRandom(seed + 3);
    const sketch = CountMinSketch.withDimensions(300, 5);
    const keys = Uint32Array.from({ length: 30_000 }, () => random.below(10_000));
    sketch.addMany(keys);
    let [plain, mean] = [0, 0];
    for (let key = 0; key < 500; key++) {
      const truth = 3;
      plain += Math.abs(sketch.estimate(key) - truth);
      mean += Math.abs(sketch.estimateMeanMin(key) - truth);
      expect(sketch.estimateMeanMin(key)).toBeLessThanOrEqual(sketch.estimate(key));
    }
    expect(mean).toBeLessThan(plain / 3);
    expect(CountMinSketch.withDimensions(1, 2).estimateMeanMin('a')).toBe(0);
  });

  it('where the arena is full nothing has changed', () => {
    const arena = new Arena({ maxBytes: 1 << 17 });
    const sketch = CountMinSketch.withDimensions(100, 4, { arena });
    sketch.addMany(numbers(50));
    const before = sketch.toBytes();
    const long = 'x'.repeat(1 << 17);
    for (const use of [
      () => sketch.add(long),
      () => sketch.estimate(long),
      () => sketch.addMany(['a', long]),
      () => sketch.addMany(['a', long], [1, 2]),
      () => sketch.estimateMany(['a', long]),
      () => CountMinSketch.withDimensions(30_000, 2, { arena }),
    ]) {
      expect(use).toThrow(ArenaFullError);
    }
    expect(same(sketch.toBytes(), before)).toBe(true);
    arena.check();
  });

  it('refuses what no sketch has, and what no key or count is', () => {
    for (const [width, depth] of [
      [0, 1],
      [1, 0],
      [1.5, 1],
      [1, 65],
      [2 ** 29, 2],
      [Number.NaN, 1],
    ] as const) {
      expect(() => CountMinSketch.withDimensions(width, depth)).toThrow(RangeError);
    }
    for (const share of [0, 1, -1, Number.NaN]) {
      expect(() => CountMinSketch.withError(share)).toThrow(/epsilon must be above 0 and below 1, got/);
      expect(() => CountMinSketch.withError(0.1, share)).toThrow(RangeError);
    }
    expect(() => CountMinSketch.withError(1e-12)).toThrow(RangeError);
    expect(() => CountMinSketch.withDimensions('1' as never, 1)).toThrow(TypeError);
    expect(() => new CountMinSketch({ conservative: 1 as never })).toThrow(TypeError);
    const sketch = CountMinSketch.withDimensions(10, 2);
    const before = sketch.toBytes();
    for (const count of [-1, 1.5, 2 ** 32, Number.NaN]) {
      expect(() => sketch.add('a', count)).toThrow(RangeError);
      expect(() => sketch.addMany(['a'], count)).toThrow(RangeError);
      expect(() => sketch.addMany(['a', 'b'], [1, count])).toThrow(RangeError);
    }
    expect(() => sketch.add('a', '1' as never)).toThrow(TypeError);
    expect(() => sketch.addMany(['a'], 'one' as never)).toThrow(TypeError);
    expect(() => sketch.addMany(['a'], [])).toThrow(/a count for each of 1 keys, got 0/);
    for (const key of [null, undefined, {}, 5n]) expect(() => sketch.add(key as never)).toThrow(TypeError);
    expect(() => sketch.estimateMeanMin(-1)).toThrow(RangeError);
    expect(() => sketch.merge(CountMinSketch.withDimensions(10, 3))).toThrow(/one width, depth and seed/);
    expect(() => sketch.merge(CountMinSketch.withDimensions(10, 2, { seed: 1 }))).toThrow(RangeError);
    expect(() => sketch.merge(sketch, Infinity)).toThrow(RangeError);
    expect(() => sketch.assign([sketch], [])).toThrow(RangeError);
    expect(() => sketch.innerProduct({} as never)).toThrow(TypeError);
    expect(() => sketch.decay(2)).toThrow(RangeError);
    expect(() => sketch.decay('2' as never)).toThrow(TypeError);
    expect(same(sketch.toBytes(), before)).toBe(true);
  });
});
