// The memory of an array heap: made, grown, given back.

import { alloc, allocAligned, costOf, free } from '../../memory/arena/allocator';
import {
  ARITY_MASK, BASE, BLOCK, CAPACITY, COUNT, FLIP, HEADER_BYTES, ID, LEAD_BYTES, LINE_BYTES, MAX_ID, MAX_POSITIONS, MAX_SLOTS,
  MIN_MAX, NEXT, NONE, POSITIONS, POSITION_COUNT, SLOT_BYTES, VARIANT,
} from './layout';

/** Slots of a heap's first block: 64 in all, with the lead. */
const FIRST_SLOTS: u32 = 57;

/** Address of an empty heap, 0 when the arena is full. */
export function createHeap(variant: u32, flip: i64): usize {
  const heap = alloc(HEADER_BYTES);
  if (!heap) return 0;
  memory.fill(heap, 0, HEADER_BYTES);
  store<u32>(heap, variant, VARIANT);
  store<i64>(heap, flip, FLIP);
  return heap;
}

export function destroyHeap(heap: usize): void {
  if (load<u32>(heap, BLOCK)) free(load<u32>(heap, BLOCK));
  if (load<u32>(heap, POSITIONS)) free(load<u32>(heap, POSITIONS));
  free(heap);
}

/** Makes room for `count` entries in all, and no more than what that takes; false when the arena is full. */
export function reserveSlots(heap: usize, count: u32): bool {
  if (count <= load<u32>(heap, CAPACITY)) return true;
  return resizeSlots(heap, count);
}

/** Makes room for one more entry, and as many again. */
export function growSlots(heap: usize): bool {
  const capacity = load<u32>(heap, CAPACITY);
  return capacity == 0 ? resizeSlots(heap, FIRST_SLOTS) : resizeSlots(heap, capacity << 1) || resizeSlots(heap, capacity + 1);
}

/** Makes the slots as many as the entries need. */
export function shrinkSlots(heap: usize): void {
  const count = load<u32>(heap, COUNT);
  if (count != 0) {
    resizeSlots(heap, count);
  } else if (load<u32>(heap, BLOCK)) {
    free(load<u32>(heap, BLOCK));
    store<u32>(heap, 0, BLOCK);
    store<u32>(heap, 0, BASE);
    store<u32>(heap, 0, CAPACITY);
  }
}

/** Moves the entries into a block of `slots`, rounded up to whole groups of siblings. */
function resizeSlots(heap: usize, slots: u32): bool {
  if (slots > MAX_SLOTS) return false;
  const variant = load<u32>(heap, VARIANT);
  const group: u32 = variant == MIN_MAX ? 4 : <u32>1 << (variant & ARITY_MASK);
  slots = ((slots + group - 2) & ~(group - 1)) + 1;
  if (slots == load<u32>(heap, CAPACITY)) return true;
  const block = allocAligned(LEAD_BYTES + slots * <u32>SLOT_BYTES, LINE_BYTES);
  if (!block) return false;
  const base = block + LEAD_BYTES;
  const used = <usize>load<u32>(heap, COUNT) * SLOT_BYTES;
  if (used) memory.copy(base, load<u32>(heap, BASE), used);
  clearSlots(base + used, base + <usize>slots * SLOT_BYTES);
  if (load<u32>(heap, BLOCK)) free(load<u32>(heap, BLOCK));
  store<u32>(heap, <u32>block, BLOCK);
  store<u32>(heap, <u32>base, BASE);
  store<u32>(heap, slots, CAPACITY);
  return true;
}

/** Makes slots empty. */
export function clearSlots(from: usize, end: usize): void {
  for (; from < end; from += SLOT_BYTES) v128.store(from, i64x2(NONE, 0));
}

/** Makes the table of positions reach `id`; false when the arena is full. */
export function reservePositions(heap: usize, id: u32): bool {
  const count = load<u32>(heap, POSITION_COUNT);
  if (id < count) return true;
  const limit = min(load<u32>(heap, MAX_ID), MAX_POSITIONS - 1);
  if (id > limit) return false;
  return resizePositions(heap, max(id + 1, min(max(count << 1, 64), limit + 1))) || resizePositions(heap, id + 1);
}

function resizePositions(heap: usize, count: u32): bool {
  const old = <usize>load<u32>(heap, POSITION_COUNT) << 2;
  const table = alloc(count << 2);
  if (!table) return false;
  if (old) {
    memory.copy(table, load<u32>(heap, POSITIONS), old);
    free(load<u32>(heap, POSITIONS));
  }
  memory.fill(table + old, 0, (<usize>count << 2) - old);
  store<u32>(heap, <u32>table, POSITIONS);
  store<u32>(heap, count, POSITION_COUNT);
  return true;
}

/** Forgets every entry; keeps the memory. */
export function clearHeap(heap: usize): void {
  const base = <usize>load<u32>(heap, BASE);
  const end = base + <usize>load<u32>(heap, COUNT) * SLOT_BYTES;
  const positions = <usize>load<u32>(heap, POSITIONS);
  if (positions) {
    for (let slot = base; slot < end; slot += SLOT_BYTES) store<u32>(positions + (<usize>load<u32>(slot, ID) << 2), 0);
  }
  clearSlots(base, end);
  store<u32>(heap, 0, COUNT);
  store<u32>(heap, 0, NEXT);
}

/** Bytes the heap costs its arena, allocator headers included. */
export function bytesOf(heap: usize): u32 {
  let bytes = costOf(heap);
  if (load<u32>(heap, BLOCK)) bytes += costOf(load<u32>(heap, BLOCK));
  if (load<u32>(heap, POSITIONS)) bytes += costOf(load<u32>(heap, POSITIONS));
  return bytes;
}
