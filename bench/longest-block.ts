/**
 * The longest that the event loop is kept while 100 000 series are scraped: gaps between turns of a loop that does nothing
 * else. What the garbage collector and other programs take is in them.
 */

import { performance } from 'node:perf_hooks';
import client from 'prom-client';
import { Arena } from '../bindings/index.js';
import { MetricsRegistry, metricsHandler } from '../src/observability/metrics/index.js';

const SERIES = 100_000;
const RUNS = 5;

export async function report(): Promise<string[]> {
  const metrics = new MetricsRegistry({ arena: new Arena(), maxSeries: SERIES });
  const ours = metrics.counter({ name: 'requests', help: 'Requests.', labels: ['route', 'status'] });
  const rival = new client.Counter({ name: 'requests_total', help: 'Requests.', labelNames: ['route', 'status'] });
  for (let i = 0; i < SERIES; i++) {
    ours.with(`/route/${i >> 2}`, String(i & 3)).inc(i);
    rival.labels(`/route/${i >> 2}`, String(i & 3)).inc(i);
  }
  const handler = metricsHandler(metrics);
  const request = (headers: Record<string, string>) => new Request('http://localhost/metrics', { headers });
  return [
    // What the machine itself does to a loop that has nothing to do.
    await measure('nothing', () => new Promise((resolve) => setTimeout(resolve, 150))),
    await measure('registry.text()', () => metrics.text()),
    await measure('metricsHandler, streamed', async () => drain(await handler(request({})))),
    await measure('metricsHandler, OpenMetrics, gzip', async () => {
      const headers = { accept: 'application/openmetrics-text', 'accept-encoding': 'gzip' };
      return drain(await handler(request(headers)));
    }),
    await measure('prom-client register.metrics()', () => client.register.metrics()),
  ];
}

/** As a socket would: piece by piece. */
async function drain(response: Response): Promise<number> {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  let bytes = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) bytes += next.value.length;
  return bytes;
}

async function measure(name: string, scrape: () => Promise<unknown>): Promise<string> {
  await scrape();
  const longest: number[] = [];
  let totalMs = 0;
  for (let run = 0; run < RUNS; run++) {
    let running = true;
    let last = performance.now();
    let worst = 0;
    const watch = (): void => {
      const now = performance.now();
      worst = Math.max(worst, now - last);
      last = now;
      if (running) setImmediate(watch);
    };
    setImmediate(watch);
    const startMs = performance.now();
    await scrape();
    totalMs += performance.now() - startMs;
    // What kept the loop until the scrape had ended is seen in the turn after it.
    await new Promise((resolve) => setImmediate(resolve));
    running = false;
    longest.push(worst);
  }
  longest.sort((a, b) => a - b);
  const [least, middle, most] = [longest[0], longest[RUNS >> 1], longest[RUNS - 1]] as [number, number, number];
  const blocks = `longest block ${middle.toFixed(1)} ms (${least.toFixed(1)} to ${most.toFixed(1)} in ${RUNS} scrapes)`;
  return `${name}: ${blocks}, scrape ${(totalMs / RUNS).toFixed(0)} ms`;
}
