/** `SharedOnce`: something that one of the threads does, and none of them again. */

import type { Arena } from '../../../bindings/arena.js';
import { Adopted, type StructureKind } from '../../../bindings/handle.js';
import type { WaitOptions } from '../../base/waiter.js';
import { Preference } from './permit-table.js';
import {
  NO_OPTIONS,
  SharedLock,
  type SharedLockOptions,
  type SharedOpenOptions,
  type SyncWaitOptions,
  whileHolding,
} from './shared-lock.js';

const KIND: StructureKind = { number: 72, name: 'SharedOnce' };
const DONE = 1;

/** What is done is done for all threads: what comes of it they find in the arena, or wherever it was left. */
export class SharedOnce extends SharedLock {
  /** Throws as `SharedSemaphore`. */
  constructor(options: SharedLockOptions | Adopted, open: SharedOpenOptions = {}) {
    super(KIND, options, open, () => ({ capacity: 1, preference: Preference.inOrder }));
  }

  /** The once of this name. @throws NameError when there is none, or it is something else */
  static open(arena: Arena, name: string, options: SharedOpenOptions = {}): SharedOnce {
    const { root, handle } = arena.findName(name, KIND.number, KIND.name);
    return handle instanceof SharedOnce ? handle : new SharedOnce(new Adopted(arena, root), options);
  }

  get done(): boolean {
    this.alive;
    return this.table.mark === DONE;
  }

  /**
   * Runs the function, unless some thread has; if one is at it, waits for it. When that one fails or dies, the next who waits runs
   * its own.
   *
   * @returns whether it was run here. Rejects as the function, and as `SharedSemaphore.acquire`
   */
  async run(fn: () => unknown, options: WaitOptions = NO_OPTIONS): Promise<boolean> {
    checkFunction(fn);
    if (this.done) return false;
    return whileHolding(this.take(1, options, 'run'), async () => {
      if (this.done) return false;
      await fn();
      this.table.mark = DONE;
      return true;
    });
  }

  /** The same, holding the thread up while another is at it, with a function that does not wait. */
  runSync(fn: () => unknown, options: SyncWaitOptions = NO_OPTIONS): boolean {
    checkFunction(fn);
    if (this.done) return false;
    const permit = this.takeSync(1, options, 'runSync');
    try {
      if (this.done) return false;
      fn();
      this.table.mark = DONE;
      return true;
    } finally {
      permit.release();
    }
  }
}

function checkFunction(fn: unknown): void {
  if (typeof fn !== 'function') throw new TypeError(`What is done once must be a function, got ${typeof fn}`);
}
