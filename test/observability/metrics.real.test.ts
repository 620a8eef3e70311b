import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Arena } from '../../bindings/index.js';
import {
  collectRuntimeMetrics,
  MetricsRegistry,
  metricsHandler,
  requestListener,
} from '../../src/observability/metrics/index.js';
import { describeReal } from '../support/real.js';

/** A registry with one of everything. */
function everything(): MetricsRegistry {
  const metrics = new MetricsRegistry({ arena: new Arena() });
  const requests = metrics.counter({ name: 'app_requests_total', help: 'Requests.', labels: ['path', 'status'] });
  requests.inc({ path: '/a"b\\c\nd', status: 200 }, 3, { trace_id: '4bf92f3577b34da6a3ce929d0e0e4736' });
  requests.inc({ path: '/é', status: 404 });
  metrics.gauge({ name: 'app_queue_length', help: 'Waiting.', read: () => 7 });
  const buckets = metrics.histogram({
    name: 'app_latency_seconds',
    help: 'Latency.',
    unit: 'seconds',
    labels: ['path'],
  });
  for (const value of [0.004, 0.2, 0.3, 20]) buckets.observe({ path: '/' }, value, { trace_id: 'abc' });
  const hdr = metrics.hdrHistogram({ name: 'app_hdr_seconds', help: 'HDR.', unit: 'seconds' });
  for (let i = 1; i <= 1000; i++) hdr.observe(i / 1000);
  const exponential = metrics.exponentialHistogram({ name: 'app_size_bytes', help: 'Sizes.', unit: 'bytes' });
  for (let i = 0; i < 100; i++) exponential.observe(1.5 ** (i % 40));
  metrics.summary({ name: 'app_recent_seconds', help: 'Recent.', unit: 'seconds' }).observe(1);
  metrics.info({ name: 'app_build', help: 'The build.', facts: { version: '1.2.3' } });
  metrics.stateSet({ name: 'app_mode', help: 'The mode.', states: ['starting', 'serving'] }).only('serving');
  return metrics;
}

describeReal('promtool', 'promtool check metrics', (promtool) => {
  it('finds nothing to say', async () => {
    const metrics = everything();
    using _runtime = collectRuntimeMetrics(metrics);
    for (const _ of [1, 2]) {
      const { stdout, stderr, status } = spawnSync(promtool, ['check', 'metrics'], { input: await metrics.text() });
      expect(`${stdout}${stderr}`).toBe('');
      expect(status).toBe(0);
    }
  });
});

describeReal('prometheus', 'a real Prometheus', (prometheus) => {
  const folder = mkdtempSync(join(tmpdir(), 'ashlar-prometheus-'));
  const metrics = everything();
  const seen: IncomingMessage['headers'][] = [];
  const handler = requestListener(metricsHandler(metrics));
  const server = createServer((incoming, outgoing) => {
    seen.push(incoming.headers);
    if (incoming.url === '/plain') delete incoming.headers.accept;
    handler(incoming, outgoing);
  });
  let child: ReturnType<typeof spawn>;
  let origin = '';
  let log = '';

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const target = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const job = (name: string, path: string) => ({
      job_name: name,
      metrics_path: path,
      scrape_interval: '200ms',
      scrape_timeout: '200ms',
      static_configs: [{ targets: [target] }],
    });
    const config = { scrape_configs: [job('open', '/metrics'), job('plain', '/plain')] };
    // JSON is YAML.
    writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config));
    const port = await freePort();
    origin = `http://127.0.0.1:${port}`;
    child = spawn(
      prometheus,
      [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--enable-feature=exemplar-storage',
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    child.stderr?.on('data', (text) => {
      log += text;
    });
    await vector('up == 1', 2);
  });

  afterAll(async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  });

  /** Values of a query by job, once there are so many. */
  async function vector(query: string, count = 2): Promise<Record<string, string>> {
    for (let tries = 0; tries < 100; tries++) {
      const response = await fetch(`${origin}/api/v1/query?query=${encodeURIComponent(query)}`).catch(() => undefined);
      const body = response?.ok ? ((await response.json()) as { data: { result: Result[] } }) : undefined;
      const list = body?.data.result ?? [];
      if (list.length >= count) return Object.fromEntries(list.map((it) => [it.metric.job as string, it.value[1]]));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`Prometheus has no ${count} of ${query}: ${log.slice(-2000)}`);
  }

  it('stores what was counted, by both formats alike', async () => {
    for (const [query, value] of [
      ['app_requests_total{path="/a\\"b\\\\c\\nd",status="200"}', '3'],
      ['app_requests_total{path="/é"}', '1'],
      ['app_queue_length', '7'],
      ['app_latency_seconds_count{path="/"}', '4'],
      ['sum by (job) (app_latency_seconds_bucket{le=~"0.25|0.5"})', '5'],
      ['app_hdr_seconds_count', '1000'],
      ['app_size_bytes_count', '100'],
      ['app_build_info{version="1.2.3"}', '1'],
      ['app_mode{app_mode="serving"}', '1'],
      ['app_recent_seconds_sum', '1'],
    ] as const) {
      expect([query, await vector(query)]).toEqual([query, { open: value, plain: value }]);
    }
    const median = await vector('histogram_quantile(0.5, app_latency_seconds_bucket)');
    expect(median).toEqual({ open: '0.25', plain: '0.25' });
    expect(seen.some(({ accept }) => accept?.startsWith('application/openmetrics-text'))).toBe(true);
    expect(seen[0]?.['accept-encoding']).toBe('gzip');
  });

  it('has the exemplars and what each metric is', async () => {
    const now = Date.now() / 1000;
    const query = `${origin}/api/v1/query_exemplars?query=app_requests_total&start=${now - 600}&end=${now + 600}`;
    const { data } = (await (await fetch(query)).json()) as {
      data: { exemplars: { labels: Record<string, string> }[] }[];
    };
    expect(data[0]?.exemplars[0]?.labels).toEqual({ trace_id: '4bf92f3577b34da6a3ce929d0e0e4736' });
    const response = await fetch(`${origin}/api/v1/metadata`);
    const metadata = ((await response.json()) as { data: Record<string, { type: string; unit: string }[]> }).data;
    expect(metadata.app_latency_seconds?.some(({ type, unit }) => type === 'histogram' && unit === 'seconds')).toBe(
      true,
    );
    expect(metadata.app_mode?.some(({ type }) => type === 'stateset')).toBe(true);
    expect(log).not.toContain('err=');
  });
});

interface Result {
  readonly metric: Record<string, string>;
  readonly value: [number, string];
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

describe('requestListener', () => {
  it('streams, no faster than it is read, and aborts when the client has gone', async () => {
    let aborted: (reason: unknown) => void = () => {};
    const gone = new Promise((resolve) => {
      aborted = resolve;
    });
    let pulled = 0;
    const server = createServer(
      requestListener((request) => {
        if (request.url.endsWith('/bad')) throw new Error('no');
        request.signal.addEventListener('abort', () => aborted(request.signal.reason));
        return new Response(
          new ReadableStream({
            pull(controller) {
              pulled++;
              controller.enqueue(new Uint8Array(65_536));
            },
          }),
          { status: 201, headers: { 'x-test': request.headers.get('x-test') ?? '' } },
        );
      }),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const leave = new AbortController();
    const response = await fetch(url, { headers: { 'x-test': 'a' }, signal: leave.signal });
    expect([response.status, response.headers.get('x-test')]).toEqual([201, 'a']);
    // Until nothing more is pulled: the buffers on the way are full, and nobody reads.
    let before = -1;
    for (let looks = 0; looks < 200 && pulled !== before; looks++) {
      before = pulled;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(pulled).toBe(before);
    leave.abort();
    expect(await gone).toBeInstanceOf(Error);
    await expect(fetch(`${url}/bad`)).rejects.toThrow();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
});
