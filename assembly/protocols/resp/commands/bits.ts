// Commands on the bits of a string: SETBIT, GETBIT, BITCOUNT, BITPOS, BITOP. Bit 0 is the highest of the first byte.

import { alloc, free } from '../../../memory/arena/allocator';
import { RESULT } from '../../../memory/arena/layout';
import { FLAG_RAW, valueLength, valueOf } from '../../../structures/hash-table/entry';
import { argAt, argLength, Engine, HANDLED } from '../engine';
import { drop, entryIn, growValue, hashOf, lookUp, NEVER, storeValue, touch, withinBudget, writeEntry } from '../keyspace';
import { parsed, parseInteger } from '../numbers';
import { optionAt } from '../options';
import { fail, replyInteger, replyText } from '../output';
import { TEXT_BIT, TEXT_BIT_ARGUMENT, TEXT_BIT_OFFSET, TEXT_NOT_INTEGER, TEXT_NOT_ONE_SOURCE, TEXT_OOM, TEXT_SYNTAX } from '../texts';
import { isWrongType, MAX_VALUE } from './strings';

const OPTION_BIT: u64 = 0x544942;
const OPTION_BYTE: u64 = 0x45545942;
const OPTION_AND: u64 = 0x444e41;
const OPTION_OR: u64 = 0x524f;
const OPTION_XOR: u64 = 0x524f58;
const OPTION_NOT: u64 = 0x544f4e;

/** Reads argument `index` as the number of a bit, by `parsed`; false when it is none, which has then been answered. */
export function readBitOffset(engine: Engine, index: u32, unitBits: u32): bool {
  let from = argAt(engine, index);
  let length = argLength(engine, index);
  const inUnits = unitBits != 0 && length > 0 && load<u8>(from) == 0x23;
  if (inUnits) {
    from++;
    length--;
  }
  if (parseInteger(from, length)) {
    const offset = parsed();
    const scale: i64 = inUnits ? unitBits : 1;
    if (offset >= 0 && <u64>offset < MAX_VALUE << 3 && <u64>(offset * scale) >> 3 < MAX_VALUE) {
      store<i64>(RESULT, offset * scale);
      return true;
    }
  }
  replyText(engine, TEXT_BIT_OFFSET);
  return false;
}

/**
 * Where the bytes of the string under argument 1 stand, made at least `size` long by zeros; 0 when the budget is full.
 * `cell` is its cell, or 0.
 */
export function bytesToChange(engine: Engine, hash: u32, cell: usize, size: u32): usize {
  const length = cell ? valueLength(entryIn(cell), load<u32>(entryIn(cell))) : 0;
  const total = max(length, size);
  const entry = cell
    ? growValue(engine, hash, cell, total, FLAG_RAW)
    : writeEntry(engine, hash, 0, argAt(engine, 1), argLength(engine, 1), total, FLAG_RAW, NEVER);
  if (!entry) return 0;
  touch(engine, entry);
  const value = valueOf(entry, load<u32>(entry));
  if (total > length) memory.fill(value + length, 0, total - length);
  return value;
}

export function setBit(engine: Engine): i32 {
  if (!withinBudget(engine)) return fail(engine, TEXT_OOM);
  if (!readBitOffset(engine, 2, 0)) return HANDLED;
  const offset = <u64>parsed();
  if (!parseInteger(argAt(engine, 3), argLength(engine, 3)) || <u64>parsed() > 1) return fail(engine, TEXT_BIT);
  const bit = <u32>parsed();
  const key = argAt(engine, 1);
  const bytes = argLength(engine, 1);
  const hash = hashOf(engine, key, bytes);
  const cell = lookUp(engine, hash, key, bytes);
  if (isWrongType(engine, cell)) return HANDLED;
  const value = bytesToChange(engine, hash, cell, <u32>(offset >> 3) + 1);
  if (!value) return fail(engine, TEXT_OOM);
  const at = value + <usize>(offset >> 3);
  const shift = 7 - (<u32>offset & 7);
  const byte = <u32>load<u8>(at);
  store<u8>(at, <u8>((byte & ~(1 << shift)) | (bit << shift)));
  replyInteger(engine, (byte >> shift) & 1);
  return HANDLED;
}

/** Cell of the string to read under argument 1, counted as a hit or a miss; 0 when there is none. */
function cellToRead(engine: Engine, index: u32): usize {
  const key = argAt(engine, index);
  const bytes = argLength(engine, index);
  const cell = lookUp(engine, hashOf(engine, key, bytes), key, bytes);
  if (cell) {
    engine.hits += 1;
    touch(engine, entryIn(cell));
  } else {
    engine.misses += 1;
  }
  return cell;
}

export function getBit(engine: Engine): i32 {
  if (!readBitOffset(engine, 2, 0)) return HANDLED;
  const offset = <u64>parsed();
  const cell = cellToRead(engine, 1);
  if (isWrongType(engine, cell)) return HANDLED;
  let bit: u32 = 0;
  if (cell) {
    const entry = entryIn(cell);
    const word = load<u32>(entry);
    if (offset >> 3 < valueLength(entry, word)) bit = (load<u8>(valueOf(entry, word) + <usize>(offset >> 3)) >> (7 - (<u8>offset & 7))) & 1;
  }
  replyInteger(engine, bit);
  return HANDLED;
}

// ── Ranges ────────────────────────────────────────────────────────────────────────────────────────

/** What `readRange` found. */
const RANGE: i32 = 0;
const EMPTY: i32 = 1;
const REFUSED: i32 = 2;

/**
 * Reads a range of bits of a value `length` bytes long: argument `index` where it begins, the next, if any, where it ends
 * (included), the one after that the unit of both. The first bit and the one after the last go to the result cells.
 */
function readRange(engine: Engine, index: u32, length: u32, isCount: bool): i32 {
  let from: i64 = 0;
  let to: i64 = -1;
  let inBits = false;
  if (engine.argc > index) {
    if (!parseInteger(argAt(engine, index), argLength(engine, index))) return refuse(engine, TEXT_NOT_INTEGER);
    from = parsed();
    if (engine.argc > index + 1) {
      // As Redis has it, BITPOS looks at the unit first, BITCOUNT at the end and whether the two are crossed.
      const unit = engine.argc > index + 2 ? optionAt(engine, index + 2) : OPTION_BYTE;
      inBits = unit == OPTION_BIT;
      const isUnit = inBits || unit == OPTION_BYTE;
      if (!isUnit && !isCount) return refuse(engine, TEXT_SYNTAX);
      if (!parseInteger(argAt(engine, index + 1), argLength(engine, index + 1))) return refuse(engine, TEXT_NOT_INTEGER);
      to = parsed();
      if (isCount && from < 0 && to < 0 && from > to) return EMPTY;
      if (!isUnit) return refuse(engine, TEXT_SYNTAX);
    }
  }
  const total = inBits ? <i64>length << 3 : <i64>length;
  if (from < 0) from = max<i64>(from + total, 0);
  if (to < 0) to = max<i64>(to + total, 0);
  to = min<i64>(to, total - 1);
  if (from > to) return EMPTY;
  store<i64>(RESULT, inBits ? from : from << 3);
  store<i64>(RESULT, inBits ? to + 1 : (to + 1) << 3, 8);
  return RANGE;
}

function refuse(engine: Engine, text: u32): i32 {
  replyText(engine, text);
  return REFUSED;
}

export function bitCount(engine: Engine): i32 {
  const argc = engine.argc;
  const cell = cellToRead(engine, 1);
  if (!cell) {
    replyInteger(engine, 0);
    return HANDLED;
  }
  if (isWrongType(engine, cell)) return HANDLED;
  if (argc == 3 || argc > 5) return fail(engine, TEXT_SYNTAX);
  const entry = entryIn(cell);
  const word = load<u32>(entry);
  const found = readRange(engine, 2, valueLength(entry, word), true);
  if (found == REFUSED) return HANDLED;
  replyInteger(engine, found == EMPTY ? 0 : countBits(valueOf(entry, word), load<u64>(RESULT), load<u64>(RESULT, 8)));
  return HANDLED;
}

/** Set bits of [from, end). */
function countBits(value: usize, from: u64, end: u64): u64 {
  let at = value + <usize>(from >> 3);
  const last = value + <usize>(end >> 3);
  const head: u32 = 0xff >> (<u32>from & 7);
  const tail: u32 = 0xff & ~(0xff >> (<u32>end & 7));
  if (at == last) return popcnt<u32>(<u32>load<u8>(at) & head & tail);
  let count: u64 = popcnt<u32>(<u32>load<u8>(at++) & head);
  while (at + 8 <= last) {
    count += popcnt<u64>(load<u64>(at));
    at += 8;
  }
  while (at < last) count += popcnt<u32>(load<u8>(at++));
  return tail ? count + popcnt<u32>(<u32>load<u8>(last) & tail) : count;
}

export function bitPosition(engine: Engine): i32 {
  const argc = engine.argc;
  if (!parseInteger(argAt(engine, 2), argLength(engine, 2))) return fail(engine, TEXT_NOT_INTEGER);
  if (<u64>parsed() > 1) return fail(engine, TEXT_BIT_ARGUMENT);
  const bit = <u32>parsed();
  const cell = cellToRead(engine, 1);
  if (!cell) {
    // A key that is not there is zeros without end.
    replyInteger(engine, bit ? -1 : 0);
    return HANDLED;
  }
  if (isWrongType(engine, cell)) return HANDLED;
  if (argc > 6) return fail(engine, TEXT_SYNTAX);
  const entry = entryIn(cell);
  const word = load<u32>(entry);
  const found = readRange(engine, 3, valueLength(entry, word), false);
  if (found == REFUSED) return HANDLED;
  if (found == EMPTY) {
    replyInteger(engine, -1);
    return HANDLED;
  }
  const end = load<u64>(RESULT, 8);
  const at = findBit(valueOf(entry, word), load<u64>(RESULT), end, bit);
  // What follows a value is zeros without end, unless the caller said where to stop.
  replyInteger(engine, at < end || (!bit && argc < 5) ? <i64>at : -1);
  return HANDLED;
}

/** The first bit of [from, end) that is `bit`; `end` when there is none. */
function findBit(value: usize, from: u64, end: u64, bit: u32): u64 {
  const flip: u64 = bit ? 0 : ~(<u64>0);
  let at = from & ~7;
  let skip = from & 7;
  while (at < end) {
    const byte = value + <usize>(at >> 3);
    if (skip == 0 && at + 64 <= end) {
      const word = bswap<u64>(load<u64>(byte)) ^ flip;
      if (word) return at + clz<u64>(word);
      at += 64;
      continue;
    }
    const left = (<u32>load<u8>(byte) ^ <u32>flip) & (0xff >> <u32>skip);
    if (left) return min<u64>(at + clz<u32>(left) - 24, end);
    skip = 0;
    at += 8;
  }
  return end;
}

// ── BITOP ─────────────────────────────────────────────────────────────────────────────────────────

export function bitOperation(engine: Engine): i32 {
  if (!withinBudget(engine)) return fail(engine, TEXT_OOM);
  const operation = optionAt(engine, 1);
  if (operation != OPTION_AND && operation != OPTION_OR && operation != OPTION_XOR && operation != OPTION_NOT) return fail(engine, TEXT_SYNTAX);
  if (operation == OPTION_NOT && engine.argc != 4) return fail(engine, TEXT_NOT_ONE_SOURCE);
  let longest: u32 = 0;
  for (let i: u32 = 3; i < engine.argc; i++) {
    const cell = cellToRead(engine, i);
    if (isWrongType(engine, cell)) return HANDLED;
    if (cell) longest = max(longest, valueLength(entryIn(cell), load<u32>(entryIn(cell))));
  }
  const key = argAt(engine, 2);
  const bytes = argLength(engine, 2);
  const hash = hashOf(engine, key, bytes);
  if (longest == 0) {
    const cell = lookUp(engine, hash, key, bytes);
    if (cell) drop(engine, hash, cell);
    replyInteger(engine, 0);
    return HANDLED;
  }
  // The destination may be one of the sources: the result stands apart until all are read.
  const result = alloc(longest);
  if (!result) return fail(engine, TEXT_OOM);
  for (let i: u32 = 3; i < engine.argc; i++) combine(engine, operation, i, result, longest);
  const stored = storeValue(engine, hash, lookUp(engine, hash, key, bytes), key, bytes, result, longest, FLAG_RAW, NEVER);
  free(result);
  if (!stored) return fail(engine, TEXT_OOM);
  replyInteger(engine, longest);
  return HANDLED;
}

/** Takes one more source into the result: the string under argument `index`, as if zeros followed it. */
function combine(engine: Engine, operation: u64, index: u32, result: usize, longest: u32): void {
  const key = argAt(engine, index);
  const bytes = argLength(engine, index);
  const cell = lookUp(engine, hashOf(engine, key, bytes), key, bytes);
  const entry = cell ? entryIn(cell) : 0;
  const word = entry ? load<u32>(entry) : 0;
  const length = entry ? valueLength(entry, word) : 0;
  const value = entry ? valueOf(entry, word) : 0;
  if (index == 3) {
    memory.copy(result, value, length);
    memory.fill(result + length, 0, longest - length);
    if (operation == OPTION_NOT) invert(result, longest);
    return;
  }
  let i: u32 = 0;
  for (; i + 16 <= length; i += 16) {
    const a = v128.load(result + i);
    const b = v128.load(value + i);
    v128.store(result + i, operation == OPTION_AND ? v128.and(a, b) : operation == OPTION_OR ? v128.or(a, b) : v128.xor(a, b));
  }
  for (; i < length; i++) {
    const a = load<u8>(result + i);
    const b = load<u8>(value + i);
    store<u8>(result + i, operation == OPTION_AND ? a & b : operation == OPTION_OR ? a | b : a ^ b);
  }
  if (operation == OPTION_AND) memory.fill(result + length, 0, longest - length);
}

function invert(at: usize, bytes: u32): void {
  let i: u32 = 0;
  for (; i + 16 <= bytes; i += 16) v128.store(at + i, v128.not(v128.load(at + i)));
  for (; i < bytes; i++) store<u8>(at + i, ~load<u8>(at + i));
}
