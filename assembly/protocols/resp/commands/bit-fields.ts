// BITFIELD and BITFIELD_RO: integers of 1 to 64 bits anywhere in a string, the highest bit first.

import { valueLength, valueOf } from '../../../structures/hash-table/entry';
import { argAt, argLength, Engine, HANDLED } from '../engine';
import { entryIn, hashOf, lookUp, touch, withinBudget } from '../keyspace';
import { parsed, parseInteger } from '../numbers';
import { OPTION_GET, optionAt } from '../options';
import { fail, FITS, replyArray, replyInteger, replyNull, reserveOut } from '../output';
import { TEXT_BITFIELD_RO, TEXT_BITFIELD_TYPE, TEXT_NOT_INTEGER, TEXT_OOM, TEXT_OVERFLOW_TYPE, TEXT_SYNTAX } from '../texts';
import { bytesToChange, readBitOffset } from './bits';
import { isWrongType } from './strings';

const OPTION_SET: u64 = 0x544553;
const OPTION_INCRBY: u64 = 0x594252434e49;
const OPTION_OVERFLOW: u64 = 0x574f4c465245564f;
const OPTION_WRAP: u64 = 0x50415257;
const OPTION_SAT: u64 = 0x544153;
const OPTION_FAIL: u64 = 0x4c494146;

/** Bytes of the longest reply to one operation. */
const REPLY_BYTES: u64 = 24;
const SIGNED: u32 = 0x80;

export function bitField(engine: Engine, readOnly: bool): i32 {
  if (!readOnly && !withinBudget(engine)) return fail(engine, TEXT_OOM);
  let operations: u32 = 0;
  /** Bits the value must have, 0 when nothing is written. */
  let writtenBits: u64 = 0;
  for (let i: u32 = 2; i < engine.argc; i += argumentsOf(optionAt(engine, i))) {
    const operation = optionAt(engine, i);
    const count = argumentsOf(operation);
    if (count == 0 || i + count > engine.argc) return fail(engine, TEXT_SYNTAX);
    if (operation == OPTION_OVERFLOW) {
      if (!isOverflow(optionAt(engine, i + 1))) return fail(engine, TEXT_OVERFLOW_TYPE);
      continue;
    }
    const type = typeAt(engine, i + 1);
    if (!type) return fail(engine, TEXT_BITFIELD_TYPE);
    if (!readBitOffset(engine, i + 2, type & ~SIGNED)) return HANDLED;
    if (operation != OPTION_GET) {
      writtenBits = max<u64>(writtenBits, <u64>parsed() + (type & ~SIGNED));
      if (!parseInteger(argAt(engine, i + 3), argLength(engine, i + 3))) return fail(engine, TEXT_NOT_INTEGER);
    }
    operations++;
  }
  const key = argAt(engine, 1);
  const bytes = argLength(engine, 1);
  const hash = hashOf(engine, key, bytes);
  const cell = lookUp(engine, hash, key, bytes);
  if (writtenBits && readOnly) return fail(engine, TEXT_BITFIELD_RO);
  if (isWrongType(engine, cell)) return HANDLED;
  const room = reserveOut(engine, 32 + REPLY_BYTES * operations);
  if (room != FITS) return room;
  let value: usize = 0;
  let length: u32 = 0;
  if (writtenBits) {
    value = bytesToChange(engine, hash, cell, <u32>((writtenBits + 7) >> 3));
    if (!value) return fail(engine, TEXT_OOM);
    // A cell found before is void; what was asked for is there now, and perhaps more.
    const entry = entryIn(lookUp(engine, hash, key, bytes));
    length = valueLength(entry, load<u32>(entry));
  } else if (cell) {
    const entry = entryIn(cell);
    value = valueOf(entry, load<u32>(entry));
    length = valueLength(entry, load<u32>(entry));
    engine.hits += 1;
    touch(engine, entry);
  } else {
    engine.misses += 1;
  }
  replyArray(engine, operations);
  let overflow = OPTION_WRAP;
  for (let i: u32 = 2; i < engine.argc; i += argumentsOf(optionAt(engine, i))) {
    const operation = optionAt(engine, i);
    if (operation == OPTION_OVERFLOW) overflow = optionAt(engine, i + 1);
    else operate(engine, operation, i, value, length, overflow);
  }
  return HANDLED;
}

/** Arguments an operation takes, its name included; 0 when it is none. */
function argumentsOf(operation: u64): u32 {
  if (operation == OPTION_GET) return 3;
  if (operation == OPTION_SET || operation == OPTION_INCRBY) return 4;
  return operation == OPTION_OVERFLOW ? 2 : 0;
}

function isOverflow(name: u64): bool {
  return name == OPTION_WRAP || name == OPTION_SAT || name == OPTION_FAIL;
}

/** Width in bits, with SIGNED, that argument `index` names; 0 when it names none. */
function typeAt(engine: Engine, index: u32): u32 {
  const at = argAt(engine, index);
  const length = argLength(engine, index);
  const letter = length ? load<u8>(at) : 0;
  const signed = letter == 0x69;
  if ((!signed && letter != 0x75) || !parseInteger(at + 1, length - 1)) return 0;
  const bits = parsed();
  if (bits < 1 || bits > (signed ? 64 : 63)) return 0;
  return <u32>bits | (signed ? SIGNED : 0);
}

function operate(engine: Engine, operation: u64, index: u32, value: usize, length: u32, overflow: u64): void {
  const type = typeAt(engine, index + 1);
  const bits = type & ~SIGNED;
  const isSigned = (type & SIGNED) != 0;
  readBitOffset(engine, index + 2, bits);
  const offset = <u64>parsed();
  const raw = readBits(value, length, offset, bits);
  const old = isSigned ? (<i64>(raw << (64 - bits))) >> (64 - bits) : <i64>raw;
  if (operation == OPTION_GET) return replyInteger(engine, old);
  parseInteger(argAt(engine, index + 3), argLength(engine, index + 3));
  const given = parsed();
  const isSet = operation == OPTION_SET;
  const base = isSet ? given : old;
  const step: i64 = isSet ? 0 : given;
  const side = isSigned ? signedOverflow(base, step, bits) : unsignedOverflow(<u64>base, step, bits);
  let fresh = base + step;
  if (side != 0) {
    if (overflow == OPTION_FAIL) return replyNull(engine);
    if (overflow == OPTION_SAT) fresh = limitOf(side, bits, isSigned);
    else if (isSigned) fresh = (fresh << (64 - bits)) >> (64 - bits);
    else fresh = <i64>(<u64>fresh & (~(<u64>0) >> (64 - bits)));
  }
  writeBits(value, offset, bits, <u64>fresh);
  replyInteger(engine, isSet ? old : fresh);
}

// How far a value is from either end is computed in 64 bits that may wrap, as Redis does: a SET of what is far below an
// i13, say, counts as above it, and OVERFLOW SAT then stores the highest.

/** 1 when the sum is above what so many bits hold, −1 when it is below, else 0. */
function signedOverflow(value: i64, step: i64, bits: u32): i32 {
  const most = <i64>((~(<u64>0) >> (64 - bits)) >> 1);
  const least = -most - 1;
  const up = most - value;
  const down = least - value;
  const narrow = bits != 64;
  if (value > most || (step > up && (narrow || (value >= 0 && step > 0)))) return 1;
  return value < least || (step < down && (narrow || (value < 0 && step < 0))) ? -1 : 0;
}

function unsignedOverflow(value: u64, step: i64, bits: u32): i32 {
  const most = ~(<u64>0) >> (64 - bits);
  if (value > most || (step > 0 && step > <i64>(most - value))) return 1;
  return step < 0 && step < <i64>(0 - value) ? -1 : 0;
}

function limitOf(side: i32, bits: u32, isSigned: bool): i64 {
  if (!isSigned) return side > 0 ? <i64>(~(<u64>0) >> (64 - bits)) : 0;
  const most = <i64>((~(<u64>0) >> (64 - bits)) >> 1);
  return side > 0 ? most : -most - 1;
}

/** The bits [offset, offset + bits) of a value; those past its end are zeros. */
function readBits(value: usize, length: u32, offset: u64, bits: u32): u64 {
  const end = offset + bits;
  let out: u64 = 0;
  for (let at = offset; at < end; ) {
    const next = min<u64>((at | 7) + 1, end);
    const count = <u32>(next - at);
    const byte: u32 = at >> 3 < length ? load<u8>(value + <usize>(at >> 3)) : 0;
    out = (out << count) | ((byte >> (<u32>(8 - (next & 7)) & 7)) & ((1 << count) - 1));
    at = next;
  }
  return out;
}

function writeBits(value: usize, offset: u64, bits: u32, content: u64): void {
  for (let end = offset + bits; end > offset; ) {
    const from = max<u64>((end - 1) & ~7, offset);
    const count = <u32>(end - from);
    const shift = <u32>(8 - (end & 7)) & 7;
    const mask: u32 = ((1 << count) - 1) << shift;
    const at = value + <usize>(from >> 3);
    store<u8>(at, <u8>((load<u8>(at) & ~mask) | ((<u32>content << shift) & mask)));
    content >>= count;
    end = from;
  }
}
