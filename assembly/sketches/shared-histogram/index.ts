// Kernel `sketches/shared-histogram`: a histogram after hdr-histogram's, whose counts many threads add to at once.
//
// The root is that of ../hdr-histogram/histogram.ts, and does not change once it is made:
//
//   offset  size  meaning
//        0     4  address of the counts: u64, `length` of them for each part, at a multiple of 64
//        8     4  significant digits
//       12     4  parts, among which the threads are spread
//       48     8  zero: the total follows from the counts
//
// A count is changed by one atomic instruction: a thread that is killed has counted, or has not.

import { allocAligned, free } from '../../memory/arena/allocator';
import { COUNTS, HIGHEST, highestAt, indexOf, isValue, LENGTH, LOWEST, NO_VALUE, ABOVE, ROOT_BYTES, shapeHistogram, valueAt } from '../hdr-histogram/histogram';

const PARTS: usize = 12;

/** Address of an empty histogram, 0 when the arena is full. The arguments must be a sound shape. */
export function create(lowest: f64, highest: f64, digits: u32, parts: u32): usize {
  const root = allocAligned(ROOT_BYTES, 64);
  if (!root) return 0;
  shapeHistogram(root, <u64>lowest, <u64>highest, digits);
  store<u32>(root, parts, PARTS);
  const length = (load<u32>(root, LENGTH) + 7) & ~7;
  store<u32>(root, length, LENGTH);
  const bytes = <u64>length * parts * 8;
  const counts: usize = bytes > 0xffff_0000 ? <usize>0 : allocAligned(<u32>bytes, 64);
  if (!counts) {
    free(root);
    return 0;
  }
  memory.fill(counts, 0, <usize>bytes);
  store<u32>(root, <u32>counts, COUNTS);
  return root;
}

export function destroy(root: usize): void {
  free(load<u32>(root, COUNTS));
  free(root);
}

/** Address of the counts of a part. */
export function partOf(root: usize, part: u32): usize {
  return <usize>load<u32>(root, COUNTS) + <usize>(part % load<u32>(root, PARTS)) * (<usize>load<u32>(root, LENGTH) << 3);
}

/** 0 recorded; −1 above the range, −4 no value. */
export function record(root: usize, counts: usize, value: f64, count: f64): i32 {
  if (!isValue(value)) return NO_VALUE;
  const whole = <u64>value;
  if (whole > load<u64>(root, HIGHEST)) return ABOVE;
  const slot = counts + (<usize>indexOf(root, whole) << 3);
  if (ASC_FEATURE_THREADS) atomic.add<u64>(slot, <u64>count);
  else store<u64>(slot, load<u64>(slot) + <u64>count);
  return 0;
}

/**
 * Of the `count` counts from `from` on those that are not 0, over all parts: lowest and highest value and count, f64 each, at
 * `out`. Returns how many. With `taking` they are 0 then, and what is recorded meanwhile stays.
 */
export function entries(root: usize, from: u32, count: u32, out: usize, taking: u32): u32 {
  const length = load<u32>(root, LENGTH);
  const parts = load<u32>(root, PARTS);
  const counts: usize = load<u32>(root, COUNTS);
  const end = min(length, from + count);
  let written: u32 = 0;
  for (let i = from; i < end; i++) {
    let sum: u64 = 0;
    for (let part: u32 = 0; part < parts; part++) sum += read(counts + ((<usize>part * <usize>length + <usize>i) << 3), taking);
    if (!sum) continue;
    store<f64>(out, <f64>valueAt(root, i));
    store<f64>(out, <f64>highestAt(root, i), 8);
    store<f64>(out, <f64>sum, 16);
    out += 24;
    written++;
  }
  return written;
}

// @ts-ignore: decorator
@inline
function read(slot: usize, taking: u32): u64 {
  if (ASC_FEATURE_THREADS) {
    const count = atomic.load<u64>(slot);
    return taking && count ? atomic.xchg<u64>(slot, 0) : count;
  }
  const count = load<u64>(slot);
  if (taking) store<u64>(slot, 0);
  return count;
}

export function length(root: usize): u32 {
  return load<u32>(root, LENGTH);
}

export function lowest(root: usize): f64 {
  return <f64>load<u64>(root, LOWEST);
}

export function highest(root: usize): f64 {
  return <f64>load<u64>(root, HIGHEST);
}

/** Sum of the counts. */
export function total(root: usize): f64 {
  const end = <usize>load<u32>(root, COUNTS) + ((<usize>load<u32>(root, LENGTH) * <usize>load<u32>(root, PARTS)) << 3);
  let sum: u64 = 0;
  for (let slot: usize = load<u32>(root, COUNTS); slot < end; slot += 8) sum += read(slot, 0);
  return <f64>sum;
}
