// Kernel `sketches/hyper-log-log`: how many different keys there were. What it does is in sketch.ts, and how the
// estimate is made in estimate.ts, which other kernels import.
//
// Keys are bytes at [from, from + size), or u32 numbers, which stand for their four bytes.

import { xxh64, xxh64OfU32 } from '../../hash/xxh64';
import { DENSE, MOST_SPARSE, P, SEED, addDense, addHash, checkSketch, clearSketch, createSketch, denseBytes, destroySketch, estimate, mergeSketch, raise as raiseRegister, recount, releaseSpare, reserve as takeRoom } from './sketch';

/** 0 when the arena is full. */
export function create(p: u32, sparse: u32, seedLow: u32, seedHigh: u32): usize {
  return createSketch(p, sparse, (<u64>seedHigh << 32) | seedLow);
}

export function destroy(root: usize): void {
  destroySketch(root);
}

/** 1 a register changed, 0 none did, −1 the arena is full and nothing has changed. */
export function add(root: usize, from: usize, size: u32): i32 {
  return addHash(root, xxh64(from, size, load<u64>(root, SEED)));
}

export function addU32(root: usize, key: u32): i32 {
  return addHash(root, xxh64OfU32(key, load<u64>(root, SEED)));
}

/** Whether a register changed. There must be room, which `reserve` takes. */
export function addManyU32(root: usize, keys: usize, count: u32): u32 {
  const seed = load<u64>(root, SEED);
  let changed: u32 = 0;
  const end = keys + (<usize>count << 2);
  for (; keys < end && !load<u32>(root, DENSE); keys += 4) changed |= addHash(root, xxh64OfU32(load<u32>(keys), seed));
  if (keys == end) return changed;
  const dense: usize = load<u32>(root, DENSE);
  const p = load<u32>(root, P);
  for (; keys < end; keys += 4) changed |= addDense(root, dense, p, xxh64OfU32(load<u32>(keys), seed));
  return changed;
}

/** The same for keys that stand one behind the other, each after its length (u32, unaligned). */
export function addMany(root: usize, records: usize, count: u32): u32 {
  const seed = load<u64>(root, SEED);
  let changed: u32 = 0;
  for (; count > 0; count--) {
    const size = load<u32>(records);
    changed |= addHash(root, xxh64(records + 4, size, seed));
    records += 4 + size;
  }
  return changed;
}

/** Takes the memory that so many keys can need, until `release`; 0 when it is not there. */
export function reserve(root: usize, more: u32): u32 {
  return takeRoom(root, more) ? 1 : 0;
}

export function release(root: usize): void {
  releaseSpare(root);
}

export function count(root: usize): f64 {
  return estimate(root);
}

/** The statuses of `add`. `from` has as many registers, or more. */
export function merge(root: usize, from: usize): i32 {
  return mergeSketch(root, from);
}

export function clear(root: usize): void {
  clearSketch(root);
}

/** Makes a register at least `value`; the statuses of `add`. */
export function raise(root: usize, index: u32, value: u32): i32 {
  return raiseRegister(root, index, value);
}

/** Bytes of the dense registers. */
export function registerBytes(root: usize): u32 {
  return denseBytes(root);
}

/** Makes an empty sketch dense, to be filled with registers that `refresh` will judge; 0 when the arena is full. */
export function densify(root: usize): usize {
  const most = load<u32>(root, MOST_SPARSE);
  if (load<u32>(root, DENSE)) return load<u32>(root, DENSE);
  store<u32>(root, 0, MOST_SPARSE);
  // One register, and away with it: the sparse form ends with the first when it may have none.
  const status = raiseRegister(root, 0, 1);
  if (status == 1) clearSketch(root);
  store<u32>(root, most, MOST_SPARSE);
  return load<u32>(root, DENSE);
}

/** Takes what is known of the dense registers from them; 0, or the broken invariant. */
export function refresh(root: usize): i32 {
  return recount(root) ? checkSketch(root) : 7;
}

/** 0, or which invariant is broken. */
export function check(root: usize): i32 {
  return checkSketch(root);
}
