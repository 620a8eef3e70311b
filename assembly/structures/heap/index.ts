// Kernel `structures/heap`: array heaps (Heap, IndexedHeap, MinMaxHeap) and the pairing heap. layout.ts and
// pairing.ts draw where things stand.

import {
  addMany, appendMany, build, check, cloneEntries, dump, fill, fillPositions, merge, popEntry, popMany, pushEntry, renumber,
  replaceFirst, resettle, take,
} from './entries';
import { bytesOf, clearHeap, createHeap, destroyHeap, reservePositions, reserveSlots, shrinkSlots } from './slots';
import { BASE, FLIP, keyOf, MAX_ID, NEXT, POSITIONS, POSITION_COUNT, priorityOf, VARIANT, STABLE } from './layout';

export { addMany, appendMany, build, check, cloneEntries, dump, fill, fillPositions, merge, popMany, replaceFirst };
export { bytesOf, clearHeap as clear, destroyHeap as destroy, reservePositions, reserveSlots as reserve, shrinkSlots as shrink };

export {
  minMaxAddMany, minMaxBuild, minMaxCheck, minMaxGreatest, minMaxPop, minMaxPopMany, minMaxPriority, minMaxPush,
} from './min-max';
export {
  pairingBytes, pairingCheck, pairingClear, pairingCreate, pairingDestroy, pairingDump, pairingFill, pairingFirst,
  pairingFirstPriority, pairingHas, pairingId, pairingLinks, pairingMeld, pairingPop, pairingPriority, pairingPush,
  pairingRemove, pairingReserve, pairingUpdate,
} from './pairing';

/** Address of an empty heap, 0 when the arena is full. `greatest` is 1 where the greatest priority comes first. */
export function create(variant: u32, greatest: u32): usize {
  return createHeap(variant, -<i64>greatest);
}

/** 1, or 0 when the arena is full and the heap as it was. */
export function push(heap: usize, id: u32, priority: f64): i32 {
  return pushEntry(heap, id, priority);
}

/** The id that comes first, removed. −1 may be an id: then the result cell is 1, and 0 when the heap was empty. */
export function pop(heap: usize): u32 {
  return popEntry(heap);
}

/** The priority that comes first; the heap is not empty. */
export function firstPriority(heap: usize): f64 {
  return priorityOf(load<i64>(load<u32>(heap, BASE)), load<i64>(heap, FLIP));
}

/** Makes sure that so many more sequence numbers are left; 0 when the arena is full. */
export function reserveSequences(heap: usize, count: u32): i32 {
  if (!(load<u32>(heap, VARIANT) & STABLE) || load<u32>(heap, NEXT) < <u32>-1 - count) return 1;
  return <i32>renumber(heap);
}

/** For bytes that are read back. */
export function setNext(heap: usize, next: u32): void {
  store<u32>(heap, next, NEXT);
}

// ── By id ─────────────────────────────────────────────────────────────────────────────────────────

/** Slot of an id, 0 when it is not in the heap. */
// @ts-ignore: decorator
@inline
function slotOf(heap: usize, id: u32): usize {
  if (id >= load<u32>(heap, POSITION_COUNT)) return 0;
  const position = load<u32>(<usize>load<u32>(heap, POSITIONS) + (<usize>id << 2));
  return position ? <usize>load<u32>(heap, BASE) + (<usize>(position - 1) << 4) : 0;
}

export function hasId(heap: usize, id: u32): i32 {
  return <i32>(slotOf(heap, id) != 0);
}

/** NaN when the id is not in the heap. */
export function priorityOfId(heap: usize, id: u32): f64 {
  const slot = slotOf(heap, id);
  return slot ? priorityOf(load<i64>(slot), load<i64>(heap, FLIP)) : NaN;
}

/** 1 added, 0 the arena is full, −1 the id is there already. */
export function pushId(heap: usize, id: u32, priority: f64): i32 {
  if (slotOf(heap, id)) return -1;
  if (!reservePositions(heap, id)) return 0;
  return pushEntry(heap, id, priority);
}

/**
 * 1 changed, 0 the id is not in the heap, −1 the change is of the other kind.
 *
 * @param kind 0 any, 1 only to a lower priority or the same, 2 only to a higher or the same
 */
export function updateId(heap: usize, id: u32, priority: f64, kind: u32): i32 {
  const slot = slotOf(heap, id);
  if (!slot) return 0;
  const flip = load<i64>(heap, FLIP);
  const old = priorityOf(load<i64>(slot), flip);
  if (kind == 1 && priority > old || kind == 2 && priority < old) return -1;
  store<i64>(slot, keyOf(priority, flip));
  resettle(heap, slot);
  return 1;
}

/** 1 removed, 0 it was not there. */
export function removeId(heap: usize, id: u32): i32 {
  const slot = slotOf(heap, id);
  if (!slot) return 0;
  take(heap, slot);
  return 1;
}

/** `pushId` for many; how many went in before one did not. */
export function pushIds(heap: usize, ids: usize, priorities: usize, count: u32): u32 {
  for (let i: u32 = 0; i < count; i++) {
    if (pushId(heap, load<u32>(ids + (<usize>i << 2)), load<f64>(priorities + (<usize>i << 3))) != 1) return i;
  }
  return count;
}

/** States the greatest id an indexed heap takes. */
export function setMaxId(heap: usize, id: u32): void {
  store<u32>(heap, id, MAX_ID);
}
