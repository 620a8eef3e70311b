// The min-max heap: both ends of the order at once (M. Atkinson, J. Sack, N. Santoro, T. Strothotte, 1986). A binary
// heap in the slots of layout.ts whose levels alternate: an entry of an even level is no greater than anything below
// it, one of an odd level no less. The least is entry 0; the greatest is the greater of entries 1 and 2.

import { RESULT } from '../../memory/arena/layout';
import { BASE, CAPACITY, COUNT, ID, keyOf, NONE, priorityOf } from './layout';
import { growSlots } from './slots';

/** Key as the level's order sees it: `sign` is 0 for the least first, −1 for the greatest. */
// @ts-ignore: decorator
@inline
function keyAt(base: usize, index: u32, sign: i64): i64 {
  return load<i64>(base + (<usize>index << 4)) ^ sign;
}

// @ts-ignore: decorator
@inline
function signOf(index: u32): i64 {
  // Entry i stands on level ⌊log2(i + 1)⌋.
  return -<i64>((31 - clz(index + 1)) & 1);
}

// @ts-ignore: decorator
@inline
function swap(base: usize, a: u32, b: u32): void {
  const held = v128.load(base + (<usize>a << 4));
  v128.store(base + (<usize>a << 4), v128.load(base + (<usize>b << 4)));
  v128.store(base + (<usize>b << 4), held);
}

/** 1, or 0 when the arena is full and the heap as it was. */
export function minMaxPush(heap: usize, id: u32, priority: f64): i32 {
  const count = load<u32>(heap, COUNT);
  if (count == load<u32>(heap, CAPACITY) && !growSlots(heap)) return 0;
  append(heap, id, priority);
  climb(load<u32>(heap, BASE), count);
  return 1;
}

// @ts-ignore: decorator
@inline
function append(heap: usize, id: u32, priority: f64): void {
  const count = load<u32>(heap, COUNT);
  const slot = <usize>load<u32>(heap, BASE) + (<usize>count << 4);
  store<i64>(slot, keyOf(priority, 0));
  store<u64>(slot, id, ID);
  store<u32>(heap, count + 1, COUNT);
}

function climb(base: usize, index: u32): void {
  if (index == 0) return;
  let sign = signOf(index);
  const parent = (index - 1) >> 1;
  if (keyAt(base, parent, sign) < keyAt(base, index, sign)) {
    swap(base, index, parent);
    index = parent;
    sign = ~sign;
  }
  while (index > 2) {
    const grandparent = (index - 3) >> 2;
    if (keyAt(base, grandparent, sign) <= keyAt(base, index, sign)) return;
    swap(base, index, grandparent);
    index = grandparent;
  }
}

/** Moves an entry down to where it belongs below `index`. */
function descend(base: usize, index: u32, count: u32): void {
  const sign = signOf(index);
  for (;;) {
    const child = (index << 1) + 1;
    if (child >= count) return;
    let best = child;
    if (child + 1 < count && keyAt(base, child + 1, sign) < keyAt(base, best, sign)) best = child + 1;
    const grandchild = (child << 1) + 1;
    const end = min(grandchild + 4, count);
    for (let i = grandchild; i < end; i++) {
      if (keyAt(base, i, sign) < keyAt(base, best, sign)) best = i;
    }
    if (keyAt(base, best, sign) >= keyAt(base, index, sign)) return;
    swap(base, best, index);
    if (best < grandchild) return;
    const parent = (best - 1) >> 1;
    if (keyAt(base, parent, sign) < keyAt(base, best, sign)) swap(base, best, parent);
    index = best;
  }
}

/** Index of the greatest entry of a heap that is not empty. */
function greatest(base: usize, count: u32): u32 {
  if (count < 3) return count - 1;
  return 1 + <u32>(keyAt(base, 2, 0) > keyAt(base, 1, 0));
}

function takeIndex(heap: usize, index: u32): u32 {
  const base = <usize>load<u32>(heap, BASE);
  const count = load<u32>(heap, COUNT) - 1;
  const slot = base + (<usize>index << 4);
  const last = base + (<usize>count << 4);
  const id = load<u32>(slot, ID);
  v128.store(slot, v128.load(last));
  v128.store(last, i64x2(NONE, 0));
  store<u32>(heap, count, COUNT);
  if (index < count) descend(base, index, count);
  return id;
}

/** The id at one end, removed; see `pop` for −1. */
export function minMaxPop(heap: usize, max: u32): u32 {
  const count = load<u32>(heap, COUNT);
  if (count == 0) {
    store<u64>(RESULT, 0);
    return <u32>-1;
  }
  const id = takeIndex(heap, max ? greatest(load<u32>(heap, BASE), count) : 0);
  if (id == <u32>-1) store<u64>(RESULT, 1);
  return id;
}

/** Address of the slot of the greatest entry; the heap is not empty. */
export function minMaxGreatest(heap: usize): usize {
  const base = <usize>load<u32>(heap, BASE);
  return base + (<usize>greatest(base, load<u32>(heap, COUNT)) << 4);
}

export function minMaxPriority(heap: usize, max: u32): f64 {
  return priorityOf(load<i64>(max ? minMaxGreatest(heap) : <usize>load<u32>(heap, BASE)), 0);
}

/** Adds entries for which there is room: in order, or behind the last and in none. */
export function minMaxAddMany(heap: usize, ids: usize, priorities: usize, count: u32, ordered: u32): void {
  const base = <usize>load<u32>(heap, BASE);
  const old = load<u32>(heap, COUNT);
  for (let i: u32 = 0; i < count; i++) {
    append(heap, load<u32>(ids + (<usize>i << 2)), load<f64>(priorities + (<usize>i << 3)));
    if (ordered) climb(base, old + i);
  }
}

/** Orders slots that are in any order. O(n). */
export function minMaxBuild(heap: usize): void {
  const base = <usize>load<u32>(heap, BASE);
  const count = load<u32>(heap, COUNT);
  for (let index = count >> 1; index-- > 0; ) descend(base, index, count);
}

export function minMaxPopMany(heap: usize, max: u32, count: u32, ids: usize, priorities: usize): u32 {
  count = min(count, load<u32>(heap, COUNT));
  for (let i: u32 = 0; i < count; i++) {
    store<f64>(priorities + (<usize>i << 3), minMaxPriority(heap, max));
    store<u32>(ids + (<usize>i << 2), minMaxPop(heap, max));
  }
  return count;
}

/** 0 when every invariant holds, else the number of the first that does not. */
export function minMaxCheck(heap: usize): i32 {
  const base = <usize>load<u32>(heap, BASE);
  const count = load<u32>(heap, COUNT);
  if (count > load<u32>(heap, CAPACITY)) return 1;
  for (let i = count; i < load<u32>(heap, CAPACITY); i++) {
    if (load<i64>(base + (<usize>i << 4)) != NONE) return 2;
  }
  for (let i: u32 = 0; i < count; i++) {
    if (keyAt(base, i, 0) == NONE || load<u32>(base + (<usize>i << 4), 12)) return 3;
    const sign = signOf(i);
    if (i > 0 && keyAt(base, (i - 1) >> 1, sign) < keyAt(base, i, sign)) return 4;
    if (i > 2 && keyAt(base, (i - 3) >> 2, sign) > keyAt(base, i, sign)) return 5;
  }
  return 0;
}
