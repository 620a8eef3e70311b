/** From one process to the next: what stands in headers, and wrappers for `fetch` and for handlers that put it there. */

import { Baggage } from './baggage.js';
import type { Span } from './span.js';
import { formatTraceparent, parseTraceparent, type SpanContext } from './trace-context.js';
import { endAfter, type Tracer } from './tracer.js';

/** What a Headers object is to those who read. */
export interface HeaderReader {
  get(name: string): string | null;
}

export interface HeaderWriter {
  set(name: string, value: string): void;
}

/** What the headers of a request say. */
export interface Extracted {
  /** `undefined` where they are missing or invalid: then a new trace begins. */
  readonly context: SpanContext | undefined;
  readonly baggage: Baggage;
}

export function extract(headers: HeaderReader): Extracted {
  return {
    context: parseTraceparent(headers.get('traceparent'), headers.get('tracestate')),
    baggage: Baggage.parse(headers.get('baggage')),
  };
}

/** Writes `traceparent`, and `tracestate` and `baggage` where there are any. */
export function inject(headers: HeaderWriter, context: SpanContext, baggage: Baggage = Baggage.EMPTY): void {
  headers.set('traceparent', formatTraceparent(context));
  if (context.traceState.size > 0) headers.set('tracestate', context.traceState.toString());
  if (baggage.size > 0) headers.set('baggage', baggage.toString());
}

type Fetch = typeof fetch;

export interface TraceFetchOptions {
  /** Default the platform's. */
  fetch?: Fetch;
  /** Whether a server is told of the trace: default all. Those of strangers need not be. */
  propagate?: (url: URL) => boolean;
  /** The span's name. Default the method. */
  nameOf?: (request: Request) => string;
}

/** `fetch` in a span of kind client, whose context goes with the request. */
export function traceFetch(tracer: Tracer, options: TraceFetchOptions = {}): Fetch {
  const { propagate = () => true, nameOf = ({ method }) => method } = options;
  const send: Fetch = options.fetch ?? ((...args) => fetch(...args));
  return async (input, init) => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    const attributes = {
      'http.request.method': request.method,
      'url.full': url.href,
      'server.address': url.hostname,
      'server.port': Number(url.port) || (url.protocol === 'https:' ? 443 : 80),
    };
    return tracer.span(nameOf(request), { kind: 'client', attributes }, async (span) => {
      const headers = new Headers(request.headers);
      if (propagate(url)) inject(headers, span, tracer.baggage);
      const response = await send(new Request(request, { headers }));
      noteStatus(span, response.status, 400);
      return response;
    });
  };
}

export interface TraceHandlerOptions {
  /** The route that a request takes, for the span's name: default none, the method alone. */
  routeOf?: (request: Request) => string | undefined;
  /** Whether the traces of others are gone on with. Default true; where strangers ask, a new trace that links to theirs. */
  trust?: boolean;
}

type Handler<Args extends unknown[]> = (request: Request, ...args: Args) => Response | Promise<Response>;

/** A handler in a span of kind server, which goes on with the trace that the request belongs to. */
export function traceHandler<Args extends unknown[]>(
  tracer: Tracer,
  handler: Handler<Args>,
  options: TraceHandlerOptions = {},
): (request: Request, ...args: Args) => Promise<Response> {
  const { routeOf = () => undefined, trust = true } = options;
  return async (request, ...args) => {
    const { context, baggage } = extract(request.headers);
    const url = new URL(request.url);
    const route = routeOf(request);
    const span = tracer.startSpan(route === undefined ? request.method : `${request.method} ${route}`, {
      kind: 'server',
      parent: (trust ? context : undefined) ?? null,
      links: trust || context === undefined ? [] : [{ context }],
      attributes: {
        'http.request.method': request.method,
        'url.path': url.pathname,
        'url.scheme': url.protocol.slice(0, -1),
        ...(route === undefined ? {} : { 'http.route': route }),
      },
    });
    const run = (): Promise<Response> =>
      endAfter(span, async () => {
        const response = await handler(request, ...args);
        noteStatus(span, response.status, 500);
        return response;
      });
    return tracer.withBaggage(trust ? baggage : Baggage.EMPTY, () => tracer.with(span, run));
  };
}

/** What is an error to a client is, below 500, none to the server. */
function noteStatus(span: Span, status: number, errorsFrom: number): void {
  span.setAttribute('http.response.status_code', status);
  if (status >= errorsFrom) span.setAttribute('error.type', String(status)).setStatus('error');
}
