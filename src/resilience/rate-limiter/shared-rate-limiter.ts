/** `SharedRateLimiter`: one limit, by any of the six algorithms, that all threads of a shared arena keep together. */

import type { Arena } from '../../../bindings/arena.js';
import { Adopted } from '../../../bindings/handle.js';
import { checkInteger } from '../../../bindings/sketch.js';
import { type RateLimit, resolveLimit } from './algorithms.js';
import { KeyedLimiter } from './keyed-limiter.js';
import { SHARED_KIND } from './kinds.js';
import type { LimiterOpenOptions, LimiterOptions, Plan } from './limiter-options.js';

export type SharedRateLimiterOptions = LimiterOptions &
  RateLimit & {
    /**
     * Parts of which each has its share of the keys and of the bytes, and one thread at a time: a power of two up to 1024. Take
     * a few times as many as threads. Default 16, or 1 where the arena is not shared.
     */
    segments?: number;
  };

const MOST_SEGMENTS = 1024;
const USUAL_SEGMENTS = 16;
/**
 * Milliseconds by which a thread's reading of the clock may be late: it may have waited for the lock of a dead one, which
 * takes a second, since it read.
 */
const TOLERANCE_MS = 2000;

/**
 * The clock must be one that all threads agree on: the platform's `Date.now()` is. A thread that is killed while it is at a
 * key is found out within a second, and what it left half-written is mended: no key has more units than before.
 */
export class SharedRateLimiter extends KeyedLimiter {
  /**
   * @throws TypeError, RangeError for options; TypeError for a shared arena without a name
   * @throws ArenaFullError
   * @throws NameError when the name is taken
   */
  constructor(options: SharedRateLimiterOptions | Adopted, open: LimiterOpenOptions = {}) {
    super(SHARED_KIND, options, open, () => planOf(options as SharedRateLimiterOptions));
  }

  /** The limiter of this name. @throws NameError when there is none, or it is something else */
  static open(arena: Arena, name: string, options: LimiterOpenOptions = {}): SharedRateLimiter {
    const { root, handle } = arena.findName(name, SHARED_KIND.number, SHARED_KIND.name);
    return handle instanceof SharedRateLimiter ? handle : new SharedRateLimiter(new Adopted(arena, root), options);
  }
}

function planOf(options: SharedRateLimiterOptions): Plan {
  const shared = options.arena?.isShared === true;
  const { segments = shared ? USUAL_SEGMENTS : 1 } = options;
  checkInteger(segments, 'segments', 1, MOST_SEGMENTS);
  if (!Number.isInteger(Math.log2(segments))) throw new RangeError(`segments must be a power of two, got ${segments}`);
  return { ...resolveLimit(options), segments, toleranceMs: shared ? TOLERANCE_MS : 0 };
}
