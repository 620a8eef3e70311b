// Insertion: which subtree, what happens where a node overflows, and the entries that go in anew.

import {
  COUNT, HEIGHT, MAX_HEIGHT, MAX_X, MAX_Y, MIN_X, MIN_Y, MOST, PENDING, PENDING_BYTES, PENDING_COUNT, REFS, REINSERTED, ROOT, SCORES,
  SETTLED, SIZE, SIZES, WORK, W_MAX_X, W_MAX_Y, W_MIN_X, W_MIN_Y, W_REFS,
} from './layout';
import {
  append, blankFrom, fit, greatestOf, leastOf, makeNode, pathIndex, pathNode, reaching, refAt, refit, reserveNodes, setBox, setPath,
  setRef, workOf,
} from './node';
import { distribute, ordered } from './split';

// ── Which subtree ─────────────────────────────────────────────────────────────────────────────────

/**
 * The entry under which a box belongs: above the leaves the one whose overlap with the others grows least, higher up the
 * one whose area does; among equals the smaller growth of area, then the smaller area.
 */
function choose(tree: usize, node: usize, above: bool, x0: f64, y0: f64, x1: f64, y1: f64): u32 {
  const scores = tree + SCORES;
  const sizes = tree + SIZES;
  const a = f64x2.splat(x0);
  const b = f64x2.splat(y0);
  const c = f64x2.splat(x1);
  const d = f64x2.splat(y1);
  for (let at: usize = 0; at < 128; at += 16) {
    const minX = v128.load(node + at, MIN_X);
    const minY = v128.load(node + at, MIN_Y);
    const maxX = v128.load(node + at, MAX_X);
    const maxY = v128.load(node + at, MAX_Y);
    const size = f64x2.mul(f64x2.sub(maxX, minX), f64x2.sub(maxY, minY));
    const width = f64x2.sub(f64x2.pmax(maxX, c), f64x2.pmin(minX, a));
    const height = f64x2.sub(f64x2.pmax(maxY, d), f64x2.pmin(minY, b));
    v128.store(sizes + at, size);
    v128.store(scores + at, f64x2.sub(f64x2.mul(width, height), size));
  }
  // Where the box lies within an entry, neither grows: the smallest of those is the best there is.
  let mask = reaching(node, a, b, c, d);
  if (mask) {
    let best = ctz(mask);
    for (mask &= mask - 1; mask; mask &= mask - 1) {
      const i = ctz(mask);
      if (load<f64>(sizes + (<usize>i << 3)) < load<f64>(sizes + (<usize>best << 3))) best = i;
    }
    return best;
  }
  mask = (<u32>1 << load<u32>(node, SIZE)) - 1;
  if (!above) return leastGrowth(scores, sizes, mask);
  let best: u32 = 0;
  let bestOverlap = Infinity;
  while (mask) {
    // In order of growth: the first without new overlap wins.
    const i = leastGrowth(scores, sizes, mask);
    const overlap = overlapGrowth(node, i, x0, y0, x1, y1, bestOverlap);
    if (overlap < bestOverlap || bestOverlap == Infinity && overlap != overlap) {
      best = i;
      bestOverlap = overlap;
      if (!(overlap > 0)) break;
    }
    mask &= ~(<u32>1 << i);
  }
  return best;
}

/** Of the entries of a mask that is not 0, the one with the least score, and among equals the least size. */
function leastGrowth(scores: usize, sizes: usize, mask: u32): u32 {
  let best = ctz(mask);
  let least = load<f64>(scores + (<usize>best << 3));
  for (mask &= mask - 1; mask; mask &= mask - 1) {
    const i = ctz(mask);
    const score = load<f64>(scores + (<usize>i << 3));
    if (score < least || score == least && load<f64>(sizes + (<usize>i << 3)) < load<f64>(sizes + (<usize>best << 3))) {
      best = i;
      least = score;
    }
  }
  return best;
}

/** By how much the overlap of entry `index` with the others grows when it takes the box in; stops above `limit`. */
function overlapGrowth(node: usize, index: u32, x0: f64, y0: f64, x1: f64, y1: f64, limit: f64): f64 {
  const own = node + (<usize>index << 3);
  const a = v128.load64_splat(own, MIN_X);
  const b = v128.load64_splat(own, MIN_Y);
  const c = v128.load64_splat(own, MAX_X);
  const d = v128.load64_splat(own, MAX_Y);
  const grownA = f64x2.pmin(a, f64x2.splat(x0));
  const grownB = f64x2.pmin(b, f64x2.splat(y0));
  const grownC = f64x2.pmax(c, f64x2.splat(x1));
  const grownD = f64x2.pmax(d, f64x2.splat(y1));
  const zero = f64x2.splat(0);
  let sum: f64 = 0;
  for (let pair: u32 = 0; pair < 8; pair++) {
    const at = node + (<usize>pair << 4);
    const minX = v128.load(at, MIN_X);
    const minY = v128.load(at, MIN_Y);
    const maxX = v128.load(at, MAX_X);
    const maxY = v128.load(at, MAX_Y);
    // A NaN on the right of pmax leaves what is on its left.
    const width = f64x2.pmax(zero, f64x2.sub(f64x2.pmin(maxX, grownC), f64x2.pmax(minX, grownA)));
    const height = f64x2.pmax(zero, f64x2.sub(f64x2.pmin(maxY, grownD), f64x2.pmax(minY, grownB)));
    const oldWidth = f64x2.pmax(zero, f64x2.sub(f64x2.pmin(maxX, c), f64x2.pmax(minX, a)));
    const oldHeight = f64x2.pmax(zero, f64x2.sub(f64x2.pmin(maxY, d), f64x2.pmax(minY, b)));
    const growth = f64x2.sub(f64x2.mul(width, height), f64x2.mul(oldWidth, oldHeight));
    if (pair != index >> 1) sum += f64x2.extract_lane(growth, 0) + f64x2.extract_lane(growth, 1);
    else sum += index & 1 ? f64x2.extract_lane(growth, 0) : f64x2.extract_lane(growth, 1);
    if (sum > limit) return sum;
  }
  return sum;
}

// ── One entry ─────────────────────────────────────────────────────────────────────────────────────

/** Nodes that an insertion may need where every level may reinsert, so that none fails half-way. */
function nodesFor(height: u32): u32 {
  let splits: u32 = 1;
  let sum: u32 = 0;
  for (let level: u32 = 1; level < height; level++) {
    splits += REINSERTED;
    sum += splits;
  }
  return sum + splits + 1;
}

/** 1, or 0 when the arena is full and the tree as it was. */
export function insertEntry(tree: usize, id: u32, x0: f64, y0: f64, x1: f64, y1: f64): i32 {
  store<u32>(tree, 0, SETTLED);
  const leaf = descend(tree, 0, x0, y0, x1, y1);
  if (load<u32>(leaf, SIZE) < MOST) {
    addOnPath(tree, leaf, id, x0, y0, x1, y1, 0);
  } else {
    const height = load<u32>(tree, HEIGHT);
    if (height >= MAX_HEIGHT || !workOf(tree)) return 0;
    if (!reserveNodes(tree, nodesFor(height))) {
      // Without reinsertion a node a level is enough.
      if (!reserveNodes(tree, height + 1)) return 0;
      store<u32>(tree, <u32>-1, SETTLED);
    }
    overflow(tree, 0, id, x0, y0, x1, y1);
    insertPending(tree);
  }
  store<u32>(tree, load<u32>(tree, COUNT) + 1, COUNT);
  return 1;
}

/** Puts an entry where it belongs at a level; the nodes for it are reserved. */
export function place(tree: usize, level: u32, ref: u32, x0: f64, y0: f64, x1: f64, y1: f64): void {
  const node = descend(tree, level, x0, y0, x1, y1);
  if (load<u32>(node, SIZE) < MOST) addOnPath(tree, node, ref, x0, y0, x1, y1, level);
  else overflow(tree, level, ref, x0, y0, x1, y1);
}

/** The node of `level` in which a box belongs; notes the path. */
function descend(tree: usize, level: u32, x0: f64, y0: f64, x1: f64, y1: f64): usize {
  let node = <usize>load<u32>(tree, ROOT);
  for (let at = load<u32>(tree, HEIGHT) - 1; at > level; at--) {
    const index = choose(tree, node, at == 1, x0, y0, x1, y1);
    setPath(tree, at, node, index);
    node = refAt(node, index);
  }
  return node;
}

/** Adds an entry to a node with room, and its box to those above. */
function addOnPath(tree: usize, node: usize, ref: u32, x0: f64, y0: f64, x1: f64, y1: f64, level: u32): void {
  append(node, ref, x0, y0, x1, y1);
  const height = load<u32>(tree, HEIGHT);
  for (let up = level + 1; up < height; up++) {
    const at = pathNode(tree, up) + (<usize>pathIndex(tree, up) << 3);
    store<f64>(at, min(load<f64>(at, MIN_X), x0), MIN_X);
    store<f64>(at, min(load<f64>(at, MIN_Y), y0), MIN_Y);
    store<f64>(at, max(load<f64>(at, MAX_X), x1), MAX_X);
    store<f64>(at, max(load<f64>(at, MAX_Y), y1), MAX_Y);
  }
}

/** Inserts what waits, that which came last first. */
export function insertPending(tree: usize): void {
  const work = <usize>load<u32>(tree, WORK);
  for (;;) {
    const count = load<u32>(work, PENDING_COUNT);
    if (count == 0) return;
    store<u32>(work, count - 1, PENDING_COUNT);
    const at = work + PENDING + <usize>(count - 1) * PENDING_BYTES;
    place(tree, load<u32>(at, 36), load<u32>(at, 32), load<f64>(at), load<f64>(at, 8), load<f64>(at, 16), load<f64>(at, 24));
  }
}

export function pend(work: usize, level: u32, ref: u32, x0: f64, y0: f64, x1: f64, y1: f64): void {
  const count = load<u32>(work, PENDING_COUNT);
  const at = work + PENDING + <usize>count * PENDING_BYTES;
  store<f64>(at, x0);
  store<f64>(at, y0, 8);
  store<f64>(at, x1, 16);
  store<f64>(at, y1, 24);
  store<u32>(at, ref, 32);
  store<u32>(at, level, 36);
  store<u32>(work, count + 1, PENDING_COUNT);
}

// ── Overflow ──────────────────────────────────────────────────────────────────────────────────────

/**
 * Adds an entry to the full node at `level` of the path. The first time at a level, some entries leave and go in anew;
 * the next time the node is split, which adds an entry to its parent.
 */
function overflow(tree: usize, level: u32, ref: u32, x0: f64, y0: f64, x1: f64, y1: f64): void {
  const work = <usize>load<u32>(tree, WORK);
  for (;;) {
    const top = level + 1 == load<u32>(tree, HEIGHT);
    const node = top ? <usize>load<u32>(tree, ROOT) : refAt(pathNode(tree, level + 1), pathIndex(tree, level + 1));
    gather(work, node, ref, x0, y0, x1, y1);
    const settled = load<u32>(tree, SETTLED);
    store<u32>(tree, settled | (<u32>1 << level), SETTLED);
    if (!top && !(settled & (<u32>1 << level))) {
      reinsert(tree, work, node, level);
      refit(tree, level);
      return;
    }
    const left = distribute(work);
    const sibling = makeNode(tree, level);
    for (let i: u32 = 0; i < left; i++) moveEntry(work, ordered(work, i), node, i);
    blankFrom(node, left);
    for (let i = left; i <= MOST; i++) moveEntry(work, ordered(work, i), sibling, i - left);
    store<u32>(sibling, MOST + 1 - left, SIZE);
    if (top) {
      const root = makeNode(tree, level + 1);
      store<u32>(root, 2, SIZE);
      setRef(root, 0, <u32>node);
      setRef(root, 1, <u32>sibling);
      fit(root, 0, node);
      fit(root, 1, sibling);
      store<u32>(tree, <u32>root, ROOT);
      store<u32>(tree, level + 2, HEIGHT);
      return;
    }
    level++;
    const parent = pathNode(tree, level);
    fit(parent, pathIndex(tree, level), node);
    ref = <u32>sibling;
    if (load<u32>(parent, SIZE) < MOST) {
      const index = load<u32>(parent, SIZE);
      store<u32>(parent, index + 1, SIZE);
      setRef(parent, index, ref);
      fit(parent, index, sibling);
      refit(tree, level);
      return;
    }
    x0 = leastOf(sibling + MIN_X);
    y0 = leastOf(sibling + MIN_Y);
    x1 = greatestOf(sibling + MAX_X);
    y1 = greatestOf(sibling + MAX_Y);
  }
}

/** Copies the entries of a full node, and one more, to the work block. */
function gather(work: usize, node: usize, ref: u32, x0: f64, y0: f64, x1: f64, y1: f64): void {
  memory.copy(work + W_MIN_X, node + MIN_X, 128);
  memory.copy(work + W_MIN_Y, node + MIN_Y, 128);
  memory.copy(work + W_MAX_X, node + MAX_X, 128);
  memory.copy(work + W_MAX_Y, node + MAX_Y, 128);
  memory.copy(work + W_REFS, node + REFS, 64);
  store<f64>(work, x0, W_MIN_X + 128);
  store<f64>(work, y0, W_MIN_Y + 128);
  store<f64>(work, x1, W_MAX_X + 128);
  store<f64>(work, y1, W_MAX_Y + 128);
  store<u32>(work, ref, W_REFS + 64);
}

/** Puts entry `from` of the work block into place `to` of a node. */
function moveEntry(work: usize, from: u32, node: usize, to: u32): void {
  const at = work + (<usize>from << 3);
  setBox(node, to, load<f64>(at, W_MIN_X), load<f64>(at, W_MIN_Y), load<f64>(at, W_MAX_X), load<f64>(at, W_MAX_Y));
  setRef(node, to, load<u32>(work + (<usize>from << 2), W_REFS));
}

/** Leaves in the node those nearest its centre; the others wait, the nearest of them to be inserted first. */
function reinsert(tree: usize, work: usize, node: usize, level: u32): void {
  let x0 = Infinity;
  let y0 = Infinity;
  let x1 = -Infinity;
  let y1 = -Infinity;
  for (let i: u32 = 0; i <= MOST; i++) {
    const at = work + (<usize>i << 3);
    x0 = min(x0, load<f64>(at, W_MIN_X));
    y0 = min(y0, load<f64>(at, W_MIN_Y));
    x1 = max(x1, load<f64>(at, W_MAX_X));
    y1 = max(y1, load<f64>(at, W_MAX_Y));
  }
  // Seventeen scores: the last takes the first place of the sizes.
  const scores = tree + SCORES;
  for (let i: u32 = 0; i <= MOST; i++) {
    const at = work + (<usize>i << 3);
    const dx = load<f64>(at, W_MIN_X) + load<f64>(at, W_MAX_X) - (x0 + x1);
    const dy = load<f64>(at, W_MIN_Y) + load<f64>(at, W_MAX_Y) - (y0 + y1);
    store<f64>(scores + (<usize>i << 3), dx * dx + dy * dy);
  }
  let left: u32 = (<u32>1 << (MOST + 1)) - 1;
  for (let round: u32 = 0; round < REINSERTED; round++) {
    let far = ctz(left);
    for (let rest = left & (left - 1); rest; rest &= rest - 1) {
      const i = ctz(rest);
      if (load<f64>(scores + (<usize>i << 3)) > load<f64>(scores + (<usize>far << 3))) far = i;
    }
    left &= ~(<u32>1 << far);
    const at = work + (<usize>far << 3);
    pend(
      work, level, load<u32>(work + (<usize>far << 2), W_REFS), load<f64>(at, W_MIN_X), load<f64>(at, W_MIN_Y),
      load<f64>(at, W_MAX_X), load<f64>(at, W_MAX_Y),
    );
  }
  let count: u32 = 0;
  for (; left; left &= left - 1) moveEntry(work, ctz(left), node, count++);
  blankFrom(node, count);
}
