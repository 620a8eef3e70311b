// Runtimes that are a command: this Node, Node 24, Deno, Bun.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const modules = join(import.meta.dirname, '../node_modules');
const TIMEOUT_MS = 120_000;

const RUNTIMES = [
  { name: 'node', binary: process.execPath, args: [] },
  { name: 'node require', binary: process.execPath, args: [], entry: 'entries/require.cjs' },
  { name: 'node 24', binary: join(modules, 'node-24-linux-x64/bin/node'), args: [] },
  {
    name: 'deno',
    binary: join(modules, '@deno/linux-x64-glibc/deno'),
    args: ['run', '--no-remote', '--no-prompt', '--allow-net=127.0.0.1'],
  },
  { name: 'bun', binary: join(modules, '@oven/bun-linux-x64/bin/bun'), args: ['run'] },
];

export async function* commands(project, wanted) {
  for (const { name, binary, args, entry = 'entries/process.js' } of RUNTIMES.filter((runtime) =>
    wanted(runtime.name),
  )) {
    if (!existsSync(binary)) {
      yield { runtime: name, missing: `no binary for ${process.platform}-${process.arch} at ${binary}` };
      continue;
    }
    const options = {
      cwd: project,
      timeout: TIMEOUT_MS,
      env: { ...process.env, DENO_NO_UPDATE_CHECK: '1', NO_COLOR: '1' },
    };
    let version = '';
    try {
      version = /\d+\.\d+\.\d+/.exec((await execute(binary, ['--version'], options)).stdout)?.[0] ?? '';
      const { stdout } = await execute(binary, [...args, entry], options);
      yield { runtime: name, version, report: JSON.parse(stdout.trim().split('\n').at(-1)) };
    } catch (error) {
      yield { runtime: name, version, error: `${error.message}\n${error.stderr ?? ''}` };
    }
  }
}
