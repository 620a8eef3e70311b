// CRC-32C (Castagnoli polynomial 0x1EDC6F41, reflected; RFC 3720 appendix B.4).
//
// Short inputs go through sixteen tables, sixteen bytes a step (M. Kounavis, F. Berry, "Novel table
// lookup-based algorithms for high-performance CRC generation", 2008).
//
// Long inputs are first folded, which needs no table and is limited by loads alone (the idea of
// K. Russell et al., "Chorba: a novel CRC32 implementation", 2024). The polynomial P divides
//
//     Q(x) = x^209 + x^144 + x^54 + x^39 + x^14 + 1
//
// and squaring keeps that true: P divides Q(x)^128 = Q(x^128). So a block of 128 bits changes nothing in the
// remainder when it is removed and xored into the blocks 65, 155, 170, 195 and 209 places after it. Written
// as a recurrence, folded[i] = input[i] ^ folded[i-65] ^ … ^ folded[i-209]; only the last 209 blocks
// (3344 bytes) are then left for the tables.
//
// Tables and work space are one block, made at the first use in an arena and found through its header:
//
//   offset   size  meaning
//        0  16384  sixteen tables of 256 × u32; table k: the CRC of a byte followed by k zero bytes
//    16384  16384  work space of folding
//
// Without memory for them the CRC is computed bit by bit: slow, never wrong, no error to handle.

import { alloc } from '../memory/arena/allocator';
import { CRC32C_TABLES } from '../memory/arena/layout';

const POLYNOMIAL: u32 = 0x82f63b78;

const TABLE_BYTES: u32 = 1024;
const TABLES_BYTES: u32 = 16 * TABLE_BYTES;
const WORK: usize = TABLES_BYTES;
const WORK_BYTES: u32 = 16384;

const BLOCK: usize = 16;
/** Bytes in the 209 blocks that a folded block can reach. */
const WINDOW: usize = 209 * BLOCK;
/** Below this the tables alone are as fast (measured). */
const FOLD_MIN_BYTES: u32 = 6144;

/** CRC-32C of `size` bytes at `from`, continuing from the CRC of the bytes before them (0 at the start). */
export function crc32c(from: usize, size: u32, previous: u32): u32 {
  const tables = tablesOf();
  if (!tables) return ~bitwise(~previous, from, size);
  let crc = ~previous;
  if (size >= FOLD_MIN_BYTES) {
    const whole = size & ~15;
    crc = fold(tables, crc, from, from + whole);
    from += whole;
    size &= 15;
  }
  return ~tabular(tables, crc, from, size);
}

/** The arena's table block, made at first use; 0 when the budget is full. */
function tablesOf(): usize {
  const known: usize = load<u32>(CRC32C_TABLES);
  if (known) return known;
  const tables = alloc(TABLES_BYTES + WORK_BYTES);
  if (!tables) return 0;
  for (let byte: u32 = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (POLYNOMIAL & (0 - (crc & 1)));
    store<u32>(tables + (byte << 2), crc);
  }
  // Table k from table k − 1: one more zero byte.
  for (let entry: usize = tables + TABLE_BYTES; entry < tables + TABLES_BYTES; entry += 4) {
    const before = load<u32>(entry - TABLE_BYTES);
    store<u32>(entry, (before >> 8) ^ load<u32>(tables + ((before & 255) << 2)));
  }
  store<u32>(CRC32C_TABLES, <u32>tables);
  return tables;
}

function bitwise(crc: u32, from: usize, size: u32): u32 {
  const end = from + size;
  while (from < end) {
    crc ^= load<u8>(from);
    for (let bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (POLYNOMIAL & (0 - (crc & 1)));
    from++;
  }
  return crc;
}

/** Entry of the byte at bits [shift, shift + 8) of `word`, in the table that starts at byte `table` of the tables. */
// @ts-ignore: decorator
@inline
function entry(tables: usize, word: u32, shift: u32, table: usize): u32 {
  // The table's offset is added to the address as a constant of the load instruction.
  return load<u32>(tables + ((<usize>(word >> shift) & 255) << 2) + table);
}

function tabular(tables: usize, crc: u32, from: usize, size: u32): u32 {
  const end = from + size;
  const stop = from + (size & ~15);
  while (from < stop) {
    const a = load<u32>(from) ^ crc;
    const b = load<u32>(from, 4);
    const c = load<u32>(from, 8);
    const d = load<u32>(from, 12);
    const late =
      entry(tables, b, 0, 11 << 10) ^ entry(tables, b, 8, 10 << 10) ^ entry(tables, b, 16, 9 << 10) ^ entry(tables, b, 24, 8 << 10) ^
      entry(tables, c, 0, 7 << 10) ^ entry(tables, c, 8, 6 << 10) ^ entry(tables, c, 16, 5 << 10) ^ entry(tables, c, 24, 4 << 10) ^
      entry(tables, d, 0, 3 << 10) ^ entry(tables, d, 8, 2 << 10) ^ entry(tables, d, 16, 1 << 10) ^ entry(tables, d, 24, 0);
    // Only these four wait for the step before.
    crc =
      late ^ entry(tables, a, 0, 15 << 10) ^ entry(tables, a, 8, 14 << 10) ^ entry(tables, a, 16, 13 << 10) ^ entry(tables, a, 24, 12 << 10);
    from += 16;
  }
  while (from < end) {
    crc = (crc >> 8) ^ entry(tables, crc ^ load<u8>(from), 0, 0);
    from++;
  }
  return crc;
}

/**
 * CRC register after the whole blocks of [from, end), of which there are more than 209.
 *
 * The work space holds three windows: the folded blocks before, then the new ones (or, in the last window,
 * zeros, because what is left in it is not folded away), then the blocks left over.
 */
function fold(tables: usize, crc: u32, from: usize, end: usize): u32 {
  const work = tables + WORK;
  const start = work + WINDOW;
  memory.fill(work, 0, WINDOW);
  // The register so far belongs to the first four bytes; put them in place by hand.
  v128.store(start, v128.xor(v128.load(from), i32x4.replace_lane(i32x4.splat(0), 0, crc)));
  from += BLOCK;
  let at = start + BLOCK;
  const last = end - WINDOW;
  while (from < last) {
    const count = min<usize>(last - from, work + WORK_BYTES - at);
    recur(at, at, from, from + count);
    from += count;
    memory.copy(work, at + count - WINDOW, WINDOW);
    at = start;
  }
  memory.fill(start, 0, WINDOW);
  recur(start + WINDOW, start, from, end);
  return tabular(tables, 0, start + WINDOW, <u32>WINDOW);
}

/** to[i] = input[i] ^ the five folded blocks that reach it, where folded[0] stands at `at`. */
function recur(to: usize, at: usize, from: usize, end: usize): void {
  let reach = at - WINDOW;
  while (from < end) {
    const near = v128.xor(v128.load(reach, (209 - 195) * 16), v128.load(reach, (209 - 170) * 16));
    const middle = v128.xor(v128.load(reach, (209 - 155) * 16), v128.load(reach, (209 - 65) * 16));
    const far = v128.xor(v128.load(reach), v128.load(from));
    v128.store(to, v128.xor(v128.xor(near, middle), far));
    reach += BLOCK;
    from += BLOCK;
    to += BLOCK;
  }
}
