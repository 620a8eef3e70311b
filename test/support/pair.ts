/** A real redis-server and ours side by side, asked the same. */

import { afterAll, beforeAll, expect } from 'vitest';
import { RedisServer, type RedisServerOptions } from '../../src/network/resp/index.js';
import { type SeededRandom, seededRandom, testSeed } from './random.js';
import { describeReal } from './real.js';
import { type RealRedis, startRedis } from './redis.js';
import { encodeRequest, RawClient, type RawReply } from './resp.js';

/** Random commands for both: rounds that begin with nothing in the keyspace. */
export interface Stream {
  readonly name: string;
  readonly protocol: number;
  readonly rounds: number;
  readonly commandsPerRound: number;
  command(random: SeededRandom): readonly string[];
  /** What of a reply must be alike; default all of it. */
  comparable?(args: readonly string[], reply: RawReply): unknown;
}

export class Pair {
  readonly redis: RealRedis;
  readonly server: RedisServer;

  constructor(redis: RealRedis, server: RedisServer) {
    this.redis = redis;
    this.server = server;
  }

  /** A connection to each: Redis first. */
  async open(protocol = 2): Promise<[RawClient, RawClient]> {
    const clients = [
      await RawClient.open({ port: this.redis.port }),
      await RawClient.open({ port: this.server.port }),
    ] as const;
    for (const client of clients) await client.call('HELLO', String(protocol));
    return [...clients];
  }

  /** Sends both the same commands, several at a time, and expects the same replies. */
  async compare(stream: Stream): Promise<void> {
    const { protocol, comparable = (_args, reply) => reply } = stream;
    const seed = testSeed(`${stream.name}, RESP${protocol}`);
    const random = seededRandom(seed);
    const [theirs, ours] = await this.open(protocol);
    for (let round = 0; round < stream.rounds; round++) {
      for (const client of [theirs, ours]) await client.call('FLUSHALL');
      for (let done = 0; done < stream.commandsPerRound; ) {
        const batch = Array.from({ length: 1 + random.below(30) }, () => stream.command(random));
        for (const client of [theirs, ours]) client.write(Buffer.concat(batch.map(encodeRequest)));
        for (const [index, args] of batch.entries()) {
          const [expected, actual] = await Promise.all([theirs.reply(), ours.reply()]);
          const context = `seed ${seed} round ${round} command ${done + index}: ${JSON.stringify(args).slice(0, 300)}`;
          expect(comparable(args, actual), context).toEqual(comparable(args, expected));
        }
        done += batch.length;
      }
      this.server.check();
    }
    theirs.close();
    ours.close();
  }
}

/** `describeReal` with both servers running; `pair()` gives them to the tests. */
export function describePair(title: string, body: (pair: () => Pair) => void, options: RedisServerOptions = {}): void {
  describeReal('redis-server', title, (path) => {
    let pair: Pair | undefined;

    beforeAll(async () => {
      const server = new RedisServer(options);
      await server.listen(0);
      pair = new Pair(await startRedis(path), server);
    });

    afterAll(async () => {
      await pair?.server.close();
      await pair?.redis.stop();
    });

    body(() => {
      if (pair === undefined) throw new Error('The servers run within tests only');
      return pair;
    });
  });
}
