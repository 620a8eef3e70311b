/** Binding of kernel `sketches/t-digest`. Addresses are u32 seen as i32: apply `>>> 0` before indexing with one. */

import { wasm } from '../../generated/sketches/t-digest.wasm.js';
import { defineKernel } from '../../kernel.js';

export interface TDigestKernel {
  /** 0 when the arena is full. */
  create(compression: number, scale: number): number;
  destroy(root: number): void;
  clear(root: number): void;
  /** A finite value, an integer weight; nothing can fail. */
  add(root: number, value: number, weight: number): void;
  /** With the doubles at `weights`, or once each where that is 0. */
  addMany(root: number, values: number, count: number, weights: number): void;
  merge(root: number, other: number): void;
  flush(root: number): void;
  /** The value at an index from 0 to the total. */
  valueAt(root: number, index: number): number;
  weightBelow(root: number, value: number): number;
  /** The mean between two weights from the least value on. */
  meanBetween(root: number, low: number, high: number): number;
  nodes(root: number): number;
  check(root: number): number;
}

export const tDigestKernel = defineKernel<TDigestKernel>('sketches/t-digest', wasm);

/** Most centroids of a digest. */
export function mostCentroids(compression: number): number {
  return 2 * Math.ceil(compression) + 16;
}
