// Cells: the eight bytes in which an ordered map keeps a value, where they are.
//
//   values are numbers   the f64
//   values are bytes     u32 address of a block, u32 zero. The block: u32 length, then the bytes.

import { alloc, costOf, free } from '../memory/arena/allocator';
import { copyBytes } from '../memory/bytes';

/** A block with a copy of these bytes, 0 when the budget is full. */
export function makeValue(at: usize, bytes: u32): usize {
  if (bytes > 0xffff_0000) return 0;
  const block = alloc(4 + bytes);
  if (!block) return 0;
  store<u32>(block, bytes);
  copyBytes(block + 4, at, bytes);
  return block;
}

// @ts-ignore: decorator
@inline
export function valueCost(cell: usize): u32 {
  return costOf(load<u32>(cell));
}

// @ts-ignore: decorator
@inline
export function freeValue(cell: usize): void {
  free(load<u32>(cell));
}
