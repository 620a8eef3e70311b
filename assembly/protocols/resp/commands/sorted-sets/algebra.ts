// Several sorted sets at once: ZUNION, ZINTER, ZDIFF, their STORE forms, and ZINTERCARD.

import {
  addMember,
  destroySortedSet,
  FULL,
  memberAt,
  memberBytes,
  memberCount,
  nodeAfter,
  nodeAtRank,
  nodeOfMember,
  putEqualScore,
  scoreOf,
} from '../../../../structures/skip-list/sorted-set';
import { alloc, costOf, free } from '../../../../memory/arena/allocator';
import { argAt, argLength, Engine, HANDLED } from '../../engine';
import { withinBudget } from '../../keyspace';
import { parsed } from '../../numbers';
import { newSortedSet } from '../../objects';
import { optionAt } from '../../options';
import { fail, replyInteger, replyTextAround } from '../../output';
import { TEXT_COMMAND_END, TEXT_NEGATIVE_LIMIT, TEXT_NO_INPUT_KEYS, TEXT_OOM, TEXT_SYNTAX, TEXT_WEIGHT_NOT_FLOAT } from '../../texts';
import { replyMembers } from './ranges';
import { dropKey, entryToRead, isWithScores, isWord, settleSize, readInteger, readIntegerFrom, readScore, scoreCell, scoreRead, setIn, storeSet, WRONG_TYPE } from './values';

export const UNION: u32 = 0;
export const INTERSECTION: u32 = 1;
export const DIFFERENCE: u32 = 2;
/** The intersection's size only. */
export const CARDINALITY: u32 = 3;

const SUM: u32 = 0;
const MINIMUM: u32 = 1;
const MAXIMUM: u32 = 2;

const OPTION_WEIGHTS: u64 = 0x53544847494557;
const OPTION_SUM: u64 = 0x4d5553;
const OPTION_MIN: u64 = 0x4e494d;
const OPTION_MAX: u64 = 0x58414d;
const OPTION_LIMIT: u64 = 0x54494d494c;

// One of the sets: f64 weight, u32 set (0 for a key that is not there).
const SOURCE: usize = 16;
const SOURCE_SET: usize = 8;

// @ts-ignore: decorator
@inline
function setAt(sources: usize, index: u32): usize {
  return load<u32>(sources + <usize>index * SOURCE, SOURCE_SET);
}

// @ts-ignore: decorator
@inline
function weightAt(sources: usize, index: u32): f64 {
  return load<f64>(sources + <usize>index * SOURCE);
}

/** `target` is the argument that names where the result goes, or 0. */
export function combine(engine: Engine, kind: u32, target: u32): i32 {
  const first = target ? 3 : 2;
  if (!readInteger(engine, first - 1)) return HANDLED;
  const keys = parsed();
  if (keys < 1) {
    replyTextAround(engine, TEXT_NO_INPUT_KEYS, argAt(engine, 0), argLength(engine, 0), TEXT_COMMAND_END, true);
    return HANDLED;
  }
  if (keys > <i64>engine.argc - first) return fail(engine, TEXT_SYNTAX);
  if (target && !withinBudget(engine)) return fail(engine, TEXT_OOM);
  const count = <u32>keys;
  const sources = alloc(count * <u32>SOURCE);
  if (!sources) return fail(engine, TEXT_OOM);
  engine.ioBytes += costOf(sources);
  const status = combineSources(engine, kind, target, first, count, sources);
  engine.ioBytes -= costOf(sources);
  free(sources);
  return status;
}

function combineSources(engine: Engine, kind: u32, target: u32, first: u32, count: u32, sources: usize): i32 {
  for (let i: u32 = 0; i < count; i++) {
    const entry = entryToRead(engine, first + i);
    if (entry == WRONG_TYPE) return HANDLED;
    store<f64>(sources + <usize>i * SOURCE, 1);
    store<u32>(sources + <usize>i * SOURCE, entry ? <u32>setIn(entry) : 0, SOURCE_SET);
  }
  let aggregate = SUM;
  let withScores = false;
  let limit: i64 = 0;
  const weighs = kind == UNION || kind == INTERSECTION;
  for (let i = first + count; i < engine.argc; i++) {
    const option = optionAt(engine, i);
    if (weighs && option == OPTION_WEIGHTS && engine.argc - i - 1 >= count) {
      for (let j: u32 = 0; j < count; j++) {
        if (!readScore(engine, ++i)) return fail(engine, TEXT_WEIGHT_NOT_FLOAT);
        store<f64>(sources + <usize>j * SOURCE, scoreRead(engine));
      }
    } else if (weighs && isWord(engine, i, 0x5441474552474741, 0x45, 9) && i + 1 < engine.argc) {
      const name = optionAt(engine, ++i);
      if (name == OPTION_SUM) aggregate = SUM;
      else if (name == OPTION_MIN) aggregate = MINIMUM;
      else if (name == OPTION_MAX) aggregate = MAXIMUM;
      else return fail(engine, TEXT_SYNTAX);
    } else if (!target && kind != CARDINALITY && isWithScores(engine, i)) {
      withScores = true;
    } else if (kind == CARDINALITY && option == OPTION_LIMIT && i + 1 < engine.argc) {
      if (!readIntegerFrom(engine, ++i, 0, TEXT_NEGATIVE_LIMIT)) return HANDLED;
      limit = parsed();
    } else return fail(engine, TEXT_SYNTAX);
  }
  // The smallest first: less work, and the order in which Redis adds scores up.
  if (kind != DIFFERENCE) sortBySize(sources, count);
  if (kind == CARDINALITY) {
    replyInteger(engine, countCommon(sources, count, limit));
    return HANDLED;
  }
  const result = newSortedSet(engine);
  if (!result) return fail(engine, TEXT_OOM);
  if (!fill(engine, kind, sources, count, aggregate, result)) {
    destroySortedSet(result);
    return fail(engine, TEXT_OOM);
  }
  if (target) return storeResult(engine, target, result);
  const status = replyMembers(engine, result, 0, memberCount(result), false, withScores);
  destroySortedSet(result);
  return status;
}

function storeResult(engine: Engine, target: u32, result: usize): i32 {
  const size = memberCount(result);
  if (size == 0) {
    destroySortedSet(result);
    dropKey(engine, target);
  } else {
    const entry = storeSet(engine, target, result);
    if (!entry) return fail(engine, TEXT_OOM);
    settleSize(entry);
  }
  replyInteger(engine, size);
  return HANDLED;
}

/** Stable, and good enough for the few sets that a command names. */
function sortBySize(sources: usize, count: u32): void {
  for (let i: u32 = 1; i < count; i++) {
    const weight = weightAt(sources, i);
    const set = setAt(sources, i);
    const size = sizeOf(set);
    let j = i;
    for (; j && sizeOf(setAt(sources, j - 1)) > size; j--) {
      memory.copy(sources + <usize>j * SOURCE, sources + <usize>(j - 1) * SOURCE, SOURCE);
    }
    store<f64>(sources + <usize>j * SOURCE, weight);
    store<u32>(sources + <usize>j * SOURCE, <u32>set, SOURCE_SET);
  }
}

// @ts-ignore: decorator
@inline
function sizeOf(set: usize): u32 {
  return set ? memberCount(set) : 0;
}

/** False when the budget is full. */
function fill(engine: Engine, kind: u32, sources: usize, count: u32, aggregate: u32, result: usize): bool {
  if (kind == UNION) {
    for (let i: u32 = 0; i < count; i++) if (!unite(engine, setAt(sources, i), weightAt(sources, i), aggregate, result)) return false;
    return true;
  }
  const least = setAt(sources, 0);
  if (!least) return true;
  for (let node = nodeAtRank(least, 0); node; node = nodeAfter(node)) {
    const at = memberAt(node);
    const bytes = memberBytes(node);
    let score = kind == DIFFERENCE ? scoreOf(node) : weighted(scoreOf(node), weightAt(sources, 0));
    let kept = true;
    for (let i: u32 = 1; i < count && kept; i++) {
      const set = setAt(sources, i);
      const other = set ? nodeOfMember(set, at, bytes) : 0;
      kept = (other != 0) == (kind == INTERSECTION);
      if (kept && other) score = aggregated(score, scoreOf(other) * weightAt(sources, i), aggregate);
    }
    if (kept && addMember(result, at, bytes, score, 0, scoreCell(engine)) == FULL) return false;
  }
  return true;
}

function unite(engine: Engine, set: usize, weight: f64, aggregate: u32, result: usize): bool {
  if (!set) return true;
  for (let node = nodeAtRank(set, 0); node; node = nodeAfter(node)) {
    const at = memberAt(node);
    const bytes = memberBytes(node);
    let score = weighted(scoreOf(node), weight);
    const mine = nodeOfMember(result, at, bytes);
    if (mine) score = aggregated(scoreOf(mine), score, aggregate);
    if (mine && scoreOf(mine) == score) putEqualScore(mine, score);
    else if (addMember(result, at, bytes, score, 0, scoreCell(engine)) == FULL) return false;
  }
  return true;
}

/** What would be no number is 0; as in Redis, of the first of sets that intersect only. */
// @ts-ignore: decorator
@inline
function weighted(score: f64, weight: f64): f64 {
  const product = score * weight;
  return product == product ? product : 0;
}

function aggregated(a: f64, b: f64, aggregate: u32): f64 {
  if (aggregate == MINIMUM) return b < a ? b : a;
  if (aggregate == MAXIMUM) return b > a ? b : a;
  const sum = a + b;
  return sum == sum ? sum : 0;
}

/** Members that are in every set, counted up to `limit` where that is not 0. */
function countCommon(sources: usize, count: u32, limit: i64): i64 {
  const least = setAt(sources, 0);
  let common: i64 = 0;
  for (let node = least ? nodeAtRank(least, 0) : 0; node; node = nodeAfter(node)) {
    let everywhere = true;
    for (let i: u32 = 1; i < count && everywhere; i++) {
      everywhere = nodeOfMember(setAt(sources, i), memberAt(node), memberBytes(node)) != 0;
    }
    if (everywhere && ++common == limit) break;
  }
  return common;
}
