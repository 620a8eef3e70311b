import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import {
  ClosedError,
  ConnectionPool,
  DoubleReleaseError,
  ObjectPool,
  type ObjectPoolOptions,
  PoolUnavailableError,
  QueueFullError,
  ReleasedError,
  TimeoutError,
} from '../../src/concurrency/pool/index.js';
import { deferred } from '../support/deferred.js';
import { seededRandom } from '../support/random.js';
import { CountingSignal, reasonOf } from '../support/signals.js';
import { ManualTime, settled } from '../support/time.js';

interface Thing {
  readonly number: number;
}

const half = { u32: () => 2 ** 31, float: () => 0.5, fill() {} };

/** A pool of numbered things, and what became of them. */
function poolOf(options: Partial<ObjectPoolOptions<Thing>> = {}) {
  const time = new ManualTime();
  const gone: string[] = [];
  let made = 0;
  const pool = new ObjectPool<Thing>({
    create: () => ({ number: ++made }),
    max: 2,
    clock: time,
    timer: time,
    random: half,
    ...options,
  });
  pool.on('destroyed', ({ value, why }) => gone.push(`${value.number} ${why}`));
  return { pool, time, gone, made: () => made };
}

describe('ObjectPool', () => {
  it('lends what came back before it makes more, the last first', async () => {
    const { pool } = poolOf({ max: 3 });
    const [one, two] = [await pool.acquire(), await pool.acquire()];
    expect([one.value.number, two.value.number]).toEqual([1, 2]);
    one.release();
    two.release();
    expect(pool.tryAcquire()?.value.number).toBe(2);
    expect(pool.tryAcquire()?.value.number).toBe(1);
    expect(pool.tryAcquire()?.value.number).toBe(3);
    expect(pool.tryAcquire()).toBeUndefined();
    expect(pool.stats()).toMatchObject({ size: 3, lent: 3, idle: 0, created: 3, acquired: 5, waited: 0 });
  });

  it('lends in turn with fifo', () => {
    const { pool } = poolOf({ order: 'fifo' });
    const leases = [pool.tryAcquire(), pool.tryAcquire()];
    for (const lease of leases) lease?.release();
    const again = [pool.tryAcquire(), pool.tryAcquire()];
    expect(again.map((lease) => lease?.value.number)).toEqual([1, 2]);
  });

  it('hands what comes back to who waits first, by priority and then in order, and to no newcomer', async () => {
    const { pool } = poolOf({ max: 1 });
    const held = await pool.acquire();
    const order: string[] = [];
    const wait = (name: string, priority?: number) =>
      pool.acquire({ priority }).then((lease) => {
        order.push(name);
        lease.release();
      });
    const all = [wait('a'), wait('b'), wait('c', 1), wait('d', -1)];
    expect(pool.stats().waiting).toBe(4);
    held.release();
    expect(pool.tryAcquire()).toBeUndefined();
    await Promise.all(all);
    expect(order).toEqual(['c', 'a', 'b', 'd']);
  });

  it('takes a lease back once, and does not lend its value after that', async () => {
    const { pool } = poolOf();
    const lease = await pool.acquire();
    lease.release();
    expect(() => lease.release()).toThrow(DoubleReleaseError);
    expect(() => lease.destroy()).toThrow(DoubleReleaseError);
    expect(() => pool.release(lease)).toThrow(DoubleReleaseError);
    expect(() => lease.value).toThrow(ReleasedError);
    expect(lease.released).toBe(true);
    expect(pool.stats()).toMatchObject({ idle: 1, lent: 0 });
  });

  it('is borrowed from by using, and by a function', async () => {
    const { pool, gone } = poolOf({ isBroken: (error) => error === 'broken' });
    {
      using lease = await pool.acquire();
      expect(lease.value.number).toBe(1);
    }
    {
      await using lease = await pool.acquire();
      expect(lease.value.number).toBe(1);
    }
    expect(await pool.use((thing) => thing.number)).toBe(1);
    expect(await reasonOf(pool.use(() => Promise.reject('mine')))).toBe('mine');
    expect(gone).toEqual([]);
    expect(await reasonOf(pool.use(() => Promise.reject('broken')))).toBe('broken');
    expect(gone).toEqual(['1 broken']);
    expect(pool.stats().lent).toBe(0);
  });

  it('ends a wait by its signal with exactly its reason, or by a timeout, and leaves nothing behind', async () => {
    const { pool, time } = poolOf({ max: 1 });
    const held = await pool.acquire();
    const reason = { why: 'enough' };
    expect(await reasonOf(pool.acquire({ signal: AbortSignal.abort(reason) }))).toBe(reason);
    const counting = new CountingSignal();
    const waits = [1, 2, 3].map(() => reasonOf(pool.acquire({ signal: counting.signal, timeoutMs: 50 })));
    const timed = reasonOf(pool.acquire({ timeoutMs: 20 }));
    time.advance(20);
    expect(await timed).toBeInstanceOf(TimeoutError);
    counting.abort(reason);
    expect(await Promise.all(waits)).toEqual([reason, reason, reason]);
    expect([counting.listeners, time.pending, pool.stats().waiting, pool.stats().givenUp]).toEqual([0, 0, 0, 4]);
    held.release();
    expect(pool.stats().idle).toBe(1);
  });

  it('gives each wait its own time where the pool says how long, and keeps no timer when nobody waits', async () => {
    const { pool, time } = poolOf({ max: 1, acquireTimeoutMs: 100 });
    const held = await pool.acquire();
    const ends: string[] = [];
    const wait = (name: string, options?: { timeoutMs?: number; signal?: AbortSignal }) =>
      pool.acquire(options).then(
        (lease) => {
          ends.push(`${name} lent`);
          lease.release();
        },
        (error) => ends.push(`${name} ${error.message ?? error}`),
      );
    const controller = new AbortController();
    const all = [wait('a'), wait('b', { signal: controller.signal }), wait('c', { timeoutMs: 500 })];
    await time.pass(60);
    all.push(wait('d'));
    controller.abort('gone');
    await time.pass(39);
    expect(ends).toEqual(['b gone']);
    await time.pass(1);
    expect(ends).toEqual(['b gone', 'a The pool: acquire timed out after 100 ms']);
    await time.pass(59);
    expect(ends.length).toBe(2);
    await time.pass(1);
    expect(ends.at(-1)).toBe('d The pool: acquire timed out after 100 ms');
    held.release();
    await Promise.all(all);
    expect(ends.at(-1)).toBe('c lent');
    expect([time.pending, pool.stats().givenUp]).toEqual([0, 3]);
    // Thousands of waits later it is still one timer.
    const again = await pool.acquire();
    const many = Array.from({ length: 5000 }, () => wait('e'));
    expect(time.pending).toBe(1);
    again.release();
    await Promise.all(many);
    expect(time.pending).toBe(0);
  });

  it('bounds those that wait', async () => {
    const { pool } = poolOf({ max: 1, maxWaiting: 1 });
    const held = await pool.acquire();
    const waits = pool.acquire();
    await expect(pool.acquire()).rejects.toThrow(QueueFullError);
    held.release();
    (await waits).release();
    expect(pool.stats().refused).toBe(1);
  });

  it('makes things that take time, no more than are wanted, and gives them to who waits', async () => {
    const making = deferred();
    const { pool } = poolOf({ create: making.fn, max: 2 });
    const waits = [pool.acquire(), pool.acquire(), pool.acquire()];
    expect(making.calls.length).toBe(2);
    making.call(1).resolve({ number: 2 });
    const first = await (waits[0] as Promise<{ value: Thing; release(): void }>);
    expect(first.value.number).toBe(2);
    making.call(0).resolve({ number: 1 });
    expect((await waits[1])?.value.number).toBe(1);
    first.release();
    expect((await waits[2])?.value.number).toBe(2);
  });

  it('keeps the least number, from the beginning, and says when they are there', async () => {
    const making = deferred();
    const { pool } = poolOf({ create: making.fn, min: 2 });
    expect(making.calls.length).toBe(2);
    const warm = pool.warm();
    making.call(0).resolve({ number: 1 });
    making.call(1).resolve({ number: 2 });
    await warm;
    expect(pool.stats()).toMatchObject({ size: 2, idle: 2 });
    const lease = await pool.acquire();
    lease.destroy();
    expect(making.calls.length).toBe(3);
  });

  it('tries again later and later while nothing can be made, and tells who waits when it was too often', async () => {
    const making = deferred();
    const { pool, time } = poolOf({ create: making.fn, maxCreateFailures: 3, retryDelayMs: 100 });
    const unavailable: unknown[] = [];
    pool.on('unavailable', ({ error }) => unavailable.push(error));
    const wait = reasonOf(pool.acquire());
    for (const [failures, delayMs] of [
      [1, 75],
      [2, 150],
    ] as const) {
      making.call(failures - 1).reject(new Error(`failure ${failures}`));
      await settled();
      time.advance(delayMs - 1);
      expect(making.calls.length).toBe(failures);
      time.advance(1);
      expect(making.calls.length).toBe(failures + 1);
    }
    making.call(2).reject(new Error('failure 3'));
    const error = (await wait) as PoolUnavailableError;
    expect(error).toBeInstanceOf(PoolUnavailableError);
    expect([error.code, error.failures, error.retryAfterMs, (error.cause as Error).message]).toEqual([
      'POOL_UNAVAILABLE',
      3,
      300,
      'failure 3',
    ]);
    expect(unavailable).toEqual([error]);
    expect(await reasonOf(pool.acquire())).toBe(error);
    expect(making.calls.length).toBe(3);
    time.advance(300);
    const again = [pool.acquire(), pool.acquire()];
    time.advance(0);
    // One shows whether it can be done; then the other is made.
    expect(making.calls.length).toBe(4);
    making.call(3).resolve({ number: 1 });
    await again[0];
    expect(making.calls.length).toBe(5);
    making.call(4).resolve({ number: 2 });
    expect((await again[1])?.value.number).toBe(2);
    expect(time.pending).toBe(0);
  });

  it('gives up making what takes too long, aborts it, and destroys it when it comes after all', async () => {
    const making = deferred<[{ signal: AbortSignal }]>();
    const { pool, time, gone } = poolOf({ create: making.fn, createTimeoutMs: 50 });
    const wait = reasonOf(pool.acquire());
    time.advance(50);
    await settled();
    expect(making.call(0).args[0].signal.aborted).toBe(true);
    expect(await wait).toBeInstanceOf(PoolUnavailableError);
    making.call(0).resolve({ number: 9 });
    await settled();
    expect(gone).toEqual(['9 closed']);
    expect(pool.size).toBe(0);
  });

  it('asks before lending what was idle for a while, and lends another when it is not valid', async () => {
    let valid = true;
    const { pool, time, gone } = poolOf({ validate: () => valid, validateAfterIdleMs: 100 });
    (await pool.acquire()).release();
    valid = false;
    time.advance(99);
    (await pool.acquire()).release();
    time.advance(100);
    const lease = await pool.acquire();
    expect(gone).toEqual(['1 invalid']);
    expect(lease.value.number).toBe(2);
    expect(pool.stats().invalid).toBe(1);
  });

  it('asks what comes back, where it is told to, before it is lent again', async () => {
    let valid = true;
    const { pool, gone } = poolOf({ validate: () => valid, validateOnReturn: true, max: 1 });
    (await pool.acquire()).release();
    const lease = await pool.acquire();
    expect([lease.value.number, gone]).toEqual([1, []]);
    const waiting = pool.acquire();
    valid = false;
    lease.release();
    expect((await waiting).value.number).toBe(2);
    expect([gone, pool.stats().invalid]).toEqual([['1 invalid'], 1]);
  });

  it('lets a question take time, and takes no answer for a no', async () => {
    const asking = deferred<[Thing]>();
    const { pool, time, gone } = poolOf({ validate: asking.fn, validateTimeoutMs: 30, max: 1 });
    const one = await pool.acquire();
    one.release();
    const waits = pool.acquire();
    expect(asking.calls.length).toBe(1);
    time.advance(30);
    const lease = await waits;
    expect([lease.value.number, gone]).toEqual([2, ['1 invalid']]);
    lease.release();
    const next = pool.acquire();
    asking.call(1).resolve(true);
    expect((await next).value.number).toBe(2);
  });

  it('makes things ready for the next, and destroys what cannot be', async () => {
    const resets: number[] = [];
    const { pool, gone } = poolOf({
      max: 1,
      reset: async (thing) => {
        resets.push(thing.number);
        if (thing.number === 2) throw new Error('no');
      },
    });
    const first = await pool.acquire();
    const second = pool.acquire();
    await first[Symbol.asyncDispose]();
    expect(resets).toEqual([1]);
    const lease = await second;
    expect(lease.value.number).toBe(1);
    lease.destroy();
    const third = await pool.acquire();
    await third[Symbol.asyncDispose]();
    expect(gone).toEqual(['1 broken', '2 reset failed']);
  });

  it('ends what was idle for its time, but for the least number, however the wall clock jumps', async () => {
    const { pool, time, gone } = poolOf({ max: 3, min: 1, idleTimeoutMs: 1000 });
    const leases = [pool.tryAcquire(), pool.tryAcquire(), pool.tryAcquire()];
    for (const lease of leases) lease?.release();
    time.jump(-1e9);
    time.advance(999);
    expect(pool.size).toBe(3);
    time.advance(250);
    expect(pool.size).toBe(1);
    expect(gone).toEqual(['1 idle', '2 idle']);
    await pool.close();
    expect(time.pending).toBe(0);
  });

  it('ends what is old: idle at once, lent when it comes back, each at a time of its own', async () => {
    let chance = 0;
    const { pool, time, gone } = poolOf({
      max: 3,
      maxLifetimeMs: 1000,
      lifetimeJitter: 0.5,
      random: { ...half, float: () => [0, 0.5, 1][chance++] ?? 0 },
    });
    const leases = [pool.tryAcquire(), pool.tryAcquire(), pool.tryAcquire()];
    leases[2]?.release();
    time.advance(500);
    expect(gone).toEqual(['3 expired']);
    time.advance(250);
    leases[1]?.release();
    leases[0]?.release();
    expect(gone).toEqual(['3 expired', '2 expired']);
    time.advance(250);
    expect(gone).toEqual(['3 expired', '2 expired', '1 expired']);
  });

  it('lends each as often as it may', async () => {
    const { pool, gone } = poolOf({ maxUses: 2 });
    for (let i = 0; i < 5; i++) (await pool.acquire()).release();
    expect(gone).toEqual(['1 worn', '2 worn']);
  });

  it('keeps alive what is idle, and finds what has died', async () => {
    const asked: number[] = [];
    const { pool, time, gone } = poolOf({
      max: 2,
      keepAliveMs: 100,
      validateAfterIdleMs: Number.POSITIVE_INFINITY,
      validate: async ({ number }) => {
        asked.push(number);
        return number !== 2;
      },
    });
    const leases = [pool.tryAcquire(), pool.tryAcquire()];
    for (const lease of leases) lease?.release();
    await time.pass(100);
    expect(asked).toEqual([1, 2]);
    expect(gone).toEqual(['2 invalid']);
    await time.pass(100);
    expect(asked).toEqual([1, 2, 1]);
  });

  it('does not lend what broke by itself, wherever it is', async () => {
    const breaks: (() => void)[] = [];
    let number = 0;
    const { pool, gone } = poolOf({
      max: 3,
      create: ({ broken }) => {
        breaks.push(broken);
        return { number: ++number };
      },
    });
    const [lent, idle] = [await pool.acquire(), await pool.acquire()];
    idle.release();
    for (const breaks_ of breaks) breaks_();
    expect(gone).toEqual(['2 broken']);
    lent.release();
    expect(gone).toEqual(['2 broken', '1 broken']);
    expect(pool.size).toBe(0);
  });

  it('evicts what it is told to, and all', async () => {
    const { pool, gone } = poolOf({ max: 3 });
    const [one, two, three] = [await pool.acquire(), await pool.acquire(), await pool.acquire()];
    one.release();
    two.release();
    expect(pool.evict(({ number }) => number === 1)).toBe(1);
    expect(pool.evict(two.released ? { number: 9 } : two.value)).toBe(0);
    expect(pool.clear()).toBe(2);
    expect(gone).toEqual(['1 evicted', '2 evicted']);
    three.release();
    expect(gone.length).toBe(3);
  });

  it('says where something was borrowed that is not given back', async () => {
    const { pool, time } = poolOf({ leakAfterMs: 100 });
    const leaks: { lentMs: number; borrowed: Error }[] = [];
    pool.on('leak', (leak) => leaks.push(leak));
    const lease = await pool.acquire();
    time.advance(1000);
    expect(leaks.length).toBe(1);
    expect(leaks[0]?.borrowed.stack).toContain('pool.test.ts');
    lease.release();
    time.advance(1000);
    expect(pool.stats()).toMatchObject({ leaks: 1, idle: 1 });
  });

  it('has again what was dropped without giving it back, while leaks are looked for', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const { pool, gone } = poolOf({ max: 1, leakAfterMs: 1e6 });
    await (async () => void (await pool.acquire()))();
    for (let i = 0; i < 100 && gone.length === 0; i++) {
      collect();
      await settled();
    }
    expect(gone).toEqual(['1 lost']);
    expect((await pool.acquire()).value.number).toBe(2);
  });

  it('grows and shrinks when it is told to', async () => {
    const { pool, gone } = poolOf({ max: 1 });
    const one = await pool.acquire();
    const waits = [pool.acquire(), pool.acquire()];
    pool.resize(0, 3);
    const [two, three] = await Promise.all(waits);
    three?.release();
    pool.resize(0, 1);
    expect(gone).toEqual(['3 resized']);
    one.release();
    two?.release();
    expect(gone).toEqual(['3 resized', '1 resized']);
    expect(pool.size).toBe(1);
    pool.resize(2, 2);
    expect(pool.size).toBe(2);
  });

  it('closes when all is back, and lends nothing more', async () => {
    const ending = deferred();
    const { pool } = poolOf({ max: 1, destroy: ending.fn });
    const lease = await pool.acquire();
    const waits = reasonOf(pool.acquire());
    const closed = pool.close();
    expect(await waits).toBeInstanceOf(ClosedError);
    expect(await reasonOf(pool.acquire())).toBeInstanceOf(ClosedError);
    expect(pool.tryAcquire()).toBeUndefined();
    lease.release();
    expect(ending.calls.length).toBe(1);
    let done = false;
    void closed.then(() => {
      done = true;
    });
    await settled();
    expect(done).toBe(false);
    ending.call(0).resolve();
    await closed;
    expect(pool.size).toBe(0);
  });

  it('closes by force when the deadline has passed, and outlives what comes back later', async () => {
    const { pool, time, gone } = poolOf();
    const lease = await pool.acquire();
    const closed = pool.close({ timeoutMs: 100 });
    time.advance(100);
    await closed;
    expect(gone).toEqual(['1 closed']);
    lease.release();
    expect(gone.length).toBe(1);
    expect(time.pending).toBe(0);
  });

  it('aborts what is being made when it closes', async () => {
    const making = deferred<[{ signal: AbortSignal }]>();
    const { pool, gone } = poolOf({ create: making.fn });
    const waits = reasonOf(pool.acquire());
    await pool.close();
    expect(await waits).toBeInstanceOf(ClosedError);
    expect(making.call(0).args[0].signal.aborted).toBe(true);
    making.call(0).resolve({ number: 5 });
    await settled();
    expect(gone).toEqual(['5 closed']);
  });

  it('tells what destroying threw, and goes on', async () => {
    const { pool } = poolOf({ destroy: () => Promise.reject(new Error('stuck')) });
    const failures: unknown[] = [];
    pool.on('destroyFailed', ({ error }) => failures.push((error as Error).message));
    (await pool.acquire()).destroy();
    await settled();
    expect(failures).toEqual(['stuck']);
    expect((await pool.acquire()).value.number).toBe(2);
  });

  it('records how long is waited and lent', async () => {
    const { pool, time } = poolOf({ max: 1, histograms: true });
    const lease = await pool.acquire();
    const waits = pool.acquire();
    time.advance(40);
    lease.release();
    (await waits).release();
    const { waitMs, lentMs } = pool.stats();
    expect([waitMs?.count, lentMs?.count]).toEqual([1, 2]);
    expect(waitMs?.max).toBeCloseTo(40, 0);
    await pool.close();
    expect(pool.stats().lentMs?.count).toBe(2);
  });

  it('refuses options that no pool has', () => {
    expect(() => new ObjectPool({} as never)).toThrow('create must be a function, got undefined');
    expect(() => poolOf({ min: 3 })).toThrow('min must be at most max, 2, got 3');
    expect(() => poolOf({ max: 0 })).toThrow(RangeError);
    expect(() => poolOf({ order: 'random' as never })).toThrow("order must be 'lifo' or 'fifo', got random");
    expect(() => poolOf({ idleTimeoutMs: -1 })).toThrow(RangeError);
    expect(() => poolOf({ validate: 1 as never })).toThrow('validate must be a function, got number');
    const { pool } = poolOf();
    expect(() => pool.acquire({ priority: Number.NaN })).toThrow(TypeError);
    expect(() => pool.acquire({ timeoutMs: -1 })).toThrow(RangeError);
    expect(() => pool.resize(2, 1)).toThrow(RangeError);
    expect(pool.stats()).toMatchObject({ size: 0, waiting: 0 });
  });
});

describe('ConnectionPool', () => {
  it('opens, asks and closes connections', async () => {
    const time = new ManualTime();
    const log: string[] = [];
    const pool = new ConnectionPool({
      connect: async () => {
        log.push('connect');
        return {};
      },
      ping: async () => void log.push('ping'),
      disconnect: async () => void log.push('disconnect'),
      clock: time,
      timer: time,
      random: half,
    });
    (await pool.acquire()).release();
    (await pool.acquire()).release();
    expect(log).toEqual(['connect']);
    time.advance(500);
    (await pool.acquire()).release();
    expect(log).toEqual(['connect', 'ping']);
    await time.pass(150_000, 5);
    expect(log).toEqual(['connect', 'ping', 'ping']);
    await time.pass(700_000, 20);
    expect(log.at(-1)).toBe('disconnect');
    await pool.close();
    expect(time.pending).toBe(0);
  });

  it('lends each connection to one at a time, and settles every wait, in any order of what happens', async () => {
    const random = seededRandom(7);
    for (let round = 0; round < 40; round++) {
      const time = new ManualTime();
      const lentNow = new Set<object>();
      const alive = new Set<object>();
      const breaks: (() => void)[] = [];
      const max = 1 + random.below(4);
      const maybe = <V>(value: V): V | Promise<V> =>
        random.below(2) ? value : new Promise((done) => time.after(random.below(5), () => done(value)));
      const pool = new ConnectionPool<object>({
        connect: ({ broken }) => {
          if (random.below(5) === 0) throw new Error('refused');
          breaks.push(broken);
          const connection = {};
          alive.add(connection);
          expect(alive.size).toBeLessThanOrEqual(max);
          return maybe(connection);
        },
        disconnect: (connection) => maybe(void alive.delete(connection)),
        ping: () => maybe(random.below(6) !== 0),
        reset: random.below(2) ? () => maybe(undefined) : undefined,
        validateAfterIdleMs: [0, 5, Number.POSITIVE_INFINITY][random.below(3)] as number,
        max,
        min: random.below(2),
        idleTimeoutMs: 50,
        maxLifetimeMs: 200,
        keepAliveMs: 20,
        maxUses: 10,
        retryDelayMs: 1,
        maxCreateFailures: 3,
        order: random.below(2) ? 'lifo' : 'fifo',
        clock: time,
        timer: time,
      });
      const leases: { release(): void; destroy(): void; value: object }[] = [];
      const ends: string[] = [];
      let asked = 0;
      for (let step = 0; step < 200; step++) {
        switch (random.below(6)) {
          case 0:
          case 1: {
            asked++;
            const options =
              random.below(3) === 0
                ? { signal: AbortSignal.abort('gone') }
                : { timeoutMs: 1 + random.below(40), priority: random.below(2) };
            pool.acquire(options).then(
              (lease) => {
                expect(lentNow.has(lease.value)).toBe(false);
                expect(alive.has(lease.value)).toBe(true);
                lentNow.add(lease.value);
                leases.push(lease);
                ends.push('lent');
              },
              (error) => ends.push(String(error?.code ?? error)),
            );
            break;
          }
          case 2:
          case 3: {
            const [lease] = leases.splice(random.below(leases.length), 1);
            if (lease === undefined) break;
            lentNow.delete(lease.value);
            if (random.below(5) === 0) lease.destroy();
            else lease.release();
            break;
          }
          case 4:
            if (random.below(8) === 0) breaks[random.below(breaks.length)]?.();
            break;
          default:
            time.advance(random.below(15));
        }
        await settled();
      }
      const closed = pool.close({ timeoutMs: 10 });
      await time.pass(20_000, 40);
      await closed;
      expect(ends.length).toBe(asked);
      expect(ends.filter((end) => !['lent', 'gone', 'TIMEOUT', 'CLOSED', 'POOL_UNAVAILABLE'].includes(end))).toEqual(
        [],
      );
      expect(pool.stats()).toMatchObject({ size: 0, idle: 0, waiting: 0, making: 0 });
      expect(alive.size).toBe(0);
      expect(time.pending).toBe(0);
    }
  });
});
