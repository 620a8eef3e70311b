/** What answers a scrape, in the web's form: a Request in, a Response out. */

import { describe } from '../../../bindings/staging.js';
import type { ExposeOptions } from './expose.js';
import type { MetricsRegistry } from './registry.js';
import type { TextFormat } from './text.js';

export interface MetricsHandlerOptions extends Omit<ExposeOptions, 'format' | 'names' | 'signal'> {
  /** Whether to compress for those who ask, where the runtime has a CompressionStream. Default true. */
  gzip?: boolean;
  /** Scrapes at a time, beyond which the answer is 503. Default 8. */
  maxScrapes?: number;
}

const CONTENT_TYPES: Readonly<Record<TextFormat, string>> = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};
const DEFAULT_MAX_SCRAPES = 8;

/**
 * A handler that gives OpenMetrics to who accepts it and prefers it, else Prometheus's text format 0.0.4. The query may ask
 * for some metrics: `?name[]=http_requests_total&name[]=up`. The body is streamed: a scrape that is given up is not finished.
 */
export function metricsHandler(
  registry: MetricsRegistry,
  options: MetricsHandlerOptions = {},
): (request: Request) => Promise<Response> {
  const { gzip = true, maxScrapes = DEFAULT_MAX_SCRAPES, ...exposing } = options;
  if (!(Number.isInteger(maxScrapes) && maxScrapes >= 1)) {
    throw new RangeError(`maxScrapes must be an integer from 1, got ${describe(maxScrapes)}`);
  }
  let scrapes = 0;
  return async (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return new Response('Only GET and HEAD\n', { status: 405, headers: { allow: 'GET, HEAD' } });
    }
    const format = negotiate(request.headers.get('accept'));
    const packed =
      gzip && typeof CompressionStream !== 'undefined' && acceptsGzip(request.headers.get('accept-encoding'));
    const headers: Record<string, string> = {
      'content-type': CONTENT_TYPES[format],
      'cache-control': 'no-store',
      vary: 'accept, accept-encoding',
      ...(packed ? { 'content-encoding': 'gzip' } : {}),
    };
    if (request.method === 'HEAD') return new Response(null, { headers });
    if (scrapes >= maxScrapes) {
      return new Response('Too many scrapes\n', { status: 503, headers: { 'retry-after': '1' } });
    }
    scrapes++;
    const names = new URL(request.url).searchParams.getAll('name[]');
    const pieces = registry.expose({ ...exposing, format, names, signal: request.signal });
    const text = streamOf(pieces, () => scrapes--);
    const body = packed ? text.pipeThrough(new CompressionStream('gzip')) : text;
    return new Response(body, { headers });
  };
}

/** The format for an Accept header: OpenMetrics where it is accepted at least as gladly as plain text. */
function negotiate(accept: string | null): TextFormat {
  if (accept === null) return 'prometheus';
  let open = 0;
  let plain = 0;
  for (const range of accept.toLowerCase().split(',')) {
    const [type, ...parameters] = range.split(';').map((part) => part.trim());
    const quality = Number(parameters.find((it) => it.startsWith('q='))?.slice(2) ?? 1);
    const version = parameters.find((it) => it.startsWith('version='))?.slice(8);
    if (!(quality > 0)) continue;
    if (type === 'application/openmetrics-text' && (version === undefined || version === '1.0.0')) {
      open = Math.max(open, quality);
    }
    if ((type === 'text/plain' && (version === undefined || version === '0.0.4')) || type === 'text/*') {
      plain = Math.max(plain, quality);
    }
  }
  return open > 0 && open >= plain ? 'openmetrics' : 'prometheus';
}

function acceptsGzip(header: string | null): boolean {
  return (header ?? '').split(',').some((part) => {
    const [coding, ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    return (coding === 'gzip' || coding === '*') && !parameters.some((it) => /^q=0(\.0*)?$/.test(it));
  });
}

/** Pieces of text as bytes, one for each that is asked for. */
function streamOf(
  pieces: AsyncGenerator<string, void, void>,
  onEnd: () => void,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  let ended = false;
  const end = (): void => {
    if (!ended) onEnd();
    ended = true;
  };
  return new ReadableStream({
    async pull(controller) {
      try {
        const next = await pieces.next();
        if (next.done) {
          end();
          controller.close();
        } else {
          controller.enqueue(encoder.encode(next.value));
        }
      } catch (error) {
        end();
        throw error;
      }
    },
    async cancel() {
      end();
      await pieces.return();
    },
  });
}
