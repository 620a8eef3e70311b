/** `ashlar/codecs/varint`: integers in as few bytes as they need: LEB128, Stream VByte, and zigzag for signed ones. */
export { leb128, readVarint, type VarintOptions, varintBytes, writeVarint } from './leb128.js';
export { streamVByte } from './stream-vbyte.js';
export { zigzag } from './zigzag.js';
