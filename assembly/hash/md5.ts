// MD5 (R. Rivest, RFC 1321), for agreement with others that use it: it protects nothing.
//
// Work space of MD5_WORK_BYTES bytes that the caller provides:
//
//   offset  size  meaning
//        0    16  the four words of the state; at the end the digest
//       16   128  the last one or two blocks, padded

import { copyBytes } from '../memory/bytes';

export const MD5_WORK_BYTES: u32 = 144;

/** Leaves the digest of `size` bytes at `from` in the first 16 bytes of `work`. */
export function md5(from: usize, size: u32, work: usize): void {
  store<u32>(work, 0x67452301);
  store<u32>(work, 0xefcdab89, 4);
  store<u32>(work, 0x98badcfe, 8);
  store<u32>(work, 0x10325476, 12);
  const whole = from + (size & ~63);
  for (let at = from; at < whole; at += 64) block(work, at);
  const rest = size & 63;
  const tail = work + 16;
  const padded: usize = rest < 56 ? 64 : 128;
  memory.fill(tail, 0, padded);
  copyBytes(tail, whole, rest);
  store<u8>(tail + rest, 0x80);
  store<u64>(tail + padded - 8, <u64>size << 3);
  block(work, tail);
  if (padded == 128) block(work, tail + 64);
}

// @ts-ignore: decorator
@inline
function first(a: u32, b: u32, c: u32, d: u32, x: u32, s: u32, k: u32): u32 {
  return b + rotl<u32>(a + (d ^ (b & (c ^ d))) + x + k, s);
}

// @ts-ignore: decorator
@inline
function second(a: u32, b: u32, c: u32, d: u32, x: u32, s: u32, k: u32): u32 {
  return b + rotl<u32>(a + (c ^ (d & (b ^ c))) + x + k, s);
}

// @ts-ignore: decorator
@inline
function third(a: u32, b: u32, c: u32, d: u32, x: u32, s: u32, k: u32): u32 {
  return b + rotl<u32>(a + (b ^ c ^ d) + x + k, s);
}

// @ts-ignore: decorator
@inline
function fourth(a: u32, b: u32, c: u32, d: u32, x: u32, s: u32, k: u32): u32 {
  return b + rotl<u32>(a + (c ^ (b | ~d)) + x + k, s);
}

/** Mixes 64 bytes into the state. The constants are 2^32 · |sin(i)|, written out: a kernel has no tables. */
function block(state: usize, at: usize): void {
  let a = load<u32>(state);
  let b = load<u32>(state, 4);
  let c = load<u32>(state, 8);
  let d = load<u32>(state, 12);
  a = first(a, b, c, d, load<u32>(at), 7, 0xd76aa478);
  d = first(d, a, b, c, load<u32>(at, 4), 12, 0xe8c7b756);
  c = first(c, d, a, b, load<u32>(at, 8), 17, 0x242070db);
  b = first(b, c, d, a, load<u32>(at, 12), 22, 0xc1bdceee);
  a = first(a, b, c, d, load<u32>(at, 16), 7, 0xf57c0faf);
  d = first(d, a, b, c, load<u32>(at, 20), 12, 0x4787c62a);
  c = first(c, d, a, b, load<u32>(at, 24), 17, 0xa8304613);
  b = first(b, c, d, a, load<u32>(at, 28), 22, 0xfd469501);
  a = first(a, b, c, d, load<u32>(at, 32), 7, 0x698098d8);
  d = first(d, a, b, c, load<u32>(at, 36), 12, 0x8b44f7af);
  c = first(c, d, a, b, load<u32>(at, 40), 17, 0xffff5bb1);
  b = first(b, c, d, a, load<u32>(at, 44), 22, 0x895cd7be);
  a = first(a, b, c, d, load<u32>(at, 48), 7, 0x6b901122);
  d = first(d, a, b, c, load<u32>(at, 52), 12, 0xfd987193);
  c = first(c, d, a, b, load<u32>(at, 56), 17, 0xa679438e);
  b = first(b, c, d, a, load<u32>(at, 60), 22, 0x49b40821);
  a = second(a, b, c, d, load<u32>(at, 4), 5, 0xf61e2562);
  d = second(d, a, b, c, load<u32>(at, 24), 9, 0xc040b340);
  c = second(c, d, a, b, load<u32>(at, 44), 14, 0x265e5a51);
  b = second(b, c, d, a, load<u32>(at), 20, 0xe9b6c7aa);
  a = second(a, b, c, d, load<u32>(at, 20), 5, 0xd62f105d);
  d = second(d, a, b, c, load<u32>(at, 40), 9, 0x02441453);
  c = second(c, d, a, b, load<u32>(at, 60), 14, 0xd8a1e681);
  b = second(b, c, d, a, load<u32>(at, 16), 20, 0xe7d3fbc8);
  a = second(a, b, c, d, load<u32>(at, 36), 5, 0x21e1cde6);
  d = second(d, a, b, c, load<u32>(at, 56), 9, 0xc33707d6);
  c = second(c, d, a, b, load<u32>(at, 12), 14, 0xf4d50d87);
  b = second(b, c, d, a, load<u32>(at, 32), 20, 0x455a14ed);
  a = second(a, b, c, d, load<u32>(at, 52), 5, 0xa9e3e905);
  d = second(d, a, b, c, load<u32>(at, 8), 9, 0xfcefa3f8);
  c = second(c, d, a, b, load<u32>(at, 28), 14, 0x676f02d9);
  b = second(b, c, d, a, load<u32>(at, 48), 20, 0x8d2a4c8a);
  a = third(a, b, c, d, load<u32>(at, 20), 4, 0xfffa3942);
  d = third(d, a, b, c, load<u32>(at, 32), 11, 0x8771f681);
  c = third(c, d, a, b, load<u32>(at, 44), 16, 0x6d9d6122);
  b = third(b, c, d, a, load<u32>(at, 56), 23, 0xfde5380c);
  a = third(a, b, c, d, load<u32>(at, 4), 4, 0xa4beea44);
  d = third(d, a, b, c, load<u32>(at, 16), 11, 0x4bdecfa9);
  c = third(c, d, a, b, load<u32>(at, 28), 16, 0xf6bb4b60);
  b = third(b, c, d, a, load<u32>(at, 40), 23, 0xbebfbc70);
  a = third(a, b, c, d, load<u32>(at, 52), 4, 0x289b7ec6);
  d = third(d, a, b, c, load<u32>(at), 11, 0xeaa127fa);
  c = third(c, d, a, b, load<u32>(at, 12), 16, 0xd4ef3085);
  b = third(b, c, d, a, load<u32>(at, 24), 23, 0x04881d05);
  a = third(a, b, c, d, load<u32>(at, 36), 4, 0xd9d4d039);
  d = third(d, a, b, c, load<u32>(at, 48), 11, 0xe6db99e5);
  c = third(c, d, a, b, load<u32>(at, 60), 16, 0x1fa27cf8);
  b = third(b, c, d, a, load<u32>(at, 8), 23, 0xc4ac5665);
  a = fourth(a, b, c, d, load<u32>(at), 6, 0xf4292244);
  d = fourth(d, a, b, c, load<u32>(at, 28), 10, 0x432aff97);
  c = fourth(c, d, a, b, load<u32>(at, 56), 15, 0xab9423a7);
  b = fourth(b, c, d, a, load<u32>(at, 20), 21, 0xfc93a039);
  a = fourth(a, b, c, d, load<u32>(at, 48), 6, 0x655b59c3);
  d = fourth(d, a, b, c, load<u32>(at, 12), 10, 0x8f0ccc92);
  c = fourth(c, d, a, b, load<u32>(at, 40), 15, 0xffeff47d);
  b = fourth(b, c, d, a, load<u32>(at, 4), 21, 0x85845dd1);
  a = fourth(a, b, c, d, load<u32>(at, 32), 6, 0x6fa87e4f);
  d = fourth(d, a, b, c, load<u32>(at, 60), 10, 0xfe2ce6e0);
  c = fourth(c, d, a, b, load<u32>(at, 24), 15, 0xa3014314);
  b = fourth(b, c, d, a, load<u32>(at, 52), 21, 0x4e0811a1);
  a = fourth(a, b, c, d, load<u32>(at, 16), 6, 0xf7537e82);
  d = fourth(d, a, b, c, load<u32>(at, 44), 10, 0xbd3af235);
  c = fourth(c, d, a, b, load<u32>(at, 8), 15, 0x2ad7d2bb);
  b = fourth(b, c, d, a, load<u32>(at, 36), 21, 0xeb86d391);
  store<u32>(state, load<u32>(state) + a);
  store<u32>(state, load<u32>(state, 4) + b, 4);
  store<u32>(state, load<u32>(state, 8) + c, 8);
  store<u32>(state, load<u32>(state, 12) + d, 12);
}
