// Kernel `sketches/cuckoo-filter`: sets that forget again. The work is in filter.ts, which other kernels import.
//
// Keys are bytes at [from, from + size), or u32 numbers, which stand for their four bytes. Only `create` and an
// addition that needs another table allocate.

import { xxh64OfU32 } from '../../hash/xxh64';
import { SEED, TABLES, TABLE_LIST, addHash, bucketsOf, bytesOfTable, clearFilter, countHash, createFilter, destroyFilter, dropEmptyTables, growFilter, hasHash, hashBytes, hasNumbers, itemsAt, recount, removeHash, tableAt } from './filter';

/** 0 when the arena is full. */
export function create(buckets: u32, slots: u32, fingerprints: u32, maxKicks: u32, expansion: u32, seedLow: u32, seedHigh: u32, capacity: f64, rate: f64): usize {
  return createFilter(buckets, slots, fingerprints, maxKicks, expansion, (<u64>seedHigh << 32) | seedLow, capacity, rate);
}

export function destroy(filter: usize): void {
  destroyFilter(filter);
}

/** 1 added, −1 the filter is full, −2 the arena is. */
export function add(filter: usize, from: usize, size: u32): i32 {
  return addHash(filter, hashBytes(filter, from, size));
}

export function addU32(filter: usize, key: u32): i32 {
  return addHash(filter, xxh64OfU32(key, load<u64>(filter, SEED)));
}

/** As `add`; 0 when the key seems to be there. */
export function addNew(filter: usize, from: usize, size: u32): i32 {
  const hash = hashBytes(filter, from, size);
  return hasHash(filter, hash) ? 0 : addHash(filter, hash);
}

export function addNewU32(filter: usize, key: u32): i32 {
  const hash = xxh64OfU32(key, load<u64>(filter, SEED));
  return hasHash(filter, hash) ? 0 : addHash(filter, hash);
}

export function has(filter: usize, from: usize, size: u32): u32 {
  return hasHash(filter, hashBytes(filter, from, size));
}

export function hasU32(filter: usize, key: u32): u32 {
  return hasHash(filter, xxh64OfU32(key, load<u64>(filter, SEED)));
}

export function countOf(filter: usize, from: usize, size: u32): u32 {
  return countHash(filter, hashBytes(filter, from, size));
}

export function countOfU32(filter: usize, key: u32): u32 {
  return countHash(filter, xxh64OfU32(key, load<u64>(filter, SEED)));
}

export function remove(filter: usize, from: usize, size: u32): u32 {
  return removeHash(filter, hashBytes(filter, from, size));
}

export function removeU32(filter: usize, key: u32): u32 {
  return removeHash(filter, xxh64OfU32(key, load<u64>(filter, SEED)));
}

/** Adds keys in order, up to the first for which there is no room; `out` gets the status of each that was tried. Returns how many were. */
export function addManyU32(filter: usize, keys: usize, count: u32, out: usize, onlyNew: u32): u32 {
  const seed = load<u64>(filter, SEED);
  for (let i: u32 = 0; i < count; i++) {
    const hash = xxh64OfU32(load<u32>(keys + (<usize>i << 2)), seed);
    const status = onlyNew && hasHash(filter, hash) ? 0 : addHash(filter, hash);
    store<i8>(out + i, <i8>status);
    if (status < 0) return i + 1;
  }
  return count;
}

/** The same for keys that stand one behind the other, each after its length (u32, unaligned). */
export function addMany(filter: usize, records: usize, count: u32, out: usize, onlyNew: u32): u32 {
  for (let i: u32 = 0; i < count; i++) {
    const size = load<u32>(records);
    const hash = hashBytes(filter, records + 4, size);
    const status = onlyNew && hasHash(filter, hash) ? 0 : addHash(filter, hash);
    store<i8>(out + i, <i8>status);
    if (status < 0) return i + 1;
    records += 4 + size;
  }
  return count;
}

/** One byte, 0 or 1, a key. */
export function hasManyU32(filter: usize, keys: usize, count: u32, out: usize): void {
  hasNumbers(filter, keys, count, out);
}

export function hasMany(filter: usize, records: usize, count: u32, out: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const size = load<u32>(records);
    store<u8>(out + i, hasHash(filter, hashBytes(filter, records + 4, size)));
    records += 4 + size;
  }
}

/** One byte, 0 or 1, a key. */
export function removeManyU32(filter: usize, keys: usize, count: u32, out: usize): void {
  const seed = load<u64>(filter, SEED);
  for (let i: u32 = 0; i < count; i++) store<u8>(out + i, removeHash(filter, xxh64OfU32(load<u32>(keys + (<usize>i << 2)), seed)));
}

export function removeMany(filter: usize, records: usize, count: u32, out: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const size = load<u32>(records);
    store<u8>(out + i, removeHash(filter, hashBytes(filter, records + 4, size)));
    records += 4 + size;
  }
}

export function clear(filter: usize): void {
  clearFilter(filter);
}

/** Adds an empty table; the statuses of `add`. */
export function grow(filter: usize): i32 {
  return growFilter(filter);
}

export function dropEmpty(filter: usize): void {
  dropEmptyTables(filter);
}

export function table(filter: usize, index: u32): usize {
  return tableAt(filter, index);
}

export function tableBytes(filter: usize, index: u32): f64 {
  return <f64>bytesOfTable(filter, index);
}

export function tableBuckets(filter: usize, index: u32): f64 {
  return <f64>bucketsOf(filter, index);
}

/** Takes the number of fingerprints of each table from its slots; 0, or which invariant is broken. */
export function refresh(filter: usize): i32 {
  for (let i = load<u32>(filter, TABLES); i > 0; i--) {
    if (recount(filter, i - 1) < 0) return 1;
  }
  return 0;
}

/** 0, or which invariant is broken: 1 a slot holds no fingerprint or bits behind the slots are set, 2 a table's count is wrong. */
export function check(filter: usize): i32 {
  for (let i = load<u32>(filter, TABLES); i > 0; i--) {
    const before = itemsAt(filter, i - 1);
    const status = recount(filter, i - 1);
    const after = itemsAt(filter, i - 1);
    store<u32>(filter + (<usize>(i - 1) << 3), before, TABLE_LIST + 4);
    if (status < 0) return 1;
    if (before != after) return 2;
  }
  return 0;
}
