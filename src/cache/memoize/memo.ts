/** What one function, or one method of one object, remembers. */

import { isPromiseLike } from '../../base/promise-like.js';
import { SharedCall } from '../../base/shared-call.js';
import { LRUCache } from '../lru-cache/lru-cache.js';
import { keyOfCall, type Signalled, signalOf } from './call-key.js';

/** How something is remembered; `MemoizeOptions` with the types of the function taken out. */
export interface MemoSettings {
  readonly max: number;
  readonly maxSize?: number | undefined;
  readonly sizeCalculation?: ((value: unknown) => number) | undefined;
  readonly ttl?: number | ((value: unknown) => number) | undefined;
  readonly key?: ((...args: never[]) => unknown) | undefined;
  readonly cacheErrors?: boolean | ((error: unknown) => boolean) | undefined;
  readonly errorTtl?: number | undefined;
  readonly clock?: ConstructorParameters<typeof LRUCache>[0]['clock'];
  readonly timer?: ConstructorParameters<typeof LRUCache>[0]['timer'];
}

export interface MemoStats {
  /** Results that are remembered. */
  readonly size: number;
  /** Calls that were answered from memory. */
  readonly hits: number;
  /** Calls that shared the work of another that was under way. */
  readonly joined: number;
  /** Calls of the function itself. */
  readonly calls: number;
  /** Calls of the function that threw or rejected. */
  readonly errors: number;
  /** Calls of the function that are under way. */
  readonly inFlight: number;
  readonly evictions: number;
  readonly expirations: number;
}

/** What can be done with what is remembered. */
export interface Memo<Args extends readonly unknown[] = readonly unknown[]> {
  /** Forgets everything. Calls under way go on for those who wait, and are not remembered. */
  clear(): void;
  /** Forgets the result of such a call. @returns whether there was one, or one under way */
  delete(...args: Args): boolean;
  /** Whether such a call would be answered from memory. */
  has(...args: Args): boolean;
  stats(): MemoStats;
  [Symbol.dispose](): void;
}

/** A result as it is remembered: undefined can be one, and so can an error. */
type Outcome = { readonly value: unknown } | { readonly error: unknown };

export class CallMemo implements Memo {
  readonly #settings: MemoSettings;
  readonly #cache: LRUCache<unknown, Outcome>;
  readonly #calls = new Map<unknown, SharedCall<unknown>>();
  #called = 0;
  #hits = 0;
  #joined = 0;
  #errors = 0;
  #inFlight = 0;

  constructor(settings: MemoSettings) {
    this.#settings = settings;
    const { max, maxSize, clock, timer } = settings;
    this.#cache = new LRUCache<unknown, Outcome>({ max, maxSize, clock, timer });
  }

  /** The call's result: remembered, shared, or made now. */
  call(self: unknown, fn: (...args: never[]) => unknown, args: readonly unknown[]): unknown {
    const signalled = signalOf(args);
    const { signal } = signalled ?? {};
    if (signal?.aborted) return Promise.reject(signal.reason);
    const key = this.#keyOf(args, signalled);
    const known = this.#cache.get(key);
    if (known !== undefined) {
      this.#hits++;
      if ('error' in known) throw known.error;
      return known.value;
    }
    const underWay = this.#calls.get(key);
    if (underWay !== undefined) {
      this.#joined++;
      return underWay.join(signal);
    }
    return this.#make(self, fn, args, signalled, key);
  }

  clear(): void {
    this.#cache.clear();
    this.#calls.clear();
  }

  delete(...args: readonly unknown[]): boolean {
    const key = this.#keyOf(args, signalOf(args));
    const underWay = this.#calls.delete(key);
    return this.#cache.delete(key) || underWay;
  }

  has(...args: readonly unknown[]): boolean {
    return this.#cache.has(this.#keyOf(args, signalOf(args)));
  }

  stats(): MemoStats {
    const { size, evictions, expirations } = this.#cache.stats();
    return {
      size,
      hits: this.#hits,
      joined: this.#joined,
      calls: this.#called,
      errors: this.#errors,
      inFlight: this.#inFlight,
      evictions,
      expirations,
    };
  }

  [Symbol.dispose](): void {
    this.#calls.clear();
    this.#cache[Symbol.dispose]();
  }

  #keyOf(args: readonly unknown[], signalled: Signalled | undefined): unknown {
    const { key } = this.#settings;
    return key === undefined ? keyOfCall(signalled?.rest ?? args) : key(...(args as never[]));
  }

  #make(
    self: unknown,
    fn: (...args: never[]) => unknown,
    args: readonly unknown[],
    signalled: Signalled | undefined,
    key: unknown,
  ): unknown {
    const shared: SharedCall<unknown> = new SharedCall(() => this.#forget(key, shared));
    this.#called++;
    let result: unknown;
    try {
      result = fn.apply(self, (signalled?.with(shared.signal) ?? args) as never[]);
    } catch (error) {
      this.#errors++;
      this.#keepError(key, { error }, error);
      throw error;
    }
    if (!isPromiseLike(result)) {
      this.#keep(key, { value: result }, result);
      return result;
    }
    this.#inFlight++;
    this.#calls.set(key, shared);
    shared.begin(this.#outcomeOf(result, key, shared));
    return shared.join(signalled?.signal);
  }

  /** The promise that all callers are given, now and when it is remembered. */
  #outcomeOf(result: PromiseLike<unknown>, key: unknown, shared: SharedCall<unknown>): Promise<unknown> {
    const outcome: Promise<unknown> = Promise.resolve(result).then(
      (value) => {
        this.#inFlight--;
        if (this.#forget(key, shared)) this.#keep(key, { value: outcome }, value);
        return value;
      },
      (error: unknown) => {
        this.#inFlight--;
        this.#errors++;
        if (this.#forget(key, shared)) this.#keepError(key, { value: outcome }, error);
        throw error;
      },
    );
    return outcome;
  }

  /** @returns whether the call was still the one under way for its key: nothing was cleared since */
  #forget(key: unknown, shared: SharedCall<unknown>): boolean {
    return this.#calls.get(key) === shared && this.#calls.delete(key);
  }

  #keep(key: unknown, outcome: Outcome, value: unknown): void {
    const { ttl, sizeCalculation } = this.#settings;
    this.#cache.set(key, outcome, {
      ttl: typeof ttl === 'function' ? ttl(value) : ttl,
      ...(this.#settings.maxSize === undefined ? {} : { size: sizeCalculation?.(value) ?? 1 }),
    });
  }

  #keepError(key: unknown, outcome: Outcome, error: unknown): void {
    const { cacheErrors = false, errorTtl, ttl, maxSize } = this.#settings;
    if (!(typeof cacheErrors === 'function' ? cacheErrors(error) : cacheErrors)) return;
    this.#cache.set(key, outcome, {
      ttl: errorTtl ?? (typeof ttl === 'number' ? ttl : undefined),
      ...(maxSize === undefined ? {} : { size: 1 }),
    });
  }
}

const memos = new WeakMap<object, CallMemo | WeakMap<object, CallMemo>>();

/** Notes what belongs to a memoised function; of a method, by object. */
export function register(memoized: object, memo: CallMemo | WeakMap<object, CallMemo>): void {
  memos.set(memoized, memo);
}

/**
 * What a memoised function remembers; of a method that was decorated, what it remembers for `self`.
 *
 * @returns undefined for a method that was not called on that object yet
 * @throws TypeError when the function is not memoised, or a method and no object is given
 */
export function memoOf(memoized: (...args: never[]) => unknown, self?: object): Memo | undefined {
  const memo = memos.get(memoized);
  if (memo === undefined) throw new TypeError('memoOf needs a function that memoize() gave');
  if (memo instanceof CallMemo) return memo;
  if (self === undefined) throw new TypeError('memoOf needs the object that the method is of as its second argument');
  return memo.get(self);
}
