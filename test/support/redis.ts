/** A real redis-server for tests, on a free loopback port, ended with the test. */

import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { RawClient } from './resp.js';

export interface RealRedis {
  readonly port: number;
  stop(): Promise<void>;
}

/** Ports tried before giving up: one that was free a moment ago may be taken. */
const MAX_PORTS = 5;

export async function startRedis(path: string, ...flags: string[]): Promise<RealRedis> {
  for (let tries = 1; ; tries++) {
    try {
      return await startOn(await freePort(), path, flags);
    } catch (error) {
      if (tries === MAX_PORTS) throw error;
    }
  }
}

async function startOn(port: number, path: string, flags: readonly string[]): Promise<RealRedis> {
  const child = spawn(
    path,
    ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', ...flags],
    {
      stdio: 'ignore',
    },
  );
  await untilReady(port, child);
  return {
    port,
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve());
        child.kill('SIGTERM');
      }),
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

async function untilReady(port: number, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    if (child.exitCode !== null) throw new Error(`redis-server ended with exit code ${child.exitCode}`);
    try {
      const client = await RawClient.open({ port });
      const reply = await client.call('PING');
      client.close();
      // Any answer will do: a server with a password answers an error.
      if (reply.type === '+' || reply.type === '-') return;
    } catch {
      // Not listening yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  child.kill('SIGKILL');
  throw new Error('redis-server did not become ready within twenty seconds');
}
