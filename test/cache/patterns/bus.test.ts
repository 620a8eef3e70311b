import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  BroadcastBus,
  CacheAside,
  type CacheAsideOptions,
  MemoryBus,
  WriteThrough,
} from '../../../src/cache/patterns/index.js';
import { reasonOf } from '../../support/signals.js';
import { settled } from '../../support/time.js';

function pair(options: CacheAsideOptions<string, string>) {
  return [new CacheAside<string, string>(options), new CacheAside<string, string>(options)] as const;
}

describe('caches on a bus', () => {
  it('forget what another sets, deletes, expires, invalidates or clears', async () => {
    const [here, there] = pair({ bus: new MemoryBus(), grace: 1000 });
    await Promise.all([here.ready, there.ready]);
    const fill = () => {
      for (const key of ['a', 'b']) there.keep(key, key, { tags: [`tag ${key}`] });
    };
    const left = async (change: () => unknown) => {
      fill();
      change();
      await settled();
      return ['a', 'b'].filter((key) => there.has(key)).join('');
    };
    expect(await left(() => here.set('a', 'new'))).toBe('b');
    expect(here.peek('a')).toBe('new');
    expect(await left(() => here.delete('a'))).toBe('b');
    expect(await left(() => here.expire('a'))).toBe('b');
    expect(await there.get('a', () => Promise.reject(new Error('down')))).toBe('a');
    expect(await left(() => here.invalidateTags(['tag b']))).toBe('a');
    expect(await left(() => here.clear())).toBe('');
    expect(await left(() => here.drop('a'))).toBe('ab');
  });

  it('hear nothing after they were closed, and not what they said themselves', async () => {
    const bus = new MemoryBus();
    const [here, there] = pair({ bus });
    await Promise.all([here.ready, there.ready]);
    here.set('a', 'A');
    await settled();
    expect(here.peek('a')).toBe('A');
    await there.close();
    const said: string[] = [];
    bus.subscribe((text) => said.push(text));
    here.delete('a');
    await settled();
    expect(JSON.parse(said[0] as string)).toMatchObject({ v: 1, keys: ['a'] });
  });

  it('tell who minds when the bus fails or carries something else, and go on', async () => {
    const errors: unknown[] = [];
    let hear: (text: string) => void = () => {};
    let lose: () => void = () => {};
    const down = new Error('bus down');
    const bus = {
      publish: () => Promise.reject(down),
      subscribe(heard: typeof hear, lost: typeof lose) {
        [hear, lose] = [heard, lost];
        return () => Promise.reject(down);
      },
    };
    const cache = new CacheAside<string, string>({ bus, onError: (error) => errors.push(error) });
    expect(await cache.ready).toBe(true);
    cache.set('a', 'A');
    hear('{"v":9}');
    hear('nonsense');
    await settled();
    expect(cache.peek('a')).toBe('A');
    expect(errors).toHaveLength(3);
    lose();
    expect(cache.has('a')).toBe(false);
    await cache.close();
    expect(errors.slice(3)).toEqual([down]);
  });

  it('say whether they can hear at all', async () => {
    const errors: unknown[] = [];
    const bus = { publish: () => {}, subscribe: () => Promise.reject(new Error('refused')) };
    const cache = new CacheAside<string, string>({ bus, onError: (error) => errors.push(error) });
    expect(await cache.ready).toBe(false);
    expect(errors).toHaveLength(1);
    expect(await new CacheAside().ready).toBe(true);
  });

  it('close though they never began to hear, and leave what begins later', async () => {
    let begin: (unsubscribe: () => void) => void = () => {};
    let [given, left] = [undefined as AbortSignal | undefined, 0];
    const bus = {
      publish: () => {},
      subscribe: (_heard: unknown, _lost: unknown, signal: AbortSignal) => {
        given = signal;
        return new Promise<() => void>((resolve) => {
          begin = resolve;
        });
      },
    };
    const cache = new CacheAside<string, string>({ bus });
    expect(given?.aborted).toBe(false);
    await cache.close();
    expect(given?.aborted).toBe(true);
    begin(() => left++);
    expect([await cache.ready, left]).toEqual([false, 1]);
  });

  it('refuse keys that cannot travel', () => {
    const cache = new CacheAside<object, string>({ bus: new MemoryBus() });
    expect(() => cache.delete({})).toThrow('keys are strings or numbers, got object');
  });

  it('hear of writes through', async () => {
    const bus = new MemoryBus();
    const table = new Map([['a', 'old']]);
    const store = {
      load: (key: string) => table.get(key),
      store: (key: string, value: string) => void table.set(key, value),
      delete: (key: string) => void table.delete(key),
    };
    const [here, there] = [0, 1].map(() => new WriteThrough<string, string>({ store, bus })) as [
      WriteThrough<string, string>,
      WriteThrough<string, string>,
    ];
    await there.get('a');
    await here.set('a', 'new');
    await settled();
    expect(await there.get('a')).toBe('new');
  });
});

describe('BroadcastBus', () => {
  const name = `ashlar test ${process.pid}`;
  let bus: BroadcastBus;
  beforeAll(() => {
    bus = new BroadcastBus(name);
  });
  afterAll(() => bus[Symbol.dispose]());

  it('carries from one to the others', async () => {
    const [here, there] = pair({ bus });
    await Promise.all([here.ready, there.ready]);
    there.keep('a', 'A');
    here.delete('a');
    await vi.waitFor(() => expect(there.has('a')).toBe(false));
    await Promise.all([here.close(), there.close()]);
    expect(await reasonOf(here.get('a', () => 'A'))).toMatchObject({ code: 'CLOSED' });
  });
});
