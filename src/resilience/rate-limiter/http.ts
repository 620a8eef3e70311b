/**
 * `limitRequests`: a rate limiter in front of a web-standard handler, which says in headers what is left: RateLimit and
 * RateLimit-Policy as in draft-ietf-httpapi-ratelimit-headers-10, Retry-After as in RFC 9110.
 */

import type { AnyRateLimiter, RateLimitKey, RateLimitResult } from './contract.js';
import type { UnionResult } from './union.js';

export interface LimitRequestsOptions {
  limiter: AnyRateLimiter;
  /** Who asks: a key, or `undefined` for one that is not limited. There is no default: what stands for a client only you know. */
  key: (request: Request) => RateLimitKey | undefined | Promise<RateLimitKey | undefined>;
  /** Units that a request takes. Default 1. */
  cost?: (request: Request) => number;
  /** Which requests are not limited. Default none. */
  skip?: (request: Request) => boolean;
  /** Name of the policy, in printable ASCII; of a union, one for each member. Default `'default'`. */
  name?: string | readonly string[];
  /** Also X-RateLimit-Limit, -Remaining and -Reset, seconds from now. Default false. */
  legacyHeaders?: boolean;
  /** What is answered to who is refused; the headers are added to it. Default 429 with a line of text. */
  onRefused?: (request: Request, result: RateLimitResult) => Response | Promise<Response>;
}

/** The answer to a request that is refused; `undefined` for one that may go on. */
export interface RequestLimit {
  (request: Request): Promise<Response | undefined>;
  /** The headers for the response to a request that was let through; none for one that was not limited. */
  headers(request: Request): readonly (readonly [name: string, value: string])[];
  /** A handler that is limited, and whose responses have the headers. */
  wrap<Rest extends unknown[]>(
    handler: (request: Request, ...rest: Rest) => Response | Promise<Response>,
  ): (request: Request, ...rest: Rest) => Promise<Response>;
}

type Header = readonly [name: string, value: string];

/** @throws TypeError for options */
export function limitRequests(options: LimitRequestsOptions): RequestLimit {
  const { limiter, key, cost = () => 1, skip = () => false, legacyHeaders = false, onRefused = tooMany } = options;
  if (typeof limiter?.consume !== 'function') throw new TypeError('limiter must be a rate limiter');
  if (typeof key !== 'function') throw new TypeError(`key must be a function, got ${typeof key}`);
  const names = namesOf(options.name ?? 'default', limiter);
  const said = new WeakMap<Request, readonly Header[]>();

  const limit = async (request: Request): Promise<Response | undefined> => {
    if (skip(request)) return undefined;
    const who = await key(request);
    if (who === undefined) return undefined;
    const result = await limiter.consume(who, cost(request));
    const headers = rateLimitHeaders(result, limiter, names, legacyHeaders);
    if (result.allowed) {
      said.set(request, headers);
      return undefined;
    }
    return withHeaders(await onRefused(request, result), headers);
  };
  const headers = (request: Request) => said.get(request) ?? [];
  return Object.assign(limit, {
    headers,
    wrap: <Rest extends unknown[]>(handler: (request: Request, ...rest: Rest) => Response | Promise<Response>) => {
      if (typeof handler !== 'function') throw new TypeError(`handler must be a function, got ${typeof handler}`);
      return async (request: Request, ...rest: Rest) =>
        (await limit(request)) ?? withHeaders(await handler(request, ...rest), headers(request));
    },
  });
}

/** What a result says in headers. Seconds are whole ones, counted up, so that nobody comes too early. */
export function rateLimitHeaders(
  result: RateLimitResult,
  limiter: AnyRateLimiter,
  name: string | readonly string[] = 'default',
  legacy = false,
): readonly Header[] {
  const names = typeof name === 'string' ? [name] : name;
  const results = (result as Partial<UnionResult>).results ?? [result];
  const windows = windowsOf(limiter, results.length);
  const policies = results.map(
    ({ limit }, i) => `${quoted(nameAt(names, i))};q=${limit};w=${seconds(windows[i] ?? 0)}`,
  );
  const left = results.map(
    ({ remaining, resetMs }, i) => `${quoted(nameAt(names, i))};r=${remaining};t=${seconds(resetMs)}`,
  );
  const headers: Header[] = [
    ['RateLimit-Policy', policies.join(', ')],
    ['RateLimit', left.join(', ')],
  ];
  if (legacy) {
    headers.push(
      ['X-RateLimit-Limit', String(result.limit)],
      ['X-RateLimit-Remaining', String(result.remaining)],
      ['X-RateLimit-Reset', String(seconds(result.resetMs))],
    );
  }
  if (!result.allowed && result.retryAfterMs !== Number.POSITIVE_INFINITY) {
    headers.push(['Retry-After', String(seconds(result.retryAfterMs))]);
  }
  return headers;
}

function tooMany(): Response {
  return new Response('Too many requests\n', { status: 429, headers: { 'Content-Type': 'text/plain' } });
}

/** Headers of some responses, such as those of `fetch`, cannot be changed: they are copied. */
function withHeaders(response: Response, headers: readonly Header[]): Response {
  if (headers.length === 0 || response.status === 101) return response;
  try {
    for (const [name, value] of headers) response.headers.set(name, value);
    return response;
  } catch {
    const copy = new Response(response.body, response);
    for (const [name, value] of headers) copy.headers.set(name, value);
    return copy;
  }
}

/** Most that an integer of a structured field can be. */
const MOST_SECONDS = 999_999_999_999_999;

function seconds(ms: number): number {
  return Math.min(MOST_SECONDS, Math.ceil(ms / 1000));
}

/** A string of structured fields (RFC 9651). */
function quoted(name: string): string {
  return `"${name.replaceAll(/["\\]/g, '\\$&')}"`;
}

function nameAt(names: readonly string[], i: number): string {
  return names[i] ?? `${names[0] ?? 'default'}-${i + 1}`;
}

function namesOf(name: string | readonly string[], limiter: AnyRateLimiter): readonly string[] {
  const names = typeof name === 'string' ? [name] : [...name];
  for (const each of names) {
    if (typeof each !== 'string' || !/^[\x20-\x7e]+$/.test(each)) {
      throw new TypeError(`The name of a policy must be of printable ASCII, got ${String(each)}`);
    }
  }
  const count = windowsOf(limiter).length;
  if (names.length > count) throw new TypeError(`${names.length} names for ${count} policies`);
  return names;
}

/** The window of each member. */
function windowsOf(limiter: AnyRateLimiter, count = 0): readonly number[] {
  const windows = (limiter as { windows?: readonly number[] }).windows;
  return windows ?? new Array<number>(Math.max(1, count)).fill(limiter.windowMs);
}
