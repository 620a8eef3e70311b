/** A policy by its name. */

import { ArcPolicy } from './arc.js';
import { ClockPolicy } from './clock.js';
import { type LfuOptions, LfuPolicy } from './lfu.js';
import { LruPolicy } from './lru.js';
import type { EvictionPolicy, PolicyName } from './policy.js';
import { S3FifoPolicy } from './s3-fifo.js';
import { SievePolicy } from './sieve.js';
import { TwoQueuePolicy } from './two-queue.js';
import { type WTinyLfuOptions, WTinyLfuPolicy } from './w-tinylfu.js';

/** Of all policies; each takes what it knows. */
export interface AnyPolicyOptions extends LfuOptions, WTinyLfuOptions {}

/** Every name, the plainest policy first. */
export const POLICY_NAMES: readonly PolicyName[] = [
  'lru',
  'lfu',
  'clock',
  'sieve',
  's3-fifo',
  '2q',
  'arc',
  'w-tinylfu',
];

/**
 * A new policy without entries.
 *
 * @throws RangeError when there is none of that name, or an option is out of its range
 */
export function policyFor<K>(name: PolicyName, options: AnyPolicyOptions): EvictionPolicy<K> {
  switch (name) {
    case 'lru':
      return new LruPolicy(options);
    case 'lfu':
      return new LfuPolicy(options);
    case 'clock':
      return new ClockPolicy(options);
    case 'sieve':
      return new SievePolicy(options);
    case 's3-fifo':
      return new S3FifoPolicy(options);
    case '2q':
      return new TwoQueuePolicy(options);
    case 'arc':
      return new ArcPolicy(options);
    case 'w-tinylfu':
      return new WTinyLfuPolicy(options);
    default:
      throw new RangeError(`policy must be one of ${POLICY_NAMES.join(', ')}, got ${String(name)}`);
  }
}
