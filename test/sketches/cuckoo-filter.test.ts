import { describe, expect, it } from 'vitest';
import { Arena, ArenaFullError } from '../../bindings/index.js';
import { CuckooFilter, CuckooFilterFullError } from '../../src/sketches/cuckoo-filter/index.js';
import { seededRandom, testSeed } from '../support/random.js';
import { claims } from './claims.js';

const seed = testSeed('cuckoo filters');

function numbers(count: number, from = 0): Uint32Array {
  return Uint32Array.from({ length: count }, (_, i) => from + i);
}

function ones(hits: Uint8Array): number {
  let sum = 0;
  for (const hit of hits) sum += hit;
  return sum;
}

claims({
  name: 'CuckooFilter',
  kind: 14,
  make: (options) => CuckooFilter.create(500, 0.01, options),
  small: (options) => CuckooFilter.create(60, 0.01, { ...options, expansion: 2 }),
  fromBytes: (bytes, options) => CuckooFilter.fromBytes(bytes, options),
  open: (arena, name) => CuckooFilter.open(arena, name),
  fill: (filter, round) => void filter.addMany(numbers(90, round * 90)),
  exercise: (filter) => {
    filter.has('a');
    filter.delete(3);
    filter.count(4);
    filter.stats();
    filter.addIfAbsent('b');
    filter.currentFalsePositiveRate();
  },
  tooLarge: (arena) => CuckooFilter.create(1_000_000, 0.01, { arena }),
});

describe('CuckooFilter', () => {
  for (const rate of [0.03, 0.01, 0.001]) {
    it(`holds what it was sized for, and errs at the rate asked for: ${rate}`, () => {
      const filter = CuckooFilter.create(200_000, rate);
      filter.addMany(numbers(200_000));
      expect(filter.stats().load).toBeGreaterThan(0.949);
      expect(ones(filter.hasMany(numbers(200_000)))).toBe(200_000);
      let hits = 0;
      for (let i = 0; i < 2; i++) hits += ones(filter.hasMany(numbers(1_000_000, 1e9 + i * 1e6)));
      expect(Math.abs(hits / 2e6 / rate - 1)).toBeLessThan(0.1);
      expect(Math.abs(filter.currentFalsePositiveRate() / rate - 1)).toBeLessThan(0.01);
      expect(filter.size).toBe(200_000);
      filter.check();
      filter.dispose();
    });
  }

  it('fits its capacity whatever that is', () => {
    for (const capacity of [1, 2, 3, 5, 8, 13, 21, 50, 99, 300, 1000, 3999, 4001, 20_000]) {
      for (let trial = 0; trial < 12; trial++) {
        const filter = CuckooFilter.create(capacity, 0.01, { seed: trial + seed });
        for (let i = 0; i < capacity; i++) filter.add(i);
        expect(filter.size).toBe(capacity);
        filter.dispose();
      }
    }
  });

  it('agrees with a bag', () => {
    const random = seededRandom(seed);
    for (const options of [
      {},
      { expansion: 2 },
      { bucketSize: 1, expansion: 4 },
      { bucketSize: 8 },
      { bucketSize: 2, expansion: 1 },
    ]) {
      const filter = CuckooFilter.create(options.expansion === undefined ? 2000 : 150, 1e-6, options);
      const oracle = new Map<string, number>();
      let size = 0;
      for (let step = 0; step < 6000; step++) {
        const key = `key ${random.below(500)}`;
        const held = oracle.get(key) ?? 0;
        if (random.next() < 0.55) {
          if (held < 2) {
            filter.add(key);
            oracle.set(key, held + 1);
            size++;
          } else expect(filter.addIfAbsent(key)).toBe(false);
        } else if (held > 0) {
          expect(filter.delete(key)).toBe(true);
          oracle.set(key, held - 1);
          size--;
        }
        expect(filter.count(key)).toBeGreaterThanOrEqual(oracle.get(key) ?? 0);
        if (step % 500 === 0) filter.check();
      }
      expect(filter.size).toBe(size);
      const keys = [...oracle.keys()];
      const found = filter.hasMany(keys);
      keys.forEach((key, i) => {
        if ((oracle.get(key) as number) > 0) expect(found[i]).toBe(1);
      });
      for (const [key, count] of oracle) for (let i = 0; i < count; i++) expect(filter.delete(key)).toBe(true);
      expect(filter.size).toBe(0);
      filter.check();
      filter.dispose();
    }
  });

  it('a full filter refuses the key and has moved nothing', () => {
    const filter = CuckooFilter.create(1000, 0.01);
    let held = 0;
    expect(() => {
      for (; held < 5000; held++) filter.add(held);
    }).toThrow(CuckooFilterFullError);
    expect(filter.stats().load).toBeGreaterThan(0.94);
    const before = filter.toBytes();
    let refused = 0;
    for (let i = 0; i < 200; i++) {
      try {
        filter.add(1e6 + i);
        filter.delete(1e6 + i);
      } catch (error) {
        expect(error).toMatchObject({ code: 'CUCKOO_FILTER_FULL', size: held });
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(0);
    expect(ones(filter.hasMany(numbers(held)))).toBe(held);
    expect(() => CuckooFilter.fromBytes(before).check()).not.toThrow();
    const full = CuckooFilter.fromBytes(before);
    let same = 0;
    for (let i = 0; i < 50; i++) {
      try {
        full.add(2e6 + i);
        break;
      } catch {
        expect(full.toBytes()).toEqual(before);
        same++;
      }
    }
    expect(same).toBeGreaterThan(0);
  });

  it('a batch for which there is no room leaves the keys that were there, and no others', () => {
    const filter = CuckooFilter.create(1000, 0.0001);
    filter.addMany(numbers(600));
    const { insertions, deletions } = filter.stats();
    expect(() => filter.addMany(numbers(9000, 10_000))).toThrow(CuckooFilterFullError);
    expect(() => filter.addManyIfAbsent([...numbers(9000, 10_000)].map(String))).toThrow(CuckooFilterFullError);
    expect(filter.stats()).toMatchObject({ size: 600, insertions, deletions });
    expect(ones(filter.hasMany(numbers(600)))).toBe(600);
    expect(ones(filter.hasMany(numbers(9000, 10_000)))).toBeLessThan(10);
    filter.check();
  });

  it('holds a key as often as two buckets have slots', () => {
    const filter = CuckooFilter.create(1000, 0.01);
    for (let i = 1; i <= 8; i++) expect(filter.add('twin').count('twin')).toBe(i);
    expect(() => filter.add('twin')).toThrow(CuckooFilterFullError);
    for (let i = 7; i >= 0; i--) {
      expect(filter.delete('twin')).toBe(true);
      expect(filter.count('twin')).toBe(i);
    }
    expect(filter.delete('twin')).toBe(false);
    expect(filter.has('twin')).toBe(false);
  });

  it('grows by tables, and deletes from any of them', () => {
    const filter = CuckooFilter.create(100, 0.0001, { expansion: 2 });
    filter.addMany(numbers(5000));
    expect(filter.stats().tables).toBeGreaterThan(4);
    expect(ones(filter.hasMany(numbers(5000)))).toBe(5000);
    expect(ones(filter.addManyIfAbsent(numbers(10)))).toBe(0);
    for (let from = 0; from < 5000; from += 1000) {
      expect(ones(filter.deleteMany(numbers(1000, from)))).toBe(1000);
      expect(ones(filter.hasMany(numbers(4000 - from, from + 1000)))).toBe(4000 - from);
    }
    expect(filter.size).toBe(0);
    filter.check();
  });

  it('a table that does not fit the arena changes nothing', () => {
    const arena = new Arena({ maxBytes: 1 << 17 });
    const filter = CuckooFilter.create(5000, 0.01, { arena, expansion: 32_768 });
    let held = 0;
    expect(() => {
      for (; held < 1e5; held++) filter.add(held);
    }).toThrow(ArenaFullError);
    const before = filter.toBytes();
    expect(() => filter.add(held)).toThrow(ArenaFullError);
    expect(() => filter.add('x'.repeat(1 << 17))).toThrow(ArenaFullError);
    expect(filter.toBytes()).toEqual(before);
    arena.check();
  });

  it('strings, bytes and numbers are keys; a number is its four bytes', () => {
    const filter = CuckooFilter.create(100, 1e-6);
    filter.addMany(['añb', Uint8Array.of(1, 2, 3), 0x04030201]);
    expect([...filter.hasMany([new TextEncoder().encode('añb'), Uint8Array.of(1, 2, 3, 4), 'no'])]).toEqual([1, 1, 0]);
  });

  it('refuses what no filter has, and what no key is', () => {
    for (const n of [0, -1, Number.NaN, Infinity, 2 ** 41]) expect(() => CuckooFilter.create(n)).toThrow(RangeError);
    for (const p of [0, 1, -1, Number.NaN, 1e-12]) expect(() => CuckooFilter.create(10, p)).toThrow(RangeError);
    expect(() => CuckooFilter.create('1' as never)).toThrow(TypeError);
    expect(() => CuckooFilter.create(2 ** 40)).toThrow(/at most 1073741824/);
    expect(() => CuckooFilter.create(10, 0.1, { bucketSize: 9 })).toThrow(RangeError);
    expect(() => CuckooFilter.create(10, 0.1, { expansion: 3 })).toThrow(RangeError);
    expect(() => CuckooFilter.create(10, 0.1, { maxKicks: 0 })).toThrow(RangeError);
    expect(() => CuckooFilter.create(10, 0.1, { seed: -1 })).toThrow(RangeError);
    const filter = CuckooFilter.create(10);
    for (const key of [null, undefined, {}, 5n, new Float64Array(1)]) {
      expect(() => filter.add(key as never)).toThrow(TypeError);
      expect(() => filter.addMany(['a', key as never])).toThrow(TypeError);
    }
    expect(() => filter.add(-1)).toThrow(RangeError);
    expect(() => filter.has(2 ** 32)).toThrow(RangeError);
    expect(filter.size).toBe(0);
  });
});
