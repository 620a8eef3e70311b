/** Integers in as few bytes as they need. */

import { leb128, readVarint, streamVByte, writeVarint, zigzag } from 'ashlar/codecs/varint';

const sizes = Uint32Array.of(3, 300, 70_000, 12, 9, 1_000_000, 42, 5);
console.log(
  'LEB128',
  leb128.encode(sizes).length,
  'Stream VByte',
  streamVByte.encode(sizes).length,
  'of',
  sizes.byteLength,
);
console.log(leb128.decode(leb128.encode(sizes)).join(' '));
console.log(streamVByte.decode(streamVByte.encode(sizes), sizes.length).join(' '));

// Signed values first become small unsigned ones.
console.log(zigzag.encode(Int32Array.of(0, -1, 1, -64)).join(' '));

// One at a time, up to 2^53 − 1.
const record = new Uint8Array(16);
const end = writeVarint(record, 0, Number.MAX_SAFE_INTEGER);
console.log(end, readVarint(record, 0).value === Number.MAX_SAFE_INTEGER);

// Prints:
// LEB128 13 Stream VByte 15 of 32
// 3 300 70000 12 9 1000000 42 5
// 3 300 70000 12 9 1000000 42 5
// 0 1 2 127
// 8 true
