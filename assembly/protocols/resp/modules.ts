// Values of the module types: sketches, whose commands are handled in TypeScript. What the kernel must know of them is how
// to free one, and what it takes. The detail of such an entry: its type below, in the low byte; the rest is the handlers'.

import { costOf, free } from '../../memory/arena/allocator';
import { dropLayers, layerOf } from '../../sketches/bloom-filter/series';
import { LAYERS } from '../../sketches/bloom-filter/layout';
import { destroyList, entryAt, KEY, SIZE, SPARE } from '../../sketches/top-k/list';
import { destroyFilter, tableAt, TABLES } from '../../sketches/cuckoo-filter/filter';

/** A series of Bloom filters. */
const BLOOM: u32 = 0;
const CUCKOO: u32 = 1;
/** A count-min sketch, number 2, is one block, and so is a t-digest, number 4. */
const TOP_K: u32 = 3;

export const MODULE_MASK: u32 = 0xff;

export function destroyModule(module: u32, root: usize): void {
  if (module == CUCKOO) return destroyFilter(root);
  if (module == TOP_K) return destroyList(root);
  if (module == BLOOM) dropLayers(root, 0);
  free(root);
}

/** Bytes of its blocks, allocator overhead included. */
export function moduleBytes(module: u32, root: usize): u64 {
  let bytes: u64 = costOf(root);
  if (module == BLOOM) {
    for (let i = load<u32>(root, LAYERS); i > 0; i--) bytes += costOf(layerOf(root, i - 1));
  } else if (module == CUCKOO) {
    for (let i = load<u32>(root, TABLES); i > 0; i--) bytes += costOf(tableAt(root, i - 1));
  } else if (module == TOP_K) {
    for (let i = load<u32>(root, SIZE); i > 0; i--) bytes += costOf(load<u32>(entryAt(root, i - 1), KEY));
    if (load<u32>(root, SPARE)) bytes += costOf(load<u32>(root, SPARE));
  }
  return bytes;
}
