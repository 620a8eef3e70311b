/** Binding of kernel `structures/hash-table`. Addresses are u32 seen as i32: apply `>>> 0` before indexing with one. */

import { wasm } from '../../generated/structures/hash-table.wasm.js';
import { defineKernel } from '../../kernel.js';

export interface HashTableKernel {
  create(probing: number, hashKind: number, loadFactor256: number, capacity: number): number;
  setSeed(table: number, low0: number, high0: number, low1: number, high1: number): void;
  destroy(table: number): void;
  clear(table: number): void;
  size(table: number): number;
  version(table: number): number;
  /** Length of the value, −1 when absent; its address is then in the arena's result cell. */
  get(table: number, key: number, keyBytes: number): number;
  has(table: number, key: number, keyBytes: number): number;
  /** 0, or 1 when the budget is full. */
  set(table: number, key: number, keyBytes: number, value: number, valueBytes: number): number;
  remove(table: number, key: number, keyBytes: number): number;
  getMany(table: number, keys: number, count: number, out: number): void;
  setMany(table: number, records: number, count: number): number;
  removeMany(table: number, keys: number, count: number): number;
  scan(table: number, fromHash: number, wanted: number): number;
  endScan(block: number): void;
  shrink(table: number): void;
  stats(table: number, out: number): void;
  check(table: number): number;
}

export const hashTableKernel = defineKernel<HashTableKernel>('structures/hash-table', wasm);

/** Strategies, at the numbers of assembly/structures/hash-table/layout.ts. */
export const PROBINGS = ['linear', 'quadratic', 'robin-hood', 'swiss', 'chained'] as const;
/** Hash functions, at the numbers of the same file. */
export const HASHES = ['siphash13', 'xxh64', 'murmur3', 'fnv1a', 'djb2'] as const;

// Layout of a scan block.
export const SCAN_HEADER_WORDS = 3;
export const SCAN_RECORD_WORDS = 5;
