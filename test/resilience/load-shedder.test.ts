import { describe, expect, it } from 'vitest';
import { CoDel } from '../../src/resilience/load-shedder/codel.js';
import { type LoadShedderOptions, LoadShedError, loadShedder } from '../../src/resilience/load-shedder/index.js';
import { seededRandom, testSeed } from '../support/random.js';
import { CountingSignal, reasonOf } from '../support/signals.js';
import { ManualTime, settled } from '../support/time.js';

describe('CoDel', () => {
  it('drops nothing while waits fall below the target once in each interval', () => {
    const codel = new CoDel(5, 100);
    for (let ms = 0; ms < 5000; ms += 10) {
      const waited = ms % 90 === 0 ? 4 : 50;
      if (codel.drops(ms, waited, true)) throw new Error(`dropped at ${ms}`);
    }
  });

  it('begins after a whole interval above the target, and drops at intervals that shrink by the square root', () => {
    const codel = new CoDel(5, 100);
    const dropped: number[] = [];
    for (let ms = 0; ms < 700; ms++) if (codel.drops(ms, 20, true)) dropped.push(ms);
    // 100, then 100 / √1, 100 / √2, 100 / √3, … later, each rounded up to the millisecond that asks.
    const exact = [100];
    for (let count = 1; exact.length < dropped.length; count++)
      exact.push((exact.at(-1) as number) + 100 / Math.sqrt(count));
    expect(dropped).toEqual(exact.map((ms) => Math.ceil(ms)));
    expect(dropped.length).toBeGreaterThan(8);
  });

  it('stops when a wait is short or the queue is empty, and soon after goes on at the rate it had', () => {
    const codel = new CoDel(5, 100);
    const run = (fromMs: number, toMs: number) => {
      const dropped: number[] = [];
      for (let ms = fromMs; ms < toMs; ms++) if (codel.drops(ms, 20, true)) dropped.push(ms - fromMs);
      return dropped;
    };
    const first = run(0, 1000);
    expect(codel.drops(1000, 1, true)).toBe(false);
    expect(codel.dropping).toBe(false);
    const second = run(1001, 1400);
    expect(second[0]).toBe(100);
    // It does not begin with a whole interval again.
    expect((second[1] as number) - (second[0] as number)).toBeLessThan((first[1] as number) - (first[0] as number));
    codel.empty();
    expect([codel.dropping, codel.drops(1500, 99, true), codel.drops(9999, 99, false)]).toEqual([false, false, false]);
    const later = run(20_000, 20_400);
    expect((later[1] as number) - (later[0] as number)).toBe(100);
  });
});

const harness = (options: Partial<LoadShedderOptions> = {}) => {
  const time = new ManualTime();
  const policy = loadShedder({ limit: 1, clock: time, timer: time, ...options });
  const order: string[] = [];
  const shed: LoadShedError[] = [];
  policy.on('shed', (error) => shed.push(error));
  const hold = (name: string, execute: { signal?: AbortSignal; priority?: number } = {}) => {
    let end: () => void = () => {};
    const call = policy.execute(() => {
      order.push(name);
      return new Promise<string>((resolve) => {
        end = () => resolve(name);
      });
    }, execute);
    call.catch(() => {});
    return { call, end: () => end() };
  };
  return { time, policy, order, shed, hold };
};

describe('loadShedder', () => {
  it('lets calls out up to its limit, and the others by priority and in order', async () => {
    const { policy, order, hold } = harness({ limit: 2 });
    const calls = [hold('a'), hold('b'), hold('c'), hold('low', { priority: -1 }), hold('high', { priority: 1 })];
    expect(policy.stats()).toEqual({ active: 2, waiting: 3, shed: 0, shedding: false });
    for (const at of [0, 1, 4, 2, 3]) {
      calls[at]?.end();
      await settled();
    }
    expect(order).toEqual(['a', 'b', 'high', 'c', 'low']);
    expect(policy.stats()).toEqual({ active: 0, waiting: 0, shed: 0, shedding: false });
  });

  it('refuses when the queue is full, unless somebody less important waits', async () => {
    const { policy, shed, hold } = harness({ maxQueue: 2 });
    const out = hold('out');
    const [low, usual] = [hold('low', { priority: -1 }), hold('usual')];
    expect(await reasonOf(hold('refused', { priority: -1 }).call)).toMatchObject({
      code: 'LOAD_SHED',
      reason: 'queue-full',
      priority: -1,
      waitedMs: 0,
    });
    const high = hold('high', { priority: 5 });
    expect(await reasonOf(low.call)).toBeInstanceOf(LoadShedError);
    expect(shed.map(({ priority }) => priority)).toEqual([-1, -1]);
    for (const each of [out, high, usual]) {
      each.end();
      expect(await each.call).toBeDefined();
    }
    expect(policy.stats()).toMatchObject({ active: 0, waiting: 0, shed: 2 });
  });

  it('ends a wait by the signal with its reason, or by its time', async () => {
    const { time, policy, shed, hold } = harness({ maxWaitMs: 40 });
    const out = hold('out');
    const counting = new CountingSignal();
    const [aborted, late] = [hold('aborted', { signal: counting.signal }), hold('late')];
    counting.abort('gone');
    expect(await reasonOf(aborted.call)).toBe('gone');
    await time.pass(40);
    expect(await reasonOf(late.call)).toMatchObject({ reason: 'max-wait', waitedMs: 40 });
    expect([counting.listeners, time.pending, shed.length]).toEqual([0, 0, 1]);
    out.end();
    await out.call;
    expect(policy.stats().active).toBe(0);
  });

  it('gives room back when a function throws, at once or later', async () => {
    const { policy } = harness();
    const failing = () => {
      throw new Error('at once');
    };
    expect(await reasonOf(policy.execute(failing))).toMatchObject({ message: 'at once' });
    expect(await reasonOf(policy.execute(() => Promise.reject('later')))).toBe('later');
    expect(policy.stats().active).toBe(0);
  });

  it('under overload keeps the wait of the important short, and sheds the others', async () => {
    const random = seededRandom(testSeed('load shedder'));
    const { time, policy, shed } = harness({ limit: 4, maxQueue: 10_000 });
    const waits: { atMs: number; ms: number; priority: number }[] = [];
    // Four at once of 10 ms each are 400 calls a second; 600 come.
    for (let ms = 0; ms < 5000; ms++) {
      if (random.next() < 0.6) {
        const priority = random.next() < 0.25 ? 1 : 0;
        const since = time.monotonic();
        policy
          .execute(
            () => {
              waits.push({ atMs: since, ms: time.monotonic() - since, priority });
              return new Promise<void>((resolve) => void time.after(10, resolve));
            },
            { priority },
          )
          .catch(() => {});
      }
      time.advance(1);
      if (ms % 1 === 0) await Promise.resolve().then(() => {});
      await settled();
    }
    const steady = waits.filter(({ atMs }) => atMs > 3000);
    const important = steady.filter(({ priority }) => priority === 1).map(({ ms }) => ms);
    expect(Math.max(...important)).toBeLessThan(30);
    expect(shed.every(({ reason, priority }) => reason === 'delay' && priority === 0)).toBe(true);
    // What is shed is what is too much: a third of 600 a second over five seconds, less what still waits.
    expect(shed.length + policy.stats().waiting).toBeGreaterThan(700);
    expect(policy.stats().shedding).toBe(true);
  });

  it('refuses options that cannot be', () => {
    expect(() => loadShedder({ limit: 0 })).toThrow('limit must be an integer from 1');
    expect(() => loadShedder({ limit: 1, targetMs: 200 })).toThrow('targetMs must be from 0 to 100, got 200');
    expect(() => loadShedder({ limit: 1, intervalMs: 0 })).toThrow('intervalMs must be from 1');
  });
});
