// Kernel `sketches/hdr-histogram`: counts of values over a high dynamic range. What it does is in histogram.ts.
//
// Values and counts cross as doubles, which have every integer up to 2^53 − 1 exactly.

import { COUNTS, HIGHEST, LENGTH, LOWEST, MASK, NO_VALUE, RESIZES, TOO_MANY, MOST, TOTAL, bump, countAt, createHistogram, destroyHistogram, highestAt, indexAtCount, indexOf, isValue, lastIndex, middleAt, nextIndex, rangeAt, reach, recordExpected, recordValue, valueAt } from './histogram';
import { decodeAll, encodeAll } from './encoding';

/** 0 when the arena is full. */
export function create(lowest: f64, highest: f64, digits: u32, resizes: u32): usize {
  return createHistogram(<u64>lowest, <u64>highest, digits, resizes);
}

export function destroy(root: usize): void {
  destroyHistogram(root);
}

export function setResizes(root: usize, resizes: u32): void {
  store<u32>(root, resizes, RESIZES);
}

export function setHighest(root: usize, highest: f64): void {
  store<u64>(root, <u64>highest, HIGHEST);
}

/** 0 recorded; −1 above the range, −2 the arena is full, −3 counts would pass 2^53 − 1, −4 no value. */
export function record(root: usize, value: f64): i32 {
  if (!isValue(value)) return NO_VALUE;
  const whole = <u64>value;
  const index = indexOf(root, whole);
  if (index >= load<u32>(root, LENGTH)) return recordValue(root, whole, 1);
  bump(root, index, 1);
  return 0;
}

export function recordCount(root: usize, value: f64, count: f64): i32 {
  return isValue(value) ? recordValue(root, <u64>value, <u64>count) : NO_VALUE;
}

export function recordCorrected(root: usize, value: f64, count: f64, interval: f64): i32 {
  return isValue(value) ? recordExpected(root, <u64>value, <u64>count, <u64>interval) : NO_VALUE;
}

/** The largest of some doubles; −4 when one of them is no value. */
export function largestF64(values: usize, count: u32): f64 {
  let most: f64 = 0;
  for (const end = values + (<usize>count << 3); values < end; values += 8) {
    const value = load<f64>(values);
    if (!isValue(value)) return NO_VALUE;
    most = max(most, value);
  }
  return most;
}

export function largestU32(values: usize, count: u32): f64 {
  let most: u32 = 0;
  for (const end = values + (<usize>count << 2); values < end; values += 4) most = max(most, load<u32>(values));
  return most;
}

/** Makes room for a value; the statuses of `record`. */
export function reserve(root: usize, value: f64): i32 {
  return reach(root, <u64>value);
}

/** Counts values for which there is room. */
export function recordManyF64(root: usize, values: usize, count: u32): void {
  const counts: usize = load<u32>(root, COUNTS);
  for (const end = values + (<usize>count << 3); values < end; values += 8) {
    const slot = counts + (<usize>indexOf(root, <u64>load<f64>(values)) << 3);
    store<u64>(slot, load<u64>(slot) + 1);
  }
  store<u64>(root, load<u64>(root, TOTAL) + count, TOTAL);
}

export function recordManyU32(root: usize, values: usize, count: u32): void {
  const counts: usize = load<u32>(root, COUNTS);
  for (const end = values + (<usize>count << 2); values < end; values += 4) {
    const slot = counts + (<usize>indexOf(root, load<u32>(values)) << 3);
    store<u64>(slot, load<u64>(slot) + 1);
  }
  store<u64>(root, load<u64>(root, TOTAL) + count, TOTAL);
}

/** Pairs of a value and a count, f64 each, the largest value anywhere: all or none; the statuses of `record`. */
export function addPairs(root: usize, pairs: usize, count: u32): i32 {
  let sum = load<u64>(root, TOTAL);
  let most: u64 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const at = pairs + (<usize>i << 4);
    most = max(most, <u64>load<f64>(at));
    sum += <u64>load<f64>(at, 8);
  }
  if (sum > MOST) return TOO_MANY;
  const status = reach(root, most);
  if (status) return status;
  for (let i: u32 = 0; i < count; i++) {
    const at = pairs + (<usize>i << 4);
    bump(root, indexOf(root, <u64>load<f64>(at)), <u64>load<f64>(at, 8));
  }
  return 0;
}

/** 0 subtracted; 1 + the index of the first pair of which there are too few; then nothing has changed. */
export function subtractPairs(root: usize, pairs: usize, count: u32): u32 {
  const length = load<u32>(root, LENGTH);
  for (let i: u32 = 0; i < count; i++) {
    const at = pairs + (<usize>i << 4);
    const index = indexOf(root, <u64>load<f64>(at));
    const less = <u64>load<f64>(at, 8);
    if (index >= length || countAt(root, index) < less) {
      for (let j = i; j > 0; j--) {
        const back = pairs + (<usize>(j - 1) << 4);
        bump(root, indexOf(root, <u64>load<f64>(back)), <u64>load<f64>(back, 8));
      }
      return i + 1;
    }
    bump(root, index, 0 - less);
  }
  return 0;
}

/** The value at or below which so many of the counts are, `wanted` from 1 on; its lowest or highest equivalent. */
export function valueAtCount(root: usize, wanted: f64, lowest: u32): f64 {
  const index = indexAtCount(root, <u64>wanted);
  if (index >= load<u32>(root, LENGTH)) return 0;
  return <f64>(lowest ? valueAt(root, index) : highestAt(root, index));
}

/** Counts of the values from that of `low` to that of `high`, as far as they are told apart. */
export function countBetween(root: usize, low: f64, high: f64): f64 {
  const length = load<u32>(root, LENGTH);
  const end = min(length, indexOf(root, <u64>high) + 1);
  let sum: u64 = 0;
  for (let i = indexOf(root, <u64>low); i < end; i++) sum += countAt(root, i);
  return <f64>sum;
}

export function mean(root: usize): f64 {
  const total = load<u64>(root, TOTAL);
  if (!total) return 0;
  const length = load<u32>(root, LENGTH);
  let sum: f64 = 0;
  for (let i = nextIndex(root, 0); i < length; i = nextIndex(root, i + 1)) sum += middleAt(root, i) * <f64>countAt(root, i);
  return sum / <f64>total;
}

export function stdDeviation(root: usize): f64 {
  const total = load<u64>(root, TOTAL);
  if (!total) return 0;
  const middle = mean(root);
  const length = load<u32>(root, LENGTH);
  let sum: f64 = 0;
  for (let i = nextIndex(root, 0); i < length; i = nextIndex(root, i + 1)) {
    const deviation = middleAt(root, i) - middle;
    sum += deviation * deviation * <f64>countAt(root, i);
  }
  return Math.sqrt(sum / <f64>total);
}

/** Lowest equivalent of the smallest value from index `from` on, 0 when there is none. */
export function lowestFrom(root: usize, from: u32): f64 {
  const index = nextIndex(root, from);
  return index < load<u32>(root, LENGTH) ? <f64>valueAt(root, index) : 0;
}

export function highestRecorded(root: usize): f64 {
  const index = lastIndex(root);
  return index < 0 ? 0 : <f64>highestAt(root, index);
}

export function total(root: usize): f64 {
  return <f64>load<u64>(root, TOTAL);
}

export function lowestDiscernible(root: usize): f64 {
  return <f64>load<u64>(root, LOWEST);
}

export function highestTrackable(root: usize): f64 {
  return <f64>load<u64>(root, HIGHEST);
}

/** Lowest equivalent of a value, and how many values are equivalent to it. */
export function lowestOf(root: usize, value: f64): f64 {
  return <f64>valueAt(root, indexOf(root, <u64>value));
}

export function rangeOf(root: usize, value: f64): f64 {
  return <f64>rangeAt(root, indexOf(root, <u64>value));
}

/** Number of counts up to the last that is not 0. */
export function used(root: usize): u32 {
  return <u32>(lastIndex(root) + 1);
}

/** Those of the `count` counts from `from` on that are not 0: lowest and highest value and count, f64 each, at `out`. Returns how many. */
export function entries(root: usize, from: u32, count: u32, out: usize): u32 {
  let written: u32 = 0;
  const end = from + count;
  for (let i = nextIndex(root, from); i < end; i = nextIndex(root, i + 1)) {
    store<f64>(out, <f64>valueAt(root, i));
    store<f64>(out, <f64>highestAt(root, i), 8);
    store<f64>(out, <f64>countAt(root, i), 16);
    out += 24;
    written++;
  }
  return written;
}

/** Bytes written at `out`, where nine for each of the `used` counts must be free. */
export function encode(root: usize, out: usize): u32 {
  return encodeAll(root, out);
}

/** 0, or the place of what is wrong, counted from 1. The histogram must be empty. */
export function decode(root: usize, from: usize, size: u32): u32 {
  return decodeAll(root, from, size);
}

export function reset(root: usize): void {
  memory.fill(load<u32>(root, COUNTS), 0, <usize>load<u32>(root, LENGTH) << 3);
  store<u64>(root, 0, TOTAL);
}

/** 0, or which invariant is broken: 1 the total is not the sum, 2 the range ends before the highest value, 3 the mask is wrong. */
export function check(root: usize): i32 {
  const length = load<u32>(root, LENGTH);
  let sum: u64 = 0;
  for (let i: u32 = 0; i < length; i++) sum += countAt(root, i);
  if (sum != load<u64>(root, TOTAL)) return 1;
  if (indexOf(root, load<u64>(root, HIGHEST)) >= length) return 2;
  return load<u64>(root, MASK) & load<u64>(root, LOWEST) || load<u64>(root, LOWEST) < load<u64>(root, MASK) ? 0 : 3;
}
