/**
 * The threads of a pool: which of them gets a task, when there are more or fewer of them, and what happens when one is lost.
 *
 * A thread that runs as many tasks as it may can have some more ahead of it, as many as it is likely to be through with within
 * a millisecond. They belong to whoever is free first: they are taken back for a thread that has nothing to do, for a task of
 * a higher priority, and from a thread that ends.
 */

import { Setbacks } from '../../base/setbacks.js';
import type { Thread, ThreadEvents, Threads } from '../../ports/threads.js';
import type { Cancel, Timer } from '../../ports/timer.js';
import { CrashLoopError, ThreadLostError } from './errors.js';
import { LOOK_MS, Looking } from './looking.js';
import type { Settings } from './options.js';
import { PoolThread, type ThreadEnd, type ThreadOwner } from './pool-thread.js';
import type { Task } from './task.js';
import { Watchman } from './watchman.js';

/** A thread gets ahead of it what takes about this long. */
const AHEAD_MS = 1;
/** Where tasks take longer than this, a message is waited for at once. */
const SHORT_MS = 0.2;
/** What the latest task counts in the mean of how long they run. */
const WEIGHT = 1 / 16;

export interface CrewOwner {
  /** Where tasks wait, for whom there is room. */
  dispatch(): void;
  /** A task that was sent comes back: it is to be the next. */
  requeue(task: Task): void;
  /** How many wait. */
  readonly queued: number;
  ended(task: Task, ok: boolean, value: unknown, ranMs: number): void;
  lost(task: Task, error: ThreadLostError): void;
  crashLoop(error: CrashLoopError): void;
  threadStarted(thread: PoolThread): void;
  threadReady(thread: PoolThread): void;
  threadEnded(thread: PoolThread, cause: unknown): void;
  /** Nothing is under way in any thread. */
  rested(): void;
}

export class Crew implements ThreadOwner {
  readonly #owner: CrewOwner;
  readonly #settings: Settings;
  readonly #platform: Threads;
  readonly #timer: Timer;
  readonly #script: string | URL;
  readonly #threads: PoolThread[] = [];
  /** Ended, but the platform has not said so yet. */
  readonly #ending = new Set<PoolThread>();
  minThreads: number;
  maxThreads: number;
  /** No thread is started any more. */
  closed = false;
  /** Mean of how long tasks run, once one has. */
  #meanMs: number | undefined = undefined;
  #polling = false;
  #lookedSinceMs = 0;
  readonly #looking = new Looking();
  readonly #watchman: Watchman;
  readonly #crashes: Setbacks;
  #loop: CrashLoopError | undefined = undefined;
  #cancelStart: Cancel | undefined = undefined;
  readonly counts = { started: 0, crashed: 0, killed: 0, recycled: 0, stolen: 0, recalled: 0 };

  constructor(owner: CrewOwner, settings: Settings, script: string | URL) {
    this.#owner = owner;
    this.#settings = settings;
    this.#platform = settings.threads;
    const { crashDelayMs: delayMs, maxCrashDelayMs: maxDelayMs, maxCrashes: limit } = settings;
    // The first thread that is lost is replaced at once.
    this.#crashes = new Setbacks({ free: 1, delayMs, maxDelayMs, limit }, settings.clock);
    this.#watchman = new Watchman(this, settings);
    this.#timer = settings.timer;
    this.#script = script;
    this.minThreads = settings.minThreads;
    this.maxThreads = settings.maxThreads;
  }

  get threads(): readonly PoolThread[] {
    return this.#threads;
  }

  /** Tasks that are in threads. */
  get load(): number {
    let load = 0;
    for (const thread of this.#threads) load += thread.load;
    return load;
  }

  get gone(): boolean {
    return this.#threads.length === 0 && this.#ending.size === 0;
  }

  /** Set while threads are lost again and again, and the next is not due. */
  get crashLoop(): CrashLoopError | undefined {
    return this.#loop !== undefined && this.#crashes.waitMs > 0 ? this.#loop : undefined;
  }

  // ── Sending ─────────────────────────────────────────────────────────────────────────────────────

  /** Gives a task to a thread; false when none has room. @throws as `PoolThread.send` */
  place(task: Task): boolean {
    const thread = this.#roomiest(task.byMessage ? this.#settings.concurrency : this.#roomEach());
    return thread?.send(task) ?? false;
  }

  #roomEach(): number {
    const { concurrency, maxAhead } = this.#settings;
    const mean = this.#meanMs;
    if (mean === undefined || mean > AHEAD_MS) return concurrency;
    return concurrency + Math.min(maxAhead, Math.ceil(AHEAD_MS / Math.max(mean, 1e-3)));
  }

  #roomiest(below: number): PoolThread | undefined {
    const mostTasks = this.#settings.maxTasksPerThread;
    let best: PoolThread | undefined;
    let least = below;
    for (let i = 0; i < this.#threads.length; i++) {
      const thread = this.#threads[i] as PoolThread;
      // It is to run its number of tasks and no more.
      if (thread.finished + thread.load >= mostTasks) continue;
      if (thread.load < least && thread.state === 'ready') {
        best = thread;
        least = thread.load;
      }
    }
    return best;
  }

  /** Starts what is missing: threads below the least number, and for tasks that no thread has begun. */
  grow(): void {
    if (this.closed || this.crashLoop !== undefined) return;
    let missing = this.minThreads - this.living;
    if (missing <= 0) missing = Math.min(this.maxThreads - this.living, this.#unserved() - this.#starting());
    if (missing <= 0) return;
    if (this.#crashes.inARow > 0) {
      const { waitMs } = this.#crashes;
      if (waitMs > 0) return this.#growLater(waitMs);
      // One, to see whether it stays.
      missing = this.#starting() > 0 ? 0 : 1;
    }
    for (; missing > 0; missing--) this.#start();
  }

  #growLater(waitMs: number): void {
    this.#cancelStart ??= this.#timer.after(waitMs, () => {
      this.#cancelStart = undefined;
      this.grow();
    });
  }

  /** Tasks that wait, here or in a thread that is busy with others. */
  #unserved(): number {
    let count = this.#owner.queued;
    for (const thread of this.#threads) count += Math.max(0, thread.load - this.#settings.concurrency);
    return count;
  }

  /** Threads that take tasks, or will. */
  get living(): number {
    let count = 0;
    for (const { state } of this.#threads) if (state === 'ready' || state === 'starting') count++;
    return count;
  }

  #starting(): number {
    let count = 0;
    for (const { state } of this.#threads) if (state === 'starting') count++;
    return count;
  }

  #start(): void {
    const { name, resourceLimits, node, startTimeoutMs } = this.#settings;
    const spawn = (events: ThreadEvents): Thread =>
      this.#platform.spawn(this.#script, { name, resourceLimits, node }, events);
    const thread = new PoolThread(this, this.#settings, spawn);
    this.#threads.push(thread);
    this.counts.started++;
    thread.cancelTimer = this.#after(startTimeoutMs, () => {
      this.#lose(thread, new Error(`the script served nothing within ${startTimeoutMs} ms`), undefined, true);
    });
    this.#owner.threadStarted(thread);
    this.#watchman.begin();
  }

  /** Takes back what has not begun and has a lower priority, for a task that has no seat. */
  recallBelow(priority: number): void {
    const back: Task[] = [];
    for (const thread of this.#threads) {
      if (thread.load <= this.#settings.concurrency) continue;
      for (const task of thread.tasks()) if (task.priority < priority && thread.takeBack(task)) back.push(task);
    }
    this.counts.recalled += back.length;
    this.#requeueAll(back);
  }

  /** Those who came first are the first again. */
  #requeueAll(tasks: Task[]): void {
    tasks.sort((one, other) => (other.id - one.id) | 0);
    for (const task of tasks) if (!task.over) this.#owner.requeue(task);
  }

  /** Gives threads that have nothing to do half of what the busiest has ahead of it. */
  #steal(): void {
    const { concurrency } = this.#settings;
    for (;;) {
      const thief = this.#roomiest(concurrency);
      if (thief === undefined) return;
      let victim: PoolThread | undefined;
      for (const thread of this.#threads) {
        if (thread.load > Math.max(concurrency, victim?.load ?? 0)) victim = thread;
      }
      if (victim === undefined || !this.#stealFrom(victim, thief)) return;
    }
  }

  #stealFrom(victim: PoolThread, thief: PoolThread): boolean {
    const tasks = victim.tasks();
    const most = this.#settings.maxTasksPerThread - thief.finished - thief.load;
    let wanted = Math.min(most, Math.ceil((victim.load - thief.load) / 2));
    const taken: Task[] = [];
    for (let i = tasks.length - 1; i >= 0 && wanted > 0; i--) {
      if (!victim.takeBack(tasks[i] as Task)) break;
      taken.push(tasks[i] as Task);
      wanted--;
    }
    this.counts.stolen += taken.length;
    for (const task of taken.reverse()) if (!thief.send(task)) this.#owner.requeue(task);
    return taken.length > 0;
  }

  // ── Results ─────────────────────────────────────────────────────────────────────────────────────

  ended(task: Task, ok: boolean, value: unknown, ranMs: number): void {
    this.#crashes.none();
    this.#loop = undefined;
    this.#meanMs = this.#meanMs === undefined ? ranMs : this.#meanMs + (ranMs - this.#meanMs) * WEIGHT;
    this.#owner.ended(task, ok, value, ranMs);
  }

  heard(thread: PoolThread): void {
    thread.drain();
    this.#next();
    if (!this.#polling) this.watch();
  }

  /** After results: threads get what waits, and those that are through go. */
  #next(): void {
    this.#owner.dispatch();
    if (this.#owner.queued === 0) this.#steal();
    for (let i = this.#threads.length - 1; i >= 0; i--) this.#settle(this.#threads[i] as PoolThread);
  }

  #settle(thread: PoolThread): void {
    const { maxTasksPerThread } = this.#settings;
    if (thread.state === 'ready' && thread.finished >= maxTasksPerThread) this.retire(thread, 'recycled');
    else if (thread.state === 'retiring' && thread.load === 0) this.#dismiss(thread);
  }

  /** Sees to it that results are noticed: by looking for a few turns of the event loop, and then by message. */
  watch(): void {
    if (this.#polling) return;
    const { soon } = this.#platform;
    if (soon === undefined || (this.#meanMs ?? 0) > SHORT_MS || !this.#looking.now) return this.#listen();
    this.#polling = true;
    this.#lookedSinceMs = this.#settings.clock.monotonic();
    soon(this.#poll);
  }

  /** What a task took beside running that found a thread with nothing to do. */
  observed(waitMs: number): void {
    if (this.#platform.soon === undefined || !this.#looking.observed(waitMs)) return;
    for (const thread of this.#threads) thread.look(this.#looking.now);
  }

  readonly #poll = (): void => {
    let count = 0;
    let busy = false;
    for (let i = 0; i < this.#threads.length; i++) {
      const thread = this.#threads[i] as PoolThread;
      if (thread.load === 0) continue;
      count += thread.drain();
      if (thread.load > 0 && thread.hasLane) busy = true;
    }
    if (count > 0) {
      this.#next();
      this.#lookedSinceMs = this.#settings.clock.monotonic();
      busy = true;
    }
    if (busy && this.#looking.now && this.#settings.clock.monotonic() - this.#lookedSinceMs < LOOK_MS) {
      return this.#platform.soon?.(this.#poll);
    }
    this.#polling = false;
    this.#listen();
  };

  #listen(): void {
    let idle = true;
    for (const thread of [...this.#threads]) {
      if (thread.load === 0) {
        if (thread.state === 'ready') thread.keep(false);
      } else if (thread.listen()) idle = false;
      else return this.heard(thread);
    }
    if (idle && this.#owner.queued === 0) this.#owner.rested();
  }

  ready(thread: PoolThread): void {
    thread.cancelTimer?.();
    thread.cancelTimer = undefined;
    thread.look(this.#platform.soon !== undefined && this.#looking.now);
    this.#owner.threadReady(thread);
    this.heard(thread);
  }

  // ── Fewer ───────────────────────────────────────────────────────────────────────────────────────

  heapFull(thread: PoolThread): void {
    if (thread.state === 'ready') this.retire(thread, 'recycled');
  }

  /** Sends a thread away once it is through with what it has begun. */
  retire(thread: PoolThread, why: ThreadEnd): void {
    thread.state = 'retiring';
    thread.end = why;
    if (why === 'recycled') this.counts.recycled++;
    const back = thread.tasks().filter((task) => thread.takeBack(task));
    this.#requeueAll(back);
    if (thread.load === 0) this.#dismiss(thread);
    this.grow();
    this.#owner.dispatch();
  }

  #dismiss(thread: PoolThread): void {
    if (thread.closing) return;
    if (!thread.closes) return this.#remove(thread, thread.end, undefined, undefined, true);
    thread.keep(true);
    thread.close();
    thread.cancelTimer = this.#after(this.#settings.graceMs, () =>
      this.#remove(thread, thread.end, undefined, undefined, true),
    );
  }

  #after(delayMs: number, callback: () => void): Cancel | undefined {
    return delayMs === Number.POSITIVE_INFINITY ? undefined : this.#timer.after(delayMs, callback);
  }

  /** Changes how many there may be. */
  resize(minThreads: number, maxThreads: number): void {
    this.minThreads = minThreads;
    this.maxThreads = maxThreads;
    const living = this.#threads.filter(({ state }) => state === 'ready' || state === 'starting');
    living.sort((one, other) => one.load - other.load);
    for (const thread of living.slice(0, Math.max(0, living.length - maxThreads))) this.retire(thread, 'resized');
    this.grow();
  }

  // ── The end of a thread ─────────────────────────────────────────────────────────────────────────

  /** Ends a thread at once, whatever it is doing. */
  kill(thread: PoolThread, why: ThreadEnd): void {
    if (thread.state === 'dead') return;
    this.counts.killed++;
    this.#remove(thread, why, undefined, undefined, true);
  }

  exited(thread: PoolThread, cause: unknown, exitCode: number | undefined): void {
    if (this.#ending.delete(thread)) {
      if (this.#ending.size === 0) this.#listen();
      return;
    }
    if (thread.state === 'dead') return;
    if (thread.state === 'retiring' && thread.load === 0) this.#remove(thread, thread.end, cause, exitCode, false);
    else this.#lose(thread, cause, exitCode, false);
  }

  #lose(thread: PoolThread, cause: unknown, exitCode: number | undefined, terminates: boolean): void {
    // What it had finished counts before its end does.
    thread.drain();
    this.counts.crashed++;
    const waitMs = this.#crashes.add();
    const loop = this.#crashes.tooMany ? new CrashLoopError(this.#crashes.inARow, waitMs, cause) : undefined;
    this.#loop = loop;
    this.#remove(thread, 'crashed', cause, exitCode, terminates);
    if (loop === undefined || this.closed) return;
    this.#owner.crashLoop(loop);
    if (this.minThreads > 0) this.#growLater(loop.retryAfterMs);
  }

  #remove(thread: PoolThread, why: ThreadEnd, cause: unknown, exitCode: number | undefined, terminates: boolean): void {
    if (thread.state === 'dead') return;
    const { unbegun, begun } = thread.bury();
    thread.end = why;
    this.#threads.splice(this.#threads.indexOf(thread), 1);
    if (terminates) {
      this.#ending.add(thread);
      thread.terminate();
    }
    this.#requeueAll(unbegun);
    if (begun.length > 0) {
      const error = new ThreadLostError(thread.id, exitCode, saidOf(why, exitCode), cause);
      for (const task of begun) if (!task.over) this.#owner.lost(task, error);
    }
    this.#owner.threadEnded(thread, cause);
    if (this.#threads.length === 0) this.#watchman.end();
    this.grow();
    this.#owner.dispatch();
    if (!this.#polling) this.watch();
  }

  /** No more threads; those there are end now. */
  end(): void {
    this.closed = true;
    this.#cancelStart?.();
    for (const thread of [...this.#threads]) this.#remove(thread, 'closed', undefined, undefined, true);
  }

  /** No more threads; those there are end in peace, when they are through. */
  dismissAll(): void {
    this.closed = true;
    this.#cancelStart?.();
    for (const thread of [...this.#threads]) if (thread.state !== 'retiring') this.retire(thread, 'closed');
  }
}

function saidOf(why: ThreadEnd, exitCode: number | undefined): string {
  if (why === 'crashed') return exitCode === undefined ? 'ended by itself' : `ended by itself with code ${exitCode}`;
  return why === 'closed' ? 'was ended with the pool' : 'was ended, since it did not stop what it was told to';
}
