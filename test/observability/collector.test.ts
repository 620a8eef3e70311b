import { describe, expect, it } from 'vitest';
import { MetricsCollector, OTHER_NAMES } from '../../src/observability/metrics/index.js';
import { seededRandom, testSeed } from '../support/random.js';
import { ManualTime, settled } from '../support/time.js';

describe('MetricsCollector', () => {
  it('gives rates, errors and percentiles by name', () => {
    const time = new ManualTime();
    const metrics = new MetricsCollector({ clock: time });
    for (let i = 1; i <= 100; i++) {
      time.advance(100);
      metrics.record('checkout', i, i % 10 !== 0);
    }
    const stats = metrics.stats('checkout');
    expect(stats).toMatchObject({ count: 100, errors: 10, errorRate: 0.1, min: 1, max: 100, mean: 50.5 });
    expect([stats.ratePerSecond, stats.errorsPerSecond]).toEqual([10, 1]);
    for (const [name, exact] of [
      ['p50', 50],
      ['p95', 95],
      ['p99', 99],
    ] as const) {
      expect(Math.abs(stats[name] - exact) / exact).toBeLessThan(0.01);
    }
    expect([...metrics.all().keys()]).toEqual(['checkout']);
  });

  it('forgets what is older than its window, and keeps the totals', () => {
    const time = new ManualTime();
    const metrics = new MetricsCollector({ clock: time, windowMs: 10_000, slices: 10 });
    metrics.record('a', 5, false);
    time.advance(9000);
    metrics.record('a', 7);
    expect(metrics.stats('a')).toMatchObject({ count: 2, min: 5, max: 7 });
    time.advance(1500);
    expect(metrics.stats('a')).toMatchObject({ count: 1, errors: 0, min: 7, totalCount: 2, totalErrors: 1 });
    // One in the nine seconds and a half that the slices reach back.
    expect(metrics.stats('a').ratePerSecond).toBeCloseTo(1 / 9.5);
    time.advance(60_000);
    expect(metrics.stats('a')).toMatchObject({
      count: 0,
      errorRate: 0,
      ratePerSecond: 0,
      min: Number.NaN,
      p99: Number.NaN,
    });
    metrics.reset();
    expect(metrics.stats('a').totalCount).toBe(0);
    expect(metrics.all().size).toBe(0);
  });

  it('is not moved by a wall clock that jumps', () => {
    const time = new ManualTime();
    const metrics = new MetricsCollector({ clock: time });
    metrics.record('a', 1);
    time.jump(-86_400_000);
    metrics.record('a', 2);
    time.jump(2 * 86_400_000);
    expect(metrics.stats('a').count).toBe(2);
  });

  it('agrees with a list of what was recorded, at any moment', () => {
    const random = seededRandom(testSeed('collector'));
    const time = new ManualTime();
    const metrics = new MetricsCollector({ clock: time, windowMs: 1000, slices: 4 });
    const list: { slice: number; ms: number; ok: boolean }[] = [];
    let now = 0;
    for (let step = 0; step < 3000; step++) {
      const passed = random.below(30);
      time.advance(passed);
      now += passed;
      const [ms, ok] = [10 ** (random.next() * 4 - 1), random.below(4) > 0];
      metrics.record('a', ms, ok);
      list.push({ slice: Math.floor(now / 250), ms, ok });
      if (step % 50 > 0) continue;
      const current = list.filter(({ slice }) => slice > Math.floor(now / 250) - 4);
      const sorted = current.map((it) => it.ms).sort((a, b) => a - b);
      const stats = metrics.stats('a');
      expect([stats.count, stats.min, stats.max]).toEqual([sorted.length, sorted[0], sorted[sorted.length - 1]]);
      expect(stats.errors).toBe(current.filter((it) => !it.ok).length);
      const exact = sorted[Math.ceil(0.95 * sorted.length) - 1] as number;
      expect(Math.abs(stats.p95 - exact) / exact).toBeLessThanOrEqual(0.01);
    }
  });

  it('counts names beyond its bound together', () => {
    const metrics = new MetricsCollector({ clock: new ManualTime(), maxNames: 2 });
    for (const name of ['a', 'b', 'c', 'd', 'a']) metrics.record(name, 1);
    expect([...metrics.all()].map(([name, { count }]) => [name, count])).toEqual([
      ['a', 2],
      ['b', 1],
      [OTHER_NAMES, 2],
    ]);
  });

  it('times functions and promises, however they end', async () => {
    const time = new ManualTime();
    const metrics = new MetricsCollector({ clock: time });
    expect(metrics.time('a', () => 3)).toBe(3);
    expect(() =>
      metrics.time('a', () => {
        throw new Error('no');
      }),
    ).toThrow('no');
    const late = metrics.time('a', async () => {
      await settled();
      time.advance(20);
    });
    await late;
    await expect(metrics.time('a', () => Promise.reject(new Error('late')))).rejects.toThrow('late');
    expect(metrics.stats('a')).toMatchObject({ count: 4, errors: 2, max: 20 });
  });

  it('refuses misuse, and records nothing', () => {
    const metrics = new MetricsCollector({ clock: new ManualTime() });
    for (const ms of [-1, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => metrics.record('a', ms)).toThrow(RangeError);
    expect(() => metrics.record('a', '1' as never)).toThrow(TypeError);
    expect(() => metrics.record(1 as never, 1)).toThrow(TypeError);
    expect(metrics.all().size).toBe(0);
    expect(() => new MetricsCollector({ slices: 1 })).toThrow(RangeError);
    expect(() => new MetricsCollector({ windowMs: 0 })).toThrow(RangeError);
  });
});
