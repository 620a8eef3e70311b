/** Binding of kernel `codecs/base-n`. Alphabets and inverses are tables at addresses; nothing here throws. */

import { wasm } from '../../generated/codecs/base-n.wasm.js';
import { defineKernel } from '../../kernel.js';

export interface BaseNKernel {
  /** Address after the digits. */
  encodeBits(alphabet: number, bits: number, from: number, bytes: number, to: number): number;
  /** Good digits. The result cell holds the bytes written, and the bits that filled no byte. */
  decodeBits(inverse: number, bits: number, from: number, digits: number, to: number): number;
  encodePositional(alphabet: number, radix: number, from: number, bytes: number, to: number, work: number): number;
  decodePositional(
    inverse: number,
    radix: number,
    from: number,
    digits: number,
    zeros: number,
    to: number,
    work: number,
  ): number;
}

export const baseNKernel = defineKernel<BaseNKernel>('codecs/base-n', wasm);
