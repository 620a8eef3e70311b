/** One call of a function in a worker, from `run` to its end. */

import { Waiter } from '../../base/waiter.js';
import type { Cancel } from '../../ports/timer.js';
import type { PoolThread } from './pool-thread.js';

export class Task extends Waiter<unknown> {
  readonly name: string;
  readonly input: unknown;
  readonly transfer: readonly Transferable[] | undefined;
  readonly priority: number;
  /** How often it may begin, when the threads it runs in are lost. */
  readonly attempts: number;
  readonly queuedMs: number;
  /** A new one each time it is sent. */
  id = 0;
  /** How often it has begun and its thread was lost. */
  lost = 0;
  /** Where it was sent, and in which slot it is there. */
  thread: PoolThread | undefined = undefined;
  slot = -1;
  /** Its input is too large for a slot, or is transferred. */
  byMessage: boolean;
  /** It found a thread with nothing to do. */
  direct = false;
  /** Something of its input is moved to the worker: it can be sent once. */
  readonly moves: boolean;
  /** Nobody waits any more. */
  over = false;
  cancelKill: Cancel | undefined = undefined;

  constructor(
    name: string,
    input: unknown,
    transfer: readonly Transferable[] | undefined,
    priority: number,
    attempts: number,
    queuedMs: number,
  ) {
    super();
    this.name = name;
    this.input = input;
    this.transfer = transfer;
    this.priority = priority;
    this.attempts = attempts;
    this.queuedMs = queuedMs;
    this.moves = transfer !== undefined && transfer.length > 0;
    this.byMessage = this.moves;
  }
}
