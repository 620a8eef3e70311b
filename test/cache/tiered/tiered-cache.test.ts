import { describe, expect, it } from 'vitest';
import { MemoryBus } from '../../../src/cache/patterns/index.js';
import { type Tier, TieredCache, type TieredCacheOptions } from '../../../src/cache/tiered/index.js';
import { deferred } from '../../support/deferred.js';
import { reasonOf } from '../../support/signals.js';
import { ManualTime, settled } from '../../support/time.js';

/** A tier in a map, with what was asked of it; entries end by the time given. */
function mapTier(time: ManualTime, name = 'map', sync = false) {
  const texts = new Map<string, { text: string; until: number }>();
  const log: string[] = [];
  const state = { down: undefined as Error | undefined, hangs: false };
  const answer = <T>(what: string, action: () => T): T | Promise<T> => {
    log.push(what);
    if (state.hangs) return new Promise<T>(() => {});
    if (sync && state.down) throw state.down;
    if (sync) return action();
    return state.down ? Promise.reject(state.down) : Promise.resolve().then(action);
  };
  const read = (key: string) => {
    const found = texts.get(key);
    return found !== undefined && time.now() < found.until ? found.text : undefined;
  };
  const tier: Tier = {
    name,
    get: (key) => answer(`get ${key}`, () => read(key)),
    set: (key, text, ttlMs) => answer(`set ${key}`, () => void texts.set(key, { text, until: time.now() + ttlMs })),
    delete: (keys) =>
      answer(`delete ${keys.join()}`, () => {
        for (const key of keys) texts.delete(key);
      }),
    clear: () => answer('clear', () => texts.clear()),
  };
  return { tier, texts, log, state };
}

/** Two processes over one far tier and one near tier each, and the source. */
function house(options: Partial<TieredCacheOptions<string>> = {}) {
  const time = new ManualTime();
  const far = mapTier(time, 'far');
  const errors: unknown[] = [];
  const source = new Map<string, string>();
  const loads: string[] = [];
  const load = async (key: string) => {
    loads.push(key);
    return source.get(key);
  };
  const open = (more: Partial<TieredCacheOptions<string>> = {}) => {
    const near = mapTier(time, 'near', true);
    const cache = new TieredCache<string>({
      tiers: [near.tier, far.tier],
      load,
      clock: time,
      timer: time,
      onError: (error) => errors.push(error),
      ...options,
      ...more,
    });
    return { cache, near };
  };
  return { time, far, errors, source, loads, load, open };
}

const never = () => Promise.reject(new Error('there was a load'));

describe('TieredCache: reading', () => {
  it('asks each tier in turn, then the source, and writes what it found to the nearer ones', async () => {
    const { open, source, loads, far } = house();
    source.set('a', 'A');
    const [first, second] = [open(), open()];
    expect(await first.cache.get('a')).toBe('A');
    await first.cache.settled();
    expect([loads, first.near.texts.has('a'), far.texts.has('a')]).toEqual([['a'], true, true]);
    expect(await second.cache.get('a')).toBe('A');
    expect([loads.length, second.near.texts.has('a')]).toEqual([1, true]);
    far.log.length = 0;
    expect(await second.cache.get('a')).toBe('A');
    expect(far.log).toEqual([]);
    expect(second.cache.stats()).toMatchObject({
      memory: { hits: 1, misses: 1 },
      tiers: [
        { name: 'near', hits: 0, misses: 1, writes: 1 },
        { name: 'far', hits: 1, misses: 0, writes: 0 },
      ],
      loads: 0,
    });
  });

  it('loads once for 1000 who ask at once', async () => {
    const { open } = house();
    const { call, calls, fn } = deferred();
    const { cache } = open();
    const answers = Array.from({ length: 1000 }, () => cache.get('a', fn));
    await settled();
    call(0).resolve('value');
    expect(new Set(await Promise.all(answers))).toEqual(new Set(['value']));
    expect([calls.length, cache.stats().loads]).toEqual([1, 1]);
  });

  it('lets one go by its signal, and aborts the load when all have gone', async () => {
    const { open } = house();
    const { call, fn } = deferred<[string, { signal: AbortSignal }]>();
    const { cache } = open();
    const controllers = [new AbortController(), new AbortController()];
    const reasons = controllers.map(({ signal }) => reasonOf(cache.get('a', fn, { signal })));
    await settled();
    controllers[0]?.abort('first');
    expect([await reasons[0], call(0).args[1].signal.aborted]).toEqual(['first', false]);
    controllers[1]?.abort('second');
    expect([await reasons[1], call(0).args[1].signal.reason]).toEqual(['second', 'second']);
  });

  it('does without a source: undefined is what no tier has', async () => {
    const { open } = house({ load: undefined, negativeTtl: 1000 });
    const { cache } = open();
    expect(await cache.get('a')).toBe(undefined);
    await open().cache.set('a', 'A');
    expect(await cache.get('a')).toBe('A');
  });

  it('takes many, and a load for these', async () => {
    const { open } = house();
    const { cache } = open();
    await cache.set('a', 'A');
    const found = await cache.getMany(['a', 'b', 'x', 'b'], (key) => (key === 'b' ? 'B' : undefined));
    expect([...found]).toEqual([
      ['a', 'A'],
      ['b', 'B'],
    ]);
  });

  it('remembers in all tiers that there is nothing', async () => {
    const { open, loads, time } = house({ negativeTtl: 50 });
    await open().cache.get('x');
    await settled();
    expect([await open().cache.get('x'), loads]).toEqual([undefined, ['x']]);
    time.advance(50);
    await open().cache.get('x');
    expect(loads).toEqual(['x', 'x']);
  });

  it('refreshes past all tiers', async () => {
    const { open, source } = house();
    const { cache } = open();
    source.set('a', 'old');
    await cache.get('a');
    source.set('a', 'new');
    expect([await cache.get('a'), await cache.refresh('a'), cache.peek('a')]).toEqual(['old', 'new', 'new']);
    await cache.settled();
    expect(await open().cache.get('a', never)).toBe('new');
  });
});

describe('TieredCache: times', () => {
  it('has a time to live for each tier', async () => {
    const { time, open, source, loads, far } = house({ ttl: 1000, memory: { ttl: 10 } });
    const near = mapTier(time, 'near', true);
    const { cache } = open({ tiers: [{ tier: near.tier, ttl: 100 }, far.tier] });
    source.set('a', '1');
    await cache.get('a');
    await cache.settled();
    near.log.length = 0;
    far.log.length = 0;
    source.set('a', '2');
    time.advance(10);
    expect([await cache.get('a'), near.log, far.log]).toEqual(['1', ['get a'], []]);
    time.advance(90);
    expect([await cache.get('a'), far.log]).toEqual(['1', ['get a']]);
    time.advance(900);
    expect([await cache.get('a'), loads.length]).toEqual(['2', 2]);
  });

  it('gives a value no longer than it is fresh, whichever tier it came from', async () => {
    const { time, open, source } = house({ ttl: 100 });
    source.set('a', '1');
    await open().cache.get('a');
    await settled();
    source.set('a', '2');
    time.advance(60);
    const { cache } = open();
    expect(await cache.get('a')).toBe('1');
    time.advance(39);
    expect(cache.peek('a')).toBe('1');
    time.advance(1);
    expect([cache.peek('a'), await cache.get('a')]).toEqual([undefined, '2']);
  });

  it('gives a stale value of a far tier when the load fails or takes too long', async () => {
    const { time, open, source, errors } = house({ ttl: 100, grace: 1000 });
    source.set('a', 'old');
    await open().cache.get('a');
    await settled();
    time.advance(100);
    const error = new Error('down');
    expect(await open().cache.get('a', () => Promise.reject(error))).toBe('old');
    expect(errors).toEqual([error]);
    const slow = open().cache.get('a', () => new Promise(() => {}), { softTimeoutMs: 20 });
    await time.pass(20, 2);
    expect(await slow).toBe('old');
    time.advance(1000);
    expect(await reasonOf(open().cache.get('a', () => Promise.reject(error)))).toBe(error);
  });

  it('ends a wait at the hard timeout, and keeps what comes later', async () => {
    const { time, open } = house();
    const { call, fn } = deferred();
    const { cache } = open();
    const reason = reasonOf(cache.get('a', fn, { hardTimeoutMs: 50 }));
    await time.pass(50, 2);
    expect(await reason).toMatchObject({ code: 'TIMEOUT' });
    call(0).resolve('late');
    await settled();
    expect(await open().cache.get('a', never)).toBe('late');
  });

  it('expires in all tiers, with the old value kept for when loads fail', async () => {
    const { open, source, far } = house({ grace: 1000 });
    source.set('a', 'old');
    const { cache } = open();
    await cache.get('a');
    await cache.settled();
    await cache.expire('a');
    expect(far.texts.has('a')).toBe(true);
    expect(await cache.get('a', () => Promise.reject(new Error('down')))).toBe('old');
    expect(await open().cache.get('a', () => Promise.reject(new Error('down')))).toBe('old');
    expect(await cache.get('a', () => 'new')).toBe('new');
  });
});

describe('TieredCache: writing', () => {
  it('sets and deletes in all tiers, and in the memory of others on the bus', async () => {
    const { open } = house({ bus: new MemoryBus() });
    const [here, there] = [open(), open()];
    await Promise.all([here.cache.ready, there.cache.ready]);
    await here.cache.set('a', 'A');
    expect(await there.cache.get('a')).toBe('A');
    await here.cache.set('a', 'B');
    await settled();
    expect(there.cache.peek('a')).toBe(undefined);
    there.near.texts.clear();
    expect(await there.cache.get('a')).toBe('B');
    await here.cache.delete('a');
    await settled();
    there.near.texts.clear();
    expect(await there.cache.get('a')).toBe(undefined);
  });

  it('does not let a load bring back what was deleted or set meanwhile', async () => {
    for (const change of ['set', 'delete'] as const) {
      const { open, far } = house();
      const { call, fn } = deferred();
      const { cache } = open();
      const before = cache.get('a', fn, { tags: ['x'] });
      await settled();
      call(0).resolve('before');
      // The load has ended; its tiers are still being written.
      const changed = change === 'set' ? cache.set('a', 'after') : cache.delete('a');
      expect(await before).toBe('before');
      await changed;
      await cache.settled();
      const left = far.texts.get('a')?.text.split('\n')[1];
      expect([change, left && JSON.parse(left), cache.peek('a')]).toEqual(
        change === 'set' ? ['set', 'after', 'after'] : ['delete', undefined, undefined],
      );
    }
  });

  it('ends with the last of several sets in every tier, however they overtake each other', async () => {
    const { open, far } = house();
    const { cache } = open();
    await Promise.all([
      cache.set('a', '1', { tags: ['x'] }),
      cache.set('a', '2'),
      cache.set('a', '3', { tags: ['y'] }),
      cache.set('a', '4'),
    ]);
    expect([cache.peek('a'), far.texts.get('a')?.text.split('\n')[1]]).toEqual(['4', '"4"']);
  });

  it('clears everything, everywhere', async () => {
    const { open, far } = house({ bus: new MemoryBus() });
    const [here, there] = [open(), open()];
    await Promise.all([here.cache.ready, there.cache.ready]);
    await here.cache.set('a', 'A');
    await there.cache.get('a');
    await here.cache.clear();
    await settled();
    expect([far.texts.size, here.near.texts.size, there.cache.peek('a')]).toEqual([0, 0, undefined]);
  });

  it('takes a codec', async () => {
    const { open, far } = house();
    const codec = { encode: (value: string) => `<${value}>`, decode: (text: string) => text.slice(1, -1) };
    await open({ codec }).cache.set('a', 'A');
    expect(far.texts.get('a')?.text).toBe('1 - - v []\n<A>');
    expect(await open({ codec }).cache.get('a', never)).toBe('A');
  });

  it('refuses what the codec cannot write, and changes nothing', async () => {
    const { open, far } = house();
    const { cache } = open();
    expect(await reasonOf(cache.set('a', undefined as never))).toBeInstanceOf(TypeError);
    expect([cache.peek('a'), far.texts.size]).toEqual([undefined, 0]);
  });
});

describe('TieredCache: tags and namespaces', () => {
  it('invalidates by tag in all tiers, for processes that have no bus too', async () => {
    const { open, far } = house();
    const [here, there] = [open(), open()];
    await here.cache.set('a', 'A', { tags: ['x', 'y'] });
    await here.cache.set('b', 'B', { tags: ['y'] });
    await here.cache.invalidateTags(['x']);
    expect([here.cache.peek('a'), here.cache.peek('b')]).toEqual([undefined, 'B']);
    expect([await there.cache.get('a'), await there.cache.get('b')]).toEqual([undefined, 'B']);
    expect(far.texts.has('a')).toBe(true);
    await here.cache.set('a', 'again', { tags: ['x'] });
    expect(await there.cache.get('a')).toBe('again');
  });

  it('does not keep anywhere what was loaded while another process invalidated its tag', async () => {
    const { open } = house();
    const [here, there] = [open(), open()];
    const { call, fn } = deferred();
    const before = here.cache.get('a', fn, { tags: ['x'] });
    await settled();
    await there.cache.invalidateTags(['x']);
    call(0).resolve('before');
    expect(await before).toBe('before');
    await here.cache.settled();
    expect(await there.cache.get('a', () => 'after', { tags: ['x'] })).toBe('after');
  });

  it('believes no tag whose version a tier has lost', async () => {
    const { open, far } = house();
    await open().cache.set('a', 'A', { tags: ['x'] });
    expect([...far.texts.keys()].sort()).toEqual(['#tag:x', 'a']);
    far.texts.delete('#tag:x');
    expect(await open().cache.get('a', () => 'new')).toBe('new');
  });

  it('has namespaces, one in another, that are cleared at once', async () => {
    const { open } = house({ load: undefined });
    const { cache } = open();
    const users = cache.namespace('users');
    const admins = users.namespace('admins');
    await cache.set('7', 'root');
    await users.set('7', 'user');
    await admins.set('7', 'admin');
    const loaded = await users.get('8', (key, context) => {
      context.tags = ['own'];
      return `user ${key}`;
    });
    expect([loaded, await cache.get('users:7'), await cache.get('users:admins:7')]).toEqual([
      'user 8',
      'user',
      'admin',
    ]);
    const all = async () => [cache.get('7'), users.get('7'), users.get('8'), admins.get('7')];
    await admins.clear();
    expect(await Promise.all(await all())).toEqual(['root', 'user', 'user 8', undefined]);
    await users.clear();
    expect(await Promise.all(await all())).toEqual(['root', undefined, undefined, undefined]);
    expect(await Promise.all([open().cache.namespace('users').get('7'), open().cache.get('7')])).toEqual([
      undefined,
      'root',
    ]);
    expect(() => cache.namespace('')).toThrow('A namespace needs a name');
  });
});

describe('TieredCache: tiers that fail', () => {
  it('goes on without a tier that fails, and leaves it alone for a while', async () => {
    const { open, source, far, errors, time } = house();
    source.set('a', 'A').set('b', 'B');
    const { cache } = open();
    far.state.down = new Error('connection refused');
    expect(await cache.get('a')).toBe('A');
    far.log.length = 0;
    expect(await cache.get('b')).toBe('B');
    await cache.settled();
    expect([far.log, cache.stats().tiers[1]]).toEqual([
      [],
      { name: 'far', hits: 0, misses: 2, stale: 0, writes: 0, errors: 1, skipped: 3 },
    ]);
    expect(errors[0]).toMatchObject({ code: 'CACHE_TIER', tier: 'far', cause: far.state.down });
    far.state.down = undefined;
    time.advance(1000);
    await cache.refresh('a');
    await cache.settled();
    expect(far.texts.has('a')).toBe(true);
  });

  it('does not wait for a tier longer than told', async () => {
    const { open, source, far, time } = house();
    source.set('a', 'A');
    far.state.hangs = true;
    const answer = open({ tiers: [{ tier: far.tier, timeoutMs: 30 }] }).cache.get('a');
    await time.pass(30, 2);
    expect(await answer).toBe('A');
  });

  it('tells who sets or deletes that a tier did not, though it is paused; the others did', async () => {
    const { open, far } = house();
    const { cache, near } = open();
    far.state.down = new Error('down');
    expect(await reasonOf(cache.set('a', 'A'))).toMatchObject({ code: 'CACHE_TIER', tier: 'far' });
    expect([near.texts.has('a'), cache.peek('a')]).toEqual([true, 'A']);
    far.log.length = 0;
    expect(await reasonOf(cache.delete('a'))).toMatchObject({ code: 'CACHE_TIER' });
    expect([far.log, near.texts.has('a'), cache.peek('a')]).toEqual([['delete a'], false, undefined]);
    near.state.down = new Error('down too');
    expect(await reasonOf(cache.invalidateTags(['x']))).toBeInstanceOf(AggregateError);
  });

  it('passes over what it cannot read', async () => {
    const { open, far, source, errors, time } = house();
    source.set('a', 'A').set('b', 'B').set('c', 'C');
    const until = time.now() + 1000;
    far.texts.set('a', { text: 'nonsense', until });
    far.texts.set('b', { text: '1 - - v []\n{', until });
    far.texts.set('c', { text: '1 - - v [["x"]]\n"C"', until });
    const { cache } = open();
    expect(await Promise.all(['a', 'b', 'c'].map((key) => cache.get(key)))).toEqual(['A', 'B', 'C']);
    expect([errors.length, cache.stats().tiers[1]?.errors]).toEqual([3, 3]);
    await cache.settled();
    expect(far.texts.get('a')?.text).toBe('1 - - v []\n"A"');
  });
});

describe('TieredCache: refresh ahead', () => {
  it('loads from the source, though a tier has the same value still', async () => {
    const { open, source, loads, time, far } = house({ ttl: 100, refreshAheadMs: 20 });
    const { cache } = open();
    source.set('a', 'old');
    await cache.get('a');
    await cache.settled();
    source.set('a', 'new');
    time.advance(85);
    expect(await cache.get('a')).toBe('old');
    await settled();
    expect([cache.peek('a'), loads.length, far.texts.get('a')?.text.split('\n')[1]]).toEqual(['new', 2, '"new"']);
  });

  it('takes what another process has refreshed meanwhile', async () => {
    const { open, source, loads, time } = house({ ttl: 100, refreshAheadMs: 20 });
    const far = open().near;
    const [here, there] = [open({ tiers: [far.tier] }), open({ tiers: [far.tier] })];
    source.set('a', 'old');
    await here.cache.get('a');
    await there.cache.get('a');
    source.set('a', 'new');
    time.advance(85);
    await here.cache.get('a');
    await settled();
    expect(await there.cache.get('a')).toBe('old');
    await settled();
    expect([there.cache.peek('a'), loads.length]).toEqual(['new', 2]);
  });

  it('keeps tags and namespaces of who asked', async () => {
    const { open, time } = house({ ttl: 100, refreshAheadMs: 20 });
    const { cache } = open();
    const users = cache.namespace('users');
    let loads = 0;
    const load = () => String(++loads);
    await users.get('7', load, { ttl: 1000, tags: ['x'] });
    time.advance(990);
    await users.get('7', load, { ttl: 1000, tags: ['x'] });
    await settled();
    expect(users.peek('7')).toBe('2');
    time.advance(500);
    expect(users.peek('7')).toBe('2');
    await cache.invalidateTags(['x']);
    expect(users.peek('7')).toBe(undefined);
    await users.get('7', load);
    time.advance(90);
    await users.get('7', load);
    await settled();
    await users.clear();
    expect([loads, users.peek('7')]).toEqual([4, undefined]);
  });
});

describe('TieredCache: read-ahead', () => {
  it('loads what is likely next, within its bound, and not what is there or next to that', async () => {
    const { open, source, loads } = house({
      readAhead: (key) => [1, 2, 3, 4, 5].map((step) => `page ${Number(key.slice(5)) + step}`),
      maxReadAhead: 3,
    });
    for (let i = 0; i < 20; i++) source.set(`page ${i}`, `text ${i}`);
    const { cache } = open();
    await cache.set('page 2', 'set');
    expect(await cache.get('page 1')).toBe('text 1');
    await settled();
    expect(loads.sort()).toEqual(['page 1', 'page 3', 'page 4', 'page 5']);
    expect([cache.peek('page 3'), cache.peek('page 2'), cache.stats().readAheads]).toEqual(['text 3', 'set', 3]);
  });

  it('tells of what failed ahead, and nobody else', async () => {
    const error = new Error('down');
    const { open, errors } = house({
      readAhead: () => ['b'],
      load: (key) => (key === 'b' ? Promise.reject(error) : 'A'),
    });
    expect(await open().cache.get('a')).toBe('A');
    await settled();
    expect(errors).toEqual([error]);
  });
});

describe('TieredCache: life', () => {
  it('writes what is under way when it closes, and rejects reads then', async () => {
    const { open, source, far } = house();
    source.set('a', 'A');
    const { cache } = open();
    await cache.get('a');
    await cache[Symbol.asyncDispose]();
    expect(far.texts.has('a')).toBe(true);
    expect(await reasonOf(cache.get('a'))).toMatchObject({ code: 'CLOSED' });
  });

  it('refuses options that are none', () => {
    for (const [options, message] of [
      [{ tiers: [{}] }, 'A tier must have a method get()'],
      [{ tiers: [{ tier: mapTier(new ManualTime()).tier, ttl: -1 }] }, 'ttl must be at least 0'],
      [{ load: 5 }, 'load must be a function, got number'],
      [{ codec: { encode: 5 } }, 'encode must be a function'],
      [{ maxReadAhead: 0.5 }, 'maxReadAhead must be an integer'],
      [{ memory: { ttl: 'x' } }, 'ttl must be a number'],
      [{ grace: -1 }, 'grace must be at least 0'],
    ] as const) {
      expect(() => new TieredCache(options as never), JSON.stringify(options)).toThrow(message);
    }
  });
});
