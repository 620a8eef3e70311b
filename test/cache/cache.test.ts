import { describe, expect, it } from 'vitest';
import { Cache } from '../../src/cache/cache/index.js';
import { TimingWheel } from '../../src/cache/cache/timing-wheel.js';
import { POLICY_NAMES } from '../../src/cache/policies/index.js';
import { seededRandom, testSeed } from '../support/random.js';
import { ManualTime } from '../support/time.js';

describe.each(POLICY_NAMES)('Cache, %s', (policy) => {
  it('gives what was set last, and never holds more than it may', () => {
    const random = seededRandom(testSeed(`Cache, ${policy}`));
    for (const options of [{ max: 20 }, { maxSize: 60 }, { max: 15, maxSize: 60 }, { max: 300 }]) {
      const sized = 'maxSize' in options;
      const last = new Map<number, number>();
      const held = new Map<number, number>();
      const cache = new Cache<number, number>({
        ...options,
        ...(sized ? { sizeCalculation: (value: number) => 1 + (value % 5) } : {}),
        policy,
        dispose: (value, key) => {
          if (held.get(key) !== value) throw new Error(`${key} was ${held.get(key)}, and ${value} has gone`);
          held.delete(key);
        },
        onInsert: (value, key) => void held.set(key, value),
      });
      for (let step = 0; step < 1200; step++) {
        const key = random.below(60);
        const choice = random.below(10);
        if (choice < 5) {
          const value = cache.get(key);
          if (value !== undefined) expect(value).toBe(last.get(key));
        } else if (choice < 9) {
          last.set(key, step);
          cache.set(key, step);
        } else if (random.below(100) === 0) cache.clear();
        else cache.delete(key);
        expect(cache.size).toBe(held.size);
        if (options.max !== undefined) expect(cache.size).toBeLessThanOrEqual(options.max);
        if (sized) expect(cache.calculatedSize).toBeLessThanOrEqual(60);
      }
      expect([...cache.entries()].sort((a, b) => a[0] - b[0])).toEqual([...held].sort((a, b) => a[0] - b[0]));
    }
  });

  it('takes the short way to the same end as the long one', () => {
    const random = seededRandom(testSeed(`Cache, ${policy}, both ways`));
    const short = new Cache<number, number>({ max: 30, policy });
    const long = new Cache<number, number>({ max: 30, policy, dispose: () => undefined });
    for (let step = 0; step < 3000; step++) {
      const key = Math.floor(random.next() ** 3 * 100);
      if (random.below(10) === 0) expect(short.delete(key)).toBe(long.delete(key));
      const value = short.get(key);
      expect(long.get(key)).toBe(value);
      if (value === undefined) for (const cache of [short, long]) cache.set(key, step);
    }
    expect([...short]).toEqual([...long]);
    expect(short.stats()).toEqual(long.stats());
  });

  it('pops everything, once each', () => {
    const cache = new Cache<number, number>({ max: 10, policy });
    for (let i = 0; i < 10; i++) cache.set(i, i);
    const popped = Array.from({ length: 10 }, () => cache.pop());
    expect(popped.sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect([cache.pop(), cache.size]).toEqual([undefined, 0]);
  });

  it('forgets what has expired', () => {
    const time = new ManualTime();
    const cache = new Cache<number, number>({ max: 10, ttl: 10, ttlAutopurge: true, policy, clock: time, timer: time });
    for (let i = 0; i < 8; i++) cache.set(i, i);
    time.advance(11);
    expect(cache.size).toBe(0);
    for (let i = 0; i < 30; i++) cache.set(i, i);
    expect(cache.size).toBeLessThanOrEqual(10);
    expect(cache.policy).toBe(policy);
  });
});

describe('Cache', () => {
  it('refuses a policy that there is not', () => {
    expect(() => new Cache({ max: 1, policy: 'random' as never })).toThrow('policy must be one of');
  });

  it('is by recency where nothing else is said', () => {
    const cache = new Cache<string, number>({ max: 2 });
    cache.set('a', 1).set('b', 2).get('a');
    expect([...cache.set('c', 3).keys()]).toEqual(['c', 'a']);
    expect(Object.prototype.toString.call(cache)).toBe('[object Cache]');
  });
});

describe('TimingWheel', () => {
  it('gives slots in order of their ticks, and of their coming within one, as a sorted list does', () => {
    const random = seededRandom(testSeed('TimingWheel of the caches'));
    for (const span of [10, 1000, 1e6, 1e8, 1e11]) {
      let now = random.below(1e9);
      let order = 0;
      const wheel = new TimingWheel(now, 8);
      const due = new Map<number, { tick: number; order: number }>();
      for (let slots = 8, step = 0; step < 1500; step++) {
        const slot = random.below(slots);
        const choice = random.below(6);
        if (choice < 3) {
          const tick = now + Math.floor(random.next() ** 4 * span) - random.below(3);
          due.set(slot, { tick: Math.max(now, tick), order: order++ });
          wheel.schedule(slot, tick);
        } else if (choice === 3) {
          due.delete(slot);
          wheel.cancel(slot);
        } else if (choice === 4) {
          if (slots < 200) slots += 3;
          wheel.reserve(slots);
        } else {
          now += Math.floor(random.next() ** 3 * span);
          const expected = [...due]
            .filter(([, { tick }]) => tick <= now)
            .sort(([, a], [, b]) => a.tick - b.tick || a.order - b.order)
            .map(([key]) => key);
          for (const [, { tick }] of due) expect(wheel.nextTick()).toBeLessThanOrEqual(tick);
          const popped: number[] = [];
          for (let next = wheel.popDue(now); next >= 0; next = wheel.popDue(now)) popped.push(next);
          expect(popped).toEqual(expected);
          for (const key of expected) due.delete(key);
        }
      }
    }
  });
});
