// biome-ignore-all lint/complexity/noThisInStatic: in a static method of a subclass it is the subclass.

/**
 * A promise by the language's own algorithms (ECMAScript, "Promise Objects"; Promises/A+ 1.1): every callback is a microtask
 * of its own, so that the order of callbacks is that of native promises, also where both are mixed.
 */

import {
  type Deferred,
  newCapability,
  type PromiseConstructorLike,
  type Reject,
  type Resolve,
  speciesOf,
} from './capability.js';
import { all, allSettled, any, race } from './combinators.js';
import { currentHook } from './rejections.js';

type State = 0 | 1 | 2;
/**
 * Each callback is a microtask of its own. A callback of a settled native promise is one, as one of queueMicrotask is, and
 * costs a third of it in Node.
 */
const TICK = /* @__PURE__ */ Promise.resolve();
const PENDING = 0;
const FULFILLED = 1;
const REJECTED = 2;

/** Marks promises that this file makes and settles by itself. */
const NO_EXECUTOR = (): void => undefined;

type Handler = ((value: never) => unknown) | undefined;

/** What `then` asked for: two handlers, and whom their result settles. */
class Reaction {
  readonly onFulfilled: Handler;
  readonly onRejected: Handler;
  /** A promise of this class, which is settled directly, */
  readonly target: AshlarPromise<unknown> | undefined;
  /** or the functions of another class. */
  readonly capability: Deferred<unknown, unknown> | undefined;

  constructor(
    onFulfilled: Handler,
    onRejected: Handler,
    target: AshlarPromise<unknown> | undefined,
    capability: Deferred<unknown, unknown> | undefined,
  ) {
    this.onFulfilled = onFulfilled;
    this.onRejected = onRejected;
    this.target = target;
    this.capability = capability;
  }
}

/** Settled by `settle`, for this file. */
let settleResolved: (promise: AshlarPromise<unknown>, resolution: unknown) => void;
let settleRejected: (promise: AshlarPromise<unknown>, reason: unknown) => void;

export class AshlarPromise<T> implements PromiseLike<T> {
  #state: State = PENDING;
  #value: unknown = undefined;
  /** Those who wait: nobody, one, or several. */
  #reactions: Reaction | Reaction[] | undefined = undefined;
  #isHandled = false;

  static {
    settleResolved = (promise, resolution) => promise.#resolve(resolution);
    settleRejected = (promise, reason) => promise.#reject(reason);
  }

  /** @throws TypeError when the executor is no function */
  constructor(executor: (resolve: Resolve<T>, reject: Reject) => void) {
    if (executor === NO_EXECUTOR) return;
    if (typeof executor !== 'function') throw new TypeError(`The executor must be a function, got ${typeof executor}`);
    const { resolve, reject } = this.#settlers();
    try {
      executor(resolve as Resolve<T>, reject);
    } catch (reason) {
      reject(reason);
    }
  }

  static get [Symbol.species](): PromiseConstructorLike {
    return this as PromiseConstructorLike;
  }

  get [Symbol.toStringTag](): string {
    return 'AshlarPromise';
  }

  /** Calls one of the functions when this is settled, and gives a promise of what it returns. O(1). */
  // biome-ignore lint/suspicious/noThenProperty: what has a then is a promise.
  then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): AshlarPromise<A | B> {
    const fulfil = typeof onFulfilled === 'function' ? (onFulfilled as Handler) : undefined;
    const reject = typeof onRejected === 'function' ? (onRejected as Handler) : undefined;
    const species = speciesOf(this, AshlarPromise as PromiseConstructorLike);
    if (species === AshlarPromise) {
      const target = new AshlarPromise<A | B>(NO_EXECUTOR);
      this.#react(new Reaction(fulfil, reject, target as AshlarPromise<unknown>, undefined));
      return target;
    }
    const capability = newCapability<AshlarPromise<A | B>>(species);
    this.#react(new Reaction(fulfil, reject, undefined, capability));
    return capability.promise;
  }

  /** `then(undefined, onRejected)`. */
  catch<B = never>(onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null): AshlarPromise<T | B> {
    return this.then(undefined, onRejected);
  }

  /** Calls a function when this is settled, waits for what it returns, and passes on what this was settled with. */
  finally(onFinally?: (() => unknown) | null): AshlarPromise<T> {
    if (typeof onFinally !== 'function') return this.then(onFinally as undefined, onFinally as undefined);
    const species = speciesOf(this, AshlarPromise as PromiseConstructorLike);
    return this.then(
      (value) => resolveAs(species, onFinally()).then(() => value),
      (reason) =>
        resolveAs(species, onFinally()).then(() => {
          throw reason;
        }),
    ) as AshlarPromise<T>;
  }

  /** A promise of a value; one of this very class is given back as it is. */
  static resolve(): AshlarPromise<void>;
  static resolve<T>(value: T | PromiseLike<T>): AshlarPromise<Awaited<T>>;
  static resolve(value?: unknown): AshlarPromise<unknown> {
    return resolveAs(AshlarPromise.#classOf(this), value) as AshlarPromise<unknown>;
  }

  static reject<T = never>(reason?: unknown): AshlarPromise<T> {
    const capability = newCapability<AshlarPromise<T>>(AshlarPromise.#classOf(this));
    capability.reject(reason);
    return capability.promise;
  }

  /** Fulfilled with all values when all are fulfilled; rejected as the first that is. */
  static all<T extends readonly unknown[] | []>(values: T): AshlarPromise<{ -readonly [K in keyof T]: Awaited<T[K]> }>;
  static all<T>(values: Iterable<T | PromiseLike<T>>): AshlarPromise<Awaited<T>[]>;
  static all(values: Iterable<unknown>): unknown {
    return all(AshlarPromise.#classOf(this), values);
  }

  /** Fulfilled with how each ended. */
  static allSettled<T extends readonly unknown[] | []>(
    values: T,
  ): AshlarPromise<{ -readonly [K in keyof T]: PromiseSettledResult<Awaited<T[K]>> }>;
  static allSettled<T>(values: Iterable<T | PromiseLike<T>>): AshlarPromise<PromiseSettledResult<Awaited<T>>[]>;
  static allSettled(values: Iterable<unknown>): unknown {
    return allSettled(AshlarPromise.#classOf(this), values);
  }

  /** Fulfilled as the first that is; rejected with an AggregateError of all reasons when all are rejected. */
  static any<T extends readonly unknown[] | []>(values: T): AshlarPromise<Awaited<T[number]>>;
  static any<T>(values: Iterable<T | PromiseLike<T>>): AshlarPromise<Awaited<T>>;
  static any(values: Iterable<unknown>): unknown {
    return any(AshlarPromise.#classOf(this), values);
  }

  /** Settled as the first that is. */
  static race<T extends readonly unknown[] | []>(values: T): AshlarPromise<Awaited<T[number]>>;
  static race<T>(values: Iterable<T | PromiseLike<T>>): AshlarPromise<Awaited<T>>;
  static race(values: Iterable<unknown>): unknown {
    return race(AshlarPromise.#classOf(this), values);
  }

  /** A promise, and what settles it. */
  static withResolvers<T>(): Deferred<T, AshlarPromise<T>> {
    return newCapability(AshlarPromise.#classOf(this)) as Deferred<T, AshlarPromise<T>>;
  }

  /** The same by the name that Promises/A+ gives it. */
  static deferred<T>(): Deferred<T, AshlarPromise<T>> {
    return newCapability(AshlarPromise.#classOf(this)) as Deferred<T, AshlarPromise<T>>;
  }

  /** Calls a function at once, and gives a promise of what it returns or throws. */
  static try<R, Args extends unknown[]>(
    fn: (...args: Args) => R | PromiseLike<R>,
    ...args: Args
  ): AshlarPromise<Awaited<R>> {
    const capability = newCapability<AshlarPromise<Awaited<R>>>(AshlarPromise.#classOf(this));
    try {
      capability.resolve(fn(...args));
    } catch (reason) {
      capability.reject(reason);
    }
    return capability.promise;
  }

  /** The class a static method was called on: this one where it was taken off its class. */
  static #classOf(receiver: unknown): unknown {
    return receiver === undefined ? AshlarPromise : receiver;
  }

  /** The two functions that settle this, of which only the first call counts. */
  #settlers(): { resolve: Resolve<unknown>; reject: Reject } {
    let isResolved = false;
    return {
      resolve: (resolution) => {
        if (isResolved) return;
        isResolved = true;
        this.#resolve(resolution);
      },
      reject: (reason) => {
        if (isResolved) return;
        isResolved = true;
        this.#reject(reason);
      },
    };
  }

  #resolve(resolution: unknown): void {
    if (resolution === this) return this.#reject(new TypeError('A promise cannot be resolved with itself'));
    if ((typeof resolution !== 'object' || resolution === null) && typeof resolution !== 'function') {
      return this.#settle(FULFILLED, resolution);
    }
    let then: unknown;
    try {
      ({ then } = resolution as { then?: unknown });
    } catch (reason) {
      return this.#reject(reason);
    }
    if (typeof then !== 'function') return this.#settle(FULFILLED, resolution);
    // What belongs to others is called in a turn of its own.
    TICK.then(() => this.#follow(resolution, then as (...settlers: unknown[]) => unknown));
  }

  #follow(thenable: object, then: (...settlers: unknown[]) => unknown): void {
    const { resolve, reject } = this.#settlers();
    try {
      then.call(thenable, resolve, reject);
    } catch (reason) {
      reject(reason);
    }
  }

  #reject(reason: unknown): void {
    if (!this.#isHandled) currentHook()?.rejected(this, reason);
    this.#settle(REJECTED, reason);
  }

  #settle(state: State, value: unknown): void {
    const reactions = this.#reactions;
    this.#state = state;
    this.#value = value;
    this.#reactions = undefined;
    if (reactions === undefined) return;
    if (reactions instanceof Reaction) schedule(reactions, state, value);
    else for (const reaction of reactions) schedule(reaction, state, value);
  }

  #react(reaction: Reaction): void {
    const waiting = this.#reactions;
    if (this.#state !== PENDING) schedule(reaction, this.#state, this.#value);
    else if (waiting === undefined) this.#reactions = reaction;
    else if (waiting instanceof Reaction) this.#reactions = [waiting, reaction];
    else waiting.push(reaction);
    if (this.#isHandled) return;
    this.#isHandled = true;
    if (this.#state === REJECTED) currentHook()?.handled(this);
  }
}

/** A promise, and what settles it: the adapter of Promises/A+. */
export function deferred<T>(): Deferred<T, AshlarPromise<T>> {
  return AshlarPromise.deferred<T>();
}

function schedule(reaction: Reaction, state: State, value: unknown): void {
  TICK.then(() => run(reaction, state, value));
}

/** One reaction (ECMAScript, "NewPromiseReactionJob"). */
function run(reaction: Reaction, state: State, value: unknown): void {
  const { target, capability } = reaction;
  const handler = state === FULFILLED ? reaction.onFulfilled : reaction.onRejected;
  let result = value;
  let isRejected = handler === undefined && state === REJECTED;
  if (handler !== undefined) {
    try {
      result = handler(value as never);
    } catch (reason) {
      result = reason;
      isRejected = true;
    }
  }
  if (target === undefined) {
    if (isRejected) capability?.reject(result);
    else capability?.resolve(result);
  } else if (isRejected) settleRejected(target, result);
  else settleResolved(target, result);
}

/** ECMAScript, "PromiseResolve". */
function resolveAs(promiseClass: unknown, value: unknown): AshlarPromise<unknown> {
  if (value instanceof AshlarPromise && value.constructor === promiseClass) return value;
  if (promiseClass === AshlarPromise) {
    // Nobody else can settle it: no functions need be made.
    const promise = new AshlarPromise<unknown>(NO_EXECUTOR);
    settleResolved(promise, value);
    return promise;
  }
  const capability = newCapability<AshlarPromise<unknown>>(promiseClass);
  capability.resolve(value);
  return capability.promise;
}
