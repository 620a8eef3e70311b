/** `ashlar/concurrency/worker-pool`: functions that run in other threads. What their script imports is in `…/worker`. */
export type { Listener } from '../../base/events.js';
export { ClosedError, QueueFullError, TimeoutError } from '../../base/wait-errors.js';
export type { WaitOptions } from '../../base/waiter.js';
export type { Inside, Thread, ThreadEvents, ThreadLimits, ThreadOptions, Threads } from '../../ports/threads.js';
export { CrashLoopError, ThreadLostError, UnknownTaskError } from './errors.js';
export type { WhenFull, WorkerPoolOptions } from './options.js';
export type { ThreadEnd } from './pool-thread.js';
export type { TimesStats } from './times.js';
export { type Transferred, transfer } from './transfer.js';
export type {
  AnyTasks,
  CloseOptions,
  InputOf,
  ResultOf,
  RunOptions,
  TaskName,
  WorkerPoolEvents,
  WorkerPoolStats,
} from './types.js';
export type { TaskContext } from './worker/context.js';
export type { TaskMap } from './worker/serve.js';
export { WorkerPool } from './worker-pool.js';
