/** `Tracer`: begins spans, knows which one is active, and hands those that have ended to its processors. */

import { disposeAsyncSymbol } from '../../../bindings/dispose.js';
import { describe } from '../../../bindings/staging.js';
import { type Clock, systemClock } from '../../ports/clock.js';
import type { ContextStorage } from '../../ports/context.js';
import { type Random, systemRandom } from '../../ports/random.js';
import type { Attributes } from '../otlp/values.js';
import { Baggage } from './baggage.js';
import { makeSpanId, makeTraceId } from './ids.js';
import type { SpanProcessor } from './processors.js';
import { alwaysSample, type Sampler, sampleByParent } from './samplers.js';
import { defaultStorage, type Scope } from './scope.js';
import { DEFAULT_LIMITS, Span, type SpanKind, type SpanLimits, type SpanLink, type SpanOwner } from './span.js';
import { RANDOM, SAMPLED, type SpanContext, TraceState } from './trace-context.js';

export interface TracerOptions {
  /** Default: as the parent, and always where there is none. */
  sampler?: Sampler;
  /** What gets the spans that have ended. */
  processors?: readonly SpanProcessor[];
  /** How much one span holds. Default 128 attributes, events and links, and 4096 characters of a value. */
  limits?: Partial<SpanLimits>;
  /** Which span is active. Default one for all tracers: AsyncLocalStorage where there is one. */
  storage?: ContextStorage<Scope>;
  /** Default the platform's, as the random source. */
  clock?: Clock;
  random?: Random;
}

export interface SpanOptions {
  /** Default `'internal'`. */
  kind?: SpanKind | undefined;
  /** Default the active span; `null` begins a new trace. */
  parent?: SpanContext | null | undefined;
  attributes?: Attributes | undefined;
  links?: readonly SpanLink[] | undefined;
  /** Milliseconds since 1970. Default now. */
  startMs?: number | undefined;
}

const KINDS: readonly SpanKind[] = ['internal', 'server', 'client', 'producer', 'consumer'];
const NO_OPTIONS: SpanOptions = Object.freeze({});
const NO_ATTRIBUTES: Attributes = Object.freeze({});

export class Tracer {
  readonly #sampler: Sampler;
  readonly #processors: readonly SpanProcessor[];
  readonly #storage: ContextStorage<Scope>;
  readonly #random: Random;
  readonly #owner: SpanOwner;

  /** @throws TypeError, RangeError */
  constructor(options: TracerOptions = {}) {
    const { sampler = sampleByParent(alwaysSample), processors = [], limits = {}, clock = systemClock } = options;
    const { random = systemRandom, storage = defaultStorage() } = options;
    const all = { ...DEFAULT_LIMITS, ...limits };
    for (const [name, limit] of Object.entries(all)) {
      if (!(Number.isInteger(limit) && limit >= 0)) {
        throw new RangeError(`limits.${name} must be an integer from 0, got ${describe(limit)}`);
      }
    }
    this.#sampler = sampler;
    this.#processors = [...processors];
    this.#storage = storage;
    this.#random = random;
    this.#owner = {
      clock,
      limits: all,
      makeId: () => makeSpanId(random),
      onEnd: (span) => {
        for (const processor of this.#processors) processor.onEnd(span);
      },
    };
  }

  /** Begins a span, which is not active: pass it on, or see `with`. To be ended by its `end`, or by `using`. */
  startSpan(name: string, options: SpanOptions = NO_OPTIONS): Span {
    const { kind = 'internal', attributes, links, startMs } = options;
    if (typeof name !== 'string') throw new TypeError(`The name of a span must be a string, got ${describe(name)}`);
    if (!KINDS.includes(kind)) throw new RangeError(`kind must be one of ${KINDS.join(', ')}, got ${describe(kind)}`);
    const parent = options.parent === undefined ? this.#storage.get()?.span : (options.parent ?? undefined);
    const traceId = parent === undefined ? makeTraceId(this.#random) : parent.traceId;
    const decision = this.#sampler.decide({ traceId, name, kind, attributes: attributes ?? NO_ATTRIBUTES, parent });
    const random = parent === undefined ? RANDOM : parent.traceFlags & RANDOM;
    const flags = random | (decision === 'sample' ? SAMPLED : 0);
    const traceState = parent === undefined ? TraceState.EMPTY : parent.traceState;
    const records = decision !== 'drop';
    const span = new Span(this.#owner, name, kind, traceId, parent, flags, traceState, records, startMs);
    if (!records) return span;
    if (attributes !== undefined) span.setAttributes(attributes);
    for (const link of links ?? []) span.addLink(link);
    for (const processor of this.#processors) processor.onStart?.(span);
    return span;
  }

  /**
   * Runs a function in a span that is active meanwhile, and ends it when the function has ended, or its promise has settled.
   * What is thrown is noted, makes the status an error, and is thrown on.
   */
  span<R>(name: string, fn: (span: Span) => R): R;
  span<R>(name: string, options: SpanOptions, fn: (span: Span) => R): R;
  span<R>(name: string, options: SpanOptions | ((span: Span) => R), fn?: (span: Span) => R): R {
    const run = (fn ?? options) as (span: Span) => R;
    if (typeof run !== 'function')
      throw new TypeError(`What is run in a span must be a function, got ${describe(run)}`);
    const span = this.startSpan(name, fn === undefined ? NO_OPTIONS : (options as SpanOptions));
    return this.with(span, () => endAfter(span, () => run(span)));
  }

  /** The span that is active; `undefined` when there is none, or it is in another process. */
  get active(): Span | undefined {
    const span = this.#storage.get()?.span;
    return span instanceof Span ? span : undefined;
  }

  /** What is active, be it of this process or of another. */
  get activeContext(): SpanContext | undefined {
    return this.#storage.get()?.span;
  }

  /** Runs a function in which this span, or what came from another process, is active; it is not ended. */
  with<R>(span: SpanContext | undefined, fn: () => R): R {
    return this.#storage.run({ ...this.#storage.get(), span }, fn);
  }

  /** What travels with the request that is active. */
  get baggage(): Baggage {
    return this.#storage.get()?.baggage ?? Baggage.EMPTY;
  }

  withBaggage<R>(baggage: Baggage, fn: () => R): R {
    return this.#storage.run({ ...this.#storage.get(), baggage }, fn);
  }

  /** @internal */
  get storage(): ContextStorage<Scope> {
    return this.#storage;
  }

  /** Sends what the processors hold. Rejects with exactly `signal.reason`. */
  async flush(signal?: AbortSignal): Promise<void> {
    await Promise.all(this.#processors.map((processor) => processor.flush?.(signal)));
  }

  /** Flushes and closes the processors. */
  async close(signal?: AbortSignal): Promise<void> {
    await Promise.all(this.#processors.map((processor) => processor.close?.(signal)));
  }

  [disposeAsyncSymbol](): Promise<void> {
    return this.close();
  }
}

/** Ends a span once what runs has ended. */
export function endAfter<R>(span: Span, run: () => R): R {
  let result: R;
  try {
    result = run();
  } catch (error) {
    fail(span, error);
    throw error;
  }
  if (typeof (result as { then?: unknown } | undefined | null)?.then !== 'function') {
    span.end();
    return result;
  }
  return (result as PromiseLike<unknown> & R).then(
    (value: unknown) => {
      span.end();
      return value;
    },
    (reason: unknown) => {
      fail(span, reason);
      throw reason;
    },
  ) as R;
}

function fail(span: Span, error: unknown): void {
  span.recordException(error).setStatus('error', error instanceof Error ? error.message : String(error));
  span.end();
}
