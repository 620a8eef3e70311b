// Kernel `codecs/hash`: the hash functions of assembly/hash behind one set of exports.
//
// Inputs are bytes at [from, from + size) of the arena. 64-bit seeds, keys and results cross as two u32, low half
// first; results wider than 32 bits are left in the arena's result cell. Nothing here can fail.

import { crc32c as crc32cOf } from '../../hash/crc32c';
import { djb2 as djb2Of } from '../../hash/djb2';
import { fnv1a32 as fnv1a32Of, fnv1a64 as fnv1a64Of } from '../../hash/fnv1a';
import { MURMUR3_X64_128_STATE_BYTES, MURMUR3_X86_32_STATE_BYTES } from '../../hash/murmur3';
import { siphash13, siphash13Finish, siphash13Init, SIPHASH13_STATE_BYTES } from '../../hash/siphash';
import { XXH32_STATE_BYTES } from '../../hash/xxh32';
import { xxh64 as xxh64Of, xxh64Finish as xxh64FinishOf, xxh64Init as xxh64InitOf, XXH64_STATE_BYTES } from '../../hash/xxh64';
import { RESULT } from '../../memory/arena/layout';

export {
  murmur3x64_128,
  murmur3x64_128Finish,
  murmur3x64_128Init,
  murmur3x64_128Update,
  murmur3x86_32,
  murmur3x86_32Finish,
  murmur3x86_32Init,
  murmur3x86_32Update,
} from '../../hash/murmur3';
export { siphash13Update as sipHash13Update } from '../../hash/siphash';
export { xxh32, xxh32Finish, xxh32Init, xxh32Update } from '../../hash/xxh32';
export { xxh64Update } from '../../hash/xxh64';
export { crc32cOf as crc32c };

// @ts-ignore: decorator
@inline
function wide(low: u32, high: u32): u64 {
  return (<u64>high << 32) | low;
}

export function xxh64(from: usize, size: u32, seedLow: u32, seedHigh: u32): void {
  store<u64>(RESULT, xxh64Of(from, size, wide(seedLow, seedHigh)));
}

export function xxh64Init(state: usize, seedLow: u32, seedHigh: u32): void {
  xxh64InitOf(state, wide(seedLow, seedHigh));
}

export function xxh64Finish(state: usize): void {
  store<u64>(RESULT, xxh64FinishOf(state));
}

// A function with a default parameter must not be exported itself: asc would add a global that counts arguments.

export function fnv1a32(from: usize, size: u32, hash: u32): u32 {
  return fnv1a32Of(from, size, hash);
}

export function djb2(from: usize, size: u32, hash: u32): u32 {
  return djb2Of(from, size, hash);
}

export function fnv1a64(from: usize, size: u32, hashLow: u32, hashHigh: u32): void {
  store<u64>(RESULT, fnv1a64Of(from, size, wide(hashLow, hashHigh)));
}

export function sipHash13(from: usize, size: u32, k0Low: u32, k0High: u32, k1Low: u32, k1High: u32): void {
  store<u64>(RESULT, siphash13(from, size, wide(k0Low, k0High), wide(k1Low, k1High)));
}

export function sipHash13Init(state: usize, k0Low: u32, k0High: u32, k1Low: u32, k1High: u32): void {
  siphash13Init(state, wide(k0Low, k0High), wide(k1Low, k1High));
}

export function sipHash13Finish(state: usize): void {
  store<u64>(RESULT, siphash13Finish(state));
}

// Four whose hash is their whole state stream over one cell of eight bytes.

export function fnv1a32Update(state: usize, from: usize, size: u32): void {
  store<u32>(state, fnv1a32Of(from, size, load<u32>(state)));
}

export function fnv1a64Update(state: usize, from: usize, size: u32): void {
  store<u64>(state, fnv1a64Of(from, size, load<u64>(state)));
}

export function djb2Update(state: usize, from: usize, size: u32): void {
  store<u32>(state, djb2Of(from, size, load<u32>(state)));
}

export function crc32cUpdate(state: usize, from: usize, size: u32): void {
  store<u32>(state, crc32cOf(from, size, load<u32>(state)));
}

// Bytes a streaming state takes.

export function xxh32StateBytes(): u32 {
  return XXH32_STATE_BYTES;
}

export function xxh64StateBytes(): u32 {
  return XXH64_STATE_BYTES;
}

export function murmur3x86_32StateBytes(): u32 {
  return MURMUR3_X86_32_STATE_BYTES;
}

export function murmur3x64_128StateBytes(): u32 {
  return MURMUR3_X64_128_STATE_BYTES;
}

export function sipHash13StateBytes(): u32 {
  return SIPHASH13_STATE_BYTES;
}
