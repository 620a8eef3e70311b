/**
 * Bridges to OpenTelemetry's API for JavaScript, which is handed in: nothing of it is imported.
 *
 * `registerOpenTelemetry` makes what is instrumented by the API record into a tracer here. `openTelemetryStorage` and
 * `OpenTelemetryProcessor` go the other way: spans from here are parents and children of those of an OpenTelemetry SDK, and
 * leave by its processors.
 */

import type { ContextStorage } from '../../ports/context.js';
import type { Attributes, AttributeValue } from '../otlp/values.js';
import { Baggage } from './baggage.js';
import {
  BridgedSpan,
  contextOf,
  kindFrom,
  msOf,
  type OtelSpan,
  type OtelSpanContext,
  plainContext,
} from './otel-span.js';
import { extract, inject } from './propagation.js';
import type { Scope } from './scope.js';
import { Span } from './span.js';
import type { SpanContext } from './trace-context.js';
import type { Tracer } from './tracer.js';

/** A context of the API. */
export interface OtelContext {
  getValue(key: symbol): unknown;
  setValue(key: symbol, value: unknown): OtelContext;
  deleteValue(key: symbol): OtelContext;
}

interface OtelBaggage {
  getAllEntries(): [string, { value: string; metadata?: { toString(): string } }][];
}

/** What is used of `@opentelemetry/api`, 1.3 and later. */
export interface OpenTelemetryApi {
  readonly ROOT_CONTEXT: OtelContext;
  readonly trace: {
    setGlobalTracerProvider(provider: never): boolean;
    getSpan(context: OtelContext): OtelSpan | undefined;
    setSpan(context: OtelContext, span: never): OtelContext;
    deleteSpan(context: OtelContext): OtelContext;
    wrapSpanContext(context: never): OtelSpan;
    disable(): void;
  };
  readonly context: {
    active(): OtelContext;
    with<R>(context: OtelContext, fn: () => R): R;
    setGlobalContextManager(manager: never): boolean;
    disable(): void;
  };
  readonly propagation: {
    getBaggage(context: OtelContext): OtelBaggage | undefined;
    setBaggage(context: OtelContext, baggage: never): OtelContext;
    createBaggage(entries?: Record<string, { value: string }>): OtelBaggage;
    setGlobalPropagator(propagator: never): boolean;
    disable(): void;
  };
}

interface StartOptions {
  readonly kind?: number;
  readonly attributes?: Readonly<Record<string, AttributeValue | undefined>>;
  readonly links?: readonly { context: OtelSpanContext; attributes?: Attributes }[];
  readonly startTime?: Parameters<typeof msOf>[0];
  readonly root?: boolean;
}

/**
 * Makes a tracer the one behind the API: libraries instrumented for OpenTelemetry record into it, in one trace with what is
 * traced by it directly.
 *
 * @returns what undoes it
 */
export function registerOpenTelemetry(tracer: Tracer, api: OpenTelemetryApi): () => void {
  const { storage } = tracer;
  const contexts = new Contexts(api);
  const startSpan = (name: string, options: StartOptions = {}, context: OtelContext = contexts.active(storage)) => {
    const parent = options.root === true ? undefined : contexts.spanOf(context);
    const span = tracer.startSpan(name, {
      kind: kindFrom(options.kind),
      parent: parent ?? null,
      links: options.links?.map((link) => ({ ...link, context: contextOf(link.context) })),
      startMs: options.startTime === undefined ? undefined : msOf(options.startTime),
    });
    if (options.attributes !== undefined) span.setAttributes(options.attributes);
    return new BridgedSpan(span);
  };
  const provider = {
    getTracer: () => ({
      startSpan,
      startActiveSpan(name: string, ...rest: unknown[]) {
        const fn = rest.pop() as (span: BridgedSpan) => unknown;
        const context = (rest[1] as OtelContext | undefined) ?? contexts.active(storage);
        const span = startSpan(name, rest[0] as StartOptions | undefined, context);
        return contexts.run(storage, api.trace.setSpan(context, span as never), () => fn(span));
      },
    }),
  };
  const manager = {
    active: () => contexts.active(storage),
    with: (context: OtelContext, fn: (...args: unknown[]) => unknown, self?: unknown, ...args: unknown[]) =>
      contexts.run(storage, context, () => fn.apply(self, args)),
    bind(context: OtelContext, target: unknown) {
      if (typeof target !== 'function') return target;
      return function (this: unknown, ...args: unknown[]) {
        return contexts.run(storage, context, () => target.apply(this, args));
      };
    },
    enable: () => manager,
    disable: () => manager,
  };
  api.context.setGlobalContextManager(manager as never);
  api.trace.setGlobalTracerProvider(provider as never);
  api.propagation.setGlobalPropagator(propagatorOf(contexts) as never);
  return () => {
    api.trace.disable();
    api.context.disable();
    api.propagation.disable();
  };
}

/**
 * Keeps what is active in the API's own context: for a tracer beside an OpenTelemetry SDK. Spans of either are parents of
 * the other's.
 */
export function openTelemetryStorage(api: OpenTelemetryApi): ContextStorage<Scope> {
  const contexts = new Contexts(api);
  return {
    get: () => contexts.scopeOf(api.context.active()),
    run: (scope, fn) => api.context.with(contexts.contextFor(scope, api.ROOT_CONTEXT), fn),
  };
}

/** W3C Trace Context and Baggage, for carriers of the API. */
function propagatorOf(contexts: Contexts) {
  return {
    inject(
      context: OtelContext,
      carrier: unknown,
      setter: { set(carrier: unknown, name: string, value: string): void },
    ) {
      const { span, baggage } = contexts.scopeOf(context);
      if (span === undefined) return;
      inject({ set: (name, value) => setter.set(carrier, name, value) }, span, baggage);
    },
    extract(
      context: OtelContext,
      carrier: unknown,
      getter: { get(carrier: unknown, name: string): unknown },
    ): OtelContext {
      const { context: span, baggage } = extract({
        get: (name) => {
          const value = getter.get(carrier, name);
          if (Array.isArray(value)) return value.join(',');
          return value === undefined || value === null ? null : String(value);
        },
      });
      return contexts.contextFor({ span, baggage, foreign: context }, context);
    },
    fields: () => ['traceparent', 'tracestate', 'baggage'],
  };
}

/** From scopes to contexts of the API, and back. */
class Contexts {
  readonly #api: OpenTelemetryApi;

  constructor(api: OpenTelemetryApi) {
    this.#api = api;
  }

  active(storage: ContextStorage<Scope>): OtelContext {
    return this.contextFor(storage.get(), this.#api.ROOT_CONTEXT);
  }

  run<R>(storage: ContextStorage<Scope>, context: OtelContext, fn: () => R): R {
    return storage.run(this.scopeOf(context), fn);
  }

  scopeOf(context: OtelContext): Scope {
    return { span: this.spanOf(context), baggage: this.#baggageOf(context), foreign: context };
  }

  /** The span of a context: that of a tracer here as it is. */
  spanOf(context: OtelContext): SpanContext | undefined {
    const span = this.#api.trace.getSpan(context);
    if (span === undefined) return undefined;
    return span instanceof BridgedSpan ? span.span : contextOf(span.spanContext());
  }

  /** The context that a scope came with, changed where a span or baggage was made active since. */
  contextFor(scope: Scope | undefined, fallback: OtelContext): OtelContext {
    const { trace, propagation } = this.#api;
    if (scope === undefined) return fallback;
    let context = (scope.foreign as OtelContext | undefined) ?? fallback;
    const { span } = scope;
    if (this.spanOf(context)?.spanId !== span?.spanId) {
      if (span === undefined) context = trace.deleteSpan(context);
      else if (span instanceof Span) context = trace.setSpan(context, new BridgedSpan(span) as never);
      else context = trace.setSpan(context, trace.wrapSpanContext(plainContext(span) as never) as never);
    }
    const text = scope.baggage?.toString() ?? '';
    if (text !== this.#baggageOf(context).toString()) {
      const entries = Object.fromEntries(
        [...(scope.baggage ?? Baggage.EMPTY).entries()].map(([key, { value }]) => [key, { value }]),
      );
      context = propagation.setBaggage(context, propagation.createBaggage(entries) as never);
    }
    return context;
  }

  #baggageOf(context: OtelContext): Baggage {
    let baggage = Baggage.EMPTY;
    for (const [key, entry] of this.#api.propagation.getBaggage(context)?.getAllEntries() ?? []) {
      baggage = baggage.with(key, entry.value, entry.metadata?.toString() ?? '');
    }
    return baggage;
  }
}
