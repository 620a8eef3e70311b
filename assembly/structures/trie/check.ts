// Verification of a whole trie.

import { costOf } from '../../memory/arena/allocator';
import { COUNT, DATA_BYTES, flagsOf, FULL, NODES, RADIX, roundedUp, TYPE, weightAt } from './layout';
import { childrenOf, endOf, kindOf, labelBytesOf, LEAF, N16, N256, N4, N48, slotOf } from './radix';
import { cellOf, childFrom, keptBound, rootOf } from './view';
import { DEPTH, endWalk, enter, frameAt, locate, newWalk, nodeOf, SCAN } from './walk';

/** 0 when every invariant holds, else the number of the first one broken; −1 when the budget leaves no room to look. O(n). */
export function checkTrie(trie: usize): i32 {
  const walk = newWalk(trie, SCAN, false, 28);
  if (!walk) return FULL;
  const broken = checkAll(trie, walk);
  endWalk(walk);
  return broken;
}

// Sums, in the state of the first frame: entries, nodes of five kinds, bytes.
const SUMS: usize = 16;
const BYTES: usize = 24;

function add(walk: usize, sum: usize, change: u32): void {
  const at = frameAt(walk, 0) + SUMS + (sum << 2);
  store<u32>(at, load<u32>(at) + change);
}

function checkAll(trie: usize, walk: usize): i32 {
  const flags = flagsOf(trie);
  if (!rootOf(trie)) {
    if ((flags & TYPE) != RADIX) return 1;
    for (let at = NODES; at < NODES + 20; at += 4) if (load<u32>(trie + at)) return 2;
    return load<u32>(trie, COUNT) || load<f64>(trie, DATA_BYTES) != 0 ? 3 : 0;
  }
  const located = locate(walk, 0, 0);
  if (located != 1) return located ? FULL : 4;
  memory.fill(frameAt(walk, 0) + SUMS, 0, 28);
  // The first frame stays for its sums, and is looked at like the others.
  let broken = checkNode(walk, flags, rootOf(trie), true);
  while (!broken) {
    const depth = load<u32>(walk, DEPTH);
    const frame = frameAt(walk, depth - 1);
    const next = childFrom(flags, nodeOf(frame), load<u32>(frame, 4));
    if (!next) {
      if (depth == 1) break;
      store<u32>(walk, depth - 1, DEPTH);
      continue;
    }
    const child = <usize>(<u32>next);
    store<u32>(frame, <u32>(next >> 32) + 1, 4);
    if (!(keptBound(flags, child) <= keptBound(flags, nodeOf(frame)))) return 5;
    broken = checkNode(walk, flags, child, false);
    if (!broken && enter(walk, <u32>(next >> 32), child) < 0) return FULL;
  }
  if (broken) return broken;
  const sums = frameAt(walk, 0) + SUMS;
  if (load<u32>(sums) != load<u32>(trie, COUNT)) return 6;
  for (let kind: usize = 0; kind < 20; kind += 4) {
    if (load<u32>(sums + 4 + kind) != load<u32>(trie + kind, NODES)) return 7;
  }
  return load<u32>(sums + BYTES) == <u32>(<u64>load<f64>(trie, DATA_BYTES)) ? 0 : 8;
}

function checkNode(walk: usize, flags: u32, node: usize, root: bool): i32 {
  const cell = cellOf(flags, node);
  if (cell) {
    add(walk, 0, 1);
    if (!(roundedUp(weightAt(flags, cell)) <= keptBound(flags, node))) return 9;
  }
  add(walk, BYTES >> 2, costOf(node));
  if ((flags & TYPE) != RADIX) {
    add(walk, 1, 1);
    if (cell) add(walk, BYTES >> 2, costOf(cell));
    return !root && !cell && !childFrom(flags, node, 0) ? 10 : 0;
  }
  const kind = kindOf(node);
  if (kind > N256) return 11;
  add(walk, 1 + kind, 1);
  return kind == LEAF ? 0 : checkInner(walk, node, kind);
}

function checkInner(walk: usize, node: usize, kind: u32): i32 {
  const end = endOf(node);
  if (end) {
    if (kindOf(end) != LEAF || labelBytesOf(end)) return 12;
    add(walk, 1, 1);
    add(walk, BYTES >> 2, costOf(end));
  }
  const count = childrenOf(node);
  if (!count || count > (kind == N4 ? 4 : kind == N16 ? 16 : kind == N48 ? 48 : 256)) return 13;
  let children: u32 = 0;
  let last: i32 = -1;
  for (let from: u32 = 0; ; ) {
    const next = childFrom(RADIX, node, from);
    if (!next) break;
    const byte = <u32>(next >> 32);
    if (<i32>byte <= last || !<u32>next) return 14;
    const slot = slotOf(node, kind, byte);
    if (!slot || load<u32>(slot) != <u32>next) return 15;
    last = byte;
    from = byte + 1;
    children++;
  }
  if (children != count) return 16;
  // What is free is zero.
  if (kind == N4) {
    for (let i = count; i < 4; i++) if (load<u8>(node + 16 + i) || load<u32>(node + 20 + 4 * i)) return 17;
  } else if (kind == N16) {
    for (let i = count; i < 16; i++) if (load<u8>(node + 16 + i) || load<u32>(node + 32 + 4 * i)) return 18;
  } else if (kind == N48) {
    let used: u32 = 0;
    for (let i: u32 = 0; i < 48; i++) if (load<u32>(node + 272 + 4 * i)) used++;
    if (used != count) return 19;
  }
  return 0;
}
