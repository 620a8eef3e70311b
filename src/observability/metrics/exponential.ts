/**
 * Histograms whose buckets are powers of 2^(2^−scale): those of OpenTelemetry's exponential and Prometheus's native
 * histograms. They begin fine, and double the width of their buckets whenever values would need more than there may be.
 *
 * Cells: the sum, the count of zeros, a head, then two banks of buckets, each first the positive, then the negative ones.
 * The head says in one number which bank counts, its scale, and the indices of its first buckets: so a change of scale,
 * made in the other bank, is seen whole or not at all by other threads, and a thread that is killed amid one loses nothing.
 */

import type { Book } from './book.js';
import type { Description } from './family.js';
import { type ExemplarLabels, ObservingFamily, ObservingSeries, refuseValue } from './observing.js';
import type { ExponentialBuckets, ExponentialPoint } from './point.js';

/** The finest scale: 256 buckets for each power of two. */
const FINEST_SCALE = 8;
/** Where all doubles fit into few buckets. */
const COARSEST_SCALE = -10;
/** Smaller values, either way, are zeros: what Prometheus takes. */
const ZERO_THRESHOLD = 2 ** -128;
const TRIES = 4;

const SUM = 0;
const ZEROS = 1;
const HEAD = 2;
const BANKS = 3;
// Offsets in the head: index of a first bucket, shifted to be positive. At the finest scale indices are within 2^18.
const OFFSET_SHIFT = 2 ** 19;
const OFFSET_SPAN = 2 ** 20;

const scratch = new Float64Array(1);
const words = new Uint32Array(scratch.buffer);
const HIGH = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0;

let bounds: Float64Array | undefined;
let firstGuess: Uint16Array | undefined;

/** What the head says. */
interface Head {
  readonly bank: number;
  readonly scale: number;
  readonly positive: number;
  readonly negative: number;
}

/**
 * Index of the bucket of a value above 0, at the finest scale: of base^i < value ≤ base^(i+1) it is i. Exact: powers come
 * from square roots, which are the same on every platform, and the value is compared with them.
 */
export function finestIndex(value: number): number {
  const powers = powersOf();
  scratch[0] = value;
  const high = words[HIGH] as number;
  const exponent = ((high >>> 20) & 0x7ff) - 1023;
  // The mantissa, from 1 to 2.
  words[HIGH] = (high & 0xfffff) | 0x3ff00000;
  const mantissa = scratch[0] as number;
  let index = (firstGuess as Uint16Array)[(high >>> 12) & 0xff] as number;
  while ((powers[index + 1] as number) < mantissa) index++;
  if (mantissa === 1) return (exponent << FINEST_SCALE) - 1;
  return (exponent << FINEST_SCALE) + index;
}

/** 2^(k/256) for k from 0 to 256. */
function powersOf(): Float64Array {
  if (bounds !== undefined) return bounds;
  const made = new Float64Array(257).fill(1);
  let root = 2;
  for (let step = 128; step >= 1; step >>= 1) {
    root = Math.sqrt(root);
    for (let k = 0; k < 256; k++) if ((k & step) !== 0) made[k] = (made[k] as number) * root;
  }
  made[256] = 2;
  const guesses = new Uint16Array(256);
  let index = 0;
  for (let k = 0; k < 256; k++) {
    while ((made[index + 1] as number) < 1 + k / 256) index++;
    guesses[k] = index;
  }
  firstGuess = guesses;
  bounds = made;
  return made;
}

export class ExponentialSeries extends ObservingSeries {
  readonly #maxBuckets: number;
  /** The head as it was read last: only this thread changes it. */
  #raw = Number.NaN;
  #head: Head = { bank: 0, scale: FINEST_SCALE, positive: 0, negative: 0 };

  constructor(book: Book, values: readonly string[], text: string, maxBuckets: number) {
    super(book, values, text);
    this.#maxBuckets = maxBuckets;
  }

  /** As of all that observe. O(1), and O(buckets) where the scale changes. @throws RangeError for infinities */
  override observe(value: number, exemplar?: ExemplarLabels): void {
    if (!Number.isFinite(value)) refuseInfinite(value);
    const cells = this.at < this.book.ledger.cells.length ? this.book.ledger.cells : this.current();
    if (cells === undefined) return;
    const at = this.at;
    const size = Math.abs(value);
    if (size <= ZERO_THRESHOLD) cells[at + ZEROS] = (cells[at + ZEROS] as number) + 1;
    else this.#count(cells, finestIndex(size), value < 0);
    cells[at + SUM] = (cells[at + SUM] as number) + value;
    if (exemplar !== undefined) this.keepExemplar(0, value, exemplar);
  }

  #count(cells: Float64Array, finest: number, negative: boolean): void {
    const size = this.#maxBuckets;
    for (;;) {
      const raw = cells[this.at + HEAD] as number;
      if (raw !== this.#raw) {
        this.#raw = raw;
        this.#head = readHead(raw);
      }
      const head = this.#head;
      const index = finest >> (FINEST_SCALE - head.scale);
      const slot = index - (negative ? head.negative : head.positive);
      if (slot >= 0 && slot < size) {
        const cell = this.at + BANKS + (2 * head.bank + (negative ? 1 : 0)) * size + slot;
        cells[cell] = (cells[cell] as number) + 1;
        return;
      }
      this.#rearrange(cells, head, index, negative);
    }
  }

  /** Copies the buckets to the other bank, moved or merged so that the index has a place. */
  #rearrange(cells: Float64Array, head: Head, index: number, negative: boolean): void {
    const size = this.#maxBuckets;
    const from = this.at + BANKS + 2 * head.bank * size;
    const to = this.at + BANKS + 2 * (1 - head.bank) * size;
    const positive = usedRange(cells, from, size, head.positive, negative ? undefined : index);
    const below = usedRange(cells, from + size, size, head.negative, negative ? index : undefined);
    let shift = 0;
    while (shift < head.scale - COARSEST_SCALE && !(fits(positive, shift, size) && fits(below, shift, size))) shift++;
    const next: Head = {
      bank: 1 - head.bank,
      scale: head.scale - shift,
      positive: centred(positive, shift, size),
      negative: centred(below, shift, size),
    };
    cells.fill(0, to, to + 2 * size);
    for (let i = 0; i < size; i++) {
      const plus = to + ((head.positive + i) >> shift) - next.positive;
      const minus = to + size + ((head.negative + i) >> shift) - next.negative;
      const [up, down] = [cells[from + i] as number, cells[from + size + i] as number];
      if (up !== 0) cells[plus] = (cells[plus] as number) + up;
      if (down !== 0) cells[minus] = (cells[minus] as number) + down;
    }
    // On some processors other threads might see the head before the buckets.
    this.book.ledger.fence();
    cells[this.at + HEAD] = writeHead(next);
  }
}

export class ExponentialHistogram<L extends string = string> extends ObservingFamily<L, ExponentialSeries> {
  readonly maxBuckets: number;

  constructor(book: Book, description: Description, maxSeries?: number) {
    const maxBuckets = description.shape.maxBuckets as number;
    super(book, description, BANKS + 4 * maxBuckets, maxSeries);
    this.maxBuckets = maxBuckets;
  }

  override point(series: ExponentialSeries): ExponentialPoint {
    // Merged, the first bank holds everything.
    const cells = this.merged(series);
    const { scale, positive, negative } = readHead(cells[HEAD] as number);
    const size = this.maxBuckets;
    const above = trimmed(cells, BANKS, size, positive);
    const below = trimmed(cells, BANKS + size, size, negative);
    const zeroCount = cells[ZEROS] as number;
    const count = [...above.counts, ...below.counts].reduce((all, one) => all + one, zeroCount);
    return {
      kind: 'exponential',
      scale,
      zeroCount,
      zeroThreshold: ZERO_THRESHOLD,
      positive: above,
      negative: below,
      count,
      sum: cells[SUM] as number,
    };
  }

  protected override make(values: readonly string[], text: string): ExponentialSeries {
    return new ExponentialSeries(this.book, values, text, this.maxBuckets);
  }

  protected override init(cells: Float64Array, at: number): void {
    cells[at + HEAD] = writeHead({ bank: 0, scale: FINEST_SCALE, positive: 0, negative: 0 });
  }

  protected override merge(out: Float64Array, cells: Float64Array, at: number, nth: number): void {
    const size = this.maxBuckets;
    if (nth === 0) this.init(out, 0);
    out[SUM] = (out[SUM] as number) + (cells[at + SUM] as number);
    out[ZEROS] = (out[ZEROS] as number) + (cells[at + ZEROS] as number);
    const { head, counts } = wholeBank(cells, at, size, () => this.book.ledger.fence());
    const into = readHead(out[HEAD] as number);
    const read = (plus: boolean, list: Float64Array, offset: number) => usedRange(list, plus ? 0 : size, size, offset);
    const mine = out.slice(BANKS, BANKS + 2 * size);
    const scale = Math.min(head.scale, into.scale);
    const joined = (plus: boolean): Range | undefined =>
      union(
        coarser(read(plus, counts, plus ? head.positive : head.negative), head.scale - scale),
        coarser(read(plus, mine, plus ? into.positive : into.negative), into.scale - scale),
      );
    const [positive, negative] = [joined(true), joined(false)];
    let shift = 0;
    while (!(fits(positive, shift, size) && fits(negative, shift, size))) shift++;
    const next: Head = {
      bank: 0,
      scale: scale - shift,
      positive: centred(positive, shift, size),
      negative: centred(negative, shift, size),
    };
    out.fill(0, BANKS, BANKS + 2 * size);
    for (const [list, of] of [
      [counts, head],
      [mine, into],
    ] as const) {
      const down = of.scale - next.scale;
      for (let i = 0; i < size; i++) {
        addTo(out, BANKS + ((of.positive + i) >> down) - next.positive, list[i] as number);
        addTo(out, BANKS + size + ((of.negative + i) >> down) - next.negative, list[size + i] as number);
      }
    }
    out[HEAD] = writeHead(next);
  }
}

/** Indices of the first and the last bucket in use. */
type Range = readonly [first: number, last: number];

function usedRange(
  cells: Float64Array,
  from: number,
  size: number,
  offset: number,
  wanted?: number,
): Range | undefined {
  let first = wanted ?? Number.POSITIVE_INFINITY;
  let last = wanted ?? Number.NEGATIVE_INFINITY;
  for (let i = 0; i < size; i++) {
    if (cells[from + i] === 0) continue;
    first = Math.min(first, offset + i);
    last = Math.max(last, offset + i);
  }
  return first <= last ? [first, last] : undefined;
}

function coarser(range: Range | undefined, shift: number): Range | undefined {
  return range && [range[0] >> shift, range[1] >> shift];
}

function union(a: Range | undefined, b: Range | undefined): Range | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return [Math.min(a[0], b[0]), Math.max(a[1], b[1])];
}

function fits(range: Range | undefined, shift: number, size: number): boolean {
  return range === undefined || (range[1] >> shift) - (range[0] >> shift) < size;
}

/** The first index of a window around what is in use. */
function centred(range: Range | undefined, shift: number, size: number): number {
  if (range === undefined) return 0;
  const [first, last] = [range[0] >> shift, range[1] >> shift];
  return first - ((size - (last - first + 1)) >> 1);
}

function addTo(cells: Float64Array, at: number, count: number): void {
  if (count !== 0) cells[at] = (cells[at] as number) + count;
}

/** The bank that counts, as it was while the head did not change. */
function wholeBank(
  cells: Float64Array,
  at: number,
  size: number,
  fence: () => void,
): { head: Head; counts: Float64Array } {
  for (let tries = 1; ; tries++) {
    const raw = cells[at + HEAD] as number;
    const head = readHead(raw);
    const from = at + BANKS + 2 * head.bank * size;
    fence();
    const counts = cells.slice(from, from + 2 * size);
    fence();
    if (cells[at + HEAD] === raw || tries === TRIES) return { head, counts };
  }
}

function writeHead({ bank, scale, positive, negative }: Head): number {
  const low = (positive + OFFSET_SHIFT) * OFFSET_SPAN + negative + OFFSET_SHIFT;
  return ((scale - COARSEST_SCALE) * 2 + bank) * OFFSET_SPAN ** 2 + low;
}

function readHead(raw: number): Head {
  const high = Math.floor(raw / OFFSET_SPAN ** 2);
  const low = raw % OFFSET_SPAN ** 2;
  return {
    bank: high & 1,
    scale: (high >> 1) + COARSEST_SCALE,
    positive: Math.floor(low / OFFSET_SPAN) - OFFSET_SHIFT,
    negative: (low % OFFSET_SPAN) - OFFSET_SHIFT,
  };
}

/** Buckets without the empty ones at both ends. */
function trimmed(cells: Float64Array, from: number, size: number, offset: number): ExponentialBuckets {
  const range = usedRange(cells, from, size, offset);
  if (range === undefined) return { offset: 0, counts: [] };
  const first = range[0] - offset;
  return { offset: range[0], counts: [...cells.subarray(from + first, from + range[1] - offset + 1)] };
}

/** The upper bound of a bucket. */
export function upperBound(scale: number, index: number): number {
  const end = index + 1;
  if (scale <= 0) return 2 ** (end * 2 ** -scale);
  const part = (end & (2 ** scale - 1)) << (FINEST_SCALE - scale);
  return (powersOf()[part] as number) * 2 ** (end >> scale);
}

function refuseInfinite(value: unknown): never {
  if (typeof value !== 'number' || Number.isNaN(value)) refuseValue(value);
  throw new RangeError(`What is observed here must be finite, got ${value}`);
}
