/** `ashlar/codecs/hash`: hash functions and CRC-32C, one-shot and streaming. */
export {
  crc32c,
  djb2,
  fnv1a32,
  fnv1a64,
  fnv1a64Into,
  murmur3x64_128,
  murmur3x64_128Into,
  murmur3x86_32,
  sipHash13,
  sipHash13Into,
  xxh32,
  xxh64,
  xxh64Into,
  xxh64Pair,
} from './one-shot.js';
export type { Seed64 } from './parameters.js';
export type { HashInput, HashOptions } from './staging.js';
export {
  Crc32c,
  Djb2,
  Fnv1a32,
  Fnv1a64,
  Murmur3x64_128,
  Murmur3x86_32,
  SipHash13,
  StreamingHash,
  Xxh32,
  Xxh64,
} from './streaming.js';
