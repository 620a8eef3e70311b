/** `LeakyBucket`: what is let in fills the bucket, and leaks out evenly (J. Turner, 1986). */

import type { Arena } from '../../../bindings/arena.js';
import { Adopted } from '../../../bindings/handle.js';
import { LEAKY_BUCKET, LEAKY_QUEUE } from '../../../bindings/kernels/resilience/rate-limiter.js';
import { type LeakyBucketLimit, resolveLimit } from './algorithms.js';
import { KeyedLimiter } from './keyed-limiter.js';
import { LOCAL_KIND, localPlan } from './kinds.js';
import { checkAlgorithm, type LimiterOpenOptions, type LimiterOptions } from './limiter-options.js';

export interface LeakyBucketOptions extends LimiterOptions, LeakyBucketLimit {}

/** A bucket for each key, empty at first. As a meter it is the mirror image of `TokenBucket`; as a queue it spaces what it lets out. 24 bytes a key, O(1). */
export class LeakyBucket extends KeyedLimiter {
  /**
   * @throws TypeError, RangeError for options
   * @throws ArenaFullError
   * @throws NameError when the name is taken
   */
  constructor(options: LeakyBucketOptions | Adopted, open: LimiterOpenOptions = {}) {
    super(LOCAL_KIND, options, open, () =>
      localPlan(resolveLimit({ ...(options as LeakyBucketOptions), algorithm: 'leaky-bucket' })),
    );
  }

  /** The limiter of this name, also after a snapshot. @throws NameError when there is none, or it is something else */
  static open(arena: Arena, name: string, options: LimiterOpenOptions = {}): LeakyBucket {
    const { root, handle } = arena.findName(name, LOCAL_KIND.number, LOCAL_KIND.name);
    checkAlgorithm(arena, root, [LEAKY_BUCKET, LEAKY_QUEUE], 'LeakyBucket');
    return handle instanceof LeakyBucket ? handle : new LeakyBucket(new Adopted(arena, root), options);
  }
}
