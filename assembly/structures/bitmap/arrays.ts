// Two arrays: ascending u16 values. Where one is far longer the other's values are sought in it by galloping; where they
// are alike, eight values of each are compared at once for what both have, and the rest is merged without branches.

import { lowAt } from './layout';

/** One array is sought in the other where it is so much shorter. */
const GALLOP: u32 = 32;

/** Writes what both have to `out`, unless it is 0; how many. */
export function intersectArrays(a: usize, aCount: u32, b: usize, bCount: u32, out: usize): u32 {
  if (aCount * GALLOP < bCount) return gallop(a, aCount, b, bCount, out);
  if (bCount * GALLOP < aCount) return gallop(b, bCount, a, aCount, out);
  return intersectAlike(a, aCount, b, bCount, out);
}

function gallop(few: usize, fewCount: u32, many: usize, manyCount: u32, out: usize): u32 {
  let found: u32 = 0;
  let at: u32 = 0;
  for (let i: u32 = 0; i < fewCount; i++) {
    const low = lowAt(few, i);
    at = advance(many, manyCount, at, low);
    if (at == manyCount) break;
    if (lowAt(many, at) == low) {
      if (out) store<u16>(out + (<usize>found << 1), <u16>low);
      found++;
    }
  }
  return found;
}

/** Index of the first value from `at` on that is not below `low`: steps that double, then halves. */
function advance(data: usize, count: u32, at: u32, low: u32): u32 {
  if (at >= count || lowAt(data, at) >= low) return at;
  let step: u32 = 1;
  while (at + step < count && lowAt(data, at + step) < low) {
    at += step;
    step <<= 1;
  }
  let end = min(at + step, count);
  // data[at] is below low, data[end] is not.
  while (end - at > 1) {
    const middle = (at + end) >> 1;
    if (lowAt(data, middle) < low) at = middle;
    else end = middle;
  }
  return end;
}

function intersectAlike(a: usize, aCount: u32, b: usize, bCount: u32, out: usize): u32 {
  const aEnd = a + (<usize>aCount << 1);
  const bEnd = b + (<usize>bCount << 1);
  let found: u32 = 0;
  while (aEnd - a >= 16 && bEnd - b >= 16) {
    const ours = v128.load(a);
    let theirs = v128.load(b);
    // Every value of one against every value of the other: eight turns.
    let equal = i16x8.eq(ours, theirs);
    for (let turn = 0; turn < 7; turn++) {
      theirs = i8x16.shuffle(theirs, theirs, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1);
      equal = v128.or(equal, i16x8.eq(ours, theirs));
    }
    let mask = <u32>i16x8.bitmask(equal);
    if (out) {
      while (mask) {
        store<u16>(out + (<usize>(found++) << 1), load<u16>(a + (<usize>ctz(mask) << 1)));
        mask &= mask - 1;
      }
    } else {
      found += <u32>popcnt(mask);
    }
    const aLast = load<u16>(a, 14);
    const bLast = load<u16>(b, 14);
    a += aLast <= bLast ? 16 : 0;
    b += bLast <= aLast ? 16 : 0;
  }
  while (a < aEnd && b < bEnd) {
    const x = <u32>load<u16>(a);
    const y = <u32>load<u16>(b);
    if (x == y) {
      if (out) store<u16>(out + (<usize>found << 1), <u16>x);
      found++;
    }
    a += <usize>(x <= y) << 1;
    b += <usize>(y <= x) << 1;
  }
  return found;
}

function copyRest(from: usize, end: usize, out: usize): usize {
  if (end > from) memory.copy(out, from, end - from);
  return out + (end - from);
}

/** Writes what either has to `out`; how many. */
export function uniteArrays(a: usize, aCount: u32, b: usize, bCount: u32, out: usize): u32 {
  const first = out;
  const aEnd = a + (<usize>aCount << 1);
  const bEnd = b + (<usize>bCount << 1);
  while (a < aEnd && b < bEnd) {
    const x = <u32>load<u16>(a);
    const y = <u32>load<u16>(b);
    store<u16>(out, <u16>min(x, y));
    out += 2;
    a += <usize>(x <= y) << 1;
    b += <usize>(y <= x) << 1;
  }
  out = copyRest(a, aEnd, out);
  out = copyRest(b, bEnd, out);
  return <u32>((out - first) >> 1);
}

/** Writes what one has and the other not; how many. */
export function differArrays(a: usize, aCount: u32, b: usize, bCount: u32, out: usize): u32 {
  const first = out;
  const aEnd = a + (<usize>aCount << 1);
  const bEnd = b + (<usize>bCount << 1);
  while (a < aEnd && b < bEnd) {
    const x = <u32>load<u16>(a);
    const y = <u32>load<u16>(b);
    store<u16>(out, <u16>min(x, y));
    out += <usize>(x != y) << 1;
    a += <usize>(x <= y) << 1;
    b += <usize>(y <= x) << 1;
  }
  out = copyRest(a, aEnd, out);
  out = copyRest(b, bEnd, out);
  return <u32>((out - first) >> 1);
}

/** Writes what the first has and the second has not; how many. */
export function subtractArrays(a: usize, aCount: u32, b: usize, bCount: u32, out: usize): u32 {
  const first = out;
  const aEnd = a + (<usize>aCount << 1);
  const bEnd = b + (<usize>bCount << 1);
  while (a < aEnd && b < bEnd) {
    const x = <u32>load<u16>(a);
    const y = <u32>load<u16>(b);
    store<u16>(out, <u16>x);
    out += <usize>(x < y) << 1;
    a += <usize>(x <= y) << 1;
    b += <usize>(y <= x) << 1;
  }
  out = copyRest(a, aEnd, out);
  return <u32>((out - first) >> 1);
}
