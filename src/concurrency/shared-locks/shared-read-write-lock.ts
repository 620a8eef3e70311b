/** `SharedReadWriteLock`: many threads read, or one writes. */

import type { Arena } from '../../../bindings/arena.js';
import { Adopted, type StructureKind } from '../../../bindings/handle.js';
import { DoubleReleaseError } from '../../base/wait-errors.js';
import type { WaitOptions } from '../../base/waiter.js';
import { Preference } from './permit-table.js';
import {
  NO_OPTIONS,
  SharedLock,
  type SharedLockOptions,
  type SharedOpenOptions,
  type SharedPermit,
  type SyncWaitOptions,
  whileHolding,
} from './shared-lock.js';

export interface SharedReadWriteLockOptions extends SharedLockOptions {
  /** Who goes first: as in `ReadWriteLock`. Default `'fair'`. */
  preference?: 'read' | 'write' | 'fair';
}

const KIND: StructureKind = { number: 70, name: 'SharedReadWriteLock' };
/** Who writes holds all permits, who reads one. */
const ALL = 2 ** 30;
const PREFERENCES = { fair: Preference.inOrder, read: Preference.shared, write: Preference.all } as const;

export class SharedReadWriteLock extends SharedLock {
  /** Throws as `SharedSemaphore`. */
  constructor(options: SharedReadWriteLockOptions | Adopted, open: SharedOpenOptions = {}) {
    super(KIND, options, open, () => {
      const { preference = 'fair' } = options as SharedReadWriteLockOptions;
      if (!Object.hasOwn(PREFERENCES, preference)) {
        throw new RangeError(`preference must be 'read', 'write' or 'fair', got ${String(preference)}`);
      }
      return { capacity: ALL, preference: PREFERENCES[preference], harmless: 1 };
    });
  }

  /** The lock of this name. @throws NameError when there is none, or it is something else */
  static open(arena: Arena, name: string, options: SharedOpenOptions = {}): SharedReadWriteLock {
    const { root, handle } = arena.findName(name, KIND.number, KIND.name);
    return handle instanceof SharedReadWriteLock ? handle : new SharedReadWriteLock(new Adopted(arena, root), options);
  }

  /** How many read. */
  get readers(): number {
    this.alive;
    const taken = ALL - this.table.available;
    return taken === ALL ? 0 : taken;
  }

  get writing(): boolean {
    this.alive;
    return this.table.available === 0;
  }

  /** Waits to read. Rejects with `signal.reason`, `TimeoutError`, `QueueFullError` or `ClosedError`. */
  read(options: WaitOptions = NO_OPTIONS): Promise<SharedPermit> {
    return this.take(1, options, 'read');
  }

  /** Waits to write. Rejects as `read`. */
  write(options: WaitOptions = NO_OPTIONS): Promise<SharedPermit> {
    return this.take(ALL, options, 'write');
  }

  /** Waits to read, and holds the thread up. Throws as `SharedSemaphore.acquireSync`. */
  readSync(options: SyncWaitOptions = NO_OPTIONS): SharedPermit {
    return this.takeSync(1, options, 'readSync');
  }

  /** Waits to write, and holds the thread up. */
  writeSync(options: SyncWaitOptions = NO_OPTIONS): SharedPermit {
    return this.takeSync(ALL, options, 'writeSync');
  }

  tryRead(): SharedPermit | undefined {
    return this.takeNow(1, 'tryRead');
  }

  tryWrite(): SharedPermit | undefined {
    return this.takeNow(ALL, 'tryWrite');
  }

  /** Runs a function while holding the lock to read. */
  useRead<R>(fn: () => R | PromiseLike<R>, options: WaitOptions = NO_OPTIONS): Promise<R> {
    return whileHolding(this.read(options), fn);
  }

  /** Runs a function while holding the lock to write. */
  useWrite<R>(fn: (permit: SharedPermit) => R | PromiseLike<R>, options: WaitOptions = NO_OPTIONS): Promise<R> {
    return whileHolding(this.write(options), fn);
  }

  /**
   * Turns a permit to read into one to write, if nobody else reads or other threads are not at it; false otherwise, and
   * it still reads. Nothing is written in between.
   *
   * @throws DoubleReleaseError when it was released
   */
  tryUpgrade(permit: SharedPermit): boolean {
    this.alive;
    if (permit.released) throw new DoubleReleaseError('A permit');
    return this.table.grow(permit.place, ALL) === 1;
  }

  /** Turns a permit to write into one to read: nobody writes in between. False when other threads are at it: try again. */
  tryDowngrade(permit: SharedPermit): boolean {
    this.alive;
    if (permit.released) throw new DoubleReleaseError('A permit');
    return this.table.shrink(permit.place, 1);
  }

  /** Threads that died while they held it, to read or to write. */
  get abandoned(): number {
    this.alive;
    return this.table.died;
  }
}
