// Kernel `sketches/count-min-sketch`: how often each key came, never too low (G. Cormode, S. Muthukrishnan, "An improved
// data stream summary: the count-min sketch and its applications", 2005), with the conservative update of C. Estan and
// G. Varghese ("New directions in traffic measurement and accounting", 2002).
//
// Root:
//
//   offset  size  meaning
//        0     4  width: counters of a row, from 1
//        4     4  depth: rows, 1 to 64
//        8     8  seed of xxh64
//       16     8  total: the counts of all additions, f64
//       24     4  1: conservative, an addition raises only what the estimate makes it raise
//       28     4  unused, zero
//       32        counters, u32, row after row; they stay at 2^32 − 1 once they are there
//
// Each row has a hash of its own, made from one xxh64 of the key. Keys are bytes at [from, from + size), or u32
// numbers, which stand for their four bytes. Only `create` allocates.

import { alloc, free } from '../../memory/arena/allocator';
import { xxh64, xxh64OfU32 } from '../../hash/xxh64';
import { below, remix } from '../../hash/mixing';

const WIDTH: usize = 0;
const DEPTH: usize = 4;
const SEED: usize = 8;
const TOTAL: usize = 16;
const CONSERVATIVE: usize = 24;
const UNUSED: usize = 28;
const CELLS: usize = 32;

const MOST_DEPTH: u32 = 64;
const MOST_CELLS: u64 = 1 << 29;
const MOST_COUNT: u32 = 0xffff_ffff;
const MOST_TOTAL: f64 = 9007199254740991;
/** 2^64 / φ: makes the number of a row as different as can be from that of its neighbours. */
const GOLDEN: u64 = 0x9e3779b97f4a7c15;

/** 0 when the arena is full. */
export function create(width: u32, depth: u32, conservative: u32, seedLow: u32, seedHigh: u32): usize {
  const cells = <u64>width * depth;
  if (cells > MOST_CELLS) return 0;
  const root = alloc(<u32>(cells << 2) + <u32>CELLS);
  if (!root) return 0;
  memory.fill(root, 0, (<usize>cells << 2) + CELLS);
  store<u32>(root, width, WIDTH);
  store<u32>(root, depth, DEPTH);
  store<u64>(root, (<u64>seedHigh << 32) | seedLow, SEED);
  store<u32>(root, conservative, CONSERVATIVE);
  return root;
}

export function destroy(root: usize): void {
  free(root);
}

// @ts-ignore: decorator
@inline
function cellsOf(root: usize): u32 {
  return load<u32>(root, WIDTH) * load<u32>(root, DEPTH);
}

/** Where the counter of a hash is in the row at `row`, whose hash is `mixed`. */
// @ts-ignore: decorator
@inline
function cellAt(row: usize, mixed: u64, width: u32): usize {
  return row + (<usize>below(remix(mixed), width) << 2);
}

/** Adds `count` and returns the estimate, which the total does not know of yet. */
function addHash(root: usize, hash: u64, count: u32): u32 {
  if (load<u32>(root, CONSERVATIVE)) return raiseHash(root, hash, count);
  const width = load<u32>(root, WIDTH);
  let least = MOST_COUNT;
  let row = root + CELLS;
  for (let depth = load<u32>(root, DEPTH); depth > 0; depth--) {
    const at = cellAt(row, hash, width);
    const old = load<u32>(at);
    const sum = old + count;
    const value = sum < old ? MOST_COUNT : sum;
    store<u32>(at, value);
    least = min(least, value);
    hash += GOLDEN;
    row += <usize>width << 2;
  }
  return least;
}

/** The conservative update: no counter is raised above the new estimate. */
function raiseHash(root: usize, hash: u64, count: u32): u32 {
  const old = estimateHash(root, hash);
  const sum = old + count;
  const value = sum < old ? MOST_COUNT : sum;
  const width = load<u32>(root, WIDTH);
  let row = root + CELLS;
  for (let depth = load<u32>(root, DEPTH); depth > 0; depth--) {
    const at = cellAt(row, hash, width);
    store<u32>(at, max(load<u32>(at), value));
    hash += GOLDEN;
    row += <usize>width << 2;
  }
  return value;
}

function estimateHash(root: usize, hash: u64): u32 {
  const width = load<u32>(root, WIDTH);
  let least = MOST_COUNT;
  let row = root + CELLS;
  for (let depth = load<u32>(root, DEPTH); depth > 0; depth--) {
    least = min(least, load<u32>(cellAt(row, hash, width)));
    hash += GOLDEN;
    row += <usize>width << 2;
  }
  return least;
}

// @ts-ignore: decorator
@inline
function note(root: usize, count: f64): void {
  store<f64>(root, min(load<f64>(root, TOTAL) + count, MOST_TOTAL), TOTAL);
}

/** The estimate after the addition. */
export function add(root: usize, from: usize, size: u32, count: u32): u32 {
  note(root, <f64>count);
  return addHash(root, xxh64(from, size, load<u64>(root, SEED)), count);
}

export function addU32(root: usize, key: u32, count: u32): u32 {
  note(root, <f64>count);
  return addHash(root, xxh64OfU32(key, load<u64>(root, SEED)), count);
}

/** Adds each key with its count from the words at `counts`, or once where that is 0. */
export function addManyU32(root: usize, keys: usize, number: u32, counts: usize): void {
  const seed = load<u64>(root, SEED);
  let total: u64 = 0;
  for (let i: usize = 0; i < number; i++) {
    const count = counts ? load<u32>(counts + (i << 2)) : 1;
    addHash(root, xxh64OfU32(load<u32>(keys + (i << 2)), seed), count);
    total += count;
  }
  note(root, <f64>total);
}

/** The same for keys that stand one behind the other, each after its length (u32, unaligned). */
export function addMany(root: usize, records: usize, number: u32, counts: usize): void {
  const seed = load<u64>(root, SEED);
  let total: u64 = 0;
  for (let i: usize = 0; i < number; i++) {
    const size = load<u32>(records);
    const count = counts ? load<u32>(counts + (i << 2)) : 1;
    addHash(root, xxh64(records + 4, size, seed), count);
    total += count;
    records += 4 + size;
  }
  note(root, <f64>total);
}

export function estimate(root: usize, from: usize, size: u32): u32 {
  return estimateHash(root, xxh64(from, size, load<u64>(root, SEED)));
}

export function estimateU32(root: usize, key: u32): u32 {
  return estimateHash(root, xxh64OfU32(key, load<u64>(root, SEED)));
}

/** A u32 a key. */
export function estimateManyU32(root: usize, keys: usize, number: u32, out: usize): void {
  const seed = load<u64>(root, SEED);
  for (let i: usize = 0; i < number; i++) store<u32>(out + (i << 2), estimateHash(root, xxh64OfU32(load<u32>(keys + (i << 2)), seed)));
}

export function estimateMany(root: usize, records: usize, number: u32, out: usize): void {
  const seed = load<u64>(root, SEED);
  for (let i: usize = 0; i < number; i++) {
    const size = load<u32>(records);
    store<u32>(out + (i << 2), estimateHash(root, xxh64(records + 4, size, seed)));
    records += 4 + size;
  }
}

/** The key's counter of each row, a u32 a row. */
export function rows(root: usize, from: usize, size: u32, out: usize): void {
  rowsOfHash(root, xxh64(from, size, load<u64>(root, SEED)), out);
}

export function rowsU32(root: usize, key: u32, out: usize): void {
  rowsOfHash(root, xxh64OfU32(key, load<u64>(root, SEED)), out);
}

function rowsOfHash(root: usize, hash: u64, out: usize): void {
  const width = load<u32>(root, WIDTH);
  let row = root + CELLS;
  for (let depth = load<u32>(root, DEPTH); depth > 0; depth--) {
    store<u32>(out, load<u32>(cellAt(row, hash, width)));
    hash += GOLDEN;
    row += <usize>width << 2;
    out += 4;
  }
}

/** A real number as a counter. */
// @ts-ignore: decorator
@inline
function counter(value: f64): u32 {
  return <u32>min<f64>(max<f64>(Math.floor(value), 0), <f64>MOST_COUNT);
}

/**
 * Sets every counter to the weighted sum of those of `number` sketches of the same width and depth: 16 bytes each at
 * `sources`, address u32, zero u32, weight f64. The sketch itself may be among them.
 */
export function combine(root: usize, sources: usize, number: u32): void {
  const end = sources + (<usize>number << 4);
  const cells = <usize>cellsOf(root) << 2;
  for (let at: usize = 0; at < cells; at += 4) {
    let sum: f64 = 0;
    for (let source = sources; source < end; source += 16) {
      sum += <f64>load<u32>(<usize>load<u32>(source) + at, CELLS) * load<f64>(source, 8);
    }
    store<u32>(root + at, counter(sum), CELLS);
  }
  let total: f64 = 0;
  for (let source = sources; source < end; source += 16) total += load<f64>(load<u32>(source), TOTAL) * load<f64>(source, 8);
  store<f64>(root, min(max<f64>(Math.floor(total), 0), MOST_TOTAL), TOTAL);
}

/** Multiplies every counter and the total by a factor from 0 to 1, and rounds down. */
export function decay(root: usize, factor: f64): void {
  store<f64>(root, Math.floor(load<f64>(root, TOTAL) * factor), TOTAL);
  let at = root + CELLS;
  const end = at + (<usize>cellsOf(root) << 2);
  if (factor == 0.5) {
    for (; at + 16 <= end; at += 16) v128.store(at, i32x4.shr_u(v128.load(at), 1));
  }
  for (; at < end; at += 4) store<u32>(at, <u32>(<f64>load<u32>(at) * factor));
}

/** The least of the rows' inner products. */
export function inner(root: usize, other: usize): f64 {
  const width = <usize>load<u32>(root, WIDTH) << 2;
  let least: f64 = Infinity;
  let from: usize = CELLS;
  for (let depth = load<u32>(root, DEPTH); depth > 0; depth--) {
    let sum: f64 = 0;
    for (const end = from + width; from < end; from += 4) sum += <f64>load<u32>(root + from) * <f64>load<u32>(other + from);
    least = min(least, sum);
  }
  return least;
}

export function clear(root: usize): void {
  store<f64>(root, 0, TOTAL);
  memory.fill(root + CELLS, 0, <usize>cellsOf(root) << 2);
}

/** Address of the counters. */
export function cells(root: usize): usize {
  return root + CELLS;
}

/** 0, or which invariant is broken. */
export function check(root: usize): i32 {
  const depth = load<u32>(root, DEPTH);
  const total = load<f64>(root, TOTAL);
  if (!load<u32>(root, WIDTH) || !depth || depth > MOST_DEPTH) return 1;
  if (<u64>load<u32>(root, WIDTH) * depth > MOST_CELLS) return 2;
  if (!(total >= 0 && total <= MOST_TOTAL && Math.floor(total) == total)) return 3;
  if (load<u32>(root, CONSERVATIVE) > 1 || load<u32>(root, UNUSED)) return 4;
  return 0;
}
