/** Additions of one thread, and of two to the same counter. */

import { Worker } from 'node:worker_threads';
import { Arena } from '../../bindings/index.js';
import { SharedCounter } from '../../src/structures/shared-counter/index.js';
import { type BenchContext, type Contender, defineSuite } from '../harness/suite.js';
import type { CounterWork } from './shared-counter.worker.js';

export const suite = defineSuite('structures/shared-counter', (bench) => {
  for (const threads of [1, 2]) adding(bench, threads);
});

function adding(bench: BenchContext, threads: number): void {
  const operations = bench.smoke ? 2000 : 1_000_000;
  bench.compare({
    operation: 'add 1',
    size: threads,
    distribution: 'threads at once',
    operations,
    contenders: [
      contender('SharedCounter', 'ours', threads, operations, 16, false),
      contender('SharedCounter of one cell', 'ours', threads, operations, 1, false),
      contender('Atomics.add, 64 bits', 'native', threads, operations, 1, true),
    ],
  });
}

function contender(
  name: string,
  kind: Contender['kind'],
  threads: number,
  operations: number,
  cells: number,
  isNative: boolean,
): Contender {
  return {
    name,
    kind,
    prepare: () => {
      const arena = new Arena({ shared: true, maxBytes: 1 << 20 });
      new SharedCounter({ arena, name: 'counter', cells });
      const native = isNative ? new SharedArrayBuffer(8) : undefined;
      const workerData: CounterWork = { shared: arena.share(), ...(native && { native }) };
      const ready = Promise.all(Array.from({ length: threads }, () => started(workerData)));
      return {
        run: async () => {
          const workers = await ready;
          const done = workers.map(answer);
          for (const worker of workers) worker.postMessage(operations / threads);
          const counts = (await Promise.all(done)) as number[];
          return counts.reduce((sum, count) => sum + count, 0);
        },
        dispose: () => void ready.then((workers) => workers.map((worker) => worker.terminate())),
      };
    },
  };
}

async function started(workerData: CounterWork): Promise<Worker> {
  const worker = new Worker(new URL('./shared-counter.worker.mjs', import.meta.url), { workerData });
  await answer(worker);
  return worker;
}

function answer(worker: Worker): Promise<unknown> {
  return new Promise((resolve) => worker.once('message', resolve));
}
