// The index of a sorted set: from a member to its node, by linear hashing (W. Litwin 1980). A bucket is a chain through
// the nodes themselves. One bucket is split or joined an operation, so that nothing ever rehashes at once.
//
// In the list's header:
//
//   offset  size  meaning
//       72     4  address of the directory: u32 addresses of segments of 256 bucket heads each, the first of fewer
//       76     4  segments the directory has room for
//       80     4  buckets in use, at least 4
//       84     4  buckets the first segment has room for
//
// N buckets, M the largest power of two not above N: bucket of a hash h is h mod 2M, or h mod M where that is not below N.

import { alloc, costOf, free, realloc } from '../../memory/arena/allocator';
import { SEED } from '../../memory/arena/layout';
import { equalBytes } from '../../memory/bytes';
import { siphash13 } from '../../hash/siphash';
import { chainOf, keyAt, keyLength, List, LIST_BYTES, SORTED_SET } from './layout';

const DIRECTORY: usize = LIST_BYTES;
const CELLS: usize = LIST_BYTES + 4;
const BUCKETS: usize = LIST_BYTES + 8;
const FIRST_BUCKETS: usize = LIST_BYTES + 12;
export const INDEXED_LIST_BYTES: u32 = LIST_BYTES + 16;

const LEAST: u32 = 4;
const SEGMENT_BITS: u32 = 8;
const SEGMENT: u32 = 1 << SEGMENT_BITS;
const HASH: usize = 4;

/** False when the budget is full. */
export function createIndex(list: usize): bool {
  const directory = alloc(8);
  if (!directory) return false;
  const segment = newSegment(LEAST);
  if (!segment) {
    free(directory);
    return false;
  }
  store<u32>(directory, <u32>segment);
  store<u32>(list, <u32>directory, DIRECTORY);
  store<u32>(list, 2, CELLS);
  store<u32>(list, LEAST, BUCKETS);
  store<u32>(list, LEAST, FIRST_BUCKETS);
  return true;
}

function newSegment(buckets: u32): usize {
  const segment = alloc(buckets << 2);
  if (segment) memory.fill(segment, 0, buckets << 2);
  return segment;
}

export function destroyIndex(list: usize): void {
  for (let i: u32 = 0; i < segmentsOf(list); i++) free(segmentAt(list, i));
  free(load<u32>(list, DIRECTORY));
}

/** As a fresh one. The nodes must be gone or going. */
export function clearIndex(list: usize): void {
  for (let i: u32 = 1; i < segmentsOf(list); i++) free(segmentAt(list, i));
  memory.fill(segmentAt(list, 0), 0, load<u32>(list, FIRST_BUCKETS) << 2);
  store<u32>(list, LEAST, BUCKETS);
}

// @ts-ignore: decorator
@inline
function segmentAt(list: usize, index: u32): usize {
  return load<u32>(<usize>load<u32>(list, DIRECTORY) + (<usize>index << 2));
}

function segmentsOf(list: usize): u32 {
  return (load<u32>(list, BUCKETS) + SEGMENT - 1) >> SEGMENT_BITS;
}

export function hashOfMember(at: usize, bytes: u32): u32 {
  return <u32>siphash13(at, bytes, load<u64>(SEED), load<u64>(SEED, 8));
}

// @ts-ignore: decorator
@inline
function bucketAt(list: usize, bucket: u32): usize {
  return segmentAt(list, bucket >> SEGMENT_BITS) + (<usize>(bucket & (SEGMENT - 1)) << 2);
}

// @ts-ignore: decorator
@inline
function bucketOf(hash: u32, buckets: u32): u32 {
  const mask = (<u32>2 << (31 - clz(buckets))) - 1;
  const bucket = hash & mask;
  return bucket < buckets ? bucket : bucket & (mask >> 1);
}

/** The member's node, or 0. O(1). */
export function findMember(list: usize, hash: u32, at: usize, bytes: u32): usize {
  let node: usize = load<u32>(bucketAt(list, bucketOf(hash, load<u32>(list, BUCKETS))));
  while (node) {
    const chain = chainOf(node);
    if (load<u32>(chain, HASH) == hash) {
      const key = keyAt(SORTED_SET, node);
      if (keyLength(key) == bytes && equalBytes(key, at, bytes)) return node;
    }
    node = load<u32>(chain);
  }
  return 0;
}

/** Enters a node whose member is not in the index; `members` counts it already. Never fails: chains may be longer. */
export function enterMember(list: usize, hash: u32, node: usize, members: u32): void {
  if (members > load<u32>(list, BUCKETS)) splitOne(list);
  push(bucketAt(list, bucketOf(hash, load<u32>(list, BUCKETS))), hash, node);
}

// @ts-ignore: decorator
@inline
function push(bucket: usize, hash: u32, node: usize): void {
  const chain = chainOf(node);
  store<u32>(chain, load<u32>(bucket));
  store<u32>(chain, hash, HASH);
  store<u32>(bucket, <u32>node);
}

export function removeMember(list: usize, node: usize, members: u32): void {
  const hash = load<u32>(chainOf(node), HASH);
  let cell = bucketAt(list, bucketOf(hash, load<u32>(list, BUCKETS)));
  while (<usize>load<u32>(cell) != node) cell = chainOf(load<u32>(cell));
  store<u32>(cell, load<u32>(chainOf(node)));
  const buckets = load<u32>(list, BUCKETS);
  if (buckets > LEAST && members < buckets >> 1) joinOne(list);
}

/** One bucket more: the next in turn gives it about half of its chain. Without memory for it all stays as it is. */
function splitOne(list: usize): void {
  const buckets = load<u32>(list, BUCKETS);
  if (!roomFor(list, buckets)) return;
  const from = bucketAt(list, buckets - ((<u32>1 << (31 - clz(buckets)))));
  store<u32>(list, buckets + 1, BUCKETS);
  const to = bucketAt(list, buckets);
  let node: usize = load<u32>(from);
  store<u32>(from, 0);
  store<u32>(to, 0);
  while (node) {
    const chain = chainOf(node);
    const next: usize = load<u32>(chain);
    const hash = load<u32>(chain, HASH);
    push(bucketOf(hash, buckets + 1) == buckets ? to : from, hash, node);
    node = next;
  }
}

/** Sees to it that bucket number `bucket`, the first unused one, has a place. */
function roomFor(list: usize, bucket: u32): bool {
  const first = load<u32>(list, FIRST_BUCKETS);
  if (bucket < first) return true;
  if (bucket < SEGMENT) {
    const grown = realloc(segmentAt(list, 0), first << 3);
    if (!grown) return false;
    store<u32>(load<u32>(list, DIRECTORY), <u32>grown);
    store<u32>(list, first << 1, FIRST_BUCKETS);
    return true;
  }
  if (bucket & (SEGMENT - 1)) return true;
  const index = bucket >> SEGMENT_BITS;
  const cells = load<u32>(list, CELLS);
  if (index >= cells) {
    const directory = realloc(load<u32>(list, DIRECTORY), cells << 3);
    if (!directory) return false;
    store<u32>(list, <u32>directory, DIRECTORY);
    store<u32>(list, cells << 1, CELLS);
  }
  const segment = alloc(SEGMENT << 2);
  if (!segment) return false;
  store<u32>(<usize>load<u32>(list, DIRECTORY) + (<usize>index << 2), <u32>segment);
  return true;
}

/** One bucket less: the last one's chain goes back to where it came from. */
function joinOne(list: usize): void {
  const last = load<u32>(list, BUCKETS) - 1;
  let node: usize = load<u32>(bucketAt(list, last));
  const to = bucketAt(list, last - (<u32>1 << (31 - clz(last))));
  if (last >= SEGMENT && !(last & (SEGMENT - 1))) free(segmentAt(list, last >> SEGMENT_BITS));
  store<u32>(list, last, BUCKETS);
  while (node) {
    const next: usize = load<u32>(chainOf(node));
    push(to, load<u32>(chainOf(node), HASH), node);
    node = next;
  }
}

// A cursor over the members is a hash read from its lowest bit up, as a number: there a bucket is one stretch, and stays
// within one stretch, or holds several whole ones, when it is joined or split.

/** First node of the bucket that a cursor stands in, or 0; follow with `chainAfter`. */
export function memberCursor(list: usize, cursor: u32): usize {
  return load<u32>(bucketAt(list, bucketOf(bitsReversed(cursor), load<u32>(list, BUCKETS))));
}

// @ts-ignore: decorator
@inline
export function chainAfter(node: usize): usize {
  return load<u32>(chainOf(node));
}

/** Where the stretch of the bucket that a cursor stands in ends; 2^32 is the end of all. */
export function nextCursor(list: usize, cursor: u32): u64 {
  const buckets = load<u32>(list, BUCKETS);
  const mask = (<u32>2 << (31 - clz(buckets))) - 1;
  const low = bitsReversed(cursor) & mask;
  // Two buckets differ in the highest bit of the mask only where both are in use.
  const split = low < buckets && (low | ((mask >> 1) + 1)) < buckets;
  const bits = popcnt(mask) - (split ? 0 : 1);
  const step: u64 = <u64>1 << (32 - bits);
  return (<u64>cursor & ~(step - 1)) + step;
}

function bitsReversed(value: u32): u32 {
  value = ((value >> 1) & 0x5555_5555) | ((value & 0x5555_5555) << 1);
  value = ((value >> 2) & 0x3333_3333) | ((value & 0x3333_3333) << 2);
  value = ((value >> 4) & 0x0f0f_0f0f) | ((value & 0x0f0f_0f0f) << 4);
  return bswap(value);
}

/** Bytes of directory and segments, allocator headers included. O(segments). */
export function indexBytes(list: usize): u32 {
  let bytes = costOf(load<u32>(list, DIRECTORY));
  for (let i: u32 = 0; i < segmentsOf(list); i++) bytes += costOf(segmentAt(list, i));
  return bytes;
}

/** 0 when each of the list's nodes is found through the index and nothing else is, else what is broken. */
export function checkIndex(list: usize): i32 {
  const buckets = load<u32>(list, BUCKETS);
  let members: u32 = 0;
  for (let bucket: u32 = 0; bucket < buckets; bucket++) {
    for (let node: usize = load<u32>(bucketAt(list, bucket)); node; node = load<u32>(chainOf(node))) {
      const key = keyAt(SORTED_SET, node);
      const hash = hashOfMember(key, keyLength(key));
      if (load<u32>(chainOf(node), HASH) != hash || bucketOf(hash, buckets) != bucket) return 20;
      if (findMember(list, hash, key, keyLength(key)) != node) return 21;
      if (++members > changetype<List>(list).count) return 22;
    }
  }
  return members == changetype<List>(list).count ? 0 : 23;
}
