/** What a read-write lock lends: a share in reading, or the sole right to write. */

import { DoubleReleaseError } from '../../base/wait-errors.js';
import type { WaitOptions } from '../../base/waiter.js';

/** Stands for a task that may take a lock it holds again. */
export type HolderToken = object | symbol;

/** What takes holds back. */
export interface HoldKeeper {
  releaseRead(hold: ReadHold): void;
  releaseWrite(hold: WriteHold): void;
  upgrade(hold: ReadHold, options: WaitOptions): Promise<WriteHold>;
  downgrade(hold: WriteHold): ReadHold;
}

const NO_OPTIONS: WaitOptions = Object.freeze({});

/** One who reads. */
export class ReadHold {
  readonly mode = 'read';
  /** @internal */
  readonly token: HolderToken | undefined;
  /** @internal */
  upgrading = false;
  #keeper: HoldKeeper | undefined;

  constructor(keeper: HoldKeeper, token: HolderToken | undefined) {
    this.#keeper = keeper;
    this.token = token;
  }

  get released(): boolean {
    return this.#keeper === undefined;
  }

  /** @throws DoubleReleaseError the second time, TypeError while it is being upgraded */
  release(): void {
    if (this.upgrading)
      throw new TypeError('A read lock that waits to be upgraded cannot be released: end that wait first');
    this.consume().releaseRead(this);
  }

  [Symbol.dispose](): void {
    if (!this.released) this.release();
  }

  /**
   * Waits until nobody else reads, and makes this the write lock, with no writer in between. New readers wait meanwhile. In
   * vain, the read lock is still held.
   *
   * @returns what is held from then on: this one is released. Rejects with `UpgradeConflictError` when another reader waits
   *   for the same: each would wait for the other to end
   */
  upgrade(options: WaitOptions = NO_OPTIONS): Promise<WriteHold> {
    if (this.#keeper === undefined) return Promise.reject(new DoubleReleaseError('A read lock'));
    return this.#keeper.upgrade(this, options);
  }

  /** @internal Ends this hold, and says who kept it. */
  consume(): HoldKeeper {
    const keeper = this.#keeper;
    if (keeper === undefined) throw new DoubleReleaseError('A read lock');
    this.#keeper = undefined;
    return keeper;
  }
}

/** The one who writes. */
export class WriteHold {
  readonly mode = 'write';
  /** @internal */
  readonly token: HolderToken | undefined;
  #keeper: HoldKeeper | undefined;

  constructor(keeper: HoldKeeper, token: HolderToken | undefined) {
    this.#keeper = keeper;
    this.token = token;
  }

  get released(): boolean {
    return this.#keeper === undefined;
  }

  /** @throws DoubleReleaseError the second time */
  release(): void {
    this.#consume().releaseWrite(this);
  }

  [Symbol.dispose](): void {
    if (!this.released) this.release();
  }

  /** Makes this a read lock, with no writer in between, and lets readers in. This one is released. */
  downgrade(): ReadHold {
    return this.#consume().downgrade(this);
  }

  #consume(): HoldKeeper {
    const keeper = this.#keeper;
    if (keeper === undefined) throw new DoubleReleaseError('A write lock');
    this.#keeper = undefined;
    return keeper;
  }
}
