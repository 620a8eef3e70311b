/** Requests counted and measured, what Prometheus would scrape of them, and the collector for who wants no server. */

import { MetricsCollector, MetricsRegistry, metricsHandler, RedMetrics } from 'ashlar/observability/metrics';

const metrics = new MetricsRegistry({ labels: { service: 'shop' } });
const requests = metrics.counter({ name: 'requests_total', help: 'Requests.', labels: ['method', 'status'] });
requests.inc({ method: 'GET', status: 200 });

// Kept, a series costs an addition.
const kept = requests.with('POST', 201);
for (let i = 0; i < 3; i++) kept.inc();

const sizes = metrics.hdrHistogram({ name: 'size_bytes', help: 'Sizes.', unit: 'bytes', lowest: 1, highest: 1e9 });
for (let size = 1; size <= 1000; size++) sizes.observe(size);
console.log('half are at most', Math.round(sizes.read().quantile(0.5)), 'bytes, give or take one per cent');

const red = new RedMetrics(metrics, { prefix: 'checkout', labels: ['route'], buckets: [0.1, 1] });
await red.track({ route: '/pay' }, async () => 'paid');

metrics.gauge({ name: 'queue_length', help: 'Waiting.', read: () => 7 });

const handler = metricsHandler(metrics);
const response = await handler(new Request('http://localhost/metrics?name[]=requests_total&name[]=queue_length'));
console.log(response.headers.get('content-type'));
console.log((await response.text()).trimEnd());

// The simple face: names, milliseconds, and whether it went well.
const collector = new MetricsCollector();
for (let ms = 1; ms <= 100; ms++) collector.record('GET /', ms, ms % 20 !== 0);
const { count, errorRate, min, max, p95 } = collector.stats('GET /');
console.log(`${count} calls, ${100 * errorRate} % failed, ${min} to ${max} ms, p95 about ${Math.round(p95)} ms`);

// Prints:
// half are at most 502 bytes, give or take one per cent
// text/plain; version=0.0.4; charset=utf-8
// # HELP requests_total Requests.
// # TYPE requests_total counter
// requests_total{service="shop",method="GET",status="200"} 1
// requests_total{service="shop",method="POST",status="201"} 3
// # HELP queue_length Waiting.
// # TYPE queue_length gauge
// queue_length{service="shop"} 7
// 100 calls, 5 % failed, 1 to 100 ms, p95 about 96 ms
