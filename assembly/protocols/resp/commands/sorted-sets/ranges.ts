// Stretches of a sorted set, by rank, score or member: ZRANGE in all its forms, ZRANGESTORE, ZCOUNT, ZLEXCOUNT and
// ZREMRANGEBY…. Each kind of bound becomes a pair of ranks first; what is done with them does not ask how they came.

import {
  addMember,
  destroySortedSet,
  FULL,
  memberAt,
  memberBytes,
  memberCount,
  nodeAfter,
  nodeAtRank,
  nodeBefore,
  rankOfLex,
  rankOfScore,
  removeRanks,
  scoreOf,
} from '../../../../structures/skip-list/sorted-set';
import { readDouble } from '../../decimal';
import { argAt, argLength, Engine, HANDLED, MODE_RESP3 } from '../../engine';
import { withinBudget } from '../../keyspace';
import { parsed } from '../../numbers';
import { newSortedSet } from '../../objects';
import { optionAt } from '../../options';
import { fail, FITS, replyArray, replyBulk, replyInteger, reserveOut } from '../../output';
import { TEXT_LIMIT_BY_RANK, TEXT_OOM, TEXT_RANGE_NOT_FLOAT, TEXT_RANGE_NOT_LEX, TEXT_SCORES_BY_LEX, TEXT_SYNTAX } from '../../texts';
import { dropIfEmpty, dropKey, entryOfSet, entryToRead, isLargeWith, isWithScores, settleSize, memberSize, queryCell, readInteger, replyDouble, scoreCell, scoreRead, setIn, storeSet, WRONG_TYPE } from './values';

export const BY_RANK: u32 = 0;
export const BY_SCORE: u32 = 1;
export const BY_LEX: u32 = 2;
/** The options say which. */
export const BY_OPTION: u32 = 3;

const OPTION_REV: u64 = 0x564552;
const OPTION_BYLEX: u64 = 0x58454c5942;
const OPTION_BYSCORE: u64 = 0x45524f43535942;
const OPTION_LIMIT: u64 = 0x54494d494c;

/** What is asked for: two bounds, which of the members between them, and how they are answered. */
@unmanaged
class Query {
  kind: u32;
  reverse: bool;
  withScores: bool;
  /** Bounds by rank as they stand; by score as f64. */
  low: i64;
  high: i64;
  /** By score: whether the bound itself is outside. By member: LEX_*. */
  lowEdge: u32;
  highEdge: u32;
  /** By member: argument that names it. */
  lowIndex: u32;
  highIndex: u32;
  offset: i64;
  limit: i64;
}

const LEX_LEAST: u32 = 0;
const LEX_MOST: u32 = 1;
const LEX_INCLUDED: u32 = 2;
const LEX_EXCLUDED: u32 = 3;

/** The query at hand. */
// @ts-ignore: decorator
@inline
function queryOf(engine: Engine): Query {
  return changetype<Query>(queryCell(engine));
}

// ── Bounds ────────────────────────────────────────────────────────────────────────────────────────

/** Reads the bounds at arguments `lowIndex` and `highIndex`; answers when they are none. */
function readBounds(engine: Engine, query: Query, lowIndex: u32, highIndex: u32): bool {
  if (query.kind == BY_RANK) {
    // In the order they stand, so that the first wrong one is answered; both errors are the same anyway.
    if (!readInteger(engine, lowIndex)) return false;
    query.low = parsed();
    if (!readInteger(engine, highIndex)) return false;
    query.high = parsed();
    return true;
  }
  if (query.kind == BY_SCORE) {
    if (readScoreBound(engine, lowIndex)) {
      query.low = reinterpret<i64>(scoreRead(engine));
      query.lowEdge = isExclusive(engine, lowIndex);
      if (readScoreBound(engine, highIndex)) {
        query.high = reinterpret<i64>(scoreRead(engine));
        query.highEdge = isExclusive(engine, highIndex);
        return true;
      }
    }
    fail(engine, TEXT_RANGE_NOT_FLOAT);
    return false;
  }
  query.lowIndex = lowIndex;
  query.highIndex = highIndex;
  query.lowEdge = lexEdge(engine, lowIndex);
  query.highEdge = lexEdge(engine, highIndex);
  if (query.lowEdge <= LEX_EXCLUDED && query.highEdge <= LEX_EXCLUDED) return true;
  fail(engine, TEXT_RANGE_NOT_LEX);
  return false;
}

// @ts-ignore: decorator
@inline
function isExclusive(engine: Engine, index: u32): u32 {
  return argLength(engine, index) && load<u8>(argAt(engine, index)) == 0x28 ? 1 : 0;
}

/** As C reads it: up to the end or a zero byte. Nothing at all is 0. */
function readScoreBound(engine: Engine, index: u32): bool {
  const skip = isExclusive(engine, index);
  const at = argAt(engine, index) + skip;
  const bytes = argLength(engine, index) - skip;
  readDouble(at, bytes, engine.work, scoreCell(engine));
  const used = load<u32>(scoreCell(engine), 8);
  const value = scoreRead(engine);
  return (used == bytes || load<u8>(at + used) == 0) && value == value;
}

function lexEdge(engine: Engine, index: u32): u32 {
  const bytes = argLength(engine, index);
  if (bytes == 0) return LEX_EXCLUDED + 1;
  const first = load<u8>(argAt(engine, index));
  if (first == 0x5b) return LEX_INCLUDED;
  if (first == 0x28) return LEX_EXCLUDED;
  if (bytes > 1 && load<u8>(argAt(engine, index), 1) != 0) return LEX_EXCLUDED + 1;
  return first == 0x2d ? LEX_LEAST : first == 0x2b ? LEX_MOST : LEX_EXCLUDED + 1;
}

/** The ranks [from, end) that the bounds enclose, from below; in the low and high half. */
function ranksOf(engine: Engine, query: Query, set: usize): u64 {
  const count = memberCount(set);
  let from: u32 = 0;
  let end: u32 = 0;
  if (query.kind == BY_RANK) return ranksOfRanks(query, count);
  if (query.kind == BY_SCORE) {
    from = rankOfScore(set, reinterpret<f64>(query.low), query.lowEdge != 0);
    end = rankOfScore(set, reinterpret<f64>(query.high), query.highEdge == 0);
  } else {
    from = rankOfEdge(engine, set, query.lowIndex, query.lowEdge, query.lowEdge == LEX_EXCLUDED);
    end = rankOfEdge(engine, set, query.highIndex, query.highEdge, query.highEdge == LEX_INCLUDED);
  }
  return from >= end ? 0 : (<u64>end << 32) | from;
}

function rankOfEdge(engine: Engine, set: usize, index: u32, edge: u32, orEqual: bool): u32 {
  if (edge == LEX_LEAST) return 0;
  if (edge == LEX_MOST) return memberCount(set);
  return rankOfLex(set, argAt(engine, index) + 1, argLength(engine, index) - 1, orEqual);
}

/** Negative ranks count from the end. In reverse they count from above. */
function ranksOfRanks(query: Query, count: u32): u64 {
  let from = query.low < 0 ? max<i64>(query.low + count, 0) : query.low;
  let last = query.high < 0 ? query.high + count : min<i64>(query.high, <i64>count - 1);
  if (from > last || from >= <i64>count) return 0;
  if (!query.reverse) return (<u64>(last + 1) << 32) | <u64>from;
  return (<u64>(count - from) << 32) | <u64>(count - 1 - last);
}

// ── ZRANGE and its relatives ──────────────────────────────────────────────────────────────────────

/** ZRANGE, ZREVRANGE, ZRANGEBYSCORE, ZREVRANGEBYSCORE, ZRANGEBYLEX, ZREVRANGEBYLEX. */
export function range(engine: Engine, kind: u32, reverse: bool): i32 {
  const query = queryOf(engine);
  if (!readQuery(engine, query, 1, kind, reverse, false)) return HANDLED;
  const entry = entryToRead(engine, 1);
  if (entry == WRONG_TYPE) return HANDLED;
  if (!entry) {
    replyArray(engine, 0);
    return HANDLED;
  }
  const set = setIn(entry);
  const chosen = choose(query, ranksOf(engine, query, set));
  return replyMembers(engine, set, <u32>chosen, <u32>(chosen >> 32), query.reverse, query.withScores);
}

/** Reads source, bounds and options from argument `source` on. */
function readQuery(engine: Engine, query: Query, source: u32, kind: u32, reverse: bool, toStore: bool): bool {
  const free = kind == BY_OPTION;
  query.kind = kind;
  query.reverse = reverse;
  query.withScores = false;
  query.offset = 0;
  query.limit = -1;
  for (let i = source + 3; i < engine.argc; i++) {
    const option = optionAt(engine, i);
    if (!toStore && isWithScores(engine, i)) query.withScores = true;
    else if (option == OPTION_LIMIT && i + 2 < engine.argc) {
      if (!readInteger(engine, i + 1)) return false;
      query.offset = parsed();
      if (!readInteger(engine, i + 2)) return false;
      query.limit = parsed();
      i += 2;
    } else if (free && option == OPTION_REV && !query.reverse) query.reverse = true;
    else if (query.kind == BY_OPTION && option == OPTION_BYLEX) query.kind = BY_LEX;
    else if (query.kind == BY_OPTION && option == OPTION_BYSCORE) query.kind = BY_SCORE;
    else {
      fail(engine, TEXT_SYNTAX);
      return false;
    }
  }
  if (query.kind == BY_OPTION) query.kind = BY_RANK;
  if (query.limit != -1 && query.kind == BY_RANK) {
    fail(engine, TEXT_LIMIT_BY_RANK);
    return false;
  }
  if (query.withScores && query.kind == BY_LEX) {
    fail(engine, TEXT_SCORES_BY_LEX);
    return false;
  }
  const swapped = query.reverse && query.kind != BY_RANK;
  return readBounds(engine, query, source + (swapped ? 2 : 1), source + (swapped ? 1 : 2));
}

/** First rank and count of what offset and limit leave of [from, end); in reverse the first is the highest. */
function choose(query: Query, ranks: u64): u64 {
  const from = <i64><u32>ranks;
  const end = <i64>(ranks >> 32);
  const count = end - from;
  if (query.offset < 0 || query.offset >= count) return 0;
  const left = count - query.offset;
  const taken = query.limit < 0 ? left : min(left, query.limit);
  const first = query.reverse ? end - 1 - query.offset : from + query.offset;
  return (<u64>taken << 32) | <u64>first;
}

/** An array of the members from rank `first` on, upwards or downwards, with their scores where wanted. */
export function replyMembers(engine: Engine, set: usize, first: u32, count: u32, reverse: bool, withScores: bool): i32 {
  const start = count ? nodeAtRank(set, first) : 0;
  let room: u64 = 32;
  let node = start;
  for (let i: u32 = 0; i < count; i++) {
    room += memberSize(memberBytes(node));
    node = reverse ? nodeBefore(node) : nodeAfter(node);
  }
  const fits = reserveOut(engine, room);
  if (fits != FITS) return fits;
  const pairs = withScores && (engine.mode & MODE_RESP3) != 0;
  replyArray(engine, withScores && !pairs ? count << 1 : count);
  node = start;
  for (let i: u32 = 0; i < count; i++) {
    if (pairs) replyArray(engine, 2);
    replyBulk(engine, memberAt(node), memberBytes(node));
    if (withScores) replyDouble(engine, scoreOf(node));
    node = reverse ? nodeBefore(node) : nodeAfter(node);
  }
  return HANDLED;
}

/** ZRANGESTORE: the target, then as ZRANGE. */
export function rangeStore(engine: Engine): i32 {
  const query = queryOf(engine);
  if (!readQuery(engine, query, 2, BY_OPTION, false, true)) return HANDLED;
  if (!withinBudget(engine)) return fail(engine, TEXT_OOM);
  const entry = entryToRead(engine, 2);
  if (entry == WRONG_TYPE) return HANDLED;
  const from = entry ? setIn(entry) : 0;
  const chosen = entry ? choose(query, ranksOf(engine, query, from)) : 0;
  const count = <u32>(chosen >> 32);
  if (count == 0) {
    dropKey(engine, 1);
    replyInteger(engine, 0);
    return HANDLED;
  }
  const fresh = newSortedSet(engine);
  if (!fresh) return fail(engine, TEXT_OOM);
  // The target may be the source: the copy is made before it is stored.
  if (!copyRanks(engine, from, <u32>chosen, count, query.reverse, fresh)) return fail(engine, TEXT_OOM);
  const stored = storeSet(engine, 1, fresh);
  if (!stored) return fail(engine, TEXT_OOM);
  settleSize(stored);
  replyInteger(engine, count);
  return HANDLED;
}

/** Copies members to a set of no key, which is freed when the budget is full. */
function copyRanks(engine: Engine, from: usize, first: u32, count: u32, reverse: bool, to: usize): bool {
  let node = nodeAtRank(from, first);
  // Redis adds them one by one to a set that begins compact: up to where it turns large, −0 becomes 0.
  let large = false;
  for (let i: u32 = 0; i < count; i++) {
    large = large || isLargeWith(i + 1, memberBytes(node));
    const score = scoreOf(node);
    if (addMember(to, memberAt(node), memberBytes(node), score == 0 && !large ? 0 : score, 0, scoreCell(engine)) == FULL) {
      destroySortedSet(to);
      return false;
    }
    node = reverse ? nodeBefore(node) : nodeAfter(node);
  }
  return true;
}

// ── Counting and removing ─────────────────────────────────────────────────────────────────────────

/** ZCOUNT and ZLEXCOUNT. */
export function countRange(engine: Engine, kind: u32): i32 {
  const query = queryOf(engine);
  query.kind = kind;
  query.reverse = false;
  if (!readBounds(engine, query, 2, 3)) return HANDLED;
  const entry = entryToRead(engine, 1);
  if (entry == WRONG_TYPE) return HANDLED;
  const ranks = entry ? ranksOf(engine, query, setIn(entry)) : 0;
  replyInteger(engine, <i64>(ranks >> 32) - <i64><u32>ranks);
  return HANDLED;
}

/** ZREMRANGEBYRANK, ZREMRANGEBYSCORE, ZREMRANGEBYLEX. */
export function removeRange(engine: Engine, kind: u32): i32 {
  const query = queryOf(engine);
  query.kind = kind;
  query.reverse = false;
  if (!readBounds(engine, query, 2, 3)) return HANDLED;
  const entry = entryOfSet(engine, 1);
  if (entry == WRONG_TYPE) return HANDLED;
  let removed: i64 = 0;
  if (entry) {
    const set = setIn(entry);
    const ranks = ranksOf(engine, query, set);
    removed = removeRanks(set, <u32>ranks, <u32>(ranks >> 32));
    dropIfEmpty(engine, 1, set);
  }
  replyInteger(engine, removed);
  return HANDLED;
}
