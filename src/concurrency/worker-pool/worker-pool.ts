/** `WorkerPool`: functions that run in other threads, as many of them as there are processors. */

import { Events, type Listener } from '../../base/events.js';
import { LinkedList } from '../../base/linked-list.js';
import { PriorityList } from '../../base/priority-list.js';
import { ClosedError, QueueFullError } from '../../base/wait-errors.js';
import { checkWait, failAll, Waiter, type WaitOptions } from '../../base/waiter.js';
import { Crew, type CrewOwner } from './crew.js';
import type { ThreadLostError } from './errors.js';
import {
  checkThreads,
  checkWhenFull,
  checkWhole,
  type Settings,
  settingsOf,
  type WhenFull,
  type WorkerPoolOptions,
} from './options.js';
import { Task } from './task.js';
import { Times } from './times.js';
import type {
  AnyTasks,
  CloseOptions,
  DefaultOf,
  InputOf,
  ResultOf,
  RunOptions,
  TaskName,
  WorkerPoolEvents,
  WorkerPoolStats,
} from './types.js';
import type { TaskMap } from './worker/serve.js';

const NO_OPTIONS: RunOptions = Object.freeze({});

export class WorkerPool<T extends TaskMap = AnyTasks> {
  readonly #settings: Settings;
  readonly #crew: Crew;
  readonly #queue = new PriorityList<Task>();
  /** Before the queue. */
  readonly #overflow = new LinkedList<Task>();
  readonly #room = new LinkedList<Waiter<void>>();
  readonly #idle = new LinkedList<Waiter<void>>();
  readonly #gone = new LinkedList<Waiter<void>>();
  readonly #events = new Events<WorkerPoolEvents>();
  readonly #times: { readonly wait: Times; readonly run: Times } | undefined;
  #closed: ClosedError | undefined = undefined;
  #closing: Promise<void> | undefined = undefined;
  /** Whether tasks were of other priorities than 0. */
  #varied = false;
  #completed = 0;
  #failed = 0;
  #givenUp = 0;
  #refused = 0;
  #retried = 0;

  /**
   * @param script of the worker, which calls `serve`: a URL, as of `new URL('./tasks.js', import.meta.url)`, or in Node a path
   * @throws TypeError, RangeError for options that no pool has; Error where there are no threads
   */
  constructor(script: string | URL, options: WorkerPoolOptions = {}) {
    if (typeof script !== 'string' && !(script instanceof URL)) {
      throw new TypeError(`The script must be a URL or a path, got ${typeof script}`);
    }
    this.#settings = settingsOf(options);
    this.#times = this.#settings.histograms ? { wait: new Times(), run: new Times() } : undefined;
    this.#crew = new Crew(this.#ownerOf(), this.#settings, script);
    this.#crew.grow();
  }

  // ── Tasks ───────────────────────────────────────────────────────────────────────────────────────

  /**
   * Runs a function of the worker, the one under `name`, or else `default`.
   *
   * @param input anything that can be cloned, or transferred
   * @throws TypeError, RangeError at once, for options that cannot be
   * @returns a promise that rejects with what the function threw, with `signal.reason`, or with a `TimeoutError`,
   * `QueueFullError`, `ThreadLostError`, `CrashLoopError`, `UnknownTaskError`, `ClosedError`, or a DataCloneError
   */
  run<N extends TaskName<T>>(input: InputOf<T, N>, options: RunOptions & { readonly name: N }): Promise<ResultOf<T, N>>;
  run(input: InputOf<T, DefaultOf<T>>, options?: RunOptions): Promise<ResultOf<T, DefaultOf<T>>>;
  run(input: unknown, options: RunOptions & { readonly name?: string } = NO_OPTIONS): Promise<unknown> {
    return this.#run(options.name ?? 'default', input, options);
  }

  /** One function of the worker, as a function here. */
  named<N extends TaskName<T>>(
    name: N,
    defaults?: RunOptions,
  ): (input: InputOf<T, N>, options?: RunOptions) => Promise<ResultOf<T, N>> {
    if (typeof name !== 'string') throw new TypeError(`name must be a string, got ${typeof name}`);
    return (input, options) =>
      this.#run(name, input, defaults === undefined ? (options ?? NO_OPTIONS) : { ...defaults, ...options }) as Promise<
        ResultOf<T, N>
      >;
  }

  #run(name: string, input: unknown, options: RunOptions): Promise<unknown> {
    if (options !== NO_OPTIONS) checkRun(name, options);
    const { signal, transfer, priority = 0, idempotent = false, maxAttempts = 3 } = options;
    if (signal?.aborted) return Promise.reject(signal.reason);
    const refusal = this.#closed ?? this.#crew.crashLoop;
    if (refusal !== undefined) return Promise.reject(refusal);
    const nowMs = this.#settings.clock.monotonic();
    const task = new Task(name, input, transfer, priority, idempotent ? maxAttempts : 1, nowMs);
    if (priority !== 0) this.#varied = true;
    if (this.#varied) this.#crew.recallBelow(priority);
    // Before it is sent: it may be done when that returns.
    const timeoutMs = options.timeoutMs ?? this.#settings.timeoutMs;
    if (signal !== undefined || timeoutMs !== Number.POSITIVE_INFINITY) {
      task.heed({ signal, timeoutMs }, this.#settings.timer, `WorkerPool.run("${name}")`, this.#onGivenUp);
    }
    if (!this.#enter(task, options.whenFull ?? this.#settings.whenFull)) this.#refuse(task);
    return task.promise;
  }

  /** Finds a thread for a task, or a place in the queue or before it; false when there is none. */
  #enter(task: Task, whenFull: WhenFull): boolean {
    if (this.#queue.size === 0 && this.#place(task)) {
      this.#crew.grow();
      this.#crew.watch();
      return true;
    }
    if (this.#queue.size < this.#settings.maxQueue && this.#overflow.size === 0) {
      this.#queue.push(task, task.priority);
      if (this.#varied) this.#dispatch();
      this.#crew.grow();
      this.#crew.watch();
      return true;
    }
    if (whenFull === 'reject' || this.#overflow.size >= this.#settings.maxWaiting) return false;
    this.#overflow.push(task);
    this.#crew.grow();
    return true;
  }

  #refuse(task: Task): void {
    this.#refused++;
    if (this.#events.active) this.#events.emit('full', { name: task.name });
    const limit = this.#overflow.size > 0 ? this.#settings.maxWaiting : this.#settings.maxQueue;
    task.fail(new QueueFullError('WorkerPool.run', limit));
  }

  /** Whether the task is settled for now: in a thread, or failed since it cannot be sent. */
  #place(task: Task): boolean {
    try {
      return this.#crew.place(task);
    } catch (error) {
      this.#failed++;
      task.fail(error);
      return true;
    }
  }

  #dispatch(): void {
    const queue = this.#queue;
    for (let task = queue.first; task !== undefined && this.#place(task); task = queue.first) task.list?.remove(task);
    for (let next = this.#overflow.first; next !== undefined; next = this.#overflow.first) {
      if (queue.size === 0 && this.#place(next)) this.#overflow.remove(next);
      else if (queue.size >= this.#settings.maxQueue) break;
      else {
        this.#overflow.remove(next);
        queue.push(next, next.priority);
      }
    }
    if (this.#room.size > 0 && this.#hasRoom()) {
      for (let waiter = this.#room.first; waiter !== undefined; waiter = this.#room.first) waiter.grant();
    }
  }

  readonly #onGivenUp = (waiter: unknown, reason: unknown): void => {
    const task = waiter as Task;
    task.over = true;
    this.#givenUp++;
    const { thread } = task;
    if (thread === undefined || thread.takeBack(task)) {
      this.#dispatch();
      this.#crew.watch();
      return;
    }
    thread.stop(task, reason);
    const { graceMs, timer } = this.#settings;
    if (graceMs !== Number.POSITIVE_INFINITY) {
      task.cancelKill = timer.after(graceMs, () => this.#crew.kill(thread, 'killed'));
    }
  };

  /** What the crew does with the queue, and tells. */
  #ownerOf(): CrewOwner {
    const [queue, overflow] = [this.#queue, this.#overflow];
    const emit = <K extends keyof WorkerPoolEvents>(event: K, detail: () => WorkerPoolEvents[K]): void => {
      if (this.#events.active) this.#events.emit(event, detail());
    };
    return {
      dispatch: () => this.#dispatch(),
      requeue: (task) => queue.unshift(task, task.priority),
      get queued() {
        return queue.size + overflow.size;
      },
      ended: (task, ok, value, ranMs) => this.#ended(task, ok, value, ranMs),
      lost: (task, error) => this.#lost(task, error),
      crashLoop: (error) => {
        emit('crashLoop', () => ({ error }));
        this.#failAll(error);
      },
      threadStarted: (thread) => emit('threadStarted', () => ({ threadId: thread.id })),
      threadReady: (thread) => emit('threadReady', () => ({ threadId: thread.id })),
      threadEnded: (thread, cause) => emit('threadEnded', () => ({ threadId: thread.id, why: thread.end, cause })),
      rested: () => this.#rested(),
    };
  }

  #ended(task: Task, ok: boolean, value: unknown, ranMs: number): void {
    const waitMs = Math.max(0, this.#settings.clock.monotonic() - task.queuedMs - ranMs);
    if (task.direct) this.#crew.observed(waitMs);
    this.#times?.wait.record(waitMs);
    this.#times?.run.record(ranMs);
    if (this.#events.active) this.#events.emit('taskEnded', { name: task.name, ok, waitMs, ranMs });
    if (task.over) return;
    if (ok) {
      this.#completed++;
      task.grant(value);
    } else {
      this.#failed++;
      task.fail(value);
    }
  }

  #lost(task: Task, error: ThreadLostError): void {
    task.lost++;
    if (task.lost >= task.attempts || task.moves || this.#crew.closed) {
      this.#failed++;
      return task.fail(error);
    }
    this.#retried++;
    if (this.#events.active) this.#events.emit('taskRetried', { name: task.name, error });
    this.#queue.unshift(task, task.priority);
  }

  // ── Waiting ─────────────────────────────────────────────────────────────────────────────────────

  #hasRoom(): boolean {
    return this.#overflow.size === 0 && (this.#queue.size < this.#settings.maxQueue || this.#settings.maxQueue === 0);
  }

  /** Waits until the queue has room, so that who makes tasks makes no more than are run. */
  room(options: WaitOptions = NO_OPTIONS): Promise<void> {
    return this.#waitIn(this.#room, this.#hasRoom() || this.#closed !== undefined, options, 'WorkerPool.room');
  }

  /** Waits until nothing waits and nothing runs. */
  onIdle(options: WaitOptions = NO_OPTIONS): Promise<void> {
    return this.#waitIn(this.#idle, this.#isIdle(), options, 'WorkerPool.onIdle');
  }

  #waitIn(list: LinkedList<Waiter<void>>, over: boolean, options: WaitOptions, what: string): Promise<void> {
    checkWait(options);
    if (options.signal?.aborted) return Promise.reject(options.signal.reason);
    if (over) return Promise.resolve();
    if (list.size > this.#settings.maxWaiting)
      return Promise.reject(new QueueFullError(what, this.#settings.maxWaiting));
    const waiter = new Waiter<void>();
    list.push(waiter);
    waiter.heed(options, this.#settings.timer, what);
    return waiter.promise;
  }

  #isIdle(): boolean {
    return this.#queue.size === 0 && this.#overflow.size === 0 && this.#crew.load === 0;
  }

  #rested(): void {
    if (!this.#isIdle()) return;
    if (this.#events.active) this.#events.emit('idle', {});
    for (let waiter = this.#idle.first; waiter !== undefined; waiter = this.#idle.first) waiter.grant();
    if (!this.#crew.gone) return;
    for (let waiter = this.#gone.first; waiter !== undefined; waiter = this.#gone.first) waiter.grant();
  }

  // ── The pool ────────────────────────────────────────────────────────────────────────────────────

  /** Changes how many threads there may be. Those that are too many end when they are through. @throws TypeError, RangeError */
  resize(minThreads: number, maxThreads: number): void {
    checkThreads(minThreads, maxThreads);
    this.#crew.resize(minThreads, maxThreads);
  }

  get minThreads(): number {
    return this.#crew.minThreads;
  }

  get maxThreads(): number {
    return this.#crew.maxThreads;
  }

  get closed(): boolean {
    return this.#closed !== undefined;
  }

  /** Tells when something happens; what comes back ends that. @throws TypeError */
  on<K extends keyof WorkerPoolEvents>(event: K, listener: Listener<WorkerPoolEvents[K]>): () => void {
    return this.#events.on(event, listener);
  }

  stats(): WorkerPoolStats {
    const { threads, load, counts } = this.#crew;
    return {
      threads: threads.length,
      starting: threads.filter(({ state }) => state === 'starting').length,
      idle: threads.filter((thread) => thread.state === 'ready' && thread.load === 0).length,
      queued: this.#queue.size,
      waiting: this.#overflow.size,
      running: load,
      completed: this.#completed,
      failed: this.#failed,
      givenUp: this.#givenUp,
      refused: this.#refused,
      retried: this.#retried,
      threadsStarted: counts.started,
      threadsCrashed: counts.crashed,
      threadsKilled: counts.killed,
      threadsRecycled: counts.recycled,
      stolen: counts.stolen,
      waitMs: this.#times?.wait.stats(),
      runMs: this.#times?.run.stats(),
    };
  }

  /**
   * Takes no more tasks, waits for those it has, and ends its threads. Resolves when all of them have ended. Who calls it
   * again waits for the same end, and may shorten it.
   */
  close(options: CloseOptions = {}): Promise<void> {
    checkWait(options);
    this.#closed ??= new ClosedError('The worker pool');
    for (let waiter = this.#room.first; waiter !== undefined; waiter = this.#room.first) waiter.grant();
    this.#closing ??= this.#drain();
    const { timeoutMs = Number.POSITIVE_INFINITY, signal } = options;
    if (signal?.aborted) this.destroy();
    const ends: (() => void)[] = [];
    if (timeoutMs !== Number.POSITIVE_INFINITY) ends.push(this.#settings.timer.after(timeoutMs, () => this.destroy()));
    if (signal !== undefined) {
      const destroy = (): void => this.destroy();
      signal.addEventListener('abort', destroy);
      ends.push(() => signal.removeEventListener('abort', destroy));
    }
    return this.#closing.then(() => {
      for (const end of ends) end();
    });
  }

  async #drain(): Promise<void> {
    await this.#waitIn(this.#idle, this.#isIdle(), NO_OPTIONS, 'WorkerPool.close');
    this.#crew.dismissAll();
    if (!this.#crew.gone) {
      const waiter = new Waiter<void>();
      this.#gone.push(waiter);
      await waiter.promise;
    }
    this.#times?.wait.dispose();
    this.#times?.run.dispose();
  }

  /** Ends all threads now; what waits or runs rejects with a `ClosedError`. */
  destroy(cause?: unknown): void {
    this.#closed ??= new ClosedError('The worker pool', cause === undefined ? undefined : { cause });
    const closed = this.#closed;
    const running = this.#crew.threads.flatMap((thread) => thread.tasks());
    this.#failAll(closed);
    for (const task of running) {
      if (task.over) continue;
      this.#failed++;
      task.over = true;
      task.fail(closed);
    }
    this.#crew.end();
    this.#closing ??= this.#drain();
    this.#rested();
  }

  #failAll(reason: unknown): void {
    this.#failed += this.#queue.size + this.#overflow.size;
    for (const task of this.#queue) task.fail(reason);
    failAll(this.#overflow, reason);
  }

  [Symbol.dispose](): void {
    this.destroy();
  }

  /** As `close()`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function checkRun(name: unknown, options: RunOptions): void {
  checkWait(options);
  const { priority = 0, transfer, maxAttempts = 3, whenFull } = options;
  if (typeof name !== 'string') throw new TypeError(`name must be a string, got ${typeof name}`);
  if (typeof priority !== 'number' || Number.isNaN(priority)) {
    throw new TypeError(`priority must be a number, got ${String(priority)}`);
  }
  if (transfer !== undefined && !Array.isArray(transfer)) throw new TypeError('transfer must be an array');
  checkWhole('maxAttempts', maxAttempts, 1);
  if (whenFull !== undefined) checkWhenFull(whenFull);
}
