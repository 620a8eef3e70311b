/** `ashlar/codecs/base-n`: bytes as text in bases 16, 32, 58, 62 and 64, decoded strictly. */
export type { BaseCodec, BaseNOptions } from './alphabet.js';
export { base16, base16Lower, base32, base32Crockford, base32Hex, base64, base64Url } from './bits.js';
export { base58, base62 } from './positional.js';
