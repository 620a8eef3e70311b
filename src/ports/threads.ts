/** Threads: what a room starts workers with, and what it finds itself in as one, so that each platform can have its own. */

/** Limits of a thread's heap, in MiB, as `node:worker_threads` takes them; elsewhere they are ignored. */
export interface ThreadLimits {
  maxOldGenerationSizeMb?: number;
  maxYoungGenerationSizeMb?: number;
  codeRangeSizeMb?: number;
  stackSizeMb?: number;
}

export interface ThreadOptions {
  /** For debuggers. */
  name?: string;
  resourceLimits?: ThreadLimits | undefined;
  /** Passed as they are to `new Worker` of `node:worker_threads`: `env`, `argv`, `execArgv`, `stdout`, `stderr` … */
  node?: Record<string, unknown> | undefined;
}

/** What a thread's owner is told. */
export interface ThreadEvents {
  message(data: unknown): void;
  /** Once, when the thread has ended: with what it threw, and its exit code where there is one. */
  exit(cause: unknown, exitCode: number | undefined): void;
}

/** A thread, from without. */
export interface Thread {
  readonly id: number;
  /** @throws DataCloneError */
  post(message: unknown, transfer?: readonly Transferable[]): void;
  /** Ends it, whatever it is doing. */
  terminate(): void;
  /** Whether it keeps the process alive. */
  ref(): void;
  unref(): void;
}

export interface Threads {
  /** As many threads as there are processors to run them. */
  readonly parallelism: number;
  /** Whether memory can be shared with them. */
  readonly sharesMemory: boolean;
  spawn(script: string | URL, options: ThreadOptions, events: ThreadEvents): Thread;
  /** Calls back in the next turn of the event loop, without waiting for anything; where the platform has such turns. */
  readonly soon: ((callback: () => void) => void) | undefined;
}

/** A thread, from within. */
export interface Inside {
  post(message: unknown, transfer?: readonly Transferable[]): void;
  /** Begins to take messages. */
  listen(listener: (data: unknown) => void): void;
  /** The next message that has come, taken without a turn of the event loop; where the platform can. */
  readonly receive: (() => { readonly message: unknown } | undefined) | undefined;
  /** Calls back in another turn of the event loop. */
  soon(callback: () => void): void;
  /** What the heap of this thread holds; where the platform tells. */
  readonly heapBytes: (() => number) | undefined;
}
