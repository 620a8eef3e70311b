// FNV-1a (Glenn Fowler, Landon Curt Noll, Kiem-Phong Vo; draft-eastlake-fnv): xor a byte, multiply by a prime.
// The hash is its own state, so streaming is calling again with the result of the call before.

/** 32-bit FNV-1a of `size` bytes at `from`, from the offset basis or continuing from `hash`. */
export function fnv1a32(from: usize, size: u32, hash: u32 = 0x811c9dc5): u32 {
  const end = from + size;
  while (from < end) {
    hash = (hash ^ load<u8>(from)) * 0x01000193;
    from++;
  }
  return hash;
}

/** 64-bit FNV-1a of `size` bytes at `from`, from the offset basis or continuing from `hash`. */
export function fnv1a64(from: usize, size: u32, hash: u64 = 0xcbf29ce484222325): u64 {
  const end = from + size;
  while (from < end) {
    hash = (hash ^ load<u8>(from)) * 0x00000100000001b3;
    from++;
  }
  return hash;
}
