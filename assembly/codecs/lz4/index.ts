// Kernel `codecs/lz4`: the LZ4 block format (Y. Collet, "LZ4 Block Format Description").
//
// A block is a row of sequences: token (literals << 4 | match length − 4), more length bytes where a nibble is 15, the
// literals, a 16-bit offset, more match length bytes. The last sequence ends after its literals; it has five at least,
// and the last match begins twelve bytes before the end or earlier.

import { RESULT } from '../../memory/arena/layout';

const MIN_MATCH: u32 = 4;
const LAST_LITERALS: usize = 5;
const MATCH_LIMIT: usize = 12;
const MAX_OFFSET: usize = 65535;
/** Misses after which the search takes longer steps: data that does not compress is passed over quickly. */
const SKIP_TRIGGER: u32 = 6;
const FAILED: u32 = u32.MAX_VALUE;

/**
 * Compresses `size` bytes to `to`, where size + size / 255 + 64 bytes must be free. `table` has 2^tableBits words; up to
 * 16 bytes after the input must be readable. Returns the bytes written.
 */
export function compress(from: usize, size: u32, to: usize, table: usize, tableBits: u32): u32 {
  const start = to;
  const end = from + size;
  let anchor = from;
  if (<usize>size > MATCH_LIMIT) {
    memory.fill(table, 0, <usize>4 << tableBits);
    const shift = 32 - tableBits;
    const lastStart = end - MATCH_LIMIT;
    const matchEnd = end - LAST_LITERALS;
    let at = from + 1;
    while (at <= lastStart) {
      let candidate: usize = 0;
      let tries: u32 = 1 << SKIP_TRIGGER;
      while (at <= lastStart) {
        const word = load<u32>(at);
        const cell = table + (<usize>((word * 2654435761) >> shift) << 2);
        candidate = from + load<u32>(cell);
        store<u32>(cell, <u32>(at - from));
        if (load<u32>(candidate) == word && at - candidate <= MAX_OFFSET) break;
        at += tries++ >> SKIP_TRIGGER;
      }
      if (at > lastStart) break;
      const offset = at - candidate;
      while (at > anchor && candidate > from && load<u8>(at - 1) == load<u8>(candidate - 1)) {
        at--;
        candidate--;
      }
      const literals = <u32>(at - anchor);
      const match = matchLength(at + MIN_MATCH, candidate + MIN_MATCH, matchEnd);
      store<u8>(to, <u8>((min<u32>(literals, 15) << 4) | min<u32>(match, 15)));
      to = putLength(to + 1, literals);
      to = putLiterals(to, anchor, literals);
      store<u16>(to, <u16>offset);
      to = putLength(to + 2, match);
      at += match + MIN_MATCH;
      anchor = at;
      if (at <= lastStart) {
        // A position inside the match, or its end would find nothing of it.
        const word = load<u32>(at - 2);
        store<u32>(table + (<usize>((word * 2654435761) >> shift) << 2), <u32>(at - 2 - from));
      }
    }
  }
  const literals = <u32>(end - anchor);
  store<u8>(to, <u8>(min<u32>(literals, 15) << 4));
  to = putLength(to + 1, literals);
  memory.copy(to, anchor, literals);
  return <u32>(to + literals - start);
}

/** Equal bytes at `at` and `candidate`, up to `end`. */
function matchLength(at: usize, candidate: usize, end: usize): u32 {
  const start = at;
  while (at + 8 <= end) {
    const difference = load<u64>(at) ^ load<u64>(candidate);
    if (difference) return <u32>(at - start) + <u32>(ctz(difference) >> 3);
    at += 8;
    candidate += 8;
  }
  while (at < end && load<u8>(at) == load<u8>(candidate)) {
    at++;
    candidate++;
  }
  return <u32>(at - start);
}

/** The bytes that follow a nibble of 15. */
// @ts-ignore: decorator
@inline
function putLength(to: usize, length: u32): usize {
  if (length < 15) return to;
  length -= 15;
  for (; length >= 255; length -= 255) store<u8>(to++, 255);
  store<u8>(to, <u8>length);
  return to + 1;
}

/** Copies in steps of 16 bytes, up to 15 too many on both sides. */
// @ts-ignore: decorator
@inline
function putLiterals(to: usize, from: usize, size: u32): usize {
  const end = to + size;
  for (; to < end; to += 16, from += 16) v128.store(to, v128.load(from));
  return end;
}

/**
 * Decompresses the block [from, from + size) to `to`, at most `capacity` bytes; 32 bytes more must be writable there,
 * and readable after the block. Returns the bytes written, or 2^32 − 1 with the offset of the damage in the result cell,
 * and 1 behind it when the block is sound so far and does not fit.
 */
export function decompress(from: usize, size: u32, to: usize, capacity: u32): u32 {
  const begin = from;
  const start = to;
  const end = from + size;
  const stop = to + capacity;
  store<u64>(RESULT, 0);
  while (from < end) {
    const sequence = from;
    const token: u32 = load<u8>(from++);
    let length: usize = token >> 4;
    if (length == 15) {
      let byte: u32;
      do {
        if (from >= end || length > size) return fail(begin, sequence, 0);
        byte = load<u8>(from++);
        length += byte;
      } while (byte == 255);
    }
    if (length > end - from) return fail(begin, sequence, 0);
    if (length > stop - to) return fail(begin, sequence, 1);
    putLiterals(to, from, <u32>length);
    to += length;
    from += length;
    if (from == end) return <u32>(to - start);
    if (end - from < 2) return fail(begin, sequence, 0);
    const offset: usize = load<u16>(from);
    from += 2;
    if (offset == 0 || offset > to - start) return fail(begin, from - 2, 0);
    length = token & 15;
    if (length == 15) {
      let byte: u32;
      do {
        if (from >= end) return fail(begin, sequence, 0);
        if (length > stop - to) return fail(begin, sequence, 1);
        byte = load<u8>(from++);
        length += byte;
      } while (byte == 255);
    }
    length += MIN_MATCH;
    if (length > stop - to) return fail(begin, sequence, 1);
    copyMatch(to, offset, length);
    to += length;
  }
  // A block ends with literals, if with none.
  return fail(begin, end, 0);
}

function fail(begin: usize, at: usize, full: u32): u32 {
  store<u32>(RESULT, <u32>(at - begin));
  store<u32>(RESULT, full, 4);
  return FAILED;
}

/** Repeats what stands `offset` bytes before; may write up to 15 bytes too many. */
// @ts-ignore: decorator
@inline
function copyMatch(to: usize, offset: usize, length: usize): void {
  const end = to + length;
  let distance = offset;
  if (offset < 16) {
    // Byte by byte until a multiple of the offset is as long as a step; the pattern repeats at every multiple.
    while (distance < 16) distance += offset;
    const head = min(end, to + distance - offset);
    for (; to < head; to++) store<u8>(to, load<u8>(to - offset));
  }
  for (; to < end; to += 16) v128.store(to, v128.load(to - distance));
}
