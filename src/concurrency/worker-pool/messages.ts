/** What a pool and its threads say to each other in messages; what is small goes through the lane. */

import type { Thrown } from './remote-error.js';

/** From the pool. */
export type ToWorker =
  | {
      readonly is: 'setup';
      /** The memory of the lane, where it can be shared. */
      readonly lane: SharedArrayBuffer | undefined;
      readonly concurrency: number;
      readonly workerData: unknown;
      /** What the heap may hold; more is told. */
      readonly maxHeapBytes: number | undefined;
    }
  /** Look at the lane. */
  | { readonly is: 'wake' }
  /** A task, or the value of one in the lane. */
  | { readonly is: 'task'; readonly id: number; readonly name: number; readonly value: unknown }
  /** The value of a task that was taken back is not wanted. */
  | { readonly is: 'forget'; readonly id: number }
  | { readonly is: 'stop'; readonly id: number; readonly reason: Thrown }
  | { readonly is: 'ping' }
  | { readonly is: 'close' };

/** From a thread. */
export type ToHost =
  /** The script has run, and serves these. */
  | { readonly is: 'hello'; readonly names: readonly string[]; readonly closes: boolean }
  /** There are results in the lane. */
  | { readonly is: 'bell' }
  | { readonly is: 'result'; readonly id: number; readonly ranMs: number; readonly value: unknown }
  | { readonly is: 'failure'; readonly id: number; readonly ranMs: number; readonly thrown: Thrown }
  /** The heap holds more than it may. */
  | { readonly is: 'heap'; readonly bytes: number }
  | { readonly is: 'pong' }
  | { readonly is: 'closed' };
