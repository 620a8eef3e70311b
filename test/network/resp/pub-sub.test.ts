/** SUBSCRIBE and PUBLISH: the same conversations with a real redis-server and with ours, and what only ours can be asked. */

import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { describe, expect, it } from 'vitest';
import { LuaApi } from 'wasmoon-lua5.1';
import { redisScripting } from '../../../src/network/redis-scripting/index.js';
import { RedisServer } from '../../../src/network/resp/index.js';
import { describePair } from '../../support/pair.js';
import { seededRandom, testSeed } from '../../support/random.js';
import { encodeRequest, RawClient, type RawReply } from '../../support/resp.js';
import { until } from '../../support/server.js';

const scripting = redisScripting(await LuaApi.initialize());

const MARKER = 'up to here';

/** What has come for a client by now: all before the answer to a PING. */
async function heard(client: RawClient): Promise<RawReply[]> {
  const replies: RawReply[] = [];
  client.write(encodeRequest(['PING', MARKER]));
  for (;;) {
    const reply = await client.reply();
    const answer = 'items' in reply ? reply.items[1] : reply;
    if (answer !== undefined && 'text' in answer && answer.text === MARKER) return replies;
    replies.push(reply);
  }
}

describePair(
  'listening, beside a real redis-server',
  (pair) => {
    it.each([2, 3])('is answered alike over RESP%i', async (protocol) => {
      const listeners = await pair().open(protocol);
      const talkers = await pair().open(protocol);
      const say = async (clients: readonly RawClient[], ...args: string[]) => {
        const replies = await Promise.all(clients.map((client) => client.call(...args)));
        expect(replies[1], args.join(' ')).toEqual(replies[0]);
      };
      const listen = async (...args: string[]) => {
        for (const client of listeners) client.write(encodeRequest(args));
        const all = await Promise.all(listeners.map(heard));
        expect(all[1], args.join(' ')).toEqual(all[0]);
        return all[1] as RawReply[];
      };
      await say(talkers, 'PUBLISH', 'news', 'nobody hears');
      await say(talkers, 'UNSUBSCRIBE');
      await say(talkers, 'PUNSUBSCRIBE', 'x');
      expect(await listen('SUBSCRIBE', 'news', 'weather', 'news')).toHaveLength(3);
      await say(talkers, 'PUBLISH', 'news', 'one');
      await say(talkers, 'PUBLISH', 'other', 'not for them');
      expect(await listen('PSUBSCRIBE', 'n*', '[w]eather')).toHaveLength(3);
      await say(talkers, 'PUBLISH', 'news', 'a\0\xff\r\n');
      await say(talkers, 'PUBLISH', 'weather', '');
      for (const args of [
        ['PUBSUB', 'NUMSUB', 'news', 'weather', 'other'],
        ['PUBSUB', 'NUMSUB'],
        ['PUBSUB', 'NUMPAT'],
        ['PUBSUB', 'CHANNELS', 'n*'],
        ['PUBSUB', 'CHANNELS', 'a', 'b'],
        ['PUBSUB', 'NOPE'],
        ['PUBSUB'],
        ['SUBSCRIBE'],
        ['PUBLISH', 'x'],
      ]) {
        await say(talkers, ...args);
      }
      // In RESP2 little else is allowed while one listens; in RESP3 all is, and one hears oneself.
      for (const args of [['GET', 'x'], ['PUBLISH', 'news', 'me'], ['ECHO', 'x'], ['PING']]) await listen(...args);
      await listen('UNSUBSCRIBE', 'weather', 'never');
      await say(talkers, 'PUBLISH', 'weather', 'by its pattern only');
      await listen('PUNSUBSCRIBE');
      await listen('UNSUBSCRIBE');
      await listen('GET', 'x');
      await say(talkers, 'PUBSUB', 'CHANNELS');
      for (const client of [...listeners, ...talkers]) client.close();
    });

    it('hears the same of random conversations', async () => {
      const random = seededRandom(testSeed('pub/sub'));
      for (const protocol of [2, 3]) {
        const listeners = [await pair().open(protocol), await pair().open(protocol)];
        const talkers = await pair().open(protocol);
        const channel = () => `c${random.below(3)}`;
        for (let step = 0; step < 150; step++) {
          const who = random.below(5);
          if (who < 3) {
            const args = random.below(4)
              ? ['PUBLISH', channel(), `m${step}`]
              : [
                  'EVAL',
                  'return {redis.call("PUBLISH", KEYS[1], ARGV[1]), redis.call("PING")}',
                  '1',
                  channel(),
                  `s${step}`,
                ];
            const replies = await Promise.all(talkers.map((client) => client.call(...args)));
            expect(replies[1]).toEqual(replies[0]);
          } else {
            const clients = listeners[who - 3] as RawClient[];
            const kinds = ['SUBSCRIBE', 'UNSUBSCRIBE', 'PSUBSCRIBE', 'PUNSUBSCRIBE'];
            const kind = kinds[random.below(4)] as string;
            // One pattern at most, since Redis tells patterns in no order.
            const args = [kind, kind.startsWith('P') ? 'c*' : channel()];
            for (const client of clients) client.write(encodeRequest(args));
            const [expected, actual] = await Promise.all(clients.map(heard));
            expect(actual, `step ${step}`).toEqual(expected);
          }
        }
        for (const client of [...listeners.flat(), ...talkers]) client.close();
      }
      pair().server.check();
    });
  },
  { modules: [scripting] },
);

describe('who listens', () => {
  it('hears through ioredis and node-redis', async () => {
    const server = new RedisServer();
    await server.listen(0);
    const talker = new Redis(server.port, '127.0.0.1');
    const listener = new Redis(server.port, '127.0.0.1');
    const messages: string[] = [];
    listener.on('message', (channel, message) => messages.push(`${channel}: ${message}`));
    listener.on('pmessage', (pattern, channel, message) => messages.push(`${pattern} ${channel}: ${message}`));
    await listener.subscribe('news');
    await listener.psubscribe('n*');
    const client = createClient({ url: `redis://127.0.0.1:${server.port}`, RESP: 3 });
    await client.connect();
    await client.subscribe('news', (message) => messages.push(message));
    expect(await talker.publish('news', 'hello')).toBe(3);
    await until('all have heard', () => messages.length === 3);
    expect([...messages].sort()).toEqual(['hello', 'n* news: hello', 'news: hello']);
    client.destroy();
    listener.disconnect();
    await until('the listeners are gone', () => server.stats().clients === 1);
    expect(await talker.publish('news', 'nobody')).toBe(0);
    expect(await talker.pubsub('CHANNELS')).toEqual([]);
    talker.disconnect();
    await server.close(0);
  });

  it('is cut off when it does not read, and costs the others nothing', async () => {
    const server = new RedisServer();
    await server.listen(0);
    const [slow, talker] = [await RawClient.open({ port: server.port }), await RawClient.open({ port: server.port })];
    await slow.call('SUBSCRIBE', 'flood');
    slow.pause();
    const message = 'x'.repeat(2_000_000);
    let sent = 0;
    for (; sent < 100; sent++) {
      const reply = await talker.call('PUBLISH', 'flood', message);
      if (reply.type === ':' && reply.value === 0n) break;
    }
    expect(sent).toBeGreaterThan(10);
    expect(sent).toBeLessThan(60);
    expect(server.stats().clients).toBe(1);
    talker.close();
    slow.close();
    server.check();
    await server.close(0);
  });

  it('is shown as such, and is not idle', async () => {
    const server = new RedisServer();
    await server.listen(0);
    const [listener, other] = [
      await RawClient.open({ port: server.port }),
      await RawClient.open({ port: server.port }),
    ];
    await listener.call('SUBSCRIBE', 'a', 'b');
    await listener.reply();
    listener.write(encodeRequest(['PSUBSCRIBE', 'c*']));
    await listener.reply();
    const list = (await other.call('CLIENT', 'LIST', 'TYPE', 'pubsub')) as { text: string };
    expect(list.text).toMatch(/ flags=P db=0 sub=2 psub=1 /);
    expect(list.text.trim().split('\n')).toHaveLength(1);
    const normal = (await other.call('CLIENT', 'LIST', 'TYPE', 'normal')) as { text: string };
    expect(normal.text.trim().split('\n')).toHaveLength(1);
    listener.close();
    other.close();
    await server.close(0);
  });
});
