/** `BufferPool`: bytes lent from a few large blocks, one for each of some sizes, within a bound. */

import type { Arena } from '../../../bindings/arena.js';
import type { Link } from '../../base/linked-list.js';
import { ClosedError, QueueFullError } from '../../base/wait-errors.js';
import { checkWait, Waiter, type WaitOptions } from '../../base/waiter.js';
import { type Clock, systemClock } from '../../ports/clock.js';
import { systemTimer, type Timer } from '../../ports/timer.js';
import { type Held, Leaks } from './leaks.js';
import { type BufferOwner, PooledBuffer } from './pooled-buffer.js';
import { Slab } from './slab.js';

export interface BufferClass {
  /** Bytes of each buffer, from 1. */
  readonly bytes: number;
  /** How many there are, from 1. */
  readonly count: number;
}

export interface BufferPoolOptions {
  /** Bytes in all, for classes of powers of two that share them evenly. Default 16 MiB. */
  maxBytes?: number;
  /** The smallest of those classes. Default 1024. */
  smallestBytes?: number;
  /** The largest of them, and so of all that can be asked for. Default 65 536. */
  largestBytes?: number;
  /** The classes themselves, in place of the three above. */
  classes?: readonly BufferClass[];
  /** Whether a larger buffer is lent where none of the right class is free. Default true. */
  spills?: boolean;
  /** Whether buffers are zeros when they are lent. Default false: they are what they were. */
  zeros?: boolean;
  /** Blocks are allocated in it, for kernels to work on. Default none: in ArrayBuffers. */
  arena?: Arena | undefined;
  /** Whether it is recorded where each buffer was taken. Default false. */
  tracksLeaks?: boolean;
  /** Told of a buffer that was dropped without being given back, while that is recorded. Its piece is free again by then. */
  onDropped?: ((held: Held) => void) | undefined;
  /** How many may wait, from 0. Default 10 000. */
  maxWaiting?: number;
  clock?: Clock;
  timer?: Timer;
}

export interface BufferAcquireOptions extends WaitOptions {
  /** Who waits with a higher one comes first; equal ones in order. Default 0. */
  priority?: number | undefined;
}

export interface BufferClassStats extends BufferClass {
  readonly free: number;
  readonly waiting: number;
  /** How often one was lent. */
  readonly taken: number;
  /** Whether its block has been allocated. */
  readonly allocated: boolean;
}

export interface BufferPoolStats {
  /** Bytes of all blocks, allocated or not. */
  readonly capacityBytes: number;
  readonly allocatedBytes: number;
  /** Bytes of the pieces that are lent. */
  readonly usedBytes: number;
  readonly peakUsedBytes: number;
  /** Buffers that are out, slices included. */
  readonly buffers: number;
  readonly waiting: number;
  readonly refused: number;
  readonly givenUp: number;
  readonly classes: readonly BufferClassStats[];
}

const NO_OPTIONS: BufferAcquireOptions = Object.freeze({});

class BufferWaiter extends Waiter<PooledBuffer> {
  readonly bytes: number;

  constructor(bytes: number) {
    super();
    this.bytes = bytes;
  }
}

export class BufferPool implements BufferOwner {
  /** By rising size. */
  readonly #slabs: readonly Slab<BufferWaiter>[];
  readonly #largestBytes: number;
  readonly #spills: boolean;
  readonly #zeros: boolean;
  readonly #inArena: boolean;
  readonly #leaks: Leaks | undefined;
  readonly #maxWaiting: number;
  readonly #timer: Timer;
  readonly #idle: Waiter<void>[] = [];
  #closed: ClosedError | undefined = undefined;
  #usedBytes = 0;
  #peakUsedBytes = 0;
  #buffers = 0;
  #waiting = 0;
  #refused = 0;
  #givenUp = 0;

  /** @throws TypeError, RangeError for options that no pool has */
  constructor(options: BufferPoolOptions = {}) {
    const { arena, spills = true, zeros = false, tracksLeaks = false, onDropped, maxWaiting = 10_000 } = options;
    const classes = classesOf(options);
    checkInteger('maxWaiting', maxWaiting, 0);
    this.#slabs = classes.map(({ bytes, count }) => new Slab<BufferWaiter>(bytes, count, arena));
    this.#largestBytes = (classes.at(-1) as BufferClass).bytes;
    this.#spills = spills;
    this.#zeros = zeros;
    this.#inArena = arena !== undefined;
    this.#leaks = tracksLeaks ? new Leaks(options.clock ?? systemClock, (held) => onDropped?.(held)) : undefined;
    this.#maxWaiting = maxWaiting;
    this.#timer = options.timer ?? systemTimer;
  }

  /**
   * A buffer of so many bytes, or `undefined` when none is free, or others wait for one. O(1), and a look at each larger class.
   *
   * @param bytes from 1 to the largest class
   * @throws RangeError, TypeError
   * @throws ArenaFullError when the arena has no room for the block of a class; the pool is as it was
   */
  tryAcquire(bytes: number): PooledBuffer | undefined {
    const at = this.#classFor(bytes);
    if (this.#closed !== undefined || (this.#slabs[at] as Slab<BufferWaiter>).waiters.size > 0) return undefined;
    return this.#take(at, bytes);
  }

  /** The same, and waits where there is none. @returns a promise that rejects with `signal.reason`, `TimeoutError`, `QueueFullError`, `ClosedError` */
  acquire(bytes: number, options: BufferAcquireOptions = NO_OPTIONS): Promise<PooledBuffer> {
    const at = this.#classFor(bytes);
    if (options !== NO_OPTIONS) {
      checkAcquire(options);
      if (options.signal?.aborted) return Promise.reject(options.signal.reason);
    }
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    const buffer = this.tryAcquire(bytes);
    return buffer === undefined ? this.#wait(at, bytes, options) : Promise.resolve(buffer);
  }

  #wait(at: number, bytes: number, options: BufferAcquireOptions): Promise<PooledBuffer> {
    if (this.#waiting >= this.#maxWaiting) {
      this.#refused++;
      return Promise.reject(new QueueFullError('BufferPool.acquire', this.#maxWaiting));
    }
    const waiter = new BufferWaiter(bytes);
    (this.#slabs[at] as Slab<BufferWaiter>).waiters.push(waiter, options.priority ?? 0);
    this.#waiting++;
    waiter.heed(options, this.#timer, 'BufferPool.acquire', this.#onGivenUp);
    return waiter.promise;
  }

  readonly #onGivenUp = (): void => {
    this.#waiting--;
    this.#givenUp++;
  };

  /** The smallest class that has room for so many bytes. */
  #classFor(bytes: number): number {
    if (!(Number.isInteger(bytes) && bytes >= 1 && bytes <= this.#largestBytes)) {
      if (typeof bytes !== 'number') throw new TypeError(`bytes must be a number, got ${typeof bytes}`);
      throw new RangeError(`bytes must be an integer from 1 to ${this.#largestBytes}, the largest class, got ${bytes}`);
    }
    const slabs = this.#slabs;
    let at = 0;
    while ((slabs[at] as Slab<BufferWaiter>).size < bytes) at++;
    return at;
  }

  #take(at: number, bytes: number): PooledBuffer | undefined {
    const slabs = this.#slabs;
    const last = this.#spills ? slabs.length : at + 1;
    for (let i = at; i < last; i++) {
      const slab = slabs[i] as Slab<BufferWaiter>;
      // Nobody takes from those who wait for a larger one.
      if (slab.free === 0 || (i > at && slab.waiters.size > 0)) continue;
      return this.#lend(slab, slab.take(), bytes);
    }
    return undefined;
  }

  #lend(slab: Slab<BufferWaiter>, piece: number, bytes: number): PooledBuffer {
    this.#usedBytes += slab.size;
    if (this.#usedBytes > this.#peakUsedBytes) this.#peakUsedBytes = this.#usedBytes;
    const buffer = new PooledBuffer(this, slab as unknown as Slab<Link>, piece, 0, bytes, this.#inArena);
    if (this.#zeros) slab.view(piece, 0, bytes).fill(0);
    this.#buffers++;
    this.#leaks?.taken(buffer, () => this.#letGo(slab, piece));
    return buffer;
  }

  /** @internal Slices tell by themselves. */
  sliced(buffer: PooledBuffer, slab: Slab<Link>, piece: number): void {
    this.#buffers++;
    this.#leaks?.taken(buffer, () => this.#letGo(slab as unknown as Slab<BufferWaiter>, piece));
  }

  /** @internal Buffers give back by themselves. */
  released(buffer: PooledBuffer, slab: Slab<Link>, piece: number): void {
    this.#leaks?.released(buffer);
    this.#letGo(slab as unknown as Slab<BufferWaiter>, piece);
  }

  #letGo(slab: Slab<BufferWaiter>, piece: number): void {
    this.#buffers--;
    if (slab.letGo(piece)) {
      this.#usedBytes -= slab.size;
      if (this.#waiting > 0) this.#serve(slab);
    }
    if (this.#buffers === 0 && this.#idle.length > 0) for (const waiter of this.#idle.splice(0)) waiter.grant();
  }

  /** A piece is free: for who waits for this class, or else for a smaller one. */
  #serve(slab: Slab<BufferWaiter>): void {
    let at = this.#slabs.indexOf(slab);
    for (; at >= 0 && slab.free > 0; at--) {
      const { waiters } = this.#slabs[at] as Slab<BufferWaiter>;
      for (let waiter = waiters.first; waiter !== undefined && slab.free > 0; waiter = waiters.first) {
        this.#waiting--;
        waiter.grant(this.#lend(slab, slab.take(), waiter.bytes));
      }
      if (!this.#spills) return;
    }
  }

  /** What is out, with where it was taken. Empty unless that is recorded. O(buffers). */
  leaks(): Held[] {
    return this.#leaks?.report() ?? [];
  }

  stats(): BufferPoolStats {
    const classes = this.#slabs.map(({ size, count, free, waiters, taken, allocated }) => ({
      bytes: size,
      count,
      free,
      waiting: waiters.size,
      taken,
      allocated,
    }));
    const sum = (of: readonly BufferClass[]): number => of.reduce((all, { bytes, count }) => all + bytes * count, 0);
    return {
      capacityBytes: sum(classes),
      allocatedBytes: sum(classes.filter(({ allocated }) => allocated)),
      usedBytes: this.#usedBytes,
      peakUsedBytes: this.#peakUsedBytes,
      buffers: this.#buffers,
      waiting: this.#waiting,
      refused: this.#refused,
      givenUp: this.#givenUp,
      classes,
    };
  }

  get closed(): boolean {
    return this.#closed !== undefined;
  }

  /** Lends nothing more: who waits gets a `ClosedError`. Blocks are freed when nobody holds any of them. Idempotent. */
  close(): void {
    if (this.#closed !== undefined) return;
    this.#closed = new ClosedError('The buffer pool');
    for (const slab of this.#slabs) {
      for (const waiter of slab.waiters) waiter.fail(this.#closed);
      slab.dispose();
    }
    this.#waiting = 0;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Closes, and waits until every buffer has been given back. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    if (this.#buffers === 0) return;
    const waiter = new Waiter<void>();
    this.#idle.push(waiter);
    await waiter.promise;
  }
}

function classesOf(options: BufferPoolOptions): BufferClass[] {
  if (options.classes !== undefined) return given(options.classes);
  const { maxBytes = 16 << 20, smallestBytes = 1024, largestBytes = 65_536 } = options;
  checkInteger('maxBytes', maxBytes, 1);
  checkInteger('smallestBytes', smallestBytes, 1);
  checkInteger('largestBytes', largestBytes, smallestBytes);
  const sizes: number[] = [];
  for (let bytes = smallestBytes; bytes < largestBytes; bytes *= 2) sizes.push(bytes);
  sizes.push(largestBytes);
  const shareBytes = maxBytes / sizes.length;
  if (shareBytes < largestBytes) {
    throw new RangeError(
      `maxBytes must be at least ${largestBytes * sizes.length}, for one buffer of the largest of ${sizes.length} classes, got ${maxBytes}`,
    );
  }
  return sizes.map((bytes) => ({ bytes, count: Math.floor(shareBytes / bytes) }));
}

function given(classes: readonly BufferClass[]): BufferClass[] {
  if (!Array.isArray(classes) || classes.length === 0)
    throw new TypeError('classes must be an array of at least one class');
  for (const { bytes, count } of classes) {
    checkInteger('bytes of a class', bytes, 1);
    checkInteger('count of a class', count, 1);
  }
  const sorted = [...classes].sort((one, other) => one.bytes - other.bytes);
  for (let i = 1; i < sorted.length; i++) {
    if (sorted[i]?.bytes === sorted[i - 1]?.bytes)
      throw new RangeError(`There are two classes of ${sorted[i]?.bytes} bytes`);
  }
  return sorted;
}

function checkInteger(name: string, value: number, least: number): void {
  if (typeof value !== 'number') throw new TypeError(`${name} must be a number, got ${typeof value}`);
  if (!(Number.isSafeInteger(value) && value >= least)) {
    throw new RangeError(`${name} must be an integer from ${least}, got ${value}`);
  }
}

function checkAcquire(options: BufferAcquireOptions): void {
  checkWait(options);
  const { priority = 0 } = options;
  if (typeof priority !== 'number' || Number.isNaN(priority)) {
    throw new TypeError(`priority must be a number, got ${String(priority)}`);
  }
}
