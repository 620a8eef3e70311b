/** `Cache`: entries in one process, ended by the policy of one's choice. */

import { policyFor } from '../policies/index.js';
import type { PolicyName } from '../policies/policy.js';
import { ObjectCache } from './object-cache.js';
import { MOST_ENTRIES } from './settings.js';
import type { CacheOptions } from './types.js';

export interface PolicyCacheOptions<K, V, FC = unknown> extends CacheOptions<K, V, FC> {
  /** Which entry goes when room is needed. Default `'lru'`. */
  readonly policy?: PolicyName | undefined;
}

/** A cache of any keys and values: options and methods are those of `LRUCache`, and a policy. */
export class Cache<K, V, FC = unknown> extends ObjectCache<K, V, FC> {
  readonly policy: PolicyName;

  constructor(options: PolicyCacheOptions<K, V, FC>) {
    const { policy = 'lru', max = 0, maxSize = 0 } = options;
    // The core keeps the order of use itself.
    super(options, policy === 'lru' ? undefined : policyFor<K>(policy, { capacity: max || maxSize || MOST_ENTRIES }));
    this.policy = policy;
  }

  get [Symbol.toStringTag](): string {
    return 'Cache';
  }
}
