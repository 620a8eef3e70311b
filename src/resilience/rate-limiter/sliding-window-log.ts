/** `SlidingWindowLog`: never more units than the limit within any window of time. */

import type { Arena } from '../../../bindings/arena.js';
import { Adopted } from '../../../bindings/handle.js';
import { SLIDING_LOG } from '../../../bindings/kernels/resilience/rate-limiter.js';
import { resolveLimit, type WindowLimit } from './algorithms.js';
import { KeyedLimiter } from './keyed-limiter.js';
import { LOCAL_KIND, localPlan } from './kinds.js';
import { checkAlgorithm, type LimiterOpenOptions, type LimiterOptions } from './limiter-options.js';

export interface SlidingWindowLogOptions extends LimiterOptions, WindowLimit {}

/** The moment of each unit for each key: exact, and dear. 24 bytes a key and 8 for each unit of the limit; O(cost), amortized. */
export class SlidingWindowLog extends KeyedLimiter {
  /**
   * @throws TypeError, RangeError for options
   * @throws ArenaFullError
   * @throws NameError when the name is taken
   */
  constructor(options: SlidingWindowLogOptions | Adopted, open: LimiterOpenOptions = {}) {
    super(LOCAL_KIND, options, open, () =>
      localPlan(resolveLimit({ ...(options as SlidingWindowLogOptions), algorithm: 'sliding-window-log' })),
    );
  }

  /** The limiter of this name, also after a snapshot. @throws NameError when there is none, or it is something else */
  static open(arena: Arena, name: string, options: LimiterOpenOptions = {}): SlidingWindowLog {
    const { root, handle } = arena.findName(name, LOCAL_KIND.number, LOCAL_KIND.name);
    checkAlgorithm(arena, root, [SLIDING_LOG], 'SlidingWindowLog');
    return handle instanceof SlidingWindowLog ? handle : new SlidingWindowLog(new Adopted(arena, root), options);
  }
}
