/** ULIDs as text, bytes and UUIDs (github.com/ulid/spec). */

import { DecodeError } from '../../../bindings/decode-error.js';
import { checkBytes, checkRoom } from '../../../bindings/staging.js';

/** Twenty-six characters of Crockford's base32, in upper case as everything here writes it. */
export type Ulid = string;

export const MIN_ULID: Ulid = '00000000000000000000000000';
/** 2^128 − 1: no ULID is greater. */
export const MAX_ULID: Ulid = '7ZZZZZZZZZZZZZZZZZZZZZZZZZ';
/** 2^48 − 1: the year 10889. */
export const MOST_ULID_MS = 0xffff_ffff_ffff;

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = 26;
const NONE = 255;
const DIGITS = /* @__PURE__ */ digitsByCode();
const FORM = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/i;
const UUID_FORM = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** Whether a value is the text of a ULID, in either case, without the aliases I, L and O. */
export function isUlid(value: unknown): value is Ulid {
  return typeof value === 'string' && FORM.test(value);
}

/**
 * The sixteen bytes of a ULID. Either case is taken, and I and L for 1, O for 0, as Crockford has it.
 *
 * @throws DecodeError when the text is none, or above `MAX_ULID`
 */
export function parseUlid(text: Ulid): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(16);
  parseUlidInto(out, text);
  return out;
}

/** As `parseUlid`, into `out` at `offset`; returns `out`. */
export function parseUlidInto(out: Uint8Array, text: Ulid, offset = 0): Uint8Array {
  checkTarget(out, offset);
  checkText(text);
  const bytes = new Uint8Array(16);
  let held = digitAt(text, 0);
  let bits = 3;
  for (let i = 1, at = 0; i < LENGTH; i++) {
    held = ((held << 5) | digitAt(text, i)) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = held >>> bits;
    }
  }
  // Nothing is written unless all of it was read.
  out.set(bytes, offset);
  return out;
}

function checkText(text: unknown): asserts text is string {
  if (typeof text !== 'string') throw new TypeError(`A ULID must be a string, got ${typeof text}`);
  if (text.length !== LENGTH) throw new DecodeError('ulid', `it has ${LENGTH} characters, got ${text.length}`, 0);
  if (digitAt(text, 0) > 7) throw new DecodeError('ulid', `it is above ${MAX_ULID}, more than 128 bits`, 0);
}

function digitAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  const digit = code < 128 ? (DIGITS[code] as number) : NONE;
  if (digit !== NONE) return digit;
  throw new DecodeError(
    'ulid',
    `a digit of Crockford's base32 belongs here, got ${JSON.stringify(text.charAt(at))}`,
    at,
  );
}

/** Value of a digit by its character code, of either case, with the aliases. */
function digitsByCode(): Uint8Array {
  const table = new Uint8Array(128).fill(NONE);
  for (const [digits, value] of [
    ...[...ALPHABET].map((letter, i) => [letter, i] as const),
    ['IL', 1],
    ['O', 0],
  ] as const) {
    for (const letter of digits + digits.toLowerCase()) table[letter.charCodeAt(0)] = value;
  }
  return table;
}

/** The ULID of the sixteen bytes at `offset`: every sixteen bytes are one. */
export function stringifyUlid(bytes: Uint8Array, offset = 0): Ulid {
  checkTarget(bytes, offset);
  let text = '';
  // The first digit has three bits, the others five.
  let bits = 2;
  let held = 0;
  for (let i = 0; i < 16; i++) {
    held = ((held << 8) | (bytes[offset + i] as number)) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET.charAt((held >>> bits) & 31);
    }
  }
  return text;
}

/** Character code of the low five bits as a digit. */
export function digitCode(value: number): number {
  return ALPHABET.charCodeAt(value & 31);
}

/** The ten digits of a time. */
export function timeText(ms: number): string {
  let text = '';
  for (let rest = ms, i = 0; i < 10; i++, rest = Math.floor(rest / 32)) text = ALPHABET.charAt(rest % 32) + text;
  return text;
}

/** When a ULID was made, in milliseconds since the Unix epoch. @throws DecodeError */
export function decodeTime(text: Ulid): number {
  checkText(text);
  let ms = 0;
  for (let i = 0; i < LENGTH; i++) {
    const digit = digitAt(text, i);
    if (i < 10) ms = ms * 32 + digit;
  }
  return ms;
}

/** The same sixteen bytes as a UUID's text. It has no version of its own. @throws DecodeError */
export function ulidToUuid(text: Ulid): string {
  const digits = Array.from(parseUlid(text), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** The ULID of the sixteen bytes of a UUID; that of a version 7 has its time. @throws DecodeError */
export function uuidToUlid(uuid: string): Ulid {
  if (typeof uuid !== 'string') throw new TypeError(`A UUID must be a string, got ${typeof uuid}`);
  if (!UUID_FORM.test(uuid)) throw new DecodeError('uuid', `${JSON.stringify(uuid.slice(0, 40))} is none`, 0);
  const digits = uuid.replaceAll('-', '');
  return stringifyUlid(Uint8Array.from({ length: 16 }, (_, i) => Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16)));
}

/** Refuses what has no sixteen bytes at `offset`. */
function checkTarget(out: Uint8Array, offset: number): void {
  checkBytes(out, 'What holds a ULID');
  if (!(Number.isInteger(offset) && offset >= 0))
    throw new RangeError(`offset must be an integer from 0, got ${offset}`);
  checkRoom(out, offset + 16);
}
