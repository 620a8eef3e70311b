/** What a pool can be told, and what it is when nothing is said. */

import { MOST_DELAY_MS } from '../../base/waiter.js';
import { type Clock, systemClock } from '../../ports/clock.js';
import type { ThreadLimits, Threads } from '../../ports/threads.js';
import { systemTimer, type Timer } from '../../ports/timer.js';
import { SLOTS } from './lane.js';
import { platformThreads } from './platform.js';

/** What a task finds when the queue is full: a `QueueFullError`, or a place before the queue. */
export type WhenFull = 'reject' | 'wait';

export interface WorkerPoolOptions {
  /** Threads that are there from the beginning, and stay. Default 0. */
  minThreads?: number;
  /** Most threads, from 1. Default as many as there are processors. */
  maxThreads?: number;
  /** A thread beyond the least number ends when it had nothing to do for so long (up to half as long again). Default 30 000 ms. */
  idleTimeoutMs?: number;
  /** Tasks that a thread runs at a time, 1 to 64: for tasks that wait. Default 1. */
  concurrency?: number;
  /** Tasks that a thread may have ahead of it, 0 to 48, when they are short. Default 32. */
  maxAhead?: number;
  /** Tasks that wait for a thread, from 0. Default 10 000. */
  maxQueue?: number;
  /** What the next one finds. Default `'reject'`. */
  whenFull?: WhenFull;
  /** With `'wait'`: how many may wait before the queue. Default 10 000; the next one gets a `QueueFullError`. */
  maxWaiting?: number;
  /** Of each task, from `run` to its end, where it says nothing else. Default `Infinity`. */
  timeoutMs?: number;
  /** How long a task that was aborted may take to stop, and a thread to close, before the thread is killed. Default 1000 ms. */
  graceMs?: number;
  /** Of each thread's heap; Node only. */
  resourceLimits?: ThreadLimits;
  /** A thread is replaced when it has run so many tasks. Default `Infinity`. */
  maxTasksPerThread?: number;
  /** A thread is replaced when its heap holds more bytes after a task; where the platform tells. Default `Infinity`. */
  maxHeapBytes?: number;
  /** Threads lost in a row, with no task done in between, until tasks are rejected with a `CrashLoopError`. Default 5. */
  maxCrashes?: number;
  /** Until the second thread in a row is replaced; it doubles with each. Default 100 ms. */
  crashDelayMs?: number;
  /** Where it stops doubling. Default 10 000 ms. */
  maxCrashDelayMs?: number;
  /** Until the script must have called `serve`. Default 30 000 ms. */
  startTimeoutMs?: number;
  /** A thread with nothing to do is asked this often whether it is well, and killed when it has not answered until the next time. Default `Infinity`: never. */
  healthCheckMs?: number;
  /** What tasks find as `context.workerData`. */
  workerData?: unknown;
  /** Of the threads, for debuggers. Default `'worker'`. */
  name?: string;
  /** Passed as it is to `new Worker` in Node: `env`, `execArgv`, `stdout` … */
  node?: Record<string, unknown>;
  /** Whether small tasks go through shared memory. Default wherever memory can be shared. */
  sharedMemory?: boolean;
  /** Whether waiting and running times are recorded. Default true. */
  histograms?: boolean;
  clock?: Clock;
  timer?: Timer;
  /** Default the platform's. */
  threads?: Threads;
}

export type Settings = Readonly<{
  [K in Exclude<
    keyof WorkerPoolOptions,
    'sharedMemory' | 'resourceLimits' | 'node' | 'workerData' | 'maxHeapBytes'
  >]-?: Exclude<WorkerPoolOptions[K], undefined>;
}> & {
  readonly sharesMemory: boolean;
  readonly resourceLimits: ThreadLimits | undefined;
  readonly node: Record<string, unknown> | undefined;
  readonly workerData: unknown;
  readonly maxHeapBytes: number | undefined;
};

/** @throws TypeError, RangeError, and Error where there are no threads */
export function settingsOf(options: WorkerPoolOptions): Settings {
  const threads = options.threads ?? platformThreads();
  const { minThreads = 0, maxThreads = Math.max(minThreads, threads.parallelism), whenFull = 'reject' } = options;
  checkThreads(minThreads, maxThreads);
  checkWhenFull(whenFull);
  const whole = (
    name: keyof WorkerPoolOptions,
    usual: number,
    least: number,
    most = Number.POSITIVE_INFINITY,
  ): number => checkWhole(name, (options[name] as number | undefined) ?? usual, least, most);
  const time = (name: keyof WorkerPoolOptions, usual: number): number =>
    checkTime(name, (options[name] as number | undefined) ?? usual);
  const never = Number.POSITIVE_INFINITY;
  const maxHeapBytes = whole('maxHeapBytes', never, 1);
  return {
    minThreads,
    maxThreads,
    whenFull,
    threads,
    idleTimeoutMs: time('idleTimeoutMs', 30_000),
    concurrency: whole('concurrency', 1, 1, SLOTS),
    maxAhead: whole('maxAhead', 32, 0, 48),
    maxQueue: whole('maxQueue', 10_000, 0),
    maxWaiting: whole('maxWaiting', 10_000, 0),
    timeoutMs: time('timeoutMs', never),
    graceMs: time('graceMs', 1000),
    maxTasksPerThread: whole('maxTasksPerThread', never, 1),
    maxHeapBytes: maxHeapBytes === never ? undefined : maxHeapBytes,
    maxCrashes: whole('maxCrashes', 5, 1),
    crashDelayMs: time('crashDelayMs', 100),
    maxCrashDelayMs: time('maxCrashDelayMs', 10_000),
    startTimeoutMs: time('startTimeoutMs', 30_000),
    healthCheckMs: time('healthCheckMs', never),
    resourceLimits: options.resourceLimits,
    node: options.node,
    workerData: options.workerData,
    name: options.name ?? 'worker',
    sharesMemory: options.sharedMemory ?? threads.sharesMemory,
    histograms: options.histograms ?? true,
    clock: options.clock ?? systemClock,
    timer: options.timer ?? systemTimer,
  };
}

/** @throws TypeError, RangeError */
export function checkThreads(minThreads: number, maxThreads: number): void {
  checkWhole('maxThreads', maxThreads, 1);
  checkWhole('minThreads', minThreads, 0);
  if (maxThreads === Number.POSITIVE_INFINITY) throw new RangeError('maxThreads must be finite, got Infinity');
  if (minThreads > maxThreads) {
    throw new RangeError(`minThreads must be at most maxThreads, ${maxThreads}, got ${minThreads}`);
  }
}

export function checkWhenFull(whenFull: unknown): void {
  if (whenFull === 'reject' || whenFull === 'wait') return;
  throw new RangeError(`whenFull must be 'reject' or 'wait', got ${String(whenFull)}`);
}

export function checkWhole(name: string, value: number, least: number, most = Number.POSITIVE_INFINITY): number {
  if (typeof value !== 'number') throw new TypeError(`${name} must be a number, got ${typeof value}`);
  const whole = Number.isSafeInteger(value) || value === Number.POSITIVE_INFINITY;
  if (whole && value >= least && value <= most) return value;
  throw new RangeError(
    `${name} must be an integer from ${least}${most === Number.POSITIVE_INFINITY ? '' : ` to ${most}`}, got ${value}`,
  );
}

function checkTime(name: string, value: number): number {
  if (typeof value !== 'number') throw new TypeError(`${name} must be a number, got ${typeof value}`);
  if ((value >= 0 && value <= MOST_DELAY_MS) || value === Number.POSITIVE_INFINITY) return value;
  throw new RangeError(`${name} must be from 0 to ${MOST_DELAY_MS}, or Infinity, got ${value}`);
}
