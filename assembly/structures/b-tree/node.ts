// One node: searching it, and moving what is in it. `from` is the first index that holds a key: 0 in leaves, 1 in inner
// nodes.

import { copyBytes } from '../../memory/bytes';
import { compareBytes, headOfBytes, sharedBytes } from '../ordered-keys';
import {
  countAt,
  countOf,
  entryAt,
  headAt,
  keyBytesOf,
  keyOf,
  setCount,
  setSkip,
  skipOf,
  slotAt,
  STEM,
  stemOf,
} from './layout';

// ── Searching ─────────────────────────────────────────────────────────────────────────────────────

// Two steps instead of six: every eighth head tells which eight to look at, and those are compared all at once. Both
// counts are of independent loads, where a binary search would wait for each. Behind the last key stands PAD, so that
// neither step asks where that is.

/** Behind the last head; no lower than any. */
export const PAD: i64 = i64.MAX_VALUE;

/** How many of the heads 7, 15 … 55 are below `head`, times eight. */
// @ts-ignore: decorator
@inline
function eightBelow(node: usize, head: i64): u32 {
  const heads = headAt(node, 0);
  const low =
    <u32>(load<i64>(heads, 56) < head) +
    <u32>(load<i64>(heads, 120) < head) +
    <u32>(load<i64>(heads, 184) < head) +
    <u32>(load<i64>(heads, 248) < head);
  const high =
    <u32>(load<i64>(heads, 312) < head) + <u32>(load<i64>(heads, 376) < head) + <u32>(load<i64>(heads, 440) < head);
  return (low + high) << 3;
}

/** The same with those that are equal to it. */
// @ts-ignore: decorator
@inline
function eightNotAbove(node: usize, head: i64): u32 {
  const heads = headAt(node, 0);
  const low =
    <u32>(load<i64>(heads, 56) <= head) +
    <u32>(load<i64>(heads, 120) <= head) +
    <u32>(load<i64>(heads, 184) <= head) +
    <u32>(load<i64>(heads, 248) <= head);
  const high =
    <u32>(load<i64>(heads, 312) <= head) + <u32>(load<i64>(heads, 376) <= head) + <u32>(load<i64>(heads, 440) <= head);
  return (low + high) << 3;
}

/** Sum of eight comparisons, each 0 or −1, negated. */
// @ts-ignore: decorator
@inline
function sumOf(a: v128, b: v128, c: v128, d: v128): u32 {
  const sum = i64x2.add(i64x2.add(a, b), i64x2.add(c, d));
  return <u32>-(<i32>i64x2.extract_lane(sum, 0) + <i32>i64x2.extract_lane(sum, 1));
}

/** Index of the first head in [from, n) that is not below `head`. */
// @ts-ignore: decorator
@inline
export function lowerHead(node: usize, from: u32, head: i64): u32 {
  const base = eightBelow(node, head);
  const at = headAt(node, base);
  const key = i64x2.splat(head);
  const index =
    base +
    sumOf(
      i64x2.lt_s(v128.load(at), key),
      i64x2.lt_s(v128.load(at, 16), key),
      i64x2.lt_s(v128.load(at, 32), key),
      i64x2.lt_s(v128.load(at, 48), key),
    );
  // What stands in front of the first key counts as below.
  return from && !base ? index + <u32>(load<i64>(at) >= head) : index;
}

/** Index of the first head in [from, n) that is above `head`. */
// @ts-ignore: decorator
@inline
export function upperHead(node: usize, from: u32, head: i64): u32 {
  const base = eightNotAbove(node, head);
  const at = headAt(node, base);
  const key = i64x2.splat(head);
  const index =
    base +
    sumOf(
      i64x2.le_s(v128.load(at), key),
      i64x2.le_s(v128.load(at, 16), key),
      i64x2.le_s(v128.load(at, 32), key),
      i64x2.le_s(v128.load(at, 48), key),
    );
  return min<u32>(from && !base ? index + <u32>(load<i64>(at) > head) : index, countOf(node));
}

/** Pads the heads from the count up to `end`, which were keys and are none any more. */
export function padHeads(node: usize, end: u32): void {
  for (let i = countOf(node); i < end; i++) store<i64>(headAt(node, i), PAD);
}

/** Index of the first key in [from, n) that is not below these bytes, or, with `orEqual`, that is above them. */
export function boundOfBytes(node: usize, from: u32, at: usize, bytes: u32, orEqual: bool): u32 {
  const skip = skipOf(node);
  if (skip) {
    const order = compareBytes(at, min<u32>(bytes, skip), stemOf(node), skip);
    if (order) return order < 0 ? from : countOf(node);
  }
  at += skip;
  bytes -= skip;
  const head = headOfBytes(at, bytes);
  let low = lowerHead(node, from, head);
  if (low == countOf(node) || load<i64>(headAt(node, low)) != head) return low;
  let end = upperHead(node, low, head);
  while (low < end) {
    const middle = (low + end) >> 1;
    const entry = entryAt(node, middle);
    const order = compareBytes(keyOf(entry) + skip, keyBytesOf(entry) - skip, at, bytes);
    if (order < 0 || (order == 0 && orEqual)) low = middle + 1;
    else end = middle;
  }
  return low;
}

// ── Stems ─────────────────────────────────────────────────────────────────────────────────────────

/** Shortens the stem until the key shares it; a node without keys takes what it can from this one. */
export function fitStem(node: usize, from: u32, at: usize, bytes: u32): void {
  if (countOf(node) <= from) {
    const skip = min<u32>(bytes, STEM);
    setSkip(node, skip);
    copyBytes(stemOf(node), at, skip);
    return;
  }
  const skip = skipOf(node);
  const shared = sharedBytes(stemOf(node), skip, at, bytes, skip);
  if (shared < skip) {
    setSkip(node, shared);
    renewHeads(node, from);
  }
}

/** The longest stem there is, after keys went: the first and the last key share what all share. */
export function improveStem(node: usize, from: u32): void {
  const count = countOf(node);
  if (count <= from) return;
  const first = entryAt(node, from);
  const last = entryAt(node, count - 1);
  const shared = sharedBytes(keyOf(first), keyBytesOf(first), keyOf(last), keyBytesOf(last), STEM);
  if (shared > skipOf(node)) takeStem(node, from, shared);
}

/** The longest stem there is, and all heads, after keys of other nodes came. */
export function renewStem(node: usize, from: u32): void {
  setSkip(node, 0);
  if (countOf(node) <= from) return;
  const first = entryAt(node, from);
  const last = entryAt(node, countOf(node) - 1);
  takeStem(node, from, sharedBytes(keyOf(first), keyBytesOf(first), keyOf(last), keyBytesOf(last), STEM));
}

function takeStem(node: usize, from: u32, bytes: u32): void {
  setSkip(node, bytes);
  copyBytes(stemOf(node), keyOf(entryAt(node, from)), bytes);
  renewHeads(node, from);
}

function renewHeads(node: usize, from: u32): void {
  const skip = skipOf(node);
  const count = countOf(node);
  for (let i = from; i < count; i++) {
    const entry = entryAt(node, i);
    store<i64>(headAt(node, i), headOfBytes(keyOf(entry) + skip, keyBytesOf(entry) - skip));
  }
}

// ── Moving ────────────────────────────────────────────────────────────────────────────────────────

/** Opens a gap of one at `index`, in front of the rest; the count goes up. Inner nodes also have counts. */
export function openGap(node: usize, index: u32, inner: bool): void {
  const count = countOf(node);
  moveUp(headAt(node, index), count - index);
  moveUp(slotAt(node, index), count - index);
  if (inner) memory.copy(countAt(node, index + 1), countAt(node, index), (count - index) << 2);
  setCount(node, count + 1);
}

/** Moves `count` words of eight bytes up by one: from the end, two at a time. */
// @ts-ignore: decorator
@inline
function moveUp(from: usize, count: u32): void {
  let at = from + (<usize>count << 3);
  for (; at >= from + 16; at -= 16) v128.store(at - 8, v128.load(at - 16));
  if (at > from) store<u64>(from + 8, load<u64>(from));
}

/** Closes the gap of `gone` at `index`; the count goes down. */
export function closeGap(node: usize, index: u32, gone: u32, inner: bool): void {
  const count = countOf(node);
  const rest = count - index - gone;
  if (rest) {
    moveDown(headAt(node, index), gone, rest);
    moveDown(slotAt(node, index), gone, rest);
    if (inner) memory.copy(countAt(node, index), countAt(node, index + gone), rest << 2);
  }
  setCount(node, count - gone);
  padHeads(node, count);
}

// @ts-ignore: decorator
@inline
function moveDown(to: usize, by: u32, count: u32): void {
  const from = to + (<usize>by << 3);
  const bytes = <usize>count << 3;
  let i: usize = 0;
  for (; i + 16 <= bytes; i += 16) v128.store(to + i, v128.load(from + i));
  if (i < bytes) store<u64>(to + i, load<u64>(from + i));
}

/** Appends `count` things of `other`, from `index` on, to the node. Only copies: the other one keeps its own. */
export function append(node: usize, other: usize, index: u32, count: u32, inner: bool): void {
  const end = countOf(node);
  memory.copy(headAt(node, end), headAt(other, index), count << 3);
  memory.copy(slotAt(node, end), slotAt(other, index), count << 3);
  if (inner) memory.copy(countAt(node, end), countAt(other, index), count << 2);
  setCount(node, end + count);
}

/** Puts `count` things of `other`, from `index` on, in front of the node's own. Only copies. */
export function prepend(node: usize, other: usize, index: u32, count: u32, inner: bool): void {
  const own = countOf(node);
  memory.copy(headAt(node, count), headAt(node, 0), own << 3);
  memory.copy(slotAt(node, count), slotAt(node, 0), own << 3);
  if (inner) memory.copy(countAt(node, count), countAt(node, 0), own << 2);
  memory.copy(headAt(node, 0), headAt(other, index), count << 3);
  memory.copy(slotAt(node, 0), slotAt(other, index), count << 3);
  if (inner) memory.copy(countAt(node, 0), countAt(other, index), count << 2);
  setCount(node, own + count);
}
