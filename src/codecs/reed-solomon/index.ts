/** `ashlar/codecs/reed-solomon`: erasure coding over GF(2^8), compatible with Backblaze and klauspost. */
export { type MaybeShard, ReedSolomon, type ReedSolomonOptions, TooFewShardsError } from './reed-solomon.js';
export { ShardBuffer } from './shard-buffer.js';
