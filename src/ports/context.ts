/** Context: a value that belongs to the task that runs, and to what it starts. */

export interface ContextStorage<T> {
  /** The value of the task that runs. */
  get(): T | undefined;
  /** Runs a function in which, and in all that it starts, the value is this one. */
  run<R>(value: T | undefined, fn: () => R): R;
}

/** For runtimes that do not follow tasks: the value lasts until the function returns, and what waits has to be told. */
export class SynchronousContext<T> implements ContextStorage<T> {
  #value: T | undefined = undefined;

  get(): T | undefined {
    return this.#value;
  }

  run<R>(value: T | undefined, fn: () => R): R {
    const before = this.#value;
    this.#value = value;
    try {
      return fn();
    } finally {
      this.#value = before;
    }
  }
}
