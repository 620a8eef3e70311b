import { describe, expect, it } from 'vitest';
import { envelope, seal } from '../../bindings/envelope.js';
import { Arena, ArenaFullError, SnapshotError } from '../../bindings/index.js';
import { TDigest, type TDigestScale } from '../../src/sketches/t-digest/index.js';
import { seededRandom, testSeed } from '../support/random.js';
import { claims } from './claims.js';

const seed = testSeed('TDigest');

const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

function of(...values: number[]): TDigest {
  return new TDigest().addMany(values);
}

function randoms(count: number, from: number, make: (random: () => number) => number): Float64Array {
  const { next } = seededRandom(from);
  return Float64Array.from({ length: count }, () => make(next));
}

for (const scale of ['k1', 'k2'] as const) {
  claims({
    name: `TDigest, ${scale}`,
    kind: 18,
    make: (options) => new TDigest({ ...options, compression: 20, scale }),
    fromBytes: (bytes, options) => TDigest.fromBytes(bytes, options),
    open: (arena, name) => TDigest.open(arena, name),
    fill: (digest, round) => void digest.addMany(randoms(300, round, (next) => next() * 100 - 50)),
    exercise: (digest) => {
      digest.add(3, 9);
      digest.quantiles([0, 0.2, 0.5, 1]);
      digest.cdf(1);
      digest.byRank(2);
      digest.trimmedMean(0.1, 0.8);
      digest.stats();
    },
    tooLarge: (arena) => new TDigest({ arena, compression: 10_000 }),
  });
}

describe('TDigest', () => {
  it('answers as the Redis commands are documented to', () => {
    const digest = of(1, 2, 2, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 5);
    const all = [1, 2, 2, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 5];
    const to6 = [0, 1, 2, 3, 4, 5, 6];
    expect([...digest.quantiles([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1])]).toEqual([
      1, 2, 3, 3, 4, 4, 4, 5, 5, 5, 5,
    ]);
    expect([...digest.cdfs(to6)].map((share) => share.toFixed(3))).toEqual([
      '0.000',
      '0.033',
      '0.133',
      '0.300',
      '0.533',
      '0.833',
      '1.000',
    ]);
    expect(to6.map((value) => digest.rank(value))).toEqual([-1, 0, 2, 4, 8, 12, 15]);
    expect(to6.map((value) => digest.reverseRank(value))).toEqual([15, 14, 13, 10, 7, 2, -1]);
    expect(Array.from({ length: 16 }, (_, rank) => digest.byRank(rank))).toEqual([...all, Infinity]);
    expect(Array.from({ length: 16 }, (_, rank) => digest.byReverseRank(rank))).toEqual([...all.reverse(), -Infinity]);
    const tens = of(10, 20, 30, 40, 50, 60);
    const to70 = [0, 10, 20, 30, 40, 50, 60, 70];
    expect(to70.map((value) => tens.rank(value))).toEqual([-1, 0, 1, 2, 3, 4, 5, 6]);
    expect(to70.map((value) => tens.reverseRank(value))).toEqual([6, 5, 4, 3, 2, 1, 0, -1]);
    const twice = of(10, 10, 10, 10, 20, 20);
    expect([twice.rank(10), twice.rank(20), twice.reverseRank(10), twice.reverseRank(20)]).toEqual([2, 5, 4, 1]);
    const ten = of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
    expect([ten.trimmedMean(0.1, 0.6), ten.trimmedMean(0.3, 0.9), ten.trimmedMean(0, 1)]).toEqual([4, 6.5, 5.5]);
    expect([ten.min, ten.max, ten.total]).toEqual([1, 10, 10]);
  });

  it('an empty digest knows nothing, a single value is everything', () => {
    const digest = new TDigest();
    for (const answer of [
      digest.min,
      digest.max,
      digest.quantile(0.5),
      digest.cdf(1),
      digest.rank(1),
      digest.reverseRank(1),
      digest.byRank(0),
      digest.byReverseRank(0),
      digest.trimmedMean(0, 1),
    ]) {
      expect(answer).toBeNaN();
    }
    digest.add(7);
    expect([...digest.quantiles([0, 0.3, 1])]).toEqual([7, 7, 7]);
    expect([digest.cdf(6.9), digest.cdf(7), digest.cdf(Infinity), digest.cdf(-Infinity)]).toEqual([0, 0.5, 1, 0]);
    expect([...digest]).toEqual([{ mean: 7, weight: 1 }]);
    expect(digest.trimmedMean(0, 1)).toBe(7);
  });

  it('is as exact as the paper says, most of all at the ends, whatever the distribution and the order', () => {
    const count = 100_000;
    const makes: Record<string, (next: () => number) => number> = {
      uniform: (next) => next(),
      exponential: (next) => -Math.log(1 - next()),
      wild: (next) => (next() - 0.5) ** 9 * 1e6,
      integers: (next) => Math.floor(next() * 50),
    };
    for (const [name, make] of Object.entries(makes)) {
      for (const scale of ['k1', 'k2'] as TDigestScale[]) {
        const values = randoms(count, seed, make);
        if (name === 'uniform') values.sort();
        const digest = new TDigest({ scale });
        digest.addMany(values);
        digest.check();
        const sorted = values.slice().sort();
        expect([digest.min, digest.max]).toEqual([sorted[0], sorted[count - 1]]);
        expect(digest.centroids().length).toBeLessThan(150);
        for (const q of [0, 1e-5, 0.0001, 0.001, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 0.999, 0.9999, 1]) {
          const found = digest.quantile(q);
          // The error is one of rank: how far the answer stands from where it should.
          const low = sorted.findIndex((value) => value >= found);
          const first = low < 0 ? count : low;
          const above = sorted.findIndex((value) => value > found);
          const last = above < 0 ? count : above;
          const off = Math.max(0, first - q * count, q * count - last) / count;
          // Where values crowd within a centroid, interpolation may be off by the whole of it.
          const whole = name === 'wild' ? 5 : 1;
          const share = scale === 'k1' ? Math.sqrt(q * (1 - q)) * 0.035 + 0.0003 : q * (1 - q) * 0.3;
          // Between two integers it may be off by all that are equal to one.
          const atom = name === 'integers' ? 1 / 50 : 0;
          const bound = whole * share + atom + 3 / count;
          expect(off, `${name} ${scale} ${q}`).toBeLessThan(bound);
          if (name !== 'integers') {
            const value = sorted[Math.min(count - 1, Math.floor(q * count))] as number;
            expect(Math.abs(digest.cdf(value) - q)).toBeLessThan(bound + 1 / count);
          }
        }
        digest.dispose();
      }
    }
  });

  it('answers grow with the question, and cdf undoes quantile', () => {
    const digest = new TDigest({ compression: 30 });
    digest.addMany(randoms(5000, seed + 1, (next) => next() ** 3));
    let [before, share] = [-Infinity, -1];
    for (let i = 0; i <= 1000; i++) {
      const value = digest.quantile(i / 1000);
      const cdf = digest.cdf(i / 1000);
      expect(value).toBeGreaterThanOrEqual(before);
      expect(cdf).toBeGreaterThanOrEqual(share);
      [before, share] = [value, cdf];
      expect(Math.abs(digest.cdf(value) - i / 1000)).toBeLessThan(0.002);
    }
  });

  it('is exact while nothing is united: the model test against a sorted array', () => {
    const random = seededRandom(seed + 2);
    for (let round = 0; round < 60; round++) {
      const count = 1 + random.below(60);
      const values = Array.from({ length: count }, () => random.below(30) - 15);
      const digest = new TDigest({ compression: 1000 });
      for (const value of values) digest.add(value);
      digest.check();
      const sorted = [...values].sort((a, b) => a - b);
      for (let rank = 0; rank < count; rank++) {
        expect(digest.byRank(rank)).toBe(sorted[rank]);
        expect(digest.byReverseRank(rank)).toBe(sorted[count - 1 - rank]);
      }
      for (let value = -16; value <= 16; value++) {
        const below = sorted.filter((one) => one < value).length + sorted.filter((one) => one === value).length / 2;
        expect(digest.cdf(value)).toBeCloseTo(below / count, 12);
      }
      const [low, high] = [random.next() / 2, 0.5 + random.next() / 2 + 1e-9];
      const kept = sorted.slice(Math.floor(count * low), Math.ceil(count * Math.min(1, high)));
      const mean = kept.reduce((sum, value) => sum + value, 0) / kept.length;
      expect(digest.trimmedMean(low, Math.min(1, high))).toBeCloseTo(mean, 10);
    }
  });

  it('batches are single additions, and weights are repetitions', () => {
    const values = randoms(9000, seed + 3, (next) => next());
    const [one, many, list] = [new TDigest(), new TDigest(), new TDigest()];
    for (const value of values) one.add(value);
    many.addMany(values);
    list.addMany(new Set(values));
    expect(same(many.toBytes(), one.toBytes())).toBe(true);
    expect(list.total).toBe(new Set(values).size);
    const heavy = new TDigest().addMany([1, 2, 3], Float64Array.of(10, 1, 9));
    const light = new TDigest({ compression: 1000 }).addMany([...Array(10).fill(1), 2, ...Array(9).fill(3)]);
    expect(heavy.total).toBe(20);
    for (const q of [0, 0.2, 0.52, 0.9, 1]) expect(Math.round(heavy.quantile(q))).toBe(light.quantile(q));
    expect([heavy.rank(1), heavy.rank(2), heavy.rank(3)]).toEqual([5, 10, 15]);
    heavy.check();
  });

  it('merging digests of parts answers as one of the whole, across arenas, compressions and with itself', () => {
    const values = randoms(60_000, seed + 4, (next) => -Math.log(1 - next()));
    const sorted = values.slice().sort();
    const whole = new TDigest();
    for (let part = 0; part < 6; part++) {
      const digest = new TDigest({
        compression: 100 + 20 * part,
        scale: part % 2 === 0 ? 'k1' : 'k2',
        ...(part % 3 === 0 && { arena: new Arena() }),
      });
      digest.addMany(values.subarray(part * 10_000, part * 10_000 + 10_000));
      whole.merge(digest);
      whole.check();
    }
    expect([whole.total, whole.min, whole.max]).toEqual([60_000, sorted[0], sorted[59_999]]);
    for (const q of [0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999]) {
      const rank = sorted.findIndex((value) => value >= whole.quantile(q));
      expect(Math.abs(rank / 60_000 - q)).toBeLessThan(Math.sqrt(q * (1 - q)) * 0.03);
    }
    const median = whole.quantile(0.5);
    whole.merge(whole).merge(new TDigest());
    expect(whole.total).toBe(120_000);
    expect(Math.abs(whole.quantile(0.5) / median - 1)).toBeLessThan(0.02);
    whole.check();
  });

  it('stays within its room at any compression, and bears the greatest values', () => {
    for (const compression of [1, 1.5, 2, 3.9, 10, 1000]) {
      for (const scale of ['k1', 'k2'] as const) {
        const digest = new TDigest({ compression, scale });
        for (let i = 0; i < 4; i++) {
          digest.addMany(randoms(20_000, seed + i, (next) => (next() - 0.5) * Number.MAX_VALUE * 1.999));
          digest.check();
          const found = digest.quantiles([0, 0.01, 0.5, 0.99, 1]);
          for (let j = 0; j < 5; j++) expect(Number.isFinite(found[j])).toBe(true);
          expect(digest.cdf(0)).toBeGreaterThan(0.3);
          expect(digest.cdf(0)).toBeLessThan(0.7);
          expect(Number.isFinite(digest.trimmedMean(0, 1))).toBe(true);
          const { centroids, capacity } = digest.stats();
          expect(centroids).toBeLessThan(2 * compression + 16);
          expect(capacity).toBeGreaterThan(centroids);
        }
        digest.dispose();
      }
    }
  });

  it('stats tell what waits', () => {
    const digest = new TDigest();
    digest.add(1).add(2, 5);
    expect(digest.stats()).toMatchObject({ centroids: 0, waiting: 2, waitingWeight: 6, total: 6, merges: 0 });
    digest.quantile(0.5);
    expect(digest.stats()).toMatchObject({ centroids: 2, waiting: 0, waitingWeight: 0, total: 6, merges: 1 });
    expect(digest.stats()).toMatchObject({ compression: 100, scale: 'k1', capacity: 616, bytes: 72 + 32 * 616 });
  });

  it('bytes whose sums, order or ends do not agree are refused', () => {
    const bytes = of(1, 2, 3).toBytes();
    for (const [at, value] of [
      [16, 4],
      [24, 0],
      [32, 9],
      [48, 5],
      [56, 0.5],
      [56, Number.NaN],
      [64, Infinity],
      [40, -1],
    ] as const) {
      const forged = envelope({ number: 18, name: '' }, 1, bytes.length - 24);
      forged.set(bytes.subarray(24), 24);
      new DataView(forged.buffer).setFloat64(24 + at, value, true);
      expect(() => TDigest.fromBytes(seal(Arena.default, forged))).toThrow(SnapshotError);
    }
  });

  it('where the arena is full nothing has changed', () => {
    const arena = new Arena({ maxBytes: 1 << 17 });
    const digest = new TDigest({ arena }).addMany([1, 2, 3]);
    const before = digest.toBytes();
    arena.alloc(30_000);
    const other = new TDigest({ compression: 2000 }).addMany([4]);
    expect(() => digest.merge(other)).toThrow(ArenaFullError);
    expect(same(digest.toBytes(), before)).toBe(true);
    arena.check();
  });

  it('refuses what no digest has, and what no value, weight or question is', () => {
    for (const compression of [0, 0.5, -1, 65_537, Number.NaN, Infinity]) {
      expect(() => new TDigest({ compression })).toThrow(/compression must be from 1 to 65536, got/);
    }
    expect(() => new TDigest({ compression: '100' as never })).toThrow(TypeError);
    expect(() => new TDigest({ scale: 'k3' as never })).toThrow(RangeError);
    const digest = of(1, 2, 3);
    const before = digest.toBytes();
    for (const value of [Number.NaN, Infinity, -Infinity]) {
      expect(() => digest.add(value)).toThrow(/A value must be finite, got/);
      expect(() => digest.addMany([1, value])).toThrow(RangeError);
      expect(() => digest.addMany(Float64Array.of(1, value))).toThrow(RangeError);
    }
    for (const weight of [0, -1, 1.5, Number.NaN, 2 ** 53]) {
      expect(() => digest.add(1, weight)).toThrow(RangeError);
      expect(() => digest.addMany([1, 2], [1, weight])).toThrow(RangeError);
    }
    expect(() => digest.add(1, 2 ** 53 - 1)).toThrow(/must not pass/);
    expect(() => digest.add('1' as never)).toThrow(TypeError);
    expect(() => digest.addMany(['1'] as never)).toThrow(TypeError);
    expect(() => digest.addMany(5 as never)).toThrow(TypeError);
    expect(() => digest.addMany([1], [])).toThrow(/a weight for each of 1 values, got 0/);
    for (const q of [-0.1, 1.1, Number.NaN]) expect(() => digest.quantile(q)).toThrow(RangeError);
    expect(() => digest.quantile('0' as never)).toThrow(TypeError);
    expect(() => digest.cdf(Number.NaN)).toThrow(RangeError);
    expect(() => digest.cdf('1' as never)).toThrow(TypeError);
    for (const rank of [-1, 0.5]) expect(() => digest.byRank(rank)).toThrow(RangeError);
    expect(() => digest.trimmedMean(0.5, 0.5)).toThrow(/low must be below high/);
    expect(() => digest.merge({} as never)).toThrow(TypeError);
    expect(same(digest.toBytes(), before)).toBe(true);
  });
});
