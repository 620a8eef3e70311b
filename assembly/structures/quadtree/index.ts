// Kernel `structures/quadtree`: a point-region quadtree with buckets (R. Finkel, J. Bentley, 1974; H. Samet, 1984). layout.ts draws
// where things stand.

import { alloc, free } from '../../memory/arena/allocator';

import { BOUNDS, CAPACITY, COUNT, HEADER_BYTES, MAX_DEPTH, QUEUE, QUEUE_CAPACITY, ROOT } from './layout';
import { dropAll } from './node';

export { hasPoint as has, insertMany, insertPoint as insert, movePoint as move, removePoint as remove } from './points';
export { nearestTo as nearest, searchBox, searchCircle } from './search';
export { build, bytesOf, check, depthOf, dumpPoints, dumpQuadrants } from './bytes';

/** Address of an empty tree, 0 when the arena is full. */
export function create(capacity: u32, maxDepth: u32, minX: f64, minY: f64, maxX: f64, maxY: f64): usize {
  const tree = alloc(HEADER_BYTES);
  if (!tree) return 0;
  memory.fill(tree, 0, HEADER_BYTES);
  store<u32>(tree, capacity, CAPACITY);
  store<u32>(tree, maxDepth, MAX_DEPTH);
  store<f64>(tree, minX, BOUNDS);
  store<f64>(tree, minY, BOUNDS + 8);
  store<f64>(tree, maxX, BOUNDS + 16);
  store<f64>(tree, maxY, BOUNDS + 24);
  return tree;
}

export function destroy(tree: usize): void {
  clear(tree);
  free(tree);
}

/** Forgets every point and gives the memory back. */
export function clear(tree: usize): void {
  dropAll(tree, load<u32>(tree, ROOT));
  if (load<u32>(tree, QUEUE)) free(load<u32>(tree, QUEUE));
  store<u32>(tree, 0, COUNT);
  store<u32>(tree, 0, ROOT);
  store<u32>(tree, 0, QUEUE);
  store<u32>(tree, 0, QUEUE_CAPACITY);
}
