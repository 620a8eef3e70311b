// Search: a walk in depth first order that can be interrupted when the place for results is full, and goes on later.

import {
  CHAIN, DEPTH, FRAMES, IS_BUCKET, MAX_X, MAX_Y, MIN_X, MIN_Y, NEXT, QUEUE, QUEUE_CAPACITY, ROOT, SIZE, WHOLE, XS,
  middle, placesOf,
} from './layout';
import { growQueue, riseFarthest, riseNearest, sinkFarthest, sinkNearest, sortResults } from '../nearest';
import { idAt } from './node';

/** What a quadrant is to what is asked for. */
const OUTSIDE: u32 = 0;
const ACROSS: u32 = 1;
const INSIDE: u32 = 2;

// @ts-ignore: decorator
@inline
function frameAt(tree: usize, depth: u32): usize {
  return tree + FRAMES + (<usize>depth << 3);
}

/**
 * Writes ids to `out` until there are `limit`, or fewer than a bucket's places are left of `room`; returns how many. DEPTH and
 * CHAIN are 0 when that was all, else the call with `more` goes on. Up to a bucket's points more than `limit` may come.
 */
export function searchBox(
  tree: usize, x0: f64, y0: f64, x1: f64, y1: f64, out: usize, room: u32, limit: u32, more: u32,
): u32 {
  return walk(tree, false, x0, y0, x1, y1, out, room, limit, more);
}

/** The same for a circle: its centre, and the square of its radius. */
export function searchCircle(tree: usize, x: f64, y: f64, squared: f64, out: usize, room: u32, limit: u32, more: u32): u32 {
  return walk(tree, true, x, y, squared, 0, out, room, limit, more);
}

// @ts-ignore: decorator
@inline
function walk(
  tree: usize, circle: bool, a: f64, b: f64, c: f64, d: f64, out: usize, room: u32, limit: u32, more: u32,
): u32 {
  const places = placesOf(tree);
  const end = out + (<usize>min(limit, room - <u32>places) << 2);
  let at = out;
  let depth: u32 = 0;
  let bucket: usize = 0;
  let whole = false;
  if (more) {
    depth = load<u32>(tree, DEPTH);
    const chain = load<u32>(tree, CHAIN);
    bucket = <usize>(chain & ~IS_BUCKET);
    whole = (chain & IS_BUCKET) != 0;
  } else {
    const root = load<u32>(tree, ROOT);
    bucket = root & IS_BUCKET ? <usize>(root ^ IS_BUCKET) : 0;
    if (root && !bucket) {
      const is = relate(circle, a, b, c, d, load<f64>(root, MIN_X), load<f64>(root, MIN_Y), load<f64>(root, MAX_X), load<f64>(root, MAX_Y));
      if (is != OUTSIDE) {
        store<u32>(frameAt(tree, 0), root);
        store<u32>(frameAt(tree, 0), is == INSIDE ? WHOLE : 0, 4);
        depth = 1;
      }
    }
  }
  for (;;) {
    while (bucket) {
      at = whole ? copyIds(bucket, places, at) : matching(bucket, places, circle, a, b, c, d, at);
      bucket = <usize>load<u32>(bucket, NEXT);
      if (at >= end) {
        store<u32>(tree, bucket ? <u32>bucket | <u32>whole : 0, CHAIN);
        store<u32>(tree, depth, DEPTH);
        return <u32>((at - out) >> 2);
      }
    }
    if (depth == 0) break;
    const frame = frameAt(tree, depth - 1);
    const inner = <usize>load<u32>(frame);
    const next = load<u32>(frame, 4);
    const quadrant = next & 7;
    if (quadrant == 4) {
      depth--;
      continue;
    }
    store<u32>(frame, next + 1, 4);
    const ref = load<u32>(inner + (<usize>quadrant << 2));
    if (ref == 0) continue;
    whole = (next & WHOLE) != 0;
    if (!whole) {
      const is = relateQuadrant(inner, quadrant, circle, a, b, c, d);
      if (is == OUTSIDE) continue;
      whole = is == INSIDE;
    }
    if (ref & IS_BUCKET) {
      bucket = <usize>(ref ^ IS_BUCKET);
    } else {
      store<u32>(frameAt(tree, depth), ref);
      store<u32>(frameAt(tree, depth), whole ? WHOLE : 0, 4);
      depth++;
    }
  }
  store<u64>(tree, 0, DEPTH);
  return <u32>((at - out) >> 2);
}

// @ts-ignore: decorator
@inline
function relateQuadrant(inner: usize, quadrant: u32, circle: bool, a: f64, b: f64, c: f64, d: f64): u32 {
  const x0 = load<f64>(inner, MIN_X);
  const y0 = load<f64>(inner, MIN_Y);
  const x1 = load<f64>(inner, MAX_X);
  const y1 = load<f64>(inner, MAX_Y);
  const midX = middle(x0, x1);
  const midY = middle(y0, y1);
  const right = (quadrant & 1) != 0;
  const top = (quadrant & 2) != 0;
  return relate(circle, a, b, c, d, right ? midX : x0, top ? midY : y0, right ? x1 : midX, top ? y1 : midY);
}

/** Rounding is monotone: what is said of a quadrant's nearest and farthest places holds for every point in it. */
// @ts-ignore: decorator
@inline
function relate(circle: bool, a: f64, b: f64, c: f64, d: f64, x0: f64, y0: f64, x1: f64, y1: f64): u32 {
  if (circle) {
    if (squaredTo(a, b, x0, y0, x1, y1) > c) return OUTSIDE;
    const farX = max(abs(a - x0), abs(x1 - a));
    const farY = max(abs(b - y0), abs(y1 - b));
    return farX * farX + farY * farY <= c ? INSIDE : ACROSS;
  }
  if (x0 > c || y0 > d || x1 < a || y1 < b) return OUTSIDE;
  return x0 >= a && y0 >= b && x1 <= c && y1 <= d ? INSIDE : ACROSS;
}

/** Squared distance of a point to a box. */
// @ts-ignore: decorator
@inline
function squaredTo(x: f64, y: f64, x0: f64, y0: f64, x1: f64, y1: f64): f64 {
  const dx = max(max(x0 - x, x - x1), 0);
  const dy = max(max(y0 - y, y - y1), 0);
  return dx * dx + dy * dy;
}

/** Writes the ids of a bucket; where they end. */
function copyIds(bucket: usize, places: usize, at: usize): usize {
  const ids = bucket + XS + (places << 4);
  const count = <usize>load<u32>(bucket, SIZE);
  // Two at a time: places are even.
  for (let i: usize = 0; i < count << 2; i += 8) store<u64>(at + i, load<u64>(ids + i));
  return at + (count << 2);
}

/** Writes the ids of the points of a bucket that are asked for; where they end. */
// @ts-ignore: decorator
@inline
function matching(bucket: usize, places: usize, circle: bool, a: f64, b: f64, c: f64, d: f64, at: usize): usize {
  const xs = bucket + XS;
  const ys = xs + (places << 3);
  const ids = ys + (places << 3);
  const end = (<usize>load<u32>(bucket, SIZE) + 1) & ~1;
  for (let i: usize = 0; i < end; i += 2) {
    const x = v128.load(xs + (i << 3));
    const y = v128.load(ys + (i << 3));
    let hit: v128;
    if (circle) {
      const dx = f64x2.sub(x, f64x2.splat(a));
      const dy = f64x2.sub(y, f64x2.splat(b));
      hit = f64x2.le(f64x2.add(f64x2.mul(dx, dx), f64x2.mul(dy, dy)), f64x2.splat(c));
    } else {
      hit = v128.and(
        v128.and(f64x2.ge(x, f64x2.splat(a)), f64x2.le(x, f64x2.splat(c))),
        v128.and(f64x2.ge(y, f64x2.splat(b)), f64x2.le(y, f64x2.splat(d))),
      );
    }
    const mask = <usize>i64x2.bitmask(hit);
    // Both are written, and kept by where the next goes.
    store<u32>(at, load<u32>(ids + (i << 2)));
    at += (mask & 1) << 2;
    store<u32>(at, load<u32>(ids + (i << 2), 4));
    at += (mask & 2) << 1;
  }
  return at;
}

/**
 * Writes the ids of the `k` points nearest to a place, in order, to `out`, which has 16 bytes for each; returns how many
 * there are, −1 when the arena is full. Only those count whose squared distance is at most `bound`.
 */
export function nearestTo(tree: usize, x: f64, y: f64, k: u32, bound: f64, out: usize): i32 {
  if (!load<u32>(tree, QUEUE) && !growQueue(tree + QUEUE)) return -1;
  const places = placesOf(tree);
  let queue = <usize>load<u32>(tree, QUEUE);
  let waiting: u32 = 0;
  let found: u32 = 0;
  let ref = load<u32>(tree, ROOT);
  while (ref) {
    if (ref & IS_BUCKET) {
      for (let bucket = <usize>(ref ^ IS_BUCKET); bucket; bucket = <usize>load<u32>(bucket, NEXT)) {
        const count = <usize>load<u32>(bucket, SIZE);
        const xs = bucket + XS;
        for (let i: usize = 0; i < count; i++) {
          const dx = load<f64>(xs + (i << 3)) - x;
          const dy = load<f64>(xs + ((places + i) << 3)) - y;
          const distance = dx * dx + dy * dy;
          if (!(distance <= bound)) continue;
          const id = idAt(bucket, places, i);
          if (found < k) {
            riseFarthest(out, found++, distance, id);
            if (found == k) bound = load<f64>(out);
          } else if (distance < bound || id < load<u32>(out, 8)) {
            sinkFarthest(out, found, distance, id);
            bound = load<f64>(out);
          }
        }
      }
    } else {
      if (waiting + 4 > load<u32>(tree, QUEUE_CAPACITY)) {
        if (!growQueue(tree + QUEUE)) return -1;
        queue = <usize>load<u32>(tree, QUEUE);
      }
      waiting = expand(ref, x, y, bound, queue, waiting);
    }
    if (waiting == 0 || !(load<f64>(queue) <= bound)) break;
    ref = load<u32>(queue, 8);
    waiting--;
    const last = queue + (<usize>waiting << 4);
    sinkNearest(queue, waiting, load<f64>(last), load<u32>(last, 8));
  }
  sortResults(out, found);
  return <i32>found;
}

/** Queues the quadrants of an inner node that are near enough; how many are queued now. */
function expand(inner: usize, x: f64, y: f64, bound: f64, queue: usize, waiting: u32): u32 {
  const x0 = load<f64>(inner, MIN_X);
  const y0 = load<f64>(inner, MIN_Y);
  const x1 = load<f64>(inner, MAX_X);
  const y1 = load<f64>(inner, MAX_Y);
  const midX = middle(x0, x1);
  const midY = middle(y0, y1);
  for (let quadrant: u32 = 0; quadrant < 4; quadrant++) {
    const ref = load<u32>(inner + (<usize>quadrant << 2));
    if (ref == 0) continue;
    const right = (quadrant & 1) != 0;
    const top = (quadrant & 2) != 0;
    const distance = squaredTo(x, y, right ? midX : x0, top ? midY : y0, right ? x1 : midX, top ? y1 : midY);
    if (distance <= bound) riseNearest(queue, waiting++, distance, ref);
  }
  return waiting;
}
