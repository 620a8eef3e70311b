// A tree as flat arrays: what each quadrant is, and the points in the order of the quadrants. And proof.

import { costOf } from '../../memory/arena/allocator';
import {
  BELOW, BOUNDS, BUCKETS, CAPACITY, CHAIN, COUNT, CURSOR, CURSOR_2, DEPTH, FRAMES, INNERS, IS_BUCKET, MAX_DEPTH, NEXT, QUEUE, ROOT, SIZE, keptBelow, middle, placesOf,
} from './layout';
import { idAt, makeBucket, makeInner, put, xAt, yAt } from './node';
import { slotOf } from './points';

/** Stands for an inner node, whose four quadrants follow. */
const INNER: u32 = <u32>-1;

// ── Out ───────────────────────────────────────────────────────────────────────────────────────────

/** Writes a u32 for each quadrant, from the root in depth first order: its points, or INNER. Their number is 1 + 4 × inners. */
export function dumpQuadrants(tree: usize, out: usize): void {
  dumpAt(load<u32>(tree, ROOT), out);
}

function dumpAt(ref: u32, out: usize): usize {
  if (ref && !(ref & IS_BUCKET)) {
    store<u32>(out, INNER);
    out += 4;
    for (let q: usize = 0; q < 16; q += 4) out = dumpAt(load<u32>(<usize>ref + q), out);
    return out;
  }
  let sum: u32 = 0;
  for (let bucket = <usize>(ref & ~IS_BUCKET); bucket; bucket = <usize>load<u32>(bucket, NEXT)) sum += load<u32>(bucket, SIZE);
  store<u32>(out, sum);
  return out + 4;
}

/**
 * Writes points, ids and x and y, in the order of the quadrants, until fewer than a bucket's places are left of `room`; returns
 * how many. DEPTH and CHAIN are 0 when that was all, else the call with `more` goes on.
 */
export function dumpPoints(tree: usize, ids: usize, points: usize, room: u32, more: u32): u32 {
  const places = placesOf(tree);
  let written: u32 = 0;
  let depth: u32 = 0;
  let bucket: usize = 0;
  if (more) {
    depth = load<u32>(tree, DEPTH);
    bucket = <usize>load<u32>(tree, CHAIN);
  } else {
    const root = load<u32>(tree, ROOT);
    if (root & IS_BUCKET) {
      bucket = <usize>(root ^ IS_BUCKET);
    } else if (root) {
      store<u64>(tree, root, FRAMES);
      depth = 1;
    }
  }
  for (;;) {
    while (bucket) {
      if (written + <u32>places > room) {
        store<u32>(tree, <u32>bucket, CHAIN);
        store<u32>(tree, depth, DEPTH);
        return written;
      }
      const count = load<u32>(bucket, SIZE);
      for (let i: usize = 0; i < <usize>count; i++) {
        store<u32>(ids, idAt(bucket, places, i));
        store<f64>(points, xAt(bucket, i));
        store<f64>(points, yAt(bucket, places, i), 8);
        ids += 4;
        points += 16;
      }
      written += count;
      bucket = <usize>load<u32>(bucket, NEXT);
    }
    if (depth == 0) break;
    const frame = tree + FRAMES + (<usize>(depth - 1) << 3);
    const quadrant = load<u32>(frame, 4);
    if (quadrant == 4) {
      depth--;
      continue;
    }
    store<u32>(frame, quadrant + 1, 4);
    const ref = load<u32>(<usize>load<u32>(frame) + (<usize>quadrant << 2));
    if (ref & IS_BUCKET) bucket = <usize>(ref ^ IS_BUCKET);
    else if (ref) {
      store<u64>(frame, ref, 8);
      depth++;
    }
  }
  store<u64>(tree, 0, DEPTH);
  return written;
}

// ── In ────────────────────────────────────────────────────────────────────────────────────────────

/**
 * Makes an empty tree the one of these arrays: 1 done, 0 the arena is full, −1 the arrays are of no tree. What was made until then is in
 * the tree, and to be destroyed with it. Points may still be where they do not belong, which `check` tells.
 */
export function build(tree: usize, quadrants: usize, quadrantCount: u32, ids: usize, points: usize, count: u32): i32 {
  store<u32>(tree, <u32>quadrants, CURSOR);
  store<u32>(tree, <u32>ids, CURSOR_2);
  const end = quadrants + (<usize>quadrantCount << 2);
  const done = buildAt(
    tree, tree + ROOT, end, ids, points, count, 0, load<f64>(tree, BOUNDS), load<f64>(tree, BOUNDS + 8),
    load<f64>(tree, BOUNDS + 16), load<f64>(tree, BOUNDS + 24),
  );
  const used = (load<u32>(tree, CURSOR_2) - <u32>ids) >> 2;
  const whole = <usize>load<u32>(tree, CURSOR) == end && used == count;
  store<u64>(tree, 0, CURSOR);
  if (done != 1) return done;
  store<u32>(tree, count, COUNT);
  return whole ? 1 : -1;
}

function buildAt(
  tree: usize, slot: usize, end: usize, ids: usize, points: usize, count: u32, depth: u32, x0: f64, y0: f64, x1: f64, y1: f64,
): i32 {
  const cursor = <usize>load<u32>(tree, CURSOR);
  if (cursor >= end) return -1;
  store<u32>(tree, <u32>cursor + 4, CURSOR);
  const size = load<u32>(cursor);
  const deepest = depth == load<u32>(tree, MAX_DEPTH);
  if (size != INNER) return buildBuckets(tree, slot, ids, points, count, size, deepest);
  if (deepest) return -1;
  const inner = makeInner(tree, x0, y0, x1, y1);
  if (!inner) return 0;
  store<u32>(slot, <u32>inner);
  const before = load<u32>(tree, CURSOR_2);
  const midX = middle(x0, x1);
  const midY = middle(y0, y1);
  for (let quadrant: u32 = 0; quadrant < 4; quadrant++) {
    const right = (quadrant & 1) != 0;
    const top = (quadrant & 2) != 0;
    const done = buildAt(
      tree, inner + (<usize>quadrant << 2), end, ids, points, count, depth + 1, right ? midX : x0, top ? midY : y0,
      right ? x1 : midX, top ? y1 : midY,
    );
    if (done != 1) return done;
  }
  store<u32>(inner, (load<u32>(tree, CURSOR_2) - before) >> 2, BELOW);
  return 1;
}

/** The buckets of one quadrant: the first has what the others, which are full, leave over. */
function buildBuckets(tree: usize, slot: usize, ids: usize, points: usize, count: u32, size: u32, deepest: bool): i32 {
  const capacity = load<u32>(tree, CAPACITY);
  const cursor = <usize>load<u32>(tree, CURSOR_2);
  const used = <u32>((cursor - ids) >> 2);
  if (size > count - used || size > capacity && !deepest) return -1;
  const places = placesOf(tree);
  let point = points + (<usize>used << 4);
  let id = cursor;
  let left = size;
  let before: usize = 0;
  while (left) {
    const bucket = makeBucket(tree);
    if (!bucket) return 0;
    if (before) store<u32>(before, <u32>bucket, NEXT);
    else store<u32>(slot, <u32>bucket | IS_BUCKET);
    before = bucket;
    for (let some = (left - 1) % capacity + 1; some; some--) {
      put(bucket, places, load<u32>(id), load<f64>(point), load<f64>(point, 8));
      id += 4;
      point += 16;
      left--;
    }
  }
  store<u32>(tree, <u32>id, CURSOR_2);
  return 1;
}

// ── Size and proof ────────────────────────────────────────────────────────────────────────────────

/** Bytes the tree costs its arena, allocator headers included. */
export function bytesOf(tree: usize): u32 {
  let bytes = costOf(tree) + costAt(load<u32>(tree, ROOT));
  if (load<u32>(tree, QUEUE)) bytes += costOf(load<u32>(tree, QUEUE));
  return bytes;
}

function costAt(ref: u32): u32 {
  let bytes: u32 = 0;
  if (ref == 0) return 0;
  if (ref & IS_BUCKET) {
    for (let bucket = <usize>(ref ^ IS_BUCKET); bucket; bucket = <usize>load<u32>(bucket, NEXT)) bytes += costOf(bucket);
    return bytes;
  }
  for (let q: usize = 0; q < 16; q += 4) bytes += costAt(load<u32>(<usize>ref + q));
  return bytes + costOf(ref);
}

/** Levels below the root. */
export function depthOf(tree: usize): u32 {
  return depthAt(load<u32>(tree, ROOT));
}

function depthAt(ref: u32): u32 {
  if (ref == 0 || ref & IS_BUCKET) return 0;
  let deepest: u32 = 0;
  for (let q: usize = 0; q < 16; q += 4) deepest = max(deepest, depthAt(load<u32>(<usize>ref + q)));
  return deepest + 1;
}

/** 0 when every invariant holds, else the number of the first that does not. */
export function check(tree: usize): i32 {
  store<u64>(tree, 0, CURSOR);
  const below = checkAt(tree, tree + ROOT, 0);
  const inners = load<u32>(tree, CURSOR);
  const buckets = load<u32>(tree, CURSOR_2);
  store<u64>(tree, 0, CURSOR);
  if (below < 0) return <i32>-below;
  if (<u32>below != load<u32>(tree, COUNT)) return 1;
  if (inners != load<u32>(tree, INNERS) || buckets != load<u32>(tree, BUCKETS)) return 2;
  return 0;
}

/** Points at a slot; less than 0 when something is broken. Counts nodes in the cursors. */
function checkAt(tree: usize, slot: usize, depth: u32): i64 {
  const ref = load<u32>(slot);
  if (ref == 0) return 0;
  if (ref & IS_BUCKET) return checkBuckets(tree, slot, ref ^ IS_BUCKET, depth == load<u32>(tree, MAX_DEPTH));
  if (depth >= load<u32>(tree, MAX_DEPTH)) return -3;
  store<u32>(tree, load<u32>(tree, CURSOR) + 1, CURSOR);
  let sum: i64 = 0;
  for (let q: usize = 0; q < 16; q += 4) {
    const below = checkAt(tree, <usize>ref + q, depth + 1);
    if (below < 0) return below;
    sum += below;
  }
  if (sum != <i64>load<u32>(ref, BELOW)) return -4;
  return sum <= <i64>keptBelow(tree) ? -5 : sum;
}

function checkBuckets(tree: usize, slot: usize, first: usize, deepest: bool): i64 {
  const places = placesOf(tree);
  const capacity = load<u32>(tree, CAPACITY);
  let sum: i64 = 0;
  for (let bucket = first; bucket; bucket = <usize>load<u32>(bucket, NEXT)) {
    store<u32>(tree, load<u32>(tree, CURSOR_2) + 1, CURSOR_2);
    const count = load<u32>(bucket, SIZE);
    if (count == 0 || count > capacity || bucket != first && (count != capacity || !deepest)) return -6;
    for (let i: usize = 0; i < places; i++) {
      const x = xAt(bucket, i);
      const y = yAt(bucket, places, i);
      if (i >= <usize>count) {
        if (x == x || y == y) return -7;
        continue;
      }
      const inside = x >= load<f64>(tree, BOUNDS) && x <= load<f64>(tree, BOUNDS + 16);
      if (!inside || !(y >= load<f64>(tree, BOUNDS + 8) && y <= load<f64>(tree, BOUNDS + 24))) return -8;
      if (slotOf(tree, x, y) != slot) return -9;
    }
    sum += count;
  }
  return sum;
}
