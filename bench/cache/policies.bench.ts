/** What each eviction policy costs, by itself around a plain Map, and what it hits on recorded traces. */

import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { LRUCache } from 'lru-cache';
import { type EvictionPolicy, POLICY_NAMES, type PolicyName, policyFor } from '../../src/cache/policies/index.js';
import { parseTrace } from '../../src/cache/simulator/index.js';
import { zipfIndices } from '../harness/random.js';
import { type BenchContext, type Contender, defineSuite, ownCopy } from '../harness/suite.js';

/** Keys to slots, and back, as a cache has them; every entry weighs 1. */
interface Table {
  readonly policy: EvictionPolicy<number>;
  readonly slots: Map<number, number>;
  readonly keys: Float64Array;
}

function tableOf(policy: EvictionPolicy<number>, capacity: number): Table {
  policy.reserve(capacity);
  const table = { policy, slots: new Map<number, number>(), keys: new Float64Array(capacity) };
  for (let slot = 0; slot < capacity; slot++) {
    table.slots.set(slot, slot);
    table.keys[slot] = slot;
    policy.insert(slot, slot, 1);
  }
  return table;
}

/** Hits only. */
function use(table: Table, keys: Uint32Array): number {
  let sum = 0;
  for (let i = 0; i < keys.length; i++) {
    const slot = table.slots.get(keys[i] as number) as number;
    table.policy.access(slot);
    sum += slot;
  }
  return sum;
}

/** Misses only: each key is new. Which slots are named differs, how many does not. */
function replace(table: Table, from: number, count: number): number {
  const { policy, slots, keys } = table;
  for (let key = from; key < from + count; key++) {
    const slot = policy.evict(key);
    slots.delete(keys[slot] as number);
    slots.set(key, slot);
    keys[slot] = key;
    policy.insert(slot, key, 1);
  }
  return slots.size;
}

/** A policy that costs nothing: slots go round. What is left is the Map's cost, and that of the calls. */
function nothing(capacity: number): EvictionPolicy<number> {
  let hand = 0;
  return {
    name: 'clock',
    reserve: () => {},
    insert: () => {},
    access: () => {},
    reweigh: () => {},
    evict: () => {
      hand = hand + 1 === capacity ? 0 : hand + 1;
      return hand;
    },
    remove: () => {},
    clear: () => {},
    check: () => {},
  };
}

export const suite = defineSuite('cache/policies', (bench) => {
  const capacity = bench.smoke ? 1000 : 100_000;
  const operations = bench.smoke ? 1000 : 1_000_000;
  const policies: readonly (readonly [string, Contender['kind'], () => EvictionPolicy<number>])[] = [
    ...POLICY_NAMES.map((name) => [name, 'ours', () => policyFor<number>(name, { capacity })] as const),
    ['Map alone', 'control', () => nothing(capacity)],
  ];

  for (const size of [1000, capacity]) {
    const keys = zipfIndices(operations, size, 1);
    bench.compare({
      operation: 'hit',
      size,
      distribution: 'integers, Zipf 0.99',
      operations,
      contenders: policies.map(([name, kind, make]) => ({
        name,
        kind,
        prepare: () => {
          const own = ownCopy(use);
          const table = tableOf(make(), capacity);
          return { run: () => own(table, keys) };
        },
      })),
    });
    if (size === capacity) break;
  }

  bench.compare({
    operation: 'miss and evict',
    size: capacity,
    distribution: 'integers, each once',
    operations,
    contenders: policies.map(([name, kind, make]) => ({
      name,
      kind,
      prepare: () => {
        const own = ownCopy(replace);
        const table = tableOf(make(), capacity);
        let next = capacity;
        return {
          run: () => {
            next += operations;
            return own(table, next, operations);
          },
        };
      },
    })),
  });

  replays(bench);
});

/** Asks for every key of a trace, and takes in what is missed. Returns the hits. */
function replay(policy: EvictionPolicy<number>, capacity: number, trace: Uint32Array): number {
  const slots = new Map<number, number>();
  const keys: number[] = [];
  let hits = 0;
  for (let i = 0; i < trace.length; i++) {
    const key = trace[i] as number;
    const known = slots.get(key);
    if (known !== undefined) {
      policy.access(known);
      hits++;
      continue;
    }
    let slot = keys.length;
    if (slot === capacity) {
      slot = policy.evict(key);
      slots.delete(keys[slot] as number);
    }
    slots.set(key, slot);
    keys[slot] = key;
    policy.insert(slot, key, 1);
  }
  return hits;
}

function replayNpm(cache: LRUCache<number, number>, trace: Uint32Array): number {
  let hits = 0;
  for (let i = 0; i < trace.length; i++) {
    const key = trace[i] as number;
    if (cache.get(key) !== undefined) hits++;
    else cache.set(key, key);
  }
  return hits;
}

/**
 * Recorded traces, and a bar: W-TinyLFU and S3-FIFO hit more than the lru-cache package, LRU exactly as much, or the case
 * fails.
 */
function replays(bench: BenchContext): void {
  for (const [name, capacity] of [
    ['gli', 1000],
    ['multi1', 1000],
    ['loop', 750],
  ] as const) {
    // Benches run from build/bench.
    const file = new URL(`../../../test/cache/traces/${name}.trace.gz`, import.meta.url);
    const trace = parseTrace(gunzipSync(readFileSync(file)).toString()).keys;
    const npmHits = replayNpm(new LRUCache<number, number>({ max: capacity }), trace);
    bench.compare({
      operation: `replay of ${name}`,
      size: capacity,
      distribution: `${trace.length} requests`,
      operations: trace.length,
      contenders: [
        ...POLICY_NAMES.map((policy) => ours(policy, capacity, trace, npmHits)),
        {
          name: `lru-cache (${percent(npmHits, trace)} hits)`,
          kind: 'rival',
          prepare: () => {
            const own = ownCopy(replayNpm);
            const run = () => own(new LRUCache<number, number>({ max: capacity }), trace);
            return { run: () => (run() === npmHits ? trace.length : 0) };
          },
        },
      ],
    });
  }
}

function ours(name: PolicyName, capacity: number, trace: Uint32Array, npmHits: number): Contender {
  const fresh = () => {
    const policy = policyFor<number>(name, { capacity });
    policy.reserve(capacity);
    return policy;
  };
  const hits = replay(fresh(), capacity, trace);
  if (name === 'lru' && hits !== npmHits) throw new Error(`lru hits ${hits} times, lru-cache ${npmHits}`);
  if ((name === 'w-tinylfu' || name === 's3-fifo') && hits <= npmHits) {
    throw new Error(`${name} hits ${hits} times, lru-cache ${npmHits}`);
  }
  return {
    name: `${name} (${percent(hits, trace)} hits)`,
    kind: 'ours',
    prepare: () => {
      const own = ownCopy(replay);
      return { run: () => (own(fresh(), capacity, trace) === hits ? trace.length : 0) };
    },
  };
}

function percent(hits: number, trace: Uint32Array): string {
  return `${((100 * hits) / trace.length).toFixed(2)} %`;
}
