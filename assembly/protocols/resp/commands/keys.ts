// Commands on keys of any type: existence, renaming, expiry, KEYS and SCAN.

import { alloc, costOf, free } from '../../../memory/arena/allocator';
import { copyBytes } from '../../../memory/bytes';
import { FLAG_RAW, FLAG_TEXT, keyLength, keyOf, TYPE_MASK, valueLength, valueOf } from '../../../structures/hash-table/entry';
import { TAG_MASK, TAG_VOLATILE } from '../../../structures/hash-table/layout';
import { batchEnd, collectBetween, countBetween } from '../../../structures/hash-table/table';
import { argAt, argLength, Engine, HANDLED } from '../engine';
import { matchGlob } from '../glob';
import { randomCell } from '../eviction';
import { drop, entryIn, expiryAt, hashOf, lookUp, NEVER, setExpiry, touch, withinBudget, writeEntry } from '../keyspace';
import { decimalDigits, parseCursor, parsed, parseInteger, writeInteger } from '../numbers';
import { cloneStructure, destroyStructure, detailOf, isCopied, isObject, putObject, structureOf, TYPE_STRING, TYPE_ZSET, typeOf } from '../objects';
import { MODULE_MASK } from '../modules';
import {
  OPTION_COUNT,
  OPTION_DB,
  OPTION_GT,
  OPTION_LT,
  OPTION_MATCH,
  OPTION_NX,
  OPTION_REPLACE,
  OPTION_TYPE,
  OPTION_XX,
  optionAt,
} from '../options';
import { fail, FITS, replyArray, replyBulk, replyInteger, replyNull, replyOk, replyText, replyTextAround, reserveOut } from '../output';
import {
  TEXT_COMMAND_END,
  TEXT_DB_RANGE,
  TEXT_GT_AND_LT,
  TEXT_INVALID_CURSOR,
  TEXT_INVALID_EXPIRE,
  TEXT_LINE_END,
  TEXT_COUNT,
  TEXT_MODULE,
  TEXT_NONE,
  TEXT_NOT_COPIED,
  TEXT_NO_SUCH_KEY,
  TEXT_NOT_INTEGER,
  TEXT_NX_AND_OTHERS,
  TEXT_OOM,
  TEXT_SAME_OBJECT,
  TEXT_STRING,
  TEXT_SYNTAX,
  TEXT_UNSUPPORTED_OPTION,
  TEXT_ZSET,
} from '../texts';

// @ts-ignore: decorator
@inline
function cellOfArg(engine: Engine, index: u32): usize {
  const key = argAt(engine, index);
  const bytes = argLength(engine, index);
  return lookUp(engine, hashOf(engine, key, bytes), key, bytes);
}

export function del(engine: Engine): i32 {
  let removed: i64 = 0;
  for (let i: u32 = 1; i < engine.argc; i++) {
    const hash = hashOf(engine, argAt(engine, i), argLength(engine, i));
    const cell = lookUp(engine, hash, argAt(engine, i), argLength(engine, i));
    if (!cell) continue;
    drop(engine, hash, cell);
    removed++;
  }
  replyInteger(engine, removed);
  return HANDLED;
}

/** EXISTS and TOUCH: how many of the arguments are keys; TOUCH also counts as use. */
export function countPresent(engine: Engine, asUse: bool): i32 {
  let present: i64 = 0;
  for (let i: u32 = 1; i < engine.argc; i++) {
    const cell = cellOfArg(engine, i);
    if (cell) {
      present++;
      engine.hits += 1;
      if (asUse) touch(engine, entryIn(cell));
    } else {
      engine.misses += 1;
    }
  }
  replyInteger(engine, present);
  return HANDLED;
}

export function type(engine: Engine): i32 {
  const cell = cellOfArg(engine, 1);
  if (!cell) return fail(engine, TEXT_NONE);
  return fail(engine, textOfType(entryIn(cell)));
}

/** The text that names an entry's type. */
function textOfType(entry: usize): u32 {
  const word = load<u32>(entry);
  const type = typeOf(word);
  if (type == TYPE_STRING) return TEXT_STRING;
  return type == TYPE_ZSET ? TEXT_ZSET : TEXT_MODULE + (detailOf(entry, word) & MODULE_MASK);
}

// ── RENAME and COPY ───────────────────────────────────────────────────────────────────────────────

export function rename(engine: Engine, onlyIfFree: bool): i32 {
  const source = argAt(engine, 1);
  const sourceBytes = argLength(engine, 1);
  const target = argAt(engine, 2);
  const targetBytes = argLength(engine, 2);
  const sourceHash = hashOf(engine, source, sourceBytes);
  if (!lookUp(engine, sourceHash, source, sourceBytes)) return fail(engine, TEXT_NO_SUCH_KEY);
  const same = sourceBytes == targetBytes && memory.compare(source, target, sourceBytes) == 0;
  const present = lookUp(engine, hashOf(engine, target, targetBytes), target, targetBytes) != 0;
  if (onlyIfFree && present) {
    replyInteger(engine, 0);
    return HANDLED;
  }
  if (!same) {
    if (!duplicate(engine, source, sourceBytes, target, targetBytes, true)) return fail(engine, TEXT_OOM);
    drop(engine, sourceHash, lookUp(engine, sourceHash, source, sourceBytes));
  }
  if (onlyIfFree) replyInteger(engine, 1);
  else replyOk(engine);
  return HANDLED;
}

/**
 * Lets `target` hold what the living `source` holds, its expiry and encoding too. A structure is copied, or, with `move`,
 * handed over: `source` is then left an empty string. False when the budget is full.
 */
function duplicate(engine: Engine, source: usize, sourceBytes: u32, target: usize, targetBytes: u32, move: bool): bool {
  const sourceHash = hashOf(engine, source, sourceBytes);
  const targetHash = hashOf(engine, target, targetBytes);
  let from = entryIn(lookUp(engine, sourceHash, source, sourceBytes));
  const word = load<u32>(from);
  const cell = lookUp(engine, targetHash, target, targetBytes);
  const bytes = valueLength(from, word);
  // Entries never move, only cells do: `from` stays good across the insertion.
  const structure = !isObject(word) ? <usize>0 : move ? structureOf(from, word) : cloneStructure(engine, from, word);
  if (isObject(word) && !structure) return false;
  const to = writeEntry(engine, targetHash, cell, target, targetBytes, bytes, word & (FLAG_RAW | FLAG_TEXT | TYPE_MASK), expiryAt(from, word));
  if (!to) {
    if (structure && !move) destroyStructure(typeOf(word), structure, detailOf(from, word));
    return false;
  }
  if (!structure) {
    copyBytes(valueOf(to, load<u32>(to)), valueOf(from, word), bytes);
    return true;
  }
  putObject(valueOf(to, load<u32>(to)), structure, detailOf(from, word));
  if (engine.watch && typeOf(word) == TYPE_ZSET) engine.ready = <u32>to;
  if (move) store<u32>(from, word & ~TYPE_MASK);
  else engine.objects++;
  return true;
}

export function copy(engine: Engine): i32 {
  let replace = false;
  for (let i: u32 = 3; i < engine.argc; i++) {
    const option = optionAt(engine, i);
    if (option == OPTION_REPLACE) {
      replace = true;
    } else if (option == OPTION_DB && i + 1 < engine.argc) {
      i++;
      if (!parseInteger(argAt(engine, i), argLength(engine, i))) return fail(engine, TEXT_NOT_INTEGER);
      if (parsed() != 0) return fail(engine, TEXT_DB_RANGE);
    } else return fail(engine, TEXT_SYNTAX);
  }
  const source = argAt(engine, 1);
  const sourceBytes = argLength(engine, 1);
  const target = argAt(engine, 2);
  const targetBytes = argLength(engine, 2);
  if (!withinBudget(engine)) return fail(engine, TEXT_OOM);
  if (sourceBytes == targetBytes && memory.compare(source, target, sourceBytes) == 0) return fail(engine, TEXT_SAME_OBJECT);
  const cell = cellOfArg(engine, 1);
  if (cell && !isCopied(load<u32>(entryIn(cell)))) return fail(engine, TEXT_NOT_COPIED);
  if (!cell || (!replace && cellOfArg(engine, 2))) {
    replyInteger(engine, 0);
    return HANDLED;
  }
  if (!duplicate(engine, source, sourceBytes, target, targetBytes, false)) return fail(engine, TEXT_OOM);
  replyInteger(engine, 1);
  return HANDLED;
}

// ── Expiry ────────────────────────────────────────────────────────────────────────────────────────

const IF_NONE: u32 = 1;
const IF_SOME: u32 = 2;
const IF_LATER: u32 = 4;
const IF_EARLIER: u32 = 8;

/** EXPIRE and its relatives: `base` is what the argument is counted from. */
export function expire(engine: Engine, base: i64, seconds: bool): i32 {
  let options: u32 = 0;
  for (let i: u32 = 3; i < engine.argc; i++) {
    const option = optionAt(engine, i);
    if (option == OPTION_NX) options |= IF_NONE;
    else if (option == OPTION_XX) options |= IF_SOME;
    else if (option == OPTION_GT) options |= IF_LATER;
    else if (option == OPTION_LT) options |= IF_EARLIER;
    else {
      replyTextAround(engine, TEXT_UNSUPPORTED_OPTION, argAt(engine, i), argLength(engine, i), TEXT_LINE_END, false);
      return HANDLED;
    }
  }
  if (options & IF_NONE && options & ~IF_NONE) return fail(engine, TEXT_NX_AND_OTHERS);
  if (options & IF_LATER && options & IF_EARLIER) return fail(engine, TEXT_GT_AND_LT);
  if (!parseInteger(argAt(engine, 2), argLength(engine, 2))) return fail(engine, TEXT_NOT_INTEGER);
  let when = parsed();
  if (seconds && (when > i64.MAX_VALUE / 1000 || when < i64.MIN_VALUE / 1000)) return failExpire(engine);
  if (seconds) when *= 1000;
  if (when > i64.MAX_VALUE - base) return failExpire(engine);
  when += base;

  const key = argAt(engine, 1);
  const bytes = argLength(engine, 1);
  const hash = hashOf(engine, key, bytes);
  const cell = lookUp(engine, hash, key, bytes);
  if (!cell || !expiryAllowed(cell, options, when)) {
    replyInteger(engine, 0);
    return HANDLED;
  }
  if (when <= engine.now) drop(engine, hash, cell);
  else if (!setExpiry(engine, cell, when)) return fail(engine, TEXT_OOM);
  replyInteger(engine, 1);
  return HANDLED;
}

function failExpire(engine: Engine): i32 {
  replyTextAround(engine, TEXT_INVALID_EXPIRE, argAt(engine, 0), argLength(engine, 0), TEXT_COMMAND_END, true);
  return HANDLED;
}

function expiryAllowed(cell: usize, options: u32, when: i64): bool {
  const entry = entryIn(cell);
  const present = expiryAt(entry, load<u32>(entry));
  if (options & IF_NONE && present != NEVER) return false;
  if (options & IF_SOME && present == NEVER) return false;
  // No expiry counts as one that never comes.
  if (options & IF_LATER && (present == NEVER || when <= present)) return false;
  return !(options & IF_EARLIER) || present == NEVER || when < present;
}

/** TTL, PTTL, EXPIRETIME, PEXPIRETIME. */
export function timeToLive(engine: Engine, seconds: bool, absolute: bool): i32 {
  const cell = cellOfArg(engine, 1);
  if (!cell) {
    replyInteger(engine, -2);
    return HANDLED;
  }
  const entry = entryIn(cell);
  let when = expiryAt(entry, load<u32>(entry));
  if (when == NEVER) {
    replyInteger(engine, -1);
    return HANDLED;
  }
  if (!absolute) when = max<i64>(when - engine.now, 0);
  // Rounded as an unsigned number: 500 ms above the latest moment of all is no negative one.
  replyInteger(engine, seconds ? (((when as u64) + 500) / 1000) as i64 : when);
  return HANDLED;
}

export function persist(engine: Engine): i32 {
  const cell = cellOfArg(engine, 1);
  if (!cell || !(load<u32>(cell) & TAG_VOLATILE)) {
    replyInteger(engine, 0);
    return HANDLED;
  }
  setExpiry(engine, cell, NEVER);
  replyInteger(engine, 1);
  return HANDLED;
}

// ── RANDOMKEY, KEYS, SCAN ─────────────────────────────────────────────────────────────────────────

export function randomKey(engine: Engine): i32 {
  // Each round that meets an expired key removes it, so this ends.
  while (true) {
    const picked = randomCell(engine);
    if (!picked) {
      replyNull(engine);
      return HANDLED;
    }
    const entry = entryIn(picked);
    const word = load<u32>(entry);
    const bytes = keyLength(entry, word);
    const room = reserveOut(engine, <u64>bytes + 32);
    if (room != FITS) return room;
    if (isExpired(engine, entry, word)) {
      drop(engine, hashOf(engine, keyOf(entry, word), bytes), picked);
      engine.expired += 1;
      continue;
    }
    replyBulk(engine, keyOf(entry, word), bytes);
    return HANDLED;
  }
}

// @ts-ignore: decorator
@inline
function isExpired(engine: Engine, entry: usize, word: u32): bool {
  const when = expiryAt(entry, word);
  return when != NEVER && engine.now > when;
}

/** A filter on entries, and a reply of the keys that pass. */
function accepts(engine: Engine, tagged: u32, pattern: usize, patternBytes: u32, wantedType: u32): bool {
  const entry = <usize>(tagged & ~TAG_MASK);
  const word = load<u32>(entry);
  if (wantedType != ANY_TYPE && textOfType(entry) != wantedType) return false;
  if (tagged & TAG_VOLATILE && isExpired(engine, entry, word)) return false;
  return pattern == 0 || matchGlob(pattern, patternBytes, keyOf(entry, word), keyLength(entry, word));
}

/** Pairs of hash and entry with a hash in [from, end), in a block the caller frees; 0 when there is no room. */
function collect(engine: Engine, from: u32, end: u64, count: u32): usize {
  const block = alloc(max<u32>(count, 1) << 3);
  if (block) {
    engine.ioBytes += costOf(block);
    collectBetween(engine.table, from, end, block);
  }
  return block;
}

function release(engine: Engine, block: usize): void {
  engine.ioBytes -= costOf(block);
  free(block);
}

export function keys(engine: Engine): i32 {
  const pattern = argAt(engine, 1);
  const patternBytes = argLength(engine, 1);
  const all = patternBytes == 1 && load<u8>(pattern) == 0x2a;
  // First the size of the reply, then the reply.
  let matched: u32 = 0;
  let room: u64 = 32;
  const start = engine.outLength;
  for (let pass = 0; pass < 2; pass++) {
    if (pass == 1) {
      const fits = reserveOut(engine, room);
      if (fits != FITS) return fits;
      replyArray(engine, matched);
    }
    for (let from: u64 = 0; from < 0x1_0000_0000; ) {
      const end = batchEnd(engine.table, <u32>from, u32.MAX_VALUE);
      const count = countBetween(engine.table, <u32>from, end);
      const block = collect(engine, <u32>from, end, count);
      if (!block) {
        engine.outLength = start;
        return fail(engine, TEXT_OOM);
      }
      for (let i: u32 = 0; i < count; i++) {
        const tagged = load<u32>(block + (<usize>i << 3), 4);
        if (!accepts(engine, tagged, all ? 0 : pattern, patternBytes, ANY_TYPE)) continue;
        const entry = <usize>(tagged & ~TAG_MASK);
        const word = load<u32>(entry);
        if (pass == 0) {
          matched++;
          room += <u64>keyLength(entry, word) + 16;
        } else {
          replyBulk(engine, keyOf(entry, word), keyLength(entry, word));
        }
      }
      release(engine, block);
      from = end;
    }
  }
  return HANDLED;
}

/** The cursor is the hash to go on from: growth and deletion move no key past it. */
export function scan(engine: Engine): i32 {
  if (!parseCursor(argAt(engine, 1), argLength(engine, 1))) return fail(engine, TEXT_INVALID_CURSOR);
  const cursor = <u64>parsed();
  let wanted: i64 = 10;
  let pattern: usize = 0;
  let patternBytes: u32 = 0;
  const none = cursor > 0xffff_ffff;
  let wantedType = ANY_TYPE;
  for (let i: u32 = 2; i < engine.argc; i += 2) {
    const option = optionAt(engine, i);
    if (i + 1 >= engine.argc) return fail(engine, TEXT_SYNTAX);
    if (option == OPTION_COUNT) {
      if (!parseInteger(argAt(engine, i + 1), argLength(engine, i + 1))) return fail(engine, TEXT_NOT_INTEGER);
      wanted = parsed();
      if (wanted < 1) return fail(engine, TEXT_SYNTAX);
    } else if (option == OPTION_MATCH) {
      pattern = argAt(engine, i + 1);
      patternBytes = argLength(engine, i + 1);
    } else if (option == OPTION_TYPE) {
      wantedType = typeNamed(engine, i + 1);
    } else return fail(engine, TEXT_SYNTAX);
  }
  return scanFrom(engine, <u32>cursor, <u32>min<i64>(wanted, 1 << 20), pattern, patternBytes, none ? NO_TYPE : wantedType);
}

/** For a filter on types, besides the texts that name them: every one, and none. */
const ANY_TYPE: u32 = TEXT_COUNT;
const NO_TYPE: u32 = TEXT_COUNT + 1;

/** The text of the type that an argument names in whatever case, or NO_TYPE. */
function typeNamed(engine: Engine, index: u32): u32 {
  if (isText(engine, TEXT_STRING, index)) return TEXT_STRING;
  if (isText(engine, TEXT_ZSET, index)) return TEXT_ZSET;
  for (let text = TEXT_MODULE; text < TEXT_NOT_COPIED; text++) {
    if (isText(engine, text, index)) return text;
  }
  return NO_TYPE;
}

/** Whether an argument is what stands between a text's type byte and its line end. */
function isText(engine: Engine, text: u32, index: u32): bool {
  const record = <usize>engine.texts + (<usize>text << 3);
  const name = <usize>load<u32>(record) + 1;
  const length = load<u32>(record, 4) - 3;
  const at = argAt(engine, index);
  if (argLength(engine, index) != length) return false;
  for (let i: u32 = 0; i < length; i++) {
    const letter = load<u8>(name + i);
    const given = load<u8>(at + i);
    const isLetter = (letter | 0x20) - 0x61 < 26;
    if (letter != given && !(isLetter && (letter ^ given) == 0x20)) return false;
  }
  return true;
}

/** Stretches of the table one SCAN looks at, empty ones included. */
const MAX_STRETCHES: u32 = 64;

function scanFrom(engine: Engine, start: u32, wanted: u32, pattern: usize, patternBytes: u32, wantedType: u32): i32 {
  const table = engine.table;
  let from: u64 = start;
  let end: u64 = start;
  let count: u32 = 0;
  // One batch lies in one segment; nearly empty stretches are passed over, within a bound.
  for (let stretches = MAX_STRETCHES; stretches && count == 0 && end < 0x1_0000_0000; stretches--) {
    from = end;
    end = batchEnd(table, <u32>from, wanted);
    count = countBetween(table, <u32>from, end);
  }
  const block = collect(engine, <u32>from, end, count);
  if (!block) return fail(engine, TEXT_OOM);
  let matched: u32 = 0;
  let room: u64 = 128;
  for (let i: u32 = 0; i < count; i++) {
    const tagged = load<u32>(block + (<usize>i << 3), 4);
    if (!accepts(engine, tagged, pattern, patternBytes, wantedType)) continue;
    store<u64>(block + (<usize>matched << 3), load<u64>(block + (<usize>i << 3)));
    matched++;
    const entry = <usize>(tagged & ~TAG_MASK);
    room += <u64>keyLength(entry, load<u32>(entry)) + 16;
  }
  const fits = reserveOut(engine, room);
  if (fits != FITS) {
    release(engine, block);
    return fits;
  }
  replyArray(engine, 2);
  const next: u64 = end >> 32 ? 0 : end;
  const digits = <usize>engine.out + engine.outLength + 64;
  writeInteger(digits, next);
  replyBulk(engine, digits, decimalDigits(next));
  replyArray(engine, matched);
  for (let i: u32 = 0; i < matched; i++) {
    const entry = <usize>(load<u32>(block + (<usize>i << 3), 4) & ~TAG_MASK);
    const word = load<u32>(entry);
    replyBulk(engine, keyOf(entry, word), keyLength(entry, word));
  }
  release(engine, block);
  return HANDLED;
}
