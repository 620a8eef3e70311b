import { describe, expect, it } from 'vitest';
import { bitPacking } from '../../src/codecs/bit-packing/index.js';
import { DecodeError } from '../../src/codecs/index.js';
import { seededRandom } from '../support/random.js';

/** Value i in lane i mod 4, a bit at a time. */
function packOracle(values: Uint32Array, width: number): Uint8Array {
  const out = new Uint8Array(16 * width * Math.ceil(values.length / 128));
  values.forEach((value, i) => {
    const block = Math.floor(i / 128) * 16 * width;
    for (let bit = 0; bit < width; bit++) {
      const position = Math.floor((i % 128) / 4) * width + bit;
      const byte = block + 16 * Math.floor(position / 32) + 4 * (i % 4) + Math.floor((position % 32) / 8);
      if ((value >>> bit) & 1) out[byte] = (out[byte] as number) | (1 << (position % 8));
    }
  });
  return out;
}

describe('bitPacking', () => {
  it('packs and unpacks every width from 0 to 32 as the naive oracle does', () => {
    const seed = 5;
    const { below } = seededRandom(seed);
    for (let width = 0; width <= 32; width++) {
      for (const count of [0, 1, 127, 128, 129, 400]) {
        const values = Uint32Array.from({ length: count }, () => below(2 ** width));
        const out = new Uint8Array(bitPacking.packedBytes(count, width));
        expect(bitPacking.packInto(out, values, width), `seed ${seed}`).toBe(out.length);
        expect(out, `seed ${seed}, width ${width}, ${count}`).toEqual(packOracle(values, width));
        expect(bitPacking.unpackInto(new Uint32Array(count), out, width)).toEqual(values);
        expect(bitPacking.decode(bitPacking.encode(values))).toEqual(values);
      }
    }
  });

  it('keeps long arrays whose blocks differ in width', () => {
    const seed = 6;
    const { below } = seededRandom(seed);
    for (const count of [16_384, 16_385, 70_000]) {
      let width = 0;
      const values = Uint32Array.from({ length: count }, (_, i) => {
        if (i % 128 === 0) width = below(33);
        return below(2 ** width);
      });
      const blob = bitPacking.encode(values);
      expect(bitPacking.countOf(blob)).toBe(count);
      expect(bitPacking.decode(blob), `seed ${seed}`).toEqual(values);
      const out = new Uint8Array(bitPacking.packedBytes(count, 32));
      bitPacking.packInto(out, values, 32);
      expect(bitPacking.unpackInto(new Uint32Array(count), out, 32)).toEqual(values);
      expect(bitPacking.widthOf(values)).toBe(32 - Math.clz32(values.reduce((all, value) => all | value, 0)));
    }
  });

  it('writes the bytes of the documented example', () => {
    const blob = bitPacking.encode(Uint32Array.of(1, 2, 3));
    expect(Buffer.from(blob).toString('hex')).toBe(
      `415348420100000003000000${'02'}${'010000000200000003000000'}${'00'.repeat(20)}`,
    );
  });

  it('refuses damaged blobs, and survives any', () => {
    const seed = 7;
    const { below } = seededRandom(seed);
    const blob = bitPacking.encode(Uint32Array.from({ length: 300 }, (_, i) => i * i));
    for (let length = 0; length < blob.length; length++) {
      expect(() => bitPacking.decode(blob.subarray(0, length))).toThrow(DecodeError);
    }
    for (let round = 0; round < 2000; round++) {
      const altered = blob.slice();
      altered[below(round % 2 === 0 ? 20 : blob.length)] = below(256);
      try {
        bitPacking.decode(altered);
      } catch (error) {
        expect(error, `seed ${seed}, round ${round}`).toBeInstanceOf(DecodeError);
      }
    }
  });

  it('refuses what does not fit, and writes nothing', () => {
    const out = new Uint8Array(64);
    expect(() => bitPacking.packInto(out, Uint32Array.of(8), 3)).toThrow(/4 bits, more than the width 3/);
    expect(() => bitPacking.packInto(out, Uint32Array.of(1), 5)).toThrow(RangeError);
    expect(() => bitPacking.packInto(out, Uint32Array.of(1), 33)).toThrow(RangeError);
    expect(() => bitPacking.unpackInto(new Uint32Array(1), new Uint8Array(15), 1)).toThrow(RangeError);
    expect(() => bitPacking.decodeInto(new Uint32Array(1), bitPacking.encode(Uint32Array.of(1, 2)))).toThrow(
      RangeError,
    );
    expect(() => bitPacking.encode([1] as never)).toThrow(TypeError);
    expect(out.every((byte) => byte === 0)).toBe(true);
  });
});
