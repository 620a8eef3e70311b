/** Binding of kernel `codecs/run-length`: elements of 1, 4 and 8 bytes. Nothing here throws. */

import { wasm } from '../../generated/codecs/run-length.wasm.js';
import { defineKernel } from '../../kernel.js';

/** How many runs ended before one of the elements; there must be an element before `values`. */
type Runs = (values: number, count: number, base: number, ends: number, out: number) => number;
/** How many runs are through; −1 when their ends do not rise. */
type Fill = (ends: number, values: number, runs: number, from: number, limit: number, to: number) => number;

export interface RunLengthKernel {
  runs1: Runs;
  runs4: Runs;
  runs8: Runs;
  fill1: Fill;
  fill4: Fill;
  fill8: Fill;
}

export const runLengthKernel = defineKernel<RunLengthKernel>('codecs/run-length', wasm);
