// Kernel `structures/skip-list`: ordered maps from numbers or bytes to numbers or bytes, and sorted sets. The plain
// functions are in list.ts and sorted-set.ts; here they get the face that the bindings see.
//
// The map's exports are the same as those of `structures/b-tree`. Keys come as a number (`F…`) or as an address and a
// length (`B…`); a value is stored as its cell (../cells.ts).

import { RESULT } from '../../memory/arena/layout';
import { costOf, free } from '../../memory/arena/allocator';
import { freeValue, makeValue, valueCost } from '../cells';
import { headOfBytes, headOfNumber, numberOfHead } from '../ordered-keys';
import { before, BYTE_KEYS, BYTE_VALUES, cellOf, keyAt, keyHead, keyLength, List, LIST_BYTES, nextAt } from './layout';
import {
  ceiling,
  checkList,
  clearList,
  createList,
  destroyList,
  find,
  freeNode,
  insertAtPath,
  isAt,
  nodeAt,
  rankOf,
  trace,
  unlinkAtPath,
  unlinkIndex,
  unlinkNext,
} from './list';
import {
  addMember,
  checkSortedSet,
  clearSortedSet,
  createSortedSet,
  destroySortedSet,
  intersectInto,
  memberAt,
  memberBytes,
  nodeAfter,
  nodeAtRank,
  nodeBefore,
  nodeOfMember,
  rankOfLex,
  rankOfNode,
  rankOfScore,
  removeMemberBytes,
  removeRanks,
  scoreOf,
  sortedSetIndexBytes,
  subtractFrom,
  uniteInto,
} from './sorted-set';

const REPLACED: i32 = 0;
const NEW: i32 = 1;
const FULL: i32 = -1;

/** Address of a new list, 0 when the budget is full. */
export function create(byteKeys: bool, byteValues: bool, seedLow: u32, seedHigh: u32, p: f64): usize {
  const kinds = (byteKeys ? BYTE_KEYS : 0) | (byteValues ? BYTE_VALUES : 0);
  return createList(kinds, LIST_BYTES, (<u64>seedHigh << 32) | seedLow, p);
}

export function destroy(list: usize): void {
  destroyList(changetype<List>(list));
}

export function clear(list: usize): void {
  clearList(changetype<List>(list));
}

// ── One key ───────────────────────────────────────────────────────────────────────────────────────

/** Address of the key's cell, or 0. */
export function findF(list: usize, key: f64): usize {
  const node = find(changetype<List>(list), headOfNumber(key), 0, 0);
  return node ? cellOf(node) : 0;
}

/** The number's value, or NaN: then `findF` tells a value that is NaN from a missing key. Numbers to numbers only. */
export function getFF(list: usize, key: f64): f64 {
  const cell = findF(list, key);
  return cell ? load<f64>(cell) : NaN;
}

export function findB(list: usize, at: usize, bytes: u32): usize {
  const node = find(changetype<List>(list), headOfBytes(at, bytes), at, bytes);
  return node ? cellOf(node) : 0;
}

/** 0: an old key got a new value; 1: a new key; −1: the budget is full and the list as it was. */
export function setFF(list: usize, key: f64, value: f64): i32 {
  return putNumber(changetype<List>(list), headOfNumber(key), 0, 0, value);
}

export function setFB(list: usize, key: f64, value: usize, valueBytes: u32): i32 {
  return putBytes(changetype<List>(list), headOfNumber(key), 0, 0, value, valueBytes);
}

export function setBF(list: usize, at: usize, bytes: u32, value: f64): i32 {
  return putNumber(changetype<List>(list), headOfBytes(at, bytes), at, bytes, value);
}

export function setBB(list: usize, at: usize, bytes: u32, value: usize, valueBytes: u32): i32 {
  return putBytes(changetype<List>(list), headOfBytes(at, bytes), at, bytes, value, valueBytes);
}

function putNumber(list: List, head: i64, at: usize, bytes: u32, value: f64): i32 {
  let node = trace(list, head, at, bytes);
  let status = REPLACED;
  if (!isAt(list, node, head, at, bytes)) {
    node = insertAtPath(list, head, at, bytes);
    if (!node) return FULL;
    status = NEW;
  }
  store<f64>(cellOf(node), value);
  list.version++;
  return status;
}

function putBytes(list: List, head: i64, at: usize, bytes: u32, value: usize, valueBytes: u32): i32 {
  const block = makeValue(value, valueBytes);
  if (!block) return FULL;
  let node = trace(list, head, at, bytes);
  let status = REPLACED;
  if (isAt(list, node, head, at, bytes)) {
    list.dataBytes -= valueCost(cellOf(node));
    freeValue(cellOf(node));
  } else {
    node = insertAtPath(list, head, at, bytes);
    if (!node) {
      free(block);
      return FULL;
    }
    status = NEW;
  }
  store<u64>(cellOf(node), <u64>block);
  list.dataBytes += costOf(block);
  list.version++;
  return status;
}

/** True when the key was there. */
export function removeF(list: usize, key: f64): bool {
  return take(changetype<List>(list), headOfNumber(key), 0, 0);
}

export function removeB(list: usize, at: usize, bytes: u32): bool {
  return take(changetype<List>(list), headOfBytes(at, bytes), at, bytes);
}

function take(list: List, head: i64, at: usize, bytes: u32): bool {
  const node = trace(list, head, at, bytes);
  if (!isAt(list, node, head, at, bytes)) return false;
  unlinkAtPath(list, node);
  freeNode(list, node);
  return true;
}

// ── Ranks ─────────────────────────────────────────────────────────────────────────────────────────

/** How many keys are below this one, or, with `orEqual`, not above it. */
export function rankF(list: usize, key: f64, orEqual: bool): u32 {
  return rankOf(changetype<List>(list), headOfNumber(key), 0, 0, orEqual);
}

export function rankB(list: usize, at: usize, bytes: u32, orEqual: bool): u32 {
  return rankOf(changetype<List>(list), headOfBytes(at, bytes), at, bytes, orEqual);
}

/** Removes the keys of the ranks [from, end); returns how many. */
export function removeRange(handle: usize, from: u32, end: u32): u32 {
  const list = changetype<List>(handle);
  end = min<u32>(end, list.count);
  if (from >= end) return 0;
  let node = unlinkIndex(list, from);
  for (let i = from; ; ) {
    freeNode(list, node);
    if (++i == end) break;
    node = unlinkNext(list);
  }
  return end - from;
}

/**
 * Writes up to `count` entries, from rank `start` upwards or downwards: each key as an f64 or as (u32 address, u32
 * length) to `keys`, each value likewise to `values`. Returns how many.
 */
export function scan(handle: usize, start: u32, count: u32, reverse: bool, keys: usize, values: usize): u32 {
  const list = changetype<List>(handle);
  const kinds = list.kinds;
  let node = nodeAt(list, start);
  let i: u32 = 0;
  for (; node && i < count; i++) {
    const at = <usize>i << 3;
    if (kinds & BYTE_KEYS) {
      const key = keyAt(kinds, node);
      store<u32>(keys + at, <u32>key);
      store<u32>(keys + at, keyLength(key), 4);
    } else {
      store<f64>(keys + at, numberOfHead(keyHead(node)));
    }
    if (kinds & BYTE_VALUES) {
      const block = load<u32>(cellOf(node));
      store<u32>(values + at, block + 4);
      store<u32>(values + at, load<u32>(block), 4);
    } else {
      store<f64>(values + at, load<f64>(cellOf(node)));
    }
    node = reverse ? before(node) : nextAt(node, 0);
  }
  return i;
}

// ── Many numbers ──────────────────────────────────────────────────────────────────────────────────

/** Writes the value of each key, or `missing`; returns how many were found. Numbers to numbers only. */
export function getMany(list: usize, keys: usize, count: u32, values: usize, missing: f64): u32 {
  let found: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const cell = findF(list, load<f64>(keys + (<usize>i << 3)));
    if (cell) found++;
    store<f64>(values + (<usize>i << 3), cell ? load<f64>(cell) : missing);
  }
  return found;
}

/** Sets each key; returns how many were, fewer than `count` when the budget is full. Numbers to numbers only. */
export function setMany(list: usize, keys: usize, count: u32, values: usize): u32 {
  for (let i: u32 = 0; i < count; i++) {
    const at = <usize>i << 3;
    if (setFF(list, load<f64>(keys + at), load<f64>(values + at)) == FULL) return i;
  }
  return count;
}

/** Removes each key; returns how many were there. Keys that are numbers only. */
export function removeMany(list: usize, keys: usize, count: u32): u32 {
  let removed: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    if (removeF(list, load<f64>(keys + (<usize>i << 3)))) removed++;
  }
  return removed;
}

// ── Loading ───────────────────────────────────────────────────────────────────────────────────────

const OUT_OF_ORDER: i32 = -2;

/** Nothing to prepare: entries are appended one by one. */
export function loadBegin(handle: usize, total: u32): i32 {
  return 0;
}

/** Appends entries, which are f64s or records of (u32 length, bytes). How many went in. */
export function loadSome(handle: usize, keys: usize, values: usize, count: u32): u32 {
  const list = changetype<List>(handle);
  const kinds = list.kinds;
  for (let i: u32 = 0; i < count; i++) {
    const byteKeys = (kinds & BYTE_KEYS) != 0;
    const bytes = byteKeys ? load<u32>(keys) : 0;
    const at = byteKeys ? keys + 4 : 0;
    const head = byteKeys ? headOfBytes(at, bytes) : headOfNumber(load<f64>(keys));
    // Anything that is not below the key stands where it would go.
    if (ceiling(list, head, at, bytes)) return stopped(OUT_OF_ORDER, i);
    const status = kinds & BYTE_VALUES
      ? putBytes(list, head, at, bytes, values + 4, load<u32>(values))
      : putNumber(list, head, at, bytes, load<f64>(values));
    if (status != NEW) return stopped(FULL, i);
    keys += byteKeys ? 4 + bytes : 8;
    values += kinds & BYTE_VALUES ? 4 + load<u32>(values) : 8;
  }
  return count;
}

/** Notes in the result cell why loading ended before its time. */
function stopped(why: i32, done: u32): u32 {
  store<i32>(RESULT, why);
  return done;
}

/** 0; or why loading was broken off, which leaves the list empty. */
export function loadEnd(handle: usize, broken: bool): i32 {
  if (!broken) return 0;
  const why = load<i32>(RESULT);
  clearList(changetype<List>(handle));
  return why;
}

// ── The rest ──────────────────────────────────────────────────────────────────────────────────────

/** Bytes the list costs its arena, allocator headers included, as an f64. */
export function bytesOf(handle: usize): f64 {
  const list = changetype<List>(handle);
  return <f64>list.dataBytes + <f64>costOf(handle) + <f64>costOf(list.head);
}

export function check(list: usize): i32 {
  return checkList(changetype<List>(list));
}

// ── Sorted sets ───────────────────────────────────────────────────────────────────────────────────

export function setCreate(seedLow: u32, seedHigh: u32, p: f64): usize {
  return createSortedSet((<u64>seedHigh << 32) | seedLow, p);
}

export function setDestroy(set: usize): void {
  destroySortedSet(set);
}

export function setClear(set: usize): void {
  clearSortedSet(set);
}

/** As `addMember` in sorted-set.ts; the score is left in the result cell. */
export function setAdd(set: usize, at: usize, bytes: u32, score: f64, flags: u32): i32 {
  return addMember(set, at, bytes, score, flags, RESULT);
}

export function setRemove(set: usize, at: usize, bytes: u32): bool {
  return removeMemberBytes(set, at, bytes);
}

/** Address of the member's score, or 0. */
export function setScore(set: usize, at: usize, bytes: u32): usize {
  const node = nodeOfMember(set, at, bytes);
  return node ? cellOf(node) : 0;
}

/** Rank of the member, −1 when it is not there. */
export function setRank(set: usize, at: usize, bytes: u32): i32 {
  const node = nodeOfMember(set, at, bytes);
  return node ? <i32>rankOfNode(set, node) : -1;
}

export function setRankOfScore(set: usize, score: f64, orEqual: bool): u32 {
  return rankOfScore(set, score, orEqual);
}

export function setRankOfLex(set: usize, at: usize, bytes: u32, orEqual: bool): u32 {
  return rankOfLex(set, at, bytes, orEqual);
}

/** How many stand before this score and member, whether or not they are in the set. */
export function setRankOfPair(set: usize, score: f64, at: usize, bytes: u32, orEqual: bool): u32 {
  return rankOf(changetype<List>(set), headOfNumber(score), at, bytes, orEqual);
}

export function setRemoveRange(set: usize, from: u32, end: u32): u32 {
  return removeRanks(set, from, end);
}

/** Writes up to `count` members from rank `start` on: (u32 address, u32 length) each, and scores. Returns how many. */
export function setScan(set: usize, start: u32, count: u32, reverse: bool, members: usize, scores: usize): u32 {
  let node = nodeAtRank(set, start);
  let i: u32 = 0;
  for (; node && i < count; i++) {
    const at = <usize>i << 3;
    store<u32>(members + at, <u32>memberAt(node));
    store<u32>(members + at, memberBytes(node), 4);
    store<f64>(scores + at, scoreOf(node));
    node = reverse ? nodeBefore(node) : nodeAfter(node);
  }
  return i;
}

export function setUnite(set: usize, other: usize, weight: f64, aggregate: u32): bool {
  return uniteInto(set, other, weight, aggregate, RESULT);
}

export function setIntersect(set: usize, a: usize, weightA: f64, b: usize, weightB: f64, aggregate: u32): bool {
  return intersectInto(set, a, weightA, b, weightB, aggregate, RESULT);
}

export function setSubtract(set: usize, other: usize): void {
  subtractFrom(set, other);
}

export function setBytesOf(set: usize): f64 {
  return bytesOf(set) + <f64>sortedSetIndexBytes(set);
}

export function setCheck(set: usize): i32 {
  return checkSortedSet(set);
}
