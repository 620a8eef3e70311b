// PFADD, PFCOUNT, PFMERGE.

import { alloc, free } from '../../../../memory/arena/allocator';
import { FLAG_RAW, valueLength, valueOf } from '../../../../structures/hash-table/entry';
import { murmur64a } from '../../../../hash/murmur64a';
import { estimateOf } from '../../../../sketches/hyper-log-log/estimate';
import { argAt, argLength, Engine, HANDLED } from '../../engine';
import { entryIn, growValue, hashOf, lookUp, NEVER, touch, withinBudget, writeEntry } from '../../keyspace';
import { fail, replyInteger, replyOk, replyText } from '../../output';
import { TEXT_CORRUPT_HLL, TEXT_NOT_HLL, TEXT_OOM } from '../../texts';
import { isWrongType } from '../strings';
import {
  CORRUPT,
  countRaw,
  countValues,
  DENSE_BYTES,
  EMPTY_BYTES,
  forgetCount,
  GROWTH,
  HISTOGRAM_BYTES,
  isDense,
  isHyperLogLog,
  raiseDense,
  raiseRaw,
  raiseSparse,
  registerOf,
  REGISTERS,
  rememberCount,
  rememberedCount,
  TOO_SPARSE,
  UNCHANGED,
  VALUE_BITS,
  valueOfHash,
  writeDense,
  writeEmpty,
} from './registers';

/** The seed that Redis hashes elements with. */
const SEED: u64 = 0xadc83b19;

/** Cell of the HyperLogLog under argument `index`, 0 when there is none, REFUSED when it is something else (answered). */
function cellOf(engine: Engine, index: u32): usize {
  const key = argAt(engine, index);
  const bytes = argLength(engine, index);
  const cell = lookUp(engine, hashOf(engine, key, bytes), key, bytes);
  if (!cell) return 0;
  if (isWrongType(engine, cell)) return REFUSED;
  const entry = entryIn(cell);
  const word = load<u32>(entry);
  if (isHyperLogLog(valueOf(entry, word), valueLength(entry, word))) return cell;
  replyText(engine, TEXT_NOT_HLL);
  return REFUSED;
}

/** No cell is at this address. */
const REFUSED: usize = 1;

// @ts-ignore: decorator
@inline
function valueIn(cell: usize): usize {
  const entry = entryIn(cell);
  return valueOf(entry, load<u32>(entry));
}

// @ts-ignore: decorator
@inline
function lengthIn(cell: usize): u32 {
  const entry = entryIn(cell);
  return valueLength(entry, load<u32>(entry));
}

/** Makes an empty one under argument `index`; its cell, or 0 when the budget is full. */
function makeEmpty(engine: Engine, index: u32): usize {
  const key = argAt(engine, index);
  const bytes = argLength(engine, index);
  const hash = hashOf(engine, key, bytes);
  const entry = writeEntry(engine, hash, 0, key, bytes, EMPTY_BYTES, FLAG_RAW, NEVER);
  if (!entry) return 0;
  writeEmpty(valueOf(entry, load<u32>(entry)));
  return lookUp(engine, hash, key, bytes);
}

/** Makes room for `length` bytes of value in the cell's entry. */
// @ts-ignore: decorator
@inline
function resize(engine: Engine, index: u32, cell: usize, length: u32): bool {
  return growValue(engine, hashOf(engine, argAt(engine, index), argLength(engine, index)), cell, length, FLAG_RAW) != 0;
}

// What raising came to.
const SAME: u32 = 0;
const RAISED: u32 = 1;
const DAMAGED: u32 = 2;
const FULL: u32 = 3;

/** Raises a register of the HyperLogLog in `cell`, the key being argument `index`; sparse turns dense when it must. */
function raise(engine: Engine, index: u32, cell: usize, register: u32, value: u32): u32 {
  if (!isDense(valueIn(cell))) {
    const length = lengthIn(cell);
    if (!resize(engine, index, cell, length + GROWTH)) return FULL;
    const result = raiseSparse(valueIn(cell), length, register, value);
    if (result > CORRUPT) {
      resize(engine, index, cell, result);
      // At once, as Redis does: the next element may find that the value is damaged.
      forgetCount(valueIn(cell));
      return RAISED;
    }
    resize(engine, index, cell, length);
    if (result == UNCHANGED) return SAME;
    if (result == CORRUPT) return DAMAGED;
    const made = makeDense(engine, index, cell);
    if (made != RAISED) return made;
  }
  return raiseDense(valueIn(cell), register, value) ? RAISED : SAME;
}

/** Turns a sparse one dense: RAISED, DAMAGED or FULL. */
function makeDense(engine: Engine, index: u32, cell: usize): u32 {
  if (isDense(valueIn(cell))) return RAISED;
  const raw = alloc(REGISTERS);
  if (!raw) return FULL;
  memory.fill(raw, 0, REGISTERS);
  const whole = raiseRaw(raw, valueIn(cell), lengthIn(cell));
  const fits = whole && resize(engine, index, cell, DENSE_BYTES);
  if (fits) writeDense(valueIn(cell), valueIn(cell), raw);
  free(raw);
  return fits ? RAISED : whole ? FULL : DAMAGED;
}

function failed(engine: Engine, why: u32): i32 {
  return fail(engine, why == FULL ? TEXT_OOM : TEXT_CORRUPT_HLL);
}

export function hllAdd(engine: Engine): i32 {
  if (!withinBudget(engine)) return fail(engine, TEXT_OOM);
  let cell = cellOf(engine, 1);
  if (cell == REFUSED) return HANDLED;
  let changed = cell == 0;
  if (!cell) cell = makeEmpty(engine, 1);
  if (!cell) return fail(engine, TEXT_OOM);
  for (let i: u32 = 2; i < engine.argc; i++) {
    const hash = murmur64a(argAt(engine, i), argLength(engine, i), SEED);
    const result = raise(engine, 1, cell, registerOf(hash), valueOfHash(hash));
    if (result > RAISED) return failed(engine, result);
    if (result == RAISED) changed = true;
  }
  touch(engine, entryIn(cell));
  if (changed) forgetCount(valueIn(cell));
  replyInteger(engine, changed ? 1 : 0);
  return HANDLED;
}

export function hllCount(engine: Engine): i32 {
  if (engine.argc > 2) return countUnion(engine);
  const cell = cellOf(engine, 1);
  if (cell == REFUSED) return HANDLED;
  if (!cell) {
    engine.misses += 1;
    replyInteger(engine, 0);
    return HANDLED;
  }
  engine.hits += 1;
  touch(engine, entryIn(cell));
  let count = rememberedCount(valueIn(cell));
  if (count < 0) {
    const histogram = alloc(HISTOGRAM_BYTES);
    if (!histogram) return fail(engine, TEXT_OOM);
    memory.fill(histogram, 0, HISTOGRAM_BYTES);
    const whole = countValues(valueIn(cell), lengthIn(cell), histogram);
    count = rounded(estimateOf(histogram, REGISTERS, VALUE_BITS));
    free(histogram);
    if (!whole) return fail(engine, TEXT_CORRUPT_HLL);
    rememberCount(valueIn(cell), count);
  }
  replyInteger(engine, count);
  return HANDLED;
}

/** Half goes up. */
function rounded(estimate: f64): i64 {
  const whole = Math.floor(estimate);
  return <i64>(estimate - whole >= 0.5 ? whole + 1 : whole);
}

function countUnion(engine: Engine): i32 {
  const raw = alloc(REGISTERS + HISTOGRAM_BYTES);
  if (!raw) return fail(engine, TEXT_OOM);
  memory.fill(raw, 0, REGISTERS + HISTOGRAM_BYTES);
  if (raiseAll(engine, raw) != REFUSED_ALL) {
    countRaw(raw, raw + REGISTERS);
    replyInteger(engine, rounded(estimateOf(raw + REGISTERS, REGISTERS, VALUE_BITS)));
  }
  free(raw);
  return HANDLED;
}

const REFUSED_ALL: i32 = -1;

/** Raises `raw` by every key of the command: how many of them are dense, or REFUSED_ALL, which has then been answered. */
function raiseAll(engine: Engine, raw: usize): i32 {
  let dense = 0;
  for (let i: u32 = 1; i < engine.argc; i++) {
    const cell = cellOf(engine, i);
    if (cell == REFUSED) return REFUSED_ALL;
    if (!cell) {
      engine.misses += 1;
      continue;
    }
    engine.hits += 1;
    if (isDense(valueIn(cell))) dense++;
    if (raiseRaw(raw, valueIn(cell), lengthIn(cell))) continue;
    replyText(engine, TEXT_CORRUPT_HLL);
    return REFUSED_ALL;
  }
  return dense;
}

/** Unlike PFCOUNT's, the destination is one of the sources when it exists. */
export function hllMerge(engine: Engine): i32 {
  if (!withinBudget(engine)) return fail(engine, TEXT_OOM);
  const raw = alloc(REGISTERS);
  if (!raw) return fail(engine, TEXT_OOM);
  memory.fill(raw, 0, REGISTERS);
  const dense = raiseAll(engine, raw);
  if (dense != REFUSED_ALL) {
    const result = mergeInto(engine, raw, dense > 0);
    if (result > RAISED) failed(engine, result);
    else replyOk(engine);
  }
  free(raw);
  return HANDLED;
}

function mergeInto(engine: Engine, raw: usize, dense: bool): u32 {
  let cell = cellOf(engine, 1);
  if (!cell) cell = makeEmpty(engine, 1);
  if (!cell) return FULL;
  if (dense) {
    const made = makeDense(engine, 1, cell);
    if (made != RAISED) return made;
  }
  for (let register: u32 = 0; register < REGISTERS; register++) {
    const value = <u32>load<u8>(raw + register);
    if (!value) continue;
    const result = raise(engine, 1, cell, register, value);
    if (result > RAISED) return result;
  }
  forgetCount(valueIn(cell));
  touch(engine, entryIn(cell));
  return RAISED;
}
