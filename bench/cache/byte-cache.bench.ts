/** `ByteCache` against lru-cache that holds Buffers, with keys that arrive as bytes. */

import { LRUCache } from 'lru-cache';
import { Arena } from '../../bindings/index.js';
import { ByteCache, type ByteCachePolicy } from '../../src/cache/byte-cache/index.js';
import { zipfIndices } from '../harness/random.js';
import { type BenchContext, type Contender, defineSuite, type LatencyContender } from '../harness/suite.js';

const KEY_BYTES = 16;
const VALUE_BYTES = 100;
/** Entries of what is made only to compile the code. */
const WARM_ENTRIES = 10_000;
/** What an entry of this size costs a ByteCache, all in all, with room to spare. */
const ENTRY_BYTES = 176;
const POLICIES: readonly ByteCachePolicy[] = ['s3-fifo', 'sieve', 'lru'];

interface Store {
  /** Length of the value, 0 when it is absent. */
  get(at: number): number;
  set(at: number): void;
}

/** Keys side by side in one Buffer, as a socket or file brings them. */
function makeKeys(size: number): Buffer {
  const keys = Buffer.alloc(size * KEY_BYTES);
  for (let i = 0; i < size; i++) keys.write(`key:${String(i).padStart(12, '0')}`, i * KEY_BYTES, 'latin1');
  return keys;
}

const value = Buffer.alloc(VALUE_BYTES, 'v');
const out = new Uint8Array(VALUE_BYTES);

function byteStore(keys: Buffer, entries: number, policy: ByteCachePolicy): Store {
  const maxBytes = Math.max(65_536, entries * ENTRY_BYTES);
  const arena = new Arena({ seed: 1, initialBytes: maxBytes + 65_536 });
  const cache = new ByteCache({ arena, maxBytes, policy });
  return {
    get: (at) => Math.max(0, cache.getPartInto(keys, at, at + KEY_BYTES, out)),
    set: (at) => {
      cache.set(keys.subarray(at, at + KEY_BYTES), value);
    },
  };
}

function lruStore(keys: Buffer, entries: number): Store {
  const cache = new LRUCache<string, Buffer>({ max: entries });
  return {
    get: (at) => {
      const found = cache.get(keys.latin1Slice(at, at + KEY_BYTES));
      return found === undefined ? 0 : found.copy(out);
    },
    set: (at) => {
      cache.set(keys.latin1Slice(at, at + KEY_BYTES), Buffer.from(value));
    },
  };
}

function stores(keys: Buffer, entries: number): { name: string; kind: Contender['kind']; make: () => Store }[] {
  return [
    ...POLICIES.map((policy) => ({
      name: `ByteCache, ${policy}`,
      kind: 'ours' as const,
      make: () => byteStore(keys, entries, policy),
    })),
    { name: 'lru-cache', kind: 'rival' as const, make: () => lruStore(keys, entries) },
  ];
}

export const suite = defineSuite('cache/byte-cache', (bench) => {
  for (const size of bench.smoke ? [1000] : [10_000, 1_000_000]) hits(bench, size);
  const size = bench.smoke ? 2000 : 1_000_000;
  const keys = makeKeys(2 * size);
  bench.latency({
    operation: 'get',
    size,
    distribution: 'Zipf 0.99, all there',
    contenders: latencies(size, keys, 0, size, (store, at) => {
      store.get(at);
    }),
  });
  bench.latency({
    operation: 'get, and set where absent',
    size,
    distribution: 'Zipf 0.99 over twice as many keys',
    contenders: latencies(size, keys, size, 2 * size, (store, at) => {
      if (store.get(at) === 0) store.set(at);
    }),
  });
});

/** Operations by Zipf's law over the first `range` keys, on stores that hold `size` entries from key `from` on. */
function latencies(
  size: number,
  keys: Buffer,
  from: number,
  range: number,
  operation: (store: Store, at: number) => void,
): LatencyContender[] {
  const order = zipfIndices(size, range, 3);
  const prepare = (entries: number, make: () => Store) => {
    const store = make();
    for (let i = from; i < from + entries; i++) store.set(i * KEY_BYTES);
    return (i: number) => operation(store, (order[i] as number) * KEY_BYTES);
  };
  const small = stores(keys, WARM_ENTRIES);
  return stores(keys, size).map(({ name, kind, make }, i) => ({
    name,
    kind,
    prepare: () => prepare(size, make),
    warm: () => prepare(Math.min(size, WARM_ENTRIES), (small[i] as (typeof small)[number]).make),
  }));
}

function hits(bench: BenchContext, size: number): void {
  const keys = makeKeys(size);
  const order = zipfIndices(Math.min(size, 100_000), size, 5);
  bench.compare({
    operation: 'get, found',
    size,
    distribution: 'Zipf 0.99, key and value as bytes',
    operations: order.length,
    contenders: stores(keys, size).map(({ name, kind, make }) => ({
      name,
      kind,
      prepare: () => {
        const store = make();
        for (let i = 0; i < size; i++) store.set(i * KEY_BYTES);
        return {
          run: () => {
            let sum = 0;
            for (let i = 0; i < order.length; i++) sum += store.get((order[i] as number) * KEY_BYTES);
            return sum;
          },
        };
      },
    })),
  });
}
