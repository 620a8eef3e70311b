// Counts as the V2 encoding of HdrHistogram has them: from index 0 to the last that is not 0, each a signed integer in
// ZigZag LEB128 of at most nine bytes (the ninth is whole); a negative one −n stands for n counts of 0.

import { COUNTS, LENGTH, MOST, TOTAL, lastIndex } from './histogram';

/** Writes the counts at `out`, where nine bytes each must be free; returns the bytes. */
export function encodeAll(root: usize, out: usize): u32 {
  const counts: usize = load<u32>(root, COUNTS);
  const length = <u32>(lastIndex(root) + 1);
  let at = out;
  for (let i: u32 = 0; i < length; ) {
    const count = load<u64>(counts + (<usize>i << 3));
    if (count) {
      at = putSigned(at, count);
      i++;
      continue;
    }
    const first = i;
    while (!load<u64>(counts + (<usize>i << 3))) i++;
    const zeros = <i64>(i - first);
    at = putSigned(at, zeros == 1 ? 0 : <u64>-zeros);
  }
  return <u32>(at - out);
}

function putSigned(at: usize, value: u64): usize {
  let word = (value << 1) ^ <u64>(<i64>value >> 63);
  for (let i = 0; i < 8; i++) {
    if (word < 128) {
      store<u8>(at, word);
      return at + 1;
    }
    store<u8>(at++, word | 128);
    word >>= 7;
  }
  store<u8>(at, word);
  return at + 1;
}

/**
 * Reads counts into a histogram that is empty: 0, or where the bytes are wrong, as an offset counted from 1.
 * Counts behind the array, negative beyond it, cut short, or with a total of more than 2^53 − 1 are wrong.
 */
export function decodeAll(root: usize, from: usize, size: u32): u32 {
  const counts: usize = load<u32>(root, COUNTS);
  const length: u64 = load<u32>(root, LENGTH);
  const end = from + size;
  let total: u64 = 0;
  let index: u64 = 0;
  let at = from;
  while (at < end) {
    const start = at;
    let word: u64 = 0;
    for (let i: u64 = 0; ; i++) {
      if (at == end) return 1 + <u32>(start - from);
      const byte: u64 = load<u8>(at++);
      if (i == 8) {
        word |= byte << 56;
        break;
      }
      word |= (byte & 127) << (7 * i);
      if (byte < 128) break;
    }
    const value = <i64>((word >> 1) ^ (0 - (word & 1)));
    if (value < 0) {
      const zeros = <u64>(0 - value);
      if (zeros > length - index) return 1 + <u32>(start - from);
      index += zeros;
      continue;
    }
    if (index == length || <u64>value > MOST - total) return 1 + <u32>(start - from);
    store<u64>(counts + (<usize>index << 3), value);
    total += value;
    index++;
  }
  store<u64>(root, total, TOTAL);
  return 0;
}
