// What a hash table looks like in memory. Every file of this folder takes its offsets from here.
//
//   table ──► directory of 2^depth u32 ──► segments ──► entries
//
// Extendible hashing (Fagin et al., 1979): the top `depth` bits of a 32-bit hash choose a directory cell, the cell
// names a segment, and the segment places the entry by the remaining bits. A full segment of fewer than
// MAX_SLOTS slots is rebuilt larger; a full segment of MAX_SLOTS is split in two by its next hash bit. No step ever
// touches more than one segment (and, rarely, the directory, whose copy is a few kilobytes), so no operation stalls.
//
// Everything is ordered by hash: the directory, and the home positions within a segment. A cursor that is a hash
// value therefore survives any growth, and scans visit each lasting entry exactly once.

/** The handle. */
@unmanaged
export class Table {
  /** Which strategy places entries in a segment: LINEAR … CHAINED. */
  probing: u32;
  /** Which hash function: SIPHASH … DJB2. */
  hashKind: u32;
  /** Live entries. */
  count: u32;
  /** Address of 2^depth u32 segment addresses. */
  directory: u32;
  depth: u32;
  /** Counts mutations that may move or free an entry; iterators compare it. */
  version: u32;
  /** A segment is full at slots × loadFactor ÷ 256. */
  loadFactor: u32;
  segments: u32;
  seed0: u64;
  seed1: u64;
  /** Bytes of all entry blocks, allocator overhead included. */
  entryBytes: u64;
  /** Bytes of all segment blocks. */
  segmentBytes: u32;
  /** Entries that carry an expiry (a keyspace uses it). */
  volatileCount: u32;
}

/** Header of a segment; its slots follow. */
@unmanaged
export class Segment {
  slots: u32;
  /** Live entries in this segment. */
  used: u32;
  /** Tombstones (quadratic and swiss only). */
  dead: u32;
  /** How many leading hash bits all entries of this segment share. */
  localDepth: u32;
}

export const SEGMENT_HEADER: usize = 16;

// A slot of the open-addressing strategies: u32 hash, u32 entry address. Entries are 8-aligned, so the low three bits
// of the address are free: bit 0 marks an entry with an expiry. Address 0 is an empty slot, TOMBSTONE a deleted one.
export const SLOT_BYTES: usize = 8;
export const SLOT_ENTRY: usize = 4;
export const TAG_MASK: u32 = 7;
export const TAG_VOLATILE: u32 = 1;
export const TOMBSTONE: u32 = 4;

export const LINEAR: u32 = 0;
export const QUADRATIC: u32 = 1;
export const ROBIN_HOOD: u32 = 2;
export const SWISS: u32 = 3;
export const CHAINED: u32 = 4;

export const SIPHASH: u32 = 0;
export const XXH64: u32 = 1;
export const MURMUR3: u32 = 2;
export const FNV1A: u32 = 3;
export const DJB2: u32 = 4;

/** A segment of this many slots splits instead of growing: rebuilding one takes some ten microseconds. */
export const MAX_SLOTS: u32 = 2048;
export const MIN_SLOTS: u32 = 16;
/** The directory never exceeds 2^MAX_DEPTH cells. */
export const MAX_DEPTH: u32 = 22;

/** Home position of a hash among `count` positions: order-preserving, and `count` need not be a power of two. */
// @ts-ignore: decorator
@inline
export function homeOf(hash: u32, localDepth: u32, count: u32): u32 {
  return <u32>((<u64>(hash << localDepth) * count) >> 32);
}

// @ts-ignore: decorator
@inline
export function slotAt(segment: usize, index: u32): usize {
  return segment + SEGMENT_HEADER + <usize>index * SLOT_BYTES;
}
