import { describe, expect, it } from 'vitest';
import { HedgeLostError, type HedgeOptions, hedge } from '../../src/resilience/hedge/index.js';
import { RetryBudget } from '../../src/resilience/retry/index.js';
import { CountingSignal, reasonOf } from '../support/signals.js';
import { ManualTime, settled } from '../support/time.js';

interface Attempt {
  readonly number: number;
  readonly signal: AbortSignal;
  resolve(value: string): void;
  reject(error: unknown): void;
}

const harness = (options: Partial<HedgeOptions> = {}) => {
  const time = new ManualTime();
  const policy = hedge({ delayMs: 50, maxHedges: 2, clock: time, timer: time, ...options });
  const attempts: Attempt[] = [];
  const start = (signal?: AbortSignal) =>
    policy.execute(
      (context) =>
        new Promise<string>((resolve, reject) => {
          attempts.push({ number: context.attempt, signal: context.signal, resolve, reject });
        }),
      { signal },
    );
  return { time, policy, attempts, start, attempt: (i: number) => attempts[i] as Attempt };
};

describe('hedge', () => {
  it('begins another attempt after each delay, gives the first success, and aborts the others', async () => {
    const { time, policy, attempts, attempt, start } = harness();
    const events: unknown[] = [];
    policy.on('hedge', (event) => events.push(event));
    policy.on('success', (event) => events.push(event));
    const call = start();
    time.advance(49);
    expect(attempts.length).toBe(1);
    time.advance(1);
    time.advance(500);
    expect(attempts.map(({ number }) => number)).toEqual([1, 2, 3]);
    attempt(1).resolve('second');
    expect(await call).toBe('second');
    expect(attempts.map(({ signal }) => signal.aborted)).toEqual([true, false, true]);
    expect(attempt(0).signal.reason).toBeInstanceOf(HedgeLostError);
    expect(events).toEqual([{ attempt: 2 }, { attempt: 3 }, { attempt: 2, attempts: 3 }]);
    attempt(0).reject(new Error('late'));
    expect(time.pending).toBe(0);
  });

  it('begins nothing more when the first is quick', async () => {
    const { time, attempts, attempt, start } = harness();
    const call = start();
    attempt(0).resolve('first');
    expect(await call).toBe('first');
    time.advance(1000);
    expect([attempts.length, time.pending, attempt(0).signal.aborted]).toEqual([1, 0, false]);
  });

  it('begins the next at once when one fails, and throws the last error when all have', async () => {
    const { time, attempts, attempt, start } = harness();
    const failed = reasonOf(start());
    attempt(0).reject('one');
    await settled();
    expect(attempts.length).toBe(2);
    time.advance(50);
    attempt(2).reject('three');
    await settled();
    attempt(1).reject('two');
    expect(await failed).toBe('two');
    expect(time.pending).toBe(0);
    const atOnce = hedge({ delayMs: 5, maxHedges: 3, timer: time });
    let count = 0;
    const thrown = atOnce.execute(() => {
      throw new Error(`${++count}`);
    });
    expect(await reasonOf(thrown)).toMatchObject({ message: '4' });
    expect(time.pending).toBe(0);
  });

  it('ends with an error that is not to be hedged', async () => {
    const { time, attempts, attempt, start } = harness({ hedgeIf: (error) => error !== 'final' });
    const failed = reasonOf(start());
    time.advance(50);
    attempt(1).reject('final');
    expect(await failed).toBe('final');
    expect([attempts.length, attempt(0).signal.aborted, time.pending]).toEqual([2, true, 0]);
    const throwing = harness({
      hedgeIf: () => {
        throw new Error('of the predicate');
      },
    });
    const call = reasonOf(throwing.start());
    throwing.attempt(0).reject('the error');
    expect(await call).toBe('the error');
  });

  it('rejects at once with the reason of the signal, and aborts every attempt with it', async () => {
    const { time, attempts, start } = harness();
    const counting = new CountingSignal();
    const failed = reasonOf(start(counting.signal));
    time.advance(50);
    const reason = { why: 'enough' };
    counting.abort(reason);
    expect(await failed).toBe(reason);
    expect(attempts.map(({ signal }) => signal.reason)).toEqual([reason, reason]);
    expect([counting.listeners, time.pending]).toEqual([0, 0]);
  });

  it('leaves no listener behind over a thousand calls with one signal', async () => {
    const { time, attempts, start } = harness();
    const counting = new CountingSignal();
    for (let i = 0; i < 1000; i++) {
      const call = start(counting.signal);
      attempts.at(-1)?.resolve('fine');
      await call;
    }
    expect([counting.listeners, time.pending]).toEqual([0, 0]);
  });

  it('hedges as many calls as its budget allows', async () => {
    const clock = new ManualTime();
    const budget = new RetryBudget({ retryRatio: 0.5, minRetriesPerSecond: 0, clock });
    const { time, attempts, start } = harness({ budget, maxHedges: 1 });
    const calls = Array.from({ length: 10 }, () => start());
    time.advance(50);
    expect(attempts.length).toBe(15);
    for (const each of attempts) each.resolve('fine');
    await Promise.all(calls);
  });

  it('waits as long as a percentile of the latest successes took', async () => {
    const delayMs = { quantile: 0.8, maxMs: 400, minMs: 5, window: 10, minimumSamples: 10 };
    const { time, policy, attempts, start } = harness({ delayMs });
    expect(policy.delayMs).toBe(400);
    for (let i = 1; i <= 10; i++) {
      const call = start();
      time.advance(i * 10);
      attempts.at(-1)?.resolve('fine');
      await call;
    }
    expect(policy.delayMs).toBe(80);
  });

  it('refuses options that cannot be', () => {
    expect(() => hedge(-1)).toThrow('delayMs must be from 0');
    expect(() => hedge({ delayMs: 1, maxHedges: 0 })).toThrow('maxHedges must be an integer from 1 to 100, got 0');
    expect(() => hedge({ delayMs: { maxMs: 1, quantile: 2 } })).toThrow('quantile must be from');
  });
});
