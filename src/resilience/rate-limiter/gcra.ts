/** `Gcra`: the generic cell rate algorithm (ITU-T I.371, annex A), by virtual scheduling. */

import type { Arena } from '../../../bindings/arena.js';
import { Adopted } from '../../../bindings/handle.js';
import { GCRA } from '../../../bindings/kernels/resilience/rate-limiter.js';
import { type GcraLimit, resolveLimit } from './algorithms.js';
import { KeyedLimiter } from './keyed-limiter.js';
import { LOCAL_KIND, localPlan } from './kinds.js';
import { checkAlgorithm, type LimiterOpenOptions, type LimiterOptions } from './limiter-options.js';

export interface GcraOptions extends LimiterOptions, GcraLimit {}

/** One moment for each key: when the next unit would come if all were evenly spaced; up to `burst` of them may come earlier. 24 bytes a key, O(1). */
export class Gcra extends KeyedLimiter {
  /**
   * @throws TypeError, RangeError for options
   * @throws ArenaFullError
   * @throws NameError when the name is taken
   */
  constructor(options: GcraOptions | Adopted, open: LimiterOpenOptions = {}) {
    super(LOCAL_KIND, options, open, () => localPlan(resolveLimit({ ...(options as GcraOptions), algorithm: 'gcra' })));
  }

  /** The limiter of this name, also after a snapshot. @throws NameError when there is none, or it is something else */
  static open(arena: Arena, name: string, options: LimiterOpenOptions = {}): Gcra {
    const { root, handle } = arena.findName(name, LOCAL_KIND.number, LOCAL_KIND.name);
    checkAlgorithm(arena, root, [GCRA], 'Gcra');
    return handle instanceof Gcra ? handle : new Gcra(new Adopted(arena, root), options);
  }
}
