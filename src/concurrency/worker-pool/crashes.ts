/** How often threads were lost in a row, and when the next may start: later each time, so that a broken script costs little. */

import type { Clock } from '../../ports/clock.js';
import { CrashLoopError } from './errors.js';
import type { Settings } from './options.js';

export class Crashes {
  readonly #settings: Settings;
  readonly #clock: Clock;
  #inARow = 0;
  #notBeforeMs = 0;
  #loop: CrashLoopError | undefined = undefined;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#clock = settings.clock;
  }

  get inARow(): number {
    return this.#inARow;
  }

  /** Until the next thread may start. */
  get waitMs(): number {
    return Math.max(0, this.#notBeforeMs - this.#clock.monotonic());
  }

  /** Set while threads are lost again and again, and the next is not due. */
  get loop(): CrashLoopError | undefined {
    return this.#loop !== undefined && this.waitMs > 0 ? this.#loop : undefined;
  }

  /** A thread did something. */
  none(): void {
    if (this.#inARow === 0) return;
    this.#inARow = 0;
    this.#notBeforeMs = 0;
    this.#loop = undefined;
  }

  /** One more; an error when they are too many. */
  add(cause: unknown): CrashLoopError | undefined {
    const { crashDelayMs, maxCrashDelayMs, maxCrashes } = this.#settings;
    this.#inARow++;
    // The first is replaced at once.
    const delayMs = this.#inARow === 1 ? 0 : Math.min(maxCrashDelayMs, crashDelayMs * 2 ** (this.#inARow - 2));
    this.#notBeforeMs = this.#clock.monotonic() + delayMs;
    this.#loop = this.#inARow >= maxCrashes ? new CrashLoopError(this.#inARow, delayMs, cause) : undefined;
    return this.#loop;
  }
}
