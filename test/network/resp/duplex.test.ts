/** The server without sockets: over a pair of web streams. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DuplexPair, duplexPair, RedisServer } from '../../../src/network/resp/index.js';
import { encodeRequest } from '../../support/resp.js';
import { until } from '../../support/server.js';

/** Reads a stream until `enough` says so or it ends; the bytes as a binary string. */
async function readUntil(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  enough: (text: string) => boolean,
): Promise<string> {
  let text = '';
  while (!enough(text)) {
    const { value, done } = await reader.read();
    if (done) break;
    text += Buffer.from(value).toString('latin1');
  }
  return text;
}

describe('RedisServer over duplexPair', () => {
  let server: RedisServer;
  let pair: DuplexPair;
  let reader: ReadableStreamDefaultReader<Uint8Array>;
  let writer: WritableStreamDefaultWriter<Uint8Array>;

  beforeEach(() => {
    server = new RedisServer();
    pair = duplexPair();
    server.accept(pair.connection);
    reader = pair.readable.getReader();
    writer = pair.writable.getWriter();
  });

  afterEach(() => server.close(0));

  it('answers requests, however they are cut', async () => {
    const bytes = Buffer.concat([
      encodeRequest(['SET', 'k', 'v']),
      encodeRequest(['GET', 'k']),
      Buffer.from('PING\r\n'),
    ]);
    for (const byte of bytes) await writer.write(Uint8Array.of(byte));
    expect(await readUntil(reader, (text) => text.endsWith('+PONG\r\n'))).toBe('+OK\r\n$1\r\nv\r\n+PONG\r\n');
  });

  it('takes a chunk larger than its read buffer', async () => {
    const value = 'x'.repeat(1_000_000);
    const written = writer.write(encodeRequest(['SET', 'big', value]));
    expect(await readUntil(reader, (text) => text.length >= 5)).toBe('+OK\r\n');
    await written;
    await writer.write(encodeRequest(['GET', 'big']));
    const wanted = `$1000000\r\n${value}\r\n`;
    expect(await readUntil(reader, (text) => text.length >= wanted.length)).toBe(wanted);
  });

  it('stops taking requests from a client that does not read, and answers all of them once it does', async () => {
    const value = 'v'.repeat(10_000);
    await writer.write(encodeRequest(['SET', 'k', value]));
    expect(await readUntil(reader, (text) => text === '+OK\r\n')).toBe('+OK\r\n');
    const rounds = 2000;
    let written = 0;
    const writing = (async () => {
      for (let i = 0; i < rounds; i++) {
        await writer.write(Buffer.concat([encodeRequest(['GET', 'k']), encodeRequest(['ECHO', String(i)])]));
        written++;
      }
    })();
    await until('the server holds the writer back', () => written > 50 && pair.connection.pendingBytes > 1 << 20);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const behind = written;
    expect(behind).toBeLessThan(rounds / 2);
    expect(pair.connection.pendingBytes).toBeLessThan(4 << 20);
    const item = (i: number) => `$10000\r\n${value}\r\n$${String(i).length}\r\n${i}\r\n`;
    const wanted = Array.from({ length: rounds }, (_, i) => item(i)).join('');
    const got = await readUntil(reader, (text) => text.length >= wanted.length);
    expect(got === wanted).toBe(true);
    await writing;
  });

  it('answers everything that was written before the client closed its side', async () => {
    const requests = Buffer.concat(
      Array.from({ length: 500 }, (_, i) => encodeRequest(['ECHO', `${i}`.padEnd(9000, '.')])),
    );
    const written = writer.write(requests).then(() => writer.close());
    const text = await readUntil(reader, () => false);
    await written;
    expect(text.length).toBe(500 * (9000 + '$9000\r\n\r\n'.length));
    expect(text.includes(`$9000\r\n${'499'.padEnd(9000, '.')}\r\n`)).toBe(true);
    await until('the server forgets the client', () => server.stats().clients === 0);
  });

  it('ends both streams after QUIT, and refuses what is written then', async () => {
    await writer.write(Buffer.from('PING\r\nQUIT\r\n'));
    expect(await readUntil(reader, () => false)).toBe('+PONG\r\n+OK\r\n');
    await until('the server forgets the client', () => server.stats().clients === 0);
    await expect(writer.write(Buffer.from('PING\r\n'))).rejects.toThrow('The server closed the connection');
  });

  it.each(['abort', 'cancel'] as const)(
    'forgets a client that ends by %s, with a half request and unread replies',
    async (how) => {
      const before = server.stats().usedBytes;
      await writer.write(
        Buffer.concat([
          encodeRequest(['ECHO', 'x'.repeat(50_000)]),
          Buffer.from(`*2\r\n$4\r\nECHO\r\n$900000\r\n${'y'.repeat(300_000)}`),
        ]),
      );
      expect(server.stats().usedBytes).toBeGreaterThan(before + 300_000);
      if (how === 'abort') await writer.abort(new Error('gone'));
      else await reader.cancel();
      await until('the server forgets the client', () => server.stats().clients === 0);
      expect(server.stats().usedBytes).toBe(before);
      server.check();
    },
  );

  it('ends the streams when the server closes', async () => {
    await writer.write(Buffer.from('PING\r\n'));
    const closing = server.close();
    expect(await readUntil(reader, () => false)).toBe('+PONG\r\n');
    await closing;
    await expect(writer.write(Buffer.from('PING\r\n'))).rejects.toThrow('The server closed the connection');
  });

  it('closes a connection that comes after its end at once', async () => {
    await server.close();
    const late = duplexPair();
    server.accept(late.connection);
    expect(await late.readable.getReader().read()).toEqual({ value: undefined, done: true });
    await expect(server.listen(0)).rejects.toThrow('The server was closed');
  });

  it('refuses chunks that are no bytes', async () => {
    await expect(writer.write('PING\r\n' as unknown as Uint8Array)).rejects.toThrow(
      /takes Uint8Array chunks, got string/,
    );
  });
});
