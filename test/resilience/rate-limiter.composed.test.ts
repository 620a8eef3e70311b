import { describe, expect, it, vi } from 'vitest';
import {
  type AsyncRateLimiter,
  AsyncRateLimiterUnion,
  FixedWindow,
  InsuredRateLimiter,
  limitRequests,
  RateLimitedError,
  type RateLimiter,
  RateLimiterUnion,
  RememberingRateLimiter,
  rateLimited,
  SlidingWindowLog,
  TokenBucket,
} from '../../src/resilience/rate-limiter/index.js';
import { CountingSignal } from '../support/signals.js';
import { ManualTime, settled } from '../support/time.js';

/** A limiter that is elsewhere: each call waits a turn, is counted, and fails while it is told to. */
class Remote implements AsyncRateLimiter {
  calls = 0;
  failure: unknown = undefined;
  hangs = false;
  readonly limit: number;
  readonly windowMs: number;

  constructor(readonly inner: RateLimiter) {
    this.limit = inner.limit;
    this.windowMs = inner.windowMs;
  }

  async #do<T>(call: () => T): Promise<T> {
    this.calls++;
    if (this.hangs) await new Promise(() => {});
    await null;
    if (this.failure !== undefined) throw this.failure;
    return call();
  }

  consume = (...args: Parameters<RateLimiter['consume']>) => this.#do(() => this.inner.consume(...args));
  peek = (...args: Parameters<RateLimiter['peek']>) => this.#do(() => this.inner.peek(...args));
  penalty = (...args: Parameters<RateLimiter['penalty']>) => this.#do(() => this.inner.penalty(...args));
  reward = (...args: Parameters<RateLimiter['reward']>) => this.#do(() => this.inner.reward(...args));
  block = (...args: Parameters<RateLimiter['block']>) => this.#do(() => this.inner.block(...args));
  delete = (...args: Parameters<RateLimiter['delete']>) => this.#do(() => this.inner.delete(...args));
  async acquire(...args: Parameters<RateLimiter['acquire']>) {
    await this.#do(() => {});
    return this.inner.acquire(...args);
  }
}

const perSecond = (clock: ManualTime, limit = 3) => new FixedWindow({ limit, windowMs: 1000, clock, timer: clock });
const perMinute = (clock: ManualTime, limit = 5) =>
  new SlidingWindowLog({ limit, windowMs: 60_000, clock, timer: clock });

describe('RateLimiterUnion', () => {
  it('takes from all or from none, and says what is least and what takes longest', () => {
    const clock = new ManualTime();
    const [second, minute] = [perSecond(clock), perMinute(clock)];
    const union = new RateLimiterUnion([second, minute], { timer: clock });
    expect([union.limit, union.windowMs]).toEqual([3, 60_000]);
    expect(union.consume('key', 2)).toMatchObject({ allowed: true, remaining: 1, limit: 3, retryAfterMs: 0 });
    const refused = union.consume('key', 2);
    expect(refused).toMatchObject({ allowed: false, remaining: 1, retryAfterMs: 1000 });
    expect(refused.results.map(({ allowed }) => allowed)).toEqual([false, true]);
    expect([second.peek('key').remaining, minute.peek('key').remaining]).toEqual([1, 3]);
    clock.advance(1000);
    expect(union.consume('key', 3)).toMatchObject({ allowed: true, remaining: 0 });
    clock.advance(1000);
    expect(union.consume('key')).toMatchObject({ allowed: false, remaining: 0, limit: 5, retryAfterMs: 58_000 });
    expect(second.peek('key').remaining).toBe(3);
    expect(union.reward('key', 1).results.map(({ remaining }) => remaining)).toEqual([3, 1]);
    expect(union.penalty('key').remaining).toBe(0);
    expect(union.block('key', 500_000)).toMatchObject({ allowed: false, retryAfterMs: 500_000 });
    expect([union.delete('key'), union.delete('key')]).toEqual([true, false]);
    expect(union.peek('key')).toMatchObject({ allowed: true, remaining: 3 });
  });

  it('gives back what it took where another thread was faster', () => {
    const clock = new ManualTime();
    const [first, second] = [perMinute(clock), perSecond(clock)];
    const union = new RateLimiterUnion([first, second]);
    const peek = second.peek.bind(second);
    second.peek = (...args) => {
      const result = peek(...args);
      second.penalty('key', 3);
      return result;
    };
    expect(union.consume('key').allowed).toBe(false);
    expect(first.peek('key').remaining).toBe(5);
  });

  it('waits until all let through', async () => {
    const time = new ManualTime();
    using union = new RateLimiterUnion([perSecond(time), perMinute(time)], { timer: time, maxQueue: 2 });
    await union.acquire('key', 3);
    const order: number[] = [];
    const waits = [
      union.acquire('key', 2).then(() => order.push(2)),
      union.acquire('key', 1).then(() => order.push(1)),
    ];
    await expect(union.acquire('key')).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    expect(() => union.acquire('key', 4)).toThrow(RangeError);
    await time.pass(999);
    expect(order).toEqual([]);
    await time.pass(1);
    expect(order).toEqual([2]);
    await time.pass(60_000, 600);
    await Promise.all(waits);
    expect([order, time.pending]).toEqual([[2, 1], 0]);
    expect(() => new RateLimiterUnion([])).toThrow(TypeError);
    expect(() => new RateLimiterUnion([{} as never])).toThrow(TypeError);
  });
});

describe('AsyncRateLimiterUnion', () => {
  it('takes from all or from none, wherever they are', async () => {
    const clock = new ManualTime();
    const remote = new Remote(perMinute(clock));
    const union = new AsyncRateLimiterUnion([perSecond(clock), remote]);
    expect(await union.consume('key', 3)).toMatchObject({ allowed: true, remaining: 0 });
    expect((await union.consume('key', 1)).allowed).toBe(false);
    expect((await remote.peek('key')).remaining).toBe(2);
    clock.advance(1000);
    remote.failure = new Error('away');
    await expect(union.consume('key')).rejects.toBe(remote.failure);
    remote.failure = undefined;
    expect(await union.peek('key')).toMatchObject({ allowed: true, remaining: 2 });
    expect((await union.peek('key')).results.map(({ remaining }) => remaining)).toEqual([3, 2]);
    expect(await union.penalty('key', 2)).toMatchObject({ remaining: 0 });
    expect(await union.reward('key', 2)).toMatchObject({ remaining: 2 });
    expect((await union.block('key', 1000)).allowed).toBe(false);
    expect(await union.delete('key')).toBe(true);
    expect((await union.acquire('key')).allowed).toBe(true);
  });

  it('gives back what came too late for who waited', async () => {
    const clock = new ManualTime();
    const remote = new Remote(perMinute(clock));
    const union = new AsyncRateLimiterUnion([remote]);
    const { signal, controller } = new CountingSignal();
    const wait = union.acquire('key', 4, { signal });
    controller.abort('no');
    await expect(wait).rejects.toBe('no');
    await settled();
    expect((await remote.peek('key')).remaining).toBe(5);
  });
});

describe('InsuredRateLimiter', () => {
  it('answers by the insurance where the first fails, and asks the first again after the pause', async () => {
    const time = new ManualTime();
    const remote = new Remote(perMinute(time));
    const failures: unknown[] = [];
    const insured = new InsuredRateLimiter(remote, perMinute(time, 2), {
      ...{ clock: time, timer: time, pauseMs: 1000, onFailure: (error: unknown) => failures.push(error) },
    });
    expect([insured.limit, insured.windowMs]).toEqual([5, 60_000]);
    expect((await insured.consume('key')).remaining).toBe(4);
    remote.failure = new Error('away');
    expect((await insured.consume('key')).remaining).toBe(1);
    remote.failure = undefined;
    expect((await insured.consume('key')).remaining).toBe(0);
    expect((await insured.consume('key')).allowed).toBe(false);
    expect([remote.calls, insured.paused, failures.length]).toEqual([2, true, 1]);
    time.advance(1000);
    expect((await insured.consume('key')).remaining).toBe(3);
    expect((await insured.penalty('key')).remaining).toBe(2);
    expect((await insured.reward('key')).remaining).toBe(3);
    expect((await insured.peek('key')).remaining).toBe(3);
    expect((await insured.block('key', 5)).allowed).toBe(false);
    expect(await insured.delete('key')).toBe(true);
    expect((await insured.acquire('key')).remaining).toBe(4);
  });

  it('calls one that does not answer in time failed, and misuse misuse', async () => {
    const time = new ManualTime();
    const remote = new Remote(perMinute(time));
    const insured = new InsuredRateLimiter(remote, perMinute(time, 2), { clock: time, timer: time, timeoutMs: 50 });
    await expect(insured.consume('key', -1)).rejects.toThrow(RangeError);
    remote.hangs = true;
    const late = insured.consume('key');
    await settled();
    time.advance(50);
    expect((await late).remaining).toBe(1);
    remote.hangs = false;
    expect((await insured.consume('key')).remaining).toBe(4);
    await settled();
    expect(time.pending).toBe(0);
    expect(() => new InsuredRateLimiter(remote, {} as never)).toThrow(TypeError);
    expect(() => new InsuredRateLimiter(remote, remote, { timeoutMs: 0 })).toThrow(RangeError);
  });

  it('does not take a wait that ended for a failure', async () => {
    const time = new ManualTime();
    const first = perMinute(time);
    const insurance = perMinute(time);
    const insured = new InsuredRateLimiter(first, insurance, { clock: time, timer: time });
    first.consume('key', 5);
    const late = insured.acquire('key', 1, { timeoutMs: 10 });
    const { signal, controller } = new CountingSignal();
    const aborted = insured.acquire('key', 1, { signal });
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    time.advance(10);
    await expect(late).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect(insurance.size).toBe(0);
  });
});

describe('RememberingRateLimiter', () => {
  it('refuses without asking until the refusal is over, for as much and more', async () => {
    const time = new ManualTime();
    const remote = new Remote(new TokenBucket({ capacity: 4, refill: 1, clock: time }));
    const limiter = new RememberingRateLimiter(remote, { clock: time });
    expect((await limiter.consume('key', 3)).remaining).toBe(1);
    expect(await limiter.consume('key', 3)).toMatchObject({ allowed: false, remaining: 1, retryAfterMs: 2000 });
    expect(remote.calls).toBe(2);
    time.advance(500);
    expect(await limiter.consume('key', 4)).toEqual({
      ...{ allowed: false, remaining: 0, retryAfterMs: 1500, resetMs: 2500, limit: 4 },
    });
    expect(remote.calls).toBe(2);
    // Less may be there.
    expect((await limiter.consume('key', 1)).allowed).toBe(true);
    expect((await limiter.consume('key', 5)).retryAfterMs).toBe(1500);
    time.advance(2500);
    expect((await limiter.consume('key', 3)).allowed).toBe(true);
    expect((await limiter.consume('key', 5)).retryAfterMs).toBe(Number.POSITIVE_INFINITY);
    expect((await limiter.consume('key', 1)).allowed).toBe(false);
    await limiter.reward('key', 1);
    expect((await limiter.consume('key', 1)).allowed).toBe(true);
  });

  it('remembers so many keys, so long, and heeds what passes through it', async () => {
    const time = new ManualTime();
    const remote = new Remote(perMinute(time, 1));
    const limiter = new RememberingRateLimiter(remote, { clock: time, maxKeys: 2, maxMs: 1000 });
    for (const key of ['a', 'b', 'c']) {
      await limiter.consume(key);
      await limiter.consume(key);
    }
    expect([limiter.size, remote.calls]).toEqual([2, 6]);
    await limiter.consume('c');
    expect(remote.calls).toBe(6);
    await limiter.consume('a');
    expect(remote.calls).toBe(7);
    await limiter.delete('c');
    expect((await limiter.consume('c')).allowed).toBe(true);
    await limiter.consume('a');
    time.advance(1000);
    const before = remote.calls;
    expect((await limiter.consume('a')).allowed).toBe(false);
    expect(remote.calls).toBe(before + 1);
    expect([limiter.limit, limiter.windowMs]).toEqual([1, 60_000]);
    expect((await limiter.peek('x')).remaining).toBe(1);
    expect((await limiter.penalty('x')).remaining).toBe(0);
    expect((await limiter.block('x', 10)).retryAfterMs).toBe(10);
    expect((await limiter.acquire('y')).allowed).toBe(true);
    expect(() => new RememberingRateLimiter({} as never)).toThrow(TypeError);
    expect(() => new RememberingRateLimiter(remote, { maxKeys: 0 })).toThrow(RangeError);
  });
});

describe('rateLimited', () => {
  it('calls what is let through, with its this and its arguments, and refuses the rest', async () => {
    const clock = new ManualTime();
    const limiter = perSecond(clock);
    class Greeter {
      name = 'Ada';
      greet = rateLimited(
        limiter,
        function (this: Greeter, to: string) {
          return `${this.name} greets ${to}`;
        },
        { key: (to) => to, cost: (to) => to.length },
      );
    }
    const greeter = new Greeter();
    expect(await greeter.greet('Bob')).toBe('Ada greets Bob');
    const refused = await greeter.greet('Bob').catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(RateLimitedError);
    expect(refused).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 1000, result: { allowed: false, limit: 3 } });
    expect(await greeter.greet('Eve')).toBe('Ada greets Eve');
    expect(() => rateLimited(limiter, 1 as never)).toThrow(TypeError);
    expect(() => rateLimited({} as never, () => 1)).toThrow(TypeError);
  });

  it('waits where it is told to, and ends the wait by the signal', async () => {
    const time = new ManualTime();
    const { signal, controller } = new CountingSignal();
    const call = rateLimited(perSecond(time, 1), () => time.monotonic(), { wait: true, signal });
    const calls = [call(), call(), call()];
    calls[2]?.catch(() => {});
    expect(await calls[0]).toBe(0);
    await time.pass(1000);
    expect(await calls[1]).toBe(1000);
    controller.abort('enough');
    await expect(calls[2]).rejects.toBe('enough');
  });
});

describe('limitRequests', () => {
  const request = (path = '/', headers: Record<string, string> = {}) => new Request(`http://host${path}`, { headers });
  const client = (it: Request) => it.headers.get('client') ?? undefined;

  it('lets requests through and answers 429 with RateLimit, RateLimit-Policy and Retry-After', async () => {
    const clock = new ManualTime();
    const limiter = new FixedWindow({ limit: 2, windowMs: 90_000, clock });
    const limit = limitRequests({ limiter, key: client, name: 'per "client"' });
    const from = (who: string) => request('/', { client: who });
    const first = from('ada');
    expect(await limit(first)).toBeUndefined();
    expect(limit.headers(first)).toEqual([
      ['RateLimit-Policy', '"per \\"client\\"";q=2;w=90'],
      ['RateLimit', '"per \\"client\\"";r=1;t=90'],
    ]);
    clock.advance(10_500);
    await limit(from('ada'));
    const refused = (await limit(from('ada'))) as Response;
    expect(refused.status).toBe(429);
    expect(Object.fromEntries(refused.headers)).toMatchObject({
      'ratelimit-policy': '"per \\"client\\"";q=2;w=90',
      ratelimit: '"per \\"client\\"";r=0;t=80',
      'retry-after': '80',
    });
    expect(await refused.text()).toBe('Too many requests\n');
    expect(await limit(from('bob'))).toBeUndefined();
    expect(await limit(request())).toBeUndefined();
    expect(limit.headers(request())).toEqual([]);
  });

  it('wraps a handler, adds legacy headers, costs, skips, and answers as it is told to', async () => {
    const clock = new ManualTime();
    const limiter = new TokenBucket({ capacity: 4, refill: 1, clock });
    const handler = vi.fn(async (it: Request, name: string) => new Response(`${name} ${new URL(it.url).pathname}`));
    const wrapped = limitRequests({
      limiter,
      key: () => 'all',
      cost: (it) => (it.url.endsWith('dear') ? 3 : 1),
      skip: (it) => it.url.endsWith('health'),
      legacyHeaders: true,
      onRefused: (_, { retryAfterMs }) => Response.json({ retryAfterMs }, { status: 503 }),
    }).wrap(handler);
    const good = await wrapped(request('/dear'), 'hello');
    expect(await good.text()).toBe('hello /dear');
    expect(Object.fromEntries(good.headers)).toMatchObject({
      ratelimit: '"default";r=1;t=3',
      'ratelimit-policy': '"default";q=4;w=4',
      'x-ratelimit-limit': '4',
      'x-ratelimit-remaining': '1',
      'x-ratelimit-reset': '3',
    });
    const refused = await wrapped(request('/dear'), 'hello');
    expect([refused.status, await refused.json(), refused.headers.get('retry-after')]).toEqual([
      503,
      { retryAfterMs: 2000 },
      '2',
    ]);
    const skipped = await wrapped(request('/health'), 'hello');
    expect(skipped.headers.has('ratelimit')).toBe(false);
    expect(handler).toHaveBeenCalledTimes(2);
  });

  it('names each policy of a union, and copies responses whose headers cannot be changed', async () => {
    const clock = new ManualTime();
    const union = new RateLimiterUnion([perSecond(clock), perMinute(clock)]);
    const wrapped = limitRequests({ limiter: union, key: () => 1, name: ['burst', 'sustained'] }).wrap(() =>
      Response.redirect('http://host/elsewhere'),
    );
    const response = await wrapped(request());
    expect([response.status, response.headers.get('location')]).toEqual([302, 'http://host/elsewhere']);
    expect(response.headers.get('ratelimit-policy')).toBe('"burst";q=3;w=1, "sustained";q=5;w=60');
    expect(response.headers.get('ratelimit')).toBe('"burst";r=2;t=1, "sustained";r=4;t=60');
  });

  it('says no Retry-After for what is blocked for ever, and refuses options that are none', async () => {
    const limiter = perSecond(new ManualTime());
    limiter.block('key', Number.POSITIVE_INFINITY);
    const response = (await limitRequests({ limiter, key: () => 'key' })(request())) as Response;
    expect(response.headers.has('retry-after')).toBe(false);
    expect(response.headers.get('ratelimit')).toBe('"default";r=0;t=999999999999999');
    expect(() => limitRequests({ limiter: {} as never, key: client })).toThrow(TypeError);
    expect(() => limitRequests({ limiter, key: 'ip' as never })).toThrow(/key must be a function/);
    expect(() => limitRequests({ limiter, key: client, name: 'größe' })).toThrow(/printable ASCII/);
    expect(() => limitRequests({ limiter, key: client, name: ['a', 'b'] })).toThrow(/2 names for 1/);
  });
});
