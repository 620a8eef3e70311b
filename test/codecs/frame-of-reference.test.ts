import { describe, expect, it } from 'vitest';
import { type FrameOfReferenceValues, frameOfReference } from '../../src/codecs/frame-of-reference/index.js';
import { DecodeError } from '../../src/codecs/index.js';
import { seededRandom, testSeed } from '../support/random.js';

const KINDS = [Uint32Array, Int32Array, BigUint64Array, BigInt64Array] as const;
type Random = ReturnType<typeof seededRandom>;

/** Values of a width that changes from block to block, some of them far off. */
function someValues(make: (typeof KINDS)[number], count: number, { below }: Random): FrameOfReferenceValues {
  const wide = make === BigUint64Array || make === BigInt64Array;
  const bits = wide ? 64 : 32;
  const big = (width: number): bigint => {
    let value = 0n;
    for (let i = 0; i < 4; i++) value = (value << 16n) | BigInt(below(65_536));
    return width === 0 ? 0n : value & ((1n << BigInt(width)) - 1n);
  };
  let width = 0;
  let base = 0n;
  let rarity = 1;
  const values = Array.from({ length: count }, (_, i) => {
    if (i % 128 === 0) {
      width = below(bits + 1);
      base = big(bits);
      rarity = [2, 20, 100, 1_000_000][below(4)] as number;
    }
    return BigInt.asUintN(bits, base + big(below(rarity) === 0 ? bits : width));
  });
  if (wide) return new (make as BigUint64ArrayConstructor)(values);
  return new (make as Uint32ArrayConstructor)(new Uint32Array(values.map(Number)).buffer);
}

/** Reads a blob by its grammar, a bit at a time. */
function oracle(blob: Uint8Array): bigint[] {
  const view = new DataView(blob.buffer, blob.byteOffset, blob.length);
  const wide = (blob[5] as number) >= 4;
  const signed = blob[5] === 3 || blob[5] === 5;
  const bits = wide ? 64 : 32;
  const lane = (data: number, width: number, i: number): bigint => {
    let value = 0n;
    for (let bit = 0; bit < width; bit++) {
      const position = (i >> 2) * width + bit;
      const byte = data + 16 * (position >> 5) + 4 * (i & 3) + ((position & 31) >> 3);
      value |= BigInt(((blob[byte] as number) >> (position & 7)) & 1) << BigInt(bit);
    }
    return value;
  };
  return Array.from({ length: view.getUint32(8, true) }, (_, index) => {
    const entry = 12 + Math.floor(index / 128) * (wide ? 16 : 12);
    const data = view.getUint32(entry, true);
    const [width, exceptions, patch] = [blob[entry + 4], blob[entry + 5], blob[entry + 6]] as [number, number, number];
    let value = wide ? view.getBigUint64(entry + 8, true) : BigInt(view.getUint32(entry + 8, true));
    value += lane(data, Math.min(width, 32), index % 128);
    if (width > 32) value += lane(data + 512, width - 32, index % 128) << 32n;
    for (let k = 0; k < exceptions; k++) {
      if (blob[data + 16 * width + k] !== index % 128) continue;
      for (let i = 0; i < patch; i++) {
        const byte = blob[data + 16 * width + exceptions + k * patch + i] as number;
        value += BigInt(byte) << BigInt(8 * i + width);
      }
    }
    return signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
  });
}

const same = (a: ArrayBufferView, b: ArrayBufferView): boolean =>
  Object.getPrototypeOf(a) === Object.getPrototypeOf(b) &&
  Buffer.compare(
    new Uint8Array(a.buffer, a.byteOffset, a.byteLength),
    new Uint8Array(b.buffer, b.byteOffset, b.byteLength),
  ) === 0;

/** Whatever the bytes are: values or a DecodeError from each way to read them. */
function survives(blob: Uint8Array, index: number): void {
  const calls = [
    () => frameOfReference.decode(blob),
    () => frameOfReference.decodeRange(blob, 0, Math.min(200, frameOfReference.countOf(blob))),
    () => index < frameOfReference.countOf(blob) && frameOfReference.at(blob, index),
  ];
  for (const call of calls) {
    try {
      call();
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
    }
  }
}

describe('frameOfReference', () => {
  it('writes the bytes of the documented example', () => {
    const blob = frameOfReference.encode(Uint32Array.of(5, 6, 7));
    const head = '41534846' + '01020000' + '03000000' + '1800000002000000' + '05000000';
    expect(Buffer.from(blob).toString('hex')).toBe(head + Buffer.from(packed()).toString('hex'));
    function packed(): Uint8Array {
      const out = new Uint8Array(32);
      for (let i = 0; i < 128; i++) {
        const low = Math.min(i, 2);
        const bit = (i >> 2) * 2;
        const byte = 16 * (bit >> 5) + 4 * (i & 3) + ((bit & 31) >> 3);
        out[byte] = (out[byte] as number) | (low << (bit & 7));
      }
      return out;
    }
  });

  it('gives back every array of every kind, as a reader of its grammar does', () => {
    const seed = testSeed('frame-of-reference');
    const random = seededRandom(seed);
    for (const make of KINDS) {
      for (const count of [0, 1, 127, 128, 129, 1000, 3000]) {
        const values = someValues(make, count, random);
        const blob = frameOfReference.encode(values);
        expect(frameOfReference.countOf(blob)).toBe(count);
        expect(same(frameOfReference.decode(blob), values), `seed ${seed}, ${make.name}, ${count}`).toBe(true);
        const read = oracle(blob);
        expect(Array.from(values as Uint32Array).every((value, i) => BigInt(value) === read[i])).toBe(true);
      }
    }
  });

  it('keeps arrays of more than one piece, and reads any range and any index of them', () => {
    const seed = testSeed('frame-of-reference ranges');
    const random = seededRandom(seed);
    for (const make of KINDS) {
      const values = someValues(make, 40_001, random);
      const blob = frameOfReference.encode(values);
      expect(same(frameOfReference.decode(blob), values), `seed ${seed}`).toBe(true);
      for (let round = 0; round < 100; round++) {
        const from = random.below(values.length + 1);
        const to = from + random.below(round % 2 === 0 ? 300 : values.length + 1 - from);
        const range = [from, Math.min(to, values.length)] as const;
        const part = frameOfReference.decodeRange(blob, ...range);
        expect(same(part, values.slice(...range)), `seed ${seed}, ${range}`).toBe(true);
        const index = random.below(values.length);
        expect(frameOfReference.at(blob, index), `seed ${seed}, index ${index}`).toBe(values[index]);
      }
    }
  });

  it('keeps the ends of each kind', () => {
    for (const values of [
      Uint32Array.of(0, 0xffff_ffff, 1),
      Int32Array.of(-(2 ** 31), 2 ** 31 - 1, 0, -1),
      BigUint64Array.of(0n, 2n ** 64n - 1n),
      BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n, 0n),
    ]) {
      const blob = frameOfReference.encode(values);
      expect(frameOfReference.decode(blob)).toEqual(values);
      for (let i = 0; i < values.length; i++) expect(frameOfReference.at(blob, i)).toBe(values[i]);
    }
  });

  it('stores a constant in its entry alone, and one far value among 127 near ones in five bytes more', () => {
    const near = Uint32Array.from({ length: 128 }, (_, i) => 1_000_000 + (i % 8));
    const bytes = frameOfReference.encode(near).length;
    expect(bytes).toBe(12 + 12 + 16 * 3);
    near[77] = 0xf000_0000;
    const patched = frameOfReference.encode(near);
    expect(patched.length).toBe(bytes + 5);
    expect(frameOfReference.at(patched, 77)).toBe(0xf000_0000);
    expect(frameOfReference.encode(new BigInt64Array(1280).fill(-7n)).length).toBe(12 + 10 * 16);
  });

  it('does not depend on where in a buffer the blob stands', () => {
    const values = BigInt64Array.from({ length: 300 }, (_, i) => BigInt(i * i));
    const blob = frameOfReference.encode(values);
    const moved = new Uint8Array(blob.length + 7).subarray(3, 3 + blob.length);
    moved.set(blob);
    expect(frameOfReference.decode(moved)).toEqual(values);
    expect(frameOfReference.at(moved, 299)).toBe(89_401n);
  });

  it('refuses what is cut off, and what has bytes to spare', () => {
    const random = seededRandom(4);
    for (const make of KINDS) {
      const blob = frameOfReference.encode(someValues(make, 500, random));
      for (let length = 0; length < blob.length; length += length < 100 ? 1 : 13) {
        expect(() => frameOfReference.decode(blob.subarray(0, length))).toThrow(DecodeError);
        survives(blob.subarray(0, length), 300);
      }
      const longer = new Uint8Array(blob.length + 1);
      longer.set(blob);
      expect(() => frameOfReference.decode(longer)).toThrow(DecodeError);
    }
  });

  it('survives flipped and random bytes', () => {
    const seed = testSeed('frame-of-reference fuzz');
    const random = seededRandom(seed);
    const { below } = random;
    for (const make of KINDS) {
      const blob = frameOfReference.encode(someValues(make, 300, random));
      for (let round = 0; round < 2000; round++) {
        const altered =
          round % 4 === 3 ? Uint8Array.from(blob, (byte, i) => (i < 8 ? byte : below(256))) : blob.slice();
        for (let flips = 1 + below(3); flips > 0; flips--) {
          altered[below(round % 2 === 0 ? 60 : blob.length)] = below(256);
        }
        survives(altered, below(300));
      }
    }
  });

  it('does not allocate for a count that is not there', () => {
    const blob = frameOfReference.encode(Uint32Array.of(1));
    new DataView(blob.buffer).setUint32(8, 0xffff_ffff, true);
    expect(() => frameOfReference.decode(blob)).toThrow(/4294967295 values are not there/);
  });

  it('refuses other arrays, ranges and indices', () => {
    const blob = frameOfReference.encode(Int32Array.of(1, 2, 3));
    expect(() => frameOfReference.encode([1] as never)).toThrow(TypeError);
    expect(() => frameOfReference.encode(new Float64Array(1) as never)).toThrow(TypeError);
    expect(() => frameOfReference.decode('x' as never)).toThrow(TypeError);
    expect(() => frameOfReference.decodeInto(new Uint32Array(3), blob)).toThrow(TypeError);
    expect(() => frameOfReference.decodeInto(new Int32Array(2), blob)).toThrow(RangeError);
    expect(() => frameOfReference.decodeRange(blob, 2, 1)).toThrow(RangeError);
    expect(() => frameOfReference.decodeRange(blob, 0, 4)).toThrow(/0 <= from <= to <= 3, got 0 to 4/);
    expect(() => frameOfReference.at(blob, 3)).toThrow(/from 0 to 2, got 3/);
    expect(() => frameOfReference.at(blob, -1)).toThrow(RangeError);
    expect(frameOfReference.decodeRangeInto(new Int32Array(1), blob, 1, 2)).toEqual(Int32Array.of(2));
  });
});
