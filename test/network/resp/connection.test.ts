/** Connections: how many, for how long, who they are, and which protocol they speak. */

import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { RedisServer, type RedisServerOptions } from '../../../src/network/resp/index.js';
import { describePair } from '../../support/pair.js';
import { encodeRequest, RawClient, type RawReply } from '../../support/resp.js';
import { until } from '../../support/server.js';
import { ManualTime } from '../../support/time.js';

const OK = { type: '+', text: 'OK' };

function textOf(reply: RawReply): string {
  return 'text' in reply
    ? reply.text
    : JSON.stringify(reply, (_, value) => (typeof value === 'bigint' ? String(value) : value));
}

/** The fields of one line of CLIENT LIST. */
function fieldsOf(line: string): Record<string, string> {
  return Object.fromEntries(
    line
      .trim()
      .split(' ')
      .map((pair) => pair.split(/=(.*)/s).slice(0, 2) as [string, string]),
  );
}

describe('connections', () => {
  let server: RedisServer;
  let time: ManualTime;

  async function start(options: RedisServerOptions = {}): Promise<RawClient> {
    time = new ManualTime();
    server = new RedisServer({ clock: time, timer: time, ...options });
    await server.listen(0);
    return open();
  }

  const open = () => RawClient.open({ port: server.port });

  afterEach(() => server.close(0));

  it('are refused beyond maxclients with an error, and a slot that is free again is used again', async () => {
    const first = await start({ maxClients: 2 });
    const second = await open();
    expect(await second.call('PING')).toEqual({ type: '+', text: 'PONG' });
    const third = await open();
    expect(await third.reply()).toEqual({ type: '-', text: 'ERR max number of clients reached' });
    await third.closed;
    expect(server.stats()).toMatchObject({ clients: 2, connectionsRejected: 1, connectionsAccepted: 2 });
    second.close();
    await until('the second is gone', () => server.stats().clients === 1);
    const fourth = await open();
    expect(await fourth.call('PING')).toEqual({ type: '+', text: 'PONG' });
    expect(await first.call('CONFIG', 'SET', 'maxclients', '3')).toEqual(OK);
    const fifth = await open();
    expect(await fifth.call('PING')).toEqual({ type: '+', text: 'PONG' });
  });

  it('are closed after the idle timeout, counted from their last request', async () => {
    const idle = await start({ timeoutSeconds: 10 });
    const busy = await open();
    await until('both are there', () => server.stats().clients === 2);
    for (let i = 0; i < 3; i++) {
      time.advance(4000);
      expect(await busy.call('PING')).toEqual({ type: '+', text: 'PONG' });
    }
    await idle.closed;
    expect(server.stats().clients).toBe(1);
    expect(await busy.call('CONFIG', 'SET', 'timeout', '0')).toEqual(OK);
    time.advance(1_000_000);
    expect(await busy.call('PING')).toEqual({ type: '+', text: 'PONG' });
  });

  it('that were ended are cut when the far end does not close them', async () => {
    await start();
    const socket = connect({ port: server.port, allowHalfOpen: true });
    await once(socket, 'connect');
    socket.resume();
    socket.write('QUIT\r\n');
    await once(socket, 'end');
    await until('one client is left', () => server.stats().clients === 1, 5000);
    socket.destroy();
  });

  it('answer what was sent before a half close', async () => {
    await start();
    const socket = connect({ port: server.port, allowHalfOpen: true });
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    socket.end(
      Buffer.concat([
        encodeRequest(['SET', 'k', 'x'.repeat(300_000)]),
        encodeRequest(['GET', 'k']),
        Buffer.from('PING\r\n'),
      ]),
    );
    await once(socket, 'close');
    expect(text.length).toBe('+OK\r\n'.length + '$300000\r\n\r\n'.length + 300_000 + '+PONG\r\n'.length);
  });

  it('answer what they are asked when the server closes meanwhile', async () => {
    server = new RedisServer();
    await server.listen(0);
    const { port } = server;
    const client = await open();
    await client.call('SET', 'k', 'v'.repeat(100_000));
    const count = 200;
    client.write(Buffer.concat(Array.from({ length: count }, () => encodeRequest(['GET', 'k']))));
    const closing = server.close();
    for (let i = 0; i < count; i++) expect((await client.reply()).type).toBe('$');
    await client.closed;
    await closing;
    await expect(RawClient.open({ port })).rejects.toThrow('ECONNREFUSED');
    await server.close();
  });

  it('cannot come by a listener that was asked for before the server closed', async () => {
    server = new RedisServer();
    const listening = server.listen(0);
    const closing = server.close();
    await expect(listening).rejects.toThrow('The server was closed');
    await closing;
    expect(server.port).toBe(0);
  });

  it('do not keep a server from closing that wait in the middle of a request', async () => {
    server = new RedisServer();
    await server.listen(0);
    const client = await open();
    client.write('*2\r\n$3\r\nGET\r\n$100\r\nabc');
    await until('it is read', () => server.stats().latency.count > 0);
    const from = performance.now();
    await server.close(200);
    expect(performance.now() - from).toBeLessThan(1500);
    await client.closed;
  });

  it('are described by CLIENT LIST and CLIENT INFO', async () => {
    const first = await start();
    const second = await open();
    expect(await first.call('CLIENT', 'SETNAME', 'worker-1')).toEqual(OK);
    expect(textOf(await first.call('CLIENT', 'GETNAME'))).toBe('worker-1');
    expect(await second.call('CLIENT', 'GETNAME')).toEqual({ type: '_' });
    for (const bad of ['two words', 'new\nline', 'ü']) {
      expect(textOf(await first.call('CLIENT', 'SETNAME', bad)), bad).toMatch(/^ERR Client names cannot contain/);
    }
    await first.call('CLIENT', 'SETINFO', 'LIB-NAME', 'ioredis');
    await first.call('CLIENT', 'SETINFO', 'lib-ver', '6.0.0');
    await first.call('CLIENT', 'NO-EVICT', 'on');
    expect(textOf(await first.call('CLIENT', 'NO-EVICT', 'perhaps'))).toBe('ERR syntax error');
    await first.call('GET', 'k');
    time.jump(7000);
    await second.call('SET', 'k', 'v');
    const lines = textOf(await second.call('CLIENT', 'LIST'))
      .trim()
      .split('\n')
      .map(fieldsOf);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatchObject({
      name: 'worker-1',
      age: '7',
      idle: '7',
      flags: 'e',
      db: '0',
      cmd: 'get',
      'lib-name': 'ioredis',
      'lib-ver': '6.0.0',
      resp: '2',
    });
    expect(lines[1]).toMatchObject({ name: '', idle: '0', cmd: 'client|list', laddr: `127.0.0.1:${server.port}` });
    expect(lines[1]?.addr).toMatch(/^127\.0\.0\.1:\d+$/);
    const own = fieldsOf(textOf(await second.call('CLIENT', 'INFO')));
    expect(own).toMatchObject({ id: lines[1]?.id, addr: lines[1]?.addr, cmd: 'client|info' });
    const id = textOf(await first.call('CLIENT', 'LIST', 'ID', String(lines[0]?.id), '999'));
    expect(id.trim().split('\n')).toHaveLength(1);
    expect(textOf(await first.call('CLIENT', 'LIST', 'TYPE', 'pubsub'))).toBe('');
    expect(textOf(await first.call('CLIENT', 'LIST', 'TYPE', 'nosuch'))).toBe("ERR Unknown client type 'nosuch'");
    expect(await first.call('CLIENT', 'ID')).toEqual({ type: ':', value: BigInt(lines[0]?.id ?? 0) });
  });

  it('are killed by id, by address and by type, and a killer gets its reply first', async () => {
    const killer = await start();
    const [a, b, c] = await Promise.all([open(), open(), open()]);
    const idOf = async (client: RawClient) => textOf(await client.call('CLIENT', 'ID')).match(/\d+/)?.[0] ?? '';
    expect(textOf(await killer.call('CLIENT', 'KILL', '10.0.0.1:1'))).toBe('ERR No such client');
    expect(await killer.call('CLIENT', 'KILL', 'ID', await idOf(a))).toEqual({ type: ':', value: 1n });
    await a.closed;
    const { addr } = fieldsOf(textOf(await b.call('CLIENT', 'INFO')));
    expect(await killer.call('CLIENT', 'KILL', addr ?? '')).toEqual(OK);
    await b.closed;
    expect(await killer.call('CLIENT', 'KILL', 'ADDR', addr ?? '')).toEqual({ type: ':', value: 0n });
    expect(await killer.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')).toEqual({ type: ':', value: 1n });
    await c.closed;
    expect(await killer.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'no')).toEqual({ type: ':', value: 1n });
    await killer.closed;
    await until('nobody is left', () => server.stats().clients === 0);
  });

  it('must authenticate where a password is set, and until then may nothing else', async () => {
    const client = await start({ requirePass: 'secret' });
    for (const args of [['GET', 'k'], ['SET', 'k', 'v'], ['CLIENT', 'LIST'], ['FLUSHALL'], ['PING']]) {
      expect(textOf(await client.call(...args)), args[0]).toBe('NOAUTH Authentication required.');
    }
    expect(textOf(await client.call('AUTH', 'wrong'))).toMatch(/^WRONGPASS /);
    expect(textOf(await client.call('HELLO', '3', 'AUTH', 'default', 'wrong'))).toMatch(/^WRONGPASS /);
    expect(textOf(await client.call('HELLO', '3'))).toMatch(/^NOAUTH HELLO must be called/);
    // A refused HELLO changes nothing.
    expect(textOf(await client.call('GET', 'k'))).toMatch(/^NOAUTH/);
    expect(await client.call('HELLO', '3', 'AUTH', 'default', 'secret', 'SETNAME', 'me')).toMatchObject({ type: '%' });
    expect(textOf(await client.call('CLIENT', 'GETNAME'))).toBe('me');
    expect(await client.call('GET', 'k')).toEqual({ type: '_' });
    const stranger = await open();
    expect(textOf(await stranger.call('GET', 'k'))).toMatch(/^NOAUTH/);
    expect(await client.call('CONFIG', 'SET', 'requirepass', '')).toEqual(OK);
    expect(await stranger.call('GET', 'k')).toEqual({ type: '_' });
  });

  it('is configured at run time: all parameters or none, with errors that name what is wrong', async () => {
    const client = await start();
    expect(await client.call('CONFIG', 'GET', 'maxmemory', 'maxmemory-p*')).toMatchObject({
      items: [{ text: 'maxmemory' }, { text: '0' }, { text: 'maxmemory-policy' }, { text: 'noeviction' }],
    });
    expect(await client.call('CONFIG', 'SET', 'maxmemory', '100mb', 'maxmemory-policy', 'allkeys-random')).toEqual(OK);
    expect(await client.call('CONFIG', 'GET', 'MAXMEMORY')).toMatchObject({ items: [{}, { text: '104857600' }] });
    const refused: [string[], RegExp][] = [
      [['timeout', '5', 'maxmemory', 'much'], /CONFIG SET failed .*'maxmemory'.*memory value/],
      [['timeout', '5', 'nosuch', '1'], /^ERR Unknown option .*'nosuch'/],
      [['timeout', '5', 'timeout', '6'], /duplicate parameter/],
      [['timeout', '5', 'databases', '2'], /can't set immutable config/],
      [['timeout', '-1'], /must be between 0 and 2147483647/],
      [['maxclients', '0'], /must be between 1 and/],
      [['maxmemory', '4gb'], /must be between 0 and 4294901760/],
      [
        ['maxmemory-policy', 'lru'],
        /one of the following: noeviction, allkeys-random, volatile-random, .*allkeys-s3fifo/,
      ],
      [['timeout'], /wrong number of arguments/],
      [['timeout', '1', 'maxmemory'], /^ERR syntax error$/],
    ];
    for (const [args, message] of refused)
      expect(textOf(await client.call('CONFIG', 'SET', ...args)), args.join(' ')).toMatch(message);
    expect(await client.call('CONFIG', 'GET', 'timeout', 't[hi]meout')).toMatchObject({
      items: [{ text: 'timeout' }, { text: '0' }],
    });
    expect(await client.call('CONFIG', 'RESETSTAT')).toEqual(OK);
    expect(server.stats()).toMatchObject({ hits: 0, connectionsAccepted: 0 });
  });

  it('get an error where a command fails on our side, and go on', async () => {
    let callsUntilFailure = Number.POSITIVE_INFINITY;
    const clock = {
      now: () => {
        if (--callsUntilFailure === 0) throw new Error('the clock\nstopped');
        return 1_700_000_000_000;
      },
      monotonic: () => 0,
    };
    const client = await start({ clock });
    // The engine asks once for each call of the kernel, TIME asks again.
    callsUntilFailure = 2;
    client.write(Buffer.concat([encodeRequest(['TIME']), encodeRequest(['SET', 'k', 'v']), encodeRequest(['TIME'])]));
    expect(await client.reply()).toEqual({ type: '-', text: 'ERR internal error: the clock stopped' });
    expect(await client.reply()).toEqual(OK);
    expect(await client.reply()).toMatchObject({ items: [{ text: '1700000000' }, { text: '0' }] });
  });

  it('get an INFO that parses: sections, then names and values', async () => {
    const client = await start();
    await client.call('SET', 'k', 'v', 'EX', '100');
    await client.call('GET', 'k');
    await client.call('GET', 'none');
    const sections = new Map<string, Map<string, string>>();
    let current = new Map<string, string>();
    for (const line of textOf(await client.call('INFO')).split('\r\n')) {
      if (line.startsWith('# ')) {
        current = new Map();
        sections.set(line.slice(2), current);
      } else if (line !== '') {
        expect(line).toMatch(/^[a-z0-9_]+:.*$/);
        current.set(line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1));
      }
    }
    expect([...sections.keys()]).toEqual([
      'Server',
      'Clients',
      'Memory',
      'Persistence',
      'Stats',
      'Replication',
      'Cluster',
      'Keyspace',
    ]);
    expect(sections.get('Stats')).toEqual(
      new Map([...(sections.get('Stats') ?? []), ['keyspace_hits', '1'], ['keyspace_misses', '1']]),
    );
    expect(sections.get('Keyspace')?.get('db0')).toBe('keys=1,expires=1,avg_ttl=0');
    expect(sections.get('Server')?.get('tcp_port')).toBe(String(server.port));
    expect(textOf(await client.call('INFO', 'keyspace', 'CLUSTER'))).toBe(
      '# Cluster\r\ncluster_enabled:0\r\n\r\n# Keyspace\r\ndb0:keys=1,expires=1,avg_ttl=0\r\n',
    );
    expect(textOf(await client.call('INFO', 'nosuch'))).toBe('');
  });
});

describe('options', () => {
  it.each([
    [{ maxMemory: -1 }, 'maxMemory must be an integer from 0 to 4294901760, got -1'],
    [{ maxMemory: 5e9 }, 'maxMemory must be an integer from 0 to 4294901760, got 5000000000'],
    [{ maxClients: 0 }, 'maxClients must be an integer from 1 to 4294967295, got 0'],
    [{ timeoutSeconds: 0.5 }, 'timeoutSeconds must be an integer from 0 to 2147483647, got 0.5'],
    [
      { maxMemoryPolicy: 'lru' as 'noeviction' },
      /^maxMemoryPolicy must be one of noeviction, allkeys-random, .*allkeys-s3fifo, got lru$/,
    ],
  ])('that are out of range are refused at once: %o', (options, message) => {
    expect(() => new RedisServer(options)).toThrow(RangeError);
    expect(() => new RedisServer(options)).toThrow(message);
  });
});

describePair('RESP3, against a real redis-server', (pair) => {
  let theirs: RawClient;
  let ours: RawClient;

  beforeAll(async () => {
    [theirs, ours] = await pair().open();
  });

  afterAll(() => {
    theirs.close();
    ours.close();
  });

  it('HELLO answers the same map, but for the id', async () => {
    // The version that is really there may be later than the one whose behaviour ours has.
    const settled = (reply: RawReply) => {
      const items = 'items' in reply ? reply.items : [];
      return {
        type: reply.type,
        items: items.map((item, i) => (/^(?:id|version)$/.test(textOf(items[i - 1] ?? item)) ? 'its own' : item)),
      };
    };
    for (const args of [['HELLO'], ['HELLO', '2'], ['HELLO', '3'], ['HELLO', '3', 'SETNAME', 'x'], ['HELLO']]) {
      const [expected, actual] = await Promise.all([theirs.call(...args), ours.call(...args)]);
      expect(settled(actual), args.join(' ')).toEqual(settled(expected));
    }
  });

  it('answers errors of HELLO alike', async () => {
    for (const args of [
      ['HELLO', '4'],
      ['HELLO', 'x'],
      ['HELLO', '3', 'BAD'],
      ['HELLO', '3', 'AUTH', 'u'],
      ['HELLO', '2', 'SETNAME', 'a b'],
      ['HELLO', '2', 'AUTH', 'nosuch', 'x'],
    ]) {
      const [expected, actual] = await Promise.all([theirs.call(...args), ours.call(...args)]);
      expect(actual, args.join(' ')).toEqual(expected);
    }
  });

  it('gives nulls, maps, sets and verbatim texts where Redis does', async () => {
    for (const client of [theirs, ours]) await client.call('HELLO', '3');
    for (const client of [theirs, ours]) await client.call('SET', 'k', 'v');
    const exact = [
      ['GET', 'none'],
      ['GET', 'k'],
      ['MGET', 'k', 'none'],
      ['SET', 'k', 'w', 'NX'],
      ['SET', 'k', 'w', 'GET'],
      ['GETSET', 'none2', 'x'],
      ['GETDEL', 'none'],
      ['GETEX', 'none'],
      ['DEL', 'none2'],
      ['RANDOMKEY'],
      ['SCAN', '0'],
      ['KEYS', '*'],
      ['CONFIG', 'GET', 'maxmemory-policy'],
      ['CONFIG', 'GET', 'appendonly'],
      ['OBJECT', 'ENCODING', 'none'],
      ['MEMORY', 'USAGE', 'none'],
      ['COMMAND', 'INFO', 'nosuch'],
      ['COMMAND', 'DOCS', 'nosuch'],
      ['COMMAND', 'COUNT', 'x'],
      ['CLIENT', 'GETNAME'],
      ['INCRBYFLOAT', 'f', '0.1'],
      ['FLUSHALL'],
      ['RANDOMKEY'],
    ];
    for (const args of exact) {
      const [expected, actual] = await Promise.all([theirs.call(...args), ours.call(...args)]);
      expect(actual, args.join(' ')).toEqual(expected);
    }
    for (const args of [
      ['INFO'],
      ['CLIENT', 'LIST'],
      ['CLIENT', 'INFO'],
      ['COMMAND', 'INFO', 'get'],
      ['COMMAND', 'DOCS', 'get'],
      ['TIME'],
    ]) {
      const [expected, actual] = await Promise.all([theirs.call(...args), ours.call(...args)]);
      expect(actual.type, args.join(' ')).toBe(expected.type);
      if (expected.type === '=') expect(textOf(actual).slice(0, 4)).toBe(textOf(expected).slice(0, 4));
    }
    for (const client of [theirs, ours]) await client.call('HELLO', '2');
    for (const args of [
      ['GET', 'none'],
      ['INFO', 'nosuch'],
      ['CONFIG', 'GET', 'save'],
      ['COMMAND', 'INFO', 'nosuch'],
    ]) {
      const [expected, actual] = await Promise.all([theirs.call(...args), ours.call(...args)]);
      expect(actual, args.join(' ')).toEqual(expected);
    }
  });
});
