// Variable-length integers of block headers, shared by kernels that write self-describing blocks.
//
// LEB128: seven bits a byte, low bits first, the top bit set on all bytes but the last. At most ten bytes.

/** Signed to unsigned, small magnitudes first: 0, −1, 1, −2 … become 0, 1, 2, 3 … */
// @ts-ignore: decorator
@inline
export function zigzag64(value: i64): u64 {
  return <u64>((value << 1) ^ (value >> 63));
}

// @ts-ignore: decorator
@inline
export function unzigzag64(value: u64): i64 {
  return <i64>(value >> 1) ^ -(<i64>(value & 1));
}

/** Writes a varint at `to`; returns the address after it. */
export function putVarint(to: usize, value: u64): usize {
  while (value > 127) {
    store<u8>(to++, <u8>(value | 128));
    value >>= 7;
  }
  store<u8>(to, <u8>value);
  return to + 1;
}

/** Address after the varint at `from`, or 0 when it does not end before `end` or has more than 64 bits. */
export function varintEnd(from: usize, end: usize): usize {
  const limit = min(end, from + 10);
  for (let at = from; at < limit; at++) {
    const byte: u32 = load<u8>(at);
    if (byte < 128) return at == from + 9 && byte > 1 ? 0 : at + 1;
  }
  return 0;
}

/** The varint of [from, end), whose end `varintEnd` found. */
export function varintAt(from: usize, end: usize): u64 {
  let value: u64 = 0;
  while (end > from) value = (value << 7) | (load<u8>(--end) & 127);
  return value;
}
