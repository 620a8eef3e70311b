// Walks: through the keys of a trie in the order of their bytes, all of them, or those a pattern or a distance lets
// through. A walk keeps its path in blocks of its own, so that keys may be as long as they like, and is good until the
// trie changes.
//
//   walk     offset  size  meaning
//            ──────  ────  ──────────────────────────────────────────────────────────────
//                 0     4  trie
//                 4     4  mode
//                 8     4  whether backwards
//                12     4  frames                16  4  how many there is room for     20  4  how many there are
//                24     4  bytes of a frame
//                28     4  key: the bytes that lead to the last frame's node           32  4  bytes there is room for
//                36     4  tables of the mode (match.ts, fuzzy.ts), or 0
//                40     4  words of a state (match.ts); characters of the query (fuzzy.ts)
//                44     4  tokens (match.ts); distance at most (fuzzy.ts)
//                48   32   of complete.ts
//
//   frame         0     4  node
//                 4     4  what is next: forwards 0 the key that ends here, else 1 + the lowest byte of a child to visit;
//                          backwards 2 + the highest byte of a child to visit, and then the key that ends here
//                 8     4  bytes of the key up to and with the node's label
//                12     4  nothing
//                16        state of the mode
//
//   record   what a walk gives out: u32 bytes of the key, u32 distance, f64 value, f64 weight, the key, up to 7 bytes
//            of padding

import { alloc, allocZeroed, free, realloc } from '../../memory/arena/allocator';
import { RESULT } from '../../memory/arena/layout';
import { copyBytes, equalBytes } from '../../memory/bytes';
import { distanceAt, feedFuzzy } from './fuzzy';
import { flagsOf, FULL, WEIGHTED } from './layout';
import { feedMatch, matches, onlyByte } from './match';
import { cellOf, childBefore, childFrom, childOf, isLeaf, labelAt, labelBytes, rootOf } from './view';

export const SCAN: u32 = 0;
export const MATCH: u32 = 1;
export const FUZZY: u32 = 2;
export const COMPLETE: u32 = 3;

export const TRIE: usize = 0;
export const MODE: usize = 4;
const REVERSE: usize = 8;
const FRAMES: usize = 12;
const FRAME_ROOM: usize = 16;
export const DEPTH: usize = 20;
const STRIDE: usize = 24;
export const KEY: usize = 28;
const KEY_ROOM: usize = 32;
export const TABLES: usize = 36;
export const WIDTH: usize = 40;
export const LIMIT: usize = 44;
export const RECORDS: usize = 48;
export const QUEUE: usize = 60;
const WALK_BYTES: u32 = 80;

const NODE: usize = 0;
const NEXT: usize = 4;
const KEY_END: usize = 8;
const STATE: usize = 16;
const FRAME_BYTES: u32 = 16;
const BACKWARDS_START: u32 = 257;

const RECORD_HEAD: u32 = 24;
/** The first record alone is larger than the room for records; what it needs is in the result cell. */
export const TOO_LONG: i32 = -2;

/** A walk that stands nowhere; 0 when the budget is full. */
export function newWalk(trie: usize, mode: u32, reverse: bool, stateBytes: u32): usize {
  const walk = allocZeroed(WALK_BYTES);
  if (!walk) return 0;
  store<u32>(walk, <u32>trie, TRIE);
  store<u32>(walk, mode, MODE);
  store<u32>(walk, reverse ? 1 : 0, REVERSE);
  store<u32>(walk, FRAME_BYTES + stateBytes, STRIDE);
  const frames = alloc(16 * (FRAME_BYTES + stateBytes));
  const key = frames ? alloc(124) : 0;
  store<u32>(walk, <u32>frames, FRAMES);
  store<u32>(walk, 16, FRAME_ROOM);
  store<u32>(walk, <u32>key, KEY);
  store<u32>(walk, 124, KEY_ROOM);
  if (key) return walk;
  endWalk(walk);
  return 0;
}

export function endWalk(walk: usize): void {
  freeAt(walk + FRAMES);
  freeAt(walk + KEY);
  freeAt(walk + TABLES);
  freeAt(walk + RECORDS);
  freeAt(walk + QUEUE);
  free(walk);
}

function freeAt(link: usize): void {
  const block: usize = load<u32>(link);
  if (block) free(block);
}

// @ts-ignore: decorator
@inline
export function frameAt(walk: usize, index: u32): usize {
  return <usize>load<u32>(walk, FRAMES) + <usize>(index * load<u32>(walk, STRIDE));
}

// @ts-ignore: decorator
@inline
export function nodeOf(frame: usize): usize {
  return load<u32>(frame, NODE);
}

// @ts-ignore: decorator
@inline
export function keyEndOf(frame: usize): u32 {
  return load<u32>(frame, KEY_END);
}

/** Room for a key of so many bytes; false when the budget is full. */
export function keyRoom(walk: usize, bytes: u32): bool {
  if (bytes <= load<u32>(walk, KEY_ROOM)) return true;
  const room = max<u32>(bytes, load<u32>(walk, KEY_ROOM) * 2);
  const moved = realloc(load<u32>(walk, KEY), room);
  if (!moved) return false;
  store<u32>(walk, <u32>moved, KEY);
  store<u32>(walk, room, KEY_ROOM);
  return true;
}

/** Room for a frame on top of so many; false when the budget is full. */
function frameRoom(walk: usize, depth: u32): bool {
  const room = load<u32>(walk, FRAME_ROOM);
  if (depth < room) return true;
  const stride = load<u32>(walk, STRIDE);
  if (<u64>room * 2 * <u64>stride > 0x7fff_0000) return false;
  const moved = realloc(load<u32>(walk, FRAMES), room * 2 * stride);
  if (!moved) return false;
  store<u32>(walk, <u32>moved, FRAMES);
  store<u32>(walk, room * 2, FRAME_ROOM);
  return true;
}

/** Makes the room on top a frame for a node whose key, with its label, ends at `keyEnd`. */
// @ts-ignore: decorator
@inline
function push(walk: usize, frame: usize, node: usize, keyEnd: u32): void {
  store<u32>(frame, <u32>node, NODE);
  store<u32>(frame, load<u32>(walk, REVERSE) ? BACKWARDS_START : 0, NEXT);
  store<u32>(frame, keyEnd, KEY_END);
  store<u32>(walk, load<u32>(walk, DEPTH) + 1, DEPTH);
}

// @ts-ignore: decorator
@inline
function pop(walk: usize): void {
  store<u32>(walk, load<u32>(walk, DEPTH) - 1, DEPTH);
}

/**
 * Begins at the node below which all keys with this prefix are: 1, with one frame and no state yet; 0 when there is
 * none; FULL.
 */
export function locate(walk: usize, at: usize, bytes: u32): i32 {
  const trie: usize = load<u32>(walk, TRIE);
  const flags = flagsOf(trie);
  let node = rootOf(trie);
  let done: u32 = 0;
  while (node) {
    const label = labelBytes(flags, node);
    const compared = min<u32>(label, bytes - done);
    const labelled = label ? labelAt(flags, node) : 0;
    if (!equalBytes(at + done, labelled, compared)) return 0;
    done += compared;
    if (done == bytes) {
      const rest = label - compared;
      if (!keyRoom(walk, bytes + rest)) return FULL;
      const key: usize = load<u32>(walk, KEY);
      copyBytes(key, at, bytes);
      copyBytes(key + bytes, labelled + compared, rest);
      push(walk, frameAt(walk, 0), node, bytes + rest);
      return 1;
    }
    node = childOf(flags, node, load<u8>(at + done));
    done++;
  }
  return 0;
}

/** Goes down to a child of the last frame's node: 1, 0 when nothing below can pass, FULL. */
export function enter(walk: usize, byte: u32, child: usize): i32 {
  const flags = flagsOf(load<u32>(walk, TRIE));
  const depth = load<u32>(walk, DEPTH);
  if (!frameRoom(walk, depth)) return FULL;
  const frame = frameAt(walk, depth);
  const parent = frame - load<u32>(walk, STRIDE);
  const bytes = labelBytes(flags, child);
  const label = bytes ? labelAt(flags, child) : 0;
  const mode = load<u32>(walk, MODE);
  if (mode != SCAN) {
    copyBytes(frame + STATE, parent + STATE, load<u32>(walk, STRIDE) - FRAME_BYTES);
    if (mode == MATCH) {
      if (!feedMatch(walk, frame + STATE, byte)) return 0;
    } else if (!feedFuzzy(walk, frame + STATE, byte)) return 0;
    if (bytes && !feed(walk, mode, frame + STATE, label, bytes)) return 0;
  }
  const from = keyEndOf(parent);
  const end = from + 1 + bytes;
  if (!keyRoom(walk, end)) return FULL;
  const key = <usize>load<u32>(walk, KEY) + from;
  store<u8>(key, <u8>byte);
  if (bytes) copyBytes(key + 1, label, bytes);
  push(walk, frame, child, end);
  return 1;
}

/** Takes a state over some bytes; false when no key that begins so can pass. */
export function feed(walk: usize, mode: u32, state: usize, at: usize, bytes: u32): bool {
  for (const end = at + bytes; at < end; at++) {
    const lives = mode == MATCH ? feedMatch(walk, state, load<u8>(at)) : feedFuzzy(walk, state, load<u8>(at));
    if (!lives) return false;
  }
  return true;
}

/** State of the first frame, once it is there. */
export function firstState(walk: usize): usize {
  return frameAt(walk, 0) + STATE;
}

/** Feeds the label of the node a walk begins at; the walk ends when that cannot pass. */
export function feedFirst(walk: usize): void {
  const frame = frameAt(walk, 0);
  const lives = feed(walk, load<u32>(walk, MODE), frame + STATE, load<u32>(walk, KEY), keyEndOf(frame));
  if (!lives) pop(walk);
}

/** From where `locate` began to behind a key (before it, backwards): FULL when the budget is. */
export function seek(walk: usize, at: usize, bytes: u32): i32 {
  const flags = flagsOf(load<u32>(walk, TRIE));
  const reverse = load<u32>(walk, REVERSE) != 0;
  let compared: u32 = 0;
  while (true) {
    const frame = frameAt(walk, load<u32>(walk, DEPTH) - 1);
    const end = keyEndOf(frame);
    const key: usize = load<u32>(walk, KEY);
    const common = min<u32>(end, bytes);
    while (compared < common && load<u8>(key + compared) == load<u8>(at + compared)) compared++;
    if (compared < common || end > bytes) {
      // All that is here lies on one side of the key.
      const above = end > bytes && compared == bytes ? true : load<u8>(key + compared) > load<u8>(at + compared);
      if (above == reverse) pop(walk);
      return 1;
    }
    if (end == bytes) {
      if (reverse) pop(walk);
      else store<u32>(frame, 1, NEXT);
      return 1;
    }
    const byte = <u32>load<u8>(at + end);
    store<u32>(frame, reverse ? byte + 1 : byte + 2, NEXT);
    const child = childOf(flags, nodeOf(frame), byte);
    if (!child) return 1;
    const status = enter(walk, byte, child);
    if (status < 0) return status;
  }
}

/** One step towards the next key: 1 when the last frame's key is due, 0 to go on, FULL. */
function step(walk: usize, flags: u32, mode: u32, frame: usize): i32 {
  const next = load<u32>(frame, NEXT);
  const node = nodeOf(frame);
  let child: u64;
  if (load<u32>(walk, REVERSE)) {
    child = next > 1 ? childBefore(flags, node, next - 2) : 0;
    if (!child) return 1;
    store<u32>(frame, <u32>(child >> 32) + 1, NEXT);
  } else {
    if (!next) return 1;
    if (mode == MATCH && next == 1) {
      const only = onlyByte(walk, frame + STATE);
      if (only >= 0) {
        const one = childOf(flags, node, only);
        store<u32>(frame, BACKWARDS_START, NEXT);
        return one ? min<i32>(enter(walk, only, one), 0) : 0;
      }
    }
    child = childFrom(flags, node, next - 1);
    if (!child) {
      pop(walk);
      return 0;
    }
    store<u32>(frame, <u32>(child >> 32) + 2, NEXT);
  }
  return min<i32>(enter(walk, <u32>(child >> 32), <usize>(<u32>child)), 0);
}

/**
 * Writes records for the next keys, `count` at most, into `bytes` bytes: how many, 0 at the end; FULL; TOO_LONG. Leaves
 * where the records end in the result cell.
 */
export function nextRecords(walk: usize, out: usize, bytes: u32, count: u32): i32 {
  const flags = flagsOf(load<u32>(walk, TRIE));
  const mode = load<u32>(walk, MODE);
  const reverse = load<u32>(walk, REVERSE) != 0;
  const end = out + bytes;
  let done: u32 = 0;
  // Where the records end.
  store<u32>(RESULT, <u32>out);
  while (load<u32>(walk, DEPTH) && done < count) {
    const frame = frameAt(walk, load<u32>(walk, DEPTH) - 1);
    const status = step(walk, flags, mode, frame);
    if (status < 0) return status;
    if (!status) continue;
    const cell = cellOf(flags, nodeOf(frame));
    if (cell) {
      const distance = passes(walk, mode, frame + STATE);
      if (distance >= 0) {
        const keyEnd = keyEndOf(frame);
        const to = writeRecord(flags, out, end, keyEnd, distance, cell);
        if (!to) {
          if (!done) return TOO_LONG;
          store<u32>(RESULT, <u32>out);
          return done;
        }
        copyBytes(out + RECORD_HEAD, load<u32>(walk, KEY), keyEnd);
        out = to;
        store<u32>(RESULT, <u32>out);
        done++;
      }
    }
    if (reverse || isLeaf(flags, nodeOf(frame))) pop(walk);
    else store<u32>(frame, 1, NEXT);
  }
  return done;
}

/** The distance at which a key passes, or −1. */
function passes(walk: usize, mode: u32, state: usize): i32 {
  if (mode == MATCH) return matches(walk, state) ? 0 : -1;
  if (mode == FUZZY) return distanceAt(walk, state);
  return 0;
}

/** The head of a record; its end, or 0, with the bytes it needs in the result cell, when there is no room. */
export function writeRecord(flags: u32, out: usize, end: usize, keyBytes: u32, distance: u32, cell: usize): usize {
  const size = (RECORD_HEAD + keyBytes + 7) & ~7;
  if (<u32>(end - out) < size) {
    store<u32>(RESULT, size);
    return 0;
  }
  store<u32>(out, keyBytes);
  store<u32>(out, distance, 4);
  store<u64>(out, load<u64>(cell), 8);
  store<u64>(out, load<u64>(cell + (flags & WEIGHTED ? 8 : 0)), 16);
  return out + size;
}

/** How many keys there are where the walk stands and below; FULL. Ends the walk's frames. */
export function countKeys(walk: usize): i32 {
  const flags = flagsOf(load<u32>(walk, TRIE));
  let count: i32 = 0;
  while (load<u32>(walk, DEPTH)) {
    const frame = frameAt(walk, load<u32>(walk, DEPTH) - 1);
    const status = step(walk, flags, SCAN, frame);
    if (status < 0) return status;
    if (!status) continue;
    const node = nodeOf(frame);
    if (cellOf(flags, node)) count++;
    if (isLeaf(flags, node)) pop(walk);
    else store<u32>(frame, 1, NEXT);
  }
  return count;
}
