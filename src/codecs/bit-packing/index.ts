/** `ashlar/codecs/bit-packing`: u32 in as many bits as they need, 128 at a time. */
export { type BitPackingOptions, bitPacking } from './bit-packing.js';
