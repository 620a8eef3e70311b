import { describe, expect, it } from 'vitest';
import { Arena, DisposedError } from '../../bindings/index.js';
import { DecodeError, GorillaDecoder, GorillaEncoder, gorilla } from '../../src/codecs/gorilla/index.js';
import { seededRandom } from '../support/random.js';

const bitsOf = (values: Float64Array): BigUint64Array =>
  new BigUint64Array(values.buffer.slice(values.byteOffset, values.byteOffset + values.byteLength) as ArrayBuffer);

function expectRoundTrip(timestamps: Float64Array, values: Float64Array, blockSamples?: number): Uint8Array {
  const blob = gorilla.encode(timestamps, values, blockSamples === undefined ? {} : { blockSamples });
  const back = gorilla.decode(blob);
  // −0 as a timestamp is the integer 0.
  expect(back.timestamps.length).toBe(timestamps.length);
  expect(timestamps.every((t, i) => t === back.timestamps[i])).toBe(true);
  expect(bitsOf(back.values)).toEqual(bitsOf(values));
  return blob;
}

const regular = (count: number, step = 1000): Float64Array =>
  Float64Array.from({ length: count }, (_, i) => 1.7e12 + step * i);

const MAX = Number.MAX_SAFE_INTEGER;

/** Bits that Prometheus' XOR chunk takes for the samples after the first; tsdb/chunkenc/xor.go. */
function prometheusBytes(timestamps: Float64Array, values: Float64Array, chunkSamples: number): number {
  const uvarintBytes = (value: number): number => Math.max(1, Math.ceil(Math.log2(value + 1) / 7));
  const varintBytes = (value: number): number => uvarintBytes(value < 0 ? -2 * value - 1 : 2 * value);
  const bits = bitsOf(values);
  let total = 0;
  for (let from = 0; from < values.length; from += chunkSamples) {
    const end = Math.min(from + chunkSamples, values.length);
    let used = 8 * (2 + varintBytes(timestamps[from] as number) + 8);
    let delta = 0;
    let leading = 255;
    let trailing = 0;
    for (let i = from + 1; i < end; i++) {
      const next = (timestamps[i] as number) - (timestamps[i - 1] as number);
      if (i === from + 1) used += 8 * uvarintBytes(next);
      else {
        const change = next - delta;
        const fits = (n: number): boolean => -(2 ** (n - 1)) + 1 <= change && change <= 2 ** (n - 1);
        used += change === 0 ? 1 : fits(14) ? 16 : fits(17) ? 20 : fits(20) ? 24 : 68;
      }
      delta = next;
      const xor = (bits[i] as bigint) ^ (bits[i - 1] as bigint);
      used++;
      if (xor === 0n) continue;
      const text = xor.toString(2);
      const zeros = Math.min(31, 64 - text.length);
      const tail = text.length - 1 - text.lastIndexOf('1');
      used++;
      if (leading === 255 || zeros < leading || tail < trailing) {
        leading = zeros;
        trailing = tail;
        used += 11;
      }
      used += 64 - leading - trailing;
    }
    total += Math.ceil(used / 8);
  }
  return total;
}

describe('gorilla', () => {
  it('writes the bytes of the documented example', () => {
    const blob = gorilla.encode([1000], [1], { blockSamples: 1024 });
    expect(Buffer.from(blob).toString('hex')).toBe('4153484701a1010de664a0570cd00f0000000000000000f03f');
  });

  it("has the XORs of the paper's table of values (12, 24, 15, 12, 35) in the codes that the paper gives them", () => {
    const blob = expectRoundTrip(regular(5), Float64Array.from([12, 24, 15, 12, 35]));
    // Leading and trailing zeros of the four XORs: 11 52, 11 49, 13 49 (inside the window before), 9 47.
    const codes = 13 + 1 + (13 + 4) + (2 + 4) + (13 + 8);
    const header = 12;
    const block = 1 + 6 + 2 + 1 + 1 + 8;
    expect(blob.length).toBe(header + block + Math.ceil(codes / 8));
  });

  it.each([0, 1, 2, 3, 4, 15, 16, 17, 4095, 4096, 4097, 8192, 10_000])('keeps a series of %i samples', (count) => {
    expectRoundTrip(
      regular(count),
      Float64Array.from({ length: count }, (_, i) => Math.sin(i)),
    );
  });

  it('keeps every kind of double bit for bit', () => {
    const patterns = [
      0n,
      1n << 63n,
      0x7ff0_0000_0000_0000n,
      0xfff0_0000_0000_0000n,
      0x7ff8_0000_0000_0000n,
      0xfff8_0000_0000_0001n,
      0x7ff0_0000_0000_0001n,
      0x7ff0_0000_0000_0002n, // Prometheus' staleness marker
      0x7fff_ffff_ffff_ffffn,
      0xffff_ffff_ffff_ffffn,
      1n,
      0x000f_ffff_ffff_ffffn,
      0x7fef_ffff_ffff_ffffn,
      0x3ff0_0000_0000_0000n,
    ];
    const pairs = patterns.flatMap((a) => patterns.flatMap((b) => [a, b]));
    const values = new Float64Array(BigUint64Array.from(pairs).buffer);
    expectRoundTrip(regular(values.length), values);
    expectRoundTrip(regular(values.length), values, 16);
  });

  it('keeps timestamps at the ends of the safe integers, in any order', () => {
    const timestamps = Float64Array.from([MAX, -MAX, MAX, 0, -1, 1, -MAX, -MAX, MAX, MAX, 5, 4, 3]);
    const blob = expectRoundTrip(timestamps, new Float64Array(timestamps.length));
    expect(new GorillaDecoder(blob).ordered).toBe(false);
    for (let length = 1; length < timestamps.length; length++) {
      expectRoundTrip(timestamps.subarray(0, length), new Float64Array(length));
    }
  });

  it('keeps random series of every shape', () => {
    const seed = 20_261_121;
    const random = seededRandom(seed);
    for (let round = 0; round < 300; round++) {
      const count = random.below(300);
      const spread = 2 ** random.below(54);
      const change = random.below(3);
      let t = random.below(2 ** 40);
      const timestamps = Float64Array.from({ length: count }, () => {
        if (random.below(3) <= change)
          t = Math.max(-MAX, Math.min(MAX, t + random.below(spread) - (round % 7 === 0 ? spread / 2 : 0)));
        return Math.floor(t);
      });
      const width = BigInt(random.below(65));
      const values = new BigUint64Array(count);
      let bits = 0n;
      for (let i = 0; i < count; i++) {
        const any = (BigInt(random.below(2 ** 32)) << 32n) | BigInt(random.below(2 ** 32));
        if (random.below(4) <= change)
          bits ^= BigInt.asUintN(64, (any & ((1n << width) - 1n)) << BigInt(random.below(65)));
        values[i] = bits;
      }
      const timestampsText = `seed ${seed}, round ${round}`;
      expect(
        () => expectRoundTrip(timestamps, new Float64Array(values.buffer), 16 << random.below(9)),
        timestampsText,
      ).not.toThrow();
    }
  });

  it('is no larger than Prometheus’ XOR chunks of the same series', () => {
    const random = seededRandom(7);
    const count = 30_000;
    let level = 100;
    const walk = (): number => {
      level += random.next() - 0.5;
      return level;
    };
    const jittered = Float64Array.from(regular(count), (t) => t + random.below(20));
    const rare = Float64Array.from(
      regular(count),
      (t) => t + (random.below(50) === 0 ? random.below(40_000) : 0),
    ).sort();
    const series: [string, (i: number) => number][] = [
      ['constant', () => 42],
      ['counter', (i) => 3 * i],
      ['walk', walk],
      ['one decimal', () => Math.round(walk() * 10) / 10],
      ['integers', () => random.below(100)],
      ['uniform', () => random.next()],
      ['mostly still', (i) => (i % 50 === 0 ? walk() : level)],
    ];
    for (const timestamps of [regular(count), jittered, rare]) {
      for (const [name, value] of series) {
        const values = Float64Array.from({ length: count }, (_, i) => value(i));
        const bytes = gorilla.encode(timestamps, values).length;
        expect(bytes, `${name}, one chunk of all`).toBeLessThanOrEqual(prometheusBytes(timestamps, values, count));
        expect(bytes, `${name}, chunks of 120`).toBeLessThanOrEqual(prometheusBytes(timestamps, values, 120));
      }
    }
  });

  it('refuses what is no series, and says why', () => {
    expect(() => gorilla.encode([1, 2], [1])).toThrow(RangeError);
    expect(() => gorilla.encode([1, 2.5], [1, 2])).toThrow(/Timestamp 1 must be a safe integer.*2\.5/);
    for (const bad of [Number.NaN, 2 ** 53, -(2 ** 53), Number.POSITIVE_INFINITY, 0.5]) {
      const timestamps = regular(5000);
      timestamps[4321] = bad;
      expect(() => gorilla.encode(timestamps, new Float64Array(5000))).toThrow(/Timestamp 4321/);
    }
    expect(() => gorilla.encode([1], [1], { blockSamples: 100 })).toThrow(RangeError);
    expect(() => gorilla.encode('1' as never, [1])).toThrow(TypeError);
    expect(() => gorilla.encode([1n] as never, [1])).toThrow(TypeError);
    expect(() => gorilla.decode('x' as never)).toThrow(TypeError);
  });

  it('refuses every truncation and every flipped bit', () => {
    const blob = gorilla.encode(regular(100), Float64Array.from({ length: 100 }, Math.sqrt), { blockSamples: 16 });
    for (let length = 0; length < blob.length; length++) {
      expect(() => gorilla.decode(blob.slice(0, length))).toThrow(DecodeError);
    }
    for (let bit = 0; bit < 8 * blob.length; bit++) {
      const altered = blob.slice();
      altered[bit >> 3] = (altered[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(() => gorilla.decode(altered), `bit ${bit}`).toThrow(DecodeError);
      expect(() => new GorillaDecoder(altered), `bit ${bit}`).toThrow(DecodeError);
    }
    expect(() => gorilla.decode(Uint8Array.from([...blob, 0]))).toThrow(DecodeError);
  });

  it('survives blobs that are altered under a matching checksum', () => {
    const seed = 99;
    const random = seededRandom(seed);
    const timestamps = Float64Array.from({ length: 200 }, (_, i) => 1000 * i + random.below(i % 3 === 0 ? 5000 : 3));
    const blob = gorilla.encode(timestamps, Float64Array.from({ length: 200 }, Math.sqrt), { blockSamples: 64 });
    const arena = new Arena();
    let accepted = 0;
    for (let round = 0; round < 3000; round++) {
      const altered = blob.slice();
      for (let changes = 1 + random.below(3); changes > 0; changes--) {
        altered[10 + random.below(altered.length - 10)] = random.below(256);
      }
      // The checksum stands after magic, version, flags, 2-byte count and 2-byte length.
      const crc = crc32c([...altered.subarray(14), ...altered.subarray(0, 10)]);
      new DataView(altered.buffer).setUint32(10, crc, true);
      try {
        const { timestamps: read } = gorilla.decode(altered, { arena });
        expect(
          read.every((t) => Number.isSafeInteger(t)),
          `seed ${seed}, round ${round}`,
        ).toBe(true);
        accepted++;
      } catch (error) {
        expect(error, `seed ${seed}, round ${round}`).toBeInstanceOf(DecodeError);
      }
    }
    expect(accepted).toBeGreaterThan(0);
    arena.check();
  });
});

function crc32c(bytes: readonly number[]): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return ~crc >>> 0;
}

describe('GorillaEncoder', () => {
  it('gives the bytes of gorilla.encode, appended singly or in batches, and goes on after toBytes', () => {
    const count = 1000;
    const timestamps = Float64Array.from({ length: count }, (_, i) => 7 * i + (i % 5));
    const values = Float64Array.from({ length: count }, Math.cbrt);
    const encoder = new GorillaEncoder({ blockSamples: 64 });
    for (let i = 0; i < 300; i++) encoder.append(timestamps[i] as number, values[i] as number);
    expect(encoder.size).toBe(300);
    expect(encoder.toBytes()).toEqual(
      gorilla.encode(timestamps.subarray(0, 300), values.subarray(0, 300), { blockSamples: 64 }),
    );
    encoder.appendMany(timestamps.subarray(300), values.subarray(300));
    expect(encoder.size).toBe(count);
    expect(encoder.finish()).toEqual(gorilla.encode(timestamps, values, { blockSamples: 64 }));
    expect(() => encoder.append(1, 1)).toThrow(DisposedError);
  });

  it('is unchanged by what it refuses, and gives its memory back', () => {
    const arena = new Arena();
    new GorillaEncoder({ arena }).append(1, 1).finish();
    const before = arena.bytesUsed;
    const encoder = new GorillaEncoder({ arena, blockSamples: 16 });
    encoder.append(1, 2);
    expect(() => encoder.append(1.5, 2)).toThrow(RangeError);
    expect(() => encoder.append(1, '2' as never)).toThrow(TypeError);
    expect(() => encoder.appendMany([2, Number.NaN], [1, 2])).toThrow(RangeError);
    expect(encoder.size).toBe(1);
    expect(gorilla.decode(encoder.finish()).values).toEqual(Float64Array.of(2));
    expect(arena.bytesUsed).toBe(before);
  });
});

describe('GorillaDecoder', () => {
  const count = 5000;
  const timestamps = Float64Array.from({ length: count }, (_, i) => 10 * Math.floor(i / 3));
  const values = Float64Array.from({ length: count }, (_, i) => i);
  const blob = gorilla.encode(timestamps, values, { blockSamples: 256 });

  it('iterates over everything, and on from where it is', () => {
    const decoder = new GorillaDecoder(blob);
    expect([...decoder]).toEqual(Array.from(values, (value, i) => [timestamps[i], value]));
    expect([...decoder]).toEqual([]);
    decoder.seekIndex(4998);
    expect([...decoder].map(([, value]) => value)).toEqual([4998, 4999]);
  });

  it('seeks to the first sample at or after a timestamp', () => {
    const decoder = new GorillaDecoder(blob);
    const oracle = (t: number): number => {
      const at = timestamps.findIndex((it) => it >= t);
      return at < 0 ? count : at;
    };
    for (const t of [-1, 0, 1, 5, 10, 11, 850, 2559, 2560, 16_659, 16_660, 16_661, Number.POSITIVE_INFINITY]) {
      expect(decoder.seek(t), String(t)).toBe(oracle(t));
    }
    for (let t = 0; t < 17_000; t += 37) expect(decoder.seek(t)).toBe(oracle(t));
    expect(() => decoder.seek(Number.NaN)).toThrow(RangeError);
    expect(() => new GorillaDecoder(gorilla.encode([2, 1], [0, 0])).seek(1)).toThrow(RangeError);
    expect(new GorillaDecoder(gorilla.encode([], [])).seek(1)).toBe(0);
  });

  it('reads batches of any size from any index', () => {
    const random = seededRandom(5);
    const decoder = new GorillaDecoder(blob);
    for (let round = 0; round < 200; round++) {
      const from = random.below(count + 1);
      const size = random.below(900);
      const ts = new Float64Array(size);
      const vs = new Float64Array(size);
      decoder.seekIndex(from);
      const read = decoder.next(ts, vs);
      expect(read).toBe(Math.min(size, count - from));
      expect(decoder.position).toBe(from + read);
      expect(vs.subarray(0, read)).toEqual(values.subarray(from, from + read));
      expect(ts.subarray(0, read)).toEqual(timestamps.subarray(from, from + read));
    }
    expect(() => decoder.seekIndex(count + 1)).toThrow(RangeError);
  });
});
