import { describe, expect, it } from 'vitest';
import { CardinalityError, type DictionaryValues, dictionary } from '../../src/codecs/dictionary/index.js';
import { DecodeError } from '../../src/codecs/index.js';
import { type SeededRandom, seededRandom, testSeed } from '../support/random.js';

const KINDS = [Uint32Array, Int32Array, BigUint64Array, BigInt64Array, Float64Array] as const;
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const raw = (a: ArrayBufferView): Uint8Array => new Uint8Array(a.buffer, a.byteOffset, a.byteLength);
/** Something to compare and to count by. */
const keyOf = (values: DictionaryValues, i: number): string => {
  const value = values[i] as string | Uint8Array | number | bigint;
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return hex(value);
  const size = (values as Uint32Array).BYTES_PER_ELEMENT;
  return hex(raw(values as Uint32Array).subarray(size * i, size * (i + 1)));
};

function columns(count: number, distinct: number, { below }: SeededRandom): DictionaryValues[] {
  const picks = Array.from({ length: count }, () => below(distinct));
  const words = Array.from({ length: distinct }, (_, i) => `${'é😀\ud800x'.slice(0, below(5))}${i}`);
  const blobs = words.map((_, i) => Uint8Array.of(i, i >> 8, ...Array.from({ length: below(30) }, () => below(256))));
  const numbers = KINDS.map((make) => {
    const from = new make(distinct);
    fillRandom(raw(from), below);
    return from;
  });
  return [
    picks.map((i) => words[i] as string),
    picks.map((i) => blobs[i] as Uint8Array),
    ...numbers.map((from) => {
      const out = new (from.constructor as typeof Uint32Array)(count);
      const size = from.BYTES_PER_ELEMENT;
      picks.forEach((pick, i) => {
        raw(out).set(raw(from).subarray(size * pick, size * (pick + 1)), size * i);
      });
      return out;
    }),
  ];
}

function fillRandom(bytes: Uint8Array, below: (bound: number) => number): void {
  for (let i = 0; i < bytes.length; i++) bytes[i] = below(256);
}

function survives(blob: Uint8Array, index: number, value: string | Uint8Array | number | bigint): void {
  const calls = [
    () => dictionary.decode(blob),
    () => dictionary.decodeRange(blob, 0, Math.min(10, dictionary.countOf(blob))),
    () => index < dictionary.countOf(blob) && dictionary.at(blob, index),
    () => dictionary.entriesOf(blob),
    () => dictionary.codesOf(blob),
    () => dictionary.codeOf(blob, value),
  ];
  for (const call of calls) {
    try {
      call();
    } catch (error) {
      // The kind of values may be what was flipped: then the value asked for is of the wrong one.
      if (!(error instanceof DecodeError) && !(error instanceof TypeError && call === calls[5])) throw error;
    }
  }
}

describe('dictionary', () => {
  it('writes the bytes of the documented example', () => {
    const blob = dictionary.encode(['b', 'a', 'b']);
    const head = '41534844' + '01110001' + '03000000' + '02000000';
    expect(hex(blob)).toBe(`${head}01000000020000006261${'00000000010000000000000000000000'}`);
    expect(dictionary.decode(blob)).toEqual(['b', 'a', 'b']);
    expect(dictionary.entriesOf(dictionary.encode(['b', 'a', 'b'], { order: 'sorted' }))).toEqual(['a', 'b']);
    expect(dictionary.typeOf(blob)).toBe('string');
  });

  it('gives every kind of column back, in either order of codes', () => {
    const seed = testSeed('dictionary');
    const random = seededRandom(seed);
    for (const [count, distinct] of [
      [1, 1],
      [128, 2],
      [300, 1],
      [1000, 40],
      [2000, 256],
      [17_000, 3000],
    ] as const) {
      for (const values of columns(count, distinct, random)) {
        const seen = new Map<string, number>();
        for (let i = 0; i < count; i++) {
          const key = keyOf(values, i);
          if (!seen.has(key)) seen.set(key, seen.size);
        }
        for (const order of ['first', 'sorted'] as const) {
          const blob = dictionary.encode(values, { order });
          const back = dictionary.decode(blob);
          const codes = dictionary.codesOf(blob);
          let wrong = -1;
          for (let i = 0; i < count && wrong < 0; i++) {
            if (keyOf(back, i) !== keyOf(values, i)) wrong = i;
            if (order === 'first' && codes[i] !== seen.get(keyOf(values, i))) wrong = i;
          }
          expect(wrong, `seed ${seed}, ${order}, ${count} of ${distinct}, ${dictionary.typeOf(blob)}`).toBe(-1);
          expect([dictionary.countOf(blob), dictionary.cardinalityOf(blob)]).toEqual([count, seen.size]);
          for (let round = 0; round < 3; round++) {
            const index = random.below(count);
            expect(dictionary.at(blob, index)).toEqual(values[index]);
            const from = random.below(count + 1);
            const to = from + random.below(Math.min(500, count - from) + 1);
            const part = dictionary.decodeRange(blob, from, to);
            expect(part).toEqual(values.slice(from, to));
            expect(dictionary.codesOf(blob, { from, to })).toEqual(codes.slice(from, to));
          }
        }
      }
    }
  });

  it('sorts numbers by value, doubles in their total order, strings by bytes, and finds codes', () => {
    const cases: DictionaryValues[] = [
      Int32Array.of(3, -1, 0, 2 ** 31 - 1, -(2 ** 31)),
      Uint32Array.of(3, 0xffff_ffff, 0),
      BigInt64Array.of(3n, -1n, -(2n ** 63n)),
      BigUint64Array.of(3n, 2n ** 64n - 1n, 0n),
      Float64Array.of(1, -1, 0, -0, Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, 5e-324),
      ['b', '', 'ab', 'a', '\u{10000}', '\uffff'],
      [Uint8Array.of(2), Uint8Array.of(), Uint8Array.of(1, 0), Uint8Array.of(1)],
    ];
    for (const values of cases) {
      const blob = dictionary.encode(values, { order: 'sorted' });
      const first = dictionary.encode(values);
      for (let i = 0; i < values.length; i++) {
        const code = dictionary.codeOf(blob, values[i] as string);
        expect(code).toBe(dictionary.codesOf(blob)[i]);
        expect(dictionary.codeOf(first, values[i] as string)).toBe(i);
      }
    }
    expect(dictionary.entriesOf(dictionary.encode(cases[4] as Float64Array, { order: 'sorted' }))).toEqual(
      Float64Array.of(Number.NEGATIVE_INFINITY, -1, -0, 0, 5e-324, 1, Number.POSITIVE_INFINITY, Number.NaN),
    );
    expect(dictionary.entriesOf(dictionary.encode(cases[5] as string[], { order: 'sorted' }))).toEqual([
      '',
      'a',
      'ab',
      'b',
      '\uffff',
      '\u{10000}',
    ]);
    const blob = dictionary.encode(Uint32Array.of(1, 2), { order: 'sorted' });
    expect([0, 1.5, -1, 3].map((value) => dictionary.codeOf(blob, value))).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('keeps NaN payloads apart, and the two zeros', () => {
    const bits = BigUint64Array.of(
      0x7ff8_0000_0000_0001n,
      0x7ff8_0000_0000_0002n,
      0n,
      1n << 63n,
      0x7ff8_0000_0000_0001n,
    );
    const blob = dictionary.encode(new Float64Array(bits.buffer));
    expect(dictionary.cardinalityOf(blob)).toBe(4);
    expect(hex(raw(dictionary.decode(blob) as Float64Array))).toBe(hex(raw(bits)));
  });

  it('keeps an array of nothing', () => {
    expect(dictionary.decode(dictionary.encode([]))).toEqual([]);
    expect(dictionary.decode(dictionary.encode(new Float64Array(0)))).toEqual(new Float64Array(0));
  });

  it('refuses too many distinct values, by a typed error', () => {
    const values = Uint32Array.from({ length: 101 }, (_, i) => i);
    expect(() => dictionary.encode(values, { maxCardinality: 100 })).toThrow(CardinalityError);
    expect(() => dictionary.encode(Array.from(values, String), { maxCardinality: 100 })).toThrow(
      /more than 100 distinct values/,
    );
    expect(dictionary.cardinalityOf(dictionary.encode(values, { maxCardinality: 101 }))).toBe(101);
    expect(() => dictionary.encode(values, { maxCardinality: 0 })).toThrow(RangeError);
    const many = Uint32Array.from({ length: 65_537 }, (_, i) => i);
    expect(() => dictionary.encode(many)).toThrow(CardinalityError);
    expect(dictionary.decode(dictionary.encode(many, { maxCardinality: 2 ** 24 }))).toEqual(many);
  });

  it('refuses what is cut off, and what has bytes to spare', () => {
    for (const values of columns(200, 20, seededRandom(3))) {
      const blob = dictionary.encode(values);
      for (let length = 0; length < blob.length; length++) {
        expect(() => dictionary.decode(blob.subarray(0, length))).toThrow(DecodeError);
      }
      expect(() => dictionary.decode(Uint8Array.of(...blob, 0))).toThrow(DecodeError);
    }
  });

  it('survives flipped and random bytes', () => {
    const seed = testSeed('dictionary fuzz');
    const random = seededRandom(seed);
    const { below } = random;
    for (const values of columns(200, 20, random)) {
      const blob = dictionary.encode(values, { order: below(2) === 0 ? 'first' : 'sorted' });
      for (let round = 0; round < 600; round++) {
        const altered = blob.slice();
        for (let flips = 1 + below(4); flips > 0; flips--) {
          altered[below(round % 2 === 0 ? Math.min(100, blob.length) : blob.length)] = below(256);
        }
        survives(altered, below(200), values[0] as string);
      }
    }
  });

  it('refuses other values, mixed ones, ranges and indices', () => {
    expect(() => dictionary.encode('abc' as never)).toThrow(TypeError);
    expect(() => dictionary.encode(['a', 1] as never)).toThrow(/values\[1\] must be a string as the first is, got 1/);
    expect(() => dictionary.encode([Uint8Array.of(1), 'a'] as never)).toThrow(TypeError);
    expect(() => dictionary.encode(new Uint8Array(1) as never)).toThrow(TypeError);
    expect(() => dictionary.encode(['a'], { order: 'x' as never })).toThrow(RangeError);
    const blob = dictionary.encode(['a', 'b']);
    expect(() => dictionary.at(blob, 2)).toThrow(RangeError);
    expect(() => dictionary.decodeRange(blob, 1, 3)).toThrow(RangeError);
    expect(() => dictionary.codeOf(blob, 1)).toThrow(TypeError);
    expect(() => dictionary.codeOf(dictionary.encode(Uint32Array.of(1)), 1n)).toThrow(TypeError);
    expect(dictionary.codeOf(blob, 'c')).toBeUndefined();
  });
});
