// The two heaps of a search for the nearest (G. Hjaltason, H. Samet, 1999): nodes by distance, nearest first, and results,
// farthest first. Both hold 16 bytes an entry, f64 squared distance, u32 id or node, u32 unused.
//
// Results of one distance are ordered by id, so that an answer does not depend on a tree's shape.

import { alloc, free } from '../memory/arena/allocator';

const FIRST_CAPACITY: u32 = 256;

/**
 * Twice the room, or the first, for a queue of nodes, of which a structure keeps u32 address and u32 capacity at `queue`; false
 * when the arena is full.
 */
export function growQueue(queue: usize): bool {
  const old = <usize>load<u32>(queue);
  const capacity = load<u32>(queue, 4);
  const wanted = capacity ? capacity << 1 : FIRST_CAPACITY;
  const block = alloc(wanted << 4);
  if (!block) return false;
  if (old) {
    memory.copy(block, old, <usize>capacity << 4);
    free(old);
  }
  store<u32>(queue, <u32>block);
  store<u32>(queue, wanted, 4);
  return true;
}

// @ts-ignore: decorator
@inline
function put(at: usize, distance: f64, ref: u32): void {
  store<f64>(at, distance);
  store<u64>(at, ref, 8);
}

// @ts-ignore: decorator
@inline
function copyEntry(to: usize, from: usize): void {
  v128.store(to, v128.load(from));
}

// ── Nodes, nearest first ──────────────────────────────────────────────────────────────────────────

/** Adds an entry as number `index`. */
export function riseNearest(heap: usize, index: u32, distance: f64, node: u32): void {
  while (index > 0) {
    const parent = (index - 1) >> 1;
    const above = heap + (<usize>parent << 4);
    if (load<f64>(above) <= distance) break;
    copyEntry(heap + (<usize>index << 4), above);
    index = parent;
  }
  put(heap + (<usize>index << 4), distance, node);
}

/** Puts an entry in place of the first, of which `count` are left. */
export function sinkNearest(heap: usize, count: u32, distance: f64, node: u32): void {
  let index: u32 = 0;
  for (;;) {
    let child = (index << 1) + 1;
    if (child >= count) break;
    const at = heap + (<usize>child << 4);
    if (child + 1 < count) child += <u32>(load<f64>(at, 16) < load<f64>(at));
    const least = heap + (<usize>child << 4);
    if (load<f64>(least) >= distance) break;
    copyEntry(heap + (<usize>index << 4), least);
    index = child;
  }
  put(heap + (<usize>index << 4), distance, node);
}

// ── Results, farthest first ───────────────────────────────────────────────────────────────────────

/** True when the entry at `a` comes behind a distance and id. */
// @ts-ignore: decorator
@inline
function behind(a: usize, distance: f64, id: u32): bool {
  const own = load<f64>(a);
  return own > distance || own == distance && load<u32>(a, 8) > id;
}

/** Adds an entry as number `index`. */
export function riseFarthest(heap: usize, index: u32, distance: f64, id: u32): void {
  while (index > 0) {
    const parent = (index - 1) >> 1;
    const above = heap + (<usize>parent << 4);
    if (behind(above, distance, id)) break;
    copyEntry(heap + (<usize>index << 4), above);
    index = parent;
  }
  put(heap + (<usize>index << 4), distance, id);
}

/** Puts an entry in place of the first of a heap. */
export function sinkFarthest(heap: usize, count: u32, distance: f64, id: u32): void {
  let index: u32 = 0;
  for (;;) {
    let child = (index << 1) + 1;
    if (child >= count) break;
    let at = heap + (<usize>child << 4);
    if (child + 1 < count && behind(at + 16, load<f64>(at), load<u32>(at, 8))) {
      child++;
      at += 16;
    }
    if (!behind(at, distance, id)) break;
    copyEntry(heap + (<usize>index << 4), at);
    index = child;
  }
  put(heap + (<usize>index << 4), distance, id);
}

/** Heap sort in place, then the ids alone, four bytes each, at the front. */
export function sortResults(heap: usize, count: u32): void {
  for (let left = count; left > 1; ) {
    left--;
    const last = heap + (<usize>left << 4);
    const distance = load<f64>(last);
    const id = load<u32>(last, 8);
    copyEntry(last, heap);
    sinkFarthest(heap, left, distance, id);
  }
  for (let i: u32 = 0; i < count; i++) store<u32>(heap + (<usize>i << 2), load<u32>(heap + (<usize>i << 4), 8));
}
