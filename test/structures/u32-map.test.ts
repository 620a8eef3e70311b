import { describe, expect, it } from 'vitest';
import { Arena, ArenaFullError, DisposedError, NameError } from '../../bindings/index.js';
import { F64Map, U32Map } from '../../src/structures/hash-table/index.js';

function filled(count: number, options: { arena?: Arena; name?: string } = {}): U32Map {
  const map = new U32Map(null, options);
  for (let i = 0; i < count; i++) map.set(Math.imul(i, 0x9e3779b1) >>> 0, i);
  return map;
}

describe('U32Map', () => {
  it('has the interface of Map', () => {
    const map = new U32Map([
      [1, 10],
      [2, 20],
      [4294967295, 30],
    ]);
    expect(map.size).toBe(3);
    expect(map.get(4294967295)).toBe(30);
    expect(map.get(3)).toBeUndefined();
    expect(map.has(2)).toBe(true);
    expect(map.set(2, 21)).toBe(map);
    expect(map.get(2)).toBe(21);
    expect(map.delete(2)).toBe(true);
    expect(map.delete(2)).toBe(false);
    expect(String(map)).toBe('[object U32Map]');
    expect(new Map(map)).toEqual(
      new Map([
        [1, 10],
        [4294967295, 30],
      ]),
    );
    expect([...map.keys()].sort((a, b) => a - b)).toEqual([1, 4294967295]);
    expect([...map.values()].sort((a, b) => a - b)).toEqual([10, 30]);
    const seen: number[] = [];
    map.forEach(function (this: string, value, key, owner) {
      expect(this).toBe('me');
      expect(owner).toBe(map);
      seen.push(key, value);
    }, 'me');
    expect(seen.length).toBe(4);
    map.clear();
    expect(map.size).toBe(0);
    expect([...map]).toEqual([]);
    map.check();
  });

  it('keeps every value exactly', () => {
    const map = new U32Map();
    const values = [Number.NaN, -0, 0, Infinity, -Infinity, 5e-324, 2 ** 53 + 2, Number.MAX_VALUE, -1.5];
    for (const [key, value] of values.entries()) map.set(key, value);
    for (const [key, value] of values.entries()) expect(Object.is(map.get(key), value)).toBe(true);
    expect(map.has(0)).toBe(true);
    expect(map.get(99)).toBeUndefined();
  });

  it('takes u32 keys only, and finds nothing under others', () => {
    const map = new U32Map([[0, 1]]);
    for (const key of [-1, 2 ** 32, 1.5, Number.NaN, Infinity]) {
      expect(() => map.set(key, 1)).toThrow(RangeError);
      expect(map.get(key)).toBeUndefined();
      expect(map.has(key)).toBe(false);
      expect(map.delete(key)).toBe(false);
    }
    expect(() => map.set('1' as never, 1)).toThrow(TypeError);
    expect(() => map.set(1, '1' as never)).toThrow(TypeError);
    expect(map.get(-0)).toBe(1);
    expect(map.size).toBe(1);
    expect(() => new U32Map(null, { capacity: -1 })).toThrow(RangeError);
    expect(() => new U32Map(null, { capacity: 1.5 })).toThrow(RangeError);
    expect(() => map.reserve(Number.NaN)).toThrow(RangeError);
  });

  it('a constructor that fails leaves nothing behind', () => {
    const arena = new Arena({ maxBytes: 1 << 20 });
    new U32Map(null, { arena }).dispose();
    const used = arena.bytesUsed;
    expect(
      () =>
        new U32Map(
          [
            [1, 1],
            [-1, 1],
          ],
          { arena },
        ),
    ).toThrow(RangeError);
    expect(() => new U32Map(null, { arena, capacity: 1_000_000 })).toThrow(ArenaFullError);
    expect(arena.bytesUsed).toBe(used);
    arena.check();
  });

  it('answers batches as single calls do, across chunk borders and with duplicates', () => {
    for (const count of [0, 1, 31, 1023, 1024, 1025, 5000]) {
      const keys = new Uint32Array(count).map((_, i) => Math.imul(i % 3000, 2654435761));
      const values = new Float64Array(count).map((_, i) => i + 0.5);
      const map = new U32Map();
      expect(map.setMany(keys, values)).toBe(map);
      const oracle = new Map<number, number>();
      keys.forEach((key, i) => {
        oracle.set(key, values[i] as number);
      });
      map.check();
      expect(map.size).toBe(oracle.size);
      const asked = new Uint32Array(count + 10).map((_, i) => Math.imul(i * 2, 2654435761));
      const got = map.getMany(asked, new Float64Array(count + 12).fill(7), -1);
      const has = map.hasMany(asked);
      asked.forEach((key, i) => {
        expect(got[i]).toBe(oracle.get(key) ?? -1);
        expect(has[i]).toBe(oracle.has(key) ? 1 : 0);
      });
      expect(got[count + 11]).toBe(7);
      let deleted = 0;
      for (const key of asked) if (oracle.delete(key)) deleted++;
      expect(map.deleteMany(asked)).toBe(deleted);
      expect(new Map(map)).toEqual(oracle);
      map.check();
    }
  });

  it('refuses batches it cannot do, and does nothing then', () => {
    const map = new U32Map([[1, 1]]);
    expect(() => map.setMany(new Uint32Array(2), new Float64Array(3))).toThrow(RangeError);
    expect(() => map.setMany([1] as never, new Float64Array(1))).toThrow(TypeError);
    expect(() => map.setMany(new Uint32Array(1), [1] as never)).toThrow(TypeError);
    expect(() => map.getMany(new Uint32Array(2), new Float64Array(1))).toThrow(RangeError);
    expect(() => map.hasMany(new Float64Array(1) as never)).toThrow(TypeError);
    expect([...map]).toEqual([[1, 1]]);
    expect(map.getMany(Uint32Array.of(1, 2))).toEqual(Float64Array.of(1, Number.NaN));
  });

  it('a full arena leaves the map as it was', () => {
    const arena = new Arena({ maxBytes: 1 << 18, seed: 1 });
    const map = new U32Map(null, { arena });
    let key = 0;
    expect(() => {
      for (; ; key++) map.set(key, key);
    }).toThrow(ArenaFullError);
    expect(key).toBeGreaterThan(5000);
    const size = map.size;
    expect(size).toBe(key);
    map.check();
    arena.check();
    // Old entries can still be read, changed, iterated and deleted.
    expect(map.get(key - 1)).toBe(key - 1);
    expect(map.get(key)).toBeUndefined();
    map.set(0, -5);
    expect([...map].length).toBe(size);
    const before = new Map(map);
    const keys = new Uint32Array(20_000).map((_, i) => i);
    expect(() => map.setMany(keys, new Float64Array(20_000).fill(9))).toThrow(ArenaFullError);
    expect(new Map(map)).toEqual(before);
    expect(() => map.reserve(1_000_000)).toThrow(ArenaFullError);
    map.check();
    map.shrink();
    map.check();
    expect(new Map(map)).toEqual(before);
    for (let i = 0; i < size; i++) expect(map.delete(i)).toBe(true);
    map.shrink();
    map.check();
    arena.check();
    map.set(1, 1);
  });

  it('clear works in a full arena', () => {
    const arena = new Arena({ maxBytes: 1 << 17, seed: 1 });
    const map = new U32Map(null, { arena });
    expect(() => {
      for (let key = 0; ; key++) map.set(key, key);
    }).toThrow(ArenaFullError);
    const fill: number[] = [];
    expect(() => {
      for (;;) fill.push(arena.alloc(8));
    }).toThrow(ArenaFullError);
    map.clear();
    map.check();
    arena.check();
    expect(map.size).toBe(0);
    map.set(5, 6);
    expect([...map]).toEqual([[5, 6]]);
  });

  it('accounts its memory, and returns all of it', () => {
    const arena = new Arena({ maxBytes: 1 << 26 });
    arena.scratch(32);
    const empty = arena.bytesUsed;
    const map = filled(100_000, { arena });
    expect(arena.bytesUsed - empty).toBe(map.stats().bytes);
    expect(map.stats().bytes / map.size).toBeLessThan(15);
    for (const key of [...map.keys()]) if (key % 10 !== 0) map.delete(key);
    map.shrink();
    map.check();
    expect(map.stats().bytes / map.size).toBeLessThan(15.5);
    expect(arena.bytesUsed - empty).toBeLessThanOrEqual(map.stats().bytes + 32_768);
    const kept = [...map].length;
    expect(kept).toBe(map.size);
    map.clear();
    expect(map.stats().bytes).toBeLessThan(500);
    map.dispose();
    expect(arena.bytesUsed).toBeLessThanOrEqual(empty + 32_768);
    arena.check();
  });

  it('does not leak: 100 000 maps made and disposed of', () => {
    const arena = new Arena({ maxBytes: 1 << 20 });
    for (let i = 0; i < 100_000; i++) {
      const map = new U32Map(null, { arena });
      map.set(i, i);
      map.dispose();
      if (i === 100) arena.check();
    }
    new U32Map(null, { arena }).dispose();
    expect(arena.bytesUsed).toBeLessThan(16_384);
    expect(arena.bytesReserved).toBeLessThanOrEqual(131_072);
    arena.check();
  });

  it('keeps memory an entry smooth while it grows', () => {
    const map = new U32Map();
    const perEntry: number[] = [];
    for (let i = 0; i < 300_000; i++) {
      map.set(Math.imul(i, 0x85ebca6b) >>> 0, i);
      if (i >= 80_000 && i % 7_919 === 0) perEntry.push(map.stats().bytes / map.size);
    }
    expect(Math.max(...perEntry)).toBeLessThan(15);
    expect(Math.min(...perEntry)).toBeGreaterThan(13.5);
  });

  it('spreads keys of any pattern alike', () => {
    const n = 50_000;
    const patterns: Record<string, (i: number) => number> = {
      sequential: (i) => i,
      descending: (i) => 0xffffffff - i,
      'stride 64': (i) => i * 64,
      'stride 4096': (i) => (i * 4096 + (i >>> 20)) >>> 0,
      'stride 65536': (i) => (Math.imul(i, 65536) + (i >>> 16)) >>> 0,
      'multiples of the golden ratio': (i) => Math.imul(i, 0x9e3779b1) >>> 0,
      'multiples of a murmur constant': (i) => Math.imul(i, 0x85ebca6b) >>> 0,
      'powers of two, then near them': (i) => ((1 << (i & 31)) ^ (i >>> 5)) >>> 0,
    };
    // How evenly depends on the seed of the hash: these are the same every time.
    for (const seed of [1, 2, 3]) {
      for (const [name, pattern] of Object.entries(patterns)) {
        const arena = new Arena({ seed });
        const map = new U32Map(null, { arena });
        for (let i = 0; i < n; i++) map.set(pattern(i), i);
        map.check();
        const stats = map.stats();
        expect(stats.displaced / stats.size, `${name}, seed ${seed}`).toBeLessThan(0.17);
        expect(stats.longestProbe, `${name}, seed ${seed}`).toBeLessThan(130);
        expect(stats.largestSegment, `${name}, seed ${seed}`).toBeLessThanOrEqual(2304);
        arena.dispose();
      }
    }
  });

  it('fills from another map in hash order without crowding', () => {
    const arena = new Arena({ seed: 7 });
    const first = filled(200_000, { arena });
    const second = new U32Map(first, { arena });
    second.check();
    expect(second.size).toBe(200_000);
    expect(second.stats().displaced / second.size).toBeLessThan(0.5);
    arena.dispose();
  });

  it('takes what was reserved for without growing', () => {
    for (const n of [1, 10, 1000, 100_000]) {
      const map = new U32Map(null, { capacity: n });
      const bytes = map.stats().bytes;
      for (let i = 0; i < n; i++) map.set(i, i);
      map.check();
      expect(map.stats().bytes).toBeLessThanOrEqual(bytes * 1.02);
      map.reserve(n * 3);
      map.check();
      for (let i = 0; i < n; i++) expect(map.get(i)).toBe(i);
      map.dispose();
    }
  });

  it('is found again by name after a snapshot, with the same answers', () => {
    const arena = new Arena({ maxBytes: 1 << 24 });
    const map = filled(10_000, { arena, name: 'counts' });
    expect(U32Map.open(arena, 'counts')).toBe(map);
    const copy = Arena.restore(arena.snapshot());
    const again = U32Map.open(copy, 'counts');
    again.check();
    expect([...again]).toEqual([...map]);
    again.set(1, 2);
    expect(again.size).toBe(10_001);
    expect(map.size).toBe(10_000);
    expect(() => F64Map.open(arena, 'counts')).toThrow(NameError);
    expect(() => U32Map.open(arena, 'other')).toThrow(NameError);
    expect(() => new U32Map(null, { arena, name: 'counts' })).toThrow(NameError);
    map.dispose();
    expect(() => U32Map.open(arena, 'counts')).toThrow(NameError);
    copy.check();
  });

  it('gives the same bytes for the same seed', () => {
    const make = (): Uint8Array => {
      const arena = new Arena({ seed: 42, maxBytes: 1 << 24 });
      filled(5_000, { arena, name: 'm' });
      return arena.snapshot();
    };
    expect(make()).toEqual(make());
  });

  it('throws after dispose, of the map and of its arena, also in the middle of an iteration', () => {
    const map = filled(100);
    const iterator = map.entries();
    iterator.next();
    map.dispose();
    map.dispose();
    expect(map.disposed).toBe(true);
    for (const use of [
      () => map.get(1),
      () => map.get(-1),
      () => map.has(1),
      () => map.set(1, 1),
      () => map.delete(1),
      () => map.size,
      () => map.clear(),
      () => [...map],
      () => map.getMany(Uint32Array.of(1)),
      () => iterator.next(),
    ]) {
      expect(use).toThrow(DisposedError);
    }
    const arena = new Arena();
    const other = filled(10, { arena });
    arena.dispose();
    expect(() => other.get(1)).toThrow(DisposedError);
    expect(() => other.set(1, 1)).toThrow(DisposedError);
    other.dispose();
  });
});
