/** The client packages that people use with Redis, each opened the same way. */

import { Redis } from 'ioredis';
import { createClient } from 'redis';
import type { RedisClient } from '../../src/cache/patterns/index.js';

/** A server of either kind, as long as a test needs it. */
export interface RunningRedis {
  readonly port: number;
  stop(): Promise<unknown>;
}

export interface OpenedClient {
  readonly client: RedisClient;
  send(...args: string[]): Promise<unknown>;
  close(): unknown;
}

/** By the names of the packages. They come back soon when they are cut off. */
export const REDIS_PACKAGES: Readonly<Record<string, (port: number) => Promise<OpenedClient>>> = {
  async ioredis(port) {
    const client = new Redis({ port, retryStrategy: () => 20 });
    client.on('error', () => {});
    return { client, send: (name, ...args) => client.call(name as string, ...args), close: () => client.disconnect() };
  },
  async redis(port) {
    const client = createClient({ socket: { port, reconnectStrategy: 20 } });
    client.on('error', () => {});
    await client.connect();
    return { client, send: (...args) => client.sendCommand(args), close: () => client.destroy() };
  },
};
