/** Makes what a pool lacks: some at a time, each within its time, and later and later while it fails. */

import { isPromiseLike } from '../../base/promise-like.js';
import { Setbacks } from '../../base/setbacks.js';
import type { Cancel } from '../../ports/timer.js';
import { PoolUnavailableError } from './errors.js';
import type { Settings } from './options.js';
import { within } from './within.js';

/** Whose maker it is. */
export interface MakerOwner<T> {
  /** How many are lacking, beside those that are being made. */
  readonly lacking: number;
  made(value: T, handle: Made): void;
  failed(error: unknown): void;
  /** Nobody is to wait. */
  unavailable(error: PoolUnavailableError): void;
  broken(handle: Made): void;
  /** It came when nobody wanted it any more. */
  late(value: T): void;
}

/** What ties something that was made to its pool. */
export class Made {
  /** It broke before it was there. */
  broke = false;
}

export class Maker<T> {
  readonly #owner: MakerOwner<T>;
  readonly #settings: Settings<T>;
  readonly #setbacks: Setbacks;
  readonly #under: Set<AbortController> = new Set();
  #cancelRetry: Cancel | undefined = undefined;
  #unavailable: PoolUnavailableError | undefined = undefined;
  #closed = false;

  constructor(owner: MakerOwner<T>, settings: Settings<T>) {
    const { retryDelayMs: delayMs, maxRetryDelayMs: maxDelayMs, maxCreateFailures: limit, random, clock } = settings;
    this.#owner = owner;
    this.#settings = settings;
    const jitter = (): number => 1 - random.float() / 2;
    this.#setbacks = new Setbacks({ free: 0, delayMs, maxDelayMs, limit, jitter }, clock);
  }

  /** How many are being made. */
  get making(): number {
    return this.#under.size;
  }

  /** Set while nothing can be made, and it is not to be tried. */
  get unavailable(): PoolUnavailableError | undefined {
    return this.#unavailable !== undefined && this.#setbacks.waitMs > 0 ? this.#unavailable : undefined;
  }

  /** Makes what is lacking, or does so when it may be tried again. @param due it may */
  make(due = false): void {
    while (!this.#closed && this.#owner.lacking > 0) {
      if (this.#setbacks.inARow > 0) {
        if (!due) return this.#retry();
        // One, to see whether it can be.
        if (this.#under.size > 0) return;
        due = false;
      }
      this.#one();
    }
  }

  /** Begins to make one, which is there at once where making takes no time; not while it fails. */
  now(): void {
    if (!this.#closed && this.#setbacks.inARow === 0) this.#one();
  }

  #retry(): void {
    if (this.#under.size > 0) return;
    this.#cancelRetry ??= this.#settings.timer.after(this.#setbacks.waitMs, () => {
      this.#cancelRetry = undefined;
      this.make(true);
    });
  }

  #one(): void {
    const controller = new AbortController();
    this.#under.add(controller);
    const handle = new Made();
    const broken = (): void => {
      handle.broke = true;
      this.#owner.broken(handle);
    };
    let value: T | PromiseLike<T>;
    try {
      value = this.#settings.create({ signal: controller.signal, broken });
    } catch (error) {
      return this.#failed(controller, error);
    }
    if (!isPromiseLike(value)) return this.#made(controller, value, handle);
    const { createTimeoutMs, timer, name } = this.#settings;
    within(value, createTimeoutMs, timer, `${name}: create`, (late) => this.#owner.late(late)).then(
      (made) => {
        this.#made(controller, made, handle);
        // Others waited until one showed that it can be done.
        this.make();
      },
      (error: unknown) => this.#failed(controller, error),
    );
  }

  #made(controller: AbortController, value: T, handle: Made): void {
    this.#under.delete(controller);
    this.#setbacks.none();
    this.#unavailable = undefined;
    if (this.#closed) this.#owner.late(value);
    else this.#owner.made(value, handle);
  }

  #failed(controller: AbortController, error: unknown): void {
    this.#under.delete(controller);
    if (this.#closed) return;
    controller.abort(error);
    const waitMs = this.#setbacks.add();
    this.#owner.failed(error);
    if (this.#setbacks.tooMany) {
      this.#unavailable = new PoolUnavailableError(this.#settings.name, this.#setbacks.inARow, waitMs, error);
      this.#owner.unavailable(this.#unavailable);
    }
    this.make();
  }

  close(reason: unknown): void {
    this.#closed = true;
    this.#cancelRetry?.();
    for (const controller of this.#under) controller.abort(reason);
    this.#under.clear();
  }
}
