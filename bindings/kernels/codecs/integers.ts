/** Binding of kernel `codecs/integers`: whole arrays of integers. Counts are of elements; nothing here throws. */

import { wasm } from '../../generated/codecs/integers.wasm.js';
import { defineKernel } from '../../kernel.js';

export interface IntegersKernel {
  // In place; arrays have room for `count` rounded up to 4 words.
  deltaEncode(values: number, count: number, previous: number): number;
  deltaDecode(values: number, count: number, previous: number): number;
  zigzagEncode(values: number, count: number): void;
  zigzagDecode(values: number, count: number): void;

  // Addresses after what was written or read. Decoders leave the number of values in the result cell.
  leb128Encode(values: number, count: number, to: number): number;
  /** 0 when a value is no integer from 0 to 2^53 − 1; its index is then in the result cell. */
  leb128EncodeDoubles(values: number, count: number, to: number): number;
  leb128Count(from: number, end: number): number;
  leb128Decode(from: number, end: number, to: number, count: number): number;
  leb128DecodeDoubles(from: number, end: number, to: number, count: number): number;

  /** Fills 4352 bytes. */
  streamVByteTables(tables: number): void;
  streamVByteEncode(values: number, count: number, controls: number, data: number): number;
  /** May read 4 bytes for each value, and 16 more, from `data` on, whatever is there. */
  streamVByteDecode(tables: number, controls: number, data: number, to: number, count: number): number;

  widthOf(values: number, count: number): number;
  packBlock(from: number, width: number, base: number, to: number): number;
  unpackBlock(from: number, width: number, base: number, to: number): number;
  packBlocks(from: number, blocks: number, widths: number, to: number): number;
  /** 2^32 − 1 (as −1) when a width is above 32. */
  unpackedBytes(widths: number, blocks: number): number;
  unpackBlocks(from: number, blocks: number, widths: number, to: number): number;
}

export const integersKernel = defineKernel<IntegersKernel>('codecs/integers', wasm);
