// Kernel `resilience/rate-limiter`: what each of many keys may still take, by one of six algorithms. See layout.ts.

import { siphash13 } from '../../hash/siphash';
import { allocAligned, costOf, free } from '../../memory/arena/allocator';
import { giveBack, RECOVERED, REFUSED as LOCK_REFUSED, TAKEN_OVER, takeForWriting, timesRecovered } from '../../sync/lock';
import { apply, CONSUME, PEEK, REWARD } from './algorithms';
import {
  add, ALGORITHM, ALIGNMENT, ALLOWED, BLOCK_MS, bucketAt, bucketBytes, BUCKETS, COUNT, FINGERPRINT, isBlocked, KEY_HIGH, KEY_LOW,
  LIMIT, PERIOD, RATE, READING, RECORD_BYTES, RECORD_HEAD, REFUSED, REFUSES, REMAINING, RESET, RETRY_AFTER, ROOT_BYTES,
  SEGMENT_BYTES, SEGMENT_HEAD, SEGMENT_LOG, segmentAt, SLIDING_LOG, stateOf, TIME, TOLERANCE, TURNED_AWAY, untilIn, UNTOUCHED, WAYS,
} from './layout';
import { checkTable, clearState, drop, find, makePlace, mend, placeAt, segmentOf, sweep, sweepOne } from './table';

/** Somebody else has the segment, and the caller must not wait. */
const BUSY: i32 = -2;
/** A step of the clock beyond this, some 30 000 years, is no time. */
const MOST_STEP: f64 = 1e15;
const MIX_A: u64 = 0xff51afd7ed558ccd;
const MIX_B: u64 = 0xc4ceb9fe1a85ec53;

/**
 * Address of a limiter without keys whose block is of at most `maxBytes` bytes, header included; 0 when the arena is full
 * or the bytes are too few for two buckets a segment.
 */
export function create(
  algorithm: u32, limit: f64, rate: f64, period: f64, segmentLog: u32, maxBytes: u32, refuses: u32, blockMs: f64, tolerance: f64,
  low0: u32, low1: u32, high0: u32, high1: u32, now: f64,
): usize {
  const recordBytes: u32 = RECORD_HEAD + (algorithm == SLIDING_LOG ? <u32>limit << 3 : 0);
  if (maxBytes < ROOT_BYTES + 16) return 0;
  const segmentBytes: u32 = ((maxBytes - 16 - ROOT_BYTES) >> segmentLog) & ~(ALIGNMENT - 1);
  const bytes = bucketBytes(recordBytes);
  if (segmentBytes < SEGMENT_HEAD + 2 * bytes) return 0;
  const root = allocAligned(ROOT_BYTES + (segmentBytes << segmentLog), ALIGNMENT);
  if (!root) return 0;
  memory.fill(root, 0, <usize>(ROOT_BYTES + (segmentBytes << segmentLog)));
  store<u32>(root, algorithm, ALGORITHM);
  store<u32>(root, segmentLog, SEGMENT_LOG);
  store<u32>(root, segmentBytes, SEGMENT_BYTES);
  store<u32>(root, recordBytes, RECORD_BYTES);
  store<u64>(root, <u64>low0 | (<u64>low1 << 32), KEY_LOW);
  store<u64>(root, <u64>high0 | (<u64>high1 << 32), KEY_HIGH);
  store<f64>(root, limit, LIMIT);
  store<f64>(root, rate, RATE);
  store<f64>(root, period, PERIOD);
  store<u32>(root, (segmentBytes - SEGMENT_HEAD) / bytes, BUCKETS);
  store<u32>(root, refuses, REFUSES);
  store<f64>(root, tolerance, TOLERANCE);
  store<f64>(root, blockMs, BLOCK_MS);
  for (let i: u32 = 0; i < (<u32>1 << segmentLog); i++) store<f64>(segmentAt(root, i), now, READING);
  return root;
}

export function destroy(root: usize): void {
  free(root);
}

/** Bytes the limiter costs its arena. */
export function bytesOf(root: usize): u32 {
  return costOf(root);
}

/** Keys there is room for at most. */
export function capacityOf(root: usize): u32 {
  return (load<u32>(root, BUCKETS) * WAYS) << load<u32>(root, SEGMENT_LOG);
}

// ── One key ─────────────────────────────────────────────────────────────────────────────────────────

/** `act` for a key of bytes; its fingerprint is in the answer. */
export function actBytes(root: usize, me: usize, key: usize, keyBytes: u32, op: u32, cost: f64, now: f64, answer: usize): i32 {
  const hash = siphash13(key, keyBytes, load<u64>(root, KEY_LOW), load<u64>(root, KEY_HIGH));
  const fingerprint = max<u64>(hash & ~(<u64>1), 2);
  store<u64>(answer, fingerprint, FINGERPRINT);
  return act(root, me, fingerprint, op, cost, now, answer);
}

/** `act` for a fingerprint that an answer held, as two halves. */
export function actKnown(root: usize, me: usize, low: u32, high: u32, op: u32, cost: f64, now: f64, answer: usize): i32 {
  return act(root, me, <u64>low | (<u64>high << 32), op, cost, now, answer);
}

/** `act` for an integer. */
export function actInteger(root: usize, me: usize, key: f64, op: u32, cost: f64, now: f64, answer: usize): i32 {
  const fingerprint = fingerprintOf(root, key);
  store<u64>(answer, fingerprint, FINGERPRINT);
  return act(root, me, fingerprint, op, cost, now, answer);
}

/** Consumes for `count` u32 keys in order; a byte each to `out`: 1 let through, 0 refused. How many were, or BUSY. */
export function consumeMany(root: usize, me: usize, keys: usize, count: u32, cost: f64, now: f64, out: usize, answer: usize): i32 {
  let through: i32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const allowed = act(root, me, fingerprintOf(root, <f64>load<u32>(keys + (<usize>i << 2))), CONSUME, cost, now, answer);
    if (allowed < 0) return BUSY;
    store<u8>(out + i, allowed);
    through += allowed;
  }
  return through;
}

/** No two integers have the same before the lowest bit goes. */
function fingerprintOf(root: usize, key: f64): u64 {
  let word = reinterpret<u64>(key) ^ load<u64>(root, KEY_LOW);
  word = (word ^ (word >> 32)) * MIX_A;
  word = (word ^ (word >> 29)) + load<u64>(root, KEY_HIGH);
  word = (word ^ (word >> 32)) * MIX_B;
  word = (word ^ (word >> 29)) * MIX_A;
  word ^= word >> 32;
  return max<u64>(word & ~(<u64>1), 2);
}

/** 1 let through, 0 refused, BUSY; the rest is in the answer. */
function act(root: usize, me: usize, fingerprint: u64, op: u32, cost: f64, now: f64, answer: usize): i32 {
  const segment = segmentOf(root, fingerprint);
  if (!take(root, segment, me)) return BUSY;
  const time = tick(root, segment, now);
  const cell = find(root, segment, fingerprint);
  const allowed = cell ? actThere(root, segment, cell, op, cost, time, answer) : actAbsent(root, segment, fingerprint, op, cost, time, answer);
  if (op == CONSUME) add(segment, allowed ? ALLOWED : REFUSED);
  giveBack(segment);
  return allowed ? 1 : 0;
}

function actThere(root: usize, segment: usize, cell: usize, op: u32, cost: f64, time: f64, answer: usize): bool {
  let state = stateOf(cell);
  if (isBlocked(cell)) {
    const left = load<f64>(untilIn(root, state)) - time;
    if (left > 0) {
      refuseFor(answer, left);
      return false;
    }
    // The block is over, and with it what was before.
    if (op == PEEK) state = root + UNTOUCHED;
    else {
      clearState(cell);
      store<u64>(cell, load<u64>(cell) & ~(<u64>1));
    }
  }
  const allowed = apply(root, state, op, cost, time, answer);
  if (!allowed && op == CONSUME) punish(root, cell, cost, time, answer);
  return allowed;
}

function actAbsent(root: usize, segment: usize, fingerprint: u64, op: u32, cost: f64, time: f64, answer: usize): bool {
  const leaves = op == PEEK || op == REWARD || cost == 0;
  if (leaves || (op == CONSUME && cost > load<f64>(root, LIMIT))) {
    return apply(root, root + UNTOUCHED, PEEK, op == REWARD ? 1 : cost, time, answer);
  }
  const cell = makePlace(root, segment, fingerprint, time);
  if (!cell) {
    add(segment, TURNED_AWAY);
    refuseFor(answer, placeAt(root, segment, fingerprint) - time);
    return false;
  }
  const allowed = apply(root, stateOf(cell), op, cost, time, answer);
  enter(root, segment, cell, fingerprint, time);
  return allowed;
}

/** Blocks a key for `ms` from now on. 1, BUSY, or 0 when there is no place for it. */
export function block(root: usize, me: usize, low: u32, high: u32, ms: f64, now: f64, answer: usize): i32 {
  const fingerprint = <u64>low | (<u64>high << 32);
  const segment = segmentOf(root, fingerprint);
  if (!take(root, segment, me)) return BUSY;
  const time = tick(root, segment, now);
  let cell = find(root, segment, fingerprint);
  const there = cell != 0;
  if (!there) cell = makePlace(root, segment, fingerprint, time);
  if (cell) {
    blockFor(root, cell, ms, time, fingerprint);
    if (!there) enter(root, segment, cell, fingerprint | 1, time);
    refuseFor(answer, ms);
  } else add(segment, TURNED_AWAY);
  giveBack(segment);
  return cell ? 1 : 0;
}

/** Forgets a key, blocked or not. 1 when it was there, 0, BUSY. */
export function remove(root: usize, me: usize, low: u32, high: u32): i32 {
  const fingerprint = <u64>low | (<u64>high << 32);
  const segment = segmentOf(root, fingerprint);
  if (!take(root, segment, me)) return BUSY;
  const cell = find(root, segment, fingerprint);
  if (cell) drop(segment, cell);
  giveBack(segment);
  return cell ? 1 : 0;
}

/** Whether a key is blocked. 1, 0, BUSY. */
export function blocked(root: usize, me: usize, low: u32, high: u32, now: f64): i32 {
  const fingerprint = <u64>low | (<u64>high << 32);
  const segment = segmentOf(root, fingerprint);
  if (!take(root, segment, me)) return BUSY;
  const time = tick(root, segment, now);
  const cell = find(root, segment, fingerprint);
  const is = cell != 0 && isBlocked(cell) && load<f64>(untilIn(root, stateOf(cell))) > time;
  giveBack(segment);
  return is ? 1 : 0;
}

/** A key is there from now on. */
// @ts-ignore: decorator
@inline
function enter(root: usize, segment: usize, cell: usize, word: u64, time: f64): void {
  store<u64>(cell, word);
  store<u32>(segment, load<u32>(segment, COUNT) + 1, COUNT);
  sweepOne(root, segment, time);
}

function punish(root: usize, cell: usize, cost: f64, time: f64, answer: usize): void {
  const ms = load<f64>(root, BLOCK_MS);
  if (ms == 0 || cost > load<f64>(root, LIMIT)) return;
  blockFor(root, cell, ms, time, load<u64>(cell));
  refuseFor(answer, ms);
}

function blockFor(root: usize, cell: usize, ms: f64, time: f64, fingerprint: u64): void {
  const state = stateOf(cell);
  const until = untilIn(root, state);
  // Who dies in between leaves a key that has taken more than it did, never less.
  store<f64>(until, time + ms);
  if (load<u64>(cell)) store<u64>(cell, fingerprint | 1);
  store<u64>(until == state ? state + 8 : state, 0);
}

// @ts-ignore: decorator
@inline
function refuseFor(answer: usize, ms: f64): void {
  const whole = max(1, ceil(ms - 1e-6));
  store<f64>(answer, 0, REMAINING);
  store<f64>(answer, whole, RETRY_AFTER);
  store<f64>(answer, whole, RESET);
}

// ── Time ────────────────────────────────────────────────────────────────────────────────────────────

/**
 * The segment's time, which passes by the steps of the clock forward. Where the clock goes back, time stands still for that
 * one reading and goes on from there. Within the tolerance a reading is only late: another thread's was later.
 */
// @ts-ignore: decorator
@inline
function tick(root: usize, segment: usize, now: f64): f64 {
  const step = now - load<f64>(segment, READING);
  let time = load<f64>(segment, TIME);
  if (step > 0 && step < MOST_STEP) {
    time += step;
    // In this order: who dies in between loses the step, and does not make it twice.
    store<f64>(segment, now, READING);
    store<f64>(segment, time, TIME);
  } else if (step < -load<f64>(root, TOLERANCE) && step > -MOST_STEP) {
    store<f64>(segment, now, READING);
  }
  return time;
}

// ── All keys ────────────────────────────────────────────────────────────────────────────────────────

// @ts-ignore: decorator
@inline
function take(root: usize, segment: usize, me: usize): bool {
  if (!ASC_FEATURE_THREADS) return true;
  const taken = takeForWriting(segment, me);
  if (taken == TAKEN_OVER) {
    mend(root, segment);
    store<u32>(segment, load<u32>(segment, RECOVERED) + 1, RECOVERED);
  }
  return taken != LOCK_REFUSED;
}

/** Forgets every key and counter. BUSY, having done some of it, to who must not wait. O(bytes). */
export function clear(root: usize, me: usize): i32 {
  for (let i: u32 = 0; i < (<u32>1 << load<u32>(root, SEGMENT_LOG)); i++) {
    const segment = segmentAt(root, i);
    if (!take(root, segment, me)) return BUSY;
    memory.fill(segment + COUNT, 0, <usize>SEGMENT_HEAD - COUNT);
    const first = bucketAt(root, segment, 0);
    memory.fill(first, 0, bucketAt(root, segment, load<u32>(root, BUCKETS)) - first);
    giveBack(segment);
  }
  return 1;
}

/** Forgets every key that is idle; how many. Leaves out segments that are busy, where the caller must not wait. O(n). */
export function purge(root: usize, me: usize, now: f64): u32 {
  let count: u32 = 0;
  for (let i: u32 = 0; i < (<u32>1 << load<u32>(root, SEGMENT_LOG)); i++) {
    const segment = segmentAt(root, i);
    if (!take(root, segment, me)) continue;
    const time = tick(root, segment, now);
    for (let i: u32 = 0; i < load<u32>(root, BUCKETS); i++) count += sweep(root, segment, bucketAt(root, segment, i), time);
    giveBack(segment);
  }
  return count;
}

export function count(root: usize): u32 {
  let sum: u32 = 0;
  for (let i: u32 = 0; i < (<u32>1 << load<u32>(root, SEGMENT_LOG)); i++) sum += load<u32>(segmentAt(root, i), COUNT);
  return sum;
}

/** Sums a counter, given by its offset, over the segments. */
export function total(root: usize, counter: usize): f64 {
  let sum: f64 = 0;
  for (let i: u32 = 0; i < (<u32>1 << load<u32>(root, SEGMENT_LOG)); i++) sum += load<f64>(segmentAt(root, i) + counter);
  return sum;
}

/** How often a segment was found half-written, and mended. */
export function recovered(root: usize): u32 {
  return timesRecovered(segmentAt(root, 0), <u32>1 << load<u32>(root, SEGMENT_LOG), segmentAt(root, 1) - segmentAt(root, 0));
}

/** 0 when every invariant holds, BUSY, else the number of the first that does not. O(n). */
export function check(root: usize, me: usize): i32 {
  for (let i: u32 = 0; i < (<u32>1 << load<u32>(root, SEGMENT_LOG)); i++) {
    const segment = segmentAt(root, i);
    if (!take(root, segment, me)) return BUSY;
    const broken = checkTable(root, segment);
    giveBack(segment);
    if (broken) return broken;
  }
  return 0;
}
