/** Tasks that wait for each other, round after round, against promises by hand. */

import { Barrier, CountDownLatch } from '../../src/concurrency/barrier/index.js';
import { defineSuite } from '../harness/suite.js';

export const suite = defineSuite('concurrency/barrier', (bench) => {
  const rounds = bench.smoke ? 10 : 1000;
  const parties = 10;
  const meet = async (arrive: () => Promise<unknown>): Promise<number> => {
    let sum = 0;
    const task = async () => {
      for (let round = 0; round < rounds; round++) {
        await arrive();
        sum++;
      }
    };
    await Promise.all(Array.from({ length: parties }, task));
    return sum;
  };
  bench.compare({
    operation: 'arrive',
    size: parties * rounds,
    distribution: `${parties} tasks`,
    contenders: [
      {
        name: 'Barrier',
        kind: 'ours',
        prepare: () => {
          const barrier = new Barrier(parties);
          return { run: () => meet(() => barrier.arrive()) };
        },
      },
      {
        name: 'a shared promise',
        kind: 'native',
        prepare: () => {
          let arrived = 0;
          let { promise, resolve } = deferred();
          return {
            run: () =>
              meet(() => {
                const wait = promise;
                if (++arrived === parties) {
                  arrived = 0;
                  resolve();
                  ({ promise, resolve } = deferred());
                }
                return wait;
              }),
          };
        },
      },
    ],
  });
  bench.compare({
    operation: 'wait and count down',
    size: rounds,
    distribution: 'one wait',
    contenders: [
      {
        name: 'CountDownLatch',
        kind: 'ours',
        prepare: () => ({
          run: async () => {
            let sum = 0;
            for (let round = 0; round < rounds; round++) {
              const latch = new CountDownLatch(1);
              const wait = latch.wait();
              latch.countDown();
              await wait;
              sum++;
            }
            return sum;
          },
        }),
      },
      {
        name: 'a promise',
        kind: 'native',
        prepare: () => ({
          run: async () => {
            let sum = 0;
            for (let round = 0; round < rounds; round++) {
              const { promise, resolve } = deferred();
              resolve();
              await promise;
              sum++;
            }
            return sum;
          },
        }),
      },
    ],
  });
});

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((fulfil) => {
    resolve = fulfil;
  });
  return { promise, resolve };
}
