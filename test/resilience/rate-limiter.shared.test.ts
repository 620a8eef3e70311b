import { afterAll, describe, expect, it } from 'vitest';
import { Arena, NameError } from '../../bindings/index.js';
import { type RateLimit, SharedRateLimiter, TokenBucket } from '../../src/resilience/rate-limiter/index.js';
import { seededRandom, testSeed } from '../support/random.js';
import { runWorker, workerFile } from '../support/worker.js';

const MAX_BYTES = 4 << 20;

/** What every worker begins with. */
const PRELUDE = `
  import { parentPort, workerData } from 'node:worker_threads';
  import { Arena } from './bindings/index.ts';
  import { SharedRateLimiter } from './src/resilience/rate-limiter/index.ts';
  import { seededRandom } from './test/support/random.ts';
  const arena = Arena.attach(workerData.shared);
  const limiter = SharedRateLimiter.open(arena, 'limit');
  const random = seededRandom(workerData.seed);
`;

/** None gives a unit back within an hour. */
const SLOW: [RateLimit][] = [
  [{ algorithm: 'token-bucket', capacity: 5000, refill: 1, intervalMs: 3_600_000 }],
  [{ algorithm: 'leaky-bucket', capacity: 5000, leak: 1, intervalMs: 3_600_000 }],
  [{ algorithm: 'fixed-window', limit: 5000, windowMs: 3_600_000 }],
  [{ algorithm: 'sliding-window-log', limit: 5000, windowMs: 3_600_000 }],
  [{ algorithm: 'sliding-window-counter', limit: 5000, windowMs: 3_600_000 }],
  [{ algorithm: 'gcra', limit: 5000, periodMs: 18_000_000_000 }],
];

describe('SharedRateLimiter', () => {
  it('is one limit for all who open it by name, in the same thread too', () => {
    const arena = new Arena({ shared: true, maxBytes: MAX_BYTES });
    const limiter = new SharedRateLimiter({
      algorithm: 'fixed-window',
      limit: 5,
      windowMs: 60_000,
      arena,
      name: 'limit',
    });
    const other = Arena.attach(arena.share());
    const again = SharedRateLimiter.open(other, 'limit');
    expect(limiter.consume('größe', 2).remaining).toBe(3);
    expect(again.consume('größe', 2).remaining).toBe(1);
    expect(again.consumeMany(new Uint32Array(9000)).indexOf(0)).toBe(5);
    expect(limiter.consume(0).allowed).toBe(false);
    again.block('x'.repeat(1000), 60_000);
    expect(limiter.isBlocked('x'.repeat(1000))).toBe(true);
    expect(limiter.delete('x'.repeat(1000))).toBe(true);
    expect(again.stats()).toMatchObject({ size: 2, recovered: 0 });
    expect(() => SharedRateLimiter.open(arena, 'nothing')).toThrow(NameError);
    expect(() => TokenBucket.open(arena, 'limit')).toThrow(NameError);
    expect(
      () => new SharedRateLimiter({ algorithm: 'gcra', limit: 1, periodMs: 1, arena, name: 'it', segments: 3 }),
    ).toThrow(/power of two/);
    expect(() => new SharedRateLimiter({ algorithm: 'gcra', limit: 1, periodMs: 1, arena })).toThrow(/needs a name/);
    other.dispose();
    const used = arena.bytesUsed;
    for (let i = 0; i < 200; i++) {
      new SharedRateLimiter({
        algorithm: 'gcra',
        limit: 1,
        periodMs: 1,
        arena,
        name: 'it',
        maxBytes: 100_000,
      }).dispose();
    }
    expect(arena.bytesUsed).toBe(used);
    limiter.check();
    arena.check();
  });

  it('takes a reading of the clock that is late for what it is, and goes on where the clock went back', () => {
    const arena = new Arena({ shared: true, maxBytes: MAX_BYTES });
    let now = 1_700_000_000_000;
    const clock = { now: () => now, monotonic: () => 0 };
    const limiter = new SharedRateLimiter({
      algorithm: 'token-bucket',
      capacity: 1000,
      refill: 1,
      intervalMs: 1,
      arena,
      name: 'limit',
      clock,
      segments: 1,
    });
    limiter.consume('key', 1000);
    // Two threads that read, and ask in the other order: a second has passed, not one for each.
    for (let i = 0; i < 10; i++) {
      limiter.consume('nobody');
      now += 1000;
      limiter.consume('nobody');
      now -= 1000;
    }
    let taken = 0;
    while (limiter.tryConsume('key')) taken++;
    expect(taken).toBe(1000);
    now -= 3_600_000;
    expect(limiter.tryConsume('key')).toBe(false);
    now += 10;
    expect(limiter.peek('key').remaining).toBe(10);
  });

  it.each(SLOW)('lets through exactly the limit, however many threads want more: %o', async (limit) => {
    const file = workerFile(`${PRELUDE}
      const allowed = [0, 0, 0];
      for (let step = 0; step < 15_000; step++) {
        const key = random.below(3);
        const cost = 1 + random.below(3);
        if (limiter.consume(key === 2 ? 'a string' : key, cost).allowed) allowed[key] += cost;
      }
      for (const key of [0, 1, 2]) while (limiter.tryConsume(key === 2 ? 'a string' : key)) allowed[key]++;
      parentPort.postMessage(allowed);
      arena.dispose();
    `);
    const seed = testSeed(`shared rate limiter, ${limit.algorithm}`);
    const arena = new Arena({ shared: true, maxBytes: 16 << 20 });
    const limiter = new SharedRateLimiter({ ...limit, arena, name: 'limit', segments: 2 });
    const workers = [0, 1, 2].map((i) => runWorker<number[]>(file, { shared: arena.share(), seed: seed + i }).answer);
    const sums = [0, 0, 0];
    for (const allowed of await Promise.all(workers))
      for (const [key, units] of allowed.entries()) sums[key] = (sums[key] ?? 0) + units;
    expect(sums).toEqual([5000, 5000, 5000]);
    limiter.check();
  });

  it('never lets through more than the limit and what came back meanwhile', async () => {
    const file = workerFile(`${PRELUDE}
      let allowed = 0;
      const end = Date.now() + 400;
      while (Date.now() < end) if (limiter.tryConsume('key')) allowed++;
      parentPort.postMessage(allowed);
      arena.dispose();
    `);
    const arena = new Arena({ shared: true, maxBytes: MAX_BYTES });
    const limiter = new SharedRateLimiter({
      algorithm: 'gcra',
      limit: 1000,
      periodMs: 1000,
      burst: 100,
      arena,
      name: 'limit',
    });
    const began = Date.now();
    const workers = [0, 1].map((i) => runWorker<number>(file, { shared: arena.share(), seed: i }).answer);
    const allowed = (await Promise.all(workers)).reduce((a, b) => a + b);
    expect(allowed).toBeGreaterThan(300);
    expect(allowed).toBeLessThanOrEqual(100 + (Date.now() - began + 1));
    limiter.check();
  });
});

describe('threads that are killed while they consume', () => {
  const kills = Number(process.env.ASHLAR_KILLS ?? 12);
  const running = new Set<{ terminate(): Promise<number> }>();
  afterAll(async () => {
    for (const worker of running) await worker.terminate();
  });

  it(`hold up nobody for long, and neither mint nor break anything (${kills} times)`, {
    timeout: 30_000 + 1500 * kills,
  }, async () => {
    const seed = testSeed('shared rate limiter, killed');
    const random = seededRandom(seed);
    // What each let through is counted where the others see it, before it asks: so that what the dead took is counted too.
    const file = workerFile(`${PRELUDE}
      const asked = new Int32Array(workerData.asked);
      parentPort.postMessage(arena.participant.number);
      for (;;) {
        Atomics.add(asked, 0, 1);
        if (!limiter.tryConsume('limited')) Atomics.sub(asked, 0, 1);
        for (let i = 0; i < 20; i++) {
          limiter.consume(random.below(3000));
          if (random.next() < 0.05) limiter.delete(random.below(3000));
          if (random.next() < 0.05) limiter.block('blocked', 1e9);
        }
      }
    `);
    const arena = new Arena({ shared: true, maxBytes: MAX_BYTES });
    const limiter = new SharedRateLimiter({
      algorithm: 'token-bucket',
      capacity: 1_000_000,
      refill: 1,
      intervalMs: 1e9,
      arena,
      name: 'limit',
      maxBytes: 65_536,
      segments: 1,
    });
    limiter.block('blocked', 1e9);
    const asked = new SharedArrayBuffer(4);
    const failures: unknown[] = [];
    const start = async () => {
      const { worker, answer } = runWorker<number>(file, {
        shared: arena.share(),
        seed: seed + random.below(1e6),
        asked,
      });
      running.add(worker);
      worker.on('error', (error) => failures.push(error));
      return { worker, number: await answer };
    };
    const victims = [await start(), await start()];
    for (let kill = 0; kill < kills; kill++) {
      const index = random.below(2);
      const { worker, number } = victims[index] as (typeof victims)[number];
      await new Promise((resolve) => setTimeout(resolve, random.below(4)));
      await worker.terminate();
      running.delete(worker);
      // Half of them are reported; of the others the rest find out by themselves.
      if (random.next() < 0.5) arena.bury(number);
      expect(limiter.consume('blocked').allowed).toBe(false);
      expect(limiter.consume(`mine ${kill}`).allowed).toBe(true);
      arena.bury(number);
      victims[index] = await start();
    }
    for (const { worker } of victims) {
      await worker.terminate();
      running.delete(worker);
    }
    for (const { number } of victims) arena.bury(number);
    expect(failures).toEqual([]);
    limiter.check();
    // The key is never idle and has the most in use, so nobody evicted it. Who died had asked for one unit, answered or not.
    const used = 1_000_000 - limiter.peek('limited').remaining;
    const counted = new Int32Array(asked)[0] as number;
    expect(counted - used).toBeGreaterThanOrEqual(0);
    expect(counted - used).toBeLessThanOrEqual(kills + 2);
    console.log(`${limiter.stats().recovered} of ${kills + 2} died at a key`);
    arena.check();
  });
});
