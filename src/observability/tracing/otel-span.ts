/** Spans in the forms of OpenTelemetry's API and SDK. */

import type { Attributes, AttributeValue } from '../otlp/values.js';
import type { SpanProcessor } from './processors.js';
import type { Span, SpanKind, SpanStatus } from './span.js';
import { type SpanContext, TraceState } from './trace-context.js';

/** Seconds and nanoseconds. */
export type HrTime = [number, number];
type TimeInput = HrTime | number | Date;

export interface OtelSpanContext {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
  readonly isRemote?: boolean;
  readonly traceState?: { serialize(): string } | TraceState;
}

export interface OtelSpan {
  spanContext(): OtelSpanContext;
}

const KINDS: readonly SpanKind[] = ['internal', 'server', 'client', 'producer', 'consumer'];
const STATUSES: readonly SpanStatus[] = ['unset', 'ok', 'error'];

/** A span of a tracer here, as the API's `Span`. */
export class BridgedSpan implements OtelSpan {
  readonly span: Span;

  constructor(span: Span) {
    this.span = span;
  }

  spanContext(): OtelSpanContext {
    return plainContext(this.span);
  }

  setAttribute(key: string, value: AttributeValue): this {
    this.span.setAttribute(key, value);
    return this;
  }

  setAttributes(attributes: Attributes): this {
    this.span.setAttributes(attributes);
    return this;
  }

  addEvent(name: string, attributesOrTime?: Attributes | TimeInput, time?: TimeInput): this {
    const isTime = isTimeInput(attributesOrTime);
    const at = isTime ? attributesOrTime : time;
    const attributes = isTime ? undefined : (attributesOrTime as Attributes | undefined);
    this.span.addEvent(name, attributes, at === undefined ? undefined : msOf(at));
    return this;
  }

  addLink(link: { context: OtelSpanContext; attributes?: Attributes }): this {
    this.span.addLink({ ...link, context: contextOf(link.context) });
    return this;
  }

  addLinks(links: readonly { context: OtelSpanContext; attributes?: Attributes }[]): this {
    for (const link of links) this.addLink(link);
    return this;
  }

  setStatus(status: { code: number; message?: string }): this {
    this.span.setStatus(STATUSES[status.code] ?? 'unset', status.message);
    return this;
  }

  updateName(name: string): this {
    this.span.updateName(name);
    return this;
  }

  recordException(thrown: unknown, time?: TimeInput): void {
    this.span.recordException(thrown, time === undefined ? undefined : msOf(time));
  }

  end(time?: TimeInput): void {
    this.span.end(time === undefined ? undefined : msOf(time));
  }

  isRecording(): boolean {
    return this.span.isRecording && this.span.endMs === undefined;
  }
}

/** What an OpenTelemetry SDK's processor is to us: `BatchSpanProcessor`, `SimpleSpanProcessor` … */
export interface OtelSpanProcessor {
  onEnd(span: never): void;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}

/** Hands spans that have ended to a processor of an OpenTelemetry SDK, and so to its exporters. */
export class OpenTelemetryProcessor implements SpanProcessor {
  readonly #processor: OtelSpanProcessor;
  readonly #resource: unknown;

  /** @param resource of the SDK, as `resourceFromAttributes` makes it; default one with the name `unknown_service` */
  constructor(processor: OtelSpanProcessor, resource?: unknown) {
    this.#processor = processor;
    this.#resource = resource ?? { attributes: { 'service.name': 'unknown_service' } };
  }

  onEnd(span: Span): void {
    this.#processor.onEnd(readable(span, this.#resource) as never);
  }

  flush(): Promise<void> {
    return this.#processor.forceFlush();
  }

  close(): Promise<void> {
    return this.#processor.shutdown();
  }
}

/** As the SDK's `ReadableSpan`. */
function readable(span: Span, resource: unknown): object {
  const { code, message } = span.status;
  const { dropped, parentSpanId } = span;
  const endMs = span.endMs ?? span.startMs;
  return {
    name: span.name,
    kind: KINDS.indexOf(span.kind),
    spanContext: () => plainContext(span),
    ...(parentSpanId === undefined
      ? {}
      : { parentSpanContext: { traceId: span.traceId, spanId: parentSpanId, traceFlags: span.traceFlags } }),
    startTime: hrTime(span.startMs),
    endTime: hrTime(endMs),
    duration: hrTime(endMs - span.startMs),
    ended: true,
    status: { code: STATUSES.indexOf(code), ...(message === '' ? {} : { message }) },
    attributes: span.attributes,
    links: span.links.map(({ context, attributes = {} }) => ({ context: plainContext(context), attributes })),
    events: span.events.map(({ name, timeMs, attributes }) => ({ name, time: hrTime(timeMs), attributes })),
    resource,
    instrumentationScope: { name: 'ashlar/observability/tracing' },
    droppedAttributesCount: dropped.attributes,
    droppedEventsCount: dropped.events,
    droppedLinksCount: dropped.links,
  };
}

/** A context as the API has it. */
export function plainContext(context: SpanContext): OtelSpanContext {
  const { traceId, spanId, traceFlags, isRemote, traceState } = context;
  return {
    traceId,
    spanId,
    traceFlags,
    isRemote,
    ...(traceState.size === 0 ? {} : { traceState: stateOf(traceState) }),
  };
}

/** A context of the API as ours. */
export function contextOf(context: OtelSpanContext): SpanContext {
  const { traceId, spanId, traceFlags, isRemote = false, traceState } = context;
  const state = traceState instanceof TraceState ? traceState : TraceState.parse(traceState?.serialize());
  return { traceId, spanId, traceFlags, isRemote, traceState: state };
}

/** The kind of a number of the API. */
export function kindFrom(kind = 0): SpanKind {
  return KINDS[kind] ?? 'internal';
}

/** Milliseconds since 1970. Numbers below the age of computers are of the performance clock. */
export function msOf(time: TimeInput): number {
  if (Array.isArray(time)) return time[0] * 1000 + time[1] / 1e6;
  if (typeof time === 'object') return time.getTime();
  return time < performance.timeOrigin ? performance.timeOrigin + time : time;
}

function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)];
}

/** The API's TraceState. */
function stateOf(state: TraceState): { serialize(): string } {
  return {
    serialize: () => state.toString(),
    get: (key: string) => state.get(key),
    set: (key: string, value: string) => stateOf(state.with(key, value)),
    unset: (key: string) => stateOf(state.without(key)),
  } as { serialize(): string };
}

function isTimeInput(value: unknown): value is TimeInput {
  return typeof value === 'number' || value instanceof Date || (Array.isArray(value) && typeof value[0] === 'number');
}
