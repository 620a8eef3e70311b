/** `Snowflake`: 63-bit identifiers of time, machine and sequence, which need no coordination but a number for each machine. */

import { DecodeError } from '../../../bindings/decode-error.js';
import { AshlarError } from '../../../bindings/errors.js';
import { type Clock, systemClock } from '../../ports/clock.js';
import { systemRandom } from '../../ports/random.js';
import { Bits, checkWhole, type SnowflakeLayout, type SnowflakeParts, TWITTER } from './layout.js';

/**
 * What happens when the clock goes back, or the sequence of a unit of time is used up:
 * `'wait'` looks at the clock until it has caught up, `'borrow'` goes on with the last time and then with the next unit,
 * `'error'` refuses.
 */
export type ClockPolicy = 'wait' | 'borrow' | 'error';

export interface SnowflakeOptions extends Partial<SnowflakeLayout> {
  /** A number that no other machine has, 0 to 2^machineBits − 1. */
  machineId: number;
  /** Where bits and epoch come from that are not given one by one. Default `TWITTER`. */
  layout?: SnowflakeLayout;
  /** Default `'wait'`. */
  clockPolicy?: ClockPolicy;
  /** How far behind the clock may be to be waited for, in milliseconds; further is an error. Default 100. */
  maxWaitMs?: number;
  /** How far ahead of the clock identifiers may go by borrowing, in milliseconds; further is an error. Default 10 000. */
  maxBorrowMs?: number;
  /** Default the platform's. */
  clock?: Clock;
}

/** Why no snowflake could be made. */
export type SnowflakeProblem = 'clock-back' | 'exhausted' | 'out-of-range';

const CODES = {
  'clock-back': 'SNOWFLAKE_CLOCK_BACK',
  exhausted: 'SNOWFLAKE_EXHAUSTED',
  'out-of-range': 'SNOWFLAKE_TIME_OUT_OF_RANGE',
} as const;

/** No snowflake could be made now. The generator is as it was. */
export class SnowflakeError extends AshlarError {
  readonly problem: SnowflakeProblem;
  /** What the clock said, in milliseconds since the Unix epoch. */
  readonly clockMs: number;

  constructor(problem: SnowflakeProblem, message: string, clockMs: number) {
    super(CODES[problem], message);
    this.problem = problem;
    this.clockMs = clockMs;
  }
}

const DEFAULT_WAIT_MS = 100;
const DEFAULT_BORROW_MS = 10_000;
/** Looks at the clock while waiting; a clock that stands still does not hold a program for ever. */
const MOST_LOOKS = 2 ** 24;
const MOST_ID = (1n << 63n) - 1n;

let shared: Snowflake | undefined;

export class Snowflake {
  readonly machineId: number;
  readonly #bits: Bits;
  readonly #clock: Clock;
  readonly #policy: ClockPolicy;
  readonly #maxWaitMs: number;
  readonly #maxBorrowMs: number;
  readonly #machinePart: number;
  /** Units since the epoch, of the last one made. */
  #time = Number.NEGATIVE_INFINITY;
  #sequence = 0;
  /** The two words of the time. */
  #timeHigh = 0;
  #timeLow = 0;
  /** The words of an identifier, and as one number. */
  readonly #words = new Uint32Array(2);
  readonly #whole = new BigUint64Array(this.#words.buffer);
  readonly #highAt: number;

  /** @throws RangeError, TypeError for a machine or layout that there cannot be */
  constructor(options: SnowflakeOptions) {
    if (options === null || typeof options !== 'object') {
      throw new TypeError(`Snowflake needs options with machineId, got ${String(options)}`);
    }
    const { layout = TWITTER, clockPolicy = 'wait', machineId } = options;
    const bits = new Bits({
      epochMs: options.epochMs ?? layout.epochMs,
      unitMs: options.unitMs ?? layout.unitMs,
      timeBits: options.timeBits ?? layout.timeBits,
      machineBits: options.machineBits ?? layout.machineBits,
      sequenceBits: options.sequenceBits ?? layout.sequenceBits,
      sequenceFirst: options.sequenceFirst ?? layout.sequenceFirst,
    });
    checkWhole(machineId, 'machineId', 0, bits.machines - 1);
    if (clockPolicy !== 'wait' && clockPolicy !== 'borrow' && clockPolicy !== 'error') {
      throw new RangeError(`clockPolicy must be 'wait', 'borrow' or 'error', got ${String(clockPolicy)}`);
    }
    const { maxWaitMs = DEFAULT_WAIT_MS, maxBorrowMs = DEFAULT_BORROW_MS } = options;
    checkWhole(maxWaitMs, 'maxWaitMs', 0, 2 ** 31);
    checkWhole(maxBorrowMs, 'maxBorrowMs', 0, 2 ** 31);
    this.machineId = machineId;
    this.#bits = bits;
    this.#clock = options.clock ?? systemClock;
    this.#policy = clockPolicy;
    this.#maxWaitMs = maxWaitMs;
    this.#maxBorrowMs = maxBorrowMs;
    this.#machinePart = machineId * bits.machineUnit;
    this.#whole[0] = 1n;
    this.#highAt = this.#words[0] === 1 ? 1 : 0;
  }

  /**
   * A snowflake of a generator that the whole thread shares, its machine drawn by chance: for a first look. Two programs have
   * the same machine once in 1024 times; give each a `machineId` of its own where that matters.
   */
  static next(): bigint {
    shared ??= new Snowflake({ machineId: systemRandom.u32() % 2 ** TWITTER.machineBits });
    return shared.next();
  }

  /** What a snowflake says. @throws DecodeError when it is none */
  static parse(id: bigint | string, layout: SnowflakeLayout = TWITTER): SnowflakeParts {
    return partsOf(new Bits(layout), id);
  }

  /** The same for two words. */
  static parsePair(high: number, low: number, layout: SnowflakeLayout = TWITTER): SnowflakeParts {
    return partsOfPair(new Bits(layout), high, low);
  }

  get layout(): SnowflakeLayout {
    return this.#bits.layout;
  }

  /** The last moment that the bits of the time can say, in milliseconds since the Unix epoch. */
  get maxTimeMs(): number {
    const { layout, lastTime } = this.#bits;
    return layout.epochMs + (lastTime + 1) * layout.unitMs - 1;
  }

  /** Greater than all that this generator made before. @throws SnowflakeError when the clock does not allow it */
  next(): bigint {
    this.#advance();
    return this.#whole[0] as bigint;
  }

  /** The next one as decimal digits, as JSON has it. */
  nextString(): string {
    return String(this.next());
  }

  /** The next one as two u32, the high one first: no BigInt is made. */
  nextPair(): [high: number, low: number] {
    this.#advance();
    return [this.#words[this.#highAt] as number, this.#words[1 - this.#highAt] as number];
  }

  /** The next one into `out[offset]` and `out[offset + 1]`, the high word first; returns `out`. */
  nextPairInto(out: Uint32Array, offset = 0): Uint32Array {
    if (!(out instanceof Uint32Array && offset >= 0 && offset + 2 <= out.length)) {
      throw new RangeError(`out must be a Uint32Array with two elements from ${offset} on`);
    }
    this.#advance();
    out[offset] = this.#words[this.#highAt] as number;
    out[offset + 1] = this.#words[1 - this.#highAt] as number;
    return out;
  }

  /** What a snowflake of this layout says. @throws DecodeError when it is none */
  parse(id: bigint | string): SnowflakeParts {
    return partsOf(this.#bits, id);
  }

  parsePair(high: number, low: number): SnowflakeParts {
    return partsOfPair(this.#bits, high, low);
  }

  /** The least snowflake of a moment: what was made from then on is not below it. For ranges by time. */
  firstAt(timeMs: number): bigint {
    const { layout, lastTime, timeUnit } = this.#bits;
    const time = Math.floor((timeMs - layout.epochMs) / layout.unitMs);
    if (!(time >= 0 && time <= lastTime)) {
      throw new RangeError(`timeMs must be from ${layout.epochMs} to ${this.maxTimeMs}, got ${timeMs}`);
    }
    return BigInt(time) * BigInt(timeUnit);
  }

  #advance(): void {
    const time = this.#units();
    if (!(time <= this.#time)) return this.#begin(time);
    if (time === this.#time && this.#sequence + 1 < this.#bits.sequences) return this.#write(this.#sequence + 1);
    if (this.#policy === 'borrow') this.#borrow(time);
    else if (this.#policy === 'wait') this.#wait(time);
    else throw this.#refusal(time, 'the policy is to refuse');
  }

  /** Units since the epoch by the clock. */
  #units(): number {
    const { layout } = this.#bits;
    return Math.floor((this.#clock.now() - layout.epochMs) / layout.unitMs);
  }

  #begin(time: number): void {
    if (!(time >= 0 && time <= this.#bits.lastTime)) {
      const { epochMs, unitMs } = this.#bits.layout;
      const message = `The clock is not from ${epochMs} to ${this.maxTimeMs}, all that the time can say`;
      throw new SnowflakeError('out-of-range', message, epochMs + time * unitMs);
    }
    const base = time * this.#bits.timeUnit;
    this.#time = time;
    this.#timeHigh = Math.floor(base / 2 ** 32);
    this.#timeLow = base - this.#timeHigh * 2 ** 32;
    this.#write(0);
  }

  /** The parts have bits of their own: sums carry nothing. */
  #write(sequence: number): void {
    this.#sequence = sequence;
    const rest = this.#machinePart + sequence * this.#bits.sequenceUnit;
    const restHigh = Math.floor(rest / 2 ** 32);
    this.#words[this.#highAt] = this.#timeHigh + restHigh;
    this.#words[1 - this.#highAt] = this.#timeLow + (rest - restHigh * 2 ** 32);
  }

  #borrow(time: number): void {
    const next = this.#sequence + 1 < this.#bits.sequences ? this.#time : this.#time + 1;
    if ((next - time) * this.#bits.layout.unitMs > this.#maxBorrowMs) {
      throw this.#refusal(time, `borrowing goes no further than ${this.#maxBorrowMs} ms ahead`);
    }
    if (next > this.#time) this.#begin(next);
    else this.#write(this.#sequence + 1);
  }

  #wait(from: number): void {
    if ((this.#time - from) * this.#bits.layout.unitMs > this.#maxWaitMs) {
      throw this.#refusal(from, `waiting goes no further than ${this.#maxWaitMs} ms`);
    }
    const full = this.#sequence + 1 >= this.#bits.sequences;
    for (let look = 0; look < MOST_LOOKS; look++) {
      const time = this.#units();
      if (!(time <= this.#time)) return this.#begin(time);
      if (time === this.#time && !full) return this.#write(this.#sequence + 1);
    }
    throw this.#refusal(from, 'it stood still while it was waited for');
  }

  #refusal(time: number, why: string): SnowflakeError {
    const { epochMs, unitMs } = this.#bits.layout;
    const clockMs = epochMs + time * unitMs;
    if (time === this.#time) {
      const message = `All ${this.#bits.sequences} snowflakes of ${clockMs} ms were made, and ${why}`;
      return new SnowflakeError('exhausted', message, clockMs);
    }
    const lastMs = epochMs + this.#time * unitMs;
    return new SnowflakeError('clock-back', `The clock went back from ${lastMs} to ${clockMs} ms, and ${why}`, clockMs);
  }
}

function partsOf(bits: Bits, id: bigint | string): SnowflakeParts {
  if (typeof id !== 'bigint' && typeof id !== 'string') {
    throw new TypeError(`A snowflake must be a bigint or a string of digits, got ${typeof id}`);
  }
  if (typeof id === 'string' && !/^\d{1,19}$/.test(id)) {
    throw new DecodeError('snowflake', `it has up to 19 decimal digits, got ${JSON.stringify(id.slice(0, 40))}`, 0);
  }
  const whole = BigInt(id);
  if (whole < 0n || whole > MOST_ID) throw new DecodeError('snowflake', `it has 63 bits, got ${whole}`, 0);
  return bits.parts(Number(whole >> 32n), Number(whole & 0xffff_ffffn));
}

function partsOfPair(bits: Bits, high: number, low: number): SnowflakeParts {
  checkWhole(high, 'high', 0, 2 ** 31 - 1);
  checkWhole(low, 'low', 0, 2 ** 32 - 1);
  return bits.parts(high, low);
}
