// HDR histograms (G. Tene, "HdrHistogram"): a count for each value, rounded to so many significant decimal digits, over a
// range of many orders of magnitude, in constant time a value.
//
// Values are grouped in buckets; bucket b has sub-buckets of 2^(b + unit magnitude) each. All but the first bucket use
// the upper half of their sub-buckets only, since the lower half is the bucket before. Counts stand in one array.
//
// Root:
//
//   offset  size  meaning
//        0     4  counts: address of `length` u64
//        4     4  length: (buckets + 1) · half
//        8     4  significant digits, 1 to 5
//       12     4  1 when the range grows by itself, else 0
//       16     8  lowest discernible value, u64
//       24     8  highest trackable value, u64
//       32     8  mask of the values in the first bucket
//       40     4  unit magnitude: log₂ of the lowest value, rounded down
//       44     4  half magnitude: log₂ of half
//       48     8  total of all counts, u64, at most 2^53 − 1 when a record is refused
//       56     4  buckets
//       60     4  zero
//
// Neither the highest nor the lowest value recorded is kept: both follow from the counts, to the same precision.

import { alloc, free, realloc } from '../../memory/arena/allocator';

export const COUNTS: usize = 0;
export const LENGTH: usize = 4;
export const DIGITS: usize = 8;
export const RESIZES: usize = 12;
export const LOWEST: usize = 16;
export const HIGHEST: usize = 24;
export const MASK: usize = 32;
export const UNIT: usize = 40;
export const HALF: usize = 44;
export const TOTAL: usize = 48;
export const BUCKETS: usize = 56;
export const ROOT_BYTES: u32 = 64;

/** Statuses: the value is above the range, the arena is full, the counts would be, the value is none. */
export const ABOVE: i32 = -1;
export const NO_MEMORY: i32 = -2;
export const TOO_MANY: i32 = -3;
export const NO_VALUE: i32 = -4;

/** The largest integer that a double, and so JavaScript, has exactly. */
export const MOST: u64 = (1 << 53) - 1;

/** The arguments must be a sound shape. 0 when the arena is full. */
export function createHistogram(lowest: u64, highest: u64, digits: u32, resizes: u32): usize {
  const root = alloc(ROOT_BYTES);
  if (!root) return 0;
  shapeHistogram(root, lowest, highest, digits);
  store<u32>(root, resizes, RESIZES);
  const bytes = load<u32>(root, LENGTH) << 3;
  const counts = alloc(bytes);
  if (!counts) {
    free(root);
    return 0;
  }
  memory.fill(counts, 0, bytes);
  store<u32>(root, <u32>counts, COUNTS);
  return root;
}

/** Fills the root of a histogram in, but for its counts. */
export function shapeHistogram(root: usize, lowest: u64, highest: u64, digits: u32): void {
  memory.fill(root, 0, ROOT_BYTES);
  let resolvable: u64 = 2;
  for (let i = digits; i > 0; i--) resolvable *= 10;
  const half = <u32>(63 - clz<u64>(resolvable - 1));
  const unit = <u32>(63 - clz<u64>(lowest));
  store<u32>(root, digits, DIGITS);
  store<u64>(root, lowest, LOWEST);
  store<u32>(root, unit, UNIT);
  store<u32>(root, half, HALF);
  store<u64>(root, ((<u64>2 << half) - 1) << unit, MASK);
  const buckets = bucketsFor(root, highest);
  store<u32>(root, (buckets + 1) << half, LENGTH);
  store<u32>(root, buckets, BUCKETS);
  store<u64>(root, highest, HIGHEST);
}

export function destroyHistogram(root: usize): void {
  free(load<u32>(root, COUNTS));
  free(root);
}

/** Buckets that reach a value. */
function bucketsFor(root: usize, value: u64): u32 {
  let untrackable = (<u64>2 << load<u32>(root, HALF)) << load<u32>(root, UNIT);
  let buckets: u32 = 1;
  for (; untrackable <= value; buckets++) untrackable <<= 1;
  return buckets;
}

/** Where the count of a value stands, maybe behind the array. */
// @ts-ignore: decorator
@inline
export function indexOf(root: usize, value: u64): u32 {
  const unit = load<u32>(root, UNIT);
  const half = load<u32>(root, HALF);
  const bucket = 63 - <u32>clz<u64>(value | load<u64>(root, MASK)) - half - unit;
  // (bucket + 1) · half + (sub-bucket − half)
  return (bucket << half) + <u32>(value >> (bucket + unit));
}

// @ts-ignore: decorator
@inline
function bucketAt(root: usize, index: u32): u32 {
  const bucket = index >> load<u32>(root, HALF);
  return bucket ? bucket - 1 : 0;
}

/** The smallest value whose count stands at `index`. */
export function valueAt(root: usize, index: u32): u64 {
  const bucket = bucketAt(root, index);
  return <u64>(index - (bucket << load<u32>(root, HALF))) << (bucket + load<u32>(root, UNIT));
}

/** How many values share the count at `index`. */
export function rangeAt(root: usize, index: u32): u64 {
  return (<u64>1) << (bucketAt(root, index) + load<u32>(root, UNIT));
}

export function highestAt(root: usize, index: u32): u64 {
  return valueAt(root, index) + rangeAt(root, index) - 1;
}

// @ts-ignore: decorator
@inline
export function middleAt(root: usize, index: u32): f64 {
  return <f64>(valueAt(root, index) + (rangeAt(root, index) >> 1));
}

/** Whether a double is a value: an integer is made of it by rounding down. */
// @ts-ignore: decorator
@inline
export function isValue(value: f64): bool {
  return value >= 0 && value <= <f64>MOST;
}

// @ts-ignore: decorator
@inline
function slotOf(root: usize, index: u32): usize {
  return <usize>load<u32>(root, COUNTS) + (<usize>index << 3);
}

// @ts-ignore: decorator
@inline
export function countAt(root: usize, index: u32): u64 {
  return load<u64>(slotOf(root, index));
}

// @ts-ignore: decorator
@inline
export function bump(root: usize, index: u32, count: u64): void {
  const slot = slotOf(root, index);
  store<u64>(slot, load<u64>(slot) + count);
  store<u64>(root, load<u64>(root, TOTAL) + count, TOTAL);
}

/** Makes room for a value: 0, ABOVE where the range is fixed, or NO_MEMORY. */
export function reach(root: usize, value: u64): i32 {
  if (indexOf(root, value) < load<u32>(root, LENGTH)) return 0;
  if (!load<u32>(root, RESIZES)) return ABOVE;
  const buckets = bucketsFor(root, value);
  const length = (buckets + 1) << load<u32>(root, HALF);
  const counts = realloc(load<u32>(root, COUNTS), length << 3);
  if (!counts) return NO_MEMORY;
  const old = load<u32>(root, LENGTH);
  memory.fill(counts + (<usize>old << 3), 0, <usize>(length - old) << 3);
  store<u32>(root, <u32>counts, COUNTS);
  store<u32>(root, length, LENGTH);
  store<u32>(root, buckets, BUCKETS);
  store<u64>(root, min(MOST, highestAt(root, length - 1)), HIGHEST);
  return 0;
}

/** Counts a value `count` times more: 0, or a status; then nothing has changed. */
export function recordValue(root: usize, value: u64, count: u64): i32 {
  if (count > MOST || load<u64>(root, TOTAL) + count > MOST) return TOO_MANY;
  const status = reach(root, value);
  if (status) return status;
  bump(root, indexOf(root, value), count);
  return 0;
}

/**
 * Counts a value, and those that were not measured because the measurer waited for it: value − interval,
 * value − 2 · interval and so on down to the interval. All that share a count are added at once.
 */
export function recordExpected(root: usize, value: u64, count: u64, interval: u64): i32 {
  const missing = interval && value > interval ? value / interval - 1 : 0;
  if (count && (missing + 1) > MOST / count) return TOO_MANY;
  if (load<u64>(root, TOTAL) + (missing + 1) * count > MOST) return TOO_MANY;
  const status = recordValue(root, value, count);
  if (status || !missing) return status;
  let next = value - interval;
  while (next >= interval) {
    const index = indexOf(root, next);
    const least = max(valueAt(root, index), interval);
    const steps = (next - least) / interval + 1;
    bump(root, index, steps * count);
    if (next < steps * interval) break;
    next -= steps * interval;
  }
  return 0;
}

/** Index of the last count that is not 0, −1 when there is none. */
export function lastIndex(root: usize): i32 {
  const counts: usize = load<u32>(root, COUNTS);
  let at = counts + (<usize>load<u32>(root, LENGTH) << 3);
  while (at > counts) {
    at -= 8;
    if (load<u64>(at)) return <i32>((at - counts) >> 3);
  }
  return -1;
}

/** Index of the first count from `from` on that is not 0, or the length. */
export function nextIndex(root: usize, from: u32): u32 {
  const length = load<u32>(root, LENGTH);
  const counts: usize = load<u32>(root, COUNTS);
  for (; from < length; from++) if (load<u64>(counts + (<usize>from << 3))) break;
  return from;
}

/** Index at which the counts so far reach `wanted`, which is at least 1 and at most the total. */
export function indexAtCount(root: usize, wanted: u64): u32 {
  let at: usize = load<u32>(root, COUNTS);
  const first = at;
  const end = at + (<usize>load<u32>(root, LENGTH) << 3);
  let sum: u64 = 0;
  // Eight at a time: their sum tells whether to look closer.
  for (; at + 64 <= end; at += 64) {
    const a = i64x2.add(v128.load(at), v128.load(at, 16));
    const b = i64x2.add(v128.load(at, 32), v128.load(at, 48));
    const c = i64x2.add(a, b);
    const next = sum + <u64>i64x2.extract_lane(c, 0) + <u64>i64x2.extract_lane(c, 1);
    if (next >= wanted) break;
    sum = next;
  }
  for (; at < end; at += 8) {
    sum += load<u64>(at);
    if (sum >= wanted) break;
  }
  return <u32>((at - first) >> 3);
}
