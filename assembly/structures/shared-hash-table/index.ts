// Kernel `structures/shared-hash-table`: bytes to bytes, for many threads, none of which can leave it broken. See layout.ts.

import { xxh64 } from '../../hash/xxh64';
import { alloc, allocIn, checkIn, costOf, free, freeIn, makeHeap, remakeHeap } from '../../memory/arena/allocator';
import { copyBytes } from '../../memory/bytes';
import { beginReading, endReading, giveBack, RECOVERED, REFUSED, TAKEN_OVER, takeForWriting, timesRecovered } from '../../sync/lock';
import { cellOf, find, growIndex, makeIndex, PAGE_BUCKETS, pageAt, split } from './bucket';
import { bucketOf } from '../linear-hashing';
import {
  BUCKETS, CHAIN, COUNT, ENTRY_BYTES, HASH, HEAP_BYTES, KEY_BYTES, keyOf, MAKING, PAGES, publish, ROOT_BYTES, SEED, SEGMENT_BYTES,
  SEGMENT_LOG, SPLITTING, VALUE_BYTES, valueOf,
} from './layout';

const LEAST_SEGMENT_BYTES: u32 = 8192;

// What `set` returns.
const FULL: i32 = 0;
const NEW: i32 = 1;
const REPLACED: i32 = 2;
/** Somebody else has the segment, and the caller must not wait. */
const BUSY: i32 = -2;
/** What `read` returns for a key that is not there. */
const ABSENT: i32 = -1;

/** Address of an empty table whose block is of at most `maxBytes` bytes, allocator header included; 0 when the arena is full. */
export function create(segmentLog: u32, maxBytes: u32, seedLow: u32, seedHigh: u32): usize {
  const segmentBytes = ((maxBytes - 16 - ROOT_BYTES) >> segmentLog) & ~7;
  if (segmentBytes < LEAST_SEGMENT_BYTES) return 0;
  const root = alloc(ROOT_BYTES + (segmentBytes << segmentLog));
  if (!root) return 0;
  memory.fill(root, 0, ROOT_BYTES);
  store<u32>(root, segmentLog, SEGMENT_LOG);
  store<u32>(root, segmentBytes, SEGMENT_BYTES);
  // A bit for each 8 bytes: one part in 64, in whole words.
  store<u32>(root, <u32>((<u64>(segmentBytes - 8) << 6) / 65) & ~7, HEAP_BYTES);
  store<u32>(root, seedLow, SEED);
  store<u32>(root, seedHigh, SEED + 4);
  for (let i: u32 = 0; i < (<u32>1 << segmentLog); i++) {
    const segment = segmentAt(root, i);
    memory.fill(segment, 0, 32);
    makeSegment(root, segment);
  }
  return root;
}

export function destroy(root: usize): void {
  free(root);
}

/** Bytes the table costs its arena. */
export function bytesOf(root: usize): u32 {
  return costOf(root);
}

/** Removes every entry, a segment at a time. BUSY, having done some, to who must not wait. */
export function clear(root: usize, me: usize): i32 {
  for (let i: u32 = 0; i < (<u32>1 << load<u32>(root, SEGMENT_LOG)); i++) {
    const segment = segmentAt(root, i);
    if (!take(root, segment, me)) return BUSY;
    makeSegment(root, segment);
    giveBack(segment);
  }
  return 1;
}

/** Takes segment `index` for itself, until it is given back: for who walks over its entries. */
export function takeSegment(root: usize, index: u32, me: usize): i32 {
  return take(root, segmentAt(root, index), me) ? 1 : BUSY;
}

export function giveSegmentBack(root: usize, index: u32): void {
  giveBack(segmentAt(root, index));
}

/** How often a segment was mended. */
export function recovered(root: usize): u32 {
  return timesRecovered(segmentAt(root, 0), <u32>1 << load<u32>(root, SEGMENT_LOG), segmentAt(root, 1) - segmentAt(root, 0));
}

function take(root: usize, segment: usize, me: usize): bool {
  if (!ASC_FEATURE_THREADS) return true;
  const taken = takeForWriting(segment, me);
  if (taken == TAKEN_OVER) mend(root, segment);
  return taken != REFUSED;
}

function makeSegment(root: usize, segment: usize): void {
  publish(segment + MAKING, 1);
  store<u32>(segment, 0, SPLITTING);
  makeHeap(segment, load<u32>(root, HEAP_BYTES));
  makeIndex(segment);
  publish(segment + MAKING, 0);
}

/** Makes whole what a writer left that is no more: see layout.ts. It may be begun again and again. O(entries). */
function mend(root: usize, segment: usize): void {
  store<u32>(segment, load<u32>(segment, RECOVERED) + 1, RECOVERED);
  if (load<u32>(segment, MAKING)) {
    makeSegment(root, segment);
    return;
  }
  if (load<u32>(segment, SPLITTING)) split(segment);
  const heapBytes = load<u32>(root, HEAP_BYTES);
  const marks = segment + heapBytes;
  memory.fill(marks, 0, load<u32>(root, SEGMENT_BYTES) - heapBytes);
  const buckets = load<u32>(segment, BUCKETS);
  let count: u32 = 0;
  mark(segment, marks, load<u32>(segment, PAGES));
  for (let bucket: u32 = 0; bucket < buckets; bucket++) {
    if ((bucket & (PAGE_BUCKETS - 1)) == 0) mark(segment, marks, pageAt(segment, bucket / PAGE_BUCKETS));
    for (let entry: usize = load<u32>(cellOf(segment, bucket)); entry; entry = load<u32>(entry, CHAIN)) {
      mark(segment, marks, entry);
      count++;
    }
  }
  store<u32>(segment, count, COUNT);
  remakeHeap(segment, heapBytes, marks);
}

// @ts-ignore: decorator
@inline
function mark(segment: usize, marks: usize, address: usize): void {
  const bit = <u32>(address - segment) >> 3;
  const word = marks + (<usize>(bit >> 5) << 2);
  store<u32>(word, load<u32>(word) | ((<u32>1) << (bit & 31)));
}

// @ts-ignore: decorator
@inline
function segmentAt(root: usize, index: u32): usize {
  return root + ROOT_BYTES + <usize>index * <usize>load<u32>(root, SEGMENT_BYTES);
}

// @ts-ignore: decorator
@inline
function segmentOf(root: usize, hash: u32): usize {
  return segmentAt(root, (hash >> 1) >> (31 - load<u32>(root, SEGMENT_LOG)));
}

// @ts-ignore: decorator
@inline
function hashOf(root: usize, key: usize, keyBytes: u32): u32 {
  return <u32>(xxh64(key, keyBytes, load<u64>(root, SEED)) >> 32);
}

/** Copies the value of a key to `out`, where there is `space` for all of it. Its length, ABSENT or BUSY. Others may read too. */
export function read(root: usize, me: usize, key: usize, keyBytes: u32, out: usize, space: u32): i32 {
  const hash = hashOf(root, key, keyBytes);
  const segment = segmentOf(root, hash);
  while (!beginReading(segment, me)) {
    if (!take(root, segment, me)) return BUSY;
    giveBack(segment);
  }
  let result = ABSENT;
  const cell = find(segment, hash, key, keyBytes);
  if (cell) {
    const entry: usize = load<u32>(cell);
    const bytes = load<u32>(entry, VALUE_BYTES);
    if (bytes <= space) copyBytes(out, valueOf(entry), bytes);
    result = <i32>bytes;
  }
  endReading(me);
  return result;
}

/** NEW, REPLACED, FULL when there is no room, and then nothing has changed, or BUSY. */
export function set(root: usize, me: usize, key: usize, keyBytes: u32, value: usize, valueBytes: u32): i32 {
  const hash = hashOf(root, key, keyBytes);
  const segment = segmentOf(root, hash);
  if (!take(root, segment, me)) return BUSY;
  const result = setIn(segment, hash, key, keyBytes, value, valueBytes);
  giveBack(segment);
  return result;
}

function setIn(segment: usize, hash: u32, key: usize, keyBytes: u32, value: usize, valueBytes: u32): i32 {
  const fresh = allocIn(segment, ENTRY_BYTES + keyBytes + valueBytes);
  if (!fresh) return FULL;
  store<u32>(fresh, hash, HASH);
  store<u32>(fresh, keyBytes, KEY_BYTES);
  store<u32>(fresh, valueBytes, VALUE_BYTES);
  copyBytes(keyOf(fresh), key, keyBytes);
  copyBytes(valueOf(fresh), value, valueBytes);
  const cell = find(segment, hash, key, keyBytes);
  if (cell) {
    const entry: usize = load<u32>(cell);
    store<u32>(fresh, load<u32>(entry, CHAIN), CHAIN);
    publish(cell, <u32>fresh);
    freeIn(segment, entry);
    return REPLACED;
  }
  const head = cellOf(segment, bucketOf(hash, load<u32>(segment, BUCKETS)));
  store<u32>(fresh, load<u32>(head), CHAIN);
  publish(head, <u32>fresh);
  store<u32>(segment, load<u32>(segment, COUNT) + 1, COUNT);
  growIndex(segment);
  return NEW;
}

/** 1 when the key was there, 0 when not, BUSY. */
export function remove(root: usize, me: usize, key: usize, keyBytes: u32): i32 {
  const hash = hashOf(root, key, keyBytes);
  const segment = segmentOf(root, hash);
  if (!take(root, segment, me)) return BUSY;
  const cell = find(segment, hash, key, keyBytes);
  if (cell) {
    const entry: usize = load<u32>(cell);
    publish(cell, load<u32>(entry, CHAIN));
    store<u32>(segment, load<u32>(segment, COUNT) - 1, COUNT);
    freeIn(segment, entry);
  }
  giveBack(segment);
  return cell ? 1 : 0;
}

export function count(root: usize): u32 {
  let sum: u32 = 0;
  for (let i: u32 = 0; i < (<u32>1 << load<u32>(root, SEGMENT_LOG)); i++) sum += load<u32>(segmentAt(root, i), COUNT);
  return sum;
}

/** Offset of `usedBytes` in the header of a heap. */
const USED_IN_HEAP: usize = 40;

/** Bytes in use within the segments: headers, index and entries with what the heap adds. */
export function usedBytes(root: usize): f64 {
  let sum: f64 = ROOT_BYTES;
  for (let i: u32 = 0; i < (<u32>1 << load<u32>(root, SEGMENT_LOG)); i++) sum += load<u32>(segmentAt(root, i), USED_IN_HEAP);
  return sum;
}

/** The entry after `entry` of a segment, in no order that means anything; the first for 0, 0 after the last. */
export function following(root: usize, index: u32, entry: usize): usize {
  const segment = segmentAt(root, index);
  const buckets = load<u32>(segment, BUCKETS);
  let bucket: u32 = 0;
  if (entry) {
    const next: usize = load<u32>(entry, CHAIN);
    if (next) return next;
    bucket = bucketOf(load<u32>(entry, HASH), buckets) + 1;
  }
  for (; bucket < buckets; bucket++) {
    const first: usize = load<u32>(cellOf(segment, bucket));
    if (first) return first;
  }
  return 0;
}

/** 0 when every invariant holds, else the number of the first that does not. O(n). */
export function check(root: usize): i32 {
  for (let i: u32 = 0; i < (<u32>1 << load<u32>(root, SEGMENT_LOG)); i++) {
    const segment = segmentAt(root, i);
    const heap = checkIn(segment);
    if (heap) return 100 + heap;
    if (load<u32>(segment, MAKING) || load<u32>(segment, SPLITTING)) return 1;
    const buckets = load<u32>(segment, BUCKETS);
    const most = load<u32>(segment, COUNT);
    let chained: u32 = 0;
    for (let bucket: u32 = 0; bucket < buckets; bucket++) {
      for (let entry: usize = load<u32>(cellOf(segment, bucket)); entry; entry = load<u32>(entry, CHAIN)) {
        const hash = hashOf(root, keyOf(entry), load<u32>(entry, KEY_BYTES));
        if (hash != load<u32>(entry, HASH)) return 2;
        if (bucketOf(hash, buckets) != bucket || segmentOf(root, hash) != segment) return 3;
        if (++chained > most) return 4;
      }
    }
    if (chained != most) return 5;
    // Blocks that nobody has: all there are, but for the entries, the pages and the directory.
    if (load<u32>(segment, BLOCK_COUNT_IN_HEAP) > most + 2 + (buckets - 1) / PAGE_BUCKETS + 1) return 6;
  }
  return 0;
}

/** Offset of `blockCount` in the header of a heap. */
const BLOCK_COUNT_IN_HEAP: usize = 44;
