// Two containers of one key: their intersection, union, symmetric difference and difference, and how many values the
// intersection has.

import { alloc } from '../../memory/arena/allocator';
import { differArrays, intersectArrays, subtractArrays, uniteArrays } from './arrays';
import { arrayToRuns, countBits, fromBits, fromRuns, fromValues, hasBit, rasterise } from './container';
import {
  ARRAY, BITMAP, BITMAP_BYTES, cardinalityOf, kindOf, lastOf, lowAt, NO_ROOM, NOTHING, putRun, RUN, runAt, RUNS, startOf, WORK_SECOND,
} from './layout';

export const AND: u32 = 0;
export const OR: u32 = 1;
export const XOR: u32 = 2;
export const AND_NOT: u32 = 3;

/** A new container, NOTHING or NO_ROOM. `work` has WORK_BYTES. */
export function combinePair(a: usize, aMeta: u32, b: usize, bMeta: u32, op: u32, work: usize): u64 {
  const aKind = kindOf(aMeta);
  const bKind = kindOf(bMeta);
  if (aKind == BITMAP && bKind == BITMAP) return combineBits(a, b, op);
  if (aKind == ARRAY && bKind == ARRAY) return combineArrays(a, cardinalityOf(aMeta), b, cardinalityOf(bMeta), op, work);
  // What is part of an array is found by walking it.
  if (aKind == ARRAY && (op == AND || op == AND_NOT)) {
    return fromValues(work, filter(a, cardinalityOf(aMeta), b, bKind, op == AND, work));
  }
  if (bKind == ARRAY && op == AND) return fromValues(work, filter(b, cardinalityOf(bMeta), a, aKind, true, work));
  if (aKind == BITMAP || bKind == BITMAP) {
    if (aKind == ARRAY) return changeBits(b, bMeta, a, aMeta, op);
    if (bKind == ARRAY) return changeBits(a, aMeta, b, bMeta, op);
    // Runs as bits.
    if (aKind == RUN) {
      rasterise(a, aMeta, work);
      return combineBits(work, b, op);
    }
    rasterise(b, bMeta, work);
    return combineBits(a, work, op);
  }
  const aRuns = aKind == RUN ? load<u32>(a) : arrayToRuns(a, cardinalityOf(aMeta), work);
  const bRuns = bKind == RUN ? load<u32>(b) : arrayToRuns(b, cardinalityOf(bMeta), work);
  const aList = aKind == RUN ? a + RUNS : work;
  const bList = bKind == RUN ? b + RUNS : work;
  const out = work + WORK_SECOND;
  if (op == AND) return intersectRuns(aList, aRuns, bList, bRuns, out);
  return op == OR ? uniteRuns(aList, aRuns, bList, bRuns, out) : sweep(aList, aRuns, bList, bRuns, op, out);
}

function combineArrays(a: usize, aCount: u32, b: usize, bCount: u32, op: u32, out: usize): u64 {
  let count: u32;
  if (op == AND) count = intersectArrays(a, aCount, b, bCount, out);
  else if (op == OR) count = uniteArrays(a, aCount, b, bCount, out);
  else if (op == XOR) count = differArrays(a, aCount, b, bCount, out);
  else count = subtractArrays(a, aCount, b, bCount, out);
  return fromValues(out, count);
}

/** Writes the values of an array that a container of another kind has, or has not, to `out`; how many. */
function filter(values: usize, count: u32, data: usize, kind: u32, keep: bool, out: usize): u32 {
  const first = out;
  const wanted = <u32>keep;
  if (kind == BITMAP) {
    for (let i: u32 = 0; i < count; i++) {
      const low = lowAt(values, i);
      store<u16>(out, <u16>low);
      out += <usize>(hasBit(data, low) == wanted) << 1;
    }
    return <u32>((out - first) >> 1);
  }
  let run = runAt(data, 0);
  const end = runAt(data, load<u32>(data));
  for (let i: u32 = 0; i < count; i++) {
    const low = lowAt(values, i);
    while (run < end && lastOf(run) < low) run += 4;
    store<u16>(out, <u16>low);
    out += <usize>(<u32>(run < end && startOf(run) <= low) == wanted) << 1;
  }
  return <u32>((out - first) >> 1);
}

/** A bitmap with the values of an array added, turned over or taken out. */
function changeBits(bits: usize, bitsMeta: u32, values: usize, valuesMeta: u32, op: u32): u64 {
  const made = alloc(BITMAP_BYTES);
  if (!made) return NO_ROOM;
  memory.copy(made, bits, BITMAP_BYTES);
  let count = cardinalityOf(bitsMeta);
  const number = cardinalityOf(valuesMeta);
  for (let i: u32 = 0; i < number; i++) {
    const low = lowAt(values, i);
    const at = made + ((low >> 6) << 3);
    const word = load<u64>(at);
    const bit = (<u64>1) << (low & 63);
    const next = op == OR ? word | bit : op == XOR ? word ^ bit : word & ~bit;
    store<u64>(at, next);
    count += (<u32>((next & bit) != 0)) - (<u32>((word & bit) != 0));
  }
  return fromBits(made, count);
}

function combineBits(a: usize, b: usize, op: u32): u64 {
  const made = alloc(BITMAP_BYTES);
  if (!made) return NO_ROOM;
  if (op == AND) return fromBits(made, andBits(a, b, made));
  if (op == OR) return fromBits(made, orBits(a, b, made));
  return fromBits(made, op == XOR ? xorBits(a, b, made) : andNotBits(a, b, made));
}

// Set bits of a vector, summed in its bytes for 31 vectors, which are at most 248, and then in wider lanes.

const VECTORS_AT_ONCE: u32 = 16;

// @ts-ignore: decorator
@inline
function widened(sum: v128, bytes: v128): v128 {
  return i32x4.add(sum, i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(bytes)));
}

// @ts-ignore: decorator
@inline
function total(sum: v128): u32 {
  return i32x4.extract_lane(sum, 0) + i32x4.extract_lane(sum, 1) + i32x4.extract_lane(sum, 2) + i32x4.extract_lane(sum, 3);
}

function andBits(a: usize, b: usize, out: usize): u32 {
  let sum = i32x4.splat(0);
  for (const end = a + BITMAP_BYTES; a < end; ) {
    let bytes = i8x16.splat(0);
    for (let i: u32 = 0; i < VECTORS_AT_ONCE; i++, a += 16, b += 16, out += 16) {
      const vector = v128.and(v128.load(a), v128.load(b));
      v128.store(out, vector);
      bytes = i8x16.add(bytes, i8x16.popcnt(vector));
    }
    sum = widened(sum, bytes);
  }
  return total(sum);
}

function orBits(a: usize, b: usize, out: usize): u32 {
  let sum = i32x4.splat(0);
  for (const end = a + BITMAP_BYTES; a < end; ) {
    let bytes = i8x16.splat(0);
    for (let i: u32 = 0; i < VECTORS_AT_ONCE; i++, a += 16, b += 16, out += 16) {
      const vector = v128.or(v128.load(a), v128.load(b));
      v128.store(out, vector);
      bytes = i8x16.add(bytes, i8x16.popcnt(vector));
    }
    sum = widened(sum, bytes);
  }
  return total(sum);
}

function xorBits(a: usize, b: usize, out: usize): u32 {
  let sum = i32x4.splat(0);
  for (const end = a + BITMAP_BYTES; a < end; ) {
    let bytes = i8x16.splat(0);
    for (let i: u32 = 0; i < VECTORS_AT_ONCE; i++, a += 16, b += 16, out += 16) {
      const vector = v128.xor(v128.load(a), v128.load(b));
      v128.store(out, vector);
      bytes = i8x16.add(bytes, i8x16.popcnt(vector));
    }
    sum = widened(sum, bytes);
  }
  return total(sum);
}

function andNotBits(a: usize, b: usize, out: usize): u32 {
  let sum = i32x4.splat(0);
  for (const end = a + BITMAP_BYTES; a < end; ) {
    let bytes = i8x16.splat(0);
    for (let i: u32 = 0; i < VECTORS_AT_ONCE; i++, a += 16, b += 16, out += 16) {
      const vector = v128.andnot(v128.load(a), v128.load(b));
      v128.store(out, vector);
      bytes = i8x16.add(bytes, i8x16.popcnt(vector));
    }
    sum = widened(sum, bytes);
  }
  return total(sum);
}

/** Set bits that two bitmaps share; with the same one twice, its own. */
export function countSharedBits(a: usize, b: usize): u32 {
  let sum = i32x4.splat(0);
  for (const end = a + BITMAP_BYTES; a < end; ) {
    let bytes = i8x16.splat(0);
    for (let i: u32 = 0; i < VECTORS_AT_ONCE; i++, a += 16, b += 16) {
      bytes = i8x16.add(bytes, i8x16.popcnt(v128.and(v128.load(a), v128.load(b))));
    }
    sum = widened(sum, bytes);
  }
  return total(sum);
}

/** Two lists of runs: of each two the part they share. Parts have gaps between them, because runs have. */
function intersectRuns(a: usize, aRuns: u32, b: usize, bRuns: u32, out: usize): u64 {
  const first = out;
  const aEnd = a + (<usize>aRuns << 2);
  const bEnd = b + (<usize>bRuns << 2);
  let count: u32 = 0;
  while (a < aEnd && b < bEnd) {
    const aLast = lastOf(a);
    const bLast = lastOf(b);
    const start = max(startOf(a), startOf(b));
    const last = min(aLast, bLast);
    // What is no part is written too, and then written over.
    putRun(out, start, last);
    out += <usize>(start <= last) << 2;
    count += start <= last ? last - start + 1 : 0;
    a += <usize>(aLast <= bLast) << 2;
    b += <usize>(bLast <= aLast) << 2;
  }
  return fromRuns(first, <u32>((out - first) >> 2), count);
}

/** The run that starts first is taken, and joined to the one before where they meet. */
function uniteRuns(a: usize, aRuns: u32, b: usize, bRuns: u32, out: usize): u64 {
  const first = out;
  const aEnd = a + (<usize>aRuns << 2);
  const bEnd = b + (<usize>bRuns << 2);
  let count: u32 = 0;
  let start = min(startOf(a), startOf(b));
  // Behind the last value of the run that grows.
  let end = start;
  while (a < aEnd || b < bEnd) {
    const ours = b == bEnd || (a < aEnd && startOf(a) <= startOf(b));
    const run = ours ? a : b;
    a += <usize>ours << 2;
    b += <usize>!ours << 2;
    if (startOf(run) > end) {
      putRun(out, start, end - 1);
      out += 4;
      count += end - start;
      start = startOf(run);
    }
    end = max(end, lastOf(run) + 1);
  }
  putRun(out, start, end - 1);
  count += end - start;
  return fromRuns(first, <u32>((out + 4 - first) >> 2), count);
}

/**
 * XOR and AND_NOT of two lists of runs: at each place where one begins or ends it is decided anew whether the result goes on. A place
 * behind the last value is 65 536, and after a list's end there is 65 537.
 */
function sweep(a: usize, aRuns: u32, b: usize, bRuns: u32, op: u32, out: usize): u64 {
  const first = out;
  let count: u32 = 0;
  let start: u32 = 0;
  let inA: u32 = 0;
  let inB: u32 = 0;
  let inside = false;
  const aEnd = a + (<usize>aRuns << 2);
  const bEnd = b + (<usize>bRuns << 2);
  while (a < aEnd || b < bEnd) {
    const nextA = a == aEnd ? 65537 : inA ? lastOf(a) + 1 : startOf(a);
    const nextB = b == bEnd ? 65537 : inB ? lastOf(b) + 1 : startOf(b);
    const place = min(nextA, nextB);
    if (nextA == place) {
      a += <usize>inA << 2;
      inA ^= 1;
    }
    if (nextB == place) {
      b += <usize>inB << 2;
      inB ^= 1;
    }
    const now = op == XOR ? inA != inB : inA > inB;
    if (now == inside) continue;
    inside = now;
    if (now) {
      start = place;
    } else {
      putRun(out, start, place - 1);
      out += 4;
      count += place - start;
    }
  }
  return fromRuns(first, <u32>((out - first) >> 2), count);
}

// ── Counts ────────────────────────────────────────────────────────────────────────────────────────

/** How many values both have. */
export function countPair(a: usize, aMeta: u32, b: usize, bMeta: u32): u32 {
  const aKind = kindOf(aMeta);
  const bKind = kindOf(bMeta);
  if (aKind == ARRAY) {
    if (bKind == ARRAY) return intersectArrays(a, cardinalityOf(aMeta), b, cardinalityOf(bMeta), 0);
    return countOf(a, cardinalityOf(aMeta), b, bKind);
  }
  if (bKind == ARRAY) return countOf(b, cardinalityOf(bMeta), a, aKind);
  if (aKind == BITMAP) return bKind == BITMAP ? countSharedBits(a, b) : countUnderRuns(a, b);
  return bKind == BITMAP ? countUnderRuns(b, a) : countSharedRuns(a, b);
}

/** How many values of an array a container of another kind has. */
function countOf(values: usize, count: u32, data: usize, kind: u32): u32 {
  let found: u32 = 0;
  if (kind == BITMAP) {
    for (let i: u32 = 0; i < count; i++) found += hasBit(data, lowAt(values, i));
    return found;
  }
  let run = runAt(data, 0);
  const end = runAt(data, load<u32>(data));
  for (let i: u32 = 0; i < count; i++) {
    const low = lowAt(values, i);
    while (run < end && lastOf(run) < low) run += 4;
    if (run == end) break;
    found += <u32>(startOf(run) <= low);
  }
  return found;
}

function countUnderRuns(bits: usize, data: usize): u32 {
  const runs = load<u32>(data);
  let found: u32 = 0;
  for (let i: u32 = 0; i < runs; i++) found += countBits(bits, startOf(runAt(data, i)), lastOf(runAt(data, i)));
  return found;
}

function countSharedRuns(a: usize, b: usize): u32 {
  const aEnd = runAt(a, load<u32>(a));
  const bEnd = runAt(b, load<u32>(b));
  let found: u32 = 0;
  a += RUNS;
  b += RUNS;
  while (a < aEnd && b < bEnd) {
    const aLast = lastOf(a);
    const bLast = lastOf(b);
    const from = max(startOf(a), startOf(b));
    const last = min(aLast, bLast);
    if (from <= last) found += last - from + 1;
    a += <usize>(aLast <= bLast) << 2;
    b += <usize>(bLast <= aLast) << 2;
  }
  return found;
}
