/**
 * CoDel, controlled delay (Nichols and Jacobson, "Controlling Queue Delay", ACM Queue 10(5), 2012; RFC 8289), for queues of
 * calls: as long as the wait has been above a target for a whole interval, calls are dropped, the more often the longer it
 * stays so. A burst that drains within an interval loses nothing.
 *
 * All of it is arithmetic: the time is an argument. O(1).
 */

/** How many intervals a state of dropping is remembered, so that the next one begins where it left off. */
const REMEMBERED_INTERVALS = 16;

export class CoDel {
  readonly #targetMs: number;
  readonly #intervalMs: number;
  /** When a wait above the target will have lasted an interval; `undefined` while it is below. */
  #firstAboveMs: number | undefined = undefined;
  #dropping = false;
  /** The last candidate was dropped, and the time of the next drop is not yet known. */
  #dropped = false;
  #dropNextMs = 0;
  #count = 0;
  #lastCount = 0;

  constructor(targetMs: number, intervalMs: number) {
    this.#targetMs = targetMs;
    this.#intervalMs = intervalMs;
  }

  /** Whether it drops: the queue has been too slow for too long. */
  get dropping(): boolean {
    return this.#dropping;
  }

  /**
   * Asked of each candidate that leaves the queue; after a yes, of the next one at the same moment.
   *
   * @param waitedMs how long it waited
   * @param others whether others wait besides: the only one is never dropped
   */
  drops(nowMs: number, waitedMs: number, others: boolean): boolean {
    const tooLong = this.#tooLong(nowMs, waitedMs, others);
    if (!this.#dropping) return tooLong && this.#begin(nowMs);
    if (!tooLong) {
      this.#dropping = false;
      this.#dropped = false;
      return false;
    }
    if (this.#dropped) {
      this.#dropNextMs = this.#after(this.#dropNextMs);
      this.#dropped = false;
    }
    if (nowMs < this.#dropNextMs) return false;
    this.#count++;
    this.#dropped = true;
    return true;
  }

  /** Nobody waits. */
  empty(): void {
    this.#firstAboveMs = undefined;
    this.#dropping = false;
    this.#dropped = false;
  }

  #tooLong(nowMs: number, waitedMs: number, others: boolean): boolean {
    if (waitedMs < this.#targetMs || !others) {
      this.#firstAboveMs = undefined;
      return false;
    }
    if (this.#firstAboveMs === undefined) {
      this.#firstAboveMs = nowMs + this.#intervalMs;
      return false;
    }
    return nowMs >= this.#firstAboveMs;
  }

  #begin(nowMs: number): true {
    this.#dropping = true;
    // Where it dropped a short while ago, it goes on at the rate that controlled the queue then.
    const delta = this.#count - this.#lastCount;
    const recent = nowMs - this.#dropNextMs < REMEMBERED_INTERVALS * this.#intervalMs;
    this.#count = delta > 1 && recent ? delta : 1;
    this.#lastCount = this.#count;
    this.#dropNextMs = this.#after(nowMs);
    return true;
  }

  /** The control law: drops come closer by the square root of their number. */
  #after(ms: number): number {
    return ms + this.#intervalMs / Math.sqrt(this.#count);
  }
}
