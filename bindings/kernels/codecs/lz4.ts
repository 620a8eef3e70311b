/** Binding of kernel `codecs/lz4`. Nothing here throws. */

import { wasm } from '../../generated/codecs/lz4.wasm.js';
import { defineKernel } from '../../kernel.js';

export interface Lz4Kernel {
  /** Bytes written at `to`, where bytes + bytes / 255 + 64 must be free; 16 bytes after the input are read. */
  compress(from: number, bytes: number, to: number, table: number, tableBits: number): number;
  /**
   * Bytes written at `to`, or −1: the result cell then has the offset, and 1 behind it when `capacity` is too small.
   * 32 bytes beyond the block are read, and beyond `capacity` written.
   */
  decompress(from: number, bytes: number, to: number, capacity: number): number;
}

export const lz4Kernel = defineKernel<Lz4Kernel>('codecs/lz4', wasm);
