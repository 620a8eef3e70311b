import { describe, expect, it } from 'vitest';
import {
  type AdaptiveLimitOptions,
  Aimd,
  adaptiveLimit,
  Gradient2,
  type LimitAlgorithm,
  LimitExceededError,
  Vegas,
  Windowed,
} from '../../src/resilience/adaptive-limit/index.js';
import { timeout } from '../../src/resilience/timeout/index.js';
import { seededRandom, testSeed } from '../support/random.js';
import { reasonOf } from '../support/signals.js';
import { ManualTime } from '../support/time.js';

const feed = (algorithm: LimitAlgorithm, rttMs: number, inFlight: number, times = 1, dropped = false) => {
  for (let i = 0; i < times; i++) algorithm.update({ rttMs, inFlight, dropped, nowMs: i });
  return algorithm.limit;
};

describe('Aimd', () => {
  it('adds one while the limit is used, and multiplies by the ratio at a drop or a timeout', () => {
    const aimd = new Aimd({ initialLimit: 30, minLimit: 10, maxLimit: 40, timeoutMs: 100 });
    expect(feed(aimd, 1, 15)).toBe(31);
    expect(feed(aimd, 1, 15)).toBe(31);
    expect(feed(aimd, 1, 40, 20)).toBe(40);
    expect(feed(aimd, 1, 1, 1, true)).toBe(36);
    expect(feed(aimd, 101, 1)).toBe(32);
    expect(feed(aimd, 1, 1, 99, true)).toBe(10);
  });
});

describe('Vegas', () => {
  it('grows fast without a queue, slowly with a short one, stays between, and shrinks with a long one', () => {
    const grown = (rttMs: number) => {
      const vegas = new Vegas({ initialLimit: 20 });
      feed(vegas, 10, 20);
      return feed(vegas, rttMs, 20) - 20;
    };
    // Queues of 20 × (1 − 10 / rtt): 1, 2, 4, 7. One step is 1 at this limit, alpha 3, beta 6.
    expect([10.5, 11, 12.5, 15].map(grown)).toEqual([6, 1, 0, -1]);
  });

  it('shrinks at a drop whatever is out, and learns nothing from who does not use the limit', () => {
    const vegas = new Vegas({ initialLimit: 20 });
    feed(vegas, 10, 20);
    expect(feed(vegas, 10, 9)).toBe(20);
    expect(feed(vegas, 10, 1, 1, true)).toBe(19);
    expect(feed(vegas, 10, 1, 1000, true)).toBe(1);
  });

  it('learns a latency anew that has risen for good', () => {
    const vegas = new Vegas({ initialLimit: 10, probeMultiplier: 5 });
    feed(vegas, 10, 10);
    expect(feed(vegas, 40, 10, 5)).toBeLessThan(10);
    expect(feed(vegas, 40, 100, 2000)).toBeGreaterThan(10);
  });
});

describe('Gradient2', () => {
  it('follows the ratio of the long average to the latency now, by its formula', () => {
    const gradient = new Gradient2({ initialLimit: 50, queueSize: 4, smoothing: 0.2, rttTolerance: 1.5 });
    let expected = 50;
    feed(gradient, 10, 50);
    // Latency as usual: the gradient is 1, and the limit grows by a fifth of the queue.
    expected = expected * 0.8 + (expected + 4) * 0.2;
    expect(gradient.limit).toBe(Math.floor(expected));
    feed(gradient, 40, 50);
    // The mean of 10 and 40 is 25: 1.5 × 25 / 40.
    expected = expected * 0.8 + (expected * ((1.5 * 25) / 40) + 4) * 0.2;
    expect(gradient.limit).toBe(Math.floor(expected));
  });

  it('stays within its bounds, and learns nothing from who does not use the limit', () => {
    const gradient = new Gradient2({ initialLimit: 30, minLimit: 20, maxLimit: 60 });
    expect(feed(gradient, 10, 14, 100)).toBe(30);
    expect(feed(gradient, 10, 99, 500)).toBe(60);
    expect(feed(gradient, 1000, 99, 40)).toBeLessThan(60);
  });
});

describe('Windowed', () => {
  it('gives one sample a window: the mean, the most that were out, and whether any was dropped', () => {
    const samples: unknown[] = [];
    const inner: LimitAlgorithm = { limit: 7, update: (sample) => void samples.push(sample) };
    const windowed = new Windowed(inner, { minWindowMs: 100, minSamples: 3, minRttMs: 1 });
    const add = (nowMs: number, rttMs: number, inFlight = 1, dropped = false) =>
      windowed.update({ rttMs, inFlight, dropped, nowMs });
    add(0, 10, 5);
    add(1, 0.5, 99);
    add(50, 20, 3, true);
    add(100, 30);
    add(150, 40);
    add(250, 60);
    expect([samples.length, windowed.limit]).toEqual([1, 7]);
    add(300, 80);
    expect(samples).toEqual([
      { rttMs: 20, inFlight: 5, dropped: true, nowMs: 100 },
      { rttMs: 60, inFlight: 1, dropped: false, nowMs: 300 },
    ]);
  });
});

describe('adaptiveLimit', () => {
  const harness = (options: Partial<AdaptiveLimitOptions> & { limit?: number } = {}) => {
    const time = new ManualTime();
    const samples: { rttMs: number; inFlight: number; dropped: boolean }[] = [];
    const algorithm = { limit: options.limit ?? 2, update: (sample: (typeof samples)[0]) => void samples.push(sample) };
    const policy = adaptiveLimit({ algorithm, clock: time, ...options });
    const hold = (partition?: string) => {
      let end: (error?: unknown) => void = () => {};
      const call = policy.execute(
        () =>
          new Promise<string>((resolve, reject) => {
            end = (error) => (error === undefined ? resolve('fine') : reject(error));
          }),
        { partition },
      );
      call.catch(() => {});
      return { call, end: (error?: unknown) => end(error) };
    };
    return { time, policy, samples, algorithm, hold };
  };

  it('lets as many out as the algorithm says, refuses the rest, and tells it how long each took', async () => {
    const { time, policy, samples, algorithm, hold } = harness();
    const [a, b] = [hold(), hold()];
    const refused = await reasonOf(hold().call);
    expect(refused).toBeInstanceOf(LimitExceededError);
    expect(refused).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 2 });
    time.jump(-1e9);
    time.advance(30);
    a.end();
    await a.call;
    algorithm.limit = 1;
    expect(await reasonOf(hold().call)).toMatchObject({ limit: 1 });
    time.advance(10);
    b.end();
    await b.call;
    expect(samples).toMatchObject([
      { rttMs: 30, inFlight: 1, dropped: false },
      { rttMs: 40, inFlight: 2, dropped: false },
    ]);
    expect(policy.stats()).toEqual({ limit: 1, inFlight: 0, rejected: 2, partitions: {} });
  });

  it('counts timeouts as drops, ignores other errors, and takes a classification', async () => {
    const { policy, samples, hold } = harness({
      classify: ({ error, value }) => (error === 'busy' ? 'dropped' : value === 'skip' ? 'ignore' : undefined),
    });
    await reasonOf(policy.execute(() => timeout(0).execute(() => new Promise(() => {}))));
    const [failed, busy] = [hold(), hold()];
    failed.end(new Error('a bug'));
    busy.end('busy');
    await Promise.all([reasonOf(failed.call), reasonOf(busy.call)]);
    await policy.execute(() => 'skip');
    expect(samples.map(({ dropped }) => dropped)).toEqual([true, true]);
    expect(policy.inFlight).toBe(0);
  });

  it('keeps the share of each partition when all want more, and lends what is left', async () => {
    const { policy, hold } = harness({ limit: 10, partitions: { live: 0.7, batch: 0.2 } });
    const batch = Array.from({ length: 10 }, () => hold('batch'));
    expect(policy.stats().partitions).toEqual({
      live: { inFlight: 0, limit: 7 },
      batch: { inFlight: 10, limit: 2 },
    });
    expect(await reasonOf(hold('batch').call)).toMatchObject({ limit: 2, partition: 'batch' });
    expect(await reasonOf(hold('unknown').call)).toMatchObject({ partition: undefined });
    expect(await reasonOf(hold().call)).toBeInstanceOf(LimitExceededError);
    // What was lent is not taken back: the share is there all the same.
    const live = Array.from({ length: 7 }, () => hold('live'));
    expect(await reasonOf(hold('live').call)).toMatchObject({ limit: 7, partition: 'live' });
    for (const each of [...batch, ...live]) each.end();
    await Promise.all([...batch, ...live].map(({ call }) => call));
    expect(policy.inFlight).toBe(0);
  });

  it.each([
    // Its long average follows what lasts: it is looked at within one of its windows.
    ['Gradient2', 400, () => new Gradient2({ minLimit: 1, initialLimit: 5 })],
    ['Vegas', 6000, () => new Vegas({ initialLimit: 5 })],
  ] as const)('%s finds about what the other side takes at once', (name, updates, make) => {
    const random = seededRandom(testSeed(`adaptive limit ${name}`));
    const algorithm = make();
    const capacity = 40;
    const limits: number[] = [];
    for (let i = 0; i < updates; i++) {
      // All the limit allows is out; beyond the capacity calls queue, and take longer in proportion.
      const inFlight = algorithm.limit;
      const rttMs = 10 * Math.max(1, inFlight / capacity) * (1 + random.next() * 0.05);
      algorithm.update({ rttMs, inFlight, dropped: false, nowMs: i });
      if (i > updates / 2) limits.push(algorithm.limit);
    }
    const mean = limits.reduce((sum, limit) => sum + limit, 0) / limits.length;
    expect(mean).toBeGreaterThan(capacity * 0.8);
    expect(mean).toBeLessThan(capacity * 3);
  });

  it('refuses options that cannot be', () => {
    expect(() => adaptiveLimit({ partitions: { a: 0.6, b: 0.5 } })).toThrow('must be at most 1 together, got 1.1');
    expect(() => adaptiveLimit({ partitions: { a: 0 } })).toThrow('partitions.a must be from');
    expect(() => adaptiveLimit({ algorithm: {} as never })).toThrow('algorithm must have a method update, got object');
    expect(() => new Aimd({ minLimit: 10, maxLimit: 5 })).toThrow('minLimit must be an integer from 1 to 5, got 10');
    expect(() => new Gradient2({ initialLimit: 500, maxLimit: 100 })).toThrow('initialLimit must be');
    expect(() => new Vegas({ smoothing: 0 })).toThrow('smoothing must be');
  });
});
