import { describe, expect, it } from 'vitest';
import { maxBytesOf, readString, writeString } from '../../bindings/strings.js';
import { seededRandom, testSeed } from '../support/random.js';

const { below } = seededRandom(testSeed('string bridge'));

const PAD = 5;
const GUARD = 0xa5;

/** The bytes of a string through the bridge, proving that it wrote nothing outside them. */
function encode(text: string): Uint8Array {
  const u8 = new Uint8Array(maxBytesOf(text) + 2 * PAD).fill(GUARD);
  const count = writeString(u8, PAD, text);
  expect(u8.subarray(0, PAD).every((byte) => byte === GUARD)).toBe(true);
  expect(u8.subarray(PAD + maxBytesOf(text)).every((byte) => byte === GUARD)).toBe(true);
  return u8.slice(PAD, PAD + count);
}

/** The string of some bytes through the bridge, from the middle of other bytes. */
function decode(bytes: Uint8Array): string {
  const u8 = new Uint8Array(bytes.length + 2 * PAD).fill(GUARD);
  u8.set(bytes, PAD);
  return readString(u8, PAD, PAD + bytes.length);
}

/** A code unit or pair of each kind UTF-8 tells apart, edges often. */
function randomCharacter(surrogates: boolean): string {
  switch (below(surrogates ? 7 : 6)) {
    case 0:
    case 1:
      return String.fromCharCode(below(0x80));
    case 2:
      return String.fromCharCode(0x80 + below(0x780));
    case 3:
      return String.fromCharCode(0x800 + below(0xd000));
    case 4:
      return [0, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xfeff, 0xfffd, 0xffff, 0x10000, 0x10ffff]
        .map((code) => String.fromCodePoint(code))
        .at(below(12)) as string;
    case 5:
      return String.fromCodePoint(0x10000 + below(0x100000));
    default:
      return String.fromCharCode(0xd800 + below(0x800));
  }
}

/** Lengths around the places where loop and platform coder change over. */
const lengths = [...Array(40).keys(), 90, 95, 96, 97, 98, 127, 128, 200, 1000];

describe('the string bridge', () => {
  it('agrees with TextEncoder and TextDecoder on every well-formed string', () => {
    for (let round = 0; round < 40; round++) {
      for (const length of lengths) {
        const text = Array.from({ length }, () => randomCharacter(false)).join('');
        const bytes = encode(text);
        expect(bytes).toEqual(new TextEncoder().encode(text));
        expect(decode(bytes)).toBe(text);
      }
    }
  });

  it('agrees on ASCII alone, and on ASCII with one other character at any place', () => {
    for (const length of lengths) {
      const ascii = Array.from({ length }, () => String.fromCharCode(below(128))).join('');
      expect(encode(ascii)).toEqual(new TextEncoder().encode(ascii));
      expect(decode(encode(ascii))).toBe(ascii);
      for (const odd of ['é', '世', '🌍', '\ud83c', '\udf0d']) {
        const at = below(length + 1);
        const text = ascii.slice(0, at) + odd + ascii.slice(at);
        expect(decode(encode(text))).toBe(text);
      }
    }
  });

  it('brings every string back as it was, lone surrogates included', () => {
    for (let round = 0; round < 40; round++) {
      for (const length of lengths) {
        const text = Array.from({ length }, () => randomCharacter(true)).join('');
        expect(decode(encode(text))).toBe(text);
      }
    }
  });

  it('brings every code point and every lone surrogate back', () => {
    for (let from = 0; from <= 0x10ffff; from += 0x400) {
      let text = '';
      for (let code = from; code < from + 0x400; code++) text += String.fromCodePoint(code);
      if (decode(encode(text)) !== text) throw new Error(`lost something in U+${from.toString(16)} …`);
    }
  });

  it('writes a lone surrogate as the three bytes of its code point, so that no two strings share bytes', () => {
    expect([...encode('\ud800')]).toEqual([0xed, 0xa0, 0x80]);
    expect([...encode('\udfff')]).toEqual([0xed, 0xbf, 0xbf]);
    expect([...encode('a\udc00\ud800b')]).toEqual([0x61, 0xed, 0xb0, 0x80, 0xed, 0xa0, 0x80, 0x62]);
    const distinct = ['\ud800', '\ud801', '\udfff', '\ufffd'].map((text) => encode(text).join());
    expect(new Set(distinct).size).toBe(4);
    const long = 'x'.repeat(200);
    expect(decode(encode(`${long}\ud800${long}`))).toBe(`${long}\ud800${long}`);
  });

  it('keeps a byte order mark', () => {
    for (const text of ['\ufeff', '\ufeffabc', `\ufeff${'x'.repeat(300)}`, '\ud800\ufeff']) {
      expect(decode(encode(text))).toBe(text);
    }
  });

  it('never needs more than maxBytesOf', () => {
    for (const text of ['\uffff'.repeat(500), '🌍'.repeat(300), '\ud800'.repeat(300)]) {
      expect(encode(text).length).toBeLessThanOrEqual(maxBytesOf(text));
    }
  });

  it('decodes bytes that are no UTF-8 as TextDecoder does', () => {
    // Without 0xed no three bytes can look like a surrogate, the one place where the bridge knows more.
    for (let round = 0; round < 3000; round++) {
      const bytes = Uint8Array.from({ length: below(60) }, () => {
        const byte = below(4) === 0 ? below(128) : 128 + below(128);
        return byte === 0xed ? 0xee : byte;
      });
      expect(decode(bytes)).toBe(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes));
    }
  });
});
