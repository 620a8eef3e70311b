// What one entry, and many, go through in a Heap and an IndexedHeap.

import { RESULT } from '../../memory/arena/layout';

import { precedes, rise, sink } from './sift';
import { createHeap, destroyHeap, growSlots, reserveSlots } from './slots';
import {
  ARITY_MASK, BASE, CAPACITY, COUNT, FLIP, ID, INDEXED, keyOf, NEXT, NONE, POSITIONS, POSITION_COUNT, priorityOf, SEQUENCE,
  SLOT_BYTES, STABLE, VARIANT,
} from './layout';

// ── Variants ──────────────────────────────────────────────────────────────────────────────────────

// @ts-ignore: decorator
@inline
function addAs(heap: usize, id: u32, key: i64, log: u32, stable: bool, indexed: bool): void {
  const count = load<u32>(heap, COUNT);
  const base = <usize>load<u32>(heap, BASE);
  let tail = <u64>id;
  if (stable) {
    const sequence = load<u32>(heap, NEXT);
    store<u32>(heap, sequence + 1, NEXT);
    tail |= <u64>sequence << 32;
  }
  store<u32>(heap, count + 1, COUNT);
  rise(base, base, base + (<usize>count << 4), key, tail, load<u32>(heap, POSITIONS), log, stable, indexed);
}

/** Takes the entry out of `hole`; the last one takes its place, or one near it. */
// @ts-ignore: decorator
@inline
function takeAs(heap: usize, hole: usize, log: u32, stable: bool, indexed: bool): void {
  const count = load<u32>(heap, COUNT) - 1;
  const base = <usize>load<u32>(heap, BASE);
  const positions = <usize>load<u32>(heap, POSITIONS);
  const last = base + (<usize>count << 4);
  const key = load<i64>(last);
  const tail = load<u64>(last, ID);
  store<u32>(heap, count, COUNT);
  if (indexed) store<u32>(positions + (<usize>load<u32>(hole, ID) << 2), 0);
  store<i64>(last, NONE);
  store<u64>(last, 0, ID);
  if (hole == last) return;
  hole = sink(base, hole, last, positions, log, stable, indexed);
  rise(base, base, hole, key, tail, positions, log, stable, indexed);
}

/** Orders slots that are in any order. O(n) (R. Floyd, 1964). */
// @ts-ignore: decorator
@inline
function buildAs(heap: usize, log: u32, stable: bool, indexed: bool): void {
  const count = load<u32>(heap, COUNT);
  const base = <usize>load<u32>(heap, BASE);
  const positions = <usize>load<u32>(heap, POSITIONS);
  const end = base + (<usize>count << 4);
  if (indexed) {
    for (let i: u32 = 0; i < count; i++) {
      store<u32>(positions + (<usize>load<u32>(base + (<usize>i << 4), ID) << 2), i + 1);
    }
  }
  if (count < 2) return;
  let slot = base + (<usize>((count - 2) >> log) << 4);
  for (;;) {
    const key = load<i64>(slot);
    const tail = load<u64>(slot, ID);
    const hole = sink(base, slot, end, positions, log, stable, indexed);
    rise(base, slot, hole, key, tail, positions, log, stable, indexed);
    if (slot == base) return;
    slot -= SLOT_BYTES;
  }
}

function addOther(heap: usize, id: u32, key: i64): void {
  switch (load<u32>(heap, VARIANT)) {
    case 1: addAs(heap, id, key, 1, false, false); break;
    case 3: addAs(heap, id, key, 3, false, false); break;
    case 1 + STABLE: addAs(heap, id, key, 1, true, false); break;
    case 2 + STABLE: addAs(heap, id, key, 2, true, false); break;
    case 3 + STABLE: addAs(heap, id, key, 3, true, false); break;
    case 2 + INDEXED: addAs(heap, id, key, 2, false, true); break;
    case 2 + INDEXED + STABLE: addAs(heap, id, key, 2, true, true); break;
  }
}

function takeOther(heap: usize, hole: usize): void {
  switch (load<u32>(heap, VARIANT)) {
    case 1: takeAs(heap, hole, 1, false, false); break;
    case 3: takeAs(heap, hole, 3, false, false); break;
    case 1 + STABLE: takeAs(heap, hole, 1, true, false); break;
    case 2 + STABLE: takeAs(heap, hole, 2, true, false); break;
    case 3 + STABLE: takeAs(heap, hole, 3, true, false); break;
    case 2 + INDEXED: takeAs(heap, hole, 2, false, true); break;
    case 2 + INDEXED + STABLE: takeAs(heap, hole, 2, true, true); break;
  }
}

export function build(heap: usize): void {
  switch (load<u32>(heap, VARIANT)) {
    case 1: buildAs(heap, 1, false, false); break;
    case 2: buildAs(heap, 2, false, false); break;
    case 3: buildAs(heap, 3, false, false); break;
    case 1 + STABLE: buildAs(heap, 1, true, false); break;
    case 2 + STABLE: buildAs(heap, 2, true, false); break;
    case 3 + STABLE: buildAs(heap, 3, true, false); break;
    case 2 + INDEXED: buildAs(heap, 2, false, true); break;
    case 2 + INDEXED + STABLE: buildAs(heap, 2, true, true); break;
  }
}

// @ts-ignore: decorator
@inline
export function add(heap: usize, id: u32, key: i64): void {
  if (load<u32>(heap, VARIANT) == 2) addAs(heap, id, key, 2, false, false);
  else addOther(heap, id, key);
}

/** Takes out the entry at `hole`, any slot. */
// @ts-ignore: decorator
@inline
export function take(heap: usize, hole: usize): void {
  if (load<u32>(heap, VARIANT) == 2) takeAs(heap, hole, 2, false, false);
  else takeOther(heap, hole);
}

// ── One entry ─────────────────────────────────────────────────────────────────────────────────────

/** 1, or 0 when the arena is full and the heap as it was. */
// @ts-ignore: decorator
@inline
export function pushEntry(heap: usize, id: u32, priority: f64): i32 {
  if (load<u32>(heap, COUNT) == load<u32>(heap, CAPACITY) && !growSlots(heap)) return 0;
  if (load<u32>(heap, NEXT) == <u32>-1 && !renumber(heap)) return 0;
  add(heap, id, keyOf(priority, load<i64>(heap, FLIP)));
  return 1;
}

/** The id that comes first, removed. −1 may be an id: then the result cell is 1, and 0 when the heap was empty. */
// @ts-ignore: decorator
@inline
export function popEntry(heap: usize): u32 {
  if (load<u32>(heap, COUNT) == 0) {
    store<u64>(RESULT, 0);
    return <u32>-1;
  }
  const base = <usize>load<u32>(heap, BASE);
  const id = load<u32>(base, ID);
  take(heap, base);
  if (id == <u32>-1) store<u64>(RESULT, 1);
  return id;
}

/** Takes the first out and puts another in, in one way down. The heap is not empty. */
export function replaceFirst(heap: usize, id: u32, priority: f64): i32 {
  if (load<u32>(heap, NEXT) == <u32>-1 && !renumber(heap)) return 0;
  const base = <usize>load<u32>(heap, BASE);
  store<i64>(base, keyOf(priority, load<i64>(heap, FLIP)));
  store<u32>(base, id, ID);
  if (load<u32>(heap, VARIANT) & STABLE) {
    store<u32>(base, load<u32>(heap, NEXT), SEQUENCE);
    store<u32>(heap, load<u32>(heap, NEXT) + 1, NEXT);
  }
  resettle(heap, base);
  return 1;
}

/** Moves an entry whose key has changed to where it belongs. */
export function resettle(heap: usize, slot: usize): void {
  switch (load<u32>(heap, VARIANT)) {
    case 1: resettleAs(heap, slot, 1, false, false); break;
    case 2: resettleAs(heap, slot, 2, false, false); break;
    case 3: resettleAs(heap, slot, 3, false, false); break;
    case 1 + STABLE: resettleAs(heap, slot, 1, true, false); break;
    case 2 + STABLE: resettleAs(heap, slot, 2, true, false); break;
    case 3 + STABLE: resettleAs(heap, slot, 3, true, false); break;
    case 2 + INDEXED: resettleAs(heap, slot, 2, false, true); break;
    case 2 + INDEXED + STABLE: resettleAs(heap, slot, 2, true, true); break;
  }
}

// @ts-ignore: decorator
@inline
function resettleAs(heap: usize, slot: usize, log: u32, stable: bool, indexed: bool): void {
  const base = <usize>load<u32>(heap, BASE);
  const end = base + (<usize>load<u32>(heap, COUNT) << 4);
  const positions = <usize>load<u32>(heap, POSITIONS);
  const key = load<i64>(slot);
  const tail = load<u64>(slot, ID);
  let hole = slot;
  // An entry that comes before its parent has only one way to go.
  if (slot == base || !precedes(key, <u32>(tail >> 32), base + (((slot - base - SLOT_BYTES) >> log) & ~15), stable)) {
    hole = sink(base, slot, end, positions, log, stable, indexed);
  }
  rise(base, base, hole, key, tail, positions, log, stable, indexed);
}

// ── Many entries ──────────────────────────────────────────────────────────────────────────────────

/** Adds `count` entries one by one, for which there is room. Their sequence numbers do not run out. */
export function addMany(heap: usize, ids: usize, priorities: usize, count: u32): void {
  const flip = load<i64>(heap, FLIP);
  for (let i: u32 = 0; i < count; i++) {
    add(heap, load<u32>(ids + (<usize>i << 2)), keyOf(load<f64>(priorities + (<usize>i << 3)), flip));
  }
}

/** Adds entries behind the last, in no order. */
export function appendMany(heap: usize, ids: usize, priorities: usize, count: u32): void {
  const flip = load<i64>(heap, FLIP);
  const old = load<u32>(heap, COUNT);
  const stable = (load<u32>(heap, VARIANT) & STABLE) != 0;
  let sequence = load<u32>(heap, NEXT);
  let slot = <usize>load<u32>(heap, BASE) + (<usize>old << 4);
  for (let i: u32 = 0; i < count; i++) {
    store<i64>(slot, keyOf(load<f64>(priorities + (<usize>i << 3)), flip));
    store<u32>(slot, load<u32>(ids + (<usize>i << 2)), ID);
    store<u32>(slot, stable ? sequence++ : 0, SEQUENCE);
    slot += SLOT_BYTES;
  }
  if (stable) store<u32>(heap, sequence, NEXT);
  store<u32>(heap, old + count, COUNT);
}

/** Takes out the first `count`, or as many as there are, in order; returns how many. */
export function popMany(heap: usize, count: u32, ids: usize, priorities: usize): u32 {
  const flip = load<i64>(heap, FLIP);
  count = min(count, load<u32>(heap, COUNT));
  for (let i: u32 = 0; i < count; i++) {
    const base = <usize>load<u32>(heap, BASE);
    store<u32>(ids + (<usize>i << 2), load<u32>(base, ID));
    store<f64>(priorities + (<usize>i << 3), priorityOf(load<i64>(base), flip));
    take(heap, base);
  }
  return count;
}

/**
 * Adds the entries of another heap of the same order, which stays as it is. Of equal priorities those of `heap` come
 * first, then those of `other`, each in their order.
 */
export function merge(heap: usize, other: usize): i32 {
  const old = load<u32>(heap, COUNT);
  const more = load<u32>(other, COUNT);
  if (more == 0) return 1;
  if (more > <u32>-1 - old || !reserveSlots(heap, old + more)) return 0;
  const stable = (load<u32>(heap, VARIANT) & STABLE) != 0;
  const span = load<u32>(other, VARIANT) & STABLE ? load<u32>(other, NEXT) : more;
  if (stable && load<u32>(heap, NEXT) > <u32>-2 - span) {
    if (!renumber(heap) || !renumber(other)) return 0;
  }
  const sequence = load<u32>(heap, NEXT);
  const otherStable = (load<u32>(other, VARIANT) & STABLE) != 0;
  const from = <usize>load<u32>(other, BASE);
  let slot = <usize>load<u32>(heap, BASE) + (<usize>old << 4);
  for (let i: u32 = 0; i < more; i++) {
    const source = from + (<usize>i << 4);
    v128.store(slot, v128.load(source));
    store<u32>(slot, stable ? sequence + (otherStable ? load<u32>(source, SEQUENCE) : i) : 0, SEQUENCE);
    slot += SLOT_BYTES;
  }
  if (stable) store<u32>(heap, sequence + (otherStable ? load<u32>(other, NEXT) : more), NEXT);
  store<u32>(heap, old + more, COUNT);
  build(heap);
  return 1;
}

/** A heap of the same entries, without positions; 0 when the arena is full. */
export function cloneEntries(heap: usize): usize {
  const copy = createHeap(load<u32>(heap, VARIANT) & ~INDEXED, load<i64>(heap, FLIP));
  if (!copy) return 0;
  const count = load<u32>(heap, COUNT);
  if (count && !reserveSlots(copy, count)) {
    destroyHeap(copy);
    return 0;
  }
  if (count) memory.copy(load<u32>(copy, BASE), load<u32>(heap, BASE), <usize>count << 4);
  store<u32>(copy, count, COUNT);
  store<u32>(copy, load<u32>(heap, NEXT), NEXT);
  return copy;
}

/**
 * Sequence numbers from 0 on again, in the order of the old ones. Needs four bytes an entry for a moment; O(n log n),
 * once in 2^32 entries.
 */
export function renumber(heap: usize): bool {
  if (!(load<u32>(heap, VARIANT) & STABLE)) return true;
  const count = load<u32>(heap, COUNT);
  const base = <usize>load<u32>(heap, BASE);
  if (count != 0) {
    // An auxiliary heap of the slots' indices, by sequence number.
    const order = createHeap(2, 0);
    if (!order) return false;
    if (!reserveSlots(order, count)) {
      destroyHeap(order);
      return false;
    }
    for (let i: u32 = 0; i < count; i++) add(order, i, <i64>load<u32>(base + (<usize>i << 4), SEQUENCE));
    for (let i: u32 = 0; i < count; i++) store<u32>(base + (<usize>popEntry(order) << 4), i, SEQUENCE);
    destroyHeap(order);
  }
  store<u32>(heap, count, NEXT);
  return true;
}

// ── Bytes and proof ───────────────────────────────────────────────────────────────────────────────

/** Writes entries from the slot `from` on, each 16 bytes: priority f64, id u32, sequence u32. */
export function dump(heap: usize, from: u32, count: u32, out: usize): void {
  const flip = load<i64>(heap, FLIP);
  let slot = <usize>load<u32>(heap, BASE) + (<usize>from << 4);
  for (let i: u32 = 0; i < count; i++) {
    store<f64>(out, priorityOf(load<i64>(slot), flip));
    store<u64>(out, load<u64>(slot, ID), 8);
    slot += SLOT_BYTES;
    out += 16;
  }
}

/**
 * Appends what `dump` wrote, for which there is room; 0 when a priority is none that a heap would have written, or a
 * sequence number is not below the next.
 */
export function fill(heap: usize, from: usize, count: u32): i32 {
  const flip = load<i64>(heap, FLIP);
  const old = load<u32>(heap, COUNT);
  const stable = (load<u32>(heap, VARIANT) & STABLE) != 0;
  const next = load<u32>(heap, NEXT);
  let slot = <usize>load<u32>(heap, BASE) + (<usize>old << 4);
  for (let i: u32 = 0; i < count; i++) {
    const priority = load<f64>(from);
    const sequence = load<u32>(from, 12);
    if (priority != priority || reinterpret<i64>(priority) == i64.MIN_VALUE) return 0;
    if (stable ? sequence >= next : sequence != 0) return 0;
    store<i64>(slot, keyOf(priority, flip));
    store<u64>(slot, load<u64>(from, 8), ID);
    slot += SLOT_BYTES;
    from += 16;
  }
  store<u32>(heap, old + count, COUNT);
  return 1;
}

/** Enters the position of every entry; 0 when an id comes twice or is beyond the table. */
export function fillPositions(heap: usize): i32 {
  const count = load<u32>(heap, COUNT);
  const positions = <usize>load<u32>(heap, POSITIONS);
  const base = <usize>load<u32>(heap, BASE);
  for (let i: u32 = 0; i < count; i++) {
    const id = load<u32>(base + (<usize>i << 4), ID);
    if (id >= load<u32>(heap, POSITION_COUNT)) return 0;
    const at = positions + (<usize>id << 2);
    if (load<u32>(at)) return 0;
    store<u32>(at, i + 1);
  }
  return 1;
}

/** 0 when every invariant holds, else the number of the first that does not; −1 when the arena has no room to tell. */
export function check(heap: usize): i32 {
  const count = load<u32>(heap, COUNT);
  const capacity = load<u32>(heap, CAPACITY);
  const base = <usize>load<u32>(heap, BASE);
  const variant = load<u32>(heap, VARIANT);
  const log = variant & ARITY_MASK;
  if (count > capacity) return 1;
  if (capacity != 0 && ((base + SLOT_BYTES) & 63 || (capacity - 1) & ((1 << log) - 1))) return 2;
  for (let i: u32 = count; i < capacity; i++) {
    if (load<i64>(base + (<usize>i << 4)) != NONE) return 3;
  }
  for (let i: u32 = 0; i < count; i++) {
    const slot = base + (<usize>i << 4);
    if (load<i64>(slot) == NONE) return 4;
    if (i && precedes(load<i64>(slot), load<u32>(slot, SEQUENCE), base + (<usize>((i - 1) >> log) << 4), (variant & STABLE) != 0)) return 5;
    if (!(variant & STABLE) && load<u32>(slot, SEQUENCE)) return 6;
  }
  if (variant & STABLE) {
    const broken = checkSequences(heap);
    if (broken) return broken;
  }
  return variant & INDEXED ? checkPositions(heap) : 0;
}

/** Sequence numbers are different and below the next. */
function checkSequences(heap: usize): i32 {
  const count = load<u32>(heap, COUNT);
  const base = <usize>load<u32>(heap, BASE);
  if (count == 0) return 0;
  const order = createHeap(2, 0);
  if (!order) return -1;
  let broken = -1;
  if (reserveSlots(order, count)) {
    broken = 0;
    for (let i: u32 = 0; i < count; i++) add(order, 0, <i64>load<u32>(base + (<usize>i << 4), SEQUENCE));
    let previous: i64 = -1;
    for (let i: u32 = 0; i < count; i++) {
      const sequence = load<i64>(load<u32>(order, BASE));
      if (sequence == previous || sequence >= <i64>load<u32>(heap, NEXT)) broken = 7;
      previous = sequence;
      popEntry(order);
    }
  }
  destroyHeap(order);
  return broken;
}

function checkPositions(heap: usize): i32 {
  const count = load<u32>(heap, COUNT);
  const base = <usize>load<u32>(heap, BASE);
  const positions = <usize>load<u32>(heap, POSITIONS);
  let known: u32 = 0;
  for (let id: u32 = 0; id < load<u32>(heap, POSITION_COUNT); id++) {
    const position = load<u32>(positions + (<usize>id << 2));
    if (!position) continue;
    known++;
    if (position > count || load<u32>(base + (<usize>(position - 1) << 4), ID) != id) return 8;
  }
  return known == count ? 0 : 9;
}
