// Values in their order: by rank, and many at a time from a given one on, upwards or downwards.

import { lowerBound, rankIn, runBefore, selectIn } from './container';
import { find } from './directory';
import { ARRAY, BITMAP, cardinalityOf, COUNT, entryAt, keyAt, kindOf, lastOf, lowAt, META, runAt, startOf } from './layout';

/** How many values are not above `value`. */
export function rankOfValue(root: usize, value: u32): u64 {
  const found = find(root, value >> 16);
  const before: u32 = found < 0 ? ~found : found;
  let rank: u64 = 0;
  for (let i: u32 = 0; i < before; i++) rank += <u64>cardinalityOf(load<u32>(entryAt(root, i), META));
  if (found >= 0) rank += <u64>rankIn(load<u32>(entryAt(root, found)), load<u32>(entryAt(root, found), META), value & 0xffff);
  return rank;
}

/** The value before which `rank` others stand; there are more than that. */
export function valueAtRank(root: usize, rank: u32): u32 {
  const containers = load<u32>(root, COUNT);
  let left = rank;
  for (let i: u32 = 0; i < containers; i++) {
    const entry = entryAt(root, i);
    const meta = load<u32>(entry, META);
    const count = cardinalityOf(meta);
    if (left < count) return (keyAt(root, i) << 16) | selectIn(load<u32>(entry), meta, left);
    left -= count;
  }
  return 0;
}

/** Writes the values from `from` up, at most `room` of them; how many. */
export function scanUp(root: usize, from: u32, out: usize, room: u32): u32 {
  const found = find(root, from >> 16);
  const count = load<u32>(root, COUNT);
  let low = found < 0 ? 0 : from & 0xffff;
  let left = room;
  for (let i: u32 = found < 0 ? ~found : found; i < count && left; i++) {
    const entry = entryAt(root, i);
    const meta = load<u32>(entry, META);
    const kind = kindOf(meta);
    const data: usize = load<u32>(entry);
    const base = keyAt(root, i) << 16;
    let done: u32;
    if (kind == ARRAY) done = arrayUp(data, cardinalityOf(meta), low, base, out, left);
    else if (kind == BITMAP) done = bitmapUp(data, low, base, out, left);
    else done = runsUp(data, low, base, out, left);
    out += <usize>done << 2;
    left -= done;
    low = 0;
  }
  return room - left;
}

function arrayUp(data: usize, count: u32, low: u32, base: u32, out: usize, room: u32): u32 {
  const first = low ? lowerBound(data, count, low) : 0;
  const number = min(room, count - first);
  const bases = i32x4.splat(base);
  let at = data + (<usize>first << 1);
  let i: u32 = 0;
  for (; i + 8 <= number; i += 8, at += 16, out += 32) {
    const eight = v128.load(at);
    v128.store(out, v128.or(bases, i32x4.extend_low_i16x8_u(eight)));
    v128.store(out, v128.or(bases, i32x4.extend_high_i16x8_u(eight)), 16);
  }
  for (; i < number; i++, at += 2, out += 4) store<u32>(out, base | <u32>load<u16>(at));
  return number;
}

function bitmapUp(bits: usize, low: u32, base: u32, out: usize, room: u32): u32 {
  const first = out;
  const end = out + (<usize>room << 2);
  let mask = ~(<u64>0) << (low & 63);
  for (let i = low >> 6; i < 1024; i++) {
    let word = load<u64>(bits + (<usize>i << 3)) & mask;
    mask = ~(<u64>0);
    const place = base | (i << 6);
    if (end - out >= 256) {
      while (word) {
        store<u32>(out, place | <u32>ctz(word));
        out += 4;
        word &= word - 1;
      }
    } else {
      while (word) {
        if (out == end) return room;
        store<u32>(out, place | <u32>ctz(word));
        out += 4;
        word &= word - 1;
      }
    }
  }
  return <u32>((out - first) >> 2);
}

function runsUp(data: usize, low: u32, base: u32, out: usize, room: u32): u32 {
  const runs = load<u32>(data);
  const before = runBefore(data, low);
  let left = room;
  for (let i: u32 = before < 0 ? 0 : before; i < runs && left; i++) {
    const run = runAt(data, i);
    const last = lastOf(run);
    const start = max(startOf(run), low);
    if (start > last) continue;
    const number = min(left, last - start + 1);
    fillUp(out, base | start, number);
    out += <usize>number << 2;
    left -= number;
  }
  return room - left;
}

function fillUp(out: usize, value: u32, number: u32): void {
  let i: u32 = 0;
  let four = i32x4.add(i32x4.splat(value), i32x4(0, 1, 2, 3));
  for (; i + 4 <= number; i += 4, out += 16) {
    v128.store(out, four);
    four = i32x4.add(four, i32x4.splat(4));
  }
  for (; i < number; i++, out += 4) store<u32>(out, value + i);
}

/** Writes the values from `from` down, at most `room` of them; how many. */
export function scanDown(root: usize, from: u32, out: usize, room: u32): u32 {
  const found = find(root, from >> 16);
  let low = found < 0 ? 65535 : from & 0xffff;
  let left = room;
  for (let i: u32 = found < 0 ? ~found : found + 1; i > 0 && left; i--) {
    const entry = entryAt(root, i - 1);
    const meta = load<u32>(entry, META);
    const kind = kindOf(meta);
    const data: usize = load<u32>(entry);
    const base = keyAt(root, i - 1) << 16;
    let done: u32;
    if (kind == ARRAY) done = arrayDown(data, cardinalityOf(meta), low, base, out, left);
    else if (kind == BITMAP) done = bitmapDown(data, low, base, out, left);
    else done = runsDown(data, low, base, out, left);
    out += <usize>done << 2;
    left -= done;
    low = 65535;
  }
  return room - left;
}

function arrayDown(data: usize, count: u32, low: u32, base: u32, out: usize, room: u32): u32 {
  const end = low == 65535 ? count : lowerBound(data, count, low + 1);
  const number = min(room, end);
  for (let i: u32 = 0; i < number; i++) store<u32>(out + (<usize>i << 2), base | lowAt(data, end - 1 - i));
  return number;
}

function bitmapDown(bits: usize, low: u32, base: u32, out: usize, room: u32): u32 {
  let left = room;
  let mask = ~(<u64>0) >> (63 - (low & 63));
  for (let i: i32 = low >> 6; i >= 0 && left; i--) {
    let word = load<u64>(bits + (<usize>i << 3)) & mask;
    mask = ~(<u64>0);
    for (; word && left; left--) {
      const bit = 63 - <u32>clz(word);
      store<u32>(out, base | (<u32>i << 6) | bit);
      out += 4;
      word ^= (<u64>1) << bit;
    }
  }
  return room - left;
}

function runsDown(data: usize, low: u32, base: u32, out: usize, room: u32): u32 {
  let left = room;
  for (let i = runBefore(data, low); i >= 0 && left; i--) {
    const run = runAt(data, i);
    const last = min(low, lastOf(run));
    const number = min(left, last - startOf(run) + 1);
    for (let n: u32 = 0; n < number; n++, out += 4) store<u32>(out, base | (last - n));
    left -= number;
  }
  return room - left;
}
