/** Sizes and pace: packets cut anywhere, very large values and very many arguments, clients that lag or vanish. */

import { connect, type Socket } from 'node:net';
import { freemem } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RedisServer } from '../../../src/network/resp/index.js';
import { encodeRequest, RawClient } from '../../support/resp.js';
import { until } from '../../support/server.js';

const MIB = 1 << 20;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes of the JavaScript heap and of array buffers that are still held. */
function bytesHeld(): number {
  collectGarbage();
  const { arrayBuffers, heapUsed } = process.memoryUsage();
  return arrayBuffers + heapUsed;
}

/** A socket whose replies are collected as they come, in order. */
class Collector {
  readonly socket: Socket;
  readonly #chunks: Buffer[] = [];
  received = 0;
  closed = false;

  constructor(port: number) {
    this.socket = connect(port);
    this.socket.on('error', () => {});
    this.socket.on('close', () => {
      this.closed = true;
    });
    this.socket.on('data', (chunk) => {
      this.#chunks.push(chunk);
      this.received += chunk.length;
    });
  }

  /** Everything received, once it is `bytes` long. */
  async all(bytes: number, limitMs = 30_000): Promise<Buffer> {
    await until(`${bytes} bytes of replies`, () => this.received >= bytes || this.closed, limitMs);
    return Buffer.concat(this.#chunks);
  }
}

describe('RedisServer at its limits', () => {
  let server: RedisServer;

  beforeEach(async () => {
    server = new RedisServer();
    await server.listen(0);
  });

  afterEach(() => server.close(0));

  it('answers the same wherever a pipeline is cut', async () => {
    const requests = [
      ['SET', 'k', 'v\r\n$3\r\n'],
      ['GET', 'k'],
      ['SET', 'long', 'x'.repeat(120)],
      ['MGET', 'k', 'none', 'long'],
      ['CLIENT', 'GETNAME'],
      ['INCR', 'n'],
      ['DEL', 'n', 'k', 'long'],
    ];
    const bytes = Buffer.concat([...requests.map(encodeRequest), Buffer.from('PING\r\n*0\r\n\r\nECHO "a b"\n')]);
    const whole = new Collector(server.port);
    whole.socket.write(bytes);
    const end = Buffer.from('+PONG\r\n$3\r\na b\r\n');
    await until('the whole pipeline is answered', () => whole.received > 0);
    const wanted = await whole.all(whole.received);
    expect(wanted.subarray(-end.length)).toEqual(end);
    const cut = new Collector(server.port);
    cut.socket.setNoDelay(true);
    for (let at = 1; at < bytes.length; at++) {
      // The first part has been read before the second comes.
      const reads = server.stats().latency.count;
      cut.socket.write(bytes.subarray(0, at));
      await until('the first part is read', () => server.stats().latency.count > reads);
      cut.socket.write(bytes.subarray(at));
      const got = await cut.all(wanted.length * at);
      expect(got.subarray(wanted.length * (at - 1)).equals(wanted), `cut at byte ${at}`).toBe(true);
    }
  });

  it('refuses a bulk of more than 512 MiB when it is announced', async () => {
    const client = await RawClient.open({ port: server.port });
    client.write('*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$536870913\r\n');
    expect(await client.reply()).toEqual({ type: '-', text: 'ERR Protocol error: invalid bulk length' });
    await client.closed;
    expect(server.stats().keys).toBe(0);
  });

  it('takes no memory for a bulk that is only announced', async () => {
    const client = await RawClient.open({ port: server.port });
    await client.call('PING');
    const before = server.stats().usedBytes;
    client.write(`*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$536870912\r\n${'x'.repeat(100_000)}`);
    await until('the beginning is held', () => server.stats().usedBytes > before + 100_000);
    expect(server.stats().usedBytes).toBeLessThan(before + 400_000);
    client.write(`*2147483647\r\n`);
    client.close();
    await until('all is given back', () => server.stats().usedBytes === before);
  });

  it('stores a value of 100 MiB and gives it back', async () => {
    const size = 100 * MIB;
    const value = Buffer.alloc(size);
    for (let at = 0; at < size; at += 4096) value.writeUInt32LE(at, at);
    const client = new Collector(server.port);
    client.socket.write(`*3\r\n$3\r\nSET\r\n$3\r\nbig\r\n$${size}\r\n`);
    client.socket.write(value);
    client.socket.write('\r\n*2\r\n$3\r\nGET\r\n$3\r\nbig\r\n*2\r\n$3\r\nDEL\r\n$3\r\nbig\r\n');
    const head = `+OK\r\n$${size}\r\n`;
    const got = await client.all(head.length + size + 2 + 4);
    expect(got.toString('latin1', 0, head.length)).toBe(head);
    expect(got.subarray(head.length, head.length + size).equals(value)).toBe(true);
    expect(got.toString('latin1', head.length + size)).toBe('\r\n:1\r\n');
    await until('the memory is given back', () => server.stats().usedBytes < MIB);
    server.check();
  });

  it.each([
    [100_000, 8],
    [20_000, 1000],
  ])('takes %i arguments of %i bytes in small packets, in time that is linear', async (count, bytes) => {
    const client = new Collector(server.port);
    const pad = (i: number) => String(i).padEnd(bytes, '-');
    const pairs = Array.from({ length: count / 2 }, (_, i) => [`key:${i}`, pad(i)]);
    const started = performance.now();
    for (const request of [
      ['MSET', ...pairs.flat()],
      ['MGET', ...pairs.map(([key]) => key as string)],
    ]) {
      const message = encodeRequest(request);
      for (let at = 0; at < message.length; at += 1400) {
        if (!client.socket.write(message.subarray(at, at + 1400)))
          await new Promise<void>((resolve) => client.socket.once('drain', resolve));
      }
    }
    const wanted = `+OK\r\n*${count / 2}\r\n${pairs.map(([, value]) => `$${bytes}\r\n${value}\r\n`).join('')}`;
    const got = await client.all(wanted.length);
    expect(got.toString('latin1') === wanted).toBe(true);
    // Quadratic work would take minutes.
    expect(performance.now() - started).toBeLessThan(10_000);
    client.socket.destroy();
  });

  it('answers KEYS over 200 000 keys, and gives the buffer back', async () => {
    const client = new Collector(server.port);
    const count = 200_000;
    for (let from = 0; from < count; from += 10_000) {
      client.socket.write(
        encodeRequest(['MSET', ...Array.from({ length: 20_000 }, (_, i) => (i % 2 ? '' : `k${from + i / 2}`))]),
      );
    }
    await client.all(20 * 5);
    const before = server.stats().usedBytes;
    client.socket.write(encodeRequest(['KEYS', '*']));
    const length = Array.from({ length: count }, (_, i) => `$${`k${i}`.length}\r\nk${i}\r\n`.length).reduce(
      (a, b) => a + b,
      `*${count}\r\n`.length,
    );
    const text = (await client.all(100 + length)).toString('latin1', 100);
    const keys = new Set(text.split('\r\n').filter((line) => line.startsWith('k')));
    expect(text.startsWith(`*${count}\r\n`)).toBe(true);
    expect(keys.size).toBe(count);
    await until('the buffer is given back', () => server.stats().usedBytes <= before);
    client.socket.destroy();
  });

  describe('with a client that does not read', () => {
    const value = 'v'.repeat(100_000);

    it.each([
      ['GETs of a large value', 3000, (i: number) => [['GET', 'big'], `$100000\r\n${value}\r\n`, i] as const],
      [
        'ECHOs of small ones',
        200_000,
        (i: number) => [['ECHO', String(i)], `$${String(i).length}\r\n${i}\r\n`, i] as const,
      ],
      [
        'INFO, which the kernel does not answer',
        20_000,
        (i: number) => [['CONFIG', 'GET', 'save'], '*2\r\n$4\r\nsave\r\n$0\r\n\r\n', i] as const,
      ],
    ] as const)(
      'bounds what it holds for it, serves others meanwhile, and delivers all of it in order: %s',
      async (_name, count, make) => {
        const other = await RawClient.open({ port: server.port });
        await other.call('SET', 'big', value);
        const before = bytesHeld();
        const slow = new Collector(server.port);
        slow.socket.pause();
        const items = Array.from({ length: count }, (_, i) => make(i));
        slow.socket.write(Buffer.concat(items.map(([args]) => encodeRequest([...args]))));
        const total = items.reduce((sum, [, reply]) => sum + reply.length, 0);
        await new Promise((resolve) => setTimeout(resolve, 300));
        for (let i = 0; i < 20; i++) expect(await other.call('ECHO', `${i}`)).toEqual({ type: '$', text: `${i}` });
        // The reply buffer, the megabyte after which a client is stalled, the rest of its input.
        expect(server.stats().usedBytes).toBeLessThan(8 * MIB);
        if (total > 100 * MIB) expect(bytesHeld() - before).toBeLessThan(100 * MIB);
        slow.socket.resume();
        const got = await slow.all(total);
        let at = 0;
        for (const [, reply, i] of items) {
          if (got.toString('latin1', at, at + reply.length) !== reply) throw new Error(`reply ${i} differs`);
          at += reply.length;
        }
        expect(got.length).toBe(total);
        slow.socket.destroy();
        await until('the client is gone', () => server.stats().clients === 1);
        other.close();
        server.check();
      },
    );

    it('keeps replies apart that lie in lent buffers, while the keyspace grows', async () => {
      const other = await RawClient.open({ port: server.port });
      const big = Array.from({ length: 4 }, (_, i) => String(i).repeat(12 * MIB));
      for (const [i, text] of big.entries()) await other.call('SET', `big${i}`, text);
      const slow = Array.from({ length: 3 }, () => new Collector(server.port));
      for (const [i, each] of slow.entries()) {
        each.socket.pause();
        each.socket.write(
          Buffer.concat([
            encodeRequest(['GET', `big${i}`]),
            encodeRequest(['GET', 'big3']),
            encodeRequest(['ECHO', 'end']),
          ]),
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
      // The memory grows, and everything freed is written over.
      for (let i = 0; i < 300; i++) await other.call('SET', `fill${i}`, 'f'.repeat(100_000 + i));
      await other.call('DEL', ...big.map((_, i) => `big${i}`));
      for (let i = 0; i < 100; i++) await other.call('SET', `more${i}`, 'm'.repeat(400_000));
      for (const [i, each] of slow.entries()) {
        each.socket.resume();
        const wanted = `$${12 * MIB}\r\n${big[i]}\r\n$-1\r\n$3\r\nend\r\n`;
        const other3 = `$${12 * MIB}\r\n${big[i]}\r\n$${12 * MIB}\r\n${big[3]}\r\n$3\r\nend\r\n`;
        await until(
          'the end arrives',
          () => each.received === wanted.length || each.received === other3.length,
          20_000,
        );
        const text = (await each.all(each.received)).toString('latin1');
        expect(text === wanted || text === other3, `client ${i}`).toBe(true);
        each.socket.destroy();
      }
      other.close();
      server.check();
    });

    it.each(['destroy', 'resetAndDestroy'] as const)(
      'forgets it, with all its memory, when it is gone: %s',
      async (how) => {
        const other = await RawClient.open({ port: server.port });
        await other.call('SET', 'big', 'b'.repeat(8 * MIB));
        const before = server.stats().usedBytes;
        const slow = Array.from({ length: 5 }, () => new Collector(server.port));
        for (const { socket } of slow) {
          socket.pause();
          socket.write(Buffer.concat(Array.from({ length: 50 }, () => encodeRequest(['GET', 'big']))));
        }
        await until('replies are pending', () => server.stats().usedBytes > before + 5 * MIB);
        for (const { socket } of slow) socket[how]();
        await until('the clients are gone', () => server.stats().clients === 1);
        await until('the memory is back', () => server.stats().usedBytes === before);
        server.check();
        other.close();
      },
    );

    it('forgets it when another client kills it in the middle of a write', async () => {
      const other = await RawClient.open({ port: server.port });
      await other.call('SET', 'big', 'b'.repeat(8 * MIB));
      const before = server.stats().usedBytes;
      const slow = new Collector(server.port);
      slow.socket.pause();
      slow.socket.write(Buffer.concat(Array.from({ length: 50 }, () => encodeRequest(['GET', 'big']))));
      await until('replies are pending', () => server.stats().usedBytes > before + 5 * MIB);
      expect(await other.call('CLIENT', 'KILL', 'TYPE', 'normal')).toEqual({ type: ':', value: 1n });
      expect(await other.call('GET', 'none')).toEqual({ type: '_' });
      await until('the memory is back', () => server.stats().usedBytes === before);
      slow.socket.resume();
      await until('the client sees the end', () => slow.closed);
      expect(server.stats().clients).toBe(1);
      other.close();
    });
  });

  it.skipIf(freemem() < 6 * 1024 * MIB)(
    'works with a keyspace above 2 GiB, where addresses are negative as i32',
    async () => {
      const client = await RawClient.open({ port: server.port });
      const last = 512 * MIB - 1;
      for (let i = 0; i < 5; i++)
        expect(await client.call('SETRANGE', `huge${i}`, String(last - i), 'x')).toMatchObject({ type: ':' });
      expect(server.stats().dataBytes).toBeGreaterThan(2 ** 31);
      expect(await client.call('SET', 'k', '10', 'EX', '100')).toEqual({ type: '+', text: 'OK' });
      expect(await client.call('INCRBYFLOAT', 'k', '0.5')).toEqual({ type: '$', text: '10.5' });
      expect(await client.call('TTL', 'k')).toEqual({ type: ':', value: 100n });
      expect(await client.call('OBJECT', 'ENCODING', 'k')).toEqual({ type: '$', text: 'embstr' });
      expect(await client.call('MEMORY', 'USAGE', 'huge4')).toMatchObject({ type: ':' });
      expect(await client.call('GETRANGE', 'huge4', String(last - 5), '-1')).toEqual({ type: '$', text: '\0x' });
      expect(await client.call('STRLEN', 'huge0')).toEqual({ type: ':', value: BigInt(512 * MIB) });
      expect(await client.call('SETRANGE', 'huge0', String(last + 1), 'x')).toMatchObject({ type: '-' });
      // Input and output blocks up there too.
      const text = 'y'.repeat(5 * MIB);
      expect(await client.call('SET', 'mid', text)).toEqual({ type: '+', text: 'OK' });
      expect(await client.call('GET', 'mid')).toEqual({ type: '$', text });
      expect(await client.call('NOSUCH', text)).toMatchObject({ type: '-' });
      expect(await client.call('RENAME', 'mid', 'mid2')).toEqual({ type: '+', text: 'OK' });
      expect(await client.call('SCAN', '0', 'COUNT', '100')).toMatchObject({ items: [{ text: '0' }, { type: '*' }] });
      // Two more fill what is left of 4 GiB; then a write is refused, and nothing has changed.
      for (let i = 5; i < 7; i++) await client.call('SETRANGE', `huge${i}`, String(last), 'x');
      const before = await client.call('DBSIZE');
      expect(await client.call('SETRANGE', 'huge7', String(last), 'x')).toMatchObject({
        type: '-',
        text: expect.stringMatching(/^OOM/),
      });
      expect(await client.call('RENAME', 'huge1', 'other')).toMatchObject({
        type: '-',
        text: expect.stringMatching(/^OOM/),
      });
      expect(await client.call('DBSIZE')).toEqual(before);
      expect(await client.call('EXISTS', 'huge1')).toEqual({ type: ':', value: 1n });
      server.check();
      expect(await client.call('FLUSHALL')).toEqual({ type: '+', text: 'OK' });
      expect(server.stats().usedBytes).toBeLessThan(MIB);
      client.close();
    },
  );
});
