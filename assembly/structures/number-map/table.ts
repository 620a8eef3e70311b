// The table: find, insert, remove. Extendible hashing (Fagin, Nievergelt, Pippenger, Strong 1979)
// over small segments of cache-line buckets, with overflow counts in place of tombstones (F14).

import { growSegment, splitSegment } from './segments';
import { hashOf } from './hash';
import {
  BUCKET_BYTES,
  bucketsOf,
  classBit,
  COUNT,
  depthOf,
  directoryDepth,
  END,
  entryFor,
  FREE_DEPTH,
  fullMask,
  homeOf,
  keyAt,
  MAX_DEPTH,
  MAX_PROBE,
  MAX_SEGMENT_ENTRIES,
  MUTATIONS,
  passedAt,
  SEGMENT_COUNT,
  SEGMENT_LIMIT,
  segmentOf,
  trailerOf,
  valueAt,
  wasPassed,
} from './layout';

/** Slots of the bucket that hold `key`: at most one bit. */
// @ts-ignore: decorator
@inline
export function matches<K>(bucket: usize, key: K): u32 {
  // All words of the first line are compared; those that are no key of a taken slot drop out at the end.
  let bits: u32;
  if (sizeof<K>() == 4) {
    const wanted = i32x4.splat(<i32>key);
    const a = i32x4.eq(v128.load(bucket), wanted);
    const b = i32x4.eq(v128.load(bucket, 16), wanted);
    const c = i32x4.eq(v128.load(bucket, 32), wanted);
    bits = i8x16.bitmask(i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, c)));
  } else {
    const wanted = i64x2.splat(<i64>key);
    bits =
      i64x2.bitmask(i64x2.eq(v128.load(bucket), wanted)) |
      (i64x2.bitmask(i64x2.eq(v128.load(bucket, 16), wanted)) << 2) |
      (i64x2.bitmask(i64x2.eq(v128.load(bucket, 32), wanted)) << 4) |
      (i64x2.bitmask(i64x2.eq(v128.load(bucket, 48), wanted)) << 6);
  }
  return bits & load<u32>(bucket);
}

/** Address of the key's value, or 0. */
// @ts-ignore: decorator
@inline
export function find<K>(map: usize, key: K, hash: u64): usize {
  const entry = entryFor(map, hash);
  const home = homeOf<K>(hash, entry);
  const bits = matches<K>(home, key);
  if (bits) return valueAt<K>(home, ctz(bits));
  return wasPassed<K>(home, hash) ? findFurther<K>(entry, home, key, hash) : 0;
}

/** `find` from the bucket after `home` on. */
export function findFurther<K>(entry: u64, home: usize, key: K, hash: u64): usize {
  let bucket = home + BUCKET_BYTES;
  while (load<u32>(bucket) != END) {
    const bits = matches<K>(bucket, key);
    if (bits) return valueAt<K>(bucket, ctz(bits));
    if (!wasPassed<K>(bucket, hash)) return 0;
    bucket += BUCKET_BYTES;
  }
  for (bucket = segmentOf<K>(entry, hash); bucket != home; bucket += BUCKET_BYTES) {
    const bits = matches<K>(bucket, key);
    if (bits) return valueAt<K>(bucket, ctz(bits));
    if (!wasPassed<K>(bucket, hash)) return 0;
  }
  return 0;
}

/** The value, or NaN. `find`, but for one branch less where the entry is at home. */
// @ts-ignore: decorator
@inline
export function valueOf<K>(map: usize, key: K): f64 {
  const hash = hashOf<K>(map, key);
  const entry = entryFor(map, hash);
  const home = homeOf<K>(hash, entry);
  const bits = matches<K>(home, key);
  if (bits) return load<f64>(valueAt<K>(home, ctz(bits)));
  if (!wasPassed<K>(home, hash)) return NaN;
  const found = findFurther<K>(entry, home, key, hash);
  return found ? load<f64>(found) : NaN;
}

/** 0: an old entry got a new value; 1: a new entry; −1: the arena is full and the map as it was. */
// @ts-ignore: decorator
@inline
export function put<K>(map: usize, key: K, value: f64): i32 {
  const hash = hashOf<K>(map, key);
  const found = find<K>(map, key, hash);
  if (!found) return insert<K>(map, key, hash, value);
  store<f64>(found, value);
  store<u32>(map, load<u32>(map, MUTATIONS) + 1, MUTATIONS);
  return 0;
}

/** Adds an entry whose key is not in the map. 1, or −1 when the arena is full. */
export function insert<K>(map: usize, key: K, hash: u64, value: f64): i32 {
  let entry = entryFor(map, hash);
  let trailer = trailerOf<K>(entry, hash);
  while (load<u32>(trailer, SEGMENT_COUNT) >= load<u32>(trailer, SEGMENT_LIMIT)) {
    if (!makeRoom<K>(map, hash, entry, load<u32>(trailer, SEGMENT_COUNT))) return -1;
    entry = entryFor(map, hash);
    trailer = trailerOf<K>(entry, hash);
  }
  let bucket = homeOf<K>(hash, entry);
  while (isCrowded<K>(entry, bucket, hash)) {
    // Only entries that come in the order of their hashes can crowd one stretch of a segment like this.
    if (!maySplit(map, depthOf(entry))) break;
    if (!splitSegment<K>(map, hash)) return -1;
    entry = entryFor(map, hash);
    trailer = trailerOf<K>(entry, hash);
    bucket = homeOf<K>(hash, entry);
  }
  place<K>(entry, bucket, key, hash, value);
  store<u32>(trailer, load<u32>(trailer, SEGMENT_COUNT) + 1, SEGMENT_COUNT);
  store<u32>(map, load<u32>(map, COUNT) + 1, COUNT);
  store<u32>(map, load<u32>(map, MUTATIONS) + 1, MUTATIONS);
  return 1;
}

function makeRoom<K>(map: usize, hash: u64, entry: u64, count: u32): bool {
  if (count >= MAX_SEGMENT_ENTRIES && maySplit(map, depthOf(entry))) return splitSegment<K>(map, hash);
  return growSegment<K>(map, hash);
}

/** A split must not make the directory large for few entries, as keys chosen with the seed in hand could. */
function maySplit(map: usize, depth: u32): bool {
  if (depth < FREE_DEPTH || depth < directoryDepth(map)) return true;
  return depth < MAX_DEPTH && <u64>1 << depth < <u64>load<u32>(map, COUNT);
}

function isCrowded<K>(entry: u64, bucket: usize, hash: u64): bool {
  if (load<u32>(bucket) != fullMask<K>()) return false;
  if (bucketsOf(entry) <= MAX_PROBE) return false;
  const end = trailerOf<K>(entry, hash);
  for (let tries = MAX_PROBE; tries; tries--) {
    bucket += BUCKET_BYTES;
    if (bucket == end) bucket = segmentOf<K>(entry, hash);
    if (load<u32>(bucket) != fullMask<K>()) return false;
  }
  return true;
}

/** Writes an entry into the first bucket with room from its home on. The segment must have room. */
// @ts-ignore: decorator
@inline
export function place<K>(entry: u64, home: usize, key: K, hash: u64, value: f64): void {
  let bucket = home;
  let taken = load<u32>(bucket);
  if (taken == fullMask<K>()) {
    bucket = passOver<K>(entry, bucket, hash);
    taken = load<u32>(bucket);
  }
  const slot = ctz(~taken & fullMask<K>());
  store<u32>(bucket, taken | (1 << slot));
  store<K>(keyAt<K>(bucket, slot), key);
  store<f64>(valueAt<K>(bucket, slot), value);
}

/** The first bucket with room behind a full one, having counted one entry more over those between. */
function passOver<K>(entry: u64, bucket: usize, hash: u64): usize {
  const begin = segmentOf<K>(entry, hash);
  const end = trailerOf<K>(entry, hash);
  const bit = classBit(hash);
  do {
    const passed = load<u32>(passedAt<K>(bucket));
    if (((passed >> bit) & 15) != 15) store<u32>(passedAt<K>(bucket), passed + (1 << bit));
    bucket += BUCKET_BYTES;
    if (bucket == end) bucket = begin;
  } while (load<u32>(bucket) == fullMask<K>());
  return bucket;
}

/** True when there was such an entry. Never allocates. */
export function remove<K>(map: usize, key: K): bool {
  const hash = hashOf<K>(map, key);
  const found = find<K>(map, key, hash);
  if (!found) return false;
  const entry = entryFor(map, hash);
  const bucket = found & ~(<usize>BUCKET_BYTES - 1);
  const slot = <u32>(found - valueAt<K>(bucket, 0)) >> 3;
  store<u32>(bucket, load<u32>(bucket) & ~(1 << slot));
  const home = homeOf<K>(hash, entry);
  if (bucket != home) takeBack<K>(entry, home, bucket, hash);
  const trailer = trailerOf<K>(entry, hash);
  store<u32>(trailer, load<u32>(trailer, SEGMENT_COUNT) - 1, SEGMENT_COUNT);
  store<u32>(map, load<u32>(map, COUNT) - 1, COUNT);
  store<u32>(map, load<u32>(map, MUTATIONS) + 1, MUTATIONS);
  return true;
}

/** An entry no longer passes over the buckets from `home` to before `bucket`. */
function takeBack<K>(entry: u64, home: usize, bucket: usize, hash: u64): void {
  const end = trailerOf<K>(entry, hash);
  const bit = classBit(hash);
  while (home != bucket) {
    const passed = load<u32>(passedAt<K>(home));
    // A full counter has lost count: it stays.
    if (((passed >> bit) & 15) != 15) store<u32>(passedAt<K>(home), passed - (1 << bit));
    home += BUCKET_BYTES;
    if (home == end) home = segmentOf<K>(entry, hash);
  }
}
