// Iteration: entries in ascending order of their hashes, a batch at a time, from any hash on.
//
// The order depends on nothing but the keys and the seed, so it survives every growth and split between two
// batches: an entry is in exactly one batch, and what is added or deleted ahead of the cursor is seen.

import { RESULT } from '../../memory/arena/layout';
import { hashOf } from './hash';
import {
  BUCKET_BYTES,
  bucketsOf,
  depthOf,
  entryFor,
  homeIndex,
  keyAt,
  passedAt,
  scaleOf,
  SEGMENT_COUNT,
  segmentOf,
  trailerOf,
  valueAt,
} from './layout';

/**
 * Writes up to `room` entries with hashes from `cursor` on, ascending: hashes (u64) at `hashes`, values (f64) at
 * `values`, keys (K) at `keys`. Entries of one home bucket stay together. Leaves the cursor of what follows in the
 * result cell, 0 at the end.
 *
 * Returns the count; when one bucket alone needs more than `room`, minus the room it needs.
 */
export function scan<K>(map: usize, cursor: u64, hashes: usize, values: usize, keys: usize, room: u32): i32 {
  let count: u32 = 0;
  do {
    const entry = entryFor(map, cursor);
    const buckets = load<u32>(trailerOf<K>(entry, cursor), SEGMENT_COUNT) ? bucketsOf(entry) : 0;
    for (let home = homeIndex(cursor, entry); home < buckets; home++) {
      const next = count + gather<K>(map, entry, home, cursor, hashes, values, keys, count, room);
      if (next > room) {
        if (!count) return -(<i32>next);
        store<u64>(RESULT, max(cursor, firstHash(cursor, entry, home)));
        return count;
      }
      count = next;
    }
    cursor = firstHashAfter(cursor, entry);
  } while (cursor && count < room);
  store<u64>(RESULT, cursor);
  return count;
}

/** Lowest hash of the segment of `cursor` whose home is bucket `home`. */
function firstHash(cursor: u64, entry: u64, home: u32): u64 {
  const bucket = <u64>(home + (<u32>(((cursor >> 32) * scaleOf(entry)) >> 32) - homeIndex(cursor, entry)));
  return (((bucket << 32) + scaleOf(entry) - 1) / scaleOf(entry)) << 32;
}

/** Lowest hash of the next segment, 0 after the last. */
function firstHashAfter(cursor: u64, entry: u64): u64 {
  const depth = <u64>depthOf(entry);
  return depth ? ((cursor >> (64 - depth)) + 1) << (64 - depth) : 0;
}

/**
 * Appends the entries with this home and a hash from `cursor` on, sorted. Returns how many there are; it writes
 * only as many as there is room for.
 */
function gather<K>(
  map: usize, entry: u64, home: u32, cursor: u64,
  hashes: usize, values: usize, keys: usize, from: u32, room: u32,
): u32 {
  const begin = segmentOf<K>(entry, cursor);
  const end = trailerOf<K>(entry, cursor);
  let bucket = begin + home * BUCKET_BYTES;
  let count: u32 = 0;
  for (let left = bucketsOf(entry); left; left--) {
    let taken = load<u32>(bucket);
    while (taken) {
      const slot = ctz(taken);
      taken &= taken - 1;
      const key = load<K>(keyAt<K>(bucket, slot));
      const hash = hashOf<K>(map, key);
      if (homeIndex(hash, entry) != home || hash < cursor) continue;
      if (from + count < room) {
        insertSorted<K>(hash, load<f64>(valueAt<K>(bucket, slot)), key, hashes, values, keys, from, from + count);
      }
      count++;
    }
    if (!load<u32>(passedAt<K>(bucket))) break;
    bucket += BUCKET_BYTES;
    if (bucket == end) bucket = begin;
  }
  return count;
}

/** Inserts into the sorted run [from, to). */
// @ts-ignore: decorator
@inline
function insertSorted<K>(
  hash: u64, value: f64, key: K,
  hashes: usize, values: usize, keys: usize, from: u32, to: u32,
): void {
  let at: usize = to;
  while (at > <usize>from && load<u64>(hashes + ((at - 1) << 3)) > hash) {
    store<u64>(hashes + (at << 3), load<u64>(hashes + ((at - 1) << 3)));
    store<f64>(values + (at << 3), load<f64>(values + ((at - 1) << 3)));
    store<K>(keys + at * sizeof<K>(), load<K>(keys + (at - 1) * sizeof<K>()));
    at--;
  }
  store<u64>(hashes + (at << 3), hash);
  store<f64>(values + (at << 3), value);
  store<K>(keys + at * sizeof<K>(), key);
}
