/** Spans: what was done, from when to when, and what is known of it. */

import { disposeSymbol } from '../../../bindings/dispose.js';
import { describe } from '../../../bindings/staging.js';
import type { Clock } from '../../ports/clock.js';
import type { Attributes, AttributeValue } from '../otlp/values.js';
import { SAMPLED, type SpanContext, type TraceState } from './trace-context.js';

export type SpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer';
export type SpanStatus = 'unset' | 'ok' | 'error';

export interface SpanEvent {
  readonly name: string;
  /** Milliseconds since 1970, with a fraction. */
  readonly timeMs: number;
  readonly attributes: Attributes;
}

export interface SpanLink {
  readonly context: SpanContext;
  readonly attributes?: Attributes;
}

/** How much a span holds; what is beyond is dropped and counted. */
export interface SpanLimits {
  readonly attributes: number;
  readonly events: number;
  readonly links: number;
  /** Characters of a text among the values; longer ones are cut. */
  readonly valueLength: number;
}

export const DEFAULT_LIMITS: SpanLimits = { attributes: 128, events: 128, links: 128, valueLength: 4096 };

/** What a span belongs to. */
export interface SpanOwner {
  readonly clock: Clock;
  readonly limits: SpanLimits;
  makeId(): string;
  onEnd(span: Span): void;
}

const NO_ATTRIBUTES: Attributes = Object.freeze({});

/** Made by a tracer. Once it has ended, nothing about it changes. */
export class Span implements SpanContext {
  readonly traceId: string;
  readonly traceFlags: number;
  readonly traceState: TraceState;
  readonly isRemote = false;
  readonly kind: SpanKind;
  /** The id of the parent; `undefined` for the first span of a trace. */
  readonly parentSpanId: string | undefined;
  /** Whether anything is kept of it. */
  readonly isRecording: boolean;
  /** Milliseconds since 1970, with a fraction. */
  readonly startMs: number;
  /** @internal What is added to the monotonic clock to get the time of day: that of the first span of this process. */
  readonly anchorMs: number;
  #name: string;
  #id: string | undefined;
  #attributes: Record<string, AttributeValue> | undefined = undefined;
  #attributeCount = 0;
  #events: SpanEvent[] | undefined = undefined;
  #links: SpanLink[] | undefined = undefined;
  #status: SpanStatus = 'unset';
  #statusMessage = '';
  #endMs: number | undefined = undefined;
  #droppedAttributes = 0;
  #droppedEvents = 0;
  #droppedLinks = 0;
  readonly #owner: SpanOwner;

  /** @internal */
  constructor(
    owner: SpanOwner,
    name: string,
    kind: SpanKind,
    traceId: string,
    parent: SpanContext | undefined,
    traceFlags: number,
    traceState: TraceState,
    isRecording: boolean,
    startMs: number | undefined,
  ) {
    this.#owner = owner;
    this.#name = name;
    this.kind = kind;
    this.traceId = traceId;
    this.parentSpanId = parent?.spanId;
    this.traceFlags = traceFlags;
    this.traceState = traceState;
    this.isRecording = isRecording;
    const { clock } = owner;
    const monotonicMs = isRecording ? clock.monotonic() : 0;
    // Spans of one trace are on one time line, whatever the clock of the day does meanwhile.
    if (parent instanceof Span && parent.isRecording) this.anchorMs = parent.anchorMs;
    else this.anchorMs = isRecording ? clock.now() - monotonicMs : 0;
    this.startMs = startMs ?? this.anchorMs + monotonicMs;
    // Those who are not recorded may never be asked for it.
    this.#id = isRecording ? owner.makeId() : undefined;
  }

  get spanId(): string {
    this.#id ??= this.#owner.makeId();
    return this.#id;
  }

  get name(): string {
    return this.#name;
  }

  get isSampled(): boolean {
    return (this.traceFlags & SAMPLED) !== 0;
  }

  /** Milliseconds since 1970; `undefined` until it has ended. */
  get endMs(): number | undefined {
    return this.#endMs;
  }

  /** `undefined` until it has ended. */
  get durationMs(): number | undefined {
    return this.#endMs === undefined ? undefined : this.#endMs - this.startMs;
  }

  get attributes(): Attributes {
    return this.#attributes ?? NO_ATTRIBUTES;
  }

  get events(): readonly SpanEvent[] {
    return this.#events ?? [];
  }

  get links(): readonly SpanLink[] {
    return this.#links ?? [];
  }

  get status(): { readonly code: SpanStatus; readonly message: string } {
    return { code: this.#status, message: this.#statusMessage };
  }

  /** What the limits kept out. */
  get dropped(): { readonly attributes: number; readonly events: number; readonly links: number } {
    return { attributes: this.#droppedAttributes, events: this.#droppedEvents, links: this.#droppedLinks };
  }

  /** Sets an attribute. `undefined` is ignored. @throws TypeError for a value that is none */
  setAttribute(key: string, value: AttributeValue | undefined): this {
    if (!this.#isOpen() || value === undefined) return this;
    checkValue(key, value);
    this.#attributes ??= {};
    const attributes = this.#attributes;
    if (!Object.hasOwn(attributes, key)) {
      if (this.#attributeCount >= this.#owner.limits.attributes) {
        this.#droppedAttributes++;
        return this;
      }
      this.#attributeCount++;
    }
    attributes[key] = cut(value, this.#owner.limits.valueLength);
    return this;
  }

  setAttributes(attributes: Readonly<Record<string, AttributeValue | undefined>>): this {
    if (!this.#isOpen()) return this;
    for (const key in attributes) this.setAttribute(key, attributes[key]);
    return this;
  }

  /** Something that happened at one moment. */
  addEvent(name: string, attributes: Attributes = NO_ATTRIBUTES, timeMs: number = this.#nowMs()): this {
    if (!this.#isOpen()) return this;
    for (const key in attributes) checkValue(key, attributes[key]);
    this.#events ??= [];
    if (this.#events.length >= this.#owner.limits.events) this.#droppedEvents++;
    else this.#events.push({ name, timeMs, attributes });
    return this;
  }

  /** Another span that has to do with it, of this trace or another. */
  addLink(link: SpanLink): this {
    if (!this.#isOpen()) return this;
    this.#links ??= [];
    if (this.#links.length >= this.#owner.limits.links) this.#droppedLinks++;
    else this.#links.push(link);
    return this;
  }

  /** `'ok'` is final; a message is kept of errors only. */
  setStatus(code: SpanStatus, message = ''): this {
    if (!this.#isOpen() || this.#status === 'ok' || code === 'unset') return this;
    this.#status = code;
    this.#statusMessage = code === 'error' ? message : '';
    return this;
  }

  /** Notes what was thrown, as an event; the status stays as it is. */
  recordException(thrown: unknown, timeMs?: number): this {
    if (!this.#isOpen()) return this;
    const error = thrown as { name?: unknown; message?: unknown; stack?: unknown; code?: unknown } | undefined;
    const isError = typeof thrown === 'object' && thrown !== null;
    const limit = this.#owner.limits.valueLength;
    const attributes: Record<string, AttributeValue> = {
      'exception.type': isError ? String(error?.code ?? error?.name ?? 'Error') : typeof thrown,
      'exception.message': String(isError ? (error?.message ?? '') : thrown).slice(0, limit),
    };
    if (isError && typeof error?.stack === 'string') attributes['exception.stacktrace'] = error.stack.slice(0, limit);
    return this.addEvent('exception', attributes, timeMs);
  }

  updateName(name: string): this {
    if (this.#isOpen()) this.#name = name;
    return this;
  }

  /** Ends it; a second time does nothing. Never before its beginning. */
  end(timeMs?: number): void {
    if (this.#endMs !== undefined) return;
    if (!this.isRecording) {
      this.#endMs = 0;
      return;
    }
    this.#endMs = Math.max(this.startMs, timeMs ?? this.#nowMs());
    this.#owner.onEnd(this);
  }

  [disposeSymbol](): void {
    this.end();
  }

  #isOpen(): boolean {
    return this.isRecording && this.#endMs === undefined;
  }

  #nowMs(): number {
    return this.isRecording ? this.anchorMs + this.#owner.clock.monotonic() : 0;
  }
}

function checkValue(key: string, value: unknown): void {
  const type = typeof value;
  if (type === 'string' || type === 'number' || type === 'boolean') return;
  if (Array.isArray(value) && value.every((one) => typeof one === typeof value[0] && typeof one !== 'object')) return;
  throw new TypeError(
    `The attribute "${key}" must be a string, a number, a boolean or an array of one of them, got ${describe(value)}`,
  );
}

function cut(value: AttributeValue, limit: number): AttributeValue {
  if (typeof value === 'string') return value.length > limit ? value.slice(0, limit) : value;
  if (typeof value === 'object' && typeof value[0] === 'string') {
    return (value as readonly string[]).map((text) => text.slice(0, limit));
  }
  return value;
}
