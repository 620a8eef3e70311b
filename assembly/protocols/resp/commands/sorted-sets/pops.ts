// ZPOPMIN, ZPOPMAX, ZMPOP, ZRANDMEMBER and ZSCAN.

import { alloc, costOf, free } from '../../../../memory/arena/allocator';
import { chainAfter, memberCursor, nextCursor } from '../../../../structures/skip-list/member-index';
import { memberAt, memberBytes, memberCount, nodeAfter, nodeAtRank, removeRanks, scoreOf } from '../../../../structures/skip-list/sorted-set';
import { argAt, argLength, Engine, HANDLED, MODE_RESP3, nextRandom } from '../../engine';
import { matchGlob } from '../../glob';
import { decimalDigits, parseCursor, parsed, writeInteger } from '../../numbers';
import { detailOf, DETAIL_LARGE, TYPE_ZSET, typeOf } from '../../objects';
import { entryIn, hashOf, lookUp } from '../../keyspace';
import { OPTION_COUNT, OPTION_MATCH, optionAt } from '../../options';
import { bulkSize, fail, FITS, replyArray, replyBulk, replyNull, replyNullArray, reserveOut } from '../../output';
import { TEXT_COUNT_ABOVE_0, TEXT_INVALID_CURSOR, TEXT_NOT_POSITIVE, TEXT_NUMKEYS, TEXT_OOM, TEXT_OUT_OF_RANGE, TEXT_SYNTAX } from '../../texts';
import { replyMembers } from './ranges';
import {
  dropIfEmpty,
  entryOfSet,
  entryToRead,
  isWithScores,
  memberSize,
  readInteger,
  readIntegerFrom,
  replyDouble,
  setIn,
  WRONG_TYPE,
} from './values';

const OPTION_MIN: u64 = 0x4e494d;
const OPTION_MAX: u64 = 0x58414d;

// ── Taking the least or the greatest ──────────────────────────────────────────────────────────────

export function pop(engine: Engine, greatest: bool): i32 {
  let wanted: i64 = 1;
  if (engine.argc > 3) return fail(engine, TEXT_SYNTAX);
  if (engine.argc == 3) {
    if (!readIntegerFrom(engine, 2, 0, TEXT_NOT_POSITIVE)) return HANDLED;
    wanted = parsed();
  }
  const entry = entryOfSet(engine, 1);
  if (entry == WRONG_TYPE) return HANDLED;
  if (!entry || wanted == 0) {
    replyArray(engine, 0);
    return HANDLED;
  }
  // One member without a count is answered flat, in either protocol.
  if (engine.argc == 2) return popFlat(engine, entry, greatest);
  return popFrom(engine, entry, 1, wanted, greatest, (engine.mode & MODE_RESP3) != 0, UNNAMED);
}

function popFlat(engine: Engine, entry: usize, greatest: bool): i32 {
  return popFrom(engine, entry, 1, 1, greatest, false, UNNAMED);
}

/** How the key is named before the members that are popped from it: not at all, beside a list of them, in one list. */
const UNNAMED: u32 = 0;
const BESIDE: u32 = 1;
const IN_LINE: u32 = 2;

/** Answers and removes up to `wanted` members; `named` as above. */
function popFrom(engine: Engine, entry: usize, keyIndex: u32, wanted: i64, greatest: bool, pairs: bool, named: u32): i32 {
  const set = setIn(entry);
  const size = memberCount(set);
  const count = <u32>min<i64>(wanted, size);
  let room: u64 = 64 + (named ? bulkSize(argLength(engine, keyIndex)) : 0);
  for (let i: u32 = 0, node = nodeAtRank(set, greatest ? size - count : 0); i < count; i++, node = nodeAfter(node)) {
    room += memberSize(memberBytes(node));
  }
  const fits = reserveOut(engine, room);
  if (fits != FITS) return fits;
  if (named) {
    replyArray(engine, named == IN_LINE ? 3 : 2);
    replyBulk(engine, argAt(engine, keyIndex), argLength(engine, keyIndex));
  }
  if (named != IN_LINE) replyArray(engine, pairs ? count : count << 1);
  for (let i: u32 = 0; i < count; i++) {
    const rank = greatest ? memberCount(set) - 1 : 0;
    const node = nodeAtRank(set, rank);
    if (pairs) replyArray(engine, 2);
    replyBulk(engine, memberAt(node), memberBytes(node));
    replyDouble(engine, scoreOf(node));
    removeRanks(set, rank, rank + 1);
  }
  dropIfEmpty(engine, keyIndex, set);
  return HANDLED;
}

/** The key holds no sorted set, but something else. */
export const HOLDS_OTHER: i32 = -2;
export const HOLDS_NONE: i32 = -1;

/** For who waits, or may have to: pops from the key of argument `index`, answered as BZPOPMIN does, or, `nested`, as BZMPOP. */
export function popKey(engine: Engine, index: u32, greatest: bool, wanted: u32, nested: bool): i32 {
  const cell = lookUp(engine, hashOf(engine, argAt(engine, index), argLength(engine, index)), argAt(engine, index), argLength(engine, index));
  if (!cell) return HOLDS_NONE;
  const entry = entryIn(cell);
  if (typeOf(load<u32>(entry)) != TYPE_ZSET) return HOLDS_OTHER;
  return popFrom(engine, entry, index, wanted, greatest, nested, nested ? BESIDE : IN_LINE);
}

/** ZMPOP numkeys key … MIN|MAX [COUNT n]: from the first of the sets that has members. */
export function popFirst(engine: Engine): i32 {
  if (!readIntegerFrom(engine, 1, 1, TEXT_NUMKEYS)) return HANDLED;
  const keys = parsed();
  const at = keys + 2;
  if (at >= <i64>engine.argc) return fail(engine, TEXT_SYNTAX);
  const where = optionAt(engine, <u32>at);
  if (where != OPTION_MIN && where != OPTION_MAX) return fail(engine, TEXT_SYNTAX);
  let wanted: i64 = -1;
  for (let i = <u32>at + 1; i < engine.argc; i++) {
    if (wanted != -1 || optionAt(engine, i) != OPTION_COUNT || i + 1 >= engine.argc) return fail(engine, TEXT_SYNTAX);
    if (!readIntegerFrom(engine, ++i, 1, TEXT_COUNT_ABOVE_0)) return HANDLED;
    wanted = parsed();
  }
  for (let index: u32 = 2; index < <u32>at; index++) {
    const entry = entryOfSet(engine, index);
    if (entry == WRONG_TYPE) return HANDLED;
    if (entry) return popFrom(engine, entry, index, max<i64>(wanted, 1), where == OPTION_MAX, true, BESIDE);
  }
  replyNullArray(engine);
  return HANDLED;
}

// ── Members at random ─────────────────────────────────────────────────────────────────────────────

export function randomMember(engine: Engine): i32 {
  if (engine.argc == 2) return oneAtRandom(engine);
  if (!readInteger(engine, 2)) return HANDLED;
  const wanted = parsed();
  // What Redis cannot count, twice over where scores are wanted.
  if (wanted == i64.MIN_VALUE) return fail(engine, TEXT_OUT_OF_RANGE);
  let withScores = false;
  if (engine.argc > 4 || (engine.argc == 4 && !isWithScores(engine, 3))) return fail(engine, TEXT_SYNTAX);
  if (engine.argc == 4) {
    withScores = true;
    if (wanted < -(i64.MAX_VALUE / 2) || wanted > i64.MAX_VALUE / 2) return fail(engine, TEXT_OUT_OF_RANGE);
  }
  const entry = entryToRead(engine, 1);
  if (entry == WRONG_TYPE) return HANDLED;
  if (!entry || wanted == 0) {
    replyArray(engine, 0);
    return HANDLED;
  }
  const set = setIn(entry);
  const size = memberCount(set);
  if (wanted >= <i64>size) return replyMembers(engine, set, 0, size, false, withScores);
  const count = wanted < 0 ? -wanted : wanted;
  if (count > 0x0fff_ffff) return fail(engine, TEXT_OOM);
  return manyAtRandom(engine, set, <u32>count, wanted > 0, withScores);
}

function oneAtRandom(engine: Engine): i32 {
  const entry = entryToRead(engine, 1);
  if (entry == WRONG_TYPE) return HANDLED;
  if (!entry) {
    replyNull(engine);
    return HANDLED;
  }
  const set = setIn(entry);
  const node = nodeAtRank(set, randomBelow(engine, memberCount(set)));
  const fits = reserveOut(engine, memberSize(memberBytes(node)));
  if (fits != FITS) return fits;
  replyBulk(engine, memberAt(node), memberBytes(node));
  return HANDLED;
}

function randomBelow(engine: Engine, bound: u32): u32 {
  return <u32>((<u64>nextRandom(engine) * bound) >> 32);
}

function manyAtRandom(engine: Engine, set: usize, count: u32, distinct: bool, withScores: bool): i32 {
  const block = alloc(count << 2);
  if (!block) return fail(engine, TEXT_OOM);
  engine.ioBytes += costOf(block);
  if (distinct) drawDistinct(engine, set, count, block);
  else for (let i: u32 = 0; i < count; i++) store<u32>(block + (<usize>i << 2), <u32>nodeAtRank(set, randomBelow(engine, memberCount(set))));
  const status = replyNodes(engine, block, count, withScores);
  engine.ioBytes -= costOf(block);
  free(block);
  return status;
}

/**
 * Nodes drawn without repetition, in a random order. Selection sampling (Knuth, algorithm S) where a good part is
 * wanted, which walks the whole set; else ranks are drawn until one is new, which a walk of the few drawn tells.
 */
function drawDistinct(engine: Engine, set: usize, count: u32, block: usize): void {
  const size = memberCount(set);
  if (count > SPARSE || <u64>count * count > size) {
    let wanted = count;
    let left = size;
    for (let node = nodeAtRank(set, 0); wanted; node = nodeAfter(node), left--) {
      if (randomBelow(engine, left) >= wanted) continue;
      wanted--;
      store<u32>(block + (<usize>wanted << 2), <u32>node);
    }
  } else {
    for (let drawn: u32 = 0; drawn < count; ) {
      const node = nodeAtRank(set, randomBelow(engine, size));
      let known = false;
      for (let i: u32 = 0; i < drawn && !known; i++) known = <usize>load<u32>(block + (<usize>i << 2)) == node;
      if (known) continue;
      store<u32>(block + (<usize>drawn << 2), <u32>node);
      drawn++;
    }
  }
  for (let i = count - 1; i; i--) {
    const other = block + (<usize>randomBelow(engine, i + 1) << 2);
    const mine = block + (<usize>i << 2);
    const node = load<u32>(mine);
    store<u32>(mine, load<u32>(other));
    store<u32>(other, node);
  }
}

/** Up to this many members are told apart by comparing each with all. */
const SPARSE: u32 = 64;

function replyNodes(engine: Engine, block: usize, count: u32, withScores: bool): i32 {
  let room: u64 = 32;
  for (let i: u32 = 0; i < count; i++) room += memberSize(memberBytes(load<u32>(block + (<usize>i << 2))));
  const fits = reserveOut(engine, room);
  if (fits != FITS) return fits;
  const pairs = withScores && (engine.mode & MODE_RESP3) != 0;
  replyArray(engine, withScores && !pairs ? count << 1 : count);
  for (let i: u32 = 0; i < count; i++) {
    const node: usize = load<u32>(block + (<usize>i << 2));
    if (pairs) replyArray(engine, 2);
    replyBulk(engine, memberAt(node), memberBytes(node));
    if (withScores) replyDouble(engine, scoreOf(node));
  }
  return HANDLED;
}

// ── ZSCAN ─────────────────────────────────────────────────────────────────────────────────────────

/**
 * The members in the order of their hashes, read from the lowest bit up, in which a bucket of the index stays one
 * stretch however the index grows or shrinks: a member that is there throughout is returned. A small set is answered
 * whole, as Redis does.
 */
export function scan(engine: Engine): i32 {
  if (!parseCursor(argAt(engine, 2), argLength(engine, 2))) return fail(engine, TEXT_INVALID_CURSOR);
  const cursor = <u64>parsed();
  const entry = entryToRead(engine, 1);
  if (entry == WRONG_TYPE) return HANDLED;
  let wanted: i64 = 10;
  let pattern: usize = 0;
  let patternBytes: u32 = 0;
  // Redis looks for the key first, and at the options only where there is one.
  for (let i: u32 = 3; i < engine.argc && entry; i += 2) {
    const option = optionAt(engine, i);
    if (i + 1 >= engine.argc) return fail(engine, TEXT_SYNTAX);
    if (option == OPTION_COUNT) {
      if (!readInteger(engine, i + 1)) return HANDLED;
      wanted = parsed();
      if (wanted < 1) return fail(engine, TEXT_SYNTAX);
    } else if (option == OPTION_MATCH) {
      pattern = argAt(engine, i + 1);
      patternBytes = argLength(engine, i + 1);
    } else return fail(engine, TEXT_SYNTAX);
  }
  if (!entry) return replyScan(engine, 0, 0, 0, 0, 0, 0);
  const set = setIn(entry);
  const whole = !(detailOf(entry, load<u32>(entry)) & DETAIL_LARGE);
  if (whole) return replyScan(engine, set, 0, 0x1_0000_0000, pattern, patternBytes, 0);
  if (cursor > 0xffff_ffff) return replyScan(engine, 0, 0, 0, 0, 0, 0);
  let end = cursor;
  let seen: i64 = 0;
  while (end < 0x1_0000_0000 && seen < wanted) {
    for (let node = memberCursor(set, <u32>end); node; node = chainAfter(node)) seen++;
    end = nextCursor(set, <u32>end);
  }
  return replyScan(engine, set, cursor, end, pattern, patternBytes, end >> 32 ? 0 : end);
}

/** Answers the cursor `next` and the members of the stretch [from, end) that match. */
function replyScan(engine: Engine, set: usize, from: u64, end: u64, pattern: usize, patternBytes: u32, next: u64): i32 {
  let count: u32 = 0;
  let room: u64 = 128;
  for (let at = from; at < end; at = nextCursor(set, <u32>at)) {
    for (let node = memberCursor(set, <u32>at); node; node = chainAfter(node)) {
      if (pattern && !matchGlob(pattern, patternBytes, memberAt(node), memberBytes(node))) continue;
      count++;
      room += memberSize(memberBytes(node));
    }
  }
  const fits = reserveOut(engine, room);
  if (fits != FITS) return fits;
  replyArray(engine, 2);
  const digits = <usize>engine.out + engine.outLength + 64;
  writeInteger(digits, next);
  replyBulk(engine, digits, decimalDigits(next));
  replyArray(engine, count << 1);
  const mode = engine.mode;
  // Scores are strings here, in either protocol.
  engine.mode = mode & ~MODE_RESP3;
  for (let at = from; at < end; at = nextCursor(set, <u32>at)) {
    for (let node = memberCursor(set, <u32>at); node; node = chainAfter(node)) {
      if (pattern && !matchGlob(pattern, patternBytes, memberAt(node), memberBytes(node))) continue;
      replyBulk(engine, memberAt(node), memberBytes(node));
      replyDouble(engine, scoreOf(node));
    }
  }
  engine.mode = mode;
  return HANDLED;
}
