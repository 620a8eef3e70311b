/**
 * Binding of kernel `codecs/hash`. Inputs stand at [from, from + bytes) of the arena; 64-bit values cross as two u32,
 * low half first; results wider than 32 bits are left in the arena's result cell. Nothing here fails.
 */

import { wasm } from '../../generated/codecs/hash.wasm.js';
import { defineKernel } from '../../kernel.js';

export interface HashKernel {
  xxh32(from: number, bytes: number, seed: number): number;
  xxh32StateBytes(): number;
  xxh32Init(state: number, seed: number): void;
  xxh32Update(state: number, from: number, bytes: number): void;
  xxh32Finish(state: number): number;

  xxh64(from: number, bytes: number, seedLow: number, seedHigh: number): void;
  xxh64StateBytes(): number;
  xxh64Init(state: number, seedLow: number, seedHigh: number): void;
  xxh64Update(state: number, from: number, bytes: number): void;
  xxh64Finish(state: number): void;

  murmur3x86_32(from: number, bytes: number, seed: number): number;
  murmur3x86_32StateBytes(): number;
  murmur3x86_32Init(state: number, seed: number): void;
  murmur3x86_32Update(state: number, from: number, bytes: number): void;
  murmur3x86_32Finish(state: number): number;

  murmur3x64_128(from: number, bytes: number, seed: number): void;
  murmur3x64_128StateBytes(): number;
  murmur3x64_128Init(state: number, seed: number): void;
  murmur3x64_128Update(state: number, from: number, bytes: number): void;
  murmur3x64_128Finish(state: number): void;

  sipHash13(from: number, bytes: number, k0Low: number, k0High: number, k1Low: number, k1High: number): void;
  sipHash13StateBytes(): number;
  sipHash13Init(state: number, k0Low: number, k0High: number, k1Low: number, k1High: number): void;
  sipHash13Update(state: number, from: number, bytes: number): void;
  sipHash13Finish(state: number): void;

  // The hash of these is their whole state: one cell of eight bytes, written and read as it is.
  fnv1a32(from: number, bytes: number, hash: number): number;
  fnv1a32Update(state: number, from: number, bytes: number): void;
  fnv1a64(from: number, bytes: number, hashLow: number, hashHigh: number): void;
  fnv1a64Update(state: number, from: number, bytes: number): void;
  djb2(from: number, bytes: number, hash: number): number;
  djb2Update(state: number, from: number, bytes: number): void;
  crc32c(from: number, bytes: number, previous: number): number;
  crc32cUpdate(state: number, from: number, bytes: number): void;
}

export const hashKernel = defineKernel<HashKernel>('codecs/hash', wasm);
