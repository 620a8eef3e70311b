// LEB128: seven bits a byte, low bits first, the top bit set on all bytes but the last. Whole arrays, without a branch
// for each byte: the groups of seven bits are spread over, or gathered from, the bytes of one 64-bit word.

import { RESULT } from '../../memory/arena/layout';

const TOPS: u64 = 0x8080808080808080;
const MAX_SAFE: u64 = 9007199254740991;

/** Eight groups of seven bits to the low bits of eight bytes. */
// @ts-ignore: decorator
@inline
function spread(x: u64): u64 {
  x = (x & 0x000000000fffffff) | ((x & 0x00fffffff0000000) << 4);
  x = (x & 0x00003fff00003fff) | ((x & 0x0fffc0000fffc000) << 2);
  return (x & 0x007f007f007f007f) | ((x & 0x3f803f803f803f80) << 1);
}

// @ts-ignore: decorator
@inline
function gather(x: u64): u64 {
  x &= ~TOPS;
  x = (x & 0x007f007f007f007f) | ((x & 0x7f007f007f007f00) >> 1);
  x = (x & 0x00003fff00003fff) | ((x & 0x3fff00003fff0000) >> 2);
  return (x & 0x000000000fffffff) | ((x & 0x0fffffff00000000) >> 4);
}

/** Writes one value below 2^56; returns the address after it. Stores 8 bytes whatever the length. */
// @ts-ignore: decorator
@inline
function put(to: usize, value: u64): usize {
  const bytes = (70 - clz(value | 1)) / 7;
  store<u64>(to, spread(value) | (TOPS & (((<u64>1) << ((bytes - 1) << 3)) - 1)));
  return to + <usize>bytes;
}

/** Writes `count` u32, of up to 5 bytes each, and up to 8 bytes beyond; returns the address after them. */
export function leb128Encode(values: usize, count: u32, to: usize): usize {
  const end = values + (<usize>count << 2);
  for (let at = values; at < end; at += 4) to = put(to, load<u32>(at));
  return to;
}

/** The same of f64 that hold integers 0 … 2^53 − 1, of up to 8 bytes each; 0 when one does not, with its index as result. */
export function leb128EncodeDoubles(values: usize, count: u32, to: usize): usize {
  const end = values + (<usize>count << 3);
  for (let at = values; at < end; at += 8) {
    const value = load<f64>(at);
    if (!(value >= 0 && value <= <f64>MAX_SAFE && nearest(value) == value)) {
      store<u32>(RESULT, <u32>((at - values) >> 3));
      return 0;
    }
    to = put(to, <u64>value);
  }
  return to;
}

/** How many values end in [from, end). */
export function leb128Count(from: usize, end: usize): u32 {
  let count: u32 = 0;
  for (; from + 16 <= end; from += 16) count += 16 - popcnt<u32>(i8x16.bitmask(v128.load(from)));
  for (; from < end; from++) count += (load<u8>(from) >> 7) ^ 1;
  return count;
}

/**
 * Decodes up to `count` u32 to `to`. Stops at `end`, at a value that does not end before it, and at one that has more
 * than five bytes or 32 bits. Returns where it stopped, and leaves how many were decoded in the result cell.
 */
export function leb128Decode(from: usize, end: usize, to: usize, count: u32): usize {
  const start = to;
  const stop = to + (<usize>count << 2);
  while (to < stop && from < end) {
    const word = load<u64>(from);
    const tops = ~word & TOPS;
    if (tops == TOPS && to + 32 <= stop && from + 8 <= end) {
      // Eight values of one byte each.
      const half = i16x8.extend_low_i8x16_u(v128.load64_zero(from));
      v128.store(to, i32x4.extend_low_i16x8_u(half));
      v128.store(to, i32x4.extend_high_i16x8_u(half), 16);
      to += 32;
      from += 8;
      continue;
    }
    if (tops == 0) break;
    // All bits up to and including the byte that ends the value.
    const value = gather(word & (tops ^ (tops - 1)));
    const after = from + (<usize>ctz(tops) >> 3) + 1;
    if (after > end || value > 0xffffffff || after - from > 5) break;
    store<u32>(to, <u32>value);
    to += 4;
    from = after;
  }
  store<u32>(RESULT, <u32>((to - start) >> 2));
  return from;
}

/** The same to f64: values up to 2^53 − 1, in up to eight bytes. */
export function leb128DecodeDoubles(from: usize, end: usize, to: usize, count: u32): usize {
  const start = to;
  const stop = to + (<usize>count << 3);
  while (to < stop && from < end) {
    const word = load<u64>(from);
    const tops = ~word & TOPS;
    if (tops == 0) break;
    const value = gather(word & (tops ^ (tops - 1)));
    const after = from + (<usize>ctz(tops) >> 3) + 1;
    if (after > end || value > MAX_SAFE) break;
    store<f64>(to, <f64>value);
    to += 8;
    from = after;
  }
  store<u32>(RESULT, <u32>((to - start) >> 3));
  return from;
}
