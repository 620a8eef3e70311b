// The sorted set: members with scores, ordered by score and then by the members' bytes, as Redis orders them. A skip
// list of (score, member), and an index from members to nodes. A node is freed only by the calls that say so, so a
// caller may walk with `nodeAfter` and `nodeBefore` as long as it changes nothing.
//
// A score may be −0, which is ordered as +0 and kept as it is; never NaN.

import { compareBytes, headOfNumber } from '../ordered-keys';
import {
  before,
  cellOf,
  keyAt,
  keyHead,
  keyLength,
  List,
  nextAt,
  setKeyHead,
  SORTED_SET,
  spanAt,
} from './layout';
import {
  checkList,
  clearList,
  createList,
  destroyList,
  freeNode,
  insertAtPath,
  linkAtPath,
  nodeAt,
  rankOf,
  trace,
  unlinkAtPath,
  unlinkIndex,
  unlinkNext,
} from './list';
import {
  checkIndex,
  clearIndex,
  createIndex,
  destroyIndex,
  enterMember,
  findMember,
  hashOfMember,
  indexBytes,
  INDEXED_LIST_BYTES,
  removeMember,
} from './member-index';

// How `addMember` goes about it; the flags of ZADD.

/** Only members that are not there yet. */
export const NX: u32 = 1;
/** Only members that are there. */
export const XX: u32 = 2;
/** An old member only gets a greater score. */
export const GT: u32 = 4;
/** An old member only gets a smaller score. */
export const LT: u32 = 8;
/** The score is added to the old one. */
export const INCREMENT: u32 = 16;

// What `addMember` returns.

/** The budget is full and the set as it was. */
export const FULL: i32 = -1;
/** The score would be NaN; the set is as it was. */
export const NOT_A_NUMBER: i32 = -2;
/** A flag forbade it. */
export const REFUSED: i32 = 0;
export const ADDED: i32 = 1;
export const UPDATED: i32 = 2;
/** The member had this score already. */
export const SAME: i32 = 3;

/** A new set, or 0 when the budget is full. Redis draws levels with p = 1/4. */
export function createSortedSet(seed: u64, p: f64): usize {
  const set = createList(SORTED_SET, INDEXED_LIST_BYTES, seed, p);
  if (!set) return 0;
  if (createIndex(set)) return set;
  destroyList(changetype<List>(set));
  return 0;
}

export function destroySortedSet(set: usize): void {
  destroyIndex(set);
  destroyList(changetype<List>(set));
}

export function clearSortedSet(set: usize): void {
  clearIndex(set);
  clearList(changetype<List>(set));
}

// @ts-ignore: decorator
@inline
export function memberCount(set: usize): u32 {
  return changetype<List>(set).count;
}

/** Everything the set costs its arena besides its nodes is small: header, head and index. */
export function sortedSetIndexBytes(set: usize): u32 {
  return indexBytes(set);
}

// ── Nodes ─────────────────────────────────────────────────────────────────────────────────────────

/** The member's node, or 0. O(1). */
export function nodeOfMember(set: usize, at: usize, bytes: u32): usize {
  return findMember(set, hashOfMember(at, bytes), at, bytes);
}

// @ts-ignore: decorator
@inline
export function scoreOf(node: usize): f64 {
  return load<f64>(cellOf(node));
}

/** Gives a node a score that is equal to the one it has: 0 for −0, or −0 for 0. */
export function putEqualScore(node: usize, score: f64): void {
  store<f64>(cellOf(node), score);
}

/** Address of the member's bytes. */
// @ts-ignore: decorator
@inline
export function memberAt(node: usize): usize {
  return keyAt(SORTED_SET, node);
}

// @ts-ignore: decorator
@inline
export function memberBytes(node: usize): u32 {
  return keyLength(keyAt(SORTED_SET, node));
}

/** The next node upwards, or 0. */
// @ts-ignore: decorator
@inline
export function nodeAfter(node: usize): usize {
  return nextAt(node, 0);
}

/** The next node downwards, or 0. */
// @ts-ignore: decorator
@inline
export function nodeBefore(node: usize): usize {
  return before(node);
}

/** The node at a rank from 0, or 0. O(log n). */
export function nodeAtRank(set: usize, rank: u32): usize {
  return nodeAt(changetype<List>(set), rank);
}

/** How many nodes stand before this one. O(log n). */
export function rankOfNode(set: usize, node: usize): u32 {
  const member = memberAt(node);
  return rankOf(changetype<List>(set), keyHead(node), member, keyLength(member), false);
}

/** How many members have a score below this one, or, with `orEqual`, not above it. NaN is above all. O(log n). */
export function rankOfScore(set: usize, score: f64, orEqual: bool): u32 {
  const list = changetype<List>(set);
  const head = headOfNumber(score);
  let node: usize = list.head;
  let rank: u32 = 0;
  let level = list.levels;
  while (level--) {
    let next = nextAt(node, level);
    while (next && (keyHead(next) < head || (orEqual && keyHead(next) == head))) {
      rank += spanAt(node, level);
      node = next;
      next = nextAt(node, level);
    }
  }
  return rank;
}

/**
 * How many members are below these bytes, or, with `orEqual`, not above them. As in Redis it means something only
 * where all members have one score. O(log n).
 */
export function rankOfLex(set: usize, at: usize, bytes: u32, orEqual: bool): u32 {
  const list = changetype<List>(set);
  let node: usize = list.head;
  let rank: u32 = 0;
  let level = list.levels;
  while (level--) {
    let next = nextAt(node, level);
    while (next) {
      const order = compareBytes(memberAt(next), memberBytes(next), at, bytes);
      if (order > 0 || (order == 0 && !orEqual)) break;
      rank += spanAt(node, level);
      node = next;
      next = nextAt(node, level);
    }
  }
  return rank;
}

// ── Changes ───────────────────────────────────────────────────────────────────────────────────────

/**
 * Adds a member or changes its score, as the flags allow. The set keeps a copy of the bytes. O(log n).
 *
 * @returns ADDED, UPDATED, SAME, REFUSED, NOT_A_NUMBER or FULL; after the first three `out` holds the score, an f64
 */
export function addMember(set: usize, at: usize, bytes: u32, score: f64, flags: u32, out: usize): i32 {
  if (score != score) return NOT_A_NUMBER;
  const list = changetype<List>(set);
  const hash = hashOfMember(at, bytes);
  const node = findMember(set, hash, at, bytes);
  if (node) return rescore(list, node, score, flags, out);
  if (flags & XX) return REFUSED;
  const head = headOfNumber(score);
  trace(list, head, at, bytes);
  const fresh = insertAtPath(list, head, at, bytes);
  if (!fresh) return FULL;
  store<f64>(cellOf(fresh), score);
  store<f64>(out, score);
  enterMember(set, hash, fresh, list.count);
  return ADDED;
}

function rescore(list: List, node: usize, given: f64, flags: u32, out: usize): i32 {
  if (flags & NX) return REFUSED;
  const old = scoreOf(node);
  const score = flags & INCREMENT ? old + given : given;
  if (score != score) return NOT_A_NUMBER;
  if ((flags & GT && !(score > old)) || (flags & LT && !(score < old))) {
    // Not greater and not smaller: nothing was done, which with INCREMENT is a refusal.
    return REFUSED;
  }
  store<f64>(out, score);
  if (score == old) return SAME;
  const head = headOfNumber(score);
  if (!staysBetween(node, head)) {
    const member = memberAt(node);
    const size = keyLength(member);
    trace(list, keyHead(node), member, size);
    unlinkAtPath(list, node);
    trace(list, head, member, size);
    setKeyHead(node, head);
    linkAtPath(list, node);
  } else {
    setKeyHead(node, head);
    list.version++;
  }
  store<f64>(cellOf(node), score);
  return UPDATED;
}

/** Whether the node may have this score where it stands. */
function staysBetween(node: usize, head: i64): bool {
  const left = before(node);
  const right = nextAt(node, 0);
  return (!left || keyHead(left) < head) && (!right || head < keyHead(right));
}

/** Takes a member out and frees its node; true when it was there. O(log n). */
export function removeMemberBytes(set: usize, at: usize, bytes: u32): bool {
  const node = nodeOfMember(set, at, bytes);
  if (!node) return false;
  removeNode(set, node);
  return true;
}

/** Takes a node of the set out and frees it. O(log n). */
export function removeNode(set: usize, node: usize): void {
  const list = changetype<List>(set);
  const member = memberAt(node);
  trace(list, keyHead(node), member, keyLength(member));
  unlinkAtPath(list, node);
  removeMember(set, node, list.count);
  freeNode(list, node);
}

/** Removes the members of the ranks [from, end); returns how many. O(log n + removed). */
export function removeRanks(set: usize, from: u32, end: u32): u32 {
  const list = changetype<List>(set);
  end = min<u32>(end, list.count);
  if (from >= end) return 0;
  let node = unlinkIndex(list, from);
  for (let i = from; ; ) {
    removeMember(set, node, list.count);
    freeNode(list, node);
    if (++i == end) break;
    node = unlinkNext(list);
  }
  return end - from;
}

// ── Several sets ──────────────────────────────────────────────────────────────────────────────────

export const SUM: u32 = 0;
export const MINIMUM: u32 = 1;
export const MAXIMUM: u32 = 2;

/** A score times a weight; what would be NaN is 0, as in Redis. */
// @ts-ignore: decorator
@inline
function weighted(score: f64, weight: f64): f64 {
  const product = score * weight;
  return product == product ? product : 0;
}

function aggregated(a: f64, b: f64, aggregate: u32): f64 {
  if (aggregate == MINIMUM) return a < b ? a : b;
  if (aggregate == MAXIMUM) return a > b ? a : b;
  const sum = a + b;
  return sum == sum ? sum : 0;
}

/** Adds every member of `other`, its score weighted and aggregated with the one there. False when the budget is full. */
export function uniteInto(set: usize, other: usize, weight: f64, aggregate: u32, out: usize): bool {
  for (let node = nodeAtRank(other, 0); node; node = nodeAfter(node)) {
    const at = memberAt(node);
    const bytes = memberBytes(node);
    const mine = nodeOfMember(set, at, bytes);
    let score = weighted(scoreOf(node), weight);
    if (mine) score = aggregated(scoreOf(mine), score, aggregate);
    if (addMember(set, at, bytes, score, 0, out) == FULL) return false;
  }
  return true;
}

/** Adds to the empty `set` the members that are in both `a` and `b`. False when the budget is full. */
export function intersectInto(set: usize, a: usize, weightA: f64, b: usize, weightB: f64, aggregate: u32, out: usize): bool {
  if (memberCount(a) > memberCount(b)) return intersectInto(set, b, weightB, a, weightA, aggregate, out);
  for (let node = nodeAtRank(a, 0); node; node = nodeAfter(node)) {
    const at = memberAt(node);
    const bytes = memberBytes(node);
    const other = nodeOfMember(b, at, bytes);
    if (!other) continue;
    const score = aggregated(weighted(scoreOf(node), weightA), weighted(scoreOf(other), weightB), aggregate);
    if (addMember(set, at, bytes, score, 0, out) == FULL) return false;
  }
  return true;
}

/** Takes every member of `other` out of `set`. O(other · log n). */
export function subtractFrom(set: usize, other: usize): void {
  for (let node = nodeAtRank(other, 0); node; node = nodeAfter(node)) {
    removeMemberBytes(set, memberAt(node), memberBytes(node));
  }
}

/** 0 when every invariant holds, else the number of the first one broken. O(n). */
export function checkSortedSet(set: usize): i32 {
  const list = changetype<List>(set);
  const broken = checkList(list);
  if (broken) return broken;
  for (let node = nextAt(list.head, 0); node; node = nextAt(node, 0)) {
    if (headOfNumber(scoreOf(node)) != keyHead(node) || scoreOf(node) != scoreOf(node)) return 19;
  }
  return checkIndex(set);
}
