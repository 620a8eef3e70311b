import { describe, expect, it } from 'vitest';
import { Arena, ArenaFullError, DisposedError } from '../../bindings/index.js';
import {
  CardinalityError,
  exponentialBuckets,
  linearBuckets,
  MetricsRegistry,
  OVERFLOW_VALUE,
  RedMetrics,
  UseMetrics,
} from '../../src/observability/metrics/index.js';
import { ManualTime, settled } from '../support/time.js';

function registry(options: ConstructorParameters<typeof MetricsRegistry>[0] = {}) {
  const time = new ManualTime();
  return { time, metrics: new MetricsRegistry({ arena: new Arena(), clock: time, ...options }) };
}

describe('MetricsRegistry', () => {
  it('counts by labels, whichever form they are given in', () => {
    const { metrics } = registry();
    const requests = metrics.counter({ name: 'requests_total', help: 'Requests.', labels: ['method', 'status'] });
    const kept = requests.labels({ method: 'GET', status: 200 });
    kept.inc();
    requests.inc({ method: 'GET', status: '200' }, 2);
    requests.with('GET', 200).inc(0.5);
    requests.labels({ status: '200', method: 'GET' }).inc();
    expect(requests.with('GET', '200')).toBe(kept);
    expect(requests.value({ method: 'GET', status: 200 })).toBe(4.5);
    expect(requests.size).toBe(1);
  });

  it('refuses misuse at once, and nothing is counted', () => {
    const { metrics } = registry();
    const counter = metrics.counter({ name: 'a', help: '' });
    for (const wrong of [-1, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => counter.inc(wrong)).toThrow(RangeError);
    expect(() => counter.inc('1' as never)).toThrow(TypeError);
    expect(counter.value()).toBe(0);
    const labelled = metrics.counter({ name: 'b', help: '', labels: ['x', 'y'] });
    expect(() => labelled.labels({ x: 1 } as never)).toThrow('must be a string, a number or a boolean, got undefined');
    expect(() => labelled.labels({ x: 1, y: 2, z: 3 } as never)).toThrow('has the labels x, y, got the label "z"');
    expect(() => labelled.with('a')).toThrow('got 1 values');
    expect(() => labelled.inc()).toThrow('got none');
    expect(() => labelled.labels({ x: 'a', y: 'b'.repeat(1025) })).toThrow('at most 1024 characters');
    expect(() => counter.labels({ x: 1 } as never)).toThrow('has no labels');
    expect(labelled.size).toBe(0);
    expect(() => metrics.histogram({ name: 'h', help: '' }).observe(Number.NaN)).toThrow(TypeError);
    expect(() => metrics.hdrHistogram({ name: 'd', help: '' }).observe(-1)).toThrow(RangeError);
    expect(() => metrics.exponentialHistogram({ name: 'e', help: '' }).observe(Number.POSITIVE_INFINITY)).toThrow(
      RangeError,
    );
    expect(() => metrics.summary({ name: 's', help: '' }).observe('1' as never)).toThrow(TypeError);
    expect(() => metrics.gauge({ name: 'g', help: '' }).set(undefined as never)).toThrow(TypeError);
    expect(() => metrics.stateSet({ name: 't', help: '', states: ['on'] }).set('off' as never)).toThrow(RangeError);
  });

  it('refuses names that Prometheus would', () => {
    const { metrics } = registry();
    for (const name of ['', '1a', 'a-b', 'a b', 'ä'])
      expect(() => metrics.counter({ name, help: '' })).toThrow(RangeError);
    for (const label of ['', '1a', 'a:b', '__name', 'le']) {
      expect(() => metrics.histogram({ name: 'x', help: '', labels: [label] })).toThrow(RangeError);
    }
    expect(() => metrics.summary({ name: 'x', help: '', labels: ['quantile'] })).toThrow(RangeError);
    expect(() => metrics.counter({ name: 'x', help: '', labels: ['a', 'a'] })).toThrow('is there twice');
    expect(() => metrics.counter({ name: 'x', help: '', unit: 'seconds' })).toThrow('must end in _seconds');
    expect(() => metrics.histogram({ name: 'x', help: '', buckets: [2, 1] })).toThrow('ascending');
    expect(() => new MetricsRegistry({ arena: new Arena(), overflow: 'burst' as never })).toThrow(RangeError);
    expect(metrics.stats().metrics).toBe(0);
  });

  it('gives the same metric for the same description, and refuses another under its name', () => {
    const { metrics } = registry({ labels: { instance: 'a' } });
    const one = metrics.counter({ name: 'requests_total', help: 'Requests.' });
    expect(metrics.counter({ name: 'requests', help: 'Requests.' })).toBe(one);
    expect(metrics.get('requests_total')).toBe(one);
    expect(() => metrics.gauge({ name: 'requests', help: '' })).toThrow('already');
    expect(() => metrics.gauge({ name: 'requests_total', help: '' })).toThrow('shows');
    metrics.histogram({ name: 'h', help: '' });
    expect(() => metrics.counter({ name: 'h_sum', help: '' })).toThrow('shows');
    expect(() => metrics.gauge({ name: 'h_count', help: '' })).toThrow('shows');
    expect(() => metrics.counter({ name: 'x', help: '', labels: ['instance'] })).toThrow('already');
    expect(metrics.unregister('requests')).toBe(true);
    expect(metrics.unregister('requests')).toBe(false);
    one.inc();
    expect(metrics.gauge({ name: 'requests', help: '' }).value()).toBe(0);
  });

  it('bounds series: the rest is counted together, dropped, or refused', () => {
    const labels = ['user'] as const;
    const { metrics } = registry({ maxSeries: 2 });
    const collapsing = metrics.counter({ name: 'a', help: '', labels });
    for (const user of ['x', 'y', 'z', 'w']) collapsing.inc({ user });
    expect(collapsing.value({ user: OVERFLOW_VALUE })).toBe(2);
    expect(metrics.stats().overflowed).toBe(2);
    const dropping = registry({ overflow: 'drop' }).metrics.counter({ name: 'a', help: '', labels, maxSeries: 1 });
    for (const user of ['x', 'y']) dropping.inc({ user });
    expect([dropping.size, dropping.value({ user: 'x' })]).toEqual([1, 1]);
    const throwing = registry({ overflow: 'throw', maxSeries: 1 }).metrics.counter({ name: 'a', help: '', labels });
    throwing.inc({ user: 'x' });
    expect(() => throwing.inc({ user: 'y' })).toThrow(CardinalityError);
    throwing.inc({ user: 'x' });
    expect(throwing.value({ user: 'x' })).toBe(2);
  });

  it('forgets series: who kept one records into nothing, and its cells serve the next', () => {
    const arena = new Arena();
    const { metrics } = registry({ arena, maxSeries: 3 });
    const gauge = metrics.gauge({ name: 'g', help: '', labels: ['id', 'ok'] });
    gauge.labels({ id: 0, ok: true }).set(1);
    const used = arena.bytesUsed;
    for (let i = 1; i < 5000; i++) {
      const kept = gauge.labels({ id: i, ok: true });
      kept.set(i);
      expect(gauge.remove({ id: i, ok: true })).toBe(true);
      kept.set(-1);
      expect(gauge.remove({ id: i, ok: true })).toBe(false);
    }
    expect(arena.bytesUsed).toBeLessThan(used + 1000);
    expect(gauge.value({ id: 0, ok: 'true' })).toBe(1);
    gauge.clear();
    expect(gauge.size).toBe(0);
    expect(gauge.value({ id: 0, ok: true })).toBe(0);
  });

  it('gives its memory back, a thousand times over', () => {
    const arena = new Arena();
    arena.scratch(4096);
    const before = arena.bytesUsed;
    for (let i = 0; i < 1000; i++) {
      using metrics = new MetricsRegistry({ arena, name: 'metrics' });
      metrics.counter({ name: 'a', help: '', labels: ['b'] }).inc({ b: i });
      metrics.histogram({ name: 'h', help: '' }).observe(1);
    }
    expect(arena.bytesUsed).toBe(before);
    arena.check();
  });

  it('refuses what does not fit into the arena, and goes on', () => {
    const arena = new Arena({ maxBytes: 65_536 });
    const { metrics } = registry({ arena });
    const histogram = metrics.exponentialHistogram({ name: 'h', help: '', labels: ['i'], maxBuckets: 1000 });
    expect(() => {
      for (let i = 0; i < 10; i++) histogram.observe({ i }, 1);
    }).toThrow(ArenaFullError);
    const { size } = histogram;
    histogram.observe({ i: 0 }, 1);
    expect(histogram.size).toBe(size);
    arena.check();
  });

  it('throws after dispose', () => {
    const { metrics } = registry();
    const counter = metrics.counter({ name: 'a', help: '' });
    metrics.dispose();
    metrics.dispose();
    expect(() => counter.inc()).toThrow(DisposedError);
    expect(() => metrics.counter({ name: 'b', help: '' })).toThrow(DisposedError);
  });

  it('is in a snapshot with all it counted, and goes on after it is restored', async () => {
    const arena = new Arena();
    const { metrics, time } = registry({ arena, name: 'metrics' });
    const options = { name: 'a', help: 'A.', labels: ['x'] } as const;
    metrics.counter(options).inc({ x: 'y' }, 3);
    metrics.gauge({ name: 'g', help: '' }).set(7);
    metrics.histogram({ name: 'h', help: '', buckets: [1, 2] }).observe(1.5);
    const text = await metrics.text();
    const restored = MetricsRegistry.open(Arena.restore(arena.snapshot()), 'metrics', { clock: time });
    expect(await restored.text()).toBe(text);
    restored.counter(options).inc({ x: 'y' });
    expect(restored.counter(options).value({ x: 'y' })).toBe(4);
    // Another shape under the old name begins anew.
    const other = restored.histogram({ name: 'h', help: '', buckets: [1] });
    other.observe(1);
    expect(await restored.text({ names: ['h'] })).toContain('h_count 1');
  });

  it('is one for a thread, however often it is opened', () => {
    const arena = new Arena();
    const { metrics } = registry({ arena, name: 'metrics' });
    expect(MetricsRegistry.open(arena, 'metrics')).toBe(metrics);
    metrics.dispose();
    expect(() => MetricsRegistry.open(arena, 'metrics')).toThrow('has no structure named "metrics"');
  });

  it('takes labels that every object has, and zeros of either sign', () => {
    const { metrics } = registry({ labels: { host: 'a' } });
    const counter = metrics.counter({ name: 'c', help: '', labels: ['constructor', 'toString'] });
    counter.inc({ constructor: 'a', toString: 'b' } as never);
    expect(counter.size).toBe(1);
    const hdr = metrics.hdrHistogram({ name: 'h', help: '' });
    for (const zero of [0, -0]) hdr.observe(zero);
    expect(hdr.read()).toMatchObject({ count: 2, sum: 0 });
    expect(hdr.read().quantile(1)).toBeLessThan(1e-6);
  });

  it('survives a memory that grows between two recordings', () => {
    const arena = new Arena();
    const { metrics } = registry({ arena });
    const counter = metrics.counter({ name: 'a', help: '' });
    const histogram = metrics.histogram({ name: 'h', help: '' });
    const kept = counter.with();
    for (let i = 0; i < 5; i++) {
      kept.inc();
      histogram.observe(1);
      arena.alloc(1 << 20);
    }
    expect(counter.value()).toBe(5);
    expect(histogram.point(histogram.with()).count).toBe(5);
  });

  it('merges and tracks gauges', async () => {
    const { metrics, time } = registry();
    const gauge = metrics.gauge({ name: 'g', help: '' });
    const late = gauge.with().track(() => settled());
    expect(gauge.value()).toBe(1);
    await late;
    expect(gauge.value()).toBe(0);
    expect(() =>
      gauge.with().track(() => {
        throw new Error('no');
      }),
    ).toThrow('no');
    await expect(gauge.with().track(() => Promise.reject(new Error('late')))).rejects.toThrow('late');
    expect(gauge.value()).toBe(0);
    gauge.dec(2);
    gauge.inc();
    expect(gauge.value()).toBe(-1);
    gauge.with().setToCurrentTime();
    expect(gauge.value()).toBe(time.now() / 1000);
  });

  it('times what it observes by the monotonic clock, however the other one jumps', async () => {
    const { metrics, time } = registry();
    const histogram = metrics.histogram({ name: 'h_seconds', help: '', labels: ['route'], buckets: [1, 2] });
    const end = histogram.startTimer({ route: '/' });
    time.jump(-10_000);
    time.advance(1500);
    expect(end()).toBe(1.5);
    const running = histogram.with('/').time(async () => {
      await settled();
      time.advance(500);
      return 'done';
    });
    expect(await running).toBe('done');
    expect(() =>
      histogram.with('/').time(() => {
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(histogram.point(histogram.with('/'))).toMatchObject({ counts: [2, 1, 0], sum: 2 });
  });

  it('makes bounds as asked', () => {
    expect(linearBuckets(1, 2, 3)).toEqual([1, 3, 5]);
    expect(exponentialBuckets(1, 10, 3)).toEqual([1, 10, 100]);
    expect(() => exponentialBuckets(0, 10, 3)).toThrow(RangeError);
    expect(() => linearBuckets(0, 1, 0)).toThrow(RangeError);
  });

  it('asks callbacks at each scrape; one that throws or hangs leaves the rest as it was', async () => {
    const errors: string[] = [];
    const { metrics, time } = registry({
      onError: (error, name) => errors.push(`${name}: ${(error as Error).message}`),
    });
    const timed = new MetricsRegistry({ arena: new Arena(), clock: time, timer: time });
    let value = 1;
    metrics.gauge({ name: 'read', help: '', read: async () => value++ });
    metrics.gauge({
      name: 'bad',
      help: '',
      labels: ['x'],
      collect: () => {
        throw new Error('broken');
      },
    });
    metrics.counter({ name: 'c', help: '', collect: (counter) => counter.inc(5) });
    expect(await metrics.text()).toContain('read 1\n');
    expect(await metrics.text()).toContain('read 2\n');
    expect(await metrics.text()).toContain('c_total 15\n');
    expect(errors).toEqual(['bad: broken', 'bad: broken', 'bad: broken']);
    expect(metrics.stats().callbackErrors).toBe(3);
    timed.gauge({ name: 'hangs', help: '', labels: ['x'], collect: () => new Promise(() => {}) }).set({ x: 1 }, 1);
    const text = timed.text({ callbackTimeoutMs: 100 });
    await time.pass(100);
    expect(await text).toContain('hangs{x="1"} 1');
    expect(time.pending).toBe(0);
  });
});

describe('Summary', () => {
  it('forgets what is older than its window, and whatever a clock that jumped back left in the future', () => {
    const { metrics, time } = registry();
    const summary = metrics.summary({ name: 's', help: '', windowMs: 10_000, slices: 5, quantiles: [0, 0.5, 1] });
    const values = () => summary.point(summary.with()).values.map((value) => Math.round(value));
    expect(values()).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    summary.observe(1);
    time.advance(5000);
    summary.observe(3);
    summary.observe(3);
    expect(values()).toEqual([1, 3, 3]);
    time.advance(6000);
    expect(values()).toEqual([3, 3, 3]);
    time.jump(-3_600_000);
    expect(values()[0]).toBe(Number.NaN);
    summary.observe(9);
    expect(values()).toEqual([9, 9, 9]);
    time.advance(60_000);
    expect(values()[0]).toBe(Number.NaN);
    expect(summary.point(summary.with())).toMatchObject({ count: 4, sum: 16 });
  });
});

describe('RedMetrics and UseMetrics', () => {
  it('count requests, failures, durations and what is under way', async () => {
    const { metrics, time } = registry();
    const red = new RedMetrics(metrics, { prefix: 'http', labels: ['route'] });
    const labels = { route: '/' };
    expect(red.track(labels, () => 'ok')).toBe('ok');
    expect(() =>
      red.track(labels, () => {
        throw new Error('no');
      }),
    ).toThrow('no');
    const late = red.track(
      labels,
      async () => {
        time.advance(100);
        return { status: 500 };
      },
      ({ status }) => status >= 500,
    );
    expect(red.inFlight.value(labels)).toBe(1);
    await late;
    await expect(red.track(labels, () => Promise.reject(new Error('late')))).rejects.toThrow('late');
    expect([red.requests.value(labels), red.errors.value(labels), red.inFlight.value(labels)]).toEqual([4, 3, 0]);
    expect(red.duration.point(red.duration.with('/')).sum).toBeCloseTo(0.1);
  });

  it('ask a resource how it is', async () => {
    const { metrics } = registry();
    let errors = 3;
    new UseMetrics(metrics, {
      prefix: 'pool',
      utilization: () => 0.5,
      saturation: async () => 7,
      errors: () => errors,
    });
    const first = await metrics.text();
    expect(first).toContain('pool_utilization_ratio 0.5\n');
    expect(first).toContain('pool_saturation 7\n');
    expect(first).toContain('pool_errors_total 3\n');
    errors = 1;
    expect(await metrics.text()).toContain('pool_errors_total 4\n');
  });
});
