/** What counting and observing cost, against prom-client and OpenTelemetry's SDK, and a scrape of ten thousand series. */

import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { build } from 'hdr-histogram-js';
import client from 'prom-client';
import { Arena } from '../../bindings/index.js';
import { MetricsRegistry } from '../../src/observability/metrics/index.js';
import { generator } from '../harness/random.js';
import { type Contender, defineSuite, ownCopy } from '../harness/suite.js';

const OPERATIONS = 10_000;
const METHODS = ['GET', 'POST', 'PUT', 'DELETE'] as const;
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const SERIES = 10_000;

function latencies(): Float64Array {
  const random = generator(7);
  return Float64Array.from({ length: OPERATIONS }, () => Math.min(1000, 0.001 * Math.exp(-2 * Math.log(1 - random()))));
}

function countAll(inc: (i: number) => void, count: number): number {
  for (let i = 0; i < count; i++) inc(i);
  return count;
}

function observeAll(observe: (value: number, i: number) => void, values: Float64Array): number {
  for (let i = 0; i < values.length; i++) observe(values[i] as number, i);
  return values.length;
}

function counting(name: string, kind: Contender['kind'], make: () => (i: number) => void): Contender {
  return {
    name,
    kind,
    prepare: () => {
      const inc = make();
      const loop = ownCopy(countAll);
      return { run: () => loop(inc, OPERATIONS) };
    },
  };
}

function observing(name: string, kind: Contender['kind'], make: () => (value: number, i: number) => void): Contender {
  return {
    name,
    kind,
    prepare: () => {
      const observe = make();
      const values = latencies();
      const loop = ownCopy(observeAll);
      return { run: () => loop(observe, values) };
    },
  };
}

const ours = () => new MetricsRegistry({ arena: new Arena() });
const ourCounter = (metrics = ours()) => metrics.counter({ name: 'c', help: 'c', labels: ['method'] });
const ourHistogram = () => ours().histogram({ name: 'h', help: 'h', labels: ['method'], buckets: BUCKETS });
const shared = () => new MetricsRegistry({ arena: new Arena({ shared: true, maxBytes: 1 << 22 }), name: 'metrics' });
const promCounter = () => new client.Counter({ name: 'c_total', help: 'c', labelNames: ['method'], registers: [] });
const promHistogram = () =>
  new client.Histogram({ name: 'h', help: 'h', labelNames: ['method'], buckets: BUCKETS, registers: [] });

function otelMeter() {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 2 ** 30 });
  return new MeterProvider({ readers: [reader] }).getMeter('bench');
}

function otelCounter(): (i: number) => void {
  const counter = otelMeter().createCounter('c');
  return (i) => counter.add(1, { method: METHODS[i & 3] as string });
}

function otelHistogram(): (value: number, i: number) => void {
  const histogram = otelMeter().createHistogram('h', { advice: { explicitBucketBoundaries: BUCKETS } });
  return (value, i) => histogram.record(value, { method: METHODS[i & 3] as string });
}

export const suite = defineSuite('observability/metrics', (bench) => {
  bench.compare({
    operation: 'counter: a kept series',
    size: OPERATIONS,
    distribution: 'one label',
    contenders: [
      counting('kept = counter.with(), kept.inc()', 'ours', () => {
        const kept = ourCounter().with('GET');
        return () => kept.inc();
      }),
      counting('the same in a shared arena', 'native', () => {
        const kept = ourCounter(shared()).with('GET');
        return () => kept.inc();
      }),
      counting('prom-client, kept = labels(), kept.inc()', 'rival', () => {
        const kept = promCounter().labels('GET');
        return () => kept.inc();
      }),
    ],
  });
  bench.compare({
    operation: 'counter: by value',
    size: OPERATIONS,
    distribution: 'one label of four values',
    contenders: [
      counting('counter.with(value).inc()', 'ours', () => {
        const counter = ourCounter();
        return (i) => counter.with(METHODS[i & 3] as string).inc();
      }),
      counting('prom-client labels(value).inc()', 'rival', () => {
        const counter = promCounter();
        return (i) => counter.labels(METHODS[i & 3] as string).inc();
      }),
    ],
  });
  bench.compare({
    operation: 'counter: by labels',
    size: OPERATIONS,
    distribution: 'one label of four values',
    contenders: [
      counting('counter.inc({ method })', 'ours', () => {
        const counter = ourCounter();
        return (i) => counter.inc({ method: METHODS[i & 3] as string });
      }),
      counting('prom-client inc({ method })', 'rival', () => {
        const counter = promCounter();
        return (i) => counter.inc({ method: METHODS[i & 3] as string });
      }),
      counting('OpenTelemetry add(1, { method })', 'rival', otelCounter),
    ],
  });
  bench.compare({
    operation: 'histogram: a kept series',
    size: OPERATIONS,
    distribution: 'eleven bounds',
    contenders: [
      observing('kept.observe()', 'ours', () => {
        const kept = ourHistogram().with('GET');
        return (value) => kept.observe(value);
      }),
      observing('prom-client, kept.observe()', 'rival', () => {
        const kept = promHistogram().labels('GET');
        return (value) => kept.observe(value);
      }),
    ],
  });
  bench.compare({
    operation: 'histogram: by labels',
    size: OPERATIONS,
    distribution: 'eleven bounds',
    contenders: [
      observing('histogram.observe({ method }, value)', 'ours', () => {
        const histogram = ourHistogram();
        return (value, i) => histogram.observe({ method: METHODS[i & 3] as string }, value);
      }),
      observing('prom-client observe({ method }, value)', 'rival', () => {
        const histogram = promHistogram();
        return (value, i) => histogram.observe({ method: METHODS[i & 3] as string }, value);
      }),
      observing('OpenTelemetry record(value, { method })', 'rival', otelHistogram),
    ],
  });
  bench.compare({
    operation: 'fine histograms: a kept series',
    size: OPERATIONS,
    distribution: 'one per cent',
    contenders: [
      observing('hdrHistogram', 'ours', () => {
        const kept = ours().hdrHistogram({ name: 'h', help: 'h' }).with();
        return (value) => kept.observe(value);
      }),
      observing('exponentialHistogram', 'native', () => {
        const kept = ours().exponentialHistogram({ name: 'h', help: 'h' }).with();
        return (value) => kept.observe(value);
      }),
      observing('summary', 'native', () => {
        const kept = ours().summary({ name: 'h', help: 'h' }).with();
        return (value) => kept.observe(value);
      }),
      observing('hdr-histogram-js, of microseconds', 'rival', () => {
        const histogram = build({ highestTrackableValue: 1e10, numberOfSignificantValueDigits: 2, autoResize: false });
        return (value) => histogram.recordValue(Math.floor(value * 1e6));
      }),
      observing('prom-client summary', 'rival', () => {
        const summary = new client.Summary({ name: 'h', help: 'h', registers: [] });
        return (value) => summary.observe(value);
      }),
    ],
  });
  bench.compare({
    operation: 'scrape',
    size: SERIES,
    distribution: 'counters of two labels',
    contenders: [
      {
        name: 'registry.text()',
        kind: 'ours',
        prepare: () => {
          const metrics = new MetricsRegistry({ arena: new Arena(), maxSeries: SERIES });
          const counter = metrics.counter({ name: 'c', help: 'c', labels: ['route', 'status'] });
          for (let i = 0; i < SERIES; i++) counter.with(`/route/${i >> 2}`, i & 3).inc(i);
          return { run: async () => (await metrics.text()).split('\n').length };
        },
      },
      {
        name: 'prom-client register.metrics()',
        kind: 'rival',
        prepare: () => {
          const registry = new client.Registry();
          const labelNames = ['route', 'status'];
          const counter = new client.Counter({ name: 'c_total', help: 'c', labelNames, registers: [registry] });
          for (let i = 0; i < SERIES; i++) counter.labels(`/route/${i >> 2}`, String(i & 3)).inc(i);
          return { run: async () => (await registry.metrics()).split('\n').length };
        },
      },
    ],
  });
});
