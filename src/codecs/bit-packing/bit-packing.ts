/**
 * Bit packing: u32 in as many bits as the widest of 128 needs, four lanes side by side.
 *
 * D. Lemire, L. Boytsov, "Decoding billions of integers per second through vectorization", 2015 (SIMD-BP128).
 *
 * A blob, little-endian, of n values in b = ⌈n / 128⌉ blocks:
 *
 *     offset  size  meaning
 *          0     4  magic "ASHB"
 *          4     1  version, 1
 *          5     3  zero
 *          8     4  n
 *         12     b  width of each block, 0 to 32 bits
 *          …     …  the blocks, 16 × width bytes each; the last is filled up with zeros
 *
 * In a block, value i stands in the 32-bit lane i mod 4 behind value i − 4, low bits first.
 *
 * Three values 1, 2, 3: 41 53 48 42  01 00 00 00  03 00 00 00  02, then 32 bytes 01 00 00 00 02 00 00 00 03 00 00 00 00…
 */

import { Arena } from '../../../bindings/arena.js';
import { DecodeError } from '../../../bindings/decode-error.js';
import { type IntegersKernel, integersKernel } from '../../../bindings/kernels/codecs/integers.js';
import {
  asU32,
  checkBytes,
  checkRoom,
  checkWords,
  PIECE_WORDS,
  putBytes,
  putWords,
  stage,
} from '../../../bindings/staging.js';

export interface BitPackingOptions {
  /** Where the work is done. Default `Arena.default`. */
  arena?: Arena;
}

const MAGIC = [0x41, 0x53, 0x48, 0x42];
const VERSION = 1;
const HEADER_BYTES = 12;
const BLOCK = 128;
const PIECE_BLOCKS = PIECE_WORDS / BLOCK;
const SLACK_BYTES = 16;

/** A self-describing blob of up to 2^32 − 1 values. O(n). @throws TypeError; ArenaFullError */
function encode(values: Uint32Array, options: BitPackingOptions = {}): Uint8Array<ArrayBuffer> {
  checkWords(values, 'values');
  const blocks = Math.ceil(values.length / BLOCK);
  const widths = new Uint8Array(blocks);
  const pieces: Uint8Array[] = [];
  let bytes = HEADER_BYTES + blocks;
  const { arena, kernel, words, heads, packed } = prepare(options, values.length, values);
  for (let first = 0; first < values.length; first += PIECE_WORDS) {
    const piece = values.subarray(first, first + PIECE_WORDS);
    const count = Math.ceil(piece.length / BLOCK);
    putPadded(arena, words, piece);
    const end = kernel.packBlocks(words, count, heads, packed) >>> 0;
    const u8 = arena.u8Until(end);
    widths.set(u8.subarray(heads, heads + count), first / BLOCK);
    pieces.push(u8.slice(packed, end));
    bytes += end - packed;
  }
  const out = new Uint8Array(bytes);
  out.set(MAGIC);
  out[4] = VERSION;
  new DataView(out.buffer).setUint32(8, values.length, true);
  out.set(widths, HEADER_BYTES);
  let at = HEADER_BYTES + blocks;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}

/**
 * The values of a blob. O(n). Allocates only what the widths that are there account for, 512 bytes each.
 *
 * @throws DecodeError when the bytes are truncated, of another format or of a later version. There is no checksum
 */
function decode(bytes: Uint8Array, options: BitPackingOptions = {}): Uint32Array<ArrayBuffer> {
  return decodeInto(new Uint32Array(countOf(bytes)), bytes, options) as Uint32Array<ArrayBuffer>;
}

/** `decode` to `out`, which needs `countOf(bytes)` elements; returns `out`. @throws RangeError also when it is shorter */
function decodeInto(out: Uint32Array, bytes: Uint8Array, options: BitPackingOptions = {}): Uint32Array {
  checkWords(out, 'out');
  const count = countOf(bytes);
  checkRoom(out, count);
  const blocks = Math.ceil(count / BLOCK);
  const { arena, kernel, words, heads, packed } = prepare(options, count, bytes, out);
  const target = asU32(out);
  let at = HEADER_BYTES + blocks;
  for (let first = 0; first < blocks; first += PIECE_BLOCKS) {
    const some = Math.min(PIECE_BLOCKS, blocks - first);
    putBytes(arena, heads, bytes.subarray(HEADER_BYTES + first, HEADER_BYTES + first + some));
    const length = kernel.unpackedBytes(heads, some) >>> 0;
    if (at + length > bytes.length) throw damaged('widths that the data does not have', HEADER_BYTES + first);
    putBytes(arena, packed, bytes.subarray(at, at + length));
    kernel.unpackBlocks(packed, some, heads, words);
    const from = first * BLOCK;
    const wanted = Math.min(some * BLOCK, count - from);
    target.set(arena.u32.subarray(words >>> 2, (words >>> 2) + wanted), from);
    at += length;
  }
  if (at !== bytes.length) throw damaged('bytes follow the last block', at);
  return out;
}

/** How many values a blob holds. O(1). @throws DecodeError */
function countOf(bytes: Uint8Array): number {
  checkBytes(bytes, 'A packed blob');
  for (let i = 0; i < MAGIC.length; i++) if (bytes[i] !== MAGIC[i]) throw damaged('it does not begin with "ASHB"', i);
  if (bytes[4] !== VERSION) throw damaged(`version ${bytes[4] ?? 'missing'}, this reads version ${VERSION}`, 4);
  if (bytes.length < HEADER_BYTES || bytes[5] !== 0 || bytes[6] !== 0 || bytes[7] !== 0)
    throw damaged('a bad header', 5);
  const count = new DataView(bytes.buffer, bytes.byteOffset + 8, 4).getUint32(0, true);
  if (HEADER_BYTES + Math.ceil(count / BLOCK) > bytes.length) throw damaged(`${count} values are not there`, 8);
  return count;
}

/** Bits of the widest value, 0 to 32. O(n). */
function widthOf(values: Uint32Array, options: BitPackingOptions = {}): number {
  checkWords(values, 'values');
  const { arena, kernel, words } = prepare(options, values.length, values);
  let width = 0;
  for (let first = 0; first < values.length; first += PIECE_WORDS) {
    const piece = values.subarray(first, first + PIECE_WORDS);
    putPadded(arena, words, piece);
    width = Math.max(width, kernel.widthOf(words, piece.length));
  }
  return width;
}

/**
 * Blocks of one width without header or widths; returns the bytes written, 16 × width for each 128 values begun.
 *
 * @throws RangeError when `width` is not 0 to 32, a value is wider, or `out` is too short: nothing is then written
 */
function packInto(out: Uint8Array, values: Uint32Array, width: number, options: BitPackingOptions = {}): number {
  checkBytes(out, 'out');
  const bytes = packedBytes(values.length, width);
  const widest = widthOf(values, options);
  if (widest > width) throw new RangeError(`A value has ${widest} bits, more than the width ${width}`);
  checkRoom(out, bytes);
  const { arena, kernel, words, packed } = prepare(options, values.length, values, out);
  for (let first = 0; first < values.length; first += PIECE_WORDS) {
    const piece = values.subarray(first, first + PIECE_WORDS);
    putPadded(arena, words, piece);
    let to = packed;
    for (let block = 0; block < piece.length; block += BLOCK) to = kernel.packBlock(words + 4 * block, width, 0, to);
    out.set(arena.u8Until(to).subarray(packed, to), (first / 8) * width);
  }
  return bytes;
}

/** Fills `out` from blocks of one width. @throws RangeError when `bytes` has fewer than these take */
function unpackInto(out: Uint32Array, bytes: Uint8Array, width: number, options: BitPackingOptions = {}): Uint32Array {
  checkBytes(bytes, 'bytes');
  checkWords(out, 'out');
  const length = packedBytes(out.length, width);
  if (bytes.length < length) {
    throw new RangeError(`${out.length} values of ${width} bits take ${length} bytes, got ${bytes.length}`);
  }
  const { arena, kernel, words, packed } = prepare(options, out.length, bytes, out);
  for (let first = 0; first < out.length; first += PIECE_WORDS) {
    const count = Math.min(PIECE_WORDS, out.length - first);
    const from = (first / 8) * width;
    putBytes(arena, packed, bytes.subarray(from, from + packedBytes(count, width)));
    let at = packed;
    for (let block = 0; block < count; block += BLOCK) at = kernel.unpackBlock(at, width, 0, words + 4 * block);
    out.set(arena.u32.subarray(words >>> 2, (words >>> 2) + count), first);
  }
  return out;
}

/** Bytes that `packInto` writes. O(1). @throws RangeError */
function packedBytes(count: number, width: number): number {
  if (!Number.isInteger(width) || width < 0 || width > 32) {
    throw new RangeError(`width must be an integer from 0 to 32, got ${width}`);
  }
  return 16 * width * Math.ceil(count / BLOCK);
}

export const bitPacking: {
  readonly encode: typeof encode;
  readonly decode: typeof decode;
  readonly decodeInto: typeof decodeInto;
  readonly countOf: typeof countOf;
  readonly widthOf: typeof widthOf;
  readonly packInto: typeof packInto;
  readonly unpackInto: typeof unpackInto;
  readonly packedBytes: typeof packedBytes;
} = { encode, decode, decodeInto, countOf, widthOf, packInto, unpackInto, packedBytes };

interface Places {
  readonly arena: Arena;
  readonly kernel: IntegersKernel;
  readonly words: number;
  readonly packed: number;
  readonly heads: number;
}

/** Room for a piece of words, what it packs to, and a width for each block. */
function prepare(options: BitPackingOptions, count: number, ...views: readonly ArrayBufferView[]): Places {
  const arena = options.arena ?? Arena.default;
  const kernel = arena.kernel(integersKernel);
  const room = Math.ceil(Math.min(count, PIECE_WORDS) / BLOCK) * 4 * BLOCK;
  const words = stage(arena, 2 * room + PIECE_BLOCKS + SLACK_BYTES, ...views);
  return { arena, kernel, words, packed: words + room, heads: words + 2 * room + SLACK_BYTES };
}

/** Words at `at`, filled up to whole blocks with zeros. */
function putPadded(arena: Arena, at: number, piece: Uint32Array): void {
  putWords(arena, at, piece);
  const end = Math.ceil(piece.length / BLOCK) * BLOCK;
  arena.u32.fill(0, (at >>> 2) + piece.length, (at >>> 2) + end);
}

function damaged(problem: string, offset: number): DecodeError {
  return new DecodeError('bit-packing', problem, offset);
}
