import { describe, expect, it } from 'vitest';
import { TimeoutError, type TimeoutOptions, timeout } from '../../src/resilience/timeout/index.js';
import { CountingSignal, reasonOf } from '../support/signals.js';
import { ManualTime } from '../support/time.js';

const harness = (options: Partial<TimeoutOptions> = {}) => {
  const time = new ManualTime();
  const policy = timeout({ timeoutMs: 100, clock: time, timer: time, ...options });
  /** A call that ends when it is told to, and says how it was aborted. */
  const hold = (signal?: AbortSignal) => {
    const heard: unknown[] = [];
    let resolve: (value: string) => void = () => {};
    let reject: (error: unknown) => void = () => {};
    const call = policy.execute(
      (context) => {
        context.signal.addEventListener('abort', () => heard.push(context.signal.reason));
        return new Promise<string>((yes, no) => ([resolve, reject] = [yes, no]));
      },
      { signal },
    );
    return { call, heard, resolve: (value: string) => resolve(value), reject: (error: unknown) => reject(error) };
  };
  return { time, policy, hold };
};

describe('timeout', () => {
  it('rejects at the deadline whatever the function does, and tells it first', async () => {
    const { time, policy, hold } = harness();
    const told: unknown[] = [];
    policy.on('timeout', (error) => told.push(error));
    const held = hold();
    const failed = reasonOf(held.call);
    time.jump(1e9);
    time.advance(99);
    expect(held.heard).toEqual([]);
    time.advance(1);
    const error = await failed;
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ code: 'TIMEOUT', timeoutMs: 100, message: 'A call timed out after 100 ms' });
    expect([held.heard, told]).toEqual([[error], [error]]);
    held.reject(new Error('late'));
    expect(time.pending).toBe(0);
  });

  it('gives what came in time, at once or later, and keeps no timer', async () => {
    const { time, policy, hold } = harness();
    const held = hold();
    time.advance(99);
    held.resolve('in time');
    expect(await held.call).toBe('in time');
    expect(await policy.execute(() => 'at once')).toBe('at once');
    expect(await reasonOf(policy.execute(() => Promise.reject('no')))).toBe('no');
    const thrown = policy.execute(() => {
      throw new Error('at once');
    });
    expect(await reasonOf(thrown)).toMatchObject({ message: 'at once' });
    expect(time.pending).toBe(0);
    time.advance(1000);
    expect(held.heard).toEqual([]);
  });

  it('needs one timer for any number of calls, each of which has its own deadline', async () => {
    const { time, hold } = harness();
    const ended: string[] = [];
    for (let i = 0; i < 10; i++) {
      const held = hold();
      held.call.catch(() => ended.push(`${i} at ${time.monotonic()}`));
      if (i % 2 === 1) held.resolve('fine');
      expect(time.pending).toBe(1);
      await time.pass(10);
    }
    await time.pass(200, 40);
    expect(ended).toEqual(['0 at 100', '2 at 120', '4 at 140', '6 at 160', '8 at 180']);
    expect(time.pending).toBe(0);
  });

  it('waits for the function when it is cooperative', async () => {
    const { time, hold } = harness({ mode: 'cooperative' });
    const [late, stops] = [hold(), hold()];
    time.advance(100);
    expect(time.pending).toBe(0);
    late.resolve('late but there');
    expect(await late.call).toBe('late but there');
    stops.reject(new Error('I was aborted'));
    expect(await reasonOf(stops.call)).toBeInstanceOf(TimeoutError);
    const fails = hold();
    fails.reject('of its own');
    expect(await reasonOf(fails.call)).toBe('of its own');
    expect(time.pending).toBe(0);
  });

  it.each(['aggressive', 'cooperative'] as const)('hands an abort on, %s, and leaves no listener', async (mode) => {
    const { time, hold } = harness({ mode });
    const counting = new CountingSignal();
    for (let i = 0; i < 100; i++) {
      const held = hold(counting.signal);
      held.resolve('fine');
      await held.call;
    }
    expect([counting.listeners, time.pending]).toEqual([0, 0]);
    const held = hold(counting.signal);
    const reason = { why: 'enough' };
    const failed = reasonOf(held.call);
    counting.abort(reason);
    expect(held.heard).toEqual([reason]);
    if (mode === 'cooperative') held.reject(reason);
    expect(await failed).toBe(reason);
    expect([counting.listeners, time.pending]).toEqual([0, 0]);
  });

  it('follows a percentile of the latest successes', async () => {
    const adaptive = { quantile: 0.9, multiplier: 2, minMs: 15, maxMs: 1000, window: 10, minimumSamples: 10 };
    const { time, policy, hold } = harness({ timeoutMs: adaptive });
    expect(policy.timeoutMs).toBe(1000);
    for (let ms = 1; ms <= 10; ms++) {
      const held = hold();
      time.advance(ms * 10);
      held.resolve('fine');
      await held.call;
    }
    expect(policy.timeoutMs).toBe(180);
    const failed = reasonOf(hold().call);
    time.advance(180);
    expect(await failed).toMatchObject({ timeoutMs: 180 });
    for (let i = 0; i < 10; i++) await policy.execute(() => 1);
    expect(policy.timeoutMs).toBe(15);
    expect(time.pending).toBe(0);
  });

  it('refuses times that cannot be', () => {
    expect(() => timeout(-1)).toThrow('timeoutMs must be from 0 to 2147483647, got -1');
    expect(() => timeout('1s' as never)).toThrow();
    expect(() => timeout({ timeoutMs: 1, mode: 'angry' as never })).toThrow(
      "mode must be 'aggressive' or 'cooperative'",
    );
    expect(() => timeout({ timeoutMs: { maxMs: 10, minMs: 20 } })).toThrow('minMs must be from 0 to 10, got 20');
  });
});
