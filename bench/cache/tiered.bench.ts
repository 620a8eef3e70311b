/** Reading through tiers, once for all who ask, against bentocache and cache-manager; memory is the first tier of each. */

import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { createCache } from 'cache-manager';
import { Cacheable, KeyvCacheableMemory } from 'cacheable';
import { Keyv } from 'keyv';
import { TieredCache } from '../../src/cache/tiered/index.js';
import { defineSuite } from '../harness/suite.js';
import { comparison, type Opened } from './rounds.js';

type Factory = (key: string) => Promise<string>;
type Get = (key: string, factory: Factory) => Promise<unknown>;

const TTL_MS = 3_600_000;
const MAX = 100_000;

const unserialised = (store: unknown) =>
  new Keyv({ store, serialize: undefined, deserialize: undefined, useKeyPrefix: false });

/** Each in its best configuration: values as they are, no serialisation, one tier of memory. */
const CACHES: readonly Opened<Get>[] = [
  [
    'TieredCache',
    'ours',
    () => {
      const cache = new TieredCache<string>({ memory: { max: MAX }, ttl: TTL_MS });
      return (key, factory) => cache.get(key, factory);
    },
  ],
  [
    'bentocache',
    'rival',
    () => {
      const store = bentostore().useL1Layer(memoryDriver({ maxItems: MAX, serialize: false }));
      const cache = new BentoCache({ default: 'memory', ttl: TTL_MS, stores: { memory: store } });
      return (key, factory) => cache.getOrSet({ key, factory: () => factory(key) });
    },
  ],
  [
    'cache-manager',
    'rival',
    () => {
      // Without sizes to serialise for, the Map that Keyv has of itself is its fastest store.
      const cache = createCache({ stores: [unserialised(new Map())], ttl: TTL_MS });
      return (key, factory) => cache.wrap(key, () => factory(key));
    },
  ],
  [
    'cacheable',
    'rival',
    () => {
      const store = new KeyvCacheableMemory({ lruSize: MAX, useClone: false });
      const cache = new Cacheable({ primary: unserialised(store), ttl: TTL_MS });
      return (key, factory) => cache.getOrSet(key, () => factory(key), { ttl: TTL_MS });
    },
  ],
];

const load: Factory = async (key) => `value of ${key}`;

export const suite = defineSuite('cache/tiered', (bench) => {
  const size = bench.smoke ? 1000 : 10_000;
  const keys = Array.from({ length: 1000 }, (_, i) => `user:${i}`);

  bench.compare(
    comparison('get, there', size, '1000 keys, one after the other', CACHES, async (get) => {
      let sum = 0;
      for (let i = 0; i < size; i++) {
        const value = (await get(keys[(i * 7919) % 1000] as string, load)) as string;
        sum += value.length;
      }
      return sum;
    }),
  );

  bench.compare(
    comparison('get, there', size, '1000 keys, 100 at once', CACHES, async (get) => {
      let sum = 0;
      for (let i = 0; i < size; i += 100) {
        const asked: Promise<unknown>[] = [];
        for (let j = i; j < i + 100; j++) asked.push(get(keys[(j * 7919) % 1000] as string, load));
        for (const value of await Promise.all(asked)) sum += (value as string).length;
      }
      return sum;
    }),
  );

  bench.compare(
    comparison(
      'single flight: get, not there',
      size,
      'each key asked for by 100 at once',
      CACHES,
      async (get, round) => {
        let [sum, loads] = [0, 0];
        const counted: Factory = async (key) => {
          loads++;
          return `value of ${key}`;
        };
        for (let i = 0; i < size; i += 100) {
          const key = `${i}:${round}`;
          const asked: Promise<unknown>[] = [];
          for (let j = 0; j < 100; j++) asked.push(get(key, counted));
          for (const value of await Promise.all(asked)) sum += (value as string).length - key.length;
        }
        if (loads !== size / 100) throw new Error(`${loads} loads of ${size / 100} keys`);
        return sum;
      },
    ),
  );
});
