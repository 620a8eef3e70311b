/** Binding of kernel `codecs/reed-solomon`: arithmetic on whole shards. Nothing here fails. */

import { wasm } from '../../generated/codecs/reed-solomon.wasm.js';
import { defineKernel } from '../../kernel.js';

export interface ReedSolomonKernel {
  /** The product of two elements of GF(2^8). */
  product(a: number, b: number): number;
  /** 32 bytes of tables for each coefficient. */
  makeTables(coefficients: number, count: number, tables: number): void;
  /** `inputs` and `outputs` are arrays of u32 addresses; shards have room for `bytes` rounded up to 32. */
  multiply(
    tables: number,
    inputs: number,
    inputCount: number,
    outputs: number,
    outputCount: number,
    bytes: number,
  ): void;
  /** to ^= from; both have room for `bytes` rounded up to 16. */
  addTo(to: number, from: number, bytes: number): void;
  isEqual(a: number, b: number, bytes: number): number;
}

export const reedSolomonKernel = defineKernel<ReedSolomonKernel>('codecs/reed-solomon', wasm);
