/** What it costs to ask a rate limiter that lets through: one key again and again, and a million keys in random order. */

import Bottleneck from 'bottleneck';
import { TokenBucket as LimiterBucket } from 'limiter';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import {
  coarseClock,
  FixedWindow,
  Gcra,
  type LimiterOptions,
  SlidingWindowCounter,
  TokenBucket,
} from '../../src/resilience/rate-limiter/index.js';
import { shuffled } from '../harness/random.js';
import { type Contender, defineSuite, ownCopy } from '../harness/suite.js';

const LIMIT = 1_000_000_000;
const DAY_MS = 86_400_000;

interface Consumes<K> {
  consume(key: K): { readonly allowed: boolean };
}

/** The same in plain TypeScript: a Map of small objects, which nobody clears. */
class TokenBucketTwin {
  readonly #states = new Map<string | number, { used: number; lastMs: number }>();
  readonly #rate = LIMIT / DAY_MS;

  consume(key: string | number) {
    const now = Date.now();
    let state = this.#states.get(key);
    if (state === undefined) {
      state = { used: 0, lastMs: now };
      this.#states.set(key, state);
    }
    const used = Math.max(0, state.used - (now - state.lastMs) * this.#rate);
    const allowed = used + 1 <= LIMIT;
    if (allowed) {
      state.used = used + 1;
      state.lastMs = now;
    }
    const left = allowed ? used + 1 : used;
    const retryAfterMs = allowed ? 0 : Math.ceil((used + 1 - LIMIT) / this.#rate);
    return {
      allowed,
      remaining: Math.floor(LIMIT - left),
      retryAfterMs,
      resetMs: Math.ceil(left / this.#rate),
      limit: LIMIT,
    };
  }
}

function consumeAll<K>(limiter: Consumes<K>, keys: readonly K[], turns: number): number {
  let allowed = 0;
  const count = keys.length;
  for (let i = 0, k = 0; i < turns; i++) {
    if (limiter.consume(keys[k] as K).allowed) allowed++;
    if (++k === count) k = 0;
  }
  return allowed;
}

async function consumeAllAsync<K>(
  limiter: { consume(key: K): Promise<{ readonly remainingPoints: number }> },
  keys: readonly K[],
  turns: number,
): Promise<number> {
  let allowed = 0;
  const count = keys.length;
  for (let i = 0, k = 0; i < turns; i++) {
    if ((await limiter.consume(keys[k] as K)).remainingPoints >= 0) allowed++;
    if (++k === count) k = 0;
  }
  return allowed;
}

async function schedule(call: (fn: () => Promise<number>) => Promise<number>, turns: number): Promise<number> {
  const fn = async () => 1;
  let sum = 0;
  for (let i = 0; i < turns; i++) sum += await call(fn);
  return sum;
}

export const suite = defineSuite('resilience/rate-limiter', (bench) => {
  const million = bench.smoke ? 1000 : 1_000_000;
  const numbers = [
    ...shuffled(
      Uint32Array.from({ length: million }, (_, i) => i),
      9,
    ),
  ];
  const strings = numbers.map((i) => `user-${i}`);
  const turns = bench.smoke ? 100 : 100_000;
  const sync = <K extends string | number>(
    name: string,
    kind: Contender['kind'],
    keys: readonly K[],
    make: () => Consumes<K> & { dispose?(): void },
  ): Contender => ({
    name,
    kind,
    prepare: () => {
      const own = ownCopy(consumeAll<K>);
      const limiter = make();
      const count = Math.max(turns, keys.length);
      own(limiter, keys, keys.length);
      return { run: () => own(limiter, keys, count), dispose: () => limiter.dispose?.() };
    },
  });
  const flexible = <K extends string | number>(keys: readonly K[]): Contender => ({
    name: 'rate-limiter-flexible',
    kind: 'rival',
    prepare: () => {
      const own = ownCopy(consumeAllAsync<K>);
      const limiter = new RateLimiterMemory({ points: LIMIT, duration: DAY_MS / 1000 });
      const count = Math.max(turns, keys.length);
      return {
        run: () => own(limiter, keys, count),
        // It has a timer for each key.
        dispose: () => {
          for (const key of keys) void limiter.delete(key);
        },
      };
    },
  });
  const room = (keys: readonly unknown[]): LimiterOptions => ({ maxBytes: 65_536 + 48 * keys.length });
  const bucket = (keys: readonly unknown[], options: LimiterOptions = {}) => {
    return new TokenBucket({ capacity: LIMIT, refill: LIMIT, intervalMs: DAY_MS, ...room(keys), ...options });
  };

  for (const [keys, distribution] of [
    [['user-1'], 'one key'],
    [strings, 'uniform'],
  ] as const) {
    const operations = Math.max(turns, keys.length);
    const compare = (operation: string, make: () => Consumes<string> & { dispose(): void }, others: Contender[]) =>
      bench.compare({
        operation,
        size: keys.length,
        distribution,
        operations,
        contenders: [sync(operation.slice('consume, '.length), 'ours', keys, make), flexible(keys), ...others],
      });
    const twin = sync('TokenBucket in a Map', 'twin', keys, () => new TokenBucketTwin());
    compare('consume, TokenBucket', () => bucket(keys), [twin]);
    if (keys.length > 1) continue;
    compare(
      'consume, TokenBucket by a clock read once a millisecond',
      () => bucket(keys, { clock: coarseClock() }),
      [],
    );
    compare('consume, Gcra', () => new Gcra({ limit: LIMIT, periodMs: DAY_MS, ...room(keys) }), []);
    compare('consume, FixedWindow', () => new FixedWindow({ limit: LIMIT, windowMs: DAY_MS, ...room(keys) }), []);
    compare(
      'consume, SlidingWindowCounter',
      () => new SlidingWindowCounter({ limit: LIMIT, windowMs: DAY_MS, ...room(keys) }),
      [],
    );
  }
  bench.compare({
    operation: 'consume, integers',
    size: million,
    distribution: 'uniform',
    operations: Math.max(turns, million),
    contenders: [
      sync('TokenBucket', 'ours', numbers, () => bucket(numbers)),
      sync('TokenBucket in a Map', 'twin', numbers, () => new TokenBucketTwin()),
      flexible(numbers),
    ],
  });
  bench.compare({
    operation: 'consumeMany, integers',
    size: million,
    distribution: 'uniform',
    contenders: [
      {
        name: 'TokenBucket',
        kind: 'ours',
        prepare: () => {
          const limiter = bucket(numbers);
          const keys = Uint32Array.from(numbers);
          const out = new Uint8Array(keys.length);
          return {
            run: () => {
              limiter.consumeMany(keys, 1, out);
              let allowed = 0;
              for (let i = 0; i < out.length; i++) allowed += out[i] as number;
              return allowed;
            },
            dispose: () => limiter.dispose(),
          };
        },
      },
      sync('TokenBucket, one by one', 'twin', numbers, () => bucket(numbers)),
    ],
  });
  bench.compare({
    operation: 'consume, one key that needs no name',
    size: 1,
    distribution: 'one key',
    operations: turns,
    contenders: [
      sync('TokenBucket', 'ours', [0], () => bucket([0])),
      sync('limiter', 'rival', [0], () => {
        const theirs = new LimiterBucket({ bucketSize: LIMIT, tokensPerInterval: LIMIT, interval: DAY_MS });
        theirs.content = LIMIT;
        return { consume: () => ({ allowed: theirs.tryRemoveTokens(1) }) };
      }),
    ],
  });
  const scheduled = (
    name: string,
    kind: Contender['kind'],
    make: () => (fn: () => Promise<number>) => Promise<number>,
  ): Contender => ({
    name,
    kind,
    prepare: () => {
      const own = ownCopy(schedule);
      const call = make();
      return { run: () => own(call, turns / 10) };
    },
  });
  bench.compare({
    operation: 'acquire and call',
    size: 1,
    distribution: 'let through at once',
    operations: turns / 10,
    contenders: [
      scheduled('TokenBucket', 'ours', () => {
        const limiter = bucket([0]);
        return async (fn) => {
          await limiter.acquire(0);
          return fn();
        };
      }),
      scheduled('bottleneck', 'rival', () => {
        const theirs = new Bottleneck({ reservoir: LIMIT });
        return (fn) => theirs.schedule(fn);
      }),
    ],
  });
});
