// Kernel `structures/b-tree`: ordered maps from numbers or bytes to numbers or bytes. The map's exports are the same as
// those of `structures/skip-list`: keys come as a number (`F…`) or as an address and a length (`B…`); a value is stored
// as its cell (../cells.ts).

import { costOf, free } from '../../memory/arena/allocator';
import { freeValue, makeValue, valueCost } from '../cells';
import { headOfNumber, numberOfHead } from '../ordered-keys';
import { checkTree } from './check';
import {
  beforeOf,
  BYTE_KEYS,
  BYTE_VALUES,
  cellAt,
  countOf,
  entryAt,
  headAt,
  keyBytesOf,
  keyOf,
  nextOf,
  slotAt,
  Tree,
} from './layout';
import { beginLoad, endLoad, loadEntries } from './load';
import {
  clearTree,
  createTree,
  destroyTree,
  findBytes,
  findNumber,
  insert,
  isAt,
  placeIn,
  rankOf,
  removeFrom,
  trace,
  traceIndex,
} from './tree';

const REPLACED: i32 = 0;
const NEW: i32 = 1;
const FULL: i32 = -1;

/** Address of a new tree, 0 when the budget is full. */
export function create(byteKeys: bool, byteValues: bool): usize {
  return createTree((byteKeys ? BYTE_KEYS : 0) | (byteValues ? BYTE_VALUES : 0));
}

export function destroy(tree: usize): void {
  destroyTree(changetype<Tree>(tree));
}

export function clear(tree: usize): void {
  clearTree(changetype<Tree>(tree));
}

// ── One key ───────────────────────────────────────────────────────────────────────────────────────

/** Address of the key's cell, or 0. */
export function findF(tree: usize, key: f64): usize {
  return findNumber(changetype<Tree>(tree), headOfNumber(key));
}

/** The number's value, or NaN: then `findF` tells a value that is NaN from a missing key. Numbers to numbers only. */
export function getFF(tree: usize, key: f64): f64 {
  const cell = findF(tree, key);
  return cell ? load<f64>(cell) : NaN;
}

export function findB(tree: usize, at: usize, bytes: u32): usize {
  return findBytes(changetype<Tree>(tree), at, bytes);
}

/** 0: an old key got a new value; 1: a new key; −1: the budget is full and the tree as it was. */
export function setFF(tree: usize, key: f64, value: f64): i32 {
  return putNumber(changetype<Tree>(tree), headOfNumber(key), 0, 0, value);
}

export function setFB(tree: usize, key: f64, value: usize, valueBytes: u32): i32 {
  return putBytes(changetype<Tree>(tree), headOfNumber(key), 0, 0, value, valueBytes);
}

export function setBF(tree: usize, at: usize, bytes: u32, value: f64): i32 {
  return putNumber(changetype<Tree>(tree), 0, at, bytes, value);
}

export function setBB(tree: usize, at: usize, bytes: u32, value: usize, valueBytes: u32): i32 {
  return putBytes(changetype<Tree>(tree), 0, at, bytes, value, valueBytes);
}

function putNumber(tree: Tree, head: i64, at: usize, bytes: u32, value: f64): i32 {
  const leaf = tree.root ? trace(tree, head, at, bytes) : 0;
  const index = leaf ? placeIn(tree, leaf, head, at, bytes) : 0;
  if (leaf && isAt(tree, leaf, index, head, at, bytes)) {
    store<f64>(cellAt(tree.kinds, leaf, index), value);
    tree.version++;
    return REPLACED;
  }
  const cell = insert(tree, leaf, index, head, at, bytes);
  if (!cell) return FULL;
  store<f64>(cell, value);
  return NEW;
}

function putBytes(tree: Tree, head: i64, at: usize, bytes: u32, value: usize, valueBytes: u32): i32 {
  const block = makeValue(value, valueBytes);
  if (!block) return FULL;
  const leaf = tree.root ? trace(tree, head, at, bytes) : 0;
  const index = leaf ? placeIn(tree, leaf, head, at, bytes) : 0;
  let cell: usize;
  let status = REPLACED;
  if (leaf && isAt(tree, leaf, index, head, at, bytes)) {
    cell = cellAt(tree.kinds, leaf, index);
    tree.dataBytes -= valueCost(cell);
    freeValue(cell);
    tree.version++;
  } else {
    cell = insert(tree, leaf, index, head, at, bytes);
    if (!cell) {
      free(block);
      return FULL;
    }
    status = NEW;
  }
  tree.dataBytes += costOf(block);
  store<u64>(cell, <u64>block);
  return status;
}

/** True when the key was there. */
export function removeF(tree: usize, key: f64): bool {
  return take(changetype<Tree>(tree), headOfNumber(key), 0, 0);
}

export function removeB(tree: usize, at: usize, bytes: u32): bool {
  return take(changetype<Tree>(tree), 0, at, bytes);
}

function take(tree: Tree, head: i64, at: usize, bytes: u32): bool {
  if (!tree.root) return false;
  const leaf = trace(tree, head, at, bytes);
  const index = placeIn(tree, leaf, head, at, bytes);
  if (!isAt(tree, leaf, index, head, at, bytes)) return false;
  removeFrom(tree, leaf, index, 1);
  return true;
}

// ── Ranks ─────────────────────────────────────────────────────────────────────────────────────────

/** How many keys are below this one, or, with `orEqual`, not above it. */
export function rankF(tree: usize, key: f64, orEqual: bool): u32 {
  return rankOf(changetype<Tree>(tree), headOfNumber(key), 0, 0, orEqual);
}

export function rankB(tree: usize, at: usize, bytes: u32, orEqual: bool): u32 {
  return rankOf(changetype<Tree>(tree), 0, at, bytes, orEqual);
}

/** Removes the keys of the ranks [from, end), a leaf at a time; returns how many. */
export function removeRange(handle: usize, from: u32, end: u32): u32 {
  const tree = changetype<Tree>(handle);
  end = min<u32>(end, tree.count);
  if (from >= end) return 0;
  for (let left = end - from; left; ) {
    const place = traceIndex(tree, from);
    const leaf = <usize>(place & 0xffff_ffff);
    const index = <u32>(place >> 32);
    const gone = min<u32>(left, countOf(leaf) - index);
    removeFrom(tree, leaf, index, gone);
    left -= gone;
  }
  return end - from;
}

/**
 * Writes up to `count` entries, from rank `start` upwards or downwards: each key as an f64 or as (u32 address, u32
 * length) to `keys`, each value likewise to `values`. Returns how many.
 */
export function scan(handle: usize, start: u32, count: u32, reverse: bool, keys: usize, values: usize): u32 {
  const tree = changetype<Tree>(handle);
  if (start >= tree.count) return 0;
  const kinds = tree.kinds;
  const place = traceIndex(tree, start);
  let leaf = <usize>(place & 0xffff_ffff);
  let index = <u32>(place >> 32);
  let done: u32 = 0;
  while (leaf && done < count) {
    const wanted = min<u32>(count - done, reverse ? index + 1 : countOf(leaf) - index);
    const at = <usize>done << 3;
    writeKeys(kinds, leaf, index, wanted, reverse, keys + at);
    writeValues(kinds, leaf, index, wanted, reverse, values + at);
    done += wanted;
    leaf = reverse ? beforeOf(leaf) : nextOf(leaf);
    index = reverse && leaf ? countOf(leaf) - 1 : 0;
  }
  return done;
}

function writeKeys(kinds: u32, leaf: usize, index: u32, count: u32, reverse: bool, out: usize): void {
  const step: u32 = reverse ? -1 : 1;
  const end = out + (<usize>count << 3);
  if (kinds & BYTE_KEYS) {
    for (; out < end; out += 8, index += step) {
      const entry = entryAt(leaf, index);
      store<u32>(out, <u32>keyOf(entry));
      store<u32>(out, keyBytesOf(entry), 4);
    }
    return;
  }
  if (!reverse) {
    // Heads become numbers two at a time.
    let from = headAt(leaf, index);
    for (; out + 16 <= end; out += 16, from += 16, index += 2) {
      const heads = v128.load(from);
      v128.store(out, v128.xor(heads, i64x2.shr_u(i64x2.shr_s(heads, 63), 1)));
    }
  }
  for (; out < end; out += 8, index += step) store<f64>(out, numberOfHead(load<i64>(headAt(leaf, index))));
}

function writeValues(kinds: u32, leaf: usize, index: u32, count: u32, reverse: bool, out: usize): void {
  const step: u32 = reverse ? -1 : 1;
  const end = out + (<usize>count << 3);
  if (!kinds && !reverse) {
    memory.copy(out, slotAt(leaf, index), <usize>count << 3);
    return;
  }
  for (; out < end; out += 8, index += step) {
    const cell = cellAt(kinds, leaf, index);
    if (kinds & BYTE_VALUES) {
      const block = load<u32>(cell);
      store<u32>(out, block + 4);
      store<u32>(out, load<u32>(block), 4);
    } else {
      store<u64>(out, load<u64>(cell));
    }
  }
}

// ── Many numbers ──────────────────────────────────────────────────────────────────────────────────

/** Writes the value of each key, or `missing`; returns how many were found. Numbers to numbers only. */
export function getMany(handle: usize, keys: usize, count: u32, values: usize, missing: f64): u32 {
  const tree = changetype<Tree>(handle);
  let found: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const cell = findNumber(tree, headOfNumber(load<f64>(keys + (<usize>i << 3))));
    if (cell) found++;
    store<f64>(values + (<usize>i << 3), cell ? load<f64>(cell) : missing);
  }
  return found;
}

/** Sets each key; returns how many were, fewer than `count` when the budget is full. Numbers to numbers only. */
export function setMany(tree: usize, keys: usize, count: u32, values: usize): u32 {
  for (let i: u32 = 0; i < count; i++) {
    const at = <usize>i << 3;
    if (setFF(tree, load<f64>(keys + at), load<f64>(values + at)) == FULL) return i;
  }
  return count;
}

/** Removes each key; returns how many were there. Keys that are numbers only. */
export function removeMany(tree: usize, keys: usize, count: u32): u32 {
  let removed: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    if (removeF(tree, load<f64>(keys + (<usize>i << 3)))) removed++;
  }
  return removed;
}

// ── Loading, and the rest ─────────────────────────────────────────────────────────────────────────

export function loadBegin(tree: usize, total: u32): i32 {
  beginLoad(changetype<Tree>(tree), total);
  return 0;
}

/** How many went in; see load.ts. */
export function loadSome(tree: usize, keys: usize, values: usize, count: u32): u32 {
  return loadEntries(changetype<Tree>(tree), keys, values, count);
}

export function loadEnd(tree: usize, broken: bool): i32 {
  return endLoad(changetype<Tree>(tree), broken);
}

/** Bytes the tree costs its arena, allocator headers included, as an f64. */
export function bytesOf(handle: usize): f64 {
  return <f64>changetype<Tree>(handle).dataBytes + <f64>costOf(handle);
}

export function check(tree: usize): i32 {
  return checkTree(changetype<Tree>(tree));
}
