/** Binding of kernel `sketches/shared-histogram`. Addresses and counts are u32 seen as i32: apply `>>> 0` before use. */

import { wasm as shared } from '../../generated/shared/sketches/shared-histogram.wasm.js';
import { wasm } from '../../generated/sketches/shared-histogram.wasm.js';
import { defineKernel } from '../../kernel.js';

export interface SharedHistogramKernel {
  /** 0 when the arena is full. */
  create(lowest: number, highest: number, digits: number, parts: number): number;
  destroy(root: number): void;
  /** Address of the counts that a participant of this number adds to. */
  partOf(root: number, participant: number): number;
  /** 0 recorded; −1 above the range, −4 no value. */
  record(root: number, counts: number, value: number, count: number): number;
  /** Lowest and highest value and count, f64 each, of the counts from `from` on that are not 0; how many. */
  entries(root: number, from: number, count: number, out: number, taking: number): number;
  length(root: number): number;
  lowest(root: number): number;
  highest(root: number): number;
  total(root: number): number;
}

// Offsets in the root.
export const DIGITS = 8;
export const PARTS = 12;

export const sharedHistogramKernel = defineKernel<SharedHistogramKernel>('sketches/shared-histogram', wasm, shared);
