// ZADD, ZINCRBY, ZREM, and the questions about single members: ZSCORE, ZMSCORE, ZRANK, ZREVRANK, ZCARD.

import {
  ADDED,
  FULL,
  GT,
  INCREMENT,
  LT,
  memberCount,
  nodeOfMember,
  NOT_A_NUMBER,
  NX,
  rankOfNode,
  REFUSED,
  removeMemberBytes,
  scoreOf,
  UPDATED,
  XX,
} from '../../../../structures/skip-list/sorted-set';
import { argAt, argLength, Engine, HANDLED } from '../../engine';
import { withinBudget } from '../../keyspace';
import { OPTION_GT, OPTION_LT, OPTION_NX, OPTION_XX, optionAt } from '../../options';
import { fail, FITS, replyArray, replyInteger, replyNull, reserveOut } from '../../output';
import { TEXT_GT_LT_NX, TEXT_INCR_PAIRS, TEXT_NAN, TEXT_NOT_FLOAT, TEXT_OOM, TEXT_SYNTAX, TEXT_XX_AND_NX } from '../../texts';
import { addTo, dropIfEmpty, dropKey, entryOfSet, entryToRead, makeSet, readScore, replyDouble, SCORE_REPLY, scoreRead, setIn, WRONG_TYPE } from './values';

const OPTION_CH: u64 = 0x4843;
const OPTION_INCR: u64 = 0x52434e49;

export function add(engine: Engine): i32 {
  let flags: u32 = 0;
  let countChanges = false;
  let index: u32 = 2;
  for (; index < engine.argc; index++) {
    const option = optionAt(engine, index);
    if (option == OPTION_NX) flags |= NX;
    else if (option == OPTION_XX) flags |= XX;
    else if (option == OPTION_GT) flags |= GT;
    else if (option == OPTION_LT) flags |= LT;
    else if (option == OPTION_CH) countChanges = true;
    else if (option == OPTION_INCR) flags |= INCREMENT;
    else break;
  }
  const rest = engine.argc - index;
  if (rest == 0 || rest & 1) return fail(engine, TEXT_SYNTAX);
  if (flags & NX && flags & XX) return fail(engine, TEXT_XX_AND_NX);
  if ((flags & GT && flags & (NX | LT)) || (flags & LT && flags & NX)) return fail(engine, TEXT_GT_LT_NX);
  if (flags & INCREMENT && rest > 2) return fail(engine, TEXT_INCR_PAIRS);
  return addPairs(engine, index, flags, countChanges);
}

export function incrementBy(engine: Engine): i32 {
  return addPairs(engine, 2, INCREMENT, false);
}

/** Adds the pairs of score and member from argument `first` on. Every score is looked at before the first is added. */
function addPairs(engine: Engine, first: u32, flags: u32, countChanges: bool): i32 {
  for (let i = first; i < engine.argc; i += 2) if (!readScore(engine, i)) return fail(engine, TEXT_NOT_FLOAT);
  if (!withinBudget(engine)) return fail(engine, TEXT_OOM);
  let entry = entryOfSet(engine, 1);
  if (entry == WRONG_TYPE) return HANDLED;
  const fresh = entry == 0;
  if (fresh) {
    if (flags & XX) return answerAdded(engine, flags, REFUSED, 0, 0);
    entry = makeSet(engine, 1);
    if (!entry) return fail(engine, TEXT_OOM);
  }
  let added: i64 = 0;
  let changed: i64 = 0;
  let status = REFUSED;
  let score: f64 = 0;
  for (let i = first; i < engine.argc; i += 2) {
    readScore(engine, i);
    const given = scoreRead(engine);
    status = addTo(engine, entry, argAt(engine, i + 1), argLength(engine, i + 1), given, flags);
    if (status == FULL || status == NOT_A_NUMBER) {
      if (fresh && memberCount(setIn(entry)) == 0) dropKey(engine, 1);
      return fail(engine, status == FULL ? TEXT_OOM : TEXT_NAN);
    }
    score = status == ADDED ? given : scoreRead(engine);
    if (status == ADDED) added++;
    if (status == UPDATED) changed++;
  }
  return answerAdded(engine, flags, status, score, countChanges ? added + changed : added);
}

function answerAdded(engine: Engine, flags: u32, status: i32, score: f64, count: i64): i32 {
  if (!(flags & INCREMENT)) replyInteger(engine, count);
  else if (status == REFUSED) replyNull(engine);
  else replyDouble(engine, score);
  return HANDLED;
}

export function remove(engine: Engine): i32 {
  const entry = entryOfSet(engine, 1);
  if (entry == WRONG_TYPE) return HANDLED;
  let removed: i64 = 0;
  if (entry) {
    const set = setIn(entry);
    for (let i: u32 = 2; i < engine.argc; i++) if (removeMemberBytes(set, argAt(engine, i), argLength(engine, i))) removed++;
    dropIfEmpty(engine, 1, set);
  }
  replyInteger(engine, removed);
  return HANDLED;
}

export function cardinality(engine: Engine): i32 {
  const entry = entryToRead(engine, 1);
  if (entry == WRONG_TYPE) return HANDLED;
  replyInteger(engine, entry ? memberCount(setIn(entry)) : 0);
  return HANDLED;
}

export function score(engine: Engine): i32 {
  const entry = entryToRead(engine, 1);
  if (entry == WRONG_TYPE) return HANDLED;
  replyScoreOf(engine, entry, 2);
  return HANDLED;
}

export function scores(engine: Engine): i32 {
  const room = reserveOut(engine, <u64>engine.argc * SCORE_REPLY + 32);
  if (room != FITS) return room;
  const entry = entryToRead(engine, 1);
  if (entry == WRONG_TYPE) return HANDLED;
  replyArray(engine, engine.argc - 2);
  for (let i: u32 = 2; i < engine.argc; i++) replyScoreOf(engine, entry, i);
  return HANDLED;
}

function replyScoreOf(engine: Engine, entry: usize, index: u32): void {
  const node = entry ? nodeOfMember(setIn(entry), argAt(engine, index), argLength(engine, index)) : 0;
  if (node) replyDouble(engine, scoreOf(node));
  else replyNull(engine);
}

export function rank(engine: Engine, reverse: bool): i32 {
  const entry = entryToRead(engine, 1);
  if (entry == WRONG_TYPE) return HANDLED;
  const set = entry ? setIn(entry) : 0;
  const node = entry ? nodeOfMember(set, argAt(engine, 2), argLength(engine, 2)) : 0;
  if (!node) replyNull(engine);
  else replyInteger(engine, reverse ? memberCount(set) - 1 - rankOfNode(set, node) : rankOfNode(set, node));
  return HANDLED;
}
