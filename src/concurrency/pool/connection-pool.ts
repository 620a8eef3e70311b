/** `ConnectionPool`: an `ObjectPool` for connections, which take time to open, break by themselves, and are counted elsewhere. */

import { ObjectPool } from './object-pool.js';
import type { CreateContext, ObjectPoolOptions } from './options.js';

export interface ConnectionPoolOptions<C> extends Omit<ObjectPoolOptions<C>, 'create' | 'destroy' | 'validate'> {
  /** Opens a connection. Have its events of failing call `broken`. */
  connect: (context: CreateContext) => C | PromiseLike<C>;
  /** Closes one. */
  disconnect?: (connection: C) => unknown;
  /** Asks the other side whether it is there: it is, unless this throws or gives `false`. */
  ping?: (connection: C) => unknown;
}

/**
 * What is different from an `ObjectPool` unless it is told: a connection is tried before it is lent when it was idle for 500 ms, and
 * every two minutes while it is; it ends after ten minutes without use, beyond `min`, and after thirty at most; opening one may take
 * 30 s and is tried five times before who waits is told; who waits does so for 30 s.
 */
export class ConnectionPool<C> extends ObjectPool<C> {
  /** @throws TypeError, RangeError for options that no pool has */
  constructor(options: ConnectionPoolOptions<C>) {
    const { connect, disconnect, ping, ...others } = options;
    if (typeof connect !== 'function') throw new TypeError(`connect must be a function, got ${typeof connect}`);
    super({
      name: 'The connection pool',
      acquireTimeoutMs: 30_000,
      createTimeoutMs: 30_000,
      validateAfterIdleMs: 500,
      keepAliveMs: 120_000,
      idleTimeoutMs: 600_000,
      maxLifetimeMs: 1_800_000,
      maxCreateFailures: 5,
      ...others,
      create: connect,
      destroy: disconnect,
      validate: ping === undefined ? undefined : async (connection) => (await ping(connection)) !== false,
    });
  }
}
