/** Work in other threads: typed by what the worker serves, with inputs that move, priorities, and an end by signal. */

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WorkerPool } from 'ashlar/concurrency/worker-pool';
import { buildSync } from 'esbuild';
import type { numbers } from './workers/numbers.js';

// The worker is TypeScript: a build makes a script of it. Plain JavaScript needs none of this, only
// new WorkerPool(new URL('./workers/numbers.js', import.meta.url)).
const script = join(mkdtempSync(join(tmpdir(), 'ashlar-example-')), 'numbers.mjs');
const source = fileURLToPath(new URL('./workers/numbers.ts', import.meta.url));
buildSync({ entryPoints: [source], outfile: script, bundle: true, format: 'esm', platform: 'node' });

await using pool = new WorkerPool<typeof numbers>(script, { maxThreads: 2, graceMs: 500 });

// Each range is a task; whichever thread is free takes the next.
const countPrimes = pool.named('countPrimes');
const ranges = Array.from({ length: 10 }, (_, i) => ({ from: i * 10_000, to: (i + 1) * 10_000 }));
const counts = await Promise.all(ranges.map((range) => countPrimes(range)));
console.log(
  'primes below 100000:',
  counts.reduce((sum, count) => sum + count),
);

// The buffer is moved there and back: nothing is copied, and `values` is empty here meanwhile.
const values = Float64Array.of(3, 1, 2);
const sorted = await pool.run(values, { name: 'sort', transfer: [values.buffer] });
console.log(values.length, sorted);

// A signal, or a timeout, ends any task. One that does not look is killed with its thread after `graceMs`.
try {
  await pool.run(undefined, { name: 'forever', timeoutMs: 50 });
} catch (error) {
  console.log((error as Error).message);
}

await pool.close();
const { completed, givenUp, threadsKilled } = pool.stats();
console.log({ completed, givenUp, threadsKilled });

// Prints:
// primes below 100000: 9592
// 0 Float64Array(3) [ 1, 2, 3 ]
// WorkerPool.run("forever") timed out after 50 ms
// { completed: 11, givenUp: 1, threadsKilled: 0 }
