/** `all`, `allSettled`, `any` and `race`, for any class of promises (ECMAScript, "Promise.all" and the following). */

import { type Deferred, newCapability, type Reject, type Resolve } from './capability.js';

interface Thenable {
  then(onFulfilled: unknown, onRejected: unknown): unknown;
}

/** What is done with each promise; the functions it is given may be called at once. */
type Step = (next: Thenable, index: number) => void;

export function all(promiseClass: unknown, values: Iterable<unknown>): unknown {
  return combine(promiseClass, values, ({ resolve, reject }) => {
    const results = new Results(resolve);
    return {
      step: (next, index) => void next.then(results.setter(index), reject),
      end: () => results.close(),
    };
  });
}

export function allSettled(promiseClass: unknown, values: Iterable<unknown>): unknown {
  return combine(promiseClass, values, ({ resolve }) => {
    const results = new Results(resolve);
    return {
      step: (next, index) => {
        const set = results.setter(index);
        next.then(
          (value: unknown) => set({ status: 'fulfilled', value }),
          (reason: unknown) => set({ status: 'rejected', reason }),
        );
      },
      end: () => results.close(),
    };
  });
}

export function any(promiseClass: unknown, values: Iterable<unknown>): unknown {
  return combine(promiseClass, values, ({ resolve, reject }) => {
    const errors = new Results((reasons) =>
      reject(new AggregateError(reasons as unknown[], 'All promises were rejected')),
    );
    return {
      step: (next, index) => void next.then(resolve, errors.setter(index)),
      end: () => errors.close(),
    };
  });
}

export function race(promiseClass: unknown, values: Iterable<unknown>): unknown {
  return combine(promiseClass, values, ({ resolve, reject }) => ({
    step: (next) => void next.then(resolve, reject),
    end: () => undefined,
  }));
}

function combine(
  promiseClass: unknown,
  values: Iterable<unknown>,
  begin: (settle: { resolve: Resolve<unknown>; reject: Reject }) => { step: Step; end: () => void },
): unknown {
  const capability: Deferred<unknown, unknown> = newCapability(promiseClass);
  try {
    const { resolve } = promiseClass as { resolve?: unknown };
    if (typeof resolve !== 'function') throw new TypeError('The class of promises has no function resolve');
    const { step, end } = begin(capability);
    let index = 0;
    for (const value of values) {
      const next = resolve.call(promiseClass, value) as Thenable;
      step(next, index++);
    }
    end();
  } catch (reason) {
    capability.reject(reason);
  }
  return capability.promise;
}

/** Results by index, given on when all are there and the values have ended. */
class Results {
  readonly #values: unknown[] = [];
  readonly #done: (values: unknown[]) => void;
  /** One more than are missing, until the end is known. */
  #missing = 1;

  constructor(done: (values: unknown[]) => void) {
    this.#done = done;
  }

  /** Sets one result, the first time it is called. */
  setter(index: number): (value: unknown) => void {
    this.#values.push(undefined);
    this.#missing++;
    let called = false;
    return (value) => {
      if (called) return;
      called = true;
      this.#values[index] = value;
      this.close();
    };
  }

  close(): void {
    if (--this.#missing === 0) this.#done(this.#values);
  }
}
