// Kernel `sketches/bloom-filter`: classic, blocked and counting Bloom filters, and series of classic ones.
//
// Every export takes the filter first and finds its variety in its header; batches do so once. Keys are bytes at
// [from, from + size), or u32 numbers, which stand for their four bytes. Nothing but the two `create…` allocates.

import { allocAligned, free } from '../../memory/arena/allocator';
import { RESULT } from '../../memory/arena/layout';
import { xxh64, xxh64OfU32 } from '../../hash/xxh64';
import { ADDITIONS, BLOCKED, CAPACITY, CELLS, CLASSIC, COUNTING, DATA, K, MAGIC, MAGIC_VALUE, RATE, SEED, SERIES, VARIETY, VERSION, dataBytes, noteAdditions, varietyOf } from './layout';
import { classicAdd, classicAddMany, classicHas, classicHasMany } from './classic';
import { blockedAdd, blockedHas, blockedRate } from './blocked';
import { countingChange, countingCount, countingFull, countingMerge, countingOnes } from './counting';
import { clearLayers, createSeries as newSeries, dropLayers as dropAll, layerOf, pushLayer as push, seriesAdd, seriesHas } from './series';

/** Address of an empty filter, 0 when the arena is full. The cells must be a multiple of 512 bits, but blocks any number. */
export function create(variety: u32, cells: u32, k: u32, seedLow: u32, seedHigh: u32, capacity: f64, rate: f64): usize {
  const bytes: u64 = variety == CLASSIC ? <u64>cells >> 3 : variety == BLOCKED ? <u64>cells << 6 : <u64>cells >> 1;
  if (bytes > 0xf000_0000) return 0;
  const filter = allocAligned(<u32>bytes + <u32>DATA, 64);
  if (!filter) return 0;
  memory.fill(filter, 0, <usize>bytes + DATA);
  store<u32>(filter, MAGIC_VALUE, MAGIC);
  store<u32>(filter, VERSION | (variety << 16), VARIETY);
  store<u32>(filter, cells, CELLS);
  store<u32>(filter, k, K);
  store<u32>(filter, seedLow, SEED);
  store<u32>(filter, seedHigh, SEED + 4);
  store<f64>(filter, capacity, CAPACITY);
  store<f64>(filter, rate, RATE);
  return filter;
}

export function createSeries(seedLow: u32, seedHigh: u32, capacity: f64, rate: f64, growth: f64, tightening: f64): usize {
  return newSeries((<u64>seedHigh << 32) | seedLow, capacity, rate, growth, tightening);
}

export function destroy(filter: usize): void {
  if (varietyOf(filter) == SERIES) dropAll(filter, 0);
  free(filter);
}

export function pushLayer(series: usize, layer: usize): u32 {
  return push(series, layer);
}

export function dropLayers(series: usize, keep: u32): void {
  dropAll(series, keep);
}

export function layer(series: usize, index: u32): usize {
  return layerOf(series, index);
}

/** 1 the key changed the filter; 0 it did not; −1 a series needs another layer. */
export function add(filter: usize, from: usize, size: u32): i32 {
  return addHash(filter, xxh64(from, size, load<u64>(filter, SEED)));
}

export function addU32(filter: usize, key: u32): i32 {
  return addHash(filter, xxh64OfU32(key, load<u64>(filter, SEED)));
}

// @ts-ignore: decorator
@inline
function addHash(filter: usize, hash: u64): i32 {
  const variety = varietyOf(filter);
  if (variety == SERIES) return seriesAdd(filter, hash);
  let changed: i32;
  if (variety == CLASSIC) {
    changed = <i32>classicAdd(filter, hash);
  } else if (variety == BLOCKED) {
    changed = <i32>blockedAdd(filter, hash);
  } else {
    changed = <i32>countingChange(filter, hash, 1);
    noteAdditions(filter, 1);
    return changed;
  }
  if (changed) noteAdditions(filter, 1);
  return changed;
}

export function has(filter: usize, from: usize, size: u32): i32 {
  return hasHash(filter, xxh64(from, size, load<u64>(filter, SEED)));
}

export function hasU32(filter: usize, key: u32): i32 {
  return hasHash(filter, xxh64OfU32(key, load<u64>(filter, SEED)));
}

// @ts-ignore: decorator
@inline
function hasHash(filter: usize, hash: u64): i32 {
  const variety = varietyOf(filter);
  if (variety == CLASSIC) return <i32>classicHas(filter, hash);
  if (variety == BLOCKED) return <i32>blockedHas(filter, hash);
  return variety == COUNTING ? <i32>(countingCount(filter, hash) != 0) : <i32>seriesHas(filter, hash);
}

/**
 * Adds keys in order; returns how many changed the filter. A series must have the room. `work` is room for 1024 bytes.
 */
export function addManyU32(filter: usize, keys: usize, count: u32, work: usize): u32 {
  const variety = varietyOf(filter);
  const seed = load<u64>(filter, SEED);
  const end = keys + (<usize>count << 2);
  let changed: u32 = 0;
  if (variety == CLASSIC) {
    changed = classicAddMany(filter, keys, count, work);
  } else if (variety == BLOCKED) {
    for (; keys < end; keys += 4) changed += blockedAdd(filter, xxh64OfU32(load<u32>(keys), seed));
  } else {
    for (; keys < end; keys += 4) changed += <u32>addHash(filter, xxh64OfU32(load<u32>(keys), seed));
    return changed;
  }
  noteAdditions(filter, changed);
  return changed;
}

/** One byte, 0 or 1, a key. Returns how many were found. */
export function hasManyU32(filter: usize, keys: usize, count: u32, out: usize): u32 {
  const variety = varietyOf(filter);
  if (variety == CLASSIC) return classicHasMany(filter, keys, count, out);
  const seed = load<u64>(filter, SEED);
  const end = keys + (<usize>count << 2);
  let found: u32 = 0;
  if (variety == BLOCKED) {
    for (; keys < end; keys += 4) {
      const hit = blockedHas(filter, xxh64OfU32(load<u32>(keys), seed));
      store<u8>(out++, hit);
      found += hit;
    }
    return found;
  }
  for (; keys < end; keys += 4) {
    const hit = hasHash(filter, xxh64OfU32(load<u32>(keys), seed));
    store<u8>(out++, hit);
    found += hit;
  }
  return found;
}

/** Adds keys that stand one behind the other, each after its length (u32, unaligned). As `addManyU32`. */
export function addMany(filter: usize, records: usize, count: u32): u32 {
  let changed: u32 = 0;
  for (; count > 0; count--) {
    const size = load<u32>(records);
    changed += <u32>add(filter, records + 4, size);
    records += 4 + size;
  }
  return changed;
}

export function hasMany(filter: usize, records: usize, count: u32, out: usize): u32 {
  let found: u32 = 0;
  for (; count > 0; count--) {
    const size = load<u32>(records);
    const hit = has(filter, records + 4, size);
    store<u8>(out++, hit);
    found += hit;
    records += 4 + size;
  }
  return found;
}

/** Counting filters: 1 the key's counters were lowered, 0 it was not there. */
export function remove(filter: usize, from: usize, size: u32): i32 {
  return removeHash(filter, xxh64(from, size, load<u64>(filter, SEED)));
}

export function removeU32(filter: usize, key: u32): i32 {
  return removeHash(filter, xxh64OfU32(key, load<u64>(filter, SEED)));
}

function removeHash(filter: usize, hash: u64): i32 {
  if (!countingCount(filter, hash)) return 0;
  countingChange(filter, hash, -1);
  noteAdditions(filter, -1);
  return 1;
}

/** Counting filters: the smallest counter of a key. */
export function countOf(filter: usize, from: usize, size: u32): u32 {
  return countingCount(filter, xxh64(from, size, load<u64>(filter, SEED)));
}

export function countOfU32(filter: usize, key: u32): u32 {
  return countingCount(filter, xxh64OfU32(key, load<u64>(filter, SEED)));
}

export function clear(filter: usize): void {
  if (varietyOf(filter) == SERIES) {
    clearLayers(filter);
    return;
  }
  memory.fill(filter + DATA, 0, dataBytes(filter));
  store<f64>(filter, 0, ADDITIONS);
}

/** Cells that are not zero; bits of a blocked filter. */
export function ones(filter: usize): f64 {
  const bytes = dataBytes(filter);
  if (varietyOf(filter) == COUNTING) return <f64>countingOnes(filter, bytes);
  let sum: u64 = 0;
  for (let i: u32 = 0; i < bytes; i += 8) sum += popcnt<u64>(load<u64>(filter + i, DATA));
  return <f64>sum;
}

/** Counters of a counting filter that have lost count. */
export function saturated(filter: usize): u32 {
  return countingFull(filter, dataBytes(filter));
}

/** The false-positive rate of a blocked filter as it stands. */
export function currentBlockedRate(filter: usize): f64 {
  return blockedRate(filter);
}

/** Adds what is in `other`, a filter of the same shape. Its additions are the caller's to set. */
export function unite(filter: usize, other: usize): void {
  const bytes = dataBytes(filter);
  if (varietyOf(filter) == COUNTING) {
    countingMerge(filter, other, bytes);
    return;
  }
  for (let i: u32 = 0; i < bytes; i += 16) {
    v128.store(filter + i, v128.or(v128.load(filter + i, DATA), v128.load(other + i, DATA)), DATA);
  }
}

/** Keeps the bits that `other` has too. */
export function intersect(filter: usize, other: usize): void {
  const bytes = dataBytes(filter);
  for (let i: u32 = 0; i < bytes; i += 16) {
    v128.store(filter + i, v128.and(v128.load(filter + i, DATA), v128.load(other + i, DATA)), DATA);
  }
}

/** Whether two filters of one shape have the same cells. */
export function equal(filter: usize, other: usize): i32 {
  const bytes = dataBytes(filter);
  for (let i: u32 = 0; i < bytes; i += 16) {
    if (v128.any_true(v128.xor(v128.load(filter + i, DATA), v128.load(other + i, DATA)))) return 0;
  }
  return 1;
}

/** xxh64 of `size` bytes, in the arena's result cell. */
export function checksum(from: usize, size: u32): void {
  store<u64>(RESULT, xxh64(from, size, 0));
}
