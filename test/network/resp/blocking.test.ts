/** BZPOPMIN, BZPOPMAX, BZMPOP: who waits, who is served first, and what ends a wait; beside a real redis-server. */

import { createClient } from 'redis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RedisServer } from '../../../src/network/resp/index.js';
import { describePair } from '../../support/pair.js';
import { RawClient, type RawReply } from '../../support/resp.js';
import { ManualTime } from '../../support/time.js';

/** Several clients of one server, which act in a stated order. */
type Script = readonly (readonly [client: number, ...args: string[]])[];

const SCRIPTS: Readonly<Record<string, Script>> = {
  'a set that is there is popped at once': [
    [0, 'ZADD', 'k', '1', 'a', '2', 'b', '3', 'c'],
    [1, 'BZPOPMIN', 'none', 'k', '0'],
    [1, 'BZPOPMAX', 'k', '0'],
    [1, 'BZMPOP', '0', '2', 'none', 'k', 'MIN', 'COUNT', '5'],
    [1, 'EXISTS', 'k'],
  ],
  'who came first is served first, and one member goes to one': [
    [1, 'BZPOPMIN', 'k', '0'],
    [2, 'BZPOPMAX', 'k', '0'],
    [3, 'BZPOPMIN', 'k', '0'],
    [0, 'ZADD', 'k', '1', 'a', '2', 'b'],
    [0, 'EXISTS', 'k'],
    [0, 'ZADD', 'k', '7', 'z'],
  ],
  'any of several keys ends a wait': [
    [1, 'BZPOPMIN', 'a', 'b', 'c', '0'],
    [2, 'BZPOPMIN', 'c', 'b', '0'],
    [0, 'ZADD', 'c', '1', 'x'],
    [0, 'ZADD', 'b', '1', 'y'],
    [0, 'ZADD', 'a', '1', 'left'],
    [0, 'ZCARD', 'a'],
  ],
  'sets that appear by other commands count too': [
    [0, 'ZADD', 'source', '1', 'a', '2', 'b'],
    [1, 'BZPOPMIN', 'k', '0'],
    [0, 'COPY', 'source', 'k'],
    [1, 'BZMPOP', '0', '1', 'k', 'MAX', 'COUNT', '9'],
    [0, 'DEL', 'k'],
    [1, 'BZPOPMAX', 'renamed', '0'],
    [0, 'RENAME', 'source', 'renamed'],
    [1, 'BZPOPMIN', 'union', '0'],
    [0, 'ZADD', 's', '5', 'm'],
    [0, 'ZUNIONSTORE', 'union', '2', 's', 'none'],
    [1, 'BZMPOP', '0', '1', 'range', 'MIN', 'COUNT', '3'],
    [0, 'ZADD', 's', '5', 'm', '6', 'n'],
    [0, 'ZRANGESTORE', 'range', 's', '0', '-1'],
    [1, 'BZPOPMIN', 'incr', '0'],
    [0, 'ZINCRBY', 'incr', '2.5', 'i'],
  ],
  'a key of another type is refused at once, and waited past later': [
    [0, 'SET', 'string', 'v'],
    [1, 'BZPOPMIN', 'string', 'k', '0'],
    [1, 'BZPOPMIN', 'k', 'late', '0'],
    [0, 'SET', 'k', 'v'],
    [0, 'ZADD', 'late', '1', 'm'],
  ],
  'what a client sends while it waits is executed afterwards': [
    [1, 'BZPOPMIN', 'k', '0'],
    [1, 'PING'],
    [1, 'ZADD', 'other', '1', 'chained'],
    [2, 'BZPOPMIN', 'other', '0'],
    [0, 'ZADD', 'k', '1', 'a'],
    [0, 'EXISTS', 'other'],
  ],
  'arguments are looked at before anything is popped': [
    [0, 'ZADD', 'k', '1', 'a'],
    [1, 'BZPOPMIN', 'k', 'x'],
    [1, 'BZPOPMIN', 'k', '-1'],
    [1, 'BZPOPMIN', 'k', 'inf'],
    [1, 'BZPOPMIN', 'k', '1e300'],
    [1, 'BZMPOP', '0', '0', 'k', 'MIN'],
    [1, 'BZMPOP', '0', '1', 'k', 'BAD'],
    [1, 'BZMPOP', '0', '2', 'k', 'MIN'],
    [1, 'BZMPOP', '0', '1', 'k', 'MIN', 'COUNT', '0'],
    [1, 'BZMPOP', '0', '1', 'k', 'MIN', 'COUNT'],
    [1, 'BZMPOP', '0', '1', 'k', 'MIN', 'COUNT', '1', 'COUNT', '1'],
    [1, 'BZMPOP', 'x', '1', 'k', 'MIN'],
    [1, 'BZPOPMIN', 'k'],
    [1, 'ZCARD', 'k'],
  ],
  'time runs out': [
    [1, 'BZPOPMIN', 'k', '0.05'],
    [2, 'BZMPOP', '0.05', '1', 'k', 'MIN'],
  ],
};

describePair('waiting for sorted sets, against a real redis-server', (pair) => {
  describe.each([2, 3])('over RESP%i', (protocol) => {
    it.each(Object.entries(SCRIPTS))('%s', async (_title, script) => {
      const answers = await Promise.all(
        [pair().redis.port, pair().server.port].map(async (port) => {
          const clients = await Promise.all([0, 1, 2, 3].map(() => RawClient.open({ port })));
          for (const client of clients) await client.call('HELLO', String(protocol));
          await clients[0]?.call('FLUSHALL');
          const replies: Promise<RawReply>[] = [];
          for (const [who, ...args] of script) {
            const client = clients[who] as RawClient;
            replies.push(client.call(...args));
            // The next command must find this one executed, though it may have no answer yet.
            await new Promise((resolve) => setTimeout(resolve, who === 0 ? 2 : 15));
          }
          const all = await Promise.all(replies);
          for (const client of clients) client.close();
          return all;
        }),
      );
      expect(answers[1]).toEqual(answers[0]);
      pair().server.check();
    });
  });
});

describe('the end of a wait', () => {
  let server: RedisServer;
  let time: ManualTime;
  let waiter: RawClient;
  let other: RawClient;

  beforeEach(async () => {
    time = new ManualTime();
    server = new RedisServer({ clock: time, timer: time });
    await server.listen(0);
    waiter = await RawClient.open({ port: server.port });
    other = await RawClient.open({ port: server.port });
  });

  afterEach(async () => {
    server.check();
    waiter.close();
    other.close();
    await server.close(0);
  });

  /** Until the server says that one client waits. */
  async function untilBlocked(): Promise<number> {
    for (;;) {
      const reply = await other.call('CLIENT', 'LIST');
      const line = ('text' in reply ? reply.text : '').split('\n').find((each) => each.includes('flags=b'));
      if (line !== undefined) return Number(/^id=(\d+)/.exec(line)?.[1]);
    }
  }

  it('comes by the clock of the server, to the millisecond, and not before', async () => {
    const reply = waiter.call('BZPOPMIN', 'k', '1.5');
    await untilBlocked();
    time.advance(1499);
    await untilBlocked();
    time.advance(1);
    expect(await reply).toMatchObject({ type: '_' });
    expect(await waiter.call('PING')).toMatchObject({ text: 'PONG' });
  });

  it('comes by CLIENT UNBLOCK, as a timeout or an error, with the replies of both in order', async () => {
    const first = waiter.call('BZPOPMIN', 'k', '0');
    const id = String(await untilBlocked());
    // Amid a pipeline of the other's: its replies must not mix.
    const replies = await Promise.all([
      other.call('PING'),
      other.call('CLIENT', 'UNBLOCK', id),
      other.call('ECHO', 'after'),
    ]);
    expect(replies).toMatchObject([{ text: 'PONG' }, { value: 1n }, { text: 'after' }]);
    expect(await first).toMatchObject({ type: '_' });
    const second = waiter.call('BZPOPMIN', 'k', '0');
    await untilBlocked();
    await other.call('CLIENT', 'UNBLOCK', id, 'ERROR');
    expect(await second).toMatchObject({ type: '-', text: 'UNBLOCKED client unblocked via CLIENT UNBLOCK' });
    expect(await other.call('CLIENT', 'UNBLOCK', id)).toMatchObject({ value: 0n });
    expect(await other.call('CLIENT', 'UNBLOCK', id, 'WHAT')).toMatchObject({ type: '-' });
  });

  it('comes with the connection: a member then stays for whoever asks', async () => {
    void waiter.call('BZPOPMIN', 'k', '0').catch(() => {});
    await untilBlocked();
    waiter.close();
    for (;;) {
      const reply = await other.call('CLIENT', 'LIST');
      if (!('text' in reply && reply.text.includes('flags=b'))) break;
    }
    await other.call('ZADD', 'k', '1', 'a');
    expect(await other.call('ZCARD', 'k')).toMatchObject({ value: 1n });
  });

  it('serves a crowd in the order in which it came', async () => {
    const crowd = await Promise.all(Array.from({ length: 40 }, () => RawClient.open({ port: server.port })));
    const got: RawReply[] = [];
    for (const client of crowd) {
      const before = await waiters();
      void client.call('BZPOPMIN', 'k', '0').then((reply) => got.push(reply));
      while ((await waiters()) === before);
    }
    const members = Array.from({ length: 40 }, (_, i) => [String(i), `m${String(i).padStart(2, '0')}`]).flat();
    await other.call('ZADD', 'k', ...members);
    await other.call('PING');
    while (got.length < 40) await other.call('PING');
    const names = new Set(
      got.map((reply) =>
        'items' in reply && 'text' in (reply.items[1] as object) ? (reply.items[1] as { text: string }).text : '',
      ),
    );
    expect(names.size).toBe(40);
    expect(await other.call('EXISTS', 'k')).toMatchObject({ value: 0n });
    for (const client of crowd) client.close();

    async function waiters(): Promise<number> {
      const reply = await other.call('CLIENT', 'LIST');
      return ('text' in reply ? reply.text : '').split('flags=b').length - 1;
    }
  });

  it('node-redis waits and is served', async () => {
    const [popper, adder] = [0, 1].map(() => createClient({ url: `redis://127.0.0.1:${server.port}` }));
    await Promise.all([popper?.connect(), adder?.connect()]);
    const popped = popper?.bzPopMin(['none', 'k'], 0);
    await untilBlocked();
    await adder?.zAdd('k', { score: 2.5, value: 'm' });
    expect(await popped).toEqual({ key: 'k', value: 'm', score: 2.5 });
    popper?.destroy();
    adder?.destroy();
  });
});
