import { describe, expect, it } from 'vitest';
import { Arena, SnapshotError } from '../../bindings/index.js';
import { SkipList, SortedSet } from '../../src/structures/skip-list/index.js';

describe('SkipList', () => {
  it('writes the bytes of the page', () => {
    const list = new SkipList({ seed: 1 });
    list.set(1, 0.5);
    const payload = Buffer.from(list.toBytes().subarray(24)).toString('hex');
    expect(payload).toBe(
      `${'0000000001000000'}${'0100000000000000'}${'000000000000d03f'}${'000000000000f03f'}${'000000000000e03f'}`,
    );
  });

  it('draws levels with probability p, from the seed alone', () => {
    for (const p of [0.1, 0.25, 0.5, 0.75]) {
      const lists = [0, 1].map(() => {
        const list = new SkipList({ p, seed: 2n ** 63n, arena: new Arena() });
        for (let i = 0; i < 20_000; i++) list.set((i * 7919) % 20_011, i);
        list.check();
        return list;
      });
      const [one, two] = lists.map((list) => list.stats()) as [
        ReturnType<SkipList['stats']>,
        ReturnType<SkipList['stats']>,
      ];
      expect(two).toEqual(one);
      expect(one.p).toBe(p);
      // Links a node are 1 / (1 − p); blocks are rounded up to 8 bytes.
      const links = (one.bytes / 20_000 - 28) / 8;
      expect(links).toBeGreaterThan(1 / (1 - p) - 0.1);
      expect(links).toBeLessThan(1 / (1 - p) + 0.75);
      // The highest of n nodes stands at about log n to the base 1 / p.
      const expected = Math.log(20_000) / Math.log(1 / p);
      expect(one.levels).toBeGreaterThan(Math.min(32, expected) / 2);
      expect(one.levels).toBeLessThanOrEqual(32);
    }
  });

  it('is not confused with a sorted set', () => {
    const arena = new Arena();
    new SortedSet({ arena, name: 'set' });
    expect(() => SkipList.open(arena, 'set')).toThrow(/not a SkipList/);
    expect(() => SkipList.fromBytes(new SortedSet().toBytes())).toThrow(SnapshotError);
    expect(() => new SkipList({ p: 0.95 })).toThrow(RangeError);
    expect(() => new SkipList({ seed: 1.5 })).toThrow(RangeError);
  });

  it('orders strings by code point and gives back what numbers are', () => {
    const list = new SkipList({ keys: 'bytes', values: 'f64' });
    // UTF-16 would put the emoji before the private-use character.
    list.setMany(['\u{1f600}', '\ue000', 'z', 'a'], [4, 3, 2, 1]);
    expect([...list.values()]).toEqual([1, 2, 3, 4]);
    const numbers = new SkipList();
    numbers.set(-0, -0).set(Number.NaN, Number.NaN).set(Infinity, 1);
    expect([...numbers.keys()]).toEqual([0, Infinity, Number.NaN]);
    expect(Object.is(numbers.get(0), -0)).toBe(true);
    expect(numbers.get(Number.NaN)).toBeNaN();
    expect(numbers.get(1)).toBeUndefined();
  });
});
