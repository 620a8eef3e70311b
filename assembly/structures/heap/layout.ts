// Where everything stands in a heap that is an array: Heap, IndexedHeap and MinMaxHeap.
//
// Header, HEADER_BYTES:
//
//   offset  size  meaning
//        0     4  count: entries in the heap
//        4     4  capacity: slots, (a multiple of the arity) + 1
//        8     4  base: address of slot 0; slot 1 stands at a multiple of 64
//       12     4  block: address of the allocation that holds the slots
//       16     4  variant: log2 of the arity (1, 2, 3), + 4 stable, + 8 indexed; 16 min-max
//       20     4  next: sequence number of the next entry; only a stable heap counts them
//       24     8  flip: 0 when the least priority comes first, −1 when the greatest does
//       32     4  positions: address of the table id → slot + 1, 0 meaning none; only an indexed heap has one
//       36     4  positionCount: entries of that table
//       40     4  maxId: the greatest id an indexed heap takes
//
// Slot, 16 bytes; entry i has its children at arity·i + 1 …, so that with four of them one cache line
// is one group of siblings:
//
//   ┌ key i64 ┬ id u32 ┬ sequence u32 ┐
//
// The key is the priority's bits, changed so that signed integers order as the numbers do, and inverted
// (flip) where the greatest comes first: every heap puts its least key first. An integer comparison and a
// conditional move take two cycles where those of doubles take eight, and that chain is what a pop waits for.
//
// Slots from `count` to `capacity` have the key NONE, which no number has. A group of siblings is therefore always
// whole, and the search for its least needs no bounds.
//
// Invariants (`check` verifies them): no entry comes before its parent; slots behind the last are NONE;
// the positions are those of the entries and no others.

export const COUNT: usize = 0;
export const CAPACITY: usize = 4;
export const BASE: usize = 8;
export const BLOCK: usize = 12;
export const VARIANT: usize = 16;
export const NEXT: usize = 20;
export const FLIP: usize = 24;
export const POSITIONS: usize = 32;
export const POSITION_COUNT: usize = 36;
export const MAX_ID: usize = 40;
export const HEADER_BYTES: u32 = 48;

export const SLOT_BYTES: usize = 16;
export const ID: usize = 8;
export const SEQUENCE: usize = 12;
/** Bytes before slot 0: the last place of a cache line is its own, and slot 1 begins the next. */
export const LEAD_BYTES: u32 = 48;
export const LINE_BYTES: u32 = 64;

export const ARITY_MASK: u32 = 3;
export const STABLE: u32 = 4;
export const INDEXED: u32 = 8;
export const MIN_MAX: u32 = 16;

/** More slots than this never fit an arena. */
export const MAX_SLOTS: u32 = 0x0ff0_0000;
/** More positions than this never do. */
export const MAX_POSITIONS: u32 = 0x3ff0_0000;

/** What stands where no entry does: it comes behind every number. */
export const NONE: i64 = i64.MAX_VALUE;

/** −0 becomes +0. */
// @ts-ignore: decorator
@inline
export function keyOf(priority: f64, flip: i64): i64 {
  const bits = reinterpret<i64>(priority + 0.0);
  return bits ^ ((bits >> 63) & i64.MAX_VALUE) ^ flip;
}

// @ts-ignore: decorator
@inline
export function priorityOf(key: i64, flip: i64): f64 {
  const bits = key ^ flip;
  return reinterpret<f64>(bits ^ ((bits >> 63) & i64.MAX_VALUE));
}
