// Linear probing with backward-shift deletion: no tombstones, neighbours in one cache line.

import { keyEquals } from './entry';
import { homeOf, Segment, SEGMENT_HEADER, SLOT_BYTES, SLOT_ENTRY, slotAt, TAG_MASK } from './layout';

/** Cell that holds the entry's address, or 0. */
export function find(address: usize, hash: u32, key: usize, bytes: u32): usize {
  const segment = changetype<Segment>(address);
  const slots = segment.slots;
  let index = homeOf(hash, segment.localDepth, slots);
  while (true) {
    const slot = slotAt(address, index);
    const entry = load<u32>(slot, SLOT_ENTRY);
    if (!entry) return 0;
    if (load<u32>(slot) == hash && keyEquals(entry & ~TAG_MASK, key, bytes)) return slot + SLOT_ENTRY;
    if (++index == slots) index = 0;
  }
}

/** Places an entry that is not present; the segment must have an empty slot. */
export function insert(address: usize, hash: u32, entry: u32): void {
  const segment = changetype<Segment>(address);
  const slots = segment.slots;
  let index = homeOf(hash, segment.localDepth, slots);
  while (load<u32>(slotAt(address, index), SLOT_ENTRY)) {
    if (++index == slots) index = 0;
  }
  const slot = slotAt(address, index);
  store<u32>(slot, hash);
  store<u32>(slot, entry, SLOT_ENTRY);
}

/** Empties the slot of `cell` and moves later entries of the cluster back towards their homes. */
export function remove(address: usize, cell: usize): void {
  const segment = changetype<Segment>(address);
  const slots = segment.slots;
  const depth = segment.localDepth;
  let hole = <u32>((cell - SLOT_ENTRY - address - SEGMENT_HEADER) / SLOT_BYTES);
  let index = hole;
  while (true) {
    if (++index == slots) index = 0;
    const slot = slotAt(address, index);
    const entry = load<u32>(slot, SLOT_ENTRY);
    if (!entry) break;
    const hash = load<u32>(slot);
    const home = homeOf(hash, depth, slots);
    // The entry may move back unless its home lies cyclically in (hole, index].
    const stays = hole <= index ? hole < home && home <= index : hole < home || home <= index;
    if (stays) continue;
    const target = slotAt(address, hole);
    store<u32>(target, hash);
    store<u32>(target, entry, SLOT_ENTRY);
    hole = index;
  }
  store<u32>(slotAt(address, hole), 0, SLOT_ENTRY);
}
