import { describe, expect, test } from 'vitest';
import { seededRandom, systemRandom } from '../../src/ports/random.js';

describe('both sources', () => {
  test.each([
    ['the platform', systemRandom],
    ['a seed', seededRandom(7)],
  ])('%s gives integers, doubles and bytes that lie within their range and spread over it', (_name, random) => {
    const seen = { words: 0, doubles: 0, bytes: new Set<number>() };
    for (let i = 0; i < 4096; i++) {
      const word = random.u32();
      expect(Number.isInteger(word) && word >= 0 && word < 2 ** 32).toBe(true);
      const double = random.float();
      expect(double >= 0 && double < 1).toBe(true);
      seen.words += word / 2 ** 32;
      seen.doubles += double;
    }
    // The mean of 4096 uniforms has a standard deviation of 0.0045; ten of them never happen.
    expect(Math.abs(seen.words / 4096 - 0.5)).toBeLessThan(0.045);
    expect(Math.abs(seen.doubles / 4096 - 0.5)).toBeLessThan(0.045);
    const bytes = new Uint8Array(200_003);
    random.fill(bytes);
    for (const byte of bytes) seen.bytes.add(byte);
    expect(seen.bytes.size).toBe(256);
    expect(bytes.subarray(-64).some((byte) => byte !== 0)).toBe(true);
  });
});

describe('seededRandom', () => {
  test('repeats itself', () => {
    const [a, b] = [seededRandom(42), seededRandom(42)];
    const ours = Array.from({ length: 100 }, () => a.u32());
    expect(Array.from({ length: 100 }, () => b.u32())).toEqual(ours);
    expect(new Set(ours).size).toBe(100);
  });

  test('tells seeds apart that differ above the thirty-second bit', () => {
    expect(seededRandom(1).u32()).not.toBe(seededRandom(1 + 2 ** 40).u32());
  });

  test.each([Number.NaN, 0.5, 2 ** 60])('refuses the seed %s', (seed) => {
    expect(() => seededRandom(seed)).toThrow(RangeError);
  });
});
