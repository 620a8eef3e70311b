// The odd bytes at the end of an input, which every block hash meets: fewer than a word, fewer than a block.

/** The last, fewer than eight, bytes as a little-endian word. */
// @ts-ignore: decorator
@inline
export function readTail(from: usize, count: u32): u64 {
  let word: u64 = 0;
  let shift: u64 = 0;
  if (count & 4) {
    word = load<u32>(from);
    from += 4;
    shift = 32;
  }
  if (count & 2) {
    word |= <u64>load<u16>(from) << shift;
    from += 2;
    shift += 16;
  }
  if (count & 1) word |= <u64>load<u8>(from) << shift;
  return word;
}

/** Copies fewer than 32 bytes. `memory.copy` leaves the compiled code for a library routine, which costs more than this. */
export function copyTail(to: usize, from: usize, count: usize): void {
  const end = from + count;
  while (from + 8 <= end) {
    store<u64>(to, load<u64>(from));
    to += 8;
    from += 8;
  }
  while (from < end) {
    store<u8>(to, load<u8>(from));
    to++;
    from++;
  }
}
