// Kernel `cache/byte-cache`: keys and values as bytes within an exact budget, by LRU, SIEVE or S3-FIFO. See layout.ts.

import { xxh64 } from '../../hash/xxh64';
import { alloc, allocIn, capacityOf, checkIn, costOf, free, freeIn, makeHeap } from '../../memory/arena/allocator';
import { LIMIT, RESULT } from '../../memory/arena/layout';
import { copyBytes } from '../../memory/bytes';
import { cellHolding, cellOf, find, growIndex, linkEntry, makeIndex } from './bucket';
import { bucketOf } from '../../structures/linear-hashing';
import {
  add, BUCKETS, CHAIN, COUNT, CRAWLER, EVICTED, EXPIRED, EXPIRES, EXPIRING, EXPIRY, FLAGS, flagsOf, HASH, HITS, KEY_BYTES, keyOf,
  LRU, MISSES, NEWER, NEWEST, OLDER, OLDEST, POLICY, REJECTED, ROOT_BYTES, S3_FIFO, SEED, SEGMENT_BYTES, SEGMENT_LOG, sizeFor, SMALL,
  SMALL_BYTES, SMALL_NEWEST, SMALL_OLDEST, STORED, TTL, USED, VALUE_BYTES, valueOf,
} from './layout';
import { beginReading, endReading, giveBack, RECOVERED, REFUSED as LOCK_REFUSED, TAKEN_OVER, takeForWriting, timesRecovered } from '../../sync/lock';
import { admit, leave, sizeGhosts, takePlace, touch, victim } from './policy';

/** What a segment needs for itself. */
const LEAST_SEGMENT_BYTES: u32 = 8192;
/** Entries that end, at most, so that the index has room to grow. */
const MOST_FOR_INDEX: u32 = 8;
/** A value is written over the old one where that leaves at most so much of the block unused: a quarter, and this. */
const SLACK: u32 = 16;

// What `set` returns.
const REFUSED: i32 = 0;
const NEW: i32 = 1;
const REPLACED: i32 = 2;
/** Somebody else has the segment, and the caller must not wait. */
const BUSY: i32 = -2;
/** What `read` returns for a key that is not there. */
const ABSENT: i32 = -1;

/** Address of an empty cache whose block is of at most `maxBytes` bytes, allocator header included; 0 when the arena is full. */
export function create(policy: u32, segmentLog: u32, maxBytes: u32, ttl: f64, seedLow: u32, seedHigh: u32): usize {
  // A block costs four bytes, and up to eight more where what is left beside it is too little for another.
  const segmentBytes = ((maxBytes - 16 - ROOT_BYTES) >> segmentLog) & ~7;
  if (segmentBytes < LEAST_SEGMENT_BYTES) return 0;
  const root = alloc(ROOT_BYTES + (segmentBytes << segmentLog));
  if (!root) return 0;
  memory.fill(root, 0, ROOT_BYTES);
  store<u32>(root, policy, POLICY);
  store<u32>(root, segmentLog, SEGMENT_LOG);
  store<u32>(root, segmentBytes, SEGMENT_BYTES);
  store<f64>(root, ttl, TTL);
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

/** Bytes the cache costs its arena. */
export function bytesOf(root: usize): u32 {
  return costOf(root);
}

/** Forgets every entry, counter and ghost. BUSY, having done some of it, to who must not wait. O(segments). */
export function clear(root: usize, me: usize): i32 {
  store<u32>(root, 0, EXPIRING);
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

/** How often a segment was found half-written, and emptied. */
export function recovered(root: usize): u32 {
  return timesRecovered(segmentAt(root, 0), <u32>1 << load<u32>(root, SEGMENT_LOG), segmentAt(root, 1) - segmentAt(root, 0));
}

// @ts-ignore: decorator
@inline
function take(root: usize, segment: usize, me: usize): bool {
  if (!ASC_FEATURE_THREADS) return true;
  const taken = takeForWriting(segment, me);
  if (taken == TAKEN_OVER) {
    makeSegment(root, segment);
    store<u32>(segment, load<u32>(segment, RECOVERED) + 1, RECOVERED);
  }
  return taken != LOCK_REFUSED;
}

function makeSegment(root: usize, segment: usize): void {
  memory.fill(segment + COUNT, 0, 104);
  makeHeap(segment, load<u32>(root, SEGMENT_BYTES));
  makeIndex(segment);
  if (load<u32>(root, POLICY) == S3_FIFO) sizeGhosts(segment);
}

// @ts-ignore: decorator
@inline
function segmentAt(root: usize, index: u32): usize {
  return root + ROOT_BYTES + <usize>index * <usize>load<u32>(root, SEGMENT_BYTES);
}

// @ts-ignore: decorator
@inline
function segmentOf(root: usize, hash: u32): usize {
  // Two shifts, since one by 32 would be none.
  return segmentAt(root, (hash >> 1) >> (31 - load<u32>(root, SEGMENT_LOG)));
}

// @ts-ignore: decorator
@inline
function hashOf(root: usize, key: usize, keyBytes: u32): u32 {
  return <u32>(xxh64(key, keyBytes, load<u64>(root, SEED)) >> 32);
}

/**
 * The entry of a key that has not expired by `now`; 0 when there is none. Counts, and tells the policy. Where the memory
 * is shared the entry could be gone before it is read: `read` copies it.
 */
export function get(root: usize, key: usize, keyBytes: u32, now: f64): usize {
  const hash = hashOf(root, key, keyBytes);
  const segment = segmentOf(root, hash);
  const cell = find(segment, hash, key, keyBytes);
  if (cell) {
    const entry: usize = load<u32>(cell);
    if (!expired(entry, now)) {
      add(segment, HITS);
      touch(segment, load<u32>(root, POLICY), entry);
      return located(entry);
    }
    end(segment, cell, entry);
    add(segment, EXPIRED);
  }
  add(segment, MISSES);
  return 0;
}

/** As `get`, and nobody is told. */
export function peek(root: usize, key: usize, keyBytes: u32, now: f64): usize {
  const hash = hashOf(root, key, keyBytes);
  const cell = find(segmentOf(root, hash), hash, key, keyBytes);
  if (!cell) return 0;
  const entry: usize = load<u32>(cell);
  return expired(entry, now) ? 0 : located(entry);
}

/** Leaves address and length of the value in the arena's result cell. */
// @ts-ignore: decorator
@inline
function located(entry: usize): usize {
  store<u32>(RESULT, <u32>valueOf(entry));
  store<u32>(RESULT, load<u32>(entry, VALUE_BYTES), 4);
  return entry;
}

/**
 * Copies what a key has to `out`: the moment it expires as f64, then the value, as far as there is `space` for all of it.
 * The value's length, ABSENT or BUSY. Others may read the segment meanwhile. With `quiet` nobody is told. Nothing is
 * counted, and nothing that has expired ends: readers do not write.
 */
export function read(root: usize, me: usize, key: usize, keyBytes: u32, now: f64, out: usize, space: u32, quiet: bool): i32 {
  const hash = hashOf(root, key, keyBytes);
  const segment = segmentOf(root, hash);
  const policy = load<u32>(root, POLICY);
  // LRU moves entries about when they are read: it must be alone.
  const alone = policy == LRU && !quiet;
  if (alone) {
    if (!take(root, segment, me)) return BUSY;
  } else {
    while (!beginReading(segment, me)) {
      if (!take(root, segment, me)) return BUSY;
      giveBack(segment);
    }
  }
  let result = ABSENT;
  const cell = find(segment, hash, key, keyBytes);
  if (cell) {
    const entry: usize = load<u32>(cell);
    if (!expired(entry, now)) {
      const bytes = load<u32>(entry, VALUE_BYTES);
      if (bytes + 8 <= space) {
        store<f64>(out, expiryOf(entry));
        copyBytes(out + 8, valueOf(entry), bytes);
      }
      if (!quiet) touch(segment, policy, entry);
      result = <i32>bytes;
    }
  }
  if (alone) giveBack(segment);
  else endReading(me);
  return result;
}

/** When an entry expires, infinity for never. */
export function expiryOf(entry: usize): f64 {
  return flagsOf(entry) & EXPIRES ? load<f64>(entry, EXPIRY) : Infinity;
}

// @ts-ignore: decorator
@inline
function expired(entry: usize, now: f64): bool {
  return (flagsOf(entry) & EXPIRES) != 0 && load<f64>(entry, EXPIRY) <= now;
}

/**
 * Stores a value until `expiry`, infinity for ever. Others end where room is needed. REFUSED when it has no room even
 * alone: the entry there was ends then too, as its value is no more; NEW, REPLACED, or BUSY.
 */
export function set(root: usize, me: usize, key: usize, keyBytes: u32, value: usize, valueBytes: u32, expiry: f64, now: f64): i32 {
  const hash = hashOf(root, key, keyBytes);
  const segment = segmentOf(root, hash);
  if (!take(root, segment, me)) return BUSY;
  const result = setIn(root, segment, hash, key, keyBytes, value, valueBytes, expiry, now);
  giveBack(segment);
  return result;
}

function setIn(root: usize, segment: usize, hash: u32, key: usize, keyBytes: u32, value: usize, valueBytes: u32, expiry: f64, now: f64): i32 {
  const policy = load<u32>(root, POLICY);
  const expires = expiry != Infinity;
  if (expires) store<u32>(root, 1, EXPIRING);
  if (load<u32>(root, EXPIRING)) crawl(segment, now);
  const size = sizeFor(keyBytes, valueBytes, expires);
  let cell = find(segment, hash, key, keyBytes);
  if (cell) {
    const entry: usize = load<u32>(cell);
    if (expired(entry, now)) {
      end(segment, cell, entry);
      add(segment, EXPIRED);
      cell = 0;
    } else if (fits(entry, size) && expires == ((flagsOf(entry) & EXPIRES) != 0)) {
      store<u32>(entry, valueBytes, VALUE_BYTES);
      if (expires) store<f64>(entry, expiry, EXPIRY);
      copyBytes(valueOf(entry), value, valueBytes);
      touch(segment, policy, entry);
      add(segment, STORED);
      return REPLACED;
    }
  }
  const replaced = cell != 0;
  const fresh = room(segment, policy, size);
  // What made room may have been the entry itself, or one before it in its chain.
  cell = replaced ? find(segment, hash, key, keyBytes) : 0;
  if (!fresh) {
    if (cell) end(segment, cell, load<u32>(cell));
    add(segment, REJECTED);
    return REFUSED;
  }
  store<u8>(fresh, expires ? EXPIRES : 0, FLAGS);
  store<u16>(fresh, keyBytes, KEY_BYTES);
  store<u32>(fresh, valueBytes, VALUE_BYTES);
  if (expires) store<f64>(fresh, expiry, EXPIRY);
  copyBytes(keyOf(fresh), key, keyBytes);
  copyBytes(valueOf(fresh), value, valueBytes);
  add(segment, STORED);
  if (cell) {
    const entry: usize = load<u32>(cell);
    takePlace(segment, entry, fresh);
    store<u32>(fresh, hash, HASH);
    store<u32>(fresh, load<u32>(entry, CHAIN), CHAIN);
    store<u32>(cell, <u32>fresh);
    freeIn(segment, entry);
    touch(segment, policy, fresh);
    return REPLACED;
  }
  linkEntry(segment, fresh, hash);
  store<u32>(segment, load<u32>(segment, COUNT) + 1, COUNT);
  admit(segment, policy, fresh);
  widen(segment, policy, fresh);
  return replaced ? REPLACED : NEW;
}

/** Gives an entry another moment to expire, where it has one already; 0 when it has none: `set` it anew. */
export function setExpiry(entry: usize, expiry: f64): i32 {
  if (!(flagsOf(entry) & EXPIRES)) return 0;
  store<f64>(entry, expiry, EXPIRY);
  return 1;
}

/** 1 when the key was there and had not expired; BUSY. */
export function remove(root: usize, me: usize, key: usize, keyBytes: u32, now: f64): i32 {
  const hash = hashOf(root, key, keyBytes);
  const segment = segmentOf(root, hash);
  if (!take(root, segment, me)) return BUSY;
  const result = removeIn(segment, hash, key, keyBytes, now);
  giveBack(segment);
  return result;
}

function removeIn(segment: usize, hash: u32, key: usize, keyBytes: u32, now: f64): i32 {
  const cell = find(segment, hash, key, keyBytes);
  if (!cell) return 0;
  const entry: usize = load<u32>(cell);
  const late = expired(entry, now);
  end(segment, cell, entry);
  if (late) add(segment, EXPIRED);
  return late ? 0 : 1;
}

/** Ends every entry that has expired; how many. Leaves out segments that are busy, where the caller must not wait. O(n). */
export function purge(root: usize, me: usize, now: f64): u32 {
  let count: u32 = 0;
  for (let i: u32 = 0; i < (<u32>1 << load<u32>(root, SEGMENT_LOG)); i++) {
    const segment = segmentAt(root, i);
    if (!take(root, segment, me)) continue;
    const buckets = load<u32>(segment, BUCKETS);
    for (let bucket: u32 = 0; bucket < buckets; bucket++) count += sweep(segment, bucket, now);
    giveBack(segment);
  }
  return count;
}

/** Sums a counter, given by its offset, over the segments. */
export function total(root: usize, counter: usize): f64 {
  let sum: f64 = 0;
  for (let i: u32 = 0; i < (<u32>1 << load<u32>(root, SEGMENT_LOG)); i++) sum += load<f64>(segmentAt(root, i) + counter);
  return sum;
}

export function count(root: usize): u32 {
  let sum: u32 = 0;
  for (let i: u32 = 0; i < (<u32>1 << load<u32>(root, SEGMENT_LOG)); i++) sum += load<u32>(segmentAt(root, i), COUNT);
  return sum;
}

/** Bytes in use within the segments: headers, index, ghosts and entries with what the heap adds. */
export function usedBytes(root: usize): f64 {
  let sum: f64 = ROOT_BYTES;
  for (let i: u32 = 0; i < (<u32>1 << load<u32>(root, SEGMENT_LOG)); i++) sum += load<u32>(segmentAt(root, i), USED_IN_HEAP);
  return sum;
}

/** Offset of `usedBytes` in the header of a heap. */
const USED_IN_HEAP: usize = 40;

/**
 * The entry after `entry` of a segment, from those that stay longest to those that go first: the main queue from its
 * newest, then the small one. The first for 0, 0 after the last.
 */
export function following(root: usize, index: u32, entry: usize): usize {
  const segment = segmentAt(root, index);
  if (!entry) return load<u32>(segment, NEWEST) ? load<u32>(segment, NEWEST) : load<u32>(segment, SMALL_NEWEST);
  const older: usize = load<u32>(entry, OLDER);
  if (older || flagsOf(entry) & SMALL) return older;
  return load<u32>(segment, SMALL_NEWEST);
}

/** 0 when every invariant holds, else the number of the first that does not. O(n). */
export function check(root: usize): i32 {
  for (let i: u32 = 0; i < (<u32>1 << load<u32>(root, SEGMENT_LOG)); i++) {
    const broken = checkSegment(root, i);
    if (broken) return broken;
  }
  return 0;
}

function checkSegment(root: usize, index: u32): i32 {
  const segment = segmentAt(root, index);
  const heap = checkIn(segment);
  if (heap) return 100 + heap;
  const count = load<u32>(segment, COUNT);
  const buckets = load<u32>(segment, BUCKETS);
  let chained: u32 = 0;
  for (let bucket: u32 = 0; bucket < buckets; bucket++) {
    for (let entry: usize = load<u32>(cellOf(segment, bucket)); entry; entry = load<u32>(entry, CHAIN)) {
      const hash = hashOf(root, keyOf(entry), load<u16>(entry, KEY_BYTES));
      if (hash != load<u32>(entry, HASH)) return 1;
      if (bucketOf(hash, buckets) != bucket || segmentOf(root, hash) != segment) return 2;
      if (sizeFor(load<u16>(entry, KEY_BYTES), load<u32>(entry, VALUE_BYTES), (flagsOf(entry) & EXPIRES) != 0) > capacityOf(entry)) return 3;
      if (++chained > count) return 4;
    }
  }
  if (chained != count) return 5;
  let small: u32 = 0;
  const main = checkQueue(segment, NEWEST, OLDEST, 0, count);
  const rest = checkQueue(segment, SMALL_NEWEST, SMALL_OLDEST, SMALL, count);
  if (main < 0 || rest < 0) return 6;
  if (<u32>(main + rest) != count) return 7;
  for (let entry: usize = load<u32>(segment, SMALL_NEWEST); entry; entry = load<u32>(entry, OLDER)) small += costOf(entry);
  return small == load<u32>(segment, SMALL_BYTES) ? 0 : 8;
}

/** Entries of a queue, −1 when it is broken. */
function checkQueue(segment: usize, newest: usize, oldest: usize, flag: u32, most: u32): i32 {
  let entries: u32 = 0;
  let newer: usize = 0;
  for (let entry: usize = load<u32>(segment + newest); entry; entry = load<u32>(entry, OLDER)) {
    if (<usize>load<u32>(entry, NEWER) != newer || (flagsOf(entry) & SMALL) != flag || ++entries > most) return -1;
    newer = entry;
  }
  return <usize>load<u32>(segment + oldest) == newer ? <i32>entries : -1;
}

// ── Room ──────────────────────────────────────────────────────────────────────────────────────────

/** A block for `size` bytes; others end until there is one. 0 when it has no room alone. */
function room(segment: usize, policy: u32, size: u32): usize {
  // A value that would end most of the others for itself is no good for a cache: half a segment is the most.
  if (size > (load<u32>(segment, LIMIT) - <u32>segment) >> 1) return 0;
  while (true) {
    const fresh = allocIn(segment, size);
    if (fresh) return fresh;
    if (!evict(segment, policy)) return 0;
  }
}

function evict(segment: usize, policy: u32): bool {
  const entry = victim(segment, policy);
  if (!entry) return false;
  end(segment, cellHolding(segment, entry), entry);
  add(segment, EVICTED);
  return true;
}

// @ts-ignore: decorator
@inline
function fits(entry: usize, size: u32): bool {
  const capacity = capacityOf(entry);
  return size <= capacity && capacity - size <= SLACK + (capacity >> 2);
}

/** Ends an entry whose address is in `cell`. */
function end(segment: usize, cell: usize, entry: usize): void {
  store<u32>(cell, load<u32>(entry, CHAIN));
  leave(segment, entry);
  store<u32>(segment, load<u32>(segment, COUNT) - 1, COUNT);
  freeIn(segment, entry);
}

/** The index keeps up with the entries; where memory is full and chains get long, entries end for it, not the new one. */
function widen(segment: usize, policy: u32, fresh: usize): void {
  for (let i: u32 = 0; i < MOST_FOR_INDEX; i++) {
    if (growIndex(segment)) break;
    const buckets = load<u32>(segment, BUCKETS);
    if (load<u32>(segment, COUNT) <= buckets + (buckets >> 1)) break;
    const entry = victim(segment, policy);
    if (!entry || entry == fresh) break;
    end(segment, cellHolding(segment, entry), entry);
    add(segment, EVICTED);
  }
  if (policy == S3_FIFO) sizeGhosts(segment);
}

/** Looks for expired entries in one bucket at a time: what has expired gives its room back as others are stored. */
function crawl(segment: usize, now: f64): void {
  let bucket = load<u32>(segment, CRAWLER);
  if (bucket >= load<u32>(segment, BUCKETS)) bucket = 0;
  sweep(segment, bucket, now);
  store<u32>(segment, bucket + 1, CRAWLER);
}

function sweep(segment: usize, bucket: u32, now: f64): u32 {
  let count: u32 = 0;
  let cell = cellOf(segment, bucket);
  while (true) {
    const entry: usize = load<u32>(cell);
    if (!entry) return count;
    if (expired(entry, now)) {
      end(segment, cell, entry);
      add(segment, EXPIRED);
      count++;
    } else {
      cell = entry + CHAIN;
    }
  }
}
