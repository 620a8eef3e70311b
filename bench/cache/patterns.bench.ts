/** A cache in front of a load, in one process: against the fetch of lru-cache, and p-memoize, which join loads too. */

import { LRUCache } from 'lru-cache';
import pMemoize from 'p-memoize';
import { CacheAside, SingleFlight, WriteBehind } from '../../src/cache/patterns/index.js';
import { defineSuite } from '../harness/suite.js';
import { comparison, type Opened } from './rounds.js';

type Get = (key: string) => Promise<string | undefined>;

const TTL_MS = 3_600_000;
const MAX = 100_000;

let loads = 0;
const load = async (key: string) => {
  loads++;
  return `value of ${key}`;
};

const CACHES: readonly Opened<Get>[] = [
  [
    'CacheAside',
    'ours',
    () => {
      const cache = new CacheAside<string, string>({ max: MAX, ttl: TTL_MS });
      return (key) => cache.get(key, load);
    },
  ],
  [
    'lru-cache fetch',
    'rival',
    () => {
      const cache = new LRUCache<string, string>({ max: MAX, ttl: TTL_MS, fetchMethod: load });
      return (key) => cache.fetch(key);
    },
  ],
];

const FLIGHTS: readonly Opened<Get>[] = [
  [
    'SingleFlight',
    'ours',
    () => {
      const flights = new SingleFlight<string, string>();
      return (key) => flights.run(key, () => load(key));
    },
  ],
  // Nothing is remembered: what is measured is how calls are joined.
  ['p-memoize without cache', 'rival', () => pMemoize(load, { cache: false })],
];

export const suite = defineSuite('cache/patterns', (bench) => {
  const size = bench.smoke ? 1000 : 10_000;
  const keys = Array.from({ length: 1000 }, (_, i) => `user:${i}`);

  const together = async (get: Get, round: number): Promise<number> => {
    let sum = 0;
    const before = loads;
    for (let i = 0; i < size; i += 100) {
      const key = `${i}:${round}`;
      const asked: Promise<string | undefined>[] = [];
      for (let j = 0; j < 100; j++) asked.push(get(key));
      for (const value of await Promise.all(asked)) sum += (value as string).length - key.length;
    }
    if (loads - before !== size / 100) throw new Error(`${loads - before} loads of ${size / 100} keys`);
    return sum;
  };

  bench.compare(
    comparison('get, there', size, '1000 keys', CACHES, async (get) => {
      let sum = 0;
      for (let i = 0; i < size; i++) sum += ((await get(keys[(i * 7919) % 1000] as string)) as string).length;
      return sum;
    }),
  );
  bench.compare(
    comparison('single flight: get, not there', size, 'each key asked for by 100 at once', CACHES, together),
  );
  bench.compare(comparison('join a call', size, 'each key asked for by 100 at once', FLIGHTS, together));

  bench.compare({
    operation: 'write behind, flushed',
    size,
    distribution: '1000 keys, each set ten times, batches of 100',
    contenders: [
      {
        name: 'WriteBehind',
        kind: 'ours',
        prepare: () => {
          let writes = 0;
          const store = {
            load: () => undefined,
            store: () => {},
            delete: () => {},
            writeMany: async (changes: readonly unknown[]) => {
              writes += changes.length;
            },
          };
          const cache = new WriteBehind<string, number>({ store, maxPending: size });
          return {
            run: async () => {
              writes = 0;
              for (let i = 0; i < size; i++) await cache.set(keys[Math.floor(i / 10) % 1000] as string, i);
              await cache.flush();
              return Math.sign(writes);
            },
          };
        },
      },
    ],
  });
});
