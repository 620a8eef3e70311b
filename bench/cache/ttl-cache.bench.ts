/** Entries that end by time: written, read, and written into a full cache, against the package of npm. */

import { TTLCache as NpmTtlCache } from '@isaacs/ttlcache';
import { TTLCache } from '../../src/cache/ttl-cache/index.js';
import { type ContenderKind, defineSuite, ownCopy } from '../harness/suite.js';

interface Like {
  get(key: number): number | undefined;
  set(key: number, value: number, options?: { ttl: number }): unknown;
  clear(): void;
}

const CACHES: readonly [string, ContenderKind, (max: number) => Like][] = [
  ['TTLCache', 'ours', (max) => new TTLCache<number, number>({ ttl: 1e6, max })],
  ['@isaacs/ttlcache', 'rival', (max) => new NpmTtlCache<number, number>({ ttl: 1e6, max, checkAgeOnGet: true })],
];

function write(cache: Like, count: number): number {
  cache.clear();
  for (let i = 0; i < count; i++) cache.set(i, i);
  return cache.get(count - 1) as number;
}

/** Each entry has a time of its own. */
function writeVaried(cache: Like, count: number): number {
  cache.clear();
  for (let i = 0; i < count; i++) cache.set(i, i, { ttl: 1e6 + ((i * 7919) % 1009) });
  return cache.get(count - 1) as number;
}

function read(cache: Like, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += cache.get((i * 7919) % count) as number;
  return sum;
}

export const suite = defineSuite('cache/ttl-cache', (bench) => {
  const size = bench.smoke ? 500 : 10_000;
  const of = (operation: string, distribution: string, run: (cache: Like, count: number) => number, max = size) =>
    bench.compare({
      operation,
      size,
      distribution,
      contenders: CACHES.map(([name, kind, make]) => ({
        name,
        kind,
        prepare: () => {
          const own = ownCopy(run);
          const cache = make(max);
          write(cache, size);
          return { run: () => own(cache, size), dispose: () => cache.clear() };
        },
      })),
    });
  of('set', 'one time for all', write);
  of('set', 'a time for each', writeVaried);
  of('set, a tenth fits', 'one time for all', write, size / 10);
  of('get', 'all there', read);
});
