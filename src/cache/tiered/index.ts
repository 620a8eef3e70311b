/** `ashlar/cache/tiered`: memory, shared memory, Redis and where values come from, as one cache. */
export { type ByteCacheLike, type ByteTierOptions, byteTier } from './byte-tier.js';
export type { MaybePromise } from './maybe-promise.js';
export type { Codec, MemoryOptions, TieredCacheOptions, TieredCacheStats } from './options.js';
export { type RedisTierOptions, redisTier } from './redis-tier.js';
export type { Tier, TierOptions, TierStats } from './tier.js';
export { TierError } from './tier-error.js';
export { TieredCache, TieredNamespace } from './tiered-cache.js';
