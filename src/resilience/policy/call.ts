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
  /** Of scopes, and of a root whose signal was read and that nobody can abort: most calls do without. */
  #scope: Scope | undefined;

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
    this.#scope = scoped ? new Scope() : undefined;
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
    if (this.#scope?.controller !== undefined) return this.#scope.controller.signal;
    if (!this.#scoped) {
      if (this.#parent !== undefined) return this.#parent.signal;
      if (this.options.signal !== undefined) return this.options.signal;
    }
    const controller = new AbortController();
    this.#scope ??= new Scope();
    this.#scope.controller = controller;
    if (this.aborted) controller.abort(this.reason);
    else if (this.#scoped) this.#heedAbove(this.#scope);
    return controller.signal;
  }

  /** Calls back when it is aborted, at most once; nothing when it is already. */
  listen(listener: () => void): void {
    const scope = this.#scope;
    if (this.#scoped && scope !== undefined) {
      if (this.aborted) return;
      if (scope.listener === undefined) scope.listener = listener;
      else {
        scope.listeners ??= new Set();
        scope.listeners.add(listener);
      }
      this.#heedAbove(scope);
    } else if (this.#parent !== undefined) this.#parent.listen(listener);
    else this.options.signal?.addEventListener('abort', listener);
  }

  /** Takes a listener back. */
  unlisten(listener: () => void): void {
    const scope = this.#scope;
    if (this.#scoped && scope !== undefined) {
      if (scope.listener === listener) scope.listener = undefined;
      else scope.listeners?.delete(listener);
    } else if (this.#parent !== undefined) this.#parent.unlisten(listener);
    else this.options.signal?.removeEventListener('abort', listener);
  }

  /** Whether anything can abort it: where nothing can, a wait need not listen. */
  get abortable(): boolean {
    if (this.#scoped) return true;
    return this.#parent === undefined ? this.options.signal !== undefined : this.#parent.abortable;
  }

  get aborted(): boolean {
    if (this.#scope?.aborted === true) return true;
    return this.#parent === undefined ? this.options.signal?.aborted === true : this.#parent.aborted;
  }

  /** Why it is aborted: of a signal, exactly its reason. */
  get reason(): unknown {
    if (this.#scope?.aborted === true) return this.#scope.reason;
    return this.#parent === undefined ? this.options.signal?.reason : this.#parent.reason;
  }

  /** Aborts this call and its children, not those above. The first reason stays; nothing happens when it has ended. */
  abort(reason: unknown): void {
    const scope = this.#scope;
    if (!this.#scoped || scope === undefined) throw new TypeError('Only a call made by scope() can be aborted');
    if (scope.ended || scope.aborted) return;
    scope.reason = this.aborted ? this.reason : reason;
    scope.aborted = true;
    this.#letGo(scope);
    tell(scope, scope.reason);
  }

  /** It is over: what is above is listened to no longer. Idempotent. */
  end(): void {
    const scope = this.#scope;
    if (scope === undefined) return;
    scope.ended = true;
    this.#letGo(scope);
  }

  #heedAbove(scope: Scope): void {
    if (scope.ended || scope.onAbove !== undefined || this.#parent?.abortable !== true) return;
    scope.onAbove = () => tell(scope, this.reason);
    this.#parent.listen(scope.onAbove);
  }

  #letGo(scope: Scope): void {
    if (scope.onAbove === undefined) return;
    this.#parent?.unlisten(scope.onAbove);
    scope.onAbove = undefined;
  }
}

/** What it takes to be aborted. */
class Scope {
  aborted = false;
  ended = false;
  reason: unknown = undefined;
  controller: AbortController | undefined = undefined;
  /** Who listens: mostly nobody, or one. */
  listener: (() => void) | undefined = undefined;
  listeners: Set<() => void> | undefined = undefined;
  onAbove: (() => void) | undefined = undefined;
}

/** The function hears of it first, then the policies in the order in which they listened. */
function tell(scope: Scope, reason: unknown): void {
  const { listener, listeners } = scope;
  scope.listener = undefined;
  scope.listeners = undefined;
  scope.controller?.abort(reason);
  listener?.();
  if (listeners !== undefined) for (const each of listeners) each();
}
