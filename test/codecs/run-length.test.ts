import { describe, expect, it } from 'vitest';
import { DecodeError } from '../../src/codecs/index.js';
import { runLength } from '../../src/codecs/run-length/index.js';
import { type SeededRandom, seededRandom, testSeed } from '../support/random.js';

const KINDS = [Uint8Array, Uint32Array, Int32Array, BigUint64Array, BigInt64Array, Float64Array] as const;
type Elements = InstanceType<(typeof KINDS)[number]>;

const raw = (a: ArrayBufferView): Uint8Array => new Uint8Array(a.buffer, a.byteOffset, a.byteLength);
const same = (a: ArrayBufferView, b: ArrayBufferView): boolean =>
  Object.getPrototypeOf(a) === Object.getPrototypeOf(b) && Buffer.compare(raw(a), raw(b)) === 0;

/** Runs of random bits, of lengths that are one for a while and thousands for a while. */
function someRuns(make: (typeof KINDS)[number], count: number, { below }: SeededRandom): Elements {
  const values = new make(count);
  const bytes = raw(values);
  const size = values.BYTES_PER_ELEMENT;
  let longest = 1;
  for (let i = 0; i < count; ) {
    if (below(20) === 0) longest = [1, 2, 9, 100, 30_000][below(5)] as number;
    const element = Array.from({ length: size }, () => below(below(2) === 0 ? 2 : 256));
    for (let left = Math.min(1 + below(longest), count - i); left > 0; left--) bytes.set(element, size * i++);
  }
  return values;
}

/** Length and first index of each run, element by element. */
function runsBySight(values: Elements): { ends: number[]; starts: number[] } {
  const bytes = raw(values);
  const size = values.BYTES_PER_ELEMENT;
  const ends: number[] = [];
  const starts: number[] = [];
  for (let i = 0; i < values.length; i++) {
    let changes = i === 0;
    for (let b = 0; b < size && !changes; b++) changes = bytes[size * i + b] !== bytes[size * (i - 1) + b];
    if (changes) {
      if (i > 0) ends.push(i);
      starts.push(i);
    }
  }
  if (values.length > 0) ends.push(values.length);
  return { ends, starts };
}

function survives(blob: Uint8Array, index: number): void {
  const options = { maxCount: 100_000 };
  const calls = [
    () => runLength.decode(blob, options),
    () => runLength.decodeRange(blob, 0, Math.min(1000, runLength.countOf(blob))),
    () => index < runLength.countOf(blob) && runLength.at(blob, index),
    () => runLength.runsOf(blob),
  ];
  for (const call of calls) {
    try {
      call();
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
    }
  }
}

describe('runLength', () => {
  it('writes the bytes of the documented example', () => {
    const blob = runLength.encode(Uint8Array.of(7, 7, 7, 9));
    expect(Buffer.from(blob).toString('hex')).toBe('4153484e010100000400000002000000' + '0300000004000000' + '0709');
    expect(runLength.runsOf(blob)).toEqual({ ends: Uint32Array.of(3, 4), values: Uint8Array.of(7, 9) });
    expect(runLength.encode(new Uint32Array(0)).length).toBe(16);
  });

  it('finds the runs of every kind of array, and gives the array back', () => {
    const seed = testSeed('run-length');
    const random = seededRandom(seed);
    for (const make of KINDS) {
      for (const count of [0, 1, 2, 15, 16, 17, 33, 1000, 16_384, 16_385, 60_000]) {
        const values = someRuns(make, count, random);
        const blob = runLength.encode(values);
        const claim = `seed ${seed}, ${make.name}, ${count}`;
        const { ends, starts } = runsBySight(values);
        const runs = runLength.runsOf(blob);
        expect(same(runs.ends, Uint32Array.from(ends)), claim).toBe(true);
        expect(same(runs.values, new make(starts.map((i) => values[i]) as never)), claim).toBe(true);
        expect(runLength.countOf(blob)).toBe(count);
        expect(runLength.runCountOf(blob)).toBe(ends.length);
        expect(same(runLength.decode(blob), values), claim).toBe(true);
      }
    }
  });

  it('keeps NaN payloads, the sign of zero and infinities', () => {
    const bits = BigUint64Array.of(
      0x7ff8_0000_0000_0000n,
      0x7ff8_0000_0000_0001n,
      0xfff0_dead_beef_0001n,
      0n,
      1n << 63n,
      0x7ff0_0000_0000_0000n,
    );
    const values = new Float64Array(bits.buffer);
    const blob = runLength.encode(values);
    expect(runLength.runCountOf(blob)).toBe(6);
    expect(same(runLength.decode(blob), values)).toBe(true);
    expect(runLength.at(blob, 4)).toBe(-0);
  });

  it('reads any range and any index', () => {
    const seed = testSeed('run-length ranges');
    const random = seededRandom(seed);
    for (const make of KINDS) {
      const values = someRuns(make, 70_000, random);
      const blob = runLength.encode(values);
      for (let round = 0; round < 100; round++) {
        const from = random.below(values.length + 1);
        const to = Math.min(values.length, from + random.below(round % 2 === 0 ? 50 : values.length));
        expect(same(runLength.decodeRange(blob, from, to), values.slice(from, to)), `seed ${seed}`).toBe(true);
        const index = random.below(values.length);
        expect(runLength.at(blob, index), `seed ${seed}, ${index}`).toBe(values[index]);
      }
    }
  });

  it('does not allocate for more elements than it was told to', () => {
    const blob = runLength.encode(Uint8Array.of(1, 1));
    const view = new DataView(blob.buffer);
    view.setUint32(8, 0xffff_ffff, true);
    view.setUint32(16, 0xffff_ffff, true);
    expect(() => runLength.decode(blob)).toThrow(/4294967295 elements, more than maxCount, 67108864/);
    expect(() => runLength.decode(blob, { maxCount: 1.5 })).toThrow(RangeError);
    expect(runLength.at(blob, 0xffff_fffe)).toBe(1);
    expect(runLength.decodeRange(blob, 4_000_000_000, 4_000_000_003)).toEqual(Uint8Array.of(1, 1, 1));
  });

  it('refuses what is cut off, and what has bytes to spare', () => {
    const blob = runLength.encode(Int32Array.of(1, 1, 2, 3, 3));
    for (let length = 0; length < blob.length; length++) {
      expect(() => runLength.decode(blob.subarray(0, length))).toThrow(DecodeError);
      expect(() => runLength.at(blob.subarray(0, length), 0)).toThrow(DecodeError);
    }
    expect(() => runLength.decode(Uint8Array.of(...blob, 0))).toThrow(DecodeError);
  });

  it('survives flipped and random bytes', () => {
    const seed = testSeed('run-length fuzz');
    const random = seededRandom(seed);
    const { below } = random;
    for (const make of KINDS) {
      const blob = runLength.encode(someRuns(make, 400, random));
      for (let round = 0; round < 1500; round++) {
        const altered = blob.slice();
        for (let flips = 1 + below(4); flips > 0; flips--) {
          altered[below(round % 2 === 0 ? Math.min(40, blob.length) : blob.length)] = below(256);
        }
        survives(altered, below(400));
      }
    }
  });

  it('refuses ends that do not rise', () => {
    const blob = runLength.encode(Uint8Array.of(1, 2, 3));
    blob[20] = 1;
    expect(() => runLength.decode(blob)).toThrow(/ends that do not rise/);
    expect(() => runLength.runsOf(blob)).toThrow(/ends that do not rise/);
    blob[20] = 9;
    expect(() => runLength.decode(blob)).toThrow(DecodeError);
  });

  it('refuses other arrays, ranges and indices', () => {
    const blob = runLength.encode(Int32Array.of(1, 2, 3));
    expect(() => runLength.encode([1] as never)).toThrow(TypeError);
    expect(() => runLength.encode(new Float32Array(1) as never)).toThrow(TypeError);
    expect(() => runLength.decode('x' as never)).toThrow(TypeError);
    expect(() => runLength.decodeInto(new Uint32Array(3), blob)).toThrow(TypeError);
    expect(() => runLength.decodeInto(new Int32Array(2), blob)).toThrow(RangeError);
    expect(() => runLength.decodeRange(blob, 2, 1)).toThrow(RangeError);
    expect(() => runLength.at(blob, 3)).toThrow(/from 0 to 2, got 3/);
    expect(runLength.decodeRangeInto(new Int32Array(2), blob, 1, 3)).toEqual(Int32Array.of(2, 3));
  });
});
