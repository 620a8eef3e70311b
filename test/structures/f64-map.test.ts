import { describe, expect, it } from 'vitest';
import { Arena, ArenaFullError, DisposedError } from '../../bindings/index.js';
import { F64Map } from '../../src/structures/hash-table/index.js';

describe('F64Map', () => {
  it('compares keys as Map does: NaN equals NaN, −0 is +0', () => {
    const map = new F64Map([
      [Number.NaN, 1],
      [-0, 2],
    ]);
    expect(map.get(Number.NaN)).toBe(1);
    expect(map.get(0)).toBe(2);
    map.set(0, 3);
    expect(map.size).toBe(2);
    expect(map.get(-0)).toBe(3);
    const zero = [...map.keys()].find((key) => key === 0);
    expect(Object.is(zero, 0)).toBe(true);
    // A NaN of any bits is the one NaN.
    const odd = new Float64Array(1);
    new Uint32Array(odd.buffer).set([1, 0xfff80000]);
    expect(map.get(odd[0] as number)).toBe(1);
    expect(map.getMany(Float64Array.of(odd[0] as number, -0, 5))).toEqual(Float64Array.of(1, 3, Number.NaN));
    map.setMany(odd, Float64Array.of(9));
    expect(map.size).toBe(2);
    expect(map.delete(Number.NaN)).toBe(true);
    expect(map.deleteMany(Float64Array.of(-0))).toBe(1);
    expect(map.size).toBe(0);
    map.check();
  });

  it('tells keys apart to the last bit, and keeps values exactly', () => {
    const keys = [1, 1 + Number.EPSILON, 5e-324, -5e-324, Infinity, -Infinity, Number.MAX_VALUE, 0.1 + 0.2, 0.3];
    const map = new F64Map();
    const values = [Number.NaN, -0, 0, 1e300, -1e-300, Infinity, -Infinity, 2 ** 53, 0.1];
    for (const [i, key] of keys.entries()) map.set(key, values[i] as number);
    for (const [i, key] of keys.entries()) expect(Object.is(map.get(key), values[i])).toBe(true);
    expect(map.has(1)).toBe(true);
    expect(map.get(2)).toBeUndefined();
    expect(String(map)).toBe('[object F64Map]');
  });

  it('refuses keys and values that are no numbers; finds nothing under such keys', () => {
    const map = new F64Map();
    expect(() => map.set('1' as never, 1)).toThrow(TypeError);
    expect(() => map.set(null as never, 1)).toThrow(TypeError);
    expect(() => map.set(1, 1n as never)).toThrow(TypeError);
    expect(() => map.setMany(new Uint32Array(1) as never, new Float64Array(1))).toThrow(TypeError);
    expect(map.get('1' as never)).toBeUndefined();
    expect(map.has(undefined as never)).toBe(false);
    expect(map.delete('1' as never)).toBe(false);
    expect(map.size).toBe(0);
  });

  it('spreads keys of any pattern alike', () => {
    const patterns: Record<string, (i: number) => number> = {
      integers: (i) => i,
      negative: (i) => -i,
      'large multiples': (i) => i * 2 ** 32,
      'huge multiples': (i) => i * 2 ** 500,
      fractions: (i) => i / 65536,
      reciprocals: (i) => 1 / i,
      'neighbouring doubles': (i) => 1 + i * Number.EPSILON,
      times: (i) => 1.7e12 + i * 1000,
    };
    for (const [index, [name, pattern]] of Object.entries(patterns).entries()) {
      // How evenly depends on the seed of the hash: these are the same every time.
      const arena = new Arena({ seed: index });
      const map = new F64Map(null, { arena });
      for (let i = 1; i <= 30_000; i++) map.set(pattern(i), i);
      expect(map.size, name).toBe(30_000);
      map.check();
      const stats = map.stats();
      expect(stats.displaced / stats.size, name).toBeLessThan(0.2);
      expect(stats.bytes / stats.size, name).toBeLessThan(25);
      arena.dispose();
    }
  });

  it('a full arena leaves the map as it was', () => {
    const arena = new Arena({ maxBytes: 1 << 18, seed: 3 });
    const map = new F64Map(null, { arena });
    expect(() => {
      for (let key = 0; ; key++) map.set(key + 0.5, key);
    }).toThrow(ArenaFullError);
    const before = new Map(map);
    map.check();
    const keys = new Float64Array(15_000).map((_, i) => i / 2);
    expect(() => map.setMany(keys, new Float64Array(15_000))).toThrow(ArenaFullError);
    expect(new Map(map)).toEqual(before);
    map.check();
    arena.check();
  });

  it('does not leak: 100 000 maps made and disposed of', () => {
    const arena = new Arena({ maxBytes: 1 << 20 });
    for (let i = 0; i < 100_000; i++) new F64Map(null, { arena }).set(i, i).dispose();
    expect(arena.bytesUsed).toBeLessThan(16_384);
    arena.check();
  });

  it('is found again by name after a snapshot', () => {
    const arena = new Arena({ maxBytes: 1 << 24 });
    const map = new F64Map(null, { arena, name: 'f' });
    for (let i = 0; i < 10_000; i++) map.set(Math.sqrt(i), i);
    const again = F64Map.open(Arena.restore(arena.snapshot()), 'f');
    expect([...again]).toEqual([...map]);
    again.check();
    map.dispose();
    expect(() => map.get(1)).toThrow(DisposedError);
  });
});
