/**
 * Buckets of a fixed relative width, after Gil Tene's HdrHistogram: each power of two is cut into equally many linear parts.
 * Here they follow from the bits of a double, exponent and first bits of the mantissa, so that values need not be integers
 * and finding a bucket is a shift.
 */

const scratch = new Float64Array(1);
const words = new Uint32Array(scratch.buffer);
/** The half of a double with the exponent; doubles are little-endian wherever WebAssembly is quick. */
const HIGH = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0;
const LOW = 1 - HIGH;
const MANTISSA_BITS = 20;
const MOST_BITS = 14;

export interface LogLinearRange {
  /** Smaller values are counted in the first bucket. Above 0. */
  readonly lowest: number;
  /** Larger values are counted in the last bucket. Above the lowest. */
  readonly highest: number;
  /** How far off an answer is at most, as a share of it, from 0.0001 to 0.25. */
  readonly relativeError: number;
}

/** The shape of such buckets; the counts are elsewhere. */
export class LogLinear {
  readonly lowest: number;
  readonly highest: number;
  readonly relativeError: number;
  /** How many there are. */
  readonly length: number;
  readonly #shift: number;
  readonly #first: number;

  /** @throws RangeError, TypeError */
  constructor(range: LogLinearRange) {
    const { lowest, highest, relativeError } = range;
    for (const [name, value] of Object.entries({ lowest, highest, relativeError })) {
      if (typeof value !== 'number') throw new TypeError(`${name} must be a number, got ${typeof value}`);
    }
    if (!(lowest >= 2 ** -1000 && highest > lowest && highest <= 2 ** 1000)) {
      throw new RangeError(`lowest must be above 0, and highest above it, got ${lowest} and ${highest}`);
    }
    if (!(relativeError >= 0.0001 && relativeError <= 0.25)) {
      throw new RangeError(`relativeError must be from 0.0001 to 0.25, got ${relativeError}`);
    }
    this.lowest = lowest;
    this.highest = highest;
    this.relativeError = relativeError;
    const bits = Math.min(MOST_BITS, Math.max(1, Math.ceil(Math.log2(0.5 / relativeError))));
    this.#shift = MANTISSA_BITS - bits;
    this.#first = highWord(lowest) >>> this.#shift;
    this.length = (highWord(highest) >>> this.#shift) - this.#first + 1;
  }

  /** The bucket of a value from 0, which may be out of the range. O(1). */
  indexOf(value: number): number {
    // −0 would be below everything.
    scratch[0] = value + 0;
    const index = ((words[HIGH] as number) >>> this.#shift) - this.#first;
    return index < 0 ? 0 : index < this.length ? index : this.length - 1;
  }

  /** The least value of a bucket. */
  lowerEdge(index: number): number {
    words[HIGH] = (this.#first + index) << this.#shift;
    words[LOW] = 0;
    return scratch[0] as number;
  }

  /** What is answered for the values of a bucket: its middle. */
  middle(index: number): number {
    return (this.lowerEdge(index) + this.lowerEdge(index + 1)) / 2;
  }

  /**
   * The value that a share of the counts is at or below, as the middle of its bucket, kept between `min` and `max`. NaN
   * where nothing was counted. O(length).
   *
   * @param counts `length` of them from `from` on
   */
  quantile(share: number, counts: Float64Array, from: number, total: number, min: number, max: number): number {
    if (total === 0) return Number.NaN;
    const wanted = Math.max(1, Math.ceil(share * total - 1e-9));
    let seen = 0;
    for (let i = 0; i < this.length; i++) {
      seen += counts[from + i] as number;
      if (seen >= wanted) return Math.min(max, Math.max(min, this.middle(i)));
    }
    return max;
  }
}

function highWord(value: number): number {
  scratch[0] = value;
  return words[HIGH] as number;
}
