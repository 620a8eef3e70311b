import { describe, expect, it } from 'vitest';
import {
  Rcu,
  type ReadHold,
  ReadWriteLock,
  SeqLock,
  UpgradeConflictError,
  type WriteHold,
} from '../../src/concurrency/read-write-lock/index.js';
import {
  ClosedError,
  DoubleReleaseError,
  QueueFullError,
  TimeoutError,
} from '../../src/concurrency/semaphore/index.js';
import { CountingSignal, reasonOf } from '../support/signals.js';
import { ManualTime, settled } from '../support/time.js';

/** Who comes in, in which order, when a reader holds the lock and a writer and another reader come, then the reader goes. */
async function order(preference: 'read' | 'write' | 'fair'): Promise<string[]> {
  const lock = new ReadWriteLock({ preference });
  const log: string[] = [];
  const enter = (name: string, wait: Promise<ReadHold | WriteHold>) =>
    wait.then(async (hold) => {
      log.push(name);
      await settled();
      hold.release();
    });
  const held = await lock.write();
  const all = [
    enter('r1', lock.read()),
    enter('w1', lock.write()),
    enter('r2', lock.read()),
    enter('w2', lock.write()),
    enter('r3', lock.read()),
  ];
  expect([lock.waitingReaders, lock.waitingWriters, lock.writing]).toEqual([3, 2, true]);
  held.release();
  await Promise.all(all);
  return log;
}

describe('ReadWriteLock', () => {
  it('lets many read and one write', async () => {
    const lock = new ReadWriteLock();
    const [a, b] = [await lock.read(), await lock.read()];
    expect([lock.readers, lock.tryWrite()]).toEqual([2, undefined]);
    a.release();
    b.release();
    const writer = lock.tryWrite();
    expect([lock.writing, lock.tryRead(), lock.tryWrite()]).toEqual([true, undefined, undefined]);
    writer?.release();
    expect(() => writer?.release()).toThrow(DoubleReleaseError);
    expect(() => a.release()).toThrow(DoubleReleaseError);
    a[Symbol.dispose]();
    expect([lock.readers, lock.writing]).toEqual([0, false]);
  });

  it('prefers readers, writers, or who came first', async () => {
    expect(await order('read')).toEqual(['r1', 'r2', 'r3', 'w1', 'w2']);
    expect(await order('write')).toEqual(['w1', 'w2', 'r1', 'r2', 'r3']);
    expect(await order('fair')).toEqual(['r1', 'w1', 'r2', 'w2', 'r3']);
  });

  it('lets a newcomer read past a waiting writer only where readers are preferred', async () => {
    for (const preference of ['read', 'write', 'fair'] as const) {
      const lock = new ReadWriteLock({ preference });
      const held = await lock.read();
      const writer = lock.write();
      const newcomer = lock.tryRead();
      expect(newcomer !== undefined).toBe(preference === 'read');
      newcomer?.release();
      held.release();
      (await writer).release();
    }
  });

  it('ends a wait by signal, timeout and closing, and leaves nothing behind', async () => {
    const time = new ManualTime();
    const lock = new ReadWriteLock({ timer: time, maxQueue: 3 });
    const counting = new CountingSignal();
    const options = { signal: counting.signal, timeoutMs: 100 };
    const held = await lock.read(options);
    const writer = reasonOf(lock.write(options));
    const reader = lock.read({ timeoutMs: 100 });
    expect(counting.listeners).toBe(1);
    counting.abort('no more');
    expect(await writer).toBe('no more');
    // The writer was all that kept the reader out.
    (await reader).release();
    expect([counting.listeners, time.pending]).toEqual([0, 0]);
    expect(await reasonOf(lock.read(options))).toBe('no more');
    expect(await reasonOf(lock.write(options))).toBe('no more');
    const late = reasonOf(lock.write({ timeoutMs: 10 }));
    time.jump(-1e9);
    time.advance(10);
    expect(await late).toBeInstanceOf(TimeoutError);
    const waits = [lock.write(), lock.read(), lock.read()].map(reasonOf);
    expect(await reasonOf(lock.write())).toBeInstanceOf(QueueFullError);
    expect(await reasonOf(lock.read())).toBeInstanceOf(QueueFullError);
    lock.close('over');
    for (const reason of await Promise.all(waits)) expect(reason).toMatchObject({ code: 'CLOSED', cause: 'over' });
    expect(await reasonOf(lock.read())).toBeInstanceOf(ClosedError);
    expect([lock.tryRead(), lock.tryWrite(), lock.closed]).toEqual([undefined, undefined, true]);
    held.release();
    expect(lock.readers).toBe(0);
  });

  it('is taken again by the token that holds it, even while writers wait', async () => {
    const lock = new ReadWriteLock();
    const token = {};
    const outer = await lock.read({ token });
    const writer = lock.write();
    const inner = await lock.read({ token });
    expect(() => lock.write({ token })).toThrow(/must upgrade/);
    expect(lock.tryRead({})).toBeUndefined();
    outer.release();
    inner.release();
    (await writer).release();
    const write = await lock.write({ token });
    const again = await lock.write({ token });
    const read = await lock.read({ token });
    write.release();
    expect([lock.writing, lock.tryRead()]).toEqual([true, undefined]);
    again.release();
    expect([lock.writing, lock.readers]).toEqual([false, 1]);
    read.release();
    expect(lock.tryWrite()).toBeDefined();
  });

  it('upgrades before waiting writers, when the other readers have left', async () => {
    const lock = new ReadWriteLock();
    const [mine, other] = [await lock.read(), await lock.read()];
    const writer = lock.write();
    const upgraded = mine.upgrade();
    expect(lock.waitingWriters).toBe(2);
    expect(() => mine.release()).toThrow(TypeError);
    other.release();
    const hold = await upgraded;
    expect([mine.released, lock.writing, lock.readers]).toEqual([true, true, 0]);
    expect(await reasonOf(mine.upgrade())).toBeInstanceOf(DoubleReleaseError);
    hold.release();
    (await writer).release();
    const alone = await (await lock.read()).upgrade();
    expect(alone.mode).toBe('write');
  });

  it('tells the second of two upgraders, who can then make room for the first', async () => {
    const lock = new ReadWriteLock();
    const [first, second] = [await lock.read(), await lock.read()];
    const upgraded = first.upgrade();
    expect(await reasonOf(second.upgrade())).toBeInstanceOf(UpgradeConflictError);
    expect(second.released).toBe(false);
    second.release();
    (await upgraded).release();
  });

  it('still reads after an upgrade that was given up, and lets in who waited for it', async () => {
    const time = new ManualTime();
    const lock = new ReadWriteLock({ timer: time });
    const [mine, other] = [await lock.read(), await lock.read()];
    const counting = new CountingSignal();
    const aborted = reasonOf(mine.upgrade({ signal: counting.signal }));
    const newcomer = lock.read();
    await settled();
    expect([lock.waitingReaders, lock.waitingWriters]).toEqual([1, 1]);
    counting.abort(0);
    expect(await aborted).toBe(0);
    expect(counting.listeners).toBe(0);
    (await newcomer).release();
    const late = reasonOf(mine.upgrade({ timeoutMs: 1 }));
    time.advance(1);
    expect(await late).toBeInstanceOf(TimeoutError);
    const closed = reasonOf(mine.upgrade());
    lock.close();
    expect(await closed).toBeInstanceOf(ClosedError);
    mine.release();
    other.release();
    expect(lock.readers).toBe(0);
  });

  it('upgrades a token that reads twice, and keeps its other hold', async () => {
    const lock = new ReadWriteLock();
    const token = Symbol('task');
    const [outer, inner] = [await lock.read({ token }), await lock.read({ token })];
    const write = await inner.upgrade();
    expect([lock.readers, lock.writing]).toEqual([1, true]);
    write.release();
    outer.release();
    expect(lock.tryWrite()).toBeDefined();
  });

  it('downgrades with no writer in between', async () => {
    const lock = new ReadWriteLock({ preference: 'read' });
    const writer = await lock.write();
    const [reader, next] = [lock.read(), lock.write()];
    const hold = writer.downgrade();
    (await reader).release();
    expect([lock.readers, lock.writing, lock.waitingWriters]).toEqual([1, false, 1]);
    expect(() => writer.downgrade()).toThrow(DoubleReleaseError);
    hold.release();
    (await next).release();
  });

  it('runs functions, which may exchange what they hold', async () => {
    const lock = new ReadWriteLock();
    expect(await Promise.all([lock.useRead(() => lock.readers), lock.useRead(async () => lock.readers)])).toEqual([
      2, 2,
    ]);
    await lock.useWrite((hold) => hold.downgrade().release());
    expect(await reasonOf(lock.useWrite(() => Promise.reject(5)))).toBe(5);
    expect([lock.readers, lock.writing]).toEqual([0, false]);
    expect(() => new ReadWriteLock({ preference: 'both' as never })).toThrow(RangeError);
    expect(() => lock.tryRead(3 as never)).toThrow(TypeError);
  });
});

describe('SeqLock', () => {
  it('reads again what was disturbed, and never gives halves', async () => {
    const lock = new SeqLock();
    let [left, right] = [0, 0];
    let readings = 0;
    const reads = Array.from({ length: 20 }, () =>
      lock.read(async () => {
        readings++;
        const seen = left;
        await Promise.resolve();
        return seen - right;
      }),
    );
    for (let i = 1; i <= 5; i++) {
      await lock.write(async () => {
        left = i;
        await settled();
        right = i;
      });
    }
    expect(new Set(await Promise.all(reads))).toEqual(new Set([0]));
    expect([readings > 20, lock.sequence]).toEqual([true, 10]);
  });

  it('holds the writers up for a reader who was disturbed too often', async () => {
    const lock = new SeqLock({ maxAttempts: 2 });
    let value = 0;
    let attempts = 0;
    const read = lock.read(async () => {
      attempts++;
      const seen = value;
      void lock.write(() => void value++);
      await settled();
      return [seen, value];
    });
    expect(await read).toEqual([2, 2]);
    expect(attempts).toBe(3);
  });

  it('passes on what a reader throws when nothing disturbed it, and the reason of a signal', async () => {
    const lock = new SeqLock();
    expect(await reasonOf(lock.read(() => Promise.reject('mine')))).toBe('mine');
    expect(await reasonOf(lock.read(() => 1, { signal: AbortSignal.abort('gone') }))).toBe('gone');
    const stamp = lock.begin() as number;
    expect(lock.validate(stamp)).toBe(true);
    expect(await reasonOf(lock.write(() => Promise.reject(7)))).toBe(7);
    expect([lock.validate(stamp), lock.begin()]).toEqual([false, 2]);
    await lock.write(() => expect(lock.begin()).toBeUndefined());
    lock[Symbol.dispose]();
    expect(await reasonOf(lock.write(() => 1))).toBeInstanceOf(ClosedError);
    expect(() => new SeqLock({ maxAttempts: 0 })).toThrow(RangeError);
  });
});

describe('Rcu', () => {
  it('retires a value when its last reader has left, once', async () => {
    const retired: number[] = [];
    const rcu = new Rcu(1, { onRetire: (value) => retired.push(value) });
    const [a, b] = [rcu.read(), rcu.read()];
    expect(await rcu.update((value) => value + 1)).toBe(2);
    const c = rcu.read();
    expect([a.value, c.value, rcu.current, rcu.versions]).toEqual([1, 2, 2, 2]);
    a.release();
    expect(retired).toEqual([]);
    b.release();
    expect(retired).toEqual([1]);
    c.release();
    expect(() => c.release()).toThrow(DoubleReleaseError);
    c[Symbol.dispose]();
    await Promise.all([rcu.update((value) => value * 10), rcu.update(async (value) => value + 5)]);
    expect([rcu.current, retired, rcu.versions]).toEqual([25, [1, 2, 20], 1]);
    expect(await reasonOf(rcu.update(() => Promise.reject('no')))).toBe('no');
    expect(rcu.current).toBe(25);
  });

  it('waits for the readers there were before, not for those who came after', async () => {
    const time = new ManualTime();
    const rcu = new Rcu('a', { timer: time, maxQueue: 2 });
    await rcu.synchronize();
    const before = rcu.read();
    await rcu.update(() => 'b');
    const after = rcu.read();
    let over = false;
    const grace = rcu.synchronize().then(() => {
      over = true;
    });
    const counting = new CountingSignal();
    const aborted = reasonOf(rcu.synchronize({ signal: counting.signal, timeoutMs: 9 }));
    expect(await reasonOf(rcu.synchronize())).toBeInstanceOf(QueueFullError);
    counting.abort('x');
    expect([await aborted, counting.listeners, time.pending]).toEqual(['x', 0, 0]);
    await rcu.update(() => 'c');
    await settled();
    expect(over).toBe(false);
    before.release();
    await grace;
    expect([over, rcu.versions]).toEqual([true, 2]);
    after.release();
  });
});
