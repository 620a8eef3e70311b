// Kernel `structures/trie`: the plain trie, the radix trie and the ternary search tree.

import { alloc, costOf, free } from '../../memory/arena/allocator';
import { RESULT } from '../../memory/arena/layout';
import { equalBytes } from '../../memory/bytes';
import { checkTrie } from './check';
import { nextHeaviest, startComplete } from './complete';
import { FUZZY_STATE, makeRows, startFuzzy } from './fuzzy';
import {
  COUNT,
  DATA_BYTES,
  FLAGS,
  flagsOf,
  FULL,
  HEADER_BYTES,
  MAX_KEY_BYTES,
  PLAIN,
  RADIX,
  ROOT,
  TERNARY,
  TYPE,
  typeOf,
} from './layout';
import { makeTables, startMatch, wordsFor } from './match';
import { freePlain, newPlain, plainRemove, plainSet } from './plain';
import { freeRadix, radixRemove, radixSet } from './radix';
import { freeTernary, newTernary, ternaryRemove, ternarySet } from './ternary';
import { cellOf, childOf, findCell, labelAt, labelBytes, rootOf } from './view';
import {
  COMPLETE,
  countKeys,
  DEPTH,
  endWalk,
  feedFirst,
  firstState,
  FUZZY,
  locate,
  MATCH,
  MODE,
  newWalk,
  nextRecords,
  SCAN,
  seek,
} from './walk';

/** An empty trie; 0 when the budget is full, or there is no such trie. */
export function create(flags: u32): usize {
  if ((flags & TYPE) > TERNARY) return 0;
  const trie = alloc(HEADER_BYTES);
  if (!trie) return 0;
  memory.fill(trie, 0, HEADER_BYTES);
  store<u32>(trie, flags, FLAGS);
  if (plant(trie)) return trie;
  free(trie);
  return 0;
}

/** Gives a trie without nodes the root it has to have. */
function plant(trie: usize): bool {
  const type = typeOf(trie);
  const root = type == PLAIN ? newPlain(trie, 0) : type == TERNARY ? newTernary(trie, 0) : 0;
  store<u32>(trie, <u32>root, ROOT);
  return root || type == RADIX;
}

function uproot(trie: usize): void {
  const type = typeOf(trie);
  const root = rootOf(trie);
  if (type == PLAIN) freePlain(trie, root);
  else if (type == TERNARY) freeTernary(trie, root);
  else freeRadix(trie, root);
}

export function destroy(trie: usize): void {
  uproot(trie);
  free(trie);
}

export function clear(trie: usize): void {
  if (load<u32>(trie, COUNT)) removePrefix(trie, 0, 0);
}

// ── One key ───────────────────────────────────────────────────────────────────────────────────────

/** Address of the key's cell, or 0. */
export function find(trie: usize, at: usize, bytes: u32): usize {
  return findCell(trie, at, bytes);
}

/** The value of a cell. */
export function valueOf(cell: usize): f64 {
  return load<f64>(cell);
}

/** The value of a key, or NaN. */
export function get(trie: usize, at: usize, bytes: u32): f64 {
  const cell = findCell(trie, at, bytes);
  return cell ? load<f64>(cell) : NaN;
}

/** 1 for a new key, 0 for an old one, −1 when the budget is full or the key too long. */
export function set(trie: usize, at: usize, bytes: u32, value: f64, weight: f64): i32 {
  if (bytes > MAX_KEY_BYTES) return FULL;
  const type = typeOf(trie);
  if (type == RADIX) return radixSet(trie, at, bytes, value, weight);
  if (type == PLAIN) return plainSet(trie, at, bytes, value, weight);
  return ternarySet(trie, at, bytes, value, weight);
}

function removeKeys(trie: usize, at: usize, bytes: u32, all: bool): u32 {
  const type = typeOf(trie);
  if (type == RADIX) return radixRemove(trie, at, bytes, all);
  if (type == PLAIN) return plainRemove(trie, at, bytes, all);
  return ternaryRemove(trie, at, bytes, all);
}

/** 1 when the key was there. */
export function remove(trie: usize, at: usize, bytes: u32): u32 {
  return removeKeys(trie, at, bytes, false);
}

/** How many keys began so. */
export function removePrefix(trie: usize, at: usize, bytes: u32): u32 {
  return removeKeys(trie, at, bytes, true);
}

/** Cell of the longest key that these bytes begin with, its length in the result cell; 0 when there is none. */
export function longestPrefix(trie: usize, at: usize, bytes: u32): usize {
  const flags = flagsOf(trie);
  let best: usize = 0;
  let node = rootOf(trie);
  let done: u32 = 0;
  while (node) {
    const label = labelBytes(flags, node);
    if (label) {
      if (bytes - done < label || !equalBytes(at + done, labelAt(flags, node), label)) break;
      done += label;
    }
    const cell = cellOf(flags, node);
    if (cell) {
      best = cell;
      store<u32>(RESULT, done);
    }
    if (done == bytes) break;
    node = childOf(flags, node, load<u8>(at + done));
    done++;
  }
  return best;
}

/** Keys that begin with these bytes; −1 when the budget leaves no room to count. */
export function countPrefix(trie: usize, at: usize, bytes: u32): i32 {
  const walk = newWalk(trie, SCAN, false, 0);
  if (!walk) return FULL;
  const located = locate(walk, at, bytes);
  const count = located == 1 ? countKeys(walk) : located;
  endWalk(walk);
  return count;
}

/** Whether a key begins with these bytes. */
export function startsWith(trie: usize, at: usize, bytes: u32): bool {
  const flags = flagsOf(trie);
  if (!load<u32>(trie, COUNT)) return false;
  let node = rootOf(trie);
  let done: u32 = 0;
  while (node) {
    const label = labelBytes(flags, node);
    const compared = min<u32>(label, bytes - done);
    if (compared && !equalBytes(at + done, labelAt(flags, node), compared)) return false;
    done += compared;
    if (done == bytes) return true;
    node = childOf(flags, node, load<u8>(at + done));
    done++;
  }
  return false;
}

// ── Many keys: records of (u32 length, bytes) ─────────────────────────────────────────────────────

/** Writes the value of each key, or `missing`; how many were there. */
export function getMany(trie: usize, keys: usize, count: u32, values: usize, missing: f64): u32 {
  let hits: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const bytes = load<u32>(keys);
    const cell = findCell(trie, keys + 4, bytes);
    if (cell) hits++;
    store<u64>(values + (<usize>i << 3), cell ? load<u64>(cell) : reinterpret<u64>(missing));
    keys += 4 + bytes;
  }
  return hits;
}

/** Writes 1 for each key that is there, 0 for others; how many were. */
export function hasMany(trie: usize, keys: usize, count: u32, answers: usize): u32 {
  let hits: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const bytes = load<u32>(keys);
    const there = findCell(trie, keys + 4, bytes) != 0;
    if (there) hits++;
    store<u8>(answers + i, there ? 1 : 0);
    keys += 4 + bytes;
  }
  return hits;
}

/** Sets each key; how many were set, fewer than `count` when the budget is full. */
export function setMany(trie: usize, keys: usize, count: u32, values: usize, weights: usize): u32 {
  for (let i: u32 = 0; i < count; i++) {
    const bytes = load<u32>(keys);
    const at = <usize>i << 3;
    if (set(trie, keys + 4, bytes, load<f64>(values + at), load<f64>(weights + at)) == FULL) return i;
    keys += 4 + bytes;
  }
  return count;
}

export function removeMany(trie: usize, keys: usize, count: u32): u32 {
  let removed: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const bytes = load<u32>(keys);
    removed += remove(trie, keys + 4, bytes);
    keys += 4 + bytes;
  }
  return removed;
}

// ── Walks: 0 when the budget is full. `walkNext` gives records, see walk.ts; `walkEnd` must follow ────

/** All keys with a prefix, in their order. */
export function scanBegin(trie: usize, prefix: usize, prefixBytes: u32): usize {
  const walk = newWalk(trie, SCAN, false, 0);
  return walk ? begun(walk, locate(walk, prefix, prefixBytes)) : 0;
}

/**
 * A whole walk in one call: the first keys with a prefix, those behind `after` (before it, backwards) when `seeks`. As
 * `walkNext`; the result cell then says where the records end, and whether there are no more.
 */
export function scan(
  trie: usize,
  prefix: usize,
  prefixBytes: u32,
  after: usize,
  afterBytes: u32,
  seeks: bool,
  reverse: bool,
  out: usize,
  bytes: u32,
  count: u32,
): i32 {
  const walk = newWalk(trie, SCAN, reverse, 0);
  if (!walk) return FULL;
  let status = locate(walk, prefix, prefixBytes);
  if (status == 1 && seeks) status = seek(walk, after, afterBytes);
  const done = status < 0 ? FULL : nextRecords(walk, out, bytes, count);
  store<u32>(RESULT, load<u32>(walk, DEPTH) ? 0 : 1, 4);
  endWalk(walk);
  return done;
}

export function matchBegin(trie: usize, tokens: usize, count: u32): usize {
  const walk = newWalk(trie, MATCH, false, wordsFor(count) << 3);
  if (!walk) return 0;
  if (!makeTables(walk, tokens, count)) return begun(walk, FULL);
  const status = locate(walk, 0, 0);
  if (status == 1) {
    startMatch(walk, firstState(walk));
    feedFirst(walk);
  }
  return begun(walk, status);
}

export function fuzzyBegin(trie: usize, query: usize, count: u32, most: u32): usize {
  const walk = newWalk(trie, FUZZY, false, FUZZY_STATE);
  if (!walk) return 0;
  if (!makeRows(walk, query, count, most)) return begun(walk, FULL);
  const status = locate(walk, 0, 0);
  if (status == 1) {
    startFuzzy(firstState(walk));
    feedFirst(walk);
  }
  return begun(walk, status);
}

export function completeBegin(trie: usize, prefix: usize, bytes: u32): usize {
  const walk = newWalk(trie, COMPLETE, false, 0);
  if (!walk) return 0;
  const status = locate(walk, prefix, bytes);
  return begun(walk, status < 0 || !startComplete(walk) ? FULL : status);
}

function begun(walk: usize, status: i32): usize {
  if (status >= 0) return walk;
  endWalk(walk);
  return 0;
}

/** How many records were written, 0 at the end; −1 the budget is full; −2 one needs more room, see the result cell. */
export function walkNext(walk: usize, out: usize, bytes: u32, count: u32): i32 {
  if (load<u32>(walk, MODE) == COMPLETE) return nextHeaviest(walk, out, bytes, count);
  return nextRecords(walk, out, bytes, count);
}

export function walkEnd(walk: usize): void {
  endWalk(walk);
}

// ── The rest ──────────────────────────────────────────────────────────────────────────────────────

/** Bytes the trie costs its arena, allocator headers included. */
export function bytesOf(trie: usize): f64 {
  return load<f64>(trie, DATA_BYTES) + <f64>costOf(trie);
}

export function check(trie: usize): i32 {
  return checkTrie(trie);
}
