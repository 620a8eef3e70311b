/**
 * Calls of one thread that wait for others without holding the thread up: when the bell rings they try again, each in its
 * turn or all of them. One watch serves all, so that however many wait and give up, the platform keeps one wait.
 */

import { type Bell, SLICE_MS } from '../../bindings/bell.js';
import { LinkedList } from './linked-list.js';
import { QueueFullError } from './wait-errors.js';
import { checkWait, type Delay, Waiter, type WaitOptions } from './waiter.js';

/** What an attempt gives while what it is for is not there. */
export const NOT_YET = Symbol('not yet');
/** The same while another thread is at it: nobody will ring. */
export const BUSY = Symbol('busy');

export type Attempt<V> = () => V | typeof NOT_YET | typeof BUSY;

/** Where no bell is heard, or somebody was busy: how soon to look again. */
const POLL_MS = 1;

class Call extends Waiter<unknown> {
  readonly attempt: Attempt<unknown>;

  constructor(attempt: Attempt<unknown>) {
    super();
    this.attempt = attempt;
  }
}

export class Line {
  readonly #bell: Bell;
  readonly #timer: Delay;
  readonly #maxQueue: number;
  readonly #inTurn: boolean;
  readonly #calls = new LinkedList<Call>();
  /** Ends the watch there is. */
  #unwatch: (() => void) | undefined = undefined;

  /** @param inTurn whether calls try after those before them only; else each has a turn of its own elsewhere */
  constructor(bell: Bell, timer: Delay, maxQueue: number, inTurn = true) {
    this.#bell = bell;
    this.#timer = timer;
    this.#maxQueue = maxQueue;
    this.#inTurn = inTurn;
  }

  get waiting(): number {
    return this.#calls.size;
  }

  /**
   * What `attempt` gives, now or later.
   *
   * @param onGivenUp hears that the caller's options ended the wait
   * @returns a promise that rejects with `signal.reason`, `TimeoutError`, `QueueFullError`, or what `attempt` throws
   */
  wait<V>(attempt: Attempt<V>, options: WaitOptions, what: string, onGivenUp?: () => void): Promise<V> {
    checkWait(options);
    if (options.signal?.aborted) return Promise.reject(options.signal.reason);
    if (this.#calls.size === 0 || !this.#inTurn) {
      try {
        const value = attempt();
        if (value !== NOT_YET && value !== BUSY) return Promise.resolve(value);
      } catch (error) {
        return Promise.reject(error);
      }
    }
    if (this.#calls.size >= this.#maxQueue) {
      onGivenUp?.();
      return Promise.reject(new QueueFullError(what, this.#maxQueue));
    }
    const call = new Call(attempt);
    this.#calls.push(call);
    call.heed(options, this.#timer, what, () => {
      if (this.#calls.size === 0) this.#unwatch?.();
      onGivenUp?.();
    });
    if (this.#unwatch === undefined) this.#watch();
    return call.promise as Promise<V>;
  }

  /** Ends every wait in vain. */
  fail(reason: unknown): void {
    for (let call = this.#calls.first; call !== undefined; call = this.#calls.first) call.fail(reason);
    this.#unwatch?.();
  }

  /** Listens, lets those try whose turn it is, and watches for those who are left. */
  #watch(): void {
    const listened = this.#bell.listen();
    const busy = this.#serve();
    if (this.#calls.size === 0) return;
    const heard = busy ? undefined : this.#bell.heard(listened);
    let watching = true;
    // The timer also keeps the process alive, which a wait for another thread does not on every platform.
    const cancel = this.#timer.after(heard === undefined || heard === true ? POLL_MS : SLICE_MS, () => again());
    const end = (): void => {
      watching = false;
      cancel();
      this.#unwatch = undefined;
    };
    const again = (): void => {
      if (!watching) return;
      end();
      this.#watch();
    };
    this.#unwatch = end;
    if (heard === true) void Promise.resolve().then(again);
    else void heard?.then(again);
  }

  /** Whether a call could not even try because another thread was busy. */
  #serve(): boolean {
    let busy = false;
    for (let call = this.#calls.first, next: typeof call; call !== undefined; call = next) {
      // It leaves the list once it has what it waits for.
      next = call.next as typeof call;
      try {
        const value = call.attempt();
        if (value !== NOT_YET && value !== BUSY) {
          call.grant(value);
          continue;
        }
        busy ||= value === BUSY;
        if (this.#inTurn) return busy;
      } catch (error) {
        call.fail(error);
      }
    }
    return busy;
  }
}
