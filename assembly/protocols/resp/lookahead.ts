// Looking ahead: the keys of the next requests are hashed and their places in memory touched side by side, before any
// of the requests is executed. One after the other, each would wait for the directory, the segment and the entry in
// turn; together they wait once. (The processor does it: loads that do not depend on each other overlap.)
//
// A record for each request that was looked at: u32 address of its key, u32 hash. `hashOf` takes the hash from there
// when it is asked for that key. Nothing else is kept, so whatever a request does to the keyspace is of no concern.

import { valueLength, valueOf } from '../../structures/hash-table/entry';
import { hashKey } from '../../structures/hash-table/hashing';
import { homeOf, Segment, slotAt, SLOT_ENTRY, TAG_MASK } from '../../structures/hash-table/layout';
import { segmentFor } from '../../structures/hash-table/table';
import { argAt, argLength, Engine } from './engine';

/** Requests looked at together: more than a processor has loads under way at once gains nothing. */
const AHEAD: u32 = 16;
const RECORD: usize = 8;
const RECORD_HASH: usize = 4;
/** A record for each request, and one that ends them. */
const RECORDS_BYTES: u32 = (AHEAD + 1) * <u32>RECORD;
/** Those of requests, and those of the keys of one. */
export const AHEAD_BYTES: u32 = 2 * RECORDS_BYTES;
/** Below this many keys the keyspace stays in the processor's caches. */
const MIN_KEYS: u32 = 2048;

/** Notes that nothing was looked at. */
// @ts-ignore: decorator
@inline
export function lookNowhere(engine: Engine): void {
  engine.aheadAt = engine.ahead;
  store<u32>(engine.ahead, 0);
}

/** A request of `taken` bytes at `at` was parsed and comes next: goes on to its record, looking ahead from it if need be. */
// @ts-ignore: decorator
@inline
export function nextAhead(engine: Engine, at: usize, end: usize, taken: i32): void {
  if (load<u32>(engine.aheadAt)) engine.aheadAt += <u32>RECORD;
  if (!load<u32>(engine.aheadAt) && at + taken < end) lookAhead(engine, at, end);
}

/** Looks at the requests from `from` on, as far as they are whole and plain. */
function lookAhead(engine: Engine, from: usize, end: usize): void {
  const table = engine.table;
  const first = <usize>engine.ahead;
  let record = first;
  engine.aheadAt = <u32>first;
  if (table.count >= MIN_KEYS) {
    const last = first + <usize>AHEAD * RECORD;
    while (record < last) {
      const next = lookAt(engine, from, end, record);
      if (!next) break;
      from = next;
      record += RECORD;
    }
    touchPlaces(engine, first, record);
  }
  store<u32>(record, 0);
}

/** Touches what the records from `first` to `end` lead to, one kind of place after the other. */
function touchPlaces(engine: Engine, first: usize, end: usize): void {
  let seen: u32 = 0;
  for (let at = first; at < end; at += RECORD) seen += slotOf(engine, load<u32>(at, RECORD_HASH));
  for (let at = first; at < end; at += RECORD) seen += load<u32>(entryOf(engine, load<u32>(at, RECORD_HASH)));
  for (let at = first; at < end; at += RECORD) {
    const entry = entryOf(engine, load<u32>(at, RECORD_HASH));
    if (entry) seen += load<u8>(lastByteOf(entry));
  }
  engine.seen = seen;
}

/**
 * The same for the keys of one request, which are arguments `from`, `from` + `step` … below `end`: called for each in turn, it
 * looks at some whenever those it looked at before are used up. The caller puts `aheadAt` back when it is done.
 */
export function lookAtKey(engine: Engine, index: u32, from: u32, step: u32, end: u32): void {
  if (engine.table.count < MIN_KEYS) return;
  const place = ((index - from) / step) % AHEAD;
  const first = <usize>engine.ahead + RECORDS_BYTES;
  if (place == 0) {
    let record = first;
    for (let i = index; i < end && record < first + <usize>AHEAD * RECORD; i += step) {
      const key = argAt(engine, i);
      store<u32>(record, <u32>key);
      store<u32>(record, hashKey(engine.table, key, argLength(engine, i)), RECORD_HASH);
      record += RECORD;
    }
    touchPlaces(engine, first, record);
  }
  engine.aheadAt = <u32>(first + <usize>place * RECORD);
}

// @ts-ignore: decorator
@inline
function slotIn(address: usize, hash: u32): usize {
  const segment = changetype<Segment>(address);
  return slotAt(address, homeOf(hash, segment.localDepth, segment.slots));
}

// @ts-ignore: decorator
@inline
function slotOf(engine: Engine, hash: u32): u32 {
  return load<u32>(slotIn(segmentFor(engine.table, hash), hash));
}

/** The entry in the home slot of a hash: nearly always the one that will be asked for. 0 when there is none. */
// @ts-ignore: decorator
@inline
function entryOf(engine: Engine, hash: u32): usize {
  return load<u32>(slotIn(segmentFor(engine.table, hash), hash), SLOT_ENTRY) & ~TAG_MASK;
}

// @ts-ignore: decorator
@inline
function lastByteOf(entry: usize): usize {
  const word = load<u32>(entry);
  return valueOf(entry, word) + valueLength(entry, word) - 1;
}

/** Notes the key of the request at `at`; returns where the next one begins, or 0 when it is not whole or not plain. */
function lookAt(engine: Engine, at: usize, end: usize, record: usize): usize {
  if (at + 4 > end || load<u8>(at) != 0x2a || load<u16>(at, 2) != 0x0a0d) return 0;
  let left = <u32>load<u8>(at, 1) - 0x30;
  if (left - 2 > 7) return 0;
  at = skipBulk(at + 4, end);
  if (!at) return 0;
  const key = bulkStart(at, end);
  if (!key) return 0;
  at = skipBulk(at, end);
  if (!at) return 0;
  store<u32>(record, <u32>key);
  store<u32>(record, hashKey(engine.table, key, <u32>(at - 2 - key)), RECORD_HASH);
  for (left -= 2; left; left--) {
    at = skipBulk(at, end);
    if (!at) return 0;
  }
  return at;
}

/** Where the bytes of the bulk string at `at` begin, if its length has one, two or three digits; else 0. */
// @ts-ignore: decorator
@inline
function bulkStart(at: usize, end: usize): usize {
  if (at + 6 > end || load<u8>(at) != 0x24) return 0;
  if (load<u8>(at, 3) == 0x0d) return at + 5;
  if (load<u8>(at, 2) == 0x0d) return at + 4;
  return load<u8>(at, 4) == 0x0d ? at + 6 : 0;
}

/** Where the bulk string at `at` ends, its line end included, or 0. */
// @ts-ignore: decorator
@inline
function skipBulk(at: usize, end: usize): usize {
  const start = bulkStart(at, end);
  if (!start) return 0;
  let length: u32 = 0;
  for (let digit = at + 1; digit < start - 2; digit++) {
    const value = <u32>load<u8>(digit) - 0x30;
    if (value > 9) return 0;
    length = length * 10 + value;
  }
  const next = start + length + 2;
  return next <= end ? next : 0;
}
