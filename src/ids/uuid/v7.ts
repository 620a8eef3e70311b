/**
 * UUID version 7: the time, then a counter, then chance (RFC 9562, sections 5.7 and 6.2, method 1).
 *
 *   48 bits  milliseconds since the Unix epoch
 *    4 bits  version
 *   12 bits  counter, high part
 *    2 bits  variant
 *   30 bits  counter, low part
 *   32 bits  chance
 *
 * The counter begins each millisecond at a number of 41 bits by chance, so that 2^41 can follow. One that ends takes the
 * next millisecond. A clock that goes back is ignored up to `maxRegressMs`: time stands still, and the counter goes on.
 */

import { type Clock, systemClock } from '../../ports/clock.js';
import { type Random, systemRandom } from '../../ports/random.js';
import { checkTarget, hex, putWords, textOf, type Uuid } from './text.js';

/** 2^48 − 1: the year 10889. */
const MOST_MS = 0xffff_ffff_ffff;
const DEFAULT_REGRESS_MS = 10_000;

export interface Uuidv7Options {
  /** Default the platform's. */
  clock?: Clock;
  /** Default the platform's cryptographic source. */
  random?: Random;
  /**
   * How far the clock may go back without the order being given up, in milliseconds, from 0. Default 10 000; beyond it, new
   * identifiers have the new time and come before those made last. `Infinity` never gives the order up.
   */
  maxRegressMs?: number;
}

/** Makes UUIDs each of which is greater than the one before, as text and as bytes. */
export class Uuidv7Generator {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #maxRegressMs: number;
  #ms = Number.NEGATIVE_INFINITY;
  /** The counter: 12 bits, and 30. */
  #high = 0;
  #low = 0;
  /** The text as far as it is the same while the upper part of the counter is. */
  #prefix = '';
  #prefixOf = -1;

  constructor({ clock = systemClock, random = systemRandom, maxRegressMs = DEFAULT_REGRESS_MS }: Uuidv7Options = {}) {
    if (!(maxRegressMs >= 0)) throw new RangeError(`maxRegressMs must be 0 or more, got ${maxRegressMs}`);
    this.#clock = clock;
    this.#random = random;
    this.#maxRegressMs = maxRegressMs;
  }

  /** @throws RangeError when the clock is before 1970 or after 2^48 − 1 ms */
  next(): Uuid {
    this.#advance();
    const low = this.#low;
    if (low >>> 16 !== this.#prefixOf) this.#writePrefix();
    const d = this.#random.u32();
    return (
      this.#prefix +
      String.fromCharCode(
        hex(low >>> 12),
        hex(low >>> 8),
        hex(low >>> 4),
        hex(low),
        hex(d >>> 28),
        hex(d >>> 24),
        hex(d >>> 20),
        hex(d >>> 16),
        hex(d >>> 12),
        hex(d >>> 8),
        hex(d >>> 4),
        hex(d),
      )
    );
  }

  /** The next one as sixteen bytes, into `out` at `offset`; returns `out`. */
  nextInto(out: Uint8Array, offset = 0): Uint8Array {
    checkTarget(out, offset);
    this.#advance();
    const [a, b, c] = this.#head();
    return putWords(out, offset, a, b, c, this.#random.u32());
  }

  /** The first three words. */
  #head(): [number, number, number] {
    const ms = this.#ms;
    return [
      Math.floor(ms / 2 ** 16),
      (((ms % 2 ** 16) << 16) | 0x7000 | this.#high) >>> 0,
      (0x8000_0000 | this.#low) >>> 0,
    ];
  }

  #writePrefix(): void {
    this.#prefixOf = this.#low >>> 16;
    this.#prefix = textOf(...this.#head(), 0).slice(0, 24);
  }

  #advance(): void {
    const now = this.#clock.now();
    if (!(now <= this.#ms && this.#ms - now <= this.#maxRegressMs)) {
      const whole = Math.floor(now);
      if (!(whole >= 0 && whole <= MOST_MS)) {
        throw new RangeError(`A UUID's time is from 0 to ${MOST_MS} ms since 1970, got ${now}`);
      }
      // A clock with fractions of the same millisecond is no later.
      if (whole !== this.#ms) return this.#begin(whole);
    }
    if (++this.#low < 2 ** 30) return;
    this.#low = 0;
    this.#prefixOf = -1;
    if (++this.#high < 2 ** 12) return;
    if (this.#ms === MOST_MS) throw new RangeError('The last UUID of the last millisecond was made');
    this.#begin(this.#ms + 1);
  }

  /** Begins a millisecond: the highest bit of the counter is left for counting. */
  #begin(ms: number): void {
    this.#ms = ms;
    this.#high = this.#random.u32() >>> 21;
    this.#low = this.#random.u32() >>> 2;
    this.#prefixOf = -1;
  }
}

let shared: Uuidv7Generator | undefined;

/**
 * A UUID that is greater than all that this function made before in this thread: by time, then by counter.
 *
 * @param generator default one of the platform's clock and chance that the whole thread shares
 */
export function uuidv7(generator?: Uuidv7Generator): Uuid {
  if (generator !== undefined) return generator.next();
  shared ??= new Uuidv7Generator();
  return shared.next();
}

/** The same as sixteen bytes, into `out` at `offset`; returns `out`. */
export function uuidv7Into(out: Uint8Array, offset = 0, generator?: Uuidv7Generator): Uint8Array {
  if (generator !== undefined) return generator.nextInto(out, offset);
  shared ??= new Uuidv7Generator();
  return shared.nextInto(out, offset);
}

/** A function that makes UUIDs by a clock and chance of one's own. */
export function createUuidv7(options?: Uuidv7Options): () => Uuid {
  const generator = new Uuidv7Generator(options);
  return () => generator.next();
}
