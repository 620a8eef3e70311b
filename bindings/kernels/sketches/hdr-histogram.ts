/** Binding of kernel `sketches/hdr-histogram`. Addresses and counts are u32 seen as i32: apply `>>> 0`. */

import { wasm } from '../../generated/sketches/hdr-histogram.wasm.js';
import { defineKernel } from '../../kernel.js';

export interface HdrHistogramKernel {
  /** 0 when the arena is full. */
  create(lowest: number, highest: number, digits: number, resizes: number): number;
  destroy(root: number): void;
  setResizes(root: number, resizes: number): void;
  setHighest(root: number, highest: number): void;
  /** 0; −1 above the range, −2 the arena is full, −3 too many counts, −4 no value. */
  record(root: number, value: number): number;
  recordCount(root: number, value: number, count: number): number;
  recordCorrected(root: number, value: number, count: number, interval: number): number;
  /** −4 when one is no value. */
  largestF64(values: number, count: number): number;
  largestU32(values: number, count: number): number;
  reserve(root: number, value: number): number;
  recordManyF64(root: number, values: number, count: number): void;
  recordManyU32(root: number, values: number, count: number): void;
  addPairs(root: number, pairs: number, count: number): number;
  /** 0, or 1 + the index of the pair of which there are too few. */
  subtractPairs(root: number, pairs: number, count: number): number;
  valueAtCount(root: number, wanted: number, lowest: number): number;
  countBetween(root: number, low: number, high: number): number;
  mean(root: number): number;
  stdDeviation(root: number): number;
  lowestFrom(root: number, index: number): number;
  highestRecorded(root: number): number;
  total(root: number): number;
  lowestDiscernible(root: number): number;
  highestTrackable(root: number): number;
  lowestOf(root: number, value: number): number;
  rangeOf(root: number, value: number): number;
  used(root: number): number;
  entries(root: number, from: number, count: number, out: number): number;
  encode(root: number, out: number): number;
  decode(root: number, from: number, bytes: number): number;
  reset(root: number): void;
  check(root: number): number;
}

export const hdrHistogramKernel = defineKernel<HdrHistogramKernel>('sketches/hdr-histogram', wasm);
