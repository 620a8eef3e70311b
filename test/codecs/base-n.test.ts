import { describe, expect, it } from 'vitest';
import {
  type BaseCodec,
  base16,
  base16Lower,
  base32,
  base32Crockford,
  base32Hex,
  base58,
  base62,
  base64,
  base64Url,
} from '../../src/codecs/base-n/index.js';
import { DecodeError } from '../../src/codecs/index.js';
import { seededRandom } from '../support/random.js';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const fromHex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));

/** RFC 4648, section 10. */
const RFC: [string, BaseCodec, string[]][] = [
  ['base64', base64, ['', 'Zg==', 'Zm8=', 'Zm9v', 'Zm9vYg==', 'Zm9vYmE=', 'Zm9vYmFy']],
  ['base32', base32, ['', 'MY======', 'MZXQ====', 'MZXW6===', 'MZXW6YQ=', 'MZXW6YTB', 'MZXW6YTBOI======']],
  ['base32hex', base32Hex, ['', 'CO======', 'CPNG====', 'CPNMU===', 'CPNMUOG=', 'CPNMUOJ1', 'CPNMUOJ1E8======']],
  ['base16', base16, ['', '66', '666F', '666F6F', '666F6F62', '666F6F6261', '666F6F626172']],
];

/** bitcoin/src/test/data/base58_encode_decode.json. */
const BASE58 = [
  ['', ''],
  ['61', '2g'],
  ['626262', 'a3gV'],
  ['636363', 'aPEr'],
  ['73696d706c792061206c6f6e6720737472696e67', '2cFupjhnEsSn59qHXstmK2ffpLv2'],
  ['00eb15231dfceb60925886b67d065299925915aeb172c06647', '1NS17iag9jJgTHD1VXjvLCEnZuQ3rJDE9L'],
  ['516b6fcd0f', 'ABnLTmg'],
  ['bf4f89001e670274dd', '3SEo3LWLoPntC'],
  ['572e4794', '3EFU7m'],
  ['ecac89cad93923c02321', 'EJDM8drfXA6uyA'],
  ['10c8511e', 'Rt5zm'],
  ['00000000000000000000', '1111111111'],
] as const;

/** The digits of a large number, by BigInt; leading zero bytes as zero digits. */
function positionalOracle(bytes: Uint8Array, digits: string): string {
  let zeros = 0;
  while (zeros < bytes.length && bytes[zeros] === 0) zeros++;
  let number = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  let text = '';
  for (; number > 0n; number /= BigInt(digits.length)) text = digits[Number(number % BigInt(digits.length))] + text;
  return (digits[0] as string).repeat(zeros) + text;
}

const codecs: [string, BaseCodec, (bytes: Uint8Array) => string][] = [
  ['base16', base16, (bytes) => Buffer.from(bytes).toString('hex').toUpperCase()],
  ['base16Lower', base16Lower, (bytes) => Buffer.from(bytes).toString('hex')],
  ['base64', base64, (bytes) => Buffer.from(bytes).toString('base64')],
  ['base64Url', base64Url, (bytes) => Buffer.from(bytes).toString('base64url')],
  ['base32', base32, (bytes) => base32Oracle(bytes, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', '=')],
  ['base32Hex', base32Hex, (bytes) => base32Oracle(bytes, '0123456789ABCDEFGHIJKLMNOPQRSTUV', '=')],
  ['base32Crockford', base32Crockford, (bytes) => base32Oracle(bytes, '0123456789ABCDEFGHJKMNPQRSTVWXYZ', '')],
  ['base58', base58, (bytes) => positionalOracle(bytes, '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz')],
  [
    'base62',
    base62,
    (bytes) => positionalOracle(bytes, '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'),
  ],
];

function base32Oracle(bytes: Uint8Array, digits: string, padding: string): string {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('');
  const text = (bits.match(/.{1,5}/g) ?? []).map((five) => digits[Number.parseInt(five.padEnd(5, '0'), 2)]).join('');
  return text.padEnd(Math.ceil(text.length / 8) * 8, padding || ' ').trimEnd();
}

describe('RFC 4648', () => {
  it.each(RFC)('%s has the vectors of section 10', (_name, codec, texts) => {
    texts.forEach((text, length) => {
      const bytes = bytesOf('foobar'.slice(0, length));
      expect(codec.encode(bytes)).toBe(text);
      expect(codec.decode(text)).toEqual(bytes);
    });
  });

  it('has 62 and 63 in both alphabets', () => {
    expect(base64.encode(Uint8Array.of(0xfb, 0xff))).toBe('+/8=');
    expect(base64Url.encode(Uint8Array.of(0xfb, 0xff))).toBe('-_8');
  });
});

describe('base58', () => {
  it.each(BASE58)("has Bitcoin's vector %s", (hex, text) => {
    expect(base58.encode(fromHex(hex))).toBe(text);
    expect(base58.decode(text)).toEqual(fromHex(hex));
  });

  it('is bounded', () => {
    expect(() => base58.encode(new Uint8Array(16_385))).toThrow(RangeError);
    expect(() => base58.decode('2'.repeat(24_577))).toThrow(RangeError);
    const bytes = new Uint8Array(16_384).fill(255);
    expect(base62.decode(base62.encode(bytes))).toEqual(bytes);
    expect(base58.decode(base58.encode(bytes))).toEqual(bytes);
  });
});

describe.each(codecs)('%s', (_name, codec, oracle) => {
  it('agrees with the naive oracle at every length up to 100, and comes back', () => {
    const seed = 64;
    const { below } = seededRandom(seed);
    for (let length = 0; length <= 100; length++) {
      for (const zeros of [0, below(length + 1)]) {
        const bytes = Uint8Array.from({ length }, (_, i) => (i < zeros ? 0 : below(256)));
        const text = codec.encode(bytes);
        expect(text, `seed ${seed}, length ${length}`).toBe(oracle(bytes));
        expect(codec.decode(text), `seed ${seed}, length ${length}`).toEqual(bytes);
      }
    }
  });

  it('refuses a character that is no digit, and says where', () => {
    const text = codec.encode(Uint8Array.from({ length: 60 }, (_, i) => 255 - i));
    for (const bad of ['!', ' ', '\n', 'é', '€', '😀', '\0', '\ud800']) {
      for (const at of [0, 1, 17, 40]) {
        const altered = text.slice(0, at) + bad + text.slice(at + bad.length);
        try {
          codec.decode(altered);
          expect.unreachable(`${bad} at ${at}`);
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
          expect((error as DecodeError).offset, `${bad} at ${at}`).toBe(at);
        }
      }
    }
    expect(() => codec.decode(7 as never)).toThrow(TypeError);
    expect(() => codec.encode('a' as never)).toThrow(TypeError);
  });

  it('reads nothing that is not its own writing', () => {
    const seed = 65;
    const { below } = seededRandom(seed);
    const digits = 'ABCDEFGHJKMNPQRSTVWXYZ234567=+/abcdef019';
    for (let round = 0; round < 3000; round++) {
      const text = Array.from({ length: below(12) }, () => digits[below(digits.length)]).join('');
      let bytes: Uint8Array;
      try {
        bytes = codec.decode(text);
      } catch (error) {
        expect(error, `seed ${seed}, ${text}`).toBeInstanceOf(DecodeError);
        continue;
      }
      const same = codec.encode(bytes);
      const folds = codec === base16 || codec === base16Lower || codec === base32Crockford;
      expect(folds ? same.toUpperCase() : same, `seed ${seed}`).toBe(folds ? text.toUpperCase() : text);
    }
  });
});

describe('bit bases', () => {
  it.each(codecs.slice(0, 7))('%s keeps inputs longer than a piece', (_name, codec, oracle) => {
    for (const length of [30_719, 30_720, 30_721, 100_000]) {
      const bytes = Uint8Array.from({ length }, (_, i) => (i * 2_654_435_761) >>> 13);
      const text = codec.encode(bytes);
      expect(text === oracle(bytes)).toBe(true);
      expect(Buffer.compare(codec.decode(text), bytes)).toBe(0);
      const at = text.length - 9;
      expect(() => codec.decode(`${text.slice(0, at)}*${text.slice(at + 1)}`)).toThrow(`at ${at}`);
    }
  });

  it('refuses padding that is missing, wrong or not wanted, and bits that belong to no byte', () => {
    for (const text of ['Zg', 'Zg=', 'Zg===', '====', 'Z===', 'Zg==Zg==', 'Zh==', 'Zm9=', '=', 'A']) {
      expect(() => base64.decode(text), text).toThrow(DecodeError);
    }
    for (const text of ['Zg==', 'Z', 'Zh', 'Zm9']) expect(() => base64Url.decode(text), text).toThrow(DecodeError);
    for (const text of ['M=======', 'MY=====', 'MZ======', 'my======', 'MZX=====']) {
      expect(() => base32.decode(text), text).toThrow(DecodeError);
    }
    expect(() => base16.decode('ABC')).toThrow(/ends inside a byte/);
  });

  it('reads the spellings that Crockford allows', () => {
    expect(base32Crockford.decode('oO1iIlL0')).toEqual(base32Crockford.decode('00111110'));
    expect(base32Crockford.decode('zyxwvtsr')).toEqual(base32Crockford.decode('ZYXWVTSR'));
    expect(() => base32Crockford.decode('UU')).toThrow(DecodeError);
    expect(base16.decode('fF')).toEqual(Uint8Array.of(255));
  });
});
