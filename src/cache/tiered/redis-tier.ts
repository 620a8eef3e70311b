/** `redisTier`: Redis, or what speaks its protocol, as a tier. */

import { type Command, commandOf, isIoRedis, type RedisClient } from '../../base/redis-client.js';
import type { Tier } from './tier.js';

export interface RedisTierOptions {
  /** A client of the package `ioredis` (also its cluster) or `redis`. Connecting and closing it is up to you. */
  readonly client: RedisClient;
  /** Before each key. Default `'cache:'`. */
  readonly prefix?: string | undefined;
  /** Default `'redis'`. */
  readonly name?: string | undefined;
}

/** Keys that one SCAN looks at, and one UNLINK deletes. */
const SCAN_COUNT = 1000;

/**
 * GET, SET with PX, UNLINK; MGET where keys may be on one node. `clear()` scans for the prefix, in O(keys of the database),
 * and is refused for a cluster.
 *
 * @throws TypeError
 */
export function redisTier({ client, prefix = 'cache:', name = 'redis' }: RedisTierOptions): Tier {
  const command = commandOf(client);
  const clustered = isIoRedis(client) && client.isCluster === true;
  const get = async (key: string) => textOf(await command('GET', prefix + key));
  const drop = (key: string) => command('UNLINK', prefix + key);
  return {
    name,
    get,
    async getMany(keys) {
      if (clustered) return Promise.all(keys.map(get));
      const texts = (await command('MGET', ...keys.map((key) => prefix + key))) as unknown[];
      return texts.map(textOf);
    },
    set(key, text, ttlMs) {
      if (ttlMs === Number.POSITIVE_INFINITY) return command('SET', prefix + key, text);
      return command('SET', prefix + key, text, 'PX', String(ttlMs));
    },
    async delete(keys) {
      if (clustered) return Promise.all(keys.map(drop));
      return keys.length === 0 ? 0 : command('UNLINK', ...keys.map((key) => prefix + key));
    },
    async clear() {
      if (prefix === '') throw new Error('without a prefix nobody knows which keys of the database are its own');
      if (clustered) throw new Error('a cluster cannot be scanned as one: clear namespaces or tags instead');
      await unlinkAll(command, prefix);
    },
  };
}

/** Ends: SCAN gives cursor 0 after as many turns as the database has keys by `SCAN_COUNT`. */
async function unlinkAll(command: Command, prefix: string): Promise<void> {
  const pattern = `${prefix.replaceAll(/[\\*?[\]]/g, '\\$&')}*`;
  let cursor = '0';
  do {
    const reply = await command('SCAN', cursor, 'MATCH', pattern, 'COUNT', String(SCAN_COUNT));
    const [next, keys] = reply as [unknown, unknown[]];
    cursor = String(next);
    if (keys.length > 0) await command('UNLINK', ...keys.map(String));
  } while (cursor !== '0');
}

function textOf(reply: unknown): string | undefined {
  return reply === null || reply === undefined ? undefined : String(reply);
}
