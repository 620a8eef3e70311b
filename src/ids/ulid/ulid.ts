/**
 * ULIDs that only grow (github.com/ulid/spec, "Monotonicity"): 48 bits of time, 80 of chance, drawn once a millisecond and
 * then counted up by one.
 *
 * A clock that goes back is ignored up to `maxRegressMs`: time stands still, and counting goes on.
 */

import { AshlarError } from '../../../bindings/errors.js';
import { type Clock, systemClock } from '../../ports/clock.js';
import { type Random, systemRandom } from '../../ports/random.js';
import { digitCode, MOST_ULID_MS, parseUlidInto, timeText, type Ulid } from './text.js';

const DEFAULT_REGRESS_MS = 10_000;

export interface UlidOptions {
  /** Default the platform's. */
  clock?: Clock;
  /** Default the platform's cryptographic source. */
  random?: Random;
  /**
   * How far the clock may go back without the order being given up, in milliseconds, from 0. Default 10 000; beyond it, new
   * identifiers have the new time and come before those made last. `Infinity` never gives the order up.
   */
  maxRegressMs?: number;
  /**
   * What happens when counting up ends within a millisecond, which no chance of 80 bits lets anybody see: `'error'`, as the
   * specification says, or `'next-ms'`, which takes the next millisecond. Default `'error'`.
   */
  onOverflow?: 'error' | 'next-ms';
}

/** Counting up ended within a millisecond. */
export class UlidOverflowError extends AshlarError {
  readonly timeMs: number;

  constructor(timeMs: number) {
    super('ULID_OVERFLOW', `The last ULID of millisecond ${timeMs} was made`);
    this.timeMs = timeMs;
  }
}

/** Makes ULIDs each of which is greater than the one before. */
export class UlidGenerator {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #maxRegressMs: number;
  readonly #onOverflow: 'error' | 'next-ms';
  #ms = Number.NEGATIVE_INFINITY;
  /** The 80 bits: four words of 20, the first one first. */
  #a = 0;
  #b = 0;
  #c = 0;
  #d = 0;
  /** The text but for the digits of the last word. */
  #prefix = '';

  constructor(options: UlidOptions = {}) {
    const { maxRegressMs = DEFAULT_REGRESS_MS, onOverflow = 'error' } = options;
    if (!(maxRegressMs >= 0)) throw new RangeError(`maxRegressMs must be 0 or more, got ${maxRegressMs}`);
    if (onOverflow !== 'error' && onOverflow !== 'next-ms') {
      throw new RangeError(`onOverflow must be 'error' or 'next-ms', got ${String(onOverflow)}`);
    }
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? systemRandom;
    this.#maxRegressMs = maxRegressMs;
    this.#onOverflow = onOverflow;
  }

  /**
   * @param timeMs when it is made, in milliseconds since the Unix epoch; default what the clock says
   * @throws RangeError when that is before 1970 or after 2^48 − 1 ms
   * @throws UlidOverflowError see `onOverflow`
   */
  next(timeMs: number = this.#clock.now()): Ulid {
    this.#advance(timeMs);
    const d = this.#d;
    return (
      this.#prefix + String.fromCharCode(digitCode(d >>> 15), digitCode(d >>> 10), digitCode(d >>> 5), digitCode(d))
    );
  }

  /** The next one as sixteen bytes, into `out` at `offset`; returns `out`. */
  nextInto(out: Uint8Array, offset = 0): Uint8Array {
    return parseUlidInto(out, this.next(), offset);
  }

  #advance(now: number): void {
    if (!(now <= this.#ms && this.#ms - now <= this.#maxRegressMs)) {
      const whole = Math.floor(now);
      if (!(whole >= 0 && whole <= MOST_ULID_MS)) {
        throw new RangeError(`A ULID's time is from 0 to ${MOST_ULID_MS} ms since 1970, got ${now}`);
      }
      // A clock with fractions of the same millisecond is no later.
      if (whole !== this.#ms) return this.#begin(whole);
    }
    if (this.#d < 0xf_ffff) this.#d++;
    else this.#carry();
  }

  #carry(): void {
    if (this.#c < 0xf_ffff) this.#c++;
    else {
      if (this.#b < 0xf_ffff) this.#b++;
      else {
        if (this.#a === 0xf_ffff) return this.#overflow();
        this.#a++;
        this.#b = 0;
      }
      this.#c = 0;
    }
    this.#d = 0;
    this.#writePrefix();
  }

  #overflow(): void {
    if (this.#onOverflow === 'error' || this.#ms === MOST_ULID_MS) throw new UlidOverflowError(this.#ms);
    this.#begin(this.#ms + 1);
  }

  #begin(ms: number): void {
    const random = this.#random;
    this.#ms = ms;
    this.#a = random.u32() >>> 12;
    this.#b = random.u32() >>> 12;
    this.#c = random.u32() >>> 12;
    this.#d = random.u32() >>> 12;
    this.#writePrefix();
  }

  #writePrefix(): void {
    let text = timeText(this.#ms);
    for (const word of [this.#a, this.#b, this.#c]) {
      text += String.fromCharCode(
        digitCode(word >>> 15),
        digitCode(word >>> 10),
        digitCode(word >>> 5),
        digitCode(word),
      );
    }
    this.#prefix = text;
  }
}

let shared: UlidGenerator | undefined;

/**
 * A ULID that is greater than all that this function made before in this thread.
 *
 * @param generator default one of the platform's clock and chance that the whole thread shares
 */
export function ulid(generator?: UlidGenerator): Ulid {
  if (generator !== undefined) return generator.next();
  shared ??= new UlidGenerator();
  return shared.next();
}

/** A function that makes ULIDs by a clock and chance of one's own. */
export function createUlid(options?: UlidOptions): (timeMs?: number) => Ulid {
  const generator = new UlidGenerator(options);
  return (timeMs) => generator.next(timeMs);
}
