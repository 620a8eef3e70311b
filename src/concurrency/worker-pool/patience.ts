/**
 * Whether looking again and again pays off. It does when both threads have a processor of their own; where they share one, or
 * when what is looked for is long in coming, it only takes time from others: after some times in vain it is tried rarely.
 */

const MOST_IN_VAIN = 4;
const TRIED_EVERY = 32;

export class Patience {
  #inVain = 0;
  #skipped = 0;

  /** Whether to look this time. */
  get pays(): boolean {
    if (this.#inVain < MOST_IN_VAIN) return true;
    if (++this.#skipped < TRIED_EVERY) return false;
    this.#skipped = 0;
    return true;
  }

  tried(found: boolean): void {
    if (found) this.#inVain = 0;
    else this.#inVain++;
  }
}
