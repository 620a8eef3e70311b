// Where everything of a shared hash table is, and in which order it changes. Nothing below is repeated elsewhere.
//
// A table is one block of the arena: a root of 64 bytes, then segments of equal size. A segment is a heap of its own
// (`makeHeap`), in which its index and its entries are blocks, and behind it a bit for each 8 bytes of the heap. A key
// belongs to the segment that the first bits of its hash say.
//
// Root:
//
//     offset  size  meaning
//          4     4  log2 of the number of segments
//          8     4  bytes of a segment
//         12     4  bytes of its heap
//         16     8  u64: seed of the hash
//
// Segment, from its address:
//
//     offset  size  meaning
//          0    32  lock: see sync/lock.ts
//         32  3368  header of the heap
//       3400     4  entries
//       3404     4  buckets
//       3408     4  address of the directory: u32 room, then the address of each page of 128 buckets
//       3412     4  1 while the segment is laid out: it is empty then
//       3416     4  1 + entries of the bucket that is split, while it is, else 0
//       3420     4  the bucket that is new
//       3424   352  addresses of those entries
//
// Entry: u32 next of its bucket, u32 hash, u32 bytes of the key, u32 bytes of the value, key, value.
//
// What is done by one word. A set writes an entry, then its address into the cell that had the one before; a delete writes
// the next one's. Only then is the old entry freed. So the index is whole at every moment, and a thread that dies has
// done all or nothing. What it may leave is blocks that nobody has, a wrong count, and a heap half-changed: `mend` lays
// the heap out anew around what can be reached. Two things are done by more than one word, and say so before: a segment
// that is laid out, which is done again; and a bucket that is split, which is done again from the list of its entries.

export const SEGMENT_LOG: usize = 4;
export const SEGMENT_BYTES: usize = 8;
export const HEAP_BYTES: usize = 12;
export const SEED: usize = 16;
export const ROOT_BYTES: u32 = 64;

export const COUNT: usize = 3400;
export const BUCKETS: usize = 3404;
export const PAGES: usize = 3408;
export const MAKING: usize = 3412;
export const SPLITTING: usize = 3416;
export const SPLIT_BUCKET: usize = 3420;
export const SPLIT_LIST: usize = 3424;
/** A bucket of more entries is not split. */
export const MOST_SPLIT: u32 = 88;

export const CHAIN: usize = 0;
export const HASH: usize = 4;
export const KEY_BYTES: usize = 8;
export const VALUE_BYTES: usize = 12;
export const ENTRY_BYTES: u32 = 16;

// @ts-ignore: decorator
@inline
export function keyOf(entry: usize): usize {
  return entry + ENTRY_BYTES;
}

// @ts-ignore: decorator
@inline
export function valueOf(entry: usize): usize {
  return entry + ENTRY_BYTES + load<u32>(entry, KEY_BYTES);
}

/** Writes a word after everything that was written before. */
// @ts-ignore: decorator
@inline
export function publish(address: usize, word: u32): void {
  if (ASC_FEATURE_THREADS) atomic.store<u32>(address, word);
  else store<u32>(address, word);
}
