/** `TokenBucket`: as many units at once as the bucket holds, and beyond that as many as come back. */

import type { Arena } from '../../../bindings/arena.js';
import { Adopted } from '../../../bindings/handle.js';
import { TOKEN_BUCKET } from '../../../bindings/kernels/resilience/rate-limiter.js';
import { resolveLimit, type TokenBucketLimit } from './algorithms.js';
import { KeyedLimiter } from './keyed-limiter.js';
import { LOCAL_KIND, localPlan } from './kinds.js';
import { checkAlgorithm, type LimiterOpenOptions, type LimiterOptions } from './limiter-options.js';

export interface TokenBucketOptions extends LimiterOptions, TokenBucketLimit {}

/** A bucket of tokens for each key, full at first, refilled evenly up to its capacity. 24 bytes a key, O(1). */
export class TokenBucket extends KeyedLimiter {
  /**
   * @throws TypeError, RangeError for options
   * @throws ArenaFullError
   * @throws NameError when the name is taken
   */
  constructor(options: TokenBucketOptions | Adopted, open: LimiterOpenOptions = {}) {
    super(LOCAL_KIND, options, open, () =>
      localPlan(resolveLimit({ ...(options as TokenBucketOptions), algorithm: 'token-bucket' })),
    );
  }

  /** The limiter of this name, also after a snapshot. @throws NameError when there is none, or it is something else */
  static open(arena: Arena, name: string, options: LimiterOpenOptions = {}): TokenBucket {
    const { root, handle } = arena.findName(name, LOCAL_KIND.number, LOCAL_KIND.name);
    checkAlgorithm(arena, root, [TOKEN_BUCKET], 'TokenBucket');
    return handle instanceof TokenBucket ? handle : new TokenBucket(new Adopted(arena, root), options);
  }
}
