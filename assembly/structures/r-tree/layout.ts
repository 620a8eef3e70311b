// Where everything stands in an R*-tree.
//
// Header, HEADER_BYTES:
//
//   offset  size  meaning
//        0     4  count: entries in the tree
//        4     4  height: levels, at least 1; leaves are level 0
//        8     4  root: address of a node
//       12     4  nodes: nodes of the tree
//       16     4  spare: first of the list of nodes kept for later, or 0
//       20     4  spares: nodes in that list
//       24     4  sparse: 1 once a node had to stay emptier than LEAST, because the arena was full
//       28     4  work: address of the work block, or 0
//       32     4  queue: address of the queue of `nearest`, or 0
//       36     4  queueCapacity: entries of that queue, see nearest.ts of the shelf
//       40     4  settled: bit per level, set where an overflow of this operation splits instead of reinserting
//       44     4  depth: level at which an interrupted traversal goes on, + 1; 0 when there is none
//       48   128  path: for each level u32 node, u32 index of an entry or mask of those still to visit
//      176   128  scores: an f64 for each entry of the node that is looked at
//      304   128  sizes: the same
//
// Node, NODE_BYTES, each array 16 long, so that scanning a node is a streaming compare of two entries at a time:
//
//   ┌ minX f64 ×16 ┬ minY f64 ×16 ┬ maxX f64 ×16 ┬ maxY f64 ×16 ┬ refs u32 ×16 ┬ count u32 ┬ level u32 ┐
//
// A ref is the caller's id in a leaf, a node's address above. Where no entry stands all four coordinates are NaN: no
// comparison finds them and no minimum takes them, so that no loop needs the count. A node and its allocation's header
// take whole cache lines.
//
// Work block, WORK_BYTES, of which only insertions into full nodes and removals have need:
//
//        0   576  boxes: minX, minY, maxX, maxY, each 18 long: the entries of a node that overflows
//      576    72  refs of those entries
//      648    72  order: indices, as the best distribution has them
//      720    72  trial: indices, as the one that is looked at has them
//      792  1088  bounds: for each n, the box of the first n + 1 entries and that of the last n + 1: 2 × 17 × 32
//     1880  2560  pending: entries that wait for insertion, 64 × (box 32, ref u32, level u32)
//     4440     4  pendingCount
//
// Invariants (`check` verifies them): all leaves are level 0; the box of an entry above the leaves is the least that
// holds its node's entries; every node but the root holds LEAST entries or more, and a root above the leaves two.

export const COUNT: usize = 0;
export const HEIGHT: usize = 4;
export const ROOT: usize = 8;
export const NODES: usize = 12;
export const SPARE: usize = 16;
export const SPARES: usize = 20;
export const SPARSE: usize = 24;
export const WORK: usize = 28;
export const QUEUE: usize = 32;
export const QUEUE_CAPACITY: usize = 36;
export const SETTLED: usize = 40;
export const DEPTH: usize = 44;
export const PATH: usize = 48;
export const SCORES: usize = 176;
export const SIZES: usize = 304;
export const HEADER_BYTES: u32 = 432;

export const MOST: u32 = 16;
/** 40 % of the most, as the paper advises. */
export const LEAST: u32 = 6;
/** 30 % of an overflowing node are inserted anew. */
export const REINSERTED: u32 = 5;
/** Nodes of a full arena, six a node, make no more levels. */
export const MAX_HEIGHT: u32 = 12;

export const MIN_X: usize = 0;
export const MIN_Y: usize = 128;
export const MAX_X: usize = 256;
export const MAX_Y: usize = 384;
export const REFS: usize = 512;
export const SIZE: usize = 576;
export const LEVEL: usize = 580;
export const NODE_BYTES: u32 = 636;
export const LINE_BYTES: u32 = 64;

export const W_MIN_X: usize = 0;
export const W_MIN_Y: usize = 144;
export const W_MAX_X: usize = 288;
export const W_MAX_Y: usize = 432;
export const W_REFS: usize = 576;
export const W_ORDER: usize = 648;
export const W_TRIAL: usize = 720;
export const W_BOUNDS: usize = 792;
/** Bytes from the boxes of the first to those of the last. */
export const W_LASTS: usize = 544;
export const PENDING: usize = 1880;
export const PENDING_BYTES: usize = 40;
export const PENDING_COUNT: usize = 4440;
export const WORK_BYTES: u32 = 4448;
