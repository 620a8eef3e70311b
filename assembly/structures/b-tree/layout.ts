// The layout of a B-tree. Everything is an address in the arena; 0 means none.
//
// Tree, 168 bytes
//
//   offset  size  meaning
//        0     4  kinds: bit 0, keys are bytes; bit 1, values are bytes
//        4     4  count of entries
//        8     4  version: changes with every change
//       12     4  height: 0 empty, 1 the root is a leaf
//       16     4  root
//       20     4  first leaf
//       24     4  last leaf
//       28     4  nodes, leaves included
//       32     8  bytes of nodes, entries and values, allocator headers included
//       40   128  path of the last descent, 16 × (u32 inner node, u32 index of its child), the root first;
//                 while entries are loaded, the state of that
//
// Node: a leaf has 1072 bytes, an inner node 1328
//
//   offset  size  meaning
//        0     4  n: entries of a leaf, children of an inner node; at most 64, at least 32 but in the root
//        4     4  leaf: next leaf
//        8     4  leaf: leaf before
//       12     4  S, bytes of the stem; 0 with keys that are numbers
//       16    32  stem: the first S bytes, which all keys of the node share
//       48 64·8   heads of the keys behind the stem (../ordered-keys.ts); behind the last one, the highest i64
//      560 64·8   leaf:  with number keys the cell of the value (../cells.ts), else u32 entry, u32 zero
//                 inner: u32 entry (0 with number keys), u32 child
//     1072 64·4   inner: entries below each child
//
// Separator i of an inner node, i ≥ 1, is the lowest key below child i: with byte keys the very entry. What stands at 0
// means nothing.
//
// Entry of a byte key: its cell, 8 bytes; u32 length; the key.
//
// Invariants, verified by `checkTree`: keys ascend; all leaves are at one depth; nodes but the root are half full at
// least; counts, stems, heads and the chain of leaves are true.

export const BYTE_KEYS: u32 = 1;
export const BYTE_VALUES: u32 = 2;

/** Entries of a leaf and children of an inner node, at most. */
export const CAPACITY: u32 = 64;
export const LEAST: u32 = CAPACITY / 2;
/** Bytes a stem has, at most. */
export const STEM: u32 = 32;
/** 32 to the power of the levels but the root's is no more than 2^32. */
export const MAX_HEIGHT: u32 = 8;

@unmanaged
export class Tree {
  kinds: u32;
  count: u32;
  version: u32;
  height: u32;
  root: u32;
  first: u32;
  last: u32;
  nodes: u32;
  dataBytes: u64;
}

const PATH: usize = 40;
export const TREE_BYTES: u32 = 168;

const NEXT: usize = 4;
const BEFORE: usize = 8;
const SKIP: usize = 12;
const STEM_AT: usize = 16;
const HEADS: usize = 48;
const SLOTS: usize = HEADS + CAPACITY * 8;
const COUNTS: usize = SLOTS + CAPACITY * 8;
export const LEAF_BYTES: u32 = <u32>COUNTS;
export const INNER_BYTES: u32 = <u32>COUNTS + CAPACITY * 4;
const CHILD: usize = 4;

// @ts-ignore: decorator
@inline
export function pathNode(tree: Tree, depth: u32): usize {
  return load<u32>(changetype<usize>(tree) + (<usize>depth << 3), PATH);
}

// @ts-ignore: decorator
@inline
export function pathIndex(tree: Tree, depth: u32): u32 {
  return load<u32>(changetype<usize>(tree) + (<usize>depth << 3), PATH + 4);
}

// @ts-ignore: decorator
@inline
export function setPath(tree: Tree, depth: u32, node: usize, index: u32): void {
  store<u32>(changetype<usize>(tree) + (<usize>depth << 3), <u32>node, PATH);
  store<u32>(changetype<usize>(tree) + (<usize>depth << 3), index, PATH + 4);
}

// @ts-ignore: decorator
@inline
export function countOf(node: usize): u32 {
  return load<u32>(node);
}

// @ts-ignore: decorator
@inline
export function setCount(node: usize, count: u32): void {
  store<u32>(node, count);
}

// @ts-ignore: decorator
@inline
export function nextOf(node: usize): usize {
  return load<u32>(node, NEXT);
}

// @ts-ignore: decorator
@inline
export function setNext(node: usize, next: usize): void {
  store<u32>(node, <u32>next, NEXT);
}

// @ts-ignore: decorator
@inline
export function beforeOf(node: usize): usize {
  return load<u32>(node, BEFORE);
}

// @ts-ignore: decorator
@inline
export function setBefore(node: usize, before: usize): void {
  store<u32>(node, <u32>before, BEFORE);
}

// @ts-ignore: decorator
@inline
export function skipOf(node: usize): u32 {
  return load<u32>(node, SKIP);
}

// @ts-ignore: decorator
@inline
export function setSkip(node: usize, bytes: u32): void {
  store<u32>(node, bytes, SKIP);
}

// @ts-ignore: decorator
@inline
export function stemOf(node: usize): usize {
  return node + STEM_AT;
}

/** Address of head number `index`. */
// @ts-ignore: decorator
@inline
export function headAt(node: usize, index: u32): usize {
  return node + HEADS + (<usize>index << 3);
}

/** Address of slot number `index`. */
// @ts-ignore: decorator
@inline
export function slotAt(node: usize, index: u32): usize {
  return node + SLOTS + (<usize>index << 3);
}

/** The entry of a slot; only with byte keys. */
// @ts-ignore: decorator
@inline
export function entryAt(node: usize, index: u32): usize {
  return load<u32>(slotAt(node, index));
}

// @ts-ignore: decorator
@inline
export function childAt(node: usize, index: u32): usize {
  return load<u32>(slotAt(node, index), CHILD);
}

/** Address of the count below child number `index`. */
// @ts-ignore: decorator
@inline
export function countAt(node: usize, index: u32): usize {
  return node + COUNTS + (<usize>index << 2);
}

// Entries.

export const ENTRY_HEADER: u32 = 12;

// @ts-ignore: decorator
@inline
export function keyBytesOf(entry: usize): u32 {
  return load<u32>(entry, 8);
}

// @ts-ignore: decorator
@inline
export function keyOf(entry: usize): usize {
  return entry + ENTRY_HEADER;
}

/** The cell of a leaf's entry. */
// @ts-ignore: decorator
@inline
export function cellAt(kinds: u32, leaf: usize, index: u32): usize {
  return kinds & BYTE_KEYS ? entryAt(leaf, index) : slotAt(leaf, index);
}
