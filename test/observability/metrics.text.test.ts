import { describe, expect, it } from 'vitest';
import { Arena } from '../../bindings/index.js';
import { type ExposeOptions, MetricsRegistry, metricsHandler } from '../../src/observability/metrics/index.js';
import type { Cancel, Timer } from '../../src/ports/timer.js';
import { CountingSignal, reasonOf } from '../support/signals.js';
import { ManualTime } from '../support/time.js';

/** A timer that calls back at once, and counts. */
class EagerTimer implements Timer {
  rests = 0;
  after(delayMs: number, callback: () => void): Cancel {
    if (delayMs > 0) return () => {};
    this.rests++;
    queueMicrotask(callback);
    return () => {};
  }
  every(): Cancel {
    return () => {};
  }
}

function registry() {
  const time = new ManualTime(1_520_872_607_123);
  const timer = new EagerTimer();
  return {
    time,
    timer,
    metrics: new MetricsRegistry({ arena: new Arena(), clock: time, timer, labels: { host: 'a' } }),
  };
}

describe('the text formats', () => {
  it('escape as their specifications say', async () => {
    const { metrics } = registry();
    const gauge = metrics.gauge({ name: 'g', help: 'C:\\DIR\n"x"', labels: ['path', 'error'] });
    gauge.set({ path: 'C:\\DIR\\FILE.TXT', error: 'Cannot find file:\n"FILE.TXT"' }, 1.458255915e9);
    const sample = 'g{host="a",path="C:\\\\DIR\\\\FILE.TXT",error="Cannot find file:\\n\\"FILE.TXT\\""} 1458255915\n';
    expect(await metrics.text()).toBe(`# HELP g C:\\\\DIR\\n"x"\n# TYPE g gauge\n${sample}`);
    expect(await metrics.text({ format: 'openmetrics' })).toBe(
      `# HELP g C:\\\\DIR\\n\\"x\\"\n# TYPE g gauge\n${sample}# EOF\n`,
    );
  });

  it('write numbers that JSON cannot', async () => {
    const { metrics } = registry();
    const gauge = metrics.gauge({ name: 'g', help: '', labels: ['x'] });
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0.5, 1e300])
      gauge.set({ x: value }, value);
    const values = (await metrics.text())
      .split('\n')
      .slice(2, -1)
      .map((line) => line.split(' ')[1]);
    expect(values).toEqual(['NaN', '+Inf', '-Inf', '-0.5', '1e+300']);
  });

  it('tell counters, units, exemplars and beginnings apart as OpenMetrics does', async () => {
    const { metrics } = registry();
    const counter = metrics.counter({ name: 'foo_seconds_total', help: 'Foo.', unit: 'seconds' });
    counter.inc(17, { trace_id: 'KOO5S4vxi0o' });
    expect(await metrics.text()).toBe(
      '# HELP foo_seconds_total Foo.\n# TYPE foo_seconds_total counter\nfoo_seconds_total{host="a"} 17\n',
    );
    expect(await metrics.text({ format: 'openmetrics' })).toBe(
      '# HELP foo_seconds Foo.\n# TYPE foo_seconds counter\n# UNIT foo_seconds seconds\n' +
        'foo_seconds_total{host="a"} 17 # {trace_id="KOO5S4vxi0o"} 17 1520872607.123\n' +
        'foo_seconds_created{host="a"} 1520872607.123\n# EOF\n',
    );
    expect(await metrics.text({ format: 'openmetrics', created: false })).not.toContain('_created');
    expect(() => counter.inc(1, { trace_id: 'x'.repeat(128) })).toThrow('at most 128 characters');
  });

  it('show histograms cumulatively, each exemplar at its bucket', async () => {
    const { metrics } = registry();
    const histogram = metrics.histogram({ name: 'h', help: '', buckets: [0.01, 1, 10] });
    for (const value of [0.01, 0.5, 1, 10.5]) histogram.observe(value, { id: String(value) });
    const lines = (await metrics.text({ format: 'openmetrics' })).split('\n').slice(2, -2);
    expect(lines).toEqual([
      'h_bucket{host="a",le="0.01"} 1 # {id="0.01"} 0.01 1520872607.123',
      'h_bucket{host="a",le="1.0"} 3 # {id="1"} 1 1520872607.123',
      'h_bucket{host="a",le="10.0"} 3',
      'h_bucket{host="a",le="+Inf"} 4 # {id="10.5"} 10.5 1520872607.123',
      'h_sum{host="a"} 12.01',
      'h_count{host="a"} 4',
      'h_created{host="a"} 1520872607.123',
    ]);
    const signed = metrics.histogram({ name: 'signed', help: '', buckets: [-1, 1] });
    signed.observe(-5);
    expect(await metrics.text({ names: ['signed'] })).toContain('signed_sum{host="a"} -5');
    expect(await metrics.text({ format: 'openmetrics', names: ['signed'] })).not.toContain('signed_sum');
  });

  it('show only what is asked for, by any of its names', async () => {
    const { metrics } = registry();
    metrics.counter({ name: 'a', help: '' });
    metrics.histogram({ name: 'b', help: '' });
    metrics.gauge({ name: 'c', help: '' });
    const shown = async (options: ExposeOptions) =>
      (await metrics.text(options))
        .split('\n')
        .filter((line) => line.startsWith('# TYPE'))
        .map((line) => line.split(' ')[2]);
    expect(await shown({ names: ['a_total', 'b_bucket'] })).toEqual(['a_total', 'b']);
    expect(await shown({ names: ['a', 'c'] })).toEqual(['a_total', 'c']);
    expect(await shown({ names: [] })).toHaveLength(3);
  });
});

describe('expose', () => {
  it('gives the event loop a turn after every so many samples', async () => {
    const { metrics, timer } = registry();
    const counter = metrics.counter({ name: 'a', help: '', labels: ['i'] });
    for (let i = 0; i < 10_000; i++) counter.with(i).inc();
    let pieces = 0;
    let length = 0;
    for await (const piece of metrics.expose({ samplesPerTurn: 500, pieceLength: 10_000 })) {
      pieces++;
      length += piece.length;
      expect(piece.length).toBeLessThan(10_100);
    }
    // A counter of one cell costs a sample and a sixty-fourth.
    expect(timer.rests).toBe(Math.floor(10_000 / Math.ceil(500 / (1 + 1 / 64))));
    expect(pieces).toBe(Math.ceil(length / 10_030));
  });

  it('counts the cells that are added up, too', async () => {
    const { metrics, timer } = registry();
    const histogram = metrics.hdrHistogram({ name: 'h', help: '', labels: ['i'], relativeError: 0.001 });
    for (let i = 0; i < 10; i++) histogram.observe({ i }, 1);
    await metrics.text({ samplesPerTurn: 100 });
    expect(timer.rests).toBe(10);
  });

  it('ends by its signal, with exactly its reason, and leaves no listener behind', async () => {
    const time = new ManualTime();
    const metrics = new MetricsRegistry({ arena: new Arena(), clock: time, timer: time });
    const gauge = metrics.gauge({ name: 'a', help: '', labels: ['i'], collect: () => new Promise(() => {}) });
    for (let i = 0; i < 100; i++) gauge.set({ i }, i);
    for (const moment of ['before', 'callbacks', 'rest'] as const) {
      const counting = new CountingSignal();
      const reason = { moment };
      if (moment === 'before') counting.abort(reason);
      const text = metrics.text({ samplesPerTurn: 10, signal: counting.signal });
      if (moment === 'rest') await time.pass(5000);
      counting.abort(reason);
      expect(await reasonOf(text)).toBe(reason);
      expect(counting.listeners).toBe(0);
      expect(time.pending).toBe(0);
    }
  });

  it('refuses options that cannot be, at once', () => {
    const { metrics } = registry();
    expect(() => metrics.expose({ format: 'xml' as never })).toThrow(RangeError);
    expect(() => metrics.expose({ samplesPerTurn: 0 })).toThrow(RangeError);
    expect(() => metrics.expose({ pieceLength: '1' as never })).toThrow(TypeError);
  });
});

describe('metricsHandler', () => {
  const url = 'http://localhost/metrics';
  const get = (headers: Record<string, string> = {}, at = url) => new Request(at, { headers });

  it('negotiates the format', async () => {
    const { metrics } = registry();
    metrics.counter({ name: 'a', help: '' });
    const handler = metricsHandler(metrics);
    const typeFor = async (accept: string) =>
      (await handler(get({ accept }))).headers.get('content-type')?.split(';')[0];
    const scraper =
      'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
    expect(await typeFor(scraper)).toBe('application/openmetrics-text');
    for (const accept of ['*/*', 'text/html', 'text/plain, application/openmetrics-text;version=1.0.0;q=0.5', '']) {
      expect(await typeFor(accept)).toBe('text/plain');
    }
    expect(await typeFor('application/openmetrics-text;version=1.0.0;q=0')).toBe('text/plain');
    expect(await typeFor('application/openmetrics-text; version=2.0.0')).toBe('text/plain');
    const response = await handler(get());
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await response.text()).toContain('a_total{host="a"} 0');
  });

  it('compresses for those who ask, and filters by name', async () => {
    const { metrics } = registry();
    const counter = metrics.counter({ name: 'a', help: '', labels: ['i'] });
    for (let i = 0; i < 5000; i++) counter.with(i).inc();
    metrics.gauge({ name: 'b', help: '' });
    const handler = metricsHandler(metrics);
    const packed = await handler(get({ 'accept-encoding': 'deflate, gzip;q=0.5' }));
    expect(packed.headers.get('content-encoding')).toBe('gzip');
    const plain = packed.body?.pipeThrough(new DecompressionStream('gzip'));
    expect(await new Response(plain).text()).toBe(await metrics.text());
    for (const coding of ['gzip;q=0', 'br']) {
      expect((await handler(get({ 'accept-encoding': coding }))).headers.get('content-encoding')).toBeNull();
    }
    const some = await handler(get({}, `${url}?name[]=b`));
    expect(await some.text()).toBe('# HELP b \n# TYPE b gauge\nb{host="a"} 0\n');
  });

  it('answers GET and HEAD only, and so many at a time', async () => {
    const { metrics } = registry();
    metrics.gauge({ name: 'b', help: '' });
    const handler = metricsHandler(metrics, { maxScrapes: 1 });
    expect((await handler(new Request(url, { method: 'POST' }))).status).toBe(405);
    const head = await handler(new Request(url, { method: 'HEAD' }));
    expect([head.status, await head.text()]).toEqual([200, '']);
    const first = await handler(get());
    expect((await handler(get())).status).toBe(503);
    await first.text();
    const second = await handler(get());
    expect(second.status).toBe(200);
    await second.body?.cancel();
    expect((await handler(get())).status).toBe(200);
  });
});
