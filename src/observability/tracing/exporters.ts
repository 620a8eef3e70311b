/** Exporters: into memory, onto a console, to a collector by OTLP. */

import { OtlpSender, type OtlpSenderOptions } from '../otlp/sender.js';
import { type Attributes, keyValues, nanoseconds } from '../otlp/values.js';
import type { SpanExporter, SpanProcessor } from './processors.js';
import type { Span, SpanKind, SpanStatus } from './span.js';

/** Keeps the spans that have ended, as a processor or as an exporter: for tests. */
export class MemoryExporter implements SpanExporter, SpanProcessor {
  readonly #maxSpans: number;
  #spans: Span[] = [];
  /** Spans that did not fit. */
  dropped = 0;

  constructor(maxSpans = 10_000) {
    if (!(maxSpans >= 1)) throw new RangeError(`maxSpans must be from 1, got ${maxSpans}`);
    this.#maxSpans = maxSpans;
  }

  get spans(): readonly Span[] {
    return this.#spans;
  }

  onEnd(span: Span): void {
    if (this.#spans.length < this.#maxSpans) this.#spans.push(span);
    else this.dropped++;
  }

  async export(spans: readonly Span[]): Promise<void> {
    for (const span of spans) this.onEnd(span);
  }

  reset(): void {
    this.#spans = [];
    this.dropped = 0;
  }
}

/** A line for each span: trace, name, milliseconds, status, attributes. */
export class ConsoleExporter implements SpanExporter {
  readonly #print: (line: string) => void;

  /** @param print default `console.log` */
  constructor(print: (line: string) => void = (line) => console.log(line)) {
    this.#print = print;
  }

  async export(spans: readonly Span[]): Promise<void> {
    for (const span of spans) this.#print(lineOf(span));
  }
}

function lineOf(span: Span): string {
  const { code, message } = span.status;
  const status = code === 'unset' ? '' : ` ${code}${message === '' ? '' : `: ${message}`}`;
  const parent = span.parentSpanId === undefined ? '' : ` of ${span.parentSpanId}`;
  const attributes = Object.keys(span.attributes).length === 0 ? '' : ` ${JSON.stringify(span.attributes)}`;
  const took = (span.durationMs ?? 0).toFixed(3);
  return `${span.traceId} ${span.spanId}${parent} ${span.kind} ${JSON.stringify(span.name)} ${took} ms${status}${attributes}`;
}

export interface OtlpTraceExporterOptions extends OtlpSenderOptions {
  /** What is traced: default `{ 'service.name': 'unknown_service' }`. */
  resource?: Attributes;
}

const KINDS: Readonly<Record<SpanKind, number>> = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 };
const STATUSES: Readonly<Record<SpanStatus, number>> = { unset: 0, ok: 1, error: 2 };
const SCOPE = { name: 'ashlar/observability/tracing' };
/** Bits 8 and 9 of a span's flags: whether it is known if the parent is remote, and whether it is. */
const KNOWN = 0x100;

/** Sends spans to an OpenTelemetry collector, by OTLP over HTTP in JSON. */
export class OtlpTraceExporter implements SpanExporter {
  readonly #sender: OtlpSender;
  readonly #resource: Attributes;
  /** Spans that collectors refused. */
  rejected = 0;

  /** @throws TypeError, RangeError */
  constructor(options: OtlpTraceExporterOptions) {
    this.#sender = new OtlpSender(options);
    this.#resource = options.resource ?? { 'service.name': 'unknown_service' };
  }

  /** Rejects with exactly `signal.reason`, or with `OtlpExportError`. */
  async export(spans: readonly Span[], signal?: AbortSignal): Promise<void> {
    const message = {
      resourceSpans: [
        {
          resource: { attributes: keyValues(this.#resource) },
          scopeSpans: [{ scope: SCOPE, spans: spans.map(otlpSpan) }],
        },
      ],
    };
    const { rejected } = await this.#sender.send(message, signal);
    this.rejected += rejected;
  }
}

function otlpSpan(span: Span): object {
  const state = span.traceState.toString();
  const { code, message } = span.status;
  const { dropped } = span;
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    ...(state === '' ? {} : { traceState: state }),
    ...(span.parentSpanId === undefined ? {} : { parentSpanId: span.parentSpanId }),
    flags: span.traceFlags | KNOWN,
    name: span.name,
    kind: KINDS[span.kind],
    startTimeUnixNano: nanoseconds(span.startMs),
    endTimeUnixNano: nanoseconds(span.endMs ?? span.startMs),
    attributes: keyValues(span.attributes),
    droppedAttributesCount: dropped.attributes,
    events: span.events.map((event) => ({
      timeUnixNano: nanoseconds(event.timeMs),
      name: event.name,
      attributes: keyValues(event.attributes),
    })),
    droppedEventsCount: dropped.events,
    links: span.links.map(({ context, attributes = {} }) => ({
      traceId: context.traceId,
      spanId: context.spanId,
      ...(context.traceState.size === 0 ? {} : { traceState: context.traceState.toString() }),
      attributes: keyValues(attributes),
      flags: context.traceFlags | KNOWN,
    })),
    droppedLinksCount: dropped.links,
    status: { code: STATUSES[code], ...(message === '' ? {} : { message }) },
  };
}
