import { describe, expect, it } from 'vitest';
import { Arena } from '../../bindings/index.js';
import { finestIndex, upperBound } from '../../src/observability/metrics/exponential.js';
import { MetricsRegistry } from '../../src/observability/metrics/index.js';
import { LogLinear } from '../../src/observability/metrics/log-linear.js';
import { type SeededRandom, seededRandom, testSeed } from '../support/random.js';

/** Many orders of magnitude. */
function wide(random: SeededRandom): number {
  return 2 ** (random.next() * 60 - 30);
}

describe('metrics against naive models', () => {
  it('count, set, forget and observe as maps of arrays do', () => {
    const random = seededRandom(testSeed('metrics, model'));
    const arena = new Arena();
    const metrics = new MetricsRegistry({ arena });
    const counter = metrics.counter({ name: 'c', help: '', labels: ['a', 'b'] });
    const histogram = metrics.histogram({ name: 'h', help: '', labels: ['a'], buckets: [1, 2, 5] });
    const counts = new Map<string, number>();
    const observed = new Map<number, number[]>();
    for (let step = 0; step < 20_000; step++) {
      const [a, b] = [random.below(20), random.below(5) === 0];
      const key = `${a} ${b}`;
      switch (random.below(8)) {
        case 0:
          expect(counter.remove({ a, b })).toBe(counts.delete(key));
          break;
        case 1:
          expect(histogram.remove({ a })).toBe(observed.delete(a));
          break;
        case 2:
        case 3: {
          const value = random.below(8) - 1;
          histogram.observe({ a }, value);
          observed.set(a, [...(observed.get(a) ?? []), value]);
          break;
        }
        case 4:
          arena.alloc(random.below(3000));
          break;
        default:
          counter.labels(random.below(2) === 0 ? { a, b } : { a: String(a), b: String(b) }).inc(step);
          counts.set(key, (counts.get(key) ?? 0) + step);
      }
    }
    expect(counter.size).toBe(counts.size);
    for (const [key, count] of counts) {
      const [a, b] = key.split(' ') as [string, string];
      expect(counter.value({ a, b })).toBe(count);
    }
    expect(histogram.size).toBe(observed.size);
    for (const [a, values] of observed) {
      const within = (low: number, high: number) => values.filter((value) => value > low && value <= high).length;
      const point = histogram.point(histogram.with(a));
      expect(point.counts).toEqual([within(-9, 1), within(1, 2), within(2, 5), within(5, 9)]);
      expect(point.sum).toBe(values.reduce((sum, value) => sum + value, 0));
    }
    arena.check();
  });

  it('find log-linear buckets that hold the value, as narrow as was asked', () => {
    const random = seededRandom(testSeed('log-linear'));
    for (const relativeError of [0.25, 0.01, 0.001]) {
      const shape = new LogLinear({ lowest: 1e-6, highest: 1e4, relativeError });
      for (let i = 0; i < 5000; i++) {
        const value = 1e-6 * 10 ** (random.next() * 10);
        const index = shape.indexOf(value);
        expect(shape.lowerEdge(index) <= value && value < shape.lowerEdge(index + 1)).toBe(true);
        expect(Math.abs(shape.middle(index) - value) / value).toBeLessThanOrEqual(relativeError);
      }
      expect([shape.indexOf(0), shape.indexOf(1e-300)]).toEqual([0, 0]);
      expect(shape.indexOf(1e300)).toBe(shape.length - 1);
    }
  });

  it('give quantiles within the error, and extremes exactly', () => {
    const random = seededRandom(testSeed('hdr quantiles'));
    const metrics = new MetricsRegistry({ arena: new Arena() });
    const histogram = metrics.hdrHistogram({ name: 'h', help: '' });
    const values = Array.from({ length: 5000 }, () => 1e-5 * 10 ** (random.next() * 8));
    for (const value of values) histogram.observe(value);
    values.sort((a, b) => a - b);
    const reading = histogram.read();
    expect([reading.count, reading.min, reading.max]).toEqual([5000, values[0], values[4999]]);
    for (const share of [0, 0.01, 0.5, 0.9, 0.99, 0.999, 1]) {
      const exact = values[Math.max(0, Math.ceil(share * 5000) - 1)] as number;
      expect(Math.abs(reading.quantile(share) - exact) / exact).toBeLessThanOrEqual(0.01);
    }
    expect(reading.buckets.reduce((sum, { count }) => sum + count, 0)).toBe(5000);
  });

  it('find exponential buckets whose bounds are exact', () => {
    const random = seededRandom(testSeed('exponential index'));
    // Powers of two end a bucket, at any scale.
    for (let power = -100; power <= 100; power++) expect(upperBound(8, finestIndex(2 ** power))).toBe(2 ** power);
    for (let i = 0; i < 20_000; i++) {
      const value = wide(random);
      for (const scale of [8, 3, 0, -2]) {
        const index = finestIndex(value) >> (8 - scale);
        expect(upperBound(scale, index - 1) < value && value <= upperBound(scale, index)).toBe(true);
      }
    }
  });

  it('lose no count of an exponential histogram when its scale changes', () => {
    const random = seededRandom(testSeed('exponential histogram'));
    for (let round = 0; round < 30; round++) {
      const metrics = new MetricsRegistry({ arena: new Arena() });
      const maxBuckets = 4 + random.below(60);
      const histogram = metrics.exponentialHistogram({ name: 'e', help: '', maxBuckets });
      const spread = random.below(40);
      const values: number[] = [];
      for (let i = 0; i < 1000; i++) {
        const size = 2 ** ((random.next() - 0.5) * spread);
        const value = random.below(10) === 0 ? 0 : random.below(3) === 0 ? -size : size;
        values.push(value);
        histogram.observe(value);
      }
      const { scale, positive, negative, zeroCount, count, sum } = histogram.point(histogram.with());
      const expected = new Map<number, number>();
      const below = new Map<number, number>();
      for (const value of values) {
        if (value === 0) continue;
        const index = finestIndex(Math.abs(value)) >> (8 - scale);
        const map = value > 0 ? expected : below;
        map.set(index, (map.get(index) ?? 0) + 1);
      }
      const listed = (buckets: typeof positive) =>
        new Map(buckets.counts.map((n, i) => [buckets.offset + i, n] as const).filter(([, n]) => n > 0));
      expect(listed(positive)).toEqual(new Map([...expected].sort(([a], [b]) => a - b)));
      expect(listed(negative)).toEqual(new Map([...below].sort(([a], [b]) => a - b)));
      expect([zeroCount, count]).toEqual([values.filter((value) => value === 0).length, 1000]);
      expect(sum).toBeCloseTo(
        values.reduce((all, value) => all + value, 0),
        3,
      );
      expect(Math.max(positive.counts.length, negative.counts.length)).toBeLessThanOrEqual(maxBuckets);
    }
  });
});
