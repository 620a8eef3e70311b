import { describe, expect, it } from 'vitest';
import { DecodeError } from '../../bindings/decode-error.js';
import {
  createUlid,
  decodeTime,
  isUlid,
  MAX_ULID,
  MIN_ULID,
  parseUlid,
  parseUlidInto,
  stringifyUlid,
  UlidGenerator,
  UlidOverflowError,
  ulid,
  ulidToUuid,
  uuidToUlid,
  uuidv7,
} from '../../src/ids/index.js';
import type { Clock } from '../../src/ports/clock.js';
import { type Random, seededRandom } from '../../src/ports/random.js';
import { testSeed } from '../support/random.js';

const seed = testSeed('ulid');
const clockAt = (times: () => number): Clock => ({ now: times, monotonic: times });
const constant = (word: number): Random => ({ u32: () => word, float: () => 0, fill: (target) => target.fill(word) });

describe('ULIDs as text, bytes and UUIDs', () => {
  it('reads the examples of the specification and of its implementation', () => {
    expect(decodeTime('01ARZ3NDEKTSV4RRFFQ69G5FAV')).toBe(1469922850259);
    expect(decodeTime('01ARYZ6S41TSV4RRFFQ69G5FAV')).toBe(1469918176385);
    expect(decodeTime(MAX_ULID)).toBe(281474976710655);
    expect(ulidToUuid('01ARZ3NDEKTSV4RRFFQ69G5FAV')).toBe('01563e3a-b5d3-d676-4c61-efb99302bd5b');
    expect(uuidToUlid('01563E3A-B5D3-D676-4C61-EFB99302BD5B')).toBe('01ARZ3NDEKTSV4RRFFQ69G5FAV');
    expect([ulidToUuid(MAX_ULID), ulidToUuid(MIN_ULID)]).toEqual([
      'ffffffff-ffff-ffff-ffff-ffffffffffff',
      '00000000-0000-0000-0000-000000000000',
    ]);
  });

  it('is Crockford’s base32 of 128 bits, for any bytes', () => {
    const random = seededRandom(seed);
    const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
    for (let i = 0; i < 2000; i++) {
      const bytes = new Uint8Array(16);
      random.fill(bytes);
      let value = BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
      let text = '';
      for (let digit = 0; digit < 26; digit++, value >>= 5n) text = alphabet.charAt(Number(value & 31n)) + text;
      if (stringifyUlid(bytes) !== text || Buffer.compare(parseUlid(text.toLowerCase()), bytes) !== 0)
        expect.fail(text);
      if (uuidToUlid(ulidToUuid(text)) !== text || !isUlid(text)) expect.fail(text);
    }
  });

  it('takes either case and Crockford’s aliases', () => {
    expect(stringifyUlid(parseUlid('olarz3ndektsv4rrffq69g5fav'))).toBe('01ARZ3NDEKTSV4RRFFQ69G5FAV');
    expect(stringifyUlid(parseUlid('OiARZ3NDEKTSV4RRFFQ69G5FAV'))).toBe('01ARZ3NDEKTSV4RRFFQ69G5FAV');
    expect(decodeTime('O1arz3ndektsv4rrffq69g5fav')).toBe(1469922850259);
    expect([isUlid('01arz3ndektsv4rrffq69g5fav'), isUlid('olarz3ndektsv4rrffq69g5fav')]).toEqual([true, false]);
  });

  it('refuses what is none, and says where', () => {
    const text = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
    for (const [wrong, offset] of [
      ['', 0],
      [text.slice(1), 0],
      [`${text}0`, 0],
      ['8ZZZZZZZZZZZZZZZZZZZZZZZZZ', 0],
      [text.replace('R', 'U'), 3],
      [text.replace('R', '-'), 3],
      // Its upper case is an S, but it is none.
      [text.replace('S', '\u017f'), 11],
    ] as const) {
      expect(isUlid(wrong)).toBe(false);
      for (const read of [parseUlid, decodeTime, ulidToUuid]) {
        try {
          read(wrong);
          expect.fail(wrong);
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
          expect((error as DecodeError).offset).toBe(offset);
        }
      }
    }
    expect(() => uuidToUlid('01563e3a')).toThrow(DecodeError);
    for (const value of [undefined, null, 5]) {
      expect(isUlid(value)).toBe(false);
      expect(() => parseUlid(value as never)).toThrow(TypeError);
      expect(() => uuidToUlid(value as never)).toThrow(TypeError);
      expect(() => stringifyUlid(value as never)).toThrow(TypeError);
    }
    const out = new Uint8Array(18);
    expect(() => parseUlidInto(out, text, 3)).toThrow(RangeError);
    expect(() => stringifyUlid(out, -1)).toThrow(RangeError);
    expect(parseUlidInto(out, MAX_ULID, 1)).toEqual(Uint8Array.of(0, ...new Array(16).fill(255), 0));
  });
});

describe('ulid', () => {
  it('a million in a row are valid, different and in order', () => {
    let before = ulid();
    let wrong = 0;
    for (let i = 0; i < 1_000_000; i++) {
      const text = ulid();
      if (!(text > before)) wrong++;
      before = text;
    }
    expect(wrong).toBe(0);
    expect(isUlid(before)).toBe(true);
    expect(Math.abs(decodeTime(before) - Date.now())).toBeLessThan(1000);
  });

  it('counts up by one within a millisecond, over every carry', () => {
    // 20 bits of one less than all: the last word carries at once.
    const next = createUlid({ clock: clockAt(() => 1e12), random: constant(0xffff_e000) });
    let before = uuidValue(next());
    for (let i = 0; i < 3000; i++) {
      const value = uuidValue(next());
      if (value !== before + 1n) expect.fail(`${value} after ${before}`);
      before = value;
    }
    const words = [0x12345, 0xfffff, 0xfffff, 0xffffe];
    let at = 0;
    const carrying = createUlid({
      clock: clockAt(() => 7),
      random: { ...constant(0), u32: () => (words[at++] as number) << 12 },
    });
    const made = [carrying(), carrying(), carrying()].map(uuidValue);
    expect(made.map((value) => value - (made[0] as bigint))).toEqual([0n, 1n, 2n]);
    expect(made[0]).toBe((7n << 80n) | 0x12345_fffff_fffff_ffffen);
  });

  it('at the end of a millisecond refuses, or takes the next, as it is told', () => {
    const options = { clock: clockAt(() => 1000), random: constant(2 ** 32 - 1) };
    const refusing = new UlidGenerator(options);
    const last = refusing.next();
    expect(last).toBe('00000000Z8ZZZZZZZZZZZZZZZZ');
    expect(() => refusing.next()).toThrow(UlidOverflowError);
    expect(() => refusing.next()).toThrow(/The last ULID of millisecond 1000/);
    expect(refusing.next(1001)).toBe('00000000Z9ZZZZZZZZZZZZZZZZ');
    const going = createUlid({ ...options, onOverflow: 'next-ms' });
    expect([going(), going(), going()].map(decodeTime)).toEqual([1000, 1001, 1002]);
    const final = createUlid({ ...options, clock: clockAt(() => 2 ** 48 - 1), onOverflow: 'next-ms' });
    expect(final()).toBe(MAX_ULID);
    expect(final).toThrow(UlidOverflowError);
  });

  it('stays in order while the clock jumps back and forth', () => {
    let ms = 50_000;
    const next = createUlid({ clock: clockAt(() => ms), random: seededRandom(seed + 1) });
    const jumps = seededRandom(seed + 2);
    let before = next();
    for (let i = 0; i < 20_000; i++) {
      ms = Math.max(ms + (jumps.u32() % 41) - 20, decodeTime(before) - 10_000);
      const text = next();
      if (!(text > before)) expect.fail(`${text} after ${before}`);
      before = text;
    }
    ms = decodeTime(before) - 10_001;
    expect(decodeTime(next())).toBe(ms);
    const never = createUlid({ clock: clockAt(() => ms), maxRegressMs: Number.POSITIVE_INFINITY });
    const first = never(90_000);
    expect(never(0) > first).toBe(true);
  });

  it('gives bytes too, and refuses what it cannot say', () => {
    const make = () => new UlidGenerator({ clock: clockAt(() => 123), random: seededRandom(seed + 3) });
    const [text, bytes] = [make(), make()];
    for (let i = 0; i < 50; i++) expect(stringifyUlid(bytes.nextInto(new Uint8Array(16)))).toBe(ulid(text));
    for (const bad of [-1, 2 ** 48, Number.NaN]) expect(() => createUlid()(bad)).toThrow(RangeError);
    expect(() => createUlid({ maxRegressMs: Number.NaN })).toThrow(RangeError);
    expect(() => createUlid({ onOverflow: 'wrap' as never })).toThrow(RangeError);
    const v7 = uuidv7();
    expect(decodeTime(uuidToUlid(v7))).toBe(Number.parseInt(v7.slice(0, 8) + v7.slice(9, 13), 16));
  });
});

function uuidValue(text: string): bigint {
  return BigInt(`0x${ulidToUuid(text).replaceAll('-', '')}`);
}
