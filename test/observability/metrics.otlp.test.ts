import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { Arena } from '../../bindings/index.js';
import { MetricsRegistry, OtlpExportError, OtlpMetricsExporter } from '../../src/observability/metrics/index.js';
import { seededRandom } from '../../src/ports/random.js';
import { CountingSignal, reasonOf } from '../support/signals.js';
import { ManualTime } from '../support/time.js';

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly url: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: JSON of any shape, which the tests then look at.
  readonly body: any;
}

const servers: { close(): void }[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A collector that answers as told, then 200. */
async function collector(answers: { status: number; body?: string; headers?: Record<string, string> }[] = []) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (piece) => {
      text += piece;
    });
    request.on('end', () => {
      received.push({ headers: request.headers, url: request.url, body: JSON.parse(text) });
      const { status, body = '{}', headers = {} } = answers.shift() ?? { status: 200 };
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push({
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  });
  return { received, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/metrics` };
}

function registry() {
  const time = new ManualTime(1_544_712_660_000);
  return { time, metrics: new MetricsRegistry({ arena: new Arena(), clock: time, labels: { host: 'a' } }) };
}

describe('OtlpMetricsExporter', () => {
  it('sends every type of metric in the JSON mapping of OTLP', async () => {
    const { received, url } = await collector();
    const { metrics, time } = registry();
    const counter = metrics.counter({ name: 'requests', help: 'Requests.', unit: '', labels: ['route'] });
    counter.inc({ route: '/' }, 2, {
      trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
      span_id: '00f067aa0ba902b7',
      user: 'x',
    });
    metrics.gauge({ name: 'temperature', help: '' }).set(Number.NaN);
    const histogram = metrics.histogram({ name: 'h_seconds', help: '', unit: 'seconds', buckets: [1, 2] });
    histogram.observe(1.5);
    const exponential = metrics.exponentialHistogram({ name: 'e', help: '' });
    for (const value of [1, 4, 4, 0, -2]) exponential.observe(value);
    metrics.summary({ name: 's', help: '', quantiles: [0.5] }).observe(3);
    metrics.stateSet({ name: 'mode', help: '', states: ['on', 'off'] }).only('on');
    time.advance(1000);
    const exporter = new OtlpMetricsExporter({
      registry: metrics,
      url,
      headers: { 'x-key': 'secret' },
      resource: { 'service.name': 'shop', 'process.pid': 7, ratio: 0.5, up: true, tags: ['a', 'b'] },
    });
    expect(await exporter.export()).toEqual({ points: 7, rejected: 0, requests: 1 });
    const [{ headers, url: path, body }] = received as [Received];
    expect([path, headers['content-type'], headers['x-key']]).toEqual(['/v1/metrics', 'application/json', 'secret']);
    expect(body.resourceMetrics[0].resource.attributes).toEqual([
      { key: 'service.name', value: { stringValue: 'shop' } },
      { key: 'process.pid', value: { intValue: '7' } },
      { key: 'ratio', value: { doubleValue: 0.5 } },
      { key: 'up', value: { boolValue: true } },
      { key: 'tags', value: { arrayValue: { values: [{ stringValue: 'a' }, { stringValue: 'b' }] } } },
    ]);
    const times = { startTimeUnixNano: '1544712660000000000', timeUnixNano: '1544712661000000000' };
    const host = { key: 'host', value: { stringValue: 'a' } };
    const [requests, temperature, seconds, sizes, recent, mode] = body.resourceMetrics[0].scopeMetrics[0].metrics;
    expect(requests).toEqual({
      name: 'requests',
      description: 'Requests.',
      unit: '',
      sum: {
        aggregationTemporality: 2,
        isMonotonic: true,
        dataPoints: [
          {
            attributes: [host, { key: 'route', value: { stringValue: '/' } }],
            ...times,
            asDouble: 2,
            exemplars: [
              {
                timeUnixNano: '1544712660000000000',
                asDouble: 2,
                traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
                spanId: '00f067aa0ba902b7',
                filteredAttributes: [{ key: 'user', value: { stringValue: 'x' } }],
              },
            ],
          },
        ],
      },
    });
    expect(temperature.gauge.dataPoints).toEqual([{ attributes: [host], ...times, asDouble: 'NaN' }]);
    expect(seconds.unit).toBe('seconds');
    expect(seconds.histogram).toEqual({
      aggregationTemporality: 2,
      dataPoints: [
        { attributes: [host], ...times, count: '1', sum: 1.5, bucketCounts: ['0', '1', '0'], explicitBounds: [1, 2] },
      ],
    });
    const [point] = sizes.exponentialHistogram.dataPoints;
    expect(point).toMatchObject({ count: '5', sum: 7, zeroCount: '1' });
    const buckets = point.positive.bucketCounts as string[];
    expect(buckets.filter((count) => count !== '0')).toEqual(['1', '2']);
    expect(2 ** ((point.positive.offset + 1) * 2 ** -point.scale)).toBe(1);
    expect(2 ** ((point.positive.offset + buckets.length) * 2 ** -point.scale)).toBe(4);
    expect(point.negative.bucketCounts).toEqual(['1']);
    expect(recent.summary.dataPoints).toEqual([
      { attributes: [host], ...times, count: '1', sum: 3, quantileValues: [{ quantile: 0.5, value: 3 }] },
    ]);
    expect(mode.gauge.dataPoints.map((it: { asDouble: number }) => it.asDouble)).toEqual([1, 0]);
  });

  it('sends what came since the last export that arrived, where deltas are wanted', async () => {
    const { received, url } = await collector([{ status: 200 }, { status: 400, body: 'bad' }]);
    const { metrics, time } = registry();
    const counter = metrics.counter({ name: 'c', help: '' });
    const histogram = metrics.histogram({ name: 'h', help: '', buckets: [1] });
    const exponential = metrics.exponentialHistogram({ name: 'e', help: '', maxBuckets: 4 });
    const exporter = new OtlpMetricsExporter({ registry: metrics, url, temporality: 'delta' });
    for (const value of [1, 2, 4]) {
      counter.inc(value);
      histogram.observe(value);
      exponential.observe(10 ** value);
      exponential.observe(1);
      time.advance(1000);
      await exporter.export().catch(() => {});
    }
    const points = received.map(({ body }) =>
      body.resourceMetrics[0].scopeMetrics[0].metrics.map(
        // biome-ignore lint/suspicious/noExplicitAny: as above.
        (metric: any) => (metric.sum ?? metric.histogram ?? metric.exponentialHistogram).dataPoints[0],
      ),
    );
    // The second was refused: what it had is in the third.
    expect(points.map(([it]) => it.asDouble)).toEqual([1, 2, 6]);
    expect(points.map(([, it]) => [it.bucketCounts, it.sum])).toEqual([
      [['1', '0'], 1],
      [['0', '1'], 2],
      [['0', '2'], 6],
    ]);
    expect(points.map(([, , it]) => it.count)).toEqual(['2', '2', '4']);
    expect(points.map(([it]) => it.startTimeUnixNano.slice(0, -9))).toEqual(['1544712660', '1544712661', '1544712661']);
    expect(received[0]?.body.resourceMetrics[0].scopeMetrics[0].metrics[0].sum.aggregationTemporality).toBe(1);
  });

  it('tries again as it is asked to, and not where that is of no use', async () => {
    const { received, url } = await collector([
      { status: 503, headers: { 'retry-after': '2' } },
      { status: 429 },
      { status: 200, body: '{"partialSuccess":{"rejectedDataPoints":"1","errorMessage":"too old"}}' },
      { status: 400, body: 'no such thing' },
    ]);
    const { metrics } = registry();
    metrics.counter({ name: 'c', help: '' });
    const delays: number[] = [];
    const timer = {
      after: (delayMs: number, callback: () => void) => {
        if (delayMs === 10_000) return () => {};
        delays.push(delayMs);
        queueMicrotask(callback);
        return () => {};
      },
      every: () => () => {},
    };
    const exporter = new OtlpMetricsExporter({
      registry: metrics,
      url,
      timer,
      random: { ...seededRandom(1), float: () => 0.5 },
    });
    expect(await exporter.export()).toEqual({ points: 1, rejected: 1, requests: 1 });
    expect(delays).toEqual([2000, 1000]);
    const error = await reasonOf(exporter.export());
    expect(error).toBeInstanceOf(OtlpExportError);
    expect(error).toMatchObject({ code: 'OTLP_EXPORT', status: 400, attempts: 1 });
    expect((error as Error).message).toContain('no such thing');
    expect(received).toHaveLength(4);
  });

  it('gives up after its attempts, when nobody answers', async () => {
    const { metrics } = registry();
    metrics.counter({ name: 'c', help: '' });
    const cause = new TypeError('fetch failed');
    const exporter = new OtlpMetricsExporter({
      registry: metrics,
      url: 'http://localhost:1/v1/metrics',
      maxAttempts: 3,
      backoffMs: 0,
      fetch: () => Promise.reject(cause),
    });
    const error = await reasonOf(exporter.export());
    expect(error).toMatchObject({ status: undefined, attempts: 3, cause });
  });

  it('ends by its signal at every wait, with exactly its reason', async () => {
    const { metrics, time } = registry();
    metrics.counter({ name: 'c', help: '' });
    let hang = false;
    const exporter = new OtlpMetricsExporter({
      registry: metrics,
      url: 'http://localhost:1/',
      timer: time,
      fetch: (_, init) =>
        hang
          ? new Promise((_resolve, reject) =>
              init?.signal?.addEventListener('abort', () => reject(init.signal?.reason)),
            )
          : Promise.resolve(new Response('', { status: 503 })),
    });
    for (const moment of ['before', 'answer', 'pause', 'queue'] as const) {
      const counting = new CountingSignal();
      const reason = { moment };
      hang = moment !== 'pause';
      if (moment === 'before') counting.abort(reason);
      const first = new AbortController();
      const ahead = moment === 'queue' ? exporter.export(first.signal) : undefined;
      const ended = reasonOf(exporter.export(counting.signal));
      await time.pass(0);
      counting.abort(reason);
      expect(await ended).toBe(reason);
      expect(counting.listeners).toBe(0);
      first.abort(reason);
      await ahead?.catch(() => {});
    }
    expect(time.pending).toBe(0);
  });

  it('splits what is too much for one request, and exports at intervals until it is stopped', async () => {
    const { received, url } = await collector();
    const { metrics, time } = registry();
    const counter = metrics.counter({ name: 'c', help: '', labels: ['i'] });
    for (let i = 0; i < 25; i++) counter.inc({ i });
    const errors: unknown[] = [];
    const exporter = new OtlpMetricsExporter({
      registry: metrics,
      url,
      maxPointsPerRequest: 10,
      onError: (error) => errors.push(error),
    });
    expect(await exporter.export()).toEqual({ points: 25, rejected: 0, requests: 3 });
    expect(received).toHaveLength(3);
    const ticking = new MetricsRegistry({ arena: new Arena(), clock: time, timer: time });
    ticking.counter({ name: 'c', help: '' });
    const sent: unknown[] = [];
    const periodic = new OtlpMetricsExporter({
      registry: ticking,
      url,
      intervalMs: 1000,
      fetch: async (_, init) => {
        sent.push(init?.body);
        return new Response('{}');
      },
    });
    periodic.start();
    periodic.start();
    await time.pass(3000, 3);
    expect(sent).toHaveLength(3);
    await periodic[Symbol.asyncDispose]();
    expect(sent).toHaveLength(4);
    expect(time.pending).toBe(0);
    expect(errors).toEqual([]);
  });
});
