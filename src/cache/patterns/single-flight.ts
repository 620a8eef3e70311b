/** `SingleFlight`: however many ask for the same at once, it is done once. */

import { SharedCall } from '../../base/shared-call.js';
import { checkWait } from '../../base/waiter.js';

/** How a flight is joined. */
export interface FlightOptions {
  /** Ends the wait of this caller with exactly `signal.reason`; when all have gone, the work is aborted. */
  readonly signal?: AbortSignal | undefined;
}

const NONE: FlightOptions = Object.freeze({});

/**
 * Work under way by key. A second call with the key joins the first and is given the same outcome, value or error; when it
 * is there, the next call begins anew. O(1) a call. As many flights are in the air as there are different keys that
 * callers wait for.
 */
export class SingleFlight<K, R> {
  readonly #flights = new Map<K, SharedCall<R>>();
  #flown = 0;
  #joined = 0;

  /** How many flights are under way. */
  get size(): number {
    return this.#flights.size;
  }

  /** Flights that were begun, and calls that joined one. */
  get stats(): { readonly flown: number; readonly joined: number } {
    return { flown: this.#flown, joined: this.#joined };
  }

  has(key: K): boolean {
    return this.#flights.has(key);
  }

  /**
   * The outcome of the work under way for the key, or of `work`, which is begun at once where there is none.
   *
   * @param work is given a signal that is aborted when every caller has gone; a caller without signal never goes
   * @throws TypeError when `work` is no function or the signal is none
   */
  run(key: K, work: (signal: AbortSignal) => Promise<R> | R, options: FlightOptions = NONE): Promise<R> {
    if (typeof work !== 'function') throw new TypeError(`work must be a function, got ${typeof work}`);
    if (options !== NONE) checkWait(options);
    const { signal } = options;
    if (signal?.aborted) return Promise.reject(signal.reason);
    const underWay = this.#flights.get(key);
    if (underWay !== undefined) {
      this.#joined++;
      return underWay.join(signal);
    }
    const flight: SharedCall<R> = new SharedCall(() => this.#land(key, flight));
    this.#flown++;
    this.#flights.set(key, flight);
    flight.begin(this.#outcome(key, flight, work));
    return flight.join(signal);
  }

  /** Lets the next call begin anew; those who wait get what they came for. @returns whether there was a flight */
  forget(key: K): boolean {
    return this.#flights.delete(key);
  }

  async #outcome(key: K, flight: SharedCall<R>, work: (signal: AbortSignal) => Promise<R> | R): Promise<R> {
    try {
      return await work(flight.signal);
    } finally {
      this.#land(key, flight);
    }
  }

  #land(key: K, flight: SharedCall<R>): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
  }
}
