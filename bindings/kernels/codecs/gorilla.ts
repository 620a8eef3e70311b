/** Binding of kernel `codecs/gorilla`: one block of samples at a time. Nothing here throws. */

import { wasm } from '../../generated/codecs/gorilla.wasm.js';
import { defineKernel } from '../../kernel.js';

export interface GorillaKernel {
  /** Room a block of `count` samples takes at most. */
  maxBlockBytes(count: number): number;
  workBytes(count: number): number;
  /** Bytes written within the room at `out`; their address is left in the result cell. */
  encodeBlock(timestamps: number, values: number, count: number, out: number, work: number): number;
  /** 1, or 0 when the body [from, end) is malformed. May read 16 bytes beyond `end`. */
  decodeBlock(from: number, end: number, count: number, timestamps: number, values: number, work: number): number;
  /** Index of the first timestamp that is no safe integer, or `count`. */
  firstUnsafe(timestamps: number, count: number): number;
  /** 1 when no timestamp is below the one before it. */
  isOrdered(timestamps: number, count: number, previous: number): number;
  crc32c(from: number, bytes: number, previous: number): number;
}

export const gorillaKernel = defineKernel<GorillaKernel>('codecs/gorilla', wasm);
