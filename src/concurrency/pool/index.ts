/** `ashlar/concurrency/pool`: objects and connections that are lent and used again. */
export type { Listener } from '../../base/events.js';
export { ClosedError, DoubleReleaseError, QueueFullError, TimeoutError } from '../../base/wait-errors.js';
export type { WaitOptions } from '../../base/waiter.js';
export { ConnectionPool, type ConnectionPoolOptions } from './connection-pool.js';
export type { Destroyed, Lease } from './entry.js';
export { PoolUnavailableError, ReleasedError } from './errors.js';
export { ObjectPool } from './object-pool.js';
export type { CreateContext, ObjectPoolOptions } from './options.js';
export type { AcquireOptions, PoolEvents, PoolStats } from './types.js';
