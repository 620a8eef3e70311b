/**
 * The worker's end: takes tasks, runs as many at a time as it was told, and sends what they give.
 *
 * While it has nothing to do it first looks at the lane again and again for some microseconds, since a thread that sleeps
 * takes tens of them to wake; then sleeps for a few milliseconds at a time, with a turn of the event loop after each, so that
 * what tasks have left behind (connections, timers, output) goes on; and then waits for a message as any worker does.
 */

import { isPromiseLike } from '../../../base/promise-like.js';
import { type Clock, systemClock } from '../../../ports/clock.js';
import type { Inside } from '../../../ports/threads.js';
import { BY_MESSAGE, VALUE_BYTES, WorkerLane } from '../lane.js';
import { LOOK_MS } from '../looking.js';
import type { ToHost, ToWorker } from '../messages.js';
import { packThrown, unpackThrown } from '../remote-error.js';
import { readSmall, writeSmall } from '../small-values.js';
import { Transferred } from '../transfer.js';
import { TaskContext } from './context.js';
import type { TaskMap } from './serve.js';

/** How long it sleeps between two turns of the event loop, and how often before it waits for messages. */
const SLEEP_MS = 5;
const SLEEPS = 4;
/** Looks at the lane, some nanoseconds each, before it looks at the clock. */
const SPINS = 256;
/** Tasks without a turn of the event loop, however many there are: messages and the rest of the thread have theirs. */
const MOST_IN_A_TURN = 256;

type Task = (input: unknown, context: TaskContext) => unknown;

export class Server {
  readonly #inside: Inside;
  readonly #names: readonly string[];
  readonly #tasks: readonly Task[];
  readonly #onClose: (() => unknown) | undefined;
  readonly #clock: Clock = systemClock;
  #lane: WorkerLane | undefined = undefined;
  #concurrency = 1;
  #workerData: unknown = undefined;
  #maxHeapBytes: number | undefined = undefined;
  #running = 0;
  /** What runs, by number: to be stopped. */
  readonly #contexts = new Map<number, TaskContext>();
  /** Values that came before, or instead of, their slot's turn. */
  readonly #values = new Map<number, unknown>();
  /** Slots whose values are still to come. */
  readonly #expected = new Map<number, number>();
  #sleeps = 0;
  /** A turn of the event loop has been asked for. */
  #turning = false;
  #inThisTurn = 0;

  constructor(inside: Inside, tasks: TaskMap, onClose: (() => unknown) | undefined) {
    this.#inside = inside;
    this.#names = Object.keys(tasks);
    this.#tasks = Object.values(tasks) as Task[];
    this.#onClose = onClose;
    inside.listen((message) => this.#hear(message as ToWorker));
    this.#say({ is: 'hello', names: this.#names, closes: onClose !== undefined });
  }

  #say(message: ToHost, transfer?: readonly Transferable[]): void {
    this.#inside.post(message, transfer);
  }

  #hear(message: ToWorker): void {
    switch (message.is) {
      case 'setup':
        this.#concurrency = message.concurrency;
        this.#workerData = message.workerData;
        this.#maxHeapBytes = message.maxHeapBytes;
        if (message.lane !== undefined) this.#lane = new WorkerLane(message.lane);
        return this.#pump();
      case 'wake':
        this.#sleeps = 0;
        return this.#pump();
      case 'task':
        return this.#receive(message.id, message.name, message.value);
      case 'forget':
        return void this.#values.delete(message.id);
      case 'stop':
        return this.#contexts.get(message.id)?.stop(unpackThrown(message.reason));
      case 'ping':
        return this.#say({ is: 'pong' });
      case 'close':
        return void this.#close();
    }
  }

  #receive(id: number, name: number, value: unknown): void {
    if (this.#lane === undefined) {
      this.#running++;
      this.#run(-1, id, name, value);
      return;
    }
    const slot = this.#expected.get(id);
    if (slot === undefined) {
      // Its slot has not had its turn.
      this.#values.set(id, value);
      return this.#pump();
    }
    this.#expected.delete(id);
    this.#run(slot, id, name, value);
    this.#pump();
  }

  // ── Taking ──────────────────────────────────────────────────────────────────────────────────────

  /** Runs what there is, and arranges to be called when there is more. */
  #pump(): void {
    const lane = this.#lane;
    if (lane === undefined) return;
    lane.wake();
    for (;;) {
      while (this.#running < this.#concurrency) {
        if (this.#inThisTurn >= MOST_IN_A_TURN) return this.#turn();
        const slot = lane.take();
        if (slot < 0) break;
        this.#inThisTurn++;
        this.#sleeps = 0;
        this.#begin(lane, slot);
      }
      if (this.#running > 0) {
        // At the bound, what ends comes here again; below it, the next turn says how to hear of more.
        if (this.#running < this.#concurrency) this.#turn();
        return;
      }
      if (this.#spin(lane)) continue;
      if (this.#sleeps >= SLEEPS) {
        if (lane.park()) return;
        continue;
      }
      this.#sleeps++;
      lane.sleep(SLEEP_MS);
      if (!lane.spin(1)) return this.#turn();
    }
  }

  /** Looks for a task for a moment before sleeping, where the pool has found that this pays off. */
  #spin(lane: WorkerLane): boolean {
    if (this.#sleeps > 0 || !lane.looks) return false;
    const untilMs = this.#clock.monotonic() + LOOK_MS;
    let found = lane.spin(SPINS);
    while (!found && this.#clock.monotonic() < untilMs) found = lane.spin(SPINS);
    return found;
  }

  #turn(): void {
    if (this.#turning) return;
    this.#turning = true;
    this.#inside.soon(() => {
      this.#turning = false;
      this.#inThisTurn = 0;
      // While something runs and more may, a message must say so.
      if (this.#running > 0 && this.#running < this.#concurrency && this.#lane?.park() === true) return;
      this.#pump();
    });
  }

  #begin(lane: WorkerLane, slot: number): void {
    const id = lane.idOf(slot);
    this.#running++;
    if (lane.lengthOf(slot) !== BY_MESSAGE) {
      this.#run(slot, id, lane.nameOf(slot), readSmall(lane.bytes, lane.valueAt(slot)));
    } else if (this.#has(id)) {
      const value = this.#values.get(id);
      this.#values.delete(id);
      this.#run(slot, id, lane.nameOf(slot), value);
    } else {
      this.#expected.set(id, slot);
    }
  }

  /** Whether the value has come; where messages can be taken without a turn, it has. */
  #has(id: number): boolean {
    while (!this.#values.has(id)) {
      const next = this.#inside.receive?.();
      if (next === undefined) return false;
      const message = next.message as ToWorker;
      if (message.is === 'task') this.#values.set(message.id, message.value);
      // To wake is to come here.
      else if (message.is !== 'wake') this.#hear(message);
    }
    return true;
  }

  // ── Running ─────────────────────────────────────────────────────────────────────────────────────

  #run(slot: number, id: number, name: number, input: unknown): void {
    const startedMs = this.#clock.monotonic();
    const context = new TaskContext(id, this.#names[name] as string, this.#workerData, this.#lane, slot);
    try {
      const result = (this.#tasks[name] as Task)(input, context);
      if (!isPromiseLike(result)) return this.#succeed(slot, id, startedMs, result);
      this.#contexts.set(id, context);
      result.then(
        (value) => {
          this.#contexts.delete(id);
          this.#succeed(slot, id, startedMs, value);
          this.#pump();
        },
        (thrown: unknown) => {
          this.#contexts.delete(id);
          this.#fail(slot, id, startedMs, thrown);
          this.#pump();
        },
      );
    } catch (thrown) {
      this.#fail(slot, id, startedMs, thrown);
    }
  }

  #succeed(slot: number, id: number, startedMs: number, result: unknown): void {
    const ranMs = this.#clock.monotonic() - startedMs;
    try {
      if (result instanceof Transferred) this.#say({ is: 'result', id, ranMs, value: result.value }, result.list);
      else if (!this.#writes(slot, result, false, ranMs)) this.#say({ is: 'result', id, ranMs, value: result });
    } catch (thrown) {
      // What cannot be sent is the task's failure.
      return this.#fail(slot, id, startedMs, thrown);
    }
    this.#ended();
  }

  #fail(slot: number, id: number, startedMs: number, thrown: unknown): void {
    const ranMs = this.#clock.monotonic() - startedMs;
    const packed = packThrown(thrown);
    if (!this.#writes(slot, packed, true, ranMs)) this.#say({ is: 'failure', id, ranMs, thrown: packed });
    this.#ended();
  }

  /** Leaves a small result in its slot; false when it must go by message. */
  #writes(slot: number, value: unknown, failed: boolean, ranMs: number): boolean {
    const lane = this.#lane;
    if (lane === undefined) return false;
    const length = writeSmall(lane.bytes, lane.valueAt(slot), VALUE_BYTES, value);
    if (length < 0) return false;
    if (lane.finish(slot, length, failed, ranMs)) this.#say({ is: 'bell' });
    return true;
  }

  #ended(): void {
    this.#running--;
    if (this.#maxHeapBytes === undefined) return;
    const bytes = this.#inside.heapBytes?.() ?? 0;
    if (bytes > this.#maxHeapBytes) this.#say({ is: 'heap', bytes });
  }

  async #close(): Promise<void> {
    try {
      await this.#onClose?.();
    } finally {
      this.#say({ is: 'closed' });
    }
  }
}
