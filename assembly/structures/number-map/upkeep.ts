// What is done now and then: reserve, shrink, statistics, and the check of every invariant.

import { alloc, costOf, free } from '../../memory/arena/allocator';
import { hashOf } from './hash';
import {
  BYTES,
  BUCKET_BYTES,
  bucketsOf,
  classBit,
  COUNT,
  depthOf,
  directoryDepth,
  directoryOf,
  entryFor,
  homeIndex,
  KEY_BYTES,
  fullMask,
  keyAt,
  MAX_DEPTH,
  MAX_SEGMENT_ENTRIES,
  passedAt,
  SEGMENT_COUNT,
  SEGMENT_LIMIT,
  SEGMENTS,
  segmentOf,
  SHIFT,
  slotsOf,
  trailerOf,
  valueAt,
} from './layout';
import { halveDirectory, maxLoad, mergeBuddies, resizeSegment, splitInto, tightBuckets } from './segments';
import { find } from './table';

/** Part of their greatest load at which reserved segments are made, in 1/256; leaves room for their unequal shares. */
const RESERVED_SHARE: u32 = 228;

/** Makes room for `count` entries in all. False when the arena is full; what was made until then stays. O(count). */
export function reserve<K>(map: usize, count: u32): bool {
  let depth: u32 = 0;
  while (count >> depth > (MAX_SEGMENT_ENTRIES * 3) >> 2 && depth < MAX_DEPTH) depth++;
  const buckets = tightBuckets<K>(count >> depth, (maxLoad(depth) * RESERVED_SHARE) >> 8);
  let hash: u64 = 0;
  do {
    while (depthOf(entryFor(map, hash)) < depth) {
      // A segment that holds something gets halves that could take all of it.
      const room = tightBuckets<K>(load<u32>(trailerOf<K>(entryFor(map, hash), hash), SEGMENT_COUNT), maxLoad(0));
      const last = depthOf(entryFor(map, hash)) + 1 == depth;
      const size = last ? max(room, buckets) : room;
      if (!splitInto<K>(map, hash, size, size)) return false;
    }
    const entry = entryFor(map, hash);
    // Segments deeper than asked for are there because they were full.
    if (depthOf(entry) == depth && bucketsOf(entry) < buckets && !resizeSegment<K>(map, hash, buckets)) return false;
    hash = nextSegment(map, hash);
  } while (hash);
  return true;
}

/** Lowest hash of the segment after the one of `hash`, 0 after the last. */
// @ts-ignore: decorator
@inline
function nextSegment(map: usize, hash: u64): u64 {
  const depth = <u64>depthOf(entryFor(map, hash));
  return depth ? ((hash >> (64 - depth)) + 1) << (64 - depth) : 0;
}

/** Gives back what the entries do not need. Stops early, without harm, when the arena is too full to move. O(entries). */
export function shrink<K>(map: usize): void {
  let merged = true;
  while (merged) {
    merged = false;
    let hash: u64 = 0;
    do {
      if (tryMerge<K>(map, hash)) merged = true;
      hash = nextSegment(map, hash);
    } while (hash);
  }
  let deepest: u32 = 1;
  let hash: u64 = 0;
  do {
    const entry = entryFor(map, hash);
    const buckets = tightBuckets<K>(load<u32>(trailerOf<K>(entry, hash), SEGMENT_COUNT), maxLoad(depthOf(entry)));
    if (buckets < bucketsOf(entry)) resizeSegment<K>(map, hash, buckets);
    deepest = max(deepest, depthOf(entry));
    hash = nextSegment(map, hash);
  } while (hash);
  while (directoryDepth(map) > deepest && halveDirectory(map)) {}
}

/** Merges the segment that begins at `hash` with its buddy where both are small and neighbours of one depth. */
function tryMerge<K>(map: usize, hash: u64): bool {
  const low = entryFor(map, hash);
  const depth = depthOf(low);
  if (!depth) return false;
  const bit = <u64>1 << (64 - depth);
  if (hash & bit) return false;
  const high = entryFor(map, hash | bit);
  if (depthOf(high) != depth) return false;
  const together = load<u32>(trailerOf<K>(low, hash), SEGMENT_COUNT) + load<u32>(trailerOf<K>(high, hash | bit), SEGMENT_COUNT);
  if (together > (MAX_SEGMENT_ENTRIES * 3) >> 2) return false;
  return mergeBuddies<K>(map, hash, tightBuckets<K>(together, maxLoad(depth - 1)));
}

/**
 * Writes u32s at `out`: entries, slots, bytes, segments, directory entries, entries of the largest segment,
 * entries outside their home bucket, the longest way of one from its home in buckets. O(entries).
 */
export function stats<K>(map: usize, out: usize): void {
  let slots: u32 = 0;
  let largest: u32 = 0;
  let displaced: u32 = 0;
  let longest: u32 = 0;
  let hash: u64 = 0;
  do {
    const entry = entryFor(map, hash);
    const buckets = bucketsOf(entry);
    slots += buckets * slotsOf<K>();
    largest = max(largest, load<u32>(trailerOf<K>(entry, hash), SEGMENT_COUNT));
    for (let i: u32 = 0; i < buckets; i++) {
      const bucket = segmentOf<K>(entry, hash) + i * BUCKET_BYTES;
      for (let taken = load<u32>(bucket); taken; taken &= taken - 1) {
        const home = homeIndex(hashOf<K>(map, load<K>(keyAt<K>(bucket, ctz(taken)))), entry);
        const distance = i >= home ? i - home : i + buckets - home;
        if (distance) displaced++;
        longest = max(longest, distance);
      }
    }
    hash = nextSegment(map, hash);
  } while (hash);
  store<u32>(out, load<u32>(map, COUNT));
  store<u32>(out, slots, 4);
  store<u32>(out, load<u32>(map, BYTES), 8);
  store<u32>(out, load<u32>(map, SEGMENTS), 12);
  store<u32>(out, 1 << directoryDepth(map), 16);
  store<u32>(out, largest, 20);
  store<u32>(out, displaced, 24);
  store<u32>(out, longest, 28);
}

/** 0 when every invariant holds, else the number of the first one broken; −1 when there is no memory to check with. */
export function check<K>(map: usize): i32 {
  if (load<u32>(map, KEY_BYTES) != sizeof<K>()) return 1;
  const depth = directoryDepth(map);
  if (depth < 1 || depth > MAX_DEPTH) return 2;
  const directory = directoryOf(map);
  let bytes = costOf(map) + costOf(directory);
  let segments: u32 = 0;
  let count: u32 = 0;
  let i: u32 = 0;
  while (i < <u32>1 << depth) {
    const entry = load<u64>(directory + (<usize>i << 3));
    if (depthOf(entry) > depth) return 3;
    const span = <u32>1 << (depth - depthOf(entry));
    if (i & (span - 1)) return 4;
    for (let k: u32 = 1; k < span; k++) {
      if (load<u64>(directory + (<usize>(i + k) << 3)) != entry) return 5;
    }
    const hash = <u64>i << load<u32>(map, SHIFT);
    if (segmentOf<K>(entry, hash) & (BUCKET_BYTES - 1)) return 6;
    const broken = checkSegment<K>(map, entry, hash);
    if (broken) return broken;
    bytes += costOf(segmentOf<K>(entry, hash));
    count += load<u32>(trailerOf<K>(entry, hash), SEGMENT_COUNT);
    segments++;
    i += span;
  }
  if (count != load<u32>(map, COUNT)) return 7;
  if (bytes != load<u32>(map, BYTES)) return 8;
  return segments == load<u32>(map, SEGMENTS) ? 0 : 9;
}

function checkSegment<K>(map: usize, entry: u64, begin: u64): i32 {
  // One u32 a bucket and class: how many entries passed over.
  const bytes = bucketsOf(entry) << 5;
  const passed = alloc(bytes);
  if (!passed) return -1;
  memory.fill(passed, 0, bytes);
  let broken = checkEntries<K>(map, entry, begin, passed);
  if (!broken) broken = checkCounters<K>(entry, begin, passed);
  free(passed);
  return broken;
}

/** `begin` is the lowest hash of the segment. */
function checkEntries<K>(map: usize, entry: u64, begin: u64, passed: usize): i32 {
  const buckets = bucketsOf(entry);
  let count: u32 = 0;
  for (let i: u32 = 0; i < buckets; i++) {
    const bucket = segmentOf<K>(entry, begin) + i * BUCKET_BYTES;
    if (load<u32>(bucket) & ~fullMask<K>()) return 10;
    for (let taken = load<u32>(bucket); taken; taken &= taken - 1) {
      const slot = ctz(taken);
      const key = load<K>(keyAt<K>(bucket, slot));
      const hash = hashOf<K>(map, key);
      if (entryFor(map, hash) != entry) return 11;
      if (segmentOf<K>(entry, hash) != segmentOf<K>(entry, begin)) return 12;
      // Reached by a search, and no other entry of the same key before it.
      if (find<K>(map, key, hash) != valueAt<K>(bucket, slot)) return 13;
      if (sizeof<K>() == 8 && !isNormalised(<u64>key)) return 14;
      for (let k = homeIndex(hash, entry); k != i; k = k + 1 == buckets ? 0 : k + 1) {
        const cell = passed + (<usize>k << 5) + ((<usize>hash & 7) << 2);
        store<u32>(cell, load<u32>(cell) + 1);
      }
      count++;
    }
  }
  const trailer = trailerOf<K>(entry, begin);
  if (count != load<u32>(trailer, SEGMENT_COUNT)) return 16;
  return count <= load<u32>(trailer, SEGMENT_LIMIT) ? 0 : 17;
}

/** A counter is exact until it is full; a full one may have been. */
function checkCounters<K>(entry: u64, begin: u64, passed: usize): i32 {
  const buckets = bucketsOf(entry);
  for (let i: u32 = 0; i < buckets; i++) {
    const counters = load<u32>(passedAt<K>(segmentOf<K>(entry, begin) + i * BUCKET_BYTES));
    for (let c: u32 = 0; c < 8; c++) {
      const counted = (counters >> classBit(c)) & 15;
      const real = load<u32>(passed + (<usize>i << 5) + (<usize>c << 2));
      if (counted != 15 && counted != real) return 15;
    }
  }
  return 0;
}

/** No −0, and one NaN only. */
function isNormalised(bits: u64): bool {
  if (bits == 0x8000_0000_0000_0000) return false;
  return reinterpret<f64>(bits) == reinterpret<f64>(bits) || bits == 0x7ff8_0000_0000_0000;
}
