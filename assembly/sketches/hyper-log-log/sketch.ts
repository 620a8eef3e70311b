// HyperLogLog (P. Flajolet, É. Fusy, O. Gandouet, F. Meunier, 2007), with hashes of 64 bits and a sparse beginning
// (S. Heule, M. Nunkesser, A. Hall, "HyperLogLog in practice", 2013).
//
// Root:
//
//   offset  size  meaning
//        0     4  p: the first p bits of a hash choose its register, of 2^p; 4 to 18
//        4     4  most entries of the sparse form; 0 when the sketch is dense from the beginning
//        8     8  seed of xxh64
//       16     4  registers that are not zero
//       20     4  address of the dense registers, 0 while the sketch is sparse
//       24     4  address of the sparse table, 0 before the first entry and when dense
//       28     4  slots of the table, a power of two
//       32     4  spare: a block for dense registers, held during a batch so that nothing fails once it has begun
//       36     4  unused, zero
//       40   256  histogram: u32 registers that have the value 0 … 63
//
// Dense: register i is the six bits from bit 6 i on, the low one first; two bytes of zero stand behind the last.
// Sparse: an open-addressed table of u32 entries, index · 64 + value; 0 is an empty slot. Which form a sketch has
// follows from how many of its registers are not zero, so that equal registers are equal bytes.
//
// The histogram is kept up to date with every change, so a count reads 64 numbers and no registers.

import { alloc, free } from '../../memory/arena/allocator';
import { estimateOf } from './estimate';

export const P: usize = 0;
export const MOST_SPARSE: usize = 4;
export const SEED: usize = 8;
export const FILLED: usize = 16;
export const DENSE: usize = 20;
export const TABLE: usize = 24;
export const SLOTS: usize = 28;
const SPARE: usize = 32;
export const HISTOGRAM: usize = 40;
const ROOT_BYTES: u32 = 40 + 256;

export const NO_MEMORY: i32 = -1;

const FIRST_SLOTS: u32 = 16;
/** Bytes behind the last register, so that two can always be loaded. */
const PAD: u32 = 2;

export function createSketch(p: u32, sparse: u32, seed: u64): usize {
  const root = alloc(ROOT_BYTES);
  if (!root) return 0;
  memory.fill(root, 0, ROOT_BYTES);
  store<u32>(root, p, P);
  store<u32>(root, sparse ? mostSparse(p) : 0, MOST_SPARSE);
  store<u64>(root, seed, SEED);
  store<u32>(root, registersOf(root), HISTOGRAM);
  if (load<u32>(root, MOST_SPARSE)) return root;
  const dense = newDense(root);
  if (!dense) {
    free(root);
    return 0;
  }
  store<u32>(root, <u32>dense, DENSE);
  return root;
}

/** Three quarters of the slots of the largest table that is smaller than the dense registers; 0 below 2^7 registers. */
function mostSparse(p: u32): u32 {
  return p < 7 ? 0 : ((<u32>1 << (p - 3)) >> 2) * 3;
}

export function destroySketch(root: usize): void {
  dropBlocks(root);
  free(root);
}

function dropBlocks(root: usize): void {
  if (load<u32>(root, DENSE)) free(load<u32>(root, DENSE));
  if (load<u32>(root, TABLE)) free(load<u32>(root, TABLE));
  releaseSpare(root);
}

/** As new. The block of registers of a sketch that is never sparse stays, so nothing can fail. */
export function clearSketch(root: usize): void {
  memory.fill(root + HISTOGRAM, 0, 256);
  store<u32>(root, registersOf(root), HISTOGRAM);
  store<u32>(root, 0, FILLED);
  if (!load<u32>(root, MOST_SPARSE)) {
    memory.fill(load<u32>(root, DENSE), 0, denseBytes(root) + PAD);
    return;
  }
  dropBlocks(root);
  store<u32>(root, 0, DENSE);
  store<u32>(root, 0, TABLE);
  store<u32>(root, 0, SLOTS);
}

// @ts-ignore: decorator
@inline
export function registersOf(root: usize): u32 {
  return (<u32>1) << load<u32>(root, P);
}

export function denseBytes(root: usize): u32 {
  return (registersOf(root) >> 2) * 3;
}

function newDense(root: usize): usize {
  const block = alloc(denseBytes(root) + PAD);
  if (block) memory.fill(block, 0, denseBytes(root) + PAD);
  return block;
}

export function estimate(root: usize): f64 {
  return estimateOf(root + HISTOGRAM, registersOf(root), 64 - load<u32>(root, P));
}

/** Position of the first one in the bits behind the index, from 1; one more than they are when there is none. */
// @ts-ignore: decorator
@inline
function valueOf(hash: u64, p: u32): u32 {
  return <u32>clz<u64>((hash << p) | ((<u64>1) << (p - 1))) + 1;
}

/** 1 when the hash changed a register, 0 when not, or NO_MEMORY. */
// @ts-ignore: decorator
@inline
export function addHash(root: usize, hash: u64): i32 {
  const p = load<u32>(root, P);
  const dense: usize = load<u32>(root, DENSE);
  const index = <u32>(hash >> (64 - p));
  const value = valueOf(hash, p);
  return dense ? raiseDense(root, dense, index, value) : raiseSparse(root, index, value);
}

/** `addHash` for the registers at `dense`. */
// @ts-ignore: decorator
@inline
export function addDense(root: usize, dense: usize, p: u32, hash: u64): i32 {
  return raiseDense(root, dense, <u32>(hash >> (64 - p)), valueOf(hash, p));
}

/** Makes register `index` at least `value`; the statuses of `addHash`. */
export function raise(root: usize, index: u32, value: u32): i32 {
  const dense: usize = load<u32>(root, DENSE);
  return dense ? raiseDense(root, dense, index, value) : raiseSparse(root, index, value);
}

// @ts-ignore: decorator
@inline
export function denseAt(dense: usize, index: u32): u32 {
  const bit = index * 6;
  return (<u32>load<u16>(dense + (bit >> 3)) >> (bit & 7)) & 63;
}

// @ts-ignore: decorator
@inline
function raiseDense(root: usize, dense: usize, index: u32, value: u32): i32 {
  const old = denseAt(dense, index);
  if (value <= old) return 0;
  const bit = index * 6;
  const at = dense + (bit >> 3);
  store<u16>(at, <u16>(<u32>load<u16>(at) ^ ((old ^ value) << (bit & 7))));
  note(root, old, value);
  return 1;
}

// @ts-ignore: decorator
@inline
function note(root: usize, old: u32, value: u32): void {
  const from = root + (<usize>old << 2);
  const to = root + (<usize>value << 2);
  store<u32>(from, load<u32>(from, HISTOGRAM) - 1, HISTOGRAM);
  store<u32>(to, load<u32>(to, HISTOGRAM) + 1, HISTOGRAM);
  if (!old) store<u32>(root, load<u32>(root, FILLED) + 1, FILLED);
}

/** Slot of an index in the table, or the empty one where it would go. */
// @ts-ignore: decorator
@inline
function slotOf(table: usize, slots: u32, index: u32): usize {
  const mask = slots - 1;
  let i = (index * 0x9e3779b1) >> clz<u32>(mask);
  let at = table + (<usize>i << 2);
  for (let entry = load<u32>(at); entry && entry >> 6 != index; entry = load<u32>(at)) {
    i = (i + 1) & mask;
    at = table + (<usize>i << 2);
  }
  return at;
}

function raiseSparse(root: usize, index: u32, value: u32): i32 {
  const table: usize = load<u32>(root, TABLE);
  let at: usize = 0;
  if (table) {
    at = slotOf(table, load<u32>(root, SLOTS), index);
    const entry = load<u32>(at);
    if (entry) {
      const old = entry & 63;
      if (value <= old) return 0;
      store<u32>(at, (index << 6) | value);
      note(root, old, value);
      return 1;
    }
  }
  const filled = load<u32>(root, FILLED);
  if (filled == load<u32>(root, MOST_SPARSE)) {
    if (!promote(root)) return NO_MEMORY;
    return raiseDense(root, load<u32>(root, DENSE), index, value);
  }
  if ((filled + 1) << 2 > load<u32>(root, SLOTS) * 3) {
    if (!resizeTable(root, table ? load<u32>(root, SLOTS) << 1 : FIRST_SLOTS)) return NO_MEMORY;
    at = slotOf(load<u32>(root, TABLE), load<u32>(root, SLOTS), index);
  }
  store<u32>(at, (index << 6) | value);
  note(root, 0, value);
  return 1;
}

function resizeTable(root: usize, slots: u32): bool {
  const fresh = alloc(slots << 2);
  if (!fresh) return false;
  memory.fill(fresh, 0, slots << 2);
  const table: usize = load<u32>(root, TABLE);
  const end = table + (<usize>load<u32>(root, SLOTS) << 2);
  for (let at = table; at < end; at += 4) {
    const entry = load<u32>(at);
    if (entry) store<u32>(slotOf(fresh, slots, entry >> 6), entry);
  }
  if (table) free(table);
  store<u32>(root, <u32>fresh, TABLE);
  store<u32>(root, slots, SLOTS);
  return true;
}

/** From sparse to dense. The histogram stays as it is: the registers are the same. */
function promote(root: usize): bool {
  let dense: usize = load<u32>(root, SPARE);
  if (dense) store<u32>(root, 0, SPARE);
  else dense = newDense(root);
  if (!dense) return false;
  const table: usize = load<u32>(root, TABLE);
  const end = table + (<usize>load<u32>(root, SLOTS) << 2);
  for (let at = table; at < end; at += 4) {
    const entry = load<u32>(at);
    if (entry) putDense(dense, entry >> 6, entry & 63);
  }
  if (table) free(table);
  store<u32>(root, 0, TABLE);
  store<u32>(root, 0, SLOTS);
  store<u32>(root, <u32>dense, DENSE);
  return true;
}

/** Sets a register that is zero. */
// @ts-ignore: decorator
@inline
function putDense(dense: usize, index: u32, value: u32): void {
  const bit = index * 6;
  const at = dense + (bit >> 3);
  store<u16>(at, <u16>(<u32>load<u16>(at) | (value << (bit & 7))));
}

/** Takes all memory that `more` new entries can need; false when it is not there, and nothing has changed. */
export function reserve(root: usize, more: u32): bool {
  if (load<u32>(root, DENSE)) return true;
  const most = load<u32>(root, MOST_SPARSE);
  const wanted = <u64>load<u32>(root, FILLED) + more;
  if (wanted > most && !load<u32>(root, SPARE)) {
    const spare = newDense(root);
    if (!spare) return false;
    store<u32>(root, <u32>spare, SPARE);
  }
  const entries = wanted > most ? most : <u32>wanted;
  let slots = max(load<u32>(root, SLOTS), FIRST_SLOTS);
  while (entries << 2 > slots * 3) slots <<= 1;
  if (slots == load<u32>(root, SLOTS) || resizeTable(root, slots)) return true;
  releaseSpare(root);
  return false;
}

export function releaseSpare(root: usize): void {
  const spare: usize = load<u32>(root, SPARE);
  if (spare) free(spare);
  store<u32>(root, 0, SPARE);
}

/** Takes the larger of each two registers; `from` has at least as many. 1 when something changed, 0, or NO_MEMORY: then nothing has. */
export function mergeSketch(root: usize, from: usize): i32 {
  if (!reserve(root, min(load<u32>(from, FILLED), registersOf(root)))) return NO_MEMORY;
  const shift = load<u32>(from, P) - load<u32>(root, P);
  let changed: u32 = 0;
  const dense: usize = load<u32>(from, DENSE);
  if (dense) {
    for (let index: u32 = 0, end = registersOf(from); index < end; index++) {
      const value = denseAt(dense, index);
      if (value) changed |= raiseFolded(root, index, value, shift);
    }
  } else {
    const table: usize = load<u32>(from, TABLE);
    const end = table + (<usize>load<u32>(from, SLOTS) << 2);
    for (let at = table; at < end; at += 4) {
      const entry = load<u32>(at);
      if (entry) changed |= raiseFolded(root, entry >> 6, entry & 63, shift);
    }
  }
  releaseSpare(root);
  return changed;
}

/** A register of a sketch whose indices have `shift` more bits: they belong to the value here. */
function raiseFolded(root: usize, index: u32, value: u32, shift: u32): u32 {
  if (!shift) return raise(root, index, value);
  const low = index & (((<u32>1) << shift) - 1);
  return raise(root, index >> shift, low ? clz<u32>(low) - (32 - shift) + 1 : value + shift);
}

/** Takes histogram and number of filled registers from dense registers; false when one is too large. */
export function recount(root: usize): bool {
  const dense: usize = load<u32>(root, DENSE);
  const most: u32 = 65 - load<u32>(root, P);
  memory.fill(root + HISTOGRAM, 0, 256);
  const registers = registersOf(root);
  for (let index: u32 = 0; index < registers; index++) {
    const value = denseAt(dense, index);
    if (value > most) return false;
    const at = root + (<usize>value << 2);
    store<u32>(at, load<u32>(at, HISTOGRAM) + 1, HISTOGRAM);
  }
  store<u32>(root, registers - load<u32>(root, HISTOGRAM), FILLED);
  return true;
}

/** 0, or which invariant is broken. */
export function checkSketch(root: usize): i32 {
  const dense: usize = load<u32>(root, DENSE);
  const table: usize = load<u32>(root, TABLE);
  const most = load<u32>(root, MOST_SPARSE);
  const filled = load<u32>(root, FILLED);
  const highest: u32 = 65 - load<u32>(root, P);
  if (load<u32>(root, SPARE)) return 1;
  if (dense && table) return 2;
  if (dense ? filled <= most && most : filled > most) return 3;
  let sum: u32 = 0;
  for (let value: u32 = 0; value < 64; value++) {
    const count = load<u32>(root + (<usize>value << 2), HISTOGRAM);
    if (count && value > highest) return 4;
    sum += count;
  }
  if (sum != registersOf(root) || sum - load<u32>(root, HISTOGRAM) != filled) return 5;
  return dense ? checkDense(root, dense, highest) : checkTable(root, table, highest);
}

function checkDense(root: usize, dense: usize, highest: u32): i32 {
  const registers = registersOf(root);
  if (load<u16>(dense + denseBytes(root))) return 6;
  for (let value: u32 = 0; value <= highest; value++) {
    let count: u32 = 0;
    for (let index: u32 = 0; index < registers; index++) count += <u32>(denseAt(dense, index) == value);
    if (count != load<u32>(root + (<usize>value << 2), HISTOGRAM)) return 7;
  }
  return 0;
}

function checkTable(root: usize, table: usize, highest: u32): i32 {
  const slots = load<u32>(root, SLOTS);
  if (load<u32>(root, FILLED) << 2 > slots * 3 || slots & (slots - 1)) return 8;
  let entries: u32 = 0;
  for (let slot: u32 = 0; slot < slots; slot++) {
    const at = table + (<usize>slot << 2);
    const entry = load<u32>(at);
    if (!entry) continue;
    entries++;
    if (entry >> 6 >= registersOf(root) || !(entry & 63) || (entry & 63) > highest) return 9;
    if (slotOf(table, slots, entry >> 6) != at) return 10;
  }
  return entries == load<u32>(root, FILLED) ? 0 : 11;
}
