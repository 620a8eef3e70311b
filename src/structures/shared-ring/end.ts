/** One end of a ring, as a thread has it: its seat, whom it tells what it did, and how it waits for the other end. */

import type { Bell } from '../../../bindings/bell.js';
import { type Participants, SharedArenaError } from '../../../bindings/participants.js';
import { type Attempt, BUSY, type Line, NOT_YET } from '../../base/line.js';
import { TimeoutError } from '../../base/wait-errors.js';
import type { WaitOptions } from '../../base/waiter.js';
import type { Clock } from '../../ports/clock.js';
import type { Seat } from './seat.js';
import type { RingStore } from './store.js';

/** Looks before a thread goes to sleep: some ten microseconds, less than waking up takes. */
export const SPINS = 2000;

export interface EndParts {
  readonly store: RingStore;
  readonly seat: Seat;
  /** Rings for this end. */
  readonly bell: Bell;
  /** Rings for the other end. */
  readonly opposite: Bell;
  /** Index of the word that the other end moves. */
  readonly watched: number;
  readonly words: Int32Array;
  readonly line: Line;
  readonly participants: Participants;
  readonly clock: Clock;
}

export abstract class RingEnd {
  readonly line: Line;
  readonly seat: Seat;
  protected readonly store: RingStore;
  protected readonly opposite: Bell;
  readonly #bell: Bell;
  protected readonly watched: number;
  protected readonly words: Int32Array;
  readonly #participants: Participants;
  readonly #clock: Clock;
  /** Calls that gave up because others were at it. */
  #busy = 0;

  constructor(parts: EndParts) {
    this.line = parts.line;
    this.seat = parts.seat;
    this.store = parts.store;
    this.opposite = parts.opposite;
    this.#bell = parts.bell;
    this.watched = parts.watched;
    this.words = parts.words;
    this.#participants = parts.participants;
    this.#clock = parts.clock;
  }

  get busy(): number {
    return this.#busy;
  }

  /** Takes the seat; false while others are at it and `patient` is false. */
  protected seated(patient: boolean): boolean {
    if (patient) this.seat.take();
    else if (!this.seat.tryTake()) {
      this.#busy++;
      return false;
    }
    return true;
  }

  /** Holds the thread up until an attempt comes to something. */
  hold<V>(what: string, options: Pick<WaitOptions, 'timeoutMs'>, attempt: Attempt<V>): V {
    const { timeoutMs = Number.POSITIVE_INFINITY } = options;
    const endMs = this.#clock.monotonic() + timeoutMs;
    const { words, watched } = this;
    for (;;) {
      const seen = Atomics.load(words, watched);
      const value = attempt();
      if (value !== NOT_YET && value !== BUSY) return value;
      if (!this.#participants.mayWait) {
        throw new SharedArenaError(`${what} waits, and this thread must not: take ${what}Async`);
      }
      const leftMs = endMs - this.#clock.monotonic();
      if (leftMs <= 0) throw new TimeoutError(what, timeoutMs);
      if (value === BUSY || this.spin(seen)) continue;
      const listened = this.#bell.listen();
      // What changed before it listened does not ring for it.
      if (Atomics.load(words, watched) !== seen || this.store.closed) continue;
      this.#bell.sleep(listened, leftMs);
    }
  }

  /** Looks for a while whether the other end moves on from where it was seen. */
  protected abstract spin(seen: number): boolean;
}
