import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { buildSync } from 'esbuild';
import { expect, it } from 'vitest';
import { describeReal } from '../support/real.js';

const root = resolve(import.meta.dirname, '../..');
const LIMIT_MS = 45_000;

const WORKER = `
  import { serve, transfer } from './src/concurrency/worker-pool/worker/index.ts';
  serve({
    double: (n) => 2 * n,
    fill: (bytes) => transfer(bytes.fill(7)),
    forever() { for (;;); },
    fail() { throw Object.assign(new RangeError('no'), { code: 'NO' }); },
    uncaught() { setTimeout(() => { throw new Error('nobody caught it'); }); return new Promise(() => {}); },
    loop(words, context) { while (!context.aborted) Atomics.add(words, 0, 1); Atomics.store(words, 1, 1); },
  });
`;
const PAGE = `
  import { WorkerPool } from './src/concurrency/worker-pool/index.ts';
  const report = { isolated: crossOriginIsolated };
  try {
    const pool = new WorkerPool(new URL('/worker.js', location.href), { maxThreads: 2, graceMs: 50 });
    const all = await Promise.all(Array.from({ length: 500 }, (_, i) => pool.run(i, { name: 'double' })));
    report.doubled = all.every((value, i) => value === 2 * i);
    let sum = 0;
    for (let i = 0; i < 200; i++) sum += await pool.run(i, { name: 'double' });
    report.sum = sum;
    const bytes = new Uint8Array(1 << 20);
    const filled = await pool.run(bytes, { name: 'fill', transfer: [bytes.buffer] });
    report.moved = [bytes.length, filled.length, filled[9]];
    report.large = await pool.run('x'.repeat(5000), { name: 'double' }).then(String);
    report.failed = await pool.run(0, { name: 'fail' }).catch((error) => [error instanceof RangeError, error.message, error.code]);
    report.lost = await pool.run(0, { name: 'uncaught' }).catch((error) => [error.code, error.cause.message]);
    report.killed = await pool.run(0, { name: 'forever', signal: AbortSignal.timeout(50) }).catch((error) => error.name);
    report.after = await pool.run(4, { name: 'double' });
    if (crossOriginIsolated) {
      const words = new Int32Array(new SharedArrayBuffer(8));
      await pool.run(words, { name: 'loop', timeoutMs: 50 }).catch(() => {});
      const end = Date.now() + 5000;
      while (words[1] === 0 && Date.now() < end) await new Promise((done) => setTimeout(done, 5));
      report.stopped = words[1];
    }
    await pool.close();
    report.threads = pool.stats().threads;
  } catch (error) {
    report.error = String(error.stack);
  }
  await fetch('/report', { method: 'POST', body: JSON.stringify(report) });
`;

function bundled(contents: string): string {
  const { outputFiles } = buildSync({
    stdin: { contents, resolveDir: root, loader: 'ts' },
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    write: false,
    logLevel: 'error',
  });
  return (outputFiles[0] as { text: string }).text;
}

/** What the page in a fresh browser reports. */
async function reportOf(chromium: string, isolated: boolean): Promise<Record<string, unknown>> {
  const files: Record<string, [string, string]> = {
    '/': ['text/html', '<!doctype html><script type="module" src="/page.js"></script>'],
    '/page.js': ['text/javascript', bundled(PAGE)],
    '/worker.js': ['text/javascript', bundled(WORKER)],
  };
  const headers = isolated
    ? { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' }
    : {};
  let told: (report: Record<string, unknown>) => void = () => {};
  const report = new Promise<Record<string, unknown>>((done) => {
    told = done;
  });
  const server = createServer((request, response: ServerResponse) => {
    if (request.method === 'POST') {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        response.end();
        told(JSON.parse(body));
      });
      return;
    }
    const file = files[request.url ?? ''];
    response.writeHead(file === undefined ? 404 : 200, { 'content-type': file?.[0] ?? 'text/plain', ...headers });
    response.end(file?.[1] ?? '');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as { port: number };
  const profile = mkdtempSync(join(tmpdir(), 'ashlar-chromium-'));
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'];
  const browser = spawn(chromium, [...flags, `--user-data-dir=${profile}`, `http://127.0.0.1:${port}/`], {
    stdio: 'ignore',
    // A group of its own: its processes are many, and all end with it.
    detached: true,
  });
  const ended = new Promise((done) => browser.once('exit', done));
  let limit: ReturnType<typeof setTimeout> | undefined;
  try {
    return await Promise.race([
      report,
      new Promise<never>((_, fail) => {
        limit = setTimeout(() => fail(new Error(`the page reported nothing in ${LIMIT_MS} ms`)), LIMIT_MS);
      }),
    ]);
  } finally {
    clearTimeout(limit);
    endGroup(browser.pid);
    await ended;
    server.close();
    server.closeAllConnections();
    await removed(profile);
  }
}

function endGroup(id: number | undefined): void {
  if (id === undefined) return;
  try {
    process.kill(-id, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/** Processes of the browser may write to its profile a moment longer than it lives. */
async function removed(folder: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return rmSync(folder, { recursive: true, force: true });
    } catch (error) {
      if (tries === 50) throw error;
      await new Promise((done) => setTimeout(done, 50));
    }
  }
}

describeReal('chromium', 'WorkerPool in Chromium', (chromium) => {
  for (const isolated of [true, false]) {
    it(`runs tasks in web workers, ${isolated ? 'through shared memory' : 'by messages'}`, async () => {
      const report = await reportOf(chromium, isolated);
      expect(report).toEqual({
        isolated,
        doubled: true,
        sum: 39_800,
        moved: [0, 1 << 20, 7],
        large: 'NaN',
        failed: [true, 'no', 'NO'],
        lost: ['THREAD_LOST', expect.stringContaining('nobody caught it')],
        killed: 'TimeoutError',
        after: 8,
        ...(isolated ? { stopped: 1 } : {}),
        threads: 0,
      });
    });
  }
});
