// Bases of 4, 5 and 6 bits a digit (RFC 4648): every digit is a field of the bit string.

import { RESULT } from '../../memory/arena/layout';

const BAD: u32 = 128;

/** Writes the digits of `size` bytes, high bits first, the last filled up with zeros; returns the address after them. */
export function encodeBits(alphabet: usize, bits: u32, from: usize, size: u32, to: usize): usize {
  const end = from + size;
  if (bits == 6) {
    for (; from + 3 <= end; from += 3, to += 4) {
      const group = (<u32>load<u8>(from) << 16) | (<u32>load<u8>(from, 1) << 8) | load<u8>(from, 2);
      store<u8>(to, load<u8>(alphabet + (group >> 18)));
      store<u8>(to, load<u8>(alphabet + ((group >> 12) & 63)), 1);
      store<u8>(to, load<u8>(alphabet + ((group >> 6) & 63)), 2);
      store<u8>(to, load<u8>(alphabet + (group & 63)), 3);
    }
  } else if (bits == 5) {
    for (; from + 5 <= end; from += 5, to += 8) {
      const high = (<u32>load<u8>(from) << 12) | (<u32>load<u8>(from, 1) << 4) | (load<u8>(from, 2) >> 4);
      const low = ((<u32>load<u8>(from, 2) & 15) << 16) | (<u32>load<u8>(from, 3) << 8) | load<u8>(from, 4);
      store<u8>(to, load<u8>(alphabet + (high >> 15)));
      store<u8>(to, load<u8>(alphabet + ((high >> 10) & 31)), 1);
      store<u8>(to, load<u8>(alphabet + ((high >> 5) & 31)), 2);
      store<u8>(to, load<u8>(alphabet + (high & 31)), 3);
      store<u8>(to, load<u8>(alphabet + (low >> 15)), 4);
      store<u8>(to, load<u8>(alphabet + ((low >> 10) & 31)), 5);
      store<u8>(to, load<u8>(alphabet + ((low >> 5) & 31)), 6);
      store<u8>(to, load<u8>(alphabet + (low & 31)), 7);
    }
  } else {
    const digits = v128.load(alphabet);
    const nibble = i8x16.splat(15);
    for (; from + 16 <= end; from += 16, to += 32) {
      const bytes = v128.load(from);
      const high = i8x16.swizzle(digits, i8x16.shr_u(bytes, 4));
      const low = i8x16.swizzle(digits, v128.and(bytes, nibble));
      v128.store(to, v128.shuffle<i8>(high, low, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
      v128.store(to, v128.shuffle<i8>(high, low, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31), 16);
    }
  }
  let waiting: u32 = 0;
  let used: u32 = 0;
  for (; from < end; from++) {
    waiting = (waiting << 8) | load<u8>(from);
    used += 8;
    while (used >= bits) {
      used -= bits;
      store<u8>(to++, load<u8>(alphabet + ((waiting >> used) & ((1 << bits) - 1))));
    }
    waiting &= (1 << used) - 1;
  }
  if (used > 0) store<u8>(to++, load<u8>(alphabet + ((waiting << (bits - used)) & ((1 << bits) - 1))));
  return to;
}

/**
 * Reads `size` digits; returns how many were good, which is `size` or the index of the first that is none. Bits that
 * fill no byte are dropped, and left in the result cell behind the bytes written.
 */
export function decodeBits(inverse: usize, bits: u32, from: usize, size: u32, to: usize): u32 {
  const begin = from;
  const start = to;
  const end = from + size;
  if (bits == 6) {
    for (; from + 4 <= end; from += 4, to += 3) {
      const a: u32 = load<u8>(inverse + load<u8>(from));
      const b: u32 = load<u8>(inverse + load<u8>(from, 1));
      const c: u32 = load<u8>(inverse + load<u8>(from, 2));
      const d: u32 = load<u8>(inverse + load<u8>(from, 3));
      if ((a | b | c | d) & BAD) break;
      const group = (a << 18) | (b << 12) | (c << 6) | d;
      store<u8>(to, <u8>(group >> 16));
      store<u8>(to, <u8>(group >> 8), 1);
      store<u8>(to, <u8>group, 2);
    }
  } else if (bits == 5) {
    for (; from + 8 <= end; from += 8, to += 5) {
      let all: u32 = 0;
      let group: u64 = 0;
      for (let i = 0; i < 8; i++) {
        const digit: u32 = load<u8>(inverse + load<u8>(from + i));
        all |= digit;
        group = (group << 5) | digit;
      }
      if (all & BAD) break;
      for (let i = 0; i < 5; i++) store<u8>(to + i, <u8>(group >> (32 - 8 * i)));
    }
  } else {
    for (; from + 2 <= end; from += 2, to++) {
      const a: u32 = load<u8>(inverse + load<u8>(from));
      const b: u32 = load<u8>(inverse + load<u8>(from, 1));
      if ((a | b) & BAD) break;
      store<u8>(to, <u8>((a << 4) | b));
    }
  }
  let waiting: u32 = 0;
  let used: u32 = 0;
  for (; from < end; from++) {
    const digit: u32 = load<u8>(inverse + load<u8>(from));
    if (digit & BAD) break;
    waiting = (waiting << bits) | digit;
    used += bits;
    if (used >= 8) {
      used -= 8;
      store<u8>(to++, <u8>(waiting >> used));
      waiting &= (1 << used) - 1;
    }
  }
  store<u32>(RESULT, <u32>(to - start));
  store<u32>(RESULT, waiting, 4);
  return <u32>(from - begin);
}
