// What the three tries have in common: the header, the cell of a value, and upper bounds of weights.
//
//   header   offset  size  meaning
//            ──────  ────  ────────────────────────────────────────────────────────────────────
//                 0     4  flags: bits 0–1 which trie; STRING_KEYS, OBJECTS, WEIGHTED
//                 4     4  entries
//                 8     4  version: changes with every call that changes an entry
//                12     4  root: a node, or 0 when a radix trie is empty
//                16     8  bytes of all nodes and cells, allocator headers included; an f64
//                24  5 × 4  nodes of each kind: of a radix trie leaves, 4, 16, 48, 256; of the others the first counts all
//
//   cell     the f64 value; in a WEIGHTED trie its weight, an f64, behind it. In other tries the value is the weight.
//
// Every node that has others below it keeps an f32 at or above the weight of all entries below it, and at or above
// those bounds of its children. Setting raises bounds on its way down; nothing lowers them but a completion that looked.

import { alloc, costOf, free } from '../../memory/arena/allocator';

export const FLAGS: usize = 0;
export const COUNT: usize = 4;
export const VERSION: usize = 8;
export const ROOT: usize = 12;
export const DATA_BYTES: usize = 16;
export const NODES: usize = 24;
export const HEADER_BYTES: u32 = 44;

export const PLAIN: u32 = 0;
export const RADIX: u32 = 1;
export const TERNARY: u32 = 2;
export const TYPE: u32 = 3;
export const STRING_KEYS: u32 = 4;
export const OBJECTS: u32 = 8;
export const WEIGHTED: u32 = 16;

/** Longer keys are refused by the binding: a label's length has 24 bits. */
export const MAX_KEY_BYTES: u32 = 0xff_ffff;

export const FULL: i32 = -1;

// @ts-ignore: decorator
@inline
export function flagsOf(trie: usize): u32 {
  return load<u32>(trie, FLAGS);
}

// @ts-ignore: decorator
@inline
export function typeOf(trie: usize): u32 {
  return load<u32>(trie, FLAGS) & TYPE;
}

// @ts-ignore: decorator
@inline
export function cellBytesOf(flags: u32): u32 {
  return flags & WEIGHTED ? 16 : 8;
}

/** The weight at a cell; NaN counts as the lowest. */
// @ts-ignore: decorator
@inline
export function weightAt(flags: u32, cell: usize): f64 {
  const weight = load<f64>(cell + (flags & WEIGHTED ? 8 : 0));
  return weight == weight ? weight : -Infinity;
}

// @ts-ignore: decorator
@inline
export function putCell(flags: u32, cell: usize, value: f64, weight: f64): void {
  store<f64>(cell, value);
  if (flags & WEIGHTED) store<f64>(cell, weight, 8);
}

/** The least f32 that is not below a weight. */
export function boundOf(flags: u32, value: f64, weight: f64): f32 {
  return roundedUp(flags & WEIGHTED ? weight : value);
}

export function roundedUp(weight: f64): f32 {
  if (weight != weight) return -f32.POSITIVE_INFINITY;
  const near = <f32>weight;
  if (<f64>near >= weight) return near;
  const bits = reinterpret<u32>(near);
  // The next one up: away from zero when positive, towards it when negative, the smallest positive after −0.
  if (bits == 0x8000_0000) return reinterpret<f32>(1);
  return reinterpret<f32>(bits & 0x8000_0000 ? bits - 1 : bits + 1);
}

/** A block of the trie's; 0 when the budget is full. */
export function take(trie: usize, bytes: u32): usize {
  const block = alloc(bytes);
  if (block) store<f64>(trie, load<f64>(trie, DATA_BYTES) + <f64>costOf(block), DATA_BYTES);
  return block;
}

export function give(trie: usize, block: usize): void {
  store<f64>(trie, load<f64>(trie, DATA_BYTES) - <f64>costOf(block), DATA_BYTES);
  free(block);
}

/** A block resized counts as its new size. */
export function recount(trie: usize, before: u32, block: usize): void {
  store<f64>(trie, load<f64>(trie, DATA_BYTES) - <f64>before + <f64>costOf(block), DATA_BYTES);
}

// @ts-ignore: decorator
@inline
export function countNode(trie: usize, kind: u32, change: i32): void {
  const at = trie + (<usize>kind << 2);
  store<u32>(at, load<u32>(at, NODES) + change, NODES);
}

// @ts-ignore: decorator
@inline
export function countEntry(trie: usize, change: i32): void {
  store<u32>(trie, load<u32>(trie, COUNT) + change, COUNT);
}

// @ts-ignore: decorator
@inline
export function changed(trie: usize): void {
  store<u32>(trie, load<u32>(trie, VERSION) + 1, VERSION);
}

/** A child with the byte that leads to it, as one word; 0 is none. */
// @ts-ignore: decorator
@inline
export function found(byte: u32, child: usize): u64 {
  return ((<u64>byte) << 32) | <u64>child;
}
