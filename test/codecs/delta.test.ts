import { describe, expect, it } from 'vitest';
import { type DeltaCodec, delta, deltaOfDelta } from '../../src/codecs/delta/index.js';
import { seededRandom } from '../support/random.js';

type Oracle = (values: readonly number[]) => number[];
const differences: Oracle = (values) => values.map((value, i) => (value - (values[i - 1] ?? 0)) | 0);

const codecs: [string, DeltaCodec, Oracle][] = [
  ['delta', delta, differences],
  ['deltaOfDelta', deltaOfDelta, (values) => differences(differences(values))],
];

describe.each(codecs)('%s', (_name, codec, oracle) => {
  it('agrees with the naive differences, and comes back exactly', () => {
    const seed = 23;
    const { below } = seededRandom(seed);
    for (const count of [0, 1, 2, 3, 4, 5, 31, 100, 16_384, 16_385, 40_001]) {
      const words = Uint32Array.from({ length: count }, () => below(2 ** 32));
      const signed = Int32Array.from(words);
      expect([...codec.encode(signed)], `seed ${seed}, ${count}`).toEqual(oracle([...signed]));
      expect(codec.decode(codec.encode(signed))).toEqual(signed);
      expect(codec.decode(codec.encode(words))).toEqual(words);
      // In place.
      const copy = words.slice();
      expect(codec.encodeInto(copy, copy)).toBe(copy);
      expect(codec.decodeInto(copy, copy)).toEqual(words);
    }
  });

  it('refuses what does not fit', () => {
    expect(() => codec.encode([1] as never)).toThrow(TypeError);
    expect(() => codec.encodeInto(new Uint32Array(1), new Uint32Array(2))).toThrow(RangeError);
    expect(() => codec.encode(new Uint32Array(1), { previous: 0.5 })).toThrow(RangeError);
  });
});

describe('delta', () => {
  it('continues an earlier array', () => {
    const values = Uint32Array.of(5, 9, 14, 20, 21);
    const whole = delta.encode(values);
    expect(delta.encode(values.subarray(2), { previous: 9 })).toEqual(whole.subarray(2));
    expect(delta.decode(whole.subarray(2), { previous: 9 })).toEqual(values.subarray(2));
  });

  it('makes an even rise small', () => {
    expect([...delta.encode(Int32Array.of(100, 107, 114, 121))]).toEqual([100, 7, 7, 7]);
    expect([...deltaOfDelta.encode(Int32Array.of(100, 107, 114, 121))]).toEqual([100, -93, 0, 0]);
  });
});
