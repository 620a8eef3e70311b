/** Binding of kernel `structures/shared-hash-table`. Addresses and counts are u32 seen as i32: apply `>>> 0` before use. */

import { wasm as shared } from '../../generated/shared/structures/shared-hash-table.wasm.js';
import { wasm } from '../../generated/structures/shared-hash-table.wasm.js';
import { defineKernel } from '../../kernel.js';

export interface SharedHashTableKernel {
  /** 0 when the arena is full, or a segment would be too small. */
  create(segmentLog: number, maxBytes: number, seedLow: number, seedHigh: number): number;
  destroy(root: number): void;
  bytesOf(root: number): number;
  /** −2 busy, as of all that take a participant and must not wait. */
  clear(root: number, me: number): number;
  /** Length of the value, −1 absent, −2 busy; copied to `out` where `space` holds all. */
  read(root: number, me: number, key: number, keyBytes: number, out: number, space: number): number;
  /** 0 full, 1 new, 2 replaced, −2 busy. */
  set(root: number, me: number, key: number, keyBytes: number, value: number, valueBytes: number): number;
  /** 1 removed, 0 absent, −2 busy. */
  remove(root: number, me: number, key: number, keyBytes: number): number;
  /** 1, or −2 busy. */
  takeSegment(root: number, index: number, me: number): number;
  giveSegmentBack(root: number, index: number): void;
  /** Segments that were mended. */
  recovered(root: number): number;
  count(root: number): number;
  usedBytes(root: number): number;
  /** The entry after this one in segment `index`; the first for 0, 0 after the last. */
  following(root: number, index: number, entry: number): number;
  /** 0 when every invariant holds. */
  check(root: number): number;
}

// Offsets in the root, and in an entry.
export const SEGMENT_LOG = 4;
export const KEY_BYTES = 8;
export const VALUE_BYTES = 12;
export const ENTRY_BYTES = 16;

export const sharedHashTableKernel = defineKernel<SharedHashTableKernel>('structures/shared-hash-table', wasm, shared);
