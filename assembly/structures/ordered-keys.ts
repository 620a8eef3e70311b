// What ordered structures compare: every key has a head, an i64 whose signed order is the order of the keys as far as
// eight bytes can tell.
//
//   f64 key    the bits of the double, the lower 63 inverted when it is negative: heads tell everything.
//              NaN is one key, above +∞; −0 is +0.
//   byte key   the first eight bytes, the first one highest, the top bit inverted; missing bytes are zero.
//              Equal heads leave the bytes themselves to be compared.

/** Head of a number. */
// @ts-ignore: decorator
@inline
export function headOfNumber(key: f64): i64 {
  const bits: i64 = key == key ? reinterpret<i64>(key + 0.0) : 0x7ff8_0000_0000_0000;
  return bits ^ <i64>(<u64>(bits >> 63) >> 1);
}

/** The number of a head. */
// @ts-ignore: decorator
@inline
export function numberOfHead(head: i64): f64 {
  return reinterpret<f64>(head ^ <i64>(<u64>(head >> 63) >> 1));
}

/** Head of the `bytes` bytes at `at`. Reads none beyond them. */
// @ts-ignore: decorator
@inline
export function headOfBytes(at: usize, bytes: u32): i64 {
  return bytes >= 8 ? <i64>(bswap<u64>(load<u64>(at)) ^ 0x8000_0000_0000_0000) : headOfFew(at, bytes);
}

function headOfFew(at: usize, bytes: u32): i64 {
  let word: u64 = 0;
  if (bytes >= 4) {
    // Two overlapping halves; the bytes they share agree.
    const first: u64 = bswap<u32>(load<u32>(at));
    const last: u64 = bswap<u32>(load<u32>(at + bytes - 4));
    word = (first << 32) | (last << (64 - (<u64>bytes << 3)));
  } else {
    for (let i: u32 = 0; i < bytes; i++) word |= <u64>load<u8>(at + i) << (56 - (<u64>i << 3));
  }
  return <i64>(word ^ 0x8000_0000_0000_0000);
}

/** Negative, zero or positive as the first run of bytes is below, equal to or above the second, byte by byte. */
export function compareBytes(a: usize, aBytes: u32, b: usize, bBytes: u32): i32 {
  const common = min<u32>(aBytes, bBytes);
  let i: u32 = 0;
  for (; i + 8 <= common; i += 8) {
    const x = load<u64>(a + i);
    const y = load<u64>(b + i);
    if (x != y) return bswap<u64>(x) < bswap<u64>(y) ? -1 : 1;
  }
  for (; i < common; i++) {
    const difference = <i32>load<u8>(a + i) - <i32>load<u8>(b + i);
    if (difference) return difference;
  }
  return aBytes == bBytes ? 0 : aBytes < bBytes ? -1 : 1;
}

/** How many leading bytes two runs share, at most `limit`. */
export function sharedBytes(a: usize, aBytes: u32, b: usize, bBytes: u32, limit: u32): u32 {
  const common = min<u32>(min<u32>(aBytes, bBytes), limit);
  let i: u32 = 0;
  while (i < common && load<u8>(a + i) == load<u8>(b + i)) i++;
  return i;
}
