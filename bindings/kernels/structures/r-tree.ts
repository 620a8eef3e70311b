/** Binding of kernel `structures/r-tree`. Addresses, ids and counts are u32 seen as i32: apply `>>> 0` before use. */

import { wasm } from '../../generated/structures/r-tree.wasm.js';
import { defineKernel } from '../../kernel.js';

export interface RTreeKernel {
  /** 0 when the arena is full. */
  create(): number;
  destroy(tree: number): void;
  clear(tree: number): void;
  /** Writes four f64, inside out when the tree is empty. */
  bounds(tree: number, out: number): void;
  bytesOf(tree: number): number;
  /** 0 when every invariant holds. */
  check(tree: number): number;

  /** 0 when the arena is full. */
  insert(tree: number, id: number, minX: number, minY: number, maxX: number, maxY: number): number;
  /** 1 removed, 0 no such entry. */
  remove(tree: number, id: number, minX: number, minY: number, maxX: number, maxY: number): number;
  find(tree: number, id: number, minX: number, minY: number, maxX: number, maxY: number): number;
  collides(tree: number, minX: number, minY: number, maxX: number, maxY: number): number;
  /** How many ids were written; the word DEPTH is not 0 when there are more. */
  search(
    tree: number,
    relation: number,
    minX: number,
    minY: number,
    maxX: number,
    maxY: number,
    out: number,
    room: number,
    limit: number,
    more: number,
  ): number;
  /** How many ids were written; −1 when the arena is full. */
  nearest(tree: number, x: number, y: number, k: number, squaredBound: number, out: number): number;

  /** Index of the first box that is none, or −1. */
  badBox(boxes: number, count: number): number;
  countersBytes(): number;
  /** 0 when the arena is full. */
  loadEntries(
    tree: number,
    boxes: number,
    spare: number,
    keys: number,
    keys2: number,
    refs: number,
    refs2: number,
    counters: number,
    count: number,
    packing: number,
  ): number;

  levelNodes(tree: number, level: number): number;
  levelCounts(tree: number, level: number, out: number): number;
  /** How many entries were written; the word DEPTH is not 0 when there are more. */
  dumpEntries(tree: number, ids: number, boxes: number, room: number, more: number): number;
  /** 1 done, 0 the arena is full, −1 the arrays are of no tree. */
  build(
    tree: number,
    height: number,
    count: number,
    sparse: number,
    nodes: number,
    counts: number,
    ids: number,
    boxes: number,
    links: number,
  ): number;
}

export const rTreeKernel = defineKernel<RTreeKernel>('structures/r-tree', wasm);

// Offsets of assembly/structures/r-tree/layout.ts, in bytes.
export const COUNT = 0;
export const HEIGHT = 4;
export const NODES = 12;
export const SPARSE = 24;
export const DEPTH = 44;
/** Entries of a node at most. */
export const MOST = 16;
export const MAX_HEIGHT = 12;
