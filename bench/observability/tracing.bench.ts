/** What a span costs, against OpenTelemetry's SDK: begun, given two attributes, ended, and handed to a processor. */

import { context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { AlwaysOffSampler, BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { neverSample, parseTraceparent, type SpanProcessor, Tracer } from '../../src/observability/tracing/index.js';
import { type Contender, defineSuite, ownCopy } from '../harness/suite.js';

const SPANS = 10_000;
const HEADER = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

function repeat(once: () => void, count: number): number {
  for (let i = 0; i < count; i++) once();
  return count;
}

function contender(name: string, kind: Contender['kind'], make: () => () => void): Contender {
  return {
    name,
    kind,
    prepare: () => {
      const once = make();
      const loop = ownCopy(repeat);
      return { run: () => loop(once, SPANS) };
    },
  };
}

let seen = 0;

function ours(options: ConstructorParameters<typeof Tracer>[0] = {}): Tracer {
  const processor: SpanProcessor = { onEnd: () => void seen++ };
  return new Tracer({ processors: [processor], ...options });
}

function theirs(options: { sampler?: unknown } = {}) {
  const processor = {
    onStart() {},
    onEnd: () => void seen++,
    forceFlush: async () => {},
    shutdown: async () => {},
  };
  return new BasicTracerProvider({ spanProcessors: [processor], ...options }).getTracer('bench');
}

export const suite = defineSuite('observability/tracing', (bench) => {
  bench.compare({
    operation: 'span: begun and ended',
    size: SPANS,
    distribution: 'two attributes',
    contenders: [
      contender('Tracer', 'ours', () => {
        const tracer = ours();
        return () => tracer.startSpan('a').setAttribute('k', 'v').setAttribute('n', 1).end();
      }),
      contender('OpenTelemetry SDK', 'rival', () => {
        const tracer = theirs();
        return () => tracer.startSpan('a').setAttribute('k', 'v').setAttribute('n', 1).end();
      }),
    ],
  });
  bench.compare({
    operation: 'span: not sampled',
    size: SPANS,
    distribution: 'two attributes',
    contenders: [
      contender('Tracer', 'ours', () => {
        const tracer = ours({ sampler: neverSample });
        return () => tracer.startSpan('a').setAttribute('k', 'v').setAttribute('n', 1).end();
      }),
      contender('OpenTelemetry SDK', 'rival', () => {
        const tracer = theirs({ sampler: new AlwaysOffSampler() });
        return () => tracer.startSpan('a').setAttribute('k', 'v').setAttribute('n', 1).end();
      }),
    ],
  });
  bench.compare({
    operation: 'span: active while a function runs',
    size: SPANS,
    distribution: 'a child in a parent',
    contenders: [
      contender('Tracer.span', 'ours', () => {
        const tracer = ours();
        return () => tracer.span('a', () => tracer.span('b', () => {}));
      }),
      contender('OpenTelemetry SDK, startActiveSpan', 'rival', () => {
        context.disable();
        context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
        const tracer = theirs();
        return () =>
          tracer.startActiveSpan('a', (outer) => {
            tracer.startActiveSpan('b', (inner) => inner.end());
            outer.end();
          });
      }),
    ],
  });
  bench.compare({
    operation: 'traceparent: read',
    size: SPANS,
    distribution: 'one header',
    contenders: [
      contender('parseTraceparent', 'ours', () => () => {
        if (parseTraceparent(HEADER) === undefined) throw new Error('a valid header was refused');
      }),
    ],
  });
});
