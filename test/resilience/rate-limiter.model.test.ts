import { describe, expect, it } from 'vitest';
import { Arena } from '../../bindings/index.js';
import {
  FixedWindow,
  Gcra,
  LeakyBucket,
  type RateLimit,
  type RateLimiter,
  SharedRateLimiter,
  SlidingWindowCounter,
  SlidingWindowLog,
  TokenBucket,
} from '../../src/resilience/rate-limiter/index.js';
import { seededRandom, testSeed } from '../support/random.js';
import { type Oracle, oracleOf } from '../support/rate-limiters.js';
import { ManualTime } from '../support/time.js';

type Limiter = RateLimiter & { check(): void; dispose(): void; size: number };
type Make = (options: { clock: ManualTime; maxBytes?: number }) => Limiter;

const LIMITS: [string, RateLimit, Make][] = [
  make('TokenBucket', { algorithm: 'token-bucket', capacity: 7, refill: 3 }, TokenBucket),
  make('TokenBucket, slow', { algorithm: 'token-bucket', capacity: 50, refill: 7, intervalMs: 60_000 }, TokenBucket),
  make('LeakyBucket', { algorithm: 'leaky-bucket', capacity: 10, leak: 2.5, intervalMs: 400 }, LeakyBucket),
  make('LeakyBucket, queue', { algorithm: 'leaky-bucket', capacity: 10, leak: 2, as: 'queue' }, LeakyBucket),
  make('FixedWindow', { algorithm: 'fixed-window', limit: 6, windowMs: 1000 }, FixedWindow),
  make('SlidingWindowLog', { algorithm: 'sliding-window-log', limit: 6, windowMs: 1000 }, SlidingWindowLog),
  make('SlidingWindowCounter', { algorithm: 'sliding-window-counter', limit: 20, windowMs: 997 }, SlidingWindowCounter),
  make('Gcra', { algorithm: 'gcra', limit: 3, periodMs: 1000, burst: 5 }, Gcra),
];

function make(name: string, limit: RateLimit, type: new (options: never) => Limiter): [string, RateLimit, Make] {
  return [name, limit, (options) => new type({ ...limit, ...options } as never)];
}

const keyOf = (i: number) => (i % 3 === 0 ? i : i % 3 === 1 ? `key ${i}` : new Uint8Array([i, 255, 0]));

describe.each(LIMITS)('%s', (name, limit, create) => {
  it('answers as the algorithm said plainly does, under random operations and a clock that jumps back', () => {
    const random = seededRandom(testSeed(`rate limiter, ${name}`));
    const time = new ManualTime();
    const limiter = create({ clock: time });
    const oracles = new Map<number, Oracle>();
    const blocked = new Map<number, number>();
    const oracle = (i: number) => {
      const known = oracles.get(i) ?? oracleOf(limit);
      oracles.set(i, known);
      return known;
    };
    let nowMs = 0;
    for (let step = 0; step < 10_000; step++) {
      const elapsed = random.next() < 0.5 ? 0 : random.below(random.next() < 0.05 ? 5000 : 300);
      time.advance(elapsed);
      nowMs += elapsed;
      // Time that a clock takes back has passed all the same, and goes on from there.
      if (random.next() < 0.01) {
        limiter.peek('so that the limiter sees the moment before');
        time.jump(-random.below(100_000));
        limiter.peek('and the one after');
      }
      const i = random.below(12);
      const key = keyOf(i);
      const units = random.below(random.next() < 0.1 ? 12 : 4);
      const choice = random.next();
      const until = blocked.get(i) ?? Number.NEGATIVE_INFINITY;
      if (until <= nowMs) blocked.delete(i);
      if (choice < 0.02) {
        const ms = 1 + random.below(2000);
        limiter.block(key, ms);
        blocked.set(i, nowMs + ms);
        oracles.delete(i);
        continue;
      }
      if (choice < 0.04) {
        limiter.delete(key);
        blocked.delete(i);
        oracles.delete(i);
        continue;
      }
      const it = oracle(i);
      if (until > nowMs) {
        expect(limiter.consume(key, units)).toEqual({
          allowed: false,
          remaining: 0,
          retryAfterMs: until - nowMs,
          resetMs: until - nowMs,
          limit: limiter.limit,
        });
        continue;
      }
      const allows = it.allows(units, nowMs);
      if (choice < 0.7) {
        const result = limiter.consume(key, units);
        expect(result.allowed, `step ${step}`).toBe(allows);
        if (allows) it.take(units, nowMs);
        else if (units > limiter.limit) expect(result.retryAfterMs).toBe(Number.POSITIVE_INFINITY);
        else {
          expect(it.allows(units, nowMs + result.retryAfterMs), `step ${step}`).toBe(true);
          expect(it.allows(units, nowMs + result.retryAfterMs - 1), `step ${step}`).toBe(false);
        }
        expect(result.remaining, `step ${step}`).toBe(Math.max(0, Math.floor(it.remaining(nowMs) + 1e-5)));
      } else if (choice < 0.8) {
        const result = limiter.peek(key, units);
        expect(result.allowed, `step ${step}`).toBe(allows);
        // Once it says so, all is there.
        expect(it.remaining(nowMs + result.resetMs)).toBeCloseTo(it.remaining(Number.MAX_SAFE_INTEGER), 2);
      } else if (choice < 0.9) {
        it.take(units, nowMs);
        const result = limiter.penalty(key, units);
        expect(result.remaining, `step ${step}`).toBe(Math.max(0, Math.floor(it.remaining(nowMs) + 1e-5)));
      } else {
        it.giveBack(units, nowMs);
        const result = limiter.reward(key, units);
        expect(result.remaining, `step ${step}`).toBe(Math.max(0, Math.floor(it.remaining(nowMs) + 1e-5)));
      }
      if (step % 500 === 0) limiter.check();
    }
    limiter.check();
    limiter.dispose();
  });

  it('keeps every key that is not idle, as long as there is room, and gives the places of idle ones away', () => {
    const random = seededRandom(testSeed(`rate limiter, table, ${name}`));
    const time = new ManualTime();
    const limiter = create({ clock: time, maxBytes: 100_000 });
    const capacity = (limiter as unknown as TokenBucket).stats().capacity;
    for (let round = 0; round < 3; round++) {
      const keys = Array.from({ length: Math.floor(capacity * 0.75) }, () => random.below(1e9));
      for (const key of keys) expect(limiter.consume(key).allowed).toBe(true);
      const full = limiter.peek('never seen').remaining;
      for (const key of keys) expect(limiter.peek(key).remaining).toBeLessThan(full);
      limiter.check();
      time.advance(3_600_000);
    }
    expect((limiter as unknown as TokenBucket).stats()).toMatchObject({ evicted: 0, turnedAway: 0 });
    expect((limiter as unknown as TokenBucket).purge()).toBeGreaterThan(0);
    expect(limiter.size).toBe(0);
    limiter.dispose();
  });

  it('gives a SharedRateLimiter of one thread the same answers', () => {
    const random = seededRandom(testSeed(`shared rate limiter, ${name}`));
    const time = new ManualTime();
    const arena = new Arena({ shared: true, maxBytes: 4 << 20 });
    const alone = create({ clock: time });
    const shared = new SharedRateLimiter({ ...limit, arena, name: 'it', clock: time, maxBytes: 500_000, segments: 4 });
    for (let step = 0; step < 3000; step++) {
      time.advance(random.below(200));
      const key = keyOf(random.below(30));
      const units = random.below(4);
      const operation = (['consume', 'consume', 'consume', 'peek', 'penalty', 'reward'] as const)[random.below(6)];
      const method = operation as 'consume';
      expect(shared[method](key, units)).toEqual(alone[method](key, units));
    }
    shared.check();
    alone.dispose();
    arena.dispose();
  });
});
