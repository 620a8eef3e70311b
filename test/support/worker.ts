/** Worker threads whose code is TypeScript over the project's own sources. */

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { buildSync } from 'esbuild';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** Bundles a program, whose imports are paths from the project's root, and returns the file. */
export function workerFile(source: string): string {
  const outfile = join(mkdtempSync(join(tmpdir(), 'ashlar-worker-')), 'worker.mjs');
  buildSync({
    stdin: { contents: source, resolveDir: root, loader: 'ts' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    outfile,
    logLevel: 'error',
  });
  return outfile;
}

/** Starts a worker with this data; resolves with its first message, rejects when it fails or ends without one. */
export function runWorker<T>(file: string, workerData: unknown): { worker: Worker; answer: Promise<T> } {
  const worker = new Worker(file, { workerData });
  const answer = new Promise<T>((done, fail) => {
    worker.once('message', done);
    worker.once('error', fail);
    worker.once('exit', (code) => fail(new Error(`the worker ended with ${code} and said nothing`)));
  });
  return { worker, answer };
}
