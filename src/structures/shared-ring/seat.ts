/** Who may be at one end of a ring: one participant, for as long as it takes part, or any number by turns. */

import { AshlarError } from '../../../bindings/errors.js';
import type { Participants } from '../../../bindings/participants.js';
import type { RobustLock } from '../../../bindings/robust-lock.js';

/** A ring has one producer, or one consumer, and it is another thread. */
export class RingSeatError extends AshlarError {
  readonly end: 'producer' | 'consumer';

  constructor(end: 'producer' | 'consumer') {
    super(
      'RING_SEAT',
      `The ring has one ${end}, and another thread is it: that one must release(), or be buried when it has died`,
    );
    this.end = end;
  }
}

export class Seat {
  readonly #words: Int32Array;
  readonly #at: number;
  readonly #end: 'producer' | 'consumer';
  readonly #participants: Participants;
  /** Where there may be many. */
  readonly #lock: RobustLock | undefined;
  #taken = false;
  #inherited = 0;

  /** @param at index of the word that has the identity of the one */
  constructor(
    words: Int32Array,
    at: number,
    end: 'producer' | 'consumer',
    participants: Participants,
    lock: RobustLock | undefined,
  ) {
    this.#words = words;
    this.#at = at;
    this.#end = end;
    this.#participants = participants;
    this.#lock = lock;
  }

  /** How often it was taken from one who was dead. */
  get inherited(): number {
    return this.#lock === undefined ? this.#inherited : this.#lock.takenOver;
  }

  /** False while others are at it for longer than a few microseconds. @throws RingSeatError */
  tryTake(): boolean {
    if (this.#lock !== undefined) return this.#lock.tryTake();
    if (!this.#taken) this.#claim();
    return true;
  }

  /** Waits for the others. @throws RingSeatError, and SharedArenaError where it must not wait */
  take(): void {
    if (this.#lock !== undefined) this.#lock.take();
    else if (!this.#taken) this.#claim();
  }

  /** After each `take`, or `tryTake` that was true. */
  give(): void {
    this.#lock?.give();
  }

  /** Lets another thread be the one. */
  leave(): void {
    if (!this.#taken) return;
    this.#taken = false;
    Atomics.compareExchange(this.#words, this.#at, this.#participants.identity, 0);
  }

  #claim(): void {
    const { identity } = this.#participants;
    const holder = Atomics.load(this.#words, this.#at);
    const vacant = holder === 0 || holder === identity || !this.#participants.isHere(holder);
    if (!vacant || Atomics.compareExchange(this.#words, this.#at, holder, identity) !== holder) {
      throw new RingSeatError(this.#end);
    }
    if (holder !== 0 && holder !== identity) this.#inherited++;
    this.#taken = true;
  }
}
