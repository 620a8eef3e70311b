import { afterEach, describe, expect, it } from 'vitest';
import {
  MemoryExporter,
  type OpenTelemetryApi,
  OpenTelemetryProcessor,
  openTelemetryStorage,
  registerOpenTelemetry,
  type Span,
  Tracer,
} from '../../src/observability/tracing/index.js';
import { requireJudge } from '../support/real.js';
import { settled } from '../support/time.js';

// biome-ignore-start lint/suspicious/noExplicitAny: packages that are there or not, without their types.
const api = requireJudge<any>('@opentelemetry/api');
const sdk = requireJudge<any>('@opentelemetry/sdk-trace-base');
// biome-ignore-end lint/suspicious/noExplicitAny: as above.

if ('skip' in api || 'skip' in sdk) {
  describe('OpenTelemetry', () => {
    it.skip(`needs ${'skip' in api ? api.skip : 'skip' in sdk ? sdk.skip : ''}`, () => {});
  });
} else {
  const { trace, context, propagation, SpanKind, SpanStatusCode, ROOT_CONTEXT } = api.judge;
  const otel = api.judge as OpenTelemetryApi;

  describe('registerOpenTelemetry', () => {
    let undo: () => void = () => {};
    afterEach(() => undo());

    function registered() {
      const memory = new MemoryExporter();
      const tracer = new Tracer({ processors: [memory] });
      undo = registerOpenTelemetry(tracer, otel);
      return { memory, tracer, theirs: trace.getTracer('library', '1.0') };
    }

    it("records what the API's tracers trace, in one trace with ours", async () => {
      const { memory, tracer, theirs } = registered();
      await tracer.span('ours', async (ours) => {
        await settled();
        // biome-ignore lint/suspicious/noExplicitAny: the API's span, without its types.
        await theirs.startActiveSpan('theirs', { kind: SpanKind.CLIENT, attributes: { a: 1 } }, async (span: any) => {
          await settled();
          expect(trace.getActiveSpan().spanContext().spanId).toBe(span.spanContext().spanId);
          span.setAttributes({ b: 'x' }).addEvent('event', { c: true }, [1_544_712_660, 500_000_000]);
          span.setStatus({ code: SpanStatusCode.ERROR, message: 'no' });
          span.recordException(new Error('thrown'));
          span.addLink({ context: ours });
          tracer.span('inner', () => {});
          expect(span.isRecording()).toBe(true);
          span.end();
          expect(span.isRecording()).toBe(false);
        });
        expect(trace.getActiveSpan().spanContext()).toMatchObject({ traceId: ours.traceId, spanId: ours.spanId });
      });
      const [inner, span, ours] = memory.spans as [Span, Span, Span];
      expect([inner.parentSpanId, span.parentSpanId]).toEqual([span.spanId, ours.spanId]);
      expect(span).toMatchObject({
        kind: 'client',
        attributes: { a: 1, b: 'x' },
        status: { code: 'error', message: 'no' },
        events: [{ name: 'event', timeMs: 1_544_712_660_500, attributes: { c: true } }, { name: 'exception' }],
      });
      expect(span.links[0]?.context.spanId).toBe(ours.spanId);
    });

    it('follows contexts that are passed on, bound, and empty', () => {
      const { memory, theirs } = registered();
      const root = theirs.startSpan('root', { root: true });
      const inRoot = trace.setSpan(context.active(), root);
      context.with(inRoot, () => theirs.startSpan('child').end());
      context.bind(inRoot, () => theirs.startSpan('bound').end())();
      theirs.startSpan('given', {}, inRoot).end();
      context.with(inRoot, () => context.with(ROOT_CONTEXT, () => theirs.startSpan('alone').end()));
      root.end(new Date(Date.now() + 1000));
      const { spanId } = root.spanContext();
      expect(memory.spans.map(({ name, parentSpanId }) => [name, parentSpanId])).toEqual([
        ['child', spanId],
        ['bound', spanId],
        ['given', spanId],
        ['alone', undefined],
        ['root', undefined],
      ]);
      const key = api.judge.createContextKey('key');
      context.with(inRoot.setValue(key, 7), () => expect(context.active().getValue(key)).toBe(7));
    });

    it('propagates traces and baggage by headers', () => {
      const { theirs, tracer } = registered();
      const incoming = {
        traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
        tracestate: 'foo=1',
        baggage: 'user=alice',
      };
      context.with(propagation.extract(ROOT_CONTEXT, incoming), () => {
        expect(tracer.activeContext).toMatchObject({ traceId: 'a'.repeat(32), isRemote: true });
        expect(tracer.baggage.get('user')).toBe('alice');
        expect(propagation.getActiveBaggage().getEntry('user').value).toBe('alice');
        const span = theirs.startSpan('server');
        const headers: Record<string, string> = {};
        propagation.inject(trace.setSpan(context.active(), span), headers);
        expect(headers).toEqual({ ...incoming, traceparent: `00-${'a'.repeat(32)}-${span.spanContext().spanId}-01` });
        expect(span.spanContext().traceState.get('foo')).toBe('1');
      });
      expect(propagation.fields()).toContain('traceparent');
    });

    it('is undone', () => {
      const { memory } = registered();
      undo();
      trace.getTracer('x').startSpan('nobody').end();
      expect(memory.spans).toHaveLength(0);
    });
  });

  describe('beside an OpenTelemetry SDK', () => {
    it('spans of both are parents of each other, and leave by its exporters', async () => {
      const { InMemorySpanExporter, SimpleSpanProcessor, BasicTracerProvider } = sdk.judge;
      const exporter = new InMemorySpanExporter();
      const processor = new SimpleSpanProcessor(exporter);
      const provider = new BasicTracerProvider({ spanProcessors: [processor] });
      trace.setGlobalTracerProvider(provider);
      const stack = new StackManager();
      context.setGlobalContextManager(stack);
      try {
        const tracer = new Tracer({
          processors: [new OpenTelemetryProcessor(processor)],
          storage: openTelemetryStorage(otel),
        });
        // biome-ignore lint/suspicious/noExplicitAny: the SDK's span, without its types.
        trace.getTracer('app').startActiveSpan('theirs', (theirs: any) => {
          tracer.span('ours', { kind: 'client', attributes: { a: 1 } }, (ours) => {
            ours.addEvent('event').setStatus('error', 'no');
            trace.getTracer('app').startSpan('inner').end();
          });
          theirs.end();
        });
        await tracer.flush();
        const [inner, ours, theirs] = exporter.getFinishedSpans();
        expect([inner.name, ours.name, theirs.name]).toEqual(['inner', 'ours', 'theirs']);
        expect(inner.parentSpanContext.spanId).toBe(ours.spanContext().spanId);
        expect(ours.parentSpanContext.spanId).toBe(theirs.spanContext().spanId);
        expect(inner.spanContext().traceId).toBe(theirs.spanContext().traceId);
        expect(ours).toMatchObject({ kind: SpanKind.CLIENT, attributes: { a: 1 }, status: { code: 2, message: 'no' } });
        expect(ours.events[0]).toMatchObject({ name: 'event' });
        expect(ours.duration[0]).toBe(0);
        await tracer.close();
      } finally {
        trace.disable();
        context.disable();
      }
    });
  });

  /** The least that a context manager does. */
  class StackManager {
    #active = ROOT_CONTEXT;
    active() {
      return this.#active;
    }
    with(inner: unknown, fn: (...args: unknown[]) => unknown, self?: unknown, ...args: unknown[]) {
      const before = this.#active;
      this.#active = inner;
      try {
        return fn.apply(self, args);
      } finally {
        this.#active = before;
      }
    }
    bind(_: unknown, target: unknown) {
      return target;
    }
    enable() {
      return this;
    }
    disable() {
      return this;
    }
  }
}
