// Two bitmaps: a third one made of them, one changed by the other, and what can be told without making anything.

import { alloc, free } from '../../memory/arena/allocator';
import { copyContainer } from './container';
import { clearRoot, createRoot, insertEntry, reserve, resize } from './directory';
import {
  CAPACITY, cardinalityOf, COUNT, dataIn, drop, ENTRIES, entryAt, KEYS, keyAt, META, metaIn, NO_ROOM, NOTHING, SIZE, touch, VERSION,
  WORK_BYTES,
} from './layout';
import { AND, AND_NOT, combinePair, countPair, OR } from './pairs';

/** Where the plan of a change holds what is not yet, or no longer, a container of the changed bitmap. */
const TAKEN: u64 = 1 << 62;
const ABSENT: u64 = 1 << 63;

export function destroyRoot(root: usize): void {
  clearRoot(root);
  free(root);
}

/** Enters a container behind all others; there must be room. */
export function append(root: usize, key: u32, container: u64): void {
  const count = load<u32>(root, COUNT);
  insertEntry(root, count, key, dataIn(container), metaIn(container));
  store<u64>(root, load<u64>(root, SIZE) + <u64>cardinalityOf(metaIn(container)), SIZE);
}

/** The container at an index, packed. */
// @ts-ignore: decorator
@inline
function containerAt(root: usize, index: u32): u64 {
  return load<u64>(entryAt(root, index));
}

/** A copy, or 0 when the arena is full. */
export function copyRoot(root: usize): usize {
  const made = createRoot();
  if (!made) return 0;
  const count = load<u32>(root, COUNT);
  if (!count) return made;
  if (!resize(made, count)) {
    destroyRoot(made);
    return 0;
  }
  for (let i: u32 = 0; i < count; i++) {
    const container = containerAt(root, i);
    const copy = copyContainer(dataIn(container), metaIn(container));
    if (copy == NO_ROOM) {
      destroyRoot(made);
      return 0;
    }
    append(made, keyAt(root, i), copy);
  }
  return made;
}

/** A new bitmap of two, or 0 when the arena is full. */
export function combineRoots(a: usize, b: usize, op: u32): usize {
  const made = createRoot();
  if (!made) return 0;
  const work = alloc(WORK_BYTES);
  if (work) {
    const done = fill(made, a, b, op, work);
    free(work);
    if (done) return made;
  }
  destroyRoot(made);
  return 0;
}

function fill(made: usize, a: usize, b: usize, op: u32, work: usize): bool {
  const aCount = load<u32>(a, COUNT);
  const bCount = load<u32>(b, COUNT);
  let i: u32 = 0;
  let j: u32 = 0;
  while (i < aCount || j < bCount) {
    const aKey = i < aCount ? keyAt(a, i) : 65536;
    const bKey = j < bCount ? keyAt(b, j) : 65536;
    const key = min(aKey, bKey);
    let result: u64;
    if (aKey == bKey) {
      const ours = containerAt(a, i++);
      const theirs = containerAt(b, j++);
      result = combinePair(dataIn(ours), metaIn(ours), dataIn(theirs), metaIn(theirs), op, work);
    } else if (aKey < bKey) {
      const ours = containerAt(a, i++);
      if (op == AND) {
        if (j == bCount) return true;
        continue;
      }
      result = copyContainer(dataIn(ours), metaIn(ours));
    } else {
      const theirs = containerAt(b, j++);
      if (op == AND || op == AND_NOT) {
        if (i == aCount) return true;
        continue;
      }
      result = copyContainer(dataIn(theirs), metaIn(theirs));
    }
    if (result == NOTHING) continue;
    if (result == NO_ROOM) return false;
    if (!reserve(made, load<u32>(made, COUNT) + 1)) {
      drop(result);
      return false;
    }
    append(made, key, result);
  }
  return true;
}

/** Exchanges all that two bitmaps hold. */
export function swapRoots(a: usize, b: usize): void {
  for (let at: usize = 0; at < VERSION; at += 8) {
    const word = load<u64>(a + at);
    store<u64>(a + at, load<u64>(b + at));
    store<u64>(b + at, word);
  }
  touch(a);
  touch(b);
}

/**
 * Changes `a` by `b`: OR, XOR or AND_NOT. Only containers whose keys `b` has are looked at. False when the arena is full
 * and both are as they were.
 *
 * @param own `b` is given away: containers of its own go over, and 0 stands where they were
 */
export function applyRoot(a: usize, b: usize, op: u32, own: bool): bool {
  const bCount = load<u32>(b, COUNT);
  if (!bCount) return true;
  const plan = alloc(bCount << 3);
  const work = alloc(WORK_BYTES);
  let planned: u32 = 0;
  let done = false;
  if (plan && work) {
    planned = makePlan(a, b, op, own, plan, work);
    if (planned == bCount) done = carryOut(a, b, plan, own);
    if (!done) {
      for (let j: u32 = 0; j < planned; j++) {
        const result = load<u64>(plan + (<usize>j << 3));
        if (!(result & (TAKEN | ABSENT))) drop(result);
      }
    }
  }
  if (work) free(work);
  if (plan) free(plan);
  return done;
}

/** What becomes of each key of `b`; how many were decided before the arena was full. */
function makePlan(a: usize, b: usize, op: u32, own: bool, plan: usize, work: usize): u32 {
  const aCount = load<u32>(a, COUNT);
  const bCount = load<u32>(b, COUNT);
  let i: u32 = 0;
  for (let j: u32 = 0; j < bCount; j++) {
    const key = keyAt(b, j);
    i = seek(a, aCount, i, key);
    const theirs = containerAt(b, j);
    let result: u64;
    if (i < aCount && keyAt(a, i) == key) {
      const ours = containerAt(a, i);
      result = combinePair(dataIn(ours), metaIn(ours), dataIn(theirs), metaIn(theirs), op, work);
    } else if (op == AND_NOT) {
      result = ABSENT;
    } else {
      result = own ? theirs | TAKEN : copyContainer(dataIn(theirs), metaIn(theirs));
    }
    if (result == NO_ROOM) return j;
    store<u64>(plan + (<usize>j << 3), result);
  }
  return bCount;
}

/** Index of the first key from `at` on that is not below `key`. */
function seek(root: usize, count: u32, at: u32, key: u32): u32 {
  if (at >= count || keyAt(root, at) >= key) return at;
  let step: u32 = 1;
  while (at + step < count && keyAt(root, at + step) < key) {
    at += step;
    step <<= 1;
  }
  let end = min(at + step, count);
  while (end - at > 1) {
    const middle = (at + end) >> 1;
    if (keyAt(root, middle) < key) at = middle;
    else end = middle;
  }
  return end;
}

/** Puts the planned containers in their places; false when there is no room for their entries. */
function carryOut(a: usize, b: usize, plan: usize, own: bool): bool {
  const aCount = load<u32>(a, COUNT);
  const bCount = load<u32>(b, COUNT);
  // Containers that come, and whether any goes.
  let more: u32 = 0;
  let gone = false;
  for (let j: u32 = 0, i: u32 = 0; j < bCount; j++) {
    const result = load<u64>(plan + (<usize>j << 3));
    if (result & ABSENT) continue;
    i = seek(a, aCount, i, keyAt(b, j));
    if (i == aCount || keyAt(a, i) != keyAt(b, j)) more++;
    else if (result == NOTHING) gone = true;
  }
  if (!more && !gone) {
    replace(a, b, plan);
    return true;
  }
  const made = createRoot();
  if (!made) return false;
  if (!resize(made, max<u32>(4, aCount + more))) {
    destroyRoot(made);
    return false;
  }
  merge(a, b, plan, made, own);
  swapRoots(a, made);
  // What stood in `a` was freed or went over.
  store<u32>(made, 0, COUNT);
  if (load<u32>(made, KEYS)) {
    free(load<u32>(made, KEYS));
    free(load<u32>(made, ENTRIES));
  }
  free(made);
  if (!load<u32>(a, COUNT)) clearRoot(a);
  return true;
}

/** Where every key is there before and after. */
function replace(a: usize, b: usize, plan: usize): void {
  const aCount = load<u32>(a, COUNT);
  const bCount = load<u32>(b, COUNT);
  let size = load<u64>(a, SIZE);
  for (let j: u32 = 0, i: u32 = 0; j < bCount; j++) {
    const result = load<u64>(plan + (<usize>j << 3));
    if (result & ABSENT) continue;
    i = seek(a, aCount, i, keyAt(b, j));
    const entry = entryAt(a, i);
    size += <u64>cardinalityOf(metaIn(result)) - <u64>cardinalityOf(load<u32>(entry, META));
    free(load<u32>(entry));
    store<u64>(entry, result);
  }
  store<u64>(a, size, SIZE);
  touch(a);
}

function merge(a: usize, b: usize, plan: usize, made: usize, own: bool): void {
  const aCount = load<u32>(a, COUNT);
  const bCount = load<u32>(b, COUNT);
  let i: u32 = 0;
  let j: u32 = 0;
  while (i < aCount || j < bCount) {
    const aKey = i < aCount ? keyAt(a, i) : 65536;
    const bKey = j < bCount ? keyAt(b, j) : 65536;
    if (aKey < bKey) {
      append(made, aKey, containerAt(a, i++));
      continue;
    }
    const result = load<u64>(plan + (<usize>j << 3));
    if (aKey == bKey) free(load<u32>(entryAt(a, i++)));
    if (result & TAKEN) store<u32>(entryAt(b, j), 0);
    if (result != NOTHING && !(result & ABSENT)) append(made, bKey, result & ~TAKEN);
    j++;
  }
}

// ── Without making anything ───────────────────────────────────────────────────────────────────────

/** How many values both have. */
export function countShared(a: usize, b: usize): f64 {
  const aCount = load<u32>(a, COUNT);
  const bCount = load<u32>(b, COUNT);
  let total: u64 = 0;
  for (let i: u32 = 0, j: u32 = 0; i < aCount && j < bCount; ) {
    const aKey = keyAt(a, i);
    const bKey = keyAt(b, j);
    if (aKey == bKey) total += <u64>countAt(a, i++, b, j++);
    else if (aKey < bKey) i = seek(a, aCount, i, bKey);
    else j = seek(b, bCount, j, aKey);
  }
  return <f64>total;
}

// @ts-ignore: decorator
@inline
function countAt(a: usize, i: u32, b: usize, j: u32): u32 {
  const ours = containerAt(a, i);
  const theirs = containerAt(b, j);
  return countPair(dataIn(ours), metaIn(ours), dataIn(theirs), metaIn(theirs));
}

/** 1 where some value is in both. */
export function meet(a: usize, b: usize): i32 {
  const aCount = load<u32>(a, COUNT);
  const bCount = load<u32>(b, COUNT);
  for (let i: u32 = 0, j: u32 = 0; i < aCount && j < bCount; ) {
    const aKey = keyAt(a, i);
    const bKey = keyAt(b, j);
    if (aKey == bKey) {
      if (countAt(a, i++, b, j++)) return 1;
    } else if (aKey < bKey) i = seek(a, aCount, i, bKey);
    else j = seek(b, bCount, j, aKey);
  }
  return 0;
}

/** 1 where every value of `a` is in `b`. */
export function within(a: usize, b: usize): i32 {
  const aCount = load<u32>(a, COUNT);
  const bCount = load<u32>(b, COUNT);
  if (load<u64>(a, SIZE) > load<u64>(b, SIZE)) return 0;
  for (let i: u32 = 0, j: u32 = 0; i < aCount; i++, j++) {
    j = seek(b, bCount, j, keyAt(a, i));
    if (j == bCount || keyAt(b, j) != keyAt(a, i)) return 0;
    const size = cardinalityOf(load<u32>(entryAt(a, i), META));
    if (size > cardinalityOf(load<u32>(entryAt(b, j), META)) || countAt(a, i, b, j) != size) return 0;
  }
  return 1;
}
