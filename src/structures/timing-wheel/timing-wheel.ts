/** `TimingWheel`: any number of deadlines outside the JavaScript heap, each set and ended in constant time. */

import { Arena } from '../../../bindings/arena.js';
import { ENVELOPE_BYTES, envelope, refused, seal, unseal } from '../../../bindings/envelope.js';
import { ArenaFullError } from '../../../bindings/errors.js';
import { Adopted, type HandleOptions, type StructureKind, surrender } from '../../../bindings/handle.js';
import {
  CANCELLED,
  COUNT,
  DEADLINE,
  EXPIRED,
  ID,
  NEXT,
  NOW,
  SLOTS,
  type TimingWheelKernel,
  timingWheelKernel,
  WHEELS,
} from '../../../bindings/kernels/structures/timing-wheel.js';
import { checkInteger, Made, Sketch } from '../../../bindings/sketch.js';
import { describe, putDoubles, putWords, stage } from '../../../bindings/staging.js';

/** Options of `new TimingWheel()`. */
export interface TimingWheelOptions extends HandleOptions {
  /** The moment the wheel begins at. Default 0. */
  now?: number;
  /** Timers to make room for at once. Default 0. */
  capacity?: number;
}

/** Names one timer, until it expires or is cancelled; never another one. A non-negative safe integer. */
export type TimerHandle = number;

export interface TimingWheelStats {
  readonly size: number;
  readonly now: number;
  /** Timers that came due since the wheel was made or cleared. */
  readonly expired: number;
  readonly cancelled: number;
  /** Bytes the wheel costs its arena, allocator headers included. */
  readonly bytes: number;
}

/** A timer that is set: what it is for, and when. */
export type TimerEntry = [id: number, deadline: number];

const KIND: StructureKind = { number: 54, name: 'TimingWheel' };
const VERSION = 1;
const MAX_ID = 2 ** 32 - 1;
/** As many nodes as a wheel has at most. */
const MAX_TIMERS = 64 * (2 ** 20 - 1);
/** Ids that one crossing brings out; timers that one takes in. */
const CHUNK = 4096;
// Payload: f64 now, expired, cancelled; u32 count, 0; then the deadlines as f64, then the ids as u32.
const HEAD_BYTES = 32;
const ENTRY_BYTES = 12;

/**
 * Moments are integers from 0 to 2^53 − 1 of any unit, usually milliseconds: a deadline is rounded up and the present
 * down, so that no timer is early. The wheel has no clock: `advance` says what time it is.
 */
export class TimingWheel extends Sketch<TimingWheelKernel> implements Iterable<TimerEntry> {
  /**
   * @throws TypeError, RangeError for options
   * @throws ArenaFullError
   * @throws NameError when the name is taken
   */
  constructor(options: TimingWheelOptions | Adopted | Made = {}) {
    super(KIND, timingWheelKernel, options, (arena, kernel) => {
      const { now = 0, capacity = 0 } = options as TimingWheelOptions;
      checkInteger(capacity, 'capacity', 0, MAX_TIMERS);
      const root = kernel.create(Math.floor(checkMoment(now, 'now'))) >>> 0;
      if (root !== 0 && kernel.reserve(root, capacity) === 0) {
        kernel.destroy(root);
        throw new ArenaFullError(arena, `a TimingWheel of ${capacity} timers`);
      }
      return root;
    });
  }

  /** The wheel of this name, also after a snapshot. @throws NameError when there is none, or it is something else */
  static open(arena: Arena, name: string): TimingWheel {
    const { root, handle } = arena.findName(name, KIND.number, KIND.name);
    return handle instanceof TimingWheel ? handle : new TimingWheel(new Adopted(arena, root));
  }

  /**
   * The wheel that `toBytes()` wrote: the same timers in the same order, with handles of their own. O(n).
   *
   * @throws SnapshotError when the bytes are truncated, altered, of another format, or say what no wheel does
   * @throws ArenaFullError
   */
  static fromBytes(bytes: Uint8Array, options: HandleOptions = {}): TimingWheel {
    const arena = options.arena ?? Arena.default;
    if (options.name !== undefined) arena.assertNameFree(options.name);
    const saved = read(unseal(arena, KIND, VERSION, bytes));
    const wheel = new TimingWheel({ arena, now: saved.now, capacity: saved.ids.length });
    try {
      wheel.scheduleMany(saved.ids, saved.deadlines);
      const { ids, deadlines } = wheel.#walk();
      const same = ids.every((id, i) => id === saved.ids[i]) && deadlines.every((it, i) => it === saved.deadlines[i]);
      if (!same) throw refused(KIND, 'its timers stand in no order that a wheel has');
    } catch (error) {
      wheel.dispose();
      throw error;
    }
    arena.f64[(wheel.alive + EXPIRED) >>> 3] = saved.expired;
    arena.f64[(wheel.alive + CANCELLED) >>> 3] = saved.cancelled;
    return new TimingWheel(new Made(arena, surrender(wheel), options.name));
  }

  /** Timers that are set. O(1). */
  get size(): number {
    return this.word(COUNT);
  }

  /** The present: what `advance` was told last. */
  get now(): number {
    return this.word(NOW + 4) * 2 ** 32 + this.word(NOW);
  }

  /**
   * Sets a timer. A deadline that has passed is due at the next `advance`. O(1).
   *
   * @param id an integer from 0 to 2^32 − 1: what `advance` will give; any number of timers may have the same
   * @throws TypeError, RangeError when the id or the deadline is none
   * @throws ArenaFullError the wheel is as it was
   */
  schedule(id: number, deadline: number): TimerHandle {
    const root = this.alive;
    if (id >>> 0 !== id) throw misuse('id', id, MAX_ID);
    if (!(deadline >= 0 && deadline <= Number.MAX_SAFE_INTEGER)) throw misuse('deadline', deadline);
    const handle = this.kernel.schedule(root, id, Math.ceil(deadline));
    if (handle < 0) throw new ArenaFullError(this.arena, 'a timer');
    return handle;
  }

  /**
   * Sets many timers, and gives their handles. O(count).
   *
   * @throws TypeError, RangeError for arrays of other kinds or different lengths, or a deadline that is none
   * @throws ArenaFullError the wheel is as it was
   */
  scheduleMany(ids: Uint32Array, deadlines: Float64Array): Float64Array<ArrayBuffer> {
    const root = this.alive;
    checkArray(ids, 'ids', 'Uint32Array');
    checkArray(deadlines, 'deadlines', 'Float64Array');
    const { length } = ids;
    if (deadlines.length !== length) {
      throw new RangeError(`There must be as many deadlines as ids, ${length}, got ${deadlines.length}`);
    }
    for (let i = 0; i < length; i++) {
      const deadline = deadlines[i] as number;
      if (!(deadline >= 0 && deadline <= Number.MAX_SAFE_INTEGER)) throw misuse('deadline', deadline);
    }
    const handles = new Float64Array(length);
    if (this.kernel.reserve(root, this.size + length) === 0) throw new ArenaFullError(this.arena, `${length} timers`);
    for (let from = 0; from < length; from += CHUNK) {
      const count = Math.min(length - from, CHUNK);
      const at = stage(this.arena, 20 * CHUNK, ids, deadlines);
      const given = at + 12 * CHUNK;
      putWords(this.arena, at + 8 * CHUNK, ids.subarray(from, from + count));
      const f64 = this.arena.f64;
      for (let i = 0; i < count; i++) f64[(at >>> 3) + i] = Math.ceil(deadlines[from + i] as number);
      this.kernel.scheduleMany(root, at + 8 * CHUNK, at, given, count);
      handles.set(f64.subarray(given >>> 3, (given >>> 3) + count), from);
    }
    return handles;
  }

  /** Ends a timer; false when it has expired or was cancelled before. O(1). */
  cancel(handle: TimerHandle): boolean {
    return this.kernel.cancel(this.alive, checkHandle(handle)) !== 0;
  }

  /** Ends many timers; how many of them were still set. O(count). */
  cancelMany(handles: Float64Array): number {
    const root = this.alive;
    checkArray(handles, 'handles', 'Float64Array');
    for (let i = 0; i < handles.length; i++) checkHandle(handles[i] as number);
    let cancelled = 0;
    for (let from = 0; from < handles.length; from += CHUNK) {
      const part = handles.subarray(from, from + CHUNK);
      const at = stage(this.arena, 8 * CHUNK, handles);
      putDoubles(this.arena, at, part);
      cancelled += this.kernel.cancelMany(root, at, part.length);
    }
    return cancelled;
  }

  /**
   * Gives a timer another deadline, behind the others of that moment; its handle stays. False when it has expired or was
   * cancelled. O(1).
   */
  reschedule(handle: TimerHandle, deadline: number): boolean {
    const due = Math.ceil(checkMoment(deadline, 'deadline'));
    return this.kernel.reschedule(this.alive, checkHandle(handle), due) !== 0;
  }

  /** True while the timer is set. O(1). */
  has(handle: TimerHandle): boolean {
    return this.deadlineOf(handle) !== undefined;
  }

  /** When the timer is due, `undefined` when it is not set any more. O(1). */
  deadlineOf(handle: TimerHandle): number | undefined {
    return known(this.kernel.deadlineOf(this.alive, checkHandle(handle)));
  }

  /** What the timer is for, `undefined` when it is not set any more. O(1). */
  idOf(handle: TimerHandle): number | undefined {
    return this.has(handle) ? this.kernel.idOf(this.alive, handle) >>> 0 : undefined;
  }

  /**
   * Moves the present on, and gives the ids of the timers that are due, in order of their deadlines, and of scheduling
   * where those are equal. A `now` before the present leaves the present where it is: time that goes back ends nothing
   * too early. O(timers that are due, and those that come nearer); time without timers costs nothing.
   */
  advance(now: number): Uint32Array<ArrayBuffer> {
    const parts: Uint32Array[] = [];
    let total = 0;
    for (;;) {
      const part = this.#advance(now, CHUNK).slice();
      total += part.length;
      if (part.length < CHUNK && parts.length === 0) return part;
      parts.push(part);
      if (part.length < CHUNK) break;
    }
    const ids = new Uint32Array(total);
    let at = 0;
    for (const part of parts) {
      ids.set(part, at);
      at += part.length;
    }
    return ids;
  }

  /**
   * As `advance`, with at most `out.length` ids: how many there were. When that is `out.length` there may be more, and the
   * present may have stopped before `now`: call again. Allocates nothing.
   */
  advanceInto(now: number, out: Uint32Array): number {
    checkArray(out, 'out', 'Uint32Array');
    let count = 0;
    while (count < out.length) {
      const most = Math.min(CHUNK, out.length - count);
      const part = this.#advance(now, most);
      out.set(part, count);
      count += part.length;
      if (part.length < most) break;
    }
    return count;
  }

  /** The first deadline. O(timers that stand in one slot with it), usually few. */
  next(): number | undefined {
    return known(this.kernel.next(this.alive));
  }

  /**
   * When to call `advance`, for whoever sleeps between calls: never after the first deadline. One that is far is met in up
   * to eight steps, each a small part of the rest. O(1).
   */
  wakeAt(): number | undefined {
    return known(this.kernel.wakeAt(this.alive));
  }

  /** Ends every timer, and counts what expired and was cancelled from 0 again. Keeps memory and present. O(n). */
  clear(): void {
    this.kernel.clear(this.alive);
  }

  /** The timers there are at the call, nearest wheels first and in no order that means more. A copy: O(n). */
  *entries(): IterableIterator<TimerEntry> {
    const { ids, deadlines } = this.#walk();
    for (let i = 0; i < ids.length; i++) yield [ids[i] as number, deadlines[i] as number];
  }

  [Symbol.iterator](): IterableIterator<TimerEntry> {
    return this.entries();
  }

  stats(): TimingWheelStats {
    return {
      size: this.size,
      now: this.now,
      expired: this.float(EXPIRED),
      cancelled: this.float(CANCELLED),
      bytes: this.kernel.bytesOf(this.alive) >>> 0,
    };
  }

  /** Verifies every invariant; throws when one is broken. O(n). For tests and fuzzers. */
  check(): void {
    const broken = this.kernel.check(this.alive);
    if (broken !== 0) throw new Error(`TimingWheel: invariant ${broken} is broken`);
  }

  /** The timers as bytes: the same everywhere, and the same again after `fromBytes`. O(n). */
  toBytes(): Uint8Array<ArrayBuffer> {
    const { ids, deadlines } = this.#walk();
    const bytes = envelope(KIND, VERSION, HEAD_BYTES + ENTRY_BYTES * ids.length);
    const head = new DataView(bytes.buffer, ENVELOPE_BYTES);
    head.setFloat64(0, this.now, true);
    head.setFloat64(8, this.float(EXPIRED), true);
    head.setFloat64(16, this.float(CANCELLED), true);
    head.setUint32(24, ids.length, true);
    const at = ENVELOPE_BYTES + HEAD_BYTES;
    new Float64Array(bytes.buffer, at, ids.length).set(deadlines);
    new Uint32Array(bytes.buffer, at + 8 * ids.length, ids.length).set(ids);
    return seal(this.arena, bytes);
  }

  /** A view of the ids that came due, valid until the next call. */
  #advance(now: number, most: number): Uint32Array {
    const root = this.alive;
    const target = Math.floor(checkMoment(now, 'now'));
    const out = this.arena.scratch(4 * CHUNK);
    const count = this.kernel.advance(root, target, out, most);
    return this.arena.u32.subarray(out >>> 2, (out >>> 2) + count);
  }

  /** Every timer, wheel by wheel, slot by slot, in order of expiry within a slot of the lowest. */
  #walk(): { ids: Uint32Array; deadlines: Float64Array } {
    const { size, arena } = this;
    const [ids, deadlines] = [new Uint32Array(size), new Float64Array(size)];
    const u32 = arena.u32;
    const word = (address: number): number => u32[address >>> 2] as number;
    let count = 0;
    for (let slot = 0; slot < WHEELS * 64; slot++) {
      const sentinel = this.alive + SLOTS + 8 * slot - NEXT;
      for (let node = word(sentinel + NEXT); node !== sentinel; node = word(node + NEXT)) {
        ids[count] = word(node + ID);
        deadlines[count++] = word(node + DEADLINE + 4) * 2 ** 32 + word(node + DEADLINE);
      }
    }
    return { ids, deadlines };
  }
}

/** What the payload says, once it was seen to be possible. */
function read(payload: Uint8Array) {
  if (payload.length < HEAD_BYTES) throw refused(KIND, 'they have no header');
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const count = view.getUint32(24, true);
  if (payload.length !== HEAD_BYTES + ENTRY_BYTES * count || view.getUint32(28, true) !== 0) {
    throw refused(KIND, `${count} timers are not there`);
  }
  const natural = (at: number): number => {
    const value = view.getFloat64(at, true);
    if (Number.isSafeInteger(value) && value >= 0 && !Object.is(value, -0)) return value;
    throw refused(KIND, `${value} where a moment or a count belongs`);
  };
  const [now, expired, cancelled] = [natural(0), natural(8), natural(16)];
  const deadlines = new Float64Array(count);
  const ids = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    deadlines[i] = natural(HEAD_BYTES + 8 * i);
    ids[i] = view.getUint32(HEAD_BYTES + 8 * count + 4 * i, true);
    if ((deadlines[i] as number) < now) throw refused(KIND, 'a timer is due before the present');
  }
  return { now, expired, cancelled, ids, deadlines };
}

function known(moment: number): number | undefined {
  return moment < 0 ? undefined : moment;
}

/** A moment, or a rounded one, that the wheel can hold. */
function checkMoment(moment: number, what: string): number {
  if (moment >= 0 && moment <= Number.MAX_SAFE_INTEGER) return moment;
  throw misuse(what, moment);
}

function checkHandle(handle: TimerHandle): number {
  if (handle >= 0 && Number.isSafeInteger(handle)) return handle;
  throw misuse('handle', handle);
}

function misuse(what: string, value: unknown, most = Number.MAX_SAFE_INTEGER): Error {
  if (typeof value !== 'number') return new TypeError(`${what} must be a number, got ${describe(value)}`);
  return new RangeError(`${what} must be from 0 to ${most}, got ${value}`);
}

function checkArray(value: unknown, what: string, kind: 'Uint32Array' | 'Float64Array'): void {
  if (Object.prototype.toString.call(value) === `[object ${kind}]`) return;
  throw new TypeError(`${what} must be a ${kind}, got ${describe(value)}`);
}
