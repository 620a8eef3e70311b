// xxHash64 (Yann Collet, BSD-2-Clause specification "xxHash fast digest algorithm", version 0.1.1).
// One-shot, and streaming over a state of XXH64_STATE_BYTES bytes:
//
//   offset  size  meaning
//        0     8  total length so far
//        8    32  four lane accumulators
//       40     8  seed
//       48    32  bytes not yet consumed; their count is (total length) mod 32

import { copyTail } from './tail';

const P1: u64 = 0x9e3779b185ebca87;
const P2: u64 = 0xc2b2ae3d27d4eb4f;
const P3: u64 = 0x165667b19e3779f9;
const P4: u64 = 0x85ebca77c2b2ae63;
const P5: u64 = 0x27d4eb2f165667c5;

export const XXH64_STATE_BYTES: u32 = 80;

// @ts-ignore: decorator
@inline
function round(lane: u64, input: u64): u64 {
  return rotl<u64>(lane + input * P2, 31) * P1;
}

// @ts-ignore: decorator
@inline
function mergeRound(hash: u64, lane: u64): u64 {
  return (hash ^ round(0, lane)) * P1 + P4;
}

// @ts-ignore: decorator
@inline
function mergeLanes(a: u64, b: u64, c: u64, d: u64): u64 {
  let hash = rotl<u64>(a, 1) + rotl<u64>(b, 7) + rotl<u64>(c, 12) + rotl<u64>(d, 18);
  hash = mergeRound(hash, a);
  hash = mergeRound(hash, b);
  hash = mergeRound(hash, c);
  return mergeRound(hash, d);
}

/** Mixes in the last, fewer than 32, bytes and spreads every input bit over the result. */
// @ts-ignore: decorator
@inline
function finish(hash: u64, from: usize, end: usize): u64 {
  while (from + 8 <= end) {
    hash = rotl<u64>(hash ^ round(0, load<u64>(from)), 27) * P1 + P4;
    from += 8;
  }
  if (from + 4 <= end) {
    hash = rotl<u64>(hash ^ (<u64>load<u32>(from) * P1), 23) * P2 + P3;
    from += 4;
  }
  while (from < end) {
    hash = rotl<u64>(hash ^ (<u64>load<u8>(from) * P5), 11) * P1;
    from++;
  }
  hash = (hash ^ (hash >> 33)) * P2;
  hash = (hash ^ (hash >> 29)) * P3;
  return hash ^ (hash >> 32);
}

/** Hash of `size` bytes at `from`. */
export function xxh64(from: usize, size: u32, seed: u64): u64 {
  const end = from + size;
  let hash: u64;
  if (size >= 32) {
    let a = seed + P1 + P2;
    let b = seed + P2;
    let c = seed;
    let d = seed - P1;
    const last = end - 32;
    do {
      a = round(a, load<u64>(from));
      b = round(b, load<u64>(from, 8));
      c = round(c, load<u64>(from, 16));
      d = round(d, load<u64>(from, 24));
      from += 32;
    } while (from <= last);
    hash = mergeLanes(a, b, c, d);
  } else {
    hash = seed + P5;
  }
  return finish(hash + size, from, end);
}
/** xxh64 of a number's four bytes, the low one first. */
// @ts-ignore: decorator
@inline
export function xxh64OfU32(key: u32, seed: u64): u64 {
  let hash = (seed + P5 + 4) ^ (<u64>key * P1);
  hash = rotl<u64>(hash, 23) * P2 + P3;
  hash = (hash ^ (hash >> 33)) * P2;
  hash = (hash ^ (hash >> 29)) * P3;
  return hash ^ (hash >> 32);
}


export function xxh64Init(state: usize, seed: u64): void {
  store<u64>(state, 0);
  store<u64>(state, seed + P1 + P2, 8);
  store<u64>(state, seed + P2, 16);
  store<u64>(state, seed, 24);
  store<u64>(state, seed - P1, 32);
  store<u64>(state, seed, 40);
}

export function xxh64Update(state: usize, from: usize, size: u32): void {
  const held = <u32>load<u64>(state) & 31;
  store<u64>(state, load<u64>(state) + size);
  if (held + size < 32) {
    copyTail(state + 48 + held, from, size);
    return;
  }
  const end = from + size;
  if (held) {
    copyTail(state + 48 + held, from, 32 - held);
    consume(state, state + 48, state + 80);
    from += 32 - held;
  }
  from = consume(state, from, end);
  copyTail(state + 48, from, end - from);
}

/** Feeds whole 32-byte stripes to the lanes; returns where it stopped. */
function consume(state: usize, from: usize, end: usize): usize {
  let a = load<u64>(state, 8);
  let b = load<u64>(state, 16);
  let c = load<u64>(state, 24);
  let d = load<u64>(state, 32);
  while (from + 32 <= end) {
    a = round(a, load<u64>(from));
    b = round(b, load<u64>(from, 8));
    c = round(c, load<u64>(from, 16));
    d = round(d, load<u64>(from, 24));
    from += 32;
  }
  store<u64>(state, a, 8);
  store<u64>(state, b, 16);
  store<u64>(state, c, 24);
  store<u64>(state, d, 32);
  return from;
}

/** The hash of everything fed so far; the state may be fed further. */
export function xxh64Finish(state: usize): u64 {
  const total = load<u64>(state);
  const hash =
    total >= 32
      ? mergeLanes(load<u64>(state, 8), load<u64>(state, 16), load<u64>(state, 24), load<u64>(state, 32))
      : load<u64>(state, 40) + P5;
  const held = state + 48;
  return finish(hash + total, held, held + (<usize>total & 31));
}
