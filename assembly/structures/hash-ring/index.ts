// Kernel `structures/hash-ring`: which node a key belongs to. The ring is in ring.ts, Maglev's table in maglev.ts, what
// needs no memory in stateless.ts, and the nodes that ring and table share in nodes.ts.
//
// Keys are bytes at [from, from + size), or u32 numbers, which stand for their four bytes. Only putting nodes and
// updating a ring allocate. Slots are the caller's choice: a node is put into one that is free.

import { free } from '../../memory/arena/allocator';
import { xxh64, xxh64OfU32 } from '../../hash/xxh64';
import { md5 } from '../../hash/md5';
import { checkMaglev, clearMaglev, countEntries, createMaglev, destroyMaglev, enterOrder, leaveOrder, outdate, reserveOrder, slotOfHash } from './maglev';
import { SEED, WEIGHT, dropNode, putNode, slotAt } from './nodes';
import { acquireFrom, checkRing, clearRing, createRing, forgetLoad, pointNumber, positionOf, releaseLoad, restoreLoad, shares, slotBehind, updateRing, walk } from './ring';
import { jumpTo, scores } from './stateless';

// ── Ring ──

/** 0 when the arena is full. */
export function ringCreate(rule: u32, scale: u32, seedLow: u32, seedHigh: u32): usize {
  return createRing(rule, scale, (<u64>seedHigh << 32) | seedLow);
}

export function ringDestroy(root: usize): void {
  clearRing(root);
  free(root);
}

export function ringClear(root: usize): void {
  clearRing(root);
}

/** Puts a node into a slot, without its points: 1, or −1 when the arena is full. `ringUpdate` must follow. */
export function ringPut(root: usize, slot: u32, from: usize, size: u32, weight: f64): i32 {
  return putNode(root, slot, from, size, weight) ? 1 : -1;
}

/** Frees a slot whose node has no points, or whose weight was set to 0 before the last update. */
export function ringDrop(root: usize, slot: u32): void {
  forgetLoad(root, slot);
  dropNode(root, slot);
}

/** Sets a weight, 0 for a node that is to go; `ringUpdate` must follow. */
export function ringWeigh(root: usize, slot: u32, weight: f64): void {
  store<f64>(slotAt(root, slot), weight, WEIGHT);
}

/** 1; −1 the arena is full, −2 there would be too many points: then the points are as they were. */
export function ringUpdate(root: usize): i32 {
  return updateRing(root);
}

/** Where a key stands on the ring. */
export function ringPosition(root: usize, from: usize, size: u32): u32 {
  return positionOf(root, from, size);
}

/** The slot of a key's node, −1 when there is none. */
export function ringGet(root: usize, from: usize, size: u32): i32 {
  return slotBehind(root, positionOf(root, from, size));
}

/** The same by xxh64 of a number. */
export function ringGetU32(root: usize, key: u32): i32 {
  return slotBehind(root, <u32>(xxh64OfU32(key, load<u64>(root, SEED)) >> 32));
}

export function ringPositionU32(root: usize, key: u32): u32 {
  return <u32>(xxh64OfU32(key, load<u64>(root, SEED)) >> 32);
}

/** The slot of the node at a position. */
export function ringAt(root: usize, position: u32): i32 {
  return slotBehind(root, position);
}

/** A slot, i32, a key. */
export function ringGetManyU32(root: usize, keys: usize, count: u32, out: usize): void {
  const seed = load<u64>(root, SEED);
  for (let i: usize = 0; i < <usize>count << 2; i += 4) {
    store<i32>(out + i, slotBehind(root, <u32>(xxh64OfU32(load<u32>(keys + i), seed) >> 32)));
  }
}

/** The same for keys that stand one behind the other, each after its length (u32, unaligned). */
export function ringGetMany(root: usize, records: usize, count: u32, out: usize): void {
  for (let i: usize = 0; i < <usize>count << 2; i += 4) {
    const size = load<u32>(records);
    store<i32>(out + i, slotBehind(root, positionOf(root, records + 4, size)));
    records += 4 + size;
  }
}

/** Number of the point at or behind a position; the ring must have points. */
export function ringPoint(root: usize, position: u32): u32 {
  return pointNumber(root, position);
}

/** The slots of the first `most` different nodes from a position on, u32; returns how many. */
export function ringWalk(root: usize, position: u32, most: u32, out: usize): u32 {
  return walk(root, position, most, out);
}

/** Gives a unit of load to the first node from a position on that is below its bound; its slot, or −1. */
export function ringAcquire(root: usize, position: u32, epsilon: f64): i32 {
  return acquireFrom(root, position, epsilon);
}

/** 1, or 0 when the node holds nothing. */
export function ringRelease(root: usize, slot: u32): u32 {
  return <u32>releaseLoad(root, slot);
}

export function ringRestoreLoad(root: usize, slot: u32, held: f64): void {
  restoreLoad(root, slot, held);
}

/** Adds each node's share of the ring, f64 by slot, to `out`. */
export function ringShares(root: usize, out: usize): void {
  shares(root, out);
}

export function ringCheck(root: usize): i32 {
  return checkRing(root);
}

// ── Maglev ──

/** 0 when the arena is full. `entries` is a prime. */
export function maglevCreate(entries: u32, seedLow: u32, seedHigh: u32): usize {
  return createMaglev(entries, (<u64>seedHigh << 32) | seedLow);
}

export function maglevDestroy(root: usize): void {
  destroyMaglev(root);
}

export function maglevClear(root: usize): void {
  clearMaglev(root);
}

/** 1, or −1 when the arena is full. */
export function maglevPut(root: usize, slot: u32, from: usize, size: u32, weight: f64): i32 {
  if (!reserveOrder(root) || !putNode(root, slot, from, size, weight)) return -1;
  enterOrder(root, slot);
  return 1;
}

export function maglevDrop(root: usize, slot: u32): void {
  leaveOrder(root, slot);
  dropNode(root, slot);
}

export function maglevWeigh(root: usize, slot: u32, weight: f64): void {
  store<f64>(slotAt(root, slot), weight, WEIGHT);
  outdate(root);
}

export function maglevGet(root: usize, from: usize, size: u32): i32 {
  return slotOfHash(root, xxh64(from, size, load<u64>(root, SEED)));
}

export function maglevGetU32(root: usize, key: u32): i32 {
  return slotOfHash(root, xxh64OfU32(key, load<u64>(root, SEED)));
}

export function maglevGetManyU32(root: usize, keys: usize, count: u32, out: usize): void {
  const seed = load<u64>(root, SEED);
  for (let i: usize = 0; i < <usize>count << 2; i += 4) store<i32>(out + i, slotOfHash(root, xxh64OfU32(load<u32>(keys + i), seed)));
}

export function maglevGetMany(root: usize, records: usize, count: u32, out: usize): void {
  const seed = load<u64>(root, SEED);
  for (let i: usize = 0; i < <usize>count << 2; i += 4) {
    const size = load<u32>(records);
    store<i32>(out + i, slotOfHash(root, xxh64(records + 4, size, seed)));
    records += 4 + size;
  }
}

/** Adds the number of each node's entries, f64 by slot, to `out`. */
export function maglevCount(root: usize, out: usize): void {
  countEntries(root, out);
}

export function maglevCheck(root: usize): i32 {
  return checkMaglev(root);
}

// ── Without state ──

/** The first record is the key, the `count` that follow are the names. Returns the number of the best, from 0; `out` gets each score, f64. */
export function rendezvous(records: usize, count: u32, weights: usize, seedLow: u32, seedHigh: u32, out: usize): u32 {
  const seed = (<u64>seedHigh << 32) | seedLow;
  const size = load<u32>(records);
  return scores(xxh64(records + 4, size, seed), seed, records + 4 + size, count, weights, out);
}

export function jump(keyLow: u32, keyHigh: u32, buckets: u32): u32 {
  return jumpTo((<u64>keyHigh << 32) | keyLow, buckets);
}

/** By xxh64, seed 0, of the key's bytes. */
export function jumpBytes(from: usize, size: u32, buckets: u32): u32 {
  return jumpTo(xxh64(from, size, 0), buckets);
}

export function jumpMany(keys: usize, count: u32, buckets: u32, out: usize): void {
  for (let i: usize = 0; i < <usize>count << 2; i += 4) store<u32>(out + i, jumpTo(load<u32>(keys + i), buckets));
}

/** MD5 of bytes, into the first 16 of 144 at `work`. */
export function digest(from: usize, size: u32, work: usize): void {
  md5(from, size, work);
}
