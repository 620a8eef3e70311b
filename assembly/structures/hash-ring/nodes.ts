// The nodes of a ring or of a Maglev table: names and weights in slots. A node keeps its slot as long as it lives.
//
// Root, of a ring (ring.ts) or a table (maglev.ts):
//
//   offset  size  meaning
//        0     4  address of the slots, 0 when there are none
//        4     4  slots in use: the highest that holds a node, and 1
//        8     4  slots there is room for
//       12     4  nodes
//       16     8  seed of xxh64
//       24     8  sum of all loads, f64 (ring)
//       32     4  ring: hash and rule of placement (XXH64, MD5, KETAMA)
//       36     4  ring: points of a node of weight 1; table: entries, a prime
//       40     4  ring: address of the points; table: address of the entries
//       44     4  ring: points; table: 1 when the entries are out of date
//       48     4  ring: address of the index; table: address of the slots in the order of their names
//       52     4  ring: bits a hash is shifted right by to find its bucket of the index; table: room for that order
//       56     4  ring: number of the last walk
//       60     4  unused
//       64   144  work space of MD5
//      208     8  sum of the weights of nodes that have points, f64 (ring)
//
// A slot:
//
//   offset  size  meaning
//        0     4  address of the name, 0 when the slot is free
//        4     4  bytes of the name
//        8     8  weight, f64, above 0; 0 while the node is being removed
//       16     8  load, f64 (ring)
//       24     8  xxh64 of the name
//       32     4  ring: points that are in the ring; table: next entry of its permutation
//       36     4  ring: points there should be; table: step of its permutation
//       40     4  ring: number of the last walk that met it
//       44     4  unused
//       48     8  table: turns it has had, times the highest weight, f64

import { alloc, free, realloc } from '../../memory/arena/allocator';
import { MD5_WORK_BYTES } from '../../hash/md5';
import { xxh64 } from '../../hash/xxh64';
import { copyBytes } from '../../memory/bytes';

const SLOT_LIST: usize = 0;
export const SLOTS: usize = 4;
const CAPACITY: usize = 8;
export const NODES: usize = 12;
export const SEED: usize = 16;
export const TOTAL_LOAD: usize = 24;
export const RULE: usize = 32;
export const SCALE: usize = 36;
export const PLACES: usize = 40;
export const PLACE_COUNT: usize = 44;
export const INDEX: usize = 48;
export const SHIFT: usize = 52;
export const WALK: usize = 56;
export const WORK: usize = 64;
export const WEIGHTS: usize = 208;
export const ROOT_BYTES: u32 = 64 + MD5_WORK_BYTES + 8;

export const NAME: usize = 0;
export const NAME_BYTES: usize = 4;
export const WEIGHT: usize = 8;
export const LOAD: usize = 16;
export const NAME_HASH: usize = 24;
export const POINTS: usize = 32;
export const WANTED: usize = 36;
export const MET: usize = 40;
export const TURNS: usize = 48;
const SLOT_BYTES: u32 = 56;

// @ts-ignore: decorator
@inline
export function slotAt(root: usize, slot: u32): usize {
  return <usize>load<u32>(root, SLOT_LIST) + <usize>slot * SLOT_BYTES;
}

/** Puts a node into a free slot; false when the arena is full. */
export function putNode(root: usize, slot: u32, from: usize, size: u32, weight: f64): bool {
  if (!reserve(root, slot + 1)) return false;
  const name = alloc(max<u32>(size, 1));
  if (!name) return false;
  copyBytes(name, from, size);
  const at = slotAt(root, slot);
  memory.fill(at, 0, SLOT_BYTES);
  store<u32>(at, <u32>name, NAME);
  store<u32>(at, size, NAME_BYTES);
  store<f64>(at, weight, WEIGHT);
  store<u64>(at, xxh64(from, size, load<u64>(root, SEED)), NAME_HASH);
  store<u32>(root, load<u32>(root, NODES) + 1, NODES);
  store<u32>(root, max(load<u32>(root, SLOTS), slot + 1), SLOTS);
  return true;
}

function reserve(root: usize, slots: u32): bool {
  const capacity = load<u32>(root, CAPACITY);
  if (slots <= capacity) return true;
  const next = max<u32>(slots, max<u32>(8, capacity << 1));
  const old = load<u32>(root, SLOT_LIST);
  const list = old ? realloc(old, next * SLOT_BYTES) : alloc(next * SLOT_BYTES);
  if (!list) return false;
  memory.fill(list + <usize>capacity * SLOT_BYTES, 0, <usize>(next - capacity) * SLOT_BYTES);
  store<u32>(root, <u32>list, SLOT_LIST);
  store<u32>(root, next, CAPACITY);
  return true;
}

/** Frees a slot; the slots in use end with one that holds a node. */
export function dropNode(root: usize, slot: u32): void {
  const at = slotAt(root, slot);
  free(load<u32>(at, NAME));
  memory.fill(at, 0, SLOT_BYTES);
  store<u32>(root, load<u32>(root, NODES) - 1, NODES);
  let slots = load<u32>(root, SLOTS);
  while (slots && !load<u32>(slotAt(root, slots - 1), NAME)) slots--;
  store<u32>(root, slots, SLOTS);
}

export function dropAllNodes(root: usize): void {
  for (let slot: u32 = 0; slot < load<u32>(root, SLOTS); slot++) {
    const name = load<u32>(slotAt(root, slot), NAME);
    if (name) free(name);
  }
  const list = load<u32>(root, SLOT_LIST);
  if (list) free(list);
  store<u32>(root, 0, SLOT_LIST);
  store<u32>(root, 0, SLOTS);
  store<u32>(root, 0, CAPACITY);
  store<u32>(root, 0, NODES);
}

/** Order of two nodes by the bytes of their names: below 0, above 0; 0 for a node and itself. */
export function compareNames(a: usize, b: usize): i32 {
  const sizeA = load<u32>(a, NAME_BYTES);
  const sizeB = load<u32>(b, NAME_BYTES);
  const difference = memory.compare(load<u32>(a, NAME), load<u32>(b, NAME), min(sizeA, sizeB));
  return difference ? difference : <i32>(sizeA > sizeB) - <i32>(sizeA < sizeB);
}

/** Spreads every bit over the result (the finalizer of splitmix64). */
// @ts-ignore: decorator
@inline
export function mix(x: u64): u64 {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

/** 0, or which invariant of the slots is broken. */
export function checkNodes(root: usize): i32 {
  const slots = load<u32>(root, SLOTS);
  let nodes: u32 = 0;
  if (slots > load<u32>(root, CAPACITY)) return 1;
  if (slots && !load<u32>(slotAt(root, slots - 1), NAME)) return 2;
  for (let slot: u32 = 0; slot < slots; slot++) {
    const at = slotAt(root, slot);
    if (!load<u32>(at, NAME)) continue;
    nodes++;
    if (!(load<f64>(at, WEIGHT) > 0)) return 3;
    if (xxh64(load<u32>(at, NAME), load<u32>(at, NAME_BYTES), load<u64>(root, SEED)) != load<u64>(at, NAME_HASH)) return 4;
  }
  return nodes == load<u32>(root, NODES) ? 0 : 5;
}
