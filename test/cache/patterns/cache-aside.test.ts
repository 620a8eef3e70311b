import { describe, expect, it } from 'vitest';
import { CacheAside, type CacheAsideOptions } from '../../../src/cache/patterns/index.js';
import { deferred } from '../../support/deferred.js';
import { CountingSignal, reasonOf } from '../../support/signals.js';
import { ManualTime, settled } from '../../support/time.js';

function cacheIn(options: CacheAsideOptions<string, string> = {}) {
  const time = new ManualTime();
  const errors: unknown[] = [];
  const cache = new CacheAside<string, string>({
    clock: time,
    timer: time,
    onError: (error) => errors.push(error),
    ...options,
  });
  return { time, cache, errors };
}

const never = () => Promise.reject(new Error('there was a load'));

describe('CacheAside: loading', () => {
  it('asks the cache first, and loads what it has not', async () => {
    const { cache } = cacheIn();
    let loads = 0;
    const load = async (key: string) => `${key} ${++loads}`;
    expect([await cache.get('a', load), await cache.get('a', load), await cache.get('b', load)]).toEqual([
      'a 1',
      'a 1',
      'b 2',
    ]);
    expect(cache.stats()).toMatchObject({ hits: 1, misses: 2, loads: 2, size: 2, inFlight: 0 });
    expect([cache.peek('a'), cache.has('c'), cache.peek('c')]).toEqual(['a 1', false, undefined]);
  });

  it('loads once for 1000 who ask at once', async () => {
    const { cache } = cacheIn();
    const { call, calls, fn } = deferred();
    const answers = Array.from({ length: 1000 }, () => cache.get('a', fn));
    call(0).resolve('value');
    expect(new Set(await Promise.all(answers))).toEqual(new Set(['value']));
    expect([calls.length, cache.stats().joined]).toEqual([1, 999]);
  });

  it('takes loads that answer at once', async () => {
    const { cache } = cacheIn();
    expect(await cache.get('a', () => 'now')).toBe('now');
    expect(cache.peek('a')).toBe('now');
  });

  it('gives the error of a load, thrown or rejected, and keeps nothing', async () => {
    const { cache } = cacheIn();
    const error = new Error('down');
    expect(await reasonOf(cache.get('a', () => Promise.reject(error)))).toBe(error);
    const throws = () => {
      throw error;
    };
    expect(await reasonOf(cache.get('a', throws))).toBe(error);
    expect(cache.stats()).toMatchObject({ failures: 2, size: 0, inFlight: 0 });
  });

  it('loads many at once, and each key once', async () => {
    const { cache } = cacheIn();
    cache.set('a', 'A');
    const batches: (readonly string[])[] = [];
    const loadMany = async (keys: readonly string[]) => {
      batches.push(keys);
      return new Map(keys.filter((key) => key !== 'x').map((key) => [key, key.toUpperCase()]));
    };
    const [both, found] = await Promise.all([
      cache.getMany(['b', 'c'], loadMany),
      cache.getMany(['a', 'b', 'x', 'd', 'd'], loadMany),
    ]);
    expect([...both.keys()]).toEqual(['b', 'c']);
    expect([...found]).toEqual([
      ['a', 'A'],
      ['b', 'B'],
      ['d', 'D'],
    ]);
    expect(batches).toEqual([
      ['b', 'c'],
      ['x', 'd'],
    ]);
  });

  it('ends the load of many when all who wait have gone', async () => {
    const { cache } = cacheIn();
    const { call, fn } = deferred<[readonly string[], { signal: AbortSignal }]>();
    const controller = new AbortController();
    const reason = reasonOf(cache.getMany(['a', 'b'], fn, { signal: controller.signal }));
    await settled();
    controller.abort('enough');
    expect(await reason).toBe('enough');
    expect(call(0).args[1].signal.reason).toBe('enough');
    expect(cache.stats().inFlight).toBe(0);
  });

  it('bounds its entries, and sizes where they are counted', async () => {
    const { cache } = cacheIn({ max: 2 });
    for (const key of ['a', 'b', 'c']) cache.set(key, key);
    expect([cache.has('a'), cache.has('c'), cache.stats().evictions]).toEqual([false, true, 1]);
    const { cache: sized } = cacheIn({ maxSize: 10, sizeCalculation: (value) => value.length });
    sized.set('a', '123456');
    sized.set('b', '123456');
    expect([sized.has('a'), sized.has('b')]).toEqual([false, true]);
  });
});

describe('CacheAside: leaving', () => {
  it('lets one go by its signal, and aborts the load when all have gone', async () => {
    const { cache } = cacheIn();
    const { call, fn } = deferred<[string, { signal: AbortSignal }]>();
    const signals = [new CountingSignal(), new CountingSignal()];
    const reasons = signals.map(({ signal }) => reasonOf(cache.get('a', fn, { signal })));
    const { signal } = call(0).args[1];
    signals[0]?.abort('first');
    await settled();
    expect([signal.aborted, cache.stats().inFlight]).toEqual([false, 1]);
    signals[1]?.abort('second');
    expect(await Promise.all(reasons)).toEqual(['first', 'second']);
    expect([signal.reason, cache.stats().inFlight]).toEqual(['second', 0]);
    expect(signals.map(({ listeners }) => listeners)).toEqual([0, 0]);
    call(0).resolve('late');
    await settled();
    expect(cache.has('a')).toBe(false);
  });

  it('leaves no listener behind, however the wait ends', async () => {
    const { cache, time } = cacheIn({ softTimeoutMs: 10, hardTimeoutMs: 20, ttl: 5, grace: 1000 });
    const counting = new CountingSignal();
    const { signal } = counting;
    await cache.get('a', () => 'value', { signal });
    await reasonOf(cache.get('b', () => Promise.reject(new Error('no')), { signal }));
    const timedOut = reasonOf(cache.get('c', () => new Promise(() => {}), { signal }));
    time.advance(20);
    expect(await timedOut).toMatchObject({ code: 'TIMEOUT', timeoutMs: 20 });
    const stale = cache.get('a', () => new Promise(() => {}), { signal });
    time.advance(10);
    expect(await stale).toBe('value');
    expect([counting.listeners, time.pending]).toEqual([0, 0]);
  });

  it('does not begin for who has gone', async () => {
    const { cache } = cacheIn();
    expect(await reasonOf(cache.get('a', never, { signal: AbortSignal.abort('gone') }))).toBe('gone');
    expect(cache.stats().loads).toBe(0);
  });
});

describe('CacheAside: freshness', () => {
  it('loads again when freshness has ended, by the entry or the cache', async () => {
    const { cache, time } = cacheIn({ ttl: 100 });
    let loads = 0;
    const load = () => String(++loads);
    await cache.get('a', load);
    await cache.get('b', load, { ttl: 1000 });
    await cache.get('c', load, { ttl: 0 });
    time.advance(99);
    expect([await cache.get('a', load), cache.has('a')]).toEqual(['1', true]);
    time.advance(1);
    expect([cache.has('a'), await cache.get('a', load), cache.peek('b')]).toEqual([false, '4', '2']);
    time.advance(1_000_000);
    expect([cache.peek('b'), cache.peek('c')]).toEqual([undefined, '3']);
  });

  it('takes the time to live that a load says', async () => {
    const { cache, time } = cacheIn({ ttl: 100 });
    await cache.get('a', (_, context) => {
      context.ttl = 10;
      return 'short';
    });
    time.advance(10);
    expect(cache.has('a')).toBe(false);
    const passing = await cache.get('a', (_, context) => {
      context.noStore = true;
      return 'passing';
    });
    expect([passing, cache.has('a')]).toEqual(['passing', false]);
  });

  it('is not troubled by a wall clock that jumps', async () => {
    const { cache, time } = cacheIn({ ttl: 100 });
    await cache.get('a', () => 'value');
    time.jump(1_000_000);
    expect(cache.peek('a')).toBe('value');
    time.jump(-9_000_000);
    time.advance(100);
    expect(cache.peek('a')).toBe(undefined);
  });

  it('remembers that there is nothing, for as long as told', async () => {
    const { cache, time } = cacheIn({ negativeTtl: 50, ttl: 1000 });
    let loads = 0;
    const load = () => void loads++;
    for (let i = 0; i < 3; i++) expect(await cache.get('a', load as () => undefined)).toBe(undefined);
    expect([loads, cache.has('a'), cache.knows('a')]).toEqual([1, false, true]);
    time.advance(50);
    await cache.get('a', load as () => undefined);
    expect(loads).toBe(2);
    const { cache: forgetful } = cacheIn();
    for (let i = 0; i < 3; i++) await forgetful.get('a', load as () => undefined);
    expect([loads, forgetful.stats().size]).toEqual([5, 0]);
  });

  it('refreshes ahead: who reads near the end is answered at once, and the load is one', async () => {
    const { cache, time } = cacheIn({ ttl: 100, refreshAheadMs: 20 });
    const { call, calls, fn } = deferred();
    cache.set('a', 'old');
    time.advance(79);
    expect([await cache.get('a', fn), calls.length]).toEqual(['old', 0]);
    time.advance(1);
    expect([await cache.get('a', fn), await cache.get('a', fn), calls.length]).toEqual(['old', 'old', 1]);
    call(0).resolve('new');
    await settled();
    expect([await cache.get('a', fn), calls.length, cache.stats().refreshes]).toEqual(['new', 1, 1]);
    time.advance(79);
    expect(cache.peek('a')).toBe('new');
  });

  it('goes on with the old value when a refresh fails', async () => {
    const { cache, time, errors } = cacheIn({ ttl: 100, refreshAheadMs: 20, failureTtl: 5 });
    const error = new Error('down');
    cache.set('a', 'old');
    time.advance(80);
    expect(await cache.get('a', () => Promise.reject(error))).toBe('old');
    await settled();
    expect(errors).toEqual([error]);
    expect([await cache.get('a', never), cache.stats().loads]).toEqual(['old', 1]);
    time.advance(5);
    expect(await cache.get('a', () => 'new')).toBe('old');
    expect(cache.peek('a')).toBe('new');
  });

  it('refreshes early by chance, the likelier the longer loads take (XFetch)', async () => {
    const at = async (chance: number, elapsedMs: number) => {
      const random = { float: () => chance, u32: () => 0, fill: () => {} };
      const { cache, time } = cacheIn({ ttl: 1000, earlyBeta: 1, random });
      const { call, fn } = deferred();
      const first = cache.get('a', fn);
      time.advance(100);
      call(0).resolve('value');
      await first;
      time.advance(elapsedMs);
      await cache.get('a', () => 'new');
      return cache.stats().refreshes;
    };
    // delta 100, beta 1: a refresh when 100 · −ln(1 − chance) ≥ what is left.
    expect([await at(0.5, 930), await at(0.5, 931), await at(0.9, 769), await at(0.9, 770), await at(0, 999)]).toEqual([
      0, 1, 0, 1, 0,
    ]);
  });

  it('loads again by force, and joins nobody who began before', async () => {
    const { cache } = cacheIn();
    const { call, fn } = deferred();
    const first = cache.get('a', fn);
    const forced = cache.get('a', fn, { forceRefresh: true });
    call(1).resolve('new');
    expect(await forced).toBe('new');
    call(0).resolve('old');
    expect([await first, cache.peek('a')]).toEqual(['old', 'new']);
  });
});

describe('CacheAside: failures and patience', () => {
  it('gives the stale value when a load fails within grace, and the error after', async () => {
    const { cache, time, errors } = cacheIn({ ttl: 100, grace: 50 });
    const error = new Error('down');
    cache.set('a', 'old');
    time.advance(149);
    expect(await cache.get('a', () => Promise.reject(error))).toBe('old');
    expect([errors, cache.stats().staleHits, cache.has('a')]).toEqual([[error], 1, false]);
    time.advance(1);
    expect(await reasonOf(cache.get('a', () => Promise.reject(error)))).toBe(error);
  });

  it('tells the load the stale value', async () => {
    const { cache, time } = cacheIn({ ttl: 100, grace: 50 });
    cache.set('a', 'old');
    time.advance(100);
    expect(await cache.get('a', (_, { staleValue }) => `${staleValue} and new`)).toBe('old and new');
  });

  it('remembers a failure for as long as told, with a stale value and without', async () => {
    const { cache, time } = cacheIn({ ttl: 100, grace: 1000, failureTtl: 30 });
    const error = new Error('down');
    const fails = () => Promise.reject(error);
    cache.set('a', 'old');
    time.advance(100);
    for (const key of ['a', 'b']) await cache.get(key, fails).catch(() => {});
    expect([await cache.get('a', never), await reasonOf(cache.get('b', never)), cache.stats().loads]).toEqual([
      'old',
      error,
      2,
    ]);
    expect(await cache.get('b', () => 'forced', { forceRefresh: true })).toBe('forced');
    time.advance(30);
    expect(await cache.get('a', () => 'new')).toBe('new');
  });

  it('gives a stale value after the soft timeout, and the load goes on', async () => {
    const { cache, time } = cacheIn({ ttl: 100, grace: 1000, softTimeoutMs: 20 });
    const { call, calls, fn } = deferred<[string, { signal: AbortSignal }]>();
    cache.set('a', 'old');
    time.advance(100);
    const answer = cache.get('a', fn);
    let given: string | undefined;
    void answer.then((value) => (given = value));
    time.advance(19);
    await settled();
    expect(given).toBe(undefined);
    time.advance(1);
    expect(await answer).toBe('old');
    const atOnce = await cache.get('a', fn, { softTimeoutMs: 0 });
    expect([atOnce, calls.length, call(0).args[1].signal.aborted]).toEqual(['old', 1, false]);
    call(0).resolve('new');
    await settled();
    expect([cache.peek('a'), time.pending]).toEqual(['new', 0]);
  });

  it('gives the load without stale value all the time up to the hard timeout, and goes on with it', async () => {
    const { cache, time } = cacheIn({ softTimeoutMs: 20, hardTimeoutMs: 100 });
    const { call, calls, fn } = deferred();
    const reason = reasonOf(cache.get('a', fn));
    time.advance(99);
    const joined = cache.get('a', fn);
    time.advance(1);
    expect(await reason).toMatchObject({ name: 'TimeoutError', timeoutMs: 100 });
    call(0).resolve('value');
    expect([await joined, cache.peek('a'), calls.length, cache.stats().timeouts]).toEqual(['value', 'value', 1, 1]);
  });

  it('gives a stale value that the load met on its way', async () => {
    const { cache, time } = cacheIn({ softTimeoutMs: 20 });
    const error = new Error('down');
    const offers =
      (fails: Promise<string>) => (_: string, context: { offerStale(v: string, ms: number, t: string[]): void }) => {
        context.offerStale('met', 1000, []);
        return fails;
      };
    expect(await cache.get('a', offers(Promise.reject(error)))).toBe('met');
    const slow = cache.get('b', offers(new Promise(() => {})));
    time.advance(20);
    expect(await slow).toBe('met');
    // Also to who would have had it before.
    const { call, fn } = deferred<[string, { offerStale(v: string, ms: number, t: string[]): void }]>();
    const eager = cache.get('c', fn, { softTimeoutMs: 0 });
    await settled();
    call(0).args[1].offerStale('late', 1000, []);
    expect(await eager).toBe('late');
  });

  it('aborts a load that takes longer than it may', async () => {
    const { cache, time } = cacheIn({ loadTimeoutMs: 50 });
    const { call, fn } = deferred<[string, { signal: AbortSignal }]>();
    const reason = reasonOf(cache.get('a', fn));
    const { signal } = call(0).args[1];
    time.advance(50);
    expect(await reason).toMatchObject({ code: 'TIMEOUT', timeoutMs: 50 });
    expect([signal.aborted, signal.reason === (await reason), cache.stats().inFlight]).toEqual([true, true, 0]);
    call(0).resolve('late');
    await settled();
    expect(cache.has('a')).toBe(false);
  });
});

describe('CacheAside: invalidation', () => {
  it('does not keep what was loaded while its key was set, deleted, expired or everything cleared', async () => {
    const changes: Record<string, (cache: CacheAside<string, string>) => void> = {
      set: (cache) => cache.set('a', 'set'),
      delete: (cache) => void cache.delete('a'),
      expire: (cache) => void cache.expire('a'),
      clear: (cache) => cache.clear(),
    };
    for (const [name, change] of Object.entries(changes)) {
      const { cache } = cacheIn();
      const { call, calls, fn } = deferred();
      const before = cache.get('a', fn);
      change(cache);
      const after = name === 'set' ? undefined : cache.get('a', fn);
      call(0).resolve('before');
      expect(await before).toBe('before');
      expect(cache.peek('a')).toBe(name === 'set' ? 'set' : undefined);
      if (after === undefined) continue;
      expect(calls.length).toBe(2);
      call(1).resolve('after');
      expect([await after, cache.peek('a')]).toEqual(['after', 'after']);
    }
  });

  it('forgets what was read while the source was changed', async () => {
    const { cache } = cacheIn();
    const write = deferred();
    cache.set('a', 'old');
    const updated = cache.update('a', write.fn);
    expect(await cache.get('a', never)).toBe('old');
    write.call(0).resolve('done');
    expect([await updated, cache.has('a')]).toEqual(['done', false]);
    cache.set('a', 'old');
    const error = new Error('half written');
    expect(await reasonOf(cache.update('a', () => Promise.reject(error)))).toBe(error);
    expect(cache.has('a')).toBe(false);
  });

  it('expires: loads again, and gives the old value when that fails', async () => {
    const { cache } = cacheIn({ grace: 1000 });
    cache.set('a', 'old');
    expect([cache.expire('a'), cache.has('a'), cache.expire('a'), cache.expire('b')]).toEqual([
      true,
      false,
      false,
      false,
    ]);
    expect(await cache.get('a', () => Promise.reject(new Error('down')))).toBe('old');
    expect(await cache.get('a', () => 'new')).toBe('new');
  });

  it('invalidates by tag: entries, loads under way, and stale values', async () => {
    const { cache, time } = cacheIn({ ttl: 100, grace: 1000 });
    cache.set('a', 'A', { tags: ['x', 'y'] });
    cache.set('b', 'B', { tags: ['y'] });
    cache.set('c', 'C');
    const { call, fn } = deferred();
    const under = cache.get('d', fn, { tags: ['x'] });
    cache.invalidateTags(['x']);
    expect(['a', 'b', 'c'].map((key) => cache.peek(key))).toEqual([undefined, 'B', 'C']);
    const after = cache.get('d', fn, { tags: ['x'] });
    call(0).resolve('before');
    call(1).resolve('after');
    expect([await under, await after, cache.peek('d')]).toEqual(['before', 'after', 'after']);
    time.advance(100);
    cache.invalidateTags(['y']);
    const error = new Error('down');
    expect(await reasonOf(cache.get('b', () => Promise.reject(error)))).toBe(error);
    expect(await cache.get('c', () => Promise.reject(error))).toBe('C');
  });

  it('invalidates by a tag that only the load knew', async () => {
    const { cache } = cacheIn();
    const { call, fn } = deferred<[string, { tags: readonly string[] }]>();
    const answer = cache.get('a', fn);
    cache.invalidateTags(['late']);
    call(0).args[1].tags = ['late'];
    call(0).resolve('before');
    expect([await answer, cache.peek('a')]).toEqual(['before', undefined]);
  });

  it('rejects reads after it was closed', async () => {
    const { cache } = cacheIn();
    cache.set('a', 'A');
    await cache.close();
    expect(await reasonOf(cache.get('a', never))).toMatchObject({ code: 'CLOSED' });
    expect(() => cache.set('a', 'A')).toThrow('is closed');
  });

  it('refuses options that are none, and changes nothing', async () => {
    for (const [options, message] of [
      [{ ttl: -1 }, 'ttl must be at least 0, got -1'],
      [{ grace: Number.NaN }, 'grace must be at least 0, got NaN'],
      [{ softTimeoutMs: '5' }, 'softTimeoutMs must be a number, got string'],
      [{ negativeTtl: -5 }, 'negativeTtl'],
      [{ tags: 'x' }, 'tags must be an array of strings'],
      [{ maxTags: 0 }, 'maxTags must be a positive integer, got 0'],
      [{ onError: 5 }, 'onError must be a function'],
      [{ max: -1 }, 'max'],
      [{ sizeCalculation: 5 }, 'sizeCalculation must be a function'],
    ] as const) {
      expect(() => new CacheAside(options as never), JSON.stringify(options)).toThrow(message);
    }
    const { cache } = cacheIn();
    cache.set('a', 'A');
    expect(() => cache.set('a', 'B', { ttl: -1 })).toThrow(RangeError);
    expect(() => cache.get('a', never, { signal: 5 as never })).toThrow(TypeError);
    expect(cache.peek('a')).toBe('A');
  });
});
