/** Tasks in other threads: tiny ones, one after another and many at once, and a megabyte that is moved there and back. */

import { mkdtempSync, writeFileSync } from 'node:fs';
import * as modules from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Piscina } from 'piscina';
import type { Tinypool } from 'tinypool';
import type * as workerpool from 'workerpool';
import { WorkerPool } from '../../src/concurrency/worker-pool/index.js';
import { type BenchContext, type Contender, type ContenderKind, defineSuite } from '../harness/suite.js';
import type { tasks } from './worker-pool.worker.js';

const THREADS = 2;
const MEGABYTE = 1 << 20;
/** Rivals find their own workers beside themselves: they are not bundled. From build/bench/concurrency/. */
const load = modules.createRequire(new URL('../../../bench/package.json', import.meta.url));

/** A pool, whoever made it. */
interface Pool {
  add(n: number): PromiseLike<number>;
  touch(bytes: Uint8Array<ArrayBuffer>): PromiseLike<Uint8Array<ArrayBuffer>>;
  close(): unknown;
}

const POOLS: readonly [name: string, kind: ContenderKind, make: () => Pool][] = [
  ['WorkerPool', 'ours', ours],
  ['piscina', 'rival', () => piscina(1)],
  ['piscina, 64 tasks a thread', 'rival', () => piscina(64)],
  ['tinypool', 'rival', () => tinypool(1)],
  ['tinypool, 64 tasks a thread', 'rival', () => tinypool(64)],
  ['workerpool', 'rival', theirWorkerpool],
];

export const suite = defineSuite('concurrency/worker-pool', (bench) => {
  const turns = bench.smoke ? 20 : 1000;
  compare(bench, 'tiny tasks, one after another', turns, async (pool) => {
    let sum = 0;
    for (let i = 0; i < turns; i++) sum += await pool.add(i);
    return sum;
  });
  compare(bench, 'tiny tasks, all at once', turns, async (pool) => {
    const tasks: PromiseLike<number>[] = [];
    for (let i = 0; i < turns; i++) tasks.push(pool.add(i));
    let sum = 0;
    for (const task of tasks) sum += await task;
    return sum;
  });
  const moves = bench.smoke ? 2 : 100;
  compare(bench, 'a megabyte moved there and back', moves, async (pool) => {
    let bytes = new Uint8Array(MEGABYTE);
    for (let i = 0; i < moves; i++) bytes = await pool.touch(bytes);
    return bytes[0] as number;
  });
  compare(bench, 'a megabyte moved there and back, two at a time', moves, async (pool) => {
    const halves = await Promise.all(
      [0, 1].map(async () => {
        let bytes = new Uint8Array(MEGABYTE);
        for (let i = 0; i < moves / 2; i++) bytes = await pool.touch(bytes);
        return bytes[0] as number;
      }),
    );
    return (halves[0] as number) + (halves[1] as number);
  });
});

function compare(bench: BenchContext, operation: string, size: number, run: (pool: Pool) => Promise<number>): void {
  const contender = ([name, kind, make]: (typeof POOLS)[number]): Contender => ({
    name,
    kind,
    prepare: () => {
      const pool = make();
      return { run: () => run(pool), dispose: () => void pool.close() };
    },
  });
  bench.compare({ operation, size, distribution: `${THREADS} threads`, contenders: POOLS.map(contender) });
}

function ours(): Pool {
  const script = new URL('./worker-pool.worker.mjs', import.meta.url);
  const pool = new WorkerPool<typeof tasks>(script, { minThreads: THREADS, maxThreads: THREADS });
  const touch = pool.named('touch');
  return {
    add: pool.named('add'),
    touch: (bytes) => touch(bytes, { transfer: [bytes.buffer] }) as Promise<Uint8Array<ArrayBuffer>>,
    close: () => pool.close(),
  };
}

function piscina(concurrentTasksPerWorker: number): Pool {
  const { Piscina: Theirs } = load('piscina') as { Piscina: typeof Piscina };
  const filename = script(
    `
    const { move } = require(${JSON.stringify(load.resolve('piscina'))});
    exports.add = (n) => n + 1;
    exports.touch = (bytes) => { bytes[0]++; return move(bytes); };`,
    'cjs',
  );
  const threads = { minThreads: THREADS, maxThreads: THREADS };
  const pool = new Theirs({ filename, ...threads, concurrentTasksPerWorker, atomics: 'sync', recordTiming: false });
  return {
    add: (n) => pool.run(n, { name: 'add' }) as Promise<number>,
    touch: (bytes) =>
      pool.run(bytes, { name: 'touch', transferList: [bytes.buffer] }) as Promise<Uint8Array<ArrayBuffer>>,
    close: () => pool.destroy(),
  };
}

function tinypool(concurrentTasksPerWorker: number): Pool {
  const entry = pathToFileURL(join(load.resolve('piscina'), '../../../tinypool/dist/index.js')).href;
  const filename = script(`
    import { Tinypool } from '${entry}';
    export const add = (n) => n + 1;
    export const touch = (bytes) => { bytes[0]++; return Tinypool.move(bytes); };`);
  const threads = { minThreads: THREADS, maxThreads: THREADS };
  // It cannot be required.
  const pool = import(entry).then(
    ({ Tinypool: Theirs }: { Tinypool: typeof Tinypool }) =>
      new Theirs({ filename, ...threads, concurrentTasksPerWorker }),
  );
  let made: Tinypool | undefined;
  void pool.then((it) => {
    made = it;
  });
  const run = (input: unknown, options: { name: string; transferList?: readonly ArrayBuffer[] }): Promise<unknown> =>
    made === undefined ? pool.then((it) => it.run(input, options)) : made.run(input, options);
  return {
    add: (n) => run(n, { name: 'add' }) as Promise<number>,
    touch: (bytes) => run(bytes, { name: 'touch', transferList: [bytes.buffer] }) as Promise<Uint8Array<ArrayBuffer>>,
    close: () => pool.then((it) => it.destroy()),
  };
}

function theirWorkerpool(): Pool {
  const theirs = load('workerpool') as typeof workerpool;
  const file = script(
    `
    const workerpool = require(${JSON.stringify(load.resolve('workerpool'))});
    workerpool.worker({
      add: (n) => n + 1,
      touch: (bytes) => { bytes[0]++; return new workerpool.Transfer(bytes, [bytes.buffer]); },
    });`,
    'cjs',
  );
  const pool = theirs.pool(file, { minWorkers: THREADS, maxWorkers: THREADS, workerType: 'thread' });
  return {
    add: (n) => pool.exec('add', [n]) as PromiseLike<number>,
    touch: (bytes) => pool.exec('touch', [bytes], { transfer: [bytes.buffer] }) as PromiseLike<Uint8Array<ArrayBuffer>>,
    close: () => pool.terminate(true),
  };
}

function script(code: string, type: 'mjs' | 'cjs' = 'mjs'): string {
  const file = join(mkdtempSync(join(tmpdir(), 'ashlar-bench-')), `tasks.${type}`);
  writeFileSync(file, code);
  return file;
}
