/** What calls of a pool are given and give. */

import type { WaitOptions } from '../../base/waiter.js';
import type { CrashLoopError, ThreadLostError } from './errors.js';
import type { WhenFull } from './options.js';
import type { ThreadEnd } from './pool-thread.js';
import type { TimesStats } from './times.js';
import type { Transferred } from './transfer.js';
import type { TaskMap } from './worker/serve.js';

/** What a pool runs when nothing is known of its worker. */
export type AnyTasks = Readonly<Record<string, (input: unknown) => unknown>>;
export type TaskName<T extends TaskMap> = keyof T & string;
export type InputOf<T extends TaskMap, N extends TaskName<T>> = Parameters<T[N]>[0];
type Unwrapped<R> = R extends Transferred<infer V> ? V : R;
/** What comes back: what the function gives, awaited, without the mark of `transfer`. */
export type ResultOf<T extends TaskMap, N extends TaskName<T>> = Unwrapped<Awaited<ReturnType<T[N]>>>;
export type DefaultOf<T extends TaskMap> = 'default' extends TaskName<T> ? 'default' : never;

export interface RunOptions extends WaitOptions {
  /** Who waits with a higher one begins first; equal ones in order. Default 0. */
  priority?: number | undefined;
  /** What of the input is moved to the worker, and gone here. */
  transfer?: readonly Transferable[] | undefined;
  /** It may run again when its thread was lost; unless something was transferred. Default false. */
  idempotent?: boolean | undefined;
  /** How often it may then begin, from 1. Default 3. */
  maxAttempts?: number | undefined;
  /** Default the pool's. */
  whenFull?: WhenFull | undefined;
}

export interface CloseOptions {
  /** Stops waiting for tasks, and ends all threads: they reject with a `ClosedError`. Default `Infinity`. */
  timeoutMs?: number;
  /** The same, when it aborts. */
  signal?: AbortSignal;
}

export interface WorkerPoolEvents {
  threadStarted: { readonly threadId: number };
  /** Its script has run. */
  threadReady: { readonly threadId: number };
  threadEnded: { readonly threadId: number; readonly why: ThreadEnd; readonly cause: unknown };
  taskEnded: { readonly name: string; readonly ok: boolean; readonly waitMs: number; readonly ranMs: number };
  /** A task begins again, since its thread was lost. */
  taskRetried: { readonly name: string; readonly error: ThreadLostError };
  crashLoop: { readonly error: CrashLoopError };
  /** The queue refused a task. */
  full: { readonly name: string };
  /** Nothing waits and nothing runs. */
  idle: Record<string, never>;
}

export interface WorkerPoolStats {
  readonly threads: number;
  readonly starting: number;
  readonly idle: number;
  /** Tasks that wait for a thread. */
  readonly queued: number;
  /** Tasks that wait for a place in the queue. */
  readonly waiting: number;
  /** Tasks in threads: begun, or next. */
  readonly running: number;
  readonly completed: number;
  readonly failed: number;
  /** Ended by signal or timeout. */
  readonly givenUp: number;
  readonly refused: number;
  readonly retried: number;
  readonly threadsStarted: number;
  readonly threadsCrashed: number;
  /** Since tasks did not stop, or they were unwell. */
  readonly threadsKilled: number;
  readonly threadsRecycled: number;
  /** Tasks taken back from a busy thread for one with nothing to do. */
  readonly stolen: number;
  /** From `run` until it began; `undefined` without histograms. */
  readonly waitMs: TimesStats | undefined;
  readonly runMs: TimesStats | undefined;
}
