// One point: in, out, and the quadrants that are divided and united on the way.

import {
  BELOW, BOUNDS, CAPACITY, COUNT, IS_BUCKET, MAX_DEPTH, MAX_X, MAX_Y, MIN_X, MIN_Y, NEXT, ROOT, SIZE, keptBelow, middle, placesOf,
} from './layout';
import { dropAll, dropBucket, dropInner, idAt, makeBucket, makeInner, put, putAt, quadrantOf, xAt, yAt } from './node';

// ── In ────────────────────────────────────────────────────────────────────────────────────────────

/** 1, or 0 when the arena is full and the tree as it was. The point lies within the bounds. */
export function insertPoint(tree: usize, id: u32, x: f64, y: f64): i32 {
  const slot = tree + ROOT;
  const done = load<u32>(slot) && !(load<u32>(slot) & IS_BUCKET)
    ? insertBelow(tree, load<u32>(slot), 0, id, x, y)
    : insertAt(
        tree, slot, 0, load<f64>(tree, BOUNDS), load<f64>(tree, BOUNDS + 8), load<f64>(tree, BOUNDS + 16),
        load<f64>(tree, BOUNDS + 24), id, x, y,
      );
  if (done) store<u32>(tree, load<u32>(tree, COUNT) + 1, COUNT);
  return <i32>done;
}

/** Adds a point below an inner node. */
function insertBelow(tree: usize, inner: usize, depth: u32, id: u32, x: f64, y: f64): bool {
  const x0 = load<f64>(inner, MIN_X);
  const y0 = load<f64>(inner, MIN_Y);
  const x1 = load<f64>(inner, MAX_X);
  const y1 = load<f64>(inner, MAX_Y);
  const midX = middle(x0, x1);
  const midY = middle(y0, y1);
  const right = x >= midX;
  const top = y >= midY;
  const slot = inner + (<usize>right << 2 | <usize>top << 3);
  const ref = load<u32>(slot);
  const done = ref && !(ref & IS_BUCKET)
    ? insertBelow(tree, ref, depth + 1, id, x, y)
    : insertAt(
        tree, slot, depth + 1, right ? midX : x0, top ? midY : y0, right ? x1 : midX, top ? y1 : midY, id, x, y,
      );
  if (done) store<u32>(inner, load<u32>(inner, BELOW) + 1, BELOW);
  return done;
}

/** Adds a point to a quadrant that is empty or has a bucket. */
function insertAt(
  tree: usize, slot: usize, depth: u32, x0: f64, y0: f64, x1: f64, y1: f64, id: u32, x: f64, y: f64,
): bool {
  const bucket = <usize>(load<u32>(slot) & ~IS_BUCKET);
  const places = placesOf(tree);
  const capacity = load<u32>(tree, CAPACITY);
  if (bucket && load<u32>(bucket, SIZE) < capacity) {
    put(bucket, places, id, x, y);
    return true;
  }
  if (!bucket || depth == load<u32>(tree, MAX_DEPTH)) {
    const fresh = makeBucket(tree);
    if (!fresh) return false;
    put(fresh, places, id, x, y);
    store<u32>(fresh, <u32>bucket, NEXT);
    store<u32>(slot, <u32>fresh | IS_BUCKET);
    return true;
  }
  // Divided aside: the bucket stays until all of it has found a place.
  const inner = makeInner(tree, x0, y0, x1, y1);
  if (!inner) return false;
  let done = insertBelow(tree, inner, depth, id, x, y);
  for (let i: usize = 0; done && i < <usize>capacity; i++) {
    done = insertBelow(tree, inner, depth, idAt(bucket, places, i), xAt(bucket, i), yAt(bucket, places, i));
  }
  if (!done) {
    dropAll(tree, <u32>inner);
    return false;
  }
  dropBucket(tree, bucket);
  store<u32>(slot, <u32>inner);
  return true;
}

// ── Out ───────────────────────────────────────────────────────────────────────────────────────────

/** 1 removed, 0 there is no such point. */
export function removePoint(tree: usize, id: u32, x: f64, y: f64): i32 {
  const done = removeAt(tree, tree + ROOT, id, x, y);
  if (done) store<u32>(tree, load<u32>(tree, COUNT) - 1, COUNT);
  return <i32>done;
}

function removeAt(tree: usize, slot: usize, id: u32, x: f64, y: f64): bool {
  const ref = load<u32>(slot);
  if (ref == 0) return false;
  if (ref & IS_BUCKET) return removeFrom(tree, slot, ref ^ IS_BUCKET, id, x, y);
  if (!removeAt(tree, <usize>ref + quadrantOf(ref, x, y), id, x, y)) return false;
  const left = load<u32>(ref, BELOW) - 1;
  store<u32>(ref, left, BELOW);
  if (left <= keptBelow(tree)) unite(tree, slot, ref);
  return true;
}

/** Takes a point out of the buckets of a quadrant; the last of the first bucket takes its place. */
function removeFrom(tree: usize, slot: usize, first: usize, id: u32, x: f64, y: f64): bool {
  const places = placesOf(tree);
  for (let bucket = first; bucket; bucket = <usize>load<u32>(bucket, NEXT)) {
    const index = indexIn(bucket, places, id, x, y);
    if (index < 0) continue;
    const last = <usize>load<u32>(first, SIZE) - 1;
    putAt(bucket, places, <usize>index, idAt(first, places, last), xAt(first, last), yAt(first, places, last));
    putAt(first, places, last, 0, NaN, NaN);
    store<u32>(first, <u32>last, SIZE);
    if (last == 0) {
      const next = load<u32>(first, NEXT);
      store<u32>(slot, next ? next | IS_BUCKET : 0);
      dropBucket(tree, first);
    }
    return true;
  }
  return false;
}

/** Index of a point in a bucket, or −1. */
function indexIn(bucket: usize, places: usize, id: u32, x: f64, y: f64): i32 {
  const count = <usize>load<u32>(bucket, SIZE);
  for (let i: usize = 0; i < count; i++) {
    if (idAt(bucket, places, i) == id && xAt(bucket, i) == x && yAt(bucket, places, i) == y) return <i32>i;
  }
  return -1;
}

/**
 * Puts a bucket in the place of an inner node that has few points below it. Its quadrants are buckets, one each: an inner node
 * among them would have been united before, and a second bucket would be full.
 */
function unite(tree: usize, slot: usize, inner: usize): void {
  const places = placesOf(tree);
  let home: usize = 0;
  for (let q: usize = 0; q < 16; q += 4) {
    const bucket = <usize>(load<u32>(inner + q) & ~IS_BUCKET);
    if (!bucket) continue;
    if (!home) {
      home = bucket;
      continue;
    }
    const count = <usize>load<u32>(bucket, SIZE);
    for (let i: usize = 0; i < count; i++) put(home, places, idAt(bucket, places, i), xAt(bucket, i), yAt(bucket, places, i));
    dropBucket(tree, bucket);
  }
  store<u32>(slot, <u32>home | IS_BUCKET);
  dropInner(tree, inner);
}

/** 1 when there is such a point. */
export function hasPoint(tree: usize, id: u32, x: f64, y: f64): i32 {
  const places = placesOf(tree);
  let bucket = <usize>(load<u32>(slotOf(tree, x, y)) & ~IS_BUCKET);
  for (; bucket; bucket = <usize>load<u32>(bucket, NEXT)) {
    if (indexIn(bucket, places, id, x, y) >= 0) return 1;
  }
  return 0;
}

/** Address of the ref of the quadrant, not divided further, in which a point lies. */
export function slotOf(tree: usize, x: f64, y: f64): usize {
  let slot = tree + ROOT;
  let ref = load<u32>(slot);
  while (ref && !(ref & IS_BUCKET)) {
    slot = <usize>ref + quadrantOf(ref, x, y);
    ref = load<u32>(slot);
  }
  return slot;
}

/** 1 moved, 0 there is no such point, −1 the arena is full and the tree as it was. */
export function movePoint(tree: usize, id: u32, x: f64, y: f64, toX: f64, toY: f64): i32 {
  const slot = slotOf(tree, x, y);
  const places = placesOf(tree);
  if (slot == slotOf(tree, toX, toY)) {
    // Within its quadrant it stays where it stands.
    let bucket = <usize>(load<u32>(slot) & ~IS_BUCKET);
    for (; bucket; bucket = <usize>load<u32>(bucket, NEXT)) {
      const index = indexIn(bucket, places, id, x, y);
      if (index < 0) continue;
      putAt(bucket, places, <usize>index, id, toX, toY);
      return 1;
    }
    return 0;
  }
  if (!hasPoint(tree, id, x, y)) return 0;
  if (!insertPoint(tree, id, toX, toY)) return -1;
  removePoint(tree, id, x, y);
  return 1;
}

/** Adds points; how many went in before the arena was full. */
export function insertMany(tree: usize, ids: usize, points: usize, count: u32): u32 {
  for (let i: u32 = 0; i < count; i++) {
    const point = points + (<usize>i << 4);
    if (!insertPoint(tree, load<u32>(ids + (<usize>i << 2)), load<f64>(point), load<f64>(point, 8))) return i;
  }
  return count;
}
