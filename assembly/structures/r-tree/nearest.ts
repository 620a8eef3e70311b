// The k nearest, by the algorithm of G. Hjaltason and H. Samet (1999): of all nodes seen, the nearest is looked into next, until
// none is nearer than the k-th result. Two heaps: nodes by distance, nearest first, and results, farthest first.
//
// Both hold 16 bytes an entry, f64 squared distance, u32 id or node, u32 unused. Results of one distance are ordered by id, so
// that the answer does not depend on the tree's shape.

import { alloc, free } from '../../memory/arena/allocator';
import { LEVEL, MAX_X, MAX_Y, MIN_X, MIN_Y, QUEUE, QUEUE_CAPACITY, ROOT, SCORES, SIZE } from './layout';
import { refAt } from './node';

const FIRST_CAPACITY: u32 = 256;

/**
 * Writes the ids of the `k` entries nearest to a point, in order, to `out`, which has 16 bytes for each; returns how many
 * there are, −1 when the arena is full. Only those count whose squared distance is at most `bound`.
 */
export function nearestTo(tree: usize, x: f64, y: f64, k: u32, bound: f64, out: usize): i32 {
  if (!load<u32>(tree, QUEUE) && !growQueue(tree)) return -1;
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
        if (!growQueue(tree)) return -1;
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

/** The queue is empty, or keeps what it holds, in twice the room; false when the arena is full. */
function growQueue(tree: usize): bool {
  const old = <usize>load<u32>(tree, QUEUE);
  const capacity = load<u32>(tree, QUEUE_CAPACITY);
  const wanted = capacity ? capacity << 1 : FIRST_CAPACITY;
  const queue = alloc(wanted << 4);
  if (!queue) return false;
  if (old) {
    memory.copy(queue, old, <usize>capacity << 4);
    free(old);
  }
  store<u32>(tree, <u32>queue, QUEUE);
  store<u32>(tree, wanted, QUEUE_CAPACITY);
  return true;
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

// @ts-ignore: decorator
@inline
function put(at: usize, distance: f64, ref: u32): void {
  store<f64>(at, distance);
  store<u64>(at, ref, 8);
}

// @ts-ignore: decorator
@inline
function copyEntry(to: usize, from: usize): void {
  v128.store(to, v128.load(from));
}

// ── Nodes, nearest first ──────────────────────────────────────────────────────────────────────────

function riseNearest(heap: usize, index: u32, distance: f64, node: u32): void {
  while (index > 0) {
    const parent = (index - 1) >> 1;
    const above = heap + (<usize>parent << 4);
    if (load<f64>(above) <= distance) break;
    copyEntry(heap + (<usize>index << 4), above);
    index = parent;
  }
  put(heap + (<usize>index << 4), distance, node);
}

function sinkNearest(heap: usize, count: u32, distance: f64, node: u32): void {
  let index: u32 = 0;
  for (;;) {
    let child = (index << 1) + 1;
    if (child >= count) break;
    const at = heap + (<usize>child << 4);
    if (child + 1 < count) child += <u32>(load<f64>(at, 16) < load<f64>(at));
    const least = heap + (<usize>child << 4);
    if (load<f64>(least) >= distance) break;
    copyEntry(heap + (<usize>index << 4), least);
    index = child;
  }
  put(heap + (<usize>index << 4), distance, node);
}

// ── Results, farthest first ───────────────────────────────────────────────────────────────────────

/** True when the entry at `a` comes behind a distance and id. */
// @ts-ignore: decorator
@inline
function behind(a: usize, distance: f64, id: u32): bool {
  const own = load<f64>(a);
  return own > distance || own == distance && load<u32>(a, 8) > id;
}

function riseFarthest(heap: usize, index: u32, distance: f64, id: u32): void {
  while (index > 0) {
    const parent = (index - 1) >> 1;
    const above = heap + (<usize>parent << 4);
    if (behind(above, distance, id)) break;
    copyEntry(heap + (<usize>index << 4), above);
    index = parent;
  }
  put(heap + (<usize>index << 4), distance, id);
}

/** Puts an entry in place of the first of a heap. */
function sinkFarthest(heap: usize, count: u32, distance: f64, id: u32): void {
  let index: u32 = 0;
  for (;;) {
    let child = (index << 1) + 1;
    if (child >= count) break;
    let at = heap + (<usize>child << 4);
    if (child + 1 < count && behind(at + 16, load<f64>(at), load<u32>(at, 8))) {
      child++;
      at += 16;
    }
    if (!behind(at, distance, id)) break;
    copyEntry(heap + (<usize>index << 4), at);
    index = child;
  }
  put(heap + (<usize>index << 4), distance, id);
}

/** Heap sort in place, then the ids alone, four bytes each, at the front. */
function sortResults(heap: usize, count: u32): void {
  for (let left = count; left > 1; ) {
    left--;
    const last = heap + (<usize>left << 4);
    const distance = load<f64>(last);
    const id = load<u32>(last, 8);
    copyEntry(last, heap);
    sinkFarthest(heap, left, distance, id);
  }
  for (let i: u32 = 0; i < count; i++) store<u32>(heap + (<usize>i << 2), load<u32>(heap + (<usize>i << 4), 8));
}
