/** Fan-out: the items of a source are worked on by so many workers at once, and the results stream back. */

import { AshlarError } from '../../../bindings/errors.js';
import { Crew, type WorkContext } from './crew.js';
import { iteratorOf, type Source } from './source.js';

const DEFAULT_CONCURRENCY = 8;
const DEFAULT_MAX_FAILURES = 1000;

/** What the failure of one item does to the others. */
export type FailurePolicy = 'fail-fast' | 'collect' | 'ignore';

export interface FanOutOptions<T> {
  /** Items worked on at the same time, from 1. Default 8. */
  concurrency?: number;
  /** Whether results come in the order of the items. Default true; false gives each as soon as it is there. */
  ordered?: boolean;
  /**
   * `'fail-fast'`: the first failure ends everything, and the other workers' signals abort. `'collect'`: all items are
   * worked on, then the iteration ends with a `FanOutError`. `'ignore'`: those that fail are left out. Default `'fail-fast'`.
   */
  failures?: FailurePolicy;
  /** Called with each failure, whatever the policy. It must not throw. */
  onFailure?: ((reason: unknown, item: T, index: number) => void) | undefined;
  /**
   * Items begun whose results were not read, at most; from `concurrency`. Default twice `concurrency`. In order, one slow item
   * holds up those behind it so far and no further.
   */
  maxPending?: number;
  /** Failures kept by `'collect'`, at most. Default 1000; the others are counted. */
  maxFailures?: number;
  /** Ends everything: the iteration rejects with exactly `signal.reason`. */
  signal?: AbortSignal | undefined;
}

export interface Failure {
  readonly index: number;
  readonly reason: unknown;
}

/** Some items failed; the others were worked on and given. */
export class FanOutError extends AshlarError {
  /** The first of them, by when they failed. */
  readonly failures: readonly Failure[];
  /** How many there were. */
  readonly failureCount: number;

  constructor(failures: readonly Failure[], failureCount: number) {
    super('FAN_OUT_FAILED', `${failureCount} items failed`, { cause: failures[0]?.reason });
    this.failures = failures;
    this.failureCount = failureCount;
  }
}

/**
 * Works on the items of a source, `concurrency` at a time. Work begins when the first result is asked for, and goes on no
 * further than `maxPending` results ahead of the reader.
 *
 * @param work gets the item, its index, and a signal that aborts when the result is no longer wanted
 * @throws TypeError, RangeError when an argument cannot be
 */
export function fanOut<T, R>(
  source: Source<T>,
  work: (item: T, context: WorkContext) => R | PromiseLike<R>,
  options: FanOutOptions<T> = {},
): FanOut<Awaited<R>> {
  if (typeof work !== 'function') throw new TypeError(`work must be a function, got ${typeof work}`);
  return new FanOut<Awaited<R>>(source, work as (item: never, context: WorkContext) => Awaited<R>, checked(options));
}

/** The results of a fan-out: iterate once, or take all of them. Leaving the loop aborts what is still being worked on. */
export class FanOut<R> implements AsyncIterableIterator<R> {
  readonly #source: Source<unknown>;
  readonly #work: (item: never, context: WorkContext) => R | PromiseLike<R>;
  readonly #settings: Settings<unknown>;
  #crew: Crew<unknown, R> | undefined = undefined;
  #ended = false;
  readonly #failures: Failure[] = [];
  #failureCount = 0;
  /** Calls of `next` that wait, and the last of them: each is answered after the one before. */
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  /** @internal Made by `fanOut`. */
  constructor(
    source: Source<unknown>,
    work: (item: never, context: WorkContext) => R | PromiseLike<R>,
    settings: Settings<never>,
  ) {
    this.#source = source;
    this.#work = work;
    this.#settings = settings as Settings<unknown>;
  }

  next(): Promise<IteratorResult<R, undefined>> {
    try {
      const result = this.#waiting === 0 ? this.#now() : undefined;
      if (result !== undefined) return Promise.resolve(result);
    } catch (reason) {
      return Promise.reject(reason);
    }
    return this.#queued(() => this.#later());
  }

  /** Ends it: what is being worked on is aborted. Who waits for a result gets the end. */
  return(): Promise<IteratorResult<R, undefined>> {
    this.#end();
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end();
  }

  /** All results that are left. */
  toArray(): Promise<R[]> {
    return this.#queued(() => this.#all());
  }

  /** Runs what waits, after what waited before. */
  #queued<A>(wait: () => Promise<A>): Promise<A> {
    const answer = this.#waiting++ === 0 ? wait() : this.#last.then(wait);
    this.#last = answer.then(this.#onAnswered, this.#onAnswered);
    return answer;
  }

  readonly #onAnswered = (): void => {
    this.#waiting--;
  };

  async #later(): Promise<IteratorResult<R, undefined>> {
    for (let result = this.#now(); ; result = this.#now()) {
      if (result !== undefined) return result;
      await this.#crew?.changed();
    }
  }

  async #all(): Promise<R[]> {
    const all: R[] = [];
    for (;;) {
      const result = this.#now();
      if (result === undefined) await this.#crew?.changed();
      else if (result.done) return all;
      else all.push(result.value);
    }
  }

  /** The next result, or `undefined` when it must be waited for. */
  #now(): IteratorResult<R, undefined> | undefined {
    if (this.#ended) return { value: undefined, done: true };
    try {
      this.#crew ??= this.#begin();
      const result = this.#crew.poll();
      if (result === undefined) return undefined;
      if (result !== null) return { value: result.value, done: false };
      if (this.#settings.failures === 'collect' && this.#failureCount > 0) {
        throw new FanOutError(this.#failures, this.#failureCount);
      }
    } catch (reason) {
      this.#end();
      throw reason;
    }
    this.#end();
    return { value: undefined, done: true };
  }

  #begin(): Crew<unknown, R> {
    const { signal } = this.#settings;
    signal?.throwIfAborted();
    const work = this.#work as (item: unknown, context: WorkContext) => R | PromiseLike<R>;
    const crew = new Crew<unknown, R>(iteratorOf(this.#source), work, {
      ...this.#settings,
      goesOn: (reason, item, index) => this.#goesOn(reason, item, index),
    });
    signal?.addEventListener('abort', this.#onAbort);
    return crew;
  }

  #goesOn(reason: unknown, item: unknown, index: number): boolean {
    const { failures: policy, maxFailures, onFailure } = this.#settings;
    this.#failureCount++;
    if (policy === 'collect' && this.#failures.length < maxFailures) this.#failures.push({ index, reason });
    onFailure?.(reason, item, index);
    return policy !== 'fail-fast';
  }

  readonly #onAbort = (): void => this.#crew?.fail(this.#settings.signal?.reason);

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    const { signal } = this.#settings;
    signal?.removeEventListener('abort', this.#onAbort);
    this.#crew?.dismiss(signal?.aborted ? signal.reason : new AshlarError('FAN_OUT_ENDED', 'The result is not wanted'));
  }
}

type Settings<T> = Required<Omit<FanOutOptions<T>, 'signal' | 'onFailure'>> &
  Pick<FanOutOptions<T>, 'signal' | 'onFailure'>;

function checked<T>(options: FanOutOptions<T>): Settings<T> {
  const { concurrency = DEFAULT_CONCURRENCY, failures = 'fail-fast', signal, onFailure } = options;
  checkCount('concurrency', concurrency, 1);
  const { maxPending = 2 * concurrency, maxFailures = DEFAULT_MAX_FAILURES, ordered = true } = options;
  checkCount('maxPending', maxPending, concurrency);
  checkCount('maxFailures', maxFailures, 0);
  if (failures !== 'fail-fast' && failures !== 'collect' && failures !== 'ignore') {
    throw new RangeError(`failures must be 'fail-fast', 'collect' or 'ignore', got ${String(failures)}`);
  }
  if (signal !== undefined && typeof signal?.addEventListener !== 'function') {
    throw new TypeError(`signal must be an AbortSignal, got ${signal === null ? 'null' : typeof signal}`);
  }
  return { concurrency, maxPending, maxFailures, ordered, failures, signal, onFailure };
}

function checkCount(name: string, value: number, least: number): void {
  if (!(Number.isSafeInteger(value) && value >= least)) {
    throw new RangeError(`${name} must be an integer from ${least}, got ${String(value)}`);
  }
}
