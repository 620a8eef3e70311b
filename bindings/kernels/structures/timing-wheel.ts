/** Binding of kernel `structures/timing-wheel`. Addresses and counts are u32 seen as i32: apply `>>> 0` before use. */

import { wasm } from '../../generated/structures/timing-wheel.wasm.js';
import { defineKernel } from '../../kernel.js';

export interface TimingWheelKernel {
  /** 0 when the arena is full. */
  create(now: number): number;
  destroy(root: number): void;
  clear(root: number): void;
  bytesOf(root: number): number;
  /** 0 when every invariant holds. */
  check(root: number): number;
  /** 0 when the arena is full. */
  reserve(root: number, count: number): number;

  /** A handle; −1 when the arena is full. */
  schedule(root: number, id: number, deadline: number): number;
  /** How many were scheduled before the arena was full. */
  scheduleMany(root: number, ids: number, deadlines: number, handles: number, count: number): number;
  /** 1, or 0 when there is no such timer, as the next two. */
  cancel(root: number, handle: number): number;
  reschedule(root: number, handle: number, deadline: number): number;
  cancelMany(root: number, handles: number, count: number): number;
  /** −1 when there is no such timer. */
  deadlineOf(root: number, handle: number): number;
  /** Of a handle that is a timer's. */
  idOf(root: number, handle: number): number;

  /** How many ids were written. */
  advance(root: number, target: number, out: number, most: number): number;
  /** −1 when there is no timer, as `next`. */
  wakeAt(root: number): number;
  next(root: number): number;
}

// Offsets in the root.
export const NOW = 0;
export const COUNT = 8;
export const EXPIRED = 24;
export const CANCELLED = 32;
export const SLOTS = 192;

// Offsets in a node.
export const DEADLINE = 0;
export const NEXT = 8;
export const ID = 16;

export const WHEELS = 9;

export const timingWheelKernel = defineKernel<TimingWheelKernel>('structures/timing-wheel', wasm);
