/**
 * A load shedder: lets so many calls out at once, lets the others wait, and turns some away when waiting takes too long, the
 * least important first.
 *
 * A queue that is bounded by length alone is, under overload, always full, and everybody in it waits the longest. Here CoDel
 * watches the wait itself: what cannot be served soon is refused soon, and what is served was asked a moment ago.
 */

import { AshlarError } from '../../../bindings/errors.js';
import { Events, type Listener } from '../../base/events.js';
import { PriorityList } from '../../base/priority-list.js';
import { Waiter } from '../../base/waiter.js';
import { type Clock, systemClock } from '../../ports/clock.js';
import { systemTimer, type Timer } from '../../ports/timer.js';
import type { Call } from '../policy/call.js';
import { checkDelay, checkDelayOrNever, checkInteger, checkNumber } from '../policy/check.js';
import { type Next, Policy } from '../policy/policy.js';
import { CoDel } from './codel.js';

/** Why a call was shed: its wait was too long for too long, the queue was full, or its own time was over. */
export type ShedReason = 'delay' | 'queue-full' | 'max-wait';

export class LoadShedError extends AshlarError {
  readonly reason: ShedReason;
  readonly priority: number;
  readonly waitedMs: number;

  constructor(reason: ShedReason, priority: number, waitedMs: number) {
    super('LOAD_SHED', `The call of priority ${priority} was shed after ${waitedMs} ms: ${MEANING[reason]}`);
    this.reason = reason;
    this.priority = priority;
    this.waitedMs = waitedMs;
  }
}

const MEANING: Record<ShedReason, string> = {
  delay: 'calls wait too long',
  'queue-full': 'the queue is full',
  'max-wait': 'it waited as long as it may',
};

export interface LoadShedderOptions {
  /** Calls that may be out at once, an integer from 1. */
  limit: number;
  /** Calls that may wait, an integer from 0. Default 1000. */
  maxQueue?: number;
  /** The wait that is fine for good, in milliseconds. Default 5. */
  targetMs?: number;
  /** How long a wait may be above it, in milliseconds; about the slowest call that is usual. Default 100. */
  intervalMs?: number;
  /** No call waits longer, whatever the queue does. Default `Infinity`. */
  maxWaitMs?: number;
  clock?: Clock;
  timer?: Timer;
}

export interface LoadShedderEvents {
  shed: LoadShedError;
}

export interface LoadShedderStats {
  readonly active: number;
  readonly waiting: number;
  readonly shed: number;
  /** Whether calls are being turned away because the wait is too long. */
  readonly shedding: boolean;
}

/** One who waits for room. */
class Waiting extends Waiter<void> {
  readonly priority: number;
  readonly sinceMs: number;

  constructor(priority: number, sinceMs: number) {
    super();
    this.priority = priority;
    this.sinceMs = sinceMs;
  }
}

/** A policy that turns calls away when they would wait too long. @throws TypeError, RangeError when an option cannot be */
export function loadShedder(options: LoadShedderOptions): LoadShedder {
  return new LoadShedder(options);
}

export class LoadShedder extends Policy {
  readonly #limit: number;
  readonly #maxQueue: number;
  readonly #maxWaitMs: number;
  readonly #clock: Clock;
  readonly #timer: Timer;
  readonly #codel: CoDel;
  readonly #queue = new PriorityList<Waiting>();
  readonly #events = new Events<LoadShedderEvents>();
  #active = 0;
  #shed = 0;

  constructor(options: LoadShedderOptions) {
    super();
    const { limit, maxQueue = 1000, targetMs = 5, intervalMs = 100, maxWaitMs = Number.POSITIVE_INFINITY } = options;
    checkInteger('limit', limit, 1);
    checkInteger('maxQueue', maxQueue, 0);
    checkDelay('intervalMs', intervalMs, 1);
    checkNumber('targetMs', targetMs, 0, intervalMs);
    checkDelayOrNever('maxWaitMs', maxWaitMs);
    this.#limit = limit;
    this.#maxQueue = maxQueue;
    this.#maxWaitMs = maxWaitMs;
    this.#clock = options.clock ?? systemClock;
    this.#timer = options.timer ?? systemTimer;
    this.#codel = new CoDel(targetMs, intervalMs);
  }

  /** Adds a listener to an event; what comes back removes it. */
  on<K extends keyof LoadShedderEvents>(event: K, listener: Listener<LoadShedderEvents[K]>): () => void {
    return this.#events.on(event, listener);
  }

  stats(): LoadShedderStats {
    return {
      active: this.#active,
      waiting: this.#queue.size,
      shed: this.#shed,
      shedding: this.#codel.dropping,
    };
  }

  async run<R>(next: Next<R>, call: Call): Promise<R> {
    if (this.#active < this.#limit) this.#active++;
    else await this.#wait(call);
    try {
      return await next(call);
    } finally {
      this.#handOn();
    }
  }

  #wait(call: Call): Promise<void> {
    const { priority } = call;
    const nowMs = this.#clock.monotonic();
    if (this.#queue.size >= this.#maxQueue && !this.#displace(priority, nowMs)) {
      return Promise.reject(this.#turnAway('queue-full', priority, 0));
    }
    const waiting = new Waiting(priority, nowMs);
    this.#queue.push(waiting, priority);
    const signal = call.abortable ? call.signal : undefined;
    waiting.heed({ signal }, this.#timer, 'A call');
    if (this.#maxWaitMs === Number.POSITIVE_INFINITY) return waiting.promise;
    const cancel = this.#timer.after(this.#maxWaitMs, () => this.#drop(waiting, 'max-wait', this.#clock.monotonic()));
    return waiting.promise.finally(cancel);
  }

  /** The room of a call that ended goes to who is next, after those who are turned away now. */
  #handOn(): void {
    const queue = this.#queue;
    if (queue.size > 0) {
      const nowMs = this.#clock.monotonic();
      // The longest wait is that of the least important: if it is too long, they go first.
      for (let worst = queue.lowest; worst !== undefined; worst = queue.lowest) {
        if (!this.#codel.drops(nowMs, nowMs - worst.sinceMs, queue.size > 1)) break;
        this.#drop(worst, 'delay', nowMs);
      }
      queue.first?.grant();
      return;
    }
    this.#codel.empty();
    this.#active--;
  }

  /** Makes a place in a full queue: who is less important than the newcomer goes, the latest of them. */
  #displace(priority: number, nowMs: number): boolean {
    const last = this.#queue.last;
    if (last === undefined || last.priority >= priority) return false;
    this.#drop(last, 'queue-full', nowMs);
    return true;
  }

  #drop(waiting: Waiting, reason: ShedReason, nowMs: number): void {
    waiting.fail(this.#turnAway(reason, waiting.priority, nowMs - waiting.sinceMs));
  }

  #turnAway(reason: ShedReason, priority: number, waitedMs: number): LoadShedError {
    const error = new LoadShedError(reason, priority, waitedMs);
    this.#shed++;
    if (this.#events.active) this.#events.emit('shed', error);
    return error;
  }
}
