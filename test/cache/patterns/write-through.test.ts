import { describe, expect, it } from 'vitest';
import { type BackingStore, ReadThrough, WriteThrough } from '../../../src/cache/patterns/index.js';
import { deferred } from '../../support/deferred.js';
import { CountingSignal, reasonOf } from '../../support/signals.js';
import { settled } from '../../support/time.js';

/** A database of strings, with what was asked of it. */
function database(rows: Record<string, string> = {}) {
  const table = new Map(Object.entries(rows));
  const log: string[] = [];
  const store = {
    load: async (key: string) => {
      log.push(`load ${key}`);
      return table.get(key);
    },
    loadMany: async (keys: readonly string[]) => {
      log.push(`load ${keys.join()}`);
      return new Map([...table].filter(([key]) => keys.includes(key)));
    },
    store: async (key: string, value: string) => {
      log.push(`store ${key}`);
      table.set(key, value);
    },
    delete: async (key: string) => {
      log.push(`delete ${key}`);
      table.delete(key);
    },
  } satisfies BackingStore<string, string>;
  return { table, log, store };
}

describe('ReadThrough', () => {
  it('asks the store for what it has not, once', async () => {
    const { store, log } = database({ a: 'A', b: 'B' });
    const cache = new ReadThrough<string, string>({ store });
    expect(await Promise.all([cache.get('a'), cache.get('a'), cache.get('x')])).toEqual(['A', 'A', undefined]);
    expect([...(await cache.getMany(['a', 'b', 'y']))]).toEqual([
      ['a', 'A'],
      ['b', 'B'],
    ]);
    expect(log).toEqual(['load a', 'load x', 'load b,y']);
    expect([cache.has('a'), cache.invalidate('a'), cache.peek('a')]).toEqual([true, true, undefined]);
  });

  it('asks for each key where the store has no loadMany', async () => {
    const { store, log } = database({ a: 'A', b: 'B' });
    const cache = new ReadThrough<string, string>({ store: { load: store.load } });
    expect([...(await cache.getMany(['a', 'b', 'y'])).values()]).toEqual(['A', 'B']);
    expect(log).toEqual(['load a', 'load b', 'load y']);
  });

  it('refreshes what is fresh', async () => {
    const { store, table } = database({ a: 'A' });
    const cache = new ReadThrough<string, string>({ store });
    await cache.get('a');
    table.set('a', 'B');
    expect([await cache.get('a'), await cache.refresh('a'), cache.peek('a')]).toEqual(['A', 'B', 'B']);
  });

  it('refuses what is no store', () => {
    expect(() => new ReadThrough({ store: {} as never })).toThrow('store must have a method load()');
    expect(() => new ReadThrough(undefined as never)).toThrow(TypeError);
    expect(() => new WriteThrough({ store: { load: () => 1 } as never })).toThrow('store must have a method store()');
  });
});

describe('WriteThrough', () => {
  it('has in the cache what is in the store, and not before', async () => {
    const { store, table } = database({ a: 'old' });
    const write = deferred<[string, string]>();
    const cache = new WriteThrough<string, string>({ store: { ...store, store: write.fn } });
    await cache.get('a');
    const set = cache.set('a', 'new');
    await settled();
    expect(cache.peek('a')).toBe('old');
    table.set('a', 'new');
    write.call(0).resolve();
    await set;
    expect(cache.peek('a')).toBe('new');
    await cache.delete('a');
    expect([cache.has('a'), table.has('a'), await cache.get('a')]).toEqual([false, false, undefined]);
  });

  it('writes one key in order, and different keys side by side', async () => {
    const { store } = database();
    const { call, calls, fn } = deferred<[string, string]>();
    const cache = new WriteThrough<string, string>({ store: { ...store, store: fn } });
    const sets = [cache.set('a', '1'), cache.set('a', '2'), cache.set('b', '3')];
    await settled();
    expect(calls.map(({ args }) => args[1])).toEqual(['1', '3']);
    call(0).resolve();
    await sets[0];
    await settled();
    expect([cache.peek('a'), calls.length]).toEqual(['1', 3]);
    call(1).resolve();
    call(2).resolve();
    await Promise.all(sets);
    expect([cache.peek('a'), cache.peek('b')]).toEqual(['2', '3']);
  });

  it('gives the error of the store, and forgets the key: nobody knows what the store has', async () => {
    const { store } = database({ a: 'old' });
    const error = new Error('disk full');
    const cache = new WriteThrough<string, string>({ store: { ...store, store: () => Promise.reject(error) } });
    await cache.get('a');
    expect(await reasonOf(cache.set('a', 'new'))).toBe(error);
    expect([cache.has('a'), await cache.get('a')]).toEqual([false, 'old']);
  });

  it('does not write for who has gone while it waited for its turn', async () => {
    const { store } = database();
    const { call, calls, fn } = deferred<[string, string, { signal: AbortSignal }]>();
    const cache = new WriteThrough<string, string>({ store: { ...store, store: fn } });
    const counting = new CountingSignal();
    const first = cache.set('a', '1');
    const second = reasonOf(cache.set('a', '2', { signal: counting.signal }));
    await settled();
    counting.abort('gone');
    expect(await second).toBe('gone');
    call(0).resolve();
    await first;
    expect([calls.length, cache.peek('a'), counting.listeners]).toEqual([1, '1', 0]);
    const third = cache.set('a', '3');
    await settled();
    call(1).resolve();
    await third;
    expect(cache.peek('a')).toBe('3');
  });

  it('does not keep what was loaded before a write', async () => {
    const { store } = database();
    const load = deferred();
    const cache = new WriteThrough<string, string>({ store: { ...store, load: load.fn } });
    const read = cache.get('a');
    await cache.set('a', 'new');
    load.call(0).resolve('old');
    expect([await read, cache.peek('a')]).toEqual(['old', 'new']);
  });
});
