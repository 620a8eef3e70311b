// The radix trie: paths without a fork are one label (D. Morrison, "PATRICIA", 1968), and nodes are as large as their
// children are many (V. Leis, A. Kemper, T. Neumann, "The adaptive radix tree", 2013).
//
//   leaf        offset  size  meaning
//               ──────  ────  ─────────────────────────────────────────────────────────────
//                    0     4  head: kind in bits 0–2, bytes of the label above bit 8
//                    4  8/16  cell
//                12/20        label
//
//   inner node       0     4  head
//                    4     4  end: the leaf, without a label, of the key that ends here, or 0
//                    8     4  upper bound of the weights below, f32
//                   12     4  n: children
//        kind 4     16     4  bytes, ascending          20  4 × 4  children in their order           36  label
//            16     16    16  bytes, ascending          32 16 × 4  children in their order           96  label
//            48     16   256  1 + child of each byte   272 48 × 4  children in any order, free ones 0    464  label
//           256     16 256×4  child of each byte, or 0                                             1040  label
//
// A label follows the byte that leads to its node, and is all of it: keys stand nowhere else. Inner nodes have two things
// below them, of children and `end`, unless the budget was full when one was deleted.

import { capacityOf, costOf, realloc } from '../../memory/arena/allocator';
import { copyBytes, equalBytes } from '../../memory/bytes';
import {
  boundOf,
  cellBytesOf,
  changed,
  countEntry,
  countNode,
  flagsOf,
  found,
  FULL,
  give,
  putCell,
  recount,
  ROOT,
  roundedUp,
  take,
  weightAt,
} from './layout';

export const LEAF: u32 = 0;
export const N4: u32 = 1;
export const N16: u32 = 2;
export const N48: u32 = 3;
export const N256: u32 = 4;
const KIND: u32 = 7;
const LABEL_SHIFT: u32 = 8;

const CELL: usize = 4;
const END: usize = 4;
export const RADIX_BOUND: usize = 8;
const CHILDREN: usize = 12;
const KEYS: usize = 16;
const SLOTS_4: usize = 20;
const SLOTS_16: usize = 32;
const SLOTS_48: usize = 272;
const SLOTS_256: usize = 16;
const LABEL_4: u32 = 36;
const LABEL_16: u32 = 96;
const LABEL_48: u32 = 464;
const LABEL_256: u32 = 1040;

// A node shrinks well below what the smaller kind holds, so that it does not go to and fro.
const SHRINK_16: u32 = 3;
const SHRINK_48: u32 = 12;
const SHRINK_256: u32 = 40;

// @ts-ignore: decorator
@inline
export function kindOf(node: usize): u32 {
  return load<u32>(node) & KIND;
}

// @ts-ignore: decorator
@inline
export function labelBytesOf(node: usize): u32 {
  return load<u32>(node) >> LABEL_SHIFT;
}

// @ts-ignore: decorator
@inline
function labelOffset(flags: u32, kind: u32): u32 {
  if (kind == LEAF) return <u32>CELL + cellBytesOf(flags);
  if (kind == N4) return LABEL_4;
  if (kind == N16) return LABEL_16;
  return kind == N48 ? LABEL_48 : LABEL_256;
}

// @ts-ignore: decorator
@inline
export function labelOf(flags: u32, node: usize): usize {
  return node + labelOffset(flags, kindOf(node));
}

// @ts-ignore: decorator
@inline
export function childrenOf(node: usize): u32 {
  return load<u32>(node, CHILDREN);
}

// @ts-ignore: decorator
@inline
export function endOf(node: usize): usize {
  return load<u32>(node, END);
}

/** Cell of the key that ends at a node, or 0. */
// @ts-ignore: decorator
@inline
export function radixCell(node: usize): usize {
  if (kindOf(node) == LEAF) return node + CELL;
  const end = endOf(node);
  return end ? end + CELL : 0;
}

// ── Children ──────────────────────────────────────────────────────────────────────────────────────

/** Index of a byte in a node of 4 or 16, or one that is not below its children. */
// @ts-ignore: decorator
@inline
function indexIn4(node: usize, byte: u32): u32 {
  const x = load<u32>(node, KEYS) ^ (byte * 0x0101_0101);
  // The lowest zero byte is found exactly; what a borrow adds is above it.
  return ctz((x - 0x0101_0101) & ~x & 0x8080_8080) >> 3;
}

// @ts-ignore: decorator
@inline
function indexIn16(node: usize, byte: u32): u32 {
  return ctz(<u32>i8x16.bitmask(i8x16.eq(v128.load(node, KEYS), i8x16.splat(<i8>byte))) | 0x1_0000);
}

/** Where the address of the child of this byte stands, or 0. */
// @ts-ignore: decorator
@inline
export function slotOf(node: usize, kind: u32, byte: u32): usize {
  if (kind == N4) {
    const index = indexIn4(node, byte);
    return index < childrenOf(node) ? node + SLOTS_4 + (<usize>index << 2) : 0;
  }
  if (kind == N16) {
    const index = indexIn16(node, byte);
    return index < childrenOf(node) ? node + SLOTS_16 + (<usize>index << 2) : 0;
  }
  if (kind == N48) {
    const index = <u32>load<u8>(node + byte, KEYS);
    return index ? node + SLOTS_48 - 4 + (<usize>index << 2) : 0;
  }
  const slot = node + SLOTS_256 + (<usize>byte << 2);
  return load<u32>(slot) ? slot : 0;
}

export function radixChild(node: usize, byte: u32): usize {
  const kind = kindOf(node);
  if (kind == LEAF) return 0;
  const slot = slotOf(node, kind, byte);
  return slot ? <usize>load<u32>(slot) : 0;
}

/** How many of the first `count` bytes of a node of 4 or 16 are below this one. Reads 16, of which all are the node's. */
// @ts-ignore: decorator
@inline
function rankIn(node: usize, count: u32, byte: u32): u32 {
  const below = i8x16.bitmask(i8x16.lt_u(v128.load(node, KEYS), i8x16.splat(<i8>byte)));
  return popcnt(<u32>below & ((1 << count) - 1));
}

/** The child of the lowest byte that is `from` or above; `from` may be 256. */
export function radixChildFrom(node: usize, from: u32): u64 {
  const kind = kindOf(node);
  if (kind == LEAF || from > 255) return 0;
  if (kind <= N16) {
    const count = childrenOf(node);
    const index = rankIn(node, count, from);
    return index < count ? atIndex(node, kind, index) : 0;
  }
  for (; from < 256; from++) {
    const slot = slotOf(node, kind, from);
    if (slot) return found(from, load<u32>(slot));
  }
  return 0;
}

/** The child of the highest byte that is `to` or below. */
export function radixChildBefore(node: usize, to: u32): u64 {
  const kind = kindOf(node);
  if (kind == LEAF) return 0;
  if (kind <= N16) {
    const count = childrenOf(node);
    const index = to < 255 ? rankIn(node, count, to + 1) : count;
    return index ? atIndex(node, kind, index - 1) : 0;
  }
  for (let byte = <i32>to; byte >= 0; byte--) {
    const slot = slotOf(node, kind, byte);
    if (slot) return found(byte, load<u32>(slot));
  }
  return 0;
}

// @ts-ignore: decorator
@inline
function atIndex(node: usize, kind: u32, index: u32): u64 {
  const slots = node + (kind == N4 ? SLOTS_4 : SLOTS_16);
  return found(load<u8>(node + index, KEYS), load<u32>(slots + (<usize>index << 2)));
}

// ── Finding ───────────────────────────────────────────────────────────────────────────────────────

/** The cell of a key, or 0. */
export function radixFind(trie: usize, at: usize, bytes: u32): usize {
  const flags = flagsOf(trie);
  const end = at + bytes;
  let node: usize = load<u32>(trie, ROOT);
  while (node) {
    const head = load<u32>(node);
    const kind = head & KIND;
    const label = head >> LABEL_SHIFT;
    if (label) {
      if (<u32>(end - at) < label || !equalBytes(at, node + labelOffset(flags, kind), label)) return 0;
      at += label;
    }
    if (kind == LEAF) return at == end ? node + CELL : 0;
    if (at == end) return radixCell(node);
    const slot = slotOf(node, kind, load<u8>(at++));
    if (!slot) return 0;
    node = load<u32>(slot);
  }
  return 0;
}

/** Bytes that a label shares with what is left of a key. */
function sharedBytes(a: usize, b: usize, limit: u32): u32 {
  let i: u32 = 0;
  while (i + 8 <= limit) {
    const x = load<u64>(a + i) ^ load<u64>(b + i);
    if (x) return i + <u32>(ctz(x) >> 3);
    i += 8;
  }
  while (i < limit && load<u8>(a + i) == load<u8>(b + i)) i++;
  return i;
}

// ── Making nodes ──────────────────────────────────────────────────────────────────────────────────

function newLeaf(trie: usize, flags: u32, label: usize, bytes: u32, value: f64, weight: f64): usize {
  const offset = labelOffset(flags, LEAF);
  const leaf = take(trie, offset + bytes);
  if (!leaf) return 0;
  store<u32>(leaf, (bytes << LABEL_SHIFT) | LEAF);
  putCell(flags, leaf + CELL, value, weight);
  copyBytes(leaf + offset, label, bytes);
  countNode(trie, LEAF, 1);
  return leaf;
}

/** An inner node without children. */
function newInner(trie: usize, kind: u32, label: usize, bytes: u32, bound: f32): usize {
  const offset = labelOffset(0, kind);
  const node = take(trie, offset + bytes);
  if (!node) return 0;
  store<u32>(node, (bytes << LABEL_SHIFT) | kind);
  memory.fill(node + 4, 0, offset - 4);
  store<f32>(node, bound, RADIX_BOUND);
  copyBytes(node + offset, label, bytes);
  countNode(trie, kind, 1);
  return node;
}

function drop(trie: usize, node: usize): void {
  countNode(trie, kindOf(node), -1);
  give(trie, node);
}

/** Gives back what a block has beyond `bytes`, where it stands. */
function trim(trie: usize, block: usize, bytes: u32): void {
  const before = costOf(block);
  realloc(block, bytes);
  recount(trie, before, block);
}

/** Takes the first bytes off a node's label. Cannot fail. */
function behead(trie: usize, flags: u32, node: usize, bytes: u32): void {
  const kind = kindOf(node);
  const left = labelBytesOf(node) - bytes;
  const label = node + labelOffset(flags, kind);
  memory.copy(label, label + bytes, left);
  store<u32>(node, (left << LABEL_SHIFT) | kind);
  trim(trie, node, labelOffset(flags, kind) + left);
}

/** Puts a child into a node that has room and no child of this byte. */
function putChild(node: usize, kind: u32, byte: u32, child: usize): void {
  const count = childrenOf(node);
  store<u32>(node, count + 1, CHILDREN);
  if (kind <= N16) {
    const slots = node + (kind == N4 ? SLOTS_4 : SLOTS_16);
    const at = rankIn(node, count, byte);
    const keys = node + KEYS + at;
    memory.copy(keys + 1, keys, count - at);
    memory.copy(slots + (<usize>(at + 1) << 2), slots + (<usize>at << 2), (count - at) << 2);
    store<u8>(keys, <u8>byte);
    store<u32>(slots + (<usize>at << 2), <u32>child);
    return;
  }
  if (kind == N256) {
    store<u32>(node + SLOTS_256 + (<usize>byte << 2), <u32>child);
    return;
  }
  let free: u32 = 0;
  while (load<u32>(node + SLOTS_48 + (<usize>free << 2))) free++;
  store<u32>(node + SLOTS_48 + (<usize>free << 2), <u32>child);
  store<u8>(node + byte, <u8>(free + 1), KEYS);
}

// @ts-ignore: decorator
@inline
function roomOf(kind: u32): u32 {
  return kind == N4 ? 4 : kind == N16 ? 16 : kind == N48 ? 48 : 256;
}

/** A copy of a node as another kind, in its place at `ref`; 0, and nothing changed, when the budget is full. */
function become(trie: usize, ref: usize, kind: u32): usize {
  const node: usize = load<u32>(ref);
  const copy = newInner(trie, kind, labelOf(0, node), labelBytesOf(node), load<f32>(node, RADIX_BOUND));
  if (!copy) return 0;
  store<u32>(copy, <u32>endOf(node), END);
  for (let from: u32 = 0; ; ) {
    const next = radixChildFrom(node, from);
    if (!next) break;
    from = <u32>(next >> 32);
    putChild(copy, kind, from++, <usize>(<u32>next));
  }
  drop(trie, node);
  store<u32>(ref, <u32>copy);
  return copy;
}

// ── Setting ───────────────────────────────────────────────────────────────────────────────────────

/** 1 for a new key, 0 for an old one, FULL when the budget is. */
export function radixSet(trie: usize, at: usize, bytes: u32, value: f64, weight: f64): i32 {
  const status = put(trie, at, bytes, value, weight);
  if (status >= 0) {
    countEntry(trie, status);
    changed(trie);
  }
  return status;
}

function put(trie: usize, at: usize, bytes: u32, value: f64, weight: f64): i32 {
  const flags = flagsOf(trie);
  const bound = boundOf(flags, value, weight);
  const end = at + bytes;
  let ref = trie + ROOT;
  let node: usize = load<u32>(ref);
  if (!node) {
    const leaf = newLeaf(trie, flags, at, bytes, value, weight);
    store<u32>(ref, <u32>leaf);
    return leaf ? 1 : FULL;
  }
  while (true) {
    const head = load<u32>(node);
    const kind = head & KIND;
    const label = head >> LABEL_SHIFT;
    if (label) {
      const shared = sharedBytes(at, node + labelOffset(flags, kind), min<u32>(label, <u32>(end - at)));
      if (shared < label) return split(trie, flags, ref, shared, at + shared, end, value, weight, bound);
      at += label;
    }
    if (kind == LEAF) {
      if (at == end) {
        putCell(flags, node + CELL, value, weight);
        return 0;
      }
      return fork(trie, flags, ref, at, end, value, weight, bound);
    }
    if (load<f32>(node, RADIX_BOUND) < bound) store<f32>(node, bound, RADIX_BOUND);
    if (at == end) {
      let leaf = endOf(node);
      if (leaf) {
        putCell(flags, leaf + CELL, value, weight);
        return 0;
      }
      leaf = newLeaf(trie, flags, 0, 0, value, weight);
      store<u32>(node, <u32>leaf, END);
      return leaf ? 1 : FULL;
    }
    const byte = <u32>load<u8>(at++);
    const slot = slotOf(node, kind, byte);
    if (!slot) return addChild(trie, flags, ref, byte, at, end, value, weight);
    ref = slot;
    node = load<u32>(ref);
  }
}

/** Hangs a leaf with the bytes from `at` to `end` at a node, which grows when it is full. */
function addChild(
  trie: usize,
  flags: u32,
  ref: usize,
  byte: u32,
  at: usize,
  end: usize,
  value: f64,
  weight: f64,
): i32 {
  const leaf = newLeaf(trie, flags, at, <u32>(end - at), value, weight);
  if (!leaf) return FULL;
  let node: usize = load<u32>(ref);
  let kind = kindOf(node);
  if (childrenOf(node) == roomOf(kind)) {
    kind++;
    node = become(trie, ref, kind);
    if (!node) {
      drop(trie, leaf);
      return FULL;
    }
  }
  putChild(node, kind, byte, leaf);
  return 1;
}

/** Puts a node above one whose label parts from the key after `shared` bytes; the key goes on at `at`. */
function split(
  trie: usize,
  flags: u32,
  ref: usize,
  shared: u32,
  at: usize,
  end: usize,
  value: f64,
  weight: f64,
  bound: f32,
): i32 {
  const node: usize = load<u32>(ref);
  const label = labelOf(flags, node);
  const upper = newInner(trie, N4, label, shared, max<f32>(bound, radixBound(flags, node)));
  if (!upper) return FULL;
  const ends = at == end;
  const leaf = newLeaf(trie, flags, at + 1, ends ? 0 : <u32>(end - at) - 1, value, weight);
  if (!leaf) {
    drop(trie, upper);
    return FULL;
  }
  const byte = <u32>load<u8>(label + shared);
  behead(trie, flags, node, shared + 1);
  putChild(upper, N4, byte, node);
  if (ends) store<u32>(upper, <u32>leaf, END);
  else putChild(upper, N4, load<u8>(at), leaf);
  store<u32>(ref, <u32>upper);
  return 1;
}

/** Makes a leaf, whose key goes no further, the end of an inner node with the new key below it. */
function fork(
  trie: usize,
  flags: u32,
  ref: usize,
  at: usize,
  end: usize,
  value: f64,
  weight: f64,
  bound: f32,
): i32 {
  const old: usize = load<u32>(ref);
  const bytes = labelBytesOf(old);
  const upper = newInner(trie, N4, labelOf(flags, old), bytes, max<f32>(bound, radixBound(flags, old)));
  if (!upper) return FULL;
  const leaf = newLeaf(trie, flags, at + 1, <u32>(end - at) - 1, value, weight);
  if (!leaf) {
    drop(trie, upper);
    return FULL;
  }
  behead(trie, flags, old, bytes);
  store<u32>(upper, <u32>old, END);
  putChild(upper, N4, load<u8>(at), leaf);
  store<u32>(ref, <u32>upper);
  return 1;
}

/** Upper bound of the weights at a node and below. */
// @ts-ignore: decorator
@inline
export function radixBound(flags: u32, node: usize): f32 {
  return kindOf(node) == LEAF ? roundedUp(weightAt(flags, node + CELL)) : load<f32>(node, RADIX_BOUND);
}

// ── Deleting ──────────────────────────────────────────────────────────────────────────────────────

/** Deletes the key, or with `all` every key that begins with it; how many. Cannot fail. */
export function radixRemove(trie: usize, at: usize, bytes: u32, all: bool): u32 {
  const flags = flagsOf(trie);
  const end = at + bytes;
  let ref = trie + ROOT;
  // The lowest node on the way that has something else below it, and the byte that leads on from there.
  let stays: usize = 0;
  let leads: u32 = 0;
  let node: usize = load<u32>(ref);
  while (node) {
    const head = load<u32>(node);
    const kind = head & KIND;
    const label = head >> LABEL_SHIFT;
    const left = <u32>(end - at);
    const compared = min<u32>(label, left);
    if (compared < label && !all) return 0;
    if (!equalBytes(at, node + labelOffset(flags, kind), compared)) return 0;
    at += compared;
    if (at == end && (all || kind == LEAF)) return counted(trie, cut(trie, flags, stays, leads));
    if (kind == LEAF) return 0;
    if (at == end) {
      const leaf = endOf(node);
      if (!leaf) return 0;
      store<u32>(node, 0, END);
      drop(trie, leaf);
      tidy(trie, flags, ref);
      return counted(trie, 1);
    }
    const byte = <u32>load<u8>(at++);
    const slot = slotOf(node, kind, byte);
    if (!slot) return 0;
    if (childrenOf(node) > 1 || endOf(node)) {
      stays = ref;
      leads = byte;
    }
    ref = slot;
    node = load<u32>(ref);
  }
  return 0;
}

/** Frees what is below the node at `stays` by a byte, or all there is when that is 0; how many keys. */
function cut(trie: usize, flags: u32, stays: usize, leads: u32): u32 {
  if (!stays) {
    const root: usize = load<u32>(trie, ROOT);
    store<u32>(trie, 0, ROOT);
    return freeRadix(trie, root);
  }
  const node: usize = load<u32>(stays);
  const gone: usize = load<u32>(slotOf(node, kindOf(node), leads));
  takeChild(node, leads);
  const removed = freeRadix(trie, gone);
  tidy(trie, flags, stays);
  return removed;
}

function counted(trie: usize, removed: u32): u32 {
  countEntry(trie, -(<i32>removed));
  changed(trie);
  return removed;
}

/** Takes the child of a byte, which is there, out of a node. */
function takeChild(node: usize, byte: u32): void {
  const kind = kindOf(node);
  const count = childrenOf(node) - 1;
  store<u32>(node, count, CHILDREN);
  if (kind <= N16) {
    const slots = node + (kind == N4 ? SLOTS_4 : SLOTS_16);
    const index = kind == N4 ? indexIn4(node, byte) : indexIn16(node, byte);
    const keys = node + KEYS + index;
    memory.copy(keys, keys + 1, count - index);
    memory.copy(slots + (<usize>index << 2), slots + (<usize>(index + 1) << 2), (count - index) << 2);
    // What is free is zero.
    store<u8>(node + count, 0, KEYS);
    store<u32>(slots + (<usize>count << 2), 0);
    return;
  }
  store<u32>(slotOf(node, kind, byte), 0);
  if (kind == N48) store<u8>(node + byte, 0, KEYS);
}

/** Makes the inner node at `ref`, which has lost something, what it should be now, as far as the budget allows. */
function tidy(trie: usize, flags: u32, ref: usize): void {
  const node: usize = load<u32>(ref);
  const kind = kindOf(node);
  const count = childrenOf(node);
  if (!count) {
    intoLeaf(trie, flags, node);
  } else if (count == 1 && !endOf(node)) {
    merge(trie, flags, ref);
  } else if (
    (kind == N16 && count <= SHRINK_16) ||
    (kind == N48 && count <= SHRINK_48) ||
    (kind == N256 && count <= SHRINK_256)
  ) {
    become(trie, ref, kind - 1);
  }
}

/** An inner node that has only an end becomes the leaf, in its own block. Cannot fail. */
function intoLeaf(trie: usize, flags: u32, node: usize): void {
  const end = endOf(node);
  const kind = kindOf(node);
  const bytes = labelBytesOf(node);
  const offset = labelOffset(flags, LEAF);
  memory.copy(node + offset, node + labelOffset(flags, kind), bytes);
  store<u32>(node, (bytes << LABEL_SHIFT) | LEAF);
  memory.copy(node + CELL, end + CELL, cellBytesOf(flags));
  countNode(trie, kind, -1);
  countNode(trie, LEAF, 1);
  drop(trie, end);
  trim(trie, node, offset + bytes);
}

/** A node with one child and no end: its label, and the byte, go before the child's. Left as it is when the budget is full. */
function merge(trie: usize, flags: u32, ref: usize): void {
  const node: usize = load<u32>(ref);
  const only = radixChildFrom(node, 0);
  let child = <usize>(<u32>only);
  const kind = kindOf(child);
  const upper = labelBytesOf(node);
  const lower = labelBytesOf(child);
  const bytes = upper + 1 + lower;
  const offset = labelOffset(flags, kind);
  if (capacityOf(child) < offset + bytes) {
    const before = costOf(child);
    const moved = realloc(child, offset + bytes);
    if (!moved) return;
    child = moved;
    recount(trie, before, child);
  }
  const label = child + offset;
  memory.copy(label + upper + 1, label, lower);
  copyBytes(label, node + labelOffset(flags, kindOf(node)), upper);
  store<u8>(label + upper, <u8>(only >> 32));
  store<u32>(child, (bytes << LABEL_SHIFT) | kind);
  drop(trie, node);
  store<u32>(ref, <u32>child);
}

/** Frees a node and all below; how many keys there were. The list of what waits is kept where bound and cell are. */
export function freeRadix(trie: usize, node: usize): u32 {
  let keys: u32 = 0;
  if (node) store<u32>(node, 0, RADIX_BOUND);
  while (node) {
    let waiting: usize = load<u32>(node, RADIX_BOUND);
    if (kindOf(node) == LEAF) {
      keys++;
    } else {
      const end = endOf(node);
      if (end) {
        keys++;
        drop(trie, end);
      }
      for (let from: u32 = 0; ; ) {
        const next = radixChildFrom(node, from);
        if (!next) break;
        const child = <usize>(<u32>next);
        store<u32>(child, <u32>waiting, RADIX_BOUND);
        waiting = child;
        from = <u32>(next >> 32) + 1;
      }
    }
    drop(trie, node);
    node = waiting;
  }
  return keys;
}
