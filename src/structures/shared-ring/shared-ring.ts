/** `SharedRing`: a bounded queue of byte records between threads, in a shared arena. */

import type { Arena } from '../../../bindings/arena.js';
import { Bell } from '../../../bindings/bell.js';
import { Adopted, Handle, type HandleOptions, type StructureKind } from '../../../bindings/handle.js';
import { type Bytes, roomFor, stageBytes } from '../../../bindings/keys.js';
import { RobustLock } from '../../../bindings/robust-lock.js';
import { checkInteger } from '../../../bindings/sketch.js';
import { describe } from '../../../bindings/staging.js';
import { type Attempt, Line } from '../../base/line.js';
import { ClosedError } from '../../base/wait-errors.js';
import { checkWait, type WaitOptions } from '../../base/waiter.js';
import { type Clock, systemClock } from '../../ports/clock.js';
import { systemTimer, type Timer } from '../../ports/timer.js';
import { Consumer } from './consumer.js';
import {
  CAPACITY,
  CAPACITY_BYTES,
  CONSUMER,
  CONSUMERS_LOCK,
  DATA,
  DATA_BELL,
  DATA_BYTES,
  MANY_CONSUMERS,
  MANY_PRODUCERS,
  PRODUCER,
  PRODUCERS_LOCK,
  ROOM_BELL,
  VARIANT,
} from './layout.js';
import { Producer } from './producer.js';
import { Seat } from './seat.js';
import { RingStore } from './store.js';

export interface SharedRingOpenOptions {
  /** By which waits time out, and threads that move no more are held dead. Default the platform's. */
  clock?: Clock;
  /** For waits that do not hold the thread up. Default the platform's. */
  timer?: Timer;
  /** Calls of this handle that may wait at each end without holding the thread up. Default 10 000. */
  maxQueue?: number;
}

export interface SharedRingOptions extends HandleOptions, SharedRingOpenOptions {
  /** A shared one. */
  arena: Arena;
  /** By which other threads open the ring. */
  name: string;
  /** Bytes of records there may be, each with 4 for its length and rounded up to a multiple of 4. 8 to 2^30. */
  capacityBytes: number;
  /** Records there may be, 1 to 2^32 − 1. Default as many as have room. */
  capacity?: number;
  /** Whether one thread pushes, or any number. One is faster. Default `'many'`. */
  producers?: 'one' | 'many';
  /** Whether one thread shifts, or any number. Default `'many'`. */
  consumers?: 'one' | 'many';
}

export interface SharedRingStats {
  readonly size: number;
  /** Bytes the records take. */
  readonly usedBytes: number;
  /** Records so far, of all threads. */
  readonly pushed: number;
  readonly shifted: number;
  /** Calls of this handle that gave up because other threads were at it. */
  readonly busy: number;
  /** How often this handle went on where another thread had died. */
  readonly recovered: number;
}

export type RingWaitOptions = Pick<WaitOptions, 'timeoutMs'>;

const KIND: StructureKind = { number: 63, name: 'SharedRing' };
const MOST_BYTES = 2 ** 30;
const MOST_RECORDS = 2 ** 32 - 1;
const DEFAULT_MAX_QUEUE = 10_000;
const NO_OPTIONS: WaitOptions = Object.freeze({});

/**
 * A queue of byte records, first in first out, for threads that share an arena. Records go in and come out as copies. Each
 * call is O(1) and the bytes it copies; it is linearizable, and a thread that is killed in it has done it or has not.
 */
export class SharedRing extends Handle implements AsyncIterable<Uint8Array<ArrayBuffer>> {
  readonly #store: RingStore;
  readonly #dataBell: Bell;
  readonly #roomBell: Bell;
  readonly #producer: Producer;
  readonly #consumer: Consumer;
  readonly #largest: number;

  /**
   * @throws TypeError when the arena is not shared, or an option cannot be; RangeError
   * @throws ArenaFullError
   * @throws NameError when the name is taken
   */
  constructor(options: SharedRingOptions | Adopted, openOptions: SharedRingOpenOptions = {}) {
    if (options === null || typeof options !== 'object' || options.arena === undefined) {
      throw new TypeError(`SharedRing takes options with a shared arena, got ${describe(options)}`);
    }
    const adopted = options instanceof Adopted;
    const { arena } = options;
    const { participants } = arena;
    const { clock = systemClock, timer = systemTimer, maxQueue = DEFAULT_MAX_QUEUE } = adopted ? openOptions : options;
    checkInteger(maxQueue, 'maxQueue', 0, Number.MAX_SAFE_INTEGER);
    const name = adopted ? undefined : options.name;
    const root = adopted ? options.root : Handle.allocate(arena, name, () => make(arena, options));
    super(arena, root, (pointer) => arena.free(pointer), false);
    if (adopted) arena.opened(root, this);
    else this.enterName(name, KIND);

    const words = new Int32Array(arena.memory.buffer);
    const index = (offset: number): number => (root + offset) >>> 2;
    const store = new RingStore(arena.memory.buffer, root);
    this.#store = store;
    this.#largest = store.capacityBytes - 4;
    const dataBell = new Bell(words, index(DATA_BELL));
    const roomBell = new Bell(words, index(ROOM_BELL));
    this.#dataBell = dataBell;
    this.#roomBell = roomBell;
    const seat = (end: 'producer' | 'consumer', at: number, many: number, lockAt: number): Seat => {
      const lock = new RobustLock(words, index(lockAt), participants, () => clock.monotonic());
      const shared = ((words[index(VARIANT)] as number) & many) !== 0;
      return new Seat(words, index(at), end, participants, shared ? lock : undefined);
    };
    const both = { store, words, participants, clock };
    this.#producer = new Producer({
      ...both,
      seat: seat('producer', PRODUCER, MANY_PRODUCERS, PRODUCERS_LOCK),
      bell: roomBell,
      opposite: dataBell,
      watched: store.headAt,
      line: new Line(roomBell, timer, maxQueue),
    });
    this.#consumer = new Consumer({
      ...both,
      seat: seat('consumer', CONSUMER, MANY_CONSUMERS, CONSUMERS_LOCK),
      bell: dataBell,
      opposite: roomBell,
      watched: store.tailAt,
      line: new Line(dataBell, timer, maxQueue),
    });
  }

  /** The ring of this name. @throws NameError when there is none, or it is something else */
  static open(arena: Arena, name: string, options: SharedRingOpenOptions = {}): SharedRing {
    const { root, handle } = arena.findName(name, KIND.number, KIND.name);
    return handle instanceof SharedRing ? handle : new SharedRing(new Adopted(arena, root), options);
  }

  // ── Pushing ─────────────────────────────────────────────────────────────────────────────────────

  /**
   * Puts a record in, if there is room: false when there is not, or other producers have been at it for some microseconds.
   *
   * @throws TypeError, RangeError for a record longer than `maxRecordBytes`; ClosedError; RingSeatError
   */
  tryPush(record: Bytes): boolean {
    this.alive;
    return this.#producer.push(this.#checked(record), false) === true;
  }

  /** Puts as many of the records in as there is room for, the first ones, at once; how many. Throws as `tryPush`. */
  tryPushMany(records: readonly Bytes[]): number {
    this.alive;
    const count = this.#producer.pushSome(this.#checkedAll(records), 0, false);
    return typeof count === 'number' ? count : 0;
  }

  /**
   * Puts a record in, and holds the thread up until there is room.
   *
   * @throws TimeoutError, ClosedError, RingSeatError; SharedArenaError on a thread that must not wait
   */
  push(record: Bytes, options: RingWaitOptions = NO_OPTIONS): void {
    this.alive;
    if (options !== NO_OPTIONS) checkWait(options);
    const producer = this.#producer;
    const bytes = this.#checked(record);
    if (producer.push(bytes, false) !== true)
      producer.hold('SharedRing.push', options, () => producer.push(bytes, true));
  }

  /** Puts all in, in order, and holds the thread up until they are; others may push in between. Throws as `push`. */
  pushMany(records: readonly Bytes[], options: RingWaitOptions = NO_OPTIONS): void {
    this.alive;
    if (options !== NO_OPTIONS) checkWait(options);
    const rest = this.#producer.inParts(this.#checkedAll(records));
    if (rest(false) !== true) this.#producer.hold('SharedRing.pushMany', options, () => rest(true));
  }

  /**
   * Puts a record in once there is room, after the calls of this handle that wait already. Its bytes must stay as they are
   * until then.
   *
   * @returns a promise that rejects with `signal.reason`, TimeoutError, ClosedError, QueueFullError or RingSeatError
   */
  pushAsync(record: Bytes, options: WaitOptions = NO_OPTIONS): Promise<void> {
    const bytes = this.#checked(record);
    return this.#give(() => this.#producer.push(bytes, false), options, 'SharedRing.pushAsync');
  }

  /** `pushMany` without holding the thread up. What ends the wait leaves those in that were put in before. */
  pushManyAsync(records: readonly Bytes[], options: WaitOptions = NO_OPTIONS): Promise<void> {
    const rest = this.#producer.inParts(this.#checkedAll(records));
    return this.#give(() => rest(false), options, 'SharedRing.pushManyAsync');
  }

  // ── Shifting ────────────────────────────────────────────────────────────────────────────────────

  /**
   * Takes the oldest record out; `undefined` when there is none, or other consumers have been at it for some microseconds.
   *
   * @throws RingSeatError
   */
  tryShift(): Uint8Array<ArrayBuffer> | undefined {
    this.alive;
    const record = this.#consumer.shift(false);
    return typeof record === 'symbol' ? undefined : record;
  }

  /**
   * Takes the oldest record out, copies it into `target` and allocates nothing.
   *
   * @returns the record's length in bytes, or −1 where `tryShift` gives `undefined`; a record longer than the room in
   *   `target` from `offset` on stays where it is, its length still returned
   */
  tryShiftInto(target: Uint8Array, offset = 0): number {
    this.alive;
    const length = this.#consumer.shiftInto(target, offset, false);
    return typeof length === 'symbol' ? -1 : length;
  }

  /** Takes up to `limit` records out at once, oldest first. Throws as `tryShift`. */
  tryShiftMany(limit: number): Uint8Array<ArrayBuffer>[] {
    this.alive;
    const records = this.#consumer.shiftSome(checkLimit(limit), false);
    return typeof records === 'symbol' || records === undefined ? [] : records;
  }

  /**
   * Takes the oldest record out, and holds the thread up until there is one; `undefined` once the ring is closed and empty.
   *
   * @throws TimeoutError, RingSeatError; SharedArenaError on a thread that must not wait
   */
  shift(options: RingWaitOptions = NO_OPTIONS): Uint8Array<ArrayBuffer> | undefined {
    this.alive;
    if (options !== NO_OPTIONS) checkWait(options);
    const consumer = this.#consumer;
    const record = consumer.shift(false);
    if (typeof record !== 'symbol') return record;
    return consumer.hold('SharedRing.shift', options, () => consumer.shift(true));
  }

  /** `tryShiftInto` of the record that `shift` would give; −1 once the ring is closed and empty. Throws as `shift`. */
  shiftInto(target: Uint8Array, offset = 0, options: RingWaitOptions = NO_OPTIONS): number {
    this.alive;
    if (options !== NO_OPTIONS) checkWait(options);
    const consumer = this.#consumer;
    const length = consumer.shiftInto(target, offset, false);
    if (typeof length !== 'symbol') return length;
    return consumer.hold('SharedRing.shiftInto', options, () => consumer.shiftInto(target, offset, true));
  }

  /** Up to `limit` records, at least one; none once the ring is closed and empty. Throws as `shift`. */
  shiftMany(limit: number, options: RingWaitOptions = NO_OPTIONS): Uint8Array<ArrayBuffer>[] {
    this.alive;
    if (options !== NO_OPTIONS) checkWait(options);
    checkLimit(limit);
    return this.#consumer.hold('SharedRing.shiftMany', options, () => this.#consumer.shiftSome(limit, true)) ?? [];
  }

  /**
   * The oldest record once there is one, after the calls of this handle that wait already; `undefined` once the ring is
   * closed and empty.
   *
   * @returns a promise that rejects with `signal.reason`, TimeoutError, QueueFullError or RingSeatError
   */
  shiftAsync(options: WaitOptions = NO_OPTIONS): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const attempt = () => {
      this.alive;
      return this.#consumer.shift(false);
    };
    return this.#consumer.line.wait(attempt, options, 'SharedRing.shiftAsync');
  }

  /** `shiftMany` without holding the thread up. */
  shiftManyAsync(limit: number, options: WaitOptions = NO_OPTIONS): Promise<Uint8Array<ArrayBuffer>[]> {
    checkLimit(limit);
    const attempt = () => {
      this.alive;
      const records = this.#consumer.shiftSome(limit, false);
      return records === undefined ? [] : records;
    };
    return this.#consumer.line.wait(attempt, options, 'SharedRing.shiftManyAsync');
  }

  /** Records as they come, until the ring is closed and empty. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
    for (;;) {
      const record = this.tryShift() ?? (await this.shiftAsync());
      if (record === undefined) return;
      yield record;
    }
  }

  // ── The ring ────────────────────────────────────────────────────────────────────────────────────

  /**
   * Takes no more records, of whatever thread: who pushes gets a `ClosedError`, who shifts gets what is left and then
   * `undefined`. False when it was closed before.
   */
  close(): boolean {
    this.alive;
    const closed = this.#store.close();
    this.#dataBell.ringAnyway();
    this.#roomBell.ringAnyway();
    return closed;
  }

  get closed(): boolean {
    this.alive;
    return this.#store.closed;
  }

  /** Whether it is closed and empty: nothing will come any more. */
  get ended(): boolean {
    return this.closed && this.#store.empty;
  }

  /** Lets another thread be the one producer or the one consumer, where this thread is. */
  release(): void {
    this.#producer.seat.leave();
    this.#consumer.seat.leave();
  }

  /** Records there are; while others push and shift, about so many. */
  get size(): number {
    this.alive;
    const { shifted } = this.#store;
    return Math.min(this.#store.pushed - shifted, this.#store.capacity);
  }

  get usedBytes(): number {
    this.alive;
    return this.#store.usedBytes;
  }

  get capacity(): number {
    return this.#store.capacity;
  }

  get capacityBytes(): number {
    return this.#store.capacityBytes;
  }

  /** Bytes of the longest record it takes. */
  get maxRecordBytes(): number {
    return this.#largest;
  }

  stats(): SharedRingStats {
    this.alive;
    const { pushed, shifted } = this.#store;
    return {
      size: this.size,
      usedBytes: this.usedBytes,
      pushed,
      shifted,
      busy: this.#producer.busy + this.#consumer.busy,
      recovered: this.#producer.seat.inherited + this.#consumer.seat.inherited,
    };
  }

  /** Verifies every invariant; throws when one is broken. Nobody may push or shift meanwhile. O(n). For tests. */
  check(): void {
    this.alive;
    const broken = this.#store.check();
    if (broken !== 0) throw new Error(`SharedRing: invariant ${broken} is broken`);
  }

  /** Frees the ring for all threads. Call it when the others are done. Calls that wait here get a `ClosedError`. */
  override dispose(): void {
    if (!this.disposed) {
      this.close();
      this.release();
    }
    super.dispose();
    const reason = new ClosedError('SharedRing');
    this.#consumer.line.fail(reason);
    this.#producer.line.fail(reason);
  }

  #give(attempt: Attempt<true>, options: WaitOptions, what: string): Promise<void> {
    const quiet = () => {
      this.alive;
      const answer = attempt();
      return answer === true ? undefined : answer;
    };
    return this.#producer.line.wait(quiet, options, what);
  }

  #checked(record: Bytes): Uint8Array {
    const room = roomFor(record, 'record');
    const bytes = typeof record === 'string' ? this.#encoded(record, room) : record;
    if (bytes.length > this.#largest) {
      throw new RangeError(`A record must be of at most ${this.#largest} bytes, got ${bytes.length}`);
    }
    return bytes;
  }

  #checkedAll(records: readonly Bytes[]): readonly Uint8Array[] {
    if (!Array.isArray(records)) throw new TypeError(`records must be an array, got ${describe(records)}`);
    return records.map((record) => this.#checked(record));
  }

  #encoded(text: string, room: number): Uint8Array {
    const at = this.arena.scratch(room);
    const end = at + stageBytes(this.arena, at, text, room);
    return this.arena.u8Until(end).slice(at, end);
  }
}

function make(arena: Arena, options: SharedRingOptions): number {
  const { capacityBytes, capacity = MOST_RECORDS, producers = 'many', consumers = 'many' } = options;
  checkInteger(capacityBytes, 'capacityBytes', 8, MOST_BYTES);
  checkInteger(capacity, 'capacity', 1, MOST_RECORDS);
  const variant =
    (isMany('producers', producers) ? MANY_PRODUCERS : 0) | (isMany('consumers', consumers) ? MANY_CONSUMERS : 0);
  const dataBytes = 2 ** Math.ceil(Math.log2(capacityBytes));
  const root = arena.allocAligned(DATA + dataBytes, 64);
  arena.u8Until(root + DATA).fill(0, root, root + DATA);
  const words = arena.u32;
  words[(root + VARIANT) >>> 2] = variant;
  words[(root + CAPACITY) >>> 2] = capacity;
  words[(root + CAPACITY_BYTES) >>> 2] = capacityBytes & ~3;
  words[(root + DATA_BYTES) >>> 2] = dataBytes;
  return root;
}

function isMany(what: string, value: unknown): boolean {
  if (value !== 'one' && value !== 'many')
    throw new RangeError(`${what} must be 'one' or 'many', got ${String(value)}`);
  return value === 'many';
}

function checkLimit(limit: number): number {
  checkInteger(limit, 'limit', 1, Number.MAX_SAFE_INTEGER);
  return limit;
}
