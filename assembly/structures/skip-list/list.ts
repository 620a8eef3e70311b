// The skip list itself: W. Pugh, "Skip lists: a probabilistic alternative to balanced trees" (1990), with the spans of
// his "A skip list cookbook" (1990), by which a rank is found and a node selected in O(log n).
//
// A key is (head, at, bytes). Lists with numbers as keys pass no bytes: their heads tell everything.

import { alloc, costOf, free } from '../../memory/arena/allocator';
import { copyBytes } from '../../memory/bytes';
import { freeValue, valueCost } from '../cells';
import { compareBytes } from '../ordered-keys';
import {
  before,
  BYTE_KEYS,
  BYTE_VALUES,
  cellOf,
  headBytes,
  keyAt,
  keyHead,
  keyLength,
  levelsOf,
  List,
  MAX_LEVELS,
  nextAt,
  nodeBytes,
  pathNode,
  pathRank,
  setBefore,
  setKeyHead,
  setKeyLength,
  setLevels,
  setLink,
  setPath,
  SORTED_SET,
  spanAt,
} from './layout';

/** Levels a fresh head has room for; it doubles as the list grows. */
const FIRST_ROOM: u32 = 2;

/** A list of `size` bytes of header, 0 when the budget is full. */
export function createList(kinds: u32, size: u32, seed: u64, p: f64): usize {
  const address = alloc(size);
  if (!address) return 0;
  memory.fill(address, 0, size);
  const list = changetype<List>(address);
  const head = newHead(FIRST_ROOM);
  if (!head) {
    free(address);
    return 0;
  }
  list.kinds = kinds;
  list.levels = 1;
  list.random = seed;
  list.seed = seed;
  list.p = p;
  list.threshold = <u32>min<f64>(p * 4294967296.0, 4294967295.0);
  list.head = <u32>head;
  list.room = FIRST_ROOM;
  return address;
}

function newHead(room: u32): usize {
  const head = alloc(headBytes(room));
  if (head) memory.fill(head, 0, headBytes(room));
  return head;
}

export function destroyList(list: List): void {
  clearList(list);
  free(list.head);
  free(changetype<usize>(list));
}

/** Frees every node. The generator begins anew: a cleared list is as a fresh one. */
export function clearList(list: List): void {
  for (let node = nextAt(list.head, 0); node; ) {
    const next = nextAt(node, 0);
    freeNode(list, node);
    node = next;
  }
  for (let level: u32 = 0; level < list.room; level++) setLink(list.head, level, 0, 0);
  list.count = 0;
  list.levels = 1;
  list.random = list.seed;
  list.tail = 0;
  list.dataBytes = 0;
  list.version++;
}

/** Frees a node that is in no list any more, and its value. */
export function freeNode(list: List, node: usize): void {
  if (list.kinds & BYTE_VALUES) {
    list.dataBytes -= valueCost(cellOf(node));
    freeValue(cellOf(node));
  }
  list.dataBytes -= costOf(node);
  free(node);
}

// ── Descents ──────────────────────────────────────────────────────────────────────────────────────

/** Whether the node's key is below the key sought, or, with `orEqual`, equal to it. */
// @ts-ignore: decorator
@inline
function isBelow(kinds: u32, node: usize, head: i64, at: usize, bytes: u32, orEqual: bool): bool {
  const own = keyHead(node);
  if (own != head) return own < head;
  if (!(kinds & (BYTE_KEYS | SORTED_SET))) return orEqual;
  const key = keyAt(kinds, node);
  const order = compareBytes(key, keyLength(key), at, bytes);
  return order < 0 || (order == 0 && orEqual);
}

/** First node that is not below the key, or 0. O(log n). */
export function ceiling(list: List, head: i64, at: usize, bytes: u32): usize {
  const kinds = list.kinds;
  let node: usize = list.head;
  // A node that stopped a level stops those below it too: it is not compared again.
  let stop: usize = 0;
  let level = list.levels;
  while (level--) {
    let next = nextAt(node, level);
    while (next != stop && isBelow(kinds, next, head, at, bytes, false)) {
      node = next;
      next = nextAt(node, level);
    }
    stop = next;
  }
  return stop;
}

/** The node of this key, or 0. O(log n). */
export function find(list: List, head: i64, at: usize, bytes: u32): usize {
  const node = ceiling(list, head, at, bytes);
  return node && isBelow(list.kinds, node, head, at, bytes, true) ? node : 0;
}

/** How many nodes are below the key, or, with `orEqual`, not above it. O(log n). */
export function rankOf(list: List, head: i64, at: usize, bytes: u32, orEqual: bool): u32 {
  const kinds = list.kinds;
  let node: usize = list.head;
  let rank: u32 = 0;
  let stop: usize = 0;
  let level = list.levels;
  while (level--) {
    let next = nextAt(node, level);
    while (next != stop && isBelow(kinds, next, head, at, bytes, orEqual)) {
      rank += spanAt(node, level);
      node = next;
      next = nextAt(node, level);
    }
    stop = next;
  }
  return rank;
}

/** Node at an index from 0, or 0 when there is none. O(log n). */
export function nodeAt(list: List, index: u32): usize {
  if (index >= list.count) return 0;
  let node: usize = list.head;
  let missing = index + 1;
  let level = list.levels;
  while (level--) {
    while (nextAt(node, level) && spanAt(node, level) <= missing) {
      missing -= spanAt(node, level);
      node = nextAt(node, level);
    }
    if (!missing) return node;
  }
  return 0;
}

/** Goes to where the key is or would be, leaving the path. The first node that is not below it, or 0. */
export function trace(list: List, head: i64, at: usize, bytes: u32): usize {
  const kinds = list.kinds;
  let node: usize = list.head;
  let rank: u32 = 0;
  let stop: usize = 0;
  let level = list.levels;
  while (level--) {
    let next = nextAt(node, level);
    while (next != stop && isBelow(kinds, next, head, at, bytes, false)) {
      rank += spanAt(node, level);
      node = next;
      next = nextAt(node, level);
    }
    stop = next;
    setPath(list, level, node, rank);
  }
  return stop;
}

/** Goes to an index, leaving the path. The node there, or 0. */
function traceIndex(list: List, index: u32): usize {
  let node: usize = list.head;
  let rank: u32 = 0;
  let level = list.levels;
  while (level--) {
    while (nextAt(node, level) && rank + spanAt(node, level) <= index) {
      rank += spanAt(node, level);
      node = nextAt(node, level);
    }
    setPath(list, level, node, rank);
  }
  return nextAt(node, 0);
}

/** Whether the node has this key, given that it is not below it. */
export function isAt(list: List, node: usize, head: i64, at: usize, bytes: u32): bool {
  return node != 0 && isBelow(list.kinds, node, head, at, bytes, true);
}

// ── Insertion ─────────────────────────────────────────────────────────────────────────────────────

// splitmix64 (G. Steele, D. Lea, C. Flood 2014): a state that is a counter, and a mix of it.
const STEP: u64 = 0x9e3779b97f4a7c15;

// @ts-ignore: decorator
@inline
function mixed(state: u64): u64 {
  let z = (state ^ (state >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

/** Levels of the next node: one more for each draw below p. The state advances by one step a node. */
function drawLevels(list: List): u32 {
  const threshold = list.threshold;
  let state = list.random;
  let levels: u32 = 1;
  while (levels < MAX_LEVELS) {
    const draw = mixed(state);
    if (<u32>draw >= threshold) break;
    levels++;
    if (levels == MAX_LEVELS || <u32>(draw >> 32) >= threshold) break;
    levels++;
    state ^= draw;
  }
  return levels;
}

/**
 * A new node behind the path, which `trace` left at its key. Its cell is undefined. 0 when the budget is full: the
 * list is then as it was.
 */
export function insertAtPath(list: List, head: i64, at: usize, bytes: u32): usize {
  const kinds = list.kinds;
  if (bytes > 0xffff_0000) return 0;
  const levels = drawLevels(list);
  if (levels > list.room && !widen(list, levels)) return 0;
  const node = alloc(nodeBytes(kinds, levels, bytes));
  if (!node) return 0;
  list.random += STEP;
  list.dataBytes += costOf(node);
  setKeyHead(node, head);
  setLevels(node, levels);
  if (kinds & (BYTE_KEYS | SORTED_SET)) {
    const key = keyAt(kinds, node);
    setKeyLength(key, bytes);
    copyBytes(key, at, bytes);
  }
  linkAtPath(list, node);
  return node;
}

/** Room for more levels: the head moves, and with it the path. */
function widen(list: List, levels: u32): bool {
  const old = <usize>list.head;
  const room = min<u32>(max<u32>(levels, list.room << 1), MAX_LEVELS);
  const head = newHead(room);
  if (!head) return false;
  for (let level: u32 = 0; level < list.levels; level++) {
    const node = pathNode(list, level);
    const rank = pathRank(list, level);
    setLink(head, level, nextAt(old, level), spanAt(old, level));
    // Where the path of the new head is depends on its room.
    store<u64>(head + 24 + (<usize>(room + level) << 3), <u64>(node == old ? <u32>head : <u32>node) | (<u64>rank << 32));
  }
  list.head = <u32>head;
  list.room = room;
  free(old);
  return true;
}

/** Links a node in behind the path. */
export function linkAtPath(list: List, node: usize): void {
  const levels = levelsOf(node);
  for (let level = list.levels; level < levels; level++) {
    setPath(list, level, list.head, 0);
    setLink(list.head, level, 0, list.count);
  }
  if (levels > list.levels) list.levels = levels;
  const place = pathRank(list, 0);
  for (let level: u32 = 0; level < levels; level++) {
    const left = pathNode(list, level);
    const gap = place - pathRank(list, level);
    setLink(node, level, nextAt(left, level), spanAt(left, level) - gap);
    setLink(left, level, node, gap + 1);
  }
  for (let level = levels; level < list.levels; level++) {
    const left = pathNode(list, level);
    setLink(left, level, nextAt(left, level), spanAt(left, level) + 1);
  }
  const left = pathNode(list, 0);
  setBefore(node, left == <usize>list.head ? 0 : left);
  const next = nextAt(node, 0);
  if (next) setBefore(next, node);
  else list.tail = <u32>node;
  list.count++;
  list.version++;
}

// ── Removal ───────────────────────────────────────────────────────────────────────────────────────

/** Takes the node just behind the path out of the list, without freeing it. The path stays good. */
export function unlinkAtPath(list: List, node: usize): void {
  const levels = levelsOf(node);
  for (let level: u32 = 0; level < list.levels; level++) {
    const left = pathNode(list, level);
    if (level < levels) setLink(left, level, nextAt(node, level), spanAt(left, level) + spanAt(node, level) - 1);
    else setLink(left, level, nextAt(left, level), spanAt(left, level) - 1);
  }
  const next = nextAt(node, 0);
  if (next) setBefore(next, before(node));
  else list.tail = <u32>before(node);
  while (list.levels > 1 && !nextAt(list.head, list.levels - 1)) list.levels--;
  list.count--;
  list.version++;
}

/** Goes to an index and takes out the node there; 0 when there is none. More follow with `unlinkNext`. */
export function unlinkIndex(list: List, index: u32): usize {
  const node = traceIndex(list, index);
  if (node) unlinkAtPath(list, node);
  return node;
}

/** Takes out the node behind the path, or returns 0. */
export function unlinkNext(list: List): usize {
  const node = nextAt(pathNode(list, 0), 0);
  if (node) unlinkAtPath(list, node);
  return node;
}

// ── Verification ──────────────────────────────────────────────────────────────────────────────────

/** 0 when every invariant holds, else the number of the first one broken. O(n). */
export function checkList(list: List): i32 {
  if (list.levels < 1 || list.levels > list.room || list.room > MAX_LEVELS) return 1;
  if (list.levels > 1 && !nextAt(list.head, list.levels - 1)) return 2;
  const broken = checkLowest(list);
  if (broken) return broken;
  for (let level: u32 = 0; level < list.levels; level++) {
    let below = <usize>list.head;
    let place: u32 = 0;
    for (let node: usize = list.head; node; node = nextAt(node, level)) {
      if (node != <usize>list.head && levelsOf(node) <= level) return 3;
      const next = nextAt(node, level);
      // Walks the lowest level along: the span must lead to the same node, past none that has this level.
      const span = spanAt(node, level);
      if (span > list.count - place) return 4;
      for (let i: u32 = 0; i < span; i++) {
        below = nextAt(below, 0);
        if (i + 1 < span && levelsOf(below) > level) return 5;
      }
      place += span;
      if (next ? below != next : place != list.count) return 6;
    }
  }
  return 0;
}

function checkLowest(list: List): i32 {
  const kinds = list.kinds;
  let count: u32 = 0;
  let bytes: u64 = 0;
  let previous: usize = 0;
  for (let node = nextAt(list.head, 0); node; node = nextAt(node, 0)) {
    if (before(node) != previous) return 7;
    if (levelsOf(node) < 1 || levelsOf(node) > list.levels) return 8;
    if (previous) {
      const own = kinds & (BYTE_KEYS | SORTED_SET) ? keyAt(kinds, node) : 0;
      if (!isBelow(kinds, previous, keyHead(node), own, own ? keyLength(own) : 0, false)) return 9;
    }
    bytes += costOf(node);
    if (kinds & BYTE_VALUES) bytes += valueCost(cellOf(node));
    previous = node;
    if (++count > list.count) return 10;
  }
  if (count != list.count) return 11;
  if (<usize>list.tail != previous) return 12;
  return bytes == list.dataBytes ? 0 : 13;
}
