/**
 * The header of a Gorilla blob, and the walk over its blocks.
 *
 *     offset  size  meaning
 *          0     4  magic "ASHG"
 *          4     1  version, 1
 *          5     1  flags: bit 0, no timestamp is below the one before it; bits 4 to 7, log2 of samples a block
 *          6     …  varint: samples
 *          …     …  varint: bytes of all blocks
 *          …     4  CRC-32C of the blocks followed by the header before this field, little-endian
 *          …     …  blocks; see assembly/codecs/gorilla/index.ts
 *
 * Every block but the last holds the same number of samples, a power of two from 16 to 4096.
 *
 * One sample, timestamp 1000 and value 1.0, with 1024 samples a block, is 25 bytes:
 *
 *     41 53 48 47  01  a1  01  0d  e6 64 a0 57    magic, version, flags, 1 sample, 13 bytes, checksum
 *     0c  d0 0f  00  00  00 00 00 00 00 00 f0 3f  body of 12: zigzag(1000), no classes, no timestamp bits, 1.0
 */

import { DecodeError } from '../../../bindings/decode-error.js';

const FORMAT = 'gorilla';
const MAGIC = [0x41, 0x53, 0x48, 0x47];
const VERSION = 1;
export const MIN_BLOCK_SAMPLES = 16;
export const MAX_BLOCK_SAMPLES = 4096;
const CRC_BYTES = 4;
const FIXED_BYTES = 6;
/** The shortest body: a timestamp, no classes, no timestamp bits, the first value. */
const MIN_BODY_BYTES = 11;

export interface Header {
  readonly count: number;
  readonly blockSamples: number;
  readonly ordered: boolean;
  /** Where the blocks begin; they end with the blob. */
  readonly payload: number;
  readonly crc: number;
}

/** Where a block's body stands in the blob. */
export interface Block {
  /** Where its length stands. */
  readonly start: number;
  readonly from: number;
  readonly end: number;
  readonly samples: number;
  readonly firstTimestamp: number;
}

/** The header's bytes; `checksum` continues the CRC of the blocks over those it is given. */
export function makeHeader(
  fields: { count: number; blockSamples: number; ordered: boolean; payloadBytes: number },
  checksum: (head: Uint8Array) => number,
): Uint8Array {
  const flags = (Math.log2(fields.blockSamples) << 4) | (fields.ordered ? 1 : 0);
  const head = [...MAGIC, VERSION, flags, ...varint(fields.count), ...varint(fields.payloadBytes)];
  const crc = checksum(Uint8Array.from(head));
  return Uint8Array.from([...head, crc & 255, (crc >>> 8) & 255, (crc >>> 16) & 255, crc >>> 24]);
}

/** @throws DecodeError */
export function readHeader(bytes: Uint8Array): Header {
  for (let i = 0; i < MAGIC.length; i++) {
    if (bytes[i] !== MAGIC[i]) throw damaged('it does not begin with "ASHG"', i);
  }
  if (bytes[4] !== VERSION) throw damaged(`version ${bytes[4] ?? 'missing'}, this reads version ${VERSION}`, 4);
  const flags = bytes[5] ?? 0;
  const blockSamples = 1 << (flags >> 4);
  if (blockSamples < MIN_BLOCK_SAMPLES || blockSamples > MAX_BLOCK_SAMPLES || (flags & 0x0e) !== 0) {
    throw damaged(`unknown flags ${flags}`, 5);
  }
  const count = readVarint(bytes, FIXED_BYTES);
  const length = readVarint(bytes, count.end);
  const payload = length.end + CRC_BYTES;
  if (payload + length.value !== bytes.length) {
    throw damaged(`the header says ${length.value} bytes of blocks, ${bytes.length - payload} are there`, count.end);
  }
  // A value takes a bit at least: what a count may make a decoder allocate is bounded by what is there.
  if (count.value > 8 * length.value || (count.value === 0 && length.value > 0)) {
    throw damaged(`${count.value} samples cannot stand in ${length.value} bytes`, FIXED_BYTES);
  }
  const crc = new DataView(bytes.buffer, bytes.byteOffset + length.end, CRC_BYTES).getUint32(0, true);
  return { count: count.value, blockSamples, ordered: (flags & 1) === 1, payload, crc };
}

/** Where the blocks are, from their lengths alone. O(blocks). @throws DecodeError when they do not fill the blob */
export function walkBlocks(bytes: Uint8Array, header: Header): Block[] {
  const blocks: Block[] = [];
  let at = header.payload;
  for (let left = header.count; left > 0; left -= header.blockSamples) {
    const length = readVarint(bytes, at);
    const end = length.end + length.value;
    if (length.value < MIN_BODY_BYTES || end > bytes.length) {
      throw damaged(`a block of ${length.value} bytes does not fit`, at);
    }
    const firstTimestamp = unzigzag(bytes, length.end);
    blocks.push({ start: at, from: length.end, end, samples: Math.min(left, header.blockSamples), firstTimestamp });
    at = end;
  }
  if (at !== bytes.length) throw damaged('bytes follow the last block', at);
  return blocks;
}

export function damaged(problem: string, offset: number): DecodeError {
  return new DecodeError(FORMAT, problem, offset);
}

function varint(value: number): number[] {
  const out: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) out.push((rest % 128) | 128);
  out.push(rest);
  return out;
}

/** A varint of at most 49 bits: exact as a number, and more than any length here. */
function readVarint(bytes: Uint8Array, from: number): { value: number; end: number } {
  let value = 0;
  let scale = 1;
  for (let at = from; at < from + 7; at++, scale *= 128) {
    const byte = bytes[at];
    if (byte === undefined) throw damaged('it ends inside a number', at);
    value += (byte & 127) * scale;
    if (byte < 128) return { value, end: at + 1 };
  }
  throw damaged('a length of more than 49 bits', from);
}

/** A zigzag varint of a safe integer; 54 bits, so its sign and halves are kept apart. */
function unzigzag(bytes: Uint8Array, from: number): number {
  const low = bytes[from] ?? 0;
  let value = (low & 127) >> 1;
  let scale = 64;
  let byte = low;
  for (let at = from + 1; byte > 127; at++, scale *= 128) {
    byte = bytes[at] ?? 0;
    if (at > from + 7) throw damaged('a timestamp that is no safe integer', from);
    value += (byte & 127) * scale;
  }
  return (low & 1) === 1 ? -value - 1 : value;
}
