// xxHash32 (Yann Collet, BSD-2-Clause specification "xxHash fast digest algorithm", version 0.1.1).
// One-shot, and streaming over a state of XXH32_STATE_BYTES bytes:
//
//   offset  size  meaning
//        0     8  total length so far
//        8    16  four lane accumulators
//       24     4  seed
//       28     4  unused
//       32    16  bytes not yet consumed; their count is (total length) mod 16

import { copyTail } from './tail';

const P1: u32 = 0x9e3779b1;
const P2: u32 = 0x85ebca77;
const P3: u32 = 0xc2b2ae3d;
const P4: u32 = 0x27d4eb2f;
const P5: u32 = 0x165667b1;

const LANES: usize = 8;
const SEED: usize = 24;
const HELD: usize = 32;

export const XXH32_STATE_BYTES: u32 = 48;

// @ts-ignore: decorator
@inline
function round(lane: u32, input: u32): u32 {
  return rotl<u32>(lane + input * P2, 13) * P1;
}

// @ts-ignore: decorator
@inline
function mergeLanes(a: u32, b: u32, c: u32, d: u32): u32 {
  return rotl<u32>(a, 1) + rotl<u32>(b, 7) + rotl<u32>(c, 12) + rotl<u32>(d, 18);
}

/** Mixes in the last, fewer than 16, bytes and spreads every input bit over the result. */
// @ts-ignore: decorator
@inline
function finish(hash: u32, from: usize, end: usize): u32 {
  while (from + 4 <= end) {
    hash = rotl<u32>(hash + load<u32>(from) * P3, 17) * P4;
    from += 4;
  }
  while (from < end) {
    hash = rotl<u32>(hash + <u32>load<u8>(from) * P5, 11) * P1;
    from++;
  }
  hash = (hash ^ (hash >> 15)) * P2;
  hash = (hash ^ (hash >> 13)) * P3;
  return hash ^ (hash >> 16);
}

/** Hash of `size` bytes at `from`. */
export function xxh32(from: usize, size: u32, seed: u32): u32 {
  const end = from + size;
  let hash: u32;
  if (size >= 16) {
    let a = seed + P1 + P2;
    let b = seed + P2;
    let c = seed;
    let d = seed - P1;
    const last = end - 16;
    do {
      a = round(a, load<u32>(from));
      b = round(b, load<u32>(from, 4));
      c = round(c, load<u32>(from, 8));
      d = round(d, load<u32>(from, 12));
      from += 16;
    } while (from <= last);
    hash = mergeLanes(a, b, c, d);
  } else {
    hash = seed + P5;
  }
  return finish(hash + size, from, end);
}

export function xxh32Init(state: usize, seed: u32): void {
  store<u64>(state, 0);
  store<u32>(state, seed + P1 + P2, LANES);
  store<u32>(state, seed + P2, LANES + 4);
  store<u32>(state, seed, LANES + 8);
  store<u32>(state, seed - P1, LANES + 12);
  store<u32>(state, seed, SEED);
}

export function xxh32Update(state: usize, from: usize, size: u32): void {
  const held = <u32>load<u64>(state) & 15;
  store<u64>(state, load<u64>(state) + size);
  if (held + size < 16) {
    copyTail(state + HELD + held, from, size);
    return;
  }
  const end = from + size;
  if (held) {
    copyTail(state + HELD + held, from, 16 - held);
    consume(state, state + HELD, state + HELD + 16);
    from += 16 - held;
  }
  from = consume(state, from, end);
  copyTail(state + HELD, from, end - from);
}

/** Feeds whole 16-byte stripes to the lanes; returns where it stopped. */
function consume(state: usize, from: usize, end: usize): usize {
  let a = load<u32>(state, LANES);
  let b = load<u32>(state, LANES + 4);
  let c = load<u32>(state, LANES + 8);
  let d = load<u32>(state, LANES + 12);
  while (from + 16 <= end) {
    a = round(a, load<u32>(from));
    b = round(b, load<u32>(from, 4));
    c = round(c, load<u32>(from, 8));
    d = round(d, load<u32>(from, 12));
    from += 16;
  }
  store<u32>(state, a, LANES);
  store<u32>(state, b, LANES + 4);
  store<u32>(state, c, LANES + 8);
  store<u32>(state, d, LANES + 12);
  return from;
}

/** The hash of everything fed so far; the state may be fed further. */
export function xxh32Finish(state: usize): u32 {
  const total = load<u64>(state);
  const hash =
    total >= 16
      ? mergeLanes(load<u32>(state, LANES), load<u32>(state, LANES + 4), load<u32>(state, LANES + 8), load<u32>(state, LANES + 12))
      : load<u32>(state, SEED) + P5;
  const held = state + HELD;
  return finish(hash + <u32>total, held, held + (<usize>total & 15));
}
