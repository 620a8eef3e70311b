import { describe, expect, it } from 'vitest';
import { Arena, ArenaFullError } from '../../bindings/index.js';
import { TopK, type TopKAlgorithm } from '../../src/sketches/top-k/index.js';
import { seededRandom, testSeed } from '../support/random.js';
import { claims } from './claims.js';

const seed = testSeed('TopK');

const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

/** Keys of which the first are far more frequent. */
function stream(count: number, range: number, from: number): string[] {
  const random = seededRandom(from);
  return Array.from({ length: count }, () => `key ${Math.floor(range ** random.next()) - 1}`);
}

function truthOf(keys: readonly string[]): Map<string, number> {
  const truth = new Map<string, number>();
  for (const key of keys) truth.set(key, (truth.get(key) ?? 0) + 1);
  return truth;
}

for (const algorithm of ['heavy-keeper', 'space-saving'] as const) {
  claims({
    name: `TopK, ${algorithm}`,
    kind: 17,
    make: (options) =>
      new TopK({ ...options, k: 10, algorithm, ...(algorithm === 'heavy-keeper' && { width: 8, depth: 3 }) }),
    fromBytes: (bytes, options) => TopK.fromBytes(bytes, options),
    open: (arena, name) => TopK.open(arena, name),
    fill: (sketch, round) => void sketch.addMany(stream(80, 40, round + 5)),
    exercise: (sketch) => {
      sketch.incrBy('a', 70);
      sketch.query('key 1');
      sketch.count('key 2');
      sketch.list();
      sketch.stats();
    },
    tooLarge: (arena) => new TopK({ arena, k: 10_000, algorithm }),
  });
}

describe('TopK', () => {
  it('HeavyKeeper lists the most frequent keys of a skewed stream, and counts none too high', () => {
    const keys = stream(60_000, 20_000, seed);
    const truth = truthOf(keys);
    const sketch = new TopK({ k: 20, width: 200, depth: 5, seed });
    for (let from = 0; from < keys.length; from += 7000) {
      sketch.addMany(keys.slice(from, from + 7000));
      sketch.check();
    }
    const ranked = [...truth].sort((a, b) => b[1] - a[1]).slice(0, 20);
    const list = sketch.list();
    expect(list.length).toBe(20);
    const listed = new Set(list.map(({ key }) => key));
    // The last of the twenty are nearly as frequent as those that follow.
    expect(ranked.slice(0, 10).filter(([key]) => !listed.has(key)).length).toBe(0);
    expect(ranked.filter(([key]) => listed.has(key)).length).toBeGreaterThan(14);
    for (const { key, count, error } of list) {
      expect(count).toBeLessThanOrEqual(truth.get(key) as number);
      expect(count).toBeGreaterThan((truth.get(key) as number) * 0.7);
      expect(error).toBe(0);
      expect(sketch.count(key)).toBe(count);
      expect(sketch.query(key)).toBe(true);
    }
    expect(sketch.stats()).toEqual({
      algorithm: 'heavy-keeper',
      k: 20,
      width: 200,
      depth: 5,
      decay: 0.9,
      size: 20,
      total: 60_000,
    });
  });

  it('Space-Saving keeps its promises: no count too low, none too high by more than the error, no frequent key missing', () => {
    for (const k of [1, 7, 50, 400]) {
      const keys = stream(20_000, 3000, seed + k);
      const truth = truthOf(keys);
      const sketch = new TopK({ k, algorithm: 'space-saving' });
      sketch.addMany(keys);
      sketch.check();
      const list = sketch.list();
      let sum = 0;
      for (const { key, count, error } of list) {
        const real = truth.get(key) as number;
        expect(count - error <= real && real <= count).toBe(true);
        sum += count;
      }
      expect(sum).toBe(20_000);
      const listed = new Set(list.map(({ key }) => key));
      for (const [key, count] of truth) if (count > 20_000 / k) expect(listed.has(key)).toBe(true);
      expect(sketch.count('never there')).toBe(0);
    }
  });

  it('is exact while every key has a place', () => {
    const random = seededRandom(seed + 1);
    for (const algorithm of ['heavy-keeper', 'space-saving'] as const) {
      const sketch = new TopK({ k: 100, algorithm, ...(algorithm === 'heavy-keeper' && { width: 4000, depth: 4 }) });
      const truth = new Map<string, number>();
      for (let step = 0; step < 3000; step++) {
        const key = `${random.below(100)}`;
        const increment = 1 + random.below(9);
        expect(sketch.incrBy(key, increment)).toBe(undefined);
        truth.set(key, (truth.get(key) ?? 0) + increment);
      }
      const list = sketch.list();
      expect(list.map(({ key, count }) => `${key}:${count}`).sort()).toEqual(
        [...truth].map(([key, count]) => `${key}:${count}`).sort(),
      );
      for (let i = 1; i < list.length; i++) {
        const [a, b] = [list[i - 1], list[i]] as [(typeof list)[0], (typeof list)[0]];
        expect(a.count > b.count || (a.count === b.count && a.key < b.key)).toBe(true);
      }
      expect([...sketch]).toEqual(list);
      sketch.check();
    }
  });

  it('tells which key was dropped, one at a time and in batches', () => {
    for (const algorithm of ['heavy-keeper', 'space-saving'] as const) {
      const one = new TopK({ k: 5, algorithm, seed });
      const many = new TopK({ k: 5, algorithm, seed });
      const listed = new Set<string>();
      const keys = stream(4000, 500, seed + 2);
      const dropped = keys.map((key) => {
        const out = one.add(key);
        listed.add(key);
        if (out !== undefined) expect(listed.delete(out)).toBe(true);
        // HeavyKeeper may have refused the key that was added.
        if (!one.query(key)) listed.delete(key);
        return out;
      });
      expect(dropped.filter((key) => key !== undefined).length).toBeGreaterThan(5);
      expect([...listed].sort()).toEqual(
        one
          .list()
          .map(({ key }) => key)
          .sort(),
      );
      expect(many.addMany(keys).join()).toBe(dropped.join());
      expect(same(many.toBytes(), one.toBytes())).toBe(true);
      expect([...many.queryMany(keys.slice(0, 50))]).toEqual(keys.slice(0, 50).map((key) => (one.query(key) ? 1 : 0)));
      many.check();
    }
  });

  it('batches with increments are single increments', () => {
    const keys = stream(3000, 300, seed + 3);
    const increments = keys.map((_, i) => 1 + (i % 90));
    const [one, many, words] = [0, 1, 2].map(() => new TopK({ k: 8, width: 20, depth: 3 })) as [TopK, TopK, TopK];
    const dropped = keys.map((key, i) => one.incrBy(key, increments[i] as number));
    expect(many.addMany(keys, increments).join()).toBe(dropped.join());
    words.addMany(new Set(['x']), Uint32Array.of(3));
    expect(words.list()).toEqual([{ key: 'x', count: 3, error: 0 }]);
    expect(same(many.toBytes(), one.toBytes())).toBe(true);
    expect(many.addMany([])).toEqual([]);
  });

  it('a frequent key wins a bucket back from one that came in bulk', () => {
    const sketch = new TopK({ k: 1, width: 1, depth: 1, decay: 1 });
    sketch.incrBy('bulk', 1000);
    expect(sketch.incrBy('rival', 999)).toBe(undefined);
    expect(sketch.count('bulk')).toBe(1000);
    // The first try takes the last of the bulk's thousand away, and the whole increment is the rival's.
    expect(sketch.incrBy('rival', 1001)).toBe('bulk');
    expect(sketch.list()).toEqual([{ key: 'rival', count: 1001, error: 0 }]);
  });

  it('keys of all lengths come and go without leaving memory behind', () => {
    const random = seededRandom(seed + 4);
    const arena = new Arena({ maxBytes: 1 << 24 });
    arena.scratch(100_000);
    const used = arena.bytesUsed;
    const sketch = new TopK({ arena, k: 16, algorithm: 'space-saving', keys: 'bytes' });
    for (let i = 0; i < 5000; i++) {
      const length = random.below(20) === 0 ? random.below(5000) : random.below(24);
      sketch.add(Uint8Array.from({ length }, () => random.below(256)));
      if (i % 500 === 0) sketch.check();
    }
    const longest = sketch.list().reduce((sum, { key }) => sum + key.length, 0);
    expect(arena.bytesUsed - used).toBeLessThan(2 * longest + 16 * 100 + 20_000);
    sketch.clear();
    sketch.check();
    sketch.dispose();
    expect(arena.bytesUsed).toBe(used);
    arena.check();
  });

  it('hands keys out as strings or as bytes, whatever they came as', () => {
    const text = new TopK({ k: 3 });
    text.addMany(['añ', Uint8Array.of(0xff), '']);
    expect(text.list().map(({ key }) => key)).toEqual(['', 'añ', '\ufffd']);
    const bytes = new TopK({ k: 1, keys: 'bytes', algorithm: 'space-saving' });
    bytes.add('ab');
    expect(bytes.add(Uint8Array.of(1))).toEqual(Uint8Array.of(97, 98));
    expect(TopK.fromBytes<'bytes'>(bytes.toBytes()).list()).toEqual([{ key: Uint8Array.of(1), count: 2, error: 1 }]);
    expect([text.keys, bytes.keys]).toEqual(['string', 'bytes']);
  });

  it('counts end at 2^32 − 1', () => {
    const sketch = new TopK({ k: 2, algorithm: 'space-saving' });
    for (let i = 0; i < 43_000; i++) sketch.incrBy('much', 100_000);
    expect(sketch.count('much')).toBe(2 ** 32 - 1);
    sketch.add('a');
    sketch.incrBy('a', 5);
    expect(sketch.stats().total).toBe(4_300_000_006);
    sketch.check();
  });

  it('where the arena is full nothing has changed', () => {
    const arena = new Arena({ maxBytes: 1 << 17 });
    const sketch = new TopK({ arena, k: 500, algorithm: 'space-saving' });
    let held = 0;
    const key = () => `${held}`.padEnd(300, 'x');
    arena.scratch(400);
    expect(() => {
      for (; held < 1000; held++) sketch.add(key());
    }).toThrow(ArenaFullError);
    expect(sketch.size).toBe(held);
    expect(() => sketch.add(key())).toThrow(ArenaFullError);
    expect(() => sketch.add('y'.repeat(1 << 17))).toThrow(ArenaFullError);
    expect(() => sketch.addMany(['y'.repeat(1 << 17)])).toThrow(ArenaFullError);
    expect(sketch.size).toBe(held);
    expect(sketch.stats().total).toBe(held);
    sketch.check();
    arena.check();
  });

  it('refuses what no sketch has, and what no key is', () => {
    for (const k of [0, -1, 1.5, 2 ** 20 + 1, Number.NaN]) {
      expect(() => new TopK({ k })).toThrow(/k must be an integer from 1 to 1048576, got/);
    }
    for (const options of [
      { width: 0 },
      { depth: 0 },
      { depth: 65 },
      { decay: 0 },
      { decay: 1.1 },
      { width: 2 ** 27, depth: 2 },
      { algorithm: 'guess' as TopKAlgorithm },
      { keys: 'numbers' as never },
      { algorithm: 'space-saving' as const, width: 8 },
      { seed: -1 },
    ]) {
      expect(() => new TopK({ k: 3, ...options })).toThrow(RangeError);
    }
    expect(() => new TopK(undefined as never)).toThrow(TypeError);
    expect(() => new TopK({} as never)).toThrow(TypeError);
    expect(() => new TopK({ k: 1, decay: '1' as never })).toThrow(TypeError);
    const sketch = new TopK({ k: 3 });
    const before = sketch.toBytes();
    for (const key of [null, undefined, {}, 5]) {
      expect(() => sketch.add(key as never)).toThrow(TypeError);
      expect(() => sketch.query(key as never)).toThrow(TypeError);
      expect(() => sketch.addMany(['a', key as never])).toThrow(TypeError);
    }
    for (const increment of [0, -1, 1.5, 100_001]) {
      expect(() => sketch.incrBy('a', increment)).toThrow(RangeError);
      expect(() => sketch.addMany(['a', 'b'], [1, increment])).toThrow(RangeError);
    }
    expect(() => sketch.addMany(['a'], [])).toThrow(/an increment for each of 1 keys, got 0/);
    expect(() => sketch.addMany('ab' as never)).toThrow(TypeError);
    expect(() => sketch.addMany(['a'], 3 as never)).toThrow(TypeError);
    expect(same(sketch.toBytes(), before)).toBe(true);
  });
});
