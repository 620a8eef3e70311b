/** Binding of kernel `sketches/top-k`. Addresses and counts are u32 seen as i32: apply `>>> 0`. */

import { wasm } from '../../generated/sketches/top-k.wasm.js';
import { defineKernel } from '../../kernel.js';

export interface TopKKernel {
  /** 0 when the arena is full. */
  create(
    k: number,
    width: number,
    depth: number,
    traits: number,
    seedLow: number,
    seedHigh: number,
    decay: number,
  ): number;
  destroy(root: number): void;
  clear(root: number): void;
  /** 0 not listed, 1 listed, 2 listed and another was dropped, −1 the arena is full and nothing has changed. */
  add(root: number, from: number, bytes: number, increment: number): number;
  /** Up to the first status 2 or −1; `out` gets the last status and the address of the next record. Returns how many. */
  addMany(root: number, records: number, number: number, counts: number, out: number): number;
  has(root: number, from: number, bytes: number): number;
  hasMany(root: number, records: number, number: number, out: number): void;
  count(root: number, from: number, bytes: number): number;
  /** Address of the key that the last addition dropped. */
  dropped(root: number): number;
  /** Count, error, key address and key bytes of each entry, in the order of the heap. */
  entries(root: number, out: number): void;
  /** Enters the next key of the heap: 1, 0 when it cannot be, −1 when the arena is full. */
  restore(root: number, from: number, bytes: number, count: number, error: number): number;
  buckets(root: number): number;
  bytesOfBuckets(root: number): number;
  check(root: number): number;
}

export const topKKernel = defineKernel<TopKKernel>('sketches/top-k', wasm);

export const SPACE_SAVING = 1;
export const BYTE_KEYS = 2;
/** Where the root has how many bytes the dropped key had. */
export const DROPPED_BYTES = 76;
