import { describe, expect, it } from 'vitest';
import { Barrier, BrokenBarrierError, CountDownLatch, Once } from '../../src/concurrency/barrier/index.js';
import { QueueFullError, TimeoutError } from '../../src/concurrency/semaphore/index.js';
import { CountingSignal, reasonOf } from '../support/signals.js';
import { ManualTime, settled } from '../support/time.js';

describe('Barrier', () => {
  it('lets all go when the last has come, in the order of arrival, again and again', async () => {
    const barrier = new Barrier(3);
    for (let round = 0; round < 3; round++) {
      const waits = [barrier.arrive(), barrier.arrive()];
      expect(barrier.waiting).toBe(2);
      waits.push(barrier.arrive());
      expect(await Promise.all(waits)).toEqual([0, 1, 2]);
    }
    expect([barrier.generation, barrier.waiting, barrier.broken]).toEqual([3, 0, false]);
    expect(await new Barrier(1).arrive()).toBe(0);
  });

  it('runs its action before anybody goes on, and keeps the next meeting apart', async () => {
    const log: string[] = [];
    const barrier = new Barrier(2, {
      action: async () => {
        await settled();
        log.push('action');
      },
    });
    const enter = (name: string) => barrier.arrive().then(() => void log.push(name));
    const all = [enter('a'), enter('b'), enter('c')];
    await settled();
    expect(barrier.waiting).toBe(1);
    all.push(enter('d'));
    await Promise.all(all);
    expect(log).toEqual(['action', 'a', 'b', 'action', 'c', 'd']);
  });

  it('is broken for all by one who gives up, until it is reset', async () => {
    const time = new ManualTime();
    const barrier = new Barrier(3, { timer: time });
    const counting = new CountingSignal();
    const other = reasonOf(barrier.arrive({ timeoutMs: 100 }));
    const mine = reasonOf(barrier.arrive({ signal: counting.signal }));
    counting.abort('left');
    expect(await mine).toBe('left');
    expect(await other).toBeInstanceOf(BrokenBarrierError);
    expect([counting.listeners, time.pending, barrier.broken]).toEqual([0, 0, true]);
    expect(await reasonOf(barrier.arrive())).toMatchObject({ code: 'BARRIER_BROKEN' });
    barrier.reset();
    const late = reasonOf(barrier.arrive({ timeoutMs: 5 }));
    const waits = reasonOf(barrier.arrive());
    time.jump(1e9);
    time.advance(5);
    expect([(await late) instanceof TimeoutError, (await waits) instanceof BrokenBarrierError]).toEqual([true, true]);
    barrier.reset();
    const first = reasonOf(barrier.arrive());
    expect(await reasonOf(barrier.arrive({ signal: AbortSignal.abort(1) }))).toBe(1);
    expect(await first).toMatchObject({ cause: 1 });
    barrier.reset();
    const resets = reasonOf(barrier.arrive());
    barrier.reset();
    expect(await resets).toBeInstanceOf(BrokenBarrierError);
    expect(await Promise.all([barrier.arrive(), barrier.arrive(), barrier.arrive()])).toEqual([0, 1, 2]);
  });

  it('is broken by an action that fails, and who leaves while it runs leaves alone', async () => {
    const failure = new Error('of the action');
    let fail = true;
    const barrier = new Barrier(2, {
      action: async () => {
        await settled();
        if (fail) throw failure;
      },
    });
    const [first, last] = [reasonOf(barrier.arrive()), reasonOf(barrier.arrive())];
    expect(await first).toMatchObject({ code: 'BARRIER_BROKEN', cause: failure });
    expect(await last).toBe(failure);
    fail = false;
    barrier.reset();
    const controller = new AbortController();
    const leaves = reasonOf(barrier.arrive({ signal: controller.signal }));
    const stays = barrier.arrive();
    controller.abort(2);
    expect([await leaves, await stays, barrier.broken]).toEqual([2, 1, false]);
    for (const parties of [0, 1.5, Number.NaN]) expect(() => new Barrier(parties)).toThrow(RangeError);
  });
});

describe('CountDownLatch', () => {
  it('opens at 0, for good', async () => {
    const time = new ManualTime();
    const latch = new CountDownLatch(3, { timer: time, maxQueue: 2 });
    const counting = new CountingSignal();
    const wait = latch.wait();
    const aborted = reasonOf(latch.wait({ signal: counting.signal, timeoutMs: 7 }));
    expect(await reasonOf(latch.wait())).toBeInstanceOf(QueueFullError);
    counting.abort('why');
    expect([await aborted, counting.listeners, time.pending, latch.waiting]).toEqual(['why', 0, 0, 1]);
    const late = reasonOf(latch.wait({ timeoutMs: 7 }));
    time.advance(7);
    expect(await late).toBeInstanceOf(TimeoutError);
    latch.countDown(2);
    expect(latch.count).toBe(1);
    latch.countDown(5);
    await wait;
    await latch.wait();
    expect([latch.count, latch.waiting]).toEqual([0, 0]);
    expect(await reasonOf(latch.wait({ signal: AbortSignal.abort(4) }))).toBe(4);
    expect(() => latch.countDown(0)).toThrow(RangeError);
    expect(() => new CountDownLatch(-1)).toThrow(RangeError);
    await new CountDownLatch(0).wait();
  });
});

describe('Once', () => {
  it('runs its function once, for all who ask', async () => {
    let runs = 0;
    const once = new Once(async () => {
      await settled();
      return ++runs;
    });
    expect(once.state).toBe('idle');
    expect(await Promise.all([once.get(), once.get({ timeoutMs: 1000 }), once.get()])).toEqual([1, 1, 1]);
    expect([await once.get(), once.state]).toEqual([1, 'done']);
    once.reset();
    expect([await once.get(), runs]).toEqual([2, 2]);
  });

  it('keeps a failure, or forgets it', async () => {
    for (const resetOnFailure of [false, true]) {
      let runs = 0;
      const once = new Once(
        () => {
          runs++;
          throw runs;
        },
        { resetOnFailure },
      );
      const all = [reasonOf(once.get()), reasonOf(once.get({ timeoutMs: 9 }))];
      expect(await Promise.all(all)).toEqual([1, 1]);
      expect(await reasonOf(once.get())).toBe(resetOnFailure ? 2 : 1);
      expect(once.state).toBe(resetOnFailure ? 'idle' : 'failed');
    }
  });

  it("ends one caller's wait, not the run", async () => {
    const time = new ManualTime();
    const counting = new CountingSignal();
    const once = new Once(() => settled().then(() => 'made'), { timer: time, maxQueue: 2 });
    const aborted = reasonOf(once.get({ signal: counting.signal }));
    const late = reasonOf(once.get({ timeoutMs: 3 }));
    expect(await reasonOf(once.get({ timeoutMs: 3 }))).toBeInstanceOf(QueueFullError);
    expect(() => once.reset()).toThrow(TypeError);
    counting.abort('mine');
    time.advance(3);
    expect([await aborted, (await late) instanceof TimeoutError]).toEqual(['mine', true]);
    expect([await once.get(), counting.listeners, time.pending]).toEqual(['made', 0, 0]);
    expect(await reasonOf(once.get({ signal: AbortSignal.abort(8) }))).toBe(8);
    expect(() => new Once(3 as never)).toThrow(TypeError);
  });
});
