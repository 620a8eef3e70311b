/**
 * Who waits for units: a line for each key, whose first asks again when it was told to. Bounded, in order, and ended by
 * signal or timeout. One timer for each line, only while somebody waits.
 */

import { LinkedList } from '../../base/linked-list.js';
import { isPromiseLike } from '../../base/promise-like.js';
import { ClosedError, QueueFullError } from '../../base/wait-errors.js';
import { checkWait, MOST_DELAY_MS, Waiter, type WaitOptions } from '../../base/waiter.js';
import type { Cancel, Timer } from '../../ports/timer.js';
import type { RateLimitResult } from './contract.js';

/** Most who wait, where nothing else is said. */
export const DEFAULT_MAX_QUEUE = 10_000;

/** Asks for the units. */
export type Attempt = () => RateLimitResult | Promise<RateLimitResult>;

class LineWaiter extends Waiter<RateLimitResult> {
  constructor(
    readonly cost: number,
    readonly attempt: Attempt,
  ) {
    super();
  }
}

class Line extends LinkedList<LineWaiter> {
  /** Units that all in it wait for. */
  cost = 0;
  cancelTimer: Cancel | undefined = undefined;
  /** The first has asked, and has no answer yet. */
  asking = false;
  /** Who was told to ask later. */
  told: LineWaiter | undefined = undefined;

  constructor(readonly id: string) {
    super();
  }
}

export interface WaitingLinesOptions {
  readonly timer: Timer;
  /** Who may wait in all lines together. */
  readonly maxQueue: number;
  /** Units that may be waited for in one line. */
  readonly maxLine: number;
  /** Gives back what was let through when nobody waited for it any more. */
  readonly giveBack: (id: string, cost: number) => void;
}

export class WaitingLines {
  readonly #options: WaitingLinesOptions;
  readonly #lines = new Map<string, Line>();
  #waiting = 0;

  constructor(options: WaitingLinesOptions) {
    this.#options = options;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting;
  }

  has(id: string): boolean {
    return this.#lines.has(id);
  }

  /** Waits in the line of `id` behind all who are there. The first of a line asks at once, unless `retryAfterMs` is told. */
  join(
    id: string,
    cost: number,
    options: WaitOptions,
    attempt: Attempt,
    retryAfterMs?: number,
  ): Promise<RateLimitResult> {
    const { timer, maxQueue, maxLine } = this.#options;
    const line = this.#lines.get(id);
    if (this.#waiting >= maxQueue) return Promise.reject(new QueueFullError('RateLimiter.acquire', maxQueue));
    if ((line?.cost ?? 0) + cost > maxLine) return Promise.reject(new QueueFullError('RateLimiter.acquire', maxLine));
    const waiter = new LineWaiter(cost, attempt);
    const mine = line ?? new Line(id);
    if (line === undefined) this.#lines.set(id, mine);
    mine.push(waiter);
    mine.cost += cost;
    this.#waiting++;
    waiter.heed(options, timer, 'RateLimiter.acquire', () => this.#gone(mine, waiter));
    if (line === undefined) {
      if (retryAfterMs === undefined) this.#serve(mine);
      else this.#later(mine, retryAfterMs);
    }
    return waiter.promise;
  }

  /** Something of a key changed: its first asks again. */
  wake(id: string): void {
    const line = this.#lines.get(id);
    if (line !== undefined && !line.asking) this.#serve(line);
  }

  /** Ends all waits. */
  close(what: string): void {
    for (const line of [...this.#lines.values()]) {
      line.cancelTimer?.();
      for (let waiter = line.first; waiter !== undefined; waiter = line.first) {
        this.#count(line, waiter);
        waiter.fail(new ClosedError(what));
      }
    }
    this.#lines.clear();
  }

  #serve(line: Line): void {
    line.cancelTimer?.();
    line.cancelTimer = undefined;
    for (let waiter = line.first; waiter !== undefined; waiter = line.first) {
      let outcome: ReturnType<Attempt>;
      try {
        outcome = waiter.attempt();
      } catch (error) {
        this.#fail(line, waiter, error);
        continue;
      }
      if (isPromiseLike(outcome)) {
        this.#await(line, waiter, outcome);
        return;
      }
      if (!outcome.allowed) {
        this.#later(line, outcome.retryAfterMs);
        return;
      }
      this.#grant(line, waiter, outcome);
    }
    if (this.#lines.get(line.id) === line) this.#lines.delete(line.id);
  }

  #await(line: Line, waiter: LineWaiter, outcome: Promise<RateLimitResult>): void {
    line.asking = true;
    outcome.then(
      (result) => {
        line.asking = false;
        const waits = waiter.list !== undefined;
        if (!waits && result.allowed) this.#options.giveBack(line.id, waiter.cost);
        if (!waits) this.#serve(line);
        else if (!result.allowed) this.#later(line, result.retryAfterMs);
        else {
          this.#grant(line, waiter, result);
          this.#serve(line);
        }
      },
      (error: unknown) => {
        line.asking = false;
        if (waiter.list !== undefined) this.#fail(line, waiter, error);
        this.#serve(line);
      },
    );
  }

  #later(line: Line, retryAfterMs: number): void {
    const delayMs = Math.min(Math.max(1, retryAfterMs), MOST_DELAY_MS);
    line.cancelTimer?.();
    line.told = line.first;
    line.cancelTimer = this.#options.timer.after(delayMs, () => this.#serve(line));
  }

  /** Who gave up may have been what the others waited behind. */
  #gone(line: Line, waiter: LineWaiter): void {
    this.#count(line, waiter);
    if (!line.asking && line.told === waiter) this.#serve(line);
  }

  #grant(line: Line, waiter: LineWaiter, result: RateLimitResult): void {
    this.#count(line, waiter);
    waiter.grant(result);
  }

  #fail(line: Line, waiter: LineWaiter, error: unknown): void {
    this.#count(line, waiter);
    waiter.fail(error);
  }

  #count(line: Line, waiter: LineWaiter): void {
    this.#waiting--;
    line.cost -= waiter.cost;
  }
}

/** Refuses a wait that cannot be. @throws TypeError, RangeError */
export function checkAcquire(cost: number, limit: number, options: WaitOptions): void {
  checkWait(options);
  if (cost > limit)
    throw new RangeError(`cost must be at most the limit, ${limit}, got ${cost}: it would wait for ever`);
}
