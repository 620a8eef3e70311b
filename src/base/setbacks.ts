/** How often something failed in a row, and when it may be tried again: later each time, and beyond a number failing fast. */

export interface SetbackOptions {
  /** Failures after which it is tried again at once. */
  readonly free: number;
  /** The first delay; it doubles. */
  readonly delayMs: number;
  readonly maxDelayMs: number;
  /** Failures in a row that are too many. */
  readonly limit: number;
  /** What a delay is multiplied with. Default 1. */
  readonly jitter?: () => number;
}

export class Setbacks {
  readonly #options: SetbackOptions;
  readonly #clock: { monotonic(): number };
  #inARow = 0;
  #notBeforeMs = 0;

  constructor(options: SetbackOptions, clock: { monotonic(): number }) {
    this.#options = options;
    this.#clock = clock;
  }

  get inARow(): number {
    return this.#inARow;
  }

  get tooMany(): boolean {
    return this.#inARow >= this.#options.limit;
  }

  /** Until it may be tried again. */
  get waitMs(): number {
    return this.#inARow === 0 ? 0 : Math.max(0, this.#notBeforeMs - this.#clock.monotonic());
  }

  /** It went well. */
  none(): void {
    this.#inARow = 0;
  }

  /** One more; until it may be tried again, in milliseconds. */
  add(): number {
    const { free, delayMs, maxDelayMs, jitter } = this.#options;
    this.#inARow++;
    const doublings = Math.min(this.#inARow - 1 - free, 60);
    const waitMs = doublings < 0 ? 0 : Math.min(maxDelayMs, delayMs * 2 ** doublings) * (jitter?.() ?? 1);
    this.#notBeforeMs = this.#clock.monotonic() + waitMs;
    return waitMs;
  }
}
