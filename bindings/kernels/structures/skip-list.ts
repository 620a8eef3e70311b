/** Binding of kernel `structures/skip-list`. Addresses are u32 seen as i32: apply `>>> 0` before indexing with one. */

import { wasm } from '../../generated/structures/skip-list.wasm.js';
import { defineKernel } from '../../kernel.js';
import type { OrderedKernel } from '../../ordered-map.js';

export interface SkipListKernel extends OrderedKernel {
  create(byteKeys: number, byteValues: number, seedLow: number, seedHigh: number, p: number): number;
  setCreate(seedLow: number, seedHigh: number, p: number): number;
  setDestroy(set: number): void;
  setClear(set: number): void;
  /** One of the statuses below; the score is then in the result cell. */
  setAdd(set: number, at: number, bytes: number, score: number, flags: number): number;
  setRemove(set: number, at: number, bytes: number): number;
  /** Address of the member's score, or 0. */
  setScore(set: number, at: number, bytes: number): number;
  /** −1 when the member is not there. */
  setRank(set: number, at: number, bytes: number): number;
  setRankOfScore(set: number, score: number, orEqual: number): number;
  setRankOfLex(set: number, at: number, bytes: number, orEqual: number): number;
  /** Of a score and member, whether or not they are in the set. */
  setRankOfPair(set: number, score: number, at: number, bytes: number, orEqual: number): number;
  setRemoveRange(set: number, from: number, end: number): number;
  setScan(set: number, start: number, count: number, reverse: number, members: number, scores: number): number;
  setUnite(set: number, other: number, weight: number, aggregate: number): number;
  setIntersect(set: number, a: number, weightA: number, b: number, weightB: number, aggregate: number): number;
  setSubtract(set: number, other: number): void;
  setBytesOf(set: number): number;
  setCheck(set: number): number;
}

export const skipListKernel = defineKernel<SkipListKernel>('structures/skip-list', wasm);

// Flags and statuses of `setAdd`, at the numbers of assembly/structures/skip-list/sorted-set.ts.
export const NX = 1;
export const XX = 2;
export const GT = 4;
export const LT = 8;
export const INCREMENT = 16;
export const FULL = -1;
export const NOT_A_NUMBER = -2;
export const REFUSED = 0;

/** How scores of one member meet, at the numbers of the same file. */
export const AGGREGATES = ['sum', 'min', 'max'] as const;
