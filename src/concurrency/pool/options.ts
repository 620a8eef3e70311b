/** What a pool can be told, and what it is when nothing is said. */

import { MOST_DELAY_MS } from '../../base/waiter.js';
import { type Clock, systemClock } from '../../ports/clock.js';
import { type Random, systemRandom } from '../../ports/random.js';
import { systemTimer, type Timer } from '../../ports/timer.js';

/** What making something is given. */
export interface CreateContext {
  /** Aborts when it takes too long, or the pool closes. */
  readonly signal: AbortSignal;
  /** To be called when what was made breaks by itself, lent or not: it is not lent again. */
  readonly broken: () => void;
}

export interface ObjectPoolOptions<T> {
  /** Makes one. */
  create: (context: CreateContext) => T | PromiseLike<T>;
  /** Ends one. What it throws is told by the event `destroyFailed`. */
  destroy?: ((value: T) => unknown) | undefined;
  /** Makes one ready for the next borrower, when it comes back. When it throws, the thing is destroyed. */
  reset?: ((value: T) => unknown) | undefined;
  /** Whether one can be lent. What throws is invalid. */
  validate?: ((value: T) => boolean | PromiseLike<boolean>) | undefined;
  /** Whether a function under `use` failed since its thing is broken. Default never. */
  isBroken?: ((error: unknown, value: T) => boolean) | undefined;
  /** As many are kept. Default 0. */
  min?: number;
  /** Most that there are, from 1. Default 10. */
  max?: number;
  /** Who is lent first: what came back last, or what waits longest. Default `'lifo'`: what is not needed becomes idle. */
  order?: 'lifo' | 'fifo';
  /** How many may wait, from 0. Default 10 000; the next one gets a `QueueFullError`. */
  maxWaiting?: number;
  /** How long `acquire` waits where it is not told. Default `Infinity`. */
  acquireTimeoutMs?: number;
  /** Until making is given up. Default `Infinity`. */
  createTimeoutMs?: number;
  /** Until a thing counts as invalid, or as not to be made ready. Default 5000 ms. */
  validateTimeoutMs?: number;
  /** `validate` is asked before lending what was idle for so long; 0 always, `Infinity` never. Default 0. */
  validateAfterIdleMs?: number;
  /** Whether `validate` is asked when something comes back. Default false. */
  validateOnReturn?: boolean;
  /** What is idle is asked by `validate` this often. Default `Infinity`: never. */
  keepAliveMs?: number;
  /** What is idle for so long is destroyed, but for `min`. Default `Infinity`. */
  idleTimeoutMs?: number;
  /** Nothing is older; what is lent then goes when it comes back. Default `Infinity`. */
  maxLifetimeMs?: number;
  /** The share of the lifetime by which each is shorter at random, so that not all end at once: 0 to 1. Default 0.1. */
  lifetimeJitter?: number;
  /** How often one is lent. Default `Infinity`. */
  maxUses?: number;
  /** Failures of `create` in a row until who waits gets a `PoolUnavailableError`. Default 1. */
  maxCreateFailures?: number;
  /** Until `create` is tried again; it doubles with each failure, and chance takes up to half. Default 100 ms. */
  retryDelayMs?: number;
  /** Where it stops doubling. Default 10 000 ms. */
  maxRetryDelayMs?: number;
  /** What is lent for longer is told by the event `leak`, with where it was borrowed. Default `Infinity`: nothing is recorded. */
  leakAfterMs?: number;
  /** Whether waiting and lending times are recorded. Default false. */
  histograms?: boolean;
  /** In errors. Default `'The pool'`. */
  name?: string;
  clock?: Clock;
  timer?: Timer;
  random?: Random;
}

export type Settings<T> = Readonly<Required<ObjectPoolOptions<T>>>;

/** @throws TypeError, RangeError */
export function settingsOf<T>(options: ObjectPoolOptions<T>): Settings<T> {
  const { create, destroy, reset, validate, isBroken, order = 'lifo', lifetimeJitter = 0.1 } = options;
  if (typeof create !== 'function') throw new TypeError(`create must be a function, got ${typeof create}`);
  for (const [name, fn] of Object.entries({ destroy, reset, validate, isBroken })) {
    if (fn !== undefined && typeof fn !== 'function')
      throw new TypeError(`${name} must be a function, got ${typeof fn}`);
  }
  if (order !== 'lifo' && order !== 'fifo')
    throw new RangeError(`order must be 'lifo' or 'fifo', got ${String(order)}`);
  if (!(lifetimeJitter >= 0 && lifetimeJitter <= 1)) {
    throw new RangeError(`lifetimeJitter must be from 0 to 1, got ${lifetimeJitter}`);
  }
  const never = Number.POSITIVE_INFINITY;
  const { min = 0, max = Math.max(10, min) } = options;
  checkSizes(min, max);
  return {
    create,
    destroy,
    reset,
    validate,
    isBroken,
    order,
    lifetimeJitter,
    min,
    max,
    maxWaiting: whole('maxWaiting', options.maxWaiting ?? 10_000, 0),
    acquireTimeoutMs: time('acquireTimeoutMs', options.acquireTimeoutMs ?? never),
    createTimeoutMs: time('createTimeoutMs', options.createTimeoutMs ?? never),
    validateTimeoutMs: time('validateTimeoutMs', options.validateTimeoutMs ?? 5000),
    validateAfterIdleMs: time('validateAfterIdleMs', options.validateAfterIdleMs ?? 0),
    validateOnReturn: options.validateOnReturn ?? false,
    keepAliveMs: time('keepAliveMs', options.keepAliveMs ?? never),
    idleTimeoutMs: time('idleTimeoutMs', options.idleTimeoutMs ?? never),
    maxLifetimeMs: time('maxLifetimeMs', options.maxLifetimeMs ?? never),
    maxUses: whole('maxUses', options.maxUses ?? never, 1),
    maxCreateFailures: whole('maxCreateFailures', options.maxCreateFailures ?? 1, 1),
    retryDelayMs: time('retryDelayMs', options.retryDelayMs ?? 100),
    maxRetryDelayMs: time('maxRetryDelayMs', options.maxRetryDelayMs ?? 10_000),
    leakAfterMs: time('leakAfterMs', options.leakAfterMs ?? never),
    histograms: options.histograms ?? false,
    name: options.name ?? 'The pool',
    clock: options.clock ?? systemClock,
    timer: options.timer ?? systemTimer,
    random: options.random ?? systemRandom,
  };
}

/** @throws TypeError, RangeError */
export function checkSizes(min: number, max: number): void {
  whole('max', max, 1);
  whole('min', min, 0);
  if (min > max) throw new RangeError(`min must be at most max, ${max}, got ${min}`);
  if (min === Number.POSITIVE_INFINITY) throw new RangeError('min must be finite, got Infinity');
}

function whole(name: string, value: number, least: number): number {
  if (typeof value !== 'number') throw new TypeError(`${name} must be a number, got ${typeof value}`);
  if ((Number.isSafeInteger(value) || value === Number.POSITIVE_INFINITY) && value >= least) return value;
  throw new RangeError(`${name} must be an integer from ${least}, got ${value}`);
}

function time(name: string, value: number): number {
  if (typeof value !== 'number') throw new TypeError(`${name} must be a number, got ${typeof value}`);
  if ((value >= 0 && value <= MOST_DELAY_MS) || value === Number.POSITIVE_INFINITY) return value;
  throw new RangeError(`${name} must be from 0 to ${MOST_DELAY_MS}, or Infinity, got ${value}`);
}
