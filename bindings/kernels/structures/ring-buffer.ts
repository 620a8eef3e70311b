/** Binding of kernel `structures/ring-buffer`. Addresses and counts are u32 seen as i32: apply `>>> 0` before use. */

import { wasm } from '../../generated/structures/ring-buffer.wasm.js';
import { defineKernel } from '../../kernel.js';

export interface RingBufferKernel {
  /** 0 when the arena is full. */
  create(variant: number, policy: number, capacity: number, ringBytes: number): number;
  destroy(root: number): void;
  clear(root: number): void;
  bytesOf(root: number): number;
  /** 0 when every invariant holds. */
  check(root: number): number;
  setCounters(root: number, overwritten: number, rejected: number): void;
  countRejected(root: number, count: number): void;

  /** 1, or 0 refused. */
  push(root: number, value: number): number;
  /** Of a ring that is not empty. */
  shift(root: number): number;
  /** Of a ring that is not empty. */
  pop(root: number): number;
  at(root: number, index: number): number;
  /** How many of so many the caller is to write to the newest slots. */
  admit(root: number, count: number): number;

  /** 1, or 0 refused. */
  pushRecord(root: number, from: number, length: number): number;
  /** How many went in before one was refused. */
  pushRecords(root: number, from: number, count: number): number;

  drop(root: number, count: number): void;
  dropNewest(root: number, count: number): void;
}

// Offsets in the root.
export const VARIANT = 0;
export const POLICY = 4;
export const CAPACITY = 8;
export const COUNT = 12;
export const FIRST = 16;
export const SLOTS = 20;
export const RING_BYTES = 24;
export const USED = 28;
export const RING = 36;
export const OVERWRITTEN = 40;
export const REJECTED = 48;
export const GONE = 56;

export const RECORDS = 0;
export const U32 = 1;
export const F64 = 2;

export const ringBufferKernel = defineKernel<RingBufferKernel>('structures/ring-buffer', wasm);
