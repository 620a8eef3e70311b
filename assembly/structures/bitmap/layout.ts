// Where everything stands in a roaring bitmap.
//
// Root, ROOT_BYTES:
//
//   offset  size  meaning
//        0     4  keys: address of u16 keys, ascending; 0 while there is no container
//        4     4  entries: address of the containers' entries, in the same order; 0 likewise
//        8     4  count: containers
//       12     4  capacity: containers there is room for
//       16     8  size: values, u64, for there may be 2^32
//       24     4  version: grows with every change of the values, so that an iteration notices
//       28     4  unused
//
// The key of a value is its upper half; a container holds the lower halves, u16, of the values of one key.
//
// Entry, ENTRY_BYTES: u32 data, address of the block; u32 meta, values − 1 in bits 0 to 15, kind from bit 16 on.
//
//   array   u16 values, ascending, 1 to 4096
//   bitmap  65 536 bits, the lowest of each byte first; more than 4096 are set
//   run     u32 runs, 1 to 2047; for each u16 start, u16 length − 1; ascending, with a gap between any two
//
// A block may be longer than what it holds: the allocator knows by how much.
//
// Work area of an operation on two containers, WORK_BYTES:
//
//        0  16384  an array as runs, or values, or a bitmap
//    16384  32768  runs, or a bitmap
//    49152     16  one run

import { free } from '../../memory/arena/allocator';

export const KEYS: usize = 0;
export const ENTRIES: usize = 4;
export const COUNT: usize = 8;
export const CAPACITY: usize = 12;
export const SIZE: usize = 16;
export const VERSION: usize = 24;
export const ROOT_BYTES: u32 = 32;

export const ENTRY_SHIFT: u32 = 3;
export const META: usize = 4;
export const RUNS: usize = 4;

export const ARRAY: u32 = 0;
export const BITMAP: u32 = 1;
export const RUN: u32 = 2;

export const MOST_IN_ARRAY: u32 = 4096;
export const MOST_RUNS: u32 = 2047;
export const BITMAP_BYTES: u32 = 8192;
export const MOST_CONTAINERS: u32 = 65536;

export const WORK_SECOND: usize = 16384;
export const WORK_RUN: usize = 49152;
export const WORK_BYTES: u32 = 49168;

/** Statuses. */
export const FULL: i32 = -1;

/** What an operation on two containers gives: meta above data. No block stands at these addresses. */
export const NOTHING: u64 = 0;
export const NO_ROOM: u64 = 1;

// @ts-ignore: decorator
@inline
export function cardinalityOf(meta: u32): u32 {
  return (meta & 0xffff) + 1;
}

// @ts-ignore: decorator
@inline
export function kindOf(meta: u32): u32 {
  return meta >> 16;
}

// @ts-ignore: decorator
@inline
export function metaOf(kind: u32, cardinality: u32): u32 {
  return (kind << 16) | (cardinality - 1);
}

// @ts-ignore: decorator
@inline
export function packed(data: usize, kind: u32, cardinality: u32): u64 {
  return (<u64>metaOf(kind, cardinality) << 32) | <u64>data;
}

// @ts-ignore: decorator
@inline
export function dataIn(container: u64): usize {
  return <usize>(<u32>container);
}

// @ts-ignore: decorator
@inline
export function metaIn(container: u64): u32 {
  return <u32>(container >> 32);
}

// @ts-ignore: decorator
@inline
export function keyAt(root: usize, index: u32): u32 {
  return load<u16>(<usize>load<u32>(root, KEYS) + (<usize>index << 1));
}

// @ts-ignore: decorator
@inline
export function entryAt(root: usize, index: u32): usize {
  return <usize>load<u32>(root, ENTRIES) + (<usize>index << ENTRY_SHIFT);
}

/** Lower half `i` of an array. */
// @ts-ignore: decorator
@inline
export function lowAt(data: usize, i: u32): u32 {
  return load<u16>(data + (<usize>i << 1));
}

/** Address of run `i`. */
// @ts-ignore: decorator
@inline
export function runAt(data: usize, i: u32): usize {
  return data + RUNS + (<usize>i << 2);
}

// @ts-ignore: decorator
@inline
export function startOf(run: usize): u32 {
  return load<u16>(run);
}

/** Last value of a run. */
// @ts-ignore: decorator
@inline
export function lastOf(run: usize): u32 {
  return <u32>load<u16>(run) + <u32>load<u16>(run, 2);
}

// @ts-ignore: decorator
@inline
export function putRun(run: usize, start: u32, last: u32): void {
  store<u32>(run, start | ((last - start) << 16));
}

/** Bytes that hold so many values of this kind. */
export function bytesFor(data: usize, meta: u32): u32 {
  const kind = kindOf(meta);
  if (kind == ARRAY) return cardinalityOf(meta) << 1;
  return kind == BITMAP ? BITMAP_BYTES : <u32>RUNS + (load<u32>(data) << 2);
}

/** Values changed. */
// @ts-ignore: decorator
@inline
export function touch(root: usize): void {
  store<u32>(root, load<u32>(root, VERSION) + 1, VERSION);
}

/** Gives a packed container back. */
export function drop(container: u64): void {
  const data = dataIn(container);
  if (data > 1) free(data);
}
