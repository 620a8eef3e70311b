import { describe, expect, it, vi } from 'vitest';
import { FetchEndedError } from '../../src/cache/cache/index.js';
import { LRUCache } from '../../src/cache/lru-cache/index.js';
import { ManualTime, settled } from '../support/time.js';

/** A cache under the test's clock. */
function timed(options: Partial<ConstructorParameters<typeof LRUCache<string, number>>[0]> = {}) {
  const time = new ManualTime();
  const cache = new LRUCache<string, number>({ max: 10, clock: time, timer: time, ttlResolution: 0, ...options });
  return { time, cache };
}

describe('LRUCache', () => {
  it('keeps the most recently used, most recent first', () => {
    const cache = new LRUCache<string, number>({ max: 3 });
    cache.set('a', 1).set('b', 2).set('c', 3);
    expect(cache.get('a')).toBe(1);
    cache.set('d', 4);
    expect([...cache]).toEqual([
      ['d', 4],
      ['a', 1],
      ['c', 3],
    ]);
    expect(cache.has('b')).toBe(false);
    expect(cache.stats()).toMatchObject({ size: 3, hits: 1, misses: 0, additions: 4, evictions: 1, hitRatio: 1 });
  });

  it('visits every entry once while the visitor uses them', () => {
    const cache = new LRUCache<number, number>({ max: 5 });
    for (let i = 0; i < 5; i++) cache.set(i, i);
    const seen: number[] = [];
    for (const key of cache.keys()) {
      seen.push(key);
      cache.get(key);
    }
    expect(seen).toEqual([4, 3, 2, 1, 0]);
  });

  it('ends an iteration from the oldest, however many are added meanwhile', () => {
    const cache = new LRUCache<number, number>({ max: 100 });
    for (let i = 0; i < 5; i++) cache.set(i, i);
    const seen: number[] = [];
    for (const key of cache.rkeys()) {
      seen.push(key);
      cache.set(key + 10, 0);
    }
    expect(seen).toEqual([0, 1, 2, 3, 4]);
  });

  it('finds its way when all that it was to visit is gone', () => {
    const cache = new LRUCache<number, number>({ max: 5 });
    for (let i = 0; i < 5; i++) cache.set(i, i);
    const seen: number[] = [];
    for (const key of cache.keys()) {
      seen.push(key);
      cache.clear();
    }
    expect(seen).toEqual([4]);
  });

  it('grows as entries come, and stays usable beyond every growth', () => {
    const cache = new LRUCache<number, number>({ max: 5000 });
    for (let i = 0; i < 12_000; i++) cache.set(i, i * 2);
    expect([cache.size, cache.get(6999), cache.get(7000), cache.get(11_999)]).toEqual([
      5000,
      undefined,
      14_000,
      23_998,
    ]);
  });

  it('takes undefined, falsy values and every kind of key', () => {
    const cache = new LRUCache<unknown, unknown>({ max: 10 });
    const object = {};
    for (const key of [0, '', Number.NaN, null, false, object]) cache.set(key, key === 0 ? false : 0);
    expect([cache.get(0), cache.get(Number.NaN), cache.get(null), cache.get(object)]).toEqual([false, 0, 0, 0]);
    expect(cache.set('', undefined).has('')).toBe(false);
  });

  it('takes options that are frozen, and leaves them as they are', () => {
    const cache = new LRUCache<string, number>({ max: 2 });
    const options = Object.freeze({});
    cache.set('a', 1, options);
    expect([cache.get('a', options), cache.has('a', options), cache.peek('a', options)]).toEqual([1, true, 1]);
  });

  it('is made again from another cache, by its options', () => {
    const { cache } = timed({ ttl: 5, allowStale: true, dispose: () => undefined });
    const copy = new LRUCache<string, number>(cache);
    expect([copy.max, copy.ttl, copy.allowStale, copy.dispose]).toEqual([10, 5, true, cache.dispose]);
  });

  it.each([
    [{}, 'At least one of max, maxSize or ttl'],
    [{ max: -1 }, 'max must be a nonnegative integer, got -1'],
    [{ max: 1.5 }, 'max must be a nonnegative integer, got 1.5'],
    [{ max: 2 ** 24 }, 'max must be 8388608 at most, got 16777216'],
    [{ maxSize: -1 }, 'maxSize must be a positive integer if specified, got -1'],
    [{ max: 1, ttl: 0.5 }, 'ttl must be a positive integer if specified, got 0.5'],
    [{ max: 1, sizeCalculation: () => 1 }, 'sizeCalculation needs maxSize or maxEntrySize'],
    [{ max: 1, fetchMethod: 3 as never }, 'fetchMethod must be a function'],
    [{ max: 1, perf: {} as never }, 'perf must have a method now()'],
  ])('refuses %o', (options, message) => {
    expect(() => new LRUCache<string, number>(options)).toThrow(message);
  });

  it('is as it was after a call that was refused', () => {
    const cache = new LRUCache<string, number>({ maxSize: 10 });
    cache.set('a', 1, { size: 4 });
    expect(() => cache.set('b', 1)).toThrow('size must be a positive integer');
    expect(() => cache.set('b', 1, { sizeCalculation: () => 0.5 })).toThrow('sizeCalculation must return');
    expect(() => cache.set('a', 2, { size: 1, ttl: Number.NaN })).toThrow('ttl must be a number');
    expect([[...cache], cache.calculatedSize]).toEqual([[['a', 1]], 4]);
    expect(() => new LRUCache<string, number>({ max: 1 }).set('a', 1, { size: 1 })).toThrow('A size needs');
    expect(() => new LRUCache<string, number>({ max: 1 }).memo('a')).toThrow('memoMethod');
  });

  it('refuses what is larger than all of the cache', () => {
    const cache = new LRUCache<string, number>({ maxSize: 10, maxEntrySize: 20 });
    cache.set('a', 1, { size: 5 });
    const status = {};
    cache.set('a', 2, { size: 15, status });
    expect(status).toMatchObject({ set: 'miss', maxEntrySizeExceeded: true });
    expect([cache.size, cache.calculatedSize]).toEqual([0, 0]);
  });
});

describe('LRUCache callbacks', () => {
  it('find the cache in order, and may use it', () => {
    const cache: LRUCache<string, number> = new LRUCache<string, number>({
      max: 2,
      dispose: (value, key, reason) => {
        if (reason === 'evict' && value < 10) cache.set(`${key}'`, value + 10);
      },
    });
    cache.set('a', 1).set('b', 2).set('c', 3);
    expect(cache.size).toBe(2);
    expect([...cache.keys()].includes('c')).toBe(true);
    cache.delete('c');
    expect(cache.size).toBe(1);
  });

  it('may delete the key that is being set', () => {
    const cache: LRUCache<string, number> = new LRUCache<string, number>({
      max: 2,
      ttl: 100,
      dispose: (_value, key) => void cache.delete(key),
      onInsert: (value, key) => void (value === 7 && cache.delete(key)),
    });
    cache.set('a', 1).set('a', 2).set('b', 7).set('c', 3);
    expect([...cache]).toEqual([['c', 3]]);
  });

  it('that throw leave the cache in order', () => {
    let fails = true;
    const cache = new LRUCache<string, number>({
      max: 1,
      dispose: () => {
        if (fails) throw new Error('no');
      },
    });
    cache.set('a', 1);
    expect(() => cache.set('b', 2)).toThrow('no');
    expect([cache.size, cache.has('a'), cache.has('b')]).toEqual([0, false, false]);
    fails = false;
    expect(cache.set('b', 2).get('b')).toBe(2);
  });
});

describe('LRUCache times', () => {
  it('judges by time that has passed, whatever the wall clock does', () => {
    const { time, cache } = timed({ ttl: 100 });
    cache.set('a', 1);
    time.jump(-1e9);
    time.advance(100);
    expect([cache.getRemainingTTL('a'), cache.get('a')]).toEqual([0, 1]);
    time.jump(1e12);
    expect(cache.has('a')).toBe(true);
    time.advance(1);
    expect([cache.has('a'), cache.get('a'), cache.size]).toEqual([false, undefined, 0]);
    expect(cache.stats()).toMatchObject({ expirations: 1, hits: 1, misses: 1 });
  });

  it('reads the clock once within its resolution', () => {
    const { time, cache } = timed({ ttl: 10, ttlResolution: 5 });
    const look = vi.spyOn(time, 'monotonic');
    cache.set('a', 1);
    for (let i = 0; i < 100; i++) cache.get('a');
    expect(look).toHaveBeenCalledTimes(2);
    expect(time.pending).toBe(1);
    time.advance(11);
    expect([cache.get('a'), time.pending]).toEqual([undefined, 1]);
    cache[Symbol.dispose]();
    expect(time.pending).toBe(0);
  });

  it('purges a thousand keys by one timer, in order of time', () => {
    const gone: string[] = [];
    const { time, cache } = timed({ max: 1000, ttlAutopurge: true, ttl: 1, dispose: (_, key) => void gone.push(key) });
    for (let i = 0; i < 1000; i++) cache.set(String(i), i, { ttl: 1 + ((i * 7919) % 1000) * 100 });
    expect(time.pending).toBe(1);
    time.advance(50_000);
    expect(cache.size).toBe(500);
    time.advance(60_000);
    expect([cache.size, time.pending]).toEqual([0, 0]);
    const times = gone.map((key) => (Number(key) * 7919) % 1000);
    expect(times.every((at, i) => i === 0 || at >= (times[i - 1] as number))).toBe(true);
  });

  it('purges entries of months, and none before', () => {
    const day = 86_400_000;
    const { time, cache } = timed({ ttlAutopurge: true, ttl: 1 });
    cache
      .set('a', 1, { ttl: 40 * day })
      .set('b', 2, { ttl: 13 * day })
      .set('c', 3, { ttl: Number.POSITIVE_INFINITY });
    time.advance(13 * day);
    expect(cache.size).toBe(3);
    time.advance(1);
    expect([...cache.keys()]).toEqual(['c', 'a']);
    time.advance(27 * day);
    expect([...cache.keys()]).toEqual(['c']);
  });

  it('purges when asked, soonest first, what was stale before it was asked for the first time, too', () => {
    const gone: string[] = [];
    const { time, cache } = timed({ dispose: (_, key) => void gone.push(key) });
    cache.set('late', 1, { ttl: 50 }).set('soon', 2, { ttl: 10 }).set('for ever', 3);
    time.advance(5);
    cache.set('middle', 4, { ttl: 20 });
    time.advance(100);
    expect([cache.purgeStale(), cache.purgeStale(), gone]).toEqual([true, false, ['soon', 'middle', 'late']]);
    cache.set('again', 5, { ttl: 7 });
    time.advance(8);
    expect([cache.purgeStale(), [...cache.keys()]]).toEqual([true, ['for ever']]);
  });

  it('loads what another dumped, older by the time on ice', () => {
    const { time, cache } = timed({ ttl: 100 });
    cache.set('a', 1).set('b', 2, { ttl: 20 });
    time.advance(10);
    const dumped = JSON.parse(JSON.stringify(cache.dump()));
    time.advance(15);
    const copy = new LRUCache<string, number>({ max: 10, clock: time, timer: time, ttlResolution: 0 });
    copy.load(dumped);
    expect([copy.get('a'), copy.getRemainingTTL('a'), copy.get('b')]).toEqual([1, 75, undefined]);
  });
});

describe('LRUCache.fetch', () => {
  const deferred = () => {
    const calls: { resolve(value: number | undefined): void; reject(error: unknown): void; signal: AbortSignal }[] = [];
    const fetchMethod = (_key: string, _stale: number | undefined, { signal }: { signal: AbortSignal }) =>
      new Promise<number | undefined>((resolve, reject) => void calls.push({ resolve, reject, signal }));
    return { calls, fetchMethod };
  };

  it('asks once for a thousand callers', async () => {
    const { calls, fetchMethod } = deferred();
    const cache = new LRUCache<string, number>({ max: 5, fetchMethod });
    const all = Array.from({ length: 1000 }, () => cache.fetch('a'));
    expect(calls.length).toBe(1);
    calls[0]?.resolve(7);
    expect(new Set(await Promise.all(all))).toEqual(new Set([7]));
    expect(cache.get('a')).toBe(7);
  });

  it('rejects with exactly the reason of its signal, also of one that was aborted before', async () => {
    const { calls, fetchMethod } = deferred();
    const cache = new LRUCache<string, number>({ max: 5, fetchMethod });
    const controller = new AbortController();
    const reason = { why: 'because' };
    const waiting = cache.fetch('a', { signal: controller.signal });
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    expect([calls[0]?.signal.aborted, cache.size]).toEqual([true, 0]);
    await expect(cache.fetch('b', { signal: controller.signal })).rejects.toBe(reason);
    expect(cache.size).toBe(0);
  });

  it('ends only the wait of a caller who joined', async () => {
    const { calls, fetchMethod } = deferred();
    const cache = new LRUCache<string, number>({ max: 5, fetchMethod });
    const controller = new AbortController();
    const first = cache.fetch('a');
    const second = cache.fetch('a', { signal: controller.signal });
    controller.abort('enough');
    await expect(second).rejects.toBe('enough');
    calls[0]?.resolve(3);
    expect(await first).toBe(3);
  });

  it('leaves no listener on a signal', async () => {
    const cache = new LRUCache<number, number>({ max: 5, fetchMethod: (key) => Promise.resolve(key) });
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal) as (...args: unknown[]) => void;
    const remove = signal.removeEventListener.bind(signal) as (...args: unknown[]) => void;
    signal.addEventListener = (...args: unknown[]) => {
      listeners++;
      add(...args);
    };
    signal.removeEventListener = (...args: unknown[]) => {
      listeners--;
      remove(...args);
    };
    for (let i = 0; i < 500; i++) await Promise.all([cache.fetch(i, { signal }), cache.fetch(i, { signal })]);
    await settled();
    expect(listeners).toBe(0);
  });

  it('ends with a reason of its own when the key is set, evicted or deleted', async () => {
    const { fetchMethod } = deferred();
    const cache = new LRUCache<string, number>({ max: 1, fetchMethod });
    const ended = async (act: () => unknown) => {
      const waiting = cache.fetch('a').catch((error: unknown) => error);
      act();
      return waiting;
    };
    for (const [reason, act] of [
      ['replaced', () => cache.set('a', 1)],
      ['deleted', () => cache.delete('a')],
      ['deleted', () => cache.clear()],
      ['evicted', () => cache.set('b', 1)],
    ] as const) {
      cache.clear();
      const error = await ended(act);
      expect(error).toBeInstanceOf(FetchEndedError);
      expect(error).toMatchObject({ code: 'CACHE_FETCH_ENDED', reason });
    }
  });

  it('has its value again when a fetch that was given up fails late', async () => {
    const { time, cache: _ } = timed();
    const { calls, fetchMethod } = deferred();
    const cache = new LRUCache<string, number>({
      max: 5,
      ttl: 10,
      clock: time,
      fetchMethod,
      allowStaleOnFetchAbort: true,
    });
    cache.set('a', 1);
    time.advance(20);
    const controller = new AbortController();
    const waiting = cache.fetch('a', { signal: controller.signal });
    controller.abort();
    expect(await waiting).toBe(1);
    calls[0]?.reject(new Error('late'));
    await settled();
    const again = cache.fetch('a');
    expect(calls.length).toBe(2);
    calls[1]?.resolve(2);
    expect(await again).toBe(2);
  });

  it('takes values, nothing and errors that come at once', async () => {
    const cache = new LRUCache<string, number>({
      max: 5,
      fetchMethod: (key) => {
        if (key === 'error') throw new Error('at once');
        return key === 'nothing' ? undefined : 4;
      },
    });
    expect([await cache.fetch('value'), await cache.fetch('nothing')]).toEqual([4, undefined]);
    await expect(cache.fetch('error')).rejects.toThrow('at once');
    await expect(cache.forceFetch('nothing')).rejects.toThrow('undefined');
    expect([...cache.keys()]).toEqual(['value']);
  });

  it('disposes of the stale value that a failed fetch was to renew', async () => {
    const gone: unknown[] = [];
    const { calls, fetchMethod } = deferred();
    const cache = new LRUCache<string, number>({ max: 5, fetchMethod, dispose: (...args) => void gone.push(args) });
    cache.set('a', 1);
    const waiting = cache.fetch('a', { forceRefresh: true });
    calls[0]?.reject(new Error('no'));
    await expect(waiting).rejects.toThrow('no');
    expect(gone).toEqual([[1, 'a', 'fetch']]);
  });
});
