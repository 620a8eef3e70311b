// The portable format of Roaring bitmaps (RoaringFormatSpec), as CRoaring, Java, Go and Rust write it. Little-endian:
//
//   without runs   u32 12346, u32 containers
//   with runs      u16 12347, u16 containers − 1, a bit for each container: 1 where it is runs
//   for each       u16 key, u16 values − 1
//   for each       u32 offset of the container from the beginning; left out where there are runs and fewer than 4 containers
//   for each       array: u16 values; bitmap, where there are more than 4096: 8192 bytes; runs: u16 number, u16 start, u16 length − 1 of
//                  each

import { alloc, free } from '../../memory/arena/allocator';
import { RESULT } from '../../memory/arena/layout';
import { fromBits, setRange } from './container';
import { createRoot, resize } from './directory';
import {
  ARRAY, BITMAP, BITMAP_BYTES, bytesFor, cardinalityOf, COUNT, entryAt, keyAt, kindOf, lastOf, META, MOST_CONTAINERS, MOST_IN_ARRAY,
  MOST_RUNS, NO_ROOM, packed, RUN, RUNS, startOf,
} from './layout';
import { countSharedBits } from './pairs';
import { append, destroyRoot } from './sets';

const COOKIE: u32 = 12346;
const COOKIE_WITH_RUNS: u32 = 12347;
/** With runs, offsets are written from so many containers on. */
const NO_OFFSET_THRESHOLD: u32 = 4;

// Problems of bytes that are read; bindings/kernels/structures/bitmap.ts has their texts.
const SHORT: i32 = 1;
const BAD_COOKIE: i32 = 2;
const TOO_MANY: i32 = 3;
const BAD_FLAGS: i32 = 4;
const KEYS_UNSORTED: i32 = 5;
const BAD_OFFSET: i32 = 6;
const VALUES_UNSORTED: i32 = 7;
const BAD_CARDINALITY: i32 = 8;
const NO_RUNS: i32 = 9;
const RUNS_UNSORTED: i32 = 10;
const RUN_TOO_LONG: i32 = 11;
const TRAILING: i32 = 12;
const NOT_CANONICAL: i32 = 13;
const ARENA_FULL: i32 = -1;

function hasRuns(root: usize): bool {
  const count = load<u32>(root, COUNT);
  for (let i: u32 = 0; i < count; i++) if (kindOf(load<u32>(entryAt(root, i), META)) == RUN) return true;
  return false;
}

function headBytes(count: u32, runs: bool): u32 {
  if (!runs) return 8 + (count << 3);
  return 4 + ((count + 7) >> 3) + (count << 2) + (count < NO_OFFSET_THRESHOLD ? 0 : count << 2);
}

/** Bytes of a container in the format: runs have a number of two bytes. */
function portableBytesOf(entry: usize): u32 {
  const meta = load<u32>(entry, META);
  return bytesFor(load<u32>(entry), meta) - (kindOf(meta) == RUN ? 2 : 0);
}

/** Bytes before the first container. */
export function portableHead(root: usize): u32 {
  return headBytes(load<u32>(root, COUNT), hasRuns(root));
}

/** All bytes. */
export function portableSize(root: usize): f64 {
  const count = load<u32>(root, COUNT);
  let total: u64 = portableHead(root);
  for (let i: u32 = 0; i < count; i++) total += <u64>portableBytesOf(entryAt(root, i));
  return <f64>total;
}

export function writeHead(root: usize, out: usize): void {
  const count = load<u32>(root, COUNT);
  const runs = hasRuns(root);
  let offset = headBytes(count, runs);
  let at = out;
  if (runs) {
    store<u32>(at, COOKIE_WITH_RUNS | ((count - 1) << 16));
    at += 4;
    const flagBytes = (count + 7) >> 3;
    memory.fill(at, 0, flagBytes);
    for (let i: u32 = 0; i < count; i++) {
      const flag = <u32>(kindOf(load<u32>(entryAt(root, i), META)) == RUN);
      store<u8>(at + (i >> 3), load<u8>(at + (i >> 3)) | <u8>(flag << (i & 7)));
    }
    at += flagBytes;
  } else {
    store<u32>(at, COOKIE);
    store<u32>(at, count, 4);
    at += 8;
  }
  for (let i: u32 = 0; i < count; i++, at += 4) store<u32>(at, keyAt(root, i) | (load<u32>(entryAt(root, i), META) << 16));
  if (runs && count < NO_OFFSET_THRESHOLD) return;
  for (let i: u32 = 0; i < count; i++, at += 4) {
    store<u32>(at, offset);
    offset += portableBytesOf(entryAt(root, i));
  }
}

/** Writes containers from index `from` on while they fit; the index of the next one. The bytes are in the result cell. */
export function writeContainers(root: usize, from: u32, out: usize, room: u32): u32 {
  const count = load<u32>(root, COUNT);
  const first = out;
  let i = from;
  for (; i < count; i++) {
    const entry = entryAt(root, i);
    const bytes = portableBytesOf(entry);
    if (<u32>(out - first) + bytes > room) break;
    const data: usize = load<u32>(entry);
    if (kindOf(load<u32>(entry, META)) == RUN) {
      store<u16>(out, <u16>load<u32>(data));
      memory.copy(out + 2, data + RUNS, bytes - 2);
    } else {
      memory.copy(out, data, bytes);
    }
    out += bytes;
  }
  store<u32>(RESULT, <u32>(out - first));
  return i;
}

// ── Reading ───────────────────────────────────────────────────────────────────────────────────────

/** Leaves a problem and where it is. */
function problem(kind: i32, offset: u64): usize {
  store<i32>(RESULT, kind);
  store<u32>(RESULT, <u32>offset, 4);
  return 0;
}

/**
 * The bitmap that `size` bytes hold, which nobody has looked at. 0 where they do not: the problem and its offset are in the result cell.
 *
 * @param strict 1: only what `writeHead` and `writeContainers` write
 */
export function readPortable(from: usize, size: u32, strict: u32): usize {
  if (size < 4) return problem(SHORT, size);
  const cookie = load<u32>(from);
  const runs = (cookie & 0xffff) == COOKIE_WITH_RUNS;
  if (!runs && cookie != COOKIE) return problem(BAD_COOKIE, 0);
  if (!runs && size < 8) return problem(SHORT, size);
  const count = runs ? (cookie >> 16) + 1 : load<u32>(from, 4);
  if (count > MOST_CONTAINERS) return problem(TOO_MANY, 4);
  const flags = from + 4;
  const flagBytes = runs ? (count + 7) >> 3 : 0;
  const head = headBytes(count, runs);
  if (size < head) return problem(SHORT, size);
  if (runs && (count & 7) != 0 && <u32>load<u8>(flags + flagBytes - 1) >> (count & 7) != 0) return problem(BAD_FLAGS, 4 + flagBytes - 1);
  if (strict && runs && !anyFlag(flags, flagBytes)) return problem(NOT_CANONICAL, 4);
  const made = createRoot();
  if (!made) return problem(ARENA_FULL, 0);
  if (count && !resize(made, count)) {
    destroyRoot(made);
    return problem(ARENA_FULL, 0);
  }
  if (readContainers(made, from, size, strict, count, runs, head)) return made;
  destroyRoot(made);
  return 0;
}

function anyFlag(flags: usize, bytes: u32): bool {
  for (let i: u32 = 0; i < bytes; i++) if (load<u8>(flags + i)) return true;
  return false;
}

function readContainers(made: usize, from: usize, size: u32, strict: u32, count: u32, runs: bool, head: u32): bool {
  const flags = from + 4;
  const descriptions = runs ? flags + ((count + 7) >> 3) : from + 8;
  const offsets: usize = runs && count < NO_OFFSET_THRESHOLD ? 0 : descriptions + (<usize>count << 2);
  let at = head;
  for (let i: u32 = 0; i < count; i++) {
    const description = descriptions + (<usize>i << 2);
    const key = <u32>load<u16>(description);
    const number = <u32>load<u16>(description, 2) + 1;
    if (i && key <= <u32>load<u16>(description - 4)) {
      problem(KEYS_UNSORTED, description - from);
      return false;
    }
    if (offsets && load<u32>(offsets + (<usize>i << 2)) != at) {
      problem(BAD_OFFSET, offsets + (<usize>i << 2) - from);
      return false;
    }
    const isRun = runs && ((<u32>load<u8>(flags + (i >> 3)) >> (i & 7)) & 1) != 0;
    const left = size - at;
    let bytes: u32;
    if (isRun) {
      bytes = left < 2 ? 2 : 2 + (<u32>load<u16>(from + at) << 2);
    } else {
      bytes = number > MOST_IN_ARRAY ? BITMAP_BYTES : number << 1;
    }
    if (bytes > left) {
      problem(SHORT, size);
      return false;
    }
    const container = isRun
      ? readRuns(from, at, number, strict)
      : number > MOST_IN_ARRAY
        ? readBits(from, at, number)
        : readArray(from, at, number);
    if (!container) return false;
    append(made, key, container);
    at += bytes;
  }
  if (at == size) return true;
  problem(TRAILING, at);
  return false;
}

function full(): u64 {
  problem(ARENA_FULL, 0);
  return 0;
}

function readArray(from: usize, at: u32, number: u32): u64 {
  const values = from + at;
  for (let i: u32 = 1; i < number; i++) {
    if (load<u16>(values + (<usize>i << 1)) <= load<u16>(values + (<usize>(i - 1) << 1))) {
      problem(VALUES_UNSORTED, at + (i << 1));
      return 0;
    }
  }
  const data = alloc(number << 1);
  if (!data) return full();
  memory.copy(data, values, number << 1);
  return packed(data, ARRAY, number);
}

function readBits(from: usize, at: u32, number: u32): u64 {
  if (countSharedBits(from + at, from + at) != number) {
    problem(BAD_CARDINALITY, at);
    return 0;
  }
  const data = alloc(BITMAP_BYTES);
  if (!data) return full();
  memory.copy(data, from + at, BITMAP_BYTES);
  return packed(data, BITMAP, number);
}

function readRuns(from: usize, at: u32, number: u32, strict: u32): u64 {
  const runs = <u32>load<u16>(from + at);
  const list = from + at + 2;
  let total: u32 = 0;
  let end: i32 = -1;
  let wrong: i32 = runs ? 0 : NO_RUNS;
  let where = at;
  for (let i: u32 = 0; i < runs && !wrong; i++) {
    const run = list + (<usize>i << 2);
    where = at + 2 + (i << 2);
    if (<i32>startOf(run) <= end) wrong = RUNS_UNSORTED;
    else if (lastOf(run) > 65535) wrong = RUN_TOO_LONG;
    end = lastOf(run) + 1;
    total += <u32>load<u16>(run, 2) + 1;
  }
  if (!wrong && total != number) {
    wrong = BAD_CARDINALITY;
    where = at;
  }
  if (!wrong && strict && runs > MOST_RUNS) wrong = NOT_CANONICAL;
  if (wrong) {
    problem(wrong, where);
    return 0;
  }
  if (runs > MOST_RUNS) return readManyRuns(list, runs, number);
  const data = alloc(<u32>RUNS + (runs << 2));
  if (!data) return full();
  store<u32>(data, runs);
  memory.copy(data + RUNS, list, runs << 2);
  return packed(data, RUN, number);
}

/** Runs that take more than a bitmap become what suits their values. */
function readManyRuns(list: usize, runs: u32, number: u32): u64 {
  const bits = alloc(BITMAP_BYTES);
  if (!bits) return full();
  memory.fill(bits, 0, BITMAP_BYTES);
  for (let i: u32 = 0; i < runs; i++) setRange(bits, startOf(list + (<usize>i << 2)), lastOf(list + (<usize>i << 2)));
  const container = fromBits(bits, number);
  return container == NO_ROOM ? full() : container;
}
