/** Binding of kernel `structures/hash-ring`. Addresses and u32 come as i32: apply `>>> 0`. Slots are −1 where there is none. */

import { wasm } from '../../generated/structures/hash-ring.wasm.js';
import { defineKernel } from '../../kernel.js';

export interface HashRingKernel {
  /** 0 when the arena is full. */
  ringCreate(rule: number, scale: number, seedLow: number, seedHigh: number): number;
  ringDestroy(root: number): void;
  ringClear(root: number): void;
  /** 1, or −1 when the arena is full. `ringUpdate` must follow, as after `ringWeigh`. */
  ringPut(root: number, slot: number, from: number, bytes: number, weight: number): number;
  ringDrop(root: number, slot: number): void;
  ringWeigh(root: number, slot: number, weight: number): void;
  /** 1; −1 the arena is full, −2 too many points: then the points are as they were. */
  ringUpdate(root: number): number;
  ringPosition(root: number, from: number, bytes: number): number;
  ringPositionU32(root: number, key: number): number;
  ringGet(root: number, from: number, bytes: number): number;
  ringGetU32(root: number, key: number): number;
  ringAt(root: number, position: number): number;
  /** An i32 a key; `out` may be where the keys are. */
  ringGetMany(root: number, records: number, count: number, out: number): void;
  ringGetManyU32(root: number, keys: number, count: number, out: number): void;
  /** Number of the point at or behind a position; the ring must have points. */
  ringPoint(root: number, position: number): number;
  /** Slots of the first different nodes from a position on; returns how many. */
  ringWalk(root: number, position: number, most: number, out: number): number;
  ringAcquire(root: number, position: number, epsilon: number): number;
  ringRelease(root: number, slot: number): number;
  ringRestoreLoad(root: number, slot: number, load: number): void;
  /** f64 by slot, added to what is there. */
  ringShares(root: number, out: number): void;
  ringCheck(root: number): number;

  maglevCreate(entries: number, seedLow: number, seedHigh: number): number;
  maglevDestroy(root: number): void;
  maglevClear(root: number): void;
  maglevPut(root: number, slot: number, from: number, bytes: number, weight: number): number;
  maglevDrop(root: number, slot: number): void;
  maglevWeigh(root: number, slot: number, weight: number): void;
  maglevGet(root: number, from: number, bytes: number): number;
  maglevGetU32(root: number, key: number): number;
  maglevGetMany(root: number, records: number, count: number, out: number): void;
  maglevGetManyU32(root: number, keys: number, count: number, out: number): void;
  maglevCount(root: number, out: number): void;
  maglevCheck(root: number): number;

  /** The first record is the key. The number of the best name; `out` gets each score, f64. `weights` may be 0. */
  rendezvous(records: number, count: number, weights: number, seedLow: number, seedHigh: number, out: number): number;
  jump(keyLow: number, keyHigh: number, buckets: number): number;
  jumpBytes(from: number, bytes: number, buckets: number): number;
  jumpMany(keys: number, count: number, buckets: number, out: number): void;
  /** MD5 of bytes, into the first 16 of 144 at `work`. */
  digest(from: number, bytes: number, work: number): void;
}

export const hashRingKernel = defineKernel<HashRingKernel>('structures/hash-ring', wasm);

/** Rules of placement. */
export const RULE_XXH64 = 0;
export const RULE_MD5 = 1;
export const RULE_KETAMA = 2;

/** Offsets in a root, in 32-bit words. */
export const ROOT = { SLOT_LIST: 0, SLOTS: 1, SEED: 4, RULE: 8, SCALE: 9, PLACES: 10, PLACE_COUNT: 11 } as const;

/** Offsets in a slot, in bytes, and its size. */
export const SLOT = { NAME: 0, NAME_BYTES: 4, WEIGHT: 8, LOAD: 16, POINTS: 32, BYTES: 56 } as const;
