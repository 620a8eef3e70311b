// Where everything of a byte cache is. Nothing below is repeated elsewhere.
//
// A cache is one block of the arena, as large as its budget: a root of 64 bytes, then segments of equal size. A segment is
// a heap of its own (`makeHeap`), whose header leaves room for what the segment knows of itself; its index, its ghosts and
// its entries are blocks of that heap. A key belongs to the segment that the first bits of its hash say.
//
// Root:
//
//     offset  size  meaning
//          0     4  policy: 0 LRU, 1 SIEVE, 2 S3-FIFO
//          4     4  log2 of the number of segments
//          8     4  bytes of a segment
//         12     4  1 once an entry was stored that expires
//         16     8  u64: seed of the hash
//         24     8  f64: default time to live, in milliseconds; 0 for none
//         32    32  zero
//
// Segment, from its address:
//
//     offset  size  meaning
//          0    32  zero; for a lock, where the memory is shared
//         32  3368  header of the heap
//       3400     4  entries
//       3404     4  buckets
//       3408     4  address of the directory: the address of each page of 128 buckets
//       3412     4  pages there is room for in the directory
//       3416     8  newest and oldest entry of the main queue
//       3424     4  SIEVE: the entry the hand is at, or 0
//       3428     8  S3-FIFO: newest and oldest entry of the small queue
//       3436     4  bytes of the entries in the small queue
//       3440     8  address of the ghosts, and their number of buckets less one
//       3448     4  bucket to search for expired entries next
//       3456    48  f64 each: hits, misses, stored, evicted, expired, rejected
//
// The index is linear hashing (W. Litwin, 1980): one bucket more for each entry more, so that no operation waits for a
// table to grow. Entries of a bucket are a chain.
//
// Entry, 24 bytes, then 8 when it expires, then the key, then the value:
//
//     offset  size  meaning
//          0     4  address of the next entry of the bucket, or 0
//          4     4  hash
//          8     4  address of the entry that is newer in its queue, or 0
//         12     4  address of the entry that is older, or 0
//         16     1  how often it was used, up to 1 (SIEVE) or 3 (S3-FIFO)
//         17     1  flags: 1 it expires, 2 it is in the small queue
//         18     2  bytes of the key
//         20     4  bytes of the value
//         24     8  f64: the moment it expires

export const LRU: u32 = 0;
export const SIEVE: u32 = 1;
export const S3_FIFO: u32 = 2;

export const POLICY: usize = 0;
export const SEGMENT_LOG: usize = 4;
export const SEGMENT_BYTES: usize = 8;
export const EXPIRING: usize = 12;
export const SEED: usize = 16;
export const TTL: usize = 24;
export const ROOT_BYTES: u32 = 64;

export const COUNT: usize = 3400;
export const BUCKETS: usize = 3404;
export const PAGES: usize = 3408;
export const PAGE_ROOM: usize = 3412;
export const NEWEST: usize = 3416;
export const OLDEST: usize = 3420;
export const HAND: usize = 3424;
export const SMALL_NEWEST: usize = 3428;
export const SMALL_OLDEST: usize = 3432;
export const SMALL_BYTES: usize = 3436;
export const GHOSTS: usize = 3440;
export const GHOST_MASK: usize = 3444;
export const CRAWLER: usize = 3448;
export const HITS: usize = 3456;
export const MISSES: usize = 3464;
export const STORED: usize = 3472;
export const EVICTED: usize = 3480;
export const EXPIRED: usize = 3488;
export const REJECTED: usize = 3496;

export const CHAIN: usize = 0;
export const HASH: usize = 4;
export const NEWER: usize = 8;
export const OLDER: usize = 12;
export const USED: usize = 16;
export const FLAGS: usize = 17;
export const KEY_BYTES: usize = 18;
export const VALUE_BYTES: usize = 20;
export const EXPIRY: usize = 24;

export const EXPIRES: u32 = 1;
export const SMALL: u32 = 2;

// @ts-ignore: decorator
@inline
export function flagsOf(entry: usize): u32 {
  return load<u8>(entry, FLAGS);
}

// @ts-ignore: decorator
@inline
export function keyOf(entry: usize): usize {
  return entry + 24 + (<usize>(flagsOf(entry) & EXPIRES) << 3);
}

// @ts-ignore: decorator
@inline
export function valueOf(entry: usize): usize {
  return keyOf(entry) + load<u16>(entry, KEY_BYTES);
}

/** Bytes of an entry. */
// @ts-ignore: decorator
@inline
export function sizeFor(keyBytes: u32, valueBytes: u32, expires: bool): u32 {
  return 24 + (<u32>expires << 3) + keyBytes + valueBytes;
}

// @ts-ignore: decorator
@inline
export function add(segment: usize, counter: usize): void {
  store<f64>(segment + counter, load<f64>(segment + counter) + 1);
}
