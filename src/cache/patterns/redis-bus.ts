/** `RedisBus`: invalidations by Redis's publish and subscribe. */

import { type Command, commandOf, isIoRedis, type RedisClient } from '../../base/redis-client.js';
import type { InvalidationBus, Unsubscribe } from './bus.js';

/** What is used of a connection that subscribes, of either package. */
interface Subscriber {
  on(event: string, listener: (...args: never[]) => void): unknown;
  subscribe(channel: string, listener?: (message: string) => void): Promise<unknown>;
  connect?(): Promise<unknown>;
  disconnect?(): unknown;
  destroy?(): void;
}

export interface RedisBusOptions {
  /** Default `'ashlar:cache'`. */
  readonly channel?: string | undefined;
}

/**
 * A bus over Redis: at most once. Who subscribes takes a connection of its own, a duplicate of the client's, and hears that
 * something may be lost whenever that one was gone: Redis keeps nothing for who is not there.
 */
export class RedisBus implements InvalidationBus {
  readonly #client: RedisClient;
  readonly #command: Command;
  readonly #channel: string;

  /** @throws TypeError */
  constructor(client: RedisClient, { channel = 'ashlar:cache' }: RedisBusOptions = {}) {
    this.#command = commandOf(client);
    this.#client = client;
    this.#channel = channel;
  }

  publish(text: string): Promise<unknown> {
    return this.#command('PUBLISH', this.#channel, text);
  }

  async subscribe(heard: (text: string) => void, lost: () => void, signal?: AbortSignal): Promise<Unsubscribe> {
    const subscriber = this.#client.duplicate() as Subscriber;
    let begun = false;
    // Node-redis of version 5 destroys, version 4 and ioredis disconnect.
    const end = async (): Promise<void> => {
      begun = false;
      signal?.removeEventListener('abort', giveUp);
      if (subscriber.destroy !== undefined) subscriber.destroy();
      else await subscriber.disconnect?.();
    };
    // One that was never connected may have nothing to end.
    const giveUp = () => void end().catch(() => {});
    signal?.addEventListener('abort', giveUp);
    // Without a listener an error would end the process; the client connects again by itself.
    subscriber.on('error', () => {});
    // Both packages are ready again, and have subscribed again, after a connection was lost.
    subscriber.on('ready', () => {
      if (begun) lost();
    });
    if (isIoRedis(this.#client)) {
      subscriber.on('message', (channel: string, text: string) => {
        if (channel === this.#channel) heard(text);
      });
      await subscriber.subscribe(this.#channel);
    } else {
      await subscriber.connect?.();
      await subscriber.subscribe(this.#channel, heard);
    }
    begun = true;
    signal?.removeEventListener('abort', giveUp);
    return end;
  }
}
