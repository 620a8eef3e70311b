// Kernel `codecs/integers`: codecs of whole arrays of integers, a staged piece at a time.
//
// Arrays are u32 words (or f64, where a name says so) at addresses the caller staged. What is decoded is checked: a
// function that reads encoded bytes is told where they end, reads at most 16 bytes beyond, and says how far it came.

export { deltaDecode, deltaEncode, zigzagDecode, zigzagEncode } from './delta';
export { leb128Count, leb128Decode, leb128DecodeDoubles, leb128Encode, leb128EncodeDoubles } from './leb128';
export { packBlock, packBlocks, unpackBlock, unpackBlocks, unpackedBytes, widthOf } from './packing';
export { streamVByteDecode, streamVByteEncode, streamVByteTables } from './stream-vbyte';
