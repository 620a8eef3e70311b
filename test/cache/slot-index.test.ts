import { describe, expect, it } from 'vitest';
import { SlotIndex } from '../../src/cache/cache/slot-index.js';
import { seededRandom, testSeed } from '../support/random.js';

const seed = testSeed('SlotIndex');

describe('SlotIndex', () => {
  it('answers as a Map does, for keys of any type, under random operations', () => {
    const random = seededRandom(seed);
    const object = {};
    const odd = [-0, Number.NaN, Infinity, 0.5, 2 ** 31, -(2 ** 31), 2 ** 32, '1', 1n, object, null, undefined, true];
    const keyOf = (range: number): unknown => {
      const kind = random.below(8);
      if (kind === 0) return odd[random.below(odd.length)];
      if (kind === 1) return `key ${random.below(range)}`;
      // Some close together, some far apart, some below zero.
      const integer = random.below(range);
      return kind < 5 ? integer : kind === 5 ? -integer : (integer * 0x0101_0101) | 0;
    };
    for (const range of [4, 40, 3000]) {
      const index = new SlotIndex<unknown>();
      const model = new Map<unknown, number>();
      for (let i = 0; i < 20_000; i++) {
        const key = keyOf(range);
        const kind = random.below(1000);
        if (kind === 0) {
          index.clear();
          model.clear();
        } else if (kind < 450) {
          index.set(key, i);
          model.set(key, i);
        } else if (kind < 750) expect(index.delete(key), `seed ${seed}`).toBe(model.delete(key));
        expect(index.get(key), `seed ${seed}`).toBe(model.get(key));
        expect(index.has(key)).toBe(model.has(key));
        expect(index.size).toBe(model.size);
      }
      for (const [key, slot] of model) expect(index.get(key)).toBe(slot);
    }
  });

  it('holds a hundred thousand integers in a row, and gives them up in any order', () => {
    const index = new SlotIndex<number>();
    const count = 100_000;
    for (let key = 0; key < count; key++) index.set(key * 64, key);
    let wrong = 0;
    for (let key = 0; key < count; key++) if (index.get(key * 64) !== key || index.has(key * 64 + 1)) wrong++;
    expect(wrong).toBe(0);
    for (let i = 0; i < count; i++) if (!index.delete(((i * 7919) % count) * 64)) wrong++;
    expect(wrong).toBe(0);
    expect(index.size).toBe(0);
  });
});
