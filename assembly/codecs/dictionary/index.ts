// Kernel `codecs/dictionary`: distinct elements of 4 and 8 bytes and their codes, by the bits of the elements.
//
// The table is a power of two of u32, each 0 or a code + 1, probed linearly; it is at most half full. Elements are
// mixed with the seed of the arena, so that who chooses the elements does not choose their slots.

import { remix } from '../../hash/mixing';

/**
 * Writes the code of each of `count` elements to `codes`, entering those that are new in `entries` and the table, of
 * which `known` are there already. Returns how many distinct there are then, or `limit` + 1 when there are more than
 * `limit`; `entries` has room for `limit`.
 */
export function codes4(
  values: usize, count: u32, codes: usize, entries: usize, known: u32, limit: u32, table: usize, mask: u32, seed0: u32, seed1: u32,
): u32 {
  const seed = <u64>seed0 | (<u64>seed1 << 32);
  for (let i: u32 = 0; i < count; i++) {
    const value = load<u32>(values + (<usize>i << 2));
    let slot = <u32>remix(remix(seed ^ value)) & mask;
    let code: u32;
    while ((code = load<u32>(table + (<usize>slot << 2))) != 0) {
      if (load<u32>(entries + (<usize>(code - 1) << 2)) == value) break;
      slot = (slot + 1) & mask;
    }
    if (code == 0) {
      if (known == limit) return limit + 1;
      store<u32>(entries + (<usize>known << 2), value);
      code = ++known;
      store<u32>(table + (<usize>slot << 2), code);
    }
    store<u32>(codes + (<usize>i << 2), code - 1);
  }
  return known;
}

export function codes8(
  values: usize, count: u32, codes: usize, entries: usize, known: u32, limit: u32, table: usize, mask: u32, seed0: u32, seed1: u32,
): u32 {
  const seed = <u64>seed0 | (<u64>seed1 << 32);
  for (let i: u32 = 0; i < count; i++) {
    const value = load<u64>(values + (<usize>i << 3));
    let slot = <u32>remix(remix(seed ^ value)) & mask;
    let code: u32;
    while ((code = load<u32>(table + (<usize>slot << 2))) != 0) {
      if (load<u64>(entries + (<usize>(code - 1) << 3)) == value) break;
      slot = (slot + 1) & mask;
    }
    if (code == 0) {
      if (known == limit) return limit + 1;
      store<u64>(entries + (<usize>known << 3), value);
      code = ++known;
      store<u32>(table + (<usize>slot << 2), code);
    }
    store<u32>(codes + (<usize>i << 2), code - 1);
  }
  return known;
}

/** Empties a table. */
export function clear(table: usize, slots: u32): void {
  memory.fill(table, 0, <usize>slots << 2);
}
