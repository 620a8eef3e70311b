// SipHash-1-3: a keyed hash whose collisions cannot be found without the key.
// Source: J.-P. Aumasson, D. J. Bernstein, "SipHash: a fast short-input PRF" (2012), with one
// compression and three finalisation rounds, the choice of Rust, Ruby and Python for hash tables.
// One-shot, and streaming over a state of SIPHASH13_STATE_BYTES bytes:
//
//   offset  size  meaning
//        0     8  total length so far
//        8    32  v0, v1, v2, v3
//       40     8  bytes not yet consumed; their count is (total length) mod 8

import { copyTail, readTail } from './tail';

export const SIPHASH13_STATE_BYTES: u32 = 48;

const V0: usize = 8;
const V1: usize = 16;
const V2: usize = 24;
const V3: usize = 32;
const HELD: usize = 40;

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
  return finish(v0, v1, v2, v3, (<u64>size << 56) | readTail(from, size & 7));
}

/** Mixes in the last word, which carries the length, and the finalisation rounds. */
// @ts-ignore: decorator
@inline
function finish(v0: u64, v1: u64, v2: u64, v3: u64, last: u64): u64 {
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

export function siphash13Init(state: usize, k0: u64, k1: u64): void {
  store<u64>(state, 0);
  store<u64>(state, k0 ^ 0x736f6d6570736575, V0);
  store<u64>(state, k1 ^ 0x646f72616e646f6d, V1);
  store<u64>(state, k0 ^ 0x6c7967656e657261, V2);
  store<u64>(state, k1 ^ 0x7465646279746573, V3);
}

export function siphash13Update(state: usize, from: usize, size: u32): void {
  const held = <u32>load<u64>(state) & 7;
  store<u64>(state, load<u64>(state) + size);
  if (held + size < 8) {
    copyTail(state + HELD + held, from, size);
    return;
  }
  const end = from + size;
  if (held) {
    copyTail(state + HELD + held, from, 8 - held);
    consume(state, state + HELD, state + HELD + 8);
    from += 8 - held;
  }
  const stop = from + ((end - from) & ~7);
  consume(state, from, stop);
  copyTail(state + HELD, stop, end - stop);
}

/** Compresses the whole words of [from, stop). */
function consume(state: usize, from: usize, stop: usize): void {
  let v0 = load<u64>(state, V0);
  let v1 = load<u64>(state, V1);
  let v2 = load<u64>(state, V2);
  let v3 = load<u64>(state, V3);
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
  store<u64>(state, v0, V0);
  store<u64>(state, v1, V1);
  store<u64>(state, v2, V2);
  store<u64>(state, v3, V3);
}

/** The hash of everything fed so far; the state may be fed further. */
export function siphash13Finish(state: usize): u64 {
  const total = load<u64>(state);
  const last = (total << 56) | readTail(state + HELD, <u32>total & 7);
  return finish(load<u64>(state, V0), load<u64>(state, V1), load<u64>(state, V2), load<u64>(state, V3), last);
}
