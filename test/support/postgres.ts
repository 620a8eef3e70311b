/** A real PostgreSQL for tests: on a free loopback port, in a fresh folder, ended with the test. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface RealPostgres {
  readonly port: number;
  /** Ends it as an operator would in a hurry: connections are cut. */
  stop(): Promise<void>;
  /** Starts it again, at the same port. */
  start(): Promise<void>;
  /** Ends it and removes its data. */
  dispose(): Promise<void>;
}

const READY_MS = 20_000;

/** @param path of the program `postgres`; `initdb` stands beside it */
export async function startPostgres(path: string): Promise<RealPostgres> {
  const bin = dirname(path);
  const folder = mkdtempSync(join(tmpdir(), 'ashlar-postgres-'));
  const data = join(folder, 'data');
  // It refuses to run as root.
  const who = process.getuid?.() === 0 ? unprivileged() : undefined;
  if (who !== undefined) chownSync(folder, who.uid, who.gid);
  const flags = ['-D', data, '-U', 'ashlar', '-A', 'trust', '--no-sync', '-E', 'UTF8'];
  const made = spawnSync(join(bin, 'initdb'), flags, { ...who, cwd: folder, encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr || made.error?.message}`);
  const port = await freePort();
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const settings = ['fsync=off', 'listen_addresses=127.0.0.1', `port=${port}`, 'unix_socket_directories='];
    const args = ['-D', data, ...settings.flatMap((setting) => ['-c', setting])];
    child = spawn(join(bin, 'postgres'), args, { ...who, cwd: folder, stdio: 'ignore' });
    await untilAnswers(port, child);
  };
  const stop = async (): Promise<void> => {
    const running = child;
    child = undefined;
    if (running === undefined || running.exitCode !== null) return;
    const ended = new Promise((done) => running.once('exit', done));
    // Fast shutdown: it does not wait for who is connected.
    running.kill('SIGINT');
    await ended;
  };
  await start();
  return {
    port,
    start,
    stop,
    async dispose() {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function unprivileged(): { uid: number; gid: number } {
  const id = (flag: string): number => Number(spawnSync('id', [flag, 'nobody'], { encoding: 'utf8' }).stdout);
  return { uid: id('-u'), gid: id('-g') };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** Until it answers a request for encryption, with its one letter: it takes connections only when it is ready for them. */
async function untilAnswers(port: number, child: ChildProcess): Promise<void> {
  const end = Date.now() + READY_MS;
  while (Date.now() < end) {
    if (child.exitCode !== null) throw new Error(`postgres ended with exit code ${child.exitCode}`);
    if (await answers(port)) return;
    await new Promise((done) => setTimeout(done, 25));
  }
  child.kill('SIGKILL');
  throw new Error(`postgres was not ready within ${READY_MS} ms`);
}

function answers(port: number): Promise<boolean> {
  return new Promise((done) => {
    // A startup message of protocol 3 for the user: while it starts up it answers with an error ("E"), then it asks ("R").
    const parameters = Buffer.from('user\0ashlar\0database\0postgres\0\0');
    const message = Buffer.alloc(8 + parameters.length);
    message.writeInt32BE(message.length, 0);
    message.writeInt32BE(196_608, 4);
    parameters.copy(message, 8);
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(message));
    socket.once('data', (bytes) => {
      done(bytes[0] === 'R'.charCodeAt(0));
      socket.destroy();
    });
    socket.once('error', () => done(false));
    socket.once('close', () => done(false));
  });
}
