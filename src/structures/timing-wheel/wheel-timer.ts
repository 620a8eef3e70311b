/** `WheelTimer`: the Timer port over a timing wheel: any number of timeouts, one timer of the platform. */

import type { Arena } from '../../../bindings/arena.js';
import { disposeSymbol } from '../../../bindings/dispose.js';
import { type Clock, systemClock } from '../../ports/clock.js';
import { type Cancel, systemTimer, type Timer } from '../../ports/timer.js';
import { type TimerHandle, TimingWheel } from './timing-wheel.js';

export interface WheelTimerOptions {
  /** Default the platform's; its monotonic time counts. */
  clock?: Clock;
  /** What wakes this timer. Default the platform's. */
  timer?: Timer;
  /** Where the deadlines live. Default `Arena.default`. */
  arena?: Arena;
}

interface Task {
  readonly callback: () => void;
  /** Undefined of a task that is called once. */
  readonly periodMs: number | undefined;
  handle: TimerHandle;
}

/** The longest that platforms wait; a longer `setTimeout` calls at once. */
const MAX_SLEEP_MS = 2 ** 31 - 1;

/**
 * A program with very many timeouts that seldom come, such as one for each connection, sets and ends each in constant
 * time and holds no platform timer for it. Callbacks live in a JavaScript array, deadlines in the arena. Resolution: one
 * millisecond, never early.
 */
export class WheelTimer implements Timer {
  readonly #clock: Clock;
  readonly #timer: Timer;
  readonly #wheel: TimingWheel;
  readonly #tasks: (Task | undefined)[] = [];
  /** Indices of `#tasks` that are free. */
  readonly #free: number[] = [];
  /** Tasks that are called once: only they keep a process alive. */
  #once = 0;
  #stop: Cancel | undefined;
  #armedAt = 0;
  #armedOnce = false;
  #waking = false;
  #closed = false;

  constructor({ clock = systemClock, timer = systemTimer, arena }: WheelTimerOptions = {}) {
    this.#clock = clock;
    this.#timer = timer;
    this.#wheel = new TimingWheel({ now: clock.monotonic(), ...(arena === undefined ? {} : { arena }) });
  }

  /** Timeouts and intervals that are set. */
  get size(): number {
    return this.#wheel.size;
  }

  /**
   * Calls back once, after at least `delayMs`. O(1).
   *
   * @throws RangeError when the delay is no finite number from 0 on
   * @throws DisposedError
   */
  after(delayMs: number, callback: () => void): Cancel {
    checkDelay(delayMs, 'delayMs', 0);
    return this.#set(delayMs, callback, undefined);
  }

  /** Calls back about every `periodMs`, at least 1, which does not keep a process alive. O(1) for each call. */
  every(periodMs: number, callback: () => void): Cancel {
    checkDelay(periodMs, 'periodMs', 1);
    return this.#set(periodMs, callback, periodMs);
  }

  /** Ends every timer, none of which is called any more. Idempotent. */
  dispose(): void {
    this.#closed = true;
    this.#stop?.();
    this.#stop = undefined;
    this.#tasks.length = 0;
    this.#wheel.dispose();
  }

  [disposeSymbol](): void {
    this.dispose();
  }

  #set(delayMs: number, callback: () => void, periodMs: number | undefined): Cancel {
    if (typeof callback !== 'function') throw new TypeError(`callback must be a function, got ${typeof callback}`);
    const free = this.#free.pop();
    const id = free ?? this.#tasks.length;
    let task: Task;
    try {
      task = { callback, periodMs, handle: this.#wheel.schedule(id, this.#clock.monotonic() + delayMs) };
    } catch (error) {
      if (free !== undefined) this.#free.push(free);
      throw error;
    }
    this.#tasks[id] = task;
    if (periodMs === undefined) this.#once++;
    this.#arm();
    return () => this.#cancel(id, task);
  }

  #cancel(id: number, task: Task): void {
    if (this.#tasks[id] !== task) return;
    this.#tasks[id] = undefined;
    if (task.periodMs === undefined) this.#once--;
    // One that is due already, and whose turn is to come, has no timer: its index is freed when the turn comes.
    if (this.#wheel.cancel(task.handle)) this.#free.push(id);
    this.#arm();
  }

  #wake(): void {
    this.#stop?.();
    this.#stop = undefined;
    this.#waking = true;
    const now = this.#clock.monotonic();
    for (const id of this.#wheel.advance(now)) {
      if (this.#closed) return;
      this.#run(id, now);
    }
    this.#waking = false;
    this.#arm();
  }

  #run(id: number, now: number): void {
    const task = this.#tasks[id];
    if (task?.periodMs !== undefined) {
      task.handle = this.#wheel.schedule(id, now + task.periodMs);
    } else {
      if (task !== undefined) this.#once--;
      this.#tasks[id] = undefined;
      this.#free.push(id);
    }
    try {
      task?.callback();
    } catch (error) {
      // As with the platform's timers, one that throws keeps none of the others from its turn.
      this.#timer.after(0, () => {
        throw error;
      });
    }
  }

  /** Sleeps until the first deadline, or until a moment on the way. */
  #arm(): void {
    if (this.#waking || this.#closed) return;
    const wakeAt = this.#wheel.wakeAt();
    const once = this.#once > 0;
    // One that wakes too early does no harm: it is left, and the next is found then.
    const asleep = this.#stop !== undefined && this.#armedOnce === once;
    if (asleep && wakeAt !== undefined && this.#armedAt <= wakeAt) return;
    this.#stop?.();
    this.#stop = undefined;
    if (wakeAt === undefined) return;
    const sleepMs = Math.min(MAX_SLEEP_MS, Math.max(0, wakeAt - this.#clock.monotonic()));
    const wake = (): void => this.#wake();
    this.#stop = once ? this.#timer.after(sleepMs, wake) : this.#timer.every(Math.max(1, sleepMs), wake);
    this.#armedAt = wakeAt;
    this.#armedOnce = once;
  }
}

function checkDelay(delayMs: number, what: string, least: number): void {
  if (typeof delayMs !== 'number') throw new TypeError(`${what} must be a number, got ${typeof delayMs}`);
  if (!(delayMs >= least && Number.isFinite(delayMs))) {
    throw new RangeError(`${what} must be a finite number from ${least} on, got ${delayMs}`);
  }
}
