/** Binding of kernel `sketches/cuckoo-filter`. Addresses are u32 seen as i32: apply `>>> 0` before indexing with one. */

import { wasm } from '../../generated/sketches/cuckoo-filter.wasm.js';
import { defineKernel } from '../../kernel.js';

export interface CuckooFilterKernel {
  /** 0 when the arena is full. */
  create(
    buckets: number,
    slots: number,
    fingerprints: number,
    maxKicks: number,
    expansion: number,
    seedLow: number,
    seedHigh: number,
    capacity: number,
    rate: number,
  ): number;
  destroy(filter: number): void;
  /** 1 added, −1 the filter is full, −2 the arena is. */
  add(filter: number, from: number, bytes: number): number;
  addU32(filter: number, key: number): number;
  /** As `add`; 0 when the key seems to be there. */
  addNew(filter: number, from: number, bytes: number): number;
  addNewU32(filter: number, key: number): number;
  has(filter: number, from: number, bytes: number): number;
  hasU32(filter: number, key: number): number;
  countOf(filter: number, from: number, bytes: number): number;
  countOfU32(filter: number, key: number): number;
  remove(filter: number, from: number, bytes: number): number;
  removeU32(filter: number, key: number): number;
  /** How many keys were tried; `out` gets an i8 for each, and a negative one ends the batch. */
  addManyU32(filter: number, keys: number, count: number, out: number, onlyNew: number): number;
  addMany(filter: number, records: number, count: number, out: number, onlyNew: number): number;
  hasManyU32(filter: number, keys: number, count: number, out: number): void;
  hasMany(filter: number, records: number, count: number, out: number): void;
  removeManyU32(filter: number, keys: number, count: number, out: number): void;
  removeMany(filter: number, records: number, count: number, out: number): void;
  clear(filter: number): void;
  grow(filter: number): number;
  dropEmpty(filter: number): void;
  table(filter: number, index: number): number;
  tableBytes(filter: number, index: number): number;
  tableBuckets(filter: number, index: number): number;
  /** Takes the numbers of fingerprints from the slots; 0, or the broken invariant. */
  refresh(filter: number): number;
  check(filter: number): number;
}

export const cuckooFilterKernel = defineKernel<CuckooFilterKernel>('sketches/cuckoo-filter', wasm);

/** Bytes of the root that stand first in a serialised filter. */
export const HEADER_BYTES = 64;
export const MAX_TABLES = 16;
