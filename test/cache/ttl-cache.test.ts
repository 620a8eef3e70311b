import { describe, expect, it } from 'vitest';
import { TTLCache } from '../../src/cache/ttl-cache/index.js';
import { seededRandom, testSeed } from '../support/random.js';
import { ManualTime } from '../support/time.js';

type Options = ConstructorParameters<typeof TTLCache<string, number>>[0];

function timed(options: Options = {}) {
  const time = new ManualTime();
  const gone: unknown[] = [];
  const dispose = (...args: unknown[]) => void gone.push(args);
  return {
    time,
    gone,
    cache: new TTLCache<string, number>({ ttl: 100, dispose, clock: time, timer: time, ...options }),
  };
}

describe('TTLCache', () => {
  it('ends an entry as soon as its time has passed, by one timer', () => {
    const { time, gone, cache } = timed();
    cache.set('a', 1).set('b', 2, { ttl: 50 }).set('c', 3, { ttl: 150 });
    expect(time.pending).toBe(1);
    time.advance(49);
    expect([...cache]).toEqual([
      ['b', 2],
      ['a', 1],
      ['c', 3],
    ]);
    time.advance(1);
    expect(gone).toEqual([[2, 'b', 'stale']]);
    time.advance(100);
    expect([cache.size, time.pending, cache.stats().expirations]).toEqual([0, 0, 3]);
  });

  it('gives nothing whose time has passed, though no timer came', () => {
    const { time, gone, cache } = timed({ autopurge: false });
    cache.set('a', 1).set('b', 2);
    expect(time.pending).toBe(0);
    time.advance(100);
    expect([cache.size, cache.peek('a'), cache.getRemainingTTL('a'), [...cache]]).toEqual([2, undefined, 0, []]);
    expect([cache.get('a'), cache.has('b'), cache.size, gone.length]).toEqual([undefined, false, 0, 2]);
  });

  it('begins a life anew on writing, and on use where that is asked for', () => {
    const { time, cache } = timed();
    cache.set('written', 1).set('used', 2).set('left', 3, { ttl: 200 }).set('checked', 4);
    time.advance(60);
    cache.set('written', 5).set('left', 6, { noUpdateTTL: true });
    cache.get('used', { updateAgeOnGet: true });
    cache.has('checked', { updateAgeOnHas: true, ttl: 500 });
    expect(['written', 'used', 'left', 'checked'].map((key) => cache.getRemainingTTL(key))).toEqual([
      100, 100, 140, 500,
    ]);
    expect([cache.setTTL('left', 7), cache.setTTL('none', 7), cache.getRemainingTTL('left')]).toEqual([true, false, 7]);
  });

  it('asks for the time of each entry where that is a function', () => {
    const { cache } = timed({ ttl: (value, key) => value * 10 + key.length });
    cache.set('a', 1).set('bb', 2);
    expect([cache.getRemainingTTL('a'), cache.getRemainingTTL('bb')]).toEqual([11, 22]);
  });

  it('ends soonest what would end soonest when it is full, and never the one that comes', () => {
    const { gone, cache } = timed({ max: 3 });
    cache.set('for ever', 0, { ttl: Number.POSITIVE_INFINITY }).set('late', 1, { ttl: 500 }).set('soon', 2);
    cache.set('now', 3, { ttl: 1 }).set('next', 4, { ttl: 1000 });
    expect(gone).toEqual([
      [2, 'soon', 'evict'],
      [3, 'now', 'evict'],
    ]);
    cache.set('x', 5, { ttl: 2000 }).set('y', 6, { ttl: 2000 }).set('z', 7, { ttl: 2000 });
    expect([...cache.keys()]).toEqual(['y', 'z', 'for ever']);
  });

  it('lets the one that is told use it', () => {
    const time = new ManualTime();
    const cache: TTLCache<string, number> = new TTLCache<string, number>({
      ttl: 10,
      max: 2,
      clock: time,
      timer: time,
      dispose: (value, key, reason) => {
        if (reason === 'evict' && value === 1) cache.set(key, 2);
        if (reason === 'stale' && value < 5) cache.set(key, value + 1);
      },
    });
    cache.set('a', 1).set('b', 10).set('c', 11);
    expect([cache.size, cache.get('c')]).toEqual([2, 11]);
    time.advance(100);
    expect(cache.size).toBeLessThanOrEqual(1);
  });

  it('tells of what was replaced, deleted and cleared', () => {
    const { time, gone, cache } = timed();
    cache.set('a', 1).set('a', 1).set('a', 2).set('a', 3, { noDisposeOnSet: true });
    expect([cache.delete('a'), cache.delete('a')]).toEqual([true, false]);
    cache.set('b', 4);
    cache[Symbol.dispose]();
    expect(gone).toEqual([
      [1, 'a', 'set'],
      [3, 'a', 'delete'],
      [4, 'b', 'delete'],
    ]);
    expect(time.pending).toBe(0);
  });

  it('refuses times and bounds that cannot be, and is as it was', () => {
    const { cache } = timed({ ttl: undefined });
    cache.set('a', 1, { ttl: 5 });
    for (const ttl of [0, -1, Number.NaN, undefined]) expect(() => cache.set('a', 2, { ttl })).toThrow(RangeError);
    expect([...cache]).toEqual([['a', 1]]);
    for (const max of [0, -1, 1.5, 2 ** 24]) expect(() => new TTLCache({ max })).toThrow('max must be an integer');
    expect(() => new TTLCache({ ttl: 0 })).toThrow('ttl must be a positive number');
  });

  it('waits for months, and through jumps of the wall clock', () => {
    const day = 86_400_000;
    const { time, cache } = timed({ ttl: 60 * day });
    cache.set('a', 1);
    time.jump(1e12);
    time.advance(60 * day - 1);
    expect(cache.get('a')).toBe(1);
    time.advance(1);
    expect(cache.size).toBe(0);
  });

  it('does as a list that is sorted each time, whatever is called', () => {
    const random = seededRandom(testSeed('TTLCache'));
    for (let round = 0; round < 60; round++) {
      const max = 1 + random.below(30);
      const { time, gone, cache } = timed({ max, autopurge: random.below(2) === 0 });
      let order = 0;
      let entries: { key: string; value: number; due: number; order: number }[] = [];
      const sort = () => entries.sort((a, b) => a.due - b.due || a.order - b.order);
      for (let step = 0; step < 150; step++) {
        const key = String(random.below(40));
        const choice = random.below(10);
        const now = time.monotonic();
        entries = entries.filter(({ due }) => due > now);
        const found = entries.find((entry) => entry.key === key);
        if (choice < 5) {
          const ttl = 1 + random.below(60);
          cache.set(key, step, { ttl });
          if (found === undefined && entries.length === max) sort().shift();
          entries = entries.filter((entry) => entry.key !== key);
          entries.push({ key, value: step, due: now + ttl, order: order++ });
        } else if (choice < 7) {
          expect(cache.get(key)).toBe(found?.value);
        } else if (choice === 7) {
          expect(cache.delete(key)).toBe(found !== undefined);
          entries = entries.filter((entry) => entry !== found);
        } else time.advance(random.below(15));
        const left = sort().filter(({ due }) => due > time.monotonic());
        expect([...cache]).toEqual(left.map((entry) => [entry.key, entry.value]));
        expect(cache.size).toBeLessThanOrEqual(max);
      }
      cache.clear();
      expect(gone.length).toBe(new Set(gone.map((args) => (args as unknown[])[0])).size);
    }
  });
});
