/** A million small integers in as many bits as they need. */

import { bitPacking } from 'ashlar/codecs/bit-packing';

const values = Uint32Array.from({ length: 1_000_000 }, (_, i) => (i * 2_654_435_761) % 1000);
const blob = bitPacking.encode(values);
console.log(values.byteLength, 'bytes become', blob.length);
console.log(
  bitPacking.countOf(blob),
  bitPacking.decode(blob).every((value, i) => value === values[i]),
);

// Without a header, in a width of your own.
const width = bitPacking.widthOf(values);
const packed = new Uint8Array(bitPacking.packedBytes(values.length, width));
bitPacking.packInto(packed, values, width);
console.log(width, 'bits:', packed.length, bitPacking.unpackInto(new Uint32Array(3), packed, width).join(' '));

// Prints:
// 4000000 bytes become 1257905
// 1000000 true
// 10 bits: 1250080 0 761 522
