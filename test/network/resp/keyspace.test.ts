/** The keyspace as a whole: SCAN's guarantee, expiry in time, budgets, and memory that comes back. */

import { afterEach, describe, expect, it } from 'vitest';
import { type DuplexPair, duplexPair, RedisServer, type RedisServerOptions } from '../../../src/network/resp/index.js';
import { seededRandom, testSeed } from '../../support/random.js';
import { encodeRequest, parseReply, type RawReply } from '../../support/resp.js';
import { ManualTime } from '../../support/time.js';

/** A client within the process: sends a pipeline, gives its replies. */
class PairClient {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;

  constructor(server: RedisServer, pair: DuplexPair = duplexPair()) {
    server.accept(pair.connection);
    this.#reader = pair.readable.getReader();
    this.#writer = pair.writable.getWriter();
  }

  async pipeline(requests: readonly (readonly string[])[]): Promise<RawReply[]> {
    const written = this.#writer.write(Buffer.concat(requests.map((request) => encodeRequest([...request]))));
    const replies: RawReply[] = [];
    let bytes = Buffer.alloc(0);
    while (replies.length < requests.length) {
      const { value, done } = await this.#reader.read();
      if (done) throw new Error('connection closed');
      bytes = Buffer.concat([bytes, value]);
      let at = 0;
      for (
        let parsed = parseReply(bytes, at);
        parsed !== undefined;
        parsed = at < bytes.length ? parseReply(bytes, at) : undefined
      ) {
        replies.push(parsed.reply);
        at = parsed.end;
      }
      bytes = bytes.subarray(at);
    }
    await written;
    return replies;
  }

  async call(...args: string[]): Promise<RawReply> {
    return (await this.pipeline([args]))[0] as RawReply;
  }

  async number(...args: string[]): Promise<number> {
    const reply = await this.call(...args);
    if (reply.type !== ':') throw new Error(`${args.join(' ')} answered ${JSON.stringify(reply)}`);
    return Number(reply.value);
  }

  async text(...args: string[]): Promise<string | undefined> {
    const reply = await this.call(...args);
    return 'text' in reply ? reply.text : undefined;
  }
}

const OK = { type: '+', text: 'OK' };

let server: RedisServer;
let time: ManualTime;

function start(options: RedisServerOptions = {}): PairClient {
  time = new ManualTime();
  server = new RedisServer({ clock: time, timer: time, ...options });
  return new PairClient(server);
}

afterEach(async () => {
  server.check();
  await server.close(0);
});

describe('a long pipeline over a large keyspace', () => {
  it('is answered as a Map would, whatever its requests change for those behind them', async () => {
    const seed = testSeed('long pipelines');
    const random = seededRandom(seed);
    const client = start();
    const model = new Map<string, string>();
    const key = () => `key:${random.below(6000)}`;
    const requests: (() => [request: string[], reply: string])[] = [
      () => {
        const [name, value] = [key(), 'v'.repeat(random.below(200))];
        model.set(name, value);
        return [['SET', name, value], 'OK'];
      },
      () => {
        const name = key();
        return [['GET', name], model.get(name) ?? 'none'];
      },
      () => {
        const name = key();
        return [['DEL', name], model.delete(name) ? '1' : '0'];
      },
      () => {
        const [from, to] = [key(), key()];
        const value = model.get(from);
        if (value === undefined) return [['EXISTS', from], '0'];
        model.delete(from);
        model.set(to, value);
        return [['RENAME', from, to], 'OK'];
      },
      () => {
        const name = key();
        const value = `${model.get(name) ?? ''}more`;
        model.set(name, value);
        return [['APPEND', name, 'more'], String(value.length)];
      },
      () => [['DBSIZE'], String(model.size)],
      () => [['PING'], 'PONG'],
      // Not plain: a length of four digits, and a command that the kernel does not answer.
      () => [['ECHO', 'e'.repeat(1500)], 'e'.repeat(1500)],
      () => [['CLIENT', 'GETNAME'], 'none'],
    ];
    const shown = (reply: RawReply) => ('text' in reply ? reply.text : 'value' in reply ? String(reply.value) : 'none');
    await client.pipeline(
      Array.from({ length: 6000 }, (_, i) => {
        model.set(`key:${i}`, `${i}`);
        return ['SET', `key:${i}`, `${i}`];
      }),
    );
    for (let round = 0; round < 60; round++) {
      const pipeline = Array.from({ length: 500 }, () => {
        // The first five far more often than the others.
        const index = random.below(40) === 0 ? 5 + random.below(4) : random.below(5);
        return (requests[index] as (typeof requests)[number])();
      });
      const replies = await client.pipeline(pipeline.map(([request]) => request));
      expect(replies.map(shown), `seed ${seed} round ${round}`).toEqual(pipeline.map(([, reply]) => reply));
    }
  });
});

describe('SCAN', () => {
  it.each([1, 7, 100, 5000])(
    'returns every key that is there throughout, and once, while others come and go: COUNT %i',
    async (count) => {
      const seed = testSeed(`scan COUNT ${count}`);
      const random = seededRandom(seed);
      const client = start();
      const stays = 2000;
      for (let i = 0; i < stays; i++) await client.pipeline([['SET', `stays:${i}`, '']]);
      const seen = new Map<string, number>();
      let cursor = '0';
      let calls = 0;
      let guests = 0;
      do {
        const reply = await client.call('SCAN', cursor, 'COUNT', String(count));
        if (reply.type !== '*') throw new Error(JSON.stringify(reply));
        const [next, keys] = reply.items;
        cursor = next?.type === '$' ? next.text : '';
        for (const item of keys?.type === '*' ? keys.items : []) {
          if (item.type === '$') seen.set(item.text, (seen.get(item.text) ?? 0) + 1);
        }
        expect(++calls, `seed ${seed}: the cursor ends`).toBeLessThan(40_000);
        // Growth by bursts, then shrinking: segments split and tighten under the cursor.
        const churn = random.below(40) === 0 && guests < 30_000;
        const burst = churn ? Array.from({ length: 1500 }, () => ['SET', `guest:${guests++}`, 'x']) : [];
        const gone = random.below(60) === 0 ? Array.from({ length: guests }, (_, i) => ['DEL', `guest:${i}`]) : [];
        const all = [...burst, ...gone];
        if (all.length > 0) await client.pipeline(all);
      } while (cursor !== '0');
      for (let i = 0; i < stays; i++) expect(seen.get(`stays:${i}`), `seed ${seed} key ${i}`).toBe(1);
    },
  );

  it('takes any cursor, and ends on one that is beyond the table', async () => {
    const client = start();
    await client.call('SET', 'k', 'v');
    for (const cursor of ['4294967295', '4294967296', '18446744073709551615']) {
      expect(await client.call('SCAN', cursor), cursor).toMatchObject({ items: [{ text: '0' }, { type: '*' }] });
    }
    expect(await client.call('SCAN', '18446744073709551616')).toEqual({ type: '-', text: 'ERR invalid cursor' });
  });
});

describe('expiry', () => {
  it('hides a key from the millisecond after its time on, before anything removes it', async () => {
    const client = start();
    await client.pipeline([
      ['SET', 'k', 'v', 'PX', '1000'],
      ['SET', 'stays', 'v'],
    ]);
    time.jump(1000);
    expect(await client.text('GET', 'k')).toBe('v');
    time.jump(1);
    expect(server.stats().keys).toBe(2);
    expect(await client.call('KEYS', '*')).toMatchObject({ items: [{ text: 'stays' }] });
    expect(await client.call('SCAN', '0')).toMatchObject({ items: [{ text: '0' }, { items: [{ text: 'stays' }] }] });
    for (let i = 0; i < 20; i++) expect(await client.text('RANDOMKEY')).toBe('stays');
    expect(await client.call('GET', 'k')).toEqual({ type: '_' });
    expect(server.stats()).toMatchObject({ keys: 1, keysWithExpiry: 0, expiredKeys: 1 });
  });

  it('removes expired keys that nobody asks for, and gives their memory back, index and all', async () => {
    const client = start();
    await client.call('SET', 'stays', 'v', 'EX', '1000000');
    const before = server.stats().dataBytes;
    const count = 50_000;
    for (let from = 0; from < count; from += 5000) {
      await client.pipeline(
        Array.from({ length: 5000 }, (_, i) => ['SET', `k${from + i}`, 'x'.repeat(50), 'PX', String(1000 + i)]),
      );
    }
    expect(server.stats()).toMatchObject({ keys: count + 1, keysWithExpiry: count + 1 });
    expect(server.stats().dataBytes).toBeGreaterThan(before + 50 * count);
    time.advance(900);
    expect(server.stats().expiredKeys).toBe(0);
    time.advance(60_000);
    expect(server.stats()).toMatchObject({ keys: 1, keysWithExpiry: 1, expiredKeys: count });
    // A few hundred bytes of empty segment for every thousand keys that were there once.
    expect(server.stats().dataBytes).toBeLessThan(before + count);
    expect(await client.text('GET', 'stays')).toBe('v');
  });

  it('treats moments in the past, options and overwriting as Redis does', async () => {
    const client = start();
    const steps: [string[], number | string | undefined][] = [
      [['SET', 'k', 'v'], 'OK'],
      [['EXPIRE', 'k', '10', 'GT'], 0],
      [['EXPIRE', 'k', '10', 'XX'], 0],
      [['EXPIRE', 'k', '10', 'LT'], 1],
      [['EXPIRE', 'k', '20', 'LT'], 0],
      [['EXPIRE', 'k', '20', 'GT'], 1],
      [['EXPIRE', 'k', '5', 'NX'], 0],
      [['TTL', 'k'], 20],
      [['SET', 'k', 'w', 'KEEPTTL'], 'OK'],
      [['TTL', 'k'], 20],
      [['APPEND', 'k', 'x'], 2],
      [['TTL', 'k'], 20],
      [['SET', 'k', 'w'], 'OK'],
      [['TTL', 'k'], -1],
      [['PEXPIRE', 'k', '1500'], 1],
      [['TTL', 'k'], 2],
      [['RENAME', 'k', 'm'], 'OK'],
      [['PTTL', 'm'], 1500],
      [['COPY', 'm', 'n'], 1],
      [['PERSIST', 'm'], 1],
      [['PERSIST', 'm'], 0],
      [['PTTL', 'n'], 1500],
      [['EXPIREAT', 'm', '1'], 1],
      [['EXISTS', 'm'], 0],
      [['EXPIRE', 'n', '-1'], 1],
      [['EXISTS', 'n'], 0],
      [['EXPIRE', 'gone', '10'], 0],
      [['PEXPIRETIME', 'gone'], -2],
    ];
    for (const [args, wanted] of steps) {
      const reply = await client.call(...args);
      expect(reply.type === ':' ? Number(reply.value) : 'text' in reply ? reply.text : undefined, args.join(' ')).toBe(
        wanted,
      );
    }
  });
});

describe('the budget', () => {
  it('evicts at random, and stays within max-memory plus the command at hand', async () => {
    const seed = testSeed('eviction');
    const random = seededRandom(seed);
    const maxMemory = 2_000_000;
    const client = start({ maxMemory, maxMemoryPolicy: 'allkeys-random' });
    const model = new Map<string, string>();
    let sets = 0;
    for (let round = 0; round < 150; round++) {
      const requests = Array.from({ length: 200 }, () => {
        const key = `k${random.below(20_000)}`;
        if (random.below(4) === 0) return ['GET', key];
        sets++;
        return ['SET', key, `${key}=${'v'.repeat(random.below(1500))}${sets}`];
      });
      const replies = await client.pipeline(requests);
      requests.forEach(([name, key = '', value = ''], i) => {
        const reply = replies[i];
        if (name === 'SET') {
          expect(reply).toEqual(OK);
          model.set(key, value);
        } else if (reply?.type === '$') {
          // Absent: evicted. Present: what was last written.
          expect(reply.text, `seed ${seed} round ${round}`).toBe(model.get(key));
        }
      });
      expect(server.stats().dataBytes, `seed ${seed} round ${round}`).toBeLessThan(maxMemory + 20_000);
      server.check();
    }
    const { evictedKeys, keys } = server.stats();
    expect(keys).toBeGreaterThan(1000);
    expect(evictedKeys).toBeGreaterThan(1000);
    expect(await client.text('INFO', 'stats')).toContain(`evicted_keys:${evictedKeys}`);
    // A smaller budget is reached at the next write, index included.
    await client.call('CONFIG', 'SET', 'maxmemory', '100000');
    expect(await client.call('SET', 'k', 'v')).toEqual(OK);
    expect(server.stats().dataBytes).toBeLessThan(100_000 + 500);
    expect(await client.text('GET', 'k')).toBe('v');
  });

  it('refuses what may grow with noeviction, changes nothing, and serves the rest', async () => {
    const client = start();
    await client.pipeline([
      ['SET', 'n', '1'],
      ['SET', 's', 'abc'],
      ['SET', 'f', '1.5'],
    ]);
    await client.pipeline(Array.from({ length: 1000 }, (_, i) => ['SET', `fill${i}`, 'x'.repeat(1000)]));
    await client.call('CONFIG', 'SET', 'maxmemory', '500kb');
    const before = server.stats();
    const refused = [
      ['SET', 'new', 'v'],
      ['SET', 's', ''],
      ['SETNX', 'new', 'v'],
      ['SETEX', 'new', '10', 'v'],
      ['PSETEX', 'new', '10', 'v'],
      ['GETSET', 's', 'v'],
      ['MSET', 's', '1', 'new', '2'],
      ['MSETNX', 'a', '1', 'b', '2'],
      ['APPEND', 's', 'x'],
      ['SETRANGE', 's', '0', 'x'],
      ['INCR', 'n'],
      ['DECR', 'n'],
      ['INCRBY', 'n', '5'],
      ['DECRBY', 'n', '5'],
      ['INCRBYFLOAT', 'f', '1'],
      ['COPY', 's', 'new'],
    ];
    for (const args of refused) {
      expect(await client.call(...args), args.join(' ')).toEqual({
        type: '-',
        text: "OOM command not allowed when used memory > 'maxmemory'.",
      });
    }
    const { dataBytes, keys, evictedKeys } = server.stats();
    expect({ dataBytes, keys, evictedKeys }).toEqual({ dataBytes: before.dataBytes, keys: 1003, evictedKeys: 0 });
    expect(await client.call('MGET', 'n', 's', 'f', 'new')).toMatchObject({
      items: [{ text: '1' }, { text: 'abc' }, { text: '1.5' }, { type: '_' }],
    });
    expect(await client.number('EXPIRE', 's', '100')).toBe(1);
    expect(await client.call('RENAME', 's', 's2')).toEqual(OK);
    // Deleting makes room again.
    await client.pipeline(Array.from({ length: 700 }, (_, i) => ['DEL', `fill${i}`]));
    expect(await client.number('INCR', 'n')).toBe(2);
  });
});

describe('memory', () => {
  it('comes back after FLUSHALL, and after deleting key by key', async () => {
    const client = start();
    const before = server.stats().dataBytes;
    const fill = Array.from({ length: 30_000 }, (_, i) => ['SET', `key:${i}`, 'x'.repeat(i % 100)]);
    await client.pipeline(fill);
    expect(await client.call('FLUSHALL', 'ASYNC')).toEqual(OK);
    expect(server.stats().keys).toBe(0);
    expect(server.stats().dataBytes).toBeLessThan(before + 32 * 1024);
    await client.pipeline(fill);
    const full = server.stats().dataBytes;
    await client.pipeline(fill.map(([, key = '']) => ['DEL', key]));
    expect(server.stats().dataBytes).toBeLessThan(before + (full - before) / 50);
  });

  it('of a key is what MEMORY USAGE says, and grows with it', async () => {
    const client = start();
    await client.call('SET', 'warm', '');
    const before = server.stats().dataBytes;
    await client.call('SET', 'k', 'x'.repeat(10_000));
    expect(await client.number('MEMORY', 'USAGE', 'k')).toBe(server.stats().dataBytes - before + 8);
    expect(await client.call('MEMORY', 'USAGE', 'none')).toEqual({ type: '_' });
    expect(await client.number('MEMORY', 'USAGE', 'k', 'SAMPLES', '5')).toBeGreaterThan(10_000);
    expect(await client.call('MEMORY', 'USAGE', 'k', 'SAMPLES', 'x')).toMatchObject({ type: '-' });
  });

  it('is not lost over a long churn of every kind of write', async () => {
    const seed = testSeed('churn');
    const random = seededRandom(seed);
    const client = start();
    const before = server.stats().dataBytes;
    for (let round = 0; round < 60; round++) {
      await client.pipeline(
        Array.from({ length: 300 }, () => {
          const key = 'k'.repeat(1 + random.below(300)) + random.below(30);
          const size = random.below(random.below(20) === 0 ? 200_000 : 300);
          const text = 'v'.repeat(size);
          const kinds = [
            ['SET', key, text],
            ['SET', key, text, 'EX', String(1 + random.below(100))],
            ['APPEND', key, text],
            ['SETRANGE', key, String(random.below(1000)), text],
            ['EXPIRE', key, String(1 + random.below(100))],
            ['PERSIST', key],
            ['RENAME', key, `${key}r`],
            ['COPY', key, `${key}c`, 'REPLACE'],
            ['GETDEL', key],
            ['GETEX', key, 'EX', '50'],
            ['DEL', key],
          ];
          return kinds[random.below(kinds.length)] as string[];
        }),
      );
      time.advance(random.below(20_000));
      server.check();
    }
    await client.call('FLUSHALL');
    expect(server.stats().dataBytes, `seed ${seed}`).toBeLessThan(before + 32 * 1024);
  });
});

describe('OBJECT and RANDOMKEY', () => {
  it('tells how long ago a value was used, and how it is stored', async () => {
    const client = start();
    await client.pipeline([
      ['SET', 'k', '12'],
      ['SET', 'short', 'x'.repeat(44)],
      ['SET', 'long', 'x'.repeat(45)],
      ['APPEND', 'raw', 'x'],
    ]);
    time.jump(5500);
    expect(await client.number('OBJECT', 'IDLETIME', 'k')).toBe(5);
    // Asking about a value is no use of it; reading and TOUCH are.
    expect(await client.number('OBJECT', 'IDLETIME', 'k')).toBe(5);
    await client.call('GET', 'k');
    expect(await client.number('OBJECT', 'IDLETIME', 'k')).toBe(0);
    await client.call('TOUCH', 'long');
    expect(await client.number('OBJECT', 'IDLETIME', 'long')).toBe(0);
    for (const [key, encoding] of [
      ['k', 'int'],
      ['short', 'embstr'],
      ['long', 'raw'],
    ] as const) {
      expect(await client.text('OBJECT', 'ENCODING', key), key).toBe(encoding);
    }
    expect(await client.text('OBJECT', 'FREQ', 'k')).toMatch(/^ERR An LFU maxmemory policy is not selected/);
    expect(await client.number('OBJECT', 'REFCOUNT', 'k')).toBe(1);
    expect(await client.call('OBJECT', 'IDLETIME', 'none')).toEqual({ type: '_' });
  });

  it('picks every key about as often as the others', async () => {
    const client = start();
    const keys = 500;
    await client.pipeline(Array.from({ length: keys }, (_, i) => ['SET', `k${i}`, '']));
    const draws = 50_000;
    const counts = new Map<string, number>();
    for (let i = 0; i < draws; i += 1000) {
      for (const reply of await client.pipeline(Array.from({ length: 1000 }, () => ['RANDOMKEY']))) {
        if (reply.type === '$') counts.set(reply.text, (counts.get(reply.text) ?? 0) + 1);
      }
    }
    expect(counts.size).toBe(keys);
    // Mean 100, standard deviation 10: eight of them are out of reach of chance.
    for (const [key, count] of counts) expect(Math.abs(count - draws / keys), key).toBeLessThan(80);
  });
});
