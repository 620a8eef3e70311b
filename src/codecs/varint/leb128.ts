/**
 * LEB128: seven bits a byte, low bits first, the top bit set on all bytes but the last. Protocol Buffers' varints, and
 * the unsigned integers of DWARF and WebAssembly.
 *
 * Decoders accept padded forms (a value with zero groups on top) of up to five bytes for u32 and eight for doubles.
 */

import { Arena } from '../../../bindings/arena.js';
import { DecodeError } from '../../../bindings/decode-error.js';
import { type IntegersKernel, integersKernel } from '../../../bindings/kernels/codecs/integers.js';
import { checkBytes, describe, PIECE_WORDS, putBytes, putDoubles, stage } from '../../../bindings/staging.js';

export interface VarintOptions {
  /** Where the work is done. Default `Arena.default`. */
  arena?: Arena;
}

const MAX_BYTES_U32 = 5;
const MAX_BYTES_DOUBLE = 8;
const TWO_TO_32 = 2 ** 32;
/** What a kernel may write or read beyond its end. */
const SLACK_BYTES = 16;

/** Bytes of `value`, a safe non-negative integer, as LEB128: 1 to 8. O(1). @throws RangeError */
export function varintBytes(value: number): number {
  checkSafe(value, 0);
  return value < TWO_TO_32
    ? value < 128
      ? 1
      : value < 16_384
        ? 2
        : value < 2_097_152
          ? 3
          : value < 268_435_456
            ? 4
            : 5
    : value < 2 ** 35
      ? 5
      : value < 2 ** 42
        ? 6
        : value < 2 ** 49
          ? 7
          : 8;
}

/**
 * Writes one safe non-negative integer at `out[at]`; returns the index after it. O(1), no kernel call.
 *
 * @throws RangeError when the value is no such integer, or does not fit: nothing is then written
 */
export function writeVarint(out: Uint8Array, at: number, value: number): number {
  const end = at + varintBytes(value);
  if (!(at >= 0) || end > out.length) throw new RangeError(`${end - at} bytes do not fit at ${at} of ${out.length}`);
  let rest = value;
  for (; rest >= TWO_TO_32; rest = Math.floor(rest / 128)) out[at++] = (rest % 128) | 128;
  let low = rest >>> 0;
  for (; low > 127; low >>>= 7) out[at++] = (low & 127) | 128;
  out[at++] = low;
  return at;
}

/**
 * Reads one value of up to 2^53 − 1 at `bytes[at]`; the index after it is `at + varintBytes(value)` unless it was
 * padded, so it is returned, too. O(1).
 *
 * @throws DecodeError when the bytes end within it, or it is larger
 */
export function readVarint(bytes: Uint8Array, at: number): { value: number; end: number } {
  let value = 0;
  let scale = 1;
  for (let i = at; i < at + MAX_BYTES_DOUBLE; i++, scale *= 128) {
    const byte = bytes[i];
    if (byte === undefined) throw truncated(i);
    value += (byte & 127) * scale;
    if (byte < 128) {
      if (value > Number.MAX_SAFE_INTEGER) break;
      return { value, end: i + 1 };
    }
  }
  throw tooLarge(at, '53 bits');
}

/**
 * All values, one after the other. O(n).
 *
 * @param values u32, or doubles that are integers from 0 to 2^53 − 1
 * @throws TypeError; RangeError when a double is no such integer; ArenaFullError
 */
function encode(values: Uint32Array | Float64Array, options: VarintOptions = {}): Uint8Array<ArrayBuffer> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  encodePieces(values, options, (piece) => {
    pieces.push(piece.slice());
    bytes += piece.length;
  });
  const out = new Uint8Array(bytes);
  let at = 0;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}

/** `encode` to `out`; returns the bytes written. @throws RangeError also when they do not fit: what fitted is written */
function encodeInto(out: Uint8Array, values: Uint32Array | Float64Array, options: VarintOptions = {}): number {
  checkBytes(out, 'out');
  let at = 0;
  encodePieces(values, options, (piece) => {
    if (at + piece.length > out.length) throw new RangeError(`out has ${out.length} bytes, more are needed`);
    out.set(piece, at);
    at += piece.length;
  });
  return at;
}

function encodePieces(
  values: Uint32Array | Float64Array,
  options: VarintOptions,
  use: (piece: Uint8Array) => void,
): void {
  const wide = isDoubles(values);
  const { arena, kernel } = tools(options);
  const count = Math.min(PIECE_WORDS, values.length);
  const from = stage(arena, 16 * count + SLACK_BYTES, values);
  const to = from + 8 * count;
  for (let first = 0; first < values.length; first += PIECE_WORDS) {
    const piece = values.subarray(first, first + PIECE_WORDS);
    if (wide) putDoubles(arena, from, piece as Float64Array);
    else arena.u32.set(piece, from >>> 2);
    const end = (wide ? kernel.leb128EncodeDoubles : kernel.leb128Encode)(from, piece.length, to) >>> 0;
    if (end === 0) checkSafe(values[first + arena.resultLow] as number, first + arena.resultLow);
    use(arena.u8Until(end).subarray(to, end));
  }
}

/**
 * All values of `bytes`, each a u32. O(n).
 *
 * @throws DecodeError when the last value is not whole, or one has more than 32 bits or five bytes
 */
function decode(bytes: Uint8Array, options: VarintOptions = {}): Uint32Array<ArrayBuffer> {
  const out = new Uint32Array(countOf(bytes, options));
  decodeInto(out, bytes, options);
  return out;
}

/** All values of `bytes`, each up to 2^53 − 1. O(n). @throws DecodeError */
function decodeDoubles(bytes: Uint8Array, options: VarintOptions = {}): Float64Array<ArrayBuffer> {
  const out = new Float64Array(countOf(bytes, options));
  decodeInto(out, bytes, options);
  return out;
}

/**
 * Values of `bytes` to `out`, until one of them ends; returns how many. O(n).
 *
 * @throws DecodeError; what came before the damage is written
 */
function decodeInto(out: Uint32Array | Float64Array, bytes: Uint8Array, options: VarintOptions = {}): number {
  const wide = isDoubles(out);
  checkBytes(bytes, 'The encoded bytes');
  const { arena, kernel } = tools(options);
  const maxBytes = wide ? MAX_BYTES_DOUBLE : MAX_BYTES_U32;
  const pieceBytes = Math.min(4 * PIECE_WORDS, bytes.length);
  const to = stage(arena, 8 * PIECE_WORDS + pieceBytes + SLACK_BYTES, bytes, out);
  const from = to + 8 * PIECE_WORDS;
  let done = 0;
  for (let at = 0; at < bytes.length && done < out.length; ) {
    const piece = bytes.subarray(at, at + pieceBytes);
    putBytes(arena, from, piece);
    const wanted = Math.min(PIECE_WORDS, out.length - done);
    const stop = (wide ? kernel.leb128DecodeDoubles : kernel.leb128Decode)(from, from + piece.length, to, wanted) >>> 0;
    const count = arena.resultLow;
    if (wide) out.set(arena.f64.subarray(to >>> 3, (to >>> 3) + count), done);
    else out.set(arena.u32.subarray(to >>> 2, (to >>> 2) + count), done);
    done += count;
    at += stop - from;
    // It stopped for the end of the piece, or because it had enough; or at a value that is none.
    const left = piece.length - (stop - from);
    if (count < wanted && left > 0 && (left >= maxBytes || at + left === bytes.length)) throw broken(bytes, at, wide);
  }
  return done;
}

/** What is wrong with the value at `at`. */
function broken(bytes: Uint8Array, at: number, wide: boolean): DecodeError {
  const last = bytes.subarray(at, at + (wide ? MAX_BYTES_DOUBLE : MAX_BYTES_U32)).some((byte) => byte < 128);
  return last || bytes.length - at >= (wide ? MAX_BYTES_DOUBLE : MAX_BYTES_U32)
    ? tooLarge(at, wide ? '53 bits' : '32 bits')
    : truncated(bytes.length);
}

function countOf(bytes: Uint8Array, options: VarintOptions): number {
  checkBytes(bytes, 'The encoded bytes');
  const { arena, kernel } = tools(options);
  const room = Math.min(4 * PIECE_WORDS, bytes.length);
  const from = stage(arena, room, bytes);
  let count = 0;
  for (let at = 0; at < bytes.length; at += room) {
    const piece = bytes.subarray(at, at + room);
    putBytes(arena, from, piece);
    count += kernel.leb128Count(from, from + piece.length);
  }
  // A last value that is not whole is for the decoder to find, which would else have enough.
  return bytes.length > 0 && (bytes[bytes.length - 1] as number) > 127 ? count + 1 : count;
}

/** Arrays of values, one after the other. */
export const leb128: {
  readonly encode: typeof encode;
  readonly encodeInto: typeof encodeInto;
  readonly decode: typeof decode;
  readonly decodeDoubles: typeof decodeDoubles;
  readonly decodeInto: typeof decodeInto;
} = { encode, encodeInto, decode, decodeDoubles, decodeInto };

export function tools(options: VarintOptions): { arena: Arena; kernel: IntegersKernel } {
  const arena = options.arena ?? Arena.default;
  return { arena, kernel: arena.kernel(integersKernel) };
}

function isDoubles(values: unknown): values is Float64Array {
  const tag = Object.prototype.toString.call(values);
  if (tag === '[object Float64Array]') return true;
  if (tag === '[object Uint32Array]') return false;
  throw new TypeError(`Expected a Uint32Array or a Float64Array, got ${describe(values)}`);
}

function checkSafe(value: number, index: number): void {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`Value ${index} must be an integer from 0 to 2^53 − 1, got ${value}`);
  }
}

function truncated(at: number): DecodeError {
  return new DecodeError('LEB128', 'it ends inside a value', at);
}

function tooLarge(at: number, bits: string): DecodeError {
  return new DecodeError('LEB128', `a value of more than ${bits}, or one padded beyond that`, at);
}
