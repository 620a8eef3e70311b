/** `ashlar/codecs`: everything of this shelf. Each room also has an import path of its own. */
export { DecodeError } from '../../bindings/decode-error.js';
export {
  type BaseCodec,
  type BaseNOptions,
  base16,
  base16Lower,
  base32,
  base32Crockford,
  base32Hex,
  base58,
  base62,
  base64,
  base64Url,
} from './base-n/index.js';
export { type BitPackingOptions, bitPacking } from './bit-packing/index.js';
export { type DeltaCodec, type DeltaOptions, delta, deltaOfDelta } from './delta/index.js';
export {
  CardinalityError,
  type DictionaryEncodeOptions,
  type DictionaryKind,
  type DictionaryOptions,
  type DictionaryValue,
  type DictionaryValues,
  dictionary,
} from './dictionary/index.js';
export {
  type FrameOfReferenceOptions,
  type FrameOfReferenceValues,
  frameOfReference,
} from './frame-of-reference/index.js';
export {
  GorillaDecoder,
  type GorillaEncodeOptions,
  GorillaEncoder,
  type GorillaOptions,
  type GorillaSamples,
  gorilla,
} from './gorilla/index.js';
export {
  Crc32c,
  crc32c,
  Djb2,
  djb2,
  Fnv1a32,
  Fnv1a64,
  fnv1a32,
  fnv1a64,
  fnv1a64Into,
  type HashInput,
  type HashOptions,
  Murmur3x64_128,
  Murmur3x86_32,
  murmur3x64_128,
  murmur3x64_128Into,
  murmur3x86_32,
  type Seed64,
  SipHash13,
  StreamingHash,
  sipHash13,
  sipHash13Into,
  Xxh32,
  Xxh64,
  xxh32,
  xxh64,
  xxh64Into,
  xxh64Pair,
} from './hash/index.js';
export { type Lz4Options, lz4 } from './lz4/index.js';
export {
  type MaybeShard,
  ReedSolomon,
  type ReedSolomonOptions,
  ShardBuffer,
  TooFewShardsError,
} from './reed-solomon/index.js';
export {
  type RunLengthDecodeOptions,
  type RunLengthOptions,
  type Runs,
  runLength,
} from './run-length/index.js';
export {
  leb128,
  readVarint,
  streamVByte,
  type VarintOptions,
  varintBytes,
  writeVarint,
  zigzag,
} from './varint/index.js';
