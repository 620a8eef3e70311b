/** Binding of kernel `structures/quadtree`. Addresses, ids and counts are u32 seen as i32: apply `>>> 0` before use. */

import { wasm } from '../../generated/structures/quadtree.wasm.js';
import { defineKernel } from '../../kernel.js';

export interface QuadtreeKernel {
  /** 0 when the arena is full. */
  create(capacity: number, maxDepth: number, minX: number, minY: number, maxX: number, maxY: number): number;
  destroy(tree: number): void;
  clear(tree: number): void;
  bytesOf(tree: number): number;
  depthOf(tree: number): number;
  /** 0 when every invariant holds. */
  check(tree: number): number;

  /** 0 when the arena is full. */
  insert(tree: number, id: number, x: number, y: number): number;
  /** How many went in before the arena was full. */
  insertMany(tree: number, ids: number, points: number, count: number): number;
  /** 1 removed, 0 no such point. */
  remove(tree: number, id: number, x: number, y: number): number;
  has(tree: number, id: number, x: number, y: number): number;
  /** 1 moved, 0 no such point, −1 the arena is full. */
  move(tree: number, id: number, x: number, y: number, toX: number, toY: number): number;

  /** How many ids were written; the words DEPTH and CHAIN are not both 0 when there are more. */
  searchBox(
    tree: number,
    minX: number,
    minY: number,
    maxX: number,
    maxY: number,
    out: number,
    room: number,
    limit: number,
    more: number,
  ): number;
  searchCircle(
    tree: number,
    x: number,
    y: number,
    squaredRadius: number,
    out: number,
    room: number,
    limit: number,
    more: number,
  ): number;
  /** How many ids were written; −1 when the arena is full. */
  nearest(tree: number, x: number, y: number, k: number, squaredBound: number, out: number): number;

  dumpQuadrants(tree: number, out: number): void;
  /** How many points were written; the words DEPTH and CHAIN are not both 0 when there are more. */
  dumpPoints(tree: number, ids: number, points: number, room: number, more: number): number;
  /** 1 done, 0 the arena is full, −1 the arrays are of no tree. */
  build(tree: number, quadrants: number, quadrantCount: number, ids: number, points: number, count: number): number;
}

export const quadtreeKernel = defineKernel<QuadtreeKernel>('structures/quadtree', wasm);

// Offsets of assembly/structures/quadtree/layout.ts, in bytes.
export const COUNT = 0;
export const CAPACITY = 4;
export const MAX_DEPTH = 8;
export const INNERS = 16;
export const BUCKETS = 20;
export const DEPTH = 24;
export const CHAIN = 28;
export const BOUNDS = 48;
/** Depth that a tree has room for. */
export const DEEPEST = 32;
