/** Layouts of snowflakes: what each of the 63 bits means, and from when time counts. */

export interface SnowflakeLayout {
  /** Moment of time 0, in milliseconds since the Unix epoch. */
  readonly epochMs: number;
  /** Milliseconds of a unit of time, from 1. */
  readonly unitMs: number;
  /** Bits of the time, 1 to 53. */
  readonly timeBits: number;
  /** Bits of the machine, 0 to 22. */
  readonly machineBits: number;
  /** Bits of the sequence, 1 to 22. */
  readonly sequenceBits: number;
  /** True when the sequence stands above the machine. */
  readonly sequenceFirst: boolean;
}

/** Twitter's: milliseconds since 2010-11-04, 10 bits of machine, 12 of sequence; until 2080. */
export const TWITTER: SnowflakeLayout = /* @__PURE__ */ Object.freeze({
  epochMs: 1_288_834_974_657,
  unitMs: 1,
  timeBits: 41,
  machineBits: 10,
  sequenceBits: 12,
  sequenceFirst: false,
});

/** Discord's: since 2015. Its ten bits of machine are five of a worker and five of a process. */
export const DISCORD: SnowflakeLayout = /* @__PURE__ */ Object.freeze({
  epochMs: 1_420_070_400_000,
  unitMs: 1,
  timeBits: 41,
  machineBits: 10,
  sequenceBits: 12,
  sequenceFirst: false,
});

/** Sonyflake's: units of 10 ms since 2014-09-01, 8 bits of sequence above 16 of machine; until 2188. */
export const SONYFLAKE: SnowflakeLayout = /* @__PURE__ */ Object.freeze({
  epochMs: 1_409_529_600_000,
  unitMs: 10,
  timeBits: 39,
  machineBits: 16,
  sequenceBits: 8,
  sequenceFirst: true,
});

/** What a snowflake says. */
export interface SnowflakeParts {
  /** When it was made: the beginning of its unit, in milliseconds since the Unix epoch. */
  readonly timeMs: number;
  readonly machineId: number;
  readonly sequence: number;
}

/** A layout with its arithmetic done. Numbers are doubles of at most 44 bits, or a multiple of 2^32 and one. */
export class Bits {
  readonly layout: SnowflakeLayout;
  /** 2^ the bits below the time. */
  readonly timeUnit: number;
  readonly machineUnit: number;
  readonly sequenceUnit: number;
  readonly machines: number;
  readonly sequences: number;
  readonly lastTime: number;

  /** @throws RangeError, TypeError when no number can have this layout */
  constructor(layout: SnowflakeLayout) {
    const { epochMs, unitMs, timeBits, machineBits, sequenceBits, sequenceFirst } = layout;
    if (!Number.isSafeInteger(epochMs)) throw new RangeError(`epochMs must be a safe integer, got ${epochMs}`);
    checkWhole(unitMs, 'unitMs', 1, 86_400_000);
    checkWhole(timeBits, 'timeBits', 1, 53);
    checkWhole(machineBits, 'machineBits', 0, 22);
    checkWhole(sequenceBits, 'sequenceBits', 1, 22);
    if (timeBits + machineBits + sequenceBits > 63) {
      throw new RangeError(`A snowflake has 63 bits, got ${timeBits} + ${machineBits} + ${sequenceBits}`);
    }
    this.layout = Object.freeze({ epochMs, unitMs, timeBits, machineBits, sequenceBits, sequenceFirst });
    this.machines = 2 ** machineBits;
    this.sequences = 2 ** sequenceBits;
    this.timeUnit = this.machines * this.sequences;
    this.machineUnit = sequenceFirst ? 1 : this.sequences;
    this.sequenceUnit = sequenceFirst ? this.machines : 1;
    this.lastTime = 2 ** timeBits - 1;
  }

  /** What a snowflake of two words says. */
  parts(high: number, low: number): SnowflakeParts {
    const { timeUnit, layout } = this;
    // Bits of time may stand in both words.
    const rest = timeUnit <= 2 ** 32 ? low % timeUnit : (high % (timeUnit / 2 ** 32)) * 2 ** 32 + low;
    const time =
      timeUnit <= 2 ** 32
        ? high * (2 ** 32 / timeUnit) + Math.floor(low / timeUnit)
        : Math.floor(high / (timeUnit / 2 ** 32));
    return {
      timeMs: layout.epochMs + time * layout.unitMs,
      machineId: Math.floor(rest / this.machineUnit) % this.machines,
      sequence: Math.floor(rest / this.sequenceUnit) % this.sequences,
    };
  }
}

export function checkWhole(value: unknown, what: string, least: number, most: number): asserts value is number {
  if (typeof value !== 'number') throw new TypeError(`${what} must be a number, got ${typeof value}`);
  if (!(Number.isInteger(value) && value >= least && value <= most)) {
    throw new RangeError(`${what} must be an integer from ${least} to ${most}, got ${value}`);
  }
}
