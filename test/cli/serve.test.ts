/** `ashlar serve` as people run it: a process, its flags, its output, its signals. */

import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { encodeRequest, RawClient } from '../support/resp.js';
import { until } from '../support/server.js';
import { parseExposition } from './exposition.js';

const ROOT = join(import.meta.dirname, '../..');
const START = join(ROOT, 'scripts/start.mjs');
const MAIN = join(ROOT, 'dist/default/src/cli/main.js');

const children = new Set<ChildProcessWithoutNullStreams>();
let folder: string;

beforeAll(() => {
  execFileSync(process.execPath, [join(ROOT, 'scripts/build.mjs')]);
  folder = mkdtempSync(join(tmpdir(), 'ashlar-'));
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true }));

afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
});

class Serve {
  readonly child: ChildProcessWithoutNullStreams;
  output = '';
  errors = '';
  exit: number | string | null | undefined;

  constructor(script: string, args: readonly string[]) {
    this.child = spawn(process.execPath, [script, ...args]);
    children.add(this.child);
    this.child.stdout.on('data', (chunk) => {
      this.output += String(chunk);
    });
    this.child.stderr.on('data', (chunk) => {
      this.errors += String(chunk);
    });
    this.child.on('close', (code, signal) => {
      this.exit = code ?? signal;
    });
  }

  async ready(): Promise<this> {
    await until('the server is ready', () => this.output.includes('try: ') || this.exit !== undefined, 60_000);
    if (this.exit !== undefined) throw new Error(`ended with ${this.exit}: ${this.errors}`);
    return this;
  }

  async ended(): Promise<number | string | null> {
    await until('the process ends', () => this.exit !== undefined, 20_000);
    return this.exit ?? null;
  }

  get port(): number {
    return Number(/redis {2}127\.0\.0\.1:(\d+)/.exec(this.output)?.[1]);
  }

  get http(): string {
    return /http {3}(http:\/\/127\.0\.0\.1:\d+)\//.exec(this.output)?.[1] ?? '';
  }
}

function serve(...args: string[]): Promise<Serve> {
  return new Serve(MAIN, ['serve', '--port', '0', '--http-port', '0', ...args]).ready();
}

async function failure(...args: string[]): Promise<{ exit: number | string | null; errors: string; output: string }> {
  const run = new Serve(MAIN, args);
  const exit = await run.ended();
  return { exit, errors: run.errors, output: run.output };
}

describe('ashlar serve', () => {
  it('starts by npm start, and says where it listens and what to try', async () => {
    const run = await new Serve(START, ['--port', '0', '--http-port', '0']).ready();
    expect(run.output).toBe(
      `ashlar serve is ready\n  redis  127.0.0.1:${run.port}\n  http   ${run.http}/\ntry:     redis-cli -h 127.0.0.1 -p ${run.port} set greeting hello\n`,
    );
    const client = await RawClient.open({ port: run.port });
    expect(await client.call('SET', 'greeting', 'hello')).toEqual({ type: '+', text: 'OK' });
    client.close();
    run.child.kill('SIGTERM');
    expect(await run.ended()).toBe(0);
    expect(run.output).toMatch(/stopping\nstopped\n$/);
    expect(run.errors).toBe('');
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'on %s answers what is under way, refuses newcomers, and exits with 0',
    async (signal) => {
      const run = await serve();
      const client = await RawClient.open({ port: run.port });
      await client.call('SET', 'k', 'v'.repeat(50_000));
      const idle = await RawClient.open({ port: run.port });
      await idle.call('PING');
      const count = 300;
      client.write(Buffer.concat(Array.from({ length: count }, () => encodeRequest(['GET', 'k']))));
      run.child.kill(signal);
      for (let i = 0; i < count; i++) expect((await client.reply()).type, `reply ${i}`).toBe('$');
      await Promise.all([client.closed, idle.closed]);
      await expect(RawClient.open({ port: run.port })).rejects.toThrow('ECONNREFUSED');
      expect(await run.ended()).toBe(0);
      expect(run.errors).toBe('');
    },
  );

  it('ends in spite of connections that neither ask nor leave, on both ports', async () => {
    const run = await serve();
    const silent = [connect(run.port), connect(Number(run.http.split(':')[2]))];
    for (const socket of silent) {
      socket.on('error', () => {});
      await once(socket, 'connect');
    }
    silent[0]?.write('*2\r\n$3\r\nGET\r\n$5\r\nab');
    await new Promise((resolve) => setTimeout(resolve, 50));
    const from = Date.now();
    run.child.kill('SIGTERM');
    expect(await run.ended()).toBe(0);
    expect(Date.now() - from).toBeLessThan(5000);
  });

  it('takes its settings from flags', async () => {
    const run = await serve(
      '--max-memory',
      '100mb',
      '--max-memory-policy',
      'allkeys-random',
      '--max-clients',
      '7',
      '--timeout',
      '60',
      '--requirepass',
      'secret',
    );
    const client = await RawClient.open({ port: run.port });
    expect(await client.call('AUTH', 'secret')).toEqual({ type: '+', text: 'OK' });
    for (const [name, value] of [
      ['maxmemory', '104857600'],
      ['maxmemory-policy', 'allkeys-random'],
      ['maxclients', '7'],
      ['timeout', '60'],
      ['requirepass', 'secret'],
    ] as const) {
      expect(await client.call('CONFIG', 'GET', name), name).toMatchObject({
        items: [{ text: name }, { text: value }],
      });
    }
    client.close();
  });

  it.each([
    [['serve', '--nonsense'], 64, /^ashlar: Unknown option '--nonsense'; see ashlar serve --help\n$/],
    [['serve', 'extra'], 64, /^ashlar: Unexpected argument 'extra'/],
    [['serve', '--port', 'abc'], 64, /^ashlar: --port takes an integer from 0 to 65535, got "abc"\n$/],
    [['serve', '--port', '65536'], 64, /^ashlar: --port takes an integer from 0 to 65535, got "65536"\n$/],
    [['serve', '--port'], 64, /^ashlar: Option '--port <value>' argument missing; see ashlar serve --help\n$/],
    [
      ['serve', '--http-port', '-1'],
      64,
      /^ashlar: Option '--http-port' argument is ambiguous; see ashlar serve --help\n$/,
    ],
    [
      ['serve', '--max-memory', 'lots'],
      64,
      /^ashlar: --max-memory takes bytes below 4 GiB, for example 268435456 or 256mb, got "lots"\n$/,
    ],
    [['serve', '--max-memory', '8gb'], 64, /^ashlar: --max-memory takes bytes below 4 GiB, .* got "8gb"\n$/],
    [
      ['serve', '--max-memory-policy', 'lru'],
      64,
      /^ashlar: --max-memory-policy takes one of noeviction, allkeys-random, .*allkeys-s3fifo, got "lru"\n$/,
    ],
    [['serve', '--max-clients', '0'], 64, /^ashlar: --max-clients takes an integer from 1 to 1000000, got "0"\n$/],
    [
      ['serve', '--port', '0', '--http-port', '0', '--host', '203.0.113.7'],
      69,
      /^ashlar: cannot listen on 203\.0\.113\.7:0: it is not an address of this machine \(--host chooses another\)\n$/,
    ],
    [
      ['serve', '--port', '0', '--http-port', '0', '--host', 'no.such.host.invalid'],
      69,
      /^ashlar: cannot listen on no\.such\.host\.invalid:0: it is not a known host \(--host chooses another\)\n$/,
    ],
    [
      ['serve', '--port', '0', '--http-port', '0', '--unix-socket', '/no/such/folder/a.sock'],
      69,
      /^ashlar: cannot listen on \/no\/such\/folder\/a\.sock: .*\(--unix-socket chooses another\)\n$/,
    ],
    [['nonsense'], 64, /^ashlar: unknown command "nonsense"; the commands are: serve, sim\n$/],
  ] as const)('refuses %j with one line', async (args, code, message) => {
    const { exit, errors, output } = await failure(...args);
    expect(errors).toMatch(message);
    expect(errors.trim().split('\n')).toHaveLength(1);
    expect(output).toBe('');
    expect(exit).toBe(code);
  });

  it('names the port that is taken, and the flag that chooses another', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const address = holder.address();
    const port = String(typeof address === 'object' ? address?.port : 0);
    const reason = `ashlar: cannot listen on 127.0.0.1:${port}: it is in use by another process`;
    expect(await failure('serve', '--port', port, '--http-port', '0')).toEqual({
      exit: 69,
      output: '',
      errors: `${reason} (--port chooses another)\n`,
    });
    expect(await failure('serve', '--port', '0', '--http-port', port)).toEqual({
      exit: 69,
      output: '',
      errors: `${reason} (--http-port chooses another)\n`,
    });
    holder.close();
  });

  it('shows help, and exits with 0', async () => {
    for (const args of [[], ['--help'], ['help'], ['serve', '--help']]) {
      const { exit, errors, output } = await failure(...args);
      expect({ exit, errors }, args.join(' ')).toEqual({ exit: 0, errors: '' });
      for (const flag of ['--port', '--http-port', '--host', '--unix-socket', '--max-memory', '--requirepass'])
        expect(output).toContain(flag);
    }
  });

  describe('on a unix socket', () => {
    it('serves, and takes the file away when it ends', async () => {
      const path = join(folder, 'a.sock');
      const run = await serve('--unix-socket', path);
      expect(run.output).toContain(`  redis  unix:${path}\n`);
      const client = await RawClient.open({ path });
      expect(await client.call('PING')).toEqual({ type: '+', text: 'PONG' });
      client.close();
      run.child.kill('SIGTERM');
      expect(await run.ended()).toBe(0);
      expect(existsSync(path)).toBe(false);
    });

    it('takes over the file of a server that was killed, but not that of one that lives, nor a file of another kind', async () => {
      const path = join(folder, 'b.sock');
      const first = await serve('--unix-socket', path);
      const taken = await failure('serve', '--port', '0', '--http-port', '0', '--unix-socket', path);
      expect(taken).toMatchObject({
        exit: 69,
        errors: `ashlar: cannot listen on ${path}: it is in use by another process, or a file of another kind (--unix-socket chooses another)\n`,
      });
      first.child.kill('SIGKILL');
      await first.ended();
      expect(existsSync(path)).toBe(true);
      await serve('--unix-socket', path);
      const client = await RawClient.open({ path });
      expect(await client.call('PING')).toEqual({ type: '+', text: 'PONG' });
      client.close();
      const file = join(folder, 'notes.txt');
      writeFileSync(file, 'mine');
      expect(await failure('serve', '--port', '0', '--http-port', '0', '--unix-socket', file)).toMatchObject({
        exit: 69,
      });
      expect(existsSync(file)).toBe(true);
    });
  });

  describe('over HTTP', () => {
    it('answers /health', async () => {
      const { http } = await serve();
      const response = await fetch(`${http}/health`);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('application/json');
      expect(await response.json()).toEqual({ status: 'ok', uptimeSeconds: expect.any(Number) });
    });

    it('exposes metrics that keep to the format, and count what was done', async () => {
      const { http, port } = await serve('--max-memory', '100mb');
      const before = parseExposition(await (await fetch(`${http}/metrics`)).text());
      const client = await RawClient.open({ port });
      await client.call('SET', 'k', 'v', 'EX', '100');
      await client.call('GET', 'k');
      await client.call('GET', 'none');
      await client.call('INFO');
      const response = await fetch(`${http}/metrics`);
      expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
      const after = parseExposition(await response.text());
      const change = (name: string) => (after.get(name)?.value ?? Number.NaN) - (before.get(name)?.value ?? Number.NaN);
      expect(change('ashlar_commands_total')).toBe(4);
      expect(change('ashlar_keyspace_hits_total')).toBe(1);
      expect(change('ashlar_keyspace_misses_total')).toBe(1);
      expect(change('ashlar_keys')).toBe(1);
      expect(change('ashlar_keys_with_expiry')).toBe(1);
      expect(change('ashlar_clients')).toBe(1);
      expect(change('ashlar_connections_accepted_total')).toBe(1);
      expect(after.get('ashlar_memory_max_bytes')?.value).toBe(104_857_600);
      expect(change('ashlar_read_duration_seconds_count')).toBe(4);
      expect(after.get('ashlar_read_duration_seconds_sum')?.value).toBeGreaterThan(0);
      client.close();
    });

    it('shows a status page, and says what there is instead where there is nothing', async () => {
      const { http, port } = await serve();
      const page = await fetch(`${http}/`);
      expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
      const html = await page.text();
      expect(html).toContain(`redis-cli -p ${port}`);
      expect(html).toContain('<th>connected_clients</th><td>0</td>');
      const missing = await fetch(`${http}/nosuch`);
      expect([missing.status, await missing.text()]).toEqual([404, 'not found; there are /, /health and /metrics\n']);
      const posted = await fetch(`${http}/health`, { method: 'POST', body: 'x' });
      expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
      const head = await fetch(`${http}/metrics`, { method: 'HEAD' });
      expect([head.status, await head.text()]).toEqual([200, '']);
    });

    it('lives on after requests that are none', async () => {
      const { http } = await serve();
      for (const text of [
        'GARBAGE\r\n\r\n',
        'GET // HTTP/1.1\r\nHost: [\r\n\r\n',
        'TRACE / HTTP/1.1\r\nHost: x\r\n\r\n',
        'GET / HTTP/9.9\r\n\r\n',
      ]) {
        const socket = connect(Number(http.split(':')[2]));
        socket.on('error', () => {});
        socket.end(text);
        socket.resume();
        await once(socket, 'close');
      }
      const odd = request(`${http}/health`, { headers: { host: 'a b' } });
      odd.on('error', () => {});
      odd.end();
      const [response] = (await once(odd, 'response')) as [{ statusCode: number; resume(): void }];
      response.resume();
      expect(response.statusCode).toBe(400);
      expect((await fetch(`${http}/health`)).status).toBe(200);
    });
  });
});
