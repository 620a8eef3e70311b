/**
 * Whether both ends of a lane look for what comes, again and again for a moment, or sleep at once. Looking saves the tens of
 * microseconds that it takes to wake a thread, where both have a processor of their own; where they share one, or others use it,
 * whoever looks keeps it from whom it waits for. So both are tried, on tasks that find a thread with nothing to do, and what takes
 * less time is done; the other is tried again, rarely.
 */

/** For how long: as long as it takes to wake a thread. */
export const LOOK_MS = 0.1;
/** Tasks of a trial. */
const TRIAL = 8;
/** Tasks until the other way is tried again: at first, and once it was the worse one again and again. */
const FIRST_AGAIN = 64;
const LAST_AGAIN = 2048;
/** What takes longer says nothing about waking. */
const MOST_MS = 2;

export class Looking {
  /** Means of the two ways; unknown at first. */
  #lookedMs = 0;
  #sleptMs = 0;
  #best = true;
  /** Set while the other way is tried. */
  #tries = false;
  #sumMs = 0;
  #left = TRIAL;
  #again = FIRST_AGAIN;

  /** What to do now. */
  get now(): boolean {
    return this.#best !== this.#tries;
  }

  /** What a task took beside running; true when something else is to be done from now on. */
  observed(ms: number): boolean {
    const was = this.now;
    this.#sumMs += Math.min(ms, MOST_MS);
    if (--this.#left > 0) return false;
    const meanMs = this.#sumMs / (this.#tries || this.#lookedMs === 0 ? TRIAL : this.#again);
    this.#sumMs = 0;
    if (was) this.#lookedMs = meanMs;
    else this.#sleptMs = meanMs;
    if (this.#tries) this.#decide();
    else this.#tries = true;
    this.#left = this.#tries ? TRIAL : this.#again;
    return was !== this.now;
  }

  #decide(): void {
    this.#tries = false;
    const best = this.#lookedMs <= this.#sleptMs;
    this.#again = best === this.#best ? Math.min(LAST_AGAIN, this.#again * 2) : FIRST_AGAIN;
    this.#best = best;
  }
}
