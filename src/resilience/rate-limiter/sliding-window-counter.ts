/** `SlidingWindowCounter`: two counts that stand for a sliding window. */

import type { Arena } from '../../../bindings/arena.js';
import { Adopted } from '../../../bindings/handle.js';
import { SLIDING_COUNTER } from '../../../bindings/kernels/resilience/rate-limiter.js';
import { resolveLimit, type WindowLimit } from './algorithms.js';
import { KeyedLimiter } from './keyed-limiter.js';
import { LOCAL_KIND, localPlan } from './kinds.js';
import { checkAlgorithm, type LimiterOpenOptions, type LimiterOptions } from './limiter-options.js';

export interface SlidingWindowCounterOptions extends LimiterOptions, WindowLimit {}

/** Units of this window, and of the one before by the part of it that is still in sight: as if they had been spread evenly. 24 bytes a key, O(1). */
export class SlidingWindowCounter extends KeyedLimiter {
  /**
   * @throws TypeError, RangeError for options
   * @throws ArenaFullError
   * @throws NameError when the name is taken
   */
  constructor(options: SlidingWindowCounterOptions | Adopted, open: LimiterOpenOptions = {}) {
    super(LOCAL_KIND, options, open, () =>
      localPlan(resolveLimit({ ...(options as SlidingWindowCounterOptions), algorithm: 'sliding-window-counter' })),
    );
  }

  /** The limiter of this name, also after a snapshot. @throws NameError when there is none, or it is something else */
  static open(arena: Arena, name: string, options: LimiterOpenOptions = {}): SlidingWindowCounter {
    const { root, handle } = arena.findName(name, LOCAL_KIND.number, LOCAL_KIND.name);
    checkAlgorithm(arena, root, [SLIDING_COUNTER], 'SlidingWindowCounter');
    return handle instanceof SlidingWindowCounter
      ? handle
      : new SlidingWindowCounter(new Adopted(arena, root), options);
  }
}
