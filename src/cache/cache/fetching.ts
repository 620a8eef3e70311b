/**
 * How a missing or stale value is fetched: one flight for each key, whoever asks; the outcome is stored, or not, as the
 * options say that hold when it arrives.
 *
 * A flight ends its caller's wait when it is aborted: with the reason, or the stale value (`allowStaleOnFetchAbort`),
 * or not at all (`ignoreFetchAbort`). What the fetch method brings after that is stored only with one of the two.
 */

import { Flight } from './flight.js';
import type { Stored } from './slot-table.js';
import type { Fetcher, FetcherFetchOptions, FetchOptions, SetOptions } from './types.js';

/** What fetching does to the cache. */
export interface FetchHost<K, V, FC> {
  readonly fetchMethod: Fetcher<K, V, FC>;
  slotOf(key: K): number | undefined;
  storedAt(slot: number): Stored<V>;
  /** Puts a value in the place of another, as if nothing had happened. */
  replaceAt(slot: number, stored: V | Flight<V>): void;
  write(key: K, value: Stored<V>, options: SetOptions<K, V>, from?: Flight<V>): void;
  /** Ends the entry because of its fetch. */
  end(key: K): void;
}

/** Options of a fetch with every default filled in. The fetch method may change them. */
export interface FlightOptions<K, V> extends FetcherFetchOptions<K, V> {
  signal?: AbortSignal | undefined;
}

/** Begins a fetch for a key whose entry, if it has one, is no flight. */
export function takeOff<K, V, FC>(
  host: FetchHost<K, V, FC>,
  key: K,
  options: FlightOptions<K, V>,
  context: FetchOptions<K, V, FC>['context'],
): Flight<V> {
  const slot = host.slotOf(key);
  const stale = slot === undefined ? undefined : (host.storedAt(slot) as V);
  const flight = new Flight<V>(stale);
  const landing = new Landing(host, key, flight, options);
  if (options.status !== undefined) options.status.fetchDispatched = true;
  flight.promise = landing.run(context as FC);
  if (slot === undefined) {
    // The status tells of the fetch, not of this.
    host.write(key, flight, { ...options, status: undefined });
    landing.slot = host.slotOf(key);
  } else {
    // It was not used yet: its place in the order, size and times stay.
    host.replaceAt(slot, flight);
    landing.slot = slot;
  }
  follow(options.signal, flight);
  return flight;
}

/** The caller's signal aborts the flight, until it has ended. */
function follow<V>(signal: AbortSignal | undefined, flight: Flight<V>): void {
  if (signal === undefined) return;
  const { controller } = flight;
  const abort = () => controller.abort(signal.reason);
  if (signal.aborted) {
    abort();
    return;
  }
  const letGo = () => signal.removeEventListener('abort', abort);
  signal.addEventListener('abort', abort);
  controller.signal.addEventListener('abort', letGo);
  flight.promise.then(letGo, letGo);
}

class Landing<K, V, FC> {
  /** Where the flight stands; undefined when the cache had no room for it. */
  slot: number | undefined;
  readonly #host: FetchHost<K, V, FC>;
  readonly #key: K;
  readonly #flight: Flight<V>;
  readonly #options: FlightOptions<K, V>;

  constructor(host: FetchHost<K, V, FC>, key: K, flight: Flight<V>, options: FlightOptions<K, V>) {
    this.#host = host;
    this.#key = key;
    this.#flight = flight;
    this.#options = options;
  }

  run(context: FC): Promise<V | undefined> {
    const { signal } = this.#flight.controller;
    const options = this.#options;
    const outcome = new Promise<V | undefined>((resolve, reject) => {
      let arrive: (value: V | undefined) => void = resolve;
      let fail: (error: unknown) => void = reject;
      const fetched = this.#host.fetchMethod(this.#key, this.#flight.stale, { signal, options, context });
      signal.addEventListener('abort', () => {
        if (options.ignoreFetchAbort && !options.allowStaleOnFetchAbort) return;
        resolve(undefined);
        if (!options.allowStaleOnFetchAbort) return;
        // The wait is over, but the fetch may still bring something.
        arrive = (value) => void this.#arrived(value, true);
        fail = () => this.#restore();
      });
      if (fetched instanceof Promise) {
        fetched.then(
          (value) => arrive(value as V | undefined),
          (error: unknown) => fail(error),
        );
      } else arrive(fetched as V | undefined);
    });
    return outcome.then(
      (value) => this.#arrived(value, false),
      (error: unknown) => this.#rejected(error),
    );
  }

  #arrived(value: V | undefined, late: boolean): V | undefined {
    const { aborted, reason } = this.#flight.controller.signal as { aborted: boolean; reason: unknown };
    const { status, ignoreFetchAbort, allowStaleOnFetchAbort } = this.#options;
    const ignored = !!ignoreFetchAbort && value !== undefined;
    const cut = aborted && !late;
    if (status !== undefined) {
      if (!cut) status.fetchResolved = true;
      else {
        status.fetchAborted = true;
        status.fetchError = reason;
        if (ignored) status.fetchAbortIgnored = true;
      }
    }
    if (cut && !ignored) {
      return this.#failed(reason, !!ignoreFetchAbort || (!!allowStaleOnFetchAbort && value !== undefined));
    }
    const abandoned = late && ignored && this.#host.slotOf(this.#key) === undefined;
    if (abandoned || this.#isHere()) this.#store(value);
    return value;
  }

  #store(value: V | undefined): void {
    if (value === undefined) {
      this.#restore();
      return;
    }
    const { status } = this.#options;
    if (status !== undefined) status.fetchUpdated = true;
    this.#host.write(this.#key, value, this.#options, this.#flight);
  }

  /** The stale value takes its place again; without one the entry ends. */
  #restore(): void {
    if (!this.#isHere()) return;
    if (this.#flight.stale === undefined) this.#host.end(this.#key);
    else this.#host.replaceAt(this.slot as number, this.#flight.stale);
  }

  #rejected(error: unknown): V | undefined {
    const { status } = this.#options;
    if (status !== undefined) {
      status.fetchRejected = true;
      status.fetchError = error;
    }
    return this.#failed(error, false);
  }

  /** @param goesOn whether the fetch may bring something yet */
  #failed(error: unknown, goesOn: boolean): V | undefined {
    const { status, allowStaleOnFetchAbort, allowStaleOnFetchRejection, noDeleteOnFetchRejection } = this.#options;
    const { stale, awaited, controller } = this.#flight;
    const staleAfterAbort = controller.signal.aborted && !!allowStaleOnFetchAbort;
    const allowStale = staleAfterAbort || !!allowStaleOnFetchRejection;
    if (this.#isHere()) {
      const keep = allowStale || !!noDeleteOnFetchRejection;
      if (!keep || (stale === undefined && !(goesOn && staleAfterAbort))) this.#host.end(this.#key);
      else if (!staleAfterAbort) this.#restore();
    }
    if (allowStale) {
      if (status !== undefined && stale !== undefined) status.returnedStale = true;
      return stale;
    }
    if (awaited) throw error;
    return undefined;
  }

  #isHere(): boolean {
    return this.slot !== undefined && this.#host.storedAt(this.slot) === this.#flight;
  }
}
