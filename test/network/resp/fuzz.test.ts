/** Bytes nobody would send: whatever comes, the server stays up, keeps its memory, and answers the next client. */

import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { duplexPair, RedisServer } from '../../../src/network/resp/index.js';
import { type SeededRandom, seededRandom, testSeed } from '../../support/random.js';
import { encodeRequest, RawClient } from '../../support/resp.js';
import { until } from '../../support/server.js';

const ROUNDS = Number(process.env.ASHLAR_FUZZ_ROUNDS ?? 3000);
const SOCKET_ROUNDS = 120;

const WORDS = [
  ...[
    'GET',
    'SET',
    'MGET',
    'MSET',
    'MSETNX',
    'DEL',
    'INCR',
    'INCRBY',
    'INCRBYFLOAT',
    'APPEND',
    'SETRANGE',
    'GETRANGE',
    'GETEX',
    'GETDEL',
  ],
  ...[
    'EXPIRE',
    'PEXPIREAT',
    'TTL',
    'PERSIST',
    'RENAME',
    'COPY',
    'SCAN',
    'KEYS',
    'OBJECT',
    'MEMORY',
    'CLIENT',
    'CONFIG',
    'COMMAND',
    'INFO',
  ],
  ...[
    'HELLO',
    'AUTH',
    'SELECT',
    'FLUSHALL',
    'RANDOMKEY',
    'PING',
    'ECHO',
    'TIME',
    'DBSIZE',
    'EXISTS',
    'TYPE',
    'NOSUCH',
    'get',
    '',
  ],
];
const ARGUMENTS = [
  'k',
  'k2',
  'k3',
  '0',
  '1',
  '-1',
  '3',
  '*',
  '[a-',
  '\\',
  'EX',
  'PX',
  'NX',
  'GET',
  'KEEPTTL',
  'COUNT',
  'MATCH',
  'REPLACE',
  'LIST',
  'KILL',
  'ID',
  'SETNAME',
  'USAGE',
  'ENCODING',
  'INFO',
  'DOCS',
  '9223372036854775807',
  '536870911',
  '1e400',
  '0x1p3',
  'maxclients',
  '\x00\r\n\xff',
  'x'.repeat(300),
  'y'.repeat(5000),
];

function pick<T>(random: SeededRandom, items: readonly T[]): T {
  return items[random.below(items.length)] as T;
}

function noise(random: SeededRandom): Buffer {
  const alphabet = pick(random, ['*$:+-_0123456789\r\n', '*$1234\r\nabc"\'\\ ', '']);
  const bytes = Buffer.alloc(1 + random.below(3000));
  for (let i = 0; i < bytes.length; i++)
    bytes[i] = alphabet === '' ? random.below(256) : alphabet.charCodeAt(random.below(alphabet.length));
  return bytes;
}

function request(random: SeededRandom): Buffer {
  const args = Array.from({ length: random.below(6) }, () => pick(random, ARGUMENTS));
  // Values grow by SETRANGE at most so far that a round stays quick.
  const words = [pick(random, WORDS), ...args.filter((arg) => arg !== '536870911' || random.below(200) === 0)];
  return random.below(8) === 0 ? Buffer.from(`${words.join(' ')}\r\n`, 'latin1') : encodeRequest(words);
}

/** A valid pipeline, then bits flipped, ends cut, pieces repeated and swapped. */
function mutated(random: SeededRandom): Buffer {
  let bytes = Buffer.concat(Array.from({ length: 1 + random.below(30) }, () => request(random)));
  for (let edits = random.below(6); edits > 0; edits--) {
    const at = random.below(bytes.length + 1);
    const to = Math.min(bytes.length, at + random.below(200));
    const kind = random.below(5);
    if (kind === 0 && at < bytes.length) bytes[at] = (bytes[at] as number) ^ (1 << random.below(8));
    else if (kind === 1) bytes = bytes.subarray(0, at);
    else if (kind === 2) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(to)]);
    else if (kind === 3) bytes = Buffer.concat([bytes.subarray(0, to), bytes.subarray(at)]);
    else bytes = Buffer.concat([bytes.subarray(to), bytes.subarray(at, to), bytes.subarray(0, at)]);
    if (bytes.length === 0) break;
  }
  return bytes;
}

async function expectAlive(server: RedisServer): Promise<void> {
  const { connection, readable, writable } = duplexPair();
  server.accept(connection);
  const writer = writable.getWriter();
  await writer.write(
    encodeRequest(['CONFIG', 'SET', 'maxclients', '100', 'requirepass', '', 'maxmemory', '0', 'timeout', '0']),
  );
  await writer.write(encodeRequest(['FLUSHALL']));
  await writer.write(encodeRequest(['ECHO', 'alive']));
  await writer.close();
  const text = await new Response(readable).text();
  expect(text).toBe('+OK\r\n+OK\r\n$5\r\nalive\r\n');
}

describe('RedisServer under noise', () => {
  it('keeps its memory and its invariants over random and mutated input', async () => {
    const seed = testSeed('fuzz');
    const random = seededRandom(seed);
    const server = new RedisServer();
    await expectAlive(server);
    await until('the client is gone', () => server.stats().clients === 0);
    const before = server.stats().usedBytes;
    for (let round = 0; round < ROUNDS; round++) {
      const context = `seed ${seed} round ${round}`;
      const { connection, readable, writable } = duplexPair();
      server.accept(connection);
      const writer = writable.getWriter();
      const bytes = random.below(4) === 0 ? noise(random) : mutated(random);
      const drained = random.below(8) === 0 ? readable.cancel() : readable.pipeTo(new WritableStream());
      // A server that closes first refuses the rest: that is an answer too.
      try {
        for (let at = 0; at < bytes.length; ) {
          const size = 1 + random.below(random.below(2) === 0 ? 10 : 4000);
          await writer.write(bytes.subarray(at, at + size));
          at += size;
        }
        await writer.close();
      } catch (error) {
        expect(String(error), context).toMatch(/closed/);
      }
      await drained;
      await until(`${context}: the client is gone`, () => server.stats().clients === 0);
      server.check();
      if (round % 20 === 19) {
        await expectAlive(server);
        await until(`${context}: the client is gone`, () => server.stats().clients === 0);
        // One staging block may have come to stay.
        expect(server.stats().usedBytes - before, context).toBeLessThan(16 * 1024);
      }
    }
    await server.close();
  });

  it('keeps its memory over connections that break off anywhere', async () => {
    const seed = testSeed('fuzz over sockets');
    const random = seededRandom(seed);
    const server = new RedisServer();
    await server.listen(0);
    await expectAlive(server);
    const before = server.stats().usedBytes;
    for (let round = 0; round < SOCKET_ROUNDS; round++) {
      const sockets = Array.from({ length: 8 }, () => {
        const socket = connect(server.port);
        socket.on('error', () => {});
        const bytes = random.below(4) === 0 ? noise(random) : mutated(random);
        socket.write(bytes);
        if (random.below(2) === 0) socket.resume();
        const how = random.below(4);
        if (how === 0) socket.end();
        else if (how === 1) setTimeout(() => socket.destroy(), random.below(5));
        else if (how === 2) setTimeout(() => socket.resetAndDestroy(), random.below(5));
        return socket;
      });
      await new Promise((resolve) => setTimeout(resolve, 8));
      for (const socket of sockets) socket.destroy();
      await until(`seed ${seed} round ${round}: the clients are gone`, () => server.stats().clients === 0);
      server.check();
      if (round % 10 === 9) await expectAlive(server);
    }
    await expectAlive(server);
    await until('the clients are gone', () => server.stats().clients === 0);
    expect(server.stats().usedBytes - before, `seed ${seed}`).toBeLessThan(16 * 1024);
    await server.close();
  });

  it('answers an error, and lives on, where an argument is longer than any text can be', async () => {
    const server = new RedisServer();
    await server.listen(0);
    const client = await RawClient.open({ port: server.port });
    const long = 'z'.repeat(3 << 20);
    for (const request of [
      ['CONFIG', 'GET', long],
      ['CLIENT', 'SETNAME', long],
      ['AUTH', long],
      ['OBJECT', long, 'k'],
    ]) {
      expect(await client.call(...request), request[0]).toMatchObject({
        type: '-',
        text: expect.stringMatching(/^ERR /),
      });
    }
    expect(await client.call(long)).toEqual({
      type: '-',
      text: `ERR unknown command '${'z'.repeat(128)}', with args beginning with: `,
    });
    expect(await client.call('NOSUCH', long)).toEqual({
      type: '-',
      text: `ERR unknown command 'NOSUCH', with args beginning with: '${'z'.repeat(128)}' `,
    });
    expect(await client.call('INCRBYFLOAT', 'k', long)).toEqual({ type: '-', text: 'ERR value is not a valid float' });
    expect(await client.call('CONFIG', 'GET', `${'*?'.repeat(5000)}x`)).toMatchObject({ items: [] });
    expect(await client.call('PING')).toEqual({ type: '+', text: 'PONG' });
    client.close();
    await server.close();
  });
});
