/** The clients people use: ioredis, node-redis and redis-cli, at real work. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { RedisServer } from '../../../src/network/resp/index.js';
import { describeReal } from '../../support/real.js';
import { encodeRequest } from '../../support/resp.js';
import { until } from '../../support/server.js';

const UNICODE = 'schlüssel:日本語:🪨\u0000\r\n';
const BIG = Buffer.alloc(24 << 20, 'ashlar ').fill(0xff, 1000, 2000);

let server: RedisServer;
let folder: string;
let path: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ashlar-'));
});

afterAll(() => rmSync(folder, { recursive: true }));

beforeEach(async () => {
  server = new RedisServer();
  await server.listen(0);
  path = join(folder, `${server.port}.sock`);
  await server.listen({ path });
});

afterEach(() => server.close(0));

describe('ioredis', () => {
  it('connects without a warning, and does its everyday work', async () => {
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const failed = vi.spyOn(console, 'error').mockImplementation(() => {});
    const redis = new Redis({ port: server.port, connectionName: 'tests' });
    expect(await redis.set(UNICODE, 'Wert 🪨', 'EX', 100)).toBe('OK');
    expect(await redis.get(UNICODE)).toBe('Wert 🪨');
    expect(await redis.ttl(UNICODE)).toBe(100);
    expect(await redis.client('GETNAME')).toBe('tests');
    expect(await redis.mset({ a: '1', b: '2' })).toBe('OK');
    expect(await redis.mget('a', 'b', 'c')).toEqual(['1', '2', null]);
    expect(await redis.incrby('a', 41)).toBe(42);
    expect(await redis.setBuffer('bytes', BIG.subarray(900, 2100), 'GET')).toBe(null);
    expect((await redis.getBuffer('bytes'))?.equals(BIG.subarray(900, 2100))).toBe(true);
    expect(await redis.zadd('z', '1.5', 'm', 'inf', 'n')).toBe(2);
    expect(await redis.zrangebyscore('z', '(1.5', '+inf')).toEqual(['n']);
    expect(await redis.zrank('z', 'n')).toBe(1);
    await expect(redis.call('NOSUCH', 'z', '1', 'm')).rejects.toThrow(
      "ERR unknown command 'NOSUCH', with args beginning with: 'z' '1' 'm'",
    );
    expect(await redis.info('server')).toContain('redis_version:7.0.15');
    redis.disconnect();
    expect(warned).not.toHaveBeenCalled();
    expect(failed).not.toHaveBeenCalled();
    vi.restoreAllMocks();
  });

  it('pipelines ten thousand commands, and scans them all as a stream', async () => {
    const redis = new Redis({ path });
    const pipeline = redis.pipeline();
    for (let i = 0; i < 10_000; i++) pipeline.set(`key:${i}`, i);
    const results = (await pipeline.exec()) ?? [];
    expect(results).toHaveLength(10_000);
    expect(results.every(([error, reply]) => error === null && reply === 'OK')).toBe(true);
    const seen = new Set<string>();
    for await (const keys of redis.scanStream({ match: 'key:*', count: 300 }))
      for (const key of keys as string[]) seen.add(key);
    expect(seen.size).toBe(10_000);
    expect(await redis.dbsize()).toBe(10_000);
    expect(await redis.flushall()).toBe('OK');
    redis.disconnect();
  });

  it('stores and reads tens of megabytes', async () => {
    const redis = new Redis({ port: server.port });
    await redis.set('big', BIG);
    expect((await redis.getBuffer('big'))?.equals(BIG)).toBe(true);
    expect(await redis.strlen('big')).toBe(BIG.length);
    redis.disconnect();
  });

  it('sees keys expire', async () => {
    const redis = new Redis({ port: server.port });
    await redis.set('soon', 'x', 'PX', 30);
    expect(await redis.exists('soon')).toBe(1);
    await vi.waitFor(async () => expect(await redis.get('soon')).toBe(null));
    redis.disconnect();
  });

  it('authenticates, and comes back by itself when the server was restarted', async () => {
    const first = new RedisServer({ requirePass: 'secret' });
    await first.listen(0);
    const { port } = first;
    const redis = new Redis({ port, password: 'secret', retryStrategy: () => 20 });
    redis.on('error', () => {});
    expect(await redis.set('k', 'v')).toBe('OK');
    await first.close();
    const second = new RedisServer({ requirePass: 'secret' });
    await second.listen(port);
    // The command waits in the client until the connection is there again. The keyspace is gone: nothing persists.
    expect(await redis.get('k')).toBe(null);
    redis.disconnect();
    await second.close();
  });
});

describe('node-redis', () => {
  it.each([2, 3] as const)('does its everyday work over RESP%i', async (RESP) => {
    const client = createClient({ RESP, socket: { port: server.port }, name: 'tests' });
    const errors: unknown[] = [];
    client.on('error', (error) => errors.push(error));
    await client.connect();
    expect(await client.set(UNICODE, 'Wert 🪨', { expiration: { type: 'EX', value: 100 } })).toBe('OK');
    expect(await client.get(UNICODE)).toBe('Wert 🪨');
    expect(await client.get('none')).toBe(null);
    expect(await client.mGet([UNICODE, 'none'])).toEqual(['Wert 🪨', null]);
    expect(await client.incrByFloat('f', 0.1)).toBe('0.1');
    expect(await client.configGet('maxmemory-policy')).toEqual(
      expect.objectContaining({ 'maxmemory-policy': 'noeviction' }),
    );
    expect(await client.clientInfo()).toMatchObject({ name: 'tests', libName: 'node-redis', resp: RESP });
    expect(await client.commandCount()).toBeGreaterThan(50);
    expect((await client.commandInfo(['get']))[0]).toMatchObject({ name: 'get', arity: 2 });
    await expect(client.sendCommand(['LPUSH', 'l', 'x'])).rejects.toThrow('unknown command');
    const big = BIG.toString('latin1');
    await client.set('big', big);
    expect((await client.get('big')) === big).toBe(true);
    const keys = new Set<string>();
    await Promise.all(Array.from({ length: 3000 }, (_, i) => client.set(`key:${i}`, i)));
    for await (const batch of client.scanIterator({ MATCH: 'key:*', COUNT: 200 }))
      for (const key of batch) keys.add(key);
    expect(keys.size).toBe(3000);
    await client.close();
    expect(errors).toEqual([]);
    await until('the client is gone', () => server.stats().clients === 0);
  });

  it('comes back by itself when the server was restarted', async () => {
    const first = new RedisServer();
    await first.listen(0);
    const { port } = first;
    const client = createClient({ RESP: 3, socket: { port, reconnectStrategy: () => 20 } });
    client.on('error', () => {});
    await client.connect();
    await client.set('k', 'v');
    await first.close();
    const second = new RedisServer();
    await second.listen(port);
    expect(await client.get('k')).toBe(null);
    client.destroy();
    await second.close();
  });
});

describeReal('redis-cli', 'redis-cli', (program) => {
  async function run(
    args: readonly string[],
    input?: Buffer,
  ): Promise<{ output: string; errors: string; code: number | null }> {
    const child = spawn(program, args, { env: { ...process.env, REDISCLI_HISTFILE: '/dev/null' } });
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk) => {
      output += chunk.toString('latin1');
    });
    child.stderr.on('data', (chunk) => {
      errors += chunk.toString('latin1');
    });
    child.stdin.end(input);
    const [code] = (await once(child, 'close')) as [number | null];
    return { output, errors, code };
  }

  const port = (...args: string[]) => ['-p', String(server.port), ...args];

  it('sets and gets by port, by unix socket, and over RESP3', async () => {
    expect(await run(port('set', 'greeting', 'hello'))).toEqual({ output: 'OK\n', errors: '', code: 0 });
    expect(await run(['-s', path, 'get', 'greeting'])).toEqual({ output: 'hello\n', errors: '', code: 0 });
    expect(await run(port('-3', 'get', 'greeting'))).toEqual({ output: 'hello\n', errors: '', code: 0 });
    expect((await run(port('-3', '--no-raw', 'config', 'get', 'timeout'))).output).toBe('1# "timeout" => "0"\n');
    expect((await run(port('--no-raw', 'get', 'none'))).output).toBe('(nil)\n');
    expect((await run(port('nosuch'))).output).toContain("ERR unknown command 'nosuch'");
    expect((await run(port('info', 'server'))).output).toContain('redis_version:7.0.15');
  });

  it('runs a session of commands from its input', async () => {
    const { output, errors } = await run(
      port(),
      Buffer.from(
        'set k "two words"\nget k\nincr n\nincr n\nexpire n 100\nttl n\nobject encoding n\ndel k n\ndbsize\n',
      ),
    );
    expect(output).toBe('OK\ntwo words\n1\n2\n1\n100\nint\n2\n0\n');
    expect(errors).toBe('');
  });

  it('loads a hundred thousand commands by --pipe', async () => {
    const count = 100_000;
    const requests = Buffer.concat(
      Array.from({ length: count }, (_, i) => encodeRequest(['SET', `pipe:${i}`, String(i)])),
    );
    const { output, code } = await run(port('--pipe'), requests);
    expect(output).toContain(`errors: 0, replies: ${count}`);
    expect(code).toBe(0);
    expect(server.stats().keys).toBe(count);
    expect((await run(port('get', `pipe:${count - 1}`))).output).toBe(`${count - 1}\n`);
  });

  it('scans, and measures keys', async () => {
    await run(port('mset', 'a', '1', 'b', 'x'.repeat(100), 'c', '3'));
    expect((await run(port('--scan'))).output.trim().split('\n').sort()).toEqual(['a', 'b', 'c']);
    expect((await run(port('--scan', '--pattern', '[ab]'))).output.trim().split('\n').sort()).toEqual(['a', 'b']);
    expect((await run(port('--bigkeys'))).output).toContain('Biggest string found');
    expect((await run(port('--memkeys'))).output).toContain('Biggest string found');
  });
});
