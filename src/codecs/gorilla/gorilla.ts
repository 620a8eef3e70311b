/**
 * Gorilla compression of time series: timestamps as deltas of deltas, values as XOR with the value before.
 *
 * T. Pelkonen et al., "Gorilla: A Fast, Scalable, In-Memory Time Series Database", VLDB 2015. The value codes are the
 * paper's (and those of Prometheus' XOR chunks); timestamp widths are chosen for each block. The blob is described in
 * format.ts, a block in assembly/codecs/gorilla/index.ts.
 */

import { Arena } from '../../../bindings/arena.js';
import { checkBytes, describe } from '../../../bindings/staging.js';
import { BlockCodec, newSink } from './block-codec.js';
import { damaged, MAX_BLOCK_SAMPLES, MIN_BLOCK_SAMPLES, makeHeader, readHeader, walkBlocks } from './format.js';

export interface GorillaOptions {
  /** Where the work is done, in some 300 KiB of its staging block. Default `Arena.default`. */
  arena?: Arena;
}

export interface GorillaEncodeOptions extends GorillaOptions {
  /**
   * Samples a block, a power of two from 16 to 4096; a seek decodes one block. Default 4096 for `gorilla.encode`,
   * 1024 for `GorillaEncoder`. A block costs some 20 bytes.
   */
  blockSamples?: number;
}

/** Samples as two arrays of one length. */
export interface GorillaSamples {
  /** Safe integers, of milliseconds or any other unit. */
  timestamps: Float64Array<ArrayBuffer>;
  values: Float64Array<ArrayBuffer>;
}

/**
 * Compresses samples to a self-describing, checksummed blob. O(n).
 *
 * Every double comes back bit for bit: NaNs with their payloads, −0, infinities. Pass values as Float64Array for that:
 * what happens to a NaN's payload in an array of numbers is up to the engine.
 *
 * @param timestamps safe integers, best in ascending order; in any order they are kept as they are
 * @throws TypeError when an argument is no array of numbers
 * @throws RangeError when lengths differ, a timestamp is no safe integer, or `blockSamples` does not fit
 * @throws ArenaFullError
 */
function encode(
  timestamps: Float64Array | readonly number[],
  values: Float64Array | readonly number[],
  options: GorillaEncodeOptions = {},
): Uint8Array<ArrayBuffer> {
  const ts = doubles(timestamps, 'timestamps');
  const vs = doubles(values, 'values');
  checkLengths(ts, vs);
  const blockSamples = checkBlockSamples(options.blockSamples ?? MAX_BLOCK_SAMPLES);
  const codec = codecOf(options.arena);
  const sink = newSink();
  const pieces: Uint8Array[] = [];
  const count = ts.length;
  for (let from = 0; from < count; from += blockSamples) {
    const end = Math.min(from + blockSamples, count);
    pieces.push(codec.encode(ts.subarray(from, end), vs.subarray(from, end), from, sink));
  }
  return assemble(codec, pieces, { count, blockSamples, ordered: sink.ordered, crc: sink.crc });
}

/**
 * The samples of a blob. O(n). Allocates at most 128 bytes for each byte it is given.
 *
 * @throws DecodeError when the bytes are truncated, altered, of another format or of a later version
 */
function decode(bytes: Uint8Array, options: GorillaOptions = {}): GorillaSamples {
  checkBytes(bytes, 'A Gorilla blob');
  const header = readHeader(bytes);
  const blocks = walkBlocks(bytes, header);
  const codec = codecOf(options.arena);
  const timestamps = new Float64Array(header.count);
  const values = new Float64Array(header.count);
  let at = 0;
  let crc = 0;
  for (const block of blocks) {
    crc = codec.decode(bytes, block, timestamps, values, at, crc);
    at += block.samples;
  }
  checkSum(codec, bytes, header, crc);
  return { timestamps, values };
}

/** Whole series in one call. */
export const gorilla: { readonly encode: typeof encode; readonly decode: typeof decode } = { encode, decode };

/** Header and blocks as one blob. */
export function assemble(
  codec: BlockCodec,
  pieces: readonly Uint8Array[],
  fields: { count: number; blockSamples: number; ordered: boolean; crc: number },
): Uint8Array<ArrayBuffer> {
  const payloadBytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const head = makeHeader({ ...fields, payloadBytes }, (bytes) => codec.crc(bytes, fields.crc));
  const out = new Uint8Array(head.length + payloadBytes);
  out.set(head);
  let at = head.length;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}

/** Proves header and blocks, of which `blocks` is the CRC. @throws DecodeError */
export function checkSum(
  codec: BlockCodec,
  bytes: Uint8Array,
  header: { payload: number; crc: number },
  blocks: number,
): void {
  if (codec.crc(bytes.subarray(0, header.payload - 4), blocks) !== header.crc) {
    throw damaged('the checksum does not match (it was altered or damaged)', header.payload - 4);
  }
}

let codecs: WeakMap<Arena, BlockCodec> | undefined;

/** The arena's codec; made once. */
export function codecOf(given: Arena | undefined): BlockCodec {
  const arena = given ?? Arena.default;
  arena.assertAlive();
  codecs ??= new WeakMap();
  let codec = codecs.get(arena);
  if (codec === undefined) {
    codec = new BlockCodec(arena);
    codecs.set(arena, codec);
  }
  return codec;
}

export function checkBlockSamples(blockSamples: number): number {
  const fits = blockSamples >= MIN_BLOCK_SAMPLES && blockSamples <= MAX_BLOCK_SAMPLES;
  if (!fits || !Number.isInteger(Math.log2(blockSamples))) {
    throw new RangeError(
      `blockSamples must be a power of two from ${MIN_BLOCK_SAMPLES} to ${MAX_BLOCK_SAMPLES}, got ${blockSamples}`,
    );
  }
  return blockSamples;
}

export function doubles(values: Float64Array | readonly number[], what: string): Float64Array {
  if (values instanceof Float64Array) return values;
  if (Array.isArray(values) && values.every((value) => typeof value === 'number')) return Float64Array.from(values);
  throw new TypeError(`${what} must be a Float64Array or an array of numbers, got ${describe(values)}`);
}

export function checkLengths(timestamps: ArrayLike<number>, values: ArrayLike<number>): void {
  if (timestamps.length !== values.length) {
    throw new RangeError(
      `timestamps and values must have one length, got ${timestamps.length} timestamps and ${values.length} values`,
    );
  }
}
