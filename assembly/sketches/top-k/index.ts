// Kernel `sketches/top-k`: the k most frequent keys of a stream, in one of two ways.
//
// HeavyKeeper (J. Gong, T. Yang et al., "HeavyKeeper: an accurate algorithm for finding top-k elephant flows", USENIX ATC
// 2018): each row has one bucket for a key, with a fingerprint and a count. Another key's fingerprint makes the count
// decay, with a chance of decay^count each time, until the bucket is free. A count is that of the best bucket.
//
// Space-Saving (A. Metwally, D. Agrawal, A. El Abbadi, "Efficient computation of frequent and top-k elements in data
// streams", 2005): a key that is not listed takes the place of the one with the lowest count, and its count.
//
// The list itself, and the layout of everything, is in list.ts.

import { xxh64 } from '../../hash/xxh64';
import { below, remix } from '../../hash/mixing';
import { BUCKETS, CHANCE, COUNT, DECAY, DEPTH, ERROR, KEY, KEY_BYTES, K, SEED, SIZE, SPARE, TOTAL, TRAITS, WIDTH, bucketBytes, checkList, clearList, createList, destroyList, enter, find, heapAt, raiseCount, replace, reserveKey } from './list';

const NO_MEMORY: i32 = -1;
const NOT_LISTED: i32 = 0;
const LISTED: i32 = 1;
const DROPPED: i32 = 2;

const SPACE_SAVING: u32 = 1;
const MOST_COUNT: u32 = 0xffff_ffff;
const MOST_TOTAL: f64 = 9007199254740991;
const GOLDEN: u64 = 0x9e3779b97f4a7c15;
/** A chance below this is none: an increment has 10^5 tries at most. */
const NO_CHANCE: f64 = 1e-15;

/** 0 when the arena is full. */
export function create(k: u32, width: u32, depth: u32, traits: u32, seedLow: u32, seedHigh: u32, decay: f64): usize {
  return createList(k, width, depth, traits, (<u64>seedHigh << 32) | seedLow, decay);
}

export function destroy(root: usize): void {
  destroyList(root);
}

export function clear(root: usize): void {
  clearList(root);
}

// @ts-ignore: decorator
@inline
function plus(count: u32, increment: u32): u32 {
  const sum = count + increment;
  return sum < count ? MOST_COUNT : sum;
}

/** 0 the key is not listed now, 1 it is, 2 it is and another was dropped (see `dropped`), −1 the arena is full and nothing has changed. */
export function add(root: usize, from: usize, size: u32, increment: u32): i32 {
  const hash = xxh64(from, size, load<u64>(root, SEED));
  const entry = find(root, hash, from, size);
  if (!entry && !reserveKey(root, size)) return NO_MEMORY;
  store<f64>(root, min(load<f64>(root, TOTAL) + <f64>increment, MOST_TOTAL), TOTAL);
  return load<u32>(root, TRAITS) & SPACE_SAVING ? save(root, entry, hash, from, size, increment) : keep(root, entry, hash, from, size, increment);
}

/** Adds keys, each after its length, up to the first that drops another or finds no room; the last status is at `out`. Returns how many. */
export function addMany(root: usize, records: usize, number: u32, counts: usize, out: usize): u32 {
  let status = NOT_LISTED;
  let done: u32 = 0;
  while (done < number && (status == NOT_LISTED || status == LISTED)) {
    const size = load<u32>(records);
    status = add(root, records + 4, size, counts ? load<u32>(counts + (<usize>done << 2)) : 1);
    records += 4 + size;
    done++;
  }
  store<i32>(out, status);
  store<u32>(out, <u32>records, 4);
  return done;
}

function save(root: usize, entry: usize, hash: u64, from: usize, size: u32, increment: u32): i32 {
  if (entry) {
    raiseCount(root, entry, plus(load<u32>(entry, COUNT), increment));
    return LISTED;
  }
  if (load<u32>(root, SIZE) < load<u32>(root, K)) {
    enter(root, hash, from, size, increment, 0);
    return LISTED;
  }
  const least = load<u32>(heapAt(root, 0), COUNT);
  // At the end of the counters the count can no longer be above its error.
  const count = plus(least, increment);
  replace(root, hash, from, size, count, min(least, count - 1));
  return DROPPED;
}

function keep(root: usize, entry: usize, hash: u64, from: usize, size: u32, increment: u32): i32 {
  const count = bump(root, hash, increment);
  if (entry) {
    if (count > load<u32>(entry, COUNT)) raiseCount(root, entry, count);
    return LISTED;
  }
  if (!count) return NOT_LISTED;
  if (load<u32>(root, SIZE) < load<u32>(root, K)) {
    enter(root, hash, from, size, count, 0);
    return LISTED;
  }
  if (count < load<u32>(heapAt(root, 0), COUNT)) return NOT_LISTED;
  replace(root, hash, from, size, count, 0);
  return DROPPED;
}

/** Adds to the buckets of a hash; the highest count that it then has, 0 when it has none. */
function bump(root: usize, hash: u64, increment: u32): u32 {
  const width = load<u32>(root, WIDTH);
  const fingerprint = <u32>(hash >> 32);
  let most: u32 = 0;
  let row: usize = load<u32>(root, BUCKETS);
  for (let depth = load<u32>(root, DEPTH); depth > 0; depth--) {
    const bucket = row + (<usize>below(remix(hash), width) << 3);
    const count = load<u32>(bucket, 4);
    let value: u32;
    if (!count || load<u32>(bucket) == fingerprint) value = plus(count, increment);
    else value = wear(root, bucket, count, increment);
    if (value) {
      store<u32>(bucket, fingerprint);
      store<u32>(bucket, value, 4);
      most = max(most, value);
    }
    hash += GOLDEN;
    row += <usize>width << 3;
  }
  return most;
}

/** Lets another key's bucket decay, a try for each of the increments; those left when it is free, or 0. */
function wear(root: usize, bucket: usize, count: u32, increment: u32): u32 {
  const decay = load<f64>(root, DECAY);
  let state = load<u64>(root, CHANCE);
  let chance = power(decay, count);
  let left = increment;
  while (left && chance >= NO_CHANCE) {
    state += GOLDEN;
    if (uniform(state) < chance) {
      if (!--count) break;
      chance = power(decay, count);
    }
    left--;
  }
  store<u64>(root, state, CHANCE);
  if (!count) return left;
  store<u32>(bucket, count, 4);
  return 0;
}

/** A number from 0 to below 1 (SplitMix64). */
// @ts-ignore: decorator
@inline
function uniform(state: u64): f64 {
  state = (state ^ (state >> 30)) * 0xbf58476d1ce4e5b9;
  state = (state ^ (state >> 27)) * 0x94d049bb133111eb;
  return <f64>((state ^ (state >> 31)) >> 11) * (1.0 / 9007199254740992.0);
}

/** base^exponent by squaring. */
function power(base: f64, exponent: u32): f64 {
  let result: f64 = 1;
  for (; exponent; exponent >>= 1) {
    if (exponent & 1) result *= base;
    base *= base;
  }
  return result;
}

/** Whether the key is listed. */
export function has(root: usize, from: usize, size: u32): u32 {
  return find(root, xxh64(from, size, load<u64>(root, SEED)), from, size) ? 1 : 0;
}

/** The same for keys that stand one behind the other, each after its length (u32, unaligned); a byte a key. */
export function hasMany(root: usize, records: usize, number: u32, out: usize): void {
  for (let i: u32 = 0; i < number; i++) {
    const size = load<u32>(records);
    store<u8>(out + i, has(root, records + 4, size));
    records += 4 + size;
  }
}

/** The count of a key, listed or not; 0 when nothing is known of it. */
export function count(root: usize, from: usize, size: u32): u32 {
  let hash = xxh64(from, size, load<u64>(root, SEED));
  const entry = find(root, hash, from, size);
  let most = entry ? load<u32>(entry, COUNT) : 0;
  const width = load<u32>(root, WIDTH);
  const fingerprint = <u32>(hash >> 32);
  let row: usize = load<u32>(root, BUCKETS);
  for (let depth = load<u32>(root, DEPTH); depth > 0; depth--) {
    const bucket = row + (<usize>below(remix(hash), width) << 3);
    if (load<u32>(bucket) == fingerprint) most = max(most, load<u32>(bucket, 4));
    hash += GOLDEN;
    row += <usize>width << 3;
  }
  return most;
}

/** Address of the key that the last addition dropped; its bytes are in the root. */
export function dropped(root: usize): usize {
  return load<u32>(root, SPARE);
}

/** Writes count, error, key address and key bytes of each entry, 16 bytes in the order of the heap. */
export function entries(root: usize, out: usize): void {
  for (let place: u32 = 0; place < load<u32>(root, SIZE); place++) {
    const entry = heapAt(root, place);
    store<u32>(out, load<u32>(entry, COUNT));
    store<u32>(out, load<u32>(entry, ERROR), 4);
    store<u32>(out, load<u32>(entry, KEY), 8);
    store<u32>(out, load<u32>(entry, KEY_BYTES), 12);
    out += 16;
  }
}

/** Enters a key as the last of the heap: 1, 0 when it is there or the order forbids it, −1 when the arena is full. */
export function restore(root: usize, from: usize, size: u32, count: u32, error: u32): i32 {
  const hash = xxh64(from, size, load<u64>(root, SEED));
  const place = load<u32>(root, SIZE);
  if (place == load<u32>(root, K) || find(root, hash, from, size)) return 0;
  if (place && load<u32>(heapAt(root, (place - 1) >> 1), COUNT) > count) return 0;
  if (!reserveKey(root, size)) return NO_MEMORY;
  enter(root, hash, from, size, count, error);
  return 1;
}

/** Address and bytes of the buckets. */
export function buckets(root: usize): usize {
  return load<u32>(root, BUCKETS);
}

export function bytesOfBuckets(root: usize): f64 {
  return <f64>bucketBytes(root);
}

/** 0, or which invariant is broken. */
export function check(root: usize): i32 {
  return checkList(root);
}
