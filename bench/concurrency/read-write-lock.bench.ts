/** Readers and writers: one after the other, and with many who wait. */

import { RWLock } from 'async-rwlock';
import { ReadWriteLock } from '../../src/concurrency/read-write-lock/index.js';
import { defineSuite } from '../harness/suite.js';

/** Takes and gives back, as each library spells it. */
interface Spelling {
  read(i: number): Promise<number>;
  write(i: number): Promise<number>;
}

/** One in so many writes. */
const WRITES = 10;

export const suite = defineSuite('concurrency/read-write-lock', (bench) => {
  const contenders = [
    { name: 'ReadWriteLock', kind: 'ours', make: ours },
    { name: 'async-rwlock', kind: 'rival', make: theirs },
  ] as const;
  const turns = bench.smoke ? 100 : 10_000;
  bench.compare({
    operation: 'take and give back, one by one',
    size: turns,
    distribution: '90 % reads',
    contenders: contenders.map(({ name, kind, make }) => ({
      name,
      kind,
      prepare: () => {
        const lock = make();
        return {
          run: async () => {
            let sum = 0;
            for (let i = 0; i < turns; i++) sum += await (i % WRITES === 0 ? lock.write(i) : lock.read(i));
            return sum;
          },
        };
      },
    })),
  });
  for (const size of bench.smoke ? [100] : [100, 10_000]) {
    bench.compare({
      operation: 'take all at once',
      size,
      distribution: '90 % reads',
      contenders: contenders.map(({ name, kind, make }) => ({
        name,
        kind,
        prepare: () => {
          const lock = make();
          return {
            run: async () => {
              const tasks: Promise<number>[] = [];
              for (let i = 0; i < size; i++) tasks.push(i % WRITES === 0 ? lock.write(i) : lock.read(i));
              let sum = 0;
              for (const task of tasks) sum += await task;
              return sum;
            },
          };
        },
      })),
    });
  }
});

function ours(): Spelling {
  const lock = new ReadWriteLock();
  return {
    async read(i) {
      const hold = await lock.read();
      hold.release();
      return i;
    },
    async write(i) {
      const hold = await lock.write();
      hold.release();
      return i;
    },
  };
}

function theirs(): Spelling {
  const lock = new RWLock();
  return {
    async read(i) {
      await lock.readLock();
      lock.unlock();
      return i;
    },
    async write(i) {
      await lock.writeLock();
      lock.unlock();
      return i;
    },
  };
}
