// Kernel `codecs/frame-of-reference`: blocks of 128 integers as distances from their least, bit-packed, with the few
// that are too wide patched in behind (M. Zukowski et al., "Super-Scalar RAM-CPU Cache Compression", 2006; D. Lemire,
// L. Boytsov, "Decoding billions of integers per second through vectorization", 2015).
//
// A block has an entry in a directory,
//
//     offset  size  meaning
//          0     4  where the block's data begins
//          4     1  width of the packed part, in bits
//          5     1  exceptions e, 0 to 128
//          6     1  bytes p of an exception's upper part; 0 when there are none
//          7     1  zero
//          8  4, 8  the least value
//
// and data: 16 × width bytes, packed in lanes (of 64 bits: the low 32 bits of each value first, then what is above),
// then e indices of a byte each, rising, then e upper parts of p bytes, which stand above `width` bits.
//
// What is decoded is checked; nothing is read beyond what the caller says is there, but for 7 bytes of slack.

import { packBlock, unpackBlock } from '../integers/packing';

const WORDS: u32 = 128;

const ENTRY_OFFSET: usize = 0;
const ENTRY_WIDTH: usize = 4;
const ENTRY_EXCEPTIONS: usize = 5;
const ENTRY_PATCH_BYTES: usize = 6;
const ENTRY_ZERO: usize = 7;
const ENTRY_BASE: usize = 8;
const ENTRY_BYTES_32: usize = 12;
const ENTRY_BYTES_64: usize = 16;

// Scratch: four tables that count widths in turn (so that a count need not wait for the one before), then two blocks.
const COUNTS_STRIDE: usize = 80;
const COUNTS_BYTES: usize = 320;
const LOW: usize = 320;
const HIGH: usize = 832;

/**
 * Encodes `blocks` whole blocks of u32 or i32; returns the address after their data. `offset` is where the data of the
 * first will stand in the blob. `scratch` is 1344 bytes, `to` has room for 512 bytes a block and 8 more.
 */
export function encodeBlocks32(
  values: usize,
  blocks: u32,
  signed: u32,
  entries: usize,
  offset: u32,
  to: usize,
  scratch: usize,
): usize {
  const begin = to;
  for (let i: u32 = 0; i < blocks; i++) {
    const base = signed ? least32s(values) : least32u(values);
    const widest = countWidths32(values, base, scratch);
    const width = chooseWidth(scratch, widest);
    store<u32>(entries, offset + <u32>(to - begin), ENTRY_OFFSET);
    store<u32>(entries, base, ENTRY_BASE);
    if (width == widest) {
      putEntry(entries, width, 0, 0);
      to = packBlock(values, width, base, to);
    } else {
      const mask = i32x4.splat(((<u32>1) << width) - 1);
      const bases = i32x4.splat(base);
      for (let at: usize = 0; at < 512; at += 16) {
        v128.store(scratch + LOW + at, v128.and(i32x4.sub(v128.load(values + at), bases), mask));
      }
      to = packBlock(scratch + LOW, width, 0, to);
      const indices = to;
      for (let k: u32 = 0; k < WORDS; k++) {
        store<u8>(to, <u8>k);
        to += <usize>((load<u32>(values + (<usize>k << 2)) - base) >> width != 0);
      }
      const exceptions = <u32>(to - indices);
      const patchBytes = (widest - width + 7) >> 3;
      putEntry(entries, width, exceptions, patchBytes);
      for (let k: u32 = 0; k < exceptions; k++) {
        const value = load<u32>(values + (<usize>load<u8>(indices + k) << 2)) - base;
        store<u32>(to, value >> width);
        to += patchBytes;
      }
    }
    entries += ENTRY_BYTES_32;
    values += 512;
  }
  return to;
}

/** The same of u64 or i64: `to` has room for 1024 bytes a block and 8 more. */
export function encodeBlocks64(
  values: usize,
  blocks: u32,
  signed: u32,
  entries: usize,
  offset: u32,
  to: usize,
  scratch: usize,
): usize {
  const begin = to;
  for (let i: u32 = 0; i < blocks; i++) {
    const base = least64(values, signed ? 0 : i64.MIN_VALUE);
    const widest = countWidths64(values, base, scratch);
    const width = chooseWidth(scratch, widest);
    store<u32>(entries, offset + <u32>(to - begin), ENTRY_OFFSET);
    store<u64>(entries, base, ENTRY_BASE);
    split64(values, base, width, scratch);
    to = packBlock(scratch + LOW, min(width, 32), 0, to);
    if (width > 32) to = packBlock(scratch + HIGH, width - 32, 0, to);
    if (width == widest) {
      putEntry(entries, width, 0, 0);
    } else {
      const indices = to;
      for (let k: u32 = 0; k < WORDS; k++) {
        store<u8>(to, <u8>k);
        to += <usize>((load<u64>(values + (<usize>k << 3)) - base) >> width != 0);
      }
      const exceptions = <u32>(to - indices);
      const patchBytes = (widest - width + 7) >> 3;
      putEntry(entries, width, exceptions, patchBytes);
      for (let k: u32 = 0; k < exceptions; k++) {
        const value = load<u64>(values + (<usize>load<u8>(indices + k) << 3)) - base;
        store<u64>(to, value >> width);
        to += patchBytes;
      }
    }
    entries += ENTRY_BYTES_64;
    values += 1024;
  }
  return to;
}

/**
 * Decodes `blocks` blocks whose data stands at `data`, which is `offset` of the blob, and ends at `end` of it. Returns
 * how many were whole and well-formed: fewer than `blocks` when that one is not.
 */
export function decodeBlocks32(entries: usize, blocks: u32, data: usize, offset: u32, end: u32, to: usize): u32 {
  for (let i: u32 = 0; i < blocks; i++) {
    const bytes = dataBytes(entries, offset, end, 32);
    if (bytes == u32.MAX_VALUE) return i;
    const width: u32 = load<u8>(entries, ENTRY_WIDTH);
    const exceptions: u32 = load<u8>(entries, ENTRY_EXCEPTIONS);
    const patchBytes: u32 = load<u8>(entries, ENTRY_PATCH_BYTES);
    let indices = unpackBlock(data, width, load<u32>(entries, ENTRY_BASE), to);
    let patches = indices + exceptions;
    const mask: u32 = patchBytes == 4 ? u32.MAX_VALUE : ((<u32>1) << (patchBytes << 3)) - 1;
    let next: u32 = 0;
    for (let k: u32 = 0; k < exceptions; k++) {
      const index: u32 = load<u8>(indices++);
      if (index < next || index >= WORDS) return i;
      next = index + 1;
      const at = to + (<usize>index << 2);
      store<u32>(at, load<u32>(at) + ((load<u32>(patches) & mask) << width));
      patches += patchBytes;
    }
    data += bytes;
    offset += bytes;
    entries += ENTRY_BYTES_32;
    to += 512;
  }
  return blocks;
}

/** The same of u64 or i64, with `scratch` as in encoding. */
export function decodeBlocks64(
  entries: usize,
  blocks: u32,
  data: usize,
  offset: u32,
  end: u32,
  to: usize,
  scratch: usize,
): u32 {
  for (let i: u32 = 0; i < blocks; i++) {
    const bytes = dataBytes(entries, offset, end, 64);
    if (bytes == u32.MAX_VALUE) return i;
    const width: u32 = load<u8>(entries, ENTRY_WIDTH);
    const exceptions: u32 = load<u8>(entries, ENTRY_EXCEPTIONS);
    const patchBytes: u32 = load<u8>(entries, ENTRY_PATCH_BYTES);
    let indices = unpackBlock(data, min(width, 32), 0, scratch + LOW);
    if (width > 32) indices = unpackBlock(indices, width - 32, 0, scratch + HIGH);
    join64(scratch, width, load<u64>(entries, ENTRY_BASE), to);
    let patches = indices + exceptions;
    const mask: u64 = patchBytes == 8 ? u64.MAX_VALUE : ((<u64>1) << (patchBytes << 3)) - 1;
    let next: u32 = 0;
    for (let k: u32 = 0; k < exceptions; k++) {
      const index: u32 = load<u8>(indices++);
      if (index < next || index >= WORDS) return i;
      next = index + 1;
      const at = to + (<usize>index << 3);
      store<u64>(at, load<u64>(at) + ((load<u64>(patches) & mask) << width));
      patches += patchBytes;
    }
    data += bytes;
    offset += bytes;
    entries += ENTRY_BYTES_64;
    to += 1024;
  }
  return blocks;
}

/** Bytes of a block's data, or u32.MAX_VALUE when its entry cannot be true. */
function dataBytes(entry: usize, offset: u32, end: u32, widest: u32): u32 {
  const width: u32 = load<u8>(entry, ENTRY_WIDTH);
  const exceptions: u32 = load<u8>(entry, ENTRY_EXCEPTIONS);
  const patchBytes: u32 = load<u8>(entry, ENTRY_PATCH_BYTES);
  if (load<u32>(entry, ENTRY_OFFSET) != offset || width > widest || load<u8>(entry, ENTRY_ZERO) != 0) return u32.MAX_VALUE;
  if (exceptions > WORDS || patchBytes > widest >> 3 || (exceptions == 0) != (patchBytes == 0)) return u32.MAX_VALUE;
  if (exceptions > 0 && width == widest) return u32.MAX_VALUE;
  const bytes = (width << 4) + exceptions * (1 + patchBytes);
  return bytes > end - offset ? u32.MAX_VALUE : bytes;
}

function putEntry(entry: usize, width: u32, exceptions: u32, patchBytes: u32): void {
  store<u32>(entry, width | (exceptions << 8) | (patchBytes << 16), ENTRY_WIDTH);
}

/** The width at which a block takes the fewest bytes, of the widths counted in `counts`. */
function chooseWidth(counts: usize, widest: u32): u32 {
  let best = widest;
  let bestBytes = widest << 4;
  let exceptions: u32 = 0;
  for (let width = widest; width > 0; ) {
    const at = counts + width--;
    exceptions += <u32>load<u8>(at) + load<u8>(at, 80) + load<u8>(at, 160) + load<u8>(at, 240);
    // From here on each takes at least two bytes, and there will not be fewer.
    if (exceptions << 1 >= bestBytes) break;
    const bytes = (width << 4) + exceptions * (1 + ((widest - width + 7) >> 3));
    if (bytes < bestBytes) {
      best = width;
      bestBytes = bytes;
    }
  }
  return best;
}

function clearCounts(counts: usize): void {
  for (let at: usize = 0; at < COUNTS_BYTES; at += 16) v128.store(counts + at, i32x4.splat(0));
}

// @ts-ignore: decorator
@inline
function countOne(counts: usize, table: usize, bits: u32): void {
  const at = counts + table * COUNTS_STRIDE + bits;
  store<u8>(at, load<u8>(at) + 1);
}

/** Counts the widths of the distances from `base`; returns the widest. */
function countWidths32(values: usize, base: u32, counts: usize): u32 {
  clearCounts(counts);
  let any: u32 = 0;
  for (let at = values; at < values + 512; at += 16) {
    const a = load<u32>(at) - base;
    const b = load<u32>(at, 4) - base;
    const c = load<u32>(at, 8) - base;
    const d = load<u32>(at, 12) - base;
    any |= a | b | c | d;
    countOne(counts, 0, 32 - <u32>clz(a));
    countOne(counts, 1, 32 - <u32>clz(b));
    countOne(counts, 2, 32 - <u32>clz(c));
    countOne(counts, 3, 32 - <u32>clz(d));
  }
  return 32 - <u32>clz(any);
}

function countWidths64(values: usize, base: u64, counts: usize): u32 {
  clearCounts(counts);
  let any: u64 = 0;
  for (let at = values; at < values + 1024; at += 32) {
    const a = load<u64>(at) - base;
    const b = load<u64>(at, 8) - base;
    const c = load<u64>(at, 16) - base;
    const d = load<u64>(at, 24) - base;
    any |= a | b | c | d;
    countOne(counts, 0, 64 - <u32>clz(a));
    countOne(counts, 1, 64 - <u32>clz(b));
    countOne(counts, 2, 64 - <u32>clz(c));
    countOne(counts, 3, 64 - <u32>clz(d));
  }
  return 64 - <u32>clz(any);
}

function least32s(values: usize): u32 {
  let all = v128.load(values);
  for (let at = values + 16; at < values + 512; at += 16) all = i32x4.min_s(all, v128.load(at));
  all = i32x4.min_s(all, v128.shuffle<i32>(all, all, 2, 3, 0, 1));
  return <u32>min<i32>(i32x4.extract_lane(all, 0), i32x4.extract_lane(all, 1));
}

function least32u(values: usize): u32 {
  let all = v128.load(values);
  for (let at = values + 16; at < values + 512; at += 16) all = i32x4.min_u(all, v128.load(at));
  all = i32x4.min_u(all, v128.shuffle<i32>(all, all, 2, 3, 0, 1));
  return min<u32>(<u32>i32x4.extract_lane(all, 0), <u32>i32x4.extract_lane(all, 1));
}

/** The least of a block, each compared with its sign bit turned by `bias`. */
function least64(values: usize, bias: i64): u64 {
  let least = load<i64>(values) ^ bias;
  for (let at = values + 8; at < values + 1024; at += 8) least = min<i64>(least, load<i64>(at) ^ bias);
  return <u64>(least ^ bias);
}

/** The low words and the high words of the distances, cut to `width` bits. */
function split64(values: usize, base: u64, width: u32, scratch: usize): void {
  const bases = i64x2.splat(base);
  const mask = i64x2.splat(width == 64 ? u64.MAX_VALUE : ((<u64>1) << width) - 1);
  for (let at: usize = 0; at < 512; at += 16) {
    const one = v128.and(i64x2.sub(v128.load(values + (at << 1)), bases), mask);
    const two = v128.and(i64x2.sub(v128.load(values + (at << 1), 16), bases), mask);
    v128.store(scratch + LOW + at, v128.shuffle<i32>(one, two, 0, 2, 4, 6));
    v128.store(scratch + HIGH + at, v128.shuffle<i32>(one, two, 1, 3, 5, 7));
  }
}

function join64(scratch: usize, width: u32, base: u64, to: usize): void {
  const bases = i64x2.splat(base);
  const wide = width > 32;
  let high = i32x4.splat(0);
  for (let at: usize = 0; at < 512; at += 16) {
    const low = v128.load(scratch + LOW + at);
    if (wide) high = v128.load(scratch + HIGH + at);
    v128.store(to, i64x2.add(v128.shuffle<i32>(low, high, 0, 4, 1, 5), bases));
    v128.store(to, i64x2.add(v128.shuffle<i32>(low, high, 2, 6, 3, 7), bases), 16);
    to += 32;
  }
}
