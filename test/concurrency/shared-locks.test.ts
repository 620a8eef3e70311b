/** Locks between threads, as several participants in one thread see them: every step in order. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Arena } from '../../bindings/index.js';
import {
  BrokenBarrierError,
  ClosedError,
  DoubleReleaseError,
  QueueFullError,
  SharedBarrier,
  SharedCondition,
  SharedCountDownLatch,
  SharedMutex,
  SharedOnce,
  SharedReadWriteLock,
  SharedSemaphore,
  SharedSeqLock,
  TimeoutError,
} from '../../src/concurrency/shared-locks/index.js';

let arena: Arena;
let others: Arena[];

beforeEach(() => {
  arena = new Arena({ shared: true, maxBytes: 1 << 20 });
  others = [Arena.attach(arena.share()), Arena.attach(arena.share())];
});

afterEach(() => arena.check());

const other = (index = 0): Arena => others[index] as Arena;

/** The participant is no more. */
function kill(victim: Arena): void {
  arena.bury((victim.participant as { number: number }).number);
}

describe('SharedMutex', () => {
  it('is had by one participant at a time, in order of asking', async () => {
    const a = new SharedMutex({ arena, name: 'm' });
    const b = SharedMutex.open(other(), 'm');
    const order: string[] = [];
    const first = await a.acquire();
    expect(b.tryAcquire()).toBeUndefined();
    expect(b.locked).toBe(true);
    const waits = [
      b.acquire().then((permit) => [order.push('b'), permit] as const),
      a.acquire().then((permit) => [order.push('a'), permit] as const),
    ];
    expect(a.waiting).toBe(2);
    first.release();
    const [, second] = await (waits[0] as (typeof waits)[0]);
    expect(order).toEqual(['b']);
    second.release();
    const [, third] = await (waits[1] as (typeof waits)[0]);
    third.release();
    expect(order).toEqual(['b', 'a']);
    expect(() => third.release()).toThrow(DoubleReleaseError);
    expect([a.locked, a.waiting]).toEqual([false, 0]);
    a.check();
    a.dispose();
  });

  it('comes from the dead to who waits, who is told once', async () => {
    const a = new SharedMutex({ arena, name: 'm' });
    const b = SharedMutex.open(other(), 'm');
    b.acquireSync();
    const waiting = a.acquire();
    kill(other());
    const permit = await waiting;
    expect(permit.abandoned).toBe(true);
    permit.release();
    const next = a.acquireSync();
    expect(next.abandoned).toBe(false);
    next.release();
    expect(a.abandoned).toBe(1);
    a.check();
    a.dispose();
  });

  it('comes from the dead to who only tries', () => {
    const a = new SharedMutex({ arena, name: 'm' });
    SharedMutex.open(other(), 'm').acquireSync();
    expect(a.tryAcquire()).toBeUndefined();
    kill(other());
    expect(a.tryAcquire()?.abandoned).toBe(true);
    a.dispose();
  });

  it('does not come to who died while it waited', async () => {
    const a = new SharedMutex({ arena, name: 'm' });
    const held = await a.acquire();
    SharedMutex.open(other(0), 'm')
      .acquire()
      .catch(() => {});
    const c = SharedMutex.open(other(1), 'm').acquire();
    kill(other(0));
    held.release();
    expect((await c).abandoned).toBe(false);
    (await c).release();
    a.check();
    a.dispose();
  });

  it('gives a wait up with the very reason, or when time is up, and lets the next one in', async () => {
    const a = new SharedMutex({ arena, name: 'm' });
    const b = SharedMutex.open(other(), 'm');
    const held = a.acquireSync();
    const controller = new AbortController();
    const reason = { why: 'because' };
    const aborted = b.acquire({ signal: controller.signal });
    const timed = b.acquire({ timeoutMs: 5 });
    const kept = b.acquire();
    controller.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    await expect(timed).rejects.toBeInstanceOf(TimeoutError);
    await expect(b.acquire({ signal: controller.signal })).rejects.toBe(reason);
    expect(() => b.acquireSync({ timeoutMs: 5 })).toThrow(TimeoutError);
    expect(b.waiting).toBe(1);
    held.release();
    (await kept).release();
    a.check();
    a.dispose();
  });

  it('sends all away when it is closed, and takes back what is out', async () => {
    const a = new SharedMutex({ arena, name: 'm' });
    const b = SharedMutex.open(other(), 'm');
    const held = a.acquireSync();
    const waiting = [a.acquire(), b.acquire()];
    b.close();
    for (const wait of waiting) await expect(wait).rejects.toBeInstanceOf(ClosedError);
    await expect(a.acquire()).rejects.toBeInstanceOf(ClosedError);
    expect(() => b.acquireSync()).toThrow(ClosedError);
    expect(a.tryAcquire()).toBeUndefined();
    expect(a.closed).toBe(true);
    held.release();
    expect(a.locked).toBe(false);
    a.check();
    a.dispose();
  });

  it('is refused after it was disposed, and waits there end', async () => {
    const a = new SharedMutex({ arena, name: 'm' });
    const held = a.acquireSync();
    const waiting = a.acquire();
    a.dispose();
    await expect(waiting).rejects.toBeInstanceOf(ClosedError);
    held.release();
    expect(() => a.tryAcquire()).toThrow(/dispose\(\)/);
    await expect(a.acquire()).rejects.toThrow(/dispose\(\)/);
  });

  it('runs functions while it is held, and gives itself back however they end', async () => {
    const a = new SharedMutex({ arena, name: 'm' });
    expect(await a.use(() => 1)).toBe(1);
    await expect(a.use(() => Promise.reject(new Error('x')))).rejects.toThrow('x');
    expect(a.useSync(() => 2)).toBe(2);
    expect(() =>
      a.useSync(() => {
        throw new Error('y');
      }),
    ).toThrow('y');
    expect(a.locked).toBe(false);
    {
      using _held = a.acquireSync();
      expect(a.locked).toBe(true);
    }
    expect(a.locked).toBe(false);
    a.dispose();
  });

  it('refuses more than have places, and options that cannot be', async () => {
    const a = new SharedMutex({ arena, name: 'm', places: 2, maxQueue: 1 });
    const held = a.acquireSync();
    const waiting = a.acquire();
    await expect(a.acquire()).rejects.toBeInstanceOf(QueueFullError);
    expect(() => SharedMutex.open(other(), 'm').acquireSync()).toThrow(QueueFullError);
    held.release();
    (await waiting).release();
    expect(() => new SharedMutex({ arena, name: 'n', places: 0 })).toThrow(RangeError);
    expect(() => new SharedMutex({ arena: new Arena(), name: 'n' })).toThrow(TypeError);
    expect(() => new SharedMutex(undefined as never)).toThrow(TypeError);
    expect(() => new SharedMutex({ arena, name: 'm' })).toThrow(/name/i);
    expect(() => SharedSemaphore.open(arena, 'm')).toThrow(/is not a SharedSemaphore/);
    a.dispose();
  });

  it('leaves nothing behind, made and disposed thousands of times', () => {
    new SharedMutex({ arena, name: 'm' }).dispose();
    const before = arena.bytesUsed;
    for (let i = 0; i < 3000; i++) {
      const a = new SharedMutex({ arena, name: 'm' });
      a.acquireSync().release();
      a.dispose();
    }
    expect(arena.bytesUsed).toBe(before);
  });

  it('leaves no listener with a signal that many waits had', async () => {
    const a = new SharedMutex({ arena, name: 'm' });
    let listeners = 0;
    const signal = new EventTarget() as AbortSignal;
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
      listeners++;
      addEventListener.apply(signal, args);
    };
    signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
      listeners--;
      removeEventListener.apply(signal, args);
    };
    for (let i = 0; i < 200; i++) {
      const held = a.acquireSync();
      const waiting = a.acquire({ signal });
      held.release();
      (await waiting).release();
    }
    expect(listeners).toBe(0);
    a.dispose();
  });
});

describe('SharedSemaphore', () => {
  it('lends weights, and nobody overtakes who does not fit', async () => {
    const a = new SharedSemaphore({ arena, name: 's', permits: 5 });
    const b = SharedSemaphore.open(other(), 's');
    const three = a.acquireSync(3);
    const four = b.acquire(4);
    expect(a.tryAcquire(1)).toBeUndefined();
    const one = a.acquire(1);
    expect([a.available, a.waiting, a.capacity]).toEqual([2, 2, 5]);
    three.release();
    const permits = [await four, await one];
    expect(a.available).toBe(0);
    for (const permit of permits) permit.release();
    expect(b.available).toBe(5);
    expect(() => a.tryAcquire(6)).toThrow(RangeError);
    expect(() => a.acquire(0)).toThrow(RangeError);
    a.check();
    a.dispose();
  });

  it('lets newcomers in who fit, where barging is allowed', () => {
    const a = new SharedSemaphore({ arena, name: 's', permits: 5, order: 'barging' });
    const three = a.acquireSync(3);
    a.acquire(4).then((permit) => permit.release());
    const two = a.tryAcquire(2);
    expect(two).toBeDefined();
    two?.release();
    three.release();
    expect(() => new SharedSemaphore({ arena, name: 't', permits: 1, order: 'x' as never })).toThrow(RangeError);
  });

  it('has back what the dead held', async () => {
    const a = new SharedSemaphore({ arena, name: 's', permits: 4 });
    const b = SharedSemaphore.open(other(), 's');
    b.acquireSync(2);
    b.acquireSync(1);
    kill(other());
    const all = await a.acquire(4);
    expect([all.abandoned, a.abandoned]).toEqual([true, 2]);
    all.release();
    a.check();
    a.dispose();
  });
});

describe('SharedReadWriteLock', () => {
  it('lets many read or one write', async () => {
    const a = new SharedReadWriteLock({ arena, name: 'rw' });
    const b = SharedReadWriteLock.open(other(), 'rw');
    const reads = [a.readSync(), await b.read()];
    expect([a.readers, a.writing]).toEqual([2, false]);
    expect(a.tryWrite()).toBeUndefined();
    const write = b.write();
    // In order: who comes after one who writes waits behind it.
    const late = a.read();
    expect(a.waiting).toBe(2);
    for (const permit of reads) permit.release();
    const writing = await write;
    expect([a.readers, a.writing, a.tryRead()]).toEqual([0, true, undefined]);
    writing.release();
    (await late).release();
    expect(await a.useRead(() => 1)).toBe(1);
    expect(await a.useWrite(() => 2)).toBe(2);
    a.check();
    a.dispose();
  });

  it.each([
    ['read', ['read', 'write']],
    ['write', ['write', 'read']],
    ['fair', ['write', 'read']],
  ] as const)('who goes first by preference %s', async (preference, expected) => {
    const a = new SharedReadWriteLock({ arena, name: 'rw', preference });
    const b = SharedReadWriteLock.open(other(), 'rw');
    const held = a.writeSync();
    const order: string[] = [];
    const waits = [
      b.write().then((permit) => [order.push('write'), permit.release()]),
      a.read().then((permit) => [order.push('read'), permit.release()]),
    ];
    held.release();
    await Promise.all(waits);
    expect(order).toEqual(expected);
    a.dispose();
  });

  it('lets readers pass who waits to write only where reading is preferred', () => {
    for (const [preference, passes] of [
      ['read', true],
      ['write', false],
      ['fair', false],
    ] as const) {
      const a = new SharedReadWriteLock({ arena, name: 'rw', preference });
      const held = a.readSync();
      a.write().then(
        (permit) => permit.release(),
        () => {},
      );
      const reading = a.tryRead();
      expect(reading !== undefined, preference).toBe(passes);
      reading?.release();
      held.release();
      a.dispose();
    }
  });

  it('turns a permit into the other kind with nobody in between', async () => {
    const a = new SharedReadWriteLock({ arena, name: 'rw' });
    const b = SharedReadWriteLock.open(other(), 'rw');
    const mine = a.readSync();
    const theirs = b.readSync();
    expect(a.tryUpgrade(mine)).toBe(false);
    theirs.release();
    expect(a.tryUpgrade(mine)).toBe(true);
    expect(b.tryRead()).toBeUndefined();
    const waiting = b.read();
    expect(a.tryDowngrade(mine)).toBe(true);
    (await waiting).release();
    expect(a.readers).toBe(1);
    mine.release();
    expect(() => a.tryUpgrade(mine)).toThrow(DoubleReleaseError);
    expect(() => a.tryDowngrade(mine)).toThrow(DoubleReleaseError);
    a.check();
    a.dispose();
  });

  it('tells who comes after one who died writing, not after one who died reading', () => {
    const a = new SharedReadWriteLock({ arena, name: 'rw' });
    SharedReadWriteLock.open(other(0), 'rw').readSync();
    kill(other(0));
    const first = a.writeSync();
    expect(first.abandoned).toBe(false);
    first.release();
    SharedReadWriteLock.open(other(1), 'rw').writeSync();
    kill(other(1));
    const second = a.readSync();
    expect([second.abandoned, a.abandoned]).toEqual([true, 2]);
    second.release();
    a.check();
    a.dispose();
  });
});

describe('SharedCondition', () => {
  it('wakes one, or all, who have the mutex again', async () => {
    const mutex = new SharedMutex({ arena, name: 'm' });
    const a = new SharedCondition({ arena, name: 'c' });
    const b = SharedCondition.open(other(), 'c');
    const mutexB = SharedMutex.open(other(), 'm');
    const order: string[] = [];
    const waits = [
      a.wait(mutex, mutex.acquireSync()).then((permit) => [order.push('a'), permit.release()]),
      b.wait(mutexB, mutexB.acquireSync()).then((permit) => [order.push('b'), permit.release()]),
    ];
    expect(a.waiting).toBe(2);
    expect(b.notify()).toBe(true);
    await waits[0];
    expect(order).toEqual(['a']);
    expect(a.notifyAll()).toBe(1);
    await waits[1];
    expect(a.notify()).toBe(false);
    a.check();
    a.dispose();
    mutex.dispose();
  });

  it('waits until something holds', async () => {
    const mutex = new SharedMutex({ arena, name: 'm' });
    const condition = new SharedCondition({ arena, name: 'c' });
    let ready = 0;
    const waiting = mutex.acquire().then((permit) => condition.waitUntil(mutex, permit, () => ready === 2));
    for (const value of [1, 2]) {
      await new Promise((resolve) => setTimeout(resolve, 2));
      await mutex.use(() => {
        ready = value;
        condition.notifyAll();
      });
    }
    (await waiting).release();
    condition.dispose();
    mutex.dispose();
  });

  it('leaves the mutex free when the wait is given up', async () => {
    const mutex = new SharedMutex({ arena, name: 'm' });
    const condition = new SharedCondition({ arena, name: 'c' });
    const reason = new Error('enough');
    await expect(condition.wait(mutex, mutex.acquireSync(), { signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
    expect(mutex.locked).toBe(false);
    await expect(condition.wait(mutex, mutex.acquireSync(), { timeoutMs: 2 })).rejects.toBeInstanceOf(TimeoutError);
    expect(() => condition.waitSync(mutex, mutex.acquireSync(), { timeoutMs: 2 })).toThrow(TimeoutError);
    expect([mutex.locked, condition.waiting]).toEqual([false, 0]);
    const permit = mutex.acquireSync();
    permit.release();
    await expect(condition.wait(mutex, permit)).rejects.toBeInstanceOf(DoubleReleaseError);
    condition.check();
    condition.dispose();
    mutex.dispose();
  });
});

describe('SharedOnce', () => {
  it('is done by one of all, for all', async () => {
    const a = new SharedOnce({ arena, name: 'o' });
    const b = SharedOnce.open(other(), 'o');
    let runs = 0;
    const run = async () => {
      await new Promise((resolve) => setTimeout(resolve, 2));
      runs++;
    };
    expect(await Promise.all([a.run(run), b.run(run), b.run(run)])).toEqual([true, false, false]);
    expect([runs, b.done, b.runSync(run), await a.run(run)]).toEqual([1, true, false, false]);
    a.dispose();
  });

  it('is tried again after a failure, and after a death', async () => {
    const a = new SharedOnce({ arena, name: 'o' });
    await expect(a.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(a.done).toBe(false);
    SharedOnce.open(other(), 'o').run(() => new Promise(() => {}));
    const mine = a.run(() => {});
    kill(other());
    expect(await mine).toBe(true);
    expect(() => a.runSync('x' as never)).toThrow(TypeError);
    a.check();
    a.dispose();
  });
});

describe('SharedBarrier', () => {
  it('lets all go on once all have come, again and again', async () => {
    const a = new SharedBarrier({ arena, name: 'b', parties: 3 });
    const handles = [a, ...others.map((each) => SharedBarrier.open(each, 'b'))];
    for (let round = 0; round < 20; round++) {
      let gone = 0;
      const first = handles.slice(1).map((each) => each.arrive().then(() => gone++));
      await new Promise((resolve) => setTimeout(resolve, 1));
      expect([gone, a.waiting]).toEqual([0, 2]);
      await a.arrive();
      await Promise.all(first);
      expect(gone).toBe(2);
    }
    a.check();
    a.dispose();
  });

  it('breaks for all when one gives up, until it is reset', async () => {
    const a = new SharedBarrier({ arena, name: 'b', parties: 3 });
    const b = SharedBarrier.open(other(), 'b');
    const controller = new AbortController();
    const waits = [a.arrive(), b.arrive({ signal: controller.signal })];
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(waits[1]).rejects.toBe(reason);
    await expect(waits[0]).rejects.toBeInstanceOf(BrokenBarrierError);
    expect([a.broken, a.waiting]).toEqual([true, 0]);
    await expect(b.arrive()).rejects.toBeInstanceOf(BrokenBarrierError);
    b.reset();
    expect(() => a.arriveSync({ timeoutMs: 2 })).toThrow(TimeoutError);
    a.reset();
    const again = a.arrive();
    b.reset();
    await expect(again).rejects.toBeInstanceOf(BrokenBarrierError);
    expect(a.broken).toBe(false);
    await Promise.all([a.arrive(), a.arrive(), b.arrive()]);
    expect(() => new SharedBarrier({ arena, name: 'x', parties: 0 })).toThrow(RangeError);
    a.check();
    a.dispose();
  });

  it('breaks when one dies who waits', async () => {
    const a = new SharedBarrier({ arena, name: 'b', parties: 3 });
    const waiting = a.arrive();
    SharedBarrier.open(other(), 'b')
      .arrive()
      .catch(() => {});
    kill(other());
    await expect(waiting).rejects.toBeInstanceOf(BrokenBarrierError);
    a.dispose();
  });
});

describe('SharedCountDownLatch', () => {
  it('opens when all has happened, for good', async () => {
    const a = new SharedCountDownLatch({ arena, name: 'l', count: 3 });
    const b = SharedCountDownLatch.open(other(), 'l');
    const waits = [a.wait(), b.wait()];
    b.countDown();
    expect(() => a.waitSync({ timeoutMs: 2 })).toThrow(TimeoutError);
    await expect(a.wait({ timeoutMs: 2 })).rejects.toBeInstanceOf(TimeoutError);
    expect(a.count).toBe(2);
    a.countDown(5);
    await Promise.all(waits);
    expect(b.count).toBe(0);
    await b.wait();
    b.waitSync();
    expect(() => a.countDown(0)).toThrow(RangeError);
    expect(() => new SharedCountDownLatch({ arena, name: 'x', count: -1 })).toThrow(RangeError);
    a.dispose();
  });

  it('ends waits when it is disposed', async () => {
    const a = new SharedCountDownLatch({ arena, name: 'l', count: 1 });
    const waiting = a.wait();
    a.dispose();
    await expect(waiting).rejects.toBeInstanceOf(ClosedError);
    expect(() => a.countDown()).toThrow(/dispose\(\)/);
  });
});

describe('SharedSeqLock', () => {
  it('is read as it was written last', () => {
    const a = new SharedSeqLock({ arena, name: 'r', bytes: 5 });
    const b = SharedSeqLock.open(other(), 'r');
    expect([...b.read()]).toEqual([0, 0, 0, 0, 0]);
    a.write(Uint8Array.of(1, 2, 3, 4, 5));
    const target = new Uint8Array(5);
    expect(b.read(target)).toBe(target);
    expect([...target, b.version, b.byteLength]).toEqual([1, 2, 3, 4, 5, 1, 5]);
    b.update((record) => {
      record[0] = 9;
    });
    expect([...a.read()]).toEqual([9, 2, 3, 4, 5]);
    expect(() =>
      b.update(() => {
        throw new Error('no');
      }),
    ).toThrow('no');
    expect([...a.read(), a.version]).toEqual([9, 2, 3, 4, 5, 2]);
    expect(() => a.write(new Uint8Array(4))).toThrow(RangeError);
    expect(() => a.write('x' as never)).toThrow(TypeError);
    expect(() => a.read(new Uint8Array(6))).toThrow(RangeError);
    a.dispose();
  });
});
