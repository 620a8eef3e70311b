// Loading a tree from entries in ascending order: leaves one after the other, then the levels above them, all as
// evenly filled as can be, so that no node is less than half full.
//
// While a tree is being loaded it is empty (root 0) but for its chain of leaves, and where the path would be stand:
//
//   offset  size  meaning
//       40     4  entries of the leaf that is being filled, when it is full
//       44     4  how many leaves are yet to get one entry more
//       48     4  entries so far
//       52     4  why loading stopped: 0, −1 the budget is full, −2 a key is not above the one before

import { costOf, free } from '../../memory/arena/allocator';
import { makeValue } from '../cells';
import { compareBytes, headOfNumber } from '../ordered-keys';
import {
  BYTE_KEYS,
  BYTE_VALUES,
  CAPACITY,
  childAt,
  countAt,
  countOf,
  entryAt,
  headAt,
  INNER_BYTES,
  keyBytesOf,
  keyOf,
  LEAF_BYTES,
  nextOf,
  setBefore,
  setCount,
  setNext,
  slotAt,
  Tree,
} from './layout';
import { renewStem } from './node';
import { freeLeaves, freeNode, makeEntry, newNode } from './tree';

const QUOTA: usize = 40;
const EXTRA: usize = 44;
const LOADED: usize = 48;
const PROBLEM: usize = 52;

const FULL: i32 = -1;
const OUT_OF_ORDER: i32 = -2;

/** Entries or children that loading gives a node where it can: room for some more. */
const FILL: u32 = 56;

/** Nodes for so many things: as few as leave room, but never so many that one is less than half full. */
function nodesFor(things: u32): u32 {
  return things <= CAPACITY ? 1 : (things + FILL - 1) / FILL;
}

/** Prepares an empty tree for `total` entries. */
export function beginLoad(tree: Tree, total: u32): void {
  const address = changetype<usize>(tree);
  const leaves = nodesFor(total);
  store<u32>(address, total / leaves, QUOTA);
  store<u32>(address, total % leaves, EXTRA);
  store<u32>(address, 0, LOADED);
  store<i32>(address, 0, PROBLEM);
}

/** Appends entries, which are f64s or records of (u32 length, bytes). How many went in. */
export function loadEntries(tree: Tree, keys: usize, values: usize, count: u32): u32 {
  const kinds = tree.kinds;
  for (let i: u32 = 0; i < count; i++) {
    const problem = loadEntry(tree, keys, values);
    if (problem) {
      store<i32>(changetype<usize>(tree), problem, PROBLEM);
      return i;
    }
    keys += kinds & BYTE_KEYS ? 4 + load<u32>(keys) : 8;
    values += kinds & BYTE_VALUES ? 4 + load<u32>(values) : 8;
  }
  return count;
}

function loadEntry(tree: Tree, key: usize, value: usize): i32 {
  const kinds = tree.kinds;
  const last: usize = tree.last;
  const byteKeys = (kinds & BYTE_KEYS) != 0;
  const head = byteKeys ? 0 : headOfNumber(load<f64>(key));
  if (last) {
    const index = countOf(last) - 1;
    if (byteKeys) {
      const entry = entryAt(last, index);
      if (compareBytes(keyOf(entry), keyBytesOf(entry), key + 4, load<u32>(key)) >= 0) return OUT_OF_ORDER;
    } else if (load<i64>(headAt(last, index)) >= head) return OUT_OF_ORDER;
  }
  let block: u64 = 0;
  if (kinds & BYTE_VALUES) {
    block = <u64>makeValue(value + 4, load<u32>(value));
    if (!block) return FULL;
  } else {
    block = load<u64>(value);
  }
  const entry = byteKeys ? makeEntry(key + 4, load<u32>(key)) : 0;
  const leaf = !byteKeys || entry ? leafToFill(tree) : 0;
  if (!leaf) {
    if (entry) free(entry);
    if (kinds & BYTE_VALUES) free(<usize>block);
    return FULL;
  }
  if (kinds & BYTE_VALUES) tree.dataBytes += costOf(<usize>block);
  const index = countOf(leaf);
  store<i64>(headAt(leaf, index), head);
  if (entry) {
    tree.dataBytes += costOf(entry);
    store<u64>(entry, block);
    store<u64>(slotAt(leaf, index), <u64>entry);
  } else {
    store<u64>(slotAt(leaf, index), block);
  }
  setCount(leaf, index + 1);
  const address = changetype<usize>(tree);
  store<u32>(address, load<u32>(address, LOADED) + 1, LOADED);
  return 0;
}

/** The last leaf, or a new one behind it when that has what it should. 0 when the budget is full. */
function leafToFill(tree: Tree): usize {
  const address = changetype<usize>(tree);
  const last: usize = tree.last;
  const quota = load<u32>(address, QUOTA);
  const extra = load<u32>(address, EXTRA);
  if (last && countOf(last) < quota + (extra ? 1 : 0)) return last;
  const leaf = newNode(tree, LEAF_BYTES);
  if (!leaf) return 0;
  if (last) {
    if (extra) store<u32>(address, extra - 1, EXTRA);
    setNext(last, leaf);
    setBefore(leaf, last);
  } else {
    tree.first = <u32>leaf;
  }
  tree.last = <u32>leaf;
  return leaf;
}

/** Builds what is above the leaves. When that fails, or loading was broken off, the tree is empty and told why. */
export function endLoad(tree: Tree, broken: bool): i32 {
  const address = changetype<usize>(tree);
  let problem = load<i32>(address, PROBLEM);
  if (!broken && !problem) {
    if (build(tree)) {
      tree.count = load<u32>(address, LOADED);
      tree.version++;
      return 0;
    }
    problem = FULL;
  }
  freeLeaves(tree);
  return problem;
}

/** Level by level, each a chain. False when the budget is full: nothing above the leaves is left then. */
function build(tree: Tree): bool {
  if (!tree.first) return true;
  const byteKeys = (tree.kinds & BYTE_KEYS) != 0;
  for (let leaf: usize = tree.first; byteKeys && leaf; leaf = nextOf(leaf)) renewStem(leaf, 0);
  let level: usize = tree.first;
  let nodes = tree.nodes;
  let height: u32 = 1;
  while (nodes > 1) {
    const parents = nodesFor(nodes);
    const above = newChain(tree, parents);
    if (!above) {
      if (height > 1) freeInners(tree, level, height);
      return false;
    }
    adopt(above, level, nodes / parents, nodes % parents, height == 1, byteKeys);
    level = above;
    nodes = parents;
    height++;
  }
  tree.root = <u32>level;
  tree.height = height;
  return true;
}

/** So many inner nodes, chained; 0 when the budget is full. */
function newChain(tree: Tree, count: u32): usize {
  let first: usize = 0;
  for (let i: u32 = 0; i < count; i++) {
    const node = newNode(tree, INNER_BYTES);
    if (!node) {
      while (first) {
        const next = nextOf(first);
        freeNode(tree, first);
        first = next;
      }
      return 0;
    }
    setNext(node, first);
    first = node;
  }
  return first;
}

/** Gives the nodes of a level to the chain above it. */
function adopt(parent: usize, child: usize, quota: u32, extra: u32, leaves: bool, byteKeys: bool): void {
  for (; parent; parent = nextOf(parent)) {
    const count = quota + (extra ? 1 : 0);
    if (extra) extra--;
    setCount(parent, count);
    for (let i: u32 = 0; i < count; i++) {
      // The first slot's key means nothing to the tree, but it is what the level above needs to know.
      store<i64>(headAt(parent, i), load<i64>(headAt(child, 0)));
      store<u64>(slotAt(parent, i), (byteKeys ? <u64>entryAt(child, 0) : 0) | (<u64>child << 32));
      store<u32>(countAt(parent, i), leaves ? countOf(child) : totalBelow(child));
      child = nextOf(child);
    }
    if (byteKeys) renewStem(parent, 1);
  }
}

function totalBelow(node: usize): u32 {
  let total: u32 = 0;
  for (let i: u32 = 0; i < countOf(node); i++) total += load<u32>(countAt(node, i));
  return total;
}

/** Frees the levels from this chain of inner nodes down to the leaves, which stay. */
function freeInners(tree: Tree, level: usize, height: u32): void {
  while (height > 1) {
    const below = childAt(level, 0);
    for (let node = level; node; ) {
      const next = nextOf(node);
      freeNode(tree, node);
      node = next;
    }
    level = below;
    height--;
  }
}
