// Removal: the leaf that has the entry, and the nodes that have become too empty.

import { COUNT, HEIGHT, LEAST, MAX_X, MAX_Y, MIN_X, MIN_Y, REINSERTED, ROOT, SETTLED, SIZE, SPARSE, WORK } from './layout';
import { dropNode, pathIndex, pathNode, reaching, refAt, refit, removeAt, reserveNodes, setPath, workOf } from './node';
import { insertPending, pend } from './insert';

/** 1 and the path, the leaf included, to an entry with this id and exactly this box; 0 when there is none. */
export function findEntry(tree: usize, id: u32, x0: f64, y0: f64, x1: f64, y1: f64): i32 {
  return <i32>findIn(tree, load<u32>(tree, ROOT), load<u32>(tree, HEIGHT) - 1, id, x0, y0, x1, y1);
}

function findIn(tree: usize, node: usize, level: u32, id: u32, x0: f64, y0: f64, x1: f64, y1: f64): bool {
  let mask = reaching(node, f64x2.splat(x0), f64x2.splat(y0), f64x2.splat(x1), f64x2.splat(y1));
  for (; mask; mask &= mask - 1) {
    const index = ctz(mask);
    setPath(tree, level, node, index);
    if (level != 0) {
      if (findIn(tree, refAt(node, index), level - 1, id, x0, y0, x1, y1)) return true;
    } else if (<u32>refAt(node, index) == id) {
      const at = node + (<usize>index << 3);
      const same = load<f64>(at, MIN_X) == x0 && load<f64>(at, MIN_Y) == y0;
      if (same && load<f64>(at, MAX_X) == x1 && load<f64>(at, MAX_Y) == y1) return true;
    }
  }
  return false;
}

/** 1 removed, 0 it was not there. */
export function removeEntry(tree: usize, id: u32, x0: f64, y0: f64, x1: f64, y1: f64): i32 {
  if (!findEntry(tree, id, x0, y0, x1, y1)) return 0;
  const leaf = pathNode(tree, 0);
  removeAt(leaf, pathIndex(tree, 0));
  store<u32>(tree, load<u32>(tree, COUNT) - 1, COUNT);
  if (load<u32>(leaf, SIZE) >= LEAST) refit(tree, 0);
  else condense(tree);
  return 1;
}

/** Nodes that the insertion of every entry of too small nodes may need, none of which is reinserted again. */
function nodesFor(height: u32): u32 {
  let splits: u32 = 0;
  let sum: u32 = 0;
  for (let level: u32 = 0; level < height; level++) {
    splits += REINSERTED;
    sum += splits;
  }
  return sum + 1;
}

/**
 * Dissolves the nodes of the path that have too few entries, and inserts those anew. In an arena too full for that they
 * stay, but for those that are empty.
 */
function condense(tree: usize): void {
  const height = load<u32>(tree, HEIGHT);
  const able = height > 1 && workOf(tree) != 0 && reserveNodes(tree, nodesFor(height));
  const work = <usize>load<u32>(tree, WORK);
  let level: u32 = 0;
  for (; level + 1 < height; level++) {
    const node = pathNode(tree, level);
    const count = load<u32>(node, SIZE);
    if (count >= LEAST) break;
    if (count != 0 && !able) {
      store<u32>(tree, 1, SPARSE);
      break;
    }
    for (let i: u32 = 0; i < count; i++) {
      const at = node + (<usize>i << 3);
      pend(work, level, <u32>refAt(node, i), load<f64>(at, MIN_X), load<f64>(at, MIN_Y), load<f64>(at, MAX_X), load<f64>(at, MAX_Y));
    }
    dropNode(tree, node);
    removeAt(pathNode(tree, level + 1), pathIndex(tree, level + 1));
  }
  if (level + 1 < height) refit(tree, level);
  if (able) {
    // Those of the highest level came last and go in first.
    store<u32>(tree, <u32>-1, SETTLED);
    insertPending(tree);
  }
  shorten(tree);
}

/** A root with one entry above the leaves gives way to it. */
function shorten(tree: usize): void {
  for (;;) {
    const root = <usize>load<u32>(tree, ROOT);
    const height = load<u32>(tree, HEIGHT);
    if (height == 1 || load<u32>(root, SIZE) > 1) return;
    store<u32>(tree, <u32>refAt(root, 0), ROOT);
    store<u32>(tree, height - 1, HEIGHT);
    dropNode(tree, root);
  }
}
