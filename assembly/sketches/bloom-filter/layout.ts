// What a filter is in memory. The same 64 bytes stand before the cells of a filter in its arena and in its
// serialised form, so that one is a copy of the other.
//
//   offset  size  meaning
//        0     4  magic "ABLM"
//        4     2  version, 1
//        6     2  variety: 1 classic, 2 blocked, 3 counting
//        8     4  cells: bits (classic), blocks of 64 bytes (blocked), 4-bit counters (counting)
//       12     4  k: cells a key
//       16     8  seed of xxh64
//       24     8  capacity: keys the filter was sized for, f64
//       32     8  rate: its false-positive rate at that many keys, f64
//       40     8  additions: keys that changed a cell when they were added, less deletions, f64
//       48     8  zero
//       56     8  zero in the arena; in bytes, xxh64 of all others with these as zero
//       64     …  cells
//
// A series of filters (the scalable one) is a block of its own:
//
//   offset  size  meaning
//        0     8  magic, version, variety 4
//        8     4  layers
//       12     4  zero
//       16     8  seed
//       24     8  capacity of the first layer, f64
//       32     8  rate of the whole series, f64
//       40     8  growth: capacity of a layer over that of the one before, f64
//       48     8  tightening: the same for rates, f64
//       56     8  as above
//       64  32×4  addresses of the layers, the oldest first; in bytes, the layers themselves stand here

export const MAGIC_VALUE: u32 = 0x4d4c4241;
export const VERSION: u32 = 1;
export const CLASSIC: u32 = 1;
export const BLOCKED: u32 = 2;
export const COUNTING: u32 = 3;
export const SERIES: u32 = 4;

export const MAGIC: usize = 0;
export const VARIETY: usize = 4;
export const CELLS: usize = 8;
export const K: usize = 12;
export const SEED: usize = 16;
export const CAPACITY: usize = 24;
export const RATE: usize = 32;
export const ADDITIONS: usize = 40;
export const CHECKSUM: usize = 56;
export const DATA: usize = 64;

export const LAYERS: usize = 8;
export const GROWTH: usize = 40;
export const TIGHTENING: usize = 48;
export const LAYER_TABLE: usize = 64;
export const MAX_LAYERS: u32 = 32;
export const SERIES_BYTES: u32 = 64 + MAX_LAYERS * 4;

// @ts-ignore: decorator
@inline
export function varietyOf(filter: usize): u32 {
  return load<u16>(filter, VARIETY + 2);
}

/** Bytes of the cells. */
export function dataBytes(filter: usize): u32 {
  const cells = load<u32>(filter, CELLS);
  const variety = varietyOf(filter);
  return variety == CLASSIC ? cells >> 3 : variety == BLOCKED ? cells << 6 : cells >> 1;
}

// @ts-ignore: decorator
@inline
export function noteAdditions(filter: usize, count: i32): void {
  store<f64>(filter, load<f64>(filter, ADDITIONS) + <f64>count, ADDITIONS);
}
