/** Binding of kernel `structures/shared-counter`. Addresses are u32 seen as i32. */

import { wasm as shared } from '../../generated/shared/structures/shared-counter.wasm.js';
import { wasm } from '../../generated/structures/shared-counter.wasm.js';
import { defineKernel } from '../../kernel.js';

export interface SharedCounterKernel {
  /** 0 when the arena is full. */
  create(cells: number): number;
  destroy(root: number): void;
  /** The cell that the participant of this number adds to. */
  cellOf(root: number, participant: number): number;
  add(cell: number, delta: number): void;
  sum(root: number): number;
  /** The sum, and zero from then on. */
  take(root: number): number;
}

export const sharedCounterKernel = defineKernel<SharedCounterKernel>('structures/shared-counter', wasm, shared);
