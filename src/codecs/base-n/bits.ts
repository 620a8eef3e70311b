/** Bases of 4, 5 and 6 bits a digit: RFC 4648, and Crockford's base 32. */

import { checkBytes, putBytes, stage } from '../../../bindings/staging.js';
import { readString, writeString } from '../../../bindings/strings.js';
import {
  Alphabet,
  alphabetAt,
  type BaseCodec,
  type BaseNOptions,
  checkText,
  kernelOf,
  TABLES_BYTES,
} from './alphabet.js';

/** Pieces that end with a whole group in every base: a multiple of 3 and of 5 bytes, of 8 digits. */
const PIECE_BYTES = 30_720;
const PIECE_DIGITS = 32_768;
/** A digit takes a byte; a character that is none, up to three. */
const MAX_CHAR_BYTES = 3;

class BitCodec implements BaseCodec {
  readonly name: string;
  readonly #alphabet: Alphabet;
  readonly #bits: number;
  readonly #padded: boolean;
  /** Digits that a group of whole bytes takes. */
  readonly #group: number;

  constructor(alphabet: Alphabet, padded: boolean) {
    this.name = alphabet.name;
    this.#alphabet = alphabet;
    this.#bits = Math.log2(alphabet.digits.length);
    this.#padded = padded;
    this.#group = { 4: 2, 5: 8, 6: 4 }[this.#bits] as number;
  }

  encode(bytes: Uint8Array, options: BaseNOptions = {}): string {
    checkBytes(bytes, 'bytes');
    const { arena, kernel } = kernelOf(options);
    const room = Math.min(PIECE_BYTES, bytes.length);
    const tables = stage(arena, TABLES_BYTES + 3 * room + 16, bytes);
    this.#alphabet.put(arena, tables);
    const from = tables + TABLES_BYTES;
    const digits = Math.ceil((8 * bytes.length) / this.#bits);
    const length = this.#padded ? Math.ceil(digits / this.#group) * this.#group : digits;
    const text = new Uint8Array(length).fill(0x3d, digits);
    for (let at = 0, done = 0; at < bytes.length; at += PIECE_BYTES) {
      const piece = bytes.subarray(at, at + PIECE_BYTES);
      putBytes(arena, from, piece);
      const end = kernel.encodeBits(alphabetAt(tables), this.#bits, from, piece.length, from + room) >>> 0;
      text.set(arena.u8Until(end).subarray(from + room, end), done);
      done += end - from - room;
    }
    return readString(text, 0, length);
  }

  decode(text: string, options: BaseNOptions = {}): Uint8Array<ArrayBuffer> {
    checkText(text);
    const digits = this.#padded ? this.#unpadded(text) : text.length;
    const { arena, kernel } = kernelOf(options);
    const room = MAX_CHAR_BYTES * Math.min(PIECE_DIGITS, digits);
    const tables = stage(arena, TABLES_BYTES + 2 * room + 16);
    this.#alphabet.put(arena, tables);
    const from = tables + TABLES_BYTES;
    const out = new Uint8Array(Math.floor((digits * this.#bits) / 8));
    let rest = 0;
    for (let at = 0, done = 0; at < digits; at += PIECE_DIGITS) {
      const count = Math.min(PIECE_DIGITS, digits - at);
      writeString(arena.u8Until(from + room), from, text.slice(at, at + count));
      // A character that is no digit is its own first byte: everything before it is one byte each.
      const good = kernel.decodeBits(tables, this.#bits, from, count, from + room);
      if (good < count) throw this.#alphabet.bad(text, at + good);
      const bytes = arena.resultLow;
      rest = arena.resultHigh;
      out.set(arena.u8Until(from + room + bytes).subarray(from + room, from + room + bytes), done);
      done += bytes;
    }
    // Digits that are no bytes: one too many, or bits set that belong to no byte.
    if ((digits * this.#bits) % 8 >= this.#bits) throw this.#alphabet.damaged('it ends inside a byte', digits);
    if (rest !== 0) throw this.#alphabet.damaged('the last digit has bits that belong to no byte', digits - 1);
    return out;
  }

  /** Digits before the padding, of which there must be exactly what fills the last group. */
  #unpadded(text: string): number {
    let digits = text.length;
    while (digits > 0 && digits > text.length - this.#group && text[digits - 1] === '=') digits--;
    const wanted = Math.ceil(digits / this.#group) * this.#group;
    if (text.length !== wanted) {
      throw this.#alphabet.damaged(
        `${wanted - digits} signs of padding are needed, ${text.length - digits} are there`,
        digits,
      );
    }
    return digits;
  }
}

const LOWER = [...'abcdefghijklmnopqrstuvwxyz'];
const toUpper = (letters: readonly string[]): string[] => letters.map((letter) => letter + letter.toUpperCase());

/** Hexadecimal, in capitals as RFC 4648 has it; `decode` reads small letters as well. */
export const base16: BaseCodec = /* @__PURE__ */ new BitCodec(
  /* @__PURE__ */ new Alphabet('base16', '0123456789ABCDEF', /* @__PURE__ */ toUpper([...'abcdef'])),
  false,
);

/** Hexadecimal in small letters; `decode` reads capitals as well. */
export const base16Lower: BaseCodec = /* @__PURE__ */ new BitCodec(
  /* @__PURE__ */ new Alphabet('base16', '0123456789abcdef', ['Aa', 'Bb', 'Cc', 'Dd', 'Ee', 'Ff']),
  false,
);

/** RFC 4648, section 6, padded; capitals only. */
export const base32: BaseCodec = /* @__PURE__ */ new BitCodec(
  /* @__PURE__ */ new Alphabet('base32', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'),
  true,
);

/** RFC 4648, section 7, padded; capitals only. Texts sort as their bytes do. */
export const base32Hex: BaseCodec = /* @__PURE__ */ new BitCodec(
  /* @__PURE__ */ new Alphabet('base32hex', '0123456789ABCDEFGHIJKLMNOPQRSTUV'),
  true,
);

/** Crockford's: no padding; `decode` reads small letters, I and L as 1, O as 0. Hyphens and check digits are refused. */
export const base32Crockford: BaseCodec = /* @__PURE__ */ new BitCodec(
  /* @__PURE__ */ new Alphabet('Crockford base32', '0123456789ABCDEFGHJKMNPQRSTVWXYZ', [
    .../* @__PURE__ */ toUpper(/* @__PURE__ */ LOWER.filter((letter) => !'ilou'.includes(letter))),
    'O0',
    'o0',
    'I1',
    'i1',
    'L1',
    'l1',
  ]),
  false,
);

const LETTERS_DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** RFC 4648, section 4, padded. */
export const base64: BaseCodec = /* @__PURE__ */ new BitCodec(
  /* @__PURE__ */ new Alphabet('base64', `${LETTERS_DIGITS}+/`),
  true,
);

/** RFC 4648, section 5, without padding, as in URLs and tokens. */
export const base64Url: BaseCodec = /* @__PURE__ */ new BitCodec(
  /* @__PURE__ */ new Alphabet('base64url', `${LETTERS_DIGITS}-_`),
  false,
);
