// A tree as flat arrays: the entries in the order of the leaves, and how many each node has, level by level. And proof.

import { costOf } from '../../memory/arena/allocator';
import {
  COUNT, DEPTH, HEIGHT, LEAST, LEVEL, MAX_HEIGHT, MAX_X, MAX_Y, MIN_X, MIN_Y, MOST, NODES, QUEUE, ROOT, SIZE, SPARE,
  SPARES, SPARSE, WORK,
} from './layout';
import { dropNode, dropSubtree, greatestOf, leastOf, makeNode, pathIndex, pathNode, refAt, setBox, setPath, setRef } from './node';

// ── Out ───────────────────────────────────────────────────────────────────────────────────────────

/** Writes the entry counts of the nodes of a level, one byte each, left to right; returns how many nodes there are. */
export function levelCounts(tree: usize, level: u32, out: usize): u32 {
  return <u32>(countsBelow(load<u32>(tree, ROOT), level, out) - out);
}

function countsBelow(node: usize, level: u32, out: usize): usize {
  const count = load<u32>(node, SIZE);
  if (load<u32>(node, LEVEL) == level) {
    store<u8>(out, <u8>count);
    return out + 1;
  }
  for (let i: u32 = 0; i < count; i++) out = countsBelow(refAt(node, i), level, out);
  return out;
}

/** Nodes of a level. */
export function levelNodes(tree: usize, level: u32): u32 {
  return nodesBelow(load<u32>(tree, ROOT), level);
}

function nodesBelow(node: usize, level: u32): u32 {
  const own = load<u32>(node, LEVEL);
  if (own == level) return 1;
  const count = load<u32>(node, SIZE);
  if (own == level + 1) return count;
  let sum: u32 = 0;
  for (let i: u32 = 0; i < count; i++) sum += nodesBelow(refAt(node, i), level);
  return sum;
}

/**
 * Writes entries in the order of the leaves, ids and boxes, until fewer than a node's places are left of `room`; returns how
 * many. DEPTH is 0 when that was all, else the call with `more` goes on.
 */
export function dumpEntries(tree: usize, ids: usize, boxes: usize, room: u32, more: u32): u32 {
  const height = load<u32>(tree, HEIGHT);
  let level: u32 = 0;
  if (!more) {
    let node = <usize>load<u32>(tree, ROOT);
    for (let down = height - 1; down > 0; down--) {
      setPath(tree, down, node, 0);
      node = refAt(node, 0);
    }
    setPath(tree, 0, node, 0);
  }
  let written: u32 = 0;
  for (;;) {
    const leaf = pathNode(tree, 0);
    const count = load<u32>(leaf, SIZE);
    for (let i: u32 = 0; i < count; i++) {
      const at = leaf + (<usize>i << 3);
      store<f64>(boxes, load<f64>(at, MIN_X));
      store<f64>(boxes, load<f64>(at, MIN_Y), 8);
      store<f64>(boxes, load<f64>(at, MAX_X), 16);
      store<f64>(boxes, load<f64>(at, MAX_Y), 24);
      boxes += 32;
      store<u32>(ids, <u32>refAt(leaf, i));
      ids += 4;
    }
    written += count;
    level = 1;
    while (level < height && pathIndex(tree, level) + 1 >= load<u32>(pathNode(tree, level), SIZE)) level++;
    if (level >= height) break;
    setPath(tree, level, pathNode(tree, level), pathIndex(tree, level) + 1);
    for (; level > 0; level--) {
      const child = refAt(pathNode(tree, level), pathIndex(tree, level));
      setPath(tree, level - 1, child, 0);
    }
    if (written + MOST > room) {
      store<u32>(tree, 1, DEPTH);
      return written;
    }
  }
  store<u32>(tree, 0, DEPTH);
  return written;
}

// ── In ────────────────────────────────────────────────────────────────────────────────────────────

/**
 * Makes an empty tree the one of these arrays: 1 done, 0 the arena is full, −1 the arrays are of no tree. The tree is still
 * empty, but for 1.
 *
 * @param counts as `levelCounts` wrote them, from the leaves up
 * @param nodes u32 nodes of each level, from the leaves up
 * @param links room for 4 bytes a leaf
 */
export function build(
  tree: usize, height: u32, count: u32, sparse: u32, nodes: usize, counts: usize, ids: usize, boxes: usize, links: usize,
): i32 {
  if (!sound(height, count, sparse, nodes, counts)) return -1;
  for (let i: u32 = 0; i < count; i++) {
    const box = boxes + (<usize>i << 5);
    if (!(load<f64>(box) <= load<f64>(box, 16) && load<f64>(box, 8) <= load<f64>(box, 24))) return -1;
  }
  for (let level: u32 = 0; level < height; level++) {
    const some = load<u32>(nodes + (<usize>level << 2));
    const below = level ? load<u32>(nodes + (<usize>(level - 1) << 2)) : 0;
    let used: u32 = 0;
    for (let k: u32 = 0; k < some; k++) {
      const node = makeNode(tree, level);
      if (!node) {
        for (let i: u32 = 0; i < k; i++) dropSubtree(tree, <usize>load<u32>(links + (<usize>i << 2)));
        for (let i = used; i < below; i++) dropSubtree(tree, <usize>load<u32>(links + (<usize>i << 2)));
        return 0;
      }
      const size = <u32>load<u8>(counts++);
      store<u32>(node, size, SIZE);
      for (let i: u32 = 0; i < size; i++) {
        if (level == 0) {
          const box = boxes + (<usize>used << 5);
          setBox(node, i, load<f64>(box), load<f64>(box, 8), load<f64>(box, 16), load<f64>(box, 24));
          setRef(node, i, load<u32>(ids + (<usize>used << 2)));
        } else {
          const child = <usize>load<u32>(links + (<usize>used << 2));
          setRef(node, i, <u32>child);
          setBox(
            node, i, leastOf(child + MIN_X), leastOf(child + MIN_Y), greatestOf(child + MAX_X), greatestOf(child + MAX_Y),
          );
        }
        used++;
      }
      store<u32>(links + (<usize>k << 2), <u32>node);
    }
  }
  dropNode(tree, load<u32>(tree, ROOT));
  store<u32>(tree, load<u32>(links), ROOT);
  store<u32>(tree, height, HEIGHT);
  store<u32>(tree, count, COUNT);
  store<u32>(tree, sparse, SPARSE);
  return 1;
}

/** True when the counts make a tree: every level as many entries as the one below has nodes, and no node too few or many. */
function sound(height: u32, count: u32, sparse: u32, nodes: usize, counts: usize): bool {
  if (height == 0 || height > MAX_HEIGHT || sparse > 1 || load<u32>(nodes + (<usize>(height - 1) << 2)) != 1) return false;
  let entries = count;
  for (let level: u32 = 0; level < height; level++) {
    const some = load<u32>(nodes + (<usize>level << 2));
    const least: u32 = level + 1 == height ? (level ? 2 : 0) : sparse ? 1 : LEAST;
    let sum: u32 = 0;
    for (let k: u32 = 0; k < some; k++) {
      const size = <u32>load<u8>(counts++);
      if (size < least || size > MOST) return false;
      sum += size;
    }
    if (sum != entries) return false;
    entries = some;
  }
  return true;
}

// ── Size and proof ────────────────────────────────────────────────────────────────────────────────

/** Bytes the tree costs its arena, allocator headers included. */
export function bytesOf(tree: usize): u32 {
  let bytes = costOf(tree) + costBelow(load<u32>(tree, ROOT));
  for (let node = <usize>load<u32>(tree, SPARE); node; node = <usize>load<u32>(node, SIZE)) bytes += costOf(node);
  if (load<u32>(tree, WORK)) bytes += costOf(load<u32>(tree, WORK));
  if (load<u32>(tree, QUEUE)) bytes += costOf(load<u32>(tree, QUEUE));
  return bytes;
}

function costBelow(node: usize): u32 {
  let bytes = costOf(node);
  if (load<u32>(node, LEVEL) == 0) return bytes;
  const count = load<u32>(node, SIZE);
  for (let i: u32 = 0; i < count; i++) bytes += costBelow(refAt(node, i));
  return bytes;
}

/** 0 when every invariant holds, else the number of the first that does not. */
export function check(tree: usize): i32 {
  const height = load<u32>(tree, HEIGHT);
  const root = <usize>load<u32>(tree, ROOT);
  if (height == 0 || height > MAX_HEIGHT || load<u32>(root, LEVEL) != height - 1) return 1;
  if (height > 1 && load<u32>(root, SIZE) < 2) return 2;
  let spares: u32 = 0;
  for (let node = <usize>load<u32>(tree, SPARE); node; node = <usize>load<u32>(node, SIZE)) spares++;
  if (spares != load<u32>(tree, SPARES)) return 3;
  const sums = checkNode(root, load<u32>(tree, SPARSE) ? 1 : LEAST, true);
  if (sums < 0) return 4 - <i32>sums;
  if (<u32>sums != load<u32>(tree, COUNT)) return 4;
  if (<u32>(sums >> 32) != load<u32>(tree, NODES)) return 5;
  return 0;
}

/** Entries below a node, and in the upper half nodes; less than 0 when something is broken. */
function checkNode(node: usize, least: u32, top: bool): i64 {
  const count = load<u32>(node, SIZE);
  const level = load<u32>(node, LEVEL);
  if (count > MOST || !top && count < least) return -2;
  for (let i = count; i < MOST; i++) {
    const at = node + (<usize>i << 3);
    const blank = load<f64>(at, MIN_X) != load<f64>(at, MIN_X) && load<f64>(at, MIN_Y) != load<f64>(at, MIN_Y);
    if (!blank || load<f64>(at, MAX_X) == load<f64>(at, MAX_X) || load<f64>(at, MAX_Y) == load<f64>(at, MAX_Y)) return -3;
  }
  let sums: i64 = <i64>1 << 32;
  for (let i: u32 = 0; i < count; i++) {
    const at = node + (<usize>i << 3);
    if (!(load<f64>(at, MIN_X) <= load<f64>(at, MAX_X) && load<f64>(at, MIN_Y) <= load<f64>(at, MAX_Y))) return -4;
    if (level == 0) {
      sums++;
      continue;
    }
    const child = refAt(node, i);
    if (load<u32>(child, LEVEL) != level - 1) return -5;
    if (load<f64>(at, MIN_X) != leastOf(child + MIN_X) || load<f64>(at, MIN_Y) != leastOf(child + MIN_Y)) return -6;
    if (load<f64>(at, MAX_X) != greatestOf(child + MAX_X) || load<f64>(at, MAX_Y) != greatestOf(child + MAX_Y)) return -7;
    const below = checkNode(child, least, false);
    if (below < 0) return below;
    sums += below;
  }
  return sums;
}
