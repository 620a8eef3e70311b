/**
 * A lock that many readers share, or one writer has (Courtois, Heymans and Parnas 1971: their first problem is `'read'`,
 * their second `'write'`).
 *
 * Taking, giving back and giving up are O(1). Invariant: while nobody holds the lock, nobody waits; so a newcomer who finds
 * it free overtakes nobody.
 */

import { AshlarError } from '../../../bindings/errors.js';
import { LinkedList } from '../../base/linked-list.js';
import { ClosedError, QueueFullError } from '../../base/wait-errors.js';
import { checkWait, failAll, Waiter, type WaitOptions } from '../../base/waiter.js';
import { systemTimer, type Timer } from '../../ports/timer.js';
import { type HolderToken, type HoldKeeper, ReadHold, WriteHold } from './holds.js';

const DEFAULT_MAX_QUEUE = 10_000;
const NO_OPTIONS: LockRequest = Object.freeze({});

export interface ReadWriteLockOptions {
  /**
   * Who goes first: `'read'`, readers, whoever waits to write, so that writers may starve; `'write'`, writers, so that
   * readers may starve; `'fair'`, who came first. Default `'fair'`.
   */
  preference?: 'read' | 'write' | 'fair';
  /** How many may wait. Default 10 000. */
  maxQueue?: number;
  /** Default the platform's. */
  timer?: Timer;
}

export interface LockRequest extends WaitOptions {
  /** Who asks: a token that holds the lock takes it again at once. */
  token?: HolderToken | undefined;
}

/** Two readers who both wait to become the writer would wait for each other: the second is told. It still reads. */
export class UpgradeConflictError extends AshlarError {
  constructor() {
    super('UPGRADE_CONFLICT', 'Another reader waits to be upgraded already: each would wait for the other to end');
  }
}

class ReadWaiter extends Waiter<ReadHold> {
  readonly token: HolderToken | undefined;
  readonly ticket: number;

  constructor(token: HolderToken | undefined, ticket: number) {
    super();
    this.token = token;
    this.ticket = ticket;
  }
}

class WriteWaiter extends Waiter<WriteHold> {
  readonly token: HolderToken | undefined;
  readonly ticket: number;

  constructor(token: HolderToken | undefined, ticket: number) {
    super();
    this.token = token;
    this.ticket = ticket;
  }
}

export class ReadWriteLock {
  readonly #preference: 'read' | 'write' | 'fair';
  readonly #maxQueue: number;
  readonly #timer: Timer;
  readonly #readQueue = new LinkedList<ReadWaiter>();
  readonly #writeQueue = new LinkedList<WriteWaiter>();
  /** Holds that read; with a token, each of them. */
  #readers = 0;
  /** Holds that write: more than one only of one token. */
  #writes = 0;
  #writeToken: HolderToken | undefined = undefined;
  /** How many of `#readers` belong to each token. */
  readonly #readsOf = new Map<HolderToken, number>();
  #upgrade: { readonly hold: ReadHold; readonly waiter: Waiter<WriteHold> } | undefined = undefined;
  #ticket = 0;
  #closed: ClosedError | undefined = undefined;

  /** @throws RangeError when an option cannot be */
  constructor(options: ReadWriteLockOptions = {}) {
    const { preference = 'fair', maxQueue = DEFAULT_MAX_QUEUE, timer = systemTimer } = options;
    if (preference !== 'read' && preference !== 'write' && preference !== 'fair') {
      throw new RangeError(`preference must be 'read', 'write' or 'fair', got ${String(preference)}`);
    }
    if (!(maxQueue >= 0)) throw new RangeError(`maxQueue must be from 0, got ${maxQueue}`);
    this.#preference = preference;
    this.#maxQueue = maxQueue;
    this.#timer = timer;
  }

  /** Waits to read. Rejects with `signal.reason`, `TimeoutError`, `QueueFullError` or `ClosedError`. */
  read(request: LockRequest = NO_OPTIONS): Promise<ReadHold> {
    const refusal = this.#refusal(request);
    if (refusal !== undefined) return refusal;
    if (this.#mayRead(request.token)) return Promise.resolve(this.#lendRead(request.token));
    if (this.#isFull()) return Promise.reject(new QueueFullError('ReadWriteLock.read', this.#maxQueue));
    const waiter = new ReadWaiter(request.token, this.#ticket++);
    this.#readQueue.push(waiter);
    waiter.heed(request, this.#timer, 'ReadWriteLock.read', this.#handOn);
    return waiter.promise;
  }

  /**
   * Waits to write. Rejects as `read` does.
   *
   * @throws TypeError when the token reads and does not write: it must upgrade, or would wait for itself
   */
  write(request: LockRequest = NO_OPTIONS): Promise<WriteHold> {
    const refusal = this.#refusal(request);
    if (refusal !== undefined) return refusal;
    if (this.#mayWrite(request.token)) return Promise.resolve(this.#lendWrite(request.token));
    if (this.#isFull()) return Promise.reject(new QueueFullError('ReadWriteLock.write', this.#maxQueue));
    const waiter = new WriteWaiter(request.token, this.#ticket++);
    this.#writeQueue.push(waiter);
    waiter.heed(request, this.#timer, 'ReadWriteLock.write', this.#handOn);
    return waiter.promise;
  }

  /** The right to read without waiting, or `undefined`. */
  tryRead(token?: HolderToken): ReadHold | undefined {
    checkToken(token);
    return this.#closed === undefined && this.#mayRead(token) ? this.#lendRead(token) : undefined;
  }

  /** The right to write without waiting, or `undefined`. @throws TypeError as `write` */
  tryWrite(token?: HolderToken): WriteHold | undefined {
    checkToken(token);
    return this.#closed === undefined && this.#mayWrite(token) ? this.#lendWrite(token) : undefined;
  }

  /** Runs a function among the readers. */
  async useRead<R>(fn: (hold: ReadHold) => R | PromiseLike<R>, request: LockRequest = NO_OPTIONS): Promise<R> {
    const hold = await this.read(request);
    try {
      return await fn(hold);
    } finally {
      // The function may have given it back, or exchanged it.
      if (!hold.released) hold.release();
    }
  }

  /** Runs a function alone. */
  async useWrite<R>(fn: (hold: WriteHold) => R | PromiseLike<R>, request: LockRequest = NO_OPTIONS): Promise<R> {
    const hold = await this.write(request);
    try {
      return await fn(hold);
    } finally {
      // The function may have given it back, or exchanged it.
      if (!hold.released) hold.release();
    }
  }

  /** Holds that read. */
  get readers(): number {
    return this.#readers;
  }

  /** Whether somebody writes. */
  get writing(): boolean {
    return this.#writes > 0;
  }

  get waitingReaders(): number {
    return this.#readQueue.size;
  }

  /** How many wait to write, one who waits to be upgraded among them. */
  get waitingWriters(): number {
    return this.#writeQueue.size + (this.#upgrade === undefined ? 0 : 1);
  }

  get closed(): boolean {
    return this.#closed !== undefined;
  }

  /** Lends nothing more: those who wait get a `ClosedError`, holds end as ever. Idempotent. */
  close(cause?: unknown): void {
    if (this.#closed !== undefined) return;
    this.#closed = new ClosedError('The read-write lock', cause === undefined ? undefined : { cause });
    failAll(this.#readQueue, this.#closed);
    failAll(this.#writeQueue, this.#closed);
    const upgrade = this.#upgrade;
    if (upgrade === undefined) return;
    this.#endUpgrade();
    upgrade.waiter.fail(this.#closed);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #refusal(request: LockRequest): Promise<never> | undefined {
    if (request !== NO_OPTIONS) {
      checkWait(request);
      checkToken(request.token);
      if (request.signal?.aborted) return Promise.reject(request.signal.reason);
    }
    return this.#closed === undefined ? undefined : Promise.reject(this.#closed);
  }

  #isFull(): boolean {
    return this.#readQueue.size + this.#writeQueue.size >= this.#maxQueue;
  }

  #mayRead(token: HolderToken | undefined): boolean {
    // Who holds the lock gets it again, or would wait for itself.
    if (token !== undefined && (token === this.#writeToken || this.#readsOf.has(token))) return true;
    if (this.#writes > 0 || this.#upgrade !== undefined) return false;
    return this.#preference === 'read' || this.#writeQueue.size === 0;
  }

  #mayWrite(token: HolderToken | undefined): boolean {
    if (this.#writes > 0) return token !== undefined && token === this.#writeToken;
    if (token !== undefined && this.#readsOf.has(token)) {
      throw new TypeError('A token that reads must upgrade its hold to write: otherwise it waits for itself to end');
    }
    return this.#readers === 0;
  }

  #lendRead(token: HolderToken | undefined): ReadHold {
    this.#readers++;
    if (token !== undefined) this.#readsOf.set(token, (this.#readsOf.get(token) ?? 0) + 1);
    return new ReadHold(this.#keeper, token);
  }

  #lendWrite(token: HolderToken | undefined): WriteHold {
    this.#writes++;
    this.#writeToken = token;
    return new WriteHold(this.#keeper, token);
  }

  readonly #keeper: HoldKeeper = {
    releaseRead: (hold) => {
      this.#forgetRead(hold.token);
      this.#handOn();
    },
    releaseWrite: () => {
      this.#forgetWrite();
      this.#handOn();
    },
    downgrade: (hold) => {
      this.#forgetWrite();
      const read = this.#lendRead(hold.token);
      this.#handOn();
      return read;
    },
    upgrade: (hold, options) => this.#upgradeOf(hold, options),
  };

  #forgetRead(token: HolderToken | undefined): void {
    this.#readers--;
    if (token === undefined) return;
    const left = (this.#readsOf.get(token) as number) - 1;
    if (left === 0) this.#readsOf.delete(token);
    else this.#readsOf.set(token, left);
  }

  #forgetWrite(): void {
    this.#writes--;
    if (this.#writes === 0) this.#writeToken = undefined;
  }

  #upgradeOf(hold: ReadHold, options: WaitOptions): Promise<WriteHold> {
    checkWait(options);
    if (options.signal?.aborted) return Promise.reject(options.signal.reason);
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    if (this.#upgrade !== undefined) return Promise.reject(new UpgradeConflictError());
    if (this.#readsAlone(hold)) return Promise.resolve(this.#convert(hold));
    const waiter = new Waiter<WriteHold>();
    this.#upgrade = { hold, waiter };
    hold.upgrading = true;
    waiter.heed(options, this.#timer, 'ReadHold.upgrade', () => {
      this.#endUpgrade();
      this.#handOn();
    });
    return waiter.promise;
  }

  /** Whether everybody who holds the lock is the one who holds this. */
  #readsAlone({ token }: ReadHold): boolean {
    const own = token === undefined ? 1 : this.#readsOf.get(token);
    return this.#readers === own && (this.#writes === 0 || token === this.#writeToken);
  }

  #convert(hold: ReadHold): WriteHold {
    hold.consume();
    this.#forgetRead(hold.token);
    return this.#lendWrite(hold.token);
  }

  #endUpgrade(): void {
    if (this.#upgrade !== undefined) this.#upgrade.hold.upgrading = false;
    this.#upgrade = undefined;
  }

  /** Lets in who may go on, after somebody left. */
  readonly #handOn = (): void => {
    if (this.#writes > 0) return;
    const upgrade = this.#upgrade;
    if (upgrade !== undefined) {
      if (!this.#readsAlone(upgrade.hold)) return;
      this.#endUpgrade();
      upgrade.waiter.grant(this.#convert(upgrade.hold));
      return;
    }
    for (;;) {
      const reader = this.#nextReader();
      if (reader === undefined) break;
      reader.grant(this.#lendRead(reader.token));
    }
    if (this.#readers > 0) return;
    const writer = this.#writeQueue.first;
    writer?.grant(this.#lendWrite(writer.token));
  };

  /** The reader who comes before all writers, by preference. */
  #nextReader(): ReadWaiter | undefined {
    const reader = this.#readQueue.first;
    const writer = this.#writeQueue.first;
    if (reader === undefined || writer === undefined || this.#preference === 'read') return reader;
    return this.#preference === 'fair' && reader.ticket < writer.ticket ? reader : undefined;
  }
}

function checkToken(token: unknown): void {
  if (token === undefined || typeof token === 'symbol' || typeof token === 'function') return;
  if (typeof token === 'object' && token !== null) return;
  throw new TypeError(`token must be an object or a symbol, got ${token === null ? 'null' : typeof token}`);
}
