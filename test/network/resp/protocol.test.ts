/** Bytes that are not well-formed requests: a real redis-server and ours must say the same and close alike. */

import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RedisServer } from '../../../src/network/resp/index.js';
import { describeReal } from '../../support/real.js';
import { type RealRedis, startRedis } from '../../support/redis.js';

const MALFORMED: readonly [claim: string, bytes: string][] = [
  ['an inline command', 'PING\r\n'],
  ['an inline command that ends in a bare newline', 'PING\nPING\n'],
  ['inline arguments in double quotes', 'ECHO "a b\\x41\\n\\t\\"c"\r\nPING\r\n'],
  ['inline arguments in single quotes', "ECHO 'a \\'b\\n'\r\nPING\r\n"],
  ['a quote in the middle of an inline word', 'ECHO fo"o b"\r\nPING\r\n'],
  ['an unbalanced double quote', 'ECHO "a b\r\nPING\r\n'],
  ['an unbalanced single quote', "ECHO 'a b\r\nPING\r\n"],
  ['text after a closing quote', 'ECHO "a"b\r\nPING\r\n'],
  ['empty lines', '\r\n\r\n  \r\nPING\r\n'],
  ['an empty array', '*0\r\nPING\r\n'],
  ['a null array', '*-1\r\nPING\r\n'],
  ['a very negative array', '*-10\r\nPING\r\n'],
  ['an array length that is no number', '*abc\r\nPING\r\n'],
  ['an array length with a plus sign', '*+1\r\n$4\r\nPING\r\n'],
  ['an array length with a leading zero', '*01\r\n$4\r\nPING\r\n'],
  ['an empty array length', '*\r\nPING\r\n'],
  ['too large an array', '*2147483648\r\n$4\r\nPING\r\n'],
  ['an array length beyond 64 bits', '*99999999999999999999\r\n'],
  ['something else where a bulk string should be', '*1\r\n:4\r\nPING\r\n'],
  ['a control character where a bulk string should be', '*1\r\n\x014\r\n'],
  ['a negative bulk length', '*1\r\n$-1\r\nPING\r\n'],
  ['too large a bulk length', '*2\r\n$4\r\nECHO\r\n$536870913\r\nabc'],
  ['a bulk length that is no number', '*1\r\n$x\r\nPING\r\n'],
  ['a bulk length that is empty', '*1\r\n$\r\nPING\r\n'],
  ['a bulk that does not end in a line end', '*1\r\n$4\r\nPINGxxPING\r\n'],
  ['too long an array length', `*${'1'.repeat(70_000)}`],
  ['too long a bulk length', `*1\r\n$${'1'.repeat(70_000)}`],
  ['too long an inline command', `PING ${'x'.repeat(70_000)}`],
  ['an empty command name', '*1\r\n$0\r\n\r\nPING\r\n'],
  ['a command name with a newline in it', '*1\r\n$5\r\nPI\r\nG\r\nPING\r\n'],
  ['a long unknown command', `*2\r\n$200\r\n${'x'.repeat(200)}\r\n$200\r\n${'y'.repeat(200)}\r\nPING\r\n`],
  ['requests after QUIT', 'PING\r\nQUIT\r\nPING\r\n'],
  ['binary noise', '\x01\x02\xff\xfe\r\nPING\r\n'],
];

/** What a server sends back, and whether it then closes. */
function exchange(port: number, bytes: Buffer): Promise<{ text: string; closed: boolean }> {
  return new Promise((resolve) => {
    const socket = connect({ port });
    let text = '';
    let quiet: NodeJS.Timeout;
    const finish = (closed: boolean) => {
      clearTimeout(quiet);
      socket.destroy();
      resolve({ text, closed });
    };
    const wait = () => {
      clearTimeout(quiet);
      quiet = setTimeout(() => finish(false), 300);
    };
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      wait();
    });
    socket.on('end', () => finish(true));
    socket.on('error', () => finish(true));
    socket.on('connect', () => socket.write(bytes));
    wait();
  });
}

describeReal('redis-server', 'malformed requests, against a real redis-server', (path) => {
  let redis: RealRedis;
  let server: RedisServer;

  beforeAll(async () => {
    redis = await startRedis(path);
    server = new RedisServer();
    await server.listen(0);
  });

  afterAll(async () => {
    await server.close();
    await redis.stop();
  });

  it.concurrent.each(MALFORMED)('answers %s alike', async (_claim, text) => {
    const bytes = Buffer.from(text, 'latin1');
    const [theirs, ours] = await Promise.all([exchange(redis.port, bytes), exchange(server.port, bytes)]);
    expect(ours).toEqual(theirs);
  });

  it('limits what a connection may send before it has authenticated', async () => {
    const guarded = new RedisServer({ requirePass: 'secret' });
    await guarded.listen(0);
    const guardedRedis = await startRedis(path, '--requirepass', 'secret');
    const cases = [
      'PING\r\nGET k\r\nHELLO 3\r\nAUTH wrong\r\nAUTH user secret\r\nAUTH secret\r\nPING\r\n',
      '*11\r\n$4\r\nPING\r\n',
      '*2\r\n$4\r\nECHO\r\n$16385\r\n',
      'HELLO 2 AUTH default wrong\r\nNOSUCH\r\nGET\r\nQUIT\r\n',
    ];
    for (const text of cases) {
      const bytes = Buffer.from(text, 'latin1');
      const [theirs, ours] = await Promise.all([exchange(guardedRedis.port, bytes), exchange(guarded.port, bytes)]);
      expect(ours, text).toEqual(theirs);
    }
    await guarded.close();
    await guardedRedis.stop();
  });
});
