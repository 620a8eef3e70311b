/** Binding of kernel `structures/b-tree`. Addresses are u32 seen as i32: apply `>>> 0` before indexing with one. */

import { wasm } from '../../generated/structures/b-tree.wasm.js';
import { defineKernel } from '../../kernel.js';
import type { OrderedKernel } from '../../ordered-map.js';

export interface BTreeKernel extends OrderedKernel {
  create(byteKeys: number, byteValues: number): number;
}

export const bTreeKernel = defineKernel<BTreeKernel>('structures/b-tree', wasm);
