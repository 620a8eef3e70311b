import { describe, expect, it } from 'vitest';
import { bulkhead } from '../../src/resilience/bulkhead/index.js';
import { CircuitBreaker } from '../../src/resilience/circuit-breaker/index.js';
import { fallback } from '../../src/resilience/fallback/index.js';
import { hedge } from '../../src/resilience/hedge/index.js';
import { pipeline } from '../../src/resilience/pipeline/index.js';
import { type Call, type Next, Policy } from '../../src/resilience/policy/index.js';
import { retry } from '../../src/resilience/retry/index.js';
import { timeout } from '../../src/resilience/timeout/index.js';
import { CountingSignal, reasonOf } from '../support/signals.js';
import { ManualTime, settled } from '../support/time.js';

class Named extends Policy {
  constructor(
    readonly name: string,
    readonly log: string[],
  ) {
    super();
  }

  async run<R>(next: Next<R>, call: Call): Promise<R> {
    this.log.push(`${this.name} in`);
    try {
      return await next(call);
    } finally {
      this.log.push(`${this.name} out`);
    }
  }
}

describe('pipeline', () => {
  it('runs its policies in each other, the first outermost, also those of pipelines in it', async () => {
    const log: string[] = [];
    const named = (name: string) => new Named(name, log);
    const whole = pipeline(named('a'), pipeline(named('b'), named('c')), named('d'));
    await whole.execute(() => void log.push('fn'));
    expect(log).toEqual(['a in', 'b in', 'c in', 'd in', 'fn', 'd out', 'c out', 'b out', 'a out']);
    expect(whole.policies.length).toBe(4);
  });

  it('is a policy itself, and without any it runs the function as it is', async () => {
    const log: string[] = [];
    const inner = pipeline(new Named('inner', log));
    const outer = new (class extends Policy {
      run<R>(next: Next<R>, call: Call): Promise<R> {
        return inner.run(next, call);
      }
    })();
    expect(await outer.execute(() => 5)).toBe(5);
    expect(log).toEqual(['inner in', 'inner out']);
    expect(await pipeline().execute(() => 6)).toBe(6);
    const thrown = pipeline().execute(() => {
      throw new Error('at once');
    });
    expect(await reasonOf(thrown)).toMatchObject({ message: 'at once' });
    expect(() => pipeline(retry(), {} as never)).toThrow('number 2 is object');
  });

  const all = (time: ManualTime) => {
    const breaker = new CircuitBreaker({ window: 'consecutive', consecutiveFailures: 3, openMs: 1000, clock: time });
    const ports = { clock: time, timer: time };
    const whole = pipeline(
      fallback('instead'),
      timeout({ timeoutMs: 1000, ...ports }),
      retry({ backoff: 10, maxAttempts: 3, ...ports }),
      breaker,
      bulkhead({ limit: 2, maxQueue: 2, timer: time }),
      hedge({ delayMs: 40, ...ports }),
      timeout({ timeoutMs: 100, ...ports }),
    );
    return { breaker, whole };
  };

  it('composes all of them: attempts time out, are retried, open the circuit, and a fallback is given', async () => {
    const time = new ManualTime();
    const { breaker, whole } = all(time);
    const attempts: number[] = [];
    const call = whole.execute(({ attempt }) => {
      attempts.push(attempt);
      return new Promise(() => {});
    });
    await time.pass(1000, 100);
    expect(await call).toBe('instead');
    // Three attempts, each of them hedged once: a hedge is the second attempt of its kind.
    expect(attempts.length).toBe(6);
    expect(breaker.state).toBe('open');
    // The retry waits for as long as the circuit asks, and then gets through.
    const early = whole.execute(() => 'back');
    await time.pass(430, 43);
    expect(breaker.state).toBe('open');
    await time.pass(20, 2);
    expect(await early).toBe('back');
    expect([breaker.state, time.pending]).toEqual(['closed', 0]);
  });

  it('hands an abort through all of them with its reason, and leaves nothing behind', async () => {
    const time = new ManualTime();
    const { breaker, whole } = all(time);
    const counting = new CountingSignal();
    for (let i = 0; i < 200; i++)
      await whole.execute(async ({ signal }) => signal.aborted, { signal: counting.signal });
    expect([counting.listeners, time.pending]).toEqual([0, 0]);
    const heard: unknown[] = [];
    const call = reasonOf(
      whole.execute(
        ({ signal }) => {
          signal.addEventListener('abort', () => heard.push(signal.reason));
          return new Promise(() => {});
        },
        { signal: counting.signal },
      ),
    );
    await settled();
    const reason = { why: 'enough' };
    counting.abort(reason);
    expect(await call).toBe(reason);
    expect(heard).toEqual([reason]);
    await settled();
    expect([counting.listeners, time.pending, breaker.state]).toEqual([0, 0, 'closed']);
  });
});
