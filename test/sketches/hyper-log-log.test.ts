import { describe, expect, it } from 'vitest';
import { envelope, seal } from '../../bindings/envelope.js';
import { Arena, ArenaFullError, SnapshotError } from '../../bindings/index.js';
import { xxh64 } from '../../src/codecs/hash/index.js';
import { HyperLogLog } from '../../src/sketches/hyper-log-log/index.js';
import { seededRandom, testSeed } from '../support/random.js';
import { claims } from './claims.js';

const seed = testSeed('HyperLogLog');

function numbers(count: number, from = 0): Uint32Array {
  return Uint32Array.from({ length: count }, (_, i) => from + i);
}

/** The registers of a sketch, from its bytes. */
function registersOf(sketch: HyperLogLog): Uint8Array {
  const bytes = sketch.toBytes().subarray(24);
  const head = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const out = new Uint8Array(2 ** head.getUint32(0, true));
  if (head.getUint32(20, true) === 0) {
    for (let at = 24; at < bytes.length; at += 4) out[head.getUint32(at, true) >>> 6] = head.getUint32(at, true) & 63;
    return out;
  }
  for (let i = 0; i < out.length; i++) {
    const bit = 6 * i;
    const at = 24 + (bit >> 3);
    out[i] = (((bytes[at] as number) | ((bytes[at + 1] ?? 0) << 8)) >> (bit & 7)) & 63;
  }
  return out;
}

/** The naive oracle: a register is the largest position of a first one bit among the hashes that choose it. */
function naive(keys: Uint32Array, precision: number): Uint8Array {
  const out = new Uint8Array(2 ** precision);
  const key = new Uint8Array(4);
  for (const number of keys) {
    new DataView(key.buffer).setUint32(0, number, true);
    const hash = xxh64(key, 0);
    const index = Number(hash >> BigInt(64 - precision));
    const rest = (hash & ((1n << BigInt(64 - precision)) - 1n)).toString(2).padStart(64 - precision, '0');
    const first = rest.indexOf('1');
    out[index] = Math.max(out[index] as number, first < 0 ? 65 - precision : first + 1);
  }
  return out;
}

/** Ertl's estimate as a mean over the registers, by its definition and without the recursion (q + 1 not reached). */
function estimateOf(registers: Uint8Array): number {
  const m = registers.length;
  let [sum, zeros] = [0, 0];
  for (const value of registers) {
    if (value === 0) zeros++;
    else sum += 2 ** -value;
  }
  let sigma = zeros / m;
  for (let k = 1; k < 60; k++) sigma += (zeros / m) ** (2 ** k) * 2 ** (k - 1);
  return (m * m) / (2 * Math.LN2 * (sum + m * sigma));
}

const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

for (const [name, options] of [
  ['HyperLogLog', { precision: 10 }],
  ['HyperLogLog, dense', { precision: 8, sparse: false }],
  ['HyperLogLog, the smallest', { precision: 4 }],
] as const) {
  claims({
    name,
    kind: 16,
    make: (given) => new HyperLogLog({ ...given, ...options }),
    fromBytes: (bytes, given) => HyperLogLog.fromBytes(bytes, given),
    open: (arena, of) => HyperLogLog.open(arena, of),
    fill: (sketch, round) => void sketch.addMany(numbers(70, round * 70)),
    exercise: (sketch) => {
      sketch.add('a');
      sketch.count();
      sketch.stats();
      sketch.unionCount(sketch);
    },
    tooLarge: (arena) => new HyperLogLog({ arena, precision: 18, sparse: false }),
  });
}

describe('HyperLogLog', () => {
  it('has the registers of the naive oracle, and the estimate by its definition', () => {
    const random = seededRandom(seed);
    for (const precision of [4, 6, 7, 9, 12, 14, 18]) {
      const keys = Uint32Array.from({ length: 3000 }, () => random.below(2 ** 32));
      const sketch = new HyperLogLog({ precision });
      for (const [from, to] of [
        [0, 1],
        [1, 9],
        [9, 300],
        [300, 3000],
      ] as const) {
        sketch.addMany(keys.subarray(from, to));
        sketch.check();
        const registers = naive(keys.subarray(0, to), precision);
        expect(same(registersOf(sketch), registers)).toBe(true);
        expect(sketch.count() / estimateOf(registers)).toBeCloseTo(1, 12);
      }
      sketch.dispose();
    }
  });

  it('is as exact as promised over the whole range, at every precision', () => {
    for (const precision of [6, 10, 14]) {
      const trials = 24;
      for (const size of [10, 100, 1000, 10_000, 60_000]) {
        let [squares, sum] = [0, 0];
        for (let trial = 0; trial < trials; trial++) {
          const sketch = new HyperLogLog({ precision, seed: seed + trial });
          sketch.addMany(numbers(size, trial * 1e6));
          const error = sketch.count() / size - 1;
          squares += error * error;
          sum += error;
          sketch.dispose();
        }
        // Few keys are counted exactly but for two that share a register, which is a whole key.
        const expected = new HyperLogLog({ precision }).standardError + 1 / size;
        // Chance alone breaks neither of these once in a million runs.
        expect(Math.sqrt(squares / trials) / expected).toBeLessThan(1.8);
        expect(Math.abs(sum / trials) / expected).toBeLessThan(5.5 / Math.sqrt(trials));
      }
    }
  });

  it('nothing counts as none, and few keys are counted exactly', () => {
    const sketch = new HyperLogLog();
    expect(sketch.count()).toBe(0);
    expect(sketch.add('a')).toBe(true);
    expect(sketch.add('a')).toBe(false);
    expect(Math.round(sketch.count())).toBe(1);
    expect(sketch.addMany(['a', 'b', Uint8Array.of(99)])).toBe(true);
    expect(sketch.addMany(['a', 'b', 'c'])).toBe(false);
    expect(sketch.addMany([])).toBe(false);
    expect(Math.round(sketch.count())).toBe(3);
    sketch.addMany(numbers(100));
    expect(Math.abs(sketch.count() - 103)).toBeLessThan(3);
  });

  it('counts the same sparse and dense, and becomes dense by the number of its registers alone', () => {
    const sparse = new HyperLogLog({ precision: 12 });
    const dense = new HyperLogLog({ precision: 12, sparse: false });
    const forms = new Set<string>();
    for (let from = 0; from < 4000; from += 37) {
      const keys = numbers(37, from);
      sparse.addMany(keys);
      for (const key of keys) dense.add(key);
      expect(sparse.count()).toBe(dense.count());
      const { representation, filled, bytes } = sparse.stats();
      forms.add(representation);
      expect(representation).toBe(filled > 384 ? 'dense' : 'sparse');
      expect(bytes).toBeLessThanOrEqual(3072);
      sparse.check();
    }
    expect([...forms]).toEqual(['sparse', 'dense']);
    expect(dense.stats()).toMatchObject({ precision: 12, registers: 4096, representation: 'dense', bytes: 3072 });
    expect(same(registersOf(sparse), registersOf(dense))).toBe(true);
  });

  it('the order of keys does not matter, not even to the bytes', () => {
    const random = seededRandom(seed + 1);
    for (const count of [5, 90, 500]) {
      const keys = [...numbers(count)].map(String);
      const one = new HyperLogLog({ precision: 10 });
      one.addMany(keys);
      const other = new HyperLogLog({ precision: 10 });
      for (const key of keys.sort(() => random.next() - 0.5)) other.add(key);
      expect(same(one.toBytes(), other.toBytes())).toBe(true);
    }
  });

  it('merging is adding the keys of both', () => {
    for (const [left, right] of [
      [0, 50],
      [50, 0],
      [50, 60],
      [100, 2000],
      [2000, 100],
      [3000, 3000],
    ] as const) {
      for (const arena of [Arena.default, new Arena()]) {
        const a = new HyperLogLog({ precision: 11 });
        const b = new HyperLogLog({ precision: 11, arena });
        a.addMany(numbers(left));
        b.addMany(numbers(right, left >> 1));
        const union = new HyperLogLog({ precision: 11 });
        union.addMany(numbers(left));
        union.addMany(numbers(right, left >> 1));
        const before = [a.toBytes(), b.toBytes()];
        const both = HyperLogLog.union([a, b]);
        expect(same(both.toBytes(), union.toBytes())).toBe(true);
        expect(a.unionCount(b)).toBe(union.count());
        expect(same(a.toBytes(), before[0] as Uint8Array) && same(b.toBytes(), before[1] as Uint8Array)).toBe(true);
        expect(a.merge(b)).toBe(!same(before[0] as Uint8Array, union.toBytes()));
        expect(a.merge(b)).toBe(false);
        expect(same(a.toBytes(), union.toBytes())).toBe(true);
        a.check();
      }
    }
  });

  it('a sketch of higher precision folds into one of lower, as if its keys had been added there', () => {
    for (const count of [30, 700, 20_000]) {
      const fine = new HyperLogLog({ precision: 16 });
      const coarse = new HyperLogLog({ precision: 9 });
      const direct = new HyperLogLog({ precision: 9 });
      fine.addMany(numbers(count));
      direct.addMany(numbers(count));
      coarse.merge(fine);
      coarse.check();
      expect(same(coarse.toBytes(), direct.toBytes())).toBe(true);
      expect(HyperLogLog.union([fine, direct]).precision).toBe(9);
    }
  });

  it('estimates an intersection', () => {
    const a = new HyperLogLog();
    const b = new HyperLogLog();
    a.addMany(numbers(60_000));
    b.addMany(numbers(60_000, 20_000));
    expect(Math.abs(a.intersectionCount(b) / 40_000 - 1)).toBeLessThan(0.12);
    expect(a.intersectionCount(new HyperLogLog())).toBeLessThan(1e-6);
  });

  it('registers end at the value of a hash whose last bits are all zero, and one above that is refused', () => {
    const forged = (values: number[]) => {
      const bytes = envelope({ number: 16, name: '' }, 1, 24 + 12);
      bytes.set(new HyperLogLog({ precision: 4 }).toBytes().subarray(24), 24);
      bytes[24 + 16] = values.filter((value) => value > 0).length;
      for (let i = 0; i < 16; i++) {
        const word = (values[i] as number) << ((6 * i) % 8);
        const at = 48 + ((6 * i) >> 3);
        bytes[at] = (bytes[at] as number) | word;
        if (at + 1 < bytes.length) bytes[at + 1] = (bytes[at + 1] as number) | (word >> 8);
      }
      return HyperLogLog.fromBytes(seal(Arena.default, bytes));
    };
    const most = Array.from({ length: 16 }, () => 61);
    expect(forged(most).count()).toBe(Infinity);
    expect(forged([60, ...most.slice(1)]).count()).toBeGreaterThan(2 ** 60);
    expect(() => forged([62, ...most.slice(1)])).toThrow(SnapshotError);
  });

  it('where the arena is full nothing has changed', () => {
    const arena = new Arena({ maxBytes: 1 << 17 });
    const sketch = new HyperLogLog({ arena, precision: 16 });
    sketch.addMany(numbers(900));
    arena.scratch(70_000);
    const before = sketch.toBytes();
    expect(() => sketch.addMany(numbers(60_000, 1e6))).toThrow(ArenaFullError);
    expect(() => sketch.addMany([...numbers(60_000, 1e6)].map(String))).toThrow(ArenaFullError);
    expect(() => sketch.add('x'.repeat(1 << 17))).toThrow(ArenaFullError);
    const large = new HyperLogLog({ precision: 16 });
    large.addMany(numbers(60_000));
    expect(() => sketch.merge(large)).toThrow(ArenaFullError);
    expect(same(sketch.toBytes(), before)).toBe(true);
    let added = 0;
    expect(() => {
      for (; added < 60_000; added++) sketch.add(1e6 + added);
    }).toThrow(ArenaFullError);
    const full = sketch.toBytes();
    expect(() => sketch.add(1e6 + added)).toThrow(ArenaFullError);
    expect(same(sketch.toBytes(), full)).toBe(true);
    sketch.check();
    arena.check();
  });

  it('refuses what no sketch has, and what no key is', () => {
    for (const precision of [3, 19, 4.5, Number.NaN]) {
      expect(() => new HyperLogLog({ precision })).toThrow(/precision must be an integer from 4 to 18, got/);
    }
    expect(() => new HyperLogLog({ precision: '14' as never })).toThrow(TypeError);
    expect(() => new HyperLogLog({ sparse: 1 as never })).toThrow(TypeError);
    expect(() => new HyperLogLog({ seed: -1 })).toThrow(RangeError);
    const sketch = new HyperLogLog();
    for (const key of [null, undefined, {}, 5n, new Float64Array(1)]) {
      expect(() => sketch.add(key as never)).toThrow(TypeError);
      expect(() => sketch.addMany(['a', key as never])).toThrow(TypeError);
    }
    expect(() => sketch.add(-1)).toThrow(RangeError);
    expect(() => sketch.merge(new HyperLogLog({ seed: 1 }))).toThrow(/one seed/);
    expect(() => sketch.merge(new HyperLogLog({ precision: 10 }))).toThrow(/merge this one into that/);
    expect(() => sketch.merge({} as never)).toThrow(TypeError);
    expect(() => HyperLogLog.union([])).toThrow(RangeError);
    expect(sketch.count()).toBe(0);
  });
});
