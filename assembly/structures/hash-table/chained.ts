// Separate chaining: each position heads a list of entries. Entry blocks carry a prefix for it:
//
//   offset −8  u32 next entry of the chain (tagged like a slot's), or 0
//   offset −4  u32 hash

import { keyEquals } from './entry';
import { homeOf, Segment, SEGMENT_HEADER, TAG_MASK } from './layout';

export const CHAIN_PREFIX: u32 = 8;

// @ts-ignore: decorator
@inline
export function headAt(address: usize, index: u32): usize {
  return address + SEGMENT_HEADER + (<usize>index << 2);
}

// @ts-ignore: decorator
@inline
export function nextCell(entry: usize): usize {
  return entry - 8;
}

// @ts-ignore: decorator
@inline
export function chainHash(entry: usize): u32 {
  return load<u32>(entry - 4);
}

export function find(address: usize, hash: u32, key: usize, bytes: u32): usize {
  const segment = changetype<Segment>(address);
  let cell = headAt(address, homeOf(hash, segment.localDepth, segment.slots));
  while (true) {
    const entry = <usize>(load<u32>(cell) & ~TAG_MASK);
    if (!entry) return 0;
    if (chainHash(entry) == hash && keyEquals(entry, key, bytes)) return cell;
    cell = nextCell(entry);
  }
}

export function insert(address: usize, hash: u32, entry: u32): void {
  const segment = changetype<Segment>(address);
  const head = headAt(address, homeOf(hash, segment.localDepth, segment.slots));
  const block = <usize>(entry & ~TAG_MASK);
  store<u32>(nextCell(block), load<u32>(head));
  store<u32>(block - 4, hash);
  store<u32>(head, entry);
}

export function remove(cell: usize): void {
  store<u32>(cell, load<u32>(nextCell(load<u32>(cell) & ~TAG_MASK)));
}
