/**
 * Patched frame of reference: integers as distances from the least of their 128, in as many bits as most of them need.
 *
 * M. Zukowski et al., "Super-Scalar RAM-CPU Cache Compression", 2006; D. Lemire, L. Boytsov, "Decoding billions of
 * integers per second through vectorization", 2015.
 *
 * A blob, little-endian, of n values in b = ⌈n / 128⌉ blocks:
 *
 *     offset  size  meaning
 *          0     4  magic "ASHF"
 *          4     1  version, 1
 *          5     1  elements: 2 u32, 3 i32, 4 u64, 5 i64
 *          6     2  zero
 *          8     4  n
 *         12     …  an entry for each block, 12 bytes or, of 64-bit elements, 16:
 *                     0  u32   where in the blob its data begins; blocks follow each other without a gap
 *                     4  u8    width w in bits
 *                     5  u8    exceptions e, 0 to 128
 *                     6  u8    bytes p of an exception's upper part, 0 when there is none
 *                     7  u8    zero
 *                     8  4, 8  the least value m
 *          …     …  the data of each block: 16 × w bytes; e indices of a byte, rising; e upper parts of p bytes
 *
 * Value i of a block is m + low + 2^w × upper, modulo 2^32 or 2^64: `low` stands in the 32-bit lane i mod 4 behind that
 * of i − 4, and `upper` is 0 but for the exceptions. Where w is above 32, the low 32 bits of all come first, then the
 * w − 32 above them. A last block that is short is filled up with copies of its last value.
 *
 * Three values 5, 6, 7 of u32: 41 53 48 46  01 02 00 00  03 00 00 00, the entry 18 00 00 00  02 00 00 00  05 00 00 00,
 * then 32 bytes a8 aa aa aa  a9 aa aa aa  aa aa … (0, 1, 2 and 125 copies of 2, in two bits each).
 */

import { Arena } from '../../../bindings/arena.js';
import { DecodeError } from '../../../bindings/decode-error.js';
import {
  bytesOf,
  checkIndex,
  checkRange,
  type ElementKind,
  kindById,
  kindOf,
  u32At,
  type WideArray,
  type WordArray,
} from '../../../bindings/elements.js';
import {
  type FrameOfReferenceKernel,
  frameOfReferenceKernel,
  SCRATCH_BYTES,
  SLACK_BYTES,
} from '../../../bindings/kernels/codecs/frame-of-reference.js';
import { checkBytes, checkRoom, PIECE_WORDS, putBytes, stage } from '../../../bindings/staging.js';

export interface FrameOfReferenceOptions {
  /** Where the work is done. Default `Arena.default`. */
  arena?: Arena;
}

/** What can be encoded. */
export type FrameOfReferenceValues = WordArray | WideArray;

const MAGIC = [0x41, 0x53, 0x48, 0x46];
const VERSION = 1;
const HEADER_BYTES = 12;
const BLOCK = 128;
const PIECE_BLOCKS = PIECE_WORDS / BLOCK;
const NAMES: readonly string[] = ['Uint32Array', 'Int32Array', 'BigUint64Array', 'BigInt64Array'];

/**
 * A self-describing blob of up to 2^32 − 1 values that takes less than 4 GiB. O(n).
 *
 * @throws TypeError; RangeError when the blob would be too large; ArenaFullError
 */
function encode(values: FrameOfReferenceValues, options: FrameOfReferenceOptions = {}): Uint8Array<ArrayBuffer> {
  const kind = kindOf(values, 'values', NAMES);
  const blocks = Math.ceil(values.length / BLOCK);
  const head = HEADER_BYTES + blocks * entryBytes(kind);
  if (head + values.byteLength + 8 * BLOCK >= 2 ** 32) {
    throw new RangeError(`values must take less than 4 GiB with their directory, got ${values.byteLength} bytes`);
  }
  const directory = new Uint8Array(head);
  const pieces: Uint8Array[] = [];
  const places = prepare(options, kind, values.length, values);
  const { arena, kernel } = places;
  const run = kind.bytes === 4 ? kernel.encodeBlocks32 : kernel.encodeBlocks64;
  const signed = kind.name.includes('Int') && !kind.name.includes('Uint') ? 1 : 0;
  let offset = head;
  for (let first = 0; first < values.length; first += PIECE_WORDS) {
    const piece = values.subarray(first, first + PIECE_WORDS);
    const count = Math.ceil(piece.length / BLOCK);
    putPadded(arena, places.values, bytesOf(piece), kind, count);
    const end = run(places.values, count, signed, places.entries, offset, places.data, places.scratch) >>> 0;
    const u8 = arena.u8Until(end);
    const entries = u8.subarray(places.entries, places.entries + count * entryBytes(kind));
    directory.set(entries, HEADER_BYTES + (first / BLOCK) * entryBytes(kind));
    pieces.push(u8.slice(places.data, end));
    offset += end - places.data;
  }
  directory.set(MAGIC);
  directory[4] = VERSION;
  directory[5] = kind.id;
  new DataView(directory.buffer).setUint32(8, values.length, true);
  const out = new Uint8Array(offset);
  out.set(directory);
  offset = head;
  for (const piece of pieces) {
    out.set(piece, offset);
    offset += piece.length;
  }
  return out;
}

/**
 * The values of a blob, in an array of the kind that was encoded. O(n). Allocates only what the directory accounts for,
 * 64 bytes at most for each of its own.
 *
 * @throws DecodeError when the bytes are truncated, of another format or of a later version. There is no checksum
 */
function decode(bytes: Uint8Array, options: FrameOfReferenceOptions = {}): FrameOfReferenceValues {
  const { kind, count } = headerOf(bytes);
  return decodeInto(kind.make(count) as FrameOfReferenceValues, bytes, options);
}

/**
 * `decode` to `out`, an array of the blob's kind with at least `countOf(bytes)` elements; returns `out`. When the bytes
 * turn out to be damaged, `out` may have been written to.
 *
 * @throws DecodeError; TypeError when `out` is of another kind; RangeError when it is shorter
 */
function decodeInto<Values extends FrameOfReferenceValues>(
  out: Values,
  bytes: Uint8Array,
  options: FrameOfReferenceOptions = {},
): Values {
  const header = headerOf(bytes);
  const end = decodeBlocks(out, bytes, header, 0, header.count, options);
  if (end !== bytes.length) throw damaged('bytes follow the last block', end);
  return out;
}

/** Values `from` to `to` − 1. O(to − from): only the blocks that hold them are looked at. @throws also RangeError */
function decodeRange(
  bytes: Uint8Array,
  from: number,
  to: number,
  options: FrameOfReferenceOptions = {},
): FrameOfReferenceValues {
  const header = headerOf(bytes);
  checkRange(from, to, header.count);
  const out = header.kind.make(to - from) as FrameOfReferenceValues;
  decodeBlocks(out, bytes, header, from, to, options);
  return out;
}

/** `decodeRange` to `out`; returns `out`. */
function decodeRangeInto<Values extends FrameOfReferenceValues>(
  out: Values,
  bytes: Uint8Array,
  from: number,
  to: number,
  options: FrameOfReferenceOptions = {},
): Values {
  const header = headerOf(bytes);
  checkRange(from, to, header.count);
  decodeBlocks(out, bytes, header, from, to, options);
  return out;
}

/** Value `index`, a bigint when the elements have 64 bits. O(1), and O(log e) of the block's exceptions. @throws also RangeError */
function at(bytes: Uint8Array, index: number): number | bigint {
  const { kind, count } = headerOf(bytes);
  checkIndex(index, count);
  const entry = HEADER_BYTES + Math.floor(index / BLOCK) * entryBytes(kind);
  const data = u32At(bytes, entry);
  const width = bytes[entry + 4] as number;
  const exceptions = bytes[entry + 5] as number;
  const patchBytes = bytes[entry + 6] as number;
  const last = data + 16 * width + exceptions * (1 + patchBytes);
  const bits = 8 * kind.bytes;
  if (last > bytes.length || width > bits || patchBytes > kind.bytes || (exceptions > 0 && width === bits)) {
    throw damaged('a block that cannot be', entry);
  }
  const patch = exceptions === 0 ? -1 : find(bytes, data + 16 * width, exceptions, index % BLOCK);
  const upper = patch < 0 ? -1 : data + 16 * width + exceptions + patch * patchBytes;
  const low = unpackOne(bytes, data, Math.min(width, 32), index % BLOCK);
  if (kind.bytes === 4) {
    let value = u32At(bytes, entry + 8) + low;
    if (upper >= 0) for (let i = 0; i < patchBytes; i++) value += ((bytes[upper + i] as number) << (8 * i)) << width;
    return kind.name === 'Uint32Array' ? value >>> 0 : value | 0;
  }
  let value = (BigInt(u32At(bytes, entry + 12)) << 32n) + BigInt(u32At(bytes, entry + 8)) + BigInt(low);
  if (width > 32) value += BigInt(unpackOne(bytes, data + 512, width - 32, index % BLOCK)) << 32n;
  if (upper >= 0) {
    for (let i = 0; i < patchBytes; i++) value += BigInt(bytes[upper + i] as number) << BigInt(8 * i + width);
  }
  return kind.name === 'BigUint64Array' ? BigInt.asUintN(64, value) : BigInt.asIntN(64, value);
}

/** How many values a blob holds. O(1). @throws DecodeError */
function countOf(bytes: Uint8Array): number {
  return headerOf(bytes).count;
}

export const frameOfReference: {
  readonly encode: typeof encode;
  readonly decode: typeof decode;
  readonly decodeInto: typeof decodeInto;
  readonly decodeRange: typeof decodeRange;
  readonly decodeRangeInto: typeof decodeRangeInto;
  readonly at: typeof at;
  readonly countOf: typeof countOf;
} = { encode, decode, decodeInto, decodeRange, decodeRangeInto, at, countOf };

interface Header {
  readonly kind: ElementKind;
  readonly count: number;
}

function headerOf(bytes: Uint8Array): Header {
  checkBytes(bytes, 'A frame-of-reference blob');
  for (let i = 0; i < MAGIC.length; i++) if (bytes[i] !== MAGIC[i]) throw damaged('it does not begin with "ASHF"', i);
  if (bytes[4] !== VERSION) throw damaged(`version ${bytes[4] ?? 'missing'}, this reads version ${VERSION}`, 4);
  const kind = kindById(bytes[5]);
  if (kind === undefined || kind.bytes < 4 || kind.name === 'Float64Array')
    throw damaged('an unknown kind of elements', 5);
  if (bytes.length < HEADER_BYTES || bytes[6] !== 0 || bytes[7] !== 0) throw damaged('a bad header', 6);
  const count = u32At(bytes, 8);
  if (headBytes(kind, count) > bytes.length) throw damaged(`${count} values are not there`, 8);
  return { kind, count };
}

/** Decodes the blocks of values [from, to) to the start of `out`; returns where in the blob the last one ends. */
function decodeBlocks(
  out: FrameOfReferenceValues,
  bytes: Uint8Array,
  { kind, count }: Header,
  from: number,
  to: number,
  options: FrameOfReferenceOptions,
): number {
  kindOf(out, 'out', [kind.name]);
  checkRoom(out, to - from);
  const size = entryBytes(kind);
  const begin = Math.floor(from / BLOCK);
  const end = from === to ? begin : Math.ceil(to / BLOCK);
  const blocks = Math.ceil(count / BLOCK);
  const places = prepare(options, kind, (end - begin) * BLOCK, bytes, out);
  const { arena, kernel } = places;
  const run = kind.bytes === 4 ? kernel.decodeBlocks32 : kernel.decodeBlocks64;
  const target = bytesOf(out);
  let last = headBytes(kind, count);
  for (let first = begin; first < end; first += PIECE_BLOCKS) {
    const some = Math.min(PIECE_BLOCKS, end - first);
    const entry = HEADER_BYTES + first * size;
    const start = u32At(bytes, entry);
    const stop = first + some < blocks ? u32At(bytes, entry + some * size) : bytes.length;
    // What follows the data of the last block is not the kernel's: its check of that block's length bounds it.
    last = Math.min(stop, start + some * dataRoom(kind));
    if (start < headBytes(kind, count) || stop < start || stop > bytes.length) throw damaged('a bad offset', entry);
    putBytes(arena, places.entries, bytes.subarray(entry, entry + some * size));
    putBytes(arena, places.data, bytes.subarray(start, last));
    const whole = run(places.entries, some, places.data, start, last, places.values, places.scratch) >>> 0;
    if (whole !== some) throw damaged('a block that cannot be', entry + whole * size);
    const skipped = Math.max(0, from - first * BLOCK) * kind.bytes;
    const wanted = Math.min(some * BLOCK, to - first * BLOCK) * kind.bytes;
    const decoded = arena.u8Until(places.values + wanted).subarray(places.values + skipped, places.values + wanted);
    target.set(decoded, Math.max(0, first * BLOCK - from) * kind.bytes);
    last = start + dataBytes(bytes, entry, some, size);
    if (first + some < blocks && last !== stop) throw damaged('a gap between blocks', entry);
  }
  return last;
}

/** Bytes of the data of successive blocks, from their entries. */
function dataBytes(bytes: Uint8Array, entry: number, blocks: number, size: number): number {
  const at = entry + (blocks - 1) * size;
  const [width, exceptions, patchBytes] = bytes.subarray(at + 4, at + 7) as unknown as [number, number, number];
  return u32At(bytes, at) - u32At(bytes, entry) + 16 * width + exceptions * (1 + patchBytes);
}

/** Position of `index` among the `count` rising bytes at `from`, or −1. */
function find(bytes: Uint8Array, from: number, count: number, index: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((bytes[from + middle] as number) < index) low = middle + 1;
    else high = middle;
  }
  return low < count && bytes[from + low] === index ? low : -1;
}

/** Value `index` of a packed block at `data`, which is there. */
function unpackOne(bytes: Uint8Array, data: number, width: number, index: number): number {
  if (width === 0) return 0;
  const bit = (index >> 2) * width;
  const word = data + 16 * (bit >> 5) + 4 * (index & 3);
  const shift = bit & 31;
  let value = u32At(bytes, word) >>> shift;
  if (shift + width > 32) value |= u32At(bytes, word + 16) << (32 - shift);
  return width === 32 ? value >>> 0 : value & (2 ** width - 1);
}

function entryBytes(kind: ElementKind): number {
  return 8 + kind.bytes;
}

function headBytes(kind: ElementKind, count: number): number {
  return HEADER_BYTES + Math.ceil(count / BLOCK) * entryBytes(kind);
}

/** The most that the data of a block can take, as far as its entry can be true. */
function dataRoom(kind: ElementKind): number {
  return BLOCK * (1 + 2 * kind.bytes);
}

interface Places {
  readonly arena: Arena;
  readonly kernel: FrameOfReferenceKernel;
  readonly values: number;
  readonly entries: number;
  readonly data: number;
  readonly scratch: number;
}

/** Room for a piece of values, their entries, and what they become. */
function prepare(
  options: FrameOfReferenceOptions,
  kind: ElementKind,
  count: number,
  ...views: readonly ArrayBufferView[]
): Places {
  const arena = options.arena ?? Arena.default;
  const kernel = arena.kernel(frameOfReferenceKernel);
  const blocks = Math.ceil(Math.min(count, PIECE_WORDS) / BLOCK);
  const room = blocks * BLOCK * kind.bytes;
  const bytes = SCRATCH_BYTES + room + blocks * (entryBytes(kind) + dataRoom(kind)) + 2 * SLACK_BYTES;
  const scratch = stage(arena, bytes, ...views);
  const values = scratch + SCRATCH_BYTES;
  const entries = values + room;
  return { arena, kernel, scratch, values, entries, data: entries + blocks * entryBytes(kind) };
}

/** Values at `at`, filled up to whole blocks with the last one. */
function putPadded(arena: Arena, at: number, piece: Uint8Array, kind: ElementKind, blocks: number): void {
  putBytes(arena, at, piece);
  const u8 = arena.u8Until(at + blocks * BLOCK * kind.bytes);
  for (let to = at + piece.length; to < at + blocks * BLOCK * kind.bytes; to++) u8[to] = u8[to - kind.bytes] as number;
}

function damaged(problem: string, offset: number): DecodeError {
  return new DecodeError('frame-of-reference', problem, offset);
}
