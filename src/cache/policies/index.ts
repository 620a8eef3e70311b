/** `ashlar/cache/policies`: which entry of a cache goes next. */
export { ArcPolicy } from './arc.js';
export { ClockPolicy } from './clock.js';
export { type LfuOptions, LfuPolicy } from './lfu.js';
export { LruPolicy } from './lru.js';
export type { EvictionPolicy, PolicyName, PolicyOptions } from './policy.js';
export { type AnyPolicyOptions, POLICY_NAMES, policyFor } from './policy-for.js';
export { S3FifoPolicy } from './s3-fifo.js';
export { SievePolicy } from './sieve.js';
export { TwoQueuePolicy } from './two-queue.js';
export { type WTinyLfuOptions, WTinyLfuPolicy } from './w-tinylfu.js';
