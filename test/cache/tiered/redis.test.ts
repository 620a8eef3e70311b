/** Redis as a tier and as a bus: both client packages, at a real redis-server and at our own. */

import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { RedisBus } from '../../../src/cache/patterns/index.js';
import { redisTier, TieredCache } from '../../../src/cache/tiered/index.js';
import { RedisServer } from '../../../src/network/resp/index.js';
import { describeReal } from '../../support/real.js';
import { startRedis } from '../../support/redis.js';
import { REDIS_PACKAGES, type RunningRedis } from '../../support/redis-clients.js';

describeReal('redis-server', 'at redis-server', (path) => atServer(() => startRedis(path)));

describe('at RedisServer', () =>
  atServer(async () => {
    const server = new RedisServer();
    await server.listen(0);
    return { port: server.port as number, stop: () => server.close(0) };
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

  for (const [name, connect] of Object.entries(REDIS_PACKAGES)) {
    describe(`with the package ${name}`, () => {
      /** What one process has: a client and a cache. */
      async function processOf(options: { readonly bus?: boolean; readonly prefix?: string } = {}) {
        const { prefix = `${name}:`, bus = false } = options;
        const opened = await connect(running.port);
        open.push(opened);
        const errors: unknown[] = [];
        const cache = new TieredCache<{ id: number; name: string }>({
          tiers: [redisTier({ client: opened.client, prefix })],
          onError: (error) => errors.push(error),
          ...(bus ? { bus: new RedisBus(opened.client, { channel: `${name} bus` }) } : {}),
        });
        open.push(cache);
        expect(await cache.ready).toBe(true);
        return { ...opened, cache, errors };
      }

      const ada = { id: 7, name: 'Ada 日本' };
      const never = () => Promise.reject(new Error('there was a load'));

      it('finds in another process what one has set or loaded, for as long as it lives', async () => {
        const [here, there] = [await processOf(), await processOf()];
        await here.cache.set('set', ada, { ttl: 60_000, grace: 60_000 });
        expect(await here.cache.get('loaded', async () => ada)).toBe(ada);
        await here.cache.settled();
        expect([await there.cache.get('set', never), await there.cache.get('loaded', never)]).toEqual([ada, ada]);
        const lives = Number(await here.send('PTTL', `${name}:set`));
        expect(lives).toBeGreaterThan(100_000);
        expect(lives).toBeLessThanOrEqual(120_000);
        expect(Number(await here.send('PTTL', `${name}:loaded`))).toBe(-1);
        await there.cache.delete('set');
        expect(Number(await here.send('EXISTS', `${name}:set`))).toBe(0);
        expect([here.errors, there.errors]).toEqual([[], []]);
      });

      it('invalidates by tag and namespace, and clears its own keys only', async () => {
        const [here, there] = [await processOf(), await processOf()];
        await here.send('SET', 'stranger', 'stays');
        const users = here.cache.namespace('users');
        await users.set('7', ada, { tags: ['team'] });
        await users.set('8', ada);
        await here.cache.set('9', ada);
        await there.cache.invalidateTags(['team']);
        const found = async () => [
          await there.cache.get('users:7'),
          await there.cache.get('users:8'),
          await there.cache.get('9'),
        ];
        expect(await found()).toEqual([undefined, ada, ada]);
        await there.cache.namespace('users').clear();
        expect(await found()).toEqual([undefined, undefined, ada]);
        await there.cache.clear();
        expect([await found(), await here.send('GET', 'stranger')]).toEqual([
          [undefined, undefined, undefined],
          'stays',
        ]);
        expect([here.errors, there.errors]).toEqual([[], []]);
      });

      it('takes letters that mean something in patterns for what they are, when it clears', async () => {
        const [starred, other] = [await processOf({ prefix: 'a*[x]:' }), await processOf({ prefix: 'abx:' })];
        await starred.cache.set('1', ada);
        await other.cache.set('1', ada);
        await starred.cache.clear();
        expect(Number(await other.send('EXISTS', 'abx:1', 'a*[x]:1'))).toBe(1);
      });

      it('tells other processes by the bus what is no longer so', async () => {
        const [here, there] = [await processOf({ bus: true }), await processOf({ bus: true })];
        await here.cache.set('a', ada, { tags: ['x'] });
        await there.cache.get('a', never);
        await here.cache.set('a', { id: 8, name: 'Grace' });
        await vi.waitFor(() => expect(there.cache.peek('a')).toBe(undefined));
        expect(await there.cache.get('a')).toEqual({ id: 8, name: 'Grace' });
        await there.cache.delete('a');
        await vi.waitFor(() => expect(here.cache.peek('a')).toBe(undefined));
        await here.cache.set('b', ada, { tags: ['x'] });
        await there.cache.get('b', never);
        await here.cache.invalidateTags(['x']);
        await vi.waitFor(() => expect(there.cache.peek('b')).toBe(undefined));
        expect([here.errors, there.errors]).toEqual([[], []]);
      });

      it('forgets what is in memory when the bus was cut, and hears again', async () => {
        const [here, there] = [await processOf({ bus: true }), await processOf({ bus: true })];
        await there.cache.set('a', ada);
        await here.send('CLIENT', 'KILL', 'TYPE', 'pubsub');
        await vi.waitFor(() => expect(there.cache.peek('a')).toBe(undefined), 3000);
        await vi.waitFor(async () => {
          await there.cache.get('a');
          await here.cache.set('a', { id: 9, name: 'Alan' });
          await new Promise((resolve) => setTimeout(resolve, 20));
          expect(there.cache.peek('a')).toBe(undefined);
        }, 3000);
      });
    });
  }
}

describe('redisTier', () => {
  it('goes on from the source when there is no server, and says so to who writes', async () => {
    const client = new Redis({ port: 1, lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null });
    client.on('error', () => {});
    const errors: unknown[] = [];
    const cache = new TieredCache<string>({ tiers: [redisTier({ client })], onError: (error) => errors.push(error) });
    expect(await cache.get('a', () => 'A')).toBe('A');
    expect(errors[0]).toMatchObject({ code: 'CACHE_TIER', tier: 'redis' });
    await expect(cache.set('a', 'B')).rejects.toMatchObject({ code: 'CACHE_TIER' });
    client.disconnect();
  });

  it('closes though its bus has never met a server', async () => {
    const clients = [
      new Redis({ port: 1, retryStrategy: () => 20, maxRetriesPerRequest: null }),
      createClient({ socket: { port: 1, reconnectStrategy: 20 } }),
    ];
    for (const client of clients) {
      client.on('error', () => {});
      const cache = new TieredCache<string>({ bus: new RedisBus(client) });
      await new Promise((resolve) => setTimeout(resolve, 50));
      await cache.close();
      expect(await cache.ready).toBe(false);
    }
    (clients[0] as Redis).disconnect();
  }, 5000);

  it('reads keys one by one of a cluster, which may have them on many nodes', async () => {
    const commands: string[][] = [];
    const client = {
      isCluster: true,
      call: async (...args: string[]) => {
        commands.push(args);
        return null;
      },
      duplicate: () => ({}),
    };
    const tier = redisTier({ client, prefix: '' });
    expect(await tier.getMany?.(['a', 'b'])).toEqual([undefined, undefined]);
    await tier.delete(['a', 'b']);
    expect(commands).toEqual([
      ['GET', 'a'],
      ['GET', 'b'],
      ['UNLINK', 'a'],
      ['UNLINK', 'b'],
    ]);
    await expect(tier.clear?.()).rejects.toThrow('without a prefix');
    await expect(redisTier({ client }).clear?.()).rejects.toThrow('a cluster cannot be scanned');
  });

  it('refuses what is no client', () => {
    for (const client of [undefined, null, {}, 'redis://']) {
      expect(() => redisTier({ client: client as never })).toThrow(
        'client must be a client of the package ioredis or redis',
      );
    }
  });
});
