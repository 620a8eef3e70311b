/** `memoize`: a function that remembers its results; a wrapper, and a decorator of methods and getters. */

import type { Clock } from '../../ports/clock.js';
import type { Timer } from '../../ports/timer.js';
import { CallMemo, type Memo, type MemoSettings, register } from './memo.js';

/** Results that are remembered unless told otherwise. */
const DEFAULT_MAX = 1000;

type AnyFunction = (...args: never[]) => unknown;

export interface MemoizeOptions<F extends AnyFunction = AnyFunction> {
  /** Results at most; the least recently used goes. For a decorated method, for each object. Default 1000. */
  readonly max?: number | undefined;
  /** The sum of sizes at most, where results are of different sizes. Default: sizes are not counted. */
  readonly maxSize?: number | undefined;
  /** The size of a result (of a promise, of what it resolves to), a positive integer. Default 1 each. */
  readonly sizeCalculation?: ((value: Awaited<ReturnType<F>>) => number) | undefined;
  /** Milliseconds that a result is remembered, from when it was there; or what gives them. Default for ever. */
  readonly ttl?: number | ((value: Awaited<ReturnType<F>>) => number) | undefined;
  /** What tells calls apart. Default: all arguments but the signal, primitives by value and objects by identity. */
  readonly key?: ((...args: Parameters<F>) => unknown) | undefined;
  /** Whether errors and rejections are remembered, or which. Default false. */
  readonly cacheErrors?: boolean | ((error: unknown) => boolean) | undefined;
  /** Milliseconds for errors. Default `ttl`, where that is a number. */
  readonly errorTtl?: number | undefined;
  readonly clock?: Clock | undefined;
  readonly timer?: Timer | undefined;
}

/** The function, and what it remembers. */
export type Memoized<F extends AnyFunction> = F & Memo<Parameters<F>>;

type MethodContext = ClassMethodDecoratorContext | ClassGetterDecoratorContext;
type Decorator = <F extends AnyFunction>(method: F, context: MethodContext) => F;

/**
 * Remembers results by arguments. Calls of an asynchronous function with the same key, while one is under way, share
 * it. A signal among the arguments (an AbortSignal, or `signal` of a last plain object) ends the wait of its caller;
 * the function is given another, which is aborted when every caller has gone.
 *
 * As a decorator, `@memoize` or `@memoize(options)`, of methods and getters: each object remembers by itself, and what
 * it remembers goes with it. `memoOf` finds it.
 *
 * @throws TypeError or RangeError when an option is not what it should be
 */
export function memoize<F extends AnyFunction>(method: F, context: MethodContext): F;
export function memoize<F extends AnyFunction>(fn: F, options?: MemoizeOptions<F>): Memoized<F>;
export function memoize(options: MemoizeOptions): Decorator;
export function memoize(
  target: AnyFunction | MemoizeOptions,
  second: MemoizeOptions | MethodContext = {},
): AnyFunction | Decorator {
  if (typeof target !== 'function') {
    const settings = settingsOf(target);
    return (<F extends AnyFunction>(method: F, context: MethodContext) =>
      decorated(method, context, settings)) as Decorator;
  }
  return 'kind' in second ? decorated(target, second, settingsOf({})) : wrapped(target, settingsOf(second));
}

function wrapped(fn: AnyFunction, settings: MemoSettings): AnyFunction {
  const memo = new CallMemo(settings);
  const memoized = function (this: unknown, ...args: unknown[]): unknown {
    return memo.call(this, fn, args);
  };
  register(memoized, memo);
  return Object.assign(named(memoized, fn), {
    clear: () => memo.clear(),
    delete: (...args: unknown[]) => memo.delete(...args),
    has: (...args: unknown[]) => memo.has(...args),
    stats: () => memo.stats(),
    [Symbol.dispose]: () => memo[Symbol.dispose](),
  });
}

function decorated<F extends AnyFunction>(method: F, context: MethodContext, settings: MemoSettings): F {
  if (context.kind !== 'method' && context.kind !== 'getter') {
    throw new TypeError(`memoize decorates methods and getters, got a ${(context as { kind: string }).kind}`);
  }
  const memos = new WeakMap<object, CallMemo>();
  const memoized = function (this: object, ...args: unknown[]): unknown {
    let memo = memos.get(this);
    if (memo === undefined) {
      memo = new CallMemo(settings);
      memos.set(this, memo);
    }
    return memo.call(this, method, args);
  };
  register(memoized, memos);
  return named(memoized, method) as unknown as F;
}

/** The function passes for the one it stands for. */
function named<F extends (...args: never[]) => unknown>(memoized: F, original: AnyFunction): F {
  Object.defineProperty(memoized, 'name', { value: original.name, configurable: true });
  Object.defineProperty(memoized, 'length', { value: original.length, configurable: true });
  return memoized;
}

/** Options are checked when the function is made, not when it is called first. */
function settingsOf(options: MemoizeOptions): MemoSettings {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`memoize needs a function or options, got ${options === null ? 'null' : typeof options}`);
  }
  const { max = DEFAULT_MAX, key, cacheErrors, ttl, errorTtl } = options;
  if (key !== undefined && typeof key !== 'function') throw new TypeError(`key must be a function, got ${typeof key}`);
  if (cacheErrors !== undefined && typeof cacheErrors !== 'boolean' && typeof cacheErrors !== 'function') {
    throw new TypeError(`cacheErrors must be a boolean or a function, got ${typeof cacheErrors}`);
  }
  for (const [name, ms] of Object.entries({ ttl, errorTtl })) {
    if (ms === undefined || typeof ms === 'function' || (typeof ms === 'number' && ms > 0)) continue;
    throw new RangeError(`${name} must be a positive number of milliseconds, got ${String(ms)}`);
  }
  const settings = { ...options, max } as MemoSettings;
  // The cache checks its bounds itself.
  new CallMemo(settings)[Symbol.dispose]();
  return settings;
}
