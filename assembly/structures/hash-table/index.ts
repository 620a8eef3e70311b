// Kernel `structures/hash-table`: byte keys to byte values. Statuses: 0 fine, 1 budget full.

import { alloc, free } from '../../memory/arena/allocator';
import { RESULT } from '../../memory/arena/layout';
import { copyBytes } from '../../memory/bytes';
import { find as locate, addEntry, batchEnd, checkTable, clearTable, collectBetween, countBetween, createTable, destroyTable, detach, prefixOf, replaceEntry, reserve, shrinkTable } from './table';
import { fitsInPlace, flagsFor, keyLength, keyOf, makeEntry, valueLength, valueOf, writeHeader } from './entry';
import { hashKey } from './hashing';
import { Table, TAG_MASK } from './layout';

const FULL: i32 = 1;

// Through the arena's result cell a lookup tells where the value is: u32 address, u32 length.
const RESULT_ADDRESS: usize = 0;
const RESULT_LENGTH: usize = 4;

/** A new table, or 0 when the budget is full. The load factor is in 1/256. */
export function create(probing: u32, hashKind: u32, loadFactor: u32, capacity: u32): usize {
  return createTable(probing, hashKind, loadFactor, capacity);
}

/** Replaces the arena's seed by one of the table's own; only while the table is empty. */
export function setSeed(handle: usize, low0: u32, high0: u32, low1: u32, high1: u32): void {
  const table = changetype<Table>(handle);
  table.seed0 = (<u64>high0 << 32) | low0;
  table.seed1 = (<u64>high1 << 32) | low1;
}

export function destroy(handle: usize): void {
  destroyTable(changetype<Table>(handle));
}

export function clear(handle: usize): void {
  clearTable(changetype<Table>(handle));
}

export function size(handle: usize): u32 {
  return changetype<Table>(handle).count;
}

export function version(handle: usize): u32 {
  return changetype<Table>(handle).version;
}

/** Length of the value, its address in the result cell; −1 when the key is absent. */
export function get(handle: usize, key: usize, bytes: u32): i32 {
  const table = changetype<Table>(handle);
  const cell = locate(table, hashKey(table, key, bytes), key, bytes);
  if (!cell) return -1;
  const entry = <usize>(load<u32>(cell) & ~TAG_MASK);
  const word = load<u32>(entry);
  store<u32>(RESULT, <u32>valueOf(entry, word), RESULT_ADDRESS);
  return <i32>valueLength(entry, word);
}

export function has(handle: usize, key: usize, bytes: u32): bool {
  const table = changetype<Table>(handle);
  return locate(table, hashKey(table, key, bytes), key, bytes) != 0;
}

/** Stores a value under a key. FULL leaves the table as it was. */
export function set(handle: usize, key: usize, keyBytes: u32, value: usize, valueBytes: u32): i32 {
  const table = changetype<Table>(handle);
  const hash = hashKey(table, key, keyBytes);
  const prefix = prefixOf(table);
  const cell = locate(table, hash, key, keyBytes);
  if (cell) return overwrite(table, cell, key, keyBytes, value, valueBytes);
  if (!reserve(table, hash)) return FULL;
  const entry = makeEntry(prefix, 0, key, keyBytes, valueBytes);
  if (!entry) return FULL;
  copyBytes(valueOf(entry, load<u32>(entry)), value, valueBytes);
  addEntry(table, hash, <u32>entry);
  return 0;
}

function overwrite(table: Table, cell: usize, key: usize, keyBytes: u32, value: usize, valueBytes: u32): i32 {
  const prefix = prefixOf(table);
  const old = <usize>load<u32>(cell);
  const word = load<u32>(old);
  if (fitsInPlace(old, prefix, word, keyBytes, valueBytes)) {
    writeHeader(old, flagsFor(word, keyBytes, valueBytes) & 0xff, keyBytes, valueBytes);
    copyBytes(valueOf(old, load<u32>(old)), value, valueBytes);
    table.version++;
    return 0;
  }
  const entry = makeEntry(prefix, 0, key, keyBytes, valueBytes);
  if (!entry) return FULL;
  copyBytes(valueOf(entry, load<u32>(entry)), value, valueBytes);
  replaceEntry(table, cell, <u32>entry);
  free(old - prefix);
  return 0;
}

/** True when the key was present. */
export function remove(handle: usize, key: usize, bytes: u32): bool {
  const table = changetype<Table>(handle);
  const hash = hashKey(table, key, bytes);
  const cell = locate(table, hash, key, bytes);
  if (!cell) return false;
  const entry = <usize>load<u32>(cell);
  detach(table, hash, cell);
  free(entry - prefixOf(table));
  return true;
}

// Batches: `keys` is a run of (u32 length, bytes) records. Each call handles `count` of them.

/** Writes for each key (u32 address, u32 length) of its value, or (0, 0xffffffff), to `out`. */
export function getMany(handle: usize, keys: usize, count: u32, out: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const bytes = load<u32>(keys);
    const length = get(handle, keys + 4, bytes);
    store<u32>(out, length < 0 ? 0 : load<u32>(RESULT, RESULT_ADDRESS));
    store<u32>(out, <u32>length, RESULT_LENGTH);
    out += 8;
    keys += 4 + bytes;
  }
}

/** `records` alternate key and value. Returns how many pairs were stored; fewer than `count` means the budget is full. */
export function setMany(handle: usize, records: usize, count: u32): u32 {
  for (let i: u32 = 0; i < count; i++) {
    const keyBytes = load<u32>(records);
    const key = records + 4;
    const valueBytes = load<u32>(key + keyBytes);
    const value = key + keyBytes + 4;
    if (set(handle, key, keyBytes, value, valueBytes) != 0) return i;
    records = value + valueBytes;
  }
  return count;
}

/** Number of keys that were present. */
export function removeMany(handle: usize, keys: usize, count: u32): u32 {
  let removed: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const bytes = load<u32>(keys);
    if (remove(handle, keys + 4, bytes)) removed++;
    keys += 4 + bytes;
  }
  return removed;
}

/**
 * The next batch of an iteration that continues at hash `from`, of about `wanted` entries: a block the caller frees
 * with `endScan`, holding u32 count, u32 next hash, u32 whether the table's end was reached, then for each entry
 * u32 hash, key address, key length, value address, value length. 0 when the budget is full.
 */
export function scan(handle: usize, from: u32, wanted: u32): usize {
  const table = changetype<Table>(handle);
  let start: u64 = from;
  let end = batchEnd(table, from, wanted);
  let count = countBetween(table, from, end);
  // Skip empty stretches here rather than by a call each.
  while (count == 0 && end < 0x1_0000_0000) {
    start = end;
    end = batchEnd(table, <u32>start, wanted);
    count = countBetween(table, <u32>start, end);
  }
  const block = alloc(SCAN_HEADER + count * SCAN_RECORD);
  if (!block) return 0;
  store<u32>(block, count);
  store<u32>(block, <u32>end, 4);
  store<u32>(block, end >> 32 ? 1 : 0, 8);
  // Pairs are gathered at the end of the block and spread forwards: record i never reaches pair i before it is read.
  const pairs = block + SCAN_HEADER + <usize>count * (SCAN_RECORD - 8);
  collectBetween(table, <u32>start, end, pairs);
  for (let i: u32 = 0; i < count; i++) {
    const hash = load<u32>(pairs + (<usize>i << 3));
    const entry = <usize>(load<u32>(pairs + (<usize>i << 3), 4) & ~TAG_MASK);
    const word = load<u32>(entry);
    const record = block + SCAN_HEADER + <usize>i * SCAN_RECORD;
    store<u32>(record, hash);
    store<u32>(record, <u32>keyOf(entry, word), 4);
    store<u32>(record, keyLength(entry, word), 8);
    store<u32>(record, <u32>valueOf(entry, word), 12);
    store<u32>(record, valueLength(entry, word), 16);
  }
  return block;
}

const SCAN_HEADER: u32 = 12;
const SCAN_RECORD: u32 = 20;

export function endScan(block: usize): void {
  free(block);
}

export function shrink(handle: usize): void {
  shrinkTable(changetype<Table>(handle));
}

/** Writes u32 probing, hash, count, segments, directory cells, load factor, segment bytes, f64 entry bytes to `out`. */
export function stats(handle: usize, out: usize): void {
  const table = changetype<Table>(handle);
  store<u32>(out, table.probing);
  store<u32>(out, table.hashKind, 4);
  store<u32>(out, table.count, 8);
  store<u32>(out, table.segments, 12);
  store<u32>(out, 1 << table.depth, 16);
  store<u32>(out, table.loadFactor, 20);
  store<u32>(out, table.segmentBytes, 24);
  store<f64>(out, <f64>table.entryBytes, 32);
}

export function check(handle: usize): i32 {
  return checkTable(changetype<Table>(handle));
}
