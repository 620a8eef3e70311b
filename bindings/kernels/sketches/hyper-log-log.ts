/** Binding of kernel `sketches/hyper-log-log`. Addresses are u32 seen as i32: apply `>>> 0` before indexing with one. */

import { wasm } from '../../generated/sketches/hyper-log-log.wasm.js';
import { defineKernel } from '../../kernel.js';

export interface HyperLogLogKernel {
  /** 0 when the arena is full. */
  create(precision: number, sparse: number, seedLow: number, seedHigh: number): number;
  destroy(root: number): void;
  /** 1 a register changed, 0 none did, −1 the arena is full. */
  add(root: number, from: number, bytes: number): number;
  addU32(root: number, key: number): number;
  /** Whether a register changed. Only after `reserve`. */
  addMany(root: number, records: number, count: number): number;
  addManyU32(root: number, keys: number, count: number): number;
  /** Takes the memory that so many keys can need; 0 when it is not there. */
  reserve(root: number, more: number): number;
  release(root: number): void;
  count(root: number): number;
  /** As `add`. `from` has as many registers, or more. */
  merge(root: number, from: number): number;
  clear(root: number): void;
  /** Makes a register at least `value`; as `add`. */
  raise(root: number, index: number, value: number): number;
  registerBytes(root: number): number;
  /** Address of the dense registers that an empty sketch gets, 0 when the arena is full. */
  densify(root: number): number;
  /** Takes what is known of the dense registers from them; 0, or the broken invariant. */
  refresh(root: number): number;
  check(root: number): number;
}

export const hyperLogLogKernel = defineKernel<HyperLogLogKernel>('sketches/hyper-log-log', wasm);
