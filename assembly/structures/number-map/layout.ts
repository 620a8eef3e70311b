// Where everything stands in a number map. One source for both kinds: `K` is u32 (U32Map) or u64
// (F64Map, whose keys are the normalised bits of an f64).
//
// Map header, HEADER_BYTES:
//
//   offset  size  meaning
//        0     4  directory: address of 2^depth entries of eight bytes
//        4     4  shift: 64 − depth of the directory; depth is at least 1
//        8     4  count: entries in the map
//       12     4  mutations: goes up with each set, delete and clear
//       16    24  key of the hash: three u64 (hash.ts)
//       40     4  bytes: what the map costs its arena, allocator headers included
//       44     4  segments
//       48     4  phase: state of the generator that staggers the segments' sizes
//       52     4  size of a key in bytes, 4 or 8
//
// Directory entry, a u64; entry i stands for all hashes whose top bits are i:
//
//     bits  0–4   depth of the segment: how many top bits its hashes share
//     bits  5–31  origin: where bucket 0 of the map would be, were all of it as dense as this segment
//     bits 32–63  scale: how many buckets the map would have then, (buckets of the segment) << depth
//
// So one multiplication takes a hash to its bucket: origin + ((top 32 bits × scale) >> 32) buckets.
// A segment of depth d stands in 2^(directory depth − d) neighbouring entries, all alike.
//
// Segment: its buckets, then a trailer. The whole is sized so that the allocator's four-byte header
// makes it a multiple of the bucket size, and neighbouring segments stay aligned without gaps.
//
//   ┌ bucket 0 ┬ bucket 1 ┬ … ┬ bucket n−1 ┬ u32 END ┬ u32 count ┬ u32 limit ┬ (unused) ┐
//
// END stands where a bucket would have its `taken` word, and tells a search that it has to go around.
//
// Bucket, 128 bytes, aligned to that: two cache lines that the processor fetches as a pair. The first
// begins with everything a search compares:
//
//   u32   ┌ taken u32 ┬ 10 keys u32 ┬ passed u32 ┬ 10 values f64 ┐
//   f64   ┌ taken u32 ┬ passed u32 ┬ 7 keys u64 ┬ 7 values f64 ┬ (8) ┐
//
//   Slots are numbered from 1, by their place among words of the key's size.
//   taken: bit s is set when slot s holds an entry.
//   passed: eight counters of four bits, one for each class (the low three bits of the hash): how many
//   entries of the class wanted this bucket or one before it and stand in one behind it. A search goes
//   on past a bucket only where the counter of its class is not 0. A counter that reaches 15 has lost
//   count and stays there until the segment is rebuilt.
//
// Why 128 bytes: at a load of 0.9 a search leaves its home for 18 % of the entries when buckets have 5
// slots, for 11 % when they have 10, and leaving home is what costs (a mispredicted branch, a cache miss).
//
// Invariants (`check` verifies them): an entry stands in the first bucket, from its home on and around
// the end of the segment, that had room when it came; homes ascend with the hash, so that the map as a
// whole is ordered by hash bucket by bucket.

export const DIRECTORY: usize = 0;
export const SHIFT: usize = 4;
export const COUNT: usize = 8;
export const MUTATIONS: usize = 12;
export const HASH_KEY: usize = 16;
export const BYTES: usize = 40;
export const SEGMENTS: usize = 44;
export const PHASE: usize = 48;
export const KEY_BYTES: usize = 52;
export const HEADER_BYTES: u32 = 56;

/** First word of a trailer: a bit that no `taken` word has. */
export const END: u32 = 0x8000_0000;
export const SEGMENT_COUNT: usize = 4;
export const SEGMENT_LIMIT: usize = 8;

export const BUCKET_BYTES: u32 = 128;

/** A segment that would hold more is split. Bounds the work of one `set`. */
export const MAX_SEGMENT_ENTRIES: u32 = 2048;

/** An insertion that has to look further than this many buckets splits the segment instead. */
export const MAX_PROBE: u32 = 128;

/** Splits that only relieve a crowded stretch may take the directory to this depth whatever the count. */
export const FREE_DEPTH: u32 = 16;
export const MAX_DEPTH: u32 = 20;

// @ts-ignore: decorator
@inline
export function slotsOf<K>(): u32 {
  return sizeof<K>() == 4 ? 10 : 7;
}

/** The `taken` word of a full bucket. */
// @ts-ignore: decorator
@inline
export function fullMask<K>(): u32 {
  return sizeof<K>() == 4 ? 0x7fe : 0xfe;
}

// @ts-ignore: decorator
@inline
export function keyAt<K>(bucket: usize, slot: u32): usize {
  return bucket + <usize>slot * sizeof<K>();
}

// @ts-ignore: decorator
@inline
export function valueAt<K>(bucket: usize, slot: u32): usize {
  return bucket + (sizeof<K>() == 4 ? 40 : 56) + (<usize>slot << 3);
}

/** Address of the bucket's counters. */
// @ts-ignore: decorator
@inline
export function passedAt<K>(bucket: usize): usize {
  return bucket + (sizeof<K>() == 4 ? 44 : 4);
}

/** The directory entry of a segment at this address whose hashes begin as `hash` does. */
export function entryOf<K>(segment: usize, buckets: u32, depth: u32, hash: u64): u64 {
  const origin = <u32>segment - prefixOf(hash, depth) * buckets * BUCKET_BYTES;
  return <u64>(origin | depth) | ((<u64>buckets << depth) << 32);
}

/** The top `depth` bits. */
// @ts-ignore: decorator
@inline
function prefixOf(hash: u64, depth: u32): u32 {
  return <u32>((hash >> 1) >> (63 - depth));
}

// @ts-ignore: decorator
@inline
export function depthOf(entry: u64): u32 {
  return <u32>entry & 31;
}

// @ts-ignore: decorator
@inline
export function scaleOf(entry: u64): u64 {
  return entry >> 32;
}

// @ts-ignore: decorator
@inline
export function bucketsOf(entry: u64): u32 {
  return <u32>(scaleOf(entry) >> depthOf(entry));
}

/** Address of the segment; `hash` is any of its hashes. */
// @ts-ignore: decorator
@inline
export function segmentOf<K>(entry: u64, hash: u64): usize {
  const first = prefixOf(hash, depthOf(entry)) * bucketsOf(entry);
  return <usize>((<u32>entry & ~31) + first * BUCKET_BYTES);
}

// @ts-ignore: decorator
@inline
export function directoryOf(map: usize): usize {
  return load<u32>(map, DIRECTORY);
}

/** The directory entry of the segment a hash belongs to. */
// @ts-ignore: decorator
@inline
export function entryFor(map: usize, hash: u64): u64 {
  return load<u64>(directoryOf(map) + (<usize>(hash >> load<u32>(map, SHIFT)) << 3));
}

/** Address of the bucket a hash belongs to. */
// @ts-ignore: decorator
@inline
export function homeOf<K>(hash: u64, entry: u64): usize {
  return <usize>((<u32>entry & ~31) + <u32>(((hash >> 32) * scaleOf(entry)) >> 32) * BUCKET_BYTES);
}

/** Index of that bucket in its segment. */
// @ts-ignore: decorator
@inline
export function homeIndex(hash: u64, entry: u64): u32 {
  return <u32>(((hash >> 32) * scaleOf(entry)) >> 32) - prefixOf(hash, depthOf(entry)) * bucketsOf(entry);
}

/** Address of the trailer; `hash` is any hash of the segment. */
// @ts-ignore: decorator
@inline
export function trailerOf<K>(entry: u64, hash: u64): usize {
  return segmentOf<K>(entry, hash) + bucketsOf(entry) * BUCKET_BYTES;
}

/** Lowest bit of the counter for the class of `hash`. */
// @ts-ignore: decorator
@inline
export function classBit(hash: u64): u32 {
  return (<u32>hash & 7) << 2;
}

/** Has an entry of this class passed over the bucket? */
// @ts-ignore: decorator
@inline
export function wasPassed<K>(bucket: usize, hash: u64): bool {
  return ((load<u32>(passedAt<K>(bucket)) >> classBit(hash)) & 15) != 0;
}

// @ts-ignore: decorator
@inline
export function directoryDepth(map: usize): u32 {
  return 64 - load<u32>(map, SHIFT);
}
