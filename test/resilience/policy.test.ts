import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CircuitBreaker } from '../../src/resilience/circuit-breaker/index.js';
import { hedge } from '../../src/resilience/hedge/index.js';
import { pipeline } from '../../src/resilience/pipeline/index.js';
import { Call } from '../../src/resilience/policy/call.js';
import {
  HttpStatusError,
  type Next,
  Policy,
  type PolicyContext,
  parseRetryAfter,
  wrapFetch,
} from '../../src/resilience/policy/index.js';
import { LatencyWindow } from '../../src/resilience/policy/latency.js';
import { retry } from '../../src/resilience/retry/index.js';
import { seededRandom, testSeed } from '../support/random.js';
import { CountingSignal, reasonOf } from '../support/signals.js';

/** The least policy: runs what it is given. */
class Plain extends Policy {
  async run<R>(next: Next<R>, call: Call): Promise<R> {
    return next(call);
  }
}

describe('Policy', () => {
  it('tells the function its signal, its attempt and what the caller said', async () => {
    const controller = new AbortController();
    const options = { signal: controller.signal, priority: 3, partition: 'live', idempotencyKey: 'k1' };
    const seen = await new Plain().execute((context) => context, options);
    expect(seen.signal).toBe(controller.signal);
    expect([seen.attempt, seen.priority, seen.partition, seen.idempotencyKey]).toEqual([1, 3, 'live', 'k1']);
    const alone = await new Plain().execute(({ signal, attempt, priority }) => [signal.aborted, attempt, priority]);
    expect(alone).toEqual([false, 1, 0]);
  });

  it('rejects with exactly the reason of a signal that is aborted before, and runs nothing', async () => {
    for (const policy of [new Plain(), pipeline(new Plain()), retry(), new CircuitBreaker(), hedge(1)]) {
      let ran = false;
      const reason = { not: 'an error' };
      const run = policy.execute(
        () => {
          ran = true;
        },
        { signal: AbortSignal.abort(reason) },
      );
      expect(await reasonOf(run)).toBe(reason);
      expect(ran).toBe(false);
    }
  });

  it('refuses at once what cannot be', () => {
    const policy = new Plain();
    expect(() => policy.execute(1 as never)).toThrow('What is executed must be a function, got number');
    expect(() => policy.execute(() => 1, { signal: {} as never })).toThrow('signal must be an AbortSignal, got object');
    expect(() => policy.execute(() => 1, { priority: Number.NaN })).toThrow('priority must be a number, got NaN');
    expect(() => policy.execute(() => 1, { partition: 1 as never })).toThrow('partition must be a string, got number');
    expect(() => policy.execute(() => 1, null as never)).toThrow('options must be an object, got null');
    expect(() => policy.wrap(1 as never)).toThrow('What is wrapped must be a function, got number');
  });

  it('wraps functions with their this, their arguments, and options made of these', async () => {
    const policy = new Plain();
    const controller = new AbortController();
    const object = {
      factor: 3,
      times: policy.wrap(async function (this: { factor: number }, value: number) {
        return this.factor * value;
      }),
      load: policy.wrapWithContext(
        async function (this: { factor: number }, { signal, attempt }: PolicyContext, id: number, given: AbortSignal) {
          return [this.factor, attempt, id, signal === given];
        },
        (_id: number, signal: AbortSignal) => ({ signal }),
      ),
    };
    expect(await object.times(4)).toBe(12);
    expect(await object.load(7, controller.signal)).toEqual([3, 1, 7, true]);
  });

  it('decorates methods as compilers apply decorators', async () => {
    const source = `
      class Client {
        calls = 0;
        @policy.decorate async load(id) {
          this.calls++;
          if (this.calls < 3) throw new Error('not yet');
          return id + ' after ' + this.calls;
        }
      }
      run = () => new Client().load('a');`;
    const { outputText } = ts.transpileModule(source, { compilerOptions: { target: ts.ScriptTarget.ES2022 } });
    const run = new Function('policy', `let run; ${outputText}; return run();`) as (policy: Policy) => Promise<string>;
    expect(await run(retry({ backoff: 0 }))).toBe('a after 3');
    expect(() => new Plain().decorate(async () => 1, { kind: 'field', name: 'x' })).toThrow(
      'A policy decorates methods, got a field: x',
    );
  });

  it('reports what a listener throws as uncaught, and gives the result all the same', async () => {
    const uncaught: unknown[] = [];
    const hear = (error: unknown) => uncaught.push(error);
    const listeners = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', hear);
    try {
      const policy = retry();
      const stop = policy.on('success', () => {
        throw new Error('of the listener');
      });
      expect(await policy.execute(() => 5)).toBe(5);
      stop();
      await policy.execute(() => 6);
      await new Promise((resolve) => setImmediate(resolve));
      expect(uncaught).toMatchObject([{ message: 'of the listener' }]);
    } finally {
      process.off('uncaughtException', hear);
      for (const listener of listeners) process.on('uncaughtException', listener);
    }
  });
});

describe('Call', () => {
  const root = (signal?: AbortSignal) => new Call(() => 1, { signal }, undefined, 1, undefined, false);

  it('makes one signal that never aborts where nothing can abort', () => {
    const call = root();
    expect(call.abortable).toBe(false);
    expect(call.signal).toBe(call.signal);
    expect(call.retried(2, undefined).signal).toBe(call.signal);
    expect(call.signal.aborted).toBe(false);
  });

  it('hands an abort down to every scope, with its reason, whether or not its signal was read before', () => {
    for (const readBefore of [true, false]) {
      const counting = new CountingSignal();
      const outer = root(counting.signal).scope();
      const inner = outer.retried(2, undefined).scope(3);
      if (readBefore) expect([outer.signal.aborted, inner.signal.aborted]).toEqual([false, false]);
      counting.abort('gone');
      expect([outer.aborted, inner.aborted, inner.reason]).toEqual([true, true, 'gone']);
      expect([outer.signal.reason, inner.signal.reason]).toEqual(['gone', 'gone']);
    }
  });

  it('aborts what is below and not what is above, and nothing once it has ended', () => {
    const counting = new CountingSignal();
    const above = root(counting.signal).scope();
    const scope = above.scope();
    const below = scope.scope();
    const signal = below.signal;
    expect(counting.listeners).toBe(1);
    scope.abort('mine');
    scope.abort('again');
    expect([signal.reason, scope.reason, above.aborted]).toEqual(['mine', 'mine', false]);
    const ended = above.scope();
    const { signal: free } = ended;
    ended.end();
    ended.abort('late');
    above.end();
    counting.abort('later');
    expect([free.aborted, counting.listeners]).toEqual([false, 0]);
    expect(() => root().abort('x')).toThrow('Only a call made by scope() can be aborted');
  });
});

describe('LatencyWindow', () => {
  it('gives the percentile by nearest rank of the latest samples', () => {
    const random = seededRandom(testSeed('latency window'));
    const window = new LatencyWindow(32);
    const all: number[] = [];
    expect(window.percentile(0.5)).toBeUndefined();
    for (let i = 0; i < 500; i++) {
      const sample = random.below(1000);
      all.push(sample);
      window.add(sample);
      const latest = all.slice(-32).sort((a, b) => a - b);
      const quantile = random.next() || 1;
      const exact = latest[Math.max(0, Math.ceil(quantile * latest.length) - 1)];
      if (i < 31) expect(window.percentile(quantile)).toBe(exact);
      // A full ring may be asked about as it was two samples ago.
      else
        expect([0, 1, 2].map((ago) => at(all.slice(0, all.length - ago), quantile))).toContain(
          window.percentile(quantile),
        );
    }
  });

  function at(all: number[], quantile: number): number | undefined {
    const latest = all.slice(-32).sort((a, b) => a - b);
    return latest[Math.max(0, Math.ceil(quantile * latest.length) - 1)];
  }
});

describe('parseRetryAfter', () => {
  const NOV_1994 = Date.UTC(1994, 10, 6, 8, 49, 37);

  it('reads the seconds and the three dates of RFC 9110', () => {
    expect(parseRetryAfter('120', 0)).toBe(120_000);
    expect(parseRetryAfter(' 0 ', 0)).toBe(0);
    const dates = ['Sun, 06 Nov 1994 08:49:37 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994'];
    for (const date of dates) {
      expect(parseRetryAfter(date, NOV_1994 - 5000)).toBe(5000);
      expect(parseRetryAfter(date, NOV_1994 + 5000)).toBe(0);
    }
    // Two digits of a year are at most fifty years ahead.
    expect(parseRetryAfter('Friday, 01-Jan-27 00:00:00 GMT', Date.UTC(2026, 11, 31, 23, 59, 59))).toBe(1000);
  });

  it('gives undefined for anything else', () => {
    for (const text of [
      null,
      undefined,
      '',
      '-1',
      '1.5',
      '1e3',
      'soon',
      '2026-01-01',
      'Sun, 06 Nox 1994 08:49:37 GMT',
    ]) {
      expect(parseRetryAfter(text, 0)).toBeUndefined();
    }
    expect(parseRetryAfter('Sun, 31 Feb 2027 08:49:37 GMT', 0)).toBeUndefined();
    expect(parseRetryAfter('Sun, 06 Nov 1994 25:49:37 GMT', 0)).toBeUndefined();
  });
});

describe('wrapFetch', () => {
  let url = '';
  let requests: { headers: IncomingMessage['headers']; body: string }[] = [];
  let answer: (response: ServerResponse, attempt: number) => void;
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    requests.push({ headers: request.headers, body });
    answer(response, requests.length);
  });

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const failing =
    (times: number, status = 503, headers = {}) =>
    (response: ServerResponse, attempt: number) =>
      response.writeHead(attempt <= times ? status : 200, headers).end(`attempt ${attempt}`);

  it('retries failing statuses with the same key and body, and gives the response that is good', async () => {
    requests = [];
    answer = failing(2);
    const policy = retry({ backoff: 0, idempotencyKey: () => 'key-1' });
    const delays: number[] = [];
    policy.on('retry', ({ delayMs }) => delays.push(delayMs));
    const load = wrapFetch(policy);
    const response = await load(new Request(url, { method: 'POST', body: 'hello', headers: { 'x-a': '1' } }));
    expect([response.status, await response.text()]).toEqual([200, 'attempt 3']);
    expect(requests.map(({ headers, body }) => [headers['idempotency-key'], headers['x-a'], body])).toEqual([
      ['key-1', '1', 'hello'],
      ['key-1', '1', 'hello'],
      ['key-1', '1', 'hello'],
    ]);
    expect(delays).toEqual([0, 0]);
  });

  it('honours Retry-After, and gives the last response when all fail, unless told to throw', async () => {
    requests = [];
    answer = failing(9, 429, { 'retry-after': '7' });
    const policy = retry({ backoff: 0, maxRetryAfterMs: 5000 });
    const response = await wrapFetch(policy)(url);
    // Seven seconds were asked for, and nobody waits that long.
    expect([response.status, await response.text(), requests.length]).toEqual([429, 'attempt 1', 1]);
    const thrown = await reasonOf(wrapFetch(policy, { throwOnFailure: true })(url));
    expect(thrown).toBeInstanceOf(HttpStatusError);
    expect(thrown).toMatchObject({ code: 'HTTP_STATUS', status: 429, retryAfterMs: 7000 });
  });

  it('counts what isFailure says, and hands network errors on', async () => {
    requests = [];
    answer = failing(1, 404);
    const load = wrapFetch(retry({ backoff: 0 }), { isFailure: ({ status }) => status === 404 });
    expect((await load(url)).status).toBe(200);
    const broken = wrapFetch(retry({ maxAttempts: 1 }), { fetch: () => Promise.reject(new TypeError('no network')) });
    expect(await reasonOf(broken(url))).toMatchObject({ message: 'no network' });
  });

  it('aborts with exactly the reason of the request, also while a body is read', async () => {
    requests = [];
    answer = (response) => void response.writeHead(200).write('begun');
    const controller = new AbortController();
    const load = wrapFetch(hedge(10_000));
    const response = await load(url, { signal: controller.signal });
    const body = reasonOf(response.text());
    controller.abort(new Error('enough'));
    expect(await body).toMatchObject({ message: 'enough' });
    const early = AbortSignal.abort('before');
    expect(await reasonOf(load(url, { signal: early }))).toBe('before');
  });

  it('cancels the bodies of responses that nobody gets', async () => {
    const cancelled: number[] = [];
    let attempt = 0;
    const fetching = async () => {
      const number = ++attempt;
      const body = new ReadableStream({ cancel: () => void cancelled.push(number) });
      return new Response(body, { status: 500 });
    };
    const load = wrapFetch(retry({ backoff: 0, maxAttempts: 3 }), { fetch: fetching });
    expect((await load('http://nowhere/')).status).toBe(500);
    expect(cancelled).toEqual([1, 2]);
  });
});
