// Cuckoo filters (B. Fan, D. Andersen, M. Kaminsky, M. Mitzenmacher, "Cuckoo Filter: Practically Better Than Bloom",
// CoNEXT 2014): a table of fingerprints, each in one of two buckets, of which one follows from the other and the
// fingerprint. A filter is a series of such tables; one, unless it may grow.
//
// Root:
//
//   offset  size  meaning
//        0     4  buckets of the first table, 1 to 2^30
//        4     4  slots of a bucket, 1 to 8
//        8     4  F: fingerprints are 1 … F; 0 is an empty slot
//       12     4  most kicks of an insertion
//       16     8  seed of xxh64
//       24     8  capacity of the first table, f64
//       32     8  false-positive rate of one table at its capacity, f64
//       40     4  expansion: buckets of a table over those of the one before, a power of two; 0 when there is one table for good
//       44     4  tables
//       48     8  insertions, f64
//       56     8  deletions, f64
//       64     4  bits of a slot
//       68     4  log₂ of the expansion
//       72  16×8  tables: address u32, fingerprints in it u32
//
// A table is its slots, packed without gaps, slot s at bit s · bits, and at least eight bytes of zero behind them.
//
// The other bucket of bucket i of the first table is (H(fingerprint) − i) modulo its buckets, which is its own inverse
// for any number of them: a table need not be a power of two. F need not be one either, so that the rate is the one
// asked for. A table 2^s times as large has s more bits in its bucket numbers, which are changed by an exclusive or.
// So what two keys share in a table they share in all smaller ones, and a deletion that begins with the largest table
// takes no other key's fingerprint.

import { alloc, free } from '../../memory/arena/allocator';
import { xxh64, xxh64OfU32 } from '../../hash/xxh64';

export const BUCKETS: usize = 0;
export const SLOTS: usize = 4;
export const FINGERPRINTS: usize = 8;
export const MAX_KICKS: usize = 12;
export const SEED: usize = 16;
export const CAPACITY: usize = 24;
export const RATE: usize = 32;
export const EXPANSION: usize = 40;
export const TABLES: usize = 44;
export const INSERTIONS: usize = 48;
export const DELETIONS: usize = 56;
export const BITS: usize = 64;
const STEP: usize = 68;
export const TABLE_LIST: usize = 72;
export const MAX_TABLES: u32 = 16;
export const ROOT_BYTES: u32 = 72 + 16 * 8;

export const FULL: i32 = -1;
export const NO_MEMORY: i32 = -2;

const MAX_BUCKETS: u64 = 1 << 30;
/** Four slots of up to so many bits are in the eight bytes that begin with the bucket's first. */
const WIDE_BITS: u32 = 14;

export function createFilter(buckets: u32, slots: u32, fingerprints: u32, maxKicks: u32, expansion: u32, seed: u64, capacity: f64, rate: f64): usize {
  const filter = alloc(ROOT_BYTES);
  if (!filter) return 0;
  memory.fill(filter, 0, ROOT_BYTES);
  store<u32>(filter, buckets, BUCKETS);
  store<u32>(filter, slots, SLOTS);
  store<u32>(filter, fingerprints, FINGERPRINTS);
  store<u32>(filter, maxKicks, MAX_KICKS);
  store<u64>(filter, seed, SEED);
  store<f64>(filter, capacity, CAPACITY);
  store<f64>(filter, rate, RATE);
  store<u32>(filter, expansion, EXPANSION);
  store<u32>(filter, 32 - clz<u32>(fingerprints), BITS);
  store<u32>(filter, expansion ? ctz<u32>(expansion) : 0, STEP);
  if (growFilter(filter) != 1) {
    free(filter);
    return 0;
  }
  return filter;
}

export function destroyFilter(filter: usize): void {
  for (let i = load<u32>(filter, TABLES); i > 0; i--) free(tableAt(filter, i - 1));
  free(filter);
}

/** Adds a table: 1, FULL when there is none to add, or NO_MEMORY. */
export function growFilter(filter: usize): i32 {
  const index = load<u32>(filter, TABLES);
  const expansion = load<u32>(filter, EXPANSION);
  if (index == MAX_TABLES || (index && !expansion)) return FULL;
  const buckets = bucketsOf(filter, index);
  if (buckets > MAX_BUCKETS) return FULL;
  const bytes = bytesOfTable(filter, index);
  if (bytes > 0xf000_0000) return NO_MEMORY;
  const table = alloc(<u32>bytes + 8);
  if (!table) return NO_MEMORY;
  memory.fill(table, 0, <usize>bytes + 8);
  const entry = filter + (<usize>index << 3);
  store<u32>(entry, <u32>table, TABLE_LIST);
  store<u32>(entry, 0, TABLE_LIST + 4);
  store<u32>(filter, index + 1, TABLES);
  return 1;
}

/** Frees the tables behind the first that hold nothing, from the last on. */
export function dropEmptyTables(filter: usize): void {
  let tables = load<u32>(filter, TABLES);
  while (tables > 1 && !itemsAt(filter, tables - 1)) free(tableAt(filter, --tables));
  store<u32>(filter, tables, TABLES);
}

export function clearFilter(filter: usize): void {
  for (let i = load<u32>(filter, TABLES); i > 1; i--) free(tableAt(filter, i - 1));
  store<u32>(filter, 1, TABLES);
  store<u32>(filter, 0, TABLE_LIST + 4);
  store<f64>(filter, 0, INSERTIONS);
  store<f64>(filter, 0, DELETIONS);
  memory.fill(tableAt(filter, 0), 0, <usize>bytesOfTable(filter, 0));
}

// @ts-ignore: decorator
@inline
export function tableAt(filter: usize, index: u32): usize {
  return load<u32>(filter + (<usize>index << 3), TABLE_LIST);
}

// @ts-ignore: decorator
@inline
export function itemsAt(filter: usize, index: u32): u32 {
  return load<u32>(filter + (<usize>index << 3), TABLE_LIST + 4);
}

// @ts-ignore: decorator
@inline
function count(filter: usize, index: u32, difference: i32): void {
  const entry = filter + (<usize>index << 3);
  store<u32>(entry, load<u32>(entry, TABLE_LIST + 4) + difference, TABLE_LIST + 4);
}

/** Buckets of table `index`; 2^63 for more than there can be. */
export function bucketsOf(filter: usize, index: u32): u64 {
  const shift = shiftOf(filter, index);
  return shift > 30 ? (<u64>1) << 63 : (<u64>load<u32>(filter, BUCKETS)) << shift;
}

/** How many bits more the bucket numbers of table `index` have than those of the first. */
// @ts-ignore: decorator
@inline
function shiftOf(filter: usize, index: u32): u32 {
  return index * load<u32>(filter, STEP);
}

/** Bytes of a table's slots, a multiple of eight. */
export function bytesOfTable(filter: usize, index: u32): u64 {
  const slots = bucketsOf(filter, index) * load<u32>(filter, SLOTS);
  return ((slots * load<u32>(filter, BITS) + 63) >> 6) << 3;
}

/** The hash of a key that is bytes. */
// @ts-ignore: decorator
@inline
export function hashBytes(filter: usize, from: usize, size: u32): u64 {
  return xxh64(from, size, load<u64>(filter, SEED));
}

/** Bucket of a hash in its upper half, fingerprint in its lower (D. Lemire's reduction). */
// @ts-ignore: decorator
@inline
function bucketOf(hash: u64, buckets: u32): u32 {
  return <u32>(((hash >> 32) * buckets) >> 32);
}

// @ts-ignore: decorator
@inline
function fingerprintOf(hash: u64, fingerprints: u32): u32 {
  return 1 + <u32>(((hash & 0xffff_ffff) * fingerprints) >> 32);
}

// @ts-ignore: decorator
@inline
function otherBucket(fingerprint: u32, bucket: u32, buckets: u32, shift: u32): u32 {
  let mixed = <u64>fingerprint * 0x9e3779b97f4a7c15;
  mixed ^= mixed >> 29;
  mixed *= 0xbf58476d1ce4e5b9;
  const first = buckets >> shift;
  let other = bucketOf(mixed, first) - (bucket >> shift);
  if (<i32>other < 0) other += first;
  // The lower half of the hash is as good as the upper once it is folded; its top bits are the first of any length.
  const low = <u64><u32>(mixed ^ (mixed >> 32));
  const mask = ((<u32>1) << shift) - 1;
  return (other << shift) | ((bucket ^ <u32>(low >> (32 - shift))) & mask);
}

// @ts-ignore: decorator
@inline
function slotAt(table: usize, slot: u64, bits: u32, mask: u64): u32 {
  const bit = slot * bits;
  return <u32>((load<u64>(table + <usize>(bit >> 3)) >> (bit & 7)) & mask);
}

// @ts-ignore: decorator
@inline
function putSlot(table: usize, slot: u64, bits: u32, mask: u64, fingerprint: u32): void {
  const bit = slot * bits;
  const at = table + <usize>(bit >> 3);
  const shift = bit & 7;
  store<u64>(at, (load<u64>(at) & ~(mask << shift)) | (<u64>fingerprint << shift));
}

// @ts-ignore: decorator
@inline
function maskOf(bits: u32): u64 {
  return ((<u64>1) << bits) - 1;
}

/** How many slots of a bucket have this value. */
// @ts-ignore: decorator
@inline
function matches(table: usize, bucket: u32, slots: u32, bits: u32, mask: u64, value: u32): u32 {
  let found: u32 = 0;
  let slot = <u64>bucket * slots;
  for (let i = slots; i > 0; i--) found += <u32>(slotAt(table, slot++, bits, mask) == value);
  return found;
}

/**
 * Whether one of four slots has this value: they come with one load, and a lane that is zero after the difference
 * borrows from its highest bit (H. Warren, "Hacker's Delight", 6-1). `ones` has the lowest bit of each lane.
 */
// @ts-ignore: decorator
@inline
function wideHas(table: usize, bucket: u32, bits: u32, ones: u64, fingerprint: u32): u64 {
  const bit = (<u64>bucket << 2) * bits;
  const difference = (load<u64>(table + <usize>(bit >> 3)) >> (bit & 7)) ^ (ones * fingerprint);
  return (difference - ones) & ~difference & (ones << (bits - 1));
}

// @ts-ignore: decorator
@inline
function onesOf(bits: u32): u64 {
  const two = 1 | ((<u64>1) << bits);
  return two | (two << (bits << 1));
}

// @ts-ignore: decorator
@inline
function tableHas(filter: usize, index: u32, hash: u64): u32 {
  const table = tableAt(filter, index);
  const shift = shiftOf(filter, index);
  const buckets = load<u32>(filter, BUCKETS) << shift;
  const slots = load<u32>(filter, SLOTS);
  const bits = load<u32>(filter, BITS);
  const fingerprint = fingerprintOf(hash, load<u32>(filter, FINGERPRINTS));
  const first = bucketOf(hash, buckets);
  const second = otherBucket(fingerprint, first, buckets, shift);
  if (slots == 4 && bits <= WIDE_BITS) {
    const ones = onesOf(bits);
    return <u32>((wideHas(table, first, bits, ones, fingerprint) | wideHas(table, second, bits, ones, fingerprint)) != 0);
  }
  const mask = maskOf(bits);
  return <u32>((matches(table, first, slots, bits, mask, fingerprint) | matches(table, second, slots, bits, mask, fingerprint)) != 0);
}

export function hasHash(filter: usize, hash: u64): u32 {
  // The newest table is the largest.
  for (let i = load<u32>(filter, TABLES); i > 0; i--) {
    if (tableHas(filter, i - 1, hash)) return 1;
  }
  return 0;
}

/** `hasHash` of numbers, one byte each: what the root says is read once for the usual shape of a filter. */
export function hasNumbers(filter: usize, keys: usize, count: u32, out: usize): void {
  const seed = load<u64>(filter, SEED);
  const bits = load<u32>(filter, BITS);
  const end = keys + (<usize>count << 2);
  if (load<u32>(filter, TABLES) != 1 || load<u32>(filter, SLOTS) != 4 || bits > WIDE_BITS) {
    for (; keys < end; keys += 4) store<u8>(out++, hasHash(filter, xxh64OfU32(load<u32>(keys), seed)));
    return;
  }
  const table = tableAt(filter, 0);
  const buckets = load<u32>(filter, BUCKETS);
  const fingerprints = load<u32>(filter, FINGERPRINTS);
  const ones = onesOf(bits);
  for (; keys < end; keys += 4) {
    const hash = xxh64OfU32(load<u32>(keys), seed);
    const fingerprint = fingerprintOf(hash, fingerprints);
    const first = bucketOf(hash, buckets);
    const second = otherBucket(fingerprint, first, buckets, 0);
    store<u8>(out++, <u8>((wideHas(table, first, bits, ones, fingerprint) | wideHas(table, second, bits, ones, fingerprint)) != 0));
  }
}

/** How often the fingerprint of a hash stands where the hash may be. */
export function countHash(filter: usize, hash: u64): u32 {
  const slots = load<u32>(filter, SLOTS);
  const bits = load<u32>(filter, BITS);
  const mask = maskOf(bits);
  const fingerprint = fingerprintOf(hash, load<u32>(filter, FINGERPRINTS));
  let found: u32 = 0;
  for (let i = load<u32>(filter, TABLES); i > 0; i--) {
    const table = tableAt(filter, i - 1);
    const shift = shiftOf(filter, i - 1);
    const buckets = load<u32>(filter, BUCKETS) << shift;
    const first = bucketOf(hash, buckets);
    const second = otherBucket(fingerprint, first, buckets, shift);
    found += matches(table, first, slots, bits, mask, fingerprint);
    if (second != first) found += matches(table, second, slots, bits, mask, fingerprint);
  }
  return found;
}

/** 1 added, FULL, or NO_MEMORY for another table; then nothing has changed. */
export function addHash(filter: usize, hash: u64): i32 {
  const tables = load<u32>(filter, TABLES);
  for (let i = tables; i > 0; i--) {
    if (place(filter, i - 1, hash)) return added(filter, i - 1);
  }
  for (let i = tables; i > 0; i--) {
    if (kick(filter, i - 1, hash)) return added(filter, i - 1);
  }
  const status = growFilter(filter);
  if (status != 1) return status;
  place(filter, tables, hash);
  return added(filter, tables);
}

// @ts-ignore: decorator
@inline
function added(filter: usize, index: u32): i32 {
  count(filter, index, 1);
  store<f64>(filter, load<f64>(filter, INSERTIONS) + 1, INSERTIONS);
  return 1;
}

/** Puts the fingerprint where there is room without moving anything. */
function place(filter: usize, index: u32, hash: u64): bool {
  const table = tableAt(filter, index);
  const shift = shiftOf(filter, index);
  const buckets = load<u32>(filter, BUCKETS) << shift;
  const slots = load<u32>(filter, SLOTS);
  const bits = load<u32>(filter, BITS);
  const mask = maskOf(bits);
  const fingerprint = fingerprintOf(hash, load<u32>(filter, FINGERPRINTS));
  const first = bucketOf(hash, buckets);
  return put(table, first, slots, bits, mask, fingerprint) || put(table, otherBucket(fingerprint, first, buckets, shift), slots, bits, mask, fingerprint);
}

/** Replaces an empty slot. */
function put(table: usize, bucket: u32, slots: u32, bits: u32, mask: u64, fingerprint: u32): bool {
  let slot = <u64>bucket * slots;
  for (let i = slots; i > 0; i--) {
    if (!slotAt(table, slot, bits, mask)) {
      putSlot(table, slot, bits, mask, fingerprint);
      return true;
    }
    slot++;
  }
  return false;
}

/** The slot that kick `step` empties: a mix of the hash and the step, so that the way back is known without a list. */
// @ts-ignore: decorator
@inline
function victim(hash: u64, step: u32, slots: u32): u32 {
  let mixed = (hash ^ (<u64>step * 0x9e3779b97f4a7c15)) * 0xbf58476d1ce4e5b9;
  mixed ^= mixed >> 32;
  return <u32>(((mixed & 0xffff_ffff) * slots) >> 32);
}

/**
 * The random walk: the fingerprint takes a slot, whose old one goes to its other bucket, and so on until one finds
 * room. A walk that does not is walked back step by step, and the table is as it was.
 */
function kick(filter: usize, index: u32, hash: u64): bool {
  const table = tableAt(filter, index);
  const shift = shiftOf(filter, index);
  const buckets = load<u32>(filter, BUCKETS) << shift;
  const slots = load<u32>(filter, SLOTS);
  const bits = load<u32>(filter, BITS);
  const mask = maskOf(bits);
  const most = load<u32>(filter, MAX_KICKS);
  let fingerprint = fingerprintOf(hash, load<u32>(filter, FINGERPRINTS));
  let bucket = bucketOf(hash, buckets);
  for (let step: u32 = 0; step < most; step++) {
    const slot = <u64>bucket * slots + victim(hash, step, slots);
    const old = slotAt(table, slot, bits, mask);
    putSlot(table, slot, bits, mask, fingerprint);
    fingerprint = old;
    bucket = otherBucket(fingerprint, bucket, buckets, shift);
    if (put(table, bucket, slots, bits, mask, fingerprint)) return true;
  }
  for (let step = most; step > 0; step--) {
    bucket = otherBucket(fingerprint, bucket, buckets, shift);
    const slot = <u64>bucket * slots + victim(hash, step - 1, slots);
    const old = slotAt(table, slot, bits, mask);
    putSlot(table, slot, bits, mask, fingerprint);
    fingerprint = old;
  }
  return false;
}

/** Takes one fingerprint of the hash away; 0 when there is none. */
export function removeHash(filter: usize, hash: u64): u32 {
  const slots = load<u32>(filter, SLOTS);
  const bits = load<u32>(filter, BITS);
  const mask = maskOf(bits);
  const fingerprint = fingerprintOf(hash, load<u32>(filter, FINGERPRINTS));
  for (let i = load<u32>(filter, TABLES); i > 0; i--) {
    const table = tableAt(filter, i - 1);
    const shift = shiftOf(filter, i - 1);
    const buckets = load<u32>(filter, BUCKETS) << shift;
    const first = bucketOf(hash, buckets);
    if (take(table, first, slots, bits, mask, fingerprint) || take(table, otherBucket(fingerprint, first, buckets, shift), slots, bits, mask, fingerprint)) {
      count(filter, i - 1, -1);
      store<f64>(filter, load<f64>(filter, DELETIONS) + 1, DELETIONS);
      return 1;
    }
  }
  return 0;
}

function take(table: usize, bucket: u32, slots: u32, bits: u32, mask: u64, fingerprint: u32): bool {
  let slot = <u64>bucket * slots;
  for (let i = slots; i > 0; i--) {
    if (slotAt(table, slot, bits, mask) == fingerprint) {
      putSlot(table, slot, bits, mask, 0);
      return true;
    }
    slot++;
  }
  return false;
}

/** Counts the fingerprints of a table anew; −1 when a slot holds what is none, or the rest is not zero. */
export function recount(filter: usize, index: u32): i32 {
  const table = tableAt(filter, index);
  const slots = bucketsOf(filter, index) * load<u32>(filter, SLOTS);
  const bits = load<u32>(filter, BITS);
  const mask = maskOf(bits);
  const fingerprints = load<u32>(filter, FINGERPRINTS);
  let items: u32 = 0;
  for (let slot: u64 = 0; slot < slots; slot++) {
    const value = slotAt(table, slot, bits, mask);
    if (value > fingerprints) return -1;
    items += <u32>(value != 0);
  }
  const end = (<u64>slots * bits + 7) >> 3;
  const last = <u64>slots * bits;
  if (last & 7 && load<u8>(table + <usize>(last >> 3)) >> <u8>(last & 7)) return -1;
  for (let at = table + <usize>end; at < table + <usize>bytesOfTable(filter, index) + 8; at++) {
    if (load<u8>(at)) return -1;
  }
  store<u32>(filter + (<usize>index << 3), items, TABLE_LIST + 4);
  return 0;
}
