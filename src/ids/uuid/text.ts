/** UUIDs as text, bytes and numbers (RFC 9562, section 4). */

import { DecodeError } from '../../../bindings/decode-error.js';
import { checkBytes, checkRoom } from '../../../bindings/staging.js';

/** A UUID in its usual form, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`, in lower case as everything here writes it. */
export type Uuid = string;

/** Sixteen bytes of zero. */
export const NIL_UUID: Uuid = '00000000-0000-0000-0000-000000000000';
/** Sixteen bytes of 255. */
export const MAX_UUID: Uuid = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

const FORM =
  /^(?:[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}|0{8}-(?:0{4}-){3}0{12}|f{8}-(?:f{4}-){3}f{12})$/i;
/** 100-nanosecond units from the Gregorian reform, 1582-10-15, to the Unix epoch. */
const GREGORIAN_UNITS = 122_192_928_000_000_000n;
const DASHES = [8, 13, 18, 23];

/** Whether a value is the text of a UUID of versions 1 to 8, or the nil or max one, in either case. */
export function isUuid(value: unknown): value is Uuid {
  return typeof value === 'string' && FORM.test(value);
}

/** The sixteen bytes of a UUID. Any version and variant is taken. @throws DecodeError when the text is none */
export function parseUuid(text: Uuid): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(16);
  parseUuidInto(out, text);
  return out;
}

/** As `parseUuid`, into `out` at `offset`; returns `out`. */
export function parseUuidInto(out: Uint8Array, text: Uuid, offset = 0): Uint8Array {
  if (typeof text !== 'string') throw new TypeError(`A UUID must be a string, got ${typeof text}`);
  checkTarget(out, offset);
  if (text.length !== 36) throw new DecodeError('uuid', `it has 36 characters, got ${text.length}`, 0);
  const bytes = new Uint8Array(16);
  for (let at = 0, i = 0; i < 16; i++, at += 2) {
    if (DASHES.includes(at)) {
      if (text.charCodeAt(at) !== 45) throw new DecodeError('uuid', 'a dash belongs here', at);
      at++;
    }
    bytes[i] = (digitAt(text, at) << 4) | digitAt(text, at + 1);
  }
  out.set(bytes, offset);
  return out;
}

function digitAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code >= 48 && code <= 57) return code - 48;
  const letter = code | 32;
  if (letter >= 97 && letter <= 102) return letter - 87;
  throw new DecodeError('uuid', 'a hexadecimal digit belongs here', at);
}

/** The text of the sixteen bytes at `offset`, whatever they are. */
export function stringifyUuid(bytes: Uint8Array, offset = 0): Uuid {
  checkBytes(bytes, 'A UUID');
  checkTarget(bytes, offset);
  const word = (at: number) =>
    (((bytes[offset + at] as number) << 24) |
      ((bytes[offset + at + 1] as number) << 16) |
      ((bytes[offset + at + 2] as number) << 8) |
      (bytes[offset + at + 3] as number)) >>>
    0;
  return textOf(word(0), word(4), word(8), word(12));
}

/** The text of four words, the first ones first. */
export function textOf(a: number, b: number, c: number, d: number): Uuid {
  return String.fromCharCode(
    hex(a >>> 28),
    hex(a >>> 24),
    hex(a >>> 20),
    hex(a >>> 16),
    hex(a >>> 12),
    hex(a >>> 8),
    hex(a >>> 4),
    hex(a),
    45,
    hex(b >>> 28),
    hex(b >>> 24),
    hex(b >>> 20),
    hex(b >>> 16),
    45,
    hex(b >>> 12),
    hex(b >>> 8),
    hex(b >>> 4),
    hex(b),
    45,
    hex(c >>> 28),
    hex(c >>> 24),
    hex(c >>> 20),
    hex(c >>> 16),
    45,
    hex(c >>> 12),
    hex(c >>> 8),
    hex(c >>> 4),
    hex(c),
    hex(d >>> 28),
    hex(d >>> 24),
    hex(d >>> 20),
    hex(d >>> 16),
    hex(d >>> 12),
    hex(d >>> 8),
    hex(d >>> 4),
    hex(d),
  );
}

/** Character code of the low four bits as a digit: 0 to 9, then a to f. */
export function hex(value: number): number {
  const digit = value & 15;
  return digit + 48 + (((9 - digit) >> 31) & 39);
}

/** Writes four words, each with its high byte first; returns `out`. */
export function putWords(out: Uint8Array, offset: number, a: number, b: number, c: number, d: number): Uint8Array {
  putWord(out, offset, a);
  putWord(out, offset + 4, b);
  putWord(out, offset + 8, c);
  putWord(out, offset + 12, d);
  return out;
}

function putWord(out: Uint8Array, at: number, word: number): void {
  out[at] = word >>> 24;
  out[at + 1] = word >>> 16;
  out[at + 2] = word >>> 8;
  out[at + 3] = word;
}

/** Refuses what has no sixteen bytes at `offset`. */
export function checkTarget(out: Uint8Array, offset: number): void {
  checkBytes(out, 'What holds a UUID');
  if (!(Number.isInteger(offset) && offset >= 0))
    throw new RangeError(`offset must be an integer from 0, got ${offset}`);
  checkRoom(out, offset + 16);
}

/** A UUID as an integer of 128 bits: the same order as the text. @throws DecodeError */
export function uuidToBigInt(text: Uuid): bigint {
  const view = new DataView(parseUuid(text).buffer);
  return (view.getBigUint64(0) << 64n) | view.getBigUint64(8);
}

/** The UUID of an integer from 0 to 2^128 − 1. */
export function uuidFromBigInt(value: bigint): Uuid {
  if (typeof value !== 'bigint') throw new TypeError(`A UUID's number must be a bigint, got ${typeof value}`);
  if (value < 0n || value >= 1n << 128n)
    throw new RangeError(`A UUID's number must be from 0 to 2^128 − 1, got ${value}`);
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, value >> 64n);
  view.setBigUint64(8, BigInt.asUintN(64, value));
  return stringifyUuid(bytes);
}

/** The version, 1 to 8; 0 for the nil UUID and 15 for the max one. @throws DecodeError when the text is none of them */
export function uuidVersion(text: Uuid): number {
  parseUuid(text);
  if (!isUuid(text)) throw new DecodeError('uuid', 'the version is not one of 1 to 8, or the variant another', 14);
  return Number.parseInt(text.charAt(14), 16);
}

/** When a UUID of version 1, 6 or 7 was made, in milliseconds since the Unix epoch; `undefined` for the others. @throws DecodeError */
export function uuidTime(text: Uuid): number | undefined {
  const version = uuidVersion(text);
  const view = new DataView(parseUuid(text).buffer);
  if (version === 7) return view.getUint32(0) * 2 ** 16 + view.getUint16(4);
  const [first, second, third] = [view.getUint32(0), view.getUint16(4), view.getUint16(6) & 0xfff].map(BigInt) as [
    bigint,
    bigint,
    bigint,
  ];
  if (version === 1) return fromGregorian((third << 48n) | (second << 32n) | first);
  if (version === 6) return fromGregorian((first << 28n) | (second << 12n) | third);
  return undefined;
}

function fromGregorian(units: bigint): number {
  return Number(units - GREGORIAN_UNITS) / 10_000;
}
