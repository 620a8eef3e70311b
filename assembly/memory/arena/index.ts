// Kernel `memory/arena`: the allocator and directory of one linear memory.

import { xxh64, xxh64Finish, xxh64Init, xxh64Update } from '../../hash/xxh64';
import { alloc, free, initialise } from './allocator';
import { MAGIC, MAGIC_VALUE, RESULT, SCRATCH, SCRATCH_BYTES, SEED } from './layout';

export { alloc, allocAligned, check, costOf, free, largestFree, realloc, repair, tail, top, trimTail } from './allocator';
export { addEntry, entryKind, entryName, entryNameBytes, entryRoot, findEntry, nextEntry, removeEntry } from './directory';

/** Makes a fresh memory an arena. The seed is given as four u32, low halves first. */
export function create(limit: u32, seed0: u32, seed1: u32, seed2: u32, seed3: u32): void {
  store<u64>(MAGIC, MAGIC_VALUE);
  store<u32>(SEED, seed0);
  store<u32>(SEED, seed1, 4);
  store<u32>(SEED, seed2, 8);
  store<u32>(SEED, seed3, 12);
  initialise(limit);
}

/** A staging block of at least `size` bytes, reused by every crossing. 0 when the budget is full. */
export function scratch(size: u32): usize {
  if (size <= load<u32>(SCRATCH_BYTES)) return load<u32>(SCRATCH);
  // The old contents are not kept, so the old block may serve the new request.
  releaseScratch();
  const address = alloc(size);
  if (!address) return 0;
  store<u32>(SCRATCH, <u32>address);
  store<u32>(SCRATCH_BYTES, size);
  return address;
}

/** Gives the staging block back: a snapshot has no use for it. */
export function releaseScratch(): void {
  if (load<u32>(SCRATCH)) free(load<u32>(SCRATCH));
  store<u32>(SCRATCH, 0);
  store<u32>(SCRATCH_BYTES, 0);
}

// Checksum of a snapshot, fed chunk by chunk while the chunk is still in the cache.

export function checksumInit(state: usize, seedLow: u32, seedHigh: u32): void {
  xxh64Init(state, (<u64>seedHigh << 32) | seedLow);
}

export function checksumUpdate(state: usize, from: usize, size: u32): void {
  xxh64Update(state, from, size);
}

/** Leaves the 64 bits in the arena's result cell. */
export function checksumFinish(state: usize): void {
  store<u64>(RESULT, xxh64Finish(state));
}

/** One-shot; needs no state. Leaves the 64 bits in the arena's result cell. */
export function checksum(from: usize, size: u32, seedLow: u32, seedHigh: u32): void {
  store<u64>(RESULT, xxh64(from, size, (<u64>seedHigh << 32) | seedLow));
}
