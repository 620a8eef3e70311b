/**
 * LZ4 blocks: fast compression without entropy coding. The raw block format, as LZ4_compress_default and
 * LZ4_decompress_safe have it: no header, no length, no checksum; frames are built around it.
 *
 * Y. Collet, "LZ4 Block Format Description".
 */

import { Arena } from '../../../bindings/arena.js';
import { DecodeError } from '../../../bindings/decode-error.js';
import { type Lz4Kernel, lz4Kernel } from '../../../bindings/kernels/codecs/lz4.js';
import { checkBytes, stage } from '../../../bindings/staging.js';

export interface Lz4Options {
  /** Where the work is done. Default `Arena.default`. */
  arena?: Arena;
}

/** The format's own limit, LZ4_MAX_INPUT_SIZE. */
const MAX_INPUT_BYTES = 0x7e00_0000;
/** Up to this the staging block serves; beyond it, a block that is given back after the call. */
const STAGED_BYTES = 256 * 1024;
/** One byte of a block stands for 255 at most. */
const MAX_RATIO = 255;
const SLACK_BYTES = 64;
const MIN_TABLE_BITS = 8;
const MAX_TABLE_BITS = 14;

/** The most bytes that `bytes` become: those that do not compress grow by 1 in 255. O(1). @throws RangeError */
function compressBound(bytes: number): number {
  if (!Number.isInteger(bytes) || bytes < 0 || bytes > MAX_INPUT_BYTES) {
    throw new RangeError(`LZ4 takes 0 to ${MAX_INPUT_BYTES} bytes, got ${bytes}`);
  }
  return bytes + Math.floor(bytes / 255) + 16;
}

/** One block. O(n). @throws TypeError; RangeError beyond 2 GB; ArenaFullError */
function compress(bytes: Uint8Array, options: Lz4Options = {}): Uint8Array<ArrayBuffer> {
  return run(bytes, options, (arena, from, end) => arena.u8Until(end).slice(from, end));
}

/** `compress` to `out`; returns the bytes written. @throws RangeError when they do not fit: nothing is then written */
function compressInto(out: Uint8Array, bytes: Uint8Array, options: Lz4Options = {}): number {
  checkBytes(out, 'out');
  return run(bytes, options, (arena, from, end) => {
    if (end - from > out.length) throw new RangeError(`out has ${out.length} bytes, ${end - from} are needed`);
    out.set(arena.u8Until(end).subarray(from, end));
    return end - from;
  });
}

function run<Result>(
  bytes: Uint8Array,
  options: Lz4Options,
  use: (arena: Arena, from: number, end: number) => Result,
): Result {
  checkBytes(bytes, 'bytes');
  const { length } = bytes;
  const bound = compressBound(length) + SLACK_BYTES;
  // A small input fills a small table, which is cleared in less time.
  const tableBits = Math.max(MIN_TABLE_BITS, Math.min(MAX_TABLE_BITS, 32 - Math.clz32(length)));
  const tableBytes = 4 << tableBits;
  const total = tableBytes + length + SLACK_BYTES + bound;
  return withRoom(options, total, [bytes], (arena, kernel, table) => {
    const from = table + tableBytes;
    arena.u8Until(table + total).set(bytes, from);
    const to = from + length + SLACK_BYTES;
    return use(arena, to, to + (kernel.compress(from, length, to, table, tableBits) >>> 0));
  });
}

/**
 * The bytes of a block. O(result).
 *
 * @param maxBytes the most to accept. What is allocated is bounded by it and by 255 times the block's length
 * @throws DecodeError when the block is damaged or holds more; TypeError; RangeError; ArenaFullError
 */
function decompress(block: Uint8Array, maxBytes: number, options: Lz4Options = {}): Uint8Array<ArrayBuffer> {
  if (!Number.isSafeInteger(maxBytes) || maxBytes < 0) {
    throw new RangeError(`maxBytes must be a non-negative integer, got ${maxBytes}`);
  }
  return expand(block, maxBytes, options, (u8, from, end) => u8.slice(from, end));
}

/** `decompress` to `out`, which must have room for all; returns the bytes written. @throws DecodeError: nothing is then written */
function decompressInto(out: Uint8Array, block: Uint8Array, options: Lz4Options = {}): number {
  checkBytes(out, 'out');
  return expand(block, out.length, options, (u8, from, end) => {
    out.set(u8.subarray(from, end));
    return end - from;
  });
}

function expand<Result>(
  block: Uint8Array,
  maxBytes: number,
  options: Lz4Options,
  use: (u8: Uint8Array<ArrayBuffer>, from: number, end: number) => Result,
): Result {
  checkBytes(block, 'An LZ4 block');
  const { length } = block;
  const capacity = Math.min(maxBytes, MAX_RATIO * length);
  const total = length + capacity + 2 * SLACK_BYTES;
  return withRoom(options, total, [block], (arena, kernel, from) => {
    arena.u8Until(from + total).set(block, from);
    const to = from + length + SLACK_BYTES;
    const written = kernel.decompress(from, length, to, capacity);
    if (written === -1) {
      const problem = arena.resultHigh === 1 ? `it holds more than ${maxBytes} bytes` : 'a malformed sequence';
      throw new DecodeError('LZ4', problem, arena.resultLow);
    }
    return use(arena.u8Until(from + total), to, to + (written >>> 0));
  });
}

export const lz4: {
  readonly compressBound: typeof compressBound;
  readonly compress: typeof compress;
  readonly compressInto: typeof compressInto;
  readonly decompress: typeof decompress;
  readonly decompressInto: typeof decompressInto;
} = { compressBound, compress, compressInto, decompress, decompressInto };

function withRoom<Result>(
  options: Lz4Options,
  bytes: number,
  inputs: readonly Uint8Array[],
  work: (arena: Arena, kernel: Lz4Kernel, at: number) => Result,
): Result {
  const arena = options.arena ?? Arena.default;
  const kernel = arena.kernel(lz4Kernel);
  if (bytes <= STAGED_BYTES) return work(arena, kernel, stage(arena, bytes, ...inputs));
  const lengths = inputs.map((input) => input.length);
  const at = arena.alloc(bytes);
  try {
    if (inputs.some((input, i) => input.length !== lengths[i])) {
      throw new TypeError('The input is a view of the arena itself, which grew and detached it: pass a copy');
    }
    return work(arena, kernel, at);
  } finally {
    arena.free(at);
  }
}
