import { describe, expect, it } from 'vitest';
import {
  DecodeError,
  leb128,
  readVarint,
  streamVByte,
  varintBytes,
  writeVarint,
  zigzag,
} from '../../src/codecs/index.js';
import { seededRandom } from '../support/random.js';

const MAX = Number.MAX_SAFE_INTEGER;
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** A digit at a time, by BigInt. */
function leb128Oracle(values: ArrayLike<number>): number[] {
  return Array.from(values).flatMap((value) => {
    const out: number[] = [];
    let rest = BigInt(value);
    do {
      out.push(Number(rest & 127n) | (rest > 127n ? 128 : 0));
      rest >>= 7n;
    } while (rest > 0n);
    return out;
  });
}

const edges = Array.from({ length: 54 }, (_, bit) => [2 ** bit - 1, 2 ** bit, 2 ** bit + 1])
  .flat()
  .filter((value) => value <= MAX);

const randomWords = (count: number, below: (n: number) => number): Uint32Array =>
  Uint32Array.from({ length: count }, () => below(2 ** below(33)));

describe('leb128', () => {
  it('writes the examples of DWARF and Protocol Buffers', () => {
    expect(hex(leb128.encode(Uint32Array.of(2, 127, 128, 129, 12857, 150, 624_485)))).toBe(
      '027f80018101b9649601e58e26',
    );
    expect([...leb128.decode(Uint8Array.from([0x96, 0x01, 0xe5, 0x8e, 0x26]))]).toEqual([150, 624_485]);
  });

  it('keeps every edge of length', () => {
    const words = Uint32Array.from(edges.filter((value) => value < 2 ** 32));
    expect([...leb128.encode(words)]).toEqual(leb128Oracle(words));
    expect(leb128.decode(leb128.encode(words))).toEqual(words);
    const doubles = Float64Array.from(edges);
    expect([...leb128.encode(doubles)]).toEqual(leb128Oracle(doubles));
    expect(leb128.decodeDoubles(leb128.encode(doubles))).toEqual(doubles);
    for (const value of edges) {
      const out = new Uint8Array(9);
      const end = writeVarint(out, 1, value);
      expect([...out.subarray(1, end)]).toEqual(leb128Oracle([value]));
      expect(end).toBe(1 + varintBytes(value));
      expect(readVarint(out, 1)).toEqual({ value, end });
    }
  });

  it('keeps random arrays, also longer than a piece', () => {
    const seed = 41;
    const { below } = seededRandom(seed);
    for (const count of [0, 1, 7, 8, 9, 100, 16_384, 16_385, 50_000]) {
      const words = randomWords(count, below);
      const bytes = leb128.encode(words);
      expect(hex(bytes), `seed ${seed}, ${count}`).toBe(hex(Uint8Array.from(leb128Oracle(words))));
      expect(leb128.decode(bytes), `seed ${seed}, ${count}`).toEqual(words);
      const small = words.map((word) => word & 127);
      expect(leb128.decode(leb128.encode(small))).toEqual(small);
      const doubles = Float64Array.from(words, (word) => word * below(2 ** 21));
      expect(leb128.decodeDoubles(leb128.encode(doubles))).toEqual(doubles);
      const out = new Uint32Array(Math.min(count, 20));
      expect(leb128.decodeInto(out, bytes)).toBe(out.length);
      expect(out).toEqual(words.subarray(0, 20));
      expect(leb128.encodeInto(new Uint8Array(bytes.length), words)).toBe(bytes.length);
    }
  });

  it('refuses bytes that are no values, and says where', () => {
    const bad = [[0x80], [1, 2, 0xff], [0x80, 0x80, 0x80, 0x80, 0x80, 0x00], [0xff, 0xff, 0xff, 0xff, 0x10]];
    for (const bytes of bad) expect(() => leb128.decode(Uint8Array.from(bytes)), String(bytes)).toThrow(DecodeError);
    const tooLarge = Uint8Array.from([0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10]);
    expect(() => leb128.decodeDoubles(tooLarge)).toThrow(/at 1: .*53 bits/);
    expect(() => readVarint(tooLarge, 1)).toThrow(/at 1: .*53 bits/);
    expect(() => readVarint(Uint8Array.of(0x80), 0)).toThrow(DecodeError);
    // A padded zero is a value.
    expect([...leb128.decode(Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x00, 5))]).toEqual([0, 5]);
    const long = new Uint8Array(200_000).fill(1);
    long[150_000] = 0xff;
    long.fill(0xff, 150_000, 150_010);
    expect(() => leb128.decode(long)).toThrow(/at 150000/);
  });

  it('refuses values that are none', () => {
    for (const value of [-1, 0.5, 2 ** 53, Number.NaN]) {
      expect(() => leb128.encode(Float64Array.of(1, value))).toThrow(/Value 1 must be/);
      expect(() => varintBytes(value)).toThrow(RangeError);
    }
    expect(() => leb128.encode([1] as never)).toThrow(TypeError);
    expect(() => writeVarint(new Uint8Array(1), 0, 128)).toThrow(RangeError);
    expect(() => leb128.encodeInto(new Uint8Array(1), Uint32Array.of(128))).toThrow(RangeError);
  });
});

describe('zigzag', () => {
  it('maps small magnitudes to small values, and back', () => {
    const values = Int32Array.of(0, -1, 1, -2, 2, 2_147_483_647, -2_147_483_648);
    expect([...zigzag.encode(values)]).toEqual([0, 1, 2, 3, 4, 4_294_967_294, 4_294_967_295]);
    expect(zigzag.decode(zigzag.encode(values))).toEqual(values);
    const { below } = seededRandom(9);
    for (const count of [0, 1, 3, 4, 5, 40_000]) {
      const random = new Int32Array(randomWords(count, below).buffer);
      expect(zigzag.decode(zigzag.encode(random))).toEqual(random);
    }
    expect(() => zigzag.encodeInto(new Uint32Array(1), values)).toThrow(RangeError);
  });
});

describe('streamVByte', () => {
  it("has the paper's layout: control bytes, then data", () => {
    const values = Uint32Array.of(1024, 12, 10, 1_073_741_824, 1, 2, 3, 1024);
    // Lengths 2, 1, 1, 4 and 1, 1, 1, 2: the example of the paper's figure.
    expect(hex(streamVByte.encode(values))).toBe(`c140${'0004'}0c0a${'00000040'}010203${'0004'}`);
    expect(streamVByte.decode(streamVByte.encode(values), 8)).toEqual(values);
  });

  it('keeps random arrays of every length up to 100, and long ones', () => {
    const seed = 17;
    const { below } = seededRandom(seed);
    const counts = [...Array.from({ length: 100 }, (_, i) => i), 16_383, 16_384, 16_385, 60_001];
    for (const count of counts) {
      const values = randomWords(count, below);
      const bytes = streamVByte.encode(values);
      expect(streamVByte.decode(bytes, count), `seed ${seed}, ${count}`).toEqual(values);
      if (count === 0) continue;
      expect(() => streamVByte.decode(bytes.slice(0, -1), count)).toThrow(DecodeError);
      expect(() => streamVByte.decode(Uint8Array.from([...bytes, 0]), count)).toThrow(DecodeError);
    }
  });

  it('survives any bytes', () => {
    const seed = 18;
    const { below } = seededRandom(seed);
    for (let round = 0; round < 2000; round++) {
      const bytes = Uint8Array.from({ length: below(60) }, () => below(256));
      const count = below(40);
      try {
        expect(streamVByte.decode(bytes, count).length).toBe(count);
      } catch (error) {
        expect(error, `seed ${seed}, round ${round}`).toBeInstanceOf(DecodeError);
      }
    }
    expect(() => streamVByte.decode(new Uint8Array(9), 2 ** 40)).toThrow(DecodeError);
    expect(() => streamVByte.decode(new Uint8Array(9), -1)).toThrow(RangeError);
  });
});
