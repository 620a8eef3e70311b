// MurmurHash3 (Austin Appleby, public domain, SMHasher "MurmurHash3.cpp"): the x86 32-bit and the x64
// 128-bit variant, one-shot and streaming. The 128-bit result is h1, h2 in the arena's result cell.
//
// States:                 x86_32                                x64_128
//   offset  size  meaning                        offset  size  meaning
//        0     8  total length so far                 0     8  total length so far
//        8     4  h1                                  8     8  h1
//       12     4  bytes not yet consumed;            16     8  h2
//                 count is length mod 4              24    16  bytes not yet consumed; count is length mod 16

import { RESULT } from '../memory/arena/layout';
import { copyTail, readTail } from './tail';

export const MURMUR3_X86_32_STATE_BYTES: u32 = 16;
export const MURMUR3_X64_128_STATE_BYTES: u32 = 40;

const H1: usize = 8;
const H2: usize = 16;
const HELD_32: usize = 12;
const HELD_128: usize = 24;

// @ts-ignore: decorator
@inline
function scramble32(block: u32): u32 {
  return rotl<u32>(block * 0xcc9e2d51, 15) * 0x1b873593;
}

// @ts-ignore: decorator
@inline
function finish32(hash: u32, length: u32): u32 {
  hash ^= length;
  hash = (hash ^ (hash >> 16)) * 0x85ebca6b;
  hash = (hash ^ (hash >> 13)) * 0xc2b2ae35;
  return hash ^ (hash >> 16);
}

/** Mixes the whole words of [from, end). */
// @ts-ignore: decorator
@inline
function body32(hash: u32, from: usize, end: usize): u32 {
  while (from < end) {
    hash = rotl<u32>(hash ^ scramble32(load<u32>(from)), 13) * 5 + 0xe6546b64;
    from += 4;
  }
  return hash;
}

/** Hash of `size` bytes at `from`. */
export function murmur3x86_32(from: usize, size: u32, seed: u32): u32 {
  const stop = from + (size & ~3);
  let hash = body32(seed, from, stop);
  if (size & 3) hash ^= scramble32(<u32>readTail(stop, size & 3));
  return finish32(hash, size);
}

export function murmur3x86_32Init(state: usize, seed: u32): void {
  store<u64>(state, 0);
  store<u32>(state, seed, H1);
}

export function murmur3x86_32Update(state: usize, from: usize, size: u32): void {
  const held = <u32>load<u64>(state) & 3;
  store<u64>(state, load<u64>(state) + size);
  if (held + size < 4) {
    copyTail(state + HELD_32 + held, from, size);
    return;
  }
  const end = from + size;
  let hash = load<u32>(state, H1);
  if (held) {
    copyTail(state + HELD_32 + held, from, 4 - held);
    hash = body32(hash, state + HELD_32, state + HELD_32 + 4);
    from += 4 - held;
  }
  const stop = from + ((end - from) & ~3);
  store<u32>(state, body32(hash, from, stop), H1);
  copyTail(state + HELD_32, stop, end - stop);
}

/** The hash of everything fed so far; the state may be fed further. */
export function murmur3x86_32Finish(state: usize): u32 {
  const total = <u32>load<u64>(state);
  let hash = load<u32>(state, H1);
  if (total & 3) hash ^= scramble32(<u32>readTail(state + HELD_32, total & 3));
  return finish32(hash, total);
}

const C1: u64 = 0x87c37b91114253d5;
const C2: u64 = 0x4cf5ad432745937f;

// @ts-ignore: decorator
@inline
function scrambleLow(block: u64): u64 {
  return rotl<u64>(block * C1, 31) * C2;
}

// @ts-ignore: decorator
@inline
function scrambleHigh(block: u64): u64 {
  return rotl<u64>(block * C2, 33) * C1;
}

// @ts-ignore: decorator
@inline
function avalanche(hash: u64): u64 {
  hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
  hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53;
  return hash ^ (hash >> 33);
}

/** Mixes in the last, fewer than 16, bytes and leaves h1, h2 in the arena's result cell. */
// @ts-ignore: decorator
@inline
function finish128(h1: u64, h2: u64, tail: usize, length: u64): void {
  const rest = <u32>length & 15;
  if (rest > 8) h2 ^= scrambleHigh(readTail(tail + 8, rest - 8));
  if (rest >= 8) h1 ^= scrambleLow(load<u64>(tail));
  else if (rest) h1 ^= scrambleLow(readTail(tail, rest));
  h1 ^= length;
  h2 ^= length;
  h1 += h2;
  h2 += h1;
  h1 = avalanche(h1);
  h2 = avalanche(h2);
  h1 += h2;
  h2 += h1;
  store<u64>(RESULT, h1);
  store<u64>(RESULT, h2, 8);
}

/** Hash of `size` bytes at `from`, left in the arena's result cell. */
export function murmur3x64_128(from: usize, size: u32, seed: u32): void {
  let h1: u64 = seed;
  let h2: u64 = seed;
  const stop = from + (size & ~15);
  while (from < stop) {
    h1 = (rotl<u64>(h1 ^ scrambleLow(load<u64>(from)), 27) + h2) * 5 + 0x52dce729;
    h2 = (rotl<u64>(h2 ^ scrambleHigh(load<u64>(from, 8)), 31) + h1) * 5 + 0x38495ab5;
    from += 16;
  }
  finish128(h1, h2, stop, size);
}

export function murmur3x64_128Init(state: usize, seed: u32): void {
  store<u64>(state, 0);
  store<u64>(state, seed, H1);
  store<u64>(state, seed, H2);
}

export function murmur3x64_128Update(state: usize, from: usize, size: u32): void {
  const held = <u32>load<u64>(state) & 15;
  store<u64>(state, load<u64>(state) + size);
  if (held + size < 16) {
    copyTail(state + HELD_128 + held, from, size);
    return;
  }
  const end = from + size;
  if (held) {
    copyTail(state + HELD_128 + held, from, 16 - held);
    consume128(state, state + HELD_128, state + HELD_128 + 16);
    from += 16 - held;
  }
  const stop = from + ((end - from) & ~15);
  consume128(state, from, stop);
  copyTail(state + HELD_128, stop, end - stop);
}

function consume128(state: usize, from: usize, stop: usize): void {
  let h1 = load<u64>(state, H1);
  let h2 = load<u64>(state, H2);
  while (from < stop) {
    h1 = (rotl<u64>(h1 ^ scrambleLow(load<u64>(from)), 27) + h2) * 5 + 0x52dce729;
    h2 = (rotl<u64>(h2 ^ scrambleHigh(load<u64>(from, 8)), 31) + h1) * 5 + 0x38495ab5;
    from += 16;
  }
  store<u64>(state, h1, H1);
  store<u64>(state, h2, H2);
}

/** The hash of everything fed so far, left in the arena's result cell; the state may be fed further. */
export function murmur3x64_128Finish(state: usize): void {
  finish128(load<u64>(state, H1), load<u64>(state, H2), state + HELD_128, load<u64>(state));
}
