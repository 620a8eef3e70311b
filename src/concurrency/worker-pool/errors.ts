/** What a pool fails with. An aborted task has no error here: it rejects with `signal.reason` itself. */

import { AshlarError } from '../../../bindings/errors.js';

/** The thread in which a task ran has ended, and the task with it. `cause` is what the thread threw, if anything. */
export class ThreadLostError extends AshlarError {
  readonly threadId: number;
  /** Of `process.exit`, where the platform tells. */
  readonly exitCode: number | undefined;

  constructor(threadId: number, exitCode: number | undefined, why: string, cause?: unknown) {
    super('THREAD_LOST', `Thread ${threadId} ${why}`, cause === undefined ? undefined : { cause });
    this.threadId = threadId;
    this.exitCode = exitCode;
  }
}

/** Threads end as soon as they begin, or with every task: none is started until `retryAfterMs` have passed. */
export class CrashLoopError extends AshlarError {
  readonly crashes: number;
  readonly retryAfterMs: number;

  constructor(crashes: number, retryAfterMs: number, cause: unknown) {
    super(
      'CRASH_LOOP',
      `${crashes} threads of the pool were lost in a row; the next one starts in ${retryAfterMs} ms`,
      {
        cause,
      },
    );
    this.crashes = crashes;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The worker serves no function of that name. */
export class UnknownTaskError extends AshlarError {
  readonly task: string;
  readonly known: readonly string[];

  constructor(task: string, known: readonly string[]) {
    super(
      'UNKNOWN_TASK',
      `The worker serves no task "${task}", only ${known.map((it) => `"${it}"`).join(', ') || 'none'}`,
    );
    this.task = task;
    this.known = known;
  }
}
