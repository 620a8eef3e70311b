// Segments: making, growing, splitting, merging. Each step touches one segment, so that its cost is
// bounded by MAX_SEGMENT_ENTRIES, and the directory, whose doubling is a plain copy.
//
// Memory stays smooth because segments grow by an eighth, and because each is made with a load drawn
// from the whole range a segment passes through: at any time the segments of a map are at all stages,
// and the map as a whole is at their mean.

import { alloc, allocAligned, costOf, free, realloc } from '../../memory/arena/allocator';
import { hashOf, keyHash } from './hash';
import {
  BYTES,
  BUCKET_BYTES,
  bucketsOf,
  COUNT,
  depthOf,
  DIRECTORY,
  directoryDepth,
  directoryOf,
  END,
  entryFor,
  entryOf,
  HEADER_BYTES,
  homeOf,
  KEY_BYTES,
  keyAt,
  MUTATIONS,
  passedAt,
  PHASE,
  SEGMENT_COUNT,
  SEGMENT_LIMIT,
  SEGMENTS,
  segmentOf,
  SHIFT,
  slotsOf,
  trailerOf,
  valueAt,
} from './layout';
import { place } from './table';

/** A segment grows when it is this full, in 1/256 of its slots. */
const MAX_LOAD: u32 = 243;
/** Segments of small maps, up to some 40 000 entries, stay emptier: there a miss costs more than the memory does. */
const SMALL_MAP_LOAD: u32 = 216;
const SMALL_MAP_DEPTH: u32 = 5;

/** The load at which a segment of this depth grows, in 1/256. */
// @ts-ignore: decorator
@inline
export function maxLoad(depth: u32): u32 {
  return depth < SMALL_MAP_DEPTH ? SMALL_MAP_LOAD : MAX_LOAD;
}

/** Below this many buckets a segment grows in larger steps; it is small anyway. */
const SMALL_BUCKETS: u32 = 16;

function allocSegment<K>(map: usize, buckets: u32, depth: u32): usize {
  // With the allocator's header of four bytes, a whole number of buckets.
  const size = (buckets + 1) * BUCKET_BYTES - 4;
  const segment = allocAligned(size, BUCKET_BYTES);
  if (!segment) return 0;
  formatSegment<K>(segment, buckets, depth);
  store<u32>(map, load<u32>(map, BYTES) + costOf(segment), BYTES);
  store<u32>(map, load<u32>(map, SEGMENTS) + 1, SEGMENTS);
  return segment;
}

function formatSegment<K>(segment: usize, buckets: u32, depth: u32): void {
  for (let i: u32 = 0; i < buckets; i++) {
    const bucket = segment + i * BUCKET_BYTES;
    store<u32>(bucket, 0);
    store<u32>(passedAt<K>(bucket), 0);
  }
  const trailer = segment + buckets * BUCKET_BYTES;
  store<u32>(trailer, END);
  store<u32>(trailer, 0, SEGMENT_COUNT);
  store<u32>(trailer, limitOf<K>(buckets, depth), SEGMENT_LIMIT);
}

function freeSegment(map: usize, segment: usize): void {
  store<u32>(map, load<u32>(map, BYTES) - costOf(segment), BYTES);
  store<u32>(map, load<u32>(map, SEGMENTS) - 1, SEGMENTS);
  free(segment);
}

/** Entries at which a segment of so many buckets grows. One or two buckets may fill up. */
// @ts-ignore: decorator
@inline
function limitOf<K>(buckets: u32, depth: u32): u32 {
  const slots = buckets * slotsOf<K>();
  return buckets <= 2 ? slots : (slots * maxLoad(depth)) >> 8;
}

/** Buckets for a segment of `count` entries that is made new: at a load drawn from the range of growth. */
function staggeredBuckets<K>(map: usize, count: u32, depth: u32): u32 {
  const phase = load<u32>(map, PHASE) * 1664525 + 1013904223;
  store<u32>(map, phase, PHASE);
  // From the load after a step of growth, 8/9 of the greatest, to the greatest.
  const most = maxLoad(depth);
  return tightBuckets<K>(count, most - (((phase >> 16) * (most / 9)) >> 16));
}

/** Buckets so that `count` entries and one more make a load of at most `loadFactor`, in 1/256. */
export function tightBuckets<K>(count: u32, loadFactor: u32): u32 {
  const slots = ((count + 1) << 8) / loadFactor;
  return slots / slotsOf<K>() + 1;
}

/** Copies the entries of `from` to `to`. */
function moveAll<K>(map: usize, from: u64, to: u64, fromHash: u64, toHash: u64): void {
  const end = trailerOf<K>(from, fromHash);
  for (let bucket = segmentOf<K>(from, fromHash); bucket != end; bucket += BUCKET_BYTES) {
    const taken = load<u32>(bucket);
    // Unrolled, for taken and free slots alike, so that the hashes are computed side by side.
    moveSlot<K>(map, bucket, taken, 1, to);
    moveSlot<K>(map, bucket, taken, 2, to);
    moveSlot<K>(map, bucket, taken, 3, to);
    moveSlot<K>(map, bucket, taken, 4, to);
    moveSlot<K>(map, bucket, taken, 5, to);
    moveSlot<K>(map, bucket, taken, 6, to);
    moveSlot<K>(map, bucket, taken, 7, to);
    if (slotsOf<K>() == 10) {
      moveSlot<K>(map, bucket, taken, 8, to);
      moveSlot<K>(map, bucket, taken, 9, to);
      moveSlot<K>(map, bucket, taken, 10, to);
    }
  }
  addCount<K>(to, toHash, load<u32>(end, SEGMENT_COUNT));
}

// @ts-ignore: decorator
@inline
function moveSlot<K>(map: usize, bucket: usize, taken: u32, slot: u32, to: u64): void {
  const key = load<K>(keyAt<K>(bucket, slot));
  const hash = hashOf<K>(map, key);
  const home = homeOf<K>(hash, to);
  if (taken & (1 << slot)) place<K>(to, home, key, hash, load<f64>(valueAt<K>(bucket, slot)));
}

/** Copies the entries of `from` to `low` or `high`, by the bit after its prefix. */
function moveApart<K>(map: usize, from: u64, low: u64, high: u64, any: u64): void {
  const bit: u64 = 63 - depthOf(from);
  const end = trailerOf<K>(from, any);
  let highCount: u32 = 0;
  for (let bucket = segmentOf<K>(from, any); bucket != end; bucket += BUCKET_BYTES) {
    for (let taken = load<u32>(bucket); taken; taken &= taken - 1) {
      const slot = ctz(taken);
      const key = load<K>(keyAt<K>(bucket, slot));
      const hash = hashOf<K>(map, key);
      const isHigh = <u32>(hash >> bit) & 1;
      const to = isHigh ? high : low;
      place<K>(to, homeOf<K>(hash, to), key, hash, load<f64>(valueAt<K>(bucket, slot)));
      highCount += isHigh;
    }
  }
  addCount<K>(high, any | (<u64>1 << bit), highCount);
  addCount<K>(low, any & ~(<u64>1 << bit), load<u32>(end, SEGMENT_COUNT) - highCount);
}

// @ts-ignore: decorator
@inline
function addCount<K>(entry: u64, hash: u64, count: u32): void {
  const trailer = trailerOf<K>(entry, hash);
  store<u32>(trailer, load<u32>(trailer, SEGMENT_COUNT) + count, SEGMENT_COUNT);
}

/** Gives the segment of `hash` another number of buckets. False when the arena is full. */
export function resizeSegment<K>(map: usize, hash: u64, buckets: u32): bool {
  const old = entryFor(map, hash);
  const segment = allocSegment<K>(map, buckets, depthOf(old));
  if (!segment) return false;
  const entry = entryOf<K>(segment, buckets, depthOf(old), hash);
  moveAll<K>(map, old, entry, hash, hash);
  replace(map, hash, entry, depthOf(old));
  freeSegment(map, segmentOf<K>(old, hash));
  return true;
}

/** One step of growth. False when the arena is full. O(entries of one segment). */
export function growSegment<K>(map: usize, hash: u64): bool {
  const buckets = bucketsOf(entryFor(map, hash));
  const step = buckets < SMALL_BUCKETS ? (buckets >> 1) + 1 : buckets / 8 + 1;
  return resizeSegment<K>(map, hash, buckets + step);
}

/** Splits the segment of `hash` in two by its next bit. False when the arena is full. O(entries of one segment). */
export function splitSegment<K>(map: usize, hash: u64): bool {
  const old = entryFor(map, hash);
  const count = load<u32>(trailerOf<K>(old, hash), SEGMENT_COUNT);
  const highCount = countHigh<K>(map, old, hash);
  const depth = depthOf(old) + 1;
  const lowBuckets = staggeredBuckets<K>(map, count - highCount, depth);
  return splitInto<K>(map, hash, lowBuckets, staggeredBuckets<K>(map, highCount, depth));
}

function countHigh<K>(map: usize, entry: u64, hash: u64): u32 {
  const bit: u64 = 63 - depthOf(entry);
  const end = trailerOf<K>(entry, hash);
  let high: u32 = 0;
  for (let bucket = segmentOf<K>(entry, hash); bucket != end; bucket += BUCKET_BYTES) {
    let taken = load<u32>(bucket);
    while (taken) {
      high += <u32>(hashOf<K>(map, load<K>(keyAt<K>(bucket, ctz(taken)))) >> bit) & 1;
      taken &= taken - 1;
    }
  }
  return high;
}

/** A split with given sizes. */
export function splitInto<K>(map: usize, hash: u64, lowBuckets: u32, highBuckets: u32): bool {
  const old = entryFor(map, hash);
  const depth = depthOf(old);
  if (depth == directoryDepth(map) && !doubleDirectory(map)) return false;
  const lowSegment = allocSegment<K>(map, lowBuckets, depth + 1);
  if (!lowSegment) return false;
  const highSegment = allocSegment<K>(map, highBuckets, depth + 1);
  if (!highSegment) {
    freeSegment(map, lowSegment);
    return false;
  }
  const bit = <u64>1 << (63 - depth);
  const low = entryOf<K>(lowSegment, lowBuckets, depth + 1, hash & ~bit);
  const high = entryOf<K>(highSegment, highBuckets, depth + 1, hash | bit);
  moveApart<K>(map, old, low, high, hash);
  replace(map, hash & ~bit, low, depth + 1);
  replace(map, hash | bit, high, depth + 1);
  freeSegment(map, segmentOf<K>(old, hash));
  return true;
}

/** Makes one segment of two buddies. The one of `hash` must have depth 1 or more. False when the arena is full. */
export function mergeBuddies<K>(map: usize, hash: u64, buckets: u32): bool {
  const depth = depthOf(entryFor(map, hash));
  const bit = <u64>1 << (64 - depth);
  const low = entryFor(map, hash & ~bit);
  const high = entryFor(map, hash | bit);
  const segment = allocSegment<K>(map, buckets, depth - 1);
  if (!segment) return false;
  const entry = entryOf<K>(segment, buckets, depth - 1, hash);
  moveAll<K>(map, low, entry, hash & ~bit, hash);
  moveAll<K>(map, high, entry, hash | bit, hash);
  replace(map, hash, entry, depth - 1);
  freeSegment(map, segmentOf<K>(low, hash & ~bit));
  freeSegment(map, segmentOf<K>(high, hash | bit));
  return true;
}

/** Writes a segment's entry wherever hashes share their top `depth` bits with `hash`. */
function replace(map: usize, hash: u64, entry: u64, depth: u32): void {
  const free = directoryDepth(map) - depth;
  const first = (<usize>(hash >> load<u32>(map, SHIFT)) >> free) << free;
  const from = directoryOf(map) + (first << 3);
  for (let i: usize = 0; i < <usize>1 << free; i++) store<u64>(from + (i << 3), entry);
}

function setDirectory(map: usize, directory: usize, depth: u32): void {
  const old = directoryOf(map);
  if (old) {
    store<u32>(map, load<u32>(map, BYTES) - costOf(old), BYTES);
    free(old);
  }
  store<u32>(map, load<u32>(map, BYTES) + costOf(directory), BYTES);
  store<u32>(map, <u32>directory, DIRECTORY);
  store<u32>(map, 64 - depth, SHIFT);
}

function doubleDirectory(map: usize): bool {
  const depth = directoryDepth(map);
  const old = directoryOf(map);
  const directory = alloc(<u32>16 << depth);
  if (!directory) return false;
  for (let i: usize = 0; i < <usize>1 << depth; i++) {
    const entry = load<u64>(old + (i << 3));
    store<u64>(directory + (i << 4), entry);
    store<u64>(directory + (i << 4), entry, 8);
  }
  setDirectory(map, directory, depth + 1);
  return true;
}

/** Halves the directory; no segment may use its last bit. False when the arena is full. */
export function halveDirectory(map: usize): bool {
  const depth = directoryDepth(map) - 1;
  const old = directoryOf(map);
  const directory = alloc(<u32>8 << depth);
  if (!directory) return false;
  for (let i: usize = 0; i < <usize>1 << depth; i++) store<u64>(directory + (i << 3), load<u64>(old + (i << 4)));
  setDirectory(map, directory, depth);
  return true;
}

/** An empty map, or 0 when the arena is full. */
export function createMap<K>(): usize {
  const map = alloc(HEADER_BYTES);
  if (!map) return 0;
  memory.fill(map, 0, HEADER_BYTES);
  store<u32>(map, costOf(map), BYTES);
  store<u32>(map, sizeof<K>(), KEY_BYTES);
  keyHash(map);
  if (begin<K>(map)) return map;
  free(map);
  return 0;
}

/** Gives a new header one segment and a directory of two entries. */
function begin<K>(map: usize): bool {
  const directory = alloc(16);
  if (!directory) return false;
  const segment = allocSegment<K>(map, 1, 0);
  if (!segment) {
    free(directory);
    return false;
  }
  const entry = entryOf<K>(segment, 1, 0, 0);
  store<u64>(directory, entry);
  store<u64>(directory, entry, 8);
  setDirectory(map, directory, 1);
  return true;
}

/** Frees all segments but the one at `keep`. */
function freeSegments<K>(map: usize, keep: usize): void {
  const directory = directoryOf(map);
  const depth = directoryDepth(map);
  let i: usize = 0;
  while (i < <usize>1 << depth) {
    const entry = load<u64>(directory + (i << 3));
    const segment = segmentOf<K>(entry, <u64>i << load<u32>(map, SHIFT));
    if (segment != keep) freeSegment(map, segment);
    i += <usize>1 << (depth - depthOf(entry));
  }
}

/** Frees every entry. Cannot fail: what is left is cut down in place. O(segments). */
export function clearMap<K>(map: usize): void {
  const directory = directoryOf(map);
  const segment = segmentOf<K>(load<u64>(directory), 0);
  freeSegments<K>(map, segment);
  store<u32>(map, load<u32>(map, BYTES) - costOf(segment) - costOf(directory), BYTES);
  realloc(segment, 2 * BUCKET_BYTES - 4);
  realloc(directory, 16);
  store<u32>(map, load<u32>(map, BYTES) + costOf(segment) + costOf(directory), BYTES);
  formatSegment<K>(segment, 1, 0);
  store<u64>(directory, entryOf<K>(segment, 1, 0, 0));
  store<u64>(directory, entryOf<K>(segment, 1, 0, 0), 8);
  store<u32>(map, 63, SHIFT);
  store<u32>(map, 0, COUNT);
  store<u32>(map, load<u32>(map, MUTATIONS) + 1, MUTATIONS);
}

export function destroyMap<K>(map: usize): void {
  freeSegments<K>(map, 0);
  free(directoryOf(map));
  free(map);
}
