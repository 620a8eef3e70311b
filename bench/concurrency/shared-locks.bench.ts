/** Locks between threads: in shared memory, and by asking a thread that owns them; beside those within one thread. */

import { Worker } from 'node:worker_threads';
import { Arena } from '../../bindings/index.js';
import { Mutex } from '../../src/concurrency/semaphore/index.js';
import { SharedMutex, SharedReadWriteLock, SharedSeqLock } from '../../src/concurrency/shared-locks/index.js';
import { type BenchContext, type Contender, defineSuite } from '../harness/suite.js';
import type { LockWork } from './shared-locks.worker.js';

export const suite = defineSuite('concurrency/shared-locks', (bench) => {
  alone(bench);
  contended(bench);
  records(bench);
});

function alone(bench: BenchContext): void {
  const operations = bench.smoke ? 20 : 20_000;
  bench.compare({
    operation: 'take and give back',
    size: 1,
    distribution: 'nobody else wants it',
    operations,
    contenders: [
      inArena('SharedMutex, sync', (arena) => {
        const mutex = new SharedMutex({ arena, name: 'mutex' });
        return () => {
          for (let i = 0; i < operations; i++) mutex.acquireSync().release();
          return operations;
        };
      }),
      inArena('SharedMutex, a promise each', (arena) => {
        const mutex = new SharedMutex({ arena, name: 'mutex' });
        return async () => {
          for (let i = 0; i < operations; i++) (await mutex.acquire()).release();
          return operations;
        };
      }),
      inArena('SharedReadWriteLock, to read', (arena) => {
        const lock = new SharedReadWriteLock({ arena, name: 'lock' });
        return () => {
          for (let i = 0; i < operations; i++) lock.readSync().release();
          return operations;
        };
      }),
      {
        name: 'Mutex, within one thread',
        kind: 'ours',
        prepare: () => {
          const mutex = new Mutex();
          return {
            run: async () => {
              for (let i = 0; i < operations; i++) (await mutex.acquire()).release();
              return operations;
            },
          };
        },
      },
      asking(operations),
    ],
  });
}

function contended(bench: BenchContext): void {
  const operations = bench.smoke ? 20 : 50_000;
  bench.compare({
    operation: 'two threads take and give back',
    size: 2,
    distribution: 'threads, as fast as they can',
    operations: 2 * operations,
    contenders: [both('SharedMutex', 'mutex', operations), both('SharedReadWriteLock, to read', 'read', operations)],
  });
}

function records(bench: BenchContext): void {
  const operations = bench.smoke ? 20 : 50_000;
  const bytes = 64;
  bench.compare({
    operation: 'read a record',
    size: bytes,
    distribution: 'bytes',
    operations,
    contenders: [
      inArena('SharedSeqLock', (arena) => {
        const record = new SharedSeqLock({ arena, name: 'record', bytes });
        const target = new Uint8Array(bytes);
        return () => {
          for (let i = 0; i < operations; i++) record.read(target);
          return operations;
        };
      }),
      inArena('SharedReadWriteLock and a copy', (arena) => {
        const lock = new SharedReadWriteLock({ arena, name: 'lock' });
        const source = new Uint8Array(new SharedArrayBuffer(bytes));
        const target = new Uint8Array(bytes);
        return () => {
          for (let i = 0; i < operations; i++) {
            const permit = lock.readSync();
            target.set(source);
            permit.release();
          }
          return operations;
        };
      }),
    ],
  });
}

function inArena(name: string, make: (arena: Arena) => () => number | Promise<number>): Contender {
  return { name, kind: 'ours', prepare: () => ({ run: make(new Arena({ shared: true, maxBytes: 1 << 20 })) }) };
}

function asking(operations: number): Contender {
  return {
    name: 'a thread that owns it, by MessagePort',
    kind: 'rival',
    prepare: () => {
      const ready = started({ shared: undefined as never, mode: 'owner' });
      return {
        run: async () => {
          const owner = await ready;
          for (let i = 0; i < operations; i++) {
            const mine = answer(owner);
            owner.postMessage('take');
            await mine;
            owner.postMessage('give');
          }
          return operations;
        },
        dispose: () => void ready.then((worker) => worker.terminate()),
      };
    },
  };
}

/** This thread and another. */
function both(name: string, mode: 'mutex' | 'read', operations: number): Contender {
  return {
    name,
    kind: 'ours',
    prepare: () => {
      const arena = new Arena({ shared: true, maxBytes: 1 << 20 });
      const mutex = mode === 'mutex' ? new SharedMutex({ arena, name: 'mutex' }) : undefined;
      const lock = mode === 'read' ? new SharedReadWriteLock({ arena, name: 'lock' }) : undefined;
      const ready = started({ shared: arena.share(), mode });
      return {
        run: async () => {
          const other = await ready;
          const done = answer(other);
          other.postMessage(operations);
          for (let i = 0; i < operations; i++) (mutex?.acquireSync() ?? lock?.readSync())?.release();
          return operations + ((await done) as number);
        },
        dispose: () => void ready.then((worker) => worker.terminate()),
      };
    },
  };
}

async function started(workerData: LockWork): Promise<Worker> {
  const worker = new Worker(new URL('./shared-locks.worker.mjs', import.meta.url), { workerData });
  await answer(worker);
  return worker;
}

function answer(worker: Worker): Promise<unknown> {
  return new Promise((resolve) => worker.once('message', resolve));
}
