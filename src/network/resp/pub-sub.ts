/** `PubSub`: who listens to which channels, and to which patterns of channels. Messages go to who listens now, and are gone. */

import type { RespClient } from './client.js';
import type { RespEngine } from './engine.js';
import { matchesGlob } from './glob.js';
import { Reply } from './reply.js';

/** What a listener that does not read may have pending before it is cut off: Redis's limit for such clients. */
const MOST_PENDING_BYTES = 32 * 1024 * 1024;

export type Listening = 'channels' | 'patterns';

export class PubSub {
  readonly #engine: RespEngine;
  readonly #drop: (client: RespClient) => void;
  /** Sets keep the order of subscription. */
  readonly #channels = new Map<string, Set<RespClient>>();
  readonly #patterns = new Map<string, Set<RespClient>>();

  /** @param drop ends a client that does not keep up */
  constructor(engine: RespEngine, drop: (client: RespClient) => void) {
    this.#engine = engine;
    this.#drop = drop;
  }

  /** Patterns that anybody listens to. */
  get patterns(): number {
    return this.#patterns.size;
  }

  /** Channels that anybody listens to by their name. */
  get channels(): IterableIterator<string> {
    return this.#channels.keys();
  }

  /** How many listen to a channel by its name. */
  listeners(channel: string): number {
    return this.#channels.get(channel)?.size ?? 0;
  }

  subscribe(client: RespClient, what: Listening, name: string): void {
    const topics = this.#of(what);
    const listeners = topics.get(name);
    if (listeners === undefined) topics.set(name, new Set([client]));
    else listeners.add(client);
    client[what].add(name);
  }

  unsubscribe(client: RespClient, what: Listening, name: string): void {
    client[what].delete(name);
    const topics = this.#of(what);
    const listeners = topics.get(name);
    listeners?.delete(client);
    if (listeners?.size === 0) topics.delete(name);
  }

  /** Forgets a client that is gone. */
  leave(client: RespClient): void {
    for (const what of ['channels', 'patterns'] as const) {
      for (const name of [...client[what]]) this.unsubscribe(client, what, name);
    }
  }

  /** Sends a message to all who listen; how many times. O(listeners + patterns). */
  publish(channel: string, message: string): number {
    let sent = 0;
    for (const client of [...(this.#channels.get(channel) ?? [])]) {
      this.#send(client, ['message', channel, message]);
      sent++;
    }
    for (const [pattern, clients] of [...this.#patterns]) {
      if (!matchesGlob(pattern, channel)) continue;
      for (const client of [...clients]) {
        this.#send(client, ['pmessage', pattern, channel, message]);
        sent++;
      }
    }
    return sent;
  }

  #send(client: RespClient, parts: readonly string[]): void {
    const reply = new Reply(client.resp3);
    reply.push(parts.length);
    for (const part of parts) reply.bulk(part);
    this.#engine.push(client, reply.text);
    if (client.connection.pendingBytes > MOST_PENDING_BYTES) this.#drop(client);
  }

  #of(what: Listening): Map<string, Set<RespClient>> {
    return what === 'channels' ? this.#channels : this.#patterns;
  }
}
