// Bases that divide no power of two: the bytes are one large number, high byte first, and its digits are found by
// division, five at a time. O(n²). Leading zero bytes are leading zero digits, one for one (Bitcoin's base58).

/** Digits in a limb: radix^5 is below 2^32 for every radix up to 84. */
const LIMB_DIGITS: u32 = 5;

/** Writes the digits of `size` bytes; `work` has room for `size` + 8 words. Returns the address after them. */
export function encodePositional(alphabet: usize, radix: u32, from: usize, size: u32, to: usize, work: usize): usize {
  const end = from + size;
  for (; from < end && load<u8>(from) == 0; from++) store<u8>(to++, load<u8>(alphabet));
  if (from == end) return to;
  const modulus: u64 = <u64>radix * radix * radix * radix * radix;
  // The number so far, in limbs of five digits, lowest first.
  let limbs = work;
  // A first group of one to four bytes, then whole words.
  let take: u32 = ((<u32>(end - from) - 1) & 3) + 1;
  while (from < end) {
    let carry: u64 = 0;
    for (let i: u32 = 0; i < take; i++) carry = (carry << 8) | load<u8>(from++);
    for (let limb = work; limb < limbs; limb += 4) {
      carry += <u64>load<u32>(limb) << 32;
      store<u32>(limb, <u32>(carry % modulus));
      carry /= modulus;
    }
    while (carry > 0) {
      store<u32>(limbs, <u32>(carry % modulus));
      carry /= modulus;
      limbs += 4;
    }
    take = 4;
  }
  // The highest limb without leading zeros, the others with all five digits.
  let digits: u32 = 0;
  for (let rest = load<u32>(limbs - 4); rest > 0; rest /= radix) digits++;
  while (limbs > work) {
    limbs -= 4;
    let rest = load<u32>(limbs);
    for (let i = digits; i > 0; i--) {
      store<u8>(to + i - 1, load<u8>(alphabet + (rest % radix)));
      rest /= radix;
    }
    to += digits;
    digits = LIMB_DIGITS;
  }
  return to;
}

/**
 * Reads `size` good digits, of which `zeros` lead; `work` has room for `size` + 8 words. Returns the address after the
 * bytes written.
 */
export function decodePositional(inverse: usize, radix: u32, from: usize, size: u32, zeros: u32, to: usize, work: usize): usize {
  const end = from + size;
  memory.fill(to, 0, zeros);
  to += zeros;
  from += zeros;
  let limbs = work;
  let take: u32 = from < end ? ((<u32>(end - from) - 1) % LIMB_DIGITS) + 1 : 0;
  while (from < end) {
    let scale: u64 = 1;
    let carry: u64 = 0;
    for (let i: u32 = 0; i < take; i++) {
      carry = carry * radix + load<u8>(inverse + load<u8>(from++));
      scale *= radix;
    }
    for (let limb = work; limb < limbs; limb += 4) {
      carry += <u64>load<u32>(limb) * scale;
      store<u32>(limb, <u32>carry);
      carry >>= 32;
    }
    if (carry > 0) {
      store<u32>(limbs, <u32>carry);
      limbs += 4;
    }
    take = LIMB_DIGITS;
  }
  if (limbs == work) return to;
  let bytes: u32 = 4 - (clz<u32>(load<u32>(limbs - 4)) >> 3);
  while (limbs > work) {
    limbs -= 4;
    const limb = load<u32>(limbs);
    for (let i: u32 = bytes; i > 0; i--) store<u8>(to++, <u8>(limb >> ((i - 1) << 3)));
    bytes = 4;
  }
  return to;
}
