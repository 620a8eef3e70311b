/** A thread of a pool, as the pool sees it: what it has been sent, and what has become of that. */

import type { Thread, ThreadEvents } from '../../ports/threads.js';
import type { Cancel } from '../../ports/timer.js';
import { UnknownTaskError } from './errors.js';
import { BY_MESSAGE, HostLane, newLane, SLOTS, VALUE_BYTES } from './lane.js';
import type { ToHost, ToWorker } from './messages.js';
import { packThrown, type Thrown, unpackThrown } from './remote-error.js';
import { readSmall, TOO_LARGE, writeSmall } from './small-values.js';
import type { Task } from './task.js';

/** What the crew hears of a thread. */
export interface ThreadOwner {
  /** The script has run: it takes tasks. */
  ready(thread: PoolThread): void;
  /** A task has ended; `error` is what it threw, unpacked, when `ok` is false. */
  ended(task: Task, ok: boolean, value: unknown, ranMs: number): void;
  /** Results may have come, by message or bell. */
  heard(thread: PoolThread): void;
  /** Its heap holds more than it may. */
  heapFull(thread: PoolThread): void;
  exited(thread: PoolThread, cause: unknown, exitCode: number | undefined): void;
}

export interface ThreadSetup {
  readonly sharesMemory: boolean;
  readonly concurrency: number;
  readonly workerData: unknown;
  readonly maxHeapBytes: number | undefined;
}

/** What a pool says of the end of a thread. */
export type ThreadEnd = 'idle' | 'recycled' | 'resized' | 'closed' | 'killed' | 'unhealthy' | 'crashed';

/** Numbers of tasks are words: they come round long after those in use have gone. */
let lastId = 0;

export class PoolThread {
  readonly #owner: ThreadOwner;
  readonly #setup: ThreadSetup;
  readonly #thread: Thread;
  readonly #slots: (Task | undefined)[] = new Array(SLOTS).fill(undefined);
  #lane: HostLane | undefined = undefined;
  #names: readonly string[] = [];
  #numbers = new Map<string, number>();
  #kept = true;
  state: 'starting' | 'ready' | 'retiring' | 'dead' = 'starting';
  /** Why it ends, once it does. */
  end: ThreadEnd = 'crashed';
  /** Tasks that are in it, begun or not, and those nobody waits for any more. */
  load = 0;
  finished = 0;
  /** Whether it has something to do before it ends in peace. */
  closes = false;
  /** It has been asked to close. */
  closing = false;
  cancelTimer: Cancel | undefined = undefined;
  /** Sweeps since it last had a task. */
  idleSweeps = 0;
  /** A ping has gone out and nothing has come back. */
  pinged = false;

  constructor(owner: ThreadOwner, setup: ThreadSetup, spawn: (events: ThreadEvents) => Thread) {
    this.#owner = owner;
    this.#setup = setup;
    this.#thread = spawn({
      message: (message) => this.#hear(message as ToHost),
      exit: (cause, exitCode) => owner.exited(this, cause, exitCode),
    });
  }

  get id(): number {
    return this.#thread.id;
  }

  get hasLane(): boolean {
    return this.#lane !== undefined;
  }

  #hear(message: ToHost): void {
    if (this.state === 'dead') return;
    switch (message.is) {
      case 'hello':
        return this.#begin(message.names, message.closes);
      case 'bell':
        return this.#owner.heard(this);
      case 'result':
        this.#settle(message.id, true, message.value, message.ranMs);
        return this.#owner.heard(this);
      case 'failure':
        this.#settle(message.id, false, unpackThrown(message.thrown), message.ranMs);
        return this.#owner.heard(this);
      case 'heap':
        return this.#owner.heapFull(this);
      case 'pong':
        this.pinged = false;
        return;
      case 'closed':
        this.#thread.terminate();
    }
  }

  #begin(names: readonly string[], closes: boolean): void {
    const { sharesMemory, concurrency, workerData, maxHeapBytes } = this.#setup;
    const lane = sharesMemory ? newLane() : undefined;
    if (lane !== undefined) this.#lane = new HostLane(lane);
    this.#names = names;
    this.#numbers = new Map(names.map((name, number) => [name, number]));
    this.closes = closes;
    this.#say({ is: 'setup', lane, concurrency, workerData, maxHeapBytes });
    if (this.state === 'starting') this.state = 'ready';
    this.#owner.ready(this);
  }

  #say(message: ToWorker, transfer?: readonly Transferable[]): void {
    this.#thread.post(message, transfer);
  }

  // ── Tasks ───────────────────────────────────────────────────────────────────────────────────────

  /**
   * Sends a task; false when there is no room for it here.
   *
   * @throws what the platform says of a value that cannot be sent, UnknownTaskError
   */
  send(task: Task): boolean {
    const number = this.#numbers.get(task.name);
    if (number === undefined) throw new UnknownTaskError(task.name, this.#names);
    return this.#lane === undefined ? this.#sendMessage(task, number) : this.#sendLane(this.#lane, task, number);
  }

  #sendLane(lane: HostLane, task: Task, number: number): boolean {
    const slot = lane.vacant;
    if (slot < 0) return false;
    let length = TOO_LARGE;
    if (!task.byMessage) length = writeSmall(lane.bytes, lane.valueAt(slot), VALUE_BYTES, task.input);
    const id = nextId();
    if (length < 0) {
      task.byMessage = true;
      // What is sent by message is not taken back: it waits here until it can begin there.
      if (this.load >= this.#setup.concurrency) return false;
      this.#say({ is: 'task', id, name: number, value: task.input }, task.transfer);
      length = BY_MESSAGE;
    }
    this.#hold(task, slot, id);
    if (lane.queue(slot, id, number, length)) this.#say({ is: 'wake' });
    return true;
  }

  #sendMessage(task: Task, number: number): boolean {
    if (this.load >= this.#setup.concurrency) return false;
    const id = nextId();
    this.#say({ is: 'task', id, name: number, value: task.input }, task.transfer);
    this.#hold(task, this.#slots.indexOf(undefined), id);
    return true;
  }

  #hold(task: Task, slot: number, id: number): void {
    task.id = id;
    task.slot = slot;
    task.thread = this;
    task.direct = this.load === 0;
    this.#slots[slot] = task;
    this.load++;
    this.idleSweeps = 0;
  }

  #letGo(task: Task): void {
    this.#slots[task.slot] = undefined;
    this.load--;
    task.thread = undefined;
    task.cancelKill?.();
    task.cancelKill = undefined;
  }

  /** Takes a task back that has not begun; false when it has, or cannot be had back whole. */
  takeBack(task: Task): boolean {
    // What was moved is gone from here, unless nobody wants it any more.
    if (this.#lane === undefined || (task.moves && !task.over)) return false;
    const { slot, id } = task;
    if (!this.#lane.takeBack(slot)) return false;
    if (task.byMessage && this.state !== 'dead') this.#say({ is: 'forget', id });
    this.#letGo(task);
    return true;
  }

  /** What is in it, the oldest first. */
  tasks(): Task[] {
    const tasks = this.#slots.filter((task) => task !== undefined);
    return tasks.sort((one, other) => (one.id - other.id) | 0);
  }

  /** Tells the worker that nobody waits for a task any more. */
  stop(task: Task, reason: unknown): void {
    this.#lane?.stop(task.slot);
    this.#say({ is: 'stop', id: task.id, reason: packThrown(reason) as Thrown });
  }

  /** Hands over the results that are in the lane; how many. */
  drain(): number {
    const lane = this.#lane;
    if (lane === undefined) return 0;
    let count = 0;
    for (let slot = lane.next(); slot >= 0; slot = lane.next()) {
      const task = this.#slots[slot] as Task;
      const failed = lane.failed(slot);
      const value = readSmall(lane.bytes, lane.valueAt(slot));
      const ranMs = lane.ranMs(slot);
      lane.release(slot);
      this.#letGo(task);
      this.finished++;
      count++;
      this.#owner.ended(task, !failed, failed ? unpackThrown(value as Thrown) : value, ranMs);
    }
    return count;
  }

  #settle(id: number, ok: boolean, value: unknown, ranMs: number): void {
    const task = this.#slots.find((each) => each?.id === id);
    if (task === undefined) return;
    this.#lane?.release(task.slot);
    this.#letGo(task);
    this.finished++;
    this.#owner.ended(task, ok, value, ranMs);
  }

  /** Asks for a message when there are results; false when there are some already. */
  listen(): boolean {
    this.keep(true);
    return this.#lane === undefined || this.#lane.listen();
  }

  /** Tells the worker whether to look for tasks before it sleeps. */
  look(looks: boolean): void {
    this.#lane?.look(looks);
  }

  /** Whether it keeps the process alive. */
  keep(kept: boolean): void {
    if (kept === this.#kept) return;
    this.#kept = kept;
    if (kept) this.#thread.ref();
    else this.#thread.unref();
  }

  // ── The end ─────────────────────────────────────────────────────────────────────────────────────

  ping(): void {
    this.pinged = true;
    this.#say({ is: 'ping' });
  }

  close(): void {
    this.closing = true;
    this.#say({ is: 'close' });
  }

  /** Ends it now. Its owner hears of it when it has ended. */
  terminate(): void {
    this.keep(true);
    this.#thread.terminate();
  }

  /** What it had when it ended: tasks that had not begun, and those that had. Results that were ready are handed over first. */
  bury(): { unbegun: Task[]; begun: Task[] } {
    this.drain();
    this.state = 'dead';
    this.cancelTimer?.();
    const unbegun: Task[] = [];
    const begun: Task[] = [];
    for (const task of this.tasks()) {
      // What was moved to it has gone with it.
      (this.takeBack(task) ? unbegun : begun).push(task);
      if (task.thread !== undefined) this.#letGo(task);
    }
    return { unbegun, begun };
  }
}

function nextId(): number {
  lastId = (lastId + 1) | 0;
  return lastId;
}
