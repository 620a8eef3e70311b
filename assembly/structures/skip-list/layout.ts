// The layout of a skip list. Everything is an address in the arena; 0 means none.
//
// List, 72 bytes (104 with the index of a sorted set)
//
//   offset  size  meaning
//        0     4  kinds: bit 0, keys are bytes; bit 1, values are bytes; bit 2, a sorted set
//        4     4  count of nodes
//        8     4  version: changes with every change
//       12     4  levels in use, at least 1
//       16     8  state of the generator of levels
//       24     8  seed it began from
//       32     8  p, f64
//       40     4  p as a share of 2^32
//       44     4  head: the block in front of the first node
//       48     4  levels the head has room for
//       52     4  tail: the last node, or 0
//       56     8  bytes of nodes and values, allocator headers included
//       64     8  zero
//       72    12  member index of a sorted set; see member-index.ts
//
// Node                                         Head
//
//   offset  size  meaning                        the same, its key and cell unused, and behind its R links
//        0     8  head of the key, i64           R × 8 bytes of path: u32 node, u32 rank. The path is where the
//        8     8  cell: the value (cells.ts);    last descent went: at each level the last node before the key,
//                 a sorted set's score, f64      and how many nodes lie up to it.
//       16     4  node before, or 0
//       20     4  L, levels of this node
//       24   8·L  links, lowest first: u32 next node, u32 span: how many nodes further that is
//        …     8  sorted set: u32 next in the bucket, u32 hash
//        …     4  byte keys, sorted set: bytes of key or member
//        …     …  the key or member
//
// Invariants, verified by `checkList`: keys ascend; a level's nodes are those of the level below that have it; a link's
// span is the distance at the lowest level, and for the last of a level the distance to the end; `before` links mirror
// the lowest level.

export const BYTE_KEYS: u32 = 1;
export const BYTE_VALUES: u32 = 2;
export const SORTED_SET: u32 = 4;

export const MAX_LEVELS: u32 = 32;
export const LIST_BYTES: u32 = 72;

@unmanaged
export class List {
  kinds: u32;
  count: u32;
  version: u32;
  levels: u32;
  random: u64;
  seed: u64;
  p: f64;
  threshold: u32;
  head: u32;
  room: u32;
  tail: u32;
  dataBytes: u64;
}

const CELL: usize = 8;
const BEFORE: usize = 16;
const LEVELS: usize = 20;
const LINKS: usize = 24;
const SPAN: usize = 4;

// @ts-ignore: decorator
@inline
export function keyHead(node: usize): i64 {
  return load<i64>(node);
}

// @ts-ignore: decorator
@inline
export function setKeyHead(node: usize, head: i64): void {
  store<i64>(node, head);
}

// @ts-ignore: decorator
@inline
export function cellOf(node: usize): usize {
  return node + CELL;
}

// @ts-ignore: decorator
@inline
export function before(node: usize): usize {
  return load<u32>(node, BEFORE);
}

// @ts-ignore: decorator
@inline
export function setBefore(node: usize, other: usize): void {
  store<u32>(node, <u32>other, BEFORE);
}

// @ts-ignore: decorator
@inline
export function levelsOf(node: usize): u32 {
  return load<u32>(node, LEVELS);
}

// @ts-ignore: decorator
@inline
export function setLevels(node: usize, levels: u32): void {
  store<u32>(node, levels, LEVELS);
}

// @ts-ignore: decorator
@inline
export function nextAt(node: usize, level: u32): usize {
  return load<u32>(node + (<usize>level << 3), LINKS);
}

// @ts-ignore: decorator
@inline
export function spanAt(node: usize, level: u32): u32 {
  return load<u32>(node + (<usize>level << 3), LINKS + SPAN);
}

// @ts-ignore: decorator
@inline
export function setLink(node: usize, level: u32, next: usize, span: u32): void {
  store<u32>(node + (<usize>level << 3), <u32>next, LINKS);
  store<u32>(node + (<usize>level << 3), span, LINKS + SPAN);
}

/** Bytes of a head with room for so many levels, its path included. */
// @ts-ignore: decorator
@inline
export function headBytes(levels: u32): u32 {
  return <u32>LINKS + (levels << 4);
}

// @ts-ignore: decorator
@inline
function pathCell(list: List, level: u32): usize {
  return <usize>list.head + LINKS + (<usize>(list.room + level) << 3);
}

// @ts-ignore: decorator
@inline
export function pathNode(list: List, level: u32): usize {
  return load<u32>(pathCell(list, level));
}

// @ts-ignore: decorator
@inline
export function pathRank(list: List, level: u32): u32 {
  return load<u32>(pathCell(list, level), 4);
}

// @ts-ignore: decorator
@inline
export function setPath(list: List, level: u32, node: usize, rank: u32): void {
  store<u32>(pathCell(list, level), <u32>node);
  store<u32>(pathCell(list, level), rank, 4);
}

/** Bytes of a node in front of its key. */
// @ts-ignore: decorator
@inline
function keyOffset(kinds: u32, levels: u32): u32 {
  return <u32>LINKS + (levels << 3) + (kinds & SORTED_SET ? 12 : 4);
}

export function nodeBytes(kinds: u32, levels: u32, bytes: u32): u32 {
  return kinds & (BYTE_KEYS | SORTED_SET) ? keyOffset(kinds, levels) + bytes : <u32>LINKS + (levels << 3);
}

/** Address of a node's key bytes; only of byte keys and members. */
// @ts-ignore: decorator
@inline
export function keyAt(kinds: u32, node: usize): usize {
  return node + keyOffset(kinds, levelsOf(node));
}

/** The length stands just before the bytes. */
// @ts-ignore: decorator
@inline
export function keyLength(key: usize): u32 {
  return load<u32>(key - 4);
}

// @ts-ignore: decorator
@inline
export function setKeyLength(key: usize, bytes: u32): void {
  store<u32>(key - 4, bytes);
}

/** Where a member's node keeps the next of its bucket and its hash. */
// @ts-ignore: decorator
@inline
export function chainOf(node: usize): usize {
  return node + LINKS + (<usize>levelsOf(node) << 3);
}
