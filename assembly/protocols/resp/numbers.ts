// Integers as Redis reads and writes them.

import { RESULT } from '../../memory/arena/layout';

/** Exactly what prints back the same: no plus sign, no leading zeros, no spaces, within i64. The value goes to the result cell. */
export function parseInteger(from: usize, length: u32): bool {
  if (length == 0 || length > 20) return false;
  const end = from + length;
  const negative = load<u8>(from) == 0x2d;
  if (negative && ++from == end) return false;
  let digit = <u64>load<u8>(from++) - 0x30;
  if (digit == 0 && !negative && from == end) {
    store<i64>(RESULT, 0);
    return true;
  }
  if (digit - 1 > 8) return false;
  let value = digit;
  while (from < end) {
    digit = <u64>load<u8>(from++) - 0x30;
    if (digit > 9) return false;
    if (value > 1844674407370955161) return false;
    value *= 10;
    if (value > ~digit) return false;
    value += digit;
  }
  if (negative) {
    if (value > <u64>1 << 63) return false;
    store<i64>(RESULT, <i64>(0 - value));
  } else {
    if (value > <u64>i64.MAX_VALUE) return false;
    store<i64>(RESULT, <i64>value);
  }
  return true;
}

// @ts-ignore: decorator
@inline
export function parsed(): i64 {
  return load<i64>(RESULT);
}

/** A cursor as C's strtoul reads one: an optional sign, any digits, none at all for 0. The value goes to the result cell. */
export function parseCursor(from: usize, length: u32): bool {
  const end = from + length;
  const negative = length > 0 && load<u8>(from) == 0x2d;
  if (length > 1 && (negative || load<u8>(from) == 0x2b)) from++;
  let value: u64 = 0;
  while (from < end) {
    const digit = <u64>load<u8>(from++) - 0x30;
    if (digit > 9 || value > 1844674407370955161 || value * 10 > ~digit) return false;
    value = value * 10 + digit;
  }
  store<u64>(RESULT, negative ? 0 - value : value);
  return true;
}

export function decimalDigits(value: u64): u32 {
  let digits: u32 = 1;
  while (value >= 10) {
    value /= 10;
    digits++;
  }
  return digits;
}

/** Writes a decimal integer; returns the byte count, at most 20. */
export function writeInteger(to: usize, value: i64): u32 {
  let magnitude: u64 = value < 0 ? 0 - <u64>value : <u64>value;
  const start = to;
  if (value < 0) store<u8>(to++, 0x2d);
  if (magnitude < 10) {
    store<u8>(to, <u8>(0x30 + magnitude));
    return <u32>(to + 1 - start);
  }
  const digits = decimalDigits(magnitude);
  let at = to + digits;
  while (magnitude >> 32) {
    const next = magnitude / 10;
    store<u8>(--at, <u8>(0x30 + (magnitude - next * 10)));
    magnitude = next;
  }
  let small = <u32>magnitude;
  do {
    const next = small / 10;
    store<u8>(--at, <u8>(0x30 + (small - next * 10)));
    small = next;
  } while (small);
  return <u32>(to + digits - start);
}
