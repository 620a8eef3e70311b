// Completion: the keys with a prefix, the heaviest first. Best-first: of all places seen, the one whose bound is highest is
// looked at next, so that what is given out is never below anything that is yet to be seen. Equal weights come in the
// order of their keys.
//
//   in the walk, from RECORDS   u32 places, u32 how many there is room for, u32 how many there are
//   from QUEUE                  u32 heap of the places that wait, u32 room, u32 how many; u32 bytes of the first place's key
//
//   place    offset  size  meaning
//                 0     4  place above
//                 4     4  node
//                 8     4  turn taken from there: 0 for the node's own key alone, else 1 + the byte
//                12     4  bytes of the key, with the node's label
//                16     8  bound: no weight of it is higher; exact when the place is one key
//                24     4  turns from the first place
//                28     4  whether it is one key

import { alloc, realloc } from '../../memory/arena/allocator';
import { copyBytes } from '../../memory/bytes';
import { flagsOf, FULL, weightAt } from './layout';
import { boundAt, cellOf, childFrom, labelAt, labelBytes, lowerBound } from './view';
import { DEPTH, frameAt, KEY, keyEndOf, nodeOf, QUEUE, RECORDS, TOO_LONG, TRIE, writeRecord } from './walk';

const ROOM: usize = 4;
const USED: usize = 8;
const BASE: usize = 12;

const ABOVE: usize = 0;
const NODE: usize = 4;
const TURN: usize = 8;
const KEY_END: usize = 12;
const BOUND: usize = 16;
const TURNS: usize = 24;
const ALONE: usize = 28;
const PLACE_BYTES: u32 = 32;
/** Places that looking at one can add. */
const MOST_ADDED: u32 = 257;
const RECORD_HEAD: usize = 24;

// @ts-ignore: decorator
@inline
function placeAt(walk: usize, index: u32): usize {
  return <usize>load<u32>(walk, RECORDS) + <usize>(index * PLACE_BYTES);
}

/** From where `locate` began; false when the budget is full. */
export function startComplete(walk: usize): bool {
  if (!load<u32>(walk, DEPTH)) return true;
  const frame = frameAt(walk, 0);
  store<u32>(walk + QUEUE, keyEndOf(frame), BASE);
  if (!roomFor(walk + RECORDS, PLACE_BYTES) || !roomFor(walk + QUEUE, 4)) return false;
  addPlace(walk, flagsOf(load<u32>(walk, TRIE)), 0, nodeOf(frame), 0, keyEndOf(frame), 0);
  return true;
}

/** Room for all that looking at one place adds. */
function roomFor(list: usize, itemBytes: u32): bool {
  const room = load<u32>(list, ROOM);
  const needed = load<u32>(list, USED) + MOST_ADDED;
  if (needed <= room) return true;
  const more = max<u32>(needed, room * 2);
  if (<u64>more * <u64>itemBytes > 0x7fff_0000) return false;
  const old: usize = load<u32>(list);
  const moved = old ? realloc(old, more * itemBytes) : alloc(more * itemBytes);
  if (!moved) return false;
  store<u32>(list, <u32>moved);
  store<u32>(list, more, ROOM);
  return true;
}

/** A place that waits, where its room is. */
function addPlace(walk: usize, flags: u32, above: u32, node: usize, turn: u32, keyEnd: u32, turns: u32): f64 {
  const index = load<u32>(walk + RECORDS, USED);
  store<u32>(walk + RECORDS, index + 1, USED);
  const place = placeAt(walk, index);
  const own = turns != 0 && turn == 0;
  const alone = own || !childFrom(flags, node, 0);
  const bound = own ? weightAt(flags, cellOf(flags, node)) : boundAt(flags, node);
  // What is exact here may stand too high in the node, and its parent is about to be told.
  if (alone && !own) lowerBound(flags, node, bound);
  store<u32>(place, above, ABOVE);
  store<u32>(place, <u32>node, NODE);
  store<u32>(place, turn, TURN);
  store<u32>(place, keyEnd, KEY_END);
  store<f64>(place, bound, BOUND);
  store<u32>(place, turns, TURNS);
  store<u32>(place, alone ? 1 : 0, ALONE);
  queue(walk, index);
  return bound;
}

/** Whether place a comes before place b. */
function precedes(walk: usize, a: u32, b: u32): bool {
  const x = load<f64>(placeAt(walk, a), BOUND);
  const y = load<f64>(placeAt(walk, b), BOUND);
  if (x != y) return x > y;
  let deepA = load<u32>(placeAt(walk, a), TURNS);
  let deepB = load<u32>(placeAt(walk, b), TURNS);
  for (; deepA > deepB; deepA--) a = load<u32>(placeAt(walk, a), ABOVE);
  for (; deepB > deepA; deepB--) b = load<u32>(placeAt(walk, b), ABOVE);
  // Neither is above the other: what was looked at waits no more.
  while (load<u32>(placeAt(walk, a), ABOVE) != load<u32>(placeAt(walk, b), ABOVE)) {
    a = load<u32>(placeAt(walk, a), ABOVE);
    b = load<u32>(placeAt(walk, b), ABOVE);
  }
  return load<u32>(placeAt(walk, a), TURN) < load<u32>(placeAt(walk, b), TURN);
}

// @ts-ignore: decorator
@inline
function waitingAt(walk: usize, position: u32): usize {
  return <usize>load<u32>(walk, QUEUE) + (<usize>position << 2);
}

function queue(walk: usize, index: u32): void {
  let position = load<u32>(walk + QUEUE, USED);
  store<u32>(walk + QUEUE, position + 1, USED);
  while (position) {
    const above = (position - 1) >> 1;
    const other = load<u32>(waitingAt(walk, above));
    if (!precedes(walk, index, other)) break;
    store<u32>(waitingAt(walk, position), other);
    position = above;
  }
  store<u32>(waitingAt(walk, position), index);
}

/** Takes the first place out of the queue. */
function unqueue(walk: usize): void {
  const left = load<u32>(walk + QUEUE, USED) - 1;
  store<u32>(walk + QUEUE, left, USED);
  const index = load<u32>(waitingAt(walk, left));
  let position: u32 = 0;
  for (;;) {
    let below: u32 = 2 * position + 1;
    if (below >= left) break;
    let other = load<u32>(waitingAt(walk, below));
    if (below + 1 < left) {
      const right = load<u32>(waitingAt(walk, below + 1));
      if (precedes(walk, right, other)) {
        below++;
        other = right;
      }
    }
    if (!precedes(walk, other, index)) break;
    store<u32>(waitingAt(walk, position), other);
    position = below;
  }
  store<u32>(waitingAt(walk, position), index);
}

/** As `nextRecords`, the heaviest first. */
export function nextHeaviest(walk: usize, out: usize, bytes: u32, count: u32): i32 {
  const flags = flagsOf(load<u32>(walk, TRIE));
  const end = out + bytes;
  let done: u32 = 0;
  while (load<u32>(walk + QUEUE, USED) && done < count) {
    const index = load<u32>(waitingAt(walk, 0));
    const place = placeAt(walk, index);
    if (!load<u32>(place, ALONE)) {
      if (!roomFor(walk + RECORDS, PLACE_BYTES) || !roomFor(walk + QUEUE, 4)) return FULL;
      unqueue(walk);
      look(walk, flags, index);
      continue;
    }
    const cell = cellOf(flags, load<u32>(place, NODE));
    if (cell) {
      const keyEnd = load<u32>(place, KEY_END);
      const to = writeRecord(flags, out, end, keyEnd, 0, cell);
      if (!to) return done ? done : TOO_LONG;
      writeKey(walk, flags, index, out + RECORD_HEAD);
      out = to;
      done++;
    }
    unqueue(walk);
  }
  return done;
}

/** Lets all that is below a place wait, and lowers its bound to what that shows. */
function look(walk: usize, flags: u32, index: u32): void {
  const place = placeAt(walk, index);
  const node = <usize>load<u32>(place, NODE);
  const keyEnd = load<u32>(place, KEY_END);
  const turns = load<u32>(place, TURNS) + 1;
  let highest: f64 = -Infinity;
  if (cellOf(flags, node)) highest = addPlace(walk, flags, index, node, 0, keyEnd, turns);
  for (let from: u32 = 0; ; ) {
    const next = childFrom(flags, node, from);
    if (!next) break;
    from = <u32>(next >> 32) + 1;
    const child = <usize>(<u32>next);
    const bound = addPlace(walk, flags, index, child, from, keyEnd + 1 + labelBytes(flags, child), turns);
    highest = max<f64>(highest, bound);
  }
  lowerBound(flags, node, highest);
}

/** Writes the key of a place, from its end to its beginning. */
function writeKey(walk: usize, flags: u32, index: u32, to: usize): void {
  for (let place = placeAt(walk, index); load<u32>(place, TURNS); place = placeAt(walk, load<u32>(place, ABOVE))) {
    const turn = load<u32>(place, TURN);
    if (!turn) continue;
    const node = <usize>load<u32>(place, NODE);
    const label = labelBytes(flags, node);
    const at = to + load<u32>(place, KEY_END) - label;
    if (label) copyBytes(at, labelAt(flags, node), label);
    store<u8>(at - 1, <u8>(turn - 1));
  }
  copyBytes(to, load<u32>(walk, KEY), load<u32>(walk + QUEUE, BASE));
}
