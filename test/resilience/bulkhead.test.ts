import { describe, expect, it } from 'vitest';
import { BulkheadFullError, type BulkheadOptions, bulkhead } from '../../src/resilience/bulkhead/index.js';
import { CountingSignal, reasonOf } from '../support/signals.js';
import { ManualTime, settled } from '../support/time.js';

const harness = (options: BulkheadOptions) => {
  const time = new ManualTime();
  const policy = bulkhead({ timer: time, ...options });
  const order: string[] = [];
  const hold = (name: string, execute: { signal?: AbortSignal; priority?: number } = {}) => {
    let end: () => void = () => {};
    const call = policy.execute(() => {
      order.push(name);
      return new Promise<string>((resolve) => (end = () => resolve(name)));
    }, execute);
    call.catch(() => {});
    return { call, end: () => end() };
  };
  return { time, policy, order, hold };
};

describe('bulkhead', () => {
  it('lets so many out, so many wait, and refuses the rest', async () => {
    const { policy, order, hold } = harness({ limit: 2, maxQueue: 1 });
    const rejected: unknown[] = [];
    policy.on('rejected', (error) => rejected.push(error));
    const [a, b, c, d] = [hold('a'), hold('b'), hold('c'), hold('d')];
    expect([policy.active, policy.waiting, order]).toEqual([2, 1, ['a', 'b']]);
    const refused = await reasonOf(d.call);
    expect(refused).toBeInstanceOf(BulkheadFullError);
    expect(refused).toMatchObject({ code: 'BULKHEAD_FULL', limit: 2, maxQueue: 1, cause: { code: 'QUEUE_FULL' } });
    expect(rejected).toEqual([refused]);
    a.end();
    expect(await a.call).toBe('a');
    await settled();
    expect(order).toEqual(['a', 'b', 'c']);
    b.end();
    c.end();
    await Promise.all([b.call, c.call]);
    expect([policy.active, policy.waiting]).toEqual([0, 0]);
  });

  it('refuses at once without a queue, and gives room back when a call throws', async () => {
    const { policy } = harness({ limit: 1 });
    const failing = () => {
      throw new Error('at once');
    };
    expect(await reasonOf(policy.execute(failing))).toMatchObject({ message: 'at once' });
    expect(await policy.execute(() => reasonOf(policy.execute(() => 1)))).toBeInstanceOf(BulkheadFullError);
    expect(policy.active).toBe(0);
  });

  it('serves the highest priority first', async () => {
    const { order, hold } = harness({ limit: 1, maxQueue: 9 });
    const first = hold('first');
    const waiting = [hold('low', { priority: -1 }), hold('usual'), hold('high', { priority: 1 })];
    for (const each of [first, waiting[2], waiting[1], waiting[0]]) {
      each?.end();
      await settled();
    }
    expect(order).toEqual(['first', 'high', 'usual', 'low']);
  });

  it('ends a wait by the signal with its reason, or by its time', async () => {
    const { time, policy, hold } = harness({ limit: 1, maxQueue: 9, maxWaitMs: 50 });
    const first = hold('first');
    const counting = new CountingSignal();
    const [aborted, late] = [hold('aborted', { signal: counting.signal }), hold('late')];
    counting.abort('gone');
    expect(await reasonOf(aborted.call)).toBe('gone');
    time.advance(50);
    expect(await reasonOf(late.call)).toMatchObject({ code: 'BULKHEAD_FULL', cause: { code: 'TIMEOUT' } });
    expect([counting.listeners, time.pending, policy.waiting]).toEqual([0, 0, 0]);
    first.end();
    await first.call;
    expect(policy.active).toBe(0);
  });

  it('refuses options that cannot be', () => {
    expect(() => bulkhead(0)).toThrow('limit must be an integer from 1');
    expect(() => bulkhead({ limit: 1, maxQueue: -1 })).toThrow('maxQueue must be an integer from 0');
    expect(() => bulkhead({ limit: 1, maxWaitMs: -1 })).toThrow('maxWaitMs must be from 0');
  });
});
