// Where everything stands in a point-region quadtree.
//
// Header, HEADER_BYTES:
//
//   offset  size  meaning
//        0     4  count: points in the tree
//        4     4  capacity: points of a bucket
//        8     4  maxDepth: quadrants of this depth are not divided
//       12     4  root: ref
//       16     4  inners: inner nodes
//       20     4  buckets
//       24     4  depth: frames of an interrupted traversal; 0 when there is none
//       28     4  chain: bucket at which it goes on, + 1 where all of it is wanted; 0 where it goes on with the last frame
//       32     4  queue: address of the queue of `nearest`, or 0; see nearest.ts of the shelf
//       36     4  queueCapacity
//       40     4  cursor: address of what is read next, while a tree is built or dumped
//       44     4  cursor2: the same, of another array
//       48    32  bounds: minX, minY, maxX, maxY
//       80   256  frames: for each depth u32 inner node, u32 next quadrant, + 8 where all below is wanted
//
// A ref is 0 for an empty quadrant, the address of an inner node, or that of a bucket + 1.
//
// Inner node, INNER_BYTES, one cache line with its allocation's header:
//
//   ┌ refs u32 ×4 ┬ count u32 ┬ unused u32 ┬ minX f64 ┬ minY f64 ┬ maxX f64 ┬ maxY f64 ┐
//
//   Quadrants: 0 low x and y, 1 high x, 2 high y, 3 both; a point on the middle is high. count: points below.
//
// Bucket, with places for `capacity` points, made even:
//
//   ┌ count u32 ┬ next u32 ┬ x f64 ×places ┬ y f64 ×places ┬ ids u32 ×places ┐
//
//   Where no point stands x and y are NaN: no comparison finds them, so that no loop needs the count. next: another bucket of
//   the same quadrant, which only those at maxDepth have; all but the first are full.
//
// Invariants (`check` verifies them): every point is where a descent leads; no bucket is empty; an inner node has more points
// below it than `keptBelow`.

export const COUNT: usize = 0;
export const CAPACITY: usize = 4;
export const MAX_DEPTH: usize = 8;
export const ROOT: usize = 12;
export const INNERS: usize = 16;
export const BUCKETS: usize = 20;
export const DEPTH: usize = 24;
export const CHAIN: usize = 28;
export const QUEUE: usize = 32;
export const QUEUE_CAPACITY: usize = 36;
export const CURSOR: usize = 40;
export const CURSOR_2: usize = 44;
export const BOUNDS: usize = 48;
export const FRAMES: usize = 80;
export const HEADER_BYTES: u32 = 336;

export const BELOW: usize = 16;
export const MIN_X: usize = 24;
export const MIN_Y: usize = 32;
export const MAX_X: usize = 40;
export const MAX_Y: usize = 48;
export const INNER_BYTES: u32 = 56;

export const SIZE: usize = 0;
export const NEXT: usize = 4;
export const XS: usize = 8;

export const IS_BUCKET: u32 = 1;
export const WHOLE: u32 = 8;

/** Places of a bucket. */
// @ts-ignore: decorator
@inline
export function placesOf(tree: usize): usize {
  return <usize>((load<u32>(tree, CAPACITY) + 1) & ~1);
}

/** An inner node with no more points than this gives way to a bucket, half full at most, so that the next point does not divide it again. */
// @ts-ignore: decorator
@inline
export function keptBelow(tree: usize): u32 {
  return max<u32>(1, load<u32>(tree, CAPACITY) >> 1);
}

// @ts-ignore: decorator
@inline
export function middle(low: f64, high: f64): f64 {
  return low * 0.5 + high * 0.5;
}
