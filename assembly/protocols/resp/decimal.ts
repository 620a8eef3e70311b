// Doubles as decimal text and back, exactly: `strtod` and `printf("%.17g")` of C, by arithmetic on big integers.
//
// A finite double is m × 2^e; in decimal it has at most 767 significant digits. Nearly every number met here is an integer or has a
// short fraction, where a big integer is a handful of words; the worst costs some microseconds.
//
// A big integer: u32 count of limbs, then the limbs of 32 bits, the low one first, without leading zeros.

import { writeInteger } from './numbers';

/** Digits of a number that are read exactly; beyond, only whether any is not zero matters. No double needs more. */
const MAX_DIGITS: u32 = 800;
/** Limbs of the largest integer: 10^(800 + 324) below 2^3735, and some room. */
const MAX_LIMBS: u32 = 160;
const BIG_BYTES: usize = 4 + MAX_LIMBS * 4;
/** Bytes of working space that both directions need. */
export const DECIMAL_WORK_BYTES: u32 = <u32>BIG_BYTES * 3;
/** Longest text that `writeDouble` writes: sign, 17 digits, point, "e-308". */
export const MAX_DOUBLE_TEXT: u32 = 25;

// ── Big integers ──────────────────────────────────────────────────────────────────────────────────

// @ts-ignore: decorator
@inline
function limbAt(big: usize, index: u32): usize {
  return big + 4 + (<usize>index << 2);
}

function setBig(big: usize, value: u64): void {
  store<u32>(big, value >> 32 ? 2 : value ? 1 : 0);
  store<u64>(big, value, 4);
}

/** big × factor + addend. */
function multiplyAdd(big: usize, factor: u32, addend: u32): void {
  const count = load<u32>(big);
  let carry = <u64>addend;
  for (let i: u32 = 0; i < count; i++) {
    const product = <u64>load<u32>(limbAt(big, i)) * factor + carry;
    store<u32>(limbAt(big, i), <u32>product);
    carry = product >> 32;
  }
  if (carry) {
    store<u32>(limbAt(big, count), <u32>carry);
    store<u32>(big, count + 1);
  }
}

function multiplyByPowerOfFive(big: usize, exponent: u32): void {
  for (; exponent >= 13; exponent -= 13) multiplyAdd(big, 1220703125, 0);
  let factor: u32 = 1;
  while (exponent--) factor *= 5;
  multiplyAdd(big, factor, 0);
}

function shiftLeft(big: usize, bits: u32): void {
  const count = load<u32>(big);
  if (count == 0) return;
  const limbs = bits >> 5;
  const rest = bits & 31;
  let high = rest ? <u32>(<u64>load<u32>(limbAt(big, count - 1)) >> (32 - rest)) : 0;
  const total = count + limbs + (high ? 1 : 0);
  if (high) store<u32>(limbAt(big, total - 1), high);
  for (let i = count; i--; ) {
    const low = i && rest ? load<u32>(limbAt(big, i - 1)) >> (32 - rest) : 0;
    store<u32>(limbAt(big, i + limbs), (load<u32>(limbAt(big, i)) << rest) | low);
  }
  for (let i: u32 = 0; i < limbs; i++) store<u32>(limbAt(big, i), 0);
  store<u32>(big, total);
}

/** Divides by a small number; returns the remainder. */
function divideSmall(big: usize, divisor: u32): u32 {
  let count = load<u32>(big);
  let remainder: u64 = 0;
  for (let i = count; i--; ) {
    const value = (remainder << 32) | load<u32>(limbAt(big, i));
    store<u32>(limbAt(big, i), <u32>(value / divisor));
    remainder = value % divisor;
  }
  if (count && load<u32>(limbAt(big, count - 1)) == 0) store<u32>(big, count - 1);
  return <u32>remainder;
}

function bitLength(big: usize): u32 {
  const count = load<u32>(big);
  return count ? (count << 5) - clz<u32>(load<u32>(limbAt(big, count - 1))) : 0;
}

function compareBig(a: usize, b: usize): i32 {
  const count = load<u32>(a);
  if (count != load<u32>(b)) return count < load<u32>(b) ? -1 : 1;
  for (let i = count; i--; ) {
    const x = load<u32>(limbAt(a, i));
    const y = load<u32>(limbAt(b, i));
    if (x != y) return x < y ? -1 : 1;
  }
  return 0;
}

/** a − b, where a ≥ b. */
function subtract(a: usize, b: usize): void {
  let count = load<u32>(a);
  const other = load<u32>(b);
  let borrow: i64 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const difference = <i64>load<u32>(limbAt(a, i)) - (i < other ? <i64>load<u32>(limbAt(b, i)) : 0) + borrow;
    store<u32>(limbAt(a, i), <u32>difference);
    borrow = difference >> 32;
  }
  while (count && load<u32>(limbAt(a, count - 1)) == 0) count--;
  store<u32>(a, count);
}

// ── Reading ───────────────────────────────────────────────────────────────────────────────────────

// How `readDouble` ended.
export const READ: i32 = 0;
/** What was read is out of a double's range: the value is infinite, or zero. */
export const READ_OUT_OF_RANGE: i32 = 1;

/**
 * Reads a number from the beginning of a text as `strtod` does: white space, a sign, then decimal or hexadecimal digits
 * or a name of infinity or NaN, as far as they go. `result` gets the value, an f64, and `result` + 8 how many bytes
 * were used, a u32; none when there is no number.
 */
export function readDouble(from: usize, length: u32, work: usize, result: usize): i32 {
  const end = from + length;
  let at = from;
  while (at < end && isSpace(load<u8>(at))) at++;
  let negative = false;
  if (at < end && (load<u8>(at) == 0x2d || load<u8>(at) == 0x2b)) negative = load<u8>(at++) == 0x2d;
  store<f64>(result, 0);
  store<u32>(result, 0, 8);
  const named = readName(at, end, result);
  if (named) at = named;
  else if (isHexadecimal(at, end)) return readHexadecimal(at + 2, end, from, negative, result);
  else return readDecimal(at, end, from, negative, work, result);
  return finishRead(from, at, load<f64>(result), negative, READ, result);
}

function finishRead(from: usize, at: usize, value: f64, negative: bool, status: i32, result: usize): i32 {
  store<f64>(result, negative ? -value : value);
  store<u32>(result, <u32>(at - from), 8);
  return status;
}

function isSpace(byte: u8): bool {
  return byte == 0x20 || (byte >= 0x09 && byte <= 0x0d);
}

/** Where the letters (lower case, low byte first) end, or 0 when they do not stand there. */
function skipWord(at: usize, end: usize, word: u64, length: u32): usize {
  if (at + length > end) return 0;
  for (let i: u32 = 0; i < length; i++) {
    if (<u64>(load<u8>(at + i) | 0x20) != ((word >> (<u64>i << 3)) & 0xff)) return 0;
  }
  return at + length;
}

function readName(at: usize, end: usize, result: usize): usize {
  let next = skipWord(at, end, 0x666e69, 3); // "inf"
  if (next) {
    store<f64>(result, Infinity);
    const whole = skipWord(next, end, 0x7974696e69, 5); // "inity"
    return whole ? whole : next;
  }
  next = skipWord(at, end, 0x6e616e, 3); // "nan"
  if (next) store<f64>(result, NaN);
  return next;
}

function readDecimal(at: usize, end: usize, from: usize, negative: bool, work: usize, result: usize): i32 {
  const big = work;
  setBig(big, 0);
  let value: u64 = 0;
  let digits: u32 = 0;
  let exponent: i32 = 0;
  let any = false;
  let point = false;
  let sticky = false;
  for (; at < end; at++) {
    const byte = load<u8>(at);
    if (byte == 0x2e && !point) {
      point = true;
      continue;
    }
    const digit = <u32>byte - 0x30;
    if (digit > 9) break;
    any = true;
    if (digits < 19) value = value * 10 + digit;
    if (digits >= 19 && digits < MAX_DIGITS) {
      if (digits == 19) setBig(big, value);
      multiplyAdd(big, 10, digit);
    }
    if (digits >= MAX_DIGITS) {
      sticky = sticky || digit != 0;
      if (!point) exponent++;
      continue;
    }
    // Leading zeros are no digits.
    if (digits || digit) digits++;
    if (point) exponent--;
  }
  if (!any) return READ;
  if (at < end && (load<u8>(at) | 0x20) == 0x65) {
    let next = at + 1;
    let down = false;
    if (next < end && (load<u8>(next) == 0x2d || load<u8>(next) == 0x2b)) down = load<u8>(next++) == 0x2d;
    if (next < end && <u32>load<u8>(next) - 0x30 < 10) {
      let power: i32 = 0;
      for (; next < end && <u32>load<u8>(next) - 0x30 < 10; next++) power = min(power * 10 + (load<u8>(next) - 0x30), 100_000_000);
      exponent += down ? -power : power;
      at = next;
    }
  }
  if (digits == 0) return finishRead(from, at, 0, negative, READ, result);
  // Clinger's fast path: both are exact, so one rounding remains.
  if (digits <= 15 && exponent >= -22 && exponent <= 22) {
    let power: f64 = 1;
    for (let i = abs(exponent); i; i--) power *= 10;
    const exact = exponent < 0 ? <f64>value / power : <f64>value * power;
    return finishRead(from, at, exact, negative, READ, result);
  }
  if (digits <= 19) setBig(big, value);
  if (<i32>digits + exponent > 310) return finishRead(from, at, Infinity, negative, READ_OUT_OF_RANGE, result);
  if (<i32>digits + exponent < -330) return finishRead(from, at, 0, negative, READ_OUT_OF_RANGE, result);
  const rounded = scaled(big, exponent, sticky, work + BIG_BYTES);
  const status = rounded == Infinity || rounded == 0 ? READ_OUT_OF_RANGE : READ;
  return finishRead(from, at, rounded, negative, status, result);
}

/** big × 10^exponent, rounded to the nearest double, ties to even. */
function scaled(big: usize, exponent: i32, sticky: bool, divisor: usize): f64 {
  // 64 bits of the quotient and whether more follow: then one rounding.
  let binary: i32;
  let top: u64 = 0;
  if (exponent >= 0) {
    multiplyByPowerOfFive(big, exponent);
    const bits = bitLength(big);
    binary = exponent;
    if (bits < 64) {
      top = topBits(big);
      binary -= 64 - bits;
    } else {
      top = topBits(big);
      binary += bits - 64;
      sticky = sticky || anyBelow(big, bits - 64);
    }
  } else {
    setBig(divisor, 1);
    multiplyByPowerOfFive(divisor, -exponent);
    // Shifted so that the quotient has 64 or 65 bits.
    const shift = 64 + <i32>bitLength(divisor) - <i32>bitLength(big);
    if (shift > 0) shiftLeft(big, shift);
    else shiftLeft(divisor, -shift);
    binary = exponent - shift;
    shiftLeft(divisor, 64);
    let bit: u32 = 0;
    if (compareBig(big, divisor) >= 0) {
      subtract(big, divisor);
      bit = 1;
    }
    for (let i = 0; i < 64; i++) {
      shiftLeft(big, 1);
      top <<= 1;
      if (compareBig(big, divisor) >= 0) {
        subtract(big, divisor);
        top |= 1;
      }
    }
    sticky = sticky || load<u32>(big) != 0;
    if (bit) {
      sticky = sticky || (top & 1) != 0;
      top = (top >> 1) | (<u64>1 << 63);
      binary++;
    } else {
      const zeros = clz(top);
      // A quotient of 64 bits begins with a one; the shift above sees to that but for one bit.
      top <<= zeros;
      binary -= <i32>zeros;
    }
  }
  return assemble(top, binary, sticky);
}

/** The highest 64 bits, the first of them set. */
function topBits(big: usize): u64 {
  const count = load<u32>(big);
  let top: u64 = 0;
  for (let i: u32 = 0; i < 3; i++) {
    const limb = i < count ? load<u32>(limbAt(big, count - 1 - i)) : 0;
    if (i < 2) top = (top << 32) | limb;
    else {
      const zeros = clz(top);
      if (zeros) top = (top << zeros) | (<u64>limb >> (32 - zeros));
    }
  }
  return top;
}

function anyBelow(big: usize, bit: u32): bool {
  const limbs = bit >> 5;
  for (let i: u32 = 0; i < limbs; i++) if (load<u32>(limbAt(big, i))) return true;
  return (bit & 31) != 0 && (load<u32>(limbAt(big, limbs)) & ((<u32>1 << (bit & 31)) - 1)) != 0;
}

/** top × 2^binary, where the first bit of `top` is set and `sticky` tells whether less than one of it is missing. */
function assemble(top: u64, binary: i32, sticky: bool): f64 {
  let exponent = binary + 63;
  if (exponent > 1023) return Infinity;
  // Subnormal numbers keep fewer bits.
  let drop: u32 = exponent < -1022 ? 11 + <u32>(-1022 - exponent) : 11;
  if (drop > 64) return 0;
  let kept: u64 = drop == 64 ? 0 : top >> drop;
  const half: u64 = <u64>1 << (drop - 1);
  const rest = drop == 64 ? top : top & ((half << 1) - 1);
  if (rest > half || (rest == half && (sticky || kept & 1))) kept++;
  // A carry out of the fraction raises the exponent by itself.
  const biased: u64 = exponent < -1022 ? 0 : <u64>(exponent + 1022) << 52;
  return reinterpret<f64>(biased + kept);
}

function isHexadecimal(at: usize, end: usize): bool {
  if (at + 2 >= end || load<u8>(at) != 0x30 || (load<u8>(at + 1) | 0x20) != 0x78) return false;
  if (hexValue(load<u8>(at + 2)) >= 0) return true;
  return load<u8>(at + 2) == 0x2e && at + 3 < end && hexValue(load<u8>(at + 3)) >= 0;
}

function hexValue(byte: u8): i32 {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

function readHexadecimal(at: usize, end: usize, from: usize, negative: bool, result: usize): i32 {
  let top: u64 = 0;
  let binary: i32 = 0;
  let point = false;
  let sticky = false;
  for (; at < end; at++) {
    const byte = load<u8>(at);
    if (byte == 0x2e && !point) {
      point = true;
      continue;
    }
    const digit = hexValue(byte);
    if (digit < 0) break;
    if (top >> 60) {
      sticky = sticky || digit != 0;
      if (!point) binary += 4;
    } else {
      top = (top << 4) | <u64>digit;
      if (point) binary -= 4;
    }
  }
  if (at < end && (load<u8>(at) | 0x20) == 0x70) {
    let next = at + 1;
    let down = false;
    if (next < end && (load<u8>(next) == 0x2d || load<u8>(next) == 0x2b)) down = load<u8>(next++) == 0x2d;
    if (next < end && <u32>load<u8>(next) - 0x30 < 10) {
      let power: i32 = 0;
      for (; next < end && <u32>load<u8>(next) - 0x30 < 10; next++) power = min(power * 10 + (load<u8>(next) - 0x30), 100_000_000);
      binary += down ? -power : power;
      at = next;
    }
  }
  if (top == 0) return finishRead(from, at, 0, negative, READ, result);
  const zeros = <i32>clz(top);
  const value = assemble(top << zeros, max(binary - zeros, -200_000_000), sticky);
  return finishRead(from, at, value, negative, value == Infinity || value == 0 ? READ_OUT_OF_RANGE : READ, result);
}

// ── Writing ───────────────────────────────────────────────────────────────────────────────────────

const MAX_SAFE: f64 = 9007199254740992;

/** Writes a double as `%.17g` would, infinities as "inf" and "-inf"; returns the byte count, at most MAX_DOUBLE_TEXT. */
export function writeDouble(to: usize, value: f64, work: usize): u32 {
  if (value != value) {
    store<u32>(to, 0x6e616e); // "nan"
    return 3;
  }
  const start = to;
  if (reinterpret<i64>(value) < 0) {
    store<u8>(to++, 0x2d);
    value = -value;
  }
  if (value == Infinity) {
    store<u32>(to, 0x666e69); // "inf"
    return <u32>(to + 3 - start);
  }
  if (value < MAX_SAFE && floor(value) == value) return <u32>(to - start) + writeInteger(to, <i64>value);
  return <u32>(to - start) + writeDigits(to, value, work);
}

/** A positive number that is no small integer. */
function writeDigits(to: usize, value: f64, work: usize): u32 {
  const bits = reinterpret<u64>(value);
  const field = <i32>(bits >> 52);
  let binary = (field ? field : 1) - 1075;
  let mantissa = (bits & 0xf_ffff_ffff_ffff) | (field ? <u64>1 << 52 : 0);
  // value = mantissa × 2^binary = big × 10^−scale, with an integer `big`.
  const zeros = min(<i32>ctz(mantissa), max(-binary, 0));
  mantissa >>= zeros;
  binary += zeros;
  const big = work;
  setBig(big, mantissa);
  let scale: i32 = 0;
  if (binary >= 0) shiftLeft(big, binary);
  else {
    scale = -binary;
    multiplyByPowerOfFive(big, scale);
  }
  const text = work + BIG_BYTES;
  const textEnd = text + BIG_BYTES * 2;
  let at = textEnd;
  while (load<u32>(big)) {
    let piece = divideSmall(big, 1_000_000_000);
    for (let i = 0; i < 9; i++) {
      store<u8>(--at, <u8>(piece % 10));
      piece /= 10;
    }
  }
  while (load<u8>(at) == 0) at++;
  let count = <u32>(textEnd - at);
  // Exponent of the first digit.
  let exponent = <i32>count - 1 - scale;
  if (count > 17) {
    if (roundDigits(at, count)) {
      at--;
      store<u8>(at, 1);
      exponent++;
    }
    count = 17;
  }
  while (count > 1 && load<u8>(at + count - 1) == 0) count--;
  return layOut(to, at, count, exponent);
}

/** Rounds to 17 digits, half to even; true when a carry came out (the digits are then zeros). */
function roundDigits(at: usize, count: u32): bool {
  const next = load<u8>(at + 17);
  let up = next > 5;
  if (next == 5) {
    up = (load<u8>(at + 16) & 1) != 0;
    for (let i: u32 = 18; i < count && !up; i++) up = load<u8>(at + i) != 0;
  }
  if (!up) return false;
  for (let i = 17; i--; ) {
    const digit = load<u8>(at + i) + 1;
    store<u8>(at + i, digit == 10 ? 0 : digit);
    if (digit < 10) return false;
  }
  return true;
}

function layOut(to: usize, digits: usize, count: u32, exponent: i32): u32 {
  const start = to;
  if (exponent < -4 || exponent >= 17) {
    store<u8>(to++, 0x30 + load<u8>(digits));
    if (count > 1) {
      store<u8>(to++, 0x2e);
      for (let i: u32 = 1; i < count; i++) store<u8>(to++, 0x30 + load<u8>(digits + i));
    }
    store<u8>(to++, 0x65);
    store<u8>(to++, exponent < 0 ? 0x2d : 0x2b);
    const power = abs(exponent);
    // At least two digits.
    if (power < 10) store<u8>(to++, 0x30);
    return <u32>(to - start) + writeInteger(to, power);
  }
  if (exponent < 0) {
    store<u16>(to, 0x2e30); // "0."
    to += 2;
    for (let i = -1; i > exponent; i--) store<u8>(to++, 0x30);
  }
  for (let i: u32 = 0; i < count; i++) {
    store<u8>(to++, 0x30 + load<u8>(digits + i));
    if (<i32>i == exponent && i + 1 < count) store<u8>(to++, 0x2e);
  }
  for (let i = <i32>count - 1; i < exponent; i++) store<u8>(to++, 0x30);
  return <u32>(to - start);
}
