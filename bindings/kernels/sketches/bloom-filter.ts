/**
 * Binding of kernel `sketches/bloom-filter`. Addresses and counts are u32 seen as i32: apply `>>> 0` before indexing
 * with one.
 */

import { wasm } from '../../generated/sketches/bloom-filter.wasm.js';
import { defineKernel } from '../../kernel.js';

export interface BloomFilterKernel {
  /** 0 when the arena is full. */
  create(
    variety: number,
    cells: number,
    k: number,
    seedLow: number,
    seedHigh: number,
    capacity: number,
    rate: number,
  ): number;
  createSeries(
    seedLow: number,
    seedHigh: number,
    capacity: number,
    rate: number,
    growth: number,
    tightening: number,
  ): number;
  destroy(filter: number): void;
  /** 0 when the series has all the layers it can. */
  pushLayer(series: number, layer: number): number;
  dropLayers(series: number, keep: number): void;
  layer(series: number, index: number): number;
  /** 1 changed, 0 not, −1 a series needs another layer. */
  add(filter: number, from: number, bytes: number): number;
  addU32(filter: number, key: number): number;
  has(filter: number, from: number, bytes: number): number;
  hasU32(filter: number, key: number): number;
  /** Keys that changed the filter; `work` is room for 1024 bytes. */
  addManyU32(filter: number, keys: number, count: number, work: number): number;
  addMany(filter: number, records: number, count: number): number;
  /** Keys found; `out` gets a byte for each. */
  hasManyU32(filter: number, keys: number, count: number, out: number): number;
  hasMany(filter: number, records: number, count: number, out: number): number;
  remove(filter: number, from: number, bytes: number): number;
  removeU32(filter: number, key: number): number;
  countOf(filter: number, from: number, bytes: number): number;
  countOfU32(filter: number, key: number): number;
  clear(filter: number): void;
  ones(filter: number): number;
  saturated(filter: number): number;
  currentBlockedRate(filter: number): number;
  unite(filter: number, other: number): void;
  intersect(filter: number, other: number): void;
  equal(filter: number, other: number): number;
  /** Leaves xxh64 in the arena's result cell. */
  checksum(from: number, bytes: number): void;
}

export const bloomFilterKernel = defineKernel<BloomFilterKernel>('sketches/bloom-filter', wasm);

/** Varieties, at the numbers of assembly/sketches/bloom-filter/layout.ts. */
export const CLASSIC = 1;
export const BLOCKED = 2;
export const COUNTING = 3;
export const SERIES = 4;

// Offsets of the same file, which bytes share.
export const VERSION = 1;
export const MAGIC = 0x4d4c4241;
export const HEADER_BYTES = 64;
export const MAX_LAYERS = 32;
