// SipHash-1-3: a keyed hash whose collisions cannot be found without the key.
// Source: J.-P. Aumasson, D. J. Bernstein, "SipHash: a fast short-input PRF" (2012), with one
// compression and three finalisation rounds, the choice of Rust, Ruby and Python for hash tables.

/** Hash of `size` bytes at `from` under the 128-bit key (k0, k1). */
export function siphash13(from: usize, size: u32, k0: u64, k1: u64): u64 {
  let v0 = k0 ^ 0x736f6d6570736575;
  let v1 = k1 ^ 0x646f72616e646f6d;
  let v2 = k0 ^ 0x6c7967656e657261;
  let v3 = k1 ^ 0x7465646279746573;
  const stop = from + (size & ~7);
  while (from < stop) {
    const word = load<u64>(from);
    v3 ^= word;
    v0 += v1; v1 = rotl<u64>(v1, 13) ^ v0; v0 = rotl<u64>(v0, 32);
    v2 += v3; v3 = rotl<u64>(v3, 16) ^ v2;
    v0 += v3; v3 = rotl<u64>(v3, 21) ^ v0;
    v2 += v1; v1 = rotl<u64>(v1, 17) ^ v2; v2 = rotl<u64>(v2, 32);
    v0 ^= word;
    from += 8;
  }
  const last = (<u64>size << 56) | tail(from, size & 7);
  v3 ^= last;
  v0 += v1; v1 = rotl<u64>(v1, 13) ^ v0; v0 = rotl<u64>(v0, 32);
  v2 += v3; v3 = rotl<u64>(v3, 16) ^ v2;
  v0 += v3; v3 = rotl<u64>(v3, 21) ^ v0;
  v2 += v1; v1 = rotl<u64>(v1, 17) ^ v2; v2 = rotl<u64>(v2, 32);
  v0 ^= last;
  v2 ^= 0xff;
  for (let i = 0; i < 3; i++) {
    v0 += v1; v1 = rotl<u64>(v1, 13) ^ v0; v0 = rotl<u64>(v0, 32);
    v2 += v3; v3 = rotl<u64>(v3, 16) ^ v2;
    v0 += v3; v3 = rotl<u64>(v3, 21) ^ v0;
    v2 += v1; v1 = rotl<u64>(v1, 17) ^ v2; v2 = rotl<u64>(v2, 32);
  }
  return v0 ^ v1 ^ v2 ^ v3;
}

/** The last, fewer than eight, bytes as a little-endian word. */
// @ts-ignore: decorator
@inline
function tail(from: usize, count: u32): u64 {
  let word: u64 = 0;
  let shift: u64 = 0;
  if (count & 4) {
    word = load<u32>(from);
    from += 4;
    shift = 32;
  }
  if (count & 2) {
    word |= <u64>load<u16>(from) << shift;
    from += 2;
    shift += 16;
  }
  if (count & 1) word |= <u64>load<u8>(from) << shift;
  return word;
}
