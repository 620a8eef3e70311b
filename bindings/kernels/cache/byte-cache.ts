/** Binding of kernel `cache/byte-cache`. Addresses and counts are u32 seen as i32: apply `>>> 0` before use. */

import { wasm } from '../../generated/cache/byte-cache.wasm.js';
import { wasm as shared } from '../../generated/shared/cache/byte-cache.wasm.js';
import { defineKernel } from '../../kernel.js';

export interface ByteCacheKernel {
  /** 0 when the arena is full, or a segment would be too small. */
  create(policy: number, segmentLog: number, maxBytes: number, ttl: number, seedLow: number, seedHigh: number): number;
  destroy(root: number): void;
  /** −2 busy, as of all that take a participant and must not wait. */
  clear(root: number, me: number): number;
  bytesOf(root: number): number;
  /** 0 when every invariant holds. */
  check(root: number): number;

  /** Address of the entry, 0 for none; address and length of its value are left in the result cell. */
  get(root: number, key: number, keyBytes: number, now: number): number;
  peek(root: number, key: number, keyBytes: number, now: number): number;
  /** Length of the value, −1 absent, −2 busy; copied behind the f64 of its expiry to `out` where `space` holds all. */
  read(
    root: number,
    me: number,
    key: number,
    keyBytes: number,
    now: number,
    out: number,
    space: number,
    quiet: number,
  ): number;
  /** 0 refused, 1 new, 2 replaced, −2 busy. */
  set(
    root: number,
    me: number,
    key: number,
    keyBytes: number,
    value: number,
    valueBytes: number,
    expiry: number,
    now: number,
  ): number;
  remove(root: number, me: number, key: number, keyBytes: number, now: number): number;
  purge(root: number, me: number, now: number): number;
  /** 1, or −2 busy. */
  takeSegment(root: number, index: number, me: number): number;
  giveSegmentBack(root: number, index: number): void;
  /** Segments that were found half-written. */
  recovered(root: number): number;
  /** Infinity for never. */
  expiryOf(entry: number): number;
  /** 0 when the entry has no place for it. */
  setExpiry(entry: number, expiry: number): number;

  count(root: number): number;
  /** Sum of a counter over the segments. */
  total(root: number, counter: number): number;
  usedBytes(root: number): number;
  /** The entry that goes before this one in segment `index`; the one that stays longest for 0, 0 after the last. */
  following(root: number, index: number, entry: number): number;
}

// Offsets in the root.
export const POLICY = 0;
export const SEGMENT_LOG = 4;
export const EXPIRING = 12;
export const TTL = 24;

// Offsets of counters in a segment.
export const HITS = 3456;
export const MISSES = 3464;
export const STORED = 3472;
export const EVICTED = 3480;
export const EXPIRED = 3488;
export const REJECTED = 3496;

// Offsets in an entry.
export const FLAGS = 17;
export const KEY_BYTES = 18;
export const VALUE_BYTES = 20;
export const EXPIRES = 1;

export const LRU = 0;
export const SIEVE = 1;
export const S3_FIFO = 2;

export const byteCacheKernel = defineKernel<ByteCacheKernel>('cache/byte-cache', wasm, shared);
