import { describe, expect, it } from 'vitest';
import { seededRandom as seeded } from '../../src/ports/random.js';
import {
  type Backoff,
  decorrelatedBackoff,
  exponentialBackoff,
  fixedBackoff,
  jittered,
  linearBackoff,
  RetryBudget,
  type RetryOptions,
  RetryThrottle,
  retry,
} from '../../src/resilience/retry/index.js';
import { testSeed } from '../support/random.js';
import { CountingSignal, reasonOf } from '../support/signals.js';
import { ManualTime, settled } from '../support/time.js';

const random = seeded(1);
const delays = (backoff: Backoff, count: number) => {
  const all: number[] = [];
  for (let i = 1; i <= count; i++) all.push(backoff(i, all.at(-1) ?? 0, random));
  return all;
};

describe('backoff', () => {
  it('is fixed, linear or exponential, up to its most', () => {
    expect(delays(fixedBackoff(70), 3)).toEqual([70, 70, 70]);
    expect(delays(linearBackoff({ initialMs: 100, incrementMs: 50, maxMs: 220 }), 5)).toEqual([
      100, 150, 200, 220, 220,
    ]);
    expect(delays(linearBackoff({ initialMs: 10 }), 3)).toEqual([10, 20, 30]);
    const exponential = exponentialBackoff({ initialMs: 100, multiplier: 3, maxMs: 5000, jitter: 'none' });
    expect(delays(exponential, 5)).toEqual([100, 300, 900, 2700, 5000]);
    expect(exponential(1e6, 0, random)).toBe(5000);
    expect(exponentialBackoff({ initialMs: 0, jitter: 'none' })(5000, 0, random)).toBe(0);
  });

  it('refuses what is no time', () => {
    expect(() => fixedBackoff(-1)).toThrow('delayMs must be from 0 to 2147483647, got -1');
    expect(() => exponentialBackoff({ multiplier: 0.5 })).toThrow('multiplier must be from 1');
    expect(() => jittered(fixedBackoff(1), 'half' as never)).toThrow(
      "jitter must be 'none', 'full' or 'equal', got half",
    );
  });

  // The definitions of the article, and what follows from them for a uniform draw.
  const SAMPLES = 40_000;
  const drawn = (backoff: Backoff, retryNumber: number, previousMs: number, name: string) => {
    const source = seeded(testSeed(name));
    return Array.from({ length: SAMPLES }, () => backoff(retryNumber, previousMs, source));
  };
  const expectUniform = (samples: number[], low: number, high: number) => {
    const bins = new Array<number>(20).fill(0);
    for (const sample of samples) {
      if (!(sample >= low && sample < high)) throw new Error(`${sample} is outside [${low}, ${high})`);
      const bin = Math.floor(((sample - low) / (high - low)) * 20);
      bins[bin] = (bins[bin] as number) + 1;
    }
    const expected = SAMPLES / 20;
    const chiSquare = bins.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // 19 degrees of freedom: above 55 once in thirty thousand runs.
    expect(chiSquare).toBeLessThan(55);
  };

  it('with full jitter is uniform from 0 to the delay', () => {
    expectUniform(drawn(exponentialBackoff({ initialMs: 100 }), 4, 0, 'full jitter'), 0, 800);
    expectUniform(drawn(exponentialBackoff({ initialMs: 100, maxMs: 300 }), 9, 0, 'capped jitter'), 0, 300);
  });

  it('with equal jitter is uniform in the upper half of the delay', () => {
    expectUniform(drawn(exponentialBackoff({ initialMs: 100, jitter: 'equal' }), 4, 0, 'equal jitter'), 400, 800);
    expectUniform(drawn(linearBackoff({ initialMs: 100, jitter: 'equal' }), 2, 0, 'equal linear jitter'), 100, 200);
  });

  it('decorrelated is uniform from the base to three times the delay before, up to its most', () => {
    const backoff = decorrelatedBackoff({ baseMs: 100, maxMs: 2000 });
    expectUniform(drawn(backoff, 1, 0, 'decorrelated first'), 100, 300);
    expectUniform(drawn(backoff, 2, 500, 'decorrelated'), 100, 1500);
    const source = seeded(7);
    for (let previous = 0, i = 1; i < 5000; i++) {
      const delay = backoff(i, previous, source);
      if (delay < 100 || delay > Math.min(2000, Math.max(100, previous) * 3)) throw new Error(`${previous} → ${delay}`);
      previous = delay;
    }
    expect(Math.max(...drawn(backoff, 9, 2000, 'decorrelated cap'))).toBe(2000);
  });
});

describe('retry', () => {
  const harness = (options: RetryOptions = {}) => {
    const time = new ManualTime();
    const policy = retry({ backoff: 100, clock: time, timer: time, ...options });
    const events: unknown[] = [];
    policy.on('retry', ({ attempt, delayMs }) => events.push([attempt, delayMs]));
    policy.on('giveUp', ({ reason }) => events.push(reason));
    let attempts = 0;
    const failing = (times: number, make = (n: number): unknown => new Error(`failure ${n}`)) => {
      attempts = 0;
      return async () => {
        if (++attempts <= times) throw make(attempts);
        return attempts;
      };
    };
    return { time, policy, events, failing, tried: () => attempts };
  };

  it('gives what the first success gives, and throws what the last attempt threw', async () => {
    const { time, policy, events, failing, tried } = harness();
    const done = policy.execute(failing(2));
    await time.pass(99);
    expect(tried()).toBe(1);
    await time.pass(1);
    expect(tried()).toBe(2);
    await time.pass(100);
    expect(await done).toBe(3);
    const failed = reasonOf(policy.execute(failing(9)));
    await time.pass(1000, 10);
    expect(await failed).toMatchObject({ message: 'failure 3' });
    expect(events).toEqual([[1, 100], [2, 100], [1, 100], [2, 100], 'attempts']);
    expect(time.pending).toBe(0);
  });

  it('tells each attempt its number, and all of them one key', async () => {
    let made = 0;
    const { time, policy } = harness({ idempotencyKey: () => `key ${++made}` });
    const seen: unknown[] = [];
    const run = (key?: string) =>
      policy.execute(
        ({ attempt, idempotencyKey }) => {
          seen.push([attempt, idempotencyKey]);
          if (attempt < 3) throw new Error('again');
        },
        { idempotencyKey: key },
      );
    const both = [run(), run('mine')];
    await time.pass(300, 3);
    await Promise.all(both);
    expect(seen.filter((each) => JSON.stringify(each).includes('key 1'))).toEqual([
      [1, 'key 1'],
      [2, 'key 1'],
      [3, 'key 1'],
    ]);
    expect([made, seen.length]).toEqual([1, 6]);
  });

  it('retries the errors and results it is told to, and gives the last result', async () => {
    const { time, policy, events, failing } = harness({
      retryIf: (error) => (error as Error).message !== 'failure 2',
      retryIfResult: (value) => value === 'not yet',
    });
    const failed = reasonOf(policy.execute(failing(9)));
    await time.pass(300, 3);
    expect(await failed).toMatchObject({ message: 'failure 2' });
    const given = policy.execute(() => 'not yet');
    await time.pass(300, 3);
    expect(await given).toBe('not yet');
    expect(events).toEqual([[1, 100], 'not-retryable', [1, 100], [2, 100], 'attempts']);
  });

  it('begins no retry that maxElapsedMs would not see', async () => {
    const { time, policy, events, failing, tried } = harness({
      maxElapsedMs: 250,
      maxAttempts: Number.POSITIVE_INFINITY,
    });
    const failed = reasonOf(policy.execute(failing(99)));
    time.jump(-1e9);
    await time.pass(1000, 20);
    expect(await failed).toMatchObject({ message: 'failure 3' });
    expect([tried(), events.at(-1)]).toEqual([3, 'elapsed']);
  });

  it('waits as long as the other side asks, and gives up when that is too long', async () => {
    const { time, policy, events, failing } = harness({ maxRetryAfterMs: 10_000 });
    const soon = policy.execute(failing(1, () => ({ retryAfterMs: 3000 })));
    await time.pass(3000);
    expect(await soon).toBe(2);
    const headers = new Headers({ 'retry-after': new Date(time.now() + 2000).toUTCString() });
    const dated = policy.execute(failing(1, () => ({ response: { headers } })));
    await time.pass(3000);
    expect(await dated).toBe(2);
    const long = { retryAfterMs: 10_001 };
    expect(await reasonOf(policy.execute(failing(1, () => long)))).toBe(long);
    expect(events[0]).toEqual([1, 3000]);
    expect((events[1] as number[])[1]).toBeGreaterThan(1000);
    expect(events[2]).toBe('retry-after');
    // Less than the back-off changes nothing; what is not a time is not asked for.
    const { time: other, policy: deaf, events: heard, failing: fail } = harness({ retryAfter: false });
    const done = deaf.execute(fail(1, () => long));
    await other.pass(100);
    expect([await done, heard]).toEqual([2, [[1, 100]]]);
  });

  it('ends a delay at once by the signal, with exactly its reason, and leaves nothing behind', async () => {
    const { time, policy, failing } = harness();
    const counting = new CountingSignal();
    const failed = reasonOf(policy.execute(failing(9), { signal: counting.signal }));
    await settled();
    expect([counting.listeners, time.pending]).toEqual([1, 1]);
    const reason = { why: 'enough' };
    counting.abort(reason);
    expect(await failed).toBe(reason);
    expect([counting.listeners, time.pending]).toEqual([0, 0]);
    // An attempt that an abort ended is not tried again.
    const during = new AbortController();
    const attempt = policy.execute(
      ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('other')))),
      { signal: during.signal },
    );
    during.abort('gone');
    expect(await reasonOf(attempt)).toBe('gone');
    expect(time.pending).toBe(0);
  });

  it('leaves no listener behind over a thousand delays with one signal', async () => {
    const { time, policy, failing } = harness({ backoff: 1 });
    const counting = new CountingSignal();
    for (let i = 0; i < 500; i++) {
      const done = policy.execute(failing(2), { signal: counting.signal });
      await time.pass(2, 2);
      await done;
    }
    expect([counting.listeners, time.pending]).toEqual([0, 0]);
  });

  it('refuses options that cannot be', () => {
    expect(() => retry({ maxAttempts: 0 })).toThrow('maxAttempts must be an integer from 1');
    expect(() => retry({ maxElapsedMs: -1 })).toThrow('maxElapsedMs must be from 0');
    expect(() => retry({ backoff: 'fast' as never })).toThrow('backoff must be a function, got string');
    expect(() => retry({ budget: {} as never })).toThrow('budget must be a Budget, got object');
    expect(() => retry({ retryIf: 1 as never })).toThrow('retryIf must be a function, got number');
  });

  it('rejects when a backoff gives what is no time', async () => {
    const policy = retry({ backoff: () => Number.NaN });
    expect(await reasonOf(policy.execute(() => Promise.reject(new Error('x'))))).toBeInstanceOf(RangeError);
  });
});

describe('RetryBudget', () => {
  it('allows a share of the calls, besides a few a second, for as long as a call counts', async () => {
    const clock = new ManualTime();
    const budget = new RetryBudget({ retryRatio: 0.2, minRetriesPerSecond: 0, ttlMs: 10_000, clock });
    expect(budget.withdraw()).toBe(false);
    for (let i = 0; i < 10; i++) budget.deposit();
    expect([budget.balance, budget.withdraw(), budget.withdraw(), budget.withdraw()]).toEqual([2, true, true, false]);
    for (let i = 0; i < 10; i++) budget.deposit();
    clock.advance(8999);
    expect(budget.balance).toBe(2);
    clock.advance(2000);
    expect(budget.balance).toBe(0);
    const generous = new RetryBudget({ retryRatio: 0, minRetriesPerSecond: 1, ttlMs: 3000, clock });
    expect([1, 2, 3, 4].map(() => generous.withdraw())).toEqual([true, true, true, false]);
    clock.advance(1e7);
    expect(generous.balance).toBe(3);
  });

  it('bounds the retries of all calls that share it', async () => {
    const clock = new ManualTime();
    const budget = new RetryBudget({ retryRatio: 0.1, minRetriesPerSecond: 0, clock });
    const policy = retry({ backoff: 0, maxAttempts: 10, budget });
    let attempts = 0;
    for (let i = 0; i < 200; i++) {
      await policy
        .execute(() => {
          attempts++;
          throw new Error('down');
        })
        .catch(() => {});
    }
    expect(attempts).toBe(220);
  });
});

describe('RetryThrottle', () => {
  it('allows retries while the bucket is more than half full, as gRPC has it', () => {
    const throttle = new RetryThrottle({ maxTokens: 10, tokenRatio: 0.5 });
    for (let i = 0; i < 4; i++) throttle.failed();
    expect([throttle.tokens, throttle.withdraw()]).toEqual([6, true]);
    throttle.failed();
    expect([throttle.tokens, throttle.withdraw()]).toEqual([5, false]);
    throttle.succeeded();
    expect([throttle.tokens, throttle.withdraw()]).toEqual([5.5, true]);
    for (let i = 0; i < 100; i++) throttle.failed();
    expect(throttle.tokens).toBe(0);
    for (let i = 0; i < 100; i++) throttle.succeeded();
    expect(throttle.tokens).toBe(10);
  });
});
