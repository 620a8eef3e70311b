// Verification of a whole tree.

import { costOf } from '../../memory/arena/allocator';
import { valueCost } from '../cells';
import { compareBytes, headOfBytes } from '../ordered-keys';
import {
  beforeOf,
  BYTE_KEYS,
  BYTE_VALUES,
  CAPACITY,
  cellAt,
  childAt,
  countAt,
  countOf,
  entryAt,
  headAt,
  keyBytesOf,
  keyOf,
  LEAST,
  MAX_HEIGHT,
  nextOf,
  pathNode,
  setPath,
  skipOf,
  STEM,
  stemOf,
  Tree,
} from './layout';
import { PAD } from './node';

/** 0 when every invariant holds, else the number of the first one broken. O(n). */
export function checkTree(tree: Tree): i32 {
  if (!tree.root) return tree.count || tree.height || tree.first || tree.last || tree.nodes || tree.dataBytes ? 1 : 0;
  if (tree.height < 1 || tree.height > MAX_HEIGHT) return 2;
  // The path's first two cells hold the leaf seen last, the number of nodes and the bytes so far.
  setPath(tree, 0, 0, 0);
  setPath(tree, 1, 0, 0);
  const broken = checkNode(tree, tree.root, tree.height);
  if (broken) return broken;
  if (pathNode(tree, 0) != <usize>tree.last || nextOf(tree.last)) return 3;
  if (load<u32>(changetype<usize>(tree), NODES) != tree.nodes) return 4;
  if (load<u32>(changetype<usize>(tree), BYTES) != <u32>tree.dataBytes) return 5;
  return countBelow(tree.root, tree.height) == tree.count ? 0 : 6;
}

const NODES: usize = 44;
const BYTES: usize = 48;

function add(tree: Tree, cell: usize, change: u32): void {
  const address = changetype<usize>(tree) + cell;
  store<u32>(address, load<u32>(address) + change);
}

function countBelow(node: usize, height: u32): u32 {
  if (height == 1) return countOf(node);
  let total: u32 = 0;
  for (let i: u32 = 0; i < countOf(node); i++) total += load<u32>(countAt(node, i));
  return total;
}

function checkNode(tree: Tree, node: usize, height: u32): i32 {
  const count = countOf(node);
  let least = LEAST;
  if (node == <usize>tree.root) least = height > 1 ? 2 : 1;
  if (count > CAPACITY || count < least) return 7;
  add(tree, NODES, 1);
  add(tree, BYTES, costOf(node));
  const broken = checkKeys(tree, node, height > 1 ? 1 : 0);
  if (broken) return broken;
  if (height == 1) return checkLeaf(tree, node);
  for (let i: u32 = 0; i < count; i++) {
    const child = childAt(node, i);
    if (i && !isLowest(tree, node, i, height)) return 8;
    const below = checkNode(tree, child, height - 1);
    if (below) return below;
    if (load<u32>(countAt(node, i)) != countBelow(child, height - 1)) return 9;
  }
  return 0;
}

function checkKeys(tree: Tree, node: usize, from: u32): i32 {
  const byteKeys = (tree.kinds & BYTE_KEYS) != 0;
  const skip = skipOf(node);
  if (skip > STEM || (skip && !byteKeys)) return 10;
  for (let i = countOf(node); i < CAPACITY; i++) if (load<i64>(headAt(node, i)) != PAD) return 17;
  for (let i = from; i < countOf(node); i++) {
    if (byteKeys) {
      const entry = entryAt(node, i);
      const bytes = keyBytesOf(entry);
      if (bytes < skip || compareBytes(keyOf(entry), skip, stemOf(node), skip) != 0) return 11;
      if (load<i64>(headAt(node, i)) != headOfBytes(keyOf(entry) + skip, bytes - skip)) return 12;
    }
    if (i > from && !ascends(byteKeys, node, i - 1, node, i)) return 13;
  }
  return 0;
}

function ascends(byteKeys: bool, a: usize, i: u32, b: usize, j: u32): bool {
  if (!byteKeys) return load<i64>(headAt(a, i)) < load<i64>(headAt(b, j));
  const x = entryAt(a, i);
  const y = entryAt(b, j);
  return compareBytes(keyOf(x), keyBytesOf(x), keyOf(y), keyBytesOf(y)) < 0;
}

/** Whether a separator is the lowest key below its child. */
function isLowest(tree: Tree, node: usize, index: u32, height: u32): bool {
  let leaf = childAt(node, index);
  for (; height > 2; height--) leaf = childAt(leaf, 0);
  if (tree.kinds & BYTE_KEYS) return entryAt(node, index) == entryAt(leaf, 0);
  return load<i64>(headAt(node, index)) == load<i64>(headAt(leaf, 0));
}

function checkLeaf(tree: Tree, leaf: usize): i32 {
  const kinds = tree.kinds;
  const before = pathNode(tree, 0);
  if (beforeOf(leaf) != before) return 14;
  if (before ? nextOf(before) != leaf : <usize>tree.first != leaf) return 15;
  if (before && !ascends((kinds & BYTE_KEYS) != 0, before, countOf(before) - 1, leaf, 0)) return 16;
  store<u32>(changetype<usize>(tree), <u32>leaf, 40);
  for (let i: u32 = 0; i < countOf(leaf); i++) {
    if (kinds & BYTE_KEYS) add(tree, BYTES, costOf(entryAt(leaf, i)));
    if (kinds & BYTE_VALUES) add(tree, BYTES, valueCost(cellAt(kinds, leaf, i)));
  }
  return 0;
}
