/**
 * Clients of Redis, by their shape: those of the packages `ioredis` (`Redis`, `Cluster`) and `redis` (node-redis: clients and
 * pools; not its cluster, whose commands need to be told their keys). Nothing of them is imported.
 */

/** What is used of an ioredis client. */
export interface IoRedisLike {
  readonly isCluster?: boolean;
  call(command: string, ...args: string[]): Promise<unknown>;
  // biome-ignore lint/suspicious/noExplicitAny: a client's own class.
  duplicate(...args: any[]): unknown;
}

/** What is used of a node-redis client. */
export interface NodeRedisLike {
  // biome-ignore lint/suspicious/noExplicitAny: a client's own options and replies.
  sendCommand(args: string[], options?: any): Promise<any>;
  duplicate(): unknown;
}

export type RedisClient = IoRedisLike | NodeRedisLike;

/** Sends a command, and gives its reply. */
export type Command = (...args: string[]) => Promise<unknown>;

export function isIoRedis(client: RedisClient): client is IoRedisLike {
  return typeof (client as Partial<IoRedisLike>).call === 'function';
}

/** @throws TypeError for what is no client */
export function commandOf(client: RedisClient): Command {
  if (typeof client === 'object' && client !== null) {
    if (isIoRedis(client)) return (...args) => client.call(args[0] as string, ...args.slice(1));
    if (typeof client.sendCommand === 'function') return (...args) => client.sendCommand(args);
  }
  throw new TypeError('client must be a client of the package ioredis or redis');
}
