// An entry: one allocator block with key and value side by side.
//
//   offset            size  meaning
//        0               4  header word: bits 0–7 flags, 8–15 key length, 16–31 value length
//        4          0 or 8  with LONG: u32 key length, u32 value length (the header's are then 0)
//        …          0 or 4  with ACCESS: u32 recency or frequency
//        …          0 or 8  with EXPIRY: f64 milliseconds since the epoch
//        …               …  key, then value
//
// The block may be longer than its contents: that is room for the value to grow in place.

import { alloc, capacityOf } from '../../memory/arena/allocator';
import { copyBytes, equalBytes } from '../../memory/bytes';

/** The value was built by appending or by overwriting a range. */
export const FLAG_RAW: u32 = 1;
/** The value is text even where it reads as an integer. */
export const FLAG_TEXT: u32 = 2;
export const FLAG_ACCESS: u32 = 4;
export const FLAG_EXPIRY: u32 = 8;
export const FLAG_LONG: u32 = 16;
/** Bits 5–7: the type of the value; 0 is a string of bytes. */
export const TYPE_SHIFT: u32 = 5;
export const TYPE_MASK: u32 = 7 << 5;

const SHORT_KEY: u32 = 255;
const SHORT_VALUE: u32 = 65535;

/** Bytes before the key. The flag bits are the sizes of the fields they announce (LONG: half of it). */
// @ts-ignore: decorator
@inline
export function headerBytes(word: u32): u32 {
  return 4 + ((word & FLAG_LONG) >> 1) + (word & (FLAG_ACCESS | FLAG_EXPIRY));
}

// @ts-ignore: decorator
@inline
export function keyLength(entry: usize, word: u32): u32 {
  return word & FLAG_LONG ? load<u32>(entry, 4) : (word >> 8) & 0xff;
}

// @ts-ignore: decorator
@inline
export function valueLength(entry: usize, word: u32): u32 {
  return word & FLAG_LONG ? load<u32>(entry, 8) : word >> 16;
}

// @ts-ignore: decorator
@inline
export function keyOf(entry: usize, word: u32): usize {
  return entry + headerBytes(word);
}

// @ts-ignore: decorator
@inline
export function valueOf(entry: usize, word: u32): usize {
  return entry + headerBytes(word) + keyLength(entry, word);
}

// @ts-ignore: decorator
@inline
export function accessOf(entry: usize, word: u32): usize {
  return entry + 4 + ((word & FLAG_LONG) >> 1);
}

// @ts-ignore: decorator
@inline
export function expiryOf(entry: usize, word: u32): usize {
  return entry + 4 + ((word & FLAG_LONG) >> 1) + (word & FLAG_ACCESS);
}

// @ts-ignore: decorator
@inline
export function keyEquals(entry: usize, key: usize, length: u32): bool {
  const word = load<u32>(entry);
  return keyLength(entry, word) == length && equalBytes(keyOf(entry, word), key, length);
}

/** Flags with LONG set or cleared as the lengths require. */
// @ts-ignore: decorator
@inline
export function flagsFor(flags: u32, keyBytes: u32, valueBytes: u32): u32 {
  return keyBytes > SHORT_KEY || valueBytes > SHORT_VALUE ? flags | FLAG_LONG : flags & ~FLAG_LONG;
}

/** Bytes an entry takes, or 0 when it cannot exist in a 32-bit memory. */
// @ts-ignore: decorator
@inline
export function entrySize(flags: u32, keyBytes: u32, valueBytes: u32): u32 {
  const size = <u64>headerBytes(flags) + keyBytes + valueBytes;
  return size > 0xffff_0000 ? 0 : <u32>size;
}

/** Writes header and lengths; `flags` must come from `flagsFor`. */
// @ts-ignore: decorator
@inline
export function writeHeader(entry: usize, flags: u32, keyBytes: u32, valueBytes: u32): void {
  if (flags & FLAG_LONG) {
    store<u32>(entry, flags & 0xff);
    store<u32>(entry, keyBytes, 4);
    store<u32>(entry, valueBytes, 8);
  } else {
    store<u32>(entry, (flags & 0xff) | (keyBytes << 8) | (valueBytes << 16));
  }
}

/** A new entry with its key written and its value still to be. 0 when the budget is full. */
export function makeEntry(prefix: u32, flags: u32, key: usize, keyBytes: u32, valueBytes: u32): usize {
  const exact = flagsFor(flags, keyBytes, valueBytes);
  const size = entrySize(exact, keyBytes, valueBytes);
  if (!size) return 0;
  const block = alloc(size + prefix);
  if (!block) return 0;
  const entry = block + prefix;
  writeHeader(entry, exact, keyBytes, valueBytes);
  copyBytes(entry + headerBytes(exact), key, keyBytes);
  return entry;
}

/** Whether a value of `valueBytes` can replace the present one without a new block and without hoarding memory. */
// @ts-ignore: decorator
@inline
export function fitsInPlace(entry: usize, prefix: u32, word: u32, keyBytes: u32, valueBytes: u32): bool {
  const exact = flagsFor(word, keyBytes, valueBytes);
  if ((exact ^ word) & FLAG_LONG) return false;
  const capacity = capacityOf(entry - prefix) - prefix;
  const size = entrySize(exact, keyBytes, valueBytes);
  return size != 0 && size <= capacity && capacity - size <= 16 + (capacity >> 2);
}
