/** The sections of INFO. */

import { REDIS_VERSION } from './commands/connection.js';
import type { Settings } from './config.js';
import type { RedisServerStats } from './server.js';

type Section = ReadonlyMap<string, string | number>;

export function describeServer(
  stats: RedisServerStats,
  settings: Settings,
  port: number,
): ReadonlyMap<string, Section> {
  const section = (figures: Record<string, string | number>): Section => new Map(Object.entries(figures));
  return new Map([
    [
      'Server',
      section({
        redis_version: REDIS_VERSION,
        redis_mode: 'standalone',
        server_name: 'ashlar',
        arch_bits: 32,
        tcp_port: port,
        uptime_in_seconds: stats.uptimeSeconds,
        uptime_in_days: Math.floor(stats.uptimeSeconds / 86_400),
      }),
    ],
    ['Clients', section({ connected_clients: stats.clients, maxclients: settings.maxClients, blocked_clients: 0 })],
    [
      'Memory',
      section({
        used_memory: stats.usedBytes,
        used_memory_human: human(stats.usedBytes),
        used_memory_dataset: stats.dataBytes,
        used_memory_peak: stats.peakBytes,
        used_memory_peak_human: human(stats.peakBytes),
        used_memory_reserved: stats.reservedBytes,
        maxmemory: settings.maxMemory,
        maxmemory_human: human(settings.maxMemory),
        maxmemory_policy: settings.maxMemoryPolicy,
      }),
    ],
    ['Persistence', section({ loading: 0, rdb_bgsave_in_progress: 0, aof_enabled: 0 })],
    [
      'Stats',
      section({
        total_connections_received: stats.connectionsAccepted,
        rejected_connections: stats.connectionsRejected,
        total_commands_processed: stats.commands,
        keyspace_hits: stats.hits,
        keyspace_misses: stats.misses,
        expired_keys: stats.expiredKeys,
        evicted_keys: stats.evictedKeys,
      }),
    ],
    ['Replication', section({ role: 'master', connected_slaves: 0 })],
    ['Cluster', section({ cluster_enabled: 0 })],
    [
      'Keyspace',
      section(stats.keys === 0 ? {} : { db0: `keys=${stats.keys},expires=${stats.keysWithExpiry},avg_ttl=0` }),
    ],
  ]);
}

/** Bytes as Redis abbreviates them: 1.50M. */
function human(bytes: number): string {
  if (bytes < 1024) return `${bytes}B`;
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1024 && unit < 2) {
    value /= 1024;
    unit++;
  }
  return `${value.toFixed(2)}${'KMG'[unit]}`;
}
