// The keyspace: a hash table of entries that carry an access word and, with EXPIRY, a moment to end.

import { capacityOf, costOf, free } from '../../memory/arena/allocator';
import { SCRATCH, USED_BYTES } from '../../memory/arena/layout';
import {
  accessOf,
  entrySize,
  expiryOf,
  FLAG_ACCESS,
  FLAG_EXPIRY,
  FLAG_LONG,
  flagsFor,
  keyLength,
  keyOf,
  makeEntry,
  valueLength,
  valueOf,
  writeHeader,
} from '../../structures/hash-table/entry';
import { hashKey } from '../../structures/hash-table/hashing';
import { Segment, TAG_MASK, TAG_VOLATILE, Table } from '../../structures/hash-table/layout';
import { addEntry, detach, find, hashAt, replaceEntry, reserve, segmentFor, taggedAt, tighten } from '../../structures/hash-table/table';
import { copyBytes } from '../../memory/bytes';
import { Engine, POLICY_ALLKEYS_LFU, POLICY_NO_EVICTION } from './engine';
import { counted, firstAccess, remember, victim } from './eviction';
import { isObject, releaseObject } from './objects';

/** No expiry. */
export const NEVER: i64 = i64.MIN_VALUE;

/** Bytes of data: what the budget counts. Neither buffers nor the room in which handlers hand things over are data. */
// @ts-ignore: decorator
@inline
export function dataBytes(engine: Engine): u32 {
  const scratch = <usize>load<u32>(SCRATCH);
  return load<u32>(USED_BYTES) - engine.ioBytes - (scratch ? costOf(scratch) : 0);
}

// @ts-ignore: decorator
@inline
export function hashOf(engine: Engine, key: usize, length: u32): u32 {
  return load<u32>(engine.aheadAt) == <u32>key ? load<u32>(engine.aheadAt, 4) : hashKey(engine.table, key, length);
}

// @ts-ignore: decorator
@inline
export function entryIn(cell: usize): usize {
  return <usize>(load<u32>(cell) & ~TAG_MASK);
}

/** When the entry ends, or NEVER. */
// @ts-ignore: decorator
@inline
export function expiryAt(entry: usize, word: u32): i64 {
  return word & FLAG_EXPIRY ? load<i64>(expiryOf(entry, word)) : NEVER;
}

/** Cell of a living entry, or 0. An entry whose time has passed is removed here. */
// @ts-ignore: decorator
@inline
export function lookUp(engine: Engine, hash: u32, key: usize, length: u32): usize {
  const cell = find(engine.table, hash, key, length);
  if (cell && load<u32>(cell) & TAG_VOLATILE && dropIfExpired(engine, hash, cell)) return 0;
  return cell;
}

function dropIfExpired(engine: Engine, hash: u32, cell: usize): bool {
  const entry = entryIn(cell);
  if (engine.now <= load<i64>(expiryOf(entry, load<u32>(entry)))) return false;
  drop(engine, hash, cell);
  engine.expired += 1;
  return true;
}

/** Notes that a read used the entry. */
// @ts-ignore: decorator
@inline
export function touch(engine: Engine, entry: usize): void {
  const at = accessOf(entry, load<u32>(entry));
  store<u32>(at, engine.policy < POLICY_ALLKEYS_LFU ? engine.clock : counted(engine, load<u32>(at)));
}

/** Removes an entry and frees it. Cells found before are void: a segment left nearly empty gives its slots back. */
export function drop(engine: Engine, hash: u32, cell: usize): void {
  take(engine, hash, cell);
  tighten(engine.table, hash);
}

function take(engine: Engine, hash: u32, cell: usize): void {
  const tagged = load<u32>(cell);
  if (engine.ready == (tagged & ~TAG_MASK)) engine.ready = 0;
  release(engine, <usize>(tagged & ~TAG_MASK));
  if (tagged & TAG_VOLATILE) engine.table.volatileCount--;
  detach(engine.table, hash, cell);
  free(<usize>(tagged & ~TAG_MASK));
}

/** Before an entry goes, or gets another value: frees the structure it holds, if any. */
// @ts-ignore: decorator
@inline
function release(engine: Engine, entry: usize): void {
  const word = load<u32>(entry);
  if (isObject(word)) releaseObject(engine, entry, word);
}

/**
 * Gives `key` an entry whose value has room for `valueBytes` bytes (not yet written), the flags of `flags` and the
 * expiry `when`. `cell` is the key's present cell, or 0. Where the present block fits, it is used again: the caller's
 * value must therefore not stand in it. Returns the entry, or 0 when the budget is full: nothing has changed then.
 */
export function writeEntry(engine: Engine, hash: u32, cell: usize, key: usize, keyBytes: u32, valueBytes: u32, flags: u32, when: i64): usize {
  const table = engine.table;
  const access = cell && engine.policy >= POLICY_ALLKEYS_LFU
    ? counted(engine, load<u32>(accessOf(entryIn(cell), load<u32>(entryIn(cell)))))
    : firstAccess(engine, hash);
  const shape = flagsFor(flags | FLAG_ACCESS | (when != NEVER ? FLAG_EXPIRY : 0), keyBytes, valueBytes);
  let entry: usize;
  if (cell) {
    entry = entryIn(cell);
    const size = entrySize(shape, keyBytes, valueBytes);
    const capacity = capacityOf(entry);
    if (size && size <= capacity && capacity - size <= 16 + (capacity >> 2)) {
      release(engine, entry);
      rewriteHeader(entry, shape, key, keyBytes, valueBytes);
      retag(table, cell, (shape & FLAG_EXPIRY) != 0);
    } else {
      const old = entry;
      entry = makeEntry(0, shape, key, keyBytes, valueBytes);
      if (!entry) return 0;
      release(engine, old);
      if (load<u32>(cell) & TAG_VOLATILE) table.volatileCount--;
      if (shape & FLAG_EXPIRY) table.volatileCount++;
      replaceEntry(table, cell, <u32>entry | (shape & FLAG_EXPIRY ? TAG_VOLATILE : 0));
      free(old);
    }
  } else {
    if (!reserve(table, hash)) return 0;
    entry = makeEntry(0, shape, key, keyBytes, valueBytes);
    if (!entry) return 0;
    if (shape & FLAG_EXPIRY) table.volatileCount++;
    addEntry(table, hash, <u32>entry | (shape & FLAG_EXPIRY ? TAG_VOLATILE : 0));
  }
  store<u32>(accessOf(entry, shape), access);
  if (when != NEVER) store<i64>(expiryOf(entry, shape), when);
  return entry;
}

/** New header on a block that holds the same key: the key moves only when the header's shape changes. */
// @ts-ignore: decorator
@inline
function rewriteHeader(entry: usize, shape: u32, key: usize, keyBytes: u32, valueBytes: u32): void {
  const word = load<u32>(entry);
  const samePlace = ((word ^ shape) & (FLAG_LONG | FLAG_EXPIRY | FLAG_ACCESS)) == 0;
  writeHeader(entry, shape, keyBytes, valueBytes);
  if (!samePlace) memory.copy(keyOf(entry, shape), key, keyBytes);
}

// @ts-ignore: decorator
@inline
function retag(table: Table, cell: usize, isVolatile: bool): void {
  const tagged = load<u32>(cell);
  if (((tagged & TAG_VOLATILE) != 0) == isVolatile) return;
  store<u32>(cell, tagged ^ TAG_VOLATILE);
  if (isVolatile) table.volatileCount++;
  else table.volatileCount--;
}

/** `writeEntry`, with the value copied in. */
export function storeValue(engine: Engine, hash: u32, cell: usize, key: usize, keyBytes: u32, value: usize, valueBytes: u32, flags: u32, when: i64): bool {
  const entry = writeEntry(engine, hash, cell, key, keyBytes, valueBytes, flags, when);
  if (!entry) return false;
  copyBytes(valueOf(entry, load<u32>(entry)), value, valueBytes);
  return true;
}

/** Gives a living entry another expiry (or NEVER), keeping key and value. False when the budget is full. */
export function setExpiry(engine: Engine, cell: usize, when: i64): bool {
  const table = engine.table;
  const entry = entryIn(cell);
  const word = load<u32>(entry);
  if (((word & FLAG_EXPIRY) != 0) == (when != NEVER)) {
    if (when != NEVER) store<i64>(expiryOf(entry, word), when);
    return true;
  }
  const keyBytes = keyLength(entry, word);
  const valueBytes = valueLength(entry, word);
  const shape = flagsFor((word & 0xff) ^ FLAG_EXPIRY, keyBytes, valueBytes);
  const size = entrySize(shape, keyBytes, valueBytes);
  if (size && size <= capacityOf(entry)) {
    // Key and value slide together; memory.copy minds the overlap.
    memory.copy(keyOf(entry, shape), keyOf(entry, word), <usize>keyBytes + valueBytes);
    const access = load<u32>(accessOf(entry, word));
    writeHeader(entry, shape, keyBytes, valueBytes);
    store<u32>(accessOf(entry, shape), access);
    if (when != NEVER) store<i64>(expiryOf(entry, shape), when);
    retag(table, cell, when != NEVER);
    table.version++;
    return true;
  }
  const fresh = makeEntry(0, shape, keyOf(entry, word), keyBytes, valueBytes);
  if (!fresh) return false;
  copyBytes(valueOf(fresh, load<u32>(fresh)), valueOf(entry, word), valueBytes);
  store<u32>(accessOf(fresh, shape), load<u32>(accessOf(entry, word)));
  if (when != NEVER) store<i64>(expiryOf(fresh, shape), when);
  retag(table, cell, when != NEVER);
  replaceEntry(table, cell, <u32>fresh | (when != NEVER ? TAG_VOLATILE : 0));
  free(entry);
  return true;
}

/**
 * Makes a string value `length` bytes long, keeping what it has and leaving new bytes unwritten, with room to grow
 * further so that repeated appends cost O(1) each. Returns the entry, or 0 when the budget is full.
 */
export function growValue(engine: Engine, hash: u32, cell: usize, length: u32, flags: u32): usize {
  const table = engine.table;
  const entry = entryIn(cell);
  const word = load<u32>(entry);
  const keyBytes = keyLength(entry, word);
  const shape = flagsFor((word & 0xff) | flags, keyBytes, length);
  const size = entrySize(shape, keyBytes, length);
  if (!size) return 0;
  if (((shape ^ word) & FLAG_LONG) == 0 && size <= capacityOf(entry)) {
    writeHeader(entry, shape, keyBytes, length);
    return entry;
  }
  // As Redis's strings: twice the length up to a megabyte, then a megabyte more.
  const spare = min<u32>(length, 1 << 20);
  let fresh = makeEntry(0, shape, keyOf(entry, word), keyBytes, length + spare);
  if (!fresh) fresh = makeEntry(0, shape, keyOf(entry, word), keyBytes, length);
  if (!fresh) return 0;
  const roomy = load<u32>(fresh);
  // The block may have been shaped for the spare room: its lengths are those of the value.
  const kept = (roomy & FLAG_LONG) == (shape & FLAG_LONG);
  if (!kept) memory.copy(keyOf(fresh, shape), keyOf(fresh, roomy), keyBytes);
  writeHeader(fresh, shape, keyBytes, length);
  copyBytes(valueOf(fresh, load<u32>(fresh)), valueOf(entry, word), min(valueLength(entry, word), length));
  store<u32>(accessOf(fresh, shape), load<u32>(accessOf(entry, word)));
  touch(engine, fresh);
  if (shape & FLAG_EXPIRY) store<i64>(expiryOf(fresh, shape), load<i64>(expiryOf(entry, word)));
  replaceEntry(table, cell, <u32>fresh | (load<u32>(cell) & TAG_MASK));
  free(entry);
  return fresh;
}

// ── Budget ────────────────────────────────────────────────────────────────────────────────────────

/** Before a command that may grow the keyspace: true when the data is within the budget, if need be by evicting. */
// @ts-ignore: decorator
@inline
export function withinBudget(engine: Engine): bool {
  return engine.maxMemory == 0 || dataBytes(engine) <= engine.maxMemory || evict(engine);
}

function evict(engine: Engine): bool {
  if (engine.policy == POLICY_NO_EVICTION) return false;
  while (dataBytes(engine) > engine.maxMemory) {
    const cell = victim(engine);
    if (!cell) return false;
    const entry = entryIn(cell);
    const word = load<u32>(entry);
    const hash = hashOf(engine, keyOf(entry, word), keyLength(entry, word));
    const access = load<u32>(accessOf(entry, word));
    drop(engine, hash, cell);
    remember(engine, hash, access);
    engine.evicted += 1;
  }
  return true;
}

// ── Active expiry ─────────────────────────────────────────────────────────────────────────────────

/** Removes the expired entries of the next segment. Returns how many it looked at, in the high half how many it removed. */
export function expireSegment(engine: Engine): u32 {
  const table = engine.table;
  const from = engine.expireCursor;
  const address = segmentFor(table, from);
  const segment = changetype<Segment>(address);
  let seen: u32 = 0;
  let removed: u32 = 0;
  for (let index: u32 = 0; index < segment.slots; index++) {
    const tagged = taggedAt(table.probing, address, segment.slots, index);
    if (!(tagged & TAG_VOLATILE)) continue;
    seen++;
    const entry = <usize>(tagged & ~TAG_MASK);
    const word = load<u32>(entry);
    if (engine.now <= load<i64>(expiryOf(entry, word))) continue;
    const hash = hashAt(table.probing, address, segment.slots, index);
    take(engine, hash, find(table, hash, keyOf(entry, word), keyLength(entry, word)));
    removed++;
    // Deletion may have moved another entry into this slot.
    index--;
  }
  engine.expired += removed;
  const depth = segment.localDepth;
  if (removed) tighten(table, from);
  const span: u64 = <u64>1 << (32 - depth);
  engine.expireCursor = <u32>((<u64>from & ~(span - 1)) + span);
  return seen | (removed << 16);
}
