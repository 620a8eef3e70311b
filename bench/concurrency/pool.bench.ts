/** Borrowing and giving back: what is idle, and with many who wait for few. */

import { createPool } from 'generic-pool';
import { Pool as Tarn } from 'tarn';
import { ConnectionPool, ObjectPool } from '../../src/concurrency/pool/index.js';
import { type BenchContext, type Contender, defineSuite } from '../harness/suite.js';

const MAX = 10;
const BORROWERS = 100;

interface Thing {
  uses: number;
}

/** Borrows, uses and gives back `turns` times. */
type Loop = (turns: number) => Promise<number>;

export const suite = defineSuite('concurrency/pool', (bench) => {
  const turns = bench.smoke ? 100 : 10_000;
  compare(bench, 'acquire and release', turns, 'idle', (loop) => loop(turns));
  compare(bench, 'acquire and release', turns, `${BORROWERS} borrowers, ${MAX} things`, async (loop) => {
    const loops = Array.from({ length: BORROWERS }, () => loop(turns / BORROWERS));
    let sum = 0;
    for (const each of loops) sum += await each;
    return sum;
  });
  bench.compare({
    operation: 'tryAcquire and release',
    size: turns,
    distribution: 'idle, without a promise',
    contenders: [
      {
        name: 'ObjectPool',
        kind: 'ours',
        prepare: () => {
          const pool = new ObjectPool<Thing>({ create: () => ({ uses: 0 }), max: MAX });
          return {
            run: () => {
              let sum = 0;
              for (let i = 0; i < turns; i++) {
                const lease = pool.tryAcquire();
                if (lease === undefined) throw new Error('nothing is idle');
                lease.value.uses++;
                sum++;
                lease.release();
              }
              return sum;
            },
          };
        },
      },
    ],
  });
});

function compare(
  bench: BenchContext,
  operation: string,
  size: number,
  distribution: string,
  run: (loop: Loop) => Promise<number>,
): void {
  const contender = (name: string, kind: Contender['kind'], make: () => Loop): Contender => ({
    name,
    kind,
    prepare: () => {
      const loop = make();
      return { run: () => run(loop) };
    },
  });
  bench.compare({
    operation,
    size,
    distribution,
    contenders: [
      contender('ObjectPool', 'ours', () => ourLoop(new ObjectPool<Thing>({ create: () => ({ uses: 0 }), max: MAX }))),
      contender('ConnectionPool, asked when idle', 'ours', () =>
        ourLoop(new ConnectionPool<Thing>({ connect: async () => ({ uses: 0 }), ping: async () => true, max: MAX })),
      ),
      contender('generic-pool', 'rival', genericLoop),
      contender('tarn', 'rival', tarnLoop),
    ],
  });
}

function ourLoop(pool: ObjectPool<Thing>): Loop {
  return async (turns) => {
    let sum = 0;
    for (let i = 0; i < turns; i++) {
      const lease = await pool.acquire();
      lease.value.uses++;
      sum++;
      await null;
      lease.release();
    }
    return sum;
  };
}

function genericLoop(): Loop {
  const pool = createPool({ create: async () => ({ uses: 0 }), destroy: async () => {} }, { max: MAX });
  return async (turns) => {
    let sum = 0;
    for (let i = 0; i < turns; i++) {
      const thing = await pool.acquire();
      thing.uses++;
      sum++;
      await null;
      // It gives back at once; the promise tells nothing that a borrower waits for.
      void pool.release(thing);
    }
    return sum;
  };
}

function tarnLoop(): Loop {
  const pool = new Tarn<Thing>({ create: () => ({ uses: 0 }), destroy: () => {}, min: 0, max: MAX });
  return async (turns) => {
    let sum = 0;
    for (let i = 0; i < turns; i++) {
      const thing = await pool.acquire().promise;
      thing.uses++;
      sum++;
      await null;
      pool.release(thing);
    }
    return sum;
  };
}
