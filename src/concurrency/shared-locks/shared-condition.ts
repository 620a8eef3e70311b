/** `SharedCondition`: threads give a mutex up, wait to be told that something changed, and have the mutex again. */

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
} from './shared-lock.js';
import type { SharedMutex } from './shared-semaphore.js';

const KIND: StructureKind = { number: 71, name: 'SharedCondition' };

/** As `Condition`, between threads (Mesa's semantics: what was waited for may have changed back). */
export class SharedCondition extends SharedLock {
  /** Throws as `SharedSemaphore`. */
  constructor(options: SharedLockOptions | Adopted, open: SharedOpenOptions = {}) {
    // Without permits, who enters waits until it is let in.
    super(KIND, options, open, () => ({ capacity: 0, preference: Preference.inOrder }));
  }

  /** The condition of this name. @throws NameError when there is none, or it is something else */
  static open(arena: Arena, name: string, options: SharedOpenOptions = {}): SharedCondition {
    const { root, handle } = arena.findName(name, KIND.number, KIND.name);
    return handle instanceof SharedCondition ? handle : new SharedCondition(new Adopted(arena, root), options);
  }

  /**
   * Gives the mutex up, waits to be notified, and takes it again.
   *
   * @param permit the mutex's, which is released
   * @returns the permit that is held afterwards. A wait that is given up rejects, and the mutex is **not** held then
   * @throws DoubleReleaseError when the permit was given back before
   */
  async wait(mutex: SharedMutex, permit: SharedPermit, options: WaitOptions = NO_OPTIONS): Promise<SharedPermit> {
    if (permit.released) throw new DoubleReleaseError('A permit');
    try {
      // Given up once it is among those who wait: a notification in between is not missed.
      const told = await this.take(1, options, 'wait', () => permit.release());
      told.release();
    } catch (error) {
      permit[Symbol.dispose]();
      throw error;
    }
    return mutex.acquire({ signal: options.signal });
  }

  /** The same, holding the thread up. */
  waitSync(mutex: SharedMutex, permit: SharedPermit, options: SyncWaitOptions = NO_OPTIONS): SharedPermit {
    if (permit.released) throw new DoubleReleaseError('A permit');
    try {
      this.takeSync(1, options, 'waitSync', () => permit.release()).release();
    } catch (error) {
      permit[Symbol.dispose]();
      throw error;
    }
    return mutex.acquireSync();
  }

  /** Waits until `predicate` holds, which is asked while the mutex is held, first at once. `timeoutMs` bounds each wait. */
  async waitUntil(
    mutex: SharedMutex,
    permit: SharedPermit,
    predicate: () => boolean,
    options: WaitOptions = NO_OPTIONS,
  ): Promise<SharedPermit> {
    let held = permit;
    try {
      while (!predicate()) held = await this.wait(mutex, held, options);
    } catch (thrown) {
      held[Symbol.dispose]();
      throw thrown;
    }
    return held;
  }

  /** Wakes the one who waited longest, in whatever thread; false when nobody waits. Best called while holding the mutex. */
  notify(): boolean {
    this.alive;
    return this.table.letIn(1) === 1;
  }

  /** Wakes all who wait now; returns how many. */
  notifyAll(): number {
    this.alive;
    return this.table.letIn(this.table.places);
  }
}
