/** The options of a cache, checked; and those that may be changed while it is in use. */

import { systemClock } from '../../ports/clock.js';
import { systemTimer, type Timer } from '../../ports/timer.js';
import type { CacheOptions, SizeCalculator } from './types.js';

/**
 * Entries that one cache holds at most: 2^23. A `Map` ends at 2^24, and one in which keys come and go needs half of
 * its room for those that went: beyond 2^23 it may throw at any insertion.
 */
export const MOST_ENTRIES = 2 ** 23;

/** The defaults of later calls. Each may be changed, as in `lru-cache`, and then holds for calls from then on. */
export abstract class CacheSettings<K, V> {
  ttlResolution: number;
  readonly ttlAutopurge: boolean;
  updateAgeOnGet: boolean;
  updateAgeOnHas: boolean;
  allowStale: boolean;
  noDeleteOnStaleGet: boolean;
  noDisposeOnSet: boolean;
  noUpdateTTL: boolean;
  maxEntrySize: number;
  sizeCalculation: SizeCalculator<K, V> | undefined;
  noDeleteOnFetchRejection: boolean;
  allowStaleOnFetchRejection: boolean;
  allowStaleOnFetchAbort: boolean;
  ignoreFetchAbort: boolean;
  backgroundFetchSize: number;

  constructor(options: CacheOptions<K, V, never>) {
    checkOptions(options);
    const { ttlResolution, maxSize = 0 } = options;
    this.ttlResolution = isPositiveInteger(ttlResolution) || ttlResolution === 0 ? ttlResolution : 1;
    this.ttlAutopurge = !!options.ttlAutopurge;
    this.updateAgeOnGet = !!options.updateAgeOnGet;
    this.updateAgeOnHas = !!options.updateAgeOnHas;
    this.allowStale = !!options.allowStale;
    this.noDeleteOnStaleGet = !!options.noDeleteOnStaleGet;
    this.noDisposeOnSet = !!options.noDisposeOnSet;
    this.noUpdateTTL = !!options.noUpdateTTL;
    this.maxEntrySize = options.maxEntrySize || maxSize;
    this.sizeCalculation = options.sizeCalculation;
    this.noDeleteOnFetchRejection = !!options.noDeleteOnFetchRejection;
    this.allowStaleOnFetchRejection = !!options.allowStaleOnFetchRejection;
    this.allowStaleOnFetchAbort = !!options.allowStaleOnFetchAbort;
    this.ignoreFetchAbort = !!options.ignoreFetchAbort;
    this.backgroundFetchSize = options.backgroundFetchSize ?? 1;
  }
}

/** The times and timers that a cache was given. */
export interface Ports {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Milliseconds since the Unix epoch. */
  readonly wallNow: () => number;
  readonly timer: Timer;
}

/** The ports among the options, the platform's for those that are not given. */
export function portsOf({
  clock = systemClock,
  perf,
  timer = systemTimer,
}: Pick<CacheOptions<never, never>, 'clock' | 'perf' | 'timer'>): Ports {
  return {
    now: perf === undefined ? () => clock.monotonic() : () => perf.now(),
    wallNow: () => clock.now(),
    timer,
  };
}

export function isPositiveInteger(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) > 0;
}

function checkOptions<K, V>(options: CacheOptions<K, V, never>): void {
  const { max = 0, maxSize = 0, maxEntrySize = 0, ttl = 0, sizeCalculation, perf } = options;
  if (max !== 0 && !isPositiveInteger(max)) throw new TypeError(`max must be a nonnegative integer, got ${max}`);
  if (max > MOST_ENTRIES) throw new RangeError(`max must be ${MOST_ENTRIES} at most, got ${max}`);
  for (const [name, value] of Object.entries({ maxSize, maxEntrySize, ttl })) {
    if (value !== 0 && !isPositiveInteger(value)) {
      throw new TypeError(`${name} must be a positive integer if specified, got ${value}`);
    }
  }
  if (perf !== undefined && typeof perf?.now !== 'function') throw new TypeError('perf must have a method now()');
  for (const name of ['sizeCalculation', 'fetchMethod', 'memoMethod', 'dispose', 'disposeAfter', 'onInsert'] as const) {
    const given = options[name];
    if (given !== undefined && typeof given !== 'function') {
      throw new TypeError(`${name} must be a function if specified, got ${typeof given}`);
    }
  }
  if (sizeCalculation !== undefined && maxSize === 0 && maxEntrySize === 0) {
    throw new TypeError('sizeCalculation needs maxSize or maxEntrySize');
  }
  if (max === 0 && maxSize === 0 && ttl === 0) throw new TypeError('At least one of max, maxSize or ttl is required');
}
