/**
 * What a closed breaker remembers of its calls, and when that is too much: failures in a row, rates over the last calls, or
 * rates over the last seconds (the sliding windows of resilience4j).
 *
 * A failure weighs 1, or what its classification says, kept in units of 1/1024, so that sums are exact. Recording is O(1), and
 * allocates nothing. All of it is arithmetic: the time is an argument.
 */

/** Units of a failure that weighs 1. */
export const UNIT = 1024;
/** The most a failure may weigh. */
export const MAX_WEIGHT = 31;

const SLOW = 1 << 15;

export interface Rates {
  /** Calls that the window holds. */
  readonly calls: number;
  /** Sum of the weights of failures. */
  readonly failures: number;
  readonly slowCalls: number;
}

/** What a window was, as JSON. */
export type WindowDump =
  | { readonly type: 'consecutive'; readonly failures: number }
  /** Outcomes, the oldest first: the weight in 1/1024, plus 32768 when the call was slow. */
  | { readonly type: 'count'; readonly outcomes: readonly number[] }
  /** Buckets: how many buckets ago, calls, weights in 1/1024, slow calls. */
  | { readonly type: 'time'; readonly bucketMs: number; readonly buckets: readonly (readonly number[])[] };

export interface Window {
  /** Records a call; true when the breaker shall open. @param units weight of the failure, 0 for a success */
  record(units: number, slow: boolean, nowMs: number): boolean;
  rates(nowMs: number): Rates;
  reset(): void;
  dump(nowMs: number): WindowDump;
  /** False when the dump is of another type. */
  load(dump: WindowDump, nowMs: number): boolean;
}

export interface RateRule {
  /** From above 0 to 1: opens when as much of the calls failed. */
  readonly failureRate: number;
  /** From above 0 to 1: opens when as much of the calls was slow. */
  readonly slowCallRate: number;
  /** Fewer calls open nothing. */
  readonly minimumCalls: number;
}

/** Failures since the last success. */
export class ConsecutiveWindow implements Window {
  readonly #limitUnits: number;
  #units = 0;

  constructor(failures: number) {
    this.#limitUnits = failures * UNIT;
  }

  record(units: number, _slow: boolean): boolean {
    if (units === 0) {
      this.#units = 0;
      return false;
    }
    this.#units += units;
    return this.#units >= this.#limitUnits;
  }

  rates(): Rates {
    return { calls: Math.ceil(this.#units / UNIT), failures: this.#units / UNIT, slowCalls: 0 };
  }

  reset(): void {
    this.#units = 0;
  }

  dump(): WindowDump {
    return { type: 'consecutive', failures: this.#units / UNIT };
  }

  load(dump: WindowDump): boolean {
    if (dump.type !== 'consecutive') return false;
    this.#units = Math.round(dump.failures * UNIT);
    return true;
  }
}

/** The last calls, in a ring. */
export class CountWindow implements Window {
  readonly #rule: RateRule;
  readonly #outcomes: Uint16Array;
  #at = 0;
  #calls = 0;
  #units = 0;
  #slow = 0;

  constructor(size: number, rule: RateRule) {
    this.#rule = rule;
    this.#outcomes = new Uint16Array(size);
  }

  record(units: number, slow: boolean): boolean {
    const outcomes = this.#outcomes;
    const at = this.#at;
    if (this.#calls === outcomes.length) {
      const old = outcomes[at] as number;
      if (old !== 0) {
        this.#units -= old & (SLOW - 1);
        if (old >= SLOW) this.#slow--;
      }
    } else this.#calls++;
    outcomes[at] = slow ? units | SLOW : units;
    this.#at = at + 1 === outcomes.length ? 0 : at + 1;
    this.#units += units;
    if (slow) this.#slow++;
    return (this.#units | this.#slow) !== 0 && exceeds(this.#rule, this.#calls, this.#units, this.#slow);
  }

  rates(): Rates {
    return { calls: this.#calls, failures: this.#units / UNIT, slowCalls: this.#slow };
  }

  reset(): void {
    this.#at = 0;
    this.#calls = 0;
    this.#units = 0;
    this.#slow = 0;
  }

  dump(): WindowDump {
    const outcomes: number[] = [];
    const size = this.#outcomes.length;
    for (let i = this.#calls; i > 0; i--) outcomes.push(this.#outcomes[(this.#at - i + size) % size] as number);
    return { type: 'count', outcomes };
  }

  load(dump: WindowDump): boolean {
    if (dump.type !== 'count') return false;
    this.reset();
    for (const outcome of dump.outcomes.slice(-this.#outcomes.length)) {
      this.record(outcome & (SLOW - 1), outcome >= SLOW);
    }
    return true;
  }
}

/** The last seconds, in buckets. A bucket is forgotten as a whole. */
export class TimeWindow implements Window {
  readonly #rule: RateRule;
  readonly #bucketMs: number;
  readonly #count: number;
  /** Calls, units and slow calls of each bucket. */
  readonly #buckets: Float64Array;
  #bucket = Number.NEGATIVE_INFINITY;
  #calls = 0;
  #units = 0;
  #slow = 0;

  constructor(windowMs: number, buckets: number, rule: RateRule) {
    this.#rule = rule;
    this.#bucketMs = windowMs / buckets;
    this.#count = buckets;
    this.#buckets = new Float64Array(buckets * 3);
  }

  record(units: number, slow: boolean, nowMs: number): boolean {
    this.#turn(nowMs);
    const at = (this.#bucket % this.#count) * 3;
    const buckets = this.#buckets;
    buckets[at] = (buckets[at] as number) + 1;
    buckets[at + 1] = (buckets[at + 1] as number) + units;
    this.#calls++;
    this.#units += units;
    if (slow) {
      buckets[at + 2] = (buckets[at + 2] as number) + 1;
      this.#slow++;
    }
    return (this.#units !== 0 || this.#slow !== 0) && exceeds(this.#rule, this.#calls, this.#units, this.#slow);
  }

  rates(nowMs: number): Rates {
    this.#turn(nowMs);
    return { calls: this.#calls, failures: this.#units / UNIT, slowCalls: this.#slow };
  }

  reset(): void {
    this.#buckets.fill(0);
    this.#calls = 0;
    this.#units = 0;
    this.#slow = 0;
  }

  dump(nowMs: number): WindowDump {
    this.#turn(nowMs);
    const buckets: number[][] = [];
    for (let ago = this.#count - 1; ago >= 0; ago--) {
      const at = ((((this.#bucket - ago) % this.#count) + this.#count) % this.#count) * 3;
      const [calls, units, slow] = this.#buckets.subarray(at, at + 3) as unknown as [number, number, number];
      if (calls > 0) buckets.push([ago, calls, units, slow]);
    }
    return { type: 'time', bucketMs: this.#bucketMs, buckets };
  }

  load(dump: WindowDump, nowMs: number): boolean {
    if (dump.type !== 'time' || dump.bucketMs !== this.#bucketMs) return false;
    this.reset();
    this.#turn(nowMs);
    for (const [ago = 0, calls = 0, units = 0, slow = 0] of dump.buckets) {
      if (!(ago >= 0 && ago < this.#count)) continue;
      const at = ((((this.#bucket - ago) % this.#count) + this.#count) % this.#count) * 3;
      this.#buckets.set([calls, units, slow], at);
      this.#calls += calls;
      this.#units += units;
      this.#slow += slow;
    }
    return true;
  }

  /** Forgets what is too old. Time that goes back stands still here. */
  #turn(nowMs: number): void {
    const now = Math.floor(nowMs / this.#bucketMs);
    if (now <= this.#bucket) return;
    if (now - this.#bucket >= this.#count) {
      this.reset();
      this.#bucket = now;
      return;
    }
    const buckets = this.#buckets;
    for (let bucket = this.#bucket + 1; bucket <= now; bucket++) {
      const at = (bucket % this.#count) * 3;
      this.#calls -= buckets[at] as number;
      this.#units -= buckets[at + 1] as number;
      this.#slow -= buckets[at + 2] as number;
      buckets.fill(0, at, at + 3);
    }
    this.#bucket = now;
  }
}

/** Whether rates are reached, once there are calls enough. */
export function exceeds(rule: RateRule, calls: number, units: number, slow: number): boolean {
  if (calls < rule.minimumCalls) return false;
  return units >= rule.failureRate * UNIT * calls || slow >= rule.slowCallRate * calls;
}
