// Swiss table (Abseil, 2017): a byte of control per slot, sixteen of them compared by one SIMD instruction.
// Groups are aligned, and probed one after the other from the home group.
//
//   segment header │ control bytes, one a slot │ slots
//
// Control: EMPTY, DELETED, or seven low bits of the hash. A search ends at a group with an empty slot.

import { keyEquals } from './entry';
import { homeOf, Segment, SEGMENT_HEADER, SLOT_BYTES, SLOT_ENTRY, TAG_MASK } from './layout';

const EMPTY: u8 = 0x80;
const DELETED: u8 = 0xfe;
const GROUP: u32 = 16;

// @ts-ignore: decorator
@inline
function swissSlot(address: usize, slots: u32, index: u32): usize {
  return address + SEGMENT_HEADER + slots + <usize>index * SLOT_BYTES;
}

/** Marks every slot of a new segment empty. */
export function clearControl(address: usize): void {
  memory.fill(address + SEGMENT_HEADER, EMPTY, changetype<Segment>(address).slots);
}

export function find(address: usize, hash: u32, key: usize, bytes: u32): usize {
  const segment = changetype<Segment>(address);
  const slots = segment.slots;
  const groups = slots / GROUP;
  const control = address + SEGMENT_HEADER;
  const wanted = i8x16.splat(<i8>(hash & 0x7f));
  const empty = i8x16.splat(<i8>EMPTY);
  let group = homeOf(hash, segment.localDepth, groups);
  for (let tries: u32 = 0; tries < groups; tries++) {
    const bytes16 = v128.load(control + group * GROUP);
    let matches = i8x16.bitmask(i8x16.eq(bytes16, wanted));
    while (matches) {
      const slot = swissSlot(address, slots, group * GROUP + ctz(matches));
      if (load<u32>(slot) == hash && keyEquals(load<u32>(slot, SLOT_ENTRY) & ~TAG_MASK, key, bytes)) return slot + SLOT_ENTRY;
      matches &= matches - 1;
    }
    if (i8x16.bitmask(i8x16.eq(bytes16, empty))) return 0;
    if (++group == groups) group = 0;
  }
  return 0;
}

export function insert(address: usize, hash: u32, entry: u32): void {
  const segment = changetype<Segment>(address);
  const slots = segment.slots;
  const groups = slots / GROUP;
  const control = address + SEGMENT_HEADER;
  let group = homeOf(hash, segment.localDepth, groups);
  for (let tries: u32 = 0; tries < groups; tries++) {
    // EMPTY and DELETED are the control bytes with the top bit set.
    const free = i8x16.bitmask(v128.load(control + group * GROUP));
    if (free) {
      const index = group * GROUP + ctz(free);
      if (load<u8>(control + index) == DELETED) segment.dead--;
      store<u8>(control + index, <u8>(hash & 0x7f));
      const slot = swissSlot(address, slots, index);
      store<u32>(slot, hash);
      store<u32>(slot, entry, SLOT_ENTRY);
      return;
    }
    if (++group == groups) group = 0;
  }
}

export function remove(address: usize, cell: usize): void {
  const segment = changetype<Segment>(address);
  const slots = segment.slots;
  const control = address + SEGMENT_HEADER;
  const index = <u32>((cell - SLOT_ENTRY - control - slots) / SLOT_BYTES);
  const group = control + (index & ~(GROUP - 1));
  // A group that has an empty slot was never passed over, so its slots may become empty again.
  const hasEmpty = i8x16.bitmask(i8x16.eq(v128.load(group), i8x16.splat(<i8>EMPTY))) != 0;
  if (!hasEmpty) segment.dead++;
  store<u8>(control + index, hasEmpty ? EMPTY : DELETED);
  store<u32>(cell, 0);
}

/** Address of the slot's hash when slot `index` is taken, else 0. */
// @ts-ignore: decorator
@inline
export function liveSlot(address: usize, slots: u32, index: u32): usize {
  return load<u8>(address + SEGMENT_HEADER + index) < 0x80 ? swissSlot(address, slots, index) : 0;
}
