/** `ashlar/cache/patterns`: caches in front of what loads and stores, and what they are made of. */

export type { IoRedisLike, NodeRedisLike, RedisClient } from '../../base/redis-client.js';
export { ClosedError, TimeoutError } from '../../base/wait-errors.js';
export { BroadcastBus, type InvalidationBus, MemoryBus, type Unsubscribe } from './bus.js';
export { CacheAside, type CacheAsideStats } from './cache-aside.js';
export type { CacheAsideOptions, EntryOptions, Load, LoadContext, PatienceOptions, ReadOptions } from './options.js';
export { ReadThrough, type ReadThroughOptions } from './read-through.js';
export { RedisBus, type RedisBusOptions } from './redis-bus.js';
export { type FlightOptions, SingleFlight } from './single-flight.js';
export type { BackingStore, Change, LoadStore, StoreOptions } from './store.js';
export { TagVersions } from './tag-versions.js';
export { WriteBehind, type WriteBehindOptions, type WriteBehindStats } from './write-behind.js';
export { type WriteOptions, WriteThrough, type WriteThroughOptions } from './write-through.js';
