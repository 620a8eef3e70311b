/** Limits that a Redis keeps: both client packages, the same answers as in memory. */

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { LuaApi } from 'wasmoon-lua5.1';
import { redisScripting } from '../../src/network/redis-scripting/index.js';
import { RedisServer } from '../../src/network/resp/index.js';
import {
  FixedWindow,
  Gcra,
  LeakyBucket,
  type RateLimit,
  type RateLimiter,
  RedisRateLimiter,
  SlidingWindowCounter,
  SlidingWindowLog,
  TokenBucket,
} from '../../src/resilience/rate-limiter/index.js';
import { seededRandom, testSeed } from '../support/random.js';
import { describeReal } from '../support/real.js';
import { startRedis } from '../support/redis.js';
import { REDIS_PACKAGES, type RunningRedis } from '../support/redis-clients.js';
import { ManualTime } from '../support/time.js';

/** Slow, so that nothing expires by the server's own clock while a test moves another one. */
const LIMITS: [RateLimit, (clock: ManualTime) => RateLimiter][] = [
  [
    { algorithm: 'token-bucket', capacity: 7, refill: 3, intervalMs: 100_000 },
    (clock) => new TokenBucket({ capacity: 7, refill: 3, intervalMs: 100_000, clock }),
  ],
  [
    { algorithm: 'leaky-bucket', capacity: 10, leak: 2.5, intervalMs: 40_000 },
    (clock) => new LeakyBucket({ capacity: 10, leak: 2.5, intervalMs: 40_000, clock }),
  ],
  [
    { algorithm: 'leaky-bucket', capacity: 5, leak: 3, intervalMs: 100_000, as: 'queue' },
    (clock) => new LeakyBucket({ capacity: 5, leak: 3, intervalMs: 100_000, as: 'queue', clock }),
  ],
  [
    { algorithm: 'fixed-window', limit: 6, windowMs: 100_000 },
    (clock) => new FixedWindow({ limit: 6, windowMs: 100_000, clock }),
  ],
  [
    { algorithm: 'sliding-window-log', limit: 6, windowMs: 100_000 },
    (clock) => new SlidingWindowLog({ limit: 6, windowMs: 100_000, clock }),
  ],
  [
    { algorithm: 'sliding-window-counter', limit: 20, windowMs: 99_700 },
    (clock) => new SlidingWindowCounter({ limit: 20, windowMs: 99_700, clock }),
  ],
  [
    { algorithm: 'gcra', limit: 3, periodMs: 100_000, burst: 5 },
    (clock) => new Gcra({ limit: 3, periodMs: 100_000, burst: 5, clock }),
  ],
];

describeReal('redis-server', 'at redis-server', (path) => atServer(() => startRedis(path)));

describe('at ashlar serve', () =>
  atServer(async () => {
    const server = new RedisServer({ modules: [redisScripting(await LuaApi.initialize())] });
    await server.listen(0);
    return { port: server.port, stop: () => server.close(0) };
  }));

function atServer(start: () => Promise<RunningRedis>): void {
  let running: RunningRedis;
  const open: { close(): unknown }[] = [];
  beforeAll(async () => {
    running = await start();
  });
  afterEach(async () => {
    for (const one of open.splice(0).reverse()) await one.close();
  });
  afterAll(() => running.stop());

  const connected = async (name: string) => {
    const opened = await (REDIS_PACKAGES[name] as (typeof REDIS_PACKAGES)[string])(running.port);
    open.push(opened);
    await opened.send('FLUSHALL');
    return opened;
  };

  it.each(LIMITS)('gives the same answers as in memory to the same random operations: %o', async (limit, local) => {
    const random = seededRandom(testSeed(`rate limiter at Redis, ${limit.algorithm}`));
    const { client, send } = await connected('ioredis');
    const clock = new ManualTime();
    const here = local(clock);
    const there = new RedisRateLimiter({ ...limit, client, clock });
    for (let step = 0; step < 700; step++) {
      clock.advance(random.next() < 0.4 ? 0 : random.below(random.next() < 0.05 ? 600_000 : 40_000));
      const key = `key ${random.below(5)}`;
      const units = random.below(random.next() < 0.1 ? 25 : 4);
      const choice = random.next();
      if (choice < 0.02) {
        const ms = 10_000 + random.below(300_000);
        expect(await there.block(key, ms)).toEqual(here.block(key, ms));
      } else if (choice < 0.04) {
        await there.delete(key);
        here.delete(key);
      } else {
        const operation = choice < 0.7 ? 'consume' : choice < 0.8 ? 'peek' : choice < 0.9 ? 'penalty' : 'reward';
        expect(await there[operation](key, units), `step ${step}, ${operation} ${units}`).toEqual(
          here[operation](key, units),
        );
      }
    }
    for (const key of (await send('KEYS', '*')) as string[]) expect(Number(await send('PTTL', key))).toBeGreaterThan(0);
  });

  it.each(LIMITS)('goes on where the clock went back, and does not mint: %o', async (limit) => {
    const { client } = await connected('ioredis');
    const clock = new ManualTime();
    const limiter = new RedisRateLimiter({ ...limit, client, clock });
    const full = (await limiter.peek('key')).remaining;
    for (let i = 0; i < full; i++) expect((await limiter.consume('key')).allowed).toBe(true);
    clock.jump(-3_600_000);
    const refused = await limiter.consume('key');
    expect(refused.allowed).toBe(false);
    expect(refused.retryAfterMs).toBeLessThanOrEqual(2 * limiter.windowMs);
    clock.advance(refused.retryAfterMs);
    expect((await limiter.consume('key')).allowed).toBe(true);
    await limiter.block('other', 100_000);
    clock.jump(-3_600_000);
    expect((await limiter.peek('other')).retryAfterMs).toBe(100_000);
    clock.advance(100_000);
    expect((await limiter.peek('other')).allowed).toBe(true);
  });

  describe.each(Object.keys(REDIS_PACKAGES))('with the package %s', (name) => {
    it('lets through what the limit has and no more, whoever asks at once', async () => {
      const clients = [await connected(name), await connected(name)];
      const limiters = clients.map(
        ({ client }) =>
          new RedisRateLimiter({ algorithm: 'fixed-window', limit: 50, windowMs: 60_000, client, prefix: 'crowd:' }),
      );
      const results = await Promise.all(
        Array.from({ length: 200 }, (_, i) => (limiters[i % 2] as RedisRateLimiter).consume('all')),
      );
      expect(results.filter(({ allowed }) => allowed)).toHaveLength(50);
    });

    it('takes the time from the server, and lets every key expire', async () => {
      const { client, send } = await connected(name);
      for (const [limit] of LIMITS) {
        const limiter = new RedisRateLimiter({ ...limit, client, prefix: `${limit.algorithm}:` });
        const first = await limiter.consume('key');
        expect(first).toMatchObject({ allowed: true, retryAfterMs: 0, limit: limiter.limit });
        const ttl = Number(await send('PTTL', `${limit.algorithm}:key`));
        expect(ttl).toBeGreaterThan(0);
        expect(ttl).toBeLessThanOrEqual(2 * limiter.windowMs);
        expect(await limiter.get('key')).toBeDefined();
        expect([await limiter.delete('key'), await limiter.delete('key')]).toEqual([true, false]);
        expect(await limiter.get('key')).toBeUndefined();
      }
    });

    it('sends a script that the server forgot', async () => {
      const { client, send } = await connected(name);
      const limiter = new RedisRateLimiter({ algorithm: 'gcra', limit: 5, periodMs: 60_000, client });
      expect((await limiter.consume('key')).remaining).toBe(4);
      await send('SCRIPT', 'FLUSH');
      expect((await limiter.consume('key')).remaining).toBe(3);
      expect((await limiter.consume('key')).remaining).toBe(2);
    });

    it('blocks for as long as it is told, for ever too, and those who were refused', async () => {
      const { client } = await connected(name);
      const limiter = new RedisRateLimiter({
        algorithm: 'token-bucket',
        capacity: 1,
        refill: 1000,
        blockMs: 60_000,
        client,
      });
      expect((await limiter.block(7, Number.POSITIVE_INFINITY)).retryAfterMs).toBe(Number.POSITIVE_INFINITY);
      expect(await limiter.consume(7)).toMatchObject({ allowed: false, retryAfterMs: Number.POSITIVE_INFINITY });
      await limiter.delete(7);
      expect((await limiter.consume(7)).allowed).toBe(true);
      await Promise.all(Array.from({ length: 5 }, () => limiter.consume(7)));
      const { allowed, retryAfterMs } = await limiter.consume(7);
      expect(allowed).toBe(false);
      expect(retryAfterMs).toBeGreaterThan(50_000);
      expect((await limiter.consume(new Uint8Array([0, 255]))).allowed).toBe(true);
    });

    it('waits in order, and stops waiting at the signal', async () => {
      const { client } = await connected(name);
      const limiter = new RedisRateLimiter({
        algorithm: 'token-bucket',
        capacity: 1,
        refill: 1,
        intervalMs: 20,
        client,
      });
      const order: number[] = [];
      const controller = new AbortController();
      const given = limiter.acquire('key', 1, { signal: controller.signal });
      await given;
      const late = limiter.acquire('key', 1, { signal: controller.signal });
      const rest = [1, 2, 3].map((i) => limiter.acquire('key').then(() => order.push(i)));
      const reason = new Error('enough');
      controller.abort(reason);
      await expect(late).rejects.toBe(reason);
      await Promise.all(rest);
      expect(order).toEqual([1, 2, 3]);
    });

    it('rejects with what the client rejects with', async () => {
      const { client, send } = await connected(name);
      const limiter = new RedisRateLimiter({ algorithm: 'fixed-window', limit: 1, windowMs: 1000, client, prefix: '' });
      await send('ZADD', 'set', '1', 'not ours');
      await expect(limiter.consume('set')).rejects.toThrow(/WRONGTYPE/);
      await expect(limiter.acquire('set')).rejects.toThrow(/WRONGTYPE/);
      await expect(limiter.consume('x', -1)).rejects.toThrow(RangeError);
    });
  });

  it('refuses what is no client and no limit', () => {
    expect(() => new RedisRateLimiter({ algorithm: 'gcra', limit: 1, periodMs: 1, client: {} as never })).toThrow(
      TypeError,
    );
    expect(() => new RedisRateLimiter({ algorithm: 'none', client: { call: async () => 1 } } as never)).toThrow(
      /algorithm must be/,
    );
  });
}
