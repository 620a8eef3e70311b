// djb2 (Daniel J. Bernstein, comp.lang.c 1991): hash = hash × 33 + byte, in 32 bits, from 5381.
// The hash is its own state, so streaming is calling again with the result of the call before.

/** djb2 of `size` bytes at `from`, from 5381 or continuing from `hash`. */
export function djb2(from: usize, size: u32, hash: u32 = 5381): u32 {
  const end = from + size;
  // Four steps at once: the multiplications of one step no longer wait for those of the one before.
  const stop = from + (size & ~3);
  while (from < stop) {
    const word = load<u32>(from);
    hash =
      hash * (33 * 33 * 33 * 33) +
      (word & 255) * (33 * 33 * 33) +
      ((word >> 8) & 255) * (33 * 33) +
      ((word >> 16) & 255) * 33 +
      (word >> 24);
    from += 4;
  }
  while (from < end) {
    hash = hash * 33 + load<u8>(from);
    from++;
  }
  return hash;
}
