// The `ashlar` command as npm installs it: a server started, asked and stopped as a user would.

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exchange } from '../entries/exchange.js';

const TIMEOUT_MS = 30_000;

export async function* installedCommand(project, wanted) {
  const runtime = 'ashlar serve';
  if (!wanted(runtime)) return;
  const { version, bin } = JSON.parse(readFileSync(join(project, 'node_modules/ashlar/package.json'), 'utf8'));
  if (bin?.ashlar === undefined) {
    yield { runtime, version, error: 'package.json has no command `ashlar`' };
    return;
  }
  const command = join(project, 'node_modules/.bin/ashlar');
  const started = performance.now();
  const checks = [];
  const check = async (name, body) => {
    try {
      await body();
      checks.push({ name });
    } catch (error) {
      checks.push({ name, error: String(error.stack) });
    }
  };
  await check('command: a mistake is one line and a failure', async () => {
    const { code, output } = await start(command, 'serve', '--port', 'many').ended;
    expect(
      code !== 0 && output.trim().split('\n').length === 1 && output.includes('--port'),
      `exit ${code}: ${output}`,
    );
  });
  await check('command: serves RESP and HTTP, and stops when asked', async () => {
    const server = start(command, 'serve', '--port', '0', '--http-port', '0');
    try {
      const output = await server.printed(/http +http:\/\/\S+/);
      const port = Number(/redis +\S+:(\d+)/.exec(output)?.[1]);
      const reply = await exchange(port, 'SET a 1\r\nINCR a\r\n', '+OK\r\n:2\r\n'.length);
      expect(reply === '+OK\r\n:2\r\n', `reply: ${reply}`);
      const health = await fetch(new URL('/health', /http:\/\/\S+/.exec(output)[0]));
      expect(health.status === 200, `/health answered ${health.status}`);
      await health.arrayBuffer();
    } finally {
      server.child.kill('SIGTERM');
    }
    const { code, output } = await server.ended;
    expect(code === 0, `exit ${code}: ${output}`);
  });
  yield { runtime, version, report: { checks, withoutSnapshot: true, ms: performance.now() - started } };
}

function start(command, ...args) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const timer = setTimeout(() => child.kill('SIGKILL'), TIMEOUT_MS);
  let output = '';
  const listeners = new Set();
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text) => {
      output += text;
      for (const listener of listeners) listener();
    });
  }
  const ended = new Promise((done, failed) => {
    child.on('error', failed);
    child.on('close', (code) => {
      clearTimeout(timer);
      done({ code, output });
    });
  });
  const printed = (pattern) =>
    new Promise((done, failed) => {
      const look = () => pattern.test(output) && done(output);
      listeners.add(look);
      ended.then(() => failed(new Error(`ended without printing ${pattern}: ${output}`)), failed);
      look();
    });
  return { child, ended, printed };
}

function expect(condition, message) {
  if (!condition) throw new Error(message);
}
