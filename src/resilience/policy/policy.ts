/**
 * The contract of all policies: something that runs a function, and decides whether, when and how often it runs.
 *
 * `execute` is what callers use. `run` is what policies implement, and how they are put into each other: the operation of
 * one is the `run` of the next, and the `Call` they hand on carries the signal, the number of the attempt and what the
 * caller said. A policy that waits heeds `call.signal`, and one that ends a call early aborts a child of it.
 */

import { Call } from './call.js';

/** What the function that a policy runs is told. */
export interface PolicyContext {
  /**
   * Aborts when the caller's signal does, and when a policy gives this call up: a timeout, a hedge that was outrun. Made
   * when it is first read, so that a function which takes no signal pays for none.
   */
  readonly signal: AbortSignal;
  /** Which attempt this is, from 1. */
  readonly attempt: number;
  /** The same for all attempts of one call. Undefined where nobody gave one. */
  readonly idempotencyKey: string | undefined;
  /** As given to `execute`. Default 0. */
  readonly priority: number;
  /** As given to `execute`. */
  readonly partition: string | undefined;
}

export type Operation<R> = (context: PolicyContext) => R | PromiseLike<R>;

/** The same inside policies: what is called next. */
export type Next<R> = (call: Call) => R | PromiseLike<R>;

export interface ExecuteOptions {
  /** Ends every wait of the policies with exactly `signal.reason`; the function hears of it through its context. */
  signal?: AbortSignal | undefined;
  /** Who waits with a higher one comes first, and is shed last. Default 0. */
  priority?: number | undefined;
  /** Which share of an adaptive limit the call belongs to. */
  partition?: string | undefined;
  /** What all attempts of this call carry. Default what `retry` makes, where it was told to. */
  idempotencyKey?: string | undefined;
}

export const NO_OPTIONS: ExecuteOptions = Object.freeze({});

/** Options, or what makes them of a call's arguments. */
export type WrapOptions<Args extends unknown[]> = ExecuteOptions | ((...args: Args) => ExecuteOptions);

export abstract class Policy {
  /**
   * Runs a function under this policy.
   *
   * @returns a promise of what the function gave. It rejects with what the function threw, with the policy's own error, or
   * with exactly `signal.reason`
   * @throws TypeError at once, for arguments that cannot be
   */
  execute<R>(fn: Operation<R>, options: ExecuteOptions = NO_OPTIONS): Promise<R> {
    const call = begin(fn, options);
    if (call.aborted) return Promise.reject(call.reason);
    return this.run(fn, call);
  }

  /** Runs what comes next inside this policy: for policies, and for those who write their own. */
  abstract run<R>(next: Next<R>, call: Call): Promise<R>;

  /** A function that runs under this policy, with its `this` and its arguments. */
  wrap<This, Args extends unknown[], R>(
    fn: (this: This, ...args: Args) => R | PromiseLike<R>,
    options: WrapOptions<Args> = NO_OPTIONS,
  ): (this: This, ...args: Args) => Promise<R> {
    checkFunction('What is wrapped', fn);
    const policy = this;
    return function (this: This, ...args: Args): Promise<R> {
      return policy.execute(() => fn.apply(this, args), typeof options === 'function' ? options(...args) : options);
    };
  }

  /** As `wrap`, of a function that takes the context before its other arguments. */
  wrapWithContext<This, Args extends unknown[], R>(
    fn: (this: This, context: PolicyContext, ...args: Args) => R | PromiseLike<R>,
    options: WrapOptions<Args> = NO_OPTIONS,
  ): (this: This, ...args: Args) => Promise<R> {
    checkFunction('What is wrapped', fn);
    const policy = this;
    return function (this: This, ...args: Args): Promise<R> {
      return policy.execute(
        (context) => fn.call(this, context, ...args),
        typeof options === 'function' ? options(...args) : options,
      );
    };
  }

  /** Decorates a method: `@breaker.decorate async load(id) { … }`. All objects of the class share the policy. */
  readonly decorate = <This, Args extends unknown[], R>(
    method: (this: This, ...args: Args) => Promise<R>,
    context?: { readonly kind: string; readonly name: string | symbol },
  ): ((this: This, ...args: Args) => Promise<R>) => {
    if (context !== undefined && context.kind !== 'method') {
      throw new TypeError(`A policy decorates methods, got a ${context.kind}: ${String(context.name)}`);
    }
    return this.wrap(method);
  };
}

/** A call with what the caller said, once that is known to be possible. @throws TypeError */
export function begin(fn: Operation<unknown>, options: ExecuteOptions): Call {
  checkFunction('What is executed', fn);
  if (options !== NO_OPTIONS) checkExecute(options);
  return new Call(fn, options, undefined, 1, options.idempotencyKey, false);
}

function checkExecute(options: ExecuteOptions): void {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`options must be an object, got ${options === null ? 'null' : typeof options}`);
  }
  const { signal, priority, partition, idempotencyKey } = options;
  if (signal !== undefined && typeof signal?.addEventListener !== 'function') {
    throw new TypeError(`signal must be an AbortSignal, got ${signal === null ? 'null' : typeof signal}`);
  }
  if (priority !== undefined && (typeof priority !== 'number' || Number.isNaN(priority))) {
    throw new TypeError(`priority must be a number, got ${String(priority)}`);
  }
  checkText('partition', partition);
  checkText('idempotencyKey', idempotencyKey);
}

function checkText(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'string') {
    throw new TypeError(`${name} must be a string, got ${typeof value}`);
  }
}

function checkFunction(what: string, value: unknown): void {
  if (typeof value !== 'function') throw new TypeError(`${what} must be a function, got ${typeof value}`);
}
