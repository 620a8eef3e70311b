// Search: a walk in depth first order that can be interrupted when the place for results is full, and goes on later.

import { DEPTH, HEIGHT, LEVEL, MAX_X, MAX_Y, MIN_X, MIN_Y, MOST, REFS, ROOT, SIZE } from './layout';
import { lying, pathIndex, pathNode, reaching, refAt, setPath } from './node';

/** Entries that meet the box; that lie within it; that contain it. */
const WITHIN: u32 = 1;
const CONTAINS: u32 = 2;

/** Mask of every place of a node: of an entry found whole, all below it is. */
const WHOLE: u32 = 1 << 31;

/**
 * Writes ids to `out` until there are `limit`, or fewer than a node's places are left; returns how many. DEPTH is 0 when
 * that was all, else the call with `more` goes on. Up to a node's places more than `limit` may come.
 */
export function searchBox(
  tree: usize, relation: u32, x0: f64, y0: f64, x1: f64, y1: f64, out: usize, room: u32, limit: u32, more: u32,
): u32 {
  const contains = relation == CONTAINS;
  const low = f64x2.splat(x0);
  const low2 = f64x2.splat(y0);
  const high = f64x2.splat(x1);
  const high2 = f64x2.splat(y1);
  const a = contains ? low : high;
  const b = contains ? low2 : high2;
  const c = contains ? high : low;
  const d = contains ? high2 : low2;
  const height = load<u32>(tree, HEIGHT);
  const end = out + (<usize>min(limit, room - MOST) << 2);
  let at = out;
  let level = height - 1;
  let node = <usize>load<u32>(tree, ROOT);
  // Bits of the entries still to visit; with WHOLE every one is a result.
  let mask: u32 = 0;
  let whole: u32 = 0;
  if (more) {
    level = load<u32>(tree, DEPTH) - 1;
    node = pathNode(tree, level);
    mask = pathIndex(tree, level);
    whole = mask & WHOLE;
    mask ^= whole;
  } else if (level != 0) {
    mask = reaching(node, a, b, c, d);
  }
  for (;;) {
    if (level == 0) {
      if (whole) {
        copyRefs(at, node);
        at += <usize>load<u32>(node, SIZE) << 2;
      } else {
        let hits = relation == WITHIN ? lying(node, low, low2, high, high2) : reaching(node, a, b, c, d);
        for (; hits; hits &= hits - 1) {
          store<u32>(at, <u32>refAt(node, ctz(hits)));
          at += 4;
        }
      }
      if (height == 1) break;
      level = 1;
      node = pathNode(tree, 1);
      mask = pathIndex(tree, 1);
      whole = mask & WHOLE;
      mask ^= whole;
    }
    while (!mask) {
      if (++level >= height) {
        store<u32>(tree, 0, DEPTH);
        return <u32>((at - out) >> 2);
      }
      node = pathNode(tree, level);
      mask = pathIndex(tree, level);
      whole = mask & WHOLE;
      mask ^= whole;
    }
    if (at >= end) {
      store<u32>(tree, level + 1, DEPTH);
      return <u32>((at - out) >> 2);
    }
    const index = ctz(mask);
    setPath(tree, level, node, (mask & (mask - 1)) | whole);
    const child = refAt(node, index);
    if (!whole && !contains) {
      const box = node + (<usize>index << 3);
      if (load<f64>(box, MIN_X) >= x0 && load<f64>(box, MAX_X) <= x1 && load<f64>(box, MIN_Y) >= y0 && load<f64>(box, MAX_Y) <= y1) {
        whole = WHOLE;
      }
    }
    node = child;
    level--;
    if (level != 0) mask = whole ? (<u32>1 << load<u32>(node, SIZE)) - 1 : reaching(node, a, b, c, d);
  }
  store<u32>(tree, 0, DEPTH);
  return <u32>((at - out) >> 2);
}

/** Copies all sixteen refs: what stands behind the last is overwritten or left. */
// @ts-ignore: decorator
@inline
function copyRefs(to: usize, node: usize): void {
  v128.store(to, v128.load(node, REFS));
  v128.store(to, v128.load(node, REFS + 16), 16);
  v128.store(to, v128.load(node, REFS + 32), 32);
  v128.store(to, v128.load(node, REFS + 48), 48);
}

/** 1 when some entry meets the box. */
export function collidesBox(tree: usize, x0: f64, y0: f64, x1: f64, y1: f64): i32 {
  return <i32>meets(load<u32>(tree, ROOT), f64x2.splat(x1), f64x2.splat(y1), f64x2.splat(x0), f64x2.splat(y0));
}

function meets(node: usize, a: v128, b: v128, c: v128, d: v128): bool {
  let mask = reaching(node, a, b, c, d);
  if (load<u32>(node, LEVEL) == 0) return mask != 0;
  for (; mask; mask &= mask - 1) {
    if (meets(refAt(node, ctz(mask)), a, b, c, d)) return true;
  }
  return false;
}
