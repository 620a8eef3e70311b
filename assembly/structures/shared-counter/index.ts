// Kernel `structures/shared-counter`: one number that many threads add to, each to a cell on a cache line of its own.
//
// Block, at a multiple of 64:
//
//     offset  size  meaning
//          0     4  cells
//          4    60  zero
//         64    64  for each cell: i64, then zeros
//
// Each addition is one atomic instruction: a thread that is killed has added, or has not.

import { allocAligned, free } from '../../memory/arena/allocator';

const CELLS: usize = 0;
const FIRST: usize = 64;

/** Address of a counter at 0, or 0 when the arena is full. */
export function create(cells: u32): usize {
  const bytes = <u32>FIRST + (cells << 6);
  const root = allocAligned(bytes, 64);
  if (!root) return 0;
  memory.fill(root, 0, bytes);
  store<u32>(root, cells, CELLS);
  return root;
}

export function destroy(root: usize): void {
  free(root);
}

/** The cell of the participant of this number. */
export function cellOf(root: usize, participant: u32): usize {
  return root + FIRST + (<usize>(participant % load<u32>(root, CELLS)) << 6);
}

/** Adds an integer to a cell. */
export function add(cell: usize, delta: f64): void {
  if (ASC_FEATURE_THREADS) atomic.add<i64>(cell, <i64>delta);
  else store<i64>(cell, load<i64>(cell) + <i64>delta);
}

/** Sum of the cells. */
export function sum(root: usize): f64 {
  let total: i64 = 0;
  const end = root + FIRST + (<usize>load<u32>(root, CELLS) << 6);
  for (let cell = root + FIRST; cell < end; cell += 64) {
    if (ASC_FEATURE_THREADS) total += atomic.load<i64>(cell);
    else total += load<i64>(cell);
  }
  return <f64>total;
}

/** Sum of the cells, which are 0 then: what is added meanwhile is in this sum, or in the next. */
export function take(root: usize): f64 {
  let total: i64 = 0;
  const end = root + FIRST + (<usize>load<u32>(root, CELLS) << 6);
  for (let cell = root + FIRST; cell < end; cell += 64) {
    if (ASC_FEATURE_THREADS) {
      total += atomic.xchg<i64>(cell, 0);
    } else {
      total += load<i64>(cell);
      store<i64>(cell, 0);
    }
  }
  return <f64>total;
}
