// One container: its kinds and how one becomes another; a value looked up, added, removed.

import { alloc, capacityOf, free, realloc } from '../../memory/arena/allocator';
import { copyBytes } from '../../memory/bytes';
import {
  ARRAY, BITMAP, BITMAP_BYTES, bytesFor, cardinalityOf, dataIn, FULL, kindOf, lastOf, lowAt, META, metaIn, metaOf, MOST_IN_ARRAY,
  NO_ROOM, NOTHING, packed, putRun, RUN, runAt, RUNS, startOf,
} from './layout';

// ── Places ────────────────────────────────────────────────────────────────────────────────────────

/** How many of `count` ascending values are below `low`. */
export function lowerBound(data: usize, count: u32, low: u32): u32 {
  if (!count) return 0;
  let at: u32 = 0;
  for (let left = count; left > 1; ) {
    const half = left >> 1;
    at = lowAt(data, at + half) < low ? at + half : at;
    left -= half;
  }
  return at + <u32>(lowAt(data, at) < low);
}

/** Index of the last run that does not start above `low`, or −1. */
export function runBefore(data: usize, low: u32): i32 {
  let at: u32 = 0;
  for (let left = load<u32>(data); left > 1; ) {
    const half = left >> 1;
    at = startOf(runAt(data, at + half)) <= low ? at + half : at;
    left -= half;
  }
  return startOf(runAt(data, at)) <= low ? at : -1;
}

// @ts-ignore: decorator
@inline
export function hasBit(data: usize, low: u32): u32 {
  return (<u32>load<u8>(data + (low >> 3)) >> (low & 7)) & 1;
}

// @ts-ignore: decorator
@inline
export function contains(data: usize, meta: u32, low: u32): u32 {
  const kind = kindOf(meta);
  if (kind == BITMAP) return hasBit(data, low);
  return kind == ARRAY ? arrayHas(data, cardinalityOf(meta), low) : runsHave(data, low);
}

export function arrayHas(data: usize, count: u32, low: u32): u32 {
  let at: u32 = 0;
  for (let left = count; left > 1; ) {
    const half = left >> 1;
    at = lowAt(data, at + half) <= low ? at + half : at;
    left -= half;
  }
  return <u32>(lowAt(data, at) == low);
}

function runsHave(data: usize, low: u32): u32 {
  const run = runBefore(data, low);
  return <u32>(run >= 0 && low <= lastOf(runAt(data, run)));
}

// ── Conversion ────────────────────────────────────────────────────────────────────────────────────

/** Sets the bits from `from` to `last`. */
export function setRange(bits: usize, from: u32, last: u32): void {
  const first = bits + ((from >> 6) << 3);
  const end = bits + ((last >> 6) << 3);
  const head = ~(<u64>0) << (from & 63);
  const tail = ~(<u64>0) >> (63 - (last & 63));
  if (first == end) {
    store<u64>(first, load<u64>(first) | (head & tail));
    return;
  }
  store<u64>(first, load<u64>(first) | head);
  for (let word = first + 8; word < end; word += 8) store<u64>(word, ~(<u64>0));
  store<u64>(end, load<u64>(end) | tail);
}

/** How many bits from `from` to `last` are set. */
export function countBits(bits: usize, from: u32, last: u32): u32 {
  const first = bits + ((from >> 6) << 3);
  const end = bits + ((last >> 6) << 3);
  const head = ~(<u64>0) << (from & 63);
  const tail = ~(<u64>0) >> (63 - (last & 63));
  if (first == end) return <u32>popcnt(load<u64>(first) & head & tail);
  let count = popcnt(load<u64>(first) & head) + popcnt(load<u64>(end) & tail);
  for (let word = first + 8; word < end; word += 8) count += popcnt(load<u64>(word));
  return <u32>count;
}

export function setBits(bits: usize, data: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const low = lowAt(data, i);
    const word = bits + ((low >> 6) << 3);
    store<u64>(word, load<u64>(word) | ((<u64>1) << (low & 63)));
  }
}

/** Writes a container of any kind as 65 536 bits. */
export function rasterise(data: usize, meta: u32, bits: usize): void {
  const kind = kindOf(meta);
  if (kind == BITMAP) {
    memory.copy(bits, data, BITMAP_BYTES);
    return;
  }
  memory.fill(bits, 0, BITMAP_BYTES);
  if (kind == ARRAY) {
    setBits(bits, data, cardinalityOf(meta));
    return;
  }
  const runs = load<u32>(data);
  for (let i: u32 = 0; i < runs; i++) setRange(bits, startOf(runAt(data, i)), lastOf(runAt(data, i)));
}

/** Writes the values of a bitmap as u16. */
export function extract(bits: usize, out: usize): void {
  for (let i: u32 = 0; i < 1024; i++) {
    let word = load<u64>(bits + (<usize>i << 3));
    const base = i << 6;
    while (word) {
      store<u16>(out, <u16>(base | <u32>ctz(word)));
      out += 2;
      word &= word - 1;
    }
  }
}

function expandRuns(data: usize, out: usize): void {
  const runs = load<u32>(data);
  for (let i: u32 = 0; i < runs; i++) {
    const last = lastOf(runAt(data, i));
    for (let low = startOf(runAt(data, i)); low <= last; low++) {
      store<u16>(out, <u16>low);
      out += 2;
    }
  }
}

export function runsInArray(data: usize, count: u32): u32 {
  let runs: u32 = 1;
  for (let i: u32 = 1; i < count; i++) runs += <u32>(lowAt(data, i) != lowAt(data, i - 1) + 1);
  return runs;
}

export function runsInBitmap(bits: usize): u32 {
  let runs: u64 = 0;
  let carry: u64 = 0;
  for (let word = bits, end = bits + BITMAP_BYTES; word < end; word += 8) {
    const value = load<u64>(word);
    runs += popcnt(value & ~((value << 1) | carry));
    carry = value >> 63;
  }
  return <u32>runs;
}

/** Writes the runs of ascending values, without their number; how many. */
export function arrayToRuns(data: usize, count: u32, out: usize): u32 {
  let start = lowAt(data, 0);
  let last = start;
  const first = out;
  for (let i: u32 = 1; i < count; i++) {
    const low = lowAt(data, i);
    if (low != last + 1) {
      putRun(out, start, last);
      out += 4;
      start = low;
    }
    last = low;
  }
  putRun(out, start, last);
  return <u32>((out + 4 - first) >> 2);
}

/** The same of a bitmap. */
function bitmapToRuns(bits: usize, out: usize): void {
  let at: u32 = 0;
  while (true) {
    const start = nextBit(bits, at, 0);
    if (start == 65536) return;
    const end = nextBit(bits, start + 1, ~(<u64>0));
    putRun(out, start, end - 1);
    out += 4;
    at = end;
  }
}

/** Place of the first bit from `at` on that is set, or with `flip` is not; 65 536 when there is none. */
function nextBit(bits: usize, at: u32, flip: u64): u32 {
  if (at >= 65536) return 65536;
  let index = at >> 6;
  let word = (load<u64>(bits + (<usize>index << 3)) ^ flip) & (~(<u64>0) << (at & 63));
  while (!word) {
    if (++index == 1024) return 65536;
    word = load<u64>(bits + (<usize>index << 3)) ^ flip;
  }
  return (index << 6) | <u32>ctz(word);
}

// ── New containers ────────────────────────────────────────────────────────────────────────────────

export function copyContainer(data: usize, meta: u32): u64 {
  const bytes = bytesFor(data, meta);
  const copy = alloc(bytes);
  if (!copy) return NO_ROOM;
  copyBytes(copy, data, bytes);
  return (<u64>meta << 32) | <u64>copy;
}

/** A container of ascending values, none twice: 0 to 65 536 of them. */
export function fromValues(values: usize, count: u32): u64 {
  if (!count) return NOTHING;
  if (count <= MOST_IN_ARRAY) {
    const data = alloc(count << 1);
    if (!data) return NO_ROOM;
    copyBytes(data, values, count << 1);
    return packed(data, ARRAY, count);
  }
  const bits = alloc(BITMAP_BYTES);
  if (!bits) return NO_ROOM;
  memory.fill(bits, 0, BITMAP_BYTES);
  setBits(bits, values, count);
  return packed(bits, BITMAP, count);
}

/** A container of what a block of bits holds; the block becomes part of it, or is freed. */
export function fromBits(bits: usize, count: u32): u64 {
  if (count > MOST_IN_ARRAY) return packed(bits, BITMAP, count);
  let result = NOTHING;
  if (count) {
    const data = alloc(count << 1);
    result = NO_ROOM;
    if (data) {
      extract(bits, data);
      result = packed(data, ARRAY, count);
    }
  }
  free(bits);
  return result;
}

/** True where runs take no more than any other kind: as CRoaring and the format count bytes. */
// @ts-ignore: decorator
@inline
export function runsSuit(runs: u32, count: u32): bool {
  return (runs << 2) + 2 <= min(BITMAP_BYTES, count << 1);
}

/** A container of runs, of the kind that suits them; `runs` may be 0. */
export function fromRuns(list: usize, runs: u32, count: u32): u64 {
  if (!runs) return NOTHING;
  if (runsSuit(runs, count)) {
    const data = alloc(<u32>RUNS + (runs << 2));
    if (!data) return NO_ROOM;
    store<u32>(data, runs);
    copyBytes(data + RUNS, list, runs << 2);
    return packed(data, RUN, count);
  }
  if (count > MOST_IN_ARRAY) {
    const bits = alloc(BITMAP_BYTES);
    if (!bits) return NO_ROOM;
    memory.fill(bits, 0, BITMAP_BYTES);
    for (let i: u32 = 0; i < runs; i++) setRange(bits, startOf(list + (<usize>i << 2)), lastOf(list + (<usize>i << 2)));
    return packed(bits, BITMAP, count);
  }
  const data = alloc(count << 1);
  if (!data) return NO_ROOM;
  let out = data;
  for (let i: u32 = 0; i < runs; i++) {
    const last = lastOf(list + (<usize>i << 2));
    for (let low = startOf(list + (<usize>i << 2)); low <= last; low++) {
      store<u16>(out, <u16>low);
      out += 2;
    }
  }
  return packed(data, ARRAY, count);
}

/** Puts another container with the same values in the place of an entry's; false when the arena is full. */
function exchange(entry: usize, container: u64): bool {
  if (container == NO_ROOM) return false;
  free(load<u32>(entry));
  store<u32>(entry, <u32>dataIn(container));
  store<u32>(entry, metaIn(container), META);
  return true;
}

/** Turns runs into an array or a bitmap; false when the arena is full. */
export function dissolve(entry: usize): bool {
  const data: usize = load<u32>(entry);
  const count = cardinalityOf(load<u32>(entry, META));
  const other = alloc(count <= MOST_IN_ARRAY ? count << 1 : BITMAP_BYTES);
  if (!other) return false;
  if (count <= MOST_IN_ARRAY) {
    expandRuns(data, other);
    return exchange(entry, packed(other, ARRAY, count));
  }
  rasterise(data, load<u32>(entry, META), other);
  return exchange(entry, packed(other, BITMAP, count));
}

/** Takes the kind that needs the fewest bytes. Stays as it is where the arena is full. */
export function optimise(entry: usize): void {
  const data: usize = load<u32>(entry);
  const meta = load<u32>(entry, META);
  const kind = kindOf(meta);
  const count = cardinalityOf(meta);
  if (kind == RUN) {
    if (!runsSuit(load<u32>(data), count)) dissolve(entry);
    return;
  }
  const runs = kind == ARRAY ? runsInArray(data, count) : runsInBitmap(data);
  if ((runs << 2) + 2 >= min(BITMAP_BYTES, count << 1)) return;
  const made = alloc(<u32>RUNS + (runs << 2));
  if (!made) return;
  store<u32>(made, runs);
  if (kind == ARRAY) arrayToRuns(data, count, made + RUNS);
  else bitmapToRuns(data, made + RUNS);
  exchange(entry, packed(made, RUN, count));
}

// ── One value ─────────────────────────────────────────────────────────────────────────────────────

/** Moves the bytes of [at, end) up by `by`, 2 or 4. */
function shiftUp(at: usize, end: usize, by: usize): void {
  if (end - at > 512) {
    memory.copy(at + by, at, end - at);
    return;
  }
  while (end - at >= 16) {
    end -= 16;
    v128.store(end + by, v128.load(end));
  }
  while (end > at) {
    end -= 2;
    store<u16>(end + by, load<u16>(end));
  }
}

/** Room for `bytes` in an entry's block, a part more where it must grow; 0 when the arena is full. */
function grown(entry: usize, bytes: u32, most: u32): usize {
  const data: usize = load<u32>(entry);
  if (bytes <= capacityOf(data)) return data;
  const more = bytes < 256 ? bytes << 1 : bytes < 2048 ? bytes + (bytes >> 1) : bytes + (bytes >> 2);
  let moved = realloc(data, min(more, most));
  if (!moved) moved = realloc(data, bytes);
  if (moved) store<u32>(entry, <u32>moved);
  return moved;
}

/** 1 added, 0 it was there, FULL. */
export function addLow(entry: usize, low: u32): i32 {
  const data: usize = load<u32>(entry);
  const meta = load<u32>(entry, META);
  const kind = kindOf(meta);
  if (kind == BITMAP) {
    const at = data + (low >> 3);
    const byte = <u32>load<u8>(at);
    const bit = <u32>1 << (low & 7);
    if (byte & bit) return 0;
    store<u8>(at, <u8>(byte | bit));
    store<u32>(entry, meta + 1, META);
    return 1;
  }
  return kind == ARRAY ? addToArray(entry, data, cardinalityOf(meta), low) : addToRuns(entry, low);
}

function addToArray(entry: usize, data: usize, count: u32, low: u32): i32 {
  const place = lowAt(data, count - 1) < low ? count : lowerBound(data, count, low);
  if (place < count && lowAt(data, place) == low) return 0;
  if (count == MOST_IN_ARRAY) {
    const bits = alloc(BITMAP_BYTES);
    if (!bits) return FULL;
    memory.fill(bits, 0, BITMAP_BYTES);
    setBits(bits, data, count);
    store<u8>(bits + (low >> 3), load<u8>(bits + (low >> 3)) | <u8>(<u32>1 << (low & 7)));
    exchange(entry, packed(bits, BITMAP, count + 1));
    return 1;
  }
  const room = grown(entry, (count + 1) << 1, MOST_IN_ARRAY << 1);
  if (!room) return FULL;
  const at = room + (<usize>place << 1);
  if (place < count) shiftUp(at, room + (<usize>count << 1), 2);
  store<u16>(at, <u16>low);
  store<u32>(entry, metaOf(ARRAY, count + 1), META);
  return 1;
}

function addToRuns(entry: usize, low: u32): i32 {
  const data: usize = load<u32>(entry);
  const meta = load<u32>(entry, META);
  const runs = load<u32>(data);
  const index = runBefore(data, low);
  const run = runAt(data, index);
  const after = run + 4;
  const joinsLeft = index >= 0 && low <= lastOf(run) + 1;
  if (joinsLeft && low <= lastOf(run)) return 0;
  const joinsRight = <u32>(index + 1) < runs && startOf(after) == low + 1;
  if (joinsLeft && joinsRight) {
    putRun(run, startOf(run), lastOf(after));
    memory.copy(after, after + 4, runAt(data, runs) - after - 4);
    store<u32>(data, runs - 1);
  } else if (joinsLeft) {
    putRun(run, startOf(run), low);
  } else if (joinsRight) {
    putRun(after, low, lastOf(after));
  } else {
    if (!runsSuit(runs + 1, cardinalityOf(meta) + 1)) return dissolve(entry) ? addLow(entry, low) : FULL;
    const room = grown(entry, <u32>RUNS + ((runs + 1) << 2), BITMAP_BYTES);
    if (!room) return FULL;
    const at = runAt(room, index + 1);
    shiftUp(at, runAt(room, runs), 4);
    putRun(at, low, low);
    store<u32>(room, runs + 1);
  }
  store<u32>(entry, meta + 1, META);
  return 1;
}

/** 1 removed, 0 it was not there, FULL. The container holds more than one value. */
export function removeLow(entry: usize, low: u32): i32 {
  const data: usize = load<u32>(entry);
  const meta = load<u32>(entry, META);
  const kind = kindOf(meta);
  if (kind == RUN) return removeFromRuns(entry, low);
  if (!contains(data, meta, low)) return 0;
  const count = cardinalityOf(meta);
  if (kind == ARRAY) {
    const at = data + (<usize>lowerBound(data, count, low) << 1);
    memory.copy(at, at + 2, data + (<usize>count << 1) - at - 2);
    store<u32>(entry, meta - 1, META);
    return 1;
  }
  const at = data + (low >> 3);
  if (count - 1 > MOST_IN_ARRAY) {
    store<u8>(at, load<u8>(at) & ~<u8>(<u32>1 << (low & 7)));
    store<u32>(entry, meta - 1, META);
    return 1;
  }
  const array = alloc(MOST_IN_ARRAY << 1);
  if (!array) return FULL;
  store<u8>(at, load<u8>(at) & ~<u8>(<u32>1 << (low & 7)));
  extract(data, array);
  exchange(entry, packed(array, ARRAY, MOST_IN_ARRAY));
  return 1;
}

function removeFromRuns(entry: usize, low: u32): i32 {
  const data: usize = load<u32>(entry);
  const meta = load<u32>(entry, META);
  const runs = load<u32>(data);
  const index = runBefore(data, low);
  const run = runAt(data, index);
  if (index < 0 || low > lastOf(run)) return 0;
  const start = startOf(run);
  const last = lastOf(run);
  if (start == last) {
    memory.copy(run, run + 4, runAt(data, runs) - run - 4);
    store<u32>(data, runs - 1);
  } else if (low == start) {
    putRun(run, start + 1, last);
  } else if (low == last) {
    putRun(run, start, last - 1);
  } else {
    if (!runsSuit(runs + 1, cardinalityOf(meta) - 1)) return dissolve(entry) ? removeLow(entry, low) : FULL;
    const room = grown(entry, <u32>RUNS + ((runs + 1) << 2), BITMAP_BYTES);
    if (!room) return FULL;
    const at = runAt(room, index);
    shiftUp(at + 4, runAt(room, runs), 4);
    putRun(at, start, low - 1);
    putRun(at + 4, low + 1, last);
    store<u32>(room, runs + 1);
  }
  store<u32>(entry, meta - 1, META);
  // Fewer values may stand better in an array.
  const left: usize = load<u32>(entry);
  if (!runsSuit(load<u32>(left), cardinalityOf(meta) - 1)) dissolve(entry);
  return 1;
}

// ── By rank ───────────────────────────────────────────────────────────────────────────────────────

/** How many values are not above `low`. */
export function rankIn(data: usize, meta: u32, low: u32): u32 {
  const kind = kindOf(meta);
  if (kind == BITMAP) return countBits(data, 0, low);
  if (kind == ARRAY) return low == 65535 ? cardinalityOf(meta) : lowerBound(data, cardinalityOf(meta), low + 1);
  const runs = load<u32>(data);
  let rank: u32 = 0;
  for (let i: u32 = 0; i < runs; i++) {
    const run = runAt(data, i);
    if (startOf(run) > low) break;
    rank += min(low, lastOf(run)) - startOf(run) + 1;
  }
  return rank;
}

/** The value before which `rank` others stand. */
export function selectIn(data: usize, meta: u32, rank: u32): u32 {
  const kind = kindOf(meta);
  if (kind == ARRAY) return lowAt(data, rank);
  if (kind == RUN) {
    let run = runAt(data, 0);
    for (; ; run += 4) {
      const length = lastOf(run) - startOf(run) + 1;
      if (rank < length) return startOf(run) + rank;
      rank -= length;
    }
  }
  let at = data;
  let word = load<u64>(at);
  for (let count = <u32>popcnt(word); rank >= count; count = <u32>popcnt(word)) {
    rank -= count;
    at += 8;
    word = load<u64>(at);
  }
  for (; rank; rank--) word &= word - 1;
  return (<u32>(at - data) << 3) | <u32>ctz(word);
}
