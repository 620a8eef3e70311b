import { describe, expect, it } from 'vitest';
import {
  type BackingStore,
  type Change,
  WriteBehind,
  type WriteBehindOptions,
} from '../../../src/cache/patterns/index.js';
import { deferred } from '../../support/deferred.js';
import { CountingSignal, reasonOf } from '../../support/signals.js';
import { ManualTime, settled } from '../../support/time.js';

type Batch = readonly Change<string, string>[];

function behind(options: Partial<WriteBehindOptions<string, string>> = {}) {
  const time = new ManualTime();
  const table = new Map<string, string>();
  const batches: string[] = [];
  const store: BackingStore<string, string> = {
    load: (key) => table.get(key),
    store: () => Promise.reject(new Error('writeMany was to be called')),
    delete: () => Promise.reject(new Error('writeMany was to be called')),
    writeMany: async (changes) => apply(changes),
  };
  const apply = (changes: Batch) => {
    batches.push(changes.map(({ key, value }) => `${key}=${value ?? ''}`).join());
    for (const { key, value } of changes) {
      if (value === undefined) table.delete(key);
      else table.set(key, value);
    }
  };
  const random = { float: () => 1, u32: () => 0, fill: () => {} };
  const cache = new WriteBehind<string, string>({ store, clock: time, timer: time, random, ...options });
  return { time, table, batches, store, apply, cache };
}

describe('WriteBehind', () => {
  it('has a value in the cache at once, and in the store after the delay', async () => {
    const { cache, time, table } = behind({ delayMs: 50 });
    await cache.set('a', 'A');
    expect([cache.peek('a'), table.has('a'), cache.stats().pending]).toEqual(['A', false, 1]);
    await time.pass(49);
    expect(table.has('a')).toBe(false);
    await time.pass(1);
    expect([table.get('a'), cache.stats().pending, time.pending]).toEqual(['A', 0, 0]);
    await cache.delete('a');
    expect([cache.has('a'), await cache.get('a'), table.has('a')]).toEqual([false, undefined, true]);
    await cache.flush();
    expect(table.has('a')).toBe(false);
  });

  it('writes the last of several changes of a key, and what fills a batch without delay', async () => {
    const { cache, time, batches } = behind({ batchSize: 3 });
    for (const value of ['1', '2', '3']) await cache.set('a', value);
    await cache.set('b', '4');
    expect(batches).toEqual([]);
    await cache.delete('c');
    await settled();
    expect(batches).toEqual(['a=3,b=4,c=']);
    expect(cache.stats()).toMatchObject({ coalesced: 2, written: 3, pending: 0, writing: 0 });
    expect(time.pending).toBe(0);
  });

  it('reads what is not yet written, though the cache has lost it', async () => {
    const { cache, table } = behind({ max: 1 });
    table.set('a', 'old').set('b', 'old');
    await cache.set('a', 'new');
    await cache.delete('b');
    await cache.set('c', 'C');
    expect([cache.has('a'), await cache.get('a'), await cache.get('b')]).toEqual([false, 'new', undefined]);
    await cache.set('d', 'D');
    expect([...(await cache.getMany(['a', 'b', 'c', 'd']))]).toEqual([
      ['a', 'new'],
      ['c', 'C'],
      ['d', 'D'],
    ]);
    cache.clear();
    expect(await cache.get('a')).toBe('new');
  });

  it('makes changes one by one where the store has no writeMany, and repeats those that failed', async () => {
    const { time, cache, table } = behind();
    let refusals = 1;
    const log: string[] = [];
    const store: BackingStore<string, string> = {
      load: (key) => table.get(key),
      store: async (key, value) => {
        log.push(`${key}=${value}`);
        if (key === 'b' && refusals-- > 0) throw new Error('busy');
      },
      delete: async (key) => void log.push(`${key}=`),
    };
    const single = new WriteBehind<string, string>({ store, clock: time, timer: time, retryMs: 10 });
    await single.set('a', 'A');
    await single.set('b', 'B');
    await single.delete('c');
    await time.pass(100);
    expect(log).toEqual(['a=A', 'b=B', 'c=']);
    await time.pass(10);
    expect(log.slice(3)).toEqual(['b=B']);
    expect(single.stats()).toMatchObject({ written: 3, retries: 1, pending: 0 });
    await cache.close();
  });

  it('tries again, twice as late each time up to the bound, and loses nothing', async () => {
    const errors: unknown[] = [];
    const { time, cache, store, apply, table } = behind({
      delayMs: 0,
      retryMs: 10,
      maxRetryMs: 40,
      onError: (error) => errors.push(error),
    });
    const attempts: number[] = [];
    const down = new Error('down');
    store.writeMany = async (changes) => {
      attempts.push(time.monotonic());
      if (attempts.length < 6) throw down;
      apply(changes);
    };
    await cache.set('a', 'A');
    await time.pass(0);
    await time.pass(200, 200);
    expect(attempts).toEqual([0, 10, 30, 70, 110, 150]);
    expect([table.get('a'), errors.length, errors[0], cache.stats().retries]).toEqual(['A', 5, down, 5]);
  });

  it('keeps the order of a key: what comes while it is written waits behind it, also when that fails', async () => {
    const { time, cache, store, table, apply } = behind({ batchSize: 1, concurrency: 4, retryMs: 10 });
    const { call, calls, fn } = deferred<[Batch]>();
    store.writeMany = fn;
    await cache.set('a', '1');
    await cache.set('a', '2');
    await cache.set('b', '3');
    await cache.set('a', '4');
    expect(calls.map(({ args: [[change]] }) => change?.value)).toEqual(['1', '3']);
    expect(cache.changes()).toEqual([
      { key: 'a', value: '1' },
      { key: 'b', value: '3' },
      { key: 'a', value: '4' },
    ]);
    call(0).reject(new Error('down'));
    call(1).resolve();
    await time.pass(9);
    expect(calls.length).toBe(2);
    await time.pass(1);
    expect(call(2).args[0]).toEqual([{ key: 'a', value: '4' }]);
    apply(call(2).args[0]);
    call(2).resolve();
    await settled();
    expect([table.get('a'), cache.stats().pending]).toEqual(['4', 0]);
  });

  it('lets who sets too much wait for room, in order, and go by its signal', async () => {
    const { cache, store } = behind({ maxPending: 2, batchSize: 2 });
    const { call, fn } = deferred<[Batch]>();
    store.writeMany = fn;
    await cache.set('a', '1');
    await cache.set('b', '2');
    const order: string[] = [];
    const counting = new CountingSignal();
    const third = cache.set('c', '3').then(() => order.push('c'));
    const gone = reasonOf(cache.set('d', '4', { signal: counting.signal }));
    const fifth = cache.set('c', '5').then(() => order.push('c again'));
    await settled();
    expect([order, cache.stats().waiting, cache.has('c')]).toEqual([[], 3, false]);
    counting.abort('gone');
    expect([await gone, counting.listeners, cache.has('d')]).toEqual(['gone', 0, false]);
    call(0).resolve();
    await Promise.all([third, fifth]);
    expect([order, cache.peek('c'), cache.stats().pending]).toEqual([['c', 'c again'], '5', 1]);
    const flushed = cache.flush();
    call(1).resolve();
    await flushed;
    expect(call(1).args[0]).toEqual([{ key: 'c', value: '5' }]);
  });

  it('gives up after as many attempts as told, and tells what: the cache forgets it', async () => {
    const lost: unknown[] = [];
    const { time, cache, store, table } = behind({
      delayMs: 0,
      retryMs: 10,
      maxAttempts: 3,
      onLost: (change, error) => lost.push([change, (error as Error).message]),
    });
    table.set('a', 'old');
    let attempts = 0;
    store.writeMany = () => Promise.reject(new Error(`attempt ${++attempts}`));
    await cache.set('a', 'new');
    await time.pass(100, 100);
    expect(lost).toEqual([[{ key: 'a', value: 'new' }, 'attempt 3']]);
    expect([await cache.get('a'), cache.stats().lost, time.pending]).toEqual(['old', 1, 0]);
    await cache.flush();
  });

  it('flushes what was accepted before, and not what comes after', async () => {
    const { cache, store } = behind();
    const { call, fn } = deferred<[Batch]>();
    store.writeMany = fn;
    await cache.flush();
    await cache.set('a', 'A');
    const flushed = cache.flush();
    await cache.set('b', 'B');
    call(0).resolve();
    await flushed;
    expect([call(0).args[0].length, cache.stats().pending]).toEqual([1, 1]);
  });

  it('ends the wait for a flush by signal and timeout, and goes on', async () => {
    const { cache, store, time } = behind();
    const { call, fn } = deferred<[Batch]>();
    store.writeMany = fn;
    await cache.set('a', 'A');
    const counting = new CountingSignal();
    const gone = reasonOf(cache.flush({ signal: counting.signal }));
    const late = reasonOf(cache.flush({ timeoutMs: 10 }));
    counting.abort('gone');
    expect([await gone, counting.listeners]).toEqual(['gone', 0]);
    await time.pass(10);
    expect(await late).toMatchObject({ code: 'TIMEOUT' });
    const last = cache.flush();
    call(0).resolve();
    await last;
  });

  it('closes when all is written, accepts nothing meanwhile, and can be asked again', async () => {
    const { cache, store, time } = behind({ maxPending: 1, delayMs: 1000 });
    const { call, fn } = deferred<[Batch]>();
    store.writeMany = fn;
    await cache.set('a', 'A');
    const waits = reasonOf(cache.set('b', 'B'));
    const hurried = reasonOf(cache.close({ timeoutMs: 5 }));
    expect(await waits).toMatchObject({ code: 'CLOSED' });
    expect(await reasonOf(cache.set('c', 'C'))).toMatchObject({ code: 'CLOSED' });
    await time.pass(5);
    expect(await hurried).toMatchObject({ code: 'TIMEOUT' });
    expect(cache.changes()).toEqual([{ key: 'a', value: 'A' }]);
    const closed = cache[Symbol.asyncDispose]();
    call(0).resolve();
    await closed;
    expect([cache.changes(), time.pending]).toEqual([[], 0]);
    expect(await reasonOf(cache.get('a'))).toMatchObject({ code: 'CLOSED' });
  });

  it('tries at once what waits to be tried again, when it is flushed', async () => {
    const { cache, store, apply, time, table } = behind({ delayMs: 0, retryMs: 10_000, maxRetryMs: 10_000 });
    let down = true;
    store.writeMany = async (changes) => {
      if (down) throw new Error('down');
      apply(changes);
    };
    await cache.set('a', 'A');
    await time.pass(10);
    down = false;
    await cache.flush();
    expect(table.get('a')).toBe('A');
  });

  it('refuses settings that cannot be', () => {
    const { store } = behind();
    for (const [options, message] of [
      [{ batchSize: 0 }, 'batchSize must be a positive integer, got 0'],
      [{ maxPending: 1.5 }, 'maxPending must be a positive integer, got 1.5'],
      [{ delayMs: -1 }, 'delayMs must be at least 0, got -1'],
      [{ maxAttempts: 3 }, 'maxAttempts needs onLost'],
      [{ onLost: 3 }, 'onLost must be a function, got number'],
    ] as const) {
      expect(() => new WriteBehind({ store, ...(options as object) })).toThrow(message);
    }
  });
});
