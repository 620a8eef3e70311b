/**
 * A cyclic barrier: so many tasks wait for each other, go on together, and may meet again (java.util.concurrent's
 * CyclicBarrier). Who gives up breaks it for all who wait, since they would wait for ever.
 */

import { AshlarError } from '../../../bindings/errors.js';
import { LinkedList } from '../../base/linked-list.js';
import { checkWait, failAll, Waiter, type WaitOptions } from '../../base/waiter.js';
import { systemTimer, type Timer } from '../../ports/timer.js';

export interface BarrierOptions {
  /** Runs when the last has come, before any goes on; they wait for its promise. When it fails the barrier is broken. */
  action?: () => unknown;
  /** Default the platform's. */
  timer?: Timer;
}

/** Somebody gave up, the action failed, or the barrier was reset: who waited at it goes on with this. */
export class BrokenBarrierError extends AshlarError {
  constructor(message: string, options?: ErrorOptions) {
    super('BARRIER_BROKEN', message, options);
  }
}

/** Those who meet: at most `parties`. */
interface Meeting {
  readonly waiters: LinkedList<Waiter<number>>;
  readonly arrivals: Waiter<number>[];
}

const NO_OPTIONS: WaitOptions = Object.freeze({});

export class Barrier {
  /** How many must come. */
  readonly parties: number;
  readonly #action: (() => unknown) | undefined;
  readonly #timer: Timer;
  #meeting: Meeting = newMeeting();
  #generation = 0;
  #broken: BrokenBarrierError | undefined = undefined;

  /** @throws RangeError when `parties` is no integer from 1 */
  constructor(parties: number, options: BarrierOptions = {}) {
    if (!(Number.isSafeInteger(parties) && parties >= 1)) {
      throw new RangeError(`parties must be an integer from 1, got ${String(parties)}`);
    }
    this.parties = parties;
    this.#action = options.action;
    this.#timer = options.timer ?? systemTimer;
  }

  /**
   * Waits until all have come. O(1), for the last one O(parties).
   *
   * @returns the place in the order of arrival, from 0. Rejects with `signal.reason` or `TimeoutError`, which breaks the
   *   barrier, with what the action threw for the last one, and else with `BrokenBarrierError`
   */
  arrive(options: WaitOptions = NO_OPTIONS): Promise<number> {
    checkWait(options);
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    if (options.signal?.aborted) {
      this.#break(new BrokenBarrierError('Somebody gave up', { cause: options.signal.reason }));
      return Promise.reject(options.signal.reason);
    }
    const meeting = this.#meeting;
    const waiter = new Waiter<number>();
    meeting.waiters.push(waiter);
    meeting.arrivals.push(waiter);
    waiter.heed(options, this.#timer, 'Barrier.arrive', () => {
      // Once all have come, who leaves before the action has ended leaves alone.
      if (meeting === this.#meeting) this.#break(new BrokenBarrierError('Somebody who waited gave up'));
    });
    if (meeting.arrivals.length === this.parties) this.#trip(meeting, waiter);
    return waiter.promise;
  }

  /** How many wait for the others. */
  get waiting(): number {
    return this.#meeting.waiters.size;
  }

  /** How often all have come. */
  get generation(): number {
    return this.#generation;
  }

  get broken(): boolean {
    return this.#broken !== undefined;
  }

  /** Sends away who waits, with a `BrokenBarrierError`, and begins anew; also mends a broken barrier. */
  reset(): void {
    this.#break(new BrokenBarrierError('The barrier was reset'));
    this.#broken = undefined;
  }

  #trip(meeting: Meeting, last: Waiter<number>): void {
    this.#meeting = newMeeting();
    this.#generation++;
    if (this.#action === undefined) letGo(meeting);
    else void this.#act(this.#action, meeting, last);
  }

  async #act(action: () => unknown, meeting: Meeting, last: Waiter<number>): Promise<void> {
    try {
      await action();
    } catch (thrown) {
      const error = new BrokenBarrierError("The barrier's action failed", { cause: thrown });
      if (last.list !== undefined) last.fail(thrown);
      failAll(meeting.waiters, error);
      this.#break(error);
      return;
    }
    letGo(meeting);
  }

  #break(error: BrokenBarrierError): void {
    const { waiters } = this.#meeting;
    this.#meeting = newMeeting();
    this.#broken = error;
    failAll(waiters, error);
  }
}

function newMeeting(): Meeting {
  return { waiters: new LinkedList(), arrivals: [] };
}

function letGo({ arrivals }: Meeting): void {
  // Who gave up while the action ran is in the list no more.
  for (const [place, waiter] of arrivals.entries()) if (waiter.list !== undefined) waiter.grant(place);
}
