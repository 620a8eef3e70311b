/**
 * One call on its way through policies: what the caller said, the number of the attempt, and a signal that is made when
 * somebody reads it.
 *
 * Calls form a tree: a policy that makes attempts, or may abort, hands a child on. A child without an end of its own has
 * the signal of its parent. A signal costs microseconds, so policies do without: they ask `aborted`, and `listen`. Invariant:
 * a child that can be aborted by itself listens to what is above it only between its first listener, or the first reading
 * of its signal, and `end()`.
 */

import type { ExecuteOptions, Next, PolicyContext } from './policy.js';

export class Call implements PolicyContext {
  /** What is called in the end. */
  readonly fn: Next<unknown>;
  readonly options: ExecuteOptions;
  readonly attempt: number;
  readonly idempotencyKey: string | undefined;
  readonly #parent: Call | undefined;
  /** Whether it can be aborted by itself. */
  readonly #scoped: boolean;
  #abortedHere = false;
  #ended = false;
  #reasonHere: unknown = undefined;
  #controller: AbortController | undefined = undefined;
  /** Who listens: mostly nobody, or one. */
  #listener: (() => void) | undefined = undefined;
  #listeners: Set<() => void> | undefined = undefined;
  #onAbove: (() => void) | undefined = undefined;

  /** Made by `Policy.execute`; children by the methods below. */
  constructor(
    fn: Next<unknown>,
    options: ExecuteOptions,
    parent: Call | undefined,
    attempt: number,
    idempotencyKey: string | undefined,
    scoped: boolean,
  ) {
    this.fn = fn;
    this.options = options;
    this.attempt = attempt;
    this.idempotencyKey = idempotencyKey;
    this.#parent = parent;
    this.#scoped = scoped;
  }

  get priority(): number {
    return this.options.priority ?? 0;
  }

  get partition(): string | undefined {
    return this.options.partition;
  }

  /** A child that is another attempt. */
  retried(attempt: number, idempotencyKey: string | undefined): Call {
    return new Call(this.fn, this.options, this, attempt, idempotencyKey, false);
  }

  /** A child that can be aborted by itself. Whoever makes it must `end` it. */
  scope(attempt = this.attempt): Call {
    return new Call(this.fn, this.options, this, attempt, this.idempotencyKey, true);
  }

  /** A child that calls something else in the end. */
  calling(fn: Next<unknown>): Call {
    return new Call(fn, this.options, this, this.attempt, this.idempotencyKey, false);
  }

  get signal(): AbortSignal {
    if (this.#controller !== undefined) return this.#controller.signal;
    if (!this.#scoped) {
      if (this.#parent !== undefined) return this.#parent.signal;
      if (this.options.signal !== undefined) return this.options.signal;
    }
    const controller = new AbortController();
    this.#controller = controller;
    if (this.aborted) controller.abort(this.reason);
    else if (this.#scoped) this.#heedAbove();
    return controller.signal;
  }

  /** Calls back when it is aborted, at most once; nothing when it is already. */
  listen(listener: () => void): void {
    if (this.#scoped) {
      if (this.aborted) return;
      if (this.#listener === undefined) this.#listener = listener;
      else {
        this.#listeners ??= new Set();
        this.#listeners.add(listener);
      }
      this.#heedAbove();
    } else if (this.#parent !== undefined) this.#parent.listen(listener);
    else this.options.signal?.addEventListener('abort', listener);
  }

  /** Takes a listener back. */
  unlisten(listener: () => void): void {
    if (this.#scoped) {
      if (this.#listener === listener) this.#listener = undefined;
      else this.#listeners?.delete(listener);
    } else if (this.#parent !== undefined) this.#parent.unlisten(listener);
    else this.options.signal?.removeEventListener('abort', listener);
  }

  /** Whether anything can abort it: where nothing can, a wait need not listen. */
  get abortable(): boolean {
    if (this.#scoped) return true;
    return this.#parent === undefined ? this.options.signal !== undefined : this.#parent.abortable;
  }

  get aborted(): boolean {
    if (this.#abortedHere) return true;
    return this.#parent === undefined ? this.options.signal?.aborted === true : this.#parent.aborted;
  }

  /** Why it is aborted: of a signal, exactly its reason. */
  get reason(): unknown {
    if (this.#abortedHere) return this.#reasonHere;
    return this.#parent === undefined ? this.options.signal?.reason : this.#parent.reason;
  }

  /** Aborts this call and its children, not those above. The first reason stays; nothing happens when it has ended. */
  abort(reason: unknown): void {
    if (!this.#scoped) throw new TypeError('Only a call made by scope() can be aborted');
    if (this.#ended || this.#abortedHere) return;
    this.#reasonHere = this.aborted ? this.reason : reason;
    this.#abortedHere = true;
    this.#letGo();
    this.#tell();
  }

  /** It is over: what is above is listened to no longer. Idempotent. */
  end(): void {
    this.#ended = true;
    this.#letGo();
  }

  #heedAbove(): void {
    if (this.#ended || this.#onAbove !== undefined || this.#parent?.abortable !== true) return;
    this.#onAbove = () => this.#tell();
    this.#parent.listen(this.#onAbove);
  }

  #letGo(): void {
    if (this.#onAbove === undefined) return;
    this.#parent?.unlisten(this.#onAbove);
    this.#onAbove = undefined;
  }

  /** The function hears of it first, then the policies in the order in which they listened. */
  #tell(): void {
    const { reason } = this;
    const first = this.#listener;
    const others = this.#listeners;
    this.#listener = undefined;
    this.#listeners = undefined;
    this.#controller?.abort(reason);
    first?.();
    if (others !== undefined) for (const listener of others) listener();
  }
}
