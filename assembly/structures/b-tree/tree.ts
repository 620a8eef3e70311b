// The tree: R. Bayer, E. McCreight, "Organization and maintenance of large ordered indexes" (1972), as a B+ tree: entries
// in leaves that are chained, and above them copies of keys (D. Comer, "The ubiquitous B-tree", 1979), with the number
// of entries below each child.
//
// A key is (head, at, bytes); trees whose keys are numbers use the head alone, those of bytes the bytes alone.

import { alloc, costOf, free } from '../../memory/arena/allocator';
import { copyBytes, equalBytes } from '../../memory/bytes';
import { freeValue, valueCost } from '../cells';
import { headOfBytes } from '../ordered-keys';
import {
  beforeOf,
  BYTE_KEYS,
  BYTE_VALUES,
  CAPACITY,
  cellAt,
  childAt,
  countAt,
  countOf,
  ENTRY_HEADER,
  entryAt,
  headAt,
  INNER_BYTES,
  keyBytesOf,
  keyOf,
  LEAF_BYTES,
  LEAST,
  nextOf,
  pathIndex,
  pathNode,
  setBefore,
  setCount,
  setNext,
  setPath,
  setSkip,
  skipOf,
  slotAt,
  STEM,
  stemOf,
  Tree,
  TREE_BYTES,
} from './layout';
import { append, boundOfBytes, closeGap, fitStem, improveStem, lowerHead, openGap, padHeads, prepend, renewStem, upperHead } from './node';

export function createTree(kinds: u32): usize {
  const address = alloc(TREE_BYTES);
  if (!address) return 0;
  memory.fill(address, 0, TREE_BYTES);
  changetype<Tree>(address).kinds = kinds;
  return address;
}

export function destroyTree(tree: Tree): void {
  clearTree(tree);
  free(changetype<usize>(tree));
}

export function clearTree(tree: Tree): void {
  if (tree.height > 1) freeInner(tree, tree.root, tree.height);
  freeLeaves(tree);
  tree.count = 0;
  tree.height = 0;
  tree.root = 0;
  tree.version++;
}

function freeInner(tree: Tree, node: usize, height: u32): void {
  for (let i: u32 = 0; i < countOf(node) && height > 2; i++) freeInner(tree, childAt(node, i), height - 1);
  freeNode(tree, node);
}

/** Frees the chain of leaves with all that is in them. */
export function freeLeaves(tree: Tree): void {
  for (let leaf: usize = tree.first; leaf; ) {
    const next = nextOf(leaf);
    freeEntries(tree, leaf, 0, countOf(leaf));
    freeNode(tree, leaf);
    leaf = next;
  }
  tree.first = 0;
  tree.last = 0;
}

function freeEntries(tree: Tree, leaf: usize, from: u32, end: u32): void {
  const kinds = tree.kinds;
  if (!(kinds & (BYTE_KEYS | BYTE_VALUES))) return;
  for (let i = from; i < end; i++) {
    if (kinds & BYTE_VALUES) {
      tree.dataBytes -= valueCost(cellAt(kinds, leaf, i));
      freeValue(cellAt(kinds, leaf, i));
    }
    if (kinds & BYTE_KEYS) {
      tree.dataBytes -= costOf(entryAt(leaf, i));
      free(entryAt(leaf, i));
    }
  }
}

export function newNode(tree: Tree, bytes: u32): usize {
  const node = alloc(bytes);
  if (!node) return 0;
  setCount(node, 0);
  setNext(node, 0);
  setBefore(node, 0);
  setSkip(node, 0);
  padHeads(node, CAPACITY);
  tree.nodes++;
  tree.dataBytes += costOf(node);
  return node;
}

export function freeNode(tree: Tree, node: usize): void {
  tree.nodes--;
  tree.dataBytes -= costOf(node);
  free(node);
}

// ── Descents ──────────────────────────────────────────────────────────────────────────────────────

/** Address of the number's cell, or 0. O(log n). */
export function findNumber(tree: Tree, head: i64): usize {
  let node: usize = tree.root;
  if (!node) return 0;
  for (let level = tree.height; level > 1; level--) node = childAt(node, upperHead(node, 1, head) - 1);
  const index = lowerHead(node, 0, head);
  return index < countOf(node) && load<i64>(headAt(node, index)) == head ? slotAt(node, index) : 0;
}

/** Address of the key's entry, which begins with its cell, or 0. O(log n). */
export function findBytes(tree: Tree, at: usize, bytes: u32): usize {
  let node: usize = tree.root;
  if (!node) return 0;
  for (let level = tree.height; level > 1; level--) {
    node = childAt(node, boundOfBytes(node, 1, at, bytes, true) - 1);
  }
  const index = boundOfBytes(node, 0, at, bytes, false);
  return index < countOf(node) && hasKey(entryAt(node, index), at, bytes) ? entryAt(node, index) : 0;
}

// @ts-ignore: decorator
@inline
function hasKey(entry: usize, at: usize, bytes: u32): bool {
  return keyBytesOf(entry) == bytes && equalBytes(keyOf(entry), at, bytes);
}

/** Goes to the leaf where the key is or would be, leaving the path. The tree must not be empty. */
export function trace(tree: Tree, head: i64, at: usize, bytes: u32): usize {
  let node: usize = tree.root;
  const byteKeys = tree.kinds & BYTE_KEYS;
  const inner = tree.height - 1;
  for (let depth: u32 = 0; depth < inner; depth++) {
    const index = (byteKeys ? boundOfBytes(node, 1, at, bytes, true) : upperHead(node, 1, head)) - 1;
    setPath(tree, depth, node, index);
    node = childAt(node, index);
  }
  return node;
}

/** Index in the leaf of the first key that is not below this one. */
// @ts-ignore: decorator
@inline
export function placeIn(tree: Tree, leaf: usize, head: i64, at: usize, bytes: u32): u32 {
  return tree.kinds & BYTE_KEYS ? boundOfBytes(leaf, 0, at, bytes, false) : lowerHead(leaf, 0, head);
}

/** Whether the key stands at an index of a leaf. */
// @ts-ignore: decorator
@inline
export function isAt(tree: Tree, leaf: usize, index: u32, head: i64, at: usize, bytes: u32): bool {
  if (index >= countOf(leaf)) return false;
  if (tree.kinds & BYTE_KEYS) return hasKey(entryAt(leaf, index), at, bytes);
  return load<i64>(headAt(leaf, index)) == head;
}

/** How many keys are below this one, or, with `orEqual`, not above it. O(log n). */
export function rankOf(tree: Tree, head: i64, at: usize, bytes: u32, orEqual: bool): u32 {
  let node: usize = tree.root;
  if (!node) return 0;
  const byteKeys = tree.kinds & BYTE_KEYS;
  let rank: u32 = 0;
  for (let level = tree.height; level > 1; level--) {
    const index = (byteKeys ? boundOfBytes(node, 1, at, bytes, true) : upperHead(node, 1, head)) - 1;
    for (let i: u32 = 0; i < index; i++) rank += load<u32>(countAt(node, i));
    node = childAt(node, index);
  }
  if (byteKeys) return rank + boundOfBytes(node, 0, at, bytes, orEqual);
  return rank + (orEqual ? upperHead(node, 0, head) : lowerHead(node, 0, head));
}

/** Goes to the leaf of an index of the order, leaving the path. Returns (index in the leaf << 32) | leaf. */
export function traceIndex(tree: Tree, index: u32): u64 {
  let node: usize = tree.root;
  const inner = tree.height - 1;
  for (let depth: u32 = 0; depth < inner; depth++) {
    let child: u32 = 0;
    for (let below = load<u32>(countAt(node, 0)); index >= below; below = load<u32>(countAt(node, child))) {
      index -= below;
      child++;
    }
    setPath(tree, depth, node, child);
    node = childAt(node, child);
  }
  return (<u64>index << 32) | <u64>node;
}

// ── Insertion ─────────────────────────────────────────────────────────────────────────────────────

/**
 * Makes a place for a key that is absent, at an index of the leaf that `trace` went to; the tree may be empty, the leaf
 * is then 0. Address of its cell, whose contents are undefined, or 0 when the budget is full: the tree is then as it was.
 */
export function insert(tree: Tree, leaf: usize, index: u32, head: i64, at: usize, bytes: u32): usize {
  let entry: usize = 0;
  if (tree.kinds & BYTE_KEYS) {
    entry = makeEntry(at, bytes);
    if (!entry) return 0;
  }
  let spare: usize = 0;
  if (!leaf || countOf(leaf) == CAPACITY) {
    spare = spareNodes(tree);
    if (!spare) {
      if (entry) free(entry);
      return 0;
    }
  }
  if (entry) tree.dataBytes += costOf(entry);
  let cell: usize;
  if (!leaf) cell = plant(tree, spare, head, entry);
  else if (!spare) {
    cell = putInLeaf(leaf, index, head, entry);
    countPath(tree, tree.height - 1, 1);
  } else cell = insertSplitting(tree, leaf, index, head, entry, spare);
  tree.count++;
  tree.version++;
  return cell;
}

/** An entry with its key and an undefined cell. */
export function makeEntry(at: usize, bytes: u32): usize {
  if (bytes > 0xffff_0000) return 0;
  const entry = alloc(ENTRY_HEADER + bytes);
  if (!entry) return 0;
  store<u32>(entry, bytes, 8);
  copyBytes(keyOf(entry), at, bytes);
  return entry;
}

/** All the nodes that splitting the leaf of the path will take, chained by their first words, the leaf first; or 0. */
function spareNodes(tree: Tree): usize {
  const leaf = newNode(tree, LEAF_BYTES);
  if (!leaf || !tree.height) return leaf;
  let depth = tree.height - 1;
  let spare: usize = 0;
  let needed: u32 = 0;
  while (depth && countOf(pathNode(tree, depth - 1)) == CAPACITY) {
    needed++;
    depth--;
  }
  if (!depth) needed++;
  for (; needed; needed--) {
    const inner = newNode(tree, INNER_BYTES);
    if (!inner) {
      while (spare) {
        const next: usize = load<u32>(spare);
        freeNode(tree, spare);
        spare = next;
      }
      freeNode(tree, leaf);
      return 0;
    }
    store<u32>(inner, <u32>spare);
    spare = inner;
  }
  store<u32>(leaf, <u32>spare);
  return leaf;
}

/** The first leaf of an empty tree. */
function plant(tree: Tree, leaf: usize, head: i64, entry: usize): usize {
  setCount(leaf, 0);
  tree.root = <u32>leaf;
  tree.first = <u32>leaf;
  tree.last = <u32>leaf;
  tree.height = 1;
  return putInLeaf(leaf, 0, head, entry);
}

/** Puts a key into a leaf that has room. Address of its cell. */
function putInLeaf(leaf: usize, index: u32, head: i64, entry: usize): usize {
  if (entry) {
    fitStem(leaf, 0, keyOf(entry), keyBytesOf(entry));
    const skip = skipOf(leaf);
    head = headOfBytes(keyOf(entry) + skip, keyBytesOf(entry) - skip);
  }
  openGap(leaf, index, false);
  store<i64>(headAt(leaf, index), head);
  if (!entry) return slotAt(leaf, index);
  store<u64>(slotAt(leaf, index), <u64>entry);
  return entry;
}

/** Adds to the counts on the path above depth `end`. */
function countPath(tree: Tree, end: u32, change: i32): void {
  for (let depth: u32 = 0; depth < end; depth++) {
    const cell = countAt(pathNode(tree, depth), pathIndex(tree, depth));
    store<u32>(cell, load<u32>(cell) + change);
  }
}

/** Splits the full leaf, puts the key into one of the halves, and splits upwards as far as nodes are full. */
function insertSplitting(tree: Tree, leaf: usize, index: u32, head: i64, entry: usize, spare: usize): usize {
  const byteKeys = entry != 0;
  const right = spare;
  spare = load<u32>(right);
  splitLeaf(tree, leaf, right, byteKeys);
  const cell =
    index <= LEAST ? putInLeaf(leaf, index, head, entry) : putInLeaf(right, index - LEAST, head, entry);
  // What goes up: a node, what is below it, and its lowest key.
  let risen = right;
  let below = countOf(right);
  let separator = load<i64>(headAt(right, 0));
  let lowest: usize = byteKeys ? entryAt(right, 0) : 0;
  let depth = tree.height - 1;
  while (depth) {
    depth--;
    const parent = pathNode(tree, depth);
    const child = pathIndex(tree, depth);
    store<u32>(countAt(parent, child), load<u32>(countAt(parent, child)) + 1 - below);
    if (countOf(parent) < CAPACITY) {
      putInInner(parent, child + 1, separator, lowest, risen, below);
      countPath(tree, depth, 1);
      return cell;
    }
    const uncle = spare;
    spare = load<u32>(uncle);
    setCount(uncle, 0);
    append(uncle, parent, LEAST, CAPACITY - LEAST, true);
    setCount(parent, LEAST);
    padHeads(parent, CAPACITY);
    const promoted = load<i64>(headAt(uncle, 0));
    const promotedEntry: usize = byteKeys ? entryAt(uncle, 0) : 0;
    if (byteKeys) {
      copyStem(uncle, parent);
      improveStem(parent, 1);
      improveStem(uncle, 1);
    }
    if (child < LEAST) putInInner(parent, child + 1, separator, lowest, risen, below);
    else putInInner(uncle, child + 1 - LEAST, separator, lowest, risen, below);
    separator = promoted;
    lowest = promotedEntry;
    risen = uncle;
    below = totalOf(uncle);
  }
  raiseRoot(tree, spare, separator, lowest, risen, below);
  return cell;
}

function splitLeaf(tree: Tree, leaf: usize, right: usize, byteKeys: bool): void {
  setCount(right, 0);
  append(right, leaf, LEAST, CAPACITY - LEAST, false);
  setCount(leaf, LEAST);
  padHeads(leaf, CAPACITY);
  linkAfter(tree, leaf, right);
  if (!byteKeys) return;
  copyStem(right, leaf);
  improveStem(leaf, 0);
  improveStem(right, 0);
}

function copyStem(to: usize, from: usize): void {
  setSkip(to, skipOf(from));
  memory.copy(stemOf(to), stemOf(from), STEM);
}

function linkAfter(tree: Tree, leaf: usize, fresh: usize): void {
  const next = nextOf(leaf);
  setNext(fresh, next);
  setBefore(fresh, leaf);
  setNext(leaf, fresh);
  if (next) setBefore(next, fresh);
  else tree.last = <u32>fresh;
}

function unlink(tree: Tree, leaf: usize): void {
  const next = nextOf(leaf);
  const before = beforeOf(leaf);
  if (before) setNext(before, next);
  else tree.first = <u32>next;
  if (next) setBefore(next, before);
  else tree.last = <u32>before;
}

/** Puts a child into an inner node that has room. */
function putInInner(node: usize, index: u32, separator: i64, lowest: usize, child: usize, below: u32): void {
  openGap(node, index, true);
  store<u64>(slotAt(node, index), <u64>lowest | (<u64>child << 32));
  store<u32>(countAt(node, index), below);
  setSeparator(node, index, separator, lowest);
}

/** Writes the key of a child, number or entry. */
function setSeparator(node: usize, index: u32, separator: i64, lowest: usize): void {
  store<u32>(slotAt(node, index), <u32>lowest);
  if (lowest) {
    fitStem(node, 1, keyOf(lowest), keyBytesOf(lowest));
    const skip = skipOf(node);
    separator = headOfBytes(keyOf(lowest) + skip, keyBytesOf(lowest) - skip);
  }
  store<i64>(headAt(node, index), separator);
}

function totalOf(node: usize): u32 {
  let total: u32 = 0;
  for (let i: u32 = 0; i < countOf(node); i++) total += load<u32>(countAt(node, i));
  return total;
}

/** A new root over the old one and what rose beside it. */
function raiseRoot(tree: Tree, root: usize, separator: i64, lowest: usize, risen: usize, below: u32): void {
  setCount(root, 1);
  store<u64>(headAt(root, 0), 0);
  store<u64>(slotAt(root, 0), <u64>tree.root << 32);
  store<u32>(countAt(root, 0), tree.count + 1 - below);
  if (lowest) fitStem(root, 1, keyOf(lowest), keyBytesOf(lowest));
  putInInner(root, 1, separator, lowest, risen, below);
  tree.root = <u32>root;
  tree.height++;
}

// ── Removal ───────────────────────────────────────────────────────────────────────────────────────

/** Removes `gone` entries of the leaf of the path, from an index on, and puts the tree in order again. */
export function removeFrom(tree: Tree, leaf: usize, index: u32, gone: u32): void {
  const depth = tree.height - 1;
  const all = gone == countOf(leaf);
  // The separator above may be one of the entries that go: it is replaced before they are freed.
  if (!index && !all) replaceLowest(tree, depth, load<i64>(headAt(leaf, gone)), tree.kinds & BYTE_KEYS ? entryAt(leaf, gone) : 0);
  freeEntries(tree, leaf, index, index + gone);
  closeGap(leaf, index, gone, false);
  countPath(tree, depth, -<i32>gone);
  tree.count -= gone;
  tree.version++;
  if (all) dropLeaf(tree, leaf);
  else if (countOf(leaf) < LEAST && depth) fill(tree, depth - 1);
}

/** The lowest key below the path's node at `depth` is now this one: the separator that says so is the first above it. */
function replaceLowest(tree: Tree, depth: u32, separator: i64, lowest: usize): void {
  while (depth) {
    depth--;
    if (pathIndex(tree, depth)) {
      setSeparator(pathNode(tree, depth), pathIndex(tree, depth), separator, lowest);
      return;
    }
  }
}

/** Takes an empty leaf out of the tree. */
function dropLeaf(tree: Tree, leaf: usize): void {
  unlink(tree, leaf);
  freeNode(tree, leaf);
  if (tree.height == 1) {
    tree.root = 0;
    tree.height = 0;
    return;
  }
  const depth = tree.height - 2;
  const parent = pathNode(tree, depth);
  const child = pathIndex(tree, depth);
  // Without its first child, the parent's lowest key is that of the second.
  if (!child) replaceLowest(tree, depth, load<i64>(headAt(parent, 1)), entryAt(parent, 1));
  closeGap(parent, child, 1, true);
  mend(tree, depth);
}

/** After the path's inner node at `depth` lost a child: it may be too small, or a root of one child. */
function mend(tree: Tree, depth: u32): void {
  const node = pathNode(tree, depth);
  if (depth) {
    if (countOf(node) < LEAST) fill(tree, depth - 1);
  } else if (countOf(node) == 1) {
    tree.root = <u32>childAt(node, 0);
    tree.height--;
    freeNode(tree, node);
  }
}

/** The path's child of the inner node at `depth` is too small: it is merged with a neighbour, or takes from it. */
function fill(tree: Tree, depth: u32): void {
  const parent = pathNode(tree, depth);
  const child = pathIndex(tree, depth);
  const first = child ? child - 1 : 0;
  const left = childAt(parent, first);
  const right = childAt(parent, first + 1);
  const inner = depth + 2 < tree.height;
  const byteKeys = (tree.kinds & BYTE_KEYS) != 0;
  if (inner) {
    // The first child's key, which means nothing where it stands, is known above.
    store<i64>(headAt(right, 0), load<i64>(headAt(parent, first + 1)));
    store<u32>(slotAt(right, 0), load<u32>(slotAt(parent, first + 1)));
  }
  const total = countOf(left) + countOf(right);
  if (total <= CAPACITY) {
    append(left, right, 0, countOf(right), inner);
    if (byteKeys) renewStem(left, inner ? 1 : 0);
    if (!inner) unlink(tree, right);
    freeNode(tree, right);
    store<u32>(countAt(parent, first), load<u32>(countAt(parent, first)) + load<u32>(countAt(parent, first + 1)));
    closeGap(parent, first + 1, 1, true);
    mend(tree, depth);
    return;
  }
  share(left, right, total >> 1, inner);
  if (byteKeys) {
    renewStem(left, inner ? 1 : 0);
    renewStem(right, inner ? 1 : 0);
  }
  const below = inner ? totalOf(left) : countOf(left);
  store<u32>(countAt(parent, first + 1), load<u32>(countAt(parent, first)) + load<u32>(countAt(parent, first + 1)) - below);
  store<u32>(countAt(parent, first), below);
  setSeparator(parent, first + 1, load<i64>(headAt(right, 0)), byteKeys ? entryAt(right, 0) : 0);
}

/** Moves things between neighbours until the left one has `wanted`. */
function share(left: usize, right: usize, wanted: u32, inner: bool): void {
  const own = countOf(left);
  if (own < wanted) {
    append(left, right, 0, wanted - own, inner);
    closeGap(right, 0, wanted - own, inner);
  } else {
    prepend(right, left, wanted, own - wanted, inner);
    setCount(left, wanted);
    padHeads(left, own);
  }
}
