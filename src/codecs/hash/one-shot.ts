/**
 * Hashes of one string or byte array. All are O(n), take inputs of any length, and use at most 128 KiB of staging
 * space in the arena however long the input is.
 *
 * Every function throws TypeError for an input that is neither string nor Uint8Array, RangeError for a seed, key
 * or start value out of range, ArenaFullError when the arena has no room for the staging block, and DisposedError
 * when the given arena was disposed.
 */

import { checkKey, checkU32, checkU64, highHalf, keyWord, lowHalf, type Seed64 } from './parameters.js';
import { type HashInput, type HashOptions, type Stage, stageOf } from './staging.js';

export const FNV1A32_OFFSET_BASIS = 0x811c9dc5;
export const FNV1A64_OFFSET_BASIS = 0xcbf29ce484222325n;
export const DJB2_START = 5381;

/**
 * xxHash64: the fastest here for inputs beyond a few dozen bytes; excellent distribution, not keyed.
 *
 * @param seed 64 bits; default 0
 * @returns 64 bits. `.toString(16).padStart(16, '0')` is the form `xxhsum` prints.
 * @see Y. Collet, "xxHash fast digest algorithm", 0.1.1
 */
export function xxh64(input: HashInput, seed: Seed64 = 0, options?: HashOptions): bigint {
  const stage = stageOf(options);
  runXxh64(stage, input, seed);
  return stage.result64;
}

/** `xxh64` without a BigInt: its halves as two u32, high first, for where the hash is used as numbers. */
export function xxh64Pair(input: HashInput, seed: Seed64 = 0, options?: HashOptions): [high: number, low: number] {
  const stage = stageOf(options);
  runXxh64(stage, input, seed);
  return [stage.arena.resultHigh, stage.arena.resultLow];
}

/** `xxh64Pair` without an allocation: writes the high and the low half to `out[0]` and `out[1]`; returns `out`. */
export function xxh64Into(out: Uint32Array, input: HashInput, seed: Seed64 = 0, options?: HashOptions): Uint32Array {
  const stage = stageOf(options);
  runXxh64(stage, input, seed);
  stage.resultInto(out, 1);
  return out;
}

function runXxh64(stage: Stage, input: HashInput, seed: Seed64): void {
  const { kernel } = stage;
  let low = 0;
  let high = 0;
  if (seed !== 0) {
    checkU64(seed, 'The seed of xxh64');
    low = lowHalf(seed);
    high = highHalf(seed);
  }
  const at = stage.put(input);
  if (at !== 0) kernel.xxh64(at, stage.bytes, low, high);
  else kernel.xxh64Finish(stage.stream(input, (state) => kernel.xxh64Init(state, low, high), kernel.xxh64Update));
}

/**
 * xxHash32: 32 bits, for formats that ask for it (LZ4 frames) and 32-bit machines.
 *
 * @param seed u32; default 0
 * @returns u32
 * @see Y. Collet, "xxHash fast digest algorithm", 0.1.1
 */
export function xxh32(input: HashInput, seed = 0, options?: HashOptions): number {
  checkU32(seed, 'The seed of xxh32');
  const stage = stageOf(options);
  const { kernel } = stage;
  const at = stage.put(input);
  if (at !== 0) return kernel.xxh32(at, stage.bytes, seed) >>> 0;
  return kernel.xxh32Finish(stage.stream(input, (state) => kernel.xxh32Init(state, seed), kernel.xxh32Update)) >>> 0;
}

/**
 * MurmurHash3_x86_32 (SMHasher's "Murmur3A"): what Kafka, Cassandra, Guava and many Bloom filters agree on.
 *
 * @param seed u32; default 0
 * @returns u32
 * @see A. Appleby, SMHasher, MurmurHash3.cpp
 */
export function murmur3x86_32(input: HashInput, seed = 0, options?: HashOptions): number {
  checkU32(seed, 'The seed of murmur3x86_32');
  const stage = stageOf(options);
  const { kernel } = stage;
  const at = stage.put(input);
  if (at !== 0) return kernel.murmur3x86_32(at, stage.bytes, seed) >>> 0;
  const init = (state: number) => kernel.murmur3x86_32Init(state, seed);
  return kernel.murmur3x86_32Finish(stage.stream(input, init, kernel.murmur3x86_32Update)) >>> 0;
}

/**
 * MurmurHash3_x64_128 (SMHasher's "Murmur3F").
 *
 * @param seed u32; default 0
 * @returns 128 bits, h1 in the high half: in hexadecimal, h1 followed by h2, as most tools print it
 * @see A. Appleby, SMHasher, MurmurHash3.cpp
 */
export function murmur3x64_128(input: HashInput, seed = 0, options?: HashOptions): bigint {
  const stage = stageOf(options);
  runMurmur3x64(stage, input, seed);
  return stage.result128;
}

/** `murmur3x64_128` without an allocation: four u32 to `out`, h1 high, h1 low, h2 high, h2 low; returns `out`. */
export function murmur3x64_128Into(out: Uint32Array, input: HashInput, seed = 0, options?: HashOptions): Uint32Array {
  const stage = stageOf(options);
  runMurmur3x64(stage, input, seed);
  stage.resultInto(out, 2);
  return out;
}

function runMurmur3x64(stage: Stage, input: HashInput, seed: number): void {
  checkU32(seed, 'The seed of murmur3x64_128');
  const { kernel } = stage;
  const at = stage.put(input);
  if (at !== 0) {
    kernel.murmur3x64_128(at, stage.bytes, seed);
    return;
  }
  const init = (state: number) => kernel.murmur3x64_128Init(state, seed);
  kernel.murmur3x64_128Finish(stage.stream(input, init, kernel.murmur3x64_128Update));
}

/**
 * FNV-1a, 32 bits. Simple and widely specified; slower than the block hashes beyond a few bytes.
 *
 * @param offsetBasis u32 to start from; the result of a call continues with the next bytes. Default 0x811c9dc5
 * @returns u32
 * @see draft-eastlake-fnv, "The FNV Non-Cryptographic Hash Algorithm"
 */
export function fnv1a32(input: HashInput, offsetBasis = FNV1A32_OFFSET_BASIS, options?: HashOptions): number {
  checkU32(offsetBasis, 'The offset basis of fnv1a32');
  const stage = stageOf(options);
  const { kernel, arena } = stage;
  const at = stage.put(input);
  if (at !== 0) return kernel.fnv1a32(at, stage.bytes, offsetBasis) >>> 0;
  return arena.u32[
    stage.stream(input, (state) => setCell(stage, state, offsetBasis, 0), kernel.fnv1a32Update) >>> 2
  ] as number;
}

/**
 * FNV-1a, 64 bits.
 *
 * @param offsetBasis 64 bits to start from; the result of a call continues with the next bytes.
 *   Default 0xcbf29ce484222325
 * @returns 64 bits
 * @see draft-eastlake-fnv, "The FNV Non-Cryptographic Hash Algorithm"
 */
export function fnv1a64(input: HashInput, offsetBasis: Seed64 = FNV1A64_OFFSET_BASIS, options?: HashOptions): bigint {
  const stage = stageOf(options);
  runFnv1a64(stage, input, offsetBasis);
  return stage.result64;
}

/** `fnv1a64` without a BigInt result: writes the high and the low half to `out[0]` and `out[1]`; returns `out`. */
export function fnv1a64Into(
  out: Uint32Array,
  input: HashInput,
  offsetBasis: Seed64 = FNV1A64_OFFSET_BASIS,
  options?: HashOptions,
): Uint32Array {
  const stage = stageOf(options);
  runFnv1a64(stage, input, offsetBasis);
  stage.resultInto(out, 1);
  return out;
}

function runFnv1a64(stage: Stage, input: HashInput, offsetBasis: Seed64): void {
  const { kernel } = stage;
  let low = 0x84222325;
  let high = 0xcbf29ce4;
  if (offsetBasis !== FNV1A64_OFFSET_BASIS) {
    checkU64(offsetBasis, 'The offset basis of fnv1a64');
    low = lowHalf(offsetBasis);
    high = highHalf(offsetBasis);
  }
  const at = stage.put(input);
  if (at !== 0) {
    kernel.fnv1a64(at, stage.bytes, low, high);
    return;
  }
  const state = stage.stream(input, (cell) => setCell(stage, cell, low, high), kernel.fnv1a64Update);
  const u32 = stage.arena.u32;
  // No more bytes: the state becomes the result.
  kernel.fnv1a64(state, 0, u32[state >>> 2] as number, u32[(state >>> 2) + 1] as number);
}

/**
 * djb2 (hash × 33 + byte) in 32 bits, for agreement with others that use it. Weak: collisions are easy to write down.
 *
 * @param start u32 to start from; the result of a call continues with the next bytes. Default 5381
 * @returns u32
 * @see D. J. Bernstein, comp.lang.c, 1991
 */
export function djb2(input: HashInput, start = DJB2_START, options?: HashOptions): number {
  checkU32(start, 'The start value of djb2');
  const stage = stageOf(options);
  const { kernel, arena } = stage;
  const at = stage.put(input);
  if (at !== 0) return kernel.djb2(at, stage.bytes, start) >>> 0;
  return arena.u32[stage.stream(input, (state) => setCell(stage, state, start, 0), kernel.djb2Update) >>> 2] as number;
}

/**
 * SipHash-1-3: a keyed hash for tables whose keys strangers choose. Not a message authentication code of full
 * strength: use SipHash-2-4 or HMAC where a forged tag is worth something.
 *
 * @param key 16 bytes, kept secret
 * @returns 64 bits
 * @see J.-P. Aumasson, D. J. Bernstein, "SipHash: a fast short-input PRF", 2012
 */
export function sipHash13(input: HashInput, key: Uint8Array, options?: HashOptions): bigint {
  const stage = stageOf(options);
  runSipHash13(stage, input, key);
  return stage.result64;
}

/** `sipHash13` without a BigInt: writes the high and the low half to `out[0]` and `out[1]`; returns `out`. */
export function sipHash13Into(out: Uint32Array, input: HashInput, key: Uint8Array, options?: HashOptions): Uint32Array {
  const stage = stageOf(options);
  runSipHash13(stage, input, key);
  stage.resultInto(out, 1);
  return out;
}

function runSipHash13(stage: Stage, input: HashInput, key: Uint8Array): void {
  checkKey(key);
  const { kernel } = stage;
  const k0Low = keyWord(key, 0);
  const k0High = keyWord(key, 4);
  const k1Low = keyWord(key, 8);
  const k1High = keyWord(key, 12);
  const at = stage.put(input);
  if (at !== 0) {
    kernel.sipHash13(at, stage.bytes, k0Low, k0High, k1Low, k1High);
    return;
  }
  const init = (state: number) => kernel.sipHash13Init(state, k0Low, k0High, k1Low, k1High);
  kernel.sipHash13Finish(stage.stream(input, init, kernel.sipHash13Update));
}

/**
 * CRC-32C (Castagnoli): finds every burst error up to 32 bits. What iSCSI, ext4, Btrfs and LevelDB store.
 *
 * The first use in an arena makes 32 KiB of tables there; an arena without room for them computes bit by bit.
 *
 * @param previous the CRC of the bytes before these, to continue from; default 0
 * @returns u32
 * @see RFC 3720, appendix B.4
 */
export function crc32c(input: HashInput, previous = 0, options?: HashOptions): number {
  checkU32(previous, 'The previous value of crc32c');
  const stage = stageOf(options);
  const { kernel, arena } = stage;
  const at = stage.put(input);
  if (at !== 0) return kernel.crc32c(at, stage.bytes, previous) >>> 0;
  return arena.u32[
    stage.stream(input, (state) => setCell(stage, state, previous, 0), kernel.crc32cUpdate) >>> 2
  ] as number;
}

/** Sets a state that is one cell of eight bytes. */
function setCell(stage: Stage, state: number, low: number, high: number): void {
  const u32 = stage.arena.u32;
  u32[state >>> 2] = low;
  u32[(state >>> 2) + 1] = high;
}
