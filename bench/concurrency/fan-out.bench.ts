/** Items worked on so many at a time: as an array, and as a stream of results. */

import pMap, { pMapIterable } from 'p-map';
import { fanOut, mapReduce } from '../../src/concurrency/fan-out/index.js';
import { defineSuite } from '../harness/suite.js';

const CONCURRENCY = 8;

export const suite = defineSuite('concurrency/fan-out', (bench) => {
  const work = async (item: number): Promise<number> => {
    await undefined;
    return item;
  };
  for (const size of bench.smoke ? [100] : [100, 10_000]) {
    const items = Array.from({ length: size }, (_, i) => i);
    const sum = (results: readonly number[]) => results.reduce((a, b) => a + b, 0);
    bench.compare({
      operation: 'map to an array',
      size,
      distribution: `${CONCURRENCY} at a time`,
      contenders: [
        {
          name: 'fanOut',
          kind: 'ours',
          prepare: () => ({
            run: async () => sum(await fanOut(items, work, { concurrency: CONCURRENCY }).toArray()),
          }),
        },
        {
          name: 'p-map',
          kind: 'rival',
          prepare: () => ({ run: async () => sum(await pMap(items, work, { concurrency: CONCURRENCY })) }),
        },
        {
          name: 'Promise.all, unbounded',
          kind: 'native',
          prepare: () => ({ run: async () => sum(await Promise.all(items.map(work))) }),
        },
      ],
    });
    bench.compare({
      operation: 'iterate results',
      size,
      distribution: `${CONCURRENCY} at a time`,
      contenders: [
        {
          name: 'fanOut',
          kind: 'ours',
          prepare: () => ({
            run: async () => {
              let total = 0;
              for await (const result of fanOut(items, work, { concurrency: CONCURRENCY })) total += result;
              return total;
            },
          }),
        },
        {
          name: 'p-map',
          kind: 'rival',
          prepare: () => ({
            run: async () => {
              let total = 0;
              const results = pMapIterable(items, work, { concurrency: CONCURRENCY, backpressure: 2 * CONCURRENCY });
              for await (const result of results) total += result;
              return total;
            },
          }),
        },
      ],
    });
  }
  const size = bench.smoke ? 100 : 10_000;
  const items = Array.from({ length: size }, (_, i) => i);
  bench.compare({
    operation: 'map and reduce',
    size,
    distribution: '16 keys',
    contenders: [
      {
        name: 'mapReduce',
        kind: 'ours',
        prepare: () => ({
          run: async () => {
            const sums = await mapReduce(items, {
              map: async (item) => [[item % 16, item]] as const,
              reduce: (a: number, b) => a + b,
              initial: () => 0,
              concurrency: CONCURRENCY,
            });
            return sums.get(3) ?? 0;
          },
        }),
      },
      {
        name: 'p-map and a Map',
        kind: 'rival',
        prepare: () => ({
          run: async () => {
            const sums = new Map<number, number>();
            const pairs = await pMap(items, async (item) => [item % 16, item] as const, { concurrency: CONCURRENCY });
            for (const [key, value] of pairs) sums.set(key, (sums.get(key) ?? 0) + value);
            return sums.get(3) ?? 0;
          },
        }),
      },
    ],
  });
});
