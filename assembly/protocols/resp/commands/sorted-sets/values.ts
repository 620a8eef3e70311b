// Sorted sets in the keyspace: finding, making and losing them, and the numbers they are spoken of in.

import { valueOf } from '../../../../structures/hash-table/entry';
import { ADDED, addMember, destroySortedSet, memberBytes, memberCount, nodeAfter, nodeAtRank, nodeOfMember, putEqualScore, scoreOf } from '../../../../structures/skip-list/sorted-set';
import { DECIMAL_WORK_BYTES, MAX_DOUBLE_TEXT, READ_OUT_OF_RANGE, readDouble, writeDouble } from '../../decimal';
import { argAt, argLength, Engine, MODE_RESP3 } from '../../engine';
import { drop, entryIn, hashOf, lookUp, NEVER, touch, writeEntry } from '../../keyspace';
import { parsed, parseInteger } from '../../numbers';
import { detailOf, DETAIL_LARGE, FLAG_ZSET, newSortedSet, OBJECT_BYTES, putObject, setDetail, structureOf, TYPE_ZSET, typeOf } from '../../objects';
import { bulkSize, replyBulk, replyText } from '../../output';
import { TEXT_NOT_INTEGER, TEXT_WRONG_TYPE } from '../../texts';

/** The key holds something else; that has been answered. No address is this low. */
export const WRONG_TYPE: usize = 1;

/** Redis keeps a sorted set in a compact form up to these, and answers OBJECT ENCODING by it. */
const COMPACT_MEMBERS: u32 = 128;
const COMPACT_MEMBER_BYTES: u32 = 64;

/** Entry of the sorted set that argument `index` names; 0 when there is none, WRONG_TYPE when it is something else. */
export function entryOfSet(engine: Engine, index: u32): usize {
  const key = argAt(engine, index);
  const bytes = argLength(engine, index);
  const cell = lookUp(engine, hashOf(engine, key, bytes), key, bytes);
  if (!cell) return 0;
  const entry = entryIn(cell);
  if (typeOf(load<u32>(entry)) == TYPE_ZSET) return entry;
  replyText(engine, TEXT_WRONG_TYPE);
  return WRONG_TYPE;
}

/** As `entryOfSet`, counted as a hit or a miss. */
export function entryToRead(engine: Engine, index: u32): usize {
  const entry = entryOfSet(engine, index);
  if (entry) {
    engine.hits += 1;
    if (entry != WRONG_TYPE) touch(engine, entry);
  } else {
    engine.misses += 1;
  }
  return entry;
}

// @ts-ignore: decorator
@inline
export function setIn(entry: usize): usize {
  return structureOf(entry, load<u32>(entry));
}

/** Makes an empty sorted set under argument `index`, which must be free. 0 when the budget is full. */
export function makeSet(engine: Engine, index: u32): usize {
  const set = newSortedSet(engine);
  return set ? storeSet(engine, index, set) : 0;
}

/** Stores a set under argument `index`, whatever stands there; frees it, and returns 0, when the budget is full. */
export function storeSet(engine: Engine, index: u32, set: usize): usize {
  const key = argAt(engine, index);
  const bytes = argLength(engine, index);
  const hash = hashOf(engine, key, bytes);
  const entry = writeEntry(engine, hash, lookUp(engine, hash, key, bytes), key, bytes, OBJECT_BYTES, FLAG_ZSET, NEVER);
  if (!entry) {
    destroySortedSet(set);
    return 0;
  }
  putObject(valueOf(entry, load<u32>(entry)), set, 0);
  engine.objects++;
  if (engine.watch) engine.ready = <u32>entry;
  return entry;
}

/** Removes the key of argument `index`, if it is there; true when it was. */
export function dropKey(engine: Engine, index: u32): bool {
  const key = argAt(engine, index);
  const bytes = argLength(engine, index);
  const hash = hashOf(engine, key, bytes);
  const cell = lookUp(engine, hash, key, bytes);
  if (cell) drop(engine, hash, cell);
  return cell != 0;
}

/** A key whose set has become empty is gone. */
export function dropIfEmpty(engine: Engine, index: u32, set: usize): void {
  if (memberCount(set) == 0) dropKey(engine, index);
}

/**
 * Adds a member, minding the form that Redis would keep the set in: a compact one turns large for good, and cannot
 * hold −0. Returns what `addMember` does; the score is at `scoreCell`.
 */
export function addTo(engine: Engine, entry: usize, at: usize, bytes: u32, score: f64, flags: u32): i32 {
  const word = load<u32>(entry);
  const large = detailOf(entry, word) & DETAIL_LARGE;
  const set = structureOf(entry, word);
  // The member that makes it large is added to the large form.
  const outgrows = !large && isLargeWith(memberCount(set) + 1, bytes);
  const compact = !large && !(outgrows && !nodeOfMember(set, at, bytes));
  const status = addMember(set, at, bytes, score == 0 && compact ? 0 : score, flags, scoreCell(engine));
  if (status == ADDED && outgrows) setDetail(entry, word, DETAIL_LARGE);
  return status;
}

/** Whether a set is large for having so many members, or one of so many bytes. */
// @ts-ignore: decorator
@inline
export function isLargeWith(members: u32, bytes: u32): bool {
  return members > COMPACT_MEMBERS || bytes > COMPACT_MEMBER_BYTES;
}

/** Marks a set that was made at once as large, if Redis would keep it so; else it holds no −0. */
export function settleSize(entry: usize): void {
  const set = setIn(entry);
  let large = isLargeWith(memberCount(set), 0);
  for (let node = nodeAtRank(set, 0); node && !large; node = nodeAfter(node)) large = isLargeWith(0, memberBytes(node));
  if (large) setDetail(entry, load<u32>(entry), DETAIL_LARGE);
  else for (let node = nodeAtRank(set, 0); node; node = nodeAfter(node)) if (scoreOf(node) == 0) putEqualScore(node, 0);
}

// ── Numbers ───────────────────────────────────────────────────────────────────────────────────────

// The engine's working space: what decimal.ts needs; then a number read and how many bytes it took; the text of one
// that is written; and what a range command asks for.
const TEXT_OFFSET: usize = 16;
const QUERY_OFFSET: usize = TEXT_OFFSET + 32;
export const WORK_BYTES: u32 = DECIMAL_WORK_BYTES + <u32>QUERY_OFFSET + 80;

// @ts-ignore: decorator
@inline
export function queryCell(engine: Engine): usize {
  return scoreCell(engine) + QUERY_OFFSET;
}

/** Where scores are left. */
// @ts-ignore: decorator
@inline
export function scoreCell(engine: Engine): usize {
  return <usize>engine.work + DECIMAL_WORK_BYTES;
}

// @ts-ignore: decorator
@inline
export function scoreRead(engine: Engine): f64 {
  return load<f64>(scoreCell(engine));
}

/** Reads argument `index` as a double, whole; the value is at `scoreCell`. False when it is none. */
export function readScore(engine: Engine, index: u32): bool {
  const at = argAt(engine, index);
  const bytes = argLength(engine, index);
  if (bytes == 0) return false;
  const first = load<u8>(at);
  if (first == 0x20 || (first >= 0x09 && first <= 0x0d)) return false;
  const status = readDouble(at, bytes, engine.work, scoreCell(engine));
  if (load<u32>(scoreCell(engine), 8) != bytes || status == READ_OUT_OF_RANGE) return false;
  const value = scoreRead(engine);
  return value == value;
}

/** Reads argument `index` as an integer, the value being `parsed()`; answers when it is none. */
export function readInteger(engine: Engine, index: u32): bool {
  if (parseInteger(argAt(engine, index), argLength(engine, index))) return true;
  replyText(engine, TEXT_NOT_INTEGER);
  return false;
}

/** Reads argument `index` as an integer of at least `least`; answers `text` when it is none. */
export function readIntegerFrom(engine: Engine, index: u32, least: i64, text: u32): bool {
  if (parseInteger(argAt(engine, index), argLength(engine, index)) && parsed() >= least) return true;
  replyText(engine, text);
  return false;
}

/** Whether argument `index` is this word, of up to sixteen letters: its first eight, then the others. */
export function isWord(engine: Engine, index: u32, word: u64, rest: u64, length: u32): bool {
  if (argLength(engine, index) != length) return false;
  const at = argAt(engine, index);
  if ((load<u64>(at) & 0xdfdf_dfdf_dfdf_dfdf & maskOf(length)) != word) return false;
  return length <= 8 || (load<u64>(at, 8) & 0xdfdf_dfdf_dfdf_dfdf & maskOf(length - 8)) == rest;
}

// @ts-ignore: decorator
@inline
function maskOf(length: u32): u64 {
  return length >= 8 ? ~(<u64>0) : (<u64>1 << (<u64>length << 3)) - 1;
}

export function isWithScores(engine: Engine, index: u32): bool {
  return isWord(engine, index, 0x524f435348544957, 0x5345, 10);
}

// ── Replies ───────────────────────────────────────────────────────────────────────────────────────

/** Bytes a score takes in a reply at most. */
export const SCORE_REPLY: u32 = MAX_DOUBLE_TEXT + 8;

export function replyDouble(engine: Engine, value: f64): void {
  const text = scoreCell(engine) + TEXT_OFFSET;
  const length = writeDouble(text, value, engine.work);
  if (!(engine.mode & MODE_RESP3)) return replyBulk(engine, text, length);
  const at = <usize>engine.out + engine.outLength;
  store<u8>(at, 0x2c);
  memory.copy(at + 1, text, length);
  store<u16>(at + 1 + length, 0x0a0d);
  engine.outLength += length + 3;
}

/** Bytes of a member in a reply, its score too. */
// @ts-ignore: decorator
@inline
export function memberSize(bytes: u32): u64 {
  return bulkSize(bytes) + SCORE_REPLY + 8;
}

