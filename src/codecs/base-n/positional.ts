/** Bases that divide no power of two: the bytes as one large number. O(n²), and therefore bounded. */

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

/** The most that is encoded: a tenth of a second's work. Keys, hashes and addresses have some dozens. */
const MAX_BYTES = 16_384;
const MAX_DIGITS = 24_576;

class PositionalCodec implements BaseCodec {
  readonly name: string;
  readonly #alphabet: Alphabet;

  constructor(alphabet: Alphabet) {
    this.name = alphabet.name;
    this.#alphabet = alphabet;
  }

  /** @throws RangeError when there are more than 16 384 bytes */
  encode(bytes: Uint8Array, options: BaseNOptions = {}): string {
    checkBytes(bytes, 'bytes');
    const { length } = bytes;
    if (length > MAX_BYTES) throw new RangeError(`${this.name} takes up to ${MAX_BYTES} bytes, got ${length}`);
    const { arena, kernel } = kernelOf(options);
    const work = stage(arena, TABLES_BYTES + 8 * length + 64, bytes);
    const tables = work + 4 * length + 32;
    this.#alphabet.put(arena, tables);
    const from = tables + TABLES_BYTES;
    const to = from + length;
    putBytes(arena, from, bytes);
    const radix = this.#alphabet.digits.length;
    const end = kernel.encodePositional(alphabetAt(tables), radix, from, length, to, work) >>> 0;
    return readString(arena.u8Until(end), to, end);
  }

  /** @throws RangeError when there are more than 24 576 digits */
  decode(text: string, options: BaseNOptions = {}): Uint8Array<ArrayBuffer> {
    checkText(text);
    const { length } = text;
    if (length > MAX_DIGITS) throw new RangeError(`${this.name} takes up to ${MAX_DIGITS} digits, got ${length}`);
    const zero = this.#alphabet.digits[0];
    let zeros = 0;
    while (zeros < length && text[zeros] === zero) zeros++;
    for (let i = zeros; i < length; i++) {
      if (!this.#alphabet.isDigit(text.charCodeAt(i))) throw this.#alphabet.bad(text, i);
    }
    const { arena, kernel } = kernelOf(options);
    const work = stage(arena, TABLES_BYTES + 8 * length + 64);
    const tables = work + 4 * length + 32;
    this.#alphabet.put(arena, tables);
    const from = tables + TABLES_BYTES;
    const to = from + 3 * length;
    writeString(arena.u8Until(to), from, text);
    const radix = this.#alphabet.digits.length;
    const end = kernel.decodePositional(tables, radix, from, length, zeros, from + length, work) >>> 0;
    return arena.u8Until(end).slice(from + length, end);
  }
}

/** Bitcoin's: no 0, O, I, l. Leading zero bytes are leading 1s. Without a checksum: base58check adds its own. */
export const base58: BaseCodec = /* @__PURE__ */ new PositionalCodec(
  /* @__PURE__ */ new Alphabet('base58', '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'),
);

/** Digits, capitals, small letters; leading zero bytes are leading 0s. */
export const base62: BaseCodec = /* @__PURE__ */ new PositionalCodec(
  /* @__PURE__ */ new Alphabet('base62', '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'),
);
