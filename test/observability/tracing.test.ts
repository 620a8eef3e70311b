import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import {
  alwaysSample,
  Baggage,
  BatchProcessor,
  ConsoleExporter,
  everyNth,
  MemoryExporter,
  neverSample,
  OtlpTraceExporter,
  parseTraceparent,
  type Sampler,
  type Span,
  SynchronousContext,
  sampleByParent,
  sampleEvery,
  sampleRate,
  sampleRatio,
  Tracer,
  type TracerOptions,
  traceFetch,
  traceHandler,
} from '../../src/observability/tracing/index.js';
import { seededRandom } from '../../src/ports/random.js';
import { CountingSignal, reasonOf } from '../support/signals.js';
import { ManualTime, settled } from '../support/time.js';

function tracing(options: TracerOptions = {}) {
  const time = new ManualTime(1_544_712_660_000);
  const memory = new MemoryExporter();
  const tracer = new Tracer({ processors: [memory], clock: time, random: seededRandom(1), ...options });
  return { time, memory, tracer, names: () => memory.spans.map((span) => span.name) };
}

describe('Tracer', () => {
  it('makes spans children of the active one, across awaits', async () => {
    const { tracer, memory, time } = tracing();
    const result = await tracer.span('outer', { kind: 'server' }, async (outer) => {
      await settled();
      time.advance(5);
      await Promise.all([
        tracer.span('left', async (left) => {
          await settled();
          expect(tracer.active).toBe(left);
        }),
        tracer.span('right', async () => settled()),
      ]);
      expect(tracer.active).toBe(outer);
      return 'done';
    });
    expect(result).toBe('done');
    expect(tracer.active).toBeUndefined();
    const [left, right, outer] = memory.spans as [Span, Span, Span];
    expect([left.name, right.name, outer.name]).toEqual(['left', 'right', 'outer']);
    expect([left.parentSpanId, right.parentSpanId, outer.parentSpanId]).toEqual([
      outer.spanId,
      outer.spanId,
      undefined,
    ]);
    expect(new Set([left.traceId, right.traceId, outer.traceId]).size).toBe(1);
    expect([outer.startMs, outer.durationMs]).toEqual([1_544_712_660_000, 5]);
    expect(outer.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(outer.traceFlags).toBe(3);
  });

  it('notes what is thrown, and throws it on', async () => {
    const { tracer, memory } = tracing();
    const error = new TypeError('no');
    expect(() =>
      tracer.span('sync', () => {
        throw error;
      }),
    ).toThrow(error);
    expect(await reasonOf(tracer.span('async', () => Promise.reject(error)))).toBe(error);
    for (const span of memory.spans) {
      expect(span.status).toEqual({ code: 'error', message: 'no' });
      expect(span.events[0]).toMatchObject({
        name: 'exception',
        attributes: { 'exception.type': 'TypeError', 'exception.message': 'no', 'exception.stacktrace': error.stack },
      });
    }
    expect(memory.spans).toHaveLength(2);
  });

  it('keeps one time line for a trace, however the clock of the day jumps', () => {
    const { tracer, time, memory } = tracing();
    tracer.span('outer', () => {
      time.advance(10);
      time.jump(-3_600_000);
      tracer.span('inner', () => time.advance(7));
      time.jump(7_200_000);
    });
    const [inner, outer] = memory.spans as [Span, Span];
    expect([inner.startMs - outer.startMs, inner.durationMs, outer.durationMs]).toEqual([10, 7, 17]);
    const early = tracer.startSpan('early');
    early.end(0);
    expect(early.durationMs).toBe(0);
  });

  it('takes parents explicitly, where the runtime follows no tasks', async () => {
    const { tracer, memory } = tracing({ storage: new SynchronousContext() });
    await tracer.span('outer', async (outer) => {
      expect(tracer.active).toBe(outer);
      await settled();
      expect(tracer.active).toBeUndefined();
      tracer.startSpan('inner', { parent: outer }).end();
      tracer.with(outer, () => tracer.startSpan('other', { parent: null }).end());
    });
    const [inner, other, outer] = memory.spans as [Span, Span, Span];
    expect(inner.parentSpanId).toBe(outer.spanId);
    expect(other.traceId).not.toBe(outer.traceId);
  });

  it('keeps spans within their limits, and counts what it dropped', () => {
    const { tracer, memory } = tracing({ limits: { attributes: 2, events: 1, links: 1, valueLength: 3 } });
    {
      using span = tracer.startSpan('a', { attributes: { a: 'abcdef', b: ['abcdef', 'x'] } });
      span.setAttribute('c', 1).setAttribute('a', 'xyz!').setAttribute('d', undefined);
      span.addEvent('one').addEvent('two');
      span.addLink({ context: span }).addLink({ context: span });
      span.setStatus('error', 'why').setStatus('ok').setStatus('error');
      span.updateName('b');
    }
    const [span] = memory.spans as [Span];
    expect(span).toMatchObject({
      name: 'b',
      attributes: { a: 'xyz', b: ['abc', 'x'] },
      dropped: { attributes: 1, events: 1, links: 1 },
      status: { code: 'ok', message: '' },
    });
    span.setAttribute('a', 'later').addEvent('later').updateName('later').setStatus('error');
    span.end();
    expect([span.name, span.attributes.a, memory.spans.length]).toEqual(['b', 'xyz', 1]);
  });

  it('refuses misuse', () => {
    const { tracer } = tracing();
    expect(() => tracer.startSpan(1 as never)).toThrow(TypeError);
    expect(() => tracer.startSpan('a', { kind: 'other' as never })).toThrow(RangeError);
    expect(() => tracer.span('a', 1 as never)).toThrow(TypeError);
    expect(() => tracer.startSpan('a').setAttribute('x', {} as never)).toThrow(TypeError);
    expect(() => tracer.startSpan('a').setAttribute('x', [1, 'a'] as never)).toThrow(TypeError);
    expect(() => new Tracer({ limits: { events: -1 } })).toThrow(RangeError);
  });

  it('gives baggage to all that runs within', async () => {
    const { tracer } = tracing();
    await tracer.withBaggage(Baggage.EMPTY.with('user', 'a'), () =>
      tracer.span('a', async () => {
        await settled();
        expect(tracer.baggage.get('user')).toBe('a');
      }),
    );
    expect(tracer.baggage.size).toBe(0);
  });
});

describe('samplers', () => {
  const request = (traceId = '0'.repeat(32), parent?: string) => ({
    traceId,
    name: 'a',
    kind: 'internal' as const,
    attributes: {},
    parent: parseTraceparent(parent),
  });

  it('take a share of traces, the same ones everywhere', () => {
    const random = seededRandom(7);
    const [tenth, half] = [sampleRatio(0.1), sampleRatio(0.5)];
    let taken = 0;
    for (let i = 0; i < 10_000; i++) {
      const traceId = Array.from({ length: 4 }, () => random.u32().toString(16).padStart(8, '0')).join('');
      const [few, many] = [tenth.decide(request(traceId)), half.decide(request(traceId))];
      if (few === 'sample') {
        taken++;
        expect(many).toBe('sample');
      }
    }
    expect(Math.abs(taken - 1000)).toBeLessThan(5 * Math.sqrt(900));
    const all = 'f'.repeat(32);
    expect([sampleRatio(1).decide(request(all)), sampleRatio(0).decide(request())]).toEqual(['sample', 'drop']);
    expect(() => sampleRatio(1.1)).toThrow(RangeError);
  });

  it('take the first of every n', () => {
    const third = sampleEvery(3);
    expect(Array.from({ length: 7 }, () => third.decide(request()))).toEqual([
      'sample',
      'drop',
      'drop',
      'sample',
      'drop',
      'drop',
      'sample',
    ]);
    const log = everyNth(2);
    expect([1, 2, 3].map((i) => log(() => i))).toEqual([1, undefined, 3]);
    expect(() => sampleEvery(0)).toThrow(RangeError);
  });

  it('take so many a second, and no more because a clock jumped', () => {
    const time = new ManualTime();
    const sampler = sampleRate(2, { clock: time });
    const taken = () =>
      Array.from({ length: 5 }, () => sampler.decide(request())).filter((it) => it === 'sample').length;
    expect(taken()).toBe(2);
    time.jump(1e9);
    expect(taken()).toBe(0);
    time.advance(500);
    expect(taken()).toBe(1);
    time.advance(60_000);
    expect(taken()).toBe(2);
  });

  it('follow the parent, remote or local', () => {
    const ids = `${'a'.repeat(32)}-${'b'.repeat(16)}`;
    const odd: Sampler = { decide: () => 'record' };
    const sampler = sampleByParent({ root: odd, remoteNotSampled: odd });
    expect(sampler.decide(request())).toBe('record');
    expect(sampler.decide(request('', `00-${ids}-01`))).toBe('sample');
    expect(sampler.decide(request('', `00-${ids}-00`))).toBe('record');
    expect(sampleByParent(alwaysSample).decide(request('', `00-${ids}-00`))).toBe('drop');
    const { tracer, memory } = tracing({ sampler: sampleByParent(neverSample) });
    tracer.span('dropped', (span) => {
      span.setAttribute('a', 1).addEvent('x');
      expect([span.isRecording, span.isSampled, Object.keys(span.attributes).length]).toEqual([false, false, 0]);
      tracer.span('child', (child) => expect(child.parentSpanId).toBe(span.spanId));
    });
    expect(memory.spans).toHaveLength(0);
    const recording = tracing({ sampler: odd });
    const batch = new BatchProcessor({ exporter: new MemoryExporter(), timer: recording.time });
    const span = recording.tracer.startSpan('recorded');
    span.end();
    batch.onEnd(span);
    expect([recording.memory.spans.length, span.isSampled, batch.stats().waiting]).toEqual([1, false, 0]);
  });
});

describe('BatchProcessor', () => {
  function batching(options: Partial<ConstructorParameters<typeof BatchProcessor>[0]> = {}) {
    const time = new ManualTime();
    const batches: string[][] = [];
    let gate: Promise<void> = Promise.resolve();
    const exporter = {
      export: async (spans: readonly Span[]) => {
        batches.push(spans.map((span) => span.name));
        await gate;
      },
    };
    const processor = new BatchProcessor({ exporter, timer: time, maxQueue: 5, maxBatch: 3, delayMs: 100, ...options });
    const tracer = new Tracer({ processors: [processor], clock: time });
    const make = (...names: string[]) => {
      for (const name of names) tracer.startSpan(name, { parent: null }).end();
    };
    return { time, batches, processor, tracer, make, hold: (promise: Promise<void>) => (gate = promise) };
  }

  it('sends what is full at once, and the rest after its delay', async () => {
    const { make, batches, time, processor } = batching();
    make('a', 'b');
    expect(batches).toEqual([]);
    make('c', 'd');
    await settled();
    expect(batches).toEqual([['a', 'b', 'c']]);
    await time.pass(100);
    expect(batches).toEqual([['a', 'b', 'c'], ['d']]);
    expect(time.pending).toBe(0);
    expect(processor.stats()).toEqual({ waiting: 0, exported: 4, dropped: 0, failed: 0 });
  });

  it('drops what does not fit while an export is under way, and counts it', async () => {
    const { make, batches, processor, hold, tracer } = batching();
    let release: () => void = () => {};
    hold(
      new Promise((resolve) => {
        release = resolve;
      }),
    );
    make('1', '2', '3', '4', '5', '6', '7', '8', '9', '10');
    expect(processor.stats()).toMatchObject({ waiting: 5, dropped: 2 });
    const flushed = tracer.flush();
    release();
    await flushed;
    expect(batches).toEqual([
      ['1', '2', '3'],
      ['4', '5', '6'],
      ['7', '8'],
    ]);
    await tracer.close();
    make('late');
    expect(processor.stats()).toMatchObject({ exported: 8, dropped: 3 });
  });

  it('goes on after an export failed or hung', async () => {
    const errors: unknown[] = [];
    let answer: Promise<void> = Promise.reject(new Error('down'));
    answer.catch(() => {});
    const exporter = { export: () => answer };
    const { make, time, processor } = batching({
      exporter,
      onError: (error) => errors.push(error),
      exportTimeoutMs: 1000,
    });
    make('a', 'b', 'c');
    await settled();
    answer = new Promise(() => {});
    make('d', 'e', 'f');
    await time.pass(1000);
    answer = Promise.resolve();
    make('g', 'h', 'i');
    await settled();
    expect(errors.map((error) => (error as Error).message)).toEqual(['down', 'The export took too long']);
    expect(processor.stats()).toMatchObject({ exported: 3, failed: 6 });
    expect(time.pending).toBe(0);
  });

  it('ends a flush by its signal, with exactly its reason', async () => {
    const { make, processor, hold } = batching();
    hold(new Promise(() => {}));
    make('a');
    const counting = new CountingSignal();
    const reason = { why: 'enough' };
    const flushed = reasonOf(processor.flush(counting.signal));
    counting.abort(reason);
    expect(await flushed).toBe(reason);
    expect(counting.listeners).toBe(0);
    expect(await reasonOf(processor.flush(counting.signal))).toBe(reason);
  });

  it('refuses bounds that cannot be', () => {
    expect(() => batching({ maxQueue: 0 })).toThrow(RangeError);
    expect(() => batching({ maxBatch: 6 })).toThrow(RangeError);
  });
});

describe('traceHandler and traceFetch', () => {
  it('carry one trace through a client and a server', async () => {
    const { tracer, memory } = tracing();
    const server = new Tracer({ processors: [memory], random: seededRandom(2), storage: new SynchronousContext() });
    let seen: string | undefined;
    const handler = traceHandler(
      server,
      async (request) => {
        seen = server.baggage.get('user');
        return new Response(null, { status: request.url.endsWith('/bad') ? 503 : 404 });
      },
      { routeOf: () => '/items/:id' },
    );
    const send = traceFetch(tracer, { fetch: async (request) => handler(new Request(request as Request)) });
    await tracer.withBaggage(Baggage.EMPTY.with('user', 'a'), () => send('http://localhost:8080/items/1'));
    expect(seen).toBe('a');
    const [inner, outer] = memory.spans as [Span, Span];
    expect([inner.traceId, inner.parentSpanId]).toEqual([outer.traceId, outer.spanId]);
    expect(inner).toMatchObject({ name: 'GET /items/:id', kind: 'server', status: { code: 'unset' } });
    expect(inner.attributes).toMatchObject({ 'url.path': '/items/1', 'http.response.status_code': 404 });
    expect(outer).toMatchObject({ name: 'GET', kind: 'client', status: { code: 'error' } });
    expect(outer.attributes).toMatchObject({
      'url.full': 'http://localhost:8080/items/1',
      'server.port': 8080,
    });
    await send('http://localhost/bad');
    expect(memory.spans[2]).toMatchObject({ kind: 'server', status: { code: 'error' } });
  });

  it('keep strangers out: a new trace that links to theirs, and no headers for those who need none', async () => {
    const { tracer, memory } = tracing();
    const traceId = 'a'.repeat(32);
    const headers = { traceparent: `00-${traceId}-${'b'.repeat(16)}-01`, baggage: 'user=a' };
    const handler = traceHandler(tracer, () => new Response(String(tracer.baggage.size)), { trust: false });
    expect(await (await handler(new Request('http://localhost/', { headers }))).text()).toBe('0');
    const [span] = memory.spans as [Span];
    expect(span.traceId).not.toBe(traceId);
    expect(span.links[0]?.context.traceId).toBe(traceId);
    let sent: string | null = '';
    const send = traceFetch(tracer, {
      propagate: (url) => url.hostname === 'mine',
      fetch: async (request) => {
        sent = (request as Request).headers.get('traceparent');
        return new Response();
      },
    });
    await send('http://theirs/');
    expect(sent).toBeNull();
    await send('http://mine/', { method: 'POST', body: 'x' });
    expect(sent).toMatch(/^00-/);
    await expect(
      traceFetch(tracer, { fetch: () => Promise.reject(new Error('down')) })('http://mine/'),
    ).rejects.toThrow('down');
    expect(memory.spans[3]?.status.code).toBe('error');
  });
});

describe('exporters', () => {
  it('send spans in the JSON mapping of OTLP, to a real server', async () => {
    // biome-ignore lint/suspicious/noExplicitAny: JSON of any shape, which the test then looks at.
    const bodies: any[] = [];
    const server = createServer((request, response) => {
      let text = '';
      request.on('data', (piece) => {
        text += piece;
      });
      request.on('end', () => {
        bodies.push(JSON.parse(text));
        response.end('{"partialSuccess":{"rejectedSpans":"1","errorMessage":"old"}}');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const exporter = new OtlpTraceExporter({
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`,
      resource: { 'service.name': 'shop' },
    });
    const { tracer, memory, time } = tracing();
    const remote = parseTraceparent(`00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, 'foo=1');
    const span = tracer.startSpan('GET /', { kind: 'server', parent: remote, attributes: { n: 1, x: 0.5, ok: true } });
    time.advance(1.5);
    span
      .addEvent('cache miss', { key: 'k' })
      .addLink({ context: span, attributes: { why: 'test' } })
      .setStatus('error', 'no');
    span.end();
    await exporter.export(memory.spans);
    expect(exporter.rejected).toBe(1);
    expect(bodies[0].resourceSpans[0].resource.attributes).toEqual([
      { key: 'service.name', value: { stringValue: 'shop' } },
    ]);
    expect(bodies[0].resourceSpans[0].scopeSpans[0].spans[0]).toEqual({
      traceId: 'a'.repeat(32),
      spanId: span.spanId,
      traceState: 'foo=1',
      parentSpanId: 'b'.repeat(16),
      flags: 0x101,
      name: 'GET /',
      kind: 2,
      startTimeUnixNano: '1544712660000000000',
      endTimeUnixNano: '1544712660001500000',
      attributes: [
        { key: 'n', value: { intValue: '1' } },
        { key: 'x', value: { doubleValue: 0.5 } },
        { key: 'ok', value: { boolValue: true } },
      ],
      droppedAttributesCount: 0,
      events: [
        {
          timeUnixNano: '1544712660001500000',
          name: 'cache miss',
          attributes: [{ key: 'key', value: { stringValue: 'k' } }],
        },
      ],
      droppedEventsCount: 0,
      links: [
        {
          traceId: 'a'.repeat(32),
          spanId: span.spanId,
          traceState: 'foo=1',
          attributes: [{ key: 'why', value: { stringValue: 'test' } }],
          flags: 0x101,
        },
      ],
      droppedLinksCount: 0,
      status: { code: 2, message: 'no' },
    });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('print lines, and keep no more than they may', async () => {
    const lines: string[] = [];
    const { tracer, memory, time } = tracing();
    tracer.span('a "b"', (span) => {
      span.setAttribute('k', 'v').setStatus('error', 'why');
      time.advance(1);
    });
    await new ConsoleExporter((line) => lines.push(line)).export(memory.spans);
    expect(lines[0]).toMatch(/^[0-9a-f]{32} [0-9a-f]{16} internal "a \\"b\\"" 1\.000 ms error: why \{"k":"v"\}$/);
    const small = new MemoryExporter(1);
    await small.export([...memory.spans, ...memory.spans]);
    expect([small.spans.length, small.dropped]).toEqual([1, 1]);
    small.reset();
    expect(small.spans).toEqual([]);
  });
});
