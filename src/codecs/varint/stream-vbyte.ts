/**
 * Stream VByte: u32 in one to four bytes, their lengths in a stream apart, so that sixteen bytes are decoded by one
 * shuffle. The standard layout: ⌈n / 4⌉ control bytes, then the data; how many values there are is for the caller to
 * know.
 *
 * D. Lemire, N. Kurz, C. Rupp, "Stream VByte: Faster Byte-Oriented Integer Compression", 2018.
 */

import { DecodeError } from '../../../bindings/decode-error.js';
import { checkBytes, checkWords, PIECE_WORDS, putBytes, putWords, stage } from '../../../bindings/staging.js';
import { tools, type VarintOptions } from './leb128.js';

const TABLE_BYTES = 4352;
const SLACK_BYTES = 32;

/** O(n); at most 4.25 bytes a value, and one. @throws TypeError; ArenaFullError */
function encode(values: Uint32Array, options: VarintOptions = {}): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(Math.ceil(values.length / 4) + 4 * values.length);
  return out.slice(0, encodeInto(out, values, options));
}

/**
 * `encode` to `out`; returns the bytes written.
 *
 * @throws RangeError when they do not fit
 */
function encodeInto(out: Uint8Array, values: Uint32Array, options: VarintOptions = {}): number {
  checkBytes(out, 'out');
  checkWords(values, 'values');
  const { arena, kernel } = tools(options);
  const room = Math.min(PIECE_WORDS, values.length);
  const from = stage(arena, 9 * room + SLACK_BYTES, values, out);
  const controls = from + 4 * room;
  const data = controls + room;
  let at = Math.ceil(values.length / 4);
  if (at > out.length) throw new RangeError(`out has ${out.length} bytes, more are needed`);
  for (let first = 0; first < values.length; first += PIECE_WORDS) {
    const piece = values.subarray(first, first + PIECE_WORDS);
    putWords(arena, from, piece);
    const end = kernel.streamVByteEncode(from, piece.length, controls, data) >>> 0;
    if (at + end - data > out.length) throw new RangeError(`out has ${out.length} bytes, more are needed`);
    const u8 = arena.u8Until(end);
    out.set(u8.subarray(controls, controls + Math.ceil(piece.length / 4)), first / 4);
    out.set(u8.subarray(data, end), at);
    at += end - data;
  }
  return at;
}

/**
 * The `count` values of `bytes`. O(count).
 *
 * @throws RangeError when `count` is no count; DecodeError when the bytes are fewer or more than `count` values take
 */
function decode(bytes: Uint8Array, count: number, options: VarintOptions = {}): Uint32Array<ArrayBuffer> {
  checkBytes(bytes, 'The encoded bytes');
  if (!Number.isSafeInteger(count) || count < 0) throw new RangeError(`count must not be negative, got ${count}`);
  // Before anything is allocated: a value takes a byte and a quarter at least.
  if (Math.ceil(count / 4) + count > bytes.length) throw short(bytes.length, count);
  return decodeInto(new Uint32Array(count), bytes, options) as Uint32Array<ArrayBuffer>;
}

/** Fills `out` with as many values as it has; `bytes` must hold exactly these. @throws DecodeError */
function decodeInto(out: Uint32Array, bytes: Uint8Array, options: VarintOptions = {}): Uint32Array {
  checkBytes(bytes, 'The encoded bytes');
  checkWords(out, 'out');
  const { arena, kernel } = tools(options);
  const count = out.length;
  const room = Math.min(PIECE_WORDS, count) + 4;
  // Whatever the control bytes say, a piece reads no more than four bytes a value: that much is staged or zero.
  const tables = stage(arena, TABLE_BYTES + 9 * room + SLACK_BYTES + 8, bytes, out);
  const to = tables + TABLE_BYTES;
  const controls = to + 4 * room;
  const data = controls + ((room + 7) & ~7);
  kernel.streamVByteTables(tables);
  let at = Math.ceil(count / 4);
  if (at > bytes.length) throw short(bytes.length, count);
  for (let first = 0; first < count; first += PIECE_WORDS) {
    const words = Math.min(PIECE_WORDS, count - first);
    putBytes(arena, controls, bytes.subarray(first / 4, Math.ceil((first + words) / 4)));
    putBytes(arena, data, bytes.subarray(at, at + 4 * words));
    const used = (kernel.streamVByteDecode(tables, controls, data, to, words) >>> 0) - data;
    if (at + used > bytes.length) throw short(bytes.length, count);
    out.set(arena.u32.subarray(to >>> 2, (to >>> 2) + words), first);
    at += used;
  }
  if (at !== bytes.length) throw new DecodeError('Stream VByte', `bytes follow the ${count} values`, at);
  return out;
}

export const streamVByte: {
  readonly encode: typeof encode;
  readonly encodeInto: typeof encodeInto;
  readonly decode: typeof decode;
  readonly decodeInto: typeof decodeInto;
} = { encode, encodeInto, decode, decodeInto };

function short(length: number, count: number): DecodeError {
  return new DecodeError('Stream VByte', `${count} values do not end in these bytes`, length);
}
