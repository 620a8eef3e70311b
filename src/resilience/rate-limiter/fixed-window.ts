/** `FixedWindow`: so many units in each window, which begins with a key's first unit. */

import type { Arena } from '../../../bindings/arena.js';
import { Adopted } from '../../../bindings/handle.js';
import { FIXED_WINDOW } from '../../../bindings/kernels/resilience/rate-limiter.js';
import { resolveLimit, type WindowLimit } from './algorithms.js';
import { KeyedLimiter } from './keyed-limiter.js';
import { LOCAL_KIND, localPlan } from './kinds.js';
import { checkAlgorithm, type LimiterOpenOptions, type LimiterOptions } from './limiter-options.js';

export interface FixedWindowOptions extends LimiterOptions, WindowLimit {}

/** A count for each key. Around the end of a window, up to twice the limit within one window's time. 24 bytes a key, O(1). */
export class FixedWindow extends KeyedLimiter {
  /**
   * @throws TypeError, RangeError for options
   * @throws ArenaFullError
   * @throws NameError when the name is taken
   */
  constructor(options: FixedWindowOptions | Adopted, open: LimiterOpenOptions = {}) {
    super(LOCAL_KIND, options, open, () =>
      localPlan(resolveLimit({ ...(options as FixedWindowOptions), algorithm: 'fixed-window' })),
    );
  }

  /** The limiter of this name, also after a snapshot. @throws NameError when there is none, or it is something else */
  static open(arena: Arena, name: string, options: LimiterOpenOptions = {}): FixedWindow {
    const { root, handle } = arena.findName(name, LOCAL_KIND.number, LOCAL_KIND.name);
    checkAlgorithm(arena, root, [FIXED_WINDOW], 'FixedWindow');
    return handle instanceof FixedWindow ? handle : new FixedWindow(new Adopted(arena, root), options);
  }
}
