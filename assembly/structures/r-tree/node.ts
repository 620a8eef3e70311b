// Nodes: made, given back, filled, measured.

import { alloc, allocAligned, free } from '../../memory/arena/allocator';
import {
  HEIGHT, LEVEL, LINE_BYTES, MAX_X, MAX_Y, MIN_X, MIN_Y, MOST, NODES, NODE_BYTES, PATH, PENDING_COUNT, REFS, SIZE, SPARE,
  SPARES, WORK, WORK_BYTES,
} from './layout';

/** Spare nodes kept at most; more go back to the arena. */
const MAX_SPARES: u32 = 128;

// ── Memory ────────────────────────────────────────────────────────────────────────────────────────

/** Makes sure that so many nodes can be had without the arena; false when it is full. */
export function reserveNodes(tree: usize, count: u32): bool {
  while (load<u32>(tree, SPARES) < count) {
    const node = allocAligned(NODE_BYTES, LINE_BYTES);
    if (!node) return false;
    keep(tree, node);
  }
  return true;
}

/** The block of working space, or 0. */
export function workOf(tree: usize): usize {
  let work = <usize>load<u32>(tree, WORK);
  if (work) return work;
  work = alloc(WORK_BYTES);
  if (!work) return 0;
  store<u32>(work, 0, PENDING_COUNT);
  store<u32>(tree, <u32>work, WORK);
  return work;
}

function keep(tree: usize, node: usize): void {
  store<u32>(node, load<u32>(tree, SPARE), SIZE);
  store<u32>(tree, <u32>node, SPARE);
  store<u32>(tree, load<u32>(tree, SPARES) + 1, SPARES);
}

/** An empty node, 0 when the arena is full. */
export function makeNode(tree: usize, level: u32): usize {
  let node = <usize>load<u32>(tree, SPARE);
  if (node) {
    store<u32>(tree, load<u32>(node, SIZE), SPARE);
    store<u32>(tree, load<u32>(tree, SPARES) - 1, SPARES);
  } else {
    node = allocAligned(NODE_BYTES, LINE_BYTES);
    if (!node) return 0;
  }
  store<u32>(tree, load<u32>(tree, NODES) + 1, NODES);
  store<u32>(node, level, LEVEL);
  blankFrom(node, 0);
  return node;
}

export function dropNode(tree: usize, node: usize): void {
  store<u32>(tree, load<u32>(tree, NODES) - 1, NODES);
  if (load<u32>(tree, SPARES) < MAX_SPARES) keep(tree, node);
  else free(node);
}

export function freeSpares(tree: usize): void {
  let node = <usize>load<u32>(tree, SPARE);
  while (node) {
    const next = <usize>load<u32>(node, SIZE);
    free(node);
    node = next;
  }
  store<u32>(tree, 0, SPARE);
  store<u32>(tree, 0, SPARES);
}

/** Gives a node and all below it back. */
export function dropSubtree(tree: usize, node: usize): void {
  if (load<u32>(node, LEVEL) != 0) {
    const count = load<u32>(node, SIZE);
    for (let i: u32 = 0; i < count; i++) dropSubtree(tree, refAt(node, i));
  }
  dropNode(tree, node);
}

// ── Entries ───────────────────────────────────────────────────────────────────────────────────────

/** Makes the node have its first `count` entries and no more. */
export function blankFrom(node: usize, count: u32): void {
  store<u32>(node, count, SIZE);
  for (let i = count; i < MOST; i++) setBox(node, i, NaN, NaN, NaN, NaN);
}

// @ts-ignore: decorator
@inline
export function setBox(node: usize, index: u32, x0: f64, y0: f64, x1: f64, y1: f64): void {
  const at = node + (<usize>index << 3);
  store<f64>(at, x0, MIN_X);
  store<f64>(at, y0, MIN_Y);
  store<f64>(at, x1, MAX_X);
  store<f64>(at, y1, MAX_Y);
}

// @ts-ignore: decorator
@inline
export function refAt(node: usize, index: u32): usize {
  return <usize>load<u32>(node + (<usize>index << 2), REFS);
}

// @ts-ignore: decorator
@inline
export function setRef(node: usize, index: u32, ref: u32): void {
  store<u32>(node + (<usize>index << 2), ref, REFS);
}

/** Adds an entry to a node that is not full. */
export function append(node: usize, ref: u32, x0: f64, y0: f64, x1: f64, y1: f64): void {
  const count = load<u32>(node, SIZE);
  setBox(node, count, x0, y0, x1, y1);
  setRef(node, count, ref);
  store<u32>(node, count + 1, SIZE);
}

/** Takes an entry out; the last one takes its place. */
export function removeAt(node: usize, index: u32): void {
  const last = load<u32>(node, SIZE) - 1;
  const at = node + (<usize>last << 3);
  setBox(node, index, load<f64>(at, MIN_X), load<f64>(at, MIN_Y), load<f64>(at, MAX_X), load<f64>(at, MAX_Y));
  setRef(node, index, <u32>refAt(node, last));
  blankFrom(node, last);
}

/** The least of a coordinate of all entries: NaN are never less than what stands on the left. */
// @ts-ignore: decorator
@inline
export function leastOf(array: usize): f64 {
  let low = f64x2.splat(Infinity);
  for (let at: usize = 0; at < 128; at += 16) low = f64x2.pmin(low, v128.load(array + at));
  return min(f64x2.extract_lane(low, 0), f64x2.extract_lane(low, 1));
}

// @ts-ignore: decorator
@inline
export function greatestOf(array: usize): f64 {
  let high = f64x2.splat(-Infinity);
  for (let at: usize = 0; at < 128; at += 16) high = f64x2.pmax(high, v128.load(array + at));
  return max(f64x2.extract_lane(high, 0), f64x2.extract_lane(high, 1));
}

/** Makes the boxes on the path exact, from the parent of the node at `level` up. */
export function refit(tree: usize, level: u32): void {
  const height = load<u32>(tree, HEIGHT);
  for (let up = level + 1; up < height; up++) {
    const parent = pathNode(tree, up);
    const index = pathIndex(tree, up);
    fit(parent, index, refAt(parent, index));
  }
}

/** Makes the box of entry `index` that of a node. */
export function fit(parent: usize, index: u32, node: usize): void {
  setBox(parent, index, leastOf(node + MIN_X), leastOf(node + MIN_Y), greatestOf(node + MAX_X), greatestOf(node + MAX_Y));
}

// ── Comparisons ───────────────────────────────────────────────────────────────────────────────────

/** Bit i is set where entry i has minX ≤ a, minY ≤ b, maxX ≥ c and maxY ≥ d. */
// @ts-ignore: decorator
@inline
export function reaching(node: usize, a: v128, b: v128, c: v128, d: v128): u32 {
  let mask: u32 = 0;
  for (let pair: u32 = 0; pair < 8; pair++) {
    const at = node + (<usize>pair << 4);
    const hit = v128.and(
      v128.and(f64x2.le(v128.load(at, MIN_X), a), f64x2.le(v128.load(at, MIN_Y), b)),
      v128.and(f64x2.ge(v128.load(at, MAX_X), c), f64x2.ge(v128.load(at, MAX_Y), d)),
    );
    mask |= <u32>i64x2.bitmask(hit) << (pair << 1);
  }
  return mask;
}

/** Bit i is set where entry i lies within the box a, b, c, d. */
// @ts-ignore: decorator
@inline
export function lying(node: usize, a: v128, b: v128, c: v128, d: v128): u32 {
  let mask: u32 = 0;
  for (let pair: u32 = 0; pair < 8; pair++) {
    const at = node + (<usize>pair << 4);
    const hit = v128.and(
      v128.and(f64x2.ge(v128.load(at, MIN_X), a), f64x2.ge(v128.load(at, MIN_Y), b)),
      v128.and(f64x2.le(v128.load(at, MAX_X), c), f64x2.le(v128.load(at, MAX_Y), d)),
    );
    mask |= <u32>i64x2.bitmask(hit) << (pair << 1);
  }
  return mask;
}

// ── Path ──────────────────────────────────────────────────────────────────────────────────────────

// @ts-ignore: decorator
@inline
export function pathNode(tree: usize, level: u32): usize {
  return <usize>load<u32>(tree + (<usize>level << 3), PATH);
}

/** Index, or mask, at a level of the path. */
// @ts-ignore: decorator
@inline
export function pathIndex(tree: usize, level: u32): u32 {
  return load<u32>(tree + (<usize>level << 3), PATH + 4);
}

// @ts-ignore: decorator
@inline
export function setPath(tree: usize, level: u32, node: usize, index: u32): void {
  store<u32>(tree + (<usize>level << 3), <u32>node, PATH);
  store<u32>(tree + (<usize>level << 3), index, PATH + 4);
}
