// The ternary search tree: J. Bentley, R. Sedgewick, "Fast algorithms for sorting and searching strings" (1997). The
// children of a node form a binary search tree over their bytes, which hangs at the node's `eq`.
//
//   node     offset  size  meaning
//            ──────  ────  ───────────────────────────────
//                 0     4  siblings of lower bytes, or 0
//                 4     4  eq: the children, or 0
//                 8     4  siblings of higher bytes, or 0
//                12     4  cell of the key that ends here, or 0
//                16     4  upper bound of the weights here and at `eq`, f32
//                20     1  the byte that leads here
//
// The root stands for the empty key, has no siblings and is always there. No other node is without both a cell and
// children. The search trees are not rebalanced: none is higher than the 256 bytes there are.

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

const LOW: usize = 0;
const EQ: usize = 4;
const HIGH: usize = 8;
const CELL: usize = 12;
export const TERNARY_BOUND: usize = 16;
const BYTE: usize = 20;
const NODE_BYTES: u32 = 24;

// @ts-ignore: decorator
@inline
export function ternaryCell(node: usize): usize {
  return load<u32>(node, CELL);
}

/** An unlinked node; 0 when the budget is full. */
export function newTernary(trie: usize, byte: u32): usize {
  const node = take(trie, NODE_BYTES);
  if (!node) return 0;
  store<u64>(node, 0);
  store<u64>(node, 0, HIGH);
  store<f32>(node, -f32.POSITIVE_INFINITY, TERNARY_BOUND);
  store<u32>(node, byte, BYTE);
  countNode(trie, 0, 1);
  return node;
}

/** The child of the lowest byte that is `from` or above. */
export function ternaryChildFrom(node: usize, from: u32): u64 {
  let best: usize = 0;
  let it: usize = load<u32>(node, EQ);
  while (it) {
    if (<u32>load<u8>(it, BYTE) >= from) {
      best = it;
      it = load<u32>(it, LOW);
    } else it = load<u32>(it, HIGH);
  }
  return best ? found(load<u8>(best, BYTE), best) : 0;
}

/** The child of the highest byte that is `to` or below. */
export function ternaryChildBefore(node: usize, to: u32): u64 {
  let best: usize = 0;
  let it: usize = load<u32>(node, EQ);
  while (it) {
    if (<u32>load<u8>(it, BYTE) <= to) {
      best = it;
      it = load<u32>(it, HIGH);
    } else it = load<u32>(it, LOW);
  }
  return best ? found(load<u8>(best, BYTE), best) : 0;
}

/** Where the address of the child of this byte stands, or would. */
// @ts-ignore: decorator
@inline
function linkOf(parent: usize, byte: u32): usize {
  let link = parent + EQ;
  while (true) {
    const it: usize = load<u32>(link);
    if (!it) return link;
    const own = <u32>load<u8>(it, BYTE);
    if (own == byte) return link;
    link = it + (byte < own ? LOW : HIGH);
  }
}

// @ts-ignore: decorator
@inline
export function ternaryChild(node: usize, byte: u32): usize {
  return load<u32>(linkOf(node, byte));
}

/** The node these bytes lead to, or 0. */
export function ternaryFind(trie: usize, at: usize, bytes: u32): usize {
  let node: usize = load<u32>(trie, ROOT);
  for (let end = at + bytes; at < end && node; at++) node = ternaryChild(node, load<u8>(at));
  return node;
}

/** 1 for a new key, 0 for an old one, FULL when the budget is. */
export function ternarySet(trie: usize, at: usize, bytes: u32, value: f64, weight: f64): i32 {
  const flags = flagsOf(trie);
  const bound = boundOf(flags, value, weight);
  const end = at + bytes;
  let node: usize = load<u32>(trie, ROOT);
  while (true) {
    if (load<f32>(node, TERNARY_BOUND) < bound) store<f32>(node, bound, TERNARY_BOUND);
    if (at == end) break;
    const child = ternaryChild(node, load<u8>(at));
    if (!child) break;
    node = child;
    at++;
  }
  let cell = at == end ? ternaryCell(node) : 0;
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
  let chain: usize = 0;
  let last: usize = 0;
  for (let from = end; from > at; from--) {
    const node = newTernary(trie, load<u8>(from - 1));
    if (!node) {
      freeTernary(trie, chain);
      return false;
    }
    store<f32>(node, bound, TERNARY_BOUND);
    if (chain) store<u32>(node, <u32>chain, EQ);
    else last = node;
    chain = node;
  }
  store<u32>(last, <u32>cell, CELL);
  store<u32>(linkOf(parent, byte), <u32>chain);
  return true;
}

/** Deletes the key, or with `all` every key that begins with it; how many. Cannot fail. */
export function ternaryRemove(trie: usize, at: usize, bytes: u32, all: bool): u32 {
  const end = at + bytes;
  const root: usize = load<u32>(trie, ROOT);
  let node = root;
  let stays = root;
  let leads = at;
  for (; at < end; at++) {
    const first: usize = load<u32>(node, EQ);
    if (node == root || ternaryCell(node) || (first && (load<u32>(first, LOW) || load<u32>(first, HIGH)))) {
      stays = node;
      leads = at;
    }
    node = ternaryChild(node, load<u8>(at));
    if (!node) return 0;
  }
  let removed: u32 = 0;
  if (!all || node == root) {
    const cell = ternaryCell(node);
    if (!cell && !all) return 0;
    if (cell) {
      give(trie, cell);
      store<u32>(node, 0, CELL);
      removed = 1;
    }
  }
  if (node == root) {
    if (all) {
      removed += freeTernary(trie, load<u32>(root, EQ));
      store<u32>(root, 0, EQ);
      store<f32>(root, -f32.POSITIVE_INFINITY, TERNARY_BOUND);
    }
  } else if (all || !load<u32>(node, EQ)) {
    removed += freeTernary(trie, unlink(linkOf(stays, load<u8>(leads))));
  }
  if (removed) {
    countEntry(trie, -(<i32>removed));
    changed(trie);
  }
  return removed;
}

/** Takes the node at a link out of its search tree; the node, without siblings. */
function unlink(link: usize): usize {
  const gone: usize = load<u32>(link);
  const low: usize = load<u32>(gone, LOW);
  const high: usize = load<u32>(gone, HIGH);
  if (!low || !high) {
    store<u32>(link, <u32>(low | high));
  } else {
    // The lowest of the higher siblings takes its place.
    let nextLink = gone + HIGH;
    let next = high;
    while (load<u32>(next, LOW)) {
      nextLink = next + LOW;
      next = load<u32>(next, LOW);
    }
    store<u32>(nextLink, load<u32>(next, HIGH));
    store<u32>(next, <u32>low, LOW);
    store<u32>(next, load<u32>(gone, HIGH), HIGH);
    store<u32>(link, <u32>next);
  }
  store<u32>(gone, 0, LOW);
  store<u32>(gone, 0, HIGH);
  return gone;
}

/** Frees a node, its siblings and all below; how many cells there were. The list of what waits is kept in BOUND. */
export function freeTernary(trie: usize, node: usize): u32 {
  let cells: u32 = 0;
  if (node) store<u32>(node, 0, TERNARY_BOUND);
  while (node) {
    let waiting: usize = load<u32>(node, TERNARY_BOUND);
    for (let link = node; link < node + CELL; link += 4) {
      const below: usize = load<u32>(link);
      if (!below) continue;
      store<u32>(below, <u32>waiting, TERNARY_BOUND);
      waiting = below;
    }
    const cell = ternaryCell(node);
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
