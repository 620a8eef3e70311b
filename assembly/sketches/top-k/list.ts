// The k keys with the highest counts: a heap of entries with the lowest count on top, and a table that finds an entry by
// its key. It does not know how counts come about.
//
// Root, and behind it in the same block entries, heap, table and buckets:
//
//   offset  size  meaning
//        0     4  k: most entries, from 1
//        4     4  width: buckets of a row; 0 for Space-Saving
//        8     4  depth: rows, 1 to 64; 0 for Space-Saving
//       12     4  traits: bit 0 Space-Saving, bit 1 keys are handed out as bytes
//       16     8  seed of xxh64 and of chance
//       24     8  decay, f64
//       32     8  state of the generator of chance
//       40     8  total of all increments, f64
//       48     4  entries in use
//       52     4  slots of the table, a power of two, at least twice k
//       56     4  address of the entries
//       60     4  address of the heap: u32 numbers of entries
//       64     4  address of the table: u32 numbers of entries plus 1; 0 is an empty slot
//       68     4  address of the buckets: fingerprint u32, count u32; a count of 0 is an empty one
//       72     4  spare: a block for the key that enters next; after a key was dropped, the dropped key
//       76     4  bytes of the dropped key
//
// An entry:
//
//   offset  size  meaning
//        0     8  hash of the key
//        8     4  count
//       12     4  most by which the count is too high (Space-Saving)
//       16     4  address of the key
//       20     4  bytes of the key
//       24     4  place in the heap
//       28     4  unused
//
// A key that enters takes the spare block, and the key that it drops becomes the next spare: in the long run nothing is
// allocated. The block is there before a key changes anything, so a full arena leaves all as it was.

import { alloc, capacityOf, free } from '../../memory/arena/allocator';
import { xxh64 } from '../../hash/xxh64';
import { copyBytes, equalBytes } from '../../memory/bytes';

export const K: usize = 0;
export const WIDTH: usize = 4;
export const DEPTH: usize = 8;
export const TRAITS: usize = 12;
export const SEED: usize = 16;
export const DECAY: usize = 24;
export const CHANCE: usize = 32;
export const TOTAL: usize = 40;
export const SIZE: usize = 48;
const SLOTS: usize = 52;
export const ENTRIES: usize = 56;
export const HEAP: usize = 60;
const TABLE: usize = 64;
export const BUCKETS: usize = 68;
export const SPARE: usize = 72;
export const DROPPED_BYTES: usize = 76;
const ROOT_BYTES: u64 = 80;

const HASH: usize = 0;
export const COUNT: usize = 8;
export const ERROR: usize = 12;
export const KEY: usize = 16;
export const KEY_BYTES: usize = 20;
const PLACE: usize = 24;
const ENTRY_BYTES: u32 = 32;

/** 0 when the arena is full. */
export function createList(k: u32, width: u32, depth: u32, traits: u32, seed: u64, decay: f64): usize {
  let slots: u64 = 4;
  while (slots < <u64>k * 2) slots <<= 1;
  const entries = <u64>k * ENTRY_BYTES;
  const heap = (<u64>k * 4 + 7) & ~7;
  const buckets = <u64>width * depth * 8;
  const bytes = ROOT_BYTES + entries + heap + slots * 4 + buckets;
  if (bytes > 0xf000_0000) return 0;
  const root = alloc(<u32>bytes);
  if (!root) return 0;
  memory.fill(root, 0, <usize>bytes);
  store<u32>(root, k, K);
  store<u32>(root, width, WIDTH);
  store<u32>(root, depth, DEPTH);
  store<u32>(root, traits, TRAITS);
  store<u64>(root, seed, SEED);
  store<f64>(root, decay, DECAY);
  store<u64>(root, seed, CHANCE);
  store<u32>(root, <u32>slots, SLOTS);
  const first = root + <usize>ROOT_BYTES;
  store<u32>(root, <u32>first, ENTRIES);
  store<u32>(root, <u32>(first + <usize>entries), HEAP);
  store<u32>(root, <u32>(first + <usize>(entries + heap)), TABLE);
  store<u32>(root, <u32>(first + <usize>(entries + heap + slots * 4)), BUCKETS);
  return root;
}

export function destroyList(root: usize): void {
  dropKeys(root);
  free(root);
}

function dropKeys(root: usize): void {
  for (let i = load<u32>(root, SIZE); i > 0; i--) free(load<u32>(entryAt(root, i - 1), KEY));
  if (load<u32>(root, SPARE)) free(load<u32>(root, SPARE));
}

/** As new, with the same chance before it. */
export function clearList(root: usize): void {
  dropKeys(root);
  store<u32>(root, 0, SPARE);
  store<u32>(root, 0, DROPPED_BYTES);
  store<u32>(root, 0, SIZE);
  store<f64>(root, 0, TOTAL);
  store<u64>(root, load<u64>(root, SEED), CHANCE);
  memory.fill(load<u32>(root, TABLE), 0, <usize>load<u32>(root, SLOTS) << 2);
  memory.fill(load<u32>(root, BUCKETS), 0, bucketBytes(root));
}

export function bucketBytes(root: usize): usize {
  return (<usize>load<u32>(root, WIDTH) * load<u32>(root, DEPTH)) << 3;
}

// @ts-ignore: decorator
@inline
export function entryAt(root: usize, index: u32): usize {
  return <usize>load<u32>(root, ENTRIES) + <usize>index * ENTRY_BYTES;
}

/** The entry at a place of the heap. */
// @ts-ignore: decorator
@inline
export function heapAt(root: usize, place: u32): usize {
  return entryAt(root, load<u32>(<usize>load<u32>(root, HEAP) + (<usize>place << 2)));
}

/** The entry of a key, or 0. */
export function find(root: usize, hash: u64, from: usize, size: u32): usize {
  const table: usize = load<u32>(root, TABLE);
  const mask = load<u32>(root, SLOTS) - 1;
  let slot = <u32>hash & mask;
  let number = load<u32>(table + (<usize>slot << 2));
  while (number) {
    const entry = entryAt(root, number - 1);
    if (load<u64>(entry, HASH) == hash && load<u32>(entry, KEY_BYTES) == size && equalBytes(load<u32>(entry, KEY), from, size)) return entry;
    slot = (slot + 1) & mask;
    number = load<u32>(table + (<usize>slot << 2));
  }
  return 0;
}

/** Sees to it that a key of `size` bytes can enter; false when the arena is full. */
export function reserveKey(root: usize, size: u32): bool {
  const spare: usize = load<u32>(root, SPARE);
  if (spare) {
    const capacity = capacityOf(spare);
    // A block that is much too large would be held for good by a short key.
    if (capacity >= size && capacity <= (size << 1) + 64) return true;
  }
  const fresh = alloc(max<u32>(size, 1));
  if (!fresh) return false;
  if (spare) free(spare);
  store<u32>(root, <u32>fresh, SPARE);
  return true;
}

/** Enters a key for which `reserveKey` has made room; the list must not be full. */
export function enter(root: usize, hash: u64, from: usize, size: u32, count: u32, error: u32): void {
  const index = load<u32>(root, SIZE);
  store<u32>(root, index + 1, SIZE);
  fill(root, index, hash, from, size, count, error);
  store<u32>(root, 0, SPARE);
  siftUp(root, index, index);
}

/** Enters a key in place of the one with the lowest count, which is then in the spare block. */
export function replace(root: usize, hash: u64, from: usize, size: u32, count: u32, error: u32): void {
  const index = load<u32>(load<u32>(root, HEAP));
  const entry = entryAt(root, index);
  const dropped = load<u32>(entry, KEY);
  const bytes = load<u32>(entry, KEY_BYTES);
  unlink(root, index);
  fill(root, index, hash, from, size, count, error);
  store<u32>(root, dropped, SPARE);
  store<u32>(root, bytes, DROPPED_BYTES);
  siftDown(root, 0);
}

function fill(root: usize, index: u32, hash: u64, from: usize, size: u32, count: u32, error: u32): void {
  const entry = entryAt(root, index);
  const key: usize = load<u32>(root, SPARE);
  copyBytes(key, from, size);
  store<u64>(entry, hash, HASH);
  store<u32>(entry, count, COUNT);
  store<u32>(entry, error, ERROR);
  store<u32>(entry, <u32>key, KEY);
  store<u32>(entry, size, KEY_BYTES);
  link(root, index, <u32>hash);
}

function link(root: usize, index: u32, home: u32): void {
  const table: usize = load<u32>(root, TABLE);
  const mask = load<u32>(root, SLOTS) - 1;
  let slot = home & mask;
  while (load<u32>(table + (<usize>slot << 2))) slot = (slot + 1) & mask;
  store<u32>(table + (<usize>slot << 2), index + 1);
}

/** Takes an entry out of the table; those behind it move up, so that no gap cuts them off. */
function unlink(root: usize, index: u32): void {
  const table: usize = load<u32>(root, TABLE);
  const mask = load<u32>(root, SLOTS) - 1;
  let hole = <u32>load<u64>(entryAt(root, index), HASH) & mask;
  while (load<u32>(table + (<usize>hole << 2)) != index + 1) hole = (hole + 1) & mask;
  let slot = (hole + 1) & mask;
  let number = load<u32>(table + (<usize>slot << 2));
  while (number) {
    const home = <u32>load<u64>(entryAt(root, number - 1), HASH) & mask;
    if (((slot - home) & mask) >= ((slot - hole) & mask)) {
      store<u32>(table + (<usize>hole << 2), number);
      hole = slot;
    }
    slot = (slot + 1) & mask;
    number = load<u32>(table + (<usize>slot << 2));
  }
  store<u32>(table + (<usize>hole << 2), 0);
}

/** Sets the count of an entry to a higher one. */
export function raiseCount(root: usize, entry: usize, count: u32): void {
  store<u32>(entry, count, COUNT);
  siftDown(root, load<u32>(entry, PLACE));
}

// @ts-ignore: decorator
@inline
function put(root: usize, heap: usize, place: u32, index: u32): void {
  store<u32>(heap + (<usize>place << 2), index);
  store<u32>(entryAt(root, index), place, PLACE);
}

function siftUp(root: usize, place: u32, index: u32): void {
  const heap: usize = load<u32>(root, HEAP);
  const count = load<u32>(entryAt(root, index), COUNT);
  while (place) {
    const parent = (place - 1) >> 1;
    const above = load<u32>(heap + (<usize>parent << 2));
    if (load<u32>(entryAt(root, above), COUNT) <= count) break;
    put(root, heap, place, above);
    place = parent;
  }
  put(root, heap, place, index);
}

function siftDown(root: usize, place: u32): void {
  const heap: usize = load<u32>(root, HEAP);
  const size = load<u32>(root, SIZE);
  const index = load<u32>(heap + (<usize>place << 2));
  const count = load<u32>(entryAt(root, index), COUNT);
  let child: u32 = 2 * place + 1;
  while (child < size) {
    let below = load<u32>(heap + (<usize>child << 2));
    let least = load<u32>(entryAt(root, below), COUNT);
    if (child + 1 < size) {
      const right = load<u32>(heap + (<usize>child << 2), 4);
      const other = load<u32>(entryAt(root, right), COUNT);
      if (other < least) {
        child++;
        below = right;
        least = other;
      }
    }
    if (least >= count) break;
    put(root, heap, place, below);
    place = child;
    child = 2 * place + 1;
  }
  put(root, heap, place, index);
}

/** 0, or which invariant is broken. */
export function checkList(root: usize): i32 {
  const size = load<u32>(root, SIZE);
  const spaceSaving = load<u32>(root, TRAITS) & 1;
  if (size > load<u32>(root, K)) return 1;
  for (let place: u32 = 0; place < size; place++) {
    const entry = heapAt(root, place);
    const count = load<u32>(entry, COUNT);
    const error = load<u32>(entry, ERROR);
    if (load<u32>(entry, PLACE) != place) return 2;
    if (place && load<u32>(heapAt(root, (place - 1) >> 1), COUNT) > count) return 3;
    if (spaceSaving ? error >= count : error || !count) return 4;
    const key: usize = load<u32>(entry, KEY);
    const bytes = load<u32>(entry, KEY_BYTES);
    if (xxh64(key, bytes, load<u64>(root, SEED)) != load<u64>(entry, HASH)) return 5;
    if (find(root, load<u64>(entry, HASH), key, bytes) != entry) return 6;
  }
  let linked: u32 = 0;
  const table: usize = load<u32>(root, TABLE);
  for (let slot: u32 = 0; slot < load<u32>(root, SLOTS); slot++) linked += <u32>(load<u32>(table + (<usize>slot << 2)) != 0);
  if (linked != size) return 7;
  const buckets: usize = load<u32>(root, BUCKETS);
  for (let at: usize = 0; at < bucketBytes(root); at += 8) {
    if (!load<u32>(buckets + at, 4) && load<u32>(buckets + at)) return 8;
  }
  return 0;
}
