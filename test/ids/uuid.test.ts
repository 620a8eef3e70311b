import { describe, expect, it } from 'vitest';
import { DecodeError } from '../../bindings/decode-error.js';
import {
  createUuidv7,
  isUuid,
  MAX_UUID,
  NIL_UUID,
  parseUuid,
  parseUuidInto,
  stringifyUuid,
  Uuidv7Generator,
  uuidFromBigInt,
  uuidTime,
  uuidToBigInt,
  uuidVersion,
  uuidv4,
  uuidv4Into,
  uuidv7,
  uuidv7Into,
} from '../../src/ids/index.js';
import type { Clock } from '../../src/ports/clock.js';
import { type Random, seededRandom } from '../../src/ports/random.js';
import { testSeed } from '../support/random.js';

const seed = testSeed('uuid');
const clockAt = (times: () => number): Clock => ({ now: times, monotonic: times });
const constant = (word: number): Random => ({ u32: () => word, float: () => 0, fill: (target) => target.fill(word) });

describe('UUIDs as text, bytes and numbers', () => {
  it('reads the examples of RFC 9562, appendix A', () => {
    for (const [text, version, timeMs] of [
      ['C232AB00-9414-11EC-B3C8-9F6BDECED846', 1, 1645557742000],
      ['5df41881-3aed-3515-88a7-2f4a814cf09e', 3, undefined],
      ['919108f7-52d1-4320-9bac-f847db4148a8', 4, undefined],
      ['2ed6657d-e927-568b-95e1-2665a8aea6a2', 5, undefined],
      ['1EC9414C-232A-6B00-B3C8-9F6BDECED846', 6, 1645557742000],
      ['017F22E2-79B0-7CC3-98C4-DC0C0C07398F', 7, 1645557742000],
      ['2489E9AD-2EE2-8E00-8EC9-32D5F69181C0', 8, undefined],
      [NIL_UUID, 0, undefined],
      [MAX_UUID, 15, undefined],
    ] as const) {
      expect(isUuid(text)).toBe(true);
      expect(uuidVersion(text)).toBe(version);
      expect(uuidTime(text)).toBe(timeMs);
      expect(stringifyUuid(parseUuid(text))).toBe(text.toLowerCase());
      expect(uuidFromBigInt(uuidToBigInt(text))).toBe(text.toLowerCase());
    }
    expect(uuidToBigInt(MAX_UUID)).toBe((1n << 128n) - 1n);
    expect([...parseUuid('017F22E2-79B0-7CC3-98C4-DC0C0C07398F')].slice(0, 7)).toEqual([
      1, 0x7f, 0x22, 0xe2, 0x79, 0xb0, 0x7c,
    ]);
  });

  it('refuses what is none, and says where', () => {
    const text = '017f22e2-79b0-7cc3-98c4-dc0c0c07398f';
    for (const [wrong, offset] of [
      [text.slice(1), 0],
      [`${text}0`, 0],
      [text.replace('-', '0'), 8],
      [text.replace('f', 'g'), 3],
      [text.replace('f', '\u0166'), 3],
      [`{${text.slice(2)}}`, 0],
    ] as const) {
      expect(isUuid(wrong)).toBe(false);
      expect(() => parseUuid(wrong)).toThrow(DecodeError);
      try {
        parseUuid(wrong);
      } catch (error) {
        expect((error as DecodeError).offset).toBe(offset);
      }
    }
    // Bytes are bytes, but what has no version has none.
    const strange = '017f22e2-79b0-0cc3-98c4-dc0c0c07398f';
    expect(stringifyUuid(parseUuid(strange))).toBe(strange);
    expect(isUuid(strange)).toBe(false);
    expect(() => uuidVersion(strange)).toThrow(DecodeError);
    for (const value of [undefined, null, 5, {}]) {
      expect(isUuid(value)).toBe(false);
      expect(() => parseUuid(value as never)).toThrow(TypeError);
      expect(() => stringifyUuid(value as never)).toThrow(TypeError);
      expect(() => uuidFromBigInt(value as never)).toThrow(TypeError);
    }
    for (const value of [-1n, 1n << 128n]) expect(() => uuidFromBigInt(value)).toThrow(RangeError);
  });

  it('writes bytes where it is told, and nothing when there is no room or no UUID', () => {
    const out = new Uint8Array(20).fill(7);
    expect(parseUuidInto(out, MAX_UUID, 2)).toBe(out);
    expect([...out]).toEqual([7, 7, ...new Array(16).fill(255), 7, 7]);
    const before = out.slice();
    expect(() => parseUuidInto(out, MAX_UUID.replace(/f$/, 'x'), 1)).toThrow(DecodeError);
    for (const offset of [5, -1, 0.5]) {
      expect(() => parseUuidInto(out, MAX_UUID, offset)).toThrow(RangeError);
      expect(() => uuidv4Into(out, offset)).toThrow(RangeError);
      expect(() => uuidv7Into(out, offset)).toThrow(RangeError);
      expect(() => stringifyUuid(out, offset)).toThrow(RangeError);
    }
    expect(out).toEqual(before);
    expect(uuidVersion(stringifyUuid(uuidv4Into(out, 4), 4))).toBe(4);
    expect(uuidVersion(stringifyUuid(uuidv7Into(out, 3), 3))).toBe(7);
    expect(out.slice(0, 3)).toEqual(before.slice(0, 3));
  });
});

describe('uuidv4', () => {
  it('is chance but for version and variant', () => {
    expect(uuidv4(constant(0))).toBe('00000000-0000-4000-8000-000000000000');
    expect(uuidv4(constant(2 ** 32 - 1))).toBe('ffffffff-ffff-4fff-bfff-ffffffffffff');
    const random = seededRandom(seed);
    const again = seededRandom(seed);
    for (let i = 0; i < 1000; i++) {
      const text = uuidv4(random);
      if (!isUuid(text) || text !== stringifyUuid(uuidv4Into(new Uint8Array(16), 0, again))) expect.fail(text);
    }
    const made = new Set(Array.from({ length: 20_000 }, () => uuidv4()));
    expect(made.size).toBe(20_000);
  });
});

describe('uuidv7', () => {
  it('a million in a row are valid, different and in order', () => {
    let before = uuidv7();
    const from = Date.now();
    let wrong = 0;
    for (let i = 0; i < 1_000_000; i++) {
      const text = uuidv7();
      if (!(text > before)) wrong++;
      before = text;
    }
    expect(wrong).toBe(0);
    expect(uuidVersion(before)).toBe(7);
    expect(uuidTime(before)).toBeGreaterThanOrEqual(from - 1);
    expect(uuidTime(before)).toBeLessThanOrEqual(Date.now() + 1);
  });

  it('is time, counter and chance, in this order', () => {
    const random = seededRandom(seed + 1);
    const words = seededRandom(seed + 1);
    const made = new Uuidv7Generator({ clock: clockAt(() => 0x0123_4567_89ab), random });
    const high = words.u32() >>> 21;
    const low = words.u32() >>> 2;
    for (let i = 0; i < 100; i++) {
      const value = uuidToBigInt(made.next());
      expect(value >> 80n).toBe(0x0123_4567_89abn);
      expect((value >> 64n) & 0xffffn).toBe(0x7000n | BigInt(high));
      expect((value >> 32n) & 0xffff_ffffn).toBe(0x8000_0000n | BigInt(low + i));
      expect(value & 0xffff_ffffn).toBe(BigInt(words.u32()));
    }
  });

  it('text, bytes and shared generators are one sequence', () => {
    const make = () => new Uuidv7Generator({ clock: clockAt(() => 1e12), random: seededRandom(seed + 2) });
    const [text, bytes] = [make(), make()];
    for (let i = 0; i < 50; i++) expect(stringifyUuid(bytes.nextInto(new Uint8Array(16)))).toBe(text.next());
    const first = uuidv7();
    const second = stringifyUuid(uuidv7Into(new Uint8Array(16)));
    expect(first < second && second < uuidv7()).toBe(true);
    expect(uuidv7(text)).toBe(stringifyUuid(uuidv7Into(new Uint8Array(16), 0, bytes)));
  });

  it('stays in order when the counter ends: it takes the next millisecond', () => {
    // The highest start: 11 bits and 30 bits of one.
    const next = createUuidv7({ clock: clockAt(() => 5000), random: constant(2 ** 32 - 1) });
    const made = [next(), next(), next()];
    expect(made[0]?.slice(0, 24)).toBe('00000000-1388-77ff-bfff-');
    expect(made[1]?.slice(0, 24)).toBe('00000000-1388-7800-8000-');
    expect(made.toSorted()).toEqual(made);
    // A counter that is at its end already cannot be reached by counting here: time is moved on instead.
    let ms = 1000;
    const jumping = createUuidv7({ clock: clockAt(() => ms), random: seededRandom(seed + 3) });
    let before = jumping();
    const jumps = seededRandom(seed + 4);
    for (let i = 0; i < 20_000; i++) {
      // Forward by some, and back by less than ten seconds of what was reached.
      ms = Math.max(ms + (jumps.u32() % 41) - 20, (uuidTime(before) as number) - 9999, 0);
      const text = jumping();
      if (!(text > before)) expect.fail(`${text} after ${before}`);
      before = text;
    }
  });

  it('goes back with a clock that goes back far, unless it is told never to', () => {
    let ms = 100_000;
    const next = createUuidv7({ clock: clockAt(() => ms) });
    const never = createUuidv7({ clock: clockAt(() => ms), maxRegressMs: Number.POSITIVE_INFINITY });
    const at = (text: string) => uuidTime(text);
    expect([at(next()), at(never())]).toEqual([100_000, 100_000]);
    ms = 90_000;
    expect([at(next()), at(never())]).toEqual([100_000, 100_000]);
    ms = 89_999;
    expect([at(next()), at(never())]).toEqual([89_999, 100_000]);
    ms = 89_999.7;
    const before = next();
    expect(at(before)).toBe(89_999);
    expect(next() > before).toBe(true);
  });

  it('refuses times that 48 bits do not hold, and goes on after', () => {
    let ms = 2 ** 48 - 1;
    const next = createUuidv7({ clock: clockAt(() => ms) });
    expect(next().slice(0, 13)).toBe('ffffffff-ffff');
    for (const bad of [2 ** 48, Number.NaN]) {
      ms = bad;
      expect(next).toThrow(RangeError);
    }
    for (const bad of [-1, Number.NEGATIVE_INFINITY]) {
      ms = bad;
      expect(createUuidv7({ clock: clockAt(() => ms) })).toThrow(RangeError);
    }
    expect(() => createUuidv7({ maxRegressMs: -1 })).toThrow(RangeError);
  });
});
