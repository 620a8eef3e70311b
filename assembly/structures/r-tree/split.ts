// The R*-split: the axis on which all distributions together have the least margins, and on it the distribution whose
// halves overlap least, then the one with the least area.

import { LEAST, MOST, W_BOUNDS, W_LASTS, W_MAX_X, W_MAX_Y, W_MIN_X, W_MIN_Y, W_ORDER, W_TRIAL } from './layout';

/** Entries that are distributed. */
const TOTAL: u32 = MOST + 1;
/** From the lower sides of an axis to its upper ones. */
const UPPER: usize = W_MAX_X - W_MIN_X;

/** Index of the entry that is `rank`-th in the distribution that was found. */
// @ts-ignore: decorator
@inline
export function ordered(work: usize, rank: u32): u32 {
  return load<u32>(work + (<usize>rank << 2), W_ORDER);
}

/** Distributes the entries of the work block: how many of them, as ordered, go to the first half. */
export function distribute(work: usize): u32 {
  const marginX = marginsOf(work, W_MIN_X) + marginsOf(work, W_MIN_X + UPPER);
  const marginY = marginsOf(work, W_MIN_Y) + marginsOf(work, W_MIN_Y + UPPER);
  const axis = marginY < marginX ? W_MIN_Y : W_MIN_X;
  let left: u32 = 0;
  let bestOverlap = Infinity;
  let bestArea = Infinity;
  let kept: usize = 0;
  for (let side: usize = 0; side <= UPPER; side += UPPER) {
    sortBy(work, axis + side);
    measure(work);
    for (let count = LEAST; count <= TOTAL - LEAST; count++) {
      const first = boundOf(work, count);
      const last = boundOf(work, TOTAL - count) + W_LASTS;
      const width = min(load<f64>(first, 16), load<f64>(last, 16)) - max(load<f64>(first), load<f64>(last));
      const height = min(load<f64>(first, 24), load<f64>(last, 24)) - max(load<f64>(first, 8), load<f64>(last, 8));
      const overlap = width > 0 && height > 0 ? width * height : 0;
      const area = areaOf(first) + areaOf(last);
      // Whatever comes first is taken, so that boxes without a finite area are distributed too.
      if (left == 0 || overlap < bestOverlap || overlap == bestOverlap && area < bestArea) {
        if (left == 0 || kept != side) memory.copy(work + W_ORDER, work + W_TRIAL, 68);
        kept = side;
        left = count;
        bestOverlap = overlap;
        bestArea = area;
      }
    }
  }
  return left;
}

/** Sum of the margins of every distribution in the order of one side. */
function marginsOf(work: usize, side: usize): f64 {
  sortBy(work, side);
  measure(work);
  let sum: f64 = 0;
  for (let count = LEAST; count <= TOTAL - LEAST; count++) {
    sum += marginOf(boundOf(work, count)) + marginOf(boundOf(work, TOTAL - count) + W_LASTS);
  }
  return sum;
}

/** Address of the box of the first `count` entries; W_LASTS behind it that of the last `count`. */
// @ts-ignore: decorator
@inline
function boundOf(work: usize, count: u32): usize {
  return work + W_BOUNDS + (<usize>(count - 1) << 5);
}

// @ts-ignore: decorator
@inline
function marginOf(box: usize): f64 {
  return load<f64>(box, 16) - load<f64>(box) + (load<f64>(box, 24) - load<f64>(box, 8));
}

// @ts-ignore: decorator
@inline
function areaOf(box: usize): f64 {
  return (load<f64>(box, 16) - load<f64>(box)) * (load<f64>(box, 24) - load<f64>(box, 8));
}

/** Indices of the entries in ascending order of one side, by insertion, into the trial order. */
function sortBy(work: usize, side: usize): void {
  const values = work + side;
  const trial = work + W_TRIAL;
  for (let i: u32 = 0; i < TOTAL; i++) {
    const value = load<f64>(values + (<usize>i << 3));
    let at = trial + (<usize>i << 2);
    while (at > trial && load<f64>(values + (<usize>load<u32>(at - 4) << 3)) > value) {
      store<u32>(at, load<u32>(at - 4));
      at -= 4;
    }
    store<u32>(at, i);
  }
}

/** The boxes of the first and of the last entries in the trial order. */
function measure(work: usize): void {
  bound(work, work + W_BOUNDS, work + W_TRIAL, 4);
  bound(work, work + W_BOUNDS + W_LASTS, work + W_TRIAL + ((TOTAL - 1) << 2), -4);
}

function bound(work: usize, out: usize, order: usize, step: isize): void {
  let low = f64x2.splat(Infinity);
  let high = f64x2.splat(-Infinity);
  for (let i: u32 = 0; i < TOTAL; i++) {
    const at = work + (<usize>load<u32>(order) << 3);
    low = f64x2.pmin(low, f64x2.replace_lane(v128.load64_splat(at, W_MIN_X), 1, load<f64>(at, W_MIN_Y)));
    high = f64x2.pmax(high, f64x2.replace_lane(v128.load64_splat(at, W_MAX_X), 1, load<f64>(at, W_MAX_Y)));
    v128.store(out, low);
    v128.store(out, high, 16);
    out += 32;
    order += step;
  }
}
