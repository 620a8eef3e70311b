// The k nearest, by the algorithm of G. Hjaltason and H. Samet (1999): of all nodes seen, the nearest is looked into next, until
// none is nearer than the k-th result.

import { growQueue, riseFarthest, riseNearest, sinkFarthest, sinkNearest, sortResults } from '../nearest';
import { LEVEL, MAX_X, MAX_Y, MIN_X, MIN_Y, QUEUE, QUEUE_CAPACITY, ROOT, SCORES, SIZE } from './layout';
import { refAt } from './node';

/**
 * Writes the ids of the `k` entries nearest to a point, in order, to `out`, which has 16 bytes for each; returns how many
 * there are, −1 when the arena is full. Only those count whose squared distance is at most `bound`.
 */
export function nearestTo(tree: usize, x: f64, y: f64, k: u32, bound: f64, out: usize): i32 {
  if (!load<u32>(tree, QUEUE) && !growQueue(tree + QUEUE)) return -1;
  const scores = tree + SCORES;
  let queue = <usize>load<u32>(tree, QUEUE);
  let waiting: u32 = 0;
  let found: u32 = 0;
  let node = <usize>load<u32>(tree, ROOT);
  for (;;) {
    measure(scores, node, x, y);
    const count = load<u32>(node, SIZE);
    if (load<u32>(node, LEVEL) == 0) {
      for (let i: u32 = 0; i < count; i++) {
        const distance = load<f64>(scores + (<usize>i << 3));
        if (!(distance <= bound)) continue;
        const id = <u32>refAt(node, i);
        if (found < k) {
          riseFarthest(out, found++, distance, id);
          if (found == k) bound = load<f64>(out);
        } else if (distance < bound || id < load<u32>(out, 8)) {
          sinkFarthest(out, found, distance, id);
          bound = load<f64>(out);
        }
      }
    } else {
      if (waiting + count > load<u32>(tree, QUEUE_CAPACITY)) {
        if (!growQueue(tree + QUEUE)) return -1;
        queue = <usize>load<u32>(tree, QUEUE);
      }
      for (let i: u32 = 0; i < count; i++) {
        const distance = load<f64>(scores + (<usize>i << 3));
        if (distance <= bound) riseNearest(queue, waiting++, distance, <u32>refAt(node, i));
      }
    }
    if (waiting == 0 || !(load<f64>(queue) <= bound)) break;
    node = <usize>load<u32>(queue, 8);
    waiting--;
    const last = queue + (<usize>waiting << 4);
    sinkNearest(queue, waiting, load<f64>(last), load<u32>(last, 8));
  }
  sortResults(out, found);
  return <i32>found;
}

/** Squared distances of the point to the boxes of all places; NaN where no entry is. */
// @ts-ignore: decorator
@inline
function measure(scores: usize, node: usize, x: f64, y: f64): void {
  const px = f64x2.splat(x);
  const py = f64x2.splat(y);
  const zero = f64x2.splat(0);
  for (let at: usize = 0; at < 128; at += 16) {
    const left = f64x2.sub(v128.load(node + at, MIN_X), px);
    const right = f64x2.sub(px, v128.load(node + at, MAX_X));
    const below = f64x2.sub(v128.load(node + at, MIN_Y), py);
    const beyond = f64x2.sub(py, v128.load(node + at, MAX_Y));
    const dx = f64x2.pmax(f64x2.pmax(left, right), zero);
    const dy = f64x2.pmax(f64x2.pmax(below, beyond), zero);
    v128.store(scores + at, f64x2.add(f64x2.mul(dx, dx), f64x2.mul(dy, dy)));
  }
}
