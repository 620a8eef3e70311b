// Inner nodes and buckets: made, given back, filled.

import { alloc, free } from '../../memory/arena/allocator';
import {
  BUCKETS, INNERS, INNER_BYTES, IS_BUCKET, MAX_X, MAX_Y, MIN_X, MIN_Y, NEXT, SIZE, XS, middle, placesOf,
} from './layout';

/** An inner node without points, 0 when the arena is full. */
export function makeInner(tree: usize, x0: f64, y0: f64, x1: f64, y1: f64): usize {
  const inner = alloc(INNER_BYTES);
  if (!inner) return 0;
  memory.fill(inner, 0, 24);
  store<f64>(inner, x0, MIN_X);
  store<f64>(inner, y0, MIN_Y);
  store<f64>(inner, x1, MAX_X);
  store<f64>(inner, y1, MAX_Y);
  store<u32>(tree, load<u32>(tree, INNERS) + 1, INNERS);
  return inner;
}

/** A bucket without points, 0 when the arena is full. */
export function makeBucket(tree: usize): usize {
  const places = placesOf(tree);
  const bucket = alloc(<u32>(XS + places * 20));
  if (!bucket) return 0;
  store<u64>(bucket, 0);
  const end = bucket + XS + (places << 4);
  for (let at = bucket + XS; at < end; at += 8) store<f64>(at, NaN);
  store<u32>(tree, load<u32>(tree, BUCKETS) + 1, BUCKETS);
  return bucket;
}

export function dropInner(tree: usize, inner: usize): void {
  store<u32>(tree, load<u32>(tree, INNERS) - 1, INNERS);
  free(inner);
}

export function dropBucket(tree: usize, bucket: usize): void {
  store<u32>(tree, load<u32>(tree, BUCKETS) - 1, BUCKETS);
  free(bucket);
}

/** Gives back all there is at a ref. */
export function dropAll(tree: usize, ref: u32): void {
  if (ref == 0) return;
  if (ref & IS_BUCKET) {
    let bucket = <usize>(ref ^ IS_BUCKET);
    while (bucket) {
      const next = <usize>load<u32>(bucket, NEXT);
      dropBucket(tree, bucket);
      bucket = next;
    }
    return;
  }
  for (let q: usize = 0; q < 16; q += 4) dropAll(tree, load<u32>(<usize>ref + q));
  dropInner(tree, ref);
}

/** Adds a point to a bucket with room. */
// @ts-ignore: decorator
@inline
export function put(bucket: usize, places: usize, id: u32, x: f64, y: f64): void {
  const count = <usize>load<u32>(bucket, SIZE);
  putAt(bucket, places, count, id, x, y);
  store<u32>(bucket, <u32>count + 1, SIZE);
}

// @ts-ignore: decorator
@inline
export function putAt(bucket: usize, places: usize, index: usize, id: u32, x: f64, y: f64): void {
  const xs = bucket + XS;
  store<f64>(xs + (index << 3), x);
  store<f64>(xs + ((places + index) << 3), y);
  store<u32>(xs + (places << 4) + (index << 2), id);
}

// @ts-ignore: decorator
@inline
export function xAt(bucket: usize, index: usize): f64 {
  return load<f64>(bucket + (index << 3), XS);
}

// @ts-ignore: decorator
@inline
export function yAt(bucket: usize, places: usize, index: usize): f64 {
  return load<f64>(bucket + ((places + index) << 3), XS);
}

// @ts-ignore: decorator
@inline
export function idAt(bucket: usize, places: usize, index: usize): u32 {
  return load<u32>(bucket + (places << 4) + (index << 2), XS);
}

/** Offset of the ref of the quadrant in which a point lies. */
// @ts-ignore: decorator
@inline
export function quadrantOf(inner: usize, x: f64, y: f64): usize {
  const right = <usize>(x >= middle(load<f64>(inner, MIN_X), load<f64>(inner, MAX_X)));
  const top = <usize>(y >= middle(load<f64>(inner, MIN_Y), load<f64>(inner, MAX_Y)));
  return right << 2 | top << 3;
}
