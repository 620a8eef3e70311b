import { describe, expect, it } from 'vitest';
import { LFUCache } from '../../src/cache/lfu-cache/index.js';

describe('LFUCache', () => {
  it('ends what was used least often, and of equals what was used least recently', () => {
    const cache = new LFUCache<string, number>({ max: 3 });
    cache.set('a', 1).set('b', 2).set('c', 3);
    for (const key of ['a', 'a', 'b', 'c', 'c']) cache.get(key);
    expect(cache.set('d', 4).has('b')).toBe(false);
    cache.set('e', 5);
    expect([...cache.keys()]).toEqual(['e', 'c', 'a']);
    expect([cache.pop(), cache.pop(), cache.pop()]).toEqual([5, 1, 3]);
    expect(Object.prototype.toString.call(cache)).toBe('[object LFUCache]');
  });

  it('counts a replaced value as a use, and looking without getting as none', () => {
    const cache = new LFUCache<string, number>({ max: 2 });
    cache.set('a', 1).set('b', 2).set('a', 3);
    for (let i = 0; i < 5; i++) cache.peek('b');
    expect([...cache.set('c', 4).keys()]).toEqual(['c', 'a']);
  });

  it('forgets what was popular once, when it ages', () => {
    const stays = (ageAfter: number | undefined) => {
      const cache = new LFUCache<number, number>({ max: 3, ageAfter });
      cache.set(0, 0);
      for (let i = 0; i < 20; i++) cache.get(0);
      for (let i = 0; i < 300; i++) if (cache.get(1 + (i % 3)) === undefined) cache.set(1 + (i % 3), i);
      return cache.has(0);
    };
    expect([stays(undefined), stays(30)]).toEqual([true, false]);
    expect(() => stays(0)).toThrow('ageAfter must be an integer from 1');
  });
});
