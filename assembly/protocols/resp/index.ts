// Kernel `protocols/resp`: a keyspace and the commands on it, driven by whole buffers of RESP requests.
// One call parses and executes everything in a socket read and leaves the replies in one buffer.

import { frequency, ghostBytes } from './eviction';
import { alloc, allocZeroed, costOf, free } from '../../memory/arena/allocator';
import { HEAP_START } from '../../memory/arena/layout';
import { accessOf, FLAG_RAW, FLAG_TEXT, keyLength, keyOf, valueLength, valueOf } from '../../structures/hash-table/entry';
import { ROBIN_HOOD, SIPHASH, Table } from '../../structures/hash-table/layout';
import { checkTable, clearTable, createTable, destroyTable } from '../../structures/hash-table/table';
import { popKey } from './commands/sorted-sets/pops';
import { WORK_BYTES } from './commands/sorted-sets/values';
import { dispatch } from './dispatch';
import { argAt, argLength, Engine, FALLBACK, HANDLED, MODE_ALL_FALLBACK } from './engine';
import { dataBytes, entryIn, expireSegment, expiryAt, hashOf, lookUp, NEVER, storeValue, touch, withinBudget, writeEntry } from './keyspace';
import { AHEAD_BYTES, lookNowhere, nextAhead } from './lookahead';
import { parseInteger } from './numbers';
import { resizeOut, SMALL_REPLY } from './output';
import { checkAll, detailOf, DETAIL_LARGE, FLAG_MODULE, isObject, OBJECT_BYTES, objectBytes, putObject, releaseAll, structureOf, TYPE_ZSET, typeOf } from './objects';
import { continuePartial, parseRequest, PARTIAL, trimArguments } from './parser';
import { TEXT_COUNT } from './texts';

// What `execute` ended with.
/** Every whole request was executed. */
const DONE: i32 = 0;
/** The request whose arguments are in the engine is the TypeScript side's; it is counted as consumed. */
const NEEDS_FALLBACK: i32 = 1;
/** The reply buffer must be sent; call again with the rest, and `resume` when a request was parsed already. */
const NEEDS_FLUSH: i32 = 2;
const NEEDS_FLUSH_AND_RESUME: i32 = 3;
/** The stream is not RESP; the error was answered and the connection should end. */
const BROKEN: i32 = 4;
/** The last command brought about what somebody may wait for: `ready` says what. Then call again with the rest. */
const NEEDS_SERVE: i32 = 5;

// What `execute` is to begin with.
/** The request that is in the engine already. */
const RESUME_ONE: u32 = 2;

const INITIAL_ARGS: u32 = 64;
const INITIAL_OUT: u32 = 64 * 1024;

/** An engine with an empty keyspace, or 0 when the budget is full. */
export function create(seedLow: u32, seedHigh: u32): usize {
  const address = allocZeroed(offsetof<Engine>());
  if (!address) return 0;
  const engine = changetype<Engine>(address);
  engine.random = ((<u64>seedHigh << 32) | seedLow) | 1;
  const table = createTable(ROBIN_HOOD, SIPHASH, LOAD_FACTOR, 0);
  const args = alloc(INITIAL_ARGS << 3);
  const texts = allocZeroed(TEXT_COUNT << 3);
  const ahead = alloc(AHEAD_BYTES);
  const work = alloc(WORK_BYTES);
  if (!table || !args || !texts || !ahead || !work || !resizeOut(engine, INITIAL_OUT)) {
    if (table) destroyTable(changetype<Table>(table));
    if (args) free(args);
    if (texts) free(texts);
    if (ahead) free(ahead);
    if (work) free(work);
    free(address);
    return 0;
  }
  engine.table = changetype<Table>(table);
  engine.args = <u32>args;
  engine.argsCapacity = INITIAL_ARGS;
  engine.texts = <u32>texts;
  engine.ahead = <u32>ahead;
  engine.work = <u32>work;
  lookNowhere(engine);
  engine.ioBytes += costOf(args) + costOf(texts) + costOf(ahead) + costOf(work) + costOf(address);
  return address;
}

/** Load at which the keyspace's segments grow, in 1/256: 0.875. */
const LOAD_FACTOR: u32 = 224;
/** What an arena without blocks counts as used: its header and the one that closes the heap. */
const HEAP_OVERHEAD: u64 = HEAP_START + 4;

/** Blocks for input and output: counted apart from data. 0 when the budget is full. */
export function allocIo(handle: usize, bytes: u32): usize {
  const block = alloc(bytes);
  if (block) changetype<Engine>(handle).ioBytes += costOf(block);
  return block;
}

export function freeIo(handle: usize, block: usize): void {
  changetype<Engine>(handle).ioBytes -= costOf(block);
  free(block);
}

/** Lets go of the reply buffer, which a pending write still reads, and takes a new one. False when the budget is full. */
export function swapOut(handle: usize): bool {
  const engine = changetype<Engine>(handle);
  const old = engine.out;
  engine.out = 0;
  if (resizeOut(engine, INITIAL_OUT)) return true;
  engine.out = old;
  return false;
}

/** Gives back a reply buffer that one large reply made large. */
export function trimOut(handle: usize): void {
  const engine = changetype<Engine>(handle);
  if (engine.outLength == 0 && engine.outCapacity > INITIAL_OUT + SMALL_REPLY) resizeOut(engine, INITIAL_OUT);
}

export function growOut(handle: usize, bytes: u32): bool {
  return resizeOut(changetype<Engine>(handle), bytes);
}

/**
 * Executes the requests at [from, from + size). Sixteen readable bytes must follow. `resume`: RESUME after
 * NEEDS_FLUSH_AND_RESUME, RESUME_ONE to execute nothing but that request. Where the input begins with what was
 * partial before, the engine's partialAt and partialLeft are set; else partialAt is 0.
 */
export function execute(handle: usize, from: usize, size: u32, mode: u32, now: f64, resume: u32): i32 {
  const engine = changetype<Engine>(handle);
  engine.mode = mode;
  engine.now = <i64>now;
  engine.clock = <u32>(engine.now / 1000);
  engine.needed = 0;
  const end = from + size;
  let at = from;
  const partialAt = engine.partialAt;
  if (partialAt) {
    engine.partialAt = 0;
    const status = continuePartial(engine, from, end, partialAt);
    if (status < 0) return finish(engine, 0, status == PARTIAL ? DONE : BROKEN);
  }
  while (true) {
    if (!resume) {
      if (at >= end) break;
      if (engine.outLength + SMALL_REPLY > engine.outCapacity) return finish(engine, at - from, NEEDS_FLUSH);
      const taken = parseRequest(engine, at, end);
      if (taken < 0) return finish(engine, at - from, taken == PARTIAL ? DONE : BROKEN);
      nextAhead(engine, at, end, taken);
      at += taken;
      if (engine.argc == 0) continue;
      engine.commands += 1;
      if (mode & MODE_ALL_FALLBACK) return finish(engine, at - from, NEEDS_FALLBACK);
    }
    const status = dispatch(engine);
    if (status == HANDLED) {
      if (resume == RESUME_ONE) return finish(engine, at - from, NEEDS_FLUSH);
      if (engine.ready) return finish(engine, at - from, NEEDS_SERVE);
      resume = 0;
      continue;
    }
    return finish(engine, at - from, status == FALLBACK ? NEEDS_FALLBACK : NEEDS_FLUSH_AND_RESUME);
  }
  return finish(engine, at - from, DONE);
}

function finish(engine: Engine, consumed: usize, status: i32): i32 {
  lookNowhere(engine);
  if (status == DONE) trimArguments(engine);
  engine.consumed = <u32>consumed;
  return status;
}

// ── For the handlers on the TypeScript side ───────────────────────────────────────────────────────

export function clear(handle: usize): void {
  releaseAll(changetype<Engine>(handle));
  clearTable(changetype<Engine>(handle).table);
}

export function size(handle: usize): u32 {
  return changetype<Engine>(handle).table.count;
}

export function volatileCount(handle: usize): u32 {
  return changetype<Engine>(handle).table.volatileCount;
}

export function bytesOfData(handle: usize): u32 {
  return dataBytes(changetype<Engine>(handle));
}

export function hasBudget(handle: usize): bool {
  return withinBudget(changetype<Engine>(handle));
}

/** Address of the living entry whose key is argument `index`, or 0. */
export function entryOf(handle: usize, index: u32): usize {
  const engine = changetype<Engine>(handle);
  const key = argAt(engine, index);
  const bytes = argLength(engine, index);
  const cell = lookUp(engine, hashOf(engine, key, bytes), key, bytes);
  return cell ? entryIn(cell) : 0;
}

export function entryValue(entry: usize): usize {
  return valueOf(entry, load<u32>(entry));
}

export function entryValueBytes(entry: usize): u32 {
  return valueLength(entry, load<u32>(entry));
}

/** Type of the entry's value: TYPE_* of objects.ts. */
export function entryType(entry: usize): u32 {
  return typeOf(load<u32>(entry));
}

/** Bytes the entry costs, its structure and its share of the index included. */
export function entryCost(entry: usize): f64 {
  const word = load<u32>(entry);
  return <f64>(<u64>costOf(entry) + 8 + (isObject(word) ? objectBytes(entry, word) : 0));
}

export function entryAccess(entry: usize): u32 {
  return load<u32>(accessOf(entry, load<u32>(entry)));
}

/** How often the entry was used, under a policy that counts it. */
export function entryFrequency(handle: usize, entry: usize): u32 {
  return frequency(changetype<Engine>(handle), entryAccess(entry));
}

/** Address of the structure that an entry of another type than string holds. */
export function entryStructure(entry: usize): usize {
  return structureOf(entry, load<u32>(entry));
}

export function entryDetail(entry: usize): u32 {
  return detailOf(entry, load<u32>(entry));
}

/** Notes that a command used the entry. */
export function touchEntry(handle: usize, entry: usize): void {
  touch(changetype<Engine>(handle), entry);
}

/** Stores a module's structure under the key of argument `index`, whatever stands there. False when the budget is full. */
export function storeModule(handle: usize, index: u32, structure: usize, detail: u32): bool {
  const engine = changetype<Engine>(handle);
  const key = argAt(engine, index);
  const bytes = argLength(engine, index);
  const hash = hashOf(engine, key, bytes);
  const entry = writeEntry(engine, hash, lookUp(engine, hash, key, bytes), key, bytes, OBJECT_BYTES, FLAG_MODULE, NEVER);
  if (!entry) return false;
  putObject(valueOf(entry, load<u32>(entry)), structure, detail);
  engine.objects++;
  return true;
}

const ENCODING_INT: i32 = 0;
const ENCODING_EMBSTR: i32 = 1;
const ENCODING_RAW: i32 = 2;
const ENCODING_LISTPACK: i32 = 3;
const ENCODING_SKIPLIST: i32 = 4;
/** Longest value that Redis keeps inside its object header. */
const EMBSTR_BYTES: u32 = 44;

export function entryEncoding(entry: usize): i32 {
  const word = load<u32>(entry);
  if (typeOf(word) == TYPE_ZSET) return detailOf(entry, word) & DETAIL_LARGE ? ENCODING_SKIPLIST : ENCODING_LISTPACK;
  if (isObject(word)) return ENCODING_RAW;
  const length = valueLength(entry, word);
  if (word & FLAG_RAW) return ENCODING_RAW;
  if (!(word & FLAG_TEXT) && length <= 20 && parseInteger(valueOf(entry, word), length)) return ENCODING_INT;
  return length <= EMBSTR_BYTES ? ENCODING_EMBSTR : ENCODING_RAW;
}

/** Pops from the sorted set of argument `index`: see commands/sorted-sets/pops.ts. */
export function popSortedSet(handle: usize, index: u32, greatest: bool, wanted: u32, nested: bool): i32 {
  return popKey(changetype<Engine>(handle), index, greatest, wanted, nested);
}

/** Makes the key at `at` the only argument, for a client of that mode, as though it had just asked. */
export function askAgain(handle: usize, at: usize, bytes: u32, mode: u32, now: f64): void {
  const engine = changetype<Engine>(handle);
  engine.mode = mode;
  engine.now = <i64>now;
  engine.clock = <u32>(engine.now / 1000);
  engine.argc = 2;
  store<u32>(engine.args, <u32>at, 8);
  store<u32>(engine.args, bytes, 12);
}

export function entryKey(entry: usize): usize {
  return keyOf(entry, load<u32>(entry));
}

export function entryKeyBytes(entry: usize): u32 {
  return keyLength(entry, load<u32>(entry));
}

/** Stores bytes under the key of argument `index`, keeping its expiry. The value is then text. False when the budget is full. */
export function storeText(handle: usize, index: u32, value: usize, valueBytes: u32): bool {
  const engine = changetype<Engine>(handle);
  const key = argAt(engine, index);
  const bytes = argLength(engine, index);
  const hash = hashOf(engine, key, bytes);
  const cell = lookUp(engine, hash, key, bytes);
  const when = cell ? expiryAt(entryIn(cell), load<u32>(entryIn(cell))) : NEVER;
  return storeValue(engine, hash, cell, key, bytes, value, valueBytes, FLAG_TEXT, when);
}

/** One step of the active expiry: looks at the volatile entries of one segment. Low half: seen; high half: removed. */
export function expireStep(handle: usize, now: f64): u32 {
  const engine = changetype<Engine>(handle);
  engine.now = <i64>now;
  return engine.table.volatileCount ? expireSegment(engine) : 0;
}

/** The accounting does not add up: blocks of data, counted apart from input and output. */
const BROKEN_ACCOUNTS: i32 = 100;
/** A structure is broken: this and its own number. */
const BROKEN_OBJECT: i32 = 200;

/** 0 when every invariant of the keyspace holds, else the number of the first one broken. O(n). */
export function check(handle: usize): i32 {
  const engine = changetype<Engine>(handle);
  const table = engine.table;
  const broken = checkTable(table);
  if (broken) return broken;
  const objects = checkAll(engine);
  if (objects < 0) return BROKEN_OBJECT - <i32>objects;
  const own = costOf(changetype<usize>(table)) + costOf(table.directory) + table.segmentBytes + ghostBytes(engine);
  return <u64>dataBytes(engine) - HEAP_OVERHEAD == table.entryBytes + <u64>objects + own ? 0 : BROKEN_ACCOUNTS;
}
