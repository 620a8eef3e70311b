// Robin Hood hashing (Celis, Larson, Munro 1985) over linear probing: an insertion displaces entries that are
// nearer to their home than the newcomer. Entries end up in hash order, so an unsuccessful search stops as soon as it
// meets an entry nearer to its home than the key would be. Deletion shifts back; no tombstones.

import { keyEquals } from './entry';
import { homeOf, Segment, SEGMENT_HEADER, SLOT_BYTES, SLOT_ENTRY, slotAt, TAG_MASK } from './layout';

/** How far `index` is from the home of `hash`, going forwards and around. */
// @ts-ignore: decorator
@inline
function distance(hash: u32, depth: u32, slots: u32, index: u32): u32 {
  const home = homeOf(hash, depth, slots);
  return index >= home ? index - home : index + slots - home;
}

export function find(address: usize, hash: u32, key: usize, bytes: u32): usize {
  const segment = changetype<Segment>(address);
  const slots = segment.slots;
  const depth = segment.localDepth;
  let index = homeOf(hash, depth, slots);
  let travelled: u32 = 0;
  while (true) {
    const slot = slotAt(address, index);
    const entry = load<u32>(slot, SLOT_ENTRY);
    if (!entry) return 0;
    const present = load<u32>(slot);
    if (present == hash) {
      if (keyEquals(entry & ~TAG_MASK, key, bytes)) return slot + SLOT_ENTRY;
    } else if (distance(present, depth, slots, index) < travelled) {
      return 0;
    }
    travelled++;
    if (++index == slots) index = 0;
  }
}

export function insert(address: usize, hash: u32, entry: u32): void {
  const segment = changetype<Segment>(address);
  const slots = segment.slots;
  const depth = segment.localDepth;
  let index = homeOf(hash, depth, slots);
  let travelled: u32 = 0;
  while (true) {
    const slot = slotAt(address, index);
    const present = load<u32>(slot, SLOT_ENTRY);
    if (!present) {
      store<u32>(slot, hash);
      store<u32>(slot, entry, SLOT_ENTRY);
      return;
    }
    const presentHash = load<u32>(slot);
    const presentDistance = distance(presentHash, depth, slots, index);
    if (presentDistance < travelled) {
      store<u32>(slot, hash);
      store<u32>(slot, entry, SLOT_ENTRY);
      hash = presentHash;
      entry = present;
      travelled = presentDistance;
    }
    travelled++;
    if (++index == slots) index = 0;
  }
}

export function remove(address: usize, cell: usize): void {
  const segment = changetype<Segment>(address);
  const slots = segment.slots;
  const depth = segment.localDepth;
  let hole = <u32>((cell - SLOT_ENTRY - address - SEGMENT_HEADER) / SLOT_BYTES);
  while (true) {
    const next = hole + 1 == slots ? 0 : hole + 1;
    const slot = slotAt(address, next);
    const entry = load<u32>(slot, SLOT_ENTRY);
    if (!entry || homeOf(load<u32>(slot), depth, slots) == next) break;
    store<u64>(slotAt(address, hole), load<u64>(slot));
    hole = next;
  }
  store<u32>(slotAt(address, hole), 0, SLOT_ENTRY);
}
