// Commands on strings. Each returns HANDLED, FALLBACK or RETRY; arity was checked where it is called.

import { FLAG_RAW, valueLength, valueOf } from '../../../structures/hash-table/entry';
import { copyBytes } from '../../../memory/bytes';
import { RESULT } from '../../../memory/arena/layout';
import { find } from '../../../structures/hash-table/table';
import { argAt, argLength, Engine, HANDLED } from '../engine';
import { drop, entryIn, expiryAt, growValue, hashOf, lookUp, NEVER, setExpiry, storeValue, touch, withinBudget, writeEntry } from '../keyspace';
import { lookAtKey } from '../lookahead';
import { parsed, parseInteger, writeInteger } from '../numbers';
import { isObject } from '../objects';
import { OPTION_EX, OPTION_EXAT, OPTION_GET, OPTION_KEEPTTL, OPTION_NX, OPTION_PERSIST, OPTION_PX, OPTION_PXAT, OPTION_XX, optionAt } from '../options';
import { fail, FITS, replyArray, replyBulk, replyInteger, replyNull, replyOk, replyText, replyTextAround, reserveOut } from '../output';
import {
  TEXT_COMMAND_END,
  TEXT_DECREMENT_OVERFLOW,
  TEXT_INVALID_EXPIRE,
  TEXT_NOT_INTEGER,
  TEXT_OFFSET,
  TEXT_OOM,
  TEXT_OVERFLOW,
  TEXT_SYNTAX,
  TEXT_TOO_LONG,
  TEXT_WRONG_TYPE,
} from '../texts';

/** Redis's proto-max-bulk-len. */
export const MAX_VALUE: u64 = 512 << 20;

function failExpire(engine: Engine): i32 {
  replyTextAround(engine, TEXT_INVALID_EXPIRE, argAt(engine, 0), argLength(engine, 0), TEXT_COMMAND_END, true);
  return HANDLED;
}

/** Answers a lookup: the value, or null. Counts hits and misses. */
function replyValue(engine: Engine, cell: usize): i32 {
  if (!cell) {
    engine.misses += 1;
    replyNull(engine);
    return HANDLED;
  }
  const entry = entryIn(cell);
  const word = load<u32>(entry);
  if (isObject(word)) return fail(engine, TEXT_WRONG_TYPE);
  const length = valueLength(entry, word);
  const room = reserveOut(engine, <u64>length + 32);
  if (room != FITS) return room;
  engine.hits += 1;
  touch(engine, entry);
  replyBulk(engine, valueOf(entry, word), length);
  return HANDLED;
}

/** Whether a cell, or none, is that of another type than a string; this is then answered. */
export function isWrongType(engine: Engine, cell: usize): bool {
  if (!cell || !isObject(load<u32>(entryIn(cell)))) return false;
  replyText(engine, TEXT_WRONG_TYPE);
  return true;
}

/** Whether the reply that begins at `start` of the buffer is an error. */
function isError(engine: Engine, start: u32): bool {
  return load<u8>(<usize>engine.out + start) == 0x2d;
}

export function get(engine: Engine): i32 {
  const key = argAt(engine, 1);
  const bytes = argLength(engine, 1);
  return replyValue(engine, lookUp(engine, hashOf(engine, key, bytes), key, bytes));
}

// ── SET and its relatives ─────────────────────────────────────────────────────────────────────────

const SECONDS: u32 = 1;
const ABSOLUTE: u32 = 2;

/** Unit of an expiry option; 4 when it is none. */
// @ts-ignore: decorator
@inline
function unitOf(option: u64): u32 {
  if (option == OPTION_EX) return SECONDS;
  if (option == OPTION_PX) return 0;
  if (option == OPTION_EXAT) return SECONDS | ABSOLUTE;
  return option == OPTION_PXAT ? ABSOLUTE : 4;
}

/** The moment that argument `index` states, read by `parsed`. False when it is none, which has then been answered. */
function parseMoment(engine: Engine, index: u32, unit: u32): bool {
  if (!parseInteger(argAt(engine, index), argLength(engine, index))) {
    replyText(engine, TEXT_NOT_INTEGER);
    return false;
  }
  let when = parsed();
  let bad = when <= 0 || (unit & SECONDS && when > i64.MAX_VALUE / 1000);
  if (!bad && unit & SECONDS) when *= 1000;
  if (!bad && !(unit & ABSOLUTE)) {
    bad = when > i64.MAX_VALUE - engine.now;
    when += engine.now;
  }
  if (bad) failExpire(engine);
  else store<i64>(RESULT, when);
  return !bad;
}

// Options of one SET.
const SET_NX: u32 = 1;
const SET_XX: u32 = 2;
const SET_GET: u32 = 4;
const SET_KEEPTTL: u32 = 8;

export function set(engine: Engine): i32 {
  if (engine.argc == 3) {
    const key = argAt(engine, 1);
    const bytes = argLength(engine, 1);
    const hash = hashOf(engine, key, bytes);
    if (!withinBudget(engine)) return fail(engine, TEXT_OOM);
    const cell = find(engine.table, hash, key, bytes);
    if (!storeValue(engine, hash, cell, key, bytes, argAt(engine, 2), argLength(engine, 2), 0, NEVER)) return fail(engine, TEXT_OOM);
    replyOk(engine);
    return HANDLED;
  }
  let options: u32 = 0;
  let unit: u32 = 4;
  let momentIndex: u32 = 0;
  for (let i: u32 = 3; i < engine.argc; i++) {
    const option = optionAt(engine, i);
    if (option == OPTION_NX && !(options & SET_XX)) options |= SET_NX;
    else if (option == OPTION_XX && !(options & SET_NX)) options |= SET_XX;
    else if (option == OPTION_GET) options |= SET_GET;
    else if (option == OPTION_KEEPTTL && !momentIndex) options |= SET_KEEPTTL;
    else if (unitOf(option) < 4 && !momentIndex && !(options & SET_KEEPTTL) && i + 1 < engine.argc) {
      unit = unitOf(option);
      momentIndex = ++i;
    } else return fail(engine, TEXT_SYNTAX);
  }
  return setWith(engine, options, momentIndex, unit, 2);
}

/** SET with its options read; the value is argument `valueIndex`. */
function setWith(engine: Engine, options: u32, momentIndex: u32, unit: u32, valueIndex: u32): i32 {
  const key = argAt(engine, 1);
  const bytes = argLength(engine, 1);
  const hash = hashOf(engine, key, bytes);
  if (!withinBudget(engine)) return fail(engine, TEXT_OOM);
  let when = NEVER;
  if (momentIndex) {
    if (!parseMoment(engine, momentIndex, unit)) return HANDLED;
    when = parsed();
  }
  const cell = lookUp(engine, hash, key, bytes);
  const start = engine.outLength;
  if (options & SET_GET) {
    const status = replyValue(engine, cell);
    // An old value too large to be answered stays.
    if (status != HANDLED || isError(engine, start)) return status;
  }
  if ((options & SET_NX && cell) || (options & SET_XX && !cell)) {
    if (!(options & SET_GET)) replyNull(engine);
    return HANDLED;
  }
  if (options & SET_KEEPTTL && cell) {
    const entry = entryIn(cell);
    when = expiryAt(entry, load<u32>(entry));
  }
  if (!storeValue(engine, hash, cell, key, bytes, argAt(engine, valueIndex), argLength(engine, valueIndex), 0, when)) {
    engine.outLength = start;
    return fail(engine, TEXT_OOM);
  }
  if (!(options & SET_GET)) replyOk(engine);
  return HANDLED;
}

/** SETEX, PSETEX: key, moment, value. */
export function setWithMoment(engine: Engine, seconds: bool): i32 {
  return setWith(engine, 0, 2, seconds ? SECONDS : 0, 3);
}

export function setNx(engine: Engine): i32 {
  const key = argAt(engine, 1);
  const bytes = argLength(engine, 1);
  const hash = hashOf(engine, key, bytes);
  if (!withinBudget(engine)) return fail(engine, TEXT_OOM);
  if (lookUp(engine, hash, key, bytes)) {
    replyInteger(engine, 0);
    return HANDLED;
  }
  if (!storeValue(engine, hash, 0, key, bytes, argAt(engine, 2), argLength(engine, 2), 0, NEVER)) return fail(engine, TEXT_OOM);
  replyInteger(engine, 1);
  return HANDLED;
}

export function getSet(engine: Engine): i32 {
  return setWith(engine, SET_GET, 0, 4, 2);
}

export function getDel(engine: Engine): i32 {
  const key = argAt(engine, 1);
  const bytes = argLength(engine, 1);
  const hash = hashOf(engine, key, bytes);
  const cell = lookUp(engine, hash, key, bytes);
  const start = engine.outLength;
  const status = replyValue(engine, cell);
  // Only a reply that holds the value allows the deletion; RETRY comes again.
  if (status == HANDLED && cell && !isError(engine, start)) drop(engine, hash, cell);
  return status;
}

export function getEx(engine: Engine): i32 {
  let unit: u32 = 4;
  let momentIndex: u32 = 0;
  let persist = false;
  for (let i: u32 = 2; i < engine.argc; i++) {
    const option = optionAt(engine, i);
    if (option == OPTION_PERSIST && !momentIndex) persist = true;
    else if (unitOf(option) < 4 && !momentIndex && !persist && i + 1 < engine.argc) {
      unit = unitOf(option);
      momentIndex = ++i;
    } else return fail(engine, TEXT_SYNTAX);
  }
  const key = argAt(engine, 1);
  const bytes = argLength(engine, 1);
  const hash = hashOf(engine, key, bytes);
  const cell = lookUp(engine, hash, key, bytes);
  if (!cell) return replyValue(engine, 0);
  if (isWrongType(engine, cell)) return HANDLED;
  let when = NEVER;
  if (momentIndex) {
    if (!parseMoment(engine, momentIndex, unit)) return HANDLED;
    when = parsed();
  }
  const start = engine.outLength;
  const status = replyValue(engine, cell);
  if (status != HANDLED || isError(engine, start)) return status;
  if (momentIndex && when <= engine.now) drop(engine, hash, cell);
  else if ((momentIndex || persist) && !setExpiry(engine, cell, when)) {
    engine.outLength = start;
    return fail(engine, TEXT_OOM);
  }
  return HANDLED;
}

// ── Several keys ──────────────────────────────────────────────────────────────────────────────────

export function mget(engine: Engine): i32 {
  const ahead = engine.aheadAt;
  let room: u64 = 32;
  for (let i: u32 = 1; i < engine.argc; i++) {
    lookAtKey(engine, i, 1, 1, engine.argc);
    const cell = stringOfArg(engine, i);
    if (cell) room += valueLength(entryIn(cell), load<u32>(entryIn(cell)));
    room += 32;
  }
  const fits = reserveOut(engine, room);
  if (fits != FITS) {
    engine.aheadAt = ahead;
    return fits;
  }
  replyArray(engine, engine.argc - 1);
  for (let i: u32 = 1; i < engine.argc; i++) {
    lookAtKey(engine, i, 1, 1, engine.argc);
    replyValue(engine, stringOfArg(engine, i));
  }
  engine.aheadAt = ahead;
  return HANDLED;
}

/** Cell of the string that an argument names, 0 also where it names something else. */
function stringOfArg(engine: Engine, index: u32): usize {
  const key = argAt(engine, index);
  const bytes = argLength(engine, index);
  const cell = lookUp(engine, hashOf(engine, key, bytes), key, bytes);
  return cell && !isObject(load<u32>(entryIn(cell))) ? cell : 0;
}

export function mset(engine: Engine): i32 {
  if (!withinBudget(engine)) return fail(engine, TEXT_OOM);
  if (!storePairs(engine)) return fail(engine, TEXT_OOM);
  replyOk(engine);
  return HANDLED;
}

export function msetNx(engine: Engine): i32 {
  if (!withinBudget(engine)) return fail(engine, TEXT_OOM);
  for (let i: u32 = 1; i < engine.argc; i += 2) {
    const key = argAt(engine, i);
    const bytes = argLength(engine, i);
    if (lookUp(engine, hashOf(engine, key, bytes), key, bytes)) {
      replyInteger(engine, 0);
      return HANDLED;
    }
  }
  if (!storePairs(engine)) return fail(engine, TEXT_OOM);
  replyInteger(engine, 1);
  return HANDLED;
}

/** Stores argument pairs in order; false when the budget ran full, with the pairs before that stored. */
function storePairs(engine: Engine): bool {
  const ahead = engine.aheadAt;
  let stored = true;
  for (let i: u32 = 1; i < engine.argc && stored; i += 2) {
    lookAtKey(engine, i, 1, 2, engine.argc);
    const key = argAt(engine, i);
    const bytes = argLength(engine, i);
    const hash = hashOf(engine, key, bytes);
    const cell = find(engine.table, hash, key, bytes);
    stored = storeValue(engine, hash, cell, key, bytes, argAt(engine, i + 1), argLength(engine, i + 1), 0, NEVER);
  }
  engine.aheadAt = ahead;
  return stored;
}

// ── Parts of a value ──────────────────────────────────────────────────────────────────────────────

export function strlen(engine: Engine): i32 {
  const key = argAt(engine, 1);
  const bytes = argLength(engine, 1);
  const cell = lookUp(engine, hashOf(engine, key, bytes), key, bytes);
  if (isWrongType(engine, cell)) return HANDLED;
  if (cell) {
    engine.hits += 1;
    touch(engine, entryIn(cell));
  } else {
    engine.misses += 1;
  }
  replyInteger(engine, cell ? valueLength(entryIn(cell), load<u32>(entryIn(cell))) : 0);
  return HANDLED;
}

export function append(engine: Engine): i32 {
  const key = argAt(engine, 1);
  const bytes = argLength(engine, 1);
  const added = argLength(engine, 2);
  const hash = hashOf(engine, key, bytes);
  if (!withinBudget(engine)) return fail(engine, TEXT_OOM);
  const cell = lookUp(engine, hash, key, bytes);
  if (!cell) {
    if (!storeValue(engine, hash, 0, key, bytes, argAt(engine, 2), added, 0, NEVER)) return fail(engine, TEXT_OOM);
    replyInteger(engine, added);
    return HANDLED;
  }
  if (isWrongType(engine, cell)) return HANDLED;
  const length = valueLength(entryIn(cell), load<u32>(entryIn(cell)));
  if (<u64>length + added > MAX_VALUE) return fail(engine, TEXT_TOO_LONG);
  const entry = growValue(engine, hash, cell, length + added, FLAG_RAW);
  if (!entry) return fail(engine, TEXT_OOM);
  copyBytes(valueOf(entry, load<u32>(entry)) + length, argAt(engine, 2), added);
  replyInteger(engine, <i64>length + added);
  return HANDLED;
}

export function setRange(engine: Engine): i32 {
  if (!parseInteger(argAt(engine, 2), argLength(engine, 2))) return fail(engine, TEXT_NOT_INTEGER);
  const offset = parsed();
  if (offset < 0) return fail(engine, TEXT_OFFSET);
  const key = argAt(engine, 1);
  const bytes = argLength(engine, 1);
  const written = argLength(engine, 3);
  const hash = hashOf(engine, key, bytes);
  if (!withinBudget(engine)) return fail(engine, TEXT_OOM);
  const cell = lookUp(engine, hash, key, bytes);
  if (isWrongType(engine, cell)) return HANDLED;
  const length = cell ? valueLength(entryIn(cell), load<u32>(entryIn(cell))) : 0;
  if (written == 0) {
    replyInteger(engine, length);
    return HANDLED;
  }
  if (<u64>offset > MAX_VALUE || <u64>offset + written > MAX_VALUE) return fail(engine, TEXT_TOO_LONG);
  const end = <u32>offset + written;
  const total = max(length, end);
  const entry = cell ? growValue(engine, hash, cell, total, FLAG_RAW) : writeEntry(engine, hash, 0, key, bytes, total, FLAG_RAW, NEVER);
  if (!entry) return fail(engine, TEXT_OOM);
  const value = valueOf(entry, load<u32>(entry));
  if (<u32>offset > length) memory.fill(value + length, 0, <u32>offset - length);
  copyBytes(value + <u32>offset, argAt(engine, 3), written);
  replyInteger(engine, total);
  return HANDLED;
}

export function getRange(engine: Engine): i32 {
  if (!parseInteger(argAt(engine, 2), argLength(engine, 2))) return fail(engine, TEXT_NOT_INTEGER);
  let from = parsed();
  if (!parseInteger(argAt(engine, 3), argLength(engine, 3))) return fail(engine, TEXT_NOT_INTEGER);
  let to = parsed();
  const key = argAt(engine, 1);
  const bytes = argLength(engine, 1);
  const cell = lookUp(engine, hashOf(engine, key, bytes), key, bytes);
  if (isWrongType(engine, cell)) return HANDLED;
  if (cell) {
    const entry = entryIn(cell);
    const word = load<u32>(entry);
    const length = <i64>valueLength(entry, word);
    // Redis answers nothing when both ends are negative and crossed, before clamping.
    const crossed = from < 0 && to < 0 && from > to;
    if (from < 0) from = max<i64>(from + length, 0);
    if (to < 0) to = max<i64>(to + length, 0);
    if (to >= length) to = length - 1;
    if (!crossed && from <= to && length > 0) {
      const room = reserveOut(engine, <u64>(to - from + 33));
      if (room != FITS) return room;
      engine.hits += 1;
      touch(engine, entry);
      replyBulk(engine, valueOf(entry, word) + <usize>from, <u32>(to - from + 1));
      return HANDLED;
    }
    engine.hits += 1;
  } else {
    engine.misses += 1;
  }
  replyBulk(engine, 0, 0);
  return HANDLED;
}

// ── Counters ──────────────────────────────────────────────────────────────────────────────────────

/** INCR, DECR, INCRBY, DECRBY. */
export function incrementBy(engine: Engine, step: i64): i32 {
  const key = argAt(engine, 1);
  const bytes = argLength(engine, 1);
  const hash = hashOf(engine, key, bytes);
  if (!withinBudget(engine)) return fail(engine, TEXT_OOM);
  const cell = lookUp(engine, hash, key, bytes);
  if (isWrongType(engine, cell)) return HANDLED;
  let value: i64 = 0;
  let when = NEVER;
  if (cell) {
    const entry = entryIn(cell);
    const word = load<u32>(entry);
    when = expiryAt(entry, word);
    if (!parseInteger(valueOf(entry, word), valueLength(entry, word))) return fail(engine, TEXT_NOT_INTEGER);
    value = parsed();
  }
  if ((step < 0 && value < i64.MIN_VALUE - step) || (step > 0 && value > i64.MAX_VALUE - step)) return fail(engine, TEXT_OVERFLOW);
  value += step;
  // The digits stand in the reply buffer first; the reply proper is then written over them.
  const digits = <usize>engine.out + engine.outLength + 64;
  const length = writeInteger(digits, value);
  if (!storeValue(engine, hash, cell, key, bytes, digits, length, 0, when)) return fail(engine, TEXT_OOM);
  replyInteger(engine, value);
  return HANDLED;
}

export function incrementByArgument(engine: Engine, negate: bool): i32 {
  if (!parseInteger(argAt(engine, 2), argLength(engine, 2))) return fail(engine, TEXT_NOT_INTEGER);
  const step = parsed();
  if (!negate) return incrementBy(engine, step);
  return step == i64.MIN_VALUE ? fail(engine, TEXT_DECREMENT_OVERFLOW) : incrementBy(engine, -step);
}
