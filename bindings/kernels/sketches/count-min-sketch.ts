/** Binding of kernel `sketches/count-min-sketch`. Addresses and counts are u32 seen as i32: apply `>>> 0`. */

import { wasm } from '../../generated/sketches/count-min-sketch.wasm.js';
import { defineKernel } from '../../kernel.js';

export interface CountMinSketchKernel {
  /** 0 when the arena is full. */
  create(width: number, depth: number, conservative: number, seedLow: number, seedHigh: number): number;
  destroy(root: number): void;
  /** The estimate after the addition. */
  add(root: number, from: number, bytes: number, count: number): number;
  addU32(root: number, key: number, count: number): number;
  /** With the words at `counts`, or once each where that is 0. */
  addMany(root: number, records: number, number: number, counts: number): void;
  addManyU32(root: number, keys: number, number: number, counts: number): void;
  estimate(root: number, from: number, bytes: number): number;
  estimateU32(root: number, key: number): number;
  /** `out` gets a u32 a key. */
  estimateMany(root: number, records: number, number: number, out: number): void;
  estimateManyU32(root: number, keys: number, number: number, out: number): void;
  /** `out` gets the counter of each row, a u32. */
  rows(root: number, from: number, bytes: number, out: number): void;
  rowsU32(root: number, key: number, out: number): void;
  /** Weighted sum of sketches: 16 bytes each at `sources`, address u32, zero u32, weight f64. */
  combine(root: number, sources: number, number: number): void;
  decay(root: number, factor: number): void;
  inner(root: number, other: number): number;
  clear(root: number): void;
  /** Address of the counters. */
  cells(root: number): number;
  check(root: number): number;
}

export const countMinSketchKernel = defineKernel<CountMinSketchKernel>('sketches/count-min-sketch', wasm);

/** Bytes of the root before the counters; they stand first in a serialised sketch too. */
export const HEADER_BYTES = 32;
export const MOST_DEPTH = 64;
export const MOST_CELLS = 2 ** 29;
