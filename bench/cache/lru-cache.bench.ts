/** Caches of keys and values: hits, and a skewed mix with misses, against the caches of npm. */

import { LRUCache as NpmLruCache } from 'lru-cache';
import { LRUMap } from 'mnemonist';
import QuickLRU from 'quick-lru';
import { Cache } from '../../src/cache/cache/index.js';
import { LRUCache } from '../../src/cache/lru-cache/index.js';
import { generator, shuffled, zipfIndices } from '../harness/random.js';
import { type Comparison, type ContenderKind, defineSuite, ownCopy } from '../harness/suite.js';

interface Like {
  get(key: unknown): unknown;
  set(key: unknown, value: unknown): unknown;
}

const CACHES: readonly [string, ContenderKind, (max: number) => Like][] = [
  ['LRUCache', 'ours', (max) => new LRUCache<unknown, unknown>({ max })],
  ['Cache, sieve', 'ours', (max) => new Cache<unknown, unknown>({ max, policy: 'sieve' })],
  ['Cache, s3-fifo', 'ours', (max) => new Cache<unknown, unknown>({ max, policy: 's3-fifo' })],
  ['lru-cache', 'rival', (max) => new NpmLruCache<string, string>({ max }) as Like],
  ['mnemonist LRUMap', 'rival', (max) => new LRUMap<unknown, unknown>(max)],
  ['quick-lru', 'rival', (maxSize) => new QuickLRU<unknown, unknown>({ maxSize })],
];

/** Every key is there. */
function hit(cache: Like, keys: readonly unknown[]): number {
  let sum = 0;
  for (let i = 0; i < keys.length; i++) sum += cache.get(keys[i]) as number;
  return sum;
}

/** What is not there is set. The sum of the values is the same whatever the cache keeps. */
function mix(cache: Like, keys: readonly unknown[], values: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < keys.length; i++) {
    let value = cache.get(keys[i]) as number | undefined;
    if (value === undefined) {
      value = values[i] as number;
      cache.set(keys[i], value);
    }
    sum += value;
  }
  return sum;
}

const stringOf = (index: number) => `user:${(index * 2654435761) % 4294967296}`;

function keysOf(type: 'strings' | 'integers', indices: Uint32Array): unknown[] {
  // One object for each key, as a program that holds its keys has them.
  const made = new Map<number, unknown>();
  return Array.from(indices, (index) => {
    if (!made.has(index)) made.set(index, type === 'strings' ? stringOf(index) : (index * 7919) % 1_000_003);
    return made.get(index);
  });
}

export const suite = defineSuite('cache/lru-cache', (bench) => {
  for (const type of ['integers', 'strings'] as const) {
    bench.compare(hits(type, 1000));
    bench.compare(mixed(type, bench.smoke ? 1000 : 100_000, bench.smoke ? 2000 : 1_000_000));
  }
});

function hits(type: 'strings' | 'integers', size: number): Comparison {
  const all = keysOf(
    type,
    shuffled(
      Uint32Array.from({ length: size }, (_, index) => index),
      1,
    ),
  );
  const random = generator(3);
  const keys = Array.from({ length: 10 * size }, () => all[Math.floor(random() * size)]);
  return {
    operation: 'get, all hits',
    size,
    distribution: `${type}, uniform`,
    operations: keys.length,
    contenders: CACHES.map(([name, kind, make]) => ({
      name,
      kind,
      prepare: () => {
        const own = ownCopy(hit);
        const cache = make(size);
        for (const [i, key] of all.entries()) cache.set(key, i);
        return { run: () => own(cache, keys) };
      },
    })),
  };
}

/** Keys of ten times the capacity, Zipf with exponent 0.99. */
function mixed(type: 'strings' | 'integers', capacity: number, operations: number): Comparison {
  const indices = zipfIndices(operations, 10 * capacity, 2);
  const keys = keysOf(type, indices);
  const values = Array.from(indices);
  return {
    operation: 'get, and set on a miss',
    size: capacity,
    distribution: `${type}, Zipf 0.99`,
    operations,
    contenders: CACHES.map(([name, kind, make]) => ({
      name,
      kind,
      prepare: () => {
        const own = ownCopy(mix);
        const cache = make(capacity);
        return { run: () => own(cache, keys, values) };
      },
    })),
  };
}
