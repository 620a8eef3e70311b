/**
 * `SequenceRange`: whole numbers of a shared sequence, taken a block at a time (the hi/lo allocator of databases).
 *
 * Invariants: a number is handed out at most once; within a block they follow each other without a gap; at most one
 * allocation is under way; waiters are served in the order in which they came.
 */

import { AshlarError } from '../../../bindings/errors.js';

/** Where blocks come from: a row of a database, a Redis counter, a service. */
export interface SequenceSource<T extends number | bigint> {
  /**
   * Takes `count` numbers that nobody else gets, and returns the first of them; later calls return higher ones.
   *
   * @param signal aborted when the range is closed
   */
  allocate(count: number, signal: AbortSignal): Promise<T>;
}

export interface SequenceOptions {
  /** Numbers of a block, 1 to 2^32. Default 1000. What a program has not used when it ends is a gap of at most this. */
  blockSize?: number;
  /** How many numbers are left when the next block is asked for. Default a fifth of a block; 0 asks when none is left. */
  lowWater?: number;
  /** How many may wait for a block. Default 10 000; beyond it `next` is refused. */
  maxWaiting?: number;
}

export interface SequenceStats {
  /** Numbers that are there to hand out. */
  readonly available: number;
  readonly waiting: number;
  /** Blocks taken. */
  readonly blocks: number;
  /** Whether a block is being asked for. */
  readonly allocating: boolean;
  /** Why the last block could not be had; `undefined` once one could. */
  readonly lastError: unknown;
}

export type SequenceProblem = 'closed' | 'source' | 'overlap' | 'too-many-waiting';

const CODES = {
  closed: 'SEQUENCE_CLOSED',
  source: 'SEQUENCE_SOURCE',
  overlap: 'SEQUENCE_OVERLAP',
  'too-many-waiting': 'SEQUENCE_TOO_MANY_WAITING',
} as const;

/** No number could be had. */
export class SequenceError extends AshlarError {
  readonly problem: SequenceProblem;

  constructor(problem: SequenceProblem, message: string, options?: ErrorOptions) {
    super(CODES[problem], message, options);
    this.problem = problem;
  }
}

interface Waiter<T> {
  resolve(value: T): void;
  reject(error: unknown): void;
}

/** What is left of a block. */
interface Block<T> {
  next: T;
  left: number;
}

const MOST_BLOCK = 2 ** 32;
const DEFAULT_BLOCK = 1000;
const DEFAULT_WAITING = 10_000;

export class SequenceRange<T extends number | bigint = number> {
  readonly #source: SequenceSource<T>;
  readonly #blockSize: number;
  readonly #lowWater: number;
  readonly #maxWaiting: number;
  readonly #blocks: Block<T>[] = [];
  /** In the order in which they came: a Set forgets any of them in O(1). */
  readonly #waiting = new Set<Waiter<T>>();
  readonly #closing = new AbortController();
  #available = 0;
  #taken = 0;
  #allocating = false;
  #lastError: unknown;
  /** The number behind the last block: none that comes may begin below it. */
  #floor: T | undefined;

  /** @throws RangeError, TypeError for what is no source or option */
  constructor(source: SequenceSource<T>, options: SequenceOptions = {}) {
    if (typeof source?.allocate !== 'function')
      throw new TypeError('A source must have a method allocate(count, signal)');
    const { blockSize = DEFAULT_BLOCK, maxWaiting = DEFAULT_WAITING } = options;
    checkWhole(blockSize, 'blockSize', 1, MOST_BLOCK);
    const { lowWater = Math.floor(blockSize / 5) } = options;
    checkWhole(lowWater, 'lowWater', 0, blockSize);
    checkWhole(maxWaiting, 'maxWaiting', 0, 2 ** 32);
    this.#source = source;
    this.#blockSize = blockSize;
    this.#lowWater = lowWater;
    this.#maxWaiting = maxWaiting;
  }

  get closed(): boolean {
    return this.#closing.signal.aborted;
  }

  stats(): SequenceStats {
    return {
      available: this.#available,
      waiting: this.#waiting.size,
      blocks: this.#taken,
      allocating: this.#allocating,
      lastError: this.#lastError,
    };
  }

  /**
   * The next number if one is there, else `undefined`; asks for a block in good time.
   *
   * @throws SequenceError `closed`
   */
  tryNext(): T | undefined {
    if (this.closed) throw closed();
    // Whoever waits was first.
    const value = this.#waiting.size > 0 ? undefined : this.#take();
    this.#refill();
    return value;
  }

  /**
   * The next number. Rejects with `SequenceError` when the range is closed, when the source fails (its error is the
   * `cause`; the next call asks again), or when too many wait; with the signal's reason when it is aborted.
   */
  async next({ signal }: { signal?: AbortSignal } = {}): Promise<T> {
    signal?.throwIfAborted();
    const value = this.tryNext();
    if (value !== undefined) return value;
    if (this.#waiting.size >= this.#maxWaiting) {
      throw new SequenceError('too-many-waiting', `${this.#maxWaiting} wait already`);
    }
    return new Promise<T>((resolve, reject) => this.#enter(resolve, reject, signal));
  }

  /**
   * Ends it: who waits is rejected, the allocation under way is aborted. Returns what was not handed out, as the first number
   * and how many, for a source that takes numbers back. Idempotent.
   */
  close(): { start: T; count: number }[] {
    if (this.closed) return [];
    this.#closing.abort(closed());
    this.#failAll(closed());
    const rest = this.#blocks.map(({ next, left }) => ({ start: next, count: left }));
    this.#blocks.length = 0;
    this.#available = 0;
    return rest;
  }

  #enter(resolve: (value: T) => void, reject: (error: unknown) => void, signal: AbortSignal | undefined): void {
    const leave = () => {
      this.#waiting.delete(waiter);
      reject(signal?.reason);
    };
    const waiter: Waiter<T> = {
      resolve: (value) => {
        signal?.removeEventListener('abort', leave);
        resolve(value);
      },
      reject: (error) => {
        signal?.removeEventListener('abort', leave);
        reject(error);
      },
    };
    signal?.addEventListener('abort', leave, { once: true });
    this.#waiting.add(waiter);
    this.#refill();
  }

  #take(): T | undefined {
    const block = this.#blocks[0];
    if (block === undefined) return undefined;
    const value = block.next;
    block.next = plus(value, 1);
    block.left--;
    this.#available--;
    if (block.left === 0) this.#blocks.shift();
    return value;
  }

  /** Asks for a block when few numbers are left, unless one is on its way. */
  #refill(): void {
    if (this.#allocating || this.closed) return;
    if (this.#waiting.size === 0 && this.#available > this.#lowWater) return;
    this.#allocating = true;
    void this.#allocate();
  }

  async #allocate(): Promise<void> {
    try {
      const start = await this.#source.allocate(this.#blockSize, this.#closing.signal);
      this.#allocating = false;
      if (!this.closed) this.#enterBlock(start);
    } catch (error) {
      this.#allocating = false;
      this.#lastError = error;
      // One that was asked for ahead of time may fail: the next call asks again.
      const known = error instanceof SequenceError;
      this.#failAll(known ? error : new SequenceError('source', 'The source gave no block', { cause: error }));
    }
  }

  #enterBlock(start: T): void {
    checkStart(start, this.#blockSize);
    if (this.#floor !== undefined && start < this.#floor) {
      const message = `The source gave a block from ${start}, where blocks up to ${this.#floor} were given before`;
      throw new SequenceError('overlap', message);
    }
    this.#floor = plus(start, this.#blockSize);
    this.#blocks.push({ next: start, left: this.#blockSize });
    this.#available += this.#blockSize;
    this.#taken++;
    this.#lastError = undefined;
    for (const waiter of this.#waiting) {
      const value = this.#take();
      if (value === undefined) break;
      this.#waiting.delete(waiter);
      waiter.resolve(value);
    }
    this.#refill();
  }

  #failAll(error: unknown): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const waiter of waiting) waiter.reject(error);
  }
}

function closed(): SequenceError {
  return new SequenceError('closed', 'The sequence was closed');
}

function plus<T extends number | bigint>(value: T, count: number): T {
  return (typeof value === 'bigint' ? value + BigInt(count) : (value as number) + count) as T;
}

function checkStart(start: unknown, count: number): void {
  if (typeof start === 'bigint') return;
  if (!(Number.isSafeInteger(start) && Number.isSafeInteger((start as number) + count))) {
    const message = `The source must give a bigint, or a number from which ${count} are safe integers, got ${String(start)}`;
    throw new SequenceError('source', message);
  }
}

function checkWhole(value: unknown, what: string, least: number, most: number): asserts value is number {
  if (typeof value !== 'number') throw new TypeError(`${what} must be a number, got ${typeof value}`);
  if (!(Number.isInteger(value) && value >= least && value <= most)) {
    throw new RangeError(`${what} must be an integer from ${least} to ${most}, got ${value}`);
  }
}
