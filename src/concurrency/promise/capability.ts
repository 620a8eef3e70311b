/** How the algorithms of the language make a promise of any class (ECMAScript, "NewPromiseCapability"). */

export type Resolve<T> = (value: T | PromiseLike<T>) => void;
export type Reject = (reason?: unknown) => void;

/** A promise, and what settles it. */
export interface Deferred<T, P = PromiseLike<T>> {
  readonly promise: P;
  readonly resolve: Resolve<T>;
  readonly reject: Reject;
}

/** A class whose instances are made with an executor. */
export type PromiseConstructorLike<P = PromiseLike<unknown>> = new (
  executor: (resolve: Resolve<unknown>, reject: Reject) => void,
) => P;

/** @throws TypeError when `promiseClass` is no class of promises */
export function newCapability<P>(promiseClass: unknown): Deferred<unknown, P> {
  if (typeof promiseClass !== 'function') {
    throw new TypeError(`A promise is made by a class, got ${promiseClass === null ? 'null' : typeof promiseClass}`);
  }
  let settle: { resolve: unknown; reject: unknown } = { resolve: undefined, reject: undefined };
  const promise = new (promiseClass as PromiseConstructorLike<P>)((resolve, reject) => {
    if (settle.resolve !== undefined || settle.reject !== undefined) {
      throw new TypeError('The executor of a promise was called twice');
    }
    settle = { resolve, reject };
  });
  const { resolve, reject } = settle;
  if (typeof resolve !== 'function' || typeof reject !== 'function') {
    throw new TypeError('A class of promises must give its executor two functions');
  }
  return { promise, resolve: resolve as Resolve<unknown>, reject: reject as Reject };
}

/** The class of what `then` returns (ECMAScript, "SpeciesConstructor"). @throws TypeError */
export function speciesOf(promise: object, fallback: PromiseConstructorLike): PromiseConstructorLike {
  const { constructor: promiseClass } = promise;
  if (promiseClass === undefined) return fallback;
  if ((typeof promiseClass !== 'object' && typeof promiseClass !== 'function') || promiseClass === null) {
    throw new TypeError('The constructor of a promise must be a class');
  }
  const species = (promiseClass as { [Symbol.species]?: unknown })[Symbol.species];
  if (species === undefined || species === null) return fallback;
  if (typeof species !== 'function') throw new TypeError('Symbol.species of a promise must be a class');
  return species as PromiseConstructorLike;
}
