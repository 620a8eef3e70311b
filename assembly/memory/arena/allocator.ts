// The arena's allocator: two-level segregated fit (TLSF), constant time, immediate coalescing.
//
// Source: M. Masmano, I. Ripoll, A. Crespo, J. Real, "TLSF: a new dynamic memory allocator for
// real-time systems" (2004). All state is in the arena header (layout.ts): any module that is
// instantiated over the same memory allocates from the same lists.
//
// A block, at an address that is 4 mod 8, with a size that is a multiple of 8:
//
//   allocated   ┌ size|flags ┬ payload (8-aligned) ──────────────────────────┐
//               └─── u32 ────┴───────────────────────────────────────────────┘
//   free        ┌ size|flags ┬ next ┬ prev ┬ … unused … ┬ address of this block ┐
//               └─── u32 ────┴ u32 ─┴ u32 ─┴────────────┴──────── u32 ──────────┘
//
// Flags: bit 0, this block is free; bit 1, the block before it is free (then the four bytes
// before this header are that block's address). A sentinel of size 0 closes the heap.
//
// A structure may lay out a heap of its own inside one block of the arena (`makeHeap`): the same lists in a header of
// its own, so that a part of the memory has its own budget, and its own lock where the memory is shared.
//
// Invariants: no two neighbouring blocks are both free; each free block is in exactly the list of
// its size class; usedBytes + Σ free sizes = heapEnd. `check` verifies all three.

import {
  BLOCK_COUNT,
  CHANGING,
  CRC32C_TABLES,
  FL_BITMAP,
  FL_COUNT,
  HEADS,
  HEAP_END,
  HEAP_START,
  LIMIT,
  PEAK_USED_BYTES,
  SL_BITMAPS,
  SL_BITS,
  SL_COUNT,
  USED_BYTES,
} from './layout';

/** Where the arena's own heap has its header. */
const ARENA: usize = 0;
/** Of a heap within the arena: the first block's header, from the heap's. */
const OWN_HEAP_START: usize = 3780;

const FREE: u32 = 1;
const PREV_FREE: u32 = 2;
const FLAGS: u32 = 7;

const BLOCK_OVERHEAD: u32 = 4;
const MIN_BLOCK: u32 = 16;
/** Below this size every class is exactly one size, eight bytes apart. */
const SMALL_BLOCK: u32 = 256;
const SMALL_BLOCK_BITS: u32 = 8;
/** Larger requests are refused outright; no block can be that large. */
const MAX_REQUEST: u32 = 0xffff_0000;
/**
 * The heap grows by half of itself, up to this much. Pages that are not touched cost no memory, but each growth costs
 * the engine a new ArrayBuffer and often a step of garbage collection: few, large steps.
 */
const MAX_GROWTH_STEP: u32 = 256 << 20;

const NEXT: usize = 4;
const PREV: usize = 8;

// @ts-ignore: decorator
@inline
function sizeOf(block: usize): u32 {
  return load<u32>(block) & ~FLAGS;
}

// @ts-ignore: decorator
@inline
function after(block: usize): usize {
  return block + sizeOf(block);
}

/** Size class of a block: (first level << SL_BITS) | second level. */
// @ts-ignore: decorator
@inline
function classOf(size: u32): u32 {
  if (size < SMALL_BLOCK) return size >> 3;
  const top = 31 - clz(size);
  return ((top - (SMALL_BLOCK_BITS - 1)) << SL_BITS) | ((size >> (top - SL_BITS)) & (SL_COUNT - 1));
}

// @ts-ignore: decorator
@inline
function headOf(heap: usize, sizeClass: u32): usize {
  return heap + HEADS + (<usize>sizeClass << 2);
}

function link(heap: usize, block: usize, size: u32): void {
  const sizeClass = classOf(size);
  const head = headOf(heap, sizeClass);
  const first = load<u32>(head);
  store<u32>(block, <u32>first, NEXT);
  store<u32>(block, 0, PREV);
  if (first) store<u32>(first, <u32>block, PREV);
  store<u32>(head, <u32>block);
  const fl = sizeClass >> SL_BITS;
  store<u32>(heap, load<u32>(heap, FL_BITMAP) | (1 << fl), FL_BITMAP);
  const slAddress = heap + SL_BITMAPS + (<usize>fl << 2);
  store<u32>(slAddress, load<u32>(slAddress) | (1 << (sizeClass & (SL_COUNT - 1))));
}

function unlink(heap: usize, block: usize, size: u32): void {
  const next = load<u32>(block, NEXT);
  const prev = load<u32>(block, PREV);
  if (next) store<u32>(next, prev, PREV);
  if (prev) {
    store<u32>(prev, next, NEXT);
    return;
  }
  const sizeClass = classOf(size);
  store<u32>(headOf(heap, sizeClass), next);
  if (next) return;
  const fl = sizeClass >> SL_BITS;
  const slAddress = heap + SL_BITMAPS + (<usize>fl << 2);
  const sl = load<u32>(slAddress) & ~(1 << (sizeClass & (SL_COUNT - 1)));
  store<u32>(slAddress, sl);
  if (!sl) store<u32>(heap, load<u32>(heap, FL_BITMAP) & ~(1 << fl), FL_BITMAP);
}

/** Makes [block, block + size) one free block, keeping the given PREV_FREE flag. */
function makeFree(heap: usize, block: usize, size: u32, prevFree: u32): void {
  store<u32>(block, size | FREE | prevFree);
  const next = block + size;
  store<u32>(next - 4, <u32>block);
  store<u32>(next, load<u32>(next) | PREV_FREE);
  link(heap, block, size);
}

/** First free block of at least `size` bytes, or 0. */
function find(heap: usize, size: u32): usize {
  // Any block of the next class up is large enough: round up to it, then take the first list.
  let rounded = size;
  if (size >= SMALL_BLOCK) {
    const roundUp = (1 << (31 - clz(size) - SL_BITS)) - 1;
    // The largest class has none above it.
    if (size > MAX_REQUEST - roundUp) return findExact(heap, size);
    rounded = size + roundUp;
  }
  const sizeClass = classOf(rounded);
  let fl = sizeClass >> SL_BITS;
  let sl = load<u32>(heap + SL_BITMAPS + (<usize>fl << 2)) & (~0 << (sizeClass & (SL_COUNT - 1)));
  if (!sl) {
    const flMap = load<u32>(heap, FL_BITMAP) & (~0 << (fl + 1));
    if (!flMap) return rounded != size ? findExact(heap, size) : 0;
    fl = ctz(flMap);
    sl = load<u32>(heap + SL_BITMAPS + (<usize>fl << 2));
  }
  return load<u32>(headOf(heap, (fl << SL_BITS) | ctz(sl)));
}

/** Before the heap grows: a few blocks of the request's own class may still be large enough. */
function findExact(heap: usize, size: u32): usize {
  let block: usize = load<u32>(headOf(heap, classOf(size)));
  for (let tries = 8; block && tries; tries--) {
    if (sizeOf(block) >= size) return block;
    block = load<u32>(block, NEXT);
  }
  return 0;
}

/** Extends the heap until its last block is free and holds `size` bytes; that block, or 0 when the budget is full. */
function grow(size: u32): usize {
  const end: usize = load<u32>(HEAP_END);
  const limit: usize = load<u32>(LIMIT);
  const sentinel = end - BLOCK_OVERHEAD;
  // A free block at the end counts towards what is needed.
  let missing = size;
  if (load<u32>(sentinel) & PREV_FREE) {
    const last: usize = load<u32>(sentinel - 4);
    if (sizeOf(last) >= size) return last;
    missing -= sizeOf(last);
  }
  if (<u64>end + missing > <u64>limit) return 0;

  const step = min<u32>(<u32>(end >> 1), MAX_GROWTH_STEP);
  let target = <u64>end + max<u32>(missing, step);
  target = min<u64>((target + 0xffff) & ~0xffff, <u64>limit);
  let pages = <i32>((target + 0xffff) >> 16) - memory.size();
  if (pages > 0 && memory.grow(pages) < 0) {
    target = <u64>end + missing;
    pages = <i32>((target + 0xffff) >> 16) - memory.size();
    if (pages > 0 && memory.grow(pages) < 0) return 0;
  }
  extendHeap(sentinel, <usize>target);
  return load<u32>(load<u32>(HEAP_END) - BLOCK_OVERHEAD - 4);
}

/** Turns the old sentinel into the start of a free block that ends at a new sentinel below `end`. */
function extendHeap(sentinel: usize, end: usize): void {
  const newSentinel = (end & ~7) - BLOCK_OVERHEAD;
  const added = <u32>(newSentinel - sentinel);
  const header = load<u32>(sentinel);
  store<u32>(newSentinel, 0);
  store<u32>(HEAP_END, <u32>(newSentinel + BLOCK_OVERHEAD));
  if (header & PREV_FREE) {
    const before: usize = load<u32>(sentinel - 4);
    const beforeSize = sizeOf(before);
    unlink(ARENA, before, beforeSize);
    makeFree(ARENA, before, beforeSize + added, load<u32>(before) & PREV_FREE);
  } else {
    makeFree(ARENA, sentinel, added, 0);
  }
}

/** Lays out an empty heap. The memory must hold at least one page, all zero. */
export function initialise(limit: u32): void {
  const sentinel = HEAP_START;
  store<u32>(LIMIT, limit & ~7);
  store<u32>(sentinel, 0);
  store<u32>(HEAP_END, <u32>(sentinel + BLOCK_OVERHEAD));
  store<u32>(USED_BYTES, <u32>(sentinel + BLOCK_OVERHEAD));
  store<u32>(PEAK_USED_BYTES, <u32>(sentinel + BLOCK_OVERHEAD));
  const end = min<usize>(<usize>memory.size() << 16, limit & ~7);
  if (end > sentinel + BLOCK_OVERHEAD + MIN_BLOCK) extendHeap(sentinel, end);
}

/** Whole block size for a payload of `size` bytes, or 0 when no block can be that large. */
// @ts-ignore: decorator
@inline
function blockSizeFor(size: u32): u32 {
  if (size > MAX_REQUEST) return 0;
  return max<u32>((size + BLOCK_OVERHEAD + 7) & ~7, MIN_BLOCK);
}

/**
 * Lays out a heap of its own within `size` bytes at `heap`, both multiples of 8, which are all it will ever have. Its
 * header is like the arena's from offset 32 to 3400; the bytes before and from there to 3776 are its owner's.
 */
export function makeHeap(heap: usize, size: u32): void {
  memory.fill(heap + LIMIT, 0, CRC32C_TABLES - LIMIT);
  const first = firstBlock(heap);
  const sentinel = heap + size - BLOCK_OVERHEAD;
  store<u32>(heap, <u32>(sentinel + BLOCK_OVERHEAD), LIMIT);
  store<u32>(heap, <u32>(sentinel + BLOCK_OVERHEAD), HEAP_END);
  store<u32>(heap, <u32>(first - heap) + BLOCK_OVERHEAD, USED_BYTES);
  store<u32>(heap, <u32>(first - heap) + BLOCK_OVERHEAD, PEAK_USED_BYTES);
  store<u32>(sentinel, 0);
  makeFree(heap, first, <u32>(sentinel - first), 0);
}

/**
 * Lays a heap out anew around the blocks that are in use, of which `marks` has one bit each: (address − heap) / 8. For who
 * finds a heap half-changed; it may be begun again and again. Of what is there only the sizes of those blocks are trusted,
 * which do not change while a block is in use.
 */
export function remakeHeap(heap: usize, size: u32, marks: usize): void {
  memory.fill(heap + LIMIT, 0, CRC32C_TABLES - LIMIT);
  const first = firstBlock(heap);
  const sentinel = heap + size - BLOCK_OVERHEAD;
  store<u32>(heap, <u32>(sentinel + BLOCK_OVERHEAD), LIMIT);
  store<u32>(heap, <u32>(sentinel + BLOCK_OVERHEAD), HEAP_END);
  store<u32>(sentinel, 0);
  let used = <u32>(first - heap) + BLOCK_OVERHEAD;
  let blocks: u32 = 0;
  let gap = first;
  for (let word: usize = 0; word << 8 < size; word++) {
    for (let bits = load<u32>(marks + (word << 2)); bits; bits &= bits - 1) {
      const block = heap + (((word << 5) + <usize>ctz(bits)) << 3) - BLOCK_OVERHEAD;
      const blockSize = sizeOf(block);
      store<u32>(block, blockSize);
      if (block > gap) makeFree(heap, gap, <u32>(block - gap), 0);
      gap = block + blockSize;
      used += blockSize;
      blocks++;
    }
  }
  if (sentinel > gap) makeFree(heap, gap, <u32>(sentinel - gap), 0);
  store<u32>(heap, used, USED_BYTES);
  store<u32>(heap, used, PEAK_USED_BYTES);
  store<u32>(heap, blocks, BLOCK_COUNT);
}

/** Address of the header of a heap's first block. */
// @ts-ignore: decorator
@inline
function firstBlock(heap: usize): usize {
  return heap == ARENA ? HEAP_START : heap + OWN_HEAP_START;
}

function noteAllocated(heap: usize, size: u32): void {
  const used = load<u32>(heap, USED_BYTES) + size;
  store<u32>(heap, used, USED_BYTES);
  if (used > load<u32>(heap, PEAK_USED_BYTES)) store<u32>(heap, used, PEAK_USED_BYTES);
  store<u32>(heap, load<u32>(heap, BLOCK_COUNT) + 1, BLOCK_COUNT);
}

/** Cuts an unlinked free block down to `needed`, giving the rest back. Leaves it allocated. */
function take(heap: usize, block: usize, size: u32, needed: u32): void {
  const prevFree = load<u32>(block) & PREV_FREE;
  if (size - needed >= MIN_BLOCK) {
    store<u32>(block, needed | prevFree);
    makeFree(heap, block + needed, size - needed, 0);
    noteAllocated(heap, needed);
  } else {
    store<u32>(block, size | prevFree);
    const next = block + size;
    store<u32>(next, load<u32>(next) & ~PREV_FREE);
    noteAllocated(heap, size);
  }
}

/** Allocates `size` bytes, 8-aligned, contents undefined. 0 when the budget is full. O(1). */
export function alloc(size: u32): usize {
  changing(1);
  const address = allocIn(ARENA, size);
  changing(0);
  return address;
}

/** Whoever finds a participant of a shared arena dead learns from this whether it left the lists half-changed. */
// @ts-ignore: decorator
@inline
function changing(yes: u32): void {
  if (ASC_FEATURE_THREADS) atomic.store<u32>(CHANGING, yes);
}

/** `alloc` in the heap at an address: the arena's, or one that `makeHeap` laid out, which never grows. */
export function allocIn(heap: usize, size: u32): usize {
  const needed = blockSizeFor(size);
  if (!needed) return 0;
  let block = find(heap, needed);
  if (!block) {
    block = heap == ARENA ? grow(needed) : 0;
    if (!block) return 0;
  }
  const blockSize = sizeOf(block);
  unlink(heap, block, blockSize);
  take(heap, block, blockSize, needed);
  return block + BLOCK_OVERHEAD;
}

/** `alloc`, with the bytes set to zero. */
export function allocZeroed(size: u32): usize {
  const address = alloc(size);
  if (address) memory.fill(address, 0, size);
  return address;
}

/** Allocates at a multiple of `alignment` (a power of two, at least 8). 0 when the budget is full. */
export function allocAligned(size: u32, alignment: u32): usize {
  if (alignment <= 8) return alloc(size);
  const needed = blockSizeFor(size);
  if (!needed || needed > MAX_REQUEST - alignment - MIN_BLOCK) return 0;
  const mask = <usize>alignment - 1;
  // A block freed by a request of this kind is aligned already, and may have no byte to spare.
  let block = find(ARENA, needed);
  if (!block || (block + BLOCK_OVERHEAD) & mask) {
    // Room to cut a whole free block off the front where the block is not aligned by luck.
    const roomy = needed + alignment + MIN_BLOCK;
    block = find(ARENA, roomy);
    if (!block) {
      block = grow(roomy);
      if (!block) return 0;
    }
  }
  let blockSize = sizeOf(block);
  unlink(ARENA, block, blockSize);
  const payload = block + BLOCK_OVERHEAD;
  if (payload & mask) {
    const aligned = (payload + MIN_BLOCK + mask) & ~mask;
    const front = <u32>(aligned - payload);
    const prevFree = load<u32>(block) & PREV_FREE;
    blockSize -= front;
    store<u32>(block + front, blockSize);
    makeFree(ARENA, block, front, prevFree);
    block += front;
  }
  take(ARENA, block, blockSize, needed);
  return block + BLOCK_OVERHEAD;
}

/** Bytes that fit the block at `address`; at least what was asked for. */
// @ts-ignore: decorator
@inline
export function capacityOf(address: usize): u32 {
  return sizeOf(address - BLOCK_OVERHEAD) - BLOCK_OVERHEAD;
}

/** Bytes a block costs its arena, header included. */
// @ts-ignore: decorator
@inline
export function costOf(address: usize): u32 {
  return sizeOf(address - BLOCK_OVERHEAD);
}

/** Debug builds stop here on an address that was never allocated or is free already; release builds trust the caller. */
// @ts-ignore: decorator
@inline
function assertAllocated(block: usize): void {
  if (ASC_NO_ASSERT) return;
  assert(block >= HEAP_START && block < <usize>load<u32>(HEAP_END) && (block & 7) == 4, 'not an address of this arena');
  assert(sizeOf(block) >= MIN_BLOCK && !(load<u32>(block) & FREE), 'freed twice, or never allocated');
}

/** Gives a block back, merging it with free neighbours. O(1). */
export function free(address: usize): void {
  changing(1);
  freeIn(ARENA, address);
  changing(0);
}

/** `free` in the heap that the block is of. */
export function freeIn(heap: usize, address: usize): void {
  let block = address - BLOCK_OVERHEAD;
  assertAllocated(block);
  const header = load<u32>(block);
  let size = header & ~FLAGS;
  store<u32>(heap, load<u32>(heap, USED_BYTES) - size, USED_BYTES);
  store<u32>(heap, load<u32>(heap, BLOCK_COUNT) - 1, BLOCK_COUNT);

  const next = block + size;
  const nextHeader = load<u32>(next);
  if (nextHeader & FREE) {
    const nextSize = nextHeader & ~FLAGS;
    unlink(heap, next, nextSize);
    size += nextSize;
  }
  let prevFree: u32 = 0;
  if (header & PREV_FREE) {
    const before: usize = load<u32>(block - 4);
    const beforeSize = sizeOf(before);
    prevFree = load<u32>(before) & PREV_FREE;
    unlink(heap, before, beforeSize);
    size += beforeSize;
    block = before;
  }
  makeFree(heap, block, size, prevFree);
}

/**
 * Resizes a block, in place where it shrinks or its neighbour is free, else by copying.
 * 0 when the budget is full; the old block is then untouched.
 */
export function realloc(address: usize, size: u32): usize {
  const needed = blockSizeFor(size);
  if (!needed) return 0;
  const block = address - BLOCK_OVERHEAD;
  assertAllocated(block);
  const header = load<u32>(block);
  const current = header & ~FLAGS;
  if (needed <= current) {
    if (current - needed >= MIN_BLOCK) shrinkInPlace(block, current, needed);
    return address;
  }
  const next = block + current;
  let nextSize = freeSizeOf(next);
  // The last block, when no free block elsewhere could take it, grows with the heap instead of moving to its end.
  if (current + nextSize < needed && endsHeap(next + nextSize) && !find(ARENA, needed)) {
    if (!grow(max<u32>(needed - current, MIN_BLOCK))) return 0;
    nextSize = freeSizeOf(next);
  }
  if (current + nextSize >= needed) {
    unlink(ARENA, next, nextSize);
    const total = current + nextSize;
    store<u32>(USED_BYTES, load<u32>(USED_BYTES) - current);
    store<u32>(BLOCK_COUNT, load<u32>(BLOCK_COUNT) - 1);
    take(ARENA, block, total, needed);
    return address;
  }
  const moved = alloc(size);
  if (!moved) return 0;
  memory.copy(moved, address, current - BLOCK_OVERHEAD);
  free(address);
  return moved;
}

/** Size of the block when it is free, else 0. */
// @ts-ignore: decorator
@inline
function freeSizeOf(block: usize): u32 {
  const header = load<u32>(block);
  return header & FREE ? header & ~FLAGS : 0;
}

// @ts-ignore: decorator
@inline
function endsHeap(block: usize): bool {
  return sizeOf(block) == 0;
}

function shrinkInPlace(block: usize, current: u32, needed: u32): void {
  store<u32>(block, needed | (load<u32>(block) & PREV_FREE));
  store<u32>(USED_BYTES, load<u32>(USED_BYTES) - (current - needed));
  let tail = block + needed;
  let tailSize = current - needed;
  const next = block + current;
  const nextHeader = load<u32>(next);
  if (nextHeader & FREE) {
    const nextSize = nextHeader & ~FLAGS;
    unlink(ARENA, next, nextSize);
    tailSize += nextSize;
  }
  makeFree(ARENA, tail, tailSize, 0);
}

/** Address just past the last byte in use: what a snapshot has to hold. */
export function top(): usize {
  const end: usize = load<u32>(HEAP_END);
  const sentinel = end - BLOCK_OVERHEAD;
  return load<u32>(sentinel) & PREV_FREE ? <usize>load<u32>(sentinel - 4) + 16 : end;
}

/** The free block that ends the heap, or 0. A snapshot carries it so that `repair` can close the heap again. */
export function tail(): usize {
  const sentinel: usize = load<u32>(HEAP_END) - BLOCK_OVERHEAD;
  return load<u32>(sentinel) & PREV_FREE ? <usize>load<u32>(sentinel - 4) : 0;
}

/** After the bytes below `top` were copied in: rewrites what lies above it, the last footer and the sentinel. */
export function repair(tail: usize): void {
  const sentinel: usize = load<u32>(HEAP_END) - BLOCK_OVERHEAD;
  store<u32>(sentinel, tail ? PREV_FREE : 0);
  if (tail) store<u32>(sentinel - 4, <u32>tail);
}

/** Ends the heap at `end` instead, inside its free tail: at least 20 bytes above where the tail begins. */
export function trimTail(tail: usize, end: usize): void {
  const size = sizeOf(tail);
  unlink(ARENA, tail, size);
  const sentinel = (end & ~7) - BLOCK_OVERHEAD;
  store<u32>(sentinel, 0);
  store<u32>(HEAP_END, <u32>(sentinel + BLOCK_OVERHEAD));
  makeFree(ARENA, tail, <u32>(sentinel - tail), load<u32>(tail) & PREV_FREE);
}

/** Longest request that could succeed without growing; for diagnostics. Walks the heap. */
export function largestFree(): u32 {
  let largest: u32 = 0;
  for (let block = HEAP_START; sizeOf(block); block = after(block)) {
    if (load<u32>(block) & FREE) largest = max(largest, sizeOf(block) - BLOCK_OVERHEAD);
  }
  return largest;
}

/** 0 when every invariant holds, else the number of the first one broken. O(blocks). */
export function check(): i32 {
  return checkIn(ARENA);
}

/** `check` of the heap at an address. */
export function checkIn(heap: usize): i32 {
  const end: usize = load<u32>(heap, HEAP_END);
  let block = firstBlock(heap);
  let used = <u32>(block - heap) + BLOCK_OVERHEAD;
  let allocated: u32 = 0;
  let freeBlocks: u32 = 0;
  let previousFree = false;
  while (sizeOf(block)) {
    const header = load<u32>(block);
    const size = sizeOf(block);
    if (size < MIN_BLOCK || size & 7 || block + size > end - BLOCK_OVERHEAD) return 1;
    if (previousFree != ((header & PREV_FREE) != 0)) return 2;
    if (header & FREE) {
      if (previousFree) return 3;
      if (load<u32>(block + size - 4) != <u32>block) return 4;
      freeBlocks++;
    } else {
      used += size;
      allocated++;
    }
    previousFree = (header & FREE) != 0;
    block += size;
  }
  if (block + BLOCK_OVERHEAD != end) return 5;
  if (previousFree != ((load<u32>(block) & PREV_FREE) != 0)) return 6;
  if (used != load<u32>(heap, USED_BYTES)) return 7;
  if (allocated != load<u32>(heap, BLOCK_COUNT)) return 8;
  return checkLists(heap, freeBlocks);
}

function checkLists(heap: usize, freeBlocks: u32): i32 {
  let listed: u32 = 0;
  for (let fl: u32 = 0; fl < FL_COUNT; fl++) {
    const sl = load<u32>(heap + SL_BITMAPS + (<usize>fl << 2));
    if ((sl != 0) != ((load<u32>(heap, FL_BITMAP) & (1 << fl)) != 0)) return 9;
    for (let i: u32 = 0; i < SL_COUNT; i++) {
      const sizeClass = (fl << SL_BITS) | i;
      let block: usize = load<u32>(headOf(heap, sizeClass));
      if ((block != 0) != ((sl & (1 << i)) != 0)) return 10;
      let previous: usize = 0;
      for (; block; block = load<u32>(block, NEXT)) {
        if (!(load<u32>(block) & FREE) || classOf(sizeOf(block)) != sizeClass) return 11;
        if (load<u32>(block, PREV) != <u32>previous) return 12;
        if (++listed > freeBlocks) return 13;
        previous = block;
      }
    }
  }
  return listed == freeBlocks ? 0 : 14;
}
