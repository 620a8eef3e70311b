import { afterEach, describe, expect, it } from 'vitest';
import {
  CrashLoopError,
  ThreadLostError,
  WorkerPool,
  type WorkerPoolOptions,
} from '../../src/concurrency/worker-pool/index.js';
import { until } from '../support/server.js';
import { reasonOf } from '../support/signals.js';
import { workerFile } from '../support/worker.js';

const script = workerFile(`
  import { serve } from './src/concurrency/worker-pool/worker/index.ts';
  import { threadId } from 'node:worker_threads';
  let closed;
  const held = [];
  serve({
    double: (n) => n * 2,
    thread: () => threadId,
    exit: (code) => process.exit(typeof code === 'number' ? code : 1),
    haunt() { setTimeout(() => { for (;;); }, 10); },
    async exitLater(ms) { await new Promise((done) => setTimeout(done, ms)); process.exit(4); },
    uncaught() { setTimeout(() => { throw new RangeError('nobody caught it'); }); return new Promise(() => {}); },
    rejected() { void Promise.reject(new Error('nobody awaited it')); return new Promise(() => {}); },
    forever() { for (;;); },
    never: () => new Promise(() => {}),
    wait: (ms) => new Promise((done) => setTimeout(done, ms, threadId)),
    hoard() { const all = []; for (;;) all.push(new Array(10_000).fill(Math.random())); },
    keep() { held.push(new Array(1_000_000).fill(1.5)); return threadId; },
    // The first time it ends its thread, then it works.
    once(words) { if (Atomics.add(words, 0, 1) < 1) process.exit(9); return 'done'; },
    closer(words) { closed = words; },
    spin(words) { while (Atomics.load(words, 0) === 0); return threadId; },
  }, { onClose: () => { if (closed !== undefined) Atomics.store(closed, 0, 1); } });
`);
const broken = workerFile(`throw new Error('the script is broken');`);
const silent = workerFile(`setInterval(() => {}, 1000);`);

const pools: WorkerPool[] = [];

function poolOf(options: WorkerPoolOptions = {}, file = script): WorkerPool {
  const pool = new WorkerPool(file, { maxThreads: 1, ...options });
  pools.push(pool);
  return pool;
}

afterEach(async () => {
  for (const pool of pools.splice(0)) {
    pool.destroy();
    await pool.close();
  }
});

const words = () => new Int32Array(new SharedArrayBuffer(8));

describe('WorkerPool, when threads end', () => {
  for (const sharedMemory of [true, false]) {
    it(`rejects what ran in a thread that exits, and replaces it (shared memory: ${sharedMemory})`, async () => {
      const pool = poolOf({ sharedMemory });
      const error = (await reasonOf(pool.run(3, { name: 'exit' }))) as ThreadLostError;
      expect(error).toBeInstanceOf(ThreadLostError);
      expect([error.code, error.exitCode]).toEqual(['THREAD_LOST', 3]);
      expect(await pool.run(4, { name: 'double' })).toBe(8);
      expect(pool.stats()).toMatchObject({ threadsCrashed: 1, threadsStarted: 2, threads: 1 });
    });
  }

  it('gives an idle thread what another has ahead of it and cannot begin', async () => {
    const pool = poolOf({ minThreads: 2, maxThreads: 2 });
    await until('both threads are there', () => pool.stats().idle === 2);
    // Short tasks: threads are given some ahead.
    for (let i = 0; i < 200; i++) await pool.run(i, { name: 'double' });
    const stop = words();
    const held = pool.run(stop, { name: 'spin' });
    const tasks = Array.from({ length: 50 }, (_, i) => pool.run(i, { name: 'double' }));
    // One thread is held all the while: the other does everything.
    expect(await Promise.all(tasks)).toEqual(tasks.map((_, i) => 2 * i));
    expect(pool.stats().stolen).toBeGreaterThan(0);
    Atomics.store(stop, 0, 1);
    await held;
  });

  it('says what a thread threw that nobody caught', async () => {
    const pool = poolOf();
    const thrown = (await reasonOf(pool.run(0, { name: 'uncaught' }))) as ThreadLostError;
    expect(thrown.cause).toBeInstanceOf(RangeError);
    expect((thrown.cause as Error).message).toBe('nobody caught it');
    const rejected = (await reasonOf(pool.run(0, { name: 'rejected' }))) as ThreadLostError;
    expect((rejected.cause as Error).message).toBe('nobody awaited it');
  });

  it('outlives a thread that runs out of memory', async () => {
    const pool = poolOf({ resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4 } });
    const error = (await reasonOf(pool.run(0, { name: 'hoard' }))) as ThreadLostError;
    expect(error).toBeInstanceOf(ThreadLostError);
    expect(error.cause).toMatchObject({ code: 'ERR_WORKER_OUT_OF_MEMORY' });
    expect(await pool.run(4, { name: 'double' })).toBe(8);
  });

  it('kills a loop that does not end, and rejects with the reason at once', async () => {
    const pool = poolOf({ graceMs: 20 });
    await pool.run(1, { name: 'double' });
    const controller = new AbortController();
    const looping = reasonOf(pool.run(0, { name: 'forever', signal: controller.signal }));
    const next = pool.run(5, { name: 'double' });
    setTimeout(() => controller.abort('enough'), 20);
    expect(await looping).toBe('enough');
    expect(await next).toBe(10);
    expect(pool.stats()).toMatchObject({ threadsKilled: 1, threadsCrashed: 0 });
  });

  it('runs tasks of a lost thread elsewhere when they had not begun', async () => {
    const pool = poolOf();
    await Promise.all(Array.from({ length: 100 }, (_, i) => pool.run(i, { name: 'double' })));
    const lost = reasonOf(pool.run(1, { name: 'exit' }));
    const rest = Promise.all(Array.from({ length: 20 }, (_, i) => pool.run(i, { name: 'double' })));
    expect(await lost).toBeInstanceOf(ThreadLostError);
    expect(await rest).toEqual(Array.from({ length: 20 }, (_, i) => 2 * i));
  });

  it('runs a task again that is declared idempotent, as often as it may', async () => {
    const pool = poolOf({ crashDelayMs: 1 });
    const seen = words();
    expect(await pool.run(seen, { name: 'once', idempotent: true })).toBe('done');
    expect(seen[0]).toBe(2);
    expect(pool.stats().retried).toBe(1);
    const poison = reasonOf(pool.run(1, { name: 'exit', idempotent: true, maxAttempts: 3 }));
    expect(await poison).toBeInstanceOf(ThreadLostError);
    expect(pool.stats().retried).toBe(3);
  });

  it('does not run a task again whose input was moved', async () => {
    const pool = poolOf();
    const bytes = new Uint8Array(8);
    const lost = pool.run(bytes, { name: 'exit', idempotent: true, transfer: [bytes.buffer] });
    expect(await reasonOf(lost)).toBeInstanceOf(ThreadLostError);
    expect(pool.stats().retried).toBe(0);
  });

  it('takes others with it that ran beside what was killed', async () => {
    const pool = poolOf({ concurrency: 4, graceMs: 10 });
    const beside = reasonOf(pool.run(0, { name: 'never' }));
    const aborted = reasonOf(pool.run(0, { name: 'never', timeoutMs: 100 }));
    expect(await aborted).toMatchObject({ code: 'TIMEOUT' });
    expect(await beside).toBeInstanceOf(ThreadLostError);
  });

  it('stops starting threads that end at once, says so, and tries again later', async () => {
    const pool = poolOf({ maxCrashes: 3, crashDelayMs: 1, maxCrashDelayMs: 200 }, broken);
    const loops: unknown[] = [];
    pool.on('crashLoop', ({ error }) => loops.push(error));
    const error = (await reasonOf(pool.run(1))) as CrashLoopError;
    expect(error).toBeInstanceOf(CrashLoopError);
    expect([error.crashes, error.retryAfterMs, (error.cause as Error).message]).toEqual([3, 2, 'the script is broken']);
    expect(loops).toEqual([error]);
    expect(pool.stats()).toMatchObject({ threadsStarted: 3, threads: 0, failed: 1 });
    await new Promise((done) => setTimeout(done, 10));
    expect(await reasonOf(pool.run(1))).toMatchObject({ crashes: 4 });
  });

  it('gives a script up that serves nothing', async () => {
    const pool = poolOf({ startTimeoutMs: 300, maxCrashes: 1 }, silent);
    const error = (await reasonOf(pool.run(1))) as CrashLoopError;
    expect((error.cause as Error).message).toBe('the script served nothing within 300 ms');
  });

  it('says that a script is not there', async () => {
    const pool = poolOf({ maxCrashes: 1 }, '/nowhere/at-all.mjs');
    expect(await reasonOf(pool.run(1))).toBeInstanceOf(CrashLoopError);
  });

  it('replaces a thread that has run its number of tasks, and loses none', async () => {
    const pool = poolOf({ maxTasksPerThread: 10 });
    const threads = await Promise.all(Array.from({ length: 35 }, () => pool.run(0, { name: 'thread' })));
    const counts = [...new Set(threads)].map((thread) => threads.filter((each) => each === thread).length);
    expect(counts).toEqual([10, 10, 10, 5]);
    expect(pool.stats()).toMatchObject({ threadsRecycled: 3, threadsStarted: 4, completed: 35 });
  });

  it('replaces a thread whose heap has grown too large', async () => {
    const pool = poolOf({ maxHeapBytes: 20e6 });
    const first = await pool.run(0, { name: 'keep' });
    for (let i = 0; i < 6; i++) await pool.run(0, { name: 'keep' });
    await until('it was replaced', () => pool.stats().threadsRecycled > 0);
    expect(await pool.run(0, { name: 'thread' })).not.toBe(first);
  });

  it('lets a thread close in peace', async () => {
    const pool = poolOf();
    const closed = words();
    await pool.run(closed, { name: 'closer' });
    await pool.close();
    expect(closed[0]).toBe(1);
  });

  it('ends threads that have nothing to do, but for the least number', async () => {
    const pool = poolOf({ minThreads: 1, maxThreads: 3, idleTimeoutMs: 40 });
    await Promise.all([1, 2, 3].map(() => pool.run(30, { name: 'wait' })));
    expect(pool.stats().threads).toBeGreaterThan(1);
    await until('they have gone', () => pool.stats().threads === 1);
    expect(await pool.run(1, { name: 'double' })).toBe(2);
  });

  it('finds a thread that does not answer', async () => {
    const pool = poolOf({ minThreads: 1, healthCheckMs: 100 });
    const ended: string[] = [];
    pool.on('threadEnded', ({ why }) => ended.push(why));
    const id = await pool.run(0, { name: 'thread' });
    // Well threads stay.
    await new Promise((done) => setTimeout(done, 350));
    expect(await pool.run(0, { name: 'thread' })).toBe(id);
    expect(ended).toEqual([]);
    await pool.run(0, { name: 'haunt' });
    await until('it was killed', () => ended.includes('unhealthy'));
    expect(await pool.run(0, { name: 'thread' })).not.toBe(id);
  });

  it('is through with every task, whatever becomes of its threads', async () => {
    const pool = poolOf({ maxThreads: 2, concurrency: 2, graceMs: 5, crashDelayMs: 1, maxCrashes: 50 });
    const ends = await Promise.allSettled(
      Array.from({ length: 300 }, (_, i) => {
        if (i % 60 === 7) return pool.run(1, { name: 'exit' });
        if (i % 60 === 21) return pool.run(0, { name: 'never', timeoutMs: 5 });
        if (i % 60 === 40) return pool.run(2, { name: 'exitLater' });
        return pool.run(i, { name: 'double', idempotent: true, maxAttempts: 100 });
      }),
    );
    const wrong = ends.filter(
      (end, i) => ![7, 21, 40].includes(i % 60) && (end.status !== 'fulfilled' || end.value !== 2 * i),
    );
    expect(wrong).toEqual([]);
    expect(ends.filter(({ status }) => status === 'rejected').length).toBe(15);
    await pool.onIdle();
    expect(pool.stats()).toMatchObject({ queued: 0, running: 0 });
  });
});
