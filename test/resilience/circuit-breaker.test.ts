import { describe, expect, it } from 'vitest';
import { TimeoutError } from '../../src/base/wait-errors.js';
import {
  type BreakerState,
  CircuitBreaker,
  type CircuitBreakerOptions,
  CircuitOpenError,
} from '../../src/resilience/circuit-breaker/index.js';
import { exponentialBackoff } from '../../src/resilience/retry/index.js';
import { reasonOf } from '../support/signals.js';
import { ManualTime, settled } from '../support/time.js';

const harness = (options: CircuitBreakerOptions = {}) => {
  const time = new ManualTime();
  const breaker = new CircuitBreaker({ clock: time, ...options });
  const states: BreakerState[] = [];
  breaker.on('stateChange', ({ to }) => states.push(to));
  const succeed = () => breaker.execute(async () => 'fine');
  const fail = (error: unknown = new Error('down')) => reasonOf(breaker.execute(() => Promise.reject(error)));
  /** A call that ends when it is told to. */
  const hold = () => {
    let end: (error?: unknown) => void = () => {};
    const call = breaker.execute(
      () =>
        new Promise<void>((resolve, reject) => (end = (error) => (error === undefined ? resolve() : reject(error)))),
    );
    const done = call.then(
      () => 'fine',
      (error) => error,
    );
    return { end: (error?: unknown) => end(error), done };
  };
  return { time, breaker, states, succeed, fail, hold };
};

describe('CircuitBreaker', () => {
  it('opens after consecutive failures, refuses, probes after openMs, and closes', async () => {
    const { time, breaker, states, succeed, fail } = harness({
      window: 'consecutive',
      consecutiveFailures: 3,
      openMs: 1000,
    });
    await fail();
    await fail();
    await succeed();
    await fail();
    await fail();
    expect(breaker.state).toBe('closed');
    await fail();
    expect(breaker.state).toBe('open');
    time.advance(400);
    let ran = false;
    const refused = await reasonOf(
      breaker.execute(() => {
        ran = true;
      }),
    );
    expect(refused).toBeInstanceOf(CircuitOpenError);
    expect(refused).toMatchObject({ code: 'CIRCUIT_OPEN', state: 'open', retryAfterMs: 600 });
    expect([ran, breaker.retryAfterMs]).toEqual([false, 600]);
    time.advance(600);
    expect(breaker.state).toBe('open');
    expect(await succeed()).toBe('fine');
    expect(states).toEqual(['open', 'half-open', 'closed']);
    expect(breaker.stats()).toEqual({ state: 'closed', calls: 0, failures: 0, slowCalls: 0, rejected: 1, opened: 1 });
    expect(time.pending).toBe(0);
  });

  it('opens by the failure rate of the last calls, and not before there are enough', async () => {
    const { breaker, succeed, fail } = harness({ windowCalls: 10, minimumCalls: 4, failureRate: 0.5 });
    for (let i = 0; i < 3; i++) await fail();
    expect(breaker.state).toBe('closed');
    // The rate is looked at after successes too, as resilience4j does.
    await succeed();
    expect(breaker.state).toBe('open');
    const sliding = harness({ windowCalls: 4, minimumCalls: 4, failureRate: 0.5 });
    await sliding.fail();
    for (let i = 0; i < 4; i++) await sliding.succeed();
    expect(sliding.breaker.stats()).toMatchObject({ calls: 4, failures: 0 });
    await sliding.fail();
    expect(sliding.breaker.state).toBe('closed');
    await sliding.fail();
    expect(sliding.breaker.state).toBe('open');
  });

  it('opens by the failure rate of the last seconds, and forgets what is older', async () => {
    const options = { window: 'time', windowMs: 1000, buckets: 10, minimumCalls: 4, failureRate: 0.5 } as const;
    const { time, breaker, succeed, fail } = harness(options);
    for (let i = 0; i < 3; i++) await fail();
    time.advance(950);
    expect(breaker.stats()).toMatchObject({ calls: 3, failures: 3 });
    time.advance(100);
    expect(breaker.stats()).toMatchObject({ calls: 0, failures: 0 });
    await fail();
    time.jump(-1e9);
    for (let i = 0; i < 3; i++) await succeed();
    expect(breaker.state).toBe('closed');
    time.advance(500);
    await fail();
    await fail();
    expect(breaker.state).toBe('open');
  });

  it('opens by the rate of slow calls, whether they fail or not', async () => {
    const { time, breaker, hold } = harness({ windowCalls: 4, minimumCalls: 4, slowCallMs: 100, slowCallRate: 0.5 });
    const durations: unknown[] = [];
    breaker.on('success', ({ durationMs, slow }) => durations.push([durationMs, slow]));
    for (const ms of [100, 101, 50, 200]) {
      const call = hold();
      time.advance(ms);
      call.end();
      await call.done;
    }
    expect(durations).toEqual([
      [100, false],
      [101, true],
      [50, false],
      [200, true],
    ]);
    expect(breaker.state).toBe('open');
  });

  it('lets no more probes through than it may, and judges them together', async () => {
    const options = { window: 'count', windowCalls: 4, minimumCalls: 1, openMs: 10, halfOpenCalls: 4 } as const;
    for (const [failures, end] of [
      [1, 'closed'],
      [2, 'open'],
    ] as const) {
      const { time, breaker, fail, hold } = harness(options);
      await fail();
      time.advance(10);
      const probes = [hold(), hold(), hold(), hold()];
      expect(breaker.state).toBe('half-open');
      expect(await reasonOf(breaker.execute(() => 1))).toMatchObject({ state: 'half-open', retryAfterMs: 0 });
      for (const [i, probe] of probes.entries()) probe.end(i < failures ? new Error('still down') : undefined);
      await Promise.all(probes.map((probe) => probe.done));
      expect(breaker.state).toBe(end);
    }
  });

  it('lets another probe through in the place of one that says nothing', async () => {
    const { time, breaker, fail, hold, succeed } = harness({
      window: 'consecutive',
      consecutiveFailures: 1,
      openMs: 10,
      classify: ({ error }) => (error === 'not its fault' ? 'ignore' : undefined),
    });
    await fail();
    time.advance(10);
    const probe = hold();
    probe.end('not its fault');
    await probe.done;
    expect(breaker.state).toBe('half-open');
    await succeed();
    expect(breaker.state).toBe('closed');
  });

  it('opens again when probes do not end', async () => {
    const { time, breaker, fail, hold, succeed } = harness({
      window: 'consecutive',
      consecutiveFailures: 1,
      openMs: 10,
      maxHalfOpenMs: 1000,
    });
    await fail();
    time.advance(10);
    const lost = hold();
    time.advance(1000);
    expect(await reasonOf(succeed())).toMatchObject({ state: 'open', retryAfterMs: 10 });
    time.advance(10);
    // The lost probe ends in another state than it began in, and counts no more.
    const probe = hold();
    lost.end(new Error('late'));
    await lost.done;
    expect(breaker.state).toBe('half-open');
    probe.end();
    await probe.done;
    expect(breaker.state).toBe('closed');
  });

  it('counts what a call ends with in the state it began in, or nowhere', async () => {
    const { time, breaker, fail, hold } = harness({ window: 'consecutive', consecutiveFailures: 1, openMs: 10 });
    const [early, late] = [hold(), hold()];
    await fail();
    early.end();
    await early.done;
    expect(breaker.state).toBe('open');
    time.advance(10);
    const probe = hold();
    late.end(new Error('of before'));
    await late.done;
    expect(breaker.state).toBe('half-open');
    probe.end();
    await probe.done;
    expect(breaker.state).toBe('closed');
  });

  it('stays open longer each time in a row', async () => {
    const openMs = exponentialBackoff({ initialMs: 100, jitter: 'none', maxMs: 350 });
    const { time, breaker, fail, succeed } = harness({ window: 'consecutive', consecutiveFailures: 1, openMs });
    const times: number[] = [];
    for (let i = 0; i < 4; i++) {
      await fail();
      times.push(breaker.retryAfterMs);
      time.advance(breaker.retryAfterMs);
    }
    expect(times).toEqual([100, 200, 350, 350]);
    await succeed();
    await fail();
    expect(breaker.retryAfterMs).toBe(100);
  });

  it('weighs kinds of errors differently', async () => {
    const { breaker, fail } = harness({
      window: 'consecutive',
      consecutiveFailures: 3,
      classify: ({ error, value }) => {
        if (value !== undefined) return value === 'bad' ? 'failure' : undefined;
        return error === 'heavy' ? 1.5 : error === 'light' ? 0.25 : error === 'none' ? 'success' : undefined;
      },
    });
    await fail('heavy');
    for (let i = 0; i < 5; i++) await fail('light');
    expect([breaker.state, breaker.stats().failures]).toEqual(['closed', 2.75]);
    await fail('none');
    expect(breaker.stats().failures).toBe(0);
    await fail('heavy');
    expect(await breaker.execute(() => 'bad')).toBe('bad');
    expect(breaker.stats().failures).toBe(2.5);
    await fail('heavy');
    expect(breaker.state).toBe('open');
  });

  it('says so when a classification is none', async () => {
    const { breaker } = harness({ classify: () => 99 });
    expect(await reasonOf(breaker.execute(() => 1))).toBeInstanceOf(RangeError);
    expect(await reasonOf(breaker.execute(() => 1))).toMatchObject({ message: expect.stringContaining('got 99') });
    expect(breaker.stats().calls).toBe(0);
  });

  it('does not hold against the other side that the caller aborted, but does that it took too long', async () => {
    const { breaker } = harness({ window: 'consecutive', consecutiveFailures: 2 });
    const ignored: unknown[] = [];
    breaker.on('ignored', ({ error }) => ignored.push(error));
    const aborted = async (reason: unknown) => {
      const controller = new AbortController();
      const call = breaker.execute(
        ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
        { signal: controller.signal },
      );
      controller.abort(reason);
      return reasonOf(call);
    };
    for (let i = 0; i < 3; i++) expect(await aborted('changed my mind')).toBe('changed my mind');
    expect([breaker.state, ignored.length]).toEqual(['closed', 3]);
    await aborted(new TimeoutError('A call', 5));
    await aborted(new TimeoutError('A call', 5));
    expect(breaker.state).toBe('open');
  });

  it('gives the fallback while it lets nothing through, and only then', async () => {
    const { breaker, fail } = harness({
      window: 'consecutive',
      consecutiveFailures: 2,
      fallback: (error, { attempt }) => `instead: ${error.code} ${attempt}`,
    });
    expect(await fail('a')).toBe('a');
    await fail('b');
    expect(await breaker.execute(() => 'never')).toBe('instead: CIRCUIT_OPEN 1');
    const failing = new CircuitBreaker({
      fallback: () => {
        throw new Error('of the fallback');
      },
    });
    failing.open();
    expect(await reasonOf(failing.execute(() => 1))).toMatchObject({ message: 'of the fallback' });
  });

  it('opens, closes and is isolated by hand', async () => {
    const { time, breaker, states, succeed } = harness({ openMs: 100 });
    breaker.open();
    expect(await reasonOf(succeed())).toMatchObject({ state: 'open' });
    breaker.close();
    await succeed();
    const [first, second] = [breaker.isolate(), breaker.isolate()];
    breaker.open();
    time.advance(1e9);
    expect(await reasonOf(succeed())).toMatchObject({ state: 'isolated', retryAfterMs: Number.POSITIVE_INFINITY });
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    expect(breaker.state).toBe('isolated');
    second[Symbol.dispose]();
    await succeed();
    const stale = breaker.isolate();
    breaker.close();
    const other = breaker.isolate();
    stale[Symbol.dispose]();
    expect(breaker.state).toBe('isolated');
    other[Symbol.dispose]();
    expect(states).toEqual(['open', 'closed', 'isolated', 'closed', 'isolated', 'closed', 'isolated', 'closed']);
  });

  it.each(['consecutive', 'count', 'time'] as const)('is dumped and hydrated with its %s window', async (window) => {
    const options = { window, consecutiveFailures: 4, minimumCalls: 4, windowCalls: 8, windowMs: 1000, openMs: 500 };
    const { time, breaker, fail, succeed } = harness(options);
    await succeed();
    for (let i = 0; i < 2; i++) await fail();
    const restored = new CircuitBreaker({ ...options, clock: time, from: JSON.parse(JSON.stringify(breaker.dump())) });
    expect(restored.stats()).toEqual(breaker.stats());
    expect(restored.dump()).toEqual(breaker.dump());
    for (let i = 0; i < 2; i++) await fail();
    expect(breaker.state).toBe('open');
    const dump = JSON.parse(JSON.stringify(breaker.dump()));
    time.advance(200);
    const later = new CircuitBreaker({ ...options, clock: time, from: dump });
    expect([later.state, later.retryAfterMs]).toEqual(['open', 300]);
    // A wall clock that went back makes nobody wait longer than the breaker would have been open.
    const elsewhere = new ManualTime(time.now() - 1e9);
    expect(new CircuitBreaker({ ...options, clock: elsewhere, from: dump }).retryAfterMs).toBe(500);
    time.advance(300);
    expect(await later.execute(() => 'probe')).toBe('probe');
    expect(later.state).toBe('closed');
  });

  it('refuses a dump that is none, and stays as it was', async () => {
    const { breaker, fail } = harness({ window: 'consecutive', consecutiveFailures: 1 });
    await fail();
    const dump = breaker.dump();
    expect(() => breaker.hydrate(null as never)).toThrow('A dump must be an object, got null');
    expect(() => breaker.hydrate({ ...dump, version: 2 as never })).toThrow("A dump's version must be 1, got 2");
    expect(() => breaker.hydrate({ ...dump, state: 'ajar' as never })).toThrow("A dump's state must be one of");
    expect(() => breaker.hydrate({ ...dump, openMs: Number.NaN })).toThrow('openMs must be from 0');
    expect(() => breaker.hydrate({ ...dump, window: { type: 'count', outcomes: [70_000] } })).toThrow(
      'An outcome must be',
    );
    expect(() => breaker.hydrate({ ...dump, window: undefined as never })).toThrow("A window's type must be");
    expect(breaker.state).toBe('open');
  });

  it('refuses options that cannot be', () => {
    const make = (options: object) => () => new CircuitBreaker(options);
    expect(make({ window: 'days' })).toThrow("window must be 'consecutive', 'count' or 'time', got days");
    expect(make({ failureRate: 0 })).toThrow('failureRate must be from 5e-324 to 1, got 0');
    expect(make({ windowCalls: 10, minimumCalls: 11 })).toThrow('minimumCalls must be an integer from 1 to 10, got 11');
    expect(make({ halfOpenCalls: 0 })).toThrow('halfOpenCalls must be an integer from 1');
    expect(make({ openMs: -1 })).toThrow('openMs must be from 0');
    expect(make({ window: 'consecutive', slowCallMs: 5 })).toThrow(
      'slowCallMs needs a window of calls or of time, got 5',
    );
    expect(make({ classify: 1 })).toThrow('classify must be a function, got number');
  });

  it('counts a function that throws before it gives a promise', async () => {
    const { breaker } = harness({ window: 'consecutive', consecutiveFailures: 1 });
    const thrown = breaker.execute(() => {
      throw new Error('at once');
    });
    expect(await reasonOf(thrown)).toMatchObject({ message: 'at once' });
    await settled();
    expect(breaker.state).toBe('open');
  });
});
