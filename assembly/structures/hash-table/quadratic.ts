// Quadratic probing by triangular numbers (step 1, 2, 3 …), which visit every slot of a power-of-two segment.
// Deletion leaves a tombstone; a rebuild clears them.

import { keyEquals } from './entry';
import { homeOf, Segment, SLOT_ENTRY, slotAt, TAG_MASK, TOMBSTONE } from './layout';

export function find(address: usize, hash: u32, key: usize, bytes: u32): usize {
  const segment = changetype<Segment>(address);
  const mask = segment.slots - 1;
  let index = homeOf(hash, segment.localDepth, segment.slots);
  for (let step: u32 = 1; step <= segment.slots; step++) {
    const slot = slotAt(address, index);
    const entry = load<u32>(slot, SLOT_ENTRY);
    if (!entry) return 0;
    if (load<u32>(slot) == hash && entry != TOMBSTONE && keyEquals(entry & ~TAG_MASK, key, bytes)) return slot + SLOT_ENTRY;
    index = (index + step) & mask;
  }
  return 0;
}

export function insert(address: usize, hash: u32, entry: u32): void {
  const segment = changetype<Segment>(address);
  const mask = segment.slots - 1;
  let index = homeOf(hash, segment.localDepth, segment.slots);
  for (let step: u32 = 1; step <= segment.slots; step++) {
    const slot = slotAt(address, index);
    const present = load<u32>(slot, SLOT_ENTRY);
    if (!present || present == TOMBSTONE) {
      if (present) segment.dead--;
      store<u32>(slot, hash);
      store<u32>(slot, entry, SLOT_ENTRY);
      return;
    }
    index = (index + step) & mask;
  }
}

export function remove(address: usize, cell: usize): void {
  changetype<Segment>(address).dead++;
  store<u32>(cell, TOMBSTONE);
}
