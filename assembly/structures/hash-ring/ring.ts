// The ring: points of all nodes in one sorted array, and an index that leads from the top bits of a hash to the first
// point that may be its own.
//
//   point, 8 bytes:   0  slot of the node u32     4  value u32
//   behind the last:  the slot of the first point, at 2^32 − 1, so that a search needs neither bound nor wrap
//   index:            u32 for each value of the top bits: the number of the first point that is not below them
//
// Points with the same value stand in the order of their nodes' names: rings made in any order are the same.
//
// Rules of placement:
//
//   XXH64   point j is the upper half of mix(xxh64(name) + (j + 1) · golden); max(1, round(scale · weight)) of them
//   MD5     points 4i to 4i + 3 are the words of md5(name + "-" + i); round(scale · weight / 4) digests, at least one
//   KETAMA  the same points; floor(weight / total · (scale / 4) · nodes) digests, as libketama and npm's hashring have it

import { alloc, free } from '../../memory/arena/allocator';
import { md5 } from '../../hash/md5';
import { xxh64 } from '../../hash/xxh64';
import { copyBytes } from '../../memory/bytes';
import { INDEX, LOAD, MET, NAME, NAME_BYTES, NAME_HASH, NODES, PLACES, PLACE_COUNT, POINTS, ROOT_BYTES, RULE, SCALE, SEED, SHIFT, SLOTS, TOTAL_LOAD, WALK, WANTED, WEIGHT, WEIGHTS, WORK, checkNodes, compareNames, dropAllNodes, mix, slotAt } from './nodes';

const XXH64: u32 = 0;
const KETAMA: u32 = 2;
const MOST_POINTS: f64 = 16777216;
const GOLDEN: u64 = 0x9e3779b97f4a7c15;
/** Digits of a u32, the dash, and room to spare. */
const SUFFIX_BYTES: u32 = 16;

export const TOO_MANY: i32 = -2;
export const NO_MEMORY: i32 = -1;

/** 0 when the arena is full. */
export function createRing(rule: u32, scale: u32, seed: u64): usize {
  const root = alloc(ROOT_BYTES);
  if (!root) return 0;
  memory.fill(root, 0, ROOT_BYTES);
  store<u32>(root, rule, RULE);
  store<u32>(root, scale, SCALE);
  store<u64>(root, seed, SEED);
  return root;
}

export function clearRing(root: usize): void {
  dropAllNodes(root);
  releasePoints(root);
  store<f64>(root, 0, TOTAL_LOAD);
  store<f64>(root, 0, WEIGHTS);
  store<u32>(root, 0, WALK);
}

function releasePoints(root: usize): void {
  if (load<u32>(root, PLACES)) {
    free(load<u32>(root, PLACES));
    free(load<u32>(root, INDEX));
  }
  store<u32>(root, 0, PLACES);
  store<u32>(root, 0, PLACE_COUNT);
  store<u32>(root, 0, INDEX);
  store<u32>(root, 0, SHIFT);
}

/** Where on the ring a key stands that is bytes. */
// @ts-ignore: decorator
@inline
export function positionOf(root: usize, from: usize, size: u32): u32 {
  if (load<u32>(root, RULE) == XXH64) return <u32>(xxh64(from, size, load<u64>(root, SEED)) >> 32);
  md5(from, size, root + WORK);
  return load<u32>(root + WORK);
}

/** Address of the first point at or behind a position; there must be one. */
// @ts-ignore: decorator
@inline
function pointBehind(root: usize, position: u32): usize {
  const bucket = position >> load<u32>(root, SHIFT);
  const first = load<u32>(<usize>load<u32>(root, INDEX) + (<usize>bucket << 2));
  let point = <usize>load<u32>(root, PLACES) + (<usize>first << 3);
  while (load<u32>(point, 4) < position) point += 8;
  return point;
}

/** Slot of the node at a position; −1 when the ring has no points. */
// @ts-ignore: decorator
@inline
export function slotBehind(root: usize, position: u32): i32 {
  return load<u32>(root, PLACE_COUNT) ? load<i32>(pointBehind(root, position)) : -1;
}

/** Number of that point; the ring must have points. */
export function pointNumber(root: usize, position: u32): u32 {
  const number = <u32>((pointBehind(root, position) - load<u32>(root, PLACES)) >> 3);
  return number == load<u32>(root, PLACE_COUNT) ? 0 : number;
}

/** Writes the slots of the first `most` different nodes from a position on; returns how many there are. */
export function walk(root: usize, position: u32, most: u32, out: usize): u32 {
  const count = load<u32>(root, PLACE_COUNT);
  most = min(most, load<u32>(root, NODES));
  if (!count || !most) return 0;
  const number = nextWalk(root);
  const points: usize = load<u32>(root, PLACES);
  let at = pointNumber(root, position);
  let found: u32 = 0;
  for (let left = count; left > 0; left--) {
    const slot = load<u32>(points + (<usize>at << 3));
    const node = slotAt(root, slot);
    if (load<u32>(node, MET) != number) {
      store<u32>(node, number, MET);
      store<u32>(out + (<usize>found << 2), slot);
      if (++found == most) break;
    }
    at = at + 1 == count ? 0 : at + 1;
  }
  return found;
}

/** A number that no slot bears. */
function nextWalk(root: usize): u32 {
  const number = load<u32>(root, WALK) + 1;
  if (number) {
    store<u32>(root, number, WALK);
    return number;
  }
  for (let slot: u32 = 0; slot < load<u32>(root, SLOTS); slot++) store<u32>(slotAt(root, slot), 0, MET);
  store<u32>(root, 1, WALK);
  return 1;
}

/** How much a node of this weight may hold of `total`, one of them the next: ceil((1 + epsilon) · its share). */
// @ts-ignore: decorator
@inline
function bound(total: f64, weight: f64, weights: f64, epsilon: f64): f64 {
  return Math.ceil((1 + epsilon) * total * (weight / weights));
}

/**
 * Gives one unit of load to the first node from a position on that is below its bound; returns its slot, or −1 when
 * there are no points. There is always one below it: the bounds together are above the load.
 */
export function acquireFrom(root: usize, position: u32, epsilon: f64): i32 {
  const count = load<u32>(root, PLACE_COUNT);
  if (!count) return -1;
  const total = load<f64>(root, TOTAL_LOAD) + 1;
  const weights = load<f64>(root, WEIGHTS);
  const points: usize = load<u32>(root, PLACES);
  const start = pointNumber(root, position);
  let at = start;
  let slot = load<u32>(points + (<usize>at << 3));
  for (let left = count; left > 0; left--) {
    const candidate = load<u32>(points + (<usize>at << 3));
    const node = slotAt(root, candidate);
    if (load<f64>(node, LOAD) < bound(total, load<f64>(node, WEIGHT), weights, epsilon)) {
      slot = candidate;
      break;
    }
    at = at + 1 == count ? 0 : at + 1;
  }
  const node = slotAt(root, slot);
  store<f64>(node, load<f64>(node, LOAD) + 1, LOAD);
  store<f64>(root, total, TOTAL_LOAD);
  return <i32>slot;
}

/** Takes one unit of load from a node; false when it has none. */
export function releaseLoad(root: usize, slot: u32): bool {
  const node = slotAt(root, slot);
  const held = load<f64>(node, LOAD);
  if (held < 1) return false;
  store<f64>(node, held - 1, LOAD);
  store<f64>(root, load<f64>(root, TOTAL_LOAD) - 1, TOTAL_LOAD);
  return true;
}

/** Takes a node's load from the sum, before the node goes. */
export function forgetLoad(root: usize, slot: u32): void {
  store<f64>(root, load<f64>(root, TOTAL_LOAD) - load<f64>(slotAt(root, slot), LOAD), TOTAL_LOAD);
}

/** Adds a load that a node is known to have. */
export function restoreLoad(root: usize, slot: u32, held: f64): void {
  store<f64>(slotAt(root, slot), held, LOAD);
  store<f64>(root, load<f64>(root, TOTAL_LOAD) + held, TOTAL_LOAD);
}

/** Adds the share of the ring that is each node's, f64 by slot, to `out`, which is zero before. */
export function shares(root: usize, out: usize): void {
  const count = load<u32>(root, PLACE_COUNT);
  const points: usize = load<u32>(root, PLACES);
  if (!count) return;
  // What lies behind the last point comes round to the first.
  let before = <i64>load<u32>(points + (<usize>(count - 1) << 3), 4) - 0x1_0000_0000;
  for (let i: u32 = 0; i < count; i++) {
    const point = points + (<usize>i << 3);
    const value = <i64>load<u32>(point, 4);
    const cell = out + (<usize>load<u32>(point) << 3);
    store<f64>(cell, load<f64>(cell) + <f64>(value - before) / 4294967296.0);
    before = value;
  }
}

/**
 * Brings the points in line with the nodes: 1, TOO_MANY or NO_MEMORY; then nothing has changed. Nodes whose number of
 * points is right keep them; only the others' are computed and sorted.
 */
export function updateRing(root: usize): i32 {
  const total = countWanted(root);
  if (total > MOST_POINTS) return TOO_MANY;
  if (!total) {
    releasePoints(root);
    settle(root);
    return 1;
  }
  const fresh = countFresh(root);
  if (!fresh) {
    keepOnly(root, load<u32>(root, PLACES));
    settle(root);
    writeIndex(root);
    return 1;
  }
  return rebuild(root, <u32>total, fresh);
}

/** How many points each node should have; returns their sum. */
function countWanted(root: usize): f64 {
  const rule = load<u32>(root, RULE);
  const scale = <f64>load<u32>(root, SCALE);
  const slots = load<u32>(root, SLOTS);
  let weights: f64 = 0;
  let nodes: f64 = 0;
  for (let slot: u32 = 0; slot < slots; slot++) {
    const weight = load<f64>(slotAt(root, slot), WEIGHT);
    weights += weight;
    nodes += <f64>(weight > 0);
  }
  let total: f64 = 0;
  for (let slot: u32 = 0; slot < slots; slot++) {
    const node = slotAt(root, slot);
    const weight = load<f64>(node, WEIGHT);
    let wanted: f64 = 0;
    if (weight > 0) {
      if (rule == XXH64) wanted = max<f64>(1, Math.floor(scale * weight + 0.5));
      else if (rule == KETAMA) wanted = 4 * Math.floor((weight / weights) * (scale / 4) * nodes);
      else wanted = 4 * max<f64>(1, Math.floor((scale * weight) / 4 + 0.5));
    }
    total += wanted;
    store<u32>(node, <u32>min<f64>(wanted, MOST_POINTS), WANTED);
  }
  return total;
}

/** How many points must be computed. */
function countFresh(root: usize): u32 {
  let fresh: u32 = 0;
  for (let slot: u32 = 0; slot < load<u32>(root, SLOTS); slot++) {
    const node = slotAt(root, slot);
    const wanted = load<u32>(node, WANTED);
    if (wanted != load<u32>(node, POINTS)) fresh += wanted;
  }
  return fresh;
}

/** The points are there: notes how many each node has, and the weights that count. */
function settle(root: usize): void {
  let weights: f64 = 0;
  for (let slot: u32 = 0; slot < load<u32>(root, SLOTS); slot++) {
    const node = slotAt(root, slot);
    store<u32>(node, load<u32>(node, WANTED), POINTS);
    if (load<u32>(node, POINTS)) weights += load<f64>(node, WEIGHT);
  }
  store<f64>(root, weights, WEIGHTS);
}

/** Copies the points of nodes whose number is right, in place or elsewhere; their count becomes the ring's. */
function keepOnly(root: usize, to: usize): void {
  const points: usize = load<u32>(root, PLACES);
  const count = load<u32>(root, PLACE_COUNT);
  let kept: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const point = load<u64>(points + (<usize>i << 3));
    const node = slotAt(root, <u32>point);
    if (load<u32>(node, WANTED) != load<u32>(node, POINTS)) continue;
    store<u64>(to + (<usize>kept << 3), point);
    kept++;
  }
  store<u32>(root, kept, PLACE_COUNT);
  if (kept) store<u64>(to + (<usize>kept << 3), 0xffff_ffff_0000_0000 | load<u32>(to));
}

function bitsFor(points: u32): u32 {
  return max<u32>(1, 32 - clz<u32>(points - 1));
}

function rebuild(root: usize, total: u32, fresh: u32): i32 {
  const bits = bitsFor(total);
  const points = alloc((total + 1) << 3);
  const index = points ? alloc(4 << bits) : 0;
  // Two lists of the fresh points, and the counters of the sort.
  const work = index ? alloc((fresh << 4) + 1024 + longestName(root) + SUFFIX_BYTES) : 0;
  if (!work) {
    if (index) free(index);
    if (points) free(points);
    return NO_MEMORY;
  }
  const counters = work + (<usize>fresh << 4);
  generate(root, work, counters + 1024);
  sortPoints(work, work + (<usize>fresh << 3), fresh, counters);
  orderTies(root, work, fresh);
  merge(root, work, fresh, points);
  free(work);
  releasePoints(root);
  store<u64>(points + (<usize>total << 3), 0xffff_ffff_0000_0000 | load<u32>(points));
  store<u32>(root, <u32>points, PLACES);
  store<u32>(root, total, PLACE_COUNT);
  store<u32>(root, <u32>index, INDEX);
  store<u32>(root, 32 - bits, SHIFT);
  settle(root);
  writeIndex(root);
  return 1;
}

function longestName(root: usize): u32 {
  let longest: u32 = 0;
  for (let slot: u32 = 0; slot < load<u32>(root, SLOTS); slot++) longest = max(longest, load<u32>(slotAt(root, slot), NAME_BYTES));
  return longest;
}

/** Writes the points of all nodes whose number is not right. */
function generate(root: usize, out: usize, text: usize): void {
  for (let slot: u32 = 0; slot < load<u32>(root, SLOTS); slot++) {
    const node = slotAt(root, slot);
    const wanted = load<u32>(node, WANTED);
    if (wanted == load<u32>(node, POINTS)) continue;
    pointsOf(root, slot, wanted, out, text);
    out += <usize>wanted << 3;
  }
}

/** Writes the points of one node; `text` has room for its name and a number. */
function pointsOf(root: usize, slot: u32, wanted: u32, out: usize, text: usize): void {
  const node = slotAt(root, slot);
  if (load<u32>(root, RULE) == XXH64) {
    let state = load<u64>(node, NAME_HASH);
    for (let i: u32 = 0; i < wanted; i++) {
      state += GOLDEN;
      store<u64>(out + (<usize>i << 3), (mix(state) & 0xffff_ffff_0000_0000) | slot);
    }
    return;
  }
  const size = load<u32>(node, NAME_BYTES);
  copyBytes(text, load<u32>(node, NAME), size);
  store<u8>(text + size, 45);
  const digest = root + WORK;
  for (let i: u32 = 0; i < wanted; i += 4) {
    md5(text, size + 1 + decimal(i >> 2, text + size + 1), digest);
    for (let j: u32 = 0; j < 4; j++) {
      store<u64>(out + (<usize>(i + j) << 3), (<u64>load<u32>(digest + (<usize>j << 2)) << 32) | slot);
    }
  }
}

/** Writes the digits of a number; returns how many. */
function decimal(value: u32, to: usize): u32 {
  let digits: u32 = 1;
  for (let rest = value / 10; rest; rest /= 10) digits++;
  for (let i = digits; i > 0; i--) {
    store<u8>(to + i - 1, <u8>(48 + (value % 10)));
    value /= 10;
  }
  return digits;
}

/** Sorts points by their values: a radix sort, a byte at a time, between two lists. */
function sortPoints(points: usize, other: usize, count: u32, counters: usize): void {
  for (let shift: u64 = 32; shift < 64; shift += 8) {
    memory.fill(counters, 0, 1024);
    for (let i: u32 = 0; i < count; i++) {
      const cell = counters + (<usize>((load<u64>(points + (<usize>i << 3)) >> shift) & 255) << 2);
      store<u32>(cell, load<u32>(cell) + 1);
    }
    let sum: u32 = 0;
    for (let cell = counters; cell < counters + 1024; cell += 4) {
      const here = load<u32>(cell);
      store<u32>(cell, sum);
      sum += here;
    }
    for (let i: u32 = 0; i < count; i++) {
      const point = load<u64>(points + (<usize>i << 3));
      const cell = counters + (<usize>((point >> shift) & 255) << 2);
      const place = load<u32>(cell);
      store<u32>(cell, place + 1);
      store<u64>(other + (<usize>place << 3), point);
    }
    const held = points;
    points = other;
    other = held;
  }
}

/** True when a point stands before another: by value, then by the name of its node. */
// @ts-ignore: decorator
@inline
function before(root: usize, a: u64, b: u64): bool {
  if (a >> 32 != b >> 32) return a < b;
  return compareNames(slotAt(root, <u32>a), slotAt(root, <u32>b)) < 0;
}

/** Brings points of the same value into order. */
function orderTies(root: usize, points: usize, count: u32): void {
  for (let i: u32 = 1; i < count; i++) {
    const point = load<u64>(points + (<usize>i << 3));
    let at = points + (<usize>i << 3);
    while (at > points && before(root, point, load<u64>(at - 8))) {
      store<u64>(at, load<u64>(at - 8));
      at -= 8;
    }
    store<u64>(at, point);
  }
}

/** Merges the points that stay and the fresh ones into `out`. */
function merge(root: usize, fresh: usize, freshCount: u32, out: usize): void {
  const points: usize = load<u32>(root, PLACES);
  const count = load<u32>(root, PLACE_COUNT);
  const end = fresh + (<usize>freshCount << 3);
  for (let i: u32 = 0; i < count; i++) {
    const point = load<u64>(points + (<usize>i << 3));
    const node = slotAt(root, <u32>point);
    if (load<u32>(node, WANTED) != load<u32>(node, POINTS)) continue;
    while (fresh < end && before(root, load<u64>(fresh), point)) {
      store<u64>(out, load<u64>(fresh));
      fresh += 8;
      out += 8;
    }
    store<u64>(out, point);
    out += 8;
  }
  memory.copy(out, fresh, end - fresh);
}

/** Writes the index anew; it may have more buckets than the points need. */
function writeIndex(root: usize): void {
  const count = load<u32>(root, PLACE_COUNT);
  const points: usize = load<u32>(root, PLACES);
  const shift = load<u32>(root, SHIFT);
  const buckets = (<u32>1) << (32 - shift);
  const index: usize = load<u32>(root, INDEX);
  let bucket: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const last = load<u32>(points + (<usize>i << 3), 4) >> shift;
    while (bucket <= last) {
      store<u32>(index + (<usize>bucket << 2), i);
      bucket++;
    }
  }
  for (; bucket < buckets; bucket++) store<u32>(index + (<usize>bucket << 2), count);
}

/** 0, or which invariant is broken. */
export function checkRing(root: usize): i32 {
  const nodes = checkNodes(root);
  if (nodes) return nodes;
  const count = load<u32>(root, PLACE_COUNT);
  const points: usize = load<u32>(root, PLACES);
  let sum: f64 = 0;
  let loads: f64 = 0;
  for (let slot: u32 = 0; slot < load<u32>(root, SLOTS); slot++) {
    sum += <f64>load<u32>(slotAt(root, slot), POINTS);
    loads += load<f64>(slotAt(root, slot), LOAD);
  }
  if (sum != <f64>count) return 10;
  if (loads != load<f64>(root, TOTAL_LOAD)) return 11;
  if (countWanted(root) != sum || countFresh(root)) return 12;
  if (!count) return points ? 13 : 0;
  if (load<u64>(points + (<usize>count << 3)) != (0xffff_ffff_0000_0000 | <u64>load<u32>(points))) return 14;
  for (let i: u32 = 1; i < count; i++) {
    if (before(root, load<u64>(points + (<usize>i << 3)), load<u64>(points + (<usize>(i - 1) << 3)))) return 15;
  }
  for (let i: u32 = 0; i < count; i++) {
    const value = load<u32>(points + (<usize>i << 3), 4);
    if (load<u32>(pointBehind(root, value), 4) != value) return 16;
  }
  return checkPlaces(root, count);
}

/** That each node has the points it should: 17, or 0, also where there is no memory to tell. */
function checkPlaces(root: usize, count: u32): i32 {
  const work = alloc((count << 3) + longestName(root) + SUFFIX_BYTES);
  if (!work) return 0;
  const text = work + (<usize>count << 3);
  let broken = 0;
  for (let slot: u32 = 0; slot < load<u32>(root, SLOTS); slot++) {
    const wanted = load<u32>(slotAt(root, slot), POINTS);
    if (!wanted) continue;
    pointsOf(root, slot, wanted, work, text);
    for (let i: u32 = 0; i < wanted; i++) {
      const point = load<u64>(work + (<usize>i << 3));
      let at = pointBehind(root, <u32>(point >> 32));
      while (load<u64>(at) != point && load<u32>(at, 4) == <u32>(point >> 32) && at < <usize>load<u32>(root, PLACES) + (<usize>count << 3)) at += 8;
      if (load<u64>(at) != point) broken = 17;
    }
  }
  free(work);
  return broken;
}
