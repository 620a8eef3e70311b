/** How many cells a filter needs, and the rates that follow from them. */

import { BLOCKED, CLASSIC, COUNTING } from '../../../bindings/kernels/sketches/bloom-filter.js';

/** Cells of a filter, and how many of them a key has. */
export interface Shape {
  readonly cells: number;
  readonly k: number;
}

export type Variety = typeof CLASSIC | typeof BLOCKED | typeof COUNTING;

/** Positions are 32-bit sums of two values below the number of cells. */
const MAX_CELLS = 2 ** 31;
const MAX_BLOCKS = 2 ** 25;
export const MAX_K = 64;
const MIN_RATE = 1e-15;
/** Bits of a filter are whole cache lines; so are the counters of a counting one. */
const LINE_BITS = 512;
const COUNTERS_A_LINE = 128;

export function shapeFor(variety: Variety, capacity: number, rate: number): Shape {
  checkCapacity(capacity);
  checkRate(rate);
  return variety === BLOCKED ? blockedShape(capacity, rate) : flatShape(variety, capacity, rate);
}

export function checkCapacity(capacity: number): void {
  if (typeof capacity !== 'number') throw new TypeError(`capacity must be a number, got ${typeof capacity}`);
  if (!(capacity >= 1 && capacity <= 2 ** 40)) {
    throw new RangeError(`capacity must be from 1 to 2^40 keys, got ${capacity}`);
  }
}

export function checkRate(rate: number): void {
  if (typeof rate !== 'number') throw new TypeError(`falsePositiveRate must be a number, got ${typeof rate}`);
  if (!(rate >= MIN_RATE && rate < 1)) {
    throw new RangeError(`falsePositiveRate must be at least ${MIN_RATE} and below 1, got ${rate}`);
  }
}

/**
 * The smallest m for which some integer k gives the rate: m = −kn / ln(1 − p^(1/k)), from p = (1 − e^(−kn/m))^k.
 * The textbook's m = −n ln p / ln² 2 is the same with a k that is no integer, and misses the rate once k is rounded.
 */
function flatShape(variety: Variety, capacity: number, rate: number): Shape {
  const { cellsAKey, k } = densest(rate);
  const step = variety === COUNTING ? COUNTERS_A_LINE : LINE_BITS;
  return checkShape(variety, { cells: Math.max(LINE_BITS, Math.ceil((capacity * cellsAKey) / step) * step), k });
}

function densest(rate: number): { cellsAKey: number; k: number } {
  const ideal = -Math.log2(rate);
  let best = { cellsAKey: Number.POSITIVE_INFINITY, k: 1 };
  for (const k of [Math.max(1, Math.floor(ideal)), Math.min(MAX_K, Math.max(1, Math.ceil(ideal)))]) {
    const cellsAKey = -k / Math.log1p(-(rate ** (1 / k)));
    if (cellsAKey < best.cellsAKey) best = { cellsAKey, k };
  }
  return best;
}

/** The most keys one classic filter can be sized for. */
export function largestCapacity(rate: number): number {
  return Math.floor((MAX_CELLS - LINE_BITS) / densest(rate).cellsAKey);
}

/** The fewest lines, over the three ways to cut them, whose rate with Poisson-distributed loads is small enough. */
function blockedShape(capacity: number, rate: number): Shape {
  let best = { keysALine: 0, k: 8 };
  for (const k of [4, 8, 16]) {
    let [low, high] = [0, LINE_BITS];
    for (let i = 0; i < 50; i++) {
      const middle = (low + high) / 2;
      if (blockedRate(middle, k) <= rate) low = middle;
      else high = middle;
    }
    if (low > best.keysALine) best = { keysALine: low, k };
  }
  return checkShape(BLOCKED, { cells: Math.max(1, Math.ceil(capacity / best.keysALine)), k: best.k });
}

function checkShape(variety: Variety, shape: Shape): Shape {
  const most = variety === BLOCKED ? MAX_BLOCKS : MAX_CELLS;
  if (shape.cells > most) {
    const what = variety === BLOCKED ? 'lines of 64 bytes' : variety === COUNTING ? 'counters' : 'bits';
    throw new RangeError(`The filter would need ${shape.cells} ${what}; one filter has at most ${most}`);
  }
  return shape;
}

/** The rate of a filter of so many cells with `count` keys. */
export function rateOf(variety: Variety, { cells, k }: Shape, count: number): number {
  return variety === BLOCKED ? blockedRate(count / cells, k) : (-Math.expm1((-k * count) / cells)) ** k;
}

/** A line with j keys answers by chance with (1 − (1 − 1/s)^j)^k, s being the bits of a sector; j is Poisson-distributed. */
function blockedRate(keysALine: number, k: number): number {
  const sector = LINE_BITS / k;
  const reach = 12 * Math.sqrt(keysALine) + 30;
  let sum = 0;
  // log of the Poisson probability, so that large means do not underflow.
  let logOdds = -keysALine;
  for (let j = 1; j < keysALine + reach; j++) {
    logOdds += Math.log(keysALine / j);
    sum += Math.exp(logOdds + k * Math.log(-Math.expm1(j * Math.log1p(-1 / sector))));
  }
  return sum;
}

/**
 * Keys that explain so many cells in use: −(m/k) ln(1 − X/m) (S. Swamidass, P. Baldi, "Mathematical Correction for
 * Fingerprint Similarity Measures", 2007). It holds for sectors too, whose loads are Poisson-distributed.
 */
export function estimateOf(variety: Variety, { cells, k }: Shape, ones: number): number {
  const all = variety === BLOCKED ? cells * LINE_BITS : cells;
  return ones >= all ? Number.POSITIVE_INFINITY : (-all / k) * Math.log1p(-ones / all);
}

export function dataBytesOf(variety: Variety, cells: number): number {
  return variety === CLASSIC ? cells / 8 : variety === BLOCKED ? cells * 64 : cells / 2;
}

/** Whether a header may say so: what `shapeFor` and explicit options can give, and nothing else. */
export function isShape(variety: Variety, { cells, k }: Shape): boolean {
  if (variety === BLOCKED) return cells >= 1 && cells <= MAX_BLOCKS && (k === 4 || k === 8 || k === 16);
  const step = variety === COUNTING ? COUNTERS_A_LINE : LINE_BITS;
  return cells >= step && cells <= MAX_CELLS && cells % step === 0 && k >= 1 && k <= MAX_K;
}
