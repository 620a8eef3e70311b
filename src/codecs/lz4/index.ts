/** `ashlar/codecs/lz4`: the LZ4 block format. */
export { type Lz4Options, lz4 } from './lz4.js';
