// Kernel `structures/bitmap`: roaring bitmaps of u32 (S. Chambi, D. Lemire, O. Kaser, R. Godin, "Better bitmap performance with
// Roaring bitmaps", 2016; D. Lemire et al., "Roaring Bitmaps: Implementation of an Optimized Software Library", 2018). layout.ts draws where
// things stand.

import { alloc, realloc } from '../../memory/arena/allocator';
import { addLow, contains, optimise, removeLow } from './container';
import { find, insertEntry, removeEntry, reserve, resize } from './directory';
import { addBulk } from './bulk';
import { ARRAY, bytesFor, cardinalityOf, COUNT, entryAt, FULL, META, metaOf, SIZE, touch } from './layout';
import { changeRange, countWithin } from './ranges';
import { rankOfValue } from './scan';
import { applyRoot } from './sets';

export { clearRoot as clear, createRoot as create } from './directory';
export { combineRoots as combine, copyRoot as copy, countShared, destroyRoot as destroy, meet, swapRoots as swap, within } from './sets';
export { checkRoot as check, costOfRoot as bytesOf, countOfKind } from './check';
export { portableHead, portableSize, readPortable, writeContainers, writeHead } from './portable';
export { scanDown, scanUp, valueAtRank as at } from './scan';
export { hasBulk as hasMany } from './bulk';

/** 1 added, 0 it was there, −1 the arena is full. */
export function add(root: usize, value: u32): i32 {
  const index = find(root, value >> 16);
  if (index < 0) return addContainer(root, ~index, value);
  const status = addLow(entryAt(root, index), value & 0xffff);
  if (status > 0) {
    store<u64>(root, load<u64>(root, SIZE) + 1, SIZE);
    touch(root);
  }
  return status;
}

function addContainer(root: usize, index: u32, value: u32): i32 {
  if (!reserve(root, load<u32>(root, COUNT) + 1)) return FULL;
  const data = alloc(8);
  if (!data) return FULL;
  store<u16>(data, <u16>value);
  insertEntry(root, index, value >> 16, data, metaOf(ARRAY, 1));
  store<u64>(root, load<u64>(root, SIZE) + 1, SIZE);
  touch(root);
  return 1;
}

/** 1 removed, 0 it was not there, −1 the arena is full. */
export function remove(root: usize, value: u32): i32 {
  const index = find(root, value >> 16);
  if (index < 0) return 0;
  const entry = entryAt(root, index);
  if (cardinalityOf(load<u32>(entry, META)) == 1) {
    if (!contains(load<u32>(entry), load<u32>(entry, META), value & 0xffff)) return 0;
    removeEntry(root, index);
  } else {
    const status = removeLow(entry, value & 0xffff);
    if (status <= 0) return status;
  }
  store<u64>(root, load<u64>(root, SIZE) - 1, SIZE);
  touch(root);
  return 1;
}

export function has(root: usize, value: u32): i32 {
  const index = find(root, value >> 16);
  if (index < 0) return 0;
  const entry = entryAt(root, index);
  return contains(load<u32>(entry), load<u32>(entry, META), value & 0xffff);
}

/** 1, or 0 when the arena is full: the bitmap then holds some of the values. */
export function addMany(root: usize, values: usize, count: u32): i32 {
  return <i32>addBulk(root, values, count);
}

/** Adds, turns over or takes out the values from `from` to `last`; 0 when the arena is full and nothing has changed. */
export function range(root: usize, from: u32, last: u32, op: u32): i32 {
  return <i32>changeRange(root, from, last, op);
}

export function countRange(root: usize, from: u32, last: u32): f64 {
  return <f64>countWithin(root, from, last);
}

/** How many values are below `value`. */
export function rank(root: usize, value: u32): f64 {
  return value ? <f64>rankOfValue(root, value - 1) : 0;
}

/** 1, or 0 when the arena is full and both are as they were. */
export function apply(a: usize, b: usize, op: u32, own: u32): i32 {
  return <i32>applyRoot(a, b, op, own != 0);
}

/** Makes runs where they take less; values are the same after it. */
export function optimize(root: usize): void {
  const count = load<u32>(root, COUNT);
  for (let i: u32 = 0; i < count; i++) optimise(entryAt(root, i));
}

/** Cuts every block to what it holds. */
export function shrink(root: usize): void {
  const count = load<u32>(root, COUNT);
  if (!count) return;
  for (let i: u32 = 0; i < count; i++) {
    const entry = entryAt(root, i);
    store<u32>(entry, <u32>realloc(load<u32>(entry), bytesFor(load<u32>(entry), load<u32>(entry, META))));
  }
  resize(root, count);
}
