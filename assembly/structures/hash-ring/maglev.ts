// Maglev's table (D. Eisenbud et al., "Maglev: A Fast and Reliable Software Network Load Balancer", NSDI 2016, 3.4):
// each node has a permutation of the entries, and the nodes take turns in claiming their next free one.
//
//   entry, 2 bytes: slot of its node
//
// A node claims in a turn when turn · weight has caught up with what it claimed, in units of the highest weight: the one
// with the highest weight claims in each. Turns go by the order of names, so that tables made in any order are the same.
// The entries are filled at the first search after a change, which needs no memory and cannot fail.

import { alloc, free, realloc } from '../../memory/arena/allocator';
import { INDEX, NAME, NAME_HASH, NODES, PLACES, PLACE_COUNT, POINTS, ROOT_BYTES, SCALE, SEED, SHIFT, SLOTS, TURNS, WANTED, WEIGHT, checkNodes, compareNames, dropAllNodes, mix, slotAt } from './nodes';

const NONE: u16 = 0xffff;

/** 0 when the arena is full. */
export function createMaglev(entries: u32, seed: u64): usize {
  const root = alloc(ROOT_BYTES);
  if (!root) return 0;
  const list = alloc(entries << 1);
  if (!list) {
    free(root);
    return 0;
  }
  memory.fill(root, 0, ROOT_BYTES);
  memory.fill(list, 0xff, <usize>entries << 1);
  store<u64>(root, seed, SEED);
  store<u32>(root, entries, SCALE);
  store<u32>(root, <u32>list, PLACES);
  return root;
}

export function destroyMaglev(root: usize): void {
  clearMaglev(root);
  free(load<u32>(root, PLACES));
  free(root);
}

export function clearMaglev(root: usize): void {
  dropAllNodes(root);
  if (load<u32>(root, INDEX)) free(load<u32>(root, INDEX));
  store<u32>(root, 0, INDEX);
  store<u32>(root, 0, SHIFT);
  outdate(root);
}

// @ts-ignore: decorator
@inline
export function outdate(root: usize): void {
  store<u32>(root, 1, PLACE_COUNT);
}

/** Sees to it that the order has room for one more node; false when the arena is full. */
export function reserveOrder(root: usize): bool {
  const room = load<u32>(root, SHIFT);
  if (load<u32>(root, NODES) < room) return true;
  const next = max<u32>(8, room << 1);
  const old = load<u32>(root, INDEX);
  const list = old ? realloc(old, next << 2) : alloc(next << 2);
  if (!list) return false;
  store<u32>(root, <u32>list, INDEX);
  store<u32>(root, next, SHIFT);
  return true;
}

/** Enters a node that was just put into its slot. */
export function enterOrder(root: usize, slot: u32): void {
  const order: usize = load<u32>(root, INDEX);
  const node = slotAt(root, slot);
  let at = load<u32>(root, NODES) - 1;
  while (at) {
    const other = load<u32>(order + (<usize>(at - 1) << 2));
    if (compareNames(slotAt(root, other), node) < 0) break;
    store<u32>(order + (<usize>at << 2), other);
    at--;
  }
  store<u32>(order + (<usize>at << 2), slot);
  outdate(root);
}

/** Takes out a node that is about to leave its slot. */
export function leaveOrder(root: usize, slot: u32): void {
  const order: usize = load<u32>(root, INDEX);
  const last = load<u32>(root, NODES) - 1;
  let at: u32 = 0;
  while (load<u32>(order + (<usize>at << 2)) != slot) at++;
  for (; at < last; at++) store<u32>(order + (<usize>at << 2), load<u32>(order + (<usize>(at + 1) << 2)));
  outdate(root);
}

/** Slot of the node of a hash; −1 when there is none. */
// @ts-ignore: decorator
@inline
export function slotOfHash(root: usize, hash: u64): i32 {
  if (load<u32>(root, PLACE_COUNT)) fillEntries(root);
  const entry = ((hash >> 32) * load<u32>(root, SCALE)) >> 32;
  return load<i16>(<usize>load<u32>(root, PLACES) + (<usize>entry << 1)) == -1 ? -1 : <i32>load<u16>(<usize>load<u32>(root, PLACES) + (<usize>entry << 1));
}

export function fillEntries(root: usize): void {
  const entries = load<u32>(root, SCALE);
  const list: usize = load<u32>(root, PLACES);
  const order: usize = load<u32>(root, INDEX);
  const nodes = load<u32>(root, NODES);
  memory.fill(list, 0xff, <usize>entries << 1);
  store<u32>(root, 0, PLACE_COUNT);
  let highest: f64 = 0;
  for (let i: u32 = 0; i < nodes; i++) {
    const node = slotAt(root, load<u32>(order + (<usize>i << 2)));
    const hash = load<u64>(node, NAME_HASH);
    store<u32>(node, <u32>(hash % entries), POINTS);
    store<u32>(node, 1 + <u32>(mix(hash) % (entries - 1)), WANTED);
    store<f64>(node, 0, TURNS);
    highest = max(highest, load<f64>(node, WEIGHT));
  }
  let free = nodes ? entries : 0;
  for (let turn: f64 = 1; free; turn++) {
    for (let i: u32 = 0; i < nodes && free; i++) {
      const slot = load<u32>(order + (<usize>i << 2));
      const node = slotAt(root, slot);
      const turns = load<f64>(node, TURNS);
      if (turn * load<f64>(node, WEIGHT) < turns) continue;
      store<f64>(node, turns + highest, TURNS);
      claim(list, entries, node, slot);
      free--;
    }
  }
}

/** Gives the next free entry of a node's permutation to it. The entries are a prime, so the permutation meets all. */
// @ts-ignore: decorator
@inline
function claim(list: usize, entries: u32, node: usize, slot: u32): void {
  const step = load<u32>(node, WANTED);
  let at = load<u32>(node, POINTS);
  while (load<u16>(list + (<usize>at << 1)) != NONE) at = advance(at, step, entries);
  store<u16>(list + (<usize>at << 1), <u16>slot);
  store<u32>(node, advance(at, step, entries), POINTS);
}

// @ts-ignore: decorator
@inline
function advance(at: u32, step: u32, entries: u32): u32 {
  at += step;
  return at >= entries ? at - entries : at;
}

/** Counts the entries of each node, f64 by slot, in `out`, which is zero before. */
export function countEntries(root: usize, out: usize): void {
  if (load<u32>(root, PLACE_COUNT)) fillEntries(root);
  const entries = load<u32>(root, SCALE);
  const list: usize = load<u32>(root, PLACES);
  if (!load<u32>(root, NODES)) return;
  for (let i: u32 = 0; i < entries; i++) {
    const cell = out + (<usize>load<u16>(list + (<usize>i << 1)) << 3);
    store<f64>(cell, load<f64>(cell) + 1);
  }
}

/** 0, or which invariant is broken. */
export function checkMaglev(root: usize): i32 {
  const broken = checkNodes(root);
  if (broken) return broken;
  const nodes = load<u32>(root, NODES);
  if (nodes > load<u32>(root, SHIFT)) return 20;
  const order: usize = load<u32>(root, INDEX);
  for (let i: u32 = 0; i < nodes; i++) {
    const slot = load<u32>(order + (<usize>i << 2));
    if (slot >= load<u32>(root, SLOTS) || !load<u32>(slotAt(root, slot), NAME)) return 21;
    if (i && compareNames(slotAt(root, load<u32>(order + (<usize>(i - 1) << 2))), slotAt(root, slot)) >= 0) return 22;
  }
  if (load<u32>(root, PLACE_COUNT)) return 0;
  const list: usize = load<u32>(root, PLACES);
  for (let i: u32 = 0; i < load<u32>(root, SCALE); i++) {
    const slot = load<u16>(list + (<usize>i << 1));
    if (nodes ? slot >= load<u32>(root, SLOTS) || !load<u32>(slotAt(root, slot), NAME) : slot != NONE) return 23;
  }
  return 0;
}
