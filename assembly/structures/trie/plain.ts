// The plain trie: a node for every byte of every key, its children in a list that ascends by byte.
//
//   node     offset  size  meaning
//            ──────  ────  ───────────────────────────────
//                 0     4  first child, or 0
//                 4     4  next sibling, or 0
//                 8     4  cell of the key that ends here, or 0
//                12     4  upper bound of the weights here and below, f32
//                16     1  the byte that leads here
//
// The root stands for the empty key and is always there. No node but the root is without both a cell and a child.

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
  ROOT,
  take,
} from './layout';

const CHILD: usize = 0;
const SIBLING: usize = 4;
const CELL: usize = 8;
export const PLAIN_BOUND: usize = 12;
const BYTE: usize = 16;
const NODE_BYTES: u32 = 20;

// @ts-ignore: decorator
@inline
export function plainCell(node: usize): usize {
  return load<u32>(node, CELL);
}

/** An unlinked node; 0 when the budget is full. */
export function newPlain(trie: usize, byte: u32): usize {
  const node = take(trie, NODE_BYTES);
  if (!node) return 0;
  store<u64>(node, 0);
  store<u32>(node, 0, CELL);
  store<f32>(node, -f32.POSITIVE_INFINITY, PLAIN_BOUND);
  store<u32>(node, byte, BYTE);
  countNode(trie, 0, 1);
  return node;
}

/** The child of the lowest byte that is `from` or above. */
export function plainChildFrom(node: usize, from: u32): u64 {
  let child: usize = load<u32>(node, CHILD);
  while (child && <u32>load<u8>(child, BYTE) < from) child = load<u32>(child, SIBLING);
  return child ? found(load<u8>(child, BYTE), child) : 0;
}

/** The child of the highest byte that is `to` or below. */
export function plainChildBefore(node: usize, to: u32): u64 {
  let best: usize = 0;
  let child: usize = load<u32>(node, CHILD);
  for (; child && <u32>load<u8>(child, BYTE) <= to; child = load<u32>(child, SIBLING)) best = child;
  return best ? found(load<u8>(best, BYTE), best) : 0;
}

export function plainChild(node: usize, byte: u32): usize {
  let child: usize = load<u32>(node, CHILD);
  while (child && <u32>load<u8>(child, BYTE) < byte) child = load<u32>(child, SIBLING);
  return child && <u32>load<u8>(child, BYTE) == byte ? child : 0;
}

/** The node these bytes lead to, or 0. */
export function plainFind(trie: usize, at: usize, bytes: u32): usize {
  let node: usize = load<u32>(trie, ROOT);
  for (let end = at + bytes; at < end && node; at++) node = plainChild(node, load<u8>(at));
  return node;
}

/** 1 for a new key, 0 for an old one, FULL when the budget is. */
export function plainSet(trie: usize, at: usize, bytes: u32, value: f64, weight: f64): i32 {
  const flags = flagsOf(trie);
  const bound = boundOf(flags, value, weight);
  const end = at + bytes;
  let node: usize = load<u32>(trie, ROOT);
  while (true) {
    if (load<f32>(node, PLAIN_BOUND) < bound) store<f32>(node, bound, PLAIN_BOUND);
    if (at == end) break;
    const child = plainChild(node, load<u8>(at));
    if (!child) break;
    node = child;
    at++;
  }
  let cell = at == end ? plainCell(node) : 0;
  if (cell) {
    putCell(flags, cell, value, weight);
    changed(trie);
    return 0;
  }
  cell = take(trie, cellBytesOf(flags));
  if (!cell) return FULL;
  putCell(flags, cell, value, weight);
  if (at == end) {
    store<u32>(node, <u32>cell, CELL);
  } else if (!growChain(trie, node, at, end, cell, bound)) {
    give(trie, cell);
    return FULL;
  }
  countEntry(trie, 1);
  changed(trie);
  return 1;
}

/** Hangs a node for each of the bytes below `parent`, the cell at the last. False when the budget is full. */
function growChain(trie: usize, parent: usize, at: usize, end: usize, cell: usize, bound: f32): bool {
  const byte = <u32>load<u8>(at);
  // From the last byte back, so that nothing hangs anywhere before all is there.
  let chain: usize = 0;
  let last: usize = 0;
  for (let from = end; from > at; from--) {
    const node = newPlain(trie, load<u8>(from - 1));
    if (!node) {
      freePlain(trie, chain);
      return false;
    }
    store<f32>(node, bound, PLAIN_BOUND);
    if (chain) store<u32>(node, <u32>chain, CHILD);
    else last = node;
    chain = node;
  }
  store<u32>(last, <u32>cell, CELL);
  const link = linkOf(parent, byte);
  store<u32>(chain, load<u32>(link), SIBLING);
  store<u32>(link, <u32>chain);
  return true;
}

/** Where the address of a child of this byte stands, or would. */
function linkOf(parent: usize, byte: u32): usize {
  let link = parent + CHILD;
  while (true) {
    const child: usize = load<u32>(link);
    if (!child || <u32>load<u8>(child, BYTE) >= byte) return link;
    link = child + SIBLING;
  }
}

/** Deletes the key, or with `all` every key that begins with it; how many. Cannot fail. */
export function plainRemove(trie: usize, at: usize, bytes: u32, all: bool): u32 {
  const end = at + bytes;
  const root: usize = load<u32>(trie, ROOT);
  let node = root;
  // The lowest node on the way that stays, and the byte below it that leads to what may go.
  let stays = root;
  let leads = at;
  for (; at < end; at++) {
    const first: usize = load<u32>(node, CHILD);
    if (node == root || plainCell(node) || (first && load<u32>(first, SIBLING))) {
      stays = node;
      leads = at;
    }
    node = plainChild(node, load<u8>(at));
    if (!node) return 0;
  }
  let removed: u32 = 0;
  if (!all || node == root) {
    const cell = plainCell(node);
    if (!cell && !all) return 0;
    if (cell) {
      give(trie, cell);
      store<u32>(node, 0, CELL);
      removed = 1;
    }
  }
  if (node == root) {
    if (all) {
      removed += freePlain(trie, load<u32>(root, CHILD));
      store<u32>(root, 0, CHILD);
      store<f32>(root, -f32.POSITIVE_INFINITY, PLAIN_BOUND);
    }
  } else if (all || !load<u32>(node, CHILD)) {
    const link = linkOf(stays, load<u8>(leads));
    const gone: usize = load<u32>(link);
    store<u32>(link, load<u32>(gone, SIBLING));
    store<u32>(gone, 0, SIBLING);
    removed += freePlain(trie, gone);
  }
  if (removed) {
    countEntry(trie, -(<i32>removed));
    changed(trie);
  }
  return removed;
}

/** Frees a node, its siblings behind it and all below; how many cells there were. The list of what waits is kept in BOUND. */
export function freePlain(trie: usize, node: usize): u32 {
  let cells: u32 = 0;
  if (node) store<u32>(node, 0, PLAIN_BOUND);
  while (node) {
    let waiting: usize = load<u32>(node, PLAIN_BOUND);
    const child: usize = load<u32>(node, CHILD);
    const sibling: usize = load<u32>(node, SIBLING);
    const cell = plainCell(node);
    if (child) {
      store<u32>(child, <u32>waiting, PLAIN_BOUND);
      waiting = child;
    }
    if (sibling) {
      store<u32>(sibling, <u32>waiting, PLAIN_BOUND);
      waiting = sibling;
    }
    if (cell) {
      give(trie, cell);
      cells++;
    }
    give(trie, node);
    countNode(trie, 0, -1);
    node = waiting;
  }
  return cells;
}
