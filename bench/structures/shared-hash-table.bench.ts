/** One hash table for several threads: how it scales, and against asking the thread that owns a Map. */

import { Worker } from 'node:worker_threads';
import { Arena } from '../../bindings/index.js';
import { SharedHashTable } from '../../src/structures/shared-hash-table/index.js';
import { type BenchContext, type Contender, defineSuite } from '../harness/suite.js';
import { keyOf, type TableWork, VALUE } from './shared-hash-table.worker.js';

const KEYS = 100_000;

export const suite = defineSuite('structures/shared-hash-table', (bench) => {
  scaling(bench);
  asking(bench);
});

function filled(): { arena: Arena; table: SharedHashTable } {
  const arena = new Arena({ shared: true, maxBytes: 64 << 20 });
  const table = new SharedHashTable({ arena, name: 'table', maxBytes: 32 << 20, segments: 64 });
  for (let i = 0; i < KEYS; i++) table.set(keyOf(i), VALUE);
  return { arena, table };
}

/** Every contender does the same number of operations in all; the time is that of all threads together. */
function scaling(bench: BenchContext): void {
  const operations = bench.smoke ? 4000 : 400_000;
  const contender = (count: number, kind: Contender['kind'], name: string): Contender => ({
    name,
    kind,
    prepare: () => {
      const { arena } = filled();
      const ready = Promise.all(
        Array.from({ length: count }, (_, i) => started({ shared: arena.share(), keys: KEYS, seed: i + 1 })),
      );
      return {
        run: async () => {
          const workers = await ready;
          const done = workers.map(answer);
          for (const worker of workers) worker.postMessage(operations / count);
          await Promise.all(done);
          return operations;
        },
        dispose: () => void ready.then((workers) => workers.map((worker) => worker.terminate())),
      };
    },
  });
  bench.compare({
    operation: '95 % get, 5 % set',
    size: KEYS,
    distribution: 'uniform, 64 segments',
    operations,
    contenders: [contender(2, 'ours', 'two threads'), contender(1, 'rival', 'one thread')],
  });
}

function asking(bench: BenchContext): void {
  const operations = bench.smoke ? 20 : 2000;
  const keys = Array.from({ length: operations }, (_, i) => (i * 7919) % KEYS);
  bench.compare({
    operation: 'get, one by one',
    size: KEYS,
    distribution: 'keys in turn',
    operations,
    contenders: [
      {
        name: 'SharedHashTable',
        kind: 'ours',
        prepare: () => {
          const { table } = filled();
          const bytes = keys.map(keyOf);
          return { run: () => bytes.reduce((sum, key) => sum + (table.get(key) as Uint8Array).length, 0) };
        },
      },
      {
        name: 'postMessage to the owner of a Map',
        kind: 'rival',
        prepare: () => {
          const ready = started({ keys: KEYS, seed: 1 });
          return {
            run: async () => {
              const owner = await ready;
              let sum = 0;
              for (const key of keys) {
                const got = answer(owner);
                owner.postMessage(key);
                sum += ((await got) as Uint8Array).length;
              }
              return sum;
            },
            dispose: () => void ready.then((worker) => worker.terminate()),
          };
        },
      },
    ],
  });
}

async function started(workerData: TableWork): Promise<Worker> {
  const worker = new Worker(new URL('./shared-hash-table.worker.mjs', import.meta.url), { workerData });
  await answer(worker);
  return worker;
}

function answer(worker: Worker): Promise<unknown> {
  return new Promise((resolve) => worker.once('message', resolve));
}
