import { describe, expect, it } from 'vitest';
import {
  ClosedError,
  Condition,
  DoubleReleaseError,
  Mutex,
  type Permit,
  QueueFullError,
  Semaphore,
  TimeoutError,
} from '../../src/concurrency/semaphore/index.js';
import { CountingSignal, reasonOf } from '../support/signals.js';
import { ManualTime, settled } from '../support/time.js';

describe('Semaphore', () => {
  it('lends as many permits as it has, and hands each that comes back to who waited longest', async () => {
    const semaphore = new Semaphore(2);
    const [first, second] = [await semaphore.acquire(), await semaphore.acquire()];
    const order: string[] = [];
    const noted = (name: string) => (permit: Permit) => {
      order.push(name);
      return permit;
    };
    const third = semaphore.acquire().then(noted('third'));
    const fourth = semaphore.acquire().then(noted('fourth'));
    expect([semaphore.available, semaphore.waiting, semaphore.tryAcquire()]).toEqual([0, 2, undefined]);
    first.release();
    // Handed over: nobody can take it in between.
    expect(semaphore.tryAcquire()).toBeUndefined();
    second.release();
    (await fourth).release();
    (await third).release();
    expect(order).toEqual(['third', 'fourth']);
    expect(semaphore.stats()).toEqual({
      capacity: 2,
      available: 2,
      waiting: 0,
      acquired: 4,
      givenUp: 0,
      refused: 0,
    });
  });

  it('lets nobody overtake the first who does not fit, unless it is barging', async () => {
    for (const order of ['fifo', 'barging'] as const) {
      const semaphore = new Semaphore(5, { order });
      const held = await semaphore.acquire(3);
      let heavy: Permit | undefined;
      void semaphore.acquire(4).then((permit) => {
        heavy = permit;
      });
      const light = semaphore.tryAcquire(2);
      expect(light !== undefined).toBe(order === 'barging');
      held.release();
      await settled();
      expect(heavy !== undefined).toBe(order === 'fifo');
      light?.release();
      await settled();
      expect(heavy?.weight).toBe(4);
    }
  });

  it('serves the highest priority first, and equal ones in order', async () => {
    const semaphore = new Semaphore(1);
    const held = await semaphore.acquire();
    const order: string[] = [];
    const wait = (name: string, priority: number) => semaphore.use(() => void order.push(name), { priority });
    const all = [wait('low', -1), wait('a', 0), wait('high', 5), wait('b', 0), wait('mid', 2.5), wait('high2', 5)];
    held.release();
    await Promise.all(all);
    expect(order).toEqual(['high', 'high2', 'mid', 'a', 'b', 'low']);
  });

  it('rejects with exactly the reason of the signal, before, while waiting, and whatever it is', async () => {
    const semaphore = new Semaphore(1);
    const gone = AbortSignal.abort('gone before');
    expect(await reasonOf(semaphore.acquire(1, { signal: gone }))).toBe('gone before');
    expect(await reasonOf(semaphore.use(() => 1, { signal: gone }))).toBe('gone before');
    expect(semaphore.available).toBe(1);
    const held = await semaphore.acquire();
    const counting = new CountingSignal();
    const reason = { not: 'an error' };
    const wait = reasonOf(semaphore.acquire(1, { signal: counting.signal }));
    expect(counting.listeners).toBe(1);
    counting.abort(reason);
    expect(await wait).toBe(reason);
    expect([counting.listeners, semaphore.waiting]).toEqual([0, 0]);
    held.release();
    expect(semaphore.stats()).toMatchObject({ available: 1, givenUp: 1 });
  });

  it('leaves no listener and no timer behind, however a wait ends', async () => {
    const time = new ManualTime();
    const counting = new CountingSignal();
    const semaphore = new Semaphore(1, { timer: time });
    const options = { signal: counting.signal, timeoutMs: 50 };
    for (let i = 0; i < 1000; i++) {
      const held = await semaphore.acquire(1, options);
      const next = semaphore.acquire(1, options);
      held.release();
      (await next).release();
    }
    expect([counting.listeners, time.pending]).toEqual([0, 0]);
    const held = await semaphore.acquire();
    const late = reasonOf(semaphore.acquire(1, options));
    time.jump(1e9);
    time.advance(49);
    expect(semaphore.waiting).toBe(1);
    time.advance(1);
    expect(await late).toMatchObject({ name: 'TimeoutError', code: 'TIMEOUT', timeoutMs: 50 });
    expect(await late).toBeInstanceOf(TimeoutError);
    const closed = reasonOf(semaphore.acquire(1, options));
    semaphore.close();
    expect(await closed).toBeInstanceOf(ClosedError);
    expect([counting.listeners, time.pending]).toEqual([0, 0]);
    held.release();
  });

  it('serves those behind a heavy one who gave up', async () => {
    const semaphore = new Semaphore(3);
    const held = await semaphore.acquire(2);
    const controller = new AbortController();
    const heavy = reasonOf(semaphore.acquire(3, { signal: controller.signal }));
    const light = semaphore.acquire(1);
    controller.abort(1);
    expect(await heavy).toBe(1);
    (await light).release();
    held.release();
    expect(semaphore.available).toBe(3);
  });

  it('takes a permit back once, and says so the second time', async () => {
    const semaphore = new Semaphore(1);
    const permit = await semaphore.acquire();
    permit.release();
    expect(() => permit.release()).toThrow(DoubleReleaseError);
    expect(() => permit.release()).toThrow(/was released before/);
    permit[Symbol.dispose]();
    expect([semaphore.available, permit.released]).toEqual([1, true]);
    {
      using held = await semaphore.acquire();
      expect([held.released, semaphore.available]).toEqual([false, 0]);
    }
    expect(semaphore.available).toBe(1);
  });

  it('gives permits back when the function of use throws', async () => {
    const semaphore = new Semaphore(2);
    const failure = new Error('of the function');
    const fail = () => {
      throw failure;
    };
    expect(await reasonOf(semaphore.use(fail, { weight: 2 }))).toBe(failure);
    expect(await reasonOf(semaphore.use(async () => fail()))).toBe(failure);
    expect(await semaphore.use(() => 7)).toBe(7);
    expect(semaphore.available).toBe(2);
  });

  it('refuses who comes when as many wait as may', async () => {
    const semaphore = new Semaphore(1, { maxQueue: 1 });
    const held = await semaphore.acquire();
    const waits = semaphore.acquire();
    expect(await reasonOf(semaphore.acquire())).toBeInstanceOf(QueueFullError);
    expect(await reasonOf(semaphore.acquire())).toMatchObject({ code: 'QUEUE_FULL', limit: 1 });
    held.release();
    (await waits).release();
    expect(semaphore.stats()).toMatchObject({ refused: 2, waiting: 0, available: 1 });
  });

  it('grows at once, shrinks as permits come back, and tells who can never be served', async () => {
    const semaphore = new Semaphore(2);
    const held = [await semaphore.acquire(), await semaphore.acquire()];
    const third = semaphore.acquire();
    const pair = reasonOf(semaphore.acquire(2));
    semaphore.resize(3);
    held.push(await third);
    semaphore.resize(1);
    expect(await pair).toBeInstanceOf(RangeError);
    expect(semaphore.available).toBe(-2);
    const next = semaphore.acquire();
    for (const permit of held.slice(0, 2)) permit.release();
    await settled();
    expect([semaphore.available, semaphore.waiting]).toEqual([0, 1]);
    held[2]?.release();
    (await next).release();
    expect(semaphore.available).toBe(1);
    expect(() => semaphore.resize(-1)).toThrow(RangeError);
    expect(semaphore.capacity).toBe(1);
  });

  it('lends nothing once closed, and its asynchronous disposal waits for what is out', async () => {
    const semaphore = new Semaphore(1);
    const permit = await semaphore.acquire();
    const cause = new Error('over');
    const waits = reasonOf(semaphore.acquire());
    semaphore.close(cause);
    expect(await waits).toMatchObject({ code: 'CLOSED', cause });
    expect(await reasonOf(semaphore.acquire())).toBeInstanceOf(ClosedError);
    expect([semaphore.tryAcquire(), semaphore.closed]).toEqual([undefined, true]);
    let over = false;
    const disposed = semaphore[Symbol.asyncDispose]().then(() => {
      over = true;
    });
    await settled();
    expect(over).toBe(false);
    permit.release();
    await disposed;
    expect(over).toBe(true);
    semaphore.close();
  });

  it('tells who waits for it to be idle, and lets them give up', async () => {
    const time = new ManualTime();
    const semaphore = new Semaphore(2, { timer: time });
    await semaphore.onIdle();
    const permit = await semaphore.acquire();
    const controller = new AbortController();
    const aborted = reasonOf(semaphore.onIdle({ signal: controller.signal }));
    const late = reasonOf(semaphore.onIdle({ timeoutMs: 5 }));
    const idle = semaphore.onIdle();
    controller.abort('enough');
    time.advance(5);
    expect([await aborted, (await late) instanceof TimeoutError]).toEqual(['enough', true]);
    permit.release();
    await idle;
  });

  it('refuses what cannot be, and is as it was', () => {
    for (const capacity of [-1, 0.5, Number.NaN, Infinity]) expect(() => new Semaphore(capacity)).toThrow(RangeError);
    expect(() => new Semaphore('3' as never)).toThrow(TypeError);
    expect(() => new Semaphore(1, { order: 'lifo' as never })).toThrow(/'fifo' or 'barging', got lifo/);
    expect(() => new Semaphore(1, { maxQueue: -1 })).toThrow(RangeError);
    const semaphore = new Semaphore(2);
    for (const weight of [0, 3, 1.5, Number.NaN]) expect(() => semaphore.acquire(weight)).toThrow(RangeError);
    expect(() => semaphore.tryAcquire(3)).toThrow(/at most the capacity, 2, got 3/);
    expect(() => semaphore.acquire(1, { timeoutMs: -1 })).toThrow(RangeError);
    expect(() => semaphore.acquire(1, { timeoutMs: 2 ** 31 })).toThrow(RangeError);
    expect(() => semaphore.acquire(1, { timeoutMs: '5' as never })).toThrow(TypeError);
    expect(() => semaphore.acquire(1, { signal: {} as never })).toThrow(TypeError);
    expect(() => semaphore.acquire(1, { priority: Number.NaN })).toThrow(TypeError);
    expect(() => semaphore.use(5 as never)).toThrow(TypeError);
    expect(semaphore.stats()).toMatchObject({ available: 2, waiting: 0, acquired: 0 });
  });

  it('wraps functions and methods', async () => {
    const semaphore = new Semaphore(1);
    let [running, most] = [0, 0];
    class Service {
      readonly factor = 2;
      async double(x: number): Promise<number> {
        most = Math.max(most, ++running);
        await settled();
        running--;
        return x * this.factor;
      }
    }
    const service = new Service();
    const double = semaphore.wrap(Service.prototype.double);
    expect(await Promise.all([1, 2, 3].map((x) => double.call(service, x)))).toEqual([2, 4, 6]);
    expect(most).toBe(1);
  });
});

describe('Mutex', () => {
  it('lets one in at a time, in order', async () => {
    const mutex = new Mutex();
    const log: string[] = [];
    const task = (name: string) =>
      mutex.use(async () => {
        log.push(`${name} in`);
        await settled();
        log.push(`${name} out`);
      });
    await Promise.all([task('a'), task('b'), task('c')]);
    expect(log).toEqual(['a in', 'a out', 'b in', 'b out', 'c in', 'c out']);
    expect(mutex.locked).toBe(false);
  });

  it('is taken again by the token that holds it, and free when all its permits are back', async () => {
    const mutex = new Mutex();
    const token = {};
    const outer = await mutex.acquire({ token });
    const inner = await mutex.acquire({ token });
    const again = mutex.tryAcquire(token);
    expect(mutex.tryAcquire()).toBeUndefined();
    expect(mutex.tryAcquire({})).toBeUndefined();
    const other = mutex.acquire({ token: Symbol('other') });
    expect(await mutex.use(() => 'within', { token })).toBe('within');
    outer.release();
    again?.release();
    expect([mutex.locked, mutex.waiting]).toEqual([true, 1]);
    inner.release();
    expect(() => inner.release()).toThrow(DoubleReleaseError);
    (await other).release();
    expect(mutex.locked).toBe(false);
  });

  it('knows the token before anything else runs', async () => {
    const mutex = new Mutex();
    const token = Symbol('task');
    const permits = await Promise.all([mutex.acquire({ token }), mutex.acquire({ token })]);
    for (const permit of permits) permit.release();
    expect(mutex.locked).toBe(false);
    expect(() => mutex.acquire({ token: 'text' as never })).toThrow(TypeError);
    expect(await reasonOf(mutex.acquire({ token, signal: AbortSignal.abort(3) }))).toBe(3);
  });

  it('turns away who waits when it closes', async () => {
    const mutex = new Mutex({ maxQueue: 1 });
    const permit = await mutex.acquire();
    const waits = reasonOf(mutex.acquire({ token: {} }));
    expect(await reasonOf(mutex.acquire())).toBeInstanceOf(QueueFullError);
    mutex.close();
    expect(await waits).toBeInstanceOf(ClosedError);
    permit.release();
    expect([mutex.locked, mutex.closed, mutex.tryAcquire()]).toEqual([false, true, undefined]);
  });
});

describe('Condition', () => {
  it('gives the mutex up while it waits, and has it when it goes on', async () => {
    const mutex = new Mutex();
    const filled = new Condition(mutex);
    const queue: number[] = [];
    const taken: (number | undefined)[] = [];
    const consumer = async () => {
      let permit = await mutex.acquire();
      permit = await filled.waitUntil(permit, () => queue.length > 0);
      expect(mutex.locked).toBe(true);
      taken.push(queue.shift());
      permit.release();
    };
    const consumers = [consumer(), consumer()];
    await settled();
    expect(filled.waiting).toBe(2);
    for (const value of [1, 2]) {
      await mutex.use(() => {
        queue.push(value);
        filled.notifyAll();
      });
    }
    await Promise.all(consumers);
    expect([taken, mutex.locked, filled.notify(), filled.notifyAll()]).toEqual([[1, 2], false, false, 0]);
  });

  it('does not hold the mutex after a wait that was given up', async () => {
    const time = new ManualTime();
    const mutex = new Mutex({ timer: time });
    const condition = new Condition(mutex, { timer: time, maxQueue: 1 });
    const counting = new CountingSignal();
    const aborted = reasonOf(condition.wait(await mutex.acquire(), { signal: counting.signal }));
    await settled();
    expect(await reasonOf(condition.wait(await mutex.acquire()))).toBeInstanceOf(QueueFullError);
    counting.abort('why');
    expect(await aborted).toBe('why');
    expect([counting.listeners, condition.waiting, mutex.locked]).toEqual([0, 0, false]);
    const late = reasonOf(condition.wait(await mutex.acquire(), { timeoutMs: 10 }));
    await settled();
    time.advance(10);
    expect(await late).toBeInstanceOf(TimeoutError);
    expect(await reasonOf(condition.wait(await mutex.acquire(), { signal: AbortSignal.abort(9) }))).toBe(9);
    const failure = new Error('of the predicate');
    const throws = () => {
      throw failure;
    };
    expect(await reasonOf(condition.waitUntil(await mutex.acquire(), throws))).toBe(failure);
    const permit = await mutex.acquire();
    permit.release();
    expect(await reasonOf(condition.wait(permit))).toBeInstanceOf(DoubleReleaseError);
    expect([condition.waiting, mutex.locked]).toEqual([0, false]);
  });
});
