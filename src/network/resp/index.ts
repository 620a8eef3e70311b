/** A Redis-compatible server within the process. */
export { type DuplexPair, duplexPair } from '../../adapters/memory/pipe.js';
export type { ByteConnection, ByteHandler, ListenAddress, Listener, Transport } from '../../ports/transport.js';
export type { ModuleCommand, RedisModule } from './commands/table.js';
export type { EvictionPolicy } from './config.js';
export { LATENCY_BOUNDS_SECONDS, LatencyHistogram } from './latency.js';
export { type ListenOptions, RedisServer, type RedisServerOptions, type RedisServerStats } from './server.js';
