/** Binding of kernel `codecs/dictionary`: codes of elements of 4 and 8 bytes. Nothing here throws. */

import { wasm } from '../../generated/codecs/dictionary.wasm.js';
import { defineKernel } from '../../kernel.js';

/** How many distinct elements are known then; `limit` + 1 when there are more than `limit`. */
type Codes = (
  values: number,
  count: number,
  codes: number,
  entries: number,
  known: number,
  limit: number,
  table: number,
  mask: number,
  seed0: number,
  seed1: number,
) => number;

export interface DictionaryKernel {
  codes4: Codes;
  codes8: Codes;
  clear(table: number, slots: number): void;
}

export const dictionaryKernel = defineKernel<DictionaryKernel>('codecs/dictionary', wasm);
