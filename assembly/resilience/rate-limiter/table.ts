// The table of keys: two buckets of five places for each key (Y. Azar et al., "Balanced allocations", 1994; C. Dietzfelbinger,
// C. Weidling, "Balanced allocation and dictionaries with tightly packed constant size bins", 2007). A key is its fingerprint,
// 63 bits of a keyed hash. What is idle is overwritten when its place is needed, so that nothing has to be cleared in time.

import { below, remix } from '../../hash/mixing';
import { untouchedAt } from './algorithms';
import {
  add, ALIGNMENT, bucketAt, BUCKETS, COUNT, EVICTED, FORGOTTEN, isBlocked, RECORD_BYTES, REFUSES, SEGMENT_LOG, segmentAt, stateOf,
  SWEEPER, untilIn, WAYS,
} from './layout';

/** Keys that move, one making room for the other, so that a newcomer has a place. */
const MOVES: u32 = 2;

// @ts-ignore: decorator
@inline
export function segmentOf(root: usize, fingerprint: u64): usize {
  return segmentAt(root, (<u32>fingerprint >> 1) & ((<u32>1 << load<u32>(root, SEGMENT_LOG)) - 1));
}

// @ts-ignore: decorator
@inline
function firstBucket(root: usize, segment: usize, fingerprint: u64): usize {
  return bucketAt(root, segment, below(fingerprint, load<u32>(root, BUCKETS)));
}

function secondBucket(root: usize, segment: usize, fingerprint: u64): usize {
  const buckets = load<u32>(root, BUCKETS);
  const first = below(fingerprint, buckets);
  const second = below(remix(fingerprint), buckets);
  return bucketAt(root, segment, second != first ? second : second + 1 == buckets ? 0 : second + 1);
}

/** The place of a key, 0 when it is not there. */
export function find(root: usize, segment: usize, fingerprint: u64): usize {
  const cell = findIn(root, firstBucket(root, segment, fingerprint), fingerprint);
  return cell ? cell : findIn(root, secondBucket(root, segment, fingerprint), fingerprint);
}

// @ts-ignore: decorator
@inline
function findIn(root: usize, bucket: usize, fingerprint: u64): usize {
  const step: usize = load<u32>(root, RECORD_BYTES);
  for (let cell = bucket; cell < bucket + <usize>WAYS * step; cell += step) {
    if ((load<u64>(cell) & ~(<u64>1)) == fingerprint) return cell;
  }
  return 0;
}

// @ts-ignore: decorator
@inline
export function idleAt(root: usize, cell: usize): f64 {
  return isBlocked(cell) ? load<f64>(untilIn(root, stateOf(cell))) : untouchedAt(root, stateOf(cell));
}

/**
 * A free place for a key that is not there, its state zero: one that is free or idle, one that somebody leaves for the
 * other of its two buckets, or one that somebody loses. 0 when there is none. Not yet counted.
 */
export function makePlace(root: usize, segment: usize, fingerprint: u64, time: f64): usize {
  const first = firstBucket(root, segment, fingerprint);
  const second = secondBucket(root, segment, fingerprint);
  let cell = freeIn(root, segment, first, time);
  if (!cell) cell = freeIn(root, segment, second, time);
  if (!cell) cell = vacate(root, segment, first, time, MOVES);
  if (!cell) cell = vacate(root, segment, second, time, MOVES);
  if (!cell && !load<u32>(root, REFUSES)) cell = evict(root, segment, first, second);
  if (cell) clearState(cell);
  return cell;
}

export function clearState(cell: usize): void {
  const state = stateOf(cell);
  store<u64>(state, 0);
  store<u64>(state, 0, 8);
}

/** Forgets a key. */
// @ts-ignore: decorator
@inline
export function drop(segment: usize, cell: usize): void {
  store<u64>(cell, 0);
  store<u32>(segment, load<u32>(segment, COUNT) - 1, COUNT);
}

function freeIn(root: usize, segment: usize, bucket: usize, time: f64): usize {
  const step: usize = load<u32>(root, RECORD_BYTES);
  for (let cell = bucket; cell < bucket + <usize>WAYS * step; cell += step) if (!load<u64>(cell)) return cell;
  for (let cell = bucket; cell < bucket + <usize>WAYS * step; cell += step) {
    if (idleAt(root, cell) > time) continue;
    drop(segment, cell);
    add(segment, FORGOTTEN);
    return cell;
  }
  return 0;
}

/** One of a full bucket moves to its other one, when that has room or, one after the other, can make some. */
function vacate(root: usize, segment: usize, bucket: usize, time: f64, moves: u32): usize {
  const step: usize = load<u32>(root, RECORD_BYTES);
  for (let cell = bucket; cell < bucket + <usize>WAYS * step; cell += step) {
    const fingerprint = load<u64>(cell) & ~(<u64>1);
    let other = firstBucket(root, segment, fingerprint);
    if (other == bucket) other = secondBucket(root, segment, fingerprint);
    if (other == bucket) continue;
    let place = freeIn(root, segment, other, time);
    if (!place && moves > 1) place = vacate(root, segment, other, time, moves - 1);
    if (!place) continue;
    memory.copy(stateOf(place), stateOf(cell), step - 8);
    // For a moment it is there twice: who dies now leaves two, of which the one that is found first counts.
    store<u64>(place, load<u64>(cell));
    store<u64>(cell, 0);
    return cell;
  }
  return 0;
}

/** Forgets the one of two full buckets that would be idle soonest. A key that is blocked is never forgotten. */
function evict(root: usize, segment: usize, first: usize, second: usize): usize {
  const step: usize = load<u32>(root, RECORD_BYTES);
  let victim: usize = 0;
  let soonest: f64 = Infinity;
  for (let way: usize = 0; way < 2 * WAYS; way++) {
    const cell = way < WAYS ? first + way * step : second + (way - WAYS) * step;
    if (isBlocked(cell)) continue;
    const moment = idleAt(root, cell);
    if (moment < soonest) {
      soonest = moment;
      victim = cell;
    }
  }
  if (!victim) return 0;
  drop(segment, victim);
  add(segment, EVICTED);
  return victim;
}

/** The soonest moment at which a newcomer has a place. */
export function placeAt(root: usize, segment: usize, fingerprint: u64): f64 {
  const step: usize = load<u32>(root, RECORD_BYTES);
  let soonest: f64 = Infinity;
  const first = firstBucket(root, segment, fingerprint);
  const second = secondBucket(root, segment, fingerprint);
  for (let way: usize = 0; way < 2 * WAYS; way++) {
    const cell = way < WAYS ? first + way * step : second + (way - WAYS) * step;
    soonest = min(soonest, idleAt(root, cell));
  }
  return soonest;
}

/** Forgets what is idle in one bucket, each time in the next. */
export function sweepOne(root: usize, segment: usize, time: f64): void {
  let index = load<u32>(segment, SWEEPER);
  if (index >= load<u32>(root, BUCKETS)) index = 0;
  store<u32>(segment, index + 1, SWEEPER);
  sweep(root, segment, bucketAt(root, segment, index), time);
}

export function sweep(root: usize, segment: usize, bucket: usize, time: f64): u32 {
  const step: usize = load<u32>(root, RECORD_BYTES);
  let count: u32 = 0;
  for (let cell = bucket; cell < bucket + <usize>WAYS * step; cell += step) {
    if (!load<u64>(cell) || idleAt(root, cell) > time) continue;
    drop(segment, cell);
    add(segment, FORGOTTEN);
    count++;
  }
  return count;
}

/** Makes a segment whole that somebody left half-written: whoever is there twice is there once, and all are counted. */
export function mend(root: usize, segment: usize): void {
  let count: u32 = 0;
  const step: usize = load<u32>(root, RECORD_BYTES);
  const buckets = load<u32>(root, BUCKETS);
  for (let i: u32 = 0; i < buckets; i++) {
    const bucket = bucketAt(root, segment, i);
    for (let cell = bucket; cell < bucket + <usize>WAYS * step; cell += step) {
      const fingerprint = load<u64>(cell) & ~(<u64>1);
      if (!fingerprint) store<u64>(cell, 0);
      else if (find(root, segment, fingerprint) != cell) store<u64>(cell, 0);
      else count++;
    }
  }
  store<u32>(segment, count, COUNT);
}

/** 0 when every invariant of a segment's table holds. */
export function checkTable(root: usize, segment: usize): i32 {
  let count: u32 = 0;
  const step: usize = load<u32>(root, RECORD_BYTES);
  const buckets = load<u32>(root, BUCKETS);
  for (let i: u32 = 0; i < buckets; i++) {
    const bucket = bucketAt(root, segment, i);
    if (bucket & (ALIGNMENT - 1)) return 1;
    for (let cell = bucket; cell < bucket + <usize>WAYS * step; cell += step) {
      const word = load<u64>(cell);
      if (!word) continue;
      const fingerprint = word & ~(<u64>1);
      if (!fingerprint) return 2;
      if (segmentOf(root, fingerprint) != segment) return 3;
      if (find(root, segment, fingerprint) != cell) return 4;
      const moment = idleAt(root, cell);
      if (!(moment >= 0)) return 5;
      count++;
    }
  }
  return count == load<u32>(segment, COUNT) ? 0 : 6;
}
