/** Something a pool has made, and the lease under which it is lent. */

import { Link } from '../../base/linked-list.js';
import { DoubleReleaseError } from '../../base/wait-errors.js';
import { ReleasedError } from './errors.js';

/** Why something was destroyed. */
export type Destroyed =
  | 'broken'
  | 'closed'
  | 'evicted'
  | 'expired'
  | 'idle'
  | 'invalid'
  | 'lost'
  | 'reset failed'
  | 'resized'
  | 'worn';

export class Entry<T> extends Link {
  readonly value: T;
  /** When its time is over, by the monotonic clock; `Infinity` without a most lifetime. */
  readonly expiresMs: number;
  state: 'idle' | 'lent' | 'tested' | 'gone' = 'idle';
  /** Why it is not to be lent again. */
  doom: Destroyed | undefined = undefined;
  uses = 0;
  /** When it was last heard of: made, given back or tested. */
  sinceMs: number;
  /** Since when it is idle. */
  idleMs: number;
  /** When it was lent, where that is recorded. */
  lentMs = 0;
  /** Where it was lent, while leaks are looked for. */
  borrowed: Error | undefined = undefined;
  leaked = false;

  constructor(value: T, expiresMs: number, nowMs: number) {
    super();
    this.value = value;
    this.expiresMs = expiresMs;
    this.sinceMs = nowMs;
    this.idleMs = nowMs;
  }
}

/** What takes things back. */
export interface Lending<T> {
  /** @internal */
  takeBack(entry: Entry<T>, broken: boolean): void | Promise<void>;
}

/** Something that is lent, until it is given back, once. */
export class Lease<T> {
  #pool: Lending<T> | undefined;
  readonly #entry: Entry<T>;

  /** @internal */
  constructor(pool: Lending<T>, entry: Entry<T>) {
    this.#pool = pool;
    this.#entry = entry;
  }

  /** What is lent. @throws ReleasedError once it was given back */
  get value(): T {
    if (this.#pool === undefined) throw new ReleasedError('What was lent');
    return this.#entry.value;
  }

  get released(): boolean {
    return this.#pool === undefined;
  }

  /** Gives it back. @throws DoubleReleaseError the second time; nothing is given back then */
  release(): void {
    this.#end(false);
  }

  /** Gives it back to be destroyed: it is broken. @throws DoubleReleaseError */
  destroy(): void {
    this.#end(true);
  }

  #end(broken: boolean): void | Promise<void> {
    const pool = this.#pool;
    if (pool === undefined) throw new DoubleReleaseError('What was lent');
    this.#pool = undefined;
    return pool.takeBack(this.#entry, broken);
  }

  /** As `release`, and nothing when it was given back before. */
  [Symbol.dispose](): void {
    if (this.#pool !== undefined) this.#end(false);
  }

  /** The same, and waits until it was made ready for the next. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#pool !== undefined) await this.#end(false);
  }
}
