/** Permits and mutual exclusion: taken while free, and with many who wait. */

import { Mutex as RivalMutex, Semaphore as RivalSemaphore } from 'async-mutex';
import pLimit from 'p-limit';
import { Mutex, Semaphore } from '../../src/concurrency/semaphore/index.js';
import { defineSuite } from '../harness/suite.js';

const PERMITS = 4;

export const suite = defineSuite('concurrency/semaphore', (bench) => {
  const turns = bench.smoke ? 100 : 10_000;

  bench.compare({
    operation: 'mutex: acquire and release',
    size: turns,
    distribution: 'free',
    contenders: [
      {
        name: 'Mutex',
        kind: 'ours',
        prepare: () => {
          const mutex = new Mutex();
          return {
            run: async () => {
              let sum = 0;
              for (let i = 0; i < turns; i++) {
                const permit = await mutex.acquire();
                sum += i;
                permit.release();
              }
              return sum;
            },
          };
        },
      },
      {
        name: 'async-mutex',
        kind: 'rival',
        prepare: () => {
          const mutex = new RivalMutex();
          return {
            run: async () => {
              let sum = 0;
              for (let i = 0; i < turns; i++) {
                const release = await mutex.acquire();
                sum += i;
                release();
              }
              return sum;
            },
          };
        },
      },
    ],
  });

  bench.compare({
    operation: 'semaphore: use',
    size: turns,
    distribution: 'free',
    contenders: [
      { name: 'Semaphore', kind: 'ours', use: oursUse() },
      { name: 'async-mutex', kind: 'rival', use: theirsUse() },
      { name: 'p-limit', kind: 'rival', use: pLimit(PERMITS) },
    ].map(({ name, kind, use }) => ({
      name,
      kind: kind as 'ours' | 'rival',
      prepare: () => ({
        run: async () => {
          let sum = 0;
          for (let i = 0; i < turns; i++) sum += await use(async () => i);
          return sum;
        },
      }),
    })),
  });

  for (const size of bench.smoke ? [100] : [100, 10_000]) {
    bench.compare({
      operation: 'semaphore: use by all at once',
      size,
      distribution: `${PERMITS} permits`,
      contenders: [
        { name: 'Semaphore', kind: 'ours', use: oursUse() },
        { name: 'async-mutex', kind: 'rival', use: theirsUse() },
        { name: 'p-limit', kind: 'rival', use: pLimit(PERMITS) },
      ].map(({ name, kind, use }) => ({
        name,
        kind: kind as 'ours' | 'rival',
        prepare: () => ({
          run: async () => {
            const waits: Promise<number>[] = [];
            for (let i = 0; i < size; i++) waits.push(use(async () => i));
            let sum = 0;
            for (const wait of waits) sum += await wait;
            return sum;
          },
        }),
      })),
    });

    bench.compare({
      operation: 'mutex: acquire by all at once',
      size,
      distribution: 'each releases',
      contenders: [
        {
          name: 'Mutex',
          kind: 'ours',
          prepare: () => {
            const mutex = new Mutex({ maxQueue: size });
            const task = async (i: number): Promise<number> => {
              const permit = await mutex.acquire();
              permit.release();
              return i;
            };
            return { run: () => sumOf(size, task) };
          },
        },
        {
          name: 'async-mutex',
          kind: 'rival',
          prepare: () => {
            const mutex = new RivalMutex();
            const task = async (i: number): Promise<number> => {
              const release = await mutex.acquire();
              release();
              return i;
            };
            return { run: () => sumOf(size, task) };
          },
        },
      ],
    });
  }
});

type Use = (fn: () => Promise<number>) => Promise<number>;

function oursUse(): Use {
  const semaphore = new Semaphore(PERMITS);
  return (fn) => semaphore.use(fn);
}

function theirsUse(): Use {
  const semaphore = new RivalSemaphore(PERMITS);
  return (fn) => semaphore.runExclusive(fn);
}

async function sumOf(size: number, task: (i: number) => Promise<number>): Promise<number> {
  const tasks: Promise<number>[] = [];
  for (let i = 0; i < size; i++) tasks.push(task(i));
  let sum = 0;
  for (const each of tasks) sum += await each;
  return sum;
}
