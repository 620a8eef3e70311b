// Kernel `codecs/gorilla`: one block of time-series samples to bits and back.
//
// After T. Pelkonen et al., "Gorilla: A Fast, Scalable, In-Memory Time Series Database", VLDB 2015: timestamps as
// deltas of deltas, values as XOR with the value before. Timestamps and values stand in two bit streams of their own,
// low bits first, so that one 64-bit load reads a field and no byte has to be swapped.
//
// A block (varints are LEB128, [zigzag] marks signed ones):
//
//   varint   bodyBytes, of what follows
//   varint   [zigzag] first timestamp
//   varint   [zigzag] second timestamp − first; absent in a block of one
//   u8       classes, 0 to 4: widths of the timestamp codes; 0: every delta of deltas is zero, and no bits follow
//   u8 each  width of each class, ascending, 0 to 57 bits
//   varint   timestampBytes
//   u64      first value, its IEEE 754 bits, little-endian
//   …        timestamp bits, timestampBytes long, from the third sample on
//   …        value bits, from the second sample on, to the end of the body
//
// A timestamp code is the class as a truncated unary prefix (of 4 classes: 0, 10, 110, 111), then the zigzag of the
// delta of deltas in that class's width. The widths that make the block shortest are found by dynamic programming.
//
// A value code is, as in the paper: 0, the value before once more; 10, the XOR's bits inside the last window; 11, five
// bits of leading zeros (at most 31), six bits of width (0 means 64), and the XOR's bits inside that new window.
//
// Nothing here trusts what it decodes: every field is checked against the end of the body, and a decoder may read up
// to 16 bytes beyond it, which the caller keeps inside the staging block.

import { MAX_BLOCK_SAMPLES } from './layout';
import { decodeTimestamps, encodeTimestamps, measureDeltas } from './timestamps';
import { decodeValues, encodeValues } from './values';
import { putVarint, unzigzag64, varintAt, varintEnd, zigzag64 } from '../bits';
import { crc32c as crc32cOf } from '../../hash/crc32c';
import { RESULT } from '../../memory/arena/layout';

export { firstUnsafe, isOrdered } from './timestamps';

/** CRC-32C of bytes, continued from the CRC of those before. */
export function crc32c(from: usize, size: u32, previous: u32): u32 {
  return crc32cOf(from, size, previous);
}

/** Room a block of `count` samples takes at most. */
export function maxBlockBytes(count: u32): u32 {
  return 64 + 8 + count * 18;
}

/** Room for the deltas of a block and the search for their widths. */
export function workBytes(count: u32): u32 {
  return 8 * count + 4096;
}

/**
 * Encodes `count` ≥ 1 samples, whose timestamps are safe integers (see firstUnsafe). Writes somewhere in the
 * maxBlockBytes(count) at `out`, leaves the address in the result cell and returns the bytes; `work` has
 * workBytes(count).
 */
export function encodeBlock(timestamps: usize, values: usize, count: u32, out: usize, work: usize): u32 {
  // The body's length stands first and is known last: leave room for the longest.
  const body = out + 5;
  const first = <i64>load<f64>(timestamps);
  let at = putVarint(body, zigzag64(first));
  let classes: u32 = 0;
  if (count > 1) {
    const delta = <i64>load<f64>(timestamps, 8) - first;
    at = putVarint(at, zigzag64(delta));
    classes = measureDeltas(timestamps, count, work);
  }
  store<u8>(at++, <u8>classes);
  for (let i: u32 = 0; i < classes; i++) store<u8>(at++, load<u8>(work + i));
  if (classes == 0) {
    store<u8>(at++, 0);
    store<u64>(at, load<u64>(values));
    at += 8;
  } else {
    // Three bytes of varint hold any length of timestamp bits; they are padded, so that nothing has to move.
    const bits = at + 3 + 8;
    const end = encodeTimestamps(bits, count, work, classes);
    const size = <u32>(end - bits);
    store<u8>(at, <u8>(size | 128));
    store<u8>(at, <u8>((size >> 7) | 128), 1);
    store<u8>(at, <u8>(size >> 14), 2);
    store<u64>(at + 3, load<u64>(values));
    at = end;
  }
  const end = encodeValues(values, count, at);
  const bodyBytes = <u64>(end - body);
  const start = body - <usize>((70 - clz(bodyBytes)) / 7);
  putVarint(start, bodyBytes);
  store<u32>(RESULT, <u32>start);
  return <u32>(end - start);
}

/**
 * Decodes a block of `count` ≥ 1 samples whose body is [from, end). False when it is malformed; what stands at the
 * outputs is then unspecified.
 */
export function decodeBlock(from: usize, end: usize, count: u32, timestamps: usize, values: usize, work: usize): bool {
  if (count == 0 || count > MAX_BLOCK_SAMPLES) return false;
  let next = varintEnd(from, end);
  if (!next) return false;
  const first = unzigzag64(varintAt(from, next));
  let delta: i64 = 0;
  if (count > 1) {
    const after = varintEnd(next, end);
    if (!after) return false;
    delta = unzigzag64(varintAt(next, after));
    next = after;
  }
  if (next >= end) return false;
  const classes: u32 = load<u8>(next++);
  const widths = next;
  if (classes > 4 || next + classes > end) return false;
  next += classes;
  const after = varintEnd(next, end);
  if (!after) return false;
  const timestampBytes = varintAt(next, after);
  if (after + 8 > end || timestampBytes > <u64>(end - after - 8)) return false;
  const bits = after + 8;
  const valueBits = bits + <usize>timestampBytes;
  if (!decodeTimestamps(bits, valueBits, count, first, delta, widths, classes, timestamps, work)) return false;
  return decodeValues(valueBits, end, count, load<u64>(after), values);
}
