// Kernel `structures/r-tree`: an R*-tree of boxes in the plane (N. Beckmann, H.-P. Kriegel, R. Schneider, B. Seeger, 1990).
// layout.ts draws where things stand.

import { alloc, free } from '../../memory/arena/allocator';

import {
  COUNT, HEADER_BYTES, HEIGHT, MAX_X, MAX_Y, MIN_X, MIN_Y, QUEUE, QUEUE_CAPACITY, ROOT, SPARSE, WORK,
} from './layout';
import { dropSubtree, freeSpares, greatestOf, leastOf, makeNode } from './node';

export { insertEntry as insert } from './insert';
export { findEntry as find, removeEntry as remove } from './remove';
export { collidesBox as collides, searchBox as search } from './search';
export { nearestTo as nearest } from './nearest';
export { badBox, countersBytes, loadEntries } from './load';
export { build, bytesOf, check, dumpEntries, levelCounts, levelNodes } from './bytes';

/** Address of an empty tree, 0 when the arena is full. */
export function create(): usize {
  const tree = alloc(HEADER_BYTES);
  if (!tree) return 0;
  memory.fill(tree, 0, HEADER_BYTES);
  const root = makeNode(tree, 0);
  if (!root) {
    free(tree);
    return 0;
  }
  store<u32>(tree, <u32>root, ROOT);
  store<u32>(tree, 1, HEIGHT);
  return tree;
}

export function destroy(tree: usize): void {
  dropSubtree(tree, load<u32>(tree, ROOT));
  freeSpares(tree);
  if (load<u32>(tree, WORK)) free(load<u32>(tree, WORK));
  if (load<u32>(tree, QUEUE)) free(load<u32>(tree, QUEUE));
  free(tree);
}

/** Forgets every entry and gives the memory of all but one node back. */
export function clear(tree: usize): void {
  dropSubtree(tree, load<u32>(tree, ROOT));
  // The node that was dropped last is a spare one at least.
  store<u32>(tree, <u32>makeNode(tree, 0), ROOT);
  freeSpares(tree);
  store<u32>(tree, 0, COUNT);
  store<u32>(tree, 1, HEIGHT);
  store<u32>(tree, 0, SPARSE);
  if (load<u32>(tree, WORK)) free(load<u32>(tree, WORK));
  if (load<u32>(tree, QUEUE)) free(load<u32>(tree, QUEUE));
  store<u32>(tree, 0, WORK);
  store<u32>(tree, 0, QUEUE);
  store<u32>(tree, 0, QUEUE_CAPACITY);
}

/** Writes the box of all entries, which is turned inside out when there are none. */
export function bounds(tree: usize, out: usize): void {
  const root = <usize>load<u32>(tree, ROOT);
  store<f64>(out, leastOf(root + MIN_X));
  store<f64>(out, leastOf(root + MIN_Y), 8);
  store<f64>(out, greatestOf(root + MAX_X), 16);
  store<f64>(out, greatestOf(root + MAX_Y), 24);
}
