// The table proper: directory, growth by splitting, and the strategies behind one interface.
// A *cell* is the u32 in memory that holds an entry's (tagged) address; `find` returns one, the rest take one.

import { alloc, allocZeroed, costOf, free } from '../../memory/arena/allocator';
import { SEED } from '../../memory/arena/layout';
import * as chained from './chained';
import { CHAIN_PREFIX, chainHash, headAt, nextCell } from './chained';
import {
  CHAINED,
  homeOf,
  LINEAR,
  MAX_DEPTH,
  MAX_SLOTS,
  MIN_SLOTS,
  QUADRATIC,
  ROBIN_HOOD,
  Segment,
  SEGMENT_HEADER,
  SLOT_ENTRY,
  slotAt,
  SWISS,
  Table,
  TAG_MASK,
  TOMBSTONE,
} from './layout';
import * as linear from './linear';
import * as quadratic from './quadratic';
import * as robinHood from './robin-hood';
import * as swiss from './swiss';

// ── Placement, by strategy ────────────────────────────────────────────────────────────────────────

/** Bytes that precede every entry of this table. */
// @ts-ignore: decorator
@inline
export function prefixOf(table: Table): u32 {
  return table.probing == CHAINED ? CHAIN_PREFIX : 0;
}

// @ts-ignore: decorator
@inline
export function segmentFor(table: Table, hash: u32): usize {
  // Two shifts, because one by 32 would be a shift by 0.
  return load<u32>(<usize>table.directory + (<usize>((hash >> 1) >> (31 - table.depth)) << 2));
}

/** Cell of the entry with this key, or 0. */
export function find(table: Table, hash: u32, key: usize, bytes: u32): usize {
  const segment = segmentFor(table, hash);
  const probing = table.probing;
  if (probing == ROBIN_HOOD) return robinHood.find(segment, hash, key, bytes);
  if (probing == LINEAR) return linear.find(segment, hash, key, bytes);
  if (probing == SWISS) return swiss.find(segment, hash, key, bytes);
  if (probing == CHAINED) return chained.find(segment, hash, key, bytes);
  return quadratic.find(segment, hash, key, bytes);
}

function place(probing: u32, segment: usize, hash: u32, entry: u32): void {
  if (probing == ROBIN_HOOD) robinHood.insert(segment, hash, entry);
  else if (probing == LINEAR) linear.insert(segment, hash, entry);
  else if (probing == SWISS) swiss.insert(segment, hash, entry);
  else if (probing == CHAINED) chained.insert(segment, hash, entry);
  else quadratic.insert(segment, hash, entry);
}

function displace(probing: u32, segment: usize, cell: usize): void {
  if (probing == ROBIN_HOOD) robinHood.remove(segment, cell);
  else if (probing == LINEAR) linear.remove(segment, cell);
  else if (probing == SWISS) swiss.remove(segment, cell);
  else if (probing == CHAINED) chained.remove(cell);
  else quadratic.remove(segment, cell);
}

function segmentSize(probing: u32, slots: u32): u32 {
  const perSlot: u32 = probing == CHAINED ? 4 : probing == SWISS ? 9 : 8;
  return <u32>SEGMENT_HEADER + slots * perSlot;
}

/** Slot counts a strategy can work with: powers of two for quadratic, whole groups otherwise. */
function roundSlots(probing: u32, slots: u32): u32 {
  if (probing == QUADRATIC) {
    let power = MIN_SLOTS;
    while (power < slots) power <<= 1;
    return power;
  }
  const step: u32 = slots > 256 ? 64 : MIN_SLOTS;
  return max<u32>((slots + step - 1) & ~(step - 1), MIN_SLOTS);
}

/** Entries (and tombstones) a segment may hold. Open addressing always keeps a slot empty. */
// @ts-ignore: decorator
@inline
function limitOf(table: Table, slots: u32): u32 {
  const limit = <u32>((<u64>slots * table.loadFactor) >> 8);
  return table.probing == CHAINED ? max<u32>(limit, 1) : min<u32>(max<u32>(limit, 1), slots - 1);
}

/** Slots for `entries` so that about a third can still be added before the next step. */
function slotsFor(table: Table, entries: u32): u32 {
  const wanted = (<u64>entries * 4 * 256) / (<u64>3 * table.loadFactor) + 1;
  return roundSlots(table.probing, <u32>min<u64>(wanted, 0x0800_0000));
}

function newSegment(table: Table, slots: u32, localDepth: u32): usize {
  const address = allocZeroed(segmentSize(table.probing, slots));
  if (!address) return 0;
  const segment = changetype<Segment>(address);
  segment.slots = slots;
  segment.localDepth = localDepth;
  if (table.probing == SWISS) swiss.clearControl(address);
  table.segments++;
  table.segmentBytes += costOf(address);
  return address;
}

function freeSegment(table: Table, address: usize): void {
  table.segments--;
  table.segmentBytes -= costOf(address);
  free(address);
}

// ── Life ──────────────────────────────────────────────────────────────────────────────────────────

/** A table ready for `capacity` entries, or 0 when the budget is full. */
export function createTable(probing: u32, hashKind: u32, loadFactor: u32, capacity: u32): usize {
  const address = allocZeroed(offsetof<Table>());
  if (!address) return 0;
  const table = changetype<Table>(address);
  table.probing = probing;
  table.hashKind = hashKind;
  table.loadFactor = loadFactor;
  table.seed0 = load<u64>(SEED);
  table.seed1 = load<u64>(SEED, 8);
  if (!layOut(table, capacity)) {
    free(address);
    return 0;
  }
  return address;
}

/** Gives an empty table its directory and segments. False when the budget is full; nothing is then held. */
function layOut(table: Table, capacity: u32): bool {
  let depth: u32 = 0;
  while (depth < MAX_DEPTH && slotsFor(table, capacity >> depth) > MAX_SLOTS) depth++;
  const directory = alloc(4 << depth);
  if (!directory) return false;
  table.directory = <u32>directory;
  table.depth = depth;
  const slots = slotsFor(table, capacity >> depth);
  for (let i: u32 = 0; i < 1 << depth; i++) {
    const segment = newSegment(table, slots, depth);
    if (!segment) {
      while (i > 0) freeSegment(table, load<u32>(directory + (<usize>(--i) << 2)));
      free(directory);
      return false;
    }
    store<u32>(directory + (<usize>i << 2), <u32>segment);
  }
  return true;
}

export function destroyTable(table: Table): void {
  freeContents(table);
  free(changetype<usize>(table));
}

/** Removes every entry and gives the memory back. False when the budget cannot hold even an empty table. */
export function clearTable(table: Table): void {
  // The first segment is kept and emptied, so that clearing cannot fail.
  const directory = <usize>table.directory;
  const kept = <usize>load<u32>(directory);
  freeEntries(table);
  for (let i: u32 = 0; i < 1 << table.depth; ) {
    const segment = <usize>load<u32>(directory + (<usize>i << 2));
    i += 1 << (table.depth - changetype<Segment>(segment).localDepth);
    if (segment != kept) freeSegment(table, segment);
  }
  const segment = changetype<Segment>(kept);
  const slots = segment.slots;
  memory.fill(kept, 0, segmentSize(table.probing, slots));
  segment.slots = slots;
  if (table.probing == SWISS) swiss.clearControl(kept);
  table.depth = 0;
  table.count = 0;
  table.entryBytes = 0;
  table.volatileCount = 0;
  table.version++;
  // Shrink the directory in place to its first cell.
  if (<u32>costOf(directory) > 64) {
    const small = alloc(4);
    if (small) {
      store<u32>(small, <u32>kept);
      free(directory);
      table.directory = <u32>small;
    }
  }
}

function freeContents(table: Table): void {
  freeEntries(table);
  const directory = <usize>table.directory;
  for (let i: u32 = 0; i < 1 << table.depth; ) {
    const segment = <usize>load<u32>(directory + (<usize>i << 2));
    i += 1 << (table.depth - changetype<Segment>(segment).localDepth);
    freeSegment(table, segment);
  }
  free(directory);
}

function freeEntries(table: Table): void {
  const prefix = prefixOf(table);
  const directory = <usize>table.directory;
  for (let i: u32 = 0; i < 1 << table.depth; ) {
    const segment = <usize>load<u32>(directory + (<usize>i << 2));
    const slots = changetype<Segment>(segment).slots;
    for (let position: u32 = 0; position < slots; position++) {
      let entry = firstAt(table.probing, segment, slots, position);
      while (entry) {
        const next = table.probing == CHAINED ? <usize>(load<u32>(nextCell(entry)) & ~TAG_MASK) : 0;
        free(entry - prefix);
        entry = next;
      }
    }
    i += 1 << (table.depth - changetype<Segment>(segment).localDepth);
  }
}

/** Untagged entry at a position (the first of its chain), or 0. */
// @ts-ignore: decorator
@inline
function firstAt(probing: u32, segment: usize, slots: u32, position: u32): usize {
  return taggedAt(probing, segment, slots, position) & ~TAG_MASK;
}

/** Tagged entry at a position, 0 where there is none. */
// @ts-ignore: decorator
@inline
export function taggedAt(probing: u32, segment: usize, slots: u32, position: u32): u32 {
  if (probing == CHAINED) return load<u32>(headAt(segment, position));
  if (probing == SWISS) {
    const slot = swiss.liveSlot(segment, slots, position);
    return slot ? load<u32>(slot, SLOT_ENTRY) : 0;
  }
  const entry = load<u32>(slotAt(segment, position), SLOT_ENTRY);
  return entry == TOMBSTONE ? 0 : entry;
}

/** Hash of the entry at a taken position of a table that does not chain. */
// @ts-ignore: decorator
@inline
export function hashAt(probing: u32, segment: usize, slots: u32, position: u32): u32 {
  return load<u32>(probing == SWISS ? swiss.liveSlot(segment, slots, position) : slotAt(segment, position));
}

// ── Growth ────────────────────────────────────────────────────────────────────────────────────────

/** Makes sure one entry with this hash can be inserted. False when the budget is full; nothing has changed then. */
export function reserve(table: Table, hash: u32): bool {
  while (true) {
    const address = segmentFor(table, hash);
    const segment = changetype<Segment>(address);
    const slots = segment.slots;
    if (segment.used + segment.dead < limitOf(table, slots)) return true;
    if (!makeRoom(table, address, hash)) return false;
  }
}

function makeRoom(table: Table, address: usize, hash: u32): bool {
  const segment = changetype<Segment>(address);
  const slots = segment.slots;
  const full = limitOf(table, slots);
  // Mostly tombstones: clearing them is enough.
  if (segment.dead > full >> 2) return rebuild(table, address, hash, slots);
  if (slots < MAX_SLOTS || segment.localDepth >= MAX_DEPTH || !splitsWell(table, address)) {
    const wanted = table.probing == QUADRATIC ? slots << 1 : roundSlots(table.probing, slots + (slots >> 1));
    return rebuild(table, address, hash, slots < MAX_SLOTS ? min<u32>(wanted, MAX_SLOTS) : wanted);
  }
  return split(table, address, hash);
}

/** Moves a segment's entries to a new segment of `slots` slots. */
function rebuild(table: Table, address: usize, hash: u32, slots: u32): bool {
  const depth = changetype<Segment>(address).localDepth;
  const fresh = newSegment(table, slots, depth);
  if (!fresh) return false;
  pour(table, address, fresh, fresh, 0);
  pointTo(table, hash, depth, fresh);
  freeSegment(table, address);
  table.version++;
  return true;
}

/**
 * Whether the next hash bit divides the segment. When nearly all entries fall on one side the hash function does not
 * spread these keys, and splitting would only deepen the directory: the segment grows instead.
 */
function splitsWell(table: Table, address: usize): bool {
  const segment = changetype<Segment>(address);
  const probing = table.probing;
  const bit: u32 = 0x8000_0000 >> segment.localDepth;
  let ones: u32 = 0;
  for (let position: u32 = 0; position < segment.slots; position++) {
    if (probing == CHAINED) {
      let entry = firstAt(probing, address, segment.slots, position);
      for (; entry; entry = load<u32>(nextCell(entry)) & ~TAG_MASK) if (chainHash(entry) & bit) ones++;
    } else if (taggedAt(probing, address, segment.slots, position)) {
      if (hashAt(probing, address, segment.slots, position) & bit) ones++;
    }
  }
  return ones > segment.used >> 2 && ones < segment.used - (segment.used >> 2);
}

function split(table: Table, address: usize, hash: u32): bool {
  const segment = changetype<Segment>(address);
  const depth = segment.localDepth;
  if (depth == table.depth && !doubleDirectory(table)) return false;
  const slots = min<u32>(slotsFor(table, (segment.used * 5) >> 3), MAX_SLOTS);
  const low = newSegment(table, slots, depth + 1);
  if (!low) return false;
  const high = newSegment(table, slots, depth + 1);
  if (!high) {
    freeSegment(table, low);
    return false;
  }
  const bit: u32 = 0x8000_0000 >> depth;
  pour(table, address, low, high, bit);
  pointTo(table, hash & ~bit, depth + 1, low);
  pointTo(table, hash | bit, depth + 1, high);
  freeSegment(table, address);
  table.version++;
  return true;
}

/** Moves every entry of `from`: those with `bit` set in their hash to `high`, the others to `low`. */
function pour(table: Table, from: usize, low: usize, high: usize, bit: u32): void {
  const probing = table.probing;
  const slots = changetype<Segment>(from).slots;
  for (let position: u32 = 0; position < slots; position++) {
    let tagged = taggedAt(probing, from, slots, position);
    while (tagged) {
      const entry = <usize>(tagged & ~TAG_MASK);
      const hash = probing == CHAINED ? chainHash(entry) : hashAt(probing, from, slots, position);
      const next = probing == CHAINED ? load<u32>(nextCell(entry)) : 0;
      const target = hash & bit ? high : low;
      place(probing, target, hash, tagged);
      changetype<Segment>(target).used++;
      tagged = next;
    }
  }
}

/** Lets every directory cell whose prefix is the first `depth` bits of `hash` name this segment. */
function pointTo(table: Table, hash: u32, depth: u32, segment: usize): void {
  const span: u32 = 1 << (table.depth - depth);
  const first = ((hash >> 1) >> (31 - table.depth)) & ~(span - 1);
  for (let i: u32 = 0; i < span; i++) store<u32>(<usize>table.directory + (<usize>(first + i) << 2), <u32>segment);
}

function doubleDirectory(table: Table): bool {
  const cells: u32 = 1 << table.depth;
  const old = <usize>table.directory;
  const fresh = alloc(cells << 3);
  if (!fresh) return false;
  for (let i: u32 = 0; i < cells; i++) {
    const segment = load<u32>(old + (<usize>i << 2));
    store<u32>(fresh + (<usize>i << 3), segment);
    store<u32>(fresh + (<usize>i << 3), segment, 4);
  }
  free(old);
  table.directory = <u32>fresh;
  table.depth++;
  return true;
}

/**
 * Gives back what deletions left: joins sibling segments that fit in one, rebuilds loose ones, halves the directory.
 * Stops early, with everything valid, when there is no room for a new segment. O(slots).
 */
export function shrinkTable(table: Table): void {
  for (let again = true; again; ) {
    again = false;
    const cells: u32 = 1 << table.depth;
    for (let i: u32 = 0; i < cells; ) {
      const address = <usize>load<u32>(<usize>table.directory + (<usize>i << 2));
      const depth = changetype<Segment>(address).localDepth;
      const span: u32 = 1 << (table.depth - depth);
      if (joinWithSibling(table, address, i, span)) again = true;
      i += span;
    }
    while (table.depth > 0 && halveDirectory(table)) again = true;
  }
  const cells: u32 = 1 << table.depth;
  for (let i: u32 = 0; i < cells; ) {
    const address = <usize>load<u32>(<usize>table.directory + (<usize>i << 2));
    const segment = changetype<Segment>(address);
    i += 1 << (table.depth - segment.localDepth);
    const slots = slotsFor(table, segment.used);
    const hash = table.depth ? (i - 1) << (32 - table.depth) : 0;
    if (slots < segment.slots && !rebuild(table, address, hash, slots)) return;
  }
}

/** After a deletion: gives a segment that is at most one eighth full, and not small, fewer slots. O(slots), rarely. */
export function tighten(table: Table, hash: u32): void {
  const address = segmentFor(table, hash);
  const segment = changetype<Segment>(address);
  if (segment.slots <= TIGHT_SLOTS || segment.used > segment.slots >> 3) return;
  rebuild(table, address, hash, slotsFor(table, segment.used));
}

/** Segments of so few slots are not worth tightening. */
const TIGHT_SLOTS: u32 = 4 * MIN_SLOTS;

function joinWithSibling(table: Table, address: usize, index: u32, span: u32): bool {
  const segment = changetype<Segment>(address);
  const depth = segment.localDepth;
  if (depth == 0 || index & span) return false;
  const siblingAddress = <usize>load<u32>(<usize>table.directory + (<usize>(index + span) << 2));
  const sibling = changetype<Segment>(siblingAddress);
  const slots = slotsFor(table, segment.used + sibling.used);
  if (sibling.localDepth != depth || slots > MAX_SLOTS) return false;
  const joined = newSegment(table, slots, depth - 1);
  if (!joined) return false;
  pour(table, address, joined, joined, 0);
  pour(table, siblingAddress, joined, joined, 0);
  pointTo(table, index << (32 - table.depth), depth - 1, joined);
  freeSegment(table, address);
  freeSegment(table, siblingAddress);
  table.version++;
  return true;
}

function halveDirectory(table: Table): bool {
  const half: u32 = 1 << (table.depth - 1);
  const old = <usize>table.directory;
  for (let i: u32 = 0; i < half; i++) {
    if (load<u32>(old + (<usize>i << 3)) != load<u32>(old + (<usize>i << 3), 4)) return false;
  }
  const fresh = alloc(half << 2);
  if (!fresh) return false;
  for (let i: u32 = 0; i < half; i++) store<u32>(fresh + (<usize>i << 2), load<u32>(old + (<usize>i << 3)));
  free(old);
  table.directory = <u32>fresh;
  table.depth--;
  return true;
}

// ── Entries ───────────────────────────────────────────────────────────────────────────────────────

/** Adds an entry whose key is absent, after `reserve` said there is room. `tagged` is its address with its tags. */
export function addEntry(table: Table, hash: u32, tagged: u32): void {
  const segment = segmentFor(table, hash);
  place(table.probing, segment, hash, tagged);
  changetype<Segment>(segment).used++;
  table.count++;
  table.version++;
  table.entryBytes += costOf(<usize>(tagged & ~TAG_MASK) - prefixOf(table));
}

/** Takes the entry of this cell out of the table, without freeing it. */
export function detach(table: Table, hash: u32, cell: usize): void {
  const segment = segmentFor(table, hash);
  table.entryBytes -= costOf(<usize>(load<u32>(cell) & ~TAG_MASK) - prefixOf(table));
  displace(table.probing, segment, cell);
  changetype<Segment>(segment).used--;
  table.count--;
  table.version++;
}

/** Lets the cell hold another block for the same key; the old block is the caller's to free. */
export function replaceEntry(table: Table, cell: usize, tagged: u32): void {
  const prefix = prefixOf(table);
  const old = <usize>(load<u32>(cell) & ~TAG_MASK);
  const fresh = <usize>(tagged & ~TAG_MASK);
  if (prefix) store<u64>(fresh - prefix, load<u64>(old - prefix));
  store<u32>(cell, tagged);
  table.version++;
  table.entryBytes += costOf(fresh - prefix);
  table.entryBytes -= costOf(old - prefix);
}

// ── Scans ─────────────────────────────────────────────────────────────────────────────────────────

/** One past the last hash of the segment that holds `hash`, as a u64: 2^32 at the end of the table. */
function segmentEnd(table: Table, hash: u32): u64 {
  const depth = changetype<Segment>(segmentFor(table, hash)).localDepth;
  const span: u64 = <u64>1 << (32 - depth);
  return (<u64>hash & ~(span - 1)) + span;
}

/**
 * Upper bound (exclusive, as a u64) of a batch that begins at hash `from` and has about `wanted` entries, all in one segment.
 */
export function batchEnd(table: Table, from: u32, wanted: u32): u64 {
  const end = segmentEnd(table, from);
  const segment = changetype<Segment>(segmentFor(table, from));
  if (segment.used <= wanted) return end;
  const span: u64 = <u64>1 << (32 - segment.localDepth);
  const width = max<u64>((span * wanted) / segment.used, 1);
  return min<u64>(<u64>from + width, end);
}

/** How many entries have a hash in [from, end); they must lie in one segment. O(slots of the segment). */
export function countBetween(table: Table, from: u32, end: u64): u32 {
  return visitBetween(table, from, end, 0);
}

/**
 * Writes (hash, tagged entry) pairs, eight bytes each, ascending by hash, for the entries with a hash in [from, end).
 * The range must lie in one segment and `out` must hold what `countBetween` said.
 */
export function collectBetween(table: Table, from: u32, end: u64, out: usize): u32 {
  const count = visitBetween(table, from, end, out);
  // Nearly sorted already: homes ascend with the hash.
  for (let i: u32 = 1; i < count; i++) {
    const pair = load<u64>(out + (<usize>i << 3));
    let j = i;
    while (j > 0 && load<u32>(out + (<usize>(j - 1) << 3)) > <u32>pair) {
      store<u64>(out + (<usize>j << 3), load<u64>(out + (<usize>(j - 1) << 3)));
      j--;
    }
    store<u64>(out + (<usize>j << 3), pair);
  }
  return count;
}

function visitBetween(table: Table, from: u32, end: u64, out: usize): u32 {
  const address = segmentFor(table, from);
  const slots = changetype<Segment>(address).slots;
  const probing = table.probing;
  let count: u32 = 0;
  for (let position: u32 = 0; position < slots; position++) {
    let tagged = taggedAt(probing, address, slots, position);
    while (tagged) {
      const entry = <usize>(tagged & ~TAG_MASK);
      const hash = probing == CHAINED ? chainHash(entry) : hashAt(probing, address, slots, position);
      if (hash >= from && <u64>hash < end) {
        if (out) {
          store<u32>(out + (<usize>count << 3), hash);
          store<u32>(out + (<usize>count << 3), tagged, 4);
        }
        count++;
      }
      tagged = probing == CHAINED ? load<u32>(nextCell(entry)) : 0;
    }
  }
  return count;
}

// ── Verification ──────────────────────────────────────────────────────────────────────────────────

/** 0 when every invariant holds, else the number of the first one broken. O(n). */
export function checkTable(table: Table): i32 {
  const cells: u32 = 1 << table.depth;
  const probing = table.probing;
  let total: u32 = 0;
  let segments: u32 = 0;
  let segmentBytes: u32 = 0;
  let entryBytes: u64 = 0;
  for (let i: u32 = 0; i < cells; ) {
    const address = <usize>load<u32>(<usize>table.directory + (<usize>i << 2));
    const segment = changetype<Segment>(address);
    if (segment.localDepth > table.depth) return 1;
    const span: u32 = 1 << (table.depth - segment.localDepth);
    if (i & (span - 1)) return 2;
    for (let j: u32 = 1; j < span; j++) {
      if (load<u32>(<usize>table.directory + (<usize>(i + j) << 2)) != <u32>address) return 3;
    }
    let used: u32 = 0;
    for (let position: u32 = 0; position < segment.slots; position++) {
      let tagged = taggedAt(probing, address, segment.slots, position);
      while (tagged) {
        const entry = <usize>(tagged & ~TAG_MASK);
        const hash = probing == CHAINED ? chainHash(entry) : hashAt(probing, address, segment.slots, position);
        if (segmentFor(table, hash) != address) return 4;
        if (probing == CHAINED && homeOf(hash, segment.localDepth, segment.slots) != position) return 5;
        used++;
        entryBytes += costOf(entry - prefixOf(table));
        tagged = probing == CHAINED ? load<u32>(nextCell(entry)) : 0;
      }
    }
    if (used != segment.used) return 6;
    if (used + segment.dead > limitOf(table, segment.slots)) return 7;
    total += used;
    segments++;
    segmentBytes += costOf(address);
    i += span;
  }
  if (total != table.count) return 8;
  if (segments != table.segments) return 9;
  if (segmentBytes != table.segmentBytes) return 10;
  return entryBytes == table.entryBytes ? 0 : 11;
}
